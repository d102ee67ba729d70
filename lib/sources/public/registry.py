"""The readers by the names that lib/reference/public_readers.csv calls them."""

from __future__ import annotations

from collections.abc import Mapping

from lib.sources.public import nyiso_archive, nyiso_days
from lib.sources.public.reading import Reader

READERS: Mapping[str, Reader] = {
    "nyiso_archive": nyiso_archive.read,
    "nyiso_days.prices": nyiso_days.read_prices,
    "nyiso_days.loads": nyiso_days.read_loads,
    "nyiso_days.forecasts": nyiso_days.read_forecasts,
}
