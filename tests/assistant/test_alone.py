"""What one source answers that is read alone, where nothing stands that was written from all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from assistant import Answer, Assistant
from assistant.embedded import EmbeddedChatModel
from index import Index
from tests.fakes import WordEmbedder, yes_or_no

SWIFT = "In 1990 the Swift took part in the regatta of Lyme and was the first of nine boats over the line."
HERON = "The regatta of Lyme is held each May, and the Heron has looked after its boats since 1990."
OTHERS = ("The old bridge has seven arches.", "Bees keep warm in winter.", "茶园去年的产量是12吨。", "蜜蜂抱团过冬。")
ASKED = "Which boat won the regatta of Lyme in 1990?"
SWIFT_WON = "It was the Swift that won in 1990."


class AloneModel(EmbeddedChatModel):
    """Is sure of nothing that it reads beside another source, and of one source as of `alone`."""

    alone: dict[str, float] = {}
    together: float = -9.0
    read: list[str] = []

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = messages[-1].text
        self.read.append(prompt)
        sources = [text for text in (SWIFT, HERON) if text in prompt]
        odds = self.alone[sources[0]] if len(sources) == 1 else self.together
        return yes_or_no(odds)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        text = SWIFT_WON if SWIFT in messages[-1].text else "It was the Heron that won in 1990."
        yield ChatGenerationChunk(message=AIMessageChunk(content=text))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "test.index", WordEmbedder()) as made:
        for number, text in enumerate([SWIFT, HERON, *OTHERS]):
            (tmp_path / f"{number}.txt").write_text(f"{text}\n", encoding="utf-8")
            made.add(tmp_path / f"{number}.txt")
        yield made


def ask(
    index: Index, swift: float, heron: float = -9.0, question: str = ASKED, adapter: str | None = "none.gguf"
) -> tuple[Answer, AloneModel]:
    model = AloneModel(path=Path("none.gguf"), adapter=Path(adapter) if adapter else None)
    model.alone, model.read = {SWIFT: swift, HERON: heron}, []
    return Assistant(index, model, "alone").ask(question), model


def test_one_source_answers_what_all_together_did_not(index: Index) -> None:
    answer, _ = ask(index, swift=4.0)
    assert answer.status == "answered" and answer.stands == SWIFT_WON
    assert [one.quote for one in answer.citations] == [SWIFT]
    assert answer.trace.gate == -9.0  # of all together; below the line, nothing was written from them
    assert answer.trace.certainty == (8.0,)


def test_the_source_that_holds_the_answer_most_surely_is_written_from(index: Index) -> None:
    answer, _ = ask(index, swift=4.0, heron=3.5)
    assert answer.stands == SWIFT_WON


@pytest.mark.parametrize("odds", [0.4, 2.9])  # not the answer, as far as is known before writing; 5.8 after it
def test_what_is_not_certain_alone_is_no_answer(index: Index, odds: float) -> None:
    answer, _ = ask(index, swift=odds)
    assert answer.status == "refused" and answer.sentences == ()


def test_what_was_doubted_and_does_not_stand_is_not_read_for_again(index: Index) -> None:
    model = AloneModel(path=Path("none.gguf"), adapter=Path("none.gguf"), together=-2.0)
    model.alone, model.read = {SWIFT: 9.0, HERON: -9.0}, []
    answer = Assistant(index, model, "alone").ask(ASKED)
    assert answer.status == "refused" and [one.verdict for one in answer.sentences] == ["unsupported"]
    assert not [one for one in model.read if SWIFT in one and HERON not in one]


def test_a_model_that_was_not_trained_to_tell_reads_no_source_alone(index: Index) -> None:
    answer, model = ask(index, swift=9.0, adapter=None)
    assert answer.status == "refused"
    assert not [one for one in model.read if SWIFT in one and HERON not in one]


def test_a_part_of_the_question_may_be_answered_by_one_source(index: Index) -> None:
    answer, _ = ask(index, 4.0, question="Which boat won the regatta of Lyme in 1990 and when is the regatta held?")
    assert len(answer.trace.parts) == 2
    assert SWIFT_WON in answer.stands
