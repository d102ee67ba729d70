"""Random series that never change: the draw of an hour depends on the process, its owner and the hour only.

Every (process, owner, local year) has its own random stream, seeded by a hash of the names. A stream runs
backwards from the end of its year, so its first draws are the last hours of the year. A process with memory
starts from the last hours of the year before; so years join smoothly, whichever of them is simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pandas as pd

WARM_UP_HOURS = 14 * 24
"""Hours of the year before that a process with memory starts from: a persistence of 0.985 forgets 99 %."""


def _stream(process: str, owner: str, year: int) -> np.random.Generator:
    digest = blake2b(f"{process}|{owner}|{year}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "big")))


def white_noise(process: str, owners: Sequence[str], year: int, n_hours: int) -> np.ndarray:
    """Return standard normal draws for the hours of a local year, shape (n_hours, owners)."""
    columns = [_stream(process, owner, year).standard_normal(n_hours)[::-1] for owner in owners]
    return np.stack(columns, axis=1)


def persistent_noise(
    process: str, owners: Sequence[str], year: int, n_hours: int, persistence: float
) -> np.ndarray:
    """Return first-order autoregressive noise with mean 0 and variance 1, shape (n_hours, owners).

    Args:
        process: what is simulated, part of the seed.
        owners: locations or regions, part of the seed; one column each.
        year: local year.
        n_hours: hours of that year.
        persistence: correlation of one hour with the next, between 0 and 1.
    """
    before = white_noise(process, owners, year - 1, WARM_UP_HOURS)
    shocks = pd.DataFrame(np.concatenate([before, white_noise(process, owners, year, n_hours)]))
    smooth = shocks.ewm(alpha=1 - persistence, adjust=False).mean().to_numpy()
    unit = np.sqrt(1 - persistence**2) / (1 - persistence)
    return unit * smooth[WARM_UP_HOURS:]
