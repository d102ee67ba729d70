"""Charts of several panels: each is an SVG of its own, so that a page puts in a row what it has room for.

On a desk four stand side by side, on a phone each has a row, and one panel alone can be shown. The legend and
the names of the axes are text of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lib.present.charts.readout import legend_entries, mark_series, read_axes, to_metadata
from lib.present.charts.style import VARIABLES, chart_style, print_svg

LEFT, RIGHT, TOP, BOTTOM = 0.56, 0.1, 0.26, 0.26
"""Room around the axes of a panel, in inches."""

STROKES = {"-": "solid", "--": "dashed", "-.": "dashed", ":": "dotted"}
"""How CSS names the strokes of lines; a line without a stroke has markers alone."""

_AXES = '<g class="axes">'


@dataclass(frozen=True)
class Panels:
    """A figure with a panel for each name, one below the other; `width` and `height` of a panel in inches."""

    fig: Figure
    axes: Sequence[Axes]
    names: Sequence[str]
    width: float
    height: float

    def to_html(self, across: str, up: str, legend: Sequence[str] = ()) -> str:
        """Return legend, panels and the names of the axes as HTML.

        Args:
            across: what the x axis is.
            up: what the y axis is, with its unit.
            legend: labels in their order; empty for the order in which they were drawn.
        """
        series = mark_series(self.fig)
        for number, ax in enumerate(self.axes):
            ax.set_gid(f"axes-{number}")
        parts = _split(print_svg(self.fig))
        svgs = "".join(self._panel(number, part, series) for number, part in enumerate(parts))
        entries = legend_entries(self.fig)
        shown = "".join(_legend_entry(name, entries[name], series[name]) for name in legend or entries)
        return (
            (f'<ul class="legend">{shown}</ul>' if shown else "")
            + f'<div class="panels" style="--panel: {self.width * 4.4:.0f}rem">{svgs}</div>'
            + f'<p class="axes-names">Up: {escape(up)}. Across: {escape(across)}.</p>'
        )

    def _panel(self, number: int, part: str, series: dict[str, int]) -> str:
        width, height = self.width * 72, self.height * 72
        readout = read_axes(self.axes[number], series, height * len(self.axes))
        name = escape(str(self.names[number]), quote=True)
        return (
            f'<svg data-panel="{name}" viewBox="0 {number * height:g} {width:g} {height:g}">'
            f"{to_metadata([readout])}{part}</svg>"
        )


@contextmanager
def new_panels(names: Sequence[str], width: float, height: float, share_y: bool = True) -> Iterator[Panels]:
    """Yield panels in our style with their names as titles; draw and write them inside the `with`.

    The place of each panel is known beforehand, so that nothing must be laid out.
    """
    total = height * len(names)
    with matplotlib.rc_context(chart_style()):
        fig = Figure(figsize=(width, total))
        axes: list[Axes] = []
        for number, name in enumerate(names):
            place = (
                LEFT / width,
                1 - ((number + 1) * height - BOTTOM) / total,
                (width - LEFT - RIGHT) / width,
                (height - TOP - BOTTOM) / total,
            )
            first = axes[0] if axes else None
            ax = fig.add_axes(place, sharex=first, sharey=first if share_y else None)
            ax.set_title(name, fontsize=10)
            axes.append(ax)
        yield Panels(fig, axes, names, width, height)


def _split(svg: str) -> list[str]:
    """Return the content of each axes of an SVG with the clip paths it uses; the first has the styles."""
    head, *parts = svg.split(_AXES)
    last, _, rest = parts[-1].rpartition("</g>")
    clips = {found[1]: found[0] for found in re.finditer(r'<clipPath id="([^"]+)">.*?</clipPath>', rest)}
    parts = [*parts[:-1], last]
    contents = [f"{_clips_of(part, clips)}{_AXES}{part}" for part in parts]
    styles = re.search("<style>.*?</style>", head)
    return [f"{styles[0] if styles else ''}{contents[0]}", *contents[1:]]


def _clips_of(part: str, clips: dict[str, str]) -> str:
    used = "".join(clip for name, clip in clips.items() if f"url(#{name})" in part)
    return f"<defs>{used}</defs>" if used else ""


def _legend_entry(name: str, artist: Artist, number: int) -> str:
    """Return an entry of the legend with a sample of its line or area, in a colour of the page."""
    colour, look, alpha = _sample(artist)
    code = to_hex(colour)
    tone = f"var(--{VARIABLES[code]}, {code})" if code in VARIABLES else code
    fade = f"; opacity: {alpha:g}" if alpha else ""
    return f'<li data-series="{number}"><i style="border-top: {look} {tone}{fade}"></i>{escape(name)}</li>'


def _sample(artist: Any) -> tuple[Any, str, float | None]:
    """Return the colour of a line or area, its width and stroke as CSS writes them, and its opacity."""
    if isinstance(artist, Line2D):
        stroke = STROKES.get(str(artist.get_linestyle()))
        width = max(artist.get_linewidth(), 1.5) if stroke else artist.get_markersize()
        return artist.get_color(), f"{width:g}px {stroke or 'solid'}", artist.get_alpha()
    if isinstance(artist, BarContainer):
        return artist.patches[0].get_facecolor(), ".6rem solid", None
    if isinstance(artist, LineCollection):
        return artist.get_edgecolor()[0], ".3rem solid", artist.get_alpha()
    return artist.get_facecolor()[0], ".6rem solid", artist.get_alpha()
