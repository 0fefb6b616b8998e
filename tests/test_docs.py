"""The documentation: what it shows is run, what it names is there, and its site asks no other host for anything.

In Markdown a comment before a fenced block says what is done with it; a reader sees neither:

    <!-- file: notes/ferry.md -->   the block is written to this file
    <!-- run -->                    Python, or lines of a shell; each must succeed
    <!-- gives -->                  what the block before printed; … stands for anything
    <!-- serve -->                  `yiju serve` over the page's index, for the blocks that follow

Each page is run by itself from an empty folder, its blocks in order, with `--model none`.
"""

import contextlib
import io
import logging
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import platformdirs
import pytest
from typer.testing import CliRunner

import assistant
import index
from assistant import Assistant
from assistant.choices import Choices
from assistant.cli.app import app, run
from assistant.intake import Intake
from assistant.server.limits import Limits
from assistant.server.service import Service
from assistant.turnstile import Most, Turnstile
from tests.installed import ROOT
from tests.server.serving import serving_of

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
READ_ON_THEIR_OWN = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")]
BLOCK = re.compile(r"^(?:<!-- (file: \S+|run|gives|serve) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVED = "127.0.0.1:7861"


@dataclass(frozen=True)
class Block:
    """A fenced block, and what is done with it."""

    todo: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(page.read_text(encoding="utf-8"))]


@dataclass
class Reader:
    """Somebody who does what a page says, in a folder of their own."""

    page: Path
    home: Path
    open: contextlib.ExitStack
    said: str = ""
    address: str = SERVED
    done: list[str] = field(default_factory=list)

    def follow(self) -> None:
        for block in blocks(self.page):
            if block.todo.startswith("file: "):
                file = Path(block.todo.removeprefix("file: "))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, encoding="utf-8")
            elif block.todo == "gives":
                wanted = ".*".join(re.escape(part) for part in block.text.strip().split("…"))
                assert re.fullmatch(wanted, self.said.strip(), re.DOTALL), f"{self.page.name} lies:\n{self.said}"
            elif block.todo == "serve":
                self.address = self.open.enter_context(self.serving()).removeprefix("http://")
            elif block.todo == "run":
                self.done.append(block.text)
                text = block.text.replace(SERVED, self.address)
                self.said = self.python(text) if block.language == "python" else self.shell(text)

    def python(self, text: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, self.page.name, "exec"), {"__name__": "__main__"})
        return printed.getvalue()

    def shell(self, text: str) -> str:
        return "".join(self.yiju(line) if line.startswith("yiju ") else self.bash(line) for line in text.splitlines())

    def yiju(self, line: str) -> str:
        """Run a verb here, where torch is loaded already."""
        arguments = shlex.split(line, comments=True)
        assert not {"|", ">", ">>", "&&"} & set(arguments), f"begin with another word: {line}"
        printed = io.StringIO()
        before, sys.argv = sys.argv, arguments
        try:
            with contextlib.redirect_stdout(printed):
                run()
        except SystemExit as ended:
            assert not ended.code, f"{self.page.name}: {line} ended with {ended.code}"
        finally:
            sys.argv = before
        return printed.getvalue()

    def bash(self, line: str) -> str:
        ran = subprocess.run(["bash", "-euo", "pipefail", "-c", line], capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, f"{self.page.name}: {line}\n{ran.stderr}"
        return ran.stdout

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        folder = self.home / "data" / "yiju" / "default.index"
        with Assistant.open(folder, model="none") as yiju:
            choices = Choices(yiju, "none")
            service = Service(yiju.index, choices, Intake(yiju.index), Limits(), Turnstile(Most()))
            with serving_of(service) as address:
                yield address


@pytest.fixture
def reader(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader with nothing but the model files of this machine; what a verb does to the log is taken back."""
    cache = platformdirs.user_cache_path()
    for name in [name for name in os.environ if name.startswith(("YIJU_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    settings = {"HOME": tmp_path, "XDG_CACHE_HOME": cache, "XDG_DATA_HOME": tmp_path / "data", "YIJU_MODEL": "none"}
    settings |= {"XDG_CONFIG_HOME": tmp_path / "config", "NO_PROXY": "127.0.0.1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    loggers = [logging.getLogger(name) for name in ("assistant", "index")]
    before = [(one, one.level, list(one.handlers)) for one in loggers]
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    try:
        with contextlib.ExitStack() as opened:
            yield Reader(request.param, tmp_path, opened)
    finally:
        for logger, level, handlers in before:
            logger.setLevel(level)
            logger.handlers[:] = handlers


def examples(page: Path) -> bool:
    return any(block.todo == "run" for block in blocks(page))


@pytest.mark.model
@pytest.mark.parametrize(
    "reader", [page for page in PAGES if examples(page)], ids=lambda page: page.stem, indirect=True
)
def test_who_does_what_a_page_says_gets_what_it_says(reader: Reader) -> None:
    reader.follow()
    assert reader.done


def test_most_pages_that_show_how_are_run() -> None:
    assert {"index", "python", "programs", "recipes", "command-line"} <= {page.stem for page in PAGES if examples(page)}


def verbs_shown(page: Path) -> Iterator[list[str]]:
    for block in blocks(page):
        if block.language == "sh":
            for line in block.text.splitlines():
                for command in re.split(r"\s(?:\||>+|&&)\s", line):
                    words = shlex.split(re.sub(r"^(?:\w+=\S* )+", "", command.strip()), comments=True)
                    if words[:1] == ["yiju"]:
                        yield words[1:]


@pytest.mark.parametrize("page", [*PAGES, *READ_ON_THEIR_OWN[:3]], ids=lambda page: page.name)
def test_every_verb_and_flag_that_is_shown_is_there(page: Path) -> None:
    for words in verbs_shown(page):
        names = [word for word in words if not word.startswith("-")]
        flags = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        asked = [names[0], "get"] if names[:2] == ["models", "get"] else names[:1]
        told = CliRunner().invoke(app, [*asked, "--help"], prog_name="yiju")
        assert told.exit_code == 0, f"{page.name}: there is no verb {names[0]!r}"
        missing = {flag for flag in flags if not re.search(rf"{flag}\b", told.stdout)}
        assert not missing, f"{page.name}: `yiju {' '.join(words)}` has flags that it does not know: {missing}"


@pytest.mark.parametrize("page", READ_ON_THEIR_OWN, ids=lambda page: page.name)
def test_what_is_read_outside_the_site_links_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a link within it that leads nowhere is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert built.returncode == 0, built.stderr
    return folder


class Loaded(HTMLParser):
    """Collects what a page loads by itself, and the names of its places."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        if tag != "a" and (at := given.get("src") or given.get("href")) and given.get("rel") != "canonical":
            self.loads.append(at)


def test_the_site_asks_no_other_host_for_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not [at for at in Loaded(page).loads if re.match(r"(https?:)?//", at)], page
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import )[\"']?https?:", sheet.read_text(encoding="utf-8")), sheet


def test_the_reference_holds_every_public_name(site: Path) -> None:
    places = Loaded(site / "api" / "index.html").places
    names = {f"{package.__name__}.{name}" for package in (assistant, index) for name in package.__all__}
    assert {name for name in names if re.search(rf"^::: {name}$", (DOCS / "api.md").read_text(), re.MULTILINE)} == names
    assert "assistant.Assistant.ask" in " ".join(places) or "assistant.assistant.Assistant.ask" in places


def test_the_command_lines_page_holds_every_verb_and_the_curve_every_line(site: Path) -> None:
    places = Loaded(site / "command-line" / "index.html").places
    assert {f"yiju-{name}" for name in ("add", "ask", "chat", "serve", "settings", "schema")} <= places
    rows = re.findall(r"^\| \**(\d\.\d+)", (DOCS / "figures.md").read_text(encoding="utf-8"), re.MULTILINE)
    drawn = (site / "decisions" / "index.html").read_text(encoding="utf-8")
    assert rows and all(f"<title>{row}: answers " in drawn for row in rows)
