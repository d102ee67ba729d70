"""What can be told of a source by its name alone, and that its facts are those of its class."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lib.markets import MARKETS
from lib.source_names import DEMO_SOURCE, LOCAL_ARGUMENTS, routes
from lib.sources import known_kinds, open_source, parse_source_spec
from lib.sources.enverus import MissingEnverusCredentials
from lib.sources.services import services
from lib.sources.spec import LOCAL_SOURCES


@pytest.mark.parametrize("text", ["demo", "files:some/folder", "enverus", "public", "replay:public", "x:y"])
def test_a_text_is_parsed_and_written_again(text: str) -> None:
    assert str(parse_source_spec(text)) == text


def test_the_demo_market_is_simulated_and_its_clock_stands_still() -> None:
    spec = parse_source_spec("demo")
    assert (spec.is_known, spec.is_demo, spec.is_replay, spec.services) == (True, True, False, ())
    assert spec.fixed_as_of == open_source("demo").fixed_as_of == date(2026, 1, 1)


@pytest.mark.parametrize("text", ["files:DIR", "enverus", "replay:enverus", "nobody", ""])
def test_every_other_source_is_real_and_its_clock_moves_on(text: str) -> None:
    spec = parse_source_spec(text)
    assert (spec.is_demo, spec.fixed_as_of) == (False, None)


@pytest.mark.parametrize("route", routes())
def test_a_live_source_is_opened_without_an_account_unless_it_needs_one(
    route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVERUS_USERNAME", "")
    monkeypatch.setenv("ENVERUS_PASSWORD", "")
    spec = parse_source_spec(route)
    assert spec.is_live
    if spec.needs_account:
        with pytest.raises(MissingEnverusCredentials):
            open_source(route)
    else:
        assert open_source(route).name == route


@pytest.mark.parametrize("text", ["demo", "files:DIR", "replay:public", "replay:enverus", "nobody"])
def test_a_source_that_is_not_live_needs_no_account(text: str) -> None:
    spec = parse_source_spec(text)
    assert (spec.is_live, spec.needs_account) == (False, False)


def test_only_a_live_source_has_services() -> None:
    assert parse_source_spec("enverus").services == ("enverus", "public")
    assert parse_source_spec("public").services == ("public",)
    for text in ("demo", "files:DIR", "replay:public", "nobody"):
        assert parse_source_spec(text).services == ()


def test_a_local_source_has_a_class_and_says_what_stands_after_its_colon() -> None:
    assert LOCAL_SOURCES.keys() == LOCAL_ARGUMENTS.keys()


def test_a_replay_is_known_by_its_prefix() -> None:
    assert parse_source_spec("replay:public").is_replay
    assert not parse_source_spec("public").is_replay


def test_the_kinds_are_the_local_sources_the_replay_and_the_routes() -> None:
    assert known_kinds() == ("demo", "files", "replay", "enverus", "public")
    assert not parse_source_spec("nobody").is_known


def test_only_the_folder_of_files_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(parse_source_spec("files:here").with_absolute_path()) == f"files:{tmp_path / 'here'}"
    for text in ("demo", "demo:x", "files", "replay:public"):
        assert str(parse_source_spec(text).with_absolute_path()) == text


def test_the_store_keeps_the_numbers_of_the_one_simulated_source_apart() -> None:
    assert [name for name, source in LOCAL_SOURCES.items() if source.is_demo] == [DEMO_SOURCE]


@pytest.mark.parametrize("iso", MARKETS)
def test_the_open_data_of_an_iso_has_the_clock_of_its_publisher(iso: str) -> None:
    clocks = {service.clock.key for service in services("public", iso)}
    assert clocks <= {MARKETS[iso].publisher_timezone}
