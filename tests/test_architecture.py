"""The rules of the layout: who may import whom, and which heavy library lives in which one module."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for folder in ("index", "assistant", "prompts") for path in (ROOT / folder).rglob("*.py"))
# Each imports only what stands before it.
CHAIN = ["conversation", "evidence", "gate", "verify", "origins", "conflicts", "answer", "assistant"]
EDGES = {"cli", "terminal", "web", "server"}

# The one module that may import a heavy library. LangChain is how the parts are joined, so it may stand in several.
ADAPTERS = {
    "faiss": {"index/vectors.py"},
    "sentence_transformers": {"index/embedding.py"},
    "torch": {"index/embedding.py"},
    "xllamacpp": {"assistant/embedded.py"},
    "sqlite3": {"index/schema.py", "index/snapshot.py", "index/store.py"},
    "watchfiles": {"index/watch.py"},
    "mcp": {"assistant/server/tools.py"},
    "ray": {"index/cluster.py"},
    "pymilvus": {"index/milvus/client.py"},
    "grpc": {"index/milvus/client.py"},
    "milvus_lite": set(),
    "pickle": set(),
    "gradio": {path.relative_to(ROOT).as_posix() for path in (ROOT / "assistant" / "web").glob("*.py")},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_packages_import_only_what_lies_below_them(path: Path) -> None:
    package = name_of(path).split("/")[0]
    allowed = {"index": {"index"}, "prompts": {"prompts"}, "assistant": {"index", "prompts", "assistant"}}[package]
    ours = {name.split(".")[0] for name in imported(path)} & {"index", "prompts", "assistant", "tests", "bench"}
    assert ours <= allowed


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_libraries_live_in_one_adapter_each(path: Path) -> None:
    for library, homes in ADAPTERS.items():
        if library in {name.split(".")[0] for name in imported(path)}:
            assert name_of(path) in homes, f"{library} is imported in {name_of(path)}"


@pytest.mark.parametrize("position", range(len(CHAIN)), ids=CHAIN)
def test_each_stage_imports_only_stages_before_it(position: int) -> None:
    later = {f"assistant.{name}" for name in CHAIN[position + 1 :]}
    assert not imported(ROOT / "assistant" / f"{CHAIN[position]}.py") & later


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_edges_face_a_person(path: Path) -> None:
    parts = name_of(path).removesuffix(".py").split("/")
    if parts[0] == "assistant" and parts[1] in EDGES:
        return
    assert not {name for name in imported(path) if re.match(r"assistant\.(cli|terminal|web|server)\b", name)}
    assert not {"typer", "rich"} & {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("edge", ["web", "server"])
def test_the_page_and_the_programs_interface_know_nothing_of_each_other(edge: str) -> None:
    other = {"web": "assistant.server", "server": "assistant.web"}[edge]
    for path in (ROOT / "assistant" / edge).glob("*.py"):
        assert not {name for name in imported(path) if name == other or name.startswith(f"{other}.")}, path


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_named_for_being_leftover(path: Path) -> None:
    assert path.stem not in {"utils", "util", "base", "manager", "common", "helpers", "misc"}


def test_help_answers_without_loading_what_is_slow() -> None:
    code = (
        "import sys; sys.argv = ['yiju', '--help']\n"
        "import assistant.cli\n"
        "try: assistant.cli.main()\n"
        "except SystemExit: pass\n"
        "slow = {'torch', 'numpy', 'langchain', 'langchain_core', 'gradio', 'faiss', 'pymilvus'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {slow}' if slow else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


def test_importing_the_index_loads_no_torch() -> None:
    code = "import sys, index; index.Index; sys.exit(bool({'torch', 'faiss', 'pymilvus', 'grpc'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
