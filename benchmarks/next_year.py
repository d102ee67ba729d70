"""Score methods on next year: each computes from the years before a target, and is compared with it.

`benchmarks.out_of_sample` has the definitions, reads the folder, and shows the scores. Predictions and scores
are those of the page of the backtest (`lib.calc.backtest_vlr`, `lib.calc.backtest_lines`, `lib.calc.scores`).
Only the targets are chosen otherwise: years that have their whole window, if there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from lib.calc.backtest_lines import (
    LINE_METHODS,
    SHAPE_METHODS,
    basis_differences,
    difference_months,
    hub_differences,
    predict_differences,
    predict_shape,
    sum_shape,
)
from lib.calc.backtest_vlr import VLR_METHODS, predict_vlr, sum_months
from lib.calc.band import MIN_RESIDUALS
from lib.calc.grid import by_location
from lib.calc.origins import WINDOW_YEARS, Origin, year_origin
from lib.calc.scores import score_band as score_bands
from lib.calc.scores import score_methods
from lib.calc.vlr import hourly_vlr
from lib.events import is_event
from lib.hub_map import zone_hubs
from lib.markets import MEASURES, locations

Scores = dict[str, dict[str, float | int | None]]
"""n, skill, wmae and bias of each method; what cannot be computed is None."""

BandScore = dict[str, float | int]
"""n, coverage, width and below_p95 of the band."""


class NoData(ValueError):
    """A part cannot be measured on this folder; the message says why."""


@dataclass(frozen=True)
class Folder:
    """The hours of a folder with all values, on the grid of its locations."""

    iso: str
    hours: pd.DataFrame
    grid: pd.DataFrame

    def prices(self, measure: str) -> pd.DataFrame:
        """Return a price: a row for each hour, a column for each location that has any."""
        return by_location(self.grid, MEASURES[measure].column)

    @property
    def zone_names(self) -> list[str]:
        """The zones of the ISO."""
        return [zone.name for zone in locations(self.iso, "zone")]

    def zones(self) -> pd.DataFrame:
        """Return the rows of the grid that are of zones."""
        return self.grid[self.grid["location"].isin(self.zone_names)]


def score_parts(folder: Folder) -> tuple[dict[str, Scores | BandScore | None], dict[str, str]]:
    """Return the scores of each part, None where the folder has no data for it, and then the reason."""
    parts_of: dict[str, Callable[[Folder], Scores | BandScore]] = {
        "vlr": score_vlr,
        "band": score_band,
        "da_rt": score_da_rt,
        "basis": score_basis,
        "shape": score_shape,
    }
    parts: dict[str, Scores | BandScore | None] = {}
    reasons = {}
    for name, of_folder in parts_of.items():
        try:
            parts[name] = of_folder(folder)
        except NoData as error:
            parts[name], reasons[name] = None, str(error)
    return parts, reasons


def score_vlr(folder: Folder) -> Scores:
    """Return the scores of VLR by zone, month and block."""
    return _scores(predicted_vlr(folder), VLR_METHODS, "rt_load_mwh")


def score_band(folder: Folder) -> BandScore:
    """Return how the predictive band of VLR has held the zones, months and blocks of the next year."""
    found = score_bands(predicted_vlr(folder))
    if found.empty:
        raise NoData(f"no window has {MIN_RESIDUALS} residuals of zones, months and blocks")
    score: BandScore = found.iloc[0].to_dict()
    return {**score, "n": int(score["n"])}


def predicted_vlr(folder: Folder) -> pd.DataFrame:
    """Return what each method says of VLR in the targets of a folder."""
    months = vlr_months(folder)
    return predict_vlr(months, targets(months["year"]))


def vlr_months(folder: Folder) -> pd.DataFrame:
    """Return the sums of VLR of each month and block that has an hour with a unitized cost."""
    months = sum_months(folder.hours, folder.zone_names, hourly_vlr(folder.zones()))
    months = months[months["n_hours"] > 0]
    if months.empty:
        raise NoData("no hour of a zone has both prices and both loads")
    return months


def score_da_rt(folder: Folder) -> Scores:
    """Return the scores of the DA-RT difference by month and block: at the hubs, or else at the zones."""
    hubs = zone_hubs(folder.iso)["hub_location"].dropna().unique()
    differences = hub_differences(folder.prices("da_lmp"), folder.prices("rt_lmp"), hubs)
    if differences.columns.empty:
        raise NoData("no location has day-ahead and real-time prices")
    return score_line(folder, differences)


def score_basis(folder: Folder) -> Scores:
    """Return the scores of the zone basis; without prices of a zone's hub against the mean of all zones."""
    da, hubs = folder.prices("da_lmp"), zone_hubs(folder.iso)
    if not hubs["location"].isin(da.columns).any():
        raise NoData("no zone has day-ahead prices")
    differences = basis_differences(da, hubs)
    if differences.columns.empty:
        raise NoData("no zone has a hub, or other zones, to compare with")
    return score_line(folder, differences)


def score_line(folder: Folder, differences: pd.DataFrame) -> Scores:
    """Return the scores of a difference of prices by month and block; a column for each location."""
    is_left_out = is_event(folder.iso, folder.hours["market_date"])
    means, usual = (difference_months(differences, folder.hours, mask) for mask in (None, is_left_out))
    origins = targets(means.loc[means["n_hours"] > 0, "year"])
    return _scores(predict_differences(means, usual, origins), LINE_METHODS, "n_hours")


def score_shape(folder: Folder) -> Scores:
    """Return the scores of the hours of each zone's blocks, at the block's price of the target year."""
    is_left_out = is_event(folder.iso, folder.hours["market_date"])
    history = sum_shape(folder.hours, folder.zone_names, folder.zones(), is_left_out)
    months = history.months()
    months = months[months["n_hours"] > 0]
    if months.empty:
        raise NoData("no zone has day-ahead prices")
    return _scores(predict_shape(history, targets(months["year"])), SHAPE_METHODS, "n_hours")


def targets(years: Iterable[int]) -> list[Origin]:
    """Return the target years: those that have their whole window, or else all that have any.

    Raises:
        NoData: there are not two years.
    """
    known = sorted(set(years))
    if len(known) < 2:
        raise NoData(f"its data are of one year ({known[0]}): there is no later year to compare with")
    full = [year for year in known if year - WINDOW_YEARS >= known[0]]
    return [
        year_origin(year)
        for year in full or known[1:]
        if any(year - WINDOW_YEARS <= before < year for before in known)
    ]


def _scores(rows: pd.DataFrame, methods: tuple[str, ...], weight: str) -> Scores:
    table = score_methods(rows, methods, weight).set_index("method")
    return {
        str(method): {
            name: int(value) if name == "n" else None if pd.isna(value) else float(value)
            for name, value in score.items()
        }
        for method, score in table.iterrows()
    }
