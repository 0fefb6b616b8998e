"""Each sentence of an answer against the evidence: which words of which source carry it, and whether they do."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel

import prompts
from assistant.evidence import Evidence, terms
from assistant.figures import figures, values
from assistant.gate import Decision, holds
from assistant.models import ask_yes_no
from assistant.names import pinyin_names, spells
from assistant.write import conversation
from index import Index
from index.language import UNKNOWN, language_of
from index.passages import sentences

Verdict = Literal["supported", "partly", "unsupported"]

# Why a sentence is not supported; the page has each of these in Chinese too.
ONLY_SAYS_NOTHING = "it only says that the sources do not tell"
NOT_IN_EVIDENCE = "not in the evidence: "  # and what
NOTHING_OF_THIS_KIND = "the evidence says nothing of this kind"
NOT_CERTAIN = "the model is not certain that the evidence says this"
NOT_FOUND = "the model does not find that the evidence says this"

_WORDS_WEIGHT = 0.5  # of shared words beside the cosine, when the sentence that carries is looked for
_QUESTION_WEIGHT = 0.5  # what carries an answer also speaks of what was asked
_NEARLY_BEST = 0.5  # of the best score: how near a sentence must be that alone holds all figures and names
_MOST_PARTS = 3
_WORDS_HELD = 0.4  # of an answer's words within one language: below, it says what no source says
_NEAR = 0.2  # across languages, where no words are shared: the similarity below which it is about something else
_COPIED = 0.9  # of them in one sentence of the evidence: the answer says it in the source's own words

# A model that finds nothing says so in these words; that is a refusal, not an answer.
_NOTHING_FOUND = re.compile(
    r"\b(?:(?:do|does|did) not|don't|doesn't|no) (?:\w+ )?"
    r"(?:mention|state|specify|contain|provide|say|information|give)"
    r"|\bnot (?:mentioned|stated|specified|provided|given|clear)\b"
    r"|(?:没有|未|并未|并没有)(?:明确)?(?:提到|提及|说明|给出|提供|指出)|不明确|无法(?:确定|得知|回答)",
    re.IGNORECASE,
)
# A name in Latin letters: a word with a digit or an inner capital (GPT-3, WuDao), or a capitalised one that begins no
# sentence.
_NAME = re.compile(
    r"[A-Za-z]+[\-‑–]?\d[A-Za-z0-9\-]*|[A-Za-z]+[A-Z][A-Za-z]*|(?<![.!?:\"“] )(?<!^)(?<![A-Za-z0-9])[A-Z][A-Za-z]+"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of an answer: the numbers of the evidence that carries it, the verdict, and the reason for it."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    score: float  # how near the best quote is, in meaning and shared words; compares quotes, is no probability
    reason: str  # why it is not supported; "" when it is


@dataclass(frozen=True)
class Part:
    """A part of a piece of evidence, from `start` to `end` in characters of its source."""

    evidence: Evidence
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.evidence.source.text[self.start : self.end]


@dataclass(frozen=True)
class Verified:
    """A sentence of the answer with the parts of the evidence that carry it, the best first."""

    sentence: Sentence
    parts: tuple[Part, ...]


def quote(evidence: Evidence) -> Verified:
    """Return a piece of evidence as a sentence that carries itself."""
    sentence = Sentence(evidence.text, (evidence.number,), "supported", evidence.score, "")
    return Verified(sentence, (Part(evidence, evidence.start, evidence.end),))


class Verifier:
    """Verifies the sentences of one answer against the evidence for its question."""

    def __init__(
        self, index: Index, model: BaseChatModel, question: str, evidence: Sequence[Evidence], decision: Decision
    ) -> None:
        self._index = index
        self._model = model
        self._question = question
        self._decision = decision
        self._evidence = evidence
        self._parts = [
            Part(one, span.start, span.end)
            for one in evidence
            for span in sentences(one.source.text, one.start, one.end)
        ]
        self._held_by = Counter(word for part in self._parts for word in terms(part.text))
        self._plain_sources: dict[str, str] = {}
        # The question once, the parts once: each sentence of the answer is then one vector more.
        vectors = index.fair_vectors([question, *(part.text for part in self._parts)])
        self._vectors = vectors[1:]
        self._asked = self._vectors @ vectors[0]

    def verify(self, text: str) -> Verified:
        """Find what carries a sentence and judge whether it does."""
        similarities = self._vectors @ self._index.fair_vectors([text])[0]
        words = np.array([self._shared(text, part) for part in self._parts])
        scores = (similarities + _WORDS_WEIGHT * words + _QUESTION_WEIGHT * self._asked).tolist()
        parts = self._carrying(text, scores)
        verdict, reason = self._verdict(text, parts, float(similarities.max()))
        kept = () if verdict == "unsupported" else parts
        numbers = tuple(sorted({part.evidence.number for part in kept}))
        return Verified(Sentence(text, numbers, verdict, max(scores), reason), kept)

    def _shared(self, text: str, part: Part) -> float:
        """Return which part of the words that a text adds to the question one part of the evidence holds, 0 to 1.

        Rarer words count more; those that no part holds tell the parts apart by nothing. A text that adds none is
        measured by all of its words.
        """
        added = terms(text) - terms(self._question) or terms(text)
        weights = {word: math.log(1 + len(self._parts) / count) for word in added if (count := self._held_by[word])}
        return sum(weights[word] for word in weights.keys() & terms(part.text)) / (sum(weights.values()) or 1)

    def _carrying(self, text: str, scores: Sequence[float]) -> tuple[Part, ...]:
        """Return the nearest part that holds every figure and name of a text; else the nearest and what it lacks.

        All are of the language of the nearest: names are compared within a language, so that one of another language
        would only seem to hold them.
        """
        order = sorted(range(len(scores)), key=lambda i: -scores[i])
        within = _within_language(text, self._parts[order[0]].text)
        order = [i for i in order if _within_language(text, self._parts[i].text) == within]
        for i in order:
            if scores[i] >= _NEARLY_BEST * scores[order[0]] and not self._missing(text, [self._parts[i]]):
                return (self._parts[i],)
        chosen = [self._parts[order[0]]]
        for part in (self._parts[i] for i in order[1:]):
            missing = self._missing(text, chosen)
            if not missing or len(chosen) == _MOST_PARTS:
                break
            if len(self._missing(text, [*chosen, part])) < len(missing):
                chosen.append(part)
        return tuple(chosen)

    def _missing(self, text: str, parts: Sequence[Part]) -> list[str]:
        """Return the figures of a text that neither these parts nor the question hold, and the names that they do not.

        Within a language a name may stand anywhere in the parts' sources, but not in the question alone: of what only
        the question names, they tell nothing. Across languages a name is spelt anew, and only pinyin can be told.
        """
        told = " ".join(part.text for part in parts)
        titles = " ".join(part.evidence.source.title for part in parts)
        stated = values(f"{self._question} {titles} {told}")
        missing = [written for written, value in figures(text).items() if value not in stated]
        if _within_language(text, told):
            about = [self._about(source_id) for source_id in {part.evidence.source.id for part in parts}]
            return missing + [name for name in _NAME.findall(text) if not any(_plain(name) in one for one in about)]
        if language_of(told) == "zh":
            return missing + [name for name in pinyin_names(text) if not spells(told, name)]
        return missing

    def _about(self, source_id: str) -> str:
        """Return a source's title and text for comparing names; made once, since a source may be a whole book."""
        if source_id not in self._plain_sources:
            source = next(one.source for one in self._evidence if one.source.id == source_id)
            self._plain_sources[source_id] = _plain(source.title + source.text)
        return self._plain_sources[source_id]

    def _verdict(self, text: str, parts: Sequence[Part], similarity: float) -> tuple[Verdict, str]:
        if _NOTHING_FOUND.search(text):
            return "unsupported", ONLY_SAYS_NOTHING
        quoted = " ".join(part.text for part in parts)
        within_language = _within_language(text, quoted)
        invented = self._missing(text, parts)
        if invented:
            return "unsupported", NOT_IN_EVIDENCE + ", ".join(invented)
        held_words = _held(terms(text), f"{quoted} {self._question}")
        if (held_words < _WORDS_HELD) if within_language else (similarity < _NEAR):
            return "unsupported", NOTHING_OF_THIS_KIND
        instruction = prompts.load("judge", sentence=text)
        judged = ask_yes_no(self._model, conversation(self._question, self._evidence, instruction))
        copied = within_language and any(_held(terms(text), part.text) >= _COPIED for part in parts)
        held = holds(self._decision, judged, copied)
        if held is None:
            return "partly", NOT_CERTAIN
        return ("supported", "") if held else ("unsupported", NOT_FOUND)


def _held(words: set[str], text: str) -> float:
    """Return which part of these words a text holds, 0 to 1."""
    return len(words & terms(text)) / max(1, len(words))


def _within_language(text: str, quoted: str) -> bool:
    return language_of(text) in (language_of(quoted), UNKNOWN)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
