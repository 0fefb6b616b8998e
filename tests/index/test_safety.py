"""What is in an index survives whatever happens to its process, its disk, its files and its embedder."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Index, YijuError
from index.errors import EmbeddingError, SourceError
from index.passages import passages
from index.snapshot import Vectors
from index.sources import read
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.folder

ROOT = Path(__file__).parent.parent.parent


# Killed, and read while it is written


@pytest.mark.parametrize(
    "bench",
    [["bench.kill", "-n", "30"], ["bench.soak", "--minutes", "0.05", "--readers", "2", "--passages", "300"]],
    ids=["whole after each of 30 kills", "whole in every look of 2 readers"],
)
def test_no_other_process_ever_finds_half_of_a_change(bench: list[str]) -> None:
    # In a process of their own: what pytest has loaded runs threads, and those do not survive a fork.
    run = subprocess.run([sys.executable, "-m", *bench], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout + run.stderr


def test_what_was_stored_of_a_folder_stays_when_its_process_is_killed_and_the_rest_can_be_added(
    tmp_path: Path, embedder: WordEmbedder
) -> None:
    (tmp_path / "many").mkdir()
    for number in range(600):
        (tmp_path / "many" / f"{number:03}.txt").write_text(f"Lighthouse {number} was built by keeper {number}.")
    adding = (
        "import os, signal, sys; from index import Index; from tests.fakes import WordEmbedder\n"
        "Index.open(sys.argv[1], WordEmbedder()).add("
        "sys.argv[2], progress=lambda now: now.outcome and os.kill(os.getpid(), signal.SIGKILL))"
    )
    arguments: list[str | Path] = [sys.executable, "-c", adding, tmp_path / "i", tmp_path / "many"]
    assert subprocess.run(arguments, cwd=ROOT).returncode == -signal.SIGKILL
    with Index.open(tmp_path / "i", embedder) as index:
        stored = len(index.sources())
        assert 0 < stored < 600 and len(index) == stored
        assert "keeper 7." in index.search("Lighthouse 7 was built by keeper 7.", k=1)[0].passage.text
        statuses = [outcome.status for outcome in index.add(tmp_path / "many")]
        assert statuses == ["unchanged"] * stored + ["added"] * (600 - stored)
        assert index.check() == []


def test_a_file_may_take_the_name_of_another_that_was_moved(tmp_path: Path, embedder: WordEmbedder) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a-newest.txt").write_text("The lighthouse was built in 1874.")
    with Index.open(tmp_path / "i", embedder) as index:
        index.add(folder)
        (folder / "a-newest.txt").rename(folder / "b-older.txt")
        (folder / "a-newest.txt").write_text("The lighthouse was painted in 1953.")
        index.add(folder)
        assert {source.text for source in index.sources()} == {
            "The lighthouse was built in 1874.",
            "The lighthouse was painted in 1953.",
        }
        assert index.check() == []


def test_two_files_may_change_names(tmp_path: Path, embedder: WordEmbedder) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.txt").write_text("The lighthouse was built in 1874.")
    (folder / "b.txt").write_text("The lighthouse was painted in 1953.")
    with Index.open(tmp_path / "i", embedder) as index:
        index.add(folder)
        (folder / "a.txt").rename(folder / "c.txt")
        (folder / "b.txt").rename(folder / "a.txt")
        (folder / "c.txt").rename(folder / "b.txt")
        index.add(folder)
        held = {Path(source.uri).name: source.text for source in index.sources()}
        assert held == {"a.txt": "The lighthouse was painted in 1953.", "b.txt": "The lighthouse was built in 1874."}
        assert index.check() == []


# The vector file


QUERIES = ["Which keeper built lighthouse 30?", "the storm of 1877", "lamp oil", "keeper 77"]


@pytest.fixture(scope="module")
def lighthouses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of so many passages that wrong vectors would give a wrong order, closed."""
    return _made(tmp_path_factory.mktemp("lighthouses"), range(300))


def _made(folder: Path, numbers: range) -> Path:
    chance = random.Random(numbers.start)
    events = ["a storm", "a wreck", "a fog", "a new lamp", "a lack of oil", "a royal visit"]
    sections = [
        f"## Year {1800 + number}\n\nKeeper {number} of lighthouse {number} wrote of {chance.choice(events)} "
        f"and of {chance.choice(events)}."
        for number in numbers
    ]
    (folder / "log.md").write_text("# The log\n\n" + "\n\n".join(sections))
    with Index.open(folder / "index", WordEmbedder()) as index:
        index.add(folder / "log.md")
        index.search("keeper", k=1)
    return folder / "index"


def _found(folder: Path) -> list[list[tuple[str, float, int | None]]]:
    with Index.open(folder, WordEmbedder()) as index:
        hits = [index.search(query, k=10) for query in QUERIES]
        assert index.check() == []
    return [[(hit.passage.text, hit.score, hit.dense_rank) for hit in of_query] for of_query in hits]


def test_a_flipped_byte_anywhere_in_the_vector_file_changes_no_search(lighthouses: Path, tmp_path: Path) -> None:
    expected = _found(lighthouses)
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    content = (folder / "vectors.faiss").read_bytes()
    size = len(content)
    bounds = [0, 1, 4, 8, 36, size - 97, size - 60, size - 48, size - 9, size - 1]  # of FAISS' header and our footer
    for position in [*bounds, *random.Random(0).sample(range(size), 30)]:
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        (folder / "vectors.faiss").write_bytes(damaged)
        assert _found(folder) == expected, f"byte {position} of {size}"


def test_a_vector_file_that_ends_early_changes_no_search(lighthouses: Path, tmp_path: Path) -> None:
    expected = _found(lighthouses)
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    content = (folder / "vectors.faiss").read_bytes()
    size = len(content)
    for length in [
        0,
        1,
        63,
        64,
        65,
        size - 65,
        size - 64,
        size - 63,
        size - 1,
        *random.Random(0).sample(range(size), 6),
    ]:
        (folder / "vectors.faiss").write_bytes(content[:length])
        assert _found(folder) == expected, f"{length} bytes of {size}"


def test_what_stands_behind_the_vectors_in_their_file_changes_no_search(lighthouses: Path, tmp_path: Path) -> None:
    expected = _found(lighthouses)
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    content = (folder / "vectors.faiss").read_bytes()
    for damaged in (content + b"\0", content + content, content[:-64] + b"more" + content[-64:]):
        (folder / "vectors.faiss").write_bytes(damaged)
        assert _found(folder) == expected


def test_a_folder_in_the_place_of_the_vector_file_changes_no_search(lighthouses: Path, tmp_path: Path) -> None:
    expected = _found(lighthouses)
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    (folder / "vectors.faiss").unlink()
    (folder / "vectors.faiss").mkdir()
    with Index.open(folder, WordEmbedder()) as index:
        found = [[hit.passage.text for hit in index.search(query, k=10)] for query in QUERIES]
    assert found == [[text for text, *_ in of_query] for of_query in expected]


def test_the_whole_vector_file_of_another_index_changes_no_search(lighthouses: Path, tmp_path: Path) -> None:
    expected = _found(lighthouses)
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    shutil.copy(_made(tmp_path, range(1000, 1300)) / "vectors.faiss", folder)
    assert _found(folder) == expected


def test_an_older_copy_of_the_database_under_a_newer_vector_file_changes_no_search(
    lighthouses: Path, tmp_path: Path, embedder: WordEmbedder
) -> None:
    folder = shutil.copytree(lighthouses, tmp_path / "copy")
    new, other = tmp_path / "new.txt", tmp_path / "other.txt"
    new.write_text("\n\n".join(f"# {n}\n\nThe bell of tower {n} rang for the mayor." for n in range(200)))
    other.write_text("\n\n".join(f"# {n}\n\nThe otter of river {n} swam to the weir." for n in range(200)))
    with Index.open(folder, embedder) as index:
        index.add(new)
        index.search("bell", k=1)
    shutil.copy(lighthouses / "yiju.sqlite", folder)  # the user restores it, and adds something else
    with Index.open(folder, embedder) as index:
        index.add(other)
        found = [[hit.passage.text for hit in index.search(query, k=10)] for query in QUERIES]
        assert index.check() == []
    (folder / "vectors.faiss").unlink()
    with Index.open(folder, embedder) as index:
        assert found == [[hit.passage.text for hit in index.search(query, k=10)] for query in QUERIES]


# The disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mount.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # lazy: a test that failed may have left files open


def _fill(disk: Path, free: int = 0) -> None:
    """Fill a disk with one large file, up to some bytes."""
    _free(disk)
    state = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - free)))


def _free(disk: Path) -> None:
    (disk / "filler").unlink(missing_ok=True)


def _logbook(path: Path, lamp: str) -> Path:
    """Write a file of some passages, all of which name the lamp."""
    path.write_text("\n\n".join(f"Night {night}: the {lamp} lamp burned, {night} ships passed." for night in range(90)))
    return path


@pytest.mark.parametrize("change", ["add", "update", "remove"])
def test_a_disk_that_is_full_leaves_all_as_it_was_until_there_is_space_for_a_change(
    change: str, small_disk: Path, tmp_path: Path, documents: Path, embedder: WordEmbedder
) -> None:
    file = _logbook(tmp_path / "log.txt", "oil")
    with Index.open(small_disk / "i", embedder) as index:
        index.add(documents)
        if change != "add":
            index.add(file)
        if change != "remove":
            _logbook(file, "gas")
        before = {source.id: index.passages(source.id) for source in index.sources()}
        logbook = next((source.id for source in index.sources() if source.uri == str(file)), "")
        refused = 0
        for free in range(0, 1_000_000, 16_384):  # so that the disk is full at every stage of the change
            _fill(small_disk, free)
            try:
                index.remove(logbook) if change == "remove" else index.add(file)
                break
            except YijuError as error:
                refused += 1
                assert "Free some space and try again" in str(error), f"{free} bytes free"
            assert {source.id: index.passages(source.id) for source in index.sources()} == before
            assert "1874" in index.search("When was the harbour opened?", k=1)[0].passage.text
            assert not any("gas lamp" in hit.passage.text for hit in index.search("the gas lamp", k=500))
        assert refused
        _free(small_disk)
        found = " ".join(hit.passage.text for hit in index.search("the lamp burned", k=500))
        assert ("gas lamp" in found, "oil lamp" in found) == (change != "remove", False)
        assert index.check() == []
    with Index.open(small_disk / "i", embedder) as again:
        assert len(again.sources()) == (3 if change == "remove" else 4)
        assert again.check() == []


def test_a_disk_without_space_for_the_vector_file_is_searched_all_the_same(
    small_disk: Path, documents: Path, tmp_path: Path, embedder: WordEmbedder
) -> None:
    with Index.open(small_disk / "i", embedder) as index:
        index.add(documents, _logbook(tmp_path / "log.txt", "oil"))
        _fill(small_disk, free=8_192)
        assert "1874" in index.search("When was the harbour opened?", k=1)[0].passage.text
        assert len(index.search("lamp", k=500)) == len(index)
        assert {
            file.name for file in (small_disk / "i").glob("vectors.faiss*")
        } == set()  # what was begun takes no space
        _free(small_disk)
        assert index.check() == []
    with Index.open(small_disk / "i", embedder) as again:
        assert len(again.search("lamp", k=500)) == len(again)
        assert (small_disk / "i" / "vectors.faiss").exists()


def test_an_index_on_a_full_disk_that_cannot_be_opened_says_so_and_can_be_when_there_is_space(
    small_disk: Path, documents: Path, embedder: WordEmbedder
) -> None:
    with Index.open(small_disk / "i", embedder) as index:
        index.add(documents)
    _fill(small_disk)
    with pytest.raises(YijuError, match="Free some space and try again"):
        Index.open(small_disk / "i", embedder)
    _free(small_disk)
    with Index.open(small_disk / "i", embedder) as again:
        assert "1874" in again.search("When was the harbour opened?", k=1)[0].passage.text
        assert again.check() == []


# What comes in


class Changing(WordEmbedder):
    """An embedder whose vectors can be cut, and left out."""

    def __init__(self) -> None:
        super().__init__()
        self.dimension = 256
        self.left_out = 0

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._cut(super().passages(texts)[self.left_out :])

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._cut(super().queries(texts))

    def _cut(self, vectors: Vectors) -> Vectors:
        cut = vectors[:, : self.dimension]
        return np.asarray(cut / np.linalg.norm(cut, axis=1, keepdims=True), np.float32)


HARBOUR = "# The harbour\n\n## Opening\n\nIt was opened in 1874.\n\n## Staff\n\nThe harbour master is Ines Duarte.\n"


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[tuple[Index, Changing, Path]]:
    """An index of one file of two passages, its embedder and the file."""
    file = tmp_path / "harbour.md"
    file.write_text(HARBOUR)
    embedder = Changing()
    with Index.open(tmp_path / "i", embedder) as index:
        index.add(file)
        yield index, embedder, file


@pytest.mark.parametrize("name", ["harbour.md", "new.md"])
@pytest.mark.parametrize(
    "text", [HARBOUR.replace("1874", "1875"), HARBOUR.replace("e", "a")], ids=["changed in part", "all new"]
)
def test_vectors_of_another_dimension_change_nothing(
    name: str, text: str, changing: tuple[Index, Changing, Path]
) -> None:
    index, embedder, file = changing
    embedder.dimension = 128
    file.with_name(name).write_text(text)
    with pytest.raises(EmbeddingError, match=r"128 dimensions.*holds 256.*--index"):
        index.add(file.with_name(name))
    embedder.dimension = 256
    _require_first_harbour(index)


def test_a_question_of_another_dimension_is_a_clear_error(changing: tuple[Index, Changing, Path]) -> None:
    index, embedder, _ = changing
    embedder.dimension = 128
    with pytest.raises(EmbeddingError, match=r"128 dimensions.*holds 256.*--index"):
        index.search("When was it opened?", k=1)


@pytest.mark.parametrize("name", ["harbour.md", "new.md"])
def test_fewer_vectors_than_passages_change_nothing(name: str, changing: tuple[Index, Changing, Path]) -> None:
    index, embedder, file = changing
    embedder.left_out = 1
    file.with_name(name).write_text(HARBOUR.replace("a", "e"))
    with pytest.raises(EmbeddingError, match="1 vectors for 2 passages. Nothing was added"):
        index.add(file.with_name(name))
    embedder.left_out = 0
    _require_first_harbour(index)


def test_a_passage_id_of_another_source_changes_nothing(changing: tuple[Index, Changing, Path]) -> None:
    index, _, file = changing
    taken = index.passages(index.sources()[0].id)[0]
    other = file.with_name("other.md")
    other.write_text("# The bridge\n\nIt has seven arches.\n\n## Repair\n\nA flood destroyed two of them.\n")
    source = read(other)
    first, *rest = passages(source)
    with pytest.raises(SourceError, match="there already.*Nothing was added"):
        index.put(source, [*rest, replace(first, id=taken.id)])
    _require_first_harbour(index)


def test_a_passage_id_twice_in_a_source_changes_nothing(changing: tuple[Index, Changing, Path]) -> None:
    index, _, file = changing
    file.write_text(HARBOUR.replace("1874", "1875"))
    source = read(file)
    first, second = passages(source)
    with pytest.raises(SourceError, match=f"there already: '{first.id}'.*Nothing was added"):
        index.put(source, [first, replace(second, id=first.id)])
    _require_first_harbour(index)


def _require_first_harbour(index: Index) -> None:
    assert [source.title for source in index.sources()] == ["The harbour"]
    found = [hit.passage.text for hit in index.search("When was it opened?", k=9)]
    assert sorted(found) == ["It was opened in 1874.", "The harbour master is Ines Duarte."]
    assert index.check() == []
