"""Printed lines, by where they stand on their pages, as running text: paragraphs, headings and pages."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.sources.source import Heading, Page
from index.sources.text import flow

_ENDS = ".!?。！？…:：;；"
_CLOSING = "\"'”’」』)）]】》"
_NOT_FIRST = "”’」』）】》，。、；：！？"  # of a paragraph
_MARKS = "“”‘’—…·"  # drawn wide among Chinese characters, though not wide by themselves
_ITEM = re.compile(
    r"[•▪■●○◦‣–·*]\s|\(?(?:\d{1,2}|[a-z])[.)]\s|[(（]?[一二三四五六七八九十\d]{1,3}[、）]|第[一二三四五六七八九十\d]+[章节條条]"
)
_BULLET = re.compile(r"[•▪■●○◦‣]")
_CONTENTS_ENTRY = re.compile(r"(?:[.…·] ?){4,}[ |]*[\divxlc]+$")
_LONGEST_HEADING = 150
_NOT_OF_A_HEADING = "。.，,；;、"


@dataclass(frozen=True)
class Cell:
    """A stretch of a line between wide gaps."""

    text: str
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """A line as it is printed. Points from the foot of the page, y upwards, turned so that the line runs to the right.

    `hyphen`: it ends with a hyphen that is not in `text`. `cells`: its parts when it has wide gaps, which rows of a
    table have and justified lines of few words.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    hyphen: bool = False
    cells: tuple[Cell, ...] = ()
    row: bool = False  # its cells stand in columns
    angle: int = 0
    level: int = 0  # of the heading that it is, 0 for none
    first: int = 0  # where its first character stands in what the page was read from


@dataclass(frozen=True)
class Sheet:
    """A page with its lines in reading order; `number` counts from 1."""

    number: int
    height: float
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Placed:
    """Where a line went: `text[start:end]` begins as `line.text` does."""

    start: int
    end: int
    page: int
    line: Line


@dataclass(frozen=True)
class Laid:
    """The text of all pages, and what stands where in it."""

    text: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...]
    lines: tuple[Placed, ...]


@dataclass
class _Paragraph:
    lines: list[tuple[int, Line]]  # each with the number of its page
    level: int = 0
    is_close: bool = False  # it follows the one before without a gap, as items, rows and verses do
    is_line: bool = False  # an item, a row, a verse, and not prose

    @property
    def last(self) -> Line:
        return self.lines[-1][1]


def lay_out_pages(sheets: Sequence[Sheet]) -> Laid:
    """Join lines into paragraphs, also over the end of a page.

    A line that repeats at the head or foot of at least three pages is kept where it first stands, page numbers that
    count with the pages are left out. Neither cuts a paragraph that runs over the end of its page.
    """
    body_size = _body_size(sheets)
    flowing, beside = _without_running_lines(sheets, body_size)
    paragraphs: list[_Paragraph] = []
    for sheet in flowing:
        heads, feet = beside.get(sheet.number, ([], []))
        own = _paragraphs_of(sheet)
        if paragraphs and own and _runs_over(paragraphs[-1], own[0]):
            paragraphs[-1].lines += own.pop(0).lines
        paragraphs += [_Paragraph([(sheet.number, line)]) for line in heads]
        paragraphs += own
        # Before the last paragraph, since that may run over to the next page.
        at = len(paragraphs) - 1 if own and not _is_ended(own[-1].last.text) else len(paragraphs)
        paragraphs[at:at] = [_Paragraph([(sheet.number, line)]) for line in feet]
    if not any(paragraph.level for paragraph in paragraphs):
        _mark_headings(paragraphs, body_size)
    return _Writer(_Habits.of(sheets)).write(paragraphs)


def _body_size(sheets: Sequence[Sheet]) -> float:
    """The size that most characters have, to half a point."""
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# Running headers and footers

_EDGE = 0.13  # of a page's height, where running lines stand
_OUTERMOST = 3  # lines from the edge
_LETTERS = 3  # at least, of a line that repeats: a bracket in a listing is none
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p\.|seite|第)?\s*#\s*(?:页|頁)?(?:\s*(?:of|von|/|／|共|,|，)\s*共?\s*#\s*(?:页|頁)?)?[\W_]*",
    re.IGNORECASE,
)


def _without_running_lines(
    sheets: Sequence[Sheet], body_size: float
) -> tuple[list[Sheet], dict[int, tuple[list[Line], list[Line]]]]:
    """The pages without their running lines, and by page number the running lines to keep at its head and foot."""
    groups: dict[tuple[str, int, str], list[tuple[Sheet, int]]] = defaultdict(list)
    for sheet in sheets:
        for side, number in _at_the_edges(sheet):
            line = sheet.lines[number]
            masked = re.sub(r"\d+", "#", line.text)
            groups[side, round(line.baseline / 4), masked].append((sheet, number))
    taken: dict[int, set[int]] = defaultdict(set)
    kept: dict[int, tuple[list[Line], list[Line]]] = {}
    for (side, _, masked), group in groups.items():
        if len(group) < 2 or len(group) < min(3, 0.3 * len(sheets)):
            continue
        keeps = _kept_of(masked, group, body_size)
        if keeps is None:
            continue
        for sheet, number in group:
            taken[sheet.number].add(number)
        for sheet, number in group[:keeps]:
            kept.setdefault(sheet.number, ([], []))[side == "foot"].append(sheet.lines[number])
    flowing = [
        replace(sheet, lines=tuple(line for at, line in enumerate(sheet.lines) if at not in taken[sheet.number]))
        for sheet in sheets
    ]
    return flowing, kept


def _at_the_edges(sheet: Sheet) -> Iterator[tuple[str, int]]:
    upright = [number for number, line in enumerate(sheet.lines) if not line.angle]
    ordered = sorted(upright, key=lambda number: sheet.lines[number].baseline)
    for number in ordered[:_OUTERMOST]:
        if sheet.lines[number].baseline < _EDGE * sheet.height:
            yield "foot", number
    for number in ordered[-_OUTERMOST:]:
        if sheet.lines[number].baseline > (1 - _EDGE) * sheet.height:
            yield "head", number


def _kept_of(masked: str, group: Sequence[tuple[Sheet, int]], body_size: float) -> int | None:
    """How many of these lines to keep, the first ones; None when they are no running lines."""
    lines = [sheet.lines[number] for sheet, number in group]
    is_page_number = bool(_PAGE_NUMBER.fullmatch(masked))
    if not is_page_number and len(re.findall(r"[^\W\d_]", masked)) < _LETTERS:
        return None
    if len({line.text for line in lines}) == 1:
        return 1 if len(lines) >= 3 else len(lines)
    rows = [[int(figure) for figure in re.findall(r"\d+", line.text)[:9] if len(figure) < 9] for line in lines]
    counts_pages = any(
        len(
            {
                row[place] - sheet.number if place < len(row) else None
                for row, (sheet, _) in zip(rows, group, strict=True)
            }
        )
        == 1
        for place in range(len(rows[0]))
    )
    if not counts_pages:
        return None
    if is_page_number:
        return 0
    # "Question 1", "Question 2" may well be a heading at the top of each page.
    return 1 if len(lines) >= 3 and lines[0].size < 0.95 * body_size else len(lines)


# Paragraphs


def _paragraphs_of(sheet: Sheet) -> list[_Paragraph]:
    lines = _with_rows(sheet.lines)
    leading = _leading(lines)
    columns = _columns(lines, leading)
    paragraphs: list[_Paragraph] = []
    for number, line in enumerate(lines):
        relation = _relation(paragraphs[-1], line, leading, columns[number - 1]) if paragraphs else "paragraph"
        if relation == "same":
            paragraphs[-1].lines.append((sheet.number, line))
        elif relation == "cell":
            _add_cell(paragraphs[-1], line)
        else:
            is_close = relation == "line"
            if is_close:
                paragraphs[-1].is_line = True
            is_line = is_close or line.row or bool(_ITEM.match(line.text))
            paragraphs.append(_Paragraph([(sheet.number, line)], line.level, is_close, is_line))
    return paragraphs


def _with_rows(lines: tuple[Line, ...]) -> list[Line]:
    """The lines, those as rows whose cells stand over or under those of a neighbour, or far apart."""
    rows: list[Line] = []
    for number, line in enumerate(lines):
        around = lines[max(0, number - 1) : number] + lines[number + 1 : number + 2]
        if line.cells and (_is_far_apart(line) or any(_is_in_columns(line, other) for other in around)):
            line = replace(line, text=" | ".join(cell.text for cell in line.cells), row=True)
        rows.append(line)
    return rows


def _is_far_apart(line: Line) -> bool:
    gaps = [after.left - before.right for before, after in pairwise(line.cells)]
    is_justified = len(gaps) > 1 and max(gaps) - min(gaps) < 0.1 * line.size
    return max(gaps) > 5 * line.size and not is_justified


def _is_in_columns(line: Line, other: Line) -> bool:
    """Whether an inner edge of a cell is that of a cell in the other line too."""
    edges = [[cell.left for cell in one.cells[1:]] + [cell.right for cell in one.cells[:-1]] for one in (line, other)]
    return any(abs(here - there) < 0.15 * line.size for here in edges[0] for there in edges[1])


def _add_cell(paragraph: _Paragraph, line: Line) -> None:
    page, before = paragraph.lines.pop()
    text = f"{before.text}{'-' * before.hyphen} | {line.text}"
    paragraph.lines.append((page, replace(line, text=text, left=before.left, first=before.first, row=True)))
    paragraph.is_line = True


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance of two lines, in sizes; the smaller one where two are about as frequent."""
    gaps = Counter(
        round((above.baseline - below.baseline) / above.size, 1)
        for above, below in pairwise(lines)
        if 0.8 * above.size < above.baseline - below.baseline < 2.6 * above.size
    )
    if not gaps:
        return 1.4
    most = max(gaps.values())
    return min(gap for gap, often in gaps.items() if 2 * often >= most)


def _columns(lines: Sequence[Line], leading: float) -> list[float]:
    """How far to the right the lines go that stand close together with each line."""
    columns: list[float] = []
    block: list[Line] = []
    widest = max((line.right - line.left for line in lines), default=0.0)
    for line in lines:
        if block and not _is_close(block[-1], line, leading):
            columns += [_column(block, widest)] * len(block)
            block = []
        block.append(line)
    return columns + [_column(block, widest)] * len(block)


_NARROW = 12  # sizes: no column of text is as narrow, beside wider lines


def _column(block: Sequence[Line], widest: float) -> float:
    right = max((line.right for line in block), default=0.0)
    narrow = _NARROW * block[0].size if block else 0.0
    left = min((line.left for line in block), default=0.0)
    return left + widest if right - left < narrow and widest > 2 * narrow else right


def _is_close(above: Line, line: Line, leading: float) -> bool:
    down = above.baseline - line.baseline
    return (
        0.5 * above.size < down <= (leading + 0.35) * above.size
        and abs(line.size - above.size) <= 0.1 * above.size
        and line.angle == above.angle
    )


def _relation(paragraph: _Paragraph, line: Line, leading: float, column: float) -> str:
    """What a line is to the paragraph above it: "same", a "cell" of its row, a new "line", or a new "paragraph"."""
    above = paragraph.last
    if above.level or line.level or above.angle != line.angle:
        return "paragraph"
    down = above.baseline - line.baseline
    if abs(down) < 0.3 * above.size and line.left > above.right - 0.3 * above.size:
        return "cell" if line.left > above.right + above.size else "same"
    if abs(line.size - above.size) > 0.1 * above.size:
        return "paragraph"
    if _BULLET.match(line.text) or (_ITEM.match(line.text) and (paragraph.is_line or _is_ended(above.text))):
        return "line" if 0 < down < (leading + 0.5) * above.size else "paragraph"
    if down < 0:  # in the next column
        return "same" if -down > 5 * line.size and _continues(above, line) else "paragraph"
    if down > (leading + 0.35) * above.size:
        return "paragraph"
    if line.row or above.row:
        return "line" if line.row and above.row else "paragraph"
    return _below(paragraph, line, column)


def _below(paragraph: _Paragraph, line: Line, column: float) -> str:
    """The relation of a line that stands right below another of the same size."""
    above = paragraph.last
    step = (line.left - above.left) / above.size
    is_first = len(paragraph.lines) == 1
    if step > 0.8 and not (is_first and _ITEM.match(above.text)):
        return "paragraph"
    if step < -0.8 and not is_first:
        return "paragraph"
    if _CONTENTS_ENTRY.search(above.text):
        return "line"
    # A word that would have fitted was put below on purpose.
    first = line.text.split(" ", 1)[0]
    room = (column - above.right) / above.size
    if not above.hyphen and room > min(_ems(first), 6) + 1.5:
        return "paragraph" if _is_ended(above.text) else "line"
    return "same"


def _ems(text: str) -> float:
    """About how wide a text is drawn, in sizes; up to the end of the first wide character, where lines may break."""
    used = 0.0
    for character in text:
        if character >= "\u2e80":
            return used + 1
        used += 0.5
    return used


def _is_ended(text: str) -> bool:
    bare = text.rstrip(_CLOSING)
    return (bare or text)[-1:] in _ENDS


def _continues(above: Line, line: Line) -> bool:
    """Whether a sentence goes on in another column or on another page."""
    return (
        not (above.level or line.level or above.row or line.row)
        and abs(line.size - above.size) <= 0.1 * above.size
        and above.angle == line.angle
        and (above.hyphen or not _is_ended(above.text) or line.text[0] in _NOT_FIRST)
        and not _ITEM.match(line.text)
    )


def _runs_over(before: _Paragraph, after: _Paragraph) -> bool:
    above, line = before.last, after.lines[0][1]
    if not _continues(above, line) or line.left - min(one.left for _, one in before.lines) > 0.8 * line.size:
        return False
    # A short line before it stands alone, as a heading or a verse does.
    widest = max(one.right for _, one in [*before.lines, *after.lines])
    return line.text[0].islower() or above.hyphen or widest - above.right < 6 * above.size


def _mark_headings(paragraphs: list[_Paragraph], body_size: float) -> None:
    """Mark short paragraphs in clearly larger type, unless so much is large that it says nothing."""
    large = [one for one in paragraphs if _may_be_heading(one, body_size)]
    total = sum(len(line.text) for one in paragraphs for _, line in one.lines)
    if 4 * sum(len(line.text) for one in large for _, line in one.lines) > total:
        return
    sizes = sorted({round(one.last.size) for one in large}, reverse=True)
    for one in large:
        one.level, one.is_close = min(sizes.index(round(one.last.size)) + 1, 6), False


def _may_be_heading(paragraph: _Paragraph, body_size: float) -> bool:
    text = "".join(line.text for _, line in paragraph.lines)
    return (
        all(line.size > 1.12 * body_size and not line.row for _, line in paragraph.lines)
        and len(text) <= _LONGEST_HEADING
        and text[-1] not in _NOT_OF_A_HEADING
        and any(character.isalpha() for character in text)
    )


# Text


_HYPHENATED = 0.02  # of the lines end with a hyphen where words are broken; where none are, 0.002 to 0.01
_WITH_HYPHEN = frozenset(
    "all anti co cross ex full half high ill long low mid multi non post pre self semi short well".split()
)


_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"


@dataclass(frozen=True)
class _Habits:
    """How a document writes, as far as its line ends are to be undone."""

    breaks_words: bool  # at line ends, with a hyphen
    words: frozenset[str]
    is_tight: bool  # no spaces between Chinese and Latin characters

    @classmethod
    def of(cls, sheets: Sequence[Sheet]) -> "_Habits":
        lines = [line for sheet in sheets for line in sheet.lines]
        ended = sum(line.hyphen for line in lines)
        tight = spaced = 0
        for line in lines:
            if not line.text.isascii():
                tight += len(re.findall(rf"[{_WIDE}][A-Za-z0-9]|[A-Za-z0-9%][{_WIDE}]", line.text))
                spaced += len(re.findall(rf"[{_WIDE}] [A-Za-z0-9]|[A-Za-z0-9%] [{_WIDE}]", line.text))
        return cls(ended > _HYPHENATED * len(lines), _words(lines) if ended else frozenset(), tight > spaced)

    def between(self, above: str, below: str) -> str:
        """What stands between two lines of a paragraph: a space, or nothing where the document writes none."""
        last, first = above[-1], below[0]
        wide = (last >= "\u2e80") + (first >= "\u2e80")
        if wide == 1 and (self.is_tight or last in _MARKS or first in _MARKS):
            return ""
        if wide:
            return "" if len(flow(f"{last}\n{first}")) == 2 else " "
        # Some writers break lines of Chinese inside a number.
        is_chinese = not (above.isascii() or below.isascii() or " " in above or " " in below)
        return "" if self.is_tight and is_chinese else " "

    def is_one_word(self, above: str, below: str) -> bool:
        """Whether a hyphen at a line's end only breaks a word; else it belongs there, as in "well-known"."""
        first = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", above.lower())
        second = re.match(r"[^\W\d_]+", below)
        if not first or not second or not second[0].islower() or "-" in first[0]:
            return False
        if first[0] + second[0] in self.words or f"{first[0]}-{second[0]}" in self.words:
            return first[0] + second[0] in self.words
        both = first[0] in self.words and second[0] in self.words
        return self.breaks_words and not both and first[0] not in _WITH_HYPHEN


def _words(lines: Sequence[Line]) -> frozenset[str]:
    """The words of a document, but for what stands before and after a hyphen at a line's end."""
    found: set[str] = set()
    after_hyphen = False
    for line in lines:
        text = re.sub(r"\S+$", "", line.text) if line.hyphen else line.text
        text = re.sub(r"^\S+", "", text) if after_hyphen else text
        found.update(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
        after_hyphen = line.hyphen
    return frozenset(found)


class _Writer:
    def __init__(self, habits: _Habits) -> None:
        self._habits = habits
        self._parts: list[str] = []
        self._position = 0
        self._spans: dict[int, tuple[int, int]] = {}
        self._headings: list[Heading] = []
        self._lines: list[Placed] = []

    def write(self, paragraphs: Sequence[_Paragraph]) -> Laid:
        for paragraph in paragraphs:
            if self._parts:
                self._add("\n" if paragraph.is_close else "\n\n")
            start, before = self._position, len(self._parts)
            self._paragraph(paragraph)
            if paragraph.level:
                text = "".join(self._parts[before:])
                self._headings.append(Heading(start, self._position, paragraph.level, text))
        pages = tuple(Page(start, end, number) for number, (start, end) in sorted(self._spans.items()))
        return Laid("".join(self._parts), pages, tuple(self._headings), tuple(self._lines))

    def _paragraph(self, paragraph: _Paragraph) -> None:
        following = [line for _, line in paragraph.lines[1:]]
        for (page, line), below in zip(paragraph.lines, [*following, None], strict=True):
            page = max([page, *list(self._spans)[-1:]])  # a running line may come after the paragraph of a later page
            start = self._position
            self._add(line.text)
            self._spans[page] = (self._spans.get(page, (start, 0))[0], self._position)
            self._lines.append(Placed(start, self._position, page, line))
            if below is not None:
                self._add(self._between(line, below))
            elif line.hyphen:
                self._add("-")
                self._spans[page] = (self._spans[page][0], self._position)

    def _between(self, line: Line, below: Line) -> str:
        if line.hyphen:
            return "" if self._habits.is_one_word(line.text, below.text) else "-"
        return self._habits.between(line.text, below.text)

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._position += len(text)


def placed_in(laid: Laid, start: int, end: int) -> Iterator[Placed]:
    """Yield the lines of which `text[start:end]` holds a part."""
    first = bisect_left(laid.lines, start, key=lambda placed: placed.end)
    for placed in laid.lines[first:]:
        if placed.start >= end:
            return
        if placed.end > start:
            yield placed
