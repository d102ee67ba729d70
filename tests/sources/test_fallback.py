"""A route asks each source for what is its own, and one that fails costs its own series only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from lib.hours import UTC_HOUR
from lib.source_names import routes
from lib.sources import Problem, SeriesResult, SeriesSpec, SourceError, Unanswered, UnknownSource, open_source
from lib.sources.fallback import FallbackSource
from lib.sources.protocol import empty_series
from lib.sources.schemas import validate_series
from lib.web import Archive, Request, Response

START = pd.Timestamp("2025-01-01 05:00", tz="UTC").as_unit("us")
END = START + pd.Timedelta(hours=3)


@dataclass
class Member:
    """A source with some series of NYISO, whose every value is its own number."""

    name: str
    has: tuple[tuple[str, str, str], ...]
    value: float = 1.0
    days: int | None = 10
    error: str | None = None
    asked: list[tuple[tuple[str, ...], str | None]] = field(default_factory=list)

    @property
    def stored_as(self) -> tuple[str, ...]:
        return (self.name,)

    def revision_days(self, iso: str, measure: str) -> int | None:  # noqa: ARG002 - one answer for all
        return self.days

    def corrected_hours(
        self, iso: str, measure: str, locations: Sequence[str], hours: pd.DatetimeIndex, since: date
    ) -> dict[str, pd.DatetimeIndex]:
        assert (iso, measure, since) == ("NYISO", "da_lmp", date(2024, 1, 5))
        return dict.fromkeys(locations, hours[: len(self.name)])

    def extent(self, iso: str) -> None:
        raise NotImplementedError(iso)

    def series(self, iso: str) -> tuple[SeriesSpec, ...]:
        if not self.has:
            raise SourceError(f"{iso}: {self.name} has nothing of it")
        return tuple(SeriesSpec(iso, place, measure, self.name, basis) for place, measure, basis in self.has)

    def read(
        self,
        iso: str,
        measure: str,
        locations: Sequence[str],
        start: pd.Timestamp,
        end: pd.Timestamp,
        basis: str | None = None,
    ) -> SeriesResult:
        self.asked.append((tuple(locations), basis))
        if self.error:
            raise SourceError(self.error)
        hours = pd.date_range(start, end, freq="h", inclusive="left").astype(UTC_HOUR)
        frames = [
            pd.DataFrame({"location": place, "interval_start": hours, "value": self.value})
            for place in locations
        ]
        problem = Problem(iso, measure, None, f"from {self.name}", 0, None, None, "noted")
        stretch = Unanswered(locations[0], start, start)
        return SeriesResult(pd.concat([*frames] or [empty_series()]), (problem,), (stretch,))


def of(*places: str, measure: str = "da_load", basis: str = "forecast") -> tuple[tuple[str, str, str], ...]:
    return tuple((place, measure, basis) for place in places)


@pytest.fixture
def first() -> Member:
    return Member("first", of("WEST", "NORTH"))


@pytest.fixture
def second() -> Member:
    has = (*of("CAPITL", "WEST"), *of("WEST", "CAPITL", basis="cleared"))
    return Member("second", has, value=2.0, days=60)


@pytest.fixture
def route(first: Member, second: Member) -> FallbackSource:
    return FallbackSource("first", (first, second))


def test_a_measure_of_a_location_is_served_by_the_first_source_that_has_it_on_any_basis(
    route: FallbackSource,
) -> None:
    served = {(spec.location, spec.basis): spec.source for spec in route.series("NYISO")}
    assert served == {
        ("WEST", "forecast"): "first",
        ("NORTH", "forecast"): "first",
        ("CAPITL", "forecast"): "second",
        ("CAPITL", "cleared"): "second",
    }
    assert route.stored_as == ("first", "second")
    assert route.revision_days("NYISO", "da_load") == 60


def test_each_source_is_asked_for_its_own_locations_and_the_answers_are_joined(
    route: FallbackSource, first: Member, second: Member
) -> None:
    names = ["CAPITL", "NORTH", "WEST"]
    answer = route.read("NYISO", "da_load", names, START, END, "forecast")
    validate_series(answer.frame, "NYISO", "da_load", names, START, END)
    assert answer.frame.groupby("location")["value"].unique().str[0].to_dict() == {
        "CAPITL": 2.0,
        "NORTH": 1.0,
        "WEST": 1.0,
    }
    assert (first.asked, second.asked) == (
        [(("NORTH", "WEST"), "forecast")],
        [(("CAPITL",), "forecast")],
    )
    assert [problem.kind for problem in answer.problems] == ["from first", "from second"]
    assert [stretch.location for stretch in answer.unanswered] == ["NORTH", "CAPITL"]


def test_every_basis_of_the_serving_source_can_be_asked_for(
    route: FallbackSource, first: Member, second: Member
) -> None:
    answer = route.read("NYISO", "da_load", ["CAPITL"], START, END, "cleared")
    assert answer.frame["value"].tolist() == [2.0] * 3
    assert (first.asked, second.asked) == ([], [(("CAPITL",), "cleared")])


def test_a_source_that_fails_costs_its_own_locations_and_says_so(
    route: FallbackSource, first: Member
) -> None:
    first.error = "the service is down"
    answer = route.read("NYISO", "da_load", ["CAPITL", "NORTH"], START, END, "forecast")
    assert set(answer.frame["location"]) == {"CAPITL"}
    (problem,) = [problem for problem in answer.problems if problem.kind == "unreadable"]
    assert (problem.location, problem.n_hours, problem.message) == ("NORTH", 3, "the service is down")
    assert (problem.first, problem.last) == (START, END - pd.Timedelta(hours=1))
    assert Unanswered("NORTH", START, END) in answer.unanswered


def test_where_every_source_fails_all_reasons_are_told(
    route: FallbackSource, first: Member, second: Member
) -> None:
    first.error, second.error = "the first is down", "the second is down"
    with pytest.raises(SourceError, match="the first is down; the second is down"):
        route.read("NYISO", "da_load", ["CAPITL", "NORTH"], START, END, "forecast")


def test_a_source_without_the_iso_leaves_it_to_the_next(route: FallbackSource, first: Member) -> None:
    first.has = ()
    assert {spec.source for spec in route.series("NYISO")} == {"second"}
    with pytest.raises(SourceError, match="NYISO: first has nothing of it"):
        FallbackSource("first", (first,)).series("NYISO")


def test_what_nobody_has_cannot_be_read(route: FallbackSource) -> None:
    with pytest.raises(SourceError, match="NYISO rt_load: no source of 'first' has it"):
        route.read("NYISO", "rt_load", ["WEST"], START, END)


def test_the_whole_window_is_compared_where_one_source_may_change_all_of_it(
    route: FallbackSource, first: Member
) -> None:
    first.days = None
    assert route.revision_days("NYISO", "da_load") is None


def test_the_licensed_service_comes_before_the_open_data() -> None:
    assert routes() == {"enverus": ("enverus", "public"), "public": ("public",)}


@pytest.mark.parametrize(
    "spec", ["", "nobody", "replay:nobody", "replay", "enverus:there", "demo:x", "files"]
)
def test_an_unknown_name_is_refused_with_those_there_are(spec: str) -> None:
    with pytest.raises(UnknownSource, match="'demo', 'files:DIR', 'enverus', 'replay:enverus', 'public'"):
        open_source(spec)


def test_a_replay_of_what_was_never_kept_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    with pytest.raises(UnknownSource, match=r"'replay:public': no response of public is kept"):
        open_source("replay:public")
    with pytest.raises(UnknownSource, match=r"of enverus is kept.*; no response of public is kept"):
        open_source("replay:enverus")


def test_a_replay_goes_without_the_source_of_which_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    for name in ("public", "enverus"):
        request = Request(name, f"https://{name}.example/data.csv")
        response = Response(200, {}, b"1", request.url, datetime.now(UTC))
        Archive(tmp_path, max_bytes=1 << 20).save(request, response)
        assert open_source("replay:enverus").stored_as == tuple(sorted({name, "public"}))


def test_a_service_without_its_account_says_which_variables_are_missing() -> None:
    with pytest.raises(UnknownSource, match="ENVERUS_USERNAME and ENVERUS_PASSWORD"):
        open_source("enverus")


def test_what_a_route_has_stored_can_be_read_without_an_account() -> None:
    for spec in ("enverus", "replay:enverus"):
        source = open_source(spec, is_to_fetch=False)
        assert (source.name, source.stored_as) == ("enverus", ("enverus", "public"))
        assert source.extent("NYISO") is None
        with pytest.raises(SourceError, match="sends no query"):
            source.read("NYISO", "da_load", ["WEST"], START, END)


def test_each_member_tells_what_was_corrected_of_its_own_locations() -> None:
    first = Member("a", (("WEST", "da_lmp", "actual"),))
    second = Member("bb", (("WEST", "da_lmp", "actual"), ("NORTH", "da_lmp", "actual")))
    hours = pd.date_range(START, END, freq="h", inclusive="left", unit="us")
    source = FallbackSource("route", (first, second))
    found = source.corrected_hours("NYISO", "da_lmp", ["WEST", "NORTH"], hours, date(2024, 1, 5))
    assert {place: list(its_hours) for place, its_hours in found.items()} == {
        "WEST": list(hours[:1]),
        "NORTH": list(hours[:2]),
    }


def test_a_settled_price_stands_beside_the_zones_own_of_another_member() -> None:
    first = Member("a", (("WEST", "rt_lmp", "actual"),))
    second = Member("b", (("WEST", "rt_lmp", "actual"), ("WEST", "rt_lmp", "settled")), value=2.0)
    source = FallbackSource("route", (first, second))
    assert {(spec.source, spec.basis) for spec in source.series("NYISO")} == {
        ("a", "actual"),
        ("b", "settled"),
    }
    for basis, value in (("actual", 1.0), ("settled", 2.0), (None, 1.0)):
        answer = source.read("NYISO", "rt_lmp", ["WEST"], START, END, basis)
        assert set(answer.frame["value"]) == {value}
