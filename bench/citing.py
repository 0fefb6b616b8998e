"""Which sentence is cited for a bare answer that stands in several: the one that it was taken from?

    python bench/citing.py FOLDER [-n 100]

FOLDER holds XQuAD; one index of it, half of the articles in English, half in Chinese, asked in the text's language. No
model is asked. Left out is what tells nothing: an answer that one sentence of the evidence alone holds, or of which
the evidence lacks the sentence.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.assistant import TOKEN_BUDGET
from assistant.evaluation import Share
from assistant.evidence import find_evidence
from assistant.gate import Decision
from assistant.verify import Verifier
from bench.answers import index_of
from bench.squad import parallel
from index import Index, SentenceEmbedder


@dataclass(frozen=True)
class Asked:
    question: str
    answer: str
    text: str
    start: int  # of the answer, in the text


def asked(folder: Path) -> Iterator[Asked]:
    for number, (_, pairs) in enumerate(parallel(folder)):
        for paragraph in (pair[number % 2] for pair in pairs):
            for one in paragraph["qas"]:
                answer = one["answers"][0]
                yield Asked(one["question"], answer["text"], paragraph["context"], answer["answer_start"])


def cited(index: Index, one: Asked) -> bool | None:
    """Return whether the sentence that an answer was taken from is cited for it; None where that tells nothing."""
    evidence = find_evidence(index, one.question, TOKEN_BUDGET).evidence
    verifier = Verifier(index, None, one.question, evidence, Decision(True, None))
    holding = [part.text for part in verifier.read.parts if one.answer.casefold() in part.text.casefold()]
    right = [text for text in holding if 0 <= one.start - one.text.find(text) < len(text) and text in one.text]
    if not right or len(holding) < 2:
        return None
    return any(part.text in right for part in verifier.check(one.answer).parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=100)
    given = parser.parse_args()
    todo = list(asked(given.folder))
    random.Random(1).shuffle(todo)
    found: list[bool] = []
    with tempfile.TemporaryDirectory() as scratch:
        texts = list(dict.fromkeys(one.text for one in todo))
        with index_of(texts, Path(scratch), SentenceEmbedder()) as index:
            for one in todo:
                if len(found) < given.n and (is_right := cited(index, one)) is not None:
                    found.append(is_right)
    print(f"the sentence that the answer was taken from is cited: {Share(sum(found), len(found))}")


if __name__ == "__main__":
    main()
