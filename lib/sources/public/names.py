"""The publisher's names in a reader's tables: which of ours are gone, and which are new.

A publisher renames a zone or splits it, and the old name just stops coming. Its hours would then be missing
like any others. So readers note all names of each table, and the newest table is compared with those we know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from lib.hours import HOUR
from lib.sources.protocol import MISSING_NAME, NEW_NAME, Problem
from lib.sources.public.catalogue import has_complete_names, known_names
from lib.sources.public.query import QueryPart, ReaderQuery

MAX_NAMES = 8
"""More new names than these are counted: a table of all nodes of a market has thousands."""


@dataclass
class SeenNames:
    """Collects the publisher's names in the tables of a query; threads may share one.

    `periods` are those of the parts of which names were noted, also of tables without rows.
    """

    query: ReaderQuery
    parts: list[tuple[QueryPart, frozenset[str]]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    periods: set[pd.Period] = field(default_factory=set)

    def note(self, part: QueryPart, names: Iterable[object], titles: Mapping[str, str] | None = None) -> None:
        """Note all names in the table of a part, and titles of names that are numbers.

        A table without rows tells nothing.
        """
        found = frozenset(str(name).strip() for name in names)
        self.titles.update(titles or {})
        self.periods.add(part.period)
        if found:
            self.parts.append((part, found))

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each name that the newest table lacks, and one for names that are new."""
        if not self.parts:
            return
        newest, found = max(self.parts, key=lambda one: one[0].start)
        new = sorted(found - known_names(self.query.iso))
        missing = {
            place: name for place, joined in self.query.names.items() for name in _absent(joined, found)
        }
        for place, name in missing.items():
            yield self._missing(newest, place, name, new)
        if new and not missing and has_complete_names(self.query.iso):
            text = f"the publisher's table of {newest.period} has {self._listed(new)}"
            yield self._problem(NEW_NAME, None, [], text)

    def _missing(self, newest: QueryPart, place: str, name: str, new: list[str]) -> Problem:
        close = get_close_matches(name, new, n=MAX_NAMES, cutoff=0.3)
        ordered = [*close, *(one for one in new if one not in close)]
        seen = f"it has {self._listed(ordered)}" if new else "all its other names are known"
        text = (
            f"the publisher's table of {newest.period} no longer has {name!r}; {seen}. "
            "If the name was changed, change it in lib/reference/public_names.csv"
        )
        lacking = [part for part, found in self.parts if _absent(name, found)]
        return self._problem(MISSING_NAME, place, lacking, text)

    def _problem(self, kind: str, place: str | None, parts: list[QueryPart], text: str) -> Problem:
        query = self.query
        where = " ".join(filter(None, [query.iso, query.measure, place]))
        first = min((part.start for part in parts), default=None)
        last = max((part.end - HOUR for part in parts), default=None)
        n_hours = sum(len(part.hours) for part in parts)
        return Problem(query.iso, query.measure, place, kind, n_hours, first, last, f"{where}: {text}")

    def _listed(self, names: list[str]) -> str:
        """Return words for names that are not known."""
        shown = [f"{name} ({self.titles[name]})" if name in self.titles else name for name in names]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        words = "a name that is" if len(names) == 1 else "names that are"
        return f"{words} not known here: {', '.join(shown[:MAX_NAMES])}{more}"


def _absent(joined: str, found: frozenset[str]) -> list[str]:
    """Return which of the names joined by + are not found; one of several joined by | is enough."""
    return [name for name in joined.split("+") if found.isdisjoint(name.split("|"))]
