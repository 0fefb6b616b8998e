"""May I answer? Whether the evidence holds the answer is decided here, before a word is written."""

from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

import prompts
from assistant.evidence import Found
from assistant.models import ask_yes_no
from assistant.write import conversation

# Calibrated by bench/gate.py on RGB-zh, NoMIRACL and XQuAD together (docs/figures.md has the curve).
_LOG_ODDS_AT_LEAST = 0.6
_SCORE_AT_LEAST = 0.25


@dataclass(frozen=True)
class Decision:
    """Whether the evidence may be answered from, and what spoke for it."""

    answer: bool
    log_odds: float | None  # of "the sources contain the answer", where a model was asked that gives them


def decide(model: BaseChatModel | None, question: str, found: Found) -> Decision:
    """Decide whether to answer; without evidence no model is asked."""
    if not found.evidence:
        return Decision(False, None)
    if model is None:
        return Decision(found.best_score >= _SCORE_AT_LEAST, None)
    verdict = ask_yes_no(model, conversation(question, found.evidence, prompts.load("gate")))
    if verdict.log_odds is None:
        return Decision(verdict.yes, None)
    return Decision(verdict.log_odds >= _LOG_ODDS_AT_LEAST, verdict.log_odds)
