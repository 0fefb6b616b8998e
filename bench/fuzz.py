"""Read thousands of damaged and hostile files of every format, and count what went wrong.

PYTHONPATH=. python bench/fuzz.py [-n 3000] [--seed 0] [--only ENDING] [--keep DIR] [--no-hostile]

Hostile files (bombs, endless lines, endless nesting, tricks with names) come first, then damaged copies of the corpus:
bits flipped, bytes left out, put in or doubled, files cut off, two spliced into one, wrong names. Each is read and cut
into passages in a child process, with 20 seconds of its processor's time and 4 GiB. An escape is an exception that is
no SourceError, a warning, or a span that is not where it says; a crash is a child that died; a hang one that took
longer.
"""

import argparse
import json
import os
import random
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from bench.corpus import mail, office, printed, prose, sheets
from bench.corpus.hostile import hostile
from index.errors import SourceError
from tests.index.mutations import assert_located, damage

_SECONDS = 20.0  # of the processor: a busy machine must not decide
_WAIT = 120.0  # on the clock, for one that sleeps
_MEMORY = 4 << 30
_AFTER = 300  # files, after which a child is replaced, so that its peak of memory is that of few


@dataclass(frozen=True)
class Result:
    """What became of one file: "read", "refused", "escape", "crash" or "hang"; seconds, and the child's peak in MB."""

    name: str
    outcome: str
    seconds: float
    megabytes: float
    said: str = ""


def originals() -> list[tuple[str, bytes]]:
    """Return the files of the corpus that need no program of the machine."""
    texts = (prose.texts, prose.markdowns, prose.pages, prose.books, prose.notebooks, prose.subtitles)
    mails = (mail.messages, mail.mailboxes, mail.saved_pages)
    packed = (office.words, office.decks, office.opened, sheets.workbooks, sheets.opened)
    rest = (sheets.tables, sheets.records, printed.prints)
    return [(made.name, made.data) for family in (*texts, *mails, *packed, *rest) for made in family()]


def by_ending(files: list[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    """Return the files of each format."""
    found: dict[str, list[bytes]] = {}
    for name, data in files:
        found.setdefault(Path(name).suffix, []).append(data)
    return found


def mutated(kinds: dict[str, list[bytes]], chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield damaged copies without end, each format in turn."""
    number = 0
    while True:
        for ending, files in kinds.items():
            data = chance.choice(files)
            match chance.randrange(8):
                case 0:
                    kind, data = "cut", data[: chance.randrange(1, len(data))]
                case 1:
                    other = chance.choice(files)
                    kind, data = "spliced", data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]
                case 2:
                    other = chance.choice(kinds[chance.choice(list(kinds))])
                    kind, data = "grafted", data[: chance.randrange(len(data))] + other
                case 3:
                    kind, data = "flipped", _flipped(data, chance)
                case _:
                    kind, data = "damaged", damage(data, chance, inside=chance.random() < 0.8)
            number += 1
            yield f"{kind}-{number}{ending}", data


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(max(1, len(data) // 1000)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


class Child:
    """A process that reads one file after the other."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.fuzz", "--child"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        self.done = 0
        self._line(120)  # it has loaded what it needs

    def read(self, path: Path) -> Result:
        """Have a file read; a child that does not answer in time is killed."""
        assert self._process.stdin is not None
        begun = time.perf_counter()
        self._process.stdin.write(f"{path}\n".encode())
        line = self._line(_WAIT)
        took = time.perf_counter() - begun
        self.done += 1
        if line is None:
            self.close()
            return Result(path.name, "hang", took, 0.0, f"nothing after {_WAIT:.0f} s")
        if not line:
            code = self._process.wait()
            if code == -signal.SIGXCPU:
                return Result(path.name, "hang", _SECONDS, 0.0, f"nothing after {_SECONDS:.0f} s")
            said = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return Result(path.name, "crash", took, 0.0, said)
        outcome, took, megabytes, said = json.loads(line)
        return Result(path.name, outcome, took, megabytes, said)

    def _line(self, seconds: float) -> bytes | None:
        """Return the child's next line, b"" when it is gone, None when there is none in time."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        return self._process.stdout.readline() if ready else None

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def child() -> None:
    """Read the files that are named on standard input, and answer with a line for each."""
    from index.sources import read

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        path = Path(line.removesuffix("\n"))
        begun = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(begun + _SECONDS) + 1, resource.RLIM_INFINITY))
        try:
            assert_located(read(path))
            outcome, said = "read", ""
        except SourceError as error:
            typed = str(error).startswith(f"{path}: ") and "\n" not in str(error)
            outcome, said = ("refused" if typed else "escape"), str(error)
        except Exception as error:  # noqa: BLE001 - what escapes is what is counted
            outcome, said = "escape", f"{type(error).__name__}: {error}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps([outcome, time.process_time() - begun, peak, said[:400]]), file=answers, flush=True)


@dataclass
class Tally:
    """What became of all files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: list[Result] = field(default_factory=list)
    largest: list[Result] = field(default_factory=list)
    formats: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        self.outcomes[result.outcome] += 1
        self.formats.setdefault(Path(result.name).suffix, Counter())[result.outcome] += 1
        self.slowest = sorted([*self.slowest, result], key=lambda one: -one.seconds)[:5]
        self.largest = sorted([*self.largest, result], key=lambda one: -one.megabytes)[:1]

    def report(self) -> None:
        total = sum(self.outcomes.values())
        names = ("read", "refused", "escape", "crash", "hang")
        print(f"\n{'':10} {'files':>6} " + " ".join(f"{name:>8}" for name in names))
        for ending, counts in [*sorted(self.formats.items()), ("all", self.outcomes)]:
            print(f"{ending:10} {sum(counts.values()):6} " + " ".join(f"{counts[name]:8}" for name in names))
        print(f"{total:,} files")
        print("slowest: " + ", ".join(f"{one.name} {one.seconds:.1f} s" for one in self.slowest))
        if self.largest:
            print(f"peak memory {self.largest[0].megabytes:,.0f} MB, at {self.largest[0].name}")


def run(files: Iterable[tuple[str, bytes]], keep: Path | None) -> Tally:
    """Read each file in a child, which is replaced when it dies and after some files."""
    tally, reader = Tally(), Child()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            for name, data in files:
                path = Path(scratch) / name
                path.write_bytes(data)
                if reader.done >= _AFTER or not reader.alive():
                    reader.close()
                    reader = Child()
                result = reader.read(path)
                tally.add(result)
                if result.outcome not in ("read", "refused"):
                    print(
                        f"{result.outcome}: {name}, {len(data):,} bytes, {result.seconds:.1f} s: {result.said}",
                        flush=True,
                    )
                    if keep is not None:
                        (keep / name).write_bytes(data)
                path.unlink()
        finally:
            reader.close()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3000, help="damaged files, beside the hostile ones")
    parser.add_argument("--hostile", action=argparse.BooleanOptionalAction, default=True, help="the hostile files too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="ENDING", help="files whose name ends so")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the files here that went wrong")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child()
        return 0
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    kinds = by_ending(originals())
    if options.only:
        kinds = {ending: files for ending, files in kinds.items() if ending == options.only}
    crafted = hostile({ending: files[0] for ending, files in kinds.items()})
    chosen = ((name, data) for name, data in crafted if options.hostile and name.endswith(options.only))
    damaged = islice(mutated(kinds, random.Random(options.seed)), options.n)
    tally = run(chain(chosen, damaged), options.keep)
    tally.report()
    wrong = sum(tally.outcomes[name] for name in ("escape", "crash", "hang"))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
