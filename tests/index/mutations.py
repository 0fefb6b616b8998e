"""Damaged copies of files, always the same ones, and what must hold of whatever is read from them."""

import io
import random
import warnings
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read

_PIECES = (
    b"<",
    b">",
    b"</",
    b"\0",
    b"\xff",
    b'"',
    b"&",
    b"&#0;",
    b"9999999999",
    b"-1",
    b"=",
    b"\n",
    b"{",
    b"[",
    b"]]>",
)


def damaged(data: bytes, count: int) -> Iterator[bytes]:
    """Yield copies with bytes changed, left out, put in, doubled or cut off; also inside the files of an archive."""
    chance = random.Random(len(data))
    for number in range(count):
        yield damage(data, chance, inside=number % 4 > 0)


def damage(data: bytes, chance: random.Random, inside: bool = True) -> bytes:
    """Return a damaged copy; of an archive, one with a damaged file inside it, or itself damaged."""
    if inside and zipfile.is_zipfile(io.BytesIO(data)):
        return _with_a_damaged_member(data, chance)
    return _damaged(data, chance)


def _with_a_damaged_member(data: bytes, chance: random.Random) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
        names = archive.namelist()
        victim = chance.choice(names)
        for name in names:
            if name != victim:
                copy.writestr(name, archive.read(name))
            elif chance.random() < 0.95:  # else it is missing
                copy.writestr(name, _damaged(archive.read(name), chance))
    return written.getvalue()


def _damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 3, 30))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        length = chance.choice((1, 1, 4, 50))
        match chance.randrange(6):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = chance.choice(_PIECES)
            case 3:
                changed[at:at] = changed[at : at + length] * chance.choice((1, 2, 100))
            case 4:
                changed[at : at + 1] = bytes([changed[at] ^ 1 << chance.randrange(8)])
            case _:
                del changed[at + chance.randrange(len(changed)) :]
    return bytes(changed)


def assert_located(source: Source) -> None:
    """Every heading, page, block and passage is the stretch of the text that it says it is."""
    text = source.text
    assert "\r" not in text and "\0" not in text
    for heading in source.headings:
        assert text[heading.start : heading.end] == heading.text and "\n" not in heading.text
        assert 1 <= heading.level <= 6
    for kind in (source.headings, source.pages, source.blocks):
        spans = [(one.start, one.end) for one in kind]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    for block in source.blocks:
        assert text[block.start : block.end].strip()
    for passage in passages(source):
        assert text[passage.start : passage.end] == passage.text


def assert_read_or_refused(path: Path, data: bytes) -> bool:
    """Whatever the bytes, the file is read and located, or refused by name in one line. Returns whether it was read."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            source = read(path)
        except SourceError as error:
            assert str(error).startswith(f"{path}: it") and "\n" not in str(error)
            return False
    assert_located(source)
    return True
