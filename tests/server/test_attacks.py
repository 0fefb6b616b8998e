"""What someone who wants to break, hold or learn something would send."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from assistant.accounts import Accounts, _hash, hashed
from assistant.server.entry import Doors, Entry
from assistant.server.limits import Limits
from assistant.server.tokens import Tokens
from tests.server.serving import Served, eventually, serving

JSON = {"content-type": "application/json"}
PASSWORD = "a long enough password"
TOKEN = "a-token-of-some-length"


def connected(served: Served) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2])))
    connection.settimeout(20)
    return connection


# From a page


def test_a_page_of_another_program_on_this_machine_adds_nothing(http: httpx.Client, served: Served) -> None:
    before = http.get("/v1/sources").json()["total"]
    simple = {"content-type": "text/plain", "origin": "http://localhost:3000"}  # what a browser sends unasked
    response = http.post("/v1/sources", params={"wait": 5}, content=b'{"text": "Ferries."}', headers=simple)
    assert response.status_code == 403 and response.json()["error"]["code"] == "foreign_host"
    assert http.get("/v1/sources").json()["total"] == before
    own = f"http://localhost:{served.address.rpartition(':')[2]}"
    assert http.get("/v1/sources", headers={"origin": own}).status_code == 200


@pytest.mark.parametrize("origin", ["https://[x", "null", "file://", "http://127.0.0.1:99999", "http://a@desk.example"])
def test_an_origin_that_is_none_is_refused(tmp_path: Path, origin: str) -> None:
    with serving(tmp_path, Doors(Tokens([TOKEN]))) as served:
        headers = {"authorization": f"Bearer {TOKEN}", "host": "desk.example", "origin": origin}
        response = httpx.get(f"{served.address}/v1/models", headers=headers, trust_env=False)
        assert response.status_code == 403 and response.json()["error"]["code"] == "foreign_host"


def test_a_page_may_not_read_what_is_answered(http: httpx.Client) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for response in (http.options("/v1/search", headers=asked), http.get("/v1/models")):
        assert not [name for name in response.headers if name.startswith("access-control")]


# With tokens


def test_the_last_of_many_accounts_comes_in_and_a_wrong_token_is_one_wrong_try() -> None:
    lines = [hashed(f"person{number}", f"{PASSWORD} {number}") for number in range(6)]
    accounts = Accounts.parse("\n".join(lines))
    assert accounts.bearer("a wrong password", "10.0.0.1") is None
    assert accounts.bearer(f"{PASSWORD} 5", "10.0.0.1") == "person5"
    assert accounts.may_try("10.0.0.1")


async def test_tries_at_once_are_no_more_than_tries_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts.parse(hashed("ada", PASSWORD))
    looked_at: list[str] = []

    def counted(password: str, salt: bytes) -> bytes:
        looked_at.append(password)
        return _hash(password, salt)

    monkeypatch.setattr("assistant.accounts._hash", counted)
    tried = [asyncio.to_thread(accounts.bearer, f"guess {number}", "10.0.0.1") for number in range(20)]
    assert set(await asyncio.gather(*tried)) == {None}
    assert len(looked_at) == 5, "not twenty"


# In a body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"query": "a \\ud800 b"}', "half of a character"),
        (b'{"query": "a", "where": {"heading": "\\udfff"}}', "where.heading"),
        (b'{"query": "a", "where": {"metadata": {"a": NaN}}}', "not finite"),
        (b'{"query": "a", "where": {"metadata": {"a": 1e999}}}', "not finite"),
        (json.dumps({"query": "a", "where": {"heading": "word " * 100_000}}).encode(), "where.heading"),
        (json.dumps({"query": "a", "where": {"metadata": dict.fromkeys(map(str, range(9_000)), 1)}}).encode(), "50"),
        (json.dumps({"query": "a", "where": {"source": ["x"] * 50_000}}).encode(), "where.source"),
        (b'{"query": "a", "where": {"metadata": {"a": ' + b"[" * 400 + b"]" * 400 + b"}}}", "where.metadata"),
        (b'{"query": "a", "k": ' + b"9" * 5_000 + b"}", ""),
    ],
)
def test_what_no_store_or_model_can_hold_is_malformed(http: httpx.Client, body: bytes, said: str) -> None:
    response = http.post("/v1/search", content=body, headers=JSON)
    assert response.status_code == 400 and said in response.text and len(response.text) < 500


def test_half_a_character_is_no_question(http: httpx.Client) -> None:
    body = b'{"model": "yiju", "messages": [{"role": "user", "content": "Why \\ud800?"}]}'
    response = http.post("/v1/chat/completions", content=body, headers=JSON)
    assert response.status_code == 400 and "half of a character" in response.text


def test_an_addition_that_fails_by_our_fault_does_not_tell_where_the_index_lies(tmp_path: Path) -> None:
    with serving(tmp_path) as served, httpx.Client(base_url=served.address, trust_env=False, timeout=60) as http:
        served.service.index.close()
        added = http.post("/v1/sources", params={"wait": 30}, json={"text": "Nine ferries sail."})
        assert added.json()["state"] == "failed" and "the server's log says why" in added.json()["reason"]
        assert str(tmp_path) not in added.text


@pytest.mark.parametrize("name", ["../../out.txt", "..\\..\\out.txt", "/etc/out.txt", "a/../../out.txt", "\0out.txt"])
def test_an_upload_stays_in_its_folder_whatever_its_name(http: httpx.Client, served: Served, name: str) -> None:
    folder = served.service.index.folder
    outside = {path for path in folder.parent.rglob("*") if not path.is_relative_to(folder / "files")}
    added = http.post("/v1/sources", params={"wait": 30}, files={"file": (name, f"Ferries of {name!r}.".encode())})
    assert added.json()["state"] in ("added", "unchanged")
    now = {path for path in folder.parent.rglob("*") if not path.is_relative_to(folder / "files")}
    assert not {path for path in now - outside if "out" in path.name}


# Slowly


def test_a_body_that_comes_a_byte_at_a_time_is_not_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, limits=Limits(body_seconds=1.0)) as served, connected(served) as slow:
        slow.sendall(b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n")
        begun = time.monotonic()
        slow.settimeout(0.1)
        answered = b""
        while not answered and time.monotonic() - begun < 20:
            slow.sendall(b" ")
            try:
                answered = slow.recv(99)
            except TimeoutError:
                continue
        assert answered.startswith(b"HTTP/1.1 408") and time.monotonic() - begun < 10


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: 127.0", b"whole"])
def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, sent: bytes) -> None:
    whole = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    begun = time.monotonic()
    with serving(tmp_path, limits=Limits(head_seconds=1.0)) as served, connected(served) as slow:
        if sent == b"whole":  # a first one, and then the beginning of a second
            begun = time.monotonic()
            slow.sendall(whole)
            answered = b""
            while not answered.endswith(b"}"):
                answered += slow.recv(999)
            sent = whole[:20]
        slow.sendall(sent)
        assert slow.recv(99) == b"" and 0.5 < time.monotonic() - begun < 30


def test_a_connection_that_asks_again_and_again_is_kept(tmp_path: Path) -> None:
    with serving(tmp_path, limits=Limits(head_seconds=4.0)) as served:
        busy = HTTPConnection("127.0.0.1", int(served.address.rpartition(":")[2]), timeout=20)
        busy.connect()
        first, until = busy.sock, time.monotonic() + 6
        while time.monotonic() < until:
            busy.request("GET", "/health")
            assert busy.getresponse().read() and busy.sock is first
            time.sleep(0.05)
        busy.close()


async def test_a_client_that_does_not_read_is_not_waited_for() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"much"})

    async def unread(message: Message) -> None:
        await asyncio.sleep(60 if message["type"] == "http.response.body" else 0)

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/v1/sources", "scheme": "http", "client": ("127.0.0.1", 1)}
    headers = [(b"host", b"127.0.0.1")]
    entry = Entry(app, Doors(), Limits(send_seconds=0.1))
    await asyncio.wait_for(entry({**scope, "headers": headers}, nothing, unread), 10)


def test_mcp_holds_no_stream_open(http: httpx.Client) -> None:
    response = http.get("/mcp", headers={"accept": "text/event-stream"})
    assert response.status_code == 405 and response.json()["error"]["code"] == "method_not_allowed"


def test_more_requests_than_are_taken_on_are_told_to_come_again(tmp_path: Path) -> None:
    def held(served: Served) -> Iterator[socket.socket]:
        for _ in range(3):
            connection = connected(served)
            connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
            yield connection

    with serving(tmp_path, limits=Limits(requests=3)) as served:
        holding = list(held(served))

        def asked() -> httpx.Response:
            return httpx.get(f"{served.address}/v1/models", trust_env=False)

        assert eventually(lambda: asked().status_code == 503) and int(asked().headers["retry-after"]) > 0
        for one in holding:
            one.close()
        assert eventually(lambda: asked().status_code == 200)
