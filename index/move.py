"""An index goes from one engine to another: a folder to a server, or back, with nothing embedded again.

Sources go over some at a time, each whole or not at all; those that are there already are not sent again, so a move
that was broken off goes on where it was. Then every source is read back and compared, byte for byte.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from random import Random

import numpy as np

from index.engine import Engine, View
from index.errors import IndexFolderError, YijuError
from index.filters import Filter
from index.snapshot import Entry, Place

_PASSAGES = 512  # that are stored together
_SOURCES = 128  # that are read together
_SAMPLE = 20  # searches
_FOUND = 10  # hits of each


class MoveError(YijuError):
    """What arrived is not what was sent."""


@dataclass(frozen=True)
class Moved:
    """What a move came to."""

    sources: int
    passages: int
    sent: int  # sources that were not there yet
    checksum: str  # sha256 over all records, the same on both sides
    searches: int  # that were made on both sides
    equal: int  # hits of them that both sides gave
    hits: int  # of them in all


def move(origin: Engine, target: Engine, report: Callable[[str, int, int], None] = lambda *_: None) -> Moved:
    """Copy an index into another, which may hold a part of it and nothing else, and compare the two.

    `report` is told what is done ("moved", "compared"), and how many sources of how many. Raises IndexFolderError for
    a target that holds other sources, and MoveError when what arrived is not what was sent.
    """
    with origin.long_view() as (view, go_on):
        ids = view.source_ids()
        with target.view() as now:
            there = set(now.source_ids())
        if there - set(ids):
            raise IndexFolderError(
                f"The target holds {len(there - set(ids))} sources that are not in what is moved. Choose an empty one."
            )
        waiting = [one for one in ids if one not in there]
        done = len(ids) - len(waiting)
        report("moved", done, len(ids))
        for entries in _batches(view, waiting, go_on):
            target.put([entry for entry, _ in entries], [place for _, places in entries for place in places])
            done += len(entries)
            report("moved", done, len(ids))
        sent = _compared(view, target, ids, go_on, report)
        passages = sum(view.passage_counts().values())
        equal, hits, searches = _searched(view, origin, target, ids)
        return Moved(len(ids), passages, len(waiting), sent, searches, equal, hits)


def _batches(view: View, ids: Sequence[str], go_on: Callable[[], None]) -> Iterator[list[tuple[Entry, list[Place]]]]:
    """Yield sources some at a time: few that are long, many that are short."""
    batch: list[tuple[Entry, list[Place]]] = []
    for first in range(0, len(ids), _SOURCES):
        for one in view.entries(ids[first : first + _SOURCES]):
            batch.append(one)
            if sum(len(entry.passages) for entry, _ in batch) >= _PASSAGES:
                yield batch
                batch = []
        go_on()
    if batch:
        yield batch


def _compared(
    view: View,
    target: Engine,
    ids: Sequence[str],
    go_on: Callable[[], None],
    report: Callable[[str, int, int], None],
) -> str:
    """Return the checksum that both sides have; raise MoveError where they differ."""
    whole = hashlib.sha256()
    with target.long_view() as (arrived, go_on_there):
        if sorted(arrived.source_ids()) != sorted(ids):
            raise MoveError("The sources that arrived are not those that were sent: others write there. Move again.")
        for first in range(0, len(ids), _SOURCES):
            some = ids[first : first + _SOURCES]
            for one, other in zip(view.entries(some), arrived.entries(some), strict=True):
                digest = checksum(*one)
                if digest != checksum(*other):
                    source = one[0].source
                    raise MoveError(
                        f"{source.title!r} did not arrive as it was sent. Remove it there and move again: {source.id}"
                    )
                whole.update(digest.encode())
            go_on()
            go_on_there()
            report("compared", min(first + _SOURCES, len(ids)), len(ids))
        ours, theirs = ({one.language: one.count for one in of.languages()} for of in (view, arrived))
        if ours != theirs:
            raise MoveError(f"The counts of passages differ: {ours} here, {theirs} there. Repair both: yiju check.")
    return whole.hexdigest()


def checksum(entry: Entry, places: Sequence[Place]) -> str:
    """Return the sha256 of all that an index holds of a source: its record, places, passages and raw vectors."""
    source = entry.source
    said = {name: value for name, value in vars(source).items() if name not in ("metadata", "uri")}
    spans = {name: [astuple(one) for one in said.pop(name)] for name in ("headings", "pages", "blocks")}
    written = json.dumps(
        [
            said,
            spans,
            dict(source.metadata),
            source.stated_title,
            [astuple(place) for place in places],
            [astuple(passage) for passage in entry.passages],
        ],
        sort_keys=True,
    )
    return hashlib.sha256(written.encode() + entry.vectors.astype(np.float16).tobytes()).hexdigest()


def _searched(view: View, origin: Engine, target: Engine, ids: Sequence[str]) -> tuple[int, int, int]:
    """Return how many hits both sides gave for searches by passages of the index, of how many, in how many searches."""
    equal = hits = searches = 0
    for source_id in Random(0).sample(ids, min(_SAMPLE, len(ids))):
        [(entry, _)] = view.entries([source_id])
        searched = [one for one in entry.passages if not one.furniture]
        if searched:
            at = Random(source_id).randrange(len(searched))
            found = [
                {hit.passage.id for hit in engine.search(searched[at].text[:200], entry.vectors[at], _FOUND, Filter())}
                for engine in (origin, target)
            ]
            equal, hits, searches = equal + len(found[0] & found[1]), hits + len(found[0]), searches + 1
    return equal, hits, searches
