"""Put names of true sentences, and others in their place, beside evidence in the other language; print what is told.

    python bench/naming.py FOLDER [-n 75] [--model NAME]

FOLDER: XQuAD en and zh. The names of a sentence are those that the product finds in it; the evidence is the sentence
of the parallel paragraph that is nearest in meaning. As many others are drawn from the names of other paragraphs, and
true names of several words are put there with another first word. True names that stand in the evidence as they are,
are left out. A translation may leave a name out, too: some of the true ones are not there.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.models import chat_model
from assistant.naming import NAMED, PERHAPS, Naming, names_of
from bench.altered import RememberingEmbedder, xquad
from index import Index
from index.passages import sentences
from index.words import letters


def pairs(folder: Path, cell: str, embedder: RememberingEmbedder) -> Iterator[tuple[str, str, str]]:
    """Yield a true name, another in its place, and the evidence, in an order that is the same each time."""
    facts = [one for one in xquad(folder) if one.cell == cell]
    random_ = random.Random(cell)
    random_.shuffle(facts)
    names = {one.text: names_of(one.text, one.question) for one in facts}
    pool = sorted({name for some in names.values() for name in some})
    for text, fact in {one.text: one for one in facts}.items():
        parts = [document[span.start : span.end] for document in fact.documents for span in sentences(document)]
        evidence = parts[int((embedder.passages(parts) @ embedder.passages([text])[0]).argmax())]
        there = letters(" ".join([*fact.documents, text]))
        for name in names[text]:
            other = random_.choice([one for one in pool if letters(one) not in there])
            if letters(name) not in letters(" ".join(fact.documents)):
                yield name, other, evidence


def told_apart(true: list[float], others: list[float]) -> float:
    """Return the area under the curve: how often a true one is above another."""
    above = np.array(true)[:, None] - np.array(others)[None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=75, help="true names of each direction, and as many others")
    parser.add_argument("--model", default="embedded")
    options = parser.parse_args()
    model = chat_model(options.model)
    if model is None:
        parser.error("--model none: a chat model is asked about names")
    with tempfile.TemporaryDirectory() as scratch, Index.open(scratch, RememberingEmbedder()) as index:
        naming = Naming(index, model)
        assert isinstance(index.embedder, RememberingEmbedder)
        for cell in ("en/zh", "zh/en"):
            near: dict[str, list[float]] = {"true": [], "others": []}
            both: dict[str, list[float]] = {"true": [], "others": [], "with another first word": []}
            for number, (name, other, evidence) in enumerate(pairs(options.folder, cell, index.embedder)):
                if number == options.n:
                    break
                for kind, one in (("true", name), ("others", other)):
                    near[kind].append(naming.nearness(one, evidence))
                    both[kind].append(naming.certainty(one, evidence))
                first, *rest = name.split()
                if rest:
                    exchanged = " ".join([other.split()[-1], *rest])
                    both["with another first word"].append(naming.certainty(exchanged, evidence))
            alone, together = (told_apart(one["true"], one["others"]) for one in (near, both))
            print(f"name {cell[:2]}, evidence {cell[3:]}: AUC by nearness {alone:.3f}, by both {together:.3f}")
            for line in (NAMED, PERHAPS):
                below = [
                    f"{sum(one < line for one in some)} of {len(some)} {kind}" for kind, some in both.items() if some
                ]
                print(f"  below {line}: {', '.join(below)}", flush=True)


if __name__ == "__main__":
    main()
