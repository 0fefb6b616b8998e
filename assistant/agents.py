"""Who did it: of an English sentence, the names in the place of the one who did what a question asks about."""

import re
from collections.abc import Iterator

# Verbs that tell of one deed, or of which one form is unlike the others; any other verb is known by its stem.
_DEEDS = tuple(
    rf"\b(?:{forms})\b"
    for forms in (
        r"wins?|won|winning|beats?|defeat(?:s|ed)?|winner",
        r"acquir\w+|buys?|bought|purchas\w+|takes? over|took over|taken over",
        r"found(?:s|ed)?|establish\w*|set up",
        r"writes?|wrote|written",
        r"builds?|built",
        r"leads?|led|heads?|headed",
        r"sings?|sang|sung",
        r"draws?|drew|drawn",
        r"makes?|made",
    )
)
_NAME = r"(?P<name>[A-Z][\w.&’'-]*(?: (?:(?:of|de|van|von|der|da|al|bin|&) )?[A-Z][\w.&’'-]*)*)"
_BETWEEN = r"(?:(?:[Ww]ho|has|have|had|also|then|later|first|officially|finally|successfully|would|will|\([^)]*\)),? )*"
_ACTIVE = re.compile(rf"{_NAME},? {_BETWEEN}$")  # what ends where the verb begins
_PASSIVE = re.compile(rf"(?: (?!and\b|but\b|who\b)\w+){{0,3}} by (?:the )?{_NAME}")
_ASKS = re.compile(
    r"\bwho(?:\s+(?:first|else|has|have|had|is|was|are|were|will|did|the))*\s+(?P<verb>[a-z]{3,})", re.IGNORECASE
)
_BESIDE = 160  # characters of the verb in which who did it is looked for, so that no text takes long
_NO_NAME = re.compile(r"(?:The|A|An|It|He|She|They|We|This|That|In|On|At|And|But|Who|Which|However|Later|Then)$")
_SOMEBODYS = re.compile(r"^.*['’]s? |^.*['’]s?$")  # "Slovenia's Tadej Pogačar" is named behind it


def deed_asked(question: str) -> re.Pattern[str] | None:
    """Return what finds, in a text, the deed of which an English question asks who did it; None when it asks none."""
    asked = _ASKS.search(question)
    if not asked:
        return None
    verb = asked["verb"].lower()
    stem = re.sub("(?:ing|ed|es|s|e)$", "", verb)
    return re.compile(next((deed for deed in _DEEDS if re.fullmatch(deed, verb)), rf"\b{stem}\w*"))


def agents(text: str, deed: re.Pattern[str]) -> list[str]:
    """Return the names of a text that stand where the one stands who did this: before the verb, or behind "by"."""
    return list(dict.fromkeys(_agents(text, deed)))


def _agents(text: str, deed: re.Pattern[str]) -> Iterator[str]:
    for match in deed.finditer(text):
        start, end = match.span()
        found = _PASSIVE.match(text[end : end + _BESIDE]) or _ACTIVE.search(text[max(0, start - _BESIDE) : start])
        name = _SOMEBODYS.sub("", found["name"]).strip(".") if found else ""
        if name and not _NO_NAME.match(name):
            yield name
