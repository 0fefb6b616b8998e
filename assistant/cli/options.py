"""The options that several verbs share, and what a shell completes them with."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import typer

from assistant.settings import LOG_LEVELS, STRICTNESS, Strictness

_T = TypeVar("_T", bound=str)

# Named here, since the modules that make them load much; a test compares them.
MODELS = ("embedded", "embedded-small", "none", "openai:", "anthropic:", "ollama:")
MODEL_FILES = ("e5-small", "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b")
LANGUAGES = ("zh", "en", "ja", "ko", "fr", "de", "es", "ru", "it", "pt")


def beginning_with(values: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what a shell asks for the values that begin with what was typed."""

    def completed(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return completed


def _strictness(value: str | None) -> Strictness | None:
    return None if value is None else _one_of(STRICTNESS, value)


def one_of_levels(value: str | None) -> str | None:
    """Return a level of the log; raise BadParameter for another word."""
    return None if value is None else _one_of(LOG_LEVELS, value)


def _codes(values: list[str] | None) -> list[str] | None:
    """Return codes of languages; raise BadParameter for what is none, as a name is."""
    for value in values or ():
        if not re.fullmatch("[a-z]{2,3}", value):
            raise typer.BadParameter(f"{value!r} is no code of a language, as these are: {', '.join(LANGUAGES)}.")
    return values


def _one_of(values: Sequence[_T], value: str) -> _T:
    for one in values:
        if one == value:
            return one
    raise typer.BadParameter(f"{value!r} is none of: {', '.join(values)}.")


IndexOption = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="DIR",
        help="Folder of the index, or milvus://HOST:19530/NAME; by default in the user's data.",
    ),
]
EmbeddingOption = Annotated[
    str | None,
    typer.Option(
        "--embedding",
        metavar="NAME",
        help="Embedding model that a new index is made with.",
        autocompletion=beginning_with(["e5-small"]),
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="embedded, embedded-small, none, or openai:…, ollama:…, anthropic:…",
        autocompletion=beginning_with(MODELS),
    ),
]
StrictnessOption = Annotated[
    str | None,
    typer.Option(
        "--strictness",
        metavar="HOW",
        help="How certain an answer must be: strict, normal, lenient.",
        callback=_strictness,
        autocompletion=beginning_with(STRICTNESS),
    ),
]
OtherEmbeddingOption = Annotated[
    str | None,
    typer.Option(
        "--embedding",
        metavar="NAME",
        help="With --repair: go over to this embedding model.",
        autocompletion=beginning_with(["e5-small"]),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, as `yiju schema` describes it.")]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help="Only passages in this language: zh, en, …",
        callback=_codes,
        autocompletion=beginning_with(LANGUAGES),
    ),
]
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="Only this source; the beginning of its id will do.")
]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="Only sources of this type: text/html.")
]
HeadingOption = Annotated[
    str | None, typer.Option("--heading", metavar="WORDS", help="Only under a heading that holds these words.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only what was published then or later: 2021-08.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Only what was published then or before.")
]
HostOption = Annotated[str | None, typer.Option("--host", help="Address to serve on, by default 127.0.0.1.")]
BasePathOption = Annotated[
    str | None, typer.Option("--base-path", metavar="PATH", help="Path that it stands under: /desk.")
]
ProxyOption = Annotated[
    bool | None, typer.Option("--proxy", help="Believe the X-Forwarded headers of a proxy on this machine.")
]
