"""What went is erased once nobody can be looking at it any more, and what was begun and never ended."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from index.milvus.client import Client
from index.milvus.head import SOURCES_AT_ONCE, Head, number_of, version_of, within
from index.milvus.journal import Journal
from index.milvus.layout import Names
from index.snapshot import batched

REST = 30.0  # seconds that a reader may go on with the head that it has
_LONG_REST = 600.0  # and that by other machines' clocks are beyond doubt
_ABANDONED = 900.0  # seconds after which a change that was begun is over
_OFTEN = 10.0  # seconds between two looks
_AT_ONCE = 200  # versions of one expression


class Collector:
    """Erases leftovers, after changes and never before their time."""

    def __init__(self, client: Client, names: Names, journal: Journal) -> None:
        self._client = client
        self._names = names
        self._journal = journal
        self._noticed: dict[int, float] = {}  # versions that went, and epochs as negative numbers: since when we know
        self._last = 0.0

    def run(self, head: Head) -> None:
        """Erase what is due, now and then."""
        if time.monotonic() - self._last < _OFTEN:
            return
        self._last = time.monotonic()
        self._journal.tidy(head)
        dead = self._due(head.dead)
        retired = self._due({-epoch: since for epoch, since in head.retired.items()})
        abandoned = [number for number, since in head.open.items() if time.time() - since > _ABANDONED]
        if not dead and not retired and not abandoned or self._journal.is_pinned():
            return
        self._erase(head, within_each(dead))
        self._erase(head, [_of_change(number) for number in abandoned])
        for epoch in retired:
            if self._client.has(self._names.vectors(-epoch)):
                self._client.drop(self._names.vectors(-epoch))
        gone = set(dead)
        self._journal.change(
            lambda now: (
                now
                and replace(
                    now.without(abandoned),
                    dead={version: since for version, since in now.dead.items() if version not in gone},
                    retired={epoch: since for epoch, since in now.retired.items() if -epoch not in retired},
                )
            )
        )

    def _due(self, went: Mapping[int, float]) -> list[int]:
        now = time.monotonic()
        for one in went:
            self._noticed.setdefault(one, now)
        return [
            one for one, since in went.items() if now - self._noticed[one] > REST or time.time() - since > _LONG_REST
        ]

    def undo(self, numbers: Iterable[int]) -> None:
        """Erase a change of ours that came to nothing."""
        numbers = set(numbers)
        head = self._journal.read(strong=True)
        if head is None:
            return
        self._erase(head, [_of_change(number) for number in sorted(numbers)])
        self._journal.change(lambda now: now and now.without(numbers))

    def _erase(self, head: Head, expressions: Iterable[str]) -> None:
        collections = [self._names.passages, self._names.sources, *map(self._names.vectors, head.epochs)]
        for expression in expressions:
            for collection in collections:
                self._client.erase(collection, expression)


def within_each(versions: Iterable[int]) -> list[str]:
    return [within(of) for of in batched(sorted(versions), _AT_ONCE)]


def _of_change(number: int) -> str:
    first = number_of(version_of(number, 0), 0)
    last = number_of(version_of(number, SOURCES_AT_ONCE - 1) + 1, 0)
    return f"number >= {first} and number < {last}"
