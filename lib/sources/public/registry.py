"""The reader functions by name, as lib/reference/public_readers.csv has them: the module and its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lib.sources.public import miso, miso_api, nyiso
from lib.sources.public.ercot import corrections as ercot_corrections
from lib.sources.public.ercot import loads as ercot_loads
from lib.sources.public.ercot import prices as ercot_prices
from lib.sources.public.isone import api as isone_api
from lib.sources.public.isone import workbooks as isone_workbooks
from lib.sources.public.pjm import loads as pjm_loads
from lib.sources.public.pjm import prices as pjm_prices
from lib.sources.public.query import FindCorrected, Reader


def reader_name(reader: Callable[..., object]) -> str:
    """Return the name of a reader function: its module below this package and its own name."""
    return f"{reader.__module__}.{reader.__name__}".removeprefix(f"{__package__}.")


READERS: Mapping[str, Reader] = {
    reader_name(reader): reader
    for reader in (
        ercot_loads.read_loads,
        ercot_prices.read_last_days,
        ercot_prices.read_years,
        isone_api.read_demand,
        isone_api.read_prices,
        isone_workbooks.read_workbooks,
        miso.read_daily_loads,
        miso.read_day_ahead_prices,
        miso.read_final_prices,
        miso.read_forecasts,
        miso.read_preliminary_prices,
        miso.read_yearly_loads,
        miso_api.read_actual_loads,
        miso_api.read_day_ahead_prices,
        miso_api.read_final_prices,
        miso_api.read_forecasts,
        miso_api.read_preliminary_prices,
        nyiso.read_archives,
        nyiso.read_days,
        pjm_loads.read_forecasts,
        pjm_loads.read_metered_loads,
        pjm_prices.read_prices,
    )
}

CORRECTIONS: Mapping[str, FindCorrected] = {
    reader_name(ercot_prices.read_years): ercot_corrections.find_corrected_hours,
}
"""By reader, how to find the hours that its publisher has corrected; other publishers do not say."""
