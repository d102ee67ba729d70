"""The page of the tool with a kernel that is slow to answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from lib.tool.page import tool_script

KERNEL = """async (source) => {
    window.kernel = {
        traits: {panels: ['head', 'choice'], gone: 'GONE', message: {text: 'Opening', is_error: false}},
        handlers: {}, asked: [],
        get(name) { return this.traits[name] ?? ''; },
        on(event, react) { this.handlers[event] = react; },
        send(message) { if (this.isDead) throw new Error('Cannot send'); this.asked.push(message); },
        set(name, value) { this.traits[name] = value; this.handlers[`change:${name}`](); },
        say(text) { this.set('message', {text, is_error: false}); },
        answer(number) { this.handlers['msg:custom']({finished: number}); },
    };
    document.body.dataset.voila = 'voila';  // where the message does not float
    const tool = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    tool.default.render({model: kernel, el: document.body.appendChild(document.createElement('div'))});
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The tool's page, with a kernel and a clock that the test controls."""
    page = browser.new_page()
    page.clock.install()
    page.goto("about:blank")
    page.evaluate(KERNEL, tool_script())
    yield page
    page.close()


def _kernel(page: Page, call: str, *arguments: object) -> None:
    page.evaluate(f"kernel.{call}({', '.join(map(json.dumps, arguments))})")


def _asked(page: Page) -> list[str]:
    return list(page.evaluate("kernel.asked.map(message => message.action)"))


def _said(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def test_the_page_sends_nothing_before_the_first_panel_is_there(page: Page) -> None:
    page.clock.run_for(120_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert _asked(page) == []
    assert _said(page) == "Opening"
    _kernel(page, "set", "head", "<p>here</p>")
    _kernel(page, "set", "choice", "<p>there</p>")
    assert _asked(page) == ["look_for_newer_run"]


def test_a_kernel_that_reports_progress_is_not_taken_for_gone(page: Page) -> None:
    _kernel(page, "set", "head", "<p>here</p>")
    for step in range(4):
        page.clock.run_for(15_000)
        _kernel(page, "say", f"Reading ({step} of 4)")
        assert _said(page) == f"Reading ({step} of 4)"
    page.clock.run_for(21_000)
    assert _said(page) == "GONE"


def test_a_kernel_that_has_answered_is_not_taken_for_gone(page: Page) -> None:
    _kernel(page, "set", "head", "<p>here</p>")
    _kernel(page, "answer", 1)
    _kernel(page, "say", "Ready")
    page.clock.run_for(25_000)
    assert _said(page) == "Ready"


def test_the_page_asks_for_a_background_job_until_it_is_done(page: Page) -> None:
    waiting = "<p data-poll=await_refresh>Reading (1 of 4)</p>"
    _kernel(page, "set", "head", waiting)
    for number in (1, 2, 3, 4):
        assert len(_asked(page)) == number
        _kernel(page, "answer", number)  # nothing is drawn anew: it has come no further
        page.clock.run_for(1_000)
    assert _asked(page)[1:] == ["await_refresh"] * 4
    _kernel(page, "set", "head", "<p>here</p>")
    _kernel(page, "answer", 5)
    page.clock.run_for(10_000)
    assert len(_asked(page)) == 5


def test_an_automatic_action_leaves_an_open_list_alone(page: Page) -> None:
    _kernel(page, "set", "choice", FIELDS)
    page.locator("select").evaluate("list => { list.focus(); list.selectedIndex = 2; }")
    _kernel(page, "answer", 1)
    assert _held(page, "select") == ["he"]


def _held(page: Page, selector: str) -> list[str]:
    """Return the values of fields."""
    return list(page.locator(selector).evaluate_all("fields => fields.map(field => field.value)"))


def test_a_dead_kernel_is_reported_at_once(page: Page) -> None:
    _kernel(page, "set", "head", "<button type=button data-action=refresh>Refresh</button>")
    _kernel(page, "answer", 1)
    page.evaluate("kernel.isDead = true")
    page.get_by_role("button").click()
    assert _said(page) == "GONE"


FIELDS = """<form>
    <input type=date data-action=day value=2024-01-01>
    <input type=checkbox data-action=draw>
    <select data-action=sort><option value="">as stored<option selected>month<option>he</select>
</form>"""


def test_fields_return_to_their_last_value_after_a_refusal(page: Page) -> None:
    _kernel(page, "set", "choice", FIELDS)
    page.locator("select").select_option("he")
    page.locator("[type=checkbox]").check()
    page.locator("[type=date]").fill("2031-01-01")
    page.locator("[type=date]").blur()
    assert _asked(page)[1:] == ["sort", "draw", "day"]
    _kernel(page, "answer", 4)
    assert _held(page, "select, [type=date]") == ["2024-01-01", "month"]
    assert not page.locator("[type=checkbox]").is_checked()


def test_a_refused_value_stays_until_its_field_is_left(page: Page) -> None:
    _kernel(page, "set", "choice", "<form><input data-action=scale value=100></form>")
    _kernel(page, "answer", 1)
    page.locator("input").fill("abc")
    page.locator("input").press("Enter")
    _kernel(page, "answer", 2)
    assert _held(page, "input") == ["abc"], "it can be put right"
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator("input").blur()
    assert _asked(page) == ["look_for_newer_run", "scale", "look_for_newer_run"]
    _kernel(page, "answer", 3)
    assert _held(page, "input") == ["100"]


@pytest.mark.parametrize("end", ["Enter", "leaving"])
def test_a_day_is_sent_once_it_is_complete(end: str, page: Page) -> None:
    _kernel(page, "set", "choice", FIELDS)
    _kernel(page, "answer", 1)
    page.locator("[type=date]").focus()
    for key in "03052023":
        page.keyboard.press(key)
    assert _asked(page)[1:] == []
    if end == "Enter":
        page.keyboard.press(end)
    page.locator("[type=date]").blur()
    assert page.evaluate("kernel.asked.slice(1).map(message => message.values.value)") == ["2023-03-05"]


def test_a_list_keeps_the_last_of_several_quick_choices(page: Page) -> None:
    _kernel(page, "set", "choice", FIELDS)
    for choice in ("month", "he"):
        page.locator("select").select_option(choice)
    _kernel(page, "set", "choice", FIELDS)  # as it is after the first question
    assert _held(page, "select") == ["he"]
    _kernel(page, "answer", 2)
    assert _held(page, "select") == ["he"]
    _kernel(
        page, "set", "choice", FIELDS.replace(" selected", "").replace("<option>he", "<option selected>he")
    )
    _kernel(page, "answer", 3)
    assert _held(page, "select") == ["he"]


def test_a_button_with_nothing_to_do_keeps_the_focus_and_sends_nothing(page: Page) -> None:
    _kernel(page, "set", "head", "<button type=button data-action=undo>Undo</button>")
    page.get_by_role("button").click()
    _kernel(page, "set", "head", "<button type=button data-action=undo aria-disabled=true>Undo</button>")
    assert page.get_by_role("button").evaluate("button => button.matches(':focus')")
    page.keyboard.press("Enter")
    assert _asked(page)[1:] == ["undo"]


CALCULATOR = """<form data-action=calculate><input name=lmps value="25">
    <select name=month><option>{}<option>{}<option>{}</select></form>"""


def test_typing_that_was_not_sent_stays_when_its_panel_is_drawn_again(page: Page) -> None:
    _kernel(page, "set", "choice", CALCULATOR.format("all", "Jan", "Feb"))
    page.locator("[name=lmps]").fill("33, 44")
    page.locator("[name=month]").select_option("Feb")
    page.locator("[name=month]").blur()
    _kernel(page, "set", "choice", CALCULATOR.format("all", "Feb", "Mar"))
    assert _held(page, "input, select") == ["33, 44", "Feb"]
    _kernel(page, "set", "choice", CALCULATOR.format("all", "2026-01", "2026-02"))
    assert _held(page, "input, select") == ["33, 44", "all"], "a month that is gone cannot be chosen"


SENDERS = """<form data-action=add_filter><input name=column value=he><input name=operand value=7>
        <button type=submit>Add</button></form>
    <form><select name=sort_column data-action=sort><option>he<option>month</select>
        <input name=direction value=up>
        <button type=button data-action=turn data-pages=1>Next</button></form>
    <select data-action=level data-level=load_zone><option>EAST<option>WEST</select>
    <input type=checkbox data-action=draw data-zone=EAST>"""


def test_the_page_sends_the_inputs_of_an_action_and_nothing_else(page: Page) -> None:
    _kernel(page, "set", "choice", SENDERS)
    page.get_by_role("button", name="Add").click()
    page.locator("[name=sort_column]").select_option("month")
    page.get_by_role("button", name="Next").click()
    page.locator("[data-level]").select_option("WEST")
    page.locator("[type=checkbox]").check()
    assert page.evaluate("kernel.asked.slice(1).map(message => [message.action, message.values])") == [
        ["add_filter", {"column": "he", "operand": "7"}],
        ["sort", {"sort_column": "month", "direction": "up"}],
        ["turn", {"pages": "1"}],
        ["level", {"level": "load_zone", "value": "WEST"}],
        ["draw", {"zone": "EAST", "value": True}],
    ]


def test_a_sent_field_shows_what_the_kernel_answers(page: Page) -> None:
    _kernel(page, "set", "choice", CALCULATOR.format("all", "Jan", "Feb"))
    page.locator("[name=lmps]").fill("33")
    page.locator("[name=lmps]").press("Enter")
    _kernel(page, "set", "choice", CALCULATOR.format("all", "Jan", "Mar"))
    assert _held(page, "input") == ["25"]
