from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lib.calc import aggregate, shaping, vlr
from lib.markets import BLOCKS, OFF_PEAK
from lib.present import charts, tables
from lib.present.charts import bars, coverage, day_shapes, forward_charts, heatmaps, style
from lib.present.display import Chart
from lib.present.formats import MISSING

PRICE = "da_lmp_usd_per_mwh"


@pytest.fixture(scope="module")
def drawn(hourly: pd.DataFrame) -> dict[str, Chart]:
    """Every chart, of the made-up year."""
    seasons = hourly.assign(season=aggregate.season(hourly["month"]))
    factors = shaping.shape_factors(hourly)
    west = factors[factors["location"] == "WEST"]
    zones = vlr.estimate(hourly, ["location"])
    return {
        "season_shapes": charts.season_shapes(
            aggregate.mean_by(seasons, PRICE, ["season", "day_type", "he"]), PRICE, "Seasons", "c"
        ),
        "zone_shapes": charts.zone_shapes(
            aggregate.mean_by(hourly, PRICE, ["location", "he"]), {PRICE: "day-ahead"}, "Zones", "c"
        ),
        "factor_spread": charts.factor_spread(west[west["block_type"] != "2x16"], "WEST", "5x16 and 7x8"),
        "month_hour_heatmap": charts.month_hour_heatmap(
            vlr.estimate(hourly, ["month", "he", "block_type"]), "cost_weighted", "Months", "c"
        ),
        "zone_month_heatmap": charts.zone_month_heatmap(
            vlr.estimate(hourly, ["location", "month"]), "cost_per_mwh", "Zones by month", "c"
        ),
        "vlr_by_zone": charts.vlr_by_zone(zones, "VLR", "c"),
        "ranked_zones": charts.ranked_zones(
            zones.assign(iso="NYISO", covariance=[0.5, None], cost_to_serve=[50.0, None]), "Ranked", "c"
        ),
        "cost_distribution": charts.cost_distribution(
            aggregate.distribution(hourly["unitized_cost"]), "Hours", "c"
        ),
        "coverage_calendar": charts.coverage_calendar(_days(), "Stored", "c"),
        "known_and_unknown": charts.known_and_unknown(_known(), "Known", "c"),
        "vlr_by_window": charts.vlr_by_window(_windows(), "Windows", "c"),
        "priced_and_realised": charts.priced_and_realised(_scored(), "Backtest", "c"),
        "reliability_diagram": charts.reliability_diagram(_reliability(), _periods(), "Reliability", "c"),
        "quoted_and_realised": charts.quoted_and_realised(_quoted_days(), "Quoted", "c"),
        "intervals_by_level": charts.intervals_by_level(_members(), "Levels", "c"),
        "forward_curves": charts.forward_curves(_curves(), "Forwards", "c"),
        "block_curves": charts.block_curves(_blocks(), "cost_to_serve", "Blocks", "c"),
        "price_heatmap": charts.price_heatmap(_delivery_cells(), "hpfc", "Hours", "c"),
        "cost_waterfall": charts.cost_waterfall(_parts(), list(_parts())[:-1], "cost_to_serve", "Parts", "c"),
    }


def _days(lost: str | None = None) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", "2024-12-31")
    parts = [
        pd.DataFrame({"measure": measure, "market_date": days, "n_expected": 24, "n_stored": 24})
        for measure in ("da_lmp", "rt_load")
    ]
    frame = pd.concat(parts, ignore_index=True)
    is_lost = (frame["measure"] == "rt_load") & (frame["market_date"] == lost)
    return frame.assign(n_stored=frame["n_stored"].mask(is_lost, 0))


def _curves() -> pd.DataFrame:
    months = pd.date_range("2026-01-01", periods=24, freq="MS")
    parts = [
        pd.DataFrame({"hub": hub, "block": block, "contract": f"C{i}", "strip": months})
        for i, (hub, block) in enumerate([("East", "5x16"), ("East", "off-peak"), ("West", "7x8")])
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(settlement_price=np.arange(len(frame)) + 20.0)


def _delivery_cells() -> pd.DataFrame:
    hours = {"5x16": range(8, 24), "2x16": range(8, 24), "7x8": (*range(1, 8), 24)}
    cells = pd.DataFrame(
        [(block, he) for block, its in hours.items() for he in its], columns=["block_type", "he"]
    )
    cells = cells.merge(
        pd.Series(pd.date_range("2026-02-01", periods=36, freq="MS"), name="delivery_month"), "cross"
    )
    return cells.assign(hpfc=30.0 + cells["he"] + cells["delivery_month"].dt.month)


def _blocks() -> pd.DataFrame:
    cells = _delivery_cells().rename(columns={"hpfc": "cost_to_serve"})
    means = cells.groupby(["delivery_month", "block_type"])["cost_to_serve"].mean().reset_index()
    return pd.concat([means.assign(location=zone) for zone in ("EAST & <CO>", "WEST")], ignore_index=True)


def _known() -> pd.DataFrame:
    """Return the months and blocks of a zone; one mean lies beyond the axis, one month has no interval."""
    months = pd.DataFrame(
        [(block, month) for block in BLOCKS for month in range(1, 13)], columns=["block_type", "month"]
    )
    ends = {"priced_low": 0.1, "priced_high": 0.3, "band_low": -0.1, "band_high": 0.6}
    past = np.where(months.index == 1, 9.0, 0.25)
    known = months.assign(priced=0.2 + months["month"] / 100, cost_per_mwh=past, **ends)
    known.loc[4, ["priced_low", "priced_high"]] = np.nan
    return known


def _windows() -> pd.DataFrame:
    """Return two windows of two places; one of them has no interval."""
    windows = pd.DataFrame(
        {
            "location": ["all zones", "all zones", "WEST", "WEST"],
            "last_years": [1.0, np.nan, 1.0, np.nan],
            "first_day": pd.Timestamp("2024-01-01"),
            "n_days": [30, 731, 365, 731],
        }
    )
    ends = {"interval_low": [np.nan, 0.1, -0.2, 0.0], "interval_high": [np.nan, 0.3, 0.2, 0.2]}
    return windows.assign(cost_per_mwh=[0.3, 0.2, 0.0, 0.1], **ends)


def _scored() -> pd.DataFrame:
    """Return two years of targets of two blocks; one came beyond the axis, one month has no band."""
    months = pd.DataFrame(
        [
            (block, year, month)
            for block in ("5x16", "7x8")
            for year in (2024, 2025)
            for month in range(1, 13)
        ],
        columns=["block_type", "year", "month"],
    )
    number = months["year"] * 12 + months["month"] - 1
    scored = months.assign(number=number, target=0.3, priced=0.2, band_low=-0.1, band_high=0.6)
    scored.loc[3, "target"] = 9.0
    scored.loc[5, ["band_low", "band_high"]] = np.nan
    return scored


def _reliability() -> pd.DataFrame:
    return pd.DataFrame({"nominal": [0.5, 0.9], "held": [0.48, 0.93], "n": 72})


def _periods() -> pd.DataFrame:
    return pd.DataFrame({"period": [2024, 2025], "coverage": [0.86, 0.94]})


def _quoted_days() -> pd.DataFrame:
    """Return the days of a month, of which one has no value that came."""
    days = pd.DataFrame({"market_date": pd.date_range("2025-11-01", periods=20), "quoted_cost": 40.0})
    return days.assign(realised_cost=[*np.linspace(35, 60, 19), np.nan])


def _members() -> pd.DataFrame:
    """Return a state and its two zones, of which one has no interval."""
    ends = {"interval_low": [0.1, 0.0, np.nan], "interval_high": [0.3, 0.5, np.nan]}
    names = {"level": ["State", "Load zone", "Load zone"], "member": ["NY", "EAST", "WEST"]}
    return pd.DataFrame({**names, "cost_per_mwh": [0.2, 0.25, 0.15], **ends})


def _parts() -> pd.DataFrame:
    parts = {"forward_price": 50.0, "da_rt_adjustment": -1.25, "zone_basis": 0.0, "load_shape": 2.0}
    return pd.DataFrame([{**parts, "vlr": 0.25, "risk": 0.0, "cost_to_serve": 51.0}])


def _without_values() -> dict[str, Chart]:
    """Every chart, of rows whose values are all NULL."""
    null = np.nan
    cells = pd.DataFrame({"month": [6, 7], "he": [9, 10], "block_type": "5x16", "year_mean": null})
    zones = pd.DataFrame({"location": ["EAST", "WEST"], "cost_weighted": null, "cost_per_mwh": null})
    day = pd.DataFrame(
        {"location": "WEST", "season": "Summer", "day_type": "WeekDay", "he": [1, 2], PRICE: null}
    )
    factors = cells.assign(year_low=null, year_high=null, pooled=null)
    return {
        "season_shapes": charts.season_shapes(day, PRICE, "Title", "c"),
        "zone_shapes": charts.zone_shapes(day, {PRICE: "day-ahead"}, "Title", "c"),
        "factor_spread": charts.factor_spread(factors, "WEST", "5x16"),
        "month_hour_heatmap": charts.month_hour_heatmap(cells, "year_mean", "Title", "c"),
        "zone_month_heatmap": charts.zone_month_heatmap(
            zones.assign(month=[6, 7]), "cost_per_mwh", "Title", "c"
        ),
        "ranked_zones": charts.ranked_zones(
            zones.assign(iso="NYISO", covariance=np.nan, cost_to_serve=np.nan), "Title", "c"
        ),
        "vlr_by_zone": charts.vlr_by_zone(zones, "Title", "c"),
        "cost_distribution": charts.cost_distribution(
            aggregate.distribution(pd.Series([null, null])), "Title", "c"
        ),
        "coverage_calendar": charts.coverage_calendar(_days().assign(n_stored=null), "Title", "c"),
        "intervals_by_level": charts.intervals_by_level(
            _members().assign(cost_per_mwh=null, interval_low=null, interval_high=null), "Levels", "c"
        ),
        "known_and_unknown": charts.known_and_unknown(
            _known().assign(**dict.fromkeys(_known().columns[2:], null)), "Title", "c"
        ),
        "vlr_by_window": charts.vlr_by_window(_windows().assign(cost_per_mwh=null), "Title", "c"),
        "priced_and_realised": charts.priced_and_realised(_scored().assign(target=null), "Title", "c"),
        "reliability_diagram": charts.reliability_diagram(
            _reliability().assign(held=null), _periods(), "Title", "c"
        ),
        "quoted_and_realised": charts.quoted_and_realised(
            _quoted_days().assign(quoted_cost=null, realised_cost=null), "Title", "c"
        ),
        "forward_curves": charts.forward_curves(_curves().assign(settlement_price=null), "Title", "c"),
        "block_curves": charts.block_curves(
            _blocks().assign(cost_to_serve=null), "cost_to_serve", "Title", "c"
        ),
        "price_heatmap": charts.price_heatmap(_delivery_cells().assign(hpfc=null), "hpfc", "Title", "c"),
        "cost_waterfall": charts.cost_waterfall(
            _parts() * null, list(_parts())[:-1], "cost_to_serve", "Title", "c"
        ),
    }


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_without_a_value_says_so(name: str) -> None:
    chart = _without_values()[name]
    assert "nothing to draw" in chart.svg
    assert chart.alt.endswith("Nothing to draw: there is no value.")
    assert "nan" not in chart.table().render_html()


def test_a_window_is_named_by_its_years_and_needs_no_interval(drawn: dict[str, Chart]) -> None:
    chart = drawn["vlr_by_window"]
    assert "last year" in chart.svg and "all days" in chart.svg
    assert "Highest: 0.3000 in all zones, last year; lowest: 0.0000 in WEST, last year" in chart.alt


def test_factors_that_no_year_counts_for_are_drawn_pooled() -> None:
    hours = pd.DataFrame({"month": 7, "block_type": "5x16", "he": [9, 10], "pooled": [0.9, 1.1]})
    chart = charts.factor_spread(
        hours.assign(year_mean=np.nan, year_low=np.nan, year_high=np.nan), "WEST", "5x16"
    )
    assert "nothing to draw" not in chart.svg
    assert chart.alt.endswith("No value (Mean of years).")


def test_zones_without_a_percent_still_show_their_cost() -> None:
    zones = pd.DataFrame({"location": ["EAST", "WEST"], "cost_weighted": np.nan, "cost_per_mwh": [0.5, 0.2]})
    chart = charts.vlr_by_zone(zones, "VLR", "c")
    assert "No value (VLR (cost-weighted), %)" in chart.alt
    assert "Highest: 0.5000 in EAST; lowest: 0.2000 in WEST (VLR, $/MWh)." in chart.alt


def test_months_without_a_band_still_show_what_is_known() -> None:
    chart = charts.known_and_unknown(_known().assign(band_low=np.nan, band_high=np.nan), "Known", "c")
    assert "nothing to draw" not in chart.svg
    assert "No value (Coming month, 95 %, $/MWh)." in chart.alt
    assert "Highest: 0.3200 in Dec, 5x16" in chart.alt


def test_a_map_of_isos_is_headed_by_what_its_rows_are() -> None:
    frame = pd.DataFrame({"iso": ["PJM", "MISO"], "month": 7, "cost_per_mwh": [0.5, 0.2]})
    chart = charts.zone_month_heatmap(frame, "cost_per_mwh", "VLR", "c", rows="iso")
    assert list(chart.table().formatted()) == ["ISO", "Jul"]
    assert "Highest: 0.5000 for PJM in Jul" in chart.alt


def test_there_is_a_chart_of_each_kind(drawn: dict[str, Chart]) -> None:
    assert sorted(drawn) == charts.__all__


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_is_not_blank_and_small(name: str, drawn: dict[str, Chart]) -> None:
    svg = drawn[name].svg
    assert svg.count("<path") > 10 or "<image" in svg
    assert svg.count("<text") > 5
    assert len(svg) < 150_000


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_follows_the_page_and_asks_no_host(name: str, drawn: dict[str, Chart]) -> None:
    svg = drawn[name].svg
    assert "var(--muted, " in svg
    assert "http" not in svg
    assert "DejaVu" not in svg
    assert not re.search(r"NaN|nan\b|inf\b", drawn[name].alt)


def test_ids_of_two_charts_on_a_page_do_not_collide(drawn: dict[str, Chart]) -> None:
    ids = [found for chart in drawn.values() for found in re.findall(r' id="([^"]+)"', chart.svg)]
    assert ids
    assert len(ids) == len(set(ids))


def test_a_name_with_markup_is_escaped(drawn: dict[str, Chart]) -> None:
    assert "EAST &amp; &lt;CO&gt;" in drawn["vlr_by_zone"].svg
    assert "EAST & <CO>" not in drawn["vlr_by_zone"].render_html()


def test_the_heat_map_carries_every_cell() -> None:
    cells = pd.DataFrame({"month": [1, 1, 7], "he": [8, 9, 9], "value": [1.0, 2.0, 3.0]})
    ax = Figure().subplots()
    norm = heatmaps._colour_norm(cells["value"], 0, 1)
    heatmaps.plot_cells(ax, cells.assign(block_type="5x16"), "value", [8, 9], norm)
    image = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert image.shape == (12, 2)
    assert [image[0, 0], image[0, 1], image[6, 1]] == [1, 2, 3]
    assert np.isnan(image[6, 0])


def test_the_zone_map_writes_each_number() -> None:
    ax = Figure().subplots()
    table = pd.DataFrame([[0.25, -0.5], [np.nan, 1.0]], index=["A", "B"], columns=[1, 2])
    heatmaps.plot_zones(ax, table, heatmaps._colour_norm(table.stack(), 0, 1))
    assert [text.get_text() for text in ax.texts] == ["0.25", "-0.50", "1.00"]


def test_the_season_chart_draws_a_line_for_each_season_through_its_means() -> None:
    frame = pd.DataFrame({"season": "Winter", "he": [2, 1], PRICE: [30.0, 20.0]})
    ax = Figure().subplots()
    day_shapes.plot_seasons(ax, frame, PRICE)
    winter = ax.lines[0]
    assert (list(winter.get_xdata()), list(winter.get_ydata())) == ([1, 2], [20.0, 30.0])


def test_bars_are_as_long_as_their_values_and_a_missing_one_has_no_number() -> None:
    ax = Figure().subplots()
    bars.plot_bars(ax, np.arange(3.0), pd.Series([0.5, -0.2, np.nan]), style.BLUE)
    assert [bar.get_width() for bar in ax.patches][:2] == [0.5, -0.2]
    assert [text.get_text() for text in ax.texts] == ["0.50", "-0.20"]


def test_a_hubs_panel_has_a_step_for_each_month_of_its_blocks() -> None:
    ax = Figure().subplots()
    curves = _curves()
    forward_charts.plot_curves(ax, curves[curves["hub"] == "East"])
    assert [line.get_label() for line in ax.lines] == ["5x16", "off-peak"]
    assert list(ax.lines[0].get_ydata()) == [float(price) for price in range(20, 44)]
    assert {line.get_drawstyle() for line in ax.lines} == {"steps-post"}


def test_every_block_that_a_hub_quotes_is_drawn_in_a_look_of_its_own() -> None:
    curves = _curves()
    hub = curves[(curves["hub"] == "East") & (curves["block"] == "5x16")]
    blocks = (*BLOCKS, OFF_PEAK, "6x8")
    ax = Figure().subplots()
    forward_charts.plot_curves(ax, pd.concat([hub.assign(block=block) for block in blocks]))
    assert [line.get_label() for line in ax.lines] == list(blocks)
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == len(blocks)


def test_a_curve_chart_names_its_highest_and_lowest_month() -> None:
    alt = charts.forward_curves(_curves(), "Forwards", "c").alt
    assert "Highest: 91.00 for West 7x8 in December 2027" in alt
    assert "lowest: 20.00 for East 5x16 in January 2026" in alt


def test_the_next_months_stand_side_by_side_in_the_order_of_the_hubs() -> None:
    texts = tables.next_months(_curves(), "Next").formatted()
    assert list(texts.columns[:4]) == ["Hub", "Block", "Contract", "Jan\u00a026"]
    assert len(texts.columns) == 3 + tables.N_MONTHS
    assert texts["Block"].tolist() == ["5x16", "off-peak", "7x8"]
    assert texts["Jan\u00a026"].tolist() == ["20.00", "44.00", "68.00"]


def test_without_a_curve_there_is_no_table_of_months() -> None:
    assert tables.next_months(_curves().head(0), "Next").render_html().count("none") == 1


def test_a_deleted_day_shows_in_the_calendar_and_in_its_table() -> None:
    whole, gap = (charts.coverage_calendar(_days(lost), "Stored", "c") for lost in (None, "2024-06-10"))
    assert whole.svg != gap.svg
    assert "24 hours missing" in gap.svg
    assert whole.alt == "Stored. Every day is complete."
    assert gap.alt == "Stored. Incomplete days of a series: 1."
    texts = gap.table().formatted()
    differs = texts[(texts != whole.table().formatted()).any(axis=1)]
    assert differs.to_dict("records") == [
        {
            "Series": "rt_load", "Month": "2024-06", "Hours expected": "720", "Hours stored": "696",
            "Hours missing": "24", "Incomplete days": "10",
        }
    ]  # fmt: skip


def test_the_table_of_the_calendar_has_every_month_of_each_series_also_when_all_is_stored() -> None:
    texts = charts.coverage_calendar(_days(), "Stored", "c").table().formatted()
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    assert texts["Series"].tolist() == ["da_lmp"] * 12 + ["rt_load"] * 12
    assert texts["Month"].tolist() == months * 2
    assert texts["Hours stored"].tolist()[:2] == ["744", "696"]
    assert texts["Hours stored"].equals(texts["Hours expected"])
    assert set(texts["Hours missing"]) == {"0"}
    assert set(texts["Incomplete days"]) == {MISSING}


def test_incomplete_days_that_follow_each_other_are_named_as_a_span() -> None:
    days = pd.DataFrame({"market_date": pd.date_range("2024-06-28", "2024-07-04"), "measure": "da_lmp"})
    days = days.assign(n_expected=24, n_stored=[24, 23, 0, 0, 24, 12, 0])
    assert coverage.by_month(days.iloc[::-1])["days_missing"].tolist() == ["29 to 30", "1, 3 to 4"]


def test_a_days_level_tells_a_gap_of_an_hour_from_a_lost_day() -> None:
    days = pd.DataFrame({"n_expected": [24, 24, 24, 23], "n_stored": [23, 10, 0, 23]})
    assert list(coverage.day_level(days)) == [1, 2, 3, 0]


def test_the_calendar_puts_a_day_in_its_month_and_column() -> None:
    ax = Figure().subplots()
    days = _days("2024-06-10")
    coverage.plot_days(ax, days[days["measure"] == "rt_load"])
    levels = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert levels.shape == (12, 31)
    assert levels[5, 9] == 3
    assert np.nansum(levels) == 3
    assert np.isnan(levels[1, 29])  # there is no 30 February
