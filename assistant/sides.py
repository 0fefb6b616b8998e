"""What another source says of a question when it is read alone: where that is another answer, the two disagree.

A model that reads all evidence at once takes a side and is sure of it. Each source by itself tells its own: it is
asked whether it holds the answer, written from and verified like the whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from assistant.alone import Reading
from assistant.conflicts import OF_A_KIND, SEVERAL, Disagreement, disagree, may_answer, may_disagree, what_is_asked
from assistant.differences import Comparison, Departure, Kind, apart, compare, departures, is_grammar, joins, tokens
from assistant.evidence import Evidence, by_source, terms
from assistant.figures import missing, quantities, unmatched
from assistant.lists import listed
from assistant.names import Told, is_name, latin_names, pinyin_names, same_person, spells, spelt_names, stands_in
from assistant.polarity import beaten
from assistant.verify import Verified, Verifier
from index import Index
from index.chinese import simplified
from index.language import in_two_languages
from index.words import letters

_MOST = 2  # other sources that are read alone
_HELD = 0.6  # of what an answer adds to the question: a source that holds so much of it says the same
_TWO = 0.7  # the similarity of two names from which they may be of one thing: Britain, the United Kingdom
_ABOUT_IT = 0.4  # of what another answer says beside what it says otherwise: held by the question and the first
_JOINING = "由是有为在共将"  # what does not begin a Chinese name or figure
_NOUN = 3  # characters behind a bare figure, by which two count the same
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
# What asks for neither a figure nor a name.
_WHY = re.compile(
    r"\bwhy\b|\bhow (?:does|do|did|is|are|was|were|can|could|to)\b|\bpurpose\b|为什么|为何|怎[么样]|如何|原因",
    re.IGNORECASE,
)
_CHINESE = re.compile("[\u3400-\u9fff]")


def other_side(
    verifier: Verifier,
    model: BaseChatModel,
    written: Verified,
    told: Sequence[Disagreement] = (),
    config: RunnableConfig | None = None,
) -> Disagreement | None:
    """Return that another source, read alone, answers otherwise than a sentence that stands; None where none does.

    Of the disagreements that code finds (`told`) one that two sources put in nearly one sentence needs no reading; the
    others may be about something else, and their sources are read first.
    """
    if listed(written.sentence.text) or SEVERAL.search(simplified(verifier.question)):
        return None  # of several things that are told, another is no other answer
    plain = (one for one in told if _is_in_one_sentence(one) and any(_says(written.sentence.text, w) for w in one.says))
    if found := next(plain, None):
        return found
    others = islice(_other_sources(verifier, written, told), _MOST)
    return next(filter(None, (_side(verifier, model, written, evidence, config) for evidence in others)), None)


def is_of_another_part(told: Disagreement, stands: str) -> bool:
    """Whether the figure that the other source says is the answer to another part of the question."""
    return told.kind == "figure" and _says(stands, told.says[1])


def _other_sources(
    verifier: Verifier, written: Verified, told: Sequence[Disagreement]
) -> Iterator[tuple[Evidence, ...]]:
    """Yield the evidence of each source that may tell otherwise than a sentence, the nearest to the question first."""
    question, text = verifier.question, written.sentence.text
    cited = {part.evidence.source.id for part in written.parts}
    nearest: dict[str, float] = {}
    for part, asked in zip(verifier.read.parts, verifier.read.asked.tolist(), strict=True):
        nearest[part.evidence.source.id] = max(nearest.get(part.evidence.source.id, -1.0), asked)
    by_code = [part.evidence.source.id for one in told for part in (one.part, one.other)]
    sources = by_source(verifier.evidence)
    tells_a_figure = bool(unmatched(quantities(text), quantities(question)))
    is_across, spells_a_name = _is_across(text, written), _is_in_pinyin(text, written)
    others = sorted(nearest, key=lambda one: -nearest[one])
    if not _may_differ(question, text):
        others = [one for one in others if _is_of_its_kind(question, sources[one])]
    for source_id in (one for one in dict.fromkeys([*by_code, *others]) if one not in cited):
        evidence = sources[source_id]
        says = " ".join(one.text for one in evidence)
        # Of another language only a figure, or a Chinese name, could be shown (`_is_no_side`).
        could_be_shown = tells_a_figure or spells_a_name or not (is_across or in_two_languages(text, says))
        if source_id in by_code or (
            could_be_shown and _may_tell_another(question, text, says) and not _says_the_same(question, text, says)
        ):
            yield evidence


def _side(
    verifier: Verifier,
    model: BaseChatModel,
    written: Verified,
    evidence: tuple[Evidence, ...],
    config: RunnableConfig | None,
) -> Disagreement | None:
    """Return that the evidence of one source gives another answer than a sentence."""
    question, text = verifier.question, written.sentence.text
    source = Reading(verifier, model, evidence, config)
    another = source.written() if source.answers else ""
    found = another_answer(verifier.index, question, text, another) if another else None
    if not found:
        return None
    kind, (says, instead) = found
    if _is_no_side(kind, text, written, says, instead):
        return None
    other = source.verify(another)
    if other.sentence.verdict != "supported" or _is_no_side(kind, text, other, instead, says):
        return None
    return Disagreement(kind, written.parts[0], other.parts[0], (says, instead))


def _is_no_side(kind: Kind, text: str, one: Verified, says: str, instead: str) -> bool:
    """Whether what carries an answer tells of the other as well, or may only spell its name in another way."""
    if kind == "name" and _is_across(text, one) and (not _is_in_pinyin(says, one) or _is_in_pinyin(instead, one)):
        return True
    return _tells(one, instead)


def _is_in_pinyin(text: str, one: Verified) -> bool:
    """Whether a text names in pinyin whom what carries an answer names in characters."""
    told = " ".join(part.text for part in one.parts)
    return any(spells(told, name) for name in pinyin_names(text))


def _is_across(text: str, one: Verified) -> bool:
    return any(in_two_languages(text, part.text) for part in one.parts)


def _may_differ(question: str, text: str) -> bool:
    """Whether an answer adds a figure or a name to the question, by which another could be another."""
    asked = {word.casefold() for word in tokens(question)}
    added = [word for word in _WORD.findall(text) if not asked >= set(tokens(word))]
    return not _WHY.search(simplified(question)) and any(is_name(word) or word.isdigit() for word in added)


def _is_of_its_kind(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a question asks what kind of thing something is, and evidence names that."""
    if not OF_A_KIND.search(question):
        return False
    names = latin_names(question)
    told = Told.of(" ".join(f"{one.source.title} {one.text}" for one in evidence))
    return bool(names) and all(stands_in(told, name) for name in names)


def _may_tell_another(question: str, text: str, told: str) -> bool:
    """Whether evidence tells a figure or a date that an answer does not, where one is asked for."""
    asks = what_is_asked(question)
    if asks not in ("number", "time"):
        return True
    mine = quantities(text)
    others = (one for one in quantities(told) if one.is_time == (asks == "time"))
    return any(not any(one.is_one_with(figure) for figure in mine) for one in others)


def _says_the_same(question: str, text: str, told: str) -> bool:
    """Whether evidence holds what an answer adds to the question, and all of its figures."""
    added = {word for word in terms(text) - terms(question) if not joins(word)}
    held = terms(told) - terms(" ".join(beaten(told)))
    if len(added & held) < _HELD * len(added):
        return False
    return not missing(text, quantities(f"{question} {told}"))


def _is_in_one_sentence(told: Disagreement) -> bool:
    """Whether two sources say it in nearly one sentence, of one language."""
    sides = (told.part.text, told.other.text)
    if told.kind in ("negation", "opposite") or in_two_languages(*sides):
        return False
    return compare(*sides).is_nearly_the_same and compare(*sides[::-1]).is_nearly_the_same


def _says(text: str, words: str) -> bool:
    """Whether a text holds these words, or the figures among them."""
    figures, held = quantities(words), quantities(text)
    if figures:
        return all(any(one.agrees(other) for other in held) for one in figures)
    return letters(words) in letters(text)


def _tells(one: Verified, words: str) -> bool:
    """Whether what carries an answer tells of this, too, and not only that it was beaten."""
    lost = [letters(name) for part in one.parts for name in beaten(part.text)]
    return _says(" ".join(part.text for part in one.parts), words) and not any(name in letters(words) for name in lost)


def another_answer(index: Index, question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Return what each of two answers to a question says in the place of what the other says; None for one answer."""
    asks = what_is_asked(question)
    found = disagree(index, question, asks, text, other, 1.0)
    if found:
        # What adds much else to the question is about something else.
        about = {word for word in terms(other) if not is_grammar(word)} - terms(found[1][1])
        is_about_it = len(about & terms(f"{question} {text}")) >= _ABOUT_IT * len(about)
        same = found[0] == "name" and terms(found[1][0]) & terms(found[1][1])
        found = found if is_about_it and not same else None
    elif departure := departure_of(index, question, other, text):
        found = departure.kind, (departure.instead_of, departure.says)
    else:
        found = _one_figure(question, text, other)
    if not found or not may_disagree(asks, *found, text, other):
        return None
    kind, (says, instead) = found
    return kind, (says.lstrip(_JOINING) or says, instead.lstrip(_JOINING) or instead)


def _one_figure(question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Return the figure of each of two answers that have one of a kind beside those of the question."""
    asked = quantities(question)
    mine, its = ([one for one in unmatched(quantities(of), asked) if not one.is_time] for of in (text, other))
    if len(mine) != 1 or len(its) != 1 or mine[0].kind != its[0].kind or mine[0].is_one_with(its[0]):
        return None
    counted = [of[one.end :].lstrip()[:_NOUN] for of, one in ((text, mine[0]), (other, its[0]))]
    if not mine[0].kind and counted[0] != counted[1]:
        return None  # 500 people and 640 seats
    return "figure", (mine[0].written, its[0].written)


def departure_of(index: Index, question: str, text: str, other: str) -> Departure | None:
    """Return the figure, date or name by which a text is another answer to a question than the other.

    What stands in the place of words of the question is no answer to it.
    """
    asked = {word for word in terms(question) if not is_grammar(word)}
    between = [one for one in apart(text, other).differences if not asked & terms(f"{one.says} {one.instead_of}")]
    told = departures(index, Comparison(1.0, tuple(between)))
    alike = [one for one in told if one.kind in ("figure", "date", "name")]
    named = [Departure("name", one.says, one.instead_of) for one in between]
    whole = (_whole(one, text, other, simplified(question)) for one in chain(alike, named))
    return next(
        (one for one in whole if one.kind != "name" or _are_two(index, question, one.says, one.instead_of)), None
    )


def _are_two(index: Index, question: str, name: str, other: str) -> bool:
    """Whether two names are of two things; two persons' may be nearer to each other than two of one country."""
    if not may_answer(question, name, other) or same_person(name, other) or terms(name) & terms(other):
        return False
    if what_is_asked(question) == "person":
        return True
    one, two = index.fair_vectors([name, other])
    return float(one @ two) < _TWO


def _whole(found: Departure, text: str, other: str, question: str) -> Departure:
    """Return a departure with the characters that both texts share and its words begin or end with: 德国 and 德甲."""
    begins = text.find(found.says)
    start = begins
    while start > 0 and _CHINESE.match(one := simplified(text[start - 1])) and one not in question:
        if is_grammar(one):
            break
        start -= 1
    shared = text[start:begins] if _CHINESE.match(found.says) else ""
    says, instead = _spelt(shared + found.says, text), _spelt(shared + found.instead_of, other)
    return replace(found, says=says, instead_of=instead)


def _spelt(name: str, text: str) -> str:
    """Return a foreign name to its end: of 布莱恩·辛格 and 史蒂文·斯皮尔伯格 both end in one character."""
    return next((whole for whole in spelt_names(text) if whole.startswith(simplified(name))), name)
