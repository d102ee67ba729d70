"""Check the services: are their accounts set, can they be reached from here, do they accept the account."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd

from lib import mail
from lib.markets import MARKETS, read_reference
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.pipeline.notebooks import ICE_SETTLEMENTS
from lib.settings import Settings
from lib.settlements import ice
from lib.settlements.business_days import business_day_before
from lib.settlements.reports import FORMS, REPORTS, LoginRefused, Publisher, UnreadableReport
from lib.sources import Source, SourceError, parse_source_spec, service_addresses
from lib.sources.enverus import EnverusSource
from lib.sources.enverus.client import EnverusAccount as EnverusAccount
from lib.sources.enverus.client import fetch_symbols
from lib.sources.protocol import AccountRefused
from lib.web import Client, NotFound, Refused, Rejected, Request, Response, WebError, send_all

VITAL = ("Enverus", "ICE login", "ICE downloads")
"""A run that needs one of these services fails without it; an open-data host affects one ISO only."""

STILL_REACHABLE = (NotFound, Refused, Rejected)
"""Errors by which a server shows that it is there: it only has nothing to offer at a bare address."""

CHECK_ACCOUNT = "check the account and its rights with the service"
CHECK_ADDRESS = "look at the network and the address; when both are right, the service is in trouble"


@dataclass(frozen=True)
class AccountSettings:
    """An account at a service: its purpose, and the names of the settings that hold it."""

    service: str
    purpose: str
    settings: tuple[str, ...]
    is_needed: bool = False


def find_accounts(source: str | None, has_settlements: bool) -> tuple[AccountSettings, ...]:
    """Return the accounts that a run may use.

    Args:
        source: where its series come from; None where it fetches none.
        has_settlements: whether the run was asked by name for the settlements.
    """
    needs = {source, ICE_SETTLEMENTS.name if has_settlements else None}
    return tuple(
        AccountSettings(
            row["service"], row["purpose"], tuple(row["settings"].split()), row["needed_for"] in needs
        )
        for row in read_reference("accounts.csv")
    )


def find_addresses(source: str | None, settings: Settings) -> dict[str, str]:
    """Return the addresses that a run on a source uses, by service; ICE's only where its account is set."""
    addresses = service_addresses(parse_source_spec(source or ""), settings)
    if settings.ice_username:
        addresses |= {"ICE login": settings.ice_sso_url, "ICE downloads": settings.ice_downloads_url}
    return addresses


def check_accounts(settings: Settings, accounts: tuple[AccountSettings, ...]) -> Iterator[Finding]:
    """Yield for each account whether its settings are set; a finding never contains their values."""
    for account in accounts:
        missing = [name.upper() for name in account.settings if not getattr(settings, name)]
        check = f"{account.service} account"
        if not missing:
            yield ok(check, f"{', '.join(name.upper() for name in account.settings)}: set")
            continue
        is_half_set = len(missing) < len(account.settings)
        finding = failure if account.is_needed or is_half_set else unused
        yield finding(
            check,
            f"{', '.join(missing)}: not set; needed for {account.purpose}",
            f"set {' and '.join(missing)} in the environment or .env",
        )


def check_reachable(
    client: Client, addresses: Mapping[str, str], vital: Container[str]
) -> tuple[list[Finding], dict[str, datetime]]:
    """Send a request to each address, and find which servers answer at all.

    Args:
        client: sends the requests.
        addresses: by the name of the service.
        vital: names of the services without which a run fails.

    Returns:
        the findings in the sequence of the addresses, and the time at each server, by service.
    """
    requests = [Request("doctor", url, is_archived=False) for url in dict.fromkeys(addresses.values())]
    responses = {request.url: response for request, response in send_all(client, requests, workers=8)}
    by_service = {name: responses[url] for name, url in addresses.items()}
    findings = [_reachable(name, url, by_service[name], name in vital) for name, url in addresses.items()]
    times = {name: _server_time(response) for name, response in by_service.items()}
    return findings, {name: time for name, time in times.items() if time}


def check_logins(client: Client, settings: Settings) -> Iterator[Finding]:
    """Yield for each service whose account is set whether the service accepts it.

    Args:
        client: sends the requests; it should archive nothing, since they are not part of any run.
        settings: the accounts and addresses.
    """
    if settings.enverus_username and settings.enverus_password:
        password = settings.enverus_password.get_secret_value()
        account = EnverusAccount(settings.enverus_url, settings.enverus_username, password)
        yield check_series_login(EnverusSource(partial(fetch_symbols, client, account, 1)), "Enverus")
    if settings.ice_username and settings.ice_password:
        user = ice.IceAccount(settings.ice_username, settings.ice_password)
        yield check_settlement_login(ice.Ice(client, user, settings.ice_sso_url, settings.ice_downloads_url))
    if settings.smtp_host:
        yield check_mail_server()


def check_series_login(source: Source, name: str) -> Finding:
    """Query a source for one hour of the day before yesterday, and find whether it accepts the account."""
    iso = next(iter(MARKETS))
    spec = source.series(iso)[0]
    start = pd.Timestamp(datetime.now(UTC)).floor("D") - timedelta(days=2)
    end = start + pd.Timedelta(hours=1)
    check = f"{name} login"
    try:
        result = source.read(iso, spec.measure, [spec.location], start, end, spec.basis)
    except AccountRefused as error:
        return failure(check, str(error), CHECK_ACCOUNT)
    except SourceError as error:
        return failure(check, str(error), CHECK_ADDRESS)
    if result.frame.empty:
        reasons = (
            "; ".join(problem.message for problem in result.problems) or "the source has no value for it"
        )
        return warning(check, f"one hour was queried and cannot be read: {reasons}", "try again later")
    return ok(check, f"the account is accepted: {iso} {spec.measure} {spec.location} answers")


def check_settlement_login(publisher: Publisher) -> Finding:
    """Ask a publisher for a report of the last business day before today."""
    day = business_day_before(datetime.now(UTC).date())
    report = REPORTS[0].file_name(day, FORMS[0])
    try:
        body = publisher.fetch(REPORTS[0], day, FORMS[0])
    except LoginRefused as error:
        return failure("ICE login", str(error), CHECK_ACCOUNT)
    except (UnreadableReport, WebError) as error:
        return failure("ICE login", str(error), CHECK_ADDRESS)
    if body is None:
        return warning("ICE login", f"the account is accepted, but {report} is not there", "try again later")
    return ok("ICE login", f"the account is accepted and {report} is there")


def check_mail_server() -> Finding:
    """Find whether the mail server would take a mail of ours; none is sent."""
    try:
        server = mail.configured_server()
        if server is None:
            return unused("mail login", "no SMTP_HOST is set")
        mail.check_server(server)
    except mail.MailError as error:
        return failure("mail login", str(error), "look at the SMTP_ and MAIL_ settings")
    return ok("mail login", f"{server} would take a mail for {', '.join(server.recipients)}")


def _reachable(name: str, url: str, response: Response | WebError, is_vital: bool) -> Finding:
    check = f"reach {name}"
    if isinstance(response, (Response, *STILL_REACHABLE)):
        return ok(check, f"{url} answers")
    finding = failure if is_vital else warning
    return finding(check, str(response), "look at the network, the proxy (HTTPS_PROXY) and the address")


def _server_time(response: Response | WebError) -> datetime | None:
    """Return the time in a response's Date header, None without a valid one."""
    text = response.headers.get("date", "") if isinstance(response, Response) else ""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
