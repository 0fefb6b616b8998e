"""What a source only supposes, plans or passes on, and an answer states as a fact."""

import re

from assistant.clauses import CLAUSE
from assistant.evidence import terms
from index.chinese import simplified

_HEDGE = re.compile(
    r"\b(?:(?-i:may)|might|could (?:be|become|have|reach)|perhaps|possibly|probably|presumably|likely|reportedly"
    r"|allegedly|supposedly|rumou?red|(?:is|are|was|were) (?:\w+ ){0,3}?(?:said|believed|thought|expected|planned) to"
    r"|(?<!the )(?<!its )(?<!his )(?<!her )(?<!heir )(?:plan|intend|hope)(?:s|ed)? to)\b"
    "|(?<!不)可能(?!性)|或许|也许|大概(?![念率])|疑似|(?<![数根依占证论])据(?:[说称传闻]|报道)|传闻|有望|预计|或将"
    "|打算(?!盘)|(?:计划|拟)(?:于|在|将|到)",
    re.IGNORECASE,
)
_ALLOWS = re.compile(r"\b(?:can|could|allow(?:s|ed)|permit(?:s|ted))\b", re.IGNORECASE)
_NO_MORE = 2  # words beside its hedge: such a clause, "reportedly, …", is of what comes behind it


def hedge(text: str, question: str, quoted: str) -> str:
    """Return the word by which a source only supposes what a text in its language states; "" where the text, or the
    question, has such a word itself.

    It must stand in that clause of the source which has most of the text's words.
    """
    plain, told = simplified(text), simplified(quoted)
    if _HEDGE.search(f"{simplified(question)}\n{plain}"):
        return ""
    own = terms(plain) - terms(question) or terms(plain)
    clauses = _clauses(told)
    nearest = max(clauses, key=lambda one: len(own & terms(one)), default="")
    found = _HEDGE.search(nearest)
    return found[0] if found and not (found[0] == "may" and _ALLOWS.search(plain)) else ""


def _clauses(text: str) -> list[str]:
    """Return the clauses of a text, one that is but a hedge with the next."""
    found: list[str] = []
    begun = ""
    for match in CLAUSE.finditer(text):
        begun = f"{begun} {match[0].strip()}".strip()
        if len(terms(_HEDGE.sub(" ", begun))) > _NO_MORE:
            found.append(begun)
            begun = ""
    return [*found, begun] if begun else found
