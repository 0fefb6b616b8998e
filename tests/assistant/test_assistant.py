"""An assistant in another's program: as a Runnable of LangChain's, with its callbacks, from several threads."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda, RunnableParallel, RunnablePassthrough

from assistant import Answer, Assistant, Event, EvidenceFound, SentenceVerified, TextWritten
from index import Index, YijuError
from index.progress import Progress
from tests.fakes import ScriptedModel, WordEmbedder

QUESTION = "How many arches has the old bridge?"
SAYS = "The bridge has seven arches."


@pytest.fixture
def yiju(index: Index) -> Assistant:
    return Assistant(index, ScriptedModel(text=SAYS), "scripted")


class Recorder(BaseCallbackHandler):
    """Writes down every run: its name, its parent's, and with what it began and ended."""

    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}
        self.parents: dict[str, list[str]] = {}
        self.given: dict[str, Any] = {}
        self.gave: dict[str, Any] = {}
        self.tags: dict[str, list[str]] = {}
        self.metadata: dict[str, dict[str, Any]] = {}
        self.errors: dict[str, BaseException] = {}
        self.tokens = ""

    def _begin(self, given: object, run_id: UUID, parent_run_id: UUID | None, name: str, **said: Any) -> None:
        self.names[run_id] = name
        self.parents.setdefault(name, []).append(self.names[parent_run_id] if parent_run_id else "")
        self.given[name] = given
        self.tags[name] = said["tags"] or []
        self.metadata[name] = said["metadata"] or {}

    def on_chain_start(self, serialized: Any, inputs: Any, **said: Any) -> None:
        self._begin(inputs, **said)

    def on_retriever_start(self, serialized: Any, query: str, **said: Any) -> None:
        self._begin(query, **said)

    def on_chat_model_start(self, serialized: Any, messages: list[list[BaseMessage]], **said: Any) -> None:
        self._begin(messages, **(said | {"name": said.get("name") or serialized["name"]}))

    def on_llm_new_token(self, token: Any, **said: Any) -> None:
        self.tokens += token

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **said: Any) -> None:
        self.gave[self.names[run_id]] = outputs

    on_retriever_end = on_chain_end
    on_llm_end = on_chain_end

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **said: Any) -> None:
        self.errors[self.names[run_id]] = error

    on_retriever_error = on_chain_error
    on_llm_error = on_chain_error


# Runs


def test_each_stage_is_a_run_under_its_question_and_the_model_s_runs_stand_under_their_stage(yiju: Assistant) -> None:
    heard = Recorder()
    answer = yiju.ask(QUESTION, config={"callbacks": [heard]})
    assert heard.parents == {
        "yiju": [""],
        "yiju.evidence": ["yiju"],
        "yiju.gate": ["yiju"],
        "ScriptedModel": ["yiju.gate", "yiju.write", "yiju.verify"],
        "yiju.write": ["yiju"],
        "yiju.verify": ["yiju"],
        "yiju.conflicts": ["yiju"],
    }
    assert heard.gave.keys() == heard.parents.keys() and not heard.errors
    assert heard.given["yiju"] == QUESTION and heard.gave["yiju"] is answer
    assert heard.gave["yiju.gate"]["answer"] is True
    assert heard.gave["yiju.write"] == {"text": SAYS}
    assert heard.gave["yiju.verify"]["sentences"][0]["verdict"] == "supported"


def test_the_search_is_a_retriever_s_run_with_documents_that_say_where_they_stand(yiju: Assistant) -> None:
    heard = Recorder()
    yiju.ask(QUESTION, config={"callbacks": [heard]})
    found = heard.gave["yiju.evidence"]
    assert heard.given["yiju.evidence"] == QUESTION and found
    for one in found:
        assert isinstance(one, Document)
        source = yiju.index.source(one.metadata["source_id"])
        assert source and source.text[one.metadata["start"] : one.metadata["end"]] == one.page_content


def test_tags_and_metadata_reach_every_run_and_a_run_s_name_only_the_first(yiju: Assistant) -> None:
    heard = Recorder()
    named = yiju.with_config(run_name="desk", tags=["mine"], metadata={"person": "ada"})
    named.invoke(QUESTION, {"callbacks": [heard]})
    assert heard.parents["desk"] == [""] and heard.parents["yiju.gate"] == ["desk"]
    assert all("mine" in tags for tags in heard.tags.values())
    assert all(said["person"] == "ada" for said in heard.metadata.values())


def test_a_follow_up_is_understood_in_a_run_of_its_own(yiju: Assistant) -> None:
    heard = Recorder()
    yiju.ask("What was it built of?", history=[QUESTION], config={"callbacks": [heard]})
    assert heard.parents["yiju.understand"] == ["yiju"]
    assert heard.gave["yiju.understand"]["question"] == heard.given["yiju.evidence"] != "What was it built of?"


def test_without_a_model_the_quotes_are_a_stage_and_of_what_is_refused_nothing_is_written(index: Index) -> None:
    quoting, refusing = Recorder(), Recorder()
    Assistant(index, None, "none").ask(QUESTION, config={"callbacks": [quoting]})
    assert list(quoting.parents) == ["yiju", "yiju.evidence", "yiju.gate", "yiju.quote", "yiju.conflicts"]
    model = ScriptedModel(text=SAYS, verdicts=["No"])
    Assistant(index, model, "scripted").ask(QUESTION, config={"callbacks": [refusing]})
    # There are sources in Chinese, too, of which it is asked once more.
    names = ["yiju", "yiju.evidence", "yiju.gate", "ScriptedModel", "yiju.repair", "yiju.translate"]
    assert list(refusing.parents) == names


def test_a_failure_is_told_to_the_runs_that_it_ends(index: Index) -> None:
    class Failing(ScriptedModel):
        def _reply(self, messages: list[BaseMessage]) -> str:
            raise TimeoutError("the server did not answer")

    heard = Recorder()
    with pytest.raises(YijuError, match="the server did not answer"):
        Assistant(index, Failing(), "failing").ask(QUESTION, config={"callbacks": [heard]})
    assert list(heard.errors) == ["Failing", "yiju.gate", "yiju"]
    empty = Recorder()
    with pytest.raises(YijuError, match="The question is empty"):
        Assistant(index, None, "none").ask(" ", config={"callbacks": [empty]})
    assert list(empty.errors) == ["yiju.evidence", "yiju"]


def test_a_reader_that_leaves_ends_every_run_without_an_error(yiju: Assistant) -> None:
    heard = Recorder()
    for event in yiju.stream(QUESTION, {"callbacks": [heard]}):
        if isinstance(event, TextWritten):
            break
    del event
    assert heard.gave.keys() >= {"yiju", "yiju.write"} and "yiju.verify" not in heard.parents
    assert not heard.errors.keys() & {"yiju", "yiju.write"}


def test_the_callbacks_of_what_calls_it_are_inherited(yiju: Assistant) -> None:
    heard = Recorder()
    asks = RunnableLambda(lambda question: yiju.ask(str(question)).status, name="desk")
    assert asks.invoke(QUESTION, {"callbacks": [heard]}) == "answered"
    assert heard.parents["yiju"] == ["desk"] and heard.parents["yiju.gate"] == ["yiju"]


# As a Runnable


def status(answer: Answer) -> str:
    assert isinstance(answer, Answer)
    return answer.status


def test_it_is_a_runnable_from_a_question_to_an_answer(yiju: Assistant) -> None:
    assert isinstance(yiju, Runnable)
    assert yiju.invoke(QUESTION).sentences == yiju.ask(QUESTION).sentences
    assert [one.status for one in yiju.batch([QUESTION, {"question": QUESTION}])] == ["answered", "answered"]
    properties = yiju.get_input_jsonschema()["anyOf"]
    assert {"type": "string"} in properties
    assert yiju.get_output_jsonschema()["$defs"]["Answer"]["required"][:3] == ["question", "status", "sentences"]


def test_a_chain_takes_the_answer_whether_it_is_invoked_or_streamed(yiju: Assistant) -> None:
    chain = RunnablePassthrough() | yiju | RunnableLambda(status)
    assert chain.invoke(QUESTION) == "answered" and list(chain.stream(QUESTION)) == ["answered"]
    branch = RunnableBranch((lambda question: not question, RunnableLambda(lambda _: None)), yiju)
    kept = RunnableParallel(answer=yiju.with_retry(), question=RunnablePassthrough())
    others = [
        branch | RunnableLambda(status),
        yiju.with_config(tags=["mine"]) | RunnableLambda(status),
        yiju.with_fallbacks([yiju]) | RunnableLambda(status),
        RunnableLambda(lambda _: yiju) | RunnableLambda(status),
        kept | RunnableLambda(lambda both: status(both["answer"])),
    ]
    for other in others:
        assert other.invoke(QUESTION) == "answered" and list(other.stream(QUESTION)) == ["answered"]


def test_it_streams_the_same_events_with_and_without_an_event_loop(yiju: Assistant) -> None:
    async def streamed() -> list[Event]:
        return [event async for event in yiju.astream(QUESTION)]

    events, awaited = list(yiju.stream(QUESTION)), asyncio.run(streamed())
    assert [type(one) for one in events] == [type(one) for one in awaited]
    assert type(events[0]) is EvidenceFound and type(events[-1]) is Answer
    assert events[:-1] == awaited[:-1]


def test_langchain_s_own_events_hold_the_stages_and_ours(yiju: Assistant) -> None:
    async def heard() -> list[Any]:
        chain = yiju | RunnableLambda(status)
        return [event async for event in chain.astream_events(QUESTION, version="v2")]

    events = asyncio.run(heard())
    begun = [one["name"] for one in events if one["event"].endswith("_start")]
    assert begun.count("ScriptedModel") == 3 and {"yiju", "yiju.evidence", "yiju.write", "yiju.verify"} <= set(begun)
    ours = [one["data"]["chunk"] for one in events if one["event"] == "on_chain_stream" and one["name"] == "yiju"]
    assert [type(one) for one in ours if not isinstance(one, TextWritten)] == [EvidenceFound, SentenceVerified, Answer]


def test_an_asynchronous_reader_may_leave(yiju: Assistant) -> None:
    async def first(events: AsyncIterator[Event]) -> Event:
        async for event in events:
            return event
        raise AssertionError("there was none")

    assert isinstance(asyncio.run(first(yiju.astream(QUESTION))), EvidenceFound)
    assert asyncio.run(yiju.ainvoke(QUESTION)).status == "answered"


def test_a_dictionary_brings_its_sources_and_what_was_said_before(yiju: Assistant) -> None:
    (tea,) = (source for source in yiju.index.sources() if source.language == "zh")
    asked = {"question": QUESTION, "where": {"source": [tea.id]}}
    assert {one.source_id for one in yiju.invoke(asked).nearest} <= {tea.id}  # type: ignore[arg-type]
    said = [SystemMessage("Be brief."), HumanMessage(QUESTION), AIMessage(SAYS)]
    answer = yiju.invoke({"question": "What was it built of?", "history": said})
    assert "bridge" in answer.standalone and answer.question == "What was it built of?"
    bound = yiju.bind(where={"source": [tea.id]})
    assert {one.source_id for one in bound.invoke(QUESTION).nearest} <= {tea.id}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"input": "Who?"}, r"a dictionary of \['input'\]. Ask with a text, or with"),
        (7, "a int. Ask with a text"),
        ({"question": "Who?", "filter": {}}, "has no 'filter'. It may have: question, where, history"),
    ],
)
def test_what_is_no_question_is_refused_with_what_would_be_one(yiju: Assistant, asked: Any, message: str) -> None:
    with pytest.raises(YijuError, match=message):
        yiju.invoke(asked)


def test_sources_given_in_the_place_of_a_configuration_are_not_passed_over(yiju: Assistant) -> None:
    misplaced: Any = {"language": "zh"}
    with pytest.raises(YijuError, match=r"To choose the sources, say where=\{'language': 'zh'\}"):
        yiju.stream(QUESTION, misplaced)
    nobody: Any = [{"role": "user", "content": "Who?"}]
    with pytest.raises(YijuError, match="cannot be history. Give the answers before"):
        yiju.ask(QUESTION, history=nobody)


# Beside


def test_eight_threads_ask_and_add_at_once(tmp_path: Path, documents: Path, embedder: WordEmbedder) -> None:
    told: list[Progress] = []
    with Assistant.open(tmp_path / "shared.index", model="none", embedding=embedder) as yiju:
        yiju.add(documents, progress=told.append)
        begin = threading.Barrier(8)

        def work(number: int) -> list[Answer]:
            file = tmp_path / f"lighthouse-{number}.txt"
            file.write_text(f"The lighthouse number {number} of Osmund is {40 + number} m high and painted red.\n")
            begin.wait(30)
            (added,) = yiju.add(file)
            assert added.status == "added"
            return [yiju.ask(QUESTION), yiju.ask(f"How high is the lighthouse number {number} of Osmund?")]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(work, range(8)))
        assert len(yiju.index.sources()) == 3 + 8
    for number, (bridge, lighthouse) in enumerate(answers):
        assert any("seven arches" in one.quote for one in bridge.citations)
        assert any(f"{40 + number} m" in one.quote for one in lighthouse.citations)
    assert told[-1].done == 3


def test_it_says_what_it_is(yiju: Assistant) -> None:
    assert repr(yiju).endswith("test.index', model='scripted', strictness='normal')")
    assert repr(yiju.index.search(QUESTION, k=1)[0]).startswith("Hit(rank=1, score=0.")
    (bridge,) = (source for source in yiju.index.sources() if source.title == "The old bridge")
    assert repr(bridge).startswith("Source('The old bridge', en, /") and "granite" not in repr(bridge)


def test_its_iterator_can_be_closed(yiju: Assistant) -> None:
    events: Iterator[Event] = yiju.stream(QUESTION)
    assert isinstance(next(events), EvidenceFound)
    events.close()  # type: ignore[attr-defined]
    assert list(events) == []
