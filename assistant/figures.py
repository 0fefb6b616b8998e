"""Figures and dates as values, so that 6.05万亿 and 6.05 trillion, 2021年8月 and August 2021 are the same."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise

from index.chinese import simplified

SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "hundred": 100, "dozen": 12,
    "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12, "t": 10**12,
    "百": 100, "千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
    "十万": 10**5, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "萬億": 10**12, "兆": 10**12,
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december".split()
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_WORDS = {word: value for value, word in enumerate([*_ONES, "seventeen", "eighteen", "nineteen"])}
_WORDS |= {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ORDINALS = {word: n for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth".split(), 1)}
_ORDINALS |= {word: n for n, word in enumerate("tenth eleventh twelfth thirteenth fourteenth fifteenth".split(), 10)}
_ORDINALS |= {word: n for n, word in enumerate("sixteenth seventeenth eighteenth nineteenth twentieth".split(), 16)}
_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_HALVES = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.3333", "⅔": "0.6667"}

# What a unit measures, and how much of the kind's own unit one of it is.
_UNITS: dict[str, tuple[str, str]] = {
    "km": ("m", "1000"), "kilomet(?:er|re)s?": ("m", "1000"), "公里": ("m", "1000"), "千米": ("m", "1000"),
    "m": ("m", "1"), "met(?:er|re)s?": ("m", "1"), "米": ("m", "1"), "里": ("m", "500"),
    "cm": ("m", "0.01"), "centimet(?:er|re)s?": ("m", "0.01"), "厘米": ("m", "0.01"), "公分": ("m", "0.01"),
    "mm": ("m", "0.001"), "millimet(?:er|re)s?": ("m", "0.001"), "毫米": ("m", "0.001"),
    "mi": ("m", "1609.344"), "miles?": ("m", "1609.344"), "英里": ("m", "1609.344"),
    "ft": ("m", "0.3048"), "f(?:oo|ee)t": ("m", "0.3048"), "英尺": ("m", "0.3048"), "海里": ("m", "1852"),
    "nautical miles?": ("m", "1852"),
    "t": ("kg", "1000"), "tons?": ("kg", "1000"), "tonnes?": ("kg", "1000"), "公吨": ("kg", "1000"),
    "吨": ("kg", "1000"), "kg": ("kg", "1"), "kilograms?": ("kg", "1"), "公斤": ("kg", "1"), "千克": ("kg", "1"),
    "斤": ("kg", "0.5"), "g": ("kg", "0.001"), "grams?": ("kg", "0.001"), "克": ("kg", "0.001"),
    "mg": ("kg", "0.000001"), "milligrams?": ("kg", "0.000001"), "毫克": ("kg", "0.000001"),
    "[µμ]g|mcg": ("kg", "1e-9"), "micrograms?": ("kg", "1e-9"), "微克": ("kg", "1e-9"),
    "l": ("l", "1"), "lit(?:er|re)s?": ("l", "1"), "公?升(?![至到为级高任值幅温])": ("l", "1"), "ml": ("l", "0.001"),
    "millilit(?:er|re)s?": ("l", "0.001"), "毫升": ("l", "0.001"),
    "pounds?": ("pound", "1"), "磅": ("pound", "1"), "英镑": ("pound", "1"),
    "square kilomet(?:er|re)s?": ("m2", "1000000"), "平方公里": ("m2", "1000000"), "km²": ("m2", "1000000"),
    "square met(?:er|re)s?": ("m2", "1"), "平方米": ("m2", "1"), "square miles?": ("m2", "2589988"),
    "平方英里": ("m2", "2589988"), "hectares?": ("m2", "10000"), "公顷": ("m2", "10000"), "亩": ("m2", "666.67"),
    "acres?": ("m2", "4046.86"), "英亩": ("m2", "4046.86"),
    "dollars?": ("dollar", "1"), "美元": ("dollar", "1"), "美金": ("dollar", "1"), "yuan": ("yuan", "1"),
    "rmb": ("yuan", "1"), "人民币": ("yuan", "1"), "元": ("yuan", "1"), "块钱": ("yuan", "1"),
    "euros?": ("euro", "1"), "欧元": ("euro", "1"),
    "yen": ("yen", "1"), "日[元圆]": ("yen", "1"), "hong kong dollars?": ("hkd", "1"), "港[元币]": ("hkd", "1"),
    "(?:new )?taiwan dollars?": ("twd", "1"), "新?台币": ("twd", "1"), "australian dollars?": ("aud", "1"),
    "澳元": ("aud", "1"), "canadian dollars?": ("cad", "1"), "加元": ("cad", "1"), "singapore dollars?": ("sgd", "1"),
    "新(?:加坡)?元": ("sgd", "1"), "(?:south )?korean won": ("won", "1"), "韩[元圆]": ("won", "1"),
    "rou?bles?": ("rouble", "1"), "卢布": ("rouble", "1"), "rupees?": ("rupee", "1"), "卢比": ("rupee", "1"),
    "(?:swiss )?francs?": ("franc", "1"), "(?:瑞士)?法郎": ("franc", "1"), "瑞郎": ("franc", "1"),
    "gw": ("w", "1e9"), "gigawatts?": ("w", "1e9"), "吉瓦": ("w", "1e9"), "mw": ("w", "1e6"),
    "megawatts?": ("w", "1e6"), "兆瓦": ("w", "1e6"), "kw": ("w", "1e3"), "kilowatts?": ("w", "1e3"),
    "千瓦": ("w", "1e3"), "kwh": ("wh", "1e3"), "kilowatt[- ]hours?": ("wh", "1e3"), "千瓦时": ("wh", "1e3"),
    "度电": ("wh", "1e3"), "mwh": ("wh", "1e6"), "megawatt[- ]hours?": ("wh", "1e6"), "兆瓦时": ("wh", "1e6"),
    "gwh": ("wh", "1e9"), "gigawatt[- ]hours?": ("wh", "1e9"), "吉瓦时": ("wh", "1e9"), "twh": ("wh", "1e12"),
    "kb": ("byte", "1e3"), "mb": ("byte", "1e6"), "gb": ("byte", "1e9"), "tb": ("byte", "1e12"), "pb": ("byte", "1e15"),
    "kilobytes?": ("byte", "1e3"), "megabytes?": ("byte", "1e6"), "gigabytes?": ("byte", "1e9"),
    "terabytes?": ("byte", "1e12"),
    "years?": ("duration", "365"), "年": ("duration", "365"), "months?": ("duration", "30"),
    "个月": ("duration", "30"), "weeks?": ("duration", "7"), "周(?!年)": ("duration", "7"), "星期": ("duration", "7"),
    "days?": ("duration", "1"), "天": ("duration", "1"), "hours?": ("hours", "3600"), "小时": ("hours", "3600"),
    "minutes?": ("hours", "60"), "分钟": ("hours", "60"), "seconds?": ("hours", "1"), "秒": ("hours", "1"),
    "decades?": ("duration", "3650"), "centur(?:y|ies)": ("duration", "36500"), "个世纪": ("duration", "36500"),
    "(?:degrees? |[°º])c(?:elsius)?|℃": ("celsius", "1"), "(?:degrees? |[°º])f(?:ahrenheit)?|℉": ("fahrenheit", "1"),
    "degrees?": ("degree", "1"), "摄氏度": ("celsius", "1"), "华氏度?": ("fahrenheit", "1"), "度": ("degree", "1"),
    "people": ("people", "1"), "persons?": ("people", "1"), "人次": ("people", "1"), "人": ("people", "1"),
    "名": ("people", "1"), "employees": ("people", "1"), "students": ("people", "1"), "residents": ("people", "1"),
    "inhabitants": ("people", "1"), "visitors": ("people", "1"), "pupils": ("people", "1"),
}  # fmt: skip
# Turning these into each other rounds.
_MEASURED = ("m", "m2", "kg", "l", "hours", "duration", "w", "wh", "byte", "fraction")
PERIODS = ("year", "quarter", "half")  # what a figure of one is none of another
_CLOCK, _EITHER_HALF = "clock", "clock of 12 hours"  # in minutes since midnight; the second says neither am nor pm
_TIMES = (*PERIODS, "decade", "century", "month", "day", "weekday", _CLOCK, _EITHER_HALF)
_MONEY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "¥", "￥": "¥", "usd": "dollar", "eur": "euro", "₩": "won"}
_MONEY |= {"gbp": "pound", "rmb": "yuan", "cny": "yuan", "jpy": "yen", "hkd": "hkd", "twd": "twd", "aud": "aud"}
_MONEY |= {"us$": "dollar", "hk$": "hkd", "nt$": "twd", "a$": "aud", "au$": "aud", "c$": "cad", "s$": "sgd"}
_MONEY |= {"krw": "won", "chf": "franc", "₽": "rouble", "₹": "rupee"}
# What may be either: 元 is said of money of Hong Kong and Taiwan, too; degrees are of any scale.
_EITHER = {"yuan": ("hkd", "twd", "¥"), "¥": ("yen",), "degree": ("celsius", "fahrenheit")}
_SIGNED = ("degree", "celsius", "fahrenheit", "percent", "points", *_MONEY.values())
_CODES = "|".join(code for code in _MONEY if code.isascii() and code.isalpha())

_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ZH_WEEKDAYS = "一二三四五六日天"
_AFTER_NOON = "下午|傍晚|晚上|晚间|夜里|晚"
_PART_OF_DAY = f"凌晨|清晨|早上|早晨|上午|中午|{_AFTER_NOON}"

_WRITTEN = re.compile(r"[1-9][\d,]*(?:\.(?P<part>\d+))?")
_ROUNDED = Decimal("0.015")  # of a year, by which twelve months of thirty days are less
_FEWEST = 3  # digits of a figure that may be another one cut off or rounded; of fewer, one might be wrong


@dataclass(frozen=True)
class Quantity:
    """A figure of a text as it is written at `text[start:end]`, its value, and what kind of thing it counts.

    A measure's value is in the kind's own unit (metres, kilograms, days); `kind` is "" for a bare number.
    """

    written: str
    start: int
    end: int
    value: Decimal
    kind: str
    plain: Decimal  # the number as it is written, without its unit
    falls: bool = False  # whether words beside it say that it went down, so that it may be written below zero elsewhere

    @property
    def is_time(self) -> bool:
        """Whether it says when."""
        return self.kind in _TIMES

    def agrees(self, other: "Quantity") -> bool:
        """Return whether both can be one figure: the same value, and no two different kinds of thing.

        A century or a decade is said of a year in it, and 131万 of 131.39万, but neither the other way round.
        """
        if self.value < 0 or other.value < 0:
            return self._may_be_below(other) and self._unsigned().agrees(other._unsigned())
        if (
            self.kind == other.kind
            or other.kind in _EITHER.get(self.kind, ())
            or self.kind in _EITHER.get(other.kind, ())
        ):
            is_close = self.kind in _MEASURED and _close(self.value, other.value)
            return self.value == other.value or is_close or self._shortens(other) or self._lasts_as_long(other)
        if {self.kind, other.kind} == {_CLOCK, _EITHER_HALF}:
            return self.value % 720 == other.value % 720
        if {self.kind, other.kind} == {"percent", "fraction"}:
            return _close(*(one.value * (100 if one.kind == "fraction" else 1) for one in (self, other)))
        if self.kind == "century" and other.kind == "year":
            return self.value in (other.value // 100 + 1, (other.value - 1) // 100 + 1)
        if self.kind == "decade" and other.kind == "year":
            return self.value == other.value // 10 * 10
        if self.kind == "decade" or other.kind == "decade":
            return self.kind in ("year", "decade") and other.kind in ("year", "decade") and self.value == other.value
        if "ordinal" in (self.kind, other.kind) and {"century", "quarter", "half"} & {self.kind, other.kind}:
            return self.plain == other.plain  # "the [21st] century"
        if {self.kind, other.kind} <= {"day", "ordinal"} or not (self.is_time or other.is_time):
            loose = "" in (self.kind, other.kind) or {self.kind, other.kind} <= {"people", "ordinal"}
            return (loose or self.kind == "day" or other.kind == "day") and self.plain == other.plain
        # A year is mostly known by its digits alone: 2000 guests, the past 1000 years (1000年).
        kinds = {self.kind, other.kind}
        may_be_one = "" in kinds or ("year" in kinds and kinds.isdisjoint(("percent", "points")))
        return may_be_one and self.plain == other.plain

    def is_one_with(self, other: "Quantity") -> bool:
        """Return whether either agrees with the other."""
        return self.agrees(other) or other.agrees(self)

    def _may_be_below(self, other: "Quantity") -> bool:
        """Whether both are below zero, or one only as another writes that it fell: -5 % is "fell by 5 %"."""
        above = max(self, other, key=lambda one: one.value)
        return above.value < 0 or above.falls or above.kind in ("", "duration", "ordinal")

    def _unsigned(self) -> "Quantity":
        return replace(self, value=abs(self.value), plain=abs(self.plain))

    def _lasts_as_long(self, other: "Quantity") -> bool:
        """Whether both are one length of time in two units: half a year is six months, and no 182 days."""
        if self.kind != "duration" or not self.plain or not other.plain:
            return False
        units = {self.value / self.plain, other.value / other.plain}
        return len(units) > 1 and abs(self.value - other.value) <= _ROUNDED * max(self.value, other.value)

    def _shortens(self, other: "Quantity") -> bool:
        """Whether this is the other figure, cut off or rounded to the digits that are written here."""
        written = _WRITTEN.search(self.written)
        if self.is_time or not written or len(re.findall(r"\d", written[0])) < _FEWEST:
            return False
        number = Decimal(written[0].replace(",", ""))
        last = self.value / number * Decimal(1).scaleb(-len(written["part"] or ""))
        return -last / 2 <= other.value - self.value < last


def _close(value: Decimal, other: Decimal) -> bool:
    """Whether two values are one, but for what turning one unit into another rounds away."""
    return value == other or abs(value - other) <= Decimal("0.001") * max(abs(value), abs(other))


_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?[½¼¾⅓⅔]?|[½¼¾⅓⅔]"
_ZH = "[零〇一二两三四五六七八九十百千万亿]"
_ZH_NUMBER = rf"{_ZH}+(?:点{_ZH}+)?"
_ONE_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_EN_HUNDREDS = (
    rf"(?:{_ONE_WORD})(?:[- ](?:{_ONE_WORD}))?(?: hundred(?: and)?(?: (?:{_ONE_WORD})(?:-(?:{_ONE_WORD}))?)?)?"
)
_EN_NUMBER = rf"{_EN_HUNDREDS}(?: (?:thousand|million|billion)(?: and)? {_EN_HUNDREDS}(?: thousand)?){{0,3}}"
_SCALE = "|".join(sorted(map(re.escape, (s for s in SCALES if s not in ("k", "m", "b", "t"))), key=len, reverse=True))
_UNIT = "|".join(sorted(_UNITS, key=lambda unit: (len(unit), unit), reverse=True))
# With a capital, so that "may" is no month.
_SHORT_MONTHS = "|".join([*(month[:3].title() for month in _MONTHS if month != "may"), "Sept"])
_MONTH = rf"(?-i:{'|'.join(map(str.title, _MONTHS))}|(?:{_SHORT_MONTHS})\b\.?)"
# Alone, what people are called, too ("Theresa May", "Lei Jun") is a month only behind such a word.
_ONLY_A_MONTH = "(?-i:January|February|July|September|October|November|December)"
_BEFORE_A_MONTH = (
    "in|since|until|till|by|of|from|to|through|between|and|during|early|late|mid|last|next|this|every|before|after"
)
_ANY_MONTH = re.compile(rf"\b{_MONTH}(?!\w)")
# These are no names, though they have capitals: a month of a date, a weekday, a unit behind its figure.
WORD_OF_A_FIGURE = re.compile(
    rf"\b(?:{_MONTH}(?= \d)|(?:(?<=\d )|(?<=\d(?:st|nd|rd|th) )){_MONTH}|{_ONLY_A_MONTH})(?!\w)"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|\b(?:Celsius|Fahrenheit)\b|\b(?:HK|NT|US|AU|[ACS])(?=\$\d)"
    r"|(?<=\d )(?:[KMGTP]B|[KMGT]?Wh?|BCE?|CE|AD|AM|PM)\b|\b(?:AD|CE|BCE?)(?= \d)"
)
# Zero; but 3%-5% is a range.
_BELOW = re.compile(
    r"(?:(?<![a-zA-Z\d\-–%％‰℃°º元万億亿千百点點度])(?<![%％] )[-−]|零下|(?<!正)[负負]|\b(?:[Mm]inus|[Nn]egative) )$"
)
_FALLS = re.compile(
    r"\b(?:f[ae]ll|declin|decreas|drop|down|los[est]|shr[aiu]nk|contract|slump|slid|plung|plummet|tumbl|reduc|lower|cut"
    r"|deficit|negative)|[减減降跌亏虧负負缩縮]|下滑|赤字|逆差|回落|流出|倒退",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。；;！？!?\n]|\. ")
_BESIDE, _BEHIND = 60, 30  # characters before and behind a figure in which it is said to fall
_OWED = r"[\d.,]+ ?[万亿]* ?[美港欧日]?元"
_DEGREES = r"[\d.]+(?: ?(?:to|至|到|~|～) ?(?:-|零下|minus )?[\d.]+)?[多余]? ?(?:[°º℃度]|摄氏|degrees)"
_RANGE = re.compile(
    rf" ?(?:to|and|-|–|—|~|至|到) ?(?:-|零下|minus )?(?:{_DIGITS})[ -]?"
    rf"(?P<scale>{_SCALE}|[kb]\b)?[ -]?(?P<unit>{_UNIT})?(?![a-z])",
    re.IGNORECASE,
)
_NOT_IN_WORD = r"(?<![a-z0-9.,_])(?<![^\W\d][\-–])"  # 歼-20, but the end of a range
_NO_FIGURE = re.compile(rf"(?:\d,?){{25,}}|{_ZH}{{25,}}")  # a page of π: no text counts so far

# A figure that is part of a name (GPT-3, CASP14, v2) is the name's, and is checked with it.
# $1.5B, RMB86.7 and 30GW are none; 4K, 5G and 18K are.
_NAMED = re.compile(
    rf"(?<![A-Za-z])(?!(?:{_CODES.upper()})\d|[QH][1-4](?![A-Za-z0-9]))[A-Za-z]+[\-‑–]?\d[A-Za-z0-9_.\-]*"
    r"|(?<![\d.,$€£¥￥])\b\d+(?!(?:[KMGT]Wh?|KG|KM|MG|[KMGTP]B)\b)[A-Z][A-Za-z]*\b"
)

# Chinese writes a figure right behind a word in Latin letters: GDP4.3万亿元, CBA2021-2022赛季.
GLUED = re.compile(r"(?<![A-Za-z])[A-Za-z]+(?=\d[\d.,]*(?:-\d+)?(?:[%％‰亿億万萬千百元美吨年月人倍]|赛季))")


# The number of a footnote, which a saved page has in its text: 投票取态[15][16], "in 1931.[3]".
_NOTE = re.compile(r"[\[［〔](?:注|註|note|nb)? ?\d{1,3}[\]］〕]", re.IGNORECASE)


def without_notes(text: str) -> str:
    """Return a text with a space for each character of a footnote's mark, so that offsets stay."""
    return _NOTE.sub(lambda match: " " * len(match[0]), text)


def quantities(text: str) -> list[Quantity]:
    """Return the figures and dates of a text in order; those in names and of footnotes are left out."""
    plain = without_notes(simplified(text)).translate(_NARROW)
    plain = _NO_FIGURE.sub(lambda match: "\0" * len(match[0]), plain)
    plain = GLUED.sub(lambda match: " " * len(match[0]), plain)
    plain = _NAMED.sub(lambda match: match[0] if _is_decade(match[0]) else "\0" * len(match[0]), plain)
    found: list[Quantity] = []
    for pattern, read in _readers():
        matches = list(pattern.finditer(plain))
        for match in matches:
            found += read(match, text)
        if matches:
            plain = pattern.sub(lambda match: "\0" * len(match[0]), plain)
    return sorted(found, key=lambda one: one.start)


_CLAUSE = re.compile("[，。；：、（）]|[,;:()] ")
_FINANCIAL = re.compile(r"财年|\bfiscal\b|\bFY", re.IGNORECASE)
_COMPARES = re.compile(
    r"[比较自从距至到][^，。；]{0,4}$|\b(?:than|from|since|over|after|before|until|to|by) (?:\w+ ){0,2}$", re.IGNORECASE
)


def times_beside(text: str, start: int, kind: str = "year") -> set[int]:
    """Return the years, or the times of another kind, that the clause names in which a figure starts, if one of them
    stands before it.

    Empty where the clause only compares with that time ("比2019年增长2%"), or tells of a financial year.
    """
    text = simplified(text)
    begin = max((match.end() for match in _CLAUSE.finditer(text, 0, start)), default=0)
    end = _CLAUSE.search(text, start)
    clause = text[begin : end.start() if end else None]
    years = [one for one in quantities(clause) if one.kind == kind]
    before = [one for one in years if begin + one.start < start]
    if not before or _FINANCIAL.search(clause) or _COMPARES.search(text[begin : begin + before[-1].start]):
        return set()
    return {int(one.value) for one in years}


_ROMAN = re.compile(r"(?<=[a-z] )(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})(?![\w'’])")
_ZH_WAR = re.compile("([一二])战(?![略术斗])")
_WW = re.compile(r"\bWW(II?)\b")
_DECADE = re.compile(r"\bdecades?\b", re.IGNORECASE)


def implied(text: str) -> list[Quantity]:
    """Return what a text counts without a figure and another with one: World War II, 二战, the decade, and any month,
    since "April sales" tells of April, though not every June is one.
    """
    found = [_of(one, text, _roman(one[0]), "ordinal") for one in _ROMAN.finditer(text)]
    found += [_of(one, text, Decimal("一二".index(one[1]) + 1), "ordinal") for one in _ZH_WAR.finditer(text)]
    found += [_of(one, text, Decimal(len(one[1])), "ordinal") for one in _WW.finditer(text)]
    ten = Decimal(10)
    found += [_of(one, text, _month(one[0]) or ten, "month") for one in _ANY_MONTH.finditer(text)]
    return found + [Quantity(one[0], *one.span(), ten * 365, "duration", ten) for one in _DECADE.finditer(text)]


def _roman(written: str) -> Decimal:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in written]
    return Decimal(sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True)))


def figures(text: str) -> dict[str, Decimal]:
    """Return the figures of a text, each as it is written with the number that is written."""
    return {one.written: one.plain for one in quantities(text)}


def values(text: str) -> set[Decimal]:
    """Return every number that a text can be said to state, those in names and in its units' own terms included."""
    found = quantities(text)
    digits = {Decimal(one) for one in re.findall(r"\d+(?:\.\d+)?", without_notes(text).replace(",", ""))}
    return {one.plain for one in found} | {one.value for one in found} | {one.normalize() for one in digits}


def unmatched(found: Iterable[Quantity], others: Iterable[Quantity]) -> list[Quantity]:
    """Return the figures that agree with none of the others."""
    those = list(others)
    return [one for one in found if not any(one.agrees(other) for other in those)]


def fallen(asked: str, told: Iterable[Quantity]) -> list[Quantity]:
    """Return what is told below zero as one says it who is asked how much something fell: without the sign."""
    return [one._unsigned() for one in told if one.value < 0] if _FALLS.search(asked) else []


def missing(text: str, told: Iterable[Quantity], numbers: Iterable[str] = ()) -> list[Quantity]:
    """Return the figures of a text that agree with none that is told, nor stand among the bare numbers of names."""
    bare = set(numbers)
    return [
        one
        for one in unmatched(quantities(text), told)
        if one.written not in bare
        # "one", "first": more often an article than a figure
        and (one.plain != 1 or one.is_time or re.search(r"\d", one.written))
        and one.written.casefold() != "both"  # which the evidence may say of two that it names
    ]


def numbers_in_names(text: str) -> set[str]:
    """Return the numbers of a text that are none of its figures: the 3 of GPT-3."""
    read = {at for one in quantities(text) for at in range(one.start, one.end)}
    found = re.finditer(r"\d+(?:[.,]\d+)*", without_notes(text))
    return {one[0] for one in found if read.isdisjoint(range(*one.span()))}


_DATE = ("year", "month", "day")
_A_DAY = re.compile(" ?[日号]")
_WITHIN_A_DATE = re.compile(r"(?:st|nd|rd|th)?[\s,年月日号./-]*(?:of)?\s*")


def dates(text: str, bare: bool = False) -> list[dict[str, Decimal]]:
    """Return the dates of a text that name two or three of year, month and day, each by its parts.

    With `bare` what stands alone is part of the date before it, too: "10月31日…，29日", "in May 1852 … by September".
    """
    found: list[dict[str, Decimal]] = []
    end = -1
    for one in quantities(text):
        if one.kind not in _DATE:
            months = [date["month"] for date in found if "month" in date] if bare else []
            if months and _A_DAY.match(text, one.end):
                found.append({"month": months[-1], "day": one.value})
                end = one.end
            continue
        joined = end >= 0 and _WITHIN_A_DATE.fullmatch(text[end : one.start]) and one.kind not in found[-1]
        if joined:
            found[-1][one.kind] = one.value
        else:
            found.append({one.kind: one.value})
        end = one.end
    for before, date in pairwise(found) if bare else ():
        if date.keys() == {"month"} and "year" in before:
            date["year"] = before["year"]
    return [one for one in found if len(one) > 1]


_NARROW = {wide: narrow for wide, narrow in zip(range(ord("０"), ord("９") + 1), "0123456789", strict=True)}
_NARROW |= {ord("％"): "%", ord("．"): ".", ord("−"): "-", ord("\u00a0"): " "}


def _is_decade(word: str) -> bool:
    return bool(re.fullmatch(r"\d{2,4}s", word))


Reader = Callable[[re.Match[str], str], Iterable[Quantity]]


@cache
def _readers() -> tuple[tuple[re.Pattern[str], Reader], ...]:
    """Return what reads figures out of a text, the most telling forms first; each takes away what it has read."""
    number = rf"(?:{_DIGITS}|{_ZH_NUMBER})"
    part = "|".join(_PARTS)
    tens = "|".join(word for word, value in _WORDS.items() if value >= 20)
    ordinal = rf"(?:(?:{tens})[- ])?(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
    begins, month = r"(?<![\d.$€£¥￥])(?<!\d,)(?P<year>[12]\d{3})", r"(?P<month>0?[1-9]|1[0-2])"
    day, year = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
    unit_of_time = "hours?|days?|weeks?|months?|years?|centur(?:y|ies)"
    forms: list[tuple[str, Reader]] = [
        (rf"(?:公元|西元)前 ?(?P<bc>{number}) ?年|(?<![之以此目])前 ?(?P<bc2>\d{{3}}) ?年", _of_era),
        (r"(?<![\d,.])(?P<bc>\d{1,5}) ?(?-i:BCE?\b|B\.C\.)", _of_era),
        (r"(?:公元|西元) ?(?P<year>\d{1,3}) ?年|\b(?-i:AD|CE) (?P<ad>\d{1,3})\b", _of_era),
        (r"(?<![\d,.])(?P<ad>\d{1,3}) (?-i:AD\b|CE\b|A\.D\.)", _of_era),
        (rf"(?:(?P<n>{number}) ?个|(?<![上下前后大]))半个?(?P<unit>小时|年(?!级)|月(?![刊报球形])|世纪)", _lasting),
        (rf"(?P<n>{number}) ?(?P<unit>年|个月|小时|天)半", _lasting),
        (rf"\bhalf an? (?P<unit>{unit_of_time})\b", _lasting),
        (rf"(?P<h>{number}) ?小时 ?(?P<min>{number}) ?分", _hours_and_minutes),
        (
            rf"\b(?P<h>{_EN_NUMBER}|\d+)[- ](?:hour|hr)s?,?(?: and)? (?P<min>{_EN_NUMBER}|\d+)[- ]min(?:ute)?s?\b",
            _hours_and_minutes,
        ),
        (rf"\b(?P<n>an?|{_EN_NUMBER}|\d+) (?P<unit>{unit_of_time}) and a half\b", _lasting),
        (rf"\b(?P<n>{_EN_NUMBER}|\d+) and a half (?P<unit>{unit_of_time})\b", _lasting),
        (
            rf"\b(?P<n>one|two|three|four|five|six|seven|eight|nine|\d) (?:in|out of) (?:every )?"
            rf"(?P<of>{_EN_NUMBER}|\d{{1,3}})\b(?! (?:{unit_of_time}|minutes)\b)",
            _one_in,
        ),
        (rf"每 ?(?P<of>{number}) ?[个名位]?人(?:中|里|当中)(?:就)?有 ?(?P<n>{number}) ?[个名位]?人?", _one_in),
        (
            rf"(?:(?<!\d)(?P<year>\d{{2,4}}|[〇零一二三四五六七八九]{{4}}) ?年)(?!代)(?: ?(?P<month>{number}) ?月)?"
            rf"(?: ?(?P<day>{number}) ?[日号])?(?<!\d\d年)(?<!\dd年)|(?<!\d)(?P<year2>\d{{4}}"
            rf"|[〇零一二三四五六七八九]{{4}}) ?年(?!代)",
            _date,
        ),
        (rf"(?P<month>{number}) ?月(?: ?(?P<day>{number}) ?[日号])?", _date),
        (rf"{begins}[-/]{month}(?:[-/](?P<day>[0-3]?\d)|(?! ?[年赛]))(?!\d)", _date),
        # 2021.8平方公里 and $1999.9 are no dates.
        (
            rf"{begins}\.{month}(?:\.(?P<day>[0-3]?\d)|(?!\.?\d| ?[a-z%‰℃°元万亿千百个米公平吨度美欧英]))(?!\d)",
            _date,
        ),
        (r"(?<![\d,.])(?P<year>(?:1\d|20)\d\d)[-–/](?P<until>\d\d)(?![.,]?\d|%|[-–/]\d)", _season),
        (rf"\b(?P<month>{_MONTH}) {day}(?!\d)(?:,? {year})?", _date),
        (rf"\b(?:the )?{day}(?: of)? (?P<month>{_MONTH})(?!\w)(?:,? {year})?", _date),
        (rf"\b(?P<month>{_MONTH})(?!\w),? {year}", _date),
        (rf"\b(?:{_BEFORE_A_MONTH})[ -](?P<month>{_MONTH})(?!\w)", _date),
        (rf"\b(?P<month>{_ONLY_A_MONTH})(?!\w)", _date),
        (r"(?:第 ?)?(?P<quarter>[一二三四1-4]) ?季度", _part_of_year),
        (
            r"(?<![A-Za-z0-9])Q(?P<quarter>[1-4])(?![A-Za-z0-9]|\.\d)|\b(?P<word>first|second|third|fourth) quarter\b",
            _part_of_year,
        ),
        (
            r"(?P<half>[上下])半[年场]|(?<![A-Za-z0-9])H(?P<half2>[12])(?![A-Za-z0-9]|\.\d)"
            r"|\b(?P<half3>first|second|latter) half\b",
            _part_of_year,
        ),
        (
            rf"(?<![一两双])(?:周|星期|礼拜)(?P<zh>[{_ZH_WEEKDAYS}])(?![次个天年遍]|小时|[十百])"
            rf"|\b(?P<en>{'|'.join(_WEEKDAYS)})s?\b",
            _weekday,
        ),
        (rf"(?P<at>{_PART_OF_DAY}) ?(?P<h>{number}) ?[点时](?: ?(?P<min>{number}) ?分|(?P<thirty>半))?", _clock),
        (rf"(?<![\d.:])(?P<h>{number}) ?[点时](?: ?(?P<min>{number}) ?分|(?P<thirty>半)|[钟整])", _clock),
        (
            r"(?<![\d.:/])(?P<h>[01]?\d|2[0-3]):(?P<min>[0-5]\d)(?::[0-5]\d)?(?![\d:])(?: ?(?P<at>[ap])\.?m\b\.?)?",
            _clock,
        ),
        (r"(?<![\d.:/])(?P<h>1[0-2]|[1-9]) ?(?P<at>[ap])\.?m\b\.?", _clock),
        (rf"(?P<bc>(?:公元|西元)前 ?)?(?:(?P<century>{number}) ?世纪)(?: ?(?P<decade>{number}) ?年代)?", _century),
        (rf"\b(?P<century>\d{{1,2}}(?:st|nd|rd|th)|{ordinal})[- ]centur(?:y|ies)\b(?P<bc> (?-i:BC))?", _century),
        (
            rf"(?P<decade>\d{{2,4}}|{_ZH}+) ?年代|(?<![\w])['’]?(?P<decade2>\d0|\d{{3}}0|(?<=the )\d{{2}}0)['’]?s\b",
            _century,
        ),
        (rf"百分之(?P<zh>{number})|(?P<n>{number}|\b{_EN_NUMBER}) ?(?:个百分点|percentage points)", _points),
        (rf"(?P<n>{number}|\b{_EN_NUMBER}) ?(?:%|(?P<mille>‰)|percent\b|per cent\b)", _percent),
        (
            r"(?P<zh>[一二两三四五六七八九])成(?:(?P<half>半)|(?P<more>[一二三四五六七八九])(?=[，。；、的左以)）\s]|$))?"
            r"(?![为了立员功长就年果本])",
            _tenths,
        ),
        (rf"(?P<of>{number})分之(?P<n>{number})", _fraction),
        (r"(?<![\d./])(?P<n>[1-9])/(?P<of>[2-9]|10)(?= ?(?:的|of\b|以上|左右))", _fraction),
        # A third term and two quarters of a year are none.
        (r"\b(?P<n>one|two|three|four|five)[- ](?P<word>third|fifth|tenth)s?\b", _fraction),
        (r"\b(?P<n>three)[- ](?P<word>quarter)s\b", _fraction),
        (r"\b(?P<n>one)[- ](?P<word>quarter)\b", _fraction),
        (
            r"\b(?:by|nearly|almost|about|around|over|than|roughly|only|just|least|most|rose|fell|grew)"
            rf" (?P<n>an?) (?P<word>{part})\b",
            _fraction,
        ),
        (rf"\b(?P<n>an?)[- ](?P<word>{part})\b(?= of\b| the\b|[,.;)]|$| (?:more|less|fewer)\b)", _fraction),
        (r"\b(?P<half>half)[- ]an?[- ](?P<scale>million|billion|trillion)\b", _one_of),
        (
            r"(?<!first )(?<!second )(?<!latter )(?<!other )(?<!last )\b(?P<half>half)\b"
            r"(?![- ]?time\b| an? (?:hour|day|year|month|century|dozen|minute|mile)\b| past\b)|(?P<half2>一半|半数)",
            _fraction,
        ),
        (rf"第 ?(?P<n>{number})", _ordinal),
        (
            rf"{_NOT_IN_WORD}(?P<n>\d+)(?:st|nd|rd|th)\b|(?<!per )(?<!\d[ -])\b(?P<word>{ordinal})\b(?! half\b)",
            _ordinal,
        ),
        (r"\b(?P<twice>twice|doubled?|tripled?|both)\b|翻(?:了?一)?番|翻倍", _multiple),
        (r"\ba (?P<scale>hundred|thousand|million|billion|dozen)\b", _one_of),
        (
            # £30m
            rf"(?P<money>(?:\b(?:HK|NT|US|AU|[ACS]))?\$|[€£¥￥₩₹₽]|\b(?:{_CODES})) ?(?P<n>{_DIGITS})"
            rf"(?: ?(?P<scale>{_SCALE}|[kmbt]\b))?",
            _measure,
        ),
        (
            rf"{_NOT_IN_WORD}(?P<n>\d+)(?P<scale>[亿万])(?P<more>\d+)(?P<less>[万千百])"
            rf"(?:[多余]|以上)?(?P<unit>{_UNIT})?",
            _measure,
        ),
        (
            # What scales the end of a range scales its beginning.
            rf"(?:(?<=-)(?={_DEGREES}|{_OWED})|{_NOT_IN_WORD})(?P<n>{_DIGITS})"
            rf"(?:[ -]?[多余几]?(?P<scale>{_SCALE}|[kb]\b|(?-i:M)\b)(?![a-z克米瓦卡赫字]))?"
            rf"(?:[多余]|以上)?(?:[ -]?(?P<unit>{_UNIT})(?![a-z])(?P<below> below (?:zero|freezing))?)?",
            _measure,
        ),
        (
            rf"\b(?<!net )(?<!net-)(?P<n>{_EN_NUMBER})(?: (?P<scale>{_SCALE}))?(?:[ -](?P<unit>{_UNIT})\b)?(?![a-z])",
            _measure,
        ),
        # A Chinese numeral is a figure when it counts something; 一 alone is more often an article.
        (
            rf"(?P<n>{_ZH_NUMBER})(?:[多余几](?P<scale>[百千]?[万亿]|[百千]))?[多余]? ?(?:(?P<unit>{_UNIT})|(?=周年"
            rf"|[家个位篇次日号种项倍台块层岁届座所条国只头辆架部本张间幢栋支场件门户棵艘颗份起例级类组枚集季章课步句公城省"
            rf"款点区轮期段批股票秒套强县]))",
            _counted,
        ),
    ]
    return tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in forms)


def _of(match: re.Match[str], text: str, value: Decimal, kind: str, group: str | int = 0) -> Quantity:
    start, end = match.span(group)
    return Quantity(text[start:end].strip(), start, end, value, kind, value)


def _date(match: re.Match[str], text: str) -> Iterator[Quantity]:
    for group in ("year", "year2", "month", "day"):
        written = match.groupdict().get(group)
        if not written:
            continue
        value = _month(written) if group == "month" else _number(written)
        kind = group.rstrip("2")
        era = re.search(r"(?:公元前?|西元前?|前) ?$", text[max(0, match.start() - 5) : match.start()])
        if kind == "year" and len(written) < 4 and not era and not match.groupdict().get("month"):
            # "30年" is how long, or which year of a century; it is compared as a length of time.
            if value is not None:
                start, end = match.span()
                yield Quantity(text[start:end], start, end, value * 365, "duration", value)
            continue
        if value is not None:
            yield _of(match, text, value, kind, group)


def _season(match: re.Match[str], text: str) -> Iterator[Quantity]:
    """Yield the two years of "2020-21"; what comes before the first is no year."""
    first, last = Decimal(match["year"]), Decimal(match["year"][:2] + match["until"])
    yield _of(match, text, first, "year", "year")
    yield _of(match, text, *((last, "year") if last > first else (Decimal(match["until"]), "")), "until")


def _month(written: str) -> Decimal | None:
    word = written.casefold().rstrip(".")
    for number, month in enumerate(_MONTHS, 1):
        if word in (month, month[:3], "sept" if number == 9 else month):
            return Decimal(number)
    return _number(written)


def _century(match: re.Match[str], text: str) -> Iterator[Quantity]:
    groups = match.groupdict()
    century = groups.get("century")
    number = None if century is None else _ordinal_value(century)
    if number is not None and not groups.get("decade"):
        yield _of(match, text, -number if groups["bc"] else number, "century", "century")
        return
    group = "decade" if groups.get("decade") else "decade2"
    decade = _number(groups.get(group) or "")
    if decade is not None:
        full = (number - 1) * 100 + decade if number is not None else decade
        # Of a decade without its century, the last one that most texts speak of.
        yield _of(match, text, full if full >= 100 else full + 1900, "decade", group)


def _part_of_year(match: re.Match[str], text: str) -> Iterator[Quantity]:
    group, written = next((name, found) for name, found in match.groupdict().items() if found)
    word = written.casefold()
    value = {"上": 1, "下": 2, "latter": 2}.get(word) or _ORDINALS.get(word) or _number(word)
    if value is not None:
        yield _of(match, text, Decimal(value), "half" if group.startswith("half") else "quarter")


def _weekday(match: re.Match[str], text: str) -> Iterator[Quantity]:
    at = min(_ZH_WEEKDAYS.index(match["zh"]), 6) if match["zh"] else _WEEKDAYS.index(match["en"].casefold())
    yield _of(match, text, Decimal(at + 1), "weekday")


def _clock(match: re.Match[str], text: str) -> Iterator[Quantity]:
    groups = match.groupdict()
    hour, minutes = _number(groups["h"]), 30 if groups.get("thirty") else _number(groups.get("min") or "0")
    if hour is None or minutes is None or hour > 24 or minutes >= 60:
        return
    part = (groups.get("at") or "").casefold()
    is_sure = bool(part) or hour > 12 or groups["h"].startswith("0")
    if part == "p" or (part and part in _AFTER_NOON):
        shown = hour % 12 + 12
    else:
        shown = hour % 12 if part == "a" else hour
    one = _of(match, text, shown * 60 + minutes, _CLOCK if is_sure else _EITHER_HALF)
    yield replace(one, plain=hour)


def _lasting(match: re.Match[str], text: str) -> Iterator[Quantity]:
    """Yield how long half an hour, 一个半小时 or two and a half years is."""
    written, unit = match.groupdict().get("n") or "0", match["unit"]
    whole = Decimal(1) if written in ("a", "an") else _number(written)
    if whole is not None:
        kind, factor = _unit(f"个{unit}" if unit in ("月", "世纪") else unit)
        plain = whole + Decimal("0.5")
        yield replace(_of(match, text, plain * factor, kind), plain=plain)


def _hours_and_minutes(match: re.Match[str], text: str) -> Iterator[Quantity]:
    hours, minutes = _number(match["h"]), _number(match["min"])
    if hours is not None and minutes is not None:
        one = _of(match, text, hours * 3600 + minutes * 60, "hours")
        yield replace(one, plain=hours)


def _of_era(match: re.Match[str], text: str) -> Iterator[Quantity]:
    """Yield a year of our era, or one below zero where the group that holds it is of those before."""
    group = match.lastgroup or ""
    value = _number(match[group])
    if value is not None:
        yield _of(match, text, -value if group.startswith("bc") else value, "year", group)


def _one_in(match: re.Match[str], text: str) -> Iterator[Quantity]:
    part, whole = _number(match["n"]), _number(match["of"])
    if part and whole and part < whole:
        yield from _fraction(match, text)


def _ordinal_value(written: str) -> Decimal | None:
    word = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", written.casefold())
    *tens, last = re.split("[- ]", word)
    return Decimal(sum(_WORDS[one] for one in tens) + _ORDINALS[last]) if last in _ORDINALS else _number(word)


def _points(match: re.Match[str], text: str) -> Iterator[Quantity]:
    value = _number(match["zh"] or match["n"])
    if value is not None:
        yield _signed(_of(match, text, value, "percent" if match["zh"] else "points"), text)


def _percent(match: re.Match[str], text: str) -> Iterator[Quantity]:
    value = _number(match["n"])
    if value is not None:
        yield _signed(_of(match, text, value / 10 if match["mille"] else value, "percent"), text)


def _tenths(match: re.Match[str], text: str) -> Iterator[Quantity]:
    more = 5 if match["half"] else _CHINESE.get(match["more"], 0)
    yield _of(match, text, Decimal(10 * _CHINESE[match["zh"]] + more), "percent")


_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def _fraction(match: re.Match[str], text: str) -> Iterator[Quantity]:
    groups = match.groupdict()
    if "of" in groups:
        whole, part = _number(groups["of"]), _number(groups["n"])
    elif "word" in groups:
        whole, part = Decimal(_PARTS[groups["word"].casefold()]), _number(groups["n"]) or Decimal(1)
    else:
        whole, part = Decimal(2), Decimal(1)
    if whole and part is not None:
        yield _of(match, text, Decimal(f"{part / whole:.4f}"), "fraction")


def _ordinal(match: re.Match[str], text: str) -> Iterator[Quantity]:
    value = _ordinal_value(match.groupdict().get("word") or match["n"])
    if value is not None:
        yield _of(match, text, value, "ordinal")


def _multiple(match: re.Match[str], text: str) -> Iterator[Quantity]:
    yield _of(match, text, Decimal(3 if match[0].casefold().startswith("triple") else 2), "")


def _one_of(match: re.Match[str], text: str) -> Iterator[Quantity]:
    times = Decimal("0.5") if match.groupdict().get("half") else 1
    yield _of(match, text, times * Decimal(SCALES[match["scale"].casefold()]), "")


def _measure(match: re.Match[str], text: str) -> Iterator[Quantity]:
    groups = match.groupdict()
    number = _number(groups["n"])
    if number is None:
        return
    scale, unit = groups.get("scale"), groups.get("unit")
    beyond = _RANGE.match(text, match.end("n")) if not scale and not unit else None
    if beyond:
        scale, unit = beyond["scale"], beyond["unit"]
    plain = number * (SCALES[scale.casefold()] if scale else 1)
    if groups.get("more"):  # 2亿3000万
        plain += Decimal(groups["more"]) * SCALES[groups["less"]]
    kind, factor = _unit(unit) if unit else (_MONEY.get((groups.get("money") or "").casefold(), ""), Decimal(1))
    if not kind and not scale and re.fullmatch(r"1\d{3}|20\d{2}", groups["n"]):
        kind = "year"
    last = "less" if groups.get("more") else "scale" if scale and not beyond else "n"
    start, end = match.start(), match.end(last)
    written = text[start:end].strip()
    found = Quantity(written, start, end, (plain * factor).normalize(), kind, plain.normalize())
    yield _below(found) if groups.get("below") else _signed(found, text)


def _signed(one: Quantity, text: str) -> Quantity:
    """Return a figure below zero where a sign or a word before it says so; with it whether words say that it fell."""
    if one.kind not in _SIGNED:
        return one
    before = text[max(0, one.start - _BESIDE) : one.start]
    if _BELOW.search(before[-9:]):
        return _below(one)
    around = f"{_SENTENCE_END.split(before)[-1]} {_SENTENCE_END.split(text[one.end : one.end + _BEHIND])[0]}"
    return replace(one, falls=True) if _FALLS.search(around) else one


def _below(one: Quantity) -> Quantity:
    return replace(one, value=-one.value, plain=-one.plain)


# 两三个 is two or three of them.
_ABOUT = re.compile(f"(?!{_ZH}{{4}})[十百千万亿]*(?:一[二两]|[二两]三|三四|四五|五六|六七|七八|八九)[十百千万亿]*")


def _counted(match: re.Match[str], text: str) -> Iterator[Quantity]:
    value = _number(match["n"])
    if value is None or match["n"] in ("一", "万", "亿", "千", "百") or _ABOUT.fullmatch(match["n"]):
        return
    value *= SCALES[match["scale"]] if match["scale"] else 1
    kind, factor = _unit(match["unit"]) if match["unit"] else ("", Decimal(1))
    start, end = match.span("n")
    yield _signed(Quantity(text[start:end], start, end, (value * factor).normalize(), kind, value.normalize()), text)


@cache
def _unit(written: str) -> tuple[str, Decimal]:
    for pattern, (kind, factor) in _UNITS.items():
        if re.fullmatch(pattern, written, re.IGNORECASE):
            return kind, Decimal(factor)
    return "", Decimal(1)


def _number(written: str) -> Decimal | None:
    """Return the value of a number in digits, English words or Chinese numerals; None when it is none."""
    text = written.strip().casefold()
    if not text:
        return None
    if text[0].isdigit() or text[0] in _HALVES:
        half = Decimal(_HALVES.get(text[-1], "0"))
        digits = text.rstrip("".join(_HALVES)).replace(",", "")
        return (Decimal(digits or 0) + half).normalize()
    if text[0] in _CHINESE or text[0] in "百千万亿":
        return _chinese_value(text)
    words = re.split(r"[- ]+", text)
    total = section = 0
    for word in words:
        if word in ("thousand", "million", "billion"):
            total, section = total + section * SCALES[word], 0
        else:
            section = section * 100 if word == "hundred" else section + _WORDS.get(word, 0)
    return Decimal(total + section) if any(word in _WORDS for word in words) else None


def _chinese_value(run: str) -> Decimal | None:
    """Return the value of a numeral such as 三十二, 一千二百万, 二〇二一 or 三点五; None when it is none."""
    whole, _, part = run.partition("点")
    if part:
        before = _chinese_value(whole)
        number = part.rstrip("十百千万亿")
        digits = "".join(str(_CHINESE[one]) for one in number if one in _CHINESE)
        times = SCALES.get(part.removeprefix(number), 1)
        return None if before is None or not digits.isdigit() else times * (before + Decimal(f"0.{digits}"))
    if len(whole) > 1 and all(one in _CHINESE and _CHINESE[one] < 10 for one in whole):
        return Decimal("".join(str(_CHINESE[one]) for one in whole))
    units = {"十": 10, "百": 100, "千": 1000}
    total, section, digit, after = 0, 0, 0, 1
    for character in whole:
        if character in units:
            after = units[character]
            section += (digit or 1) * after
            digit = 0
        elif character in "万亿":
            after = 10**4 if character == "万" else 10**8
            # 一亿两千万 adds what is 万, 一万亿 scales it.
            total = (total + section + digit) * after if after > total else total + (section + digit) * after
            section = digit = 0
        else:
            digit = _CHINESE[character]
            after = 10 if character in "零〇" else after
    if digit and whole[-2:-1] in ("百", "千", "万", "亿"):
        digit *= after // 10  # 两万三 is 23,000
    return Decimal(total + section + digit).normalize()
