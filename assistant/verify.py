"""Each sentence of an answer against the evidence: which words of which source carry it, and whether they do."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

import prompts
from assistant.attribution import attribution
from assistant.clauses import turned
from assistant.conversation import CHINESE_ASKS_FOR, ENGLISH_ASKS
from assistant.coverage import coverage
from assistant.differences import Comparison, Departure, compare, departures, exchanged, is_grammar, joins, stem, tokens
from assistant.evidence import Evidence, Found, terms
from assistant.figures import PERIODS, dates, fallen, implied, numbers_in_names, quantities, times_beside, unmatched
from assistant.figures import missing as missing_figures
from assistant.gate import (
    PLAINLY,
    Decision,
    answers,
    answers_alone,
    certainty,
    decide,
    holds,
    is_doubted_figure,
    is_plainly_said,
    is_said_otherwise,
    may_quote,
)
from assistant.hedges import hedge
from assistant.injection import addresses_a_model
from assistant.lists import INTRODUCES, listed
from assistant.names import (
    Told,
    holds_spelt,
    latin_names,
    pinyin_names,
    spells,
    spelt_names,
    stands_in,
    titles_in,
    without_long_names,
    without_own_initials,
)
from assistant.naming import NAMED, PERHAPS, SURELY, Naming, names_to_look_for
from assistant.originals import as_read
from assistant.polarity import beaten, denials, negations, of_the_other_kind, opposite, tells_a_winner
from assistant.ranks import LATER, misnumbered, raised
from assistant.several import SubQuestion
from assistant.write import conversation
from assistant.yes_no import YesNo, ask_yes_no
from index import Index
from index.chinese import simplified
from index.language import UNKNOWN, language_of
from index.passages import sentences
from index.snapshot import Vectors
from index.words import letters

Verdict = Literal["supported", "partly", "unsupported"]

# Why a sentence is not supported, or stands for a part of the question; the page has each of these in Chinese too.
ONLY_SAYS_NOTHING = "it only says that the sources do not tell"
NOT_IN_EVIDENCE = "not in the evidence: "  # and what
SAYS_OTHERWISE = "the evidence says otherwise: "  # and what
DENIES = "it denies what the evidence says, or the other way round"
OBEYS = "it follows an instruction planted in a source"
NOTHING_OF_THIS_KIND = "the evidence says nothing of this kind"
SAYS_THE_QUESTION = "it only says what was asked"
NOT_CERTAIN = "the model is not certain that the evidence says this"
NOT_FOUND = "the model does not find that the evidence says this"
NOT_THE_ANSWER = "the evidence says this, but the model does not find that it answers the question"
TWO_LANGUAGES = "its words are of two languages"
IN_OTHER_WORDS = "the evidence says this, if at all, in other words"
OF_SEVERAL = "the evidence says so of several: "  # and how it says that
ONLY_SUPPOSED = "the evidence does not say it for certain: "  # and by which word
PERHAPS_ANOTHER = "the evidence may not speak of: "  # and whom
CUT_OFF = "the model stopped in the middle of it"
ONLY_A_DAY = "it names no date, only a day as its source sees it: "  # and which
NOT_ANSWERED = "the sources do not answer this part of the question"

_WORDS_WEIGHT = 0.5  # of shared words beside the cosine, when the sentence that carries is looked for
_QUESTION_WEIGHT = 0.5  # what carries an answer also speaks of what was asked
_NEARLY_BEST = 0.6  # of the best score: how near a sentence must be to hold the figures and names that the best lacks
_NEARLY_ACROSS = 0.45  # the same by meaning alone, for one of another language: no words are shared, and less of it is
_MOST_PARTS = 3
_BEFORE = 2  # sentences of its evidence before a part, which are read with it
_MOST_QUOTED = 2  # sentences of the evidence that are judged in the place of an answer of which nothing stands
_WORDS_HELD = 0.4  # of an answer's words within one language: below, it says what no source says
_NEAR = 0.2  # across languages, where no words are shared: the similarity below which it is about something else
_STEM = 5  # letters that a word of the answer shares with one of the question, whatever its ending
_BEGINNING = 4  # letters that it shares with one of the evidence: heating, heated
_A_COPY = 0.85  # of a sentence's tokens in one of the evidence's, in order
_COPIED = 0.9  # of them in one sentence of the evidence: the answer says it in the source's own words

_BARE = 5  # words of an answer that may be no sentence
_A_NAME = 3  # words of what may be a name and no more

# "seven鳃鳗", "original国有 lines": a small model that stops translating in the middle of a word. "He went to贝壳."
# only lacks a space before a name.
_GLUED = re.compile(
    "(?<![A-Za-z\\d-])([A-Za-z][A-Za-z\\d-]*)[\u3400-\u9fff]+(?P<ends>[.,;:!?)]|$)?|[\u3400-\u9fff]([A-Za-z]+)"
)

# "Today" of a source is no date for who reads the answer.
_WHEN = re.compile(r"^\W*when\b|\b(?:what|which) da(?:y|te)\b|什么时候|何时|哪[一]?[天日]|几[月号]|日期", re.IGNORECASE)
_TODAY = re.compile(r"\b(?:today|yesterday|tomorrow|tonight)\b|[今昨明][天日晚]|今晨", re.IGNORECASE)

# What asks for something, and not whether it is so.
_ASKS = re.compile(rf"\b{ENGLISH_ASKS}\b|{CHINESE_ASKS_FOR}", re.IGNORECASE)
_ASKED_KIND = re.compile(r"\b(?:(?:which|what) [a-z]+|do|does|did)\b", re.IGNORECASE)  # in which sport did
_WHO = re.compile(  # did it: the place of a name that is the whole answer
    r"^(?:who|which [a-z]+)\b(?! (?:did|does|do|is|are|was|were|has|had|will|can)\b)"
    "|谁|哪[家个位所](?:公司|人|机构|大学)?",
    re.IGNORECASE,
)
_OF = dict(  # of a past its present
    pair.split("/")
    for pair in (
        "took/take won/win held/hold began/begin wrote/write led/lead built/build made/make went/go gave/give "
        "became/become left/leave came/come got/get paid/pay sold/sell grew/grow lost/lose met/meet ran/run "
        "said/say saw/see sent/send spent/spend stood/stand taught/teach told/tell bought/buy brought/bring "
        "broke/break chose/choose drew/draw drove/drive fell/fall found/find flew/fly kept/keep rose/rise spoke/speak"
    ).split()
)
_SHORT_FOR = {"quarter": "Q", "half": "H"}
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d\d)(?!\d)")  # also the second of "2020-2021"
_REFERS = re.compile(
    r"(?<!其)[他她它]|其(?![他她它实余中])|\b(?:he|she|it|they|his|her|its|their|him|them)\b", re.IGNORECASE
)
_ENDED = re.compile("[.!?。！？…][”’」』）)\"']*$")

# A model that finds nothing says so in these words; that is a refusal, not an answer.
_NOTHING_FOUND = re.compile(
    r"\b(?:(?:do|does|did) not|don't|doesn't) (?:\w+ )?(?:mention|specify|say)\b"
    r"|\bno (?:\w+ )?(?:mention|information)\b|\b(?:could|can)(?: ?not|n't) be (?:determined|established)\b"
    r"|\bnot (?:mentioned|stated|specified|provided|given|clear)\b"
    r"|(?:没有|未|并未|并没有)(?:明确)?(?:提到|提及)|不明确|无法(?:确定|得知|回答)",
    re.IGNORECASE,
)
# And in these of the sources; of others they are facts: a state has no income tax, a firm did not provide figures.
_TELLS_NOT = re.compile(
    r"\b(?:(?:do|does|did) not|don't|doesn't|no) (?:\w+ )?(?:state|contain|provide|give)\b"
    r"|(?:没有|未|并未|并没有)(?:明确)?(?:说明|给出|提供|指出)",
    re.IGNORECASE,
)
_SOURCES = re.compile(
    r"\b(?:sources?|texts?|passages?|evidence|documents?|articles?|context|information|excerpts?)\b"
    "|资料|来源|文中|原文|文章|文本|文档|材料|信息",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of an answer: the numbers of the evidence that carries it, the verdict, and the reason for it."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    score: float  # how near the best quote is, in meaning and shared words; compares quotes, is no probability
    reason: str  # why it is not supported; "" when it is
    attribution: str = ""  # who says it and when, for an opinion or what is second-hand; to be put before it


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
class Parts:
    """The sentences of the evidence with their vectors, and how near each is to the question."""

    parts: tuple[Part, ...]
    vectors: Vectors  # shape (parts, dimension)
    asked: Vectors  # shape (parts,)

    @classmethod
    def of(cls, index: Index, question: str, evidence: Sequence[Evidence]) -> "Parts":
        """Cut the evidence into its sentences and embed them with the question, all at once."""
        parts = tuple(
            Part(one, span.start, span.end)
            for one in evidence
            for span in sentences(one.source.text, one.start, one.end)
            if span not in one.planted  # an instruction to a model carries no answer
        )
        vectors = index.fair_vectors([question, *(part.text for part in parts)])
        return cls(parts, vectors[1:], vectors[1:] @ vectors[0])


@dataclass(frozen=True)
class Verified:
    """A sentence of the answer with the parts of the evidence that carry it, the best first."""

    sentence: Sentence
    parts: tuple[Part, ...]
    certainty: float | None = None  # by which it was judged; None where the model was not asked or gives no such thing
    called: tuple[tuple[str, str], ...] = ()  # names of a Chinese sentence, each as its English evidence has it


def quote(evidence: Evidence, question: str = "") -> Verified:
    """Return a piece of evidence as a sentence that carries itself, said by whom in the question's language."""
    said_by = attribution(language_of(question or evidence.text), evidence.source, evidence.text)
    sentence = Sentence(evidence.text, (evidence.number,), "supported", evidence.score, "", said_by)
    return Verified(sentence, (Part(evidence, evidence.start, evidence.end),))


def cut_off(one: Verified) -> Verified:
    """Return the last sentence of a reply that stopped at its limit of length: supported only if it has an end."""
    if one.sentence.verdict != "supported" or _ENDED.search(one.sentence.text):
        return one
    return replace(one, sentence=replace(one.sentence, verdict="partly", reason=CUT_OFF))


@dataclass(frozen=True)
class Finding:
    """What code alone finds of a sentence: the parts that carry it, and why they do not; "" when nothing is wrong."""

    parts: tuple[Part, ...]
    score: float
    reason: str
    others: tuple[Part, ...] = ()  # of another language than the sentence; each of them alone may carry it as well


class Verifier:
    """Verifies the sentences of one answer against the evidence for its question.

    Without a model, `check` tells what code alone finds, and `verify` lets all else stand.
    """

    def __init__(
        self,
        index: Index,
        model: BaseChatModel | None,
        question: str,
        evidence: Sequence[Evidence],
        decision: Decision,
        config: RunnableConfig | None = None,
        sub: SubQuestion | None = None,
    ) -> None:
        self._config = config
        self.index = index
        self._model = model
        self.question = question
        self.sub = sub or SubQuestion(question)
        self.decision = decision
        self.evidence = evidence
        # The question once, the parts once: each sentence of the answer is then one vector more.
        self.read = Parts.of(index, question, evidence)
        self._parts = self.read.parts
        self._held_by = Counter(word for part in self._parts for word in terms(part.text))
        self._told_by: dict[str, Told] = {}
        self._alone: dict[tuple[str, str], YesNo] = {}  # what the model said of a sentence and its citation alone
        self._naming: Naming | None = None  # made when a sentence and its evidence are of two languages

    def verify(self, text: str) -> Verified:
        """Find what carries a sentence and judge whether it does: by code first, then by the model."""
        found = self.check(text)
        verdict: Verdict = "unsupported"
        is_reworded = self._is_reworded(text, found)
        reason = "" if is_reworded else found.reason
        certain: float | None = None
        if not reason:
            verdict, reason, certain = self._judged(text, found.parts)
        if is_reworded and verdict == "supported" and certain is None:  # it was only the model's word
            verdict, reason = "partly", IN_OTHER_WORDS
        parts = found.parts
        if verdict != "unsupported" and (other := self._of_another(text, parts, certain)):
            # Names are told across languages only here: another part may hold those that the nearest one lacks.
            if instead := next(filter(lambda one: self._names_all(text, one), found.others), None):
                parts = (instead,)
                verdict, reason, certain = self._judged(text, parts)
            elif other[0] == "unsupported" or verdict == "supported":
                verdict, reason = other
        kept = () if verdict == "unsupported" else parts
        numbers = tuple(sorted({part.evidence.number for part in kept}))
        said_by = self._attribution(kept)
        sentence = Sentence(text, numbers, verdict, found.score, reason, said_by)
        return Verified(sentence, kept, certain, self._called(text, kept))

    def quoted(self) -> Verified | None:
        """Return the sentence of the evidence that most certainly is the answer, of those nearest to the question.

        For an answer of which nothing stands; None where the model is not certain of any, or cannot tell. Beside all
        evidence it says Yes to what is near the answer, too: so it reads the sentence alone as well.
        """
        if not may_quote(self.decision):
            return None
        nearest = [self._parts[int(i)].text for i in np.argsort(-self.read.asked, kind="stable")]
        told_more = [one for one in nearest if _length(one) > _A_NAME]  # of a list or a caption: states nothing
        verified = [self.verify(one) for one in told_more[:_MOST_QUOTED]]
        told = [
            one for one in verified if one.sentence.verdict == "supported" and answers(self.decision, one.certainty)
        ]
        told.sort(key=lambda one: -(one.certainty or 0.0))
        return next((one for one in told if self._answers_alone(one.parts[0])), None)

    def _answers_alone(self, part: Part) -> bool:
        alone = replace(part.evidence, start=part.start, end=part.end, text=part.text)
        found = Found((alone,), alone.score)
        return answers_alone(decide(self._model, self.question, found, self.decision.strictness, self._config))

    def _stated(self, text: str, config: RunnableConfig | None) -> YesNo:
        assert self._model is not None
        instruction = prompts.load("judge", sentence=text)
        return ask_yes_no(self._model, conversation(self.question, self.evidence, instruction), config)

    def _attribution(self, parts: Sequence[Part]) -> str:
        asked = language_of(self.question)
        said = [attribution(asked, part.evidence.source, part.text) for part in parts[:1]]
        return next(filter(None, said), "")

    def _of_another(self, text: str, parts: Sequence[Part], certain: float | None) -> tuple[Verdict, str] | None:
        """Return the verdict on a sentence that names in English what its Chinese evidence does not, or the reverse."""
        sure = dict(self._named(text, parts))
        lacking = [name for name, how in sure.items() if how < NAMED and not self._is_believed(name, certain)]
        if lacking:
            return "unsupported", NOT_IN_EVIDENCE + ", ".join(lacking)
        doubtful = [name for name, how in sure.items() if how < PERHAPS]
        return ("partly", PERHAPS_ANOTHER + ", ".join(doubtful)) if doubtful else None

    def _names_all(self, text: str, part: Part) -> bool:
        return all(certain >= SURELY for _, certain in self._named(text, [part]))

    def _named(self, text: str, parts: Sequence[Part]) -> Iterator[tuple[str, float]]:
        """Yield each name of a sentence with how surely parts in the other of Chinese and English name it; none of
        those that stand there as they are."""
        told = "\n".join(
            dict.fromkeys([*(part.evidence.source.title for part in parts), *(part.text for part in parts)])
        )
        languages = {language_of(text), language_of(" ".join(part.text for part in parts))}
        if self._model is None or languages != {"zh", "en"}:
            return
        for name in names_to_look_for(text, self.question, told):
            self._naming = self._naming or Naming(self.index, self._model, self._config)
            certain = self._naming.certainty(name, told)
            if certain < PERHAPS and name in self.question and _REFERS.search(told):
                # "He lived there": who that is stands before it.
                passages = "\n".join(dict.fromkeys(part.evidence.text for part in parts))
                certain = max(certain, self._naming.certainty(name, passages))
            yield name, certain

    def _called(self, text: str, parts: Sequence[Part]) -> tuple[tuple[str, str], ...]:
        """Return the names of a Chinese sentence that the question does not have, each as its English parts call it."""
        told = " ".join(part.text for part in parts)
        if self._naming is None or (language_of(text), language_of(told)) != ("zh", "en"):
            return ()
        names = [one for one in names_to_look_for(text, self.question, told) if one not in self.question]
        found = [(name, self._naming.called(name, told)) for name in names]
        return tuple((name, called) for name, called in found if called)

    def check(self, text: str) -> Finding:
        """Find what carries a sentence, and what code can tell to be wrong with it; asks no model."""
        if addresses_a_model(text):
            return Finding((), 0.0, OBEYS)
        if _says_the_question(text, self.question):
            return Finding((), 0.0, SAYS_THE_QUESTION)
        if not self._parts:
            return Finding((), 0.0, NOTHING_OF_THIS_KIND)
        similarities = self.read.vectors @ self.index.fair_vectors([text])[0]
        meant = similarities + _QUESTION_WEIGHT * self.read.asked
        if _is_bare(text):  # a name alone may stand in many sentences
            told = self.read.vectors @ self.index.fair_vectors([f"{self.question} {text}"])[0]
            meant = (1 + _QUESTION_WEIGHT) * told
        words = np.array([self._shared(text, part) for part in self._parts])
        scores = (meant + _WORDS_WEIGHT * words).tolist()
        parts, others = self._carrying(text, scores, meant)
        reason = self._wrong(text, parts, similarities)
        others = () if reason else tuple(one for one in others if not self._wrong(text, [one], similarities))
        return Finding(parts, max(scores), reason, others)

    def _shared(self, text: str, part: Part) -> float:
        """Return which part of the words that a text adds to the question one part of the evidence holds, 0 to 1.

        Rarer words count more; those that no part holds tell the parts apart by nothing. A text that adds none is
        measured by all of its words.
        """
        added = terms(text) - terms(self.question) or terms(text)
        weights = {word: math.log(1 + len(self._parts) / count) for word in added if (count := self._held_by[word])}
        return sum(weights[word] for word in weights.keys() & terms(part.text)) / (sum(weights.values()) or 1)

    def _carrying(
        self, text: str, scores: Sequence[float], meant: Vectors
    ) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
        """Return the best part that holds every figure and name of a text, and the others of another language than the
        text's that do; else the best and what it lacks.

        All are of the language of that which is nearest in meaning: names are compared within a language, so that one
        of another would only seem to hold them, and shared words only tell parts of one language from each other.
        """
        order = sorted(range(len(scores)), key=lambda i: -scores[i])
        # Code and bare figures are in no language, and do not decide.
        told = [i for i in order if language_of(self._parts[i].text) != UNKNOWN] or order
        within = _within_language(text, self._parts[max(told, key=lambda i: float(meant[i]))].text)
        of_other = [i for i in order if _within_language(text, self._parts[i].text) != within]
        order = [i for i in order if i not in of_other]
        several = self._of_list(text, [self._parts[i] for i in order]) if within else ()
        if several and not self._missing(text, several):
            return several, ()
        least = min(_NEARLY_BEST * scores[order[0]], scores[order[0]])
        near = [self._parts[i] for i in order if scores[i] >= least]  # other ones speak of something else
        near = [part for part in near if not self._told_of_another(part.text)] or near
        holding = (part for part in near if not self._missing(text, [part]))
        if best := next(holding, None):
            return (best,), () if within else tuple(islice(holding, _MOST_PARTS))
        # A figure that no part of its own language holds may be told in the other.
        if within and {one.written for one in quantities(text)}.intersection(self._missing(text, near[:1])):
            least = _NEARLY_ACROSS * float(meant[order[0]])
            across = (self._parts[i] for i in of_other if meant[i] >= least)
            holding = (part for part in across if not self._missing(text, [part]))
            if best := next(holding, None):
                return (best,), tuple(islice(holding, _MOST_PARTS))
        chosen = near[:1]
        for part in near[1:]:
            missing = self._missing(text, chosen)
            if not missing or len(chosen) == _MOST_PARTS:
                break
            if len(self._missing(text, [*chosen, part])) < len(missing):
                chosen.append(part)
        return tuple(chosen), ()

    def _told_of_another(self, told: str) -> str:
        """Return by what evidence tells of another than is asked about: of the men's winner, not the women's."""
        return of_the_other_kind(self.question, told) or self.sub.of_another(told)

    def _of_list(self, text: str, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Return the fewest of these parts, the best first, that hold all that a text lists; none where it is no list,
        or they do not."""
        lacking = set(listed(text))
        chosen: list[Part] = []
        for part in parts:
            told = letters(part.text)
            if held := {one for one in lacking if one in told}:
                chosen.append(part)
                lacking -= held
        return () if lacking else tuple(chosen)

    def _missing(self, text: str, parts: Sequence[Part]) -> list[str]:
        """Return the figures of a text that neither these parts nor the question hold, and the names that they do not.

        Within a language a name may stand anywhere in the parts' sources, but not in the question alone: of what only
        the question names, they tell nothing. Across languages a name is spelt anew, and only pinyin can be told.
        """
        told = " ".join(part.text for part in parts)
        titles = " ".join(part.evidence.source.title for part in parts)
        stated = quantities(f"{self.question} {titles} {told}") + implied(told)
        stated += fallen(self.question, stated)
        missing = [one.written for one in missing_figures(text, stated, numbers_in_names(told))]
        if _within_language(text, told):
            unnamed = self._unnamed(text, parts)
            return missing + [name for name in unnamed if not self._may_ask_about(name)]
        if language_of(told) == "zh":
            return missing + [name for name in pinyin_names(text) if not spells(told, name)]
        return missing

    def _unnamed(self, text: str, parts: Sequence[Part]) -> list[str]:
        """Return the names of a text that stand nowhere in the sources of its evidence, which is in its language."""
        sources = {part.evidence.source.id: part.evidence.source for part in parts}
        about = [self._about(source_id) for source_id in sources]
        named = [*latin_names(without_long_names(without_own_initials(text), about)), *titles_in(text)]
        return [name for name in named if not any(stands_in(one, name) for one in about)] + [
            name
            for name in spelt_names(text)
            if not any(holds_spelt(f"{one.title}\n{one.text}", name) for one in sources.values())
        ]

    def _may_ask_about(self, name: str) -> bool:
        """Whether a name stands in the question, and the model can tell whether the sources speak of whom it names."""
        return self.decision.calibration.tells_whom is not None and stands_in(Told.of(self.question), name)

    def _is_believed(self, name: str, certain: float | None) -> bool:
        """Whether the model is so certain of a sentence that its sources may speak of whom only the question names."""
        least = self.decision.calibration.tells_whom or 0.0
        return self._may_ask_about(name) and certain is not None and certain >= least

    def _about(self, source_id: str) -> Told:
        """Return a source's title and text for comparing names; made once, since a source may be a whole book."""
        if source_id not in self._told_by:
            source = next(one.source for one in self.evidence if one.source.id == source_id)
            self._told_by[source_id] = Told.of(f"{source.title}\n{source.text}")
        return self._told_by[source_id]

    def _wrong(self, text: str, parts: Sequence[Part], similarities: Vectors) -> str:
        """Return what code finds wrong with a sentence that these parts are to carry; "" when it finds nothing."""
        if _only_says_nothing(text, " ".join(part.text for part in parts)):
            return ONLY_SAYS_NOTHING
        invented = self._missing(text, parts)
        if invented:
            return NOT_IN_EVIDENCE + ", ".join(invented)
        if day := _only_a_day(self.question, text):
            return ONLY_A_DAY + day
        quoted = " ".join(part.text for part in parts)
        otherwise = (
            self._of_another_period(text, parts)
            or self._figure_of_another_period(text, parts)
            or self._of_another_date(text, parts)
            or misnumbered(f"{self.question} {text}", quoted)
            or self._told_of_another(quoted)
        )
        if otherwise:
            return SAYS_OTHERWISE + otherwise
        rank, ranked = self._raised(text, parts)
        if rank == LATER:
            return SAYS_OTHERWISE + ranked
        if not _within_language(text, quoted):
            if float(similarities.max()) < _NEAR:
                return NOTHING_OF_THIS_KIND
            return self._turned_across(text, quoted)
        return self._wrong_within(text, parts, quoted)

    def _wrong_within(self, text: str, parts: Sequence[Part], quoted: str) -> str:
        """Return the same of a sentence in the language of its parts."""
        if done := self._done_by_the_other(text, parts):
            return SAYS_OTHERWISE + done
        if departs := self._turned_within(text, parts):
            return departs
        if not _is_bare(text) and (contrary := turned(text, quoted, self.question)):
            return SAYS_OTHERWISE + contrary
        return NOTHING_OF_THIS_KIND if _is_told_nowhere(text, self.question, quoted) else ""

    def _of_another_period(self, text: str, parts: Sequence[Part]) -> str:
        """Return the year, quarter or half of which the evidence speaks when that is none of those in the text or the
        question.

        A figure of 2020 is none of 2021: the answer repeats the question's year, and the evidence holds the figure.
        """
        asked = f"{self.question} {text}"
        behind = [part.evidence for part in parts]
        told = " ".join(f"{one.source.title} {one.text}" for one in behind)
        asks, tells = quantities(asked), quantities(told)
        for kind in PERIODS:
            wanted, found = ([one for one in of if one.kind == kind] for of in (asks, tells))
            if not wanted or not found:
                continue
            these, those = ({int(one.value) for one in of} for of in (wanted, found))
            if kind == "year":
                # A text of 2022 may tell of that year, or of the last, without naming it.
                written = [int(one.source.published[:4]) for one in behind if one.source.published]
                those |= {year - ago for year in written for ago in (0, 1)} | _years(told)
                these |= _years(asked)
            if these.isdisjoint(those):
                return found[0].written
        return ""

    def _figure_of_another_period(self, text: str, parts: Sequence[Part]) -> str:
        """Return the time of which the parts tell a figure that a text tells of another: "12 in 2020" is not 2021's."""
        asked = [one for one in quantities(f"{self.question} {text}") if one.kind in PERIODS]
        if not asked:
            return ""
        held = [(part.text, one) for part in parts for one in quantities(part.text)]
        figures = [one for one in quantities(text) if not one.is_time and one.kind != "ordinal"]
        for kind in PERIODS:
            wanted = {int(one.value) for one in asked if one.kind == kind}
            for said in figures if wanted else ():
                told = [times_beside(of, one.start, kind) for of, one in held if one.agrees(said)]
                if told and all(times and not times & wanted for times in told):
                    return f"{_SHORT_FOR.get(kind, '')}{max(told[0])}"
        return ""

    def _of_another_date(self, text: str, parts: Sequence[Part]) -> str:
        """Return the date of the evidence that one in the text departs from, where none of the evidence agrees with it.

        Each part of "July 1, 2017" may stand somewhere in "a game of 2017, released on July 1, 2007".
        """
        told = [one for part in parts for one in dates(part.text, bare=True)] + dates(self.question)
        for said in dates(text):
            alike = [one for one in told if len(one.keys() & said.keys()) > 1]
            if alike and not any(all(one[kind] == said[kind] for kind in one.keys() & said.keys()) for one in alike):
                return "-".join(str(int(alike[0][kind])) for kind in ("year", "month", "day") if kind in alike[0])
        return ""

    def _raised(self, text: str, parts: Sequence[Part]) -> tuple[str, str]:
        """Return the rank that the evidence gives what the text, or the question, makes the first; "" when it may be.

        The question asks for the largest, and the answer is what the evidence calls the second largest.
        """
        told = " ".join(f"{part.evidence.source.stated_title or ''} {part.text}" for part in parts)
        return raised(f"{self.question} {text}", told) or ("", "")

    def _done_by_the_other(self, text: str, parts: Sequence[Part]) -> str:
        """Return what the evidence says of two of which a text says who did it, and to whom, the other way round."""
        if self._takes_the_beaten_for_the_winner(text, parts[0].text):
            return parts[0].text
        bare = text.strip("。. ")
        whole = _WHO.sub(lambda _: bare, self.question, count=1) if _is_bare(text) else text
        return next(filter(None, (exchanged(whole, part.text) for part in parts)), "")

    def _takes_the_beaten_for_the_winner(self, text: str, part: str) -> bool:
        """Whether a sentence says that one has won of whom its evidence only says that another beat him."""
        if not tells_a_winner(text) or beaten(text):
            return False
        return any(name in text and name not in self.question and part.count(name) == 1 for name in beaten(part))

    def _turned_within(self, text: str, parts: Sequence[Part]) -> str:
        """Compare a sentence with that part which is nearly it, where there is one among those that carry it."""
        carrying = sorted((compare(text, part.text) for part in parts), key=lambda one: -one.share)
        nearly = [self._departures(one) for one in carrying if one.is_nearly_the_same]
        if self._of_list(text, parts):  # its things stand there, beside others in each part that it takes some from
            if negations(text) > sum(negations(part.text) for part in parts):
                return DENIES
            things = "".join(listed(text))
            nearly = [
                [one for one in found if one.kind != "name" or letters(one.says) not in things] for found in nearly
            ]
        if not all(nearly):
            return ""  # what another source says otherwise is a disagreement of the two, not this sentence's fault
        # A copy of a sentence with one figure changed is carried by whatever else holds that figure; but it is a copy.
        copied = max((compare(text, part.text) for part in self._parts), key=lambda one: one.share)
        if copied.share >= _A_COPY and copied not in carrying:
            nearly = [self._departures(copied)]
        found = nearly[0] if nearly else []
        if not found:
            return ""
        return DENIES if found[0].kind == "negation" else SAYS_OTHERWISE + found[0].instead_of

    def _departures(self, nearest: Comparison) -> list[Departure]:
        """Return where a sentence departs from the evidence, but for what it says in the question's own words."""
        asked = {word[:_STEM] for word in tokens(self.question)}
        found = [(one, tokens(INTRODUCES.sub(" ", one.says))) for one in departures(self.index, nearest)]
        return [
            one
            for one, said in found
            if one.kind != "name" or not all(word[:_STEM] in asked or is_grammar(word) for word in said)
        ]

    def _turned_across(self, text: str, quoted: str) -> str:
        """Compare what a sentence denies, and which way things go, with evidence in another language."""
        if negations(text) > denials(quoted):
            return DENIES
        # The other way round only of two sentences that are about as long: an answer may leave out what is denied.
        if negations(quoted) == 1 and not denials(text) and 0.75 < _length(text) / _length(quoted) < 1.3:
            return DENIES
        return f"{SAYS_OTHERWISE}{quoted}" if opposite(text, quoted, self.question) else ""

    def _judged(self, text: str, parts: Sequence[Part]) -> tuple[Verdict, str, float | None]:
        if self._model is None:
            return "supported", "", None
        quoted = " ".join(part.text for part in parts)
        judged = self._stated(text, self._config)
        within_language = _within_language(text, quoted)
        # A bare figure says nothing in the source's words: any other of the same part would be as good a copy.
        has_words = any(character.isalpha() for character in text)
        copied = within_language and has_words and any(_held(terms(text), part.text) >= _COPIED for part in parts)
        behind = " ".join(f"{part.evidence.source.title} {part.evidence.text}" for part in parts)
        covered = coverage(self.question, behind) if _within_language(self.question, quoted) else None
        certain, said = certainty(self.decision, judged, copied, covered), None
        # What is no sentence of the source is judged once more by the cited part alone; not where that saves nothing.
        stands_there = within_language and any(letters(text) in letters(part.text) for part in parts)
        as_copied = None if certain is None else certain + (0.0 if within_language else PLAINLY)
        if as_copied is not None and not stands_there and holds(self.decision, as_copied, True):
            said = self._read_alone(self._in_context(parts) if within_language else quoted, text).log_odds
            if said is not None and is_plainly_said(said):
                copied, certain = True, as_copied
        held = judged.yes if certain is None else holds(self.decision, certain, copied, said, within_language)
        unnamed = self._unnamed(text, parts) if within_language and held is not False else []
        if not all(self._is_believed(name, certain) for name in unnamed):
            return "unsupported", NOT_IN_EVIDENCE + ", ".join(unnamed), certain
        if held is None or (held and not has_words and is_doubted_figure(self.decision, judged)):
            return "partly", NOT_CERTAIN, certain
        if held:
            doubt = self._doubt(text, parts, quoted, unnamed)
            return "partly" if doubt else "supported", doubt, certain
        is_there = copied and (said is None or is_plainly_said(said))
        return "unsupported", NOT_THE_ANSWER if is_there else NOT_FOUND, certain

    def _doubt(self, text: str, parts: Sequence[Part], quoted: str, unnamed: Sequence[str]) -> str:
        """Return why a sentence that holds is not shown as certain; "" where nothing speaks against it."""
        # A Chinese text glues names to its own words itself: "CDC主机" is one there, and half translated in English.
        known = set() if language_of(quoted) == "zh" else _glued(quoted)
        if _glued(text) - known and language_of(self.question) not in ("zh", "ja"):
            return TWO_LANGUAGES
        if ranked := self._raised(text, parts)[1]:
            return OF_SEVERAL + ranked
        if _within_language(text, quoted) and (supposed := hedge(text, self.question, quoted)):
            return ONLY_SUPPOSED + supposed
        return PERHAPS_ANOTHER + ", ".join(unnamed) if unnamed else ""

    def _is_reworded(self, text: str, found: Finding) -> bool:
        """Whether the model finds that the evidence in its language plainly says a sentence, though in other words."""
        quoted = " ".join(part.text for part in found.parts)
        is_open = found.reason == NOTHING_OF_THIS_KIND and bool(quoted) and _within_language(text, quoted)
        if self._model is None or not is_open:
            return False
        reply = self._read_alone(self._in_context(found.parts), text)
        return reply.yes if reply.log_odds is None else is_said_otherwise(reply.log_odds)

    def _in_context(self, parts: Sequence[Part]) -> str:
        """Return parts with what their evidence says right before: who "he" is, and which region "the region"."""
        cited = [i for i, one in enumerate(self._parts) if any(one is part for part in parts)]
        before = ((i, j) for i in cited for j in range(max(0, i - _BEFORE), i + 1))
        read = {j for i, j in before if self._parts[j].evidence is self._parts[i].evidence}
        return " ".join(self._parts[j].text for j in sorted(read))

    def _read_alone(self, quoted: str, text: str) -> YesNo:
        """Return whether the model finds a sentence right when it reads nothing but what is cited for it."""
        if (quoted, text) not in self._alone:
            self._alone[quoted, text] = self._asked_alone(quoted, text)
        return self._alone[quoted, text]

    def _asked_alone(self, quoted: str, text: str) -> YesNo:
        assert self._model is not None
        # A bare name or figure states nothing by itself: any that the source holds would be true.
        statement = f"{self.question} {text}" if _is_bare(text) else text
        asked = prompts.load("said", source=as_read(quoted, self.question), sentence=statement)
        messages = [SystemMessage(prompts.load("compare")), HumanMessage(asked)]
        return ask_yes_no(self._model, messages, self._config)


def _only_says_nothing(text: str, quoted: str) -> bool:
    """Whether a text only says that the sources tell nothing, which they do not say of something themselves."""
    plain, told = simplified(text), simplified(quoted)
    if _SOURCES.search(plain):
        says_so = any(one.search(plain) for one in (_NOTHING_FOUND, _TELLS_NOT))
        is_told = any(one.search(told) for one in (_NOTHING_FOUND, _TELLS_NOT))
        return says_so and not (is_told and _held(terms(text), quoted) >= _COPIED)
    return bool(_NOTHING_FOUND.search(plain)) and not _NOTHING_FOUND.search(told)


def _says_the_question(text: str, question: str) -> bool:
    """Whether a text says all that a question does and nothing else, where something is asked for: of two that a
    question names it may leave out one, and yes is an answer to whether it is so."""
    if not _ASKS.search(simplified(question)):
        return False
    said, asked = (
        Counter(_root(word) for word in tokens(_ASKS.sub(" ", simplified(one))) if not is_grammar(word))
        for one in (text, _ASKED_KIND.sub(" ", question))
    )
    return said == asked


def _root(word: str) -> str:
    """Return what an English word has in common with its other forms: of "took" and "takes" what "take" gives."""
    return stem(_OF.get(word, word))[:_STEM]


def _glued(text: str) -> set[str]:
    """Return the words to which a text glues some of another script."""
    found = _GLUED.finditer(text)
    return {one[1] or one[3] for one in found if one["ends"] is None or not is_grammar(one[1])}


def _is_told_nowhere(text: str, question: str, quoted: str) -> bool:
    """Whether of an answer's words too few stand in the question and what is to carry it, or of its own words none."""
    words = terms(text)
    if _held(words, f"{quoted} {question}") < _WORDS_HELD:
        return True
    if len(quantities(text)) > len(quantities(question)):
        return False  # a figure may be written otherwise, and is compared as one
    added = {word[:_BEGINNING] for word in words - terms(question) if not joins(word)}
    return bool(added) and not added & {word[:_BEGINNING] for word in terms(quoted)}


def _only_a_day(question: str, text: str) -> str:
    """Return the word for a day by which a text answers when something was, where it names no time of its own."""
    plain = simplified(question)
    day = _TODAY.search(simplified(text)) if _WHEN.search(plain) else None
    if not day or day[0] in plain:
        return ""
    named = any(one.is_time for one in unmatched(quantities(text), quantities(question)))
    return "" if named else day[0]


def _years(text: str) -> set[int]:
    return {int(year) for year in _YEAR.findall(text)}


def _length(text: str) -> float:
    """Return how much a text says, in English words: a Chinese one has about 1.7 characters for each."""
    return len(re.findall(r"[A-Za-z0-9]+", text)) + len(re.findall("[\u3400-\u9fff]", text)) / 1.7


def _is_bare(text: str) -> bool:
    """Whether an answer is so short that it may be no sentence."""
    return _length(text) <= _BARE


def _held(words: set[str], text: str) -> float:
    """Return which part of these words a text holds, 0 to 1."""
    return len(words & terms(text)) / max(1, len(words))


def _within_language(text: str, quoted: str) -> bool:
    return language_of(text) in (language_of(quoted), UNKNOWN)
