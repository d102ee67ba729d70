"""Checks that every table of reference data has every ISO, zone and hub: `python -m tools.check_reference`.

A new ISO begins as a row of markets.csv, a new zone as a row of locations.csv, a new hub as a row of
zone_hubs.csv. The check then names each other table that lacks it, and what to write there. Rows that an
analyst adds by hand, such as an event, are checked for typing errors too. It reads only the CSV files below
lib; `tools.reference_rules` has the rules.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.reference_rules import RULES, Key, Rows, Rule

LIB = Path(__file__).parents[1] / "lib"


@dataclass(frozen=True)
class Finding:
    """The keys that break a table's rule."""

    rule: Rule
    keys: tuple[Key, ...]

    def __str__(self) -> str:
        """Return one sentence with the table and the keys, and one with the way out."""
        shown = ", ".join(" ".join(key) for key in self.keys)
        may = f" This is optional: {self.rule.optional_because}." if self.rule.optional_because else ""
        return f"lib/{self.rule.table} {self.rule.verb} {shown}.{may} {self.rule.remedy}."


def check(folder: Path = LIB) -> list[Finding]:
    """Return what the tables below a folder lack, the rules' order kept; an empty list is a good one."""
    tables = {str(path.relative_to(folder)): _read(path) for path in sorted(folder.rglob("*.csv"))}
    found = (Finding(rule, tuple(dict.fromkeys(rule.lacking(tables)))) for rule in RULES)
    return [finding for finding in found if finding.keys]


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NOT_BY_ISO = {
    "reference/accounts.csv": "a row is an account, which may serve several ISOs",
    "reference/location_aliases.csv": "a row is another name of a zone or hub, and none needs one",
    "reference/isone_workbooks.csv": "a row is a file of one publisher",
    "reference/public_hosts.csv": "a row is a host; tests/sources/public name a missing one",
    "reference/regimes.csv": "a market may have changed no rules; a row is one of an ISO that did",
    "reference/routes.csv": "a row is a source, whatever ISOs it has",
    "reference/pricing_files.csv": "a row is a curve, of every ISO",
    "reference/quotes.csv": "a row is a quote, of any hub",
    "reference/seasons.csv": "a row is a month of the year, of every ISO",
    "sources/demo/cold_snaps.csv": "a row is a cold snap of a weather region",
    "sources/demo/price_caps.csv": "an ISO without a row has the caps of *",
}
"""The tables that no new ISO or zone concerns, and why."""


def main() -> int:
    """Print a line for each table that lacks something; return 1 where one must not."""
    findings = check()
    for finding in findings:
        print(finding)
    if not findings:
        print("Every table of reference data has every ISO, zone and hub.")
    return int(any(not finding.rule.optional_because for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
