"""How well an assistant does on questions whose answers a person knows: answered, refused, right, cited right, time."""

import json
import math
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import regex
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.errors import EvaluationError
from index.chinese import simplified

_Z = 1.96  # of a 95 % interval
_WIDE = r"\p{Han}\p{Hiragana}\p{Katakana}"
_WORD = regex.compile(rf"[{_WIDE}]|\p{{N}}+(?:\.\p{{N}}+)*|[[\p{{L}}\p{{M}}]--[{_WIDE}]]+", regex.VERSION1)
_THOUSANDS = regex.compile(r"(?<=\d),(?=\d{3})")


@checked(frozen=True, config={"extra": "ignore"})
class Case:
    """A question, and what its answer should hold.

    `answers`: each must be said; a list among them holds other ways to say it. `quotes`: one of them must stand in a
    citation; without any, an answer must. With neither, and `answerable` not said, only what happens is counted.
    """

    question: str
    answers: tuple[str | tuple[str, ...], ...] = ()
    quotes: tuple[str, ...] = ()
    answerable: bool | None = None

    @property
    def is_answerable(self) -> bool | None:
        """Whether the sources are said to hold the answer; None where nothing is said."""
        return True if self.answerable is None and (self.answers or self.quotes) else self.answerable

    @property
    def ways(self) -> list[tuple[str, ...]]:
        """For each answer, the ways to say it."""
        return [(one,) if isinstance(one, str) else one for one in self.answers]


@dataclass(frozen=True)
class Judged:
    """What an assistant made of a case; None where the case does not say what would be right."""

    case: Case
    answer: Answer
    right: bool | None  # says all that it should, or refuses as it should
    cited: bool | None  # and a citation holds what it should


@dataclass(frozen=True)
class Share:
    """So many of so many, with its 95 % interval (Wilson's)."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds between 0 and 1, by Wilson (1927); (0, 1) when there is nothing to count."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.count / self.of, self.of
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return "none"
        low, high = self.interval
        return f"{self.count} of {self.of}, {self.count / self.of:.0%} ({low:.0%} to {high:.0%})"


@dataclass(frozen=True)
class Report:
    """The figures of an evaluation."""

    questions: int
    answered: Share  # of the answerable
    right: Share  # of the answerable, those that say all that they should, as far as the case tells what that is
    cited: Share  # of the same, those that are right and cite what holds it
    wrong: Share  # of all that is known about, what was answered otherwise: wrong, or not to be answered
    refused: Share  # of those that are not answerable
    seconds: tuple[float, float] | None  # to the whole answer: median, and 95th percentile; None without a question
    evidence_seconds: tuple[float, float] | None
    gate_seconds: tuple[float, float] | None  # as the others, from the question on: what came before is in it
    word_seconds: tuple[float, float] | None  # to the first word, of those that were written
    sentence_seconds: tuple[float, float] | None  # to the first sentence with a verdict

    @property
    def balanced(self) -> float | None:
        """The mean of what was answered of the answerable and refused of the others; None without both."""
        if not (self.answered.of and self.refused.of):
            return None
        return (self.answered.count / self.answered.of + self.refused.count / self.refused.of) / 2

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values, ready for JSON."""
        return asdict(self) | {"balanced": self.balanced}


def cases(file: Path) -> list[Case]:
    """Read a line of JSON a case. Raises EvaluationError with the line that is wrong.

    The verdicts that the web chat keeps are cases too: what was called good should come out so again.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")  # a text in JSON may hold other line ends as they are
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{file} cannot be read: {error}. Name a file of JSON lines.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_require_words(TypeAdapter(Case).validate_python(_expected(json.loads(line)))))
            except (ValueError, ValidationError) as error:
                reason = str(error).splitlines()
                raise EvaluationError(
                    f"{file}, line {number}: {' '.join(reason[:3])}. A line is like "
                    '{"question": "Who leads it?", "answers": [["Mei Lin", "林梅"]], "quotes": ["林梅"]}, or '
                    '{"question": "…", "answerable": false}.'
                ) from error
    if not found:
        raise EvaluationError(f"{file} holds no question. Write a line of JSON for each.")
    return found


def _expected(row: object) -> object:
    """Return a verdict that a person gave as what is expected the next time; other rows as they are."""
    if not isinstance(row, dict) or "verdict" not in row:
        return row
    if row["verdict"] != "good":
        return {"question": row.get("question")}
    if row.get("status") == "refused":
        return {"question": row.get("question"), "answerable": False}
    return {"question": row.get("question"), "quotes": row.get("quotes") or ()}


def _require_words(case: Case) -> Case:
    for one in [*chain.from_iterable(case.ways), *case.quotes]:
        if not _words(one):
            raise ValueError(f"{one!r} has no word and no figure that an answer could be seen to hold.")
    return case


def evaluate(assistant: Assistant, cases: Iterable[Case]) -> Iterator[Judged]:
    """Ask each question, and judge what came. The models are loaded first, so that no answer's time holds that."""
    assistant.load()
    for case in cases:
        yield judge(case, assistant.ask(case.question))


def judge(case: Case, answer: Answer) -> Judged:
    """Say whether an answer is right by a case, and cited right."""
    expected = case.is_answerable
    if expected is None:
        return Judged(case, answer, None, None)
    if not expected:
        return Judged(case, answer, answer.status == "refused", None)
    if answer.status == "refused":
        return Judged(case, answer, False, False)
    if not (case.answers or case.quotes):
        return Judged(case, answer, None, None)
    right = all(any(says(answer.stands, way) for way in of) for of in case.ways)
    wanted = case.quotes or list(chain.from_iterable(case.ways))
    cited = any(says(citation.quote, one) for citation in answer.citations for one in wanted)
    return Judged(case, answer, right, right and cited)


def says(text: str, words: str) -> bool:
    """Whether a text says these words, whatever their case, width and separators."""
    return _words(words) in _words(text)


def _words(text: str) -> str:
    """Return the words and figures of a text, in one case, width and script, between separators; each Chinese character
    is one.
    """
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", simplified(text)).casefold())
    return "".join(f"\0{one}\0" for one in _WORD.findall(plain))


def report(judged: Sequence[Judged]) -> Report:
    """Return the figures of what was judged."""
    yes = [one for one in judged if one.case.is_answerable is True]
    no = [one for one in judged if one.case.is_answerable is False]
    answered = [one for one in yes if one.answer.status != "refused"]
    told = [one for one in yes if one.right is not None]
    wrong = [one for one in [*answered, *no] if one.right is False]
    return Report(
        questions=len(judged),
        answered=Share(len(answered), len(yes)),
        right=Share(sum(bool(one.right) for one in told), len(told)),
        cited=Share(sum(bool(one.cited) for one in told), len(told)),
        wrong=Share(len(wrong), len(yes) + len(no)),
        refused=Share(sum(bool(one.right) for one in no), len(no)),
        seconds=_median_and_p95([one.answer.timings.total for one in judged]),
        evidence_seconds=_median_and_p95([one.answer.timings.evidence for one in judged]),
        gate_seconds=_median_and_p95([one.answer.timings.gate for one in judged]),
        word_seconds=_median_and_p95([one.answer.timings.first_word for one in judged]),
        sentence_seconds=_median_and_p95([one.answer.timings.first_sentence for one in judged]),
    )


def _median_and_p95(times: Sequence[float | None]) -> tuple[float, float] | None:
    values = sorted(one for one in times if one is not None)
    if not values:
        return None
    return statistics.median(values), values[math.ceil(0.95 * len(values)) - 1]
