"""Whether the services let the accounts in: each is asked for one small thing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd

from lib import mail
from lib.markets import MARKETS
from lib.pipeline.doctor.finding import Finding, failure, ok, unused, warning
from lib.settings import Settings
from lib.settlements import ice
from lib.settlements.business_days import business_day_before
from lib.settlements.reports import FORMS, REPORTS, LoginRefused, Publisher, UnreadableReport
from lib.sources import Source, SourceError
from lib.sources.enverus import EnverusSource, client
from lib.sources.protocol import AccountRefused
from lib.web import Exchange, WebError

CHECK_ACCOUNT = "check the account and its rights with the service"
CHECK_ADDRESS = "look at the network and the address; when both are right, the service is in trouble"


def examine(exchange: Exchange, settings: Settings) -> Iterator[Finding]:
    """Find for each service whose account is set whether it lets the account in.

    Args:
        exchange: what to ask by; it should keep nothing, for what is asked is no part of any run.
        settings: the accounts and addresses.
    """
    if settings.enverus_username and settings.enverus_password:
        password = settings.enverus_password.get_secret_value()
        account = client.Account(settings.enverus_url, settings.enverus_username, password)
        yield series_service(EnverusSource(partial(client.ask_service, exchange, account, 1)), "Enverus")
    if settings.ice_username and settings.ice_password:
        user = ice.Account(settings.ice_username, settings.ice_password)
        yield settlement_service(ice.Ice(exchange, user, settings.ice_sso_url, settings.ice_downloads_url))
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
