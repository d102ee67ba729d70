"""What events do to the lines of a price: each line with the days of events and without them, side by side.

An event (`lib.events`) is a storm or another time out of the ordinary. Means of the past count its days, and
robust lines (`lib.calc.robust`) leave them out. The method (docs/method.md, "With and without events") has
three stages:

1. The calculator of each line runs twice: over all hours, and over those that belong to no event. What a page
   has already computed comes as an argument.
2. The results are laid side by side:

       added = line with events - line without them        in the unit of the line; NULL where either is

   with the hours that only the first has: event hours with the values that the line needs.
3. Each line has a first row for the one month and block that events move most, and a row for each place over
   all its hours. Shapes and ratios have no level of all hours: a row is the most moved cell of a place.

`vlr_effects` has VLR and the covariance, `shape_effects` the shape and the load-shape premium, and
`price_effects` the DA-RT adjustment, the zone basis and the block ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lib.calc.aggregate import season
from lib.calc.block_ratios import ratios_by_year
from lib.calc.covariance import SEASON_BLOCK, stored_parts
from lib.calc.event_rows import (
    BOTH,
    WITH,
    WITHOUT,
    Line,
    format_rows,
    most_moved,
    no_effects,
    side_by_side,
    two_levels,
)
from lib.calc.grid import CELL, ratio
from lib.calc.hub_history import (
    PriceHistory,
    da_rt_adjustment,
    da_rt_differences,
    settlement_prices,
    zone_basis,
    zone_differences,
)
from lib.calc.priced_vlr import BLOCK, WEIGHTS, PricedWeights, add_priced
from lib.calc.shaping import PRICE, load_shape_premium, shape_factors
from lib.calc.vlr import vlr_curve
from lib.seasons import find_division

SHAPE = Line("shape factor", "factor", WITH)
PREMIUM = Line("load-shape premium", "%", WITH)
ADJUSTMENT = Line("DA-RT adjustment", "$/MWh", WITHOUT)
BASIS = Line("zone basis", "$/MWh", WITHOUT)
RATIO = Line("block ratio", "factor", WITHOUT)


def vlr_effects(
    hourly: pd.DataFrame,
    is_event: np.ndarray,
    curve: pd.DataFrame,
    covariances: Sequence[pd.DataFrame],
    half_life_years: float | None = None,
    published_covariance: str = WITH,
    weights: PricedWeights = WEIGHTS,
) -> pd.DataFrame:
    """Return VLR of the past, priced VLR at past prices and the covariance, with and without events.

    Args:
        hourly: what `lib.calc.vlr.hourly_vlr` returns.
        is_event: for each row of it whether its day belongs to an event.
        curve: the cells of all hours, as `lib.calc.priced_vlr.add_priced` returns them.
        covariances: by season and block, of all hours and of those without events.
        half_life_years: of the weights of years; None to weigh all alike.
        published_covariance: WITH or WITHOUT.
        weights: of the priced VLR.

    Returns:
        COLUMNS; with_events, without_events and added in $/MWh. n_hours and n_days are of event hours with a
        unitized cost.
    """
    curves = curve, add_priced(vlr_curve(hourly[~is_event], half_life_years), weights)
    used = hourly[is_event & hourly["unitized_cost"].notna().to_numpy()]
    division = find_division(covariances[0]["season"].astype(str))
    used = used.assign(season=season(used["month"], division))
    found = []
    for name, value in (("VLR", "cost_per_mwh"), ("priced VLR", "priced")):
        places, blocks = (
            side_by_side([_figures(one, by) for one in curves], by, value) for by in (["location"], BLOCK)
        )
        found += two_levels(Line(name, "$/MWh", WITH), places, blocks, used)
    of_zones = [stored_parts(one, history) for one, history in zip(curves, covariances, strict=True)]
    of_zones[0] = of_zones[0].set_index("location").reindex(places["location"]).reset_index()
    places = side_by_side(of_zones, ["location"], "covariance")
    blocks = side_by_side(covariances, SEASON_BLOCK, "covariance_per_mwh")
    found += two_levels(Line("covariance", "$/MWh", published_covariance), places, blocks, used)
    return pd.concat(found, ignore_index=True)


def shape_effects(
    grid: pd.DataFrame, is_event: np.ndarray, factors: pd.DataFrame, half_life_years: float | None = None
) -> pd.DataFrame:
    """Return the shape factor (mean of years) that events move most, and the load-shape premium.

    Args:
        grid: location, the calendar columns, da_lmp_usd_per_mwh and rt_load_mw.
        is_event: for each row of it whether its day belongs to an event.
        factors: of all hours, as `lib.calc.shaping.shape_factors` returns them.
        half_life_years: of the weights of years; None to weigh all alike.

    Returns:
        COLUMNS; the premium in percent. Without its event a year-month may have too few hours to count in the
        mean of years, as `lib.calc.shaping.usable_years` says.
    """
    outside = grid[~is_event]
    used = grid[is_event & grid[PRICE].notna().to_numpy()]
    both = factors, shape_factors(outside, half_life_years)
    cells = side_by_side(both, CELL, "year_mean")
    premiums = side_by_side(
        [load_shape_premium(hours, ["location"]) for hours in (grid, outside)], ["location"], "premium"
    )
    premiums[BOTH] *= 100
    rows = [
        format_rows(SHAPE, most_moved(cells, ["location"]), used),
        format_rows(PREMIUM, premiums, used[used["rt_load_mw"] > 0]),
    ]
    return pd.concat(rows, ignore_index=True)


def price_effects(
    history: PriceHistory,
    hubs: pd.DataFrame,
    zones: pd.DataFrame,
    adjustment: pd.DataFrame,
    basis: pd.DataFrame,
) -> pd.DataFrame:
    """Return the DA-RT adjustment, the zone basis and the block ratios, with and without events.

    Args:
        history: the prices, with `is_event`.
        hubs: hub, hub_location, settlement_market; a row for each hub.
        zones: location, hub_location; a pair may come more than once. A zone that is its own hub has no
            basis, and no row.
        adjustment: without events, as `lib.calc.hub_history.da_rt_adjustment` returns it.
        basis: without events, as `lib.calc.hub_history.zone_basis` returns it.

    Returns:
        COLUMNS. A block ratio is the price of a block over that of all hours, the median of all months.
    """
    if history.is_event is None:
        return no_effects()
    whole = replace(history, is_event=None)
    on_rt = hubs[(hubs["settlement_market"] == "rt") & hubs["hub_location"].notna()]
    adjustments = [
        one.rename(columns={"hub": "location"}) for one in (da_rt_adjustment(whole, on_rt), adjustment)
    ]
    used = _event_hours(da_rt_differences(history, on_rt), history)
    found = _robust(ADJUSTMENT, "da_rt_adjustment", adjustments, used)

    pairs, differences = zone_differences(history, zones[zones["location"] != zones["hub_location"]])
    bases = [_name_pairs(one) for one in (zone_basis(whole, pairs), basis)]
    used = _event_hours(differences.set_axis(_name_pairs(pairs)["location"], axis=1), history)
    found += _robust(BASIS, "zone_basis", bases, used)

    ratios = [ratios_by_year(one, hubs).rename(columns={"hub": "location"}) for one in (whole, history)]
    by_block = side_by_side(ratios, ["location", "block_type"], "ratio")
    used = _event_hours(settlement_prices(history, hubs), history)
    return pd.concat(
        [*found, format_rows(RATIO, most_moved(by_block, ["location"]), used)], ignore_index=True
    )


def _robust(line: Line, value: str, results: list[pd.DataFrame], used: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the rows of a robust line; both means over all hours have the weights of all hours."""
    blocks = side_by_side(results, BLOCK, value)
    n_hours = results[0].astype({"location": str, "block_type": str})[[*BLOCK, "n_hours"]]
    weighed = blocks.merge(n_hours, on=BLOCK).dropna(subset=BOTH)
    places = weighed.groupby("location", sort=False)
    means = weighed.assign(**{name: weighed[name] * weighed["n_hours"] for name in BOTH})
    sums = means.groupby("location", sort=False)[BOTH].sum()
    return two_levels(line, sums.div(places["n_hours"].sum(), axis=0).reset_index(), blocks, used)


def _name_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of a zone and a hub's location under one name."""
    return pairs.assign(location=pairs["location"] + ", from " + pairs["hub_location"])


def _event_hours(values: pd.DataFrame, history: PriceHistory) -> pd.DataFrame:
    """Return the event hours that have a value: location, month, block_type, market_date."""
    known = values[history.is_event].notna().rename_axis(index="row", columns="location").stack()
    rows = known[known].index.to_frame(index=False)
    return rows.join(history.hours[["month", "block_type", "market_date"]], on="row")


def _figures(curve: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return cost_per_mwh and priced ($/MWh) of groups of cells, as ratios of sums."""
    load = curve["rt_load_mwh"]
    terms = curve[by].assign(
        cost=curve["unitized_cost_usd"],
        load=load,
        priced_usd=curve["priced"] * load,
        priced_load=load.where(curve["priced"].notna()),
    )
    sums = terms.groupby(by, observed=True).sum(min_count=1)
    per_mwh = ratio(sums["cost"], sums["load"])
    priced = ratio(sums["priced_usd"], sums["priced_load"])
    return pd.DataFrame({"cost_per_mwh": per_mwh, "priced": priced}).reset_index()
