"""Train the adapter by which the embedded model answers Yes or No, and say what it is worth on what it never saw.

    python -m bench.judge FOLDER [-n 170] [--rounds 3] [--work DIR] [--out assistant/judge-qwen2.5-coder-1.5b.gguf]

FOLDER holds XQuAD and CMRC 2018, which are trained on but for each fourth article of XQuAD, and NoMIRACL and RGB, which
are not. -n: questions of each pair of languages. Two hours and 20 GB of disk on two cores; --work keeps what was read,
and what is there already is not read again.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.judge.examples import of_cmrc, of_others, of_xquad
from bench.judge.network import Network, read
from bench.judge.training import Asked, Reading, Words, judged, train, write
from bench.naming import told_apart
from index import SentenceEmbedder, weights

_OTHERS = 60  # questions of each set that is not trained on


def table(rows: Sequence[tuple[Asked, float]]) -> Iterator[str]:
    """Yield how well Yes is told from No, as the area under the curve: by the plain model, and with the adapter."""
    for cell in sorted({row.cell.split()[0] for row, _ in rows}):
        for kind in ("gate", "written"):
            some = [(row, odds) for row, odds in rows if row.cell.startswith(cell) and row.kind == kind]
            sides = [[one for one in some if one[0].yes is yes] for yes in (True, False)]
            if all(sides):
                before = told_apart(*([row.plain for row, _ in side] for side in sides))
                after = told_apart(*([odds for _, odds in side] for side in sides))
                yield f"{cell:9} {kind:8} n={len(some):4}  plain {before:.3f}  adapted {after:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=170)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--out", type=Path, default=Path("assistant/judge-qwen2.5-coder-1.5b.gguf"))
    options = parser.parse_args()
    (model,) = weights.fetch(weights.MODELS["qwen2.5-coder-1.5b"]).values()
    network, words = Network(read(model)), Words(model)
    with tempfile.TemporaryDirectory() as scratch:
        work: Path = options.work or Path(scratch) / "read"
        work.mkdir(parents=True, exist_ok=True)
        reading = Reading(work, network, words)
        if not (work / "asked.jsonl").exists():
            embedder, folder = SentenceEmbedder(), Path(scratch)
            found = [
                *of_xquad(options.folder, options.n, folder, embedder),
                *of_cmrc(options.folder, options.n, folder, embedder),
                *of_others(options.folder, _OTHERS, folder, embedder),
            ]
            print(f"{len(found)} examples", flush=True)
            reading.read(found)
        for number, lora in train(reading, options.rounds, random.Random(1)):
            print(f"after round {number}:", *table(judged(reading, lora)), sep="\n  ", flush=True)
        write(options.out, lora, network.scale, reading.invocation)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
