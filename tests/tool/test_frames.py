"""Messages of pages: what the tool's page sends passes, everything else is refused before it is read."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.tool import frames
from lib.tool.frames import Allowance, BadMessage, check_message, find_parts, read_header

SHELL = b"shell"


def words(*numbers: int) -> bytes:
    """Return numbers of eight bytes each."""
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def make_frame(*parts: bytes) -> bytes:
    """Return a message of these parts."""
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join([words(len(offsets), *offsets), *parts])


def make_message(
    kind: str = "comm_msg", content: Any = None, *files: bytes, channel: bytes = b"shell"
) -> bytes:
    """Return a message as a page sends it."""
    header = {"msg_id": "1", "msg_type": kind, "session": "1", "username": "", "version": "5.2"}
    objects = (header, {}, {}, {} if content is None else content)
    return make_frame(channel, *(json.dumps(value).encode() for value in objects), *files)


@pytest.mark.parametrize(
    "frame",
    [
        make_message("kernel_info_request"),
        make_message("comm_open", {"comm_id": "1", "target_name": "jupyter.widget.control", "data": {}}),
        make_message("comm_msg", {"data": {"method": "custom"}}, b"a pricing file"),
        make_message("comm_close", {"comm_id": "1"}),
    ],
)
def test_what_a_page_sends_passes(frame: bytes) -> None:
    assert check_message(frame)["msg_type"] == read_header(frame)["msg_type"]
    assert (
        b"".join(bytes(part) for part in find_parts(frame))
        == frame[8 * (int.from_bytes(frame[:8], "little") + 1) :]
    )


BAD = {
    "a number of offsets without end": (1 << 34).to_bytes(8, "little"),
    "the largest number": b"\xff" * 8,
    "nothing": b"",
    "seven bytes": b"\0" * 7,
    "no parts": b"\0" * 8,
    "a text": "{}",
    "the older protocol": (5).to_bytes(4, "big") + b"\0\0\0\x18" * 5 + b"{}",
    "too few parts": make_frame(b"shell", b"{}", b"{}", b"{}"),
    "too many files": make_message("comm_msg", {}, *[b""] * 5),
    "an offset beyond the end": make_message()[:-1],
    "more than the last offset": make_message() + b"x",
    "offsets that go back": (6).to_bytes(8, "little")
    + b"".join(n.to_bytes(8, "little") for n in (56, 60, 58, 58, 60, 60))
    + b"abcd",
    "another channel": make_message(channel=b"control"),
    "a channel that is no text": make_message(channel=b"\xff\xfe"),
    "code": make_message("execute_request", {"code": "1"}),
    "an end": make_message("shutdown_request"),
    "a widget": make_message("comm_open", {"target_name": "jupyter.widget"}),
    "an open without a name": make_message("comm_open"),
    "a header that is no JSON": make_frame(b"shell", b"x", b"{}", b"{}", b"{}"),
    "a header that is a list": make_frame(b"shell", b"[]", b"{}", b"{}", b"{}"),
    "a header without a type": make_frame(b"shell", b"{}", b"{}", b"{}", b"{}"),
    "a type that is a list": make_frame(b"shell", b'{"msg_type": []}', b"{}", b"{}", b"{}"),
    "a header that is too long": make_frame(b"shell", b" " * 20_000 + b"{}", b"{}", b"{}", b"{}"),
    "deep JSON": make_frame(b"shell", b'{"msg_type": "comm_msg"}', b"{}", b"{}", b"[" * 100_000),
    "no UTF-8": make_frame(b"shell", b'{"msg_type": "comm_msg"}', b"{}", b"{}", b"\xff\xff"),
    "metadata that is a number": make_frame(b"shell", b'{"msg_type": "comm_msg"}', b"{}", b"1", b"{}"),
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD.keys())
def test_what_no_page_sends_is_refused_without_memory(frame: str | bytes) -> None:
    tracemalloc.start()
    with pytest.raises(BadMessage):
        check_message(frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@given(st.binary(max_size=200), st.integers(0, 2**64 - 1), st.lists(st.integers(0, 2**64 - 1), max_size=12))
def test_no_bytes_do_anything_but_pass_or_be_refused(tail: bytes, first: int, offsets: list[int]) -> None:
    for frame in (
        tail,
        first.to_bytes(8, "little") + b"".join(n.to_bytes(8, "little") for n in offsets) + tail,
    ):
        with pytest.raises(BadMessage):
            check_message(frame)


def test_a_visitor_may_send_so_much_and_then_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(frames, "monotonic", lambda: clock[0])
    allowance = Allowance(at=0.0)
    for _ in range(6):  # the largest files, one after the other
        allowance.spend({"msg_type": "comm_msg"}, 6_000_000)
    with pytest.raises(BadMessage, match="too many"):
        allowance.spend({"msg_type": "comm_msg"}, 6_000_000)
    clock[0] = 60.0
    allowance.spend({"msg_type": "comm_msg"}, 6_000_000)


def test_a_visitor_opens_only_so_much() -> None:
    allowance = Allowance()
    for _ in range(frames.MAX_OPENED):
        allowance.spend({"msg_type": "comm_open"}, 0)
    with pytest.raises(BadMessage, match="too many"):
        allowance.spend({"msg_type": "comm_open"}, 0)
