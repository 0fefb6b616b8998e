"""XMP, the metadata that a PDF carries as XML: title, authors and the day of publication."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.archive import parse_xml
from index.sources.source import iso_date

if TYPE_CHECKING:
    from lxml.etree import _Element

_LARGEST = 1_000_000  # bytes of one packet
_MOST = 20  # streams that are looked at; images carry packets of their own
_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta>", re.DOTALL)
_STREAM = re.compile(rb"/Type\s*/Metadata\b")
_OF_A_PDF = (b"http://ns.adobe.com/pdf/", b"application/pdf")  # and not of an image in it
_DC = "{http://purl.org/dc/elements/1.1/}"
_PRISM = re.compile(r"\{http://prismstandard\.org/namespaces/[^}]*\}(publicationDate|coverDate|onlineDate)")
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Xmp:
    """What a packet says; None for what it does not."""

    title: str | None = None
    author: str | None = None
    published: str | None = None


def xmp(data: bytes) -> Xmp:
    """Return what the XMP of a PDF says of the document; the last packet counts, which the last save wrote."""
    packets = sorted(_packets(data), key=lambda packet: any(mark in packet for mark in _OF_A_PDF))
    for packet in reversed(packets):
        try:
            root = parse_xml(packet, "XMP packet")
        except SourceError:
            continue
        found = Xmp(_title(root), _author(root), _published(root))
        if found != Xmp():
            return found
    return Xmp()


def _packets(data: bytes) -> Iterator[bytes]:
    """Yield the packets in the order of the file, the compressed ones first."""
    if b"/Metadata" not in data:
        return
    for match in islice(_STREAM.finditer(data), _MOST):
        begin = data.find(b"stream", match.end(), match.end() + 500)
        named = data[data.rfind(b"obj", 0, match.start()) : begin]
        if begin > 0 and b"/FlateDecode" in named:
            packed = data[begin + len(b"stream") : begin + _LARGEST].lstrip(b"\r\n")
            try:
                yield from _PACKET.findall(zlib.decompressobj().decompress(packed, _LARGEST))[:1]
            except zlib.error:
                continue
    start = data.find(b"<x:xmpmeta")
    for _ in range(_MOST):
        if start < 0:
            return
        end = data.find(b"</x:xmpmeta>", start, start + _LARGEST)
        if end > 0:
            yield data[start : end + len(b"</x:xmpmeta>")]
        start = data.find(b"<x:xmpmeta", start + 1)


def _title(root: "_Element") -> str | None:
    items = [item for title in root.iter(f"{_DC}title") for item in title.iter(_ITEM)]
    items.sort(key=lambda item: item.get(_LANGUAGE) != "x-default")
    return next((text for item in items if (text := _text(item))), None)


def _author(root: "_Element") -> str | None:
    names = [_text(item) for creator in root.iter(f"{_DC}creator") for item in creator.iter(_ITEM)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _published(root: "_Element") -> str | None:
    """The day of publication; the date of the Dublin Core only where it is not that on which the file was made."""
    for name, value in _properties(root):
        if _PRISM.fullmatch(name) and (day := iso_date(value)):
            return day
    made = {value[:10] for name, value in _properties(root) if name in (f"{_XMP}CreateDate", f"{_XMP}ModifyDate")}
    for element in root.iter(f"{_DC}date"):
        for item in element.iter(_ITEM):
            if (day := iso_date(_text(item))) and day not in made:
                return day
    return None


def _properties(root: "_Element") -> Iterator[tuple[str, str]]:
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element.tag, (element.text or "").strip()
            yield from ((str(name), str(value)) for name, value in element.attrib.items())


def _text(element: "_Element") -> str:
    return " ".join("".join(str(piece) for piece in element.itertext()).split())
