"""Every chart by name: `charts.month_hour(...)` as the last line of a cell shows it."""

from __future__ import annotations

from lib.present.charts.bars import cost_distribution, vlr_by_zone
from lib.present.charts.coverage import calendar
from lib.present.charts.day_shapes import factor_spread, season_shapes, zone_shapes
from lib.present.charts.forward_charts import block_curves, forward_curves, price_map
from lib.present.charts.heatmaps import by_zone, month_hour
from lib.present.charts.waterfall import waterfall

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
