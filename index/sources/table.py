"""Tables as lines that can be cited alone: every row repeats the header, "Name: Li Lei; Year: 2021"."""

import re
from collections.abc import Iterable, Iterator, Sequence

from index.sources.assembly import Layout
from index.sources.text import flow

_LONGEST_LABEL = 100  # characters; what is longer is no name of a column
_NUMBER = re.compile(r"[-+(]?[\d.,]+%?\)?")


def add_table(layout: Layout, rows: Iterable[Sequence[str]]) -> None:
    """Add the rows of a table, each kept whole on one line; a row of one cell above the header is a line of text."""
    layout.add_break()
    for line, in_table in _lines(rows):
        layout.add(line, kind="row" if in_table else "", whole=in_table)
    layout.add_break()


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, bool]]:
    """Yield rows as lines, each with whether it is a row of the table or stands alone.

    The header is the first row of two or more cells, unless it is all figures or has a cell too long for a name; then
    rows are their cells alone. A header without any row below it is a row itself.
    """
    header: list[str] | None = None
    unused = ""  # the header's own line, until a row repeats it
    for row in rows:
        cells = [cell.strip(" ") if cell.isprintable() and "  " not in cell else flow(cell) for cell in row]
        filled = [cell for cell in cells if cell]
        if header is None and len(filled) > 1:
            header = [cell.rstrip(":：") for cell in cells] if _is_header(cells, filled) else []
            unused = " | ".join(filled)
            if header:
                continue
        if not filled:
            continue
        unused = ""
        yield _line(header or [], cells), header is not None
    if unused:
        yield unused, True


def _line(header: Sequence[str], cells: Sequence[str]) -> str:
    labels = [*header, *[""] * (len(cells) - len(header))]
    named = [f"{label}: {cell}" if label else cell for label, cell in zip(labels, cells, strict=False) if cell]
    return ("; " if header else " | ").join(named)


def _is_header(cells: Sequence[str], filled: Sequence[str]) -> bool:
    years = not cells[0]  # figures beside an empty corner, and not a row of them
    return max(map(len, filled)) <= _LONGEST_LABEL and (years or not all(map(_NUMBER.fullmatch, filled)))
