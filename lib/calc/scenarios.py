"""The scenario calculator: the cost of each zone at given LMPs, by the number of a curve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd

from lib.calc.scaling import BadInput

MAX_LMPS = 50
"""The largest number of LMPs in one table."""

MAX_LMP_USD_PER_MWH = 100_000.0
"""No market has cleared near this price, above or below zero: a larger number is a typing error."""

Quantity = Literal["share", "adder", "factor", "price"]
"""What a curve's number is: a share of the LMP, $/MWh on top of it, a factor of it, or a price itself."""

_SHOWN = 40  # characters of an input that a message repeats
_UNIT = re.compile(r"\s*\$/MWh", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_UNCLEAR_COMMA = re.compile(r"[\d.]*\d,\d[\d.]*", re.ASCII)
_FACTOR = re.compile(r"(?:[x\u00d7*]\s*([\d.,]+)|([\d.,]+)\s*[x\u00d7])", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


def parse_lmps(text: str) -> tuple[float, ...]:
    """Return the LMPs ($/MWh) in a text such as "25, 40; 60", separated by commas, semicolons or spaces.

    A repeated price counts once. A comma between two digits is refused: "1,000" may be one price or two.

    Raises:
        BadInput: a word is not a number, there is no price or more than MAX_LMPS, a price exceeds
            MAX_LMP_USD_PER_MWH in size, or a comma has two meanings.
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
    prices = tuple(parse_typed_number(word, "an LMP", "$/MWh") for word in words)
    if beyond := [price for price in prices if abs(price) > MAX_LMP_USD_PER_MWH]:
        raise BadInput(f"an LMP of {beyond[0]:,.0f} $/MWh is beyond every market: is a separator missing?")
    return tuple(dict.fromkeys(prices))


def parse_typed_number(text: str, name: str, uom: str) -> float:
    """Return the number in a text, which may have its unit and thousands' commas; -0 becomes 0.

    Args:
        text: the user's input.
        name: what the number is, for the message, such as "the scale".
        uom: the unit of the number: %, $/MWh, or one that has no sign.

    Raises:
        BadInput: the text has the sign of another unit, or is not a finite number.
    """
    plain = text.strip().removesuffix(uom).strip()
    if uom == "$/MWh":
        plain = plain.removeprefix("$").strip()
    if plain.startswith("$") or plain.endswith(("%", "$/MWh")):
        raise BadInput(f"{text.strip()[:_SHOWN]!r} is not in {uom}, the unit of {name}: write it like 12.5")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    number = float(plain) if _NUMBER.fullmatch(plain) else np.nan
    if not isfinite(number):
        raise BadInput(f"{name} of {text.strip()[:_SHOWN]!r} is no number: write it like 12.5")
    return number + 0.0


def parse_scale(text: str) -> float:
    """Return the percentage of the source that a text means: "110", "110 %", "+10%", "-5 %", "x1.1".

    Raises:
        BadInput: the text is no number, is in another unit, or a sign alone leaves open what it means.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if factor := _FACTOR.fullmatch(plain):
        return 100 * parse_typed_number(factor[1] or factor[2], "the scale", "%")
    number = parse_typed_number(plain, "the scale", "%")
    if plain[:1] not in ("+", "-"):
        return number
    if plain.endswith("%"):
        return 100 + number
    amount, more_or_less = format(abs(number), ".12g"), "more" if plain[0] == "+" else "less"
    raise BadInput(
        f"the scale of {plain[:_SHOWN]!r} may mean two things: write {plain[0]}{amount}% for {amount} % "
        f"{more_or_less} than the source, or {100 + number:.12g} for {100 + number:.12g} % of it"
    )


def parse_change(text: str, name: str, uom: str) -> tuple[float, bool]:
    """Return a number in the curve's unit, and whether it is added to the source: "+0.50" is, "0.50" is not.

    "=-0.5" sets cells to a number below zero, "less 0.5" takes it off; "-0.5" may mean either and is refused.

    Raises:
        BadInput: the text is no number, is in another unit, or may mean two things.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if plain.startswith("="):
        return parse_typed_number(plain[1:], name, uom), False
    if plain.casefold().startswith("less "):
        return -parse_typed_number(plain[5:], name, uom), True
    number = parse_typed_number(plain, name, uom)
    if plain.startswith("-") and number:
        amount = plain[1:].strip()
        raise BadInput(
            f"{name} of {plain[:_SHOWN]!r} may mean two things: write =-{amount} to set the cells to it, or "
            f"less {amount} to take it off them"
        )
    return number, plain.startswith("+")


def scenarios(figures: pd.Series, lmps: Sequence[float], quantity: Quantity) -> pd.DataFrame:
    """Return the cost of each zone at each LMP, in $/MWh.

        share:  cost = LMP x share
        adder:  cost = adder
        factor: cost = LMP x (factor - 1)
        price = LMP + cost

    Args:
        figures: the curve's number for each zone, from `lib.calc.profiles.profile`.
        lmps: prices, $/MWh.
        quantity: what the number is.

    Returns:
        lmp_usd_per_mwh, zone, cost_usd_per_mwh (on top of the LMP), price_usd_per_mwh; one row for each LMP
        and zone.

    Raises:
        BadInput: the curve is a price already.
    """
    if quantity == "price":
        raise BadInput("this curve is a price already: choose VLR or shaping to price an LMP with")
    lmp = np.repeat(lmps, len(figures))
    figure = np.tile(figures.to_numpy(), len(lmps))
    cost = {"share": lmp * figure, "adder": figure, "factor": lmp * (figure - 1)}[quantity]
    return pd.DataFrame(
        {
            "lmp_usd_per_mwh": lmp,
            "zone": np.tile(figures.index.to_numpy(), len(lmps)),
            "cost_usd_per_mwh": cost,
            "price_usd_per_mwh": lmp + cost,
        }
    )
