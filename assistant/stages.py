"""The stages of an answer as runs of LangChain's, so that whoever listens to its callbacks sees each of them.

A question is one run ("yiju", or its `run_name`). Under it stand, as far as they happen, "yiju.understand" (of a
follow-up), "yiju.evidence" (a retriever's run, with its documents), "yiju.translate" (then a second "yiju.evidence"),
"yiju.gate", "yiju.write", "yiju.verify" (without a model "yiju.quote"), "yiju.repair" (where nothing stands) and
"yiju.conflicts", and under these the runs of the chat model. Tags and metadata are handed down.

OpenTelemetry needs nothing of ours: what instruments LangChain's callbacks makes a span of each run. Tried with
openinference-instrumentation-langchain 0.1.80, and with opentelemetry-instrumentation-langchain 0.62.4
(`from opentelemetry.instrumentation.langchain import LangchainInstrumentor`):

    from openinference.instrumentation.langchain import LangChainInstrumentor
    LangChainInstrumentor().instrument(tracer_provider=provider)  # of the opentelemetry-sdk; then ask as ever

Spans hold questions, passages and answers: send them where these may go.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from langchain_core.documents import Document
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import get_callback_manager_for_config, patch_config

from assistant.evidence import Evidence


@dataclass
class Stage:
    """A stage under way: what its own requests are made with, and what it gave, for whoever listens."""

    config: RunnableConfig | None
    gave: dict[str, object] = field(default_factory=dict)


@dataclass
class Search:
    """A search under way, and what it found."""

    found: tuple[Evidence, ...] = ()


@contextmanager
def stage(name: str, config: RunnableConfig | None, **given: object) -> Iterator[Stage]:
    """Run what is within as a stage. A reader that goes away ends it; that is no error."""
    run = get_callback_manager_for_config(config or {}).on_chain_start(None, given, name=name)
    under_way = Stage(patch_config(config, callbacks=run.get_child()))
    try:
        yield under_way
    except GeneratorExit:
        run.on_chain_end(under_way.gave)
        raise
    except BaseException as error:
        run.on_chain_error(error)
        raise
    run.on_chain_end(under_way.gave)


@contextmanager
def searching(name: str, config: RunnableConfig | None, question: str) -> Iterator[Search]:
    """Run what is within as a retriever's run."""
    run = get_callback_manager_for_config(config or {}).on_retriever_start(None, question, name=name)
    under_way = Search()
    try:
        yield under_way
    except BaseException as error:
        run.on_retriever_error(error)
        raise
    run.on_retriever_end(_documents(under_way.found))


def _documents(evidence: Iterable[Evidence]) -> list[Document]:
    return [
        Document(
            page_content=one.text,
            metadata={
                "number": one.number,
                "score": one.score,
                "source": one.source.uri,
                "source_id": one.source.id,
                "title": one.source.title,
                "start": one.start,
                "end": one.end,
            },
        )
        for one in evidence
    ]
