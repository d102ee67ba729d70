"""Edits that the browser keeps and gives back, and links to what a page shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lib.tool import pricing_files
from lib.tool.drafts import has_unsaved_edits, write_draft, write_link
from lib.tool.session import Session
from tests.tool.conftest import act, html_of


@pytest.fixture
def edited(opened: Session) -> Session:
    """A session with edits of two curves, on the second of them."""
    scoped = act(
        act(opened, "scale", zone="WEST", value="120"), "scope", months="Jan", hes="7-22", blocks="5x16"
    )
    shaping = act(scoped, "choose", field="curve", value="shaping")
    return act(act(shaping, "set", zone="N.Y.C.", value="=1.5"), "set", zone="GENESE", value="less 0.25")


def _restore(session: Session, draft: str = "", link: str = "") -> Session:
    return act(session, "restore", draft=draft, link=link, saved="14:03")


def test_a_draft_brings_the_edits_of_all_curves_back(opened: Session, edited: Session) -> None:
    assert write_draft(opened) == ""
    back = _restore(opened, write_draft(edited))
    assert (back.state.choice, back.state.edits) == (edited.state.choice, edited.state.edits)
    assert back.state.kept == edited.state.kept
    assert back.state.shown.equals(edited.state.shown)
    assert write_draft(back) == write_draft(edited)
    assert "3 edits from 14:03 are back." in html_of(back, "head").text
    assert "are back" not in html_of(act(back, "keep_restored"), "head").text


def test_start_anew_removes_all_edits_and_undo_brings_back_those_of_the_shown_curve(
    opened: Session, edited: Session
) -> None:
    anew = act(_restore(opened, write_draft(edited)), "start_anew")
    assert write_draft(anew) == ""
    assert "are back" not in html_of(anew, "head").text
    assert act(anew, "undo").state.edits == edited.state.edits


def test_edits_of_an_uploaded_file_wait_for_it(opened: Session) -> None:
    name, content = pricing_files.render_pricing_file(opened.state, "csv")
    on_file = act(act(opened, "upload", content, name=name), "scale", zone="WEST", value="90")
    back = _restore(opened, write_draft(on_file))
    assert f"1 edit from 14:03 is back; upload {name} again" in html_of(back, "head").text
    assert act(back, "upload", content, name=name).state.edits == on_file.state.edits


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"percent":120.0', '"percent":1e999'),
        ('"percent":120.0', '"percent":1001.0'),
        ('"percent":120.0', '"percent":120.0,"value":1.0'),
        ('"percent":120.0', '"percent":"much"'),
        ('"choice"', '"chosen"'),
        ("{", ""),
    ],
)
def test_a_draft_that_no_tool_writes_changes_nothing(
    old: str, new: str, opened: Session, edited: Session
) -> None:
    draft = write_draft(edited)
    assert old in draft
    refused = _restore(opened, draft.replace(old, new, 1))
    assert refused.state.message is not None and refused.state.message.is_error
    assert replace(refused, state=opened.state) == opened


def test_edits_of_a_curve_that_is_gone_are_kept_while_another_is_shown(
    opened: Session, edited: Session
) -> None:
    back = _restore(opened, write_draft(edited).replace('"NYISO"', '"PJM"'))
    assert back.state.choice == opened.state.choice
    assert sorted(key[:2] for key in back.state.kept) == [("PJM", "shaping"), ("PJM", "vlr")]


def test_edits_are_unsaved_until_a_download_holds_them(opened: Session) -> None:
    assert not has_unsaved_edits(opened)
    scaled = act(opened, "scale", zone="WEST", value="120")
    assert has_unsaved_edits(scaled)
    saved = act(scaled, "download", kind="csv")
    assert not has_unsaved_edits(saved)
    assert has_unsaved_edits(act(saved, "scale", zone="WEST", value="121"))


def test_a_link_leads_to_the_same_curve_days_and_zones(opened: Session) -> None:
    chosen = act(opened, "choose", field="estimator", value="cost_per_mwh")
    drawn = act(act(chosen, "draw", zone="N.Y.C.", value=True), "draw", zone="WEST", value=True)
    ranged = act(drawn, "choose_day", field="start", value="2024-12-09")
    followed = _restore(opened, link=write_link(ranged))
    assert followed.state.choice == ranged.state.choice
    assert set(followed.drawn_zones) == set(ranged.drawn_zones) != set(opened.drawn_zones)
    few = _restore(opened, link="iso=NYISO&curve=shaping&utm=1")
    assert (few.state.choice.curve, few.state.choice.start) == ("shaping", date(2024, 12, 1))


@pytest.mark.parametrize("link", ["iso=PJM", "curve=x", "from=soon", "to=2031-01-01", "status=secret"])
def test_a_link_that_leads_nowhere_is_explained(link: str, opened: Session) -> None:
    refused = _restore(opened, link=link)
    assert refused.state.message is not None and refused.state.message.is_error
    assert refused.state.message.text.startswith("The link leads to no curve: ")
    assert replace(refused, state=opened.state) == opened
