"""Answers as OpenAI's chat completions: whole, or as a stream of verified sentences."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import BaseModel

from assistant import Answer, Citation, SentenceVerified
from assistant.answer import Event
from assistant.render import is_link
from assistant.server.answering import Running
from assistant.server.refusals import refused
from assistant.server.shapes import Annotation, Choice, Chunk, ChunkChoice, Completion, Delta, Said, UrlCitation
from assistant.server.wording import Mark, Piece, Writer, recorded, written

_PAUSE = 10.0  # seconds without a sentence after which a stream says that it is still there


@dataclass(frozen=True)
class Reply:
    """What every part of one reply carries."""

    model: str
    at: str  # the address that this server is reached at
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> Completion:
        """Return an answer as one completion."""
        text = written(answer)
        said = Said(content=text.text, annotations=self._annotations(text.marks))
        return Completion(
            id=self.id, created=self.created, model=self.model, choices=[Choice(message=said)], yiju=recorded(answer)
        )

    def begun(self) -> Chunk:
        return self._chunk(Delta(role="assistant", content=""))

    def more(self, piece: Piece) -> Chunk:
        return self._chunk(Delta(content=piece.text, annotations=self._annotations(piece.marks) or None))

    def ended(self, answer: Answer) -> Chunk:
        return Chunk(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[ChunkChoice(delta=Delta(), finish_reason="stop")],
            yiju=recorded(answer),
        )

    def _chunk(self, delta: Delta) -> Chunk:
        return Chunk(id=self.id, created=self.created, model=self.model, choices=[ChunkChoice(delta=delta)])

    def _annotations(self, marks: Sequence[Mark]) -> list[Annotation]:
        return [
            Annotation(
                url_citation=UrlCitation(
                    start_index=mark.start,
                    end_index=mark.end,
                    title=mark.citation.title,
                    url=address_of(mark.citation, self.at),
                )
            )
            for mark in marks
        ]


def address_of(citation: Citation, at: str) -> str:
    """Return the source's own address, else that of the quote at this server."""
    if is_link(citation.uri):
        return citation.uri
    return f"{at}/v1/sources/{citation.source_id}?start={citation.start}&end={citation.end}"


async def finished(running: Running) -> Answer:
    """Wait for the whole answer. Raises TimeoutError, and whatever the answer raised."""
    answer: Answer | None = None
    async with aclosing(running.events()) as events:
        async for event in events:  # to their end: only then is the question no longer counted
            if isinstance(event, Answer):
                answer = event
    if answer is None:
        raise TimeoutError("the answer was broken off")
    return answer


async def streamed(reply: Reply, question: str, running: Running) -> AsyncIterator[bytes]:
    """Yield the answer as server-sent events; an error, once the stream has begun, is an event of its own."""
    writer = Writer(question, reply.model)
    try:
        async with aclosing(running.events(_PAUSE)) as events:
            yield _sent(reply.begun())
            async for event in events:
                if event is None:
                    yield b": still there\n\n"
                piece = _piece(event, writer)
                if piece:
                    yield _sent(reply.more(piece))
                if isinstance(event, Answer):
                    yield _sent(reply.ended(event))
            yield b"data: [DONE]\n\n"
    except Exception as error:  # noqa: BLE001 - the status is out: what went wrong can only be said here
        yield _sent(refused(error).body)


def _piece(event: Event | None, writer: Writer) -> Piece | None:
    """Return what an event adds to the text: a sentence once it is verified, never a draft."""
    if isinstance(event, SentenceVerified):
        return writer.sentence(event)
    return writer.end(event) if isinstance(event, Answer) else None


def _sent(body: BaseModel) -> bytes:
    return f"data: {body.model_dump_json()}\n\n".encode()
