"""The FAISS side of an index: nearest neighbours among centred vectors, in a file that may be lost without loss.

The only module that imports faiss.
"""

import hashlib
import io
import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from index.centring import Centres, Priors
from index.snapshot import Generation, Numbers, Searched, Vectors

if TYPE_CHECKING:
    import faiss

INVERTED_FROM = 200_000  # vectors: below, all are compared (13 ms here); from here on, those of the nearest lists
_LISTS = 4  # times the root of the count
_TRAINING = 48  # vectors a list
_ROUNDS = 10  # of k-means
_PROBES = (8, 16, 32, 64, 128, 256)
_RECALL = 0.99  # @10, of what all lists would find, on questions made up from the index itself
_TRIALS = 200
_MAGIC = b"yiju vectors 2\n\n"
_FOOTER = struct.Struct("<QQ32s16s")  # bytes of FAISS' index, bytes of our arrays, sha256 of both, magic

Batches = Callable[[], Iterable[Searched]]  # every searched passage, in order of number; may be asked for twice


@dataclass(frozen=True)
class Neighbours:
    """Passage numbers, shape (n,), and their inner products with what was searched for, best first."""

    numbers: Numbers
    scores: Vectors


@dataclass(frozen=True)
class DenseIndex:
    """The centred vectors of numbered passages, as they were at one generation of the store; never changed."""

    generation: Generation
    centres: Centres
    numbers: Numbers  # ascending; the position of a number here is its position in FAISS' index
    index: "faiss.Index"

    @classmethod
    def build(
        cls,
        generation: Generation,
        centres: Centres,
        batches: Batches,
        inverted: int = 0,
        pause: Callable[[], None] = lambda: None,
    ) -> "DenseIndex":
        """Build from raw vectors: for exact search, or with an inverted file for `inverted` of them.

        `pause` is called between the steps of a long build, and may raise to end it.
        """
        import faiss  # late: a large compiled library

        faiss.omp_set_num_threads(os.cpu_count() or 1)
        numbers: list[Numbers] = []
        index: faiss.Index | None = None
        trial: _Trial | None = None
        if inverted:
            index, trial = _inverted(centres, batches, inverted, pause)
        for batch in batches():
            pause()
            centred = centres.centre(batch.vectors, batch.languages)
            if index is None:
                kind = faiss.ScalarQuantizer.QT_fp16
                index = faiss.IndexScalarQuantizer(centred.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
            if trial:
                trial.see(centred)
            index.add(centred)
            numbers.append(batch.numbers)
        made = cls(generation, centres, np.concatenate(numbers) if numbers else np.zeros(0, np.int64), index)
        if trial:
            trial.choose_probes(index)
        return made

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def is_inverted(self) -> bool:
        return hasattr(self.index, "nprobe")

    def search(self, vector: Vectors, k: int, keep: NDArray[np.bool_] | None = None) -> Neighbours:
        """Return up to `k` neighbours of one vector, shape (dimension,); `keep`, shape (n,), says which may be found.

        All that may be found are among them, or `k`.
        """
        import faiss

        k = min(k, len(self) if keep is None else int(np.count_nonzero(keep)))
        if not k:
            return Neighbours(np.zeros(0, np.int64), np.zeros(0, np.float32))
        selector = None if keep is None else faiss.IDSelectorBitmap(np.packbits(keep, bitorder="little"))
        if not self.is_inverted:
            return self._found(vector, k, faiss.SearchParameters(sel=selector) if selector else None)
        # Few that may be found lie in few lists: as many lists are read as hold about as much as without a filter.
        share = 1.0 if keep is None else np.count_nonzero(keep) / len(self)
        probes = min(self.index.nlist, int(self.index.nprobe / share))
        found = self._found(vector, k, faiss.SearchParametersIVF(sel=selector, nprobe=probes))
        if len(found.numbers) < k:
            found = self._found(vector, k, faiss.SearchParametersIVF(sel=selector, nprobe=self.index.nlist))
        return found

    def _found(self, vector: Vectors, k: int, parameters: "faiss.SearchParameters | None") -> Neighbours:
        import faiss

        faiss.omp_set_num_threads(
            1
        )  # of this thread; one question gives several only the work of waiting for each other
        scores, positions = self.index.search(vector[None, :], k, params=parameters)
        there = positions[0] >= 0
        return Neighbours(self.numbers[positions[0][there]], scores[0][there])

    # The file: FAISS' index, then our arrays, then a footer that tells whether they are whole.

    def save(self, path: Path, embedder: str) -> None:
        """Write the file whole or not at all, and of which embedding model it is. Only one process at a time may."""
        import faiss

        partial = path.with_name(f"{path.name}.partial")
        try:
            with partial.open("wb+") as file:
                faiss.write_index(self.index, faiss.PyCallbackIOWriter(file.write))
                payload = file.tell()
                file.write(self._arrays(embedder))
                size = file.tell()
                digest = _digest(file, size)
                file.seek(size)
                file.write(_FOOTER.pack(payload, size - payload, digest, _MAGIC))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _arrays(self, embedder: str) -> bytes:
        names = list(self.centres.means)
        written = io.BytesIO()
        np.savez(
            written,
            embedder=np.array(embedder),
            generation=np.array(self.generation.number),
            stamp=np.array(self.generation.stamp),
            numbers=self.numbers,
            languages=np.array(names, dtype=str),
            means=np.stack([self.centres.means[name] for name in names]),
            other=self.centres.other,
        )
        return written.getvalue()

    @classmethod
    def load(cls, path: Path, embedder: str, priors: Priors) -> "DenseIndex | None":
        """Return what a file holds; None when it is absent, damaged, or of another embedding model."""
        try:
            with path.open("rb") as file:
                return cls._read(file, embedder, priors)
        except OSError:
            return None

    @classmethod
    def _read(cls, file: BinaryIO, embedder: str, priors: Priors) -> "DenseIndex | None":
        import faiss

        size = file.seek(0, io.SEEK_END) - _FOOTER.size
        if size < 0:
            return None
        file.seek(size)
        payload, arrays, digest, magic = _FOOTER.unpack(file.read(_FOOTER.size))
        if magic != _MAGIC or payload + arrays != size or _digest(file, size) != digest:
            return None
        file.seek(payload)
        with np.load(io.BytesIO(file.read(arrays)), allow_pickle=False) as held:
            if str(held["embedder"]) != embedder:
                return None
            means = dict(zip(held["languages"].tolist(), held["means"], strict=True))
            centres = Centres(means, held["other"], priors)
            numbers = held["numbers"]
            generation = Generation(int(held["generation"]), str(held["stamp"]))
        file.seek(0)
        return cls(generation, centres, numbers, faiss.read_index(faiss.PyCallbackIOReader(file.read)))


def _digest(file: BinaryIO, size: int) -> bytes:
    """Return the sha256 of the first bytes of a file."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0:
        block = file.read(min(size, 1 << 20))
        if not block:
            break
        digest.update(block)
        size -= len(block)
    return digest.digest()


class _Trial:
    """Finds how many lists must be read, by questions whose true neighbours are found while the index is filled."""

    def __init__(self, sample: Vectors) -> None:
        random = np.random.default_rng(0)
        # Three passages and as much again that points anywhere: such questions need as many lists as XQuAD's do (at a
        # million passages, recall@10 of both is 0.94 / 0.93 with 8 lists, 0.98 / 0.98 with 32, 0.98 / 0.99 with 64).
        chosen = sample[random.integers(len(sample), size=(3, _TRIALS))].sum(axis=0)
        noise = random.standard_normal(chosen.shape).astype(np.float32)
        questions = chosen + 2 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        self._questions = questions / np.linalg.norm(questions, axis=1, keepdims=True)
        self._scores = np.full((len(questions), 10), -2, np.float32)
        self._positions = np.full((len(questions), 10), -1, np.int64)
        self._seen = 0

    def see(self, centred: Vectors) -> None:
        scores = np.concatenate([self._scores, self._questions @ centred.T], axis=1)
        new = np.arange(self._seen, self._seen + len(centred))
        positions = np.concatenate([self._positions, np.broadcast_to(new, (len(scores), len(new)))], axis=1)
        best = np.argpartition(-scores, 9, axis=1)[:, :10]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self._positions = np.take_along_axis(positions, best, axis=1)
        self._seen += len(centred)

    def choose_probes(self, index: "faiss.IndexIVF") -> None:
        """Set the fewest probes that reach the recall; ten of fifty are compared, since scores are exact later."""
        for probes in _PROBES:
            index.nprobe = probes
            _, found = index.search(self._questions, 50)
            shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), self._positions.tolist(), strict=True)]
            if np.mean(shared) / 10 >= _RECALL:
                return


def _inverted(
    centres: Centres, batches: Batches, count: int, pause: Callable[[], None]
) -> "tuple[faiss.IndexIVF, _Trial]":
    """Return an inverted file trained on a sample of the vectors, and the trial that will set its probes."""
    import faiss

    lists = int(_LISTS * count**0.5)
    share = min(1.0, _TRAINING * lists / count)
    random = np.random.default_rng(0)
    parts = []
    for batch in batches():
        pause()
        chosen = random.random(len(batch.numbers)) < share
        languages = [language for language, take in zip(batch.languages, chosen, strict=True) if take]
        parts.append(centres.centre(batch.vectors[chosen], languages))
    sample = np.concatenate(parts)
    dimension = sample.shape[1]
    coarse = faiss.IndexFlatIP(dimension)
    clustering = faiss.Clustering(dimension, lists)
    clustering.niter, clustering.spherical = 1, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, _TRAINING
    for _ in range(_ROUNDS):
        pause()
        coarse.reset()
        clustering.train(sample, coarse)  # goes on from the centroids that it has
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(coarse, dimension, lists, kind, faiss.METRIC_INNER_PRODUCT)
    index.train(sample)
    return index, _Trial(sample)
