"""Finding passages by meaning and by words, and one order of both that is fair to every language."""

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.chinese import simplified
from index.errors import QueryError
from index.passages import Passage
from index.words import words

LONGEST_QUERY = 10_000  # characters

_POOL = 50  # passages by meaning, at least, that an order is made of
_POOL_BY_WORDS = 20
_WEIGHED = 100  # passages by words whose score counts
# The figures of these two, and what else was tried: docs/figures.md.
_WORDS_WEIGHT = 0.2  # of the best word score beside a cosine
_BESIDE = 0.1  # of cosine that a passage loses when one beside it stands above it: open that, and you read both
_NEIGHBOURS = 2  # passages to either side
_SHOWN = 60  # characters of a hit in a list of them
_HALF = re.compile("[\ud800-\udfff]")  # half of a pair, alone: what a text cut in its middle may end with


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and why it stands where it stands."""

    passage: Passage
    score: float  # cosine of the centred vectors, -1 to 1
    rank: int  # 1 is best; made of both legs, so a better score may stand lower
    dense_rank: int | None  # by meaning alone; None when only its words brought it
    words_rank: int | None  # by words alone; None when it holds none of the question's rarer words
    copies: tuple[Passage, ...] = ()  # near-duplicates of it that would have followed

    def __repr__(self) -> str:
        """Return what a person looks for in a list of hits; `passage` has the rest."""
        text = " ".join(self.passage.text.split())
        text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return f"Hit(rank={self.rank}, score={self.score:.3f}, {text!r})"


@dataclass(frozen=True)
class _Candidate:
    number: int
    passage: Passage
    score: float
    dense_rank: int | None
    words_rank: int | None
    words_score: float  # of the best word score


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
    if _HALF.search(trimmed):
        raise QueryError(f"The question holds half of a character, which is no text: {trimmed!a}. Type it again.")
    require_count(k)
    return trimmed


def require_count(k: int) -> None:
    """Raise QueryError when `k` passages cannot be asked for."""
    if k < 1:
        raise QueryError(f"k is {k}; ask for at least 1 passage.")


@dataclass(frozen=True)
class Nearest:
    """What lies nearest to a question: the numbers of passages, and the scores of those and of what words brought."""

    numbers: frozenset[int]
    scores: Mapping[int, float]  # cosine of the centred vectors


class Legs(Protocol):
    """What an engine finds for one question at one moment: by meaning, by words, and the passages that it found."""

    def __len__(self) -> int:
        """How many passages may be found, at most."""

    def by_words(self, query: str, k: int) -> Mapping[int, float]:
        """Return the passages that hold the query's words, best first, with their share of the best score."""

    def by_meaning(self, k: int, brought: Sequence[int]) -> Nearest:
        """Return the `k` nearest, and the scores of those and of what words brought."""

    def passages(self, numbers: Iterable[int]) -> Mapping[int, Passage]:
        """Return the passages of numbers that were found."""


def search(legs: Legs, query: str, k: int) -> list[Hit]:
    """Return the `k` passages that fit a query best, whatever their language. Fewer only where there are fewer."""
    by_words = legs.by_words(query, max(_WEIGHED, k))
    brought = list(by_words)[:_POOL_BY_WORDS]
    there = len(legs)
    wanted = max(_POOL, 2 * k)
    while True:
        nearest = legs.by_meaning(wanted, brought)
        hits = _folded(_ordered(_candidates(legs, nearest, by_words)), k)
        found = len(nearest.numbers)
        if len(hits) == k or found >= there or found < wanted:
            return hits
        wanted *= 4  # copies were folded: look further


def _candidates(legs: Legs, nearest: Nearest, by_words: Mapping[int, float]) -> list[_Candidate]:
    """Return what either leg found, best by meaning first."""
    scored = sorted(nearest.scores.items(), key=lambda one: (-one[1], one[0]))
    dense_rank = {number: rank for rank, (number, _) in enumerate((o for o in scored if o[0] in nearest.numbers), 1)}
    words_rank = {number: rank for rank, number in enumerate(by_words, start=1)}
    passages = legs.passages(nearest.scores)
    return [
        _Candidate(
            number, passages[number], score, dense_rank.get(number), words_rank.get(number), by_words.get(number, 0.0)
        )
        for number, score in scored
    ]


def _ordered(candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
    """Return the candidates in one order of both legs.

    Meaning decides which language stands at each place, since words can only match their own; within a language,
    words decide with meaning which passage that is. So no language gains by sharing words with the question.
    """
    by_language: dict[str, list[_Candidate]] = {}
    for one in sorted(candidates, key=lambda one: -one.score - _WORDS_WEIGHT * one.words_score):
        by_language.setdefault(one.passage.language, []).append(one)
    fused = {language: iter(of) for language, of in by_language.items()}
    return _spread((next(fused[one.passage.language]), one.score) for one in candidates)


def _spread(placed: Iterable[tuple[_Candidate, float]]) -> Iterator[_Candidate]:
    """Yield the candidates by the score of their place, each moved down once when one beside it stands higher."""
    waiting = [(-score, at, one, False) for at, (one, score) in enumerate(placed)]
    heapq.heapify(waiting)
    above: set[tuple[str, int]] = set()
    while waiting:
        score, at, one, moved = heapq.heappop(waiting)
        if not moved and (one.passage.source_id, one.number) in above:
            heapq.heappush(waiting, (score + _BESIDE, at, one, True))
            continue
        numbers = range(one.number - _NEIGHBOURS, one.number + _NEIGHBOURS + 1)
        above |= {(one.passage.source_id, number) for number in numbers}
        yield one


def _folded(ordered: Iterable[_Candidate], k: int) -> list[Hit]:
    """Return the first `k` hits, the near-duplicates met on the way under the first of their kind."""
    hits: list[Hit] = []
    prints: list[_Print] = []
    for one in ordered:
        mine = _Print.of(one.passage.text)
        same = next((at for at, other in enumerate(prints) if mine.is_near(other)), None)
        if same is not None:
            hits[same] = replace(hits[same], copies=(*hits[same].copies, one.passage))
        elif len(hits) == k:
            break
        else:
            hits.append(Hit(one.passage, one.score, len(hits) + 1, one.dense_rank, one.words_rank))
            prints.append(mine)
    return hits


_NEAR = 0.9  # of all words of both, by Jaccard
_TELLING = re.compile(r"\d+|\b(?:no|not|never|without|nor)\b|n't\b|[不没無无未非否]", re.IGNORECASE)


@dataclass(frozen=True)
class _Print:
    """What tells a passage from its near-duplicates: its words, and the figures and negations among them."""

    words: frozenset[str]
    telling: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Print":
        plain = simplified(text)
        told = words(plain) or [" ".join(plain.split())]  # signs alone are told apart as they stand
        return cls(frozenset(told), tuple(sorted(_TELLING.findall(plain.casefold()))))

    def is_near(self, other: "_Print") -> bool:
        """Return whether nearly all words are shared; one figure, one "not" or one word in the place of another makes
        another statement.
        """
        if self.telling != other.telling or (self.words - other.words and other.words - self.words):
            return False
        return len(self.words & other.words) >= _NEAR * len(self.words | other.words)
