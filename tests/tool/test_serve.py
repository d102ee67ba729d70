from __future__ import annotations

import logging

import pytest

from lib.tool.serve import MAX_PAGES, build_config, is_news


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


def test_kernels_have_sockets_and_the_console_no_warnings() -> None:
    config = build_config("127.0.0.1", 8866, "/")
    assert config.KernelManager.transport == "ipc"
    pings = config.Voila.tornado_settings
    assert pings["ws_ping_timeout"] <= pings["ws_ping_interval"]
    warning = logging.makeLogRecord({"msg": "Notebook %s is not trusted", "args": ("scaling_tool.ipynb",)})
    assert not is_news(warning)
    assert is_news(logging.makeLogRecord({"msg": "Kernel started: %s", "args": ("1",)}))
