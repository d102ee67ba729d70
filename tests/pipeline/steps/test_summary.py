"""What the summary stands on: the latest version of each curve, and how it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from lib import store
from lib.calc import shaping
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps import publishing, summary
from lib.pipeline.steps.context import open_context
from lib.pipeline.steps.fetch import fetch_series
from lib.pipeline.steps.inputs import read_inputs
from lib.store import Database


@pytest.fixture
def shaped(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The demo market's database with one curve: ERCOT's shaping of a week, made without holidays."""
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    run_id = store.start_run(
        demo_database, source="demo", as_of=date(2026, 1, 1), window_start=None, window_end=None
    )
    window = ("2025-07-01", "2025-07-07", None, run_id, True)
    fetch_series(open_context("fetch", "ERCOT", "demo", *window))
    context = open_context("shaping", "ERCOT", "demo", *window, "none")
    inputs = read_inputs(context)
    tables = {
        "da_lmps_avg": shaping.average_prices(inputs.grid),
        "shaping": shaping.shape_factors(inputs.grid),
    }
    publishing.publish_curve(context, "shaping", inputs, {"holidays": "none"}, tables)
    return demo_database


def test_a_version_says_when_from_what_and_by_which_rule_it_was_made(shaped: Database) -> None:
    stored = store.read_relation(shaped, "curve_version").iloc[0]
    version = summary.read_overview("demo").versions.iloc[0]
    assert (version["iso"], version["curve"], version["version_id"]) == (
        "ERCOT",
        "shaping",
        stored["version_id"],
    )
    assert (version["holidays"], version["source"]) == ("none", "demo")
    assert version["made_on"] == stored["created_at"].tz_localize(None).normalize()
    assert str(version["window_end"])[:10] == "2025-07-07"


def test_a_curve_that_no_iso_has_is_without_rows_and_said_to_be_absent(shaped: Database) -> None:
    latest = summary.read_overview("demo")
    assert latest.vlr.empty
    assert set(latest.prices["iso"]) == {"ERCOT"}
    facts = summary.describe_overview(latest)
    assert facts["ISOs"] == "ERCOT"
    assert facts["ISOs without a VLR curve"].startswith("ERCOT, ISONE")
    assert facts["Window"] == "2025-07-01 to 2025-07-07"
    assert shaped.is_demo
    assert facts["Source"] == "demo (simulated)"


def test_curves_of_different_windows_are_not_given_one_window(shaped: Database) -> None:
    latest = summary.read_overview("demo")
    other = latest.versions.assign(window_start=pd.Timestamp("2020-01-01"))
    latest.versions.loc[1] = other.loc[0]
    assert summary.describe_overview(latest)["Window"] == "differs between the curves, see below"


def test_without_any_curve_the_message_says_how_to_make_one(
    demo_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    with pytest.raises(NothingStored, match="make run"):
        summary.read_overview("demo")


def test_zones_are_ranked_by_what_they_cost_and_those_without_a_price_are_last(shaped: Database) -> None:
    latest = summary.read_overview("demo")
    assert latest.costs.empty
    zones, sums = ["A", "B", "C"], {"unitized_cost_usd": [1.0, 2.0, 3.0], "rt_load_mwh": 10.0}
    vlr = pd.DataFrame(
        {"iso": "ERCOT", "location": zones, **sums, "da_value_usd": 100.0, "n_hours": 1, "n_excluded": 0}
    )
    costs = pd.DataFrame(
        {"iso": "ERCOT", "location": ["C", "B"], "cost_to_serve": [40.0, 50.0], "covariance": [0.4, 0.5]}
    )
    ranked = summary.rank_zones(replace(latest, vlr=vlr, costs=costs))
    assert ranked["location"].tolist() == ["B", "C", "A"]
    assert ranked["cost_per_mwh"].tolist() == [0.2, 0.3, 0.1]
    assert ranked["covariance"].tolist()[:2] == [0.5, 0.4]
