"""What the fork server imports and prepares once; each task and each kernel would need seconds for it.

A mistake in what the notebooks call must fail the task that imports it, not the server.
"""

# ruff: noqa: F401
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules

import adbc_driver_postgresql.dbapi
import ipykernel.debugger
import ipykernel.kernelapp
import matplotlib.pyplot
import nbconvert.exporters.templateexporter
import nbconvert.filters.markdown_mistune
import nbformat
import pandas
import pandera.pandas
import papermill
import pyarrow
import pydantic_settings
import sqlalchemy
from nbconvert.filters import Highlight2HTML
from nbformat.v4 import new_notebook

# The first check compiles the schema of notebooks, the first cell that is shown the lexer of its language.
nbformat.validate(new_notebook())
Highlight2HTML(pygments_lexer="python")("x = 1")

# Whatever cannot be imported here is imported again by the notebook that needs it, and fails there.
for package in ("lib.calc", "lib.present", "lib.present.charts", "lib.pipeline.steps"):
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        with suppress(Exception):
            import_module(module.name)
