"""Workbooks and tables of text as openpyxl, XlsxWriter, odfpy and the standard library write them."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from bench.corpus.made import Made

Cell = str | int | float | bool | date | datetime | time | None


@dataclass(frozen=True)
class Sheet:
    """A table of a workbook and the lines that it is read as; `merged` are ranges in the notation of its program.

    `forms` are number formats by column (from 0), for the rows below the header.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[str, ...]
    merged: tuple[str, ...] = ()
    forms: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Book:
    """A workbook."""

    name: str
    title: str
    author: str
    sheets: tuple[Sheet, ...]


BOOKS = (
    Book(
        "zh",
        "石塘镇渡轮票务",
        "陈小满",
        (
            Sheet(
                "2019年",
                (
                    ("月份", "人次", "收入（元）", "准点率", "记录日期", "停航"),
                    ("一月", 41230, 61845.5, 0.985, date(2019, 2, 1), False),
                    ("二月", 38800, 58200, 0.97, date(2019, 3, 1), True),
                    ("三月", None, 60120.25, 1, date(2019, 4, 2), False),
                ),
                (
                    "月份: 一月; 人次: 41230; 收入（元）: 61845.5; 准点率: 98.5%; 记录日期: 2019-02-01; 停航: FALSE",
                    "月份: 二月; 人次: 38800; 收入（元）: 58200; 准点率: 97.0%; 记录日期: 2019-03-01; 停航: TRUE",
                    "月份: 三月; 收入（元）: 60120.25; 准点率: 100.0%; 记录日期: 2019-04-02; 停航: FALSE",
                ),
                forms=((3, "0.0%"), (4, "yyyy-mm-dd")),
            ),
            Sheet(
                "合并表头",
                (
                    ("渡口", "上午", None, "下午", None),
                    (None, "人次", "班次", "人次", "班次"),
                    ("南岸", 310, 12, 420, 14),
                    (None, 305, 12, 418, 13),
                    ("北岸", 280, 11, 390, 14),
                ),
                (
                    "渡口: 南岸; 上午 人次: 310; 上午 班次: 12; 下午 人次: 420; 下午 班次: 14",
                    "渡口: 南岸; 上午 人次: 305; 上午 班次: 12; 下午 人次: 418; 下午 班次: 13",
                    "渡口: 北岸; 上午 人次: 280; 上午 班次: 11; 下午 人次: 390; 下午 班次: 14",
                ),
                merged=("A1:A2", "B1:C1", "D1:E1", "A3:A4"),
            ),
            Sheet("说明", (("数据由售票机汇总，“人次”不含自行车。",),), ("数据由售票机汇总，“人次”不含自行车。",)),
        ),
    ),
    Book(
        "en",
        "Ringing log of Crane Point",
        "Mara Ellison",
        (
            Sheet(
                "Log",
                (
                    ("Ringing log, parish copy", None, None, None),
                    (None, None, None, None),
                    ("Rung at", "By", "Strokes", "Note"),
                    (datetime(2019, 11, 3, 10, 0), "Keeper", 12, "first of the winter; said “loud”"),
                    (datetime(2019, 11, 10, 10, 5), "Tom O'Hara", 12, None),
                    (datetime(2019, 11, 17, 10, 0), "Keeper", -3, "=not a formula"),
                ),
                (
                    "Ringing log, parish copy",
                    "Rung at: 2019-11-03 10:00:00; By: Keeper; Strokes: 12; Note: first of the winter; said “loud”",
                    "Rung at: 2019-11-10 10:05:00; By: Tom O'Hara; Strokes: 12",
                    "Rung at: 2019-11-17 10:00:00; By: Keeper; Strokes: -3; Note: =not a formula",
                ),
                merged=("A1:D1",),
                forms=((0, "yyyy-mm-dd hh:mm"),),
            ),
            Sheet(
                "Costs by year",
                (("Item", "1911", "1974"), ("Clapper", 9.75, None), ("Striker", None, 1340), ("Rope", 0.1, 2.05)),
                ("Item: Clapper; 1911: 9.75", "Item: Striker; 1974: 1340", "Item: Rope; 1911: 0.1; 1974: 2.05"),
            ),
        ),
    ),
    Book(
        "mixed",
        "Tea 茶园 2023",
        "Lin Qiao",
        (
            Sheet(
                "Fields 田块",
                (
                    ("Field 田块", "Area (ha)", "产量 kg", "Harvest 采摘日", "每天时间"),
                    ("North 北坡", 1.2, 355, date(2023, 4, 18), time(6, 30)),
                    ("溪边 🍵", 0.8, 251, date(2023, 4, 20), time(7, 0)),
                    ("Old\nterrace 老梯田", 2.5, 690, date(2023, 5, 2), time(5, 45)),
                ),
                (
                    "Field 田块: North 北坡; Area (ha): 1.2; 产量 kg: 355; Harvest 采摘日: 2023-04-18; "
                    "每天时间: 06:30:00",
                    "Field 田块: 溪边 🍵; Area (ha): 0.8; 产量 kg: 251; Harvest 采摘日: 2023-04-20; 每天时间: 07:00:00",
                    "Field 田块: Old terrace 老梯田; Area (ha): 2.5; 产量 kg: 690; Harvest 采摘日: 2023-05-02; "
                    "每天时间: 05:45:00",
                ),
                forms=((3, "yyyy-mm-dd"), (4, "hh:mm:ss")),
            ),
        ),
    ),
)


def by_openpyxl(book: Book) -> bytes:
    """Return a workbook as openpyxl writes it."""
    import openpyxl

    made = openpyxl.Workbook()
    made.properties.title, made.properties.creator = book.title, book.author
    for first in made.worksheets:
        made.remove(first)
    for sheet in book.sheets:
        page = made.create_sheet(sheet.name)
        for row in sheet.rows:
            page.append(row)
        for cells in page.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.data_type = "s"
        for column, form in sheet.forms:
            for number in range(2, len(sheet.rows) + 1):
                page.cell(number, column + 1).number_format = form
        for merged in sheet.merged:
            page.merge_cells(merged)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def by_xlsxwriter(book: Book) -> bytes:
    """Return a workbook as XlsxWriter writes it."""
    import xlsxwriter

    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    made.set_properties({"title": book.title, "author": book.author})
    for sheet in book.sheets:
        page = made.add_worksheet(sheet.name)
        forms = {column: made.add_format({"num_format": form}) for column, form in sheet.forms}
        for number, row in enumerate(sheet.rows):
            for column, value in enumerate(row):
                if isinstance(value, date | time):
                    page.write_datetime(number, column, value, forms.get(column))
                elif value is not None:
                    page.write(number, column, value, forms.get(column) if number else None)
        for merged in sheet.merged:
            first = page.table[_row(merged)][_column(merged)]
            page.merge_range(merged, "")
            page.table[_row(merged)][_column(merged)] = first
    made.close()
    return file.getvalue()


def _row(merged: str) -> int:
    return int(merged.split(":")[0][1:]) - 1


def _column(merged: str) -> int:
    return ord(merged[0]) - ord("A")


def workbook(book: Book, writer: str, name: str, data: bytes) -> Made:
    """Return a workbook and what it is read as."""
    text = tuple(line for sheet in book.sheets for line in (sheet.name, *sheet.lines))
    headings = tuple((1, sheet.name) for sheet in book.sheets)
    return Made(writer, name, data, text, book.title, book.author, None, headings)


def workbooks() -> Iterator[Made]:
    """Yield workbooks of two libraries."""
    for book in BOOKS:
        yield workbook(book, "xlsx, openpyxl", f"{book.name}.openpyxl.xlsx", by_openpyxl(book))
        yield workbook(book, "xlsx, XlsxWriter", f"{book.name}.xlsxwriter.xlsx", by_xlsxwriter(book))


_TABLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "zh": (
        ("船名", "下水年份", "说明"),
        ("石塘一号", "1934", "木壳，后改铁壳"),
        ("春江", "1957", "船上有“茶室”\n和广播"),
        ("新渡", "1988", ""),
    ),
    "en": (
        ("Item", "Year", "Paid by"),
        ("Casting", "1868", "Whitcombe, in two parts; 59.05 each"),
        ("Clapper", "1911", 'The parish ("after some talk")'),
        ("Striker", "1974", "County | parish"),
    ),
    "mixed": (
        ("Field 田块", "Yield", "备注"),
        ("North 北坡", "355 kg", "早春first flush, 头采"),
        ("溪边", "251 kg", "Café 🍵 naïve"),
        ("Old terrace", "≈690 kg", "１２棵老树；𠮷"),
    ),
}


def _lines(rows: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    header, *below = rows
    return tuple(
        "; ".join(f"{label}: {' '.join(cell.split(chr(10)))}" for label, cell in zip(header, row, strict=True) if cell)
        for row in below
    )


def _delimited(rows: tuple[tuple[str, ...], ...], delimiter: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


def tables() -> Iterator[Made]:
    """Yield tables of text in the encodings that Excel writes."""
    for name, rows in _TABLES.items():
        chinese = tuple(line.replace("“茶室” 和", "“茶室”和") for line in _lines(rows))  # a break there is no space
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            for delimiter, shown in ((",", "comma"), (";", "semicolon")):
                data = _delimited(rows, delimiter).encode(encoding)
                yield Made("csv, standard library", f"{name}.{encoding}.{shown}.csv", data, chinese)
        for encoding in ("utf-8", "utf-16"):
            data = _delimited(rows, "\t").encode(encoding)
            yield Made("tsv, standard library", f"{name}.{encoding}.tsv", data, chinese)


_LONG = {
    "zh": "渡轮重新开航的那天，江面上有薄雾。岸边站满了人，有人带了锣，有人带了花。船长说他等这一天等了四年。" * 5,
    "en": "On the day the ferry sailed again there was a thin mist. People stood along the bank with gongs. " * 5,
    "mixed": "开航那天 the river was calm, 岸边的人 waved flags. 船长说：“Finally!” 然后拉响了汽笛。" * 5,
}


def records() -> Iterator[Made]:
    """Yield JSON and JSONL: records of plain values, lists, objects inside objects and long text."""
    for name, rows in _TABLES.items():
        header, *below = rows
        entries = [dict(zip(header, row, strict=True)) for row in below]
        extra: dict[str, Any] = {"id": 7, "share": 0.25, "open": True, "tags": ["a", "标签"], "at": {"city": "杭州"}}
        long = _LONG[name].strip()
        plain = [
            f"{label}: {' '.join(cell.split())}"
            for row in below
            for label, cell in zip(header, row, strict=True)
            if cell
        ]
        plain = [line.replace("“茶室” 和", "“茶室”和") for line in plain]
        more = ["id: 7", "share: 0.25", "open: true", "tags: a; 标签", "at.city: 杭州", f"text: {long}"]
        for ascii_only in (True, False):
            stated = {"title": f"Records {name}", "author": "Lin Qiao", "date": "2023-05-18"}
            document = {**stated, "data": [*entries, {**extra, "text": long}]}
            text = json.dumps(document, ensure_ascii=ascii_only, indent=2 if ascii_only else None)
            shown = [f"{key}: {value}" for key, value in stated.items()] + [f"data.{line}" for line in [*plain, *more]]
            yield Made(
                "json, standard library",
                f"{name}.{ascii_only}.json",
                text.encode(),
                tuple(shown),
                title=stated["title"],
                author=stated["author"],
                published=stated["date"],
            )
            lines = "\n".join(json.dumps(one, ensure_ascii=ascii_only) for one in [*entries, {**extra, "text": long}])
            yield Made("jsonl, standard library", f"{name}.{ascii_only}.jsonl", lines.encode(), tuple([*plain, *more]))


def by_odfpy(book: Book) -> bytes:
    """Return a workbook as odfpy writes it, without merged cells."""
    from odf.dc import Title
    from odf.meta import InitialCreator
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    made = OpenDocumentSpreadsheet()
    made.meta.addElement(Title(text=book.title))
    made.meta.addElement(InitialCreator(text=book.author))
    for sheet in book.sheets:
        table = Table(name=sheet.name)
        for values in sheet.rows:
            row = TableRow()
            for column, value in enumerate(values):
                shown = " ".join(str(value).split()) if value is not None else ""
                percent = dict(sheet.forms).get(column) == "0.0%"
                match value:
                    case bool():
                        cell = TableCell(valuetype="boolean", booleanvalue=str(value).lower())
                    case int() | float():
                        cell = TableCell(valuetype="percentage" if percent else "float", value=value)
                        shown = f"{value:.1%}" if percent else f"{value:,}"
                    case date():
                        cell = TableCell(valuetype="date", datevalue=value.isoformat())
                    case time():
                        cell = TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
                    case _:
                        cell = TableCell(valuetype="string")
                if shown:
                    cell.addElement(P(text=shown))
                row.addElement(cell)
            table.addElement(row)
        made.spreadsheet.addElement(table)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def opened() -> Iterator[Made]:
    """Yield workbooks of odfpy."""
    for book in BOOKS:
        kept = replace(book, sheets=tuple(sheet for sheet in book.sheets if not any(":A" in m for m in sheet.merged)))
        yield workbook(kept, "ods, odfpy", f"{book.name}.odfpy.ods", by_odfpy(kept))
