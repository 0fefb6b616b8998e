"""From hits to evidence: the passages that matter, within what a model reads quickly."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.differences import compare, is_grammar
from assistant.injection import planted
from assistant.names import Told, latin_names, stands_in
from assistant.polarity import ends
from index import Hit, Index, Source
from index.chinese import simplified
from index.language import width
from index.passages import Span
from index.words import words

_HITS = 12
_WORDS_WEIGHT = 0.1  # of shared words beside the cosine; 0.1 gained within a language and cost nothing across (XQuAD)
_NAMES_WEIGHT = 0.1  # of names that few of the hits hold: a name that one of them holds says which it is about
# What scores below both of these, beside the best, held no answer on XQuAD (600 questions) and costs reading time. In a
# small index all scores are low and near each other; there the second keeps what the first would cut.
_CUT_OFF_SHARE = 0.5
_CUT_OFF_DISTANCE = 0.15
_TELLING = re.compile(r"\d+|\b(?:no|not|never|without)\b|n't\b|[不没未无]", re.IGNORECASE)
_CAPITALISED = re.compile(r"\b[A-Z]\w+")
_WORD = re.compile("[\u3400-\u9fff]{2}|[A-Za-z]{3}")
_SAME = 0.8  # of the shorter text's letter pairs: a copy tells nothing new


@dataclass(frozen=True)
class Evidence:
    """A few whole sentences of one source, `source.text[start:end] == text`, under the number that cites them."""

    number: int  # from 1, in reading order
    source: Source
    start: int
    end: int
    text: str
    score: float
    page: int | None
    planted: tuple[Span, ...] = ()  # its sentences that address a model: shown and marked, never read to one

    @property
    def readable(self) -> str:
        """The text without what is planted in it, for a model to read."""
        kept, at = "", self.start
        for one in self.planted:
            kept += self.source.text[at : one.start]
            at = one.end
        return (kept + self.source.text[at : self.end]).strip() if self.planted else self.text


@dataclass(frozen=True)
class Found:
    """What a search gave for a question: the evidence to answer from, and the best score among it."""

    evidence: tuple[Evidence, ...]
    best_score: float
    hits: tuple[Hit, ...] = ()  # of the search, in its order


def find_evidence(
    index: Index,
    question: str,
    token_budget: int,
    where: Mapping[str, object] | None = None,
    also: Sequence[str] = (),
) -> Found:
    """Return what an answer may be written from, in source order, within about `token_budget` tokens of a model.

    `where` narrows the search as `Index.search` does. `also`: the same question in other languages; of each passage
    the better score counts.
    """
    searched, hits, scores = _searched(index, (question, *also), where)
    found = {source_id: index.source(source_id) for source_id in {hit.passage.source_id for hit in hits}}
    sources = {source_id: source for source_id, source in found.items() if source}  # None: another process removed it
    hits = [hit for hit in hits if hit.passage.source_id in sources]
    if not hits:
        return Found((), 0.0)
    chosen: list[Hit] = []
    tokens = 0.0
    best = max(scores[hit.passage.id] for hit in hits)
    cut_off = min(_CUT_OFF_SHARE * best, best - _CUT_OFF_DISTANCE)
    for hit in sorted(hits, key=lambda hit: -scores[hit.passage.id]):
        same = [other for other in chosen if _says_the_same(hit.passage.text, other.passage.text)]
        if same:
            chosen[chosen.index(same[0])] = min(
                same[0], hit, key=lambda one: _published(sources[one.passage.source_id])
            )
            continue
        cost = estimated_tokens(hit.passage.text)
        if all(hit.passage.source_id != other.passage.source_id for other in chosen):
            cost += estimated_tokens(sources[hit.passage.source_id].title)
        if scores[hit.passage.id] < cut_off or (chosen and tokens + cost > token_budget):
            continue
        chosen.append(hit)
        tokens += cost
    return Found(_numbered(chosen, sources, scores), max(hit.score for hit in hits), tuple(searched))


def _searched(
    index: Index, wordings: Iterable[str], where: Mapping[str, object] | None
) -> tuple[list[Hit], list[Hit], dict[str, float]]:
    """Return the hits for all wordings of a question, the same with their copies, and the scores by passage."""
    hits: dict[str, Hit] = {}
    with_copies: dict[str, Hit] = {}
    scores: dict[str, float] = {}
    for wording in wordings:
        searched = index.search(wording, _HITS, where)
        # Of copies, the first to be published is cited.
        copies = [replace(hit, passage=passage) for hit in searched for passage in (hit.passage, *hit.copies)]
        hits |= {hit.passage.id: hit for hit in searched if hit.passage.id not in hits}
        with_copies |= {hit.passage.id: hit for hit in copies if hit.passage.id not in with_copies}
        scores |= {key: max(score, scores.get(key, score)) for key, score in _with_words(wording, copies).items()}
    return list(hits.values()), list(with_copies.values()), scores


def by_source(evidence: Iterable[Evidence]) -> dict[str, tuple[Evidence, ...]]:
    """Return the evidence of each source, by the source's id, in the order of the first of each."""
    found: dict[str, list[Evidence]] = {}
    for one in evidence:
        found.setdefault(one.source.id, []).append(one)
    return {source_id: tuple(of_source) for source_id, of_source in found.items()}


def joined(first: Found, more: Found) -> tuple[Found, Found]:
    """Return what two searches found as one, and what the second found as it is numbered there: behind the first.

    Where the second found nothing else, the first stands for it, which a model may have read.
    """
    numbers = {(one.source.id, one.start): one.number for one in first.evidence}
    if all((one.source.id, one.start) in numbers for one in more.evidence):
        return first, first
    for one in more.evidence:
        numbers.setdefault((one.source.id, one.start), len(numbers) + 1)
    further = tuple(replace(one, number=numbers[one.source.id, one.start]) for one in more.evidence)
    new = tuple(one for one in further if one.number > len(first.evidence))
    known = {hit.passage.id for hit in first.hits}
    hits = (*first.hits, *(hit for hit in more.hits if hit.passage.id not in known))
    whole = Found((*first.evidence, *new), max(first.best_score, more.best_score), hits)
    return whole, replace(more, evidence=further)


def _published(source: Source) -> str:
    """Return a key by which the first to be published comes first, and what has no date last; of copies, we cite it."""
    return source.published or "9999"


def estimated_tokens(text: str) -> float:
    """Return about how many tokens a text has, by Qwen 2.5's measure: 0.65 a wide character, 0.27 another."""
    wide = width(text) - len(text)
    return 0.65 * wide + 0.27 * (len(text) - wide)


def terms(text: str) -> set[str]:
    """Return the words of a text, Chinese in one script; where none is spaced, its pairs of neighbouring characters."""
    return set(words(simplified(text)))


def _with_words(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Return each passage's score, by its id: its cosine, and a little for the question's rarer words that it holds,
    and for the names that few others do."""
    of = {hit.passage.id: terms(hit.passage.text) for hit in hits}
    held = Counter(word for of_passage in of.values() for word in of_passage)
    weight = {word: math.log(1 + len(of) / (1 + held[word])) for word in terms(question)}
    total = sum(weight.values()) or 1
    scores = {
        hit.passage.id: hit.score + _WORDS_WEIGHT * sum(weight[w] for w in weight.keys() & of[hit.passage.id]) / total
        for hit in hits
    }
    names = set(latin_names(question))
    told_by = {hit.passage.id: Told.of(f"{hit.passage.heading} {hit.passage.text}") for hit in hits if names}
    for name in names:
        naming = [one for one, told in told_by.items() if stands_in(told, name)]
        for one in naming:
            scores[one] += _NAMES_WEIGHT * (1 - len(naming) / len(told_by)) / len(names)
    return scores


def _says_the_same(text: str, other: str) -> bool:
    """Whether a text is a copy that tells nothing else: in a figure, a "not", an opposite or a name it may disagree."""
    text, other = simplified(text), simplified(other)
    if _share(text, other) <= _SAME:
        return False
    told, others_told = Counter(_TELLING.findall(text)), Counter(_TELLING.findall(other))
    if told - others_told and others_told - told:  # each has one that the other lacks; a longer copy only adds some
        return False
    mine, its = ends(text), ends(other)
    if any(mine[scale] != its[scale] for scale in mine.keys() & its.keys()):
        return False
    names, others = _named(text), _named(other)
    if names - others and others - names:
        return False
    # One word in the place of another may be what is asked: "a short film" for "a documentary", a Chinese name.
    replaced = compare(text, other).differences
    return not any(_WORD.search(one.says) and _WORD.search(one.instead_of) for one in replaced)


def _named(text: str) -> set[str]:
    """Return the names of a text, that which a sentence begins with included."""
    return {*latin_names(text), *(word for word in _CAPITALISED.findall(text) if not is_grammar(word))}


def _share(text: str, other: str) -> float:
    """Return which part of the shorter text's letter pairs the longer one holds, 0 to 1."""
    pairs, others = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (text, other))
    return len(pairs & others) / max(1, min(len(pairs), len(others)))


def _numbered(chosen: list[Hit], sources: dict[str, Source], scores: dict[str, float]) -> tuple[Evidence, ...]:
    """Return the chosen passages as evidence: the best source first, each source's passages in its own order."""
    order = list(dict.fromkeys(hit.passage.source_id for hit in chosen))
    chosen = sorted(chosen, key=lambda hit: (order.index(hit.passage.source_id), hit.passage.start))
    return tuple(
        Evidence(
            number=number,
            source=sources[hit.passage.source_id],
            start=hit.passage.start,
            end=hit.passage.end,
            text=hit.passage.text,
            score=scores[hit.passage.id],
            page=hit.passage.page,
            planted=planted(sources[hit.passage.source_id].text, hit.passage.start, hit.passage.end),
        )
        for number, hit in enumerate(chosen, start=1)
    )
