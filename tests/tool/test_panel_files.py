"""Pricing files as the page reads and writes them."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pytest

from lib.present.pricing_file import parse_pricing_file
from lib.tool import editing, pricing_files
from lib.tool.panels import PANELS
from lib.tool.session import File, Session
from tests.tool.conftest import act, finish_jobs, html_of

ODD_NAMES = ("before", "after", "zone", "location", "value", "cost_weighted", "index", "count", "level_0")


def test_zones_of_a_file_may_have_the_names_of_our_columns(opened: Session) -> None:
    name, content = pricing_files.render_pricing_file(opened.state, "csv")
    text = content.decode()
    for zone, odd in zip(opened.state.zones, ODD_NAMES, strict=False):
        text = text.replace(f",{zone}", f",{odd}")
    uploaded = act(opened, "upload", text.encode(), name=name)
    assert uploaded.state.zones[: len(ODD_NAMES)] == ODD_NAMES
    edited = act(act(uploaded, "draw", zone="before", value=True), "scale", zone="after", value="200")
    for panel in PANELS:
        assert html_of(edited, panel.name).select(f"#heading-{panel.name}")
    means = editing.profile_edits(edited.state, [], ODD_NAMES).set_index("zone")
    assert means.loc["after", "after"] == pytest.approx(2 * means.loc["after", "before"])
    again = parse_pricing_file(*pricing_files.render_pricing_file(edited.state, "csv")).cells
    assert set(ODD_NAMES) <= set(again.columns)


@pytest.mark.usefixtures("no_wait")
def test_a_file_is_read_and_written_while_the_tool_goes_on(opened: Session) -> None:
    name, content = pricing_files.render_pricing_file(opened.state, "xlsx")
    reading = act(opened, "upload", content, name=name)
    assert html_of(reading, "files").select_one("[data-poll=await_work]")
    edited = finish_jobs(act(reading, "scale", zone="WEST", value="90"))
    assert edited.state.upload == name
    assert len(edited.state.kept) == 1, "what was done meanwhile is kept"
    assert not html_of(edited, "files").select("[data-poll]")
    written = finish_jobs(act(edited, "download", kind="csv"))
    assert written.outbox == File(*pricing_files.render_pricing_file(edited.state, "csv"))
    refused = finish_jobs(act(written, "upload", b"\xff,", name="a\u202ecsv.csv"))
    assert refused.state.upload == name
    assert refused.state.message is not None
    assert refused.state.message.text.startswith("line 1 holds a byte that is not UTF-8")


def test_the_download_of_an_edited_curve_comes_with_a_log_of_its_edits(opened: Session) -> None:
    scoped = act(opened, "scope", months="Jan", hes="7-9", blocks="")
    scaled = act(act(scoped, "scale", zone="WEST", value="+10%"), "set", zone="N.Y.C.", value="less 0.25")
    pasted = act(act(scaled, "paste", row="0", column="1", text="1\t2"), "apply_paste")
    file = act(pasted, "download", kind="xlsx").outbox
    assert file is not None and file.log is not None
    assert file.log.name == file.name.replace(".xlsx", "_log.csv")
    log = pd.read_csv(BytesIO(file.log.content))
    assert log["edit"].tolist() == [1, 2, 3, 3]
    assert log["cells"].tolist() == [
        "WEST, Jan, HE 7-9",
        "N.Y.C., Jan, HE 7-9",
        "CENTRL, Jan HE 1 7x8",
        "DUNWOD, Jan HE 1 7x8",
    ]
    assert log["change"].tolist() == ["110 %", "0.25 % less than the source", "set to 1 %", "set to 2 %"]
    assert set(log["file"]) == {file.name}
    assert log["made_of"].str.contains("Fingerprint").all()
    assert parse_pricing_file(file.name, file.content).cells.shape == (480, 14), (
        "its form is that of every file"
    )
    plain = act(opened, "download", kind="csv").outbox
    assert plain is not None and plain.log is None
