"""The plan of a run for people, without starting or creating anything."""

from __future__ import annotations

from collections.abc import Iterator

from lib import store
from lib.pipeline.runner.planning.run_spec import Order

UNKNOWN_RUN = 0
"""The run id of a plan that is only looked at."""


def lines(order: Order, database_url: str | None) -> Iterator[str]:
    """Return what would run, on what, in which order, with which parameters."""
    yield f"source      {order.source_spec}, as of {order.as_of}"
    yield f"database    {store.describe_target(order.source_name, database_url)}"
    yield f"runs        {order.runs}"
    yield f"jobs        {order.jobs}"
    for iso, window in order.windows.items():
        yield f"window      {iso:<6} {window}"
    yield f"{len(order.plan.tasks)} tasks, in this order as far as what they need has ended:"
    for number, task in enumerate(order.plan.tasks, start=1):
        parameters = order.parameters_of(task, UNKNOWN_RUN)
        shown = ", ".join(f"{name}={value!r}" for name, value in parameters.items() if name != "run_id")
        yield f"{number:>4}  {task!s:<18} {shown}"
