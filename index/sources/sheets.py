"""Spreadsheets: a heading for each sheet of a workbook (.xlsx), every row on one line with its header; CSV and TSV."""

import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from index.errors import SourceError
from index.sources.archive import refusing
from index.sources.assembly import LONGEST, Layout
from index.sources.encoding import decode
from index.sources.office import open_office, stated
from index.sources.source import Draft
from index.sources.table import add_table
from index.sources.text import plain

_WHAT = "workbook (.xlsx)"
_MOST_CELLS = 50_000_000  # empty ones in between included, which cost nothing in the file
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
    with refusing(_WHAT, InvalidFileException, CellCoordinatesException), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that the library does not know
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        counter = _Counter()
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # what the file claims may be a million empty columns
            layout.add(sheet.title, level=1)
            add_table(layout, ([_shown(cell) for cell in row] for row in counter.counted(sheet.iter_rows())))
        workbook.close()
    return layout.draft(title=title, author=author)


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
