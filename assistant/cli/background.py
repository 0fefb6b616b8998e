"""Work in a thread of its own, so that Ctrl-C is met at once even while a compiled library computes."""

import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from types import TracebackType
from typing import Literal, TypeVar

_T = TypeVar("_T")


class _End:
    """The end of what is yielded, with the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Handing:
    """Hands whatever ends a thread's work over to whoever waits for it."""

    def __init__(self, queue: "SimpleQueue[object]") -> None:
        self._queue = queue

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[True]:
        self._queue.put(_End(error))
        return True


def in_background(items: Iterable[_T]) -> Iterator[_T]:
    """Yield what is made in another thread; an error there is raised here.

    At Ctrl-C the thread is left behind: who called must end the process, see `interruption.leave`.
    """
    queue: SimpleQueue[_T | _End] = SimpleQueue()

    def work() -> None:
        with _Handing(queue):  # type: ignore[arg-type]
            for item in items:
                queue.put(item)

    threading.Thread(target=work, name="yiju-work", daemon=True).start()
    while not isinstance(item := queue.get(), _End):
        yield item
    if item.error is not None:
        raise item.error
