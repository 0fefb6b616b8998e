"""What a peer's process is given and gives back. Runs in each peer's environment: the standard library, Python 3.10."""

import json
import platform
import re
import resource
import shutil
import signal
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Callable, Mapping, Protocol, Sequence  # noqa: UP035 - as the oldest peer's Python knows them


@dataclass(frozen=True)
class Job:
    """The corpus and the models, the same for every peer."""

    corpus: Path
    embedding: Path  # a sentence-transformers folder
    server: str  # the address of the model server; OpenAI's interface is at /v1
    chat: str  # the model's name there
    embedder: str  # and the embedding model's
    state: Path  # an empty folder of the peer's own
    k: int  # passages to read, where that is a setting
    limit: float  # seconds a question
    languages: Mapping[str, str] = field(default_factory=dict)  # of each question, where a peer has to be told


@dataclass(frozen=True)
class Said:
    """An answer with the passages that its citations lead to, and those that it was written from."""

    answer: str
    cited: Sequence[str]
    shown: Sequence[str]
    refused: "bool | None" = None  # as the peer states it


_NUMBER = r"(?:sources?\s*)?\d{1,3}"
_BRACKET = re.compile(rf"[\[【]\s*({_NUMBER}(?:\s*(?:[,，、;；&–-]|and|和)\s*{_NUMBER})*)\s*[\]】]", re.IGNORECASE)


def numbers_in(answer: str) -> "list[int]":
    """Return the numbers that an answer cites, each once: of [1], [Source 2], [1, 2], [3-5] and 【6】."""
    found: dict[int, None] = {}
    for bracket in _BRACKET.findall(answer):
        for first, last in re.findall(r"(\d+)(?:\s*[–-]\s*(?:sources?\s*)?(\d+))?", bracket, re.IGNORECASE):
            found.update(dict.fromkeys(range(int(first), int(last or first) + 1)))
    return list(found)


class Peer(Protocol):
    """One way to answer from sources."""

    def ask(self, question: str) -> Said: ...


class TooLong(Exception):
    """A question took longer than its limit."""


def run(ready: Callable[[Job], Peer], packages: Sequence[str]) -> None:
    """Add the corpus, answer the questions that have no reply yet, and write each reply down as it comes."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    paths = {name: Path(given["job"][name]) for name in ("corpus", "embedding", "state")}
    job = Job(**{**given["job"], **paths})
    shutil.rmtree(job.state, ignore_errors=True)
    job.state.mkdir(parents=True)
    begun = time.perf_counter()
    peer = ready(job)
    start = {
        "ingest_seconds": time.perf_counter() - begun,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
    replies = Path(given["replies"])
    _append(replies, start)
    for name, question in given["questions"]:
        _append(replies, {"name": name, **_reply(job, peer, question)})


def _reply(job: Job, peer: Peer, question: str) -> "dict[str, object]":
    before, begun, error = _used(job), time.perf_counter(), ""
    said = Said("", (), ())
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, job.limit)
    try:
        said = peer.ask(question)
    except Exception as failure:  # noqa: BLE001 - whatever a peer raises is its reply to the question
        error = f"{type(failure).__name__}: {str(failure)[:500]}" or type(failure).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    seconds, after = time.perf_counter() - begun, _used(job)
    return {
        "answer": said.answer,
        "cited": list(said.cited),
        "shown": list(said.shown),
        "refused": said.refused,
        "seconds": seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,  # Linux counts it in kB
        "calls": after["calls"] - before["calls"],
        "tokens_read": after["read"] - before["read"],
        "tokens_written": after["written"] - before["written"],
        "error": error,
    }


def _too_long(number: int, frame: object) -> None:
    raise TooLong("the question took longer than its limit")


def _used(job: Job) -> "dict[str, int]":
    with urllib.request.urlopen(f"{job.server}/used", timeout=600) as reply:
        used: dict[str, int] = json.loads(reply.read())
        return used


def _append(file: Path, row: "dict[str, object]") -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
