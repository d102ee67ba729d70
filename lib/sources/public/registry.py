"""The reader functions by the names that lib/reference/public_readers.csv gives them."""

from __future__ import annotations

from collections.abc import Mapping

from lib.sources.public import miso, miso_api, nyiso
from lib.sources.public.ercot import corrections as ercot_corrections
from lib.sources.public.ercot import loads as ercot_loads
from lib.sources.public.ercot import prices as ercot_prices
from lib.sources.public.isone import api as isone_api
from lib.sources.public.isone import workbooks as isone_workbooks
from lib.sources.public.pjm import loads as pjm_loads
from lib.sources.public.pjm import prices as pjm_prices
from lib.sources.public.query import FindCorrected, Reader

READERS: Mapping[str, Reader] = {
    "ercot_loads": ercot_loads.read_loads,
    "ercot_prices.last_days": ercot_prices.read_last_days,
    "ercot_prices.years": ercot_prices.read_years,
    "isone_api": isone_api.read_demand,
    "isone_days": isone_api.read_prices,
    "isone_smd": isone_workbooks.read_workbooks,
    "miso_api.actual": miso_api.read_actual_loads,
    "miso_api.day_ahead": miso_api.read_day_ahead_prices,
    "miso_api.final": miso_api.read_final_prices,
    "miso_api.forecasts": miso_api.read_forecasts,
    "miso_api.preliminary": miso_api.read_preliminary_prices,
    "miso_loads.days": miso.read_daily_loads,
    "miso_loads.forecasts": miso.read_forecasts,
    "miso_loads.years": miso.read_yearly_loads,
    "miso_prices.day_ahead": miso.read_day_ahead_prices,
    "miso_prices.final": miso.read_final_prices,
    "miso_prices.preliminary": miso.read_preliminary_prices,
    "nyiso_archive": nyiso.read_archives,
    "nyiso_days.prices": nyiso.read_days,
    "nyiso_days.loads": nyiso.read_days,
    "nyiso_days.forecasts": nyiso.read_days,
    "pjm_loads.forecasts": pjm_loads.read_forecasts,
    "pjm_loads.metered": pjm_loads.read_metered_loads,
    "pjm_prices": pjm_prices.read_prices,
}

CORRECTIONS: Mapping[str, FindCorrected] = {
    "ercot_prices.years": ercot_corrections.find_corrected_hours,
}
"""By reader, how to find the hours that its publisher has corrected; other publishers do not say."""
