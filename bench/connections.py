"""Ask a served index from many connections for minutes; print what was answered, how fast, and the server's memory.

    python bench/connections.py [--connections 200] [--minutes 2] [--index DIR] [--model none]

A `yiju serve` of its own over the index (default: a new one over samples/) is asked by that many connections, each
with one request after another: answers whole and as streams, searches, lists, malformed and too large ones, and
answers that are left in the middle. Nothing may be a 5xx but 503 (busy, with Retry-After), and the memory at the end
may be no more than a tenth above that of the first quarter.
"""

import argparse
import asyncio
import os
import random
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
_WARM = 0.25  # of the time, after which the memory should grow no more
_GROWTH = 1.1


@dataclass
class Seen:
    """What all connections saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, status: int, started: float, body: str = "") -> None:
        self.statuses[f"{kind} {status}"] += 1
        self.seconds.setdefault(kind, []).append(time.perf_counter() - started)
        if status >= 500 and status != 503:
            self.wrong.append(f"{kind} {status}: {body[:200]}")


async def _one(client: httpx.AsyncClient, seen: Seen, chance: random.Random) -> None:
    """Send one request of some kind."""
    kind = chance.choices(["whole", "stream", "left", "search", "list", "broken"], [3, 3, 1, 4, 1, 1])[0]
    ask = {"model": "yiju", "messages": [{"role": "user", "content": chance.choice(QUESTIONS)}]}
    started = time.perf_counter()
    if kind in ("stream", "left"):
        async with client.stream("POST", "/v1/chat/completions", json={**ask, "stream": True}) as response:
            if kind == "stream":
                text = "".join([one async for one in response.aiter_text()])
                if response.status_code == 200 and not text.endswith("data: [DONE]\n\n"):
                    seen.wrong.append(f"a stream without its end: {text[-200:]}")
        seen.note(kind, response.status_code, started)
        return
    if kind == "whole":
        response = await client.post("/v1/chat/completions", json=ask)
    elif kind == "search":
        response = await client.post("/v1/search", json={"query": chance.choice(QUESTIONS)})
    elif kind == "list":
        response = await client.get("/v1/sources")
    else:
        body = chance.choice([b"{", b"x" * 1_500_000, b'{"model": 1}'])
        response = await client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    seen.note(kind, response.status_code, started, response.text)
    if response.status_code == 503:
        await asyncio.sleep(chance.uniform(0.2, 1))


async def _connection(address: str, until: float, seen: Seen, number: int) -> None:
    chance = random.Random(number)
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=120) as client:
        while time.monotonic() < until:
            try:
                await _one(client, seen, chance)
            except httpx.HTTPError as error:
                seen.wrong.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(0.2)


async def _watched(pid: int, until: float) -> list[float]:
    """Return the server's memory in MB, about a hundred times over."""
    found, pause = [], max(0.2, (until - time.monotonic()) / 100)
    while time.monotonic() < until:
        found.append(memory(pid))
        await asyncio.sleep(pause)
    return found


async def run(address: str, pid: int, connections: int, seconds: float) -> tuple[Seen, list[float]]:
    """Ask from all connections; return what they saw, and the memory as time went by."""
    seen, until = Seen(), time.monotonic() + seconds
    watching = asyncio.create_task(_watched(pid, until))
    await asyncio.gather(*(_connection(address, until, seen, number) for number in range(connections)))
    return seen, await watching


def memory(pid: int) -> float:
    """Return the MB that a process holds (Linux)."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--model", default="none")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = chosen.index or Path(folder) / "index"
        yiju = [sys.executable, "-m", "assistant.cli"]
        if chosen.index is None:
            subprocess.run([*yiju, "add", "samples", "--index", index], cwd=ROOT, check=True)
        serve = [*yiju, "serve", "--port", "0", "--model", chosen.model, "--index", index]
        with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            try:
                address = server.stdout.readline().split()[-1].rstrip("/")
                seen, found = asyncio.run(run(address, server.pid, chosen.connections, chosen.minutes * 60))
                server.send_signal(signal.SIGTERM)
                code = server.wait(timeout=60)
            finally:
                server.kill()
    return told(seen, found, code)


def told(seen: Seen, found: list[float], code: int) -> int:
    """Print what was seen; return 1 when something of it is wrong."""
    for name, count in sorted(seen.statuses.items()):
        print(f"{name:12} {count:7,}")
    for kind, seconds in sorted(seen.seconds.items()):
        slow = sorted(seconds)[int(0.95 * (len(seconds) - 1))]
        print(f"{kind:12} median {statistics.median(seconds):6.2f} s, 95 % within {slow:6.2f} s")
    warm = found[int(_WARM * len(found))]
    last = statistics.median(found[-max(1, len(found) // 10) :])
    print(
        f"memory: {found[0]:.0f} MB at first, {warm:.0f} after a quarter, {last:.0f} at the end, {max(found):.0f} most"
    )
    print(f"exit code of the server: {code}; wrong: {len(seen.wrong)}")
    for one in list(dict.fromkeys(seen.wrong))[:5]:
        print(f"  {one}")
    return int(bool(seen.wrong) or code != 0 or last > _GROWTH * warm)


if __name__ == "__main__":
    sys.exit(main())
