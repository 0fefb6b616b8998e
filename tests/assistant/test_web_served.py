"""`yiju chat` as another process: behind a proxy, under a path, with accounts, and against what is far too large."""

import http.client
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "correct horse battery"
CHUNK = b"x" * 1_000_000


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "assistant.cli", *arguments]


def environment(home: Path) -> dict[str, str]:
    """An own cache and data folder, and no way to any mirror."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YIJU_", "PIP_"))}
    nowhere = {"HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1", "PYTHONUNBUFFERED": "1"}
    return clean | nowhere | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home)}


def type_password(name: str, typed: str, home: Path) -> str:
    """Run `yiju password NAME` on a terminal and return what it prints for the file."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("password", name), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT, env=environment(home),
        start_new_session=True, text=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        for prompts in (1, 2):
            while shown.count(b": ") < prompts:
                shown += os.read(ours, 1_000)
            os.write(ours, typed.encode() + b"\n")
        assert process.stdout is not None
        printed = process.stdout.read()
        os.close(ours)
    assert typed.encode() not in shown, "a password is not shown while it is typed"
    return printed


@dataclass(frozen=True)
class Served:
    """A running `yiju chat`, and the token that lets a program in."""

    port: int
    pid: int
    index: Path
    token: str

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))  # type: ignore[arg-type]
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def memory(self) -> int:
        """Return the most memory that the process has held so far, in bytes."""
        file = Path(f"/proc/{self.pid}/status")
        if not file.exists():
            pytest.skip("only Linux tells what another process holds")
        status = file.read_text(encoding="utf-8")
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", status)[0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`yiju chat` with the accounts that `yiju password` printed, under a path, believing its proxy."""
    home = tmp_path_factory.mktemp("served")
    line = type_password("ada", PASSWORD, home)
    made = subprocess.run(
        command("password", "robot", "--token"), capture_output=True, text=True, cwd=ROOT, env=environment(home)
    )
    (home / "accounts").write_text(line + made.stdout, encoding="utf-8-sig")  # as Notepad may save it
    assert PASSWORD not in line and made.stderr.split()[-1] not in made.stdout
    arguments = ["chat", "--index", str(home / "index"), "--model", "none", "--port", "0"]
    arguments += ["--auth", str(home / "accounts"), "--base-path", "/desk", "--proxy"]
    process = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment(home),
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.fullmatch(r"Yiju is at (http://127\.0\.0\.1:\d+/desk/)\n", said)
        assert address, said
        port = urlsplit(address[1]).port or 0
        yield Served(port, process.pid, home / "index", made.stderr.split()[-1])
    finally:
        process.kill()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


# As a proxy on this machine says it: who asks, for which host, over https.
FORWARDED = {"X-Forwarded-Host": "notes.example", "X-Forwarded-Proto": "https", "Origin": "https://notes.example"}


def log_in(served: Served, password: str, person: str) -> tuple[int, Mapping[str, str]]:
    headers = FORWARDED | {"X-Forwarded-For": person, "Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"name": "ada", "password": password})
    status, answered, _ = served.ask("POST", "/desk/yiju/login", form, headers)
    return status, answered


def test_behind_a_proxy_a_person_logs_in_and_has_the_page_under_its_path(served: Served) -> None:
    status, answered, _ = served.ask("GET", "/desk/", headers=FORWARDED)
    assert (status, answered["location"]) == (303, "/desk/yiju/login")
    status, answered = log_in(served, PASSWORD, "203.0.113.7")
    assert (status, answered["location"]) == (303, "/desk/")
    assert "; Secure" in answered["set-cookie"] and "Path=/desk/" in answered["set-cookie"], "https ends at the proxy"
    cookie = {"Cookie": answered["set-cookie"].split(";")[0]}
    status, _, page = served.ask("GET", "/desk/", headers=FORWARDED | cookie)
    assert status == 200 and "yiju/page.js" in page and "http://notes.example" not in page
    status, _, listed = served.ask("GET", "/desk/yiju/sources", headers=FORWARDED | cookie)
    assert status == 200 and json.loads(listed)["all"] == 0
    foreign = FORWARDED | cookie | {"Origin": "https://evil.example"}
    assert served.ask("POST", "/desk/yiju/texts", "{}", foreign)[0] == 404


def test_behind_a_proxy_wrong_passwords_are_counted_for_who_types_them(served: Served) -> None:
    tried = [log_in(served, f"wrong password {n}", "203.0.113.8")[0] for n in range(6)]
    assert tried == [401] * 5 + [429]
    assert log_in(served, PASSWORD, "203.0.113.9")[0] == 303, "another person behind the same proxy"


def test_beyond_this_machine_nothing_is_served_without_accounts(tmp_path: Path) -> None:
    arguments = command("chat", "--host", "0.0.0.0", "--model", "none", "--index", str(tmp_path / "i"), "--port", "0")
    run = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, env=environment(tmp_path), timeout=120)
    assert run.returncode == 1 and run.stdout == ""
    assert "'0.0.0.0' others than you could ask" in run.stderr and "yiju password NAME" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("is_announced", [True, False], ids=["with its length", "in chunks"])
def test_a_body_of_300_mb_is_refused_and_never_held(served: Served, is_announced: bool) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(300):
            sent += len(CHUNK)
            yield CHUNK

    before = served.memory()
    headers = {"Authorization": f"Bearer {served.token}"}
    headers |= {"Content-Length": str(300 * len(CHUNK))} if is_announced else {"Transfer-Encoding": "chunked"}
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    connection.putrequest("PUT", f"/desk/yiju/files?name={quote('报告.pdf')}")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    sending = connection.sock.dup()  # with the answer's head the connection gives its own up
    answered: list[http.client.HTTPResponse] = []
    listening = threading.Thread(target=lambda: answered.append(connection.getresponse()), daemon=True)
    listening.start()  # the answer comes while the body is still being sent
    try:
        for piece in body():
            sending.sendall(piece if is_announced else b"%x\r\n%b\r\n" % (len(piece), piece))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server has hung up
    sending.close()
    listening.join(30)
    (answer,) = answered
    told = json.loads(answer.read())["error"]
    connection.close()
    assert answer.status == 413
    assert re.match(r"It has [\d.]+ MB, more than the 50 MB that are read\. Split it", told)
    assert sent < 300 * len(CHUNK), "the rest is not waited for"
    assert served.memory() - before < 60_000_000
    assert not [one for one in served.index.glob("files/**/*") if one.is_file()], "nothing is left"
    assert served.ask("GET", "/desk/yiju/sources", headers={"Authorization": headers["Authorization"]})[0] == 200
