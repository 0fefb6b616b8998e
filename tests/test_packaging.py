"""What is shipped: the wheel holds all that is needed, says what it needs, and works where no checkout is."""

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.installed import ROOT, Installed, build

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("assistant", "index", "prompts")
USERS_EXTRAS = sorted(set(PROJECT["optional-dependencies"]) - {"dev", "docs"})


def files_of(folder: Path) -> set[str]:
    found = {path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name}


def packed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_packages_and_the_sample_and_nothing_else(installed: Installed) -> None:
    ours = {name for package in PACKAGES for name in files_of(ROOT / package)}
    assert {"index/phrases.txt", "prompts/write.txt", "assistant/web/page.js"} <= ours
    sample = {f"assistant/{name}" for name in files_of(ROOT / "samples")}
    assert {name for name in packed(installed.wheel) if ".dist-info/" not in name} == ours | sample


def test_the_sdist_builds_the_same_wheel(tmp_path: Path, installed: Installed) -> None:
    with tarfile.open(build(tmp_path, kind="sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert packed(build(tmp_path / "dist", root=unpacked)) == packed(installed.wheel)


def test_installed_elsewhere_it_is_the_wheel_that_runs(installed: Installed, tmp_path: Path) -> None:
    code = "import assistant, index, prompts; print(*(one.__file__ for one in (assistant, index, prompts)), sep='\\n')"
    for line in installed.run("python", "-c", code, cwd=tmp_path).splitlines():
        assert Path(line).is_relative_to(installed.folder)
    assert "Ask your own sources" in installed.run("yiju", "--help", cwd=tmp_path)


def test_the_version_is_the_one_of_the_project(installed: Installed, tmp_path: Path) -> None:
    assert installed.run("yiju", "--version", cwd=tmp_path) == f"yiju {PROJECT['version']}\n"


@pytest.mark.model
def test_installed_elsewhere_it_reads_its_sample_and_answers(installed: Installed, tmp_path: Path) -> None:
    code = (
        "from assistant import Assistant\n"
        "from assistant.sample import sample_folder\n"
        "with Assistant.open('sample.index', model='none') as yiju:\n"
        "    added = yiju.add(*sorted(sample_folder().glob('b*.md')))\n"
        "    answer = yiju.ask('On which supercomputer was BLOOM trained?')\n"
        "print(len(added), answer.status, ' '.join(one.quote for one in answer.citations))"
    )
    said = installed.run("python", "-c", code, cwd=tmp_path)
    assert said.startswith("2 answered ") and "Jean Zay" in said


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports when it runs, be it late."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    nodes = [node for node in ast.walk(tree) if node not in typing_only]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def normal(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_all_that_is_imported_is_named_as_a_dependency() -> None:
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in USERS_EXTRAS)]
    named = {normal(one) for requirements in lists for one in requirements}
    distributions = packages_distributions()
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules
        for name in imported(path) - set(sys.stdlib_module_names) - set(PACKAGES)
        if name in distributions and not {normal(one) for one in distributions[name]} & named  # an extra may be absent
    }
    assert not missing


@pytest.mark.parametrize("extra", USERS_EXTRAS)
def test_every_extra_is_named_by_the_error_that_its_absence_is(extra: str) -> None:
    advice = f'pip install "yiju[{extra}]"'
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert any(advice in path.read_text(encoding="utf-8") for path in modules)


ABSENT = "import sys; sys.modules.update(dict.fromkeys(['mcp', 'langchain_openai']))\n"


def without_extras(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program for which the extras are not installed."""
    command = [sys.executable, "-c", ABSENT + code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env={"HOME": str(folder)})


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ("'serve', '--mcp'", 'pip install "yiju[mcp]"'),
        ("'serve', '--mcp-http'", 'pip install "yiju[mcp]"'),
        ("'ask', 'Who?', '--model', 'openai:gpt-5'", "pip install langchain-openai"),
    ],
)
def test_a_verb_whose_extra_is_absent_says_how_to_get_it(arguments: str, advice: str, tmp_path: Path) -> None:
    run = without_extras(f"sys.argv = ['yiju', {arguments}]; from assistant.cli import main; main()", tmp_path)
    assert run.returncode == 1 and advice in run.stderr and "Traceback" not in run.stderr
