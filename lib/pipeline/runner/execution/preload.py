"""What the fork server imports and prepares once; each task and each kernel would need seconds for it.

Other modules of lib import quickly, and a mistake in one must fail its task, not the server.
"""

# ruff: noqa: F401
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
