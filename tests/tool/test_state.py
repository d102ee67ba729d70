from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.calc.scaling import INDEX
from lib.present.pricing_file import of_cells, read_pricing_file
from lib.store import Database, read_curve
from lib.tool import editing, pricing_files
from lib.tool import state as tool
from lib.tool.curve import NoSuchCurve
from lib.tool.data import ToolData
from lib.tool.descriptions import describe_empty_months
from lib.tool.estimators import estimator_of
from lib.tool.messages import Message
from lib.tool.pricing_files import build_source_curve
from lib.tool.state import State

ZONES = ("WEST", "GENESE")


@pytest.fixture
def state(data: ToolData) -> State:
    return tool.first_state(data)


def _file(state: State, kind: str = "csv") -> pd.DataFrame:
    name, content = pricing_files.download(state, kind)
    return read_pricing_file(name, content).cells


def test_it_starts_with_the_first_curve_as_published(state: State) -> None:
    choice = state.choice
    assert (choice.iso, choice.curve, choice.estimator) == ("NYISO", "vlr", "cost_weighted")
    assert (choice.start, choice.end) == (date(2024, 12, 1), date(2025, 1, 31))
    assert state.months == (1, 12)
    assert len(state.zones) == 11
    pd.testing.assert_frame_equal(state.shown, state.source.values)


def test_nothing_published_is_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPD_DATABASE", database.url)
    with pytest.raises(NoSuchCurve, match="make run"):
        tool.first_state(ToolData("files"))


def test_edits_are_kept_for_each_curve_and_found_again_on_its_return(state: State, data: ToolData) -> None:
    edited = editing.scale(editing.scale(state, 110), "120", ["WEST"])
    ranged = tool.choose(edited, data, start=date(2024, 11, 25))
    assert ranged.edits == edited.edits
    assert ranged.message == Message("VLR of NYISO, cost-weighted, 2024-11-25 to 2025-01-31.")
    assert 11 in ranged.months
    shaping = tool.choose(ranged, data, curve="shaping")
    assert shaping.edits == ()
    assert shaping.choice.estimator == "year_mean"
    assert shaping.choice.start == date(2024, 12, 1)
    assert shaping.message == Message(
        "2 changes are kept for VLR of NYISO, cost-weighted. Shaping of NYISO, mean of the years."
    )
    other = tool.choose(editing.set_value(shaping, 1.5), data, estimator="pooled")
    assert other.message == Message(
        "1 change is kept for Shaping of NYISO, mean of the years. Shaping of NYISO, pooled."
    )
    back = tool.choose(other, data, curve="vlr")
    assert back.edits == edited.edits
    assert back.message == Message("VLR of NYISO, cost-weighted: 2 changes from before.")
    pd.testing.assert_frame_equal(back.shown, edited.shown)
    again = tool.choose(back, data, curve="shaping")
    assert again.edits == editing.set_value(shaping, 1.5).edits


def test_a_reset_lets_go_of_the_shown_curves_edits_and_of_no_others(state: State, data: ToolData) -> None:
    shaping = editing.scale(tool.choose(editing.scale(state, 110), data, curve="shaping"), 90)
    back = tool.choose(editing.reset(shaping), data, curve="vlr")
    assert len(back.edits) == 1
    assert tool.choose(back, data, curve="shaping").edits == ()
    gone = tool.choose(tool.choose(editing.reset(back), data, curve="shaping"), data, curve="vlr")
    assert gone.edits == ()


def test_an_upload_keeps_the_edits_of_the_curve_it_replaces_and_says_what_becomes_of_its_own(
    state: State, data: ToolData
) -> None:
    name, content = pricing_files.download(state, "csv")
    edited = editing.scale(state, 110)
    uploaded = pricing_files.upload(edited, data, name, content)
    assert uploaded.edits == ()
    assert uploaded.message is not None
    assert uploaded.message.text.endswith("1 change is kept for VLR of NYISO, cost-weighted.")
    on_file = editing.scale(editing.scale(uploaded, 90), 80)
    for back in (pricing_files.close_file(on_file, data), tool.choose(on_file, data, end=state.choice.end)):
        assert (back.upload, back.edits) == (None, edited.edits)
        assert back.message == Message(
            f"{name} is put away, and with it 2 changes. VLR of NYISO, cost-weighted: 1 change from before."
        )
    second = pricing_files.upload(on_file, data, "again.csv", content)
    assert second.edits == ()
    assert second.message is not None
    assert f"{name} is put away, and with it 2 changes." in second.message.text
    assert pricing_files.close_file(second, data).edits == edited.edits


def test_a_file_without_changes_is_put_away_with_a_sentence(state: State, data: ToolData) -> None:
    name, content = pricing_files.download(state, "csv")
    back = pricing_files.close_file(pricing_files.upload(state, data, name, content), data)
    assert back.message == Message(f"{name} is put away. VLR of NYISO, cost-weighted.")


def test_months_that_a_range_has_too_few_days_of_are_said_to_be_empty(state: State, data: ToolData) -> None:
    shaping = tool.choose(state, data, curve="shaping")
    assert shaping.source.warning == ""
    partly = tool.choose(shaping, data, end=date(2025, 1, 20))
    assert partly.shown.loc[1].isna().to_numpy().all()
    assert partly.message is not None
    assert "Jan is empty: a year counts with at least 80% of the month's hours" in partly.message.text
    wholly = tool.choose(partly, data, start=date(2024, 12, 28))
    assert wholly.message is not None
    assert "Jan, Dec are empty:" in wholly.message.text
    pooled = tool.choose(wholly, data, estimator="pooled")
    ranged = tool.choose(pooled, data, end=date(2025, 1, 20))
    assert ranged.source.warning == ""
    assert ranged.shown.loc[1].notna().to_numpy().any()


def test_months_of_delivery_without_a_price_are_said_to_be_empty() -> None:
    index = pd.MultiIndex.from_product(
        [[f"2027-{month:02}" for month in range(1, 7)], [1], ["7x8"]], names=INDEX
    )
    values = pd.DataFrame({"WEST": [np.nan, 40.0, np.nan, np.nan, np.nan, 41.0]}, index=index)
    priced = describe_empty_months(values, estimator_of("cost_curve", "hpfc"))
    assert priced == "2027-01, 2027-03 to 2027-05 are empty."
    assert describe_empty_months(values.fillna(39.0), estimator_of("cost_curve", "hpfc")) == ""


@pytest.mark.parametrize(
    "changed",
    [{"iso": "PJM"}, {"curve": "cost_curve"}, {"start": date(2025, 2, 1)}, {"end": date(2030, 1, 1)}],
)
def test_a_choice_that_cannot_be_had_changes_nothing_and_gets_a_sentence(
    state: State, data: ToolData, changed: dict[str, object]
) -> None:
    after = tool.choose(editing.scale(state, 110), data, **changed)
    assert after.choice == state.choice
    assert len(after.edits) == 1
    assert after.message is not None
    assert after.message.is_error


def test_scale_set_undo_and_reset(state: State) -> None:
    scaled = editing.scale(state, "150 %", ["WEST"])
    assert scaled.shown["WEST"].tolist() == pytest.approx((1.5 * state.shown["WEST"]).tolist(), nan_ok=True)
    valued = editing.set_value(scaled, "0.5 %", ZONES, [1], ["5x16"])
    peak = valued.shown.xs((1, "5x16"), level=("month", "block_type"))
    assert (peak[list(ZONES)] == 0.005).all(axis=None)
    pd.testing.assert_frame_equal(editing.undo(valued).shown, scaled.shown)
    pd.testing.assert_frame_equal(editing.reset(valued).shown, state.source.values)
    assert editing.undo(state).message == Message("There is nothing to undo.")
    assert editing.count_changes(valued).set_index("zone").loc["WEST", "n_set"] == 16


@pytest.mark.parametrize("typed", ["", "abc", "1001", "-1", "nan", "1e400"])
def test_a_scale_that_is_none_changes_nothing_and_gets_a_sentence(state: State, typed: str) -> None:
    after = editing.scale(state, typed)
    assert after.edits == ()
    assert after.message is not None
    assert after.message.is_error
    assert after.message.text.endswith(".")


def test_a_value_that_is_none_changes_nothing(state: State) -> None:
    after = editing.set_value(state, "a lot")
    assert after.edits == ()
    assert after.message is not None
    assert after.message.is_error


def test_the_calculator_prices_with_the_edited_curve(state: State) -> None:
    edited = editing.set_value(state, 0.02)
    table = editing.price_lmps(edited, "25, 40; 60", months=[1], blocks=["7x8"])
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 33
    west = table[table["zone"] == "WEST"]
    assert west["cost_usd_per_mwh"].tolist() == pytest.approx([0.5, 0.8, 1.2])
    assert editing.price_lmps(edited, "cheap") == Message(
        "An LMP of 'cheap' is no number: write it like 12.5.", is_error=True
    )


def test_profiles_are_of_the_zones_that_were_chosen_in_their_order(state: State) -> None:
    scaled = editing.scale(editing.scale(state, 200), 300, ["N.Y.C."])
    means = editing.profile(scaled, ["month"], ZONES)
    assert tuple(means["zone"].unique()) == ZONES != tuple(z for z in state.zones if z in ZONES)
    assert means.groupby("zone").size().to_dict() == {"WEST": 2, "GENESE": 2}
    known = means.dropna()
    np.testing.assert_allclose(known["after"], 2 * known["before"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_is_the_pricing_file_of_what_is_shown(
    state: State, published: Database, kind: str
) -> None:
    cells = read_curve(published, "vlr", "NYISO")
    expected = of_cells(cells, "NYISO", "vlr", "cost_weighted", is_demo=False).cells
    assert pricing_files.download(state, kind)[0] == f"nyiso_vlr_cost_weighted_2024-12-01_2025-01-31.{kind}"
    pd.testing.assert_frame_equal(_file(state, kind), expected, check_dtype=False)
    doubled = editing.scale(state, 200)
    assert pricing_files.download(doubled, kind)[0].endswith(f"_edited.{kind}")
    twice = of_cells(
        cells.assign(cost_weighted=2 * cells["cost_weighted"]), "NYISO", "vlr", "cost_weighted", is_demo=False
    )
    pd.testing.assert_frame_equal(_file(doubled, kind), twice.cells, check_dtype=False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_uploaded_file_is_worked_on_likewise_and_put_away(state: State, data: ToolData, kind: str) -> None:
    per_mwh = tool.choose(state, data, estimator="cost_per_mwh")
    name, content = pricing_files.download(per_mwh, kind)
    uploaded = pricing_files.upload(editing.scale(state, 50), data, name, content)
    assert uploaded.upload == name
    assert uploaded.edits == ()
    assert (uploaded.source.uom, uploaded.source.quantity) == ("$/MWh", "adder")
    np.testing.assert_allclose(uploaded.shown.loc[[1, 12]], per_mwh.shown, atol=5.1e-7)
    assert uploaded.shown.drop(index=[1, 12]).isna().to_numpy().all()
    doubled = editing.scale(uploaded, 200)
    np.testing.assert_allclose(_file(doubled, kind)["GENESE"], 2 * _file(per_mwh)["GENESE"], atol=1.1e-6)
    assert pricing_files.download(doubled, "csv")[0] == name.replace(f".{kind}", "_edited.csv")
    assert isinstance(editing.price_lmps(uploaded, "40"), pd.DataFrame)
    back = pricing_files.close_file(uploaded, data)
    assert back.upload is None
    pd.testing.assert_frame_equal(back.shown, editing.scale(state, 50).shown)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_of_a_simulated_market_is_called_demo_and_stays_one(
    state: State, data: ToolData, kind: str
) -> None:
    demo = replace(state, source=replace(state.source, is_demo=True))
    name, content = pricing_files.download(demo, kind)
    assert name == f"demo_nyiso_vlr_cost_weighted_2024-12-01_2025-01-31.{kind}"
    uploaded = pricing_files.upload(state, data, name, content)
    assert uploaded.source.is_demo
    assert uploaded.source.title == f"VLR of NYISO, from the demo file {name}"
    assert uploaded.message is not None
    assert uploaded.message.text.endswith("It is DEMO: its numbers are simulated.")
    again = read_pricing_file(*pricing_files.download(editing.scale(uploaded, 90), kind))
    assert again.is_demo
    real = pricing_files.upload(state, data, *pricing_files.download(state, kind))
    assert not real.source.is_demo
    assert real.message is not None
    assert "DEMO" not in real.message.text


def test_hours_of_the_calendar_weigh_an_uploaded_file(state: State, data: ToolData) -> None:
    uploaded = pricing_files.upload(state, data, *pricing_files.download(state, "csv"))
    weights = uploaded.source.weights
    assert "2024-12-01 to 2025-01-31" in weights.words
    hours = weights.base["WEST"].groupby(level="month").sum()
    assert hours[hours > 0].to_dict() == {1: 744, 12: 744}


def test_an_uploaded_file_is_weighed_in_the_blocks_of_what_is_published(state: State, data: ToolData) -> None:
    name, content = pricing_files.download(state, "csv")
    file = read_pricing_file(name, content)
    nerc = data.extent("NYISO", "vlr")
    for extent, weekdays in ((nerc, 21), (replace(nerc, holidays="none"), 22)):
        base = build_source_curve(name, file, extent).weights.base["WEST"]
        assert base.loc[12, 12, "5x16"] == weekdays  # Christmas is a Wednesday


def test_a_bad_upload_changes_nothing_and_gets_a_sentence(state: State, data: ToolData) -> None:
    edited = editing.scale(state, 110)
    after = pricing_files.upload(edited, data, "curve.csv", b"Month,He\n1,2\n")
    assert after.edits == edited.edits
    assert after.upload is None
    assert after.message is not None
    assert after.message.is_error
    pd.testing.assert_frame_equal(after.shown, edited.shown)


def test_delivery_months_are_weighed_by_their_own_hours(state: State, data: ToolData) -> None:
    name, content = pricing_files.download(state, "csv")
    text = re.sub(r"\n([2-9]|1[01]),.*", "", content.decode())
    text = text.replace("\n1,", "\n2027-03,").replace("\n12,", "\n2027-11,")
    text = text.replace("VLR COST", "COST TO SERVE")
    uploaded = pricing_files.upload(state, data, name, text.encode())
    assert uploaded.message is not None
    assert not uploaded.message.is_error, uploaded.message.text
    assert uploaded.months == ("2027-03", "2027-11")
    hours = uploaded.source.weights.base["WEST"].groupby(level="month").sum()
    assert hours.to_dict() == {"2027-03": 743, "2027-11": 721}


def test_no_edit_makes_a_cell_that_a_pricing_file_cannot_hold(state: State, data: ToolData) -> None:
    huge = editing.set_value(state, "90000000 %", zones=["WEST"])
    assert huge.edits
    name, content = pricing_files.download(huge, "csv")
    again = pricing_files.upload(state, data, name, content)
    assert again.file is not None
    refused = editing.scale(again, "200")
    assert refused.edits == ()
    assert refused.message is not None and refused.message.is_error
    assert refused.message.text.startswith("A cell would be 180000000 %")
    assert editing.scale(again, "110").edits
