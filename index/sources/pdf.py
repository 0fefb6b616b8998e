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
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.layout import Cell, Laid, Line, Sheet, lay_out_pages, placed_in
from index.sources.ocr import can_read_images, lines_of_image
from index.sources.source import Draft
from index.sources.text import flow

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_MOST_PAGES = 10_000
_UNREADABLE = 0.5  # of a page's characters, from where its text says nothing
_STAMP = 100  # characters on a scanned page that were put on it later: a library's mark, a page number
_COVERS = 0.6  # of the page, for an image to be a scan of it
_RESOLUTION = 200  # dots per inch, at which a scanned page is read
_WIDE_GAP = 1.5  # sizes, between the cells of a row

_PDFIUM = threading.Lock()  # PDFium may not be called from two threads, not even for two documents

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
    with _PDFIUM, _opened(data) as document:
        reading = _Reading(document)
        laid = lay_out_pages(reading.sheets())
        if not laid.text:
            raise SourceError(reading.why_no_text())
        return Draft(
            laid.text,
            headings=laid.headings,
            pages=laid.pages,
            title=_stated_title(_metadata(document, "Title")) or _printed_title(laid),
            author=_stated(_metadata(document, "Author")),
            notes=reading.notes(),
        )


def page_picture(data: bytes, number: int, start: int, end: int, scale: float = 1.5) -> PagePicture:
    """Draw page `number` of a PDF that `read_pdf` reads, and find `text[start:end]` on it.

    `scale` is in pixels for each point (1/72 inch). Raises SourceError, and ValueError for a page that is not there.
    """
    with _PDFIUM, _opened(data) as document:
        if not 1 <= number <= len(document):
            raise ValueError(f"There is no page {number}: the document has {len(document)}.")
        laid = lay_out_pages(_Reading(document).sheets())
        with _page(document, number) as page:
            bitmap = page.render(scale=scale)
            picture = bitmap.to_pil()
            file = io.BytesIO()
            picture.save(file, "PNG")
            boxes = [
                _on_bitmap(page, box, bitmap.width, bitmap.height)
                for placed in placed_in(laid, start, end)
                if placed.page == number
                for box in _boxes(page, placed.line, max(0, start - placed.start), end - placed.start)
            ]
            width, height = bitmap.width, bitmap.height
            bitmap.close()
    return PagePicture(file.getvalue(), width, height, tuple(boxes))


@contextmanager
def _opened(data: bytes) -> Iterator["PdfDocument"]:
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise SourceError("it is encrypted; save a copy of it without a password") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise SourceError("it is encrypted in a way that cannot be read; print it to a new PDF") from None
        raise SourceError("it is damaged, or no PDF; open it and save it again") from None
    try:
        if not len(document):
            raise SourceError("it is a PDF without pages")
        if len(document) > _MOST_PAGES:
            raise SourceError(
                f"it states {len(document):,} pages, more than the {_MOST_PAGES:,} that are read; split it"
            )
        yield document
    finally:
        document.close()


@contextmanager
def _page(document: "PdfDocument", number: int) -> Iterator["PdfPage"]:
    page = document[number - 1]
    try:
        yield page
    finally:
        page.close()


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

    def sheets(self) -> list[Sheet]:
        titles = _outline(self._document)
        sheets = [self._sheet(number) for number in range(1, len(self._document) + 1)]
        return [replace(one, lines=_with_headings(one.lines, titles.get(one.number, []))) for one in sheets]

    def _sheet(self, number: int) -> Sheet:
        from pypdfium2 import PdfiumError

        try:
            with _page(self._document, number) as page:
                return Sheet(number, page.get_height(), tuple(self._lines(page, number)))
        except PdfiumError:
            self._damaged.append(number)
            return Sheet(number, 0.0, ())

    def _lines(self, page: "PdfPage", number: int) -> list[Line]:
        with _text_of(page) as text:
            lines = list(_lines_of(text))
        written = "".join(line.text for line in lines)
        scanned = len(written) < _STAMP and _is_picture(page, whole=bool(written))
        hidden = _hidden_share(written) > _UNREADABLE
        if not scanned and not hidden:
            return lines
        if can_read_images():
            self._by_ocr.append(number)
            return _lines_by_ocr(page)
        (self._unreadable if hidden else self._pictures).append(number)
        return [] if hidden else lines

    def notes(self) -> tuple[str, ...]:
        """What of the document is not in the text, or only as it was recognised."""
        notes = []
        if self._pictures:
            notes.append(
                f"{_are(self._pictures)} {_images(self._pictures)}; install yiju[ocr] to read {_it(self._pictures)}"
            )
        if self._unreadable:
            notes.append(
                f"{_are(self._unreadable)} in fonts that do not say which characters they draw; install yiju[ocr] to "
                f"read {_it(self._unreadable)}"
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


def _lines_of(text: "PdfTextPage") -> Iterator[Line]:
    """Yield the lines as PDFium orders them: as the page draws them, which is how its writer thought of them."""
    from pypdfium2 import raw

    count = text.count_chars()
    buffer = (ctypes.c_ushort * (count * 4 + 2))()  # ligatures come as their letters, up to three
    # At the end of a line PDFium turns a hyphen into U+FFFE and drops the break; lone surrogates are damaged fonts.
    written = raw.FPDFText_GetText(text, 0, count, buffer) if count > 0 else 1
    units = bytes(memoryview(buffer).cast("B")[: 2 * max(0, written - 1)])
    page = units.decode("utf-16-le", "surrogatepass")
    at = _Characters(text)
    position = before = 0  # in characters, and as PDFium counts
    for match in re.finditer(r"([^\r\n\ufffe]+)(\ufffe?)", page):
        before += _places(page[position : match.start()] + ".")[-1]
        position = match.start()
        line = _line(at, match[1], before, bool(match[2]))
        if line is not None:
            yield line


def _line(at: "_Characters", written: str, before: int, hyphen: bool) -> Line | None:
    visible = written.rstrip()
    clean = _readable(visible)
    if not clean:
        return None
    if not hyphen and clean[-1] == "-" and clean[-2:-1].isalpha():
        clean, hyphen = clean[:-1], True
    skipped = len(visible) - len(visible.lstrip())
    places = _places(visible)
    at.begin(before)
    size, angle = at.size_and_angle([places[number] for number in _samples(visible, skipped)])
    left, baseline = at.origin(places[skipped], angle)
    right = at.right(places[-1], angle)
    wide = 0 if clean.isascii() else sum(character >= "\u2e80" for character in clean)
    is_stretched = right - left > (0.6 * len(clean) + 0.4 * wide + _WIDE_GAP) * size
    cells = _cells(at, size, visible, places, angle) if is_stretched and " " in clean else ()
    degrees = round(angle * 180 / pi)
    return Line(clean, left, right, baseline, size, hyphen, cells, angle=degrees, first=before + places[skipped])


def _samples(visible: str, skipped: int) -> set[int]:
    """Three characters of a line; none that is a space, since PDFium put most of those in and they have no size."""
    length = len(visible) - skipped
    numbers = (skipped + length // 4, skipped + length // 2, skipped + 3 * length // 4)
    return {number - (visible[number].isspace() and number > skipped) for number in numbers}


def _places(visible: str) -> Sequence[int]:
    """Where each character stands when those beyond U+FFFF count twice, as PDFium counts them."""
    if visible.isascii() or max(visible) <= "\uffff":
        return range(len(visible))
    sizes = (1 + (character > "\uffff") for character in visible[:-1])
    return list(accumulate(sizes, initial=0))


def _cells(at: "_Characters", size: float, visible: str, places: Sequence[int], angle: float) -> tuple[Cell, ...]:
    """The parts of a line between wide gaps, () when it has none."""
    starts = [len(visible) - len(visible.lstrip())]
    for number in range(starts[0] + 1, len(visible) - 1):
        if visible[number] == " ":
            gap = at.origin(places[number + 1], angle)[0] - at.right(places[number - 1], angle)
            if gap > _WIDE_GAP * size:
                starts.append(number + 1)
    if len(starts) == 1:
        return ()
    return tuple(
        Cell(
            _readable(visible[start:end]),
            at.origin(places[start], angle)[0],
            at.right(places[start + len(visible[start:end].rstrip()) - 1], angle),
        )
        for start, end in pairwise([*starts, len(visible)])
        if visible[start:end].strip()
    )


class _Characters:
    """Where the characters of a line stand, by their number in it."""

    def __init__(self, text: "PdfTextPage") -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._text = text
        self._first = 0
        self._matrix = raw.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box = [ctypes.c_double() for _ in range(4)]

    def begin(self, before: int) -> None:
        """Begin a line so many characters after the begin of the page's text."""
        # PDFium leaves out and puts in characters between what a page holds and the text of it.
        found = self._raw.FPDFText_GetCharIndexFromTextIndex(self._text, before)
        self._first = before if found < 0 else found

    def size_and_angle(self, numbers: Iterable[int]) -> tuple[float, float]:
        """The size in points as printed, the largest of these, and the direction in radians, in steps of a degree."""
        sizes, angle = [0.1], 0.0
        for number in numbers:
            size = self._raw.FPDFText_GetFontSize(self._text, self._first + number)
            if self._raw.FPDFText_GetMatrix(self._text, self._first + number, self._matrix):
                size *= hypot(self._matrix.c, self._matrix.d)
                if self._matrix.b:
                    angle = round(atan2(self._matrix.b, self._matrix.a) * 180 / pi) * pi / 180
            sizes.append(size)
        return max(sizes), angle

    def origin(self, number: int, angle: float) -> tuple[float, float]:
        self._raw.FPDFText_GetCharOrigin(self._text, self._first + number, self._x, self._y)
        return _turned(self._x.value, self._y.value, angle)

    def right(self, number: int, angle: float) -> float:
        left, right, bottom, top = self._box
        self._raw.FPDFText_GetCharBox(self._text, self._first + number, left, right, bottom, top)
        if not angle:
            return float(right.value)
        return max(_turned(x.value, y.value, angle)[0] for x in (left, right) for y in (bottom, top))


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    return (x, y) if not angle else (x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle))


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
_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


def _readable(written: str) -> str:
    """Text on one line without control characters, and with ideographs for radicals."""
    if written.isascii() and written.isprintable() and "  " not in written:
        return written.strip()
    return flow(re.sub("[\ud800-\udfff]", "\ufffd", written).translate(_SIGNS))


def _hidden_share(written: str) -> float:
    """The share of characters of which no reader can know what they are."""
    return len(_PRIVATE.findall(written)) / len(written) if written else 0.0


# Pages that are pictures


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


def _lines_by_ocr(page: "PdfPage") -> list[Line]:
    width, height = page.get_size()
    scale = min(_RESOLUTION / 72, 5_000 / max(width, height, 1))
    bitmap = page.render(scale=scale)
    try:
        return lines_of_image(bitmap.to_numpy().copy(), 1 / scale)
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
    for level, title in titles:
        if sought := _squeezed(title):
            first, count = _place_of(sought, found)
            if count:
                pieces = found[first : first + count]
                text = flow("\n".join(line.text for line in pieces))
                found[first : first + count] = [replace(pieces[0], text=text, level=level, hyphen=False, cells=())]
    return tuple(found)


def _place_of(sought: str, lines: Sequence[Line]) -> tuple[int, int]:
    """Which lines are this title, the first and how many; 0 when none is. A number before it may be missing in it."""
    for form in (_squeezed, _unnumbered):
        for first, line in enumerate(lines):
            if line.level or not sought.startswith(form(line.text)[:4]):
                continue
            for count in (1, 2, 3):
                text = "".join(line.text + "-" * line.hyphen for line in lines[first : first + count])
                if form(text) == sought and not line.text.isdecimal():
                    return first, count
    return 0, 0


def _squeezed(text: str) -> str:
    return re.sub(r"[\s|]+", "", text).casefold()


def _unnumbered(text: str) -> str:
    return re.sub(r"^[\d.]+", "", _squeezed(text))


def _metadata(document: "PdfDocument", key: str) -> str:
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:  # half a surrogate pair, in a damaged file
        return ""


_NO_NAMES = frozenset(["untitled", "(untitled)", "anonymous", "(anonymous)", "unspecified", "unknown", "none", "admin"])
_FILE_NAME = re.compile(r"\S+\.(?:docx?|pdf|dvi|tex|pptx?|xlsx?|html?|indd|qxd|wpd|rtf|odt|md|txt)", re.IGNORECASE)


def _stated(value: str) -> str | None:
    text = _readable(value)
    return text if text and text.lower() not in _NO_NAMES else None


def _stated_title(value: str) -> str | None:
    title = re.sub(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel) - ", "", _stated(value) or "")
    return None if not title or _FILE_NAME.fullmatch(title) or title == "about:blank" else title


def _printed_title(laid: Laid) -> str | None:
    """What the first page opens with in the largest type, when that is clearly larger than the rest."""
    sizes = Counter[float]()
    for placed in laid.lines:
        sizes[placed.line.size] += len(placed.line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    opening = [placed for placed in laid.lines if placed.page == laid.lines[0].page]
    large = max(opening, key=lambda placed: placed.line.size, default=None)  # the first of the largest
    if large is None or large.line.size < 1.2 * usual:
        return None
    start = laid.text.rfind("\n", 0, large.start) + 1
    end = laid.text.find("\n", large.start)
    title = laid.text[start : end if end >= 0 else len(laid.text)]
    return title if len(title) <= 150 and any(character.isalpha() for character in title) else None


# Where a stretch of text stands


def _boxes(page: "PdfPage", line: Line, start: int, end: int) -> list[tuple[float, float, float, float]]:
    """The boxes on the page (left, bottom, right, top, in points) of `line.text[start:end]`."""
    from pypdfium2 import raw

    skipped = len(re.sub(r"[\s|]", "", line.text[:start]))
    wanted = len(re.sub(r"[\s|]", "", line.text[start:end]))
    boxes = []
    with _text_of(page) as text:
        index = raw.FPDFText_GetCharIndexFromTextIndex(text, line.first)
        shown = 0
        while 0 <= index < text.count_chars() and shown < skipped + wanted:
            code = raw.FPDFText_GetUnicode(text, index)
            if code > 32 and not 0xDC00 <= code < 0xE000 and chr(code) not in "|\u3000\xa0":
                if shown >= skipped:
                    boxes.append(text.get_charbox(index, loose=True))
                shown += 1
            index += 1
    return _merged(boxes)


def _merged(boxes: Sequence[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    """One box for each run of characters on one line."""
    merged: list[tuple[float, float, float, float]] = []
    for box in boxes:
        if merged:
            left, bottom, right, top = merged[-1]
            if min(top, box[3]) - max(bottom, box[1]) > 0.5 * min(top - bottom, box[3] - box[1]):
                merged[-1] = (min(left, box[0]), min(bottom, box[1]), max(right, box[2]), max(top, box[3]))
                continue
        merged.append(box)
    return merged


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
