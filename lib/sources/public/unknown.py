"""What is said of hours when the first question, on which all others depend, has no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from lib.sources.public.asks import Ask, Found, Part
from lib.sources.public.reading import gather
from lib.sources.tally import Tally


def nothing_known(ask: Ask, asked: Sequence[Part], error: Exception) -> Found:
    """Return that an error left every part without an answer."""

    def read(_part: Part, _tally: Tally) -> NoReturn:
        raise error

    return gather(ask, asked, read)
