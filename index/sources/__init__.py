"""Files and web pages as sources: found and read; one small reader for each family of formats."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from index.errors import SourceError
from index.language import language_of
from index.sources.address import is_address
from index.sources.byline import byline
from index.sources.encoding import in_utf8
from index.sources.epub import read_epub
from index.sources.fetch import fetch, line_about
from index.sources.folders import IGNORE_FILES, INDEX_FILE, Found, walk
from index.sources.mail import read_eml, read_mbox, read_mhtml
from index.sources.markdown import read_markdown
from index.sources.notebook import read_notebook
from index.sources.ocr import can_read_images, read_image
from index.sources.opendocument import read_odp, read_ods, read_odt
from index.sources.pdf import read_pdf
from index.sources.records import read_json, read_jsonl
from index.sources.sheets import read_csv, read_tsv, read_xlsx
from index.sources.slides import read_pptx
from index.sources.source import Block, Draft, Heading, Page, Source, content_id
from index.sources.subtitles import read_subtitles
from index.sources.text import read_text, sound
from index.sources.unread import ADVICE
from index.sources.web import read_html
from index.sources.word import read_docx

__all__ = [
    "IGNORE_FILES", "INDEX_FILE", "LARGEST", "SUPPORTED", "Block", "Found", "Heading", "Page", "Reading", "Source",
    "bytes_of", "digest_of", "is_address", "read", "read_sent", "reread", "uri_of", "walk",
]  # fmt: skip

_READING = 5  # goes up when a reader reads the same bytes otherwise: then an unchanged file is read again

LARGEST = 50_000_000
"""Bytes of the largest file or page that is read."""

_READERS: Mapping[str, Callable[[bytes], Draft]] = {
    "text/plain": read_text,
    "text/markdown": read_markdown,
    "text/html": read_html,
    "application/pdf": read_pdf,
    "image/png": read_image,
    "image/jpeg": read_image,
    "image/webp": read_image,
    "image/tiff": read_image,
    "image/bmp": read_image,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": read_docx,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": read_pptx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": read_xlsx,
    "application/vnd.oasis.opendocument.text": read_odt,
    "application/vnd.oasis.opendocument.spreadsheet": read_ods,
    "application/vnd.oasis.opendocument.presentation": read_odp,
    "text/csv": read_csv,
    "text/tab-separated-values": read_tsv,
    "application/epub+zip": read_epub,
    "message/rfc822": read_eml,
    "application/mbox": read_mbox,
    "multipart/related": read_mhtml,
    "application/x-ipynb+json": read_notebook,
    "application/json": read_json,
    "application/jsonl": read_jsonl,
    "application/x-subrip": read_subtitles,
    "text/vtt": read_subtitles,
}

_PROSE = ("text/plain", "text/markdown", "text/html")  # whose lines may say who wrote them

SUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text/plain",
        ".text": "text/plain",
        ".log": "text/plain",
        ".rst": "text/plain",
        ".org": "text/plain",
        ".tex": "text/plain",
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".html": "text/html",
        ".htm": "text/html",
        ".xhtml": "text/html",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".webp": "image/webp",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
        ".bmp": "image/bmp",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".odp": "application/vnd.oasis.opendocument.presentation",
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".epub": "application/epub+zip",
        ".eml": "message/rfc822",
        ".mbox": "application/mbox",
        ".mhtml": "multipart/related",
        ".mht": "multipart/related",
        ".ipynb": "application/x-ipynb+json",
        ".json": "application/json",
        ".jsonl": "application/jsonl",
        ".ndjson": "application/jsonl",
        ".srt": "application/x-subrip",
        ".vtt": "text/vtt",
    }
)
"""Media type by the extension (in lower case) of the files that can be read."""


@dataclass(frozen=True)
class Reading:
    """What was found in a place: its source, or None when all is as it was; `digest` tells that the next time."""

    source: Source | None
    digest: str
    notes: tuple[str, ...] = ()  # what of it could not be read, and what to do


def read(named: Path | str, allow: Collection[str] = ()) -> Source:
    """Read one file, or the page at one web address, as a source.

    Raises SourceError, in one line: the path or address, why, and what is supported or can be done. `allow` names
    hosts of a private network that may be fetched from.
    """
    source = reread(named, None, allow).source
    assert source is not None  # nothing is as it was when nothing was
    return source


def reread(named: Path | str, digest: str | None, allow: Collection[str] = ()) -> Reading:
    """Read what changed since the digest of an earlier reading was taken; raises SourceError, as `read` does."""
    if is_address(named):
        return _visit(named, digest, allow)
    with _in_one_line(path := Path(named)):
        media_type = _media_type_of(path)
        return _reading(path, media_type, _bytes_of(path), digest)


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a file, for `read_sent` on another machine; raises SourceError for one that it would refuse.

    A reader may still refuse what is in them.
    """
    with _in_one_line(path):
        _media_type_of(path)
        return _bytes_of(path)


def read_sent(path: Path, uri: str, data: bytes, digest: str | None) -> Reading:
    """Read a file of another machine from its bytes, as `reread` does there; `uri` is what it is known by there."""
    with _in_one_line(path):
        return _reading(path, SUPPORTED[path.suffix.lower()], data, digest, uri)


def _reading(path: Path, media_type: str, data: bytes, digest: str | None, uri: str | None = None) -> Reading:
    found = _digest(media_type, hashlib.sha256(data))
    if found == digest:
        return Reading(None, found)
    draft = _draft(media_type, data)
    known_by = uri or _required_utf8(str(path.resolve()))
    return Reading(_source(draft, media_type, known_by, path.stem), found, draft.notes)


def digest_of(path: Path) -> str:
    """Return what tells a later reading of a file whether anything changed, without reading it as a source.

    Raises SourceError for a file that cannot be read.
    """
    with _in_one_line(path):
        media_type = _media_type_of(path)
        _require_size(path)
        with path.open("rb") as file:
            return _digest(media_type, hashlib.file_digest(file, "sha256"))


def _digest(media_type: str, content: "hashlib._Hash") -> str:
    by_eye = not media_type.startswith("text/") and can_read_images()  # a scan is read again once it can be
    content.update(bytes([_READING, by_eye]))
    return content.hexdigest()


def uri_of(found: Found) -> str:
    """Return what a file or page is known by: its absolute path or its address as given. Raises SourceError."""
    if is_address(found.at):
        return found.at
    with _in_one_line(Path(found.at)):
        return _required_utf8(found.real)


def _visit(address: str, digest: str | None, allow: Collection[str]) -> Reading:
    before: dict[str, str] = json.loads(digest) if digest else {}
    if before.get("reading") != str(_READING):
        before = {}
    fetched = fetch(
        address,
        types=SUPPORTED,
        largest=LARGEST,
        allow=allow,
        etag=before.get("etag"),
        modified=before.get("modified"),
    )
    if digest and fetched.status == "unchanged":
        return Reading(None, digest)
    seen = {"reading": str(_READING), "sha256": hashlib.sha256(fetched.data).hexdigest()}
    validators = {"etag": fetched.etag, "modified": fetched.last_modified}
    found = json.dumps(seen | {name: value for name, value in validators.items() if value})
    if seen["sha256"] == before.get("sha256"):
        return Reading(None, found)
    is_text = fetched.media_type.startswith("text/")
    data = in_utf8(fetched.data, fetched.charset) if is_text and fetched.charset else fetched.data
    try:
        draft = _draft(fetched.media_type, data)
        source = _source(draft, fetched.media_type, address, address, fetched.address)
        return Reading(source, found, draft.notes)
    except SourceError as error:
        raise SourceError(line_about(address, f"{error}. Save the page in your browser and add the file")) from None


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
        return
    except OSError as error:
        reason = error.strerror or str(error)
    except SourceError as error:
        reason = str(error)
    shown = str(path).encode("utf-8", "backslashreplace").decode().replace("\n", "\\n")
    kinds = " ".join(SUPPORTED)
    raise SourceError(f"{shown}: {reason}. Supported: {kinds}, up to {LARGEST // 1_000_000} MB.")


def _media_type_of(path: Path) -> str:
    """Return the media type of a file that may be read."""
    media_type = SUPPORTED.get(path.suffix.lower())
    if path.is_dir():
        raise SourceError("it is a folder" if os.access(path, os.R_OK) else "it is a folder that cannot be listed")
    if not path.exists():
        raise SourceError("it is a link to a file that is gone" if path.is_symlink() else "there is no such file")
    if not path.is_file():  # opening a FIFO would wait for its writer
        raise SourceError("it is not a regular file")
    if media_type is None:
        advice = ADVICE.get(path.suffix.lower())
        raise SourceError(
            f"{path.suffix or 'a file without extension'} is not supported{f'; {advice}' if advice else ''}"
        )
    return media_type


def _draft(media_type: str, data: bytes) -> Draft:
    draft = _READERS[media_type](data)
    if not draft.text.strip():
        raise SourceError("it holds no text")
    stated = (draft.title, draft.author, draft.url, draft.site)
    title, author, url, site = (sound(said) if said else None for said in stated)
    draft = replace(draft, title=title, author=author, url=url, site=site)
    if media_type not in _PROSE:
        return draft
    found = byline(draft.text, draft.title)
    return replace(
        draft,
        author=draft.author or found.author,
        published=draft.published or found.published,
        url=draft.url or found.url,
    )


def _source(draft: Draft, media_type: str, uri: str, name: str, url: str | None = None) -> Source:
    """Return a draft as a source; `name` stands in for a title, `url` for the address that the document names."""
    return Source(
        id=content_id(draft),
        uri=uri,
        title=draft.title or name,
        author=draft.author,
        published=draft.published,
        url=draft.url or url,
        retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
        language=draft.language or language_of(draft.text),
        media_type=media_type,
        text=draft.text,
        headings=draft.headings,
        pages=draft.pages,
        blocks=draft.blocks,
        metadata={"site": draft.site} if draft.site else {},
    )


def _required_utf8(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:  # a name in another encoding, which neither SQLite nor JSON can hold
        raise SourceError("its path is not valid UTF-8; rename it") from None
    return path


def _require_size(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST:
        raise SourceError(f"it has {size / 1_000_000:,.1f} MB, more than the {LARGEST // 1_000_000} MB that are read")


def _bytes_of(path: Path) -> bytes:
    _require_size(path)
    with path.open("rb") as file:
        data = file.read(LARGEST)  # a file may grow while it is read
    if not data.strip():
        raise SourceError("it is empty")
    return data
