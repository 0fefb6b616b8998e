"""Large figures between Chinese and English: 1269万 is 12.69 million.

Chinese counts in 万 (10^4) and 亿 (10^8), English in thousands. A small model that reads the one and writes the other
keeps the digits and takes the next best word: "1269 million". Code knows what the source says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assistant.figures import SCALES, quantities

_WRITTEN_IN = {"zh": ("万亿", "亿", "万"), "en": ("trillion", "billion", "million")}
_READ_IN = {"zh": ("万亿", "萬億", "千亿", "百亿", "亿", "億", "千万", "百万", "万", "萬"), "en": _WRITTEN_IN["en"]}
_OTHER = {"zh": "en", "en": "zh"}
_NUMBER = r"(?<![\d.,])(?P<number>\d[\d,]*(?:\.\d+)?)"
_LARGE = {
    language: re.compile(rf"{_NUMBER} ?(?P<scale>{'|'.join(scales)})(?![a-z])", re.IGNORECASE)
    for language, scales in _READ_IN.items()
}
_ANY = re.compile(
    rf"{_NUMBER}(?: ?(?P<scale>{'|'.join([*_READ_IN['zh'], *_READ_IN['en'], 'thousand'])})(?![a-z]))?", re.IGNORECASE
)
_REPEATED = re.compile(rf" ?[(（](?P<figure>{_ANY.pattern})[)）]", re.IGNORECASE)


@dataclass(frozen=True)
class _Figure:
    """A figure of a text at `text[start:end]`."""

    written: str
    start: int
    end: int
    value: Decimal
    digits: str  # the number's, without what scales it: of 0.50 and 50 "5"
    is_large: bool  # whether a word, or the commas of thousands, say so


def glossed(text: str, language: str) -> str:
    """Return a text of the sources with its large figures also as they are written in Chinese or English."""
    parts, at = [], 0
    for one in _figures(text, _LARGE.get(_OTHER.get(language, ""))):
        parts += [text[at : one.end], _bracketed(_as_written_in(language, one.value), _OTHER[language])]
        at = one.end
    return "".join([*parts, text[at:]])


def corrected(text: str, told: str, language: str) -> str:
    """Return a text in Chinese or English with the scale that the sources give to the digits of each large figure.

    Each stands there in the text's own way of writing, and once where the text has both.
    """
    other = _LARGE.get(_OTHER.get(language, ""))
    large = list(_figures(told, other))
    if not large:
        return text
    # 一百万 and 20多万 are right, too, though no digits say so.
    right = {one.value for one in _figures(told, _ANY)} | {one.plain for one in quantities(told)}
    for said in reversed(list(_figures(text, _ANY))):
        if said.value in right:
            meant = {said.value} if other and other.fullmatch(said.written) else set()
        else:
            meant = {one.value for one in large if one.digits == said.digits}
        if said.is_large and len(meant) == 1:
            text = text[: said.start] + _as_written_in(language, meant.pop()) + text[said.end :]
    return _REPEATED.sub(lambda found: "" if _stands(found["figure"], text[: found.start()]) else found[0], text)


def _stands(figure: str, text: str) -> bool:
    """Whether a text has this figure, and not only as a piece of a longer one: the 69 of 1969."""
    return bool(re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\d)", text))


def with_originals(text: str, told: str, language: str) -> str:
    """Return a text in Chinese or English with the source's own writing behind each large figure of it, once."""
    written = {one.value: one.written for one in _figures(told, _LARGE.get(_OTHER.get(language, "")))}
    parts, at = [], 0
    for said in _figures(text, _ANY) if written else []:
        original = written.pop(said.value, None)
        if original and original not in text:
            parts += [text[at : said.end], _bracketed(original, language)]
            at = said.end
    return "".join([*parts, text[at:]])


def _figures(text: str, pattern: re.Pattern[str] | None) -> Iterator[_Figure]:
    for match in pattern.finditer(text) if pattern else ():
        number = Decimal(match["number"].replace(",", "").rstrip("."))
        times = SCALES[match["scale"].lower()] if match["scale"] else 1
        digits = re.sub(r"\D", "", match["number"]).strip("0")
        yield _Figure(match[0], *match.span(), number * times, digits, times > 1 or "," in match["number"])


def _as_written_in(language: str, value: Decimal) -> str:
    """Return a value as it is written: 12.69 million, 40,000; 6.05万亿, 4000."""
    for scale in _WRITTEN_IN[language]:
        times = SCALES[scale]
        if value >= times:
            return f"{(value / times).normalize():,f}{' ' if language == 'en' else ''}{scale}"
    return f"{value.normalize():,f}" if language == "en" else f"{value.normalize():f}"


def _bracketed(text: str, language: str) -> str:
    return f" ({text})" if language == "en" else f"（{text}）"
