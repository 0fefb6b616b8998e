"""The process that files are read in: one that hangs, takes all memory or crashes takes only this process with it.

Requests and what became of them are lines of JSON on its standard input and output. It is started by `index.readers`.
"""

import base64
import json
import math
import os
import signal
import sys
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from index.errors import SourceError
from index.passages import Passage, passages
from index.sources import Block, Heading, Page, Reading, Source, is_address, read_sent, reread
from index.sources.ocr import page_done

_IDLE = 60  # seconds without a request, after which it ends
TICK = "\n"  # an answer's line that only says: a page was recognised, go on waiting

_NICE = 5  # below the process that embeds: reading ahead must not slow it down


@dataclass(frozen=True)
class Sent:
    """The bytes of a file that lies on another machine, and what it is known by there."""

    uri: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """A file or web address to be read, unless its digest says that nothing changed."""

    at: Path | str  # a str for an address
    digest: str | None
    allow: Collection[str] = ()
    sent: Sent | None = None  # for a file of another machine


@dataclass(frozen=True)
class Read:
    """What became of a request: the reading with its passages, or why there is none."""

    at: Path | str
    reading: Reading | None
    passages: tuple[Passage, ...] = ()
    error: str = ""
    bug: str = ""  # where in our own code, or a library's, it went wrong: for the log
    broke: bool = False  # its reader ended instead of answering: on another machine it may not

    @property
    def characters(self) -> int:
        """The length of the text that was read, which waits in memory until it is stored."""
        return len(self.reading.source.text) if self.reading and self.reading.source else 0


def request_line(request: Request) -> str:
    sent = request.sent and [request.sent.uri, base64.b64encode(request.sent.data).decode()]
    return json.dumps([str(request.at), request.digest, [*request.allow], sent]) + "\n"


def read_of_line(line: str, at: Path | str) -> Read:
    """Return what a worker's line says became of a request."""
    said = json.loads(line)
    if "error" in said:
        return Read(at, None, error=said["error"], bug=said.get("bug", ""))
    row = said["source"]
    if row is None:
        return Read(at, Reading(None, said["digest"]))
    row["headings"] = tuple(Heading(*one) for one in row["headings"])
    row["pages"] = tuple(Page(*one) for one in row["pages"])
    row["blocks"] = tuple(Block(*one) for one in row["blocks"])
    source = Source(**row)
    cut = tuple(
        Passage(name, source.id, start, end, source.text[start:end], *rest)
        for name, start, end, *rest in said["passages"]
    )
    return Read(at, Reading(source, said["digest"], tuple(said["notes"])), cut)


def _line_of(reading: Reading, cut: Collection[Passage]) -> str:
    source = reading.source
    row = None
    if source is not None:
        row = dict(vars(source))
        for spans in ("headings", "pages", "blocks"):
            row[spans] = [list(vars(one).values()) for one in row[spans]]
    fields = [[p.id, p.start, p.end, p.heading, p.page, p.language, p.furniture] for p in cut]
    return json.dumps({"source": row, "digest": reading.digest, "notes": reading.notes, "passages": fields})


def main(memory: int, seconds: float) -> None:
    """Answer requests until there are no more, or none comes for a while.

    `memory` is the bytes that it may have. It is killed when a reading takes longer than these seconds, by itself
    where the process that should is gone.
    """
    answers = _own_output()
    sys.excepthook = lambda kind, error, where: _say_bug(answers, kind, error, where)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the process that asks
    if hasattr(os, "nice"):
        os.nice(_NICE)
    _bound(memory)

    def tick() -> None:
        _alarm(2 * seconds)
        _say(answers, TICK)

    page_done.set(tick)
    while line := _next_line():
        _alarm(2 * seconds)
        at, digest, allow, sent = json.loads(line)
        try:
            if sent:
                reading = read_sent(Path(at), sent[0], base64.b64decode(sent[1]), digest)
            else:
                reading = reread(at if is_address(at) else Path(at), digest, allow)
            answer = _line_of(reading, passages(reading.source) if reading.source else [])
        except SourceError as error:
            answer = json.dumps({"error": str(error)})
        except MemoryError:
            reason = f"{at}: reading it takes more than {memory / 1e9:.1f} GB of memory. Split it, or save it as text."
            _say(answers, json.dumps({"error": reason}) + "\n")
            return  # what else it could not get is unknown
        _say(answers, answer + "\n")


def _own_output() -> IO[str]:
    """Return the standard output as ours alone: what a library writes there goes nowhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    return answers


def _next_line() -> str:
    _alarm(_IDLE)
    return sys.stdin.readline()


def _alarm(seconds: float) -> None:
    """End this process in so many seconds, even in the midst of a library's code, where the system can."""
    if hasattr(signal, "alarm"):
        signal.alarm(math.ceil(seconds))


def _bound(memory: int) -> None:
    """Let this process have so many bytes of data and no more, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _say(answers: IO[str], line: str) -> None:
    answers.write(line)
    answers.flush()


def _say_bug(answers: IO[str], kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    said = {"error": f"{kind.__name__}: {error}", "bug": "".join(traceback.format_exception(kind, error, where))}
    _say(answers, json.dumps(said) + "\n")
