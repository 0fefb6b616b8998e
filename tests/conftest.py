"""What most tests start from: a small folder of documents and an index over it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Index
from tests.fakes import WordEmbedder
from tests.installed import Installed, build, install

DOCUMENTS = {
    "harbour.md": """---
title: The harbour report
author: Mei Lin
published: 2023-04-02
url: https://example.org/harbour
---
# The harbour

The harbour of Osmund was opened in 1874. It handles 3.2 million tonnes of grain a year.

## Staff

The harbour master is Ines Duarte. She came from Lisbon in 2019.
""",
    "tea.txt": "茶园记事\n\n青山茶园位于海拔900米的山坡上。茶园主人周敏每年四月开始采茶。去年的产量是12吨。\n",
    "bridge.html": "<html><head><title>The old bridge</title></head><body><article><h1>The old bridge</h1>"
    "<p>The old bridge was built of granite by Tomas Reyes. It has seven arches and carries no cars.</p>"
    "<p>A flood in 1953 destroyed two of its arches, and the town rebuilt them within a year.</p>"
    "</article></body></html>",
}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def index(tmp_path: Path, documents: Path, embedder: WordEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "test.index", embedder) as opened:
        opened.add(documents)
        yield opened


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this checkout, installed elsewhere."""
    folder = tmp_path_factory.mktemp("installed")
    return install(build(folder / "dist"), folder / "venv")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser for the end: Playwright's loop runs on in the main thread, and asynchronous tests cannot."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True, scope="session")
def _heard() -> Iterator[None]:
    """Let what tests start hear Ctrl-C: a job in the background of a script, as they may be, ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
