"""What the live sources offer of each ISO: basis, clock, how long it is revised and how late it may come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from lib.markets import MARKETS, read_reference
from lib.sources.protocol import SourceError


@dataclass(frozen=True)
class Service:
    """One measure of one ISO on one basis, as a source offers it.

    Attributes:
        clock: the time zone of the times in the source's responses; where the table leaves it empty, that in
            which the ISO publishes (`Market.publisher_timezone`).
        revision_days: how many days after its day an hour may still change.
        warn_after_days: a last hour more than so many days before the last possible day is reported.
        fail_after_days: a last hour more than so many days before the last possible day is a failure.
        note: what is not verified about it.
    """

    source: str
    iso: str
    measure: str
    basis: str
    clock: ZoneInfo
    revision_days: int
    warn_after_days: int
    fail_after_days: int
    note: str


@cache
def services(source: str, iso: str) -> tuple[Service, ...]:
    """Return what a source offers of an ISO; nothing for a source that is no service, such as files."""
    return tuple(service for service in _all_services() if (service.source, service.iso) == (source, iso))


def get_service(source: str, iso: str, measure: str, basis: str | None) -> Service:
    """Return one service; without a basis the first that the source offers of the measure.

    Raises:
        SourceError: the source does not offer the measure of this ISO, or not on this basis.
    """
    for service in services(source, iso):
        if service.measure == measure and basis in (None, service.basis):
            return service
    on_basis = f" on the basis {basis!r}" if basis else ""
    raise SourceError(
        f"{iso} {measure}: the source {source} has none{on_basis}; "
        "lib/reference/services.csv lists what it has"
    )


def revision_days(source: str, iso: str, measure: str) -> int:
    """Return how many past days of a measure may still change, on any basis; 0 for what is not offered."""
    return max((row.revision_days for row in services(source, iso) if row.measure == measure), default=0)


@cache
def _all_services() -> tuple[Service, ...]:
    return tuple(_service(row) for row in read_reference("services.csv"))


def _service(row: Mapping[str, str]) -> Service:
    return Service(
        source=row["source"],
        iso=row["iso"],
        measure=row["measure"],
        basis=row["basis"],
        clock=ZoneInfo(row["clock"] or MARKETS[row["iso"]].publisher_timezone),
        revision_days=int(row["revision_days"]),
        warn_after_days=int(row["warn_after_days"]),
        fail_after_days=int(row["fail_after_days"]),
        note=row["note"],
    )
