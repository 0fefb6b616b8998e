"""An index says what is wrong with it, mends it, and goes over to another model."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import Index, YijuError
from index.snapshot import Vectors
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.folder

OLD_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    id TEXT PRIMARY KEY, uri TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, published TEXT, url TEXT,
    retrieved TEXT NOT NULL, language TEXT NOT NULL, media_type TEXT NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL, page INTEGER,
    language TEXT NOT NULL, furniture INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_of_source ON passages (source_id);
CREATE TABLE languages (language TEXT PRIMARY KEY, count INTEGER NOT NULL, total BLOB NOT NULL)
"""


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "yiju.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def folder(index: Index) -> Path:
    index.search("harbour", k=3)  # writes the vectors' file
    return index.folder


def test_a_sound_index_has_no_problems(index: Index, folder: Path, documents: Path) -> None:
    (documents / "tea.txt").write_text("茶园记事\n\n去年的产量是30吨。", encoding="utf-8")
    index.add(documents)
    index.remove(index.sources()[0].id)
    assert index.check() == []


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ("UPDATE passages SET text = 'The harbour was opened in 1999.' WHERE text LIKE '%1874%'", "source"),
        ("DELETE FROM vectors WHERE number = 1", "source"),
        ("UPDATE vectors SET vector = zeroblob(10) WHERE number = 2", "source"),
        ("UPDATE languages SET count = count + 1", "sums"),
        ("DELETE FROM languages WHERE language = 'zh'", "sums"),
        ("INSERT INTO words (words) VALUES ('delete-all')", "words"),
        ("INSERT INTO words (rowid, text) VALUES (999, 'ghost')", "words"),
    ],
)
def test_what_is_wrong_is_named_and_made_right(index: Index, folder: Path, damage: str, where: str) -> None:
    question = "When was the harbour of Osmund opened?"
    expected = [(hit.passage.text, hit.words_rank) for hit in index.search(question, k=20)]
    change(folder, damage)
    assert where in {problem.where for problem in index.check()}
    assert index.repair() == []
    assert index.check() == []
    assert [(hit.passage.text, hit.words_rank) for hit in index.search(question, k=20)] == expected


def test_a_damaged_vectors_file_is_named_and_made_again(index: Index, folder: Path) -> None:
    file = folder / "vectors.faiss"
    content = file.read_bytes()
    file.write_bytes(content[:50] + b"\xff" + content[51:])
    assert [problem.where for problem in index.check()] == ["vectors file"]
    assert index.repair() == []
    index.search("harbour", k=1)
    assert file.read_bytes() == content or index.check() == []


def test_a_damaged_database_is_named_and_left_for_a_copy(index: Index, folder: Path) -> None:
    index.close()
    file = folder / "yiju.sqlite"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = b"\x5a" * 4096
    file.write_bytes(content)
    with Index.open(folder, WordEmbedder()) as again:
        try:
            remaining = again.repair()
        except YijuError as error:
            assert "restore a copy" in str(error)
        else:
            assert remaining


class Letters(WordEmbedder):
    """Another model: other vectors, of another dimension; breaks off when told to."""

    def __init__(self, most: int = 10**9) -> None:
        super().__init__("letters")
        self.most = most

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self.embedded + len(texts) > self.most:
            raise KeyboardInterrupt
        return super().passages(texts)

    def _vector(self, text: str) -> Vectors:
        counts = np.array([text.casefold().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz茶园"]) + 0.01
        return np.asarray(counts / np.linalg.norm(counts), np.float32)


def test_an_index_goes_over_to_another_model_and_is_bound_to_it(index: Index, folder: Path) -> None:
    passages = len(index)
    done: list[tuple[int, int]] = []
    Index.embed_again(folder, Letters(), lambda *progress: done.append(progress))
    assert done == [(0, passages)]
    with pytest.raises(YijuError, match="'letters', not with 'words'"):  # who had it open has the old model
        index.search("harbour", k=1)
    with pytest.raises(YijuError, match="'letters', not with 'words'"):
        (folder.parent / "new.txt").write_text("A lighthouse stands on the cliff.")
        index.add(folder.parent / "new.txt")
    with pytest.raises(YijuError, match="yiju check --repair --embedding words"):
        Index.open(folder, WordEmbedder())
    with Index.open(folder, Letters()) as again:
        assert again.check() == []
        assert again.stats().dimension == 28
        assert "1874" in again.search("When was the harbour of Osmund opened?", k=1)[0].passage.text


def test_going_over_that_was_broken_off_goes_on_and_leaves_the_index_as_it_was(
    index: Index, folder: Path, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.reembedding._BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        Index.embed_again(folder, Letters(most=3))
    assert "1874" in index.search("When was the harbour of Osmund opened?", k=1)[0].passage.text
    (documents / "new.txt").write_text("A lighthouse stands on the cliff.")
    index.add(documents)
    rest = Letters()
    Index.embed_again(folder, rest)
    with Index.open(folder, Letters()) as again:
        assert rest.embedded == len(again) - 2
        assert again.check() == []


def test_a_folder_without_an_index_has_nothing_to_embed_again(tmp_path: Path) -> None:
    with pytest.raises(YijuError, match="There is no index in .*--index"):
        Index.embed_again(tmp_path, Letters())


def test_an_index_of_the_first_format_is_brought_up_to_date(
    index: Index, folder: Path, tmp_path: Path, embedder: WordEmbedder
) -> None:
    question = "When was the harbour of Osmund opened?"
    expected = [hit.passage.id for hit in index.search(question, k=20)]
    old = tmp_path / "old.index"
    old.mkdir()
    with closing(sqlite3.connect(old / "yiju.sqlite")) as connection, connection:
        for statement in OLD_TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {0x59694A75}")
        connection.execute("PRAGMA user_version = 1")
        rows = [("embedder", "words"), ("generation", "3"), ("dimension", "256")]
        connection.executemany("INSERT INTO settings VALUES (?, ?)", rows)
        for source in index.sources():
            said = (source.title, source.author, source.published, source.url, source.retrieved, source.language)
            connection.execute(
                "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]')",
                [source.id, source.uri, *said, source.media_type, source.text],
            )
            for one in index.passages(source.id):
                vector = embedder.passages([one.text])[0].tobytes()
                connection.execute(
                    "INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
                    [one.id, source.id, one.start, one.end, one.text, one.heading, one.language, one.furniture, vector],
                )
    with Index.open(old, embedder) as upgraded:
        assert upgraded.check() == []
        found = [hit.passage.id for hit in upgraded.search(question, k=20)]
        assert found[0] == expected[0] and set(found) == set(expected)
        assert {one.status for one in upgraded.update()} == {"unchanged"}
        upgraded.remove(upgraded.sources()[0].id)
        assert upgraded.check() == []
