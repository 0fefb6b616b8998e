"""What a user can set from outside, and where each value came from: flag, environment, file, or default.

Nothing is read when this is imported. The command line reads `Settings.read()`; a Python program that wants the same
does so itself, and passes on what it wants of it:

    settings = Settings.read()
    yiju = Assistant.open(settings.index, settings.model, allow=settings.allow_hosts, strictness=settings.strictness)
"""

import hashlib
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from platformdirs import user_cache_path, user_config_path, user_data_path

from assistant.errors import SettingsError
from index.home import expanded

EMBEDDED = "embedded"
QUOTES_ONLY = "none"

Strictness = Literal["strict", "normal", "lenient"]
STRICTNESS: tuple[Strictness, ...] = get_args(Strictness)
"""How certain it must be that the evidence says it; assistant/gate.py has the figures."""

LogLevel = Literal["debug", "info", "warning", "error"]
LOG_LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)

FILE = "yiju.toml"
_NAMED = "YIJU_CONFIG"  # another file than the one found

Origin = Literal["flag", "environment", "file", "default"]
Value = str | int | bool | tuple[str, ...] | None


@dataclass(frozen=True)
class ChatSettings:
    """How `yiju chat` is served."""

    host: str = "127.0.0.1"
    port: int = 7860
    auth: str | None = None  # file of accounts
    base_path: str = ""
    proxy: bool = False


@dataclass(frozen=True)
class ServeSettings:
    """How `yiju serve` is served."""

    host: str = "127.0.0.1"
    port: int = 7861
    token_file: str | None = None
    base_path: str = ""
    proxy: bool = False


@dataclass(frozen=True)
class Told:
    """Where a value came from, and by which name: a flag, a variable, or a file."""

    origin: Origin
    by: str


@dataclass(frozen=True)
class Setting:
    """One value as it is shown: a secret only as "set" or "not set"."""

    name: str
    value: Value
    origin: Origin
    by: str  # the flag, the variable, or the file that said it; "" for a default
    about: str


@dataclass(frozen=True)
class Settings:
    """The values in force. Paths are absolute; those in a file are taken from where the file lies."""

    index: str  # folder, or an address that an index can be opened at
    cache: str  # folder of the model files
    model: str = EMBEDDED
    models: tuple[str, ...] = ()  # further ones that the page and the interface offer
    embedding: str = "e5-small"  # that a new index is made with
    strictness: Strictness = "normal"
    allow_hosts: tuple[str, ...] = ()  # of a private network, that web pages may be fetched from
    log: LogLevel = "warning"
    chat: ChatSettings = ChatSettings()
    serve: ServeSettings = ServeSettings()
    file: Path | None = None  # that was read
    told: Mapping[str, Told] = field(default_factory=dict)  # by name ("chat.port"); without it, a default

    @classmethod
    def read(cls, file: Path | None = None) -> "Settings":
        """Read the environment (YIJU_MODEL, YIJU_CHAT_PORT, …), then a file, then take the defaults.

        The file is the given one, else the one that YIJU_CONFIG names, else `yiju.toml` in the current folder, else
        the one in the user's configuration folder. Raises SettingsError for a file that is not there or not TOML, a
        key that is unknown and a value of a wrong type.
        """
        found = _file(file)
        values: dict[str, Value] = {}
        told: dict[str, Told] = {}
        for name, value in _of_file(found) if found else ():
            values[name], told[name] = value, Told("file", str(found))
        for key in _KEYS.values():
            if written := os.environ.get(key.variable):
                values[key.name], told[key.name] = key.of_text(written), Told("environment", key.variable)
        return cls(
            index=str(user_data_path("yiju") / "default.index"), cache=str(user_cache_path("yiju")), file=found
        )._with(values, told)

    def over(self, **flags: Value | Path) -> "Settings":
        """Return these settings under what flags say: `over(model="none", chat_port=8000)`; None says nothing."""
        names = {key.name.replace(".", "_"): key.name for key in _KEYS.values()}
        said = {
            names[flag]: str(value) if isinstance(value, Path) else value
            for flag, value in flags.items()
            if value is not None
        }
        told = {name: Told("flag", f"--{name.split('.')[-1].replace('_', '-')}") for name in said}
        return self._with({name: _KEYS[name].resolved(value, Path()) for name, value in said.items()}, told)

    def _with(self, values: Mapping[str, Value], told: Mapping[str, Told]) -> "Settings":
        plain: dict[str, Any] = {name: value for name, value in values.items() if "." not in name}
        for table in _TABLES:
            inner: dict[str, Any] = {
                name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{table}.")
            }
            plain[table] = replace(getattr(self, table), **inner)
        return replace(self, **plain, told=MappingProxyType(dict(self.told) | dict(told)))

    def origin(self, name: str) -> Origin:
        """Return where the value of that name ("chat.port") came from."""
        return self.told[name].origin if name in self.told else "default"

    def listed(self) -> list[Setting]:
        """Return every value with where it came from, and of each secret whether there is one."""
        rows = []
        for key in _KEYS.values():
            table, _, name = key.name.rpartition(".")
            value: Value = getattr(getattr(self, table) if table else self, name)
            told = self.told.get(key.name, Told("default", ""))
            rows.append(Setting(key.name, value, told.origin, told.by, key.about))
        for variable, about in _SECRETS.items():
            is_set = bool(os.environ.get(variable))
            origin: Origin = "environment" if is_set else "default"
            rows.append(Setting(variable, "set" if is_set else "not set", origin, variable if is_set else "", about))
        return rows

    def index_of_folder(self, folder: Path) -> Path:
        """Return where the index of a folder of sources lies when it is given no place of its own."""
        folder = expanded(folder, SettingsError).resolve()
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        return user_data_path("yiju") / "folders" / f"{folder.name}-{digest}.index"


_SECRETS = {
    "YIJU_AUTH": "accounts for `yiju chat`, as `yiju password` prints them",
    "YIJU_TOKEN": "token for `yiju serve`",
    "YIJU_MILVUS_TOKEN": "token, or name:password, for an index on a Milvus server",
}
_OF_MILVUS = ("TLS", "CA", "CERT", "KEY", "VECTORS", "PATIENCE")
_OTHERS = {_NAMED, *(f"YIJU_MILVUS_{name}" for name in _OF_MILVUS)}  # variables of ours that are no settings
_LOOKS_SECRET = ("token", "password", "secret", "api_key", "apikey", "key")

_Kind = Literal["text", "texts", "place", "path", "port", "switch", "choice"]
_EXPECTED = {
    "text": 'a text in quotes: "…"',
    "texts": 'a list of texts: ["…", "…"]',
    "place": 'a folder in quotes: "notes.index"',
    "path": 'a path in quotes: "…"',
    "port": "a whole number from 0 to 65535",
    "switch": "true or false",
}
_EXPECTED_OF_TEXT = _EXPECTED | {"text": "a text", "texts": "texts, with commas between them", "path": "a path"}


@dataclass(frozen=True)
class _Key:
    """A name that a file and the environment may say, and what may stand there."""

    name: str
    kind: _Kind
    about: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return f"YIJU_{self.name.replace('.', '_').upper()}"

    def of_file(self, value: object, file: Path) -> Value:
        """Return what a file says; raise SettingsError when it is none of what is expected."""
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = tuple(value)
        if not self._fits(value):
            raise SettingsError(f"{file}: {self.name} is {_shown(value)}; write {self._expected(_EXPECTED)}.")
        return self.resolved(value, file.parent)  # type: ignore[arg-type]

    def of_text(self, written: str) -> Value:
        """Return what a variable says; raise SettingsError when it is none of what is expected."""
        value: object = written
        if self.kind == "texts":
            value = tuple(one.strip() for one in written.split(",") if one.strip())
        elif self.kind == "port" and written.strip().isascii() and written.strip().isdigit():
            value = int(written)
        elif self.kind == "switch":
            value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(written.lower())
        if not self._fits(value):
            raise SettingsError(f"{self.variable} is {written!r}; give {self._expected(_EXPECTED_OF_TEXT)}.")
        return self.resolved(value, Path())  # type: ignore[arg-type]

    def resolved(self, value: Value, folder: Path) -> Value:
        """Return a path made absolute from a folder; an address and all else as it is."""
        is_path = self.kind in ("path", "place") and isinstance(value, str) and "://" not in value
        return str((folder / expanded(str(value), SettingsError)).absolute()) if is_path else value

    def _fits(self, value: object) -> bool:
        match self.kind:
            case "port":
                return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535
            case "switch":
                return isinstance(value, bool)
            case "texts":
                return isinstance(value, tuple)
            case "choice":
                return value in self.choices
        return isinstance(value, str) and bool(value or self.kind == "text")

    def _expected(self, of: Mapping[str, str]) -> str:
        return f"one of: {', '.join(self.choices)}" if self.choices else of[self.kind]


_KEYS = {
    key.name: key
    for key in (
        _Key("index", "place", "folder of the index, or milvus://HOST:19530/NAME"),
        _Key("cache", "path", "folder of the model files"),
        _Key("model", "text", "who writes: embedded, embedded-small, none, openai:…, ollama:…"),
        _Key("models", "texts", "further ones that the page offers"),
        _Key("embedding", "text", "embedding model of a new index"),
        _Key("strictness", "choice", "how certain an answer must be", STRICTNESS),
        _Key("allow_hosts", "texts", "hosts of a private network that pages may be fetched from"),
        _Key("log", "choice", "what is told on stderr", LOG_LEVELS),
        _Key("chat.host", "text", "address of the page"),
        _Key("chat.port", "port", "and its port"),
        _Key("chat.auth", "path", "file of accounts that may come in"),
        _Key("chat.base_path", "text", "path that the page stands under"),
        _Key("chat.proxy", "switch", "whether a proxy on this machine is believed"),
        _Key("serve.host", "text", "address of the interface for programs"),
        _Key("serve.port", "port", "and its port"),
        _Key("serve.token_file", "path", "file of tokens that let programs in"),
        _Key("serve.base_path", "text", "path that the interface stands under"),
        _Key("serve.proxy", "switch", "whether a proxy on this machine is believed"),
    )
}


_TABLES = ("chat", "serve")


def unknown_variables() -> list[str]:
    """Return a line for each variable YIJU_… of the environment that means nothing, with the nearest that does."""
    known = {key.variable for key in _KEYS.values()} | set(_SECRETS) | _OTHERS
    return [
        f"{name} means nothing to Yiju{_nearest(name, known)}"
        for name in sorted(os.environ)
        if name.startswith("YIJU_") and name not in known
    ]


def places_of_file() -> tuple[Path, Path]:
    """Return where `yiju.toml` is looked for, the first that is there being read."""
    return Path.cwd() / FILE, user_config_path("yiju") / FILE


def _file(given: Path | None) -> Path | None:
    named = str(given) if given else os.environ.get(_NAMED)
    if named:
        return expanded(named, SettingsError).absolute()
    return next((place for place in places_of_file() if place.is_file()), None)


def _of_file(file: Path) -> Iterator[tuple[str, Value]]:
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f'{file} is not TOML: {error}. A line is like: model = "none"') from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"The settings in {file} cannot be read: {reason}.") from error
    for name, value in written.items():
        if name in _TABLES:
            if not isinstance(value, dict):
                raise SettingsError(f"{file}: {name} is {_shown(value)}; it is a table: [{name}] and lines under it.")
            for inner, of in value.items():
                yield _said(file, f"{name}.{inner}", of)
        else:
            yield _said(file, name, value)


def _said(file: Path, name: str, value: object) -> tuple[str, Value]:
    if name not in _KEYS:
        if name.rpartition(".")[2].lower() in _LOOKS_SECRET:
            raise SettingsError(
                f"{file}: {name} is no setting: secrets do not stand in this file. Use YIJU_TOKEN, YIJU_AUTH, "
                "serve.token_file or chat.auth, and for a model the variable of its maker."
            )
        raise SettingsError(f"{file}: there is no setting {name!r}{_nearest(name, [*_KEYS, *_TABLES])}")
    return name, _KEYS[name].of_file(value, file)


def _nearest(name: str, known: Collection[str]) -> str:
    """Return "; did you mean …?" with what is written nearly so, as a whole or behind its dot."""
    last = {one.rpartition(".")[2]: one for one in known}
    near = get_close_matches(name, known, 1) or [
        last[one] for one in get_close_matches(name.rpartition(".")[2], last, 1)
    ]
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(known)}"


def _shown(value: object) -> str:
    """Return a value as a file would hold it, not all of a long one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    written = repr(list(value)) if isinstance(value, tuple) else repr(value)
    return written if len(written) <= 60 else f"{written[:60]}…"
