"""What the server answers and whom: this machine alone, or those who have logged in, and only what the page needs."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access import address_of, asked_port, bearer_token, inside, is_foreign, person_of, without
from assistant.accounts import Accounts
from assistant.web.login import login_page

PERSON = "x-yiju-person"  # the header in which the application is told who asks

# Gradio serves far more (uploads, files, a proxy, run history); what the page does not use is not there.
_PATHS = re.compile(
    r"/(?:config|theme\.css|(?:assets|static|yiju)/.+"
    r"|gradio_api/(?:queue/(?:join|data)|cancel|reset|startup-events|heartbeat/\w+))?"
)
# Gradio's page asks this every two seconds once its stream broke. Told who answers, it would reload itself, and what is
# being typed would be lost; Yiju's page goes on without the stream.
_RECONNECTING = "/gradio_api/app_id"
_FOR_ALL = ("/yiju/page.css", "/yiju/login")
_UPLOAD = "/yiju/files"  # bounds what it is sent by itself
_LARGEST_FORM = 4_000  # bytes of a login
_LARGEST_BODY = 9_000_000  # bytes of any other request: a pasted text is the longest
# Gradio builds its components with Function(), which needs 'unsafe-eval'; inline scripts need this page's nonce.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_PREVIEW = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|<link rel="manifest"[^>]*>')
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_VISITOR, _SESSION = "yiju-visitor", "yiju-session"  # each with its port, which browsers make no difference of


@dataclass(frozen=True)
class Doors:
    """How the page is reached: by whom, under which path, and whether through a proxy that is believed."""

    accounts: Accounts | None = None  # None: whoever is at this machine
    base: str = ""  # "/desk": a path that a proxy, or the address, begins with
    proxied: bool = False


class Guard:
    """Wraps the application: refuses foreign hosts, origins and paths, and sets the headers of what it answers."""

    def __init__(self, app: ASGIApp, head: str, doors: Doors | None = None) -> None:
        self._app = app
        self._head = head.encode()  # goes into the page's <head>
        self._doors = doors or Doors()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = inside(scope, self._doors.base)
        refusal = self._refusal(scope)
        if refusal is None and scope["path"] not in _FOR_ALL:
            person = await self._person(scope)
            if person is None:
                refusal = self._to_login(scope)
            else:
                scope = dict(scope, headers=[*without(scope["headers"], PERSON), (PERSON.encode(), person.encode())])
        if refusal is None and scope["path"] == "/yiju/login":
            refusal = await self._login(Request(scope, receive))
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
        elif scope["path"] == "/":
            scope = dict(scope, headers=without(scope["headers"], "accept-encoding"))
            await self._app(scope, receive, _Page(self._with_visitor(scope, send), self._head))
        else:
            await self._bounded(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if is_foreign(Headers(scope=scope), self._doors.accounts is None, self._doors.proxied):
            return PlainTextResponse("Yiju answers its own page alone.", 404)
        if scope["path"] == "" and scope.get("is_based"):
            return RedirectResponse(self._doors.base + "/")
        if scope["path"] == _RECONNECTING:
            return Response(status_code=204)
        return None if _PATHS.fullmatch(scope["path"]) else PlainTextResponse("Not here.", 404)

    async def _person(self, scope: Scope) -> str | None:
        """Return who asks: an account, or a browser of this machine. None: nobody who may."""
        headers, cookies = Headers(scope=scope), HTTPConnection(scope).cookies
        if self._doors.accounts is None:
            return f"visitor {cookies.get(self._cookie(_VISITOR, scope)) or 'unknown'}"
        name = self._doors.accounts.who(cookies.get(self._cookie(_SESSION, scope), ""))
        token = bearer_token(headers)
        if name is None and token is not None:
            name = await run_in_threadpool(self._doors.accounts.bearer, token, address_of(scope))
        return None if name is None else person_of(name)

    def _to_login(self, scope: Scope) -> Response:
        if scope["path"] == "/" and scope["method"] == "GET":
            return RedirectResponse(f"{self._doors.base}/yiju/login", 303)
        return PlainTextResponse("Log in first.", 401)

    async def _login(self, request: Request) -> Response:
        accounts = self._doors.accounts
        if accounts is None:
            return PlainTextResponse("Not here.", 404)
        if request.method == "GET":
            return self._login_page(request, "")
        sent = b""
        async for piece in request.stream():
            sent += piece
            if len(sent) > _LARGEST_FORM:
                return self._login_page(request, "wrong", 401)
        form = parse_qs(sent.decode("utf-8", "replace"))
        name, password = (form.get(field, [""])[0] for field in ("name", "password"))
        address = address_of(request.scope)
        if "leave" in form:
            session = self._cookie(_SESSION, request.scope)
            accounts.log_out(request.cookies.get(session, ""))
            left: Response = RedirectResponse(f"{self._doors.base}/yiju/login", 303)
            left.delete_cookie(session, path=f"{self._doors.base}/")
            return left
        if not accounts.may_try(address):
            return self._login_page(request, "wait", 429)
        key = await run_in_threadpool(accounts.log_in, name or accounts.only_name or "", password, address)
        if key is None:
            return self._login_page(request, "wrong", 401)
        entered = RedirectResponse(f"{self._doors.base}/", 303)
        self._set_cookie(entered, request.scope, _SESSION, key)
        return entered

    def _login_page(self, request: Request, notice: str, status: int = 200) -> Response:
        accounts = self._doors.accounts
        assert accounts is not None
        chinese = request.headers.get("accept-language", "").lower().startswith("zh")
        page = login_page("zh" if chinese else "en", accounts.only_name is None, notice)
        policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(page, status, headers | ({"Retry-After": "60"} if status == 429 else {}))

    def _cookie(self, name: str, scope: Scope) -> str:
        port = asked_port(Headers(scope=scope), self._doors.proxied)
        return f"{name}-{port}" if port else name

    def _set_cookie(self, response: Response, scope: Scope, name: str, value: str) -> None:
        secure = scope.get("scheme") == "https"
        path = f"{self._doors.base}/"
        response.set_cookie(
            self._cookie(name, scope), value, path=path, secure=secure, httponly=True, samesite="strict"
        )

    def _with_visitor(self, scope: Scope, send: Send) -> Send:
        """Give a browser a name, so that its questions are told from another's."""
        if self._doors.accounts is not None or self._cookie(_VISITOR, scope) in HTTPConnection(scope).cookies:
            return send
        named = Response()
        self._set_cookie(named, scope, _VISITOR, secrets.token_hex(16))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", named.headers["set-cookie"])
            await send(message)

        return sending

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with no more of a request's body than it may have."""
        if scope["path"] == _UPLOAD:
            await self._app(scope, receive, _with_headers(send))
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            await PlainTextResponse("Too large.", 413)(scope, receive, _with_headers(send))
            return
        taken = 0

        async def receiving() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > _LARGEST_BODY:
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, receiving, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"  # "no-referrer" would make a form's origin "null"
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
