"""The chat model that comes with Yiju: a GGUF file run in this process. The only module that imports xllamacpp."""

import json
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from assistant.errors import ModelError

Reply = dict[str, Any]  # an OpenAI-shaped chat completion, or one chunk of it


class EmbeddedChatModel(BaseChatModel):
    """A chat model from a GGUF file on this machine; loaded at the first call, one question at a time."""

    path: Path
    adapter: Path | None = None  # a LoRA in GGUF; one that names invocation tokens adapts only what follows them
    context_tokens: int = 4096
    max_tokens: int = 256
    temperature: float = 0.0
    stop: list[str] | None = None
    logprobs: bool = False
    top_logprobs: int | None = None

    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _server: Any = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "yiju-embedded"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.path.name, "temperature": self.temperature, "max_tokens": self.max_tokens}

    def load(self) -> None:
        """Read the model file into memory, if that has not been done; takes seconds."""
        with self._lock:
            if self._server is None:
                folder = tempfile.mkdtemp(prefix="yiju-")
                weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                self._server = _load(self.path, self.adapter, self.context_tokens, Path(folder))

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> Reply:
        settings = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "logprobs": self.logprobs,
            "top_logprobs": self.top_logprobs,
            "stop": stop or self.stop,
        } | options
        given = {name: value for name, value in settings.items() if value is not None}
        return {"messages": convert_to_openai_messages(messages), "cache_prompt": True} | given

    def _call(self, request: Reply, on_chunk: Callable[[Reply], bool] | None = None) -> Reply:
        self.load()
        try:
            reply = self._server.handle_chat_completions(request, *([on_chunk] if on_chunk else []))
        except RuntimeError as error:
            raise ModelError(f"The embedded model {self.path.name} failed: {error}") from error
        return _checked(reply, self.path.name) if reply else {}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._call(self._request(messages, stop, kwargs))
        choice, usage = reply["choices"][0], reply["usage"]
        message = AIMessage(
            content=choice["message"]["content"] or "",
            response_metadata={
                "model_name": self.path.name,
                "finish_reason": choice["finish_reason"],
                "logprobs": choice.get("logprobs"),
            },
            usage_metadata={
                "input_tokens": usage["prompt_tokens"],
                "output_tokens": usage["completion_tokens"],
                "total_tokens": usage["total_tokens"],
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs) | {"stream": True}
        # The library calls back from its own loop; a thread runs that, and a queue turns it into an iterator.
        queue: SimpleQueue[Reply | ModelError | None] = SimpleQueue()
        left = threading.Event()

        def on_chunk(chunk: Reply) -> bool:
            queue.put(chunk)
            return left.is_set()  # true stops the model

        def run() -> None:
            try:
                self._call(request, on_chunk)
                queue.put(None)
            except ModelError as error:
                queue.put(error)

        worker = threading.Thread(target=run, name="yiju-embedded", daemon=True)
        worker.start()
        try:
            while (chunk := queue.get()) is not None:
                if isinstance(chunk, ModelError):
                    raise chunk
                choices = _checked(chunk, "")["choices"]
                text = "".join(choice["delta"].get("content") or "" for choice in choices)
                message = AIMessageChunk(content=text)
                if ended := [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]:
                    message.response_metadata["finish_reason"] = ended[0]
                if known := [choice["logprobs"] for choice in choices if choice.get("logprobs")]:
                    message.response_metadata["logprobs"] = known[0]
                generation = ChatGenerationChunk(message=message)
                if run_manager:
                    run_manager.on_llm_new_token(text, chunk=generation)
                yield generation
        finally:
            left.set()


def _load(path: Path, adapter: Path | None, context_tokens: int, socket_folder: Path) -> Any:
    if not path.is_file():
        raise ModelError(f"There is no model file at {path}. Get it with: yiju models get")
    if adapter and not adapter.is_file():
        raise ModelError(f"There is no adapter at {adapter}. Install Yiju again, or leave the adapter out.")
    import xllamacpp  # late: a large compiled library

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    if adapter:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    # By default it keeps earlier prompts in up to 8 GB of memory. This much keeps what the gate read until the answer
    # is judged, though names are asked about in between: 0.4 s instead of 12 for a prompt of 800 tokens.
    parameters.cache_ram_mib = 128
    parameters.verbosity = -1
    parameters.offline = True
    # The engine also listens for HTTP. We call it directly, so where the system allows, that is a socket in a folder
    # that only this user can open, and none of its pages are served.
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.endpoint_props = False
    if os.name == "posix":
        parameters.hostnames = [str(socket_folder / "model.sock")]
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise ModelError(f"The model file {path} could not be loaded: {error}. Check it with: yiju models") from error


def _checked(reply: Reply, name: str) -> Reply:
    error = reply.get("error")
    if error:
        reason = error.get("message", json.dumps(error)) if isinstance(error, dict) else str(error)
        raise ModelError(f"The embedded model {name} refused the request: {reason}")
    return reply
