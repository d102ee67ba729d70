"""The server that processes for tasks are forked from, with the packages loaded that they need."""

from __future__ import annotations

import os
from multiprocessing import forkserver, get_context

PACKAGES = (
    "papermill",
    "nbconvert.exporters.templateexporter",
    "nbconvert.filters.markdown_mistune",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "pandas",
    "pyarrow",
    "matplotlib.pyplot",
    "sqlalchemy",
    "adbc_driver_postgresql.dbapi",
    "pandera.pandas",
    "pydantic_settings",
)
"""Packages that each task would otherwise spend seconds to import, in its process or in its kernel.

None of lib: its modules are quick to import, and a mistake in one must fail its task and not the server.
"""

ENVIRONMENT = {
    # pyplot is imported before there is a kernel that could tell it to draw into the notebook
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # tasks share the processors already, and threads do not survive a fork
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # the kernel's debugger otherwise warns on stderr that it is imported
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def warm_up() -> None:
    """Start the server; it loads its packages while the caller goes on."""
    get_context("forkserver").set_forkserver_preload(list(PACKAGES))
    former = dict(os.environ)
    os.environ.update({name: former.get(name, value) for name, value in ENVIRONMENT.items()})
    try:
        forkserver.ensure_running()
    finally:
        for name in ENVIRONMENT.keys() - former.keys():
            del os.environ[name]
