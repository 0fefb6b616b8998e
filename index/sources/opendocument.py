"""LibreOffice text documents (.odt): paragraphs, headings, lists, tables, notes and text boxes, in order."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.archive import Archive, refusing
from index.sources.assembly import Layout
from index.sources.source import Draft
from index.sources.table import add_table
from index.sources.text import flow

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHAT = "LibreOffice text document (.odt)"
_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _STYLE = f"{{{_SPACE}text:1.0}}", f"{{{_SPACE}table:1.0}}", f"{{{_SPACE}style:1.0}}"
_BODY = f".//{{{_SPACE}office:1.0}}text"
_ENCRYPTED = f"{{{_SPACE}manifest:1.0}}encryption-data"
_BOX = f"{{{_SPACE}drawing:1.0}}text-box"
_DC, _META = "{http://purl.org/dc/elements/1.1/}", f"{{{_SPACE}meta:1.0}}"
_SIGNS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_UNSEEN = frozenset(
    (f"{_TEXT}tracked-changes", f"{_TEXT}note-citation", "{http://purl.org/dc/elements/1.1/}creator")
    + (f"{{{_SPACE}office:1.0}}annotation", f"{{{_SPACE}office:1.0}}forms", f"{_TEXT}sequence-decls")
)
_MOST_REPEATED = 100  # columns or spaces that one element may stand for


def read_odt(data: bytes) -> Draft:
    """Read a text document of LibreOffice. Raises SourceError when it is damaged or protected."""
    archive = Archive(data, _WHAT)
    archive.refuse_entities()
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and next(archive.xml(manifest).iter(_ENCRYPTED), None) is not None:
        raise SourceError("it is protected by a password; save it without one")
    body = archive.xml("content.xml").find(_BODY)
    if body is None:
        raise SourceError(f"it is damaged, or no {_WHAT}")
    meta = archive.xml("meta.xml") if "meta.xml" in archive.names else None
    with refusing(_WHAT):
        writer = _Writer(body)
        writer.write(body, "")
    return writer.layout.draft(
        title=_first(meta, f"{_DC}title") or writer.title or None,
        author=_first(meta, f"{_META}initial-creator") or _first(meta, f"{_DC}creator") or None,
    )


def _first(meta: "_Element | None", name: str) -> str:
    return "" if meta is None else next((flow(one.text or "") for one in meta.iter(name)), "")


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
                add_table(self.layout, _rows(element))
            elif tag == f"{_TEXT}list":
                self._list(element)
            elif tag not in _UNSEEN:
                self.write(element, marker)

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


def _rows(table: "_Element") -> Iterator[list[str]]:
    """Yield the cells of each row; a cell merged downwards is in each of its rows."""
    merged: dict[int, tuple[int, str]] = {}  # rows to go and text, by column
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:  # of a table inside a cell
            continue
        cells: list[str] = []
        for cell in row:
            repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
            covered = cell.tag == f"{_TABLE}covered-table-cell"
            for _ in range(min(int(repeated) if repeated.isdecimal() else 1, _MOST_REPEATED)):
                left, above = merged.pop(len(cells), (0, ""))
                text = above if covered and left else flow(" ".join(_cell_words(cell)))
                spans = cell.get(f"{_TABLE}number-rows-spanned", "1")
                left = left - 1 if covered else (int(spans) - 1 if spans.isdecimal() else 0)
                if left > 0:
                    merged[len(cells)] = left, text
                cells.append(text)
        yield cells


def _cell_words(cell: "_Element") -> Iterator[str]:
    for paragraph in cell.iter(f"{_TEXT}p", f"{_TEXT}h"):
        hanging: list[_Element] = []  # its notes and boxes hold paragraphs of their own, which come by themselves
        yield "".join(_words(paragraph, hanging))
