"""`import epd`, as analysts use it in a notebook of their own, on the finished demo run."""

from __future__ import annotations

import doctest
import importlib
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import epd
from lib.pipeline.errors import NothingStored
from lib.source_names import UnknownSourceName
from lib.store import DATABASE_VARIABLE, open_database, open_reader
from tests.conftest import DemoRun

ROOT = Path(__file__).parents[2]
ZONE = {"zone": "N.Y.C.", "month": 7, "block": "5x16"}
YEAR = {"start": "2025-01-01", "end": "2025-12-31"}


@pytest.fixture(autouse=True)
def on_the_demo_run(demo_run: DemoRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, demo_run.database.url)


@pytest.mark.parametrize("name", ["epd", "epd.curves", "epd.hours", "epd.levels", "epd.reader"])
def test_the_examples_of_the_docstrings_run(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(name))
    assert tried.attempted and not tried.failed


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(import epd\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert len(names["july"]) == len(names["two_years"]) == 16
    assert pd.read_excel("july.xlsx", index_col=0)["he"].tolist() == list(range(8, 24))


def test_the_official_curve_and_that_of_a_range_of_the_same_days_are_one() -> None:
    official = epd.vlr("NYISO", **ZONE)
    window = {name: official.attrs[name] for name in ("start", "end")}
    ranged = epd.vlr("NYISO", **ZONE, **window)
    assert official.attrs["is_demo"] and official.attrs["version_id"] == ranged.attrs["version_id"]
    both = [name for name in ranged if name in official]
    pd.testing.assert_frame_equal(official[both], ranged[both], rtol=1e-9, check_dtype=False)
    assert {"interval_low_usd_per_mwh", "band_high_usd_per_mwh"} <= set(official) - set(ranged)


def test_the_curve_of_a_year_follows_from_the_prices_and_loads_that_epd_gives() -> None:
    prices, loads = (read("NYISO", zone="N.Y.C.", **YEAR) for read in (epd.prices, epd.loads))
    both = prices.merge(loads[["start_utc", "da_mw", "rt_mw"]], on="start_utc")
    spread = both["rt_usd_per_mwh"] - both["da_usd_per_mwh"]
    cost = (1 - both["da_mw"] / both["rt_mw"]) * spread * both["rt_mw"]
    is_cell = (both["month"] == 7) & (both["he"] == 17) & (both["block"] == "5x16")
    by_hand = cost[is_cell].sum() / both.loc[is_cell, "rt_mw"].sum()
    cells = epd.vlr("NYISO", **ZONE, **YEAR).set_index("he")
    assert cells.loc[17, "cost_usd_per_mwh"] == pytest.approx(by_hand, rel=1e-9)
    assert cells.loc[17, "n_hours"] == is_cell.sum() > 0


def test_hours_have_the_calendar_of_the_market() -> None:
    hours = epd.prices("NYISO", zone="N.Y.C.", market="da", start="2025-11-02", end="2025-11-02")
    assert len(hours) == 25
    assert hours["he"].tolist() == [1, 2, 2, *range(3, 25)]
    assert hours["is_repeated_hour"].tolist() == [False, False, True, *[False] * 22]
    assert hours["start_utc"].diff().dropna().eq(pd.Timedelta(hours=1)).all()
    assert "rt_usd_per_mwh" not in hours
    spring = epd.loads("MISO", start="2025-03-09", end="2025-03-09")
    assert spring.groupby("zone").size().eq(23).all()
    assert spring.attrs["da_basis"] == "proxy"


def test_a_cost_curve_adds_up_and_covers_the_months_that_are_wanted() -> None:
    cells = epd.cost_curve("PJM", zone=["AEP", "PSEG"], start="2027-02-05", end="2027-03-31", block="7x8")
    assert cells["delivery_month"].dt.strftime("%Y-%m").unique().tolist() == ["2027-02", "2027-03"]
    parts = ["hpfc", "covariance", "vlr", "risk"]
    added = cells[[f"{part}_usd_per_mwh" for part in parts]].sum(axis=1)
    np.testing.assert_allclose(added, cells["cost_to_serve_usd_per_mwh"], atol=1e-9)


@pytest.mark.parametrize(
    ("read", "chosen"),
    [
        (epd.vlr, {"iso": "MISO", "month": 1}),
        (epd.shaping, {"iso": "PJM", "zone": "WESTERN HUB"}),
        (epd.cost_curve, {"iso": "ISONE", "month": 1, "block": "2x16"}),
        (epd.prices, {"iso": "ERCOT", "zone": "HB_NORTH", "start": "2025-12-31"}),
        (epd.loads, {"iso": "ERCOT", "start": "2025-12-31"}),
        (epd.quotes, {"iso": "PJM"}),
        (epd.versions, {}),
        (epd.vlr_levels, {"level": ["all", "state"], "by_block": True}),
        (epd.relation, {"name": "pipeline_run"}),
    ],
)
def test_every_frame_can_be_written_as_a_workbook(
    read: Callable[..., pd.DataFrame], chosen: dict[str, Any], tmp_path: Path
) -> None:
    frame = read(**chosen).head(50)
    assert len(frame)
    frame.to_excel(tmp_path / "frame.xlsx")
    assert len(pd.read_excel(tmp_path / "frame.xlsx")) == len(frame)


@pytest.mark.parametrize(
    ("read", "chosen", "sentence"),
    [
        (epd.vlr, {"iso": "nyiso"}, "there is no ISO 'nyiso'. Did you mean 'NYISO'?"),
        (epd.vlr, {"iso": None}, "there is no ISO None"),
        (epd.vlr, {"iso": "NYISO", "zone": "NYC"}, "there is no zone of NYISO 'NYC'. Did you mean 'N.Y.C.'?"),
        (epd.vlr, {"iso": "NYISO", "zone": ["WEST", "EAST"]}, "there is no zone of NYISO 'EAST'"),
        (epd.vlr, {"iso": "NYISO", "zone": 7}, "there is no zone of NYISO 7"),
        (epd.loads, {"iso": "PJM", "zone": "WESTERN HUB"}, "there is no zone of PJM 'WESTERN HUB'"),
        (epd.vlr, {"iso": "NYISO", "month": "July"}, "there is no month 'July': July is 7"),
        (epd.vlr, {"iso": "NYISO", "month": [1, 13]}, "there is no month 13. Months are the numbers 1 to 12"),
        (epd.vlr, {"iso": "NYISO", "month": 1.5}, "there is no month 1.5"),
        (epd.vlr, {"iso": "NYISO", "block": "5 x 16"}, "Did you mean '5x16'?"),
        (epd.vlr, {"iso": "NYISO", "start": "1.7.2025"}, "start='1.7.2025' is no day: write year-month-day"),
        (epd.vlr, {"iso": "NYISO", "start": 2025}, "start=2025 is no day"),
        (epd.vlr, {"iso": "NYISO", "start": "1990-01-01"}, "choose days from "),
        (epd.vlr, {"iso": "NYISO", "start": "2025-02-01", "end": "2025-01-01"}, "before it begins"),
        (
            epd.cost_curve,
            {"iso": "PJM", "start": "2000-01-01", "end": "2000-02-01"},
            "covers the months 2026-01",
        ),
        (epd.prices, {"iso": "NYISO", "market": "dayahead"}, "there is no market 'dayahead'"),
        (epd.quotes, {"hub": "PJM West"}, "Did you mean 'PJM West RT'?"),
        (epd.quotes, {"trade_date": date(2001, 1, 1)}, "there are no settlements of 2001-01-01; the last"),
        (epd.vlr_levels, {"level": "states"}, "there is no level 'states'. Did you mean 'state'?"),
        (epd.versions, {"curve": "vrl"}, "there is no curve 'vrl'. Did you mean 'vlr'?"),
        (epd.versions, {"status": "draft"}, "Known are: official, study"),
        (epd.relation, {"name": "vlr_nyiso"}, "Did you mean 'nyiso_vlr'?"),
        (epd.vlr, {"iso": "NYISO", "source": "demos"}, "there is no source 'demos'. Did you mean 'demo'?"),
        (epd.use, {"source": "files:/nowhere"}, "/nowhere is no folder"),
    ],
)
def test_misuse_gets_a_sentence_with_the_nearest_names(
    read: Callable[..., object], chosen: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(epd.UnknownName, match=re.escape(sentence)):
        read(**chosen)


@pytest.mark.parametrize(
    ("read", "chosen", "sentence"),
    [
        (epd.prices, {"iso": "NYISO", "start": "1990-01-01", "end": "1990-01-02"}, "NYISO is stored from "),
        (epd.versions, {"curve": "own_vlr"}, "`epd --source demo` publishes curves"),
    ],
)
def test_what_is_not_there_is_no_empty_frame(
    read: Callable[..., object], chosen: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NothingStored, match=re.escape(sentence)):
        read(**chosen)


def test_names_are_completed() -> None:
    assert epd.isos.NYISO == "NYISO"
    assert epd.zones.NYISO.N_Y_C_ == "N.Y.C."
    assert "WEST_ZONE" in dir(epd.zones.ERCOT)


@pytest.mark.parametrize("open_", [open_database, open_reader])
def test_a_misspelt_source_does_not_open_the_real_database(open_: Callable[[str], object]) -> None:
    with pytest.raises(UnknownSourceName, match="there is no source 'demos': did you mean 'demo'"):
        open_("demos")
