"""Ctrl-C: one line and exit code 130 at any moment, what is open closed; a second one waits for nothing."""

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130  # as a shell has it: 128 and the number of the signal


@contextmanager
def interruptible() -> Iterator[None]:
    """Meet Ctrl-C while this lasts, and until the process has ended.

    Whoever ignores it (a job in the background of a script) goes on to do so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _once)
    try:
        yield
    except KeyboardInterrupt:
        say_interrupted()
        sys.exit(INTERRUPTED)


def say_interrupted(what: str = "") -> None:
    """Say on stderr that this was broken off, and what that means; only the first time."""
    global _said
    if not _said:
        _said = True
        sys.stderr.write(f"yiju: interrupted{what and f'; {what}'}\n")
        sys.stderr.flush()


_said = False


def leave(code: int) -> NoReturn:
    """End the process although a thread of it is inside a library that cannot be stopped."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    atexit._run_exitfuncs()  # temporary folders and worker processes go, as in any other end
    os._exit(code)


def _once(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _at_once)
    if _would_be_lost(frame):
        say_interrupted()
        leave(INTERRUPTED)
    raise KeyboardInterrupt


def _would_be_lost(frame: FrameType | None) -> bool:
    """Whether what is raised here would not come through: imports may make another error of it, `__del__` drops it."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _at_once(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
