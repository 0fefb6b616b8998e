"""Documents and slides as python-docx, python-pptx and odfpy write them."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.corpus.documents import (
    DOCUMENTS,
    Code,
    Document,
    Heading,
    Items,
    Paragraph,
    Part,
    Quotation,
    Table,
    labelled,
    written,
)
from bench.corpus.made import Made, levels

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph as WordParagraph

_STANDARD = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def word_of(document: Document, notes: bool = True) -> bytes:
    """Return a document as python-docx writes it; it has no way to write footnotes, so their part is made by hand."""
    import docx

    word = docx.Document()
    word.core_properties.title, word.core_properties.author = document.title, document.author
    word.add_heading(document.title, level=0)
    footnotes: list[str] = []
    for part in document.parts:
        _write_word(word, part, footnotes if notes else None)
    if footnotes:
        _attach(word, footnotes)
    return _saved(word)


def _write_word(word: "Word", part: Part, footnotes: list[str] | None) -> None:
    match part:
        case Heading(level, text):
            if level == 1 and len(word.paragraphs) > 1:
                word.add_page_break()  # type: ignore[no-untyped-call]
            word.add_heading(text, level=level)
        case Paragraph(runs, note):
            paragraph = word.add_paragraph()
            for run in runs:
                if run.link:
                    _link(paragraph, run.text, run.link)
                else:
                    paragraph.add_run(run.text).bold = run.bold or None
            if note and footnotes is not None:
                footnotes.append(note)
                _refer(paragraph, len(footnotes) + 1)
        case Quotation(text):
            word.add_paragraph(text, style="Quote")
        case Items(texts, numbered):
            for line in texts:
                word.add_paragraph(line, style="List Number" if numbered else "List Bullet")
        case Table(rows):
            table = word.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
            for row in rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        case Code(text):
            word.add_paragraph(text, style="No Spacing")  # the library writes newlines as line breaks


def _link(paragraph: "WordParagraph", text: str, address: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    identity = paragraph.part.relate_to(address, f"{_STANDARD}/hyperlink", is_external=True)
    link = parse_xml(f"<w:hyperlink {nsdecls('w', 'r')} r:id='{identity}'><w:r><w:t/></w:r></w:hyperlink>")
    link[0][0].text = text
    paragraph._p.append(link)


def _refer(paragraph: "WordParagraph", number: int) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    raised = "<w:rPr><w:vertAlign w:val='superscript'/></w:rPr>"
    paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{raised}<w:footnoteReference w:id='{number}'/></w:r>"))


def _attach(word: "Word", footnotes: list[str]) -> None:
    from html import escape

    from docx.opc.packuri import PackURI
    from docx.opc.part import Part as Packed
    from docx.oxml.ns import nsdecls

    kinds = ("separator", "continuationSeparator")
    notes = "".join(
        f"<w:footnote w:id='{n}' w:type='{kind}'><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>"
        for n, kind in enumerate(kinds)
    ) + "".join(
        f"<w:footnote w:id='{n}'><w:p><w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:footnoteRef/></w:r>"
        f"<w:r><w:t xml:space='preserve'> {escape(text)}</w:t></w:r></w:p></w:footnote>"
        for n, text in enumerate(footnotes, start=2)
    )
    content = f"<?xml version='1.0' encoding='UTF-8'?><w:footnotes {nsdecls('w')}>{notes}</w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Packed(PackURI("/word/footnotes.xml"), kind, content.encode(), word.part.package)
    word.part.relate_to(part, f"{_STANDARD}/footnotes")


def _saved(made: Any) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def words() -> Iterator[Made]:
    """Yield Word documents of python-docx."""
    for document in DOCUMENTS:
        yield word(document, "docx, python-docx", f"{document.name}.docx", word_of(document))


def word(document: Document, writer: str, name: str, data: bytes) -> Made:
    """Return a text document; such a document states no day on which it was published."""
    text = (document.title, *written(document.parts))
    headings = levels(document.headings(), document.title)
    return Made(writer, name, data, text, document.title, document.author, None, headings)


def exported(document: Document, kind: str, name: str, data: bytes) -> Made:
    """Return what LibreOffice exports as a page (the notes at its end) or a book (at the end of each chapter).

    The title of the document is a paragraph there. In a book so are all headings, and its contents name the chapters;
    what stands above the first is called "Section 1".
    """
    chapters = document.sections() if kind == "epub" else [document.parts]
    text = [line for chapter in chapters for line in written(chapter, notes="end")]
    first = tuple(heading for heading in levels(document.headings()) if heading[0] == 1)
    if kind == "epub":
        text, headings = ["Section 1", document.title, *text], ((1, "Section 1"), *first)
    else:
        text, headings = [document.title, *text], levels(document.headings())
    return Made(f"{kind}, LibreOffice", name, data, tuple(text), document.title, document.author, None, headings)


def slides_of(document: Document) -> bytes:
    """Return a document as python-pptx writes it: a slide for each heading, notes under it."""
    from pptx import Presentation

    deck = Presentation()
    deck.core_properties.title, deck.core_properties.author = document.title, document.author
    for heading, parts in slides(document):
        layout = deck.slide_layouts[1 if any(not isinstance(part, Table | Code) for part in parts) else 5]
        slide = deck.slides.add_slide(layout)
        slide.shapes.title.text = heading.text
        _write_slide(slide, parts)
    return _saved(deck)


def slides(document: Document) -> list[tuple[Heading, list[Part]]]:
    """Return what stands on each slide: a heading and what follows it."""
    found: list[tuple[Heading, list[Part]]] = []
    for part in document.parts:
        if isinstance(part, Heading):
            found.append((part, []))
        else:
            found[-1][1].append(part)
    return found


def _write_slide(slide: Any, parts: list[Part]) -> None:
    from pptx.util import Inches

    lines = [run for part in parts if not isinstance(part, Table | Code) for run in _lines(part)]
    if lines:
        frame = slide.placeholders[1].text_frame
        for number, runs in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            for text, bold, link in runs:
                run = paragraph.add_run()
                run.text, run.font.bold = text, bold or None
                if link:
                    run.hyperlink.address = link
    for part in parts:
        if isinstance(part, Table):
            size = (len(part.rows), len(part.rows[0]), Inches(1), Inches(4), Inches(8), Inches(2))
            table = slide.shapes.add_table(*size).table
            for number, row in enumerate(part.rows):
                for column, text in enumerate(row):
                    table.cell(number, column).text = text
        elif isinstance(part, Code):
            box = slide.shapes.add_textbox(Inches(1), Inches(5), Inches(8), Inches(2))
            box.text_frame.text = part.text
    notes = [part.note for part in parts if isinstance(part, Paragraph) and part.note]
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(notes)


def _lines(part: Part) -> list[list[tuple[str, bool, str]]]:
    if isinstance(part, Paragraph):
        return [[(run.text, run.bold, run.link) for run in part.runs]]
    texts = part.texts if isinstance(part, Items) else written((part,))
    return [[(text, False, "")] for text in texts]


def deck(document: Document, writer: str, name: str, data: bytes) -> Made:
    """Return a presentation of a document."""
    text: list[str] = []
    pages: list[tuple[int, str]] = []
    for number, (heading, parts) in enumerate(slides(document), start=1):
        pages.append((number, heading.text))
        body = [part for part in parts if not isinstance(part, Table | Code)]
        tables = [line for part in parts if isinstance(part, Table) for line in labelled(part)]
        codes = [part.text for part in parts if isinstance(part, Code)]
        notes = [part.note for part in parts if isinstance(part, Paragraph) and part.note]
        text += [heading.text, *written(tuple(body), notes="none"), *tables, *codes, *notes]
    headings = tuple((1, heading.text) for heading in document.headings())
    return Made(writer, name, data, tuple(text), document.title, document.author, None, headings, tuple(pages))


def decks() -> Iterator[Made]:
    """Yield presentations of python-pptx."""
    for document in DOCUMENTS:
        yield deck(document, "pptx, python-pptx", f"{document.name}.pptx", slides_of(document))


def open_text_of(document: Document) -> bytes:
    """Return a document as odfpy writes it."""
    from odf.dc import Title
    from odf.meta import InitialCreator
    from odf.opendocument import OpenDocumentText
    from odf.table import Table as Grid
    from odf.table import TableCell, TableHeaderRows, TableRow
    from odf.text import A, H, List, ListItem, Note, NoteBody, NoteCitation, P, Span

    made = OpenDocumentText()
    made.meta.addElement(Title(text=document.title))
    made.meta.addElement(InitialCreator(text=document.author))
    for part in document.parts:
        match part:
            case Heading(level, text):
                made.text.addElement(H(outlinelevel=level, text=text))
            case Paragraph(runs, note):
                paragraph = P()
                for run in runs:
                    paragraph.addElement(A(href=run.link, text=run.text) if run.link else Span(text=run.text))
                if note:
                    hung = Note(noteclass="footnote")
                    hung.addElement(NoteCitation(text="1"))
                    body = NoteBody()
                    body.addElement(P(text=note))
                    hung.addElement(body)
                    paragraph.addElement(hung)
                made.text.addElement(paragraph)
            case Items(texts, _):
                listed = List()
                for line in texts:
                    item = ListItem()
                    item.addElement(P(text=line))
                    listed.addElement(item)
                made.text.addElement(listed)
            case Table(rows):
                grid, above = Grid(), TableHeaderRows()
                grid.addElement(above)
                for number, cells in enumerate(rows):
                    row = TableRow()
                    for text in cells:
                        cell = TableCell()
                        cell.addElement(P(text=text))
                        row.addElement(cell)
                    (grid if number else above).addElement(row)
                made.text.addElement(grid)
            case Quotation(text):
                made.text.addElement(P(text=text))
            case Code(text):
                for line in text.split("\n"):
                    made.text.addElement(P(text=line))
    return _saved(made)


def opened() -> Iterator[Made]:
    """Yield text documents of odfpy."""
    for document in DOCUMENTS:
        made = word(document, "odt, odfpy", f"{document.name}.odfpy.odt", open_text_of(document))
        yield replace(made, text=made.text[1:], headings=levels(document.headings()))
