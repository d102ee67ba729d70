"""The mark that a simulated market leaves in a pricing file: in the name of each column's component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lib.present.pricing_file.fault import BadPricingFile, cell_name
from lib.present.pricing_file.form import FIRST_COLUMN, LABELS, Column

MARK = "(demo)"

_ROW = LABELS.index("Cost_component") + 1


def marked(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns of a simulated market as its file names them: VLR (demo)."""
    return tuple(replace(one, cost_component=f"{one.cost_component} {MARK}".strip()) for one in columns)


def unmarked(columns: Sequence[Column]) -> tuple[tuple[Column, ...], bool]:
    """Return the columns that `marked` was given, and whether they bear its mark.

    Raises:
        BadPricingFile: some bear it and others do not.
    """
    are_demo = [column.cost_component.casefold().endswith(MARK) for column in columns]
    if not any(are_demo):
        return tuple(columns), False
    if not all(are_demo):
        plain, demo = (cell_name(_ROW, FIRST_COLUMN + are_demo.index(is_demo)) for is_demo in (False, True))
        raise BadPricingFile(f"{plain} lacks the {MARK} that {demo} has: a file is simulated or it is not")
    names = (column.cost_component[: -len(MARK)].rstrip() for column in columns)
    return tuple(replace(one, cost_component=name) for one, name in zip(columns, names, strict=True)), True
