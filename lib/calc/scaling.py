"""What a pricing analyst does to a curve: scale it, set cells, look at the profile, price scenarios.

A curve is a wide frame: indexed by month, he and block_type, a column for each zone. Month is 1 to 12, or the
delivery month as "2026-01". Edits never change a frame: they are a tuple that grows, and undo drops its last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd

from lib.calc.grid import SMALLEST_BASE_USD_PER_MWH, ratio

INDEX = ["month", "he", "block_type"]
"""The index of a wide curve."""

HIGHEST_PERCENT = 1000.0
"""A zone is scaled to at most ten times its values."""

MOST_LMPS = 50
"""As many prices are computed at once as a table can show."""

HIGHEST_LMP_USD_PER_MWH = 100_000.0
"""No market has ever cleared near this price, up or down: a number beyond it is a slip of the keyboard."""

Quantity = Literal["share", "adder", "factor", "price"]
"""What a curve's number is: a share of the LMP, $/MWh on top of it, a factor of it, or a price itself."""


class BadInput(ValueError):
    """What was typed cannot be used; the message is a sentence that says what is allowed."""


@dataclass(frozen=True)
class Edit:
    """One change: the cells of some zones follow `percent` of the source, or become `value`.

    None for zones, months or blocks means all of them. Exactly one of percent and value is set.
    """

    percent: float | None = None
    value: float | None = None
    zones: tuple[str, ...] | None = None
    months: tuple[int | str, ...] | None = None
    blocks: tuple[str, ...] | None = None


Edits = tuple[Edit, ...]
"""The history of a curve, oldest first; () is the source itself."""


@dataclass(frozen=True)
class Weights:
    """What a mean over cells is taken with, so that it is a figure over their hours.

    Attributes:
        base: what each cell's number is multiplied with, in the shape of the curve: DA value ($), RT load
            (MWh) or hours.
        amounts: what each cell really comes to, value x base, known too where the value is blanked for a
            price near zero; None: value x base.
        loads: RT load (MWh), where a figure on a load-weighted price under $1/MWh is to be blank; else None.
        words: how the mean is taken, for people.
    """

    base: pd.DataFrame
    words: str
    amounts: pd.DataFrame | None = None
    loads: pd.DataFrame | None = None


def scale(
    percent: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit by which cells become a percentage of their source; 100 takes edits back.

    Raises:
        BadInput: the percentage is no finite number from 0 to 1000.
    """


def absolute(
    value: float,
    zones: Sequence[str] | None = None,
    months: Sequence[int | str] | None = None,
    blocks: Sequence[str] | None = None,
) -> Edit:
    """Return the edit by which cells become one value, whatever the source has, empty cells too.

    Raises:
        BadInput: the value is no finite number.
    """


def apply(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Return the curve as edited: each cell follows the last edit that names it.

    So a zone scaled to 110 and then to 120 % stands at 120 % of its source, and a cell that was set and then
    scaled is a percentage of its source again. An empty cell stays empty under a percentage.
    """


def changes(cells: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """Say what the edits do to each zone.

    Returns:
        zone, percent (where one holds for every cell of the zone; else NULL), n_scaled (cells that follow a
        percentage other than 100), n_set (cells with a value of their own), n_filled (those of them that are
        empty in the source), n_cells; in the order of the columns.
    """


def profile(cells: pd.DataFrame, edits: Edits, weights: Weights, by: Sequence[str]) -> pd.DataFrame:
    """Return the curve's means over cells before and after the edits.

    Args:
        cells: the wide curve before any edit.
        edits: the edits.
        weights: how a mean is taken.
        by: levels of the index to keep: ["month"], ["he"], ["block_type"], or [] for each zone's figure.

    Returns:
        the `by` columns, zone, before, after; NULL where no cell has a value.
    """


def parse_lmps(text: str) -> tuple[float, ...]:
    """Return the prices in a text such as "25, 40; 60": commas, semicolons, spaces or lines between them.

    Raises:
        BadInput: a word is no number, none is given, more than MOST_LMPS are, or one is beyond every market.
    """


def parse_number(text: str, name: str) -> float:
    """Return the number in a text; a percent sign, a dollar sign and thousands' commas are read past.

    Args:
        text: what was typed.
        name: what it is, for the message: "the scale".

    Raises:
        BadInput: it is no finite number.
    """


def scenarios(figures: pd.Series, lmps: Sequence[float], quantity: Quantity) -> pd.DataFrame:
    """Return what each zone costs at each LMP.

    Method: a share is multiplied with the LMP, an adder stays as it is, both on top of the LMP; a factor is
    multiplied with it and gives the price.

    Args:
        figures: one number of the curve by zone, from `profile`.
        lmps: prices, $/MWh.
        quantity: what the curve's number is.

    Returns:
        lmp_usd_per_mwh, zone, cost_usd_per_mwh (beside the LMP), price_usd_per_mwh (LMP and cost).

    Raises:
        BadInput: the curve is a price already.
    """
