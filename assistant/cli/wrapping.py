"""Lines of a given width, in scripts with and without spaces."""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

_NOT_FIRST = set("，。、；：？！）》」』】〉”’…—·,.;:?!)]}%")  # of a line
_NOT_LAST = set("（《「『【〈“‘([{")


def wrapped(text: Text, width: int, first: str = "", rest: str = "") -> Text:
    """Return a text in lines of at most `width` cells, behind `first` on its first line and `rest` on the others.

    A line is broken at spaces and around wide characters, never before a closing mark; a longer word is cut.
    """
    out, margin = Text(), first
    for paragraph in text.split("\n", allow_blank=True):
        room = max(10, width - max(cell_len(first), cell_len(rest)))
        for start, end in _lines(paragraph.plain, room):
            if out:
                out.append("\n")
            line = paragraph[start:end]
            line.rstrip()
            out.append(margin)
            out.append_text(line)
            margin = rest
    return out


def _lines(text: str, room: int) -> Iterator[tuple[int, int]]:
    start = end = used = 0
    for piece in _pieces(text, room):
        wide = cell_len(piece.rstrip())
        if end > start and used + wide > room:
            yield start, end
            start, used = end, 0
        end += len(piece)
        used += cell_len(piece)
    yield start, end


def _pieces(text: str, room: int) -> Iterator[str]:
    """Yield what must stand on one line each; of what is wider than a line, as much as fits."""
    piece = ""
    for character in text:
        if piece and (_may_break(piece[-1], character) or cell_len(piece + character) > room):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after == " ":
        return False
    if before == " ":
        return after != "["  # the number of a footnote stays with what it is of
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return cell_len(after) > 0 and 2 in (cell_len(before), cell_len(after))
