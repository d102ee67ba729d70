"""Score methods on next year: each computes from the years before a target, and is compared with it.

`benchmarks.out_of_sample` has the definitions, reads the folder, and shows the scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.calc.band import MIN_RESIDUALS, add_band, fit_band, left_out_errors, sums_by_year
from lib.calc.grid import ratio
from lib.calc.hour_prices import hour_prices, typical_shape
from lib.calc.priced_vlr import priced_blocks
from lib.calc.robust import robust_estimate, year_month_means
from lib.calc.shaping import BLOCK, PRICE, average_prices, shape_factors
from lib.calc.vlr import estimate, hourly_vlr, vlr_curve
from lib.events import is_event
from lib.hub_map import zone_hubs
from lib.markets import MEASURES, locations

WINDOW_YEARS = 5

VLR_METHODS = ("priced", "cost_per_mwh", "cost_weighted", "mean_ratio", "half_life_1y", "last_year", "none")
LINE_METHODS = ("robust", "mean", "last_year", "none")
SHAPE_METHODS = ("blended", "year_mean", "half_life_1y", "last_year", "none")

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
        column = MEASURES[measure].column
        names = self.grid["location"].cat.categories
        values = self.grid[column].to_numpy().reshape(len(names), -1).T
        return pd.DataFrame(values, self.hours.index, names).dropna(axis=1, how="all")

    def zones(self) -> pd.DataFrame:
        """Return the rows of the grid that are of zones."""
        names = [zone.name for zone in locations(self.iso, "zone")]
        return self.grid[self.grid["location"].isin(names)]


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
    hourly = vlr_hours(folder)
    by_year = realised_vlr(hourly)
    rows = []
    for year, is_past in targets(hourly["year"]):
        past = hourly[is_past]
        own = priced_blocks(vlr_curve(past), by_year[by_year["year"] == year].drop(columns="year"))
        figures = estimate(past, BLOCK)[[*BLOCK, "cost_per_mwh", "cost_weighted", "mean_ratio"]]
        decayed = estimate(past, BLOCK, half_life_years=1)[[*BLOCK, "cost_per_mwh"]]
        before = by_year[by_year["year"] == year - 1][[*BLOCK, "target"]]
        for part, names in (
            (figures, {}),
            (decayed, {"cost_per_mwh": "half_life_1y"}),
            (before, {"target": "last_year"}),
        ):
            own = own.merge(part.rename(columns=names), on=BLOCK, how="left")
        price = own["block_price"]
        rows.append(
            own.assign(
                cost_weighted=own["cost_weighted"] * price, mean_ratio=own["mean_ratio"] * price, none=0.0
            )
        )
    return scores(pd.concat(rows), VLR_METHODS, weight="rt_load_mwh")


def score_band(folder: Folder) -> BandScore:
    """Return how the predictive band of VLR has held the zones, months and blocks of the next year."""
    hourly = vlr_hours(folder)
    by_year, sums = realised_vlr(hourly), sums_by_year(hourly)
    rows = []
    for year, _ in targets(hourly["year"]):
        past = sums[sums["year"].between(year - WINDOW_YEARS, year - 1)]
        own = priced_blocks(past, by_year[by_year["year"] == year])
        rows.append(add_band(own, fit_band(left_out_errors(past))))
    found = pd.concat(rows).dropna(subset=["target", "band_low", "band_high"])
    if found.empty:
        raise NoData(f"no window has {MIN_RESIDUALS} residuals of zones, months and blocks")
    return {
        "n": len(found),
        "coverage": float(found["target"].between(found["band_low"], found["band_high"]).mean()),
        "width": float((found["band_high"] - found["band_low"]).mean()),
        "below_p95": float((found["target"] <= found["p95"]).mean()),
    }


def vlr_hours(folder: Folder) -> pd.DataFrame:
    """Return the hours of zones that have a unitized cost, with the VLR chain."""
    hourly = hourly_vlr(folder.zones())
    hourly = hourly[hourly["unitized_cost"].notna()]
    if hourly.empty:
        raise NoData("no hour of a zone has both prices and both loads")
    return hourly


def realised_vlr(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the VLR and the load-weighted day-ahead price of each zone, month, block and year."""
    by_year = estimate(hourly, [*BLOCK, "year"]).rename(columns={"cost_per_mwh": "target"})
    by_year["block_price"] = ratio(by_year["da_value_usd"], by_year["rt_load_mwh"])
    return by_year[[*BLOCK, "year", "target", "rt_load_mwh", "block_price"]]


def score_da_rt(folder: Folder) -> Scores:
    """Return the scores of the DA-RT difference by month and block: at the hubs, or else at the zones."""
    da, rt = folder.prices("da_lmp"), folder.prices("rt_lmp")
    both = da.columns.intersection(rt.columns)
    hubs = both.intersection(zone_hubs(folder.iso)["hub_location"].dropna().unique())
    places = hubs if len(hubs) else both
    if not len(places):
        raise NoData("no location has day-ahead and real-time prices")
    return score_line(folder, da[places] - rt[places])


def score_basis(folder: Folder) -> Scores:
    """Return the scores of the zone basis; without prices of a zone's hub against the mean of all zones."""
    da = folder.prices("da_lmp")
    hubs = zone_hubs(folder.iso)
    hubs = hubs[hubs["location"].isin(da.columns)]
    if hubs.empty:
        raise NoData("no zone has day-ahead prices")
    zones = hubs["location"].unique()
    n_hours = da[zones].count()
    mean = da[n_hours.index[n_hours >= 0.9 * n_hours.max()]].mean(axis=1, skipna=False)
    others = hubs[hubs["hub_location"].isin(da.columns) & (hubs["hub_location"] != hubs["location"])]
    first = others.drop_duplicates("location").set_index("location")["hub_location"]
    if first.empty and len(zones) == 1:
        raise NoData("no zone has a hub, or other zones, to compare with")
    differences = {zone: da[zone] - (da[first[zone]] if zone in first else mean) for zone in zones}
    return score_line(folder, pd.DataFrame(differences))


def score_line(folder: Folder, differences: pd.DataFrame) -> Scores:
    """Return the scores of a difference of prices by month and block; a column for each location."""
    is_left_out = is_event(folder.iso, folder.hours["market_date"])
    means = year_month_means(differences, folder.hours, "location")
    usual = year_month_means(differences, folder.hours, "location", is_left_out)
    rows = []
    for year, is_past in targets(means["year"]):
        own = means[means["year"] == year].rename(columns={"x": "target"})
        of_past = usual[usual["year"].isin(means.loc[is_past, "year"].unique())]
        robust = robust_estimate(of_past, "location").rename(columns={"estimate": "robust"})
        mean = means[is_past].groupby(BLOCK, observed=True)["x"].mean().rename("mean").reset_index()
        before = means[means["year"] == year - 1].rename(columns={"x": "last_year"})
        for part, name in ((robust, "robust"), (mean, "mean"), (before, "last_year")):
            own = own.merge(part[[*BLOCK, name]], on=BLOCK, how="left")
        rows.append(own.assign(none=0.0))
    return scores(pd.concat(rows), LINE_METHODS, weight="n_hours")


def score_shape(folder: Folder) -> Scores:
    """Return the scores of the hours of each zone's blocks, at the block's price of the target year."""
    zones = folder.zones()
    zones = zones[zones[PRICE].notna()]
    if zones.empty:
        raise NoData("no zone has day-ahead prices")
    da, is_left_out = folder.prices("da_lmp"), is_event(folder.iso, folder.hours["market_date"])
    rows = []
    for year, is_past in targets(zones["year"]):
        past, before = zones[is_past], zones[zones["year"] == year - 1]
        own = average_prices(zones[zones["year"] == year]).rename(columns={"value": "target"})
        own = own[own["n_hours"] > 0]
        own["block_price"] = block_means(own, "target")
        is_in_window = folder.hours["year"].isin(past["year"].unique())
        typical = typical_shape(da[is_in_window], folder.hours, is_left_out[is_in_window])
        for method, factors, is_blended in (
            ("blended", shape_factors(past), True),
            ("year_mean", shape_factors(past), False),
            ("half_life_1y", shape_factors(past, half_life_years=1), False),
            ("last_year", shape_factors(before) if len(before) else None, False),
        ):
            own[method] = np.nan if factors is None else shaped(own, factors, typical, is_blended=is_blended)
        rows.append(own.assign(none=own["block_price"]))
    return scores(pd.concat(rows), SHAPE_METHODS, weight="n_hours")


def shaped(
    own: pd.DataFrame, factors: pd.DataFrame, typical: pd.DataFrame, *, is_blended: bool
) -> np.ndarray:
    """Return the price of each cell; without a blend by the factor from $1/MWh on, else by the difference."""
    key = [*BLOCK, "he"]
    cells = own[[*key, "n_hours", "block_price"]]
    cells = cells.merge(factors[[*key, "year_mean", "is_additive"]], on=key, how="left")
    cells = cells.merge(typical, on=key, how="left")
    if not is_blended:
        cells["block_mean"] = cells["block_price"]  # its level is 1, and so is the share of the factor
    return hour_prices(cells, BLOCK)["hpfc"].to_numpy()


def block_means(cells: pd.DataFrame, value: str) -> pd.Series:
    """Return the mean over hours of each cell's block, in the rows of the cells."""
    keys = [cells[key] for key in BLOCK]
    total = (cells[value] * cells["n_hours"]).groupby(keys, observed=True).transform("sum")
    return ratio(total, cells["n_hours"].groupby(keys, observed=True).transform("sum"))


def targets(year: pd.Series) -> Iterator[tuple[int, pd.Series]]:
    """Yield each target year, and which rows are of its window.

    Raises:
        NoData: there are not two years.
    """
    years = sorted(year.unique())
    if len(years) < 2:
        raise NoData(f"its data are of one year ({years[0]}): there is no later year to compare with")
    full = [one for one in years if one - WINDOW_YEARS >= years[0]]
    for target in full or years[1:]:
        is_past = year.between(target - WINDOW_YEARS, target - 1)
        if is_past.any():
            yield int(target), is_past


def scores(rows: pd.DataFrame, methods: tuple[str, ...], weight: str) -> Scores:
    """Return n, skill, wmae and bias of each method on the targets that it has a value for."""
    rows = rows[rows["target"].notna() & (rows[weight] > 0)]
    return {method: _score(rows[rows[method].notna()], method, weight) for method in methods}


def _score(rows: pd.DataFrame, method: str, weight: str) -> dict[str, float | int | None]:
    if rows.empty:
        return {"n": 0, "skill": None, "wmae": None, "bias": None}
    error, none = rows[method] - rows["target"], rows["none"] - rows["target"]
    wmae, bias, of_none = (
        float(np.average(part, weights=rows[weight])) for part in (error.abs(), error, none.abs())
    )
    return {"n": len(rows), "skill": 1 - wmae / of_none if of_none > 0 else None, "wmae": wmae, "bias": bias}
