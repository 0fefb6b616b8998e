"""How fast each format is read, beside its library alone: `python -m bench.reading [--repeats 5] [--size 1.0]`.

Every format in Chinese and in English, about as large as people have them, made here by real writers. "alone" is the
shortest loop over the library that gets the text out: no paragraphs, headings, pages, order, title or author. Seconds
are of the processor (median of the repeats, after one that is not counted), so that other work changes them less.
"""

import argparse
import csv
import io
import json
import mailbox
import random
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from index.sources import read

_WHO = {
    "en": [
        "The ferryman",
        "Our surveyor",
        "A retired clerk",
        "The mill",
        "The younger sister",
        "Nobody in the village",
    ],
    "zh": ["摆渡的人", "测量队", "退休的职员", "磨坊", "妹妹", "村里的人"],
}
_DID = {
    "en": ["had repaired", "never mentioned", "measured again", "sold", "wrote about", "remembered"],
    "zh": ["修好了", "从未提起", "又测量了", "卖掉了", "写到了", "记得"],
}
_WHAT = {
    "en": ["the stone bridge", "the letters of 1911", "forty barrels of salt", "the lower meadow", "a broken clock"],
    "zh": ["那座石桥", "1911年的书信", "四十桶盐", "下游的草地", "一座坏了的钟"],
}
_WHEN = {
    "en": ["before the flood", "in the second winter", "for 12.5 percent less", "while the others slept"],
    "zh": ["在洪水之前", "第二年冬天", "便宜了12.5%", "趁着别人睡着"],
}


class Texts:
    """Paragraphs, no two alike, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._chance = random.Random(language)

    def sentence(self) -> str:
        who, did, what, when = (self._chance.choice(words[self.language]) for words in (_WHO, _DID, _WHAT, _WHEN))
        number = self._chance.randrange(10_000)
        if self.language == "zh":
            return f"{when}，{who}{did}{what}，编号{number}。"
        return f"{who} {did} {what} {when}, number {number}."

    def paragraph(self) -> str:
        return ("" if self.language == "zh" else " ").join(self.sentence() for _ in range(6))

    def paragraphs(self, characters: int) -> list[str]:
        paragraphs: list[str] = []
        while characters > 0:
            paragraphs.append(self.paragraph())
            characters -= len(paragraphs[-1])
        return paragraphs

    def rows(self, count: int) -> list[list[str]]:
        header = ["编号", "谁", "什么", "数量"] if self.language == "zh" else ["Number", "Who", "What", "Amount"]
        chosen = self._chance.choice
        rows = [
            [str(at), chosen(_WHO[self.language]), chosen(_WHAT[self.language]), str(at * 37 % 1000)]
            for at in range(count)
        ]
        return [header, *rows]


@dataclass(frozen=True)
class Format:
    """How a format is written from texts, and read by its library alone."""

    extension: str
    library: str
    write: Callable[[Texts, float], bytes]
    alone: Callable[[bytes], int]  # how many characters came out


def _titled(paragraphs: list[str]) -> list[tuple[str, list[str]]]:
    """Paragraphs under headings, eight each."""
    return [(f"{at // 8 + 1} {paragraphs[at][:20]}", paragraphs[at : at + 8]) for at in range(0, len(paragraphs), 8)]


def _plain(texts: Texts, size: float) -> bytes:
    return "\n\n".join(texts.paragraphs(int(400_000 * size))).encode()


def _markdown(texts: Texts, size: float) -> bytes:
    sections = _titled(texts.paragraphs(int(400_000 * size)))
    return "\n\n".join("\n\n".join([f"## {title}", *body]) for title, body in sections).encode()


def _html(texts: Texts, size: float) -> bytes:
    sections = _titled(texts.paragraphs(int(60_000 * size)))
    body = "".join(f"<h2>{title}</h2>" + "".join(f"<p>{text}</p>" for text in body) for title, body in sections)
    links = "".join(f'<li><a href="/{number}">{texts.sentence()[:12]}</a></li>' for number in range(30))
    head = '<meta charset="utf-8"><title>A survey</title><meta name="author" content="Li Lei">'
    page = f"<body><nav><ul>{links}</ul></nav><article><h1>A survey</h1>{body}</article></body>"
    return f"<!doctype html><html lang='{texts.language}'><head>{head}</head>{page}</html>".encode()


def _pdf(texts: Texts, size: float) -> bytes:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    is_chinese = texts.language == "zh"
    font = {"fontName": "STSong-Light", "wordWrap": "CJK"} if is_chinese else {"fontName": "Times-Roman"}
    body = ParagraphStyle("body", fontSize=11, leading=15, alignment=4, spaceAfter=6, **font)
    title = ParagraphStyle("title", parent=body, fontSize=16, leading=22)
    story: list[Paragraph] = []
    for heading, paragraphs in _titled(texts.paragraphs(int((60_000 if is_chinese else 150_000) * size))):
        story += [Paragraph(heading, title), *(Paragraph(text, body) for text in paragraphs)]
    file = io.BytesIO()
    SimpleDocTemplate(file, title="A survey", author="Li Lei").build(story)
    return file.getvalue()


def _docx(texts: Texts, size: float) -> bytes:
    from docx import Document

    document = Document()
    for heading, paragraphs in _titled(texts.paragraphs(int(150_000 * size))):
        document.add_heading(heading, level=1)
        for text in paragraphs:
            document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _pptx(texts: Texts, size: float) -> bytes:
    from pptx import Presentation

    slides = Presentation()
    for heading, paragraphs in _titled(texts.paragraphs(int(100_000 * size))):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join(paragraphs)
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def _xlsx(texts: Texts, size: float) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Stock")
    for row in texts.rows(int(8_000 * size)):
        sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _odt(texts: Texts, size: float) -> bytes:
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(
        f"<text:h text:outline-level='1'>{heading}</text:h>"
        + "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
        for heading, paragraphs in _titled(texts.paragraphs(int(150_000 * size)))
    )
    content = (
        f"<office:document-content xmlns:office='{spaces}:office:1.0' xmlns:text='{spaces}:text:1.0'>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return _zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def _epub(texts: Texts, size: float) -> bytes:
    sections = _titled(texts.paragraphs(int(250_000 * size)))
    chapters = {
        f"c{number}.xhtml": "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body>"
        f"<h1>{heading}</h1>{''.join(f'<p>{text}</p>' for text in paragraphs)}</body></html>"
        for number, (heading, paragraphs) in enumerate(sections)
    }
    items = "".join(f"<item id='{name}' href='{name}' media-type='application/xhtml+xml'/>" for name in chapters)
    spine = "".join(f"<itemref idref='{name}'/>" for name in chapters)
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' version='3.0'>"
        "<metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>A survey</dc:title></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container' version='1.0'><rootfiles>"
        "<rootfile full-path='p.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"
    )
    kept = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "p.opf": package}
    return _zipped(kept | chapters)


def _zipped(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def _csv(delimiter: str) -> Callable[[Texts, float], bytes]:
    def write(texts: Texts, size: float) -> bytes:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=delimiter).writerows(texts.rows(int(10_000 * size)))
        return file.getvalue().encode()

    return write


def _message(texts: Texts, characters: float) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Li Lei <li@example.org>", "han@example.org", "A survey"
    message["Date"] = "Fri, 20 Aug 2021 23:24:00 +0800"
    message.set_content("\n\n".join(texts.paragraphs(int(characters))))
    return message


def _eml(texts: Texts, size: float) -> bytes:
    return _message(texts, 100_000 * size).as_bytes()


def _mbox(texts: Texts, size: float) -> bytes:
    start = b"From li@example.org Fri Aug 20 23:24:00 2021\n"
    return b"".join(start + _message(texts, 2_000).as_bytes() + b"\n" for _ in range(int(60 * size) or 1))


def _mhtml(texts: Texts, size: float) -> bytes:
    message = EmailMessage()
    message["Subject"] = "A survey"
    message.set_type("multipart/related")
    page = EmailMessage()
    page.set_content(_html(texts, size).decode(), subtype="html")
    page["Content-Location"] = "https://example.org/a"
    message.attach(page)
    return message.as_bytes()


def _ipynb(texts: Texts, size: float) -> bytes:
    cells: list[dict[str, object]] = []
    for text in texts.paragraphs(int(150_000 * size)):
        cells.append({"cell_type": "markdown", "metadata": {}, "source": [text]})
        code = ["for river in rivers:\n", "    print(river)"]
        cells.append({"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": 1})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _records(texts: Texts, size: float) -> list[dict[str, str]]:
    header, *rows = texts.rows(int(5_000 * size))
    return [dict(zip(header, row, strict=True)) for row in rows]


def _json(texts: Texts, size: float) -> bytes:
    return json.dumps(_records(texts, size), ensure_ascii=False).encode()


def _jsonl(texts: Texts, size: float) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in _records(texts, size)).encode()


# The libraries alone


def _decoded(data: bytes) -> int:
    return len(data.decode())


def _by_markdown_it(data: bytes) -> int:
    from markdown_it import MarkdownIt

    return sum(len(token.content) for token in MarkdownIt().parse(data.decode()))


def _by_trafilatura(data: bytes) -> int:
    from trafilatura import extract

    return len(extract(data.decode(), with_metadata=True) or "")


def _by_pdfium(data: bytes) -> int:
    from pypdfium2 import PdfDocument

    document = PdfDocument(data)
    characters = 0
    for page in document:
        text = page.get_textpage()
        characters += len(text.get_text_bounded())
        text.close()
        page.close()
    document.close()
    return characters


def _by_docx(data: bytes) -> int:
    from docx import Document

    return sum(len(paragraph.text) for paragraph in Document(io.BytesIO(data)).paragraphs)


def _by_pptx(data: bytes) -> int:
    from pptx import Presentation

    slides = Presentation(io.BytesIO(data)).slides
    return sum(len(shape.text_frame.text) for slide in slides for shape in slide.shapes if shape.has_text_frame)


def _by_openpyxl(data: bytes) -> int:
    from openpyxl import load_workbook

    workbook = load_workbook(io.BytesIO(data), read_only=True)
    rows = (row for sheet in workbook.worksheets for row in sheet.iter_rows(values_only=True))
    return sum(len(str(value)) for row in rows for value in row)


def _by_zip_and_lxml(data: bytes) -> int:
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith(("content.xml", ".xhtml"))]
        return sum(len(text) for name in names for text in etree.fromstring(archive.read(name)).itertext())


def _by_csv(delimiter: str) -> Callable[[bytes], int]:
    def count(data: bytes) -> int:
        rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
        return sum(len(cell) for row in rows for cell in row)

    return count


def _content(data: bytes) -> str:
    message = message_from_bytes(data, policy=policy.default)
    part = message.get_body(("plain", "html")) or next(iter(message.iter_parts()), message)
    return str(part.get_content())


def _by_email(data: bytes) -> int:
    return len(_content(data))


def _by_mailbox(data: bytes) -> int:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return sum(_by_email(message.as_bytes()) for message in mailbox.mbox(file.name))


def _by_email_and_trafilatura(data: bytes) -> int:
    return _by_trafilatura(_content(data).encode())


def _by_json(data: bytes) -> int:
    return len(str(json.loads(data)))


def _by_json_lines(data: bytes) -> int:
    return sum(len(str(json.loads(line))) for line in data.splitlines())


FORMATS = (
    Format(".txt", "bytes.decode", _plain, _decoded),
    Format(".md", "markdown-it", _markdown, _by_markdown_it),
    Format(".html", "trafilatura", _html, _by_trafilatura),
    Format(".pdf", "pypdfium2", _pdf, _by_pdfium),
    Format(".docx", "python-docx", _docx, _by_docx),
    Format(".pptx", "python-pptx", _pptx, _by_pptx),
    Format(".xlsx", "openpyxl", _xlsx, _by_openpyxl),
    Format(".odt", "zipfile, lxml", _odt, _by_zip_and_lxml),
    Format(".epub", "zipfile, lxml", _epub, _by_zip_and_lxml),
    Format(".csv", "csv", _csv(","), _by_csv(",")),
    Format(".tsv", "csv", _csv("\t"), _by_csv("\t")),
    Format(".eml", "email", _eml, _by_email),
    Format(".mbox", "mailbox", _mbox, _by_mailbox),
    Format(".mhtml", "email, trafilatura", _mhtml, _by_email_and_trafilatura),
    Format(".ipynb", "json", _ipynb, _by_json),
    Format(".json", "json", _json, _by_json),
    Format(".jsonl", "json", _jsonl, _by_json_lines),
)  # fmt: skip


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """The median of the processor's seconds; what is loaded late is loaded before."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def _row(one: Format, language: str, size: float, repeats: int, folder: Path) -> str:
    data = one.write(Texts(language), size)
    path = folder / f"sample{one.extension}"
    path.write_bytes(data)
    characters = len(read(path).text)
    ours = _seconds(lambda: read(path), repeats)
    alone = _seconds(lambda: one.alone(path.read_bytes()), repeats)
    return (
        f"| {one.extension} | {language} | {len(data) / 1e6:.2f} | {characters:,} | {len(data) / 1e6 / ours:.2f} "
        f"| {characters / ours:,.0f} | {len(data) / 1e6 / alone:.2f} | {one.library} | {alone / ours:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=float, default=1.0, help="times the usual size of each file")
    parser.add_argument("--only", nargs="*", help="extensions, with their dot")
    chosen = parser.parse_args()
    print(f"n = {chosen.repeats} repeats each, median, seconds of the processor\n")
    print("| format | language | MB | characters | MB/s | characters/s | MB/s alone | library | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for one in FORMATS:
            if chosen.only and one.extension not in chosen.only:
                continue
            for language in ("en", "zh"):
                print(_row(one, language, chosen.size, chosen.repeats, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
