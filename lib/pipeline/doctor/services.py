"""The services: whether each can be reached from here, and whether what they need is set."""

from __future__ import annotations

import csv
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd

from lib import mail
from lib.markets import MARKETS, REFERENCE
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.pipeline.steps.settlements import NOTEBOOK as SETTLEMENTS
from lib.settings import Settings
from lib.settlements import ice
from lib.settlements.business_days import business_day_before
from lib.settlements.reports import FORMS, REPORTS, LoginRefused, Publisher, UnreadableReport
from lib.sources import Source, SourceError
from lib.sources.enverus import EnverusSource
from lib.sources.enverus.client import Account as EnverusAccount
from lib.sources.enverus.client import ask_service
from lib.sources.protocol import AccountRefused
from lib.sources.public import hosts
from lib.web import Client, NotFound, Refused, Rejected, Request, Response, WebError, send_all

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
    client: Client, addresses: Mapping[str, str], vital: Container[str]
) -> tuple[list[Finding], dict[str, datetime]]:
    """Find which addresses answer at all.

    Args:
        client: sends the requests.
        addresses: by the name of the service.
        vital: names of the services without which a run comes to nothing.

    Returns:
        the findings in the order of the addresses, and what the servers say the time is, by service.
    """
    requests = [Request("doctor", url, is_archived=False) for url in dict.fromkeys(addresses.values())]
    answers = {request.url: outcome for request, outcome in send_all(client, requests, workers=8)}
    outcomes = {name: answers[url] for name, url in addresses.items()}
    findings = [_reached(name, url, outcomes[name], name in vital) for name, url in addresses.items()]
    return findings, {name: moment for name, outcome in outcomes.items() if (moment := _moment(outcome))}


def _reached(name: str, url: str, outcome: Response | WebError, is_vital: bool) -> Finding:
    check = f"reach {name}"
    if isinstance(outcome, (Response, *ANSWERS_ALL_THE_SAME)):
        return ok(check, f"{url} answers")
    found = failure if is_vital else warning
    return found(check, str(outcome), "look at the network, the proxy (HTTPS_PROXY) and the address")


def _moment(outcome: Response | WebError) -> datetime | None:
    """Return the time in a response's Date header, None without a valid one."""
    text = outcome.headers.get("date", "") if isinstance(outcome, Response) else ""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


VITAL = ("Enverus", "ICE login", "ICE downloads")
"""Services without which a run that needs them comes to nothing; of the open data each host is one ISO's."""

LIVE = ("enverus", "public")
"""Sources that are asked over the network; each may end at the open data."""


def accounts_of(source: str | None, has_settlements: bool) -> tuple[Account, ...]:
    """Return the accounts that a run may use.

    Args:
        source: where its series come from; None where it fetches none.
        has_settlements: whether it was asked by name for the settlements.
    """
    needs = {source, SETTLEMENTS if has_settlements else None}
    with (REFERENCE / "accounts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Account(
                row["service"], row["purpose"], tuple(row["settings"].split()), row["needed_for"] in needs
            )
            for row in csv.DictReader(file)
        )


def addresses_of(source: str | None, settings: Settings) -> dict[str, str]:
    """Return the addresses that a run on a source asks, by name; ICE's only where its account is set."""
    addresses = {}
    if source == "enverus":
        addresses["Enverus"] = settings.enverus_url
    if source in LIVE:
        addresses |= {host: settings.public_mirrors.get(host, f"https://{host}") for host in hosts()}
    if settings.ice_username:
        addresses |= {"ICE login": settings.ice_sso_url, "ICE downloads": settings.ice_downloads_url}
    return addresses


CHECK_ACCOUNT = "check the account and its rights with the service"
CHECK_ADDRESS = "look at the network and the address; when both are right, the service is in trouble"


def examine(client: Client, settings: Settings) -> Iterator[Finding]:
    """Find for each service whose account is set whether it lets the account in.

    Args:
        client: sends the requests; it should archive nothing, since they are not part of any run.
        settings: the accounts and addresses.
    """
    if settings.enverus_username and settings.enverus_password:
        password = settings.enverus_password.get_secret_value()
        account = EnverusAccount(settings.enverus_url, settings.enverus_username, password)
        yield series_service(EnverusSource(partial(ask_service, client, account, 1)), "Enverus")
    if settings.ice_username and settings.ice_password:
        user = ice.Account(settings.ice_username, settings.ice_password)
        yield settlement_service(ice.Ice(client, user, settings.ice_sso_url, settings.ice_downloads_url))
    if settings.smtp_host:
        yield mail_server()


def series_service(source: Source, name: str) -> Finding:
    """Find whether a source answers for one hour of the day before yesterday."""
    iso = next(iter(MARKETS))
    spec = source.series(iso)[0]
    start = pd.Timestamp(datetime.now(UTC)).floor("D") - timedelta(days=2)
    end = start + pd.Timedelta(hours=1)
    check = f"{name} login"
    try:
        answer = source.read(iso, spec.measure, [spec.location], start, end, spec.basis)
    except AccountRefused as error:
        return failure(check, str(error), CHECK_ACCOUNT)
    except SourceError as error:
        return failure(check, str(error), CHECK_ADDRESS)
    if answer.frame.empty:
        reasons = "; ".join(problem.message for problem in answer.problems) or "it has no value there"
        return warning(check, f"one hour was asked for and cannot be read: {reasons}", "try again later")
    return ok(check, f"the account is let in: {iso} {spec.measure} {spec.location} answers")


def settlement_service(publisher: Publisher) -> Finding:
    """Find whether a publisher of settlements has a report of the business day before today."""
    day = business_day_before(datetime.now(UTC).date())
    report = REPORTS[0].file_name(day, FORMS[0])
    try:
        body = publisher.ask(REPORTS[0], day, FORMS[0])
    except LoginRefused as error:
        return failure("ICE login", str(error), CHECK_ACCOUNT)
    except (UnreadableReport, WebError) as error:
        return failure("ICE login", str(error), CHECK_ADDRESS)
    if body is None:
        return warning("ICE login", f"the account is let in, but {report} is not there", "try again later")
    return ok("ICE login", f"the account is let in and {report} is there")


def mail_server() -> Finding:
    """Find whether the mail server takes a mail of ours."""
    try:
        server = mail.configured_server()
        if server is None:
            return unused("mail login", "no SMTP_HOST is set")
        mail.check(server)
    except mail.MailError as error:
        return failure("mail login", str(error), "look at the SMTP_ and MAIL_ settings")
    return ok("mail login", f"{server} would take a mail for {', '.join(server.recipients)}")
