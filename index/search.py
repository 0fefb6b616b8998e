"""Finding passages: language-fair dense search."""

from dataclasses import dataclass

from index.centring import Centres
from index.errors import QueryError
from index.language import language_of
from index.passages import Passage
from index.store import Store, Vectors
from index.vectors import DenseIndex

LONGEST_QUERY = 10_000  # characters


@dataclass(frozen=True)
class Hit:
    """A passage that was found, with what explains its place."""

    passage: Passage
    score: float  # cosine of the centred vectors, -1 to 1
    rank: int  # 1 is best
    dense_rank: int  # its rank by vectors alone


def require_query(query: str, k: int) -> str:
    """Return the query trimmed; raise QueryError when it or `k` cannot be searched with."""
    trimmed = query.strip()
    if not trimmed:
        raise QueryError("The question is empty. Ask in a few words, in Chinese or English.")
    if len(trimmed) > LONGEST_QUERY:
        raise QueryError(
            f"The question has {len(trimmed):,} characters; at most {LONGEST_QUERY:,} can be searched with. "
            "Ask for one thing in a few words; a long text belongs into a source (yiju add)."
        )
    if k < 1:
        raise QueryError(f"k is {k}; ask for at least 1 passage.")
    return trimmed


def search_dense(store: Store, dense: DenseIndex, centres: Centres, query: str, vector: Vectors, k: int) -> list[Hit]:
    """Return the `k` passages nearest to a query, whose raw vector has shape (dimension,), whatever their language."""
    centred = centres.centre(vector[None, :], [language_of(query)])[0]
    found = dense.search(centred, k)
    passages = store.passages(neighbour.number for neighbour in found)
    # A number without a passage was removed by another process since the vectors were read.
    there = [neighbour for neighbour in found if neighbour.number in passages]
    return [
        Hit(passage=passages[neighbour.number], score=neighbour.score, rank=rank, dense_rank=rank)
        for rank, neighbour in enumerate(there, start=1)
    ]
