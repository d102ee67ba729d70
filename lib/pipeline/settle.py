"""What the notebook of the settlements does besides showing: open, collect, read curves and changes, mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pandas as pd

from lib import store
from lib.pipeline.collect import Collector, Outcome, stored
from lib.pipeline.errors import ConfigurationError
from lib.pipeline.settlement_mail import send_summary
from lib.pipeline.steps import NothingStored
from lib.pipeline.window import FIXED_AS_OF, parse_day
from lib.settings import Settings
from lib.settlements import DemoPublisher, Publisher, Shelf, hubs, open_ice
from lib.settlements.days import EASTERN, business_day_until, trade_date_as_of

NOTEBOOK = "ice_settlements"

DEMO = "demo"
REPLAY = "replay:"

N_CHANGES = 15
N_REJECTS = 50


class SettlementsMissing(Exception):
    """Reports that were due are not there; what came is stored, and the next run asks for the rest."""


@dataclass(frozen=True)
class Desk:
    """What the notebook works on: a trade date, the database, and who collects, if anybody does."""

    db: store.Database
    source: str
    trade_date: date
    collector: Collector | None

    @property
    def is_demo(self) -> bool:
        """Whether the settlements are simulated."""
        return self.db.is_demo


def open_desk(
    source: str,
    trade_date: date | str | None = None,
    as_of: date | str | None = None,
    run_id: int = 0,
    publish: bool = False,
) -> Desk:
    """Open the database and, to publish, the publisher: the simulation for "demo", else ICE.

    A source that is replayed takes the files from the shelf. The trade date is the given one, else that of
    the clock's evening; by hand, where nobody is asked, the last that is stored.

    Raises:
        ConfigurationError: a parameter is wrong; the message says how.
        MissingCredentials: ICE's account is not configured.
        NothingStored: by hand, and there is nothing to show.
        ValueError: `publish` was set by hand, outside a run.
        DatabaseUnreachable, WrongDatabase: the database cannot be used; the message says what to do.
    """
    if publish and not run_id:
        raise ValueError("only run_all.py publishes: what is written belongs to one of its runs")
    db = store.open_database(source)
    given = parse_day("trade_date", trade_date)
    if not publish:
        return Desk(db, source, given or _last_stored(db, source), None)
    day = given or _due(source, parse_day("as-of", as_of))
    if source != DEMO and day > datetime.now(EASTERN).date():
        raise ConfigurationError(f"trade_date {day}: there are no settlements of days to come")
    deadline = datetime.combine(day, time.fromisoformat(Settings().ice_deadline), EASTERN)
    shelf = None if source == DEMO else Shelf(Settings().settlements_dir)
    collector = Collector(db, _publisher(source), shelf, store.Task(run_id, NOTEBOOK, ""), deadline)
    return Desk(db, source, day, collector)


def collect(desk: Desk, lookback_days: int) -> list[Outcome]:
    """Bring the trade date's reports, and those that earlier days lack, into the database; by hand look."""
    if desk.collector is None:
        return stored(desk.db, desk.trade_date)
    return desk.collector.collect(desk.trade_date, lookback_days)


def facts(desk: Desk) -> dict[str, str]:
    """Return what the page stands on, label by label."""
    former = store.last_trade_date(desk.db, before=desk.trade_date)
    return {
        "Trade date": f"{desk.trade_date:%Y-%m-%d, %A}",
        "Published by": "a simulation" if desk.is_demo else "ICE and NGX, not to be redistributed",
        "Compared with": f"{former:%Y-%m-%d, %A}" if former else "nothing: it is the first trade date stored",
    }


def reports(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return a row per report: its trade_date, name, status, and counts of rows and lines."""
    rows = [
        {
            "trade_date": pd.Timestamp(outcome.trade_date),
            "report": outcome.report.name,
            "status": outcome.status.value,
            "n_rows": outcome.file.n_rows if outcome.file else None,
            "n_written": outcome.counts.written,
            "n_revised": outcome.counts.revised,
            "n_repeated": outcome.file.n_repeated if outcome.file else None,
            "n_rejected": outcome.file.n_rejected if outcome.file else None,
        }
        for outcome in outcomes
    ]
    return pd.DataFrame(rows)


def troubles(desk: Desk, outcomes: Sequence[Outcome], forwards: pd.DataFrame) -> pd.DataFrame:
    """Return what is missing or cannot be used: trade_date, report, line of its file, message."""
    rows = [row for outcome in outcomes for row in (*_missing(outcome), *_unusable(outcome))]
    rows += [(desk.trade_date, None, None, f"no contract fits {hub.label}") for hub in hubs.absent(forwards)]
    frame = pd.DataFrame(rows, columns=["trade_date", "report", "line", "message"])
    return frame.assign(trade_date=pd.to_datetime(frame["trade_date"]))


def _missing(outcome: Outcome) -> list[tuple[object, ...]]:
    if not outcome.is_lacking:
        return []
    why = outcome.message or "not published yet: the next run asks again"
    return [(outcome.trade_date, outcome.report.name, None, why)]


def _unusable(outcome: Outcome) -> list[tuple[object, ...]]:
    """Return the first lines that could not be used of a report that was read now."""
    if outcome.settled is None:
        return []
    rejects = outcome.settled.parsed.rejects.head(N_REJECTS)
    where = outcome.trade_date, outcome.report.name
    return [(*where, row.line, f"{row.reason}: {row.text}") for row in rejects.itertuples()]


def curves(desk: Desk) -> pd.DataFrame:
    """Return the monthly curves of the desk's hubs on the trade date, as `hubs.monthly_curves` does."""
    return hubs.monthly_curves(store.read_settlements(desk.db, desk.trade_date))


def largest_changes(desk: Desk) -> pd.DataFrame:
    """Return the futures that moved most since the trade date before, as `store.largest_changes` does."""
    former = store.last_trade_date(desk.db, before=desk.trade_date)
    return store.largest_changes(desk.db, desk.trade_date, former, N_CHANGES)


def mail(desk: Desk, outcomes: Sequence[Outcome], forwards: pd.DataFrame) -> dict[str, str]:
    """Mail the files and a summary once, and return what became of it, for people."""
    if desk.collector is None:
        return {"Mail": "none: the notebook was opened by hand"}
    if desk.is_demo:
        return {"Mail": "none: simulated settlements are not mailed"}
    return {"Mail": send_summary(desk.db, desk.trade_date, outcomes, forwards)}


def require_complete(desk: Desk, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Check that all reports of the trade date are there, and return how many are: status, n_reports.

    Raises:
        SettlementsMissing: some are not, in a run; the message names them with the reason.
    """
    its_own = [one for one in outcomes if one.trade_date == desk.trade_date]
    lacking = [one for one in its_own if one.is_lacking]
    if desk.collector is not None and lacking:
        reasons = "; ".join(f"{one.report.name}: {one.message or one.status}" for one in lacking)
        raise SettlementsMissing(
            f"settlements of {desk.trade_date}: {len(lacking)} of {len(its_own)} reports are missing: "
            f"{reasons}. The next run asks for them again"
        )
    return (
        pd.Series([one.status.value for one in its_own], name="status")
        .value_counts()
        .rename("n_reports")
        .reset_index()
    )


def _last_stored(db: store.Database, source: str) -> date:
    last = store.last_trade_date(db)
    if last is None:
        raise NothingStored(
            f"no settlements are stored in {db}: run "
            f"`python run_all.py --notebook {NOTEBOOK} --source {source}` first"
        )
    return last


def _due(source: str, as_of: date | None) -> date:
    """Return the trade date that a run is about."""
    if source == DEMO:
        return business_day_until(as_of or FIXED_AS_OF[DEMO])
    now = datetime.now(EASTERN)
    # A run that is as of today in some other zone is as of today.
    return trade_date_as_of(as_of or now.date() + timedelta(days=1), now)


def _publisher(source: str) -> Publisher:
    if source == DEMO:
        return DemoPublisher()
    return Shelf(Settings().settlements_dir) if source.startswith(REPLAY) else open_ice()
