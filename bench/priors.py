"""Measure the mean vectors of passages and questions of each language, and write the priors of centring.

python bench/priors.py FOLDER     # with nomiracl_LANGUAGE.dev.jsonl files (Wikipedia passages, Apache-2.0)
"""

import json
import sys
from pathlib import Path

import numpy as np

from index import SentenceEmbedder

_PASSAGES = 300  # a language; the mean of 300 lies at cosine 0.99 to that of another corpus (XQuAD)
_LENGTH = {"zh": 160}  # characters, about a passage's
_LENGTH_ELSE = 320


def main() -> None:
    folder = Path(sys.argv[1])
    embedder = SentenceEmbedder()
    means = {}
    for file in sorted(folder.glob("nomiracl_*.dev.jsonl")):
        language = file.name.removeprefix("nomiracl_").split(".")[0]
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        texts = [text[: _LENGTH.get(language, _LENGTH_ELSE)] for row in rows for text in row["passages"][:3]]
        means[f"passages.{language}"] = embedder.passages(texts[:_PASSAGES]).mean(axis=0)
        means[f"questions.{language}"] = embedder.queries([row["question"] for row in rows]).mean(axis=0)
        print(f"{language}: {len(texts[:_PASSAGES])} passages, {len(rows)} questions")
    np.savez("index/priors-e5-small.npz", **means)


if __name__ == "__main__":
    main()
