"""Spreadsheets: a heading for each sheet of a workbook (.xlsx), every row on one line with its header; CSV and TSV."""

import csv
import io
import posixpath
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import reduce
from itertools import islice
from typing import Any

from index.errors import SourceError
from index.sources.archive import Archive, refusing
from index.sources.assembly import LONGEST, Layout
from index.sources.encoding import decode
from index.sources.office import open_office, stated
from index.sources.source import Draft
from index.sources.table import add_cells, add_table
from index.sources.text import Cell, plain

_WHAT = "workbook (.xlsx)"
_MOST_CELLS = 50_000_000  # empty ones in between included, which cost nothing in the file
_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^<>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_MOST_MERGED = 100_000
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE = 65_536


def read_xlsx(data: bytes) -> Draft:
    """Read a workbook: the values that its program last saw, no formulas. Raises SourceError."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

    archive = open_office(data, _WHAT)
    title, author = stated(archive)
    layout = Layout()
    parts = _parts(archive)
    with refusing(_WHAT, InvalidFileException, CellCoordinatesException), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that the library does not know
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        counter = _Counter()
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # what the file claims may be a million empty columns
            layout.add(sheet.title, level=1)
            rows = ([_shown(cell) for cell in row] for row in counter.counted(sheet.iter_rows()))
            merged = _merged(archive.read(parts[sheet.title])) if sheet.title in parts else {}
            if merged:
                add_cells(layout, _cells(rows, merged))
            else:
                add_table(layout, rows)
        workbook.close()
    return layout.draft(title=title, author=author)


def _parts(archive: Archive) -> dict[str, str]:
    """The name of the file that holds each sheet, by the sheet's title."""
    if not {_BOOK, _BOOK_RELATIONS} <= archive.names:
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in archive.xml(_BOOK_RELATIONS)}
    found: dict[str, str] = {}
    for sheet in archive.xml(_BOOK).iter("{*}sheet"):
        target = targets.get(next((value for name, value in sheet.items() if name.endswith("}id")), ""), "")
        name = target.removeprefix("/") if target.startswith("/") else posixpath.join("xl", target)
        if name in archive.names:
            found[sheet.get("name", "")] = name
    return found


def _merged(data: bytes) -> dict[tuple[int, int], tuple[int, int]]:
    """The merged cells of a sheet: how many columns and rows each takes, by the row and column where it begins."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for match in islice(_MERGED.finditer(data), _MOST_MERGED):
        left, top, right, foot = (part.decode() for part in match.groups())
        row, column, across, down = int(top), _number(left), _number(right) - _number(left), int(foot) - int(top)
        if across >= 0 and down >= 0:
            found[row, column] = across + 1, down + 1
    return found


def _number(column: str) -> int:
    """The number of a column, from 1: "AB" is 28."""
    return reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, column, 0)


def _cells(
    rows: Iterable[Sequence[str]], merged: Mapping[tuple[int, int], tuple[int, int]]
) -> Iterator[Sequence[Cell]]:
    """Yield the cells of each row, without those that are covered by one beside or above them."""
    covered: dict[int, tuple[int, int]] = {}  # the last row and the columns of a cell that reaches down, by its column
    for number, row in enumerate(rows, start=1):
        cells: list[Cell] = []
        column = 1
        while column <= len(row):
            last, width = covered.get(column, (0, 1))
            across, down = merged.get((number, column), (1, 1))
            if last < number:
                cells.append(Cell(row[column - 1], across, down))
                covered[column] = number + down - 1, across
                width = across
            column += width
        yield cells


class _Counter:
    """Bounds what empty rows and columns can cost."""

    def __init__(self) -> None:
        self._left = _MOST_CELLS

    def counted(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            self._left -= len(row) + 10
            if self._left < 0:
                raise SourceError(f"it has more than the {_MOST_CELLS // 1_000_000} million cells that are read")
            yield row


def _shown(cell: Any) -> str:
    """Return a cell as its program shows it; figures without their grouping and currency."""
    value = cell.value
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _figure(value, str(cell.number_format or ""))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _figure(value: int | float, number_format: str) -> str:
    if "%" in number_format and (percent := re.fullmatch(r"[0#,]*(?:\.(0+))?%", number_format)):
        return f"{value * 100:.{len(percent[1] or '')}f}%"
    return f"{value:.15g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)


def read_csv(data: bytes) -> Draft:
    """Read a table of text whose cells are divided by commas, semicolons, tabs or bars. Raises SourceError."""
    text = plain(decode(data))
    first, _, rest = text.partition("\n")
    if told := re.fullmatch(r'sep=([^\w\s"]|\t)', first):  # Excel's own
        return _table(rest, told[1])
    return _table(text, _delimiter(text))


def read_tsv(data: bytes) -> Draft:
    """Read a table of text whose cells are divided by tabs. Raises SourceError."""
    return _table(plain(decode(data)), "\t")


def _table(text: str, delimiter: str) -> Draft:
    layout = Layout()
    before = csv.field_size_limit(LONGEST)  # 131,072 otherwise
    try:
        add_table(layout, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise SourceError(f"it is no table of text: {error}") from error
    finally:
        csv.field_size_limit(before)
    return layout.draft()


def _delimiter(text: str) -> str:
    """Return the one that divides most of the first rows into as many cells as each other, and the most."""
    sample = text[:_SAMPLE]
    sample = sample[: sample.rfind("\n") + 1] or sample
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[int, int]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths: list[int] = []
    try:
        widths += [len(row) for row in islice(reader, _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0, 0
    common = max(set(widths), key=widths.count, default=0)
    return (widths.count(common), common) if common > 1 else (0, 0)
