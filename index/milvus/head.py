"""What of the rows on a server is visible: one record says, and is replaced whole, so all of a change appears at once.

Every change has a number. What it brings is put beside what is there, under versions that hold the number; while the
record names it as open, or knows of no such number yet, nobody sees it. What a change takes away is named as dead and
is erased later, when nobody can still be looking at it.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from index.snapshot import LanguageSum

FORMAT = 2  # 2: names the index, and the changes that came to nothing
_OF_CHANGE = 12  # bits: sources and places of one change
_OF_SOURCE = 19  # bits: passages, or pieces of its text
SOURCES_AT_ONCE = 1 << _OF_CHANGE
PASSAGES_AT_MOST = 1 << _OF_SOURCE


def version_of(change: int, at: int) -> int:
    """Return the version of the source or place that comes at some position of a change."""
    return change << _OF_CHANGE | at


def number_of(version: int, at: int) -> int:
    """Return the number of a row; those of a version are neighbours, in the order of the text."""
    return version << _OF_SOURCE | at


def version_at(number: int) -> int:
    """Return the version that a row is of."""
    return number >> _OF_SOURCE


def within(versions: Iterable[int]) -> str:
    """Return the expression for all rows of some versions; runs of neighbours are one range."""
    ranges: list[tuple[int, int]] = []
    for version in sorted(versions):
        if ranges and ranges[-1][1] == version:
            ranges[-1] = ranges[-1][0], version + 1
        else:
            ranges.append((version, version + 1))
    return " or ".join(f"(number >= {number_of(first, 0)} and number < {number_of(last, 0)})" for first, last in ranges)


@dataclass(frozen=True)
class Building:
    """A collection of vectors that is being filled, by whom, and since when they were last heard of."""

    epoch: int
    sums: tuple[LanguageSum, ...]
    by: str
    beat: float


@dataclass(frozen=True)
class Head:
    """The record of an index on a server. Times are of the clock that their writer had, in seconds."""

    embedder: str
    revision: int = 0
    dimension: int | None = None
    following: int = 1  # the number of the next change
    open: Mapping[int, float] = field(default_factory=dict)  # changes that are not done, since when
    dead: Mapping[int, float] = field(default_factory=dict)  # versions that went, when
    languages: tuple[LanguageSum, ...] = ()  # what may be found
    epoch: int = 0  # of the centred vectors; 0 while there are none
    sums: tuple[LanguageSum, ...] = ()  # that those are centred by
    building: Building | None = None
    retired: Mapping[int, float] = field(default_factory=dict)  # epochs that are over, since when
    index: str = ""  # what tells it from one of its name that was dropped; "" in those made by the first versions
    void: frozenset[int] = frozenset()  # changes that came to nothing; what of them still arrives is never seen

    def sees(self, version: int) -> bool:
        """Return whether a version is of a change that is done, and did not go."""
        change = version >> _OF_CHANGE
        return self.knows(change) and change not in self.void and version not in self.dead

    def knows(self, change: int) -> bool:
        """Return whether a change is over."""
        return change < self.following and change not in self.open

    @property
    def count(self) -> int:
        return sum(one.count for one in self.languages)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The collections of vectors that a change must fill."""
        return tuple(one for one in (self.epoch, self.building.epoch if self.building else 0) if one)

    @property
    def next_epoch(self) -> int:
        """The number of the next collection of vectors; none has had it."""
        return max((*self.epochs, *self.retired), default=0) + 1

    def fits_no(self, length: int) -> bool:
        """Return whether there is no collection yet for vectors of a length, and one may be made."""
        return not self.epoch or (not self.count and self.dimension != length)

    def without(self, numbers: Iterable[int]) -> "Head":
        """Return the same in which open changes came to nothing, whatever of them may still arrive."""
        ended = self.open.keys() & set(numbers)
        opened = {number: since for number, since in self.open.items() if number not in ended}
        return replace(self, open=opened, void=self.void | ended)

    def visible(self) -> str:
        """Return the expression for the rows that are visible."""
        parts = [f"number < {number_of(version_of(self.following, 0), 0)}"]
        for change in sorted({*self.open, *self.void}):
            first, last = number_of(version_of(change, 0), 0), number_of(version_of(change + 1, 0), 0)
            parts.append(f"not (number >= {first} and number < {last})")
        if self.dead:
            parts.append(f"not ({within(self.dead)})")
        return " and ".join(parts)

    def with_sums(self, came: Iterable[LanguageSum], went: Iterable[LanguageSum]) -> "Head":
        """Return the same with vectors that came and went."""
        held = {one.language: (one.count, one.total) for one in self.languages}
        for sign, changed in ((1, came), (-1, went)):
            for one in changed:
                count, total = held.get(one.language, (0, np.zeros(len(one.total))))
                held[one.language] = count + sign * one.count, total + sign * one.total
        sums = tuple(LanguageSum(name, count, total) for name, (count, total) in sorted(held.items()) if count > 0)
        return replace(self, languages=sums)

    def written(self) -> str:
        """Return the record as JSON."""
        building = self.building
        return json.dumps(
            {
                "format": FORMAT,
                "embedder": self.embedder,
                "revision": self.revision,
                "dimension": self.dimension,
                "following": self.following,
                "open": list(self.open.items()),
                "dead": list(self.dead.items()),
                "languages": sums_written(self.languages),
                "epoch": self.epoch,
                "sums": sums_written(self.sums),
                "building": building and [building.epoch, sums_written(building.sums), building.by, building.beat],
                "retired": list(self.retired.items()),
                "index": self.index,
                "void": sorted(self.void),
            },
            ensure_ascii=False,
        )

    @classmethod
    def read(cls, text: str) -> "Head":
        held = json.loads(text)
        building = held["building"]
        return cls(
            embedder=held["embedder"],
            revision=held["revision"],
            dimension=held["dimension"],
            following=held["following"],
            open=dict(held["open"]),
            dead=dict(held["dead"]),
            languages=sums_read(held["languages"]),
            epoch=held["epoch"],
            sums=sums_read(held["sums"]),
            building=building and Building(building[0], sums_read(building[1]), building[2], building[3]),
            retired=dict(held["retired"]),
            index=held.get("index", ""),
            void=frozenset(held.get("void", ())),
        )


def sums_written(sums: Iterable[LanguageSum]) -> list[list[object]]:
    return [[one.language, one.count, base64.b64encode(one.total.tobytes()).decode()] for one in sums]


def sums_read(written: Iterable[Iterable[object]]) -> tuple[LanguageSum, ...]:
    read = []
    for language, count, total in written:
        read.append(
            LanguageSum(str(language), int(str(count)), np.frombuffer(base64.b64decode(str(total)), np.float64))
        )
    return tuple(read)
