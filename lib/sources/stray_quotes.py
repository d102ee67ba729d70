"""Lines of a CSV file with a stray quote, found before a parser takes all that follows for one cell."""

from __future__ import annotations

import numpy as np

_QUOTE, _LINE_END = ord('"'), ord("\n")


def drop_stray_quotes(content: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return a file without the lines that have an odd number of quotes, and these with their numbers from 1.

    A record is one line in all files that come here, so a cell never goes on in the next one.
    """
    if b'"' not in content:
        return content, []
    text = np.frombuffer(content, dtype=np.uint8)
    ends = np.append(np.flatnonzero(text == _LINE_END), len(text))
    n_quotes = np.diff(np.searchsorted(np.flatnonzero(text == _QUOTE), ends), prepend=0)
    odd = np.flatnonzero(n_quotes % 2)
    if not len(odd):
        return content, []
    starts = np.append(0, ends[:-1] + 1)
    stray = [(int(line) + 1, content[starts[line] : ends[line]]) for line in odd]
    begins = [0, *(int(ends[line]) + 1 for line in odd)]
    kept = [content[begin:end] for begin, end in zip(begins, [*starts[odd], len(content)], strict=True)]
    return b"".join(kept), stray
