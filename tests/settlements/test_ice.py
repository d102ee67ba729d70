from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lib.settlements import (
    REPORTS,
    Ice,
    LoginRefused,
    MissingIceCredentials,
    UnreadableReport,
    download_report,
    open_ice,
)
from lib.settlements.ice import IceAccount, missing_credentials
from lib.web import Archive, HttpClient, InsecureAddress, Limits, Unavailable

DAY = date(2025, 12, 30)
POWER = REPORTS[0]
DAT = "Settlement_Reports_CSV/Power/icecleared_power_2025_12_30.dat"
XLSX = "Settlement_Reports/Power/icecleared_power_2025_12_30.xlsx"

Make = Callable[..., bytes]


@pytest.fixture
def client(ice: Any, tmp_path: Path) -> Callable[..., Ice]:
    """A function that makes a client of the stand-in with some password."""

    def make(password: str = "open sesame") -> Ice:
        limits = Limits(attempts=2, backoff_s=0.01, backoff_max_s=0.02)
        client = HttpClient(limits, Archive(tmp_path / "raw", max_bytes=10**9))
        return Ice(client, IceAccount("desk", SecretStr(password)), ice.sso_url, ice.downloads_url)

    return make


def test_the_four_reports_stand_where_ice_publishes_them() -> None:
    assert [report.path(DAY, "dat") for report in REPORTS] == [
        "Settlement_Reports_CSV/Power/icecleared_power_2025_12_30.dat",
        "Settlement_Reports_CSV/Power/ngxcleared_power_2025_12_30.dat",
        "Settlement_Reports_CSV/Gas/icecleared_gas_2025_12_30.dat",
        "Settlement_Reports_CSV/Gas/ngxcleared_gas_2025_12_30.dat",
    ]
    assert REPORTS[3].path(DAY, "xlsx") == "Settlement_Reports/Gas/ngxcleared_gas_2025_12_30.xlsx"


@pytest.mark.parametrize(
    "wrap",
    [lambda answer: answer, lambda answer: {"result": answer}, lambda answer: {"result": answer["data"]}],
)
def test_a_report_comes_with_the_cookie_of_one_login(
    wrap: Callable[[Mapping[str, object]], object], ice: Any, client: Callable[..., Ice], make_dat: Make
) -> None:
    ice.wrap = wrap
    ice.files[DAT] = make_dat()
    publisher = client()
    assert publisher.fetch(POWER, DAY, "dat") == make_dat()
    assert publisher.fetch(POWER, DAY, "xlsx") is None
    assert ice.cookies == [f"iceSsoCookie={ice.tokens[0]}"] * 2


def test_what_is_not_published_is_none_in_either_form(ice: Any, client: Callable[..., Ice]) -> None:
    assert download_report(client(), POWER, DAY) is None
    assert ice.paths == [DAT, XLSX]


def test_an_expired_cookie_is_renewed_once(ice: Any, client: Callable[..., Ice], make_dat: Make) -> None:
    ice.files[DAT] = make_dat()
    publisher = client()
    publisher.fetch(POWER, DAY, "dat")
    ice.expire_tokens()
    assert publisher.fetch(POWER, DAY, "dat") == make_dat()
    assert len(ice.cookies) == 3
    assert len(set(ice.cookies)) == 2


def test_an_account_that_may_log_in_and_not_download_is_told_so(ice: Any, client: Callable[..., Ice]) -> None:
    ice.wrap = lambda _: {"data": {"token": "not-one-of-ours"}}
    with pytest.raises(LoginRefused, match="does not let it download"):
        client().fetch(POWER, DAY, "dat")


def test_a_redirect_to_the_login_is_a_failed_login(ice: Any, client: Callable[..., Ice]) -> None:
    ice.is_cookie_lost = True
    with pytest.raises(LoginRefused):
        client().fetch(POWER, DAY, "dat")
    assert len(ice.cookies) == 2  # and no more attempts than that


@pytest.mark.parametrize(
    "answer",
    [{}, [], "text", {"data": None}, {"data": {"token": ""}}, {"data": {"token": "a; Domain=evil"}}],
)
def test_a_login_without_a_usable_token_is_refused(
    answer: object, ice: Any, client: Callable[..., Ice]
) -> None:
    ice.wrap = lambda _: answer
    with pytest.raises(LoginRefused, match="ICE_USERNAME and ICE_PASSWORD"):
        client().fetch(POWER, DAY, "dat")


def test_a_login_that_is_down_refuses_nobody_and_is_asked_again(
    ice: Any, client: Callable[..., Ice], make_dat: Make
) -> None:
    ice.files[DAT] = make_dat()
    ice.login_page = b"<html>Down for maintenance</html>"
    publisher = client()
    with pytest.raises(UnreadableReport, match=r"login answered with 33 bytes that are not JSON"):
        download_report(publisher, POWER, DAY)
    ice.login_page = None
    assert publisher.fetch(POWER, DAY, "dat") == make_dat()


def test_a_wrong_password_is_refused_asked_once_and_never_shown(
    ice: Any, client: Callable[..., Ice], tmp_path: Path
) -> None:
    publisher = client("hunter2")
    for _ in range(2):
        with pytest.raises(LoginRefused) as error:
            publisher.fetch(POWER, DAY, "dat")
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(error.value.__cause__)
    assert len(ice.server.log) == 1
    assert not ice.paths


def test_neither_login_nor_cookie_is_kept_and_the_report_is(
    ice: Any, client: Callable[..., Ice], make_dat: Make, tmp_path: Path
) -> None:
    ice.files[DAT] = make_dat()
    client().fetch(POWER, DAY, "dat")
    kept = [entry.request for entry in Archive(tmp_path / "raw", max_bytes=10**9).entries("ice")]
    assert [request.url for request in kept] == [f"{ice.downloads_url}/{DAT}"]
    written = b"".join(path.read_bytes() for path in (tmp_path / "raw").rglob("*") if path.is_file())
    assert ice.tokens[0].encode() not in written
    assert b"sesame" not in written


@pytest.mark.parametrize("body", [b"", b"<html>Gateway problem</html>", b"\x00" * 100])
def test_something_else_than_the_report_falls_back_to_the_workbook(
    body: bytes, ice: Any, client: Callable[..., Ice], make_dat: Make, make_xlsx: Make
) -> None:
    ice.files |= {DAT: body, XLSX: make_xlsx(make_dat())}
    settled = download_report(client(), POWER, DAY)
    assert settled is not None
    assert settled.document.form == "xlsx"
    assert len(settled.parsed.frame) == 12


def test_a_report_that_lacks_a_column_falls_back_to_the_workbook(
    ice: Any, client: Callable[..., Ice], make_dat: Make, make_xlsx: Make
) -> None:
    ice.files |= {DAT: make_dat().replace(b"STRIKE", b"STRUCK"), XLSX: make_xlsx(make_dat())}
    settled = download_report(client(), POWER, DAY)
    assert settled is not None
    assert settled.document.name.endswith(".xlsx")


def test_where_neither_form_can_be_used_both_reasons_are_told(ice: Any, client: Callable[..., Ice]) -> None:
    ice.files |= {DAT: b"<html>oops</html>", XLSX: b"PK but broken"}
    with pytest.raises(UnreadableReport) as error:
        download_report(client(), POWER, DAY)
    assert "icecleared_power_2025_12_30.dat: ICE answered with something else" in str(error.value)
    assert "icecleared_power_2025_12_30.xlsx: the workbook is damaged" in str(error.value)


def test_credentials_never_go_over_plain_http_to_another_machine(tmp_path: Path) -> None:
    client = HttpClient(Limits(attempts=1), Archive(tmp_path / "raw", max_bytes=10**9))
    publisher = Ice(client, IceAccount("desk", SecretStr("hunter2")), "http://192.0.2.1", "http://192.0.2.1")
    with pytest.raises(InsecureAddress) as error:
        publisher.fetch(POWER, DAY, "dat")
    assert "hunter2" not in str(error.value)


def test_a_host_that_fails_on_one_form_is_asked_for_the_other(
    ice: Any, client: Callable[..., Ice], make_dat: Make, make_xlsx: Make
) -> None:
    ice.files[XLSX] = make_xlsx(make_dat())
    ice.broken.add(DAT)
    settled = download_report(client(), POWER, DAY)
    assert settled is not None
    assert settled.document.form == "xlsx"


def test_too_many_requests_are_waited_for(ice: Any, client: Callable[..., Ice], make_dat: Make) -> None:
    ice.files[DAT] = make_dat()
    ice.per_minute = 0
    with pytest.raises(Unavailable, match="429"):
        client().fetch(POWER, DAY, "dat")


def test_without_an_account_the_missing_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_credentials() == ["ICE_USERNAME", "ICE_PASSWORD"]
    monkeypatch.setenv("ICE_USERNAME", "desk")
    with pytest.raises(MissingIceCredentials, match="need ICE_PASSWORD"):
        open_ice()


def test_ice_is_opened_with_the_addresses_of_the_settings(
    ice: Any, make_dat: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = {"USERNAME": "desk", "SSO_URL": ice.sso_url, "DOWNLOADS_URL": ice.downloads_url}
    for name, value in settings.items():
        monkeypatch.setenv(f"ICE_{name}", value)
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    monkeypatch.setenv("ICE_PASSWORD_FILE", str(password))
    monkeypatch.setenv("EPD_RAW", str(tmp_path / "raw"))
    ice.files[DAT] = make_dat()
    assert open_ice().fetch(POWER, DAY, "dat") == make_dat()
