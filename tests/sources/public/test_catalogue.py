"""The tables of readers and names fit the code, the locations and the services."""

from __future__ import annotations

import pytest
from pandas import Timestamp

from lib.markets import MARKETS, locations
from lib.settings import Settings
from lib.sources import SourceError
from lib.sources.public import PublicSource, open_public
from lib.sources.public.catalogue import keys, names, readers
from lib.sources.public.publishers import requests_per_minute
from lib.sources.public.registry import READERS
from lib.sources.services import services
from lib.web import Limits, LiveExchange

OFFERS = [offer for iso in MARKETS for offer in services("public", iso)]


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: f"{offer.iso}-{offer.measure}-{offer.basis}")
def test_every_offer_has_readers_that_name_all_its_locations(offer: object) -> None:
    iso, measure = offer.iso, offer.measure  # type: ignore[attr-defined]
    rows = readers(iso, measure, offer.basis)  # type: ignore[attr-defined]
    assert rows
    expected = {place.name for place in locations(iso) if measure in place.measures}
    for row in rows:
        assert row.reader in READERS
        assert expected <= set(names(iso, row.names))


def test_every_reader_serves_something() -> None:
    used = {row.reader for offer in OFFERS for row in readers(offer.iso, offer.measure, offer.basis)}
    assert used == set(READERS)


def test_every_key_is_a_setting() -> None:
    assert {key.lower() for key in keys()} <= set(Settings.model_fields)


def test_without_any_key_the_source_says_which_are_missing() -> None:
    source = PublicSource(LiveExchange(Limits(), None))
    for offer in OFFERS:
        rows = readers(offer.iso, offer.measure, offer.basis)
        needed = {key for row in rows for key in row.keys}
        if not all(row.keys for row in rows):
            continue
        place = source.series(offer.iso)[0].location
        window = (Timestamp("2024-06-01", tz="UTC"), Timestamp("2024-06-02", tz="UTC"))
        with pytest.raises(SourceError) as caught:
            source.read(offer.iso, offer.measure, [place], *window, offer.basis)
        assert all(key in str(caught.value) for key in needed)


def test_the_source_is_opened_with_the_keys_and_mirrors_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("EPD_RAW", str(tmp_path))
    monkeypatch.setenv("PJM_API_KEY", "s3cret")
    monkeypatch.setenv("EPD_PUBLIC_MIRRORS", '{"mis.nyiso.com": "https://mirror.example.com"}')
    source = open_public(False)
    assert source.keys == {"PJM_API_KEY": "s3cret"}
    assert source.mirrors == {"mis.nyiso.com": "https://mirror.example.com"}
    assert set(source.paced) == set(requests_per_minute())
    assert "s3cret" not in repr(source)
