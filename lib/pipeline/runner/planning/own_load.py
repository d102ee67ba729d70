"""The folder of --own-load, read before anything starts: what is not clear in it is refused then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lib.pipeline.errors import ConfigurationError
from lib.pipeline.steps.window import Window
from lib.sources.own_load import BadOwnLoad, check_is_real, own_isos, read_own_load


@dataclass(frozen=True)
class OwnLoadFolder:
    """A folder of own load, absolute, and the ISOs of the run that it has."""

    folder: Path
    isos: tuple[str, ...]


def check_own_load(folder: Path, windows: Mapping[str, Window], *, is_demo: bool) -> OwnLoadFolder:
    """Return the folder of --own-load, after all its files of the run's ISOs were read.

    Args:
        folder: as it was given.
        windows: of the ISOs of the run.
        is_demo: whether the run is on the simulated market.

    Raises:
        ConfigurationError: there is no such folder, it has no ISO of the run, or a file is not clear.
    """
    absolute = folder.expanduser().resolve()
    try:
        isos = own_isos(absolute, list(windows))
    except BadOwnLoad as error:
        raise ConfigurationError(f"--own-load: {error}") from error
    for iso in isos:
        try:
            own = read_own_load(absolute, iso, windows[iso].start, windows[iso].end)
            check_is_real(own, is_demo=is_demo)
        except BadOwnLoad as error:
            raise ConfigurationError(f"--own-load: {iso}: {error}") from error
    return OwnLoadFolder(absolute, tuple(isos))
