"""Conversations, kept beside the index: one JSON file each, written whole or not at all."""

import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from assistant.answer import Answer, Citation
from assistant.errors import ConversationError
from assistant.verify import Sentence

_log = logging.getLogger(__name__)

_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")
_KEPT_REMOVED = 24 * 3600  # seconds that a removed conversation can be had back
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Said:
    """A verified sentence with what it cites, and whether a new paragraph begins with it."""

    sentence: Sentence
    citations: tuple[Citation, ...]
    begins: bool = False


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, with all that was read for it, so that it can be shown again as it was."""

    id: str
    asked: str  # when, ISO 8601
    answer: Answer
    said: tuple[Said, ...]
    read: tuple[Citation, ...]  # the evidence, each passage whole
    only: tuple[str, ...] = ()  # ids of the sources that alone might be used; none: all
    before: tuple[str, ...] = ()  # ids of the exchanges that it was asked after, and might lean on


@dataclass(frozen=True)
class Conversation:
    """Exchanges under a name: the first question, until it is given another."""

    id: str
    name: str
    begun: str
    changed: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class Listed:
    """A line of the list of conversations."""

    id: str
    name: str
    changed: str
    exchanges: int


@dataclass(frozen=True)
class _Seen:
    """What a list needs of a file, as long as the file is the same."""

    stamp: tuple[int, int]
    listed: Listed
    words: str


class Conversations:
    """The conversations in one folder, made when the first is kept; safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, _Seen] = {}

    def listed(self, words: str = "") -> list[Listed]:
        """Return the conversations that hold all these words in their name, questions or answers, the newest first."""
        wanted = words.casefold().split()
        found = [seen for path in self._files() if (seen := self._look(path))]
        held = [seen.listed for seen in found if all(word in seen.words for word in wanted)]
        return sorted(held, key=lambda one: (one.changed, one.id), reverse=True)

    def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, or None when there is none; raises ConversationError for one that cannot be read."""
        return _read(self._path(conversation_id))

    def keep(self, conversation_id: str, exchange: Exchange) -> None:
        """Add an exchange to a conversation, which begins with its first; one of the same id is replaced."""
        with self._writing():
            now = _now()
            before = self.get(conversation_id)
            if before is None:
                name = " ".join(exchange.answer.question.split())[:_LONGEST_NAME]
                before = Conversation(conversation_id, name, now, now, ())
            others = tuple(one for one in before.exchanges if one.id != exchange.id)
            self._write(replace(before, changed=now, exchanges=(*others, exchange)))

    def rename(self, conversation_id: str, name: str) -> bool:
        """Give a conversation a name; return whether it is there. Raises ConversationError for an empty name."""
        name = " ".join(name.split())[:_LONGEST_NAME]
        if not name:
            raise ConversationError("A conversation needs a name of at least one character.")
        with self._writing():
            before = self.get(conversation_id)
            if before:
                self._write(replace(before, name=name))
            return before is not None

    def remove(self, conversation_id: str) -> bool:
        """Remove a conversation; return whether it was there. `restore` has it back for a day."""
        with self._writing():
            self._forget_removed()
            self._join(conversation_id)
            return _renamed(self._path(conversation_id), self._path(conversation_id, ".removed"))

    def restore(self, conversation_id: str) -> bool:
        """Take back a removal; return whether there was something to take back."""
        with self._writing():
            return self._join(conversation_id) or _renamed(
                self._path(conversation_id, ".removed"), self._path(conversation_id)
            )

    def _join(self, conversation_id: str) -> bool:
        """Put what was removed before what was asked since, in another tab; return whether there are both."""
        path = self._path(conversation_id, ".removed")
        if not path.exists() or not self._path(conversation_id).exists():
            return False
        removed, since = _read(path), self.get(conversation_id)
        if removed is None or since is None:
            return False
        newer = {one.id for one in since.exchanges}
        before = tuple(one for one in removed.exchanges if one.id not in newer)
        self._write(replace(removed, changed=since.changed, exchanges=(*before, *since.exchanges)))
        path.unlink()
        return True

    def _path(self, conversation_id: str, suffix: str = ".json") -> Path:
        if not _ID.fullmatch(conversation_id):
            raise ConversationError(
                f"{conversation_id[:80]!r} is no id of a conversation; take one from the list of conversations."
            )
        return self.folder / (conversation_id + suffix)

    def _files(self) -> list[Path]:
        return list(self.folder.glob("*.json")) if self.folder.is_dir() else []

    def _look(self, path: Path) -> _Seen | None:
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            before = self._seen.get(path)
            if before is None or before.stamp != stamp:
                self._seen[path] = before = _Seen(stamp, *_summary(json.loads(path.read_bytes())))
            return before
        except FileNotFoundError:  # removed meanwhile
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s is no conversation that can be listed: %r", path, error)
            return None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock"):
                yield
        except OSError as error:
            raise ConversationError(
                f"The conversation could not be kept in {self.folder}: {error.strerror or error}. "
                "Make room, or make the folder writable."
            ) from error

    def _write(self, conversation: Conversation) -> None:
        written = _adapter().dump_json(conversation)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path(conversation.id))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _forget_removed(self) -> None:
        for path in self.folder.glob("*.removed"):
            if time.time() - path.stat().st_mtime > _KEPT_REMOVED:
                path.unlink(missing_ok=True)


@cache
def _adapter() -> TypeAdapter[Conversation]:
    return TypeAdapter(Conversation)


def _read(path: Path) -> Conversation | None:
    try:
        return _adapter().validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        reason = str(error).split("\n")[0]
        raise ConversationError(
            f"The conversation in {path} cannot be read: {reason}. It was kept by another version of Yiju, or is "
            "damaged; the file is left as it is."
        ) from error


def _summary(written: dict[str, Any]) -> tuple[Listed, str]:
    answers = [cast(dict[str, Any], one["answer"]) for one in written["exchanges"]]
    texts = [written["name"]]
    for answer in answers:
        texts += [answer["question"], *(sentence["text"] for sentence in answer["sentences"])]
    listed = Listed(written["id"], written["name"], written["changed"], len(answers))
    return listed, "\n".join(texts).casefold()


def _renamed(path: Path, to: Path) -> bool:
    try:
        os.replace(path, to)
        os.utime(to)
    except FileNotFoundError:
        return False
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
