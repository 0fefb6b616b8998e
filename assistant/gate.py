"""May I answer? Whether the evidence holds the answer is decided here, before a word is written and once more after.

Two signals, both the log-odds of Yes from one token of the model: *do the sources contain the answer?* before writing,
and *do the sources state this answer?* after it. Their sum is the certainty. `bench/gate.py` measures it: on 91
questions of RGB-zh, NoMIRACL and XQuAD, 46 of them with their answer in the sources, it separated these with an AUC of
0.87, the first signal alone with 0.80 and the second with 0.82. docs/figures.md has the curve of the thresholds.
"""

from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

import prompts
from assistant.evidence import Found
from assistant.models import YesNo, ask_yes_no
from assistant.write import conversation
from index.language import UNKNOWN, language_of

_MAY_ANSWER = 0.5  # of the first signal: below, nothing is written (kept 98 % of the answerable, saved a wasted answer)
_CERTAIN = 3.5  # of the sum: kept 87 % of the answerable, and 67 % of the others stayed below
_POSSIBLE = (
    2.5  # of the sum: between the two an answer is shown as not certain; below, it is not supported (91 %, 44 %)
)
_ACROSS_LANGUAGES = (
    1.0  # the model is less sure when it reads one language and is asked in another; this makes up for it
)

_QUOTES_FROM = 0.1  # without a model: the best passage's score; only what is far from every source is refused


@dataclass(frozen=True)
class Decision:
    """Whether to answer from the evidence; the certainty so far, where the model gives log-probabilities."""

    answer: bool
    certainty: float | None


def decide(model: BaseChatModel | None, question: str, found: Found) -> Decision:
    """Decide whether to answer; without evidence no model is asked."""
    if not found.evidence:
        return Decision(False, None)
    if model is None:
        return Decision(found.best_score >= _QUOTES_FROM, None)
    reply = ask_yes_no(model, conversation(question, found.evidence, prompts.load("gate")))
    if reply.log_odds is None:
        return Decision(reply.yes, None)
    languages = {language_of(question), language_of(" ".join(one.text for one in found.evidence))} - {UNKNOWN}
    certainty = reply.log_odds + (_ACROSS_LANGUAGES if len(languages) > 1 else 0.0)
    return Decision(certainty >= _MAY_ANSWER, certainty)


def holds(decision: Decision, judged: YesNo) -> bool | None:
    """Return whether what was written holds, from both signals; None when that is not certain."""
    if decision.certainty is None or judged.log_odds is None:
        return judged.yes
    certainty = decision.certainty + judged.log_odds
    return True if certainty >= _CERTAIN else None if certainty >= _POSSIBLE else False
