"""Where sources disagree on what was asked: by figure, date, name, negation or opposite word, across languages too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, product
from typing import Literal

from assistant.agents import agents, deed_asked
from assistant.differences import Kind, compare, departures, is_grammar, tokens
from assistant.figures import PERIODS, Quantity, quantities, unmatched
from assistant.names import Told, is_name, latin_names, people, same_person, spelt_names, stands_in, titles_in
from assistant.polarity import ends, negations, opposite
from assistant.verify import Part, Parts
from index import Index, Source
from index.chinese import simplified
from index.language import in_two_languages

# Fair similarity of two sentences that may speak of one thing, and of each with the question.
_ALIKE, _ALIKE_ACROSS = 0.45, 0.25
_ASKED = 0.25
_COPIES, _ASKED_OF_COPIES = 0.75, 0.15  # two sentences that are one but for what was asked need not repeat the question
_TRANSLATED = 0.5  # across languages: two sentences that say the same throughout, but for a figure
_TOLD_OF = 0.5  # of the passage: where it surely is of what was asked, its copies may leave that to the sentence before
_READ = 20_000  # characters of a source in which the question's names are looked for
_ROUGHLY = 0.1  # how far a figure that is called rough may lie from another

_MOST_PEOPLE = 3  # that two sentences name which both name one: more are a list
# Where something is, behind the preposition and before the verb.
_WHERE = re.compile(
    "在(?P<zh>[\u3400-\u9fff]{2,10}?)(?:举[办行]|召开|开幕|成立|出生|落成|设立)"
    r"|\b(?:held|hosted|located|based|born|founded|takes? place|took place)\s+(?:\w+\s+){0,3}?(?:in|at)\s+"
    r"(?P<en>[A-Z][\w’'-]+(?:,?\s+[A-Z][\w’'-]+)*)"
)
_FRAME = 3  # tokens around what a source says, that another has around what it says instead
_LONGEST_NAME = 8  # tokens

_ROUGH = re.compile(
    r"\b(?:about|around|nearly|almost|roughly|approximately|over|more than|at least|up to|some|estimated)\b"
    "|约|近|大约|左右|上下|超过|多达|至少|不到|估计|[多余](?=[人名米吨元个年公万亿])|将近",
    re.IGNORECASE,
)
# What happens once: two dates of it disagree. Of other things two dates are two occasions.
_ONCE = re.compile(
    r"\b(?:found(?:ed)?|born|died?|built|completed|opened|launched|published|signed|established|invented|discovered|designed"
    r"|created|erected|inaugurated)\b|成立|创立|创办|创建|建于|建成|建立|出生|生于|去世|逝世|竣工|通车|开通|发布|上市|启用|落成|开馆|发明|发现|签署|出版",
    re.IGNORECASE,
)

# What may have several answers: that two sources name two of them is no disagreement.
SEVERAL = re.compile(
    r"哪些|哪几|有谁|有什么|几种|\b(?:what|which|who)\b.{0,40}\bare\b|\b(?:list|enumerate)\b|\bname (?:the|all|some)\b",
    re.IGNORECASE,
)

# What kind of thing a thing is; its answer may be a word that is no name: football, a novel.
OF_A_KIND = re.compile(
    r"\b(?:what|which) (?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|happen\w*)\b)[a-z]+"
    r"|\bwhat (?:is|was) the (?:[a-z]+ ){1,2}of\b",
    re.IGNORECASE,
)

Asked = Literal["number", "time", "person", "place", "other"]
_ASKS: list[tuple[Asked, str]] = [
    (
        "time",
        r"\bwhen\b|\bwhat (?:year|date|day|month)\b|\bwhich year\b|\bwhat (?:is|was) the (?:\w+ )?date\b"
        r"|哪一?[年月天日]|何时|什么时候|几[年月号点]|日期|出生年月",
    ),
    (
        "number",
        r"\bhow (?:many|much|long|high|tall|far|old|large|big|deep|wide|heavy|fast)\b"
        r"|\bwhat\b.{0,40}\b(?:population|revenue|rate|area|height|length|price|cost)\b"
        r"|多少|多[长高大远深宽重快久]|几[个位人名家次座只米公条]|面积|人口|营收|比例",
    ),
    ("person", r"\bwho(?:m|se)?\b|谁|何人|哪位"),
    ("place", r"\bwhere\b|\bwhich (?:city|country|town|place)\b|哪里|哪儿|何处|在哪|哪个(?:城市|国家|地方)"),
]


_WANTED: dict[Asked, tuple[Kind, ...]] = {
    "number": ("figure",), "time": ("date",), "person": ("name",), "place": ("name",),
    "other": ("negation", "opposite", "figure", "date", "name"),
}  # fmt: skip


@dataclass(frozen=True)
class Disagreement:
    """Two parts of the evidence, of two sources, that state different things of what was asked."""

    kind: Kind
    part: Part
    other: Part
    says: tuple[str, str]  # the figure, name or words of each

    @property
    def newer(self) -> Part | None:
        """The part whose source is the later one, where both have dates of which one is later; newer is not righter."""
        mine, its = self.part.evidence.source.published, self.other.evidence.source.published
        if not mine or not its or mine[: len(its)] == its[: len(mine)]:
            return None
        return self.part if mine > its else self.other


def conflicts_in(index: Index, question: str, read: Parts, answer: str = "") -> tuple[Disagreement, ...]:
    """Return where the evidence disagrees on what was asked, the nearest to it first; one for each two sources, and for
    each two things said.

    With the answer that was given, also where a source says something else in the very place of what it says.
    """
    asks = what_is_asked(question)
    sources = {part.evidence.source.id: part.evidence.source for part in read.parts}
    about = {source_id for source_id, source in sources.items() if _about_what_is_asked(question, source)}
    near = [i for i, part in enumerate(read.parts) if part.evidence.source.id in about and _may_be_asked(asks, read, i)]
    pairs = [
        (float(read.asked[i] + read.asked[j]), i, j)
        for i, j in combinations(near, 2)
        if read.parts[i].evidence.source.id != read.parts[j].evidence.source.id
    ]
    found: dict[tuple[str, str], Disagreement] = {}
    told: set[frozenset[str]] = set()
    for _, i, j in sorted(pairs, reverse=True):
        one, other = read.parts[i], read.parts[j]
        key = (one.evidence.source.id, other.evidence.source.id)
        alike = float(read.vectors[i] @ read.vectors[j])
        if key in found or (min(read.asked[i], read.asked[j]) < _ASKED and not _are_copies(one, other, alike)):
            continue
        may_be_alike = _ALIKE_ACROSS if in_two_languages(one.text, other.text) else _ALIKE
        said = disagree(index, question, asks, one.text, other.text, alike) if alike >= may_be_alike else None
        said = said or (_in_its_place(question, answer, one, other) if answer else None)
        if not said or frozenset(said[1]) in told or (said[0] == "name" and SEVERAL.search(simplified(question))):
            continue
        told.add(frozenset(said[1]))
        found[key] = Disagreement(said[0], one, other, said[1])
    return tuple(found.values())


def what_is_asked(question: str) -> Asked:
    """Return what kind of thing a question asks for."""
    asked = simplified(question)
    return next((kind for kind, asks in _ASKS if re.search(asks, asked, re.IGNORECASE)), "other")


def _are_copies(one: Part, other: Part, alike: float) -> bool:
    return alike >= _COPIES or compare(one.text, other.text).share >= _COPIES


def _may_be_asked(asks: Asked, read: Parts, i: int) -> bool:
    """Whether a part may say what was asked: by itself or, of a figure or a date, in a passage that surely does."""
    asked = float(read.asked[i])
    in_its_passage = asks in ("number", "time") and asked > 0 and read.parts[i].evidence.score >= _TOLD_OF
    return asked >= _ASKED_OF_COPIES or in_its_passage


def _about_what_is_asked(question: str, source: Source) -> bool:
    """Whether a source holds the names of a question; one in another language may spell them in its own way."""
    text = f"{source.title} {source.text[:_READ]}"
    if in_two_languages(question, text):
        return True
    told = Told.of(text)
    return all(stands_in(told, name) for name in [*latin_names(question), *spelt_names(question)])


def disagree(
    index: Index, question: str, asks: Asked, text: str, other: str, alike: float
) -> tuple[Kind, tuple[str, str]] | None:
    """Return what each of two sentences says of what was asked, against the other; `alike` is their similarity."""
    mine, its = quantities(text), quantities(other)
    if (
        _of_other_times(mine, its)
        and asks != "time"
        and not (asks == "other" and _ONCE.search(simplified(text)) and _ONCE.search(simplified(other)))
    ):
        return None
    nearly = _nearly(index, question, asks, text, other)
    if nearly:
        return nearly
    if asks == "number":
        translated = alike >= _TRANSLATED and in_two_languages(text, other)
        return _by_figure(text, other, mine, its) or (_one_apart(mine, its) if translated else None)
    if asks == "time":
        # When it was founded: a year in which it was held is another's.
        once = [bool(_ONCE.search(simplified(of))) for of in (question, text, other)]
        return _by_date(mine, its) if all(once[1:]) or not once[0] else None
    if asks == "place":
        return _by_place(question, text, other)
    if asks == "person":
        return _by_agent(question, text, other)
    return _by_polarity(text, other) or _by_figure(text, other, mine, its)


def may_disagree(asks: Asked, kind: Kind, says: tuple[str, str], text: str, other: str) -> bool:
    """Return whether what two sentences say differs in what was asked, and not of other times or by a rough figure."""
    if kind not in _WANTED[asks] or (asks != "time" and _of_other_times(quantities(text), quantities(other))):
        return False
    rough = _is_rough(text) or _is_rough(other)
    return kind != "figure" or not any(_agree(a, b, rough) for a, b in product(*map(quantities, says)))


def _nearly(index: Index, question: str, asks: Asked, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Compare two sentences of which one is nearly the other; the kind of the difference must be what was asked."""
    nearest = compare(text, other)
    if not nearest.is_nearly_the_same or in_two_languages(text, other):
        return None
    found = departures(index, nearest)
    kinds = {one.kind for one in found}
    if asks in ("number", "time") and "name" in kinds:
        return None  # two things, each with a figure of its own
    if _is_rough(text) or _is_rough(other):
        found = [one for one in found if one.kind != "figure"]  # compared by their values
    for one in found:
        if one.kind in _WANTED[asks] and (one.kind != "name" or may_answer(question, one.says, one.instead_of)):
            return one.kind, (one.says, one.instead_of)
    return None


def may_answer(question: str, *words: str) -> bool:
    """Whether each of these stretches may be what a question asks for: a name, or any thing where its kind is asked."""
    return all(map(is_name, words)) or bool(OF_A_KIND.search(question))


def _of_other_times(mine: Sequence[Quantity], its: Sequence[Quantity]) -> bool:
    """Whether both say when, and not at the same time."""
    for kind in PERIODS:
        those, these = ({one.value for one in of if one.kind == kind} for of in (mine, its))
        if those and these and those.isdisjoint(these):
            return True
    return False


def _by_figure(
    text: str, other: str, mine: Sequence[Quantity], its: Sequence[Quantity]
) -> tuple[Kind, tuple[str, str]] | None:
    rough = _is_rough(text) or _is_rough(other)
    for kind in dict.fromkeys(one.kind for one in mine if not one.is_time and one.kind not in ("ordinal", "fraction")):
        those = [one for one in mine if one.kind == kind]
        these = [one for one in its if one.kind == kind]
        if not kind:  # bare numbers count different things, but for what is named behind both
            counted = [(a, b) for a, b in product(those, these) if _counts_the_same(a, text, b, other)]
            if counted and not any(_agree(a, b, rough) for a, b in counted):
                return "figure", (counted[0][0].written, counted[0][1].written)
            continue
        if those and these and not any(_agree(a, b, rough) for a, b in product(those, these)):
            return "figure", (those[0].written, these[0].written)
    return None


def _counts_the_same(one: Quantity, text: str, other: Quantity, beside: str) -> bool:
    """Whether the word behind two bare figures is the same: 640 seats and 460 seats."""
    nouns = [tokens(of[at.end : at.end + 24])[:2] for at, of in ((one, text), (other, beside))]
    if not all(nouns):
        return False
    chinese = nouns[0][0] >= "\u3400"
    return nouns[0] == nouns[1] if chinese else nouns[0][0] == nouns[1][0]


def _one_apart(mine: Sequence[Quantity], its: Sequence[Quantity]) -> tuple[Kind, tuple[str, str]] | None:
    """Return the one figure in which two sentences depart that state as many, and the others alike."""
    those, these = unmatched(mine, its), unmatched(its, mine)
    if len(mine) == len(its) > 1 and len(those) == len(these) == 1 and not those[0].is_time:
        return "figure", (those[0].written, these[0].written)
    return None


def _is_rough(text: str) -> bool:
    return bool(_ROUGH.search(simplified(text)))


def _agree(one: Quantity, other: Quantity, rough: bool) -> bool:
    far = abs(one.value - other.value)
    return one.is_one_with(other) or (rough and float(far) <= _ROUGHLY * float(max(one.value, other.value)))


def _by_date(mine: Sequence[Quantity], its: Sequence[Quantity]) -> tuple[Kind, tuple[str, str]] | None:
    for kind in ("year", "month", "day"):
        those, these = ([one for one in of if one.kind == kind] for of in (mine, its))
        if those and these and not {one.value for one in those} & {one.value for one in these}:
            return "date", (those[0].written, these[0].written)
    return None


def _by_name(question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    mine, its = ([name for name in people(of) if name not in question] for of in (text, other))
    both = [(a, b) for a, b in product(mine, its) if same_person(a, b)]
    if both and max(len(mine), len(its)) > _MOST_PEOPLE:
        return None
    # "A beat C" and "B beat C": whoever both name is not who they disagree on.
    mine, its = [a for a in mine if a not in {a for a, _ in both}], [b for b in its if b not in {b for _, b in both}]
    if not mine or not its or (both and len(mine) + len(its) > 2):
        return None
    if any(name in other for name in mine) or any(name in text for name in its):
        return None
    return "name", (mine[0], its[0])


def _by_agent(question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Compare who did what is asked about, where both sentences say so; else whom they name.

    A sentence that tells of the other end ("men" for "women") tells of another deed.
    """
    deed = deed_asked(question)
    mine, its = ([one for one in agents(of, deed) if one not in question] if deed else [] for of in (text, other))
    if not mine or not its:
        return _by_name(question, text, other)
    asked = ends(question)
    if any(not ends(of).get(scale, those) & those for of in (text, other) for scale, those in asked.items()):
        return None
    if any(same_person(a, b) or a in other or b in text for a, b in product(mine, its)):
        return None
    return "name", (mine[0], its[0])


def _by_place(question: str, text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    mine, its = ([match["zh"] or match["en"] for match in _WHERE.finditer(of)] for of in (text, other))
    if not mine or not its or in_two_languages(text, other):
        return None
    # Paris, and Paris in France: one may name the place more nearly.
    if any(set(_pairs(a)) & set(_pairs(of)) for a, of in [*((a, other) for a in mine), *((b, text) for b in its)]):
        return None
    return ("name", (mine[0], its[0])) if mine[0] not in question and its[0] not in question else None


def _pairs(text: str) -> list[str]:
    """Return the words of a text; of a Chinese one, the pairs of neighbouring characters."""
    return text.split() if text.isascii() else [text[i : i + 2] for i in range(len(text) - 1)]


def _in_its_place(question: str, answer: str, part: Part, other: Part) -> tuple[Kind, tuple[str, str]] | None:
    """Return what the answer says and what stands for it in the other part, between the same words: by A, by B."""
    if in_two_languages(part.text, other.text) or not _of_one_thing(question, part, other):
        return None
    mine, its = (_known(answer, question, one.text) for one in (part, other))
    says, holds, lacks = (mine, part, other) if len(mine) >= len(its) else (its, other, part)
    if not _fills_its_place(says) or says in _joined(tokens(lacks.text)):
        return None
    instead = _between_the_same(tokens(holds.text), tokens(says), tokens(lacks.text))
    if not _fills_its_place(instead) or instead in question.casefold():
        return None
    return "name", (says, instead) if holds is part else (instead, says)


def _known(answer: str, question: str, text: str) -> str:
    """Return the longest stretch of the text that the answer says too and the question does not; "" without one."""
    asked, mine = set(tokens(question)), tokens(text)
    said = [word if word not in asked else "" for word in tokens(answer)]
    match = SequenceMatcher(None, said, mine, autojunk=False).find_longest_match()
    start, end = match.b, match.b + match.size
    while start < end and is_grammar(mine[start]):
        start += 1
    while start < end and is_grammar(mine[end - 1]):
        end -= 1
    return _joined(mine[start:end])


def _between_the_same(text: list[str], filler: list[str], other: list[str]) -> str:
    """Return what the other text has between the words around the filler; "" where it has not both of them."""
    at = next((i for i in range(len(text)) if text[i : i + len(filler)] == filler), None)
    if at is None:
        return ""
    before, after = text[max(0, at - _FRAME) : at], text[at + len(filler) : at + len(filler) + _FRAME]
    for left in range(len(before), 0, -1):
        for right in range(len(after), 0, -1):
            if left + right < _FRAME:
                break
            opening, closing = before[-left:], after[:right]
            for i in range(left, len(other)):
                if other[i - left : i] != opening:
                    continue
                for end in range(i + 1, min(i + _LONGEST_NAME, len(other) - right) + 1):
                    if other[end : end + right] == closing:
                        return _joined(other[i:end])
    return ""


def _joined(words: Sequence[str]) -> str:
    return re.sub("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", " ".join(words))


def _fills_its_place(text: str) -> bool:
    return len(text) > 1 and not re.search(r"\d", text)


def _of_one_thing(question: str, part: Part, other: Part) -> bool:
    """Whether the passages of both parts hold every name and title that the question holds."""
    named = [*latin_names(question), *spelt_names(question), *titles_in(question)]
    return all(
        name.casefold() in f"{one.evidence.source.title} {one.evidence.text}".casefold()
        for name in named
        for one in (part, other)
    )


def _by_polarity(text: str, other: str) -> tuple[Kind, tuple[str, str]] | None:
    """Compare which way things go, and whether they are denied: "did not approve" and "approved", "fell" and 上涨."""
    if opposite(text, other) is None:
        return None
    return ("opposite" if negations(text) == negations(other) else "negation"), (text, other)
