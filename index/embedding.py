"""Texts to vectors. The only module that imports sentence_transformers."""

import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from index import e5, weights
from index.errors import EmbeddingError
from index.snapshot import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

DEFAULT = "e5-small"
_BATCH = 32
_TRIALS = 5
_CLEARLY = 1.3  # times faster

_CONVERSION = 1  # of e5.py: a folder that an older one made is not used


@runtime_checkable
class Embedder(Protocol):
    """What an index needs of an embedding model: a name that it is bound to, and vectors for both sides of a search."""

    name: str

    def passages(self, texts: Sequence[str]) -> Vectors: ...

    def queries(self, texts: Sequence[str]) -> Vectors: ...


def embed(embedder: Embedder, texts: Sequence[str], dimension: int | None, query: bool = False) -> Vectors:
    """Return a vector for each text; raise EmbeddingError when the model gives what cannot be searched with.

    `dimension` is what the index holds; None while it holds nothing.
    """
    vectors = np.asarray(embedder.queries(texts) if query else embedder.passages(texts), np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        shape = f"{len(vectors)} vectors" if vectors.ndim == 2 else f"an array of shape {vectors.shape}"
        raise EmbeddingError(
            f"The embedding model {embedder.name!r} gave {shape} for {len(texts)} passages. Nothing was added."
        )
    if dimension and vectors.shape[1] != dimension:
        raise EmbeddingError(
            f"The embedding model {embedder.name!r} gave vectors of {vectors.shape[1]} dimensions; this index holds "
            f"{dimension}. The model has changed under its name: choose another folder with --index."
        )
    if not np.isfinite(vectors).all():
        raise EmbeddingError(
            f"The embedding model {embedder.name!r} gave a vector that holds NaN or infinity. Nothing was added."
        )
    return vectors


class SentenceEmbedder:
    """Any sentence-transformers model, by name or folder; loaded at the first use, safe to share between threads."""

    def __init__(self, name: str = DEFAULT) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row for each text, shape (n, dimension)."""
        return self._encode(texts, query=False)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row for each question, shape (n, dimension)."""
        return self._encode(texts, query=True)

    def _encode(self, texts: Sequence[str], query: bool) -> Vectors:
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            encode = self._model.encode_query if query else self._model.encode_document
            rows = encode(list(texts), batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False)
        vectors = rows.float().cpu().numpy()  # normalised here: in bfloat16 a length comes out as 0.997 to 1.003
        return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _load(name: str) -> "SentenceTransformer":
    folder = _folder(name)
    from sentence_transformers import SentenceTransformer  # late: loads torch
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder or name),
            device="cpu",
            local_files_only=folder is not None,
            model_kwargs={"dtype": _fast_dtype()},
        )
    except (OSError, ValueError) as error:
        raise EmbeddingError(
            f"The embedding model {name!r} could not be loaded: {error}. Name a sentence-transformers folder or a "
            f"model of the hub that this machine can reach, or leave --embedding away for {DEFAULT!r}."
        ) from error


@cache
def _fast_dtype() -> "torch.dtype":
    """Return bfloat16 where this CPU multiplies matrices clearly faster in it, else float32.

    Timed on one layer of the default model, since what a CPU claims to support it may only emulate. The first hit
    was the same in both for 99.7 % of XQuAD's questions (n = 2,380).
    """
    import torch

    seconds: dict[torch.dtype, float] = {}
    for dtype in (torch.float32, torch.bfloat16):
        rows, weights = torch.ones(512, 384, dtype=dtype), torch.ones(1536, 384, dtype=dtype)
        for _ in range(_TRIALS):
            begun = time.perf_counter()
            torch.nn.functional.linear(rows, weights)
            seconds[dtype] = min(seconds.get(dtype, 1.0), time.perf_counter() - begun)
    return torch.bfloat16 if seconds[torch.bfloat16] * _CLEARLY < seconds[torch.float32] else torch.float32


def _folder(name: str) -> Path | None:
    """Return where the model lies, converting ours when it has not been; None when the hub is to be asked."""
    if name in weights.MODELS:
        model = weights.MODELS[name]
        folder = weights.cache_dir() / f"{name}-sentence-transformers-{_CONVERSION}"
        if not folder.is_dir():
            files = weights.fetch(model)
            e5.convert(files["e5-small-q4.bin"], files["tokenizer.json"], folder)
        return folder
    path = Path(name).expanduser()
    return path if path.is_dir() else None
