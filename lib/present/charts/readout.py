"""What a chart says where the pointer is: positions in its SVG, and the values of its series or cells.

Each SVG carries them once, as JSON in its metadata element, which nothing shows; the script of a report reads
it. Labelled lines are found by themselves. A chart of bars, intervals or cells says what it shows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

Readout = dict[str, Any]

_READOUTS: WeakKeyDictionary[Axes, Readout] = WeakKeyDictionary()
"""What charts say of their axes: positions in data, names, and values."""


def show_values(
    ax: Axes, positions: Any, names: Sequence[object], series: Mapping[str, Any], along: str = "x"
) -> None:
    """Say what axes show at some positions, where it is not in labelled lines.

    Args:
        ax: the axes.
        positions: places on the axis `along`, in data.
        names: what is at each place.
        series: name -> a number or text for each place.
        along: "x" where places follow each other to the right, "y" where they do downwards.
    """
    values = [[name, list(numbers)] for name, numbers in series.items()]
    _READOUTS[ax] = {
        "along": along,
        "at": np.asarray(positions, float),
        "names": list(map(str, names)),
        "series": values,
    }


def show_cells(ax: Axes, rows: Sequence[object], columns: Sequence[object], values: np.ndarray) -> None:
    """Say what the cells of an image show: the names of its rows and columns, and a number for each cell."""
    _READOUTS[ax] = {
        "rows": list(map(str, rows)),
        "columns": list(map(str, columns)),
        "cells": values.tolist(),
    }


def mark_series(fig: Figure) -> dict[str, int]:
    """Give all artists of a series the same id, which becomes a class of the SVG; return series -> number.

    A line without a label belongs to the series of its colour, if one is labelled.
    """
    numbers: dict[str, int] = {}
    colours: dict[str, str] = {}
    for artist in _labelled(fig):
        numbers.setdefault(str(artist.get_label()), len(numbers))
        if isinstance(artist, Line2D):
            colours.setdefault(_colour(artist), str(artist.get_label()))
    for ax in fig.axes:
        for line in ax.lines:
            label = str(line.get_label())
            if label not in numbers and line.get_transform() == ax.transData:
                line.set_label(colours.get(_colour(line), label))
    for ax in fig.axes:
        for artist in _artists(ax):
            if (number := numbers.get(str(artist.get_label()))) is not None:
                for part in artist if isinstance(artist, tuple) else (artist,):
                    part.set_gid(f"series-{number}")
    return numbers


def _artists(ax: Axes) -> list[Any]:
    return [*ax.lines, *ax.collections, *ax.containers]


def _labelled(fig: Figure) -> Iterator[Any]:
    for ax in fig.axes:
        for artist in _artists(ax):
            if not str(artist.get_label()).startswith("_") and artist.get_label():
                yield artist


def _colour(line: Line2D) -> str:
    return to_hex(line.get_color())


def read_axes(ax: Axes, series: Mapping[str, int], height: float) -> Readout | None:
    """Return what an SVG needs to say about axes that are drawn, or None where they show no values.

    Args:
        ax: the axes.
        series: series -> number, of `mark_series`.
        height: of the figure in pixels.
    """
    readout = _READOUTS.get(ax) or _read_lines(ax)
    if readout is None:
        return None
    box = ax.get_window_extent()
    edges = [box.x0, height - box.y1, box.x1, height - box.y0]
    shown = {
        **readout,
        "title": ax.get_title() or ax.get_title("left"),
        "box": [round(edge, 1) for edge in edges],
    }
    if "cells" in readout:
        return {**shown, "cells": [[_short(value) for value in row] for row in readout["cells"]]}
    return shown | {
        "across": ax.get_xlabel() if readout["along"] == "x" else "",
        "at": [round(pixel, 1) for pixel in _pixels(ax, readout, height)],
        "series": [
            [series.get(name, -1), name, list(map(_short, values))] for name, values in readout["series"]
        ],
    }


def _pixels(ax: Axes, readout: Readout, height: float) -> np.ndarray:
    points = np.zeros((len(readout["at"]), 2))
    column = 0 if readout["along"] == "x" else 1
    points[:, column] = readout["at"]
    pixels = ax.transData.transform(points)[:, column]
    return pixels if column == 0 else height - pixels


def _read_lines(ax: Axes) -> Readout | None:
    """Return the labelled lines of axes; a series of several lines, as one for each block, is one series."""
    values: dict[str, dict[float, float]] = {}
    is_step = False
    for line in ax.lines:
        name = str(line.get_label())
        if name.startswith("_") or line.get_transform() != ax.transData:
            continue
        is_step |= line.get_drawstyle() == "steps-post"
        points = zip(*(np.asarray(data, float) for data in line.get_data(orig=False)), strict=True)
        values.setdefault(name, {}).update(points)
    if not values:
        return None
    at = sorted({x for points in values.values() for x in points})
    names = _name_positions(ax, at)
    series = [[name, [points.get(x) for x in at]] for name, points in values.items()]
    return {"along": "x", "at": np.array(at), "names": names, "series": series, "step": is_step}


def _name_positions(ax: Axes, at: Sequence[float]) -> list[str]:
    """Return positions on the x axis as its ticks write them: dates as months, numbers as they are."""
    if ax.xaxis.have_units() and type(ax.xaxis.get_converter()).__name__.endswith("DateConverter"):
        return [f"{num2date(x):%Y-%m}" for x in at]
    named: dict[float, str] = {}
    if not isinstance(ax.xaxis.get_major_formatter(), ScalarFormatter):
        ticks = [text.get_text() for text in ax.get_xticklabels()]
        named = dict(zip(map(float, ax.get_xticks()), ticks, strict=True))
    return [named.get(x) or f"{x:g}" for x in at]


def _short(value: Any) -> Any:
    """Return a number with five digits, a text as it is, and None for what is missing."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return float(f"{number:.5g}") if math.isfinite(number) else None


def to_metadata(readout: Sequence[Readout | None]) -> str:
    """Return what axes say as an element of an SVG; an empty text where they say nothing."""
    shown = [each for each in readout if each]
    if not shown:
        return ""
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    return f"<metadata>{text.replace('&', '&amp;').replace('<', '&lt;')}</metadata>"


def legend_entries(fig: Figure) -> dict[str, Artist]:
    """Return the labelled artists of a figure, one for each label."""
    entries: dict[str, Artist] = {}
    for artist in _labelled(fig):
        entries.setdefault(str(artist.get_label()), artist)
    return entries
