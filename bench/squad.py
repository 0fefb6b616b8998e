"""Reading SQuAD's shape: XQuAD, whose languages are parallel, and CMRC 2018."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Paragraph = dict[str, Any]  # "context", and "qas": each with "id", "question" and "answers"

XQUAD = {code: f"xquad.{code}.json" for code in ("en", "zh")}
CMRC = "cmrc2018.trial.json"
HELD_OUT = 4  # each fourth article


def articles(file: Path) -> list[tuple[str, list[Paragraph]]]:
    """Return each article's title and its paragraphs."""
    rows = json.loads(file.read_text(encoding="utf-8"))["data"]
    return [(row.get("title", ""), row["paragraphs"]) for row in rows]


def paragraphs(file: Path) -> list[Paragraph]:
    return [one for _, its in articles(file) for one in its]


def is_held_out(number: int) -> bool:
    """Return whether an article of XQuAD is one that the embedded model's adapter is not trained on."""
    return number % HELD_OUT == HELD_OUT - 1


def parallel(folder: Path) -> Iterator[tuple[str, list[tuple[Paragraph, Paragraph]]]]:
    """Yield each article of XQuAD: its title, and its paragraphs in English and in Chinese."""
    english, chinese = (articles(folder / name) for name in XQUAD.values())
    for (title, here), (_, there) in zip(english, chinese, strict=True):
        yield title, list(zip(here, there, strict=True))
