"""Printed lines, by where they stand on their pages, as running text: paragraphs, headings and pages."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import NamedTuple

from index.sources.grid import Grid, with_tables
from index.sources.lines import Line, Part, Sheet, joined, split
from index.sources.order import in_reading_order, with_scripts_and_marks
from index.sources.source import Block, Heading, Page
from index.sources.text import flow

_ENDS = ".!?。！？…:：;；"
_CLOSING = "\"'”’」』)）]】》"
_NOT_FIRST = "”’」』）】》，。、；：！？"  # of a paragraph
_MARKS = "“”‘’—…·"  # drawn wide among Chinese characters, though not wide by themselves
_ITEM = re.compile(
    r"[•▪■●○◦‣–·*]\s|-\s(?!\d)|\(?(?:\d{1,2}|[a-z])[.)]\s|\d{1,2}(?:．|\.(?=[\u4e00-\u9fff]))|[①-⑳]"
    r"|[(（]?[一二三四五六七八九十\d]{1,3}[、）]|[(（][一二三四五六七八九十\d]{1,3}[)）](?=[\u4e00-\u9fff])"
    r"|第[一二三四五六七八九十\d]+[章节條条]"
)
_BULLET = re.compile(r"[•▪■●○◦‣]")
_CONTENTS_ENTRY = re.compile(r"(?:[.…·] ?){4,}[ |]*[\divxlc]+$")
_LONGEST_HEADING = 150
_WIDE_GAP = 1.5  # sizes, between the cells of a row
_NOT_OF_A_HEADING = "。.，,；;、"


class Placed(NamedTuple):
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
    blocks: tuple[Block, ...]
    lines: tuple[Placed, ...]


@dataclass
class _Paragraph:
    lines: list[tuple[int, Line]]  # each with the number of its page
    level: int = 0
    is_close: bool = False  # it follows the one before without a gap, as items, rows and verses do
    is_line: bool = False  # an item, a row, a verse, and not prose
    is_block: bool = False  # it is kept whole, as a row or a listing is
    is_running: bool = False  # a line of the head or the foot of its page

    @property
    def first(self) -> Line:
        return self.lines[0][1]

    @property
    def last(self) -> Line:
        return self.lines[-1][1]


def lay_out_pages(sheets: Sequence[Sheet]) -> Laid:
    """Join lines into paragraphs, also over the end of a page, and cells into rows of tables.

    A line that repeats at the head or foot of at least three pages is kept where it first stands, page numbers that
    count with the pages are left out. Neither cuts a paragraph that runs over the end of its page.
    """
    body_size = _body_size(sheets)
    has_listings = _has_listings(sheets)
    flowing, beside = _without_running_lines(sheets, body_size)
    paragraphs: list[_Paragraph] = []
    table: _Table | None = None
    for sheet in flowing:
        heads, feet = beside.get(sheet.number, ([], []))
        own, table = _paragraphs_of(sheet, table, has_listings)
        paragraphs += [_Paragraph([(sheet.number, line)], is_running=True) for line in heads]
        paragraphs += own
        # Before the last paragraph, since that may run over to the next page.
        at = len(paragraphs) - 1 if own and not _is_ended(own[-1].last.text) else len(paragraphs)
        paragraphs[at:at] = [_Paragraph([(sheet.number, line)], is_running=True) for line in feet]
    paragraphs = _with_ends(paragraphs, body_size, _indents(paragraphs))
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
_AROUND_NUMBERS = " -–—·.|/[]()"
_OUTERMOST = 3  # lines from the edge
_LETTERS = 3  # at least, of a line that repeats: a bracket in a listing is none
_FIGURES = re.compile(r"\d+")
_LONGEST_PAGE_NUMBER = 8  # digits
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p\.|seite|第)?\s*#\s*(?:页|頁)?(?:\s*(?:of|von|/|／|共|,|，)\s*共?\s*#\s*(?:页|頁)?)?[\W_]*",
    re.IGNORECASE,
)


_NAMES_PAGE = re.compile(  # among other words, at one of its ends
    r"^\W*(?:(?:page|seite) ?#|# ?[|·•–—]|第 ?# ?[页頁])"
    r"|(?:\b(?:page|seite) ?#(?: (?:of|von) \d+)?|[|·•–—] ?#|第 ?# ?[页頁])\W*$"
    r"|\.(?:indb|indd|qxd|qxp) #",
    re.IGNORECASE,
)
_LARGE = 1.12  # times the size of most text, of headings

_Key = tuple[str, int, str]  # side, height and text of a line


def _without_running_lines(
    sheets: Sequence[Sheet], body_size: float
) -> tuple[list[Sheet], dict[int, tuple[list[Line], list[Line]]]]:
    """The pages without their running lines, and by page number the running lines to keep at its head and foot."""
    similar: dict[_Key, list[tuple[Sheet, int]]] = defaultdict(list)
    edges: dict[int, dict[str, list[int]]] = {}
    labels: dict[tuple[int, int], bool] = {}
    for sheet in sheets:
        sides = edges[sheet.number] = {"foot": [], "head": []}
        for side, number in _at_the_edges(sheet):
            line = sheet.lines[number]
            similar[side, round(line.baseline / 4), _FIGURES.sub("#", line.text)].append((sheet, number))
            sides[side].append(number)
            labels[sheet.number, number] = bool(sheet.label) and line.text.strip(_AROUND_NUMBERS) == sheet.label
    groups: dict[_Key, list[tuple[Sheet, int]]] = defaultdict(list)
    keys: dict[tuple[int, int], _Key] = {}
    for (side, level, _), group in similar.items():
        for sheet, number, masked in _without_page_numbers(group):
            key = keys[sheet.number, number] = side, level, masked
            groups[key].append((sheet, number))
    keeps = {key: _keeps(key[2], group, len(sheets), body_size) for key, group in groups.items()}
    taken: dict[int, set[int]] = {sheet.number: set() for sheet in sheets}
    for sheet in sheets:
        for side, edge in edges[sheet.number].items():
            running = [at for at in edge if keeps[keys[sheet.number, at]] is not None or labels[sheet.number, at]]
            taken[sheet.number] |= _outermost(sheet, side, running)
    kept: dict[int, tuple[list[Line], list[Line]]] = {}
    for key, group in groups.items():
        gone = [(sheet, number) for sheet, number in group if number in taken[sheet.number]]
        for sheet, number in gone[: keeps[key] or 0]:
            kept.setdefault(sheet.number, ([], []))[key[0] == "foot"].append(sheet.lines[number])
    flowing = [
        sheet._replace(lines=tuple(line for at, line in enumerate(sheet.lines) if at not in taken[sheet.number]))
        if taken[sheet.number]
        else sheet
        for sheet in sheets
    ]
    return flowing, kept


def _without_page_numbers(group: Sequence[tuple[Sheet, int]]) -> Iterator[tuple[Sheet, int, str]]:
    """Yield lines that differ by their figures alone, each with its text, # for those that count with the pages."""
    texts = [sheet.lines[number].text for sheet, number in group]
    figures = [_FIGURES.findall(text) for text in texts]
    pages = [sheet.number for sheet, _ in group]
    counts = [_counts(pages, column) for column in zip(*figures, strict=True)]
    for (sheet, number), text, row in zip(group, texts, figures, strict=True):
        shown = ["#" if counting else figure for counting, figure in zip(counts, row, strict=True)]
        yield sheet, number, "".join(chain.from_iterable(zip(_FIGURES.split(text), [*shown, ""], strict=True)))


def _counts(pages: Sequence[int], figures: Sequence[str]) -> bool:
    if any(len(figure) > _LONGEST_PAGE_NUMBER for figure in figures):
        return False
    return len({int(figure) - page for figure, page in zip(figures, pages, strict=True)}) == 1


def _outermost(sheet: Sheet, side: str, running: Sequence[int]) -> set[int]:
    """Those of these lines between which and their edge of the page no other line stands.

    What equals a line of other pages by chance ends a paragraph, which stands above it.
    """
    sign = 1 if side == "head" else -1
    levels = [sign * line.baseline for at, line in enumerate(sheet.lines) if not line.angle and at not in running]
    edge = max(levels, default=-1e9)
    return {at for at in running if sign * sheet.lines[at].baseline > edge - 0.5 * sheet.lines[at].size}


def _at_the_edges(sheet: Sheet) -> Iterator[tuple[str, int]]:
    low, high = _EDGE * sheet.height, (1 - _EDGE) * sheet.height
    lines = sheet.lines
    edges = [
        number
        for number, line in enumerate(lines)
        if not line.angle and not line.level and not low <= line.baseline <= high
    ]
    edges.sort(key=lambda number: lines[number].baseline)
    yield from (("foot", number) for number in edges[:_OUTERMOST] if lines[number].baseline < low)
    yield from (("head", number) for number in edges[-_OUTERMOST:] if lines[number].baseline > high)


def _keeps(masked: str, group: Sequence[tuple[Sheet, int]], pages: int, body_size: float) -> int | None:
    """How many of the lines of a group to keep, the first ones; None when they are no running lines."""
    if len(group) < 2 or len(group) < min(3, 0.3 * pages):
        return None
    if all(_heads_a_table(sheet, number) for sheet, number in group[:3]):
        return None
    numbers = [sheet.number for sheet, _ in group]
    # Running lines stand on every page or every second one of a chapter.
    if len(group) >= 3 and 4 * sum(after - before > 2 for before, after in pairwise(numbers)) > len(group):
        return None
    keeps = _kept_of(masked, group, body_size)
    # Where a line counts with the pages, it may be one of the text that stands there.
    is_sure = keeps == 0 or (keeps == 1 and "#" not in masked)
    return keeps if is_sure or all(_stands_apart(sheet, number) for sheet, number in group[:3]) else None


def _stands_apart(sheet: Sheet, number: int) -> bool:
    line = sheet.lines[number]
    steps = (abs(line.baseline - other.baseline) for other in sheet.lines if other.angle == line.angle)
    return not any(0.5 * line.size < step < 1.6 * line.size for step in steps)


def _heads_a_table(sheet: Sheet, number: int) -> bool:
    """Whether a row of cells stands close to this one."""
    line = sheet.lines[number]
    near = sheet.lines[max(0, number - 1) : number] + sheet.lines[number + 1 : number + 2]
    return len(line.cells) > 1 and any(
        len(other.cells) > 1 and abs(line.baseline - other.baseline) < 3 * line.size for other in near
    )


def _kept_of(masked: str, group: Sequence[tuple[Sheet, int]], body_size: float) -> int | None:
    """How many of these lines to keep, the first ones; None when they are no running lines."""
    lines = [sheet.lines[number] for sheet, number in group]
    is_number = _PAGE_NUMBER.fullmatch(_FIGURES.sub("#", masked)) is not None
    if is_number and "#" in masked:
        return 0
    if not is_number and len(re.findall(r"[^\W\d_]", masked)) < _LETTERS:
        return None
    if "#" in masked:
        # "Question 1", "Question 2", as "Invoice 2041", may well be what is told at the edge of each page.
        return 1 if len(lines) >= 3 and _names_page(masked, lines[0]) else len(lines)
    if lines[0].size > _LARGE * body_size:  # the title of a slide
        return None
    return 1 if len(lines) >= 3 else len(lines)


def _names_page(masked: str, line: Line) -> bool:
    """Whether the figure that counts with the pages is their number, and not one of what the line tells."""
    is_apart = [bool(_PAGE_NUMBER.fullmatch(_FIGURES.sub("#", cell.text))) for cell in line.cells]
    if is_apart and ((is_apart[0] and masked[0] == "#") or (is_apart[-1] and masked[-1] == "#")):
        return True
    return _NAMES_PAGE.search(masked) is not None


# Paragraphs


class _Table(NamedTuple):
    """A table that stands last on its page, so that the next page may go on with it."""

    grid: Grid
    header: tuple[Line, ...] | None


def _paragraphs_of(sheet: Sheet, before: _Table | None, has_listings: bool) -> tuple[list[_Paragraph], _Table | None]:
    """The paragraphs of a page, and the table that it ends with; `before`: that with which the last page ended."""
    lines = in_reading_order(with_scripts_and_marks(_without_line_numbers(sheet.lines)), sheet.is_ordered)
    if has_listings:
        lines = list(_with_listings(lines))
    paragraphs: list[_Paragraph] = []
    prose: list[Line] = []
    table: _Table | None = None
    for one in with_tables(lines):
        if isinstance(one, Line):
            prose.append(one)
            continue
        paragraphs += _paragraphs_of_prose(sheet.number, prose)
        prose = []
        rows, table = _rows_of(sheet.number, one, None if paragraphs else before)
        paragraphs += rows
    paragraphs += _paragraphs_of_prose(sheet.number, prose)
    return paragraphs, None if prose else table


_LEAST_NUMBERED = 8  # lines of a page whose lines are numbered


def _without_line_numbers(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of a page without the numbers of its lines in the margin, as drafts and bills have them."""
    parts = [split(line, 0.0) for line in lines]
    numbers = {at: part[0] for at, part in enumerate(parts) if part[0].text.isdecimal() and len(part[0].text) < 5}
    if len(numbers) < _LEAST_NUMBERED:
        return lines
    edge = max(number.right for number in numbers.values())
    told = {at: part[at in numbers :] for at, part in enumerate(parts)}
    begins = [part[0] for part in told.values() if part]
    steps = [
        int(below.text) - int(above.text)
        for above, below in pairwise(sorted(numbers.values(), key=lambda number: -number.baseline))
    ]
    goes_on = sum(begin.text[0].islower() for begin in begins)
    if (
        min((begin.left for begin in begins), default=0.0) < edge
        or 10 * len(numbers) < 8 * len(begins)
        or 10 * steps.count(1) < 9 * len(steps)
        or 10 * goes_on < 3 * len(begins)  # a list, the rows of a table
    ):
        return lines
    return [
        _without_first(line, part) if at in numbers else line
        for at, (line, part) in enumerate(zip(lines, told.values(), strict=True))
        if part
    ]


def _without_first(line: Line, parts: Sequence[Line]) -> Line:
    if len(parts) == 1:
        return parts[0]
    return joined(parts, [" "] * (len(parts) - 1))._replace(cells=line.cells[1:], parts=())


def _rows_of(number: int, grid: Grid, before: _Table | None) -> tuple[list[_Paragraph], _Table]:
    own = grid.header
    if before is not None and before.grid.continues(grid):
        is_repeated = before.header is not None and grid.is_header(before.header)
        if is_repeated or own is None:
            rows = grid.printed(before.header, int(is_repeated), own_header=False)
            return [_Paragraph([(number, row)], 0, True, True, True) for row in rows], _Table(grid, before.header)
    rows = grid.printed(own, int(own is not None), own_header=True)
    paragraphs = [_Paragraph([(number, row)], 0, at > 0, True, True) for at, row in enumerate(rows)]
    return paragraphs, _Table(grid, own)


def _has_listings(sheets: Sequence[Sheet]) -> bool:
    """Whether some of the text is in type of one width, and not all of it."""
    fixed = sum(len(line.text) for sheet in sheets for line in sheet.lines if line.fixed)
    return 0 < fixed and 2 * fixed < sum(len(line.text) for sheet in sheets for line in sheet.lines)


def _with_listings(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, those of a listing as one, with its breaks and indents."""
    for is_fixed, group in groupby(lines, key=lambda line: line.fixed and not line.level and not line.angle):
        run = list(group)
        if not is_fixed:
            yield from run
            continue
        for listing in _listings(run):
            if len(listing) < 2 or 2 * sum(bool(line.cells) for line in listing) > len(listing):
                yield from listing
                continue
            edge = min(line.left for line in listing)
            indents = [max(0, round((line.left - edge) / (0.6 * line.size))) for line in listing]
            whole = joined(listing, ["\n" + " " * indent for indent in indents[1:]])
            yield whole._replace(text=whole.text + "-" * whole.hyphen, hyphen=False)


def _listings(lines: Sequence[Line]) -> Iterator[list[Line]]:
    listing: list[Line] = []
    for line in lines:
        if listing and not 0 < listing[-1].baseline - line.baseline < 3 * line.size:
            yield listing
            listing = []
        listing.append(line)
    yield listing


def _paragraphs_of_prose(number: int, given: Sequence[Line]) -> list[_Paragraph]:
    lines = _with_rows(tuple(given))
    leading = _leading(lines)
    columns = _columns(lines, leading)
    paragraphs: list[_Paragraph] = []
    for at, line in enumerate(lines):
        relation = _relation(paragraphs[-1], line, leading, columns[at - 1]) if paragraphs else "paragraph"
        if relation == "same":
            paragraphs[-1].lines.append((number, line))
        elif relation == "cell":
            _add_cell(paragraphs[-1], line)
        else:
            is_close = relation == "line"
            if is_close:
                paragraphs[-1].is_line = True
            is_block = "\n" in line.text
            is_line = is_close or line.row or is_block or bool(_ITEM.match(line.text))
            paragraphs.append(_Paragraph([(number, line)], line.level, is_close, is_line, is_block))
    return paragraphs


def _with_rows(lines: tuple[Line, ...]) -> list[Line]:
    """The lines, those as rows whose cells stand over or under those of a neighbour, or far apart."""
    if not any(line.cells for line in lines):
        return list(lines)
    given = [split(line, _WIDE_GAP) if line.cells else [line] for line in lines]
    rows: list[Line] = []
    for number, (line, cells) in enumerate(zip(lines, given, strict=True)):
        around = given[max(0, number - 1) : number] + given[number + 1 : number + 2]
        if len(cells) > 1 and (_is_far_apart(cells) or any(_is_in_columns(cells, other) for other in around)):
            line = joined(cells, [" | "] * (len(cells) - 1))._replace(row=True, size=line.size)
        rows.append(line)
    return rows


def _is_far_apart(cells: Sequence[Line]) -> bool:
    gaps = [after.left - before.right for before, after in pairwise(cells)]
    is_justified = len(gaps) > 1 and max(gaps) - min(gaps) < 0.1 * cells[0].size
    return max(gaps) > 5 * cells[0].size and not is_justified


def _is_in_columns(cells: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether an inner edge of a cell is that of a cell in the other line too."""
    edges = [[cell.left for cell in one[1:]] + [cell.right for cell in one[:-1]] for one in (cells, other)]
    return any(abs(here - there) < 0.15 * cells[0].size for here in edges[0] for there in edges[1])


def _add_cell(paragraph: _Paragraph, line: Line) -> None:
    page, before = paragraph.lines.pop()
    paragraph.lines.append(
        (
            page,
            joined([before, line], [" " if before.text[-1] in ":：" else " | "])._replace(row=True, size=before.size),
        )
    )
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
    if line.goes_on and line.level == above.level:
        return "same"
    if above.level or line.level or above.angle != line.angle or "\n" in line.text or "\n" in above.text:
        return "paragraph"
    down = above.baseline - line.baseline
    if abs(down) < 0.3 * above.size and line.left > above.right - 0.3 * above.size:
        return "cell" if line.left > above.right + _WIDE_GAP * above.size else "same"
    if abs(line.size - above.size) > 0.1 * above.size:
        return "paragraph"
    if _BULLET.match(line.text) or (_ITEM.match(line.text) and (paragraph.is_line or _is_ended(above.text))):
        return "line" if 0 < down < (leading + 0.5) * above.size else "paragraph"
    if not 0 < down <= (leading + 0.35) * above.size:  # below 0: in the next column
        return "paragraph"
    if line.row or above.row:
        return "line" if line.row and above.row else "paragraph"
    return _below(paragraph, line, column)


def _below(paragraph: _Paragraph, line: Line, column: float) -> str:
    """The relation of a line that stands right below another of the same size."""
    above = paragraph.last
    step = (line.left - above.left) / above.size
    is_first = len(paragraph.lines) == 1
    if step > 0.8 and not (is_first and (_ITEM.match(above.text) or _hangs(above, line))):
        return "paragraph"
    if step < -0.8 and not is_first:
        return "paragraph"
    if _CONTENTS_ENTRY.search(above.text):
        return "line"
    if line.bold and not above.bold and _is_ended(above.text) and column - line.right > _NOT_FULL * line.size:
        return "paragraph"
    # A word that would have fitted was put below on purpose.
    first = line.text.split(" ", 1)[0]
    room = (column - above.right) / above.size
    if not (above.hyphen or _SPAN.search(above.text)) and room > min(_ems(first), 6) + 1.5:
        is_title = not line.bold and all(one.bold for _, one in paragraph.lines)
        return "paragraph" if is_title or _is_ended(above.text) else "line"
    return "same"


_NOT_FULL = 3  # sizes, at least, between the end of a heading and that of full lines


def _hangs(above: Line, line: Line) -> bool:
    """Whether a line begins below what follows a mark that was drawn apart."""
    return len(above.parts) > 1 and abs(above.parts[1].line.left - line.left) < 0.5 * line.size


def _ems(text: str) -> float:
    """About how wide a text is drawn, in sizes; up to the end of the first wide character, where lines may break."""
    if text.isascii():
        return 0.5 * len(text)
    used = 0.0
    for character in text:
        if character >= "\u2e80":
            return used + 1
        used += 0.5
    return used


def _is_ended(text: str) -> bool:
    bare = text.rstrip(_CLOSING)
    return (bare or text)[-1:] in _ENDS


_RECENT = 100  # lines of a paragraph that tell how it is set: some run through a whole book
_FURTHEST = 8  # paragraphs of notes and captions between the two parts of one


def _indents(paragraphs: Sequence[_Paragraph]) -> bool:
    """Whether the first line of a paragraph is indented in this document."""
    long = [one for one in paragraphs if _is_prose(one) and len(one.lines) > 2]
    indented = sum(0.8 < (one.first.left - one.lines[1][1].left) / one.first.size < 5 for one in long)
    return len(long) >= 4 and indented >= 0.6 * len(long)


def _is_prose(paragraph: _Paragraph) -> bool:
    is_apart = paragraph.level or paragraph.is_block or paragraph.is_running
    return not (is_apart or paragraph.first.row or paragraph.last.row)


def _with_ends(paragraphs: Sequence[_Paragraph], body_size: float, indents: bool) -> list[_Paragraph]:
    """The paragraphs, those as one that go on in the next column or on the next page.

    Footnotes and captions in smaller type that stand between come before it, or after it when on the later page.
    """
    found: list[_Paragraph] = []
    for paragraph in paragraphs:
        at = _place_before(found, paragraph, body_size) if _is_prose(paragraph) else None
        if at is not None and _runs_over(found[at], paragraph, indents, is_next=at == len(found) - 1):
            before = found.pop(at)
            page = before.lines[-1][0]
            before.lines += paragraph.lines
            between = found[at:]
            here = [one for one in between if one.lines[0][0] <= page]
            found[at:] = [*here, before, *(one for one in between if one.lines[0][0] > page)]
        else:
            found.append(paragraph)
    return found


def _place_before(found: Sequence[_Paragraph], paragraph: _Paragraph, body_size: float) -> int | None:
    """Which is the last paragraph in the type of this one, if that stands in the column or on the page before."""
    line = paragraph.first
    for at in range(len(found) - 1, max(-1, len(found) - 1 - _FURTHEST), -1):
        before = found[at]
        if before.level or before.is_block:
            return None
        if before.is_running or (before.last.size < 0.95 * line.size and line.size < 1.1 * body_size):
            continue
        pages = paragraph.lines[0][0] - before.lines[-1][0]
        is_next = pages == 1 or (pages == 0 and line.baseline > before.last.baseline + 2 * line.size)
        return at if is_next and _is_prose(before) else None
    return None


def _runs_over(before: _Paragraph, after: _Paragraph, indents: bool, is_next: bool) -> bool:
    above, line = before.last, after.first
    is_alike = abs(line.size - above.size) <= 0.1 * above.size and above.angle == line.angle
    edge = after.lines[1][1].left if len(after.lines) > 1 else line.left
    if before.lines[-1][0] != after.lines[0][0]:
        edge = min(edge, *(one.left for _, one in before.lines[-_RECENT:])) if is_next else edge
    if not is_alike or _ITEM.match(line.text) or line.left - edge > 0.8 * line.size:
        return False
    if above.hyphen or line.text[0] in _NOT_FIRST:
        return True
    if _is_ended(above.text):
        # A sentence that ends there ends no paragraph where the first line of one is indented.
        return indents and len(after.lines) > 1 and len(before.lines) > 1
    # A short line before it stands alone, as a heading or a verse does.
    widest = max(one.right - one.left for _, one in [*before.lines[-_RECENT:], *after.lines])
    is_full = widest - (above.right - above.left) < 6 * above.size
    return line.text[0].islower() or (is_full and (is_next or len(before.lines) > 1))


def _mark_headings(paragraphs: list[_Paragraph], body_size: float) -> None:
    """Mark short paragraphs in clearly larger or in bold type, unless so much is that it says nothing."""
    total = sum(map(_length, paragraphs))
    large = [one for one in paragraphs if _may_be_heading(one) and _is_large(one, body_size)]
    if 4 * sum(map(_length, large)) > total:
        return
    sizes = sorted({round(one.last.size) for one in large}, reverse=True)
    for one in large:
        one.level, one.is_close = min(sizes.index(round(one.last.size)) + 1, 6), False
    is_bold = [not one.level and all(line.bold for _, line in one.lines) for one in paragraphs]
    if 5 * sum(_length(one) for one, bold in zip(paragraphs, is_bold, strict=True) if bold) > total:
        return
    for (one, after), bold in zip(pairwise(paragraphs), is_bold, strict=False):
        if bold and _may_be_heading(one) and len(one.lines) < 3 and not after.first.bold and not one.is_close:
            one.level, after.is_close = min(len(sizes) + 1, 6), False


def _length(paragraph: _Paragraph) -> int:
    return sum(len(line.text) for _, line in paragraph.lines)


def _is_large(paragraph: _Paragraph, body_size: float) -> bool:
    return all(line.size > _LARGE * body_size for _, line in paragraph.lines)


def _may_be_heading(paragraph: _Paragraph) -> bool:
    text = "".join(line.text for _, line in paragraph.lines)
    return (
        not paragraph.is_block
        and not any(line.row or line.angle % 90 for _, line in paragraph.lines)
        and len(text) <= _LONGEST_HEADING
        and text[-1] not in _NOT_OF_A_HEADING
        and any(character.isalpha() for character in text)
    )


# Text


_HYPHENATED = 0.02  # of the lines end with a hyphen where words are broken; where none are, 0.002 to 0.01
_WITH_HYPHEN = frozenset(
    (
        "all anti co cross ex full half high ill long low mid multi non post pre self semi short well "
        "twenty thirty forty fifty sixty seventy eighty ninety"
    ).split()
)


_AFTER_HYPHEN = frozenset(  # words that end a compound more often than they are the end of a broken word
    (
        "backed based built dependent driven duty effective efficient free friendly funded income intensive known "
        "level linked making oriented owned party quality related resistant reviewed scale sensitive sized specific "
        "style term wide"
    ).split()
)
_PREFIXES = frozenset("cor de dis en im in inter over re un under".split())
_SUSPENDED = re.compile(
    r"(?:and|or|to|und|oder|bis|sowie|et|ou)\b"
)  # what comes after the hyphen of "3- and 4-year-olds"
_OF_ADDRESS = re.compile(r"\S*(?://|www\.|@|/\S*/)\S*$")
_GOES_ON_AS_ADDRESS = re.compile(r"[\w~%-]*[/._=?&%#~]\w")
_SPAN = re.compile(r"(?<!\w)\d[\d.,]*[–—]$")


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
            if not line.cells and not line.text.isascii():
                tight += len(re.findall(rf"[{_WIDE}][A-Za-z0-9]|[A-Za-z0-9%][{_WIDE}]", line.text))
                spaced += len(re.findall(rf"[{_WIDE}] [A-Za-z0-9]|[A-Za-z0-9%] [{_WIDE}]", line.text))
        return cls(ended > _HYPHENATED * len(lines), _words(lines) if ended else frozenset(), tight > spaced)

    def between(self, above: str, below: str) -> str:
        """What stands between two lines of a paragraph: a space, or nothing where the document writes none."""
        last, first = above[-1], below[0]
        if first.isdigit() and _SPAN.search(above):
            return ""
        if last in "/_=&?" and _OF_ADDRESS.search(above) and _GOES_ON_AS_ADDRESS.match(below):
            return ""
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
        first = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", above)
        second = re.match(r"[^\W\d_]+", below)
        if not first or not second or not second[0].islower() or "-" in first[0] or _OF_ADDRESS.search(above):
            return False
        begin, end = first[0].lower(), second[0]
        if begin + end in self.words or f"{begin}-{end}" in self.words:
            return begin + end in self.words
        both = begin in self.words and end in self.words
        is_known = both or (end in _AFTER_HYPHEN and begin not in _PREFIXES)
        is_compound = is_known or first[0].isupper() or begin in _WITH_HYPHEN
        return self.breaks_words and not is_compound


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
        self._pages: list[Page] = []
        self._headings: list[Heading] = []
        self._blocks: list[Block] = []
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
            elif paragraph.is_block:
                self._blocks.append(Block(start, self._position))
        spans = (tuple(self._pages), tuple(self._headings), tuple(self._blocks))
        return Laid("".join(self._parts), *spans, tuple(self._lines))

    def _paragraph(self, paragraph: _Paragraph) -> None:
        following = [line for _, line in paragraph.lines[1:]]
        for (page, line), below in zip(paragraph.lines, [*following, None], strict=True):
            start = self._position
            line = self._without_breaks(line)
            self._add(line.text)
            self._extend(page, start)
            if not line.parts:
                self._lines.append(Placed(start, self._position, page, line))
            for part in line.parts:
                self._lines.append(Placed(start + part.start, start + part.end, page, part.line))
            if below is not None:
                self._add(self._between(line, below))
            elif line.hyphen:
                self._add("-")
                self._extend(page, start)

    def _without_breaks(self, line: Line) -> Line:
        """A line with its words whole that break between two of its parts, as in the cells of a table."""
        kept: list[Part] = []
        text, done = "", 0
        for part, after in pairwise(line.parts):
            kept.append(part._replace(start=part.start - done + len(text), end=part.end - done + len(text)))
            is_broken = part.line.hyphen and line.text[part.end : after.start] == "-"
            if is_broken and not self._between(part.line, after.line):
                text, done = text + line.text[done : part.end], after.start
        if not done:
            return line
        last, shift = line.parts[-1], len(text) - done
        kept.append(last._replace(start=last.start + shift, end=last.end + shift))
        return line._replace(text=text + line.text[done:], parts=tuple(kept))

    def _extend(self, page: int, start: int) -> None:
        """Let what begins at `start` be of this page; a note comes after a paragraph that goes on on a later one."""
        if self._pages and self._pages[-1].number == page:
            start = self._pages.pop().start
        self._pages.append(Page(start, self._position, page))

    def _between(self, line: Line, below: Line) -> str:
        if line.hyphen and _SUSPENDED.match(below.text):
            return "- "
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
