"""Lines as they are printed on a page: what a reader of PDFs or pictures finds, before it becomes running text."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Cell(NamedTuple):
    """A stretch of a line between wide gaps; `first` as in `Line`."""

    text: str
    left: float
    right: float
    first: int = 0
    size: float = 0.0
    bold: bool = False


class Part(NamedTuple):
    """Where a line stands that went into another one: `other.text[start:end]` begins as `line.text` does."""

    start: int
    end: int
    line: "Line"


class Line(NamedTuple):
    """A line as it is printed. Points from the foot of the page, y upwards, turned so that the line runs to the right.

    `hyphen`: it ends with a hyphen that is not in `text`. `cells`: its parts when it has wide gaps, which rows of a
    table have and justified lines of few words. (A tuple, since a page has a hundred of them and frozen dataclasses
    take four times as long to make.)
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    hyphen: bool = False
    cells: tuple[Cell, ...] = ()
    row: bool = False  # its cells stand in columns
    angle: int = 0  # degrees, against the clock
    level: int = 0  # of the heading that it is, 0 for none
    first: int = 0  # where its first character stands in what the page was read from
    bold: bool = False
    fixed: bool = False  # every character is as wide as the others
    parts: tuple[Part, ...] = ()  # the printed lines that it was put together from
    goes_on: bool = False  # the heading of the line before, on its next line


class Sheet(NamedTuple):
    """A page with its lines in the order in which it draws them; `number` counts from 1."""

    number: int
    height: float
    lines: tuple[Line, ...]
    is_ordered: bool = True  # the order says something; a picture's lines have none
    label: str = ""  # as it is printed on the page, where the document says it: "iv"


def joined(lines: Sequence[Line], between: Sequence[str]) -> Line:
    """Return lines as one, with these texts between them; where each of them stands is kept."""
    texts: list[str] = []
    parts: list[Part] = []
    position = 0
    for line, gap in zip(lines, [*between, ""], strict=True):
        own = line.parts or (Part(0, len(line.text), line),)
        parts += [Part(position + part.start, position + part.end, part.line) for part in own]
        text = f"{line.text}{'-' if line.hyphen and line is not lines[-1] else ''}{gap}"
        texts.append(text)
        position += len(text)
    largest = max(lines, key=lambda line: (line.size, len(line.text)))
    return largest._replace(
        text="".join(texts),
        left=min(line.left for line in lines),
        right=max(line.right for line in lines),
        hyphen=lines[-1].hyphen,
        cells=(),
        first=lines[0].first,
        parts=tuple(parts),
    )


def split(line: Line, gap: float) -> list[Line]:
    """Return the parts of a line between gaps of so many sizes; the line itself when it has none."""
    groups: list[list[Cell]] = []
    for cell in line.cells:
        if groups and cell.left - groups[-1][-1].right < gap * line.size:
            groups[-1].append(cell)
        else:
            groups.append([cell])
    if len(groups) < 2:
        return [line]
    return [
        line._replace(
            text=" ".join(cell.text for cell in group),
            left=group[0].left,
            right=group[-1].right,
            first=group[0].first,
            size=group[0].size or line.size,
            bold=all(cell.bold for cell in group),
            cells=tuple(group) if len(group) > 1 else (),
            parts=(),
            hyphen=line.hyphen and group is groups[-1],
        )
        for group in groups
    ]


_SUPERSCRIPTS = str.maketrans("0123456789-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻")
_RAISED = re.compile(r"[-−–]?\d{1,3}(?:[,，]\d{1,3})*")
_UNIT = re.compile(r"(?<![^\W\d_])[A-Za-zµμ]{1,2}$")
_APART = re.compile(r"(?:(?<=\d)(?<!(?<![\d.,])10)|(?<=[A-Za-zÀ-ɏ]{3}))(?=[⁰¹²³⁴-⁹])|(?<=[⁰¹²³⁴-⁹])(?=[\dA-Za-z])")


def raised(text: str, before: str) -> str:
    """Return what stands raised after `before`, figures as superscripts, so that they are no digits of a figure.

    After a unit they stay as they are: m2.
    """
    return text.translate(_SUPERSCRIPTS) if _RAISED.fullmatch(text) and not _UNIT.search(before) else text


def set_apart(text: str) -> str:
    """Return a text with a space before the mark of a note: in search "2021³" would be the word 20213.

    But 10⁶ is one figure.
    """
    return _APART.sub(" ", text)


def stands_apart(before: str, after: str) -> bool:
    """Say whether `set_apart` would part these."""
    return _APART.match(before + after, len(before)) is not None
