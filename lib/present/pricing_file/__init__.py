"""Pricing files, the form in which the pricing desk loads a curve: CSV and XLSX, written and read back."""

from lib.present.pricing_file.errors import MAX_COLUMNS, MAX_ROWS, BadPricingFile
from lib.present.pricing_file.layout import KEYS, PLACES, Column, PricingFile, of_cells
from lib.present.pricing_file.parse import MAX_BYTES, read_pricing_file
from lib.present.pricing_file.write import csv_bytes, xlsx_bytes

__all__ = [
    "KEYS",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "PLACES",
    "BadPricingFile",
    "Column",
    "PricingFile",
    "csv_bytes",
    "of_cells",
    "read_pricing_file",
    "xlsx_bytes",
]
