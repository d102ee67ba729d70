"""The curve of some zones by month and by hour, before and after."""

from __future__ import annotations

from lib.present.charts.before_after import before_after, legend
from lib.tool import figures
from lib.tool.page import form_of, render
from lib.tool.panels.panel import Panel
from lib.tool.session import Session

_TITLES = {"month": "By month", "he": "By hour ending"}


def _html(session: Session) -> str:
    state, zones = session.state, session.drawn
    if not zones:
        return render("charts", charts=[], legend="")
    form = form_of(state.source)
    caption = f"Each point is {state.source.weights.words}."
    drawn = [
        before_after(figures.profile(state, [by], zones), by, form, title, caption).html()
        for by, title in _TITLES.items()
    ]
    return render("charts", charts=drawn, legend=legend(zones))


PANEL = Panel("charts", _html, lambda session: (id(session.state.source), session.state.edits, session.drawn))
