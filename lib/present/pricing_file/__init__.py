"""Pricing files: a curve as CSV or XLSX in the layout that the pricing desk imports, written and parsed."""

from lib.present.pricing_file.cells import MAX_COLUMNS, MAX_ROWS, BadPricingFile
from lib.present.pricing_file.empty_cells import empty_cells, empty_cells_caption
from lib.present.pricing_file.layout import (
    DECIMALS,
    DELIVERY,
    KEYS,
    PricingFile,
    ZoneColumn,
    build_pricing_file,
)
from lib.present.pricing_file.parse import MAX_BYTES, parse_pricing_file
from lib.present.pricing_file.write import csv_bytes, xlsx_bytes

__all__ = [
    "DECIMALS",
    "DELIVERY",
    "KEYS",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "BadPricingFile",
    "PricingFile",
    "ZoneColumn",
    "build_pricing_file",
    "csv_bytes",
    "empty_cells",
    "empty_cells_caption",
    "parse_pricing_file",
    "xlsx_bytes",
]
