"""Finding passages by meaning and by words, and one order of both that is fair to every language."""

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.dense import Dense
from index.errors import QueryError
from index.language import language_of
from index.passages import Passage
from index.snapshot import Numbers, Snapshot, Vectors
from index.vectors import Neighbours
from index.words import words

LONGEST_QUERY = 10_000  # characters

_POOL = 50  # passages by meaning, at least, that an order is made of
_POOL_BY_WORDS = 20
_WEIGHED = 100  # passages by words whose score counts
# A word that so many passages hold tells little, and costs the more the larger the index. On XQuAD, leaving out what
# 2 % of the passages hold changed no figure by more than 0.3 points.
_COMMON = 1_000
_MATCHES = 2_000  # of all words together; the rarest come first
_WORDS = 32  # of a question: a pasted page is searched by its first ones
# The figures of these two, and what else was tried: docs/figures.md.
_WORDS_WEIGHT = 0.2  # of the best word score beside a cosine
_BESIDE = 0.1  # of cosine that a passage loses when one beside it stands above it: open that, and you read both
_NEIGHBOURS = 2  # passages to either side
_SHOWN = 60  # characters of a hit in a list of them


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
    require_count(k)
    return trimmed


def require_count(k: int) -> None:
    """Raise QueryError when `k` passages cannot be asked for."""
    if k < 1:
        raise QueryError(f"k is {k}; ask for at least 1 passage.")


def search(now: Snapshot, dense: Dense, query: str, vector: Vectors, k: int, allowed: Numbers | None) -> list[Hit]:
    """Return the `k` passages that fit a query best, whatever their language, among the allowed numbers or all.

    `vector` is the query's raw vector, shape (dimension,). Fewer only where there are fewer.
    """
    centred = dense.base.centres.centre_question(vector, language_of(query))
    by_words = _by_words(now, dense, query, max(_WEIGHED, k), allowed)
    there = len(dense) if allowed is None else len(allowed)
    wanted = max(_POOL, 2 * k)
    while True:
        nearest = dense.nearest(centred, wanted, allowed)
        hits = _folded(_ordered(_candidates(now, dense, centred, nearest, by_words)), k)
        found = len(nearest.numbers)
        if len(hits) == k or found >= there or found < wanted:
            return hits
        wanted *= 4  # copies were folded: look further


def _by_words(now: Snapshot, dense: Dense, query: str, k: int, allowed: Numbers | None) -> dict[int, float]:
    """Return the BM25 scores of the passages that hold the query's rarer words, best first, as a share of the best."""
    asked = [word for word in dict.fromkeys(words(query)) if word not in dense.common][:_WORDS]
    held = {word: now.holding(word, _COMMON) for word in asked}
    dense.common.update(word for word, count in held.items() if count == _COMMON)
    rare = []
    matches = 0
    for word, count in sorted(held.items(), key=lambda one: one[1]):
        matches += count
        if 0 < count < _COMMON and matches <= _MATCHES:
            rare.append(word)
    if not rare:
        return {}
    found = now.by_words(rare, k, allowed)
    best = max((score for _, score in found), default=0.0)
    return {number: score / best for number, score in found} if best > 0 else {}


def _candidates(
    now: Snapshot, dense: Dense, centred: Vectors, nearest: Neighbours, by_words: Mapping[int, float]
) -> list[_Candidate]:
    """Return what either leg found, best by meaning first; scores are of the raw vectors, whatever a file rounds."""
    score = dict(zip(nearest.numbers.tolist(), nearest.scores.tolist(), strict=True))
    brought = list(by_words)[:_POOL_BY_WORDS]
    raw = now.vectors([*score, *brought] if dense.base.is_inverted else [one for one in brought if one not in score])
    if len(raw.numbers):
        exact = dense.base.centres.centre(raw.vectors, raw.languages) @ centred
        score |= zip(raw.numbers.tolist(), exact.tolist(), strict=True)
    scored = sorted(score.items(), key=lambda one: (-one[1], one[0]))
    by_meaning = set(nearest.numbers.tolist())
    dense_rank = {number: rank for rank, (number, _) in enumerate((o for o in scored if o[0] in by_meaning), start=1)}
    words_rank = {number: rank for rank, number in enumerate(by_words, start=1)}
    passages = now.passages(score)
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
        return cls(frozenset(words(text)), tuple(sorted(_TELLING.findall(text.casefold()))))

    def is_near(self, other: "_Print") -> bool:
        """Return whether nearly all words are shared; one figure or one "not" makes another statement."""
        if self.telling != other.telling:
            return False
        return len(self.words & other.words) >= _NEAR * len(self.words | other.words)
