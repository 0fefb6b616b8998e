"""What a terminal shows while work lasts: bars and lines on stderr, so that stdout holds results alone."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars
from rich.status import Status
from rich.text import Text

from assistant.render import printable

if TYPE_CHECKING:
    from assistant.evaluation import Judged, Report
    from index import Outcome
    from index.progress import Progress
    from index.weights import Progress as Fetched

_SHOWN = ("added", "updated", "moved", "unchanged", "gone", "removed", "ignored")
_NAME = 40  # characters of the file that is being read


def _console() -> Console:
    """Return standard error; with NO_COLOR it is written as a pipe is, so that no line moves."""
    return Console(stderr=True, force_terminal=False if os.environ.get("NO_COLOR") else None)


@contextmanager
def files_bar() -> Iterator[Callable[["Progress"], None]]:
    """Show how far an `add` is, on a terminal; and a line for each file that is left out, gone or read in part."""
    console = _console()
    columns = (
        BarColumn(20),
        TextColumn("{task.fields[said]}", style="progress.download"),
        TextColumn("{task.description}"),
    )
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=1.0, said="")

        def report(progress: "Progress") -> None:
            if (outcome := progress.outcome) and (line := _line_about(outcome)):
                bars.console.print(Text(printable(line)), soft_wrap=True)
            left = "" if progress.remaining is None else f", {_clock(progress.remaining)} left"
            said = f"{progress.done}/{progress.files} files, {progress.passages} passages, {progress.speed:.0f}/s{left}"
            name = printable(os.path.basename(str(progress.path))[:_NAME])
            bars.update(task, completed=progress.share, said=said, description=name)

        yield report


def _line_about(outcome: "Outcome") -> str:
    if outcome.status == "failed":
        return f"left out: {outcome.reason}"
    if outcome.status in ("gone", "removed"):
        return f"{outcome.status}: {outcome.path}" + (f" ({outcome.reason})" if outcome.reason else "")
    return f"{outcome.path}: {outcome.reason}" if outcome.reason and outcome.status != "ignored" else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def summary(outcomes: Sequence["Outcome"]) -> str:
    """Return in one line what became of the files of an `add`."""
    counts = {status: sum(one.status == status for one in outcomes) for status in _SHOWN}
    parts = [f"{count} {status}" for status, count in counts.items() if count]
    if failed := sum(one.status == "failed" for one in outcomes):
        parts.append(f"{failed} left out")
    return f"{', '.join(parts) or 'nothing added'} ({sum(one.passages for one in outcomes)} new passages)"


@contextmanager
def fetching_bars() -> Iterator[Callable[["Fetched"], None]]:
    """Show how far each model file has come."""
    name, size, speed = TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn()
    with Bars(name, BarColumn(), size, speed, TimeRemainingColumn(), console=_console()) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: "Fetched") -> None:
            if progress.file not in tasks:
                tasks[progress.file] = bars.add_task(progress.file, total=progress.total)
            bars.update(
                tasks[progress.file], completed=progress.done, description=f"{progress.file} ({progress.source})"
            )

        yield report


@contextmanager
def passages_bar() -> Iterator[Callable[[int, int], None]]:
    """Show how many passages are done, of how many."""
    with Bars(console=_console()) as bars:
        task = bars.add_task("passages")
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def moving_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show how many sources are moved, and then how many are compared."""
    with Bars(console=_console()) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(f"sources {what}")
            bars.update(tasks[what], completed=done, total=total)

        yield report


@contextmanager
def questions_bar(count: int) -> Iterator[Callable[["Judged"], None]]:
    """Show how many questions were asked, and a line for each that did not come out as it should."""
    console = _console()
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("questions", total=count)

        def told(judged: "Judged") -> None:
            if judged.right is False or judged.cited is False:
                bars.console.print(Text(printable(_miss(judged))), soft_wrap=True)
            bars.advance(task)

        yield told


def _miss(judged: "Judged") -> str:
    answer = judged.answer
    if judged.case.is_answerable and answer.status == "refused":
        return f"refused: {answer.question}"
    what = "cited otherwise" if judged.right else "wrong" if judged.case.is_answerable else "not to be answered"
    return f"{what}: {answer.question} -> {answer.stands}"


def as_table(figures: "Report") -> str:
    """Return the figures of an evaluation as lines."""
    rows = [
        ("questions", str(figures.questions)),
        ("answered, of the answerable", str(figures.answered)),
        ("right, of the answerable", str(figures.right)),
        ("right and cited right", str(figures.cited)),
        ("refused, of the unanswerable", str(figures.refused)),
        ("wrong, of all", str(figures.wrong)),
    ]
    if figures.balanced is not None:
        rows.append(("balanced accuracy of answering", f"{figures.balanced:.2f}"))
    return "\n".join([*(f"{name:34}{value}" for name, value in rows), *times(figures)])


def times(figures: "Report") -> list[str]:
    """Return a line for each point of an answer: its seconds from the question on, median and 95th percentile."""
    points = {
        "evidence": figures.evidence_seconds,
        "gate": figures.gate_seconds,
        "first word": figures.word_seconds,
        "first sentence": figures.sentence_seconds,
        "whole answer": figures.seconds,
    }
    return [
        f"{name + ', median and p95':34}{seconds[0]:.2f} s, {seconds[1]:.2f} s"
        for name, seconds in points.items()
        if seconds
    ]


class Waiting:
    """A line on a terminal that says what goes on, and makes room when results are printed."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def say(self, what: str) -> None:
        """Say what goes on now."""
        self._status.update(Text(printable(what).replace("\n", " ")))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the line away while something is printed."""
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()


@contextmanager
def waiting(what: str) -> Iterator[Waiting]:
    """Say on a terminal that something goes on."""
    with _console().status(what) as status:
        yield Waiting(status)
