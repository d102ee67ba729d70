from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lib.calc.grid import build_grid
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.markets import locations
from lib.store import (
    Database,
    RunTask,
    UnknownRelation,
    browse,
    open_reader,
    register_series,
    write_calendar,
    write_hourly_vlr,
    write_series,
)
from lib.store.browse import MAX_ROWS, BadSelection, Filter, Page, Selection, read_page
from lib.store.hierarchy import read_hierarchy
from lib.store.query import to_frame
from lib.store.relations import read_columns, read_relations

DAY = date(2025, 7, 1)


@pytest.fixture
def chain(database: Database, task: RunTask) -> Database:
    """A database with the hourly VLR of one day in all NYISO zones, dearer by the hour."""
    hours = market_hours("NYISO", DAY, DAY)
    zones = [one.name for one in locations("NYISO", "zone")]
    values = pd.concat(
        [
            hours[["interval_start"]].assign(location=zone, da_lmp_usd_per_mwh=hours["he"] * 1.0)
            for zone in zones
        ]
    ).assign(rt_lmp_usd_per_mwh=50.0, da_load_mw=100.0, rt_load_mw=110.0)
    write_calendar(database, "NYISO", hours, task)
    write_hourly_vlr(database, "NYISO", hourly_vlr(build_grid(values, hours, zones)), task)
    return database


def _read_page(db: Database, selection: Selection, limit: int = 50, offset: int = 0) -> Page:
    columns, hierarchy = read_columns(db, selection.relation), read_hierarchy(db)
    with db.arrow_connection() as connection:
        return read_page(connection, selection, columns, hierarchy, limit, offset)


def page(db: Database, selection: Selection, limit: int = 50, offset: int = 0) -> pd.DataFrame:
    return to_frame(_read_page(db, selection, limit, offset).rows)


def count(db: Database, selection: Selection) -> int | None:
    return _read_page(db, selection).n_rows


def test_a_filter_is_read_as_the_type_of_its_column(chain: Database) -> None:
    selection = Selection(
        "labelled_vlr",
        (
            Filter("location", "contains", "west"),
            Filter("he", "at least", " 23 "),
            Filter("market_date", "is", "2025-07-01"),
        ),
    )
    rows = page(chain, selection)
    assert set(zip(rows["location"], rows["he"], strict=True)) == {("WEST", 23), ("WEST", 24)}
    assert count(chain, selection) == 2


@pytest.mark.parametrize(
    ("operator", "value", "n_rows"),
    [
        ("is", "5", 11),
        ("is not", "5", 23 * 11),
        ("at most", "2", 22),
        ("is empty", "", 0),
        ("is not empty", "", 264),
    ],
)
def test_every_operator_says_what_it_means(
    chain: Database, operator: browse.Operator, value: str, n_rows: int
) -> None:
    assert count(chain, Selection("labelled_vlr", (Filter("he", operator, value),))) == n_rows


@pytest.mark.parametrize("sort_column", [None, "da_lmp", "rt_lmp"])
def test_the_pages_of_a_question_are_disjoint_and_leave_nothing_out(
    chain: Database, sort_column: str | None
) -> None:
    selection = Selection("labelled_vlr", sort_column=sort_column, is_descending=True)
    reader = open_reader("files", chain.url)
    rows = pd.concat([page(reader, selection, limit=20, offset=offset) for offset in range(0, 280, 20)])
    assert len(rows) == 264
    assert not rows.duplicated(["location", "he"]).any()
    if sort_column is not None:
        assert rows[sort_column].is_monotonic_decreasing


def test_rows_of_equal_rank_are_put_in_order_by_what_else_there_is(chain: Database) -> None:
    rows = page(chain, Selection("labelled_vlr", sort_column="he"), limit=300)
    others = [name for name in rows.columns if name != "he"]
    assert rows.equals(rows.sort_values(["he", *others], kind="stable"))


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        (Filter("he", "is", "abc"), 'smallint: "abc"'),
        (Filter("he", "at least", "99999999"), "out of range"),
        (Filter("market_date", "is", "2025-02-30"), "out of range"),
        (Filter("he", "contains", "2"), "he is no text"),
        (Filter("market_date", "contains", "2025"), "market_date is no text"),
        (Filter("location", "is", "a\0b"), "a character that no text may have"),
    ],
)
def test_a_value_that_does_not_fit_gets_a_sentence(chain: Database, selection: Filter, reason: str) -> None:
    with pytest.raises(BadSelection, match=reason):
        page(chain, Selection("labelled_vlr", (selection,)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    typed=st.text(st.characters(codec="utf-8", exclude_characters="\0"))
    | st.just("' OR 1=1; DROP TABLE vlr --")
)
def test_hostile_text_stays_text(chain: Database, typed: str) -> None:
    for operator in ("is", "contains"):
        rows = page(chain, Selection("labelled_vlr", (Filter("location", operator, typed),)))
        wanted = typed.strip()
        fits = rows["location"].eq(wanted) | rows["location"].str.lower().str.contains(
            wanted.lower(), regex=False
        )
        assert fits.all()
    for selection in (
        Selection(typed),
        Selection("vlr", (Filter(typed, "is", "1"),)),
        Selection("vlr", sort_column=typed),
    ):
        if typed not in read_columns(chain, "vlr")["column"].tolist():
            with pytest.raises(UnknownRelation):
                page(chain, selection)


@pytest.mark.parametrize(
    ("relation", "column", "typed", "n_rows"),
    [
        ("labelled_vlr", "location", "wes", 24),
        ("labelled_vlr", "location", "e", 24 * 3),
        ("labelled_vlr", "location", "zzz", 0),
        ("labelled_vlr", "location", "", 264),
        ("labelled_vlr", "block_type", "X16", 16 * 11),
        ("hourly_vlr_nyiso", "day_type", "week", 264),
        ("hourly_vlr_nyiso", "hour_type", "off", 8 * 11),
        ("labelled_vlr", "iso", "pjm", 0),
    ],
)
def test_names_in_hourly_relations_are_found_by_a_part_of_them_without_reading_all_rows(
    chain: Database, relation: str, column: str, typed: str, n_rows: int
) -> None:
    selection = Selection(relation, (Filter(column, "contains", typed),))
    assert count(chain, selection) == n_rows
    with chain.arrow_connection() as connection:
        query, _ = browse._selection_sql(
            connection, selection, read_columns(chain, relation), read_hierarchy(chain)
        )
    assert query.endswith(f'"{column}" IN :typed_0')


def test_every_text_of_an_hourly_relation_is_one_of_the_names_that_are_looked_up(database: Database) -> None:
    known = read_relations(database)["relation"]
    texts = {
        column
        for described in (read_columns(database, relation) for relation in known)
        if "interval_start" in described["column"].tolist()
        for column in described.loc[described["type"] == "text", "column"]
    }
    assert texts == set(browse.NAME_COLUMNS)


def test_a_page_beyond_the_last_row_is_empty_and_the_rows_are_counted(chain: Database) -> None:
    beyond = _read_page(chain, Selection("labelled_vlr"), limit=50, offset=300)
    assert (beyond.rows.num_rows, beyond.n_rows) == (0, 264)
    assert beyond.rows.column_names == read_columns(chain, "labelled_vlr")["column"].tolist()


def test_hubs_are_found_by_a_part_of_their_name(database: Database, hub: str) -> None:
    selection = Selection("labelled_da_lmps", (Filter("location", "contains", hub[:-1].lower()),))
    assert count(database, selection) == 1


def test_more_rows_than_can_be_turned_to_are_said_to_be_more(
    chain: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MAX_ROWS", 200)
    assert count(chain, Selection("labelled_vlr")) is None
    with pytest.raises(BadSelection, match=r"more than 200 rows.*filter"):
        page(chain, Selection("labelled_vlr", sort_column="he"))
    with pytest.raises(BadSelection, match="first 200 rows"):
        page(chain, Selection("labelled_vlr"), limit=50, offset=151)
    assert len(page(chain, Selection("labelled_vlr"), limit=50, offset=150)) == 50
    assert MAX_ROWS == 20_000


def test_a_question_that_takes_too_long_is_given_up_with_a_sentence(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE VIEW slow AS SELECT 1 AS n FROM pg_sleep(30)"))
    monkeypatch.setattr(browse, "_SETTINGS", "SELECT set_config('statement_timeout', '1s', true)")
    with pytest.raises(BadSelection, match="takes too long"):
        count(database, Selection("slow"))


@pytest.mark.parametrize(
    ("relation", "n_rows"),
    [
        ("hourly_vlr_nyiso", 24),  # flat: by hierarchy_id
        ("labelled_vlr", 24),  # by the name of the location
        ("hourly_vlr_data_nyiso", 24),  # by its id
        ("nyiso_hierarchy", 18),  # by the levels themselves
        ("location", 1),
    ],
)
def test_levels_narrow_whatever_relation_has_something_of_them(
    chain: Database, relation: str, n_rows: int
) -> None:
    chosen = {"control_area": "NYISO", "load_zone": "WEST"}
    assert count(chain, Selection(relation, levels=chosen)) == n_rows


def test_a_component_narrows_a_flat_view_to_its_numbers(chain: Database) -> None:
    chosen = {"control_area": "NYISO", "load_zone": "WEST", "cost_component": "Price Variance (%)"}
    assert count(chain, Selection("price_variance_nyiso", levels={"load_zone": "WEST"})) == 48
    rows = page(chain, Selection("price_variance_nyiso", levels=chosen))
    assert rows["data"].tolist() == pytest.approx([(50 - he) / he for he in rows["he"]])


def test_levels_that_nothing_has_give_no_rows(chain: Database) -> None:
    assert count(chain, Selection("hourly_vlr_nyiso", levels={"load_zone": "no such zone"})) == 0


@pytest.fixture
def hub(database: Database, task: RunTask) -> str:
    """The name of a PJM hub that has one price, beside a zone that has one."""
    hub, zone = locations("PJM", "hub")[0].name, locations("PJM", "zone")[0].name
    specs = [
        SimpleNamespace(iso="PJM", location=name, measure="da_lmp", source="files", basis="actual")
        for name in (hub, zone)
    ]
    series = register_series(database, specs)
    hour = market_hours("PJM", DAY, DAY)["interval_start"].iloc[0]
    values = series[["series_id"]].assign(interval_start=hour, value=40.0)
    write_series(database, "PJM", "da_lmp", values, task)
    return hub


def test_hubs_are_left_out_only_where_a_place_below_the_control_area_is_chosen(
    database: Database, hub: str
) -> None:
    for relation in ("da_lmps_pjm", "da_lmps", "labelled_da_lmps"):
        for chosen in ({"cost_group": "VLR"}, {"control_area": "PJM"}):
            assert count(database, Selection(relation, levels=chosen)) == 2
        zone = locations("PJM", "zone")[0].name
        chosen = {"control_area": "PJM", "load_zone": zone}
        assert count(database, Selection(relation, levels=chosen)) == 1
