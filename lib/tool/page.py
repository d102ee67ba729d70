"""Templates, style sheet and number formats of the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lib.present.formats import MONTHS, Format
from lib.present.pages.base import style_sheet
from lib.tool.curve import Month, SourceCurve

FOLDER = Path(__file__).parent

SCRIPTS = ("drafts.js", "grid.js", "tool.js")
"""The files of the page's script, in the folder `frontend`."""

_DIGITS = {"share": 3, "adder": 4, "factor": 4, "price": 2}
"""Digits after the decimal point, by quantity."""


def render_template(template: str, **context: Any) -> str:
    """Return the HTML of a template; every value is escaped, except markup."""
    return _environment().get_template(f"{template}.html.j2").render(context)


@cache
def tool_script() -> str:
    """Return the module that shows the page: its files in one, for a widget has one."""
    return "".join((FOLDER / "frontend" / name).read_text(encoding="utf-8") for name in SCRIPTS)


@cache
def tool_style() -> str:
    """Return the style sheet of the reports with the tool's additions, for use in a shadow root."""
    added = (FOLDER / "frontend" / "tool.css").read_text(encoding="utf-8")
    return style_sheet().replace(":root", ":host") + added


def month_name(month: Month) -> str:
    """Return "Jan" for 1, and a delivery month unchanged."""
    return month if isinstance(month, str) else MONTHS[int(month) - 1]


def number_format(source: SourceCurve) -> Format:
    """Return the unit, the digits and the scale in which a curve's numbers are shown."""
    scale = 100.0 if source.uom == "%" else 1.0
    return Format(source.uom, f"{{:,.{_DIGITS[source.quantity]}f}}", scale)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["month_name"] = month_name
    return environment
