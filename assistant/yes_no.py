"""A yes or no from a chat model: by log-probabilities where it gives them, else at its word."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from assistant.embedded import EmbeddedChatModel
from assistant.errors import ModelError
from assistant.models import logprobs_of, others_of, reason_of, without_thoughts
from index import YijuError

_TOP_LOGPROBS = 20
_UNSEEN = -15.0  # log-probability of a word that is not among the top ones
_LEAST = 0.01  # probability of Yes or No together in a token: below, it begins something else
_YES, _NO = ("yes",), ("no",)
_YES_ZH, _NO_ZH = ("是", "是的", "对", "正确"), ("否", "不", "不是", "没有")
_MARKUP = " \t\r\n*_`\"'“”[](){}.,:;!。，：！"
_WORD = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)
_AFFIRMS = re.compile(r"(?:是(?!否|不是)|对|正确|能(?!否|不能)|可以|有(?!没有)|包含|提到|说明)")
_REFUSALS = (400, 404, 422)  # HTTP's codes for a request that a service does not take as it is

_ways_taken: dict[tuple[str, str], int] = {}  # by kind and name of model: the first of the ways below that it takes


@dataclass(frozen=True)
class YesNo:
    """A model's reply to a yes-or-no question; the log-odds of yes where the model gives log-probabilities."""

    yes: bool
    log_odds: float | None


def ask_yes_no(model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig | None = None) -> YesNo:
    """Ask a question that is answered by Yes or No, by log-probabilities where the model gives them.

    What a service does not take is left away, once and for all: some refuse log-probabilities for some of their
    models, and Ollama a limit of tokens. Raises ModelError when the model fails.
    """
    named = type(model).__qualname__, str(getattr(model, "model_name", "") or getattr(model, "model", ""))
    ways, refused = _ways(model), 0
    for number in range(_ways_taken.get(named, 0), len(ways)):
        is_last = number == len(ways) - 1
        try:
            reply = model.invoke(list(messages), config, **ways[number])
        except YijuError:
            raise
        except Exception as error:  # each maker's package has errors of its own, with no common base
            if is_last or not _is_refusal(error):
                raise ModelError(f"The chat model failed while it judged: {reason_of(error)}") from error
            refused = number + 1
            continue
        log_odds = _log_odds(reply, isinstance(model, EmbeddedChatModel))
        if log_odds is None and "max_tokens" in ways[number] and not _WORD.search(reply.text):
            continue  # it begins with something else, and was not let to go on
        if refused:
            _ways_taken[named] = refused
        return YesNo(_says_yes(reply.text) if log_odds is None else log_odds > 0, log_odds)
    raise AssertionError("the last way returns or raises")


def _ways(model: BaseChatModel) -> list[dict[str, Any]]:
    """Return the options of a request, the most telling ones first."""
    if "top_logprobs" not in type(model).model_fields:
        return [{}]
    told = {"logprobs": True, "top_logprobs": _TOP_LOGPROBS}
    return [told | {"max_tokens": 1}, told, {}]


def _is_refusal(error: Exception) -> bool:
    """Whether an error may be for what was asked along, and not for the model or the way to it."""
    return isinstance(error, (TypeError, ValueError)) or getattr(error, "status_code", None) in _REFUSALS


def _log_odds(reply: AIMessage, is_calibrated: bool) -> float | None:
    """Return log P(yes) - log P(no) where the reply says one of them; None where it tells no log-probabilities there.

    `is_calibrated`: always by the first token, by Yes and No alone.
    """
    for top in _after_thoughts(logprobs_of(reply)):
        for yes, no in ((_YES, _NO), (_YES_ZH, _NO_ZH)):
            best, other = _best(top, yes), _best(top, no)
            if is_calibrated or math.exp(best) + math.exp(other) >= _LEAST:
                return best - other
    return None


def _after_thoughts(tokens: Sequence[Mapping[str, Any]]) -> Iterator[list[tuple[str, float]]]:
    """Yield what each token might have been; none of what a model thought aloud before it answered."""
    ends = [number for number, one in enumerate(tokens) if "</think" in str(one.get("token", ""))]
    for one in tokens[ends[-1] + 1 if ends else 0 :]:
        if top := others_of(one):
            yield top


def _best(top: Iterable[tuple[str, float]], words: Sequence[str]) -> float:
    """Return the log-probability of the best spelling of these words."""
    return max((logprob for token, logprob in top if token.strip(_MARKUP).casefold() in words), default=_UNSEEN)


def _says_yes(text: str) -> bool:
    plain = without_thoughts(text).strip(_MARKUP)
    said: list[str] = [word.casefold() for word in _WORD.findall(plain)]
    if said:
        return (said[0] if plain.casefold().startswith(said[0]) else said[-1]) == "yes"
    return bool(_AFFIRMS.match(plain))
