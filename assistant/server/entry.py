"""Who comes in, and with how much: host, token, bounds; around the whole interface."""

import asyncio
import contextlib
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access import Keys, address_of, asked_host, bearer_token, inside, is_foreign
from assistant.server.limits import Limits
from assistant.server.refusals import Refused, busy

PERSON = "yiju.person"  # in the scope of a request: who asks
AT = "yiju.at"  # and the address that this server was reached at

_FOR_ALL = "/health"
_SOURCES = "/v1/sources"
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
        sending = _with_headers(send)
        self._running += 1
        try:
            most = self._bound(scope)
            person = await self._person(scope)
            headers = Headers(scope=scope)
            at = f"{scope['scheme']}://{asked_host(headers, self._doors.proxied)}{self._doors.base}"
            await self._app({**scope, PERSON: person, AT: at}, self._bounded(receive, most), sending)
        except Refused as refusal:
            if refusal.status == 413:
                await _drain(receive)
            await refusal.response(scope, receive, sending)
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
        return f"token {person}"

    def _bounded(self, receive: Receive, most: int) -> Receive:
        taken, is_whole = 0, False

        async def receiving() -> Message:
            nonlocal taken, is_whole
            if is_whole:
                return await receive()  # what follows is that the client has gone
            try:
                message = await asyncio.wait_for(receive(), self._limits.chunk_seconds)
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


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Cache-Control"] = "no-store"
        await send(message)

    return sending
