"""Chat models by name, and the ways in which an answer asks one for text: as it is written, on from its beginning."""

import math
from collections.abc import Iterator, Mapping, Sequence
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

_NEAREST_LOGPROBS = 6  # of a token that is written
_THOUGHTS, _OVER = "<think>", "</think>"


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
    """Yield the model's reply as it is written, without what it thinks aloud before it; `config` is LangChain's.

    Of a model that `goes_on`, each piece tells what else it might have been: see `tokens_of`.
    """
    options: dict[str, Any] = {"logprobs": True, "top_logprobs": _NEAREST_LOGPROBS} if goes_on(model) else {}
    aloud = _Aloud()
    try:
        for chunk in model.stream(list(messages), config, **options):
            reply = aloud.reply(chunk.text)
            yield chunk if reply == chunk.text else chunk.model_copy(update={"content": reply})
        yield AIMessageChunk(content=aloud.rest())
    except YijuError:
        raise
    except Exception as error:  # see chat_model
        raise ModelError(f"The chat model failed while it wrote: {reason_of(error)}") from error


def is_cut_off(chunk: AIMessageChunk) -> bool:
    """Whether a model says with this piece of a reply that it has stopped at its limit of length, not at an end."""
    told = [chunk.response_metadata.get(name) for name in ("finish_reason", "stop_reason", "stopReason", "done_reason")]
    incomplete = chunk.response_metadata.get("incomplete_details")  # as OpenAI's Responses say it
    told += [incomplete.get("reason")] if isinstance(incomplete, dict) else []
    return any(str(one).casefold() in ("length", "max_tokens", "max_output_tokens") for one in told)


def without_thoughts(text: str) -> str:
    """Return a reply without what a model thought aloud before it; nothing of one that never came to its answer."""
    head, _, rest = text.partition(_OVER)
    if rest or text.rstrip().endswith(_OVER):
        return rest
    return "" if head.lstrip().startswith(_THOUGHTS) else text


class _Aloud:
    """Tells what a model thinks aloud, at the beginning of its reply, from the reply, a piece at a time."""

    def __init__(self) -> None:
        self._kept: str | None = ""  # what has come, until it is known not to be thought; then None

    def reply(self, piece: str) -> str:
        if self._kept is None:
            return piece
        self._kept += piece
        begun = self._kept.lstrip()
        if begun.startswith(_THOUGHTS):
            if _OVER not in begun:
                return ""
            begun = begun.partition(_OVER)[2]
        elif _THOUGHTS.startswith(begun):
            return ""
        self._kept = None
        return begun

    def rest(self) -> str:
        """Return what was kept back and is no thought: a reply that is "<"."""
        return "" if self._kept is None or self._kept.lstrip().startswith(_THOUGHTS) else self._kept


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
    """Return the tokens of a piece of a reply; none where the model does not tell what else they might have been."""
    return [
        Token(one["token"], tuple((text, math.exp(logprob)) for text, logprob in others if text != one["token"]))
        for one in logprobs_of(chunk)
        if "token" in one and (others := others_of(one))
    ]


def logprobs_of(message: AIMessage) -> list[dict[str, Any]]:
    """Return the tokens of a reply with their log-probabilities, as OpenAI and Ollama tell them; else none."""
    told = message.response_metadata.get("logprobs")
    told = told.get("content") if isinstance(told, dict) else told
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def others_of(token: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return what a token of a reply might have been, itself among them, each with its log-probability."""
    told = token.get("top_logprobs")
    known = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [(str(one["token"]), float(one["logprob"])) for one in known if {"token", "logprob"} <= one.keys()]


def reason_of(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).strip().split("\n")[0] or type(error).__name__
