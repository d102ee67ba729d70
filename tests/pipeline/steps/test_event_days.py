"""The days of events in a window, and the hours outside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.covariance import covariance
from lib.calc.grid import build_grid
from lib.calc.hub_history import PriceHistory, da_rt_adjustment, zone_basis
from lib.calc.vlr import hourly_vlr
from lib.events import read_reference
from lib.hours import market_hours
from lib.hub_map import zone_hubs
from lib.markets import MEASURES, locations
from lib.pipeline.steps import event_pages
from lib.pipeline.steps.context import Context, open_context
from lib.pipeline.steps.cost_inputs import zone_price_history
from lib.pipeline.steps.curve_tables import shaping_tables, vlr_tables
from lib.pipeline.steps.event_days import describe_events, select_hours
from lib.store import Database


@pytest.fixture
def open_ercot(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    return open_context("vlr", "ERCOT", "demo", "2021-02-18", "2021-03-31", "2026-01-01", 0, False)


def test_an_event_that_the_window_touches_is_named(open_ercot: Context) -> None:
    assert describe_events(open_ercot) == "Winter Storm Uri (2021-02-12 to 2021-02-20)"


def test_a_window_after_the_event_has_none(demo_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    context = open_context("vlr", "ERCOT", "demo", "2021-02-21", "2021-03-31", "2026-01-01", 0, False)
    assert describe_events(context) == ""


def test_the_days_of_an_event_are_kept_or_left_out() -> None:
    days = pd.DataFrame({"market_date": pd.date_range(date(2021, 2, 10), date(2021, 2, 22))})
    assert select_hours("ERCOT", days, "kept") is days
    left = select_hours("ERCOT", days, "left_out")["market_date"].dt.day.tolist()
    assert left == [10, 11, 21, 22]


@dataclass(frozen=True)
class MadePrices:
    """What `event_pages.effects_on_prices` takes of a cost curve's inputs and block prices."""

    history: PriceHistory
    zones: pd.DataFrame
    blocks: pd.DataFrame
    adjustment: pd.DataFrame
    basis: pd.DataFrame

    @property
    def priced_hubs(self) -> pd.DataFrame:
        """The hub of all zones."""
        return self.zones.drop_duplicates("hub")


def _values() -> pd.DataFrame:
    """Values of ERCOT in two summers, at random; those of the first week of July 2024 are large."""
    random = np.random.default_rng(1)
    hours = [market_hours("ERCOT", date(year, 6, 1), date(year, 8, 31)) for year in (2023, 2024)]
    frames = []
    for place in locations("ERCOT"):
        frame = pd.concat(hours)[["interval_start", "market_date"]].assign(location=place.name)
        level = np.where(frame["market_date"].between("2024-07-01", "2024-07-07"), 5.0, 1.0)
        for measure in MEASURES.values():
            values = random.normal(1000 if measure.unit == "MW" else 40, 10, len(frame)) * level
            frame[measure.column] = values if place.kind == "zone" or measure.is_price else np.nan
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _all_effects(context: Context, values: pd.DataFrame) -> pd.DataFrame:
    """Return what the three pages show."""
    hours = market_hours("ERCOT", context.window.start, context.window.end)
    grid = build_grid(values, hours, [one.name for one in locations("ERCOT", "zone")])
    hourly = hourly_vlr(grid)
    without = covariance(select_hours("ERCOT", hourly, "left_out"))
    vlr = event_pages.effects_on_vlr(context, hourly, vlr_tables("ERCOT", hourly, {}), without)
    shape = event_pages.effects_on_shape(context, grid, shaping_tables(grid, {})["shaping"])
    history = zone_price_history("ERCOT", values, hours)
    zones = zone_hubs("ERCOT").query("hub == 'ERCOT North RT'")
    basis = zone_basis(history, zones)
    made = MadePrices(history, zones, basis, da_rt_adjustment(history, zones.drop_duplicates("hub")), basis)
    prices = event_pages.effects_on_prices(context, made, made)  # type: ignore[arg-type]
    return pd.concat([vlr, shape, prices], ignore_index=True)


def test_a_row_that_an_analyst_adds_acts_on_all_lines(
    demo_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    context = open_context("vlr", "ERCOT", "demo", "2023-06-01", "2024-08-31", "2026-01-01", 0, False)
    calm = replace(context, window=replace(context.window, start=date(2024, 6, 1)))
    values = _values()
    assert describe_events(calm) == "" and _all_effects(calm, values).empty
    rows = read_reference("events.csv")
    days = {"start": "2024-07-01", "end": "2024-07-07"}
    added = {"iso": "PJM ERCOT", "event": "A hot week", **days, "source": "A report"}
    monkeypatch.setattr("lib.events.read_reference", lambda _: (*rows, added))
    assert describe_events(calm) == "A hot week (2024-07-01 to 2024-07-07)"
    effects = _all_effects(context, values)
    of_lines = effects.groupby("price_part")
    lines = {"VLR", "priced VLR", "covariance", "shape factor", "load-shape premium"}
    assert of_lines.groups.keys() == lines | {"DA-RT adjustment", "zone basis", "block ratio"}
    assert of_lines["added"].agg(lambda added: added.abs().max()).gt(1e-3).all()
    assert effects["n_days"].between(2, 7).all() and effects["n_days"].max() == 7
    without = effects["published"] == "without events"
    assert set(effects.loc[without, "price_part"]) == {"DA-RT adjustment", "zone basis", "block ratio"}
