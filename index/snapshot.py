"""What an index holds at one moment: every read sees the same committed state, whatever is written meanwhile."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.errors import SourceError
from index.filters import Filter
from index.passages import Passage
from index.schema import PASSAGE_COLUMNS, embedded_texts, language_sums, marks
from index.sources import Block, Heading, Page, Source

Vectors = NDArray[np.float32]  # shape (n, dimension), one L2-normalised row a text
Numbers = NDArray[np.int64]  # shape (n,), passage numbers

_BATCH = 10_000  # rows read at once
_SOURCE_COLUMNS = "id, title, author, published, url, retrieved, language, media_type, metadata"
_URI = "(SELECT uri FROM places WHERE source_id = sources.id ORDER BY rowid DESC LIMIT 1)"


class Generation(NamedTuple):
    """A state of an index: its number, which grows with every change, and a random stamp that no other index has."""

    number: int
    stamp: str


_T = TypeVar("_T")


@dataclass(frozen=True)
class Place:
    """Where a source was read: an address, and the digest of the bytes there."""

    uri: str
    source_id: str
    digest: str | None


@dataclass(frozen=True)
class LanguageSum:
    """What an index holds of one language: how many searched passages, and the sum of their raw vectors."""

    language: str
    count: int
    total: NDArray[np.float64]


def summed(languages: Sequence[str], vectors: NDArray[np.float16]) -> tuple[LanguageSum, ...]:
    """Return the count and sum of vectors, shape (n, dimension), by the language of each."""
    of = np.array(languages)
    return tuple(
        LanguageSum(name, int((of == name).sum()), vectors[of == name].sum(axis=0, dtype=np.float64))
        for name in sorted(set(languages))
    )


def added(parts: Iterable[Sequence[LanguageSum]]) -> tuple[LanguageSum, ...]:
    """Return several sums as one."""
    held: dict[str, LanguageSum] = {}
    for one in (one for part in parts for one in part):
        before = held.get(one.language)
        held[one.language] = (
            LanguageSum(one.language, before.count + one.count, before.total + one.total) if before else one
        )
    return tuple(held[name] for name in sorted(held))


@dataclass(frozen=True)
class Searched:
    """Passages that a search may find, row by row, with their raw vectors."""

    numbers: Numbers
    languages: list[str]
    vectors: Vectors


@dataclass(frozen=True)
class Entry:
    """A source to be stored: its passages, and a raw vector for each of those that are searched, in order."""

    source: Source
    passages: Sequence[Passage]
    vectors: Vectors


def sums_of(entry: Entry) -> tuple[LanguageSum, ...]:
    """Return the counts and sums of an entry's vectors, as they are once they were rounded to be stored."""
    languages = [one.language for one in entry.passages if not one.furniture]
    return summed(languages, entry.vectors.astype(np.float16))


def titled(source: Source, stated: bool) -> Source:
    """Return a source that states its title, or does not, wherever it is read."""
    return replace(source, uri="" if stated else source.title)


TextLoader = Callable[[str], Source | None]  # a source's id to the whole source


class Snapshot:
    """Reads of one connection inside one read transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        row = connection.execute("SELECT number, stamp FROM generations ORDER BY number DESC LIMIT 1").fetchone()
        self.generation = Generation(*row) if row else Generation(0, "")

    def _rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[object, ...]]:
        return self._connection.execute(query, list(values)).fetchall()

    def _rows_in(self, query: str, values: Iterable[object]) -> list[tuple[object, ...]]:
        """Return the rows of a query that ends with IN, for values however many (SQLite takes 32,766 at once)."""
        batches = batched(values, _BATCH)
        return [row for batch in batches for row in self._rows(f"{query} ({marks(batch)})", batch)]

    def was(self, generation: Generation) -> bool:
        """Return whether a state was one of this index's."""
        return bool(self._rows("SELECT 1 FROM generations WHERE number = ? AND stamp = ?", generation))

    def setting(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM settings WHERE name = ?", [name])
        return str(rows[0][0]) if rows else None

    @property
    def dimension(self) -> int | None:
        """The length of the vectors; None while nothing is in."""
        return int(self.setting("dimension") or 0) or None

    # Whether all is well

    def damage(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file."""
        said = [str(row[0]) for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
        orphans = self._rows("PRAGMA foreign_key_check")
        return said + [f"{len(orphans)} rows refer to what is not there"] * bool(orphans)

    def vectors_lacking(self, source_id: str, dimension: int) -> int:
        """Return how many searched passages of a source have no vector of a dimension."""
        query = (
            "SELECT count(*) FROM passages LEFT JOIN vectors USING (number) "
            "WHERE source_id = ? AND NOT furniture AND coalesce(length(vector), 0) != ?"
        )
        return _int(self._rows(query, [source_id, dimension * np.dtype(np.float16).itemsize])[0][0])

    def words_astray(self) -> list[str]:
        """Return how many passages the words table lacks, and how many it has too many."""
        lacks = "SELECT number FROM vectors EXCEPT SELECT id FROM words_docsize"
        beside = "SELECT id FROM words_docsize EXCEPT SELECT number FROM vectors"
        counts = [_int(self._rows(f"SELECT count(*) FROM ({query})")[0][0]) for query in (lacks, beside)]
        said = ["{} passages cannot be found by their words", "the words of {} passages that are gone are left"]
        return [what.format(count) for what, count in zip(said, counts, strict=True) if count]

    def sums_astray(self) -> list[str]:
        """Return the languages whose count or sum is not that of their vectors."""
        counted = language_sums(self._connection)
        held = {one.language: (one.count, one.total) for one in self.languages()}
        return [
            f"the sum of the language {language!r} is not that of its vectors"
            for language in sorted(counted.keys() | held.keys())
            if language not in counted
            or language not in held
            or counted[language][0] != held[language][0]
            or not np.allclose(counted[language][1], held[language][1], atol=1e-3)
        ]

    # Sources

    def sources(self, load: TextLoader, ids: Sequence[str] = ()) -> list[Source]:
        """Return every source, or some, by title; each loads its text with `load` when it is asked for."""
        query = f"SELECT {_SOURCE_COLUMNS}, {_URI} FROM sources"
        rows = self._rows_in(f"{query} WHERE id IN", ids) if ids else self._rows(query)
        return sorted((listed_source(_said(row), load) for row in rows), key=lambda one: (one.title, one.id))

    def source(self, source_id: str) -> Source | None:
        rows = self._rows(f"SELECT {_SOURCE_COLUMNS}, {_URI}, text, structure FROM sources WHERE id = ?", [source_id])
        return _source(rows[0]) if rows else None

    def source_ids(self) -> list[str]:
        return [str(row[0]) for row in self._rows("SELECT id FROM sources ORDER BY title, id")]

    def has_source(self, source_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM sources WHERE id = ?", [source_id]))

    def place(self, uri: str) -> Place | None:
        """Return what was read at an address."""
        rows = self._rows("SELECT uri, source_id, digest FROM places WHERE uri = ?", [uri])
        return Place(str(rows[0][0]), str(rows[0][1]), _text_or_none(rows[0][2])) if rows else None

    def places(self, source_id: str) -> list[Place]:
        rows = self._rows("SELECT uri, source_id, digest FROM places WHERE source_id = ? ORDER BY rowid", [source_id])
        return [Place(str(row[0]), str(row[1]), _text_or_none(row[2])) for row in rows]

    def places_under(self, folder: str) -> list[Place]:
        """Return what was read at files under a folder, whose name ends with a separator."""
        query = "SELECT uri, source_id, digest FROM places WHERE substr(uri, 1, ?) = ? ORDER BY uri"
        rows = self._rows(query, [len(folder), folder])
        return [Place(str(row[0]), str(row[1]), _text_or_none(row[2])) for row in rows]

    def passage_counts(self) -> dict[str, int]:
        """Return how many passages of each source, by its id, a search may find."""
        return {str(row[0]): _int(row[1]) for row in self._rows("SELECT id, searched FROM sources")}

    # Passages

    def passages_of(self, source_id: str) -> list[Passage]:
        query = f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE source_id = ? ORDER BY number"
        return [_passage(row) for row in self._rows(query, [source_id])]

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """Return the passages of these numbers; those that are gone are left out."""
        query = f"SELECT number, {PASSAGE_COLUMNS} FROM passages WHERE number IN "
        return {_int(row[0]): _passage(row[1:]) for row in self._rows_in(query, numbers)}

    def passages_by_id(self, ids: Iterable[str]) -> list[Passage]:
        """Return the passages of these ids, in their order; those that are not here are left out."""
        wanted = list(ids)
        query = f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE id IN "
        found = {str(row[0]): _passage(row) for row in self._rows_in(query, wanted)}
        return [found[one] for one in wanted if one in found]

    def numbers(self, wanted: Filter) -> Numbers:
        """Return the numbers of the searched passages that a filter leaves, in order."""
        conditions = ["NOT furniture", *(one.sql for one in wanted.passages)]
        values = [value for one in (*wanted.passages, *wanted.sources) for value in one.values]
        if wanted.sources:
            of_sources = " AND ".join(f"({one.sql})" for one in wanted.sources)
            conditions.append(f"source_id IN (SELECT id FROM sources WHERE {of_sources})")
        query = f"SELECT number FROM passages WHERE {' AND '.join(f'({sql})' for sql in conditions)}"
        return np.sort(np.fromiter((row[0] for row in self._connection.execute(query, values)), np.int64))

    # Vectors

    def languages(self) -> list[LanguageSum]:
        rows = self._rows("SELECT language, count, total FROM languages WHERE count > 0 ORDER BY language")
        return [LanguageSum(str(r[0]), _int(r[1]), np.frombuffer(_bytes(r[2]), np.float64)) for r in rows]

    def searched(self, after: int = 0) -> Iterator[Searched]:
        """Yield the searched passages with a number above `after`, in order, some thousand at a time."""
        rows = self._connection.execute(
            "SELECT number, language, vector FROM vectors JOIN passages USING (number) WHERE number > ? "
            "ORDER BY number",
            [after],
        )
        while batch := rows.fetchmany(_BATCH):
            numbers = np.array([row[0] for row in batch], dtype=np.int64)
            yield Searched(numbers, [row[1] for row in batch], _matrix([row[2] for row in batch]))

    def vectors(self, numbers: Iterable[int]) -> Searched:
        """Return the raw vectors of these numbers, in any order; those that are gone are left out."""
        query = "SELECT number, language, vector FROM vectors JOIN passages USING (number) WHERE number IN "
        rows = self._rows_in(query, numbers)
        vectors = _matrix([_bytes(row[2]) for row in rows])
        return Searched(np.array([row[0] for row in rows], np.int64), [str(row[1]) for row in rows], vectors)

    def vectors_by_id(self, ids: Sequence[str]) -> Vectors:
        """Return the raw vectors of passages, shape (n, dimension), in the order of their ids."""
        query = "SELECT id, vector FROM vectors JOIN passages USING (number) WHERE id IN"
        found = {row[0]: _bytes(row[1]) for row in self._rows_in(query, ids)}
        return _matrix([found[one] for one in ids if one in found])

    def embedded(self, source_id: str) -> dict[str, Vectors]:
        """Return the raw vectors of a source's passages by the texts that they were made of."""
        rows = self._rows(
            "SELECT number, vector FROM vectors JOIN passages USING (number) WHERE source_id = ?", [source_id]
        )
        vectors = {_int(number): _matrix([_bytes(vector)])[0] for number, vector in rows}
        texts = embedded_texts(self._connection, "source_id = ?", [source_id])
        return {text: vectors[number] for number, text in texts}

    def entries(self, source_ids: Sequence[str]) -> list[tuple[Entry, list[Place]]]:
        """Return sources as they can be stored elsewhere, and where each was read."""
        found = []
        for source_id in source_ids:
            source, cut = self.source(source_id), self.passages_of(source_id)
            if source is not None:
                stated = self._rows("SELECT 1 FROM sources WHERE id = ? AND stated_title IS NOT NULL", [source_id])
                vectors = self.vectors_by_id([one.id for one in cut])
                found.append((Entry(titled(source, bool(stated)), cut, vectors), self.places(source_id)))
        return found

    def removed(self, since: Generation) -> Numbers:
        """Return the numbers that were removed after a generation."""
        rows = self._rows("SELECT number FROM removals WHERE generation > ? ORDER BY number", [since.number])
        return np.array([row[0] for row in rows], dtype=np.int64)

    # Words

    def holding(self, word: str, limit: int) -> int:
        """Return how many passages hold a word, counted up to a limit."""
        query = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
        return _int(self._rows(query, [f'"{word}"', limit])[0][0])

    def holding_among(self, word: str, allowed: Numbers) -> int:
        """Return how many of some passages, ascending, hold a word; reads all between the first and the last."""
        query = "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?"
        rows = self._rows(query, [f'"{word}"', int(allowed[0]), int(allowed[-1])])
        return int(among(np.array([row[0] for row in rows], np.int64), allowed).sum())

    def by_words(self, words: Sequence[str], k: int, allowed: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and BM25 scores of the `k` passages that match words best, best first.

        With `allowed`, ascending, only of those.
        """
        expression = " OR ".join(f'"{word}"' for word in words)
        # FTS5's rank is BM25 with k1 = 1.2 and b = 0.75, negated: https://sqlite.org/fts5.html#the_bm25_function
        query = "SELECT rowid, -rank FROM words WHERE words MATCH ?"
        if allowed is None:
            rows = self._rows(f"{query} ORDER BY rank LIMIT ?", [expression, k])
            return [(_int(row[0]), float(str(row[1]))) for row in rows]
        if not len(allowed):
            return []
        query += " AND rowid BETWEEN ? AND ? ORDER BY rank"
        rows = self._rows(query, [expression, int(allowed[0]), int(allowed[-1])])
        found = [(_int(row[0]), float(str(row[1]))) for row in rows]
        may = among(np.array([number for number, _ in found], np.int64), allowed)
        return [one for one, there in zip(found, may, strict=True) if there][:k]


def among(numbers: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Return which of some numbers are among others, those ascending."""
    at = np.searchsorted(others, numbers)
    at[at == len(others)] = 0
    return others[at] == numbers if len(others) else np.zeros(len(numbers), bool)


class _ListedSource(Source):
    """A source of a list: its text and structure are read from the index when they are asked for."""

    _load: TextLoader

    @cached_property
    def _whole(self) -> Source:
        whole = self._load(self.id)
        if whole is None:
            raise SourceError(f"The source {self.title!r} was removed from the index. List the sources again.")
        return whole

    @cached_property
    def text(self) -> str:
        return self._whole.text

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        return self._whole.headings

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        return self._whole.pages

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return self._whole.blocks


def listed_source(said: Mapping[str, object], load: TextLoader) -> Source:
    """Return a source of a list, of which all is said but its text and structure."""
    listed = object.__new__(_ListedSource)  # not by its constructor, which wants the text
    listed.__dict__.update(said, _load=load)
    return listed


def _source(row: Sequence[object]) -> Source:
    *said, text, structure = row
    text = str(text)
    spans = json.loads(str(structure))
    return Source(
        **_said(said),  # type: ignore[arg-type]
        text=text,
        headings=tuple(Heading(start, end, level, text[start:end]) for start, end, level in spans["headings"]),
        pages=tuple(Page(*span) for span in spans.get("pages", ())),
        blocks=tuple(Block(*span) for span in spans.get("blocks", ())),
    )


def _said(row: Sequence[object]) -> Mapping[str, object]:
    """Return the fields of a source but its text and structure."""
    *columns, metadata, uri = row
    values = dict(zip(_SOURCE_COLUMNS.split(", ")[:-1], columns, strict=True))
    return values | {"metadata": json.loads(str(metadata)), "uri": uri or ""}


def _passage(row: Sequence[object]) -> Passage:
    names = [field.name for field in fields(Passage)]
    values = dict(zip(names, row, strict=True))
    return Passage(**values | {"furniture": bool(values["furniture"])})  # type: ignore[arg-type]


def _matrix(blobs: list[bytes]) -> Vectors:
    if not blobs:
        return np.zeros((0, 0), np.float32)
    return np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), -1).astype(np.float32)


def batched(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield lists of up to `size` values."""
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
