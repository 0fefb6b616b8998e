"""The line before a model: who waits for it, in which order, and how many are before one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Ticket:
    person: str
    number: int
    called: threading.Event = field(default_factory=threading.Event)


class Line:
    """Lets some questions at a time to a model, the people in turn: who asks ten at once waits behind who asks one."""

    def __init__(self, places: int = 1) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._served: dict[str, int] = {}  # when each person was last let in, by the ticket's number
        self._numbers = 0

    @contextmanager
    def place(self, person: str, waits: Callable[[int], bool]) -> Iterator[bool]:
        """Hold a place at the model; gives False when `waits`, told how many are before, says to go away."""
        ticket = self._enter(person)
        went = False
        try:
            while not ticket.called.wait(0 if ticket.called.is_set() else 0.2):
                if not waits(self._before(ticket)):
                    went = True
                    break
            yield not went
        finally:
            self._leave(ticket)

    def _enter(self, person: str) -> _Ticket:
        with self._lock:
            self._numbers += 1
            ticket = _Ticket(person, self._numbers)
            self._waiting.append(ticket)
            self._call()
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket.called.is_set():
                self._free += 1
            else:
                self._waiting.remove(ticket)
            self._call()

    def _call(self) -> None:
        while self._free and self._waiting:
            first = self._ordered()[0]
            self._waiting.remove(first)
            self._served[first.person] = first.number
            self._free -= 1
            first.called.set()

    def _before(self, ticket: _Ticket) -> int:
        """Return how many are before a ticket, who is at the model included."""
        with self._lock:
            return self._ordered().index(ticket) + 1 if ticket in self._waiting else 0

    def _ordered(self) -> list[_Ticket]:
        nth: dict[str, int] = {}
        keys = {}
        for ticket in self._waiting:
            nth[ticket.person] = nth.get(ticket.person, 0) + 1
            keys[ticket] = (nth[ticket.person], self._served.get(ticket.person, 0), ticket.number)
        return sorted(self._waiting, key=keys.__getitem__)
