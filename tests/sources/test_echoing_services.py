"""Services that repeat what they are sent: no credential comes back through any reader, in any failure."""

from __future__ import annotations

import html
import json
import logging
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from lib.hours import utc_bounds
from lib.markets import MARKETS, locations
from lib.settlements.ice import Ice, IceAccount
from lib.settlements.reports import REPORTS
from lib.sources.enverus import EnverusSource
from lib.sources.enverus.client import EnverusAccount, fetch_symbols
from lib.sources.protocol import Source
from lib.sources.public import PublicSource, hosts
from lib.sources.public.catalogue import credential_names
from lib.sources.services import services
from lib.web import Archive, Client, HttpClient, Limits
from tests.standins.bad_server import BadServer, ReceivedRequest, Reply
from tests.support.secrets_left import canaries, find_left

DAY = date(2024, 7, 1)
TOKEN = "canary.of-a+token/0123456789"
SECRETS = {name: secret for name, secret in canaries().items() if "smtp" not in name and "db_" not in name}
LOGINS = ("oauth2/v2.0/token", "authenticateTfa")
"""How the paths of the logins end."""

SECRET_HEADERS = ("authorization", "cookie", "ocp-apim-subscription-key")

FAILURES = (
    *((status, "text/plain") for status in (401, 403, 429, 500)),
    *((200, kind) for kind in ("text/plain", "application/json")),
)
"""The status and the type of what a service answers in place of data."""

Ask = Callable[[BadServer, Client], object]


def _read(source: Source, iso: str, measure: str, basis: str | None = None) -> object:
    places = [place.name for place in locations(iso) if measure in place.measures]
    return source.read(iso, measure, places, *utc_bounds(iso, DAY, DAY), basis)


def _ask_public(iso: str, measure: str, basis: str, server: BadServer, client: Client) -> object:
    names = credential_names()
    keys = {name: SECRETS.get(name.lower(), "desk") for name in names}
    return _read(PublicSource(client, keys, dict.fromkeys(hosts(), server.url)), iso, measure, basis)


def _ask_enverus(server: BadServer, client: Client) -> object:
    account = EnverusAccount(server.url, "desk", SECRETS["enverus_password"])
    return _read(EnverusSource(partial(fetch_symbols, client, account, 1)), "NYISO", "da_lmp")


def _ask_ice(server: BadServer, client: Client) -> object:
    account = IceAccount("desk", SecretStr(SECRETS["ice_password"]))
    return Ice(client, account, f"{server.url}/sso", f"{server.url}/downloads").fetch(REPORTS[0], DAY, "dat")


ASK: dict[str, Ask] = {
    "Enverus": _ask_enverus,
    "ICE": _ask_ice,
    **{
        f"{iso} {each.measure} {each.basis}": partial(_ask_public, iso, each.measure, each.basis)
        for iso in MARKETS
        for each in services("public", iso)
    },
}
"""By source, how to ask it for one day; of the open data each series, with all readers that it has."""


def _echo(seen: ReceivedRequest, status: int, kind: str) -> Reply:
    """Return an answer that repeats the whole request, spelled in all the usual ways; secrets come first."""
    names = sorted(seen.headers, key=lambda name: name not in SECRET_HEADERS)
    headers = "\n".join(f"{name}: {seen.headers[name]}" for name in names)
    query = "&".join(f"{name}={value}" for name, value in seen.query.items())
    whole = f"{seen.body.decode()}\n{headers}\n{seen.method} {seen.path}?{query}"
    spelled = {
        "text": whole,
        "url": quote(whole, safe=""),
        "escaped": html.escape(whole),
        "base64": b64encode(whole.encode()).decode(),
    }
    body = json.dumps(spelled) if kind == "application/json" else "\n".join(spelled.values())
    sent = {"Content-Type": kind, "X-You-Sent": quote(headers, safe=" "), "Retry-After": "0"}
    return Reply(status, sent, body.encode())


def _answer_logins(seen: ReceivedRequest, status: int, kind: str) -> Reply:
    """Return an answer that gives a token, and repeats every other request."""
    if seen.path.endswith(LOGINS):
        token = {"id_token": TOKEN, "data": {"token": TOKEN}}
        return BadServer.good(json.dumps(token), "application/json")
    return _echo(seen, status, kind)


WITH_LOGIN = ("ICE", "ERCOT da_load forecast", "ERCOT rt_load actual")
"""The sources that send a password once, and a token from then on."""


def _client(archive: Archive) -> Client:
    """Return a client that tries once and keeps what it is answered; it has no memory of broken hosts."""
    return HttpClient(Limits(attempts=1, read_s=20), archive)


def _shown(ask: Ask, server: BadServer, client: Client) -> str:
    """Return all that a source gives back: its result, or its error with all that led to it."""
    try:
        return repr(ask(server, client))
    except Exception as error:
        return "".join(traceback.format_exception(error)) + "".join(_words(error))


def _words(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error!r} {vars(error)!r}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("source", "answer"),
    [*((source, _echo) for source in ASK), *((source, _answer_logins) for source in WITH_LOGIN)],
)
def test_no_reader_gives_back_a_credential_that_its_service_repeats(
    bad_server: BadServer,
    archive: Archive,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    source: str,
    answer: Callable[[ReceivedRequest, int, str], Reply],
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = tmp_path / "shown"
    shown.mkdir()
    for number, (status, kind) in enumerate(FAILURES):
        bad_server.otherwise(partial(answer, status=status, kind=kind))
        n_asked = len(bad_server.asked)
        (shown / f"{number}").write_text(_shown(ASK[source], bad_server, _client(archive)))
        assert len(bad_server.asked) > n_asked, (status, kind)
    (shown / "log").write_text(caplog.text)
    left = find_left(tmp_path, SECRETS | {"token": TOKEN})
    assert left == [], "\n".join(left[:20])


def test_every_credential_was_sent(bad_server: BadServer, archive: Archive, tmp_path: Path) -> None:
    """An echo of a request without a credential would prove nothing."""
    bad_server.otherwise(partial(_answer_logins, status=404, kind="text/plain"))
    for ask in ASK.values():
        _shown(ask, bad_server, _client(archive))
    sent = tmp_path / "sent"
    sent.mkdir()
    for number, seen in enumerate(bad_server.asked):
        (sent / str(number)).write_text(f"{seen.headers} {seen.body.decode()}")
    found = {line.partition(" as ")[0] for line in find_left(sent, SECRETS | {"token": TOKEN})}
    assert found == {*SECRETS, "token"}
