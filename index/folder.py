"""An index that is a folder: SQLite holds the truth and the words, FAISS what is derived of the vectors."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from index.centring import shipped_priors
from index.check import problems, repair
from index.chinese import in_each_script
from index.dense import Dense, DenseLeg
from index.embedding import Embedder
from index.engine import Move, Problem, shares
from index.errors import IndexFolderError
from index.filters import Filter
from index.language import language_of
from index.passages import Passage
from index.search import Hit, Nearest, search
from index.snapshot import Entry, Numbers, Place, Snapshot, Vectors
from index.sources import INDEX_FILE
from index.store import VECTORS, Store
from index.words import words

STORE = INDEX_FILE

# A word that so many passages hold tells little, and costs the more the larger the index. On XQuAD, leaving out what
# 2 % of the passages hold changed no figure by more than 0.3 points.
_COMMON = 1_000
_NARROW = 10_000  # passages between the first and the last of a filter in which words are counted: 6 ms a word
_MATCHES = 2_000  # of all words together; the rarest come first
_WORDS = 32  # of a question: a pasted page is searched by its first ones


class Folder:
    """One folder of an index, open; safe to share between threads and processes."""

    def __init__(self, folder: Path, embedder: str) -> None:
        self._folder = folder
        self._store = Store(folder / STORE, embedder)
        self._priors = shipped_priors(embedder)
        self._dense = DenseLeg(self._store, folder / VECTORS, embedder, self._priors)

    @property
    def folder(self) -> Path:
        return self._folder

    def close(self) -> None:
        self._dense.close()
        self._store.close()

    def view(self) -> AbstractContextManager[Snapshot]:
        return self._store.snapshot()

    def dimension(self) -> int | None:
        return self._store.dimension()

    def put(self, entries: Sequence[Entry], places: Sequence[Place], moves: Sequence[Move] = ()) -> None:
        self._store.put(entries, places, moves)

    def leave(self, uris: Sequence[str]) -> None:
        self._store.leave(uris)

    def remove(self, source_id: str) -> bool:
        return self._store.remove(source_id)

    def search(self, query: str, vector: Vectors, k: int, wanted: Filter) -> list[Hit]:
        with self._moment() as (now, dense):
            allowed = now.numbers(wanted) if wanted else None
            return search(_Legs(now, dense, vector, query, allowed), query, k)

    @contextmanager
    def _moment(self) -> Iterator[tuple[Snapshot, Dense]]:
        """Hold one moment of the store with its vectors."""
        while True:
            with self._store.snapshot() as now:
                self._store.require_embedder(now)
                dense = self._dense.at(now)
                if dense is not None:
                    yield now, dense
                    return
            # Another thread has gone on to a later moment: go there too.

    @contextmanager
    def long_view(self) -> Iterator[tuple[Snapshot, Callable[[], None]]]:
        with self._store.snapshot() as now:
            yield now, lambda: None

    def inverted(self) -> bool:
        with self._moment() as (_, dense):
            return dense.base.is_inverted

    def size(self) -> int:
        return sum(file.stat().st_size for file in self._folder.iterdir() if file.is_file())

    def wait(self) -> None:
        self._dense.wait()

    def check(self) -> list[Problem]:
        return problems(self._store, self._folder / VECTORS, self._priors)

    def repair(self, embedder: Embedder) -> list[Problem]:
        remaining = repair(self._store, self._folder / VECTORS, self._priors, embedder)
        self._dense.forget()
        return remaining


class _Legs:
    """Both legs for one question at one moment of a folder."""

    def __init__(self, now: Snapshot, dense: Dense, vector: Vectors, query: str, allowed: Numbers | None) -> None:
        self._now = now
        self._dense = dense
        self._allowed = allowed
        self._centred = dense.base.centres.centre_question(vector, language_of(query))

    def __len__(self) -> int:
        return len(self._dense) if self._allowed is None else len(self._allowed)

    def by_words(self, query: str, k: int) -> Mapping[int, float]:
        """Return the BM25 scores of the passages that hold the query's rarer words, as shares of the best."""
        sought = dict.fromkeys(words(" ".join(in_each_script(query))))
        held = self._held(list(sought))
        rare = []
        matches = 0
        for word, count in sorted(held.items(), key=lambda one: one[1]):
            matches += count
            if 0 < count < _COMMON and matches <= _MATCHES:
                rare.append(word)
        return shares(self._now.by_words(rare, k, self._allowed)) if rare else {}

    def _held(self, sought: Sequence[str]) -> Mapping[str, int]:
        """Return how many passages hold each word, counted up to _COMMON; within a narrow filter, how many there."""
        now, common, allowed = self._now, self._dense.common, self._allowed
        if allowed is not None and len(allowed) and allowed[-1] - allowed[0] < _NARROW:
            # A word is as rare as it is there, unless so many others hold it that to rank by it takes long.
            asked = [word for word in sought[:_WORDS] if word not in common or now.holding(word, _NARROW) < _NARROW]
            return {word: now.holding_among(word, allowed) for word in asked}
        held = {word: now.holding(word, _COMMON) for word in [one for one in sought if one not in common][:_WORDS]}
        common.update(word for word, count in held.items() if count == _COMMON)
        return held

    def by_meaning(self, k: int, brought: Sequence[int]) -> Nearest:
        """Return what lies nearest; scores are of the raw vectors, whatever a file rounds."""
        dense = self._dense
        nearest = dense.nearest(self._centred, k, self._allowed)
        score = dict(zip(nearest.numbers.tolist(), nearest.scores.tolist(), strict=True))
        found = frozenset(score)
        inverted = dense.base.is_inverted
        raw = self._now.vectors([*score, *brought] if inverted else [one for one in brought if one not in score])
        if len(raw.numbers):
            exact = dense.base.centres.centre(raw.vectors, raw.languages) @ self._centred
            score |= zip(raw.numbers.tolist(), exact.tolist(), strict=True)
        return Nearest(found, score)

    def passages(self, numbers: Iterable[int]) -> Mapping[int, Passage]:
        return self._now.passages(numbers)


def open_folder(folder: Path) -> str | None:
    """Make a folder where it is absent, and return which model its index was made with; None when there is none yet.

    Raises IndexFolderError when it holds something else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = not (folder / STORE).exists() and any(folder.iterdir())
    except OSError as error:
        raise IndexFolderError(
            f"{folder} cannot be used as an index: {error.strerror}. Choose another folder with --index."
        ) from error
    if foreign:
        raise IndexFolderError(
            f"{folder} holds other files and no index of Yiju's. Choose an empty or a new folder with --index."
        )
    return Store.embedder_of(folder / STORE)
