"""The only module that uses gridstatus: it sends by our client, prints nothing, and drops no data.

gridstatus brings its own HTTP, prints warnings and progress, and relaxes the TLS ciphers of the whole
process. Its modules therefore see stand-ins for requests, pandas, warnings and tqdm.
"""

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
from lib.sources.public.query import ReaderQuery, Unreadable
from lib.web import NotFound, WebError

_IMPORT = threading.Lock()

_URL_READERS = ("read_csv", "read_excel", "read_html", "read_json", "ExcelFile")
"""The functions of pandas that gridstatus calls with addresses: pandas knows no retries or limits."""


def call(query: ReaderQuery, method: str, **arguments: Any) -> pd.DataFrame:
    """Return the table of a method of gridstatus for the ISO of a query.

    Args:
        query: has the ISO and the client.
        method: name of the method.
        arguments: its arguments; pass `error="raise"` if it takes it, or it drops what it cannot read.

    Raises:
        WebError: a request has no usable response; NotFound if the publisher does not have the data.
        Unreadable: gridstatus cannot parse the responses.
        OSError: a response cannot be archived; the disk may be full.
    """
    gridstatus = _gridstatus()
    try:
        with using_client(query.client):
            table: pd.DataFrame = getattr(gridstatus.get_iso(query.iso.lower())(), method)(**arguments)
            return table
    except WebError:
        raise
    except gridstatus.NoDataFoundException as error:
        raise NotFound(f"{query.iso}: {error}") from error
    except requests.RequestException as error:  # an OSError, but about content, such as invalid JSON
        raise _unreadable(method, error) from error
    except OSError:  # the response could not be archived
        raise
    except Exception as error:  # third-party parsing of third-party files may raise anything
        raise _unreadable(method, error) from error


def _unreadable(method: str, error: Exception) -> Unreadable:
    return Unreadable(
        f"gridstatus cannot read the response ({method}: {type(error).__name__}: {error}); "
        "look at it in the archive: the publisher may have changed its form"
    )


@cache
def _imported() -> ModuleType:
    """Return gridstatus, imported without its side effects on the rest of the process."""
    # Without any handler it would log every request to the terminal.
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
    """Restore the ciphers: gridstatus allows weak ones in the whole process, which one of its ISOs needs."""
    if ciphers is None:
        vars(ssl_).pop("DEFAULT_CIPHERS", None)
    else:
        vars(ssl_)["DEFAULT_CIPHERS"] = ciphers


def _replace_names() -> None:
    """Replace in the modules of gridstatus the libraries that have stand-ins."""
    stand_ins = _stand_ins()
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "gridstatus"]
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, ModuleType | type) and value in stand_ins:
                setattr(module, name, stand_ins[value])
        vars(module)["print"] = _no_output


def _stand_ins() -> dict[Any, Any]:
    """Return our stand-in for each library by which gridstatus sends, warns and shows progress."""
    methods = {name: _session_method(name) for name in ("get", "post", "request")}
    readers = {name: _url_reader(getattr(pd, name)) for name in _URL_READERS}
    return {
        requests: _changed(requests, Session=ClientSession, **methods),
        pd: _changed(pd, **readers),
        warnings: _changed(warnings, warn=_no_output),
        tqdm: _changed(tqdm, tqdm=_silent_tqdm),
        tqdm.tqdm: _silent_tqdm,
    }


def _changed(module: ModuleType, **changes: Any) -> ModuleType:
    """Return a copy of a module with some names replaced."""
    copy = ModuleType(module.__name__)
    vars(copy).update(vars(module) | changes)
    return copy


def _no_output(*_: Any, **__: Any) -> None:
    """Do nothing, in place of a function that writes to the terminal."""


def _silent_tqdm(*arguments: Any, **options: Any) -> Any:
    return tqdm.tqdm(*arguments, **{**options, "disable": True})


def _session_method(method: str) -> Callable[..., requests.Response]:
    def send(*arguments: Any, **options: Any) -> requests.Response:
        with ClientSession() as session:
            response: requests.Response = getattr(session, method)(*arguments, **options)
            return response

    return send


def _url_reader(reader: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reader of pandas that downloads an address by our client."""

    def read(source: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(source, str) and source.startswith(("http://", "https://")):
            with ClientSession() as session:
                source = BytesIO(session.get(source).content)
        return reader(source, *arguments, **options)

    return read
