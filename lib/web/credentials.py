"""How an account is shown to a service."""

from __future__ import annotations

from base64 import b64encode


def basic_auth(username: str, password: str) -> dict[str, str]:
    """Return the header, a secret one, by which user and password are shown: in UTF-8, as RFC 7617 has it."""
    token = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
