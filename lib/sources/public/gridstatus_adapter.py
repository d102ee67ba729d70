"""The one place that touches gridstatus: it asks with our exchange, says nothing, and drops nothing."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable
from functools import cache
from io import BytesIO
from types import ModuleType
from typing import Any

import pandas as pd
import requests
import tqdm
from urllib3.util import ssl_

from lib.sources.public.gridstatus_session import ClientSession, using_client
from lib.sources.public.query import Ask, Unreadable
from lib.web import NotFound, WebError

_IMPORT = threading.Lock()

_READERS_OF_ADDRESSES = ("read_csv", "read_excel", "read_html", "read_json", "ExcelFile")
"""What gridstatus gives addresses to, which pandas would ask for by itself, without retries or limits."""


def call(ask: Ask, method: str, **arguments: Any) -> pd.DataFrame:
    """Return what a method of gridstatus answers for the ISO of an ask.

    Args:
        ask: whose ISO is meant, and what is asked with.
        method: name of the method.
        arguments: its arguments; give `error="raise"` where it knows it, or it drops what it cannot read.

    Raises:
        WebError: a request has no answer; NotFound where the publisher has no such thing.
        Unreadable: gridstatus cannot make sense of the answers.
        OSError: an answer cannot be kept; the disk may be full.
    """
    gridstatus = _gridstatus()
    try:
        with using_client(ask.client):
            answer: pd.DataFrame = getattr(gridstatus.get_iso(ask.iso.lower())(), method)(**arguments)
            return answer
    except WebError:
        raise
    except gridstatus.NoDataFoundException as error:
        raise NotFound(f"{ask.iso}: {error}") from error
    except requests.RequestException as error:  # an OSError, but one of reading: such as JSON that is none
        raise _unreadable(method, error) from error
    except OSError:  # the answer could not be kept: the disk may be full
        raise
    except Exception as error:  # third-party parsing of third-party files may end with anything
        raise _unreadable(method, error) from error


def _unreadable(method: str, error: Exception) -> Unreadable:
    return Unreadable(
        f"gridstatus cannot read the answer ({method}: {type(error).__name__}: {error}); "
        "look at it in the archive: the publisher may have changed its form"
    )


@cache
def _imported() -> ModuleType:
    """Return gridstatus, imported without what that does to the rest of the process."""
    # Without a handler of somebody's it would log every request to the terminal.
    logging.getLogger("gridstatus").addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"gridstatus\.")
    ciphers = vars(ssl_).get("DEFAULT_CIPHERS")
    import gridstatus

    _restore_ciphers(ciphers)
    _replace_names()
    return gridstatus


def _gridstatus() -> ModuleType:
    with _IMPORT:
        return _imported()


def _restore_ciphers(ciphers: str | None) -> None:
    """Undo that gridstatus lets the whole process agree to weak ciphers, which one of its ISOs needs."""
    if ciphers is None:
        vars(ssl_).pop("DEFAULT_CIPHERS", None)
    else:
        vars(ssl_)["DEFAULT_CIPHERS"] = ciphers


def _replace_names() -> None:
    """Let the modules of gridstatus see our stand-ins by the names of what they stand for."""
    stand_ins = _stand_ins()
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "gridstatus"]
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, ModuleType | type) and value in stand_ins:
                setattr(module, name, stand_ins[value])
        vars(module)["print"] = _say_nothing


def _stand_ins() -> dict[Any, Any]:
    """Return our own for the libraries by which gridstatus asks, warns and draws progress."""
    methods = {name: _in_a_session(name) for name in ("get", "post", "request")}
    readers = {name: _of_addresses(getattr(pd, name)) for name in _READERS_OF_ADDRESSES}
    return {
        requests: _changed(requests, Session=ClientSession, **methods),
        pd: _changed(pd, **readers),
        warnings: _changed(warnings, warn=_say_nothing),
        tqdm: _changed(tqdm, tqdm=_silent_tqdm),
        tqdm.tqdm: _silent_tqdm,
    }


def _changed(module: ModuleType, **changes: Any) -> ModuleType:
    """Return a copy of a module in which some names mean something else."""
    copy = ModuleType(module.__name__)
    vars(copy).update(vars(module) | changes)
    return copy


def _say_nothing(*_: Any, **__: Any) -> None:
    """Stand in for what would write to the terminal."""


def _silent_tqdm(*arguments: Any, **options: Any) -> Any:
    return tqdm.tqdm(*arguments, **{**options, "disable": True})


def _in_a_session(method: str) -> Callable[..., requests.Response]:
    def ask(*arguments: Any, **options: Any) -> requests.Response:
        with ClientSession() as session:
            response: requests.Response = getattr(session, method)(*arguments, **options)
            return response

    return ask


def _of_addresses(reader: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reader of pandas that asks for an address with our exchange."""

    def read(source: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(source, str) and source.startswith(("http://", "https://")):
            with ClientSession() as session:
                source = BytesIO(session.get(source).content)
        return reader(source, *arguments, **options)

    return read
