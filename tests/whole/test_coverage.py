"""What is stored, shown day by day: a day that goes missing is seen."""

from __future__ import annotations

from contextlib import closing
from io import BytesIO
from pathlib import Path

import papermill
import psycopg2
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from playwright.sync_api import Page

from lib.markets import MEASURES
from lib.present.charts.coverage import LEVELS
from lib.present.formats import MISSING
from lib.present.pages.report import write_report
from lib.store import Database
from tests.conftest import RunAll
from tests.support.reports import make_report_context

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
START = "2025-10-01"
LOST = "2025-11-02"  # the clock goes back: the day has 25 hours


def _delete_a_day(database: Database) -> int:
    """Delete the real-time prices of one local day and return how many there were."""
    with closing(psycopg2.connect(database.url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM rt_lmps USING market_hour AS hour WHERE hour.market_date = %s
               AND hour.market_id = rt_lmps.market_id AND hour.interval_start = rt_lmps.interval_start""",
            [LOST],
        )
        return cursor.rowcount


def _fetch_report(folder: Path, name: str) -> Path:
    """Open the fetch notebook by hand, which only looks at what is stored, and return its page."""
    executed, page = folder / f"{name}.ipynb", folder / f"{name}.html"
    asked = {"iso": "MISO", "start": START}
    papermill.execute_notebook(NOTEBOOKS / "fetch.ipynb", executed, asked, cwd=NOTEBOOKS, progress_bar=False)
    write_report(executed, page, make_report_context())
    return page


def _has_lost_days(page: Page) -> bool:
    """Return whether the calendar, as it is drawn, has a day of the colour that says nothing is stored."""
    png = page.locator("figure svg image").nth(1).screenshot()
    lost = tuple(round(255 * part) for part in to_rgb(LEVELS["nothing stored"]))
    colours = Image.open(BytesIO(png)).convert("RGB").getcolors(maxcolors=1 << 24)
    return any(colour == lost for _, colour in colours)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_a_day_deleted_from_the_database_shows_in_the_calendar_of_the_fetch_report_and_in_its_table(
    demo_database: Database, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all = RunAll(demo_database, tmp_path / "runs")
    run_all.run("--source", "demo", "--iso", "MISO", "--notebook", "fetch", "--start", START)
    page.goto((run_all.runs / "latest" / "miso_fetch.html").resolve().as_uri())
    assert not _has_lost_days(page)

    n_lost = _delete_a_day(demo_database)
    monkeypatch.setenv("EPD_DATABASE", demo_database.url)
    page.goto(_fetch_report(tmp_path, "after").as_uri())
    assert _has_lost_days(page)
    page.locator("figure summary").click()
    shown = [row.split("\t") for row in page.locator("figure tbody tr").all_inner_texts()]
    assert {series for series, *_ in shown} == set(MEASURES)
    ((series, month, expected, stored, missing, days),) = [row for row in shown if row[-1] != MISSING]
    assert (series, missing, f"{month}-{days:0>2}") == ("rt_lmp", f"{n_lost:,}", LOST)
    assert _number(expected) - _number(stored) == n_lost
    glance = page.locator("dl.glance div").filter(has_text="Hours missing")
    assert glance.locator("strong").inner_text() == f"{n_lost:,}"
