"""Tables among the lines of a page: cells in columns, each row on one line with the names of its columns."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.sources.lines import Line, Part, joined, split
from index.sources.text import flow

_MOST_CELL_LINES = 8  # more are a column of text
_GAP = 0.3  # sizes, at least, between two columns of a table
_SURE = 4  # rows, of which a table that seems to end within its rows is believed
_APART = 4.0  # sizes, at most, between two rows
_LONGEST_LABEL = 60  # characters; what is longer is no name of a column
_FIGURE = re.compile(r"[^\w]{0,3}\d[\d\s.,:/%°–—+×*()-]*[^\W\d]{0,3}[^\w]{0,2}|[-–—]")


@dataclass(frozen=True)
class Cell:
    """What stands in one column of a row, over one line or several."""

    lines: tuple[Line, ...]

    @property
    def left(self) -> float:
        return min(line.left for line in self.lines)

    @property
    def right(self) -> float:
        return max(line.right for line in self.lines)

    @property
    def whole(self) -> Line:
        if len(self.lines) == 1:
            return self.lines[0]
        gaps = [flow(f"{above.text[-1]}\n{below.text[0]}")[1:-1] for above, below in pairwise(self.lines)]
        gaps = ["" if above.hyphen else gap for above, gap in zip(self.lines, gaps, strict=False)]
        return joined(self.lines, gaps)


@dataclass(frozen=True)
class Grid:
    """A table: the left and right edge of its columns, and its rows, with None where a cell is empty."""

    columns: tuple[tuple[float, float], ...]
    rows: tuple[tuple[Cell | None, ...], ...]

    @property
    def header(self) -> tuple[Line, ...] | None:
        """The names of the columns, when its first row holds any: other type, or words above figures."""
        first = [cell.whole if cell else None for cell in self.rows[0]]
        named = [line for line in first if line is not None]
        if (
            len(self.rows) < 2
            or len(named) < 2
            or len(named) < len(first) - 1
            or (first[0] and len(named) < len(first))
        ):
            return None
        if any(len(line.text) > _LONGEST_LABEL for line in named) or any(_is_figure(line.text) for line in named[:1]):
            return None
        if not self._is_marked(named) and not self._is_over_figures(first):
            return None
        return tuple(line if line is not None else _NOTHING for line in first)

    def _is_marked(self, named: Sequence[Line]) -> bool:
        below = [line for row in self.rows[1:] for cell in row[1:] if cell for line in cell.lines]
        return all(line.bold for line in named) and not all(line.bold for line in below)

    def _is_over_figures(self, first: Sequence[Line | None]) -> bool:
        for number, line in enumerate(first):
            below = [cell.whole.text for row in self.rows[1:] if (cell := row[number])]
            figures = sum(map(_is_figure, below))
            if line is not None and not _is_figure(line.text) and below and figures >= 0.6 * len(below):
                return True
        return False

    def continues(self, other: "Grid") -> bool:
        """Whether the other table's columns are these too."""
        size = next(line.size for cell in self.rows[0] if cell for line in cell.lines)
        return len(self.columns) == len(other.columns) and all(
            abs(here[0] - there[0]) < 1.5 * size or abs(here[1] - there[1]) < 1.5 * size
            for here, there in zip(self.columns, other.columns, strict=True)
        )

    def printed(self, header: Sequence[Line] | None, skipped: int, own_header: bool) -> Iterator[Line]:
        """Yield the rows as lines, each with the names of its columns; a mark of where a name stands if it is ours."""
        for row in self.rows[skipped:]:
            yield _printed([cell.whole if cell else None for cell in row], header, own_header)

    def is_header(self, header: Sequence[Line]) -> bool:
        """Whether the first row repeats this header."""
        return [cell.whole.text if cell else "" for cell in self.rows[0]] == [line.text for line in header]


_NOTHING = Line("", 0.0, 0.0, 0.0, 1.0)


def _is_figure(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None


def _printed(row: Sequence[Line | None], header: Sequence[Line] | None, own_header: bool) -> Line:
    texts: list[str] = []
    parts: list[Part] = []
    position = 0
    labels = header or [_NOTHING] * len(row)
    for cell, label in zip(row, labels, strict=True):
        if cell is None:
            continue
        if texts:
            texts.append("; " if header else " | ")
            position += len(texts[-1])
        if name := label.text.rstrip(":： "):
            if own_header:
                parts += _parts(label, position, len(name))
            texts.append(f"{name}: ")
            position += len(texts[-1])
        parts += _parts(cell, position, len(cell.text))
        texts.append(cell.text + "-" * cell.hyphen)
        position += len(texts[-1])
    cells = [cell for cell in row if cell is not None]
    return cells[0]._replace(
        text="".join(texts),
        left=min(cell.left for cell in cells),
        right=max(cell.right for cell in cells),
        hyphen=False,
        row=True,
        cells=(),
        parts=tuple(parts),
    )


def _parts(line: Line, position: int, length: int) -> Iterator[Part]:
    for part in line.parts or (Part(0, len(line.text), line),):
        if part.start < length:
            yield Part(position + part.start, position + min(part.end, length), part.line)


# Finding them


def with_tables(lines: Sequence[Line]) -> list[Line | Grid]:
    """Return the lines of a page, in reading order, with the tables among them as such."""
    if not _may_hold_table(lines):
        return list(lines)
    found: list[Line | Grid] = []
    rows = list(_rows(lines))
    at = 0
    while at < len(rows):
        end = _end_of_table(rows, at)
        grid, start, stop = _grid(rows, at, end) if end - at > 1 else (None, at, at)
        if grid is None:
            found += rows[at].lines
            at += 1
            continue
        found += [line for row in rows[at:start] for line in row.lines]
        found.append(grid)
        at = stop
    return found


def _may_hold_table(lines: Sequence[Line]) -> bool:
    wide = sum(len(line.cells) > 1 for line in lines)
    if wide > 1:
        return True
    beside = sum(
        line.left > above.right and line.baseline > above.baseline - 0.5 * line.size for above, line in pairwise(lines)
    )
    return beside + wide > 1


@dataclass
class _Row:
    """What may be a row: the lines that it was read from, and their pieces by cell."""

    lines: list[Line]
    cells: list[list[Line]]

    @property
    def top(self) -> float:
        return max(cell[0].baseline for cell in self.cells)

    @property
    def foot(self) -> float:
        return min(cell[-1].baseline for cell in self.cells)


def _rows(lines: Sequence[Line]) -> Iterator[_Row]:
    row: _Row | None = None
    for line in lines:
        pieces = split(line, _GAP)
        if row is not None and _belongs(row, pieces):
            row.lines.append(line)
            _add(row, pieces)
            continue
        if row is not None:
            yield row
        row = _Row([line], [[piece] for piece in pieces])
    if row is not None:
        yield row


def _belongs(row: _Row, pieces: Sequence[Line]) -> bool:
    """Whether a line goes on in this row: in its next cell, or below in a cell of it."""
    line, size = pieces[0], pieces[0].size
    if line.angle != row.lines[0].angle or line.level or row.lines[0].level:
        return False
    last = row.cells[-1]
    if line.left > max(one.right for one in last) + 0.3 * size:
        return row.foot - 0.5 * size < line.baseline < row.top + _APART * size
    if len(pieces) > 1:
        return False
    for number, cell in enumerate(row.cells):
        down = cell[-1].baseline - line.baseline
        if not 0.5 * size < down < 1.6 * size or abs(cell[-1].size - size) > 0.1 * size:
            continue
        others = [one for at, other in enumerate(row.cells) if at != number for one in other]
        if any(line.left < one.right and line.right > one.left for one in others):
            continue
        if line.left < max(one.right for one in cell) and line.right > min(one.left for one in cell):
            # Below the first cell of a row that was drawn line by line, it is as likely the next row.
            return number > 0 or len(row.cells) == 1
    return False


def _add(row: _Row, pieces: Sequence[Line]) -> None:
    line = pieces[0]
    if line.left > max(one.right for one in row.cells[-1]) + 0.3 * line.size:
        row.cells += [[piece] for piece in pieces]
        return
    for cell in row.cells:
        if line.left < max(one.right for one in cell) and line.right > min(one.left for one in cell):
            cell.append(line)
            return


def _end_of_table(rows: Sequence[_Row], start: int) -> int:
    """Where the rows end that may be of one table with this row, those of one cell in between included."""
    if len(rows[start].cells) < 2 or _is_text(rows[start]):
        return start
    end = at = start + 1
    while at < len(rows) and not _is_text(rows[at]) and _is_near(rows[at - 1], rows[at]):
        at += 1
        if len(rows[at - 1].cells) > 1:
            end = at
        elif at - end > 1:
            break
    return end


def _is_text(row: _Row) -> bool:
    return any(len(cell) > _MOST_CELL_LINES for cell in row.cells)


def _is_near(above: _Row, below: _Row) -> bool:
    size = below.lines[0].size
    return (
        above.lines[0].angle == below.lines[0].angle
        and 0 < above.foot - below.top + size < _APART * size + size
        and 0.7 < size / above.lines[0].size < 1.4
    )


def _grid(rows: Sequence[_Row], start: int, end: int) -> tuple[Grid | None, int, int]:
    """The table of these rows, and which they are; a line of text before or after them may have looked like one."""
    for first, last in ((start, end), (start + 1, end), (start, end - 1), (start + 2, end), (start, end - 2)):
        chosen = rows[first:last]
        wide = sum(len(row.cells) > 1 for row in chosen)
        if wide < 2 or len(chosen[0].cells) < 2:
            continue
        columns = _columns(chosen)
        if len(columns) < 2 or (wide < 3 and len(columns) < 3):
            continue
        placed = [_placed(row, columns) for row in chosen]
        if None in placed or not _is_filled(placed, len(columns)):
            continue
        if len(chosen) < _SURE and any(_goes_on(chosen, row) for row in rows[last : last + 1]):
            continue
        return Grid(columns, tuple(row for row in placed if row is not None)), first, last
    return None, start, start


def _goes_on(rows: Sequence[_Row], row: _Row) -> bool:
    """Whether what follows is the next row of a table, whose cells are too close together to be told apart."""
    step, size = rows[-2].foot - rows[-1].foot, row.lines[0].size
    return (
        abs(rows[-1].foot - row.foot - step) < 0.2 * size
        and abs(row.lines[0].left - rows[-1].lines[0].left) < 0.5 * size
        and row.lines[-1].right < 1.3 * max(line.right for one in rows for line in one.lines)
    )


def _columns(rows: Iterable[_Row]) -> tuple[tuple[float, float], ...]:
    """Where cells stand, as far as they have clear gaps between them."""
    spans = sorted(
        (min(one.left for one in cell), max(one.right for one in cell) + _GAP * cell[0].size)
        for row in rows
        for cell in row.cells
    )
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return tuple(columns)


def _placed(row: _Row, columns: Sequence[tuple[float, float]]) -> tuple[Cell | None, ...] | None:
    """The cells of a row by column; None when two that stand above each other are in one."""
    found: list[list[Line]] = [[] for _ in columns]
    for lines in row.cells:
        number = next((at for at, (left, right) in enumerate(columns) if left <= lines[0].left < right), None)
        if number is None:  # of a glyph that reaches back to the left
            return None
        cell = found[number]
        if len(cell) == len(lines) == 1 and abs(cell[0].baseline - lines[0].baseline) < 0.3 * cell[0].size:
            cell[0] = joined([cell[0], lines[0]], [" "])  # words a little apart
        elif cell:
            return None
        else:
            cell += lines
    return tuple(Cell(tuple(lines)) if lines else None for lines in found)


def _is_filled(rows: Sequence[tuple[Cell | None, ...] | None], columns: int) -> bool:
    """Whether most places hold something; lines of text with chance gaps leave most columns empty."""
    filled = sum(cell is not None for row in rows if row for cell in row)
    return filled >= 0.55 * columns * len(rows)
