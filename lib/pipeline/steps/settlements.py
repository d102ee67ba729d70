"""The steps of the settlements notebook: open, collect, mail, and fail where reports are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pandas as pd

from lib import store
from lib.mail import MailError
from lib.pipeline.errors import ConfigurationError, NothingStored
from lib.pipeline.notebooks import ICE_SETTLEMENTS
from lib.pipeline.steps.settlement_collector import Collector, ReportOutcome, stored
from lib.pipeline.steps.settlement_mail import send_summary
from lib.pipeline.steps.window import parse_day
from lib.settings import Settings
from lib.settlements import DemoPublisher, Publisher, ReportFolder, open_ice
from lib.settlements.business_days import EASTERN, business_day_until, trade_date_as_of
from lib.settlements.hub_report import check_hubs
from lib.sources import SourceSpec, parse_source_spec


class SettlementsMissing(Exception):
    """Reports that were due are missing; the others are stored, and the next run asks for the rest."""


@dataclass(frozen=True)
class SettlementContext:
    """What the notebook works on: a trade date, the database, and the collector, None by hand."""

    db: store.Database
    source: str
    trade_date: date
    collector: Collector | None

    @property
    def is_demo(self) -> bool:
        """Whether the settlements are simulated."""
        return self.db.is_demo


def open_settlement_context(
    source: str,
    trade_date: date | str | None = None,
    as_of: date | str | None = None,
    run_id: int = 0,
    publish: bool = False,
) -> SettlementContext:
    """Open the database and, to publish, the publisher: the simulation for "demo", else ICE.

    A replayed source takes the files from the report folder. The trade date is the given one, else that of
    the clock's evening; by hand, where nothing is downloaded, the last one that is stored.

    Raises:
        ConfigurationError: a parameter is wrong; the message says how.
        MissingIceCredentials: ICE's account is not configured.
        NothingStored: by hand, and there is nothing to show.
        ValueError: `publish` was set by hand, outside a run.
        DatabaseUnreachable, WrongDatabase: the database cannot be used; the message says what to do.
    """
    if publish and not run_id:
        raise ValueError("only run_all.py publishes: what is written belongs to one of its runs")
    db = store.open_database(source)
    given = parse_day("trade_date", trade_date)
    if not publish:
        return SettlementContext(db, source, given or _last_stored(db, source), None)
    spec = parse_source_spec(source)
    day = given or _due(spec, parse_day("as-of", as_of))
    if not spec.is_demo and day > datetime.now(EASTERN).date():
        raise ConfigurationError(f"trade_date {day}: there are no settlements of days to come")
    deadline = datetime.combine(day, time.fromisoformat(Settings().ice_deadline), EASTERN)
    report_folder = None if spec.is_demo else ReportFolder(Settings().settlements_dir)
    collector = Collector(
        db, _publisher(spec), report_folder, store.RunTask(run_id, ICE_SETTLEMENTS.name, ""), deadline
    )
    return SettlementContext(db, source, day, collector)


def collect(context: SettlementContext, lookback_days: int) -> list[ReportOutcome]:
    """Store the trade date's reports and those that earlier days lack; by hand only read what is stored."""
    if context.collector is None:
        return stored(context.db, context.trade_date)
    return context.collector.collect(context.trade_date, lookback_days)


def mail_reports(
    context: SettlementContext, outcomes: Sequence[ReportOutcome], forwards: pd.DataFrame
) -> str | MailError:
    """Mail the files and a summary once; return an error, which `require_mailed` raises at the end."""
    if context.collector is None:
        return "none: the notebook was opened by hand"
    if context.is_demo:
        return "none: simulated settlements are not mailed"
    try:
        return send_summary(context.db, context.collector.task.run_id, context.trade_date, outcomes, forwards)
    except MailError as error:
        return error


def require_mailed(result: str | MailError) -> dict[str, str]:
    """Return the result of the mail in words.

    Raises:
        MailError: it was not sent.
    """
    if isinstance(result, MailError):
        raise result
    return {"Mail": result}


def require_complete(context: SettlementContext, outcomes: Sequence[ReportOutcome]) -> pd.DataFrame:
    """Check that all reports of the trade date are stored, and return the counts: status, n_reports.

    Raises:
        SettlementsMissing: in a run, some are not; the message names them with the reason.
    """
    its_own = [one for one in outcomes if one.trade_date == context.trade_date]
    lacking = [one for one in its_own if one.is_lacking]
    unsure = [one for one in its_own if one.message and not one.is_lacking]
    if context.collector is not None and unsure and not lacking:
        raise SettlementsMissing(
            f"settlements of {context.trade_date}: all are stored from before, but nobody can tell whether "
            f"{unsure[0].report.name} was corrected since: {unsure[0].message}"
        )
    if context.collector is not None and lacking:
        reasons = "; ".join(f"{one.report.name}: {one.message or one.status}" for one in lacking)
        raise SettlementsMissing(
            f"settlements of {context.trade_date}: {len(lacking)} of {len(its_own)} reports are missing: "
            f"{reasons}. The next run asks for them again"
        )
    return (
        pd.Series([one.status.value for one in its_own], name="status")
        .value_counts()
        .rename("n_reports")
        .reset_index()
    )


def require_hubs(context: SettlementContext, settlements: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Check that the reports have the hubs that the desk needs, and return the counts: iso, n_hubs, n_quotes.

    Args:
        context: what `open_settlement_context` returns.
        settlements: the settlements of the trade date.
        curves: the desk's curves among them (`lib.settlements.hubs.monthly_curves`).

    Raises:
        HubsNotFound: in a run, reports of usual size lack some; the message names the nearest texts.
    """
    if context.collector is not None:
        check_hubs(settlements, curves)
    quotes = curves.drop_duplicates(["iso", "hub", "block"])
    return (
        quotes.groupby("iso", sort=False)
        .agg(n_hubs=("hub", "nunique"), n_quotes=("block", "size"))
        .reset_index()
    )


def _last_stored(db: store.Database, source: str) -> date:
    last = store.read_last_trade_date(db)
    if last is None:
        raise NothingStored(
            f"no settlements are stored in {db}: run "
            f"`python run_all.py --notebook {ICE_SETTLEMENTS.name} --source {source}` first"
        )
    return last


def _due(source: SourceSpec, as_of: date | None) -> date:
    """Return the trade date of a run."""
    now = datetime.now(EASTERN)
    if source.is_demo:
        return business_day_until(as_of or source.fixed_as_of or now.date())
    # A run that is as of today in some other zone is as of today.
    return trade_date_as_of(as_of or now.date() + timedelta(days=1), now)


def _publisher(source: SourceSpec) -> Publisher:
    if source.is_demo:
        return DemoPublisher()
    return ReportFolder(Settings().settlements_dir) if source.is_replay else open_ice()
