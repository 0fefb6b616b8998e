"""Ask the bundled sample its thirty questions; print each answer, and how many are right, cited right and refused.

python bench/sample.py [--model NAME]
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assistant import Answer, Assistant
from assistant.evaluation import says

ROOT = Path(__file__).parent.parent


def holds(text: str, answers: Sequence[Sequence[str]]) -> bool:
    """Return whether a text says one spelling of each part of the expected answer, as whole words and figures."""
    return all(any(says(text, alias) for alias in aliases) for aliases in answers)


def verdict(answer: Answer, row: dict[str, object]) -> str:
    """Return what became of a question.

    right: said and quoted; quoted: the quote holds it, the sentence does not; uncited: said, not quoted; wrong;
    refused: but the answer is there; declined: refused, and rightly.
    """
    if not row["answerable"]:
        return "declined" if answer.status == "refused" else "wrong"
    if answer.status == "refused":
        return "refused"
    expected: list[list[str]] = row["answers"]  # type: ignore[assignment]
    said = answer.stands
    quoted = " ".join(citation.quote for citation in answer.citations)
    if holds(quoted, expected):
        return "right" if holds(said, expected) else "quoted"
    return "uncited" if holds(said, expected) else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="embedded")
    options = parser.parse_args()
    lines = (ROOT / "tests" / "data" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, Assistant.open(folder, options.model) as yiju:
        yiju.add(ROOT / "samples")
        yiju.load()
        for row in map(json.loads, lines):
            answer = yiju.ask(row["question"])
            name = verdict(answer, row)
            counts[name] = counts.get(name, 0) + 1
            print(f"\n{name:9} {row['question']}  [{answer.status}, {answer.timings.total:.1f} s]")
            for sentence in answer.sentences:
                print(f"    {sentence.verdict} {sentence.citations} {sentence.text}  {sentence.reason}")
            for citation in answer.citations:
                print(f"      [{citation.number}] {citation.quote}")
    print(f"\nn={len(lines)}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}")


if __name__ == "__main__":
    main()
