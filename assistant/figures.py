"""Figures and dates as values, so that 6.05万亿 and 6.05 trillion, 2021年8月 and August 2021 are the same."""

import re
from decimal import Decimal

_SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "萬億": 10**12, "兆": 10**12,
    "k": 10**3, "m": 10**6, "bn": 10**9, "b": 10**9,
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december".split()
_WORDS = {word: value for value, word in enumerate("zero one two three four five six seven eight nine ten".split())}
_WORDS |= {"eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100}
_WORDS |= {"first": 1, "second": 2, "third": 3, "half": 2, "twice": 2, "double": 2, "once": 1}
_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0, "半": 2}

_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_FIGURE = re.compile(
    # A figure that is part of a name (GPT-3, CASP14, v2) is the name's, and is checked with it.
    rf"(?<![\w.])(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)(?:\s?(?P<scale>{_SCALE})(?![a-z克米瓦卡赫字]))?",
    re.IGNORECASE,
)
# A Chinese numeral is a figure when it counts something; 一 alone is more often an article.
_COUNTED = re.compile(
    "[零一二两三四五六七八九十百千万亿]+(?=[家个位名人篇次年月日号天周种项倍台块层岁届座吨米公里元所条国])"
)
_NAMED = re.compile(r"[A-Za-z]+[\-‑–]?\d[A-Za-z0-9_.\-]*")


def figures(text: str) -> dict[str, Decimal]:
    """Return the figures of a text, in digits or counting Chinese numerals, each as it is written with its value."""
    plain = _NAMED.sub(lambda match: " " * len(match[0]), text)
    found = {match[0].strip(): _value(match["digits"], match["scale"]) for match in _figures_in(plain)}
    for numeral in _COUNTED.findall(plain):
        value = _chinese_value(numeral)
        if value is not None and numeral not in ("一", "万", "亿", "千", "百"):
            found[numeral] = value
    return found


def values(text: str) -> set[Decimal]:
    """Return every value that a text can be said to state: digits, number words, Chinese numerals, month names."""
    found = {_value(match["digits"], match["scale"]) for match in _figures_in(text)}
    found |= {_value(match["digits"], None) for match in _figures_in(text)}
    found |= {Decimal(digits) for digits in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}
    for word in re.findall(r"[a-z]+", text.casefold()):
        if word in _WORDS:
            found.add(Decimal(_WORDS[word]))
        found |= {Decimal(number) for number, month in enumerate(_MONTHS, 1) if word in (month, month[:3])}
    found |= {Decimal(_CHINESE[character]) for character in text if character in _CHINESE}
    for run in re.findall("[零〇一二两三四五六七八九十百千万亿]{2,}", text):
        value = _chinese_value(run)
        if value is not None:
            found.add(value)
    return found


def _figures_in(text: str) -> list[re.Match[str]]:
    # In Chinese a figure follows a letter without a space (截至2021年), so only Latin letters hold it back.
    spaced = re.sub(r"(?<=[^\x00-\x7f])(?=\d)", " ", text)
    return list(_FIGURE.finditer(spaced))


def _value(digits: str, scale: str | None) -> Decimal:
    return (Decimal(digits.replace(",", "")) * (_SCALES[scale.casefold()] if scale else 1)).normalize()


def _chinese_value(run: str) -> Decimal | None:
    """Return the value of a numeral such as 三十二 or 一千二百万; None when the characters make none."""
    units = {"十": 10, "百": 100, "千": 1000}
    total, section, digit = 0, 0, 0
    for character in run:
        if character in units:
            section += (digit or 1) * units[character]
            digit = 0
        elif character in "万亿":
            total = (total + section + digit) * (10**4 if character == "万" else 10**8)
            section = digit = 0
        else:
            if digit and character != "零":
                return None  # 二〇二一 is read digit by digit
            digit = _CHINESE[character]
    return Decimal(total + section + digit).normalize()
