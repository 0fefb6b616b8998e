"""The web chat: Gradio's page around the assistant's events, beside two small routes for sources."""

import contextlib
import errno
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib import resources
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import Response
from starlette.types import ASGIApp

from assistant import Assistant
from assistant.web import evidence_panel
from assistant.web.desk import desk
from assistant.web.guard import LOOPBACK, Guard
from assistant.web.turn import Turn
from index import YijuError

_log = logging.getLogger(__name__)

_HEAD = (
    '<link rel="stylesheet" href="yiju/page.css">'
    '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22'
    "%3E%3Crect width=%2232%22 height=%2232%22 rx=%227%22 fill=%22%230f5c63%22/%3E%3Cpath d=%22M9 8h14M9 14h14M9 20h8"
    '%22 stroke=%22white%22 stroke-width=%223%22 stroke-linecap=%22round%22/%3E%3C/svg%3E">'
)
_FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


class WebError(YijuError):
    """The web chat cannot be served: the port is in use, or the host is not this machine."""


def build(assistant: Assistant, examples: Sequence[str] = (), loaded: threading.Event | None = None) -> gr.Blocks:
    """Return the page; `examples` are offered until a question is asked.

    A question that comes before `loaded` is set shows its evidence, waits for the models, and says so.
    """

    stopped: set[str] = set()  # turns, by the ids that their pages gave them

    def answer(event: gr.EventData) -> Iterator[dict[str, str]]:
        turn = Turn(id=str(event.turn), question=str(event.question))
        for _ in _answering(assistant, turn, loaded):
            if turn.id in stopped:
                stopped.remove(turn.id)
                break
            yield turn.shown()

    def stop(event: gr.EventData) -> None:
        stopped.add(str(event.turn))

    page = gr.Blocks(title="Yiju 依据", analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(desk(examples), apply_default_css=False, elem_id="yiju")
        # What the server says of a turn travels in this component's value; page.js puts it in its place.
        wire = gr.HTML(html_template="", js_on_load=_read("page.js"), apply_default_css=False, elem_id="yiju-wire")
        # A page has one question at a time, but its next one need not wait until a stopped one has wound down.
        hows: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "trigger_mode": "multiple"}
        asked = wire.ask(answer, None, wire, api_visibility="private", **hows)
        asked.failure(None, js="() => { window.dispatchEvent(new Event('yiju:lost')); }")
        wire.stop(stop, api_visibility="private", **hows)
    return page


def _answering(assistant: Assistant, turn: Turn, loaded: threading.Event | None) -> Iterator[None]:
    """Run a question; yield whenever there is something new to show."""
    if loaded is not None and not loaded.is_set():
        turn.phase = "loading"
        yield
    try:
        for event in assistant.stream(turn.question):
            turn.take(event)
            if turn.phase == "reading" and loaded is not None and not loaded.is_set():
                turn.phase = "loading"
                yield
                loaded.wait()
                turn.phase = "reading"
            yield
    except YijuError as error:
        turn.fail(error)
        yield


def _load(assistant: Assistant, loaded: threading.Event) -> None:
    """Load the models; an error is left to the first question, which meets it again and shows it."""
    try:
        assistant.load()
    except YijuError as error:
        _log.warning("%s", error)
    finally:
        loaded.set()


def application(
    assistant: Assistant, examples: Sequence[str] = (), on_ready: Callable[[], None] | None = None
) -> ASGIApp:
    """Return the whole web application; it loads the models in the background once it is served."""
    loaded = threading.Event()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_load, args=(assistant, loaded), name="load-models", daemon=True).start()
        if on_ready:
            on_ready()
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/yiju/sources")
    def sources() -> list[dict[str, str | None]]:
        return [evidence_panel.listed(source) for source in assistant.index.sources()]

    @app.get("/yiju/sources/{source_id}", response_model=None)
    def source(source_id: str, start: int = 0, end: int = 0) -> object:
        found = assistant.index.source(source_id)
        if found is None:
            raise HTTPException(404)
        return evidence_panel.opened(found, start, end)

    @app.get("/yiju/page.css")
    def style() -> Response:
        return Response(_read("page.css"), media_type="text/css")

    gr.mount_gradio_app(
        app,
        build(assistant, examples, loaded),
        path="/",
        theme=gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "monospace")),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
    )
    return Guard(app, _HEAD)


def listen(host: str = "127.0.0.1", port: int = 7860) -> socket.socket:
    """Take the port that the web chat will be served on; 0 takes a free one.

    Raises WebError when the port cannot be had, or when the host is not this machine.
    """
    if host not in LOOPBACK:
        raise WebError(
            f"The web chat answers this machine alone and cannot be served on {host!r}: it has no passwords yet. "
            f"Use one of: {', '.join(LOOPBACK)}."
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise WebError(
                f"Port {port} is in use, perhaps by another Yiju. Close that program, or choose another port: "
                f"--port {port + 1}."
            ) from error
        raise WebError(f"Port {port} of {host} cannot be used: {error}. Choose another with --port.") from error


def serve(
    assistant: Assistant,
    listening: socket.socket,
    examples: Sequence[str] = (),
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the web chat until it is interrupted; `on_ready` is given the address once the page can be opened."""
    host, port = listening.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    app = application(assistant, examples, lambda: on_ready(address) if on_ready else None)
    config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
    with listening, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _read(name: str) -> str:
    return resources.files("assistant.web").joinpath(name).read_text(encoding="utf-8")
