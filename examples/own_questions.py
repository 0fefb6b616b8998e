"""Measure an assistant on questions whose answers you know: right, cited right, refused, wrong, and how long it takes.

python examples/own_questions.py FOLDER QUESTIONS.jsonl [MODEL]

Each line is like {"question": "Who leads it?", "answers": [["Mei Lin", "林梅"]]}, or {"question": "…", "answerable":
false} for what your sources do not tell.
"""

import sys
from pathlib import Path

from assistant import Assistant
from assistant.evaluation import cases, evaluate, report


def main(folder: str, questions: str, model: str = "embedded") -> None:
    with Assistant.open("notes.index", model) as yiju:
        yiju.add(folder)
        judged = list(evaluate(yiju, cases(Path(questions))))
    for one in judged:
        if not one.right:
            print(f"{one.answer.status}, not right: {one.case.question}", file=sys.stderr)
    figures = report(judged)
    print(f"right {figures.right}; cited right {figures.cited}; refused {figures.refused}; wrong {figures.wrong}")


if __name__ == "__main__":
    main(*sys.argv[1:])
