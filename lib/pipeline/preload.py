"""The server that processes for tasks are forked from, with the packages loaded that they need."""

from __future__ import annotations

import os
from multiprocessing import forkserver, get_context

MODULES = (
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

None of lib: its modules are quick to import, and a mistake in one must be its task's failure, not the server's.
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
    """Start the server; it loads its modules while the caller goes on."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    get_context("forkserver").set_forkserver_preload(list(MODULES))
    forkserver.ensure_running()
