"""Workbooks part by part, whole or made to do harm; no spreadsheet is needed to write them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl.utils import get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
START = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>
</Relationships>"""
STYLES = f"""<styleSheet xmlns="{MAIN}">
<numFmts>
<numFmt numFmtId="164" formatCode="yyyy\\-mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/>
</numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/>
<xf numFmtId="165"/></cellXfs>
</styleSheet>"""
"""Cells of style 1 and 2 are dates, those of style 3 percents and of style 4 durations."""


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
        "_rels/.rels": START,
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


def table(rows: Iterable[Iterable[str]]) -> str:
    """Return the XML of rows of texts, from A1 on; a number among them is stored as a text."""
    return "".join(
        "<row>"
        + "".join(
            f'<c r="{get_column_letter(column)}{number}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for column, text in enumerate(row, 1)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
