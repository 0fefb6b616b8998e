"""What a model nearly wrote: which places are looked into, what repairs an answer, and what another source says."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from assistant import Answer, Assistant
from assistant.embedded import EmbeddedChatModel
from assistant.models import Token, tokens_of
from assistant.wavering import beginnings
from index import Index
from tests.fakes import WordEmbedder, yes_or_no

WON = "The Swift won the regatta of Lyme in 1990."
Wrote = list[tuple[str, dict[str, float]]]  # each token, and others with their probabilities


class WaveringModel(EmbeddedChatModel):
    """Writes these tokens, and from another beginning what belongs to it; says Yes but to what is doubted."""

    wrote: Wrote = []
    rest: dict[str, str] = {}
    doubted: list[str] = []
    begun: list[str] = []

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        last = messages[-1].text
        if isinstance(messages[-1], AIMessage):
            self.begun.append(last)
            return ChatResult(generations=[ChatGeneration(message=AIMessage(last + self.rest[last]))])
        return yes_or_no(-9.0 if any(f"Proposed answer: {one}" in last for one in self.doubted) else 9.0)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        assert kwargs["logprobs"]
        for text, others in self.wrote:
            likely = {text: 1 - sum(others.values()), **others}
            top = [{"token": one, "logprob": math.log(p)} for one, p in likely.items()]
            metadata = {"logprobs": {"content": [{"token": text, "top_logprobs": top}]}}
            yield ChatGenerationChunk(message=AIMessageChunk(content=text, response_metadata=metadata))


def written(*tokens: str | tuple[str, dict[str, float]]) -> Wrote:
    return [(one, {}) if isinstance(one, str) else one for one in tokens]


def begun(tokens: Wrote, question: str, evidence: str) -> list[str]:
    sentence = "".join(text for text, _ in tokens).strip()
    return beginnings([Token(text, tuple(o.items())) for text, o in tokens], sentence, question, evidence)


SAILED = written("The", (" Swift", {" Her": 0.2}), " won", " the", " regatta", " in", (" 199", {" 198": 0.1}), "0", ".")
EVIDENCE = "The Swift won the regatta in 1990. The Heron won the regatta in 1985."


def test_another_answer_begins_where_the_model_found_another_likely() -> None:
    assert begun(SAILED, "What won the regatta?", EVIDENCE) == ["The Her", "The Swift won the regatta in 198"]


def test_what_the_evidence_does_not_hold_begins_no_answer() -> None:
    assert begun(SAILED, "What won the regatta?", "The Swift won the regatta in 1990.") == []


def test_of_a_question_for_a_time_only_figures_and_names_are_looked_into() -> None:
    tokens = written("It", " opened", " in", (" 1990", {" spring": 0.2, " May": 0.2, " 1985": 0.1}), ".")
    told = "It opened in spring. It opened in May. It opened in 1985 and in 1990."
    assert begun(tokens, "When did it open?", told) == ["It opened in May", "It opened in 1985"]


def test_what_was_hardly_likely_is_not_looked_into() -> None:
    tokens = written("The", (" Swift", {" Heron": 0.01}), " won", ".")
    assert begun(tokens, "What won the regatta?", EVIDENCE) == []


@pytest.mark.parametrize(
    ("place", "others", "found"),
    [
        ("江苏", {"广州": 0.2}, ["冠军是广州"]),
        ("江苏", {"是": 0.2}, []),  # a word that only joins others
        ("江苏", {"上海": 0.2}, []),  # in no source
        ("冠军", {"广州": 0.2}, []),  # the place of a word of the question
    ],
)
def test_chinese_answers_waver_too(place: str, others: dict[str, float], found: list[str]) -> None:
    tokens = written("冠军", "是", (place, others), "队", "。")
    assert begun(tokens, "冠军是谁？", "冠军是江苏队。广州队获得冠军。") == found


def test_the_second_half_of_a_word_is_a_place_of_its_own() -> None:
    tokens = written("The", " Sw", ("ift", {"allow": 0.2}), " won", ".")
    assert begun(tokens, "What won?", "The Swift won. The Swallow won.") == ["The Swallow"]


def test_a_model_that_tells_no_probabilities_has_no_tokens() -> None:
    assert tokens_of(AIMessageChunk(content="The Swift won.")) == []


OTHERS = ("The old bridge has seven arches.", "Bees keep warm in winter.", "茶园去年的产量是12吨。", "蜜蜂抱团过冬。")


def opened(folder: Path, *texts: str) -> Index:
    index = Index.open(folder / "test.index", WordEmbedder())
    for number, text in enumerate([*texts, *OTHERS]):
        (folder / f"{number}.txt").write_text(f"{text}\n", encoding="utf-8")
        index.add(folder / f"{number}.txt")
    return index


@pytest.fixture
def regatta(tmp_path: Path) -> Iterator[Index]:
    with opened(tmp_path, WON, "The Heron won the regatta of Lyme in 1990.") as index:
        yield index


ANSWERED = written("The", (" Swift", {" Heron": 0.2}), " won", " the", " regatta", " of", " Lyme", " in", " 1990", ".")
REST = {"The Heron": " won the regatta of Lyme in 1990."}


def ask(index: Index, **fields: Any) -> tuple[Answer, WaveringModel]:
    model = WaveringModel(path=Path("none.gguf"), wrote=ANSWERED, rest=REST, **fields)
    model.begun = []
    return Assistant(index, model, "wavering").ask("What won the regatta of Lyme in 1990?"), model


def test_what_nothing_supports_is_repaired_by_what_was_nearly_written(regatta: Index) -> None:
    answer, _ = ask(regatta, doubted=["The Swift"])
    first, second = answer.sentences
    assert first.text == WON and first.verdict == "unsupported"
    assert second.text == "The Heron won the regatta of Lyme in 1990." and second.verdict == "supported"
    assert answer.status == "partly" and answer.citations[0].quote == second.text
    assert len(answer.trace.certainty) == 2


def test_or_by_the_evidences_own_words(regatta: Index) -> None:
    wrote = written("The", " Swift", " won", " 17", " races", ".")
    model = WaveringModel(path=Path("none.gguf"), adapter=Path("none.gguf"), wrote=wrote)
    answer = Assistant(regatta, model, "wavering").ask("What won the regatta of Lyme in 1990?")
    assert [one.verdict for one in answer.sentences] == ["unsupported", "supported"]
    assert answer.sentences[1].text == answer.citations[0].quote and answer.status == "partly"


def test_nothing_is_repaired_by_what_does_not_stand_either(regatta: Index) -> None:
    answer, model = ask(regatta, doubted=["The Swift", "The Heron"])
    assert answer.status == "refused" and len(answer.sentences) == 1 and model.begun == ["The Heron"]
