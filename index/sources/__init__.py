"""Files as sources: what can be read, found and read; one small reader for each family of formats."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from index.errors import SourceError
from index.language import language_of
from index.sources.epub import read_epub
from index.sources.mail import read_eml, read_mbox, read_mhtml
from index.sources.markdown import read_markdown
from index.sources.notebook import read_notebook
from index.sources.opendocument import read_odt
from index.sources.records import read_json, read_jsonl
from index.sources.sheets import read_csv, read_tsv, read_xlsx
from index.sources.slides import read_pptx
from index.sources.source import Block, Draft, Heading, Page, Source, content_id
from index.sources.text import read_text
from index.sources.web import read_html
from index.sources.word import read_docx

__all__ = ["LARGEST", "SUPPORTED", "Block", "Heading", "Page", "Source", "digest_of", "read", "uri_of", "walk"]

_READING = 1  # goes up when a reader reads the same bytes otherwise: then an unchanged file is read again

LARGEST = 50_000_000
"""Bytes of the largest file that is read."""

_READERS: Mapping[str, Callable[[bytes], Draft]] = {
    "text/plain": read_text,
    "text/markdown": read_markdown,
    "text/html": read_html,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": read_docx,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": read_pptx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": read_xlsx,
    "application/vnd.oasis.opendocument.text": read_odt,
    "text/csv": read_csv,
    "text/tab-separated-values": read_tsv,
    "application/epub+zip": read_epub,
    "message/rfc822": read_eml,
    "application/mbox": read_mbox,
    "multipart/related": read_mhtml,
    "application/x-ipynb+json": read_notebook,
    "application/json": read_json,
    "application/jsonl": read_jsonl,
}

SUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text/plain",
        ".text": "text/plain",
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".html": "text/html",
        ".htm": "text/html",
        ".xhtml": "text/html",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".odt": "application/vnd.oasis.opendocument.text",
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
    }
)
"""Media type by the extension (in lower case) of the files that can be read."""


def read(path: Path) -> Source:
    """Read one file as a source. Raises SourceError, in one line: the path, why, and what is supported."""
    with _in_one_line(path):
        return _read(path)


def uri_of(path: Path) -> str:
    """Return the address that a file is known by: its absolute path. Raises SourceError."""
    with _in_one_line(path):
        return _uri_of(path)


def digest_of(path: Path) -> str:
    """Return what tells whether a file has to be read again. Raises SourceError, as `read` does."""
    with _in_one_line(path):
        _media_type_of(path)
        return hashlib.sha256(_bytes_of(path) + bytes([_READING])).hexdigest()


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


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield every file under these paths once: folders in order of name, without their hidden files and folders.

    Files of other types, dangling links and folders that cannot be listed are yielded too, so that `read` reports
    each of them by name and nothing is lost in silence. Linked folders inside a folder are not followed.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _under(path) if os.path.isdir(path) else [path]:
            real = os.path.realpath(found)  # Path.resolve would raise on a loop of links
            if real not in seen:
                seen.add(real)
                yield found


def _under(folder: Path) -> Iterator[Path]:
    unlisted: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=lambda error: unlisted.append(Path(error.filename))):
        linked = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*files, *linked]):
            if not name.startswith("."):
                yield Path(parent, name)
    yield from unlisted


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
        raise SourceError(f"{path.suffix or 'a file without extension'} is not supported")
    return media_type


def _read(path: Path) -> Source:
    media_type = _media_type_of(path)
    draft = _READERS[media_type](_bytes_of(path))
    if not draft.text.strip():
        raise SourceError("it holds no text")
    return Source(
        id=content_id(draft),
        uri=_uri_of(path),
        title=draft.title or path.stem,
        author=draft.author,
        published=draft.published,
        url=draft.url,
        retrieved=datetime.now(UTC).isoformat(timespec="seconds"),
        language=draft.language or language_of(draft.text),
        media_type=media_type,
        text=draft.text,
        headings=draft.headings,
        pages=draft.pages,
        blocks=draft.blocks,
    )


def _uri_of(path: Path) -> str:
    uri = str(path.resolve())
    try:
        uri.encode()
    except UnicodeEncodeError:  # a name in another encoding, which neither SQLite nor JSON can hold
        raise SourceError("its path is not valid UTF-8; rename it") from None
    return uri


def _bytes_of(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST:
        raise SourceError(f"it has {size / 1_000_000:,.1f} MB, more than the {LARGEST // 1_000_000} MB that are read")
    with path.open("rb") as file:
        data = file.read(LARGEST)  # a file may grow while it is read
    if not data.strip():
        raise SourceError("it is empty")
    return data
