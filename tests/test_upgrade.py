"""What earlier versions wrote is opened, searched and added to by this one; what a later one wrote is left alone."""

import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from index import Index, Source, YijuError
from tests.fakes import WordEmbedder
from tests.installed import ROOT
from tests.old_indexes import DOCUMENTS, KEPT, QUESTIONS
from tests.test_packaging import PROJECT

OLD = sorted(KEPT.glob("*.zip"))


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an index that an earlier version made."""
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path / "old.index")
    return tmp_path / "old.index"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """What the old indexes were made of."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def format_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "yiju.sqlite")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_every_format_that_there_was_is_kept_and_so_is_every_version(tmp_path: Path) -> None:
    kept = [tuple(path.stem.split("-format-")) for path in OLD]
    with Index.open(tmp_path, WordEmbedder()):
        now = format_of(tmp_path)
    assert {int(number) for _, number in kept} == set(range(1, now + 1)), "python -m tests.old_indexes"
    assert PROJECT["version"] in {version for version, _ in kept}, "python -m tests.old_indexes"


def test_an_index_of_an_earlier_version_is_sound_and_finds_what_it_held(old: Path) -> None:
    made = json.loads((old / "made.json").read_text(encoding="utf-8"))
    assert format_of(old) == made["format"]
    embedder = WordEmbedder()
    with Index.open(old, embedder) as index:
        assert index.check() == []
        assert sorted(source.title for source in index.sources()) == made["sources"]
        for question, fact in QUESTIONS.items():
            best = index.search(question)[0].passage
            source = index.source(best.source_id)
            assert fact in best.text and source and source.text[best.start : best.end] == best.text
    assert embedder.embedded == 0, "nothing that was embedded is embedded again"


def test_it_is_added_to_and_removed_from(old: Path, documents: Path) -> None:
    embedder = WordEmbedder()
    with Index.open(old, embedder) as index:
        before = len(index)
        assert {outcome.status for outcome in index.add(documents)} <= {"moved", "unchanged"}, "known by its content"
        assert (embedder.embedded, len(index)) == (0, before)
        (documents / "mill.txt").write_text("The mill grinds on Mondays.", encoding="utf-8")
        assert "added" in {outcome.status for outcome in index.add(documents)}
        assert index.search("When does the mill grind?")[0].passage.text == "The mill grinds on Mondays."
        index.remove_from(documents / "harbour.md")
        assert len(index.sources()) == 2 and index.check() == []
    with Index.open(old, WordEmbedder()) as again:
        assert len(again.sources()) == 2 and again.check() == []


def test_it_is_brought_up_to_date_once(old: Path, tmp_path: Path) -> None:
    with Index.open(tmp_path / "new.index", WordEmbedder()):
        now = format_of(tmp_path / "new.index")
    with Index.open(old, WordEmbedder()):
        pass
    assert format_of(old) == now


def test_words_that_broke_at_a_soft_hyphen_are_made_anew(tmp_path: Path) -> None:
    texts = {"desk": "The infor\u00admation desk is open.", "pier": "The infor lies at the pier."}
    with Index.open(tmp_path, WordEmbedder()) as index:
        for name, text in texts.items():
            index.put(Source(name, name, name, None, None, None, "2026", "en", "text/plain", text))
    with closing(sqlite3.connect(tmp_path / "yiju.sqlite")) as connection, connection:
        connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
        words = [(1, "the infor mation desk is open"), (2, "the infor lies at the pier")]
        connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", words)
        connection.execute("PRAGMA user_version = 2")
    with Index.open(tmp_path, WordEmbedder()) as index:
        assert [hit.passage.source_id for hit in index.search("information") if hit.words_rank] == ["desk"]
        index.remove("desk")
        assert [hit.passage.source_id for hit in index.search("infor") if hit.words_rank] == ["pier"]
        assert index.check() == []


def test_an_index_of_a_later_version_is_refused_with_what_to_do_and_left_as_it_is(old: Path) -> None:
    with closing(sqlite3.connect(old / "yiju.sqlite")) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("DROP TABLE settings")  # nothing of it need be as it is here
    before = (old / "yiju.sqlite").read_bytes()
    with pytest.raises(YijuError, match=r"yiju\.sqlite was made by a newer Yiju \(format 99; .*pip install -U yiju"):
        Index.open(old, WordEmbedder())
    command = [sys.executable, "-m", "assistant.cli", "sources", "--index", str(old)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1 and "newer Yiju" in run.stderr and "pip install -U yiju" in run.stderr
    assert (old / "yiju.sqlite").read_bytes() == before
