"""Text documents of LibreOffice."""

import io
import zipfile
from pathlib import Path

import pytest

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read
from tests.index.mutations import assert_located, assert_read_or_refused, damaged

NAMES = " ".join(
    f"xmlns:{name}='urn:oasis:names:tc:opendocument:xmlns:{space}:1.0'"
    for name, space in {
        "office": "office",
        "text": "text",
        "table": "table",
        "style": "style",
        "draw": "drawing",
        "meta": "meta",
    }.items()
)
BODY = (
    "<text:p text:style-name='P1'>国内实验室的现状</text:p><text:h text:outline-level='1'>谁离开了</text:h>"
    "<text:p>实验室的负责人<text:span>七月</text:span>离开了\n<text:s text:c='2'/>公司。<text:note>"
    "<text:note-citation>1</text:note-citation><text:note-body><text:p>据她本人说。</text:p></text:note-body></text:note></text:p>"
    "<text:h text:outline-level='2'>Details</text:h><text:list><text:list-item><text:p>one</text:p></text:list-item>"
    "<text:list-item><text:p>two</text:p><text:list text:style-name='L2'><text:list-item><text:p>deep</text:p>"
    "</text:list-item></text:list></text:list-item></text:list><table:table><table:table-header-rows><table:table-row>"
    "<table:table-cell><text:p>Year</text:p></table:table-cell><table:table-cell><text:p>论文</text:p></table:table-cell>"
    "</table:table-row></table:table-header-rows><table:table-row><table:table-cell table:number-rows-spanned='2'>"
    "<text:p>2020</text:p></table:table-cell><table:table-cell><text:p>17</text:p></table:table-cell></table:table-row>"
    "<table:table-row><table:covered-table-cell/><table:table-cell><text:p>18</text:p><text:p>or 19</text:p>"
    "</table:table-cell></table:table-row></table:table><text:p>A<text:tab/>B<text:line-break/>C"
    "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
)
META = "<dc:title>现状</dc:title><meta:initial-creator>李磊</meta:initial-creator><dc:date>2021-08-20</dc:date>"


def document(body: str = BODY, meta: str = META, head: str = "", **more: str) -> bytes:
    styles = (
        "<office:automatic-styles><style:style style:name='P1' style:parent-style-name='Title'/>"
        "<text:list-style style:name='L2'><text:list-level-style-number/></text:list-style></office:automatic-styles>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        content = f"{styles}<office:body><office:text>{body}</office:text></office:body>"
        archive.writestr("content.xml", f"{head}<office:document-content {NAMES}>{content}</office:document-content>")
        archive.writestr("meta.xml", f"<m {NAMES} xmlns:dc='http://purl.org/dc/elements/1.1/'>{meta}</m>")
        for name, text in more.items():
            archive.writestr(name.replace("__", "/"), text)
    return written.getvalue()


def reading(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    source = read(path)
    assert_located(source)
    return source


def test_a_text_document_keeps_its_headings_lists_rows_and_notes(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.odt", document())
    assert source.text.split("\n\n") == [
        *("国内实验室的现状", "谁离开了", "实验室的负责人七月离开了   公司。", "据她本人说。", "Details"),
        "- one\n- two\n1. deep",
        "Year: 2020; 论文: 17\nYear: 2020; 论文: 18 or 19",
        *("A\tB\nC", "In a box."),
    ]
    assert [one.level for one in source.headings] == [1, 2, 3]
    assert passages(source)[-1].heading == "国内实验室的现状 › 谁离开了 › Details"
    assert (source.title, source.author, source.published) == ("现状", "李磊", None)


def test_what_a_text_document_does_not_state_stays_unknown(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.odt", document("<text:p>Nothing is known.</text:p>", ""))
    assert (source.title, source.author, source.published, source.text) == ("a", None, None, "Nothing is known.")
    assert reading(tmp_path / "a.odt", document(meta="")).title == "国内实验室的现状"


def test_the_sounds_above_characters_are_left_out(tmp_path: Path) -> None:
    guide = "<text:ruby><text:ruby-base>汉字</text:ruby-base><text:ruby-text>hàn zì</text:ruby-text></text:ruby>"
    assert reading(tmp_path / "a.odt", document(f"<text:p>{guide}难写。</text:p>")).text == "汉字难写。"


def test_entities_passwords_and_endless_repetition_are_refused_or_bounded(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it declares XML entities"):
        reading(tmp_path / "a.odt", document(head="<!DOCTYPE x [<!ENTITY a 'aaaa'>]>"))
    locked = f"<m {NAMES} xmlns:n='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'><n:encryption-data/></m>"
    with pytest.raises(SourceError, match="protected by a password"):
        reading(tmp_path / "a.odt", document(**{"META-INF__manifest.xml": locked}))
    endless = "<table:table><table:table-row><table:table-cell table:number-columns-repeated='999999999'/>"
    endless += "<table:table-cell><text:p>x<text:s text:c='999999999'/>y</text:p></table:table-cell></table:table-row>"
    assert reading(tmp_path / "a.odt", document(endless + "</table:table>")).text == "x y"
    with pytest.raises(SourceError, match="it is damaged, or no LibreOffice text document"):
        reading(tmp_path / "a.odt", document("<text:section>" * 5_000))


def test_a_damaged_text_document_is_read_or_refused(tmp_path: Path) -> None:
    read_well = [assert_read_or_refused(tmp_path / "a.odt", data) for data in damaged(document(), 300)]
    assert any(read_well) and not all(read_well)
