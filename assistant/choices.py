"""The models that a person can choose from: which are here, which are being fetched, and who waits for them."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assistant import Assistant
from assistant.line import Line
from assistant.models import EMBEDDED_MODELS, chat_model
from assistant.settings import QUOTES_ONLY, Strictness
from index import YijuError, weights

_log = logging.getLogger(__name__)

_MOMENT = 0.2  # seconds
_REMOTE_PLACES = 8  # questions at a time to a model that runs elsewhere, or to none

State = Literal["ready", "missing", "fetching"]
Fetch = Callable[[weights.Model, Callable[[weights.Progress], None]], Mapping[str, object]]


def line_before(name: str) -> Line:
    """Return the line before a model: one question at a time for a model in this process."""
    return Line(1 if name in EMBEDDED_MODELS else _REMOTE_PLACES)


@dataclass(frozen=True)
class Chosen:
    """What a question is answered with."""

    assistant: Assistant
    line: Line
    loaded: threading.Event
    instead_of: str = ""  # the model that was asked for, and is not here yet

    @property
    def is_loaded(self) -> bool:
        return self.loaded.is_set()

    def wait(self, wanted: Callable[[], bool] = lambda: True) -> None:
        """Wait until the models are loaded, or until the answer is no longer wanted."""
        while wanted() and not self.loaded.wait(_MOMENT):
            pass


@dataclass(frozen=True)
class Offered:
    """A model as the settings show it."""

    name: str
    state: State
    bytes: int = 0  # of its files, where it has any
    done: int = 0  # of them, while they are being fetched
    problem: str = ""  # why they could not be had


@dataclass
class _Arrival:
    done: int = 0
    running: bool = True
    problem: str = ""


@dataclass
class _Loaded:
    assistant: Assistant
    line: Line
    event: threading.Event = field(default_factory=threading.Event)
    problem: str = ""  # why the models could not be loaded


class Choices:
    """The assistants over one index, one for each model that was asked for.

    `default` is the model of a page that has chosen none: the given assistant's, or one whose files are to be fetched.
    """

    def __init__(
        self,
        assistant: Assistant,
        default: str = "",
        further: Sequence[str] = (),
        fetch: Fetch = weights.fetch,
        line: Callable[[str], Line] = line_before,
    ) -> None:
        self._index = assistant.index
        self.strictness = assistant.strictness
        self._line = line
        self.default = default or assistant.model_name
        self._names = tuple(
            dict.fromkeys([self.default, assistant.model_name, *further, *EMBEDDED_MODELS, QUOTES_ONLY])
        )
        self._given = assistant.model_name
        self._assistants = {assistant.model_name: _Loaded(assistant, line(assistant.model_name))}
        self._arrivals: dict[str, _Arrival] = {}
        self._fetch = fetch
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load what the first question needs, in the background."""
        self._load(self._assistants[self._given])

    @property
    def is_loaded(self) -> bool:
        """Whether the first question can be answered at once, with the model that Yiju was started with."""
        one = self._assistants.get(self.default)
        return one is not None and one.event.is_set()

    @property
    def problem(self) -> str:
        """Why what the first question needs could not be loaded; "" when it could, or when that is not known yet."""
        return self._assistants[self._given].problem or self.offers(self.default).problem

    def offers(self, name: str) -> Offered:
        """Return a model as the settings show it; one that cannot be chosen is missing."""
        return self._offered(name) if name in self._names else Offered(name, "missing")

    def offered(self) -> list[Offered]:
        """Return the models that can be chosen, the one that Yiju was started with first."""
        return [self._offered(name) for name in self._names]

    def choose(self, name: str, strictness: Strictness | None = None) -> Chosen:
        """Return what a question is answered with: quotes alone while the model's files are not here.

        Where no strictness is said, it is that of the assistant that Yiju was started with.
        Raises ModelError for a model that cannot be used.
        """
        name = name if name in self._names else self.default
        instead_of = ""
        if name not in self._assistants and _missing(name):
            name, instead_of = QUOTES_ONLY, name
        one = self._opened(name)
        return Chosen(one.assistant.at(strictness or self.strictness), one.line, one.event, instead_of)

    def _opened(self, name: str) -> _Loaded:
        with self._lock:
            one = self._assistants.get(name)
            if one is None:
                one = self._assistants[name] = _Loaded(Assistant(self._index, chat_model(name), name), self._line(name))
                self._load(one)
            elif one.problem:  # perhaps it can be had now; meanwhile, the question meets the same error
                one.problem = ""
                self._load(one)
            return one

    def get(self, name: str) -> None:
        """Begin to fetch a model's files, unless they are here or on their way; then it is loaded."""
        model = _files(name)
        if name not in self._names or model is None or not _missing(name):
            return
        with self._lock:
            arrival = self._arrivals.get(name)
            if arrival and arrival.running:
                return
            self._arrivals[name] = arrival = _Arrival()
        threading.Thread(target=self._arrive, args=(name, model, arrival), name=f"fetch-{name}", daemon=True).start()

    def _arrive(self, name: str, model: weights.Model, arrival: _Arrival) -> None:
        try:
            self._fetch(model, lambda progress: setattr(arrival, "done", progress.done))
            if not _missing(name):
                self._opened(name)
        except YijuError as error:
            _log.warning("%s", error)
            arrival.problem = str(error)
        finally:
            arrival.running = False

    def _offered(self, name: str) -> Offered:
        model = _files(name)
        if model is None or name in self._assistants:
            return Offered(name, "ready")
        arrival = self._arrivals.get(name)
        if arrival and arrival.running:
            return Offered(name, "fetching", model.size, arrival.done)
        if not _missing(name):
            return Offered(name, "ready", model.size)
        return Offered(name, "missing", model.size, 0, arrival.problem if arrival else "")

    def _load(self, one: _Loaded) -> None:
        threading.Thread(target=_load, args=(one,), name="load-models", daemon=True).start()


def _load(one: _Loaded) -> None:
    """Load the models; an error is left to the first question, which meets it again and shows it."""
    try:
        one.assistant.load()
    except YijuError as error:
        _log.warning("%s", error)
        one.problem = str(error)
    finally:
        one.event.set()


def _files(name: str) -> weights.Model | None:
    return weights.MODELS[EMBEDDED_MODELS[name]] if name in EMBEDDED_MODELS else None


def _missing(name: str) -> bool:
    model = _files(name)
    try:
        return model is not None and weights.local(model) is None
    except YijuError:  # a damaged file is fetched again
        return True
