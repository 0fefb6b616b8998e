"""How much may be asked for at once, by one and by all."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from assistant.server.refusals import busy, too_many

_WINDOW = 60.0  # seconds, over which questions are counted
_LONGEST_KEPT = 10_000  # people who are remembered


@dataclass(frozen=True)
class Limits:
    """What the server takes on; a text of 10,000 characters is the longest question, and LARGEST the largest file."""

    questions: int = 64  # under way at once, at the model or in the line before it
    of_one: int | None = None  # of them of one person; None: all
    a_minute: int | None = None  # of one person; None: as many as they like
    searches: int = 4  # at once: each holds memory, and more are no faster
    requests: int = 256  # of any kind, under way at once
    body: int = 1_000_000  # bytes of a request
    text: int = 9_000_000  # bytes of one that brings a text to be added
    upload: int = 50_200_000  # bytes of one that brings a file
    chunk_seconds: float = 30.0  # without a byte of a body that is not whole
    search_seconds: float = 60.0  # that a search waits for those before it
    answer_seconds: float = 300.0  # from the question to the whole answer, the line before the model included
    additions: int = 200  # that wait to be read


@dataclass
class _Person:
    running: int = 0
    asked: deque[float] = field(default_factory=deque)


class Turnstile:
    """Counts the questions that are under way; safe to share between threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._running = 0
        self._people: dict[str, _Person] = {}
        self._lock = threading.Lock()

    def enter(self, person: str) -> None:
        """Count a question in. Raises Refused when there are too many; then it is not counted."""
        limits, now = self._limits, time.monotonic()
        with self._lock:
            one = self._people.setdefault(person, _Person())
            while one.asked and now - one.asked[0] > _WINDOW:
                one.asked.popleft()
            if limits.a_minute is not None and len(one.asked) >= limits.a_minute:
                left = int(_WINDOW - (now - one.asked[0])) + 1
                raise too_many(f"Questions a minute: {limits.a_minute} at most; ask again in {left} s.", left)
            if limits.of_one is not None and one.running >= limits.of_one:
                raise too_many(f"Questions under way: {limits.of_one} at most; wait for one of them.", 5)
            if self._running >= limits.questions:
                raise busy(f"{self._running} questions are under way, as many as are taken on. Ask again soon.", 5)
            one.running += 1
            one.asked.append(now)
            self._running += 1

    def leave(self, person: str) -> None:
        """Count a question out."""
        with self._lock:
            self._running -= 1
            self._people[person].running -= 1
            if len(self._people) > _LONGEST_KEPT:
                self._people = {name: one for name, one in self._people.items() if one.running}
