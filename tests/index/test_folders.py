"""A folder is added again and again: what is new, changed, moved, gone or to be ignored is found each time."""

import threading
from pathlib import Path

import pytest

from index import Index, Outcome
from index.errors import SourceError
from index.progress import Progress
from index.sources import walk
from tests.fakes import WordEmbedder


def text(name: str) -> str:
    return f"The lighthouse of {name} was built by the keeper of {name}.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    for name in ("one", "two", "deep/three"):
        (made / f"{name}.txt").parent.mkdir(parents=True, exist_ok=True)
        (made / f"{name}.txt").write_text(text(name))
    return made


@pytest.fixture
def added(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> Index:
    index = Index.open(tmp_path / "i", embedder)
    index.add(folder)
    return index


def by_name(outcomes: list[Outcome]) -> dict[str, str]:
    return {Path(one.path).name: one.status for one in outcomes}


def test_new_changed_moved_and_gone_files_are_told_apart(added: Index, folder: Path, embedder: WordEmbedder) -> None:
    (folder / "one.txt").write_text(text("one, the first"))
    (folder / "two.txt").rename(folder / "deep" / "second.txt")
    (folder / "deep" / "three.txt").unlink()
    (folder / "four.txt").write_text(text("four"))
    before = embedder.embedded
    outcomes = added.add(folder)
    assert by_name(outcomes) == {
        "four.txt": "added", "one.txt": "updated", "second.txt": "moved", "three.txt": "gone"
    }  # fmt: skip
    assert embedder.embedded - before == 2
    assert outcomes[-1].reason == "it is no longer there; --prune removes it"
    assert "three" in added.search("the lighthouse of deep/three", k=1)[0].passage.text
    assert added.check() == []


def test_a_moved_source_has_its_new_place_and_name_and_is_not_embedded_again(
    added: Index, folder: Path, embedder: WordEmbedder
) -> None:
    before = embedder.embedded
    (folder / "two.txt").rename(folder / "second.txt")
    [moved] = [one for one in added.add(folder) if one.status == "moved"]
    assert moved.source_id
    source = added.source(moved.source_id)
    assert source and source.title == "second" and source.uri == str(folder / "second.txt")
    assert embedder.embedded == before
    assert by_name(added.add(folder)) == {"one.txt": "unchanged", "second.txt": "unchanged", "three.txt": "unchanged"}


def test_a_copy_is_not_a_move(added: Index, folder: Path) -> None:
    (folder / "copy.txt").write_text(text("two"))
    assert by_name(added.add(folder))["copy.txt"] == "unchanged"
    (folder / "two.txt").unlink()
    added.add(folder, prune=True)
    assert {Path(one.uri).name for one in added.sources()} == {"one.txt", "copy.txt", "three.txt"}


def test_pruning_removes_what_is_gone_there_and_nothing_elsewhere(added: Index, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "folder-2" / "five.txt"  # begins with the folder's name
    other.parent.mkdir()
    other.write_text(text("five"))
    added.add(other)
    other.unlink()
    (folder / "one.txt").unlink()
    assert by_name(added.add(folder, prune=True))["one.txt"] == "removed"
    assert {Path(one.uri).name for one in added.sources()} == {"two.txt", "three.txt", "five.txt"}
    assert "one.txt" not in by_name(added.add(folder, prune=True))
    assert added.check() == []


def test_a_folder_that_is_empty_all_at_once_is_not_pruned(added: Index, folder: Path) -> None:
    for file in list(folder.rglob("*.txt")):
        file.unlink()
    [outcome] = added.add(folder, prune=True)
    assert outcome.status == "failed"
    assert (
        "holds no file any more, and 3 were read there; nothing was removed. Is its disk connected?" in outcome.reason
    )
    assert len(added.sources()) == 3


def test_a_file_that_cannot_be_read_now_is_not_pruned(added: Index, folder: Path) -> None:
    (folder / "one.txt").write_bytes(b"")
    assert by_name(added.add(folder, prune=True)) == {
        "one.txt": "failed", "two.txt": "unchanged", "three.txt": "unchanged"
    }  # fmt: skip
    assert len(added.sources()) == 3


def test_all_that_was_read_under_a_folder_can_be_removed_even_when_it_is_gone(added: Index, folder: Path) -> None:
    (folder / "deep" / "three.txt").unlink()
    (folder / "deep").rmdir()
    [removed] = added.remove_from(folder / "deep")
    assert removed.path == folder / "deep" / "three.txt"
    assert added.remove_from(folder / "deep") == []
    assert len(added.sources()) == 2


def test_files_are_ignored_as_git_would_and_named(tmp_path: Path, embedder: WordEmbedder) -> None:
    names = ["a.txt", "a.log.txt", "build/b.txt", "deep/build/c.txt", "deep/keep.log.txt", "deep/d.txt", "top/e.txt"]
    for name in names:
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_text(text(name))
    (tmp_path / "f" / ".gitignore").write_text("# not read\n*.log.txt\nbuild/\n/deep/d.txt\n")
    (tmp_path / "f" / "deep" / ".yijuignore").write_text("!keep.log.txt\n!d.txt\n")
    found = {Path(one.at).relative_to(tmp_path / "f").as_posix(): one.ignored_by for one in walk([tmp_path / "f"])}
    ignored = str(tmp_path / "f" / ".gitignore")
    assert found == {
        "a.txt": "", "a.log.txt": ignored, "build": ignored, "deep/build": ignored, "deep/keep.log.txt": "",
        "deep/d.txt": "", "top/e.txt": "",
    }  # fmt: skip
    with Index.open(tmp_path / "i", embedder) as index:
        outcomes = index.add(tmp_path / "f", tmp_path / "f" / "a.log.txt")  # what is named itself is wanted
        assert len(index.sources()) == 5
        assert [one.reason for one in outcomes if one.status == "ignored"] == [f"left out by {ignored}"] * 3


def test_what_is_ignored_from_now_on_is_gone_from_its_folder(added: Index, folder: Path) -> None:
    (folder / ".yijuignore").write_text("one.txt\n")
    assert [(Path(one.path).name, one.status) for one in added.add(folder, prune=True)] == [
        ("one.txt", "ignored"), ("two.txt", "unchanged"), ("three.txt", "unchanged"), ("one.txt", "removed")
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), [(b"a.txt\n!\n", "Invalid git pattern"), (b"\xff\xfe", "in UTF-8")])
def test_an_ignore_file_that_is_wrong_stops_before_anything_is_added(
    added: Index, folder: Path, content: bytes, message: str
) -> None:
    (folder / ".yijuignore").write_bytes(content)
    (folder / "four.txt").write_text(text("four"))
    with pytest.raises(SourceError, match=message):
        added.add(folder)
    assert len(added.sources()) == 3


def test_an_index_that_lies_in_the_folder_is_no_source(folder: Path, embedder: WordEmbedder) -> None:
    with Index.open(folder / "notes", embedder) as index:
        assert by_name(index.add(folder)) == {"one.txt": "added", "two.txt": "added", "three.txt": "added"}
        assert by_name(index.add(folder)) == {"one.txt": "unchanged", "two.txt": "unchanged", "three.txt": "unchanged"}


def test_progress_counts_files_passages_and_what_is_left(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02" * 50)
    told: list[Progress] = []
    with Index.open(tmp_path / "i", embedder) as index:
        outcomes = index.add(folder, progress=told.append)
    assert [one.outcome for one in told if one.outcome] == outcomes
    assert {one.files for one in told} == {4}
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[-1].done, told[-1].passages) == (4, 3)
    assert told[-1].speed > 0
    assert {str(one.path) for one in told if not one.outcome} == {str(path) for path in folder.rglob("*.txt")}


def test_progress_estimates_the_time_left_once_it_knows_something(tmp_path: Path) -> None:
    for number in range(900):
        (tmp_path / f"{number:03}.txt").write_text(text(str(number)))

    class Slow(WordEmbedder):
        def passages(self, texts):  # type: ignore[no-untyped-def]
            threading.Event().wait(0.4)
            return super().passages(texts)

    told: list[Progress] = []
    with Index.open(tmp_path / "i", Slow()) as index:
        index.add(tmp_path, progress=told.append)
    left = [one.remaining for one in told if one.remaining is not None]
    assert told[0].remaining is None
    assert 0.5 < left[0] < 30
    assert left[-1] == 0


def test_a_folder_is_followed_until_it_is_stopped(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    stop = threading.Event()
    steps = iter(
        [
            lambda: (folder / "four.txt").write_text(text("four")),
            lambda: (folder / "two.txt").unlink(),
            stop.set,
        ]
    )
    seen: list[dict[str, str]] = []
    with Index.open(tmp_path / "i", embedder) as index:
        for outcomes in index.follow(folder, prune=True, stop=stop):
            seen.append(by_name(outcomes))
            next(steps)()
        assert {Path(one.uri).name for one in index.sources()} == {"one.txt", "three.txt", "four.txt"}
    assert seen == [
        {"one.txt": "added", "two.txt": "added", "three.txt": "added"},
        {"four.txt": "added"},
        {"two.txt": "removed"},
    ]


def test_a_web_address_or_a_missing_folder_cannot_be_followed(tmp_path: Path, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "i", embedder) as index:
        with pytest.raises(SourceError, match="https://example.org/: *cannot be followed|cannot be followed"):
            next(index.follow("https://example.org/"))
        with pytest.raises(SourceError, match="no file or folder here. Name one that is"):
            next(index.follow(tmp_path / "missing"))
