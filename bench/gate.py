"""Measure the two signals of the gate on questions whose answer is, or is not, in the sources.

    python bench/gate.py FOLDER [-n 10]     # FOLDER: RGB-zh, NoMIRACL and XQuAD; n of each kind, about 8 s each

RGB-zh: three documents with the answer and two without, or five without. NoMIRACL: ten passages, judged by people.
XQuAD: half of the articles in English and half in Chinese; some are left out, so that their questions have no answer.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import prompts
from assistant.evidence import find_evidence
from assistant.gate import decide
from assistant.models import ask_yes_no, chat_model
from assistant.write import conversation, write
from index import Index, SentenceEmbedder

_THRESHOLDS = (2.0, 2.5, 3.0, 3.5, 4.0, 4.5)


@dataclass(frozen=True)
class Item:
    """A question with its documents, or with those of the shared index when there are none of its own."""

    kind: str
    answerable: bool
    question: str
    documents: tuple[str, ...]


def rgb(folder: Path, count: int) -> Iterator[Item]:
    rows = [json.loads(line) for line in (folder / "rgb_zh.dev.jsonl").read_text(encoding="utf-8").splitlines()]
    random.shuffle(rows)
    for row in rows[:count]:
        documents = random.sample(row["positive"], min(3, len(row["positive"]))) + random.sample(row["negative"], 2)
        yield Item("rgb zh", True, row["query"], tuple(documents))
    for row in rows[count : 2 * count]:
        yield Item("rgb zh", False, row["query"], tuple(random.sample(row["negative"], 5)))


def nomiracl(folder: Path, language: str, count: int) -> Iterator[Item]:
    lines = (folder / f"nomiracl_{language}.dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    random.shuffle(rows)
    for answerable in (True, False):
        chosen = [row for row in rows if bool(row["answerable"]) == answerable][:count]
        for row in chosen:
            yield Item(f"nomiracl {language}", answerable, row["question"], tuple(row["passages"]))


def xquad(folder: Path, count: int) -> tuple[list[str], list[Item]]:
    """Return the documents of the shared index, and questions of each language on documents of each."""
    articles = [
        json.loads((folder / f"xquad.{language}.json").read_text(encoding="utf-8")) for language in ("en", "zh")
    ]
    pairs = list(zip(*(one["data"] if isinstance(one, dict) else one for one in articles), strict=True))
    documents: list[str] = []
    items: list[Item] = []
    for number, pair in enumerate(pairs):
        side, held = number % 2, number // 2 % 2 == 0
        for paragraphs in zip(*(article["paragraphs"] for article in pair), strict=True):
            if held:
                documents.append(paragraphs[side]["context"])
            for asked, paragraph in enumerate(paragraphs):
                kind = "xquad within" if asked == side else "xquad across"
                items += [Item(kind, held, one["question"], ()) for one in paragraph["qas"]]
    random.shuffle(items)
    kinds = sorted({(item.kind, item.answerable) for item in items})
    return documents, [one for kind in kinds for one in [i for i in items if (i.kind, i.answerable) == kind][:count]]


def index_of(documents: Sequence[str], folder: Path, embedder: SentenceEmbedder) -> Index:
    files = folder / "documents"
    files.mkdir(parents=True)
    for number, text in enumerate(documents):
        (files / f"{number}.txt").write_text(text, encoding="utf-8")
    index = Index.open(folder / "index", embedder)
    index.add(files)
    return index


def auc(scores: Sequence[float], answerable: Sequence[bool]) -> float:
    """Return the chance that a question with its answer scores above one without (Mann-Whitney's U, scaled)."""
    yes = np.array([s for s, a in zip(scores, answerable, strict=True) if a])[:, None]
    no = np.array([s for s, a in zip(scores, answerable, strict=True) if not a])[None, :]
    return float((yes > no).mean() + 0.5 * (yes == no).mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=10)
    options = parser.parse_args()
    random.seed(7)
    folder, count = options.folder, options.n
    shared, items = xquad(folder, count // 2)
    items += [*rgb(folder, count), *nomiracl(folder, "zh", count), *nomiracl(folder, "en", count)]
    embedder, model = SentenceEmbedder(), chat_model("embedded")
    assert model is not None
    before: list[float] = []
    after: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        common = index_of(shared, Path(scratch) / "shared", embedder)
        for number, item in enumerate(items):
            own = index_of(item.documents, Path(scratch) / str(number), embedder) if item.documents else common
            found = find_evidence(own, item.question, 290)
            decision = decide(model, item.question, found)
            answer = "".join(write(model, item.question, found.evidence))
            judge = conversation(item.question, found.evidence, prompts.load("judge", sentence=answer))
            before.append(decision.certainty or 0.0)
            after.append(ask_yes_no(model, judge).log_odds or 0.0)
            print(
                f"{item.kind:14} {item.answerable!s:5} {before[-1]:5.1f} {after[-1]:5.1f}  {item.question}", flush=True
            )
    both = [one + other for one, other in zip(before, after, strict=True)]
    truth = [item.answerable for item in items]
    areas = (
        f"{name} {auc(scores, truth):.2f}" for name, scores in (("before", before), ("after", after), ("sum", both))
    )
    print(f"\nn={len(items)}  AUC: {', '.join(areas)}")
    for kind in sorted({item.kind for item in items}):
        mine = [i for i, item in enumerate(items) if item.kind == kind]
        print(f"  {kind:14} n={len(mine):3}  sum {auc([both[i] for i in mine], [truth[i] for i in mine]):.2f}")
    for threshold in _THRESHOLDS:
        kept = np.mean([s >= threshold for s, a in zip(both, truth, strict=True) if a])
        refused = np.mean([s < threshold for s, a in zip(both, truth, strict=True) if not a])
        print(f"  at {threshold}: answers {kept:.0%} of the answerable, holds back {refused:.0%} of the others")


if __name__ == "__main__":
    main()
