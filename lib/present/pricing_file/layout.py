"""The layout of a pricing file: a column for each zone with its metadata, a row for each cell of a curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from lib.hours import BLOCK_TYPE, blocks_at
from lib.markets import COST_COMPONENTS, PRICING_HEADINGS, Location, locations
from lib.present.pricing_file.cells import BadPricingFile, cell_name

KEYS = ["month", "he", "block_type"]
"""The columns of a file that name a cell of the curve; the other columns are zones."""

DECIMALS = 6
"""Decimals of a number in a file."""

HEADER = ("Month", "He", "Block Type")
"""The headings of KEYS in a file."""

FIRST_COLUMN = len(HEADER) + 1
"""The first column of numbers, counted from 1."""

BLOCK_TYPE_OF_FILE = "HE"
"""The block type in the metadata: a file has a row for each hour ending."""

DELIVERY = "delivery"
"""How the component of a VLR file names that its fractions are of prices of delivery: VLR (delivery)."""

DEMO_MARK, STUDY_MARK, OWN_MARK = "(demo)", "(study)", "(own load)"
"""What a file of a simulated market, of a study, or of own load adds to the name of its cost component."""

MEANINGS = {DEMO_MARK: "simulated", STUDY_MARK: "a study", OWN_MARK: "of own load"}


@dataclass(frozen=True)
class ZoneColumn:
    """The metadata of one column of numbers, from the ISO down to the component of the cost."""

    control_area: str
    state: str
    load_zone: str
    capacity_zone: str
    utility: str
    block_type: str
    cost_group: str
    cost_component: str


LABELS = tuple(field.name.capitalize() for field in fields(ZoneColumn))
"""The first cells of the metadata rows, from the top."""

_COMPONENT_ROW = LABELS.index("Cost_component") + 1


@dataclass(frozen=True)
class PricingFile:
    """A curve of one ISO as the pricing desk imports it.

    `curve` is vlr, shaping or cost_curve. `cells` has a row for each month, he (1..24) and block_type, sorted
    by these, and a float64 column for each load zone, in the order of `columns`; NaN where there is no value.
    A value is a fraction (vlr, shaping) or $/MWh (cost_curve) to six decimals, see `sort_cells`.
    A month is 1..12, or the text "YYYY-MM" if it is a month of delivery; a file has only one of the two.
    `is_demo` says that the market is simulated, `is_study` that the curve is no official one,
    `is_own` that its load is that of the desk's own customers.
    """

    curve: str
    columns: tuple[ZoneColumn, ...]
    cells: pd.DataFrame
    is_demo: bool
    is_study: bool = False
    is_own: bool = False

    @property
    def iso(self) -> str:
        """The ISO of the curve."""
        return self.columns[0].control_area

    @property
    def zones(self) -> list[str]:
        """The load zones: the names of the columns of numbers."""
        return [column.load_zone for column in self.columns]

    @property
    def heading(self) -> str:
        """The heading of each column of numbers."""
        return PRICING_HEADINGS[self.curve]


def build_pricing_file(
    cells: pd.DataFrame,
    iso: str,
    curve: str,
    column: str,
    *,
    is_demo: bool,
    is_study: bool = False,
    is_own: bool = False,
) -> PricingFile:
    """Return the pricing file of a curve's cells.

    It has a row for every HE and block of each month: of all twelve, or of the given months of delivery.

    Args:
        cells: location, month (1..12, or "YYYY-MM"), he, block_type and the column; each cell once.
        iso: the ISO of the cells. Each of its zones gets a column, even without cells; hubs get none.
        curve: "vlr", "shaping" or "cost_curve".
        column: the values to price with: fractions, or $/MWh; finite, or NaN for none.
        is_demo: whether the market is simulated; the file says so.
        is_study: whether the curve is a study; the file says so too.
        is_own: whether it is that of own load; likewise.

    Raises:
        ValueError: a cell occurs twice, or a value is infinite.
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
    return PricingFile(curve, columns, sort_cells(wide.reset_index()), is_demo, is_study, is_own)


def _calendar(iso: str, months: Iterable[int | str]) -> pd.DataFrame:
    """Return KEYS of all cells: of the given months if they are months of delivery, else of all twelve."""
    of_delivery = [month for month in months if isinstance(month, str)]
    keys = [
        (month, he, block)
        for month in of_delivery or range(1, 13)
        for he in range(1, 25)
        for block in blocks_at(iso, he)
    ]
    return pd.DataFrame(keys, columns=KEYS).astype({"block_type": BLOCK_TYPE})


def sort_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells sorted by month, HE and block with a new index, and values rounded as in a file."""
    zones = [name for name in cells.columns if name not in KEYS]
    ordered = cells.astype({"he": "int64"} | dict.fromkeys(zones, "float64")).sort_values(
        KEYS, ignore_index=True
    )
    return ordered.assign(**{zone: ordered[zone].map(round_value) for zone in zones})


def round_value(value: float) -> float:
    """Return a value to six decimals; 0 has no sign."""
    return round(float(value), DECIMALS) + 0.0


def _column(zone: Location, curve: str, column: str) -> ZoneColumn:
    """Return the metadata of a zone; other values than the component's own are named: VLR (mean_ratio)."""
    component = next(known for known in COST_COMPONENTS if known.relation == curve)
    is_own = column == component.column
    return ZoneColumn(
        control_area=zone.control_area,
        state=zone.state or "",
        load_zone=zone.load_zone,
        capacity_zone=zone.capacity_zone or "",
        utility=zone.utility or "",
        block_type=BLOCK_TYPE_OF_FILE,
        cost_group=component.cost_group,
        cost_component=component.cost_component if is_own else f"{component.cost_component} ({column})",
    )


def mark_columns(file: PricingFile) -> tuple[ZoneColumn, ...]:
    """Return the columns of a file with its marks in the names of their components: VLR (study) (demo)."""
    marks = " ".join([OWN_MARK] * file.is_own + [STUDY_MARK] * file.is_study + [DEMO_MARK] * file.is_demo)
    if not marks:
        return file.columns
    return tuple(replace(one, cost_component=f"{one.cost_component} {marks}".strip()) for one in file.columns)


def unmark_columns(columns: Sequence[ZoneColumn]) -> tuple[tuple[ZoneColumn, ...], bool, bool, bool]:
    """Return the columns without the marks of `mark_columns`, and whether they are demo, study, own load.

    Raises:
        BadPricingFile: some have a mark and others do not.
    """
    without_demo, is_demo = _unmark(columns, DEMO_MARK)
    without_study, is_study = _unmark(without_demo, STUDY_MARK)
    plain, is_own = _unmark(without_study, OWN_MARK)
    return plain, is_demo, is_study, is_own


def _unmark(columns: Sequence[ZoneColumn], mark: str) -> tuple[tuple[ZoneColumn, ...], bool]:
    are_marked = [column.cost_component.casefold().endswith(mark) for column in columns]
    if not any(are_marked):
        return tuple(columns), False
    if not all(are_marked):
        plain, marked = (
            cell_name(_COMPONENT_ROW, FIRST_COLUMN + are_marked.index(is_marked))
            for is_marked in (False, True)
        )
        raise BadPricingFile(
            f"{plain} lacks the {mark} that {marked} has: a file is {MEANINGS[mark]} or it is not"
        )
    names = (column.cost_component[: -len(mark)].rstrip() for column in columns)
    return tuple(replace(one, cost_component=name) for one, name in zip(columns, names, strict=True)), True
