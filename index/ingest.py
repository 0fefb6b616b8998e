"""Files and pages into an index: found, read ahead, embedded and stored, some hundred at a time."""

import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.embedding import Embedder, embed
from index.engine import Keeping, Move
from index.errors import SourceError
from index.passages import Passage, embedded_text
from index.progress import Meter, Outcome, Progress, Status
from index.readers import Readers
from index.snapshot import Entry, Place, Vectors
from index.sources import Found, Reading, Source, digest_of, is_address, uri_of, walk
from index.worker import Read, Request

_BATCH = 512  # passages that are embedded and stored together: sorted by length, they hardly pad each other
_BATCH_FILES = 256  # files at most, so that a folder of small or unchanged ones shows progress
_PIECE = 128  # passages that are embedded between two signs of progress


@dataclass
class Batch:
    """Files and pages that were read and wait to be stored."""

    outcomes: list[Outcome] = field(default_factory=list)
    sources: dict[str, tuple[Source, Sequence[Passage]]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        waiting = sum(len(cut) for _, cut in self.sources.values())
        return waiting >= _BATCH or len(self.outcomes) >= _BATCH_FILES


class Ingest:
    """Adds what is at files and web addresses to one store."""

    def __init__(self, store: Keeping, embedder: Embedder, readers: Readers, allow: Collection[str]) -> None:
        self._store = store
        self._embedder = embedder
        self._readers = readers
        self._allow = allow

    def add(
        self, paths: Sequence[str | Path], prune: bool, progress: Callable[[Progress], None] | None
    ) -> list[Outcome]:
        """Add what is under these paths; see `Index.add`."""
        found = list(walk(paths))
        meter = Meter(progress, found)
        outcomes: list[Outcome] = []
        with closing(self._batches(found, meter)) as batches:
            for batch in batches:
                self.keep(batch, meter)
                outcomes += batch.outcomes
                for outcome in batch.outcomes:
                    meter.finished(outcome)
        missing = [one for path in paths if os.path.isdir(path) for one in self._missing(Path(path), found, prune)]
        for outcome in missing:
            meter.finished(outcome)
        return outcomes + missing

    def _batches(self, found: Sequence[Found], meter: Meter) -> Generator[Batch]:
        batch = Batch()
        with closing(self._readers.read(self._wanted(found))) as reads:
            for one in found:
                meter.reading(one.at)
                self._take(next(reads), one, batch)
                if batch.is_full:
                    yield batch
                    batch = Batch()
        if batch.outcomes:
            yield batch

    def _wanted(self, found: Iterable[Found]) -> Iterator[Request | Read]:
        for one in found:
            if one.ignored_by:
                yield Read(one.at, None)
                continue
            try:
                yield self._request(one)
            except SourceError as error:
                yield Read(one.at, None, error=str(error))

    def _request(self, found: Found) -> Request | Read:
        """Return what is to be read; a file that is as it was need not be."""
        at = found.at
        with self._store.view() as now:
            before = now.place(uri_of(found))
        digest = before.digest if before else None
        if digest and not is_address(at) and digest_of(Path(at)) == digest:
            return Read(at, Reading(None, digest))
        return Request(at, digest, self._allow)

    def _take(self, read: Read, found: Found, batch: Batch) -> None:
        """Note what became of a file, and its source if that is new."""
        if found.ignored_by:
            batch.outcomes.append(Outcome(read.at, "ignored", None, 0, f"left out by {found.ignored_by}"))
            return
        if read.reading is None:
            batch.outcomes.append(Outcome(read.at, "failed", None, 0, read.error))
            return
        reading, uri = read.reading, uri_of(found)
        with self._store.view() as now:
            before = now.place(uri)
            source = reading.source
            if source is None:
                assert before is not None  # else there was no digest to be the same as
                batch.outcomes.append(Outcome(read.at, "unchanged", before.source_id, 0, ""))
                if before.digest != reading.digest:  # the same page, with another ETag
                    batch.places.append(Place(uri, before.source_id, reading.digest))
                return
            here = now.has_source(source.id)
            left = [one.uri for one in now.places(source.id) if one.uri != uri and _is_gone(one.uri)] if here else []
        batch.places.append(Place(uri, source.id, reading.digest))
        notes = "; ".join(reading.notes)
        if left:
            batch.moves.append(Move(source.id, tuple(left), source.title))
            batch.outcomes.append(Outcome(read.at, "moved", source.id, 0, notes))
        elif here or source.id in batch.sources:
            batch.outcomes.append(Outcome(read.at, "unchanged", source.id, 0, notes))
        else:
            batch.sources[source.id] = (source, read.passages)
            status: Status = "updated" if before else "added"
            batch.outcomes.append(Outcome(read.at, status, source.id, len(read.passages), notes))

    def remove_from(self, path: Path | str) -> list[Outcome]:
        """Forget a file, a web address, or all that was read under a folder, whether or not it is there still."""
        uri = path if is_address(path) else os.path.realpath(path)
        with self._store.view() as now:
            under = [] if is_address(path) else now.places_under(os.path.join(uri, ""))
            left = [one for one in (now.place(uri), *under) if one]
        self._store.leave([one.uri for one in left])
        return [
            Outcome(one.uri if is_address(path) else Path(one.uri), "removed", one.source_id, 0, "") for one in left
        ]

    def keep(self, batch: Batch, meter: Meter | None = None) -> None:
        """Embed what is new of a batch, and store it."""
        if not batch.places:
            return
        texts: dict[str, list[str]] = {}
        for source, cut in batch.sources.values():
            texts[source.id] = [embedded_text(source.stated_title, one) for one in cut if not one.furniture]
        vectors = self._known_vectors(batch.places) if batch.sources else {}
        new = dict.fromkeys(text for of in texts.values() for text in of if text not in vectors)
        vectors |= self._embedded(sorted(new, key=len, reverse=True), meter, len(batch.outcomes))
        entries = [
            Entry(source, cut, _stacked([vectors[text] for text in texts[source.id]]))
            for source, cut in batch.sources.values()
        ]
        self._store.put(entries, batch.places, batch.moves)

    def _embedded(self, texts: Sequence[str], meter: Meter | None, files: int) -> dict[str, Vectors]:
        """Return the vector of each text; `files` of them hold the texts."""
        vectors: dict[str, Vectors] = {}
        dimension = self._store.dimension()
        for start in range(0, len(texts), _PIECE):
            piece = texts[start : start + _PIECE]
            vectors |= zip(piece, embed(self._embedder, piece, dimension), strict=True)
            if meter:
                meter.embedded(len(piece), len(vectors) / len(texts), files)
        return vectors

    def _known_vectors(self, places: Sequence[Place]) -> dict[str, Vectors]:
        """Return the vectors of the texts that stood at these places before: a changed file is changed in part."""
        known: dict[str, Vectors] = {}
        with self._store.view() as now:
            for place in places:
                before = now.place(place.uri)
                if before and before.source_id != place.source_id:
                    known |= now.embedded(before.source_id)
        return known

    def _missing(self, folder: Path, found: Sequence[Found], prune: bool) -> list[Outcome]:
        """Return what was read under a folder before and is no longer found there; with `prune`, remove it."""
        inside = os.path.join(os.path.realpath(folder), "")
        there = [one.real for one in found if os.path.join(one.real, "").startswith(inside) and not one.ignored_by]
        with self._store.view() as now:
            known = set(there)
            gone = [one for one in now.places_under(inside) if one.uri not in known]
        if gone:
            unlisted = tuple(os.path.join(one, "") for one in there if os.path.isdir(one))
            gone = [one for one in gone if not one.uri.startswith(unlisted)]
        if prune and gone and not there:
            reason = (
                f"{folder}: it holds no file any more, and {len(gone)} were read there; nothing was removed. Is its "
                f"disk connected? If it is meant to be empty: yiju remove {folder}"
            )
            return [Outcome(folder, "failed", None, 0, reason)]
        if prune:
            self._store.leave([one.uri for one in gone])
        reason = "" if prune else "it is no longer there; --prune removes it"
        status: Status = "removed" if prune else "gone"
        return [Outcome(Path(one.uri), status, one.source_id, 0, reason) for one in gone]


def _is_gone(uri: str) -> bool:
    """Say whether a file was read there that is certainly gone, and not only out of reach."""
    if not os.path.isabs(uri):
        return False
    try:
        os.lstat(uri)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
