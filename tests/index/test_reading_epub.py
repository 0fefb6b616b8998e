"""Books: chapters in reading order, and what the book states of itself."""

import io
import zipfile
from pathlib import Path

import pytest

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read
from tests.index.mutations import assert_located, assert_read_or_refused, damaged

CONTAINER = (
    "<?xml version='1.0'?><container version='1.0' xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    "<rootfile full-path='OEBPS/content.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"
)
CHAPTERS = {
    "text/第一章.xhtml": "<h1>第一章</h1><p>实验室的负责人在七月离开了公司。</p><aside><p>脚注也是书。</p></aside>",
    "text/two.xhtml": "<h1>Two</h1><script src='a.js'/><p><a id='x'/>It was <i>cold</i>&#160;then.</p><h2>Later</h2>"
    "<ul><li>one</li><li>two</li></ul><p><![CDATA[a < b]]></p>",
}
STATED = (
    "<dc:title>谁离开了</dc:title><dc:creator id='c1'>李磊</dc:creator><dc:creator id='c2'>Han Meimei</dc:creator>"
    "<dc:creator id='c3'>A Painter</dc:creator><meta refines='#c3' property='role'>ill</meta>"
    "<meta refines='#c1' property='role'>aut</meta><dc:date>2021-08-20T00:00:00+00:00</dc:date>"
    "<dc:language>zh-CN</dc:language>"
)


def book(stated: str = STATED, chapters: dict[str, str] = CHAPTERS, **more: str) -> bytes:
    items = "".join(
        f"<item id='i{number}' href='{name}' media-type='application/xhtml+xml'/>"
        for number, name in enumerate(chapters)
    )
    spine = "".join(f"<itemref idref='i{number}'/>" for number in range(len(chapters)))
    package = (
        "<?xml version='1.0'?><package xmlns='http://www.idpf.org/2007/opf' xmlns:opf='http://www.idpf.org/2007/opf' "
        f"version='3.0'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>{stated}</metadata><manifest>"
        "<item id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/>"
        f"{items}</manifest><spine><itemref idref='nav'/>{spine}</spine></package>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/content.opf", package)
        archive.writestr("OEBPS/nav.xhtml", "<nav><ol><li>第一章</li></ol></nav>")
        for name, body in chapters.items():
            head = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'>"
            archive.writestr(f"OEBPS/{name}", f"{head}<head><title/></head><body>{body}</body></html>")
        for name, content in more.items():
            archive.writestr(name.replace("__", "/"), content)
    return written.getvalue()


def reading(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    source = read(path)
    assert_located(source)
    return source


def test_a_book_reads_as_its_chapters_in_order(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.epub", book())
    assert source.text.replace("\xa0", " ").split("\n\n") == [
        *("第一章", "实验室的负责人在七月离开了公司。", "脚注也是书。"),
        *("Two", "It was cold then.", "Later", "- one\n- two", "a < b"),
    ]
    assert [(one.level, one.text) for one in source.headings] == [(1, "第一章"), (1, "Two"), (2, "Later")]
    assert passages(source)[-1].heading == "Two › Later"
    assert (source.title, source.author, source.published) == ("谁离开了", "李磊, Han Meimei", "2021-08-20")
    assert (source.language, source.url) == ("zh", None)


@pytest.mark.parametrize(
    ("stated", "author", "published"),
    [
        ("", None, None),
        ("<dc:creator opf:role='aut'>Li Lei</dc:creator><dc:creator opf:role='trl'>W</dc:creator>", "Li Lei", None),
        ("<dc:date>0101-01-01T00:00:00+00:00</dc:date>", None, None),
        ("<dc:date opf:event='modification'>2020-01-01</dc:date><dc:date>2019</dc:date>", None, "2019"),
        ("<dc:date opf:event='publication'>2019-05</dc:date>", None, "2019-05"),
    ],
)
def test_what_a_book_does_not_state_stays_unknown(
    tmp_path: Path, stated: str, author: str | None, published: str | None
) -> None:
    source = reading(tmp_path / "a.epub", book(stated))
    assert (source.title, source.author, source.published) == ("a", author, published)


def test_a_protected_a_broken_and_a_missing_chapter_are_refused(tmp_path: Path) -> None:
    locked = "<encryption><CipherReference URI='OEBPS/text/two.xhtml'/></encryption>"
    with pytest.raises(SourceError, match="it is protected by its seller"):
        reading(tmp_path / "a.epub", book(**{"META-INF__encryption.xml": locked}))
    fonts = "<encryption><CipherReference URI='OEBPS/font.otf'/></encryption>"
    assert reading(tmp_path / "a.epub", book(**{"META-INF__encryption.xml": fonts})).title == "谁离开了"
    data = book(chapters={"../../../etc/passwd": "x"}).replace(
        b"OEBPS/../../../etc/passwd", b"OEBPS/aa/aa/aa/etc/passwd"
    )
    with pytest.raises(SourceError, match="it is damaged: its part '../../etc/passwd' is missing"):
        reading(tmp_path / "a.epub", data)
    with pytest.raises(SourceError, match="it is damaged, or no book"):
        reading(tmp_path / "a.epub", b"PK\x03\x04 nothing")
    for depth in (200, 100_000):
        deep = book(chapters={"a.xhtml": "<div>" * depth + "deep"})
        if depth > 2_000:
            with pytest.raises(SourceError, match="nested too deep"):
                reading(tmp_path / "a.epub", deep)
        else:
            assert reading(tmp_path / "a.epub", deep).text == "deep"


def test_a_bomb_and_entities_do_not_expand(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"it unpacks to 200 MB, as zip bombs do"):
        reading(tmp_path / "a.epub", book(**{"OEBPS__big.txt": "a" * 200_000_000}))
    lol = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    stated = book(stated="<dc:title>&i;</dc:title>")
    with zipfile.ZipFile(io.BytesIO(stated)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    package = parts["OEBPS/content.opf"].replace(b"<package", f"{lol}]><package".encode(), 1)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in {**parts, "OEBPS/content.opf": package}.items():
            archive.writestr(name, content)
    try:
        assert len(reading(tmp_path / "a.epub", written.getvalue()).title) < 10
    except SourceError as error:
        assert "it is damaged" in str(error)


def test_a_damaged_book_is_read_or_refused(tmp_path: Path) -> None:
    read_well = [assert_read_or_refused(tmp_path / "a.epub", data) for data in damaged(book(), 400)]
    assert any(read_well) and not all(read_well)


@pytest.mark.parametrize("endless", ["<![CDATA[" * 200_000, "<" + "a" * 1_000_000, "<a " * 300_000, "]]>" * 300_000])
def test_endless_marks_take_no_time(tmp_path: Path, endless: str) -> None:
    assert_read_or_refused(tmp_path / "a.epub", book(chapters={"a.xhtml": f"<p>Here.</p>{endless}"}))
