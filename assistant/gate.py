"""May I answer? Whether the evidence holds the answer is decided here, before a word is written and once more after.

Two signals, both the log-odds of Yes from one token of the model: *do the sources contain the answer?* before writing,
and *do the sources state this answer?* after it. Their sum is the certainty: on 96 questions of RGB-zh, NoMIRACL and
XQuAD it tells those with an answer from those without at an AUC of 0.86, the first signal alone at 0.84, the second at
0.82. docs/figures.md has the curve.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

import prompts
from assistant.evidence import Found
from assistant.models import YesNo, ask_yes_no
from assistant.settings import Strictness
from assistant.write import conversation
from index.language import in_two_languages

# Of 48 answerable questions and 48 others (`bench/gate.py FOLDER -n 12`): what each line lets through.
_MAY_ANSWER = 0.5  # of the first signal: below, nothing is written, which saves a wasted answer


@dataclass(frozen=True)
class Lines:
    """Two lines of the sum: a sentence below `possible` is not supported, below `certain` shown as not certain."""

    possible: float
    certain: float
    kept: float  # of the answerable questions, the share that passes the first
    held_back: float  # of the others, the share that does not


LINES: Mapping[Strictness, Lines] = {
    "lenient": Lines(2.5, 3.0, kept=0.90, held_back=0.35),
    "normal": Lines(3.0, 3.75, kept=0.85, held_back=0.54),  # at the second line 0.77 and 0.85
    "strict": Lines(3.75, 4.5, kept=0.77, held_back=0.85),  # at the second line 0.48 and 0.96
}
_ACROSS_LANGUAGES = (
    1.0  # the model is less sure when it reads one language and is asked in another; this makes up for it
)
_COVERAGE = 4.0  # of what the question names beyond a half; clipped, so that it moves the sum by one at most
_COVERAGE_CLIP = 0.25
_COPIED = 0.5  # an answer in the source's own words: changed no AUC, and keeps a plain quotation from hanging on noise

_QUOTES_FROM = 0.1  # without a model: the best passage's score; only what is far from every source is refused


@dataclass(frozen=True)
class Decision:
    """Whether to answer from the evidence; the certainty so far, where the model gives log-probabilities."""

    answer: bool
    certainty: float | None
    strictness: Strictness = "normal"  # by which what is written will be judged


def decide(model: BaseChatModel | None, question: str, found: Found, strictness: Strictness = "normal") -> Decision:
    """Decide whether to answer; without evidence no model is asked."""
    if not found.evidence:
        return Decision(False, None)
    if model is None:
        return Decision(found.best_score >= _QUOTES_FROM, None)
    reply = ask_yes_no(model, conversation(question, found.evidence, prompts.load("gate")))
    if reply.log_odds is None:
        return Decision(reply.yes, None, strictness)
    across = in_two_languages(question, " ".join(one.text for one in found.evidence))
    certainty = reply.log_odds + (_ACROSS_LANGUAGES if across else 0.0)
    return Decision(certainty >= _MAY_ANSWER, certainty, strictness)


def holds(decision: Decision, judged: YesNo, copied: bool, covered: float | None = None) -> bool | None:
    """Return whether what was written holds, from both signals; None when that is not certain.

    `copied`: it stands in one sentence of the evidence in nearly the same words; then to be possible is enough.
    `covered`: the share of what the question names that the passages behind it hold; None where nothing can be told.
    """
    if decision.certainty is None or judged.log_odds is None:
        return judged.yes
    certainty = decision.certainty + judged.log_odds + (_COPIED if copied else 0.0)
    if covered is not None:
        certainty += _COVERAGE * max(-_COVERAGE_CLIP, min(_COVERAGE_CLIP, covered - 0.5))
    lines = LINES[decision.strictness]
    if certainty < lines.possible:
        return False
    return True if copied or certainty >= lines.certain else None
