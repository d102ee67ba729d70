"""Workbooks part by part, whole or made to do harm; no spreadsheet is needed to write them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
STYLES = f"""<styleSheet xmlns="{MAIN}">
<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs>
</styleSheet>"""
"""Cells of style 1 and 2 are dates, those of style 3 percents."""


def sheet(rows: str, after: str = "") -> str:
    """Return the XML of a sheet with the XML of its rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def book(*sheets: str, properties: str = "") -> str:
    """Return the XML of a workbook that lists sheets by these names."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<workbookPr {properties}/><sheets>{listed}</sheets></workbook>"
    )


def relations(n_sheets: int = 1) -> str:
    """Return the XML of what a workbook's parts are called."""
    targets = {
        f"rId{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, n_sheets + 1)
    }
    targets |= {"rId90": ("sharedStrings", "sharedStrings.xml"), "rId91": ("styles", "/xl/styles.xml")}
    listed = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f"<Relationships>{listed}</Relationships>"


def packed(rows: str = "", parts: Mapping[str, str | bytes] | None = None, after: str = "") -> bytes:
    """Return a workbook of one sheet with these rows, some of its parts replaced or added."""
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": book("Curve"),
        "xl/_rels/workbook.xml.rels": relations(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"></sst>',
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": sheet(rows, after),
    }
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in (whole | dict(parts or {})).items():
            archive.writestr(name, content)
    return out.getvalue()


def text(content: str) -> str:
    """Return the XML of a cell with a text, or with a number that is stored as one."""
    return f'<c t="inlineStr"><is><t>{escape(content)}</t></is></c>'
