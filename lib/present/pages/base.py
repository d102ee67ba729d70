"""What every page of a run shares: style sheets, templates, and how it writes windows, versions and times."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from lib.manifest import Days, Git
from lib.present.formats import MISSING

TEMPLATES = Path(__file__).parent / "templates"

DEMO_WARNING = "DEMO: simulated, no number is a market price"

STUDY_WARNING = "STUDY: not for pricing"

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def style_sheet() -> str:
    """Return the CSS of reports and index; each page carries it within itself."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def explore_script() -> str:
    """Return the script with which a reader explores a report; each report carries it within itself."""
    return (TEMPLATES / "explore.js").read_text(encoding="utf-8")


@cache
def script_policy() -> str:
    """Return the policy of a page that runs `explore_script` alone and loads nothing from elsewhere."""
    digest = b64encode(sha256(explore_script().encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


@cache
def run_style_sheet() -> str:
    """Return the CSS of the pages about runs."""
    return style_sheet() + (TEMPLATES / "runs.css").read_text(encoding="utf-8")


def render_print_css(title: str, is_demo: bool, is_study: bool = False) -> str:
    """Return CSS that prints title, page number and, on a demo or a study, a warning on every sheet."""
    warnings = " · ".join([DEMO_WARNING] * is_demo + [STUDY_WARNING] * is_study)
    warning = f"@top-left {{ content: {_css_string(warnings)}; font-weight: bold }} " if warnings else ""
    number = '@bottom-right { content: counter(page) " of " counter(pages) }'
    return f"@page {{ {warning}@bottom-left {{ content: {_css_string(title)} }} {number} }}"


def _css_string(text: str) -> str:
    """Return a text as a CSS string that cannot end itself or the style element around it."""
    return '"' + re.sub(r'["\\<\n]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'


@cache
def page_template(name: str) -> Template:
    """Return a template of a page about runs, with the filters that write its numbers and times."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters.update(
        count=_format_count,
        seconds=_format_seconds,
        moment=_format_moment,
        keep_dates_together=keep_dates_together,
        label_files=label_files,
    )
    return templates.get_template(name)


def label_files(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the files of a task with the text of the link to each: CSV, Parquet, VLR CSV.

    The files of a task begin with its name, and what one adds to it tells what is in the file.
    """
    stems = [name.rpartition(".")[0] for name in names]
    task = min(stems, key=len, default="")
    kinds = [name.rpartition(".")[2] for name in names]
    labels = [kind.upper() if len(kind) <= 4 else kind.capitalize() for kind in kinds]
    added = [stem.removeprefix(task).replace("_", " ").upper() for stem in stems]
    return [(name, f"{part} {label}".strip()) for name, part, label in zip(names, added, labels, strict=True)]


def format_window(window: Days | None) -> str:
    """Return a window of local days as people write it."""
    return f"{window.start} to {window.end}" if window else ""


def format_versions(versions: Mapping[str, str]) -> str:
    """Return names and versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def format_revision(git: Git | None) -> str:
    """Return the git revision, and whether the code differs from it."""
    if not git:
        return "unknown (no git checkout)"
    return git.revision[:12] + (" with uncommitted changes" if git.is_dirty else "")


def keep_dates_together(text: str) -> Markup:
    """Return a text as HTML that breaks no line within a date."""
    return Markup(_DATE.sub(r'<span class="day">\g<0></span>', escape(text)))


def _format_count(number: int | None) -> str:
    return MISSING if number is None else f"{number:,}"


def _format_seconds(number: float | None) -> str:
    return "" if number is None else f"{number:.1f} s"


def _format_moment(moment: datetime | None) -> str:
    return keep_dates_together(f"{moment:%Y-%m-%d %H:%M:%S} UTC") if moment else ""
