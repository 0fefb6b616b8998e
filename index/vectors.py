"""The FAISS side of an index: exact search over centred vectors, kept in a file that may be lost without loss.

The only module that imports faiss.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.store import Numbers, Vectors

if TYPE_CHECKING:
    import faiss

_MAGIC = b"yiju vectors 1\n"


@dataclass(frozen=True)
class Neighbour:
    """A passage number and its inner product with what was searched for."""

    number: int
    score: float


class DenseIndex:
    """Exact inner-product search over the vectors of numbered passages."""

    def __init__(self, index: "faiss.Index") -> None:
        self._index = index

    @classmethod
    def of(cls, numbers: Numbers, vectors: Vectors) -> "DenseIndex":
        """Build from passage numbers, shape (n,), and their vectors, shape (n, dimension)."""
        import faiss  # late: a large compiled library

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, numbers)
        return cls(index)

    def search(self, vector: Vectors, k: int) -> list[Neighbour]:
        """Return up to `k` neighbours of one vector, shape (dimension,), best first."""
        scores, numbers = self._index.search(vector[None, :], min(k, self._index.ntotal))
        return [Neighbour(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def save(self, path: Path, generation: int) -> None:
        """Write the file whole or not at all; `generation` says which state of the store it was made from."""
        import faiss

        payload = faiss.serialize_index(self._index).tobytes()
        header = {"generation": generation, "sha256": hashlib.sha256(payload).hexdigest()}
        partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                file.write(_MAGIC + json.dumps(header).encode() + b"\n" + payload)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, generation: int) -> "DenseIndex | None":
        """Return the file's index; None when it is absent, damaged, or made from another state of the store."""
        import faiss

        try:
            magic, header, payload = path.read_bytes().split(b"\n", 2)
            stamp = json.loads(header)
        except (OSError, ValueError):
            return None
        digest = hashlib.sha256(payload).hexdigest()
        if magic + b"\n" != _MAGIC or stamp != {"generation": generation, "sha256": digest}:
            return None
        return cls(faiss.deserialize_index(np.frombuffer(payload, np.uint8)))
