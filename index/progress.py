"""What became of each file that was to be added, and how far an `add` has come."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.sources import Found, is_address

_PAGE = 50_000  # bytes that a web page is taken for, before it is fetched
_TOO_EARLY = 1.0  # seconds, before which nothing is said of the time left


Status = Literal["added", "updated", "moved", "unchanged", "gone", "removed", "ignored", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file or web address.

    "moved": what was read at a file that is gone lies here now. "gone" and "removed": a file that was read before is
    no longer in its folder; with `prune`, it was removed from the index. "ignored": an ignore file leaves it out.
    """

    path: Path | str  # a str for an address
    status: Status
    source_id: str | None
    passages: int  # new ones
    reason: str  # why it failed or was ignored, or what of it could not be read; "" otherwise


@dataclass(frozen=True)
class Progress:
    """A moment of an `add`: a file is being read, passages were embedded, or (with its outcome) a file is done."""

    done: int  # files and pages that are stored, unchanged or left out
    files: int  # and pages in all
    passages: int  # that were embedded
    speed: float  # of them a second
    remaining: float | None  # seconds, by the bytes that are left; None while nothing can be said
    path: Path | str  # what is being read, or was last
    outcome: Outcome | None  # of the file that is done now
    share: float = 0.0  # of the bytes that are through, stored or not; 1 is all


class Meter:
    """Counts what an `add` does and tells whoever wants to know."""

    def __init__(self, tell: Callable[[Progress], None] | None, found: Sequence[Found]) -> None:
        self._tell = tell
        self._sizes = [_size(one) for one in found] if tell else [0] * len(found)
        self._all = sum(self._sizes)
        self._behind = 0  # bytes of files that are done
        self._through = 0.0  # and of those that are embedded in part
        self._done = self._passages = 0
        self._begun = time.perf_counter()
        self._path: Path | str = ""

    def reading(self, path: Path | str) -> None:
        self._path = path
        self._say()

    def embedded(self, count: int, share: float, files: int) -> None:
        """Note that so many passages were embedded, and with them this share of what the next files hold."""
        self._passages += count
        self._through = self._behind + share * sum(self._sizes[self._done : self._done + files])
        self._say()

    def finished(self, outcome: Outcome) -> None:
        if self._done < len(self._sizes):  # what is gone comes after the files
            self._behind += self._sizes[self._done]
            self._done += 1
        self._through = max(self._through, self._behind)
        self._path = outcome.path
        self._say(outcome)

    def _say(self, outcome: Outcome | None = None) -> None:
        if self._tell is None:
            return
        seconds = time.perf_counter() - self._begun
        known = seconds > _TOO_EARLY and self._through > 0
        self._tell(
            Progress(
                done=self._done,
                files=len(self._sizes),
                passages=self._passages,
                speed=self._passages / seconds if seconds else 0.0,
                remaining=max(0.0, seconds * (self._all / self._through - 1)) if known else None,
                path=self._path,
                outcome=outcome,
                share=self._through / self._all if self._all else 0.0,
            )
        )


def _size(found: Found) -> int:
    if is_address(found.at):
        return _PAGE
    try:
        return os.stat(found.real).st_size
    except OSError:  # reading it says why
        return 0
