"""Prices, loads, volumetric load risk and shaping for five power markets."""

import sys

if sys.platform == "win32":
    # File locks, process groups and the database's socket are those of POSIX.
    raise SystemExit(
        "EPD Automation runs on Linux and macOS. On Windows, use WSL or the container: "
        "docs/operations.md has the steps."
    )
