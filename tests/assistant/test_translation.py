"""A question that is asked again in the language of its sources, where nothing stands in its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage

from assistant import Answer, Assistant, EvidenceFound, SentenceVerified
from assistant.evidence import Evidence
from assistant.models import stream
from assistant.translation import is_half_translated, other_language, translated
from assistant.verify import Sentence, Verdict, Verified
from index import Index
from tests.fakes import ScriptedModel, WordEmbedder

SOURCE = "Baize渡轮在1987年秋天停航。渡口后来成了市集。"
OTHERS = ("老桥有七个桥孔。它建于明代。", "山坡上的茶园去年收了十二吨茶叶。", "蜜蜂在冬天抱成一团取暖。")
ASKED = "When did the Baize ferry stop?"
IN_CHINESE = "Baize渡轮什么时候停航？"
SAID_IN_CHINESE = "Baize渡轮在1987年停航。"
SAID = "The Baize ferry stopped in 1987."


class TwoLanguagesModel(ScriptedModel):
    """Finds answers to the questions that it translated alone."""

    translation: str = IN_CHINESE
    answer: str = SAID_IN_CHINESE  # to that question
    in_own: str = SAID  # to the one that was asked
    translations: list[str] = []

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = messages[-1].text
        if "translate" in messages[0].text:
            self.translations.append(prompt)
            return self.translation
        is_translated = f"Question: {self.translation}\n" in prompt
        if "Do the sources contain" in prompt:
            return "Yes" if is_translated else "No"
        if "Reply Yes or No" in prompt:
            return "Yes"
        return self.answer if is_translated else self.in_own


class DoubtfulModel(TwoLanguagesModel):
    """Finds answers, and doubts what it says in another language of more than a sentence."""

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = messages[-1].text
        if "Reply Yes or No" in prompt:
            return "No" if "Proposed answer" in prompt and ASKED in prompt and SOURCE in prompt else "Yes"
        return super()._reply(messages)


class Heard(BaseCallbackHandler):
    """Counts the pieces of replies."""

    pieces = 0

    def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
        self.pieces += 1


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "test.index", WordEmbedder()) as made:
        for number, text in enumerate([SOURCE, *OTHERS]):
            (tmp_path / f"{number}.txt").write_text(f"{text}\n", encoding="utf-8")
            made.add(tmp_path / f"{number}.txt")
        yield made


def ask(index: Index, question: str = ASKED, **given: str) -> tuple[Answer, TwoLanguagesModel]:
    model = TwoLanguagesModel(translations=[], **given)  # type: ignore[arg-type]
    return Assistant(index, model, "two").ask(question), model


def test_what_the_sources_answer_in_their_language_is_told_in_that_of_the_question(index: Index) -> None:
    answer, _ = ask(index)
    assert answer.status == "answered" and answer.stands == SAID
    assert [one.quote for one in answer.citations] == ["Baize渡轮在1987年秋天停航。"]
    assert answer.question == answer.standalone == ASKED
    assert answer.trace.translated == (IN_CHINESE,)


def test_what_was_struck_and_stands_by_what_carries_it_is_told_once(index: Index) -> None:
    *events, answer = Assistant(index, DoubtfulModel(), "doubtful").stream(ASKED)
    assert [one.sentence.verdict for one in events if isinstance(one, SentenceVerified)] == ["unsupported", "supported"]
    assert isinstance(answer, Answer) and answer.status == "answered"
    assert [one.text for one in answer.sentences] == [SAID]


@pytest.mark.parametrize("rendered", ["The Baize ferry stopped in 1978.", ""])  # another year; nothing
def test_where_that_does_not_stand_it_is_told_as_the_sources_do(index: Index, rendered: str) -> None:
    answer, _ = ask(index, in_own=rendered)
    assert answer.status == "answered" and answer.stands == SAID_IN_CHINESE


@pytest.mark.parametrize("translation", ["When did the ferry stop?", "Baize渡轮在1987年停航吗？", "", "问" * 99])
def test_what_cannot_be_a_translation_is_not_asked(index: Index, translation: str) -> None:
    answer, model = ask(index, translation=translation)
    assert answer.status == "refused" and answer.trace.translated == ()
    assert model.translations == [ASKED]


class OwnWordsModel(TwoLanguagesModel):
    """Answers in the words of what it reads, but for the very sentence that it answers from."""

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = messages[-1].text
        if "Reply Yes or No" in prompt:
            return "Yes"
        return self.translation if "translate" in messages[0].text else SAID_IN_CHINESE if SOURCE in prompt else SAID


def test_what_is_not_told_in_the_language_of_the_question_is_told_again_in_it(index: Index) -> None:
    answer = Assistant(index, OwnWordsModel(), "own").ask(ASKED)
    assert answer.status == "answered" and [one.text for one in answer.sentences] == [SAID]
    answer = Assistant(index, OwnWordsModel(), "own").ask(IN_CHINESE)
    assert [one.text for one in answer.sentences] == [SAID_IN_CHINESE]


@pytest.mark.parametrize(
    ("text", "question", "verdict", "is_so"),
    [
        ("桥本甲状腺炎", "Name a common disease.", "supported", True),
        ("桥本甲状腺炎", "Name a common disease.", "unsupported", False),
        ("Hashimoto disease of the thyroid gland", "举一种病。", "partly", True),
        ("Charles Francis Richter", "谁提出了震级？", "supported", False),
        ("里希特", "谁提出了震级？", "supported", False),
    ],
)
def test_only_what_a_reader_of_the_question_may_not_read_is_half_translated(
    text: str, question: str, verdict: Verdict, is_so: bool
) -> None:
    assert is_half_translated(Verified(Sentence(text, (1,), verdict, 1.0, ""), ()), question) == is_so


def test_a_question_in_the_language_of_its_sources_is_not_translated(index: Index) -> None:
    answer, model = ask(index, question="Baize渡轮有多少个座位？")
    assert answer.status == "refused" and model.translations == []


def test_a_question_that_is_answered_is_not_translated(index: Index) -> None:
    answer, model = ask(index, question=IN_CHINESE)
    assert answer.status == "answered" and model.translations == []


def evidence_of(index: Index, model: TwoLanguagesModel, question: str) -> list[tuple[Evidence, ...]]:
    events = Assistant(index, model, "two").stream(question)
    return [one.evidence for one in events if isinstance(one, EvidenceFound)]


def test_across_languages_it_is_searched_for_in_both_before_anything_is_read(index: Index) -> None:
    found, again = evidence_of(index, TwoLanguagesModel(translation="老桥有几个桥孔？"), ASKED)
    assert OTHERS[0] in {one.text for one in again} - {one.text for one in found}
    assert [one.number for one in again] == list(range(1, len(again) + 1))


def test_what_another_language_holds_is_asked_for_there_where_the_questions_own_has_no_answer(
    index: Index, tmp_path: Path
) -> None:
    text = "The old lift was closed in 1987. It had carried miners."
    (tmp_path / "lift.txt").write_text(text, encoding="utf-8")
    index.add(tmp_path / "lift.txt")
    model = TwoLanguagesModel(
        translation="When was the old lift closed?", answer="The old lift was closed in 1987.", in_own=""
    )
    question = "山坡上的茶园是什么时候关闭的？"
    answer = Assistant(index, model, "two").ask(question)
    assert answer.stands == "The old lift was closed in 1987." and answer.trace.translated == (model.translation,)
    found, again = evidence_of(index, model, question)
    assert again[: len(found)] == found  # what was read keeps its numbers
    assert text in {one.text for one in again[len(found) :]}


def test_the_language_to_ask_in_is_that_of_most_passages_beside_the_questions_own(index: Index) -> None:
    hits = index.search(IN_CHINESE)
    assert other_language(ASKED, hits) == "zh"
    assert other_language(IN_CHINESE, hits) is None
    assert other_language("Baize", hits) is None  # a bare name is in no language
    assert other_language(ASKED, []) is None


def test_a_large_figure_is_translated_with_its_scale(index: Index) -> None:
    asked = "Which ferry carried 65 billion grains?"
    model = TwoLanguagesModel(translation="哪条渡轮运了65亿粒？")
    assert translated(index, asked, "zh", model) == "哪条渡轮运了650亿粒？"


def test_a_translation_keeps_the_figures(index: Index) -> None:
    model = ScriptedModel(text="“1987年什么停航了？”\n（译文）")
    assert translated(index, "What stopped in 1987?", "zh", model) == "1987年什么停航了？"
    assert translated(index, "What stopped in 1978?", "zh", model) is None


@pytest.mark.parametrize(("says", "kept"), [("Yes", True), ("No", False)])
def test_a_translation_names_what_the_question_does(index: Index, says: str, kept: bool) -> None:
    model = ScriptedModel(text="瓦恩比港什么时候关闭？", verdicts=[says])
    assert (translated(index, "When was the port of Osmund closed?", "zh", model) is not None) == kept
    assert "Osmund" in model.asked[-1] and "瓦恩比港" in model.asked[-1]
    model = ScriptedModel(text="Osmund港什么时候关闭？", verdicts=["No"])
    assert translated(index, "When was the port of Osmund closed?", "zh", model)  # as it is written: nothing to ask


def test_a_translation_without_end_is_cut_off_and_a_long_text_is_not_translated(index: Index) -> None:
    model = ScriptedModel(text="阿里·本·" * 99)
    written = [chunk.text for chunk in stream(model, [HumanMessage("?")])]
    heard = Heard()
    assert translated(index, "Who is Ali?", "zh", model, {"callbacks": [heard]}) is None
    assert 0 < heard.pieces < len(written) / 4
    assert translated(index, "Who? " * 61, "zh", ScriptedModel(text="谁？")) is None
    assert translated(index, "Who? " * 9, "zh", ScriptedModel(text="谁？")) == "谁？"


def test_a_name_with_its_characters_beside_is_named_once(index: Index) -> None:
    model = ScriptedModel(text="陈远航（陈远航）还设计了什么？")
    assert translated(index, "What else did Chen Yuanhang (陈远航) design?", "zh", model) == "陈远航还设计了什么？"


@pytest.mark.parametrize(
    ("question", "told", "asked"),
    [
        ("Where was WuDao trained?", "悟道在青岭训练。", "悟道在哪里训练？"),
        ("Where was WuDao trained?", "武道在青岭训练，悟道在别处。", "武道在哪里训练？"),  # both are told
        ("Where was WuDao trained?", "老桥有七个桥孔。", "武道在哪里训练？"),
        ("Where was Wu trained?", "吴在青岭训练。", "武道在哪里训练？"),  # one syllable stands in any text
    ],
)
def test_a_translated_question_names_by_the_characters_of_its_sources(
    index: Index, question: str, told: str, asked: str
) -> None:
    model = TwoLanguagesModel(translation="武道在哪里训练？")
    assert translated(index, question, "zh", model, None, told) == asked
