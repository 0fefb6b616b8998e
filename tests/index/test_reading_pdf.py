"""PDF by several writers: every character, its page, its place; and what is refused. Images, where OCR is installed."""

import io
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read
from index.sources.ocr import can_read_images
from index.sources.pdf import page_picture, read_pdf

CHROMIUM = shutil.which("chromium")
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium prints these")
needs_noto = pytest.mark.skipif(not NOTO.exists(), reason="a font with Chinese characters")
needs_ocr = pytest.mark.skipif(not can_read_images(), reason="the extra yiju[ocr]")

ENGLISH = [
    "The laboratory was founded in 1998 by Dr. Li Lei, who had left the university two years before.",
    "It moved to the hills in 2004; the budget fell by 12.5 percent, and nobody was dismissed.",
    "Most visitors come for the library, which holds well-known maps of the coast.",
    "“We never planned it,” said the director, “and we would do it again.”",
]
CHINESE = [
    "那年冬天他辞去了报社的工作，搬到山脚下的小镇，每天早上写三页字，下午去图书馆还书。",
    "年底的时候，他把手稿交给出版社，然后坐火车回到了南方的老家，那里的人还记得他。",
    "实验室成立于1998年，由李磊博士主持，经费下降了12.5%，但没有人离开。",
    "“我们从来没有计划过这件事。”负责人说，“如果可以，我们还会再做一次。”",
]
PAGES = 6


def paragraph(sentences: list[str], number: int) -> str:
    """A paragraph that no other equals."""
    chosen = [sentences[(number + step) % len(sentences)] for step in range(2 + number % 3)]
    return f"第{number}条：{''.join(chosen)}" if sentences is CHINESE else f"Entry {number}: {' '.join(chosen)}"


def written(sentences: list[str]) -> list[list[str]]:
    """What stands on each page: four paragraphs."""
    return [[paragraph(sentences, 4 * page + number) for number in range(4)] for page in range(PAGES)]


def by_fpdf2(texts: list[list[str]]) -> bytes:
    class Numbered(FPDF):
        def header(self) -> None:
            self.set_font_size(9)
            self.cell(0, 10, "Annals of the Hills")
            self.ln(14)

        def footer(self) -> None:
            self.set_y(-15)
            self.set_font_size(9)
            self.cell(0, 10, f"{self.page_no()}", align="C")

    pdf = Numbered()
    pdf.set_title("A short history 简史")
    pdf.set_author("Li Lei, 韩梅梅")
    pdf.add_font("Noto", "", NOTO)
    pdf.set_font("Noto", size=12)
    for number, page in enumerate(texts, start=1):
        pdf.add_page()
        pdf.start_section(f"Part {number}")
        pdf.set_font_size(18)
        pdf.cell(0, 12, f"Part {number}")
        pdf.ln(16)
        pdf.set_font_size(12)
        for text in page:
            pdf.multi_cell(0, 7, text, align="L", new_x="LMARGIN")
            pdf.ln(4)
    return bytes(pdf.output())


def by_reportlab(texts: list[list[str]]) -> bytes:
    file = io.BytesIO()
    styles = getSampleStyleSheet()
    body = styles["BodyText"]
    body.alignment = 4  # justified
    story: list[object] = []
    for number, page in enumerate(texts, start=1):
        story.append(Paragraph(f"Part {number}", styles["Heading1"]))
        story += [Paragraph(text, body) for text in page]
        story.append(PageBreak())

    def mark(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Times-Roman", 8)
        canvas.drawString(72, 30, f"Page {document.page} of {PAGES}")

    document = SimpleDocTemplate(file, pagesize=A4, title="A short history", author="Li Lei")
    document.build(story, onFirstPage=mark, onLaterPages=mark)
    return file.getvalue()


def printed(folder: Path, markup: str) -> bytes:
    (folder / "page.html").write_text(markup, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    target = f"--print-to-pdf={folder / 'printed.pdf'}"
    command = [str(CHROMIUM), *options, target, (folder / "page.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (folder / "printed.pdf").read_bytes()


def by_chromium(folder: Path, texts: list[list[str]]) -> bytes:
    pages = "".join(
        f"<section><h1>Part {number}</h1>{''.join(f'<p>{text}</p>' for text in page)}</section>"
        for number, page in enumerate(texts, start=1)
    )
    style = "section { break-after: page } p { text-align: justify }"
    return printed(folder, f"<meta charset=utf-8><title>A short history 简史</title><style>{style}</style>{pages}")


def drawn(draw: Callable[[Canvas], object], **options: object) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, **options)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def lines(*texts: str, x: int = 72, y: int = 760) -> bytes:
    def draw(canvas: Canvas) -> None:
        for number, text in enumerate(texts):
            canvas.drawString(x, y - 14 * number, text)

    return drawn(draw)


def reading(folder: Path, data: bytes, name: str = "a.pdf") -> Source:
    (folder / name).write_bytes(data)
    return read(folder / name)


def check(source: Source, texts: list[list[str]]) -> None:
    """Every paragraph is there whole, on its page, under its heading; every passage is a stretch of the text."""
    every = [(number, text) for number, page in enumerate(texts, start=1) for text in page]
    here = [(number, text) for number, text in every if text in source.text.split("\n")]
    read_share = sum(len(text) for _, text in here) / sum(len(text) for _, text in every)
    assert read_share >= 0.99, [text for text in every if text not in here][:2]
    assert [page.number for page in source.pages] == list(range(1, len(texts) + 1))
    for number, text in here:
        page = source.pages[number - 1]
        assert page.start <= source.text.index(text) and source.text.index(text) + len(text) <= page.end
    cut = passages(source)
    assert all(source.text[one.start : one.end] == one.text for one in cut)
    for number, text in here:
        at = source.text.index(text)
        [found] = [one for one in cut if one.start <= at < one.end]
        assert (found.page, found.heading) == (number, f"Part {number}")


@needs_noto
@pytest.mark.parametrize("sentences", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_fpdf2_documents_are_read_whole_with_pages_headings_title_and_author(
    tmp_path: Path, sentences: list[str]
) -> None:
    texts = written(sentences)
    source = reading(tmp_path, by_fpdf2(texts))
    check(source, texts)
    assert (source.title, source.author) == ("A short history 简史", "Li Lei, 韩梅梅")
    assert source.published is None  # the date when the file was made is no date of publication
    assert source.media_type == "application/pdf"
    assert source.text.count("Annals of the Hills") == 1
    assert not re.search(r"^\d+$", source.text, re.MULTILINE)


def test_reportlab_documents_are_read_whole_without_page_numbers(tmp_path: Path) -> None:
    texts = written(ENGLISH)
    source = reading(tmp_path, by_reportlab(texts))
    check(source, texts)
    assert (source.title, source.author) == ("A short history", "Li Lei")
    assert "of 6" not in source.text


@needs_chromium
@pytest.mark.parametrize("sentences", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_pages_printed_by_chromium_are_read_whole(tmp_path: Path, sentences: list[str]) -> None:
    texts = written(sentences)
    source = reading(tmp_path, by_chromium(tmp_path, texts))
    check(source, texts)
    assert source.title == "A short history 简史"
    assert source.author is None


@needs_chromium
def test_rare_ideographs_radicals_and_accents_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = "𠮷野家和𬭎，一人一马，长门风车见齐龙，民角贝页，étude fine office naïve."
    assert text in reading(tmp_path, printed(tmp_path, f"<meta charset=utf-8><p lang=zh>{text}")).text


@needs_noto
def test_a_sentence_that_runs_over_the_end_of_a_page_is_whole(tmp_path: Path) -> None:
    text = "，".join(sentence.strip("。“”") for sentence in CHINESE * 20)
    source = reading(tmp_path, by_fpdf2([[text]]))
    assert len(source.pages) > 1
    assert text in source.text
    before, after = source.pages[:2]
    assert before.end == after.start
    assert source.text[after.start - 1] != "\n" != source.text[after.start]


def test_a_hyphen_at_a_line_end_goes_where_it_breaks_a_word_and_stays_where_it_belongs(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        lines(
            "A characterisation of this kind, and of well known extra-",
            "ordinary things, is an early character-",
            "isation by a well-",
            "known author of state-of-the-",
            "art and Anglo-",
            "Saxon books.",
        ),
    )
    assert source.text == (
        "A characterisation of this kind, and of well known extraordinary things, is an early characterisation by a "
        "well-known author of state-of-the-art and Anglo-Saxon books."
    )


def test_a_hyphen_at_a_line_end_stays_in_compounds_spans_and_addresses(tmp_path: Path) -> None:
    broken = [
        "The lan-",
        "guage of the EU-",
        "wide plan for 2019-",
        "2021 and its decision-",
        "making, the X-",
        "ray of the vil-",
        "lage, the U.S.-",
        "China talks of 24-",
        "month terms, on pages 10–",
        "12 of https://example.org/data-",
        "sets/2021/ and https://example.org/long/",
        "path/to/file.pdf or https://example.org/",
        "or the com-",
        "munity of https://example.org/long-",
        "shot.html are here to be cor-",
        "related to the 3-",
        "and 4-year-olds of an engine/ves-",
        "sel.",
    ]
    assert " ".join(reading(tmp_path, lines(*broken)).text.split("\n")) == (
        "The language of the EU-wide plan for 2019-2021 and its decision-making, the X-ray of the village, the "
        "U.S.-China talks of 24-month terms, on pages 10–12 of https://example.org/data-sets/2021/ and "
        "https://example.org/long/path/to/file.pdf or https://example.org/ or the community of "
        "https://example.org/long-shot.html are here to be correlated to the 3- and 4-year-olds of an engine/vessel."
    )


def test_rows_of_a_table_are_lines_with_the_names_of_their_columns(tmp_path: Path) -> None:
    file = io.BytesIO()
    table = Table([["Name", "Year", "Budget"], ["Alpha beta", "1999", "12 345"], ["Gamma", "2004", "678"]], [150] * 3)
    before = Paragraph("The figures follow.", getSampleStyleSheet()["BodyText"])
    SimpleDocTemplate(file).build([before, table])
    rows = ["Name: Alpha beta; Year: 1999; Budget: 12 345", "Name: Gamma; Year: 2004; Budget: 678"]
    source = reading(tmp_path, file.getvalue())
    assert source.text == "\n".join(["The figures follow.\n", *rows])
    assert [source.text[block.start : block.end] for block in source.blocks] == rows


def test_items_of_a_list_and_short_lines_stay_lines(tmp_path: Path) -> None:
    poem = ["Nothing in the cry", "of cicadas suggests they", "are about to die"]
    items = ["• one thing that is long enough to reach over a good part of the line, and so on and so", "• two"]
    wide = ["A line that is as wide as the text of this page is, so that the others are short beside it."]
    text = reading(tmp_path, lines(*poem, *wide, *items)).text
    assert text.split("\n") == [*poem, *wide, *items]


def test_headings_come_from_the_size_of_type_where_there_is_no_outline(tmp_path: Path) -> None:
    source = reading(tmp_path, by_reportlab([[*ENGLISH], [*ENGLISH]]))
    assert [(heading.level, heading.text) for heading in source.headings] == [(1, "Part 1"), (1, "Part 2")]
    for heading in source.headings:
        assert source.text[heading.start : heading.end] == heading.text


NO_TITLES = ["untitled", "", "Microsoft Word - draft.docx", "paper.dvi", "Microsoft Word - doc1", "2023 Bericht.docx",
             r"C:\Users\Bo\my report.docx", "report_final_v2", "无标题", "文档1", "Untitled-1", "untitled document",
             "Slide 1", "PowerPoint Presentation", "<4D6963726F736F667420576F7264>"]  # fmt: skip


@pytest.mark.parametrize("stated", NO_TITLES)
def test_a_title_that_is_none_gives_way_to_the_largest_line_of_the_first_page(tmp_path: Path, stated: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle(stated)
        canvas.setFont("Helvetica", 24)
        canvas.drawString(72, 760, "The hills")
        canvas.setFont("Helvetica", 11)
        for number, sentence in enumerate(ENGLISH[:3]):
            canvas.drawString(72, 700 - 14 * number, sentence)

    source = reading(tmp_path, drawn(draw))
    assert (source.title, source.author) == ("The hills", None)


@pytest.mark.parametrize("stated", ["Documents of the Hills", "1984", "Word and Object", "A scan of the brain"])
def test_a_title_with_a_word_that_placeholders_have_is_one(tmp_path: Path, stated: str) -> None:
    titled = drawn(lambda canvas: (canvas.setTitle(stated), canvas.drawString(72, 760, "Some words.")))
    assert reading(tmp_path, titled).title == stated


def test_neither_a_watermark_nor_the_letter_that_opens_a_paragraph_is_a_title(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(150, 300)
        canvas.rotate(45)
        canvas.setFont("Helvetica", 60)
        canvas.drawString(0, 0, "DRAFT")
        canvas.restoreState()
        canvas.setFont("Helvetica", 36)
        canvas.drawString(72, 738, "T")
        canvas.setFont("Helvetica", 11)
        for number, sentence in enumerate(ENGLISH[:3]):
            canvas.drawString(98 if number < 2 else 72, 755 - 14 * number, sentence)

    source = reading(tmp_path, drawn(draw))
    assert (source.stated_title, source.headings) == (None, ())


def test_items_without_a_bullet_stay_lines(tmp_path: Path) -> None:
    wide = "What is to be brought to the office of the harbour on the day of the sale is all of the following:"
    items = [
        "- a passport or a card of identity that is valid for at least six months after the day of sale",
        "- a proof of the place at which the buyer lives, a bill for water, say, that is not so very old",
    ]
    amount = ["The change of that year, as it was reported to us, and the one of the year after it was equal to",
              "- 5.2 percent."]  # fmt: skip
    text = reading(tmp_path, lines(wide, *items, y=760)).text
    assert text.split("\n") == [wide, *items]
    assert reading(tmp_path, lines(*amount)).text == " ".join(amount)


@needs_noto
def test_numbered_items_in_chinese_stay_lines(tmp_path: Path) -> None:
    items = [mark + CHINESE[0] for mark in ("1．", "2．", "3.", "(4)", "①", "②")]
    pdf = FPDF()
    pdf.add_font("Noto", "", NOTO)
    pdf.set_font("Noto", size=12)
    pdf.add_page()
    for text in [CHINESE[1], *items]:
        pdf.multi_cell(0, 7, text, align="L", new_x="LMARGIN", new_y="NEXT")
    assert reading(tmp_path, bytes(pdf.output())).text.split("\n") == [CHINESE[1], *items]


def test_a_bold_line_right_below_the_end_of_a_paragraph_is_a_heading(tmp_path: Path) -> None:
    body = [
        "It moved to the hills in 2004; the budget fell by 12.5 percent, and none of the",
        "five who had been there from its beginning was dismissed by the director of it.",
    ]

    def draw(canvas: Canvas) -> None:
        for part in range(3):
            for at, line in enumerate([f"Article {part} Fees", *body]):
                canvas.setFont("Times-Roman" if at else "Times-Bold", 11)
                canvas.drawString(72, 760 - 14 * (3 * part + at), line)

    source = reading(tmp_path, drawn(draw))
    assert [heading.text for heading in source.headings] == ["Article 0 Fees", "Article 1 Fees", "Article 2 Fees"]
    assert source.text.split("\n\n")[1::2] == [" ".join(body)] * 3


def test_a_turned_page_is_read_along_its_lines(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "This sentence was printed from the foot of the page")
        canvas.drawString(0, -14, "to its head.")

    expected = "This sentence was printed from the foot of the page to its head."
    assert reading(tmp_path, drawn(draw)).text == expected


def scan(*texts: str) -> Image.Image:
    image = Image.new("RGB", (1240, 1754), "white")
    font = ImageFont.truetype(str(NOTO), 36)
    for number, text in enumerate(texts):
        ImageDraw.Draw(image).text((80, 60 + 60 * number), text, fill="black", font=font)
    return image


def with_scans(before: str, *images: Image.Image) -> bytes:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, before)
        for image in images:
            canvas.showPage()
            canvas.drawInlineImage(image, 0, 0, *A4)

    return drawn(draw)


def scanned(*images: Image.Image) -> bytes:
    file = io.BytesIO()
    images[0].save(file, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return file.getvalue()


BLANK = Image.new("L", (600, 800), 200)


@pytest.fixture
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)


@pytest.mark.usefixtures("without_ocr")
def test_a_scan_is_refused_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r'a\.pdf: pages 1-3 are images; to read them: pip install "yiju\[ocr\]"\. Supported'
    ):
        reading(tmp_path, scanned(BLANK, BLANK, BLANK))
    with pytest.raises(SourceError, match=r'page 1 is an image; to read it: pip install "yiju\[ocr\]"'):
        reading(tmp_path, scanned(BLANK))
    BLANK.save(tmp_path / "a.png")
    with pytest.raises(SourceError, match=r'a\.png: it is an image; to read the text in .*: pip install "yiju\[ocr\]"'):
        read(tmp_path / "a.png")


@pytest.mark.usefixtures("without_ocr")
def test_scanned_pages_among_others_are_named_and_keep_their_numbers() -> None:
    draft = read_pdf(with_scans("The first page is written.", BLANK, BLANK))
    assert draft.text == "The first page is written."
    assert [page.number for page in draft.pages] == [1]
    assert draft.notes == ('pages 2-3 are images; to read them: pip install "yiju[ocr]"',)


STAMP = [
    "This content was lent to you by the library of the hills on Tuesday, 14 March 2023, at 12:00:00.",
    "All use is subject to the terms that hang beside the door of the reading room.",
]


def drawn_over_a_scan(top: float, degrees: int) -> bytes:
    def draw(canvas: Canvas) -> None:
        canvas.drawInlineImage(BLANK, 0, 0, *A4)
        canvas.rotate(degrees)
        for at, line in enumerate(STAMP):
            canvas.drawString(60, top - 12 * at, line)

    return drawn(draw)


@pytest.mark.usefixtures("without_ocr")
@pytest.mark.parametrize(("top", "degrees"), [(40, 0), (820, 0), (-20, 90)], ids=["foot", "head", "side"])
def test_a_long_stamp_at_the_edge_of_a_scan_does_not_make_it_a_page_that_was_read(top: float, degrees: int) -> None:
    draft = read_pdf(drawn_over_a_scan(top, degrees))
    assert draft.text == " ".join(STAMP)
    assert draft.notes == ('page 1 is an image; to read it: pip install "yiju[ocr]"',)


def test_what_is_written_upon_a_picture_is_read() -> None:
    draft = read_pdf(drawn_over_a_scan(400, 0))
    assert (draft.text, draft.notes) == (" ".join(STAMP), ())


@needs_ocr
@needs_noto
def test_scanned_pages_are_read_by_ocr_in_both_languages() -> None:
    texts = ("The budget fell by 12.5 percent in 2004.", "那年冬天他辞去了报社的工作。")
    draft = read_pdf(with_scans("The first page is written.", scan(*texts)))
    assert [page.number for page in draft.pages] == [1, 2]
    second = draft.text[draft.pages[1].start : draft.pages[1].end]
    assert re.sub(r"\s", "", second) == re.sub(r"\s", "", "".join(texts))
    assert draft.notes == ("page 2 is read by OCR, which may mistake characters",)


@needs_ocr
@needs_noto
@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_images_are_read_by_ocr(tmp_path: Path, extension: str) -> None:
    scan("实验室成立于1998年").crop((0, 0, 600, 160)).save(tmp_path / f"a{extension}")
    assert read(tmp_path / f"a{extension}").text == "实验室成立于1998年"


@needs_ocr
@pytest.mark.parametrize("data", [b"no image", b"\x89PNG\r\n\x1a\n" + bytes(200), b"\xff\xd8\xff\xe0" + bytes(90)])
def test_a_damaged_image_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="it is a damaged image, or none"):
        reading(tmp_path, data, "a.png")


@needs_ocr
@pytest.mark.parametrize("size", [8_000, 20_000])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path, size: int) -> None:
    Image.new("1", (size, size)).save(tmp_path / "a.png")
    with pytest.raises(SourceError, match="it has more than the 60 megapixels that are read; scale it down"):
        read(tmp_path / "a.png")


def test_an_encrypted_file_is_read_where_no_password_is_needed(tmp_path: Path) -> None:
    free = drawn(lambda canvas: canvas.drawString(72, 760, "Open to all."), encrypt=StandardEncryption("", "owner"))
    assert reading(tmp_path, free).text == "Open to all."
    closed = drawn(lambda canvas: canvas.drawString(72, 760, "Closed."), encrypt=StandardEncryption("user", "owner"))
    with pytest.raises(SourceError, match="it is encrypted; save a copy of it without a password"):
        reading(tmp_path, closed)


HIDDEN = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /H def
1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <20> <7e> <e020> endbfrange endcmap end end"""


def raw_pdf(shown: str, cmap: str = "") -> bytes:
    """A PDF by hand, whose font may say that its characters are others."""
    content = f"BT /F 12 Tf 72 700 Td ({shown}) Tj ET"
    things = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica {'/ToUnicode 6 0 R' if cmap else ''} >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(things, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{thing}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(data)
    data += f"xref\n0 {len(things) + 1}\n0000000000 65535 f \n{table}".encode()
    return data + f"trailer << /Size {len(things) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


@pytest.mark.usefixtures("without_ocr")
def test_fonts_that_hide_their_characters_are_refused(tmp_path: Path) -> None:
    assert reading(tmp_path, raw_pdf("Readable words")).text == "Readable words"
    with pytest.raises(
        SourceError, match=r"page 1 is in fonts that do not say which characters they draw; to read it: pip"
    ):
        reading(tmp_path, raw_pdf("Hidden words", HIDDEN))


def test_a_title_that_is_no_unicode_is_none(tmp_path: Path) -> None:
    titled = drawn(lambda canvas: (canvas.setTitle("Hills"), canvas.drawString(72, 760, "Some words.")))
    assert reading(tmp_path, titled).title == "Hills"
    half = re.sub(rb"/Title \(Hills\)", b"/Title <FEFF0041D8000042>", titled)
    assert half != titled
    assert reading(tmp_path, half).title == "a"


def test_control_characters_are_not_text(tmp_path: Path) -> None:
    assert reading(tmp_path, raw_pdf(r"be\000fo\001re")).text in ("before", "be fo re", "be fore", "befo re")


WHOLE = lines("One sentence stands here.", "And another.")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "it is damaged, or no PDF"),
        (b"hello", "it is damaged, or no PDF"),
        (WHOLE[:400], "it is damaged, or no PDF"),
        (drawn(lambda canvas: canvas.showPage()), "its pages hold no text"),
        (
            drawn(lambda canvas: [canvas.showPage() for _ in range(10_001)]),
            "it states 10,001 pages, more than the 10,000",
        ),
    ],
    ids=["header alone", "no pdf", "cut", "empty page", "too many pages"],
)
def test_what_holds_no_text_is_refused_with_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=rf"a\.pdf: {reason}.*\. Supported: \.txt"):
        reading(tmp_path, data)


@pytest.mark.parametrize("count", [b"999999999", b"-5", b"0", b"3000000"])
def test_a_page_count_that_is_not_true_costs_nothing(tmp_path: Path, count: bytes) -> None:
    source = reading(tmp_path, re.sub(rb"/Count \d+", b"/Count " + count, WHOLE))
    assert [page.number for page in source.pages] == [1]


def test_five_thousand_pages_keep_their_numbers(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 5001):
            canvas.drawString(72, 700, f"This is what page {number} says.")
            canvas.drawString(300, 30, str(number))
            canvas.showPage()

    source = reading(tmp_path, drawn(draw))
    assert len(source.pages) == 5000
    page = source.pages[4320]
    assert (page.number, source.text[page.start : page.end]) == (4321, "This is what page 4321 says.")


def test_a_page_of_a_million_characters_is_read(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(0, 800)
        text.setFont("Helvetica", 1)
        for _ in range(10_000):
            text.textLine("abcdefghi " * 10)
        canvas.drawText(text)

    source = reading(tmp_path, drawn(draw))
    assert re.sub(r"\s", "", source.text) == "abcdefghi" * 100_000


@pytest.mark.usefixtures("without_ocr")
def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(7)
    whole = [WHOLE, raw_pdf("Some words"), raw_pdf("Hidden", HIDDEN), by_reportlab([[ENGLISH[0]]] * 3), scanned(BLANK)]
    for _ in range(400):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.choice([1, 3, 30])):
            at = chance.randrange(len(data))
            if chance.random() < 0.6:
                data[at] = chance.randrange(256)
            elif chance.random() < 0.5:
                del data[at : at + chance.randrange(1, 200)]
            else:
                data[at:at] = data[chance.randrange(len(data)) :][:100]
            data = data or bytearray(b"%")
        try:
            source = reading(tmp_path, bytes(data[: chance.choice([len(data), chance.randrange(1, len(data) + 1)])]))
        except SourceError as error:
            assert "a.pdf: " in str(error) and "\n" not in str(error)
            continue
        assert "\0" not in source.text and "\r" not in source.text
        assert all(source.text[one.start : one.end] == one.text for one in passages(source))


def test_a_stretch_of_the_text_is_found_on_the_picture_of_its_page() -> None:
    texts = written(ENGLISH)
    data = by_reportlab(texts)
    read = read_pdf(data)
    start = read.text.index(texts[2][1])
    picture = page_picture(data, 3, start, start + len(texts[2][1]), read.text, read.pages)
    image = Image.open(io.BytesIO(picture.png))
    assert image.size == (picture.width, picture.height)
    assert len(picture.boxes) >= 2
    for left, top, right, bottom in picture.boxes:
        assert 0 <= left < right <= picture.width and 0 <= top < bottom <= picture.height
        assert image.convert("L").crop((round(left), round(top), round(right), round(bottom))).getextrema()[0] < 100
    widths = [right - left for left, _, right, _ in picture.boxes]
    word = page_picture(data, 3, start, start + 5, read.text, read.pages).boxes
    assert len(word) == 1 and word[0][2] - word[0][0] < widths[0] / 5
    assert page_picture(data, 2, start, start + 5, read.text, read.pages).boxes == ()
    with pytest.raises(ValueError, match="There is no page 9: the document has 6"):
        page_picture(data, 9, 0, 1, read.text, read.pages)


def test_importing_the_readers_loads_neither_pdfium_nor_ocr() -> None:
    heavy = "{'pypdfium2', 'PIL', 'numpy', 'rapidocr', 'onnxruntime', 'cv2'}"
    code = f"import sys, index.sources; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
