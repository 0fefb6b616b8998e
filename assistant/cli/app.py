"""The application: its verbs by what they are for, and what holds for each of them."""

import errno
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.cli import asking, models, opening, serving, sources, upkeep
from assistant.cli.interruption import INTERRUPTED, say_interrupted
from assistant.cli.options import beginning_with, one_of_levels
from assistant.settings import LOG_LEVELS
from index.errors import YijuError

_SECTIONS = {
    "Sources": ("add", "sources", "remove"),
    "Questions": ("ask", "search", "eval"),
    "For others and other programs": ("chat", "serve", "password"),
    "Upkeep": ("check", "move", "models", "settings", "schema"),
}


class _Verbs(TyperGroup):
    """The verbs in the order of work, under what they are for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for names in _SECTIONS.values() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in _SECTIONS.items():
            with formatter.section(title):
                found = [(name, self.get_command(ctx, name)) for name in names]
                formatter.write_dl([(name, one.get_short_help_str(80)) for name, one in found if one])


app = typer.Typer(
    cls=_Verbs,
    help="Ask your own sources; every sentence of the answer shows its evidence.",
    epilog="""Examples:

\b
  yiju add ~/papers notes.md https://example.org/post
  yiju ask "阿里达摩院是哪一年成立的？"
  yiju chat

`yiju VERB --help` has more of them. Values come from flags, then the environment (YIJU_MODEL, …), then yiju.toml;
`yiju settings` shows all.""",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes take three times as long to come
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (sources, asking, serving, upkeep):
    _module.register(app)
app.add_typer(models.app, name="models")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # late: --help does without

        try:
            typer.echo(f"yiju {version('yiju')}")
        except PackageNotFoundError:  # run from its folder
            typer.echo("yiju, from its folder")
        raise typer.Exit


@app.callback()
def first(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings in TOML; by default yiju.toml here or of the user."),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="LEVEL",
            help="Tell on stderr what goes on: debug, info, warning, error.",
            callback=one_of_levels,
            autocompletion=beginning_with(LOG_LEVELS),
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Note what stands before the verb."""
    opening.begin(config, log)


def run() -> None:
    """Run the verb that the arguments name; an error of ours is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of another encoding shows what it can
    try:
        app(prog_name="yiju")
    except YijuError as error:
        logging.getLogger(__name__).debug("raised here", exc_info=True)
        typer.echo(f"yiju: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try once more at its end
        typer.echo("yiju: There is no room left to write to. Make some, and run it again.", err=True)
        sys.exit(1)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # which Typer makes of Ctrl-C, without a word
            say_interrupted()
        raise
