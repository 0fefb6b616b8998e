"""Read an index in some processes while another changes it, for minutes; nothing wrong may be seen at any moment.

python bench/soak.py [--minutes 5] [--readers 4] [--passages 2500]

Each slot of the index goes through numbered versions, and each passage says of which it is. A reader knows which
version was done before it looked and which had begun when it had seen, so it knows what it may see: all passages of
one version between the two, and nothing of any other.
"""

import argparse
import multiprocessing
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, MutableSequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import numpy as np

from index import Index, Passage, YijuError
from index.errors import SourceError
from index.passages import passages
from tests.fakes import WordEmbedder

SLOTS = 16  # files that change
_ABSENT = 5  # every fifth version of a slot is none: its source is removed
_PER_FILE = 100  # passages of a file that never changes
_ENTRY = re.compile(r"Entry (\d+) of (\d+) in version (\d+) of slot (\d+)\b")
_SHOWN = 5  # errors of each process


@dataclass(frozen=True)
class Shared:
    """What all processes know."""

    folder: Path
    passages: int  # that never change
    begun: MutableSequence[int]  # the version that each slot is becoming, or is
    done: MutableSequence[int]  # the version that each slot was for certain
    ready: Barrier
    stop: Event


@dataclass
class Report:
    """What one process did, and what it saw that was wrong."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)  # of each search
    errors: list[str] = field(default_factory=list)
    memory: tuple[float, float] = (0, 0)  # MB at its first search and at its end
    log: float = 0  # MB of SQLite's write-ahead log, at its longest


def is_absent(version: int) -> bool:
    return version % _ABSENT == 0


def text_of(slot: int, version: int) -> str:
    count = 2 + version % 3
    sections = [
        f"## Part {part}\n\nEntry {part} of {count} in version {version} of slot {slot} tells of the pilot's tide."
        for part in range(1, count + 1)
    ]
    return "\n\n".join([f"# Logbook {slot:02}", *sections]) + "\n"


def steady(number: int) -> str:
    """Return what one of the passages that never change says."""
    return f"Letter number {number} was sent from house {number * 7} to the mill of {number * 13}."


def add_steady(index: Index, folder: Path, count: int) -> None:
    for first in range(0, count, _PER_FILE):
        sections = [f"## Letter {number}\n\n{steady(number)}" for number in range(first, min(count, first + _PER_FILE))]
        text = "\n\n".join([f"# Letters from {first}", *sections])
        (folder / f"letters-{first}.md").write_text(text, encoding="utf-8")
    index.add(folder)


# The writer


def write(shared: Shared, out: Connection) -> None:
    """Take one slot after another to its next version."""
    report, chance = Report("writer"), random.Random(0)
    documents = shared.folder / "documents"
    with Index.open(shared.folder / "index", WordEmbedder()) as index:
        index.search("letter", k=1)
        start = _memory()
        shared.ready.wait()
        while not shared.stop.is_set():
            slot = chance.randrange(SLOTS)
            version = shared.done[slot] + 1
            file = documents / f"slot-{slot}.md"
            shared.begun[slot] = version
            if is_absent(version):
                gone = [source.id for source in index.sources() if source.uri == str(file)]
                if not all(index.remove(source_id) for source_id in gone) or len(gone) != 1:
                    report.errors.append(f"slot {slot} stood {len(gone)} times before its removal")
                report.counts["removed"] += 1
            else:
                file.write_text(text_of(slot, version), encoding="utf-8")
                [outcome] = index.add(file)
                if outcome.status != ("added" if is_absent(version - 1) else "updated"):
                    report.errors.append(f"version {version} of slot {slot}: {outcome}")
                report.counts[outcome.status] += 1
            shared.done[slot] = version
            report.log = max(report.log, (shared.folder / "index" / "yiju.sqlite-wal").stat().st_size / 1e6)
        report.memory = start, _memory()
    out.send(report)


# The readers


class Reader:
    """Looks at an index in four ways, and says what is wrong with what it sees."""

    def __init__(self, index: Index, shared: Shared, chance: random.Random, report: Report) -> None:
        self.index, self.shared, self.chance, self.report = index, shared, chance, report

    def look(self) -> None:
        way = self.chance.choice([self.find_steady, self.find_steady, self.find_any, self.find_slot, self.read_source])
        self.report.errors += way()
        self.report.counts[way.__name__.replace("_", " ")] += 1

    def find_steady(self) -> list[str]:
        sentence = steady(self.chance.randrange(self.shared.passages))
        found = self._search(sentence, k=3)
        return [] if any(sentence in one.text for one in found) else [f"not found: {sentence!r}"]

    def find_any(self) -> list[str]:
        """Look at hits of all kinds: their text stands where they say, and is of one moment."""
        before = list(self.shared.done)
        found = self._search("What does the pilot's logbook tell of the tide?", k=20)
        after = list(self.shared.begun)
        errors = [] if len(found) >= 20 else [f"only {len(found)} hits"]
        by_slot: dict[int, set[int]] = {}
        for passage in found:
            source = self.index.source(passage.source_id)
            if source and source.text[passage.start : passage.end] != passage.text:
                errors.append(f"{passage} is not what stands in {source.text!r}")
            if entry := _ENTRY.search(passage.text):
                by_slot.setdefault(int(entry[4]), set()).add(int(entry[3]))
        for slot, versions in by_slot.items():
            if len(versions) > 1 or not versions <= set(range(before[slot], after[slot] + 1)):
                errors.append(f"slot {slot} was seen as {versions}, from {before[slot]} to {after[slot]}")
        return errors

    def find_slot(self) -> list[str]:
        """Look at all that a search can find of one slot, of the one that is being changed if there is one."""
        changing = [slot for slot in range(SLOTS) if self.shared.begun[slot] != self.shared.done[slot]]
        slot = self.chance.choice(changing or range(SLOTS))
        first = self.shared.done[slot]
        found = self._search("What does the pilot tell?", k=50, where={"heading": f"Logbook {slot:02}"})
        return _wrong_with(slot, first, self.shared.begun[slot], found)

    def read_source(self) -> list[str]:
        """Look at one source of the list: it is whole, or gone."""
        before = list(self.shared.done)
        sources = self.index.sources()
        after = list(self.shared.begun)
        twice = [uri for uri, count in Counter(source.uri for source in sources).items() if count > 1]
        errors = [f"{uri} is there twice" for uri in twice]
        source = self.chance.choice(sources)
        try:
            text = source.text  # read from the index only now
        except SourceError:
            return errors if source.title.startswith("Logbook") else [*errors, f"{source.title} is gone"]
        cut = self.index.passages(source.id)
        if cut and cut != passages(source):  # none: it was removed meanwhile
            errors.append(f"{source.title}: {cut} are not its passages")
        if entry := _ENTRY.search(text):
            slot, version = int(entry[4]), int(entry[3])
            if not before[slot] <= version <= after[slot]:
                errors.append(f"slot {slot} was listed as {version}, from {before[slot]} to {after[slot]}")
        return errors

    def _search(self, query: str, k: int, where: dict[str, object] | None = None) -> list[Passage]:
        begun = time.perf_counter()
        hits = self.index.search(query, k=k, where=where)
        self.report.seconds.append(time.perf_counter() - begun)
        return [passage for hit in hits for passage in (hit.passage, *hit.copies)]


def _wrong_with(slot: int, first: int, last: int, found: Iterable[Passage]) -> list[str]:
    """Return what is wrong with all passages of a slot that may be in any of some versions."""
    seen = sorted(tuple(map(int, entry.groups())) for one in found if (entry := _ENTRY.search(one.text)))
    for version in range(first, last + 1):
        count = 0 if is_absent(version) else 2 + version % 3
        if seen == [(part, count, version, slot) for part in range(1, count + 1)]:
            return []
    return [f"of slot {slot}, from version {first} to {last}, was found (part, of, version, slot): {seen}"]


def look(shared: Shared, number: int, out: Connection) -> None:
    report = Report(f"reader {number}")
    with Index.open(shared.folder / "index", WordEmbedder()) as index:
        reader = Reader(index, shared, random.Random(number), report)
        reader.find_steady()
        start = _memory()
        shared.ready.wait()
        while not shared.stop.is_set():
            try:
                reader.look()
            except YijuError as error:
                report.errors.append(f"{type(error).__name__}: {error}")
        report.memory = start, _memory()
    out.send(report)


def _memory() -> float:
    """Return the resident memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1000


def soak(minutes: float, readers: int, count: int, folder: Path) -> list[Report]:
    """Run the processes; return a report of each that lived to its end."""
    (folder / "documents").mkdir()
    with Index.open(folder / "index", WordEmbedder()) as index:
        add_steady(index, folder / "documents", count)
    context = multiprocessing.get_context("spawn")  # as other programs would: nothing is shared but the folder
    begun, done = (context.Array("q", SLOTS, lock=False) for _ in range(2))
    ready = context.Barrier(readers + 2, timeout=60)
    shared = Shared(folder, count, begun, done, ready, context.Event())
    pipes = [context.Pipe(duplex=False) for _ in range(readers + 1)]
    processes = [context.Process(target=write, args=(shared, pipes[0][1]))]
    for number, (_, out) in enumerate(pipes[1:], start=1):
        processes.append(context.Process(target=look, args=(shared, number, out)))
    for process in processes:
        process.start()
    ready.wait()
    time.sleep(60 * minutes)
    shared.stop.set()
    reports = []
    for process, (receiver, out) in zip(processes, pipes, strict=True):
        out.close()  # so that a process that died is an end of its pipe
        try:
            reports.append(receiver.recv())
        except EOFError:
            reports.append(Report(process.name, errors=["it died; its error stands above"]))
        process.join()
    return reports


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--passages", type=int, default=2_500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yiju-soak-") as name:
        folder = Path(name).resolve()
        writer, *readers = soak(options.minutes, options.readers, options.passages, folder)
    print(f"writer: {_said(writer.counts)}; write-ahead log up to {writer.log:.1f} MB")
    for report in readers:
        print(
            f"{report.name}: {_said(report.counts)}; memory {report.memory[0]:.0f} MB, then {report.memory[1]:.0f} MB"
        )
    seconds = np.array([one for report in readers for one in report.seconds]) * 1000
    if len(seconds):
        p50, p95 = np.percentile(seconds, [50, 95])
        rate = len(seconds) / (60 * options.minutes)
        print(
            f"{len(seconds)} searches, {rate:.0f}/s; p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {seconds.max():.0f} ms"
        )
    wrong = 0
    for report in [writer, *readers]:
        wrong += len(report.errors)
        for error in report.errors[:_SHOWN]:
            print(f"  {report.name}: {error}")
    print(f"errors: {wrong}")
    if wrong or not len(seconds) or not writer.counts:
        sys.exit(1)


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    main()
