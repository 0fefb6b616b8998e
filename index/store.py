"""The SQLite file of an index: sources, passages and raw vectors. It is the truth; all else is derived from it."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingError, IndexFolderError
from index.passages import Passage
from index.sources import Heading, Source

Vectors = NDArray[np.float32]  # shape (n, dimension), one L2-normalised row a text
Numbers = NDArray[np.int64]  # shape (n,), passage numbers

_APPLICATION = 0x59694A75  # "YiJu" in the file's header: tells our file from any other SQLite file
VERSION = 1  # of the schema
PATIENCE = 30.0  # seconds that a second writer waits for the first

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    id TEXT PRIMARY KEY, uri TEXT NOT NULL UNIQUE, title TEXT NOT NULL, author TEXT, published TEXT, url TEXT,
    retrieved TEXT NOT NULL, language TEXT NOT NULL, media_type TEXT NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL
);
-- AUTOINCREMENT: a number is never given twice, so a stale vector can never stand for a newer passage.
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL, page INTEGER,
    language TEXT NOT NULL, furniture INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_of_source ON passages (source_id);
-- Running sums of the raw vectors that are searched, a row a language: their mean is what a search is centred by.
CREATE TABLE languages (language TEXT PRIMARY KEY, count INTEGER NOT NULL, total BLOB NOT NULL);
"""

_SOURCE_COLUMNS = "id, uri, title, author, published, url, retrieved, language, media_type, text, headings"
_PASSAGE_COLUMNS = 'id, source_id, "start", "end", text, heading, page, language, furniture'


@dataclass(frozen=True)
class LanguageSum:
    """What an index holds of one language: how many searched passages, and the sum of their raw vectors."""

    language: str
    count: int
    total: NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """One moment of a store: its generation, and what it held of each language."""

    generation: int
    languages: tuple[LanguageSum, ...]


@dataclass(frozen=True)
class Searched:
    """Every passage that a search may find, row by row."""

    numbers: Numbers
    languages: list[str]
    vectors: Vectors


class Store:
    """The SQLite file of one index; every method is safe to call from any thread."""

    def __init__(self, path: Path, embedder: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        with _clear_errors(path):
            # check_same_thread: one connection, one lock; autocommit: transactions are where we say so.
            self._connection = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
            try:
                self._prepare(embedder)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @staticmethod
    def embedder_of(path: Path) -> str | None:
        """Return the name of the embedding model that an index was made with; None when there is no index yet."""
        if not path.exists():
            return None
        with _clear_errors(path), closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'settings'").fetchone():
                return None
            row = connection.execute("SELECT value FROM settings WHERE name = 'embedder'").fetchone()
            return str(row[0]) if row else None

    def _prepare(self, embedder: str) -> None:
        execute = self._connection.execute
        application, version = (execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        tables = execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != _APPLICATION and tables:
            raise IndexFolderError(f"{self._path} is not an index of Yiju's. Choose another folder with --index.")
        if version > VERSION:
            raise IndexFolderError(
                f"{self._path} was made by a newer Yiju (format {version}; this one reads up to {VERSION}). "
                "Update with: pip install -U yiju"
            )
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        if not tables:
            self._create(embedder)
        self._require_embedder(embedder)

    def _create(self, embedder: str) -> None:
        with self.transaction():
            if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return  # another process was first
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
            values = [("embedder", embedder), ("generation", "0")]
            self._connection.executemany("INSERT INTO settings VALUES (?, ?)", values)

    def _require_embedder(self, embedder: str) -> None:
        found = self._setting("embedder")
        if found != embedder:
            raise IndexFolderError(
                f"The index at {self._path.parent} was made with the embedding model {found!r}, not with "
                f"{embedder!r}. Open it with --embedding {found}, or choose another folder with --index."
            )

    def _require_dimension(self, vectors: Vectors) -> None:
        known = self._setting("dimension")
        if known is None:
            self._connection.execute("INSERT INTO settings VALUES ('dimension', ?)", [str(vectors.shape[1])])
        elif int(known) != vectors.shape[1]:
            raise EmbeddingError(
                f"The embedding model gave vectors of {vectors.shape[1]} dimensions; this index holds {known}. "
                f"The model named {self._setting('embedder')!r} has changed: choose another folder with --index."
            )
        if not np.isfinite(vectors).all():
            raise EmbeddingError("The embedding model gave a vector that holds NaN or infinity. Nothing was added.")

    def _setting(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM settings WHERE name = ?", [name])
        return str(rows[0][0]) if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock; everything inside is committed together or not at all."""
        with self._lock, _clear_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk rolls back by itself
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._lock, _clear_errors(self._path):
            return self._connection.execute(query, values).fetchall()

    # Sources

    def put(self, source: Source, passages: Sequence[Passage], vectors: Vectors) -> bool:
        """Add a source with its passages and their raw vectors; return whether it replaced one of the same address."""
        with self.transaction():
            self._require_dimension(vectors)
            replaced = self._rows("SELECT id FROM sources WHERE uri = ?", [source.uri])
            for (old,) in replaced:
                self._delete(str(old))
            headings = json.dumps([[h.start, h.end, h.level] for h in source.headings])
            row = [getattr(source, column) for column in _SOURCE_COLUMNS.split(", ")[:-1]] + [headings]
            self._connection.execute(f"INSERT INTO sources ({_SOURCE_COLUMNS}) VALUES ({_marks(row)})", row)
            for passage, vector in zip(passages, vectors, strict=True):
                values = [getattr(passage, c.strip('"')) for c in _PASSAGE_COLUMNS.split(", ")] + [vector.tobytes()]
                columns = f"{_PASSAGE_COLUMNS}, vector"
                self._connection.execute(f"INSERT INTO passages ({columns}) VALUES ({_marks(values)})", values)
            self._count(passages, vectors, sign=1)
            self._next_generation()
        return bool(replaced)

    def remove(self, source_id: str) -> bool:
        """Delete a source and its passages; return whether it was there."""
        with self.transaction():
            removed = self._delete(source_id)
            if removed:
                self._next_generation()
            return removed

    def _delete(self, source_id: str) -> bool:
        self._count(self.passages_of(source_id), self._vectors_of(source_id), sign=-1)
        return self._connection.execute("DELETE FROM sources WHERE id = ?", [source_id]).rowcount > 0

    def _count(self, passages: Sequence[Passage], vectors: Vectors, sign: int) -> None:
        """Add or take away passages in the running sums."""
        sums = {one.language: one for one in self._languages()}
        for language in {passage.language for passage in passages if not passage.furniture}:
            mine = [i for i, p in enumerate(passages) if p.language == language and not p.furniture]
            change = sign * vectors[mine].sum(axis=0, dtype=np.float64)
            before = sums.get(language)
            count = sign * len(mine) + (before.count if before else 0)
            total = change + before.total if before else change
            self._connection.execute("REPLACE INTO languages VALUES (?, ?, ?)", [language, count, total.tobytes()])

    def _next_generation(self) -> None:
        self._connection.execute("UPDATE settings SET value = value + 1 WHERE name = 'generation'")

    def generation(self) -> int:
        """Return a number that grows with every change, by whichever process."""
        return int(self._setting("generation") or 0)

    def state(self) -> State:
        """Return the generation and the language sums of one and the same moment."""
        with self._lock, _clear_errors(self._path):
            self._connection.execute("BEGIN")
            try:
                return State(self.generation(), tuple(self._languages()))
            finally:
                self._connection.execute("COMMIT")

    def sources(self) -> list[Source]:
        """Return every source, by title."""
        return [_source(row) for row in self._rows(f"SELECT {_SOURCE_COLUMNS} FROM sources ORDER BY title, uri")]

    def source(self, source_id: str) -> Source | None:
        rows = self._rows(f"SELECT {_SOURCE_COLUMNS} FROM sources WHERE id = ?", [source_id])
        return _source(rows[0]) if rows else None

    def has_source(self, source_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM sources WHERE id = ?", [source_id]))

    # Passages

    def passages_of(self, source_id: str) -> list[Passage]:
        query = f"SELECT {_PASSAGE_COLUMNS} FROM passages WHERE source_id = ? ORDER BY number"
        return [_passage(row) for row in self._rows(query, [source_id])]

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these numbers; those that are gone are left out."""
        wanted = list(numbers)
        query = f"SELECT number, {_PASSAGE_COLUMNS} FROM passages WHERE number IN ({_marks(wanted)})"
        return {int(str(row[0])): _passage(row[1:]) for row in self._rows(query, wanted)}

    def passage_counts(self) -> dict[str, int]:
        """Return how many passages of each source, by its id, a search may find."""
        rows = self._rows("SELECT source_id, count(*) FROM passages WHERE NOT furniture GROUP BY source_id")
        return {str(source_id): int(str(count)) for source_id, count in rows}

    def count_passages(self) -> int:
        return int(str(self._rows("SELECT count(*) FROM passages WHERE NOT furniture")[0][0]))

    def _languages(self) -> list[LanguageSum]:
        rows = self._rows("SELECT language, count, total FROM languages WHERE count > 0 ORDER BY language")
        return [LanguageSum(str(r[0]), int(str(r[1])), np.frombuffer(_bytes(r[2]), np.float64)) for r in rows]

    def searched(self) -> Searched:
        """Return every passage that is searched, with its raw vector."""
        rows = self._rows("SELECT number, language, vector FROM passages WHERE NOT furniture ORDER BY number")
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        return Searched(numbers, [str(row[1]) for row in rows], _matrix([_bytes(row[2]) for row in rows]))

    def _vectors_of(self, source_id: str) -> Vectors:
        rows = self._rows("SELECT vector FROM passages WHERE source_id = ? ORDER BY number", [source_id])
        return _matrix([_bytes(row[0]) for row in rows])


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says into what a person can do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "full" in reason:
            advice = "The disk is full; nothing was changed. Free some space and try again."
        elif "locked" in reason:
            advice = "Another process is writing to this index. Wait for it to end, or stop it, and try again."
        elif "readonly" in reason or "unable to open" in reason:
            advice = "Check that the folder exists and that you may write to it, or choose another with --index."
        else:
            advice = "Nothing was changed."
        raise IndexFolderError(f"{path}: {reason}. {advice}") from error
    except sqlite3.DatabaseError as error:
        advice = "It is not an index of Yiju's, or it is damaged: choose another folder with --index or restore a copy."
        raise IndexFolderError(f"{path}: {error}. {advice}") from error


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _matrix(blobs: list[bytes]) -> Vectors:
    if not blobs:
        return np.zeros((0, 0), np.float32)
    return np.frombuffer(b"".join(blobs), np.float32).reshape(len(blobs), -1)


def _source(row: tuple[object, ...]) -> Source:
    values = dict(zip(_SOURCE_COLUMNS.split(", "), row, strict=True))
    text = str(values["text"])
    spans = json.loads(str(values.pop("headings")))
    headings = tuple(Heading(start, end, level, text[start:end]) for start, end, level in spans)
    return Source(**values, headings=headings)  # type: ignore[arg-type]


def _passage(row: tuple[object, ...]) -> Passage:
    values = dict(zip(_PASSAGE_COLUMNS.replace('"', "").split(", "), row, strict=True))
    return Passage(**values | {"furniture": bool(values["furniture"])})  # type: ignore[arg-type]
