"""A served interface over the tests' documents and a scripted model; run as a program, the same in a process.

python -m tests.server.serving FOLDER [--mcp]
"""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from assistant import Assistant
from assistant.choices import Choices
from assistant.ending import ended_by_signal
from assistant.intake import Intake
from assistant.server.app import Server, application, serve
from assistant.server.entry import Doors
from assistant.server.limits import Limits
from assistant.server.service import Service
from assistant.server.tools import over_http, over_stdio
from assistant.settings import Strictness
from assistant.turnstile import Most, Turnstile
from index import Index
from tests.conftest import DOCUMENTS
from tests.fakes import ScriptedModel, WordEmbedder

REPLIES = {  # by a word of the question
    "harbour": "The harbour of Osmund was opened in 1874. It was built by the king of Siam in 1902.",
    "arches": "The old bridge has seven arches.",
    "茶园": "去年的产量是12吨。",
    "everything": "The old bridge has seven arches. " * 200,
}


class TalkingModel(ScriptedModel):
    """Replies by a word of the question, a few letters at a time; counts the pieces, and how often it was stopped."""

    pause: float = 0.0  # seconds before each piece
    pieces: list[str] = []
    stops: list[str] = []

    def _reply(self, messages: list[BaseMessage]) -> str:
        asked = str(messages[-1].content)
        question = asked.partition("Question: ")[2]
        if "crash" in question:
            raise RuntimeError("no room at /home/somebody/model.gguf")
        if "Reply Yes or No" in asked:
            return "No" if "Atlantis" in question else "Yes"
        return next((reply for word, reply in REPLIES.items() if word in question), "I cannot tell.")

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        reply = self._reply(messages)
        try:
            for at in range(0, len(reply), 8):
                time.sleep(self.pause)
                self.pieces.append(reply[at : at + 8])
                yield ChatGenerationChunk(message=AIMessageChunk(content=reply[at : at + 8]))
        except GeneratorExit:
            self.stops.append(reply)
            raise


@dataclass
class Served:
    """An interface that is being served: its address, and what is behind it."""

    address: str
    service: Service
    model: TalkingModel


def made(
    folder: Path,
    pause: float = 0.0,
    limits: Limits | None = None,
    most: Most | None = None,
    strictness: Strictness = "normal",
) -> tuple[Service, TalkingModel]:
    """Make a service over the tests' documents."""
    documents = folder / "documents"
    documents.mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text, encoding="utf-8")
    index = Index.open(folder / "index", WordEmbedder())
    index.add(documents)
    model = TalkingModel(pause=pause, pieces=[], stops=[], asked=[])
    choices = Choices(Assistant(index, model, "scripted", strictness))
    return Service(index, choices, Intake(index), limits or Limits(), Turnstile(most)), model


@contextmanager
def serving(
    folder: Path,
    doors: Doors | None = None,
    limits: Limits | None = None,
    pause: float = 0.0,
    most: Most | None = None,
    strictness: Strictness = "normal",
) -> Iterator[Served]:
    """Serve the tests' documents from a thread, on a free port."""
    service, model = made(folder, pause, limits, most, strictness)
    with serving_of(service, doors) as address:
        yield Served(address, service, model)


@contextmanager
def serving_of(service: Service, doors: Doors | None = None) -> Iterator[str]:
    """Serve from a thread, on a free port; gives the address, and closes the index in the end."""
    app = application(service, doors, further=over_http(service))
    config = uvicorn.Config(app, http="h11", log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = Server(config, service.limits.head_seconds)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            service.index.close()


def eventually(holds: Any, seconds: float = 10.0) -> bool:
    """Wait until something holds; return whether it came to do so."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    if "--mcp" in sys.argv:
        with ended_by_signal():
            over_stdio(made(Path(sys.argv[1]))[0])
    else:
        slow, _ = made(Path(sys.argv[1]), pause=0.5)
        with socket.create_server(("127.0.0.1", 0)) as port:
            serve(slow, port, Doors(), on_ready=lambda address: print(address, flush=True))  # noqa: T201 - for its test
