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
_NAMES_APART = 1.4  # sizes, at most, between two lines of the names of columns
_APART = 4.0  # sizes, at most, between two rows
_IN_CELL = 0.85  # of the distance of two rows, at most, between two lines of a cell
_FIGURES_BELOW = 2  # at least, below a name that stands beside their column
_BESIDE = 0.3  # sizes, between the lines of cells that stand beside each other, at most
_LONGEST_LABEL = 60  # characters; what is longer is no name of a column
_FIGURE = re.compile(r"[^\w]{0,3}\d[\d\s.,:/%°–—+×*()-]*[^\W\d]{0,3}[^\w]{0,2}|[-–—]")
_PERIOD = re.compile(r"\D{0,3}(?:\d{1,2}[./-]){0,2}(?:19|20)\d\d(?:[/–-]\d{2,4}){0,2}\D{0,3}")
_FILLED = 0.55  # of its places, in a table
_FILLED_BELOW_NAMES = 0.3  # where each of its columns has a name


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


_Places = tuple[Cell | None, ...]  # of a row, by column
_Columns = tuple[tuple[float, float], ...]  # the left and the right edge of each


@dataclass(frozen=True)
class Grid:
    """A table: the left and right edge of its columns, and its rows, with None where a cell is empty."""

    columns: _Columns
    rows: tuple[_Places, ...]

    @property
    def header(self) -> tuple[Line, ...] | None:
        """The names of the columns, when its first row holds any: other type, or words or years above figures."""
        first = [cell.whole if cell else None for cell in self.rows[0]]
        named = [line for line in first if line is not None]
        if (
            len(self.rows) < 2
            or len(named) < 2
            or len(named) < len(first) - 1
            or (first[0] and len(named) < len(first))
        ):
            return None
        if any(len(line.text) > _LONGEST_LABEL for line in named):
            return None
        if _is_figure(named[0].text) and not all(_is_period(line.text) for line in named[: None if first[0] else 1]):
            return None
        if not self._is_marked(named) and not self._is_over_figures(first):
            return None
        return tuple(line if line is not None else _NOTHING for line in first)

    @property
    def is_filled(self) -> bool:
        """Whether many places hold something; lines of text with chance gaps leave most columns empty."""
        filled = sum(cell is not None for row in self.rows for cell in row)
        least = _FILLED_BELOW_NAMES if self.header else _FILLED
        return filled >= least * len(self.columns) * len(self.rows)

    def _is_marked(self, named: Sequence[Line]) -> bool:
        below = [line for row in self.rows[1:] for cell in row[1:] if cell for line in cell.lines]
        return all(line.bold for line in named) and not all(line.bold for line in below)

    def _is_over_figures(self, first: Sequence[Line | None]) -> bool:
        # A year alone beside a word is as often the first value of a list: "Founded", "1998".
        has_periods = not first[0] or sum(_is_period(line.text) for line in first if line) > 1
        for number, line in enumerate(first):
            if line is None or (_is_figure(line.text) and not (has_periods and _is_period(line.text))):
                continue
            below = [cell.whole.text for row in self.rows[1:] if (cell := row[number])]
            if _is_period(line.text):
                below = [text for text in below if not _is_period(text)]
            if below and sum(map(_is_figure, below)) >= 0.6 * len(below):
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
        # A name over several columns may stand in none of them; no row leaves a place empty there.
        is_column = [
            header is not None or sum(cell is not None for cell in column) > 1
            for column in zip(*self.rows, strict=True)
        ]
        for row in self.rows[skipped:]:
            places = [cell.whole if cell else None for cell, holds in zip(row, is_column, strict=True) if cell or holds]
            yield _printed(places, header, own_header)

    def is_header(self, header: Sequence[Line]) -> bool:
        """Whether the first row repeats this header."""
        return [cell.whole.text if cell else "" for cell in self.rows[0]] == [line.text for line in header]


_NOTHING = Line("", 0.0, 0.0, 0.0, 1.0)


def _is_figure(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None


def _is_period(text: str) -> bool:
    """Whether a text is a year, or a day or a span of years in figures: "2023", "31.12.2023", "2022/23"."""
    return _PERIOD.fullmatch(text) is not None


def _printed(row: Sequence[Line | None], header: Sequence[Line] | None, own_header: bool) -> Line:
    texts: list[str] = []
    parts: list[Part] = []
    position = 0
    labels = header or [_NOTHING] * len(row)
    empty = 0  # places before this one, which keep it in its column where that has no name
    for cell, label in zip(row, labels, strict=True):
        if cell is None:
            empty += 1
            continue
        before = "; " * bool(texts) if header else f"{' |' * (empty + bool(texts))} "
        empty = 0
        if before := before if texts else before.lstrip():
            texts.append(before)
            position += len(before)
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
    last = rows[end - 1]
    gaps = [above.foot - below.top for above, below in pairwise(rows[start:end]) if len(below.cells) > 1]
    while (
        end < len(rows)
        and _is_below_a_cell(last, rows[end])
        and (0 < rows[end - 1].foot - rows[end].top < _IN_CELL * min(gaps, default=0.0))
    ):
        end += 1
    return end


def _is_below_a_cell(last: _Row, row: _Row) -> bool:
    """Whether a line stands below the second cell of the last row of a table, or one beyond it."""
    size = row.lines[0].size
    is_alike = row.lines[0].angle == last.lines[0].angle and abs(size - last.lines[-1].size) < 0.1 * size
    return is_alike and len(row.cells) == 1 < len(last.cells) and row.lines[0].left > last.cells[1][0].left - 0.3 * size


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
        if None in placed:
            continue
        own = _with_wrapped_names([row for row in placed if row is not None])
        own = _with_whole_header(columns, _with_wrapped_cells(own))
        grid = _with_names_above(*_with_names_over_years(columns, own))
        if not grid.is_filled or (len(chosen) < _SURE and any(_goes_on(chosen, row) for row in rows[last : last + 1])):
            continue
        return grid, first, last
    return None, start, start


def _with_wrapped_names(rows: Sequence[_Places]) -> Sequence[_Places]:
    """The rows, with each first cell whole that goes on below or begins above the line of the others.

    Its lines stand closer together than two rows do, or the others stand beside its middle.
    """
    apart = [_step(above, below) for above, below in pairwise(rows) if any(above[1:]) and any(below[1:])]
    closest = _IN_CELL * min((step for step in apart if step is not None), default=0.0)
    whole: list[_Places] = []
    for row in rows:
        above = whole[-1] if whole else row
        step = _step(above, row)
        is_near = step is not None and (0 < step < closest or (step > 0 and _is_beside_the_gap_above(row)))
        if above[0] and row[0] and is_near and not (any(above[1:]) and any(row[1:])):
            whole[-1] = (Cell(above[0].lines + row[0].lines), *(above if any(above[1:]) else row)[1:])
        else:
            whole.append(row)
    return whole


def _with_wrapped_cells(rows: Sequence[_Places]) -> Sequence[_Places]:
    """The rows, with each cell whole that goes on alone below, closer than the next row begins."""
    gaps = [_gap(above, below) for above, below in pairwise(rows) if below[0] and any(below[1:])]
    closest = _IN_CELL * min(gaps, default=0.0)
    whole: list[_Places] = []
    for row in rows:
        own = [at for at, cell in enumerate(row) if cell]
        if whole and len(own) == 1 and own[0] and whole[-1][own[0]] and 0 < _gap(whole[-1], row) < closest:
            whole[-1] = _merged(whole[-1], row)
        else:
            whole.append(row)
    return whole


def _with_whole_header(columns: _Columns, rows: Sequence[_Places]) -> Sequence[_Places]:
    """The rows, the first ones as one that stand closer together than all others: names over several lines."""
    while len(rows) >= _SURE:
        gaps = [_gap(above, below) for above, below in pairwise(rows)]
        size = next(cell.lines[0].size for cell in rows[0] if cell)
        whole = [_merged(rows[0], rows[1]), *rows[2:]]
        is_close = 0 < gaps[0] < min(_NAMES_APART * size, _IN_CELL * min(gaps[1:]))
        if not is_close or not _is_names(rows[0], rows[2:]) or not _is_names(rows[1], rows[2:]):
            break
        if Grid(columns, tuple(whole)).header is None:
            break
        rows = whole
    return rows


def _with_names_over_years(columns: _Columns, rows: Sequence[_Places]) -> tuple[_Columns, Sequence[_Places]]:
    """The columns and rows of a table, each name of its first row before the years below it in the second."""
    if len(rows) < _SURE or (rows[0][0] and rows[1][0]):
        return columns, rows
    names = [cell for cell in rows[0][1:] if cell]
    years = [(at, cell) for at, cell in enumerate(rows[1]) if at and cell]
    each, rest = divmod(len(years), max(1, len(names)))
    kept = [0, *(at for at, _ in years)]
    if not names or not each or rest or not all(_is_period(cell.whole.text) for _, cell in years):
        return columns, rows
    if any(cell for row in rows[2:] for at, cell in enumerate(row) if at not in kept):
        return columns, rows
    groups = [years[at : at + each] for at in range(0, len(years), each)]
    if each > 1 and len({tuple(year.whole.text for _, year in group) for group in groups}) > 1:
        return columns, rows
    header: list[Cell | None] = [rows[0][0] or rows[1][0]]
    for name, group in zip(names, groups, strict=True):
        middle = (name.left + name.right) / 2
        if _is_figure(name.whole.text) or not columns[group[0][0]][0] < middle < columns[group[-1][0]][1]:
            return columns, rows
        header += [Cell(name.lines + year.lines) for _, year in group]
    return tuple(columns[at] for at in kept), [tuple(header), *(tuple(row[at] for at in kept) for row in rows[2:])]


def _is_names(row: _Places, below: Sequence[_Places]) -> bool:
    """Whether a row holds no values, as figures are, and years above other years."""
    columns = ([cell.whole.text for other in below if (cell := other[at])] for at in range(len(row)))
    return not any(
        cell and _is_figure(cell.whole.text) and not (_is_period(cell.whole.text) and not any(map(_is_period, column)))
        for cell, column in zip(row, columns, strict=True)
    )


def _merged(above: _Places, below: _Places) -> _Places:
    return tuple(
        Cell(one.lines + other.lines) if one and other else one or other
        for one, other in zip(above, below, strict=True)
    )


def _gap(above: _Places, below: _Places) -> float:
    """The distance between the last line of a row and the first of the next."""
    foot = min(cell.lines[-1].baseline for cell in above if cell)
    return foot - max(cell.lines[0].baseline for cell in below if cell)


def _with_names_above(columns: _Columns, rows: Sequence[_Places]) -> Grid:
    """A table where what its first row has alone stands above the nameless column beside it.

    A name set to the left and figures set to the right have no place in common.
    """
    kept, table = list(columns), [list(row) for row in rows]
    for at in range(len(columns) - 1, -1, -1):
        beside = [other for other in (at - 1, at + 1) if 0 <= other < len(kept) and table[0][other] is None]
        if len(beside) != 1 or table[0][at] is None or any(row[at] for row in table[1:]):
            continue
        [other] = beside
        if sum(row[other] is not None for row in table) < _FIGURES_BELOW:
            continue
        table[0][other] = table[0][at]
        kept[other] = min(kept[at][0], kept[other][0]), max(kept[at][1], kept[other][1])
        del kept[at]
        for row in table:
            del row[at]
    return Grid(tuple(kept), tuple(map(tuple, table)))


def _is_beside_the_gap_above(row: Sequence[Cell | None]) -> bool:
    """Whether the other cells of a row stand higher than its first."""
    name, others = row[0], [cell for cell in row[1:] if cell]
    if name is None or not others:
        return False
    level = name.lines[0].baseline + _BESIDE * name.lines[0].size
    return all(cell.lines[-1].baseline > level for cell in others)


def _step(above: Sequence[Cell | None], below: Sequence[Cell | None]) -> float | None:
    """The distance between the first cells of two rows."""
    one, other = above[0], below[0]
    return one.lines[-1].baseline - other.lines[0].baseline if one and other else None


def _goes_on(rows: Sequence[_Row], row: _Row) -> bool:
    """Whether what follows is the next row of a table, whose cells are too close together to be told apart."""
    step, size = rows[-2].foot - rows[-1].foot, row.lines[0].size
    return (
        abs(rows[-1].foot - row.foot - step) < 0.2 * size
        and abs(row.lines[0].left - rows[-1].lines[0].left) < 0.5 * size
        and row.lines[-1].right < 1.3 * max(line.right for one in rows for line in one.lines)
    )


def _columns(rows: Iterable[_Row]) -> _Columns:
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


def _placed(row: _Row, columns: _Columns) -> _Places | None:
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
