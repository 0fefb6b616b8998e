"""How a process that serves others ends: by a signal, with exit code 0, and without a crash in what still runs."""

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

_PATIENCE = 3.0  # seconds
_ENDING = ("answer", "intake", "yiju-embedded", "AnyIO worker thread")  # how the names of threads begin that are in a
_LOADING = "load-models"  # model for moments, and of the one that imports for long, and cannot while Python ends


@contextlib.contextmanager
def ended_by_signal() -> Iterator[None]:
    """Make SIGTERM end the program as it should: everything closed, exit code 0.

    Uvicorn raises the signal again once it has ended, for whoever would be killed by it.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    end_with_threads()
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_with_threads() -> None:
    """Let threads that are in a model end before Python does: it would stop them where C++ then aborts the process."""
    atexit.unregister(_wait)
    atexit.register(_wait)


def _wait() -> None:
    until = time.monotonic() + _PATIENCE
    ours = [one for one in threading.enumerate() if one.daemon and one.name.startswith((*_ENDING, _LOADING))]
    is_loading = any(one.name == _LOADING for one in ours)
    for one in ours:
        one.join(0.0 if is_loading else max(0.0, until - time.monotonic()))
    if any(one.is_alive() for one in ours):  # what they do is in one transaction, or only read
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
