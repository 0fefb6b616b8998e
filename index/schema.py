"""The tables of an index's SQLite file, what follows from them (words, sums), and how an older file becomes today's."""

import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from index.passages import Passage, embedded_text
from index.words import words

APPLICATION = 0x59694A75  # "YiJu" in the file's header: tells our file from any other SQLite file
VERSION = 3

_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- A row a change. The stamp tells a file that was derived from this very state from one of a copy or another index.
CREATE TABLE generations (number INTEGER PRIMARY KEY, stamp TEXT NOT NULL);
-- The text stands last: a list of sources never reads it.
CREATE TABLE sources (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, stated_title TEXT, author TEXT, published TEXT, url TEXT,
    retrieved TEXT NOT NULL, language TEXT NOT NULL, media_type TEXT NOT NULL, metadata TEXT NOT NULL,
    searched INTEGER NOT NULL, structure TEXT NOT NULL, text TEXT NOT NULL
);
-- Where a source was read, and the digest of the bytes there: several files may hold one and the same source.
CREATE TABLE places (
    uri TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE, digest TEXT
);
CREATE INDEX places_of_source ON places (source_id);
-- AUTOINCREMENT: a number is never given twice, so a stale vector can never stand for a newer passage.
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL, page INTEGER,
    language TEXT NOT NULL, furniture INTEGER NOT NULL
);
CREATE INDEX passages_of_source ON passages (source_id, furniture);
CREATE INDEX passages_of_language ON passages (language) WHERE NOT furniture;
-- Raw vectors as float16, of the passages that are searched; rounding moves a unit vector by less than 0.0003.
CREATE TABLE vectors (%s);
-- Numbers that went, and when: what was derived from an older generation leaves them out.
CREATE TABLE removals (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removals_since ON removals (generation);
-- Running sums of the raw vectors, a row a language: their mean is what a search is centred by.
CREATE TABLE languages (language TEXT PRIMARY KEY, count INTEGER NOT NULL, total BLOB NOT NULL) WITHOUT ROWID;
-- "ascii": the words come folded and with spaces between; no letter beyond ASCII ends one. "porter" stems English.
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'porter ascii')
"""

VECTOR_COLUMNS = "number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE, vector BLOB NOT NULL"
PASSAGE_COLUMNS = 'id, source_id, "start", "end", text, heading, page, language, furniture'


def create(connection: sqlite3.Connection, embedder: str) -> None:
    """Make the tables of a new index, in the transaction that is open."""
    _make_tables(connection)
    connection.execute("INSERT INTO settings VALUES ('embedder', ?)", [embedder])
    next_generation(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in (_TABLES % VECTOR_COLUMNS).split(";\n"):
        connection.execute(statement)


def upgrade(connection: sqlite3.Connection) -> None:
    """Turn an index of version 1 into one of today without embedding anything, in the transaction that is open."""
    execute = connection.execute
    execute("DROP INDEX passages_of_source")
    for table in ("settings", "sources", "passages"):
        execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    execute("DROP TABLE languages")
    _make_tables(connection)
    execute("INSERT INTO settings SELECT name, value FROM old_settings WHERE name != 'generation'")
    sources = execute(
        "SELECT id, title, uri, author, published, url, retrieved, language, media_type, "
        "(SELECT count(*) FROM old_passages WHERE source_id = old_sources.id AND NOT furniture), headings, text "
        "FROM old_sources"
    )
    for source_id, title, uri, *said, searched, headings, text in sources.fetchall():
        stated = None if title == PurePath(uri).stem else title
        structure = json.dumps({"headings": json.loads(headings)})
        row = [source_id, title, stated, *said, "{}", searched, structure, text]
        execute(f"INSERT INTO sources VALUES ({marks(row)})", row)
        execute("INSERT INTO places VALUES (?, ?, NULL)", [uri, source_id])
    execute(f"INSERT INTO passages (number, {PASSAGE_COLUMNS}) SELECT number, {PASSAGE_COLUMNS} FROM old_passages")
    execute("UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM sqlite_sequence) WHERE name = 'passages'")
    old = execute("SELECT number, vector FROM old_passages WHERE NOT furniture").fetchall()
    rows = [(number, np.frombuffer(vector, np.float32).astype(np.float16).tobytes()) for number, vector in old]
    connection.executemany("INSERT INTO vectors VALUES (?, ?)", rows)
    derive_again(connection)
    for table in ("passages", "sources", "settings"):
        execute(f"DROP TABLE old_{table}")
    execute(f"PRAGMA user_version = {VERSION}")


def upgrade_words(connection: sqlite3.Connection) -> None:
    """Turn an index of version 2, whose words broke at soft hyphens, into one of today, in the open transaction."""
    index_words(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def next_generation(connection: sqlite3.Connection) -> int:
    """Say that something changes, and return the number of the change."""
    row = connection.execute("INSERT INTO generations (stamp) VALUES (?) RETURNING number", [secrets.token_hex(8)])
    return int(row.fetchone()[0])


# What follows from sources, passages and vectors


def embedded_texts(
    connection: sqlite3.Connection, condition: str = "1", values: Iterable[object] = ()
) -> Iterator[tuple[int, str]]:
    """Yield the number of each searched passage that meets a condition, and its text as it is embedded."""
    columns = ", ".join(f"passages.{column}" for column in PASSAGE_COLUMNS.split(", "))
    rows = connection.execute(
        f"SELECT stated_title, number, {columns} FROM passages JOIN sources ON sources.id = source_id "
        f"WHERE NOT furniture AND {condition}",
        list(values),
    )
    for title, number, *row in rows:
        yield number, embedded_text(title, Passage(*row))


def words_row(number: int, text: str) -> tuple[int, str]:
    """Return a passage's row of the words table, from its text as it is embedded."""
    return number, " ".join(words(text))


def stems(found: Iterable[str]) -> dict[str, str]:
    """Return each word, of ASCII letters and digits, as the words table keeps it: other engines keep it so too."""
    listed = list(found)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'porter ascii')")
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (words, instance)")
        connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(listed))
        return {listed[at]: str(term) for term, at in connection.execute("SELECT term, doc FROM terms")}


def index_words(connection: sqlite3.Connection) -> None:
    """Fill the words table from the passages."""
    connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
    rows = (words_row(number, text) for number, text in embedded_texts(connection))
    connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)


def derive_again(connection: sqlite3.Connection) -> None:
    """Make all that follows from sources, passages and vectors anew."""
    index_words(connection)
    recount_languages(connection)
    connection.execute(
        "UPDATE sources SET searched = (SELECT count(*) FROM passages WHERE source_id = sources.id AND NOT furniture)"
    )
    next_generation(connection)


def recount_languages(connection: sqlite3.Connection) -> None:
    """Fill the table of sums from the vectors."""
    connection.execute("DELETE FROM languages")
    rows = [(language, count, total.tobytes()) for language, (count, total) in language_sums(connection).items()]
    connection.executemany("INSERT INTO languages VALUES (?, ?, ?)", rows)


def language_sums(connection: sqlite3.Connection) -> dict[str, tuple[int, NDArray[np.float64]]]:
    """Return how many vectors there are of each language, and their sum, counted afresh."""
    counts: dict[str, int] = defaultdict(int)
    totals: dict[str, NDArray[np.float64]] = {}
    rows = connection.execute("SELECT language, vector FROM vectors JOIN passages USING (number)")
    while batch := rows.fetchmany(10_000):
        matrix = np.frombuffer(b"".join(vector for _, vector in batch), np.float16).reshape(len(batch), -1)
        of = np.array([language for language, _ in batch])
        for language in set(of.tolist()):
            mine = matrix[of == language]
            counts[language] += len(mine)
            totals[language] = totals.get(language, np.zeros(matrix.shape[1])) + mine.sum(axis=0, dtype=np.float64)
    return {language: (counts[language], totals[language]) for language in counts}


def marks(values: Iterable[object]) -> str:
    """Return a question mark for each value, as SQL wants them."""
    return ", ".join("?" for _ in values)
