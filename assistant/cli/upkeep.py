"""The index and the command line themselves: `yiju check|move|settings|schema`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import opening
from assistant.cli.options import (
    IndexOption,
    JsonOption,
    ModelOption,
    OtherEmbeddingOption,
    StrictnessOption,
    beginning_with,
)
from assistant.errors import SettingsError

if TYPE_CHECKING:
    from assistant.cli.records import CheckedIndex

# The verbs that print JSON; named here, since their records load much. A test compares them.
PRINTING = ("add", "sources", "search", "ask", "eval", "check", "move", "models", "settings")

_CHECK = """Examples:

\b
  yiju check
  yiju check --repair
  yiju check --repair --embedding NAME   # go over to another embedding model"""
_MOVE = """Examples:

\b
  yiju move notes.index milvus://db.example:19530/notes
  yiju move milvus://db.example:19530/notes copy.index"""
_SETTINGS = """Examples:

\b
  yiju settings
  yiju --config team.toml settings --json

A yiju.toml, in the current folder or in the user's configuration folder, is like:

\b
  index = "notes.index"
  model = "none"
  [chat]
  port = 8000

Secrets do not stand in it: YIJU_TOKEN, YIJU_AUTH and the variables of a model's maker hold them."""
_SCHEMA = """Examples:

\b
  yiju schema ask > ask.schema.json
  yiju schema"""


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command(epilog=_CHECK, short_help="Check and repair the index.")(check)
    app.command(epilog=_MOVE, short_help="Copy the index to a Milvus server, or back.")(move)
    app.command(epilog=_SETTINGS, short_help="Show every setting and where it came from.")(settings)
    app.command(epilog=_SCHEMA, short_help="Print the JSON Schema of what --json prints.")(schema)


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Make right what is wrong.")] = False,
    embedding: OtherEmbeddingOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that the index holds what it should; the exit code is 1 when something is wrong.

    `--repair --embedding NAME` embeds every passage again with another model; when it is broken off, it goes on.
    """
    if embedding and not repair:
        raise SettingsError("--embedding goes with --repair: it changes the index. Give both.")
    from index import Index
    from index.folder import STORE
    from index.index import is_server

    folder = opening.settings(index=index).index
    if not is_server(folder) and not (Path(folder) / STORE).exists():
        raise SettingsError(f"There is no index in {folder}. Name the folder of one with --index.")
    if embedding:
        _embed_again(folder, embedding)
    from assistant.cli.records import CheckedIndex, plain
    from assistant.terminal import waiting

    with Index.open(folder) as opened:
        with waiting("checking…"):
            problems = opened.repair() if repair else opened.check()
            checked = CheckedIndex(tuple(problems), opened.stats())
    if as_json:
        opening.print_json(plain(checked))
    else:
        _tell(checked)
    if problems:
        advice = "a damaged database wants a copy from your backup" if repair else "make it right: yiju check --repair"
        opening.say(f"{folder}: {advice}")
        raise typer.Exit(1)


def move(
    origin: Annotated[str, typer.Argument(help="An index: a folder, or milvus://HOST:19530/NAME.")],
    target: Annotated[str, typer.Argument(help="Where its copy goes: a new folder, or milvus://HOST:19530/NAME.")],
    as_json: JsonOption = False,
) -> None:
    """Copy an index from a folder to a Milvus server or back, embedding nothing, and compare the two.

    What was broken off goes on when it is called again; the index that is copied stays what it is.
    """
    opening.settings()
    from assistant.cli.records import plain
    from assistant.terminal import moving_bar
    from index import Index

    with moving_bar() as report:
        moved = Index.move(origin, target, report)
    if as_json:
        opening.print_json(plain(moved))
        return
    typer.echo(
        f"{moved.sources} sources, {moved.passages} passages ({moved.sent} sources sent now); every record is the same "
        f"({moved.checksum[:16]}), and so are {moved.equal} of {moved.hits} hits of {moved.searches} searches"
    )


def _tell(checked: "CheckedIndex") -> None:
    for problem in checked.problems:
        typer.echo(f"{problem.where}: {problem.detail}")
    stats = checked.stats
    languages = ", ".join(f"{name} {count}" for name, count in stats.languages.items())
    typer.echo(
        f"{len(checked.problems) or 'no'} problems; {stats.sources} sources, {stats.passages} passages "
        f"({languages or 'none'}), embedded with {stats.embedding}, {stats.bytes / 1e6:.1f} MB"
    )


def _embed_again(folder: str, embedding: str) -> None:
    """Embed every passage with another model, with a progress bar on stderr."""
    from assistant.terminal import passages_bar
    from index import Index, weights

    if embedding in weights.MODELS:
        opening.get_files(weights.MODELS[embedding])
    with passages_bar() as report:
        Index.embed_again(folder, embedding, report)


def settings(
    index: IndexOption = None,
    model: ModelOption = None,
    strictness: StrictnessOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every setting, its value, and where it came from: a flag, the environment, a file, or the default."""
    from assistant.cli.records import SettingsInForce, plain
    from assistant.cli.views import Screen
    from assistant.settings import unknown_variables

    now = opening.settings(index=index, model=model, strictness=strictness)
    shown = SettingsInForce(str(now.file) if now.file else None, tuple(now.listed()))
    if as_json:
        opening.print_json(plain(shown))
    else:
        Screen.of_output().settings(shown)
    for line in unknown_variables():
        opening.say(line)


def schema(
    verb: Annotated[
        str | None,
        typer.Argument(metavar="VERB", help="One verb; without it, all.", autocompletion=beginning_with(PRINTING)),
    ] = None,
) -> None:
    """Print the JSON Schema of what a verb prints with `--json`, or of all, by verb."""
    from assistant.cli.records import OUTPUTS, schema_of

    if verb is not None and verb not in OUTPUTS:
        raise SettingsError(f"{verb!r} prints no JSON. These do: {', '.join(OUTPUTS)}.")
    opening.print_json(schema_of(verb) if verb else {name: schema_of(name) for name in OUTPUTS})
