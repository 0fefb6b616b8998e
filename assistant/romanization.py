"""Names of people in Chinese sources as an answer in Latin letters has them: "Chen Yuanhang (陈远航)".

A small model that reads Chinese and writes English leaves such a name as it stands ("architect陈远航"), leaves half
of it ("Zhang Jian锋"), translates a part ("High亭宇" for 高亭宇) or misreads it ("Ruijuan Yang" for 杨利娟). The source
has it right: from there it is spelt, and its characters stand beside. Nothing marks a Chinese name in its text. So
whatever begins with a family name may be one, and is looked at only where the answer writes something like it.
"""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.names import SPELLING, SURNAMES, pinyin_syllables
from index.chinese import simplified

_HAN = "\u3400-\u9fff"
_MAY_BE = re.compile(rf"(?=(?P<family>{SURNAMES})(?P<given>[{_HAN}]{{1,2}}))")
# Who somebody is, as the last character before a name. Two characters without that are seldom one: 高铁, 方法.
_WHO = "[家师员者长裁授士任导演编剧手官席理星帅将军人]"
_TELLS_WHO = re.compile(rf"(?:{_WHO}|(?:{SURNAMES})[{_HAN}]{{2}}[、和与及/])\Z")  # 隋文静和韩聪
# What goes on behind a name of two characters; one of three is commoner.
_GOES_ON = "是在的和与及、任于以把将为从也说表担等分执导夺获率介认指告提主发写画毕出设领负创修则就还又曾已正被对向因"
_NAME = (
    rf"(?!任何|董事|顾问|陆续|熊猫|周[平围末期]|王牌|张家口|华尔街|金砖)(?![安方何向于付关左路党游段曾文管石])(?![{SPELLING}]{{2}})"
    rf"(?:{SURNAMES})(?:[{_HAN}](?=[{_GOES_ON}]|[^{_HAN}]|$)|[{_HAN}]{{2}})"
)
_TOLD_WHO = re.compile(f"(?<={_WHO}){_NAME}(?:[、和与及]{_NAME})*")
_RUN = re.compile(rf"(?P<words>(?:(?<![A-Za-zÀ-ɏ'’])[A-Z][A-Za-zÀ-ɏ'’]*+[ -]?)*+)(?P<han>[{_HAN}]+)")
_TWO_WORDS = re.compile(r"\b(?=(?P<first>[A-Z][A-Za-zü'’]+)[ -](?P<second>[A-Z][A-Za-zü'’]+)\b)")
_TWICE = re.compile(r"(?P<name>[A-Z][a-zü']+ [A-Z][a-zü']+) ?[(（](?P=name)[)）]")
_LONGEST = 8  # characters in a row: beyond, they are no name but a sentence
_LIKE = 0.5  # of two given names: how alike their letters are when one may be the other, misread
_APART = 0.1  # how much less alike all others are

_READ = {"曾": "zeng", "翟": "zhai"}  # of the family names, those that are read otherwise elsewhere


@dataclass(frozen=True)
class _Name:
    """What may be the name of a person in a Chinese text."""

    characters: str
    readings: tuple[str, ...]  # of each of them, in pinyin
    of_family: int  # how many of them are the family name
    is_told_who: bool  # whether it stands behind a word for who that is

    @property
    def family(self) -> str:
        return "".join(self.readings[: self.of_family])

    @property
    def given(self) -> tuple[str, ...]:
        return self.readings[self.of_family :]

    @property
    def spelt(self) -> str:
        first, *rest = self.given
        given = first + "".join(f"'{one}" if one[0] in "aoe" else one for one in rest)
        return f"{self.family.capitalize()} {given.capitalize()}"

    @property
    def is_likely(self) -> bool:
        # What spells a foreign name is none in pinyin: 武契奇 is Vučić.
        is_foreign = bool(re.fullmatch(f"[{SPELLING}]{{3,}}", simplified(self.characters)))
        return not is_foreign and (len(self.characters) > 2 or self.is_told_who)


def glossed(text: str) -> str:
    """Return a Chinese text with the names of people in it spelt out, each once, where a word says who that is."""
    names = {one.characters: one for one in _names_in(text)}
    parts, at = [], 0
    for told in _TOLD_WHO.finditer(simplified(text)):
        for found in re.finditer(_NAME, told[0]):
            start, end = told.start() + found.start(), told.start() + found.end()
            # A source may have spelt it itself.
            if text[end : end + 1] not in ("（", "(") and (name := names.pop(text[start:end], None)):
                parts += [text[at:end], f"（{name.spelt}）"]
                at = end
    return "".join([*parts, text[at:]])


def corrected(text: str, told: str) -> str:
    """Return an English text with the names in it spelt as the Chinese text behind it has them, in pinyin.

    A name that is all of the text stays in its characters; a sentence in Chinese stays as it is.
    """
    longest = max(map(len, re.findall(f"[{_HAN}]+", text)), default=0)
    if not re.search("[A-Za-z]", text) or longest > _LONGEST:
        return text
    names = _names_in(told)
    if not names:
        return text
    spelt = _reread(_RUN.sub(lambda run: _spelt_in(run, names), text), names, told)
    return _TWICE.sub(r"\g<name>", spelt)


def with_characters(text: str, told: str) -> str:
    """Return a text with the characters of each name that it spells behind it, as the text behind it has them."""
    names = _names_in(told)
    many = Counter(one.spelt for one in names)  # 李明 and 黎明 are both spelt Li Ming
    for name in (one for one in names if many[one.spelt] == 1):
        if text.rstrip(".。") == name.characters and name.is_likely:
            return f"{name.spelt} ({name.characters})"
        if name.characters in text:
            continue
        family, given = name.spelt.split(" ")
        text = re.sub(rf"\b(?:{family} {given}|{given} {family})\b", rf"\g<0> ({name.characters})", text, count=1)
    return text


def _names_in(told: str) -> list[_Name]:
    """Return all that may be names in a text, the longest first: of "陈远航设计" both 陈远航 and 陈远."""
    plain = simplified(told)
    matches = list(_MAY_BE.finditer(plain))
    if not matches:
        return []
    from pypinyin import lazy_pinyin  # late: loads a dictionary

    found: dict[str, _Name] = {}
    for match in matches:
        is_told_who = bool(_TELLS_WHO.search(plain, max(0, match.start() - _LONGEST), match.start()))
        for end in range(match.end("given"), match.start("given"), -1):
            characters = told[match.start() : end]
            if characters not in found or is_told_who:
                first, *others = lazy_pinyin(characters, v_to_u=True)
                readings = (_READ.get(match["family"], first), *others)
                found[characters] = _Name(characters, readings, len(match["family"]), is_told_who)
    return sorted(found.values(), key=lambda one: -len(one.characters))


def _spelt_in(run: re.Match[str], names: list[_Name]) -> str:
    """Return a run of characters, and the capitalised words before it, with the name that it ends in spelt."""
    words, han = re.split("(?<=[ -])", run["words"]), run["han"]
    names = [one for one in names if one.is_likely]
    for name in names:
        if han.endswith(name.characters):
            before = han.removesuffix(name.characters)
            if not before or re.search(f"{_WHO}$", before):
                return _spaced(run, run["words"] + before, name)
        elif name.characters.endswith(han):
            lacking = "".join(name.readings[: -len(han)])
            for count in range(1, len(words) + 1):
                if re.sub("[^a-zü]", "", "".join(words[-count:]).lower()) == lacking:
                    return _spaced(run, "".join(words[:-count]), name)
    halves = [one for one in names if one.characters.endswith(han)]
    if len(halves) == 1 and len(han) > 1 and words[-1]:
        return _spaced(run, "".join(words[:-1]), halves[0])
    return run[0]


def _spaced(run: re.Match[str], before: str, name: _Name) -> str:
    """Return a name in the place of a run, with spaces where that was glued to words."""
    start, end = run.start(), run.end()
    glued = before[-1:] or run.string[start - 1 : start]
    behind = " " if run.string[end : end + 1].isalnum() else ""
    return f"{before}{' ' if glued.isalnum() else ''}{name.spelt}{behind}"


def _reread(text: str, names: list[_Name], told: str) -> str:
    """Return a text with a name of the source in the place of each that is one of them, misread."""
    for words in reversed(list(_TWO_WORDS.finditer(text))):
        start, end = words.start("first"), words.end("second")
        if text[start:end] not in told and (name := _misread(words["first"], words["second"], names)):
            text = text[:start] + name.spelt + text[end:]
    return text


def _misread(first: str, second: str, names: list[_Name]) -> _Name | None:
    """Return the name that two words are most like, where the source has no other that they may be."""
    if not (pinyin_syllables(first) and pinyin_syllables(second)):
        return None
    likes = {one: max(_likeness(first, second, one), _likeness(second, first, one)) for one in names}
    best = max(names, key=lambda one: likes[one])
    alone = all(like < likes[best] - _APART for one, like in likes.items() if one != best)
    return best if alone and _LIKE <= likes[best] < 1 else None


def _likeness(family: str, given: str, name: _Name) -> float:
    """Return how much a family and a given name are like those of a name, 0 to 1; one of both must be the same."""
    family, given, its_given = family.lower(), given.lower(), "".join(name.given)
    if len(pinyin_syllables(given)) != len(name.given):
        return 0.0
    if family == name.family:
        return SequenceMatcher(None, given, its_given, autojunk=False).ratio()
    same = given == its_given and len(name.given) > 1
    return SequenceMatcher(None, family, name.family, autojunk=False).ratio() / 2 + _LIKE if same else 0.0
