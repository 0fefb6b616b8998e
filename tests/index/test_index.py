import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index import Index, Source, YijuError
from index.progress import Progress
from tests.fakes import WordEmbedder
from tests.index.conftest import At


def test_what_was_added_is_found_by_search_and_lies_where_the_hit_says(index: Index) -> None:
    hit = index.search("When was the harbour of Osmund opened?", k=3)[0]
    source = index.source(hit.passage.source_id)
    assert source is not None
    assert "opened in 1874" in hit.passage.text
    assert source.text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert (source.title, source.author, source.published) == ("The harbour report", "Mei Lin", "2023-04-02")
    assert (hit.rank, hit.dense_rank) == (1, 1)


def test_a_chinese_question_finds_its_chinese_passage(index: Index) -> None:
    assert "12吨" in index.search("茶园去年的产量是多少？", k=2)[0].passage.text


def test_adding_unchanged_files_embeds_nothing(index: Index, documents: Path, embedder: WordEmbedder) -> None:
    before = embedder.embedded
    assert {outcome.status for outcome in index.add(documents)} == {"unchanged"}
    assert embedder.embedded == before


def test_a_changed_file_replaces_what_it_was(index: Index, documents: Path) -> None:
    (documents / "tea.txt").write_text("茶园记事\n\n去年的产量是30吨。", encoding="utf-8")
    assert [one.status for one in index.add(documents / "tea.txt")] == ["updated"]
    found = " ".join(hit.passage.text for hit in index.search("茶园去年的产量", k=20))
    assert "30吨" in found and "12吨" not in found
    assert len(index.sources()) == 3


def test_the_same_content_under_another_name_is_one_source(index: Index, documents: Path) -> None:
    (documents / "copy.md").write_bytes((documents / "harbour.md").read_bytes())
    assert {one.status for one in index.add(documents)} == {"unchanged"}
    assert len(index.sources()) == 3


def test_a_removed_source_is_not_found_again(index: Index) -> None:
    source = next(source for source in index.sources() if "harbour" in source.title)
    assert index.remove(source.id)
    assert not index.remove(source.id)
    assert all(hit.passage.source_id != source.id for hit in index.search("harbour of Osmund", k=50))


def test_files_that_cannot_be_read_are_named_with_the_reason_and_the_others_are_added(
    at: At, tmp_path: Path, documents: Path, embedder: WordEmbedder
) -> None:
    (documents / "empty.txt").write_text("")
    (documents / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with Index.open(at("i"), embedder) as index:
        outcomes = {one.path.name: one for one in index.add(documents, tmp_path / "missing.txt")}
    failed = {name for name, one in outcomes.items() if one.status == "failed"}
    assert failed == {"empty.txt", "picture.txt", "missing.txt"}
    assert all(name in outcomes[name].reason and "Supported: .txt" in outcomes[name].reason for name in failed)
    assert sum(one.status == "added" for one in outcomes.values()) == 3


def test_page_furniture_is_never_found(at: At, tmp_path: Path, embedder: WordEmbedder) -> None:
    (tmp_path / "post.txt").write_text("The council met on Monday.\n\nSign in to like\n\n0 followers\n")
    with Index.open(at("i"), embedder) as index:
        index.add(tmp_path / "post.txt")
        assert [hit.passage.text for hit in index.search("sign in to like followers", k=9)] == [
            "The council met on Monday."
        ]


def test_an_index_opens_again_with_what_was_committed(index: Index, at: At, embedder: WordEmbedder) -> None:
    expected = [hit.passage.id for hit in index.search("granite bridge", k=5)]
    with Index.open(at("test.index"), embedder) as again:
        assert [hit.passage.id for hit in again.search("granite bridge", k=5)] == expected


@pytest.mark.folder
@pytest.mark.parametrize("damage", ["absent", "truncated", "flipped", "foreign"])
def test_a_lost_or_damaged_vector_file_is_built_again(
    damage: str, index: Index, tmp_path: Path, embedder: WordEmbedder
) -> None:
    expected = [hit.passage.id for hit in index.search("granite bridge", k=5)]
    file = tmp_path / "test.index" / "vectors.faiss"
    content = file.read_bytes()
    damaged = {"truncated": content[:-100], "flipped": content[:-9] + b"\xff" + content[-8:], "foreign": b"hello"}
    file.unlink() if damage == "absent" else file.write_bytes(damaged[damage])
    with Index.open(tmp_path / "test.index", embedder) as again:
        assert [hit.passage.id for hit in again.search("granite bridge", k=5)] == expected
    assert file.read_bytes() == content


def test_a_change_by_another_process_is_seen(index: Index, at: At, tmp_path: Path, embedder: WordEmbedder) -> None:
    index.search("anything", k=1)
    with Index.open(at("test.index"), embedder) as other:
        (tmp_path / "new.txt").write_text("A lighthouse stands on the cliff.")
        other.add(tmp_path / "new.txt")
    assert "lighthouse" in index.search("lighthouse on the cliff", k=1)[0].passage.text


def test_an_index_of_another_model_is_refused_by_both_names(index: Index, at: At) -> None:
    with pytest.raises(YijuError, match=r"'words'.*not with 'other'.*--embedding words"):
        Index.open(at("test.index"), WordEmbedder("other"))


def test_an_index_opens_with_the_model_that_it_was_made_with(index: Index, at: At) -> None:
    with Index.open(at("test.index")) as again:
        assert again.embedder.name == "words"


@pytest.mark.folder
def test_a_folder_with_other_files_is_no_index(documents: Path, embedder: WordEmbedder) -> None:
    with pytest.raises(YijuError, match="holds other files.*--index"):
        Index.open(documents, embedder)
    assert len(list(documents.iterdir())) == 3


@pytest.mark.folder
def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path, embedder: WordEmbedder) -> None:
    with sqlite3.connect(tmp_path / "yiju.sqlite") as connection:
        connection.execute("CREATE TABLE mine (value)")
    connection.close()
    with pytest.raises(YijuError, match=r"not an index of Yiju's.*--index"):
        Index.open(tmp_path, embedder)


@pytest.mark.folder
def test_an_index_from_a_newer_version_says_how_to_go_on(index: Index, tmp_path: Path, embedder: WordEmbedder) -> None:
    with sqlite3.connect(tmp_path / "test.index" / "yiju.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(YijuError, match="newer Yiju.*pip install -U yiju"):
        Index.open(tmp_path / "test.index", embedder)


@pytest.mark.folder
def test_a_damaged_database_is_a_clear_error(tmp_path: Path, embedder: WordEmbedder) -> None:
    (tmp_path / "yiju.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(YijuError, match=r"damaged.*--index"):
        Index.open(tmp_path, embedder)


@pytest.mark.folder
def test_a_second_writer_is_told_who_holds_the_index(
    index: Index, tmp_path: Path, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = (
        "import sys, time; sys.argv[0] = 'night-job'\n"
        "from pathlib import Path; from index.store import Store\n"
        f"with Store(Path({str(tmp_path / 'test.index' / 'yiju.sqlite')!r}), 'words').transaction():\n"
        "    print('writing', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "writing\n"
        monkeypatch.setattr("index.store.PATIENCE", 0.1)
        with (
            Index.open(tmp_path / "test.index", embedder) as other,
            pytest.raises(YijuError, match=rf"night-job \(process {holder.pid} on .*is writing.*Wait for it"),
        ):
            other.remove(index.sources()[0].id)
        assert len(index.search("harbour", k=3)) == 3  # a reader does not wait
        holder.kill()


def test_vectors_that_hold_nan_change_nothing(at: At, tmp_path: Path) -> None:
    class Broken(WordEmbedder):
        def _vector(self, text: str) -> np.ndarray:  # type: ignore[type-arg]
            return np.full(8, np.nan, np.float32)

    (tmp_path / "a.txt").write_text("A lighthouse stands on the cliff.")
    with Index.open(at("i"), Broken()) as index:
        with pytest.raises(YijuError, match="NaN.*Nothing was added"):
            index.add(tmp_path / "a.txt")
        assert index.sources() == []


@pytest.mark.parametrize(
    ("query", "k", "message"),
    [
        ("", 3, "empty"),
        (" \n ", 3, "empty"),
        ("字" * 50_000, 3, "50,000 characters; at most 10,000"),
        ("a", 0, "k is 0"),
    ],
)
def test_a_query_that_cannot_be_searched_with_says_why(index: Index, query: str, k: int, message: str) -> None:
    with pytest.raises(YijuError, match=message):
        index.search(query, k=k)


def test_an_empty_index_finds_nothing(at: At, embedder: WordEmbedder) -> None:
    with Index.open(at("i"), embedder) as index:
        assert index.search("anything", k=5) == []


def test_more_passages_than_there_are_gives_all(index: Index) -> None:
    assert len(index.search("bridge", k=1000)) == len(index)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True)
    if mount.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.folder
def test_a_full_disk_is_a_clear_error_and_what_was_there_is_still_found(
    small_disk: Path, tmp_path: Path, documents: Path, embedder: WordEmbedder
) -> None:
    long = tmp_path / "long.txt"
    long.write_text("\n\n".join(f"Line {number} tells of the lighthouse on cliff {number}." for number in range(3000)))
    with Index.open(small_disk / "i", embedder) as index:
        index.add(documents / "harbour.md")
        with pytest.raises(YijuError, match=r"full.*nothing was changed.*Free some space"):
            index.add(long)
        assert [source.title for source in index.sources()] == ["The harbour report"]
        assert "1874" in index.search("When was the harbour opened?", k=1)[0].passage.text
    with Index.open(small_disk / "i", embedder) as again:
        assert len(again.sources()) == 1


def test_a_text_that_was_copied_before_its_file_was_changed_is_kept(index: Index, documents: Path) -> None:
    (documents / "a-copy.md").write_bytes((documents / "harbour.md").read_bytes())
    (documents / "z-copy.md").write_bytes((documents / "harbour.md").read_bytes())
    (documents / "harbour.md").write_text("# The new harbour\n\nThe harbour of Osmund moved in 2024.")
    assert sorted(one.status for one in index.add(documents)) == ["unchanged"] * 4 + ["updated"]
    found = " ".join(hit.passage.text for hit in index.search("harbour of Osmund", k=20))
    assert "1874" in found and "2024" in found
    for name in ("a-copy.md", "z-copy.md"):
        assert "1874" in " ".join(hit.passage.text for hit in index.search("harbour of Osmund", k=20))
        (documents / name).write_text(f"# Nothing\n\nNothing is left in {name}.")
        index.add(documents)
    assert "1874" not in " ".join(hit.passage.text for hit in index.search("harbour of Osmund", k=20))
    assert index.check() == []


def test_a_changed_file_embeds_only_the_passages_that_changed(
    index: Index, documents: Path, embedder: WordEmbedder
) -> None:
    long = documents / "long.txt"
    paragraphs = [f"Paragraph {number} tells of the lighthouse on cliff {number}. " * 5 for number in range(20)]
    long.write_text("\n\n".join(paragraphs))
    index.add(long)
    before = embedder.embedded
    long.write_text("\n\n".join(paragraphs).replace("cliff 11", "seals 11"))
    assert [one.status for one in index.add(long)] == ["updated"]
    assert embedder.embedded - before <= 2
    assert "seals" in index.search("seals 11", k=1)[0].passage.text


def test_a_source_that_a_program_puts_again_is_replaced(at: At, embedder: WordEmbedder) -> None:
    def told(price: str, uri: str = "program:1", title: str = "Fares") -> Source:
        text = f"The ferry to Osmund costs {price} euros."
        return Source("doc-1", uri, title, None, None, None, "2026-01-01", "en", "text/plain", text)

    with Index.open(at("i"), embedder) as index:
        index.put(told("five"))
        index.put(told("five", "program:2"))
        before = index.passages("doc-1")
        index.put(told("seven"))
        assert [hit.passage.text for hit in index.search("ferry to Osmund", k=5)] == [
            "The ferry to Osmund costs seven euros."
        ]
        assert index.passages("doc-1") != before and len(index) == 1
        assert [getattr(index.place(uri), "source_id", None) for uri in ("program:1", "program:2")] == ["doc-1"] * 2
        index.put(told("seven", title="Fares of 2026"))
        assert [source.title for source in index.sources()] == ["Fares of 2026"]
        assert index.check() == []


def test_a_source_that_another_process_removes_meanwhile_is_named(index: Index, documents: Path, at: At) -> None:
    with Index.open(at("test.index"), WordEmbedder()) as other:
        read: list[Path | str] = []

        def remove(progress: Progress) -> None:
            read.append(progress.path)
            if len(read) == 2:  # the first file was found to be as it was
                other.remove_from(read[0])

        outcomes = index.add(documents, progress=remove)
    assert [one.status for one in outcomes] == ["failed", "unchanged", "unchanged"]
    assert "bridge.html: another process removed its source meanwhile. Add it again." in outcomes[0].reason
    assert [one.status for one in index.add(documents)] == ["added", "unchanged", "unchanged"]


def test_half_a_character_in_what_a_file_states_is_replaced(at: At, documents: Path, embedder: WordEmbedder) -> None:
    (documents / "release.md").write_text('---\ntitle: "Release \\ud83d"\nauthor: "Mei \\udc00"\n---\nIt is out.\n')
    (documents / "release.json").write_text('{"url": "https://example.org/\\ud83d", "text": "It came out in May."}')
    with Index.open(at("i"), embedder) as index:
        assert {one.status for one in index.add(documents)} == {"added"}
        said = {(source.title, source.author, source.url) for source in index.sources()}
    assert ("Release \ufffd", "Mei \ufffd", None) in said
    assert ("release", None, "https://example.org/\ufffd") in said


def test_a_source_with_metadata_that_cannot_be_kept_changes_nothing(index: Index) -> None:
    said = {"score": float("nan")}
    source = Source("s", "u", "t", None, None, None, "2026", "en", "text/plain", "It rained.", metadata=said)
    with pytest.raises(YijuError, match="The metadata of the source 's' cannot be kept.*Use texts and finite numbers"):
        index.put(source)
    assert index.source("s") is None


def test_a_source_with_half_of_a_character_changes_nothing(index: Index) -> None:
    source = Source("s", "u", "t", None, None, None, "2026", "en", "text/plain", "It rained all day \ud83d.")
    with pytest.raises(YijuError, match="'s' holds half of a character, which is no text"):
        index.put(source)
    assert index.source("s") is None


def test_sources_are_read_again_from_where_they_were_read(index: Index, documents: Path) -> None:
    (documents / "tea.txt").write_text("茶园记事\n\n去年的产量是30吨。", encoding="utf-8")
    (documents / "bridge.html").unlink()
    outcomes = {one.path.name: one for one in index.update()}
    assert {name: one.status for name, one in outcomes.items()} == {
        "harbour.md": "unchanged",
        "tea.txt": "updated",
        "bridge.html": "failed",
    }
    assert "there is no such file" in outcomes["bridge.html"].reason
    assert len(index.sources()) == 3


def test_a_list_of_sources_reads_their_texts_when_they_are_asked_for(index: Index) -> None:
    listed = index.sources()
    for source in listed:
        whole = index.source(source.id)
        assert whole and (source.text, source.headings, source.uri) == (whole.text, whole.headings, whole.uri)
    index.remove(listed[0].id)
    again = index.sources()[0]
    index.remove(again.id)
    with pytest.raises(YijuError, match="was removed from the index. List the sources again"):
        _ = again.text


@pytest.mark.folder
def test_stats_tell_what_the_index_holds(index: Index) -> None:
    stats = index.stats()
    assert (stats.sources, stats.passages, stats.embedding, stats.dimension) == (3, len(index), "words", 256)
    assert sum(stats.languages.values()) == stats.passages and {"en", "zh"} <= set(stats.languages)
    assert stats.bytes > 10_000 and not stats.inverted


def test_an_index_that_was_closed_says_so(index: Index, documents: Path) -> None:
    index.close()
    with pytest.raises(YijuError, match="has been closed. Open it again"):
        index.search("harbour")
    with pytest.raises(YijuError, match="has been closed. Open it again"):
        index.add(documents / "tea.txt")
        index.remove("x")


def test_a_home_folder_of_nobody_here_is_named() -> None:
    with pytest.raises(YijuError, match="there is no home folder '~no-such-person' here. Write the folder"):
        Index.open("~no-such-person/i", WordEmbedder())
