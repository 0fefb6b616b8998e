"""The collections of an index on a server, and how our records become their rows and come back, byte for byte.

NAME holds the passages that are searched, with their words and raw vectors; NAME_vectors_N their centred vectors;
NAME_sources the sources with their texts, what is page furniture, and where they were read; NAME_journal the head.
"""

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from index.errors import SourceError
from index.milvus.client import Field, Row, Shape, nowhere, quoted
from index.milvus.head import PASSAGES_AT_MOST, number_of, sums_read, sums_written, version_at
from index.passages import Passage, embedded_text
from index.schema import stems
from index.snapshot import Entry, LanguageSum, Place, Vectors, sums_of
from index.sources import Block, Heading, Page, Source
from index.sources.source import iso_date
from index.words import words

_PIECE = 16_000  # characters: at most 64,000 bytes, and Milvus takes 65,535
_KIND = 17  # bits of a number, below those of the kind of a row of NAME_sources
_LIST, _TEXT, _SUMS, _PLACE = range(4)  # kinds
_LONGEST_WORDS = 60_000  # bytes of a passage's words; those beyond do not count
NO_WORDS = "u0u"
_ISO = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")

# What a search may be narrowed by stands beside words and vectors alike.
_FILTERS = (
    Field("source", "text", indexed=True),
    Field("language", "text", indexed=True),
    Field("media_type", "text"),
    Field("heading_folded", "text"),
    Field("first_day", "int"),
    Field("last_day", "int"),
    Field("facts", "texts"),
)
_PASSAGE = (
    Field("number", "number"),
    Field("passage", "text", indexed=True),
    Field("start", "int"),
    Field("end", "int"),
    Field("text", "text"),
    Field("heading", "text"),
    Field("page", "page"),
    Field("raw", "text"),
)
PASSAGES = Shape((*_PASSAGE, Field("words", "text"), *_FILTERS), words="words")
SOURCES = Shape(
    (
        Field("number", "number"),
        Field("kind", "int"),
        Field("source", "text", indexed=True),
        Field("uri", "text", indexed=True),
        Field("value", "text"),
    )
)
JOURNAL = Shape((Field("name", "key"), Field("value", "text"), Field("stamp", "int")))
PASSAGE_FIELDS = [field.name for field in _PASSAGE] + ["source", "language"]
FILTER_FIELDS = [field.name for field in _FILTERS]
SOURCE_FIELDS = [field.name for field in SOURCES.fields]


def vectors_shape(dimension: int) -> Shape:
    return Shape((Field("number", "number"), *_FILTERS), vectors=dimension)


@dataclass(frozen=True)
class Names:
    """The names of the collections of an index."""

    passages: str

    @property
    def sources(self) -> str:
        return f"{self.passages}_sources"

    @property
    def journal(self) -> str:
        return f"{self.passages}_journal"

    def vectors(self, epoch: int) -> str:
        return f"{self.passages}_vectors_{epoch}"


# Passages


@dataclass(frozen=True)
class Stored:
    """A passage that is searched, with its number and its raw vector."""

    number: int
    passage: Passage
    vector: Vectors  # shape (dimension,)


def passage_rows(version: int, entry: Entry) -> list[Row]:
    """Return the rows of the passages that are searched, in the order of their vectors."""
    source = entry.source
    if len(entry.passages) >= PASSAGES_AT_MOST:
        raise SourceError(
            f"{source.uri} has {len(entry.passages):,} passages; a server takes {PASSAGES_AT_MOST:,} of one source. "
            "Divide it into several files."
        )
    rows = []
    raw = iter(entry.vectors.astype(np.float16))
    filters = _filters_of(source)
    for at, passage in enumerate(entry.passages):
        if passage.furniture:
            continue
        fits = len(passage.text) <= _PIECE
        rows.append(
            {
                "number": number_of(version, at),
                "passage": passage.id,
                "start": passage.start,
                "end": passage.end,
                "text": passage.text if fits else "",  # it stands in the source's text
                "heading": passage.heading,
                "page": passage.page,
                "raw": base64.b64encode(next(raw).tobytes()).decode(),
                "words": "",
                **filters,
                "language": passage.language,
                "heading_folded": heading_folded(passage.heading),
            }
        )
    searched = [one for one in entry.passages if not one.furniture]
    texts = [embedded_text(source.stated_title, one) for one in searched]
    for row, found in zip(rows, analysed(texts), strict=True):
        row["words"] = found
    return list(rows)


def vector_rows(rows: Sequence[Row], centred: Vectors) -> list[Row]:
    """Return the rows of a collection of vectors that belong to rows of passages."""
    names = ["number", *FILTER_FIELDS]
    return [
        {**{name: row[name] for name in names}, "vector": vector.tolist()}
        for row, vector in zip(rows, centred, strict=True)
    ]


def stored(row: Row) -> Stored:
    """Return a passage as it was stored; its text is "" when only its source's text holds it."""
    page = row.get("page")
    passage = Passage(
        id=str(row["passage"]),
        source_id=str(row["source"]),
        start=_int(row["start"]),
        end=_int(row["end"]),
        text=str(row["text"]),
        heading=str(row["heading"]),
        page=None if page is None else _int(page),
        language=str(row["language"]),
        furniture=False,
    )
    raw = np.frombuffer(base64.b64decode(str(row["raw"])), np.float16).astype(np.float32)
    return Stored(number_in(row), passage, raw)


def analysed(texts: Sequence[str]) -> list[str]:
    """Return the words of texts as Milvus is given them: ours, stemmed as the folder's are, in plain ASCII.

    Whatever tokenizer a server has leaves such words whole, so both engines look for the very same ones.
    """
    found = [words(text) for text in texts]
    stem = stems({word for of in found for word in of if word.isascii()})
    joined = []
    for of in found:
        plain = [stem.get(word, word) if word.isascii() else f"u0u{word.encode().hex()}" for word in of]
        text = " ".join(plain) or NO_WORDS
        joined.append(text if len(text) <= _LONGEST_WORDS else text[:_LONGEST_WORDS].rpartition(" ")[0])
    return joined


# Filters


def _filters_of(source: Source) -> dict[str, object]:
    first, last = days(source.published)
    return {
        "source": source.id,
        "media_type": source.media_type,
        "first_day": first,
        "last_day": last,
        "facts": facts(source.metadata),
    }


def days(published: str | None) -> tuple[int, int]:
    """Return the first and last day that a date may mean, as numbers: 2021-08 is 20210800 to 20210899."""
    if published and not _ISO.fullmatch(published):  # said by a program
        published = iso_date(published)
    if not published:
        return 0, 0
    digits = published.replace("-", "")[:8]
    return int(digits.ljust(8, "0")), int(digits.ljust(8, "9"))


def facts(metadata: Mapping[str, object]) -> list[str]:
    """Return digests of what metadata says: of each name that has a value, and of each name with its value."""
    said = [(name, value) for name, value in metadata.items() if value is not None]
    return sorted({fact(name, *more) for name, value in said for more in ((), (json.dumps(value),))})[:1_024]


def fact(name: str, *value: str) -> str:
    return hashlib.sha256(json.dumps([name, *value]).encode()).hexdigest()[:32]


def heading_folded(heading: str) -> str:
    """Return a heading in small letters, without the marks that are special to LIKE."""
    small = "".join(character.lower() if character.isascii() else character for character in heading)
    return small.replace("%", "\uff05").replace("_", "\uff3f").replace("\\", "\uff3c")


# Sources


@dataclass(frozen=True)
class Listed:
    """What a list says of a source, with its version."""

    version: int
    source_id: str
    fields: Mapping[str, object]
    stated: bool  # whether it states its title
    searched: int


@dataclass(frozen=True)
class Kept:
    """A place, and the version of its own that it has."""

    version: int
    place: Place


@dataclass(frozen=True)
class Texts:
    """A source's text with its structure, and its passages that are page furniture, each with its position."""

    text: str
    headings: tuple[Heading, ...]
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    furniture: Mapping[int, Passage]


_SAID = ("title", "author", "published", "url", "retrieved", "language", "media_type")


def source_rows(version: int, entry: Entry, title: str | None = None) -> list[Row]:
    """Return the rows of a source but its passages that are searched."""
    source = entry.source
    said = {name: getattr(source, name) for name in _SAID}
    listed = {**said, "metadata": dict(source.metadata), "searched": len(entry.vectors)}
    listed["stated"] = source.stated_title is not None
    if title is not None:
        listed["title"] = title
    text = {
        "text": source.text,
        "headings": [[one.start, one.end, one.level] for one in source.headings],
        "pages": [[one.start, one.end, one.number] for one in source.pages],
        "blocks": [[one.start, one.end] for one in source.blocks],
        "furniture": [[at, *astuple(one)] for at, one in enumerate(entry.passages) if one.furniture],
    }
    sums = sums_written(sums_of(entry))
    return [
        row
        for kind, value in ((_LIST, listed), (_TEXT, text), (_SUMS, sums))
        for row in _pieces(version, kind, source.id, "", value)
    ]


def place_rows(version: int, place: Place) -> list[Row]:
    return _pieces(version, _PLACE, place.source_id, place.uri[:_PIECE], [place.uri, place.digest])


def retitled(listed: Listed, title: str) -> list[Row]:
    """Return the rows of a source's list entry under another title."""
    value = {**listed.fields, "title": title, "searched": listed.searched, "stated": listed.stated}
    return _pieces(listed.version, _LIST, listed.source_id, "", value)


def _pieces(version: int, kind: int, source_id: str, uri: str, value: object) -> list[Row]:
    text = json.dumps(value, ensure_ascii=False)
    return [
        nowhere(
            {
                "number": number_of(version, kind << _KIND | at),
                "kind": kind,
                "source": source_id,
                "uri": uri,
                "value": text[first : first + _PIECE],
            }
        )
        for at, first in enumerate(range(0, len(text), _PIECE))
    ]


def of_kinds(*kinds: str) -> str:
    """Return the expression for rows of kinds: "list", "text", "sums", "place"."""
    numbers = {"list": _LIST, "text": _TEXT, "sums": _SUMS, "place": _PLACE}
    return f"kind in [{', '.join(str(numbers[one]) for one in kinds)}]"


@dataclass(frozen=True)
class Records:
    """Rows of NAME_sources, put together again, by version."""

    listed: Sequence[Listed]
    texts: Mapping[int, Texts]
    sums: Mapping[int, tuple[LanguageSum, ...]]
    places: Sequence[Kept]  # in the order they came

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Records":
        pieces: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
        source: dict[int, str] = {}
        for row in rows:
            number, version = number_in(row), version_at(number_in(row))
            pieces[version, _int(row["kind"])].append((number, str(row["value"])))
            source[version] = str(row["source"])
        whole = {key: json.loads("".join(text for _, text in sorted(of))) for key, of in sorted(pieces.items())}
        listed = [_listed(version, source[version], value) for (version, kind), value in whole.items() if kind == _LIST]
        return cls(
            listed,
            {version: _texts(value) for (version, kind), value in whole.items() if kind == _TEXT},
            {version: sums_read(value) for (version, kind), value in whole.items() if kind == _SUMS},
            [Kept(v, Place(value[0], source[v], value[1])) for (v, kind), value in whole.items() if kind == _PLACE],
        )


def _listed(version: int, source_id: str, value: dict[str, object]) -> Listed:
    fields = {name: value[name] for name in (*_SAID, "metadata")}
    return Listed(version, source_id, fields, bool(value["stated"]), _int(value["searched"]))


def _texts(value: Mapping[str, list[list[int]]]) -> Texts:
    text = str(value["text"])
    return Texts(
        text,
        tuple(Heading(start, end, level, text[start:end]) for start, end, level in value["headings"]),
        tuple(Page(*span) for span in value["pages"]),
        tuple(Block(*span) for span in value["blocks"]),
        {at: Passage(*rest) for at, *rest in value["furniture"]},  # type: ignore[arg-type]
    )


def whole(listed: Listed, texts: Texts, uri: str) -> Source:
    """Return a source with its text."""
    return Source(
        id=listed.source_id,
        uri=uri,
        text=texts.text,
        headings=texts.headings,
        pages=texts.pages,
        blocks=texts.blocks,
        **listed.fields,  # type: ignore[arg-type]
    )


def with_text(passage: Passage, texts: Texts) -> Passage:
    return replace(passage, text=texts.text[passage.start : passage.end])


def among(name: str, values: Iterable[str]) -> str:
    """Return the expression for a text field that is one of some values."""
    return f"{name} in [{', '.join(quoted(value) for value in values)}]"


def number_in(row: Row) -> int:
    return _int(row["number"])


def _int(value: object) -> int:
    return int(str(value))
