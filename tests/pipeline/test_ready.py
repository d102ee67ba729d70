from __future__ import annotations

from lib.pipeline.ready import is_ready
from lib.store import Database
from tests.conftest import DemoRun


def test_a_database_after_the_main_job_has_all_that_the_notebooks_show(demo_run: DemoRun) -> None:
    assert is_ready(demo_run.database)


def test_an_empty_database_is_not_ready(demo_database: Database) -> None:
    assert not is_ready(demo_database)
