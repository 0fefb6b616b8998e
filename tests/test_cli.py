"""The command line as a person runs it: another process, its output and its exit code."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import IO

import pytest

from assistant.cli import app
from assistant.cli.serving import examples_of
from index import Index, weights
from tests.fakes import WordEmbedder

ROOT = Path(__file__).parent.parent


def yiju(
    *arguments: str | Path, home: Path, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `yiju` with an own cache and data folder, and no way to any mirror."""
    nowhere = {
        "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_DATA_HOME": str(home / "data"),
        "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "",
    }  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YIJU_", "PIP_", "OPENAI_"))}
    return subprocess.run(
        [sys.executable, "-m", "assistant.cli", *map(str, arguments)],
        env=clean | nowhere | environment,
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )


def here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `yiju` in this process, where what the models need is loaded once for all."""
    command = ["yiju", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            app.run()
    return subprocess.CompletedProcess(command, int(ended.value.code or 0), out.getvalue(), err.getvalue())


def test_help_names_every_verb(tmp_path: Path) -> None:
    run = yiju("--help", home=tmp_path)
    assert run.returncode == 0
    assert all(
        verb in run.stdout
        for verb in ("add", "sources", "remove", "search", "ask", "eval", "chat", "serve", "check", "models")
    )


def test_wrong_usage_exits_with_2(tmp_path: Path) -> None:
    assert yiju("ask", home=tmp_path).returncode == 2
    said = yiju("search", "tea", "--language", "Chinese", home=tmp_path)
    assert said.returncode == 2 and "'Chinese' is no code of a language, as these are: zh, en" in said.stderr


def test_where_no_room_is_left_to_write_to_it_says_so_in_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = yiju("schema", home=tmp_path, stdout=full)
    assert (run.returncode, run.stderr.count("\n")) == (1, 1) and "There is no room left" in run.stderr


def test_accounts_of_the_environment_that_are_none_are_named(tmp_path: Path) -> None:
    for written, wrong in (("", "There is no account in YIJU_AUTH."), ("ada", "Line 1 of YIJU_AUTH is not NAME:")):
        assert wrong in yiju("chat", "--model", "none", home=tmp_path, YIJU_AUTH=written).stderr


def test_models_are_listed_with_how_to_get_them(tmp_path: Path) -> None:
    run = yiju("models", home=tmp_path)
    assert run.returncode == 0 and "yiju models get e5-small" in run.stdout
    listed = json.loads(yiju("models", "--json", home=tmp_path).stdout)
    assert {one["name"] for one in listed} == {"e5-small", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"}


def test_no_model_file_and_no_network_is_one_clear_sentence(tmp_path: Path, documents: Path) -> None:
    run = yiju("add", documents, "--index", tmp_path / "i", home=tmp_path)
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert "e5-small" in run.stderr and "yiju models get e5-small" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["models", "get", "nothing"], "no model 'nothing'. Choose one of: "),
        (["remove", "abc", "--index", "{home}/i"], "no source has the id 'abc'"),
        (["sources", "--index", "{home}"], "holds other files and no index"),
        (["ask", "Why?", "--model", "foo:bar", "--index", "{home}/i"], "'foo:bar' cannot be used"),
        (["search", "", "--index", "{home}/i"], "The question is empty"),
        (["sources", "--index", "~no-such-person/i"], "there is no home folder '~no-such-person' here"),
        (["chat", "--sources", "{home}/nowhere"], "There is no folder {home}/nowhere"),
        (["ask", "字" * 30_000, "--model", "none", "--index", "{home}/i"], "30,000 characters"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_clear_line_and_exit_code_1(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "other.txt").write_text("not an index")
    *arguments, message = (one.replace("{home}", str(tmp_path)) for one in (*arguments, message))
    run = yiju(*arguments, home=tmp_path)
    assert run.returncode == 1, run.stdout
    assert run.stderr.startswith("yiju: ") and message in run.stderr and "Traceback" not in run.stderr


def test_asking_an_empty_index_is_a_refusal(tmp_path: Path) -> None:
    run = yiju("ask", "Why?", "--model", "none", "--index", tmp_path / "i", "--json", home=tmp_path)
    assert run.returncode == 0 and json.loads(run.stdout)["status"] == "refused"


def test_what_is_removed_is_named_without_what_steers_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b]0;b\x07.txt"
    file.write_text("The mill is old. " * 30)
    for by_id in (False, True):
        with Index.open(tmp_path / "i", WordEmbedder("e5-small")) as index:
            (added,) = index.add(file)
        run = here("remove", str(added.source_id) if by_id else file, "--index", tmp_path / "i")
        assert run.returncode == 0 and run.stdout.startswith("removed ") and run.stdout[:-1].isprintable()


def test_questions_in_another_encoding_are_named(tmp_path: Path) -> None:
    (tmp_path / ".questions").write_bytes("谁领导它？".encode("gb18030"))
    run = yiju("chat", "--sources", tmp_path, "--model", "none", "--port", "0", home=tmp_path)
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert f"{tmp_path / '.questions'} cannot be read" in run.stderr and "Save it as UTF-8." in run.stderr


def test_a_blank_line_is_no_example(tmp_path: Path) -> None:
    (tmp_path / ".questions").write_text("Who leads it?\n\n  谁领导它？ \n")
    assert examples_of(tmp_path) == ["Who leads it?", "谁领导它？"]


def test_what_brings_its_own_index_is_named_beside_another(tmp_path: Path) -> None:
    for given in (["--sample"], ["--sources", tmp_path]):
        run = yiju("chat", *given, "--index", tmp_path / "i", home=tmp_path)
        said = f"{given[0]} makes an index of its own for its folder; leave away --index or {given[0]}."
        assert run.returncode == 1 and said in " ".join(run.stderr.split())


def test_a_folder_without_an_index_is_not_checked_but_named(tmp_path: Path) -> None:
    run = yiju("check", "--index", tmp_path / "mistyped", home=tmp_path)
    assert run.returncode == 1 and "There is no index in" in run.stderr and not (tmp_path / "mistyped").exists()
    assert "--embedding goes with --repair" in yiju("check", "--embedding", "e5-small", home=tmp_path).stderr


@pytest.mark.model
def test_a_search_is_narrowed_and_the_index_checked_and_repaired(tmp_path: Path, documents: Path) -> None:
    folder = tmp_path / "i"

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return here(*arguments, "--index", folder)

    assert run("add", documents).returncode == 0
    hits = json.loads(run("search", "harbour", "--language", "zh", "--json").stdout)
    assert {hit["passage"]["language"] for hit in hits} == {"zh"}
    assert json.loads(run("search", "harbour", "--since", "2024", "--json").stdout) == []
    assert "write a date as" in run("search", "harbour", "--since", "soon").stderr
    assert "no problems; 3 sources" in run("check").stdout
    with closing(sqlite3.connect(folder / "yiju.sqlite")) as connection, connection:
        connection.execute("UPDATE languages SET count = 77")
    broken = run("check")
    assert broken.returncode == 1 and "sums: the sum of the language" in broken.stdout
    assert "yiju check --repair" in broken.stderr
    assert run("check", "--repair").returncode == 0
    assert json.loads(run("check", "--json").stdout)["problems"] == []


@pytest.mark.model
def test_an_index_is_measured_on_ones_own_questions(tmp_path: Path, documents: Path) -> None:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return here(*arguments, "--index", tmp_path / "i")

    assert run("add", documents).returncode == 0
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "When was the harbour of Osmund opened?", "answers": ["1874"]}\n', encoding="utf-8")
    measured = run("eval", file, "--model", "none")
    assert "right and cited right             1 of 1, 100%" in measured.stdout
    record = json.loads(run("eval", file, "--model", "none", "--json").stdout)
    assert record["figures"]["cited"] == {"count": 1, "of": 1}
    assert "1874" in record["questions"][0]["answer"]["citations"][0]["quote"]
    file.write_text("no JSON")
    broken = run("eval", file, "--model", "none")
    assert broken.returncode == 1 and f"{file}, line 1: " in broken.stderr


@pytest.mark.model
def test_a_folder_is_added_again_pruned_followed_and_removed(
    tmp_path: Path, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIJU_CACHE", str(weights.cache_dir()))
    monkeypatch.setenv("HOME", str(documents.parent))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return here(*arguments, "--index", tmp_path / "i")

    (documents / ".yijuignore").write_text("draft*\n")
    (documents / "draft.txt").write_text("Not yet.")
    assert run("add", f"~/{documents.name}").stdout == "3 added, 1 ignored (4 new passages)\n"
    (documents / "tea.txt").rename(documents / "茶.txt")
    (documents / "bridge.html").unlink()
    again = run("add", documents)
    assert again.stdout == "1 moved, 1 unchanged, 1 gone, 1 ignored (0 new passages)\n"
    assert f"gone: {documents / 'bridge.html'} (it is no longer there; --prune removes it)" in again.stderr
    assert run("add", documents, "--prune").stdout == "2 unchanged, 1 removed, 1 ignored (0 new passages)\n"
    assert json.loads(run("add", documents, "--json").stdout)[-1]["status"] == "unchanged"
    assert "cannot be followed: it is no file or folder here" in run("add", "https://example.org/", "--watch").stderr
    assert run("remove", f"~/{documents.name}/harbour.md").stdout == f"removed {documents / 'harbour.md'}\n"
    nothing = run("remove", documents / "harbour.md")
    assert nothing.returncode == 1 and "nothing was read there" in nothing.stderr


@pytest.mark.model
def test_watching_adds_what_changes_until_it_is_interrupted(tmp_path: Path, documents: Path) -> None:
    command = [sys.executable, "-m", "assistant.cli", "add", documents, "--watch", "--index", tmp_path / "i"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout and watching.stderr
        try:
            assert watching.stdout.readline() == "3 added (4 new passages)\n"
            (documents / "new.txt").write_text("The lighthouse stands on the pier.")
            assert watching.stdout.readline() == "1 added (1 new passages)\n"
            watching.send_signal(signal.SIGINT)
            assert watching.wait(timeout=60) in (0, 130)
            assert "KeyboardInterrupt" not in watching.stderr.read()
        finally:
            watching.kill()
