"""Run the notebooks of the pipeline: `python run_all.py --help`."""

from __future__ import annotations

import sys

from lib.pipeline.runner.cli import main

if __name__ == "__main__":
    sys.exit(main())
