"""Ask a served index from many connections for minutes; print what was answered, how fast, and whether memory is flat.

    python bench/connections.py [--connections 200] [--minutes 2] [--warm 1] [--index DIR] [--model none]

A `yiju serve` of its own over the index (default: a new one over samples/), with a token for each connection, is asked
by that many at once, each with one request after another: answers whole and as streams, searches, lists, models; and
what is wrong: malformed bodies, questions of 5 MB, wrong tokens, answers left in the middle, bodies that come a byte
at a time. Every answer must have a status that its request deserves, every error OpenAI's shape, and 429 and 503 a
Retry-After; another 5xx is wrong. Memory is counted once the models are loaded and the load has lasted `--warm`
minutes: before that, threads, their allocator's arenas and the database's pages come to stay, once.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
QUESTIONS = (
    "When was the lighthouse built?", "图书馆是谁创办的？", "How many people live there?", "去年的产量是多少？",
    "Who wrote the report?", "为什么推迟了？",
)  # fmt: skip
MIX = {"whole": 6, "stream": 6, "left": 2, "search": 8, "models": 2, "list": 2, "malformed": 2, "huge": 1, "token": 2,
       "slow": 1}  # fmt: skip
FITTING = {
    "whole": {200, 429, 503}, "stream": {200, 429, 503}, "left": {200, 429, 503}, "search": {200, 503},
    "models": {200}, "list": {200}, "malformed": {400}, "huge": {413}, "token": {401}, "slow": {408},
}  # fmt: skip
HUGE = b'{"model": "yiju", "messages": [{"role": "user", "content": "' + b"why " * 1_250_000 + b'"}]}'
_LONGEST = 330  # seconds that a client waits: an answer may take 300
_STEP = 15.0  # seconds between the memory figures that are printed
_BLOCK = 5  # seconds whose mean is one point of the slope
_MOST = 2.0  # MB a minute, above which memory is said to grow
_T = 2.07  # Student's t for 95 % and 22 degrees of freedom, as two minutes of such points have


@dataclass
class Seen:
    """What all connections saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, status: int, started: float, headers: httpx.Headers, body: str = "") -> None:
        self.statuses[f"{kind} {status}"] += 1
        self.seconds.setdefault(kind, []).append(time.perf_counter() - started)
        if status not in FITTING[kind]:
            self.wrong.append(f"{kind} {status}: {body[:200]}")
        elif status in (429, 503) and not headers.get("retry-after", "").isdecimal():
            self.wrong.append(f"{kind} {status} without Retry-After")
        elif status >= 400 and body and not is_error(body):
            self.wrong.append(f"{kind} {status} is no error of OpenAI's shape: {body[:200]}")


def is_error(body: str) -> bool:
    """Return whether a body is an error as OpenAI's clients read it."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(error, dict) and set(error) == {"message", "type", "code", "param"}


async def _one(client: httpx.AsyncClient, seen: Seen, chance: random.Random) -> None:
    """Send one request of some kind."""
    kind = chance.choices(list(MIX), list(MIX.values()))[0]
    ask = {"model": "yiju", "messages": [{"role": "user", "content": chance.choice(QUESTIONS)}]}
    started = time.perf_counter()
    if kind in ("stream", "left"):
        async with client.stream("POST", "/v1/chat/completions", json={**ask, "stream": True}) as response:
            is_whole = kind == "stream" or response.status_code != 200
            text = "".join([one async for one in response.aiter_text()]) if is_whole else ""
            last = text.strip().rpartition("data: ")[2]
            is_ended = last == "[DONE]" or (is_error(last) and json.loads(last)["error"]["code"] == "busy")
            if kind == "stream" and response.status_code == 200 and not is_ended:
                seen.wrong.append(f"a stream without its end: {text[-200:]}")
        seen.note(kind, response.status_code, started, response.headers, text)
        return
    if kind == "slow":
        async with asyncio.timeout(_LONGEST):
            status = await _slowly(client, chance)
        seen.note(kind, status, started, httpx.Headers())
        return
    if kind == "whole":
        response = await client.post("/v1/chat/completions", json=ask)
    elif kind == "search":
        response = await client.post("/v1/search", json={"query": chance.choice(QUESTIONS)})
    elif kind in ("models", "list"):
        response = await client.get("/v1/models" if kind == "models" else "/v1/sources")
    elif kind == "token":
        response = await client.get("/v1/models", headers={"authorization": "Bearer of nothing at all"})
    else:
        body = HUGE if kind == "huge" else chance.choice([b"{", b'{"model": 1}', b"\xff", b'{"model": "yiju"}'])
        response = await client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    seen.note(kind, response.status_code, started, response.headers, response.text)
    if response.status_code in (429, 503):
        await asyncio.sleep(chance.uniform(0.2, 1))


async def _slowly(client: httpx.AsyncClient, chance: random.Random) -> int:
    """Send a body a byte at a time, until the server has had enough; return its status."""
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        head = f"Host: {url.host}\r\nAuthorization: {client.headers['authorization']}\r\nContent-Length: 9000\r\n"
        writer.write(f"POST /v1/search HTTP/1.1\r\n{head}\r\n".encode())
        reading = asyncio.create_task(reader.readline())
        while not reading.done():
            writer.write(b" ")
            await asyncio.wait({reading}, timeout=chance.uniform(0.5, 3))
        return int((await reading).split()[1])
    finally:
        writer.close()


async def _connection(address: str, until: float, seen: Seen, number: int, token: str) -> None:
    chance = random.Random(number)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=_LONGEST, headers=headers) as client:
        while time.monotonic() < until:
            try:
                await _one(client, seen, chance)
            except (httpx.HTTPError, OSError, IndexError) as error:
                seen.wrong.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(0.2)


async def _watched(pid: int, until: float) -> list[float]:
    """Return the server's memory in MB, once a second."""
    found = []
    while time.monotonic() < until:
        found.append(memory(pid))
        await asyncio.sleep(1)
    return found


async def run(address: str, pid: int, tokens: list[str], seconds: float) -> tuple[Seen, list[float]]:
    """Ask from a connection for each token; return what they saw, and the memory second by second."""
    await _ready(address)
    seen, until = Seen(), time.monotonic() + seconds
    print(f"{memory(pid):.0f} MB with the models loaded, before the first request")
    watching = asyncio.create_task(_watched(pid, until))
    await asyncio.gather(*(_connection(address, until, seen, at, token) for at, token in enumerate(tokens)))
    return seen, await watching


async def _ready(address: str) -> None:
    headers = {"connection": "close"}  # one that is kept may be closed while both import what they need
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60, headers=headers) as client:
        while (await client.get("/health")).json()["status"] != "ready":
            await asyncio.sleep(0.5)


def memory(pid: int) -> float:
    """Return the MB that a process holds (Linux)."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def slope(found: list[float]) -> tuple[float, float]:
    """Return by how many MB a minute the memory grew, by least squares over means of some seconds, and its 95 %.

    The means are taken as independent. They are not quite, so the uncertainty is somewhat too small.
    """
    points = [statistics.fmean(found[at : at + _BLOCK]) for at in range(0, len(found) - _BLOCK + 1, _BLOCK)]
    minutes = [at * _BLOCK / 60 for at in range(len(points))]
    line = statistics.linear_regression(minutes, points)
    middle = statistics.fmean(minutes)
    spread = sum((one - middle) ** 2 for one in minutes)
    off = sum((y - line.intercept - line.slope * x) ** 2 for x, y in zip(minutes, points, strict=True))
    return line.slope, _T * (off / (len(points) - 2) / spread) ** 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--warm", type=float, default=1, help="minutes of the same load before the memory is counted")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--model", default="none")
    chosen = parser.parse_args()
    tokens = [secrets.token_urlsafe() for _ in range(chosen.connections)]
    with tempfile.TemporaryDirectory() as folder:
        index = chosen.index or Path(folder) / "index"
        file = Path(folder) / "tokens"
        file.write_text("\n".join(tokens), encoding="utf-8")
        yiju = [sys.executable, "-m", "assistant.cli"]
        if chosen.index is None:
            subprocess.run([*yiju, "add", "samples", "--index", index], cwd=ROOT, check=True)
        serve = [*yiju, "serve", "--port", "0", "--model", chosen.model, "--index", index, "--token-file", file]
        with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            try:
                address = server.stdout.readline().split()[-1].rstrip("/")
                seconds = 60 * (chosen.warm + chosen.minutes)
                seen, found = asyncio.run(run(address, server.pid, tokens, seconds))
                server.send_signal(signal.SIGTERM)
                code = server.wait(timeout=60)
            finally:
                server.kill()
    return told(seen, found, round(60 * chosen.warm), code)


def told(seen: Seen, found: list[float], warm: int, code: int) -> int:
    """Print what was seen; return 1 when something of it is wrong, or the memory grows."""
    for name, count in sorted(seen.statuses.items()):
        print(f"{name:14} {count:7,}")
    for kind, seconds in sorted(seen.seconds.items()):
        slow = sorted(seconds)[int(0.95 * (len(seconds) - 1))]
        print(f"{kind:14} median {statistics.median(seconds):6.2f} s, 95 % within {slow:6.2f} s")
    steps = [f"{found[at]:.0f}" for at in range(0, len(found), round(_STEP))]
    print(f"memory each {_STEP:.0f} s, MB: {' '.join(steps)}")
    grown, about = slope(found[warm:])
    if grown - about > _MOST:
        verdict = "GROWS"
    elif grown + about <= _MOST:
        verdict = "flat"
    else:
        verdict = "not told apart from growing; run it longer"
    print(
        f"memory after {warm} s of warming up: {verdict} ({grown:+.2f} ± {about:.2f} MB a minute, 95 %; flat is at "
        f"most {_MOST:g}), {sum(seen.statuses.values()):,} requests in all"
    )
    print(f"exit code of the server: {code}; wrong: {len(seen.wrong)}")
    for one in list(dict.fromkeys(seen.wrong))[:5]:
        print(f"  {one}")
    return int(bool(seen.wrong) or code != 0 or verdict == "GROWS")


if __name__ == "__main__":
    sys.exit(main())
