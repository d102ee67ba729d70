"""The form of a pricing file: a column for each zone and its metadata, a row for each cell of a curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from lib.hours import BLOCK_TYPE, blocks_at
from lib.markets import COST_COMPONENTS, PRICING_HEADINGS, Location, locations
from lib.present.pricing_file.errors import BadPricingFile, cell_name

KEYS = ["month", "he", "block_type"]
"""The columns of a file that name a cell of the curve; the others are zones."""

PLACES = 6
"""How many decimals a number has in a file."""

HEADER = ("Month", "He", "Block Type")
"""How a file heads the columns that name a cell."""

FIRST_COLUMN = len(HEADER) + 1
"""The first column of numbers, counted from 1."""

BLOCK_TYPE_OF_FILE = "HE"
"""What the metadata say of the kind of block: a row for each hour ending."""


@dataclass(frozen=True)
class Column:
    """What one column of numbers stands for, from the ISO down to the component of the cost."""

    control_area: str
    state: str
    load_zone: str
    capacity_zone: str
    utility: str
    block_type: str
    cost_group: str
    cost_component: str


LABELS = tuple(field.name.capitalize() for field in fields(Column))
"""What the metadata rows say in their first column, from the top."""


@dataclass(frozen=True)
class PricingFile:
    """A curve of one ISO as the pricing desk loads it.

    `curve` is vlr, shaping or cost_curve. `cells` has a row for each month, he (1..24) and block_type, in
    this order, and a float64 column for each load zone of `columns`, in theirs; NaN where there is no value.
    Values have six decimals, as `in_order` makes them.
    A month is 1..12, or the text "YYYY-MM" where it is a month of delivery; never both in one file.
    `is_demo` says that the market is simulated.
    """

    curve: str
    columns: tuple[Column, ...]
    cells: pd.DataFrame
    is_demo: bool

    @property
    def iso(self) -> str:
        """The ISO that the curve is of."""
        return self.columns[0].control_area

    @property
    def zones(self) -> list[str]:
        """The load zones, which are the names of the columns of numbers."""
        return [column.load_zone for column in self.columns]

    @property
    def heading(self) -> str:
        """What the header row says above each column of numbers."""
        return PRICING_HEADINGS[self.curve]


def of_cells(cells: pd.DataFrame, iso: str, curve: str, column: str, *, is_demo: bool) -> PricingFile:
    """Return the pricing file of a curve's cells.

    It has a row for every HE and block of each month: of all twelve, or of those of delivery that are given.

    Args:
        cells: location, month (1..12, or "YYYY-MM"), he, block_type and the column; each cell once.
        iso: whose cells they are. Every zone of it gets a column, an empty one if need be; hubs get none.
        curve: "vlr", "shaping" or "cost_curve".
        column: the values to price with: fractions, or $/MWh; finite, or NaN where there is none.
        is_demo: whether the market is simulated, which the file then says.

    Raises:
        ValueError: a cell is there twice, or a value is infinite.
    """
    if np.isinf(cells[column]).any():
        raise ValueError(f"{column} of {iso} is infinite in {np.isinf(cells[column]).sum()} cells")
    zones = locations(iso, "zone")
    wide = cells.astype({"block_type": BLOCK_TYPE, "location": str}).pivot(
        index=KEYS, columns="location", values=column
    )
    whole = pd.MultiIndex.from_frame(_calendar(iso, cells["month"].unique()))
    wide = wide.reindex(whole, columns=[zone.name for zone in zones]).rename_axis(columns=None)
    columns = tuple(_column(zone, curve, column) for zone in zones)
    return PricingFile(curve, columns, in_order(wide.reset_index()), is_demo)


def _calendar(iso: str, months: Iterable[int | str]) -> pd.DataFrame:
    """Return KEYS of all cells: of the months given where they are of delivery, else of the year's."""
    of_delivery = [month for month in months if isinstance(month, str)]
    keys = [
        (month, he, block)
        for month in of_delivery or range(1, 13)
        for he in range(1, 25)
        for block in blocks_at(iso, he)
    ]
    return pd.DataFrame(keys, columns=KEYS).astype({"block_type": BLOCK_TYPE})


def in_order(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells by month, HE and block, numbered anew, their values rounded as a file has them."""
    zones = [name for name in cells.columns if name not in KEYS]
    ordered = cells.astype({"he": "int64"} | dict.fromkeys(zones, "float64")).sort_values(
        KEYS, ignore_index=True
    )
    # A number that is rounded to nothing has no sign.
    return ordered.assign(**{zone: ordered[zone].map(rounded) for zone in zones})


def rounded(value: float) -> float:
    """Return a value to six decimals; one that rounds to nothing has no sign."""
    return round(float(value), PLACES) + 0.0


def _column(zone: Location, curve: str, column: str) -> Column:
    """Return the metadata of a zone; values that are not the component's own are named: VLR (mean_ratio)."""
    component = next(known for known in COST_COMPONENTS if known.relation == curve)
    is_own = column == component.column
    return Column(
        control_area=zone.control_area,
        state=zone.state or "",
        load_zone=zone.load_zone,
        capacity_zone=zone.capacity_zone or "",
        utility=zone.utility or "",
        block_type=BLOCK_TYPE_OF_FILE,
        cost_group=component.cost_group,
        cost_component=component.cost_component if is_own else f"{component.cost_component} ({column})",
    )


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
