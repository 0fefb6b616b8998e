"""Documents as text, Markdown, web pages, books and notebooks, written by hand after their standards."""

import io
import json
import zipfile
from collections.abc import Iterator
from html import escape
from uuid import NAMESPACE_URL, uuid5

from bench.corpus.documents import (
    DOCUMENTS,
    TW,
    Code,
    Document,
    Heading,
    Items,
    Paragraph,
    Part,
    Quotation,
    Table,
    spelt,
    written,
)
from bench.corpus.made import Made, levels

ENCODINGS = {"UTF-8": "utf-8", "UTF-16": "utf-16", "GB18030": "gb18030", "Big5": "cp950"}


def byline(document: Document) -> list[str]:
    """Return the lines under the title that say who wrote the document when."""
    if document.language == "zh":
        return [f"作者：{document.author}", document.published]
    return [f"By {document.author}", document.published]


def texts() -> Iterator[Made]:
    """Yield text files in four encodings, with the newlines of two systems."""
    traditional = [
        Document(f"tw-{number}", "zh", TW.title, TW.author, TW.published, parts)
        for number, parts in enumerate([TW.parts, *TW.sections()])
    ]
    for shown, encoding in ENCODINGS.items():
        for document in traditional if shown == "Big5" else DOCUMENTS:
            kept = spelt(document, encoding) if shown == "Big5" else document
            lines = [kept.title, *byline(kept), *written(kept.parts)]
            text = "\n\n".join(lines) + "\n"
            yield Made(
                f"txt, {shown}",
                f"{kept.name}.{encoding}.txt",
                (text.replace("\n", "\r\n") if document.name in ("en", "tw-1") else text).encode(encoding),
                tuple(lines),
                kept.title,
                kept.author,
                kept.published,
            )


def markdown_of(parts: tuple[Part, ...], under: int = 0, notes: bool = True) -> str:
    """Return parts in the Markdown of GitHub."""
    blocks: list[str] = []
    for part in parts:
        match part:
            case Heading(level, text):
                blocks.append(f"{'#' * (level + under)} {text}")
            case Paragraph(runs, note):
                mark = f"[^{len(blocks)}]"
                said = "".join(_marked(run.text, run.bold, run.link) for run in runs)
                blocks.append(said + (mark if note and notes else ""))
                if note and notes:
                    blocks.append(f"{mark}: {note}")
            case Quotation(text):
                blocks.append(f"> {text}")
            case Items(lines, numbered):
                blocks.append("\n".join(f"{f'{n}.' if numbered else '-'} {line}" for n, line in enumerate(lines, 1)))
            case Table(rows):
                piped = ["| " + " | ".join(row) + " |" for row in rows]
                blocks.append("\n".join([piped[0], "|" + "---|" * len(rows[0]), *piped[1:]]))
            case Code(text):
                blocks.append(f"```python\n{text}\n```")
    return "\n\n".join(blocks)


def _marked(text: str, bold: bool, link: str) -> str:
    said = f"[{text}]({link})" if link else text
    return f"**{said}**" if bold else said


def markdowns() -> Iterator[Made]:
    """Yield Markdown files with front matter."""
    for document in DOCUMENTS:
        authors = ", ".join(document.author.split(", "))
        front = f"---\ntitle: '{document.title}'\nauthor: [{authors}]\ndate: {document.published}\n---\n\n"
        text = f"{front}# {document.title}\n\n{markdown_of(document.parts, under=1)}\n"
        yield Made(
            "md, by hand",
            f"{document.name}.md",
            text.encode(),
            (document.title, *written(document.parts)),
            document.title,
            document.author,
            document.published,
            levels(document.headings(), document.title),
        )


def body_of(parts: tuple[Part, ...], under: int = 0, notes: bool = True) -> str:
    """Return parts as the body of a web page."""
    blocks: list[str] = []
    for part in parts:
        match part:
            case Heading(level, text):
                blocks.append(f"<h{level + under}>{escape(text)}</h{level + under}>")
            case Paragraph(runs, note):
                said = "".join(_tagged(run.text, run.bold, run.link) for run in runs)
                blocks.append(f"<p>{said}</p>")
                if note and notes:
                    blocks.append(f"<p><small>{escape(note)}</small></p>")
            case Quotation(text):
                blocks.append(f"<blockquote><p>{escape(text)}</p></blockquote>")
            case Items(lines, numbered):
                items = "".join(f"<li>{escape(line)}</li>\n" for line in lines)
                blocks.append(f"<ol>{items}</ol>" if numbered else f"<ul>{items}</ul>")
            case Table(rows):
                shown = [_row(row, "th" if number == 0 else "td") for number, row in enumerate(rows)]
                blocks.append(f"<table><thead>{shown[0]}</thead>\n<tbody>{''.join(shown[1:])}</tbody></table>")
            case Code(text):
                blocks.append(f"<pre><code>{escape(text)}</code></pre>")
    return "\n".join(blocks)


def _tagged(text: str, bold: bool, link: str) -> str:
    said = f'<a href="{escape(link)}">{escape(text)}</a>' if link else escape(text)
    return f"<b>{said}</b>" if bold else said


def _row(cells: tuple[str, ...], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


_MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/about'>About</a></li></ul></nav>"
_FOOT = "<footer><p><a href='/imprint'>Imprint</a></p></footer>"


def page_of(document: Document, framed: bool = True, style: str = "") -> str:
    """Return a document as a web page, in the frame of its site or not."""
    head = (
        f"<title>{escape(document.title)}</title><meta name=author content='{escape(document.author)}'>"
        f"<meta property='article:published_time' content='{document.published}T08:00:00+08:00'>"
        + (f"<style>{style}</style>" if style else "")
    )
    article = f"<article><h1>{escape(document.title)}</h1>\n{body_of(document.parts, under=1)}</article>"
    shown = f"{_MENU}<main>{article}</main>{_FOOT}" if framed else article
    opened = f"<!DOCTYPE html><html lang={document.language}><head><meta charset=utf-8>{head}</head>"
    return f"{opened}<body>{shown}</body></html>"


def page(document: Document, writer: str, name: str, data: bytes) -> Made:
    """Return a web page of a document."""
    return Made(
        writer,
        name,
        data,
        (document.title, *written(document.parts, tables="labelled")),
        document.title,
        document.author,
        document.published,
        levels(document.headings(), document.title),
    )


def pages() -> Iterator[Made]:
    """Yield web pages, one of them in an encoding that it only names."""
    for document in DOCUMENTS:
        yield page(document, "html, by hand", f"{document.name}.html", page_of(document).encode())
    old = page_of(DOCUMENTS[0]).replace("charset=utf-8", "charset=gb2312")
    yield page(DOCUMENTS[0], "html, by hand", "zh.gb.html", old.encode("gb18030"))


_CONTAINER = (
    "<?xml version='1.0'?><container version='1.0' xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    "<rootfile full-path='EPUB/package.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"
)
_XHTML = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml' xmlns:epub='http://www.idpf.org/2007/ops'>"


def book_of(document: Document, marked: bool = True) -> bytes:
    """Return a document as a book (EPUB 3.3); its headings are marked, or are known from its contents alone."""
    chapters = [body_of(section) for section in document.sections()]
    entries = []
    for number, section in enumerate(document.sections()):
        for at, part in enumerate(section):
            if isinstance(part, Heading):
                entries.append((number, f"h{at}", part))
                tag = f"h{part.level}" if marked else "p"
                chapters[number] = chapters[number].replace(
                    f"<h{part.level}>{escape(part.text)}</h{part.level}>",
                    f"<{tag} id='h{at}' class='head'>{escape(part.text)}</{tag}>",
                )
    items = "".join(
        f"<item id='c{n}' href='text/{n}.xhtml' media-type='application/xhtml+xml'/>" for n in range(len(chapters))
    )
    spine = "".join(f"<itemref idref='c{n}'/>" for n in range(len(chapters)))
    stated = (
        f"<dc:identifier id='id'>urn:uuid:{uuid5(NAMESPACE_URL, document.title)}</dc:identifier>"
        f"<dc:title>{escape(document.title)}</dc:title><dc:language>{document.language}</dc:language>"
        + "".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in document.author.split(", "))
        + f"<dc:date>{document.published}</dc:date><meta property='dcterms:modified'>2024-01-01T00:00:00Z</meta>"
    )
    package = (
        "<?xml version='1.0' encoding='utf-8'?><package xmlns='http://www.idpf.org/2007/opf' version='3.0' "
        f"unique-identifier='id'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>{stated}</metadata><manifest>"
        f"<item id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/>{items}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    contents = (
        f"{_XHTML}<head><title>Contents</title></head><body><nav epub:type='toc'>{_nested(entries)}</nav></body></html>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("EPUB/package.opf", package)
        archive.writestr("EPUB/nav.xhtml", contents)
        for number, chapter in enumerate(chapters):
            head = f"<head><title>{number}</title></head>"
            archive.writestr(f"EPUB/text/{number}.xhtml", f"{_XHTML}{head}<body>{chapter}</body></html>")
    return file.getvalue()


def _nested(entries: list[tuple[int, str, Heading]]) -> str:
    """Return the list of contents, deeper headings in lists inside it."""
    shown, depth = "", 0
    for chapter, mark, heading in entries:
        if heading.level > depth:
            shown += "<ol>" * (heading.level - depth)
        else:
            shown += "</li>" + "</ol></li>" * (depth - heading.level)
        depth = heading.level
        shown += f"<li><a href='text/{chapter}.xhtml#{mark}'>{escape(heading.text)}</a>"
    return shown + "</li></ol>" * depth


def books() -> Iterator[Made]:
    """Yield books whose headings are marked, and the same ones whose contents alone know them."""
    for marked in (True, False):
        for document in DOCUMENTS:
            yield Made(
                "epub, by the standard" if marked else "epub, headings in its contents",
                f"{document.name}-{marked}.epub",
                book_of(document, marked),
                tuple(written(document.parts)),
                document.title,
                document.author,
                document.published,
                levels(document.headings()),
            )


def notebook_of(document: Document) -> bytes:
    """Return a document as a notebook (nbformat 4.5), its code as cells that were run."""
    cells: list[dict[str, object]] = []
    front = f"# {document.title}"
    for part in document.parts:
        if isinstance(part, Code):
            output = {"output_type": "stream", "name": "stdout", "text": ["ran: 运行完毕\n"]}
            cells.append(_cell("code", part.text, execution_count=1, outputs=[output]))
        else:
            cells.append(_cell("markdown", markdown_of((part,), under=1, notes=False)))
    stated = {"title": document.title, "authors": [{"name": name} for name in document.author.split(", ")]}
    cells.insert(0, _cell("markdown", front))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": stated, "cells": cells}, indent=1).encode()


def _cell(kind: str, source: str, **more: object) -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True), **more}


def notebooks() -> Iterator[Made]:
    """Yield notebooks."""
    for document in DOCUMENTS:
        shown = [document.title]
        for part in document.parts:
            shown += written((part,), notes="none")
            shown += ["ran: 运行完毕"] if isinstance(part, Code) else []
        yield Made(
            "ipynb, by the standard",
            f"{document.name}.ipynb",
            notebook_of(document),
            tuple(shown),
            document.title,
            document.author,
            None,
            levels(document.headings(), document.title),
        )


def subtitles() -> Iterator[Made]:
    """Yield subtitles in both formats: sentences over several times, in encodings that players write."""
    spoken = {
        "en": ("The ferry sailed", "at nine, and nobody", "was left on the pier.", "Who said that?"),
        "zh": ("渡轮在清晨", "九点开航，", "岸上没有人留下。", "是谁说的？"),
        "mixed": ("他说", "the ferry sailed", "在清晨九点。", "Really? 真的？"),
    }
    for name, lines in spoken.items():
        for ending, mark in ((".srt", ","), (".vtt", ".")):
            blocks = ["WEBVTT\n\nNOTE made by hand"] if ending == ".vtt" else []
            for number, line in enumerate(lines):
                at = 3 * number + (60 if number == 3 else 0)
                times = f"00:{at // 60:02}:{at % 60:02}{mark}000 --> 00:{(at + 2) // 60:02}:{(at + 2) % 60:02}{mark}900"
                blocks.append(f"{number + 1}\n{times}\n<i>{line}</i>")
            text = "\n\n".join(blocks) + "\n"
            encoding = "gb18030" if (name, ending) == ("zh", ".srt") else "utf-8-sig"
            joined = (" ".join if name != "zh" else "".join)(lines[:3])
            yield Made("srt and vtt, by hand", f"{name}{ending}", text.encode(encoding), (joined, lines[3]))
