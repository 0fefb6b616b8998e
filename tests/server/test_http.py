"""Search, sources, and what is refused: each with its status and an error that a program can read."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from assistant.accounts import Accounts, hashed
from assistant.errors import ServingError, SettingsError
from assistant.server.app import Beside, application, listen
from assistant.server.entry import Doors
from assistant.server.limits import Limits
from assistant.server.tokens import Tokens
from assistant.turnstile import Most
from assistant.web.room import Room
from tests.server.serving import Served, eventually, made, serving

PASSWORD = "a long enough password"
TOKEN = "a-token-of-some-length"
QUESTION = {"model": "yiju", "messages": [{"role": "user", "content": "How many arches has the old bridge?"}]}


def client_of(served: Served) -> httpx.Client:
    return httpx.Client(base_url=served.address, trust_env=False, timeout=60)


def question(text: str, **more: object) -> dict[str, object]:
    return {"model": "yiju", "messages": [{"role": "user", "content": text}], **more}


def error_of(response: httpx.Response) -> dict[str, str]:
    body = response.json()
    assert set(body) == {"error"} and set(body["error"]) == {"message", "type", "code", "param"}
    return dict(body["error"])


# Search and sources


def test_a_search_gives_passages_with_both_ranks_and_their_place(http: httpx.Client, served: Served) -> None:
    hits = http.post("/v1/search", json={"query": "harbour master Lisbon", "k": 2}).json()["data"]
    assert [hit["rank"] for hit in hits] == [1, 2] and hits[0]["dense_rank"] and hits[0]["words_rank"]
    source = served.service.index.source(hits[0]["source_id"])
    assert source is not None and source.text[hits[0]["start"] : hits[0]["end"]] == hits[0]["quote"]
    chinese = http.post("/v1/search", json={"query": "harbour", "where": {"language": "zh"}}).json()["data"]
    assert {hit["language"] for hit in chinese} == {"zh"}


def test_a_source_is_uploaded_read_by_stretches_and_removed(http: httpx.Client, served: Served) -> None:
    text = "渡轮记事\n\n渡轮每天九点开航，票价三元。🚢"
    added = http.post("/v1/sources", params={"wait": 30}, files={"file": ("../渡轮.txt", text.encode())})
    assert added.status_code == 202 and added.json()["state"] == "added" and added.json()["name"] == "../渡轮.txt"[3:]
    at = f"/v1/sources/{added.json()['source_id']}"
    stretch = http.get(at, params={"start": 6, "end": 11}).json()
    assert (stretch["text"], stretch["start"], stretch["end"], stretch["length"]) == (text[6:11], 6, 11, len(text))
    assert http.get(at, params={"start": 10**6}).json()["text"] == ""
    assert at[-32:] in {one["id"] for one in http.get("/v1/sources").json()["data"]}
    kept = list((served.service.index.folder / "files").rglob("*.txt"))
    assert http.delete(at).json() == {"id": at[-32:], "object": "source", "deleted": True}
    assert len(kept) == 1 and not kept[0].exists(), "an uploaded file goes with its source"
    assert error_of(http.get(at))["code"] == error_of(http.delete(at))["code"] == "not_found"


def test_what_is_added_can_be_waited_for_or_asked_after(http: httpx.Client) -> None:
    adding = http.post("/v1/sources", json={"title": "Ferries", "text": "The ferry sails at nine."}).json()
    done = http.get(f"/v1/additions/{adding['id']}", params={"wait": 30}).json()
    assert (done["state"], done["passages"]) == ("added", 1)
    assert http.get("/v1/additions/999").status_code == 404


@pytest.mark.parametrize("body", [b"", b"ZH", b"{", b"[]", b"\xff", b'{"text":'])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "a/b"])
def test_what_is_no_source_at_all_is_malformed(http: httpx.Client, body: bytes, kind: str) -> None:
    response = http.post("/v1/sources", content=body, headers={"content-type": kind})
    assert response.status_code == 400 and error_of(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"address": "ftp:nothing"}, "no web address"),
        ({"address": "https://example.org/a", "title": "A"}, "title: Extra inputs are not permitted"),
        ({}, "address: Field required"),
        ({"text": " "}, "The text is empty"),
    ],
)
def test_what_cannot_be_added_is_named(http: httpx.Client, body: dict[str, str], message: str) -> None:
    response = http.post("/v1/sources", json=body)
    assert response.status_code == 400 and message in error_of(response)["message"]


def test_a_page_of_the_private_network_is_not_fetched(http: httpx.Client) -> None:
    done = http.post("/v1/sources", params={"wait": 30}, json={"address": "http://10.1.2.3/"}).json()
    assert done["state"] == "failed" and "private address" in done["reason"]


def test_an_unreadable_file_is_named_without_where_it_lies(http: httpx.Client, served: Served) -> None:
    assert http.post("/v1/sources", files={"file": ("a.xyz", b"1")}).status_code == 400
    broken = http.post("/v1/sources", params={"wait": 30}, files={"file": ("broken.docx", b"no document")}).json()
    assert broken["state"] == "failed" and broken["reason"].startswith("broken.docx")
    assert str(served.service.index.folder) not in json.dumps(broken)


# What is refused


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "The body is not JSON"),
        (b"[" * 50_000, 400, ""),
        (b"\xff\xfe", 400, ""),
        (b"[]", 400, "The body"),
        (b'{"model": "yiju"}', 400, "messages: Field required"),
        (b'{"model": "yiju", "messages": []}', 400, "messages"),
        (b'{"model": "yiju", "messages": [{"role": "god", "content": "Why?"}]}', 400, "messages.0.role"),
        (b'{"model": "yiju", "messages": [{"role": "system", "content": "Why?"}]}', 400, "role user"),
        (json.dumps(question(" ")).encode(), 400, "The question is empty"),
        (json.dumps(question("字" * 30_000)).encode(), 400, "30,000 characters"),
        (json.dumps(question("Why?", n=2)).encode(), 400, "n: "),
        (json.dumps(question("Why?", yiju={"where": {"colour": "red"}})).encode(), 400, "yiju.where.colour"),
        (json.dumps(question("Why?", yiju={"where": {"published": ["soon", None]}})).encode(), 400, "write a date as"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_malformed_question_is_named(
    http: httpx.Client, body: bytes, status: int, message: str, stream: bool
) -> None:
    if stream and body.endswith(b"}"):
        body = body[:-1] + b', "stream": true}'
    response = http.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert response.status_code == status and message in error_of(response)["message"]
    assert error_of(response)["type"] == "invalid_request_error"


def test_a_picture_in_a_message_is_refused_and_not_passed_over(http: httpx.Client) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:,"}}]
    body = {"model": "yiju", "messages": [{"role": "user", "content": parts}]}
    assert http.post("/v1/chat/completions", json=body).status_code == 400


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/search", "/v1/sources", "/mcp"])
def test_a_body_that_is_too_large_is_refused_with_its_bound(http: httpx.Client, path: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 1_000_000

    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    told = http.post(path, content=b" " * 10_000_000, headers=headers)
    untold = http.post(path, content=endless(), headers=headers)
    assert (told.status_code, untold.status_code) == (413, 413)
    assert "bytes" in error_of(told)["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/docs", 404), ("GET", "/v1/chat/completions", 405), ("PUT", "/v1/sources/x", 405)],
)
def test_what_is_not_there_is_a_json_error(http: httpx.Client, method: str, path: str, status: int) -> None:
    response = http.request(method, path)
    assert response.status_code == status and error_of(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"host": "[x"}])
def test_foreign_names_and_other_sites_pages_are_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    for path in ("/health", "/v1/models", "/openapi.json", "/mcp"):
        assert error_of(http.get(path, headers=headers))["code"] == "foreign_host"


def test_a_model_that_fails_is_a_bad_gateway_and_leaks_nothing(http: httpx.Client) -> None:
    response = http.post("/v1/chat/completions", json=question("Does the harbour crash?"))
    assert response.status_code == 502 and "somebody" not in response.text and "server's log" in response.text
    with http.stream("POST", "/v1/chat/completions", json=question("Does the harbour crash?", stream=True)) as stream:
        events = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    assert events[-1]["error"]["code"] == "model" and "somebody" not in json.dumps(events)


def test_an_index_that_fails_leaks_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served, client_of(served) as http:
        served.service.index.close()
        response = http.post("/v1/search", json={"query": "harbour"})
        assert response.status_code == 503 and str(tmp_path) not in response.text and error_of(response)


# Tokens


def test_nothing_but_health_is_answered_without_the_token(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"# of the desk\n{TOKEN}\n", encoding="utf-8-sig")
    doors = Doors(Tokens.given(tmp_path / "tokens"))
    with serving(tmp_path, doors) as served, client_of(served) as http:
        assert http.get("/health").json() == {"status": "ready", "percent": None}
        looked = http.head("/health")
        assert (looked.status_code, looked.content) == (200, b"")
        for path in ("/v1/models", "/openapi.json", "/mcp", "/nothing"):
            for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
                response = http.get(path, headers=given)
                assert response.status_code == 401 and error_of(response)["code"] == "invalid_api_key"
                assert response.headers["www-authenticate"] == "Bearer"
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert http.get("/v1/models", headers=bearer).status_code == 200
        assert http.get("/v1/models", headers=bearer | {"host": "desk.example"}).status_code == 200
        assert http.get("/v1/models", headers=bearer | {"origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("written", "why"), [("", "There is no token"), ("short", "has 5 characters; take at least 16"), (None, "be read")]
)
def test_bad_tokens_are_named(tmp_path: Path, written: str | None, why: str) -> None:
    if written is not None:
        (tmp_path / "tokens").write_text(written)
    with pytest.raises(SettingsError, match=why):
        Tokens.given(tmp_path / "tokens")


def test_the_environment_gives_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Tokens.given(None) is None
    monkeypatch.setenv("YIJU_TOKEN", TOKEN)
    tokens = Tokens.given(None)
    assert tokens is not None and tokens.bearer(TOKEN, "") and tokens.bearer(TOKEN + "x", "") is None


def test_beyond_this_machine_it_is_served_only_with_a_token() -> None:
    with pytest.raises(ServingError, match="'0.0.0.0'.*YIJU_TOKEN.*--token-file FILE"):
        listen("0.0.0.0", 0, Doors())
    with listen("0.0.0.0", 0, Doors(Tokens([TOKEN]))) as taken:
        assert taken.getsockname()[1]


def test_a_token_asks_so_often_and_no_oftener(tmp_path: Path) -> None:
    with (
        serving(tmp_path, most=Most(a_minute=2, of_one=1)) as served,
        httpx.Client(base_url=served.address, trust_env=False, timeout=60) as http,
    ):
        asked = [http.post("/v1/chat/completions", json=QUESTION) for _ in range(3)]
        assert [one.status_code for one in asked] == [200, 200, 429]
        assert error_of(asked[2])["code"] == "rate_limit_exceeded" and int(asked[2].headers["retry-after"]) > 0


# Beside the page


def test_the_interface_stands_beside_the_page_behind_the_same_accounts(tmp_path: Path) -> None:
    from assistant.web.app import application as page  # late: loads Gradio
    from assistant.web.guard import Doors as PageDoors

    service, _ = made(tmp_path)
    accounts = Accounts.parse(hashed("ada", PASSWORD))
    room = Room(service.choices.choose("scripted", "normal").assistant, choices=service.choices)
    interface = application(service, Doors(accounts, "/desk"))
    both = Beside(interface, page(room, PageDoors(accounts, "/desk")), "/desk")
    with TestClient(both, base_url="http://desk.example", follow_redirects=False) as client:
        assert client.get("/desk/").headers["location"] == "/desk/yiju/login"
        assert client.get("/desk/yiju/page.css").status_code == 200
        assert client.get("/desk/v1/models").json()["error"]["code"] == "invalid_api_key"
        bearer = {"authorization": f"Bearer {PASSWORD}"}
        assert client.get("/desk/v1/models", headers=bearer).status_code == 200
        asked = client.post("/desk/v1/chat/completions", headers=bearer, json=question("茶园去年的产量是多少？"))
        (annotation,) = asked.json()["choices"][0]["message"]["annotations"]
        assert annotation["url_citation"]["url"].startswith("http://desk.example/desk/v1/sources/")
        added = client.post("/desk/v1/sources", headers=bearer, params={"wait": 30}, json={"text": "Nine ferries."})
        listed = client.get("/desk/yiju/sources", headers=bearer).json()["rows"]
        assert added.json()["source_id"] in {row["id"] for row in listed}, "and the page lists it"
    service.index.close()


# Many, slow and gone


def head(path: str, length: int) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_fifty_at_once_are_all_answered(served: Served) -> None:
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=served.address, trust_env=False, timeout=60, limits=limits) as client:
        asked = [
            client.post("/v1/chat/completions", json={**QUESTION, "stream": bool(number % 2)}) for number in range(50)
        ]
        answered = await asyncio.gather(*asked)
    assert {one.status_code for one in answered} == {200}
    assert all("The old bridge has seven arches.[1]" in one.text for one in answered)


async def test_more_searches_than_run_at_once_wait_for_one_another(http: httpx.Client, served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.address, trust_env=False, timeout=60) as client:
        found = await asyncio.gather(*(client.post("/v1/search", json={"query": "harbour"}) for _ in range(40)))
    assert {one.status_code for one in found} == {200} and len({one.text for one in found}) == 1


async def test_more_than_are_taken_on_are_told_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path, most=Most(at_once=2), pause=0.3) as served:
        async with httpx.AsyncClient(base_url=served.address, trust_env=False, timeout=60) as client:
            answered = await asyncio.gather(*(client.post("/v1/chat/completions", json=QUESTION) for _ in range(6)))
    assert sorted(one.status_code for one in answered) == [200, 200, 503, 503, 503, 503]
    busy = next(one for one in answered if one.status_code == 503)
    assert error_of(busy)["code"] == "busy" and int(busy.headers["retry-after"]) > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_follow_up_waits_for_its_place_before_the_model_is_asked_what_it_means(tmp_path: Path, stream: bool) -> None:
    said = [
        {"role": "user", "content": "How many arches has the old bridge?"},
        {"role": "user", "content": "Who was he?"},
    ]
    body = json.dumps({"model": "yiju", "messages": said, "stream": stream}).encode()
    with serving(tmp_path) as served:
        with ExitStack() as places:
            line = served.service.choices.choose("scripted").line
            for _ in range(8):
                places.enter_context(line.place("somebody else", lambda before: True))
            with socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2]))) as asking:
                asking.sendall(head("/v1/chat/completions", len(body)) + body)
                time.sleep(0.5)
                assert not served.model.pieces
            time.sleep(0.5)
        time.sleep(0.5)
        assert not served.model.pieces, "and one who goes away meanwhile leaves the line"
        with client_of(served) as http:
            assert http.post("/v1/chat/completions", json=json.loads(body)).status_code == 200
        assert served.model.pieces


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_stops_the_model(tmp_path: Path, stream: bool) -> None:
    with serving(tmp_path, pause=0.03) as served:
        body = json.dumps(question("Tell me everything of the old bridge", stream=stream)).encode()
        with socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2]))) as gone:
            gone.sendall(head("/v1/chat/completions", len(body)) + body)
            assert eventually(lambda: len(served.model.pieces) > 3)
        assert eventually(lambda: bool(served.model.stops)), "the model is stopped"
        written = len(served.model.pieces)
        assert written < 200
        time.sleep(0.2)
        assert len(served.model.pieces) == written, "and writes nothing more"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_takes_too_long_is_stopped(tmp_path: Path, stream: bool) -> None:
    limits = Limits(answer_seconds=5)  # enough to be let in to the model where much else runs: not so is 503
    with serving(tmp_path, limits=limits, pause=1.0) as served:
        response = httpx.post(
            f"{served.address}/v1/chat/completions",
            json=question("Tell me everything of the old bridge", stream=stream),
            trust_env=False,
            timeout=60,
        )
        assert response.status_code == (200 if stream else 504)
        assert '"code":"timeout"' in response.text
        assert eventually(lambda: bool(served.model.stops))


def test_a_body_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, limits=Limits(body_seconds=0.3)) as served:
        with socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2]))) as slow:
            slow.sendall(head("/v1/search", 9) + b"{")
            slow.settimeout(20)
            assert slow.recv(99).startswith(b"HTTP/1.1 408")
