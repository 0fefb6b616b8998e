"""Whether an index on a server holds what it should, and how what is wrong is made right."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from index.embedding import Embedder, embed
from index.engine import Problem
from index.milvus.client import Client
from index.milvus.head import version_at
from index.milvus.layout import PASSAGE_FIELDS, Names, number_in, stored
from index.milvus.view import MilvusView
from index.passages import embedded_text, passages
from index.snapshot import Entry, LanguageSum, added, batched, summed

if TYPE_CHECKING:
    from index.milvus.engine import Milvus

_SOURCES = 128  # that are read together


def problems(client: Client, names: Names, view: MilvusView, go_on: Callable[[], None]) -> list[Problem]:
    """Return what is wrong; an empty list when all is well."""
    found = list(_of_sources(view, go_on))
    if found:
        return found
    held = {one.language: one for one in view.languages()}
    counted = {one.language: one for one in counts(client, names, view, go_on)}
    for language in sorted(held.keys() | counted.keys()):
        here, there = held.get(language), counted.get(language)
        if not here or not there or here.count != there.count or not np.allclose(here.total, there.total, atol=1e-3):
            found.append(Problem("sums", f"the sum of the language {language!r} is not that of its vectors"))
    if view.head.epoch:
        rows = client.pages(names.vectors(view.head.epoch), "", ["number"], strong=True)
        vectors = {number_in(row) for page in rows for row in page}
        wanted = {number for number, _ in _numbers(client, names, view, go_on)}
        seen = {number for number in vectors if view.head.sees(version_at(number))}
        if seen != wanted:
            found.append(Problem("vectors", f"{len(seen ^ wanted)} passages have no vector, or one too many"))
    return found


def _of_sources(view: MilvusView, go_on: Callable[[], None]) -> Iterator[Problem]:
    counts = view.passage_counts()
    for some in batched(counts, _SOURCES):
        go_on()
        for entry, _ in view.entries(some):
            source, cut = entry.source, entry.passages
            wrong = sum(source.text[one.start : one.end] != one.text for one in cut)
            searched = sum(not one.furniture for one in cut)
            for text in (
                f"{wrong} passages are not what stands in its text" if wrong else "",
                "passages are missing, or too many" if searched != counts[source.id] else "",
            ):
                if text:
                    yield Problem("source", f"{source.title!r}: {text}", source.id)


def _numbers(client: Client, names: Names, view: MilvusView, go_on: Callable[[], None]) -> Iterator[tuple[int, str]]:
    for page in client.pages(names.passages, "", ["number", "language"], strong=True):
        go_on()
        for row in page:
            if view.head.sees(version_at(number_in(row))):
                yield number_in(row), str(row["language"])


def counts(client: Client, names: Names, view: MilvusView, go_on: Callable[[], None]) -> tuple[LanguageSum, ...]:
    """Return how many vectors there are of each language, and their sum, counted afresh."""
    sums = []
    for page in client.pages(names.passages, "", PASSAGE_FIELDS, strong=True):
        go_on()
        found = [stored(row) for row in page if view.head.sees(version_at(number_in(row)))]
        if found:
            vectors = np.stack([one.vector for one in found]).astype(np.float16)
            sums.append(summed([one.passage.language for one in found], vectors))
    return added(sums)


def repair(engine: "Milvus", client: Client, names: Names, found: Sequence[Problem], embedder: Embedder) -> None:
    """Store the sources anew that are wrong, and count again."""
    for source_id in dict.fromkeys(problem.source_id for problem in found if problem.source_id):
        with engine.long_view() as (view, _):
            source, cut, places = view.source(source_id), view.passages_of(source_id), view.places(source_id)
            searched = view.passage_counts().get(source_id)
        if source is None:
            continue
        if sum(not one.furniture for one in cut) != searched:
            cut = passages(source)  # those that are gone are known by nothing else
        cut = [replace(one, text=source.text[one.start : one.end]) for one in cut]
        texts = [embedded_text(source.stated_title, one) for one in cut if not one.furniture]
        vectors = embed(embedder, texts, None) if texts else np.zeros((0, 0), np.float32)
        engine.put([Entry(source, cut, vectors)], places, anew=True)
    with engine.long_view() as (view, go_on):
        languages = counts(client, names, view, go_on)
    engine.recount(lambda head: replace(head, languages=languages))
