"""What the server answers and what the browser may load: this machine alone, and only the paths that the page needs."""

import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Gradio serves far more (uploads, files, a proxy, run history); what the page does not use is not there.
_PATHS = re.compile(
    r"/(?:config|theme\.css|(?:assets|static|yiju)/.+"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|reset|startup-events|heartbeat/\w+))?"
)
# Gradio builds its components with Function(), which needs 'unsafe-eval'; inline scripts need this page's nonce.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PREVIEW = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|<link rel="manifest"[^>]*>')
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Guard:
    """Wraps the application: refuses foreign hosts, origins and paths, and sets the headers of what it answers."""

    def __init__(self, app: ASGIApp, head: str) -> None:
        self._app = app
        self._head = head.encode()  # goes into the page's <head>

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # A foreign name that resolves to this machine (DNS rebinding), or another site's page, must read nothing.
        origin = headers.get("origin")
        foreign = _host(f"//{headers.get('host', '')}") not in LOOPBACK or (origin and _host(origin) not in LOOPBACK)
        if foreign or not _PATHS.fullmatch(scope["path"]):
            refusal = PlainTextResponse("Not here." if not foreign else "Yiju answers this machine alone.", 404)
            await refusal(scope, receive, send)
            return
        if scope["path"] == "/":
            scope = dict(scope, headers=_without(scope["headers"], b"accept-encoding"))
            await self._app(scope, receive, _Page(send, self._head))
        else:
            await self._app(scope, receive, _with_headers(send))


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _without(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[tuple[bytes, bytes]]:
    return [header for header in headers if header[0] != name]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
        await send(message)

    return sending


class _Page:
    """Sends Gradio's page without its previews from other hosts, with our head and a policy for what it may load."""

    def __init__(self, send: Send, head: bytes) -> None:
        self._send = _with_headers(send)
        self._head = head
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        nonce = secrets.token_urlsafe(16)
        page = _PREVIEW.sub(b"", self._body).replace(b"</head>", self._head + b"</head>", 1)
        page = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), page)
        headers = MutableHeaders(scope=self._start)
        headers["Content-Length"] = str(len(page))
        headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
        headers["Cache-Control"] = "no-store"
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": page})
