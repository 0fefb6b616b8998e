"""Zip archives that documents are made of, read in memory and never unpacked, and the XML inside them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_FILES = 20_000
_MOST_BYTES = 300_000_000  # unpacked
_MOST_RATIO = 200  # deflate reaches 1,032; office documents stay under 100, sheets of equal rows included
_SMALL = 20_000_000  # bytes unpacked that are no bomb at any ratio
_ENTITY = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))

# What zipfile, zlib, lxml and the libraries over them raise for bytes that no program wrote.
_SIGNS_OF_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # of XML, by lxml and by ElementTree
    EOFError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
)


@contextmanager
def refusing(what: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what a library raises for a damaged file, these errors of its own included, into a SourceError."""
    try:
        yield
    except _SIGNS_OF_DAMAGE + errors as error:
        raise SourceError(f"it is damaged, or no {what}") from error
    except (RecursionError, MemoryError) as error:
        raise SourceError("it is nested too deep or too large to be read; save it as text") from error


class Archive:
    """The files in a zip archive, checked before anything is unpacked. Raises SourceError, also while reading."""

    def __init__(self, data: bytes, what: str) -> None:
        self._what = what
        if data.startswith(_OLE):
            raise SourceError(_old_or_protected(data, what))
        with refusing(what):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._check(self._zip.infolist(), len(data))
        self.names = frozenset(self._zip.namelist())

    def read(self, name: str) -> bytes:
        """Return one file of the archive."""
        if name not in self.names:
            raise SourceError(f"it is damaged: its part {name[:100]!r} is missing")
        with refusing(self._what):
            return self._zip.read(name)

    def xml(self, name: str) -> "_Element":
        """Return the tree of one XML file of the archive."""
        return parse_xml(self.read(name), self._what)

    def refuse_entities(self) -> None:
        """Refuse XML that declares entities. No office program writes any; a few of them can expand to gigabytes."""
        for name in sorted(self.names):
            if name.lower().endswith((".xml", ".rels", ".vml")):
                part = self.read(name)
                if any(mark in part for mark in _ENTITY):
                    raise SourceError("it declares XML entities, which no document needs")

    @staticmethod
    def _check(members: list[zipfile.ZipInfo], packed: int) -> None:
        if len(members) > _MOST_FILES:
            raise SourceError(f"it holds {len(members):,} files, more than the {_MOST_FILES:,} that are read")
        unpacked = sum(member.file_size for member in members)  # zipfile never unpacks more than these
        if unpacked > _MOST_BYTES or unpacked > max(_SMALL, _MOST_RATIO * packed):
            raise SourceError(f"it unpacks to {unpacked / 1_000_000:,.0f} MB, as zip bombs do")
        for member in members:
            if member.flag_bits & 1:
                raise SourceError("it is protected by a password; save it without one")
            name = member.filename.replace("\\", "/")
            if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
                raise SourceError(f"it holds a file whose name leads outside of it, {member.filename[:100]!r}")


def parse_xml(data: bytes, what: str) -> "_Element":
    """Parse XML without its DTD, its entities or the network. Raises SourceError."""
    from lxml import etree

    with refusing(what):
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _old_or_protected(data: bytes, what: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "it is protected by a password; save it without one"
    return f"it is an old office document; save it as a {what}"
