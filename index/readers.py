"""Files read ahead by worker processes, each reading bounded in time and memory."""

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.worker import TICK, Read, Request, read_of_line, request_line

_AHEAD = 256  # files at most that are read before they are asked for
_AHEAD_CHARACTERS = 4_000_000  # of their texts
_MOST_WORKERS = 4
_PACKAGES = Path(__file__).parent.parent  # where a worker finds this package

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one file may take to be read: seconds (of each page, where pages are recognised) and bytes of memory."""

    seconds: float = 120.0
    memory: int = 2_000_000_000


class Readers:
    """Reads files and web pages in processes of their own; what one does to its process is said of that file alone."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._count = max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) // 2))

    def read(self, wanted: Iterable[Request | Read]) -> Generator[Read]:
        """Yield what became of each request, in order, while the next are being read; what is known passes through."""
        ahead: deque[Read | Future[Read]] = deque()
        reading = _Ahead(self.limits)
        executor = ThreadPoolExecutor(self._count, thread_name_prefix="yiju-reader")
        try:
            for one in wanted:
                ahead.append(one if isinstance(one, Read) else executor.submit(reading.read, one))
                while ahead and (len(ahead) > _AHEAD or _is_there(ahead[0])):
                    yield reading.taken(ahead.popleft())
            while ahead:
                yield reading.taken(ahead.popleft())
        finally:
            reading.stop()
            executor.shutdown(cancel_futures=True)


def _is_there(one: "Read | Future[Read]") -> bool:
    return isinstance(one, Read) or one.done()


class _Ahead:
    """The readings of one run that are under way or wait to be taken."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._room = threading.Condition()
        self._waiting = 0  # characters
        self._busy: set[_Worker] = set()
        self._stopped = False

    def read(self, request: Request) -> Read:
        with self._room:
            self._room.wait_for(lambda: self._stopped or self._waiting < _AHEAD_CHARACTERS)
            if self._stopped:
                return Read(request.at, None)
            worker = _Worker.ready(self._limits)
            self._busy.add(worker)
        try:
            read = worker.read(request)
        finally:
            with self._room:
                self._busy.discard(worker)
        with self._room:
            self._waiting += read.characters
        return read

    def taken(self, one: "Read | Future[Read]") -> Read:
        if isinstance(one, Read):
            return one
        read = one.result()
        with self._room:
            self._waiting -= read.characters
            self._room.notify_all()
        return read

    def stop(self) -> None:
        """End what is being read and let none begin."""
        with self._room:
            self._stopped = True
            self._room.notify_all()
            for worker in self._busy:
                worker.kill()


def _current_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was removed
        return ""


class _Worker:
    """One worker process; those that have nothing to do are kept for whoever reads next."""

    _idle: "list[_Worker]" = []
    _left: "list[_Worker]" = []  # another process's; to collect them would wait for them
    _lock = threading.Lock()

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.folder = _current_folder()
        self._killed = False
        program = f"from index.worker import main; main({limits.memory}, {limits.seconds})"
        path = os.pathsep.join([str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],  # -P: never a module that lies where we were started
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            encoding="ascii",
        )

    @classmethod
    def ready(cls, limits: Limits) -> "_Worker":
        """Return a worker that has nothing to do and stands where we do, a new one when there is none."""
        with cls._lock:
            for worker in reversed(cls._idle):
                if worker.limits == limits and worker.folder == _current_folder():
                    cls._idle.remove(worker)
                    return worker
        return cls(limits)

    @classmethod
    def end_all(cls) -> None:
        with cls._lock:
            while cls._idle:
                worker = cls._idle.pop()
                worker.kill()
                worker._close()

    @classmethod
    def leave_all(cls) -> None:
        """Leave the workers to the process that this one was forked from."""
        cls._lock = threading.Lock()
        for worker in cls._idle:
            for pipe in worker._pipes():
                pipe.close()
        cls._left, cls._idle = cls._idle, []

    def read(self, request: Request) -> Read:
        """Return what became of a request, within the time that there is for it."""
        line = self._ask(request_line(request))
        if not line:
            self._close()
            if self._was_over():
                return _Worker(self.limits).read(request)
            return Read(request.at, None, error=f"{request.at}: {self._end()}", broke=True)
        read = read_of_line(line, request.at)
        if read.bug:
            _log.error("reading %s failed\n%s", request.at, read.bug)
            advice = "This is a mistake in Yiju or a library it uses; please report it with the file if you can"
            read = Read(request.at, None, error=f"{request.at}: its reader failed ({read.error}). {advice}.")
            self._close()
        else:
            with self._lock:
                self._idle.append(self)
        return read

    def _ask(self, request: str) -> str:
        """Return the answer to a request; "" when the worker ended instead."""
        requests, answers = self._pipes()
        try:
            requests.write(request)
            requests.flush()
        except BrokenPipeError:
            return ""
        while True:
            alarm = threading.Timer(self.limits.seconds, self.kill)
            alarm.daemon = True
            alarm.start()
            line = answers.readline()
            alarm.cancel()
            if line != TICK:
                return line if line.endswith("\n") else ""

    def kill(self) -> None:
        """End it; whoever waits for its answer notices."""
        self._killed = True
        self._process.kill()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin and self._process.stdout
        return self._process.stdin, self._process.stdout

    def _close(self) -> None:
        for pipe in self._pipes():
            with suppress(BrokenPipeError):  # of a request that it never took
                pipe.close()
        self._process.wait()

    def _was_over(self) -> bool:
        """Say whether it had ended already when the request came: for want of any, or for want of memory before."""
        spent = {0, -signal.SIGALRM} if hasattr(signal, "SIGALRM") else {0}
        return not self._killed and self._process.returncode in spent

    def _end(self) -> str:
        if self._killed:
            return (
                f"reading it took longer than {self.limits.seconds:g} seconds. Split it, or save it in another format."
            )
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"its reader broke off ({how}). Open it with the program that made it and save it anew."


atexit.register(_Worker.end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Worker.leave_all)
