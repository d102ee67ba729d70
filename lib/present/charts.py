"""Every chart by name: `charts.month_hour(...)` as the last line of a cell shows it."""

from __future__ import annotations

from lib.present.bars import cost_distribution, vlr_by_zone
from lib.present.coverage import calendar
from lib.present.day_shapes import factor_spread, season_shapes, zone_shapes
from lib.present.forwards import forward_curves
from lib.present.heatmaps import by_zone, month_hour
from lib.present.months_ahead import block_curves, price_map
from lib.present.waterfall import waterfall

__all__ = [
    "block_curves",
    "by_zone",
    "calendar",
    "cost_distribution",
    "factor_spread",
    "forward_curves",
    "month_hour",
    "price_map",
    "season_shapes",
    "vlr_by_zone",
    "waterfall",
    "zone_shapes",
]
