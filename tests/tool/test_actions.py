"""The page sends exactly the inputs that its actions declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from lib.tool import pricing_files
from lib.tool.background import BackgroundCall
from lib.tool.own_load import OwnComparison
from lib.tool.page import FOLDER, render_template, tool_script
from lib.tool.panels import ACTIONS, PANELS, pivot
from lib.tool.session import BackgroundJob, Session
from lib.tool.snapshot import NewerRun
from tests.tool.conftest import act, html_of

FRONTEND = tool_script()
AUTOMATIC = {name for name, action in ACTIONS.items() if action.is_automatic}


@pytest.fixture
def page(opened: Session, monkeypatch: pytest.MonkeyPatch) -> list[Tag]:
    """Every element that sends an action, of panels that together show all elements."""
    monkeypatch.setattr(pivot, "MAX_CELLS", 30 * len(opened.state.zones))
    job = BackgroundJob("Reading", BackgroundCall(lambda: None), lambda session, _: session)
    edited = act(act(opened, "show_month", value=""), "scale", zone="WEST", value="90")
    filtered = act(
        act(edited, "relation", value="nyiso_vlr"), "add_filter", column="he", operator="is", operand="7"
    )
    name, content = pricing_files.render_pricing_file(opened.state, "csv")
    uploaded = act(opened, "upload", content, name=name)
    nothing = pd.DataFrame({"location": [], "block_type": []})
    pasted = act(opened, "paste", row="0", column="0", text="1")
    opened = replace(
        pasted, restored="14:03", own=OwnComparison("mine.csv", "NYISO", nothing, nothing, nothing, ())
    )
    newer = replace(opened, newer_run=NewerRun(2, None, ()), jobs={"rows": job, "upload": job})
    shown = [html_of(session, panel.name) for session in (filtered, uploaded, newer) for panel in PANELS]
    return [tag for html in shown for tag in html.select("[data-action]")]


def _inputs(tag: Tag) -> Iterator[dict[str, object]]:
    """Yield what `inputsOfField`, `fieldsOf` and `attributesOf` of tool.js may send for an element."""
    attributes = {
        name.removeprefix("data-").replace("-", "_"): value
        for name, value in tag.attrs.items()
        if name.startswith("data-") and name != "data-action"
    }
    if tag.name == "form":
        yield from _fields(tag)
    elif tag.name == "button":
        yield attributes
    elif tag.get("type") == "file":
        yield {"name": "a.csv", "content": b"..."}
    elif tag.get("name"):
        form = tag.find_parent("form")
        assert form is not None, f"{tag} has a name and is in no form"
        yield from _fields(form)
    else:
        for value in _values(tag):
            yield {**attributes, "value": value}


def _fields(form: Tag) -> Iterator[dict[str, object]]:
    named = {str(field["name"]): [*_values(field)] for field in form.select("[name]")}
    assert len(named) == len(form.select("[name]")), "two fields of a form have one name"
    longest = max(map(len, named.values()))
    for i in range(longest):
        yield {name: values[min(i, len(values) - 1)] for name, values in named.items()}


def _values(field: Tag) -> Iterator[str | bool]:
    """Yield the values that a field may have: each option, ticked and not ticked, or its text."""
    if field.name == "select":
        for option in field.select("option"):
            yield str(option.get("value", option.text.strip()))
    elif field.get("type") == "checkbox":
        yield from (True, False)
    else:
        yield str(field.get("value", ""))


def test_the_page_sends_what_each_action_declares(page: list[Tag]) -> None:
    for tag in page:
        declared = ACTIONS[str(tag["data-action"])].inputs
        for sent in _inputs(tag):
            assert set(sent) == set(declared.model_fields), tag
            declared.model_validate(sent)


def test_the_page_offers_each_action_that_it_does_not_ask_for_by_itself(page: list[Tag]) -> None:
    assert {tag["data-action"] for tag in page} == set(ACTIONS) - AUTOMATIC - {"paste"}


def test_what_the_page_asks_for_by_itself_takes_no_inputs_but_what_it_opens_with() -> None:
    templates = [path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.j2")]
    asked = {name for text in templates for name in re.findall(r'data-poll="(\w+)"', text)}
    asked |= set(re.findall(r'[sS]endAutomatically\("(\w+)"', FRONTEND))
    assert asked == AUTOMATIC
    assert not any(ACTIONS[name].inputs.model_fields for name in AUTOMATIC - {"restore"})
    sent = re.findall(r'sendAutomatically\("restore", \{(.*?)\}', FRONTEND, re.DOTALL)
    assert len(sent) == 2
    for fields in sent:
        assert set(re.findall(r"(\w+):(?= )", fields)) == set(ACTIONS["restore"].inputs.model_fields)


def test_a_paste_is_sent_by_the_script_of_the_table() -> None:
    (fields,) = re.findall(r'send\("paste", \{(.*?)\}\);', FRONTEND)
    assert set(re.findall(r"(\w+):(?= )", fields)) == set(ACTIONS["paste"].inputs.model_fields)


def test_a_page_without_curves_can_only_be_opened_again() -> None:
    closed = BeautifulSoup(render_template("closed"), "html.parser")
    assert [(tag["data-action"], *_inputs(tag)) for tag in closed.select("[data-action]")] == [("open", {})]


@pytest.mark.parametrize(
    ("action", "values", "problem"),
    [
        ("format_disk", {}, "the action is unknown"),
        ("scale", {"zone": "WEST"}, "value is missing"),
        ("scale", {"zone": "WEST", "value": "90", "month": "1"}, "month is unknown"),
        ("scale", {"zone": ["WEST"], "value": "90"}, "zone has an impossible value"),
        ("scale", {"zone": "", "value": "90"}, "zone has an impossible value"),
        ("choose", {"field": "source", "value": "public"}, "field has an impossible value"),
        ("calculate", {"lmps": "25", "month": "", "block": "24x7"}, "block has an impossible value"),
        ("show_rows", {"row": "-1"}, "row has an impossible value"),
        ("turn", {"pages": "many"}, "pages has an impossible value"),
        (
            "add_filter",
            {"column": "he", "operator": "OR", "operand": "1"},
            "operator has an impossible value",
        ),
        ("draw", {"zone": "WEST", "value": "yes"}, "value has an impossible value"),
        ("download", {"kind": "pdf"}, "kind has an impossible value"),
        ("upload", {"name": "a.csv"}, "content is missing"),
        ("upload", {"name": "a.csv", "content": "text"}, "content has an impossible value"),
        ("calculate", {}, "month is missing, block is missing, lmps is missing"),
    ],
)
def test_what_an_action_does_not_declare_is_refused_with_a_message_and_a_line_in_the_log(
    action: str, values: dict[str, object], problem: str, opened: Session, caplog: pytest.LogCaptureFixture
) -> None:
    refused = act(opened, action, **values)
    assert refused.state.message is not None and refused.state.message.is_error
    assert f"({problem})" in refused.state.message.text
    assert replace(refused, state=opened.state) == opened, "nothing else has changed"
    [line] = caplog.records
    assert action in line.message and problem in line.message
    assert line.exc_info is None


def test_a_file_is_refused_by_an_action_that_takes_none(opened: Session) -> None:
    refused = act(opened, "undo", b"...")
    assert refused.state.message is not None and "content is unknown" in refused.state.message.text
