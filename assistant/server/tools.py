"""The tools of MCP, over stdio and HTTP. The only module that imports mcp."""

import logging
import threading
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import Annotated

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

import prompts
from assistant import Answer, SentenceVerified
from assistant.render import quoted
from assistant.server import catalogue, shapes
from assistant.server.answering import Asked
from assistant.server.app import Further
from assistant.server.entry import PERSON
from assistant.server.refusals import refused
from assistant.server.service import Service
from assistant.server.wording import about, recorded, written
from assistant.settings import Strictness
from index import YijuError

_MOMENT = 1.0  # seconds; without an end, waiting would keep a signal out on Windows
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Question = Annotated[str, Field(description="One question, that stands alone, in any language.")]
Sought = Annotated[str, Field(description="Words or a question, in any language.")]
Only = Annotated[list[str] | None, Field(description="Ids of the sources that alone may be used.")]
Count = Annotated[int, Field(ge=1, le=shapes.LARGEST_K, description="How many passages.")]
Offset = Annotated[int, Field(ge=0, le=10**9)]


def tools(service: Service) -> MCPServer:
    """Return the MCP server of an index: what it holds can be asked, searched and read, and not be changed."""
    server: MCPServer = MCPServer(
        "yiju",
        title="Yiju 依据",
        instructions=prompts.load("mcp_instructions"),
        log_level="WARNING",
        subscriptions=False,
    )
    # What a tool fails with is told to its caller; the log need not hold what was asked.
    logging.getLogger("mcp").setLevel(logging.WARNING)

    async def ask(
        context: Context, question: Question, sources: Only = None, strictness: Strictness | None = None
    ) -> Annotated[CallToolResult, shapes.Answered]:
        where = {"source": sources} if sources else None
        asked = Asked(question, _person(context), where=where, strictness=strictness)
        with _told_plainly():
            answer = await _answer(service, context, asked)
        text = TextContent(type="text", text=told(answer))
        return CallToolResult(content=[text], structured_content=shapes.Answered(answer=answer).model_dump(mode="json"))

    async def search(query: Sought, k: Count = 8, where: shapes.Where | None = None) -> shapes.Hits:
        with _told_plainly():
            return await service.search(shapes.Query(query=query, k=k, where=where))

    async def sources(offset: Offset = 0, limit: Annotated[int, Field(ge=1, le=1000)] = 100) -> shapes.Sources:
        with _told_plainly():
            return await run_in_threadpool(catalogue.listed, service.index, offset, limit)

    async def read(
        source_id: Annotated[str, Field(description="As search, sources and ask give it.")],
        start: Offset = 0,
        end: Annotated[int | None, Field(ge=0, le=10**9)] = None,
    ) -> shapes.Stretch:
        with _told_plainly():
            return await run_in_threadpool(catalogue.stretch, service.index, source_id, start, end)

    for tool in (ask, search, sources, read):
        server.add_tool(tool, description=prompts.load(f"mcp_{tool.__name__}"), annotations=_READS)
    return server


def over_http(service: Service) -> Further:
    """Return the route /mcp, and what must run while it is served."""
    server = tools(service)
    # Who may come in has been looked at already. Without sessions, nothing is kept for a client that is gone.
    served = server.streamable_http_app(
        stateless_http=True,
        max_request_body_size=service.limits.body,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # Only what is posted: a GET would hold a stream open for ever, in which a server without sessions says nothing.
    posted = [Route(one.path, one.endpoint, methods=["POST"]) for one in served.routes if isinstance(one, Route)]
    return Further(list(posted), server.session_manager.run)


def over_stdio(service: Service) -> None:
    """Serve one client over standard input and output, until it closes them."""
    service.choices.load()
    # In a thread of its own, since nothing but input ends its reading: a signal then ends the program without it.
    serving = threading.Thread(target=anyio.run, args=(tools(service).run_stdio_async,), name="mcp", daemon=True)
    serving.start()
    while serving.is_alive():
        serving.join(_MOMENT)


async def _answer(service: Service, context: Context, asked: Asked) -> Answer:
    running = await service.answering.begin(asked)
    sentences = 0
    answer: Answer | None = None
    async with aclosing(running.events()) as events:
        async for event in events:
            if isinstance(event, SentenceVerified):
                sentences += 1
                await context.report_progress(sentences, None, event.sentence.text)
            if isinstance(event, Answer):
                answer = event
    if answer is None:
        raise TimeoutError("the answer was broken off")
    return recorded(answer)


def told(answer: Answer) -> str:
    """Return an answer as a model reads it: the text, the evidence by number, and what was left out of it."""
    lines = [written(answer).text, "", f"Status: {answer.status}. Evidence:"]
    for one in answer.nearest if answer.status == "refused" else answer.citations:
        place = f"source {one.source_id}, characters {one.start} to {one.end}"
        lines.append(f"[{one.number}] {about(one)}; {place}: {quoted(one)}")
    left_out = [one for one in answer.sentences if one.verdict == "unsupported"]
    if left_out:
        lines += ["", "Left out, because no source supports it:"]
        lines += [f"- {one.text} ({one.reason})" for one in left_out]
    return "\n".join(lines)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Tell the caller what went wrong; what it must not know is withheld, here and by the SDK."""
    try:
        yield
    except (YijuError, TimeoutError) as error:
        raise ToolError(str(refused(error))) from error


def _person(context: Context) -> str:
    request = context.request_context.request
    scope = getattr(request, "scope", None) or {}
    return str(scope.get(PERSON, "local"))
