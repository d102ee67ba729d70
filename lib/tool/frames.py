"""Check a WebSocket message of a page before the server reads it.

A message is a table of offsets and the parts between them: channel, header, parent header, metadata, content,
and files. Every number is eight bytes, little-endian: how many offsets there are, then the offsets. Whoever
believes the first number reserves memory for as many as it says. Jupyter describes the form as
v1.kernel.websocket.jupyter.org.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import Any

PROTOCOL = "v1.kernel.websocket.jupyter.org"

N_PARTS = 5
"""Channel, header, parent header, metadata, content."""

MAX_FILES = 4
MAX_HEADER_BYTES = 10_000
"""The longest header, parent header or metadata."""

WORD = 8

MESSAGE_TYPES = ("kernel_info_request", "comm_info_request", "comm_open", "comm_close", "comm_msg")
"""What a page sends: it asks what there is, and talks to its widgets. It runs no code."""

OPENED = "jupyter.widget.control"
"""The only thing that a page opens: with it, it asks for the states of its widgets."""

MAX_OPENED = 200
"""How often it may do so while its kernel lives; a page does it once for each time it connects."""

BUDGET_BYTES = 40_000_000
REFILL_BYTES_PER_S = 1_000_000
MESSAGE_COST_BYTES = 10_000
"""What a page may send at once, and in each second from then on; and what each message costs beside it."""


class BadMessage(ValueError):
    """A message that no page of the tool sends; the text says in a few words what is wrong."""


@dataclass
class Allowance:
    """What a kernel's visitor may still send."""

    n_bytes: float = BUDGET_BYTES
    n_opened: int = 0
    at: float = field(default_factory=monotonic)

    def spend(self, message: Mapping[str, Any], n_bytes: int) -> None:
        """Take a message off the allowance.

        Raises:
            BadMessage: it is more than is left.
        """
        now = monotonic()
        refilled = self.n_bytes + (now - self.at) * REFILL_BYTES_PER_S
        self.n_bytes, self.at = min(BUDGET_BYTES, refilled) - n_bytes - MESSAGE_COST_BYTES, now
        self.n_opened += message["msg_type"] == "comm_open"
        if self.n_bytes < 0 or self.n_opened > MAX_OPENED:
            raise BadMessage("too many messages")


def find_parts(frame: str | bytes) -> list[memoryview]:
    """Return the parts of a message, without copying them.

    Raises:
        BadMessage: the table of offsets does not fit the message.
    """
    if not isinstance(frame, bytes) or len(frame) < WORD:
        raise BadMessage("no table of offsets")
    n_offsets = int.from_bytes(frame[:WORD], "little")
    if not N_PARTS < n_offsets <= N_PARTS + 1 + MAX_FILES or len(frame) < WORD * (n_offsets + 1):
        raise BadMessage("wrong number of parts")
    starts = range(WORD, WORD * (n_offsets + 1), WORD)
    offsets = [int.from_bytes(frame[start : start + WORD], "little") for start in starts]
    if offsets[0] != WORD * (n_offsets + 1) or offsets[-1] != len(frame) or sorted(offsets) != offsets:
        raise BadMessage("offsets outside the message")
    view = memoryview(frame)
    return [view[start:end] for start, end in pairwise(offsets)]


def read_header(frame: str | bytes) -> dict[str, Any]:
    """Return the header of a message.

    Raises:
        BadMessage: it is not one that a page sends, or that a kernel does.
    """
    header = _read_object(find_parts(frame)[1], MAX_HEADER_BYTES)
    if not isinstance(header.get("msg_type"), str):
        raise BadMessage("a header without a type")
    return header


def check_message(frame: str | bytes) -> dict[str, Any]:
    """Check a message of a page, and return its header.

    Raises:
        BadMessage: no page of the tool sends it.
    """
    parts = find_parts(frame)
    header = read_header(frame)
    if bytes(parts[0]) != b"shell" or header["msg_type"] not in MESSAGE_TYPES:
        raise BadMessage("a message that the tool does not take")
    for part in parts[2:4]:
        _read_object(part, MAX_HEADER_BYTES)
    content = _read_object(parts[4], len(frame))
    if header["msg_type"] == "comm_open" and content.get("target_name") != OPENED:
        raise BadMessage("an attempt to make a widget")
    return header


def _read_object(part: memoryview, max_bytes: int) -> dict[str, Any]:
    if len(part) > max_bytes:
        raise BadMessage("a header that is too long")
    try:
        value = json.loads(bytes(part))
    except (ValueError, RecursionError):
        raise BadMessage("a part that is not JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("a part that is no object")
    return value
