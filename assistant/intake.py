"""What is being added to the index: files that were dropped, addresses and texts that were pasted."""

import glob
import hashlib
import logging
import math
import os
import re
import shutil
import tempfile
import threading
import time
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Literal

from index import Index, Outcome, YijuError
from index.errors import SourceError
from index.progress import Progress as Step
from index.sources import LARGEST, SUPPORTED, is_address
from index.sources.unread import ADVICE

_log = logging.getLogger(__name__)

FILES = "files"  # the folder inside the index's that keeps what was uploaded

_REMOVED = ".removed-"
_BROKEN = "the program failed over it or over what was read with it; the terminal has the details"
_BATCH = 64  # read ahead and embedded together
_ROOM = 500_000_000  # bytes that an upload must leave free on the disk
_SHOWN = 200
_REMEMBERED = 5_000  # items; beyond, the oldest that are done are forgotten
_LONGEST_TEXT = 2_000_000  # characters
_LONGEST_NAME = 150  # bytes, of the 255 that file systems take

State = Literal["waiting", "reading", "storing", "added", "updated", "unchanged", "failed"]

UNDER_WAY: tuple[State, ...] = ("waiting", "reading", "storing")

_STATES: Mapping[str, State] = {"added": "added", "updated": "updated", "unchanged": "unchanged", "moved": "unchanged"}


@dataclass(frozen=True)
class Item:
    """One thing to be added, and what became of it."""

    number: int
    name: str  # as a person gave it
    path: str
    state: State = "waiting"
    reason: str = ""
    source_id: str | None = None
    passages: int = 0
    is_our_fault: bool = False  # the reason may then tell of this machine
    remark: str = ""  # what a person should know once it is added


@dataclass(frozen=True)
class Progress:
    """What is under way and what became of the rest; of many items, the failures and the last ones."""

    total: int
    done: int
    failed: int
    through: float  # the done, and of what is being read now the part, by bytes, that is through
    items: tuple[Item, ...]


class Intake:
    """Adds to an index in the background; what is asked for while it works waits its turn."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._folder = index.folder / FILES
        self._items: dict[int, Item] = {}
        self._numbers = count(1)  # never given twice: one may still be asked for
        self._waiting: deque[int] = deque()
        self._lock = threading.Condition()
        self._worker: threading.Thread | None = None
        self._reading: frozenset[int] = frozenset()  # the batch that is being read now
        self._share = 0.0  # of its bytes that are through

    def progress(self) -> Progress:
        with self._lock:
            items, reading, share = list(self._items.values()), self._reading, self._share
        over = [one for one in items if one.state not in UNDER_WAY]
        failed = [one for one in over if one.state == "failed"]
        left = sum(one.number in reading for one in items if one.state in UNDER_WAY)
        through = len(over) + max(0.0, left - (1 - share) * len(reading))
        now = [one for one in items if one.state in ("reading", "storing")]
        shown = {one.number: one for one in [*failed[-_SHOWN:], *now, *items[-_SHOWN:]]}
        return Progress(len(items), len(over), len(failed), through, tuple(shown[number] for number in sorted(shown)))

    def get(self, number: int) -> Item | None:
        """Return an item; None when there was none of this number, or when it is done and forgotten."""
        return self._items.get(number)

    @property
    def waiting(self) -> int:
        """How many items wait for their turn."""
        return len(self._waiting)

    def clear(self) -> None:
        """Forget what is done."""
        with self._lock:
            self._items = {n: one for n, one in self._items.items() if one.state in UNDER_WAY}

    def remove(self, source_id: str) -> bool:
        """Take a source out of the index, with its files that were uploaded; return whether it was there."""
        files = self._folder.resolve()  # as their places are told
        places = [Path(place.uri) for place in self._index.places(source_id)]
        gone = self._index.remove(source_id)
        if gone:
            for path in places:
                if path.is_relative_to(files):
                    path.unlink(missing_ok=True)  # it is in no other place
        return gone

    def add(self, name: str, path: str, remark: str = "") -> Item:
        """Add a file, or the page at an address, when what came before is done; `remark` is told once it is added."""
        with self._lock:
            self._forget()
            item = Item(next(self._numbers), name, path, remark=remark)
            self._items[item.number] = item
            self._waiting.append(item.number)
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="intake", daemon=True)
                self._worker.start()
            return item

    def _add_file(self, name: str, path: Path) -> Item:
        """Add a file of the index's folder, and say when another one of its name is in the index."""
        remark = ""
        if self._has_another(path):
            remark = (
                f"another {path.name} was here already and stays; if this one takes its place, remove the older one "
                "from the sources"
            )
        return self.add(name, str(path), remark)

    def _has_another(self, file: Path) -> bool:
        """Return whether another file of this one's name was uploaded and is in the index."""
        others = [one.resolve() for one in self._folder.glob(f"*/{glob.escape(file.name)}") if one != file]
        return any(self._index.place(str(one)) is not None for one in others)

    def _forget(self) -> None:
        done = [number for number, one in self._items.items() if one.state not in UNDER_WAY]
        for number in done[: max(0, len(self._items) - _REMEMBERED)]:
            del self._items[number]

    def refuse(self, name: str, reason: str) -> Item:
        """Note something that will not be added."""
        with self._lock:
            item = Item(next(self._numbers), name, "", "failed", reason)
            self._items[item.number] = item
            return item

    async def upload(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> Item:
        """Keep a file that is being sent in the index's folder, and add it. Raises SourceError when it cannot be."""
        self._require(name, size)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        digest = hashlib.sha256()
        handle, arriving = tempfile.mkstemp(dir=self._folder, prefix=".arriving-")
        try:
            with os.fdopen(handle, "wb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                    if file.tell() > LARGEST:
                        raise SourceError(_too_large(name, file.tell()))
            return self._add_file(name, self._place(Path(arriving), digest.hexdigest(), file_name(name)))
        finally:
            Path(arriving).unlink(missing_ok=True)

    def text(self, title: str, text: str) -> Item:
        """Keep a text that was pasted as a file in the index's folder, and add it. Raises SourceError."""
        _require_whole(title + text)
        title = " ".join(title.split())[:300]
        if not text.strip():
            raise SourceError("The text is empty. Paste at least a sentence.")
        if len(text) > _LONGEST_TEXT:
            raise SourceError(
                f"The text has {len(text):,} characters; at most {_LONGEST_TEXT:,} can be pasted. Save it as a file."
            )
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = title or " ".join(text.split())[:60]
        written = f"{title}\n\n{text}\n" if title else text  # a text's first line is its title
        handle, arriving = tempfile.mkstemp(dir=self._folder, prefix=".arriving-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(written)
        digest = hashlib.sha256(Path(arriving).read_bytes()).hexdigest()
        return self._add_file(name, self._place(Path(arriving), digest, file_name(f"{name[:60]}.txt")))

    def address(self, address: str) -> Item:
        """Add the page at a web address. Raises SourceError for what is none."""
        _require_whole(address)
        address = address.strip()
        if not is_address(address) or any(character.isspace() for character in address):
            raise SourceError(f"{address[:200]!r} is no web address. Paste one that begins with https:// or http://.")
        return self.add(address, address)

    def _require(self, name: str, size: int) -> None:
        if size > LARGEST:
            raise SourceError(_too_large(name, size))
        suffix = PurePosixPath(file_name(name)).suffix.lower()
        if suffix not in SUPPORTED:
            advice = f"; {ADVICE[suffix]}" if suffix in ADVICE else ""
            raise SourceError(
                f"{suffix or 'A file without extension'} is not supported{advice}. Supported: {' '.join(SUPPORTED)}"
            )
        if shutil.disk_usage(self._index.folder).free < _ROOM + size:
            raise SourceError("There is too little room left on the disk. Make room, then add the file again.")

    def _place(self, arrived: Path, digest: str, name: str) -> Path:
        """Give a file its place: the same bytes under the same name have the same one."""
        path = self._folder / digest[:16] / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        removed(path).unlink(missing_ok=True)
        os.replace(arrived, path)
        return path

    def _work(self) -> None:
        while True:
            with self._lock:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                if not batch:
                    self._worker = None
                    return
                paths = {number: self._items[number].path for number in batch}
                self._reading = frozenset(batch)
            self._read(paths)

    def _read(self, paths: dict[int, str]) -> None:
        """Add a batch, each item told of as it is read and done; what is left untold by then has failed."""
        try:
            self._index.add(*dict.fromkeys(paths.values()), progress=lambda step: self._tell(paths, step))
            reason, is_ours = "there is no such file", False
        except YijuError as error:
            reason, is_ours = str(error), not isinstance(error, SourceError)
            if is_ours:
                _log.warning("%s", error)
        except Exception:  # noqa: BLE001 - a thread's last resort: what waits behind must not wait for ever
            _log.exception("What was to be added could not be read.")
            reason, is_ours = _BROKEN, False
        with self._lock:
            for number, path in paths.items():
                item = self._items.get(number)
                if item and item.state in UNDER_WAY:
                    self._done(number, Outcome(path, "failed", None, 0, reason))
                    self._items[number] = replace(self._items[number], is_our_fault=is_ours)
            self._reading, self._share = frozenset(), 0.0

    def _tell(self, paths: dict[int, str], step: Step) -> None:
        """Note which item is being read, which ones wait to be stored with it, and what became of one."""
        with self._lock:
            self._share = step.share
            for number, path in paths.items():
                if number not in self._items:
                    continue  # done before the others, and forgotten
                state = self._items[number].state
                if str(step.path) != path:
                    if state == "reading":
                        self._items[number] = replace(self._items[number], state="storing")
                elif step.outcome:
                    self._done(number, step.outcome)
                elif state in ("waiting", "reading"):  # told of again, it was read and is being embedded
                    now: State = "reading" if state == "waiting" else "storing"
                    self._items[number] = replace(self._items[number], state=now)

    def _done(self, number: int, outcome: Outcome) -> None:
        item = self._items[number]
        told = [outcome.reason.replace(item.path, item.name), item.remark if outcome.status == "added" else ""]
        self._items[number] = replace(
            item,
            state=_STATES.get(outcome.status, "failed"),
            reason="; ".join(one for one in told if one),
            source_id=outcome.source_id,
            passages=outcome.passages,
        )


def removed(path: Path) -> Path:
    """Return the file beside an uploaded one that says, by its time, when its source was removed."""
    return path.with_name(f"{_REMOVED}{path.name}")


def removals(files: Path, seconds: float) -> list[Path]:
    """Return the uploaded files whose source was removed longer ago than that."""
    until = time.time() - seconds
    marks = [mark for mark in files.glob(f"*/{_REMOVED}*") if _changed(mark) < until]
    return [mark.with_name(mark.name.removeprefix(_REMOVED)) for mark in marks]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process was faster
        return math.inf


def file_name(name: str) -> str:
    """Return the last part of a name that a browser gave, without what a file system or a person may trip over."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(character for character in last if character.isprintable() and character not in '<>:"|?*')
    stem, suffix = os.path.splitext(plain.strip(" ."))
    kept = stem.encode("utf-8", "replace")[: _LONGEST_NAME - len(suffix.encode())].decode("utf-8", "ignore")
    return (kept.strip(" .") or "file") + suffix[:20]


def _require_whole(text: str) -> None:
    """Raise SourceError for a text that can be neither stored nor shown."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SourceError("The text holds half of a character (a surrogate alone). Copy and paste it again.") from error


def _too_large(name: str, size: int) -> str:
    return (
        f"It has {size / 1_000_000:,.1f} MB, more than the {LARGEST // 1_000_000} MB that are read. "
        "Split it, or add the part that matters."
    )
