"""What a reader gives back: the text that we cite, its headings, and who said it where and when."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePath
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Heading:
    """A heading of the text, level 1 to 6: `source.text[start:end] == text`, always on one line."""

    start: int
    end: int
    level: int
    text: str


@dataclass(frozen=True)
class Page:
    """A page of the text, `source.text[start:end]`, by its number in the document, from 1."""

    start: int
    end: int
    number: int


@dataclass(frozen=True)
class Block:
    """A stretch that is kept whole: a row of a table with its header, a piece of code."""

    start: int
    end: int


@dataclass(frozen=True)
class Source:
    """One document as it can be cited: its text (newlines are LF) and what it says of itself.

    `uri` is where we read it: an absolute path, or the web address that we were asked to fetch. `url` is the address
    that the document itself names, else the one that answered. `published` is an ISO date as precise as it was stated
    ("2021-08-20", "2021-08", "2021").
    `metadata` is what a program said of it beside: values of JSON by name.
    """

    id: str
    uri: str
    title: str
    author: str | None
    published: str | None
    url: str | None
    retrieved: str
    language: str
    media_type: str
    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        """Return what tells it from others in a list; the text, which may be long or not read yet, is left out."""
        said = [repr(self.title), *filter(None, (self.author, self.published)), self.language, self.uri]
        return f"Source({', '.join(said)})"

    @property
    def stated_title(self) -> str | None:
        """The title that the document states; None where `title` is only the file's name or the page's address."""
        return None if self.title in (PurePath(self.uri).stem, self.uri) else self.title

    @property
    def site(self) -> str | None:
        """The name that the document's site gives itself, else the host of its address; None where neither is known."""
        named = self.metadata.get("site")
        return named if isinstance(named, str) else _host(self.url) if self.url else None


def _host(address: str) -> str | None:
    try:
        host = urlsplit(address).hostname
    except ValueError:  # not an address: a bracket that is not closed
        return None
    return host.removeprefix("www.") if host else None


@dataclass(frozen=True)
class Draft:
    """What a reader found in the bytes alone; what the document does not say of itself is None."""

    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    title: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()  # what of the document is not in the text, each for a person to read
    site: str | None = None  # the name that it gives itself


def content_id(draft: Draft) -> str:
    """32 hex digits of sha256 over everything of the document that a citation shows.

    The path or address where it was read is left out, and so is a title taken from it: a moved or renamed file, or a
    page at two addresses, stays the same source.
    Changed metadata makes another source, because a citation to the old one would show what is no longer said.
    """
    shown = [draft.text, draft.title, draft.author, draft.published, draft.url]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


_NUMERIC_DATE = re.compile(
    r"(\d{4})(?:(?P<sep>[-/.])(\d{1,2})(?:(?P=sep)(\d{1,2}))?|\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?)?)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WORDED_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")


def iso_date(stated: str) -> str | None:
    """A stated date in ISO form, as precise as stated: "2021年8月" gives "2021-08"; a doubtful one gives None."""
    day = stated.strip()
    if match := re.match(r"\d{4}-\d{2}-\d{2}(?=[T ]\d{2}:?\d{2})", day):
        day = match[0]
    if compact := _COMPACT_DATE.fullmatch(day):
        return _checked([compact[1], compact[2], compact[3]])
    if numeric := _NUMERIC_DATE.fullmatch(day):
        return _checked([part for part in (numeric[1], numeric[3] or numeric[5], numeric[4] or numeric[6]) if part])
    words = " ".join(day.replace(",", " ").split())
    for worded in _WORDED_FORMATS:
        try:
            return datetime.strptime(words, worded).date().isoformat()
        except ValueError:
            continue
    return None


def _checked(parts: list[str]) -> str | None:
    year, month, day = (*map(int, parts), 1, 1)[:3]
    try:
        return date(year, month, day).isoformat()[: (4, 7, 10)[len(parts) - 1]]
    except ValueError:
        return None
