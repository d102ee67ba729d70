"""The measurement of methods on the next year: any folder, its JSON, and the tables of real markets."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks import out_of_sample
from lib.hours import market_hours

PARTS = ("vlr", "band", "da_rt", "basis", "shape")


def _write(
    folder: Path, iso: str, measure: str, zones: list[str], days: tuple[date, date], seed: int
) -> None:
    hours = market_hours(iso, *days)
    random = np.random.default_rng(seed)
    frames = [
        pd.DataFrame(
            {
                "zone": zone,
                "interval_start_utc": hours["interval_start"],
                "value": 30 + hours["he"] + random.normal(0, 4, len(hours)),
            }
        )
        for zone in zones
    ]
    (folder / iso.lower()).mkdir(exist_ok=True)
    pd.concat(frames).to_parquet(folder / iso.lower() / f"{measure}.parquet")


def _measure(folder: Path, iso: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    file = folder / "scores.json"
    arguments = ["out_of_sample", "--source", f"files:{folder}", "--iso", iso, "--json", str(file)]
    monkeypatch.setattr(sys, "argv", arguments)
    code = out_of_sample.main()
    return code, json.loads(file.read_text()) if file.exists() else {}


def test_a_folder_with_prices_only_has_no_vlr_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = date(2021, 1, 1), date(2022, 12, 31)
    for seed, measure in enumerate(("da_lmp", "rt_lmp")):
        _write(tmp_path, "ERCOT", measure, ["NORTH ZONE", "WEST ZONE"], days, seed)
    code, scores = _measure(tmp_path, "ERCOT", monkeypatch)
    assert code == 0
    assert scores["vlr"] is None
    assert scores["band"] is None
    reason = "no hour of a zone has both prices and both loads"
    assert scores["reasons"] == {"vlr": reason, "band": reason}
    assert scores["da_rt"]["robust"]["n"] == 2 * 36
    assert scores["shape"]["year_mean"]["skill"] > 0.3


def test_zones_and_years_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, measure in enumerate(("da_lmp", "rt_lmp", "da_load", "rt_load")):
        days = date(2020, 5, 1 + seed), date(2022, 3, 5)
        _write(tmp_path, "NYISO", measure, ["WEST", "CAPITL", "N.Y.C."][seed % 2 :], days, seed)
    code, scores = _measure(tmp_path, "NYISO", monkeypatch)
    assert code == 0
    assert list(scores) == list(PARTS)
    band = scores.pop("band")
    assert set(band) == {"n", "coverage", "width", "below_p95"}
    assert band["n"] == scores["vlr"]["priced"]["n"]
    for methods in scores.values():
        for score in methods.values():
            assert set(score) == {"n", "skill", "wmae", "bias"}
    assert 0 < scores["vlr"]["priced"]["n"] <= scores["vlr"]["none"]["n"]


def test_one_year_has_no_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "ISONE", "da_lmp", ["MAINE"], (date(2021, 1, 1), date(2021, 12, 31)), 0)
    code, scores = _measure(tmp_path, "ISONE", monkeypatch)
    assert code == 0
    assert [scores[part] for part in PARTS] == [None] * 5
    assert "no later year" in scores["reasons"]["shape"]


@pytest.mark.parametrize("iso", ["ERCOT", "NOWHERE"])
def test_what_is_not_there_leaves_with_2(
    iso: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _measure(tmp_path, iso, monkeypatch) == (2, {})
    assert iso in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "iso", "lowest_priced", "highest_plain", "widest"),
    [("ercot_years", "ERCOT", 0.15, 0.0, 1.3), ("isone_years", "ISONE", 0.15, 0.10, 1.7)],
)
def test_priced_vlr_says_more_of_a_real_next_year_than_the_plain_mean(
    shared_data: Path,
    name: str,
    iso: str,
    lowest_priced: float,
    highest_plain: float,
    widest: float,
) -> None:
    folder = out_of_sample.read_folder(out_of_sample.open_source(f"files:{shared_data / name}"), iso)
    parts, reasons = out_of_sample.score_parts(folder)
    assert not reasons
    assert (vlr := parts["vlr"]) is not None
    assert vlr["priced"]["skill"] > lowest_priced
    assert vlr["cost_per_mwh"]["skill"] < highest_plain
    assert (band := parts["band"]) is not None
    assert band["n"] == vlr["priced"]["n"] >= 300
    assert 0.85 <= band["coverage"] <= 0.95
    assert band["width"] <= widest
    assert 0.90 <= band["below_p95"] <= 0.98
    assert (da_rt := parts["da_rt"]) is not None
    assert da_rt["robust"]["skill"] > da_rt["mean"]["skill"] + 0.1
    assert (basis := parts["basis"]) is not None
    assert basis["robust"]["skill"] > basis["mean"]["skill"] + 0.05
    assert (shape := parts["shape"]) is not None
    assert shape["half_life_1y"]["wmae"] < shape["year_mean"]["wmae"]
