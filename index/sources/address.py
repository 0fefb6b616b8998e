"""Web addresses, and which machine one may mean: only those of the public internet, unless a person allows it by name.

A page decides where its links and redirects lead, and its owner what its name resolves to. Neither may make us read
what only this machine can reach: a router's page, a database, a cloud's credentials (server-side request forgery).
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import quote, urljoin, urlsplit

from index.errors import SourceError

_PORTS = {"http": 80, "https": 443}
_LONGEST_NAME = 253  # RFC 1035; the idna codec takes quadratic time

# What is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-. Listed here,
# since what Python's `is_global` and `is_private` mean changed between its versions.
_IPV4 = {
    "0.0.0.0/8": "this machine itself",
    "10.0.0.0/8": "a private address",
    "100.64.0.0/10": "an address inside a provider's network",
    "127.0.0.0/8": "this machine itself",
    "168.63.129.16/32": "an address inside a cloud",  # public by number, but Azure's host answers there
    "169.254.0.0/16": "a link-local address",  # the clouds' credentials are at 169.254.169.254
    "172.16.0.0/12": "a private address",
    "192.0.0.0/24": "a reserved address",
    "192.0.2.0/24": "a reserved address",
    "192.88.99.0/24": "a reserved address",
    "192.168.0.0/16": "a private address",
    "198.18.0.0/15": "a reserved address",
    "198.51.100.0/24": "a reserved address",
    "203.0.113.0/24": "a reserved address",
    "224.0.0.0/4": "a multicast address",
    "240.0.0.0/4": "a reserved address",
}
_IPV6 = {
    "::/128": "this machine itself",
    "::1/128": "this machine itself",
    "::ffff:0:0/96": "an IPv4 address inside IPv6",
    "2001::/23": "a reserved address",  # Teredo among them, which carries an IPv4 address
    "2001:db8::/32": "a reserved address",
    "2002::/16": "an IPv4 address inside IPv6",  # 6to4
    "3fff::/20": "a reserved address",
    "fc00::/7": "a private address",
    "fe80::/10": "a link-local address",
    "fec0::/10": "a private address",
    "ff00::/8": "a multicast address",
}
_NOT_PUBLIC = {IPv4Network(net): kind for net, kind in _IPV4.items()}
_NOT_PUBLIC_6 = {IPv6Network(net): kind for net, kind in _IPV6.items()}
_UNICAST = IPv6Network("2000::/3")  # all that is given out of IPv6 so far
_NAT64 = IPv6Network("64:ff9b::/96")  # how networks without IPv4 reach it: the last 32 bits are the address

_LOCAL_NAMES = re.compile(
    r"[^.]+|(?:.*\.)?(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)"
)


@dataclass(frozen=True)
class Address:
    """A web address taken apart: the host in lower-case ASCII, the target as it is asked for."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"

    def joined(self, location: str) -> "Address":
        """Return the address that a redirect leads to. Raises SourceError, as `address_of` does."""
        location = location.strip()
        try:
            return address_of(location if is_address(location) else urljoin(str(self), location))
        except ValueError:
            raise SourceError("it is not a web address") from None


@dataclass(frozen=True)
class Machine:
    """One network address that a name stands for, as `socket.connect` takes it."""

    family: int
    sockaddr: tuple[Any, ...]


def is_address(named: str | Path) -> TypeGuard[str]:
    """Return whether this is an address of any scheme, and not a path."""
    return isinstance(named, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", named) is not None


def address_of(text: str) -> Address:
    """Take a web address apart. Raises SourceError for what is none, and for what hides where it leads."""
    if re.search(r"[\x00-\x1f\x7f\\]", text):  # urlsplit would drop some of them
        raise SourceError("it holds a backslash or a control character. Write it as a browser shows it")
    try:
        split = urlsplit(text.replace(" ", "%20"))
        port, name = split.port, split.hostname or ""
        target = quote(split.path or "/", safe="%/:=&~+!$,;'@()*[]|")
        query = quote(split.query, safe="%/:=&?~+!$,;'@()*[]|")
    except ValueError:
        raise SourceError("it is not a web address") from None
    if split.scheme not in _PORTS:
        raise SourceError("only http:// and https:// are fetched. Name a file by its path")
    if "@" in split.netloc:
        raise SourceError("it holds a user's name or password. Leave away what stands before the @")
    if port == 0:
        raise SourceError("there is no port 0")
    host = str(_ipv6(name)) if "[" in split.netloc else _host(name)
    return Address(split.scheme, host, port or _PORTS[split.scheme], target + (f"?{query}" if query else ""))


def _ipv6(name: str) -> IPv6Address:
    if "%" in name:
        raise SourceError("it names a zone of this machine's network (%)")
    try:
        return IPv6Address(name)
    except ValueError:
        raise SourceError(f"[{name}] is not an IPv6 address") from None


def _host(name: str) -> str:
    """Return a host's name in lower-case ASCII, or its IPv4 address in the plain form."""
    try:
        host = name.encode("idna").decode().lower() if len(name) <= _LONGEST_NAME else ""
    except UnicodeError:
        host = ""
    if host.endswith("."):
        raise SourceError(f"its host {name!r} ends with a dot. Leave the dot away")
    if not re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", host):
        raise SourceError(f"{name!r} is not the name of a host")
    # Systems read "127.1", "0x7f.1", "017700000001" and "2130706433" as IPv4 addresses; no name ends in a number.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise SourceError(f"{name!r} is an IPv4 address in an unusual form. Write it as four numbers") from None
    return host


def is_allowed(address: Address, allow: Collection[str]) -> bool:
    """Return whether a person allowed this very host, public or not."""
    return address.host in {_allowed(name) for name in allow}


def _allowed(name: str) -> str:
    plain = name.strip().strip("[]")
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return plain.lower()


def machines(address: Address, allow: Collection[str], seconds: float) -> list[Machine]:
    """Resolve the host once, within so many seconds, and return where it may be connected to.

    Raises SourceError when the name is not known, and when any of its addresses is not public (one is enough: who
    mixes them means us to take it) and the host not allowed.
    """
    allowed = is_allowed(address, allow)
    literal = _literal(address.host)
    if not allowed and literal is None and _LOCAL_NAMES.fullmatch(address.host):
        raise SourceError(_refusal(address, "the name of a machine in a local network"))
    found = [_machine(literal, address.port)] if literal else _resolved(address, seconds)
    for machine in found:
        kind = not_public(str(machine.sockaddr[0]))
        if kind and not allowed:
            raise SourceError(_refusal(address, f"{machine.sockaddr[0]}, {kind}" if literal is None else kind))
    return found


def _refusal(address: Address, kind: str) -> str:
    return (
        f"{address.host} is {kind}, and no public web page. If you trust this machine, allow it by name: "
        f"YIJU_ALLOW_HOSTS={address.host}"
    )


def not_public(ip: str) -> str | None:
    """Return what kind of address this is when it is not one of the public internet, else None."""
    found = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(found, IPv6Address) and found in _NAT64:
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if isinstance(found, IPv4Address):
        return next((kind for net, kind in _NOT_PUBLIC.items() if found in net), None)
    kind = next((kind for net, kind in _NOT_PUBLIC_6.items() if found in net), None)
    return kind or (None if found in _UNICAST else "a reserved address")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _machine(ip: IPv4Address | IPv6Address, port: int) -> Machine:
    if isinstance(ip, IPv6Address):
        return Machine(socket.AF_INET6, (str(ip), port, 0, 0))
    return Machine(socket.AF_INET, (str(ip), port))


def _resolved(address: Address, seconds: float) -> list[Machine]:
    """A thread waits for the name, because nothing else bounds how long that takes."""
    answers: queue.Queue[list[Machine] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            answers.put([Machine(row[0], row[4]) for row in rows if row[0] in (socket.AF_INET, socket.AF_INET6)])
        except OSError as error:
            answers.put(error)
        except UnicodeError:  # a label of more than 63 characters
            answers.put([])

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError) or not answer:
        reason = getattr(answer, "strerror", None) or "it has no address"
        raise SourceError(f"the host {address.host} is not known ({reason}). Check the spelling and your network")
    return answer
