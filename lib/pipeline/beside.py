"""A run beside the one before it: what is known of both, as a table of a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.present.display import Table
from lib.present.formats import Format

Windows = Mapping[str, Mapping[str, str]]
"""ISO -> {start, end}, as a manifest has them."""

FACTS = {
    "run_id": Format("Run"),
    "started_at": Format("Started, UTC"),
    "source": Format("Source"),
    "window": Format("Window"),
    "outcome": Format("Outcome"),
    "seconds": Format("Seconds", "{:,.1f}"),
    "n_written": Format("Rows written", "{:,.0f}"),
    "n_revised": Format("Rows revised", "{:,.0f}"),
}
"""What is shown of a run, this one and the one before it."""

NOT_GIVEN = "default"
"""What is shown of a parameter that only the other run was given."""


def beside(
    manifest: Mapping[str, Any], task: Mapping[str, Any], time: pd.Series, last_windows: Windows | None
) -> Table:
    """Return the facts of this run and the last one side by side, and the parameters that differ.

    Args:
        manifest: of this run.
        task: the notebook and ISO it is about, as the manifest has it.
        time: its row of `lib.store.history.last_times`.
        last_windows: of the last run; None where its folder is gone.
    """
    now = {
        **time,
        "run_id": manifest["run_id"],
        "started_at": pd.Timestamp(manifest["started_at"]),
        "source": manifest["source"],
        "window": _window(manifest["windows"], task["iso"]),
    }
    last = {
        name.removeprefix("last_"): value for name, value in time.items() if str(name).startswith("last_")
    }
    last["window"] = _window(last_windows or {}, task["iso"])
    rows = [
        {"fact": form.heading, "last": form.text(last[name]), "now": form.text(now[name])}
        for name, form in FACTS.items()
    ]
    rows += _parameters(json.loads(last["parameters"]), manifest["parameters"])
    formats = {"fact": Format("Of the run"), "last": Format("Last time"), "now": Format("This time")}
    return Table(pd.DataFrame(rows), f"This run beside run {last['run_id']:.0f}", 1, formats)


def _parameters(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each parameter that the two runs were not given alike."""
    return [
        {
            "fact": f"Parameter {name}",
            "last": str(last.get(name, NOT_GIVEN)),
            "now": str(now.get(name, NOT_GIVEN)),
        }
        for name in sorted({*last, *now})
        if last.get(name, NOT_GIVEN) != now.get(name, NOT_GIVEN)
    ]


def _window(windows: Windows, iso: str | None) -> str | None:
    """Return the window of an ISO or, for a notebook about all of them, the days of all windows."""
    chosen = [window for name, window in windows.items() if iso in (None, name)]
    if not chosen:
        return None
    return f"{min(window['start'] for window in chosen)} to {max(window['end'] for window in chosen)}"
