"""Whether an index holds what it should, and how what is wrong is made right."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from index import schema
from index.centring import Priors
from index.embedding import Embedder, embed
from index.engine import Problem
from index.passages import embedded_text
from index.snapshot import Entry, Snapshot
from index.store import Store
from index.vectors import DenseIndex


def problems(store: Store, vectors: Path, priors: Priors) -> list[Problem]:
    """Return what is wrong with an index; an empty list when all is well."""
    with store.snapshot() as now:
        found = [Problem("database", detail) for detail in now.damage()]
        if found:
            return found  # what else would be found follows from it
        found += _of_sources(now)
        if found:
            return found
        found += [Problem("words", detail) for detail in now.words_astray()]
        found += [Problem("sums", detail) for detail in now.sums_astray()]
        found += _of_file(now, vectors, priors)
    if damage := store.damage_of_words():
        found.append(Problem("words", damage))
    return found


def _of_sources(now: Snapshot) -> Iterator[Problem]:
    dimension = int(now.setting("dimension") or 0)
    for source_id in now.source_ids():
        source = now.source(source_id)
        assert source is not None
        cut = now.passages_of(source_id)
        wrong = sum(source.text[one.start : one.end] != one.text for one in cut)
        if wrong:
            yield Problem("source", f"{source.title!r}: {wrong} passages are not what stands in its text", source_id)
        lacking = now.vectors_lacking(source_id, dimension)
        if lacking or not np.isfinite(now.vectors_by_id([one.id for one in cut])).all():
            yield Problem("source", f"{source.title!r}: passages have no vector, or one that holds NaN", source_id)


def _of_file(now: Snapshot, path: Path, priors: Priors) -> Iterator[Problem]:
    if not path.exists():
        return
    base = DenseIndex.load(path, now.setting("embedder") or "", priors)
    if base is None:
        yield Problem("vectors file", f"{path.name} is damaged, or of another model")
        return
    last = int(base.numbers[-1]) if len(base) else 0
    stands = np.concatenate([batch.numbers for batch in now.searched()] or [np.zeros(0, np.int64)])
    kept = np.setdiff1d(base.numbers, now.removed(base.generation))
    if not now.was(base.generation) or not np.array_equal(kept, stands[stands <= last]):
        yield Problem("vectors file", f"{path.name} holds other passages than the database")


def repair(store: Store, vectors: Path, priors: Priors, embedder: Embedder) -> list[Problem]:
    """Make right what can be, and return what remains: a damaged database, for which a copy is needed."""
    found = problems(store, vectors, priors)
    if not found or any(problem.where == "database" for problem in found):
        return found
    for source_id in {problem.source_id for problem in found if problem.source_id}:
        _store_again(store, source_id, embedder)
    with store.transaction() as connection:
        schema.derive_again(connection)
    vectors.unlink(missing_ok=True)
    return problems(store, vectors, priors)


def _store_again(store: Store, source_id: str, embedder: Embedder) -> None:
    """Store a source's passages as they stand in its text, with new vectors."""
    with store.snapshot() as now:
        source, cut, places = now.source(source_id), now.passages_of(source_id), now.places(source_id)
    if source is None:
        return  # another process has removed it
    cut = [replace(one, text=source.text[one.start : one.end]) for one in cut]
    texts = [embedded_text(source.stated_title, one) for one in cut if not one.furniture]
    vectors = embed(embedder, texts, None) if texts else np.zeros((0, 0), np.float32)
    store.replace(Entry(source, cut, vectors), places)
