"""The web chat: Gradio's page around the assistant's events, beside the routes for all else."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import resources
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response
from starlette.types import ASGIApp

from assistant.access import LOOPBACK, address_at, take_port
from assistant.errors import ServingError
from assistant.settings import STRICTNESS, Strictness
from assistant.web.desk import desk
from assistant.web.guard import PERSON, Doors, Guard
from assistant.web.room import Room
from assistant.web.routes import add_routes
from assistant.web.runs import MOST_BEFORE, Question

_HEAD = (
    '<link rel="stylesheet" href="yiju/page.css"><script type="module" src="yiju/page.js"></script>'
    '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22'
    "%3E%3Crect width=%2232%22 height=%2232%22 rx=%227%22 fill=%22%230f5c63%22/%3E%3Cpath d=%22M9 8h14M9 14h14M9 20h8"
    '%22 stroke=%22white%22 stroke-width=%223%22 stroke-linecap=%22round%22/%3E%3C/svg%3E">'
)
_FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
_FILES = {
    name: "text/css" if name.endswith(".css") else "text/javascript"
    for name in (
        "page.css", "page.js", "dom.js", "turns.js", "reader.js", "sources.js", "rows.js", "adding.js",
        "conversations.js", "settings.js",
    )
}  # fmt: skip
_LONGEST_ID = 64


def build(room: Room) -> gr.Blocks:
    """Return the page."""

    def answer(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, str]]:
        question, model, strictness = _asked(event, request.headers.get(PERSON, ""))
        yield from room.ask(question, model, strictness).follow()

    page = gr.Blocks(title="Yiju 依据", analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(desk(), apply_default_css=False, elem_id="yiju")
        # What the server says of a turn travels in this component's value; the page's scripts put it in its place.
        wire = gr.HTML(html_template="", js_on_load=_read("wire.js"), apply_default_css=False, elem_id="yiju-wire")
        # A page has one question at a time, but its next one need not wait until a stopped one has wound down.
        hows: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "trigger_mode": "multiple"}
        asked = wire.ask(answer, None, wire, api_visibility="private", **hows)
        asked.failure(None, js="() => { window.dispatchEvent(new Event('yiju:lost')); }")
    return page


def _asked(event: gr.EventData, person: str) -> tuple[Question, str, Strictness | None]:
    """Return what a page asks: whatever it sent, with the types that it should have."""
    only, before = event.only, event.before
    question = Question(
        id=str(event.turn)[:_LONGEST_ID],
        text=str(event.question),
        person=person,
        conversation=str(event.conversation)[:_LONGEST_ID],
        only=tuple(str(one) for one in only) if isinstance(only, list) else (),
        before=tuple(str(one)[:_LONGEST_ID] for one in before[-MOST_BEFORE:]) if isinstance(before, list) else (),
    )
    strictness = next((one for one in STRICTNESS if one == event.strictness), None)
    return question, str(event.model), strictness


def application(room: Room, doors: Doors | None = None, on_ready: Callable[[], None] | None = None) -> ASGIApp:
    """Return the whole web application; it loads the models in the background once it is served."""
    doors = doors or Doors()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        room.choices.load()
        if on_ready:
            on_ready()
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    add_routes(app, room)

    @app.get("/yiju/{name}")
    def file(request: Request, name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404)
        return Response(_read(name), media_type=_FILES[name], headers={"Cache-Control": "no-cache"})

    gr.mount_gradio_app(
        app,
        build(room),
        path="/",
        root_path=doors.base or None,
        theme=gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "monospace")),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
    )
    return Guard(app, _HEAD, doors)


def listen(host: str = "127.0.0.1", port: int = 7860, doors: Doors | None = None) -> socket.socket:
    """Take the port that the web chat will be served on; 0 takes a free one.

    Raises ServingError when the port cannot be had, or when others could come in without a password.
    """
    if host not in LOOPBACK and (doors is None or doors.accounts is None):
        raise ServingError(
            f"On {host!r} others than you could ask and change your sources. Give it accounts (--auth FILE, or "
            f"YIJU_AUTH; make one with: yiju password NAME), or use one of: {', '.join(LOOPBACK)}."
        )
    return take_port(host, port)


def serve(
    room: Room,
    listening: socket.socket,
    doors: Doors | None = None,
    on_ready: Callable[[str], None] | None = None,
    beside: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> None:
    """Serve the web chat until it is interrupted; `on_ready` is given the address once the page can be opened.

    `beside` puts something else on the same port.
    """
    doors = doors or Doors()
    address = address_at(listening, doors.base)
    app = beside(application(room, doors, lambda: on_ready(address) if on_ready else None))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
        proxy_headers=doors.proxied,  # believed from this machine alone: uvicorn's own default
    )
    with listening, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _read(name: str) -> str:
    return resources.files("assistant.web").joinpath(name).read_text(encoding="utf-8")
