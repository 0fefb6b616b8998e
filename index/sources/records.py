"""JSON and JSONL: each record as lines of "path.to.key: value", with every value as it is written."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from index.errors import SourceError
from index.sources.assembly import Layout
from index.sources.encoding import decode
from index.sources.source import Draft, iso_date
from index.sources.text import flow, plain

_DEEPEST = 100  # levels
_LONGEST_LINE = 200  # characters of a value; what is longer is prose, which sentences divide better
_SHORT = 60  # characters of a value that stands in one line with others
_FULL_BLOCK = 1_000

_TITLES = ("title", "headline")
_AUTHORS = ("author", "authors", "creator")
_DATES = ("published", "date_published", "datePublished", "publication_date", "date")
_ADDRESSES = ("url", "canonical_url", "link")


class Members(list[tuple[str, object]]):
    """The members of a JSON object in order, those of the same name too."""

    def get(self, *names: str) -> object:
        """Return the value under the first of these names that there is, else None."""
        named = dict(self)
        return next((named[name] for name in names if name in named), None)


def parse_json(text: str, first_line: int = 1) -> object:
    """Parse JSON; objects become Members, and figures stay as they are written, NaN too. Raises SourceError."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=Members,
            parse_int=_Figure,
            parse_float=_Figure,
            parse_constant=_Figure,
            strict=False,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno + first_line - 1:,}, column {error.colno:,}"
        raise SourceError(f"it is not JSON, or cut off: {error.msg} at {where}") from error
    except RecursionError as error:
        raise SourceError("its values are nested too deep") from error
    _refuse_depth(value)
    return value


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            entry[1] if isinstance(one, Members) else entry for one in level if isinstance(one, list) for entry in one
        ]
        if not level:
            return
    raise SourceError(f"its values are nested too deep, more than {_DEEPEST} levels")


class _Figure(str):
    """A figure as it is written."""


def read_json(data: bytes) -> Draft:
    """Read a JSON file; the entries of its outermost lists are its records. Raises SourceError."""
    layout = Layout()
    document = parse_json(plain(decode(data)))
    _write(layout, _records(document))
    if not isinstance(document, Members):
        return layout.draft()
    address = _text(document.get(*_ADDRESSES))
    return layout.draft(
        title=_text(document.get(*_TITLES)),
        author=", ".join(_names(document.get(*_AUTHORS))) or None,
        published=iso_date(_text(document.get(*_DATES)) or ""),
        url=address if address and address.startswith(("https://", "http://")) else None,
    )


def read_jsonl(data: bytes) -> Draft:
    """Read a file with a JSON value on each line. Raises SourceError, naming the first line that holds none."""
    layout = Layout()
    for number, line in enumerate(plain(decode(data)).split("\n"), start=1):
        if line.strip():
            _write(layout, [_leaves(parse_json(line, first_line=number), "")])
    return layout.draft()


def _records(value: object, path: str = "") -> Iterator[Iterable[tuple[str, str]]]:
    """Yield the records: entries of the outermost lists, and what stands beside those lists."""
    if isinstance(value, Members) and _holds_records(value):
        beside: list[tuple[str, str]] = []
        for name, member in value:
            if _holds_records(member):
                yield beside
                beside = []
                yield from _records(member, _joined(path, name))
            else:
                beside += _leaves(member, _joined(path, name))
        yield beside
    elif not isinstance(value, Members) and _holds_records(value):
        yield from (_leaves(entry, path) for entry in _entries(value))
    else:
        yield _leaves(value, path)


def _holds_records(value: object) -> bool:
    if isinstance(value, Members):
        return any(_holds_records(member) for _, member in value)
    return any(isinstance(entry, list) for entry in _entries(value))


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each value with the path to it; the short plain values of a list in one."""
    if isinstance(value, Members):
        for name, member in value:
            yield from _leaves(member, _joined(path, name))
    elif isinstance(value, list) and any(isinstance(entry, list) or len(_shown(entry)) > _SHORT for entry in value):
        for number, entry in enumerate(value):
            yield from _leaves(entry, f"{path}[{number}]")
    elif isinstance(value, list):
        yield path, "; ".join(_shown(entry) for entry in value)
    else:
        yield path, _shown(value)


def _joined(path: str, name: str) -> str:
    return f"{path}.{flow(name)}" if path else flow(name)


def _shown(value: object) -> str:
    """Return a plain value as it is written; null says nothing."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return str(value)


def _write(layout: Layout, records: Iterable[Iterable[tuple[str, str]]]) -> None:
    """Write each record as lines that are kept together, long values as paragraphs after their name."""
    for record in records:
        lines: list[str] = []
        for path, value in record:
            label = f"{path}: " if path else ""
            if len(value) > _LONGEST_LINE:
                _close(layout, lines)
                layout.add(label + value)
            elif flow(value):
                lines.append(label + flow(value))
            if sum(map(len, lines)) > _FULL_BLOCK:
                _close(layout, lines)
        _close(layout, lines)


def _close(layout: Layout, lines: list[str]) -> None:
    layout.add("\n".join(lines), whole=True)
    lines.clear()


def _text(value: object) -> str | None:
    return flow(value) or None if isinstance(value, str) and not isinstance(value, _Figure) else None


def _names(value: object) -> Iterator[str]:
    entries: list[Any] = value if isinstance(value, list) and not isinstance(value, Members) else [value]
    for entry in entries:
        name = _text(entry.get("name") if isinstance(entry, Members) else entry)
        if name:
            yield name
