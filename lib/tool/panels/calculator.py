"""What the edited curve costs at a list of LMPs, zone by zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from lib.markets import BLOCKS
from lib.present.display import Table
from lib.present.formats import Format
from lib.tool import editing
from lib.tool.messages import Message, format_count
from lib.tool.page import render_template
from lib.tool.panels.panel import Panel, Values, first
from lib.tool.session import Session

_COST = "cost_usd_per_mwh"
_PRICE = "price_usd_per_mwh"


def _html(session: Session) -> str:
    scope = session.calculator_scope
    found = editing.price_lmps(session.state, session.lmps, scope.months, scope.blocks)
    is_refused = isinstance(found, Message)
    return render_template(
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
    return Table(wide.reset_index(), captions[column], 1, {**formats, "zone": Format("Zone")}).render_html()


def _calculate(session: Session, values: Values, _: Sequence[memoryview]) -> Session:
    priced = replace(
        session,
        lmps=first(values, "lmps"),
        calculator_scope=session.scope_of(first(values, "month"), first(values, "block")),
    )
    found = editing.price_lmps(
        priced.state, priced.lmps, priced.calculator_scope.months, priced.calculator_scope.blocks
    )
    if isinstance(found, Message):
        return priced.with_message(found.text, is_error=True)
    lmps = format_count(found["lmp_usd_per_mwh"].nunique(), "LMP")
    return priced.with_message(f"Priced {lmps} for {format_count(len(priced.state.zones), 'zone')}.")


PANEL = Panel(
    "calculator",
    _html,
    lambda session: (id(session.state.source), session.state.edits, session.lmps, session.calculator_scope),
    {"calculate": _calculate},
)
