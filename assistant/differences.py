"""Where a sentence that is nearly another one departs from it: what was put in the place of what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import numpy as np

from assistant.figures import quantities, unmatched
from assistant.names import is_short_for
from assistant.polarity import negations, opposite
from index import Index
from index.chinese import simplified
from index.words import unaccented

Kind = Literal["date", "figure", "negation", "opposite", "name"]

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+(?:['’\-.][^\W_{_WIDE}]+)*|[%½]")
_ANCHOR = 2  # tokens that stand on each side as they stand in the other text
_ABOUT_AS_LONG = 3  # tokens by which two beginnings may differ that stand for each other
_LONGEST = 12  # tokens: what replaces more than that is another sentence
_NEARLY = 0.6  # of the sentence's tokens stand in the other in the same order: below, it is not nearly the other
_ALMOST_ALL = 0.75  # below, what one side alone frames, at the beginning or the end, may be another clause

# Two words for one thing lie at 0.5 or more by their fair vectors (9 of 10 of 57 pairs), two names below it (9 of 10 of
# 407): what stands in a name's place is another name.
_OTHER_THING = 0.5


@dataclass(frozen=True)
class Difference:
    """What a text says in a place where the other says something else; either is "" when it says nothing there."""

    says: str
    instead_of: str
    widened: tuple[str, str]  # both with a token of what stands around them


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    is_name: bool  # begins with a capital letter


def tokens(text: str) -> list[str]:
    """Return the words of a text, and each character of a script without spaces, folded and simplified."""
    return [one.text for one in _tokens(text)]


def _tokens(text: str) -> list[_Token]:
    plain = simplified(text)  # character by character, so that offsets are those of the text
    return [
        _Token(unaccented(match[0]).casefold(), match.start(), match.end(), match[0][0].isupper())
        for match in _TOKEN.finditer(plain)
    ]


@dataclass(frozen=True)
class Comparison:
    """A text beside another: which share of it stands there in the same order, and where the two depart."""

    share: float
    differences: tuple[Difference, ...]

    @property
    def is_nearly_the_same(self) -> bool:
        return self.share >= _NEARLY


def compare(text: str, other: str) -> Comparison:
    """Compare a text with another of its language, token by token.

    Only departures that both texts frame in the same words are told: elsewhere they are two sentences.
    """
    mine, theirs = _tokens(text), _tokens(other)
    matcher = SequenceMatcher(None, [one.text for one in mine], [one.text for one in theirs], autojunk=False)
    # A lone token that both hold is chance: in Chinese, a character.
    same = sum(block.size for block in matcher.get_matching_blocks() if block.size >= _ANCHOR)
    return Comparison(same / max(1, len(mine)), tuple(_differences(matcher, text, mine, other, theirs)))


def apart(text: str, other: str) -> Comparison:
    """Compare two texts that are one but for a single stretch of each, whatever stands around it."""
    mine, theirs = _tokens(text), _tokens(other)
    found = tuple(_between(text, mine, 0, len(mine), other, theirs, 0, len(theirs)))
    return Comparison(1.0 if found else 0.0, found)


def _differences(
    matcher: "SequenceMatcher[str]", text: str, mine: list[_Token], other: str, theirs: list[_Token]
) -> Iterator[Difference]:
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    # A lone character that happens to stand in both of two replaced names does not part them.
    ends = len(mine), len(theirs)
    framed = [
        block
        for block in blocks
        if block.size >= _ANCHOR or block.a == block.b == 0 or (block.a + block.size, block.b + block.size) == ends
    ]
    for before, after in zip(framed, framed[1:], strict=False):
        yield from _between(text, mine, before.a + before.size, after.a, other, theirs, before.b + before.size, after.b)
    if sum(block.size for block in framed) < _ALMOST_ALL * len(mine):
        return
    # At the beginning and the end only one side is framed: there both texts must begin or end.
    first, last = framed[0], framed[-1]
    if abs(first.a - first.b) <= _ABOUT_AS_LONG:
        yield from _between(text, mine, 0, first.a, other, theirs, 0, first.b)
    at, there = last.a + last.size, last.b + last.size
    if abs((len(mine) - at) - (len(theirs) - there)) <= _ABOUT_AS_LONG:
        yield from _between(text, mine, at, len(mine), other, theirs, there, len(theirs))


def _between(
    text: str, mine: list[_Token], start: int, end: int, other: str, theirs: list[_Token], from_: int, to: int
) -> Iterator[Difference]:
    while start < end and from_ < to and mine[start].text == theirs[from_].text:
        start, from_ = start + 1, from_ + 1
    while start < end and from_ < to and mine[end - 1].text == theirs[to - 1].text:
        end, to = end - 1, to - 1
    if min(end - start, to - from_) > 1 and _are_forms_of_one(mine[end - 1], theirs[to - 1]):
        end, to = end - 1, to - 1
    if max(end - start, to - from_) > _LONGEST or (start == end and from_ == to):
        return
    said, instead = _written(text, mine, start, end), _written(other, theirs, from_, to)
    wide = (_written(text, mine, start - 1, end + 1), _written(other, theirs, from_ - 1, to + 1))
    yield Difference(said, instead, wide)


def stem(word: str) -> str:
    """Return what a regular English word has in common with its other forms: "contain" of "containing"."""
    return re.sub("(?<=[a-z]{2})(?:e[sd]?|s|ing|d)$", "", word)


def _are_forms_of_one(mine: _Token, theirs: _Token) -> bool:
    """Whether two words are forms of one, as "contains" and "containing" are; not two names."""
    return not (mine.is_name or theirs.is_name) and stem(mine.text) == stem(theirs.text)


def _written(text: str, of: list[_Token], start: int, end: int) -> str:
    start, end = max(0, start), min(len(of), end)
    return text[of[start].start : of[end - 1].end] if start < end else ""


@dataclass(frozen=True)
class Departure:
    """A difference that makes another statement of it, and of what kind."""

    kind: Kind
    says: str
    instead_of: str


def departures(index: Index, nearest: Comparison) -> list[Departure]:
    """Return those differences of a comparison that change what is stated; other words for the same are none."""
    found: list[Departure] = []
    replaced: list[Difference] = []
    for one in nearest.differences:
        kind = _kind(one)
        if kind is not None:
            found.append(Departure(kind, one.says, one.instead_of or one.widened[1]))
        elif _comparable(one.says, one.instead_of):
            replaced.append(one)
    if replaced:
        vectors = index.fair_vectors([text for one in replaced for text in (one.says, one.instead_of)])
        nearness = np.sum(vectors[::2] * vectors[1::2], axis=1)
        found += [
            Departure("name", one.says, one.instead_of)
            for one, near in zip(replaced, nearness, strict=True)
            if near < _OTHER_THING
        ]
    return found


def _kind(one: Difference) -> Kind | None:
    said, instead = quantities(one.says), quantities(one.instead_of)
    if not (said and instead) and _NUMERAL.fullmatch(one.says) and _NUMERAL.fullmatch(one.instead_of):
        said, instead = (quantities(wide) for wide in one.widened)
    new, gone = unmatched(said, instead), unmatched(instead, said)
    # With more words beside it, it is no figure in another's place but one thing told of beside another.
    if new and gone and abs(len(tokens(one.says)) - len(tokens(one.instead_of))) <= _ABOUT_AS_LONG:
        return "date" if new[0].is_time and gone[0].is_time else "figure"
    if (negations(one.says) + negations(one.instead_of)) % 2 and not _leaves_out_an_aside(one):
        return "negation"
    if opposite(one.says, one.instead_of) or opposite(*one.widened):
        return "opposite"
    return None


def _leaves_out_an_aside(one: Difference) -> bool:
    """Whether all that a text does not say of the other stands there in brackets."""
    return not one.says and bool(re.search(rf"[(（]\W*{re.escape(one.instead_of)}\W*[)）]", one.widened[1]))


_GRAMMAR = re.compile(
    r"\b(?:the|an?|it|its|he|him|his|she|her|they|them|their|this|that|these|those|there|here|we|us|our|you|your|which|who|whose"
    r"|and|or|but|of|in|on|at|to|for|by|with|from|as|is|are|was|were|be|been|has|had|have)\b",
    re.IGNORECASE,
)
_CHINESE_GRAMMAR = re.compile(
    "是|为|的|了|在|于|被|由|将|把|和|与|及|并|而|也|则|就|都|对|从|到|向|以|等|有|地|得|[一二三四五六七八九十两几数]*[个部位名家座条种项次款场只]"
)


def is_grammar(word: str) -> bool:
    """Return whether a word, or a character of Chinese, only joins others."""
    return bool(_GRAMMAR.fullmatch(word) or _CHINESE_GRAMMAR.fullmatch(word))


def joins(word: str) -> bool:
    """Return whether a word only joins others, or one of a pair of Chinese characters does: 是张 of 导演是张艺谋."""
    return any(map(is_grammar, word if word[:1] >= "\u3400" else [word]))


_BETWEEN, _NAMED = 4, 6  # tokens between two names, and of one: more are another sentence
_SENTENCE = 300  # tokens: a longer one is a text
_BOTH_WAYS = re.compile(  # what two do to each other
    r"\b(?:m[ae]t|meets?|marr(?:y|ied|ies)|wed|border(?:s|ed)?|adjoins?|neighbou?rs?|equals?|resembles?|merged?|vs?|versus|play(?:s|ed)"
    r"|faced?|near|like|similar|same|called|named|known|means?|plus|or)\b"
    "|接壤|毗邻|邻近|相邻|临近|对阵|对战|交手|会[见晤谈]|见面|结婚|合[并作]|等于|相当|即|叫|称|兼|或|至|[和与跟同、]"
)


def exchanged(text: str, other: str) -> str:
    """Return in the other's words what a text of its language says the other way round: that Beta bought Acme where
    Acme bought Beta; "" where it says it as the other does, or of things that do it to each other."""
    mine, theirs = (
        [one for one in _tokens(told) if one.text not in ("了", "the", "a", "an")] for told in (text, other)
    )
    told = _row(theirs)
    for who, does, whom in _done(mine[:_SENTENCE], told):
        turned = _row([*whom, *does, *who])
        if turned in told and _row([*who, *does, *whom]) not in told:
            at = told[: told.index(turned)].count(" ")
            return _written(other, theirs, at, at + len(whom) + len(does) + len(who))
    return ""


def _done(mine: list[_Token], told: str) -> Iterator[tuple[list[_Token], list[_Token], list[_Token]]]:
    """Yield what a text may say that one does to another, the longest names first, where `told` holds what is done."""
    for start in range(1, len(mine) - 1):
        for end in range(start + 1, min(start + _BETWEEN, len(mine) - 1) + 1):
            does = mine[start:end]
            if _row(does) not in told or not _is_done_to_one(does):
                continue
            named = [one for n in range(_NAMED, 0, -1) if _is_named(one := mine[max(0, start - n) : start])]
            objects = [one for n in range(_NAMED, 0, -1) if _is_named(one := mine[end : end + n])]
            yield from ((who, does, whom) for who in named for whom in objects)


def _is_done_to_one(does: list[_Token]) -> bool:
    plain = " ".join(one.text for one in does)
    is_a_word = not any(one.is_name for one in does) and not all(is_grammar(one.text) for one in does)
    return is_a_word and not _BOTH_WAYS.search(plain) and not _BOTH_WAYS.search(plain.replace(" ", ""))


def _is_named(tokens: list[_Token]) -> bool:
    """Whether tokens may be a name: one begins with a capital letter, or two are characters that do more than join."""
    wide = [one for one in tokens if one.text >= "\u3400" and not is_grammar(one.text)]
    return len(wide) > 1 or any(one.is_name and one.text.isalpha() for one in tokens)


def _row(of: list[_Token]) -> str:
    return f" {' '.join(one.text for one in of)} "


_NUMERAL = re.compile("[零一二两三四五六七八九十百千万亿\\d.,]+")
_STANDS_FOR = re.compile("^(?:该|这|那|其|本|此|它|他|她|前者|后者)")


def _comparable(text: str, other: str) -> bool:
    """Whether two stretches name things: both a name or both none, and neither a word that stands for another."""
    if _STANDS_FOR.match(text) or _STANDS_FOR.match(other) or is_short_for(text, other) or is_short_for(other, text):
        return False
    both = [_CHINESE_GRAMMAR.sub("", _GRAMMAR.sub("", one)) for one in (text, other)]
    if all(re.search("[\u3400-\u9fff]{2}", one) for one in both):
        return True
    named = [bool(re.search("[A-Z]", one)) for one in both]
    return all(re.search(r"[\u3400-\u9fff]{2}|[A-Za-z]{3}", one) for one in both) and named[0] == named[1]
