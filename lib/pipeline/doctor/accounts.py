"""Which accounts and addresses a run on a source needs, and whether its services let the accounts in."""

from __future__ import annotations

from lib.pipeline.doctor.services import Account
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
    is_licensed = source == "enverus"
    return (
        Account("Enverus", "--source enverus", ("enverus_username", "enverus_password"), is_licensed),
        Account("PJM Data Miner", "prices and loads of PJM from the open data", ("pjm_api_key",)),
        Account(
            "ERCOT API",
            "ERCOT's loads from the open data",
            ("ercot_api_username", "ercot_api_password", "ercot_public_api_subscription_key"),
        ),
        Account(
            "ISO-NE API",
            "New England's loads of the last months from the open data",
            ("isone_api_username", "isone_api_password"),
        ),
        Account("ICE", "the settlement reports", ("ice_username", "ice_password"), has_settlements),
        Account("mail", "--mail and the mail of the settlements", ("smtp_host", "mail_from", "mail_to")),
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
