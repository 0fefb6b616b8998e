"""Put the same index into a folder and onto a Milvus server, and print what differs: hits, times, and what gets lost.

    python bench/engine.py compare ADDRESS [--size 100000]     # recall, times beside bare pymilvus, a move and back
    python bench/engine.py resume ADDRESS [--size 100000]      # the same move, killed in its middle and begun again
    python bench/engine.py soak [--minutes 5]                  # readers and writers, the server killed twice

ADDRESS is milvus://HOST:PORT/NAME; "peer" starts milvus-lite's server here, over gRPC. The vectors are made up: each
lies near one of some thousand directions, as those of real texts do, and in one of two languages' corners.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import numpy as np

from index import Index, Passage, Source, YijuError
from index.centring import Centres, shipped_priors
from index.filters import Filter
from index.milvus import Client, Milvus
from index.milvus.address import address_of
from index.milvus.layout import Names, analysed
from index.snapshot import Vectors
from tests.fakes import WordEmbedder
from tests.milvus_peer import Peer

_DIMENSION = 384
_TOPICS = 2_000
_PER_SOURCE = 50
_QUESTIONS = 20
_K = 10
_WORDS = [f"{one}{two}" for one in ("harb", "pil", "lant", "mill", "gran", "tid") for two in ("or", "et", "ern", "us")]


class MadeUp:
    """Gives the n-th text the n-th vector, near one of some directions; what it says of a text is in the text."""

    name = "made-up"

    def __init__(self) -> None:
        chance = np.random.default_rng(0)
        self._topics = chance.standard_normal((_TOPICS, _DIMENSION)).astype(np.float32)
        self._corner = chance.standard_normal((2, _DIMENSION)).astype(np.float32) * 2

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    queries = passages

    def _vector(self, text: str) -> Vectors:
        number = int(text.rsplit("#", 1)[-1].split("\n")[0])
        chance = np.random.default_rng(number)
        vector = self._topics[number % _TOPICS] + self._corner[int("茶" in text)]
        vector = vector + chance.standard_normal(_DIMENSION).astype(np.float32) * 0.7
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def text_of(number: int) -> str:
    chance = random.Random(number)
    said = " ".join(chance.choice(_WORDS) + str(chance.randrange(400)) for _ in range(30))
    return f"{said} 茶园 #{number}" if number % 2 else f"{said} #{number}"


def sources(size: int) -> Iterator[list[tuple[Source, list[Passage]]]]:
    """Yield batches of sources of made-up passages."""
    batch = []
    for first in range(0, size, _PER_SOURCE):
        texts = [text_of(number) for number in range(first, min(size, first + _PER_SOURCE))]
        whole = "\n".join(texts)
        source_id, uri = f"source-{first}", f"made:{first}"
        source = Source(source_id, uri, f"Source {first}", None, None, None, "2024", "en", "text/plain", whole)
        cut, start = [], 0
        for at, text in enumerate(texts):
            language = "zh" if (first + at) % 2 else "en"
            cut.append(Passage(f"p{first + at}", source_id, start, start + len(text), text, "", None, language, False))
            start += len(text) + 1
        batch.append((source, cut))
        if len(batch) == 20:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def server(written: str, folder: Path) -> Iterator[str]:
    if written != "peer":
        yield written
        return
    peer = Peer(folder / "peer")
    peer.start()
    try:
        yield peer.address("bench")
    finally:
        peer.kill()


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms (95 % within {1000 * np.quantile(seconds, 0.95):.1f})"


def _filled(folder: Path, size: int) -> None:
    begun = time.perf_counter()
    with Index.open(folder, MadeUp()) as index:
        for batch in sources(size):
            index.put_all(batch)
        index.search(text_of(1), k=1)
    print(f"a folder of {size} passages: {time.perf_counter() - begun:.0f} s", flush=True)


def compare(written: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as scratch, server(written, Path(scratch)) as at:
        folder = Path(scratch) / "folder"
        _filled(folder, size)
        begun = time.perf_counter()
        moved = Index.move(folder, at)
        print(f"moved to the server and compared: {time.perf_counter() - begun:.0f} s; {moved}", flush=True)
        with Index.open(folder, MadeUp()) as index, Index.open(at, MadeUp()) as served:
            recall(index, served)
            beside(at)
        begun = time.perf_counter()
        again = Index.move(at, Path(scratch) / "back")
        print(f"moved back and compared: {time.perf_counter() - begun:.0f} s; {again}")
        print("the same records there and back:", moved.checksum == again.checksum)


def _moving(folder: Path, at: str, moved: "Synchronized[int]") -> None:
    def report(what: str, done: int, of: int) -> None:
        moved.value = done

    Index.move(folder, at, report)


def resume(written: str, size: int) -> None:
    context = get_context("spawn")
    with tempfile.TemporaryDirectory() as scratch, server(written, Path(scratch)) as at:
        folder = Path(scratch) / "folder"
        _filled(folder, size)
        moved = context.Value("i", 0)
        move = context.Process(target=_moving, args=(folder, at, moved))
        move.start()
        while moved.value < size // _PER_SOURCE // 2:
            time.sleep(0.1)
        time.sleep(1)  # in the middle of what is written next
        move.kill()
        move.join()
        with Index.open(at, MadeUp()) as served:
            print(f"killed at {moved.value} sources; the server shows {len(served.sources())}", flush=True)
        begun = time.perf_counter()
        again = Index.move(folder, at)
        print(f"begun again and compared: {time.perf_counter() - begun:.0f} s; {again}", flush=True)
        with Index.open(at, MadeUp()) as served:
            print(f"problems: {served.check()}")


def _questions() -> list[str]:
    chance = random.Random(7)
    return [f"{' '.join(text_of(n).split()[:5])} #{n + 10**7}" for n in chance.sample(range(100_000), _QUESTIONS)]


def recall(index: Index, served: Index) -> None:
    """Print how many of the folder's exact nearest the server finds, and how many hits of both legs are shared."""
    vectors = MadeUp().queries(_questions())
    near = [
        [{hit.passage.id for hit in one.search_vector(vector, _K)} for vector in vectors] for one in (index, served)
    ]
    whole = [[[hit.passage.id for hit in one.search(text, _K)] for text in _questions()] for one in (index, served)]
    by_meaning = np.mean([len(a & b) / len(a) for a, b in zip(*near, strict=True)])
    by_both = np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(*whole, strict=True)])
    first = np.mean([a[0] == b[0] for a, b in zip(*whole, strict=True)])
    print(f"recall@{_K} by meaning {by_meaning:.4f}; both legs: hits shared {by_both:.4f}, first the same {first:.2f}")
    print(f"n = {len(vectors)}", flush=True)


def beside(at: str) -> None:
    """Print the time of a search beside the same two searches with bare pymilvus, question by question."""
    from pymilvus import MilvusClient

    address = address_of(at)
    ours = Milvus(Client(address), MadeUp.name)
    with ours.view() as view:
        head = view.head
    centres = Centres.of(head.sums, shipped_priors(MadeUp.name))
    names, bare = Names(address.name), MilvusClient(address.url)
    embedder = MadeUp()
    fields = ["number", "passage", "source", "start", "end", "text", "heading", "page", "language"]
    times: dict[str, list[float]] = {"ours": [], "pymilvus": []}
    for question in _questions():
        [vector] = embedder.queries([question])
        [asked] = analysed([question])
        for name in random.Random(question).sample(sorted(times), 2):
            begun = time.perf_counter()
            if name == "ours":
                ours.search(question, vector, _K, Filter())
            else:
                centred = centres.centre_question(vector, "en").tolist()
                near = bare.search(
                    names.vectors(head.epoch), [centred], anns_field="vector", limit=50, output_fields=["number"],
                    search_params={"metric_type": "IP", "params": {"ef": 128}},
                )  # fmt: skip
                bare.search(
                    names.passages, [asked], anns_field="bm25", limit=100, output_fields=fields,
                    search_params={"metric_type": "BM25"},
                )  # fmt: skip
                bare.query(names.passages, ids=[hit["number"] for hit in near[0]], output_fields=fields)
            times[name].append(time.perf_counter() - begun)
    ours.close()
    bare.close()
    ratios = [a / b for a, b in zip(times["ours"], times["pymilvus"], strict=True)]
    print(f"a search: {_milliseconds(times['ours'])}; bare pymilvus, both legs: {_milliseconds(times['pymilvus'])}")
    print(f"ratio: {statistics.median(ratios):.2f} (n = {len(ratios)})", flush=True)


# Readers and writers


def _note(slot: int, version: int) -> Source:
    lines = [f"Entry {part} of 4 in version {version} of slot {slot} tells of a tide." for part in range(4)]
    text = "\n\n".join(f"# Part {part}\n\n{line}" for part, line in enumerate(lines))
    return Source(
        f"s{slot}v{version}", f"made:{slot}", f"Slot {slot}", None, None, None, "2024", "en", "text/plain", text
    )


def _cut(source: Source) -> list[Passage]:
    cut = []
    for line in source.text.split("\n\n")[1::2]:
        start = source.text.index(line)
        cut.append(Passage(f"{source.id}-{start}", source.id, start, start + len(line), line, "", None, "en", False))
    return cut


def write(
    at: str, slots: Sequence[int], ready: Barrier, stop: Event, out: "Queue[tuple[str, Counter[str], dict[int, int]]]"
) -> None:
    """Take each of some slots from version to version, again where the server was away; say which were stored last."""
    counts: Counter[str] = Counter()
    last: dict[int, int] = {}
    with Index.open(at, WordEmbedder()) as index:
        ready.wait()
        version = 0
        while not stop.is_set():
            version += 1
            for slot in slots:
                source = _note(slot, version)
                while True:
                    try:
                        index.put(source, _cut(source))
                        break
                    except YijuError as error:
                        counts[f"{type(error).__name__}: {str(error)[:60]}"] += 1
                last[slot] = version
                counts["stored"] += 1
    out.put(("writer", counts, last))


def read(
    at: str, slots: int, ready: Barrier, stop: Event, out: "Queue[tuple[str, Counter[str], dict[int, int]]]"
) -> None:
    """Look at slots; each must be there whole, in one version, and never older than it was seen before."""
    counts: Counter[str] = Counter()
    seen: dict[int, int] = {}
    chance = random.Random(time.time_ns())
    with Index.open(at, WordEmbedder()) as index:
        ready.wait()
        while not stop.is_set():
            slot = chance.randrange(slots)
            try:
                hits = index.search(f"entry version slot {slot} tide", k=4 * slots + 40)
            except YijuError as error:
                counts[f"{type(error).__name__}: {str(error)[:60]}"] += 1
                continue
            counts["searches"] += 1
            found: dict[int, Counter[int]] = {}
            for text in [one.text for hit in hits for one in (hit.passage, *hit.copies)]:
                words = text.split()
                found.setdefault(int(words[9]), Counter())[int(words[6])] += 1
            for one in range(slots):
                versions = found.get(one, Counter())
                if len(versions) > 1 or any(count != 4 for count in versions.values()):
                    counts[f"WRONG: slot {one} holds {dict(versions)}"] += 1
                elif versions and min(versions) < seen.get(one, 0):
                    counts[f"WRONG: slot {one} went back to {min(versions)} from {seen[one]}"] += 1
                elif not versions and one in seen:
                    counts[f"WRONG: slot {one} was gone"] += 1
                seen |= {one: max(versions)} if versions else {}
    out.put(("reader", counts, {}))


def soak(minutes: float, readers: int, writers: int) -> bool:
    """Return whether nothing wrong was seen and nothing lost."""
    context = get_context("spawn")
    slots = 4 * writers
    with tempfile.TemporaryDirectory() as scratch:
        peer = Peer(Path(scratch) / "peer")
        peer.start()
        at = peer.address("soak")
        Index.open(at, WordEmbedder()).close()
        stop, out, ready = context.Event(), context.Queue(), context.Barrier(readers + writers + 1)
        work = [
            context.Process(target=write, args=(at, range(4 * one, 4 * one + 4), ready, stop, out))
            for one in range(writers)
        ]
        work += [context.Process(target=read, args=(at, slots, ready, stop, out)) for _ in range(readers)]
        for one in work:
            one.start()
        try:
            ready.wait(300)
            for part in range(3):
                time.sleep(60 * minutes / 3)
                if part < 2:
                    peer.kill()
                    time.sleep(3)
                    peer.start()
            stop.set()
            reports = [out.get(timeout=180) for _ in work]
            for one in work:
                one.join(30)
            good = _judged(reports, at)
        finally:
            for one in work:
                if one.is_alive():
                    one.kill()
            peer.kill()
    return good


def _judged(reports: Sequence[tuple[str, Counter[str], dict[int, int]]], at: str) -> bool:
    good = True
    for kind in ("writer", "reader"):
        total: Counter[str] = sum((counts for name, counts, _ in reports if name == kind), Counter())
        print(f"{sum(name == kind for name, *_ in reports)} {kind}s: {dict(total)}")
        good = good and not any(what.startswith("WRONG") for what in total)
    with Index.open(at, WordEmbedder()) as index:
        there = {source.uri: source.id for source in index.sources()}
        last = {slot: version for _, _, of in reports for slot, version in of.items()}
        lost = [slot for slot, version in last.items() if there.get(f"made:{slot}") != f"s{slot}v{version}"]
        problems = index.check()
    print(f"{len(last)} slots, lost: {lost}; problems: {problems}")
    return good and not lost and not problems


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["compare", "resume", "soak"])
    parser.add_argument("address", nargs="?", default="peer")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--writers", type=int, default=3)
    options = parser.parse_args()
    if options.what == "compare":
        compare(options.address, options.size)
    elif options.what == "resume":
        resume(options.address, options.size)
    elif not soak(options.minutes, options.readers, options.writers):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
