from __future__ import annotations

import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.calc.profiles import Weights
from lib.calc.scaling import Edit
from lib.present.charts.before_after import MOST_ZONES
from lib.present.formats import MISSING, Format
from lib.present.pricing_file import read_pricing_file
from lib.tool import editing, pricing_files
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.messages import Message
from lib.tool.panels import ACTIONS, PANELS, pivot
from lib.tool.panels.panel import first
from lib.tool.panels.pivot import render_rows
from lib.tool.panels.scaling import format_edit
from lib.tool.session import File, Scope, Session
from lib.tool.viewer_state import PAGE_ROWS, open_viewer

PERCENT = Format("%", "{:,.3f}", 100.0)


@pytest.fixture(scope="module")
def opened(data: ToolData) -> Session:
    return Session(data, tool_state.first_state(data), open_viewer(data.db), month=1)


def _do(session: Session, action: str, **values: object) -> Session:
    return ACTIONS[action](session, values, ())


def _html(session: Session, name: str) -> BeautifulSoup:
    panel = next(panel for panel in PANELS if panel.name == name)
    return BeautifulSoup(panel.html(session), "html.parser")


def test_every_panel_has_a_heading_of_its_own_and_labels_for_its_fields(opened: Session) -> None:
    for panel in PANELS:
        html = _html(opened, panel.name)
        assert len(html.select(f"#heading-{panel.name}")) == 1
        for field in html.select("input, select"):
            assert field.find_parent("label") or field.get("aria-label"), field


def test_a_demo_file_marks_the_page_demo_though_the_database_is_real(opened: Session) -> None:
    source = replace(opened.state.source, is_demo=True)
    demo = opened.with_state(replace(opened.state, source=source))
    head = next(panel for panel in PANELS if panel.name == "head")
    assert head.depends(demo) != head.depends(opened)
    assert "DEMO" not in _html(opened, "head").text
    assert "DEMO" in _html(demo, "head").text


def test_every_action_that_a_panel_offers_is_known(opened: Session) -> None:
    edited = _do(opened, "scale", zone="WEST", value="90")
    offered = {
        tag["data-action"] for panel in PANELS for tag in _html(edited, panel.name).select("[data-action]")
    }
    assert offered <= set(ACTIONS)
    asked_by_the_page = {"look_for_newer_run", "await_refresh", "await_work"}
    shown_at_times = {"show_rows", "refresh", "close_upload", "drop_filter", "stop_work"}
    assert set(ACTIONS) == offered | asked_by_the_page | shown_at_times


def test_a_panel_is_drawn_anew_when_and_only_when_it_has_changed(opened: Session) -> None:
    def changed(after: Session) -> set[str]:
        return {panel.name for panel in PANELS if panel.depends(opened) != panel.depends(after)} - {"footer"}

    assert changed(replace(opened)) == set()
    assert changed(_do(opened, "scale", zone="WEST", value="90")) == {
        "scaling", "charts", "pivot", "calculator",
    }  # fmt: skip
    assert changed(_do(opened, "show_month", value="12")) == {"pivot"}
    assert changed(_do(opened, "draw", zone="WEST", value=True)) == {"scaling", "charts"}


def test_a_value_for_a_curve_in_percent_is_meant_in_percent(opened: Session) -> None:
    assert (_do(opened, "set", zone="WEST", value="2.5").state.shown["WEST"] == 0.025).all()
    assert (_do(opened, "set", zone="WEST", value="2.5 %").state.shown["WEST"] == 0.025).all()
    dollars = _do(opened, "choose", field="estimator", value="cost_per_mwh")
    assert (_do(dollars, "set", zone="WEST", value="2.5").state.shown["WEST"] == 2.5).all()


ODD_NAMES = ("before", "after", "zone", "location", "value", "cost_weighted", "index", "count", "level_0")


def test_a_file_whose_zones_have_the_names_of_our_columns_is_worked_on(opened: Session) -> None:
    name, content = pricing_files.download(opened.state, "csv")
    text = content.decode()
    for zone, odd in zip(opened.state.zones, ODD_NAMES, strict=False):
        text = text.replace(f",{zone}", f",{odd}")
    uploaded = ACTIONS["upload"](opened, {"name": name}, (memoryview(text.encode()),))
    assert uploaded.state.zones[: len(ODD_NAMES)] == ODD_NAMES
    edited = _do(_do(uploaded, "draw", zone="before", value=True), "scale", zone="after", value="200")
    for panel in PANELS:
        assert _html(edited, panel.name).select(f"#heading-{panel.name}")
    means = editing.profile(edited.state, [], ODD_NAMES).set_index("zone")
    assert means.loc["after", "after"] == pytest.approx(2 * means.loc["after", "before"])
    again = read_pricing_file(*pricing_files.download(edited.state, "csv")).cells
    assert set(ODD_NAMES) <= set(again.columns)


def test_a_value_is_answered_in_the_unit_in_which_it_was_typed(opened: Session) -> None:
    said = _do(opened, "set", zone="CAPITL", value="5").state.message
    assert said == Message("CAPITL: set to 5 %.")
    assert _do(opened, "set", zone="CAPITL", value="-0").state.message == Message("CAPITL: set to 0 %.")
    dollars = _do(opened, "choose", field="estimator", value="cost_per_mwh")
    assert _do(dollars, "set", zone="CAPITL", value="$12345.67").state.message == Message(
        "CAPITL: set to 12345.67 $/MWh."
    )


def test_a_value_beyond_every_curve_is_refused_in_the_unit_in_which_it_was_typed(opened: Session) -> None:
    assert not _error(_do(opened, "set", zone="CAPITL", value="100000000"))
    assert "up to 100000000 % in size" in _error(_do(opened, "set", zone="CAPITL", value="100000001"))
    assert "1000.0001 % is not possible" in _error(_do(opened, "scale", zone="CAPITL", value="1000.0001"))
    assert _html(_do(opened, "scale", zone="CAPITL", value="123.4567891"), "scaling").select_one(
        "[data-action=scale][value='123.4567891']"
    )


def _error(session: Session) -> str:
    message = session.state.message
    return message.text if message is not None and message.is_error else ""


def test_an_empty_field_changes_nothing_and_says_so(opened: Session) -> None:
    for action in ("scale", "set"):
        left = _do(opened, action, zone="CAPITL", value=" ")
        assert left.state.edits == ()
        assert left.state.message is not None and "nothing is changed" in left.state.message.text


def test_months_that_a_newly_chosen_curve_does_not_have_are_let_go_with_a_sentence(opened: Session) -> None:
    scoped = _do(_do(opened, "scope", month="1", block=""), "calculate", lmps="25", month="12", block="")
    name, content = pricing_files.download(opened.state, "csv")
    delivered = re.sub(rb"(?m)^(\d+)(?=,\d+,)", lambda month: b"2026-%02d" % int(month[1]), content)
    uploaded = ACTIONS["upload"](scoped, {"name": name}, (memoryview(delivered),))
    assert uploaded.scope.months is None and uploaded.calculator_scope.months is None
    assert uploaded.state.message is not None
    assert "What you enter now holds for all months." in uploaded.state.message.text
    assert "The calculator is about all months." in uploaded.state.message.text


def test_another_curve_is_shown_from_its_first_row(opened: Session) -> None:
    scrolled = _do(_do(opened, "show_month", value=""), "show_rows", row="40")
    assert scrolled.first_row == 40
    assert _do(scrolled, "scale", zone="CAPITL", value="90").first_row == 40
    assert _do(scrolled, "choose", field="curve", value="shaping").first_row == 0


@pytest.mark.parametrize(
    ("estimator", "typed"), [("cost_per_mwh", "110 %"), ("cost_weighted", "$5"), ("cost_weighted", "NaN")]
)
def test_a_value_in_another_unit_is_refused_as_it_was_typed(
    estimator: str, typed: str, opened: Session
) -> None:
    chosen = _do(opened, "choose", field="estimator", value=estimator)
    refused = _do(chosen, "set", zone="CAPITL", value=typed)
    assert refused.state.edits == ()
    assert refused.state.message is not None and refused.state.message.is_error
    assert f"'{typed}'" in refused.state.message.text


def test_a_value_field_that_is_left_empty_changes_nothing(opened: Session) -> None:
    left = _do(opened, "set", zone="WEST", value=" ")
    assert left.state.edits == ()
    assert left.state.message == Message("No value is entered for WEST: nothing is changed.")


def test_what_is_chosen_for_scaling_and_for_the_charts_is_said(opened: Session) -> None:
    assert _do(opened, "scope", month=["12"], block=["7x8"]).state.message == Message(
        "What you enter holds for Dec, 7x8 only."
    )
    assert _do(opened, "scope", month=[""], block=[""]).state.message == Message(
        "What you enter holds for all months and blocks."
    )
    drawn = _do(opened, "draw", zone="WEST", value=True)
    assert drawn.state.message == Message("WEST is drawn.")
    assert _do(drawn, "draw", zone="WEST", value=False).state.message == Message("WEST is no longer drawn.")


def test_a_scale_holds_for_the_chosen_months_and_blocks(opened: Session) -> None:
    scoped = _do(opened, "scope", month=["12"], block=["7x8"])
    assert scoped.scope == Scope((12,), ("7x8",))
    edited = _do(scoped, "scale", zone="GENESE", value="0").state.shown["GENESE"]
    is_zero = edited == 0
    assert is_zero.sum() == 8
    assert set(is_zero[is_zero].index.droplevel("he")) == {(12, "7x8")}


@pytest.mark.parametrize("values", [{"percent": "", "value": ""}, {"percent": "90", "value": "2"}])
def test_all_zones_need_one_number_and_not_two(values: dict[str, str], opened: Session) -> None:
    refused = _do(opened, "apply_to_all", **{name: [value] for name, value in values.items()})
    assert refused.state.message is not None and refused.state.message.is_error
    assert refused.state.edits == ()


def test_no_more_zones_are_drawn_than_there_are_colours(opened: Session) -> None:
    session = opened
    for zone in opened.state.zones[: MOST_ZONES + 1]:
        session = _do(session, "draw", zone=zone, value=True)
    assert session.drawn_zones == opened.state.zones[:MOST_ZONES]
    assert session.state.message is not None and session.state.message.is_error
    assert (
        _do(session, "draw", zone=session.drawn_zones[0], value=False).drawn_zones
        == opened.state.zones[1:MOST_ZONES]
    )


def _in_another_iso(session: Session) -> Session:
    """Return the session where another ISO's zones are shown."""
    state, source = session.state, session.state.source
    values = source.values.add_prefix("PJM ")
    base = source.weights.base.add_prefix("PJM ")
    other = replace(source, values=values, weights=Weights(base, ""))
    return session.with_state(replace(state, choice=replace(state.choice, iso="PJM"), source=other))


def test_zones_are_drawn_for_each_iso_as_they_were_ticked(opened: Session) -> None:
    ticked = _do(opened, "draw", zone="WEST", value=True)
    there = _do(_in_another_iso(ticked), "draw", zone="PJM WEST", value=True)
    assert there.drawn_zones == ("PJM CAPITL", "PJM WEST")
    assert there.with_state(opened.state).drawn_zones == ("CAPITL", "WEST")


def test_no_zone_is_drawn_when_all_are_unticked(opened: Session) -> None:
    empty = _do(opened, "draw", zone=opened.drawn_zones[0], value=False)
    assert empty.drawn_zones == ()
    assert _html(empty, "scaling").select("[data-action=draw][checked]") == []
    assert _html(empty, "charts").select("figure") == []
    assert "Tick a zone" in _html(empty, "charts").text


def test_lines_have_the_colours_of_the_legend_and_of_the_ticks(opened: Session) -> None:
    drawn = _do(_do(opened, "draw", zone="WEST", value=True), "draw", zone="GENESE", value=True)
    table = _html(drawn, "charts").select_one("figure table")
    assert table is not None
    rows = [row.select("th, td")[0].text for row in table.select("tbody tr")]
    assert tuple(dict.fromkeys(rows)) == drawn.drawn_zones == ("CAPITL", "WEST", "GENESE")


@pytest.mark.parametrize(
    ("lmps", "heads"),
    [
        ("25, 25", ["LMP 25"]),
        ("40.00001, 40.000012", ["LMP 40.00001", "LMP 40.000012"]),
        ("100000; -5", ["LMP 100000", "LMP -5"]),
    ],
)
def test_each_lmp_has_one_column_with_a_head_of_its_own(lmps: str, heads: list[str], opened: Session) -> None:
    priced = _do(opened, "calculate", lmps=[lmps])
    assert priced.state.message is not None and not priced.state.message.is_error
    table = _html(priced, "calculator").select_one("table")
    assert table is not None
    assert [head.text for head in table.select("thead th")] == ["Zone", *heads]


def test_a_day_that_is_none_gets_a_sentence(opened: Session) -> None:
    refused = _do(opened, "choose_day", field="start", value="2025-02-30")
    assert refused.state.message is not None and "2024-03-01" in refused.state.message.text
    assert refused.state.choice == opened.state.choice


def test_choosing_says_what_is_shown(opened: Session) -> None:
    chosen = _do(opened, "choose", field="curve", value="shaping")
    assert chosen.state.message is not None
    assert chosen.state.message.text.startswith("Shaping of NYISO")


def test_edits_are_listed_in_words() -> None:
    assert format_edit(Edit(percent=110, zones=("WEST",), months=(7,), blocks=("5x16",)), "%") == (
        "WEST, Jul, 5x16: 110 %"
    )
    assert format_edit(Edit(value=0.025), "%") == "all zones: set to 2.5 %"
    assert format_edit(Edit(value=12345.67), "$/MWh") == "all zones: set to 12345.67 $/MWh"
    assert format_edit(Edit(value=1.5), "factor") == "all zones: set to 1.5"


def test_the_cells_are_written_with_their_digits_and_edited_ones_are_marked() -> None:
    index = pd.MultiIndex.from_tuples([(1, 8, "5x16"), (1, 9, "5x16")], names=["month", "he", "block_type"])
    source = pd.DataFrame({"<A>": [0.01, math.nan], "B": [0.02, 12.3456]}, index)
    rows = render_rows(source.assign(B=[0.02, 12.5]), source, PERCENT)
    cells = [[cell.text for cell in row.select("td")] for row in BeautifulSoup(rows, "lxml").select("tr")]
    assert cells == [["1.000", "2.000"], [MISSING, "1,250.000"]]
    assert rows.count("<td class=e>") == 1


def test_a_large_curve_is_shown_in_pieces(opened: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pivot, "MAX_CELLS", 30 * len(opened.state.zones))
    everything = _do(opened, "show_month", value="")
    n_rows, shown = len(everything.state.shown), 0
    while shown < n_rows:
        piece = len(_html(everything, "pivot").select("tbody tr"))
        assert 0 < piece <= 30
        shown += piece
        everything = _do(everything, "show_rows", row=str(shown))
    assert shown == n_rows


def test_the_viewer_turns_its_pages_and_keeps_a_selection_that_is_refused(opened: Session) -> None:
    hours = _do(opened, "relation", value="nyiso_vlr")
    turned = _do(hours, "turn", pages="1")
    assert turned.viewer.offset == PAGE_ROWS
    assert not turned.viewer.rows.equals(hours.viewer.rows)
    assert _do(hours, "turn", pages="-1").viewer.offset == 0
    refused = _do(hours, "add_filter", column=["month"], operator=["is"], operand=["July"])
    assert refused.viewer == hours.viewer
    assert refused.state.message is not None and refused.state.message.is_error


def test_a_relation_with_lists_in_it_can_be_looked_at(opened: Session) -> None:
    assert opened.viewer.selection.relation == "curve_version"
    assert len(_html(opened, "viewer").select("tbody tr")) == len(opened.viewer.rows) > 0


def test_a_filter_is_taken_away_again(opened: Session) -> None:
    asked = _do(opened, "relation", value="nyiso_vlr")
    filtered = _do(asked, "add_filter", column=["month"], operator=["is"], operand=["1"])
    assert 0 < (filtered.viewer.n_rows or 0) < (asked.viewer.n_rows or 0)
    assert _do(filtered, "drop_filter", position="0").viewer.n_rows == asked.viewer.n_rows


def test_what_the_page_says_is_read_as_text() -> None:
    values = {"month": ["7", "8"], "zone": "WEST", "nothing": []}
    assert [first(values, name) for name in ("month", "zone", "nothing", "unknown")] == ["7", "WEST", "", ""]


@pytest.mark.usefixtures("hasty")
def test_a_file_is_read_and_written_while_the_tool_goes_on(opened: Session) -> None:
    name, content = pricing_files.download(opened.state, "xlsx")
    reading = ACTIONS["upload"](opened, {"name": name}, (memoryview(content),))
    assert _html(reading, "files").select_one("[data-ask-again=await_work]")
    edited = _done(_do(reading, "scale", zone="WEST", value="90"))
    assert edited.state.upload == name
    assert len(edited.state.kept) == 1, "what was done meanwhile is kept"
    assert not _html(edited, "files").select("[data-ask-again]")
    written = _done(_do(edited, "download", kind="csv"))
    assert written.outbox == File(*pricing_files.download(edited.state, "csv"))
    refused = _done(ACTIONS["upload"](written, {"name": "a\u202ecsv.csv"}, (memoryview(b"\xff,"),)))
    assert refused.state.upload == name
    assert refused.state.message is not None
    assert refused.state.message.text.startswith("line 1 holds a byte that is not UTF-8")


def _done(session: Session) -> Session:
    """Return the session once its file is read or written."""
    for job in session.jobs.values():
        assert job.call.is_done(within_seconds=30)
    return _do(session, "await_work")
