"""Chat models by name, and the ways in which an answer asks one: for text, on from its beginning, for a yes or no."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.runnables import RunnableConfig

from assistant.embedded import EmbeddedChatModel
from assistant.errors import ModelError
from assistant.settings import EMBEDDED, QUOTES_ONLY
from index import YijuError, weights

EMBEDDED_MODELS = {EMBEDDED: "qwen2.5-coder-1.5b", "embedded-small": "qwen2.5-coder-0.5b"}
_JUDGES = {EMBEDDED: "judge-qwen2.5-coder-1.5b.gguf"}  # what `bench/judge` made for it

_TOP_LOGPROBS = 20
_NEAREST_LOGPROBS = 6  # of a token that is written
_UNSEEN = -15.0  # log-probability of a word that is not among the top ones


@dataclass(frozen=True)
class YesNo:
    """A model's reply to a yes-or-no question; the log-odds of yes where the model gives log-probabilities."""

    yes: bool
    log_odds: float | None


def chat_model(name: str) -> BaseChatModel | None:
    """Return the chat model of that name; None for "none", which answers with quotes alone.

    "embedded" and "embedded-small" come with Yiju, and are fetched when their file is not here; any other name
    ("openai:gpt-5", "ollama:qwen3") is LangChain's `init_chat_model`'s. Raises ModelError when the name is unknown or
    its package or key is missing, and WeightsError when the file cannot be had.
    """
    if name == QUOTES_ONLY:
        return None
    if name in EMBEDDED_MODELS:
        (path,) = weights.fetch(weights.MODELS[EMBEDDED_MODELS[name]]).values()
        adapter = Path(__file__).with_name(_JUDGES[name]) if name in _JUDGES else None
        return EmbeddedChatModel(path=path, adapter=adapter)
    from langchain.chat_models import init_chat_model  # late: loads a second

    try:
        return init_chat_model(name)
    except Exception as error:  # each maker's package has errors of its own, with no common base
        known = ", ".join([*EMBEDDED_MODELS, QUOTES_ONLY])
        reason = str(error).strip().split("\n")[0]
        raise ModelError(f"The chat model {name!r} cannot be used: {reason} Or choose one of: {known}.") from error


def stream(
    model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig | None = None
) -> Iterator[AIMessageChunk]:
    """Yield the model's reply as it is written; `config` is LangChain's: callbacks, tags, metadata.

    Of a model that `goes_on`, each piece tells what else it might have been: see `tokens_of`.
    """
    options: dict[str, Any] = {"logprobs": True, "top_logprobs": _NEAREST_LOGPROBS} if goes_on(model) else {}
    try:
        yield from model.stream(list(messages), config, **options)
    except YijuError:
        raise
    except Exception as error:  # see chat_model
        raise ModelError(f"The chat model failed while it wrote: {_reason(error)}") from error


def is_cut_off(chunk: AIMessageChunk) -> bool:
    """Whether a model says with this piece of a reply that it has stopped at its limit of length, not at an end."""
    told = (chunk.response_metadata.get(name) for name in ("finish_reason", "stop_reason", "stopReason", "done_reason"))
    return any(str(one).casefold() in ("length", "max_tokens") for one in told)


def goes_on(model: BaseChatModel) -> bool:
    """Return whether a model takes the beginning of its reply and writes the rest; few services let one do that."""
    return isinstance(model, EmbeddedChatModel)


def go_on(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    begun: str,
    most_tokens: int,
    config: RunnableConfig | None = None,
) -> str:
    """Return the reply of a model that `goes_on`, from the beginning that it is given."""
    return model.invoke([*messages, AIMessage(begun)], config, max_tokens=most_tokens).text


@dataclass(frozen=True)
class Token:
    """A token that a model wrote, and the others that it found likely there, with their probabilities."""

    text: str
    others: tuple[tuple[str, float], ...]


def tokens_of(chunk: AIMessageChunk) -> list[Token]:
    """Return the tokens of a piece of a reply; none where the model does not tell them."""
    told = (chunk.response_metadata.get("logprobs") or {}).get("content") or []
    return [
        Token(
            one["token"],
            tuple((o["token"], math.exp(o["logprob"])) for o in one["top_logprobs"] if o["token"] != one["token"]),
        )
        for one in told
    ]


def ask_yes_no(model: BaseChatModel, messages: Sequence[BaseMessage], config: RunnableConfig | None = None) -> YesNo:
    """Ask a question that is answered by Yes or No, by log-probabilities where the model gives them."""
    gives_logprobs = "top_logprobs" in type(model).model_fields
    options: dict[str, Any] = (
        {"max_tokens": 1, "logprobs": True, "top_logprobs": _TOP_LOGPROBS} if gives_logprobs else {}
    )
    try:
        reply = model.invoke(list(messages), config, **options)
    except YijuError:
        raise
    except Exception as error:  # see chat_model
        raise ModelError(f"The chat model failed while it judged: {_reason(error)}") from error
    tokens = ((reply.response_metadata.get("logprobs") or {}).get("content") or [None])[0]
    if tokens and tokens.get("top_logprobs"):
        log_odds = _log_odds({one["token"]: one["logprob"] for one in reversed(tokens["top_logprobs"])})
        return YesNo(log_odds > 0, log_odds)
    return YesNo(reply.text.strip().casefold().startswith(("yes", "是", "能", "有")), None)


def _log_odds(logprobs: dict[str, float]) -> float:
    """Return log P(yes) - log P(no), the best spelling of each."""
    best = {"yes": _UNSEEN, "no": _UNSEEN}
    for token, logprob in logprobs.items():
        word = token.strip().casefold()
        if word in best:
            best[word] = max(best[word], logprob)
    return best["yes"] - best["no"]


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
