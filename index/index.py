"""The Index object: one folder of sources that can be added to, searched, and trusted."""

import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from index.centring import Centres, shipped_priors
from index.embedding import Embedder, SentenceEmbedder, embed
from index.engine import Engine, Problem
from index.errors import IndexFolderError, QueryError, SourceError
from index.filters import Filter, filter_of
from index.folder import STORE, Folder, open_folder
from index.home import expanded
from index.ingest import Batch, Ingest
from index.language import language_of
from index.passages import Passage, passages
from index.progress import Outcome, Progress
from index.readers import Limits, Readers
from index.reembedding import embed_again
from index.search import Hit, require_count, require_query
from index.snapshot import Place, Vectors
from index.sources import Source, is_address
from index.store import VECTORS, Store

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from index.cluster import Cluster
    from index.langchain import IndexRetriever, IndexVectorStore
    from index.move import Moved

_log = logging.getLogger(__name__)

_WHERE = "Name the folder of one, or milvus://HOST:19530/NAME."


@dataclass(frozen=True)
class Stats:
    """What an index holds."""

    sources: int
    passages: int  # that a search may find
    languages: Mapping[str, int]  # passages of each
    embedding: str
    dimension: int | None  # None while nothing is in
    bytes: int  # on this machine
    inverted: bool  # whether a search reads the nearest lists of vectors, or all vectors


class Index:
    """One folder of sources, found again by meaning in any language; safe to share between threads and processes."""

    def __init__(
        self, engine: Engine, embedder: Embedder, allow: Collection[str] = (), limits: Limits | None = None
    ) -> None:
        self.embedder = embedder
        self._engine = engine
        self._ingest = Ingest(engine, embedder, Readers(limits or Limits()), tuple(allow))

    @classmethod
    def open(
        cls,
        folder: str | Path,
        embedding: "str | Embedder | Embeddings | None" = None,
        allow: Collection[str] = (),
        limits: Limits | None = None,
    ) -> Self:
        """Open the index in a folder, making it when the folder is absent or empty; or one on a Milvus server.

        "milvus://host:19530/name" names an index there; the token and what TLS needs come from the environment, see
        `index.milvus.address`. `embedding` names a sentence-transformers model, or is one of LangChain's; left away,
        an index opens with the model that it was made with. `allow` names hosts of a private network
        ("wiki.example.org", "127.0.0.1") that web pages may be fetched from; the public web always may. `limits` is
        what reading one file may take. Raises IndexFolderError when the folder holds something else, or an index of
        another model, and EngineError when the server cannot be used.
        """
        engine_of, made_with = _engine(folder)
        embedder = _embedder(made_with if embedding is None else embedding)
        return cls(engine_of(embedder.name), embedder, allow, limits)

    @property
    def folder(self) -> Path:
        """Where this machine keeps the index, or, of one on a server, what belongs to it here."""
        return self._engine.folder

    def close(self) -> None:
        """Release what is held; the index cannot be used afterwards."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Sources

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        progress: Callable[[Progress], None] | None = None,
        cluster: "Cluster | None" = None,
    ) -> list[Outcome]:
        """Add files, the files under folders, and the pages at web addresses; return what became of each, in order.

        What cannot be read is an outcome with its reason; the others are added. A file whose content is in the index
        costs no embedding, and a page that its server knows to be unchanged no transfer; one that changed replaces
        what it was, and one that was moved stays what it is. What is no longer under a folder where it was read comes
        last; with `prune` it is removed, unless the folder is empty now. Ignore files count, see
        `index.sources.folders`. What is done is kept when the rest fails: files are stored some hundred at a time.
        `progress` is told of each step, in this thread. A `cluster` reads and embeds what lies on this machine, and
        what is stored is the same; see `index.cluster`. Raises SourceError for an ignore file that is wrong, and
        ClusterError for a cluster that cannot be used.
        """
        return self._ingest.add(paths, prune, progress, cluster)

    def update(self, *source_ids: str, progress: Callable[[Progress], None] | None = None) -> list[Outcome]:
        """Read sources again from where they were read, all of them when none is named; see `add`.

        What cannot be read any more is an outcome with its reason, and is kept.
        """
        with self._engine.view() as now:
            places = [place for one in source_ids or now.source_ids() for place in now.places(one)]
        # The others were put here by a program. So were addresses that we never fetched.
        read = [one.uri for one in places if Path(one.uri).is_absolute() or (is_address(one.uri) and one.digest)]
        return self.add(*read, progress=progress)

    def follow(
        self,
        *paths: str | Path,
        prune: bool = False,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[list[Outcome]]:
        """Add files and folders, and again whenever something changes there; yield what each time became otherwise.

        Ends when `stop` is set, or at Ctrl-C. Raises SourceError for web addresses and for what is not there.
        """
        for path in paths:
            if is_address(path) or not Path(path).exists():
                raise SourceError(f"{path} cannot be followed: it is no file or folder here. Name one that is.")
        from index.watch import changes  # late: who does not follow need not load it

        told: set[Path | str] = set()
        for _ in itertools.chain([None], changes([Path(path) for path in paths], self.folder, stop)):
            outcomes = self.add(*paths, prune=prune, progress=progress)
            new = [one for one in outcomes if one.status != "unchanged" and one.path not in told]
            told = {one.path for one in outcomes if one.status in ("gone", "ignored")}
            if new:
                yield new

    def put(self, source: Source, cut: Sequence[Passage] | None = None, read_at: Sequence[Place] | None = None) -> None:
        """Store a source that was made by a program, with its passages, or cut as files are.

        What was read at its `uri` before is replaced, and what had its id. `read_at` is for one that was removed: what
        `places` gave of it. Raises SourceError for passages that are not of its text, for a passage id that another
        source has, for half of a character, and for metadata that JSON cannot hold.
        """
        self._put([(source, passages(source) if cut is None else cut)], read_at)

    def put_all(self, sources: Iterable[tuple[Source, Sequence[Passage]]]) -> None:
        """Store several sources with their passages, in one transaction; see `put`."""
        self._put(sources)

    def _put(self, sources: Iterable[tuple[Source, Sequence[Passage]]], read_at: Sequence[Place] | None = None) -> None:
        batch = Batch()
        for source, cut in sources:
            _require_json(source)
            _require_characters(source, cut)
            for passage in cut:
                if passage.source_id != source.id or source.text[passage.start : passage.end] != passage.text:
                    raise SourceError(
                        f"The passage {passage.id!r} is not characters {passage.start} to {passage.end} of the source "
                        f"{source.id!r}. Nothing was added."
                    )
            batch.sources[source.id] = (source, list(cut))
            batch.places.extend(read_at or [Place(source.uri, source.id, None)])
        self._ingest.keep(batch)

    def remove(self, source_id: str) -> bool:
        """Remove a source with its passages; return whether it was there."""
        return self._engine.remove(source_id)

    def remove_from(self, path: str | Path) -> list[Outcome]:
        """Remove what was read at a file or web address, or under a folder; what was read elsewhere too stays."""
        return self._ingest.remove_from(path)

    def sources(self, *source_ids: str) -> list[Source]:
        """Return every source, or those of these ids, by title; the text of each is read when it is asked for."""
        with self._engine.view() as now:
            return now.sources(self.source, source_ids)

    def source(self, source_id: str) -> Source | None:
        """Return one source, or None when it is not (or no longer) here."""
        with self._engine.view() as now:
            return now.source(source_id)

    def place(self, uri: str) -> Place | None:
        """Return which source was read at a file's absolute path or an address, and the digest of its bytes."""
        with self._engine.view() as now:
            return now.place(uri)

    def places(self, source_id: str) -> list[Place]:
        """Return where a source was read, and the digest of the bytes at each place."""
        with self._engine.view() as now:
            return now.places(source_id)

    def passages(self, source_id: str) -> list[Passage]:
        """Return the passages of a source in order, page furniture included."""
        with self._engine.view() as now:
            return now.passages_of(source_id)

    def passages_by_id(self, ids: Iterable[str]) -> list[Passage]:
        """Return the passages of these ids, in their order; those that are not here are left out."""
        with self._engine.view() as now:
            return now.passages_by_id(ids)

    def passage_counts(self) -> dict[str, int]:
        """Return how many passages of each source, by its id, can be found by a search."""
        with self._engine.view() as now:
            return now.passage_counts()

    def __len__(self) -> int:
        """Return how many passages can be found by a search."""
        with self._engine.view() as now:
            return sum(one.count for one in now.languages())

    def stats(self) -> Stats:
        """Return what the index holds, and what it takes."""
        with self._engine.view() as now:
            languages = {one.language: one.count for one in now.languages()}
            return Stats(
                sources=len(now.passage_counts()),
                passages=sum(languages.values()),
                languages=languages,
                embedding=self.embedder.name,
                dimension=now.dimension,
                bytes=self._engine.size(),
                inverted=self._engine.inverted(),
            )

    def wait(self) -> None:
        """Wait until what is made in the background (another vectors' file) is there."""
        self._engine.wait()

    def check(self) -> list[Problem]:
        """Return what is wrong with the index; an empty list when all is well."""
        return self._engine.check()

    def repair(self) -> list[Problem]:
        """Make right what can be, and return what remains: a damaged database, for which a copy is needed."""
        return self._engine.repair(self.embedder)

    @classmethod
    def embed_again(
        cls,
        folder: str | Path,
        embedding: "str | Embedder | Embeddings",
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Give an index another embedding model; searches use the old one until all is done, then all at once.

        `progress` is told how many passages are done, of how many. When it is broken off, the next call goes on.
        """
        if is_server(folder):
            raise IndexFolderError(
                f"{folder} is on a server, where no other model can be put in place. Move it to a folder (yiju move), "
                "embed that again (yiju check --repair --embedding NAME), and move it to another name there."
            )
        path = expanded(folder, IndexFolderError) / STORE
        before = Store.embedder_of(path)
        if before is None:
            raise IndexFolderError(f"There is no index in {folder}. Name the folder of one with --index.")
        store = Store(path, before)
        try:
            embed_again(store, _embedder(embedding), progress)
            path.with_name(VECTORS).unlink(missing_ok=True)
        finally:
            store.close()

    @classmethod
    def move(
        cls, origin: str | Path, target: str | Path, report: Callable[[str, int, int], None] = lambda *_: None
    ) -> "Moved":
        """Copy an index into another place, a folder or a server, embedding nothing, and compare the two.

        What was broken off goes on; the index that is copied stays what it is. `report` is told what is done ("moved",
        "compared"), and how many sources of how many. Raises IndexFolderError when there is no index, or another in
        the target, and MoveError when what arrived is not what was sent.
        """
        from index.move import move

        if str(origin) == str(target):
            raise IndexFolderError(f"{origin} cannot be moved to itself. Name another folder or server.")
        if not is_server(origin) and not (expanded(origin, IndexFolderError) / STORE).exists():
            raise IndexFolderError(f"There is no index in {origin}. {_WHERE}")
        open_origin, embedder = _engine(origin)
        if embedder is None:
            raise IndexFolderError(f"There is no index at {origin}. {_WHERE}")
        with closing(open_origin(embedder)) as sent, closing(_engine(target)[0](embedder)) as arrived:
            return move(sent, arrived, report)

    # Search

    def search(self, query: str, k: int = 8, where: Mapping[str, object] | None = None) -> list[Hit]:
        """Return the `k` passages that fit a query best, in whatever language, best first.

        `where` narrows it: {"language": "zh"}, and source, media_type, heading, published (two dates), metadata; see
        `index.filters.filter_of`. Fewer hits only where there are fewer. Raises QueryError for a query that is empty
        or beyond 10,000 characters, k below 1, and a filter that cannot be asked for.
        """
        query = require_query(query, k)
        condition = filter_of(where or {})
        dimension = self._engine.dimension()
        if dimension is None:  # nothing was ever added
            return []
        return self._search(query, embed(self.embedder, [query], dimension, query=True)[0], k, condition)

    def search_vector(
        self, vector: Sequence[float] | Vectors, k: int = 8, where: Mapping[str, object] | None = None
    ) -> list[Hit]:
        """The same for the raw vector of a question, shape (dimension,), by meaning alone."""
        require_count(k)
        condition = filter_of(where or {})
        row = np.asarray(vector, np.float32)
        dimension = self._engine.dimension()
        if dimension is None:
            return []
        if row.shape != (dimension,) or not np.isfinite(row).all():
            raise QueryError(
                f"The vector has shape {row.shape}; this index takes {dimension} finite numbers, as "
                f"{self.embedder.name!r} gives them."
            )
        return self._search("", row, k, condition)

    def _search(self, query: str, vector: Vectors, k: int, condition: Filter) -> list[Hit]:
        begun = time.perf_counter()
        hits = self._engine.search(query, vector, k, condition)
        _log.info("search: %d hits, %.3f s", len(hits), time.perf_counter() - begun)
        return hits

    def vectors(self, passage_ids: Sequence[str]) -> Vectors:
        """Return the raw vectors of searched passages, shape (n, dimension), in the order of their ids."""
        with self._engine.view() as now:
            return now.vectors_by_id(passage_ids)

    def as_vectorstore(self) -> "IndexVectorStore":
        """Return this index as LangChain's vector store."""
        from index.langchain import IndexVectorStore  # late: LangChain takes a moment to load

        return IndexVectorStore(self)

    def as_retriever(self, k: int = 8, where: Mapping[str, object] | None = None) -> "IndexRetriever":
        """Return this index as LangChain's retriever of `k` passages; `where` as in `search`."""
        from index.langchain import IndexRetriever  # late: LangChain takes a moment to load

        return IndexRetriever(index=self, k=k, where=dict(where) if where else None)

    def fair_vectors(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts, shape (n, dimension), whose products say how near they are in whatever language."""
        with self._engine.view() as now:
            centres = Centres.of(now.languages(), shipped_priors(self.embedder.name))
        return centres.centre(self.embedder.passages(texts), [language_of(text) for text in texts])


def _require_json(source: Source) -> None:
    try:
        json.dumps(dict(source.metadata), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"The metadata of the source {source.id!r} cannot be kept: {error}. Use texts and finite numbers."
        ) from error


def _require_characters(source: Source, cut: Sequence[Passage]) -> None:
    """Raise SourceError for half of a character, which neither a file nor a server can hold."""
    said = (source.id, source.uri, source.title, source.author, source.published, source.url, source.text)
    kept = json.dumps(dict(source.metadata), ensure_ascii=False)
    try:
        for text in (*said, kept, *(part for one in cut for part in (one.id, one.heading))):
            (text or "").encode()
    except UnicodeEncodeError as error:
        raise SourceError(
            f"The source {source.id!a} holds half of a character, which is no text: {error.object[error.start]!a}. "
            "Nothing was added."
        ) from error


def _embedder(embedding: "str | Embedder | Embeddings | None") -> Embedder:
    if embedding is None or isinstance(embedding, str):
        return SentenceEmbedder(embedding) if embedding else SentenceEmbedder()
    if isinstance(embedding, Embedder):
        return embedding
    from index.langchain import OtherEmbedder  # late: who brings none of LangChain's need not load it

    return OtherEmbedder(embedding)


def _engine(index: str | Path) -> "tuple[Callable[[str], Engine], str | None]":
    """Return what opens an index with a model's name, and with which it was made; None when there is none yet."""
    if is_server(index):
        from index.milvus import Milvus, connect  # late: a large library that comes with an extra

        client, made_with = connect(str(index))
        return lambda name: Milvus(client, name), made_with
    folder = expanded(index, IndexFolderError)
    return lambda name: Folder(folder, name), open_folder(folder)


def is_server(index: str | Path) -> bool:
    """Return whether an index is named that is on a server; a path that it was taken for lost one of its slashes."""
    return str(index).startswith("milvus:/")
