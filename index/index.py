"""The Index object: one folder of sources that can be added to, searched, and trusted."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from index.centring import Centres, shipped_priors
from index.embedding import Embedder, SentenceEmbedder
from index.errors import IndexFolderError, SourceError
from index.language import language_of
from index.passages import Passage, passages
from index.search import Hit, require_query, search_dense
from index.sources import Source, read, walk
from index.store import Store, Vectors
from index.vectors import DenseIndex

_log = logging.getLogger(__name__)

_STORE = "yiju.sqlite"
_VECTORS = "vectors.faiss"


@dataclass(frozen=True)
class Outcome:
    """What became of one file that was to be added."""

    path: Path
    status: Literal["added", "updated", "unchanged", "failed"]
    source_id: str | None
    passages: int
    reason: str  # why it failed; "" otherwise


@dataclass(frozen=True)
class _Searcher:
    """What a search needs besides the store, made from one state of it."""

    generation: int
    dense: DenseIndex
    centres: Centres


class Index:
    """One folder of sources, found again by meaning in any language; safe to share between threads."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder = folder
        self.embedder = embedder
        self._store = Store(folder / _STORE, embedder.name)
        self._searcher: _Searcher | None = None
        self._searcher_lock = threading.Lock()

    @classmethod
    def open(cls, folder: str | Path, embedding: str | Embedder | None = None) -> Self:
        """Open the index in a folder, making it when the folder is absent or empty.

        `embedding` names a sentence-transformers model; left away, an index opens with the model that it was made
        with. Raises IndexFolderError when the folder holds something else, or an index of another model.
        """
        folder = Path(folder).expanduser()
        _require_ours(folder)
        if embedding is None:
            embedding = Store.embedder_of(folder / _STORE)
        embedder = SentenceEmbedder(embedding) if isinstance(embedding, str) else embedding or SentenceEmbedder()
        return cls(folder, embedder)

    def close(self) -> None:
        """Release the files; the index cannot be used afterwards."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Sources

    def add(self, *paths: str | Path, progress: Callable[[Outcome], None] | None = None) -> list[Outcome]:
        """Add files and the files under folders; return what became of each, in order.

        A file that cannot be read is an outcome with its reason; the others are added. A file whose content is in the
        index costs no embedding; one that changed replaces what it was. `progress` is called after each file.
        """
        outcomes = []
        for path in walk(Path(path) for path in paths):
            outcome = self._add_file(path)
            outcomes.append(outcome)
            if progress:
                progress(outcome)
        return outcomes

    def _add_file(self, path: Path) -> Outcome:
        try:
            source = read(path)
        except SourceError as error:
            return Outcome(path, "failed", None, 0, str(error))
        if self._store.has_source(source.id):
            return Outcome(path, "unchanged", source.id, 0, "")
        cut = passages(source)
        vectors = self.embedder.passages([_embedded_text(source, passage) for passage in cut])
        replaced = self._store.put(source, cut, vectors)
        return Outcome(path, "updated" if replaced else "added", source.id, len(cut), "")

    def remove(self, source_id: str) -> bool:
        """Remove a source with its passages; return whether it was there."""
        return self._store.remove(source_id)

    def sources(self) -> list[Source]:
        """Return every source, by title."""
        return self._store.sources()

    def source(self, source_id: str) -> Source | None:
        """Return one source, or None when it is not (or no longer) here."""
        return self._store.source(source_id)

    def passages(self, source_id: str) -> list[Passage]:
        """Return the passages of a source in order, page furniture included."""
        return self._store.passages_of(source_id)

    def passage_counts(self) -> dict[str, int]:
        """Return how many passages of each source, by its id, can be found by a search."""
        return self._store.passage_counts()

    def __len__(self) -> int:
        """Return how many passages can be found by a search."""
        return self._store.count_passages()

    # Search

    def search(self, query: str, k: int = 8) -> list[Hit]:
        """Return the `k` passages nearest in meaning to a query, in whatever language, best first.

        Fewer when the index holds fewer. Raises QueryError for a query that is empty or beyond 10,000 characters.
        """
        query = require_query(query, k)
        searcher = self._current_searcher()
        if searcher is None:
            return []
        vector = self.embedder.queries([query])[0]
        return search_dense(self._store, searcher.dense, searcher.centres, query, vector, k)

    def fair_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts, shape (n, dimension), whose products say how near they are in whatever language."""
        centres = Centres(self._store.state().languages, shipped_priors(self.embedder.name))
        return centres.centre(self.embedder.passages(texts), [language_of(text) for text in texts])

    def _current_searcher(self) -> _Searcher | None:
        """Return the searcher for the store as it is now; None when there is nothing to search."""
        with self._searcher_lock:
            generation = self._store.generation()
            if self._searcher is None or self._searcher.generation != generation:
                self._searcher = self._make_searcher()
            return self._searcher

    def _make_searcher(self) -> _Searcher | None:
        state = self._store.state()
        if not state.languages:
            return None
        centres = Centres(state.languages, shipped_priors(self.embedder.name))
        path = self.folder / _VECTORS
        dense = DenseIndex.load(path, state.generation)
        if dense is None:
            searched = self._store.searched()
            dense = DenseIndex.of(searched.numbers, centres.centre(searched.vectors, searched.languages))
            try:
                dense.save(path, state.generation)
            except OSError as error:  # the search needs no file; the next start builds it again
                _log.warning("%s could not be written: %s", path, error.strerror)
        return _Searcher(state.generation, dense, centres)


def _embedded_text(source: Source, passage: Passage) -> str:
    """Return a passage as it is embedded: under its source's title and its headings, which say what it is about."""
    title = source.stated_title
    titles = [title] if title and not passage.heading.startswith(title) else []
    above = " › ".join([*titles, passage.heading] if passage.heading else titles)
    return f"{above}\n{passage.text}" if above else passage.text


def _require_ours(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = not (folder / _STORE).exists() and any(folder.iterdir())
    except OSError as error:
        raise IndexFolderError(
            f"{folder} cannot be used as an index: {error.strerror}. Choose another folder with --index."
        ) from error
    if foreign:
        raise IndexFolderError(
            f"{folder} holds other files and no index of Yiju's. Choose an empty or a new folder with --index."
        )
