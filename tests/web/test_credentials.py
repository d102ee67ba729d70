"""How an account is shown to a service."""

from __future__ import annotations

from base64 import b64decode

import pytest

from lib.web import basic_auth


@pytest.mark.parametrize("password", ["s3cret", "zażółć", "a:b", ""], ids=["ascii", "utf-8", "colon", "none"])
def test_user_and_password_come_whole_in_utf_8(password: str) -> None:
    scheme, _, token = basic_auth("me", password)["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(token).decode("utf-8") == f"me:{password}"
