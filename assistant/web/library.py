"""The sources as the page lists them, opens them and takes them away."""

import base64
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.intake import FILES, removals, removed
from index import Index, Passage, Source
from index.errors import SourceError
from index.snapshot import Place
from index.sources import SUPPORTED, digest_of, is_address
from index.sources.source import Page

_FRESH = 2.0  # seconds that a list is good for while nothing changes here; another process may change the index
_UNDO = 600.0  # seconds that a removed source can be had back
_PDF = "application/pdf"
_PICTURE_SCALE = 1.6  # pixels a point: a page of A4 has 950 across

SORTS = ("title", "author", "published", "added", "size", "passages")


@dataclass(frozen=True)
class Row:
    """A line of the list of sources."""

    id: str
    title: str
    author: str | None
    published: str | None
    language: str
    kind: str  # "pdf", "html": the extension that its media type goes by
    added: str
    bytes: int | None  # of its file, where it has one here
    passages: int
    place: str  # the file's name, or the address


@dataclass(frozen=True)
class Listing:
    """A stretch of the list, how many there are, and what can be filtered by."""

    rows: tuple[Row, ...]
    total: int  # that fit
    all: int
    languages: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Wanted:
    """Which sources, in which order."""

    words: str = ""
    language: str = ""
    kind: str = ""
    sort: str = "title"
    down: bool = False


@dataclass(frozen=True)
class Picture:
    """A page of a PDF: a PNG in base64, its size in pixels, and where the marked words stand on it."""

    number: int
    width: int
    height: int
    png: str
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class _Removed:
    source: Source
    passages: list[Passage]
    places: list[Place]
    at: float


class Library:
    """The sources of an index for the page; safe to share between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._files = (index.folder / FILES).resolve()  # as their places are told
        self._rows: tuple[float, list[Row]] = (-_FRESH, [])
        self._removed: dict[str, _Removed] = {}
        self._lock = threading.Lock()
        self._forget()  # also what was due when no page was served

    def page(self, wanted: Wanted, offset: int, limit: int) -> Listing:
        """Return `limit` sources from `offset` on."""
        rows = self._all()
        fit = self._fitting(wanted)
        return Listing(
            rows=tuple(fit[offset : offset + limit]),
            total=len(fit),
            all=len(rows),
            languages=tuple(Counter(row.language for row in rows).most_common()),
            kinds=tuple(Counter(row.kind for row in rows).most_common()),
        )

    def ids(self, wanted: Wanted) -> list[str]:
        """Return the ids of all sources that fit."""
        return [row.id for row in self._fitting(wanted)]

    def gone(self, ids: Sequence[str]) -> list[str]:
        """Return those of some ids that are no source's."""
        known = {row.id for row in self._all()}
        return [one for one in ids if one not in known]

    def changed(self) -> None:
        """Read the list anew the next time."""
        self._rows = (-_FRESH, [])

    def source(self, source_id: str) -> Source | None:
        return self._index.source(source_id)

    def picture(self, source: Source, number: int, start: int, end: int) -> Picture | None:
        """Return a page of a PDF with the words from `start` to `end`; None when its file is not as it was read."""
        path = Path(source.uri)
        if source.media_type != _PDF or is_address(source.uri) or not path.is_file():
            return None
        try:
            stat = path.stat()
            read_at = self._index.place(source.uri)
            if read_at is None or read_at.source_id != source.id:
                return None
            if _digest(path, stat.st_mtime_ns, stat.st_size) != read_at.digest:
                return None
            return _picture(path, stat.st_mtime_ns, stat.st_size, number, start, end, source.text, source.pages)
        except (OSError, SourceError, ValueError):  # it went or changed meanwhile, or has no such page
            return None

    def remove(self, source_id: str) -> bool:
        """Remove a source; return whether it was there. `restore` has it back for ten minutes."""
        source = self._index.source(source_id)
        if source is None:
            return False
        kept = _Removed(source, self._index.passages(source_id), self._index.places(source_id), time.monotonic())
        gone = self._index.remove(source_id)
        with self._lock:
            self._removed[source_id] = kept
        for path in self._uploaded(kept):
            with suppress(OSError):  # without its mark, a file stays
                removed(path).touch()
        self._forget()
        self.changed()
        return gone

    def restore(self, source_id: str) -> bool:
        """Take back a removal; return whether there was something to take back."""
        with self._lock:
            kept = self._removed.pop(source_id, None)
        if kept is None:
            return False
        # Where something else has been read since, that stays.
        free = [one for one in kept.places if self._index.place(one.uri) is None]
        if not free:
            return False
        self._index.put(kept.source, kept.passages, free)
        for path in self._uploaded(kept):
            removed(path).unlink(missing_ok=True)
        self.changed()
        return True

    def _forget(self) -> None:
        """Let go of what was removed long ago, and of its file when it was uploaded: it is in no other place."""
        now = time.monotonic()
        with self._lock:
            for one in [one for one in self._removed.values() if now - one.at > _UNDO]:
                del self._removed[one.source.id]
        for path in removals(self._files, _UNDO):
            with suppress(OSError):  # tried again the next time
                if self._index.place(str(path)) is None:
                    path.unlink(missing_ok=True)
                removed(path).unlink(missing_ok=True)

    def _uploaded(self, one: _Removed) -> list[Path]:
        return [Path(place.uri) for place in one.places if Path(place.uri).is_relative_to(self._files)]

    def _all(self) -> list[Row]:
        at, rows = self._rows
        if time.monotonic() - at > _FRESH:
            counts = self._index.passage_counts()
            rows = [_row(source, counts.get(source.id, 0)) for source in self._index.sources()]
            self._rows = (time.monotonic(), rows)
        return rows

    def _fitting(self, wanted: Wanted) -> list[Row]:
        words = wanted.words.casefold().split()
        fit = [
            row
            for row in self._all()
            if wanted.language in ("", row.language)
            and wanted.kind in ("", row.kind)
            and all(word in f"{row.title} {row.author or ''} {row.place}".casefold() for word in words)
        ]
        known, unknown = _split(fit, lambda row: _value(row, wanted.sort) not in (None, ""))
        return sorted(known, key=lambda row: (_value(row, wanted.sort), row.id), reverse=wanted.down) + unknown


def _value(row: Row, sort: str) -> str | int | None:
    value: str | int | None = getattr(row, {"size": "bytes"}.get(sort, sort))
    return value.casefold() if isinstance(value, str) else value


def _split(rows: Sequence[Row], on: Callable[[Row], bool]) -> tuple[list[Row], list[Row]]:
    return [row for row in rows if on(row)], [row for row in rows if not on(row)]


def _row(source: Source, passages: int) -> Row:
    address = is_address(source.uri)
    return Row(
        id=source.id,
        title=source.title,
        author=source.author,
        published=source.published,
        language=source.language,
        kind=_KINDS.get(source.media_type, source.media_type),
        added=source.retrieved,
        bytes=None if address else _size(Path(source.uri)),
        passages=passages,
        place=source.uri if address else Path(source.uri).name,
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


_KINDS: dict[str, str] = {}
for _suffix, _media_type in SUPPORTED.items():
    _KINDS.setdefault(_media_type, _suffix.removeprefix("."))


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int, size: int) -> str:
    """Return the digest of a file; as long as its time and size are the same, it is taken to be."""
    return digest_of(path)


@lru_cache(maxsize=16)
def _picture(
    path: Path, changed: int, size: int, number: int, start: int, end: int, text: str, pages: tuple[Page, ...]
) -> Picture:
    from index.sources.pdf import page_picture  # late: loads PDFium

    drawn = page_picture(path.read_bytes(), number, start, end, text, pages, _PICTURE_SCALE)
    png = base64.b64encode(drawn.png).decode()
    return Picture(number, drawn.width, drawn.height, png, drawn.boxes)
