"""One change of an index on a server: what it brings is put beside what is there, then the head makes it visible."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.centring import Centres, Priors
from index.engine import Move, holds
from index.errors import EngineError, SourceError
from index.milvus.client import Client, Row
from index.milvus.head import SOURCES_AT_ONCE, Head, version_at, version_of, within
from index.milvus.layout import (
    Names,
    Records,
    among,
    number_in,
    of_kinds,
    passage_rows,
    place_rows,
    retitled,
    source_rows,
    vector_rows,
)
from index.milvus.view import MilvusView, require_there
from index.passages import id_of
from index.snapshot import Entry, LanguageSum, Place, batched, sums_of

_LONGEST = 600.0  # seconds from its number to its end; after longer, others take it for abandoned
_AT_ONCE = 1_000  # ids of one question


class Change:
    """What comes and goes together. `done` may be called again when it is not known whether it was."""

    def __init__(
        self,
        client: Client,
        names: Names,
        priors: Priors,
        first: int,
        entries: Sequence[Entry] = (),
        places: Sequence[Place] = (),
        moves: Sequence[Move] = (),
        leaving: Sequence[str] = (),
        removing: str = "",
        anew: bool = False,
    ) -> None:
        self._client = client
        self._names = names
        self._priors = priors
        self._entries = {entry.source.id: entry for entry in entries}
        self._places = list({place.uri: place for place in places}.values())
        self._moves = moves
        self._leaving = leaving
        self._removing = removing
        self._anew = anew
        self._begun = time.monotonic(), time.time()  # the first stands still while a machine sleeps
        self._ended = False  # whether a head that shows all of this may have been written
        self._rows: dict[str, list[Row]] = {}  # of passages, by their source
        self._centred: set[int] = set()  # the epochs that hold our vectors
        self.numbers = range(first, first + -(-(len(entries) + len(places)) // SOURCES_AT_ONCE))
        self.lacking: tuple[Head, ...] = ()  # a head whose epochs must be filled first
        self.erased = False  # whether others took it for abandoned, and what it had brought is gone
        self.found = False  # whether there was what is removed
        versions = (version_of(first + at // SOURCES_AT_ONCE, at % SOURCES_AT_ONCE) for at in range(1 << 62))
        self._version = {source_id: next(versions) for source_id in self._entries}
        self._version_of_place = {place.uri: next(versions) for place in self._places}

    # What it brings

    def bring(self, head: Head) -> None:
        """Put everything that comes; nobody sees it yet."""
        for source_id, entry in self._entries.items():
            self._rows[source_id] = passage_rows(self._version[source_id], entry)
        self._client.put(self._names.passages, [row for rows in self._rows.values() for row in rows])
        records = [row for one, entry in self._entries.items() for row in source_rows(self._version[one], entry)]
        records += [row for place in self._places for row in place_rows(self._version_of_place[place.uri], place)]
        self._client.put(self._names.sources, records)
        self._fill(head)

    def fill(self) -> None:
        """Put the vectors that a head wants that was written since."""
        for head in self.lacking:
            self._fill(head)
        self.lacking = ()

    def _fill(self, head: Head) -> None:
        sums = {head.epoch: head.sums}
        if head.building:
            sums[head.building.epoch] = head.building.sums
        for epoch in head.epochs:
            if epoch not in self._centred:
                centres = Centres.of(sums[epoch], self._priors)
                for source_id, rows in self._rows.items():
                    if rows:
                        languages = [str(row["language"]) for row in rows]
                        centred = centres.centre(self._entries[source_id].vectors, languages)
                        self._client.put(self._names.vectors(epoch), vector_rows(rows, centred))
                self._centred.add(epoch)

    # Its end

    def done(self, head: Head | None) -> Head | None:
        """Return the head with all of this visible; None when it is already, or when vectors lack first.

        Raises EngineError for a change that takes so long that others take it for abandoned, or have.
        """
        head = require_there(head, self._client.address)
        is_closed = any(head.knows(number) for number in self.numbers)
        self.erased = (is_closed and not self._ended) or not head.void.isdisjoint(self.numbers)
        if self.erased or self._seconds() > _LONGEST:
            raise EngineError(
                f"{self._client.address} is so slow that a change took more than {_LONGEST:.0f} seconds. It was given "
                "up; look after the server or the network, and try again."
            )
        if is_closed:
            return None
        if any(self._rows.values()) and not set(head.epochs) <= self._centred:
            self.lacking = (head,)
            return None
        self._ended = True
        view = MilvusView(self._client, self._names, head, strong=True)
        if self._removing:
            return self._removed(head, view)
        if self._leaving:
            return self._left(head, view)
        return self._put(head, view)

    def _seconds(self) -> float:
        began, began_by_clock = self._begun
        return max(time.monotonic() - began, time.time() - began_by_clock)

    def _removed(self, head: Head, view: MilvusView) -> Head | None:
        went = view.listed([self._removing])
        self.found = self.found or bool(went)
        if not went:
            return None
        places = [one.version for one in view.kept_of([self._removing])]
        return self._without(head, [one.version for one in went.values()], places)

    def _left(self, head: Head, view: MilvusView) -> Head | None:
        kept = view.kept_at(self._leaving)
        if not kept:
            return None
        places = [one.version for one in kept]
        gone = self._orphans(view, {one.place.source_id for one in kept}, set(places))
        return self._without(head, gone, places)

    def _orphans(self, view: MilvusView, source_ids: set[str], places: set[int]) -> list[int]:
        """Return the versions of the sources that are left at no place when these go."""
        elsewhere = {one.place.source_id for one in view.kept_of(sorted(source_ids)) if one.version not in places}
        return [one.version for one in view.listed(sorted(source_ids - elsewhere)).values()]

    def _without(self, head: Head, sources: Sequence[int], places: Sequence[int]) -> Head:
        now = time.time()
        dead = {**head.dead, **{version: now for version in (*sources, *places)}}
        return replace(head.with_sums((), self._sums(sources)), dead=dead)

    def _sums(self, versions: Sequence[int]) -> Iterator[LanguageSum]:
        """Yield the sums of vectors that sources brought when they came."""
        for of in batched(versions, _AT_ONCE):
            expression = f"{of_kinds('sums')} and ({within(of)})"
            rows = self._client.rows(
                self._names.sources, expression, ["number", "kind", "source", "value"], strong=True
            )
            for sums in Records.of(rows).sums.values():
                yield from sums

    def _put(self, head: Head, view: MilvusView) -> Head:
        before = view.kept_at([place.uri for place in self._places])
        left = view.kept_at([uri for move in self._moves for uri in move.left])
        now_at = {place.uri: place.source_id for place in self._places}
        others = {one.place.source_id for one in before if one.place.source_id != now_at[one.place.uri]}
        places = {one.version for one in (*before, *left)}
        gone = self._orphans(view, others - set(now_at.values()), places)
        named = {*now_at.values(), *self._entries, *(move.source_id for move in self._moves)}
        there = view.listed(sorted(named))
        new = {
            source_id: entry
            for source_id, entry in self._entries.items()
            if self._anew or source_id not in there or not holds(view, entry)
        }
        gone += [there[source_id].version for source_id in new if source_id in there]
        lost = [place.uri for place in self._places if place.source_id not in {*there, *new}]
        if lost:
            raise SourceError(f"{lost[0]}: another process removed its source meanwhile. Add it again.")
        self._require_new_ids(view, new, set(gone))
        for move in self._moves:
            listed = there.get(move.source_id)
            if listed and not listed.stated:
                self._client.put(self._names.sources, retitled(listed, move.title))
        # What another writer brought meanwhile stays; ours of it goes unseen.
        twice = [self._version[source_id] for source_id in self._entries if source_id not in new]
        after = self._without(head, gone, [*places, *twice])
        opened = {number: since for number, since in head.open.items() if number not in self.numbers}
        came = [one for entry in new.values() for one in sums_of(entry)]
        return replace(after.with_sums(came, ()), open=opened)

    def _require_new_ids(self, view: MilvusView, new: dict[str, Entry], gone: set[int]) -> None:
        """Raise SourceError for a passage id that another source has."""
        ids: set[str] = set()
        for entry in new.values():
            for passage in entry.passages:
                if passage.id in ids:
                    raise SourceError(f"A passage's id is there already: {passage.id!r} (twice). Nothing was added.")
                ids.add(passage.id)
        ours = {id_of(one.source_id, one.start, one.end) for entry in new.values() for one in entry.passages}
        for of in batched(sorted(ids - ours), _AT_ONCE):  # only what a program named may be another source's
            rows = self._client.rows(self._names.passages, among("passage", of), ["number", "passage"], strong=True)
            for row in rows:
                version = version_at(number_in(row))
                if view.head.sees(version) and version not in gone:
                    raise SourceError(
                        f"A passage's id is there already: {row['passage']!r} (of another source). Nothing was added."
                    )
