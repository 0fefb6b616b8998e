"""The addresses of the interface, each with what it takes and what it gives."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.types import Receive, Scope, Send

from assistant.intake import UNDER_WAY, Item
from assistant.server import catalogue, completions, shapes
from assistant.server.answering import Running, asked_of, no_model
from assistant.server.completions import Reply
from assistant.server.entry import AT, PERSON
from assistant.server.refusals import Refused, busy, invalid
from assistant.server.service import Service
from index.errors import SourceError

_LONGEST_WAIT = 60  # seconds that a request may wait for what is being added
_CHUNK = 1 << 20


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(_service)]
SourceId = Annotated[str, Path(max_length=64, examples=["9f8a3c1e5b7d2f4a6c8e0b1d3f5a7c9e"])]
Wait = Annotated[float, Query(ge=0, le=_LONGEST_WAIT, description="Seconds to wait until it is done.")]
Offset = Annotated[int, Query(ge=0, le=10**9)]


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    said = {
        400: "Malformed, or what cannot be asked for.",
        401: "Without a valid token, where one is needed.",
        403: "By a foreign host name, or from another site's page.",
        404: "Not here.",
        408: "The body did not come.",
        413: "Too large.",
        429: "Too many questions of one token.",
        500: "The server failed.",
        502: "The chat model failed.",
        503: "Busy; Retry-After says when to come again.",
        504: "The answer took too long.",
    }
    always = (400, 401, 403, 408, 413, 500, 503)
    return {status: {"model": shapes.Failure, "description": said[status]} for status in sorted({*always, *statuses})}


router = APIRouter(dependencies=[Depends(HTTPBearer(auto_error=False, description="Where the server wants a token."))])


@router.post(
    "/v1/chat/completions",
    summary="Answer a question from the sources",
    response_model=shapes.Completion,
    responses={
        200: {
            "description": "The answer; with `stream`, as server-sent events: each `data:` is a chunk with the next "
            "verified sentence, the last one brings the record, then comes [DONE].",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **_errors(404, 429, 502, 504),
    },
)
async def chat(here: Here, request: Request, body: shapes.Chat) -> Response:
    """The last user message is the question; those before it are what was said. A refusal is an answer, too: it says
    so, shows the nearest passages, and its record has the status `refused`."""
    asked = await run_in_threadpool(asked_of, body, request.scope[PERSON])
    running = await here.answering.begin(asked)
    reply = Reply(running.model, request.scope[AT])
    if body.stream:
        found = asyncio.create_task(running.found())  # what cannot be asked is said by the status
        if not await _waited_for(found, running, request):
            return Response(status_code=499)  # nobody reads it
        found.result()
        return _Stream(reply, asked.question, running)
    answering = asyncio.create_task(completions.finished(running))
    if not await _waited_for(answering, running, request):
        return Response(status_code=499)
    return Response(reply.whole(answering.result()).model_dump_json(), media_type="application/json")


async def _waited_for(task: asyncio.Task[Any], running: Running, request: Request) -> bool:
    """Wait for what comes of a question; stop it, and return False, when the client goes away before."""
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return task.done()
    finally:
        if not task.done():
            running.leave()
        task.cancel()
        leaving.cancel()


class _Stream(StreamingResponse):
    """An answer as it comes about, which stops with whoever reads it, even before the first word."""

    def __init__(self, reply: Reply, question: str, running: Running) -> None:
        headers = {"X-Accel-Buffering": "no"}  # or a proxy may keep it until it is whole
        super().__init__(
            completions.streamed(reply, question, running), media_type="text/event-stream", headers=headers
        )
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._running.leave()


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


@router.get("/v1/models", summary="What a request may name as its model", responses=_errors())
def models(here: Here) -> shapes.Models:
    """`yiju` is the model that the server was started with."""
    return shapes.Models(data=[shapes.Model(id=name) for name in here.answering.models()])


@router.get("/v1/models/{id:path}", summary="Look whether a request may name a model", responses=_errors(404))
def model(here: Here, id: Annotated[str, Path(max_length=200, examples=["yiju"])]) -> shapes.Model:
    """As the list of models has it."""
    if id not in here.answering.models():
        raise no_model(id)
    return shapes.Model(id=id)


@router.post("/v1/search", summary="Find passages", responses=_errors(504))
async def search(here: Here, query: shapes.Query) -> shapes.Hits:
    """The passages that fit best, in whatever language, each with its ranks, its quote and its place."""
    return await here.search(query)


@router.get("/v1/sources", summary="List the sources", responses=_errors())
def sources(here: Here, offset: Offset = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> shapes.Sources:
    """By title, without their text."""
    return catalogue.listed(here.index, offset, limit)


@router.get("/v1/sources/{id}", summary="Read a source", responses=_errors(404))
def stretch(
    here: Here, id: SourceId, start: Offset = 0, end: Annotated[int | None, Query(ge=0, le=10**9)] = None
) -> shapes.Stretch:
    """A stretch of its text, from `start` to `end` in characters; without an end, the first 20,000."""
    return catalogue.stretch(here.index, id, start, end)


@router.post(
    "/v1/sources",
    status_code=202,
    summary="Add a source",
    responses=_errors(),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [shapes.Address.model_json_schema(), shapes.Text.model_json_schema()]}
                },
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
async def add(here: Here, request: Request, wait: Wait = 0) -> shapes.Addition:
    """An address, a text, or a file; it is read in the background. `wait` some seconds for what became of it, or ask
    GET /v1/additions/{id}."""
    if here.intake.waiting >= here.limits.additions:
        raise busy(f"{here.limits.additions} sources wait to be read, as many as are taken on.", 30)
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    item = await (_uploaded(here, request) if is_form else _named(here, request))
    return await _became(here, item, wait)


async def _uploaded(here: Service, request: Request) -> Item:
    async with request.form(max_files=1, max_fields=8) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused(400, "file: the form holds no file of this name.", "invalid_value", "file")

        async def chunks() -> AsyncIterator[bytes]:
            while chunk := await file.read(_CHUNK):
                yield chunk

        try:
            return await here.intake.upload(file.filename or "file", file.size or 0, chunks())
        except SourceError as error:
            raise Refused(400, str(error), "bad_request", "file") from error


async def _named(here: Service, request: Request) -> Item:
    body = await request.body()
    try:
        if re.search(rb'"text"\s*:', body):
            text = shapes.Text.model_validate_json(body)
            return await run_in_threadpool(here.intake.text, text.title, text.text)
        return here.intake.address(shapes.Address.model_validate_json(body).address)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from error


async def _became(here: Service, item: Item, wait: float) -> shapes.Addition:
    """Wait for an item to be done, for so many seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while item.state in UNDER_WAY and loop.time() < until:
        await asyncio.sleep(0.1)
        item = here.intake.get(item.number) or item
    return catalogue.addition(item)


@router.get("/v1/additions/{id}", summary="Ask what became of an addition", responses=_errors(404))
async def became(here: Here, id: Annotated[int, Path(ge=0, le=10**9)], wait: Wait = 0) -> shapes.Addition:
    """What was added or failed is remembered for a while."""
    item = here.intake.get(id)
    if item is None:
        raise Refused(404, f"There is no addition {id}, or it is done and forgotten.", "not_found", "id")
    return await _became(here, item, wait)


@router.delete("/v1/sources/{id}", summary="Remove a source", responses=_errors(404))
def remove(here: Here, id: SourceId) -> shapes.Removed:
    """Out of the index; a file is only removed when it was uploaded here."""
    if not here.intake.remove(id):
        raise catalogue.unknown(id)
    return shapes.Removed(id=id)


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="Is it up", responses=_errors())
def health(here: Here) -> shapes.Health:
    """Needs no token, and is 200 whenever the server is up; `ready` says that questions are answered at once."""
    return here.answering.health()


def add_routes(app: FastAPI, service: Service) -> None:
    """Give an application the interface."""
    app.state.service = service
    app.include_router(router)
