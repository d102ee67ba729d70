"""Levels of stored curves: SQL and Python say the same, ISOs are added up, a page names each place once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from lib.calc.grid import build_grid
from lib.calc.interval import INTERVAL
from lib.calc.roll_up import ADDED, ALL, ALL_ISOS, COUNTS
from lib.calc.vlr import hourly_vlr
from lib.hours import market_hours
from lib.markets import locations, market
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.curve_tables import Tables, vlr_tables
from lib.pipeline.steps.levels import distinct_members, iso_levels, read_levels
from lib.store import (
    Database,
    NewVersion,
    RunTask,
    read_relation,
    register_series,
    save_curve,
    start_run,
)
from tests.support.databases import copy_of

WINDOW = (date(2024, 1, 1), date(2025, 2, 28))
CHOSEN = {"holidays": "nerc", "resamples": 40, "seed": 1, "has_levels": True}
ISOS = ("MISO", "PJM")


class _Series(NamedTuple):
    iso: str
    location: str
    measure: str
    source: str
    basis: str


def _tables(iso: str, seed: int) -> Tables:
    """Return the tables of made-up hours, in which the zones of a proxy share one load."""
    hours = market_hours(iso, *WINDOW)
    names = [one.name for one in locations(iso, "zone")]
    random = np.random.default_rng(seed)
    shared = random.uniform(800, 1200, len(hours))
    is_shared = market(iso).rt_load_basis == "proxy"
    zones = [
        hours[["interval_start"]].assign(
            location=name,
            da_lmp_usd_per_mwh=random.uniform(5, 60, len(hours)),
            rt_lmp_usd_per_mwh=random.uniform(-20, 90, len(hours)),
            da_load_mw=1000.0,
            rt_load_mw=shared if is_shared else random.uniform(800, 1200, len(hours)),
        )
        for name in names
    ]
    some = pd.concat(zones, ignore_index=True)
    some = some[random.random(len(some)) > 0.01]
    return vlr_tables(iso, hourly_vlr(build_grid(some, hours, names)), CHOSEN)


@pytest.fixture(scope="module")
def computed() -> dict[str, Tables]:
    return {iso: _tables(iso, seed) for seed, iso in enumerate(ISOS)}


@pytest.fixture(scope="module")
def stored(server: str, templates: dict[str, Database], computed: dict[str, Tables]) -> Iterator[Database]:
    """A database with the curves of two ISOs."""
    with copy_of(server, templates["demo"]) as database:
        days = {"as_of": date(2026, 1, 1), "window_start": None, "window_end": None}
        run_id = start_run(database, source="demo", **days)  # type: ignore[arg-type]
        for iso, tables in computed.items():
            basis = market(iso).da_load_basis
            zone = tables["vlr_block"]["location"].iloc[0]
            series = register_series(database, [_Series(iso, zone, "da_load", "demo", basis)])
            version = NewVersion("vlr", iso, *WINDOW, CHOSEN, series["series_id"].tolist(), iso)
            save_curve(database, version, tables, RunTask(run_id, "vlr", iso))
        yield database


@pytest.fixture(scope="module")
def former() -> Tables:
    """The tables of a version of before there were levels."""
    hours = market_hours("MISO", date(2025, 1, 1), date(2025, 1, 2))
    name = locations("MISO", "zone")[0].name
    values = {"da_lmp_usd_per_mwh": 40.0, "rt_lmp_usd_per_mwh": 60.0, "da_load_mw": 9.0, "rt_load_mw": 10.0}
    grid = build_grid(hours[["interval_start"]].assign(location=name, **values), hours, [name])
    return vlr_tables("MISO", hourly_vlr(grid), {**CHOSEN, "has_levels": None})


@pytest.mark.parametrize("by_block", [False, True], ids=["total", "by block"])
def test_the_views_say_what_python_says(
    stored: Database, computed: dict[str, Tables], by_block: bool
) -> None:
    view = read_relation(stored, "vlr_roll_up_block" if by_block else "vlr_roll_up")
    key = ["iso", "level", "member", *(["month", "block_type"] if by_block else [])]
    rows = pd.concat([iso_levels(iso, made, "proxy", by_block) for iso, made in computed.items()])
    both = rows.astype({"block_type": str} if by_block else {}).merge(view, on=key, validate="1:1")
    assert len(both) == len(rows) == len(view)
    figures = [*ADDED, "cost_per_mwh", "cost_weighted", "bias", "swing", *INTERVAL, *COUNTS]
    for name in (*figures, "n_zones", "n_days", "n_years"):
        left, right = (both[f"{name}_{side}"].to_numpy(float) for side in "xy")
        assert left == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True), name
    assert both["basis_x"].tolist() == both["basis_y"].tolist()
    assert both["interval_mid_x"].notna().any()


def test_a_shared_load_counts_once_and_no_name_of_an_iso_says_so(computed: dict[str, Tables]) -> None:
    shares = {iso: made["vlr_block"]["load_share"].unique().tolist() for iso, made in computed.items()}
    assert shares == {"MISO": [pytest.approx(1 / 3)], "PJM": [1.0]}
    rows = iso_levels("MISO", computed["MISO"], "proxy").set_index(["level", "member"])
    own = computed["MISO"]["vlr_block"].groupby("location", observed=True)["rt_load_mwh"].sum()
    assert rows.loc[("control_area", "MISO"), "rt_load_mwh"] == pytest.approx(own.mean())


def test_parents_are_the_sum_of_their_children_across_isos_too(stored: Database) -> None:
    rows = read_levels(stored)
    top = rows[rows["level"] == ALL].iloc[0]
    for level in ("control_area", "state", "load_zone", "capacity_zone", "utility"):
        members = rows[rows["level"] == level]
        assert members[ADDED].sum().tolist() == pytest.approx(top[ADDED].tolist(), rel=1e-9, abs=1e-9)
        assert members[COUNTS].sum().tolist() == top[COUNTS].tolist()
    assert (top["member"], top["iso"], top["basis"]) == (ALL_ISOS, "MISO, PJM", "proxy")
    months = read_levels(stored, [ALL], by_block=True)
    assert len(months) == 36
    assert months["unitized_cost_usd"].sum() == pytest.approx(top["unitized_cost_usd"])


def test_a_state_of_two_isos_is_one_row_with_an_interval_of_its_own(stored: Database) -> None:
    states = read_levels(stored, ["state"]).set_index("member")
    assert states.index.is_unique
    assert states.loc["IL", ["iso", "n_zones"]].tolist() == ["MISO, PJM", 4]
    assert {"OH", "PA", "OH/PA"} <= set(states.index)
    assert states[INTERVAL].notna().all(axis=None)
    assert states["cost_per_mwh"].between(states["interval_low"], states["interval_high"]).mean() > 0.8
    by_iso = read_levels(stored, ["control_area", ALL]).set_index("member")
    assert by_iso.index.tolist() == ["MISO", "PJM", ALL_ISOS]
    width = by_iso["interval_high"] - by_iso["interval_low"]
    assert 0 < width[ALL_ISOS] < width.max()


def test_one_level_alone_is_read_as_among_others(stored: Database) -> None:
    every = read_levels(stored)
    for level in every["level"].unique():
        alone = read_levels(stored, [level])
        expected = every[every["level"] == level].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected, check_dtype=False)


def test_a_version_of_before_has_no_sums_and_is_left_out(
    server: str, stored: Database, former: Tables
) -> None:
    with copy_of(server, stored) as database:
        days = {"as_of": date(2026, 1, 1), "window_start": None, "window_end": None}
        task = RunTask(start_run(database, source="demo", **days), "vlr", "MISO")  # type: ignore[arg-type]
        save_curve(database, NewVersion("vlr", "MISO", *WINDOW, {}, [1], "former"), former, task)
        sums = read_relation(database, "vlr_roll_up").set_index("iso")["rt_load_mwh"]
        assert sums["MISO"].isna().all()
        assert sums["PJM"].notna().all()
        assert set(read_levels(database)["iso"]) == {"PJM"}


def test_without_levels_the_message_says_how_to_make_them(demo_database: Database) -> None:
    with pytest.raises(NothingStored, match="make run"):
        read_levels(demo_database)


def test_a_page_shows_each_set_of_zones_once(computed: dict[str, Tables]) -> None:
    one = distinct_members(iso_levels("MISO", computed["MISO"], "proxy"), "MISO")
    assert one[["member", "same_zones"]].to_numpy().tolist() == [["MISO", "state IL, utility AMEREN"]]
    shown = distinct_members(iso_levels("PJM", computed["PJM"], "proxy"), "PJM")
    assert shown["member"].tolist() == ["PJM", "NJ", "OH", "PA"]
    assert shown["same_zones"].tolist() == [""] * 4


def test_without_the_choice_a_curve_has_no_tables_of_levels(
    computed: dict[str, Tables], former: Tables
) -> None:
    before = {"vlr_level", "vlr_level_block", "vlr_day"}
    assert before <= set(computed["MISO"])
    assert not before & set(former)
    assert "load_share" not in former["vlr_block"]
