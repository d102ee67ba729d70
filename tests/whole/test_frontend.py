"""What the tool's page does by itself, before a kernel that is slow to answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from lib.tool.page import FOLDER

KERNEL = """async (source) => {
    window.kernel = {
        traits: {panels: ['head', 'choice'], gone: 'GONE', said: {text: 'Opening', is_error: false}},
        heard: {}, asked: [],
        get(name) { return this.traits[name] ?? ''; },
        on(event, react) { this.heard[event] = react; },
        send(message) { this.asked.push(message); },
        set(name, value) { this.traits[name] = value; this.heard[`change:${name}`](); },
        say(text) { this.set('said', {text, is_error: false}); },
        answer(number) { this.heard['msg:custom']({answered: number}); },
    };
    document.body.dataset.voila = 'voila';  // where what is said stays in sight
    const tool = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    tool.default.render({model: kernel, el: document.body.appendChild(document.createElement('div'))});
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The tool's page before a kernel that does what the test says, with time that passes as it says."""
    page = browser.new_page()
    page.clock.install()
    page.goto("about:blank")
    page.evaluate(KERNEL, (FOLDER / "frontend" / "tool.js").read_text(encoding="utf-8"))
    yield page
    page.close()


def _kernel(page: Page, call: str, *arguments: object) -> None:
    page.evaluate(f"kernel.{call}({', '.join(map(json.dumps, arguments))})")


def _asked(page: Page) -> list[str]:
    return list(page.evaluate("kernel.asked.map(message => message.action)"))


def _said(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def test_the_page_asks_nothing_before_the_first_panel_is_there(page: Page) -> None:
    page.clock.run_for(120_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert _asked(page) == []
    assert _said(page) == "Opening"
    _kernel(page, "set", "head", "<p>here</p>")
    _kernel(page, "set", "choice", "<p>there</p>")
    assert _asked(page) == ["look_for_newer_run"]


def test_a_kernel_that_says_how_far_it_has_come_is_not_taken_for_gone(page: Page) -> None:
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
