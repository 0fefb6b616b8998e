"""Tables as lines that can be cited alone: every row repeats the header, "Name: Li Lei; Year: 2021"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, dropwhile, groupby, islice, pairwise

from index.sources.assembly import Layout
from index.sources.text import Block, Cell, flow

_LONGEST_LABEL = 100  # characters; what is longer is no name of a column
_NUMBER = re.compile(r"[-+(]?[\d.,]+%?\)?")
_YEAR = re.compile("1[5-9][0-9]{2}|20[0-9]{2}")
_MOST_COLUMNS = 1_000  # that the cells of one row may stand over
_MOST_REPEATED = 500_000  # cells that reach down, in all rows together: one cell may claim any number of rows
_LOOKED_AT = 50  # rows, for its header
_DEEPEST_HEADER = 5  # rows, where none is marked


def add_table(layout: Layout, rows: Iterable[Sequence[str]], header_rows: int | None = None) -> None:
    """Add the rows of a table, each kept whole on one line; a row of one cell above the header is a line of text.

    The header is the first row of two or more cells, unless it is all figures, has a cell too long for a name, or is
    like the rows below it; then rows are their cells alone. Who knows how many rows it has says so: the names in a
    column are joined.
    """
    layout.add_break()
    for line, in_table in _lines(map(_flowing, rows), header_rows):
        layout.add(line, kind="row" if in_table else "", whole=in_table)
    layout.add_break()


def add_cells(layout: Layout, rows: Iterable[Sequence[Cell]], pairs: bool = False) -> None:
    """Add the rows of a table whose cells may stand over several columns and rows, and may be marked as its header.

    Where none is marked, its first row may be the header; with `pairs`, not that of a table of two columns.
    """
    following = iter(rows)
    first = list(islice(following, _LOOKED_AT))
    marked = any(cell.head for row in first for cell in row)
    first = first if marked else _marked(first)
    spread = list(_spread(first))
    header_rows = _header_rows(first, spread)
    if header_rows is None and pairs and max(map(len, first), default=0) <= 2:
        header_rows = 0
    add_table(layout, _spread(chain(first, following)), header_rows)


def add_blocks(layout: Layout, blocks: Iterable[Block], under: int = 0) -> None:
    """Add what a reader of pages found; its headings stand under one of this level."""
    for kind, run in groupby(blocks, key=lambda block: block.kind if block.cells else ""):
        if kind:
            add_cells(layout, (block.cells for block in run), pairs=True)
        else:
            for block in run:
                layout.add(block.text, block.level + under if block.level else 0, block.kind, block.whole)


def _marked(rows: list[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """Return the first rows of a table with its header marked, where a name over several columns tells that it is one.

    Such a header goes down to the names of those columns, or as far as its deepest cell.
    """
    top = next((number for number, row in enumerate(rows) if sum(bool(cell.text) for cell in row) > 1), len(rows))
    if top == len(rows) or not any(cell.across > 1 and cell.text for cell in rows[top]):
        return rows
    below = top + max(2, *(min(cell.down, _DEEPEST_HEADER) for cell in rows[top]))
    header = rows[top:below]
    if len(rows) <= below or any(_NUMBER.fullmatch(cell.text) for row in header[1:] for cell in row):
        header = header[:1]
    head = [[replace(cell, head=True) for cell in row] for row in header]
    return [*rows[:top], *head, *rows[top + len(head) :]]


def _header_rows(rows: Sequence[Sequence[Cell]], spread: Sequence[Sequence[str]]) -> int | None:
    """How many rows are marked as the header; None where none of the cells is marked."""
    if not any(cell.head for row in rows for cell in row):
        return None
    filled = [(row, sum(map(bool, texts))) for row, texts in zip(rows, spread, strict=True) if any(texts)]
    table = [row for row, _ in dropwhile(lambda row_and_count: row_and_count[1] < 2, filled)]
    return next((number for number, row in enumerate(table) if not _is_head(row)), 1)


def _is_head(row: Sequence[Cell]) -> bool:
    return all(cell.head or not cell.text for cell in row)


def _spread(rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    """Yield the text of each column; a cell over several rows is in each, one over several columns in its first.

    A header over several columns is the header of each.
    """
    merged: dict[int, tuple[int, str]] = {}  # rows to go and text, by column
    repeated = 0
    for row in rows:
        texts: list[str] = []
        repeated += len(merged)
        if repeated > _MOST_REPEATED:
            merged.clear()
        several = _is_head(row) and len(row) > 1
        for cell in row:
            _fill(texts, merged)
            for number in range(min(max(1, cell.across), _MOST_COLUMNS - len(texts))):
                texts.append(cell.text if number == 0 or several else "")
                if cell.down > 1 and texts[-1]:
                    merged[len(texts) - 1] = cell.down - 1, cell.text
        _fill(texts, merged)
        yield texts


def _fill(texts: list[str], merged: dict[int, tuple[int, str]]) -> None:
    """Add the cells that reach down into the next columns."""
    while len(texts) in merged:
        left, text = merged.pop(len(texts))
        if left > 1:
            merged[len(texts)] = left - 1, text
        texts.append(text)


def _flowing(row: Sequence[str]) -> list[str]:
    return [cell.strip(" ") if cell.isprintable() and "  " not in cell else flow(cell) for cell in row]


def _lines(rows: Iterator[list[str]], header_rows: int | None) -> Iterator[tuple[str, bool]]:
    """Yield rows as lines, each with whether it is a row of the table or stands alone.

    A header without any row below it is a row itself.
    """
    first = list(islice(rows, _LOOKED_AT))
    below = [row for row in first if sum(map(bool, row)) > 1][1:]
    header: list[str] | None = None if header_rows != 0 else []
    above: list[list[str]] = []  # rows of the header so far
    unused = ""  # the header's own line, until a row repeats it
    for cells in chain(first, rows):
        filled = [cell for cell in cells if cell]
        if header is None and filled and (above or len(filled) > 1):
            above.append(cells)
            unused = " | ".join(dict.fromkeys([unused, *filled])) if unused else " | ".join(filled)
            header = _header(above, header_rows, below)
            if header != []:
                continue
            yield from ((_line([], one), True) for one in above[:-1])
        if not filled:
            continue
        unused = ""
        yield _line(header or [], cells), header is not None
    if unused:
        yield unused, True


def _header(above: Sequence[list[str]], header_rows: int | None, below: Sequence[list[str]]) -> list[str] | None:
    """Return the names of the columns, [] where the first row is no header, None where more rows belong to it."""
    if header_rows is None:
        named = _is_header(above[0]) and not _is_record(above[0], below)
        return [cell.rstrip(":：") for cell in above[0]] if named else []
    if len(above) < header_rows:
        return None
    if max(len(cell) for row in above for cell in row) > _LONGEST_LABEL:
        return []
    width = max(map(len, above))
    columns = [[row[column] for row in above if column < len(row) and row[column]] for column in range(width)]
    return [" ".join(dict.fromkeys(cell.rstrip(":：") for cell in column)) for column in columns]


def _line(header: Sequence[str], cells: Sequence[str]) -> str:
    labels = [*header, *[""] * (len(cells) - len(header))]
    named = [f"{label}: {cell}" if label else cell for label, cell in zip(labels, cells, strict=False) if cell]
    return ("; " if header else " | ").join(named)


def _is_header(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    years = not cells[0]  # figures beside an empty corner, and not a row of them
    return max(map(len, filled)) <= _LONGEST_LABEL and (years or not all(map(_NUMBER.fullmatch, filled)))


def _is_record(row: Sequence[str], below: Sequence[list[str]]) -> bool:
    """Whether the first row of a table is one like those below it, and so no header."""
    figures = [int(cell) for cell in row if re.fullmatch("[0-9]{1,9}", cell)]
    steps = {after - before for before, after in pairwise(figures)}
    if not row[0] or (len(figures) > 2 and len(steps) == 1 and steps != {0}):  # "Age", "10", "20", "30"
        return False
    if not re.search(r"\d", row[0]) and all(re.search(r"\d", cell) for cell in row[1:] if cell):
        return False  # a name before figures alone: "Dose", "5 mg", "20 mg" are as often names of columns
    others = [other for other in below if other != row]
    columns = ([other[at] for other in others if at < len(other) and other[at]] for at in range(len(row)))
    return any(map(_is_value, row, columns))


def _is_value(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell is a value like those below it: the same word again and again, or figures of the same form.

    A year above what are no years is the name of its column.
    """
    if not re.search(r"\d", cell):
        return bool(re.search(r"\w", cell)) and column.count(cell) > 1 and len(set(column)) > 1
    alike = [other for other in column if _form(other) == _form(cell)]
    if _YEAR.fullmatch(cell):
        alike = [other for other in alike if _YEAR.fullmatch(other)]
    return 0 < len(column) <= 2 * len(alike)


def _form(cell: str) -> str:
    return "0" if _NUMBER.fullmatch(cell) else re.sub(r"\d+", "0", cell)
