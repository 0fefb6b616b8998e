"""Flag planted instructions by code; print how many are found by kind, and how many plain sentences are flagged.

    python bench/planted.py --data FOLDER [--show]     # FOLDER: BIPIA's instructions, XQuAD, CMRC, RGB, NoMIRACL

The instructions are flagged alone, and within passages of XQuAD and RGB (at the beginning, in the middle, at the end).
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from assistant.injection import addresses_a_model, planted
from index.passages import sentences


def passages(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of a set with each of its passages."""
    for name in ("xquad.en.json", "xquad.zh.json", "cmrc2018.trial.json"):
        for article in json.loads((folder / name).read_text(encoding="utf-8"))["data"]:
            yield from ((name, one["context"]) for one in article["paragraphs"])
    for name in ("rgb_zh.dev.jsonl", "rgb_en_fact.dev.jsonl"):
        for row in map(json.loads, (folder / name).read_text(encoding="utf-8").splitlines()):
            yield from ((name, one) for one in row["positive"] + row["negative"])
    for name in ("nomiracl_en.dev.jsonl", "nomiracl_zh.dev.jsonl"):
        for row in map(json.loads, (folder / name).read_text(encoding="utf-8").splitlines()):
            yield from ((name, one) for one in row["passages"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    attacks: dict[str, list[str]] = json.loads((options.data / "bipia_attacks.dev.json").read_text(encoding="utf-8"))
    plain = list(passages(options.data))
    total = 0
    for kind, texts in attacks.items():
        found = [addresses_a_model(text) for text in texts]
        total += sum(found)
        print(f"{kind:28} {sum(found)}/{len(found)}")
        for text, flagged in zip(texts, found, strict=True):
            if options.show and not flagged:
                print(f"    not: {text}")
    print(f"{'all':28} {total}/{sum(map(len, attacks.values()))}")
    for place in ("beginning", "middle", "end"):
        found = []
        for number, text in enumerate(text for texts in attacks.values() for text in texts):
            _, passage = plain[37 * number % len(plain)]
            cuts = [one.start for one in sentences(passage)]
            at = {"beginning": 0, "middle": cuts[len(cuts) // 2], "end": len(passage)}[place]
            within = f"{passage[:at]} {text} {passage[at:]}"
            spans = planted(within)
            found.append(any(text[:20] in within[one.start : one.end] for one in spans))
        print(f"  at the {place} of a passage: {sum(found)}/{len(found)}")
    wrongly: dict[str, list[int]] = {}
    for name, passage in plain:
        spans = planted(passage)
        counts = wrongly.setdefault(name, [0, 0, 0])
        counts[0] += 1
        counts[1] += len(sentences(passage))
        counts[2] += len(spans)
        for one in spans if options.show else ():
            print(f"    {name}: {passage[one.start : one.end][:300]}")
    for name, (count, of, wrong) in wrongly.items():
        print(f"{name:28} {wrong} of {of} sentences flagged ({count} passages)")


if __name__ == "__main__":
    main()
