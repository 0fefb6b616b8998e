"""One chat model and one embedding model for every peer, on a loopback port, as OpenAI's API speaks."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CHAT, EMBEDDING = "qwen2.5-coder-1.5b", "e5-small"
_LONGEST_REPLY = 512  # tokens, where a peer sets no limit: a small model may talk to itself for ever
_CONTEXT = 16384  # tokens: ten chunks of kotaemon's, and haiku.rag's conversation with its tools

Body = dict[str, Any]


class Models:
    """Both models, loaded at the first call, and how much of the chat model was used."""

    def __init__(self, chat: Path, embedding: Path, threads: int | None = None) -> None:
        self._chat, self._embedding, self._threads = chat, embedding, threads
        self._lock = threading.Lock()
        self._engine: Any = None
        self._encoder: Any = None
        self.used = {"calls": 0, "read": 0, "written": 0}

    def complete(self, request: Body, on_chunk: Callable[[Body], bool] | None = None) -> Body:
        """Answer a chat request; one at a time, so that no peer waits for another's."""
        request = {"max_tokens": request.get("max_completion_tokens") or _LONGEST_REPLY, "temperature": 0} | request
        if on_chunk:
            request["stream_options"] = {"include_usage": True}

            def counted(chunk: Body) -> bool:
                self._count(chunk)
                return on_chunk(chunk)

        with self._lock:
            engine = self._engine or self._load()
            reply: Body = engine.handle_chat_completions(request, *([counted] if on_chunk else [])) or {}
        if not on_chunk:
            self._count(reply)
            reply = with_calls(reply, request)
        return reply

    def _count(self, reply: Body) -> None:
        if usage := reply.get("usage"):
            self.used["calls"] += 1
            self.used["read"] += usage["prompt_tokens"]
            self.used["written"] += usage["completion_tokens"]

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text as it is: whoever wants e5's "query: " and "passage: " writes them."""
        with self._lock:
            if self._encoder is None:
                from sentence_transformers import SentenceTransformer  # late: loads torch

                self._encoder = SentenceTransformer(str(self._embedding), device="cpu", local_files_only=True)
            rows: list[list[float]] = self._encoder.encode(texts, prompt="", normalize_embeddings=True).tolist()
        return rows

    def _load(self) -> Any:
        import xllamacpp  # late: a large compiled library

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._chat)
        parameters.n_ctx = _CONTEXT
        parameters.n_parallel = 1
        parameters.cache_ram_mib = 0
        parameters.verbosity = -1
        parameters.offline = True
        parameters.ui = False
        parameters.hostnames = ["127.0.0.1"]
        if self._threads:
            parameters.cpuparams.n_threads = self._threads
        self._engine = xllamacpp.Server(parameters)
        return self._engine


def with_calls(reply: Body, request: Body) -> Body:
    """Return a reply in which a call that the model wrote as bare JSON is a call.

    The model's template asks for calls between tags, and it leaves the tags away: without this, no peer that works
    with tools could work with it at all.
    """
    names = {tool["function"]["name"] for tool in request.get("tools") or ()}
    for choice in reply.get("choices", ()) if names else ():
        message = choice["message"]
        if message.get("tool_calls") or not (call := _call(message.get("content") or "", names)):
            continue
        name, arguments = call
        function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
        message["tool_calls"] = [{"id": f"call-{reply.get('id')}", "type": "function", "function": function}]
        message["content"] = None
        choice["finish_reason"] = "tool_calls"
    return reply


def _call(text: str, names: set[str]) -> tuple[str, Body] | None:
    for start in (place for place, letter in enumerate(text) if letter == "{"):
        whole = text[start:].replace("{{", "{", 1) if text.startswith("{{", start) else text[start:]
        try:
            found, _ = json.JSONDecoder().raw_decode(whole)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("name") in names and isinstance(found.get("arguments"), dict):
            return found["name"], found["arguments"]
    return None


class _Handler(BaseHTTPRequestHandler):
    models: Models
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/used":
            self._send(self.models.used)
        else:
            self._send({"object": "list", "data": [{"id": name, "object": "model"} for name in (CHAT, EMBEDDING)]})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            if self.path == "/v1/embeddings":
                self._send(_embeddings(self.models, request))
            elif request.get("stream"):
                self._stream(request)
            else:
                reply = self.models.complete(request)
                self._send(reply, 400 if "error" in reply else 200)
        except RuntimeError as error:  # the engine's
            self._send({"error": {"message": str(error), "type": "server_error"}}, 500)

    def _stream(self, request: Body) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

        def on_chunk(chunk: Body) -> bool:
            try:
                self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
                self.wfile.flush()
            except OSError:
                return True  # the reader left
            return False

        self.models.complete(request, on_chunk)
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, body: Mapping[str, Any], status: int = 200) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _embeddings(models: Models, request: Body) -> Body:
    texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
    rows: list[Any] = models.embed(texts)
    if request.get("encoding_format") == "base64":
        import base64

        import numpy as np

        rows = [base64.b64encode(np.asarray(one, "<f4").tobytes()).decode() for one in rows]
    data = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(rows)]
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return {"object": "list", "model": EMBEDDING, "data": data, "usage": usage}


@contextmanager
def serving(models: Models) -> Iterator[str]:
    """Serve the models on a free loopback port while the block runs; its address is what is yielded."""
    handler = type("Handler", (_Handler,), {"models": models})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="models", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
