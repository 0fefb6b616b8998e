"""The order in which the lines of a page are read: as the page draws them, where that can be; else by their places."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.sources.lines import Cell, Line, joined, raised, split, stands_apart

_SAME_ROW = 0.5  # sizes, between the baselines of what stands beside each other
_GUTTER = 0.7  # sizes, at least, between two columns of text
_LEAST_SPLIT = 0.4  # of the width of all lines, for one to run through two columns
_ALIGNED = 0.2  # sizes, between the baselines of the cells of a row
_MOST_LINES = 1_500  # of a page that is ordered by places: a drawing, a map has more
_MOST_EDGES = 80  # where columns may begin, the most frequent ones
_DEEPEST = 40
_IN_CELL = 1.2  # times the distance of two lines, at most, within a cell or a paragraph
_LEAST_BANDS = 3  # rows, of a table of running text
_MATCHING = 0.8  # of the paragraphs of either side, which a row of such a table begins with
_LIST_MARK = frozenset("•▪■●○◦‣–-*·")


def in_reading_order(lines: Sequence[Line], is_ordered: bool) -> list[Line]:
    """Return the lines of a page in the order in which people read them.

    The order in which a page draws its lines is how its writer thought of them; it is kept where it runs down the
    page, column after column, from left to right. Else, and where a line runs through two columns, the page is cut
    into columns at the gutters. After Nagy & Seth 1984 (recursive X-Y cuts), but with the gutter first that parts the
    most lines, since gaps between paragraphs often stand side by side.
    """
    by_angle: dict[int, list[Line]] = {}
    for line in lines:
        by_angle.setdefault(line.angle, []).append(line)
    ordered = [_of_one_angle(group, is_ordered) for group in by_angle.values()]
    if len(ordered) == 1:
        return ordered[0]
    if ordered == list(by_angle.values()):
        return list(lines)
    return [line for group in sorted(ordered, key=len, reverse=True) for line in group]


def _of_one_angle(lines: list[Line], is_ordered: bool) -> list[Line]:
    keeps = is_ordered and _runs_down(lines)
    if not keeps and is_ordered and _runs_down(moved := _with_edges_moved(lines)):
        lines, keeps = moved, True
    wide = sum(len(line.cells) > 1 and len(split(line, _GUTTER)) > 1 for line in lines)
    if len(lines) > _MOST_LINES or (keeps and wide < 3 and _returns(lines) < 4):
        return lines
    least = _LEAST_SPLIT * (max(line.right for line in lines) - min(line.left for line in lines))
    pieces = [piece for number, line in enumerate(lines) for piece in _pieces(number, line, least)]
    found, cuts = _ordered(sorted(pieces, key=lambda piece: -piece.line.baseline), keeps, 0)
    if keeps and not cuts:
        return lines
    whole = list(_whole(found, lines))
    is_split = len(whole) != len(lines)
    return lines if keeps and not is_split and _returns(lines) < 4 else whole


def is_in_order(lines: Sequence[Line]) -> bool:
    """Say whether a page draws its lines as they are read, but for its head and foot."""
    return _runs_down(lines) or _runs_down(_with_edges_moved(lines))


def _runs_down(lines: Sequence[Line]) -> bool:
    """Whether every step goes down, to the right on a line, or up to where nothing below has been read yet."""
    for number, (above, line) in enumerate(pairwise(lines), start=1):
        down = above.baseline - line.baseline
        size = max(above.size, line.size)
        if abs(down) < _SAME_ROW * size:
            if line.left < above.left:
                return False
        elif down < 0:
            edge, level = line.left + 0.5 * size, line.baseline + 0.5 * size
            if any(one.right > edge and one.baseline < level for one in lines[:number]):
                return False
    return True


def _returns(lines: Sequence[Line]) -> int:
    """How often a step goes down and wholly to the left, as from one column to the next line of another."""
    return sum(
        line.right < above.left and 0 < above.baseline - line.baseline < 3 * line.size
        for above, line in pairwise(lines)
    )


def _with_edges_moved(lines: Sequence[Line]) -> list[Line]:
    """The lines with a head that was drawn last put first, and a foot that was drawn first put last."""
    moved = list(lines)
    if not moved:
        return moved
    for _ in range(6):
        if moved[-1].baseline > max((line.baseline for line in moved[:-1]), default=0.0):
            moved.insert(0, moved.pop())
    for _ in range(6):
        if moved[0].baseline < min((line.baseline for line in moved[1:]), default=0.0):
            moved.append(moved.pop(0))
    return moved


class _Piece(NamedTuple):
    """A line, or a part of it between wide gaps, with the number of the line that it is of."""

    line: Line
    number: int
    of: int  # how many parts the line has


def _pieces(number: int, line: Line, least: float) -> list[_Piece]:
    parts = split(line, _GUTTER) if line.right - line.left > least else [line]
    return [_Piece(part, number, len(parts)) for part in parts]


def _whole(pieces: Sequence[_Piece], lines: Sequence[Line]) -> list[Line]:
    """The lines again, whole where all their pieces still stand together."""
    whole: list[Line] = []
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        run = 1
        while at + run < len(pieces) and pieces[at + run].number == piece.number:
            run += 1
        group = [one.line for one in pieces[at : at + run]]
        if run == piece.of:
            whole.append(lines[piece.number])
        elif run > 1:
            cells = tuple(cell for cell in lines[piece.number].cells if group[0].left <= cell.left < group[-1].right)
            whole.append(joined(group, [" "] * (run - 1))._replace(cells=cells, parts=()))
        else:
            whole.append(piece.line)
        at += run
    return whole


def _ordered(pieces: list[_Piece], strict: bool, depth: int) -> tuple[list[_Piece], int]:
    """The pieces (from the head of the page to its foot) in reading order, and at how many gutters they were cut.

    `strict`: only where running text stands on both sides.
    """
    cut = _best_cut(pieces, strict) if len(pieces) > 3 and depth < _DEEPEST else None
    if cut is None:
        return _by_rows(pieces), 0
    parts = [_ordered(part, strict, depth + 1) for part in cut]
    return [piece for part, _ in parts for piece in part], 1 + sum(cuts for _, cuts in parts)


def _by_rows(pieces: list[_Piece]) -> list[_Piece]:
    rows: list[list[_Piece]] = []
    for piece in pieces:
        if rows and rows[-1][0].line.baseline - piece.line.baseline < _SAME_ROW * rows[-1][0].line.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [piece for row in rows for piece in sorted(row, key=lambda piece: piece.line.left)]


def _best_cut(pieces: list[_Piece], strict: bool) -> list[list[_Piece]] | None:
    """What stands above the gutter that parts the most lines, on its sides, and below it; None when there is none."""
    best: tuple[int, int, int, float] = (1, 0, 0, 0.0)
    for edge in _edges(pieces):
        start = 0
        for at in range(len(pieces) + 1):
            if at < len(pieces) and not _crosses(pieces[at].line, edge):
                continue
            run = pieces[start:at]
            if len(run) > 2 * best[0] and (parted := _parted(run, edge, strict)) > best[0]:
                best = (parted, start, at, edge)
            start = at + 1
    if best[0] < 2:
        return None
    _, start, end, edge = best
    run = pieces[start:end]
    left = [piece for piece in run if piece.line.left < edge]
    right = [piece for piece in run if piece.line.left >= edge]
    # What stands alone above both is no part of the right one.
    top = left[0].line.baseline + 2 * left[0].line.size
    over = [piece for piece in right if piece.line.baseline > top]
    if len(over) * 2 > len(right):
        over = []
    right = right[len(over) :]
    sides = _bands(left, right) or [left, right]
    return [pieces[:start] + over, *sides, pieces[end:]]


def _bands(left: Sequence[_Piece], right: Sequence[_Piece]) -> list[list[_Piece]]:
    """The sides of each row of a table whose cells are running text, as questions and answers are; [] where none is.

    In text that is set in columns, gaps between paragraphs stand beside each other by chance alone.
    """
    steps = sorted(
        step
        for side in (left, right)
        for above, below in pairwise(side)
        if (step := above.line.baseline - below.line.baseline) > _SAME_ROW * above.line.size
    )
    widest = _IN_CELL * steps[len(steps) // 4] if steps else 0.0
    bands = _blocks(sorted([*left, *right], key=lambda piece: -piece.line.baseline), widest)
    most = max(len(_blocks(side, widest)) for side in (left, right))
    edge = min(piece.line.left for piece in right)
    sides = [
        [[piece for piece in band if (piece.line.left >= edge) is is_right] for is_right in (False, True)]
        for band in bands
    ]
    whole = sum(all(pair) for pair in sides)
    if len(bands) < _LEAST_BANDS or whole < _MATCHING * max(most, len(bands)):
        return []
    # Paragraphs of as many lines stand beside each other in columns too; but who draws those draws no row at a time.
    drawn = [piece.line.left >= edge for piece in sorted([*left, *right], key=lambda piece: piece.number)]
    in_rows = sum(one is not other for one, other in pairwise(drawn)) == 2 * len(bands) - 1
    if not in_rows and all(len(pair[0]) == len(pair[1]) for pair in sides[:-1]):
        return []
    return [side for pair in sides for side in pair if side]


def _blocks(pieces: Sequence[_Piece], widest: float) -> list[list[_Piece]]:
    """Pieces, from the head of the page to its foot, between which no gap is wider than this."""
    blocks: list[list[_Piece]] = []
    for piece in pieces:
        if blocks and blocks[-1][-1].line.baseline - piece.line.baseline <= widest:
            blocks[-1].append(piece)
        else:
            blocks.append([piece])
    return blocks


def _edges(pieces: Sequence[_Piece]) -> list[float]:
    """Where many lines begin, each a little to the left of the first of them."""
    lefts = sorted(piece.line.left for piece in pieces)
    reach = 0.3 * median(piece.line.size for piece in pieces)
    counted: list[tuple[int, float]] = []
    at = 0
    while at < len(lefts):
        end = bisect_left(lefts, lefts[at] + reach, at)
        counted.append((end - at, lefts[at] - 0.01))
        at = max(end, at + 1)
    return [edge for _, edge in sorted(counted, key=lambda one: -one[0])[:_MOST_EDGES]]


def _crosses(line: Line, edge: float) -> bool:
    return line.left < edge and line.right > edge - _GUTTER * line.size


def _parted(run: Sequence[_Piece], edge: float, strict: bool) -> int:
    """How many lines stand on the emptier side of a gutter; 0 when the sides are cells of a table, or not beside."""
    left = [piece.line for piece in run if piece.line.left < edge]
    right = [piece.line for piece in run if piece.line.left >= edge]
    fewer = min(len(left), len(right))
    if fewer < 2:
        return 0
    overlap = min(left[0].baseline, right[0].baseline) - max(left[-1].baseline, right[-1].baseline)
    heights = [side[0].baseline - side[-1].baseline for side in (left, right)]
    if overlap < 0.5 * min(heights):
        return 0
    if (strict or _is_aligned(left, right) or _is_in_rows(run, edge)) and not (_is_prose(left) and _is_prose(right)):
        return 0
    return fewer


def _is_aligned(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether most lines of one of the sides have one beside them."""
    return any(_beside(one, other) >= 0.6 * len(one) for one, other in ((left, right), (right, left)))


def _is_in_rows(run: Sequence[_Piece], edge: float) -> bool:
    """Whether half the lines of one of the sides are drawn in one go with one of the other, as the cells of a row."""
    sides = [[piece.number for piece in run if (piece.line.left < edge) is is_left] for is_left in (True, False)]
    both = set(sides[0]) & set(sides[1])
    return any(2 * sum(number in both for number in side) >= len(side) for side in sides)


def _beside(lines: Sequence[Line], others: Sequence[Line]) -> int:
    levels = sorted(line.baseline for line in others)
    beside = 0
    for line in lines:
        at = bisect_left(levels, line.baseline - _ALIGNED * line.size)
        beside += at < len(levels) and levels[at] < line.baseline + _ALIGNED * line.size
    return beside


def _is_prose(side: Sequence[Line]) -> bool:
    """Whether lines go on to the same right edge, as running text does and cells do not."""
    if len(side) < 3:
        return False
    start, end = min(line.left for line in side), max(line.right for line in side)
    full = sum(line.right - line.left > 0.75 * (end - start) for line in side)
    typical = median(len(line.text) + sum(character >= "\u2e80" for character in line.text) for line in side)
    return full >= 0.45 * len(side) and typical >= 18


# Pieces of one line


def with_scripts_and_marks(lines: Sequence[Line]) -> list[Line]:
    """Join what a page draws piece by piece on one line: superscripts, words in another type, the mark of an item."""
    found: list[list[Line]] = []
    for line in lines:
        if len(line.cells) == 2 and _is_mark_of_item(line):
            line = joined(split(line, 0.0), [" "])._replace(size=line.size)
        if found and (gap := _gap(found[-1], line)) is not None:
            if gap == "mark" or found[-1][-1].text == "":
                gap = " "
            found[-1].append(_after(found[-1], line, gap))
        else:
            found.append([line])
    return [group[0] if len(group) == 1 else _one(group) for group in found]


def _after(group: list[Line], line: Line, gap: str) -> Line:
    """A piece with what stands before it; figures above the line that it ends or opens become superscripts."""
    before, main = group[-1], max(group, key=lambda one: one.size)
    if _is_above(line, main):
        line = line._replace(text=raised(line.text, before.text))
    elif len(group) == 1 and _is_above(before, line):
        before = group[0] = before._replace(text=raised(before.text, ""))
    return line._replace(text=f"{gap or ' ' * stands_apart(before.text, line.text)}{line.text}")


def _is_above(line: Line, main: Line) -> bool:
    return line.size < 0.85 * main.size and line.baseline - main.baseline > 0.1 * main.size


def _gap(group: Sequence[Line], line: Line) -> str | None:
    """What stands between a piece and the next one on its line: a space or nothing; None when they are two lines."""
    before = group[-1]
    if before.angle != line.angle or before.hyphen:
        return None
    space = line.left - before.right
    size = max(before.size, line.size)
    if not -0.5 * size < space < 5 * size:
        return None
    rise = line.baseline - before.baseline
    main = max(group, key=lambda one: one.size)
    if abs(line.baseline - main.baseline) < 0.1 * main.size:  # back on the line
        rise = 0.0
    if abs(rise) < 0.1 * size:
        if space > 0.6 * size:
            return "mark" if len(group) == 1 and _is_mark(before.text) else None
        return " " if space > 0.15 * min(before.size, line.size) else ""
    if before.size < line.size:
        rise = -rise
    is_script = min(before.size, line.size) < 0.85 * size and -0.4 * size < rise < 0.75 * size
    if not is_script or space > 0.6 * size or len(min(before.text, line.text, key=len)) > 12:
        return None
    return " " if space > 0.25 * min(before.size, line.size) else ""


def _is_mark_of_item(line: Line) -> bool:
    mark, rest = line.cells
    gap = (rest.left - mark.right) / line.size
    return gap < 6 if mark.text in _LIST_MARK else gap < 3 and _is_mark(mark.text)


def _is_mark(text: str) -> bool:
    return text in _LIST_MARK or (len(text) <= 4 and len(bare := text.strip("().、）（")) < 3 and bare.isdecimal())


def _one(group: Sequence[Line]) -> Line:
    main = max(group, key=lambda line: (line.size, len(line.text)))
    whole = joined(group, [""] * (len(group) - 1))._replace(baseline=main.baseline, size=main.size)
    if not any(line.cells for line in group):
        return whole
    cells: list[Cell] = []
    for line in group:
        own = list(line.cells) or [Cell(line.text, line.left, line.right, line.first, line.size, line.bold)]
        if cells:
            before, after = cells.pop(), own.pop(0)
            cells.append(before._replace(text=before.text + after.text, right=after.right))
        cells += own
    return whole._replace(cells=tuple(cells))
