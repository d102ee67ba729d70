"""Find words in a text under whatever escapes it writes them with, and replace them in place.

A service that repeats a password may write it as a URL does (%2F), as JSON (\\u002B, \\/), as HTML (&#43;,
&uuml;), as a shell or Python (\\x2b, \\303), one inside the other (%252F), and with any letter escaped that
need not be. A list of spellings can never be complete, so the text is read back instead:

1. `_read_back` undoes every escape of a text at once, and remembers where each stood. What comes out may hold
   escapes again: it is a layer under the first, and so on.
2. A word is searched for in each layer. `expand` adds each word with its own escapes undone: a layer may have
   undone them with those of the text.
3. The place of a word in a layer is followed up to the text, where an escape is replaced as a whole.
"""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MAX_LAYERS = 8
"""How many escapes inside each other are undone."""

# It begins with the characters that begin an escape: Python skips all others fast.
_ESCAPE = re.compile(
    r"""
    [%\\&] (?:
        (?<=%) (?: (?P<percent> [0-9A-Fa-f]{2} (?: % [0-9A-Fa-f]{2} )* )
                 | u (?P<percent_u> [0-9A-Fa-f]{4} (?: %u [0-9A-Fa-f]{4} )* ) )
      | (?<=\\) (?: u (?P<unicode> [0-9A-Fa-f]{4} (?: \\u [0-9A-Fa-f]{4} )* )
                  | u\{ (?P<braces> [0-9A-Fa-f]{1,6} ) \}
                  | U (?P<long> [0-9A-Fa-f]{8} )
                  | x (?P<hex> [0-9A-Fa-f]{2} (?: \\x [0-9A-Fa-f]{2} )* )
                  | (?P<octal> [0-3][0-7]{2} (?: \\[0-3][0-7]{2} )* )
                  | (?P<letter> [abfnrtv] )
                  | (?P<other> [^A-Za-z0-9] ) )
      | (?<=&) (?P<entity> \#[0-9]{1,7} ;? | \#[xX][0-9A-Fa-f]{1,6} ;? | [A-Za-z][A-Za-z0-9]{1,31} ; )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_CUT_ESCAPE = re.compile(
    r"(?:%(?:[0-9A-Fa-f]|u[0-9A-Fa-f]{0,3})?|\\[uUx]?\{?[0-9A-Fa-f]{0,7}|&\#?\w{0,31})\Z"
)
_NUMBER = re.compile(r"\d[\d.,:-]*")
_LETTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def _decode_bytes(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


_DECODERS: dict[str, Callable[[str], str]] = {
    "percent": lambda codes: _decode_bytes(bytes.fromhex(codes.replace("%", ""))),
    "percent_u": lambda codes: bytes.fromhex(codes.replace("%u", "")).decode("utf-16-be", "replace"),
    "unicode": lambda codes: bytes.fromhex(codes.replace("\\u", "")).decode("utf-16-be", "replace"),
    "braces": lambda code: chr(min(int(code, 16), sys.maxunicode)),
    "long": lambda code: chr(min(int(code, 16), sys.maxunicode)),
    "hex": lambda codes: _decode_bytes(bytes.fromhex(codes.replace("\\x", ""))),
    "octal": lambda codes: _decode_bytes(bytes(int(code, 8) for code in codes.split("\\"))),
    "letter": lambda letter: _LETTERS[letter],
    "other": str,
    "entity": lambda name: html.unescape(f"&{name}"),
}
"""How to undo each kind of escape, from what stands behind its first character."""


@dataclass
class _Layer:
    """A text with the escapes of the text above it undone.

    `starts` has the place of each in this text, `units` its length here, and its place in the text above.
    """

    text: str
    starts: list[int] = field(default_factory=list)
    units: list[tuple[int, int, int]] = field(default_factory=list)

    def above(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the text above of a place in this one, with whole escapes."""
        return self._unit(start)[0], self._unit(end - 1)[1]

    def _unit(self, place: int) -> tuple[int, int]:
        index = bisect_right(self.starts, place) - 1
        if index < 0:
            return place, place + 1
        length, start, end = self.units[index]
        beyond = place - self.starts[index] - length
        return (start, end) if beyond < 0 else (end + beyond, end + beyond + 1)


def replace_words(text: str, words: Sequence[str], replacement: str) -> str:
    """Return the text with each of the words replaced, however it is escaped; all else stays as it is.

    Args:
        text: the text.
        words: what `expand` returns.
        replacement: what stands in place of each; a word of small letters alone, or a number, stays where it
            is part of a longer one.
    """
    return _cut_out(text, list(_find(text, words)), replacement)


def has_word(text: str, words: Sequence[str]) -> bool:
    """Return whether any of the words, from `expand`, stands in the text, however it is escaped."""
    return next(_find(text, words), None) is not None


def replace_at_end(text: str, words: Sequence[str], replacement: str, shortest: int) -> str:
    """Return a text that is the beginning of a longer one, without the word that its end cuts in two.

    Args:
        text: the beginning, in which whole words are replaced already.
        words: what `expand` returns.
        replacement: what replaces the beginning of a word.
        shortest: characters of a word from which on its beginning is replaced.
    """
    layers = _layers(_CUT_ESCAPE.sub("", text))
    for word in words:
        for depth, layer in enumerate(layers):
            for length in range(len(word) - 1, shortest - 1, -1):
                if layer.text.endswith(word[:length]):
                    start, _ = _follow_up(layers[: depth + 1], len(layer.text) - length, len(layer.text))
                    return text[:start] + replacement
    return text


def expand(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words, and each with its own escapes undone; the longest first: one may contain another.

    A word that ends with a sign that begins an escape is there without it too: what follows may complete it.
    """
    plain = {each for word in words for each in (word, _layers(word)[-1].text)}
    found = plain | {word.rstrip("\\%&") for word in plain}
    return tuple(sorted(found - {""}, key=lambda word: (-len(word), word)))


def _find(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the place of each word in the text."""
    if not words:
        return
    layers = _layers(text)
    for depth, layer in enumerate(layers):
        for word in words:
            if word in layer.text:
                for start in _places(word, layer.text):
                    yield _follow_up(layers[: depth + 1], start, start + len(word))


def _places(word: str, text: str) -> Iterator[int]:
    pattern = re.escape(word)
    if word.isalpha() and word.islower():
        pattern = rf"(?<![A-Za-z]){pattern}(?![A-Za-z])"
    elif _NUMBER.fullmatch(word):
        pattern = rf"(?<!\w)(?<!\d[.,:-]){pattern}(?!\w|[.,:-]\d)"
    return (match.start() for match in re.finditer(pattern, text))


def _follow_up(layers: Sequence[_Layer], start: int, end: int) -> tuple[int, int]:
    for layer in reversed(layers[1:]):
        start, end = layer.above(start, end)
    return start, end


def _layers(text: str) -> list[_Layer]:
    layers = [_Layer(text)]
    while len(layers) <= MAX_LAYERS and (below := _read_back(layers[-1].text)):
        layers.append(below)
    return layers


def _read_back(text: str) -> _Layer | None:
    """Return the text with its escapes undone, None if it has none."""
    layer, pieces, done, length = _Layer(""), list[str](), 0, 0
    for match in _ESCAPE.finditer(text):
        kind = match.lastgroup or "other"
        plain = _DECODERS[kind](match[kind])
        if plain == match[0]:
            continue
        before = text[done : match.start()]
        layer.starts.append(length + len(before))
        layer.units.append((len(plain), match.start(), match.end()))
        pieces += (before, plain)
        length += len(before) + len(plain)
        done = match.end()
    if not pieces:
        return None
    layer.text = "".join(pieces) + text[done:]
    return layer


def _cut_out(text: str, spans: list[tuple[int, int]], replacement: str) -> str:
    """Return the text with the spans replaced; overlapping ones become one."""
    pieces, done = list[str](), 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += (text[done:start], replacement)
        done = max(done, end)
    return "".join(pieces) + text[done:]
