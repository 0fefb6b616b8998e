"""The head of an index on a server, changed by one writer at a time.

Milvus has no transactions and no "write if it is still as I read it", so writers agree whose turn it is by Lamport's
bakery (1974), which needs only single rows that are read as they were last written. A turn is a few calls long: texts
and vectors are put before it. Who dies in its turn is passed over once it was seen to do nothing for a while.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from index.errors import EngineError, IndexFolderError, YijuError
from index.milvus.client import Client, Row, nowhere, quoted
from index.milvus.head import FORMAT, Head
from index.milvus.layout import JOURNAL

TURN = 60.0  # seconds after which others pass over who is at its turn; it gives up at half of that
_POLL = (0.005, 0.01, 0.02, 0.05)  # seconds between looks, the last again and again
_QUEUE = 300.0  # seconds that a writer waits for its turn
_PIECE = 16_000  # characters of a row
_HEAD = "head"
_KEPT = 20  # revisions whose pieces stay, for who is about to read them
PIN = 120.0  # seconds that a long reading is believed to go on after its last sign


class Lost(Exception):
    """The turn took too long, and others may have passed it over."""


class Journal:
    """Reads and changes the head; safe to share between threads."""

    def __init__(self, client: Client, collection: str) -> None:
        self._client = client
        self._collection = collection
        self._local = threading.Lock()
        self._known: Head | None = None
        self._since = 0.0  # when this process first saw it
        self._seen: dict[str, tuple[str, float]] = {}  # what others' rows said, and since when

    def make(self) -> None:
        self._client.make(self._collection, JOURNAL)

    # The head

    def read(self, strong: bool = False) -> Head | None:
        """Return the head, as this process last knew it where the server is behind; None when there is none."""
        for _ in range(10):
            rows = self._client.rows(self._collection, f"name == {quoted(_HEAD)}", ["name", "value", "stamp"], strong)
            known = self._known
            if not rows:
                return None if strong else known or self.read(strong=True)
            pointer = self._pointer(rows[0])
            revision = int(str(rows[0]["stamp"]))
            is_same = known is None or pointer.get("index", "") == known.index
            if not strong and not is_same:  # dropped and made anew: which of both came later, only the server knows
                return self.read(strong=True)
            if known and is_same and known.revision >= revision and (not strong or known.revision == revision):
                return known
            head = self._whole(pointer, strong)
            if head is not None:
                self._learn(head)
                return head
        raise EngineError(f"{self._client.address}: its head cannot be read while it changes. Try again.")

    def _pointer(self, row: Row) -> dict[str, Any]:
        """Return what says where the pieces of the head are; raise IndexFolderError for a newer one."""
        pointer: dict[str, Any] = json.loads(str(row["value"]))
        if pointer["format"] > FORMAT:
            raise IndexFolderError(
                f"{self._client.address} was made by a newer Yiju (format {pointer['format']}; this one reads up to "
                f"{FORMAT}). Update with: pip install -U yiju"
            )
        return pointer

    def _whole(self, pointer: dict[str, Any], strong: bool) -> Head | None:
        names = [f"{pointer['at']}.{at}" for at in range(pointer["pieces"])]
        listed = ", ".join(quoted(name) for name in names)
        found = self._client.rows(self._collection, f"name in [{listed}]", ["name", "value"], strong)
        value = {str(row["name"]): str(row["value"]) for row in found}
        if not all(name in value for name in names):
            return None  # the pieces went since, or are on their way
        return Head.read("".join(value[name] for name in names))

    def _learn(self, head: Head) -> None:
        known = self._known
        if known is None or head.index != known.index or head.revision > known.revision:
            self._known, self._since = head, time.monotonic()

    def age(self) -> float:
        """Return the seconds since this process first saw the head that it knows."""
        return time.monotonic() - self._since

    def _write(self, head: Head) -> None:
        text = head.written()
        at = f"part.{head.revision}.{uuid.uuid4().hex[:12]}"
        pieces = [text[first : first + _PIECE] for first in range(0, len(text), _PIECE)]
        rows = [_row(f"{at}.{number}", piece, head.revision) for number, piece in enumerate(pieces)]
        self._client.put(self._collection, rows, TURN / 6)
        pointer = json.dumps({"format": FORMAT, "at": at, "pieces": len(pieces), "index": head.index})
        self._client.put(self._collection, [_row(_HEAD, pointer, head.revision)], TURN / 6)

    def change(self, how: Callable[[Head | None], Head | None]) -> Head | None:
        """Change the head in a turn of our own: `how` is given it as it is, and returns what it becomes, or None.

        What it becomes is the next revision.

        Whether a change that was broken off was written is for the next `how` to see: it must be able to come again.
        """
        with self._turn() as in_time:
            before = self.read(strong=True)
            after = how(before)
            if after is None:
                return before
            after = replace(after, revision=(before.revision if before else 0) + 1)
            in_time()
            self._write(after)
            self._learn(after)
            return after

    def tidy(self, head: Head) -> None:
        """Erase the pieces of heads that are long over."""
        self._client.erase(self._collection, f'name like "part.%" and stamp < {head.revision - _KEPT} and stamp > 0')

    # Turns

    @contextmanager
    def _turn(self) -> Iterator[Callable[[], None]]:
        """Wait for our turn; yields what raises Lost once it has taken so long that others may have passed it over."""
        with self._local:
            name = f"turn.{uuid.uuid4().hex}"
            try:
                begun = self._wait_for(name)

                def in_time() -> None:
                    if time.monotonic() - begun > TURN / 2:
                        raise Lost

                yield in_time
            finally:
                try:
                    self._client.erase(self._collection, f"name in [{quoted(name)}]")
                except YijuError:
                    pass  # it is passed over

    def _wait_for(self, name: str) -> float:
        """Return when our turn began."""
        until = time.monotonic() + _QUEUE
        ticket = 0
        waits = iter(_POLL)
        wait = 0.0
        while True:
            if not ticket:
                self._client.put(self._collection, [_row(name, "choosing", 0)])
                ticket = 1 + max((int(str(row["stamp"])) for row in self._queue()), default=0)
                self._client.put(self._collection, [_row(name, "waiting", ticket)])
            looked = time.monotonic()
            queue = self._queue()
            if name not in {row["name"] for row in queue}:
                ticket = 0  # passed over: take another
                continue
            ahead = [row for row in queue if row["name"] != name and _place(row) < (ticket, name)]
            if not ahead:
                return looked
            if looked > until:
                raise EngineError(
                    f"Others have been writing to {self._client.address} for {_QUEUE:.0f} seconds. Try again later."
                )
            self._pass_over(ahead)
            wait = next(waits, wait)
            time.sleep(wait)

    def _queue(self) -> list[Row]:
        return self._client.rows(self._collection, 'name like "turn.%"', ["name", "value", "stamp"], strong=True)

    def _pass_over(self, ahead: list[Row]) -> None:
        """Take out of the queue who should be at it and did nothing for long: the first, and who is still choosing."""
        now = time.monotonic()
        first = min((row for row in ahead if row["value"] != "choosing"), key=_place, default=None)
        suspects = [row for row in ahead if row["value"] == "choosing"] + ([first] if first else [])
        seen = {}
        for row in suspects:
            name, said = str(row["name"]), f"{row['value']} {row['stamp']}"
            before = self._seen.get(name)
            seen[name] = before if before and before[0] == said else (said, now)
            if now - seen[name][1] > TURN:
                self._client.erase(self._collection, f"name in [{quoted(name)}]")
        self._seen = seen

    # Long readings

    @contextmanager
    def pinned(self) -> Iterator[Callable[[], None]]:
        """Keep what a long reading may still need; yields what must be called now and then to say that it goes on."""
        name, sign, last = f"pin.{uuid.uuid4().hex}", 1, 0.0

        def go_on() -> None:
            nonlocal sign, last
            if time.monotonic() - last > PIN / 4:
                self._client.put(self._collection, [_row(name, str(time.time()), sign)])
                sign, last = sign + 1, time.monotonic()

        go_on()
        try:
            yield go_on
        finally:
            try:
                self._client.erase(self._collection, f"name in [{quoted(name)}]")
            except YijuError:
                pass  # it is no longer believed after a while

    def is_pinned(self) -> bool:
        """Return whether somebody reads for long."""
        rows = self._client.rows(self._collection, 'name like "pin.%"', ["name", "value"], strong=True)
        return any(abs(time.time() - float(str(row["value"]))) < 5 * PIN for row in rows)


def _row(name: str, value: str, stamp: int) -> Row:
    return nowhere({"name": name, "value": value, "stamp": stamp})


def _place(row: Row) -> tuple[int, str]:
    """Return where somebody stands in the queue; who is choosing comes first, until their number is known."""
    return int(str(row["stamp"])), str(row["name"])
