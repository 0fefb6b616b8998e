"""What a typed program that calls Yiju looks like; `make check` runs mypy --strict over it, and nothing runs it."""

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableLambda

from assistant import Answer, Assistant, Citation, Event, EvidenceFound, Sentence, SentenceVerified, TextWritten
from index import Embedder, Hit, Index, Outcome, Source, YijuError


def ask(folder: str, model: BaseChatModel, embedding: Embedder) -> dict[str, object]:
    with Assistant.open(folder, model=model, embedding=embedding, strictness="strict") as yiju:
        outcomes: list[Outcome] = yiju.add("papers/", prune=True, progress=lambda now: print(now.done, now.files))
        try:
            first = yiju.ask("Who leads it?", where={"language": "zh"})
        except YijuError as error:
            print(error, len(outcomes))
            raise
        follow_up: Answer = yiju.ask("And before?", history=[first, "Who else?"], config={"tags": ["mine"]})
        sentences: tuple[Sentence, ...] = follow_up.sentences
        quotes: list[str] = [citation.quote for citation in follow_up.citations]
        print(sentences, quotes, follow_up.to_markdown("zh"))
        return follow_up.to_dict()


def shown(event: Event) -> str:
    if isinstance(event, EvidenceFound):
        return ", ".join(one.source.title for one in event.evidence)
    if isinstance(event, TextWritten):
        return event.text
    if isinstance(event, SentenceVerified):
        cited: tuple[Citation, ...] = event.citations
        return f"{event.sentence.verdict} {len(cited)}"
    return event.status


def status(answer: Answer) -> str:
    return answer.status


async def in_a_chain(yiju: Assistant) -> list[str]:
    chain = yiju | RunnableLambda(status)
    one: Answer = yiju.with_config(tags=["mine"]).invoke({"question": "Who?", "history": ["What?"]})
    other: Answer = await yiju.ainvoke("Who?")
    texts = [shown(event) for event in yiju.stream("Who?", where={"source": ["ab"]})]
    texts += [shown(event) async for event in yiju.astream("Who?")]
    said: list[str] = chain.batch(["Who?", "When?"])
    return [one.status, other.status, *texts, *said]


def search(folder: str) -> list[str]:
    with Index.open(folder) as index:
        hits: list[Hit] = index.search("tea", k=3, where={"published": ("2021", None)})
        sources: list[Source] = index.sources()
        documents = index.as_retriever(k=4).invoke("tea")
        return (
            [hit.passage.text for hit in hits]
            + [one.title for one in sources]
            + [one.page_content for one in documents]
        )
