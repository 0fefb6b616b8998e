"""For others and for other programs: `yiju chat|serve|password`."""

import os
import re
import secrets
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import opening
from assistant.cli.options import BasePathOption, HostOption, IndexOption, ModelOption, ProxyOption
from assistant.cli.sources import add_to
from assistant.errors import SettingsError
from assistant.sample import sample_folder
from assistant.settings import QUOTES_ONLY, Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from assistant import Assistant
    from assistant.accounts import Accounts
    from assistant.server.service import Service
    from assistant.server.tokens import Tokens
    from assistant.web.guard import Doors
    from assistant.web.room import Room

# Questions of one account or token, where others than the one at this machine may ask.
_A_MINUTE = 30
_AT_ONCE = 8

_CHAT = """Examples:

\b
  yiju chat --sample                    # the page over the documents that come along
  yiju chat                             # over your index
  yiju chat --sources ~/papers          # over a folder, with an index of its own
  yiju password ada >> accounts
  yiju chat --host 0.0.0.0 --auth accounts --base-path /desk --proxy"""
_SERVE = """Examples:

\b
  yiju serve                            # OpenAI(base_url="http://127.0.0.1:7861/v1")
  YIJU_TOKEN=… yiju serve --host 0.0.0.0
  yiju serve --mcp                      # MCP on standard input and output"""
_PASSWORD = """Examples:

\b
  yiju password ada >> accounts         # asks for the password
  yiju password program --token >> accounts"""


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command(epilog=_CHAT, short_help="Serve the web chat.")(chat)
    app.command(epilog=_SERVE, short_help="Serve other programs: HTTP like OpenAI's, MCP.")(serve)
    app.command(epilog=_PASSWORD, short_help="Make the line of an account for the web chat.")(password)


def chat(
    sources: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Ask over this folder: it gets an index of its own, brought up to date now. Without --index.",
        ),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Ask over the documents that come along. Without --sources, --index.")
    ] = False,
    model: ModelOption = None,
    index: IndexOption = None,
    host: HostOption = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="Port to serve on, by default 7860.")] = None,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Accounts that may come in, as `yiju password` prints them; by default $YIJU_AUTH."
        ),
    ] = None,
    base_path: BasePathOption = None,
    proxy: ProxyOption = None,
) -> None:
    """Serve the web chat on this machine, or, with accounts, to others.

    A folder given by --sources may hold a file `.questions`: its lines are offered as examples.
    """
    from assistant.choices import Choices
    from assistant.web.app import listen, serve
    from assistant.web.guard import Doors
    from assistant.web.room import Room

    if sample:
        if sources is not None:
            raise SettingsError("--sample is a folder of its own; leave away --sources or --sample.")
        sources = sample_folder()
    if sources is not None and index is not None:
        of = "--sample" if sample else "--sources"
        raise SettingsError(f"{of} makes an index of its own for its folder; leave away --index or {of}.")
    now = opening.settings(
        index=index, model=model, chat_host=host, chat_port=port, chat_auth=auth, chat_base_path=base_path,
        chat_proxy=proxy,
    )  # fmt: skip
    doors = Doors(_accounts(now), _base_path(now.chat.base_path), now.chat.proxy)
    if sources is not None:
        now = now.over(index=str(now.index_of_folder(sources)))
        sources = Path(os.path.expanduser(sources))
        if not sources.exists():
            raise SettingsError(f"There is no folder {sources}. Name the one that your sources are in.")
    examples = examples_of(sources) if sources else []
    listening = listen(now.chat.host, now.chat.port, doors)  # first, since what follows may take minutes
    waits = _is_missing(now.model)  # the page fetches it, and answers with quotes meanwhile
    with listening, opening.opened_assistant(now.over(model=QUOTES_ONLY) if waits else now) as assistant:
        if sources is not None:
            from assistant.terminal import summary

            typer.echo(summary(add_to(assistant.index, [sources], prune=True)), err=True)
        choices = Choices(assistant, now.model, now.models)
        if waits:
            choices.get(now.model)
        room = Room(assistant, examples, choices, _A_MINUTE if doors.accounts else None)
        interface = _interface(room, doors)
        serve(room, listening, doors, lambda address: typer.echo(f"Yiju is at {address}"), interface)


def serve(
    host: HostOption = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="Port to serve on, by default 7861.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Tokens that let programs in, one a line (or YIJU_TOKEN).")
    ] = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Speak MCP on standard input and output instead.")] = False,
    mcp_http: Annotated[bool, typer.Option("--mcp-http", help="Serve MCP at /mcp, too.")] = False,
    model: ModelOption = None,
    index: IndexOption = None,
    base_path: BasePathOption = None,
    proxy: ProxyOption = None,
) -> None:
    """Serve other programs: HTTP as the OpenAI client speaks it, or MCP.

    `OpenAI(base_url="http://127.0.0.1:7861/v1")`; /openapi.json describes all of it. SIGTERM or Ctrl-C end it once
    the answers under way are done.
    """
    from assistant.ending import ended_by_signal
    from assistant.server import app as server
    from assistant.server.entry import Doors

    if mcp or mcp_http:
        _require_mcp()
    now = opening.settings(
        index=index, model=model, serve_host=host, serve_port=port, serve_token_file=token_file,
        serve_base_path=base_path, serve_proxy=proxy,
    )  # fmt: skip
    # What is missing is fetched while all else is served; a question is told how far it is.
    opened = now.over(model=QUOTES_ONLY) if _is_missing(now.model) else now
    if mcp:
        from assistant.server.tools import over_stdio

        with ended_by_signal(), opening.opened_assistant(opened) as assistant:
            over_stdio(_service(assistant, now))
        return
    doors = Doors(_tokens(now), _base_path(now.serve.base_path), now.serve.proxy)
    with (
        server.listen(now.serve.host, now.serve.port, doors) as listening,
        opening.opened_assistant(opened) as assistant,
    ):
        service = _service(assistant, now, is_shared=doors.keys is not None)
        further = None
        if mcp_http:
            from assistant.server.tools import over_http

            further = over_http(service)
        server.serve(service, listening, doors, lambda address: typer.echo(f"Yiju serves {address}"), further)


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


def _service(assistant: "Assistant", now: Settings, is_shared: bool = False) -> "Service":
    from assistant.choices import Choices
    from assistant.intake import Intake
    from assistant.server.service import Service
    from assistant.turnstile import Most, Turnstile

    turnstile = Turnstile(Most(of_one=_AT_ONCE, a_minute=_A_MINUTE) if is_shared else Most())
    choices = Choices(assistant, now.model, now.models)
    if _is_missing(now.model):
        typer.echo(
            f"Getting the files of the model {now.model}; until they are here, a question to it is told so.", err=True
        )
        choices.get(now.model)
    return Service(assistant.index, choices, Intake(assistant.index), turnstile=turnstile)


def _interface(room: "Room", doors: "Doors") -> "Callable[[ASGIApp], ASGIApp]":
    """Return what puts the interface for programs beside the page: the same sources, models and accounts."""
    from assistant.server import app as server
    from assistant.server import entry
    from assistant.server.service import Service
    from assistant.turnstile import Turnstile

    # An account's questions are counted together, by page and by program; at this machine programs are not counted.
    turnstile = room.turnstile if doors.accounts else Turnstile()
    service = Service(room.assistant.index, room.choices, room.intake, turnstile=turnstile)
    interface = server.application(service, entry.Doors(doors.accounts, doors.base, doors.proxied))
    return lambda page: server.Beside(interface, page, doors.base)


def _require_mcp() -> None:
    if find_spec("mcp") is None:
        raise SettingsError('MCP needs a package that is not here. Get it with: pip install "yiju[mcp]"')


def _accounts(now: Settings) -> "Accounts | None":
    """Return the accounts, if any are given: of a flag's file, of the environment, of a setting's file."""
    from assistant.accounts import Accounts

    given, file = os.environ.get("YIJU_AUTH"), now.chat.auth
    if given is not None and now.origin("chat.auth") != "flag":
        return Accounts.parse(given, "YIJU_AUTH")
    if file is None:
        return None
    try:
        return Accounts.parse(Path(file).read_text(encoding="utf-8-sig"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The accounts in {file} cannot be read: {error}.") from error


def _tokens(now: Settings) -> "Tokens | None":
    """Return the tokens, if any are given: of a flag's file, of the environment, of a setting's file."""
    from assistant.server.tokens import Tokens

    file = Path(now.serve.token_file) if now.serve.token_file else None
    if now.origin("serve.token_file") == "flag":
        return Tokens.given(file)
    return Tokens.given(None) or (Tokens.given(file) if file else None)


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


def examples_of(folder: Path) -> list[str]:
    """Return the questions that a folder brings for its visitors: the lines of its file `.questions`, if it has one."""
    file = folder / ".questions"
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        return [line.strip() for line in lines if line.strip()]
    except OSError:
        return []
    except UnicodeDecodeError as error:
        raise SettingsError(f"The questions in {file} cannot be read: {error}. Save it as UTF-8.") from error
