"""An index on a Milvus server, open: reads, searches, changes, and what is done in the background."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from index.centring import Centres, shipped_priors
from index.embedding import Embedder
from index.engine import Move, Problem, require_finite
from index.errors import EmbeddingError, EngineError, IndexFolderError, QueryError, YijuError
from index.filters import Filter
from index.milvus.address import address_of
from index.milvus.change import Change
from index.milvus.client import Absent, Client
from index.milvus.collect import Collector
from index.milvus.head import SOURCES_AT_ONCE, Head
from index.milvus.journal import Journal, Lost
from index.milvus.layout import PASSAGES, SOURCES, Names, vectors_shape
from index.milvus.recentring import Recentring
from index.milvus.soundness import problems, repair
from index.milvus.view import MOST, MilvusLegs, MilvusView, Question, require_there
from index.search import Hit, search
from index.snapshot import Entry, Place, Vectors, added, sums_of

_log = logging.getLogger(__name__)

_NEW = 10.0  # seconds for which a server may lag behind a head that we have just seen
_TRIES = 5
_AT_ONCE = 2_000  # vectors that are centred anew before a change is over; more of them in the background


def connect(written: str) -> tuple[Client, str | None]:
    """Return a connection to the index at an address, and the model that it was made with; None when there is none.

    Raises EngineError when the server cannot be used, and IndexFolderError for what is no index of ours.
    """
    client = Client(address_of(written))
    names = Names(client.address.name)
    try:
        if client.has(names.journal):
            head = Journal(client, names.journal).read(strong=True)
            return client, head.embedder if head else None
        if client.has(names.passages):
            raise IndexFolderError(
                f"{client.address} is a collection that is no index of Yiju's. Choose another name with --index."
            )
    except BaseException:
        client.close()
        raise
    return client, None


class Milvus:
    """One index on a server; safe to share between threads, processes and machines."""

    def __init__(self, client: Client, embedder: str) -> None:
        self._client = client
        self._embedder = embedder
        self._names = Names(client.address.name)
        self._priors = shipped_priors(embedder)
        self._journal = Journal(client, self._names.journal)
        self._recentring = Recentring(client, self._names, self._journal, self._priors)
        self._collector = Collector(client, self._names, self._journal)
        self._background: threading.Thread | None = None
        try:
            self._require_embedder(self._made())
        except BaseException:
            client.close()
            raise

    def _made(self) -> Head:
        """Return the head, making the collections when there are none."""
        if self._client.has(self._names.journal):
            head = self._journal.read(strong=True)
            if head is not None:
                return head
        self._journal.make()
        self._client.make(self._names.passages, PASSAGES)
        self._client.make(self._names.sources, SOURCES)
        return require_there(
            self._change(lambda head: head or Head(self._embedder, index=uuid.uuid4().hex)), self._client.address
        )  # else another process was first

    @property
    def folder(self) -> Path:
        folder = self._client.address.folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def close(self) -> None:
        self._recentring.stop()
        self.wait()
        self._client.close()

    def wait(self) -> None:
        if self._background:
            self._background.join()

    # Reading

    @contextmanager
    def view(self) -> Iterator[MilvusView]:
        yield self._view()

    def _view(self, strong: bool = False) -> MilvusView:
        head = require_there(self._journal.read(strong), self._client.address)
        return MilvusView(self._client, self._names, head, strong or self._journal.age() < _NEW)

    def _require_embedder(self, head: Head) -> None:
        if head.embedder != self._embedder:
            raise IndexFolderError(
                f"The index at {self._client.address} was made with the embedding model {head.embedder!r}, not with "
                f"{self._embedder!r}. Open it with --embedding {head.embedder}, or choose another name with --index."
            )

    def dimension(self) -> int | None:
        view = self._view()
        self._require_embedder(view.head)
        return view.dimension

    def search(self, query: str, vector: Vectors, k: int, wanted: Filter) -> list[Hit]:
        if k > MOST // 2:
            raise QueryError(f"k is {k:,}; on a server at most {MOST // 2:,} passages can be asked for.")
        for tried in range(_TRIES):
            view = self._view()
            self._require_embedder(view.head)
            if not view.head.count:
                return []
            question = Question(query, vector, wanted)
            try:
                return search(MilvusLegs(view, self._client, self._names, self._priors, question), query, k)
            except Absent:  # other vectors took the place of those that we were about to read
                if tried == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def inverted(self) -> bool:
        return self._client.address.vectors != "FLAT"

    def size(self) -> int:
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    # Writing

    def put(
        self, entries: Sequence[Entry], places: Sequence[Place], moves: Sequence[Move] = (), anew: bool = False
    ) -> None:
        """Store sources and places; `anew`: also a source that is held just so, in the place of what is there."""
        for entry in entries:
            require_finite(entry)
        if not entries and not places and not moves:
            return
        first = self._reserved(entries, len(entries) + len(places))
        change = Change(self._client, self._names, self._priors, first, entries, places, moves, anew=anew)
        try:
            change.bring(require_there(self._journal.read(strong=True), self._client.address))
            while True:
                self._change(change.done)
                if not change.lacking:
                    break
                change.fill()
        except YijuError as error:
            if change.erased or not isinstance(error, EngineError):  # else the server is away; it is collected later
                self._collector.undo(change.numbers)
            raise
        self._settle()

    def _reserved(self, entries: Sequence[Entry], count: int) -> int:
        """Return the first number of a change of so many sources and places, making sure that its vectors fit."""
        lengths = {entry.vectors.shape[1] for entry in entries if len(entry.vectors)}
        numbers = -(-count // SOURCES_AT_ONCE)
        taken = 0

        def reserve(head: Head | None) -> Head:
            nonlocal taken
            head = require_there(head, self._client.address)
            self._require_embedder(head)
            for length in lengths:
                if head.count and head.dimension != length:
                    raise EmbeddingError(
                        f"The embedding model gave vectors of {length} dimensions; this index holds {head.dimension}. "
                        "The model has changed under its name: choose another index with --index."
                    )
            taken = head.following
            opened = {taken + at: time.time() for at in range(numbers)}
            after = replace(head, following=taken + numbers, open={**head.open, **opened})
            if lengths and head.fits_no(max(lengths)):
                epoch = head.next_epoch
                retired = {**head.retired, head.epoch: time.time()} if head.epoch else head.retired
                sums = added(sums_of(entry) for entry in entries)
                after = replace(after, epoch=epoch, dimension=max(lengths), sums=sums, retired=retired)
            return after

        before = require_there(self._journal.read(), self._client.address)
        if lengths and before.fits_no(max(lengths)):
            # Made before it is named, and outside of a turn: it takes a while.
            self._client.make(self._names.vectors(before.next_epoch), vectors_shape(max(lengths)))
        self._change(reserve)
        return taken

    def leave(self, uris: Sequence[str]) -> None:
        for first in range(0, len(uris), SOURCES_AT_ONCE):  # each of these at once: a head names what went
            change = Change(self._client, self._names, self._priors, 0, leaving=uris[first : first + SOURCES_AT_ONCE])
            self._change(change.done)
        if uris:
            self._settle()

    def remove(self, source_id: str) -> bool:
        change = Change(self._client, self._names, self._priors, 0, removing=source_id)
        self._change(change.done)
        self._settle()
        return change.found

    def _change(self, how: Callable[[Head | None], Head | None]) -> Head | None:
        for _ in range(_TRIES):
            try:
                return self._journal.change(how)
            except Lost:
                _log.info("a turn at %s was too slow, and is taken again", self._client.address)
        raise EngineError(
            f"{self._client.address} is so slow that a change did not fit into its turn. Nothing was changed; look "
            "after the server or the network, and try again."
        )

    # What follows from a change

    def _settle(self) -> None:
        """Do what a change made necessary; what takes long, in the background."""
        try:
            head = require_there(self._journal.read(), self._client.address)
            if self._recentring.is_due(head):
                if head.count <= _AT_ONCE:
                    self._recentring.run()
                elif not (self._background and self._background.is_alive()):
                    self._background = threading.Thread(target=self._recentre, name="yiju-recentring", daemon=True)
                    self._background.start()
            self._collector.run(head)
        except (YijuError, Lost) as error:  # the change is stored; this is done after another
            _log.warning("%s could not be put in order: %s", self._client.address, error)

    def _recentre(self) -> None:
        try:
            self._recentring.run()
        except (YijuError, Lost) as error:
            _log.warning("%s could not be centred anew: %s", self._client.address, error)

    def check(self) -> list[Problem]:
        with self._journal.pinned() as go_on:
            return problems(self._client, self._names, self._view(strong=True), go_on)

    def repair(self, embedder: Embedder) -> list[Problem]:
        found = self.check()
        if found:
            repair(self, self._client, self._names, found, embedder)
            self._recentring.run(anew=True)
        return self.check() if found else []

    def recount(self, how: Callable[[Head], Head]) -> None:
        """Change what the head says of the whole index."""
        self._change(lambda head: how(require_there(head, self._client.address)))

    @contextmanager
    def long_view(self) -> Iterator[tuple[MilvusView, Callable[[], None]]]:
        """Read one moment for long; what is yielded beside must be called now and then."""
        with self._journal.pinned() as go_on:
            yield self._view(strong=True), go_on

    def centres(self) -> Centres:
        return Centres.of(self._view().languages(), self._priors)
