"""Web pages: the main text as a reader sees it, and the title, author, date and address that the page declares.

trafilatura decides what the main text is; we write it down ourselves from the page. Its own output loses headings,
short paragraphs and the words inside <time>, and all structure when it falls back on its other extractors; its author
is no longer as written ("21CTO" becomes nothing, "李磊" is dropped for having no space).
"""

import codecs
import json
import logging
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from index.sources.assembly import Layout
from index.sources.encoding import decode, labelled
from index.sources.page import Line, lines, parse
from index.sources.source import Draft, iso_date
from index.sources.table import add_blocks
from index.sources.text import Block, flow, plain

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_GRAM = 8  # word characters that must stand together in both texts for a piece of a line to be main text
_HELD = 0.6  # of the pieces of a line
# Over the 990 pages of trafilatura's own benchmark: recall 0.963, precision 0.848; trafilatura's text: 0.948 and 0.904.
# What is lost here can never be cited, and furniture is told apart again for each passage, so recall comes first.
_GAP = 4  # lines between two of main text that are kept with them
_ABOVE = 6  # lines under the title and above the main text: byline, date, standfirst
_MANY = 5_000  # paragraphs, cells and the like
_MOST_PLACES = 1_000_000  # in one table
_SMALL = 1_000  # characters; a page with no more text than this is kept whole

logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # else it tells stderr of each page that it gives up


def read_html(data: bytes) -> Draft:
    """Read a web page. Raises SourceError when its tags are nested deeper than the parser goes."""
    markup = plain(_decode(data))
    tree = parse(markup)
    layout = Layout()
    add_blocks(layout, _main(list(lines(tree)), _judged_main(tree)))
    declared = _Declared(tree)
    saved_from = re.search(r"<!-- saved from url=\(\d+\)(https?://\S+)", markup[:4096])
    return layout.draft(
        title=declared.title(),
        author=declared.author(),
        published=declared.published(),
        url=declared.url() or (saved_from[1] if saved_from else None),
        site=declared.site(),
    )


def _decode(data: bytes) -> str:
    """By byte order mark, by UTF-8 (saved pages keep the label of the encoding they came in), then by the label."""
    label = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", data[:4096], re.IGNORECASE)
    if label is None or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode(data)
    text = labelled(data, label[1].decode())
    return decode(data) if text is None else text


def _judged_main(tree: "HtmlElement") -> str:
    """What trafilatura takes for the main text, "" when it finds none; it works on its own copy of the tree."""
    from trafilatura import bare_extraction  # late: half a second

    for cell in tree.iter("td", "th"):  # the library writes down every cell that one of 9,999 by 9,999 takes
        for name in ("colspan", "rowspan"):
            if len(cell.get(name, "")) > 2:
                del cell.attrib[name]
    if any(_is_vast(table) for table in tree.iter("table")):
        return ""
    # Its second and third opinion take the square of the time on pages of many short pieces, as large tables are.
    large = sum(1 for _ in islice(tree.iter("p", "td", "th", "li", "dd", "br"), _MANY)) == _MANY
    try:
        found = bare_extraction(tree, include_comments=False, fast=large)
    except RecursionError:
        return ""
    return str(getattr(found, "text", None) or "")


def _is_vast(table: "HtmlElement") -> bool:
    """Whether a table has so many places that the library, which fills up each row, takes minutes."""
    rows = [len(row) for row in table.iter("tr")]
    return len(rows) * max(rows, default=0) > _MOST_PLACES


def _main(page: list[Line], judged: str) -> Iterator[Block]:
    """The lines that were judged main text, with what stands close to them and is no furniture."""
    pieces = {piece for line in judged.splitlines() for piece in _pieces(line)}
    held = [number for number, line in enumerate(page) if _share(line.block.text, pieces) >= _HELD]
    free = [number for number, line in enumerate(page) if not line.furniture]
    chosen = set(held or free or range(len(page)))
    if sum(len(page[number].block.text) for number in free) <= _SMALL:
        chosen.update(free)
    elif held:
        start, end = _title_above(page, held[0]), _list_below(page, held[-1])
        close = {*range(start, held[0]), *range(held[-1], end)}
        for before, after in pairwise(held):
            close.update(range(before, after) if after - before <= _GAP + 1 else ())
        chosen.update(close.intersection(free))
    return (page[number].block for number in sorted(chosen))


def _title_above(page: list[Line], first: int) -> int:
    """The line of the title close above the main text, else the first line of main text itself."""
    above = range(max(0, first - _ABOVE), first)
    return next((number for number in above if page[number].block.level == 1 and not page[number].furniture), first)


def _list_below(page: list[Line], last: int) -> int:
    """The line after the list or table that the main text ends with, which trafilatura leaves out."""
    below = range(last + 1, len(page))
    return next((number for number in below if page[number].furniture or not page[number].block.kind), len(page))


def _share(text: str, pieces: set[str]) -> float:
    own = _pieces(text)
    return sum(piece in pieces for piece in own) / len(own) if own else 0.0


def _pieces(text: str) -> list[str]:
    """Every run of so many word characters; a shorter line is one piece."""
    words = re.sub(r"[\W_]+", "", text)
    return [words[at : at + _GRAM] for at in range(max(1, len(words) - _GRAM + 1))] if words else []


_AUTHOR_NAMES = (
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "author",
    "article:author",
    "parsely-author",
    "byl",
)
_DATE_NAMES = (
    "article:published_time",
    "citation_publication_date",
    "citation_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "datepublished",
    "parsely-pub-date",
    "publishdate",
    "pubdate",
    "publish_date",
    "date",
)
_SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_TITLE_NAMES = ("citation_title", "og:title", "dc.title", "twitter:title")


class _Declared:
    """What a page says of itself: JSON-LD first, then its meta tags, then marked elements. Nothing is guessed."""

    def __init__(self, tree: "HtmlElement") -> None:
        self._tree = tree
        self._things = list(_linked_data(tree))
        self._metas: dict[str, list[str]] = {}
        for meta in tree.iter("meta"):
            name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
            if content := flow(meta.get("content", "")):
                self._metas.setdefault(name.lower(), []).append(content)

    def title(self) -> str | None:
        headline = next((thing["headline"] for thing in self._things if isinstance(thing.get("headline"), str)), "")
        marked = [heading for heading in self._tree.iter("h1") if _words(heading)]
        only = _words(marked[0]) if len(marked) == 1 else ""
        return flow(headline) or self._meta(_TITLE_NAMES) or only or self._words_of("title") or None

    def author(self) -> str | None:
        named = [name for thing in self._things for name in _names(thing.get("author"))]
        for name in _AUTHOR_NAMES:
            named = named or self._metas.get(name, [])
        named = named or [_words(mark) for mark in self._tree.iterfind(".//*[@rel='author']")][:1]
        named = named or [_words(mark) for mark in self._tree.iterfind(".//*[@itemprop='author']")][:1]
        people = [name for name in dict.fromkeys(map(flow, named)) if name and not name.startswith(("http:", "https:"))]
        return ", ".join(people) or None

    def published(self) -> str | None:
        stated = [str(thing["datePublished"]) for thing in self._things if thing.get("datePublished")]
        stated += [content for name in _DATE_NAMES for content in self._metas.get(name, [])]
        for mark in self._tree.iter("time"):
            if mark.get("itemprop") == "datePublished" or mark.get("pubdate") is not None:
                stated.append(mark.get("datetime") or _words(mark))
        return next((day for day in map(iso_date, stated) if day), None)

    def url(self) -> str | None:
        canonical = [link.get("href", "") for link in self._tree.iterfind(".//link[@rel='canonical']")]
        addresses = [*canonical, *self._metas.get("og:url", [])]
        return next((address for address in addresses if address.startswith(("https://", "http://"))), None)

    def site(self) -> str | None:
        publisher = next((name for thing in self._things for name in _names(thing.get("publisher"))), "")
        return self._meta(_SITE_NAMES) or flow(publisher) or None

    def _meta(self, names: tuple[str, ...]) -> str:
        return next((self._metas[name][0] for name in names if name in self._metas), "")

    def _words_of(self, tag: str) -> str:
        return next((words for element in self._tree.iter(tag) if (words := _words(element))), "")


def _words(element: "HtmlElement") -> str:
    return flow(str(element.text_content()))


def _linked_data(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """The things that the page's JSON-LD describes at its top level."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            described = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in described if isinstance(described, list) else [described]:
            if isinstance(thing, dict):
                graph = thing.get("@graph")
                yield from (part for part in (graph if isinstance(graph, list) else [thing]) if isinstance(part, dict))


def _names(author: object) -> Iterator[str]:
    for one in author if isinstance(author, list) else [author]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str):
            yield name
