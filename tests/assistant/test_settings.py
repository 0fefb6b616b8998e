"""Settings: what a flag says, then the environment, then yiju.toml, then the defaults; and where each came from."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import FILE, Settings, unknown_variables
from index import embedding


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, of a user who has set nothing."""
    for name in [name for name in os.environ if name.startswith("YIJU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder


def test_without_anything_the_defaults_hold(here: Path) -> None:
    settings = Settings.read()
    assert (settings.model, settings.strictness, settings.chat.port, settings.serve.port) == (
        "embedded", "normal", 7860, 7861,
    )  # fmt: skip
    assert settings.index.endswith("default.index") and settings.file is None
    assert {one.origin for one in settings.listed()} == {"default"}
    assert settings.embedding == embedding.DEFAULT


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / FILE).write_text('model = "none"\nstrictness = "strict"\n[chat]\nport = 8001\n[serve]\nport = 8002\n')
    monkeypatch.setenv("YIJU_STRICTNESS", "lenient")
    monkeypatch.setenv("YIJU_CHAT_PORT", "9000")
    settings = Settings.read().over(chat_port=9001, model=None)
    assert (settings.model, settings.strictness) == ("none", "lenient")
    assert (settings.chat.port, settings.serve.port) == (9001, 8002)
    by = {one.name: (one.origin, one.by) for one in settings.listed()}
    assert by["chat.port"] == ("flag", "--port")
    assert by["strictness"] == ("environment", "YIJU_STRICTNESS")
    assert by["serve.port"] == ("file", str(here / FILE)) and by["log"] == ("default", "")


def test_the_file_is_the_named_one_else_the_one_here_else_the_users(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_user = here.parent / "config" / "yiju"
    of_user.mkdir(parents=True)
    (of_user / FILE).write_text('model = "of the user"')
    assert Settings.read().model == "of the user"
    (here / FILE).write_text('model = "here"')
    assert Settings.read().model == "here"
    (here / "other.toml").write_text('model = "named"')
    assert Settings.read(Path("other.toml")).model == "named"
    monkeypatch.setenv("YIJU_CONFIG", "other.toml")
    assert Settings.read().model == "named"
    with pytest.raises(SettingsError, match="nowhere.toml cannot be read: No such file"):
        Settings.read(Path("nowhere.toml"))


def test_a_path_in_a_file_is_taken_from_where_the_file_lies(here: Path) -> None:
    (here / "team").mkdir()
    (here / "team" / FILE).write_text('index = "notes.index"\n[chat]\nauth = "~/accounts"\n')
    settings = Settings.read(Path("team") / FILE)
    assert settings.index == str(here / "team" / "notes.index")
    assert settings.chat.auth == str(Path.home() / "accounts")
    assert Settings.read().over(index="notes.index").index == str(here / "notes.index")
    assert Settings.read().over(index="store://host/notes").index == "store://host/notes"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("modle = 'none'", "there is no setting 'modle'; did you mean 'model'"),
        ("[chat]\nprot = 1", "there is no setting 'chat.prot'; did you mean 'chat.port'"),
        ("port = 1", "there is no setting 'port'; did you mean '(chat|serve).port'"),
        ("[chta]\nport = 1", "there is no setting 'chta'; did you mean 'chat"),
        ("zzz = 1", "there is no setting 'zzz'; there are: index, cache, model"),
        ("[chat]\nport = '8000'", "chat.port is '8000'; write a whole number from 0 to 65535"),
        ("[chat]\nport = 70000", "chat.port is 70000; write a whole number"),
        ("[chat]\nport = true", "chat.port is true; write a whole number"),
        ("[chat]\nproxy = 1", "chat.proxy is 1; write true or false"),
        ("chat = 8000", r"chat is 8000; it is a table: \[chat\]"),
        ("model = ['none']", r"model is \['none'\]; write a text in quotes"),
        ("models = 'none'", "models is 'none'; write a list of texts"),
        ("models = [1]", r"models is \[1\]; write a list of texts"),
        ("strictness = 'severe'", "strictness is 'severe'; write one of: strict, normal, lenient"),
        ("index = ''", "index is ''; write a folder in quotes"),
        ("model = none", r"is not TOML: Invalid value \(at line 1, column 9\)"),
        ("token = 'abc'", "token is no setting: secrets do not stand in this file. Use YIJU_TOKEN"),
        ("[serve]\ntoken = 'abc'", "serve.token is no setting: secrets do not stand"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_what_would_be_right(here: Path, written: str, message: str) -> None:
    (here / FILE).write_text(written)
    with pytest.raises(SettingsError, match=message) as raised:
        Settings.read()
    assert str(here / FILE) in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("YIJU_CHAT_PORT", "eight", "YIJU_CHAT_PORT is 'eight'; give a whole number"),
        ("YIJU_CHAT_PROXY", "maybe", "YIJU_CHAT_PROXY is 'maybe'; give true or false"),
        ("YIJU_STRICTNESS", "severe", "YIJU_STRICTNESS is 'severe'; give one of: strict, normal, lenient"),
    ],
)
def test_what_is_wrong_in_the_environment_is_named(
    here: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=message):
        Settings.read()


def test_the_environment_says_lists_by_commas_and_switches_by_words(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIJU_ALLOW_HOSTS", "wiki.example, 127.0.0.1,")
    monkeypatch.setenv("YIJU_SERVE_PROXY", "TRUE")
    monkeypatch.setenv("YIJU_MODEL", "")  # as good as not there
    settings = Settings.read()
    assert settings.allow_hosts == ("wiki.example", "127.0.0.1") and settings.serve.proxy
    assert settings.model == "embedded" and settings.origin("model") == "default"


def test_a_secret_is_only_said_to_be_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_TOKEN", "a-token-of-this-test")
    monkeypatch.setenv("YIJU_MILVUS_TOKEN", "a-token-of-this-test")
    listed = {one.name: one.value for one in Settings.read().listed()}
    assert (listed["YIJU_TOKEN"], listed["YIJU_AUTH"]) == ("set", "not set")
    assert listed["YIJU_MILVUS_TOKEN"] == "set"
    assert "a-token-of-this-test" not in repr(Settings.read().listed())


def test_a_mistyped_variable_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MODLE", "none")
    for name in ("TOKEN", "TLS", "CA", "CERT", "KEY", "VECTORS", "PATIENCE"):
        monkeypatch.setenv(f"YIJU_MILVUS_{name}", "1")
    assert unknown_variables() == ["YIJU_MODLE means nothing to Yiju; did you mean 'YIJU_MODEL'?"]


def test_a_byte_order_mark_does_not_spoil_a_file(here: Path) -> None:
    (here / FILE).write_bytes(b'\xef\xbb\xbfmodel = "none"')
    assert Settings.read().model == "none"
