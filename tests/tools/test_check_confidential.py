from __future__ import annotations

import gzip
from pathlib import Path

import pytest

pytest.importorskip("detect_secrets")

from tools.check_confidential import MADE_UP, ROOT, main, tracked_files

WORD = "Tr0ub4dor" + "3x"  # in two, so that the check does not find it in this file
HEXADECIMAL = bytes(range(3, 243, 15)).hex()


def _found(capsys: pytest.CaptureFixture[str], path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    exit_code = main([str(path)])
    output = capsys.readouterr().out
    assert exit_code == bool(output)
    assert WORD not in output and HEXADECIMAL not in output
    return output


CREDENTIALS = {
    "a setting in .env": (".env", f"ICE_PASSWORD={WORD}\n"),
    "a setting in a shell's words": ("a.md", f"Call it as `ENVERUS_PASSWORD={WORD} make run`.\n"),
    "a setting in a notebook": ("a.ipynb", f'{{"source": ["%env PJM_API_KEY={HEXADECIMAL}"]}}\n'),
    "a key of a workflow": ("a.yml", f"env:\n  ICE_PASSWORD: {WORD}\n"),
    "a password in code": ("a.py", f'password = "{WORD}"\n'),
    "a password in a URL": ("a.py", f'URL = "postgresql://desk:{WORD}@db.example.com/epd"\n'),
    "a password in a notebook's URL": (
        "a.ipynb",
        f'{{"source": ["u = \'https://desk:{WORD}@x.example\'"]}}\n',
    ),
    "a key of an ISO": ("a.py", f'headers = {{"Ocp-Apim-Subscription-Key": "{HEXADECIMAL}"}}\n'),
    "a key of AWS": ("a.py", 'KEY = "AKIA' + 'IOSFODNN7ABCDEFG"\n'),
    "a private key": ("a.txt", "-----BEGIN RSA PRIVATE " + "KEY-----\n"),
}


@pytest.mark.parametrize(("name", "content"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_credential_is_found_and_not_shown(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "looks like a credential" in _found(capsys, tmp_path / name, content)


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2"',
        "url = 'postgresql://user:password@db.example.com/epd'",
        "ICE_PASSWORD: ${{ secrets.ICE_PASSWORD }}",
        "ICE_PASSWORD=",
        "ENVERUS_PASSWORD_FILE=/run/secrets/enverus_password",
        'password = settings.get("ice_password")',
    ],
)
def test_what_only_looks_like_a_credential_passes(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not _found(capsys, tmp_path / "a.py", line)


HEAD = "|".join(("TRADE DATE", "HUB", "PRODUCT", "STRIP")).encode()
VENDOR_DATA = {
    "a report by its name": ("icecleared_power_2026_01_05.csv", b"x", "name of a settlement report"),
    "a report by its first line": ("a.txt", HEAD + b"\n1/5/2026|PJM WH RT|x|y\n", "settlement report"),
    "a report with a byte order mark": ("a.csv", b"\xef\xbb\xbf" + HEAD, "settlement report"),
    "a report pasted into a page": ("a.md", b"As in:\n\n" + HEAD, "a.md:3: begins a settlement report"),
    "an answer of Enverus": ("a.csv", b"symbol,close,tradedatetimeutc\n#X,1,2\n", "Enverus"),
    "a kept answer": ("a.bin", gzip.compress(b"anything"), "gzip"),
    "a workbook": ("a.xlsx", b"PK\x03\x04...", "workbook"),
    "a parquet file": ("a.parquet", b"PAR1...", "parquet"),
    "a large file": ("a.csv", (b" " * 99 + b"\n") * 6_000, "600,000 bytes"),
}


@pytest.mark.parametrize(("name", "content", "finding"), VENDOR_DATA.values(), ids=VENDOR_DATA)
def test_vendor_data_is_found(
    name: str, content: bytes, finding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert finding in _found(capsys, tmp_path / name, content)


def test_without_files_the_check_reads_what_git_tracks() -> None:
    assert {Path(__file__), ROOT / "run_all.py"} <= set(tracked_files())


def test_every_made_up_password_is_used() -> None:
    here = Path(__file__).parents[1]
    texts = "".join(path.read_text(encoding="utf-8") for path in here.rglob("*.py"))
    assert not [word for word in MADE_UP if word not in texts]
