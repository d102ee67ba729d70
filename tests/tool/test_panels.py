"""What all panels have in common, and the inputs that their actions take."""

from __future__ import annotations

from dataclasses import replace

from lib.tool.panels import PANELS
from lib.tool.session import Session
from tests.tool.conftest import act, html_of


def test_every_panel_has_its_own_heading_and_labels_for_its_fields(opened: Session) -> None:
    for panel in PANELS:
        html = html_of(opened, panel.name)
        assert len(html.select(f"#heading-{panel.name}")) == 1
        for field in html.select("input:not([type=hidden]), select"):
            assert field.find_parent("label") or field.get("aria-label"), field


def test_a_demo_file_marks_the_page_as_demo_although_the_database_is_real(opened: Session) -> None:
    source = replace(opened.state.source, is_demo=True)
    demo = opened.with_state(replace(opened.state, source=source))
    head = next(panel for panel in PANELS if panel.name == "head")
    assert head.depends(demo) != head.depends(opened)
    assert "DEMO" not in html_of(opened, "head").text
    assert "DEMO" in html_of(demo, "head").text


def test_a_panel_is_drawn_again_exactly_when_it_has_changed(opened: Session) -> None:
    def changed(after: Session) -> set[str]:
        return {panel.name for panel in PANELS if panel.depends(opened) != panel.depends(after)} - {"footer"}

    assert changed(replace(opened)) == set()
    assert changed(act(opened, "scale", zone="WEST", value="90")) == {
        "scaling", "charts", "pivot", "calculator",
    }  # fmt: skip
    assert changed(act(opened, "show_month", value="12")) == {"pivot"}
    assert changed(act(opened, "draw", zone="WEST", value=True)) == {"scaling", "charts"}
