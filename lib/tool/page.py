"""How panels are made of templates, and the style sheet of the tool."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lib.present.formats import MONTHS, Format
from lib.present.pages.base import style_sheet
from lib.tool.curve import SourceCurve

FOLDER = Path(__file__).parent

_DIGITS = {"share": 3, "adder": 4, "factor": 4, "price": 2}


def render(template: str, **context: Any) -> str:
    """Return the HTML of a panel from its template; every value is escaped but markup."""
    return _environment().get_template(f"{template}.html.j2").render(context)


@cache
def tool_style() -> str:
    """Return the style sheet of the reports and what the tool adds to it, for inside a shadow root."""
    added = (FOLDER / "frontend" / "tool.css").read_text(encoding="utf-8")
    return style_sheet().replace(":root", ":host") + added


def month_name(month: int | str) -> str:
    """Return "Jan" for 1; a delivery month as it is."""
    return month if isinstance(month, str) else MONTHS[int(month) - 1]


def form_of(source: SourceCurve) -> Format:
    """Return how a curve's numbers are headed and written."""
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
