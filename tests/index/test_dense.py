"""The vectors' file keeps up with the store: what came and went since, another file in the background, lists."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index import Index
from index.centring import Priors
from index.dense import Dense, DenseLeg
from index.snapshot import Vectors
from index.store import Store
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.folder

WORDS = [f"word{number}" for number in range(400)]


def text(number: int) -> str:
    """Return a sentence that shares some of its words with others."""
    chosen = np.random.default_rng(number).choice(WORDS, 8, replace=False)
    return f"Note {number} tells of " + ", ".join(chosen) + "."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    return folder


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an index of some hundred passages behave as one of a million does."""
    monkeypatch.setattr("index.dense._AT_ONCE", 0)
    monkeypatch.setattr("index.dense._AT_ONCE_WHEN_STALE", 10)
    monkeypatch.setattr("index.dense._CHANGED", (100, 0.2))
    monkeypatch.setattr("index.dense._DRIFT", 10.0)


@pytest.fixture
def index(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "i", embedder) as index:
        add(index, folder, range(200))
        yield index


def add(index: Index, folder: Path, numbers: range) -> None:
    for number in numbers:
        (folder / f"{number}.txt").write_text(text(number))
    index.add(folder)


def found(index: Index, number: int) -> bool:
    hits = index.search(f"Note {number} {text(number)}", k=5)
    return any(hit.passage.text == text(number) for hit in hits)


@pytest.mark.usefixtures("small_limits")
def test_what_came_and_went_since_the_file_was_made_is_found_and_not_found(index: Index, folder: Path) -> None:
    assert found(index, 7)
    file = folder.parent / "i" / "vectors.faiss"
    made = file.read_bytes()
    add(index, folder, range(200, 230))
    for number in range(5, 10):
        index.remove(next(hit.passage.source_id for hit in index.search(text(number), k=1)))
    index.remove(next(hit.passage.source_id for hit in index.search(text(229), k=1)))
    assert all(found(index, number) for number in (0, 150, 200, 228))
    assert not any(found(index, number) for number in (5, 9, 229))
    assert file.read_bytes() == made  # it cost nothing of the size of the index
    with Index.open(folder.parent / "i", index.embedder) as again:
        assert found(again, 228) and not found(again, 5)
        assert again.check() == []


@pytest.mark.usefixtures("small_limits")
def test_a_filter_leaves_what_came_since_too(index: Index, folder: Path) -> None:
    index.search("Note", k=1)
    add(index, folder, range(200, 203))
    source = index.search(text(201), k=1)[0].passage.source_id
    assert [hit.passage.text for hit in index.search("Note", k=9, where={"source": source})] == [text(201)]


@pytest.mark.usefixtures("small_limits")
def test_after_many_changes_a_new_file_is_made_in_the_background(index: Index, folder: Path) -> None:
    index.search("Note", k=1)
    file = folder.parent / "i" / "vectors.faiss"
    made = file.stat().st_ino
    add(index, folder, range(200, 330))
    index.search("Note", k=1)
    index.wait()
    assert file.stat().st_ino != made
    assert found(index, 329) and found(index, 3)
    assert index.check() == []


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.dense.INVERTED_FROM", 150)


@pytest.mark.usefixtures("lists")
def test_a_large_index_is_searched_by_lists_that_are_made_in_the_background(index: Index, folder: Path) -> None:
    exact = [[hit.passage.id for hit in index.search(text(number), k=5)] for number in range(0, 200, 5)]
    index.wait()
    assert index.stats().inverted
    by_lists = [[hit.passage.id for hit in index.search(text(number), k=5)] for number in range(0, 200, 5)]
    shared = [len(set(a) & set(b)) / 5 for a, b in zip(exact, by_lists, strict=True)]
    assert np.mean(shared) >= 0.95
    with Index.open(folder.parent / "i", index.embedder) as again:
        assert again.stats().inverted and found(again, 3)
        assert again.check() == []


@pytest.mark.usefixtures("lists")
def test_a_filter_on_lists_leaves_no_fewer_than_there_are(index: Index) -> None:
    index.search("Note", k=1)
    index.wait()
    assert index.stats().inverted
    sources = [source.id for source in index.sources()][:7]
    assert len(index.search("Note", k=20, where={"source": sources})) == 7
    for language, count in index.stats().languages.items():
        assert len(index.search("Note", k=20, where={"language": language})) == min(20, count)
    assert len(index.search("Note", k=10_000)) == 200


@pytest.mark.usefixtures("lists")
def test_closing_does_not_wait_until_the_lists_are_made(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "i", embedder) as index:
        add(index, folder, range(200))
        index.search("Note", k=1)
    with Index.open(tmp_path / "i", embedder) as again:
        assert found(again, 3)


def test_a_moment_that_is_over_is_not_answered_with_a_later_one(index: Index, folder: Path) -> None:
    """A search in an older moment must start again: it would miss what was replaced since, old and new."""

    store = Store(folder.parent / "i" / "yiju.sqlite", "words")
    leg = DenseLeg(store, folder.parent / "other.faiss", "words", Priors({}, {}))
    with store.snapshot() as before:
        add(index, folder, range(200, 201))
        with store.snapshot() as now:
            later = leg.at(now)
            assert isinstance(later, Dense) and len(later) == 201
        assert leg.at(before) is None
    store.close()


def test_vectors_are_kept_as_half_floats_without_moving_a_result(index: Index) -> None:
    exact: Vectors = index.embedder.passages([text(3)])
    [passage] = [hit.passage for hit in index.search(text(3), k=1)]
    assert np.abs(index.vectors([passage.id]) - exact).max() < 5e-4
