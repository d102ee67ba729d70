"""Which accounts and addresses a run on a source needs, and whether its services let the accounts in."""

from __future__ import annotations

import csv

from lib.markets import REFERENCE
from lib.pipeline.doctor.services import Account
from lib.pipeline.steps.settlements import NOTEBOOK as SETTLEMENTS
from lib.settings import Settings
from lib.sources.public import hosts

VITAL = ("Enverus", "ICE login", "ICE downloads")
"""Services without which a run that needs them comes to nothing; of the open data each host is one ISO's."""

LIVE = ("enverus", "public")
"""Sources that are asked over the network; each may end at the open data."""


def accounts_of(source: str | None, has_settlements: bool) -> tuple[Account, ...]:
    """Return the accounts that a run may use.

    Args:
        source: where its series come from; None where it fetches none.
        has_settlements: whether it was asked by name for the settlements.
    """
    needs = {source, SETTLEMENTS if has_settlements else None}
    with (REFERENCE / "accounts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Account(
                row["service"], row["purpose"], tuple(row["settings"].split()), row["needed_for"] in needs
            )
            for row in csv.DictReader(file)
        )


def addresses_of(source: str | None, settings: Settings) -> dict[str, str]:
    """Return the addresses that a run on a source asks, by name; ICE's only where its account is set."""
    addresses = {}
    if source == "enverus":
        addresses["Enverus"] = settings.enverus_url
    if source in LIVE:
        addresses |= {host: settings.public_mirrors.get(host, f"https://{host}") for host in hosts()}
    if settings.ice_username:
        addresses |= {"ICE login": settings.ice_sso_url, "ICE downloads": settings.ice_downloads_url}
    return addresses
