"""The interface for programs as an application: alone, beside another one, and served."""

import asyncio
import contextlib
import ctypes
import os
import platform
import socket
from collections.abc import AsyncIterator, Callable
from importlib.metadata import PackageNotFoundError, version
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.access import LOOPBACK, address_at, inside, take_port
from assistant.ending import ended_by_signal
from assistant.errors import ServingError
from assistant.server.entry import Doors, Entry
from assistant.server.refusals import add_refusals
from assistant.server.routes import add_routes
from assistant.server.service import Service
from assistant.server.tokens import VARIABLE

_KEPT = (
    15  # seconds that a connection is kept for a next request: longer than httpx keeps it, which OpenAI's clients use
)
_SECOND = 10  # ticks of uvicorn's
_ARENA_MAX = -8  # of mallopt
_GRACE = 30  # seconds that an answer under way may take once the server is told to end
_OURS = ("/v1", "/health", "/openapi.json")
_ABOUT = (
    "Answers from the sources of one index, every sentence with its evidence. `/v1/chat/completions` and `/v1/models` "
    'are OpenAI\'s: `OpenAI(base_url="http://127.0.0.1:7861/v1", api_key=TOKEN)`; what Yiju knows beyond that is in '
    "the field `yiju`. Offsets count characters (Unicode code points) of a source's text."
)


def application(
    service: Service,
    doors: Doors | None = None,
    on_ready: Callable[[], None] | None = None,
    further: "Further | None" = None,
) -> ASGIApp:
    """Return the interface; it loads the models in the background once it is served."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.choices.load()
        async with further.running() if further else contextlib.nullcontext():
            if on_ready:
                on_ready()
            yield

    app = FastAPI(
        title="Yiju", version=_version(), description=_ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    add_routes(app, service)
    add_refusals(app)
    if further:
        app.router.routes.extend(further.routes)
    _describe(app)
    return Entry(app, doors or Doors(), service.limits)


class Further:
    """Routes of another protocol, and what must run while they are served."""

    def __init__(self, routes: list[BaseRoute], running: Callable[[], contextlib.AbstractAsyncContextManager[Any]]):
        self.routes = routes
        self.running = running


class Beside:
    """Two applications on one port: what is the interface's goes there, and all else to the other."""

    def __init__(self, interface: ASGIApp, other: ASGIApp, base: str = "") -> None:
        self._interface = interface
        self._other = other
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = inside(scope, self._base)["path"] if scope["type"] == "http" else ""
        ours = any(path == one or path.startswith(one + "/") for one in _OURS)
        await (self._interface if ours else self._other)(scope, receive, send)


def listen(host: str, port: int, doors: Doors) -> socket.socket:
    """Take the port to be served on; 0 takes a free one.

    Raises ServingError when the port cannot be had, or when others could come in without a token.
    """
    if host not in LOOPBACK and doors.keys is None:
        raise ServingError(
            f"On {host!r} others than you could ask and change your sources. Give it a token ({VARIABLE}, or "
            f"--token-file FILE), or use one of: {', '.join(LOOPBACK)}."
        )
    return take_port(host, port)


def serve(
    service: Service,
    listening: socket.socket,
    doors: Doors,
    on_ready: Callable[[str], None] | None = None,
    further: Further | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; answers under way are then ended, within half a minute.

    `on_ready` is given the address once it answers.
    """
    _share_arenas()
    address = address_at(listening, doors.base)
    app = application(service, doors, lambda: on_ready(address) if on_ready else None, further)
    config = uvicorn.Config(
        app,
        http="h11",  # its parser is there on every machine, so what is malformed is the same everywhere
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=_KEPT,
        timeout_graceful_shutdown=_GRACE,
        proxy_headers=doors.proxied,  # believed from this machine alone: uvicorn's own default
    )
    with listening, ended_by_signal(), contextlib.suppress(KeyboardInterrupt):
        Server(config, service.limits.head_seconds).run(sockets=[listening])


class Server(uvicorn.Server):
    """Uvicorn's, which ends at once when it is told a second time, and waits for no head that does not come."""

    def __init__(self, config: uvicorn.Config, head_seconds: float) -> None:
        super().__init__(config)
        self._head_seconds = head_seconds
        self._waiting: dict[asyncio.Protocol, tuple[object, int]] = {}  # after which request, how many seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self.force_exit = True
            for task in list(self.server_state.tasks):
                task.get_loop().call_soon_threadsafe(task.cancel)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.force_exit:  # then uvicorn leaves it away, and the application would be torn down from outside
            await self.lifespan.shutdown()

    async def on_tick(self, counter: int) -> bool:
        if counter % _SECOND == 0:
            self._close_those_without_a_head()
        return await super().on_tick(counter)

    def _close_those_without_a_head(self) -> None:
        """Close connections that have sent no whole head: uvicorn by itself waits for it for ever."""
        before, self._waiting = self._waiting, {}
        for one in list(self.server_state.connections):
            request = getattr(one, "cycle", None)
            if request is not None and not request.response_complete:
                continue
            last, seconds = before.get(one, (request, 0))
            if last is not request:
                seconds = 0
            if seconds > self._head_seconds:
                one.transport.close()
            else:  # counted and not timed: what came while this process stood still has not been looked at yet
                self._waiting[one] = (request, seconds + 1)


def _share_arenas() -> None:
    """Let threads share two of glibc's arenas: by itself it gives each a new one, up to eight for each core, and what
    one of them once needed stays in it. With 200 connections that was a tenth of the server's memory."""
    if platform.libc_ver()[0] == "glibc" and "MALLOC_ARENA_MAX" not in os.environ:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def _describe(app: FastAPI) -> None:
    """Leave FastAPI's own error out of the description: what is malformed is answered with 400, as OpenAI does."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = described()
            for methods in schema["paths"].values():
                for operation in methods.values():
                    operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
        return described()

    app.openapi = openapi  # type: ignore[method-assign]


def _version() -> str:
    try:
        return version("yiju")
    except PackageNotFoundError:  # run from its folder
        return "0"
