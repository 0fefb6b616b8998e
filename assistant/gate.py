"""May I answer? Whether the evidence holds the answer is decided here, before a word is written and once more after.

Two signals make the certainty, each the log-odds of Yes from one token of the model: *do the sources contain the
answer?* before writing, and *do the sources state this answer?* after it. The embedded model has an adapter that was
trained to answer both. With any other model there is a third: how much of what the question names the passages behind
the answer hold. Alone it tells little (AUC 0.51 to 0.55 on 240 questions of NoMIRACL, 0.72 on RGB), but a low sum over
passages that speak of all that was asked is more often right. docs/figures.md has the curve, and why the search's own
score is none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

import prompts
from assistant.embedded import EmbeddedChatModel
from assistant.evidence import Found
from assistant.settings import Strictness
from assistant.write import conversation
from assistant.yes_no import YesNo, ask_yes_no
from index.language import in_two_languages


@dataclass(frozen=True)
class Lines:
    """Two lines of the sum: a sentence below `possible` is not supported, below `certain` shown as not certain."""

    possible: float
    certain: float
    kept: float  # of the answerable questions, the share that passes the first
    held_back: float  # of the others, the share that does not


@dataclass(frozen=True)
class Calibration:
    """What a model's Yes is worth: the lines of the sum, and what is added to it."""

    lines: Mapping[Strictness, Lines]
    may_answer: float  # of what is known before writing: below, nothing is written, which saves a wasted answer
    may_answer_across: float  # the same, where question and evidence are of two languages
    coverage: float  # for each share of what the question names that is held beyond a half, within a quarter of that
    copied: float  # an answer in the source's own words: keeps a plain quotation from hanging on noise
    tells_whom: float | None  # from where it is believed of whom only the question names, and no source; None: never
    may_quote: float | None  # as `may_answer`, from where the evidence's words may stand for what failed; None: never
    part_refuses: bool  # whether what the cited part alone does not say is refused, however certain; else it is marked
    figure: float | None  # of what is known after writing: below, a bare figure is not certain; None: the sum decides


# Any model that gives log-probabilities. Of 213 answerable questions of RGB, NoMIRACL and XQuAD and 80 others
# (`bench/answers.py`): what each lets through; of the right answers "normal" keeps 94 %.
PLAIN = Calibration(
    {
        "lenient": Lines(2.5, 3.0, kept=0.80, held_back=0.51),
        "normal": Lines(3.0, 3.75, kept=0.75, held_back=0.68),
        "strict": Lines(3.75, 4.5, kept=0.61, held_back=0.78),
    },
    may_answer=0.5,
    may_answer_across=0.5,
    coverage=4.0,
    copied=0.5,
    tells_whom=None,
    may_quote=None,
    part_refuses=True,
    figure=None,
)
# The embedded model with its adapter, which was trained to say Yes and No (`bench/judge`). Of 131 answerable questions
# of the same sets and 78 others, of which it had seen none: what each lets through.
TRAINED = Calibration(
    {
        "lenient": Lines(-3.5, -1.0, kept=0.90, held_back=0.77),
        "normal": Lines(-2.0, 0.5, kept=0.84, held_back=0.83),  # of the right answers it keeps 90 %
        "strict": Lines(1.0, 2.5, kept=0.70, held_back=0.90),
    },
    may_answer=-4.0,
    may_answer_across=0.0,  # of 48 such answers two stood that began below this, and both were wrong
    coverage=0.0,
    copied=3.0,  # it was trained on short answers: without, it strikes most of what an open question is told
    tells_whom=4.0,
    may_quote=-1.0,
    part_refuses=False,
    figure=1.0,  # of 70 right ones and 59 others of their texts the sum finds 67 and 30 certain; with this, 64 and 11
)
# Beyond what is certain, for a sentence of the evidence in the place of what failed: any is true, few are the answer.
_AN_ANSWER = 2.0
# The same for what one source says alone where all together did not stand: of nine such answers (RGB, NoMIRACL)
# three of the four above this are right, and one of the five below.
_ALONE_AN_ANSWER = 5.5
_ALONE = 0.5  # of what is known before writing from one source, or one sentence
_ACROSS_LANGUAGES = 1.0  # a model is less sure when it reads one language and is asked in another; this makes up for it
_COVERAGE_CLIP = 0.25
# Of a sentence in another language than its evidence, what the model says when it reads that part of the evidence alone
# (log-odds of Yes): below the first not supported, below the second not certain; from the third on it counts as copied.
# In Chinese words, as it is asked, it has an AUC of 0.90 on 167 such sentences of `bench/altered.py`, in English ones
# 0.85; the model's word over all evidence had 0.80, and the sum 0.69 (docs/figures.md).
_SAID, _SURELY_SAID, _PLAINLY_SAID = 0.6, 0.85, 1.2
# The same of one in its evidence's language that is no sentence of it, the part read with what stands before it. Of 281
# such statements (`bench/statements.py`) that word has an AUC of 0.88, the sum 0.79; of 34 right answers of XQuAD none
# lies below the second. What has hardly a word of the source must reach the third.
_SAID_WITHIN, _SURELY_SAID_WITHIN, _REWORDED = -0.5, 0.2, 0.6
PLAINLY = 0.5  # what that adds to the certainty

_QUOTES_FROM = 0.1  # without a model: the best passage's score; only what is far from every source is refused


@dataclass(frozen=True)
class Decision:
    """Whether to answer from the evidence; the certainty so far, where the model gives log-probabilities."""

    answer: bool
    certainty: float | None
    strictness: Strictness = "normal"  # by which what is written will be judged
    calibration: Calibration = PLAIN
    line: float | None = None  # that the certainty had to reach; without a model, the best score
    across: float = 0.0  # of the certainty, for a question in another language than the evidence

    @property
    def lines(self) -> Lines:
        """By which what is written will be judged."""
        return self.calibration.lines[self.strictness]


def decide(
    model: BaseChatModel | None,
    question: str,
    found: Found,
    strictness: Strictness = "normal",
    config: RunnableConfig | None = None,
) -> Decision:
    """Decide whether to answer; without evidence no model is asked."""
    if not found.evidence:
        return Decision(False, None)
    if model is None:
        return Decision(found.best_score >= _QUOTES_FROM, None, strictness, line=_QUOTES_FROM)
    reply = ask_yes_no(model, conversation(question, found.evidence, prompts.load("gate")), config)
    if reply.log_odds is None:
        return Decision(reply.yes, None, strictness)
    in_two = is_across(question, found)
    known = calibration_of(model)
    across = _ACROSS_LANGUAGES if in_two else 0.0
    certainty = reply.log_odds + across
    line = known.may_answer_across if in_two else known.may_answer
    return Decision(certainty >= line, certainty, strictness, known, line, across)


def is_across(question: str, found: Found) -> bool:
    """Return whether a question is of another language than its evidence: than the best of it, or than most of it.

    Of XQuAD's questions (100 a cell, one index of both languages) so are 1 and 2 within a language, 89 and 90 across.
    """
    others = [in_two_languages(question, one.text) for one in sorted(found.evidence, key=lambda one: -one.score)]
    return others[0] or 2 * sum(others) > len(others)


def answers_alone(decision: Decision) -> bool:
    """Return whether a source or a sentence, read alone, holds the answer, as far as is known before writing."""
    return decision.answer and (decision.certainty is None or decision.certainty >= _ALONE)


def may_answer_alone(decision: Decision) -> bool:
    """Return whether one source may answer what all together did not; told of the model that was trained to tell."""
    return decision.calibration.may_quote is not None and decision.certainty is not None


def may_quote(decision: Decision) -> bool:
    """Return whether a sentence of the evidence may stand in the place of a written answer of which nothing stands."""
    least = decision.calibration.may_quote
    return least is not None and decision.certainty is not None and decision.certainty >= least


def is_doubted(decision: Decision) -> bool:
    """Return whether an answer was so doubtful before it was written that nothing is tried where it does not stand."""
    return may_answer_alone(decision) and not may_quote(decision)


def answers(decision: Decision, certain: float | None, for_all: bool = False) -> bool:
    """Return whether a sentence of the evidence is so certainly the answer that it may stand as one.

    `for_all`: whether what one source says alone may stand where all together did not.
    """
    beyond = _ALONE_AN_ANSWER if for_all else _AN_ANSWER
    return certain is not None and certain >= decision.lines.certain + beyond


def calibration_of(model: BaseChatModel) -> Calibration:
    """Return what a model's Yes is worth: that of one which was trained for it, or of any other."""
    return TRAINED if isinstance(model, EmbeddedChatModel) and model.adapter else PLAIN


def certainty(decision: Decision, judged: YesNo, copied: bool, covered: float | None) -> float | None:
    """Return how certain it is that a sentence holds, from all signals; None without log-probabilities.

    `copied`: it stands in one sentence of the evidence in nearly the same words. `covered`: the share of what the
    question names that the passages behind it hold; None where nothing can be told.
    """
    if decision.certainty is None or judged.log_odds is None:
        return None
    beyond_half = 0.0 if covered is None else max(-_COVERAGE_CLIP, min(_COVERAGE_CLIP, covered - 0.5))
    known = decision.calibration
    return decision.certainty + judged.log_odds + known.coverage * beyond_half + (known.copied if copied else 0.0)


def is_plainly_said(said: float) -> bool:
    """Return whether what the model said of the cited part alone makes a sentence as good as copied."""
    return said >= _PLAINLY_SAID


def is_said_otherwise(said: float) -> bool:
    """Return whether by the same the cited part says a sentence of which it has hardly a word."""
    return said >= _REWORDED


def is_doubted_figure(decision: Decision, judged: YesNo) -> bool:
    """Return whether the model doubts a bare figure itself, however sure it is that the sources hold some answer."""
    least = decision.calibration.figure
    return least is not None and judged.log_odds is not None and judged.log_odds < least


def holds(
    decision: Decision, certain: float, copied: bool, said: float | None = None, within_language: bool = False
) -> bool | None:
    """Return whether a sentence holds; None when that is not certain. For what is copied, possible is enough.

    `said`: log-odds that the cited part alone says it; None where that was not asked. `within_language`: whether that
    part is in the sentence's language.
    """
    lines = decision.lines
    if certain < lines.possible:
        return False
    least, surely = (_SAID_WITHIN, _SURELY_SAID_WITHIN) if within_language else (_SAID, _SURELY_SAID)
    if said is not None and said < surely:
        is_refused = said < least and (decision.calibration.part_refuses or certain < lines.certain)
        return False if is_refused else None
    return True if copied or certain >= lines.certain else None
