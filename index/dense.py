"""The dense leg, kept up with the store: a file made now and then, and since then what came and what went.

So a source that is added or removed costs what it holds, not what the index holds. When much has changed, or the
languages' means have moved, the file is made anew, in the background where that takes long.
"""

import logging
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.centring import Centres, Priors
from index.errors import YijuError
from index.snapshot import Generation, Numbers, Snapshot, Vectors, among
from index.store import Store
from index.vectors import INVERTED_FROM, DenseIndex, Neighbours

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000  # vectors that are centred anew at every change: 30 ms
_AT_ONCE_WHEN_STALE = 20_000  # vectors that a search may wait for: 0.3 s
_CHANGED = (5_000, 0.05)  # as many changes, or that share of the vectors, make a new file worth while
_DRIFT = 0.02  # of a language's mean; what is left of a unit vector when its mean is taken away is about 0.4 long


@dataclass(frozen=True)
class Dense:
    """What can be found by meaning at one generation: the file's vectors, those that came since, less what went."""

    generation: Generation
    base: DenseIndex
    numbers: Numbers  # came since, ascending
    vectors: Vectors  # theirs, centred
    gone: Numbers  # went since, of either
    common: set[str] = field(default_factory=set)  # words that so many passages hold that a search leaves them out

    @classmethod
    def of(cls, base: DenseIndex) -> "Dense":
        none = np.zeros(0, np.int64)
        return cls(base.generation, base, none, np.zeros((0, len(base.centres.other)), np.float32), none)

    def __len__(self) -> int:
        return len(self.base) + len(self.numbers) - len(self.gone)

    @property
    def changes(self) -> int:
        return len(self.numbers) + len(self.gone)

    def at(self, now: Snapshot) -> "Dense":
        """Return the same at a later generation."""
        last = int(max([*self.base.numbers[-1:], *self.numbers[-1:]], default=0))
        came = list(now.searched(after=last))
        vectors = [self.base.centres.centre(batch.vectors, batch.languages) for batch in came]
        went = now.removed(self.generation)
        return Dense(
            now.generation,
            self.base,
            np.concatenate([self.numbers, *(batch.numbers for batch in came)]),
            np.concatenate([self.vectors, *vectors]),
            # What came and went between two looks at the store was never here.
            np.union1d(self.gone, went[among(went, self.base.numbers) | among(went, self.numbers)]),
            self.common,
        )

    @cached_property
    def _kept(self) -> NDArray[np.bool_] | None:
        """Which of the file's vectors still stand; None when all do."""
        return ~_marked(self.base.numbers, self.gone) if len(self.gone) else None

    def nearest(self, vector: Vectors, k: int, allowed: Numbers | None = None) -> Neighbours:
        """Return the `k` nearest to one centred vector, shape (dimension,), among the allowed numbers or all."""
        keep = self._kept
        if allowed is not None:
            marked = _marked(self.base.numbers, allowed)
            keep = marked if keep is None else marked & keep
        found = self.base.search(vector, k, keep)
        if not len(self.numbers):
            return found
        came = ~among(self.numbers, self.gone)
        if allowed is not None:
            came &= among(self.numbers, allowed)
        numbers = np.concatenate([found.numbers, self.numbers[came]])
        scores = np.concatenate([found.scores, self.vectors[came] @ vector])
        best = np.argsort(-scores, kind="stable")[:k]
        return Neighbours(numbers[best], scores[best])


def _marked(numbers: Numbers, some: Numbers) -> NDArray[np.bool_]:
    """Return which of some numbers are among a few others, all ascending."""
    marked = np.zeros(len(numbers), bool)
    marked[np.searchsorted(numbers, some[among(some, numbers)])] = True
    return marked


class _Stopped(Exception):
    """The index was closed while its file was being made."""


class DenseLeg:
    """Gives the dense side of an index for any moment of its store; safe to share between threads."""

    def __init__(self, store: Store, path: Path, embedder: str, priors: Priors) -> None:
        self._store = store
        self._path = path
        self._embedder = embedder
        self._priors = priors
        self._lock = threading.Lock()
        self._current: Dense | None = None
        self._builder: threading.Thread | None = None
        self._tried: Generation | None = None  # when a file was last made in the background, or could not be
        self._seen: tuple[int, int] | None = None  # what tells the file that we read from another's
        self._closing = threading.Event()

    def at(self, now: Snapshot) -> Dense | None:
        """Return what can be found at a moment; None when a later moment has been asked for already."""
        current = self._current
        if current and current.generation == now.generation:
            return current
        with self._lock:
            dense = self._current or self._load(now) or self._made(now)
            if dense.generation > now.generation:
                return None
            if dense.generation < now.generation:
                dense = dense.at(now)
                if self._is_worth_waiting(dense, now):
                    dense = self._made(now)
                elif self._is_stale(dense, now):
                    dense = self._made_by_another(now) or dense
            self._current = dense
            if self._wants_another(dense, now) and self._tried != now.generation:
                self._tried = now.generation
                self._build_in_background()
            return dense

    def forget(self) -> None:
        """Read or make the file again at the next search."""
        with self._lock:
            self._current = None

    def wait(self) -> None:
        """Wait until no file is being made in the background."""
        if self._builder:
            self._builder.join()

    def close(self) -> None:
        self._closing.set()
        self.wait()

    def _load(self, now: Snapshot) -> Dense | None:
        self._seen = self._signature()
        base = DenseIndex.load(self._path, self._embedder, self._priors)
        if base is None or not now.was(base.generation):  # damaged, or not of this index as it is
            return None
        count = sum(one.count for one in now.languages())
        return Dense.of(base) if count - len(base) <= max(_AT_ONCE_WHEN_STALE, len(base) // 4) else None

    def _made_by_another(self, now: Snapshot) -> Dense | None:
        """Return what stands in the file when another process has made it anew."""
        loaded = self._load(now) if self._signature() != self._seen else None
        return loaded.at(now) if loaded else None

    def _made(self, now: Snapshot) -> Dense:
        base = self._build(now, inverted=False)
        if 0 < len(base) < INVERTED_FROM:
            self._save(base)
        return Dense.of(base)

    def _is_worth_waiting(self, dense: Dense, now: Snapshot) -> bool:
        return len(dense) <= _AT_ONCE or (len(dense) <= _AT_ONCE_WHEN_STALE and self._is_stale(dense, now))

    def _is_stale(self, dense: Dense, now: Snapshot) -> bool:
        many, share = _CHANGED
        return dense.changes > max(many, share * len(dense)) or dense.base.centres.drift(now.languages()) > _DRIFT

    def _wants_another(self, dense: Dense, now: Snapshot) -> bool:
        wants_lists = len(dense) >= INVERTED_FROM and not dense.base.is_inverted
        return wants_lists or (len(dense) > _AT_ONCE_WHEN_STALE and self._is_stale(dense, now))

    def _build(self, now: Snapshot, inverted: bool) -> DenseIndex:
        count = sum(one.count for one in now.languages())
        centres = Centres.of(now.languages(), self._priors)
        return DenseIndex.build(
            now.generation, centres, now.searched, inverted=count if inverted else 0, pause=self._stop_if_closing
        )

    def _stop_if_closing(self) -> None:
        if self._closing.is_set() or not threading.main_thread().is_alive():
            raise _Stopped

    def _build_in_background(self) -> None:
        if self._builder and self._builder.is_alive():
            return
        # Not a daemon: FAISS must not run while the interpreter ends. It stops between two steps instead.
        self._builder = threading.Thread(target=self._rebuild, name="yiju-index", daemon=False)
        self._builder.start()

    def _rebuild(self) -> None:
        try:
            with self._file_lock(), self._store.snapshot() as now:
                count = sum(one.count for one in now.languages())
                base = self._build(now, inverted=count >= INVERTED_FROM)
                base.save(self._path, self._embedder)
        except (_Stopped, Timeout):  # Timeout: another process is making it
            return
        except (YijuError, OSError) as error:
            _log.warning("%s could not be made anew: %s", self._path, error)
            return
        with self._lock:
            self._seen = self._signature()
            self._current = Dense.of(base)

    def _save(self, base: DenseIndex) -> None:
        """Write the file, unless another process is at it; a search needs no file, the next start makes it again."""
        try:
            with self._file_lock():
                base.save(self._path, self._embedder)
                self._seen = self._signature()
        except Timeout:
            pass
        except OSError as error:
            _log.warning("%s could not be written: %s", self._path, error.strerror)

    def _file_lock(self) -> FileLock:
        return FileLock(self._path.with_suffix(".lock"), timeout=0)

    def _signature(self) -> tuple[int, int] | None:
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino
