"""What goes over the wire, in and out, with an example of each."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from assistant import Answer
from assistant.intake import State
from assistant.settings import Strictness

LARGEST_K = 50
MOST_MESSAGES = 200
LONGEST_STRETCH = 100_000  # characters of a source at once

Listed = Annotated[list[str], Field(max_length=10_000)]

_ID = "9f8a3c1e5b7d2f4a6c8e0b1d3f5a7c9e"
_IfAny = Field(exclude_if=lambda value: value is None)


class _Taken(BaseModel):
    """What a request brings: nothing in it that no store or model can hold."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        try:
            json.dumps(self.model_dump(), ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("a text holds half of a character (a surrogate alone)") from error
        except ValueError as error:
            raise ValueError("a number is not finite") from error
        return self


class Where(_Taken):
    """The sources and passages that may be used; what is left away does not narrow them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"language": "zh"}})
    source: str | Listed | None = Field(None, description="Ids of sources.")
    language: str | Listed | None = None
    media_type: str | Listed | None = None
    heading: str | None = Field(None, max_length=500, description="Words of a heading above the passage.")
    published: tuple[str | None, str | None] | None = Field(None, description="A first and a last date.")
    metadata: Annotated[dict[str, JsonValue], Field(max_length=50)] | None = None

    def asked(self) -> dict[str, object]:
        """Return what is asked for, as `Index.search` takes it."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


# Chat


class Part(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of the conversation. Only what user and assistant said is read."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Options(BaseModel):
    """What Yiju takes beside OpenAI's own fields."""

    model_config = ConfigDict(extra="forbid")
    where: Where | None = None
    strictness: Annotated[
        Strictness | None, Field(description="How certain it must be that the sources say it; by default, as set here.")
    ] = None


class Chat(_Taken):
    """A question after a conversation. Sampling, tools and the like are taken and not used."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "yiju",
                "messages": [{"role": "user", "content": "When was the harbour opened?"}],
                "stream": False,
            }
        }
    )
    model: Annotated[str, Field(max_length=200, description="One of GET /v1/models; yiju is the server's own.")]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = False
    n: Annotated[int | None, Field(ge=1, le=1, description="There is one answer.")] = None
    yiju: Options | None = None

    @property
    def options(self) -> Options:
        return self.yiju or Options()


class UrlCitation(BaseModel):
    """Where a number stands in the content, `content[start_index:end_index]`, and what it leads to."""

    start_index: int
    end_index: int
    title: str
    url: str = Field(description="The source's own address; else the quoted stretch of it at this server.")


class Annotation(BaseModel):
    """A citation in OpenAI's shape."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Said(BaseModel):
    """The answer: verified sentences with the numbers of what they cite, or a refusal with the nearest passages."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation] = []


class Choice(BaseModel):
    """The one answer."""

    index: Literal[0] = 0
    message: Said
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Completion(BaseModel):
    """An answer; `yiju` is its whole record: sentences, verdicts, citations with offsets, conflicts, times."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    yiju: Answer


class Answered(BaseModel):
    """The record of an answer, as MCP's `ask` gives it beside its text."""

    answer: Answer


class Delta(BaseModel):
    """What is new in a stream: sentences, each once it is verified."""

    role: Annotated[Literal["assistant"] | None, _IfAny] = None
    content: Annotated[str | None, _IfAny] = None
    annotations: Annotated[list[Annotation] | None, _IfAny] = None


class ChunkChoice(BaseModel):
    """The one answer, as it comes about."""

    index: Literal[0] = 0
    delta: Delta
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class Chunk(BaseModel):
    """An event of a stream; the last one before [DONE] brings the record."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    yiju: Annotated[Answer | None, _IfAny] = None


class Model(BaseModel):
    """Something that can write the answer."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["yiju"] = "yiju"


class Models(BaseModel):
    """What a request may name as its model."""

    object: Literal["list"] = "list"
    data: list[Model]


# Search


class Query(_Taken):
    """What to look for."""

    model_config = ConfigDict(json_schema_extra={"example": {"query": "opening of the harbour", "k": 4}})
    query: str
    k: Annotated[int, Field(ge=1, le=LARGEST_K)] = 8
    where: Where | None = None


class Place(BaseModel):
    """A stretch of a source: `text[start:end]`."""

    source_id: str
    start: int
    end: int


class Found(Place):
    """A passage, and why it stands where it stands."""

    rank: int = Field(description="1 is best; made of both other ranks.")
    score: float = Field(description="Cosine of the centred vectors, -1 to 1.")
    dense_rank: int | None = Field(description="By meaning alone; null when only its words brought it.")
    words_rank: int | None = Field(description="By words alone; null when it holds none of the rarer ones.")
    quote: str
    title: str
    author: str | None
    published: str | None
    uri: str = Field(description="The source's address, else the name of its file.")
    page: int | None
    heading: str
    language: str
    copies: list[Place] = Field(description="Near-duplicates that would have followed.")


class Hits(BaseModel):
    """Passages, best first."""

    object: Literal["list"] = "list"
    data: list[Found]


# Sources


class About(BaseModel):
    """A source, without its text."""

    id: str = Field(examples=[_ID])
    object: Literal["source"] = "source"
    title: str
    author: str | None
    published: str | None
    language: str
    media_type: str
    uri: str = Field(description="Its address, else the name of its file.")
    added: str
    passages: int = Field(description="That a search may find.")


class Sources(BaseModel):
    """Sources by title."""

    object: Literal["list"] = "list"
    data: list[About]
    total: int


class Stretch(BaseModel):
    """A stretch of a source's text, `start` and `end` in characters of the whole; not more at once than is allowed."""

    source: About
    start: int
    end: int
    length: int = Field(description="Of the whole text.")
    text: str


class Address(BaseModel):
    """A web page to be added."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"address": "https://example.org/post"}})
    address: Annotated[str, Field(max_length=4_000)]


class Text(BaseModel):
    """A text to be added."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"title": "Ferries", "text": "The ferry sails at nine."}}
    )
    title: Annotated[str, Field(max_length=300)] = ""
    text: str


class Addition(BaseModel):
    """Something that is being added, and what became of it."""

    id: int
    object: Literal["addition"] = "addition"
    name: str
    state: State
    reason: str = Field(description="Why it failed, or what of it could not be read.")
    source_id: str | None
    passages: int = Field(description="New ones.")


class Removed(BaseModel):
    """A source that is no longer in the index."""

    id: str
    object: Literal["source"] = "source"
    deleted: Literal[True] = True


class Health(BaseModel):
    """Whether questions are answered now.

    `loading`: they wait some seconds, until the model is in memory. `downloading`: they are refused with 503 until its
    files are here, but for those that name the model `none`. `failed`: its files, or those of the search, could not be
    had or read; the server's log says why.
    """

    status: Literal["ready", "loading", "downloading", "failed"]
    percent: Annotated[int | None, Field(description="Of the model's files, while they are downloaded.")] = None


class FailureBody(BaseModel):
    """What went wrong, for a person and for a program."""

    message: str
    type: str
    code: str
    param: str | None


class Failure(BaseModel):
    """An error as OpenAI's clients read it."""

    error: FailureBody


Responses = Mapping[int | str, dict[str, Any]]
