"""A file of the corpus, and all that is known of what was written into it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.corpus.documents import Document, Heading


@dataclass(frozen=True)
class Made:
    """One file: its bytes, the text in the order in which it is read, and what it states of itself.

    `title`, `author` and `published` are None where the format states none. A page is its number and words on it.
    """

    writer: str  # the row of the table: "docx, python-docx"
    name: str
    data: bytes
    text: tuple[str, ...]
    title: str | None = None
    author: str | None = None
    published: str | None = None
    headings: tuple[tuple[int, str], ...] = ()
    pages: tuple[tuple[int, str], ...] = ()


def levels(headings: Sequence[Heading], under: str = "") -> tuple[tuple[int, str], ...]:
    """Return headings with their levels, under a title that is the only one of level 1 when there is one."""
    if not under:
        return tuple((heading.level, heading.text) for heading in headings)
    return ((1, under), *((heading.level + 1, heading.text) for heading in headings))


def pages(document: Document) -> tuple[tuple[int, str], ...]:
    """Return the words that begin each page where each heading of level 1 begins one."""
    return tuple((number, section[0].text) for number, section in enumerate(document.sections(), start=1))  # type: ignore[union-attr]
