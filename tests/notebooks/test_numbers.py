"""The numbers that a report shows are those of the database."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from lib.markets import MARKETS
from lib.present.columns import column_format
from lib.store import read_relation, read_sql
from tests.conftest import DemoRun

ROLLED_UP = """
    SELECT location.name AS location, sum(unitized_cost_usd) / sum(da_value_usd) AS cost_weighted,
           sum(unitized_cost_usd) / sum(rt_load_mwh) AS cost_per_mwh, sum(n_hours) AS n_hours
    FROM vlr JOIN location USING (location_id) JOIN market USING (market_id)
    WHERE iso = :iso GROUP BY 1
"""


def _page(run: DemoRun, name: str) -> BeautifulSoup:
    return BeautifulSoup((run.folder / name).read_text(), "html.parser")


def _rows(page: BeautifulSoup, caption: str) -> Iterator[dict[str, str]]:
    """The rows of the table whose caption begins like this, by heading."""
    table = next(tag.parent for tag in page.select("caption") if tag.text.startswith(caption))
    assert isinstance(table, Tag)
    heads = [cell.text for cell in table.select("thead th")]
    for row in table.select("tbody tr"):
        yield dict(zip(heads, (cell.text for cell in row.select("th, td")), strict=True))


def _written(column: str, value: object) -> tuple[str, str]:
    return column_format(column).heading, column_format(column).format_value(value)


@pytest.mark.parametrize("iso", MARKETS)
def test_a_zones_vlr_is_the_ratio_of_the_sums_in_the_curve(iso: str, demo_run: DemoRun) -> None:
    stored = read_sql(demo_run.database, ROLLED_UP, {"iso": iso}).set_index("location")
    shown = list(_rows(_page(demo_run, f"{iso.lower()}_vlr.html"), "VLR by zone, over all hours"))
    assert {row["Zone"] for row in shown} == set(stored.index)
    for row in shown:
        for column in ("cost_weighted", "cost_per_mwh", "n_hours"):
            heading, text = _written(column, stored.loc[row["Zone"], column])
            assert row[heading] == text


def test_the_excerpt_of_the_curve_is_that_of_the_flat_view(demo_run: DemoRun) -> None:
    view = read_relation(
        demo_run.database, "nyiso_vlr", where={"load_zone": "N.Y.C.", "month": 7, "block_type": "5x16"}
    ).set_index("he")
    shown = list(_rows(_page(demo_run, "nyiso_vlr.html"), "July, 5x16, N.Y.C."))
    assert len(shown) == len(view) == 16
    for row in shown:
        for column in ("cost_weighted", "cost_per_mwh", "mean_ratio", "n_hours", "n_excluded"):
            heading, text = _written(column, view.loc[int(row["HE"]), column])
            assert row[heading] == text
        assert view.loc[int(row["HE"]), "data"] == view.loc[int(row["HE"]), "priced_pct"]


def test_the_largest_ratios_are_the_largest_in_hourly_vlr(demo_run: DemoRun) -> None:
    stored = read_sql(
        demo_run.database,
        """SELECT location.name AS location, hourly_vlr FROM hourly_vlr JOIN location USING (location_id)
           JOIN market ON market.market_id = location.market_id
           WHERE iso = 'NYISO' AND hourly_vlr IS NOT NULL ORDER BY abs(hourly_vlr) DESC LIMIT 8""",
    )
    shown = list(_rows(_page(demo_run, "nyiso_vlr.html"), "The largest hourly ratios"))
    heading = column_format("hourly_vlr").heading
    assert [(row["Zone"], row[heading]) for row in shown] == [
        (row.location, column_format("hourly_vlr").format_value(row.hourly_vlr))
        for row in stored.itertuples()
    ]


def test_the_dearest_shape_factors_are_those_of_the_flat_view(demo_run: DemoRun) -> None:
    view = read_relation(demo_run.database, "nyiso_shaping", where={"month": 7, "block_type": "5x16"})
    dearest = view.loc[view.groupby("load_zone")["year_mean"].idxmax()].set_index("load_zone")
    for row in _rows(_page(demo_run, "nyiso_shaping.html"), "The highest shape factor"):
        stored = dearest.loc[row["Location"]]
        assert int(row["HE"]) == stored["he"]
        for column in ("year_mean", "pooled"):
            heading, text = _written(column, stored[column])
            assert row[heading] == text


def test_the_heat_maps_table_is_a_ratio_of_sums_and_no_mean_of_cells(demo_run: DemoRun) -> None:
    stored = read_sql(
        demo_run.database,
        """SELECT he, month, sum(unitized_cost_usd) / sum(da_value_usd) AS cost_weighted
           FROM vlr JOIN block USING (block_id) JOIN location USING (location_id)
           JOIN market USING (market_id)
           WHERE iso = 'NYISO' AND block_type = '2x16' GROUP BY 1, 2""",
    ).pivot(index="he", columns="month", values="cost_weighted")
    rows = [
        row
        for row in _rows(_page(demo_run, "nyiso_vlr.html"), "Data of the chart: VLR by month and hour ending")
        if row["Block"] == "2x16"
    ]
    months = [pd.Timestamp(2024, month, 1).strftime("%b") for month in stored.columns]
    assert len(rows) == 16
    for row in rows:
        for month, name in zip(stored.columns, months, strict=True):
            assert row[name] == column_format("cost_weighted").format_value(stored.loc[int(row["HE"]), month])


def test_the_summary_has_every_zone_of_every_iso(demo_run: DemoRun) -> None:
    shown = pd.DataFrame(_rows(_page(demo_run, "summary.html"), "VLR by zone"))
    for iso in MARKETS:
        stored = read_sql(demo_run.database, ROLLED_UP, {"iso": iso})
        rows = shown[shown["ISO"] == iso].set_index("Zone")
        assert set(rows.index) == set(stored["location"])
        for zone in stored.itertuples():
            heading, text = _written("cost_weighted", zone.cost_weighted)
            assert rows.loc[zone.location, heading] == text


def test_levels_of_the_pages_are_those_of_the_view(demo_run: DemoRun) -> None:
    view = read_relation(demo_run.database, "vlr_roll_up").set_index(["iso", "level", "member"])
    summary = list(_rows(_page(demo_run, "summary.html"), "VLR of all ISOs, control areas and states"))
    shown = {(row["ISO"], row["Level"], row["Name"]): row for row in summary}
    for iso in MARKETS:
        row, stored = shown[iso, "Control area", iso], view.loc[(iso, "control_area", iso)]
        for column in ("cost_per_mwh", "bias", "swing"):
            heading, text = _written(column, stored[column])
            assert row[heading] == text
        assert row["5 %, $/MWh"] == f"{stored['interval_low']:,.4f}"
        assert row["Basis"] == stored["basis"]
    both = shown["MISO, PJM", "State", "IL"]
    parts = view[view.index.get_level_values("member") == "IL"]
    cost = parts["unitized_cost_usd"].sum() / parts["rt_load_mwh"].sum()
    assert both[column_format("cost_per_mwh").heading] == f"{cost:,.4f}"
    places = list(_rows(_page(demo_run, "pjm_vlr.html"), "Places with several zones"))
    for row in places[1:]:
        stored = view.loc[("PJM", "state", row["Name"])]
        assert row[column_format("cost_per_mwh").heading] == f"{stored['cost_per_mwh']:,.4f}"
        assert int(row["Zones"]) == stored["n_zones"] > 1


def test_zones_that_share_a_load_are_named_and_others_are_not(demo_run: DemoRun) -> None:
    shared = list(_rows(_page(demo_run, "miso_vlr.html"), "Zones that share one load"))
    assert [row["Counts with"] for row in shared] == ["0.333"] * 3
    captions = [tag.text for tag in _page(demo_run, "pjm_vlr.html").select("caption")]
    assert not [text for text in captions if text.startswith("Zones that share one load")]


def test_the_summary_says_which_versions_it_shows_and_how_they_were_made(demo_run: DemoRun) -> None:
    stored = read_sql(
        demo_run.database,
        """SELECT iso, curve, max(version_id) AS version_id FROM curve_version JOIN market USING (market_id)
           GROUP BY 1, 2""",
    ).set_index(["iso", "curve"])["version_id"]
    shown = list(_rows(_page(demo_run, "summary.html"), "The versions this page shows"))
    assert {(row["ISO"], row["Curve"]): int(row["Version"]) for row in shown} == stored.to_dict()
    for row in shown:
        assert (row["Holidays"], row["Source"]) == ("nerc", "demo")
        assert pd.Timestamp(row["Made on"]) <= pd.Timestamp.now("UTC").tz_localize(None)
