"""What a model nearly wrote: where it wavered between two answers, it goes on with the other.

While a model writes, it tells how likely it found other tokens. In the place of the answer these begin what another
source says, or the right name where it wrote a wrong one. So the beginnings that code finds worth it are given back to
the model, which ends them; each is then verified like what it wrote itself. In a place that matters, the word written
there is none of the question's, and the other begins a figure or a name that the evidence holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from assistant.conflicts import Disagreement, what_is_asked
from assistant.differences import Comparison, Departure, apart, departures, is_grammar
from assistant.evidence import terms
from assistant.lists import listed
from assistant.models import Token
from assistant.names import is_name, same_person
from assistant.polarity import beaten
from assistant.verify import Verified, Verifier
from assistant.write import split, write_on
from index.chinese import simplified
from index.words import letters

_LEAST = 0.03  # probability of what is looked into
_MOST = 3  # other answers
_TWO = 0.7  # the similarity of two names from which they may be of one thing: Britain, the United Kingdom
_WORD = re.compile(r"[^\W\u3400-\u9fff]+(?:[.,'’\-][^\W\u3400-\u9fff]+)*")
_BEGUN = re.compile(r"[^\W\u3400-\u9fff](?:[^\W\u3400-\u9fff]|[.,'’\-])*$")
_CHINESE = re.compile("[\u3400-\u9fff]")
_FIGURE = re.compile("[\\d零一二三四五六七八九十百千万亿两]")


class Wavering:
    """The other answers to one question that a model nearly wrote; each is asked for and verified when it is needed."""

    def __init__(self, verifier: Verifier, model: BaseChatModel, written: Sequence[Token]) -> None:
        self._verifier = verifier
        self._model = model
        self._question, self._evidence = verifier.question, verifier.evidence
        self._written = written
        self._others: list[Verified] | None = None  # once all were looked into

    def repaired(self, failed: Verified, config: RunnableConfig | None = None) -> Verified | None:
        """Return what stands instead of a sentence that does not: of what was nearly written, the most certain."""
        self._others = [one for one in self._verified(failed, config) if one.sentence.verdict == "supported"]
        return max(self._others, key=lambda one: one.certainty or 0.0, default=None)

    def disagreement(self, written: Verified, config: RunnableConfig | None = None) -> Disagreement | None:
        """Return that another source says something else in the place of what a sentence says; None where none does."""
        if listed(written.sentence.text):
            return None  # of several things that are told, another is no other answer
        others = self._verified(written, config) if self._others is None else iter(self._others)
        return next(filter(None, (self._disagree(written, one) for one in others)), None)

    def _verified(self, written: Verified, config: RunnableConfig | None) -> Iterator[Verified]:
        text = written.sentence.text
        start = max(0, "".join(token.text for token in self._written).find(text))
        told = {text}
        for begun in beginnings(self._written, text, self._question, "\n".join(one.readable for one in self._evidence)):
            reply = write_on(self._model, self._question, self._evidence, begun, config)
            another = next(iter(split(reply[start:])), text)
            if another not in told and self._departure(another, text):
                yield self._verifier.verify(another)
            told.add(another)

    def _departure(self, text: str, other: str) -> Departure | None:
        """Return the figure, date or name by which a text is another answer than the other.

        What stands in the place of words of the question is no answer to it.
        """
        asked = {word for word in terms(self._question) if not is_grammar(word)}
        between = [one for one in apart(text, other).differences if not asked & terms(f"{one.says} {one.instead_of}")]
        told = departures(self._verifier.index, Comparison(1.0, tuple(between)))
        names = (
            Departure("name", one.says, one.instead_of)
            for one in between
            if is_name(one.says) and is_name(one.instead_of) and not same_person(one.says, one.instead_of)
            if what_is_asked(self._question) == "person" or self._are_two(one.says, one.instead_of)
        )
        found = next(chain((one for one in told if one.kind in ("figure", "date", "name")), names), None)
        return found and _whole(found, text, simplified(self._question))

    def _are_two(self, name: str, other: str) -> bool:
        """Whether two names are of two things; two persons' may be nearer to each other than two of one country."""
        one, two = self._verifier.index.fair_vectors([name, other])
        return float(one @ two) < _TWO

    def _disagree(self, written: Verified, other: Verified) -> Disagreement | None:
        found = self._departure(other.sentence.text, written.sentence.text)
        if other.sentence.verdict != "supported" or not found:
            return None
        sources = [{part.evidence.source.id for part in one.parts} for one in (written, other)]
        if not all(sources) or sources[0] & sources[1]:
            return None
        if _tells(written, found.says) or _tells(other, found.instead_of):
            return None  # one source tells both
        return Disagreement(found.kind, written.parts[0], other.parts[0], (found.instead_of, found.says))


def _whole(found: Departure, text: str, question: str) -> Departure:
    """Return a departure with the characters before it that both texts share, which may begin its words: 德国, 德甲."""
    begins = text.find(found.says)
    start = begins
    while start > 0 and _CHINESE.match(one := simplified(text[start - 1])) and one not in question:
        if is_grammar(one):
            break
        start -= 1
    shared = text[start:begins] if _CHINESE.match(found.says) else ""
    return replace(found, says=shared + found.says, instead_of=shared + found.instead_of)


def _tells(one: Verified, name: str) -> bool:
    """Whether what carries an answer tells of this, too, and not only that it was beaten."""
    plain = letters(name)
    lost = [letters(word) for part in one.parts for names in beaten(part.text) for word in names]
    return plain in letters(" ".join(part.text for part in one.parts)) and not any(word in plain for word in lost)


def beginnings(written: Sequence[Token], sentence: str, question: str, evidence: str) -> list[str]:
    """Return how else a sentence that was written may begin, up to where it departs; the likeliest first."""
    text = "".join(token.text for token in written)
    start = text.find(sentence)
    if start < 0:
        return []
    asked, told = simplified(question), simplified(evidence)
    said = set(_WORD.findall(simplified(f"{question} {sentence}")))
    words = {word for word in _WORD.findall(told) if word not in said and not is_grammar(word)}
    wants_figure = what_is_asked(question) in ("number", "time")
    found: list[tuple[float, str]] = []
    before = ""
    for token in written:
        if len(before) >= start + len(sentence):
            break
        if len(before) + len(token.text) > start and _may_matter(before, token.text, text, asked):
            found += [
                (probability, before + other)
                for other, probability in token.others
                if probability >= _LEAST and _is_told(before, other, told, words, wants_figure)
            ]
        before += token.text
    return [begun for _, begun in sorted(found, reverse=True)][:_MOST]


def _may_matter(before: str, token: str, text: str, asked: str) -> bool:
    """Whether the word that was written at a place is one of the answer's own."""
    plain = simplified(token.strip())
    if _CHINESE.search(plain):
        return plain not in asked and not all(is_grammar(one) for one in plain)
    begun = _BEGUN.search(before) if not token.startswith(" ") else None
    at = begun.start() if begun else len(before) + len(token) - len(token.lstrip())
    word = _WORD.match(text, at)
    if not word or is_grammar(word[0]):
        return False
    return word[0].casefold() not in {one.casefold() for one in _WORD.findall(asked)}


def _is_told(before: str, other: str, told: str, words: set[str], wants_figure: bool) -> bool:
    """Whether a token begins a figure or a name that the evidence holds; `words` are those of it that were not said."""
    plain = simplified(other.strip())
    if wants_figure and not _FIGURE.search(plain) and not plain[:1].isupper():
        return False
    if _CHINESE.search(plain):
        return plain in told and not all(is_grammar(one) for one in plain)
    begun = _BEGUN.search(before + other.rstrip())
    if not begun or not (begun[0][0].isupper() or begun[0][0].isdigit()):
        return False
    return any(word.startswith(begun[0]) for word in words)
