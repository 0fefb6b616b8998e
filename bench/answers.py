"""Ask the whole product the questions of public sets: what it answers, refuses, says right, cites right; how fast.

    python bench/answers.py FOLDER [SET ...] [-n 20] [--skip 0] [--model NAME] [--keep FILE.jsonl]

FOLDER holds RGB, NoMIRACL, RAMDocs and XQuAD; a set is named by the start of its name, -n is of each; 7 to 16 s a
question with the embedded model on two cores. The models are loaded before the first question is timed.

RGB: five documents a question, of which so many are noise; with noise alone the answer is to refuse. Its "int" needs
two documents, its "fact" holds a planted wrong figure beside the right ones. NoMIRACL: ten passages, judged by people;
nothing tells the right answer, so that only answering and refusing are counted. RAMDocs: documents that hold the right
answer, others that hold a wrong one in its place, and noise. XQuAD: one index, half of the articles in English, half in
Chinese; the citation must hold the answer in the text's own language.
"""

import argparse
import json
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant import Assistant
from assistant.evaluation import Case, Judged, Share, judge, report, says
from assistant.gate import Lines, calibration_of
from assistant.models import chat_model
from assistant.settings import Strictness
from assistant.terminal import times
from bench.squad import HELD_OUT, is_held_out, parallel
from index import Index, SentenceEmbedder

CELLS = tuple(f"xquad {one}" for one in ("en-en", "zh-zh", "en-zh", "zh-en"))
_DOCUMENTS = 5  # a question, in RGB
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Item:
    """A question with its documents, or for the index that all share when there are none of its own."""

    case: Case
    documents: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()  # what some of the documents say in the place of the right answer


def rows_of(file: Path) -> Rows:
    """Return the rows of a file, in an order that is the same each time."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    random.Random(file.name).shuffle(rows)
    return rows


def golds(answer: str | list[Any]) -> tuple[str | tuple[str, ...], ...]:
    """Return RGB's answer as what each must be said; a nested list holds other ways to say it."""
    parts = [answer] if isinstance(answer, str) else answer
    return tuple(part if isinstance(part, str) else tuple(part) for part in parts)


def rgb(folder: Path, noise: float) -> Iterator[Item]:
    """Yield RGB-zh's questions; at a noise of 1 nothing holds the answer."""
    for row in rows_of(folder / "rgb_zh.dev.jsonl"):
        chance = random.Random(row["id"])
        negative = row["negative"][: math.ceil(_DOCUMENTS * noise)]
        documents = [*negative, *row["positive"][: _DOCUMENTS - len(negative)]]
        chance.shuffle(documents)
        case = Case(row["query"], golds(row["answer"]) if noise < 1 else (), answerable=noise < 1)
        yield Item(case, tuple(documents))


def rgb_int(folder: Path) -> Iterator[Item]:
    """Yield the questions that need two documents: one of each kind, and noise."""
    for row in rows_of(folder / "rgb_zh_int.dev.jsonl"):
        documents = [group[0] for group in row["positive"]]
        documents += row["negative"][: _DOCUMENTS - len(documents)]
        random.Random(row["id"]).shuffle(documents)
        yield Item(Case(row["query"], golds(row["answer"])), tuple(documents))


def rgb_fact(folder: Path, language: str) -> Iterator[Item]:
    """Yield the questions of which some documents hold a planted wrong answer and some the right one."""
    for row in rows_of(folder / f"rgb_{language}_fact.dev.jsonl"):
        wrong = row["positive_wrong"][:2]
        right = [text for text in row["positive"][len(wrong) :] if _holds(text, golds(row["answer"]))]
        right = right or [text for text in row["positive"] if _holds(text, golds(row["answer"]))]
        documents = [*wrong, *right[:2]]
        documents += row["negative"][: _DOCUMENTS - len(documents)]
        random.Random(row["id"]).shuffle(documents)
        yield Item(Case(row["query"], golds(row["answer"])), tuple(documents))


def _holds(text: str, wanted: Sequence[str | tuple[str, ...]]) -> bool:
    plain = text.casefold()
    return all(any(way.casefold() in plain for way in ([one] if isinstance(one, str) else one)) for one in wanted)


def nomiracl(folder: Path, language: str) -> Iterator[Item]:
    rows = rows_of(folder / f"nomiracl_{language}.dev.jsonl")
    kinds = [[row for row in rows if bool(row["answerable"]) == answerable] for answerable in (True, False)]
    for row in (one for pair in zip(*kinds, strict=True) for one in pair):
        yield Item(Case(row["question"], answerable=bool(row["answerable"])), tuple(row["passages"]))


def ramdocs(folder: Path) -> Iterator[Item]:
    """Yield the questions of which some documents say the right answer and some, in most, a wrong one."""
    for row in rows_of(folder / "ramdocs.dev.jsonl"):
        case = Case(row["question"], tuple(row["gold_answers"]))
        yield Item(case, tuple(one["text"] for one in row["documents"]), tuple(row["wrong_answers"]))


def xquad(folder: Path) -> tuple[list[str], dict[str, list[Item]]]:
    """Return the documents of the shared index, and the questions in both languages on documents of either.

    Only of articles that the embedded model's adapter was not trained on; all stand in the index.
    """
    documents: list[str] = []
    cells: dict[str, list[Item]] = {name: [] for name in CELLS}
    for number, (_, pairs) in enumerate(parallel(folder)):
        side = (number // HELD_OUT + number) % 2  # in turn, and so are those that are held out
        for paragraphs in pairs:
            documents.append(paragraphs[side]["context"])
            if not is_held_out(number):
                continue
            for asked in (0, 1):
                cell = cells[f"xquad {('en', 'zh')[asked]}-{('en', 'zh')[side]}"]
                for here, there in zip(paragraphs[asked]["qas"], paragraphs[side]["qas"], strict=True):
                    said, quoted = here["answers"][0]["text"], there["answers"][0]["text"]
                    cell.append(Item(Case(here["question"], (said,), (quoted,), answerable=True)))
    for name, cell in cells.items():
        random.Random(name).shuffle(cell)
    return documents, cells


def index_of(documents: Sequence[str], folder: Path, embedder: SentenceEmbedder) -> Index:
    files = folder / "documents"
    files.mkdir(parents=True)
    for number, text in enumerate(documents):
        (files / f"{number}.txt").write_text(text, encoding="utf-8")
    index = Index.open(folder / "index", embedder)
    index.add(files)
    return index


def quoted(one: Judged) -> bool:
    """Whether a citation of an answer holds one of the wanted quotes, whatever the answer says."""
    only = Case(one.case.question, (), one.case.quotes or one.case.answers[:1], answerable=True)  # type: ignore[arg-type]
    return bool(judge(only, one.answer).cited)


def shown(one: Judged) -> bool:
    """Whether the answer is right, or the right one is shown as a side of a disagreement."""
    sides = " ".join(citation.quote for found in one.answer.conflicts for citation in found.citations)
    if one.right or not sides:
        return bool(one.right)
    side = replace(one.answer.sentences[0], text=sides, verdict="supported")
    return bool(judge(one.case, replace(one.answer, sentences=(side,))).right)


def misled(item: Item, one: Judged) -> bool:
    """Whether an answer says what is wrong, and nothing of it shows what is right."""
    return not shown(one) and any(says(one.answer.stands, wrong) for wrong in item.wrong)


def told(name: str, items: Sequence[Item], judged: Sequence[Judged]) -> str:
    figures = report(judged)
    parts = [f"{name:14} n={figures.questions:3}"]
    if figures.answered.of:
        parts.append(f"answered {figures.answered}")
    if any(one.case.answers for one in judged):
        parts.append(f"right {figures.right}")
    if any(one.case.quotes for one in judged):
        stood = [one for one in judged if one.answer.status != "refused"]
        parts.append(f"quoted {Share(sum(map(quoted, stood)), len(stood))}")
    if "fact" in name or any(item.wrong for item in items):
        parts.append(f"right or both shown {Share(sum(map(shown, judged)), len(judged))}")
    if any(item.wrong for item in items):
        parts.append(f"the wrong one alone {Share(sum(map(misled, items, judged)), len(judged))}")
    if figures.refused.of:
        parts.append(f"refused {figures.refused}")
    if figures.balanced is not None:
        parts.append(f"balanced {figures.balanced:.3f}")
    if figures.seconds:
        parts.append(f"{figures.seconds[0]:.1f} s (p95 {figures.seconds[1]:.1f})")
    return "; ".join(parts)


def curve(judged: Sequence[Judged], lines: Mapping[Strictness, Lines]) -> Iterator[str]:
    """Yield what each line of the certainty would answer of what can be answered, and hold back of the rest.

    The lines are those that the model is judged by, and whole numbers around them. What code alone refused, and what
    a model without log-probabilities said, has no certainty and is left out.
    """
    told = [one for one in judged if one.answer.trace.gate is not None and one.case.is_answerable is not None]
    yes, no = (
        [certain for one in told if one.case.is_answerable is answerable and (certain := _certainty(one)) is not None]
        for answerable in (True, False)
    )
    names: dict[float, list[str]] = {}
    for strictness, pair in lines.items():
        names.setdefault(pair.possible, []).append(f"{strictness}: below, not supported")
        names.setdefault(pair.certain, []).append(f"{strictness}: below, not certain")
    for number in range(math.floor(min(names)) - 1, math.ceil(max(names)) + 2):
        names.setdefault(float(number), [])
    for line in sorted(names) if yes and no else ():
        kept, held = sum(one >= line for one in yes), sum(one < line for one in no)
        name = f" ({', '.join(names[line])})" if names[line] else ""
        yield f"at {line}{name}: answers {Share(kept, len(yes))}; holds back {Share(held, len(no))}"


def _certainty(one: Judged) -> float | None:
    """Return that of an answer's surest sentence; none is certain where nothing was written, and None is by code."""
    told = one.answer.trace.certainty
    return max((value for value in told if value is not None), default=None) if told else -math.inf


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET", help="the start of its name; without any, all")
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("--skip", type=int, default=0, help="questions of each that come before those")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--keep", type=Path, help="append each answer as a line of JSON")
    options = parser.parse_args()
    documents, chosen = require_items(parser, options.folder, options.sets, options.skip, options.n)
    embedder, model = SentenceEmbedder(), chat_model(options.model)
    lines = []
    everything: list[Judged] = []
    with tempfile.TemporaryDirectory() as scratch:
        shared = index_of(documents, Path(scratch) / "shared", embedder)
        Assistant(shared, model, options.model).load()
        for name, items in chosen.items():
            judged = []
            for number, item in enumerate(items):
                own = Path(scratch) / f"{name}-{number}"
                index = index_of(item.documents, own, embedder) if item.documents else shared
                judged.append(judge(item.case, Assistant(index, model, options.model).ask(item.case.question)))
                if item.documents:
                    index.close()
                one = judged[-1]
                said = " ".join(f"<{s.verdict}> {s.text}" for s in one.answer.sentences)
                print(f"{name} {'+' if one.right else '-'} {item.case.question} | {said[:300]} | {item.case.answers}",
                      flush=True)  # fmt: skip
                if options.keep:
                    row = {"set": name, "answers": item.case.answers, "quotes": item.case.quotes, "right": one.right,
                           "answerable": item.case.answerable, "answer": one.answer.to_dict()}  # fmt: skip
                    with options.keep.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
            everything += judged
            lines.append(told(name, items, judged))
            print(lines[-1], flush=True)
        shared.close()
    if model is not None:
        lines += curve(everything, calibration_of(model).lines)
    print("\n" + "\n".join([*lines, *times(report(everything))]))


def require_items(
    parser: argparse.ArgumentParser, folder: Path, starts: Sequence[str], skip: int, count: int
) -> tuple[list[str], dict[str, list[Item]]]:
    """Return the documents of the shared index and the questions of each set that is asked for; else end with why."""
    sets: Mapping[str, Callable[[], Iterator[Item]]] = {
        "rgb 0.4": lambda: rgb(folder, 0.4),
        "rgb 0.8": lambda: rgb(folder, 0.8),
        "rgb 1.0": lambda: rgb(folder, 1.0),
        "rgb int": lambda: rgb_int(folder),
        "rgb fact zh": lambda: rgb_fact(folder, "zh"),
        "rgb fact en": lambda: rgb_fact(folder, "en"),
        "nomiracl zh": lambda: nomiracl(folder, "zh"),
        "nomiracl en": lambda: nomiracl(folder, "en"),
        "ramdocs": lambda: ramdocs(folder),
    }
    known = (*sets, *CELLS)
    for start in starts:
        if not any(name.startswith(start) for name in known):
            parser.error(f"there is no set {start!r}; the sets are: {', '.join(map(repr, known))}")
    if skip < 0 or count < 1:
        parser.error("--skip is 0 or more, and -n 1 or more")
    names = [name for name in known if not starts or any(name.startswith(start) for start in starts)]
    documents, cells = xquad(folder) if set(names) & set(CELLS) else ([], {})
    chosen = {}
    for name in names:
        items = cells[name] if name in cells else list(sets[name]())
        if skip >= len(items):
            parser.error(f"{name!r} has {len(items)} questions, of which --skip {skip} leaves none")
        chosen[name] = items[skip : skip + count]
    return documents, chosen


if __name__ == "__main__":
    main()
