"""The services: whether each can be reached from here, and whether what they need is set."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.settings import Settings
from lib.web import Exchange, NotFound, Refused, Rejected, Reply, Request, WebError, ask_all

ANSWERS_ALL_THE_SAME = (NotFound, Refused, Rejected)
"""Replies to a bare address that show its server to be there: it just has nothing to say to it."""


@dataclass(frozen=True)
class Account:
    """What a service asks for: its name, what it is for, and the settings that hold it."""

    service: str
    purpose: str
    settings: tuple[str, ...]
    is_needed: bool = False


def credentials(settings: Settings, accounts: tuple[Account, ...]) -> Iterator[Finding]:
    """Find which accounts are set, without a word of what they are."""
    for account in accounts:
        missing = [name.upper() for name in account.settings if not getattr(settings, name)]
        check = f"{account.service} account"
        if not missing:
            yield ok(check, f"{', '.join(name.upper() for name in account.settings)}: set")
            continue
        what = f"{', '.join(missing)}: not set; needed for {account.purpose}"
        mend = f"set {' and '.join(missing)} in the environment or .env"
        is_half_set = len(missing) < len(account.settings)
        yield failure(check, what, mend) if account.is_needed or is_half_set else unused(check, what, mend)


def reach(
    exchange: Exchange, addresses: Mapping[str, str], vital: Container[str]
) -> tuple[list[Finding], dict[str, datetime]]:
    """Find which addresses answer at all.

    Args:
        exchange: what to ask by.
        addresses: by the name of the service.
        vital: names of the services without which a run comes to nothing.

    Returns:
        the findings in the order of the addresses, and what the servers say the time is, by service.
    """
    requests = [Request("doctor", url, is_kept=False) for url in dict.fromkeys(addresses.values())]
    answers = {request.url: outcome for request, outcome in ask_all(exchange, requests, workers=8)}
    outcomes = {name: answers[url] for name, url in addresses.items()}
    findings = [_reached(name, url, outcomes[name], name in vital) for name, url in addresses.items()]
    return findings, {name: moment for name, outcome in outcomes.items() if (moment := _moment(outcome))}


def _reached(name: str, url: str, outcome: Reply | WebError, is_vital: bool) -> Finding:
    check = f"reach {name}"
    if isinstance(outcome, (Reply, *ANSWERS_ALL_THE_SAME)):
        return ok(check, f"{url} answers")
    found = failure if is_vital else warning
    return found(check, str(outcome), "look at the network, the proxy (HTTPS_PROXY) and the address")


def _moment(outcome: Reply | WebError) -> datetime | None:
    """Return what a reply says the time is; None where it does not, or not in the one form there is."""
    text = outcome.headers.get("date", "") if isinstance(outcome, Reply) else ""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
