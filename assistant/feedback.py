"""What people thought of answers, kept beside the index as lines of JSON: questions for an evaluation."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from assistant.conversations import Exchange
from assistant.errors import ConversationError

Verdict = Literal["good", "bad"]

FILE = "feedback.jsonl"
_LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Feedback:
    """One verdict on one answer; of several on the same answer, the last holds."""

    id: str  # of the exchange
    time: str
    question: str
    verdict: Verdict
    note: str  # what was wrong, or what would have been right
    status: str
    answer: str
    quotes: tuple[str, ...]
    sources: tuple[str, ...]  # ids, of what was cited
    only: tuple[str, ...]  # ids of the sources that alone might be used; none: all
    model: str


def feedback_on(exchange: Exchange, verdict: Verdict, note: str) -> Feedback:
    """Return a verdict on an exchange with what an evaluation needs of it."""
    answer = exchange.answer
    return Feedback(
        id=exchange.id,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        question=answer.standalone.strip() or answer.question,  # an evaluation asks it alone
        verdict=verdict,
        note=note.strip()[:_LONGEST_NOTE],
        status=answer.status,
        answer=" ".join(sentence.text for sentence in answer.sentences),
        quotes=tuple(one.quote for one in answer.citations),
        sources=tuple(dict.fromkeys(one.source_id for one in answer.citations)),
        only=exchange.only,
        model=answer.model,
    )


def keep(folder: Path, feedback: Feedback) -> None:
    """Append a verdict to the file in an index's folder. Raises ConversationError when it cannot be written."""
    line = json.dumps(asdict(feedback), ensure_ascii=False) + "\n"
    try:
        # One write of a line in append mode: two processes' lines do not mix.
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
    except OSError as error:
        raise ConversationError(
            f"The verdict could not be kept in {folder / FILE}: {error.strerror}. Make room, or make it writable."
        ) from error


def kept(folder: Path) -> Iterator[Feedback]:
    """Yield the verdicts that were kept, of each answer the last; a line that was cut off is left out."""
    last: dict[str, Feedback] = {}
    path = folder / FILE
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        with suppress(ValidationError):
            one = TypeAdapter(Feedback).validate_json(line)
            last[one.id] = one
    yield from last.values()
