"""Make each turn of twenty conversations a question that stands alone; print how many turns are right.

    python bench/conversations.py [--show] [--model NAME]

The turns (bench/conversations.jsonl) were written before the rules, each with the questions that are right; those of
half 1 served to make the rules, half 2 to test them. Without --model, by rules alone. A first turn has nothing before
it and cannot be wrong: it is counted apart.
"""

import argparse
import json
import re
from pathlib import Path

from assistant.conversation import Turn, standalone
from assistant.models import chat_model


def folded(question: str) -> str:
    """Return a question without what does not matter: marks, spaces, case, articles."""
    return re.sub(r"\b(?:the|a|an)\b|[^\w]", "", question.casefold())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print the wrong turns of half 1")
    parser.add_argument("--all", action="store_true", help="print the wrong turns of both halves")
    parser.add_argument("--model", default="none")
    options = parser.parse_args()
    model = chat_model(options.model)
    right: dict[tuple[int, str, str], list[bool]] = {}
    for line in Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        conversation = json.loads(line)
        history: list[Turn] = []
        for turn in conversation["turns"]:
            found = standalone(turn["question"], history, model)
            accepted = turn["standalone"]
            alone = accepted == [turn["question"]]
            is_right = folded(found.question) in map(folded, accepted)
            kind = "first" if not history else "new topic" if alone else "follow-up"
            right.setdefault((conversation["half"], conversation["language"], kind), []).append(is_right)
            if not is_right and (options.all or (options.show and conversation["half"] == 1)):
                print(f"{turn['question']}  →  {found.question}   (not {accepted[0]})")
            history.append(Turn(accepted[0], turn["answer"]))  # as the conversation should have gone on
    for half in ((1,), (2,), (1, 2)):
        for name, wanted in (("zh", {"zh"}), ("en", {"en"}), ("all", {"zh", "en"})):
            row = []
            for kinds in ({"follow-up"}, {"new topic"}, {"follow-up", "new topic"}, {"first"}):
                good = [
                    g
                    for (h, lang, kind), v in right.items()
                    if h in half and lang in wanted and kind in kinds
                    for g in v
                ]
                row.append(f"{'both' if len(kinds) > 1 else next(iter(kinds))} {sum(good)}/{len(good)}")
            print(f"half {' and '.join(map(str, half)):8} {name:4} {', '.join(row)}")


if __name__ == "__main__":
    main()
