"""PDF as it is printed: columns, tables, notes, forms, turned pages; and where a quote stands on its page."""

import gc
import io
import random
import re
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from index.sources import Source, read
from index.sources.layout import lay_out_pages
from index.sources.lines import Cell, Line, Sheet
from index.sources.ocr import page_done, read_image
from index.sources.order import in_reading_order
from index.sources.pdf import PagePicture, page_picture, read_pdf
from tests.index.test_reading_pdf import drawn, needs_chromium, needs_noto, needs_ocr, printed, reading, scan

PLACES = ["the ferry", "a stone bridge", "the lower mill", "the salt store", "an empty school", "the weather station"]
DEEDS = ["was painted", "was measured again", "stood empty", "was sold to a stranger", "was never mentioned"]
TIMES = ["in the first winter", "after the flood of 1911", "for 12.5 percent less", "while the others slept"]


def story(number: int, sentences: int = 5) -> str:
    """A paragraph that no other equals."""
    chance = random.Random(number)
    told = [f"{chance.choice(PLACES)} {chance.choice(DEEDS)} {chance.choice(TIMES)}." for _ in range(sentences)]
    return f"Item {number} is about this: " + " ".join(one[0].upper() + one[1:] for one in told)


def wrapped(text: str, width: float, size: float = 10) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if stringWidth(longer, "Times-Roman", size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


Piece = tuple[float, float, float, str]  # left, baseline, size, text


def column(texts: list[str], left: float, top: float, width: float, size: float = 10) -> list[Piece]:
    pieces: list[Piece] = []
    for text in texts:
        for line in wrapped(text, width, size):
            pieces.append((left, top, size, line))
            top -= 1.2 * size
        top -= 0.6 * size
    return pieces


def page_of(pieces: list[Piece]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for left, baseline, size, text in pieces:
            canvas.setFont("Times-Roman", size)
            canvas.drawString(left, baseline, text)

    return draw


LEFT = [story(number) for number in range(1, 6)]
RIGHT = [story(number) for number in range(11, 16)]
TWO_COLUMNS = column(LEFT, 50, 760, 235) + column(RIGHT, 310, 760, 235)


def shuffled(pieces: list[Piece]) -> list[Piece]:
    return random.Random(3).sample(pieces, len(pieces))


def by_rows(pieces: list[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (-piece[1], piece[0]))


@pytest.mark.parametrize("order", [list, shuffled, by_rows], ids=["column by column", "in any order", "row by row"])
def test_two_columns_are_read_one_after_the_other_however_they_are_drawn(
    tmp_path: Path, order: Callable[[list[Piece]], list[Piece]]
) -> None:
    assert reading(tmp_path, drawn(page_of(order(TWO_COLUMNS)))).text.split("\n\n") == [*LEFT, *RIGHT]


@pytest.mark.parametrize("order", [list, shuffled], ids=["column by column", "in any order"])
def test_what_runs_over_all_columns_parts_them(tmp_path: Path, order: Callable[[list[Piece]], list[Piece]]) -> None:
    caption = "Figure 1. " + story(99, 4)
    above = column(LEFT[:2], 50, 760, 235) + column(RIGHT[:2], 310, 760, 235)
    below = column(LEFT[2:4], 50, 400, 235) + column(RIGHT[2:4], 310, 400, 235)
    data = drawn(page_of(order(above + column([caption], 50, 520, 495) + below)))
    expected = [*LEFT[:2], *RIGHT[:2], caption, *LEFT[2:4], *RIGHT[2:4]]
    assert reading(tmp_path, data).text.split("\n\n") == expected


def test_a_paragraph_goes_on_in_the_next_column_past_a_footnote(tmp_path: Path) -> None:
    long = story(7, 24)
    lines = wrapped(long, 235)
    half = len(lines) // 2
    note = "1 A note on the ferry, in smaller type, at the foot of the first column."
    first = [(50.0, 760.0 - 12 * at, 10.0, line) for at, line in enumerate(lines[:half])]
    second = [(310.0, 760.0 - 12 * at, 10.0, line) for at, line in enumerate(lines[half:])]
    data = drawn(page_of(first + column([note], 50, 120, 235, 8) + second))
    assert reading(tmp_path, data).text.split("\n\n") == [note, long]


def test_a_last_line_that_equals_those_of_other_pages_is_no_running_line(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(12):
            canvas.drawString(72, 770, f"This is what is told on page {number}, and it goes on until")
            canvas.drawString(72, 756, "the winter came.")
            canvas.showPage()

    assert reading(tmp_path, drawn(draw)).text.count("the winter came.") == 12


EDGES = [
    "{0} Ibid., p. {1}.",
    "Invoice No. {2}, 3 March 2023",
    "Payslip for month {0}/2023",
    "Table {0}. Catch of {3}: {1} tons",
    "Minutes of 2023-0{0}-14",
]


@pytest.mark.parametrize("told", EDGES)
@pytest.mark.parametrize("level", [30, 800], ids=["foot", "head"])
def test_what_differs_in_its_figures_from_page_to_page_is_no_running_line(
    tmp_path: Path, told: str, level: int
) -> None:
    expected = [told.format(page, 40 + 7 * page, 2040 + page, 1990 + 3 * page) for page in range(1, 7)]

    def draw(canvas: Canvas) -> None:
        for page, line in enumerate(expected, start=1):
            page_of([*column([story(page)], 72, 700, 450), (72, level, 9, line)])(canvas)
            canvas.showPage()

    text = reading(tmp_path, drawn(draw)).text
    assert [line for line in text.split("\n") if line in expected] == expected


@pytest.mark.parametrize(
    "running",
    [
        "Annals of 2023 | {0}",
        "Chapter {1} of the annals – page {0}",
        "{0} – The Hills 5 (2023)",
        "hills_5.indd {0} 14/09/2018 10:37",
    ],
)
def test_a_running_line_with_the_number_of_its_page_is_told_once_for_each_part(tmp_path: Path, running: str) -> None:
    lines = [running.format(page + 10, 1 + page // 4) for page in range(8)]

    def draw(canvas: Canvas) -> None:
        for page, line in enumerate(lines):
            page_of([*column([story(page)], 72, 700, 450), (72, 800, 9, line)])(canvas)
            canvas.showPage()

    told = [line for line in reading(tmp_path, drawn(draw)).text.split("\n") if line in lines]
    assert told == ([lines[0], lines[4]] if "{1}" in running else lines[:1])


def test_the_title_of_a_slide_that_others_have_too_stays(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(6):
            title = (72.0, 770.0, 24.0, ["Risks", "Chances"][page % 2])
            page_of([title, *column([story(page)], 72, 650, 450, 14), (500, 30, 9, str(page + 1))])(canvas)
            canvas.showPage()

    source = reading(tmp_path, drawn(draw))
    assert [heading.text for heading in source.headings] == ["Risks", "Chances"] * 3


def test_page_labels_are_left_out_where_the_document_says_what_they_are(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
        for number, label in enumerate(["i", "ii", "iii"]):
            canvas.drawString(72, 700, story(number, 1))
            canvas.drawString(297, 30, label)
            canvas.showPage()

    source = reading(tmp_path, drawn(draw))
    assert source.text.split("\n\n") == [story(number, 1) for number in range(3)]
    assert [page.number for page in source.pages] == [1, 2, 3]


ROWS = [
    ("Station", "Opened", "Keeper"),
    ("North light", "1911", "Li Lei"),
    ("Salt harbour", "1923", ""),
    ("Upper bridge", "1930", "Han Meimei"),
]
LABELLED = [
    "Station: North light; Opened: 1911; Keeper: Li Lei",
    "Station: Salt harbour; Opened: 1923",
    "Station: Upper bridge; Opened: 1930; Keeper: Han Meimei",
]


def blocks(source: Source) -> list[str]:
    return [source.text[block.start : block.end] for block in source.blocks]


@pytest.mark.parametrize("width", [68, 160], ids=["tight", "wide"])
def test_rows_of_a_table_are_kept_whole_with_their_header_and_without_empty_cells(tmp_path: Path, width: int) -> None:
    rows = [(72.0 + width * at, 600.0 - 16 * down, 10.0, cell) for down, row in enumerate(ROWS)
            for at, cell in enumerate(row) if cell]  # fmt: skip
    source = reading(tmp_path, drawn(page_of([*column(LEFT[:1], 72, 760, 450), *rows])))
    assert source.text == f"{LEFT[0]}\n\n" + "\n".join(LABELLED)
    assert blocks(source) == LABELLED


def test_cells_of_several_lines_stay_together(tmp_path: Path) -> None:
    told = [story(number, 2) for number in range(3)]
    pieces: list[Piece] = [(72, 700, 10, "Year"), (130, 700, 10, "What is told"), (420, 700, 10, "Where")]
    top = 680.0
    for year, text in zip(["1911", "1923", "1930"], told, strict=True):
        pieces.append((72, top, 10, year))
        pieces += column([text], 130, top, 250)
        pieces.append((420, top, 10, "the hills"))
        top -= 60
    expected = [
        f"Year: {year}; What is told: {text}; Where: the hills"
        for year, text in zip(["1911", "1923", "1930"], told, strict=True)
    ]
    assert blocks(reading(tmp_path, drawn(page_of(pieces)))) == expected


def test_a_table_goes_on_over_the_page_with_its_header(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(2):
            for down, cells in enumerate([("Number", "Place"), *((f"{page}-{at}", PLACES[at]) for at in range(4))]):
                for at, cell in enumerate(cells):
                    canvas.drawString(72 + 120 * at, 760 - 16 * down, cell)
            canvas.showPage()

    found = blocks(reading(tmp_path, drawn(draw)))
    assert found == [f"Number: {page}-{at}; Place: {PLACES[at]}" for page in range(2) for at in range(4)]


def test_rows_without_any_sign_of_a_header_are_their_cells_alone(tmp_path: Path) -> None:
    rows = [("Name", "Li Lei"), ("Born in", "the hills"), ("Works for", "the weather station")]
    pieces = [(72.0 + 150 * at, 600.0 - 16 * down, 10.0, cell) for down, row in enumerate(rows)
              for at, cell in enumerate(row)]  # fmt: skip
    assert blocks(reading(tmp_path, drawn(page_of(pieces)))) == [" | ".join(row) for row in rows]


def table(rows: list[tuple[str, ...]]) -> bytes:
    pieces = [(72.0 + 90 * at, 600.0 - 16 * down, 10.0, cell) for down, row in enumerate(rows)
              for at, cell in enumerate(row) if cell]  # fmt: skip
    return drawn(page_of(pieces))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [("", "2021", "2022", "2023"), ("North", "", "12", ""), ("South", "20", "", ""), ("East", "", "", "6")],
            ["North; 2022: 12", "South; 2021: 20", "East; 2023: 6"],
        ),
        (
            [("EUR million", "31.12.2023", "31.12.2022"), ("Assets", "", ""), ("Cash", "100", "–"), ("Stock", "", "7")],
            [
                "EUR million: Assets",
                "EUR million: Cash; 31.12.2023: 100; 31.12.2022: –",
                "EUR million: Stock; 31.12.2022: 7",
            ],
        ),
        (
            [("2021", "2022", "2023"), ("10", "12", "13"), ("20", "", "23")],
            ["2021: 10; 2022: 12; 2023: 13", "2021: 20; 2023: 23"],
        ),
    ],
    ids=["empty corner", "days", "years alone"],
)
def test_years_over_figures_are_the_names_of_their_columns(
    tmp_path: Path, rows: list[tuple[str, ...]], expected: list[str]
) -> None:
    assert blocks(reading(tmp_path, table(rows))) == expected


@pytest.mark.parametrize(
    "rows",
    [
        [("Founded", "1998"), ("Employees", "120"), ("Boats", "7")],
        [("2021", "10", "12"), ("2022", "11", "13"), ("2023", "14", "15")],
        [("North", "1998", "2004"), ("South", "1999", "2001"), ("East", "2010", "2015")],
    ],
    ids=["list", "years at the side", "years as figures"],
)
def test_a_year_among_the_values_of_a_table_is_no_name_of_a_column(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    assert blocks(reading(tmp_path, table(rows))) == [" | ".join(row) for row in rows]


def test_an_empty_cell_keeps_its_place_where_the_columns_have_no_names(tmp_path: Path) -> None:
    rows = [("Model", "Colour", "Owner", "Place"), ("A", "red", "", "Rome"), ("B", "", "Li", "Oslo"),
            ("", "blue", "Han", "")]  # fmt: skip
    expected = ["Model | Colour | Owner | Place", "A | red | | Rome", "B | | Li | Oslo", "| blue | Han"]
    assert blocks(reading(tmp_path, table(rows))) == expected


ASKED = [text for text in (story(number, 2) for number in range(20)) if len(wrapped(text, 235)) == 3][:6]
ANSWERS = [story(number, 2 + number % 2) for number in range(20, 26)]


def cells_of_text(left: list[str], right: list[str]) -> list[Piece]:
    pieces: list[Piece] = []
    top = 760.0
    for one, other in zip(left, right, strict=True):
        cells = [column([one], 50, top, 235), column([other], 310, top, 235)]
        pieces += [piece for cell in cells for piece in cell]
        top = min(piece[1] for piece in pieces) - 20
    return pieces


@pytest.mark.parametrize("order", [list, shuffled], ids=["cell by cell", "in any order"])
def test_a_table_of_questions_and_answers_is_read_row_by_row(
    tmp_path: Path, order: Callable[[list[Piece]], list[Piece]]
) -> None:
    data = drawn(page_of(order(cells_of_text(ASKED, ANSWERS))))
    assert blocks(reading(tmp_path, data)) == [f"{one} | {other}" for one, other in zip(ASKED, ANSWERS, strict=True)]


def test_questions_and_answers_of_as_many_lines_are_read_row_by_row(tmp_path: Path) -> None:
    data = drawn(page_of(cells_of_text(ASKED, ASKED[::-1])))
    rows = zip(ASKED, ASKED[::-1], strict=True)
    assert blocks(reading(tmp_path, data)) == [f"{one} | {other}" for one, other in rows]


def test_names_of_columns_over_two_lines_are_whole(tmp_path: Path) -> None:
    rows = [("North", "3,533", "2,468"), ("South", "3,269", "2,375"), ("East", "3,223", "2,325")]
    head = [(180.0, 612.0, 10.0, "Total"), (280.0, 612.0, 10.0, "Total")]
    names = [(72.0, 600.0, 10.0, "Harbour"), (180.0, 600.0, 10.0, "arrivals"), (280.0, 600.0, 10.0, "departures")]
    pieces = [(left, 580.0 - 18 * down, 10.0, cell) for down, row in enumerate(rows)
              for left, cell in zip((72.0, 180.0, 280.0), row, strict=True)]  # fmt: skip
    assert blocks(reading(tmp_path, drawn(page_of([*head, *names, *pieces])))) == [
        f"Harbour: {harbour}; Total arrivals: {came}; Total departures: {left}" for harbour, came, left in rows
    ]


def test_names_over_several_years_stand_before_each_of_them(tmp_path: Path) -> None:
    figures = [("North", "10", "12", "1", "2"), ("South", "20", "22", "3", "4"), ("East", "30", "32", "5", "6")]
    file = io.BytesIO()
    head = [["Region", "Sales", "", "Profit", ""], ["", "2022", "2023", "2022", "2023"]]
    spans = [("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0)), ("ALIGN", (0, 0), (-1, -1), "CENTER")]
    SimpleDocTemplate(file).build([Table([*head, *figures], [80] * 5, style=spans)])
    assert blocks(reading(tmp_path, file.getvalue())) == [
        f"Region: {name}; Sales 2022: {a}; Sales 2023: {b}; Profit 2022: {c}; Profit 2023: {d}"
        for name, a, b, c, d in figures
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [
            ("Harbour", "Opened", "Closed"),
            ("North", "1998", "2004"),
            ("South", "1999", "2001"),
            ("East", "2010", "2015"),
        ],
        [
            ("", "", "Sales", "", "Loss"),
            ("", "2021", "2022", "2023", "2023"),
            ("North", "1", "2", "3", "4"),
            ("South", "4", "5", "6", "7"),
        ],
    ],
    ids=["years as values", "names of unequal width"],
)
def test_names_that_may_stand_over_other_years_are_not_joined_to_them(
    tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    assert not re.search(r"[a-z] (?:19|20)\d\d", reading(tmp_path, table(rows)).text)


def test_rows_that_stand_close_together_are_no_names_of_columns(tmp_path: Path) -> None:
    rows = [("North", "Li", "Rome"), ("South", "Han", "Oslo"), ("East", "Bo", "Pisa"), ("West", "Wu", "Bonn")]
    pieces = [(72.0 + 90 * at, 600.0 - 18 * down - 5 * (down > 1), 10.0, cell) for down, row in enumerate(rows)
              for at, cell in enumerate(row)]  # fmt: skip
    assert blocks(reading(tmp_path, drawn(page_of(pieces)))) == [" | ".join(row) for row in rows]


def test_an_entry_of_a_list_of_works_goes_on_below_its_words(tmp_path: Path) -> None:
    texts = [story(number, 3) for number in range(4)]
    pieces: list[Piece] = []
    top = 760.0
    for number, text in enumerate(texts):
        first = wrapped(text, 200, 9)[0].split(" ")  # its words are set apart to fill the line
        parts = [" ".join(first[len(first) * at // 4 : len(first) * (at + 1) // 4]) for at in range(4)]
        below = wrapped(" ".join(text.split(" ")[len(first) :]), 290, 9)
        pieces += [(72, top, 9, f"[Cop0{number}]"), *((114 + 72 * at, top, 9, part) for at, part in enumerate(parts))]
        pieces += [(114, top - 10 * at, 9, line) for at, line in enumerate(below, start=1)]
        top -= 10 * len(below) + 17
    found = blocks(reading(tmp_path, drawn(page_of(pieces))))
    assert [re.sub(r"[ |]+", " ", row) for row in found] == [
        f"[Cop0{number}] {text}" for number, text in enumerate(texts)
    ]


def test_the_cells_of_a_row_that_is_drawn_in_one_go_stay_together() -> None:
    def row(baseline: float, *cells: tuple[str, float, float]) -> Line:
        parts = tuple(Cell(text, left, right, 0, 10.0) for text, left, right in cells)
        text = " ".join(cell.text for cell in parts)
        return Line(text, parts[0].left, parts[-1].right, baseline, 10.0, cells=parts)

    left = Line("village by village in their own districts.", 54, 275, 56, 10.5)
    day = Line("11.3.2010", 152, 196, 337, 10)
    figures = ("9", 241, 246), ("17", 284, 294), ("1.42", 324, 343), ("3,559", 378, 402), ("2,173", 440, 464)
    above = row(349, *figures, ("855", 505, 521))
    sums = ("47", 238, 250), ("92", 283, 294), ("11.81", 321, 346), ("22,455", 374, 406), ("19,584", 436, 469)
    total = row(320, ("Total", 59, 81), *sums, ("10,644", 497, 530))
    right = Line("the communities, and it produces and airs", 306, 540, 56, 10.5)
    assert in_reading_order([left, day, above, total, right], True) == [above, day, total, left, right]


def test_a_name_that_is_set_to_the_left_of_its_figures_is_theirs(tmp_path: Path) -> None:
    rows = [("Harbour", "Number of boats", "Keeper"), ("North", "7", "Li"), ("South", "12", "Han"), ("East", "3", "Bo")]
    pieces = [
        (left - stringWidth(cell, "Times-Roman", 10) * (at == 1 and down > 0), 600.0 - 16 * down, 10.0, cell)
        for down, row in enumerate(rows)
        for at, (left, cell) in enumerate(zip((72.0, 160.0 + 80 * (down > 0), 280.0), row, strict=True))
    ]
    assert blocks(reading(tmp_path, drawn(page_of(pieces)))) == [
        f"Harbour: {harbour}; Number of boats: {number}; Keeper: {keeper}" for harbour, number, keeper in rows[1:]
    ]


def test_a_word_that_breaks_in_a_cell_is_whole_and_marked_where_it_stands(tmp_path: Path) -> None:
    pieces: list[Piece] = [(72, 600, 10, "Year"), (140, 600, 10, "What was done")]
    told = [
        ("2021", "The vil-", "lage was sold."),
        ("2022", "The lan-", "guage was taught."),
        ("2023", "All was", "calm."),
    ]
    for down, (year, first, second) in enumerate(told):
        top = 580 - 36 * down
        pieces += [(72, top, 10, year), (140, top, 10, first), (140, top - 12, 10, second)]
    data = drawn(page_of(pieces))
    assert blocks(reading(tmp_path, data)) == [
        "Year: 2021; What was done: The village was sold.",
        "Year: 2022; What was done: The language was taught.",
        "Year: 2023; What was done: All was calm.",
    ]
    picture, parts = marked(data, 1, "language was taught")
    assert len(parts) == 2 and all(map(inked, parts))
    assert picture.boxes[0][0] > picture.boxes[1][0]


@pytest.mark.parametrize(
    ("pitch", "step", "beside"),
    [(18, 12, 0), (18, 12, 1), (20, 20, 0.5)],
    ids=["beside its first line", "beside its last line", "beside its middle"],
)
def test_the_name_of_a_row_over_two_lines_is_whole(tmp_path: Path, pitch: float, step: float, beside: float) -> None:
    def row(top: float, *cells: str) -> list[Piece]:
        return [(72.0 + 160 * at, top, 10.0, cell) for at, cell in enumerate(cells)]

    above = [("Item", "2023", "2022"), ("Revenue", "120", "110"), ("Staff", "30", "28")]
    pieces = [piece for at, cells in enumerate(above) for piece in row(700 - pitch * at, *cells)]
    top = 700 - pitch * len(above)
    name = [*row(top, "Cost of the goods and"), *row(top - step, "of all other things")]
    amounts = row(top - step * beside, "", "80", "87")[1:]
    pieces += [*name, *amounts] if beside else [name[0], *amounts, name[1]]
    pieces += row(top - step - pitch, "Profit", "9", "5")
    assert blocks(reading(tmp_path, drawn(page_of(pieces)))) == [
        "Item: Revenue; 2023: 120; 2022: 110",
        "Item: Staff; 2023: 30; 2022: 28",
        "Item: Cost of the goods and of all other things; 2023: 80; 2022: 87",
        "Item: Profit; 2023: 9; 2022: 5",
    ]


def test_cells_that_end_in_a_drawn_space_are_cells(tmp_path: Path) -> None:
    rows = [("EUR million ", "2023 ", "2022 "), ("Revenue ", "1,234 ", "999 "), ("Costs ", " ", "88 "),
            ("Net loss ", "(12) ", "(4) ")]  # fmt: skip
    assert blocks(reading(tmp_path, table(rows))) == [
        "EUR million: Revenue; 2023: 1,234; 2022: 999",
        "EUR million: Costs; 2022: 88",
        "EUR million: Net loss; 2023: (12); 2022: (4)",
    ]


def test_a_span_at_the_end_of_a_row_keeps_its_one_dash(tmp_path: Path) -> None:
    rows = [("Keeper", "Years"), ("Li", "1998-"), ("Han", "2001-2003"), ("Bo", "2004-")]
    assert blocks(reading(tmp_path, table(rows))) == [f"Keeper: {keeper}; Years: {years}" for keeper, years in rows[1:]]


def test_the_numbers_of_lines_in_the_margin_are_no_text(tmp_path: Path) -> None:
    told = wrapped(story(1, 20), 400)
    numbered = [(50.0, 760.0 - 12 * at, 10.0, str(at + 1)) for at in range(len(told))]
    pieces = [(80.0, 760.0 - 12 * at, 10.0, line) for at, line in enumerate(told)]
    for order in ([*numbered, *pieces], [piece for pair in zip(numbered, pieces, strict=True) for piece in pair]):
        assert reading(tmp_path, drawn(page_of(order))).text == story(1, 20)


def test_the_numbers_of_rows_are_text(tmp_path: Path) -> None:
    rows = [(str(number), f"{PLACES[number % 6].capitalize()} {DEEDS[number % 5]}") for number in range(1, 13)]
    text = reading(tmp_path, table(rows)).text
    assert all(re.search(rf"^{number}\W+{told}$", text, re.MULTILINE) for number, told in rows)


def test_words_that_are_drawn_far_apart_to_fill_a_line_are_words(tmp_path: Path) -> None:
    told = wrapped(story(3, 12), 300)

    def draw(canvas: Canvas) -> None:
        for down, line in enumerate(told):
            words = line.count(" ") if line is not told[-1] else 0
            text = canvas.beginText(72, 700 - 12 * down)
            text.setFont("Times-Roman", 10)
            text.setWordSpace((320 - stringWidth(line, "Times-Roman", 10)) / words if words else 0)
            text.textOut(line)
            canvas.drawText(text)

    assert reading(tmp_path, drawn(draw)).text == story(3, 12)


def test_a_listing_keeps_its_lines_and_indents(tmp_path: Path) -> None:
    code = ["def measure(river):", "    for station in river:", "        print(station)", "    return river"]

    def draw(canvas: Canvas) -> None:
        page_of(column(LEFT[:2], 72, 760, 450))(canvas)
        canvas.setFont("Courier", 9)
        for at, line in enumerate(code):
            canvas.drawString(90, 560 - 11 * at, line)

    source = reading(tmp_path, drawn(draw))
    assert blocks(source) == ["\n".join(code)]
    assert source.text.split("\n\n") == [*LEFT[:2], "\n".join(code)]


def test_words_in_other_type_and_scripts_stay_in_their_line(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for font, size, rise, part in [
            ("Times-Roman", 11, 0, "Water is H"),
            ("Times-Roman", 7, -3, "2"),
            ("Times-Roman", 11, 0, "O, and a field has 5 m"),
            ("Times-Roman", 7, 4, "2"),
            ("Times-Bold", 11, 0, ", they say"),
            ("Times-Roman", 11, 0, " again."),
        ]:
            text.setFont(font, size)
            text.setRise(rise)
            text.textOut(part)
        canvas.drawText(text)

    assert reading(tmp_path, drawn(draw)).text == "Water is H2O, and a field has 5 m2, they say again."


def test_what_is_set_above_a_line_is_no_digit_of_a_figure(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for down, line in enumerate(
            ["10^15^ neutrons in 10^-9^ s, over 25 m^2^", "5.3 billion^1^ in 2021^3,4^, or 5.3^1^%", "^1^2021 figures."]
        ):
            text = canvas.beginText(72, 700 - 40 * down)
            for number, part in enumerate(line.split("^")):
                text.setFont("Times-Roman", 7 if number % 2 else 11)
                text.setRise(4 if number % 2 else 0)
                text.textOut(part)
            canvas.drawText(text)

    assert reading(tmp_path, drawn(draw)).text.split("\n\n") == [
        "10¹⁵ neutrons in 10⁻⁹ s, over 25 m2",
        "5.3 billion ¹ in 2021 ³,⁴, or 5.3 ¹%",
        "¹ 2021 figures.",
    ]


def test_a_superscript_that_a_page_writes_itself_is_quoted_as_it_stands(tmp_path: Path) -> None:
    for line in ("The 2 halls have 5² seats in all.", "The halls have 5² seats in all."):
        assert reading(tmp_path, drawn(lambda canvas, line=line: canvas.drawString(72, 700, line))).text == line


def test_the_mark_of_a_note_is_no_digit_of_a_cell(tmp_path: Path) -> None:
    loans = Paragraph("5.3<super>1</super>", getSampleStyleSheet()["BodyText"])
    file = io.BytesIO()
    SimpleDocTemplate(file).build([Table([["Item", "Amount"], ["Loans", loans], ["Bonds", "7.1"], ["Cash", "2.0"]])])
    assert blocks(reading(tmp_path, file.getvalue()))[0] == "Item: Loans; Amount: 5.3 ¹"


def test_short_bold_lines_are_headings_where_nothing_is_larger(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for part in range(3):
            canvas.setFont("Times-Bold", 10)
            canvas.drawString(72, 760 - 200 * part, f"Part {part}")
            page_of(column([story(part, 8)], 72, 740 - 200 * part, 450))(canvas)

    source = reading(tmp_path, drawn(draw))
    assert [heading.text for heading in source.headings] == ["Part 0", "Part 1", "Part 2"]


@needs_chromium
def test_chinese_set_from_the_top_to_the_foot_is_read_by_its_columns(tmp_path: Path) -> None:
    texts = [f"第{number}段：" + "那年冬天他辞去了报社的工作，搬到山脚下的小镇。" * 6 for number in range(4)]
    style = "html { writing-mode: vertical-rl } p { margin: 0 0 0 1em; font-size: 16px; line-height: 1.7 }"
    body = "".join(f"<p lang=zh>{text}</p>" for text in texts)
    source = reading(
        tmp_path, printed(tmp_path, f"<meta charset=utf-8><title>竖排</title><style>{style}</style>{body}")
    )
    assert [line for line in source.text.split("\n") if line in texts] == texts


@needs_chromium
def test_letters_set_apart_are_words(tmp_path: Path) -> None:
    style = "h1 { letter-spacing: 1.2em; font-size: 20px }"
    body = (
        "<h1>前言</h1><p lang=zh>那年冬天他辞去了报社的工作，搬到山脚下的小镇。<p>A line of Latin letters stands below."
    )
    source = reading(tmp_path, printed(tmp_path, f"<meta charset=utf-8><style>{style}</style>{body}"))
    assert [heading.text for heading in source.headings] == ["前言"]


def test_what_is_written_into_a_form_stands_beside_its_question(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for at, (question, answer) in enumerate([("Name:", "Li Lei of the hills"), ("Place:", "Salt harbour")]):
            canvas.drawString(72, 760 - 40 * at, question)
            field = {"x": 200, "y": 754 - 40 * at, "width": 200, "height": 20}
            canvas.acroForm.textfield(name=f"f{at}", value=answer, fontSize=12, **field)
        canvas.drawString(72, 660, "The form ends here.")

    text = reading(tmp_path, drawn(draw)).text
    assert re.findall(r"Name: Li Lei of the hills|Place: Salt harbour|The form ends here\.", text) == [
        "Name: Li Lei of the hills",
        "Place: Salt harbour",
        "The form ends here.",
    ]


XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2024-02-02T10:00:00Z">
<dc:title><rdf:Alt><rdf:li xml:lang="en">Rivers</rdf:li><rdf:li xml:lang="x-default">河流 &amp; hills</rdf:li></rdf:Alt>
</dc:title><dc:creator><rdf:Seq><rdf:li>李磊</rdf:li><rdf:li>Jane Alder</rdf:li></rdf:Seq></dc:creator>
{date}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
PUBLISHED = "<prism:publicationDate>2021-08-20</prism:publicationDate>"


def with_xmp(packet: str, packed: bool = False) -> bytes:
    """A PDF that says nothing of itself but by XMP. (Its table of objects is wrong then, which readers mend.)"""
    data = drawn(lambda canvas: canvas.drawString(72, 700, story(1, 1)))
    data = re.sub(rb"/Info \d+ 0 R", b"", data)
    stream = zlib.compress(packet.encode()) if packed else packet.encode()
    kind = b"/Filter /FlateDecode" if packed else b""
    thing = b"90 0 obj\n<< /Type /Metadata /Subtype /XML %s /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    at = data.rindex(b"xref", 0, data.rindex(b"startxref"))
    return data[:at] + thing % (kind, len(stream), stream) + data[at:]


@pytest.mark.parametrize("packed", [False, True])
def test_title_authors_and_day_come_from_xmp_where_nothing_else_says_them(tmp_path: Path, packed: bool) -> None:
    source = reading(tmp_path, with_xmp(XMP.format(date=PUBLISHED), packed))
    assert (source.title, source.author, source.published) == ("河流 & hills", "李磊, Jane Alder", "2021-08-20")


def test_the_day_on_which_a_file_was_made_is_no_day_of_publication(tmp_path: Path) -> None:
    made = "<dc:date><rdf:Seq><rdf:li>2024-02-02T10:00:00Z</rdf:li></rdf:Seq></dc:date>"
    assert reading(tmp_path, with_xmp(XMP.format(date=made))).published is None


@pytest.mark.parametrize("packet", ["<x:xmpmeta", "<x:xmpmeta>&boom;</x:xmpmeta>", XMP[:300] + "</x:xmpmeta>"])
def test_damaged_xmp_says_nothing(tmp_path: Path, packet: str) -> None:
    source = reading(tmp_path, with_xmp(packet))
    assert (source.stated_title, source.author, source.text) == (None, None, story(1, 1))


def test_a_file_whose_end_is_lost_is_read(tmp_path: Path) -> None:
    data = drawn(page_of(TWO_COLUMNS))
    cut = data[: data.rindex(b"xref", 0, data.rindex(b"startxref"))]
    assert reading(tmp_path, cut).text.split("\n\n") == [*LEFT, *RIGHT]


def seconds_for(pages: int, lines: Callable[[int], list[Line]]) -> float:
    """The best of three, and without the collector, which would walk over all that other tests have left."""
    sheets = [Sheet(page, 842.0, tuple(lines(page))) for page in range(pages)]
    took = []
    gc.disable()
    try:
        for _ in range(3):
            start = time.thread_time()
            lay_out_pages(sheets)
            took.append(time.thread_time() - start)
    finally:
        gc.enable()
    return min(took)


def bold_headings(page: int) -> list[Line]:
    told = [(f"Section {page}.{at // 2} on rivers", True) if at % 2 else (story(page), False) for at in range(20)]
    return [Line(text, 72, 500, 780 - 30 * at, 10, bold=bold) for at, (text, bold) in enumerate(told)]


def endless_paragraph(page: int) -> list[Line]:
    return [Line(f"and {page} and {at} and so on and on", 72, 520, 740 - 14 * at, 10) for at in range(45)]


@pytest.mark.parametrize("lines", [bold_headings, endless_paragraph])
def test_ten_times_as_many_pages_take_about_ten_times_as_long(lines: Callable[[int], list[Line]]) -> None:
    assert seconds_for(1_000, lines) < 30 * seconds_for(100, lines)  # of what is quadratic, a hundred times


# Where a quote stands on its page


def marked(data: bytes, number: int, quote: str) -> tuple[PagePicture, list[Image.Image]]:
    """The picture of a page with the quote marked, and what stands in each of its boxes."""
    read = read_pdf(data)
    start = read.text.index(quote)
    picture = page_picture(data, number, start, start + len(quote), read.text, read.pages)
    image = Image.open(io.BytesIO(picture.png)).convert("L")
    assert image.size == (picture.width, picture.height)
    for left, top, right, bottom in picture.boxes:
        assert -1 <= left < right <= picture.width + 1 and -1 <= top < bottom <= picture.height + 1
    return picture, [image.crop(tuple(map(round, box))) for box in picture.boxes]


def inked(image: Image.Image) -> bool:
    return image.getextrema()[0] < 128


def turned(degrees: int) -> bytes:
    """A page that viewers turn, drawn so that its lines run to the right then; its lines are black on grey."""
    width, height = A4 if degrees in (0, 180) else (A4[1], A4[0])

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(degrees)
        corner = {0: (0, 0), 90: (A4[0], 0), 180: A4, 270: (0, A4[1])}[degrees]
        canvas.translate(*corner)
        canvas.rotate(degrees)
        page_of(column(LEFT[:3], 60, height - 80, width - 120))(canvas)

    file = io.BytesIO()
    # This writer swaps width and height of a page that it turns on its side.
    canvas = Canvas(file, pagesize=(width, height))
    draw(canvas)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_quote_is_found_on_a_turned_page(degrees: int) -> None:
    data = turned(degrees)
    assert read_pdf(data).text.split("\n\n") == LEFT[:3]
    picture, parts = marked(data, 1, LEFT[1])
    assert len(parts) >= 2 and all(map(inked, parts))
    assert all(right - left > 3 * (bottom - top) for left, top, right, bottom in picture.boxes[:-1])
    lines = [top for _, top, _, _ in picture.boxes]
    assert lines == sorted(lines)  # from the top to the foot, as the page is seen


def test_a_quote_is_found_on_a_cropped_page() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((40, 300, 560, 800))
        canvas.drawString(100, 100, "This stands outside of what is shown.")
        page_of(column(LEFT[:3], 60, 760, 450))(canvas)

    data = drawn(draw)
    assert read_pdf(data).text.split("\n\n") == LEFT[:3]
    picture, parts = marked(data, 1, LEFT[1])
    assert (picture.width, picture.height) == (780, 750)
    assert len(parts) >= 2 and all(map(inked, parts))


@pytest.mark.parametrize("order", [list, shuffled, by_rows], ids=["column by column", "in any order", "row by row"])
def test_a_quote_in_a_column_is_marked_in_that_column(order: Callable[[list[Piece]], list[Piece]]) -> None:
    data = drawn(page_of(order(TWO_COLUMNS)))
    for quote, sides in ((LEFT[2], (50, 290)), (RIGHT[2], (305, 550))):
        picture, parts = marked(data, 1, quote)
        assert len(parts) == len(wrapped(quote, 235)) and all(map(inked, parts))
        assert all(sides[0] <= left / 1.5 and right / 1.5 <= sides[1] for left, _, right, _ in picture.boxes)


def test_a_quote_over_the_end_of_a_page_is_marked_on_both() -> None:
    long = story(5, 12)
    lines = wrapped(long, 450)

    def draw(canvas: Canvas) -> None:
        page_of([(72.0, 400.0 - 12 * at, 10.0, line) for at, line in enumerate(lines[:4])])(canvas)
        canvas.showPage()
        page_of([(72.0, 760.0 - 12 * at, 10.0, line) for at, line in enumerate(lines[4:])])(canvas)

    data = drawn(draw)
    assert read_pdf(data).text == long
    for number, count in ((1, 4), (2, len(lines) - 4)):
        _, parts = marked(data, number, long)
        assert len(parts) == count and all(map(inked, parts))


def told_page(text: str, source: Source) -> int:
    at = source.text.index(text)
    [page] = [page for page in source.pages if page.start <= at < page.end]
    return page.number


def test_a_paragraph_over_three_pages_is_told_with_the_page_of_each_line_past_notes_and_heads(tmp_path: Path) -> None:
    long = wrapped(", and ".join(story(number, 4).rstrip(".") for number in range(30)), 450)
    parts = [long[:8], long[8:52], long[52:]]
    notes = [f"{page} Letter of the board on the ferry of {1990 + 3 * page}." for page in range(3)]

    def draw(canvas: Canvas) -> None:
        for page, lines in enumerate(parts):
            told = [(72.0, 720.0 - 12 * at, 10.0, line) for at, line in enumerate(lines)]
            page_of([(72, 800, 8, f"Book {page + 1}"), *told, (72, 70, 8, notes[page])])(canvas)
            canvas.showPage()

    data = drawn(draw)
    source = reading(tmp_path, data)
    for number, (lines, note) in enumerate(zip(parts, notes, strict=True), start=1):
        assert {told_page(line, source) for line in [*lines[1:], note, f"Book {number}"]} == {number}
        _, boxes = marked(data, number, " ".join(lines))
        assert len(boxes) == len(lines) and all(map(inked, boxes))


def test_what_stands_on_several_pages_and_twice_on_each_is_marked_where_it_was_read() -> None:
    said, between = story(2, 3), story(3, 3)

    def draw(canvas: Canvas) -> None:
        for first in (4, 5, 6):
            page_of(column([story(first, 2), said, between, said, story(first + 3, 2)], 60, 760, 450))(canvas)
            canvas.showPage()

    data = drawn(draw)
    read = read_pdf(data)
    assert read.text.count(said) == 6
    upper = read.text.index(said, read.pages[1].start)
    lower = read.text.index(said, upper + 1)
    pictures = [page_picture(data, page, start, start + len(said), read.text, read.pages)
                for start in (upper, lower) for page in (1, 2, 3)]  # fmt: skip
    tops = [[top for _, top, _, _ in picture.boxes] for picture in pictures]
    assert [bool(found) for found in tops] == [False, True, False] * 2
    assert max(tops[1]) < min(tops[4])


def test_a_row_is_marked_with_the_header_that_it_repeats() -> None:
    rows = [(72.0 + 160 * at, 600.0 - 16 * down, 10.0, cell) for down, row in enumerate(ROWS)
            for at, cell in enumerate(row) if cell]  # fmt: skip
    picture, parts = marked(drawn(page_of(rows)), 1, LABELLED[2])
    assert len(parts) == 6 and all(map(inked, parts))
    assert len({round(top) for _, top, _, _ in picture.boxes}) == 2


def test_the_picture_of_a_page_of_five_metres_has_a_bound() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(14_400, 14_400))
    canvas.setFont("Times-Roman", 400)
    canvas.drawString(1_000, 7_000, "Plan of the harbour")
    canvas.save()
    picture, parts = marked(file.getvalue(), 1, "Plan of the harbour")
    assert max(picture.width, picture.height) <= 5_000
    assert len(parts) == 1 and all(map(inked, parts))


# Pictures of pages


@needs_ocr
@needs_noto
def test_each_recognised_page_is_told_to_whoever_waits() -> None:
    pages: list[int] = []
    token = page_done.set(lambda: pages.append(len(pages) + 1))
    try:
        file = io.BytesIO()
        image = scan("The budget fell in 2004.").crop((0, 0, 700, 160))
        image.save(file, "TIFF", save_all=True, append_images=[image])
        assert len(read_image(file.getvalue()).pages) == 2
    finally:
        page_done.reset(token)
    assert pages == [1, 2]


@needs_ocr
@needs_noto
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_scan_on_its_side_or_upside_down_is_read_and_marked(degrees: int) -> None:
    quote = "The budget fell by 12.5 percent in 2004."
    image = scan(quote, "那年冬天他辞去了报社的工作，搬到山脚下的小镇。").crop((0, 0, 1000, 300))
    file = io.BytesIO()
    image.rotate(degrees, expand=True).save(file, "PDF", resolution=150)
    draft = read_pdf(file.getvalue())
    assert re.sub(r"\s", "", quote) in re.sub(r"\s", "", draft.text)
    picture = page_picture(file.getvalue(), 1, 0, len(draft.text.split("\n")[0]), draft.text, draft.pages)
    image = Image.open(io.BytesIO(picture.png)).convert("L")
    assert picture.boxes and all(inked(image.crop(tuple(map(round, box)))) for box in picture.boxes)


@needs_ocr
@needs_noto
def test_columns_of_a_picture_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = Image.new("RGB", (1240, 900), "white")
    left, right = (
        ["One line stands here", "and is followed by this", "and by a third one"],
        ["二号栏目从这里开始", "然后继续往下写", "最后在这里结束"],
    )
    page.paste(scan(*left).crop((60, 40, 600, 400)), (40, 100))
    page.paste(scan(*right).crop((60, 40, 600, 400)), (660, 130))
    page.save(tmp_path / "a.png")
    text = re.sub(r"\s", "", read(tmp_path / "a.png").text)
    assert text == re.sub(r"\s", "", "".join(left + right))


@needs_ocr
@needs_noto
def test_other_documents_are_read_while_a_page_is_recognised() -> None:
    image = scan("The budget fell in 2004.").crop((0, 0, 700, 160))
    file = io.BytesIO()
    image.save(file, "PDF", resolution=150)
    other = drawn(page_of(TWO_COLUMNS))
    read_meanwhile: list[str] = []

    def read_another() -> None:
        with ThreadPoolExecutor(1) as pool:  # PDFium's lock would keep it waiting for ever
            read_meanwhile.append(pool.submit(read_pdf, other).result(timeout=60).text)

    token = page_done.set(read_another)
    try:
        read_pdf(file.getvalue())
    finally:
        page_done.reset(token)
    assert [text.split("\n\n") for text in read_meanwhile] == [[*LEFT, *RIGHT]]
