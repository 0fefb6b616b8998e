"""What works for an `add` on a node of a cluster: it reads files that it is sent, and embeds texts.

It knows nothing of Ray; `index.cluster` starts it there. What goes wrong with a person's input comes back as a value,
since an error's class may not survive the way.
"""

import hashlib
import os
import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index import weights
from index.embedding import Embedder, SentenceEmbedder
from index.errors import WeightsError, YijuError
from index.readers import Limits, Readers
from index.snapshot import Vectors
from index.sources.ocr import can_read_images
from index.worker import Read, Request


@dataclass(frozen=True)
class Facts:
    """Where a hand works, and what must be as it is where the index is: else it would read files otherwise."""

    host: str
    process: int
    code: str
    reads_images: bool
    has_model: bool

    @classmethod
    def here(cls, model: str | None = None) -> "Facts":
        """Return those of this process; `model` is the name of an embedding model that it will need."""
        return cls(socket.gethostname(), os.getpid(), _code(), can_read_images(), _has(model))


@dataclass(frozen=True)
class Refusal:
    """Why texts could not be embedded, for a person."""

    reason: str


@cache
def _code() -> str:
    """Return what tells this package from another version of it."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def _has(model: str | None) -> bool:
    if model is None or model not in weights.MODELS:
        return True  # none that we could send
    try:
        return weights.local(weights.MODELS[model]) is not None
    except WeightsError:  # a damaged file
        return False


class Hand:
    """Reads files and embeds texts, with one model, which is loaded at the first text."""

    def __init__(self, embedder: Embedder | str, limits: Limits) -> None:
        self._model = embedder if isinstance(embedder, str) else None
        self._embedder = SentenceEmbedder(embedder) if isinstance(embedder, str) else embedder
        self._readers = Readers(limits)

    def facts(self) -> Facts:
        return Facts.here(self._model)

    def take(self, name: str, data: bytes) -> Refusal | None:
        """Put a file of the embedding model into this machine's cache."""
        assert self._model
        try:
            weights.take(weights.MODELS[self._model], name, data)
        except WeightsError as error:
            return Refusal(str(error))
        return None

    def read(self, request: Request) -> Read:
        """Read a file from the bytes that came with the request, in a process of its own, as everywhere."""
        with closing(self._readers.read([request])) as reads:
            return next(reads)

    def embed(self, texts: Sequence[str]) -> Vectors | Refusal:
        try:
            return self._embedder.passages(texts)
        except YijuError as error:
            return Refusal(str(error))
