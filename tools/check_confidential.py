"""Checks that no file holds a credential or a vendor's data: `python -m tools.check_confidential [FILE ...]`.

detect-secrets finds the credentials: private keys, passwords in URLs and after telling names, random
hexadecimal texts, tokens of the services that a desk meets. Vendor data is known by the names and first lines
that ICE, NGX and Enverus give to what they publish. A file that holds data and cannot be reviewed is refused
whatever it holds. Without files the check reads all that git tracks. A finding names the line and never shows
what is there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from lib.settings import setting_names, without_secrets
from lib.settlements.parse import FIRST_LINE
from lib.settlements.reports import REPORTS
from lib.sources.enverus.parse import CLOSE, SYMBOL, TIME

ROOT = Path(__file__).parents[1]

DETECTORS = {
    "plugins_used": [
        {"name": "AWSKeyDetector"},
        {"name": "AzureStorageKeyDetector"},
        {"name": "BasicAuthDetector"},
        {"name": "GitHubTokenDetector"},
        {"name": "HexHighEntropyString", "limit": 3.0},
        {"name": "JwtTokenDetector"},
        {"name": "KeywordDetector"},
        {"name": "PrivateKeyDetector"},
        {"name": "SlackDetector"},
    ]
}
"""Those of detect-secrets that are asked; each one more takes a second over all files."""

MADE_UP = {
    "password",
    "hunter2",
    "hunter2hunter2",
    "hush",
    "open sesame",
    "s3cret",
    "s3cret/with@odd:signs %",
    "a secret word",
    "wrong",
    "zażółć",
    "{SECRET}%RE",
    "ghs",
}
"""What the examples and tests use as passwords; a new one uses one of these."""

ASSIGNED = re.compile(rf"\b(?:{'|'.join(sorted(setting_names()))})=[\"']?([\w./+~!#%^&-]{{6,}})")
"""A setting with its value, as a shell or .env has it, wherever it stands."""

SECRET_SETTING = re.compile("(PASSWORD|KEY)=")

DATA_BEGINS = {
    b"PK\x03\x04": "a workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
}

LARGEST = 500_000
"""Bytes of a file; the lock, which is the largest, has 370,000."""


def find_credentials(path: Path) -> Iterator[str]:
    """Yield for each line that looks as if it held a credential where it is and what it looks like."""
    for secret in scan_file(str(path)):
        value = secret.secret_value or ""
        if value not in MADE_UP and value not in setting_names():
            yield f"{path}:{secret.line_number}: looks like a credential ({secret.type})"
    if b"\0" not in (content := path.read_bytes()):
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            for found in ASSIGNED.finditer(line):
                if SECRET_SETTING.search(found[0]) and found[1] not in MADE_UP:
                    yield f"{path}:{number}: looks like a credential (value of a setting)"


def find_vendor_data(path: Path) -> Iterator[str]:
    """Yield what makes a file look like data that its publisher licenses, or that nobody can review."""
    if path.name.startswith(tuple(f"{report.name}_" for report in REPORTS)):
        yield f"{path}: has the name of a settlement report of ICE or NGX"
    content = path.read_bytes()
    for start, kind in DATA_BEGINS.items():
        if content.startswith(start):
            yield f"{path}: is {kind}; keep data out of the repository, and let tests make theirs"
    if len(content) > LARGEST:
        yield f"{path}: has {len(content):,} bytes; more than {LARGEST:,} are not code"
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if line.startswith(FIRST_LINE):
            yield f"{path}:{number}: begins a settlement report of ICE or NGX"
        cells = {cell.strip().lower() for cell in line.split(b",")}
        if {name.encode() for name in (SYMBOL, CLOSE, TIME)} <= cells:
            yield f"{path}:{number}: begins a table of the Enverus service"


def tracked_files() -> list[Path]:
    """Return the files that git tracks."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    names = subprocess.run(
        command, env=without_secrets(os.environ), capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in names.stdout.split("\0") if name]


def main(arguments: Sequence[str]) -> int:
    """Run the command line; print each finding and return 1 if there is one."""
    paths = [path for path in map(Path, arguments) if path.is_file()] if arguments else tracked_files()
    with transient_settings(DETECTORS):
        findings = [
            finding for path in paths for finding in (*find_credentials(path), *find_vendor_data(path))
        ]
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    if findings:
        sys.stdout.write(
            "Take these out before you commit. CONTRIBUTING.md says what to do about a false alarm.\n"
        )
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
