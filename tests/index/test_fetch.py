"""Fetching web addresses: what comes, what is refused, and that nothing private is ever asked."""

import gzip
import re
import socket
import ssl
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.errors import SourceError
from index.sources import LARGEST, SUPPORTED
from index.sources.fetch import Fetched, fetch
from tests.site import PUBLIC, Internet, Page, Site, Visit, giving, leading, serving

HERE = ("127.0.0.1",)
PAGE = "<html><head><title>Notes</title></head><body><p>The ferry left at nine.</p></body></html>"


def get(url: str, **options: Any) -> Fetched:
    return fetch(url, **{"types": SUPPORTED, "largest": LARGEST, "allow": HERE, **options})


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"/notes": giving(PAGE)})) as site:
        yield site


@pytest.fixture
def internet(site: Site, monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(site, monkeypatch)


def address(site: Site, path: str = "/notes") -> str:
    return f"http://127.0.0.1:{site.port}{path}"


def refused(url: str, message: str, **options: Any) -> str:
    """The one line in which a fetch says why it failed: the address first, the next step last."""
    with pytest.raises(SourceError, match=message) as caught:
        get(url, **options)
    line = str(caught.value)
    assert "\n" not in line and line.startswith("http") and re.search(r": .+\. .+[.]$|YIJU_ALLOW_HOSTS=\S+\.$", line)
    return line


# What comes


def test_a_page_comes_with_its_type_its_bytes_and_the_address_that_answered(site: Site) -> None:
    site.pages["/old"] = leading("/notes", 301)
    fetched = get(address(site, "/old#part"))
    assert fetched.address == address(site)
    assert (fetched.media_type, fetched.data, fetched.status) == ("text/html", PAGE.encode(), "new")
    assert site.asked == ["/old", "/notes"]


def test_who_asks_is_said_and_nothing_else_about_this_machine(site: Site) -> None:
    site.pages["/first"] = giving(b"", 302, Location="/notes", Set_Cookie="visitor=7; Path=/")
    get(address(site, "/first"))
    for headers in site.headers:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
        assert re.fullmatch(r"yiju(/[\w.]+)?", headers["User-Agent"])
        assert headers["Host"] == f"127.0.0.1:{site.port}"


def test_a_proxy_of_the_environment_is_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Site()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert get(address(site)).data == PAGE.encode()
        assert proxy.connections == 0


def test_characters_beyond_ascii_are_asked_for_as_browsers_do(site: Site) -> None:
    site.pages["/%E8%8C%B6%20%E5%9B%AD"] = giving(PAGE)
    site.pages["/to"] = leading("/茶 园".encode().decode("latin-1"))
    assert get(address(site, "/茶 园?q=青山")).status == "new"
    assert get(address(site, "/to")).status == "new"
    assert site.asked[0] == "/%E8%8C%B6%20%E5%9B%AD?q=%E9%9D%92%E5%B1%B1"


@pytest.mark.parametrize(
    ("path", "stated", "media_type"),
    [
        ("/a", "text/html; charset=utf-8", "text/html"),
        ("/a", "TEXT/HTML", "text/html"),
        ("/a", "application/xhtml+xml", "text/html"),
        ("/a", "text/plain", "text/plain"),
        ("/a.md", "text/plain; charset=utf-8", "text/markdown"),
        ("/a.md?raw=1", "application/octet-stream", "text/markdown"),
        ("/a.TXT", "", "text/plain"),
        ("/a", "", "text/html"),
        ("/a.php", "text/html", "text/html"),
    ],
)
def test_the_type_is_as_stated_or_else_that_of_the_extension(
    site: Site, path: str, stated: str, media_type: str
) -> None:
    site.pages[path.partition("?")[0]] = giving(PAGE, Content_Type=stated)
    assert get(address(site, path)).media_type == media_type


def test_a_page_that_comes_packed_is_unpacked(site: Site) -> None:
    text = PAGE.encode()
    site.pages["/packed"] = giving(gzip.compress(text[:20]) + gzip.compress(text[20:]), Content_Encoding="gzip")
    assert get(address(site, "/packed")).data == text


def in_chunks(*pieces: bytes) -> Page:
    def page(visit: Visit) -> None:
        visit.protocol_version = "HTTP/1.1"
        visit.give(b"", Content_Length="", Transfer_Encoding="chunked")
        for piece in (*pieces, b""):
            visit.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    return page


def test_a_page_that_comes_in_chunks_is_whole(site: Site) -> None:
    site.pages["/chunks"] = in_chunks(b"The ferry ", b"left at nine.")
    assert get(address(site, "/chunks")).data == b"The ferry left at nine."


def test_a_page_that_did_not_change_is_not_sent_again(site: Site) -> None:
    def page(visit: Visit) -> None:
        same = visit.headers["If-None-Match"] == '"7"' or visit.headers["If-Modified-Since"] == "Sat, 03 May 2025"
        visit.give(b"" if same else PAGE.encode(), 304 if same else 200, ETag='"7"', Last_Modified="Sat, 03 May 2025")

    site.pages["/notes"] = page
    first = get(address(site))
    assert (first.etag, first.last_modified) == ('"7"', "Sat, 03 May 2025")
    assert get(address(site), etag='"6"').status == "new"
    for validators in ({"etag": first.etag}, {"modified": first.last_modified}):
        again = get(address(site), **validators)
        assert (again.status, again.data) == ("unchanged", b"")


def test_not_modified_is_no_answer_to_who_has_nothing(site: Site) -> None:
    site.pages["/notes"] = giving(b"", 304)
    refused(address(site), "the server answered 304")


def test_a_validator_that_cannot_be_sent_back_is_not_kept(site: Site) -> None:
    site.pages["/notes"] = giving(PAGE, ETag='"é"', Last_Modified="x" * 600)
    fetched = get(address(site))
    assert (fetched.etag, fetched.last_modified) == (None, None)


# What the server does wrong, or will not give


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, r"wants a login.*\(401\)\. Save the page in your browser"),
        (403, r"wants a login.*\(403\)\. Save the page in your browser"),
        (404, r"no such page \(404\)\. Check the address"),
        (410, r"no such page \(410\)\. Check the address"),
        (418, r"answered 418 .*Open it in a browser"),
        (204, r"answered 204 .*Open it in a browser"),
        (206, r"answered 206 .*Open it in a browser"),
        (302, r"answered 302 .*Open it in a browser"),
        (429, r"cannot answer now \(429\)\. Try again later"),
        (500, r"cannot answer now \(500\)\. Try again later"),
        (503, r"cannot answer now \(503\)\. Try again later"),
    ],
)
def test_a_page_that_is_not_given_says_why_and_what_to_do(site: Site, status: int, message: str) -> None:
    site.pages["/notes"] = giving(b"" if status == 204 else b"words", status)
    refused(address(site), message)


@pytest.mark.parametrize("to", ["/login?next=/notes", "/users/sign_in", "/wp-login.php", "/SignIn/"])
def test_a_redirect_to_a_login_is_said_to_be_one_and_not_followed(site: Site, to: str) -> None:
    site.pages["/notes"] = leading(to)
    refused(address(site), r"wants a login \(it redirects to .*Save the page in your browser")
    assert site.asked == ["/notes"]


def test_a_login_page_that_is_asked_for_is_fetched(site: Site) -> None:
    site.pages |= {"/login": leading("/login/"), "/login/": giving(PAGE), "/blog": leading("/blogging-in-2025")}
    assert get(address(site, "/login")).status == "new"
    refused(address(site, "/blog"), "404")


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({"Content_Type": "video/mp4"}, b"words", r"type 'video/mp4' is not supported\. Supported: \.txt"),
        ({"Content_Type": "application/octet-stream"}, b"words", "says nothing. Save it as a file"),
        ({"Content_Type": ""}, b"words", "does not say of what type it is. Save it as a file"),
        ({"Content_Encoding": "br"}, b"words", "packed with 'br'"),
        ({"Content_Encoding": "gzip"}, b"words", "connection failed .*Try again"),
        (
            {"Content_Encoding": "gzip"},
            gzip.compress(b"words" * 99, mtime=0)[:-9],
            "ended before the page did. Try again",
        ),
        ({"Content_Length": "99"}, b"words", "ended before the page did. Try again"),
        ({"Content_Length": "0"}, b"", "it is empty. Open it"),
        ({}, b" \n\n", "it is empty. Open it"),
        ({"Content_Length": "50000001"}, b"words", "more than the 50 MB"),
        ({"Content_Length": "-5", "Transfer_Encoding": "chunked"}, b"zz\r\nwords", "connection failed .*Try again"),
        ({"Content_Length": "", "Transfer_Encoding": "chunked"}, b"9\r\nwords", "connection failed .*Try again"),
    ],
    ids=repr,
)
def test_an_answer_that_cannot_be_used_says_so(site: Site, headers: dict[str, str], body: bytes, message: str) -> None:
    site.pages["/notes"] = giving(body, **headers)
    refused(address(site), message)


def test_the_type_is_refused_before_the_body_is_read(site: Site) -> None:
    def page(visit: Visit) -> None:
        visit.give(b"", Content_Type="video/mp4", Content_Length="40000000")  # which never comes

    site.pages["/film"] = page
    refused(address(site, "/film"), "video/mp4")


def endless(visit: Visit) -> None:
    visit.protocol_version = "HTTP/1.1"
    visit.give(b"", Content_Length="", Transfer_Encoding="chunked")
    while True:
        visit.wfile.write(b"2710\r\n" + b"a" * 10_000 + b"\r\n")


def endless_without_length(visit: Visit) -> None:
    visit.give(b"", Content_Length="")
    while True:
        visit.wfile.write(b"a" * 10_000)


def lying(visit: Visit) -> None:
    visit.give(b"a" * 200_000, Content_Length="200000", Transfer_Encoding="chunked, gzip")


@pytest.mark.parametrize(
    "page",
    [
        giving(b"a" * 100_001),
        endless,
        endless_without_length,
        lying,
        giving(gzip.compress(bytes(80_000_000), mtime=0), Content_Encoding="gzip"),
        giving(gzip.compress(b"a" * 60_000, mtime=0) * 2, Content_Encoding="gzip"),
    ],
    ids=["stated", "endless chunks", "endless", "two statements", "a gzip bomb", "two gzip members"],
)
def test_more_than_is_read_is_refused_packed_or_not(site: Site, page: Page) -> None:
    site.pages["/notes"] = page
    refused(address(site), r"more than the 0\.1 MB that are read\. Add a part of it", largest=100_000)


def test_a_gzip_bomb_is_not_unpacked_beyond_the_bound(site: Site) -> None:
    site.pages["/notes"] = giving(gzip.compress(bytes(80_000_000), mtime=0), Content_Encoding="gzip")
    tracemalloc.start()
    refused(address(site), "more than", largest=100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_the_largest_page_is_read(site: Site) -> None:
    for headers, body in [({}, b"a" * 100_000), ({"Content_Encoding": "gzip"}, gzip.compress(b"a" * 100_000))]:
        site.pages["/notes"] = giving(body, **headers)
        assert get(address(site), largest=100_000).data == b"a" * 100_000


_DRIPS_FOR = 10.0  # seconds


def dripping(before: bytes, drop: bytes) -> Page:
    def page(visit: Visit) -> None:
        visit.wfile.write(before)
        for _ in range(int(_DRIPS_FOR / 0.05)):
            visit.wfile.write(drop)
            time.sleep(0.05)

    return page


@pytest.mark.parametrize(
    "page",
    [
        dripping(b"", b""),
        dripping(b"", b"H"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"a"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        leading("/notes"),
    ],
    ids=["silence", "status", "headers", "continue", "body", "chunk size", "redirects"],
)
def test_the_whole_is_bounded_in_time_however_slowly_it_drips(site: Site, page: Page) -> None:
    def slow(visit: Visit) -> None:
        time.sleep(0.1)
        page(visit)

    site.pages["/notes"] = slow
    started = time.monotonic()
    refused(address(site), r"longer than 0\.4 seconds\. Try again later", seconds=0.4)
    assert time.monotonic() - started < _DRIPS_FOR / 2


def test_a_name_that_takes_long_to_find_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    refused("http://slow.example/", r"longer than 0\.2 seconds", seconds=0.2)


def test_redirects_end(site: Site) -> None:
    site.pages |= {f"/{n}": leading(f"/{n + 1}", 308) for n in range(6)} | {
        "/6": giving(PAGE),
        "/round": leading("/round"),
    }
    assert get(address(site, "/1")).address.endswith("/6")
    for path in ("/0", "/round"):
        refused(address(site, path), "redirects more than 5 times. Open it in a browser")


def test_nobody_there_and_no_such_name_are_said(site: Site, internet: Internet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused(f"http://127.0.0.1:{port}/", rf"no connection to 127\.0\.0\.1 port {port} \(Connection refused\)\. Check")
    refused("http://nowhere.example/", r"nowhere\.example is not known \(Name or service.*Check the spelling")


def test_the_next_address_of_a_host_is_tried(site: Site, internet: Internet) -> None:
    internet.names["two.example"] = [["127.0.0.9", "127.0.0.1"]]
    assert get(f"http://two.example:{site.port}/notes", allow=["two.example"]).status == "new"
    assert internet.dialled == ["127.0.0.9", "127.0.0.1"]


# Nothing private is asked. The site listens on 127.0.0.1, so that most of these would reach it.

PRIVATE = [
    "http://127.0.0.1:{port}/notes",
    "http://127.0.0.2:{port}/notes",
    "http://127.1:{port}/notes",
    "http://127.0.1:{port}/notes",
    "http://2130706433:{port}/notes",
    "http://017700000001:{port}/notes",
    "http://0x7f000001:{port}/notes",
    "http://0x7f.0.0.1:{port}/notes",
    "http://0177.0.0.1:{port}/notes",
    "http://127.0.0.01:{port}/notes",
    "http://0:{port}/notes",
    "http://0.0.0.0:{port}/notes",
    "http://127.0.0.1.:{port}/notes",
    "http://１２７.０.０.１:{port}/notes",
    "http://①②⑦。0。0。①:{port}/notes",
    "http://127%2e0%2e0%2e1:{port}/notes",
    "http://%31%32%37.0.0.1:{port}/notes",
    "http://[::1]:{port}/notes",
    "http://[::]:{port}/notes",
    "http://[0:0:0:0:0:0:0:1]:{port}/notes",
    "http://[::ffff:127.0.0.1]:{port}/notes",
    "http://[::ffff:7f00:1]:{port}/notes",
    "http://[::127.0.0.1]:{port}/notes",
    "http://[2002:7f00:1::]:{port}/notes",
    "http://[2001:0:7f00:1::80ff:fffe]:{port}/notes",
    "http://[64:ff9b::127.0.0.1]:{port}/notes",
    "http://[64:ff9b::a00:1]:{port}/notes",
    "http://[64:ff9b:1::7f00:1]:{port}/notes",
    "http://[fe80::1]:{port}/notes",
    "http://[fe80::1%25lo]:{port}/notes",
    "http://[::1%25lo]:{port}/notes",
    "http://[fc00::1]:{port}/notes",
    "http://[fd00:ec2::254]:{port}/latest/meta-data/",
    "http://[ff02::1]:{port}/notes",
    "http://[2001:db8::1]:{port}/notes",
    "http://[100::1]:{port}/notes",
    "http://[v1.127.0.0.1]:{port}/notes",
    "http://localhost:{port}/notes",
    "http://LOCALHOST:{port}/notes",
    "http://localhost.:{port}/notes",
    "http://notes.localhost:{port}/notes",
    "http://localhost.localdomain:{port}/notes",
    "http://printer.local:{port}/notes",
    "http://router.home.arpa:{port}/notes",
    "http://metadata.google.internal:{port}/computeMetadata/v1/",
    "http://intranet:{port}/notes",
    "http://10.0.0.1:{port}/notes",
    "http://10.255.255.255:{port}/notes",
    "http://172.16.0.1:{port}/notes",
    "http://172.31.255.255:{port}/notes",
    "http://192.168.0.1:{port}/notes",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://100.64.0.1:{port}/notes",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/opc/v1/",
    "http://192.0.2.1:{port}/notes",
    "http://198.18.0.1:{port}/notes",
    "http://224.0.0.1:{port}/notes",
    "http://240.0.0.1:{port}/notes",
    "http://255.255.255.255:{port}/notes",
    "http://user@127.0.0.1:{port}/notes",
    "http://example.org@127.0.0.1:{port}/notes",
    "http://127.0.0.1:{port}@example.org/",
    "http://example.org:80@127.0.0.1:{port}/notes",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1\t:{port}/notes",
    "http://127.0.0.1:0/notes",
    "http://127.0.0.1:{port}x/notes",
    "http://:{port}/notes",
    "http:///notes",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_an_address_that_is_not_of_the_public_web_is_refused_and_nobody_is_asked(
    site: Site, internet: Internet, url: str
) -> None:
    with pytest.raises(SourceError):
        get(url.replace("{port}", str(site.port)), allow=())
    assert (internet.looked_up, internet.dialled, site.connections) == ([], [], 0)


@pytest.mark.parametrize(
    "url", [*PRIVATE, "file:///etc/hosts", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/"]
)
def test_a_redirect_there_is_refused_too(site: Site, internet: Internet, url: str) -> None:
    to = url.replace("{port}", str(site.port)).encode().decode("latin-1")
    site.pages["/leave"] = leading(to)
    internet.names["public.example"] = [[PUBLIC]]
    internet.names["intranet.example"] = [["127.0.0.1"]]
    for host, allow in [("public.example", ()), ("intranet.example", ["intranet.example"])]:
        site.asked.clear()
        internet.dialled.clear()
        with pytest.raises(SourceError, match=r"^http://\w+\.example:\d+/leave: "):
            get(f"http://{host}:{site.port}/leave", allow=allow)
        assert site.asked == ["/leave"] and len(internet.dialled) == 1


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["0.0.0.0"],
        ["fe80::1"],
        ["64:ff9b::7f00:1"],
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
    ],
    ids=" ".join,
)
def test_a_public_name_of_a_private_address_is_refused(site: Site, internet: Internet, answer: list[str]) -> None:
    internet.names["public.example"] = [answer]
    line = refused(f"http://public.example:{site.port}/notes", "no public web page. If you trust", allow=())
    assert line.endswith("YIJU_ALLOW_HOSTS=public.example.")
    assert internet.dialled == [] and site.connections == 0


def test_a_name_that_changes_is_looked_up_once_and_the_checked_address_is_dialled(
    site: Site, internet: Internet
) -> None:
    internet.names["public.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert get(f"http://public.example:{site.port}/notes", allow=()).data == PAGE.encode()
    assert (internet.looked_up, internet.dialled) == (["public.example"], [PUBLIC])


def test_a_name_that_changes_between_redirects_is_checked_again(site: Site, internet: Internet) -> None:
    internet.names["public.example"] = [[PUBLIC], ["127.0.0.1"]]
    site.pages["/leave"] = leading("/notes")
    refused(f"http://public.example:{site.port}/leave", r"public\.example is 127\.0\.0\.1, this machine", allow=())
    assert (site.asked, internet.dialled) == (["/leave"], [PUBLIC])


def test_an_ipv4_address_inside_nat64_is_dialled_as_it_is_written(site: Site, internet: Internet) -> None:
    refused(f"http://[64:ff9b::{PUBLIC}]:{site.port}/notes", "Network is unreachable", allow=())
    assert internet.dialled == ["64:ff9b::5db8:d70e"]  # a network without IPv4 reaches the public one so


# What a person allows


def test_a_private_host_can_be_allowed_by_its_name_alone(site: Site, internet: Internet) -> None:
    internet.names |= {name: [["127.0.0.1"]] for name in ("wiki.example", "other.example", "localhost")}
    for host, allow in [
        ("wiki.example", "wiki.example"),
        ("localhost", "LocalHost "),
        ("WIKI.example", "wiki.example"),
    ]:
        assert get(f"http://{host}:{site.port}/notes", allow=[allow]).status == "new"
    site.asked.clear()
    for host in ("other.example", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "sub.wiki.example", "wiki.example."):
        refused(f"http://{host}:{site.port}/notes", "127|a dot|unusual|not known|IPv4", allow=["wiki.example"])
    assert site.asked == []


@pytest.mark.parametrize("allowed", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_an_ipv6_address_is_allowed_however_it_is_written(allowed: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused(f"http://[::1]:{port}/", "no connection", allow=[allowed])


def test_a_public_page_cannot_redirect_into_what_a_person_allowed(site: Site, internet: Internet) -> None:
    internet.names |= {"public.example": [[PUBLIC]], "wiki.example": [["127.0.0.1"]]}
    site.pages["/leave"] = leading(f"http://wiki.example:{site.port}/notes")
    refused(f"http://public.example:{site.port}/leave", "wiki.example is 127", allow=["wiki.example"])
    assert site.asked == ["/leave"]
    assert get(f"http://wiki.example:{site.port}/leave", allow=["wiki.example"]).status == "new"


def test_a_password_is_not_repeated(site: Site) -> None:
    line = refused(f"http://anna:secret@127.0.0.1:{site.port}/", "user's name or password. Leave away")
    assert "secret" not in line and "anna" not in line


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a.txt", "file:///etc/hosts", "javascript://example.org/%0aalert(1)"]
)
def test_only_http_and_https_are_fetched(url: str) -> None:
    with pytest.raises(SourceError, match="only http:// and https:// are fetched. Name a file by its path"):
        get(url)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for secure.example and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=secure.example"
    command += " -addext subjectAltName=DNS:secure.example -keyout key.pem -out cert.pem"
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not here to make a certificate")
    (folder / "both.pem").write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return folder / "both.pem"


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    site = Site({"/notes": giving(PAGE)})
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    with serving(site):
        yield site


@pytest.fixture
def secure_internet(secure: Site, monkeypatch: pytest.MonkeyPatch) -> Internet:
    internet = Internet(secure, monkeypatch)
    internet.names |= {"secure.example": [[PUBLIC]], "other.example": [[PUBLIC]]}
    return internet


def test_https_is_verified_for_the_name_and_dials_the_checked_address(secure: Site, secure_internet: Internet) -> None:
    assert get(f"https://secure.example:{secure.port}/notes", allow=()).data == PAGE.encode()
    assert secure_internet.dialled == [PUBLIC]


def test_a_certificate_of_another_name_is_refused(secure: Site, secure_internet: Internet) -> None:
    refused(f"https://other.example:{secure.port}/notes", "certificate is not valid .*mismatch.*Check the address")
    assert secure.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: Site, secure_internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    refused(f"https://secure.example:{secure.port}/notes", "certificate is not valid .*self.signed.*Check the address")
    assert secure.asked == []


def test_a_redirect_from_https_to_http_is_refused(secure: Site, secure_internet: Internet) -> None:
    secure.pages["/notes"] = leading(f"http://secure.example:{secure.port}/plain")
    refused(f"https://secure.example:{secure.port}/notes", "from https to http .*Give that address if it is meant")
    assert secure.asked == ["/notes"]


def test_https_that_drips_and_a_handshake_that_never_ends_are_bounded(secure: Site, secure_internet: Internet) -> None:
    secure.pages["/notes"] = dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"a")
    started = time.monotonic()
    refused(f"https://secure.example:{secure.port}/notes", "longer than 0.5 seconds", seconds=0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        refused(silent_url, "longer than 0.5 seconds", seconds=0.5)
    assert time.monotonic() - started < _DRIPS_FOR


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/\nInjected: yes", "http://exa\x00mple.org/", f"http://{'a' * 70}.org/", "http://\ud800/"]
)
def test_an_odd_address_is_refused_in_one_printable_line(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        get(url)
    assert str(caught.value).isprintable()
