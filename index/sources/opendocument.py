"""Documents of LibreOffice: text (.odt) in order, sheets (.ods) like other workbooks, slides (.odp) as pages."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.archive import Archive, refusing
from index.sources.assembly import Layout
from index.sources.source import Draft
from index.sources.table import add_cells
from index.sources.text import Cell, flow

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHAT = "LibreOffice text document (.odt)"
_WORKBOOK = "LibreOffice workbook (.ods)"
_SLIDES = "LibreOffice presentation (.odp)"
_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _STYLE = f"{{{_SPACE}text:1.0}}", f"{{{_SPACE}table:1.0}}", f"{{{_SPACE}style:1.0}}"
_OFFICE, _DRAW = f"{{{_SPACE}office:1.0}}", f"{{{_SPACE}drawing:1.0}}"
_PRESENTATION = f"{{{_SPACE}presentation:1.0}}"
_ENCRYPTED = f"{{{_SPACE}manifest:1.0}}encryption-data"
_BOX = f"{{{_SPACE}drawing:1.0}}text-box"
_DC, _META = "{http://purl.org/dc/elements/1.1/}", f"{{{_SPACE}meta:1.0}}"
_SIGNS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_UNSEEN = frozenset(
    (f"{_TEXT}tracked-changes", f"{_TEXT}note-citation", "{http://purl.org/dc/elements/1.1/}creator")
    + (f"{{{_SPACE}office:1.0}}annotation", f"{{{_SPACE}office:1.0}}forms", f"{_TEXT}sequence-decls")
    + (f"{_TEXT}ruby-text",)  # the sound of the characters below it
)
_OF_PAGE = ("page-number", "date-time", "footer", "header")
_CLOCK = re.compile(r"PT(\d+)H(\d\d)M(\d\d)")
_MOST_REPEATED = 100  # columns, rows or spaces that one element may stand for


def read_odt(data: bytes) -> Draft:
    """Read a text document of LibreOffice. Raises SourceError when it is damaged or protected."""
    document = _Document(data, _WHAT, "text")
    with refusing(_WHAT):
        writer = _Writer(document.body)
        writer.write(document.body, "")
    return document.draft(writer.layout, writer.title)


def read_ods(data: bytes) -> Draft:
    """Read a workbook of LibreOffice: the values that it last saw, no formulas. Raises SourceError."""
    document = _Document(data, _WORKBOOK, "spreadsheet")
    layout = Layout()
    with refusing(_WORKBOOK):
        for sheet in document.body.iterchildren(f"{_TABLE}table"):
            layout.add(sheet.get(f"{_TABLE}name", ""), level=1)
            add_cells(layout, _rows(sheet, _value))
    return document.draft(layout)


def read_odp(data: bytes) -> Draft:
    """Read a presentation of LibreOffice: a page for each slide, with its notes. Raises SourceError."""
    document = _Document(data, _SLIDES, "presentation")
    with refusing(_SLIDES):
        writer = _Writer(document.body)
        for number, slide in enumerate(document.body.iterchildren(f"{_DRAW}page"), start=1):
            writer.slide(slide)
            writer.layout.end_page(number)
    return document.draft(writer.layout)


class _Document:
    """The package of a document: its body, and what it states of itself."""

    def __init__(self, data: bytes, what: str, kind: str) -> None:
        archive = Archive(data, what)
        archive.refuse_entities()
        manifest = "META-INF/manifest.xml"
        if manifest in archive.names and next(archive.xml(manifest).iter(_ENCRYPTED), None) is not None:
            raise SourceError("it is protected by a password; save it without one")
        body = archive.xml("content.xml").find(f".//{_OFFICE}{kind}")
        if body is None:
            raise SourceError(f"it is damaged, or no {what}")
        self.body: _Element = body
        self._meta = archive.xml("meta.xml") if "meta.xml" in archive.names else None

    def draft(self, layout: Layout, title: str = "") -> Draft:
        """Return what was written down, under the stated title or this one."""
        return layout.draft(
            title=self._first(f"{_DC}title") or title or None,
            author=self._first(f"{_META}initial-creator") or self._first(f"{_DC}creator") or None,
        )

    def _first(self, name: str) -> str:
        found = () if self._meta is None else self._meta.iter(name)
        return next((flow(one.text or "") for one in found), "")


class _Writer:
    def __init__(self, body: "_Element") -> None:
        self.layout = Layout()
        self.title = ""
        # A list style is numbered when the definition of its first level is; automatic ones stand in this file.
        styles = body.getroottree().getroot().iter(f"{_TEXT}list-style")
        self._numbered = {
            style.get(f"{_STYLE}name") for style in styles if style.find(f"{_TEXT}list-level-style-number") is not None
        }
        titles = body.getroottree().getroot().iter(f"{_STYLE}style")
        self._titles = {"Title"} | {
            style.get(f"{_STYLE}name") for style in titles if style.get(f"{_STYLE}parent-style-name") == "Title"
        }
        self._under = 0

    def write(self, parent: "_Element", marker: str) -> None:
        """Write what stands in this element; the first paragraph of a list item has its marker."""
        for element in parent:
            tag = element.tag
            if tag in (f"{_TEXT}p", f"{_TEXT}h"):
                self._paragraph(element, marker)
                marker = ""
            elif tag == f"{_TABLE}table":
                add_cells(self.layout, _rows(element))
            elif tag == f"{_TEXT}list":
                self._list(element)
            elif tag not in _UNSEEN:
                self.write(element, marker)

    def slide(self, slide: "_Element") -> None:
        """Write a slide: its title, what stands in its frames, its notes; page numbers and the like are left out."""
        frames = list(slide.iter(f"{_DRAW}frame", f"{_DRAW}custom-shape"))
        notes = slide.find(f"{_PRESENTATION}notes")
        noted = set() if notes is None else set(notes.iter(f"{_DRAW}frame", f"{_DRAW}custom-shape"))
        titles = [one for one in frames if one.get(f"{_PRESENTATION}class") == "title" and one not in noted]
        for title in titles[:1]:
            self.layout.add("\n".join(_cell_words(title)), level=1)
        for frame in frames:
            if frame not in titles[:1] and frame not in noted and frame.get(f"{_PRESENTATION}class") not in _OF_PAGE:
                self.layout.add_break()
                self.write(frame, "")
        for frame in frames:
            if frame in noted and frame.get(f"{_PRESENTATION}class") == "notes":
                self.layout.add_break()
                self.write(frame, "")

    def _list(self, element: "_Element") -> None:
        numbered = element.get(f"{_TEXT}style-name") in self._numbered
        for number, item in enumerate(element.iterchildren(f"{_TEXT}list-item"), start=1):
            self.write(item, f"{number}. " if numbered else "- ")

    def _paragraph(self, paragraph: "_Element", marker: str) -> None:
        hanging: list[_Element] = []
        text = "".join(_words(paragraph, hanging))
        if paragraph.tag == f"{_TEXT}h":
            level = paragraph.get(f"{_TEXT}outline-level", "1")
            self.layout.add(text, level=self._under + max(1, int(level) if level.isdecimal() else 1))
        elif paragraph.get(f"{_TEXT}style-name") in self._titles and text.strip() and not self.title:
            self.title, self._under = flow(text), 1
            self.layout.add(text, level=1)
        else:
            self.layout.add(marker + text if text.strip() else "", kind="item" if marker else "")
        for element in hanging:
            self.write(element, "")


def _words(parent: "_Element", hanging: "list[_Element]") -> Iterator[str]:
    """Yield the text of a paragraph; notes and text boxes hang on it and are written after it.

    White space in the file is one space, as in HTML; what the writer meant as more has an element of its own.
    """
    yield _collapsed(parent.text)
    for element in parent:
        tag = element.tag
        if tag == f"{_TEXT}s":
            count = element.get(f"{_TEXT}c", "1")
            yield " " * min(int(count) if count.isdecimal() else 1, _MOST_REPEATED)
        elif tag in _SIGNS:
            yield _SIGNS[tag]
        elif tag in (f"{_TEXT}note-body", _BOX):
            hanging.append(element)
        elif tag not in _UNSEEN:
            yield from _words(element, hanging)
        yield _collapsed(element.tail)


def _collapsed(text: str | None) -> str:
    return re.sub(r"[ \t\n\r]+", " ", text or "")


def _text(cell: "_Element") -> str:
    return " ".join(_cell_words(cell))


def _value(cell: "_Element") -> str:
    """Return the value of a cell as the cells of other workbooks are shown: figures without their grouping."""
    kind = cell.get(f"{_OFFICE}value-type", "string")
    if kind in ("float", "currency") and _text(cell) not in ("TRUE", "FALSE"):  # how a formula of Excel's is kept
        return f"{float(cell.get(f'{_OFFICE}value', '')):.15g}"
    if kind == "boolean":
        return str(cell.get(f"{_OFFICE}boolean-value", "")).upper()
    if kind == "date":
        return str(cell.get(f"{_OFFICE}date-value", "")).replace("T", " ").removesuffix(" 00:00:00")
    if kind == "time" and (clock := _CLOCK.match(cell.get(f"{_OFFICE}time-value", ""))):
        return ":".join(clock.groups())
    return _text(cell)


def _rows(table: "_Element", shown: Callable[["_Element"], str] = _text) -> Iterator[list[Cell]]:
    """Yield the cells of each row, without those that are covered by one beside or above them."""
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:  # of a table inside a cell
            continue
        head = next(row.iterancestors(f"{_TABLE}table-header-rows", f"{_TABLE}table")).tag != f"{_TABLE}table"
        cells: list[Cell] = []
        for cell in row.iterchildren(f"{_TABLE}table-cell"):
            text = flow(shown(cell))
            across, down = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
            cells += [Cell(text, across, down, head)] * min(_count(cell, "number-columns-repeated"), _MOST_REPEATED)
        filled = any(cell.text for cell in cells)
        for _ in range(min(_count(row, "number-rows-repeated"), _MOST_REPEATED) if filled else 1):
            yield cells


def _count(element: "_Element", name: str) -> int:
    stated = element.get(f"{_TABLE}{name}", "1")
    return max(1, int(stated)) if stated.isascii() and stated.isdecimal() and len(stated) < 9 else 1


def _cell_words(cell: "_Element") -> Iterator[str]:
    for paragraph in cell.iter(f"{_TEXT}p", f"{_TEXT}h"):
        hanging: list[_Element] = []  # its notes and boxes hold paragraphs of their own, which come by themselves
        yield "".join(_words(paragraph, hanging))
