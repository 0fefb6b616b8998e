"""An `add` on a Ray cluster: files are read and texts embedded by its workers, and stored by the one who asks.

What is stored, and in which transactions, is decided here and as without a cluster, so the index comes out the same.
A worker is sent a file's bytes, so it needs no disk in common with this machine; what it does not answer, because it
or its node is gone, another is asked. The only module that imports ray, which pickles what passes between its
processes: a cluster must be trusted like this machine. Nothing pickled is ever stored.
"""

import contextlib
import logging
import os
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index import weights
from index.embedding import Embedder, SentenceEmbedder
from index.errors import ClusterError, EmbeddingError, SourceError
from index.hands import Facts, Hand, Refusal
from index.readers import Readers
from index.snapshot import Vectors
from index.sources import bytes_of, is_address
from index.worker import Read, Request, Sent

if TYPE_CHECKING:
    from index.ingest import Group

_TRIES = 3  # times that a file, or a piece of text, is given to a worker
_DEPTH = 2  # files and pieces that a worker has at a time: one to work on, one so that it never waits
_AHEAD = 256  # files at most that are read before they are asked for, or four a worker
_AHEAD_CHARACTERS = 4_000_000  # of their texts
_PIECES_AHEAD = 3  # pieces of text a worker, that are given out before the first is asked for
_ANSWERS_WITHIN = 5.0  # seconds, for a connection to the cluster's address
_STARTS_WITHIN = 180.0  # seconds, for the first worker to be there
_LOOK = 1.0  # seconds between two looks at the clock
_STORE = 200_000_000  # bytes of shared memory for a cluster on this machine alone
_PACKAGES = Path(__file__).parent.parent

_log = logging.getLogger(__name__)

Kind = Literal["reading", "embedding"]


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster by its address: "head:6379", "auto" (the one that this machine is part of), or "local".

    "local" starts one on this machine for the time of one `add`, bound to loopback. `workers` is how many processes
    read and embed, each with a processor and a model of its own; by default as many as the cluster has processors.
    """

    address: str
    workers: int | None = None

    @contextlib.contextmanager
    def crew(self, embedder: Embedder, readers: Readers) -> Iterator["Crew"]:
        """Hire the workers of one `add`, and let them go. Raises ClusterError where that cannot be."""
        if self.workers is not None and self.workers < 1:
            raise ClusterError(f"A cluster cannot work with {self.workers} workers; name 1 or more.")
        with self._connection() as ray:
            processors = int(ray.cluster_resources().get("CPU", 0))
            if not processors:
                raise ClusterError(f"The Ray cluster at {self.address} has no processors. Start a node that has some.")
            crew = Crew(ray, self.workers or processors, embedder, readers)
            try:
                yield crew
            finally:
                crew.dismiss()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with self._surroundings():
            ray = _ray()
            if ray.is_initialized():  # by the program that we are part of; it ends it, too
                self._require_same(ray)
                yield ray
                return
            try:
                _connect(ray, self.address, self.workers)
                yield ray
            finally:
                ray.shutdown()

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        """Set what Ray reads from the environment when it starts on this machine, for that time."""
        if self.address != "local":
            yield
            return
        ours = {
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's own name for: listen on loopback only
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": _token(),  # else it leaves one in the home folder
        }
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update({name: value for name, value in ours.items() if before[name] is None})
        try:
            yield
        finally:
            for name in ours:
                if before[name] is None:
                    os.environ.pop(name, None)

    def _require_same(self, ray: Any) -> None:
        connected = ray.get_runtime_context().gcs_address
        if self.address not in ("auto", connected):
            raise ClusterError(
                f"This program is connected to the Ray cluster at {connected}, not to {self.address!r}. Name that one, "
                "or call ray.shutdown() first."
            )


@cache
def _token() -> str:
    """Return what lets processes into a cluster on this machine; one for all, since Ray reads it once."""
    return secrets.token_hex(32)


def _ray() -> Any:
    try:
        import ray  # late: large, and most never need it
    except ImportError as error:
        raise ClusterError(f'Ray cannot be loaded ({error}). Get it with: pip install "yiju[ray]"') from error
    return ray


def _connect(ray: Any, address: str, workers: int | None) -> None:
    if address.startswith("ray://"):
        raise ClusterError(
            f"{address} is for Ray's client, which is not used here. Run this on a machine of the cluster (one that "
            "does no work itself joins with: ray start --address=HEAD:6379 --num-cpus=0), and name HEAD:6379 or auto."
        )
    options: dict[str, object] = {"address": address, "log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        options |= {"include_dashboard": False, "num_cpus": workers, "object_store_memory": _STORE}
    elif address != "auto":
        _require_answer(address)
    try:
        # Ray puts the current folder before all others where its workers look for modules: never one that somebody
        # else may have filled.
        with contextlib.chdir(_PACKAGES):
            ray.init(**options)
        # It has no public way to keep what it says of lost workers and nodes off the standard output, where results go.
        ray._private.worker._worker_logs_enabled = False
    except (RuntimeError, OSError, ValueError, ray.exceptions.RayError) as error:
        reason = " ".join(str(error).split())[:400].rstrip(". ") or type(error).__name__
        raise ClusterError(f"The Ray cluster at {address} cannot be used: {reason}. {_HOW}. {_TOKEN}") from error
    if address == "local" and ray.util.get_node_ip_address() != "127.0.0.1":
        ray.shutdown()
        raise ClusterError(
            "Ray was loaded before and would listen beyond this machine. Set RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 "
            "before the program starts."
        )


_HOW = "`ray status` on a machine of it says how it is; `ray start --head --port=6379` starts one"
_TOKEN = "If it wants a token, Ray takes that from RAY_AUTH_TOKEN or ~/.ray/auth_token."
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # of HTTP/2, with its settings


def _require_answer(address: str) -> None:
    """Look whether what is there speaks as Ray does, gRPC, before Ray itself waits for it for minutes."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal()):
        raise ClusterError(
            f"{address!r} is no address of a Ray cluster. Name it like 10.0.0.5:6379, or auto, or local."
        )
    if os.environ.get("RAY_USE_TLS") == "1":
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _ANSWERS_WITHIN) as connection:
            connection.sendall(_GREETING)
            answer = connection.recv(4)
    except (OSError, OverflowError) as error:
        raise ClusterError(f"No Ray cluster answers at {address} ({error}). {_HOW}.") from error
    if answer[3:] != _GREETING[27:28]:  # the kind of the first frame: settings
        raise ClusterError(f"What answers at {address} is no Ray cluster. {_HOW}.")


@dataclass(eq=False)
class _Job:
    """What a worker is asked for: a file read or texts embedded."""

    kind: Kind
    tries: int = 0
    ended_workers: int = 0
    asked: set[int] = field(default_factory=set)  # workers, by number

    @property
    def is_suspect(self) -> bool:
        """Say whether it may be what ended a worker; it is tried again where it harms no other."""
        return self.ended_workers > 0


@dataclass(eq=False)
class _Reading(_Job):
    kind: Kind = "reading"
    request: Request = field(default=Request("", None))
    read: Read | None = None


@dataclass(eq=False)
class _Embedding(_Job):
    kind: Kind = "embedding"
    texts: Sequence[str] = ()
    vectors: Vectors | None = None


@dataclass(eq=False)
class _Hired:
    """One worker of the cluster."""

    number: int
    actor: Any
    is_ready: bool = False
    jobs: list[_Job] = field(default_factory=list)

    def has_room(self, kind: Kind) -> bool:
        return sum(one.kind == kind for one in self.jobs) < _DEPTH and not any(one.is_suspect for one in self.jobs)


class Crew:
    """The workers of one `add`. Used by one thread: they are given work whenever it waits for something."""

    def __init__(self, ray: Any, count: int, embedder: Embedder, readers: Readers) -> None:
        self.name = embedder.name
        self._ray = ray
        self._count = count
        self._readers = readers
        self._model = _model_of(embedder)
        self._here = Facts.here()
        self._hiring = ray.remote(num_cpus=1, concurrency_groups={"reading": 1, "embedding": 1})(Hand)
        self._arguments = (self._sendable(embedder), readers.limits)
        self._files: dict[str, object] = {}  # of the embedding model, in Ray's memory
        self._waiting: Mapping[Kind, deque[_Job]] = {"reading": deque(), "embedding": deque()}
        self._running: dict[Any, tuple[_Hired, _Job | None]] = {}  # None: it says who it is
        self._pieces: dict[tuple[str, ...], _Embedding] = {}
        self._characters = 0  # that were read and not asked for
        self._hired: list[_Hired] = []
        self._numbers = iter(range(1_000_000_000))
        self._lost_in_vain = 0  # workers that ended before they were ready, since one was
        self._begun = time.monotonic()
        self._last_end = ""

    def dismiss(self) -> None:
        """Let all workers go, whatever they are at."""
        for one in self._hired:
            self._ray.kill(one.actor)
        self._hired.clear()
        self._running.clear()

    # What an `add` asks for

    def read(self, wanted: Iterable[Request | Read]) -> Generator[Read]:
        """Yield what became of each request, in order, while the next are being read; see `Readers.read`."""
        requests = iter(wanted)
        line: deque[Read | _Reading] = deque()
        while True:
            while self._may_read_on(line) and (one := next(requests, None)) is not None:
                line.append(self._begun_reading(one))
            if not line:
                return
            head = line.popleft()
            if isinstance(head, Read):
                yield head
                continue
            while head.read is None:
                self._work()
            self._characters -= head.read.characters
            yield head.read

    def ahead(
        self, groups: Iterable["Group"], forecast: Callable[["Group", Iterable["Group"]], list[list[str]]]
    ) -> Generator["Group"]:
        """Yield groups of files later, once enough of what they need embedded is under way."""
        under_way: deque[tuple[Group, list[tuple[str, ...]]]] = deque()
        for group in groups:
            pieces = [tuple(piece) for piece in forecast(group, [before for before, _ in under_way])]
            for piece in pieces:
                if piece not in self._pieces:
                    self._embed(piece)
            under_way.append((group, pieces))
            while len(under_way) > 1 and (self._has_enough() or self._are_done(under_way[0][1])):
                yield from self._released(*under_way.popleft())
        while under_way:
            yield from self._released(*under_way.popleft())

    def _released(self, group: "Group", pieces: Sequence[tuple[str, ...]]) -> Generator["Group"]:
        yield group
        for piece in pieces:  # that were not asked for after all
            self._pieces.pop(piece, None)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text, as the index's own embedder gives them, shape (n, dimension)."""
        piece = tuple(texts)
        job = self._pieces.pop(piece, None) or self._embed(piece)
        self._pieces.pop(piece, None)
        while job.vectors is None:
            self._work()
        return job.vectors

    def queries(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError("an `add` asks no questions")

    # Giving out work

    def _begun_reading(self, one: Request | Read) -> Read | _Reading:
        if isinstance(one, Read):
            return one
        if is_address(one.at):  # fetched from here: the workers need no way out, and a site sees one visitor
            with contextlib.closing(self._readers.read([one])) as reads:
                return next(reads)
        job = _Reading(request=one)
        self._waiting["reading"].append(job)
        return job

    def _may_read_on(self, line: Sequence[object]) -> bool:
        return len(line) < max(_AHEAD, 4 * self._count) and self._characters < _AHEAD_CHARACTERS

    def _embed(self, piece: tuple[str, ...]) -> _Embedding:
        job = self._pieces[piece] = _Embedding(texts=piece)
        self._waiting["embedding"].append(job)
        return job

    def _has_enough(self) -> bool:
        return sum(one.vectors is None for one in self._pieces.values()) >= _PIECES_AHEAD * self._count

    def _are_done(self, pieces: Iterable[tuple[str, ...]]) -> bool:
        return all(one not in self._pieces or self._pieces[one].vectors is not None for one in pieces)

    def _work(self) -> None:
        """Give out what waits, wait until something is done, and take that in."""
        self._hire()
        self._give_out()
        wait = self._ray.wait
        references = list(self._running)
        done, _ = wait(references, num_returns=1, timeout=_LOOK)
        if not done:
            self._require_start()
            return
        done, _ = wait(references, num_returns=len(references), timeout=0)
        for reference in done:
            self._take_in(reference)
        self._give_out()

    def _give_out(self) -> None:
        ready = sorted((one for one in self._hired if one.is_ready), key=lambda one: len(one.jobs))
        for waiting in self._waiting.values():
            while waiting and waiting[0].is_suspect and ready:
                chosen = ready.pop(0)  # given nothing more until it has done what it has, then this alone
                if chosen.jobs:
                    break
                self._give(waiting.popleft(), chosen)
        for kind, waiting in self._waiting.items():
            while waiting and not waiting[0].is_suspect:
                free = [one for one in ready if one.has_room(kind)]
                if not free:
                    break
                job = waiting.popleft()
                self._give(job, min(free, key=lambda one: (one.number in job.asked, len(one.jobs))))

    def _give(self, job: _Job, hired: _Hired) -> None:
        if isinstance(job, _Reading):
            try:
                sent = Sent(os.path.realpath(job.request.at), bytes_of(Path(job.request.at)))
            except SourceError as error:
                self._has_read(job, Read(job.request.at, None, error=str(error)))
                return
            request = Request(job.request.at, job.request.digest, (), sent)
            reference = hired.actor.read.options(concurrency_group="reading").remote(request)
        else:
            assert isinstance(job, _Embedding)
            reference = hired.actor.embed.options(concurrency_group="embedding").remote(job.texts)
        job.tries += 1
        job.asked.add(hired.number)
        hired.jobs.append(job)
        self._running[reference] = hired, job

    # Taking in what is done

    def _take_in(self, reference: Any) -> None:
        if reference not in self._running:  # its worker ended a moment ago
            return
        hired, job = self._running[reference]
        errors = self._ray.exceptions
        try:
            value = self._ray.get(reference)
        except errors.RayTaskError as error:  # what the worker's own code raised
            raise ClusterError(f"A worker of the cluster failed: {_cause_of(error)}. {_SAME}.") from error
        except errors.RayError as error:
            self._lose(hired, error)
            return
        del self._running[reference]
        if job is None:
            self._meet(hired, value)
            return
        hired.jobs.remove(job)
        if isinstance(job, _Reading):
            self._has_read(job, value)
        elif isinstance(job, _Embedding):
            job.vectors = _vectors_of(value)

    def _has_read(self, job: _Reading, read: Read) -> None:
        if read.broke and job.tries < _TRIES:
            self._waiting["reading"].appendleft(job)
            return
        again = f" It was tried {job.tries} times." if read.broke else ""
        job.read = Read(read.at, read.reading, read.passages, read.error + again, read.bug, read.broke)
        self._characters += read.characters

    # The workers

    def _hire(self) -> None:
        """Have as many workers as there is work for, up to those that there may be."""
        jobs = sum(len(waiting) for waiting in self._waiting.values()) + sum(len(one.jobs) for one in self._hired)
        while len(self._hired) < min(self._count, jobs):
            actor = self._hiring.options(scheduling_strategy="SPREAD").remote(*self._arguments)
            hired = _Hired(next(self._numbers), actor)
            self._hired.append(hired)
            self._running[actor.facts.remote()] = hired, None

    def _meet(self, hired: _Hired, said: Facts | Refusal | None) -> None:
        """Take in who a worker is, or that it has a file of the model now."""
        if isinstance(said, Refusal):
            raise ClusterError(f"A worker of the cluster cannot have the embedding model: {said.reason}")
        if said is not None:
            self._require_like_us(said)
            if not said.has_model:
                for name, file in self._model_files().items():
                    self._running[hired.actor.take.remote(name, file)] = hired, None
                return
        if any(one is hired for one, _ in self._running.values()):
            return
        hired.is_ready = True
        self._lost_in_vain = 0

    def _require_like_us(self, facts: Facts) -> None:
        if facts.code != self._here.code:
            raise ClusterError(
                f"The worker on {facts.host} runs another version of Yiju than this machine, and would read files "
                f"otherwise. {_SAME}."
            )
        if facts.reads_images != self._here.reads_images:
            able, unable = ("this machine", facts.host) if self._here.reads_images else (facts.host, "this machine")
            raise ClusterError(
                f"{able} can read text in images and {unable} cannot. Install the same extras on every node, "
                'pip install "yiju[ocr]", or on none.'
            )

    def _model_files(self) -> Mapping[str, object]:
        """Return the files of the model in Ray's memory, from where each node gets them once."""
        if not self._files:
            assert self._model
            paths = weights.fetch(weights.MODELS[self._model])
            self._files = {name: self._ray.put(path.read_bytes()) for name, path in paths.items()}
        return self._files

    def _lose(self, hired: _Hired, error: Exception) -> None:
        """Go on without a worker that ended: another takes its place, and what it was at is tried again."""
        self._last_end = _end_of(error)
        _log.warning("a worker of the cluster ended: %s", self._last_end)
        self._hired.remove(hired)
        self._ray.kill(hired.actor)
        lost = [job for one, job in self._running.values() if one is hired and job]
        self._running = {reference: pair for reference, pair in self._running.items() if pair[0] is not hired}
        if not hired.is_ready:
            self._lost_in_vain += 1
            if self._lost_in_vain >= max(_TRIES, self._count):
                advice = _ROOM if self._last_end == _NO_MEMORY else _SAME
                raise ClusterError(f"The workers of the cluster end before they begin: {self._last_end}. {advice}.")
        for job in reversed(lost):
            job.ended_workers += 1
            if job.ended_workers < _TRIES:
                self._waiting[job.kind].appendleft(job)
            else:
                self._give_up(job)

    def _give_up(self, job: _Job) -> None:
        said = f"{job.ended_workers} workers of the cluster ended while they had it, the last: {self._last_end}"
        if isinstance(job, _Reading):
            at = job.request.at
            job.read = Read(at, None, error=f"{at}: {said}. Add it without the cluster, or save it in another format.")
        elif isinstance(job, _Embedding):
            raise ClusterError(
                f"{len(job.texts)} passages could not be embedded, the first {job.texts[0][:80]!r}: {said}. What was "
                f"stored before is kept. {_ROOM}, and add again."
            )

    def _require_start(self) -> None:
        """Raise ClusterError when no worker came to be."""
        if time.monotonic() - self._begun < _STARTS_WITHIN or any(one.is_ready for one in self._hired):
            return
        free = self._ray.available_resources().get("CPU", 0)
        raise ClusterError(
            f"No worker began within {_STARTS_WITHIN:.0f} seconds; of the cluster's processors {free:g} are free. Wait "
            "until others are done, or add a node: ray start --address=HEAD:6379"
        )

    def _sendable(self, embedder: Embedder) -> object:
        """Return the embedder as workers are given it: by name where it loads a model, else as it is."""
        if isinstance(embedder, SentenceEmbedder):
            folder = Path(embedder.name).expanduser()
            return str(folder.resolve()) if folder.is_dir() else embedder.name
        try:
            return self._ray.put(embedder)
        except TypeError as error:
            reason = error.__cause__ or "Ray does not say why"  # its own message is a page long
            raise ClusterError(
                f"The embedding model {embedder.name!r} cannot be sent to workers ({reason}). Use one that "
                "sentence-transformers loads by its name, or add without the cluster."
            ) from error


_NO_MEMORY = "its node ran out of memory"
_ROOM = "Give the workers more memory, or use fewer of them"
_SAME = "Install the same Yiju, with the same Python, on every node, and start Ray there anew"


def _model_of(embedder: Embedder) -> str | None:
    return embedder.name if isinstance(embedder, SentenceEmbedder) and embedder.name in weights.MODELS else None


def _vectors_of(value: Vectors | Refusal) -> Vectors:
    if isinstance(value, Refusal):
        raise EmbeddingError(f"{value.reason} (A worker of the cluster says so.)")
    return value


def _cause_of(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    return f"{type(cause).__name__}: {str(cause).strip().splitlines()[-1] if str(cause).strip() else ''}"


def _end_of(error: Exception) -> str:
    """Return in a few words how a worker ended, of the many that Ray has for it."""
    raised = re.findall(r"^\s*(\w+(?:Error|Exception): .+)$", str(error), re.MULTILINE)
    if raised:  # by what the worker began with: a package that is not there
        return str(raised[-1]).strip().rstrip(".")
    said = " ".join(str(error).split())
    if "low on memory" in said or "OutOfMemory" in type(error).__name__:
        return _NO_MEMORY
    said = said.split("The actor is dead because ")[-1]
    return said.split(" Some common causes")[0][:300].rstrip(". ")
