"""Folders of own load that tests make from the loads of a zone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.hours import HOUR


def write_own_load(folder: Path, iso: str, loads: pd.DataFrame, losses: str | None = None) -> Path:
    """Write hourly own loads, and perhaps losses, as the desk would; return the folder of all ISOs.

    Args:
        folder: the folder of all ISOs.
        iso: the ISO.
        loads: zone, interval_start (UTC), and of "forecast MW" and "metered MW" those there are.
        losses: the text of losses.csv.
    """
    mine = folder / iso.lower()
    mine.mkdir(parents=True, exist_ok=True)
    times = (loads["interval_start"] + HOUR).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table = loads.drop(columns="interval_start").assign(**{"hour ending UTC": times})
    table.to_csv(mine / "hourly.csv", index=False)
    if losses is not None:
        (mine / "losses.csv").write_text(losses)
    return folder
