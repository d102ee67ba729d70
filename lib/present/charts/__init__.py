"""All charts by name: a cell that ends with `charts.month_hour_heatmap(...)` shows it."""

from __future__ import annotations

from lib.present.charts.backtests import priced_and_realised, reliability_diagram
from lib.present.charts.bands import known_and_unknown, vlr_by_window
from lib.present.charts.bars import cost_distribution, ranked_zones, vlr_by_zone
from lib.present.charts.coverage import coverage_calendar
from lib.present.charts.day_shapes import factor_spread, season_shapes, zone_shapes
from lib.present.charts.forward_charts import block_curves, forward_curves, price_heatmap
from lib.present.charts.heatmaps import month_hour_heatmap, zone_month_heatmap
from lib.present.charts.intervals import intervals_by_level
from lib.present.charts.quoted_lines import quoted_and_realised
from lib.present.charts.waterfall import cost_waterfall

__all__ = [
    "block_curves",
    "cost_distribution",
    "cost_waterfall",
    "coverage_calendar",
    "factor_spread",
    "forward_curves",
    "intervals_by_level",
    "known_and_unknown",
    "month_hour_heatmap",
    "price_heatmap",
    "priced_and_realised",
    "quoted_and_realised",
    "ranked_zones",
    "reliability_diagram",
    "season_shapes",
    "vlr_by_window",
    "vlr_by_zone",
    "zone_month_heatmap",
    "zone_shapes",
]
