"""Whether the parts of a cost curve fit each other: its prices, its VLR curve and its shaping curve.

They must agree in

1. holidays, prices and the basis of the day-ahead load: else their hours are other hours, or other numbers;
2. the window, give or take SLACK: else they are histories of different times;
3. the months they know, and about the years: else the cost curve has cells without a price, or joins a long
   history to a short one.

A part that differs in 1 or 2 is refused. What 3 finds is refused for an official curve, unless somebody says
--official; a study and a notebook opened by hand say it on the page and go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pandas as pd

from lib import store
from lib.calc.cost_misfits import find_missing_months, find_uneven_years, years_by_month
from lib.markets import OWN
from lib.pipeline.errors import NothingStored
from lib.pipeline.steps.context import Context
from lib.present.formats import MONTHS
from lib.store.published import describe_series

SLACK = timedelta(days=7)
"""How far the window of a part may begin and end from the run's: a curve of last week still fits."""


class MismatchedInputs(NothingStored):
    """The parts of a cost curve do not fit each other; the message says which, and the way out."""


def full_run(context: Context) -> str:
    """Return the command that makes all parts of the ISO's cost curve."""
    return f"python run_all.py --source {context.source_spec} --iso {context.iso}"


def check_fit(
    context: Context, curve: str, version: pd.Series, prices: pd.DataFrame, basis: str | None = None
) -> None:
    """Check that a VLR or shaping curve has the holidays, series, window and load basis of a run.

    Args:
        context: what `open_context` returns.
        curve: "vlr", "shaping" or "own_vlr".
        version: of the curve: version_id, status, window_start, window_end, parameters, series_ids.
        prices: the series of the run's prices: series_id, measure, source.
        basis: of the day-ahead load that the run asks for; None for the best available.

    Raises:
        MismatchedInputs: it differs.
    """
    kind = "latest" if version["status"] == store.OFFICIAL else "study of the"
    named = f"the {kind} {curve} curve of {context.iso}, version {version['version_id']},"
    holidays = json.loads(version["parameters"]).get("holidays")
    if holidays != context.holidays:
        raise MismatchedInputs(
            f"{named} was made with holidays {holidays!r}, not {context.holidays!r}: run "
            f"`{full_run(context)} -p holidays={context.holidays}`"
        )
    made_of = describe_series(context.db, version["series_ids"])
    strange = made_of[(made_of["measure"] == "da_lmp") & ~made_of["series_id"].isin(prices["series_id"])]
    if len(strange):
        raise MismatchedInputs(
            f"{named} was made of prices of {_named(strange, 'source')}, and this run's are of "
            f"{_named(prices, 'source')}: run `{full_run(context)}`"
        )
    _check_basis(context, named, made_of, basis)
    _check_window(context, named, version)


def _check_basis(context: Context, named: str, made_of: pd.DataFrame, basis: str | None) -> None:
    loads = made_of[(made_of["measure"] == "da_load") & (made_of["basis"] != OWN)]
    known = store.find_series(context.db, context.iso, "da_load", context.source.stored_as, basis)
    if len(loads) and not set(loads["basis"]) <= set(known["basis"]):
        raise MismatchedInputs(
            f"{named} was made with a day-ahead load that is {_named(loads, 'basis')}, and this run's is "
            f"{_named(known, 'basis') or basis}: run `{full_run(context)}`, with -p basis= if you choose one"
        )


def _check_window(context: Context, named: str, version: pd.Series) -> None:
    start, end = version["window_start"].date(), version["window_end"].date()
    window = context.window
    if max(abs(start - window.start), abs(end - window.end)) > SLACK:
        raise MismatchedInputs(
            f"{named} is of {start} to {end}, and this run's prices of {window}: run "
            f"`{full_run(context)}` for one window, or this notebook with --start {start} --end {end}"
        )


def find_gaps(
    context: Context, vlr: pd.DataFrame, factors: pd.DataFrame, hours: pd.DataFrame, *, is_priced: bool
) -> tuple[str, ...]:
    """Return sentences on months that a curve lacks, and on months with uneven years.

    Args:
        context: what `open_context` returns.
        vlr, factors: the cells of the two curves.
        hours: the hours of delivery, with delivery_month.
        is_priced: whether there are forwards: without any no curve is published.

    Raises:
        MismatchedInputs: there are such months, and the curve would be official.
    """
    years = years_by_month(vlr, factors)
    months = set(hours["delivery_month"].dt.month)
    found = (*_describe_missing(years, months), *_describe_uneven(years, months))
    if found and is_priced and _would_be_official(context):
        raise MismatchedInputs(
            f"the parts of the cost curve of {context.iso} do not fit. {' '.join(found)} Run "
            f"`{full_run(context)}` over a window in which every month has prices and loads, or add "
            "--official to publish it as it is, or --study to look at it"
        )
    return found


def _would_be_official(context: Context) -> bool:
    return (
        context.task is not None
        and context.study is None
        and not store.read_is_official(context.db, context.task.run_id)
    )


def _describe_missing(years: pd.DataFrame, months: set[int]) -> Iterator[str]:
    for curve, missing in find_missing_months(years, months).items():
        names = ", ".join(MONTHS[month - 1] for month in missing)
        yield f"The {curve} curve has no value in {names}: no hour of delivery in these months has a price."


def _describe_uneven(years: pd.DataFrame, months: set[int]) -> Iterator[str]:
    uneven = list(find_uneven_years(years, months))
    if uneven:
        each = ", ".join(f"{MONTHS[month - 1]} {of_vlr} and {of_shape}" for month, of_vlr, of_shape in uneven)
        yield f"VLR and shape rest on very different numbers of years: {each}."


def _named(series: pd.DataFrame, column: str) -> str:
    return ", ".join(sorted(series[column].unique()))
