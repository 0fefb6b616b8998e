"""What a sentence lists: "A、B和C", "A, B and C". Each may stand in another part of the evidence."""

import re

from index.chinese import simplified
from index.words import letters

INTRODUCES = re.compile(r"包括了?|包含|\binclud(?:es?|ing)\b", re.IGNORECASE)
_FEWEST = 3
# What stands before the first thing that is listed, and after the last.
_BEFORE = re.compile(
    rf".*(?:{INTRODUCES.pattern}|分别是|分别为|有|是|为|如|\b(?:are|were|is|was|has|have|such as)\b|[:：]):?",
    re.IGNORECASE | re.DOTALL,
)
_AFTER = re.compile(r"(?:等.*|[。.!！；;].*)$", re.DOTALL)
_CHINESE = re.compile("、|以及|[和及与]")
_ENGLISH = re.compile(r",\s+(?:and\s+|or\s+)?|\s+and\s+")
_JOINED = re.compile(r"\b(?:and|or|etc)\b")  # "in Orne, Vale, in 1990" has commas and is no list


def listed(text: str) -> list[str]:
    """Return the letters of each thing that a sentence lists; none when it lists fewer than three."""
    chinese = "、" in text
    if not chinese and ("," not in text or not (_JOINED.search(text) or INTRODUCES.search(text))):
        return []
    first, *others = (_CHINESE if chinese else _ENGLISH).split(simplified(text))
    if len(others) < _FEWEST - 1:
        return []
    *between, last = others
    begins = _BEFORE.match(first)  # else nothing tells where the first thing begins: its end counts
    first = first[begins.end() :] if begins else first[-2:] if chinese else first.rpartition(" ")[2]
    found = [first, *between, _AFTER.sub("", last)]
    return [plain for one in found if (plain := letters(one))]
