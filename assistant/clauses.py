"""Clauses of an answer beside those of its evidence: what one denies, or tells the other way round, of the other.

A whole sentence is compared where it is nearly its source's (`assistant.differences`); most answers take one clause of
a long sentence, in an order of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.differences import is_grammar, stem, tokens
from assistant.polarity import denials, denied, ends, named_ends, negations, without_negations
from index.chinese import simplified

# A comma within a figure ends nothing, nor does the full stop of a title: Mr. Reyes.
CLAUSE = re.compile(r"(?:[^,，;；。.!?！？:：]|(?<=\d)[,.:](?=\d)|(?<=\b[A-Z][a-z])\.)+")

_CONTRASTS = re.compile(r"\b(?:but|while|whereas|although|though|yet)\b|但是?|而(?![且已])|却", re.IGNORECASE)

# With these a negation denies nothing whole: he did not die until 1950.
_IN_PART = re.compile(
    r"\b(?:until|till|before|except|unless|without|other than|only|any (?:more|longer))\b|除|只|仅|才|之前|以前|再"
)

_HELD = 0.6  # of a clause's words in one of the evidence: below, they speak of different things
_TOLD = 0.4  # of the words of that clause in the answer's: below, it tells more, and the opposite may be of that
_FEWEST = 2  # words of a clause: one alone is no statement
_STEM = 6  # letters of a word
# Who is larger than whom, who beat whom: said of the other, the opposite is the same.
_OF_TWO = ("size", "height", "number", "order", "match", "trade", "bound", "gain")
_MORE, _LESS = "多高大早长快重强好难", "少低小晚短慢轻弱差易"
_THAN = re.compile(f"比[^，。；]{{1,16}}?(?P<how>[{_MORE}{_LESS}])")


def turned(text: str, told: str, asked: str) -> str:
    """Return the clause of the evidence of which a text in its language says the contrary; "" where there is none.

    Both speak of the same: the clause holds most words that the text's adds to the question.
    """
    before = _words(asked)
    clauses = {one: _words(one) for match in CLAUSE.finditer(told) for one in _CONTRASTS.split(match[0])}
    for match in CLAUSE.finditer(text):
        words = _words(match[0])
        own = words - before if len(words - before) >= _FEWEST else words
        if len(own) < _FEWEST or not clauses:
            continue
        nearest, theirs = max(clauses.items(), key=lambda pair: len(own & pair[1]))
        if len(own & theirs) < _HELD * len(own):
            continue
        # A text that denies anything may say in its other half what the evidence denies.
        is_denied = _denies(nearest) and not denials(text) and bool(words & _words(denied(nearest)))
        tells_no_more = len(words & theirs) >= _TOLD * len(theirs)
        if is_denied or (tells_no_more and _opposes(match[0], nearest, asked)):
            return nearest.strip()
    return ""


def _denies(clause: str) -> bool:
    return negations(clause) == 1 and not _IN_PART.search(simplified(clause))


def _words(text: str) -> set[str]:
    """Return the words of a text without those that only join or deny, as stems; of Chinese, pairs of characters."""
    plain = without_negations(simplified(text))
    found = {stem(one)[:_STEM].rstrip("iy") for one in tokens(plain) if one < "\u3400" and not is_grammar(one)}
    for run in re.findall("[\u3400-\u9fff]+", plain):
        found |= {run[i : i + 2] for i in range(len(run) - 1)} or {run}
    return found


@dataclass(frozen=True)
class _End:
    """One end of a scale that a text names, and the two tokens on either side."""

    scale: str
    end: int
    before: list[str]
    behind: list[str]


def _ends(text: str) -> Iterator[_End]:
    plain = simplified(text)
    named = [(scale, end, *match.span()) for scale, end, match in named_ends(plain)]
    for match in _THAN.finditer(plain):
        end = 1 if match["how"] in _MORE else -1
        pair = (_MORE if end > 0 else _LESS).index(match["how"])
        named.append((f"than {_MORE[pair]}", end, *match.span("how")))
    for scale, end, start, stop in named:
        yield _End(scale, end, tokens(plain[:start])[-2:], tokens(plain[stop:])[:2])


def _opposes(text: str, other: str, asked: str) -> bool:
    """Whether a clause names the other end of a scale; of two things that are compared, in the place of the same."""
    theirs = list(_ends(other))
    given = ends(asked)
    for mine in _ends(text):
        of_one = [one for one in theirs if one.scale == mine.scale]
        if not of_one or mine.scale in given or any(one.end == mine.end for one in of_one):
            continue
        if mine.scale not in _OF_TWO and not mine.scale.startswith("than"):
            return True
        if any(
            (len(mine.before) == 2 and mine.before == one.before)
            or (len(mine.behind) == 2 and mine.behind == one.behind)
            for one in of_one
        ):
            return True
    return False
