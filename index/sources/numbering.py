"""The numbers that Word shows before headings and items of lists; a document only states how they are counted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

BULLET = "- "
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIGNS = {  # formats with a sign for each number
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "ideographEnclosedCircle": "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
_ROMAN = dict(
    zip("M CM D CD C XC L XL X IX V IV I".split(), (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), strict=True)
)
_MOST_ROMAN = 3_999
_MOST_LETTERS = 780  # "zzz…", thirty times, where Word begins again
_CHINESE, _LEGAL = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
_DIGITAL = ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital")
_DIGITAL_FROM_100 = ("chineseCounting", "taiwaneseCounting")
_THOUSAND = ("chineseCountingThousand", "taiwaneseCountingThousand", *_DIGITAL_FROM_100)


@dataclass(frozen=True)
class _Level:
    form: str  # of its numbers: ST_NumberFormat in ECMA-376 part 1, 17.18.59
    text: str  # with %1 for the number of the first level
    start: int
    restart: int  # it begins anew after an item of one of this many first levels
    in_figures: bool  # whether all numbers in its text are
    gap: str  # between the number and the words


@dataclass(frozen=True)
class _List:
    definition: str  # lists with the same one count on
    levels: Mapping[int, _Level]
    starts: Mapping[int, int]  # of the levels that begin anew with this list


class Numbering:
    """Counts the items of the lists of a document, in the order in which they are asked for."""

    def __init__(self, root: "_Element | None") -> None:
        self._lists = {} if root is None else dict(_lists(root))
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()

    def marker(self, list_id: str, depth: int) -> str:
        """Return what stands before the next item: BULLET, or its number as Word shows it; "" for what has neither."""
        found = self._lists.get(list_id)
        if found is None or depth not in found.levels:
            return ""
        level = found.levels[depth]
        counts = self._counts.setdefault(found.definition, {})
        if depth in found.starts and (list_id, depth) not in self._begun:
            counts.pop(depth, None)
        self._begun.add((list_id, depth))
        counts[depth] = counts[depth] + 1 if depth in counts else found.starts.get(depth, level.start)
        for deeper in [one for one in counts if one > depth]:
            if deeper not in found.levels or depth < found.levels[deeper].restart:
                del counts[deeper]
        if level.form == "bullet":
            return BULLET
        text = re.sub("%([1-9])", lambda place: _shown(found, counts, level, int(place[1]) - 1), level.text).strip()
        return text + level.gap if text else ""


def _shown(found: _List, counts: Mapping[int, int], level: _Level, depth: int) -> str:
    above = found.levels.get(depth)
    if above is None:
        return ""
    return _numeral(counts.get(depth, above.start), "decimal" if level.in_figures else above.form)


def _lists(root: "_Element") -> "dict[str, _List]":
    definitions = {one.get(f"{_W}abstractNumId", ""): one for one in root.iter(f"{_W}abstractNum")}
    levels_of = {name: _levels(definition) for name, definition in definitions.items()}
    lists: dict[str, _List] = {}
    for one in root.iter(f"{_W}num"):
        name = _value(one, "abstractNumId")
        overrides = list(one.iterchildren(f"{_W}lvlOverride"))
        own = {depth: level for override in overrides for depth, level in _levels(override).items()}
        starts = {
            _whole(override.get(f"{_W}ilvl", ""), 0): _whole(_value(override, "startOverride"), 0)
            for override in overrides
            if override.find(f"{_W}startOverride") is not None
        }
        lists[one.get(f"{_W}numId", "")] = _List(name, {**levels_of.get(name, {}), **own}, starts)
    return lists


def _levels(definition: "_Element") -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for one in definition.iterchildren(f"{_W}lvl"):
        depth = _whole(one.get(f"{_W}ilvl", ""), 0)
        legal = one.find(f"{_W}isLgl")
        levels[depth] = _Level(
            form=_value(one, "numFmt") or "decimal",
            text=_value(one, "lvlText"),
            start=_whole(_value(one, "start"), 0),
            restart=_whole(_value(one, "lvlRestart"), depth),
            in_figures=legal is not None and legal.get(f"{_W}val", "1") not in ("0", "false", "off"),
            gap="" if _value(one, "suff") == "nothing" else " ",
        )
    return levels


def _value(parent: "_Element", name: str) -> str:
    found = parent.find(f"{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "")


def _whole(stated: str, default: int) -> int:
    return int(stated) if stated.isdecimal() and len(stated) < 10 else default


def _numeral(number: int, form: str) -> str:
    """Write a number in one of Word's formats; in figures where it has no other form or is too large for it."""
    if form == "none":
        return ""
    if number < 1:
        return str(number)
    if number <= len(_SIGNS.get(form, "")):
        return _SIGNS[form][number - 1]
    if form in ("lowerLetter", "upperLetter") and number <= _MOST_LETTERS:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form == "lowerLetter" else letters.upper()
    if form in ("lowerRoman", "upperRoman") and number <= _MOST_ROMAN:
        return _roman(number) if form == "upperRoman" else _roman(number).lower()
    if number <= 9_999 and (chinese := _chinese(number, form)):
        return chinese
    if form == "decimalFullWidth":
        return str(number).translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    return f"{number:02}" if form == "decimalZero" else str(number)


def _roman(number: int) -> str:
    written = ""
    for letters, value in _ROMAN.items():
        written += letters * (number // value)
        number %= value
    return written


def _chinese(number: int, form: str) -> str:
    if form in _DIGITAL or (form in _DIGITAL_FROM_100 and number > 99):
        return "".join(_CHINESE[int(digit)] for digit in str(number))
    if form in _THOUSAND:
        spelled = _spelled(number, _CHINESE, "十百千", "零")
        return spelled.removeprefix("一") if 9 < number < 20 else spelled
    if form == "japaneseCounting":
        return re.sub("一(?=[十百千])", "", _spelled(number, _CHINESE, "十百千", ""))
    return _spelled(number, _LEGAL, "拾佰仟", "零") if form == "chineseLegalSimplified" else ""


def _spelled(number: int, digits: str, units: str, zero: str) -> str:
    """Spell out a number below ten thousand; `zero` stands for empty places between two others."""
    written = ""
    skipped = False
    for place, digit in zip(range(len(str(number)) - 1, -1, -1), map(int, str(number)), strict=True):
        if digit:
            written += (zero if skipped else "") + digits[digit] + (units[place - 1] if place else "")
        skipped = digit == 0
    return written
