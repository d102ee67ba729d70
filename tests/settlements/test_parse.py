from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.hub_map import SETTLEMENT_KEY
from lib.settlements import UnreadableReport, parse_report
from lib.settlements.columns import COLUMNS

DAY = date(2025, 12, 30)
HEADER = "|".join(COLUMNS)

Make = Callable[..., bytes]
MakeLine = Callable[..., str]


def test_a_line_becomes_a_row_with_dates_and_numbers(make_dat: Make, make_line: MakeLine) -> None:
    parsed = parse_report(make_dat(make_line()), "dat", DAY)
    row = parsed.frame.iloc[0].to_dict()
    assert np.isnan(row.pop("strike"))
    assert row == {
        "trade_date": pd.Timestamp("2025-12-30"),
        "hub": "PJM WH RT",
        "product": "Peak Futures (1 MW)",
        "strip": pd.Timestamp("2026-01-01"),
        "contract": "PMI",
        "contract_type": "F",
        "settlement_price": 61.35,
        "net_change": -0.45,
        "expiration_date": pd.Timestamp("2026-01-30"),
        "product_id": "1481",
    }
    assert (parsed.n_lines, parsed.n_repeated, len(parsed.rejects)) == (1, 0, 0)


@given(order=st.permutations(list(COLUMNS)), extra=st.booleans())
@settings(max_examples=30)
def test_columns_are_found_by_name_in_any_order(order: list[str], extra: bool) -> None:
    line = "12/30/2025|H|P|1/1/2026|PMI|C|50|3.5||1/5/2026|7"
    values = dict(zip(COLUMNS, line.split("|"), strict=True))
    names = [*order, "SOMETHING NEW"] if extra else order
    body = "\n".join(["|".join(names), "|".join(values.get(name, "?") for name in names)]).encode()
    expected = parse_report("\n".join([HEADER, "|".join(values.values())]).encode(), "dat", DAY).frame
    pd.testing.assert_frame_equal(parse_report(body, "dat", DAY).frame, expected)


@pytest.mark.parametrize("heading", COLUMNS)
def test_a_file_that_lacks_a_column_is_refused_by_its_name(heading: str, make_dat: Make) -> None:
    body = make_dat().replace(heading.encode(), b"SOMETHING ELSE", 1)
    with pytest.raises(UnreadableReport, match=f"lacks {heading}"):
        parse_report(body, "dat", DAY)


def test_a_file_that_names_a_column_twice_is_refused(make_dat: Make) -> None:
    body = make_dat().replace(b"NET CHANGE", b"STRIKE", 1)
    with pytest.raises(UnreadableReport, match="lacks NET CHANGE"):
        parse_report(body, "dat", DAY)
    doubled = make_dat().replace(b"\r\n", b"|STRIKE\r\n", 1)
    with pytest.raises(UnreadableReport, match="repeats STRIKE"):
        parse_report(doubled, "dat", DAY)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableReport, match="empty"):
        parse_report(body, "dat", DAY)


def test_a_blank_line_counts_for_the_numbers_of_the_lines_and_for_nothing_else(
    make_dat: Make, make_line: MakeLine
) -> None:
    parsed = parse_report(make_dat(make_line(), "", "  ", make_line(strip="?")), "dat", DAY)
    assert parsed.n_lines == 2
    assert parsed.rejects["line"].tolist() == [5]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-12.5", -12.5),
        ("0", 0.0),
        ('"1,234.50"', 1234.5),
        ('"-1,234,567.5"', None),  # beyond what any contract costs
        ('"12,34"', None),
        ("1,5", None),
        ("N/A", None),
        ("NaN", None),
        ("inf", None),
        ("1e308", None),
        ("", None),
        (" 7.25 ", 7.25),
    ],
)
def test_a_price_is_a_finite_number_and_anything_else_is_shown(
    text: str, number: float | None, make_dat: Make, make_line: MakeLine
) -> None:
    parsed = parse_report(make_dat(make_line(settlement_price=text), make_line(strip="2/1/2026")), "dat", DAY)
    if number is None:
        assert len(parsed.frame) == 1
        assert parsed.rejects["line"].tolist() == [2]
        assert "SETTLEMENT PRICE is no number" in parsed.rejects["reason"].iloc[0]
    else:
        assert parsed.frame["settlement_price"].tolist() == [number, 61.35]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"strip": "2026-01-01"}, "STRIP is no date: '2026-01-01'"),
        ({"strip": "13/1/2026"}, "STRIP is no date"),
        ({"strip": "2/30/2026"}, "STRIP is no date"),
        ({"contract": ""}, "CONTRACT is empty"),
        ({"hub": "\ufffd"}, "HUB is empty or not UTF-8"),
        ({"trade_date": "12/29/2025"}, "the trade date is not 2025-12-30"),
        ({"product_id": "1481|more"}, "12 fields, not 11"),
        ({"strike": "fifty"}, "STRIKE is no number"),
    ],
)
def test_a_line_that_cannot_be_used_is_kept_out_and_shown_with_its_number_and_reason(
    fields: dict[str, str], reason: str, make_dat: Make, make_line: MakeLine
) -> None:
    body = make_dat(make_line(), make_line(**{"strip": "2/1/2026", **fields}), make_line(strip="3/1/2026"))
    parsed = parse_report(body, "dat", DAY)
    assert len(parsed.frame) == 2
    reject = parsed.rejects.iloc[0]
    assert reject["line"] == 3
    assert reject["reason"].startswith(reason)
    assert "Peak Futures" in reject["text"]


def test_what_may_be_absent_may_be_absent(make_dat: Make, make_line: MakeLine) -> None:
    parsed = parse_report(make_dat(make_line(net_change="", expiration_date="")), "dat", DAY)
    assert parsed.frame[["net_change", "expiration_date", "strike"]].isna().all(axis=None)


def test_a_stray_quote_spoils_its_own_line_only(make_dat: Make, make_line: MakeLine) -> None:
    lines = [make_line(strip=f"{month}/1/2026") for month in range(1, 13)]
    lines[4] = lines[4].replace("PJM WH", '"PJM WH')
    parsed = parse_report(make_dat(*lines), "dat", DAY)
    assert len(parsed.frame) == 11
    assert parsed.rejects["line"].tolist() == [6]


def test_a_file_cut_short_shows_its_last_line(make_dat: Make) -> None:
    parsed = parse_report(make_dat()[:-40], "dat", DAY)
    assert len(parsed.frame) == 11
    assert parsed.rejects["line"].tolist() == [13]


def test_lines_that_agree_collapse_and_are_counted(make_dat: Make, make_line: MakeLine) -> None:
    parsed = parse_report(
        make_dat(make_line(), make_line(settlement_price="61.350"), make_line()), "dat", DAY
    )
    assert (len(parsed.frame), parsed.n_repeated, len(parsed.rejects)) == (1, 2, 0)


def test_lines_that_disagree_are_all_kept_out_and_shown(make_dat: Make, make_line: MakeLine) -> None:
    body = make_dat(make_line(), make_line(settlement_price="99"), make_line(strip="2/1/2026"))
    parsed = parse_report(body, "dat", DAY)
    assert parsed.frame["strip"].dt.month.tolist() == [2]
    assert parsed.rejects["line"].tolist() == [2, 3]
    assert parsed.rejects["reason"].str.contains("same key").all()


@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.sampled_from(["1", "2", "x", '"', "|"])), max_size=12
    ).filter(lambda cells: any(price in "12" for _, price in cells))
)
def test_every_line_is_used_repeated_or_rejected(cells: list[tuple[str, str]]) -> None:
    lines = [f"12/30/2025|H|P|{month}/1/2026|PMI|F||{price}||1/5/2026|7" for month, price in cells]
    body = "\n".join([HEADER, *lines]).encode()
    try:
        parsed = parse_report(body, "dat", DAY)
    except UnreadableReport:
        return
    assert parsed.n_lines == len(lines) == len(parsed.frame) + parsed.n_repeated + len(parsed.rejects)
    assert not parsed.frame.duplicated(list(SETTLEMENT_KEY)).any()


@pytest.mark.parametrize("lines", [[], ["nonsense"], ["|" * 10]])
def test_a_file_without_a_usable_line_is_refused(lines: list[str]) -> None:
    with pytest.raises(UnreadableReport, match="no line of the file can be used"):
        parse_report("\n".join([HEADER, *lines]).encode(), "dat", DAY)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(make_dat: Make) -> None:
    plain = parse_report(make_dat().replace(b"\r", b""), "dat", DAY)
    marked = parse_report(b"\xef\xbb\xbf" + make_dat(), "dat", DAY)
    pd.testing.assert_frame_equal(plain.frame, marked.frame)


def test_the_workbook_reads_to_the_same_rows(make_dat: Make, make_line: MakeLine, make_xlsx: Make) -> None:
    body = make_dat(
        make_line(), make_line(strip="2/1/2026", settlement_price="-7", net_change="", strike="50")
    )
    pd.testing.assert_frame_equal(
        parse_report(make_xlsx(body), "xlsx", DAY).frame, parse_report(body, "dat", DAY).frame
    )


def test_a_title_above_the_headings_of_a_workbook_does_not_matter(make_dat: Make, make_xlsx: Make) -> None:
    titled = b"Cleared Power\r\n" + make_dat()
    assert len(parse_report(make_xlsx(titled), "xlsx", DAY).frame) == 12


def test_a_damaged_workbook_is_refused(make_dat: Make, make_xlsx: Make) -> None:
    whole = make_xlsx(make_dat())
    for body in (whole[: len(whole) // 2], b"PK and then nothing", make_xlsx(b"some|thing")):
        with pytest.raises(UnreadableReport, match="workbook"):
            parse_report(body, "xlsx", DAY)


def test_whatever_a_damaged_file_raises_is_an_unreadable_report() -> None:
    line = 'TRADE DATE|HUB|PRODUCT|"STRIP"\r|CONTRACT'
    with pytest.raises(UnreadableReport, match="the file cannot be read"):
        parse_report(line.encode(), "dat", date(2026, 1, 5))
