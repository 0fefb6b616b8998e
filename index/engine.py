"""What an index stands on: a folder on this machine, or a server. Each engine keeps the same records and finds alike.

An engine is asked for a view, which is one moment that later changes do not touch; changes are whole or not at all.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from index.embedding import Embedder
from index.errors import EmbeddingError
from index.filters import Filter
from index.passages import Passage
from index.search import Hit
from index.snapshot import Entry, LanguageSum, Place, TextLoader, Vectors
from index.sources import Source


@dataclass(frozen=True)
class Move:
    """A source that was read at places that are gone, and was found elsewhere."""

    source_id: str
    left: Sequence[str]
    title: str  # that it has now, unless it states one of its own


@dataclass(frozen=True)
class Problem:
    """Something in an index that is not as it should be."""

    where: str  # "database", "source", "words", "sums" or "vectors file"
    detail: str
    source_id: str | None = None


class View(Protocol):
    """What an index holds at one moment."""

    @property
    def dimension(self) -> int | None: ...

    def sources(self, load: TextLoader, ids: Sequence[str] = ()) -> list[Source]: ...

    def source(self, source_id: str) -> Source | None: ...

    def source_ids(self) -> list[str]: ...

    def has_source(self, source_id: str) -> bool: ...

    def place(self, uri: str) -> Place | None: ...

    def places(self, source_id: str) -> list[Place]: ...

    def places_under(self, folder: str) -> list[Place]: ...

    def passage_counts(self) -> dict[str, int]: ...

    def passages_of(self, source_id: str) -> list[Passage]: ...

    def passages_by_id(self, ids: Iterable[str]) -> list[Passage]: ...

    def languages(self) -> list[LanguageSum]: ...

    def vectors_by_id(self, ids: Sequence[str]) -> Vectors: ...

    def embedded(self, source_id: str) -> dict[str, Vectors]: ...

    def entries(self, source_ids: Sequence[str]) -> list[tuple[Entry, list[Place]]]: ...


class Keeping(Protocol):
    """What reading files into an index needs of its engine."""

    def view(self) -> AbstractContextManager[View]:
        """Read one moment of the index; what is written meanwhile is not seen."""

    def dimension(self) -> int | None:
        """Return the length of the vectors, None while nothing is in; raise IndexFolderError for another model's."""

    def put(self, entries: Sequence[Entry], places: Sequence[Place], moves: Sequence[Move] = ()) -> None:
        """Store sources with their passages and vectors, and where sources were read, all at once or nothing.

        What was read at such a place before goes, unless it is at another place still; what a source's id stood for
        before, too. Raises EmbeddingError for vectors that cannot be searched, and SourceError for a passage id that
        is there already.
        """

    def leave(self, uris: Sequence[str]) -> None:
        """Forget what was read at these places; sources that are left without a place go."""


class Engine(Keeping, Protocol):
    """All that an index needs of what it stands on; every method is safe to call from any thread."""

    @property
    def folder(self) -> Path:
        """Where this machine keeps what belongs to the index: chats, files that were dropped on the page."""

    def remove(self, source_id: str) -> bool:
        """Delete a source and its passages; return whether it was there."""

    def search(self, query: str, vector: Vectors, k: int, wanted: Filter) -> list[Hit]:
        """Return the `k` passages nearest to a raw vector, shape (dimension,), and to the words of a query."""

    def long_view(self) -> AbstractContextManager[tuple[View, Callable[[], None]]]:
        """Read one moment for long; what is yielded beside it must be called now and then."""

    def inverted(self) -> bool:
        """Return whether a search reads the nearest lists of vectors, or all vectors."""

    def size(self) -> int:
        """Return the bytes that the index takes on this machine."""

    def wait(self) -> None:
        """Wait until what is made in the background is there."""

    def check(self) -> list[Problem]:
        """Return what is wrong with the index."""

    def repair(self, embedder: Embedder) -> list[Problem]:
        """Make right what can be, and return what remains."""

    def close(self) -> None:
        """Release what is held; it cannot be used afterwards."""


Report = Callable[[int, int], None]  # how many are done, of how many


def shares(scores: Sequence[tuple[int, float]]) -> Mapping[int, float]:
    """Return scores, best first, as shares of the best."""
    best = max((score for _, score in scores), default=0.0)
    return {number: score / best for number, score in scores} if best > 0 else {}


def holds(view: View, entry: Entry) -> bool:
    """Return whether a source is here as an entry has it; only one that a program named can differ under its id.

    A title that is only the name of a file is that of the place where it was read first.
    """
    here, source = view.source(entry.source.id), entry.source
    return (
        here is not None
        and _said(here) == _said(source)
        and source.stated_title in (None, here.title)
        and view.passages_of(source.id) == list(entry.passages)
    )


def _said(source: Source) -> tuple[object, ...]:
    metadata = json.dumps(dict(source.metadata), sort_keys=True)
    return source.text, source.author, source.published, source.url, metadata


def require_finite(entry: Entry) -> None:
    """Raise EmbeddingError for vectors that cannot be searched, or that are not as many as the passages."""
    searched = sum(not passage.furniture for passage in entry.passages)
    if len(entry.vectors) != searched:
        raise EmbeddingError(
            f"The embedding model gave {len(entry.vectors)} vectors for {searched} passages. Nothing was added."
        )
    if not np.isfinite(entry.vectors).all():
        raise EmbeddingError("The embedding model gave a vector that holds NaN or infinity. Nothing was added.")
