"""What `--json` prints, as types; their JSON Schema is what `yiju schema` publishes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from pydantic import JsonValue, TypeAdapter

from assistant.answer import Answer
from assistant.evaluation import Judged, Report, Share
from assistant.settings import Setting
from index import Hit, Outcome, Passage, Source
from index.engine import Problem
from index.index import Stats
from index.move import Moved

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class AddedPath:
    """What became of a file or address: a line of `add`."""

    path: str
    status: str
    source_id: str | None
    passages: int
    reason: str

    @classmethod
    def of(cls, outcome: Outcome) -> "AddedPath":
        return cls(str(outcome.path), outcome.status, outcome.source_id, outcome.passages, outcome.reason)


@dataclass(frozen=True)
class ListedSource:
    """A source, without its text."""

    id: str
    uri: str
    title: str
    author: str | None
    published: str | None
    url: str | None
    retrieved: str
    language: str
    media_type: str
    metadata: Mapping[str, JsonValue]
    passages: int  # that a search may find

    @classmethod
    def of(cls, source: Source, passages: int) -> "ListedSource":
        return cls(
            source.id, source.uri, source.title, source.author, source.published, source.url, source.retrieved,
            source.language, source.media_type, cast(Mapping[str, JsonValue], source.metadata), passages,
        )  # fmt: skip


@dataclass(frozen=True)
class FoundPassage:
    """A hit with what its source is."""

    passage: Passage
    score: float
    rank: int
    dense_rank: int | None
    words_rank: int | None
    copies: tuple[Passage, ...]
    title: str
    author: str | None
    published: str | None
    uri: str

    @classmethod
    def of(cls, hit: Hit, source: Source | None) -> "FoundPassage":
        about = (source.title, source.author, source.published, source.uri) if source else ("", None, None, "")
        return cls(hit.passage, hit.score, hit.rank, hit.dense_rank, hit.words_rank, hit.copies, *about)


@dataclass(frozen=True)
class CheckedIndex:
    """What is wrong with an index, and what it holds."""

    problems: tuple[Problem, ...]
    stats: Stats


@dataclass(frozen=True)
class Figures:
    """The figures of an evaluation."""

    questions: int
    answered: Share
    right: Share
    cited: Share
    wrong: Share
    refused: Share
    seconds: tuple[float, float] | None
    evidence_seconds: tuple[float, float] | None
    gate_seconds: tuple[float, float] | None
    word_seconds: tuple[float, float] | None
    sentence_seconds: tuple[float, float] | None
    balanced: float | None


@dataclass(frozen=True)
class AnsweredCase:
    """An answer, and whether it is right and cited right; null where the case does not say what would be."""

    right: bool | None
    cited: bool | None
    answer: Answer


@dataclass(frozen=True)
class Evaluation:
    """Figures, and what they were made of."""

    figures: Figures
    questions: tuple[AnsweredCase, ...]

    @classmethod
    def of(cls, report: Report, judged: list[Judged]) -> "Evaluation":
        cases = tuple(AnsweredCase(one.right, one.cited, one.answer) for one in judged)
        return cls(Figures(**{**vars(report), "balanced": report.balanced}), cases)


@dataclass(frozen=True)
class ListedModel:
    """A model whose files Yiju can get."""

    name: str
    purpose: str
    title: str
    bytes: int
    licence: str
    here: bool
    folder: str


@dataclass(frozen=True)
class SettingsInForce:
    """The settings, and the file that was read for them."""

    file: str | None
    settings: tuple[Setting, ...]


OUTPUTS: Mapping[str, Any] = {
    "add": list[AddedPath],
    "sources": list[ListedSource],
    "search": list[FoundPassage],
    "ask": Answer,
    "eval": Evaluation,
    "check": CheckedIndex,
    "move": Moved,
    "models": list[ListedModel],
    "settings": SettingsInForce,
}


def schema_of(verb: str) -> dict[str, Any]:
    """Return the JSON Schema of what a verb prints with `--json`."""
    described: dict[str, Any] = TypeAdapter(OUTPUTS[verb]).json_schema(mode="serialization")
    return {"$schema": DIALECT, "title": f"yiju {verb} --json"} | described


def plain(record: Any) -> Any:
    """Return a record, or several, as plain values for JSON."""
    return [asdict(one) for one in record] if isinstance(record, list) else asdict(record)
