"""Files and pages into an index: found, read ahead, embedded and stored, some hundred at a time."""

import logging
import os
import re
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from index.cluster import Cluster, Crew

_log = logging.getLogger(__name__)

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


@dataclass
class Group:
    """Files and pages that were read and will be one batch; which ones depends on them alone, not on the index."""

    found: list[Found] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    passages: int = 0

    def take(self, found: Found, read: Read) -> None:
        self.found.append(found)
        self.reads.append(read)
        self.passages += len(read.passages)

    @property
    def is_full(self) -> bool:
        return self.passages >= _BATCH or len(self.reads) >= _BATCH_FILES

    @property
    def source_ids(self) -> set[str]:
        return {one.reading.source.id for one in self.reads if one.reading and one.reading.source}


class Ingest:
    """Adds what is at files and web addresses to one store."""

    def __init__(self, store: Keeping, embedder: Embedder, readers: Readers, allow: Collection[str]) -> None:
        self._store = store
        self._embedder = embedder
        self._readers = readers
        self._allow = allow

    def add(
        self,
        paths: Sequence[str | Path],
        prune: bool,
        progress: Callable[[Progress], None] | None,
        cluster: "Cluster | None" = None,
    ) -> list[Outcome]:
        """Add what is under these paths; see `Index.add`."""
        found = list(walk(paths))
        meter = Meter(progress, found)
        outcomes: list[Outcome] = []
        hired = cluster.crew(self._embedder, self._readers) if cluster else nullcontext(None)
        with hired as crew, closing(self._groups(found, meter, crew)) as groups:
            for group in crew.ahead(groups, self._forecast) if crew else groups:
                batch = self._batch(group)
                self.keep(batch, meter, crew)
                outcomes += batch.outcomes
                for outcome in batch.outcomes:
                    _note(outcome)
                    meter.finished(outcome)
        missing = [one for path in paths if os.path.isdir(path) for one in self._missing(Path(path), found, prune)]
        for outcome in missing:
            _note(outcome)
            meter.finished(outcome)
        return outcomes + missing

    def _groups(self, found: Sequence[Found], meter: Meter, crew: "Crew | None") -> Generator[Group]:
        group = Group()
        with closing((crew or self._readers).read(self._wanted(found))) as reads:
            for one in found:
                meter.reading(one.at)
                group.take(one, next(reads))
                if group.is_full:
                    yield group
                    group = Group()
        if group.reads:
            yield group

    def _batch(self, group: Group) -> Batch:
        batch = Batch()
        for read, found in zip(group.reads, group.found, strict=True):
            self._take(read, found, batch)
        return batch

    def _forecast(self, group: Group, before: Iterable[Group]) -> list[list[str]]:
        """Return the pieces of text that keeping a group will embed, once the groups before it are kept.

        A guess, since what these do to the index is not known yet; it is wrong only where one takes a source's last
        place away that another brings back.
        """
        batch = self._batch(group)
        for one in before:
            for source_id in one.source_ids & batch.sources.keys():
                del batch.sources[source_id]
        known = self._known_vectors(batch.places) if batch.sources else {}
        return list(_pieces(_new(_texts(batch), known)))

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
                if before is None:  # it was there when the file was found to be as it was
                    reason = f"{read.at}: another process removed its source meanwhile. Add it again."
                    batch.outcomes.append(Outcome(read.at, "failed", None, 0, reason))
                    return
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

    def keep(self, batch: Batch, meter: Meter | None = None, embedder: Embedder | None = None) -> None:
        """Embed what is new of a batch, with this embedder or the index's own, and store it."""
        if not batch.places:
            return
        begun = time.perf_counter()
        texts = _texts(batch)
        vectors = self._known_vectors(batch.places) if batch.sources else {}
        new = _new(texts, vectors)
        vectors |= self._embedded(new, embedder or self._embedder, meter, len(batch.outcomes))
        entries = [
            Entry(source, cut, _stacked([vectors[text] for text in texts[source.id]]))
            for source, cut in batch.sources.values()
        ]
        self._store.put(entries, batch.places, batch.moves)
        _log.info(
            "stored: %d sources, %d passages embedded, %.3f s", len(entries), len(new), time.perf_counter() - begun
        )

    def _embedded(
        self, texts: Sequence[str], embedder: Embedder, meter: Meter | None, files: int
    ) -> dict[str, Vectors]:
        """Return the vector of each text; `files` of them hold the texts."""
        vectors: dict[str, Vectors] = {}
        dimension = self._store.dimension()
        for piece in _pieces(texts):
            vectors |= zip(piece, embed(embedder, piece, dimension), strict=True)
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


def _note(outcome: Outcome) -> None:
    """Log what became of a file, or of an address without what may be secret in it."""
    at = str(outcome.path)
    if is_address(at):
        at = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", at)[0])
    level = logging.DEBUG if outcome.status in ("unchanged", "ignored") else logging.INFO
    _log.log(level, "%s: %s, %d new passages", at, outcome.status, outcome.passages)


def _texts(batch: Batch) -> dict[str, list[str]]:
    """Return what is embedded of each source of a batch, by its id."""
    return {
        source.id: [embedded_text(source.stated_title, one) for one in cut if not one.furniture]
        for source, cut in batch.sources.values()
    }


def _new(texts: Mapping[str, Sequence[str]], known: Mapping[str, Vectors]) -> list[str]:
    """Return each text that is not known once, the longest first."""
    new = dict.fromkeys(text for of in texts.values() for text in of if text not in known)
    return sorted(new, key=len, reverse=True)


def _pieces(texts: Sequence[str]) -> Iterator[list[str]]:
    return ([*texts[start : start + _PIECE]] for start in range(0, len(texts), _PIECE))


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
