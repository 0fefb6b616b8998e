"""Word documents (.docx): paragraphs, headings by their style, lists, tables, text boxes and notes, in order."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.sources.archive import parse_xml, refusing
from index.sources.assembly import Layout
from index.sources.numbering import BULLET, Numbering
from index.sources.office import open_office, stated
from index.sources.source import Draft
from index.sources.table import add_cells
from index.sources.text import Cell, flow

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.etree import _Element

_WHAT = "Word document (.docx)"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = (f"{_W}t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_SIGNS = {f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "\u2011"}
_NOTES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_BOX = f"{_W}txbxContent"
_UNSEEN = (
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # the same once more, for old programs
    f"{_W}moveFrom",  # tracked: it stands where it was moved to; deleted text has a tag of its own
    f"{_W}rt",  # the sound of the characters below it
    f"{_W}pPr",
    f"{_W}rPr",
)
_MOST_COLUMNS = 63  # of a table in Word
_CONTAINERS = frozenset(_W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))


def read_docx(data: bytes) -> Draft:
    """Read a Word document. Raises SourceError when it is damaged, protected, or of an old kind."""
    from docx import Document
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    archive = open_office(data, _WHAT)
    title, author = stated(archive)
    with refusing(_WHAT, PythonDocxError, OpcError):
        writer = _Writer(Document(io.BytesIO(data)))
        return writer.write(title, author)


_Marker = Callable[["_Element", "_Written"], str]  # what stands before a paragraph


@dataclass(frozen=True)
class _Style:
    level: int  # of a heading: 0 for what is none, -1 for the title of the document
    numbering: tuple[str, int] | None  # of a list: which, and how deep


class _Writer:
    def __init__(self, document: "Document") -> None:
        self._body = document.element.body
        self._styles = _styles(document)
        self._items = Numbering(_related(document, "numbering"))
        self._notes = {kind: _notes(document, kind) for kind in _NOTES.values()}
        remarks = _related(document, "comments")
        self._comments = 0 if remarks is None else sum(1 for _ in remarks.iterchildren(f"{_W}comment"))
        self._layout = Layout()
        self._title: str | None = None
        self._under = 0  # 1 when the title of the document stands above its headings

    def write(self, title: str | None, author: str | None) -> Draft:
        self._write(self._body)
        draft = self._layout.draft(title=title or self._title, author=author)
        comments = "one comment is" if self._comments == 1 else f"{self._comments:,} comments are"
        return replace(draft, notes=(f"{comments} left out",) if self._comments else ())

    def _write(self, parent: "_Element") -> None:
        for element in _content(parent):
            if element.tag == f"{_W}tbl":
                add_cells(self._layout, _rows(element, self._marker))
            else:
                self._paragraph(element)

    def _paragraph(self, paragraph: "_Element") -> None:
        written = _Written(paragraph)
        style = self._style_of(paragraph)
        marker = self._marker(paragraph, written)
        if style.level:
            self._heading(written.text if marker == BULLET else marker + written.text, style.level)
        else:
            self._layout.add(marker + written.text, kind="item" if marker else "")
        for box in written.boxes:
            self._write(box)
        for kind, number in written.notes:
            for note in self._notes[kind].get(number, []):
                self._layout.add(note)

    def _marker(self, paragraph: "_Element", written: "_Written") -> str:
        """Return what stands before a paragraph of a list, "" before an empty one, which Word counts all the same."""
        numbering = self._style_of(paragraph).numbering
        empty = not written.text.strip()
        if numbering is None or (empty and _is_deleted(paragraph)):
            return ""
        marker = self._items.marker(*numbering)
        return "" if empty else marker

    def _heading(self, text: str, level: int) -> None:
        if level < 0 and not self._title and text.strip():
            self._title, self._under = flow(text), 1
            self._layout.add(text, level=1)
        else:
            self._layout.add(text, level=max(level, 1) + self._under)

    def _style_of(self, paragraph: "_Element") -> _Style:
        """What the paragraph says of itself, else what its style says."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return self._styles.get("", _Style(0, None))
        named = self._styles.get(_value(properties, "pStyle"), _Style(0, None))
        own = _outline_level(properties)
        numbering = _numbering(properties) or named.numbering
        return _Style(named.level if own is None else own, numbering)


class _Written:
    """The words of a paragraph, with the text boxes and the notes that hang on it."""

    def __init__(self, paragraph: "_Element") -> None:
        self.boxes: list[_Element] = []
        self.notes: list[tuple[str, str]] = []
        self._parts: list[str] = []
        self._walk(paragraph)
        self.text = "".join(self._parts)

    def _walk(self, parent: "_Element") -> None:
        for element in parent:
            tag = element.tag
            if tag in _TEXT:
                self._parts.append(element.text or "")
            elif tag in _SIGNS:
                self._parts.append(_SIGNS[tag])
            elif tag in _NOTES:
                self.notes.append((_NOTES[tag], element.get(f"{_W}id", "")))
            elif tag == _BOX:
                self.boxes.append(element)
            elif tag not in _UNSEEN:
                self._walk(element)


def _is_deleted(paragraph: "_Element") -> bool:
    """Whether the end of a paragraph was deleted or moved, as tracked changes tell."""
    mark = paragraph.find(f"{_W}pPr/{_W}rPr")
    return mark is not None and (mark.find(f"{_W}del") is not None or mark.find(f"{_W}moveFrom") is not None)


def _content(parent: "_Element") -> Iterator["_Element"]:
    """Yield the paragraphs and tables in order, those inside content controls too."""
    for element in parent:
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag in _CONTAINERS:
            yield from _content(element)


def _rows(table: "_Element", marker: _Marker) -> list[list[Cell]]:
    """Return the cells of each row; one that continues the cell above it is left out, that one reaches down instead."""
    rows: list[list[Cell]] = []
    begun: dict[int, tuple[int, int]] = {}  # the row and place of the cell that a cell in this column would continue
    for number, row in enumerate(_parts(table, "tr")):
        head = row.find(f"{_W}trPr/{_W}tblHeader") is not None
        cells: list[Cell] = []
        column = 0
        for cell in _parts(row, "tc"):
            properties = cell.find(f"{_W}tcPr")
            span = _value(properties, "gridSpan")
            across = min(max(1, int(span)), _MOST_COLUMNS) if span.isdecimal() else 1
            if properties is not None and _continues(properties) and column in begun:
                above, place = begun[column]
                rows[above][place] = replace(rows[above][place], down=number - above + 1)
            else:
                begun[column] = number, len(cells)
                cells.append(Cell(flow(" ".join(_words(cell, marker))), across, head=head))
            column += across
        rows.append(cells)
    return rows


def _continues(properties: "_Element") -> bool:
    merged = properties.find(f"{_W}vMerge")
    return merged is not None and merged.get(f"{_W}val", "continue") == "continue"


def _parts(parent: "_Element", name: str) -> Iterator["_Element"]:
    for element in parent:
        if element.tag == f"{_W}{name}":
            yield element
        elif element.tag in _CONTAINERS:
            yield from _parts(element, name)


def _words(parent: "_Element", marker: _Marker) -> Iterator[str]:
    """Yield the paragraphs of a cell or a note, those of tables inside it too; bullets are left out."""
    for element in _content(parent):
        if element.tag == f"{_W}p":
            written = _Written(element)
            yield marker(element, written).removeprefix(BULLET) + written.text
            for box in written.boxes:
                yield from _words(box, marker)
        else:
            for row in _parts(element, "tr"):
                for cell in _parts(row, "tc"):
                    yield from _words(cell, marker)


def _value(properties: "_Element | None", name: str) -> str:
    found = None if properties is None else properties.find(f"{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "")


def _outline_level(properties: "_Element") -> int | None:
    stated = _value(properties, "outlineLvl")
    return (int(stated) + 1) % 10 if stated.isdecimal() else None  # 9 stands for body text


def _numbering(properties: "_Element") -> tuple[str, int] | None:
    numbering = properties.find(f"{_W}numPr")
    if numbering is None:
        return None
    depth = _value(numbering, "ilvl")
    return _value(numbering, "numId"), int(depth) if depth.isdecimal() else 0


def _styles(document: "Document") -> Mapping[str, _Style]:
    """What each paragraph style says, by its id; a style without a word of its own follows the one it is based on."""
    by_id = {style.get(f"{_W}styleId", ""): style for style in document.styles.element.iter(f"{_W}style")}
    styles: dict[str, _Style] = {}
    for name, style in by_id.items():
        level: int | None = None
        numbering: tuple[str, int] | None = None
        step: _Element | None = style
        for _ in range(20):  # a chain of damaged styles may be a ring
            if step is None:
                break
            properties = step.find(f"{_W}pPr")
            if level is None:
                level = _level_of_name(_value(step, "name"))
            if properties is not None:
                level = _outline_level(properties) if level is None else level
                numbering = numbering or _numbering(properties)
            step = by_id.get(_value(step, "basedOn"))
        styles[name] = _Style(level or 0, numbering)
        if style.get(f"{_W}default") == "1" and style.get(f"{_W}type") == "paragraph":
            styles[""] = styles[name]
    return styles


def _level_of_name(name: str) -> int | None:
    """The level of a built-in heading style; its name in the file is English in every language of Word."""
    kind, _, level = name.lower().partition(" ")
    if kind == "heading" and level.isdecimal():
        return int(level)
    return -1 if name.lower() == "title" else None


def _notes(document: "Document", kind: str) -> dict[str, list[str]]:
    """The paragraphs of each footnote or endnote, by its id."""
    root = _related(document, kind)
    notes = [] if root is None else [note for note in root if note.get(f"{_W}type", "normal") == "normal"]
    return {note.get(f"{_W}id", ""): list(_words(note, lambda *_: "")) for note in notes}


def _related(document: "Document", kind: str) -> "_Element | None":
    """The tree of the part that stands in this relation to the document, if there is one."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            return parse_xml(relation.target_part.blob, _WHAT)
    return None
