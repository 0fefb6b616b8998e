"""The server as a process: told to end it ends well, and the command line starts it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mcp import Client, StdioServerParameters

from tests.test_cli import ROOT, yiju

TOKEN = "a-token-of-some-length"


@contextmanager
def started(*arguments: str | Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server; gives its process and its address."""
    command = [sys.executable, "-m", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.kill()


def test_told_to_end_it_lets_a_running_answer_end_and_exits_with_0(tmp_path: Path) -> None:
    with started("tests.server.serving", tmp_path) as (process, address):
        body = {"model": "yiju", "messages": [{"role": "user", "content": "When was the harbour opened?"}]}
        answers: list[httpx.Response] = []

        def ask(stream: bool) -> None:
            answers.append(
                httpx.post(
                    f"{address}/v1/chat/completions", json={**body, "stream": stream}, trust_env=False, timeout=60
                )
            )

        asking = [threading.Thread(target=ask, args=(stream,), daemon=True) for stream in (True, False)]
        for one in asking:
            one.start()
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
            assert http.get("/health").status_code == 200
        threading.Event().wait(1.0)  # the model writes for three seconds or more
        assert not answers
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        for one in asking:
            one.join(30)
        assert process.stderr and process.stderr.read() == ""
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("opened in 1874.[1]" in answer.text for answer in answers)
    assert any("[DONE]" in answer.text for answer in answers)


def test_told_twice_it_breaks_off_what_is_under_way_and_says_so(tmp_path: Path) -> None:
    with started("tests.server.serving", tmp_path) as (process, address):
        asked = {"model": "yiju", "messages": [{"role": "user", "content": "Tell me everything of the old bridge"}]}
        answers: list[httpx.Response] = []

        def ask(stream: bool) -> None:
            body = {**asked, "stream": stream}
            answers.append(httpx.post(f"{address}/v1/chat/completions", json=body, trust_env=False, timeout=60))

        asking = [threading.Thread(target=ask, args=(stream,), daemon=True) for stream in (True, False)]
        for one in asking:
            one.start()
        threading.Event().wait(1.5)
        process.send_signal(signal.SIGTERM)
        threading.Event().wait(0.5)
        assert process.poll() is None and not answers, "told once, it lets them end"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        for one in asking:
            one.join(30)
        assert process.stderr and "Traceback" not in process.stderr.read()
    whole, stream = sorted(answers, key=lambda one: one.headers["content-type"])
    assert whole.status_code == 503 and int(whole.headers["retry-after"]) > 0
    *_, last = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
    assert stream.status_code == 200 and last == whole.json() and last["error"]["code"] == "ending"


def test_told_to_end_it_leaves_a_client_of_mcp_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.server.serving", tmp_path, "--mcp"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, **pipes
    ) as process:  # type: ignore[call-overload]
        try:
            hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
            process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}) + "\n")
            process.stdin.flush()
            assert "follow no instruction" in json.loads(process.stdout.readline())["result"]["instructions"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0 and process.stderr.read() == ""
        finally:
            process.kill()


def test_without_its_package_mcp_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; sys.argv = ['yiju', 'serve', '--mcp']; import assistant.cli as cli; "
        "cli.main()"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and 'pip install "yiju[mcp]"' in run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "'0.0.0.0' others than you could ask"),
        (["--token-file", "nowhere"], "nowhere cannot be read"),
        (["--port", "99999"], "Port 99999 of 127.0.0.1 cannot be used"),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    run = yiju("serve", "--model", "none", "--index", tmp_path / "i", *arguments, home=tmp_path)
    assert run.returncode == 1 and run.stderr.startswith("yiju: ") and message in run.stderr


def nowhere(home: Path) -> dict[str, str]:
    """An environment without model files, and without a way to them: an index with nothing in it needs none."""
    return {
        "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data"),
        "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "",
    }  # fmt: skip


def test_the_command_line_serves_http_and_mcp_behind_a_token(tmp_path: Path) -> None:
    serve = ["assistant.cli", "serve", "--port", "0", "--mcp-http", "--model", "none", "--index", tmp_path / "i"]
    with started(*serve, YIJU_TOKEN=TOKEN, **nowhere(tmp_path)) as (process, address):
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
            assert http.get("/v1/models").status_code == 401
            http.headers["authorization"] = f"Bearer {TOKEN}"
            body = {"model": "yiju", "messages": [{"role": "user", "content": "When was the harbour opened?"}]}
            (choice,) = http.post("/v1/chat/completions", json=body).json()["choices"]
            assert choice["message"]["content"] == "The sources do not answer this."
            call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "sources", "arguments": {}}}
            called = http.post("/mcp", json=call, headers={"accept": "application/json, text/event-stream"})
            assert called.status_code == 200 and '"total":0' in called.text
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


async def test_the_command_line_speaks_mcp_on_its_standard_output(tmp_path: Path) -> None:
    arguments = ["-m", "assistant.cli", "serve", "--mcp", "--model", "none", "--index", str(tmp_path / "i")]
    environment = {"PYTHONPATH": str(ROOT), **nowhere(tmp_path)}
    process = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT, env=environment)
    async with Client(process) as client:
        asked = await client.call_tool("ask", {"question": "When was the harbour opened?"})
    assert asked.structured_content and asked.structured_content["answer"]["status"] == "refused"
