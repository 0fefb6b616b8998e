"""Documents as PDF, by reportlab and fpdf2: a page for each heading of level 1."""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any

from bench.corpus.documents import (
    DOCUMENTS,
    EN,
    MIXED,
    TW,
    ZH,
    Code,
    Document,
    Heading,
    Items,
    Paragraph,
    Part,
    Quotation,
    Table,
    spelt,
    without,
    written,
)
from bench.corpus.made import Made, levels, pages

NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_HALF = {ord(wide): chr(ord(wide) - 0xFEE0) for wide in "ＡＢＣ０１２"}
_SIZES = {1: 18, 2: 15, 3: 13}


def printed(
    document: Document,
    writer: str,
    name: str,
    data: bytes,
    notes: str = "paragraph",
    tables: str = "labelled",
    title_in_outline: bool = True,
) -> Made:
    """Return a document on paper."""
    text: list[str] = [document.title]
    for section in document.sections():
        text += written(section, tables=tables, notes=notes)
    headings = levels(document.headings(), document.title if title_in_outline else "")
    return Made(writer, name, data, tuple(text), document.title, document.author, None, headings, pages(document))


@cache
def _missing() -> str:
    """The characters of the documents that the font does not have."""
    from fontTools.ttLib import TTCollection

    has = TTCollection(str(NOTO)).fonts[0].getBestCmap()
    every = {character for document in DOCUMENTS for part in written(document.parts) for character in part}
    return "".join(sorted(character for character in every if ord(character) not in has and character > " "))


def by_fpdf2(document: Document) -> bytes:
    """Return a document as fpdf2 writes it, with an outline."""
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_title(document.title)
    pdf.set_author(document.author)
    pdf.add_font("Noto", "", NOTO)
    pdf.set_font("Noto", size=11)
    for section in document.sections():
        pdf.add_page()
        if section[0] == document.parts[0]:
            _line(pdf, document.title, 24)
        for part in section:
            _write(pdf, part)
    return bytes(pdf.output())


def _write(pdf: Any, part: Part) -> None:
    if isinstance(part, Heading):
        pdf.start_section(part.text, level=part.level - 1)
        _line(pdf, part.text, _SIZES[part.level])
    elif isinstance(part, Table):
        with pdf.table(first_row_as_headings=False) as table:
            for row in part.rows:
                table.row(row)
        pdf.ln(4)
    elif isinstance(part, Items):
        for number, text in enumerate(part.texts, start=1):
            _line(pdf, f"{number}. {text}" if part.numbered else f"• {text}", 11)
    else:
        for text in written((part,)):
            _line(pdf, text, 11)


def _line(pdf: Any, text: str, size: int) -> None:
    pdf.set_font_size(size)
    pdf.multi_cell(0, size * 0.6, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(size * 0.3)
    pdf.set_font_size(11)


def by_reportlab(document: Document) -> bytes:
    """Return a document as reportlab writes it, in fonts that every reader of PDF has for Chinese."""
    from html import escape

    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import PageBreak, Preformatted, SimpleDocTemplate
    from reportlab.platypus import Paragraph as Flowable
    from reportlab.platypus import Table as Grid

    font = {"en": "Times-Roman", "tw": "MSung-Light"}.get(document.name, "STSong-Light")
    if font != "Times-Roman":
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    wrap = None if font == "Times-Roman" else "CJK"
    body = ParagraphStyle("body", fontName=font, fontSize=11, leading=16, spaceAfter=8, wordWrap=wrap)
    heads = {n: ParagraphStyle(f"h{n}", body, fontSize=s, leading=s * 1.4) for n, s in ({0: 24} | _SIZES).items()}
    story: list[Any] = [Flowable(escape(document.title), heads[0])]
    for number, section in enumerate(document.sections()):
        if number:
            story.append(PageBreak())
        for part in section:
            match part:
                case Heading(level, text):
                    story.append(Flowable(escape(text), heads[level]))
                case Table(rows):
                    grid = [[Flowable(escape(cell), body) for cell in row] for row in rows]
                    story.append(Grid(grid, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))
                case Code(text):
                    story.append(Preformatted(text, body))
                case Items(texts, numbered):
                    for at, text in enumerate(texts, start=1):
                        bullet = f"{at}." if numbered else "•"
                        story.append(Flowable(escape(text), body, bulletText=bullet))
                case Paragraph() | Quotation():
                    story += [Flowable(escape(text), body) for text in written((part,))]
    file = io.BytesIO()
    SimpleDocTemplate(file, pagesize=A4, title=document.title, author=document.author).build(story)
    return file.getvalue()


def prints() -> Iterator[Made]:
    """Yield PDFs of two libraries."""
    for document, codec in ((ZH, "gb2312"), (EN, "cp1252"), (MIXED, "gb2312"), (TW, "big5")):
        kept = spelt(document, codec)
        yield printed(kept, "pdf, reportlab", f"{kept.name}.reportlab.pdf", by_reportlab(kept))
    if NOTO.exists():
        for document in DOCUMENTS:
            kept = without(document, _missing())
            made = by_fpdf2(kept)
            yield printed(kept, "pdf, fpdf2", f"{kept.name}.fpdf2.pdf", made, title_in_outline=False)


def picture_of(lines: list[str]) -> bytes:
    """Return lines of text as a picture, as a scan of 200 dots per inch would show them."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(NOTO), 36)
    image = Image.new("L", (1654, 120 + 64 * len(lines)), 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((100, 60 + 64 * number), line, fill=0, font=font)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def pictures() -> Iterator[Made]:
    """Yield pictures of plain sentences in both languages, for readers that read by eye."""
    from index.sources.ocr import can_read_images

    if not (NOTO.exists() and can_read_images()):
        return
    for document in (ZH, EN, TW):
        said = "".join(part.text for part in document.parts if isinstance(part, Paragraph))
        text = said.translate(_HALF)  # a picture does not tell wide letters from others
        width = 60 if document.language == "en" else 34
        lines = (
            wrap(text, width) if document.language == "en" else [text[at : at + width] for at in range(0, 272, width)]
        )
        yield Made("png, Pillow", f"{document.name}.png", picture_of(lines), (" ".join(lines),))
