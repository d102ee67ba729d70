"""The own load of the demo market is read as it was made, and no run on real numbers takes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lib.sources.own_load import BadOwnLoad, check_is_real, read_own_load
from tools import demo_own_load


def test_the_demo_own_load_is_whole_and_keeps_its_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_own_load, "DAYS", (date(2023, 1, 1), date(2023, 12, 31)))
    assert demo_own_load.main([str(tmp_path), "--iso", "NYISO"]) == 0
    own = read_own_load(tmp_path, "NYISO", *demo_own_load.DAYS)
    assert own.summary.sort_values("measure")[["measure", "n_hours"]].to_numpy().tolist() == [
        ["da_load", 8760],
        ["rt_load", 8760],
        ["rt_load", 8760],
    ]
    assert (own.summary["mwh"] / own.summary["mwh_at_meter"]).to_numpy() == pytest.approx(
        1.045 * 1.021 * 1.008
    )
    assert own.is_demo
    check_is_real(own, is_demo=True)
    with pytest.raises(BadOwnLoad, match="says DEMO"):
        check_is_real(own, is_demo=False)
