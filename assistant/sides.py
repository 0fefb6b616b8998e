"""What another source says of a question when it is read alone: where that is another answer, the two disagree.

A model that reads all evidence at once takes a side and is sure of it. Each source by itself tells its own: it is
asked whether it holds the answer, written from and verified like the whole.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from assistant.conflicts import SEVERAL, Asked, Disagreement, disagree, what_is_asked
from assistant.differences import Comparison, Departure, Kind, apart, departures, is_grammar, tokens
from assistant.evidence import Evidence, Found, terms
from assistant.figures import missing, quantities
from assistant.gate import answers_alone, decide
from assistant.lists import listed
from assistant.names import is_name, same_person, spelt_names
from assistant.polarity import beaten
from assistant.verify import Verified, Verifier
from assistant.write import split, write
from index import Index
from index.chinese import simplified
from index.language import in_two_languages
from index.words import letters

_MOST = 2  # other sources that are read alone
_HELD = 0.6  # of what an answer adds to the question: a source that holds so much of it says the same
_TWO = 0.7  # the similarity of two names from which they may be of one thing: Britain, the United Kingdom
_ABOUT_IT = 0.6  # of what another answer says beside what it says otherwise: held by the question and the first
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
# What asks for neither a figure nor a name.
_WHY = re.compile(
    r"\bwhy\b|\bhow (?:does|do|did|is|are|was|were|can|could|to)\b|\bpurpose\b|为什么|为何|怎[么样]|如何|原因",
    re.IGNORECASE,
)
_CHINESE = re.compile("[\u3400-\u9fff]")


def other_side(
    verifier: Verifier, model: BaseChatModel, written: Verified, config: RunnableConfig | None = None
) -> Disagreement | None:
    """Return that another source, read alone, answers otherwise than a sentence that stands; None where none does."""
    if listed(written.sentence.text) or SEVERAL.search(simplified(verifier.question)):
        return None  # of several things that are told, another is no other answer
    others = islice(_other_sources(verifier, written), _MOST)
    return next(filter(None, (_side(verifier, model, written, evidence, config) for evidence in others)), None)


def _other_sources(verifier: Verifier, written: Verified) -> Iterator[tuple[Evidence, ...]]:
    """Yield the evidence of each source that may tell otherwise than a sentence, the nearest to the question first."""
    question, text = verifier.question, written.sentence.text
    if _WHY.search(simplified(question)) or not any(is_name(word) or word.isdigit() for word in _added(question, text)):
        return  # neither a figure nor a name is the answer
    nearest: dict[str, float] = {}
    for part, asked in zip(verifier.read.parts, verifier.read.asked.tolist(), strict=True):
        nearest[part.evidence.source.id] = max(nearest.get(part.evidence.source.id, -1.0), asked)
    others = nearest.keys() - {part.evidence.source.id for part in written.parts}
    for source_id in sorted(others, key=lambda one: -nearest[one]):
        evidence = tuple(one for one in verifier.evidence if one.source.id == source_id)
        told = " ".join(one.text for one in evidence)
        if _may_tell_another(what_is_asked(question), text, told) and not _says_the_same(question, text, told):
            yield evidence


def _side(
    verifier: Verifier,
    model: BaseChatModel,
    written: Verified,
    evidence: tuple[Evidence, ...],
    config: RunnableConfig | None,
) -> Disagreement | None:
    """Return that the evidence of one source gives another answer than a sentence."""
    index, question, text = verifier.index, verifier.question, written.sentence.text
    decision = decide(model, question, Found(evidence, evidence[0].score), verifier.decision.strictness, config)
    if not answers_alone(decision):
        return None
    reply = "".join(chunk.text for chunk in write(model, question, evidence, config))
    another = next(iter(split(reply)), text)
    found = another_answer(index, question, text, another)
    if not found:
        return None
    other = Verifier(index, model, question, evidence, decision, config).verify(another)
    kind, (says, instead) = found
    if kind == "name" and any(in_two_languages(text, part.text) for part in (*written.parts, *other.parts)):
        return None  # a foreign name may be spelt in two ways
    if other.sentence.verdict != "supported" or _tells(written, instead) or _tells(other, says):
        return None  # where one source tells both, they are no two sides
    return Disagreement(kind, written.parts[0], other.parts[0], (says, instead))


def _added(question: str, text: str) -> list[str]:
    """Return the words of an answer that its question does not have, as they are written."""
    asked = {word.casefold() for word in tokens(question)}
    return [word for word in _WORD.findall(text) if not asked >= set(tokens(word))]


def _may_tell_another(asks: Asked, text: str, told: str) -> bool:
    """Whether evidence tells a figure or a date that an answer does not, where one is asked for."""
    if asks not in ("number", "time"):
        return True
    mine = quantities(text)
    others = (one for one in quantities(told) if one.is_time == (asks == "time"))
    return any(not any(one.agrees(figure) for figure in mine) for one in others)


def _says_the_same(question: str, text: str, told: str) -> bool:
    """Whether evidence holds what an answer adds to the question, and all of its figures."""
    added = {word for word in terms(text) - terms(question) if not _is_joined(word)}
    held = terms(told) - terms(" ".join(_beaten(told)))
    if len(added & held) < _HELD * len(added):
        return False
    return not missing(text, quantities(f"{question} {told}"))


def _is_joined(word: str) -> bool:
    """Whether a word only joins others, or a pair of Chinese characters has one that does: 是张 of 导演是张艺谋."""
    return any(map(is_grammar, word if _CHINESE.match(word) else [word]))


def _tells(one: Verified, name: str) -> bool:
    """Whether what carries an answer tells of this, too, and not only that it was beaten."""
    plain = letters(name)
    lost = [letters(word) for part in one.parts for word in _beaten(part.text)]
    return plain in letters(" ".join(part.text for part in one.parts)) and not any(word in plain for word in lost)


def _beaten(text: str) -> list[str]:
    return [word for names in beaten(text) for word in names]


def another_answer(index: Index, question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Return what each of two answers to a question says in the place of what the other says; None for one answer."""
    departure = departure_of(index, question, other, text)
    if departure:
        return departure.kind, (departure.instead_of, departure.says)
    found = disagree(index, question, what_is_asked(question), text, other, 1.0)
    if not found or (found[0] == "name" and terms(found[1][0]) & terms(found[1][1])):
        return None
    # What adds much else to the question is about something else.
    about = {word for word in terms(other) if not is_grammar(word)} - terms(found[1][1])
    return found if len(about & terms(f"{question} {text}")) >= _ABOUT_IT * len(about) else None


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
    if not (is_name(name) and is_name(other)) or same_person(name, other) or terms(name) & terms(other):
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
