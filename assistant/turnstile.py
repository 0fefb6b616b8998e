"""How many questions are under way, of one person and of all, and how many in a minute; counted here for all edges."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

_WINDOW = 60.0  # seconds, over which questions are counted
_LONGEST_KEPT = 10_000  # people who are remembered
_SOON = 5  # seconds after which one of those under way may be done


@dataclass(frozen=True)
class Most:
    """How many questions are taken on; None for as many as they like."""

    at_once: int = 64  # at the model or in the line before it
    of_one: int | None = None  # of them of one person
    a_minute: int | None = None  # of one person


@dataclass(frozen=True)
class Full:
    """Why a question is not taken on now: too often asked, too many of one person, or of all."""

    reason: Literal["too_often", "too_many", "too_busy"]
    most: int
    seconds: int  # after which it may be asked again


@dataclass
class _Person:
    running: int = 0
    asked: deque[float] = field(default_factory=deque)


class Turnstile:
    """Counts the questions that are under way; safe to share between threads."""

    def __init__(self, most: Most | None = None) -> None:
        self._most = most or Most()
        self._running = 0
        self._people: dict[str, _Person] = {}
        self._lock = threading.Lock()

    def enter(self, person: str) -> Full | None:
        """Count a question in, or return why not; then it is not counted."""
        most, now = self._most, time.monotonic()
        with self._lock:
            one = self._people.setdefault(person, _Person())
            _forget(one, now)
            if most.a_minute is not None and len(one.asked) >= most.a_minute:
                return Full("too_often", most.a_minute, int(_WINDOW - (now - one.asked[0])) + 1)
            if most.of_one is not None and one.running >= most.of_one:
                return Full("too_many", most.of_one, _SOON)
            if self._running >= most.at_once:
                return Full("too_busy", most.at_once, _SOON)
            one.running += 1
            one.asked.append(now)
            self._running += 1
            return None

    def leave(self, person: str) -> None:
        """Count a question out."""
        now = time.monotonic()
        with self._lock:
            self._running -= 1
            self._people[person].running -= 1
            if len(self._people) > _LONGEST_KEPT:
                for one in self._people.values():
                    _forget(one, now)
                self._people = {name: one for name, one in self._people.items() if one.running or one.asked}


def _forget(one: _Person, now: float) -> None:
    while one.asked and now - one.asked[0] > _WINDOW:
        one.asked.popleft()
