"""What the command line prints: JSON as its schema says, plain lines in a pipe, a layout on a terminal."""

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from assistant.cli.app import app
from assistant.cli.records import OUTPUTS
from assistant.cli.upkeep import PRINTING
from assistant.terminal import files_bar, passages_bar, waiting
from tests.conftest import DOCUMENTS

ROOT = Path(__file__).parent.parent.parent
QUESTION = "When was the harbour of Osmund opened?"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three documents, made by the command line with the real embedding model."""
    place = tmp_path_factory.mktemp("outputs")
    (place / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (place / "documents" / name).write_text(text, encoding="utf-8")
    made = CliRunner().invoke(app, ["add", str(place / "documents"), "--index", str(place / "i")])
    assert made.stdout == "3 added (4 new passages)\n", made.stderr
    return place


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a verb over that index, without a model to write."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("YIJU_INDEX", str(folder / "i"))
    monkeypatch.setenv("YIJU_MODEL", "none")

    def running(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=stdin)

    yield running


@pytest.fixture(scope="module")
def record(folder: Path) -> str:
    """The record of an answer, as it is printed; asked once, since each time the embedding model is loaded anew."""
    asked = ["ask", QUESTION, "--model", "none", "--index", str(folder / "i"), "--json"]
    return CliRunner().invoke(app, asked).stdout


def strictly(schema: Any) -> Any:
    """Return a schema that allows no field which it does not name."""
    if isinstance(schema, list):
        return [strictly(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema else {}
    return {name: strictly(one) for name, one in schema.items()} | closed


@pytest.mark.model
@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "documents"],
        ["sources"],
        ["search", "harbour"],
        ["ask", "Who won the chess match?", "--language", "ja"],
        ["eval", "questions.jsonl"],
        ["check"],
        ["models"],
        ["settings"],
    ],
    ids=" ".join,
)
def test_what_json_prints_is_as_its_schema_says(run: Run, folder: Path, arguments: list[str]) -> None:
    asked = [{"question": QUESTION, "answers": ["1874"]}, {"question": "Who won the chess match?", "answerable": False}]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, asked)))
    printed = run(*arguments, "--json")
    assert printed.exit_code == 0, printed.stderr
    require_described(printed.stdout, json.loads(run("schema", arguments[0]).stdout))


@pytest.mark.model
def test_an_answer_is_as_its_schema_says(run: Run, record: str) -> None:
    require_described(record, json.loads(run("schema", "ask").stdout))


def require_described(printed: str, schema: Any) -> None:
    """Require that a schema names every field of what was printed, and asks for those that it should."""
    jsonschema.Draft202012Validator.check_schema(schema)
    record = json.loads(printed)
    jsonschema.validate(record, strictly(schema))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{}] if isinstance(record, list) else {}, schema)


def test_every_schema_can_be_had_at_once(run: Run) -> None:
    assert set(json.loads(run("schema").stdout)) == set(OUTPUTS) == set(PRINTING)
    assert "prints no JSON. These do: add, sources" in str(run("schema", "chat").exception)


@pytest.mark.model
def test_in_a_pipe_an_answer_is_plain_lines_and_verbose_shows_its_whole_way_beside(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    said = run("ask", QUESTION, "--verbose")
    assert "\x1b" not in said.output and "gate" not in said.stdout
    assert "The harbour of Osmund was opened in 1874. It handles 3.2 million" in said.stdout
    assert "[1] The harbour report (Mei Lin, 2023-04-02)\n" in said.stdout
    assert re.search(r"\n1 source, 1 independent origin; \d+\.\d s\n$", said.stdout)
    way = said.stderr
    assert re.search(r"^ +1 +1 +1 +0\.\d+  \[1\]  The harbour report \d+–\d+$", way, re.MULTILINE)
    assert re.search(r"^gate +answer: best score 0\.\d\d; line 0\.10; normal$", way, re.MULTILINE)
    assert re.search(r"^sentence 1 +supported, as it stands there \[1\] The harbour of Osmund", way, re.MULTILINE)
    assert re.search(r"^times +evidence \d+\.\d+ s, gate \d", way, re.MULTILINE)


@pytest.mark.model
def test_a_question_may_come_on_standard_input_and_is_told_in_its_language(run: Run) -> None:
    said = run("ask", "-", stdin="\ufeff青山茶园去年的产量是多少？\n".encode()).stdout
    assert "12吨" in said and re.search(r"\n1 个来源，1 个独立出处；\d+\.\d 秒\n$", said)
    assert "is not text in UTF-8" in str(run("ask", "-", stdin=b"\xff\xfe?").exception)
    assert "The question is empty" in str(run("ask", "-", stdin=b"\n").exception)


@pytest.mark.model
def test_a_record_can_be_asked_on_from(run: Run, folder: Path, record: str) -> None:
    (folder / "before.json").write_text(record, encoding="utf-8")
    asked_on = json.loads(run("ask", "And the old bridge?", "--after", "before.json", "--json").stdout)
    assert asked_on["question"] == "And the old bridge?"
    assert asked_on["standalone"] == "When was the old bridge opened?"
    (folder / "other.json").write_text("[]")
    assert "other.json holds no answer" in str(run("ask", "And?", "--after", "other.json").exception)
    assert "nowhere.json cannot be read" in str(run("ask", "And?", "--after", "nowhere.json").exception)


@pytest.mark.model
def test_a_question_is_narrowed_like_a_search(run: Run) -> None:
    (tea,) = [one for one in json.loads(run("sources", "--json").stdout) if one["language"] == "zh"]
    narrowed = json.loads(run("ask", QUESTION, "--source", tea["id"][:6], "--json").stdout)
    assert {hit["source_id"] for hit in narrowed["trace"]["hits"]} == {tea["id"]}
    assert "no source has the id 'zzz'" in str(run("ask", QUESTION, "--source", "zzz").exception)


@pytest.mark.model
def test_an_index_with_nothing_in_it_says_what_to_do(run: Run, folder: Path) -> None:
    said = run("ask", QUESTION, "--index", "empty", "--model", "embedded")
    assert said.exit_code == 0 and said.stdout == "There are no sources to answer from.\n"
    assert f"There is nothing in {folder / 'empty'} yet. Add files" in said.stderr


@pytest.mark.model
def test_without_its_files_a_model_is_named_and_no_quotes_pass_for_its_answer(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    from index import weights

    cache = folder / "cache" / "models"
    cache.mkdir(parents=True)
    (cache / "e5-small").symlink_to(weights.model_dir(weights.MODELS["e5-small"]))
    monkeypatch.setenv("YIJU_CACHE", str(folder / "cache"))
    said = run("ask", QUESTION, "--model", "embedded")
    assert said.exit_code == 1 and said.stdout == ""
    assert "are not here yet (1,117 MB); getting them, once." in said.stderr
    assert "The model 'embedded' is not here and cannot be had" in str(said.exception)
    assert str(said.exception).endswith("Or take quotes alone: --model none")


@pytest.mark.model
def test_settings_are_shown_with_where_they_came_from(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "team.toml").write_text("[chat]\nport = 8001\n")
    monkeypatch.setenv("YIJU_TOKEN", "a-token-of-this-test")
    shown = run("--config", "team.toml", "settings", "--strictness", "strict")
    assert re.search(r"^chat\.port +8001 +file$", shown.stdout, re.MULTILINE)
    assert re.search(r"^strictness +strict +--strictness$", shown.stdout, re.MULTILINE)
    assert re.search(r"^model +none +YIJU_MODEL$", shown.stdout, re.MULTILINE)
    assert re.search(r"^YIJU_TOKEN +set +YIJU_TOKEN$", shown.stdout, re.MULTILINE)
    assert "a-token-of-this-test" not in shown.output
    assert shown.stdout.endswith(f"file: {folder / 'team.toml'}\n")


# On a terminal


def on_a_terminal(width: int, *arguments: str, **environment: str) -> str:
    """Run `yiju` on a terminal so wide, its standard error elsewhere; return what it wrote."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant.cli", *arguments],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"COLUMNS": str(width), "TERM": "xterm-256color"} | environment,
            cwd=ROOT,
        )
        try:
            os.close(theirs)
            return _read(ours, process)
        finally:
            process.kill()
            process.wait()
    finally:
        os.close(ours)


def _read(terminal: int, process: "subprocess.Popen[bytes]") -> str:
    written, until = b"", time.monotonic() + 240
    while time.monotonic() < until:
        has_ended = process.poll() is not None  # asked first: what it wrote before is there then
        if not select.select([terminal], [], [], 0.2)[0]:
            if has_ended:
                break
            continue
        try:
            if not (read := os.read(terminal, 65536)):
                break
        except OSError:  # the other end is closed
            break
        written += read
    return written.decode().replace("\r\n", "\n")


@pytest.mark.model
def test_on_a_terminal_lines_fit_its_width_and_numbers_stand_out(folder: Path) -> None:
    said = on_a_terminal(44, "ask", QUESTION, "--model", "none", "--index", str(folder / "i"))
    assert "\x1b[1;36m[1] \x1b[0m\x1b[1mThe harbour report" in said
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert plain.startswith("The harbour of Osmund was opened in 1874. It\nhandles 3.2 million tonnes")
    assert all(cell_len(line) <= 44 for line in plain.splitlines() if "/" not in line)


def test_on_a_terminal_no_color_means_no_codes() -> None:
    assert "\x1b[" in on_a_terminal(80, "settings", NO_COLOR="")
    assert "\x1b[" not in on_a_terminal(80, "settings", NO_COLOR="1")


class Terminal(io.StringIO):
    """Takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_color", ["", "1"])
def test_on_a_terminal_no_color_means_that_no_line_moves(monkeypatch: pytest.MonkeyPatch, no_color: str) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    showing: list[AbstractContextManager[object]] = [waiting("searching…"), passages_bar(), files_bar()]
    for shown in showing:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        with shown:
            time.sleep(0.05)
        assert ("\x1b[" in terminal.getvalue()) == (not no_color)
