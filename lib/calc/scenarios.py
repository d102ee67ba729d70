"""The scenario calculator: what an edited curve makes of a list of LMPs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd

from lib.calc.scaling import BadInput

MAX_LMPS = 50
"""As many prices are computed at once as a table can show."""

MAX_LMP_USD_PER_MWH = 100_000.0
"""No market has ever cleared near this price, up or down: a number beyond it is a slip of the keyboard."""

Quantity = Literal["share", "adder", "factor", "price"]
"""What a curve's number is: a share of the LMP, $/MWh on top of it, a factor of it, or a price itself."""


def parse_lmps(text: str) -> tuple[float, ...]:
    """Return the prices in a text such as "25, 40; 60": commas, semicolons, spaces or lines between them.

    A price that is given again counts once. A comma with a digit on either side is refused: "1,000" may be
    one price or two.

    Raises:
        BadInput: a word is no number, none is given, more than MAX_LMPS are, one is beyond every market, or
            what a comma means is open.
    """
    if unclear := _UNCLEAR_COMMA.search(text):
        raise BadInput(
            f"the comma in {unclear[0][:20]!r} has two meanings: put a space after it between LMPs, and "
            "write one LMP like 1000 or 25.5"
        )
    words = [word for word in re.split(r"[,;\s]+", _UNIT.sub(" ", text)) if word]
    if not words:
        raise BadInput("give at least one LMP in $/MWh, for example 25, 40, 60")
    if len(words) > MAX_LMPS:
        raise BadInput(f"{len(words)} LMPs are too many for one table: give up to {MAX_LMPS}")
    prices = tuple(parse_number(word, "an LMP", "$/MWh") for word in words)
    if beyond := [price for price in prices if abs(price) > MAX_LMP_USD_PER_MWH]:
        raise BadInput(f"an LMP of {beyond[0]:,.0f} $/MWh is beyond every market: is a separator missing?")
    return tuple(dict.fromkeys(prices))


def parse_number(text: str, name: str, uom: str) -> float:
    """Return the number in a text, without its unit and thousands' commas; a minus before 0 is dropped.

    Args:
        text: what was typed.
        name: what it is, for the message: "the scale".
        uom: the unit it is in: %, $/MWh, or another that has no sign.

    Raises:
        BadInput: it has the sign of another unit, or is no finite number.
    """
    plain = text.strip().removesuffix(uom).strip()
    if uom == "$/MWh":
        plain = plain.removeprefix("$").strip()
    if plain.startswith("$") or plain.endswith(("%", "$/MWh")):
        raise BadInput(f"{text.strip()[:40]!r} is not in {uom}, the unit of {name}: write it like 12.5")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    number = float(plain) if _NUMBER.fullmatch(plain) else np.nan
    if not isfinite(number):
        raise BadInput(f"{name} of {text.strip()[:40]!r} is no number: write it like 12.5")
    return number + 0.0


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
    if quantity == "price":
        raise BadInput("this curve is a price already: choose VLR or shaping to price an LMP with")
    lmp = np.repeat(np.asarray(lmps, float), len(figures))
    figure = np.tile(figures.to_numpy(float), len(lmps))
    cost = {"share": lmp * figure, "adder": figure, "factor": lmp * (figure - 1)}[quantity]
    return pd.DataFrame(
        {
            "lmp_usd_per_mwh": lmp,
            "zone": np.tile(figures.index.to_numpy(object), len(lmps)),
            "cost_usd_per_mwh": cost,
            "price_usd_per_mwh": lmp + cost,
        }
    )


_UNIT = re.compile(r"\s*\$/MWh", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_UNCLEAR_COMMA = re.compile(r"[\d.]*\d,\d[\d.]*", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
