"""Write what a notebook has computed: hourly VLR, and new versions of curves.

Without a task, as when a notebook is opened by hand, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib import store
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.curve_tables import MEASURES_OF, identify_hours, stored_parameters
from lib.pipeline.steps.inputs import Inputs


def publish_hourly_vlr(context: Context, hourly: pd.DataFrame) -> pd.DataFrame:
    """Write hourly VLR, and return the counts as `written_rows` does."""
    if context.task is None:
        return written_rows({})
    counts = store.write_hourly_vlr(context.db, context.iso, hourly, context.task)
    return written_rows({f"hourly_vlr of {context.iso}": counts})


def publish_curve(
    context: Context,
    curve: str,
    inputs: Inputs,
    parameters: Mapping[str, object],
    tables: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Save a new version of a curve unless the latest answers the same question with the same inputs.

    Args:
        context: what `open_context` returns.
        curve: "vlr", "own_vlr" or "shaping".
        inputs: what the curve was computed from.
        parameters: what was chosen besides the window.
        tables: the curve's tables by the name of their relation.

    Returns:
        the counts, as `written_rows` returns them.
    """
    if context.task is None:
        return written_rows({})
    parameters = stored_parameters({**parameters, "years": context.years})
    window = (context.window.start, context.window.end)
    series = inputs.series[inputs.series["measure"].isin(MEASURES_OF[curve])]
    identity = identify_hours(curve, context.iso, window, parameters, inputs.grid, series, tables)
    version = store.save_curve(
        context.db,
        store.NewVersion(
            curve,
            context.iso,
            *window,
            parameters,
            series["series_id"].tolist(),
            identity.fingerprint,
            study=context.study,
            inputs_sha256=identity.inputs_sha256,
        ),
        dict(tables),
        context.task,
    )
    return written_rows({f"{curve} of {context.iso}, version {version.version_id}": version.counts})


def written_rows(counts: Mapping[str, store.WriteCounts]) -> pd.DataFrame:
    """Return write counts as rows: relation, n_read, n_written, n_revised; none where nothing is written."""
    rows = [(name, count.read, count.written, count.revised) for name, count in counts.items()]
    return pd.DataFrame(rows, columns=["relation", "n_read", "n_written", "n_revised"])
