"""Drafts: a person's edits and choice as a text that the browser keeps, and back.

The browser stores the text after each change, and sends it when a page opens: after a reload, after its
kernel died, or in another tab. A link holds the choice and the drawn zones only, as fields after the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.calc.scaling import BadInput, Edit, Edits, check_edit
from lib.present.charts.before_after import MAX_ZONES
from lib.store import OFFICIAL, STUDY
from lib.tool.curve import Choice, CurveKey, NoSuchCurve
from lib.tool.data import ToolData
from lib.tool.estimators import estimator_of
from lib.tool.messages import format_count
from lib.tool.session import Session
from lib.tool.state import FILE_PREFIX, edits_to_keep, show_curve

NOT_READ = "The edits that the browser kept cannot be read"


class CurveDraft(BaseModel):
    """The edits of one curve, or of one uploaded file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: CurveKey
    edits: tuple[Edit, ...]


class Draft(BaseModel):
    """All edits of a person, by curve."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    choice: Choice
    curves: tuple[CurveDraft, ...]


def write_draft(session: Session) -> str:
    """Return the session's edits as a text; "" where there are none."""
    kept = {key: edits for key, edits in edits_to_keep(session.state).items() if edits}
    if not kept:
        return ""
    curves = tuple(CurveDraft(key=key, edits=edits) for key, edits in kept.items())
    return Draft(choice=session.state.choice, curves=curves).model_dump_json(exclude_defaults=True)


def has_unsaved_edits(session: Session) -> bool:
    """Return whether some curve has edits that no download holds."""
    kept = edits_to_keep(session.state)
    return any(edits and session.downloaded.get(key) != edits for key, edits in kept.items())


def restore_draft(session: Session, text: str, saved: str) -> Session:
    """Return the session with the edits of a draft, on the curve that it was left at.

    Args:
        session: the session of a page that has just opened.
        text: what `write_draft` returned.
        saved: when the browser kept it, as a person there reads it.
    """
    try:
        draft = Draft.model_validate_json(text)
        kept = {curve.key: curve.edits for curve in draft.curves}
        for edits in kept.values():
            for edit in edits:
                check_edit(edit)
    except (ValidationError, BadInput):
        return session.with_message(f"{NOT_READ}.", is_error=True)
    state = replace(session.state, edits=kept.pop(session.state.choice.key, ()), kept=kept)
    with suppress(NoSuchCurve):  # else the edits wait for their curve, which is not there now
        state = show_curve(state, session.data, draft.choice)
    restored = replace(session.with_state(state), restored=saved)
    return restored.with_message(describe_restored(restored) or "")


def describe_restored(session: Session) -> str | None:
    """Return a sentence on the edits that are back; None where none are, or they were dealt with."""
    if session.restored is None:
        return None
    kept = edits_to_keep(session.state)
    n_edits = sum(map(len, kept.values()))
    are = "is" if n_edits == 1 else "are"
    return f"{format_count(n_edits, 'edit')} from {session.restored} {are} back{_waiting(kept)}."


def _waiting(kept: Mapping[CurveKey, Edits]) -> str:
    """Return which edits wait for an upload of their file."""
    files = [key[1].removeprefix(FILE_PREFIX) for key in kept if key[1].startswith(FILE_PREFIX)]
    return f"; upload {', '.join(files)} again for those of the file" if files else ""


def start_anew(session: Session) -> Session:
    """Return the session without any edit of any curve; undo brings back those of the shown one."""
    state = session.state
    empty = replace(state, edits=(), kept={}, before_reset=state.edits or state.before_reset, undone=())
    return replace(session, state=empty, restored=None).with_message(
        "All edits of all curves are removed. Undo brings back those of the shown curve."
    )


def write_link(session: Session) -> str:
    """Return what a link to this page ends with: choice and drawn zones, as a query after #."""
    choice = session.state.choice
    fields = {
        "iso": choice.iso,
        "curve": choice.curve,
        "estimator": choice.estimator,
        "from": choice.start.isoformat(),
        "to": choice.end.isoformat(),
    }
    if choice.status != OFFICIAL:
        fields["status"] = choice.status
    return urlencode([*fields.items(), *(("zone", zone) for zone in session.ticked_here)])


def follow_link(session: Session, link: str) -> Session:
    """Return the session at the curve, days and zones of a link; what is not there is named.

    Fields that a link does not have stay as they are; those that no link has are left out.
    """
    fields = dict(parse_qsl(link)[:50])
    zones = tuple(value for name, value in parse_qsl(link)[:50] if name == "zone")
    if not fields:
        return session
    try:
        choice = _linked_choice(session.state.choice, session.data, fields)
        linked = session.with_state(show_curve(session.state, session.data, choice))
    except (NoSuchCurve, ValueError) as error:
        return session.with_message(f"The link leads to no curve: {error}.", is_error=True)
    known = tuple(zone for zone in linked.state.zones if zone in zones)[:MAX_ZONES]
    ticked = {**linked.ticked_zones, choice.iso: known} if zones else linked.ticked_zones
    return replace(linked, ticked_zones=ticked)


def _linked_choice(before: Choice, data: ToolData, fields: Mapping[str, str]) -> Choice:
    """Return the choice of a link.

    Raises:
        NoSuchCurve: the curve is not published.
        ValueError: a day is no date.
    """
    iso, curve = fields.get("iso", before.iso), fields.get("curve", before.curve)
    status = fields.get("status", OFFICIAL)
    if status not in (OFFICIAL, STUDY):
        raise NoSuchCurve(f"a curve is {OFFICIAL} or a {STUDY}")
    extent = data.extent(iso, curve, status)
    start, end = (fields.get(name) for name in ("from", "to"))
    return Choice(
        iso,
        curve,
        estimator_of(curve, fields.get("estimator", "")).column,
        date.fromisoformat(start) if start else extent.start,
        date.fromisoformat(end) if end else extent.end,
        status,
    )
