"""How many independent origins stand behind an answer: a copy, a retelling or a quotation is no second source."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from assistant.differences import tokens
from assistant.evidence import terms
from assistant.figures import quantities
from assistant.names import latin_names, pinyin_names, spells
from index import Index, Source
from index.chinese import simplified
from index.language import language_of
from index.passages import sentences
from index.words import letters

Relation = Literal["copies", "quotes", "retells", "same author"]

_LONGEST = 20_000  # characters of each source that are compared: what is copied is most often copied from the beginning
_READ_ALOUD = 2_000  # characters of a Chinese text in which names in pinyin are looked for
_MOST_NAMES = 6
_MOST_SENTENCES = 12  # of each source that are compared by meaning

# Runs this long are shared by copying, hardly by chance.
_SHINGLE = 8  # Chinese characters
_SHINGLE_OF_WORDS = 6
_COPIED = 0.4  # of the shorter text
_RUN = 12  # characters: a run this long within quotation marks is quoted, not met by chance
_SHORT_RUN = 3  # in Chinese, where a character says as much as half a word
_QUOTED_ONCE = 12  # characters of quoted words that the other source holds: one long quotation, or two short ones
_CREDITED_SHARE = 0.12  # of the shorter text's shingles, where one names the other or says that it retells

# Retold: the sentences of the shorter text have their like in the other, and what it states stands there. Translations
# lie farther apart than retellings within a language, so that there more of what is stated must be the same.
_LIKE, _LIKE_ACROSS = 0.5, 0.4
_RETOLD = 0.6  # of the shorter text's sentences
_HELD, _HELD_ACROSS = 0.65, 0.8  # of its figures and names
_TRANSLATED = 0.55  # of mean similarity across languages: a translation, of which a figure or two may be another
_WORDS = 0.45  # of the shorter text's words, within a language

_QUOTED = re.compile(
    r"“([^”]{2,200})”|「([^」]{2,200})」|\"([^\"]{2,200})\"|(?:概括|形容|称之?为)[:：]? ?([\u3400-\u9fff]{4})"
)
_CREDIT = re.compile(
    r"据[^。，,]{1,24}(?:报道|消息|介绍|称|透露)|转自|转载|转发自|编译自|原文(?:链接|来源)?[:：]|摘自|援引|(?:来源|出处)[:：]|网友|有人(?:称|说|指出|吐槽)"
    r"|\baccording to\b|\bas .{2,40} reports?\b|\breported(?:ly)?\b|\bvia\b|\bquot(?:es?|ed|ing)\b"
    r"|\boriginally (?:published|appeared)\b"
    r"|\brepublished\b|\bsummari[sz]ed from\b|\bdistilled\b|\boriginal source\b|\busers (?:describe|say)\b"
    r"|\bwrites .{2,40} on\b|\btold\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Link:
    """What makes one source no independent witness beside another: `source_id` copies, quotes or retells `of`."""

    source_id: str
    of: str
    relation: Relation


@dataclass(frozen=True)
class Origins:
    """The cited sources, grouped: each group of source ids is one origin and the copies of it."""

    groups: tuple[tuple[str, ...], ...]
    links: tuple[Link, ...] = ()

    @property
    def sources(self) -> int:
        return sum(len(group) for group in self.groups)

    @property
    def independent(self) -> int:
        return len(self.groups)


def origins_of(sources: Iterable[Source], index: Index | None = None) -> Origins:
    """Group sources of which one copies, quotes or retells another.

    Words are compared by code; across languages, and where a text was told anew, sentences by their meaning, for which
    the index gives the vectors. Without it only words are compared.
    """
    apart = sorted({source.id: source for source in sources}.values(), key=lambda source: source.id)
    texts = {source.id: _Text(source) for source in apart}
    links = [
        link
        for one, other in combinations(apart, 2)
        if (link := _link(one, other, texts[one.id], texts[other.id], index))
    ]
    group_of = {source.id: {source.id} for source in apart}
    for link in links:
        joined = group_of[link.source_id] | group_of[link.of]
        for source_id in joined:
            group_of[source_id] = joined
    groups = sorted({tuple(sorted(group)) for group in group_of.values()})
    return Origins(tuple(groups), tuple(links))


class _Text:
    """A source's text as it is compared; each form is made when it is asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = simplified(source.text[:_LONGEST])
        self.plain = letters(self.text)
        run = tokens(self.text)
        wide = sum(token >= "\u3040" for token in run)
        size = _SHINGLE if 2 * wide > len(run) else _SHINGLE_OF_WORDS
        self.shingles = {tuple(run[i : i + size]) for i in range(max(1, len(run) - size + 1))}
        self.sentences = [self.text[span.start : span.end] for span in sentences(self.text)]

    @property
    def quoted(self) -> list[str]:
        found = (next(filter(None, match.groups())) for match in _QUOTED.finditer(self.text))
        return list(dict.fromkeys(map(letters, found)))


def _link(one: Source, other: Source, text: _Text, beside: _Text, index: Index | None) -> Link | None:
    later, earlier = _in_order(one, other)
    shared = len(text.shingles & beside.shingles) / min(len(text.shingles), len(beside.shingles))
    if shared >= _COPIED:
        return Link(later.id, earlier.id, "copies")
    for a, b in ((text, beside), (beside, text)):
        if _quotes(a, b):
            return Link(a.source.id, b.source.id, "quotes")
        if _credits(a, b, shared):
            return Link(a.source.id, b.source.id, "retells")
    if one.author and other.author and letters(one.author) == letters(other.author):
        return Link(later.id, earlier.id, "same author")
    if index is not None and _retold(text, beside, index):
        credited = [a for a in (one, other) if _CREDIT.search(a.text[:_LONGEST])]
        teller = credited[0] if len(credited) == 1 else later
        return Link(teller.id, (other if teller is one else one).id, "retells")
    return None


def _in_order(one: Source, other: Source) -> tuple[Source, Source]:
    """Return the later one first; of two without dates the longer, for what is copied is most often wrapped."""
    key = [(source.published or "", len(source.text)) for source in (one, other)]
    return (one, other) if key[0] > key[1] else (other, one)


def _quotes(one: _Text, other: _Text) -> bool:
    """Whether a text holds words of another in quotation marks: one long stretch, or two short ones."""
    held = [words for words in one.quoted if len(words) >= _SHORT_RUN and _weight(words) and words in other.plain]
    weight = sum(_weight(words) for words in held)
    return weight >= _QUOTED_ONCE and (len(held) > 1 or weight >= 2 * _RUN or bool(_CREDIT.search(one.text)))


def _weight(words: str) -> int:
    """Return the length of quoted words as Latin letters count; a name of a few is none."""
    wide = sum(character >= "\u3400" for character in words)
    weight = 3 * wide + len(words) - wide
    return weight if weight >= 9 else 0


def _credits(one: _Text, other: _Text, shared: float) -> bool:
    """Whether a text names the other's author, address or title and shares words with it."""
    credits = _CREDIT.search(one.text) is not None
    source = other.source
    linked = any(
        address and letters(address.split("://")[-1]) in one.plain
        for address in (source.url, source.uri)
        if len(address or "") > 12
    )
    names = [name for name in (source.author, source.stated_title) if name and len(letters(name)) >= 4]
    named = any(
        letters(part) in one.plain for name in names for part in re.split(r"[()（）]", name) if len(letters(part)) >= 4
    )
    return linked or (credits and (named or shared >= _CREDITED_SHARE) and (named or shared > 0))


def _retold(one: _Text, other: _Text, index: Index) -> bool:
    """Whether the shorter text's sentences have their like in the other, and its figures and names stand there."""
    shorter, longer = sorted((one, other), key=lambda text: _length(text.text))
    mine, theirs = shorter.sentences[:_MOST_SENTENCES], longer.sentences[:_MOST_SENTENCES]
    if len(mine) < 2 or not theirs:
        return False  # one sentence is like another by chance
    across = language_of(shorter.text) != language_of(longer.text)
    told = _tellings(shorter.text, longer.text)
    words = terms(shorter.text)
    shared = len(words & terms(longer.text)) / max(1, len(words))
    # What code can rule out is not embedded: vectors are the dear part.
    if across and (told is None or told < _HELD):
        return False
    if not across and (shared < _LIKE if told is None else shared < _WORDS or told < _HELD):
        return False
    vectors = index.fair_vectors([*mine, *theirs])
    nearest = (vectors[: len(mine)] @ vectors[len(mine) :].T).max(axis=1)
    if across:
        needed = _HELD if float(nearest.mean()) >= _TRANSLATED else _HELD_ACROSS
        return told is not None and told >= needed and bool(np.mean(nearest >= _LIKE_ACROSS) >= _RETOLD)
    return bool(np.mean(nearest >= _LIKE) >= _RETOLD)


def _length(text: str) -> float:
    return len(text) + 2 * sum(character >= "\u3400" for character in text)


def _tellings(text: str, other: str) -> float | None:
    """Return which share of a text's figures and names another holds; None where there are fewer than three."""
    stated = quantities(other)
    held = [any(one.agrees(there) for there in stated) for one in quantities(text)]
    plain = letters(other)
    if language_of(text) == language_of(other):
        held += [letters(name) in plain for name in latin_names(text)]
    else:
        chinese, latin = (other, text) if language_of(other) == "zh" else (text, other)
        # Reading characters aloud is slow: the beginning of a text, and its first names.
        held += [spells(chinese[:_READ_ALOUD], name) for name in pinyin_names(latin)[:_MOST_NAMES]]
    return sum(held) / len(held) if len(held) >= 3 else None
