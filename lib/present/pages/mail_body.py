"""The body of a run's mail: the figures of each ISO with their change, what is wrong, and what changed.

The figures stand in the subject too, so that a phone shows them before the mail is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lib.manifest import Manifest
from lib.present.formats import MISSING
from lib.present.pages.base import page_template
from lib.present.pages.digest import Section, find_wrong
from lib.present.pages.index import headline, run_isos
from lib.present.pages.trends import FIGURES, figure, have_equal_coverage

SHORT = {"vlr_usd_per_mwh": "{:,.2f}", "cost_to_serve_usd_per_mwh": "{:,.2f}"}
"""How the subject writes a figure."""


@dataclass(frozen=True)
class IsoFigures:
    """The figures of an ISO in a run: as the subject and as the body write each, and its change."""

    iso: str
    short: Sequence[str]
    texts: Sequence[str]
    changes: Sequence[str]


def read_figures(run: Manifest, before: Manifest | None) -> list[IsoFigures]:
    """Return the figures of each ISO that has any.

    Args:
        run: the run.
        before: the run to compare with, if there is one. A figure over other zones, months or hours has no
            change.
    """
    rows = []
    for iso in run_isos(run):
        values = {name: figure(run, iso, name) for name in FIGURES}
        if all(value is None for value in values.values()):
            continue
        short = [MISSING if value is None else SHORT[name].format(value) for name, value in values.items()]
        texts = [FIGURES[name].format_value(value) for name, value in values.items()]
        rows.append(IsoFigures(iso, short, texts, [_change(run, before, iso, name) for name in FIGURES]))
    return rows


def _change(run: Manifest, before: Manifest | None, iso: str, name: str) -> str:
    now, then = figure(run, iso, name), figure(before, iso, name) if before else None
    if before is None or now is None or then is None or not have_equal_coverage(run, before, iso, name):
        return MISSING
    text = FIGURES[name].number or "{}"
    return text.replace("{:", "{:+").format(now - then)


def write_subject(run: Manifest, rows: Sequence[IsoFigures]) -> str:
    """Return the subject: a failure before the figures, success after them."""
    marks = "DEMO " * run.is_demo + "STUDY " * bool(run.studies)
    figures = ", ".join(f"{row.iso} {'/'.join(row.short)}" for row in rows)
    shown = f"VLR/cost to serve, $/MWh: {figures}" if figures else ""
    order = [shown, headline(run)] if run.outcome.value == "done" else [headline(run), shown]
    return f"{marks}EPD run {run.run_id}, as of {run.as_of}: {' | '.join(filter(None, order))}"


def write_text(
    run: Manifest, before: Manifest | None, rows: Sequence[IsoFigures], changes: Sequence[Section]
) -> str:
    """Return the mail as plain text."""
    demo = ["DEMO: simulated prices and loads; no number is a market price."] if run.is_demo else []
    study = [f"STUDY, not for pricing: {run.study}."] if run.study else []
    lines = [
        *demo,
        *study,
        headline(run),
        "",
        *_text_lines(rows, before),
        *find_wrong(run),
        "",
        *(f"{section.heading}: {section.sentence}" for section in changes),
        "",
        "The attached page has the tables and charts; it opens in any browser, without a network.",
    ]
    return "\n".join(lines) + "\n"


def _text_lines(rows: Sequence[IsoFigures], before: Manifest | None) -> list[str]:
    if not rows:
        return []
    names = [form.heading.removesuffix(", $/MWh") for form in FIGURES.values()]
    lines = [
        f"{row.iso}: "
        + ", ".join(
            f"{name} {text}{f' ({change})' if change != MISSING else ''}"
            for name, text, change in zip(names, row.texts, row.changes, strict=True)
        )
        for row in rows
    ]
    return [f"$/MWh; {describe_before(before)}", *lines, ""]


def describe_before(before: Manifest | None) -> str:
    """Return what the changes are against."""
    return (
        f"change since run {before.run_id}, as of {before.as_of}"
        if before
        else "no run before to compare with"
    )


def render_mail(
    run: Manifest, before: Manifest | None, rows: Sequence[IsoFigures], changes: Sequence[Section]
) -> str:
    """Return the mail as HTML that mail programs show: a table with its styles at its cells, no script."""
    return page_template("mail.html.j2").render(
        run=run,
        headline=headline(run),
        headings=[form.heading for form in FIGURES.values()],
        rows=rows,
        missing=MISSING,
        before=describe_before(before),
        wrong=find_wrong(run),
        changes=changes,
    )
