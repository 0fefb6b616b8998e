"""What a search may be narrowed to: `where={"language": "zh", "published": ("2021-01", "2021-12")}`."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from index.errors import QueryError
from index.schema import marks
from index.sources.source import iso_date


@dataclass(frozen=True)
class Condition:
    """A condition in SQL, and the values for its question marks."""

    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class Asked:
    """What a filter asks for, before it is put into any engine's words: a name, and the values beside it."""

    name: str
    values: tuple[str, ...]  # of which one must fit; two days ("" for none), the words of a heading, JSON by turns


@dataclass(frozen=True)
class Filter:
    """Conditions on passages, and on their sources; `asked` says the same without SQL."""

    passages: tuple[Condition, ...] = ()
    sources: tuple[Condition, ...] = ()
    asked: tuple[Asked, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.passages or self.sources)


def filter_of(where: Mapping[str, object]) -> Filter:
    """Return the filter that asks for all of `where`; raise QueryError for what cannot be asked for.

    `source`, `language` and `media_type` take a value or several of which one must fit; `heading` takes words that a
    heading above the passage holds; `published` takes a first and a last date, either None; `metadata` takes names
    and values as they were given with the source.
    """
    passages, sources, asked = [], [], []
    for name, wanted in where.items():
        if name in _OF_PASSAGES:
            passages.append(_OF_PASSAGES[name](name, wanted))
            asked.append(_asked(name, passages[-1], wanted))
        elif name in _OF_SOURCES:
            sources.append(_OF_SOURCES[name](name, wanted))
            asked.append(_asked(name, sources[-1], wanted))
        else:
            names = ", ".join([*_OF_PASSAGES, *_OF_SOURCES])
            raise QueryError(f"There is no filter {name!r}. Filter by: {names}.")
    return Filter(tuple(passages), tuple(sources), tuple(asked))


def _asked(name: str, condition: Condition, wanted: object) -> Asked:
    """Return what was asked for; the condition has been made, so `wanted` is what it may be."""
    if name == "heading":
        return Asked(name, (str(wanted).strip(),))
    if name == "published":
        assert isinstance(wanted, Sequence)
        return Asked(name, tuple("" if day is None else _date(name, day) for day in wanted))
    if name == "metadata":
        assert isinstance(wanted, Mapping)
        return Asked(name, tuple(part for key, value in wanted.items() for part in (str(key), json.dumps(value))))
    return Asked(name, tuple(str(value) for value in condition.values))


def _one_of(column: str) -> Callable[[str, object], Condition]:
    def one_of(name: str, wanted: object) -> Condition:
        values = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(values, Sequence) or not values or not all(isinstance(value, str) for value in values):
            raise QueryError(f"The filter {name} is {wanted!r}; give a text or a list of texts.")
        return Condition(f"{column} IN ({marks(values)})", tuple(values))

    return one_of


def _heading(name: str, wanted: object) -> Condition:
    if not isinstance(wanted, str) or not wanted.strip():
        raise QueryError(f"The filter {name} is {wanted!r}; give words of a heading.")
    pattern = wanted.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Condition("heading LIKE ? ESCAPE '\\'", (f"%{pattern}%",))


def _published(name: str, wanted: object) -> Condition:
    """Dates are compared as far as both are known: of "2021", every day of that year may be meant."""
    if not isinstance(wanted, Sequence) or isinstance(wanted, str) or len(wanted) != 2:
        raise QueryError(f"The filter {name} is {wanted!r}; give a first and a last date, or None: ('2021-01', None).")
    first, last = (None if day is None else _date(name, day) for day in wanted)
    if first and last and first[: len(last)] > last[: len(first)]:
        raise QueryError(f"The filter {name} ends at {last}, before it begins at {first}. Swap the two.")
    filters = ["published IS NOT NULL"]
    filters += ["substr(published, 1, length(?)) >= substr(?, 1, length(published))"] * bool(first)
    filters += ["substr(published, 1, length(?)) <= substr(?, 1, length(published))"] * bool(last)
    return Condition(" AND ".join(filters), tuple(day for day in (first, last) if day for _ in range(2)))


def _date(name: str, day: object) -> str:
    date = iso_date(day) if isinstance(day, str) else None
    if date is None:
        raise QueryError(f"The filter {name} holds {day!r}; write a date as 2021-08-20, 2021-08 or 2021.")
    return date


def _metadata(name: str, wanted: object) -> Condition:
    if not isinstance(wanted, Mapping) or not all(isinstance(key, str) for key in wanted):
        raise QueryError(f"The filter {name} is {wanted!r}; give names and values: {{'topic': 'tea'}}.")
    try:
        values = [(key, json.dumps(value, allow_nan=False)) for key, value in wanted.items()]
    except (TypeError, ValueError) as error:
        raise QueryError(f"The filter {name} is {wanted!r}; its values must be texts or numbers: {error}.") from error
    # Not by a path: SQLite finds no name in one that holds a quotation mark.
    same = "(SELECT value FROM json_each(metadata) WHERE key = ?) IS json_extract(?, '$')"
    return Condition(" AND ".join([same] * len(values)) or "1", tuple(part for pair in values for part in pair))


_OF_PASSAGES: Mapping[str, Callable[[str, object], Condition]] = {
    "source": _one_of("source_id"),
    "language": _one_of("language"),
    "heading": _heading,
}
_OF_SOURCES: Mapping[str, Callable[[str, object], Condition]] = {
    "media_type": _one_of("media_type"),
    "published": _published,
    "metadata": _metadata,
}
