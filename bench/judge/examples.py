"""Public questions with the evidence that the product finds, with what answers them in it and without."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import prompts
from assistant.assistant import TOKEN_BUDGET
from assistant.evaluation import says
from assistant.evidence import Evidence, find_evidence, terms
from assistant.write import conversation, language_to_write
from bench.answers import Item, index_of, nomiracl, rgb
from bench.squad import CMRC, is_held_out, paragraphs, parallel
from index import Hit, Index, SentenceEmbedder, Source
from index.language import language_of
from index.passages import sentences

_TRAINED_ON = 60  # the first questions of NoMIRACL in each language
_FEWER = 0.35  # how often, with the passages that hold the answer, all of their paragraph is taken away
_MOVED = 0.25  # how often a question is asked of another year as well
_YEARS_AWAY = (-12, -7, -3, 2, 4, 9)
_HITS = 60  # looked at, when some are to be left out
_LONGEST = 400  # characters of a sentence that is proposed as an answer
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d\d)(?!\d)")


@dataclass(frozen=True)
class Known:
    """A question whose answer is known, in its own language and in that of the text which holds it."""

    cell: str
    question: str
    answer: str
    quote: str
    paragraph: str
    other: str | None  # the answer to another question on the paragraph, a figure when this one is
    is_held_out: bool = False


@dataclass(frozen=True)
class Example:
    """A question with evidence, and whether that holds the answer."""

    cell: str
    question: str
    system: str
    read: str  # what stands before each instruction
    language: str  # that is asked for
    parts: tuple[str, ...]  # sentences of the evidence
    holds: bool
    answer: str
    quote: str
    other: str | None
    is_held_out: bool


@dataclass(frozen=True)
class Request:
    """A yes-or-no question over an example's evidence, and what should be said."""

    kind: str
    text: str
    yes: bool


class _Without:
    """An index in which some passages are not found."""

    def __init__(self, index: Index, known: Known, whole_paragraph: bool) -> None:
        self._index = index
        self._known = known
        self._whole_paragraph = whole_paragraph

    def search(self, query: str, k: int, where: object = None) -> list[Hit]:
        return [hit for hit in self._index.search(query, _HITS) if not self._is_left_out(hit.passage.text)][:k]

    def source(self, source_id: str) -> Source | None:
        return self._index.source(source_id)

    def _is_left_out(self, text: str) -> bool:
        return says(text, self._known.quote) or (self._whole_paragraph and text in self._known.paragraph)


def examples(known: Sequence[Known], index: Index, chance: random.Random) -> Iterator[Example]:
    """Yield each question with its evidence, with that in which the answer is not found, and of another year."""
    for one in known:
        found = find_evidence(index, one.question, TOKEN_BUDGET).evidence
        held = any(says(piece.text, one.quote) for piece in found)
        yield from _example(one, one.question, found, held)
        lacking = cast(Index, _Without(index, one, chance.random() < _FEWER))
        found = find_evidence(lacking, one.question, TOKEN_BUDGET).evidence
        if not any(says(piece.text, one.quote) for piece in found):
            yield from _example(one, one.question, found, False)
        year = _YEAR.search(one.question)
        if year and held and not one.is_held_out and chance.random() < _MOVED:
            moved = one.question.replace(year[0], str(int(year[0]) + chance.choice(_YEARS_AWAY)))
            yield from _example(one, moved, find_evidence(index, moved, TOKEN_BUDGET).evidence, False)


def _example(one: Known, question: str, evidence: Sequence[Evidence], held: bool) -> Iterator[Example]:
    if evidence:
        system, read = (str(message.content) for message in conversation(question, evidence, ""))
        parts = [
            piece.source.text[span.start : span.end]
            for piece in evidence
            for span in sentences(piece.source.text, piece.start, piece.end)
        ]
        yield Example(
            one.cell, question, system, read, language_to_write(question, evidence), tuple(parts), held,
            one.answer, one.quote, one.other if held else None, one.is_held_out,
        )  # fmt: skip


def requests(example: Example, written: str | None) -> list[Request]:
    """Return what is asked over an example: of its answer, another's, a sentence of the evidence, what was written."""
    found = [Request("gate", prompts.load("gate"), example.holds)]

    def propose(kind: str, sentence: str, yes: bool) -> None:
        if len(sentence) < _LONGEST:
            found.append(Request(kind, prompts.load("judge", sentence=sentence), yes))

    propose("answer", example.answer, example.holds)
    if example.other:
        propose("another's", example.other, False)
    if language_of(example.question) == language_of(example.parts[0]):
        if example.holds:
            propose("copied", next((one for one in example.parts if says(one, example.quote)), example.quote), True)
        else:
            asked = terms(example.question)
            nearest = max(example.parts, key=lambda one: len(terms(one) & asked) / (4 + len(terms(one)) ** 0.5))
            propose("copied", nearest, False)
    if written and (is_right := _is_right(example, written)) is not None:
        propose("written", written, is_right)
    return found


def _is_right(example: Example, written: str) -> bool | None:
    """Say whether a sentence gives the answer; None where words do not tell."""
    if not example.holds:
        return False
    if says(written, example.answer) or says(written, example.quote):
        return True
    figures, given = (set(re.findall(r"\d+", text)) for text in (example.answer, written))
    if language_of(example.question) != language_of(example.parts[0]):
        return False if figures and not figures & given else None
    return None if terms(example.answer) & terms(written) or figures & given else False


def _another(questions: Sequence[dict[str, Any]], this: dict[str, Any], chance: random.Random) -> str | None:
    """Return the answer to another question on the same paragraph; a figure for a figure."""
    answer = this["answers"][0]["text"]
    texts = [one["answers"][0]["text"] for one in questions if one["answers"]]
    alike = [one for one in texts if bool(re.search(r"\d", one)) == bool(re.search(r"\d", answer))]
    others = [one for one in alike if not says(one, answer) and not says(answer, one)]
    return chance.choice(others) if others else None


def of_xquad(folder: Path, each: int, scratch: Path, embedder: SentenceEmbedder) -> Iterator[Example]:
    """Yield examples in and across both languages: articles in turn English and Chinese, then the other way round."""
    chance = random.Random("xquad")
    for layout in (0, 1):
        cells: dict[str, list[Known]] = {}
        documents = []
        for number, (_, pairs) in enumerate(parallel(folder)):
            side = (number + layout) % 2
            for pair in pairs:
                documents.append(pair[side]["context"])
                for asked in (0, 1):
                    cell = f"xquad {('en', 'zh')[asked]}-{('en', 'zh')[side]}"
                    questions = pair[asked]["qas"]
                    for here, there in zip(questions, pair[side]["qas"], strict=True):
                        answer, quote = here["answers"][0]["text"], there["answers"][0]["text"]
                        cells.setdefault(cell, []).append(
                            Known(cell, here["question"], answer, quote, documents[-1],
                                  _another(questions, here, chance), is_held_out(number))
                        )  # fmt: skip
        with index_of(documents, scratch / f"xquad-{layout}", embedder) as index:
            for known in cells.values():
                chance.shuffle(known)
                some = [one for one in known if not one.is_held_out][: each // 2]
                some += [one for one in known if one.is_held_out][: each // 10]
                yield from examples(some, index, chance)


def of_cmrc(folder: Path, n: int, scratch: Path, embedder: SentenceEmbedder) -> Iterator[Example]:
    chance = random.Random("cmrc")
    texts = paragraphs(folder / CMRC)
    known = [
        Known("cmrc", one["question"], answer, answer, paragraph["context"], _another(paragraph["qas"], one, chance))
        for paragraph in texts
        for one in paragraph["qas"]
        if one["question"] and one["answers"] and (answer := one["answers"][0]["text"])
    ]
    chance.shuffle(known)
    with index_of([one["context"] for one in texts], scratch / "cmrc", embedder) as index:
        yield from examples(known[:n], index, chance)


def of_others(folder: Path, n: int, scratch: Path, embedder: SentenceEmbedder) -> Iterator[Example]:
    """Yield questions of NoMIRACL and RGB, with the documents that each comes with; RGB's are all held out."""
    sets: dict[str, Iterator[Item]] = {
        "nomiracl zh": nomiracl(folder, "zh"),
        "nomiracl en": nomiracl(folder, "en"),
        "rgb 0.8": rgb(folder, 0.8),
        "rgb 1.0": rgb(folder, 1.0),
    }
    for cell, items in sets.items():
        for number, item in zip(range(n), items, strict=False):
            question, first = item.case.question, (item.case.answers or ("",))[0]
            answer = first if isinstance(first, str) else first[0]
            with index_of(item.documents, scratch / f"{cell}-{number}", embedder) as index:
                evidence = find_evidence(index, question, TOKEN_BUDGET).evidence
            held_out = number >= _TRAINED_ON or not cell.startswith("nomiracl")
            known = Known(cell, question, answer, answer, "", None, held_out)
            yield from _example(known, question, evidence, bool(item.case.answerable))
