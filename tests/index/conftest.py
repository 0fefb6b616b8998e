"""What the contract of an index is tested over: every engine that is here."""

import importlib.util
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import Index
from tests.fakes import WordEmbedder
from tests.milvus_peer import Peer

ENGINES = ["folder"]
if importlib.util.find_spec("pymilvus") and importlib.util.find_spec("milvus_lite"):
    ENGINES.append("milvus")

At = Callable[[str], str | Path]  # a name to what opens the index of that name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks where an index is (`at`) over every engine, unless it is about the files of a folder."""
    if "at" in metafunc.fixturenames:
        about_files = metafunc.definition.get_closest_marker("folder")
        metafunc.parametrize("at", ["folder"] if about_files else ENGINES, indirect=True)


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A Milvus server over gRPC that all tests share."""
    peer = Peer(tmp_path_factory.mktemp("milvus") / "data")
    peer.start()
    yield peer
    peer.kill()


@pytest.fixture
def at(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    if request.param == "folder":
        return lambda name: tmp_path / name
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    peer: Peer = request.getfixturevalue("peer")
    prefix = f"t{uuid.uuid4().hex[:12]}"
    return lambda name: peer.address(f"{prefix}_{re.sub(r'[^a-z0-9]', '_', name)}")


@pytest.fixture
def index(at: At, documents: Path, embedder: WordEmbedder) -> Iterator[Index]:
    with Index.open(at("test.index"), embedder) as opened:
        opened.add(documents)
        yield opened
