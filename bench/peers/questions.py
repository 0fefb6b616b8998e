"""The questions that every peer is asked, with what a right answer says and a right citation holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import answers, seeds
from index.language import language_of
from index.sources import read

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"
_NONE = 20  # questions of each language without an answer; each brings ten passages
Kind = Literal["zh", "en", "across", "none"]


@dataclass(frozen=True)
class Question:
    """`said` and `quoted`: one spelling of each part must stand there. Nothing is expected where nothing answers."""

    name: str
    text: str
    kind: Kind  # the language of question and source, "across" when they differ, "none" when no source answers
    said: tuple[tuple[str, ...], ...] = ()
    quoted: tuple[tuple[str, ...], ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether a source holds the answer."""
        return self.kind != "none"


def sample_questions() -> list[Question]:
    """Return the thirty questions of the bundled sample: 24 answerable, 10 of these across languages."""
    languages = {path.name: read(path).language for path in SAMPLES.glob("*.md")}
    found = []
    lines = (ROOT / "tests" / "data" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
    for number, row in enumerate(map(json.loads, lines), start=1):
        said = tuple(tuple(part) for part in row.get("answers", ()))
        kind: Kind = "none"
        if row["answerable"]:
            kind = row["language"] if languages[row["source"]] == row["language"] else "across"
        found.append(Question(f"sample-{number:02}", row["question"], kind, said, said))
    return found


def seed_questions() -> list[Question]:
    """Return the ten questions of `bench/seeds.py`: both sources are Chinese, two questions have no answer."""
    found = []
    for number, (text, accepted, quoted) in enumerate(seeds.QUESTIONS, start=1):
        kind: Kind = "none" if not accepted else "zh" if language_of(text) == "zh" else "across"
        name = f"seeds-{number:02}"
        found.append(
            Question(name, text, kind, (tuple(accepted),), ((quoted,),)) if accepted else Question(name, text, kind)
        )
    return found


def public_questions(folder: Path) -> tuple[list[str], list[Question]]:
    """Return one corpus of public sets, half English and half Chinese, and questions on it.

    Answerable: XQuAD's; the answer must stand there word for word, across languages in either of its two, and the
    citation hold it in the text's. Not answerable: NoMIRACL's, whose ten passages are in the corpus.
    """
    documents, cells = answers.xquad(folder)
    found = []
    for number, items in enumerate(zip(*cells.values(), strict=False), start=1):
        for cell, item in zip(cells, items, strict=True):
            asked, text = cell.split()[1].split("-")
            kind: Kind = "across" if asked != text else "en" if asked == "en" else "zh"
            held = _ways(item.case.quotes)
            said = tuple(dict.fromkeys((*_ways(item.case.answers), *held)))
            found.append(Question(f"xquad-{asked}-{text}-{number:03}", item.case.question, kind, (said,), (held,)))
    none = [[one for one in answers.nomiracl(folder, each) if not one.case.answerable] for each in ("en", "zh")]
    for number, item in enumerate((one for pair in list(zip(*none, strict=True))[:_NONE] for one in pair), start=1):
        found.append(Question(f"nomiracl-{number:03}", item.case.question, "none"))
        documents.extend(item.documents)
    return documents, found


def _ways(wanted: Sequence[str | tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(way for one in wanted for way in ([one] if isinstance(one, str) else one))


def few(questions: list[Question], count: int) -> list[Question]:
    """Return the first `count` in an order that takes one of each kind in turn, so that a few stand for all."""
    kinds: dict[Kind, list[Question]] = {}
    for question in questions:
        kinds.setdefault(question.kind, []).append(question)
    turns = max(map(len, kinds.values()), default=0)
    return [group[turn] for turn in range(turns) for group in kinds.values() if turn < len(group)][:count]
