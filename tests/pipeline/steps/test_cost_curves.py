"""What the notebook of the cost curves stores: from which settlements, and when a curve is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from lib import store
from lib.calc import hub_history
from lib.calc.balance_of_month import month_balances, quotes_of_rest
from lib.calc.cost_curve import block_prices, cost_curve
from lib.calc.covariance import covariance
from lib.calc.delivery import count_cells, quote_weights
from lib.calc.hub_forwards import hub_forwards
from lib.calc.priced_vlr import add_priced
from lib.calc.quote_agreement import quote_agreement
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.pipeline.errors import NothingStored
from lib.pipeline.runner.run_folder import find_task_files
from lib.pipeline.steps import cost_curves, cost_inputs, pricing_files, publishing, settlements
from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.cost_fit import MismatchedInputs
from lib.pipeline.steps.cost_inputs import CostInputs
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.inputs import read_inputs
from lib.present.pricing_file import empty_cells_caption, parse_pricing_file
from lib.store import Database, read_curve, read_relation
from tests.support.databases import copy_of

WINDOW = ("2025-06-01", "2025-07-31")
AS_OF = "2026-01-01"
PRICED = [6, 7]  # the months that there is a shape of


Opener = Callable[[str], Context]


def _opener(database: Database, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Return a function that opens the demo market's ERCOT on two months of history, to publish as some run.

    Somebody makes its curves official, though they lack ten months.
    """
    monkeypatch.setenv("EPD_DATABASE", database.url)
    day = date.fromisoformat(AS_OF)
    days = {"as_of": day, "window_start": None, "window_end": None}
    run_id = store.start_run(database, source="demo", **days, is_official=True)  # type: ignore[arg-type]
    return lambda notebook: open_context(notebook, "ERCOT", "demo", *WINDOW, AS_OF, run_id, True)


@pytest.fixture
def open_notebook(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """What opens a notebook on the test's database."""
    return _opener(demo_database, monkeypatch)


@pytest.fixture(scope="module")
def published(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A database with the VLR and shaping curves of ERCOT, to be copied."""
    with copy_of(server, templates["demo"]) as database, pytest.MonkeyPatch.context() as patch:
        _publish_curves(_opener(database, patch))
        yield database


def _publish_curves(open_notebook: Opener) -> None:
    fetch_series(open_notebook("fetch"))
    inputs = read_inputs(open_notebook("shaping"))
    zones = read_inputs(open_notebook("vlr"), "zone")
    chosen = {"holidays": "nerc"}
    hourly = hourly_vlr(zones.grid)
    tables = {"vlr": add_priced(vlr_curve(hourly)), "covariance": covariance(hourly)}
    publishing.publish_curve(open_notebook("vlr"), "vlr", zones, chosen, tables)
    shapes = {"shaping": shape_factors(inputs.grid)}
    publishing.publish_curve(open_notebook("shaping"), "shaping", inputs, chosen, shapes)


@pytest.fixture
def curves() -> None:
    """Let the test's database have the VLR and shaping curves of ERCOT."""


@pytest.fixture
def demo_database(
    server: str, templates: dict[str, Database], request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A fresh database for the demo source, with the curves if the test asks for them."""
    has_curves = "curves" in request.fixturenames
    with copy_of(server, request.getfixturevalue("published") if has_curves else templates["demo"]) as copy:
        yield copy


def _settle(context: Context, trade_date: str) -> None:
    assert context.task is not None
    collecting = settlements.open_settlement_context(
        "demo", trade_date, AS_OF, context.task.run_id, publish=True
    )
    settlements.collect(collecting, lookback_days=0)


def _block_prices(inputs: CostInputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the prices of the blocks, and how far the quotes agree."""
    weights = quote_weights(inputs.hours)
    means = hub_history.block_means(inputs.history, inputs.hubs)
    forwards = hub_forwards(inputs.quotes, inputs.contracts, means, weights)
    adjustment = hub_history.da_rt_adjustment(inputs.history, inputs.hubs)
    basis = hub_history.zone_basis(inputs.history, inputs.zones)
    blocks = block_prices(inputs.zones, count_cells(inputs.hours), forwards, adjustment, basis)
    return blocks, quote_agreement(inputs.quotes, inputs.contracts, forwards, weights)


def _priced(inputs: CostInputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells, and how far the quotes agree."""
    blocks, agreement = _block_prices(inputs)
    counts = count_cells(inputs.hours)
    return cost_curve(blocks, counts, inputs.factors, inputs.vlr, inputs.covariance), agreement


def _cells(inputs: CostInputs) -> pd.DataFrame:
    return _priced(inputs)[0]


def _messages(context: Context, inputs: CostInputs, cells: pd.DataFrame | None = None) -> list[str]:
    priced, agreement = _priced(inputs)
    used = priced if cells is None else cells
    lines = cost_curves.price_lines(inputs, _block_prices(inputs)[0])
    return cost_curves.messages(context, inputs, used, agreement, lines)


def _publish(context: Context, inputs: CostInputs, weights: str = "contract") -> pd.DataFrame:
    return cost_curves.publish_cost_curve(context, inputs, weights, *_priced(inputs))


@pytest.mark.usefixtures("curves")
def test_without_settlements_the_page_says_so_and_nothing_is_written(
    open_notebook: Opener, tmp_path: Path, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    inputs = cost_inputs.read_cost_inputs(context)
    assert inputs.trade_date is None
    none = "no settlements of these hubs are stored for the months of delivery"
    assert cost_curves.describe_cost_inputs(context, inputs)["Forwards"] == none
    assert cost_curves.quotes_caption(inputs) == f"Settlements: {none}"
    cells = _cells(inputs)
    assert set(cells["reason"]) == {"no forward of the month"}
    assert _messages(context, inputs, cells) == [
        "There are no forwards: the page has no prices, and nothing was written."
    ]
    assert _publish(context, inputs).empty
    assert pricing_files.write_cost_files(context, inputs.hours, cells, str(tmp_path)).empty
    assert not list(tmp_path.iterdir())
    assert read_relation(demo_database, "pipeline_problem", where={"notebook": "cost_curves"}).empty
    assert set(read_relation(demo_database, "curve_version")["curve"]) == {"vlr", "shaping"}


@pytest.mark.usefixtures("curves")
def test_the_forwards_are_those_of_the_latest_trade_date_that_has_the_hubs(
    open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-29")
    _settle(context, "2025-12-30")
    inputs = cost_inputs.read_cost_inputs(context)
    assert inputs.trade_date == date(2025, 12, 30)
    assert (
        cost_curves.describe_cost_inputs(context, inputs)["Forwards"]
        == "settled 2025-12-30, 2 days before 2026-01-01"
    )
    assert cost_curves.quotes_caption(inputs).startswith("Settlements of 2025-12-30, the next twelve months")
    with demo_database.arrow_connection() as connection:
        connection.cursor().execute(
            "DELETE FROM ice_settlement WHERE trade_date = '2025-12-30' AND report = 'icecleared_power'"
        )
    inputs = cost_inputs.read_cost_inputs(context)
    assert inputs.trade_date == date(2025, 12, 29)
    north = inputs.quotes[inputs.quotes["hub"] == "ERCOT North RT"]
    assert north.groupby("block").size().to_dict() == dict.fromkeys(["5x16", "2x16", "7x8", "off-peak"], 36)


@pytest.mark.usefixtures("curves")
@pytest.mark.parametrize(("trade_date", "is_old"), [("2025-12-26", False), ("2025-12-24", True)])
def test_old_forwards_are_said_and_entered_as_a_problem_of_the_run(
    trade_date: str, is_old: bool, open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, trade_date)
    inputs = cost_inputs.read_cost_inputs(context)
    cells = _cells(inputs)
    said = _messages(context, inputs, cells)
    assert len(said) == is_old
    for _ in range(2):
        _publish(context, inputs)
    problems = read_relation(demo_database, "pipeline_problem", where={"notebook": "cost_curves"})
    assert problems["message"].tolist() == said
    if is_old:
        assert said[0].startswith(
            "The forwards of ERCOT are old: settled 2025-12-24, 8 days before 2026-01-01, and no later"
        )
        assert problems["kind"].tolist() == ["old_forwards"]


@pytest.mark.usefixtures("curves")
def test_blocks_and_months_without_a_forward_are_said_and_entered_as_a_problem_of_the_run(
    open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    with demo_database.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ice_settlement WHERE contract = 'ECI'")
        cursor.execute("""
            DELETE FROM ice_settlement WHERE strip IN ('2026-05-01', '2026-07-01', '2026-08-01')
            AND hub LIKE 'ERCOT%' AND hub NOT LIKE 'ERCOT West%'
        """)
        cursor.execute("DELETE FROM ice_settlement WHERE strip = '2026-08-01' AND hub LIKE 'ERCOT%'")
    inputs = cost_inputs.read_cost_inputs(context)
    cells = _cells(inputs)
    zones, months = "NORTH ZONE, HOUSTON ZONE, SOUTH ZONE", "2026-05, 2026-07 to 2026-08"
    none = (
        f"No hub of {zones} has a forward of 5x16 for {months}; 2x16 for {months}; 7x8 for {months}: these "
        "hours have no price. Look at ice_settlements for why."
    )
    replaced = (
        "ERCOT North RT has no quote of 5x16 for 2026-05, 2026-07; 2x16 for 2026-05, 2026-07; 7x8 for "
        "2026-01 to 2026-07, 2026-09 to 2028-12: prices that would rest on it follow from other quotes, or "
        "by the past. Look at ice_settlements for why."
    )
    said = _messages(context, inputs)
    assert none in said
    assert replaced in said
    _publish(context, inputs)
    problems = read_relation(demo_database, "pipeline_problem", where={"notebook": "cost_curves"})
    assert sorted(problems["message"]) == sorted(said)
    assert set(problems["kind"]) == {"missing_forwards"}
    north = cells[(cells["reason"] == "no forward of the month") & (cells["location"] == "NORTH ZONE")]
    assert problems.set_index("message").loc[none, "n_hours"] == north["n_hours"].sum()


def _settle_other_hubs(db: Database, *days: str) -> None:
    """Store trade dates that have a report and, of all settlements, one of a hub that is not the ISO's."""
    with db.arrow_connection() as connection, connection.cursor() as cursor:
        for day in days:
            cursor.execute(f"""
                INSERT INTO settlement_report
                SELECT '{day}', report, file_name, sha256, n_rows, n_repeated, n_rejected, n_withdrawn, run_id
                FROM settlement_report WHERE trade_date = '2025-10-01' AND report = 'icecleared_power'
            """)
            cursor.execute(f"""
                INSERT INTO ice_settlement
                SELECT '{day}', strip, expiration_date, run_id, strike, settlement_price, net_change,
                    contract, contract_type, product_id, hub, product, report
                FROM ice_settlement
                WHERE trade_date = '2025-10-01' AND contract = 'PMI' AND strip = '2026-06-01'
            """)


LATER = tuple(f"2025-12-{day:02d}" for day in range(10, 22))


@pytest.mark.usefixtures("curves")
def test_forwards_are_found_and_called_old_however_long_other_hubs_have_been_alone(
    open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-10-01")
    _settle_other_hubs(demo_database, *LATER)
    inputs = cost_inputs.read_cost_inputs(context)
    assert inputs.trade_date == date(2025, 10, 1)
    assert set(inputs.quotes["hub"]) == {"ERCOT North RT", "ERCOT Houston RT", "ERCOT West RT"}
    cells = _cells(inputs)
    assert cost_curves.is_priced(cells)
    _publish(context, inputs)
    (problem,) = read_relation(demo_database, "pipeline_problem", where={"notebook": "cost_curves"})[
        "message"
    ]
    assert problem.startswith("The forwards of ERCOT are old: settled 2025-10-01, 92 days before 2026-01-01")


@pytest.mark.usefixtures("curves")
def test_no_forwards_are_a_problem_where_others_are_stored_or_an_earlier_curve_stands(
    open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-10-01")
    inputs = cost_inputs.read_cost_inputs(context)
    _publish(context, inputs)
    _settle_other_hubs(demo_database, *LATER)
    with demo_database.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ice_settlement WHERE hub LIKE 'ERCOT%'")
    none = cost_inputs.read_cost_inputs(context)
    assert none.trade_date is None
    _publish(context, none)
    problems = read_relation(demo_database, "pipeline_problem", where={"notebook": "cost_curves"})
    assert problems["kind"].tolist() == ["no_forwards"]
    version = store.read_latest_version(demo_database, "cost_curve", "ERCOT")
    said = (
        "ERCOT has no forwards: no settlements of these hubs are stored for the months of delivery, though "
        f"others are, the last of 2025-12-21. ercot_cost_curve still shows version {version}, which an "
        "earlier run made. Look at ice_settlements for why."
    )
    assert problems["message"].tolist() == [said]
    assert _messages(context, none)[0] == said


@pytest.mark.usefixtures("curves")
def test_the_largest_zone_that_has_a_price_is_shown_and_said(open_notebook: Opener) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    inputs = cost_inputs.read_cost_inputs(context)
    cells = _cells(inputs)
    loads = inputs.vlr.groupby("location")["rt_load_mwh"].sum().sort_values(ascending=False)
    largest, second = loads.index[:2]
    assert cost_curves.largest_priced_zone(inputs, cells) == largest
    assert _messages(context, inputs, cells) == []
    is_largest = cells["location"] == largest
    cells.loc[is_largest, ["hpfc", "cost_to_serve"]] = float("nan")
    cells.loc[is_largest, "reason"] = "no prices of the hub"
    assert cost_curves.largest_priced_zone(inputs, cells) == second
    assert _messages(context, inputs, cells) == [
        f"{largest}, the zone with the most load, has no price (no prices of the hub): shown in its place is "
        f"{second}, the largest that has one."
    ]


@pytest.mark.usefixtures("curves")
def test_settlements_after_the_clock_of_the_run_are_not_known(open_notebook: Opener) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2026-01-05")
    assert cost_inputs.read_cost_inputs(context).trade_date is None


@pytest.mark.usefixtures("curves")
def test_a_curve_is_new_when_a_forward_or_a_choice_changes_and_only_then(
    open_notebook: Opener,
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    inputs = cost_inputs.read_cost_inputs(context)
    dearer = replace(
        inputs, quotes=inputs.quotes.assign(settlement_price=inputs.quotes["settlement_price"] + 1)
    )
    cases = [(inputs, "contract", 1), (inputs, "contract", 0), (dearer, "contract", 1), (dearer, "days", 1)]
    for made_of, weights, n_new in cases:
        before = store.read_latest_version(context.db, "cost_curve", "ERCOT") or 0
        written = _publish(context, made_of, weights)
        after = store.read_latest_version(context.db, "cost_curve", "ERCOT")
        assert (after != before) == n_new
        assert written["n_written"].tolist() == [4 * 36 * 40 * n_new]
    (version,) = read_relation(context.db, "curve_version", where={"version_id": after}).to_dict("records")
    for part in ('"trade_date": "2025-12-31"', '"vlr_version": 1', '"shaping_version": 2', '"days"'):
        assert part in version["parameters"]
    assert set(
        read_relation(context.db, "series", where={"series_id": list(version["series_ids"])})["measure"]
    ) == {
        "da_lmp",
        "rt_lmp",
    }


@pytest.mark.usefixtures("curves")
def test_what_is_stored_is_what_was_computed_and_what_the_view_and_the_files_show(
    open_notebook: Opener, tmp_path: Path
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    inputs = cost_inputs.read_cost_inputs(context)
    cells = _cells(inputs)
    _publish(context, inputs)
    stored = read_curve(context.db, "cost_curve", "ERCOT")
    key = ["location", "delivery_month", "he", "block_type"]
    computed = cells.rename(columns={"zone_basis": "basis"}).set_index(key)[
        stored.columns.drop([*key, "version_id"])
    ]
    pd.testing.assert_frame_equal(
        stored.set_index(key).drop(columns="version_id").sort_index(),
        computed.sort_index(),
        check_dtype=False,
        check_index_type=False,
    )
    priced = stored[stored["reason"].isna()]
    assert set(priced["delivery_month"].dt.month) == set(PRICED)
    # There is one year of history.
    assert priced["is_thin"].all()
    parameters = read_relation(context.db, "curve_version", where={"curve": "cost_curve"})["parameters"][0]
    for part in ('"vlr": "priced"', '"priced_month": 0.25', '"priced_elasticity": 0.5', '"priced_days": 60'):
        assert part in parameters
    summer = read_curve(context.db, "covariance", "ERCOT").set_index(["location", "block_type"])
    shares = summer["covariance_pct"].reindex(pd.MultiIndex.from_frame(priced[["location", "block_type"]]))
    assert set(summer["season"]) == {"Summer"}
    lines = (priced["covariance"] / priced["block_price"]).tolist()
    assert lines == pytest.approx(shares.tolist(), abs=1e-12)
    view = read_relation(context.db, "ercot_cost_curve", where={"load_zone": "WEST ZONE"})
    assert len(view) == 36 * 40
    pd.testing.assert_series_equal(view["data"], view["cost_to_serve"], check_names=False)

    files = pricing_files.write_cost_files(context, inputs.hours, cells, str(tmp_path)).set_index("file")
    assert files["n_rows"].to_dict() == {
        "ercot_cost_curves.csv": 36 * 40,
        "ercot_cost_curves.xlsx": 36 * 40,
        "ercot_cost_curves.parquet": 4 * len(inputs.hours),
        "ercot_cost_curves_vlr.csv": 480,
        "ercot_cost_curves_vlr.xlsx": 480,
    }
    assert find_task_files(tmp_path, "ercot_cost_curves") == tuple(files.index)
    hours = pd.read_parquet(tmp_path / "ercot_cost_curves.parquet")
    for kind in ("csv", "xlsx"):
        name = f"ercot_cost_curves.{kind}"
        file = parse_pricing_file(name, (tmp_path / name).read_bytes()).cells
        prices = file.set_index(["month", "he", "block_type"])["WEST ZONE"]
        west = hours[hours["location"] == "WEST ZONE"]
        month = west["delivery_month"].dt.strftime("%Y-%m")
        found = prices.reindex(pd.MultiIndex.from_arrays([month, west["he"], west["block_type"]]))
        pd.testing.assert_series_equal(
            found.reset_index(drop=True),
            west["cost_to_serve"].round(6).reset_index(drop=True),
            check_names=False,
            atol=1.1e-6,
        )
    assert files.loc["ercot_cost_curves.parquet", "n_empty"] == hours["cost_to_serve"].isna().sum()
    _check_vlr_files(tmp_path, priced)
    said = pricing_files.describe_delivery_vlr(cells)
    assert said == "The file of VLR has the months of delivery 2026-01 to 2026-12."
    file = pricing_files.build_delivery_vlr(context, cells)
    assert empty_cells_caption(file).endswith("all of 10 months: Jan to May, Aug to Dec")


def _check_vlr_files(folder: Path, priced: pd.DataFrame) -> None:
    """Check that percent x hourly price is the VLR of the cost curve in both files, and all else is empty."""
    first = priced[priced["delivery_month"].dt.year == 2026]
    keys = [first["delivery_month"].dt.month, first["he"], first["block_type"], first["location"]]
    cells = first.set_index(pd.MultiIndex.from_arrays(keys, names=["month", "he", "block_type", "location"]))
    for kind in ("csv", "xlsx"):
        name = f"ercot_cost_curves_vlr.{kind}"
        file = parse_pricing_file(name, (folder / name).read_bytes())
        assert (file.curve, file.is_demo, file.columns[0].cost_component) == ("vlr", True, "VLR (delivery)")
        shares = file.cells.melt(["month", "he", "block_type"], file.zones, "location", "share").dropna()
        shares = shares.set_index(["month", "he", "block_type", "location"])["share"]
        assert len(shares) == len(cells)
        assert ((shares * cells["hpfc"] - cells["vlr_priced"]).abs() <= 0.5e-6 * cells["hpfc"] + 1e-12).all()


def test_a_market_without_curves_says_how_to_get_them(open_notebook: Opener) -> None:
    context = open_notebook("cost_curves")
    with pytest.raises(NothingStored, match=r"no prices are stored for ERCOT.*run_all\.py"):
        cost_inputs.read_cost_inputs(context)
    fetch_series(open_notebook("fetch"))
    with pytest.raises(NothingStored, match=r"no vlr curve of ERCOT is stored.*run_all\.py"):
        cost_inputs.read_cost_inputs(context)


@pytest.mark.usefixtures("curves")
def test_curves_with_other_holidays_are_not_mixed_in(open_notebook: Opener) -> None:
    with pytest.raises(
        MismatchedInputs, match=r"vlr curve of ERCOT, version 1, .*holidays 'nerc', not 'none'"
    ):
        cost_inputs.read_cost_inputs(replace(open_notebook("cost_curves"), holidays="none"))


@pytest.mark.usefixtures("curves")
def test_curves_of_another_source_are_not_mixed_in(open_notebook: Opener) -> None:
    context = open_notebook("cost_curves")
    with context.db.arrow_connection() as connection, connection.cursor() as cursor:
        cursor.execute("""
            WITH other AS (
                INSERT INTO series (location_id, measure, source, basis)
                SELECT location_id, measure, 'public', basis FROM series WHERE measure = 'da_lmp'
                RETURNING series_id
            )
            UPDATE curve_version SET series_ids = ARRAY(SELECT series_id FROM other) WHERE curve = 'shaping'
        """)
    with pytest.raises(
        MismatchedInputs, match=r"shaping curve of ERCOT.*prices of public.* are of demo: run"
    ):
        cost_inputs.read_cost_inputs(context)


@pytest.mark.usefixtures("curves")
def test_a_vlr_curve_of_before_the_covariance_was_kept_is_made_anew_first(
    open_notebook: Opener, demo_database: Database
) -> None:
    with demo_database.arrow_connection() as connection:
        connection.cursor().execute("DELETE FROM covariance")
    with pytest.raises(MismatchedInputs, match=r"vlr curve of ERCOT, version 1, .*covariance.*run_all\.py"):
        cost_inputs.read_cost_inputs(open_notebook("cost_curves"))


@pytest.mark.usefixtures("curves")
def test_the_page_says_of_which_days_the_curves_are_that_it_is_made_of(
    open_notebook: Opener,
) -> None:
    context = open_notebook("cost_curves")
    assert cost_curves.describe_cost_inputs(context, cost_inputs.read_cost_inputs(context))["Made of"] == (
        "vlr version 1 of 2025-06-01 to 2025-07-31, shaping version 2 of 2025-06-01 to 2025-07-31"
    )


@pytest.mark.usefixtures("curves")
def test_delivery_can_begin_with_the_rest_of_the_month(open_notebook: Callable[..., Context]) -> None:
    context = open_notebook("cost_curves")
    context = replace(context, window=replace(context.window, as_of=date(2025, 6, 16)))
    _settle(context, "2025-06-13")
    inputs = cost_inputs.read_cost_inputs(context, first_month="current")
    assert inputs.hours["market_date"].min() == pd.Timestamp("2025-06-16")
    assert inputs.elapsed["market_date"].agg(["min", "max"]).dt.day.tolist() == [1, 15]
    assert (
        cost_curves.describe_cost_inputs(context, inputs)["Delivery"]
        == "2025-06 (from 2025-06-16) to 2028-05"
    )
    balances = month_balances(
        inputs.quotes, inputs.contracts, inputs.hubs, inputs.history, inputs.elapsed, inputs.hours
    )
    north = balances[balances["hub"] == "ERCOT North RT"].set_index("quote")
    # June 2025 has 21 weekdays, of which 10 are before the 16th.
    assert north.loc["5x16", "share"] == pytest.approx(10 / 21)
    prices = inputs.history.rt["HB_NORTH"][inputs.history.hours["block_type"] == "5x16"]
    settled = prices[inputs.history.hours["market_date"] < "2025-06-16"].mean()
    assert north.loc["5x16", "settled"] == pytest.approx(settled)
    begun = replace(inputs, quotes=quotes_of_rest(inputs.quotes, balances))
    cells, agreement = _priced(begun)
    june = cells[cells["delivery_month"] == "2025-06-01"]
    peak = june[(june["location"] == "NORTH ZONE") & (june["block_type"] == "5x16")]
    assert peak["n_hours"].sum() == 11 * 16
    assert peak["forward_price"].unique() == pytest.approx([north.loc["5x16", "rest"]])
    written = cost_curves.publish_cost_curve(context, inputs, "contract", cells, agreement)
    assert written["n_written"].sum() == len(cells)


@pytest.mark.usefixtures("curves")
def test_the_hubs_of_a_page_say_what_they_quote_and_what_trades(
    open_notebook: Opener,
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    table = cost_curves.hub_table(cost_inputs.read_cost_inputs(context)).set_index("hub")
    assert table.loc["ERCOT North RT"].to_dict() == {
        "hub_location": "HB_NORTH",
        "settlement_market": "real-time prices",
        "n_zones": 4,
        "quotes": "5x16, 2x16, 7x8, off-peak by days, 7x16",
        "trades": "5x16, 2x16, 7x8, off-peak",
    }
    assert table.loc["ERCOT South RT", "trades"] != table.loc["ERCOT South RT", "trades"]  # none


@pytest.mark.usefixtures("curves")
def test_an_official_curve_without_every_month_is_refused_and_a_study_says_so(
    open_notebook: Opener, demo_database: Database
) -> None:
    context = open_notebook("cost_curves")
    _settle(context, "2025-12-31")
    said = cost_inputs.read_cost_inputs(context).gaps
    assert said[0].startswith(
        "The vlr curve has no value in Jan, Feb, Mar, Apr, May, Aug, Sep, Oct, Nov, Dec: "
    )
    assert cost_inputs.read_cost_inputs(replace(context, task=None)).gaps == said  # opened by hand
    with demo_database.engine.begin() as connection:
        connection.execute(text("UPDATE pipeline_run SET is_official = false"))
    with pytest.raises(MismatchedInputs, match=r"do not fit\. The vlr curve has no value in Jan.*--official"):
        cost_inputs.read_cost_inputs(context)
    assert cost_inputs.read_cost_inputs(replace(context, study="short")).gaps == said


@pytest.mark.usefixtures("curves")
def test_a_curve_of_another_window_or_load_is_not_mixed_in(open_notebook: Opener) -> None:
    context = open_notebook("cost_curves")
    close = replace(context.window, start=date(2025, 6, 8), end=date(2025, 7, 24))
    assert cost_inputs.read_cost_inputs(replace(context, window=close)).trade_date is None
    other = replace(context.window, start=date(2025, 6, 9))
    with pytest.raises(
        MismatchedInputs, match=r"of 2025-06-01 to 2025-07-31, and this run's prices of 2025-06-09.*run `"
    ):
        cost_inputs.read_cost_inputs(replace(context, window=other))
    with pytest.raises(MismatchedInputs, match=r"load that is forecast, and this run's is cleared: run"):
        cost_inputs.read_cost_inputs(context, "cleared")
