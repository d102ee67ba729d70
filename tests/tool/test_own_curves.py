"""Curves of own load in the tool: chosen, scaled and downloaded like the zones', and marked as own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from lib.present.pricing_file import parse_pricing_file
from lib.store import (
    DATABASE_VARIABLE,
    Database,
    NewVersion,
    RunTask,
    read_curve,
    read_relation,
    save_curve,
    start_run,
)
from lib.tool import editing, pricing_files
from lib.tool import state as tool_state
from lib.tool.data import ToolData
from lib.tool.session import Session
from lib.tool.state import first_state
from lib.tool.viewer_state import open_viewer
from tests.support.databases import copy_of
from tests.tool.conftest import act, html_of

WINDOW = (date(2024, 12, 1), date(2025, 1, 31))


@pytest.fixture(scope="module")
def with_own(server: str, published: Database) -> Iterator[ToolData]:
    """The tool's data on the published database with a curve of own load in one zone, of twice its VLR."""
    with copy_of(server, published) as database, pytest.MonkeyPatch.context() as patch:
        cells = read_curve(database, "vlr", "NYISO", 1).drop(columns="version_id")
        own = cells[cells["location"] == "N.Y.C."].copy()
        own[["priced", "priced_pct", "cost_per_mwh"]] *= 2
        days = {"as_of": date(2025, 3, 1), "window_start": None, "window_end": None}
        task = RunTask(start_run(database, source="files", **days), "vlr", "NYISO")  # type: ignore[arg-type]
        (ids,) = read_relation(database, "curve_version", ["series_ids"], {"version_id": 1})["series_ids"]
        about = ({"holidays": "nerc", "load": "own"}, list(ids), "own")
        save_curve(database, NewVersion("own_vlr", "NYISO", *WINDOW, *about), {"vlr": own}, task)
        patch.setenv(DATABASE_VARIABLE, database.url)
        data = ToolData("files")
        data.preload()
        yield data


def test_the_tool_opens_with_the_zones_curve_and_offers_that_of_own_load(with_own: ToolData) -> None:
    session = Session(with_own, first_state(with_own), open_viewer(with_own.db), month=1)
    assert session.state.choice.curve == "vlr"
    own = act(session, "choose", field="curve", value="own_vlr")
    assert own.state.source.title.startswith("VLR of own load of NYISO")
    (chosen,) = html_of(own, "choice").select("[data-field=curve] option[selected]")
    assert (chosen["value"], chosen.text.strip()) == ("own_vlr", "VLR of own load")
    ratio = own.state.source.values["N.Y.C."] / session.state.source.values["N.Y.C."]
    assert ratio.dropna().to_numpy() == pytest.approx(2.0)
    assert list(own.state.source.values) == ["N.Y.C."]  # and no zone without own load
    assert "N.Y.C." in html_of(own, "scaling").text and "WEST" not in html_of(own, "scaling").text


def test_it_is_scaled_and_its_files_say_own_load_there_and_back(with_own: ToolData) -> None:
    own = editing.scale(tool_state.choose(first_state(with_own), with_own, curve="own_vlr"), 110)
    for kind in ("csv", "xlsx"):
        name, content = pricing_files.render_pricing_file(own, kind)
        assert name.startswith("nyiso_own_vlr_")
        file = parse_pricing_file(name, content)
        assert file.is_own and file.curve == "vlr"
        opened = pricing_files.upload(first_state(with_own), with_own, name, content)
        assert opened.message is not None and "the desk's own load" in opened.message.text
        again = parse_pricing_file(name, pricing_files.render_pricing_file(opened, kind)[1])
        assert again.is_own


def test_other_days_than_those_of_its_version_are_refused_with_the_way_out(with_own: ToolData) -> None:
    own = tool_state.choose(first_state(with_own), with_own, curve="own_vlr")
    shorter = tool_state.choose(own, with_own, end=date(2024, 12, 31))
    assert shorter.message is not None
    assert "choose days from 2024-12-01 to 2025-01-31" in shorter.message.text
