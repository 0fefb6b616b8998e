"""Plain text, and the clean layout that every reader's text has."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.sources.encoding import decode
from index.sources.source import Block as Whole
from index.sources.source import Draft, Heading

_LONGEST_TITLE = 120
_NOT_OF_A_TITLE = "。.，,；;：:、…"


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or table row; `kind` is "" for a paragraph, `level` 0 for what is no heading.

    `whole` tells what is never cut inside a line: a row, a piece of code.
    """

    text: str
    level: int = 0
    kind: str = ""
    whole: bool = False


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


def tidy(text: str) -> str:
    """Plain text without spaces at line ends and without long runs of blank lines."""
    text = "\n".join(line.rstrip(" \t") for line in plain(text).split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


_WIDE = "\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_BREAK_IN_CHINESE = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")


def flow(text: str) -> str:
    """One line out of wrapped lines: a space for each break, but none between Chinese characters (CSS Text 4.1.3)."""
    return re.sub(r"[ \t\n\r\f]+", " ", _BREAK_IN_CHINESE.sub("", text)).strip(" ")


def lay_out(blocks: Iterable[Block]) -> tuple[str, tuple[Heading, ...], tuple[Whole, ...]]:
    """Join blocks by blank lines (items of a list, rows of a table by newlines); locate headings and what is whole."""
    parts: list[str] = []
    headings: list[Heading] = []
    whole: list[Whole] = []
    position, before = 0, ""
    for block in blocks:
        text = flow(tidy(block.text)) if block.level else tidy(block.text)
        if not text.strip():
            continue
        gap = "" if not parts else "\n" if block.kind and block.kind == before else "\n\n"
        position += len(gap)
        if block.level:
            headings.append(Heading(position, position + len(text), block.level, text))
        if block.whole:
            whole.append(Whole(position, position + len(text)))
        parts += (gap, text)
        position, before = position + len(text), block.kind
    return "".join(parts), tuple(headings), tuple(whole)
