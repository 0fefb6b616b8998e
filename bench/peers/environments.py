"""A virtual environment for each peer: how it is made, and what it weighs."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.peers.questions import ROOT

CLIENTS = Path(__file__).parent / "clients"
_FOR_GPUS = ("torch", "torchgen", "functorch", "nvidia", "triton", "cusparselt", "torchvision", "torchvision.libs")

# What keeps peers from asking hosts that they do not need here, by their own documentation.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "LOGFIRE_SEND_TO_LOGFIRE": "false",
    "OPENAI_API_KEY": "none",
}


class SetUpError(Exception):
    """A peer's environment cannot be made; says what is missing, or what the installer printed."""


@dataclass(frozen=True)
class Peer:
    """A peer: the program in `clients` that drives it, and how its environment is made."""

    name: str
    title: str
    client: str
    requirements: tuple[str, ...]
    python: str = ""  # the command; empty for the one that runs this
    pinned: bool = True  # by our constraints.txt: a CPU build of torch, where the peer's Python has one
    checkout: bool = False  # not on PyPI: installed from a checkout, by its own lock file


_LANGCHAIN = (
    "langchain",
    "langchain-text-splitters",
    "langchain-community",
    "faiss-cpu",
    "langchain-huggingface",
    "sentence-transformers",
    "langchain-openai",
)

PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("yiju", "Yiju", "yiju.py", (str(ROOT), "langchain-openai>=1,<2")),
        Peer("langchain", "LangChain, tutorial chain", "langchain_chain.py", _LANGCHAIN),
        Peer("langchain-plain", "LangChain, as the tutorial has it", "langchain_plain.py", _LANGCHAIN),
        Peer(
            "llamaindex",
            "LlamaIndex, CitationQueryEngine",
            "llamaindex_citations.py",
            (
                "llama-index-core",
                "llama-index-readers-file",
                "llama-index-embeddings-huggingface",
                "llama-index-llms-openai-like",
            ),
        ),
        Peer("haiku", "haiku.rag", "haiku_rag.py", ("haiku.rag-slim[docling]==0.101.1",), "python3.12", pinned=False),
        Peer("kotaemon", "kotaemon", "kotaemon_app.py", (), "python3.10", pinned=False, checkout=True),
    )
}


def interpreter(folder: Path) -> Path:
    """Return the Python of the environment in a peer's folder."""
    return folder / "venv" / "bin" / "python"


def make(peer: Peer, folder: Path, python: str, checkout: Path | None) -> None:
    """Make a peer's environment unless it stands. Raises SetUpError with what to do, or what went wrong.

    Ours is installed anew each time, since it is what changes from run to run.
    """
    done = folder / "venv" / ".complete"
    pip = [str(interpreter(folder)), "-m", "pip", "install", "--quiet"]
    if done.is_file():
        if str(ROOT) in peer.requirements:
            _run([*pip, "--no-deps", "--force-reinstall", str(ROOT)])
        return
    found = shutil.which(python)
    if not found:
        raise SetUpError(f"{peer.title} needs {python}, which is not here. Name one with --python {peer.name}=PATH.")
    if peer.checkout and not checkout:
        raise SetUpError(
            f"{peer.title} is not on PyPI. Name a checkout of its repository with --checkout {peer.name}=PATH."
        )
    shutil.rmtree(folder / "venv", ignore_errors=True)
    _run([found, "-m", "venv", str(folder / "venv")])
    _run([*pip, "--upgrade", "pip"])
    if checkout:
        for command in from_checkout(pip, folder, checkout):
            _run(command)
        shutil.copy(checkout / "flowsettings.py", folder)
    else:
        pinned = ["--constraint", str(ROOT / "constraints.txt"), "torch"] if peer.pinned else []
        _run([*pip, *pinned, *peer.requirements])
    done.touch()


def from_checkout(pip: list[str], folder: Path, checkout: Path) -> list[list[str]]:
    """Return the commands that install kotaemon by its lock file, as its Dockerfile's lite image does."""
    tools = folder / "tools"
    lists = [folder / f"{part}.txt" for part in ("kotaemon", "ktem")]
    export = [str(tools / "bin" / "uv"), "export", "--frozen", "--no-dev", "--no-emit-workspace", "--no-hashes"]
    return [
        [str(interpreter(folder)), "-m", "venv", str(tools)],
        [str(tools / "bin" / "pip"), "install", "--quiet", "uv"],
        *([*export, "--project", str(checkout), "--package", one.stem, "--output-file", str(one)] for one in lists),
        [*pip, "--no-deps", *(word for one in lists for word in ("--requirement", str(one)))],
        [*pip, "--no-deps", str(checkout / "libs" / "kotaemon"), str(checkout / "libs" / "ktem")],
    ]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        printed = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise SetUpError(f"{' '.join(command)}\n{printed}")


def size(folder: Path) -> tuple[float, float]:
    """Return the GB that a peer's environment takes, and those of torch with what it brings for GPUs."""
    whole = part = 0
    for place, _, files in os.walk(folder / "venv"):
        weight = sum(os.lstat(Path(place) / name).st_blocks * 512 for name in files)
        whole += weight
        inside = Path(place).parts
        if "site-packages" in inside:
            package = inside[inside.index("site-packages") + 1 :][:1]
            part += weight if package and package[0] in _FOR_GPUS else 0
    return whole / 1e9, part / 1e9


def surroundings() -> dict[str, str]:
    """Return the environment variables of a peer's process."""
    kept = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "OMP_NUM_THREADS")
    return {name: os.environ[name] for name in kept if name in os.environ} | _QUIET
