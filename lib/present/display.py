"""What a notebook cell shows: a chart, a table, key values or key figures, as HTML and as text.

HTML is for people, text for tests: nbval compares it. Both have the same rounded numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from lib.present.columns import column_format
from lib.present.formats import Format

KEY_VALUES_OUTPUT = "report_facts"
"""Metadata key of the output that a report repeats in its header."""

KEY_FIGURES_OUTPUT = "report_glance"
"""Metadata key of the output that a report shows before everything else."""

NO_ROWS = "none"

LONG_TEXT = 50
"""A table wraps texts of more characters."""

MimeBundle = dict[str, str]
MimeBundleWithMetadata = tuple[MimeBundle, dict[str, object]]


@dataclass(frozen=True)
class Table:
    """A frame as a table with a caption. The first `n_heads` columns name the row."""

    frame: pd.DataFrame
    caption: str
    n_heads: int = 1
    formats: Mapping[str, Format] = field(default_factory=dict)

    def column_format(self, column: object) -> Format:
        """Return how this table writes a column."""
        return self.formats.get(str(column)) or column_format(column)

    def formatted(self) -> pd.DataFrame:
        """Return the frame as the reader sees it: headings and rounded numbers, all text."""
        columns = {}
        for name in self.frame.columns:
            form = self.column_format(name)
            columns[form.heading] = [form.format_value(value) for value in self.frame[name]]
        return pd.DataFrame(columns, dtype=str)

    def lines(self) -> list[str]:
        """Return the table as aligned lines for a terminal, its headings first."""
        texts = self.formatted()
        rights = [self.column_format(name).is_number for name in self.frame.columns]
        columns = [[heading, *texts.iloc[:, i]] for i, heading in enumerate(texts.columns)]
        padded = [
            [text.rjust(width) if is_right else text.ljust(width) for text in column]
            for column, is_right in zip(columns, rights, strict=True)
            for width in [max(map(len, column))]
        ]
        return [" | ".join(row).rstrip() for row in zip(*padded, strict=True)]

    def render_html(self) -> str:
        """Return the table in a box that scrolls sideways on a narrow page, or a line that it has no rows."""
        caption = escape(self.caption)
        if self.frame.empty:
            rest = "" if NO_ROWS in self.caption else f" <span>{NO_ROWS}</span>"
            return f'<p class="empty"><strong>{caption}</strong>{rest}</p>'
        right = [self.column_format(name).is_number for name in self.frame.columns]
        texts = self.formatted()
        head = "".join(_cell("th", name, right[i], ' scope="col"') for i, name in enumerate(texts.columns))
        body = "".join(f"<tr>{self._row(row, right)}</tr>" for row in texts.itertuples(index=False))
        return (
            f'<div class="box" role="region" tabindex="0" aria-label="{escape(self.caption, quote=True)}">'
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _row(self, row: tuple[str, ...], right: list[bool]) -> str:
        heads = (_cell("th", text, right[i], ' scope="row"') for i, text in enumerate(row[: self.n_heads]))
        cells = (_cell("td", text, right[i + self.n_heads]) for i, text in enumerate(row[self.n_heads :]))
        return "".join((*heads, *cells))

    def _repr_mimebundle_(self, **_: object) -> MimeBundle:
        texts = self.formatted()
        rows = texts.to_string(index=False) if len(texts) else NO_ROWS
        return {"text/html": self.render_html(), "text/plain": f"{self.caption}\n{rows}"}


def _cell(tag: str, text: str, is_right: bool, attributes: str = "") -> str:
    look = " class=n" if is_right else " class=wrap" if len(text) > LONG_TEXT else ""
    return f"<{tag}{attributes}{look}>{escape(text)}</{tag}>"


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, its caption, a text for people who cannot see it, and its numbers.

    The drawing is an SVG, or HTML with an SVG for each panel. With `is_table_on_phone` a narrow page shows
    the numbers in its place.
    """

    svg: str
    title: str
    caption: str
    alt: str
    data: pd.DataFrame
    n_heads: int = 1
    formats: Mapping[str, Format] = field(default_factory=dict)
    is_table_on_phone: bool = False

    def table(self) -> Table:
        """Return the numbers that the chart draws."""
        return Table(self.data, f"Data of the chart: {self.title}", self.n_heads, self.formats)

    def render_html(self) -> str:
        """Return a figure: title, drawing, caption, and the numbers folded below."""
        title, alt = escape(self.title), escape(self.alt, quote=True)
        numbers = self.table().render_html()
        drawn = '<div class="panels" ' if '<div class="panels" ' in self.svg else "<svg "
        drawing = self.svg.replace(drawn, f'{drawn}role="img" aria-label="{alt}" ', 1)
        return (
            f'<figure class="chart{" as-table" * self.is_table_on_phone}"><p class="chart-title">{title}</p>'
            f'<div class="drawing" tabindex="0" role="group" aria-label="Chart: {title}">'
            f"{drawing}</div><figcaption>{escape(self.caption)}</figcaption>"
            f"<details><summary>Data behind this chart</summary>{numbers}</details></figure>"
        )

    def _repr_mimebundle_(self, **_: object) -> MimeBundle:
        return {"text/html": self.render_html(), "text/plain": f"{self.title}\n{self.alt}"}


@dataclass(frozen=True)
class KeyValues:
    """What a page is based on, label by label. The report repeats it in its header."""

    values: Mapping[str, str]
    is_demo: bool = False

    def render_html(self) -> str:
        """Return a description list."""
        rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in self.values.items())
        return f'<dl class="facts">{rows}</dl>'

    def _repr_mimebundle_(self, **_: object) -> MimeBundleWithMetadata:
        text = "\n".join(f"{label}: {value}" for label, value in self.values.items())
        bundle = {"text/html": self.render_html(), "text/plain": text}
        # A list, since notebooks sort the keys of a dict when they are saved.
        return bundle, {KEY_VALUES_OUTPUT: {"values": list(self.values.items()), "is_demo": self.is_demo}}


@dataclass(frozen=True)
class KeyFigures:
    """The few figures that sum up a page, each (name, figure, note). The report shows them first.

    `messages` are sentences without which the figures mislead; they stand right below them.
    """

    figures: Sequence[tuple[str, str, str]]
    messages: Sequence[str] = ()

    def render_html(self) -> str:
        """Return a description list and the messages."""
        messages = "".join(f'<div class="notice"><p>{escape(text)}</p></div>' for text in self.messages)
        rows = "".join(
            f"<div><dt>{escape(name)}</dt><dd><strong>{escape(figure)}</strong> {escape(note)}</dd></div>"
            for name, figure, note in self.figures
        )
        return (f'<dl class="glance">{rows}</dl>' if rows else "") + messages

    def _repr_mimebundle_(self, **_: object) -> MimeBundleWithMetadata:
        figures = (f"{name}: {figure} {note}".rstrip() for name, figure, note in self.figures)
        text = "\n".join([*figures, *self.messages])
        return {"text/html": self.render_html(), "text/plain": text}, {KEY_FIGURES_OUTPUT: True}
