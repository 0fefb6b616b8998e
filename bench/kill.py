"""Kill a process that adds, updates, removes and searches, at random moments; each time its index must be whole.

python bench/kill.py [-n 300] [--seed 0]     # 0.4 s a kill

Whole: `check` is clean, what was committed is found, nothing that was removed or not committed is, and the operation
that was cut off has happened wholly or not at all. The kills take turns on two indexes, since a small one makes its
vector file anew after each change and a large one keeps up with changes; every tenth hits one that is only being made.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from index import Index, Passage, YijuError
from index.passages import passages
from index.sources import read
from tests.fakes import WordEmbedder

SLOTS = 40  # files, of which about 30 are in the index
_VERSIONS = 6  # of a part: so few that a text comes back after it was replaced or removed
_BALLAST = 2_100  # passages that never change: enough for an index to be a large one
_LONGEST_WAIT = 0.3  # seconds from a child's start to its end
_WORDS = (
    "anchor barge cable dune ebb fog gull hull island jetty kelp lamp mast north oar pier quay reef sail tide".split()
)

Parts = tuple[int, ...]  # the version of each part of a text
State = Mapping[int, Parts]  # what an index holds, by slot


@dataclass(frozen=True)
class Step:
    """One operation: what the slots that it touches hold afterwards; None is nothing."""

    kind: str
    slots: Mapping[int, Parts | None]

    def after(self, state: State) -> State:
        changed: dict[int, Parts | None] = {**state, **self.slots}
        return {slot: parts for slot, parts in changed.items() if parts is not None}


@dataclass
class Tally:
    """What the kills hit, and what was wrong afterwards."""

    operations: int = 0
    kills: Counter[str] = field(default_factory=Counter)  # by the kind of operation, or "between operations"
    kept: int = 0  # cut off, but committed before
    half_files: int = 0  # kills that left a half-written vector file
    problems: list[str] = field(default_factory=list)


def marker(slot: int, part: int, version: int) -> str:
    """Return the sentence that only this version of this part of this text holds, found by several rare words."""
    ships = [f"{name}{slot}p{part}v{version}" for name in ("ada", "bee", "cod", "dee", "eve", "fay", "gem", "hal")]
    return f"In the morning the keeper of the lighthouse saw the ships {', '.join(ships)} and none of the others."


def text_of(slot: int, parts: Parts) -> str:
    sections = [
        f"## Part {part}\n\n{marker(slot, part, version)}\n\n"
        f"She noted it under {' and '.join(random.Random(f'{slot} {part} {version}').sample(_WORDS, 2))}."
        for part, version in enumerate(parts)
    ]
    return "\n\n".join([f"# The log of lighthouse {slot}", *sections]) + "\n"


# The child


def work(folder: Path, documents: Path, journal: Path, state: State, chance: random.Random) -> None:
    """Change an index until the end, writing to the journal what begins and what is done."""
    with Index.open(folder, WordEmbedder()) as index, journal.open("w", buffering=1, encoding="utf-8") as log:
        while True:
            step = next_step(state, chance)
            log.write(json.dumps([step.kind, list(step.slots.items())]) + "\n")
            perform(index, step, documents)
            log.write("done\n")
            state = step.after(state)


def next_step(state: State, chance: random.Random) -> Step:
    absent = [slot for slot in range(SLOTS) if slot not in state]
    kind = chance.choice(["add", "add", "update", "update", "remove", "remove", "remove", "search", "search"])
    if not state or (kind == "add" and absent):
        chosen = chance.sample(absent, min(len(absent), chance.randint(1, 3)))
        return Step("add", {slot: _some_parts(chance) for slot in chosen})
    slots = chance.sample(sorted(state), min(len(state), chance.randint(1, 3)))
    if kind == "remove" and len(absent) < SLOTS // 3:
        return Step("remove", {slots[0]: None})
    if kind == "search":
        return Step("search", {slots[0]: state[slots[0]]})
    return Step("update", {slot: _changed(state[slot], chance) for slot in slots})


def _some_parts(chance: random.Random) -> Parts:
    return tuple(chance.randrange(_VERSIONS) for _ in range(chance.randint(2, 5)))


def _changed(parts: Parts, chance: random.Random) -> Parts:
    """Return parts of which some stand as they were: what is not new is not embedded again."""
    if chance.random() < 0.3:
        return _some_parts(chance)
    at = chance.randrange(len(parts))
    return (*parts[:at], (parts[at] + 1) % _VERSIONS, *parts[at + 1 :])


def perform(index: Index, step: Step, documents: Path) -> None:
    if step.kind == "search":
        [(slot, parts)] = step.slots.items()
        assert parts
        index.search(marker(slot, 0, parts[0]), k=3)
        return
    files = {slot: documents / f"{slot}.md" for slot in step.slots}
    if step.kind == "remove":
        uris = {str(path) for path in files.values()}
        for source in index.sources():
            if source.uri in uris:
                index.remove(source.id)
        return
    for slot, parts in step.slots.items():
        assert parts
        files[slot].write_text(text_of(slot, parts), encoding="utf-8")
    index.add(*files.values())


# The parent


def killed(folder: Path, documents: Path, journal: Path, state: State, wait: float, seed: str) -> str:
    """Run a child and kill it; return what it did wrong by itself, "" if nothing."""
    journal.unlink(missing_ok=True)
    ready, started = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(started, b".")
            work(folder, documents, journal, state, random.Random(seed))
        finally:  # never back into the parent's code
            traceback.print_exc()
            os._exit(1)
    os.read(ready, 1)
    os.close(ready)
    os.close(started)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return "" if os.WIFSIGNALED(status) else "the child ended by itself; its error stands above"


def read_journal(journal: Path) -> tuple[list[Step], Step | None]:
    """Return the operations that were done, and the one that was cut off."""
    done: list[Step] = []
    begun: Step | None = None
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True) if journal.exists() else []
    for line in lines:
        if line == "done\n" and begun:
            done.append(begun)
            begun = None
        elif line.endswith("]\n"):  # else it was cut off itself, before its operation began
            kind, slots = json.loads(line)
            begun = Step(kind, {slot: tuple(parts) if parts else None for slot, parts in slots})
    return done, begun


def judged(folder: Path, documents: Path, may_be: list[State]) -> tuple[State | None, list[str]]:
    """Return which of these states an index is in, beside its ballast, and what is wrong with it."""
    try:
        with Index.open(folder, WordEmbedder()) as index:
            problems = [f"check: {problem}" for problem in index.check()]
            held = {source.uri: source.id for source in index.sources() if Path(source.uri).parent == documents}
            for state in may_be:
                if held == {str(documents / f"{slot}.md"): expected(slot, parts)[0] for slot, parts in state.items()}:
                    return state, problems + wrong_with(index, state)
            return None, [*problems, f"it holds {held}, which is none of {may_be}"]
    except YijuError as error:
        return None, [str(error)]


def wrong_with(index: Index, state: State) -> list[str]:
    """Return where an index that should be in a state differs from it."""
    problems: list[str] = []
    all_passages: list[Passage] = []
    ballast = _BALLAST if index.folder.name == "large" else 0
    for slot, parts in state.items():
        source_id, of_source = expected(slot, parts)
        all_passages += of_source
        if index.passages(source_id) != of_source:
            problems.append(f"of slot {slot} it holds {index.passages(source_id)}, not {of_source}")
        part = random.randrange(len(parts))
        sentence = marker(slot, part, parts[part])
        if not any(sentence in hit.passage.text for hit in index.search(sentence, k=3)):
            problems.append(f"not found: {sentence!r}")
    hits = index.search("the log of the keeper", k=10_000, where={"heading": "The log of"})
    found = [one for hit in hits for one in (hit.passage, *hit.copies)]
    if sorted(found, key=_id) != sorted(all_passages, key=_id):
        ghosts = [one.text for one in found if one not in all_passages]
        lost = [one.text for one in all_passages if one not in found]
        problems.append(f"a search for all gives {len(found)} of {len(all_passages)}: too much {ghosts}, lost {lost}")
    if len(index) != len(all_passages) + ballast:
        problems.append(f"it says to hold {len(index)} passages, not {len(all_passages)} and {ballast} of ballast")
    return problems


def _id(passage: Passage) -> str:
    return passage.id


@cache
def expected(slot: int, parts: Parts) -> tuple[str, list[Passage]]:
    """Return the id and the passages that a text must have, read beside the index."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "text.md")
        file.write_text(text_of(slot, parts), encoding="utf-8")
        source = read(file)
    return source.id, passages(source)


def kill_often(count: int, seed: int, folder: Path) -> Tally:
    """Kill `count` children that change an index in a folder; stop early where one is in no state that it may be in."""
    documents = folder / "documents"
    documents.mkdir()
    _add_ballast(folder)
    lasting: dict[str, State] = {"small": {}, "large": {}}
    chance, tally = random.Random(seed), Tally()
    for number in range(count):
        name = f"new-{number}" if number % 10 == 9 else ("small", "large")[number % 2]
        # Some moments are early, to hit the opening of an index and its first writes.
        early = name not in lasting or chance.random() < 0.2
        wait = chance.uniform(0.001, 0.1 * _LONGEST_WAIT if early else _LONGEST_WAIT)
        before = lasting.get(name, {})
        problem = killed(folder / name, documents, folder / "journal", before, wait, f"{seed} {number}")
        done, cut_off = read_journal(folder / "journal")
        for step in done:
            before = step.after(before)
        after = cut_off.after(before) if cut_off else before
        tally.operations += len(done)
        tally.kills[cut_off.kind if cut_off else "between operations" if done else "opening"] += 1
        tally.half_files += any((folder / name).glob("*.partial"))
        state, problems = judged(folder / name, documents, [before, after])
        tally.kept += state == after != before
        tally.problems += [f"kill {number}, {name}: {one}" for one in [problem, *problems] if one]
        if state is None:
            break
        if name in lasting:
            lasting[name] = state
        else:
            shutil.rmtree(folder / name)
    return tally


def _add_ballast(folder: Path) -> None:
    words = random.Random(0)
    sections = [f"## Chapter {at}\n\nThe {' '.join(words.choices(_WORDS, k=8))} of {at}." for at in range(_BALLAST)]
    (folder / "ballast.md").write_text("# A long story\n\n" + "\n\n".join(sections), encoding="utf-8")
    with Index.open(folder / "large", WordEmbedder()) as index:
        index.add(folder / "ballast.md")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # read when FAISS is loaded: OpenMP's threads do not survive a fork
    folder = Path(tempfile.mkdtemp(prefix="yiju-kill-")).resolve()
    begun = time.perf_counter()
    tally = kill_often(options.n, options.seed, folder)
    print(f"{tally.kills.total()} kills in {time.perf_counter() - begun:.0f} s, {tally.operations} operations done")
    changes = sum(tally.kills[kind] for kind in ("add", "update", "remove"))
    print(f"inside a change: {changes}, of which {tally.kept} were committed already")
    for kind, count in sorted(tally.kills.items()):
        print(f"  {kind:20} {count:4}")
    print(f"vector files left half written: {tally.half_files}")
    print(f"problems: {len(tally.problems)}")
    for problem in tally.problems:
        print(f"  {problem}")
    if tally.problems:
        sys.exit(f"The index lies in {folder}.")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
