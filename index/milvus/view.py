"""What an index on a server holds at one moment, and what a question finds there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.centring import Centres, Priors
from index.chinese import in_each_script
from index.engine import shares
from index.errors import IndexFolderError
from index.filters import Filter
from index.language import language_of
from index.milvus.client import Client, quoted
from index.milvus.head import Head, number_of, version_at
from index.milvus.layout import (
    NO_WORDS,
    PASSAGE_FIELDS,
    SOURCE_FIELDS,
    Kept,
    Listed,
    Names,
    Records,
    Stored,
    among,
    analysed,
    days,
    fact,
    heading_folded,
    number_in,
    of_kinds,
    stored,
    whole,
    with_text,
)
from index.passages import Passage, embedded_text
from index.search import Nearest
from index.snapshot import Entry, LanguageSum, Place, TextLoader, Vectors, batched, listed_source, titled
from index.sources import Source

_AT_ONCE = 1_000  # values of one expression
_BEYOND = 16  # rows that are asked for beyond those wanted, for those that are not visible
_WORDS = 32  # of a question: a pasted page is searched by its first ones
MOST = 16_384  # that a search may give


class MilvusView:
    """Reads of one moment: what the head says, whatever is written meanwhile."""

    def __init__(self, client: Client, names: Names, head: Head, strong: bool) -> None:
        self._client = client
        self._names = names
        self.strong = strong  # the head is so new that a server may lag behind it
        self.head = head

    def _records(self, expression: str, *kinds: str) -> Records:
        both = f"{of_kinds(*kinds)} and ({expression})" if expression else of_kinds(*kinds)
        rows = self._client.rows(self._names.sources, both, SOURCE_FIELDS, self.strong)
        sees = {version: self.head.sees(version) for version in {version_at(number_in(row)) for row in rows}}
        return Records.of(row for row in rows if sees[version_at(number_in(row))])

    @property
    def dimension(self) -> int | None:
        return self.head.dimension if self.head.count else None

    # Sources

    def sources(self, load: TextLoader, ids: Sequence[str] = ()) -> list[Source]:
        """Return every source, or some, by title; each loads its text with `load` when it is asked for."""
        listed: list[Listed] = []
        places: list[Kept] = []
        for expression in [among("source", of) for of in batched(dict.fromkeys(ids), _AT_ONCE)] if ids else [""]:
            records = self._records(expression, "list", "place")
            listed += records.listed
            places += records.places
        uri = {one.place.source_id: one.place.uri for one in sorted(places, key=lambda one: one.version)}
        found = [
            listed_source({**one.fields, "id": one.source_id, "uri": uri.get(one.source_id, "")}, load)
            for one in _latest(listed)
        ]
        return sorted(found, key=lambda one: (one.title, one.id))

    def source(self, source_id: str) -> Source | None:
        records = self.records_of(source_id)
        for one in _latest(records.listed):
            uri = records.places[-1].place.uri if records.places else ""
            return whole(one, records.texts[one.version], uri)
        return None

    def records_of(self, source_id: str) -> Records:
        """Return a source's list entry, text and places."""
        return self._records(f"source == {quoted(source_id)}", "list", "text", "place")

    def source_ids(self) -> list[str]:
        listed = _latest(self._records("", "list").listed)
        return [one.source_id for one in sorted(listed, key=lambda one: (str(one.fields["title"]), one.source_id))]

    def listed(self, ids: Iterable[str]) -> dict[str, Listed]:
        """Return the list entries of sources by their ids."""
        found = [
            one
            for of in batched(dict.fromkeys(ids), _AT_ONCE)
            for one in self._records(among("source", of), "list").listed
        ]
        return {one.source_id: one for one in _latest(found)}

    def has_source(self, source_id: str) -> bool:
        return source_id in self.listed([source_id])

    def place(self, uri: str) -> Place | None:
        found = self.kept_at([uri])
        return found[0].place if found else None

    def kept_at(self, uris: Iterable[str]) -> list[Kept]:
        """Return what stands at places."""
        wanted = set(uris)
        found: dict[str, Kept] = {}
        for of in batched(sorted({uri[:16_000] for uri in wanted}), _AT_ONCE):
            for one in self._records(among("uri", of), "place").places:
                if one.place.uri in wanted:
                    found[one.place.uri] = one
        return list(found.values())

    def kept_of(self, source_ids: Iterable[str]) -> list[Kept]:
        """Return where sources were read, in the order that they were."""
        return [
            one
            for of in batched(dict.fromkeys(source_ids), _AT_ONCE)
            for one in self._records(among("source", of), "place").places
        ]

    def places(self, source_id: str) -> list[Place]:
        return [one.place for one in self.kept_of([source_id])]

    def places_under(self, folder: str) -> list[Place]:
        # "_" of a folder's name stands for any character to LIKE, so this finds too many rather than too few.
        pattern = quoted(folder.replace("%", "_").replace("\\", "_")[:1_000] + "%")
        found = [one.place for one in self._records(f"uri like {pattern}", "place").places]
        return sorted((one for one in found if one.uri.startswith(folder)), key=lambda one: one.uri)

    def passage_counts(self) -> dict[str, int]:
        """Return how many passages of each source, by its id, a search may find."""
        return {one.source_id: one.searched for one in _latest(self._records("", "list").listed)}

    # Passages

    def _stored(self, expression: str) -> list[Stored]:
        rows = self._client.rows(self._names.passages, expression, PASSAGE_FIELDS, self.strong)
        found = [stored(row) for row in rows if self.head.sees(version_at(number_in(row)))]
        return self._with_texts(sorted(found, key=lambda one: one.number))

    def _with_texts(self, found: Sequence[Stored]) -> list[Stored]:
        """Return passages with the texts that were too long to stand beside them."""
        long = {one.passage.source_id for one in found if not one.passage.text and one.passage.end > one.passage.start}
        texts = {source_id: self.records_of(source_id).texts for source_id in long}
        return [
            replace(one, passage=with_text(one.passage, texts[one.passage.source_id][version_at(one.number)]))
            if one.passage.source_id in long and not one.passage.text
            else one
            for one in found
        ]

    def passages_of(self, source_id: str) -> list[Passage]:
        at = {one.number: one.passage for one in self._stored(f"source == {quoted(source_id)}")}
        for version, texts in self._records(f"source == {quoted(source_id)}", "text").texts.items():
            at |= {number_of(version, position): passage for position, passage in texts.furniture.items()}
        return [passage for _, passage in sorted(at.items())]

    def passages_by_id(self, ids: Iterable[str]) -> list[Passage]:
        """Return the passages of these ids, in their order, but for furniture, which a server knows no ids of."""
        wanted = list(ids)
        found = {one.passage.id: one.passage for one in self.by_id(wanted)}
        return [found[one] for one in wanted if one in found]

    def by_id(self, ids: Iterable[str]) -> list[Stored]:
        return [one for of in batched(dict.fromkeys(ids), _AT_ONCE) for one in self._stored(among("passage", of))]

    def at_numbers(self, numbers: Iterable[int]) -> dict[int, Stored]:
        """Return the passages of these numbers."""
        found = [
            one
            for of in batched(numbers, _AT_ONCE)
            for one in self._stored(f"number in [{', '.join(str(number) for number in of)}]")
        ]
        return {one.number: one for one in found}

    def languages(self) -> list[LanguageSum]:
        return list(self.head.languages)

    def vectors_by_id(self, ids: Sequence[str]) -> Vectors:
        found = {one.passage.id: one.vector for one in self.by_id(ids)}
        rows = [found[one] for one in ids if one in found]
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    def embedded(self, source_id: str) -> dict[str, Vectors]:
        """Return the raw vectors of a source's passages by the texts that they were made of."""
        listed = self.listed([source_id])
        if source_id not in listed:
            return {}
        title = str(listed[source_id].fields["title"]) if listed[source_id].stated else None
        found = self._stored(f"source == {quoted(source_id)}")
        return {embedded_text(title, one.passage): one.vector for one in found}

    def entries(self, source_ids: Sequence[str]) -> list[tuple[Entry, list[Place]]]:
        """Return sources as they can be stored elsewhere, and where each was read."""
        of = among("source", source_ids)
        records = self._records(of, "list", "text", "place")
        searched: dict[int, list[Stored]] = defaultdict(list)
        for one in self._stored(of):
            searched[version_at(one.number)].append(one)
        entries = {}
        for listed in _latest(records.listed):
            texts, mine = records.texts[listed.version], searched[listed.version]
            cut = {one.number: one.passage for one in mine}
            cut |= {number_of(listed.version, at): passage for at, passage in texts.furniture.items()}
            vectors = np.stack([one.vector for one in mine]) if mine else np.zeros((0, 0), np.float32)
            source = titled(whole(listed, texts, ""), listed.stated)
            places = [one.place for one in records.places if one.place.source_id == listed.source_id]
            entries[listed.source_id] = Entry(source, [passage for _, passage in sorted(cut.items())], vectors), places
        return [entries[one] for one in source_ids if one in entries]


def _latest(listed: Iterable[Listed]) -> list[Listed]:
    """Return one entry of each source: should two writers have brought the same, the later one."""
    return list({one.source_id: one for one in sorted(listed, key=lambda one: one.version)}.values())


@dataclass(frozen=True)
class Question:
    """What is asked: a text, its raw vector, and what the answer is narrowed to."""

    text: str
    vector: Vectors  # shape (dimension,)
    wanted: Filter


class MilvusLegs:
    """Both legs for one question at one moment of a server."""

    def __init__(self, view: MilvusView, client: Client, names: Names, priors: Priors, question: Question) -> None:
        self._view = view
        self._client = client
        self._names = names
        head = view.head
        # What is near is looked for by the centres that the server's vectors have; what it scores, by those of now.
        self._centres = Centres.of(head.languages, priors)
        language = language_of(question.text)
        self._sought = Centres.of(head.sums, priors).centre_question(question.vector, language)
        self._centred = self._centres.centre_question(question.vector, language)
        self._narrowed = expression_of(question.wanted)
        self._found: dict[int, Stored] = {}

    def __len__(self) -> int:
        return self._view.head.count

    def by_words(self, query: str, k: int) -> Mapping[int, float]:
        """Return the BM25 scores, by the server, of the passages that hold the query's words, as shares of the best."""
        [found] = analysed([" ".join(in_each_script(query))])
        asked = " ".join(list(dict.fromkeys(found.split()))[:_WORDS])
        if asked == NO_WORDS:
            return {}
        return shares([one for one in self._near(self._names.passages, "bm25", asked, k) if one[1] > 0])

    def by_meaning(self, k: int, brought: Sequence[int]) -> Nearest:
        """Return what lies nearest; scores are of the raw vectors, whatever the server rounds."""
        k = min(k, MOST)
        near = [
            number for number, _ in self._near(self._names.vectors(self._view.head.epoch), "vector", self._sought, k)
        ]
        new = [number for number in {*near, *brought} if number not in self._found]
        self._found |= self._view.at_numbers(new)
        held = [self._found[number] for number in dict.fromkeys([*near, *brought]) if number in self._found]
        if not held:
            return Nearest(frozenset(), {})
        vectors = self._centres.centre(np.stack([one.vector for one in held]), [one.passage.language for one in held])
        scores = dict(zip([one.number for one in held], (vectors @ self._centred).tolist(), strict=True))
        return Nearest(frozenset(near) & scores.keys(), scores)

    def passages(self, numbers: Iterable[int]) -> Mapping[int, Passage]:
        return {number: self._found[number].passage for number in numbers}

    def _near(self, collection: str, field: str, asked: "Vectors | str", k: int) -> list[tuple[int, float]]:
        """Return the visible rows nearest to what is asked.

        Rows that are not visible are few, and mostly none are met: so the server is asked to leave them out only when
        they took the places of others.
        """
        head, strong = self._view.head, self._view.strong
        found = self._client.near(collection, field, asked, min(k + _BEYOND, MOST), self._narrowed, strong)
        seen = [one for one in found if head.sees(version_at(one[0]))]
        if len(seen) < min(k, len(found)):
            both = f"({head.visible()})" + (f" and ({self._narrowed})" if self._narrowed else "")
            seen = self._client.near(collection, field, asked, k, both, strong)
        return seen[:k]


def expression_of(wanted: Filter) -> str:
    """Return a filter as an expression of Milvus'; values stand in it quoted, as numbers, or as digests."""
    return " and ".join(_condition(one.name, one.values) for one in wanted.asked)


def _condition(name: str, values: Sequence[str]) -> str:
    if name == "heading":
        return f"heading_folded like {quoted(f'%{heading_folded(values[0])}%')}"
    if name == "published":
        first, last = values
        bounds = ["last_day > 0"]
        bounds += [f"last_day >= {days(first)[0]}"] * bool(first)
        bounds += [f"first_day <= {days(last)[1]}"] * bool(last)
        return " and ".join(bounds)
    if name == "metadata":
        pairs = zip(values[::2], values[1::2], strict=True)
        return " and ".join(_fact(key, value) for key, value in pairs) or "number >= 0"
    return f"({among(name, values)})"


def _fact(name: str, value: str) -> str:
    if value == "null":
        return f"not array_contains(facts, {quoted(fact(name))})"
    return f"array_contains(facts, {quoted(fact(name, value))})"


def require_there(head: Head | None, address: object) -> Head:
    if head is None:
        raise IndexFolderError(f"{address} is no index of Yiju's any more. Was it dropped? Open it again.")
    return head
