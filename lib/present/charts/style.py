"""What all charts share: colours, figures, axes, SVG that follows the page, and the chart without a value.

A chart is drawn in the colours of the light theme. In the SVG they become CSS variables of the page's style
sheet, with the light colour as fallback, so that a report is legible in light, in dark and in print.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lib.markets import BLOCKS, OFF_PEAK
from lib.present.charts.readout import mark_series, read_axes, to_metadata
from lib.present.columns import column_format
from lib.present.display import Chart
from lib.present.formats import Format

INK = "#18222d"
MUTED = "#5c6873"
RULE = "#d7dde3"
BLUE = "#0b62a4"
ORANGE = "#cf4f12"
GREEN = "#00816a"
AMBER = "#a87412"

VARIABLES = {
    INK: "ink", MUTED: "muted", RULE: "rule",
    BLUE: "blue", ORANGE: "orange", GREEN: "green", AMBER: "amber",
}  # fmt: skip

_BLOCK_LINES = dict(
    zip((*BLOCKS, OFF_PEAK), ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (AMBER, ":")), strict=True)
) | {"7x16": (MUTED, "--"), "7x24": (MUTED, ":")}

DIVERGING = LinearSegmentedColormap.from_list(
    "cost", ["#0a3f6b", "#3b83bd", "#a9cbe3", "#f3f1ec", "#f2b98c", "#d8641f", "#7d2b05"]
)
"""Blue below the middle, orange above it: a saving and a cost."""

SEQUENTIAL = LinearSegmentedColormap.from_list(
    "price", ["#f3f1ec", "#f7d3a8", "#f2a469", "#d8641f", "#a53c0c", "#5c1f04"]
)
"""Dark is high: for numbers without a middle."""

NOTHING = "nothing to draw"
"""What a chart without a value shows."""

_RC: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",  # shows the page, and its shadow at the edge of a scrolled chart
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """Yield a figure in our style, in inches at 72 dpi; draw and save it inside the `with`."""
    with matplotlib.rc_context(chart_style()):
        yield Figure(figsize=(width, height), layout="constrained")


def chart_style() -> Any:
    """Return the parameters of our style, and matplotlib's own where somebody has changed one."""
    own = matplotlib.rcParamsDefault
    kept = ("backend", "interactive", "toolbar", "webagg")
    changed = {name: value for name, value in own.items() if matplotlib.rcParams[name] != value}
    return {name: value for name, value in changed.items() if not name.startswith(kept)} | _RC


def block_line(block: str) -> tuple[str, str]:
    """Return colour and stroke of the line of a block; an unknown block gets a muted line."""
    return _BLOCK_LINES.get(block, (MUTED, "-"))


def set_hour_axis(ax: Axes, step: int = 6) -> None:
    """Set the x axis to hours ending 1 to 24, with a tick at the first and at every `step` hours."""
    ax.set_xlim(0.5, 24.5)
    ax.set_xticks([1, *range(step, 25, step)])


def to_svg(fig: Figure) -> str:
    """Return the figure as an inline SVG element with what it says where the pointer is."""
    series = mark_series(fig)
    svg = print_svg(fig)
    height = fig.get_figheight() * fig.dpi
    readout = to_metadata([read_axes(ax, series, height) for ax in fig.axes])
    return svg.replace(">", f">{readout}", 1)


def print_svg(fig: Figure) -> str:
    """Return the figure as an inline SVG element, without ids that can collide and without links.

    The canvas prints, because `savefig` draws each figure twice: the first time only to place its axes.
    """
    buffer = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    FigureCanvasSVG(fig).print_svg(buffer, metadata=no_metadata)
    svg = buffer.getvalue()
    return _minify(_use_page_style(_make_ids_unique(svg[svg.index("<svg") :])))


def _use_page_style(svg: str) -> str:
    for colour, name in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name}, {colour})")
    svg = re.sub(r"font(-family)?: [^;\"]*", _page_font, svg)
    return re.sub(r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', r"<svg \1>", svg, count=1)


def _page_font(match: re.Match[str]) -> str:
    """Keep the size and weight of a font; the page chooses the family."""
    kept = re.findall(r"\b(?:bold|\d+(?:\.\d+)?px)\b", match.group(0))
    size = [f"font-size: {word}" for word in kept if word.endswith("px")]
    weight = [f"font-weight: {word}" for word in kept if not word.endswith("px")]
    return "; ".join(size + weight) or "font-style: normal"


def _make_ids_unique(svg: str) -> str:
    """Make classes of the ids of series and axes, drop unused ids, and salt the others of a page."""
    svg = re.sub(r' id="(series-\d+)"', r' class="\1"', svg)
    svg = re.sub(r' id="axes-\d+"', ' class="axes"', svg)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    salt = hashlib.sha256(svg.encode()).hexdigest()[:6]
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{salt}{m[1]}"' if m[1] in used else "", svg)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{salt}", svg)


def _minify(svg: str) -> str:
    svg = re.sub(r"<style[^>]*>.*?</style>|<!--.*?-->|\s*<defs>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\.\d\d)\d+", r"\1", tag[0]), svg)
    svg = re.sub(r">\s+<", "><", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    return _share_styles(re.sub(r"\s*\n\s*", " ", svg))


def _share_styles(svg: str) -> str:
    """Write each style that stands at several elements once, as a class whose name no other figure has."""
    counts = Counter(re.findall(r' style="([^"]*)"', svg))
    shared = [style for style, n in counts.items() if n > 2]
    salt = hashlib.sha256("".join(shared).encode()).hexdigest()[:5]
    for number, style in enumerate(shared):
        svg = svg.replace(f' style="{style}"', f' class="c{salt}{number}"')
    rules = "".join(f".c{salt}{number}{{{style}}}" for number, style in enumerate(shared))
    return svg.replace(">", f"><style>{rules}</style>", 1) if rules else svg


def has_no_value(frame: pd.DataFrame, *columns: str) -> bool:
    """Return whether none of the columns has a value in any row."""
    return not frame[list(columns)].notna().to_numpy().any()


def empty_chart(
    title: str,
    caption: str,
    data: pd.DataFrame,
    n_heads: int = 1,
    formats: Mapping[str, Format] | None = None,
) -> Chart:
    """Return a chart that says there is no value to draw; its table shows the rows without one."""
    with new_figure(10.4, 0.9) as fig:
        fig.text(0.5, 0.5, NOTHING, ha="center", va="center", color=MUTED)
        svg = to_svg(fig)
    return Chart(
        svg,
        title,
        caption,
        f"{title}. {NOTHING.capitalize()}: there is no value.",
        data,
        n_heads,
        formats or {},
    )


def describe_extremes(
    frame: pd.DataFrame,
    value: str,
    describe_row: Callable[[pd.Series], str],
    form: Format | None = None,
) -> str:
    """Return a sentence on where a column is highest and lowest, or that it has no value.

    Args:
        frame: rows with the column.
        value: the column.
        describe_row: row -> text for where or when it is.
        form: of the column in the chart's table; None for its usual one.
    """
    form = form or column_format(value)
    known = frame.dropna(subset=value)
    if known.empty:
        return f"No value ({form.heading})."
    high, low = (known.loc[label] for label in (known[value].idxmax(), known[value].idxmin()))
    return (
        f"Highest: {form.format_value(high[value])} {describe_row(high)}; "
        f"lowest: {form.format_value(low[value])} {describe_row(low)} ({form.heading})."
    )
