"""Fetching one page from a web address: bounded in size, time, type and redirects, from the machine that was checked.

By the standard library's client, because it leaves the connection to us. urllib3 and httpx take a name, look it up
again when they connect, and bound each read but not the whole.
"""

import math
import re
import socket
import ssl
import time
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Any, Literal, cast
from urllib.parse import unquote

from index.errors import SourceError
from index.sources.address import Address, Machine, address_of, is_allowed, machines

_REDIRECTS = 5
_SECONDS = 30.0
_CONNECTS_WITHIN = 10.0  # seconds for each of a host's addresses: IPv6 is often announced where it does not work
_PIECE = 65_536
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")  # what servers say of any file
_ALIASES = {"application/xhtml+xml": "text/html", "text/x-markdown": "text/markdown"}


@dataclass(frozen=True)
class Fetched:
    """What an address gave. `address` is the one that answered, after redirects; `data` is empty when "unchanged"."""

    address: str
    media_type: str
    charset: str | None
    data: bytes
    etag: str | None
    last_modified: str | None
    status: Literal["new", "unchanged"]


def fetch(
    url: str,
    *,
    types: Mapping[str, str],
    largest: int,
    allow: Collection[str] = (),
    etag: str | None = None,
    modified: str | None = None,
    seconds: float = _SECONDS,
) -> Fetched:
    """Get one page. Raises SourceError in one line: the address, why, and what to do.

    `types` are the media types that can be read, by file extension; `largest` bounds the bytes, packed and unpacked;
    `seconds` bounds the whole. `allow` names hosts that may be in a private network; a page outside of it cannot
    redirect there. With the `etag` or `modified` (Last-Modified) of an earlier answer, an unchanged page costs no
    transfer. Any port may be named. Proxies of the environment are not used: a proxy would look the name up itself,
    and connect where we did not look. No cookies are kept.
    """
    deadline = time.monotonic() + seconds
    conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
    try:
        asked = address_of(url.strip())
        return _follow(asked, _Bounds(types, largest, deadline), allow, {k: v for k, v in conditions.items() if v})
    except SourceError as error:
        reason = str(error)
    except TimeoutError:
        reason = f"it took longer than {seconds:g} seconds. Try again later"
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not valid ({error.verify_message.rstrip('.')}). Check the address"
    except (OSError, HTTPException, zlib.error) as error:
        said = " ".join((getattr(error, "strerror", None) or str(error)).split())[:200]
        reason = f"the connection failed ({said or type(error).__name__}). Try again later"
    raise SourceError(line_about(url, reason))


def line_about(url: str, reason: str) -> str:
    """What an error says of an address: one line that prints, and no password."""
    line = re.sub(r"//[^/]*@", "//…@", url.strip()) + f": {reason}."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


@dataclass(frozen=True)
class _Bounds:
    types: Mapping[str, str]
    largest: int
    deadline: float

    def remaining(self) -> float:
        """Seconds; raises TimeoutError when there are none."""
        return _remaining(self.deadline)


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return min(seconds, 1e6)


def _follow(asked: Address, bounds: _Bounds, allow: Collection[str], conditions: Mapping[str, str]) -> Fetched:
    address = asked
    for _ in range(_REDIRECTS + 1):
        connection = _Connection(address, machines(address, allow, bounds.remaining()), bounds.deadline)
        try:
            connection.request("GET", address.target, headers={**_headers(bounds), **conditions})
            response = connection.getresponse()
            location = response.getheader("Location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return _answer(address, response, bounds, bool(conditions))
        finally:
            connection.close()
        if not is_allowed(address, allow):
            allow = ()  # the web may not lead into the network that a person allowed us alone to read
        address = _redirected(asked, address, location)
    raise SourceError(
        f"it redirects more than {_REDIRECTS} times. Open it in a browser and give the address it ends at"
    )


def _redirected(asked: Address, address: Address, location: str) -> Address:
    try:
        location = location.encode("latin-1").decode()  # http.client reads headers as Latin-1, servers send UTF-8
    except UnicodeError:
        pass
    try:
        to = address.joined(location)
    except SourceError as error:
        raise SourceError(f"it redirects to {location[:200]!r}: {error}") from None
    if address.scheme == "https" and to.scheme == "http":
        raise SourceError(f"it redirects from https to http ({to}). Give that address if it is meant")
    if _is_login(to) and not _is_login(asked):
        raise SourceError(f"it wants a login (it redirects to {to}). Save the page in your browser and add the file")
    return to


def _is_login(address: Address) -> bool:
    path, _, _ = address.target.partition("?")
    return bool(
        re.search(r"/(?:log|sign)[-_]?in(?=[/.]|$)|/(?:wp-login|authwall|authorize|sso)(?=[/.]|$)", path.lower())
        or re.match(r"(?:login|signin|sso|passport|accounts?)\.", address.host)
    )


def _headers(bounds: _Bounds) -> dict[str, str]:
    wanted = ", ".join(sorted(set(bounds.types.values())))
    return {
        "User-Agent": _user_agent(),
        "Accept": f"{wanted}, application/xhtml+xml, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


@cache
def _user_agent() -> str:
    try:
        return f"yiju/{version('yiju')}"
    except PackageNotFoundError:  # run from its folder
        return "yiju"


# The connection


class _TimedSocket(socket.socket):
    """Every read ends at the deadline, however slowly the bytes drip."""

    deadline = math.inf

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_remaining(self.deadline))
        return super().recv_into(*args, **kwargs)


class _TimedTLSSocket(ssl.SSLSocket):
    deadline = math.inf

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_remaining(self.deadline))
        return super().recv_into(*args, **kwargs)


class _Connection(HTTPConnection):
    """A connection to one of the machines that were checked, and to nothing else."""

    def __init__(self, address: Address, to: list[Machine], deadline: float) -> None:
        super().__init__(address.host, address.port)
        self.default_port = 443 if address.scheme == "https" else 80  # for the Host header
        self._scheme = address.scheme
        self._machines = to
        self._deadline = deadline

    def connect(self) -> None:
        sock = self._connected()
        try:
            self.sock = self._in_tls(sock) if self._scheme == "https" else sock
        except BaseException:
            sock.close()
            raise

    def _connected(self) -> _TimedSocket:
        failed: OSError | None = None
        for machine in self._machines:
            sock = _TimedSocket(machine.family, socket.SOCK_STREAM)
            sock.deadline = self._deadline
            try:
                sock.settimeout(min(_remaining(self._deadline), _CONNECTS_WITHIN))
                sock.connect(machine.sockaddr)
                return sock
            except OSError as error:
                sock.close()
                failed = error
        _remaining(self._deadline)
        reason = "no answer" if isinstance(failed, TimeoutError) else failed.strerror if failed else "no address"
        raise SourceError(f"no connection to {self.host} port {self.port} ({reason}). Check the address")

    def _in_tls(self, sock: _TimedSocket) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        context.sslsocket_class = _TimedTLSSocket
        sock.settimeout(_remaining(self._deadline))  # the handshake ends by then, as a whole
        secure = cast(_TimedTLSSocket, context.wrap_socket(sock, server_hostname=self.host))
        secure.deadline = self._deadline
        return secure


# The answer


def _answer(address: Address, response: HTTPResponse, bounds: _Bounds, conditional: bool) -> Fetched:
    status = response.status
    etag, modified = (_kept(response.getheader(name)) for name in ("ETag", "Last-Modified"))
    if status == 304 and conditional:
        return Fetched(str(address), "", None, b"", etag, modified, "unchanged")
    if status != 200:
        raise SourceError(_why_not(status))
    said = response.headers.get_content_type() if response.getheader("Content-Type") else ""
    media_type = _media_type(address, said, bounds.types)
    data = _body(response, bounds)
    if not data.strip():
        raise SourceError("it is empty. Open it in a browser and save the page")
    if not media_type:
        if not re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", data[:1024], re.IGNORECASE):
            raise SourceError("it does not say of what type it is. Save it as a file and add that")
        media_type = "text/html"
    return Fetched(str(address), media_type, response.headers.get_content_charset(), data, etag, modified, "new")


def _kept(validator: str | None) -> str | None:
    """What can be sent back as it is."""
    return validator if validator and validator.isascii() and validator.isprintable() and len(validator) < 500 else None


def _why_not(status: int) -> str:
    if status in (401, 403, 407):
        return f"it wants a login, or no programs ({status}). Save the page in your browser and add the file"
    if status in (404, 410):
        return f"there is no such page ({status}). Check the address"
    if status == 429 or status >= 500:
        return f"the server cannot answer now ({status}). Try again later"
    return f"the server answered {status} and gave no page. Open it in a browser"


def _media_type(address: Address, said: str, types: Mapping[str, str]) -> str:
    """The type that is stated, or that of the file's extension where nothing definite is; "" when there is neither."""
    name = PurePosixPath(unquote(address.target.partition("?")[0]))
    stated = _ALIASES.get(said, said)
    if stated in _VAGUE:
        stated = types.get(name.suffix.lower()) or (stated if stated in types.values() else "")
    if stated and stated not in types.values():
        raise SourceError(f"its type {stated[:80]!r} is not supported. Supported: {' '.join(types)}")
    if not stated and said:
        raise SourceError(
            f"its type {said!r} says nothing. Save it as a file and add that. Supported: {' '.join(types)}"
        )
    return stated


def _body(response: HTTPResponse, bounds: _Bounds) -> bytes:
    """The whole body, unpacked. Both the packed and the unpacked bytes are bounded, and counted as they come."""
    packing = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip"):
        raise SourceError(
            f"it comes packed with {packing[:40]!r}, which was not asked for. Save it as a file and add that"
        )
    chunked = response.getheader("Transfer-Encoding") is not None
    stated = response.getheader("Content-Length", "")
    length = int(stated) if stated.isdecimal() and len(stated) < 20 and not chunked else None
    if length is not None and length > bounds.largest:
        raise _too_large(bounds)
    unpacker = _Unpacker(bounds) if packing != "identity" else None
    data = bytearray()
    arrived = 0
    while piece := response.read(_PIECE):
        bounds.remaining()
        arrived += len(piece)
        data += unpacker.unpack(piece, len(data)) if unpacker else piece
        if max(arrived, len(data)) > bounds.largest:
            raise _too_large(bounds)
    if length is not None and arrived < length or unpacker and not unpacker.is_whole:
        raise SourceError("the connection ended before the page did. Try again later")
    return bytes(data)


def _too_large(bounds: _Bounds) -> SourceError:
    return SourceError(
        f"it has more than the {bounds.largest / 1_000_000:g} MB that are read. Add a part of it as a file"
    )


class _Unpacker:
    """Unpacks gzip, never further than one byte beyond the bound."""

    def __init__(self, bounds: _Bounds) -> None:
        self._bounds = bounds
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    def unpack(self, piece: bytes, before: int) -> bytes:
        unpacked = bytearray()
        while piece:
            if self._stream.eof:  # a gzip file may have several members
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            room = self._bounds.largest + 1 - before - len(unpacked)
            unpacked += self._stream.decompress(piece, room)
            if before + len(unpacked) > self._bounds.largest:
                break
            piece = self._stream.unused_data
        return bytes(unpacked)
