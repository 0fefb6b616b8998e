"""Books (.epub): the chapters in reading order, each read whole, and what the book states of itself."""

import html
import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources.archive import Archive, refusing
from index.sources.assembly import Layout
from index.sources.encoding import decode
from index.sources.page import lines, parse
from index.sources.source import Draft, iso_date
from index.sources.text import flow, plain

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHAT = "book (.epub)"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
_FIRST_PRINT = "1440"  # Calibre writes the year 101 for a day that nobody knows


def read_epub(data: bytes) -> Draft:
    """Read a book. Raises SourceError when it is damaged, a chapter is missing or it is protected."""
    archive = Archive(data, _WHAT)
    opf = _package_name(archive)
    package = archive.xml(opf)
    locked = _locked(archive)
    layout = Layout()
    for name in _chapters(package, opf):
        if name in locked:
            raise SourceError("it is protected by its seller (DRM); only its own program can read it")
        markup = _closed(plain(decode(archive.read(name) or b" ")))
        with refusing(_WHAT):
            layout.add_all(line.block for line in lines(parse(markup)))
        layout.add_break()
    return layout.draft(
        title=next(_stated(package, "title"), None),
        author=", ".join(dict.fromkeys(_authors(package))) or None,
        published=next(_dates(package), None),
        language=next(
            (tag[:2].lower() for tag in _stated(package, "language") if re.match(r"[A-Za-z]{2}\b", tag)), None
        ),
    )


def _package_name(archive: Archive) -> str:
    if _CONTAINER not in archive.names:
        raise SourceError(f"it is damaged, or no {_WHAT}")
    for root in archive.xml(_CONTAINER).iter("{*}rootfile"):
        return posixpath.normpath(root.get("full-path") or _CONTAINER)
    raise SourceError(f"it is damaged, or no {_WHAT}")


def _chapters(package: "_Element", opf: str) -> Iterator[str]:
    """Yield the names of the files that are read from first to last, without the table of contents."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    seen: set[str] = set()
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTERS or "nav" in item.get("properties", "").split():
            continue
        name = _beside(opf, item.get("href", ""))
        if name not in seen:
            seen.add(name)
            yield name


def _beside(opf: str, href: str) -> str:
    with refusing(_WHAT):  # a damaged address
        return posixpath.normpath(posixpath.join(posixpath.dirname(opf), unquote(urlsplit(href).path)))


def _locked(archive: Archive) -> frozenset[str]:
    """The files that are encrypted; fonts often are, which nobody reads."""
    if _ENCRYPTION not in archive.names:
        return frozenset()
    return frozenset(unquote(one.get("URI", "")) for one in archive.xml(_ENCRYPTION).iter("{*}CipherReference"))


def _closed(markup: str) -> str:
    """XHTML as HTML: `<title/>` and `<a id="1"/>` would stay open there, and hide or link all that follows."""
    end = markup.rfind("]]>") + 3 if "]]>" in markup else 0  # beyond it, each opening would be searched to the end
    marked = re.sub(r"<!\[CDATA\[(.*?)\]\]>", lambda data: html.escape(data[1]), markup[:end], flags=re.DOTALL)
    return re.sub(rf"<(?!(?:{_VOID})\b)([A-Za-z][\w:.-]*+)([^<>]*)/>", r"<\1\2></\1>", marked + markup[end:])


def _stated(package: "_Element", name: str) -> Iterator[str]:
    return (words for element in package.iter(f"{_DC}{name}") if (words := flow("".join(element.itertext()))))


def _authors(package: "_Element") -> Iterator[str]:
    """Yield the creators who wrote the book: those of another role (an illustrator) are left out."""
    roles = {
        (one.get("refines") or "").removeprefix("#"): flow(one.text or "")
        for one in package.iter("{*}meta")
        if one.get("property") == "role"
    }
    for creator in package.iter(f"{_DC}creator"):
        role = creator.get(f"{_OPF}role") or roles.get(creator.get("id", ""), "aut")
        if (name := flow("".join(creator.itertext()))) and role == "aut":
            yield name


def _dates(package: "_Element") -> Iterator[str]:
    """Yield the days on which the book says that it was published."""
    for element in package.iter(f"{_DC}date"):
        day = iso_date("".join(element.itertext()))
        if day and day >= _FIRST_PRINT and element.get(f"{_OPF}event") in (None, "publication", "original-publication"):
            yield day
