"""Questions under way: each in a thread of its own, which ends early when nobody waits for its answer."""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from assistant.answer import Event
from assistant.choices import Choices, Chosen, Offered
from assistant.conversation import Turn, standalone
from assistant.server.limits import Limits
from assistant.server.refusals import Refused, busy, not_here, too_many
from assistant.server.shapes import Chat, Health, Message
from assistant.settings import Strictness
from assistant.turnstile import Full, Turnstile
from index.search import require_query

DEFAULT = "yiju"  # the name by which a program asks for the model that the server was started with

_NUMBER = re.compile(r"\[\d{1,3}\]")
_MOMENT = 0.2  # seconds after which a question that waits looks whether anybody still does
_LONGEST_TOLD = 2_000  # characters of each message before the question


@dataclass(frozen=True)
class Asked:
    """A question as a program asks it, and for whom."""

    question: str
    person: str
    history: tuple[Turn, ...] = ()
    where: Mapping[str, object] | None = None
    model: str = DEFAULT
    strictness: Strictness | None = None  # None: as the server is set


class Answering:
    """Answers questions, as many at a time as the limits and the models take."""

    def __init__(self, choices: Choices, limits: Limits, turnstile: Turnstile) -> None:
        self._choices = choices
        self._limits = limits
        self._turnstile = turnstile
        self._searching = threading.BoundedSemaphore(limits.searches)

    def models(self) -> list[str]:
        """Return what a question may name as its model: those whose files are here."""
        return [DEFAULT, *(one.name for one in self._choices.offered() if one.state == "ready")]

    def health(self) -> Health:
        """Return whether questions are answered now."""
        default = self._choices.offers(self._choices.default)
        if default.state == "fetching":
            return Health(status="downloading", percent=_percent(default))
        if default.state == "missing" or self._choices.problem:
            return Health(status="failed")
        return Health(status="ready" if self._choices.is_loaded else "loading")

    async def begin(self, asked: Asked) -> "Running":
        """Begin to answer. Raises Refused when it cannot be taken on, and QueryError for what is no question."""
        require_query(asked.question, 1)
        chosen = await run_in_threadpool(self._chosen, asked.model, asked.strictness)
        full = self._turnstile.enter(asked.person)
        if full:
            raise _refusal(full)
        running = Running(chosen.assistant.model_name, asyncio.get_running_loop(), self._limits.answer_seconds)
        threading.Thread(target=self._work, args=(asked, chosen, running), name="answer", daemon=True).start()
        return running

    def _chosen(self, model: str, strictness: Strictness | None) -> Chosen:
        name = self._choices.default if model == DEFAULT else model
        offered = self._choices.offers(name)
        if offered.state == "missing" and model != DEFAULT:
            raise no_model(model)
        # A page shows quotes meanwhile, and a person sees that; a program would take them for the model's answer.
        if offered.state != "ready":
            raise not_here(name, _percent(offered) if offered.state == "fetching" else None)
        return self._choices.choose(name, strictness)

    def _work(self, asked: Asked, chosen: Chosen, running: "Running") -> None:
        try:
            self._answer(asked, chosen, running)
        except Exception as error:  # noqa: BLE001 - a thread's last resort: who waits must hear of it
            running.put(error)
        finally:
            self._turnstile.leave(asked.person)  # here, so that a model that hangs is counted as long as it does
            running.put(None)

    def _answer(self, asked: Asked, chosen: Chosen, running: "Running") -> None:
        events = chosen.assistant.stream(asked.question, where=asked.where, history=asked.history)
        # One that leans on the turns before may need the model to be understood: its evidence comes after the line.
        if not standalone(asked.question, asked.history).leaned:
            while not self._searching.acquire(timeout=_MOMENT):
                if running.is_left:
                    return
            try:
                running.put(next(events))
            finally:
                self._searching.release()
        chosen.wait(lambda: not running.is_left)
        with chosen.line.place(asked.person, lambda before: not running.is_left) as let_in:
            if not let_in:
                return
            running.is_let_in = True
            for event in events:
                if running.is_left:
                    return  # what is left of the generator closes the model's stream, and so stops the model
                running.put(event)


class Running:
    """A question under way; `events` gives what comes of it, and leaving them stops it."""

    def __init__(self, model: str, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.model = model
        self.is_let_in = False  # to the model, past those before it
        self._loop = loop
        self._deadline = loop.time() + seconds
        self._left = threading.Event()
        self._queue: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self._first: Event | None = None

    @property
    def is_left(self) -> bool:
        return self._left.is_set()

    def put(self, what: Event | Exception | None) -> None:
        """Hand something over, from the thread."""
        if self.is_left:
            return
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, what)
        except RuntimeError:  # the server has ended meanwhile
            self.leave()

    def leave(self) -> None:
        """Stop at the next word."""
        self._left.set()

    async def found(self) -> None:
        """Wait for the first event. Raises what `events` would raise instead."""
        try:
            self._first = _event(await self._next(None))
        except BaseException:
            self.leave()
            raise

    async def events(self, pause: float | None = None) -> AsyncGenerator[Event | None]:
        """Yield the events, and None whenever nothing has come for `pause` seconds.

        Raises TimeoutError when the answer takes too long, Refused when its turn never came, and whatever the answer
        raised.
        """
        try:
            if self._first:
                yield self._first
            while True:
                try:
                    got = await self._next(pause)
                except TimeoutError:
                    if self._loop.time() >= self._deadline:
                        raise
                    yield None
                    continue
                event = _event(got)
                if event is None:
                    return
                yield event
        finally:
            self.leave()

    async def _next(self, pause: float | None) -> Event | Exception | None:
        left = self._deadline - self._loop.time()
        try:
            return await asyncio.wait_for(self._queue.get(), left if pause is None else min(left, pause))
        except TimeoutError:
            if not self.is_let_in and self._loop.time() >= self._deadline:
                raise busy("The questions before this one take too long. Ask again soon.", 10) from None
            raise


def no_model(name: str) -> Refused:
    """Return the refusal of a request that names a model which is not here."""
    return Refused(
        404,
        f"There is no model {name[:100]!r} here. GET /v1/models lists those that there are; "
        f"{DEFAULT!r} is the one that the server was started with.",
        "model_not_found",
        "model",
    )


def _percent(offered: Offered) -> int:
    return 100 * offered.done // max(1, offered.bytes)


def _refusal(full: Full) -> Refused:
    if full.reason == "too_often":
        return too_many(f"Questions a minute: {full.most} at most; ask again in {full.seconds} s.", full.seconds)
    if full.reason == "too_many":
        return too_many(f"Questions under way: {full.most} at most; wait for one of them.", full.seconds)
    return busy(f"{full.most} questions are under way, as many as are taken on. Ask again soon.", full.seconds)


def _event(got: Event | Exception | None) -> Event | None:
    if isinstance(got, Exception):
        raise got
    return got


def asked_of(chat: Chat, person: str) -> Asked:
    """Return the last user message as the question, after what was said before it.

    What the earlier questions leave out is put in by rule, so that each of them stands alone. Raises Refused when no
    user has said anything, and QueryError for what is no question.
    """
    of_user = [at for at, one in enumerate(chat.messages) if one.role == "user"]
    if not of_user:
        raise Refused(
            400, "messages: none has the role user; the last one is the question.", "invalid_value", "messages"
        )
    question = chat.messages[of_user[-1]].text
    require_query(question, 1)  # before it is compared with what was said
    where = chat.options.where.asked() if chat.options.where else None
    history = _turns(chat.messages[: of_user[-1]])
    return Asked(question, person, history, where, chat.model, chat.options.strictness)


def _turns(messages: Sequence[Message]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for message in messages:
        text = message.text[:_LONGEST_TOLD].strip()
        if message.role == "user" and text:
            turns.append(Turn(standalone(text, turns).question))
        elif message.role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, f"{turns[-1].answer} {unnumbered(text)}".strip())
    return tuple(turns)


def unnumbered(text: str) -> str:
    """Return an earlier answer without its footnote numbers."""
    return _NUMBER.sub("", text)
