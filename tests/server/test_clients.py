"""Programs that people already have: the OpenAI client and LangChain's, unchanged against the interface."""

from collections.abc import Iterator

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI
from openai import OpenAI

from tests.server.serving import Served


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.address}/v1", api_key="none is needed here", max_retries=0) as made:
        yield made


def ask(client: OpenAI, question: str, **more: object) -> openai.types.chat.ChatCompletion:
    return client.chat.completions.create(model="yiju", messages=[{"role": "user", "content": question}], **more)  # type: ignore[call-overload,no-any-return]


def test_openais_client_gets_verified_sentences_with_their_citations(client: OpenAI, served: Served) -> None:
    completion = ask(client, "When was the harbour opened?")
    (choice,) = completion.choices
    content, (annotation,) = choice.message.content or "", choice.message.annotations or []
    assert content == "The harbour of Osmund was opened in 1874.[1]", "what no source supports is left out"
    cited = annotation.url_citation
    assert content[cited.start_index : cited.end_index] == "[1]"
    assert (cited.title, cited.url) == ("The harbour report", "https://example.org/harbour")
    assert (choice.finish_reason, completion.model, completion.usage) == ("stop", "scripted", None)
    record = completion.model_dump()["yiju"]
    assert [one["verdict"] for one in record["sentences"]] == ["supported", "unsupported"]
    (quote,) = record["citations"]
    source = served.service.index.source(quote["source_id"])
    assert source is not None and source.text[quote["start"] : quote["end"]] == quote["quote"]


def test_a_stream_says_the_same_a_sentence_at_a_time_and_never_a_draft(client: OpenAI) -> None:
    whole = ask(client, "When was the harbour opened?")
    messages = [{"role": "user", "content": "When was the harbour opened?"}]
    chunks = list(client.chat.completions.create(model="yiju", messages=messages, stream=True))  # type: ignore[call-overload]
    texts = [chunk.choices[0].delta.content for chunk in chunks]
    assert [text for text in texts if text] == [whole.choices[0].message.content]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].model_dump()["yiju"]["citations"] == whole.model_dump()["yiju"]["citations"]
    (annotations,) = [found for chunk in chunks if (found := chunk.choices[0].delta.model_dump().get("annotations"))]
    assert annotations == [one.model_dump() for one in whole.choices[0].message.annotations or []]


def test_a_refusal_is_an_answer_that_says_so_and_shows_what_is_near(client: OpenAI) -> None:
    completion = ask(client, "Who painted the harbour in Atlantis?")
    content = completion.choices[0].message.content or ""
    assert content.startswith("The sources do not answer this. The nearest passages:\n\n[")
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model_dump()["yiju"]["status"] == "refused"


def test_a_refusal_is_in_the_questions_language(client: OpenAI) -> None:
    content = ask(client, "茶园在 Atlantis 的产量是多少？").choices[0].message.content or ""
    assert content.startswith("这些资料没有回答这个问题。最接近的段落：\n\n[")
    assert "“" in content and "tea.txt" not in content


def test_a_source_of_this_machine_is_cited_by_an_address_where_its_words_stand(client: OpenAI) -> None:
    completion = ask(client, "茶园去年的产量是多少？")
    (annotation,) = completion.choices[0].message.annotations or []
    read = httpx.get(annotation.url_citation.url, trust_env=False, timeout=60).json()
    (quote,) = completion.model_dump()["yiju"]["citations"]
    assert read["text"] == quote["quote"] and "12吨" in read["text"]
    assert quote["uri"] == "tea.txt", "no path of the machine goes out"


def test_what_was_said_before_completes_a_follow_up(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model="yiju",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "When was the harbour of Osmund opened?"},
            {"role": "assistant", "content": "It was opened in 1874.[1]"},
            {"role": "user", "content": [{"type": "text", "text": "Who is its master?"}]},
        ],
    )
    record = completion.model_dump()["yiju"]
    assert record["question"] == "Who is its master?"
    assert "harbour of Osmund" in record["standalone"]


def test_a_question_is_narrowed_to_some_sources_and_made_strict(client: OpenAI) -> None:
    narrowed = {"yiju": {"where": {"language": "zh"}, "strictness": "strict"}}
    record = ask(client, "How many arches has the bridge?", extra_body=narrowed).model_dump()["yiju"]
    assert record["status"] == "refused" and {one["title"] for one in record["nearest"]} <= {"茶园记事"}


def test_models_are_listed_and_an_unknown_one_is_named(client: OpenAI) -> None:
    assert {"yiju", "scripted", "none"} <= {model.id for model in client.models.list()}
    assert client.models.retrieve("scripted") in list(client.models.list())
    with pytest.raises(openai.NotFoundError, match="There is no model 'hub/gpt-4o' here. GET /v1/models lists"):
        client.models.retrieve("hub/gpt-4o")
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-9' here") as error:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "Why?"}])
    assert error.value.code == "model_not_found" and error.value.param == "model"


def test_langchains_chat_model_works_unchanged(served: Served) -> None:
    model = ChatOpenAI(base_url=f"{served.address}/v1", api_key="none", model="yiju")  # type: ignore[arg-type]
    assert model.invoke("When was the harbour opened?").text == "The harbour of Osmund was opened in 1874.[1]"
    said = [HumanMessage("Where is the harbour of Osmund?"), AIMessage("By the sea."), HumanMessage("茶园去年的产量？")]
    assert "".join(chunk.text for chunk in model.stream(said)) == "去年的产量是12吨。[1]"


async def test_both_work_asynchronously(served: Served) -> None:
    async with openai.AsyncOpenAI(base_url=f"{served.address}/v1", api_key="none") as client:
        messages = [{"role": "user", "content": "How many arches has the old bridge?"}]
        stream = await client.chat.completions.create(model="yiju", messages=messages, stream=True)  # type: ignore[call-overload]
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == "The old bridge has seven arches.[1]"
