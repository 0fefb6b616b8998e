"""A web site on this machine that counts who knocks, and an internet of made-up names and addresses around it."""

import errno
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

PUBLIC = "93.184.215.14"  # an address of the public internet, which here leads to the site

Page = Callable[["Visit"], None]


class Site(ThreadingHTTPServer):
    """Serves pages by path on 127.0.0.1; notes each connection, each request and its headers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, pages: Mapping[str, Page] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.pages = dict(pages or {})
        self.connections = 0
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    @property
    def port(self) -> int:
        return self.server_port

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: object) -> None:
        pass  # who asked has hung up


class Visit(BaseHTTPRequestHandler):
    """One request; `give` answers it."""

    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append(dict(self.headers))
        page = self.server.pages.get(self.path.partition("?")[0])
        if page:
            page(self)
        else:
            self.send_error(404)

    def give(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Type": "text/html", "Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    with site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


def giving(body: bytes | str, status: int = 200, **headers: str) -> Page:
    data = body.encode() if isinstance(body, str) else body
    return lambda visit: visit.give(data, status, **headers)


def leading(to: str, status: int = 302) -> Page:
    return giving(b"", status, Location=to)


class Internet:
    """What names resolve to, and who was dialled. Each answer to a name is used once, the last one for ever."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.looked_up: list[str] = []
        self.dialled: list[str] = []
        look_up, connect = socket.getaddrinfo, socket.socket.connect

        def getaddrinfo(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
            self.looked_up.append(host)
            if host not in self.names:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            answers = self.names[host]
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return [row for ip in found for row in look_up(ip, port, type=socket.SOCK_STREAM)]

        def dial(sock: socket.socket, sockaddr: Any) -> None:
            self.dialled.append(sockaddr[0])
            if sockaddr[0] != PUBLIC and not ipaddress.ip_address(sockaddr[0]).is_loopback:
                raise OSError(errno.ENETUNREACH, "Network is unreachable")
            connect(sock, ("127.0.0.1", site.port) if sockaddr[0] == PUBLIC else sockaddr)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", dial)
