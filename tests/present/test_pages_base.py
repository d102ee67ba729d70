"""What all pages share."""

from __future__ import annotations

from lib.present.pages.base import DEMO_WARNING, render_print_css


def test_every_sheet_of_simulated_numbers_says_so_and_others_do_not() -> None:
    assert DEMO_WARNING in render_print_css("NYISO", is_demo=True)
    assert "DEMO" not in render_print_css("NYISO", is_demo=False)


def test_a_title_can_end_neither_its_string_nor_the_style_sheet() -> None:
    marks = render_print_css('A"; } </style> \\ B', is_demo=False)
    assert r'content: "A\22 ; } \3c /style> \5c  B"' in marks
    assert "</style>" not in marks
