"""What the edited curve costs at a list of LMPs, zone by zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from lib.markets import BLOCKS
from lib.present.display import Table
from lib.present.formats import Format
from lib.tool import figures
from lib.tool.messages import Notice, counted
from lib.tool.page import render
from lib.tool.panels.panel import Panel
from lib.tool.session import Session, Values, first

_COST = "cost_usd_per_mwh"
_PRICE = "price_usd_per_mwh"


def _html(session: Session) -> str:
    scope = session.priced
    found = figures.calculate(session.state, session.lmps, scope.months, scope.blocks)
    is_refused = isinstance(found, Notice)
    return render(
        "calculator",
        lmps=session.lmps,
        months=session.state.months,
        blocks=BLOCKS,
        scope=scope,
        refusal=found.text if is_refused else None,
        tables=[] if is_refused else [_table(found, _COST), _table(found, _PRICE)],
    )


def _table(scenarios: pd.DataFrame, column: str) -> str:
    captions = {_COST: "Cost beside the LMP, $/MWh", _PRICE: "LMP and cost together, $/MWh"}
    wide = scenarios.pivot(index="zone", columns="lmp_usd_per_mwh", values=column)
    wide = wide.reindex(scenarios["zone"].unique())[scenarios["lmp_usd_per_mwh"].unique()]
    wide.columns = [repr(float(lmp)).removesuffix(".0") for lmp in wide.columns]  # as exact as typed
    formats = {name: Format(f"LMP {name}", "{:,.4f}") for name in wide.columns}
    return Table(wide.reset_index(), captions[column], 1, {**formats, "zone": Format("Zone")}).html()


def _calculate(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    priced = replace(session, lmps=first(values, "lmps"), priced=session.scope_of(values))
    found = figures.calculate(priced.state, priced.lmps, priced.priced.months, priced.priced.blocks)
    if isinstance(found, Notice):
        return priced.say(found.text, is_error=True)
    lmps = counted(found["lmp_usd_per_mwh"].nunique(), "LMP")
    return priced.say(f"Priced {lmps} for {counted(len(priced.state.zones), 'zone')}.")


PANEL = Panel(
    "calculator",
    _html,
    lambda session: (id(session.state.source), session.state.edits, session.lmps, session.priced),
    {"calculate": _calculate},
)
