"""Measure whether a question finds its passage whichever language each of them is in: recall, languages side by side.

    python bench/fairness.py FOLDER [-n 40]     # FOLDER: xquad.en.json, xquad.zh.json, cmrc2018.trial.json

All questions are asked, which takes some minutes; -n asks so many of each cell of a table. Every text is a file of its
own, added and searched as a user does it; a hit is right when it is of the question's file. "both" is the order that a
search gives; "meaning" is what its dense leg alone would give. Intervals are 95 % (Wilson's), of questions: where one
paragraph is drawn several times (small indexes) they are a little too narrow.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from bench.squad import CMRC, XQUAD, articles
from index import Embedder, Hit, Index, SentenceEmbedder
from index.language import language_of
from index.passages import sentences
from index.snapshot import Vectors

_STATEMENTS = Path(__file__).with_name("languages.jsonl")
_SEED = 7
_SHOWN = 5  # hits of a search that are looked at
_POOL = 50  # hits that hold the first of the dense leg, wherever both legs put them
_SMALL = (5, 20, 100)  # paragraphs a language
_SMALL_QUESTIONS = 500  # a cell, at least: indexes are drawn until there are as many
_Z = 1.96  # standard deviations to either side of a 95 % interval


@dataclass(frozen=True)
class Question:
    """A question in one or more languages, and the name of the document that answers it."""

    document: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """A text in one or more languages; documents of one article are about one thing."""

    name: str
    article: int
    text: Mapping[str, str]


@dataclass(frozen=True)
class Filed:
    """A document as one index holds it."""

    language: str
    text: str


@dataclass(frozen=True)
class Ranks:
    """Where the right file stood among the first hits, 1 is best; None when it was not among them."""

    both: int | None
    meaning: int | None


Tally = defaultdict[tuple[str, str], list[Ranks]]  # by the question's and the text's language


class Remembering:
    """An embedder that embeds each text once: the same texts are put into many indexes and asked of them."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._passages: dict[str, Vectors] = {}
        self._queries: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._remembered(texts, self._passages, self._embedder.passages)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._remembered(texts, self._queries, self._embedder.queries)

    @staticmethod
    def _remembered(
        texts: Sequence[str], known: dict[str, Vectors], embed: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.stack([known[text] for text in texts])


# Data


def squad(path: Path) -> list[list[tuple[str, Mapping[str, str]]]]:
    """Return the articles of a file in SQuAD's shape: of each paragraph its text, and its questions by their ids."""
    return [
        [(one["context"], {asked["id"]: asked["question"] for asked in one["qas"]}) for one in paragraphs]
        for _, paragraphs in articles(path)
    ]


def parallel(files: Mapping[str, Path]) -> tuple[list[Document], list[Question]]:
    """Return the documents and the questions of files that hold the same articles, one for each language."""
    documents: list[Document] = []
    questions: list[Question] = []
    read = [squad(path) for path in files.values()]
    for number, article in enumerate(zip(*read, strict=True)):
        for place, paragraph in enumerate(zip(*article, strict=True)):
            name = f"{number}-{place}"
            documents.append(Document(name, number, dict(zip(files, (text for text, _ in paragraph), strict=True))))
            asked = [questions for _, questions in paragraph]
            for identity in asked[0]:
                in_each = dict(zip(files, (one[identity] for one in asked), strict=True))
                if all(text.strip() for text in in_each.values()):  # two of CMRC's are empty: a search refuses them
                    questions.append(Question(name, in_each))
    return documents, questions


def statements() -> tuple[list[Document], list[Question]]:
    """Return the invented statements, in six languages, with a question on each."""
    rows = [json.loads(line) for line in _STATEMENTS.read_text(encoding="utf-8").splitlines()]
    documents = [Document(row["id"], number, row["text"]) for number, row in enumerate(rows)]
    return documents, [Question(row["id"], row["question"]) for row in rows]


def halves(documents: Sequence[Document]) -> Iterator[dict[str, Filed]]:
    """Yield the documents with every other article in Chinese and the others in English, then the other way round."""
    for swapped in (0, 1):
        languages = {one.name: ("en", "zh")[(one.article + swapped) % 2] for one in documents}
        yield {one.name: Filed(languages[one.name], one.text[languages[one.name]]) for one in documents}


def drawn(documents: Sequence[Document], size: int, chance: random.Random) -> dict[str, Filed]:
    """Return `size` documents in English and as many in Chinese, of different articles."""
    articles = sorted({one.article for one in documents})
    english = set(chance.sample(articles, len(articles) // 2))
    filed: dict[str, Filed] = {}
    for language in ("en", "zh"):
        fitting = [one for one in documents if (one.article in english) == (language == "en")]
        filed |= {one.name: Filed(language, one.text[language]) for one in chance.sample(fitting, size)}
    return filed


# Measuring


def measure(
    embedder: Embedder, filed: Mapping[str, Filed], questions: Sequence[Question], tally: Tally, label: str
) -> None:
    """Index the documents, ask each question in all its languages, and add to the tally where its file stood."""
    with tempfile.TemporaryDirectory() as scratch:
        texts = Path(scratch) / "texts"
        texts.mkdir()
        for name, one in filed.items():
            (texts / f"{name}.txt").write_text(one.text, encoding="utf-8")
        with Index.open(Path(scratch) / "index", embedder) as index:
            index.add(texts)
            name_of = {source.id: Path(source.uri).stem for source in index.sources()}
            begun = time.monotonic()
            for count, question in enumerate(questions, start=1):
                for asked, text in question.text.items():
                    tally[asked, filed[question.document].language].append(
                        ranks(index, text, name_of, question.document)
                    )
                if count % 100 == 0:
                    passed = time.monotonic() - begun
                    print(f"{label}: {count} of {len(questions)} questions, {passed:.0f} s", file=sys.stderr)


def ranks(index: Index, question: str, name_of: Mapping[str, str], right: str) -> Ranks:
    """Search for a question; return where the right file stands in either order."""
    # Asked twice, since an order of more hits is made of a larger pool; the question is embedded once.
    both = index.search(question, k=_SHOWN)
    pool = index.search(question, k=_POOL)
    by_meaning = sorted((hit.dense_rank, at) for at, hit in enumerate(pool) if hit.dense_rank is not None)
    return Ranks(
        _rank(both, name_of, right),
        _rank([pool[at] for _, at in by_meaning[:_SHOWN]], name_of, right),
    )


def _rank(hits: Sequence[Hit], name_of: Mapping[str, str], right: str) -> int | None:
    names = [name_of[hit.passage.source_id] for hit in hits]
    return names.index(right) + 1 if right in names else None


# Tables


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a proportion (Wilson 1927)."""
    share = right / count
    middle = share + _Z**2 / (2 * count)
    reach = _Z * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    scale = 1 + _Z**2 / count
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def shown(found: Sequence[int | None], k: int) -> str:
    """Return recall@k with its interval."""
    right = sum(rank is not None and rank <= k for rank in found)
    low, high = wilson(right, len(found))
    return f"{right / len(found):.3f} [{low:.3f} {high:.3f}]"


def table(title: str, rows: Mapping[str, Sequence[Ranks]], cutoffs: Sequence[int]) -> None:
    """Print recall at each cutoff, a row for each order of each cell."""
    print(f"\n{title}\n{'':24}{'n':>5}  {'order':7}" + "".join(f"  {f'recall@{k}':>19}" for k in cutoffs))
    for cell, found in rows.items():
        for order, places in (("both", [one.both for one in found]), ("meaning", [one.meaning for one in found])):
            lead = f"{cell:24}{len(found):5}" if order == "both" else " " * 29
            print(f"{lead}  {order:7}" + "".join(f"  {shown(places, k)}" for k in cutoffs))
    sys.stdout.flush()


def square(title: str, tally: Tally, languages: Sequence[str], k: int) -> None:
    """Print recall@k of both legs for each language of questions (down) in each language of texts (across)."""
    print(f"\n{title}: recall@{k}, n = {len(tally[languages[0], languages[0]])} a cell")
    print("question" + "".join(f"  {f'{language} text':>19}" for language in languages))
    for asked in languages:
        across = (shown([one.both for one in tally[asked, language]], k) for language in languages)
        print(f"{asked:8}" + "".join(f"  {cell}" for cell in across))
    sys.stdout.flush()


def cells(tally: Tally) -> dict[str, list[Ranks]]:
    """Return the cells by name, those within a language first."""
    ordered = sorted(tally, key=lambda pair: (pair[0] != pair[1], pair))
    return {f"{asked} question, {text} text": tally[asked, text] for asked, text in ordered}


# The four parts


def xquad(embedder: Embedder, documents: Sequence[Document], questions: Sequence[Question], count: int) -> None:
    tally: Tally = defaultdict(list)
    asked = sampled(questions, count)
    for number, filed in enumerate(halves(documents), start=1):
        measure(embedder, filed, asked, tally, f"XQuAD, half {number}")
    table(f"XQuAD, {len(documents)} paragraphs, half in each language", cells(tally), (1, 3, 5))


def cmrc(embedder: Embedder, folder: Path, count: int) -> None:
    documents, questions = parallel({"zh": folder / CMRC})
    tally: Tally = defaultdict(list)
    filed = {one.name: Filed("zh", one.text["zh"]) for one in documents}
    measure(embedder, filed, sampled(questions, count), tally, "CMRC")
    table(f"CMRC 2018 trial, {len(documents)} passages, all Chinese", cells(tally), (1, 5))


def small(embedder: Embedder, documents: Sequence[Document], questions: Sequence[Question], count: int) -> None:
    wanted = min(count, _SMALL_QUESTIONS)
    for size in _SMALL:
        chance = random.Random(_SEED)
        tally: Tally = defaultdict(list)
        draws = 0
        while not tally or min(map(len, tally.values())) < wanted:
            filed = drawn(documents, size, chance)
            asked = [one for one in questions if one.document in filed]
            measure(embedder, filed, sampled(asked, count), tally, f"{size} a language")
            draws += 1
        table(f"{size} paragraphs a language, drawn {draws} times", cells(tally), (1, 5))


def six_languages(embedder: Embedder) -> None:
    documents, questions = statements()
    languages = list(documents[0].text)
    tally: Tally = defaultdict(list)
    for shift in range(len(languages)):
        chosen = {one.name: languages[(one.article + shift) % len(languages)] for one in documents}
        filed = {one.name: Filed(chosen[one.name], one.text[chosen[one.name]]) for one in documents}
        measure(embedder, filed, questions, tally, f"six languages, shift {shift}")
    title = f"{len(documents)} statements, two in each of six languages"
    for k in (1, 3):
        square(title, tally, languages, k)
    # A cell holds few; sums tell more. We ship the means of English and Chinese, and of no other language.
    sums: defaultdict[str, list[Ranks]] = defaultdict(list)
    for (asked, text), found in tally.items():
        known = [language in ("en", "zh") for language in (asked, text)]
        group = "en, zh" if all(known) else "one of en, zh" if any(known) else "es, de, ru, ja"
        sums[f"{'within' if asked == text else 'across'}: {group}"] += found
    table(f"{title}, summed", dict(sorted(sums.items(), reverse=True)), (1, 3))


def mixed(embedder: Embedder, documents: Sequence[Document]) -> None:
    """Measure passages that begin in English and go on in Chinese, among those of XQuAD."""
    added, questions = statements()
    both = {one.name: Filed("mixed", _half_and_half(one)) for one in added}
    asked = [Question(one.document, {language: one.text[language] for language in ("en", "zh")}) for one in questions]
    tally: Tally = defaultdict(list)
    for number, filed in enumerate(halves(documents), start=1):
        measure(embedder, filed | both, asked, tally, f"mixed passages, half {number}")
    taken = [language_of(one.text) for one in both.values()]
    held = ", ".join(f"{taken.count(language)} for {language}" for language in sorted(set(taken)))
    title = f"{len(both)} passages in English and Chinese (taken {held}) among XQuAD's, each asked in both halves"
    table(title, cells(tally), (1, 5))


def _half_and_half(document: Document) -> str:
    """Return the first sentence in English, the rest in Chinese."""
    first = sentences(document.text["en"])[0]
    rest = sentences(document.text["zh"])[1]
    return f"{document.text['en'][first.start : first.end]} {document.text['zh'][rest.start :]}"


def sampled(questions: Sequence[Question], count: int) -> list[Question]:
    """Return `count` questions of these, the same at every run; all, in order, where there are no more."""
    return list(questions) if count >= len(questions) else random.Random(_SEED).sample(list(questions), count)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=1_000_000)
    options = parser.parse_args()
    embedder = Remembering(SentenceEmbedder())
    files = {language: options.folder / name for language, name in XQUAD.items()}
    documents, questions = parallel(files)
    xquad(embedder, documents, questions, options.n)
    cmrc(embedder, options.folder, options.n)
    small(embedder, documents, questions, options.n)
    six_languages(embedder)
    mixed(embedder, documents)


if __name__ == "__main__":
    main()
