"""Downloads and uploads of pricing files."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib.present.pricing_file import build_pricing_file, csv_bytes, parse_pricing_file
from lib.store import Database, read_curve
from lib.tool import editing, pricing_files
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.messages import Message
from lib.tool.pricing_files import build_source_curve
from lib.tool.state import CurveState


def _file(state: CurveState, kind: str = "csv") -> pd.DataFrame:
    name, content = pricing_files.render_pricing_file(state, kind)
    return parse_pricing_file(name, content).cells


def test_an_upload_keeps_the_edits_of_the_curve_it_replaces_and_its_own(
    state: CurveState, data: ToolData
) -> None:
    name, content = pricing_files.render_pricing_file(state, "csv")
    edited = editing.scale(state, 110)
    uploaded = pricing_files.upload(edited, data, name, content)
    assert uploaded.edits == ()
    assert uploaded.message is not None
    assert uploaded.message.text.endswith("1 change is kept for VLR of NYISO, priced, at past prices.")
    on_file = editing.scale(editing.scale(uploaded, 90), 80)
    for back in (
        pricing_files.close_file(on_file, data),
        tool_state.choose(on_file, data, end=state.choice.end),
    ):
        assert (back.upload, back.edits) == (None, edited.edits)
        assert back.message == Message(
            f"{name} is closed; 2 changes come back when it is uploaded again. "
            "VLR of NYISO, priced, at past prices: 1 change from before."
        )
    second = pricing_files.upload(on_file, data, "again.csv", content)
    assert second.edits == ()
    assert second.message is not None
    assert f"{name} is closed; 2 changes come back" in second.message.text
    assert pricing_files.close_file(second, data).edits == edited.edits
    again = pricing_files.upload(second, data, name, content)
    assert again.edits == on_file.edits
    assert again.message is not None and "2 changes of it from before." in again.message.text
    other = pricing_files.render_pricing_file(editing.scale(state, 50), "csv")[1]
    assert pricing_files.upload(second, data, name, other).edits == (), "the numbers are others"


def test_a_file_without_changes_is_put_away_with_a_message(state: CurveState, data: ToolData) -> None:
    name, content = pricing_files.render_pricing_file(state, "csv")
    back = pricing_files.close_file(pricing_files.upload(state, data, name, content), data)
    assert back.message == Message(f"{name} is closed. VLR of NYISO, priced, at past prices.")


def test_the_vlr_file_of_a_cost_curve_is_known_by_its_prices(
    state: CurveState, data: ToolData, published: Database
) -> None:
    cells = read_curve(published, "vlr", "NYISO").rename(columns={"priced_pct": "delivery"})
    content = csv_bytes(build_pricing_file(cells, "NYISO", "vlr", "delivery", is_demo=False))
    uploaded = pricing_files.upload(state, data, "nyiso_cost_curves_vlr.csv", content)
    assert dict(uploaded.source.inputs)["Curve"] == "VLR of NYISO, priced, at prices of delivery"
    assert (uploaded.source.uom, uploaded.source.quantity) == ("%", "share")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_is_the_pricing_file_of_the_shown_curve(
    state: CurveState, published: Database, kind: str
) -> None:
    cells = read_curve(published, "vlr", "NYISO")
    expected = build_pricing_file(cells, "NYISO", "vlr", "priced_pct", is_demo=False).cells
    assert (
        pricing_files.render_pricing_file(state, kind)[0]
        == f"nyiso_vlr_priced_pct_2024-12-01_2025-01-31.{kind}"
    )
    pd.testing.assert_frame_equal(_file(state, kind), expected, check_dtype=False)
    doubled = editing.scale(state, 200)
    assert pricing_files.render_pricing_file(doubled, kind)[0].endswith(f"_edited.{kind}")
    twice = build_pricing_file(
        cells.assign(priced_pct=2 * cells["priced_pct"]), "NYISO", "vlr", "priced_pct", is_demo=False
    )
    pd.testing.assert_frame_equal(_file(doubled, kind), twice.cells, check_dtype=False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_uploaded_file_is_edited_like_a_curve_and_put_away(
    state: CurveState, data: ToolData, kind: str
) -> None:
    per_mwh = tool_state.choose(state, data, estimator="cost_per_mwh")
    name, content = pricing_files.render_pricing_file(per_mwh, kind)
    uploaded = pricing_files.upload(editing.scale(state, 50), data, name, content)
    assert uploaded.upload == name
    assert uploaded.edits == ()
    assert (uploaded.source.uom, uploaded.source.quantity) == ("$/MWh", "adder")
    np.testing.assert_allclose(uploaded.shown.loc[[1, 12]], per_mwh.shown, atol=5.1e-7)
    assert uploaded.shown.drop(index=[1, 12]).isna().to_numpy().all()
    doubled = editing.scale(uploaded, 200)
    np.testing.assert_allclose(_file(doubled, kind)["GENESE"], 2 * _file(per_mwh)["GENESE"], atol=1.1e-6)
    assert pricing_files.render_pricing_file(doubled, "csv")[0] == name.replace(f".{kind}", "_edited.csv")
    assert isinstance(editing.price_lmps(uploaded, "40"), pd.DataFrame)
    back = pricing_files.close_file(uploaded, data)
    assert back.upload is None
    pd.testing.assert_frame_equal(back.shown, editing.scale(state, 50).shown)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_of_the_simulated_market_stays_marked_as_demo(
    state: CurveState, data: ToolData, kind: str
) -> None:
    demo = replace(state, source=replace(state.source, is_demo=True))
    name, content = pricing_files.render_pricing_file(demo, kind)
    assert name == f"demo_nyiso_vlr_priced_pct_2024-12-01_2025-01-31.{kind}"
    uploaded = pricing_files.upload(state, data, name, content)
    assert uploaded.source.is_demo
    assert uploaded.source.title == f"VLR of NYISO, from the demo file {name}"
    assert uploaded.message is not None
    assert uploaded.message.text.endswith("It is DEMO: its numbers are simulated.")
    again = parse_pricing_file(*pricing_files.render_pricing_file(editing.scale(uploaded, 90), kind))
    assert again.is_demo
    real = pricing_files.upload(state, data, *pricing_files.render_pricing_file(state, kind))
    assert not real.source.is_demo
    assert real.message is not None
    assert "DEMO" not in real.message.text


def test_an_uploaded_file_is_weighted_by_the_hours_of_the_calendar(state: CurveState, data: ToolData) -> None:
    uploaded = pricing_files.upload(state, data, *pricing_files.render_pricing_file(state, "csv"))
    weights = uploaded.source.weights
    assert "2024-12-01 to 2025-01-31" in weights.words
    hours = weights.base["WEST"].groupby(level="month").sum()
    assert hours[hours > 0].to_dict() == {1: 744, 12: 744}


def test_an_uploaded_file_is_weighted_with_the_holidays_of_the_published_curve(
    state: CurveState, data: ToolData
) -> None:
    name, content = pricing_files.render_pricing_file(state, "csv")
    file = parse_pricing_file(name, content)
    nerc = data.extent("NYISO", "vlr")
    for extent, weekdays in ((nerc, 21), (replace(nerc, holidays="none"), 22)):
        base = build_source_curve(name, file, extent).weights.base["WEST"]
        assert base.loc[12, 12, "5x16"] == weekdays  # Christmas is a Wednesday


def test_a_bad_upload_changes_nothing_and_is_explained(state: CurveState, data: ToolData) -> None:
    edited = editing.scale(state, 110)
    after = pricing_files.upload(edited, data, "curve.csv", b"Month,He\n1,2\n")
    assert after.edits == edited.edits
    assert after.upload is None
    assert after.message is not None
    assert after.message.is_error
    pd.testing.assert_frame_equal(after.shown, edited.shown)


def test_delivery_months_are_weighted_by_their_own_hours(state: CurveState, data: ToolData) -> None:
    name, content = pricing_files.render_pricing_file(state, "csv")
    text = re.sub(r"\n([2-9]|1[01]),.*", "", content.decode())
    text = text.replace("\n1,", "\n2027-03,").replace("\n12,", "\n2027-11,")
    text = text.replace("VLR COST", "COST TO SERVE")
    uploaded = pricing_files.upload(state, data, name, text.encode())
    assert uploaded.message is not None
    assert not uploaded.message.is_error, uploaded.message.text
    assert uploaded.months == ("2027-03", "2027-11")
    hours = uploaded.source.weights.base["WEST"].groupby(level="month").sum()
    assert hours.to_dict() == {"2027-03": 743, "2027-11": 721}


def test_no_edit_makes_a_cell_that_a_pricing_file_cannot_hold(state: CurveState, data: ToolData) -> None:
    huge = editing.set_value(state, "90000000 %", zones=["WEST"])
    assert huge.edits
    name, content = pricing_files.render_pricing_file(huge, "csv")
    again = pricing_files.upload(state, data, name, content)
    assert again.file is not None
    refused = editing.scale(again, "200")
    assert refused.edits == ()
    assert refused.message is not None and refused.message.is_error
    assert refused.message.text.startswith("A cell would be 180000000 %")
    assert editing.scale(again, "110").edits
