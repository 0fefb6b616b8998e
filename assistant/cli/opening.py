"""What a verb works with: the settings in force, an index, an assistant over it, with their model files here."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.errors import ModelError, SettingsError
from assistant.settings import QUOTES_ONLY, Settings, Value

if TYPE_CHECKING:
    from assistant import Assistant
    from index import Index
    from index.weights import Model


@dataclass(frozen=True)
class _Before:
    """What stood on the command line before the verb."""

    config: Path | None = None
    log: str | None = None


_BEFORE: ContextVar[_Before] = ContextVar("before", default=_Before())  # noqa: B039 - frozen


class _ToStderr(logging.Handler):
    """Writes each record as a line on what is standard error then."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


_TO_STDERR = _ToStderr()
_TO_STDERR.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))


def begin(config: Path | None, log: str | None) -> None:
    """Keep what stood before the verb, until the settings are read."""
    _BEFORE.set(_Before(config, log))


def settings(**flags: Value | Path) -> Settings:
    """Return the settings under these flags, and let what they say of this process hold: the log, the cache."""
    before = _BEFORE.get()
    found = Settings.read(before.config).over(log=before.log, **flags)
    if found.origin("cache") == "file":
        os.environ["YIJU_CACHE"] = found.cache  # where `index` reads it from
    for name in ("assistant", "index"):
        logger = logging.getLogger(name)
        logger.setLevel(found.log.upper())
        if _TO_STDERR not in logger.handlers:
            logger.addHandler(_TO_STDERR)
    return found


@contextmanager
def opened_index(now: Settings, embedding: str | None = None) -> Iterator["Index"]:
    """Open the index of the settings; `embedding` is what a flag says, and must then be the index's own."""
    from index import Index

    with Index.open(now.index, embedding or embedding_of_new(now), now.allow_hosts) as opened:
        yield opened


def embedding_of_new(now: Settings) -> str | None:
    """Return the embedding model that the settings name, where the index is still to be made."""
    from index.folder import STORE
    from index.index import is_server

    is_new = not is_server(now.index) and not (Path(now.index) / STORE).exists()
    return now.embedding if now.origin("embedding") != "default" and is_new else None


@contextmanager
def opened_assistant(now: Settings) -> Iterator["Assistant"]:
    """Open an assistant by the settings, once its model files are here."""
    from assistant import Assistant

    get_model(now.model)
    with Assistant.open(now.index, now.model, embedding_of_new(now), now.allow_hosts, now.strictness) as opened:
        yield opened


@contextmanager
def asking_assistant(now: Settings) -> Iterator["Assistant"]:
    """Open an assistant for a question; over an index that holds nothing no model is needed, and none is fetched."""
    from assistant import Assistant
    from assistant.models import EMBEDDED_MODELS, chat_model

    with opened_index(now) as index:
        if not len(index):
            say(f"There is nothing in {now.index} yet. Add files, folders or web addresses: yiju add PATH")
            model = None if now.model in EMBEDDED_MODELS else chat_model(now.model)
            yield Assistant(index, model, now.model, now.strictness)
            return
        get_embedder(index)
    with opened_assistant(now) as opened:
        yield opened


def get_model(name: str) -> None:
    """Get the files of a chat model that comes with Yiju; raise ModelError, with what can be done, when they cannot."""
    from assistant.models import EMBEDDED_MODELS
    from index import YijuError, weights

    if name not in EMBEDDED_MODELS:
        return
    try:
        get_files(weights.MODELS[EMBEDDED_MODELS[name]])
    except YijuError as error:
        raise ModelError(
            f"The model {name!r} is not here and cannot be had. {error} Or take quotes alone: --model {QUOTES_ONLY}"
        ) from error


def get_embedder(index: "Index") -> None:
    """Get the files of an index's embedding model, if that is one of ours."""
    from index import weights

    if index.embedder.name in weights.MODELS:
        get_files(weights.MODELS[index.embedder.name])


def get_files(model: "Model") -> None:
    """Get a model's files, with a line that says so and a progress bar on stderr."""
    from index import weights

    if weights.local(model) is not None:
        return
    from assistant.terminal import fetching_bars

    say(f"The files of {model.title} are not here yet ({model.size / 1e6:,.0f} MB); getting them, once.")
    with fetching_bars() as report:
        weights.fetch(model, report)


def say(line: str) -> None:
    """Say something on stderr that is no result."""
    typer.echo(f"yiju: {line}", err=True)


def text_of(argument: str, what: str) -> str:
    """Return a question as it was given, or what stands on standard input for "-".

    Raises SettingsError for what is no text.
    """
    if argument != "-":
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise SettingsError(f"The {what} is not text in UTF-8. Write it anew, or pipe it: yiju … -") from error
        return argument
    if sys.stdin.isatty():
        say(f"Type the {what}, then Ctrl-D.")
    try:
        return sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise SettingsError(f"The {what} on standard input is not text in UTF-8. Convert it: iconv -t utf-8") from error


_MOST_BYTES = 1_000_000  # of standard input; far beyond what a question may have


def print_json(value: object) -> None:
    """Print JSON, in ASCII where the output cannot take all else."""
    in_full = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    typer.echo(json.dumps(value, ensure_ascii=not in_full, indent=2))
