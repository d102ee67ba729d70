"""The readers by the names that lib/reference/public_readers.csv calls them."""

from __future__ import annotations

from collections.abc import Mapping

from lib.sources.public import (
    ercot_loads,
    ercot_prices,
    isone_api,
    isone_days,
    isone_smd,
    miso_loads,
    miso_prices,
    nyiso_archive,
    nyiso_days,
    pjm_loads,
    pjm_prices,
)
from lib.sources.public.asks import Reader

READERS: Mapping[str, Reader] = {
    "ercot_loads": ercot_loads.read,
    "ercot_prices.last_days": ercot_prices.read_last_days,
    "ercot_prices.years": ercot_prices.read_years,
    "isone_api": isone_api.read,
    "isone_days": isone_days.read,
    "isone_smd": isone_smd.read,
    "miso_loads.days": miso_loads.read_loads,
    "miso_loads.forecasts": miso_loads.read_forecasts,
    "miso_loads.years": miso_loads.read_years,
    "miso_prices.day_ahead": miso_prices.read_day_ahead,
    "miso_prices.final": miso_prices.read_final,
    "miso_prices.preliminary": miso_prices.read_preliminary,
    "nyiso_archive": nyiso_archive.read,
    "nyiso_days.prices": nyiso_days.read_prices,
    "nyiso_days.loads": nyiso_days.read_loads,
    "nyiso_days.forecasts": nyiso_days.read_forecasts,
    "pjm_loads.forecasts": pjm_loads.read_forecasts,
    "pjm_loads.metered": pjm_loads.read_metered,
    "pjm_prices": pjm_prices.read,
}
