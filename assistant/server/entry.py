"""Who comes in, and with how much: host, token, bounds; around the whole interface."""

import asyncio
import contextlib
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access import Keys, address_of, asked_host, bearer_token, inside, is_foreign, person_of
from assistant.server.limits import Limits
from assistant.server.refusals import Refused, busy, ending

PERSON = "yiju.person"  # in the scope of a request: who asks
AT = "yiju.at"  # and the address that this server was reached at

_FOR_ALL = "/health"
_SOURCES = "/v1/sources"
_STREAMED = "/v1/chat/completions"
_LOCAL = "local"
_DRAINED, _DRAINED_SECONDS = 64_000_000, 5.0  # bytes


@dataclass(frozen=True)
class Doors:
    """How the interface is reached: with which tokens, under which path, and whether through a proxy."""

    keys: Keys | None = None  # None: whoever is at this machine
    base: str = ""
    proxied: bool = False


class Entry:
    """Wraps the interface: refuses foreign hosts and sites, wrong tokens, and what is too much."""

    def __init__(self, app: ASGIApp, doors: Doors, limits: Limits) -> None:
        self._app = app
        self._doors = doors
        self._limits = limits
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = inside(scope, self._doors.base)
        sending = _Sending(send, self._limits.send_seconds)
        self._running += 1
        try:
            most = self._bound(scope)
            person = await self._person(scope)
            bounded = self._bounded(receive, most)
            headers = Headers(scope=scope)
            at = f"{scope['scheme']}://{asked_host(headers, self._doors.proxied)}{self._doors.base}"
            await self._app({**scope, PERSON: person, AT: at}, bounded, sending)
        except Refused as refusal:
            if refusal.status == 413:
                await _drain(receive)
            await refusal.response(scope, receive, sending)
        except ClientDisconnect:
            pass  # there is nobody to tell
        except asyncio.CancelledError:  # the server ends, and this took longer than it waits for
            await sending.break_off(scope, receive)
        finally:
            self._running -= 1

    def _bound(self, scope: Scope) -> int:
        """Return how many bytes a request may bring. Raises Refused for one that is not to be looked at."""
        headers = Headers(scope=scope)
        if is_foreign(headers, self._doors.keys is None, self._doors.proxied):
            raise Refused(403, "Yiju answers programs of this machine, by its own name.", "foreign_host")
        if self._running > self._limits.requests:
            raise busy(f"{self._limits.requests} requests are under way, as many as are taken on. Try again soon.")
        most = self._limits.body
        if scope["path"] == _SOURCES:
            is_form = headers.get("content-type", "").lower().startswith("multipart/")
            most = self._limits.upload if is_form else self._limits.text
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise _too_large(most)
        return most

    async def _person(self, scope: Scope) -> str:
        keys, headers = self._doors.keys, Headers(scope=scope)
        if keys is None or scope["path"] == _FOR_ALL:
            return _LOCAL
        token = bearer_token(headers)
        person = await run_in_threadpool(keys.bearer, token, address_of(scope)) if token else None
        if person is None:
            said = "This token is not valid." if token else "A token is needed: Authorization: Bearer TOKEN."
            raise Refused(401, said, "invalid_api_key", None, {"WWW-Authenticate": "Bearer"})
        return person_of(person)

    def _bounded(self, receive: Receive, most: int) -> Receive:
        taken, is_whole, begun = 0, False, asyncio.get_running_loop().time()

        async def receiving() -> Message:
            nonlocal taken, is_whole
            if is_whole:
                return await receive()  # what follows is that the client has gone
            until = begun + self._limits.body_seconds + taken / self._limits.body_rate
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body did not come; send it whole.") from None
            taken += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if taken > most:
                raise HTTPException(413, str(_too_large(most)))
            return message

        return receiving


def _too_large(most: int) -> Refused:
    return Refused(413, f"The body is larger than {most:,} bytes. Send less.", "too_large")


async def _drain(receive: Receive) -> None:
    """Take some more of a body: whoever is still sending it would not read why it is refused."""
    taken = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            while taken < _DRAINED:
                message = await receive()
                taken += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


class _Sending:
    """Sends a response with our headers; a client that does not read it is not waited for."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._is_begun = self._is_over = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Cache-Control"] = "no-store"
            self._is_begun = True
        elif message["type"] == "http.response.body":
            self._is_over = not message.get("more_body", False)
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError:
            raise ClientDisconnect from None

    async def break_off(self, scope: Scope, receive: Receive) -> None:
        """Say that the server ends, as far as it can still be said: by the status, or as the last event of a stream."""
        refusal = ending()
        if not self._is_begun:
            await refusal.response(scope, receive, self)
        elif not self._is_over and scope["path"] == _STREAMED:
            last = f"data: {refusal.body.model_dump_json()}\n\n".encode()
            await self({"type": "http.response.body", "body": last, "more_body": False})
