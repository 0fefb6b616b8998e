"""Traditional and simplified Chinese are one language: what is written in either is found and compared in the other."""

from pathlib import Path

import pytest

from index import Index
from index.chinese import as_written_in, in_each_script, is_traditional, simplified
from tests.index.conftest import At
from tests.index.test_search import Blind


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("據報導，臺灣的茶農後來認為產量達到12萬噸。", "据报导，台湾的茶农后来认为产量达到12万吨。"),
        ("台灣 Mill", "台湾 Mill"),
        ("著名的乾隆皇帝", "著名的干隆皇帝"),  # of both texts that are compared, so that it does no harm
        ("The harbour café", "The harbour café"),
        ("", ""),
    ],
)
def test_each_character_has_one_simplified_one_in_its_place(text: str, simple: str) -> None:
    assert simplified(text) == simple and len(simple) == len(text)


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("茶農", True),
        ("茶农", False),
        ("著名的乾隆皇帝", False),
        ("tea", False),
        ("", False),
        ("東京の茶園はどこですか", False),
    ],
)
def test_what_a_simplified_text_may_hold_makes_none_traditional(text: str, is_so: bool) -> None:
    assert is_traditional(text) is is_so


def test_a_question_is_written_in_each_way_and_one_without_chinese_in_one() -> None:
    assert in_each_script("里面的台湾茶农") == ("里面的台湾茶农", "裡面的臺灣茶農", "裏面的台灣茶農")
    assert in_each_script("Who grows tea?") == ("Who grows tea?",)


def test_what_is_said_to_who_writes_traditionally_is_written_so() -> None:
    assert as_written_in("茶园的产量是多少？", like="那騰訊呢？") == "茶園的產量是多少？"
    assert as_written_in("茶园的产量是多少？", like="那腾讯呢？") == "茶园的产量是多少？"


@pytest.mark.parametrize(
    ("text", "question"),
    [("老魁巴在碼頭後面看見茶農燒麥。", "谁看见茶农烧麦？"), ("老魁巴在码头后面看见茶农烧麦。", "誰看見茶農燒麥？")],
)
def test_words_in_either_script_find_those_in_the_other(at: At, tmp_path: Path, text: str, question: str) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(30):
        (folder / f"n{number}.md").write_text(f"散步的人在码头上看见{number}只海鸥。", encoding="utf-8")
    (folder / "name.md").write_text(text, encoding="utf-8")
    with Index.open(at("i"), Blind()) as index:
        index.add(folder)
        first = index.search(question, k=1)[0]
        assert first.passage.text == text and first.words_rank == 1


def test_the_same_text_in_both_scripts_is_a_copy(at: At, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.md").write_text("去年茶园的产量达到12万吨，茶农认为与天气有关。", encoding="utf-8")
    (folder / "b.md").write_text("去年茶園的產量達到12萬噸，茶農認為與天氣有關。", encoding="utf-8")
    with Index.open(at("i"), Blind()) as index:
        index.add(folder)
        (hit,) = index.search("茶园的产量", k=5)
        assert len(hit.copies) == 1
