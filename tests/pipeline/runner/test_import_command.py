"""The command `epd import`: what it shows, what it writes, and that a run reads it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib.pipeline.runner.cli import main
from lib.sources.files import FilesSource

HOURS = range(1, 25)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Two zones and a day, without a word on the measure."""
    path = tmp_path / "Prices of the desk.csv"
    lines = [
        f"7/{day}/2024,{he},{zone},{he + day}.5"
        for day in (14, 15)
        for he in HOURS
        for zone in ("WEST", "Zone J")
    ]
    path.write_text("\n".join(["Date,HE,Zone,Price ($/MWh)", *lines]))
    return path


def _read(folder: Path) -> pd.DataFrame:
    start, end = (
        pd.Timestamp(day, tz="America/New_York").tz_convert("UTC") for day in ("2024-07-14", "2024-07-17")
    )
    return FilesSource.open(str(folder)).read("NYISO", "da_lmp", ["WEST", "N.Y.C."], start, end).frame


def test_a_first_import_is_shown_written_and_read(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "own"
    assert main(["import", str(prices), "--into", str(folder)]) == 2
    assert "--measure da_lmp|rt_lmp|da_load|rt_load" in capsys.readouterr().err
    assert main(["import", str(prices), "--into", str(folder), "--measure", "da_lmp", "--dry-run"]) == 0
    assert not folder.exists()
    assert main(["import", str(prices), "--into", str(folder), "--measure", "da_lmp"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "NYISO",
        "N.Y.C.",
        "without any value: CAPITL",
        "prevailing",
        "96 new hours",
        f"files:{folder}",
    ):
        assert words in shown, words
    read = _read(folder)
    assert len(read) == 96
    assert read.iloc[0].tolist() == ["N.Y.C.", pd.Timestamp("2024-07-14 04:00", tz="UTC"), 15.5]


def test_the_next_file_of_the_kind_needs_no_option_and_revises(
    prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "own"
    main(["import", str(prices), "--into", str(folder), "--measure", "da_lmp"])
    text = prices.read_text()
    prices.write_text(text.replace("7/15/2024,3,WEST,18.5", "7/15/2024,3,WEST,99") + "\n7/16/2024,1,WEST,20")
    capsys.readouterr()
    assert main(["import", str(prices), "--into", str(folder)]) == 0
    assert "1 new hours, 1 changed, 95 as they were" in capsys.readouterr().out
    assert {99.0, 20.0} <= set(_read(folder)["value"])


def test_of_several_files_all_are_written_or_none(prices: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("Date,HE,Zone,DA LMP\nsoon,1,WEST,20\n")
    folder = tmp_path / "own"
    assert main(["import", str(prices), str(bad), "--into", str(folder), "--measure", "da_lmp"]) == 2
    assert not folder.exists()


def test_a_parquet_file_that_is_there_stays_one(prices: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / "nyiso").mkdir(parents=True)
    time = pd.DatetimeIndex(["2024-07-01 04:00"], tz="UTC").as_unit("us")
    rows = pd.DataFrame({"zone": ["WEST"], "interval_start_utc": time, "value": [1.5]})
    rows.to_parquet(folder / "nyiso" / "da_lmp.parquet", index=False)
    assert main(["import", str(prices), "--into", str(folder), "--measure", "da_lmp"]) == 0
    assert [path.name for path in (folder / "nyiso").glob("da_lmp*")] == ["da_lmp.parquet"]
    assert len(pd.read_parquet(folder / "nyiso" / "da_lmp.parquet")) == 97
    assert len(_read(folder)) == 96


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("missing.csv", None, "cannot be read"), ("imports.json", "{", "imports.json cannot be read")],
)
def test_what_cannot_be_read_has_a_sentence(
    prices: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    says: str,
) -> None:
    folder = tmp_path / "own" / "nyiso"
    folder.mkdir(parents=True)
    file = prices
    if content is None:
        file = tmp_path / name
    else:
        (folder / name).write_text(content)
    assert main(["import", str(file), "--into", str(folder.parent), "--measure", "da_lmp"]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
