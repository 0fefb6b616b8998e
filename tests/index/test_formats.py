"""Every format that needs no program of the machine, written by its usual libraries and read again."""

import io
import mailbox
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

import docx
import pytest

from bench.corpus import mail, office, printed, prose, sheets
from bench.corpus.documents import ZH
from bench.corpus.made import Made
from bench.formats import found
from index.errors import SourceError
from index.sources import SUPPORTED, read, reread


def _reportlab() -> Iterator[Made]:
    made = islice(printed.prints(), 4)  # embedding a Chinese font, as the other library does, takes seconds
    # PDFium drops a line of one character in a font that a PDF only names where the machine has none for it.
    return (one for one in made if printed.NOTO.exists() or one.name != "tw.reportlab.pdf")


FAMILIES: tuple[Callable[[], Iterator[Made]], ...] = (
    *(prose.texts, prose.markdowns, prose.pages, prose.books, prose.notebooks),
    *(mail.messages, mail.mailboxes, mail.saved_pages),
    *(office.words, office.decks, office.opened, sheets.workbooks, sheets.opened, sheets.tables, sheets.records),
    *(_reportlab, prose.subtitles),
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family.__module__}.{family.__name__}")
def test_a_file_is_read_as_it_was_written(family: Callable[[], Iterator[Made]], tmp_path: Path) -> None:
    for made in family():
        path = tmp_path / made.name
        path.write_bytes(made.data)
        result = found(made, read(path))
        assert result.kept >= 0.99 * result.written, (made.name, result.lost)
        assert result.exact == result.spans > 0, made.name
        assert result.stated and result.placed, made.name


@pytest.mark.parametrize("ending", [".log", ".rst", ".org", ".tex"])
def test_what_is_text_by_another_name_is_read_as_it_is(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"note{ending}"
    path.write_text("渡轮 sailed at nine.\n\n\\section{Tea} == x ==\n", encoding="utf-8")
    assert read(path).text == "渡轮 sailed at nine.\n\n\\section{Tea} == x ==\n"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("old.doc", "save it as .docx"),
        ("old.XLS", "save it as .xlsx"),
        ("old.ppt", "save it as .pptx"),
        ("note.rtf", "save it as .docx"),
        ("paper.caj", "export it as .pdf"),
        ("all.zip", "unpack it and add the folder"),
        ("book.mobi", "convert it to .epub"),
    ],
)
def test_a_format_that_is_not_read_is_refused_with_what_to_do(name: str, advice: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(SourceError, match=f"is not supported; {advice}. Supported: "):
        read(tmp_path / name)
    assert Path(name).suffix.lower() not in SUPPORTED


def test_subtitles_without_a_time_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("Just a note.")
    with pytest.raises(SourceError, match="it holds no subtitles: no line states a time"):
        read(tmp_path / "a.srt")


def test_lines_that_roll_up_in_subtitles_are_read_once(tmp_path: Path) -> None:
    rolling = (
        (0.0, 2.0, " \nhello<00:00:00.500><c> everyone</c>"),
        (2.0, 2.01, "hello everyone\n "),
        (2.01, 4.0, "hello everyone\nwelcome<00:00:02.500><c> to the ferry</c>"),
        (4.0, 4.01, "welcome to the ferry\n "),
        (4.01, 6.0, "welcome to the ferry\n请系好安全带"),
        (6.0, 8.0, "welcome to the ferry\n请系好安全带\nNo, no."),
        (8.5, 9.0, "No, no."),
    )
    cues = [f"00:00:0{begins:.3f} --> 00:00:0{ends:.3f} align:start\n{words}" for begins, ends, words in rolling]
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n" + "\n\n".join(cues) + "\n", encoding="utf-8")
    assert read(tmp_path / "a.vtt").text == "hello everyone welcome to the ferry 请系好安全带 No, no. No, no."


def test_what_of_a_file_is_left_out_is_said(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Plans", "li@example.org"
    message.set_content("See the plans.")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="图纸.pdf")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    expected = "an attachment is not read (图纸.pdf); save what you need as files and add those"
    assert reread(tmp_path / "a.eml", None).notes == (expected,)
    document = docx.Document()
    run = document.add_paragraph("A claim that somebody doubts.").runs[0]
    document.add_comment(run, "Is that so?", author="Wang")
    document.save(tmp_path / "a.docx")
    reading = reread(tmp_path / "a.docx", None)
    assert reading.notes == ("one comment is left out",)
    assert reading.source is not None and reading.source.text == "A claim that somebody doubts."
    (tmp_path / "long.md").write_text("# Ferry\n\n" + "*a*\n" * 100_001)
    reading = reread(tmp_path / "long.md", None)
    assert reading.notes == ("it is so long that it is read as plain text, with its marks",)


def test_a_mailbox_of_ten_thousand_messages_is_read(tmp_path: Path) -> None:
    box = mailbox.mbox(str(tmp_path / "made"))
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = "渡轮", "li@example.org", "Fri, 20 Aug 2021 23:24:00 +0800"
    message.set_content("The ferry sails at nine. 大雾停航。")
    one = box.get_bytes(box.add(message), from_=True)
    box.close()
    (tmp_path / "a.mbox").write_bytes((one + b"\n") * 10_000)
    assert len(read(tmp_path / "a.mbox").headings) == 10_000


def test_a_book_whose_titles_are_pictures_has_the_titles_of_its_contents(tmp_path: Path) -> None:
    import zipfile

    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(prose.book_of(ZH, marked=False))) as book, zipfile.ZipFile(written, "w") as copy:
        for name in book.namelist():
            data = book.read(name).replace(
                "<p id='h0' class='head'>码头的由来</p>".encode(), b"<img id='h0' src='a.png'/>"
            )
            copy.writestr(name, data)
    (tmp_path / "a.epub").write_bytes(written.getvalue())
    source = read(tmp_path / "a.epub")
    assert [one.text for one in source.headings] == [heading.text for heading in ZH.headings()]
    assert source.text.startswith("码头的由来\n\n石塘镇的渡口")


def test_a_book_with_the_older_table_of_contents_has_its_headings(tmp_path: Path) -> None:
    import zipfile

    points = "".join(
        f"<navPoint id='n{number}'><navLabel><text>{section[0].text}</text></navLabel>"  # type: ignore[union-attr]
        f"<content src='text/{number}.xhtml'/></navPoint>"
        for number, section in enumerate(ZH.sections())
    )
    ncx = f"<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap>{points}</navMap></ncx>"
    item = "<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/>"
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(prose.book_of(ZH, marked=False))) as book, zipfile.ZipFile(written, "w") as copy:
        for name in book.namelist():
            data = book.read(name).decode()
            data = data.replace("properties='nav'", "").replace("<item id='nav'", f"{item}<item id='nav'")
            copy.writestr(name, data)
        copy.writestr("EPUB/toc.ncx", ncx)
    (tmp_path / "a.epub").write_bytes(written.getvalue())
    assert [one.text for one in read(tmp_path / "a.epub").headings] == ["码头的由来", "停航与重开"]
