"""Sources, passages, and fair search over them: a folder that is an index."""

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.embedding import Embedder, SentenceEmbedder
    from index.errors import YijuError
    from index.index import Index
    from index.passages import Passage
    from index.progress import Outcome
    from index.search import Hit
    from index.sources import Source

__all__ = ["Embedder", "Hit", "Index", "Outcome", "Passage", "SentenceEmbedder", "Source", "YijuError"]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who runs a program decides what it tells

_HOMES = {
    "Embedder": "embedding",
    "Hit": "search",
    "Index": "index",
    "Outcome": "progress",
    "Passage": "passages",
    "SentenceEmbedder": "embedding",
    "Source": "sources",
    "YijuError": "errors",
}


def __getattr__(name: str) -> object:
    # Late, so that what needs one small part (the command line's --help) does not load numpy and all the rest.
    if name in _HOMES:
        return getattr(import_module(f"index.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'index' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)  # for who looks around in a notebook
