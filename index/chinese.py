"""Traditional and simplified Chinese: one language in two scripts, in which a question and a text may differ."""

from functools import cache
from typing import TYPE_CHECKING

from index.language import language_of

if TYPE_CHECKING:
    import opencc

_HAN = range(0x3400, 0xA000)
_WAYS = ("s2tw", "s2hk")  # Taiwan and Hong Kong write some characters in ways of their own


def simplified(text: str) -> str:
    """Return a text to be compared, with simplified characters in the places of traditional ones; offsets stay."""
    return text if text.isascii() else text.translate(_simple())


def is_traditional(text: str) -> bool:
    """Return whether a text is Chinese, with characters that no simplified text has; 乾隆 has one that some have."""
    return language_of(text) == "zh" and any(
        ord(one) in _simple() and not one.encode("gb2312", errors="ignore") for one in text
    )


def as_written_in(text: str, like: str) -> str:
    """Return a simplified text in traditional characters where another text, by the same hand, is in those."""
    return _converter("s2tw").convert(text) if is_traditional(like) else text


def in_each_script(text: str) -> tuple[str, ...]:
    """Return a Chinese text as it is written, and as it would be in the other ways; another text alone."""
    if not any(ord(character) in _HAN for character in text):
        return (text,)
    simple = _converter("t2s").convert(text)
    return tuple(dict.fromkeys([text, simple, *(_converter(way).convert(simple) for way in _WAYS)]))


@cache
def _simple() -> dict[int, str]:
    characters = [chr(code) for code in _HAN]
    simple = _converter("t2s").convert("\n".join(characters)).split("\n")
    return {ord(one): other for one, other in zip(characters, simple, strict=True) if one != other and len(other) == 1}


@cache
def _converter(way: str) -> "opencc.OpenCC":
    import opencc  # late: loads a compiled library

    return opencc.OpenCC(way)
