"""Where two sources disagree on what was asked, both sides are shown; other times are no disagreement."""

from pathlib import Path

import numpy as np
import pytest
from langchain_core.messages import BaseMessage

from assistant import Answer, Assistant
from assistant.conflicts import conflicts_in
from assistant.evidence import Evidence
from assistant.render import as_text
from assistant.verify import Part, Parts
from assistant.web import evidence_panel
from index import Index, Source
from tests.fakes import ScriptedModel, WordEmbedder


class ReadingModel(ScriptedModel):
    """Says `text`, but what a source says when it reads that one alone."""

    sources: tuple[str, ...]

    def _reply(self, messages: list[BaseMessage]) -> str:
        read = [text for text in self.sources if text in messages[-1].text]
        said = super()._reply(messages)
        return read[0] if said == self.text and len(read) == 1 else said


def asked(folder: Path, question: str, *texts: str, says: str = "") -> Answer:
    """Ask a question of sources that hold one text each, the first of 2021, the second of 2022, among others."""
    others = [
        "The old bridge has seven arches.",
        "Bees keep warm in winter.",
        "茶园去年的产量是12吨。",
        "蜜蜂抱团过冬。",
    ]
    folder.mkdir(exist_ok=True)
    with Index.open(folder / "i", WordEmbedder()) as index:
        for number, text in enumerate(others):
            (folder / f"{number}.txt").write_text(text)
            index.add(folder / f"{number}.txt")
        for year, text in enumerate(texts, 2021):
            (folder / f"{year}.md").write_text(f"---\nauthor: Author {year}\npublished: {year}\n---\n{text}\n")
            index.add(folder / f"{year}.md")
        model = ReadingModel(text=says or texts[0], sources=texts)
        return Assistant(index, model, "scripted").ask(question)


def test_two_figures_for_one_thing_are_shown_side_by_side_with_who_and_when(tmp_path: Path) -> None:
    answer = asked(
        tmp_path,
        "How many seats has the hall in Varnby?",
        "The hall in Varnby has 640 seats and a stage of oak.",
        "The hall in Varnby has 460 seats and a stage of oak.",
    )
    (conflict,) = answer.conflicts
    assert conflict.kind == "figure" and set(conflict.says) == {"640", "460"}
    assert {one.author for one in conflict.citations} == {"Author 2021", "Author 2022"}
    newer = next(one for one in conflict.citations if one.number == conflict.newer)
    assert newer.published == "2022" and "460 seats" in newer.quote


SEATS = (
    "How many seats has the hall in Varnby?",
    "The hall in Varnby has 640 seats and a stage of oak.",
    "The hall in Varnby has 460 seats and a stage of oak.",
)


def test_what_is_no_other_answer_is_not_told(tmp_path: Path) -> None:
    room = "The hall in Varnby has room for 500 people."
    assert asked(tmp_path, *SEATS, room, says=room).conflicts == ()


def test_two_of_several_things_are_no_disagreement(tmp_path: Path) -> None:
    one, other = "The hall in Varnby has a stage of oak.", "The hall in Varnby has a roof of slate."
    assert asked(tmp_path, "Which parts are in the hall in Varnby?", one, other).conflicts == ()


def test_a_disagreement_stands_in_the_text_and_on_the_page_with_who_and_when(tmp_path: Path) -> None:
    answer = asked(
        tmp_path,
        "How many seats has the hall in Varnby?",
        "The hall in Varnby has 640 seats.",
        "The hall in Varnby has 460 seats.",
    )
    text = as_text(answer)
    assert "The sources disagree:" in text and "640" in text and "Author 2022, 2022; published later" in text
    html = evidence_panel.closing(answer, ())
    assert html.count('class="cite"') == 2 and "460 seats" in html and "640 seats" in html
    assert "来源说法不一" in html and "Author 2021" in html and html.count("newer is not always right</span>") == 1


@pytest.mark.parametrize(
    ("question", "one", "other", "kind"),
    [
        (
            "When was the lighthouse of Corrin built?",
            "The lighthouse of Corrin was built in 1831.",
            "The lighthouse of Corrin was built in 1846, of slate.",
            "date",
        ),
        (
            "Did the price of raw wool rise or fall in spring at Thornley?",
            "The price of raw wool rose in spring at Thornley.",
            "The price of raw wool fell in spring at Thornley.",
            "opposite",
        ),
        (
            "Did the council of Wexley approve the bypass?",
            "The council of Wexley approved the bypass on Monday.",
            "The council of Wexley did not approve the bypass on Monday.",
            "negation",
        ),
        (
            "竹溪湖边用落叶松建成的玻璃展亭由谁设计？",
            "竹溪湖边用落叶松建成的玻璃展亭由顾晓岚设计。",
            "竹溪湖边用落叶松建成的玻璃展亭由马天行设计。",
            "name",
        ),
        (
            "今年春季柳泉的羊毛价格是涨还是跌？",
            "今年春季柳泉的羊毛价格上涨。",
            "今年春季柳泉的羊毛价格下跌。",
            "opposite",
        ),
        (
            "Who won the Lyme regatta of 2019?",
            "Ada Quill beat Nora Pell in the final to win the Lyme regatta of 2019.",
            "Sofia Lindqvist beat Nora Pell in the final of the Lyme regatta of 2019.",
            "name",
        ),
        (
            "Who acquired the map service Lumen of Varnby?",
            "The map service Lumen of Varnby was acquired by Harrow in 2014.",
            "Tern purchased the map service Lumen of Varnby in 2014.",
            "name",
        ),
        (
            "What was the revenue of Lumen in Q3 2019?",
            "The third-quarter revenue of Lumen in 2019 was $6.3 billion.",
            "The third-quarter revenue of Lumen in 2019 was $1.3 billion.",
            "figure",
        ),
    ],
)
def test_a_date_a_direction_a_negation_or_a_name_can_be_what_sources_disagree_on(
    tmp_path: Path, question: str, one: str, other: str, kind: str
) -> None:
    answer = asked(tmp_path, question, one, other)
    assert [conflict.kind for conflict in answer.conflicts] == [kind]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How much honey do the beekeepers of Lyme produce?",
            "In 2019 the beekeepers of Lyme produced 12 tonnes of honey.",
            "In 2023 the beekeepers of Lyme produced 15 tonnes of honey.",
        ),
        (
            "How high is the waterfall at Grunn?",
            "The waterfall at Grunn is 100 metres high.",
            "The waterfall at Grunn is 0.1 km high, in two steps.",
        ),
        (
            "How many visitors does the castle of Roan have?",
            "The castle of Roan has about 50,000 visitors a year.",
            "The castle of Roan has 48,700 visitors a year.",
        ),
        (
            "Who leads the museum of clocks?",
            "The museum of clocks is led by Sofia Lindqvist and has 12 rooms.",
            "The museum of clocks is led by Sofia Lindqvist and has 14 rooms.",
        ),
        (
            "Who won the women's singles at Lyme in 2019?",
            "Ada Quill won the women's singles at Lyme in 2019.",
            "Tom Pell won the men's singles at Lyme in 2019.",
        ),
    ],
    ids=["other times", "other units", "a rounded figure", "not what was asked", "the other of two"],
)
def test_no_conflict_is_told_where_there_is_none(tmp_path: Path, question: str, one: str, other: str) -> None:
    assert asked(tmp_path, question, one, other).conflicts == ()


def test_one_source_does_not_disagree_with_itself(index: Index) -> None:
    answer = Assistant(index, None, "none").ask("When was the harbour of Osmund opened, and who came in 2019?")
    assert answer.conflicts == ()


@pytest.mark.parametrize(
    ("question", "answer", "texts", "says"),
    [
        (
            "《石桥》这部电影由谁执导？",
            "《石桥》这部电影由俞岚执导。",
            ("《石桥》这部电影很老，由俞岚执导。", "《石桥》这部电影是由陆青野执导的。"),
            ("俞岚", "陆青野"),
        ),
        (
            "Who directed The Lamp of Orne?",
            "The Lamp of Orne was directed by Ada Quill.",
            (
                "The Lamp of Orne is a film of 1990 directed by Ada Quill and shot in the hills.",
                "Among the films of Orne, The Lamp of Orne was directed by Tom Reyes and released in May.",
            ),
            ("Ada Quill", "Tom Reyes"),
        ),
        (
            "《石桥》的导演是谁？",
            "《石桥》的导演是俞岚。",
            ("《石桥》由俞岚执导。", "《木桥》由陆青野执导，与《石灯》同年上映。"),
            None,
        ),
    ],
)
def test_another_name_in_the_place_of_the_answers_is_a_disagreement(
    tmp_path: Path, question: str, answer: str, texts: tuple[str, str], says: tuple[str, str] | None
) -> None:
    found = asked(tmp_path, question, *texts, says=answer).conflicts
    assert [set(one.says) for one in found] == ([set(says)] if says else [])


def test_what_another_source_says_otherwise_does_not_take_a_sentence_from_its_own(tmp_path: Path) -> None:
    texts = [f"统计显示，2019年林城出生1465人，人口出生率为{rate}%，比上年低。" for rate in ("10.4", "5.4")]
    answer = asked(tmp_path, "2019年林城的人口出生率是多少？", *texts, says="2019年林城人口出生率为5.4%。")
    assert answer.status == "answered"
    assert [set(found.says) for found in answer.conflicts] == [{"10.4", "5.4"}]


def test_copies_with_one_word_in_the_place_of_another_are_both_read_and_shown(tmp_path: Path) -> None:
    texts = [
        f"Bridge Song, shot in the hills of Orne in the spring of 1990, is a {kind}."
        for kind in ("documentary", "comedy")
    ]
    answer = asked(
        tmp_path, "What is the genre of Bridge Song?", *texts, says="The genre of Bridge Song is documentary."
    )
    assert [set(one.says) for one in answer.conflicts] == [{"documentary", "comedy"}]


def test_sentences_that_leave_the_subject_to_the_one_before_may_disagree(index: Index) -> None:
    parts, asked_of = [], np.array([0.9, 0.1, 0.9, 0.05], np.float32)
    for number, people in enumerate(("459", "1,234"), start=1):
        first = "Orne Township is one of the sixteen townships of Lyme County."
        text = f"{first} As of the census of 2010 the population was {people}."
        source = Source(
            str(number), f"{number}.txt", "Orne Township", None, None, None, "2024", "en", "text/plain", text
        )
        evidence = Evidence(number, source, 0, len(text), text, 0.8, None)
        parts += [Part(evidence, 0, len(first)), Part(evidence, len(first) + 1, len(text))]
    read = Parts(tuple(parts), np.ones((4, 1), np.float32), asked_of)
    (found,) = conflicts_in(index, "What is the population of Orne Township?", read)
    assert set(found.says) == {"459", "1,234"}


@pytest.mark.parametrize(
    ("question", "one", "other", "says"),
    [
        (
            "What was the birth date of Ada Quill?",
            "Ada Quill was born in the spring of 1885 in Lyme.",
            "In 1900 Ada Quill was born at Roan Castle.",
            [("1885", "1900")],
        ),
        (
            "Where was the fair of Orne in 2019?",
            "In 2019 the fair of Orne was held in Lyme.",
            "People say the fair of Orne took place at Roan Castle that year.",
            [("Lyme", "Roan Castle")],
        ),
        (
            "2019年的柳泉灯会在哪里举办？",
            "2019年的柳泉灯会在青石县举办，来了很多人。",
            "据介绍，这一年的柳泉灯会是在白沙镇举行的。",
            [("青石县", "白沙镇")],
        ),
        (
            "Where was the fair of Orne in 2019?",
            "In 2019 the fair of Orne was held in Lyme.",
            "That year the fair of Orne took place at Lyme Castle.",
            [],
        ),
        (  # a year in which it was held is not when it was founded
            "When was the fair of Orne founded?",
            "The fair of Orne was founded in 1831.",
            "In 2013 the people of Lyme came to see the fair of Orne.",
            [],
        ),
        (
            "When was the fair of Orne founded?",
            "The fair of Orne was founded in 1831.",
            "The people of Lyme created the fair of Orne in 1846, it is said.",
            [("1831", "1846")],
        ),
    ],
)
def test_two_places_or_years_of_one_thing_disagree_however_it_is_put(
    index: Index, question: str, one: str, other: str, says: list[tuple[str, str]]
) -> None:
    sources = [
        Source(str(n), f"{n}.txt", "", None, None, None, "2024-01-01", "en", "text/plain", text)
        for n, text in enumerate((one, other))
    ]
    parts = tuple(
        Part(Evidence(n, of, 0, len(of.text), of.text, 1.0, None), 0, len(of.text)) for n, of in enumerate(sources, 1)
    )
    alike = Parts(parts, np.ones((2, 1), np.float32), np.ones(2, np.float32))
    assert [found.says for found in conflicts_in(index, question, alike)] == says
