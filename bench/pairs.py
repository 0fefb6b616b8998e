"""Tell which of 78 pairs of texts have one origin, and which disagree; print precision and recall by kind.

    python bench/pairs.py [--show]

The pairs (bench/pairs.jsonl) were written before the rules; those of half 1 served to make them, half 2 to test them.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.conflicts import conflicts_in
from assistant.evidence import Evidence
from assistant.origins import origins_of
from assistant.verify import Parts
from index import Index, SentenceEmbedder, Source


@dataclass(frozen=True)
class Pair:
    half: int
    languages: str
    origin: str  # copy, retelling, quotation, independent
    claim: str  # disagree, agree, times
    question: str
    sources: tuple[Source, Source]


@dataclass(frozen=True)
class Told:
    pair: Pair
    one_origin: bool
    disagree: bool
    how: str


def pairs() -> list[Pair]:
    lines = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    read = []
    for number, row in enumerate(map(json.loads, lines)):
        sources = []
        for side in ("a", "b"):
            name, its = f"{number}{side}", row[side]
            dates = (its.get("author"), its.get("published"), None, "2024-01-01")
            sources.append(Source(name, name, name, *dates, "und", "text/plain", its["text"]))
        made = (row["half"], row["languages"], row["origin"], row["claim"], row["question"])
        read.append(Pair(*made, sources=(sources[0], sources[1])))
    return read


def tell(index: Index, pair: Pair) -> Told:
    origins = origins_of(pair.sources, index)
    evidence = [
        Evidence(number, source, 0, len(source.text), source.text, 1.0, None)
        for number, source in enumerate(pair.sources, start=1)
    ]
    found = conflicts_in(index, pair.question, Parts.of(index, pair.question, evidence))
    how = ", ".join([*(link.relation for link in origins.links), *(f"{one.kind}: {one.says}" for one in found)])
    return Told(pair, origins.independent == 1, bool(found), how)


def row(name: str, found: Sequence[bool], truth: Sequence[bool]) -> str:
    right = sum(f and t for f, t in zip(found, truth, strict=True))
    return f"{name:34} precision {right}/{sum(found)}  recall {right}/{sum(truth)}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print what is told wrong of half 1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, Index.open(scratch, SentenceEmbedder()) as index:
        told = [tell(index, pair) for pair in pairs()]
    for half in ((1,), (2,), (1, 2)):
        mine = [one for one in told if one.pair.half in half]
        print(f"\nhalf {' and '.join(map(str, half))}, n = {len(mine)}")
        truth = [one.pair.origin != "independent" for one in mine]
        print(row("one origin", [one.one_origin for one in mine], truth))
        for kind in ("copy", "retelling", "quotation"):
            some = [one for one in mine if one.pair.origin in (kind, "independent")]
            print(row(f"  {kind}", [one.one_origin for one in some], [one.pair.origin == kind for one in some]))
        print(row("disagree", [one.disagree for one in mine], [one.pair.claim == "disagree" for one in mine]))
        for kind in ("agree", "times"):
            quiet = [not one.disagree for one in mine if one.pair.claim == kind]
            print(f"  {kind}: no conflict told in {sum(quiet)}/{len(quiet)}")
        for languages in ("en", "zh", "across"):
            some = [one for one in mine if one.pair.languages == languages]
            print(
                row(
                    f"  {languages}, one origin",
                    [o.one_origin for o in some],
                    [o.pair.origin != "independent" for o in some],
                ),
                row("; disagree", [o.disagree for o in some], [o.pair.claim == "disagree" for o in some]),
            )
    for one in told if options.show else ():
        wrong = one.one_origin != (one.pair.origin != "independent") or one.disagree != (one.pair.claim == "disagree")
        if wrong and one.pair.half == 1:
            print(f"\n{one.pair.languages} {one.pair.origin} {one.pair.claim}: {one.pair.question} [{one.how}]")
            print(*(f"  {source.text}" for source in one.pair.sources), sep="\n")


if __name__ == "__main__":
    main()
