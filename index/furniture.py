"""Page furniture: lines that belong to a web page and not to what its author says.

First each line is judged by what it says as a whole. A button may be a word that an author uses too ("Discussion",
"Home"), so a doubtful line counts only beside sure ones; and what stands among sure lines (names in an author's card,
other articles' titles, a menu) is furniture though it says nothing of the kind. What is a sentence is kept, unless it
speaks of its page as no author does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from index.language import width
from index.phrases import SENTENCE_END, Kind, kind_of

_LABEL = 60  # the widest button, name or menu entry, with wide characters counted twice
_ENTRY = 30  # the widest entry of a menu
_TITLE = 160  # the widest title of another article
_ABOUT = 400  # characters of the longest line about an author
_CARD_WITHIN = 40  # lines from the end: there stand the boxes about an author
_GAP = 3  # lines that sure ones at the foot of a page may have between them
_MENU = 3  # entries that make a menu with a sure one among them; two sure ones do
_DENSE = 0.25  # of the lines of a menu are such words

_STATEMENT_END = re.compile(r"[.。;；][\"'”’」』)）]*$")  # a title may be a question
_LONG_NUMBER = re.compile(r"\d{5}|\d{3}[- ]\d{4}")  # of a telephone: somebody may ask for it

_OF_PAGE = {Kind.NOTICE, Kind.LINKS, Kind.CARD, Kind.NO_COMMENTS, Kind.MENU, Kind.SITE}
_SURE = _OF_PAGE - {Kind.SITE} | {Kind.ACTION}
_OF_MENU = {Kind.SITE, Kind.SECTION, Kind.MENU}
_DOUBTFUL = {Kind.DOUBTFUL, Kind.SITE, Kind.FOLLOW}


def furniture(lines: Sequence[str | None]) -> list[bool]:
    """Return of each line of a text, in order, whether it is page furniture.

    None stands for what never is: a heading, a row of a table, a piece of code.
    """
    page = _Page(lines)
    if any(page.marked) or Kind.SITE in page.kinds or Kind.FOLLOW in page.kinds:
        page.mark_repeated()
        page.mark_menus()
        page.mark_beside()
        page.mark_cards()
        page.mark_titles()
        page.mark_below_no_comments()
        page.mark_gaps_of_foot()
        page.mark_beside()
    return page.marked


class _Page:
    """The lines of a text, what each is by itself, and which are marked so far."""

    def __init__(self, lines: Sequence[str | None]) -> None:
        self.lines = lines
        self.kinds = [Kind.SAID if line is None else kind_of(line) for line in lines]
        self.labels = [line is not None and _is_label(line) for line in lines]
        self.marked = [kind in _SURE for kind in self.kinds]

    def mark_repeated(self) -> None:
        """Mark buttons that stand there more than once ("Reply" under each of several comments)."""
        count = Counter(line for line, kind in zip(self.lines, self.kinds, strict=True) if kind is Kind.DOUBTFUL)
        self.marked = [mark or count[line] > 1 for mark, line in zip(self.marked, self.lines, strict=True)]

    def mark_menus(self) -> None:
        """Mark each run of entries of menus, with the short lines among them that may be entries too."""
        entries = [at for at, kind in enumerate(self.kinds) if kind in _OF_MENU]
        for run in self._runs(entries):
            sure = sum(self.kinds[at] in _OF_PAGE for at in run)
            if (sure > 1 or (sure and len(run) >= _MENU)) and len(run) >= _DENSE * (run[-1] - run[0] + 1):
                self.marked[run[0] : run[-1] + 1] = [True] * (run[-1] - run[0] + 1)

    def _runs(self, entries: list[int]) -> Iterator[list[int]]:
        """Yield the entries between which only short lines stand."""
        run: list[int] = []
        for at in entries:
            if run and not all(self._is_short(between) for between in range(run[-1] + 1, at)):
                yield run
                run = []
            run.append(at)
        yield run

    def _is_short(self, at: int) -> bool:
        line = self.lines[at]
        return self.kinds[at] is Kind.DOUBTFUL or (self.labels[at] and line is not None and width(line) <= _ENTRY)

    def mark_beside(self) -> None:
        """Mark doubtful lines that stand beside marked ones, runs of them from either side, and numbers between."""
        last = len(self.lines) - 1
        for order in (range(last + 1), range(last, -1, -1)):
            beside = False
            for at in order:
                self.marked[at] = self.marked[at] or (beside and self.kinds[at] in _DOUBTFUL)
                beside = self.marked[at]
        for at, kind in enumerate(self.kinds):
            if kind is Kind.NUMBER and 0 < at < last and self.marked[at - 1] and self.marked[at + 1]:
                self.marked[at] = True

    def mark_titles(self) -> None:
        """Mark the titles below a line like "Related articles", up to a sentence or the heading of what follows."""
        listing = False
        for at, (line, below) in enumerate(zip_longest(self.lines, self.lines[1:], fillvalue="")):
            if self.kinds[at] is Kind.LINKS:
                listing = True
            elif line is None or not (self.marked[at] or _may_be_title(line)):
                listing = False
            elif listing and not self.marked[at]:
                listing = below is not None and (_may_be_title(below) or self.marked[at + 1])
                self.marked[at] = listing

    def mark_cards(self) -> None:
        """Mark the name above a "Follow", and the name and the few words about an author in a box near the end."""
        marked = self.marked
        for at, kind in enumerate(self.kinds):
            if kind is Kind.FOLLOW and marked[at] and at > 1 and self.labels[at - 1]:  # not above: that is the title
                marked[at - 1] = True
                marked[at - 2] = marked[at - 2] or (at > 3 and self.labels[at - 2] and marked[at - 3])
            if kind is Kind.CARD and len(marked) - at <= _CARD_WITHIN and not all(marked[:at]):
                named = at + 1 < len(marked) and self.labels[at + 1]
                about = at + 2 if named else at + 1
                marked[at + 1 : about] = [True] * named
                closes = about + 1 == len(marked) or marked[about + 1 : about + 2] == [True]
                if closes and len(self.lines[about] or " " * _ABOUT) < _ABOUT:
                    marked[about] = True

    def mark_below_no_comments(self) -> None:
        """Mark the little that stands below "0 comments" at the end of a text: it cannot be a comment."""
        if Kind.NO_COMMENTS not in self.kinds:
            return
        last = len(self.kinds) - 1 - self.kinds[::-1].index(Kind.NO_COMMENTS)
        below = [at for at in range(last + 1, len(self.lines)) if not self.marked[at]]
        size = sum(len(self.lines[at] or " " * _ABOUT) for at in below)
        above = sum(len(line or "") for line in self.lines[:last])
        if len(below) <= _GAP and size <= _ABOUT and 2 * size <= above:
            for at in below:
                self.marked[at] = True

    def mark_gaps_of_foot(self) -> None:
        """Mark the few lines (tags, names) that stand between lines of the page itself below the last sentence."""
        start = len(self.lines)
        while start and self._is_of_foot(start - 1):
            start -= 1
        sure = [at for at in range(start, len(self.lines)) if self.marked[at] and self.kinds[at] in _OF_PAGE]
        for above, below in pairwise(sure):
            if sum(not mark for mark in self.marked[above:below]) <= _GAP:
                self.marked[above:below] = [True] * (below - above)

    def _is_of_foot(self, at: int) -> bool:
        line = self.lines[at]
        return self.marked[at] or (line is not None and _may_be_title(line) and not SENTENCE_END.search(line))


def _is_label(line: str) -> bool:
    return width(line) <= _LABEL and not SENTENCE_END.search(line) and not _LONG_NUMBER.search(line)


def _may_be_title(line: str) -> bool:
    return width(line) <= _TITLE and not _STATEMENT_END.search(line)
