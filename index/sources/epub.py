"""Books (.epub): the chapters in reading order, each read whole, their headings, what the book states of itself."""

import html
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import SourceError
from index.sources.archive import Archive, refusing
from index.sources.assembly import Layout
from index.sources.contents import Entry, mark_headings, walk
from index.sources.encoding import decode
from index.sources.page import lines, parse
from index.sources.source import Draft, iso_date
from index.sources.table import add_blocks
from index.sources.text import flow, plain

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_WHAT = "book (.epub)"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_NCX = "application/x-dtbncx+xml"
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
    contents = _contents(archive, package, opf)
    layout = Layout()
    for name in _chapters(package, opf):
        if name in locked:
            raise SourceError("it is protected by its seller (DRM); only its own program can read it")
        with refusing(_WHAT):
            tree = parse(_markup(archive, name))
            mark_headings(tree, contents.get(name, ()))
            add_blocks(layout, (line.block for line in lines(tree)))
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


def _markup(archive: Archive, name: str) -> str:
    return _closed(plain(decode(archive.read(name) or b" ")))


def _contents(archive: Archive, package: "_Element", opf: str) -> dict[str, list[Entry]]:
    """The table of contents by the file that each entry leads to: EPUB 3's, else the older one, if there is one."""
    items = list(package.iter("{*}item"))
    found = [item for item in items if "nav" in item.get("properties", "").split()]
    found += [item for item in items if item.get("media-type") == _NCX]
    for item in found:
        name = _beside(opf, item.get("href", ""))
        if name not in archive.names:
            continue
        with refusing(_WHAT):
            old = item.get("media-type") == _NCX
            entries = list(_of_ncx(archive.xml(name)) if old else _of_nav(parse(_markup(archive, name))))
        by_file: dict[str, list[Entry]] = {}
        for address, entry in entries:
            path, _, fragment = address.partition("#")
            by_file.setdefault(_beside(name, path), []).append(replace(entry, fragment=unquote(fragment)))
        if by_file:
            return by_file
    return {}


def _of_nav(tree: "HtmlElement") -> Iterator[tuple[str, Entry]]:
    """Yield the addresses and entries of the navigation that is the table of contents, deeper in deeper lists."""
    navs = list(tree.iter("nav"))
    toc = next((nav for nav in navs if nav.get("epub:type") == "toc"), navs[0] if navs else tree)
    depth = 0
    for event, element in walk(toc):
        if element.tag == "ol":
            depth += 1 if event == "start" else -1
        elif element.tag == "a" and event == "start" and (label := flow(str(element.text_content()))):
            yield element.get("href", ""), Entry(max(depth, 1), label)


def _of_ncx(root: "_Element") -> Iterator[tuple[str, Entry]]:
    depth, label = 0, ""
    for event, element in walk(root):
        name = str(element.tag).rpartition("}")[2]
        if name == "navPoint":
            depth += 1 if event == "start" else -1
        elif name == "navLabel" and event == "end":
            label = flow("".join(element.itertext()))
        elif name == "content" and event == "start" and depth and label:
            yield element.get("src", ""), Entry(depth, label)


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
