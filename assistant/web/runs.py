"""Questions under way: each runs in a thread of its own, to its end even when its page is gone for a while."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assistant.answer import Answer
from assistant.choices import Chosen
from assistant.conversation import Turn as Asked
from assistant.conversation import standalone
from assistant.conversations import Conversations, Exchange
from assistant.errors import ConversationError
from assistant.turnstile import Turnstile
from assistant.web import words
from assistant.web.turn import Turn
from index import YijuError

_log = logging.getLogger(__name__)

_KEPT = 600  # seconds that a finished turn can still be asked for
_STOPPED = 1_000  # stops of questions that have not come yet
MOST_BEFORE = 8  # turns that a question is told to stand after


@dataclass(frozen=True)
class Question:
    """What a page asks, and for whom."""

    id: str  # the page's own name for the turn
    text: str
    person: str
    conversation: str
    only: tuple[str, ...] = ()  # ids of the sources that alone may be used; none: all
    before: tuple[
        str, ...
    ] = ()  # ids of the turns that stand before it on the page, the last ones; it may lean on them


@dataclass
class Run:
    """One question as it is being answered; `follow` gives what there is to show, whenever that has changed."""

    question: Question
    turn: Turn
    stopped: bool = False
    over: float | None = None  # when it was
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _version: int = 0

    def change(self, how: Callable[[Turn], None]) -> None:
        with self._changed:
            if self.stopped:
                return  # what still comes of it is not wanted
            how(self.turn)
            self._version += 1
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            if self.over is None and self.turn.answer is None:
                self.turn.stop()
            self.stopped = True
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self.over = time.monotonic()
            self._changed.notify_all()

    def shown(self) -> dict[str, str]:
        with self._changed:
            return self.turn.shown()

    def follow(self) -> Iterator[dict[str, str]]:
        """Yield the parts of the turn until it is over; what changes faster than it is taken is taken together."""
        seen = -1
        while True:
            with self._changed:
                while self._version == seen and self.over is None and not self.stopped:
                    self._changed.wait()
                if self.stopped or self._version == seen:
                    return
                seen, shown = self._version, self.turn.shown()
            yield shown


class Runs:
    """The questions under way and those just answered, by the ids that their pages gave them."""

    def __init__(self, conversations: Callable[[str], Conversations], turnstile: Turnstile) -> None:
        self._conversations = conversations
        self._turnstile = turnstile
        self._runs: dict[str, Run] = {}
        self._stopped: deque[tuple[str, str]] = deque(maxlen=_STOPPED)  # id and person
        self._lock = threading.Lock()

    def start(self, question: Question, chosen: Chosen) -> Run:
        """Begin to answer a question, or say why not; one that was begun is not begun again."""
        with self._lock:
            self._forget()
            if question.id in self._runs:
                return self._runs[question.id]
            run = self._runs[question.id] = Run(question, Turn(question.id, question.text))
            if (question.id, question.person) in self._stopped:
                run.stop()
                run.end()
                return run
            full = self._turnstile.enter(question.person)
            if full:
                refusal = words.both(full.reason, limit=full.most)
                run.change(lambda turn: turn.refuse(refusal))
                run.end()
                return run
        threading.Thread(target=self._answer, args=(run, chosen), name=f"answer-{question.id}", daemon=True).start()
        return run

    def refuse(self, question: Question, error: YijuError) -> Run:
        """Answer a question with an error."""
        run = Run(question, Turn(question.id, question.text))
        with self._lock:
            self._runs[question.id] = run
        run.change(lambda turn: turn.fail(error))
        run.end()
        return run

    def get(self, run_id: str, person: str) -> Run | None:
        """Return a person's own run."""
        run = self._runs.get(run_id)
        return run if run and run.question.person == person else None

    def stop(self, run_id: str, person: str) -> None:
        """Stop a person's own question, also one that is still on its way here."""
        with self._lock:
            if run_id not in self._runs:
                self._stopped.append((run_id, person))
        run = self.get(run_id, person)
        if run:
            run.stop()

    def _answer(self, run: Run, chosen: Chosen) -> None:
        try:
            for _ in self._events(run, chosen):
                if run.stopped:
                    return
        except YijuError as error:
            raised = error
            run.change(lambda turn: turn.fail(raised))
        except Exception:  # noqa: BLE001 - a thread's last resort: the page must hear of it, the terminal has the rest
            _log.exception("A question was broken off.")
            run.change(Turn.lose)
        finally:
            self._turnstile.leave(run.question.person)
            run.end()

    def _events(self, run: Run, chosen: Chosen) -> Iterator[None]:
        """Take the events of an answer into the turn; before the model's part, wait for it."""
        if not chosen.is_loaded:
            run.change(lambda turn: turn.wait("loading"))
        if chosen.instead_of:
            run.change(lambda turn: turn.say(words.both("meanwhile", model=chosen.instead_of)))
        question, only = run.question.text, run.question.only
        history = self._before(run.question)
        events = chosen.assistant.stream(question, where={"source": list(only)} if only else None, history=history)
        if not standalone(question, [Asked(one.question) for one in history]).leaned:
            first = next(events)
            run.change(lambda turn: turn.take(first))
            yield
        # One that leans on the turns before may need the model to be understood: its evidence comes after the line.
        if not chosen.is_loaded:
            run.change(lambda turn: turn.wait("loading"))
            chosen.wait()

        def waits(before: int) -> bool:
            run.change(lambda turn: turn.wait("waiting", before))
            return not run.stopped

        with chosen.line.place(run.question.person, waits) as let_in:
            if not let_in:
                return
            run.change(lambda turn: turn.wait("reading" if turn.is_found else "searching"))
            for event in events:
                taken = event
                if isinstance(event, Answer) and not run.stopped:
                    self._keep(run, event)  # before it is said to be done: from then on the page hears no more
                run.change(lambda turn: turn.take(taken))  # noqa: B023 - called at once
                yield

    def _before(self, question: Question) -> list[Answer]:
        """Return the answers of the turns before, as far as they are known."""
        known: dict[str, Answer] = {}
        for one in question.before:
            run = self.get(one, question.person)
            if run and run.turn.answer:
                known[one] = run.turn.answer
        if not known.keys() >= set(question.before):
            try:
                kept = self._conversations(question.person).get(question.conversation)
            except ConversationError as error:  # said when this exchange is to be kept
                _log.warning("%s", error)
                kept = None
            known |= {one.id: one.answer for one in (kept.exchanges if kept else ())}
        return [known[one] for one in question.before if one in known]

    def _keep(self, run: Run, answer: Answer) -> None:
        turn, question = run.turn, run.question
        asked = datetime.now(UTC).isoformat(timespec="seconds")
        exchange = Exchange(question.id, asked, answer, tuple(turn.said), turn.read, question.only, question.before)
        try:
            self._conversations(question.person).keep(question.conversation, exchange)
            run.change(Turn.keep)
        except ConversationError as error:
            _log.warning("%s", error)
            run.change(lambda turn: turn.say(words.both("not_kept")))

    def _forget(self) -> None:
        now = time.monotonic()
        for one in [id for id, run in self._runs.items() if run.over is not None and now - run.over > _KEPT]:
            del self._runs[one]
