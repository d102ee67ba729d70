"""How a value is written for people: the format of a column."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import pandas as pd

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

MISSING = "–"  # noqa: RUF001 - an en dash reads as an empty cell


@dataclass(frozen=True)
class Format:
    """The heading of a column, and how its values are written.

    `number` is the format of its numbers, such as "{:.1f}", after they are multiplied by `scale`; None leaves
    texts as they are. `names` are the names of the numbers from 1 on. A time at midnight is written as a day,
    or as an hour if `is_hour`.
    """

    heading: str
    number: str | None = None
    scale: float = 1.0
    names: tuple[str, ...] = ()
    is_hour: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers, which are aligned to the right."""
        return self.number is not None

    def format_value(self, value: object) -> str:
        """Return what the reader sees for one value; a missing value is a dash, never a 0."""
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return MISSING
        if isinstance(value, pd.Timestamp):
            is_day = not self.is_hour and value.normalize() == value
            return value.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M")
        if self.names and isinstance(value, numbers.Real):
            return self.names[int(float(value)) - 1]
        if self.number is None or not isinstance(value, numbers.Real):
            return str(value)
        text = self.number.format(float(value) * self.scale)
        return text.removeprefix("-") if not text.strip("-0.,") else text
