from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.escapes import expand, has_word, replace_at_end, replace_words

WORD = 'Gr\u00fcn & "9/7"+<Wi.n*d>'


def _hide(text: str, word: str = WORD) -> str:
    return replace_words(text, expand([word]), "***")


def _escape_all(pattern: str) -> Callable[[str], str]:
    return lambda word: "".join(pattern.format(ord(each)) for each in word)


ENCODERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": lambda word: quote(word, safe=""),
    "URL in lower case": lambda word: quote(word, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "URL of a browser": lambda word: quote(word, safe="!'()*~"),
    "URL in Latin-1": lambda word: quote(word.encode("latin-1"), safe=""),
    "URL, every letter": lambda word: "".join(f"%{byte:02x}" for byte in word.encode()),
    "JSON": lambda word: json.dumps(word)[1:-1],
    "JSON in UTF-8": lambda word: json.dumps(word, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda word: json.dumps(word)[1:-1].replace("/", "\\/"),
    "JSON of .NET": lambda word: json.dumps(word)[1:-1].replace("+", "\\u002B").replace("<", "\\u003C"),
    "JSON, every letter": _escape_all("\\u{:04x}"),
    "JavaScript, every letter": _escape_all("\\u{{{:x}}}"),
    "URL of an old script": _escape_all("%u{:04X}"),
    "HTML without semicolons": lambda word: re.sub(r";(?![0-9;])", "", _escape_all("&#{};")(word)),
    "HTML": html.escape,
    "HTML of a template": lambda word: html.escape(word).replace("&quot;", "&#34;").replace("/", "&#x2F;"),
    "HTML by name": lambda word: html.escape(word).replace("\u00fc", "&uuml;"),
    "HTML, every letter": _escape_all("&#{};"),
    "Python": lambda word: repr(word)[1:-1],
    "Python, as bytes": lambda word: repr(word.encode())[2:-1],
    "Python, every letter": _escape_all("\\U{:08x}"),
    "octal": lambda word: "".join(f"\\{byte:03o}" for byte in word.encode()),
    "shell": lambda word: "".join(each if each.isalnum() else f"\\{each}" for each in word),
}


@pytest.mark.parametrize("outer", ENCODERS)
def test_a_word_is_found_under_one_escape_inside_another(outer: str) -> None:
    for inner, encode in ENCODERS.items():
        spelled = ENCODERS[outer](encode(WORD))
        assert _hide(f"it said: {spelled} and 4.5%, no more") == "it said: *** and 4.5%, no more", inner
        assert has_word(f"x{spelled}y", expand([WORD])), inner


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=6, max_size=30),
    st.lists(
        st.sampled_from([name for name in ENCODERS if name not in ("URL in Latin-1", "shell")]), max_size=4
    ),
)
def test_any_word_is_found_under_any_escapes(word: str, encoders: list[str]) -> None:
    spelled = word
    for name in encoders:
        # Signs above 16 bits have two codes of four digits, as json.dumps writes them.
        has_four = name in ("JSON, every letter", "URL of an old script")
        is_short = not has_four or all(ord(each) < 1 << 16 for each in spelled)
        spelled = ENCODERS[name if is_short else "JSON"](spelled)
    before, _, after = _hide(f"before |{spelled}| after", word).partition("***")
    assert before == "before |"
    assert after.lstrip("\\%&") == "| after", "of a sign at the end that may begin an escape"


@given(st.text(max_size=200))
def test_a_text_without_the_word_stays_as_it_is(text: str) -> None:
    assert _hide(text, "canary-of-the-mine") == text


def test_all_around_the_word_stays_to_the_letter() -> None:
    text = f"a%20b &amp; \\n {quote(WORD, safe='')}&c=%41 {WORD} \\u00e4"
    assert _hide(text) == "a%20b &amp; \\n ***&c=%41 *** \\u00e4"


def test_a_word_of_small_letters_is_no_part_of_another() -> None:
    assert _hide("postgresql postgres%20postgres", "postgres") == "postgresql ***%20***"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("202401", "20240105 1202401 0.202401 202401.5 x202401"),
        ("2024-01", "2024-01-05 12024-01 2024-01:30"),
        ("123.45", "123.456 1,123.45"),
    ],
)
def test_a_number_is_no_part_of_another(number: str, text: str) -> None:
    assert _hide(f"{text} (you sent {number}.)", number) == f"{text} (you sent ***.)"
    assert _hide(f"user:{number}%3B", number) == "user:***%3B"


@pytest.mark.parametrize(
    "encode", [str, lambda word: quote(word, safe=""), json.dumps, quote_plus, shlex.quote]
)
def test_a_word_that_the_end_cuts_loses_its_beginning(encode: Callable[[str], str]) -> None:
    word = "canary/0123+456 789"
    spelled = encode(word).strip("\"'")
    for end in range(len(spelled)):
        cut = f"you sent {spelled[:end]}"
        shown = replace_at_end(cut, expand([word, word.replace(" ", "+")]), "***", 4)
        assert shown == ("you sent ***" if len(shown) < len(cut) or end > 7 else cut)
        assert "canary" not in shown


def test_escapes_deeper_than_anybody_writes_end_the_search() -> None:
    assert _hide("%" + "25" * 100_000 + "41")[:3] == "%25"
