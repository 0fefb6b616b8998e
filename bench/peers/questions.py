"""The questions that every peer is asked, with what a right answer says and a right citation holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import seeds
from index.sources import read

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"
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
        kind: Kind = "none" if not accepted else "across" if text.isascii() else "zh"
        name = f"seeds-{number:02}"
        found.append(
            Question(name, text, kind, (tuple(accepted),), ((quoted,),)) if accepted else Question(name, text, kind)
        )
    return found


def few(questions: list[Question], count: int) -> list[Question]:
    """Return the first `count` in an order that takes one of each kind in turn, so that a few stand for all."""
    kinds: dict[Kind, list[Question]] = {}
    for question in questions:
        kinds.setdefault(question.kind, []).append(question)
    turns = max(map(len, kinds.values()), default=0)
    return [group[turn] for turn in range(turns) for group in kinds.values() if turn < len(group)][:count]
