"""Sharing out a regional forecast: the numbers, what must hold for any, and that nothing looks ahead."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.sources.public.pjm.share import KNOWN_AFTER_DAYS, MIN_DAYS, WINDOW_DAYS, last_known, share_out

EASTERN = ZoneInfo("America/New_York")
REGIONS = {"MIDATL": ("BGE", "PPL"), "DOM": ("DOM",)}
DELIVERY = pd.Timestamp("2024-03-10")  # has 23 hours
DEADLINE = pd.Timestamp("2024-03-09 11:00", tz=EASTERN)


def _hours(first: pd.Timestamp, after_last: pd.Timestamp) -> pd.DatetimeIndex:
    edges = (edge.tz_localize(EASTERN).tz_convert("UTC") for edge in (first, after_last))
    return pd.date_range(*edges, freq="h", inclusive="left", unit="us")


def _loads(days: int = 40, **levels: float) -> pd.DataFrame:
    """Loads up to a week after delivery that differ by hour of the day, the same every day."""
    hours = _hours(DELIVERY - pd.Timedelta(days=days), DELIVERY + pd.Timedelta(days=7))
    local_hour = hours.tz_convert(EASTERN).hour
    return pd.concat(
        pd.DataFrame({"location": name, "interval_start": hours, "value": level * (1 + local_hour / 24)})
        for name, level in levels.items()
    )


def _forecast(evaluated_at: pd.Timestamp, mw: float, region: str = "MIDATL") -> pd.DataFrame:
    hours = _hours(DELIVERY, DELIVERY + pd.Timedelta(days=1))
    return pd.DataFrame(
        {
            "region": region,
            "interval_start": hours,
            "evaluated_at": evaluated_at.tz_convert("UTC").as_unit("us"),
            "value": mw,
        }
    )


EARLY, LATE = DEADLINE - pd.Timedelta(hours=1), DEADLINE + pd.Timedelta(minutes=45)


def test_a_forecast_is_shared_by_the_zones_recent_loads() -> None:
    shared = share_out(_forecast(EARLY, 4000.0), _loads(BGE=100.0, PPL=300.0), REGIONS, EASTERN)
    assert shared["location"].tolist() == ["BGE"] * 23 + ["PPL"] * 23
    assert shared["value"].to_numpy() == pytest.approx([1000.0] * 23 + [3000.0] * 23)


def test_each_local_hour_has_a_share_of_its_own() -> None:
    loads = _loads(BGE=100.0, PPL=100.0)
    is_night = loads["interval_start"].dt.tz_convert(EASTERN).dt.hour < 6
    loads.loc[is_night & (loads["location"] == "PPL"), "value"] *= 3
    shared = share_out(_forecast(EARLY, 4000.0), loads, REGIONS, EASTERN)
    bge = shared[shared["location"] == "BGE"]
    hour = bge["interval_start"].dt.tz_convert(EASTERN).dt.hour
    assert bge["value"].to_numpy() == pytest.approx(np.where(hour < 6, 1000.0, 2000.0))


def test_a_region_of_one_zone_goes_to_it_whole_and_needs_no_loads() -> None:
    shared = share_out(_forecast(EARLY, 9000.0, "DOM"), _loads(BGE=1.0).head(0), REGIONS, EASTERN)
    assert set(shared["location"]) == {"DOM"}
    assert (shared["value"] == 9000.0).all()


def test_the_last_forecast_before_the_deadline_counts_and_no_later_one() -> None:
    vintages = [_forecast(EARLY, 4000.0), _forecast(EARLY - pd.Timedelta(hours=5), 1.0), _forecast(LATE, 2.0)]
    assert set(last_known(pd.concat(vintages), EASTERN)["value"]) == {4000.0}


def test_a_forecast_of_the_deadline_itself_is_too_late() -> None:
    assert last_known(_forecast(DEADLINE, 4000.0), EASTERN).empty
    assert len(last_known(_forecast(DEADLINE - pd.Timedelta(seconds=1), 4000.0), EASTERN)) == 23


def test_an_hour_at_which_one_zone_was_not_metered_counts_for_none() -> None:
    loads = _loads(BGE=100.0, PPL=300.0)
    gap = (loads["location"] == "PPL") & (loads["interval_start"] < pd.Timestamp("2024-02-20", tz="UTC"))
    shared = share_out(_forecast(EARLY, 4000.0), loads[~gap], REGIONS, EASTERN)
    assert shared.groupby("location")["value"].mean().to_dict() == pytest.approx({"BGE": 1000, "PPL": 3000})


def test_too_short_a_history_gives_no_share() -> None:
    known_days = MIN_DAYS + KNOWN_AFTER_DAYS
    one_short = _loads(days=known_days - 1, BGE=100.0, PPL=300.0)
    assert share_out(_forecast(EARLY, 4000.0), one_short, REGIONS, EASTERN).empty
    enough = _loads(days=known_days, BGE=100.0, PPL=300.0)
    assert len(share_out(_forecast(EARLY, 4000.0), enough, REGIONS, EASTERN)) == 46


def test_a_zone_without_any_load_leaves_its_region_without_shares() -> None:
    assert share_out(_forecast(EARLY, 4000.0), _loads(BGE=100.0), REGIONS, EASTERN).empty


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100))
@settings(max_examples=25)
def test_the_parts_make_the_whole_and_only_the_proportions_matter(seed: int, factor: float) -> None:
    loads = _loads(BGE=100.0, PPL=300.0)
    loads["value"] *= np.random.default_rng(seed).uniform(0.5, 2, len(loads))
    forecast = _forecast(EARLY, 4000.0)
    shared = share_out(forecast, loads, REGIONS, EASTERN)
    assert shared.groupby("interval_start")["value"].sum().to_numpy() == pytest.approx([4000.0] * 23)
    scaled = share_out(forecast, loads.assign(value=loads["value"] * factor), REGIONS, EASTERN)
    assert scaled["value"].to_numpy() == pytest.approx(shared["value"].to_numpy())


def _known_from(day: pd.Series) -> pd.Series:
    """When the metered loads of a local day count as known: at the deadline's clock, days later."""
    return (day + pd.Timedelta(days=KNOWN_AFTER_DAYS, hours=11)).dt.tz_localize(EASTERN)


@given(st.data(), st.sampled_from(["changed", "removed"]))
@settings(max_examples=25)
def test_nothing_that_became_known_after_the_deadline_changes_the_result(
    data: st.DataObject, what: str
) -> None:
    loads = _loads(BGE=100.0, PPL=300.0).reset_index(drop=True)
    forecast = pd.concat([_forecast(EARLY, 4000.0), _forecast(LATE, 5000.0)], ignore_index=True)
    before = share_out(forecast, loads, REGIONS, EASTERN)

    local_day = loads["interval_start"].dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()
    late_loads = loads.index[_known_from(local_day) > DEADLINE]
    late_vintages = forecast.index[forecast["evaluated_at"] >= DEADLINE]
    some_loads = data.draw(st.lists(st.sampled_from(list(late_loads)), min_size=1, unique=True))
    some_vintages = data.draw(st.lists(st.sampled_from(list(late_vintages)), unique=True))
    if what == "removed":
        loads, forecast = loads.drop(index=some_loads), forecast.drop(index=some_vintages)
    else:
        loads.loc[some_loads, "value"] = data.draw(st.floats(0, 1e6))
        forecast.loc[some_vintages, "value"] = data.draw(st.floats(0, 1e6))

    pd.testing.assert_frame_equal(share_out(forecast, loads, REGIONS, EASTERN), before, check_exact=True)


def test_the_last_day_that_was_known_does_change_the_result() -> None:
    loads = _loads(BGE=100.0, PPL=300.0)
    last_known_day = DELIVERY - pd.Timedelta(days=1 + KNOWN_AFTER_DAYS)
    its_hours = _hours(last_known_day, last_known_day + pd.Timedelta(days=1))
    is_hit = loads["interval_start"].isin(its_hours) & (loads["location"] == "BGE")
    changed = loads.assign(value=loads["value"].mask(is_hit, loads["value"] * 2))
    shared = share_out(_forecast(EARLY, 4000.0), changed, REGIONS, EASTERN)
    bge = shared.loc[shared["location"] == "BGE", "value"].to_numpy()
    share = (WINDOW_DAYS + 1) / (WINDOW_DAYS * 4 + 1)
    assert bge == pytest.approx([4000.0 * share] * 23)
