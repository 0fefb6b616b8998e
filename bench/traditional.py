"""Search Chinese texts in traditional characters with questions in simplified ones, and the reverse.

    python bench/traditional.py FOLDER [-n 200]

FOLDER holds XQuAD; half of its articles are in English, the Chinese ones are converted by OpenCC, in Taiwan's way.
Printed: how often the paragraph is first, is among five, and is put first by words alone.
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import opencc

from bench.answers import index_of
from bench.squad import parallel
from index import SentenceEmbedder

_LOOKED_AT = 30  # hits among which that is which words put first


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=200)
    options = parser.parse_args()
    embedder, convert = SentenceEmbedder(), opencc.OpenCC("s2tw").convert
    ways: dict[str, Callable[[str], str]] = {"simplified": str, "traditional": convert}
    for written, asked in product(ways, ways):
        documents: list[str] = []
        questions: list[tuple[str, str]] = []
        for number, (_, pairs) in enumerate(parallel(options.folder)):
            for english, chinese in pairs:
                if number % 2:
                    documents.append(ways[written](chinese["context"]))
                    questions += [(ways[asked](one["question"]), documents[-1]) for one in chinese["qas"]]
                else:
                    documents.append(english["context"])
        random.Random(3).shuffle(questions)
        first = among = by_words = 0
        with tempfile.TemporaryDirectory() as scratch, index_of(documents, Path(scratch), embedder) as index:
            for question, text in questions[: options.n]:
                hits = index.search(question, _LOOKED_AT)
                right = [hit.passage.text in text for hit in hits]
                first += right[0]
                among += any(right[:5])
                by_words += any(hit.words_rank == 1 and is_right for hit, is_right in zip(hits, right, strict=True))
        print(
            f"texts {written}, questions {asked}, n = {len(questions[: options.n])}: "
            f"first {first}, among five {among}, first by words {by_words}",
            flush=True,
        )


if __name__ == "__main__":
    main()
