"""The settlements of a day, from the stand-in of ICE to the database, the report folder and the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.mail import MailError
from lib.pipeline.errors import ConfigurationError, NothingStored
from lib.pipeline.steps import settlement_page as page
from lib.pipeline.steps import settlements
from lib.pipeline.steps.settlement_collector import Collector, ReportOutcome, ReportStatus
from lib.pipeline.steps.settlements import SettlementContext
from lib.settlements import REPORTS, MissingIceCredentials
from lib.settlements.business_days import EASTERN
from lib.settlements.hub_report import HubsNotFound
from lib.settlements.hubs import monthly_curves
from lib.store import Database, read_relation, read_settlements, start_run
from tests.conftest import RunAll
from tests.standins.ice import IceStandIn, dat, line, xlsx
from tests.standins.postbox import Postbox, serving, settings

DAY, BEFORE = date(2025, 12, 30), date(2025, 12, 29)
POWER = REPORTS[0]


@pytest.fixture(autouse=True)
def _settings(ice: IceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """An account of the stand-in, and folders of this test."""
    values = {
        "ICE_USERNAME": "desk",
        "ICE_PASSWORD": "open sesame",
        "ICE_SSO_URL": ice.sso_url,
        "ICE_DOWNLOADS_URL": ice.downloads_url,
        "EPD_SETTLEMENTS": str(tmp_path / "reports"),
        "EPD_RAW": str(tmp_path / "raw"),
        "EPD_DATABASE": database.url,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def open_run(database: Database) -> Callable[..., SettlementContext]:
    """A function that opens the context of a new run on a trade date."""

    def open_it(source: str = "enverus", trade_date: date | None = DAY, **more: Any) -> SettlementContext:
        run_id = start_run(database, source=source, as_of=DAY, window_start=None, window_end=None)
        return settlements.open_settlement_context(source, trade_date, None, run_id, publish=True, **more)

    return open_it


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A mail server that the settings name."""
    with serving("none") as postbox:
        assert postbox.server is not None
        for name, value in settings(postbox.server).items():
            monkeypatch.setenv(name, value)
        yield postbox


def _publish(ice: IceStandIn, day: date = DAY, **bodies: bytes) -> None:
    """Publish all four reports of a day, each with a contract of its own, or with the given body."""
    for i, report in enumerate(REPORTS):
        lines = [line(trade_date=f"{day:%m/%d/%Y}", contract=f"C{i}", strip=f"{m}/1/2026") for m in (1, 2, 3)]
        if i == 0:
            lines = [text.replace("C0", "PMI") for text in lines]
        ice.files[report.path(day, "dat")] = bodies.get(report.name, dat(*lines))


def _collect(context: SettlementContext, lookback_days: int = 0) -> list[ReportOutcome]:
    return settlements.collect(context, lookback_days)


def _mail(context: SettlementContext, outcomes: list[ReportOutcome]) -> str:
    return settlements.require_mailed(settlements.mail_reports(context, outcomes, _curves(context)))["Mail"]


def _curves(context: SettlementContext) -> pd.DataFrame:
    return monthly_curves(page.read_trade_date(context))


def _prices_of_pmi(database: Database) -> list[float]:
    stored = read_settlements(database, DAY)
    return stored.loc[stored["contract"] == "PMI", "settlement_price"].tolist()


def _troubles(context: SettlementContext, outcomes: list[ReportOutcome]) -> pd.DataFrame:
    settled = page.read_trade_date(context)
    return page.troubles(context, outcomes, settled, monthly_curves(settled))


def test_the_four_reports_are_stored_and_kept(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database, tmp_path: Path
) -> None:
    _publish(ice)
    context = open_run()
    outcomes = _collect(context)
    assert [outcome.status for outcome in outcomes] == [ReportStatus.STORED] * 4
    assert page.report_table(outcomes)["n_written"].tolist() == [3] * 4
    assert settlements.require_complete(context, outcomes).to_dict("list") == {
        "status": ["stored"],
        "n_reports": [4],
    }
    assert len(read_settlements(database, DAY)) == 12
    kept = {path.name: path.read_bytes() for path in (tmp_path / "reports" / "2025-12-30").iterdir()}
    assert kept == {path.rpartition("/")[2]: body for path, body in ice.files.items()}
    files = read_relation(database, "settlement_report")
    assert set(files["sha256"]) == {o.downloaded.document.sha256 for o in outcomes if o.downloaded}


def test_a_second_run_writes_nothing(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    _publish(ice)
    _collect(open_run())
    before = [read_relation(database, name) for name in ("ice_settlement", "settlement_report")]
    again = page.report_table(_collect(open_run()))
    assert again[["n_written", "n_revised"]].to_numpy().sum() == 0
    for former, name in zip(before, ("ice_settlement", "settlement_report"), strict=True):
        pd.testing.assert_frame_equal(read_relation(database, name), former)


def test_a_corrected_file_is_revised_and_counted(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    _publish(ice)
    _collect(open_run())
    path = POWER.path(DAY, "dat")
    ice.files[path] = ice.files[path].replace(b"61.35", b"62.35", 1)
    assert page.report_table(_collect(open_run()))["n_revised"].tolist() == [1, 0, 0, 0]
    assert sorted(_prices_of_pmi(database)) == [61.35, 61.35, 62.35]


def _months(n: int) -> bytes:
    return dat(*(line(strip=f"{month}/1/2026") for month in range(1, n + 1)))


def test_what_a_corrected_file_no_longer_has_is_withdrawn_and_shown(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    _publish(ice, icecleared_power=_months(12))
    _collect(open_run())
    _publish(ice, icecleared_power=_months(11))
    reports = page.report_table(_collect(open_run()))
    assert reports["n_withdrawn"].tolist() == [1, 0, 0, 0]
    assert len(_prices_of_pmi(database)) == 11


def test_a_file_that_is_cut_short_is_a_failure_and_the_one_before_stays(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    _publish(ice, icecleared_power=_months(12))
    _collect(open_run())
    _publish(ice, icecleared_power=_months(6))
    context = open_run()
    outcomes = _collect(context)
    outcome = outcomes[0]
    assert (outcome.status, outcome.is_lacking) == (ReportStatus.FAILED, False)
    with pytest.raises(settlements.SettlementsMissing, match="whether icecleared_power was corrected"):
        settlements.require_complete(context, outcomes)
    assert "lacks 6 of the 12 settlements" in outcome.message
    assert len(_prices_of_pmi(database)) == 12


def test_earlier_days_are_asked_for_what_they_lack_and_no_more(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    _publish(ice, BEFORE)
    late = ice.files.pop(REPORTS[3].path(BEFORE, "dat"))
    _collect(open_run(trade_date=BEFORE))
    _publish(ice)
    ice.files[REPORTS[3].path(BEFORE, "dat")] = late
    ice.asked.clear()
    outcomes = _collect(open_run(), lookback_days=1)
    assert [(o.report, o.trade_date) for o in outcomes] == [
        *((report, DAY) for report in REPORTS),
        (REPORTS[3], BEFORE),
    ]
    assert len(ice.paths) == 5
    assert outcomes[-1].counts.written == 3


def test_a_report_that_fails_costs_itself_only(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    _publish(ice, icecleared_power=b"<html>oops</html>")
    context = open_run()
    outcomes = _collect(context)
    assert [outcome.status for outcome in outcomes] == [ReportStatus.FAILED, *[ReportStatus.STORED] * 3]
    assert len(read_settlements(database, DAY)) == 9
    messages = _troubles(context, outcomes)["message"]
    assert "icecleared_power_2025_12_30.dat: ICE answered with something else" in messages.iloc[0]
    with pytest.raises(settlements.SettlementsMissing, match="1 of 4 reports are missing: icecleared_power"):
        settlements.require_complete(context, outcomes)


def test_the_workbook_stands_in_for_a_broken_file(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    _publish(ice, icecleared_power=b"<html>oops</html>")
    ice.files[POWER.path(DAY, "xlsx")] = xlsx(dat())
    outcomes = _collect(open_run())
    assert outcomes[0].file is not None
    assert outcomes[0].file.file_name == "icecleared_power_2025_12_30.xlsx"
    assert outcomes[0].counts.written == 12


def test_lines_that_cannot_be_used_are_shown_and_stop_nothing(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    body = dat(line(), line(strip="2/1/2026", settlement_price="N/A"), line(), line(strip="3/1/2026"))
    _publish(ice, icecleared_power=body)
    context = open_run()
    outcomes = _collect(context)
    shown = page.report_table(outcomes).iloc[0]
    assert (shown["n_rows"], shown["n_repeated"], shown["n_rejected"]) == (2, 1, 1)
    trouble = _troubles(context, outcomes).iloc[0]
    assert trouble["line"] == 3
    assert "N/A" in trouble["message"]
    settlements.require_complete(context, outcomes)


def test_a_refused_login_is_tried_once_for_all_reports(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICE_PASSWORD", "hunter2")
    context = open_run()
    outcomes = _collect(context, lookback_days=2)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.REFUSED}
    assert len(ice.server.log) == 1
    with pytest.raises(settlements.SettlementsMissing, match="ICE_USERNAME and ICE_PASSWORD"):
        settlements.require_complete(context, outcomes)


def test_nothing_is_due_on_a_weekend(ice: IceStandIn, open_run: Callable[..., SettlementContext]) -> None:
    context = open_run(trade_date=date(2025, 12, 27))
    outcomes = _collect(context)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.NOT_DUE}
    settlements.require_complete(context, outcomes)
    assert "no file is due" in _mail(context, outcomes)


class Clock:
    """An evening whose hours pass by sleeping, and in which something may happen."""

    def __init__(self, now: datetime, events: dict[datetime, Callable[[], None]]) -> None:
        self.time, self.events = now, events

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += timedelta(seconds=seconds)
        for moment in [moment for moment in self.events if moment <= self.time]:
            self.events.pop(moment)()


def _evening(hour: int, minute: int) -> datetime:
    return datetime(2025, 12, 30, hour, minute, tzinfo=EASTERN)


@pytest.fixture
def collector(open_run: Callable[..., SettlementContext]) -> Collector:
    """A collector that waits until 20:30 of the trade date."""
    collector = open_run().collector
    assert collector is not None
    return replace(collector, deadline=_evening(20, 30))


def test_todays_reports_are_waited_for_until_they_are_there(ice: IceStandIn, collector: Collector) -> None:
    clock = Clock(_evening(18, 2), {_evening(18, 10): lambda: _publish(ice)})
    outcomes = collector.collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.STORED}
    assert clock.time < _evening(18, 16)


def test_what_is_there_is_not_asked_for_again_while_waiting(ice: IceStandIn, collector: Collector) -> None:
    _publish(ice)
    late = ice.files.pop(REPORTS[2].path(DAY, "dat"))
    arrival = {_evening(18, 30): lambda: ice.files.update({REPORTS[2].path(DAY, "dat"): late})}
    clock = Clock(_evening(18, 0), arrival)
    collector.collect(DAY, 0, clock.now, clock.sleep)
    assert ice.paths.count(POWER.path(DAY, "dat")) == 1
    assert ice.paths.count(REPORTS[2].path(DAY, "dat")) == 7


def test_the_deadline_ends_the_waiting(ice: IceStandIn, collector: Collector) -> None:
    clock = Clock(_evening(20, 22), {})
    outcomes = collector.collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.NOT_PUBLISHED}
    assert clock.time == _evening(20, 30)


@pytest.mark.parametrize("days", [1, -1])
def test_only_today_is_waited_for(days: int, ice: IceStandIn, collector: Collector) -> None:
    clock = Clock(_evening(18, 0) + timedelta(days=days), {})
    later = replace(collector, deadline=clock.time + timedelta(hours=2))
    outcomes = later.collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.NOT_PUBLISHED}
    assert ice.paths.count(POWER.path(DAY, "dat")) == 1
    assert clock.time == _evening(18, 0) + timedelta(days=days)


def test_a_refused_account_is_not_waited_for(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICE_PASSWORD", "hunter2")
    collector = open_run().collector
    assert collector is not None
    clock = Clock(_evening(18, 0), {})
    outcomes = replace(collector, deadline=_evening(20, 30)).collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.REFUSED}
    assert clock.time == _evening(18, 0)


def test_an_account_that_is_refused_while_waiting_ends_the_waiting(
    ice: IceStandIn, collector: Collector
) -> None:
    clock = Clock(_evening(18, 0), {_evening(18, 5): lambda: setattr(ice, "is_cookie_lost", True)})
    outcomes = collector.collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.REFUSED}
    assert clock.time == _evening(18, 5)


def test_a_report_that_fails_is_asked_for_again_while_waiting(ice: IceStandIn, collector: Collector) -> None:
    _publish(ice, icecleared_power=b"<html>oops</html>")
    clock = Clock(_evening(18, 0), {_evening(18, 8): lambda: _publish(ice)})
    outcomes = collector.collect(DAY, 0, clock.now, clock.sleep)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.STORED}
    assert clock.time == _evening(18, 10)


def test_a_deadline_that_comes_between_two_looks_at_the_clock_is_no_error(collector: Collector) -> None:
    clock = Clock(_evening(20, 29), {})

    def look() -> datetime:
        clock.time += timedelta(seconds=50)
        return clock.time

    collector.collect(DAY, 0, look, clock.sleep)
    assert clock.time >= _evening(20, 30)


def test_the_shelf_can_be_read_again_without_asking_anybody(
    ice: IceStandIn,
    open_run: Callable[..., SettlementContext],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publish(ice)
    _collect(open_run())
    with database.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE ice_settlement")
    n_asked = len(ice.paths)
    monkeypatch.delenv("ICE_PASSWORD")
    assert page.report_table(_collect(open_run("replay:enverus")))["n_written"].tolist() == [3] * 4
    assert len(ice.paths) == n_asked


def test_opened_by_hand_the_notebook_shows_what_is_stored_and_asks_nobody(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    with pytest.raises(NothingStored, match="--notebook ice_settlements --source enverus"):
        settlements.open_settlement_context("enverus")
    _publish(ice)
    ice.files.pop(REPORTS[3].path(DAY, "dat"))
    _collect(open_run())
    n_asked = len(ice.paths)
    context = settlements.open_settlement_context("enverus")
    assert context.trade_date == DAY
    outcomes = _collect(context)
    assert page.report_table(outcomes)["status"].tolist() == [*["stored"] * 3, "not published"]
    assert settlements.require_complete(context, outcomes)["n_reports"].sum() == 4
    assert "by hand" in _mail(context, outcomes)
    assert len(ice.paths) == n_asked


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"publish": True}, ValueError, "only run_all.py publishes"),
        ({"publish": True, "run_id": 1, "trade_date": "2099-01-02"}, ConfigurationError, "days to come"),
        ({"trade_date": "30/12/2025"}, ConfigurationError, "write it as YYYY-MM-DD"),
    ],
)
def test_a_desk_that_cannot_be_opened_says_why(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        settlements.open_settlement_context("enverus", **arguments)


def test_without_an_account_ice_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ICE_USERNAME")
    with pytest.raises(MissingIceCredentials, match="ICE_USERNAME"):
        settlements.open_settlement_context("enverus", DAY, run_id=1, publish=True)


def test_the_curves_and_changes_are_those_of_the_stored_days(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    _publish(ice, BEFORE)
    context = open_run(trade_date=BEFORE)
    _collect(context)
    assert page.largest_changes(context).empty
    assert page.describe_settlements(context)["Compared with"].startswith("nothing")
    _publish(ice)
    path = POWER.path(DAY, "dat")
    ice.files[path] = ice.files[path].replace(b"61.35", b"64.35", 1)
    context = open_run()
    _collect(context)
    curves = _curves(context)
    assert curves[["hub", "block", "contract"]].drop_duplicates().to_numpy().tolist() == [
        ["PJM West RT", "5x16", "PMI"]
    ]
    assert curves["settlement_price"].tolist() == [64.35, 61.35, 61.35]
    assert page.largest_changes(context).iloc[0]["change"] == pytest.approx(3.0)
    assert page.describe_settlements(context)["Compared with"] == "2025-12-29, Monday"


def test_a_large_report_without_a_hub_that_the_desk_needs_stops_a_run_and_no_look_by_hand(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], database: Database
) -> None:
    others = [
        line(hub=f"Place {i // 60}", contract=f"P{i // 60}", strip=f"{i % 12 + 1}/1/{2026 + i % 60 // 12}")
        for i in range(1200)
    ]
    _publish(ice, icecleared_power=dat(line(hub="NYISO Gee"), *others))
    context = open_run()
    outcomes = _collect(context)
    settled, curves = page.read_trade_date(context), _curves(context)
    with pytest.raises(HubsNotFound, match=r"NYISO Zone G DA.*Nearest in the report: 'NYISO Gee'"):
        settlements.require_hubs(context, settled, curves)
    settlements.require_complete(context, outcomes)
    assert len(read_settlements(database, DAY)) == 1201 + 3 * 3
    by_hand = replace(context, collector=None)
    assert settlements.require_hubs(by_hand, settled, curves)["n_hubs"].tolist() == [
        1
    ]  # of the other reports


def test_the_mail_has_the_files_and_a_summary_and_is_sent_once(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], postbox: Postbox
) -> None:
    _publish(ice)
    context = open_run()
    assert _mail(context, _collect(context)) == "sent to 2 addresses: ICE settlements 2025-12-30: complete"
    mail = postbox.mails[0]
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == [report.file_name(DAY, "dat") for report in REPORTS]
    text = mail.get_body().get_content()  # type: ignore[union-attr]
    assert "icecleared_power_2025_12_30.dat: 3 settlements" in text
    assert "PJM West RT 5x16: Jan 26 61.35 (-0.45), Feb 26 61.35 (-0.45)" in text
    assert "Missing" not in text
    again = open_run()
    assert "was sent before" in _mail(again, _collect(again))
    assert len(postbox.mails) == 1


def test_the_mail_says_what_is_missing_and_a_complete_one_follows(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], postbox: Postbox
) -> None:
    _publish(ice, ngxcleared_gas=b"<html>oops</html>")
    ice.files.pop(REPORTS[1].path(DAY, "dat"))
    context = open_run()
    _mail(context, _collect(context))
    assert postbox.mails[0]["Subject"] == "ICE settlements 2025-12-30: 2 of 4 reports are missing"
    text = postbox.mails[0].get_body().get_content()  # type: ignore[union-attr]
    assert "ngxcleared_power of 2025-12-30: not published" in text
    assert "ngxcleared_gas of 2025-12-30: ngxcleared_gas_2025_12_30.dat: ICE answered with" in text
    _publish(ice)
    context = open_run()
    _mail(context, _collect(context))
    assert postbox.mails[1]["Subject"] == "ICE settlements 2025-12-30: complete"


def test_a_file_that_comes_late_is_mailed_once_with_the_next_summary(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], postbox: Postbox
) -> None:
    _publish(ice, BEFORE)
    late = ice.files.pop(REPORTS[3].path(BEFORE, "dat"))
    _collect(open_run(trade_date=BEFORE))
    _publish(ice)
    ice.files[REPORTS[3].path(BEFORE, "dat")] = late
    for _ in range(2):
        context = open_run()
        said = _mail(context, _collect(context, lookback_days=1))
    assert "was sent before" in said
    assert len(postbox.mails) == 1
    text = postbox.mails[0].get_body().get_content()  # type: ignore[union-attr]
    assert "Arrived late, and attached:\n  ngxcleared_gas_2025_12_29.dat: 3 settlements" in text.replace(
        "\r", ""
    )
    attached = {part.get_filename(): part.get_content() for part in postbox.mails[0].iter_attachments()}
    assert len(attached) == 5
    assert attached["ngxcleared_gas_2025_12_29.dat"] == late


def test_on_a_day_without_files_those_that_come_late_are_mailed_and_nothing_else(
    ice: IceStandIn, open_run: Callable[..., SettlementContext], postbox: Postbox
) -> None:
    saturday, friday = date(2025, 12, 27), date(2025, 12, 26)
    context = open_run(trade_date=saturday)
    assert "no file is due" in _mail(context, _collect(context, lookback_days=1))
    assert not postbox.mails
    _publish(ice, friday)
    context = open_run(trade_date=saturday)
    _mail(context, _collect(context, lookback_days=1))
    assert postbox.mails[0]["Subject"] == "ICE settlements 2025-12-27: no file is due"
    assert len(list(postbox.mails[0].iter_attachments())) == 4


def test_a_mail_server_that_is_down_fails_after_everything_is_stored(
    ice: IceStandIn,
    open_run: Callable[..., SettlementContext],
    postbox: Postbox,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publish(ice)
    monkeypatch.setenv("SMTP_PORT", "1")
    context = open_run()
    result = settlements.mail_reports(context, _collect(context), _curves(context))  # the page goes on
    with pytest.raises(MailError, match="cannot be reached"):
        settlements.require_mailed(result)
    assert len(read_settlements(database, DAY)) == 12
    assert read_relation(database, "mail_log").empty


def test_reports_that_are_stored_are_not_called_missing_when_the_account_is_refused(
    ice: IceStandIn,
    open_run: Callable[..., SettlementContext],
    postbox: Postbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _publish(ice)
    context = open_run()
    _mail(context, _collect(context))
    monkeypatch.setenv("ICE_PASSWORD", "wrong")
    context = open_run()
    outcomes = _collect(context)
    assert not any(outcome.is_lacking for outcome in outcomes)
    assert _mail(context, outcomes).startswith("none: the reports are stored from before")
    assert _troubles(context, outcomes)["message"].str.startswith("stored from before").sum() == 4
    with pytest.raises(
        settlements.SettlementsMissing, match="all are stored from before, but nobody can tell"
    ):
        settlements.require_complete(context, outcomes)
    assert len(postbox.mails) == 1


def test_without_a_mail_server_that_is_said(
    ice: IceStandIn, open_run: Callable[..., SettlementContext]
) -> None:
    _publish(ice)
    context = open_run()
    assert _mail(context, _collect(context)) == "none: no SMTP_HOST is set"


def test_the_demo_is_simulated_kept_nowhere_and_not_mailed(
    demo_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postbox: Postbox
) -> None:
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    run_id = start_run(demo_database, source="demo", as_of=DAY, window_start=None, window_end=None)
    context = settlements.open_settlement_context("demo", as_of="2026-01-01", run_id=run_id, publish=True)
    outcomes = _collect(context, lookback_days=1)
    assert context.trade_date == date(2025, 12, 31)
    assert {outcome.status for outcome in outcomes} == {ReportStatus.STORED}
    assert len(outcomes) == 8
    assert "not mailed" in _mail(context, outcomes)
    assert not postbox.mails
    assert not (tmp_path / "reports").exists()


def test_a_run_without_the_sources_account_fetches_stores_and_mails(
    ice: IceStandIn, run_all: RunAll, postbox: Postbox
) -> None:
    _publish(ice)
    options = ["--source", "enverus", "--notebook", "ice_settlements", "-p", "trade_date=2025-12-30"]
    manifest = run_all.run(*options, "-p", "lookback_days=0")
    assert manifest["totals"]["rows_written"] == 12
    assert manifest["windows"] == {}
    assert len(postbox.mails) == 1
    html = (run_all.runs / "latest" / "ice_settlements.html").read_text()
    assert "2025-12-30, Tuesday" in html
    assert "DEMO" not in html
    assert "open sesame" not in html


def test_a_run_that_lacks_a_report_fails_and_says_which(
    ice: IceStandIn, run_all: RunAll, postbox: Postbox
) -> None:
    _publish(ice)
    ice.files.pop(REPORTS[2].path(DAY, "dat"))
    options = ["--source", "enverus", "--notebook", "ice_settlements", "-p", "trade_date=2025-12-30"]
    manifest = run_all.run(*options, "-p", "lookback_days=0", exit_code=1)
    sentence = manifest["tasks"][0]["error"]["sentence"]
    assert "settlements of 2025-12-30: 1 of 4 reports are missing: icecleared_gas: not published" in sentence
    assert manifest["totals"]["rows_written"] == 9
    assert postbox.mails[0]["Subject"].endswith("1 of 4 reports are missing")
