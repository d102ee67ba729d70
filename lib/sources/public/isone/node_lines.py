"""The lines of some nodes in ISO-NE's daily files of prices, which have a thousand nodes.

A file has lines of comments ("C"), two of headings ("H"), a line for each node and hour ("D"), and an end
("T"). `NodeLines` stands between the client and gridstatus, which places the hours of a node and gives up a
day because of any node whose hours are incomplete: only the lines of wanted nodes pass.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from lib.sources.public.csv_lines import whole_lines
from lib.sources.public.hosts import PublisherClient
from lib.sources.public.query import Unreadable
from lib.web import Request, Response

_NAMES = ("Location Name", "Location")
"""The heading of a node's name: day-ahead, and in real time."""


@dataclass(frozen=True, eq=False)
class NodeLines(PublisherClient):
    """A client that requests each file once, and returns of it the lines of the wanted nodes.

    Attributes:
        wanted: the names of these nodes.
        files: the responses by address.
        nodes_by_file: all names in each file.
        damaged: words for the damaged lines of each file.
    """

    wanted: frozenset[str] = frozenset()
    files: dict[str, Response] = field(default_factory=dict)
    nodes_by_file: dict[str, frozenset[str]] = field(default_factory=dict)
    damaged: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, client: PublisherClient) -> NodeLines:
        """Return a client that sends as another one does."""
        return cls(client.client, client.mirrors, client.rate_limited, client.last)

    def only(self, wanted: Collection[str]) -> NodeLines:
        """Return the client for other nodes; both share the files."""
        return replace(self, wanted=frozenset(wanted))

    @property
    def nodes(self) -> frozenset[str]:
        """All names in the file that was requested first, which has the prices."""
        return next(iter(self.nodes_by_file.values()), frozenset())

    def send(self, request: Request) -> Response:
        """Return the response, of a file only the wanted lines; see `Client.send`."""
        path = urlsplit(request.url).path
        if not path.endswith(".csv"):
            return super().send(request)
        if request.url not in self.files:
            self.files[request.url] = super().send(request)
        response = self.files[request.url]
        return replace(response, body=self._pick(response.body, path.rpartition("/")[2]))

    def _pick(self, body: bytes, file: str) -> bytes:
        """Return the lines of the wanted nodes, and all lines that are no hours of nodes."""
        content, damaged = whole_lines(body, file)
        lines = content.decode("utf-8", "replace").splitlines()
        if not any(line.startswith('"T"') for line in lines[-2:]):
            damaged.append("the end, without which the file is cut off")
        nodes: set[str] = set()
        picked = "\n".join([*_picked(lines, self.wanted, nodes, file), ""])
        self.damaged[file], self.nodes_by_file[file] = damaged, frozenset(nodes)
        return picked.encode()


def _picked(lines: list[str], wanted: frozenset[str], nodes: set[str], file: str) -> Iterator[str]:
    """Yield the lines to pass, and add all names of nodes to `nodes`."""
    position = None
    for line in lines:
        if line.startswith('"H"') and position is None:
            headings = next(csv.reader([line]))
            position = next((headings.index(name) for name in _NAMES if name in headings), None)
            if position is None:
                raise Unreadable(f"{file} has no column {' or '.join(_NAMES)}; it has {', '.join(headings)}")
        if not line.startswith('"D"'):
            yield line
        elif position is not None:
            name = "".join(next(csv.reader([line]))[position : position + 1])
            nodes.add(name)
            if name in wanted:
                yield line
