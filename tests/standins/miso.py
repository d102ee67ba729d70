"""MISO's Data Exchange API: keys, pages, a day of 24 hours in EST, slow answers and errors now and then."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from tests.standins.bad_server import BadServer, ReceivedRequest, Reply

PRICING_KEY, LOAD_KEY = "pr1cing-s3cret", "l0ad-s3cret"
NODES = ("AMIL.CIPS", "INDIANA.HUB")
ZONES = ("LRZ1", "LRZ2_7", "LRZ3_5", "LRZ4", "LRZ6", "LRZ8_9_10")
FORECAST_ZONES = tuple(f"Z{number}" for number in range(1, 11))


def price(node: str, hour: int, kind: str) -> float:
    """The price of a node and an hour of the day, in one of its kinds."""
    return 20.0 + NODES.index(node) + hour + {"expost": 0.0, "Final": 100.0, "Preliminary": 200.0}[kind]


def load(zone: str, hour: int) -> float:
    """The load of a zone and an hour of the day; forecasts of its first zone are 7 MW higher."""
    return 1000.0 * (ZONES.index(zone) + 1) + hour


@dataclass
class DataExchange:
    """The service on a server; `errors` says how many requests it answers with a status 500 first."""

    server: BadServer
    days: set[date]
    final: set[date] = field(default_factory=set)
    errors: int = 0
    wait_s: float = 0.0
    page_rows: int = 1000
    inits: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for day in self.days:
            self.server.on(f"/pricing/v1/day-ahead/{day}/lmp-expost", self._prices(day))
            self.server.on(f"/pricing/v1/real-time/{day}/lmp-expost", self._prices(day))
            self.server.on(f"/lgi/v1/real-time/{day}/demand/actual", self._actual(day))
            self.server.on(f"/lgi/v1/forecast/{day}/load", self._forecast(day))

    def _prices(self, day: date):
        def answer(asked: ReceivedRequest) -> Reply:
            kind, node = asked.query.get("preliminaryFinal", "expost"), asked.query["node"]
            if kind == "Final" and day not in self.final:
                return BadServer.status(404)
            rows = [
                {
                    "timeInterval": _interval(day, hour),
                    "node": node,
                    "lmp": price(node, hour, kind),
                    "mcc": 0.1,
                }
                for hour in range(24)
                if node in NODES
            ]
            return self._reply(asked, rows, PRICING_KEY)

        return answer

    def _actual(self, day: date):
        def answer(asked: ReceivedRequest) -> Reply:
            assert asked.query["geoResolution"] == "localResourceZone"
            rows = [
                {"interval": _interval(day, hour), "localResourceZone": zone, "load": load(zone, hour)}
                for hour in range(24)
                for zone in ZONES
            ]
            return self._reply(asked, rows, LOAD_KEY)

        return answer

    def _forecast(self, day: date):
        def answer(asked: ReceivedRequest) -> Reply:
            self.inits.append(asked.query["init"])
            rows = [
                {
                    "timeInterval": _interval(day, hour),
                    "region": "CENTRAL",
                    "localResourceZone": zone,
                    "loadForecast": 100.0 * number + hour,
                }
                for hour in range(24)
                for number, zone in enumerate(FORECAST_ZONES, start=1)
            ]
            return self._reply(asked, rows, LOAD_KEY)

        return answer

    def _reply(self, asked: ReceivedRequest, rows: list[dict[str, object]], key: str) -> Reply:
        if asked.headers.get("ocp-apim-subscription-key") != key:
            return BadServer.status(401)
        if self.errors:
            self.errors -= 1
            return BadServer.status(500)
        time.sleep(self.wait_s)
        number = int(asked.query["pageNumber"])
        n_pages = -(-len(rows) // self.page_rows)
        first = (number - 1) * self.page_rows
        page = {"pageNumber": number, "totalPages": n_pages, "lastPage": number >= n_pages}
        body = json.dumps({"data": rows[first : first + self.page_rows], "page": page})
        return BadServer.good(body, "application/json")


def _interval(day: date, hour: int) -> dict[str, str]:
    start = pd.Timestamp(day) + pd.Timedelta(hours=hour)
    end = start + pd.Timedelta(hours=1)
    return {
        "resolution": "hourly",
        "start": start.isoformat(),
        "end": end.isoformat(),
        "value": str(hour + 1),
    }
