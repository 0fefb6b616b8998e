"""The table of contents of a book: it knows the headings that the chapters themselves write as any paragraph."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_CARRIERS = _HEADINGS | frozenset("p div center li dt td header".split())  # what a heading is written as
_NEAR = 30  # elements after the place that an entry leads to


@dataclass(frozen=True)
class Entry:
    """An entry: how deep it stands, from 1, its words, and the place inside its file that it leads to, or ""."""

    level: int
    label: str
    fragment: str = ""


def walk(root: "_Element") -> Iterator[tuple[str, "_Element"]]:
    """Yield each element at its start and at its end."""
    from lxml import etree

    yield from etree.iterwalk(root, events=("start", "end"))


def mark_headings(tree: "HtmlElement", entries: Iterable[Entry]) -> None:
    """Make headings of the lines in a chapter that have the words of its entries, where the entries lead to.

    A chapter without any heading whose first entry is nowhere in it (its title is a picture) begins with the entry.
    """
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    at = {mark: number for number, element in reversed(list(enumerate(elements))) if (mark := element.get("id"))}
    headed = any(element.tag in _HEADINGS for element in elements)
    for number, entry in enumerate(entries):
        start = at.get(entry.fragment, 0)
        found = _carrier(elements, start, entry.label)
        if found is not None:
            found.tag = found.tag if found.tag in _HEADINGS else f"h{min(entry.level, 6)}"
            headed = True
        elif number == 0 and not headed and (body := tree.find("body")) is not None:
            heading = body.makeelement(f"h{min(entry.level, 6)}")
            heading.text, heading.tail, body.text = entry.label, body.text, None
            body.insert(0, heading)
            headed = True


def _carrier(elements: Sequence["HtmlElement"], start: int, label: str) -> "HtmlElement | None":
    """The element with just these words around or after a place."""
    words = _squeezed(label)
    around = [element for element in islice(elements[start].iterancestors(), 4) if element.tag in _CARRIERS]
    after = [element for element in elements[start : start + _NEAR] if element.tag in _CARRIERS]
    return next((element for element in around + after if _squeezed(_beginning(element, label)) == words), None)


def _beginning(element: "HtmlElement", label: str) -> str:
    """The words of an element, or as many as tell that they are more than the label."""
    words = ""
    for piece in element.itertext():
        words += piece
        if len(words) > 2 * len(label) + 200:
            break
    return words


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
