"""Measure indexes of 10,000, 100,000 and 1,000,000 passages: open, search, filter, add, memory, recall.

PYTHONPATH=. python bench/scale.py --folder DIR --data FOLDER [--sizes 10000,100000,1000000] [--phases build,open,...]

The passages are made up: two or three sentences of one language drawn from the data sets in FOLDER, half of them
English and half Chinese, fifty a source. Their vectors are made up near those of real passages, which are embedded
once; questions are XQuAD's, and really embedded. So a million is made in minutes, and a search costs what it costs.
DIR keeps the indexes: one that is there is not made again. Each phase runs in a process of its own and its figures
are kept in DIR, so that one phase can be run again. Reads /proc, so Linux only.
"""

import argparse
import functools
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import squad
from bench.ingest import paragraphs
from index import Index, SentenceEmbedder
from index.dense import Dense
from index.filters import filter_of
from index.folder import Folder
from index.language import language_of, width
from index.passages import Passage, passages, sentences
from index.snapshot import Entry, Numbers, Place, Snapshot, Vectors
from index.sources import Source
from index.store import Store
from index.vectors import INVERTED_FROM

_SOURCE = 50  # passages
_BATCH = 100  # sources stored together
_REAL = 3000  # real passages of each language whose vectors the made-up ones lie near
_SENTENCE = (20, 260)  # narrowest and widest that a passage is made of
_WEIGHTS = (0.7, 0.3)  # of two real vectors in one that is made up
_NOISE = 0.25  # length of the noise that is added; two real passages of one language lie 0.5 to 0.6 apart
_LANGUAGES = ("en", "zh")
_WARM = 20  # questions
_ASKED = 200
_K = 8
_ADDS = 20

Figures = dict[str, float]


# What is measured with


class Corpus:
    """Passages made up of real sentences, with vectors near those of real passages; number n is always the same."""

    def __init__(self, folder: Path, data: Path) -> None:
        real = _real_passages(data)
        self._vectors = {name: _embedded(folder / f"real-{name}.npy", real[name]) for name in _LANGUAGES}
        self._sentences = _sentences(data)

    def entry(self, number: int, size: int = _SOURCE) -> Entry:
        """Return a source of `size` passages with its vectors."""
        random = np.random.default_rng(number)
        language = _LANGUAGES[number % 2]
        texts = [self._text(language, random) for _ in range(size)]
        source = _source("\n".join(texts), number, language)
        cut, start = [], 0
        for at, text in enumerate(texts):
            key = hashlib.sha256(f"{number}:{at}".encode()).hexdigest()[:32]
            cut.append(Passage(key, source.id, start, start + len(text), text, "", None, language, False))
            start += len(text) + 1
        return Entry(source, cut, self.vectors(language, size, random))

    def _text(self, language: str, random: np.random.Generator) -> str:
        of = self._sentences[language]
        chosen = random.integers(len(of), size=int(random.integers(2, 4)))
        return ("" if language == "zh" else " ").join(of[at] for at in chosen)

    def vectors(self, language: str, count: int, random: np.random.Generator) -> Vectors:
        """Return made-up vectors, shape (count, dimension)."""
        real = self._vectors[language]
        first, second = (real[random.integers(len(real), size=count)] for _ in range(2))
        noise = random.standard_normal(first.shape, dtype=np.float32)
        noise *= _NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        mixed: Vectors = _WEIGHTS[0] * first + _WEIGHTS[1] * second + noise
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        return mixed


def _source(text: str, number: int, language: str) -> Source:
    random = np.random.default_rng(number)
    return Source(
        id=hashlib.sha256(f"{number}:{text}".encode()).hexdigest()[:32],
        uri=f"made-up:/{number}",
        title=str(number),
        author=None,
        published=(date(2015, 1, 1) + timedelta(days=int(random.integers(3650)))).isoformat(),
        url=None,
        retrieved="2026-01-01",
        language=language,
        media_type="text/plain",
        text=text,
        headings=(),
        metadata={"topic": number % 100},
    )


def _real_passages(data: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _LANGUAGES}
    for text in paragraphs(data):
        for one in passages(_source(text, 0, "und")):
            if one.language in found and not one.furniture:
                found[one.language].append(one.text)
    return {name: texts[:_REAL] for name, texts in found.items()}


def _embedded(file: Path, texts: Sequence[str]) -> Vectors:
    if not file.exists():
        print(f"embedding {len(texts):,} real passages", file=sys.stderr)
        np.save(file, SentenceEmbedder().passages(texts))
    vectors: Vectors = np.load(file)
    return vectors


def _sentences(data: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _LANGUAGES}
    for text in paragraphs(data):
        for one in sentences(text):
            sentence = text[one.start : one.end].replace("\n", " ")
            language = language_of(sentence)
            if language in found and _SENTENCE[0] <= width(sentence) <= _SENTENCE[1]:
                found[language].append(sentence)
    return found


class MadeUpEmbedder:
    """The real vectors of questions, and made-up ones of passages; under the real one's name, for its priors."""

    def __init__(self, corpus: Corpus | None = None) -> None:
        self._real = SentenceEmbedder()
        self.name = self._real.name
        self._corpus = corpus
        self._random = np.random.default_rng(7)

    def passages(self, texts: Sequence[str]) -> Vectors:
        assert self._corpus is not None
        rows = [self._corpus.vectors(language_of(text), 1, self._random) for text in texts]
        return np.concatenate(rows)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._real.queries(texts)


def questions(data: Path) -> list[str]:
    """Return real questions, English and Chinese in turn, each asked in one language only: first those to warm up."""
    asked: dict[str, list[str]] = {}
    for name in _LANGUAGES:
        asked[name] = [qa["question"] for text in squad.paragraphs(data / squad.XQUAD[name]) for qa in text["qas"]]
    chosen = np.random.default_rng(0).permutation(len(asked["en"]))[: _WARM + _ASKED]
    return [asked[_LANGUAGES[turn % 2]][at] for turn, at in enumerate(chosen)]


class Stopwatch:
    """Adds up the own seconds of functions: what they call is counted there when it is watched too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]
        self._undo: list[Callable[[], None]] = []

    def watch(self, owner: object, name: str, label: str) -> None:
        """Wrap a function of a module or class; what is not there is said and left out."""
        function = getattr(owner, name, None)
        if function is None:
            print(f"{owner} has no {name}: not timed", file=sys.stderr)
            return

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - begun
                self.seconds[label] += took - self._inner.pop()
                self._inner[-1] += took

        setattr(owner, name, timed)
        self._undo.append(lambda: setattr(owner, name, function))

    def stop(self) -> None:
        for undo in self._undo:
            undo()


def _watched() -> Stopwatch:
    from index import index as facade
    from index import search as ordering
    from index.centring import Centres
    from index.dense import DenseLeg
    from index.vectors import DenseIndex

    watch = Stopwatch()
    for owner, name, label in (
        (MadeUpEmbedder, "queries", "encode the question"),
        (DenseIndex, "search", "dense: FAISS"),
        (Dense, "nearest", "dense: around FAISS"),
        (DenseLeg, "at", "dense: up to date?"),
        (Snapshot, "languages", "sums by language"),
        (Index, "__len__", "anything in?"),
        (Store, "require_embedder", "same embedder?"),
        (Snapshot, "holding", "words: how rare"),
        (Snapshot, "by_words", "words: BM25"),
        (Snapshot, "numbers", "filter: which passages"),
        (Snapshot, "vectors", "fetch vectors"),
        (Snapshot, "passages", "fetch passages"),
        (Centres, "centre", "centre and score"),
        (Centres, "centre_question", "centre and score"),
        (ordering, "language_of", "language of the question"),
        (ordering, "words", "split into words"),
        (ordering, "_by_words", "words: around"),
        (ordering, "_candidates", "candidates: around"),
        (ordering, "_folded", "order and fold"),
        (facade, "search", "search: around"),
        (Index, "search", "Index.search: around"),
    ):
        watch.watch(owner, name, label)
    return watch


def _ms(seconds: Sequence[float], share: float) -> float:
    return float(np.percentile(seconds, 100 * share)) * 1000


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _memory(name: str) -> float:
    """Return MB of this process: VmRSS now, or VmHWM at its highest."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


@dataclass(frozen=True)
class Setting:
    """Where a phase runs, on what."""

    folder: Path
    data: Path
    size: int

    @property
    def index(self) -> Path:
        return self.folder / f"index-{self.size}"

    @property
    def vectors(self) -> Path:
        return self.index / "vectors.faiss"


# The phases, each in a process of its own


def build(setting: Setting) -> Figures:
    """Make the index, or what of it is missing."""
    setting.index.mkdir(parents=True, exist_ok=True)
    store = Store(setting.index / "yiju.sqlite", SentenceEmbedder().name)
    try:
        with store.snapshot() as now:
            there = len(now.passage_counts())
        wanted = setting.size // _SOURCE
        if there >= wanted:
            return {}
        corpus = Corpus(setting.folder, setting.data)
        begun, storing = time.perf_counter(), 0.0
        for first in range(there, wanted, _BATCH):
            entries = [corpus.entry(number) for number in range(first, min(first + _BATCH, wanted))]
            places = [Place(one.source.uri, one.source.id, None) for one in entries]
            storing += _seconds(functools.partial(store.put, entries, places))
            print(f"\r{first * _SOURCE:,} of {setting.size:,}", end="", file=sys.stderr)
        print(f"\rmade {setting.size:,} in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    finally:
        store.close()
    return {"store 1,000 passages without embedding, ms": storing * 1e6 / (setting.size - there * _SOURCE)}


def during(setting: Setting) -> Figures:
    """Search while the inverted file is being made."""
    if setting.size < INVERTED_FROM:
        return {}
    asked = questions(setting.data)
    with _without_file(setting) as (index, _):
        index.search(asked[0])
        figures = _distribution("search while the file is made", [_searched(index, one) for one in asked[_WARM:120]])
        made = index.stats().inverted
        begun = time.perf_counter()
    assert not made, "the file was ready before the searches ended"
    return {**figures, "close while the file is made, s": time.perf_counter() - begun}


def first(setting: Setting) -> Figures:
    """Search an index whose vector file is missing, and make that file."""
    asked = questions(setting.data)
    with _without_file(setting) as (index, opened):
        searched = _searched(index, asked[0])
        begun = time.perf_counter()
        figures = {
            "no vector file: open, ms": opened * 1000,
            "no vector file: first search, ms": searched * 1000,
            "no vector file: RSS, MB": _memory("VmRSS"),
        }
        index.wait()
        figures["file made in the background, s"] = time.perf_counter() - begun
        index.search(asked[1])
        figures["no vector file: peak RSS, MB"] = _memory("VmHWM")
        figures["yiju.sqlite, bytes a passage"] = (setting.index / "yiju.sqlite").stat().st_size / setting.size
        figures["vectors.faiss, bytes a passage"] = setting.vectors.stat().st_size / setting.size
    return figures


@contextmanager
def _without_file(setting: Setting) -> Iterator[tuple[Index, float]]:
    """Open an index without its vector file, with the model loaded; give the seconds that this took, too."""
    setting.vectors.unlink(missing_ok=True)
    embedder = MadeUpEmbedder()
    embedder.queries(["warm"])
    begun = time.perf_counter()
    with Index.open(setting.index, embedder) as index:
        yield index, time.perf_counter() - begun


def _searched(index: Index, question: str) -> float:
    """Return the seconds of one search."""
    begun = time.perf_counter()
    hits = index.search(question, k=_K)
    took = time.perf_counter() - begun
    assert len(hits) == _K
    return took


def opened(setting: Setting) -> Figures:
    """Open an index that is whole, as it lies in the system's cache."""
    embedder = MadeUpEmbedder()
    embedder.queries(["warm"])
    before = _memory("VmRSS")
    asked = questions(setting.data)
    begun = time.perf_counter()
    with Index.open(setting.index, embedder) as index:
        figures = {"open, ms": (time.perf_counter() - begun) * 1000}
        figures["first search, ms"] = _searched(index, asked[0]) * 1000
        figures["model alone: RSS, MB"] = before
        figures["after the first search: RSS, MB"] = _memory("VmRSS")
        for question in asked[:_WARM]:
            index.search(question)
        figures[f"after {_WARM} searches: RSS, MB"] = _memory("VmRSS")
        figures["peak RSS, MB"] = _memory("VmHWM")
    return figures


def cold(setting: Setting) -> Figures:
    """Open an index whose files the system has not cached."""
    for file in setting.index.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
            os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    figures = opened(setting)
    return {"files not cached: open and first search, ms": figures["open, ms"] + figures["first search, ms"]}


def search(setting: Setting) -> Figures:
    """Search beside encoding and FAISS alone, question by question; then what a search consists of, and recall."""
    asked = questions(setting.data)
    embedder = MadeUpEmbedder()
    with Index.open(setting.index, embedder) as index:
        index.search(asked[0])
        index.wait()
        folder = index._engine
        assert isinstance(folder, Folder)
        with folder._moment() as (now, dense):
            assert dense is not None
            exact = Exact.of(now, dense)
            vectors = embedder.queries(asked)
            centred = [
                dense.base.centres.centre_question(vector, language_of(question))
                for question, vector in zip(asked, vectors, strict=True)
            ]
            figures = _beside(index, dense, exact, embedder, asked, centred)
            figures |= _consists(index, asked[_WARM : _WARM + 100])
            figures |= _recall(now, dense, exact, centred[_WARM:])
            figures |= _filtered(index, now, dense, exact, asked[_WARM : _WARM + 50], centred[_WARM : _WARM + 50])
    return figures


@dataclass(frozen=True)
class Exact:
    """All centred vectors of an index in a flat FAISS index."""

    numbers: Numbers
    flat: Any

    @classmethod
    def of(cls, now: Snapshot, dense: Dense) -> "Exact":
        import faiss

        flat, numbers = None, []
        for batch in now.searched():
            centred = dense.base.centres.centre(batch.vectors, batch.languages)
            flat = flat or faiss.IndexFlatIP(centred.shape[1])
            flat.add(centred)
            numbers.append(batch.numbers)
        return cls(np.concatenate(numbers), flat)

    def best(self, vector: Vectors, k: int, allowed: Numbers | None = None) -> set[int]:
        import faiss

        parameters = None
        if allowed is not None:
            positions = np.searchsorted(self.numbers, allowed)
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(positions))
        _, found = self.flat.search(vector[None, :], k, params=parameters)
        return set(self.numbers[found[0][found[0] >= 0]].tolist())


def _beside(
    index: Index,
    dense: Dense,
    exact: Exact,
    embedder: MadeUpEmbedder,
    asked: Sequence[str],
    centred: Sequence[Vectors],
) -> Figures:
    import faiss

    def raw(faiss_index: Any) -> Callable[[int], float]:
        def run(at: int) -> float:
            faiss.omp_set_num_threads(os.cpu_count() or 1)  # its default, whatever a search of ours chose
            begun = time.perf_counter()
            embedder.queries([asked[at]])
            faiss_index.search(centred[at][None, :], _K)
            return time.perf_counter() - begun

        return run

    contenders: list[tuple[str, Callable[[int], float]]] = [
        ("search", lambda at: _searched(index, asked[at])),
        ("encode + FAISS, flat", raw(exact.flat)),
        ("encode + FAISS, ours", raw(dense.base.index)),
        ("encode", lambda at: _seconds(lambda: embedder.queries([asked[at]]))),
    ]
    seconds: dict[str, list[float]] = defaultdict(list)
    for at in range(len(asked)):
        turn = at % len(contenders)
        for name, run in contenders[turn:] + contenders[:turn]:
            took = run(at)
            if at >= _WARM:
                seconds[name].append(took)
    figures: Figures = {}
    for name, of in seconds.items():
        figures |= _distribution(name, of)
    for kind in ("flat", "ours"):
        for share in (50, 95):
            ratio = figures[f"search, p{share} ms"] / figures[f"encode + FAISS, {kind}, p{share} ms"]
            figures[f"search / encode + FAISS, {kind}, p{share}"] = ratio
    return figures


def _distribution(name: str, seconds: Sequence[float]) -> Figures:
    return {f"{name}, p{share} ms": _ms(seconds, share / 100) for share in (50, 95)}


def _consists(index: Index, asked: Sequence[str]) -> Figures:
    """Return the mean milliseconds of what a search consists of, most first."""
    watch = _watched()
    try:
        for question in asked:
            index.search(question, k=_K)
    finally:
        watch.stop()
    parts = sorted(watch.seconds.items(), key=lambda part: -part[1])
    return {f"  {name}, ms": seconds / len(asked) * 1000 for name, seconds in parts}


def _recall(now: Snapshot, dense: Dense, exact: Exact, centred: Sequence[Vectors]) -> Figures:
    """Return recall@10 of the dense leg as FAISS orders it, and as a search does: fifty found, their scores exact."""
    found, rescored = [], []
    for vector in centred:
        true = exact.best(vector, 10)
        found.append(len(true & set(dense.nearest(vector, 10).numbers.tolist())) / 10)
        rescored.append(len(true & _rescored(now, dense, vector, None)) / 10)
    inverted = dense.base.index if dense.base.is_inverted else None
    return {
        **({"lists": inverted.nlist, "lists read": inverted.nprobe} if inverted else {}),
        "recall@10 of FAISS' order": float(np.mean(found)),
        "recall@10 of a search": float(np.mean(rescored)),
    }


def _rescored(now: Snapshot, dense: Dense, vector: Vectors, allowed: Numbers | None) -> set[int]:
    """Return the ten best of fifty, by their exact scores."""
    raw = now.vectors(dense.nearest(vector, 50, allowed).numbers.tolist())
    scores: NDArray[np.float32] = dense.base.centres.centre(raw.vectors, raw.languages) @ vector
    return set(raw.numbers[np.argsort(-scores)[:10]].tolist())


def _filtered(
    index: Index, now: Snapshot, dense: Dense, exact: Exact, asked: Sequence[str], centred: Sequence[Vectors]
) -> Figures:
    source = now.source_ids()[len(now.source_ids()) // 3]
    filters: dict[str, dict[str, object]] = {
        "language": {"language": "zh"},
        "a year": {"published": ("2019-01-01", "2019-12-31")},
        "a month": {"published": ("2019-03-01", "2019-03-31")},
        "a topic": {"metadata": {"topic": 7}},
        "one source": {"source": source},
        "language and month": {"language": "en", "published": ("2019-03-01", "2019-03-31")},
    }
    figures: Figures = {}
    for name, where in filters.items():
        allowed = now.numbers(filter_of(where))
        seconds, short, shared = [], 0, []
        for question, vector in zip(asked, centred, strict=True):
            begun = time.perf_counter()
            hits = index.search(question, k=_K, where=where)
            seconds.append(time.perf_counter() - begun)
            short += len(hits) < _K <= len(allowed)
            true = exact.best(vector, 10, allowed)
            shared.append(len(true & _rescored(now, dense, vector, allowed)) / max(1, len(true)))
        everything = index.search(asked[0], k=50, where=where)
        short += sum(1 + len(hit.copies) for hit in everything) < min(50, len(allowed))
        figures[f"filter by {name}: passages"] = len(allowed)
        figures |= _distribution(f"filter by {name}", seconds)
        figures[f"filter by {name}: recall@10"] = float(np.mean(shared))
        figures[f"filter by {name}: answers that fell short"] = short
    return figures


def add(setting: Setting) -> Figures:
    """Add one source of 20 passages to an index that is open, and search right after; in a copy of the folder."""
    copy = replace(setting, folder=setting.folder / "copy")
    shutil.rmtree(copy.folder, ignore_errors=True)
    shutil.copytree(setting.index, copy.index)
    try:
        return _added(copy, Corpus(setting.folder, setting.data))
    finally:
        shutil.rmtree(copy.folder)


def _added(setting: Setting, corpus: Corpus) -> Figures:
    asked = questions(setting.data)
    added, after, then = [], [], []
    with Index.open(setting.index, MadeUpEmbedder(corpus)) as index:
        for question in asked[:_WARM]:
            index.search(question)
        index.wait()
        for turn in range(_ADDS):
            entry = corpus.entry(10_000_000 + turn, 20)
            added.append(_seconds(functools.partial(index.put, entry.source, entry.passages)))
            after.append(_searched(index, asked[_WARM + 2 * turn]))
            then.append(_searched(index, asked[_WARM + 2 * turn + 1]))
    return {
        "add a source of 20, median ms": _ms(added, 0.5),
        "add a source of 20, slowest ms": _ms(added, 1),
        "search right after, median ms": _ms(after, 0.5),
        "search right after, slowest ms": _ms(after, 1),
        "the search after that, median ms": _ms(then, 0.5),
    }


_PHASES: dict[str, Callable[[Setting], Figures]] = {
    "build": build,
    "during": during,  # leaves no vector file: the next phase makes it
    "first": first,
    "open": opened,
    "cold": cold,
    "search": search,
    "add": add,
}


# All of them


def _in_a_process(setting: Setting, phase: str) -> Figures:
    """Return the figures of a phase, and how many cores other programs used meanwhile: near 0 on a quiet machine."""
    command = [sys.executable, __file__, "--folder", str(setting.folder), "--data", str(setting.data)]
    command += ["--sizes", str(setting.size), "--phases", phase, "--here"]
    begun, before = time.perf_counter(), _busy_elsewhere()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    cores = (_busy_elsewhere() - before) / (time.perf_counter() - begun)
    print(f"    others used {cores:.2f} cores", file=sys.stderr)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return {**figures, f"phase {phase}: cores used by others": max(cores, 0.0)}


def _busy_elsewhere() -> float:
    """Return the seconds that this machine's cores worked for others than the processes that we waited for."""
    user, nice, system = (int(ticks) for ticks in Path("/proc/stat").read_text(encoding="utf-8").split()[1:4])
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (user + nice + system) / os.sysconf("SC_CLK_TCK") - ours.ru_utime - ours.ru_stime


def _kept(file: Path, figures: Figures) -> Figures:
    """Return the figures of a file with these in it, and keep them there."""
    before: Figures = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    stale = {name for name in before if name.startswith("  ")} if any(n.startswith("  ") for n in figures) else set()
    after = {name: value for name, value in before.items() if name not in stale} | figures
    file.write_text(json.dumps(after, indent=1), encoding="utf-8")
    return after


def report(found: dict[int, Figures]) -> None:
    """Print a row for each figure, a column for each size."""
    names = dict.fromkeys(name for figures in reversed(found.values()) for name in figures)
    print(f"\n{'':52}" + "".join(f"{size:>12,}" for size in found))
    for name in names:
        print(f"{name:52}" + "".join(f"{_written(figures.get(name)):>12}" for figures in found.values()))
    key = "add a source of 20, median ms"
    if all(key in figures for figures in found.values()):
        smallest = found[min(found)][key]
        ratios = ", ".join(f"{size:,}: {figures[key] / smallest:.2f}x" for size, figures in found.items())
        print(f"adding, beside adding to the smallest: {ratios}")


def _written(value: float | None) -> str:
    if value is None:
        return "-"
    return (
        f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}" if value >= 10 else f"{value:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where the indexes are kept")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the data sets")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--phases", default=",".join(_PHASES), help="default: %(default)s")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # in this process, figures as JSON
    options = parser.parse_args()
    settings = [Setting(options.folder, options.data, int(size)) for size in options.sizes.split(",")]
    phases = options.phases.split(",")
    if options.here:
        print(json.dumps(_PHASES[phases[0]](settings[0])))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    found: dict[int, Figures] = {}
    for setting in settings:
        for phase in phases:
            print(f"{setting.size:,}: {phase} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
            figures = _in_a_process(setting, phase)
            found[setting.size] = _kept(setting.folder / f"figures-{setting.size}.json", figures)
    report(found)


if __name__ == "__main__":
    main()
