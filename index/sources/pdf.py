"""PDF: the text of every page by PDFium, the engine of Chromium, and what the document says of itself.

`published` stays unknown: a PDF states when it was made (CreationDate), which for a print-out or a scan is years after
the text in it was published.
"""

import ctypes
import io
import logging
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from math import atan2, cos, hypot, pi, sin
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from index.errors import SourceError
from index.sources.layout import Laid, Placed, lay_out_pages, placed_in
from index.sources.lines import Cell, Line, Sheet, raised, set_apart
from index.sources.ocr import can_read_images, lines_of_image
from index.sources.order import is_in_order
from index.sources.source import Draft, Page
from index.sources.text import flow
from index.sources.xmp import xmp

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_MOST_PAGES = 10_000
_UNREADABLE = 0.5  # of a page's characters, from where its text says nothing
_STAMP = 100  # characters on a scanned page that were put on it later: a library's mark, a page number
_EDGE = 0.12  # of the page, where what is put on it later stands
_COVERS = 0.6  # of the page, for an image to be a scan of it
_RESOLUTION = 200  # dots per inch, at which a scanned page is read
_LONGEST_SIDE = 5_000  # pixels of a picture of a page: a plan may be five metres long
_WIDE_GAP = 1.0  # sizes, between what may be two columns
_COLUMN_GAP = 0.35  # sizes, between what may be two cells of a row, where no space is written
_STRETCH = 0.03  # of its width, by which a line is stretched to the edge
_JUSTIFIED = 1.5  # sizes, up to which all spaces of a line are stretched alike
_SHORT = 20.0  # sizes; a shorter line may well be a row of cells
_SAMPLE = 3  # lines that tell whether a page's lines run through two columns
_WRITTEN_FIELDS = (4, 5, 6)  # kinds of fields that hold text: combo box, list box, text
_GET_OCR = 'pip install "yiju[ocr]"'
_MOST_NOTES = 5_000
_LONGEST_NOTE = 10_000

# PDFium may not be called from two threads, not even for two documents. It is held for a page at a time, and not
# while a page is recognised, which takes seconds.
_PDFIUM = threading.RLock()

logging.getLogger("pypdfium2").addHandler(logging.NullHandler())  # else it tells stderr of odd outlines


@dataclass(frozen=True)
class PagePicture:
    """A page as a picture, and where a stretch of the text stands on it: left, top, right, bottom in pixels."""

    png: bytes
    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...]


def read_pdf(data: bytes) -> Draft:
    """Read a PDF, with OCR where pages are pictures and the extra for it is installed.

    Raises SourceError for what is encrypted, damaged, without any text, or in fonts that hide what their characters
    are.
    """
    with _opened(data) as document:
        reading = _Reading(document)
        laid = lay_out_pages(reading.sheets())
        if not laid.text:
            raise SourceError(reading.why_no_text())
        with _PDFIUM:
            title, author = (_metadata(document, key) for key in ("Title", "Author"))
    stated = xmp(data)
    return Draft(
        laid.text,
        headings=laid.headings,
        pages=laid.pages,
        blocks=laid.blocks,
        title=_stated_title(title) or _stated_title(stated.title or "") or _printed_title(laid),
        author=_stated(author) or _stated(stated.author or ""),
        published=stated.published,
        notes=reading.notes(),
    )


def page_picture(
    data: bytes, number: int, start: int, end: int, text: str, pages: Sequence[Page], scale: float = 1.5
) -> PagePicture:
    """Draw page `number` of a PDF of which `read_pdf` read `text` and `pages`, and mark what it holds of `[start:end]`.

    `scale` is in pixels for each point (1/72 inch), less for a page that is very large. Only that page is read again:
    a document of a thousand pages takes a second otherwise, a scanned one minutes. Raises SourceError, and ValueError
    for a page that is not there.
    """
    with _opened(data) as document:
        if not 1 <= number <= len(document):
            raise ValueError(f"There is no page {number}: the document has {len(document)}.")
        laid = lay_out_pages(_Reading(document).sheets([number]))
        marked = [
            (placed, *stretch)
            for page in pages or (Page(0, len(text), number),)
            if page.number == number
            for stretch in _stretches(text[page.start : page.end], start - page.start, end - page.start, laid.text)
            for placed in placed_in(laid, *stretch)
        ]
        with _PDFIUM, _page(document, number) as page:
            scale = min(scale, _LONGEST_SIDE / max(*page.get_size(), 1))
            bitmap = page.render(scale=scale)
            file = io.BytesIO()
            bitmap.to_pil().save(file, "PNG")
            width, height = bitmap.width, bitmap.height
            boxes = [
                box
                for placed, begin, stop in marked
                for box in _merged(
                    [
                        _on_picture(box, height, scale)
                        if placed.line.first < 0
                        else _on_bitmap(page, box, width, height)
                        for box in _boxes(page, placed, begin, stop)
                    ]
                )
            ]
            bitmap.close()
    return PagePicture(file.getvalue(), width, height, tuple(dict.fromkeys(boxes)))


@contextmanager
def _opened(data: bytes) -> Iterator["PdfDocument"]:
    with _PDFIUM:
        document = _document(data)
    try:
        if not len(document):
            raise SourceError("it is a PDF without pages")
        if len(document) > _MOST_PAGES:
            raise SourceError(
                f"it states {len(document):,} pages, more than the {_MOST_PAGES:,} that are read; split it"
            )
        yield document
    finally:
        with _PDFIUM:
            document.close()


def _document(data: bytes) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        return PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise SourceError("it is encrypted; save a copy of it without a password") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise SourceError("it is encrypted in a way that cannot be read; print it to a new PDF") from None
    try:
        return PdfDocument(_with_trailer(data))
    except PdfiumError:
        raise SourceError("it is damaged, or no PDF; open it and save it again") from None


def _with_trailer(data: bytes) -> bytes:
    """The bytes of a PDF that was cut off, with an end that names its catalog; PDFium finds the rest itself."""
    catalog = data.rfind(b"/Catalog")
    opened = re.findall(rb"(\d{1,9})\s+(\d{1,5})\s+obj\b", data[max(0, catalog - 2_000) : max(0, catalog)])
    if not opened:
        return data
    root = b" ".join(opened[-1])
    return data + b"\nendobj\ntrailer\n<< /Root " + root + b" R >>\nstartxref\n0\n%%EOF\n"


@contextmanager
def _page(document: "PdfDocument", number: int) -> Iterator["PdfPage"]:
    page = document[number - 1]
    try:
        yield page
    finally:
        page.close()


def _lines_of_notes(document: "PdfDocument", page: "PdfPage") -> list[Line]:
    """What is written into the fields of a form, and into notes upon a page, which are no part of its text."""
    from pypdfium2 import raw

    lines: list[Line] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, number)
        kind = raw.FPDFAnnot_GetSubtype(note)
        if kind in (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_WIDGET):
            lines += _lines_of_note(document, note, kind == raw.FPDF_ANNOT_WIDGET)
        raw.FPDFPage_CloseAnnot(note)
    return lines


def _lines_of_note(document: "PdfDocument", note: Any, is_field: bool) -> Iterator[Line]:
    from pypdfium2 import raw

    buffer = (ctypes.c_ushort * _LONGEST_NOTE)()
    size = ctypes.sizeof(buffer)
    if is_field:
        if document.formenv is None:
            document.init_forms()
        form = document.formenv
        if form is None or raw.FPDFAnnot_GetFormFieldType(form, note) not in _WRITTEN_FIELDS:
            return
        length = raw.FPDFAnnot_GetFormFieldValue(form, note, buffer, size)
    else:
        length = raw.FPDFAnnot_GetStringValue(note, b"Contents", buffer, size)
    units = bytes(memoryview(buffer).cast("B")[: max(0, min(length, size) - 2)])
    box = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(note, box):
        return
    said = [line for line in map(_readable, re.split(r"[\r\n]+", units.decode("utf-16-le", "replace"))) if line]
    tall = max(1.0, (box.top - box.bottom) / max(1, len(said)))
    points = min(10.0, tall)
    for number, line in enumerate(said):
        middle = box.top - (number + 0.5) * tall
        yield Line(line, box.left, box.right, middle - 0.35 * points, points, first=-1)


@contextmanager
def _text_of(page: "PdfPage") -> Iterator["PdfTextPage"]:
    text = page.get_textpage()
    try:
        yield text
    finally:
        text.close()


class _Reading:
    """Reads the pages of a document one after the other, and remembers which could not be read."""

    def __init__(self, document: "PdfDocument") -> None:
        self._document = document
        self._pictures: list[int] = []
        self._unreadable: list[int] = []
        self._damaged: list[int] = []
        self._by_ocr: list[int] = []
        self._has_labels = self._draws_spaces = False

    def sheets(self, numbers: Iterable[int] | None = None) -> list[Sheet]:
        with _PDFIUM:
            titles = _outline(self._document)
            ends = (0, len(self._document) - 1)
            made_by = (_metadata(self._document, key) for key in ("Producer", "Creator"))
            self._draws_spaces = any(map(_DRAWS_SPACES.search, made_by))
            self._has_labels = any(self._document.get_page_label(index) for index in ends)
        sheets = []
        for number in numbers or range(1, len(self._document) + 1):
            sheet = self._sheet(number)
            if number in titles:
                sheet = sheet._replace(lines=_with_headings(sheet.lines, titles[number]))
            sheets.append(sheet)
        return sheets

    def _sheet(self, number: int) -> Sheet:
        from pypdfium2 import PdfiumError

        try:
            with _PDFIUM, _page(self._document, number) as page:
                height = page.get_height()
                label = self._document.get_page_label(number - 1) if self._has_labels else ""
                notes = _lines_of_notes(self._document, page)
                lines = self._lines(page, number, notes)
                picture, scale = (None, 1.0) if lines is not None else _rendered(page)
        except PdfiumError:
            self._damaged.append(number)
            return Sheet(number, 0.0, ())
        if lines is None:
            return Sheet(number, height, tuple(lines_of_image(picture, 1 / scale)), is_ordered=False)
        return Sheet(number, height, tuple(lines), is_ordered=not notes, label=label)

    def _lines(self, page: "PdfPage", number: int, notes: list[Line]) -> list[Line] | None:
        """The lines of a page; None when it is to be recognised instead."""
        with _text_of(page) as text:
            written = _written(text)
            lines = _with_short_columns(_lines_of(_Characters(text, self._draws_spaces), written, page.get_width()))
        lines = _as_shown(page, [*lines, *notes])
        hidden = _hidden_share(written) > _UNREADABLE
        is_stamp = sum(len(line.text) for line in lines) < _STAMP or _is_at_edges(page, lines)
        if not hidden and not _is_gibberish(written) and not (is_stamp and _is_picture(page, whole=bool(lines))):
            return lines
        if can_read_images():
            self._by_ocr.append(number)
            return None
        if hidden:
            self._unreadable.append(number)
        elif is_stamp:
            self._pictures.append(number)
        return [] if hidden else lines

    def notes(self) -> tuple[str, ...]:
        """What of the document is not in the text, or only as it was recognised."""
        notes = []
        if self._pictures:
            notes.append(f"{_are(self._pictures)} {_images(self._pictures)}; to read {_it(self._pictures)}: {_GET_OCR}")
        if self._unreadable:
            notes.append(
                f"{_are(self._unreadable)} in fonts that do not say which characters they draw; to "
                f"read {_it(self._unreadable)}: {_GET_OCR}"
            )
        if self._damaged:
            notes.append(f"{_are(self._damaged)} damaged and left out")
        if self._by_ocr:
            notes.append(f"{_are(self._by_ocr)} read by OCR, which may mistake characters")
        return tuple(notes)

    def why_no_text(self) -> str:
        notes = [note for note in self.notes() if "read by OCR" not in note]
        if self._by_ocr and not notes:
            return "its pages are images in which no text was found"
        return ", ".join(notes) or "its pages hold no text"


def _are(numbers: Sequence[int]) -> str:
    """Say which pages: "page 3 is", "pages 3-5, 9 are"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in runs[:12]) + (", …" if len(runs) > 12 else "")
    return f"page {shown} is" if len(numbers) == 1 else f"pages {shown} are"


def _images(numbers: Sequence[int]) -> str:
    return "an image" if len(numbers) == 1 else "images"


def _it(numbers: Sequence[int]) -> str:
    return "it" if len(numbers) == 1 else "them"


# Lines of a page


def _written(text: "PdfTextPage") -> str:
    """The text of a page as PDFium orders it: as the page draws it, which is how its writer thought of it."""
    from pypdfium2 import raw

    count = text.count_chars()
    buffer = (ctypes.c_ushort * (count * 4 + 2))()  # ligatures come as their letters, up to three
    written = raw.FPDFText_GetText(text, 0, count, buffer) if count > 0 else 1
    units = bytes(memoryview(buffer).cast("B")[: 2 * max(0, written - 1)])
    return units.decode("utf-16-le", "surrogatepass")


# At the end of a line PDFium turns a hyphen into U+FFFE and drops the break; lone surrogates are damaged fonts.
_LINE = re.compile(r"([^\r\n\ufffe]+)(\ufffe?)")


class _Drawn(NamedTuple):
    """A line as PDFium has it, with where it begins in the text of the page, as PDFium counts."""

    text: str
    before: int
    hyphen: bool  # at its end, which PDFium takes away


def _lines_of(at: "_Characters", page: str, width: float) -> list[Line]:
    """The lines of a page of this text and width, as the page draws them."""
    lines: list[Line] = []
    found: list[_Drawn] = []
    is_simple = page.isascii() or max(page) <= "\uffff"
    position = before = 0  # in characters, and as PDFium counts
    for match in _LINE.finditer(page):
        start = match.start()
        before = start if is_simple else before + _places(page[position:start] + ".")[-1]
        position = start
        whole = _Drawn(match[1], before, bool(match[2]))
        line = _line(at, whole)
        if line is None:
            continue
        for piece in [whole] if _fills(line) and _ends_level(at, line, whole) else _ahead(at, whole):
            line = line if piece is whole else _line(at, piece)
            if line is not None:
                lines.append(line)
                found.append(piece)
    for number in _wide(at, lines, found, width):
        lines[number] = _with_cells(at, lines[number], found[number].text)
    return lines


def _wide(at: "_Characters", lines: Sequence[Line], found: Sequence[_Drawn], width: float) -> Iterator[int]:
    """Yield which lines are wider than their letters, so that they may be cells of a row or run through two columns."""
    ems = [_ems(line) for line in lines]
    drawn = [(line.right - line.left) / line.size for line in lines]
    usual = sorted(one / other for one, other in zip(drawn, ems, strict=True) if other > _SHORT)
    scale = usual[len(usual) // 4] if usual else 1.0
    through = []
    for number, line in enumerate(lines):
        if " " in line.text:
            natural = scale * ems[number]
            if drawn[number] > natural + (_COLUMN_GAP if natural < _SHORT else _WIDE_GAP + _STRETCH * natural):
                yield number
            elif drawn[number] * line.size > 0.4 * width and (line.text.count(" ") > 2 or not line.text.isascii()):
                through.append(number)
            elif line.text[0].isdigit() and _NUMBER_BEFORE.match(line.text):
                yield number
    # Where two columns are drawn line by line, PDFium takes what stands side by side for one line.
    sample = through[:: len(through) // _SAMPLE + 1]
    if through and (not is_in_order(lines) or sum(_is_two(at, lines[one], found[one].text) for one in sample) > 1):
        yield from through


def _is_two(at: "_Characters", line: Line, written: str) -> bool:
    return any(
        after.left - cell.right > _WIDE_GAP * line.size
        for cell, after in pairwise(_with_cells(at, line, written).cells)
    )


# Widths of the characters of ASCII in hundredths of the size, of Times; other types are wider by a factor.
_WIDTHS = bytes(
    28 if character in b"fijlrtI|!.,:;'`()[]/\\ \"-" else 72 if character in b"mwMW@%&ABCDEFGHKNOPQRTUVXYZ" else 47
    for character in range(256)
)


def _ems(line: Line) -> float:
    """About how wide the letters of a line are, in sizes."""
    if line.fixed:
        return 0.6 * len(line.text)
    if line.text.isascii():
        return sum(line.text.encode().translate(_WIDTHS)) / 100
    wide = len(_WIDE.findall(line.text))
    return sum(line.text.encode("latin-1", "replace").translate(_WIDTHS)) / 100 + 0.53 * wide


def _fills(line: Line) -> bool:
    """Whether a line is about as long as its letters are wide."""
    return line.right - line.left > 0.25 * len(line.text) * line.size


def _ends_level(at: "_Characters", line: Line, drawn: _Drawn) -> bool:
    """Whether the end of a line stands where its beginning does, and not in the next row of a table."""
    return bool(line.angle) or line.baseline - at.origin(_places(drawn.text.rstrip())[-1], 0.0)[1] < 0.5 * line.size


def _ahead(at: "_Characters", line: _Drawn) -> list[_Drawn]:
    """A line as PDFium has it, cut where it goes back to the left: there what is drawn next stands a little lower."""
    written = line.text
    places = _places(written)
    at.begin(line.before)
    for number in range(1, len(written) - 1):
        if written[number] == " ":
            (left, level), (right, other) = (at.origin(places[number + side], 0.0) for side in (-1, 1))
            if right < left - 1 and abs(level - other) < left - right:
                rest = _Drawn(written[number + 1 :], line.before + places[number + 1], line.hyphen)
                return [_Drawn(written[:number], line.before, False), *_ahead(at, rest)]
    return [line]


def _line(at: "_Characters", drawn: _Drawn) -> Line | None:
    visible = drawn.text.rstrip()
    clean = _readable(visible)
    if not clean:
        return None
    hyphen = drawn.hyphen
    skipped = len(visible) - len(visible.lstrip())
    places = _places(visible)
    at.begin(drawn.before)
    size, angle, bold, fixed = at.type(*(places[number] for number in _samples(visible, skipped)))
    left, baseline = at.origin(places[skipped], angle)
    right, foot = at.end(places[-1], angle)
    written, visible = visible, _with_superscripts(at, visible, places, size, angle)
    if visible != written:
        clean = _readable(visible)
    if not angle and baseline - foot > 2 * size and right - left < 2 * size and len(visible) > 2:
        angle = -pi / 2  # Chinese from the top to the foot
        left, right, baseline = -at.reach(places[skipped])[1], -at.reach(places[-1])[0], left
    if " " in clean:
        if not clean.isascii():
            clean = _readable(_without_made_spaces(at, visible, places, size, angle))
        if clean[1:2] == " " and (spaced := _without_letter_spaces(at, visible, places, size, angle)):
            clean = spaced
    if visible != written:
        clean = set_apart(clean)
    if not hyphen and clean[-1:] == "-" and clean[-2:-1] not in _NOT_HYPHENATED:
        clean, hyphen = clean[:-1], True
    degrees = round(angle * 180 / pi) if angle else 0
    first = drawn.before + places[skipped]
    return Line(clean, left, right, baseline, size, hyphen, (), False, degrees, 0, first, bold, fixed)


_NOT_HYPHENATED = ("", " ", "-")  # before a dash at the end of a line

_DIGITS = re.compile(r"\d+(?:,\d+)*")


def _with_superscripts(at: "_Characters", visible: str, places: Sequence[int], size: float, angle: float) -> str:
    """The characters of a line, with superscripts for the figures that it draws above itself."""
    level: float | None = None
    for match in _DIGITS.finditer(visible):
        if level is None:
            level = min(at.origin(places[one], angle)[1] for one in (0, *_samples(visible, 0)) if visible[one] != " ")
        start = end = match.end()
        while start and visible[start - 1] in "0123456789-−–," and at.is_raised(places[start - 1], level, size, angle):
            start -= 1
        if start == end and not visible[: match.start()].strip():  # the mark that opens a note
            start = end = match.start()
            while end < match.end() and at.is_raised(places[end], level, size, angle):
                end += 1
        visible = visible[:start] + raised(visible[start:end], visible[:start]) + visible[end:]
    return visible


def _with_cells(at: "_Characters", line: Line, written: str) -> Line:
    """A line with its parts between wide gaps."""
    visible = written.rstrip()
    places = _places(visible)
    skipped = len(visible) - len(visible.lstrip())
    before = line.first - places[skipped]
    angle = line.angle * pi / 180
    at.begin(before)
    visible = _with_superscripts(at, visible, places, line.size, angle)
    if not line.text.isascii():
        visible = _without_made_spaces(at, visible, places, line.size, angle)
    cells = _cells(at, line.size, visible, places, angle, before)
    if line.hyphen and cells and cells[-1].text.endswith("-"):
        cells = *cells[:-1], cells[-1]._replace(text=cells[-1].text[:-1])
    return line._replace(cells=cells)


_NUMBER_BEFORE = re.compile(r"\d{1,3} (?=\S)")


def _samples(visible: str, skipped: int) -> tuple[int, int]:
    """Two characters of a line; none that is a space, since PDFium put most of those in and they have no size."""
    length = len(visible) - skipped
    one, two = skipped + length // 3, skipped + 3 * length // 4
    return one - (visible[one] == " " and one > skipped), two - (visible[two] == " " and two > skipped)


def _places(visible: str) -> Sequence[int]:
    """Where each character stands when those beyond U+FFFF count twice, as PDFium counts them."""
    if visible.isascii() or max(visible) <= "\uffff":
        return range(len(visible))
    sizes = (1 + (character > "\uffff") for character in visible[:-1])
    return list(accumulate(sizes, initial=0))


def _cells(
    at: "_Characters", size: float, visible: str, places: Sequence[int], angle: float, before: int
) -> tuple[Cell, ...]:
    """The parts of a line between wide gaps, () when it has none."""
    starts = [len(visible) - len(visible.lstrip())]
    gaps: list[float] = []
    for number in range(starts[0] + 1, len(visible) - 1):
        if visible[number] != " ":
            continue
        gap = at.gap(places[number - 1], places[number + 1], angle)
        # A space that is drawn parts words, unless it ends a cell.
        if gap < _JUSTIFIED * size and not (visible[number - 1] == " " or at.is_made(places[number])):
            continue
        gaps.append(gap)
        if gap > _COLUMN_GAP * size:
            starts.append(number + 1)
    if len(gaps) > 1 and 0.6 * max(gaps) < min(gaps) and max(gaps) < _JUSTIFIED * size:
        return ()
    if len(starts) == 1:
        return ()
    return tuple(
        _cell(at, visible[start:end], places[start:end], angle, before)
        for start, end in pairwise([*starts, len(visible)])
        if visible[start:end].strip()
    )


def _cell(at: "_Characters", visible: str, places: Sequence[int], angle: float, before: int) -> Cell:
    shown = visible.rstrip()
    size, _, bold, _ = at.type(places[0], places[len(shown) - 1])
    left, right = at.origin(places[0], angle)[0], at.end(places[len(shown) - 1], angle)[0]
    return Cell(set_apart(_readable(shown)), left, right, before + places[0], size, bold)


_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_BETWEEN_WIDE = re.compile(f"(?<={_WIDE.pattern}) (?={_WIDE.pattern})")
_BESIDE_WIDE = re.compile(f"(?<={_WIDE.pattern}) (?=[A-Za-z0-9]|{_WIDE.pattern})|(?<=[A-Za-z0-9%]) (?={_WIDE.pattern})")
# These draw the spaces that are written, and set Chinese and Latin a little apart where none is; a browser draws none.
_DRAWS_SPACES = re.compile("LibreOffice|OpenOffice|Microsoft|WPS")
_MADE_SPACE = "\x01"  # dropped with the other control characters


def _without_made_spaces(
    at: "_Characters", visible: str, places: Sequence[int], size: float, angle: float
) -> str:  # fmt: skip
    """Mark the spaces for dropping that PDFium put in where Chinese is set a little apart, from Latin or at all."""
    kinds = _BESIDE_WIDE if at.draws_spaces or angle else _BETWEEN_WIDE
    made = [
        match.start()
        for match in kinds.finditer(visible)
        if not visible[: match.start()].isdecimal()  # the number of an item
        and at.is_made(places[match.start()])
        and at.gap(places[match.start() - 1], places[match.start() + 1], angle) < 0.8 * size
    ]
    if not made:
        return visible
    characters = list(visible)
    for number in made:
        characters[number] = _MADE_SPACE
    return "".join(characters)


def _without_letter_spaces(
    at: "_Characters", visible: str, places: Sequence[int], size: float, angle: float
) -> str | None:  # fmt: skip
    """A line whose letters are all set apart, as words; None when it is no such line."""
    letters = visible.split(" ")
    if any(len(letter) != 1 for letter in letters) or visible.isdecimal():
        return None
    starts = range(0, len(visible), 2)
    gaps = [at.gap(places[one], places[other], angle) for one, other in pairwise(starts)]
    usual = median(gaps)
    if all(map(_WIDE.match, letters)):
        return "".join(letters) if max(gaps) < 2 * size and max(gaps) < 1.5 * usual + 0.1 * size else None
    if len(letters) < 4 or not all(letter.isalpha() for letter in letters) or usual > 1.2 * size:
        return None
    return letters[0] + "".join(
        (" " if gap > 1.6 * usual else "") + letter for gap, letter in zip(gaps, letters[1:], strict=True)
    )


_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|CMBX|-Medi|SimHei|STHei|FZHei", re.IGNORECASE)
_FIXED_NAME = re.compile(rb"courier|mono|consol|typewriter|CMTT|menlo", re.IGNORECASE)


class _Characters:
    """Where the characters of a line stand, by their number in it."""

    def __init__(self, text: "PdfTextPage", draws_spaces: bool) -> None:
        from pypdfium2 import raw

        self.draws_spaces = draws_spaces
        self._raw = raw
        self._text: Any = text.raw  # the helper would be turned into it at each call
        self._first = 0
        self._matrix = raw.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box = tuple(ctypes.c_double() for _ in range(4))
        self._flags = ctypes.c_int()
        self._name = ctypes.create_string_buffer(80)
        self._kinds: dict[bytes, tuple[bool, bool]] = {}

    def begin(self, before: int) -> None:
        """Begin a line so many characters after the begin of the page's text."""
        # PDFium leaves out and puts in characters between what a page holds and the text of it.
        found = self._raw.FPDFText_GetCharIndexFromTextIndex(self._text, before)
        self._first = before if found < 0 else found

    def type(self, one: int, other: int) -> tuple[float, float, bool, bool]:
        """The larger size of two characters in points as printed, and the direction in radians, in steps of a degree.

        Then whether both are bold, and whether they are as wide as each other.
        """
        raw, text = self._raw, self._text
        size, angle = self._size_and_angle(one)
        if raw.FPDFText_GetFontSize(text, self._first + one) != raw.FPDFText_GetFontSize(text, self._first + other):
            size = max(size, self._size_and_angle(other)[0])
        bold, fixed = self._kind(one)
        return size, angle, bold and self._kind(other)[0], fixed

    def _size_and_angle(self, number: int) -> tuple[float, float]:
        index, matrix = self._first + number, self._matrix
        size, angle = self._raw.FPDFText_GetFontSize(self._text, index), 0.0
        if self._raw.FPDFText_GetMatrix(self._text, index, matrix):
            size *= hypot(matrix.c, matrix.d) if matrix.c else abs(matrix.d)
            if matrix.b or matrix.d < 0 > matrix.a:
                angle = round(atan2(matrix.b, matrix.a) * 180 / pi) * pi / 180
        return max(0.1, size), angle

    def _kind(self, number: int) -> tuple[bool, bool]:
        self._raw.FPDFText_GetFontInfo(self._text, self._first + number, self._name, len(self._name), self._flags)
        name = self._name.value
        if name not in self._kinds:
            self._kinds[name] = bool(_BOLD_NAME.search(name)), bool(_FIXED_NAME.search(name))
        bold, fixed = self._kinds[name]
        return bold, fixed or bool(self._flags.value & 1)

    def origin(self, number: int, angle: float) -> tuple[float, float]:
        self._raw.FPDFText_GetCharOrigin(self._text, self._first + number, self._x, self._y)
        return _turned(self._x.value, self._y.value, angle) if angle else (self._x.value, self._y.value)

    def end(self, number: int, angle: float) -> tuple[float, float]:
        """How far a character reaches to the right, and down."""
        left, right, bottom, top = self._box
        self._raw.FPDFText_GetCharBox(self._text, self._first + number, left, right, bottom, top)
        if not angle:
            return right.value, bottom.value
        corners = [_turned(x.value, y.value, angle) for x in (left, right) for y in (bottom, top)]
        return max(x for x, _ in corners), min(y for _, y in corners)

    def reach(self, number: int) -> tuple[float, float]:
        """The foot and the top of the place that a character takes, however little of it is drawn."""
        box = self._raw.FS_RECTF()
        self._raw.FPDFText_GetLooseCharBox(self._text, self._first + number, box)
        return min(box.bottom, box.top), max(box.bottom, box.top)

    def gap(self, one: int, other: int, angle: float) -> float:
        """The space between two characters of a line."""
        if angle:
            return self._begin(other, angle) - self.end(one, angle)[0]
        return self.origin(other, angle)[0] - self.end(one, angle)[0]

    def _begin(self, number: int, angle: float) -> float:
        left, right, bottom, top = self._box
        self._raw.FPDFText_GetCharBox(self._text, self._first + number, left, right, bottom, top)
        return min(_turned(x.value, y.value, angle)[0] for x in (left, right) for y in (bottom, top))

    def is_raised(self, number: int, level: float, size: float, angle: float) -> bool:
        """Whether a character stands above a line of this size and level, and is smaller."""
        rise = self.origin(number, angle)[1] - level
        return 0.1 * size < rise < 0.75 * size and self._size_and_angle(number)[0] < 0.85 * size

    def is_made(self, number: int) -> bool:
        """Whether PDFium put a character in, which the page does not draw."""
        return bool(self._raw.FPDFText_IsGenerated(self._text, self._first + number) == 1)


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    return x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle)


def _with_short_columns(lines: list[Line]) -> list[Line]:
    """The lines, where most run downwards a single character too."""
    down = sum(line.angle == -90 for line in lines)
    if 2 * down < len(lines) or not down:
        return lines
    return [
        line._replace(left=-line.baseline - line.size, right=-line.baseline, baseline=line.left, angle=-90)
        if len(line.text) == 1 and not line.angle
        else line
        for line in lines
    ]


def _as_shown(page: "PdfPage", lines: list[Line]) -> list[Line]:
    """The lines of a page as it is turned and cropped, without those that it does not show."""
    left, bottom, right, top = page.get_bbox()
    turn = page.get_rotation()
    across, up = (right - left, top - bottom) if turn in (0, 180) else (top - bottom, right - left)
    if turn or left or bottom:
        shift = {0: (0.0, 0.0), 90: (0.0, up), 180: (across, up), 270: (across, 0.0)}[turn]
        lines = [_shifted(line, turn, (left, bottom), shift) for line in lines]
    inside = [line for line in lines if _is_inside(line, across, up)]
    return inside if 2 * len(inside) > len(lines) else lines


def _shifted(line: Line, turn: int, corner: tuple[float, float], shift: tuple[float, float]) -> Line:
    angle = (line.angle - turn + 180) % 360 - 180
    from_x, from_y = _turned(*corner, line.angle * pi / 180)
    to_x, to_y = _turned(*shift, angle * pi / 180)
    along, over = to_x - from_x, to_y - from_y
    return line._replace(
        left=line.left + along,
        right=line.right + along,
        baseline=line.baseline + over,
        angle=angle,
        cells=tuple(cell._replace(left=cell.left + along, right=cell.right + along) for cell in line.cells),
    )


def _is_inside(line: Line, across: float, up: float) -> bool:
    """Whether something of a line is on the page."""
    if line.angle in (0, 180):
        sign = 1 if not line.angle else -1
        return line.right * sign > -1 and line.left * sign < across + 1 and -1 < line.baseline * sign < up + 1
    if line.angle in (90, -90):
        sign = 1 if line.angle == 90 else -1
        return line.right * sign > -1 and line.left * sign < up + 1 and -1 < -line.baseline * sign < across + 1
    return True


# Fonts that map a glyph to the radical instead of the ideograph that looks the same: nobody could search for it.
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)} | dict(
    zip(
        map(ord, "⺠⺟⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⺅⺌⺮⺾"),
        "民母虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟亻小竹艹",
        strict=True,
    )
)
_SIGNS = (
    _RADICALS | {0xF0B7: "•", 0xF0A7: "▪", 0xAD: "-"} | dict.fromkeys([*range(0x09), *range(0x0B, 0x20), 0x7F, 0xFEFF])
)
_UNSAID = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_LATIN_WORD = re.compile("[A-Za-z]{3,}")
_VOWEL = re.compile("[aeiouyAEIOUY]")


def _readable(written: str) -> str:
    """Text on one line without control characters, and with ideographs for radicals."""
    if written.isprintable() and "  " not in written and (written.isascii() or not _ODD.search(written)):
        return written.strip()
    return flow(re.sub("[\ud800-\udfff]", "\ufffd", written).translate(_SIGNS))


_ODD = re.compile("[\xad\u2e80-\u2fd5\ud800-\uf8ff\ufeff]")


def _hidden_share(written: str) -> float:
    """The share of characters of which no reader can know what they are."""
    if written.isascii() and written.replace("\r\n", "").isprintable():
        return 0.0
    shown = len(written) - len(_BLANK.findall(written))
    return len(_UNSAID.findall(written)) / shown if shown else 0.0


_BLANK = re.compile(r"\s")


def _is_gibberish(written: str) -> bool:
    """Whether letters stand for others, as in fonts that number their glyphs: most words are without a vowel then."""
    words = _LATIN_WORD.findall(written, 0, 700)
    return len(words) >= 40 and sum(map(bool, map(_VOWEL.search, words))) < 0.5 * len(words)


# Pages that are pictures


def _is_at_edges(page: "PdfPage", lines: Sequence[Line]) -> bool:
    """Whether all lines of a page stand at its edges, as what a library prints on each page of a scan does."""
    width, height = page.get_width(), page.get_height()
    across = {0: height, 180: height, 90: width, -90: width}  # by the angle of a line
    return all(
        line.angle in across and not _EDGE < abs(line.baseline) / across[line.angle] < 1 - _EDGE for line in lines
    )


def _is_picture(page: "PdfPage", whole: bool) -> bool:
    """Whether a page shows something that is no text; `whole`: an image over the whole page."""
    from pypdfium2 import PdfiumError, raw

    try:
        area = page.get_width() * page.get_height()
        for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) >= (_COVERS if whole else 0.01) * area:
                return True
    except PdfiumError:
        return False
    return False


def _rendered(page: "PdfPage") -> tuple[Any, float]:
    """A page as rows of pixels, and how many of them are a point."""
    width, height = page.get_size()
    scale = min(_RESOLUTION / 72, _LONGEST_SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale)
    try:
        return bitmap.to_numpy().copy(), scale
    finally:
        bitmap.close()


# What the document says of itself


def _outline(document: "PdfDocument") -> dict[int, list[tuple[int, str]]]:
    """The titles of the document's outline by the page that they lead to, each with its level from 1."""
    from pypdfium2 import PdfiumError

    titles: dict[int, list[tuple[int, str]]] = {}
    try:
        for number, mark in enumerate(document.get_toc(max_depth=6)):
            target = mark.get_dest()
            page = target.get_index() if target else None
            if page is not None and number < 20_000:
                titles.setdefault(page + 1, []).append((mark.level + 1, mark.get_title()))
    except (PdfiumError, UnicodeDecodeError):
        return titles
    return titles


def _with_headings(lines: tuple[Line, ...], titles: Iterable[tuple[int, str]]) -> tuple[Line, ...]:
    """The lines of a page, those marked that are a title of the outline word for word, over up to three lines."""
    found = list(lines)
    texts = [_squeezed(line.text + "-" * line.hyphen) for line in lines]
    for level, title in titles:
        if sought := _squeezed(title):
            first, count = _place_of(sought, found, texts)
            for at in range(first, first + count):
                found[at] = found[at]._replace(level=level, goes_on=at > first)
    return tuple(found)


def _place_of(sought: str, lines: Sequence[Line], texts: Sequence[str]) -> tuple[int, int]:
    """Which lines are this title, the first and how many; 0 when none is. A number before it may be missing in it."""
    for begins in (texts, [_NUMBER_OF_TITLE.sub("", text) for text in texts]):
        for first, begin in enumerate(begins):
            if lines[first].level or not sought.startswith(begin) or lines[first].text.isdecimal():
                continue
            for count in (1, 2, 3):
                if begin + "".join(texts[first + 1 : first + count]) == sought:
                    return first, count
    return 0, 0


_NUMBER_OF_TITLE = re.compile(r"^[\d.]+")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s|]+", "", text).casefold()


def _metadata(document: "PdfDocument", key: str) -> str:
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:  # half a surrogate pair, in a damaged file
        return ""


_NO_NAMES = frozenset(["untitled", "(untitled)", "anonymous", "(anonymous)", "unspecified", "unknown", "none", "admin"])
_FILE_NAME = re.compile(
    r"\S+\.(?:tex|html?|md|txt)|.*\.(?:docx?|pdf|dvi|pptx?|xlsx?|indd|qxd|wpd|rtf|odt)|[\w.-]*_[\w.-]*", re.IGNORECASE
)
_PLACEHOLDER = re.compile(
    r"(?:untitled|sans titre|ohne titel|无标题|無標題|未命名)[ -]?(?:document|文档|文件)?[ -]?\d*"
    r"|(?:doc|document|dokument|文档|slide|folie|幻灯片|book|mappe|sheet|scan)[ -]?\d+"
    r"|(?:new |新建 ?)?(?:microsoft )?(?:word|powerpoint|excel)[ -]"
    r"(?:document|dokument|presentation|präsentation|文档|演示文稿)"
    r"|<[\da-f]+>|about:blank",
    re.IGNORECASE,
)


def _stated(value: str) -> str | None:
    text = _readable(value)
    return text if text and text.lower() not in _NO_NAMES else None


def _stated_title(value: str) -> str | None:
    title = re.sub(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel) - ", "", _stated(value) or "")
    return None if not title or _FILE_NAME.fullmatch(title) or _PLACEHOLDER.fullmatch(title) else title


def _printed_title(laid: Laid) -> str | None:
    """What the first page opens with in the largest type, when that is clearly larger than the rest."""
    sizes = Counter[float]()
    for _, line in {(placed.page, placed.line) for placed in laid.lines}:  # each row repeats the header of its table
        sizes[line.size] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    opening = [one for one in laid.lines if one.page == laid.lines[0].page and not one.line.angle % 90]
    large = max(opening, key=lambda placed: placed.line.size, default=None)  # the first of the largest
    if large is None or large.line.size < 1.2 * usual:
        return None
    start = laid.text.rfind("\n", 0, large.start) + 1
    end = laid.text.find("\n", large.start)
    end = end if end >= 0 else len(laid.text)
    title = re.sub(r"(?: \|)+ ", " ", laid.text[start:end])
    small = sum(one.end - one.start for one in placed_in(laid, start, end) if one.line.size < 1.1 * usual)
    if 2 * small > len(title):  # below the large letter that opens a paragraph
        return None
    return title if len(title) <= 150 and any(character.isalpha() for character in title) else None


# Where a stretch of text stands


_SHORTEST_STRETCH = 8  # characters, of what a page holds of a quote that goes on elsewhere


def _stretches(read: str, start: int, end: int, alone: str) -> list[tuple[int, int]]:
    """Where `read[start:end]`, of a page's text in its document, stands in the text of that page read alone.

    It stands there whole, of several times the one nearest to its place, or the parts of it do: read alone, a page
    keeps its running head, and a word that goes on overleaf is cut.
    """
    start, end = max(0, start), min(end, len(read))
    sought, _ = _marked(read[start:end])
    shown, places = _marked(alone)
    if start >= end or not sought:
        return []
    before = len(_marked(read[:start])[0])
    found = min(_all_of(sought, shown), key=lambda at: abs(at - before), default=None)
    if found is not None:
        return [(places[found], places[found + len(sought) - 1] + 1)]
    blocks = SequenceMatcher(None, sought, shown, autojunk=False).get_matching_blocks()
    return [(places[block.b], places[block.b + block.size - 1] + 1) for block in blocks
            if block.size >= _SHORTEST_STRETCH]  # fmt: skip


def _all_of(sought: str, text: str) -> Iterator[int]:
    at = text.find(sought)
    while at >= 0:
        yield at
        at = text.find(sought, at + 1)


def _marked(text: str) -> tuple[str, list[int]]:
    """The characters of a text that are printed for sure, and where they stand: no spaces, no hyphens."""
    places = [at for at, character in enumerate(text) if not character.isspace() and character not in "-|"]
    return "".join(text[at] for at in places), places


def _boxes(page: "PdfPage", placed: Placed, start: int, end: int) -> list[tuple[float, float, float, float]]:
    """The boxes on the page (left, bottom, right, top, in points) of what a line holds of `text[start:end]`."""
    from pypdfium2 import raw

    line = placed.line
    begin, stop = max(0, start - placed.start), min(end - placed.start, len(line.text))
    if line.first < 0:
        return _recognised_boxes(line, begin, stop)
    skipped = len(re.sub(r"\s", "", line.text[:begin]))
    wanted = len(re.sub(r"\s", "", line.text[begin:stop]))
    boxes = []
    with _text_of(page) as text:
        index = raw.FPDFText_GetCharIndexFromTextIndex(text, line.first)
        last = text.count_chars()
        shown = 0
        while 0 <= index < last and shown < skipped + wanted:
            code = raw.FPDFText_GetUnicode(text, index)
            if code > 32 and not 0xDC00 <= code < 0xE000 and chr(code) not in "\u3000\xa0":
                if shown >= skipped:
                    boxes.append(text.get_charbox(index, loose=True))
                shown += len(chr(code)) if code not in _LIGATURES else _LIGATURES[code]
            index += 1
    return boxes


_LIGATURES = {0xFB00: 2, 0xFB01: 2, 0xFB02: 2, 0xFB03: 3, 0xFB04: 3, 0xFB05: 2, 0xFB06: 2}


def _recognised_boxes(line: Line, start: int, end: int) -> list[tuple[float, float, float, float]]:
    """The box of a part of a line that was read by OCR, where characters are about as wide as they usually are."""
    widths = list(accumulate((1 + (character >= "\u2e80") for character in line.text), initial=0))
    if end <= start or not widths[-1]:
        return []
    left, right = (line.left + (line.right - line.left) * widths[at] / widths[-1] for at in (start, end))
    angle = -line.angle * pi / 180
    corners = [_turned(x, y, angle) for x in (left, right) for y in (-0.3 * line.size, line.size)]
    across, up = _turned(0.0, line.baseline, angle)
    xs, ys = [x + across for x, _ in corners], [y + up for _, y in corners]
    return [(min(xs), min(ys), max(xs), max(ys))]


def _merged(boxes: Sequence[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    """One box for each run of characters on one line of the picture."""
    merged: list[tuple[float, float, float, float]] = []
    for box in boxes:
        if merged:
            left, top, right, bottom = merged[-1]
            if min(bottom, box[3]) - max(top, box[1]) > 0.5 * min(bottom - top, box[3] - box[1]):
                merged[-1] = (min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3]))
                continue
        merged.append(box)
    return merged


def _on_picture(box: tuple[float, float, float, float], height: int, scale: float) -> tuple[float, float, float, float]:
    """A box on the page as it was recognised, which is as it is drawn, in pixels of its picture."""
    left, bottom, right, top = (edge * scale for edge in box)
    return left, height - top, right, height - bottom


def _on_bitmap(
    page: "PdfPage", box: tuple[float, float, float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    """A box of the page in pixels of its picture, y downwards, as the page is turned."""
    from pypdfium2 import raw

    corners = []
    x, y = ctypes.c_int(), ctypes.c_int()
    for across, up in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, across, up, x, y)
        corners.append((x.value, y.value))
    (a, b), (c, d) = corners
    return min(a, c), min(b, d), max(a, c), max(b, d)
