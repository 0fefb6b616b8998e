"""Verify statements that somebody wrote who did not know the rules: reworded true ones, and false ones of many kinds.

    python bench/statements.py [--language en|zh] [-n 45] [--model embedded|none] [--keep FILE.jsonl]

`statements.jsonl`: 45 texts in English and 45 in Chinese, each with a question, three true statements (verbatim, in
other words, figures and names written otherwise) and three false ones: who did it to whom, who said it, some for all,
what is supposed stated as certain, and the like. Many figures "written otherwise" are reckoned (a sum, a difference);
those stand in no source, and are refused. One line a kind: how it is shown.
"""

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from langchain_core.language_models.chat_models import BaseChatModel

from assistant.evidence import Found
from assistant.gate import Decision, decide
from assistant.models import chat_model
from assistant.verify import Sentence, Verifier
from bench.altered import RememberingEmbedder, evidence_of
from index import Index

STATEMENTS = Path(__file__).with_name("statements.jsonl")
VERDICTS = ("supported", "partly", "unsupported")


@dataclass(frozen=True)
class Text:
    language: str
    source: str
    question: str
    true: list[tuple[str, str]]  # kind and statement
    false: list[tuple[str, str]]


def texts() -> list[Text]:
    return [Text(**json.loads(line)) for line in STATEMENTS.read_text(encoding="utf-8").splitlines()]


def verified(index: Index, model: BaseChatModel | None, text: Text) -> list[tuple[bool, str, Sentence]]:
    """Return for each statement whether it is true, its kind, and the sentence as the product shows it."""
    evidence = evidence_of([text.source])
    decision = decide(model, text.question, Found(evidence, 1.0)) if model else Decision(True, None)
    verifier = Verifier(index, model, text.question, evidence, decision)
    return [
        (is_true, kind, verifier.verify(said).sentence)
        for is_true, statements in ((True, text.true), (False, text.false))
        for kind, said in statements
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--language", choices=("en", "zh"))
    parser.add_argument("-n", type=int, default=45, help="texts of each language")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--keep", type=Path, help="append each statement as a line of JSON")
    given = parser.parse_args()
    model = None if given.model == "none" else chat_model(given.model)
    shown: dict[tuple[bool, str], Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as scratch, Index.open(scratch, RememberingEmbedder()) as index:
        for language in [given.language] if given.language else ["en", "zh"]:
            for text in [one for one in texts() if one.language == language][: given.n]:
                for is_true, kind, sentence in verified(index, model, text):
                    shown[is_true, kind][sentence.verdict] += 1
                    if given.keep:
                        line = {"true": is_true, "kind": kind, "verdict": sentence.verdict, "reason": sentence.reason}
                        with given.keep.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(line | {"text": sentence.text}, ensure_ascii=False) + "\n")
    print(f"{'':26}{'n':>5}" + "".join(f"{verdict:>13}" for verdict in VERDICTS))
    for is_true in (True, False):
        kinds = sorted(kind for true, kind in shown if true is is_true)
        name = "true" if is_true else "false"
        for label, of in [*((f"{name}, {kind}", [kind]) for kind in kinds), (name.upper(), kinds)]:
            total: Counter[str] = sum((shown[is_true, kind] for kind in of), Counter())
            print(f"{label:26}{total.total():>5}" + "".join(f"{total[verdict]:>13}" for verdict in VERDICTS))


if __name__ == "__main__":
    main()
