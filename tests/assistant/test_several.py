"""Questions that ask for several things: how they are taken apart, and what becomes of each part."""

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.several import SubQuestion, parts_of
from index import Index
from tests.fakes import ScriptedModel, WordEmbedder


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who built the mill? When was the dam opened?", ["Who built the mill?", "When was the dam opened?"]),
        ("Who founded Lumen Press and what does it publish?",
         ["Who founded Lumen Press?", "What does Lumen Press publish?"]),
        ("How many visitors came in 2019 and in 2021?",
         ["How many visitors came in 2019?", "How many visitors came in 2021?"]),
        ("What were the populations of Harrow and Tidewell in 1931, respectively?",
         ["What were the populations of Harrow in 1931?", "What were the populations of Tidewell in 1931?"]),
        ("What was the average depth in 2019 and 2021 respectively?",
         ["What was the average depth in 2019?", "What was the average depth in 2021?"]),
        ("Who are the editor and the owner of the Gazette?",
         ["Who is the editor of the Gazette?", "Who is the owner of the Gazette?"]),
        ("Did Norway and Sweden each win?", ["Did Norway win?", "Did Sweden win?"]),
        ("谁写了“你是谁？”？石桥是谁设计的？", ["谁写了“你是谁？”？", "石桥是谁设计的？"]),
        ("石桥是谁设计的，它有多长？", ["石桥是谁设计的？", "石桥有多长？"]),
        ("云雀科技的馆长是谁，她毕业于哪里？", ["云雀科技的馆长是谁？", "云雀科技的馆长毕业于哪里？"]),
        ("石桥的造价是多少，总长多少？", ["石桥的造价是多少？", "石桥总长多少？"]),
        ("2019年和2021年的游客有多少？", ["2019年的游客有多少？", "2021年的游客有多少？"]),
        ("《潮声》的作者和译者是谁？", ["《潮声》的作者是谁？", "《潮声》的译者是谁？"]),
        ("男子和女子跳远冠军分别是谁？", ["男子跳远冠军是谁？", "女子跳远冠军是谁？"]),
        ("2020年青岭和白泽的人口分别是多少？", ["2020年青岭的人口是多少？", "2020年白泽的人口是多少？"]),
        ("2020年青岭和白泽的产量", ["2020年青岭的产量？", "2020年白泽的产量？"]),
        ("2020年青岭和白泽茶叶销量是多少？", ["2020年青岭茶叶销量是多少？", "2020年白泽茶叶销量是多少？"]),
        ("渡轮赛的第一棒和最后一棒船长分别是谁？", ["渡轮赛的第一棒船长是谁？", "渡轮赛的最后一棒船长是谁？"]),
        ("渔汛的开始和结束时间是什么时候？", ["渔汛的开始时间是什么时候？", "渔汛的结束时间是什么时候？"]),
        ("港口、大桥和隧道分别是哪一年建成的？",
         ["港口是哪一年建成的？", "大桥是哪一年建成的？", "隧道是哪一年建成的？"]),
    ],
)  # fmt: skip
def test_what_asks_for_several_things_is_taken_apart(question: str, parts: list[str]) -> None:
    assert [one.question for one in parts_of(question)] == parts


@pytest.mark.parametrize(
    "question",
    [
        "How are Harrow and Tidewell related?",
        "Which firm opened a mill in Harrow, and when?",
        "What is the research and development budget of the firm?",
        "What happened between 2019 and 2021?",
        "Who leads it? When was it built?",  # of what, nothing tells
        "What was the total of 2019 and 2020?",
        "Which of 2019 and 2020 was warmer?",
        "Which teams won in both 2019 and 2020?",
        "What do Marks and Spencer sell in each store?",
        "What were Johnson and Johnson and Pfizer's revenues respectively?",
        "2019年和2020年的总收入一共是多少？",
        "2019年和2020年哪年更热？",
        "《潮声》的作者和出版时间是什么？",
        "大会的主题和举办地点是什么？",
        "小明说“你是谁？你从哪里来？”是什么意思？",
        "石桥和木桥有什么区别？",
        "青岭与白泽的分别是什么？",
        "长时间的增长与什么有关？",
        "2020年青岭和白泽两地的产量",
        "青岭茶叶和白泽海盐的产量",  # nothing tells where the first name begins
        "有哪些人与会，其中多少是渔民？",
        "该县的水利和养殖协会是谁创办的？",
    ],
)
def test_what_asks_for_one_thing_is_left_as_it_is(question: str) -> None:
    assert parts_of(question) == (SubQuestion(question),)


QUESTION = "What was the old bridge built of? Where was the ferry sold?"


def test_each_part_is_asked_alone_and_its_sentence_stands(index: Index) -> None:
    model = ScriptedModel(text="The old bridge was built of granite.")
    answer = Assistant(index, model, "scripted").ask(QUESTION)
    assert answer.trace.parts == ("What was the old bridge built of?", "Where was the ferry sold?")
    assert [one.text for one in answer.sentences] == [
        "The old bridge was built of granite."
    ]  # written twice, told once
    assert answer.status == "answered" and answer.standalone == QUESTION


def test_a_part_that_the_sources_do_not_answer_is_named(index: Index) -> None:
    model = ScriptedModel(text="The old bridge was built of granite.", verdicts=["Yes", "No", "Yes"])
    answer = Assistant(index, model, "scripted").ask(QUESTION)
    assert answer.status == "partly"
    assert [(one.text, one.verdict) for one in answer.sentences] == [
        ("The old bridge was built of granite.", "supported"),
        ("Where was the ferry sold?", "unsupported"),
    ]
    assert answer.sentences[1].reason == "the sources do not answer this part of the question"
    assert len({one.number for one in answer.citations}) == len(answer.citations)


@pytest.mark.parametrize(
    ("question", "text", "named"),
    [
        ("2020年青岭和白泽的产量", "白泽产茶12吨。", "白泽"),
        ("2020年青岭和白泽的产量", "青岭的产量高于白泽。", ""),
        ("2020年青岭和白泽的产量", "产茶12吨。", ""),
        ("《潮声》的导演和编剧是谁？", "《潮声》的编剧是俞岚。", "编剧"),
        ("《潮声》的导演和编剧是谁？", "《潮声》由周成执导，俞岚编剧。", ""),  # in another word
        ("渔汛的开始和结束时间是什么时候？", "渔汛到九月结束。", ""),  # what begins is not named as such
        ("2019年和2021年的游客有多少？", "2021年有三万。", ""),  # years are compared for themselves
        ("Who are the editor and the owner of the Gazette?", "The owner is Ada Quill.", "owner"),
        ("Who are the editor and the owner of the Gazette?", "Landowners edit the Gazette.", ""),
        ("Who built the mill? When was the dam opened?", "The dam was opened.", ""),
    ],
)
def test_what_tells_of_another_part_is_known_by_what_that_names(question: str, text: str, named: str) -> None:
    assert parts_of(question)[0].of_another(text) == named


def test_a_part_is_read_and_answered_without_what_tells_of_the_other(tmp_path: Path, embedder: WordEmbedder) -> None:
    told = ["2020年青岭的产量是12吨。", "2020年白泽的产量是30吨。", "蜜蜂抱团过冬。", "The mill burned down."]
    with Index.open(tmp_path / "made.index", embedder) as index:
        for number, text in enumerate(told):
            (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
            index.add(tmp_path / f"{number}.txt")
        model = ScriptedModel(text="产量是30吨。")
        model.asked = []
        answer = Assistant(index, model, "scripted").ask("2020年青岭和白泽的产量")
    first = [one for one in model.asked if "Question: 2020年青岭的产量？" in one]
    assert first and all(told[0] in one and told[1] not in one for one in first)
    assert answer.status == "partly" and answer.stands == "产量是30吨。"


def test_what_one_sentence_says_of_another_part_carries_no_answer(tmp_path: Path, embedder: WordEmbedder) -> None:
    (tmp_path / "tea.txt").write_text("2020年青岭增产。2020年白泽的产量是30吨。", encoding="utf-8")
    with Index.open(tmp_path / "made.index", embedder) as index:
        index.add(tmp_path / "tea.txt")
        answer = Assistant(index, ScriptedModel(text="产量是30吨。"), "scripted").ask("2020年青岭和白泽的产量")
    assert [one.verdict for one in answer.sentences] == ["unsupported", "supported"]
    assert answer.sentences[0].reason == "the evidence says otherwise: 白泽"
