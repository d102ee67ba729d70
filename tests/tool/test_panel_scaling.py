"""Scaling, setting and drawing zones."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from lib.calc.profiles import CellWeights
from lib.calc.scaling import Edit
from lib.present.charts.before_after import MAX_ZONES
from lib.tool import state as state_module
from lib.tool.curve import Scope
from lib.tool.edit_log import format_edit
from lib.tool.messages import Message
from lib.tool.session import Session
from tests.tool.conftest import act, html_of


def test_a_value_for_a_curve_in_percent_is_a_percentage(opened: Session) -> None:
    assert (act(opened, "set", zone="WEST", value="2.5").state.shown["WEST"] == 0.025).all()
    assert (act(opened, "set", zone="WEST", value="2.5 %").state.shown["WEST"] == 0.025).all()
    dollars = act(opened, "choose", field="estimator", value="cost_per_mwh")
    assert (act(dollars, "set", zone="WEST", value="2.5").state.shown["WEST"] == 2.5).all()


def test_the_message_repeats_a_value_in_the_unit_it_was_typed_in(opened: Session) -> None:
    said = act(opened, "set", zone="CAPITL", value="5").state.message
    assert said == Message("CAPITL: set to 5 %.")
    assert act(opened, "set", zone="CAPITL", value="-0").state.message == Message("CAPITL: set to 0 %.")
    dollars = act(opened, "choose", field="estimator", value="cost_per_mwh")
    assert act(dollars, "set", zone="CAPITL", value="$12.34567").state.message == Message(
        "CAPITL: set to 12.34567 $/MWh."
    )


def test_a_value_beyond_the_limit_is_refused_in_the_unit_it_was_typed_in(opened: Session) -> None:
    assert not _error(act(opened, "set", zone="CAPITL", value="100000000"))
    assert "up to 100000000 % in size" in _error(act(opened, "set", zone="CAPITL", value="100000001"))
    assert "1000.0001 % is not possible" in _error(act(opened, "scale", zone="CAPITL", value="1000.0001"))
    assert html_of(act(opened, "scale", zone="CAPITL", value="123.4567891"), "scaling").select_one(
        "[data-action=scale][value='123.4567891']"
    )


def _error(session: Session) -> str:
    message = session.state.message
    return message.text if message is not None and message.is_error else ""


def test_an_empty_field_changes_nothing_and_the_message_says_so(opened: Session) -> None:
    for action in ("scale", "set"):
        left = act(opened, action, zone="CAPITL", value=" ")
        assert left.state.edits == ()
        assert left.state.message is not None and "nothing is changed" in left.state.message.text


@pytest.mark.parametrize(
    ("estimator", "typed"), [("cost_per_mwh", "110 %"), ("cost_weighted", "$5"), ("cost_weighted", "NaN")]
)
def test_a_value_in_another_unit_is_refused_and_quoted(estimator: str, typed: str, opened: Session) -> None:
    chosen = act(opened, "choose", field="estimator", value=estimator)
    refused = act(chosen, "set", zone="CAPITL", value=typed)
    assert refused.state.edits == ()
    assert refused.state.message is not None and refused.state.message.is_error
    assert f"'{typed}'" in refused.state.message.text


def test_the_message_of_an_empty_value_names_the_zone(opened: Session) -> None:
    left = act(opened, "set", zone="WEST", value=" ")
    assert left.state.edits == ()
    assert left.state.message == Message("No value is entered for WEST: nothing is changed.")


def test_messages_name_the_scope_and_the_drawn_zones(opened: Session) -> None:
    assert act(opened, "scope", months="12", hes="", blocks="7x8").state.message == Message(
        "Edits, means and charts are of Dec, 7x8 only."
    )
    assert act(opened, "scope", months="", hes="", blocks="").state.message == Message(
        "Edits, means and charts are of all months, hours and blocks."
    )
    drawn = act(opened, "draw", zone="WEST", value=True)
    assert drawn.state.message == Message("WEST is drawn.")
    assert act(drawn, "draw", zone="WEST", value=False).state.message == Message("WEST is no longer drawn.")


def test_a_scale_holds_for_the_chosen_months_and_blocks(opened: Session) -> None:
    scoped = act(opened, "scope", months="Dec", hes="", blocks="7x8")
    assert scoped.scope == Scope((12,), ("7x8",))
    edited = act(scoped, "scale", zone="GENESE", value="0").state.shown["GENESE"]
    is_zero = edited == 0
    assert is_zero.sum() == 8
    assert set(is_zero[is_zero].index.droplevel("he")) == {(12, "7x8")}


def test_hours_and_several_months_are_scaled_and_means_and_charts_are_of_them(opened: Session) -> None:
    scoped = act(opened, "scope", months="Dec-Jan", hes="8-9, 22", blocks="5x16, 2x16")
    assert scoped.scope == Scope(None, ("5x16", "2x16"), (8, 9, 22))
    assert "of HE 8, 9, 22, 5x16, 2x16 only" in html_of(scoped, "charts").text
    edited = act(scoped, "scale", zone="GENESE", value="0").state.shown["GENESE"]
    assert set(edited[edited == 0].index.get_level_values("he")) == {8, 9, 22}
    assert (edited == 0).sum() == 2 * 3 * 2
    after = html_of(act(scoped, "scale", zone="GENESE", value="0"), "scaling").select_one("tr.edited .after")
    assert after is not None and float(after.text) == 0, "the mean is of the scaled cells only"
    hours = html_of(scoped, "charts").select("figure")[1].select("rect.hover title")
    assert [title.text.splitlines()[0] for title in hours] == [
        f"Hour ending, local {he}" for he in (8, 9, 22)
    ]
    assert "before" in hours[0].text
    refused = act(scoped, "scope", months="", hes="25", blocks="")
    assert refused.scope == scoped.scope
    assert refused.state.message is not None and refused.state.message.is_error


@pytest.mark.parametrize("values", [{"percent": "", "value": ""}, {"percent": "90", "value": "2"}])
def test_all_zones_need_one_number_and_not_two(values: dict[str, str], opened: Session) -> None:
    refused = act(opened, "apply_to_all", **values)
    assert refused.state.message is not None and refused.state.message.is_error
    assert refused.state.edits == ()


def test_the_charts_draw_at_most_as_many_zones_as_there_are_colours(opened: Session) -> None:
    session = opened
    for zone in opened.state.zones[: MAX_ZONES + 1]:
        session = act(session, "draw", zone=zone, value=True)
    assert session.drawn_zones == opened.state.zones[:MAX_ZONES]
    assert session.state.message is not None and session.state.message.is_error
    assert (
        act(session, "draw", zone=session.drawn_zones[0], value=False).drawn_zones
        == opened.state.zones[1:MAX_ZONES]
    )


def _in_another_iso(session: Session) -> Session:
    """Return the session with the zones of another ISO."""
    state, source = session.state, session.state.source
    values = source.values.add_prefix("PJM ")
    base = source.weights.base.add_prefix("PJM ")
    other = replace(source, values=values, weights=CellWeights(base, ""))
    return session.with_state(replace(state, choice=replace(state.choice, iso="PJM"), source=other))


def test_each_iso_draws_its_own_ticked_zones(opened: Session) -> None:
    ticked = act(opened, "draw", zone="WEST", value=True)
    there = act(_in_another_iso(ticked), "draw", zone="PJM WEST", value=True)
    assert there.drawn_zones == ("PJM CAPITL", "PJM WEST")
    assert there.with_state(opened.state).drawn_zones == ("CAPITL", "WEST")


def test_no_zone_is_drawn_when_all_are_unticked(opened: Session) -> None:
    empty = act(opened, "draw", zone=opened.drawn_zones[0], value=False)
    assert empty.drawn_zones == ()
    assert html_of(empty, "scaling").select("[data-action=draw][checked]") == []
    assert html_of(empty, "charts").select("figure") == []
    assert "Tick a zone" in html_of(empty, "charts").text


def test_lines_legend_and_ticks_have_the_same_colours(opened: Session) -> None:
    drawn = act(act(opened, "draw", zone="WEST", value=True), "draw", zone="GENESE", value=True)
    table = html_of(drawn, "charts").select_one("figure table")
    assert table is not None
    rows = [row.select("th, td")[0].text for row in table.select("tbody tr")]
    assert tuple(dict.fromkeys(rows)) == drawn.drawn_zones == ("CAPITL", "WEST", "GENESE")


def test_edits_are_listed_as_a_person_would_put_them() -> None:
    assert format_edit(Edit(percent=110, zones=("WEST",), months=(7,), blocks=("5x16",)), "%") == (
        "WEST, Jul, 5x16: 110 %"
    )
    assert format_edit(Edit(value=0.025), "%") == "all zones: set to 2.5 %"
    assert format_edit(Edit(value=12345.67), "$/MWh") == "all zones: set to 12345.67 $/MWh"
    assert format_edit(Edit(value=1.5), "factor") == "all zones: set to 1.5"


def test_a_coming_year_of_vlr_has_both_bounds_in_table_and_tooltip(opened: Session) -> None:
    page = html_of(opened, "scaling")
    caption = page.find("caption", string=re.compile("of the same months of a coming year"))
    assert caption is not None and "2024-12-01 to 2025-01-31" in caption.text
    year = opened.data.coming_year(opened.state.choice)
    assert (year["dependent_low"] < year["priced"]).all() and (year["priced"] < year["dependent_high"]).all()
    tips = [cell["title"] for cell in page.select("td[title]")]
    assert len(tips) == len(year) and all("if they are independent" in tip for tip in tips)
    assert opened.data.coming_year(opened.state.choice) is year, "it is computed once"


def test_few_days_have_no_band_and_say_so(opened: Session) -> None:
    day = opened.state.choice.start
    short = replace(
        opened, state=state_module.choose(opened.state, opened.data, start=day, end=day + timedelta(days=6))
    )
    page = html_of(short, "scaling")
    assert "No band: these days have 0 residuals, and 36 are needed" in page.text
    assert not page.select("td[title]")


def test_other_curves_have_no_band_of_a_coming_year(opened: Session) -> None:
    shaping = replace(opened, state=state_module.choose(opened.state, opened.data, curve="shaping"))
    assert "coming year" not in html_of(shaping, "scaling").text
