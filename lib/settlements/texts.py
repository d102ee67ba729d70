"""What the texts of a settlement say: the place, the block and the size of its contract.

HUB has the place and often the block (`NYISO G Off-Peak`), PRODUCT the block and the size (`Off-Peak Futures
(1 MW)`). Nobody publishes a list of the texts, and publishers spell them freely. So they are read in stages:

1. Spelling: case, spaces and dashes do not count, `Real-Time` is `RT`, `Off Peak` is `Off-Peak`.
2. Block: the words of lib/reference/quotes.csv are taken out of both texts. A shape such as 7x8 says more
   than Peak or Off-Peak. Texts that say nothing, or two different things, have no block.
3. Place: what is left of HUB. What is left of PRODUCT must be `Futures`, with a size or without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lib.markets import read_reference

_SPELLINGS = (
    (r"[\u2010-\u2015_]", "-"),
    (r"\s+", " "),
    (r" ?\(demo\)", ""),
    (r"\breal[- ]?time\b", "rt"),
    (r"\bday[- ]?ahead\b", "da"),
    (r"\b(on|off)[- ]?peak\b", r"\1-peak"),
    (r"\b(\d+) ?kv\b", r"\1kv"),
    (r"\b([257]) ?x ?(8|16|24)\b", r"\1x\2"),
)

_FUTURES = re.compile(
    r"(?:monthly )?(?:fixed price )?futures?(?: contract)?(?: \(?(?P<mw>\d+(?:\.\d+)?) ?mw\)?)?"
)

_MINI = re.compile(r"[ (-]*\bmini\b[ )-]*")

MINI_MW = 0.0
"""The size of a contract that is called mini and says no number."""


@dataclass(frozen=True)
class ContractText:
    """What HUB and PRODUCT say: the place, in one spelling; the quote, such as 5x16; the size in MW."""

    place: str
    block: str
    size_mw: float | None


@cache
def normalize(text: str) -> str:
    """Return a text in one spelling."""
    text = text.casefold().strip()
    for pattern, spelling in _SPELLINGS:
        text = re.sub(pattern, spelling, text)
    return text.strip()


@cache
def parse_texts(hub: str, product: str) -> ContractText | None:
    """Return what the texts of a settlement say; None if they are not those of a monthly power future."""
    place, in_hub = _take_blocks(normalize(hub))
    rest, in_product = _take_blocks(normalize(product))
    block = _one_block(in_hub | in_product)
    is_mini = _MINI.search(rest) is not None
    form = _FUTURES.fullmatch(_MINI.sub(" ", rest).strip())
    if block is None or form is None:
        return None
    return ContractText(place, block, float(form["mw"]) if form["mw"] else MINI_MW if is_mini else None)


def _take_blocks(text: str) -> tuple[str, set[str]]:
    """Return a text without its words for blocks, and these words."""
    found = set(_words().findall(text))
    return " ".join(_words().sub(" ", text).split()), found


def _one_block(words: set[str]) -> str | None:
    shapes = {word for word in words if word[0].isdigit()}
    blocks = {_block_of_word()[word] for word in shapes or words}
    return blocks.pop() if len(blocks) == 1 else None


@cache
def _block_of_word() -> dict[str, str]:
    return {word: row["quote"] for row in read_reference("quotes.csv") for word in row["words"].split("|")}


@cache
def _words() -> re.Pattern[str]:
    longest_first = sorted(_block_of_word(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")
