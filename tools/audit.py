"""Audit the locked packages for known vulnerabilities: `make audit`.

pip-audit asks the package index about each package of requirements.txt. It ends with 0 also where it could
ask about none of them, so this counts: a vulnerability ends with 1, and data out of reach are said, with 0.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from lib.paths import ROOT
from lib.settings import without_secrets

PIP_AUDIT = "pip-audit==2.10.1"

COMMAND = (
    *(sys.executable, "-m", "uv", "tool", "run", "--quiet", PIP_AUDIT),
    *("--requirement", str(ROOT / "requirements.txt"), "--require-hashes", "--disable-pip"),
    *("--progress-spinner", "off", "--format", "json"),
)


def judge(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code for a report of pip-audit, and what to print."""
    packages = report["dependencies"]
    audited = [each for each in packages if "skip_reason" not in each]
    found = [
        f"{each['name']} {each['version']}: {known['id']}, {_fix(known)}"
        for each in audited
        for known in each["vulns"]
    ]
    if not audited:
        return 0, [
            f"NOT AUDITED: the data on vulnerabilities are out of reach for all {len(packages)} packages"
        ]
    skipped = sorted(each["name"] for each in packages if "skip_reason" in each)
    not_known = [f"not audited: {', '.join(skipped)}"] if skipped else []
    total = f"{len(audited)} packages are audited, {len(found)} known vulnerabilities"
    return int(bool(found)), [*found, *not_known, total]


def _fix(known: Mapping[str, Any]) -> str:
    versions = known.get("fix_versions") or []
    return f"mended in {', '.join(versions)} (make upgrade)" if versions else "no version mends it yet"


def main() -> int:
    """Run the audit, print what it found, and return the exit code."""
    done = subprocess.run(COMMAND, env=without_secrets(os.environ), capture_output=True, text=True)
    try:
        code, lines = judge(json.loads(done.stdout))
    except (ValueError, KeyError):
        code, lines = 0, [f"NOT AUDITED: pip-audit cannot run here: {done.stderr.strip()[-300:]}"]
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
