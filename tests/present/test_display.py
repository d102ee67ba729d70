from __future__ import annotations

import pandas as pd
from bs4 import BeautifulSoup

from lib.calc.event_rows import COLUMNS, WITHOUT, no_effects
from lib.present import tables
from lib.present.display import KEY_FIGURES_OUTPUT, KEY_VALUES_OUTPUT, Chart, KeyFigures, KeyValues, Table

FRAME = pd.DataFrame({"location": ["A<B", "C"], "cost_per_mwh": [0.25, None], "n_hours": [10, 0]})


def _soup(shown: Table | Chart) -> BeautifulSoup:
    return BeautifulSoup(shown.render_html(), "html.parser")


def test_a_table_shows_the_frames_rounded_numbers_under_their_headings() -> None:
    soup = _soup(Table(FRAME, "VLR by zone"))
    assert [cell.text for cell in soup.select("thead th")] == ["Zone", "VLR, $/MWh", "Hours"]
    assert [[cell.text for cell in row.select("th, td")] for row in soup.select("tbody tr")] == [
        ["A<B", "0.2500", "10"],
        ["C", "–", "0"],  # noqa: RUF001
    ]


def test_a_table_has_a_caption_scopes_and_a_box_the_keyboard_can_scroll() -> None:
    soup = _soup(Table(FRAME, "VLR by zone"))
    assert soup.caption is not None
    assert soup.caption.text == "VLR by zone"
    assert {cell["scope"] for cell in soup.select("tbody th")} == {"row"}
    assert soup.div is not None
    assert soup.div["tabindex"] == "0"


def test_a_tables_text_has_the_numbers_of_its_html() -> None:
    bundle = Table(FRAME, "VLR by zone")._repr_mimebundle_()
    assert "0.2500" in bundle["text/plain"]
    assert "0.2500" in bundle["text/html"]


def test_a_table_without_rows_says_none_once_and_has_no_columns() -> None:
    bundle = Table(FRAME.head(0), "Problems")._repr_mimebundle_()
    assert bundle["text/plain"] == "Problems\nnone"
    assert BeautifulSoup(bundle["text/html"], "html.parser").text == "Problems none"
    assert _soup(Table(FRAME.head(0), "Problems: none")).text == "Problems: none"


def test_key_figures_have_names_and_are_escaped() -> None:
    figures = KeyFigures([("Dearest zone", "A<B", "$0.25/MWh"), ("VLR", "0.5 %", "")])
    bundle, metadata = figures._repr_mimebundle_()
    assert metadata == {KEY_FIGURES_OUTPUT: True}
    assert bundle["text/plain"] == "Dearest zone: A<B $0.25/MWh\nVLR: 0.5 %"
    soup = BeautifulSoup(bundle["text/html"], "html.parser")
    assert [tag.text for tag in soup.select("dt")] == ["Dearest zone", "VLR"]
    assert [tag.text for tag in soup.select("dd strong")] == ["A<B", "0.5 %"]


def test_a_chart_is_a_figure_with_text_caption_and_the_numbers_behind_it() -> None:
    soup = _soup(Chart('<svg viewBox="0 0 1 1"><g/></svg>', "Title", "How to read it", 'Says "what"', FRAME))
    assert soup.figure is not None
    svg = soup.select_one("svg")
    assert svg is not None
    assert (svg["role"], svg["aria-label"]) == ("img", 'Says "what"')
    assert soup.select_one("figcaption").text == "How to read it"  # type: ignore[union-attr]
    assert "0.2500" in soup.select_one("details table").text  # type: ignore[union-attr]


def test_facts_keep_their_order_for_the_reports_header() -> None:
    _, metadata = KeyValues({"Window": "w", "ISO": "i"}, is_demo=True)._repr_mimebundle_()
    assert metadata[KEY_VALUES_OUTPUT] == {"values": [("Window", "w"), ("ISO", "i")], "is_demo": True}


def test_the_table_of_hours_has_a_column_for_each_reason() -> None:
    counts = pd.DataFrame({"location": ["A"], "n_window": [10], "n_used": [8], "no RT load": [2]})
    assert list(tables.hours_used(counts, "Hours").formatted()) == [
        "Zone",
        "Hours of the window",
        "Hours used",
        "No RT load",
    ]


def test_a_notebook_opened_by_hand_says_that_it_wrote_nothing() -> None:
    nothing = pd.DataFrame(columns=["relation", "n_read", "n_written", "n_revised"])
    assert "opened by hand" in tables.written_rows([nothing, nothing], is_published=False).caption


def test_a_check_over_no_rows_does_not_claim_to_hold() -> None:
    results = pd.DataFrame({"check": ["a", "b"], "n_checked": [3, 0], "tolerance": 1e-9})
    assert list(tables.checks(results).formatted()["Result"]) == ["holds", "nothing to check"]


def test_a_table_can_say_what_a_column_holds_here() -> None:
    frame = pd.DataFrame({"location": ["HB_NORTH"], "n_hours": [1234]})
    texts = tables.table(frame, "Prices", headings={"location": "Location"}).formatted()
    assert texts.to_dict("list") == {"Location": ["HB_NORTH"], "Hours": ["1,234"]}


def test_lines_with_and_without_events_fit_a_page_and_name_the_published_one() -> None:
    row = ("zone basis", "A", "Feb, 7x8", "$/MWh", WITHOUT, 1.5, 1.25, 0.25, 72, 9)
    effects = pd.DataFrame([row], columns=COLUMNS)
    table = tables.event_effects(effects, "a storm")
    (shown,) = table.formatted().to_dict("records")
    assert table.caption == "With and without a storm"
    assert shown == {
        "Line": "zone basis, $/MWh",
        "Of": "A",
        "Over": "Feb, 7x8",
        "Published": "without",
        "With": "1.500",
        "Without": "1.250",
        "Added": "+0.250",
        "Hours": "72",
        "Days": "9",
    }


def test_a_window_without_an_event_is_one_sentence_and_no_table() -> None:
    table = tables.event_effects(no_effects(), "")
    assert "<table" not in table.render_html()
    assert "none, because no event lies in the window" in table.render_html()
