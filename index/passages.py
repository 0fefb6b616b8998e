"""Sources cut into passages: whole sentences and paragraphs, under the heading that they stand under."""

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import ceil

from index.furniture import furniture
from index.language import UNKNOWN, WIDE_FROM, language_of, width
from index.phrases import Kind, kind_of
from index.sources import Block, Heading, Source
from index.sources.byline import address_of, day_of
from index.words import words

# Widths count a wide character (Chinese, Japanese, Korean) as two, since it says about as much as two letters.
# Two or three sentences a passage: on XQuAD (150 questions a cell) the right paragraph was first for 95/71/76/93 %
# (en, zh→en, en→zh, zh) where whole paragraphs gave 90/67/78/90 %, and a passage is small enough to be the evidence.
_TARGET = 320
_LONGEST_SENTENCE = 600  # a "sentence" beyond this has no marks to cut at (a list of names, a minified line)
_LEADING = 80  # the widest line that can be a heading
_HEAD = 12  # lines in which a text says again what its title, author and day are
_WRAPPED_AT = (45, 100)  # the narrowest and the widest line of a paragraph wrapped by hand
_ENDS = ".!?。！？…:：;；"
_SPACE = re.compile(r"\s")
_OWN_SCRIPT = ("zh", "ja", "ko")
_QUOTATION = re.compile(  # one that stays whole, closed within what a sentence may be long; 5" is a length
    "|".join(
        f"{opening}[^{closing}]{{0,300}}{closing}"
        for opening, closing in ("“”", "「」", "『』", "（）", "《》", "【】")
    )
    + r'|(?<!\d)"[^"]{0,300}"'
)
_WIDE_END = re.compile(
    '[。！？](?![”」』）》】’"。！？…])'
)  # the library misses some before a figure or a Latin letter
_ENDS_QUOTED = re.compile("[。！？][”」』）]$")
_NUMBERED = re.compile(r"[(（]?\d{1,3}[.)）]")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:vols?|nos?|figs?|eqs?|chs?|secs?|pp?|arts?|approx|ca?|cf|al|eds?|vs|resp|est|min|max)\.$",
    re.IGNORECASE,
)
_CUTS = (  # where to cut what has no sentence marks, best first
    re.compile(r"\n"),
    re.compile(r"[，；、：\s]|[,;:](?![a-zA-Z0-9/])"),  # not in numbers, times and addresses
    re.compile(rf"(?<=[{WIDE_FROM}-\U0010ffff])"),
    re.compile(r"(?<=.)"),
)
# Where not: inside addresses, figures, quotations. No pattern may begin inside its own beginning, or a line of a
# million letters would be searched a million times.
_UNCUT = (
    re.compile(r"(?:https?://|(?<![A-Za-z0-9.])www\.)[A-Za-z0-9/._?=&#%+~:@!$*();,-]*[A-Za-z0-9/_=&#%+~]"),
    re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    re.compile(r"(?<!\d)\d++(?:[.,:/-]\d++)+"),
    *(re.compile(f"{a}[^{a}{b}\n]*{b}") for a, b in ("“”", "「」", "『』", "（）", "《》", "【】")),
)
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"
_STEP = 4_000  # characters of a line that are divided into sentences at a time


@dataclass(frozen=True)
class Span:
    """A stretch of a text: `text[start:end]`, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """A stretch of one source that is embedded and found as a whole; `source.text[start:end] == text`."""

    id: str
    source_id: str
    start: int
    end: int
    text: str
    heading: str  # the headings it stands under, outermost first, joined with " › "; "" when there are none
    page: int | None  # 1-based, for sources that have pages
    language: str
    furniture: bool  # kept in the source, left out of search


def embedded_text(stated_title: str | None, passage: Passage) -> str:
    """Return a passage as it is embedded and its words are indexed: under its title and headings."""
    titles = [stated_title] if stated_title and not passage.heading.startswith(stated_title) else []
    above = " › ".join([*titles, passage.heading] if passage.heading else titles)
    return f"{above}\n{passage.text}" if above else passage.text


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of `text[start:end]`, trimmed of white space, in order.

    A line break ends one, unless the lines are a paragraph that was wrapped by hand.
    """
    end = len(text) if end is None else end
    return [sentence for line in _lines(text, start, end) for sentence in _sentences_of_line(text, line)]


def id_of(source_id: str, start: int, end: int) -> str:
    """Return the id of a stretch of a source, which no other source's passage has."""
    return hashlib.sha256(f"{source_id}:{start}:{end}".encode()).hexdigest()[:32]


def passages(source: Source) -> list[Passage]:
    """Return the passages of a source, in order.

    A passage never crosses a heading and never cuts a sentence; sentences and short paragraphs are joined while they
    fit. What looks like a heading, or like the name and time above somebody's post, begins a passage. A heading that
    nothing searched stands under is a passage of its own.
    """
    cut: list[Passage] = []
    starts = [page.start for page in source.pages]
    for heading, span, is_furniture in _grouped(source):
        text = source.text[span.start : span.end]
        language = language_of(text)
        cut.append(
            Passage(
                id=id_of(source.id, span.start, span.end),
                source_id=source.id,
                start=span.start,
                end=span.end,
                text=text,
                heading=heading,
                page=source.pages[max(0, bisect_right(starts, span.start) - 1)].number if starts else None,
                language=source.language if language == UNKNOWN else language,
                furniture=is_furniture,
            )
        )
    return _in_its_languages(cut, source.language)


def _in_its_languages(cut: list[Passage], language: str) -> list[Passage]:
    """Return the passages with a language that only one of them seems to be in given up for the source's.

    Among letters that languages share, that one is more likely full of foreign names. A script speaks for itself.
    """
    if language in _OWN_SCRIPT or language == UNKNOWN:
        return cut
    held = Counter(passage.language for passage in cut)
    lone = {name for name, count in held.items() if count == 1 and name not in (language, *_OWN_SCRIPT)}
    return [replace(one, language=language) if one.language in lone else one for one in cut]


def _sections(source: Source) -> Iterator[tuple[list[Heading], Span]]:
    """Yield each stretch between two headings with the headings above it, outermost first."""
    path: list[Heading] = []
    position = 0
    for heading in source.headings:
        yield path, Span(position, heading.start)
        path = [above for above in path if above.level < heading.level] + [heading]
        position = heading.end
    yield path, Span(position, len(source.text))


def _joined(path: Sequence[Heading]) -> str:
    return " › ".join(heading.text for heading in path)


@dataclass(frozen=True)
class _Line:
    """A line, a wrapped paragraph or a block of one section, and what stands around it."""

    span: Span
    text: str
    block: bool
    apart: bool  # a blank line stands before it
    furniture: bool = False


def _grouped(source: Source) -> Iterator[tuple[str, Span, bool]]:
    """Yield the path of headings above each passage, its span, and whether it is furniture."""
    sections = [
        (path, [_line(source.text, *one) for one in _lines_and_blocks(source.text, section, source.blocks)])
        for path, section in _sections(source)
    ]
    every = [line for _, lines in sections for line in (None, *lines)][1:]  # None where a heading stands
    marked = furniture([None if line is None or line.block else line.text for line in every])
    stated = _stated(source, [line for line in every if line][:_HEAD])
    found = {line.span.start for line, mark in zip(every, marked, strict=True) if line and mark} | stated
    for (path, lines), (path_below, _) in zip_longest(sections, sections[1:], fillvalue=([], [])):
        kept = [replace(line, furniture=line.span.start in found) for line in lines]
        if path and path[-1] not in path_below[:-1] and all(line.furniture for line in kept):
            yield from _alone(source.text, path)
        yield from ((_joined(path), span, is_furniture) for span, is_furniture in _group(source.text, kept))


def _alone(text: str, path: Sequence[Heading]) -> Iterator[tuple[str, Span, bool]]:
    """Yield a heading as a passage: a slide may be its title alone. One word ("Sheet2") and a button say nothing."""
    heading = path[-1]
    is_furniture = len(words(heading.text)) < 2 or kind_of(heading.text) is not Kind.SAID
    for piece in _short_enough(text, Span(heading.start, heading.end)):
        yield _joined(path[:-1]), piece, is_furniture


def _line(text: str, span: Span, block: bool) -> _Line:
    before = span.start
    while before and text[before - 1].isspace():
        before -= 1
    apart = before == 0 or text.count("\n", before, span.start) > 1
    return _Line(span, text[span.start : span.end], block, apart)


def _stated(source: Source, lines: Sequence[_Line]) -> set[int]:
    """Return where lines begin that only repeat what a citation says: title, author, day and address of the source."""
    found: set[int] = set()
    seen_title = any(heading.text == source.stated_title for heading in source.headings[:1])
    for line in lines:
        if line.text == source.stated_title:
            if seen_title:
                found.add(line.span.start)
            seen_title = True
        elif source.author == line.text or (source.url and address_of(line.text) == source.url):
            found.add(line.span.start)
        elif source.published and day_of(line.text, source.title) == source.published:
            found.add(line.span.start)
    return found


def _group(text: str, lines: Sequence[_Line]) -> Iterator[tuple[Span, bool]]:
    """Yield spans of whole sentences, each with whether it is furniture; lines of furniture stand by themselves."""
    start: int | None = None  # of the passage that is open
    body = end = 0  # where its text begins, below what leads to it, and where it ends
    for line, below in zip_longest(lines, lines[1:]):
        leads = below is not None and not below.furniture and _leads(line, below)
        goes_on = not (line.furniture or leads) and width(text[body : line.span.end]) <= _TARGET
        if start is not None and (line.furniture or (body < end and not goes_on)):
            yield Span(start, end), False
            start = None
        if line.furniture:
            yield line.span, True
            continue
        if start is None:
            start = body = line.span.start
        end = line.span.end
        if leads:
            body = end
        elif width(text[body:end]) > _TARGET:
            first, *rest = _balanced(text, line)
            yield Span(start, first.end), False
            yield from ((piece, False) for piece in rest)
            start = None
    if start is not None:
        yield Span(start, end), False


def _balanced(text: str, line: _Line) -> list[Span]:
    """Return a long paragraph or block in pieces of whole sentences, all about as long as each other."""
    sentences = list(_short_enough(text, line.span) if line.block else _sentences_of_line(text, line.span))
    goal = width(line.text) / ceil(width(line.text) / _TARGET)
    pieces = sentences[:1]
    for sentence in sentences[1:]:
        joined = Span(pieces[-1].start, sentence.end)
        size = width(text[joined.start : joined.end])
        if size <= _TARGET and size - width(text[sentence.start : sentence.end]) / 2 <= goal:
            pieces[-1] = joined
        else:
            pieces.append(sentence)
    return pieces


def _leads(line: _Line, below: _Line) -> bool:
    """Whether a line belongs to what stands below it: a heading without marks, a name above the time of a post."""
    if line.block or width(line.text) > _LEADING or line.text[-1] in ".。!！…;；":
        return False
    above_paragraph = line.apart and below.apart and (below.block or width(below.text) > _LEADING)
    return line.text[-1] in ":：" or above_paragraph or day_of(below.text) is not None or day_of(line.text) is not None


def _lines_and_blocks(text: str, section: Span, blocks: Sequence[Block]) -> Iterator[tuple[Span, bool]]:
    """Yield the lines of a section, and the blocks in it whole, each with whether it is a block."""
    position = section.start
    first = bisect_left(blocks, section.start, key=lambda block: block.start)
    for block in blocks[first : bisect_left(blocks, section.end, key=lambda block: block.start)]:
        yield from ((line, False) for line in _lines(text, position, block.start))
        position = min(block.end, section.end)
        whole = _trimmed(text, block.start, position)
        if whole:
            yield whole, True
    yield from ((line, False) for line in _lines(text, position, section.end))


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the lines of a text, those of a wrapped paragraph as one."""
    paragraph: list[Span] = []
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        line = _trimmed(text, start, stop)
        if line:
            paragraph.append(line)
        else:
            yield from _unwrapped(text, paragraph)
            paragraph = []
        start = stop + 1
    yield from _unwrapped(text, paragraph)


def _unwrapped(text: str, lines: list[Span]) -> list[Span]:
    """Return one span for lines that were wrapped at a column; other lines as they are.

    Wrapped lines are about as long as each other, but for the last, and hardly any but the last ends a sentence.
    """
    widths = [width(text[line.start : line.end]) for line in lines[:-1]]
    if not widths or min(widths) < _WRAPPED_AT[0] or max(widths) > _WRAPPED_AT[1]:
        return lines
    ended = sum(text[line.end - 1] in _ENDS for line in lines[:-1])
    return lines if 2 * ended >= len(widths) + 1 else [Span(lines[0].start, lines[-1].end)]


def _sentences_of_line(text: str, line: Span) -> Iterator[Span]:
    # The lines of a wrapped paragraph are one; wide spaces among other marks make the library panic.
    content = _SPACE.sub(" ", text[line.start : line.end])
    ends = {*_ends_by_library(content), *(match.end() for match in _WIDE_END.finditer(content))}
    for quotation in _QUOTATION.finditer(content):
        ends.difference_update(range(quotation.start() + 1, quotation.end()))
        ends.update([quotation.end()] if _ENDS_QUOTED.search(quotation[0]) else [])
    whole = _uncut(content, Span(0, len(content))) if len(ends) > 1 else []
    start = 0
    for end in sorted(ends):
        apart = not (_joins(content, end) or _is_inside(end, whole))
        if apart and _ends(content[start:end], content[end : end + 12]):
            if span := _trimmed(text, line.start + start, line.start + end):
                yield from _short_enough(text, span)
            start = end
    if rest := _trimmed(text, line.start + start, line.end):
        yield from _short_enough(text, rest)


def _ends_by_library(content: str) -> Iterator[int]:
    """Yield the ends of sentences as the library finds them, in as many steps as a long line needs.

    Its time grows with the square of their number (a line of 200,000 marks took 54 s, and takes 2 s so). The last
    sentence of a step may go on beyond it, so the next step begins with it.
    """
    from sentencex import get_sentence_boundaries  # late: a compiled library

    language = language_of(content)
    language = "en" if language == UNKNOWN else language
    position = 0
    while position < len(content):
        step = content[position : position + _STEP]
        found = [bound["end_index"] for bound in get_sentence_boundaries(language, step)]
        if position + len(step) < len(content) and len(found) > 1:
            found.pop()
        yield from (position + end for end in found)
        position += found[-1] if found and position + len(step) < len(content) else len(step)


def _joins(text: str, at: int) -> bool:
    """Whether the code point here is one character with the one before it: an accent, a joined sign, half a flag."""
    here, before = text[at : at + 1], text[at - 1 : at]
    if here <= "\u02ff" or not before:
        return False
    flag = "\U0001f1e6" <= here <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    joined = here in _JOINERS or "\U0001f3fb" <= here <= "\U0001f3ff" or before == "\u200d" or flag
    return joined or unicodedata.category(here).startswith("M")


def _ends(sentence: str, after: str) -> bool:
    """Whether a sentence ends where it seems to, and not behind the number of an item or the "vol." of "vol. 2"."""
    following = after.lstrip()[:1]
    abbreviated = _ABBREVIATED.search(sentence[-12:].rstrip()) and (following.isdigit() or following.islower())
    return not (abbreviated or _NUMBERED.fullmatch(sentence.strip()))


def _short_enough(text: str, span: Span) -> Iterator[Span]:
    """Cut what has no sentence marks at the last softer mark before the limit, or at the limit."""
    start = span.start
    whole: list[Span] | None = None
    while width(text[start : min(span.end, start + _LONGEST_SENTENCE + 1)]) > _LONGEST_SENTENCE:
        whole = _uncut(text, span) if whole is None else whole
        limit = start + _fitting(text[start : start + _LONGEST_SENTENCE])
        cut = next((end for mark in _CUTS if (end := _last(mark, text, start + 1, limit, whole))), limit)
        piece = _trimmed(text, start, cut)
        start = cut
        if piece:
            yield piece
    rest = _trimmed(text, start, span.end)
    if rest:
        yield rest


def _last(mark: re.Pattern[str], text: str, start: int, limit: int, whole: Sequence[Span]) -> int:
    """Return where the last such mark before the limit ends, judged by what follows it too; 0 without one."""
    ends = [match.end() for match in mark.finditer(text, start, limit + 1) if match.end() <= limit]
    return next((end for end in reversed(ends) if not (_joins(text, end) or _is_inside(end, whole))), 0)


def _uncut(text: str, span: Span) -> list[Span]:
    """Return the addresses, figures and quotations of a stretch that are short enough to be kept, each once."""
    found = [match.span() for pattern in _UNCUT for match in pattern.finditer(text, span.start, span.end)]
    kept: list[Span] = []
    for start, end in sorted(found):
        if width(text[start:end]) > _LONGEST_SENTENCE:
            continue
        if kept and start < kept[-1].end:
            kept[-1] = Span(kept[-1].start, max(end, kept[-1].end))
        else:
            kept.append(Span(start, end))
    return kept


def _is_inside(at: int, whole: Sequence[Span]) -> bool:
    number = bisect_left(whole, at, key=lambda span: span.start) - 1
    return number >= 0 and at < whole[number].end


def _fitting(text: str) -> int:
    """Return how many characters of `text` fit into the longest sentence's width."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if character >= WIDE_FROM else 1
        if used > _LONGEST_SENTENCE:
            return count
    return len(text)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if end > start else None
