"""Centred vectors are made anew when the languages' means have moved: beside those in use, then all at once in place.

Whoever writes meanwhile puts its vectors into both; who reads uses the one that the head it has read names.
"""

import threading
import time
import uuid
from dataclasses import replace

import numpy as np

from index.centring import Centres, Priors
from index.milvus.client import Client
from index.milvus.head import Building, Head, version_at
from index.milvus.journal import Journal
from index.milvus.layout import FILTER_FIELDS, PASSAGE_FIELDS, Names, number_in, stored, vector_rows, vectors_shape
from index.snapshot import LanguageSum

DRIFT = 0.02  # of a language's mean; what is left of a unit vector when its mean is taken away is about 0.4 long
_SILENT = 180.0  # seconds after which who was at it is believed to be gone
_FIELDS = list(dict.fromkeys([*PASSAGE_FIELDS, *FILTER_FIELDS]))


class Recentring:
    """Makes another collection of centred vectors of one index."""

    def __init__(self, client: Client, names: Names, journal: Journal, priors: Priors) -> None:
        self._client = client
        self._names = names
        self._journal = journal
        self._priors = priors
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End after the next step; what was begun is given up, and made from the start by whoever comes next."""
        self._stopped.set()

    def is_due(self, head: Head) -> bool:
        """Return whether the means have moved, and nobody is at it."""
        if not head.epoch or not head.count or (head.building and time.time() - head.building.beat < _SILENT):
            return False
        return Centres.of(head.sums, self._priors).drift(head.languages) > DRIFT

    def run(self, anew: bool = False) -> None:
        """Make them, unless that is not due or another process is at it; `anew`: whatever the means."""
        me = uuid.uuid4().hex
        head = self._journal.read(strong=True)
        if head is None or not head.dimension or not (anew or self.is_due(head)):
            return
        epoch = head.next_epoch
        self._client.make(self._names.vectors(epoch), vectors_shape(head.dimension))
        begun = self._journal.change(lambda now: self._begun(now, epoch, me, anew))
        if begun is None or begun.building is None or begun.building.by != me:
            return
        is_whole = self._copy(begun, begun.building.sums, epoch, me)
        self._journal.change(lambda now: _finished(now, me) if is_whole else _given_up(now, me))

    def _begun(self, now: Head | None, epoch: int, me: str, anew: bool) -> Head | None:
        if now is None or epoch in (*now.epochs, *now.retired) or not (anew or self.is_due(now)):
            return None
        retired = now.retired
        if now.building:
            retired = {**retired, now.building.epoch: time.time()}
        building = Building(epoch, now.languages, me, time.time())
        return replace(now, building=building, retired=retired)

    def _copy(self, head: Head, sums: tuple[LanguageSum, ...], epoch: int, me: str) -> bool:
        """Put the vectors of all changes that were done when this began; those after it put theirs themselves.

        Returns whether all were put, and it was not stopped before.
        """
        centres = Centres.of(sums, self._priors)
        last = time.monotonic()
        with self._journal.pinned() as go_on:
            for page in self._client.pages(self._names.passages, "", _FIELDS, strong=True):
                if self._stopped.is_set():
                    return False
                rows = [row for row in page if head.sees(version_at(number_in(row)))]
                if rows:
                    raw = np.stack([stored(row).vector for row in rows])
                    centred = centres.centre(raw, [str(row["language"]) for row in rows])
                    self._client.put(self._names.vectors(epoch), vector_rows(rows, centred))
                go_on()
                if time.monotonic() - last > _SILENT / 4:
                    last = time.monotonic()
                    self._journal.change(lambda now: _beaten(now, me))
        return True


def _beaten(now: Head | None, me: str) -> Head | None:
    if now is None or now.building is None or now.building.by != me:
        return None
    return replace(now, building=replace(now.building, beat=time.time()))


def _finished(now: Head | None, me: str) -> Head | None:
    if now is None or now.building is None or now.building.by != me:
        return None
    return replace(
        now,
        epoch=now.building.epoch,
        sums=now.building.sums,
        building=None,
        retired={**now.retired, now.epoch: time.time()},
    )


def _given_up(now: Head | None, me: str) -> Head | None:
    if now is None or now.building is None or now.building.by != me:
        return None
    return replace(now, building=None, retired={**now.retired, now.building.epoch: time.time()})
