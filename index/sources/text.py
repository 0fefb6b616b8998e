"""Plain text, and the clean layout that every reader's text has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.sources.encoding import decode
from index.sources.source import Block as Whole
from index.sources.source import Draft

_LONGEST_TITLE = 120
_NOT_OF_A_TITLE = "。.，,；;：:、…"


@dataclass(frozen=True)
class Cell:
    """A cell of a table, over so many columns and rows; `head` when it is marked as a heading of others."""

    text: str
    across: int = 1
    down: int = 1
    head: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or table row; `kind` is "" for a paragraph, `level` 0 for what is no heading.

    `whole` tells what is never cut inside a line: a row, a piece of code. A row has its cells beside its text, and a
    kind that the rows of its table alone have.
    """

    text: str
    level: int = 0
    kind: str = ""
    whole: bool = False
    cells: tuple[Cell, ...] = ()


def read_text(data: bytes) -> Draft:
    """Read a plain text file as it is; its title is a short first line that stands alone, if there is one."""
    text = plain(decode(data))
    first, _, rest = tidy(text).partition("\n")
    alone = not rest or rest.startswith("\n")
    titled = alone and first and len(first) <= _LONGEST_TITLE and first[-1] not in _NOT_OF_A_TITLE
    return Draft(text, title=first.strip() if titled else None, blocks=tuple(_whole(text)))


def _whole(text: str) -> Iterator[Whole]:
    """Yield the pieces of code and the rows of tables that a plain text holds in Markdown's notation."""
    start, fence, code = 0, "", 0
    for line in text.split("\n"):
        end = start + len(line)
        if fence and line.strip() == fence:
            yield Whole(code, end)
            fence = ""
        elif not fence and line.startswith(("```", "~~~")):
            fence, code = line[:3], start
        elif not fence and re.fullmatch(r"\s*\|.*\|\s*", line):
            yield Whole(start, end)
        start = end + 1


def plain(text: str) -> str:
    """Unify newlines and drop the control characters, which nobody sees; all else stays verbatim."""
    text = re.sub(r"\r\n?|[\v\f]", "\n", text.removeprefix("\ufeff"))
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", text)


def sound(text: str) -> str:
    """Half a character, as JSON and YAML can spell one, becomes U+FFFD: no file could hold it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def tidy(text: str) -> str:
    """Plain text without spaces at line ends and without long runs of blank lines."""
    text = "\n".join(line.rstrip(" \t") for line in plain(text).split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


_WIDE = "\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_BREAK_IN_CHINESE = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")


def flow(text: str) -> str:
    """One line out of wrapped lines: a space for each break, but none between Chinese characters (CSS Text 4.1.3)."""
    return re.sub(r"[ \t\n\r\f]+", " ", _BREAK_IN_CHINESE.sub("", text)).strip(" ")
