"""What the lines of page furniture say, in English and Chinese: buttons, counters, menus, notices.

Every phrase is matched against a whole line. A word that authors use by itself too is of a doubtful kind, for
`index.furniture` to decide by what stands around it.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from importlib.resources import files

from index.chinese import simplified

_LONGEST = 400  # characters: a notice may be two sentences; a longer line always has something to say
_LONGEST_ROW = 120  # of buttons, counters or menu entries in one line

SENTENCE_END = re.compile(r"[.。!！?？;；…][\"'”’」』)）]*$")


class Kind(Enum):
    """What a line is by itself."""

    SAID = auto()  # the author's, as far as the line alone can tell
    NOTICE = auto()  # of the page: a sign-in line, a cookie banner, a copyright, a question for feedback
    LINKS = auto()  # stands over titles of other pages
    CARD = auto()  # stands over the box about the author
    NO_COMMENTS = auto()  # says that there are none
    ACTION = auto()  # of one post: a button, a counter, its age
    FOLLOW = auto()  # a button that stands below somebody's name
    MENU = auto()  # several entries of a menu or a footer
    SITE = auto()  # one such entry, if others stand beside it
    SECTION = auto()  # may be a word of a menu, and of anything else
    NUMBER = auto()
    DOUBTFUL = auto()  # a button or a notice, or a heading or a list item that is called so


@lru_cache(maxsize=4096)  # a menu, a log and a table repeat their lines
def kind_of(line: str) -> Kind:
    """Return what a line says, judged as a whole and by itself."""
    if len(line) > _LONGEST:
        return Kind.SAID
    bare = simplified(line).strip(" \t\u3000·|｜•-–—*_=~:：×✕")
    if not bare:
        return Kind.NOTICE  # a rule
    if marker := _MARKER.match(bare):  # an item of an author's list may be called like a button
        kind = kind_of(bare[marker.end() :])
        return kind if kind in (Kind.SITE, Kind.SECTION, Kind.SAID) else Kind.DOUBTFUL
    if match := _LINE.fullmatch(bare):
        return Kind[str(match.lastgroup)]
    if len(bare) > _LONGEST_ROW or SENTENCE_END.search(bare):
        return Kind.SAID
    return _kind_of_words(_words_of(bare)) or _kind_of_parts(bare)


def _kind_of_words(found: list[Kind]) -> Kind | None:
    """Return what a line is that is made of known words alone."""
    held = set(found)
    for kind in (Kind.ACTION, Kind.FOLLOW):
        if kind in held:
            return kind
    if Kind.SITE in held:
        return Kind.MENU if len(found) > 1 else Kind.SITE
    return next((kind for kind in (Kind.SECTION, Kind.DOUBTFUL, Kind.NUMBER) if kind in held), None)


def _kind_of_parts(bare: str) -> Kind:
    """Return what a line of parts is ("Mei Lin · 3 hours ago · Reply") by what at least half of them are."""
    parts = [part for part in _BETWEEN_PARTS.split(bare) if part.strip()]
    kinds = {kind for kind in (_kind_of_words(_words_of(part)) for part in parts) if kind} - {Kind.NUMBER}
    known = sum(_kind_of_words(_words_of(part)) in kinds for part in parts)
    if len(parts) >= 3 and 2 * known >= len(parts):
        if Kind.ACTION in kinds:
            return Kind.ACTION
        if kinds & {Kind.SITE, Kind.MENU}:
            return Kind.MENU
    return Kind.SAID


def _words_of(text: str) -> list[Kind]:
    """Return the kinds of the known words that a text is made of, in order; none when there is another word."""
    kinds, at = [], 0
    while at < len(text):
        if separators := _SEPARATORS.match(text, at):
            at = separators.end()
            continue
        word = _WORD.match(text, at)
        if word is None:
            return []
        kinds.append(Kind[str(word.lastgroup)])
        at = word.end()
    return kinds


_MARKER = re.compile(r"(?:[-*•·▪◦►>»]+|\d{1,3}[.、)])\s+")
_SEPARATORS = re.compile(r"[\s|｜·⋅•/\\,，、>»›:：()（）\[\]【】＋+…\-–—<«‹→#×▲▼]+")
_NOT_INSIDE = "(?!(?<=[a-z])[a-z])"  # a word
_BETWEEN_PARTS = re.compile(r"\s*[|｜·⋅•›»>]\s*|\s{2,}")


def _read(text: str) -> Iterator[tuple[str, Kind, str]]:
    """Yield what a phrase is matched against ("words" or "line"), its kind and its pattern."""
    parts: dict[str, str] = {}
    against, kind = "", Kind.SAID
    for line in text.splitlines():
        if line.startswith("["):
            against, name = line.strip("[]").split()
            kind = Kind[name]
        elif line and not line.startswith("#"):
            for name, part in parts.items():
                line = line.replace(f"<{name}>", f"(?:{part})")
            if kind is Kind.SAID:
                name, _, part = line.partition(" = ")
                parts[name] = part
            else:
                yield against, kind, line


def _one_of(against: str) -> str:
    """Return one pattern for all phrases of a kind of match, with a group for each kind."""
    phrases: dict[Kind, list[str]] = {}
    for matched, kind, phrase in _read(files("index").joinpath("phrases.txt").read_text(encoding="utf-8")):
        if matched == against:
            phrases.setdefault(kind, []).append(phrase)
    return "|".join(f"(?P<{kind.name}>{'|'.join(of)})" for kind, of in phrases.items())


_WORD = re.compile(f"(?:{_one_of('words')}){_NOT_INSIDE}", re.IGNORECASE)
_LINE = re.compile(_one_of("line"), re.IGNORECASE)
