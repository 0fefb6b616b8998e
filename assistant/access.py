"""Whom a server answers: this machine alone, or those who bring a token; and the port that it is served on."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from assistant.errors import ServingError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Keys(Protocol):
    """Tells whose a token is; accounts are such keys."""

    def bearer(self, token: str, address: str) -> str | None:
        """Return whose token this is, None when it is nobody's; `address` is where it came from."""


def person_of(name: str) -> str:
    """Return what whoever has an account, or a token, is known as: to the counting, the line, and their chats."""
    return f"account {name.encode().hex()}"


@dataclass(frozen=True)
class _Site:
    """Where an address leads."""

    scheme: str
    netloc: str
    name: str | None
    port: int | None


def _split(address: str) -> _Site | None:
    """Return where an address leads; None for what cannot be read as one."""
    try:
        parts = urlsplit(address)
        return None if "@" in parts.netloc else _Site(parts.scheme, parts.netloc, parts.hostname, parts.port)
    except ValueError:
        return None


def asked_host(headers: Headers, proxied: bool) -> str:
    """Return the host that a request was sent to, as the proxy says where one is believed."""
    return (proxied and headers.get("x-forwarded-host")) or headers.get("host", "")


def asked_port(headers: Headers, proxied: bool) -> int | None:
    """Return the port that a request was sent to, as its browser knows it; None when it names none."""
    site = _split(f"//{asked_host(headers, proxied)}")
    return site.port if site else None


def is_foreign(headers: Headers, this_machine_alone: bool, proxied: bool) -> bool:
    """Return whether a request comes by a foreign name (DNS rebinding) or from another site's page."""
    host, origin = _split(f"//{asked_host(headers, proxied)}"), headers.get("origin")
    if host is None or (this_machine_alone and host.name not in LOOPBACK):
        return True
    if origin is None:
        return False
    asking = _split(origin)
    if asking is None or asking.scheme not in ("http", "https"):
        return True
    if this_machine_alone:  # whose names are one; another port is another program's page
        return asking.name not in LOOPBACK or asking.port != host.port
    return asking.netloc != host.netloc


def inside(scope: Scope, base: str) -> Scope:
    """Return the scope with the path as the application knows it; proxies cut the base path off or leave it."""
    path = str(scope["path"])
    if base and (path == base or path.startswith(base + "/")):
        return dict(scope, path=path[len(base) :], raw_path=path[len(base) :].encode(), is_based=True)
    return scope


def bearer_token(headers: Headers) -> str | None:
    """Return the token that a request brings, if any."""
    given = headers.get("authorization", "")
    return given[7:].strip() if given[:7].lower() == "bearer " else None


def address_of(scope: Scope) -> str:
    """Return where a request came from."""
    return scope["client"][0] if scope.get("client") else ""


def without(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[tuple[bytes, bytes]]:
    """Return the headers but those of a name."""
    return [header for header in headers if header[0] != name.encode()]


def take_port(host: str, port: int) -> socket.socket:
    """Take the port that something will be served on; 0 takes a free one. Raises ServingError when it cannot be had."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise ServingError(
                f"Port {port} is in use, perhaps by another Yiju. Close that program, or choose another port: "
                f"--port {port + 1}."
            ) from error
        raise ServingError(f"Port {port} of {host} cannot be used: {error}. Choose another with --port.") from error


def address_at(listening: socket.socket, base: str = "") -> str:
    """Return the address that a port is reached at."""
    host, port = listening.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return address + (f"{base}/" if base else "")
