"""An index goes from a folder to a server and back, and stays what it was."""

from pathlib import Path

import pytest

from index import Index, Passage, YijuError
from index.move import MoveError
from index.sources import Source
from tests.fakes import WordEmbedder
from tests.index.conftest import At

QUESTION = "When was the harbour of Osmund opened?"


def logbook(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number}.txt").write_text(f"Keeper {number} of the lighthouse wrote of storm {number * 7}.")
    return folder


def found(at: str | Path, question: str) -> list[tuple[str, int | None]]:
    with Index.open(at, WordEmbedder()) as index:
        assert index.check() == []
        return [(hit.passage.id, hit.dense_rank) for hit in index.search(question, k=5)]


def test_an_index_that_was_moved_holds_the_same_and_finds_the_same(
    index: Index, at: At, tmp_path: Path, documents: Path, embedder: WordEmbedder
) -> None:
    (documents / "copy of the tea.txt").write_bytes((documents / "tea.txt").read_bytes())
    text = "Die Mühle brannte, 茶园也是。 " * 2_000  # longer than a server takes in one piece
    long = Source("long", "made:long", "Long", None, None, None, "2024", "en", "text/plain", text)
    whole = Passage("a passage", "long", 0, len(text), text, "", None, "en", furniture=False)
    index.add(documents)
    index.put(long, [whole])
    embedded = embedder.embedded
    moved = Index.move(at("test.index"), tmp_path / "copy")
    assert (moved.sources, moved.passages, moved.sent) == (4, len(index), 4)
    assert moved.equal == moved.hits
    again = Index.move(tmp_path / "copy", at("again"))
    assert (again.checksum, again.sent) == (moved.checksum, 4)
    assert embedder.embedded == embedded
    assert found(at("again"), QUESTION) == found(tmp_path / "copy", QUESTION) == found(at("test.index"), QUESTION)
    with Index.open(at("again"), embedder) as other:
        assert {one.status for one in other.add(documents)} == {"unchanged"}


def test_a_move_that_was_broken_off_goes_on_where_it_was(at: At, tmp_path: Path, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "origin", embedder) as index:
        index.add(logbook(tmp_path / "log", 700))

    def stop(what: str, done: int, of: int) -> None:
        if what == "moved" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.move(tmp_path / "origin", at("target"), stop)
    with Index.open(at("target"), embedder) as begun:
        there = len(begun.sources())
    assert 0 < there < 700
    assert Index.move(tmp_path / "origin", at("target")).sent == 700 - there


def test_what_did_not_arrive_as_it_was_sent_is_named(index: Index, at: At, tmp_path: Path) -> None:
    Index.move(at("test.index"), tmp_path / "copy")
    with Index.open(tmp_path / "copy", WordEmbedder()) as copy:
        source = next(one for one in copy.sources() if "harbour" in one.title)
        whole = copy.source(source.id)
        assert whole
        copy.remove(source.id)
        copy.put(Source(**{**vars(whole), "author": "Somebody Else"}))
    with pytest.raises(MoveError, match="did not arrive as it was sent. Remove it there and move again"):
        Index.move(at("test.index"), tmp_path / "copy")


def test_a_target_that_holds_other_sources_is_left_alone(index: Index, at: At, tmp_path: Path) -> None:
    with Index.open(tmp_path / "other", WordEmbedder()) as other:
        other.add(logbook(tmp_path / "log", 1))
    with pytest.raises(YijuError, match="holds 1 sources that are not in what is moved. Choose an empty one"):
        Index.move(at("test.index"), tmp_path / "other")
    with pytest.raises(YijuError, match="cannot be moved to itself"):
        Index.move(tmp_path / "other", tmp_path / "other")
    with pytest.raises(YijuError, match="There is no index in .*milvus://HOST:19530/NAME"):
        Index.move(tmp_path / "nowhere", at("test.index"))
