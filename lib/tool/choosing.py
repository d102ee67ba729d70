"""Choices of months, hours and blocks as people type them: "Jun-Aug, 12", "7-22", "23-2", "5x16, 2x16"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from lib.calc.scaling import BadInput
from lib.markets import BLOCKS
from lib.present.formats import MONTHS
from lib.tool.curve import Month

Chosen = TypeVar("Chosen")

HOURS = range(1, 25)

_SEPARATOR = re.compile(r"[,;]")
_TO = re.compile(r"\s+to\s+|[\u2013\u2026]|\.\.|-")
"""What stands between the ends of a range; a hyphen may also be part of a name, as in 2026-01."""


def parse_months(text: str, months: Sequence[Month]) -> tuple[Month, ...] | None:
    """Return the months of the curve that a text names, in the curve's sequence; None for all of them.

    Raises:
        BadInput: the curve has no such month.
    """
    names = {str(month): month for month in months}
    names |= {MONTHS[month - 1].casefold(): month for month in months if isinstance(month, int)}
    example = "Jun-Aug, 12" if isinstance(months[0], int) else f"{months[0]} to {months[-1]}"
    return _parse(text, names, months, f"is no month of the curve: write them like {example}")


def parse_hours(text: str) -> tuple[int, ...] | None:
    """Return the hours ending, 1 to 24, that a text names; None for all. "23-2" is 23, 24, 1 and 2.

    Raises:
        BadInput: a day has no such hour.
    """
    names = {str(hour): hour for hour in HOURS}
    plain = re.sub(r"\bHE\s*", "", text, flags=re.IGNORECASE)
    return _parse(plain, names, HOURS, "is no hour ending: they are 1 to 24, write them like 7-22, 24")


def parse_blocks(text: str) -> tuple[str, ...] | None:
    """Return the blocks that a text names; None for all.

    Raises:
        BadInput: there is no such block.
    """
    names = {block: block for block in BLOCKS}
    return _parse(text, names, BLOCKS, f"is no block: they are {', '.join(BLOCKS)}")


def format_choice(chosen: Sequence[Chosen], known: Sequence[Chosen], names: Mapping[Chosen, str]) -> str:
    """Return a choice as `parse_months` and the others read it, neighbours as a range: "Jun-Aug, Dec"."""
    runs: list[list[Chosen]] = []
    for one in known:
        if one in chosen:
            is_next = bool(runs) and known.index(runs[-1][-1]) + 1 == known.index(one)
            if is_next:
                runs[-1].append(one)
            else:
                runs.append([one])
    to = " to " if any("-" in name for name in names.values()) else "-"
    return ", ".join(
        f"{names[run[0]]}{to}{names[run[-1]]}" if len(run) > 2 else ", ".join(names[one] for one in run)
        for run in runs
    )


def _parse(
    text: str, names: Mapping[str, Chosen], known: Sequence[Chosen], problem: str
) -> tuple[Chosen, ...] | None:
    words = [word.strip() for word in _SEPARATOR.split(text) if word.strip()]
    chosen: set[Chosen] = set()
    for word in words:
        found = _range(word.casefold(), names, known)
        if not found:
            raise BadInput(f"{word[:30]!r} {problem}")
        chosen.update(found)
    return None if not chosen or len(chosen) == len(known) else tuple(one for one in known if one in chosen)


def _range(word: str, names: Mapping[str, Chosen], known: Sequence[Chosen]) -> list[Chosen]:
    """Return what a word names: one thing, or all from the first to the last; [] where it is unknown."""
    if word in ("", "all"):
        return list(known)
    if (one := _find(word, names)) is not None:
        return [one]
    for to in _TO.finditer(word):
        first, last = _find(word[: to.start()], names), _find(word[to.end() :], names)
        if first is not None and last is not None:
            i, k = known.index(first), known.index(last)
            return list(known[i : k + 1]) if i <= k else list(known[i:]) + list(known[: k + 1])
    return []


def _find(word: str, names: Mapping[str, Chosen]) -> Chosen | None:
    """Return what a word names; a month may be written out: "june"."""
    plain = word.strip()
    return names.get(plain, names.get(plain[:3]) if plain.isalpha() and len(plain) > 3 else None)
