"""What a notebook cell shows: a chart, a table or a line of facts, as HTML for people and as text for tests.

Both forms carry the same numbers, already rounded: the text is what nbval compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from lib.present.formats import Format, format_of

FACTS_KEY = "report_facts"
"""Metadata key of the output that tells the report's header what the page stands on."""

GLANCE_KEY = "report_glance"
"""Metadata key of the output that the report shows before everything else."""

NO_ROWS = "none"

LONG_TEXT = 50
"""A text of more characters is broken into lines."""

Bundle = tuple[dict[str, str], dict[str, object]]


@dataclass(frozen=True)
class Table:
    """A frame as a table with a caption. The first `n_heads` columns name the row."""

    frame: pd.DataFrame
    caption: str
    n_heads: int = 1
    formats: Mapping[str, Format] = field(default_factory=dict)

    def format(self, column: object) -> Format:
        """Return how this table writes a column."""
        return self.formats.get(str(column)) or format_of(column)

    def texts(self) -> pd.DataFrame:
        """Return the frame as the reader sees it: headings and rounded numbers, all text."""
        columns = {
            self.format(name).heading: [self.format(name).text(value) for value in self.frame[name]]
            for name in self.frame.columns
        }
        return pd.DataFrame(columns, dtype=str)

    def html(self) -> str:
        """Return the table in a box that scrolls sideways on a narrow page, or say that it has no row."""
        caption = escape(self.caption)
        if self.frame.empty:
            rest = "" if NO_ROWS in self.caption else f" <span>{NO_ROWS}</span>"
            return f'<p class="empty"><strong>{caption}</strong>{rest}</p>'
        right = [self.format(name).is_number for name in self.frame.columns]
        texts = self.texts()
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

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        texts = self.texts()
        rows = texts.to_string(index=False) if len(texts) else NO_ROWS
        return {"text/html": self.html(), "text/plain": f"{self.caption}\n{rows}"}


def _cell(tag: str, text: str, is_right: bool, attributes: str = "") -> str:
    look = " class=n" if is_right else " class=wrap" if len(text) > LONG_TEXT else ""
    return f"<{tag}{attributes}{look}>{escape(text)}</{tag}>"


@dataclass(frozen=True)
class Chart:
    """A drawing with a title that says what is seen, a caption, a text instead of it, and its numbers."""

    svg: str
    title: str
    caption: str
    alt: str
    data: pd.DataFrame
    n_heads: int = 1
    formats: Mapping[str, Format] = field(default_factory=dict)

    def table(self) -> Table:
        """Return the numbers that the chart draws."""
        return Table(self.data, f"Data of the chart: {self.title}", self.n_heads, self.formats)

    def html(self) -> str:
        """Return a figure: title, drawing, caption, and the numbers folded below."""
        title, alt = escape(self.title), escape(self.alt, quote=True)
        drawing = self.svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)
        return (
            f'<figure class="chart"><p class="chart-title">{title}</p>'
            f'<div class="drawing" tabindex="0" role="group" aria-label="Chart: {title}">'
            f"{drawing}</div><figcaption>{escape(self.caption)}</figcaption>"
            f"<details><summary>Data behind this chart</summary>{self.table().html()}</details></figure>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": f"{self.title}\n{self.alt}"}


@dataclass(frozen=True)
class Facts:
    """What a page stands on, label by label: shown where it stands and again in the report's header."""

    values: Mapping[str, str]
    is_demo: bool = False

    def html(self) -> str:
        """Return a description list."""
        rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in self.values.items())
        return f'<dl class="facts">{rows}</dl>'

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        text = "\n".join(f"{label}: {value}" for label, value in self.values.items())
        bundle = {"text/html": self.html(), "text/plain": text}
        # A list, since notebooks sort the keys of a dict when they are saved.
        return bundle, {FACTS_KEY: {"values": list(self.values.items()), "is_demo": self.is_demo}}


@dataclass(frozen=True)
class Glance:
    """What a page comes to in a few figures, each (name, figure, note): its report shows them first.

    `notices` are sentences that the reader must know before the figures.
    """

    figures: Sequence[tuple[str, str, str]]
    notices: Sequence[str] = ()

    def html(self) -> str:
        """Return the notices and a description list."""
        notices = "".join(f'<div class="notice"><p>{escape(text)}</p></div>' for text in self.notices)
        rows = "".join(
            f"<div><dt>{escape(name)}</dt><dd><strong>{escape(figure)}</strong> {escape(note)}</dd></div>"
            for name, figure, note in self.figures
        )
        return notices + (f'<dl class="glance">{rows}</dl>' if rows else "")

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        figures = (f"{name}: {figure} {note}".rstrip() for name, figure, note in self.figures)
        text = "\n".join([*self.notices, *figures])
        return {"text/html": self.html(), "text/plain": text}, {GLANCE_KEY: True}
