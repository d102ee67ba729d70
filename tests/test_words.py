"""Names in lib use the words of docs/glossary.md: none of the words that they replaced comes back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LIB = Path(__file__).parents[1] / "lib"

RETIRED = {
    "ask asks asked asking": "query, request",
    "answer answers answered": "result (of a source), response (HTTP)",
    "beside": "compare, previous",
    "board": "states",
    "chronicle": "run index",
    "desk": "context",
    "examine visit": "check",
    "exchange exchanges": "client; an exchange is a futures exchange",
    "exhibit exhibits": "display",
    "facts": "inputs, descriptions, key values",
    "glance": "key figures",
    "hear heard": "fetch, response",
    "holding holdings": "stored hours",
    "journal": "event log",
    "ledger ledgers": "run log",
    "looking viewing": "search, viewer state",
    "notice": "message",
    "quarters": "quarter hours",
    "say says said": "message",
    "shelf shelves": "report folder",
    "sift tally": "clean, problem counter",
    "standing": "figures",
    "wish wishes": "options",
}
"""Words of former names, and what to write instead."""

KEPT = {
    "ExchangeHolidays": "the holidays of the futures exchange",
    "_never_answered": "archived requests that the service never answered in a valid way",
    "is_answered": "hours of an archived request that has a valid response",
    "exchange": "the name of the futures exchange whose report it is",
}
"""Names that keep such a word, and why."""


def _names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every name that a module defines or uses, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value.lineno


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


@pytest.mark.parametrize("path", sorted(LIB.rglob("*.py")), ids=lambda path: str(path.relative_to(LIB)))
def test_no_name_uses_a_retired_word(path: Path) -> None:
    instead = {word: new for words, new in RETIRED.items() for word in words.split()}
    names = [(path.stem, 0), *_names(ast.parse(path.read_text(encoding="utf-8")))]
    found = {
        f"line {line}: {name} -> {instead[word]}"
        for name, line in names
        if name not in KEPT
        for word in _words(name) & instead.keys()
    }
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize("name", ["LiveExchange", "open_desk", "n_asks", "_Tally", "WISHES"])
def test_a_retired_word_is_found_in_any_kind_of_name(name: str) -> None:
    assert _words(name) & {word for words in RETIRED for word in words.split()}
