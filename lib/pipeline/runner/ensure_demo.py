"""Make sure that notebooks and the tool have something to show: `python -m lib.pipeline.runner.ensure_demo`.

It runs the simulated market where that has no curves yet; for any other source it says which run is needed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from lib import store
from lib.markets import MARKETS
from lib.paths import ROOT
from lib.pipeline.runner.expected_errors import EXPECTED, format_error
from lib.sources import parse_source_spec
from lib.sources.demo import DemoSource
from lib.store import Database


def main(arguments: Sequence[str]) -> int | str:
    """Run the command line: the options of `lib.tool.serve`, of which only the source matters here.

    Returns:
        0 where there is something to show, else an exit code or a message.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--source", default=os.environ.get("EPD_SOURCE", DemoSource.name))
    source: str = parser.parse_known_args(arguments)[0].source
    try:
        if not parse_source_spec(source).is_demo:
            return find_missing_curve(source)
        if is_ready(store.open_database(source)):
            return 0
    except EXPECTED as error:
        return format_error(error)
    return subprocess.call([sys.executable, str(ROOT / "run_all.py"), "--source", source])


def is_ready(db: Database) -> bool:
    """Return whether the database has an official version of every curve of every ISO, and settlements."""
    curves = set(store.CURVE_OF_TABLE.values())
    has_curves = len(_curves(db)) == len(curves) * len(MARKETS)
    return has_curves and store.read_last_trade_date(db) is not None


def find_missing_curve(source: str) -> int | str:
    """Return 0 where a source's database has an official curve, else the message that says what makes one.

    Raises:
        DatabaseUnreachable, WrongDatabase, SchemaError, NotPermitted: the database cannot be read.
    """
    db = store.open_reader(source)
    if _curves(db):
        return 0
    first = "the first run of twelve months makes them"
    return f"{db} has no curve yet that is official; {first}: `python run_all.py --source {source}`"


def _curves(db: Database) -> set[tuple[str, int]]:
    where = {"status": store.OFFICIAL}
    versions = store.read_relation(db, "curve_version", ["curve", "market_id"], where)
    return set(versions.itertuples(index=False, name=None))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
