"""An index wherever LangChain is: as a vector store, as a retriever, and its embedding model as LangChain's."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Self

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from pydantic import ConfigDict

from index.embedding import Embedder, SentenceEmbedder
from index.errors import QueryError
from index.index import Index
from index.language import language_of
from index.passages import Passage
from index.search import Hit
from index.snapshot import Vectors
from index.sources import Source
from index.sources.source import iso_date

_SCHEME = "langchain:"  # of the address of a source that was added as a Document


class IndexEmbeddings(Embeddings):
    """An embedding model of Yiju's as LangChain's: a sentence-transformers name, or an Embedder."""

    def __init__(self, embedding: str | Embedder | None = None) -> None:
        if embedding is None or isinstance(embedding, str):
            embedding = SentenceEmbedder(embedding) if embedding else SentenceEmbedder()
        self.embedder = embedding

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        vectors: list[list[float]] = self.embedder.passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        vector: list[float] = self.embedder.queries([text])[0].tolist()
        return vector


class OtherEmbedder:
    """Any embedding model of LangChain's as an index uses it; its class and model are the name that binds an index."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        named = (getattr(embeddings, name, None) for name in ("model", "model_name", "model_id"))
        model = next((name for name in named if isinstance(name, str)), None)
        self.name = ":".join(filter(None, ["langchain", type(embeddings).__name__, model]))

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row for each text, shape (n, dimension)."""
        return _normalised(self._embeddings.embed_documents(list(texts)))

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row for each question, shape (n, dimension)."""
        return _normalised([self._embeddings.embed_query(text) for text in texts])


def _normalised(rows: Sequence[Sequence[float]]) -> Vectors:
    vectors = np.asarray(rows, np.float32)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(length > 0, length, 1), dtype=np.float32)


class IndexVectorStore(VectorStore):
    """An index as LangChain's vector store.

    What is added here is kept as it is given: a Document is one passage, so split long ones first. Passages of files
    that the index holds are found too; their metadata says where they stand. `filter` is `where` of `Index.search`.
    """

    def __init__(self, index: Index) -> None:
        self.index = index

    @property
    def embeddings(self) -> Embeddings:
        """The embedding model that the index is bound to."""
        return IndexEmbeddings(self.index.embedder)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Open the index in `folder`, made when absent, and add texts to it."""
        if folder is None:
            raise QueryError("An index is a folder. Say which: from_texts(..., folder='notes.index').")
        store = cls(Index.open(folder, embedding.embedder if isinstance(embedding, IndexEmbeddings) else embedding))
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts under their ids, new ones where none is given, and return the ids; an id that is here is replaced.

        Raises QueryError for an id that is given twice, a number of metadatas or ids that is not that of the texts,
        and metadata that JSON cannot hold, and SourceError for half of a character.
        """
        texts = list(texts)
        metadatas = metadatas or [{} for _ in texts]
        named = [one or str(uuid.uuid4()) for one in ids or [None] * len(texts)]
        if not len(texts) == len(metadatas) == len(named):
            raise QueryError(f"{len(texts)} texts came with {len(metadatas)} metadatas and {len(named)} ids.")
        twice = next((one for one, count in Counter(named).items() if count > 1), None)
        if twice is not None:
            raise QueryError(f"The id {twice!r} is given twice. Nothing was added.")
        self.index.put_all([_stored(*one) for one in zip(named, texts, metadatas, strict=True)])
        return named

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete what was added under these ids; ids that are not here are passed over.

        Raises QueryError without ids, which would empty the index, and for the id of a passage of a file.
        """
        if ids is None:
            raise QueryError("delete() without ids would empty the index. Name the ids.")
        found = self.index.passages_by_id(ids)
        of = _sources_of(self.index, found)
        for passage in found:
            if not of[passage.source_id].uri.startswith(_SCHEME):
                raise QueryError(
                    f"{passage.id!r} is a passage of {of[passage.source_id].uri}. Remove the whole source: "
                    f"index.remove({passage.source_id!r})."
                )
        for source_id in of:
            self.index.remove(source_id)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return what is here under these ids, in their order."""
        return _documents(self.index, self.index.passages_by_id(ids))

    def similarity_search(
        self, query: str, k: int = 4, filter: Mapping[str, object] | None = None, **kwargs: Any
    ) -> list[Document]:
        """Return the `k` Documents that fit a query best, in whatever language."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter=filter)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Mapping[str, object] | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The same, each with its score: cosine of centred vectors, -1 to 1. The order is that of `Index.search`.

        Where there are too few others, near-duplicates follow, each with the score of the one that it is like.
        """
        found = _filled(self.index.search(query, k, filter), k)
        documents = {one.id: one for one in _documents(self.index, [passage for passage, _ in found])}
        return [(documents[passage.id], score) for passage, score in found if passage.id in documents]

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, filter: Mapping[str, object] | None = None, **kwargs: Any
    ) -> list[Document]:
        """Return the `k` Documents nearest to the vector of a question."""
        return _documents_of(self.index, self.index.search_vector(embedding, k, filter), k)

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Mapping[str, object] | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return `k` Documents that fit a query and differ from each other (Carbonell and Goldstein 1998)."""
        hits = self.index.search(query, fetch_k, filter)
        vectors = self.index.vectors([hit.passage.id for hit in hits])
        question = self.index.embedder.queries([query])[0]
        chosen = maximal_marginal_relevance(question, list(vectors), lambda_mult, k) if hits else []
        return _documents(self.index, [hits[at].passage for at in chosen])

    def _select_relevance_score_fn(self) -> Any:
        return lambda cosine: (cosine + 1) / 2


class IndexRetriever(BaseRetriever):
    """An index as LangChain's retriever: the `k` Documents that fit a question best, in whatever language."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 8
    where: dict[str, Any] | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        where: Mapping[str, object] | None = None,
    ) -> list[Document]:
        wanted = k or self.k
        return _documents_of(self.index, self.index.search(query, wanted, where or self.where), wanted)


def _stored(document_id: str, text: str, metadata: Mapping[str, Any]) -> tuple[Source, list[Passage]]:
    """Return a Document as a source of one passage; the source's id also tells its content, so a changed one is new."""
    try:
        content = json.dumps([document_id, text, metadata], sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise QueryError(
            f"The metadata of {document_id!r} cannot be kept: {error}. Use texts and finite numbers."
        ) from error
    source_id = hashlib.sha256(content.encode()).hexdigest()[:32]
    uri = _SCHEME + document_id
    said = {name: value for name, value in metadata.items() if isinstance(value, str)}
    language = language_of(text)
    source = Source(
        id=source_id,
        uri=uri,
        title=said.get("title") or PurePath(uri).stem,
        author=said.get("author"),
        published=iso_date(said.get("published", "")),
        url=said.get("url"),
        retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
        language=language,
        media_type="text/plain",
        text=text,
        metadata=dict(metadata),
    )
    return source, [Passage(document_id, source_id, 0, len(text), text, "", None, language, furniture=False)]


def _filled(hits: Sequence[Hit], k: int) -> list[tuple[Passage, float]]:
    """Return what was found with its scores, filled up to `k` with copies."""
    first = [(hit.passage, hit.score) for hit in hits]
    return [*first, *((copy, hit.score) for hit in hits for copy in hit.copies)][:k]


def _documents_of(index: Index, hits: Sequence[Hit], k: int) -> list[Document]:
    return _documents(index, [passage for passage, _ in _filled(hits, k)])


def _documents(index: Index, passages: Sequence[Passage]) -> list[Document]:
    of = _sources_of(index, passages)
    return [
        Document(id=passage.id, page_content=passage.text, metadata=_metadata(of[passage.source_id], passage))
        for passage in passages
        if passage.source_id in of  # else another process has just removed it
    ]


def _sources_of(index: Index, passages: Sequence[Passage]) -> dict[str, Source]:
    """Return the sources of passages by their ids."""
    ids = {passage.source_id for passage in passages}
    return {source.id: source for source in index.sources(*ids)} if ids else {}  # without ids it would be every source


def _metadata(source: Source, passage: Passage) -> dict[str, object]:
    """Return the metadata that a Document was added with; for a passage of a file, what a citation needs."""
    if source.uri.startswith(_SCHEME):
        return dict(source.metadata)
    known = {
        "source": source.uri,
        "source_id": source.id,
        "title": source.title,
        "author": source.author,
        "published": source.published,
        "url": source.url,
        "heading": passage.heading or None,
        "page": passage.page,
        "language": passage.language,
        "start": passage.start,
        "end": passage.end,
    }
    return {name: value for name, value in known.items() if value is not None}
