"""Stand-ins that need no model file: an embedder that counts words, and a chat model that says what it is told."""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from index.snapshot import Vectors

DIMENSION = 256


class WordEmbedder:
    """Texts that share words (or neighbouring Chinese characters) are near each other; counts what it embeds."""

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.embedded = 0

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return np.stack([self._vector(text) for text in texts]).astype(np.float32)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts]).astype(np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(DIMENSION, 1e-3, np.float32)
        words = re.findall(r"[a-z0-9]+", text.casefold())
        for run in re.findall(r"[\u4e00-\u9fff]+", text):
            words += [run[i : i + 2] for i in range(len(run) - 1)]
        for word in words:
            vector[zlib.crc32(word.encode()) % DIMENSION] += 1
        return vector / np.linalg.norm(vector)


def yes_or_no(odds: float) -> ChatResult:
    """Return a reply that gives Yes these log-odds before No."""
    top = [{"token": "Yes", "logprob": odds}, {"token": "No", "logprob": 0.0}]
    message = AIMessage("?", response_metadata={"logprobs": {"content": [{"top_logprobs": top}]}})
    return ChatResult(generations=[ChatGeneration(message=message)])


class ScriptedModel(BaseChatModel):
    """Says `text` when asked to write, and what `yes_no` gives (by default Yes) when asked for Yes or No."""

    text: str = ""
    verdicts: list[str] = []
    asked: list[str] = []
    ended: dict[str, str] = {}  # what its last piece says of why it stopped

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = str(messages[-1].content)
        self.asked.append(prompt)
        if "Reply Yes or No" in prompt or "请回答 Yes 或 No" in prompt:
            return self.verdicts.pop(0) if self.verdicts else "Yes"
        return self.text

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._reply(messages)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in ["", *re.findall(r".{1,4}", self._reply(messages), re.DOTALL)]:
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=self.ended))
