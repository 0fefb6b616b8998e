"""Superlatives and their rank (the largest, the second largest, one of the largest), and what is numbered (the third
round); in Chinese and English alike."""

import re
from collections.abc import Mapping
from decimal import Decimal

from assistant.differences import is_grammar
from assistant.figures import quantities
from index.chinese import simplified

# One word for those of both languages that a scale is named by; any other superlative names its own.
_SCALES: Mapping[str, str] = {
    word: scale
    for scale, words in {
        "size": "largest biggest greatest 大",
        "height": "highest tallest 高",
        "length": "longest 长",
        "age": "oldest earliest 早 老 古老",
        "number": "populous numerous 多",
        "depth": "deepest 深",
        "speed": "fastest quickest 快",
        "weight": "heaviest 重",
        "smallness": "smallest 小",
        "importance": "important 重要",
        "fame": "famous 著名 有名",
        "expense": "expensive 贵 昂贵",
    }.items()
    for word in words.split()
}
_NTH = r"(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))"
_SEVERAL = r"(?:one of|among|some of) (?:the |its |their )?(?:[\w’'-]+ ){0,2}?"
_FORMS = (
    re.compile(
        rf"\b(?:(?P<later>{_NTH})[- ]|(?P<several>{_SEVERAL}))?"
        r"(?:most[- ](?P<adverb>[a-z]{4,})"
        r"|(?P<word>(?:larg|bigg|great|high|tall|long|old|earli|deep|fast|quick|heavi|small)est))\b",
        re.IGNORECASE,
    ),
    # 最大的港口之一, 第二大城市; but 第二大街, 第三高中
    re.compile(
        r"第 ?(?P<later>[二三四五六七八九十]|[2-9]|\d\d)(?P<word>[大高长多深快重小](?![街道厦学会队中等校师]))"
        r"|(?P<some>一些|若干|其中[几一]个|几个)?最(?P<adverb>重要|著名|有名|昂贵|古老|[大高长早老多深快重小贵])(?P<several>[^，。；,;.]{0,16}之一)?"
    ),
)
FIRST, LATER, SEVERAL = "first", "later", "several"


def ranks(text: str) -> dict[str, dict[str, str]]:
    """Return the scales on which a text ranks things, each with the ranks that it names and how it writes them.

    A rank is FIRST ("the largest"), LATER ("the second largest") or SEVERAL ("one of the largest").
    """
    text = simplified(text)
    found: dict[str, dict[str, str]] = {}
    for form in _FORMS:
        for match in form.finditer(text):
            word = (match["word"] or match["adverb"]).casefold()
            several = match["several"] or match.groupdict().get("some")
            rank = LATER if match["later"] else SEVERAL if several else FIRST
            found.setdefault(_SCALES.get(word, word), {}).setdefault(rank, match[0])
    return found


def raised(text: str, told: str) -> tuple[str, str] | None:
    """Return the rank that something has in what is told, and its words, where a text makes it FIRST."""
    there = ranks(told)
    for scale, named in ranks(text).items():
        if set(named) == {FIRST} and scale in there and FIRST not in there[scale]:
            rank = LATER if LATER in there[scale] else SEVERAL
            return rank, there[scale][rank]
    return None


# After 次 and the like, it is what follows that is numbered.
_COUNTED = re.compile("[ -]?([次个位名期届代家座条场][\u3400-\u9fff]|[\u3400-\u9fff]|[A-Za-z]+)")


def ordinals(text: str) -> dict[str, dict[Decimal, str]]:
    """Return what a text numbers, each with its numbers and how it writes them: "round" of "third round"."""
    text = simplified(text)
    found: dict[str, dict[Decimal, str]] = {}
    for one in quantities(text):
        counted = _COUNTED.match(text, one.end) if one.kind == "ordinal" else None
        if counted and not is_grammar(counted[1]):
            found.setdefault(counted[1].casefold(), {})[one.value] = one.written + counted[0]
    return found


def misnumbered(text: str, told: str) -> str:
    """Return how what is told numbers something of which a text gives another number; "" when they agree."""
    there = ordinals(told)
    for counted, numbers in ordinals(text).items():
        if len(numbers) == 1 and counted in there and numbers.keys().isdisjoint(there[counted]):
            return ", ".join(there[counted].values())
    return ""
