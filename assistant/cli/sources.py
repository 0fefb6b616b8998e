"""What is in the index: `yiju add|sources|remove`."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import opening
from assistant.cli.interruption import say_interrupted
from assistant.cli.options import EmbeddingOption, IndexOption, JsonOption
from assistant.errors import SettingsError

if TYPE_CHECKING:
    from index import Index, Outcome, Source
    from index.cluster import Cluster
    from index.progress import Progress

_ADD = """Examples:

\b
  yiju add ~/papers notes.md          # unchanged files cost nothing
  yiju add ~/papers --prune           # and what is no longer in the folder goes
  yiju add ~/papers --watch           # goes on with what changes, until Ctrl-C
  yiju add https://example.org/post   # one page of the public web
  yiju add ~/archive --ray head:6379  # read and embedded by a Ray cluster
  yiju add . --json | jq -r '.[] | select(.status == "failed").reason'"""
_SOURCES = """Examples:

\b
  yiju sources
  yiju sources --json | jq -r '.[].title'"""
_REMOVE = """Examples:

\b
  yiju remove ~/papers/drafts            # a folder, a file or an address
  yiju remove 3f9a1c                     # the beginning of an id"""


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command(epilog=_ADD)(add)
    app.command(epilog=_SOURCES)(sources)
    app.command(epilog=_REMOVE, short_help="Take a source, a file or a folder out of the index.")(remove)


def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, web addresses.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what is no longer in these folders from the index.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on adding what changes in these files and folders, until Ctrl-C.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="ADDRESS", help="Read and embed on this Ray cluster: HEAD:6379, auto, local."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --ray: how many; by default one for each of its processors."),
    ] = None,
    index: IndexOption = None,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add files, folders and web pages to the index.

    What cannot be read is named with its reason, and the exit code is 1. The next time only what is new, changed or
    moved is read. Files named in a `.gitignore` or `.yijuignore` of their folder are left out.
    """
    if (watch and ray) or (workers and not ray):
        raise SettingsError("--workers goes with --ray, and --watch without: it would hold the workers for nothing.")
    paths = [os.path.expanduser(path) for path in paths]  # what no shell has expanded
    with opening.opened_index(opening.settings(index=index), embedding) as opened:
        if watch:
            _follow(opened, paths, prune, as_json)
            return
        outcomes = add_to(opened, paths, prune, _cluster(ray, workers))
    if as_json:
        opening.print_json([_row(outcome) for outcome in outcomes])
    else:
        from assistant.terminal import summary

        typer.echo(summary(outcomes))
    if not outcomes:
        raise SettingsError(f"There is no file in {', '.join(paths)}. Name a file or a folder with files.")
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def _follow(index: "Index", paths: Sequence[str], prune: bool, as_json: bool) -> None:
    """Add what changes; a line of JSON for each outcome, or a summary for each time."""
    from assistant.terminal import summary

    opening.get_embedder(index)
    with _told() as report:
        for outcomes in index.follow(*paths, prune=prune, progress=report):
            for outcome in outcomes if as_json else []:
                typer.echo(json.dumps(_row(outcome), ensure_ascii=False))
            if not as_json:
                typer.echo(summary(outcomes))


def _cluster(ray: str | None, workers: int | None) -> "Cluster | None":
    if ray is None:
        return None
    from index.cluster import Cluster

    return Cluster(ray, workers)


def add_to(
    index: "Index", paths: Sequence[str | Path], prune: bool, cluster: "Cluster | None" = None
) -> list["Outcome"]:
    """Add with a line for each file that was left out, and a running count on a terminal."""
    opening.get_embedder(index)
    with _told() as report:
        return index.add(*paths, prune=prune, progress=report, cluster=cluster)


@contextmanager
def _told() -> Iterator[Callable[["Progress"], None]]:
    """Show how far it is; when it is broken off, say what that means."""
    from assistant.terminal import files_bar

    done = files = 0
    try:
        with files_bar() as report:

            def told(progress: "Progress") -> None:
                nonlocal done, files
                done, files = progress.done, progress.files
                report(progress)

            yield told
    except KeyboardInterrupt:
        say_interrupted(f"{done} of {files} files are done and kept; the same command goes on with the rest")
        raise


def _row(outcome: "Outcome") -> dict[str, object]:
    from assistant.cli.records import AddedPath, plain

    row: dict[str, object] = plain(AddedPath.of(outcome))
    return row


def sources(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the sources of the index."""
    with opening.opened_index(opening.settings(index=index)) as opened:
        counts = opened.passage_counts()
        listed = opened.sources()
    from assistant.cli.records import ListedSource, plain

    rows = [ListedSource.of(source, counts.get(source.id, 0)) for source in listed]
    if as_json:
        opening.print_json(plain(rows))
        return
    from assistant.cli.views import Screen

    Screen.of_output().sources(rows)


def remove(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A source's id or the beginning of it, as `yiju sources` shows it; a file, folder or web address.",
        ),
    ],
    index: IndexOption = None,
) -> None:
    """Remove a source, or all that was read at a file, folder or web address, from the index."""
    from assistant.render import printable

    with opening.opened_index(opening.settings(index=index)) as opened:
        if not source:
            raise SettingsError("Name a source's id, or a file, folder or web address.")
        if removed := opened.remove_from(os.path.expanduser(source)):
            for outcome in removed:
                typer.echo(printable(f"removed {outcome.path}"))
            return
        only = source_by(opened, source)
        opened.remove(only.id)
        typer.echo(printable(f"removed {only.title}"))


def source_by(index: "Index", beginning: str) -> "Source":
    """Return the one source whose id begins so. Raises SettingsError for none or several."""
    matching = [one for one in index.sources() if one.id.startswith(beginning)]
    if len(matching) != 1:
        found = f"{len(matching)} sources begin with" if matching else "no source has"
        raise SettingsError(f"{found} the id {beginning!r}, and nothing was read there. `yiju sources` lists them.")
    return matching[0]
