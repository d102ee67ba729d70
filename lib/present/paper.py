"""What stands in the margins of a page on paper, where a sheet may part from the others."""

from __future__ import annotations

import re

DEMO_MARK = "DEMO: simulated, no number is a market's"


def page_marks(title: str, is_demo: bool) -> str:
    """Return CSS that writes title, page number and, on simulated numbers, a warning on every sheet."""
    warning = f"@top-left {{ content: {_css_text(DEMO_MARK)}; font-weight: bold }} " if is_demo else ""
    number = '@bottom-right { content: counter(page) " of " counter(pages) }'
    return f"@page {{ {warning}@bottom-left {{ content: {_css_text(title)} }} {number} }}"


def _css_text(text: str) -> str:
    """Return a text as a CSS string that cannot end itself or the style element it stands in."""
    return '"' + re.sub(r'["\\<\n]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'
