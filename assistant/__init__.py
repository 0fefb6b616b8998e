"""Ask your own sources: answers whose every sentence shows its evidence."""

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer, Citation, Event, EvidenceFound, SentenceVerified, TextWritten
    from assistant.assistant import Assistant
    from assistant.verify import Sentence

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Event",
    "EvidenceFound",
    "Sentence",
    "SentenceVerified",
    "TextWritten",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who runs a program decides what it tells

_HOMES = {"Assistant": "assistant", "Sentence": "verify"}  # the others: answer


def __getattr__(name: str) -> object:
    # Late, so that the command line's --help does not load LangChain.
    if name in __all__:
        return getattr(import_module(f"assistant.{_HOMES.get(name, 'answer')}"), name)
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)  # for who looks around in a notebook
