from __future__ import annotations

import pytest

from lib.tool.serve import MAX_PAGES, build_config


def test_only_allowed_host_names_reach_the_tool() -> None:
    settings = build_config("127.0.0.1", 8866, "/", ["Curves.Example.com"]).Voila.tornado_settings
    assert settings["allow_remote_access"] is False
    assert settings["local_hostnames"] == ["localhost", "curves.example.com"]


def test_the_number_of_open_pages_is_limited() -> None:
    assert build_config("127.0.0.1", 8866, "/").Voila.tornado_settings["max_pages"] == MAX_PAGES
    assert build_config("127.0.0.1", 8866, "/", (), 3).Voila.tornado_settings["max_pages"] == 3


@pytest.mark.parametrize("typed", ["/scaling/", "/scaling", "scaling", "scaling/"])
def test_the_base_url_has_a_slash_at_both_ends(typed: str) -> None:
    assert build_config("127.0.0.1", 8866, typed).Voila.base_url == "/scaling/"
    assert build_config("127.0.0.1", 8866, "/").Voila.base_url == "/"
