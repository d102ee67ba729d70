"""The cost to serve the desk's own load: the zone's forwards, basis and shape, own VLR and covariance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lib import store
from lib.calc import cost_curve
from lib.calc.band import Band, fit_band
from lib.calc.cost_curve import VlrChoice
from lib.calc.risk import NO_BAND, NO_RISK, RiskChoice
from lib.pipeline.steps.context import Context
from lib.pipeline.steps.cost_curves import is_priced, save_cost_cells
from lib.pipeline.steps.cost_fit import MismatchedInputs, check_fit
from lib.pipeline.steps.cost_inputs import CostInputs
from lib.pipeline.steps.own_curves import OWN_VLR
from lib.pipeline.steps.publishing import written_rows
from lib.store.published import read_latest_versions

OWN_COST_CURVE = "own_cost_curve"
"""The name of the curve in the database."""


@dataclass(frozen=True)
class OwnHistory:
    """VLR, covariance and band of own load and the version that has them; a note says why there are none."""

    vlr: pd.DataFrame
    covariance: pd.DataFrame
    version_id: int | None
    note: str = ""
    band: Band = NO_BAND

    @property
    def is_given(self) -> bool:
        """Whether there is any."""
        return not self.vlr.empty

    @property
    def notes(self) -> pd.DataFrame:
        """The note as a table: message."""
        return pd.DataFrame({"message": [self.note] if self.note else []}, dtype="object")


def read_own_history(context: Context, inputs: CostInputs, folder: str | None) -> OwnHistory:
    """Return VLR and covariance of own load from the version of `own_vlr` that the run works with.

    What does not fit the run's window or holidays is not used, and a note says so: the zone's curve does not
    depend on it.

    Args:
        context: what `open_context` returns.
        inputs: of the cost curve.
        folder: that of --own-load; None to use no own load.
    """
    if folder is None:
        return _none(context)
    latest = read_latest_versions(context.db, context.run_id)
    found = latest[(latest["iso"] == context.iso) & (latest["curve"] == OWN_VLR)]
    if found.empty:
        return _none(
            context, f"no VLR of own load of {context.iso} is stored: run all notebooks with --own-load"
        )
    version = found.iloc[0]
    try:
        check_fit(context, OWN_VLR, version, inputs.series)
    except MismatchedInputs as error:
        return _none(context, str(error))
    number = int(version["version_id"])
    vlr, covariance = (
        store.read_curve(context.db, table, context.iso, number) for table in ("vlr", "covariance")
    )
    residuals = store.read_curve(context.db, "vlr_residual", context.iso, number)
    return OwnHistory(vlr, covariance, number, band=fit_band(residuals))


def compute_own_costs(
    blocks: pd.DataFrame,
    counts: pd.DataFrame,
    inputs: CostInputs,
    own: OwnHistory,
    vlr: VlrChoice = "priced",
    risk: RiskChoice = NO_RISK,
) -> pd.DataFrame:
    """Return the cost curve of the zones with own load, as `lib.calc.cost_curve.cost_curve` does.

    Args:
        blocks, counts: as for the zones' curve.
        inputs: of the zones' curve.
        own: what `read_own_history` returns.
        vlr: the VLR that the cost to serve contains.
        risk: how risk is priced, by the band of the own load.
    """
    zones = blocks[blocks["location"].isin(own.vlr["location"])]
    if zones.empty:
        return pd.DataFrame(columns=cost_curve.COLUMNS)
    history = inputs.factors, own.vlr, own.covariance
    return cost_curve.cost_curve(zones, counts, *history, vlr, own.band, risk)


def publish_own_costs(
    context: Context,
    inputs: CostInputs,
    own: OwnHistory,
    own_cells: pd.DataFrame,
    offpeak_weights: str,
    vlr: VlrChoice = "priced",
    risk: RiskChoice = NO_RISK,
) -> pd.DataFrame:
    """Save a new version of `own_cost_curve` unless the latest is made of the same; none without a price.

    Returns:
        the counts of the write.
    """
    if own_cells.empty or own.version_id is None or not is_priced(own_cells):
        return written_rows({})
    versions = {OWN_VLR: own.version_id, "shaping": int(inputs.versions.loc["shaping", "version_id"])}
    return save_cost_cells(context, inputs, OWN_COST_CURVE, own_cells, versions, offpeak_weights, vlr, risk)


def _none(context: Context, note: str = "") -> OwnHistory:
    vlr, covariance = (store.read_curve(context.db, table, context.iso, 0) for table in ("vlr", "covariance"))
    return OwnHistory(vlr, covariance, None, note)
