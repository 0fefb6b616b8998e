"""The text of a document while a reader writes it down: headings, pages and blocks become spans as they come."""

from index.errors import SourceError
from index.sources import text as lines
from index.sources.source import Block, Draft, Heading, Page

LONGEST = 50_000_000  # characters; a row that repeats a long header could make any amount out of a small file


class Layout:
    """Joins pieces by blank lines (items of a list, rows of a table by newlines), and keeps where each one stands."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._headings: list[Heading] = []
        self._pages: list[Page] = []
        self._blocks: list[Block] = []
        self._position, self._before = 0, ""

    def add(self, text: str, level: int = 0, kind: str = "", whole: bool = False) -> None:
        """Add a paragraph; a heading, when it has a level; a stretch that is kept whole. Raises SourceError."""
        # One line of letters: most rows.
        text = text.rstrip(" ") if text.isprintable() else lines.tidy(lines.sound(text))
        text = lines.flow(text) if level else text
        if not text.strip():
            return
        start = self._gap(kind)
        self._write(text)
        if level:
            self._headings.append(Heading(start, self._position, min(level, 6), text))
        if whole:
            self._blocks.append(Block(start, self._position))
        self._before = kind

    def add_break(self) -> None:
        """Let a blank line stand before the next piece, also between two lists or two tables."""
        self._before = ""

    def add_draft(self, draft: Draft, under: int = 0) -> None:
        """Add all of another document; its headings stand under one of this level."""
        if not draft.text.strip():
            return
        start = self._gap("")
        self._write(draft.text)
        for heading in draft.headings:
            level = min(heading.level + under, 6)
            self._headings.append(Heading(start + heading.start, start + heading.end, level, heading.text))
        self._blocks += [Block(start + block.start, start + block.end) for block in draft.blocks]
        self._before = ""

    def end_page(self, number: int) -> None:
        """Make a page of what was added since the last one; a page without any text is none."""
        start = self._pages[-1].end if self._pages else 0
        if self._position > start:
            self._pages.append(Page(start, self._position, number))
        self._before = ""

    def draft(
        self,
        title: str | None = None,
        author: str | None = None,
        published: str | None = None,
        url: str | None = None,
        language: str | None = None,
        site: str | None = None,
    ) -> Draft:
        """Return the document, with what it says of itself."""
        spans = (tuple(self._headings), tuple(self._pages), tuple(self._blocks))
        return Draft("".join(self._parts), *spans, title, author, published, url, language, site=site)

    def _gap(self, kind: str) -> int:
        if self._parts:
            self._write("\n" if kind and kind == self._before else "\n\n")
        return self._position

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._position += len(text)
        if self._position > LONGEST:
            raise SourceError(f"its text is longer than the {LONGEST // 1_000_000} million characters that are read")
