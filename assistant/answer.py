"""The records that an answer is made of, and the events that it arrives as."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from assistant.conflicts import Disagreement
from assistant.differences import Kind
from assistant.errors import AnswerError
from assistant.evidence import Evidence
from assistant.origins import Origins
from assistant.settings import Strictness
from assistant.verify import Part, Sentence

Status = Literal["answered", "partly", "refused"]


@dataclass(frozen=True)
class Citation:
    """A verbatim quote and where it stands: `source.text[start:end] == quote`."""

    number: int  # of the evidence that it quotes
    source_id: str
    title: str
    author: str | None
    published: str | None
    uri: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Timings:
    """Seconds from the question to each point of its answer; None for what did not happen."""

    evidence: float
    gate: float
    first_word: float | None
    first_sentence: float | None
    total: float


@dataclass(frozen=True)
class Conflict:
    """Two sources that state different things of what was asked: what each says, and where."""

    kind: Kind
    says: tuple[str, str]
    citations: tuple[Citation, Citation]
    newer: int | None  # the number of the evidence published later, where that is known; newer is not righter


@dataclass(frozen=True)
class Retrieved:
    """A passage that the search gave, `source.text[start:end]`, why it stood there, and what became of it."""

    source_id: str
    start: int
    end: int
    rank: int
    score: float
    dense_rank: int | None  # by meaning alone
    words_rank: int | None  # by words alone
    copies: int  # near-duplicates folded into it
    evidence: int | None  # its number as evidence; None when it was left out


@dataclass(frozen=True)
class Trace:
    """How an answer came about: what the model wrote, and how certain it was made out to be; see `assistant.gate`."""

    gate: float | None = None  # log-odds that the sources hold the answer, before a word was written
    written: str = ""  # as it came from the model
    certainty: tuple[float | None, ...] = ()  # of each sentence; None where code alone decided
    hits: tuple[Retrieved, ...] = ()
    best_score: float | None = None  # of the hits: the gate's signal where no model is asked
    line: float | None = None  # that the gate's signal had to reach
    across: float = 0.0  # of `gate`, what was added since question and sources are of two languages
    strictness: Strictness = "normal"
    possible: float | None = None  # certainty below which a sentence is not supported
    certain: float | None = None  # and below which it is shown as not certain
    parts: tuple[str, ...] = ()  # the questions that it was taken apart into, when it asks for several things
    translated: tuple[str, ...] = ()  # the question, and its parts, in the language of the sources


@dataclass(frozen=True)
class Answer:
    """An answer whose every sentence names its evidence, or a refusal that shows the nearest passages."""

    question: str
    status: Status
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]  # the passages nearest to the question, in place of an answer that was refused
    origins: Origins
    model: str
    timings: Timings
    conflicts: tuple[Conflict, ...] = ()
    standalone: str = ""  # the question as it was understood; another than `question` for a follow-up
    trace: Trace = Trace()

    @property
    def stands(self) -> str:
        """What stands of the answer, as one text: its sentences but those that nothing supports."""
        return " ".join(one.text for one in self.sentences if one.verdict != "unsupported")

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values of JSON: each field under its own name, tuples as lists.

        `citations` holds what the numbers in `sentences` stand for; its `start` and `end` are characters of the source.
        `origins` holds `groups` of ids of sources that are one origin, and their `links`. Fields may be added by later
        versions; none is renamed or taken away, and `from_dict` reads what an earlier one wrote.
        """
        record: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Answer":
        """Return the answer that `to_dict` gave this of; raises AnswerError for what is none."""
        try:
            return _adapter().validate_python(record)
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join(map(str, first["loc"])) or "the whole"
            raise AnswerError(
                f"This is not the record of an answer: {at}: {first['msg']}. Give what Answer.to_dict or "
                "`yiju ask --json` gave."
            ) from error

    def to_markdown(self, language: Literal["zh", "en"] | None = None) -> str:
        """Return the answer as Markdown with footnotes; a refusal lists the nearest passages.

        `language` is of the words around it, by default that of the question. What comes from a source is escaped.
        """
        from assistant.render import answer_as_markdown  # late: it renders these records, so it stands after them

        return answer_as_markdown(self, language)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        from assistant.render import answer_as_html  # late: as above

        return answer_as_html(self)


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@dataclass(frozen=True)
class EvidenceFound:
    """The evidence that the answer will be written from; always the first event.

    It comes again, with what is found by the question in the language of its sources, and holds for what follows it.
    """

    evidence: tuple[Evidence, ...]
    question: str = ""  # that it was looked for: a follow-up made into a question that stands alone


@dataclass(frozen=True)
class TextWritten:
    """A piece of text from the model, not verified yet."""

    text: str


@dataclass(frozen=True)
class SentenceVerified:
    """The next sentence with its verdict, and what it cites; it takes the place of the text that was written of it, and
    of a sentence that was told before in the same words and did not stand."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Event = EvidenceFound | TextWritten | SentenceVerified | Answer  # the Answer is always the last


def conflict(found: Disagreement) -> Conflict:
    """Cite both sides of a disagreement."""
    one, other = (cite(part.evidence, part.start, part.end) for part in (found.part, found.other))
    newer = found.newer
    return Conflict(found.kind, found.says, (one, other), newer.evidence.number if newer else None)


def cite(evidence: Evidence, start: int | None = None, end: int | None = None) -> Citation:
    """Cite a piece of evidence, or the part of it from `start` to `end`, in characters of its source."""
    source = evidence.source
    start = evidence.start if start is None else start
    end = evidence.end if end is None else end
    return Citation(
        number=evidence.number,
        source_id=source.id,
        title=source.title,
        author=source.author,
        published=source.published,
        uri=source.url or source.uri,
        page=evidence.page,
        start=start,
        end=end,
        quote=source.text[start:end],
    )


def cite_once(parts: Iterable[Part]) -> tuple[Citation, ...]:
    """Cite each piece of evidence once, in order of number: the stretch from its first cited part to its last."""
    stretches: dict[int, Part] = {}
    for part in parts:
        before = stretches.get(part.evidence.number, part)
        stretches[part.evidence.number] = Part(part.evidence, min(before.start, part.start), max(before.end, part.end))
    return tuple(cite(part.evidence, part.start, part.end) for _, part in sorted(stretches.items()))
