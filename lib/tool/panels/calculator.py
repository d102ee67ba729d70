"""The calculator: what the edited curve costs at a list of LMPs, zone by zone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from lib.markets import BLOCKS
from lib.present.display import Table
from lib.present.formats import Format
from lib.tool import editing
from lib.tool.messages import Message, format_count
from lib.tool.page import render_template
from lib.tool.panels.panel import Action, Panel, ScopeInputs
from lib.tool.session import Session

_COST = "cost_usd_per_mwh"
_PRICE = "price_usd_per_mwh"
_CAPTIONS = {_COST: "Cost beside the LMP, $/MWh", _PRICE: "LMP and cost together, $/MWh"}

_SHARE = (
    "The cost is the percent of the LMP. VLR itself grows with the square root of the price, so the percent "
    "holds near the prices that it was computed at: the cost curve has VLR at the prices of delivery."
)


class CalculateInputs(ScopeInputs):
    """A list of LMPs as typed, and the months and blocks to price."""

    lmps: str


def _render(session: Session) -> str:
    prices = _price(session)
    is_refused = isinstance(prices, Message)
    return render_template(
        "calculator",
        lmps=session.lmps,
        months=session.state.months,
        blocks=BLOCKS,
        scope=session.calculator_scope,
        refusal=prices.text if is_refused else None,
        note=_SHARE if session.state.source.quantity == "share" else "",
        tables=[] if is_refused else [_render_table(prices, column) for column in _CAPTIONS],
    )


def _render_table(prices: pd.DataFrame, column: str) -> str:
    wide = prices.pivot(index="zone", columns="lmp_usd_per_mwh", values=column)
    wide = wide.reindex(prices["zone"].unique())[prices["lmp_usd_per_mwh"].unique()]
    wide.columns = [repr(float(lmp)).removesuffix(".0") for lmp in wide.columns]  # as exact as typed
    formats = {name: Format(f"LMP {name}", "{:,.4f}") for name in wide.columns}
    return Table(wide.reset_index(), _CAPTIONS[column], 1, {**formats, "zone": Format("Zone")}).render_html()


def _calculate(session: Session, inputs: CalculateInputs) -> Session:
    scope = session.scope_of(inputs.month, inputs.block)
    priced = replace(session, lmps=inputs.lmps, calculator_scope=scope)
    prices = _price(priced)
    if isinstance(prices, Message):
        return priced.with_message(prices.text, is_error=True)
    lmps = format_count(prices["lmp_usd_per_mwh"].nunique(), "LMP")
    return priced.with_message(f"Priced {lmps} for {format_count(len(priced.state.zones), 'zone')}.")


def _price(session: Session) -> pd.DataFrame | Message:
    scope = session.calculator_scope
    return editing.price_lmps(session.state, session.lmps, scope.months, scope.blocks)


PANEL = Panel(
    "calculator",
    _render,
    lambda session: (
        id(session.state.source),
        session.state.edits,
        session.lmps,
        session.calculator_scope,
    ),
    {"calculate": Action(CalculateInputs, _calculate)},
)
