"""A small market with published curves, the tool's data on it, and a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib import store
from lib.calc.fingerprint import fingerprint
from lib.calc.grid import build_grid
from lib.calc.priced_vlr import add_priced
from lib.calc.shaping import shape_factors
from lib.calc.vlr import hourly_vlr, vlr_curve
from lib.hours import market_hours
from lib.markets import MEASURES, locations
from lib.store import DATABASE_VARIABLE, Database, RunTask
from lib.tool import jobs
from lib.tool.data import ToolData
from lib.tool.panels import PANELS, run_action
from lib.tool.session import Session
from lib.tool.state import CurveState, first_state
from lib.tool.viewer_state import open_viewer
from tests.support.databases import copy_of
from tests.support.waiting import wait_until

ISO = "NYISO"
FIRST, LAST = date(2024, 11, 20), date(2025, 2, 10)

Publish = Callable[..., int]


@pytest.fixture(autouse=True)
def wait_for_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tool wait for its background jobs, however busy the machine is."""
    monkeypatch.setattr(jobs, "SHORT_WAIT_S", 600.0)


@pytest.fixture
def no_wait(wait_for_jobs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tool go on at once while a background job runs."""
    monkeypatch.setattr(jobs, "SHORT_WAIT_S", 0.0)


def _values(seed: int) -> pd.DataFrame:
    """Return prices and loads of every hour and zone; one zone lacks a month."""
    hours = market_hours(ISO, FIRST, LAST)
    zones = [place.name for place in locations(ISO, "zone")]
    rng, size = np.random.default_rng(seed), len(hours) * len(zones)
    frame = pd.DataFrame(
        {
            "location": np.repeat(zones, len(hours)),
            "interval_start": np.tile(hours["interval_start"], len(zones)),
            "da_lmp_usd_per_mwh": rng.normal(45, 10, size),
            "rt_lmp_usd_per_mwh": rng.normal(47, 25, size),
            "da_load_mw": rng.uniform(900, 1100, size),
            "rt_load_mw": rng.uniform(900, 1100, size),
        }
    )
    is_gap = (frame["location"] == "WEST") & (np.tile(hours["month"], len(zones)) == 12)
    return frame[~is_gap].reset_index(drop=True)


def _publish(db: Database, start: date, end: date, seed: int = 1) -> int:
    """Write the values, and publish VLR and shaping of a window, as a run does; return the run's id."""
    values = _values(seed)
    run_id = store.start_run(db, source="files", as_of=date(2025, 3, 1), window_start=start, window_end=end)
    task = RunTask(run_id, "vlr", ISO)
    specs = [
        SimpleNamespace(iso=ISO, location=place.name, measure=name, source="files", basis="actual")
        for name in MEASURES
        for place in locations(ISO, "zone")
    ]
    series = store.register_series(db, specs)
    for name, measure in MEASURES.items():
        known = series[series["measure"] == name][["series_id", "location"]]
        rows = values[["location", "interval_start", measure.column]].merge(known, on="location")
        store.write_series(db, ISO, name, rows.rename(columns={measure.column: "value"}), task)
    zones = [place.name for place in locations(ISO, "zone")]
    grid = hourly_vlr(build_grid(values, market_hours(ISO, start, end), zones))
    used = {"vlr": list(MEASURES), "shaping": ["da_lmp"]}
    for curve, cells in {"vlr": add_priced(vlr_curve(grid)), "shaping": shape_factors(grid)}.items():
        ids = series[series["measure"].isin(used[curve])]["series_id"].tolist()
        mark = fingerprint(curve, ISO, (start, end), {}, values, {curve: cells})
        store.save_curve(
            db,
            store.NewVersion(curve, ISO, start, end, {"holidays": "nerc"}, ids, mark),
            {curve: cells},
            task,
        )
    store.finish_run(db, run_id, "done")
    return run_id


@pytest.fixture(scope="session")
def publish() -> Publish:
    """A function that publishes as a run does: publish(database, first day, last day, seed)."""
    return _publish


@pytest.fixture(scope="module")
def published(server: str, templates: dict[str, Database]) -> Iterator[Database]:
    """A database with VLR and shaping of December and January, and values of some weeks around them."""
    with copy_of(server, templates["files"]) as database:
        _publish(database, date(2024, 12, 1), date(2025, 1, 31))
        yield database


@pytest.fixture(scope="module")
def data(published: Database) -> ToolData:
    """The tool's data on the published database, read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_VARIABLE, published.url)
        data = ToolData("files")
    data.preload()
    return data


@pytest.fixture
def state(data: ToolData) -> CurveState:
    """The first curve as published, without edits."""
    return first_state(data)


@pytest.fixture(scope="module")
def opened(data: ToolData) -> Session:
    """The tool just after it opened: the first curve as published, with the cells of January."""
    return Session(data, first_state(data), open_viewer(data.db), month=1)


def act(session: Session, action: str, *files: bytes, **values: object) -> Session:
    """Return the session after an action of the page."""
    return run_action(session, action, values, files)


def finish_jobs(session: Session) -> Session:
    """Return the session once every background job has ended."""
    while session.jobs:
        for job in session.jobs.values():
            wait_until(job.call.is_done)
        session = act(session, "await_work")
    return session


def html_of(session: Session, name: str) -> BeautifulSoup:
    """Return what a panel shows of a session."""
    panel = next(panel for panel in PANELS if panel.name == name)
    return BeautifulSoup(panel.render(session), "html.parser")
