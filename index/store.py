"""The SQLite file of an index: sources, passages, raw vectors and words. It is the truth; all else is derived from it.

One connection writes, others read; readers never wait for a writer (write-ahead logging), and each sees one moment.
"""

import itertools
import json
import os
import socket
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import schema
from index.engine import Move, holds, require_finite
from index.errors import EmbeddingError, IndexFolderError, SourceError
from index.passages import embedded_text
from index.schema import PASSAGE_COLUMNS, marks
from index.snapshot import Entry, LanguageSum, Place, Snapshot, Vectors, added, summed, sums_of

VECTORS = "vectors.faiss"  # beside it: what is derived of the vectors
PATIENCE = 30.0  # seconds that a second writer waits for the first
_CACHE = 64_000  # KiB of pages that a connection keeps
_IDLE = 4  # connections that are kept to be read with again: each keeps its pages, and a rush leaves many
_LONGEST_LOG = 32_000_000  # bytes
_LOG_PATIENCE = 200  # milliseconds that a writer waits for readers before it leaves the log as it is


class Store:
    """The SQLite file of one index; every method is safe to call from any thread."""

    def __init__(self, path: Path, embedder: str) -> None:
        self._path = path
        self._embedder = embedder
        self._writing = threading.RLock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with self._clear_errors():
            self._writer = self._connect()
            try:
                self._prepare()
            except BaseException:
                self.close()  # those that have read, too
                raise

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        with self._writing:
            self._writer.close()

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

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread: each is used by one thread at a time; autocommit: transactions are where we say so.
        connection = sqlite3.connect(self._path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
        try:
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self) -> None:
        execute = self._writer.execute
        application, version = (execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        tables = execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != schema.APPLICATION and tables:
            raise IndexFolderError(f"{self._path} is not an index of Yiju's. Choose another folder with --index.")
        if version > schema.VERSION:
            raise IndexFolderError(
                f"{self._path} was made by a newer Yiju (format {version}; this one reads up to {schema.VERSION}). "
                "Update with: pip install -U yiju"
            )
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        if version < schema.VERSION:
            with self.transaction():  # foreign keys are off: an upgrade renames tables that others refer to
                self._create_or_upgrade()
        execute("PRAGMA foreign_keys = ON")
        with self.snapshot() as now:
            self.require_embedder(now)

    def _create_or_upgrade(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 1:
            schema.upgrade(self._writer)
            self._path.with_name(VECTORS).unlink(missing_ok=True)  # as it was then, it reads as damaged now
        elif version == 2:
            schema.upgrade_words(self._writer)
        elif not self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            schema.create(self._writer, self._embedder)  # else another process was first

    def require_embedder(self, now: Snapshot) -> None:
        """Raise IndexFolderError when the index is (or, by another process, became) one of another model."""
        found, embedder = now.setting("embedder"), self._embedder
        if found != embedder:
            raise IndexFolderError(
                f"The index at {self._path.parent} was made with the embedding model {found!r}, not with "
                f"{embedder!r}. Open it with --embedding {found}, choose another folder with --index, or embed it "
                f"again: yiju check --repair --embedding {embedder}"
            )

    # Reading

    def dimension(self) -> int | None:
        """Return the length of the vectors, None while nothing is in; raises IndexFolderError as `require_embedder`."""
        with self.snapshot() as now:
            self.require_embedder(now)
            return now.dimension

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Read one moment of the index; what is written meanwhile is not seen."""
        with self._clear_errors():
            connection = self._reader()
            try:
                connection.execute("BEGIN")
                try:
                    yield Snapshot(connection)
                finally:
                    connection.execute("ROLLBACK")
            finally:
                if self._closed or len(self._idle) >= _IDLE:
                    connection.close()
                else:
                    self._idle.append(connection)

    def _reader(self) -> sqlite3.Connection:
        if self._closed:
            raise IndexFolderError(f"The index at {self._path.parent} has been closed. Open it again.")
        with suppress(IndexError):
            return self._idle.pop()
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; everything inside is committed together or not at all."""
        with self._writing, self._clear_errors():
            if self._closed:
                raise IndexFolderError(f"The index at {self._path.parent} has been closed. Open it again.")
            self._writer.execute("BEGIN IMMEDIATE")
            self._say_who_writes()
            try:
                yield self._writer
                with suppress(OSError):
                    _note_of(self._path).unlink()
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # a full disk rolls back by itself
                    self._writer.execute("ROLLBACK")
                raise
            self._shorten_log()

    def _shorten_log(self) -> None:
        """Empty the write-ahead log when it has grown long: while someone always reads, SQLite never does."""
        log = self._path.with_name(f"{self._path.name}-wal")
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            self._writer.execute(f"PRAGMA busy_timeout = {_LOG_PATIENCE}")  # milliseconds; else after a later change
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._writer.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def put(self, entries: Sequence[Entry], places: Sequence[Place], moves: Sequence[Move] = ()) -> None:
        """Store sources with their passages and vectors, and where sources were read, all in one transaction.

        What was read at such a place before goes, unless it is at another place still; what a source's id stood for
        before, too. Raises EmbeddingError for vectors that cannot be searched, and SourceError for a passage id that
        is there already; then nothing changes.
        """
        for entry in entries:
            require_finite(entry)
        with self.transaction():
            now = Snapshot(self._writer)
            self.require_embedder(now)
            generation = schema.next_generation(self._writer)
            self._forget_others(places, generation)
            for entry in entries:
                self._require_dimension(entry.vectors)
            new = [entry for entry in entries if not holds(now, entry)]
            elsewhere = [place for entry in new for place in now.places(entry.source.id)]
            for entry in new:
                if self._has(entry.source.id):
                    self._delete(entry.source.id, generation)
            self._insert(new)
            self._place(elsewhere)
            gone = [place.uri for place in places if not self._has(place.source_id)]
            if gone:
                raise SourceError(f"{gone[0]}: another process removed its source meanwhile. Add it again.")
            self._place(places)
            for move in moves:
                self._writer.executemany("DELETE FROM places WHERE uri = ?", [(uri,) for uri in move.left])
                self._writer.execute(
                    "UPDATE sources SET title = ? WHERE id = ? AND stated_title IS NULL", [move.title, move.source_id]
                )

    def leave(self, uris: Sequence[str]) -> None:
        """Forget what was read at these places, in one transaction; sources that are left without a place go."""
        if not uris:
            return
        with self.transaction():
            self._leave(uris, set(), schema.next_generation(self._writer))

    def replace(self, entry: Entry, places: Sequence[Place]) -> None:
        """Store a source anew that is here already, with other passages or vectors, in one transaction."""
        require_finite(entry)
        with self.transaction():
            self._require_dimension(entry.vectors)
            self._delete(entry.source.id, schema.next_generation(self._writer))
            self._insert([entry])
            self._place(places)

    def _place(self, places: Sequence[Place]) -> None:
        rows = [(place.uri, place.source_id, place.digest) for place in places]
        self._writer.executemany("REPLACE INTO places (uri, source_id, digest) VALUES (?, ?, ?)", rows)

    def damage_of_words(self) -> str | None:
        """Return what FTS5 itself finds wrong with the words table."""
        try:
            with self.transaction() as connection:
                connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        except IndexFolderError as error:
            if isinstance(error.__cause__, sqlite3.OperationalError):
                raise  # locked, full: not the table's fault
            return str(error.__cause__)
        return None

    def remove(self, source_id: str) -> bool:
        """Delete a source and its passages; return whether it was there."""
        with self.transaction():
            if not self._has(source_id):
                return False
            self._delete(source_id, schema.next_generation(self._writer))
            return True

    def _has(self, source_id: str) -> bool:
        return bool(self._writer.execute("SELECT 1 FROM sources WHERE id = ?", [source_id]).fetchone())

    def _forget_others(self, places: Sequence[Place], generation: int) -> None:
        """Take the places from the sources that were read there before, and delete those that are left without one."""
        others: list[str] = []
        for place in places:
            row = self._writer.execute("SELECT source_id FROM places WHERE uri = ?", [place.uri]).fetchone()
            if row and row[0] != place.source_id:
                others.append(place.uri)
        # A text that was moved to another of these places stays.
        self._leave(others, {place.source_id for place in places}, generation)

    def _leave(self, uris: Sequence[str], kept: set[str], generation: int) -> None:
        left: set[str] = set()
        for uri in uris:
            rows = self._writer.execute("DELETE FROM places WHERE uri = ? RETURNING source_id", [uri]).fetchall()
            left |= {row[0] for row in rows}
        for source_id in left - kept:
            if not self._writer.execute("SELECT 1 FROM places WHERE source_id = ?", [source_id]).fetchone():
                self._delete(source_id, generation)

    def _insert(self, entries: Sequence[Entry]) -> None:
        row = self._writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        numbers = itertools.count((row[0] if row else 0) + 1)
        passages: list[tuple[object, ...]] = []
        words: list[tuple[int, str]] = []
        vectors: list[tuple[int, bytes]] = []
        for entry in entries:
            searched = iter(entry.vectors.astype(np.float16))
            for passage in entry.passages:
                number = next(numbers)
                passages.append((number, *astuple(passage)))
                if not passage.furniture:
                    vector = next(searched)
                    vectors.append((number, vector.tobytes()))
                    words.append(schema.words_row(number, embedded_text(entry.source.stated_title, passage)))
        many = self._writer.executemany
        many(f"INSERT INTO sources VALUES ({marks(_SOURCE_FIELDS)})", [_source_row(entry) for entry in entries])
        columns = f"number, {PASSAGE_COLUMNS}"
        try:
            many(f"INSERT INTO passages ({columns}) VALUES ({marks(columns.split(','))})", passages)
        except sqlite3.IntegrityError as error:
            ids = Counter(str(passage[1]) for passage in passages)
            twice = next((one for one, count in ids.items() if count > 1), "of another source")
            raise SourceError(f"A passage's id is there already: {twice!r} ({error}). Nothing was added.") from error
        many("INSERT INTO vectors VALUES (?, ?)", vectors)
        many("INSERT INTO words (rowid, text) VALUES (?, ?)", words)
        self._change_sums(added(map(sums_of, entries)), 1)

    def _delete(self, source_id: str, generation: int) -> None:
        """Delete a source with all that follows from it."""
        of_source = "source_id = ?"
        rows = self._writer.execute(
            f"SELECT language, vector FROM vectors JOIN passages USING (number) WHERE {of_source} "
            "AND length(vector) = 2 * (SELECT value FROM settings WHERE name = 'dimension')",  # else it is damaged
            [source_id],
        )
        searched = [(language, np.frombuffer(vector, np.float16)) for language, vector in rows]
        if searched:
            languages, vectors = zip(*searched, strict=True)
            self._change_sums(summed(languages, np.stack(vectors)), -1)
        texts = list(schema.embedded_texts(self._writer, of_source, [source_id]))
        # A table without content has to be told what it held.
        self._writer.executemany(
            "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
            [schema.words_row(number, text) for number, text in texts],
        )
        self._writer.executemany("INSERT INTO removals VALUES (?, ?)", [(number, generation) for number, _ in texts])
        self._writer.execute("DELETE FROM sources WHERE id = ?", [source_id])

    def _change_sums(self, sums: Sequence[LanguageSum], sign: int) -> None:
        """Add to, or take from, the sums that a search is centred by."""
        for one in sums:
            row = self._writer.execute(
                "SELECT count, total FROM languages WHERE language = ?", [one.language]
            ).fetchone()
            before, so_far = (row[0], np.frombuffer(row[1], np.float64)) if row else (0, np.zeros(len(one.total)))
            values = [one.language, before + sign * one.count, (so_far + sign * one.total).tobytes()]
            self._writer.execute("REPLACE INTO languages VALUES (?, ?, ?)", values)

    def _require_dimension(self, vectors: Vectors) -> None:
        if not len(vectors):
            return
        row = self._writer.execute("SELECT value FROM settings WHERE name = 'dimension'").fetchone()
        if row is None:
            self._writer.execute("INSERT INTO settings VALUES ('dimension', ?)", [str(vectors.shape[1])])
        elif int(row[0]) != vectors.shape[1]:
            raise EmbeddingError(
                f"The embedding model gave vectors of {vectors.shape[1]} dimensions; this index holds {row[0]}. "
                "The model has changed under its name: choose another folder with --index."
            )

    # Who writes

    def _say_who_writes(self) -> None:
        """Leave a note for whoever waits; it counts only while the lock is held, so one that was left does no harm."""
        who = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "program": Path(sys.argv[0]).name,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with suppress(OSError):
            _note_of(self._path).write_text(json.dumps(who), encoding="utf-8")

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        with _clear_errors(self._path):
            yield


_SOURCE_FIELDS = (
    "id title stated_title author published url retrieved language media_type metadata searched structure text".split()
)


def _source_row(entry: Entry) -> list[object]:
    source = entry.source
    made = {
        "metadata": json.dumps(dict(source.metadata)),
        "searched": len(entry.vectors),
        "structure": json.dumps(
            {
                "headings": [[one.start, one.end, one.level] for one in source.headings],
                "pages": [[one.start, one.end, one.number] for one in source.pages],
                "blocks": [[one.start, one.end] for one in source.blocks],
            }
        ),
    }
    return [made[name] if name in made else getattr(source, name) for name in _SOURCE_FIELDS]


def _note_of(path: Path) -> Path:
    return path.with_name("writer.json")


def _holder(path: Path) -> str:
    """Return who says to be writing."""
    try:
        note = json.loads(_note_of(path).read_text(encoding="utf-8"))
        return f"{note['program']} (process {note['pid']} on {note['host']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"


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
            advice = f"{_holder(path)} is writing to this index. Wait for it to end, or stop it, and try again."
        elif "disk I/O" in reason:
            advice = "The disk is full or failing; nothing was changed. Free some space and try again."
        elif "readonly" in reason or "unable to open" in reason:
            advice = "Check that the folder exists and that you may write to it, or choose another with --index."
        else:
            advice = "Nothing was changed."
        raise IndexFolderError(f"{path}: {reason}. {advice}") from error
    except sqlite3.DatabaseError as error:
        advice = "It is not an index of Yiju's, or it is damaged: choose another folder with --index or restore a copy."
        raise IndexFolderError(f"{path}: {error}. {advice}") from error
