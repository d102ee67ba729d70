"""Redirects: followed where it is safe, and credentials stay with the host they are for."""

from __future__ import annotations

from typing import Any

import pytest

from lib.web import HttpClient, Limits, RedirectRefused, Request

SECRETS = {"Authorization": "Basic s3cret", "Cookie": "iceSsoCookie=s3cret", "X-Key": "s3cret"}
NAMES = {name.lower() for name in SECRETS}


def test_on_the_same_host_the_credentials_go_along(bad_server: Any, quick: Limits) -> None:
    bad_server.on("/new", bad_server.good("prices"))
    url = bad_server.on("/old", bad_server.redirect("/new?a=%23b"))
    response = HttpClient(quick, None).send(Request("test", url, secret_headers=SECRETS))
    assert (response.body, response.url) == (b"prices", bad_server.url + "/new?a=%23b")
    assert bad_server.asked[1].headers.keys() >= NAMES


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_to_another_host_no_credential_goes_along(
    bad_server: Any, other_server: Any, quick: Limits, status: int
) -> None:
    there = other_server.on("/there", other_server.good("prices"))
    url = bad_server.on("/here", bad_server.redirect(there, status))
    request = Request("test", url, headers={"Accept": "text/csv"}, secret_headers=SECRETS)
    assert HttpClient(quick, None).send(request).body == b"prices"
    assert NAMES.isdisjoint(other_server.asked[0].headers)
    assert other_server.asked[0].headers["accept"] == "text/csv"


def test_another_port_is_another_host(bad_server: Any, tls_server: Any, trusted: None, quick: Limits) -> None:
    there = tls_server.on("/there", tls_server.good("prices"))
    url = bad_server.on("/here", bad_server.redirect(there))
    HttpClient(quick, None).send(Request("test", url, secret_headers=SECRETS))
    assert NAMES.isdisjoint(tls_server.asked[0].headers)


def test_credentials_do_not_come_back_with_the_way_home(
    bad_server: Any, other_server: Any, quick: Limits
) -> None:
    home = bad_server.on("/home", bad_server.good("prices"))
    there = other_server.on("/there", other_server.redirect(home))
    url = bad_server.on("/here", bad_server.redirect(there))
    HttpClient(quick, None).send(Request("test", url, secret_headers=SECRETS))
    assert NAMES.isdisjoint(bad_server.asked[1].headers)


def test_a_posted_password_is_not_sent_to_another_host(
    bad_server: Any, other_server: Any, quick: Limits
) -> None:
    there = other_server.on("/there", other_server.good("token"))
    url = bad_server.on("/login", bad_server.redirect(there, 307))
    with pytest.raises(RedirectRefused, match="is not for another host"):
        HttpClient(quick, None).send(Request("test", url, "POST", body=b"s3cret"))
    assert other_server.asked == []


def test_after_a_post_the_place_is_fetched(bad_server: Any, other_server: Any, quick: Limits) -> None:
    there = other_server.on("/there", other_server.good("page"))
    url = bad_server.on("/login", bad_server.redirect(there, 302))
    HttpClient(quick, None).send(Request("test", url, "POST", body=b"s3cret"))
    assert (other_server.asked[0].method, other_server.asked[0].body) == ("GET", b"")


def test_https_does_not_lead_to_plain_http(
    bad_server: Any, tls_server: Any, trusted: None, quick: Limits
) -> None:
    there = bad_server.on("/there", bad_server.good("prices"))
    url = tls_server.on("/here", tls_server.redirect(there))
    with pytest.raises(RedirectRefused, match="from https to plain http"):
        HttpClient(quick, None).send(Request("test", url))
    assert bad_server.asked == []


@pytest.mark.parametrize(
    "target", ["http://example.com/", "ftp://example.com/", "https://desk:s3cret@example.com/", "https://["]
)
def test_an_unsafe_address_is_not_followed(bad_server: Any, quick: Limits, target: str) -> None:
    url = bad_server.on("/here", bad_server.redirect(target))
    with pytest.raises(RedirectRefused) as caught:
        HttpClient(quick, None).send(Request("test", url))
    assert "s3cret" not in str(caught.value)
    assert len(bad_server.asked) == 1


def test_a_circle_ends(bad_server: Any, quick: Limits) -> None:
    url = bad_server.on("/here", bad_server.redirect("/here"))
    with pytest.raises(RedirectRefused, match="redirects more than 5 times"):
        HttpClient(quick, None).send(Request("test", url))
    assert len(bad_server.asked) == 6
