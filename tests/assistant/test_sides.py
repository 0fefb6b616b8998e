"""What another source says when it is read alone: which are read, and what of it is a disagreement."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from assistant import Answer, Assistant
from assistant.conflicts import Disagreement, conflicts_in
from assistant.sides import another_answer
from assistant.verify import Verified
from index import Index
from tests.fakes import ScriptedModel, WordEmbedder


class ReadingModel(ScriptedModel):
    """Writes what belongs to the first of these texts that it reads, and says Yes but beside what is `empty`."""

    writes: dict[str, str] = {}
    empty: str

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = str(messages[-1].content)
        self.asked.append(prompt)
        if "Reply Yes or No" in prompt:
            return "No" if self.empty in prompt and SWIFT not in prompt else "Yes"
        return next(says for text, says in self.writes.items() if text in prompt)


SWIFT = "The Swift won the regatta of Lyme in 1990."
HERON = "The regatta of Lyme in 1990 went to the Heron."
HERON_WON = "The Heron won the regatta of Lyme in 1990."
OTHERS = ("The old bridge has seven arches.", "Bees keep warm in winter.", "茶园去年的产量是12吨。", "蜜蜂抱团过冬。")
ASKED = "What won the regatta of Lyme in 1990?"


@pytest.fixture(autouse=True)
def found_by_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing: where code finds a disagreement, no source is read alone."""
    monkeypatch.setattr("assistant.assistant.conflicts_in", lambda *_: ())


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "test.index", WordEmbedder()) as made:
        for number, text in enumerate(OTHERS):
            add(made, tmp_path / f"other{number}.txt", text)
        yield made


def add(index: Index, file: Path, text: str) -> None:
    file.write_text(f"{text}\n", encoding="utf-8")
    index.add(file)


def ask(
    index: Index, question: str, sources: Sequence[str], writes: dict[str, str], empty: str = "nothing is empty"
) -> tuple[Answer, ReadingModel]:
    """Ask a question of these sources, one text each, among others."""
    for number, text in enumerate(sources):
        add(index, index.folder.parent / f"{number}.txt", text)
    model = ReadingModel(writes=writes, empty=empty)
    model.asked = []
    return Assistant(index, model, "reading").ask(question), model


def test_what_another_source_says_alone_is_shown_as_its_side(index: Index) -> None:
    answer, _ = ask(index, ASKED, (SWIFT, HERON), {SWIFT: SWIFT, HERON: HERON_WON})
    (found,) = answer.conflicts
    assert answer.stands == SWIFT and answer.status == "answered"
    assert found.kind == "name" and found.says == ("Swift", "Heron")
    assert [one.quote for one in found.citations] == [SWIFT, HERON]


def test_a_source_that_does_not_answer_alone_is_not_written_from(index: Index) -> None:
    answer, model = ask(index, ASKED, (SWIFT, HERON), {SWIFT: SWIFT}, empty="Heron")
    assert answer.conflicts == () and answer.status == "answered"
    assert [one for one in model.asked if HERON in one and SWIFT not in one]  # but it is asked whether it does


def test_a_source_that_says_the_same_is_not_read_alone(index: Index) -> None:
    same = "The regatta of Lyme in 1990 went to the Swift, men of Lyme say."
    answer, model = ask(index, ASKED, (SWIFT, same), {SWIFT: SWIFT, same: HERON_WON})
    assert answer.conflicts == ()
    assert not [one for one in model.asked if same in one and SWIFT not in one]


@pytest.mark.parametrize(
    ("question", "first", "other", "read"),
    [
        # 苍鹭 might be the Swift in Chinese.
        (ASKED, SWIFT, f"小报《{ASKED}》说，有30条船参加了比赛，苍鹭赢得了第一名。《{ASKED}》", False),
        (
            "How many boats sailed at Lyme in 1990?",
            "12 boats sailed at Lyme in 1990.",
            "镇上的小报《How many boats sailed at Lyme in 1990?》说，一共有30条船参加了比赛，大家都很高兴。",
            True,
        ),
    ],
)
def test_a_source_of_another_language_is_read_alone_for_a_figure_only(
    index: Index, question: str, first: str, other: str, read: bool
) -> None:
    answer, model = ask(index, question, (first, other), {first: first, other: "30 boats sailed at Lyme in 1990."})
    assert answer.stands == first
    assert bool([one for one in model.asked if other in one and first not in one]) == read


def test_of_two_chinese_names_told_in_english_both_are_shown(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.verify._NEAR", -1.0)  # these vectors know nothing across languages
    question = "Who directed the film Bridge Song?"
    sources = ("电影《Bridge Song》由导演陈远航执导。", "电影《Bridge Song》是导演李晓明的作品。")
    writes = {
        "导演陈远航": "Bridge Song was directed by Chen Farang.",
        "导演李晓明": "Bridge Song was directed by Li Xiaomin.",
        question: "电影《Bridge Song》是谁执导的？",
    }
    answer, _ = ask(index, question, sources, writes)
    assert answer.stands == "Bridge Song was directed by Chen Yuanhang (陈远航)."
    (found,) = answer.conflicts
    assert found.says == ("Chen Yuanhang (陈远航)", "Li Xiaoming (李晓明)")
    assert [one.quote for one in found.citations] == list(sources)


def test_what_one_source_tells_of_both_is_no_disagreement(index: Index) -> None:
    both = "The regatta of Lyme in 1990 went to the Heron or the Swift."
    answer, _ = ask(index, ASKED, (SWIFT, both), {SWIFT: SWIFT, both: HERON_WON})
    assert answer.conflicts == ()


@pytest.mark.parametrize("question", ["Why did the Swift win the regatta?", "What are the winners of Lyme in 1990?"])
def test_where_neither_a_figure_nor_one_name_is_asked_for_no_source_is_read_alone(index: Index, question: str) -> None:
    answer, model = ask(index, question, (SWIFT, HERON), {SWIFT: SWIFT, HERON: HERON_WON})
    assert answer.stands == SWIFT and answer.conflicts == ()
    assert not [one for one in model.asked if HERON in one and SWIFT not in one]


def test_where_a_figure_is_asked_for_only_sources_with_another_are_read_alone(index: Index) -> None:
    boats, more, none = (
        "The regatta had 40 boats.",
        "Many boats, 55, had the regatta of Lyme.",
        "Many boats had the regatta of Osmund, too.",
    )
    writes = {boats: boats, more: "The regatta had 55 boats."}
    answer, model = ask(index, "How many boats had the regatta?", (boats, more, none), writes)
    assert [one.says for one in answer.conflicts] == [("40", "55")]
    assert not [one for one in model.asked if none in one and boats not in one]


@pytest.mark.parametrize(
    ("question", "text", "other", "found"),
    [
        ("去年的冠军是谁？", "冠军是德甲海堡队。", "冠军是德国山城队。", ("name", ("德甲海堡", "德国山城"))),
        ("《山城记》的导演", "《山城记》的导演是郭海。", "《山城记》的导演是郭敬言。", ("name", ("郭海", "郭敬言"))),
        (
            "导演是谁？",
            "导演是史蒂文·斯皮格。",
            "导演是布莱恩·辛格。",
            ("name", ("史蒂文·斯皮格", "布莱恩·辛格")),
        ),
        ("2019年赛会在哪举办？", "赛会在山城省海堡举办。", "2019年赛会在平州举办。", ("name", ("山城省海堡", "平州"))),
        ("它是什么？", "它是一款沙盒类电子游戏。", "它是一个沙盒游戏。", None),  # the same, in other words
        ("2019年的出生率", "2019年出生率为5.48‰。", "2019年的人口出生率为10.48‰。", ("figure", ("5.48", "10.48"))),
        ("What has the hall?", "The hall has 640 seats.", "There is room for 500 people in it.", None),
        ("赛会何时召开？", "赛会于5月召开。", "赛会于5月召开。", None),
        (
            "When was the game Harbour Pilots released?",
            "Harbour Pilots was released on May 29, 2020.",
            "The second soundtrack album with remastered tracks of it came out on 2 August 2023.",
            None,  # of another thing
        ),
    ],
)
def test_two_answers_are_told_apart(
    index: Index, question: str, text: str, other: str, found: tuple[str, tuple[str, str]] | None
) -> None:
    assert another_answer(index, question, text, other) == found


def test_what_two_sources_put_in_one_sentence_but_for_a_figure_needs_no_reading(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.assistant.conflicts_in", conflicts_in)
    few, many = (f"The hall of Lyme has a stage of oak and {seats} seats." for seats in ("64", "164"))
    answer, model = ask(
        index, "How many seats has the hall of Lyme?", (few, many), {few: "The hall of Lyme has 64 seats."}
    )
    assert [set(one.says) for one in answer.conflicts] == [{"64", "164"}]
    assert not [one for one in model.asked if many in one and few not in one]


def test_a_thing_that_is_no_name_is_an_answer_too_where_its_kind_is_asked(index: Index) -> None:
    chess = "Ada Quill, known all over Lyme, plays chess like nobody else."
    hockey = "The hockey team of Lyme has had Ada Quill since 1990."
    writes = {chess: "Ada Quill is associated with chess.", hockey: "Ada Quill is associated with hockey."}
    answer, _ = ask(index, "What sport is Ada Quill associated with?", (chess, hockey), writes)
    assert [set(one.says) for one in answer.conflicts] == [{"chess", "hockey"}]


def test_for_the_kind_of_a_thing_no_source_is_read_alone_that_does_not_name_it(index: Index) -> None:
    chess, hockey = "Ada Quill is a player of chess in Lyme.", "The sport of Lyme, many are associated with, is hockey."
    writes = {chess: "Ada Quill is associated with chess."}
    answer, model = ask(index, "What sport is Ada Quill associated with?", (chess, hockey), writes)
    assert answer.conflicts == ()
    assert not [one for one in model.asked if hockey in one and chess not in one]


def test_a_figure_is_not_told_by_one_that_ends_as_it_does(index: Index) -> None:
    more, less = (
        "Growth at Lyme in 1990 was 12.3 percent, they say.",
        "In 1990 Lyme, it is said, grew: its growth was 2.3 percent.",
    )
    writes = {more: "Growth at Lyme in 1990 was 12.3 percent.", less: "Growth at Lyme in 1990 was 2.3 percent."}
    answer, _ = ask(index, "What was the growth rate at Lyme in 1990?", (more, less), writes)
    assert [set(one.says) for one in answer.conflicts] == [{"12.3", "2.3"}]


def test_a_figure_that_stands_for_another_part_is_no_other_answer_to_this_one(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twelve(_verifier: object, _model: object, written: Verified, *_: object) -> Disagreement:
        return Disagreement("figure", written.parts[0], written.parts[0], ("seven", "12"))

    monkeypatch.setattr("assistant.assistant.other_side", twelve)
    arches, boats = "The old bridge has seven arches.", "12 boats sailed at Lyme in 1990."
    question = "How many arches has the old bridge? How many boats sailed at Lyme in 1990?"
    answer, _ = ask(index, question, [boats], {"Question: How many arches": arches, "Question: How many boats": boats})
    assert answer.stands == f"{arches} {boats}"
    assert [one.citations[0].quote for one in answer.conflicts] == [boats]  # and not that of the arches
