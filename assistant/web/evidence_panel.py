"""Records to escaped HTML: evidence cards, the answer's sentences with their numbers, and a source at a quote."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import NamedTuple

from assistant import Answer, Citation
from assistant.answer import Conflict
from assistant.conversations import Said
from assistant.injection import planted
from assistant.render import as_copied, attributed, notes, space_after
from assistant.settings import QUOTES_ONLY
from assistant.web import words
from assistant.write import split
from index import Source

_LOOKED_AT = 50_000  # characters of a source before and after a quote, in which planted sentences are marked

# Evidence


def evidence_cards(read: Iterable[Citation]) -> str:
    """Return the cards of what an answer is about to be written from."""
    cards = "".join(_card(one) for one in read)
    return _panel(words.both("evidence"), cards) if cards else ""


def final_cards(answer: Answer, read: Sequence[Citation]) -> str:
    """Return the cards of a whole answer: what it cites, the words marked, and folded away what it does not.

    A refusal shows the nearest passages instead, and says that they are no answer.
    """
    if answer.status == "refused":
        nearest = "".join(_card(one, numbered=False) for one in answer.nearest)
        return _panel(words.both("nearest"), nearest) if nearest else ""
    cited = {one.number: one for one in notes(answer)}
    used = [_card(one, cited[one.number]) for one in read if one.number in cited]
    unused = [_card(one) for one in read if one.number not in cited]
    fold = _fold(words.both("read_only", count=len(unused)), f'<ol class="cards">{"".join(unused)}</ol>')
    return _panel(words.both("cited"), "".join(used)) + (fold if unused else "")


def _panel(heading: str, cards: str) -> str:
    return f'<h3>{heading}</h3><ol class="cards">{cards}</ol>'


def _fold(summary: str, inside: str) -> str:
    return f'<details class="fold"><summary>{summary}</summary>{inside}</details>'


def _card(passage: Citation, quoted: Citation | None = None, numbered: bool = True) -> str:
    """Return one card; a click on it opens the quoted words, or else the whole passage, in the source."""
    marks = [Mark(passage.number, quoted.start - passage.start, quoted.end - passage.start)] if quoted else []
    orders = planted(passage.quote)
    shown = "".join(_piece(one) for one in _pieces(passage.quote, 0, marks, [(one.start, one.end) for one in orders]))
    warning = f'<p class="warning">{words.both("planted")}</p>' if orders else ""
    number = f'<span class="number">{passage.number}</span>' if numbered else ""
    return (
        f'<li class="card" data-number="{passage.number}"{_target(quoted or passage)}>'
        f'<button type="button" class="open">{number}<bdi>{escape(passage.title)}</bdi></button>'
        f'<p class="who">{_who(passage)}</p>'
        f'<blockquote dir="auto">{shown}</blockquote>{warning}</li>'
    )


def _piece(one: "Piece") -> str:
    shown = f"<mark>{escape(one.text)}</mark>" if one.number else escape(one.text)
    return f'<span class="planted">{shown}</span>' if one.planted else shown


def _who(passage: Citation) -> str:
    parts = [f"<bdi>{escape(stated)}</bdi>" for stated in (passage.author, passage.published) if stated]
    return " · ".join([*parts, *([words.both("page", page=passage.page)] if passage.page else [])])


def _target(place: Citation) -> str:
    """Return the attributes that say what a click opens."""
    return f' data-source="{escape(place.source_id)}" data-start="{place.start}" data-end="{place.end}"'


# The answer


def understood(question: str) -> str:
    """Return how a follow-up was understood; nothing for a question that stands alone."""
    return f"{words.both('understood')}<bdi>{escape(question)}</bdi>" if question else ""


def draft(text: str) -> str:
    """Return text that the model has written and nobody has checked."""
    return f'<p class="draft" dir="auto">{escape(text.strip())}</p>' if text.strip() else ""


def sentences(cited: Sequence[Said], rest: str = "") -> str:
    """Return verified sentences with their numbers, in paragraphs, and the rest that is still a draft."""
    paragraphs: list[list[str]] = []
    for one in cited:
        if one.begins or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(_sentence(one))
    if rest:
        paragraphs = paragraphs or [[]]
        paragraphs[-1].append(f'<span class="draft">{escape(rest)}</span>')
    return "".join(f'<p dir="auto">{"".join(paragraph)}</p>' for paragraph in paragraphs)


def unchecked(text: str, checked: int) -> str:
    """Return what is left of a draft when its first sentences are checked."""
    return "".join(sentence + space_after(sentence) for sentence in split(text)[checked:])


def _sentence(cited: Said) -> str:
    sentence = cited.sentence
    text = escape(sentence.text)
    if sentence.verdict == "unsupported":
        text = f"<s>{text}</s>"
    elif any(sentence.text == one.quote for one in cited.citations):
        text = f"<q>{text}</q>"
    if sentence.attribution:
        text = f'<span class="said-by">{escape(attributed(sentence))}</span>{text}'
    said = ""
    if sentence.verdict != "supported":
        said = f'<span class="verdict">{words.both(sentence.verdict)}'
        said += f"<span> · {words.reason(sentence.reason)}</span></span>" if sentence.reason else "</span>"
    numbers = "".join(_number(one) for one in cited.citations)
    return f'<span class="sentence {sentence.verdict}">{text}{numbers}{said}</span>{space_after(sentence.text)}'


def _number(citation: Citation) -> str:
    label = escape(f"[{citation.number}] {citation.title}")
    return (
        f'<button type="button" class="cite" data-number="{citation.number}"{_target(citation)} '
        f'aria-label="{label}">[{citation.number}]</button>'
    )


def refusal(answer: Answer, cited: Sequence[Said]) -> str:
    """Return a plain refusal, with what the model wrote folded away."""
    near = words.both("refused_nearest" if answer.nearest else "nothing_near")
    said = f'<div class="refused"><p><strong>{words.both("refused")}</strong></p><p>{near}</p></div>'
    if not cited:
        return said
    return said + _fold(words.both("unsupported_fold", count=len(cited)), sentences(cited))


def closing(answer: Answer, said: Sequence[Said]) -> str:
    """Return what stands under an answer: sources and independent origins, the time, and what can be done with it."""
    parts = [words.both("seconds", seconds=f"{answer.timings.total:.1f}")]
    if answer.origins.sources:
        parts.insert(0, words.origins(answer.origins.sources, answer.origins.independent))
        if answer.model == QUOTES_ONLY:
            parts.insert(1, words.both("quotes_only"))
        if answer.conflicts:
            parts.insert(1, words.both("disagreements", count=len(answer.conflicts)))
    parts += [words.both("asked_again", question=one) for one in answer.trace.translated]
    line = "".join(map(_conflict, answer.conflicts))
    line += f'<p class="closing">{"<span> · </span>".join(parts)}</p>'
    copied = "".join(f' data-copy-{one}="{escape(as_copied(answer, said, one))}"' for one in ("zh", "en"))
    copy = f'<button type="button" class="copy quiet"{copied}>{words.both("copy")}</button>'
    verdicts = "".join(map(_verdict_button, ("good", "bad")))
    return f'{line}<div class="actions">{copy if answer.status != "refused" else ""}{verdicts}</div>'


def _conflict(found: Conflict) -> str:
    """Return both sides of a disagreement, each with who says it and when, and a number that opens its words."""
    sides = []
    for says, one in zip(found.says, found.citations, strict=True):
        newer = f" · <em>{words.both('newer')}</em>" if found.newer == one.number else ""
        who = f"<bdi>{escape(one.title)}</bdi>{f' · {_who(one)}' if _who(one) else ''}"
        quoted = f'<q dir="auto">{escape(one.quote)}</q>{_number(one)}'
        sides.append(f'<li><b dir="auto">{escape(says)}</b> {quoted} <span class="who">{who}{newer}</span></li>')
    return f'<div class="conflict"><strong>{words.both("conflicts")}</strong><ul>{"".join(sides)}</ul></div>'


def _verdict_button(name: str) -> str:
    inside = f'<span class="thumb"></span><span class="unseen">{words.both(name)}</span>'
    return f'<button type="button" class="verdict-{name} quiet" aria-pressed="false">{inside}</button>'


# A source


@dataclass(frozen=True)
class Mark:
    """A stretch of a source's text, in characters, and the number of the evidence that it is."""

    number: int
    start: int
    end: int


class Piece(NamedTuple):
    """A piece of text, the number of the mark that it is in or 0, and whether it addresses a model."""

    text: str
    number: int
    planted: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a source that is not blank: its heading's level or 0, and its text in pieces."""

    level: int
    pieces: tuple[Piece, ...]


def opened(source: Source, marks: Sequence[Mark]) -> Mapping[str, object]:
    """Return a source for JSON, its text cut into lines in which the marks' numbers stand with the words."""
    address = source.url or source.uri
    pages = [page for mark in marks[:1] for page in source.pages if page.start <= mark.start < page.end]
    return {
        "id": source.id,
        "title": source.title,
        "author": source.author,
        "published": source.published,
        "language": source.language,
        "address": address,
        "link": address.lower().startswith(("https://", "http://")),
        "pages": max((page.number for page in source.pages), default=0),
        "page": pages[0].number if pages else 1,
        "lines": [{"level": line.level, "pieces": line.pieces} for line in lines(source, marks)],
    }


def lines(source: Source, marks: Sequence[Mark]) -> list[Line]:
    """Return the lines of a source, marked; where marks overlap, the first holds.

    Offsets are cut here, where a character is a code point; the browser counts in UTF-16.
    """
    levels = {heading.start: heading.level for heading in source.headings}
    orders = _planted_near(source, marks[0].start if marks else 0)
    found = []
    at = 0
    for text in source.text.split("\n"):
        if text.strip():
            level = next((levels[place] for place in range(at, at + len(text)) if place in levels), 0) if levels else 0
            found.append(Line(level, tuple(_pieces(text, at, marks, orders))))
        at += len(text) + 1
    return found


def _pieces(text: str, at: int, marks: Sequence[Mark], orders: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Cut a text that stands at a place of its source where marks and planted sentences begin and end."""
    spans = [*((mark.start, mark.end) for mark in marks), *orders]
    bounds = {min(max(bound - at, 0), len(text)) for span in spans for bound in span}
    before: Piece | None = None
    for first, last in pairwise(sorted({0, len(text), *bounds})):
        number = next((mark.number for mark in marks if mark.start <= at + first and at + last <= mark.end), 0)
        is_order = any(start <= at + first and at + last <= end for start, end in orders)
        piece = Piece(text[first:last], number, is_order)
        if before and before[1:] == piece[1:]:
            piece = Piece(before.text + piece.text, number, is_order)
        elif before:
            yield before
        before = piece
    if before:
        yield before


def _planted_near(source: Source, place: int) -> list[tuple[int, int]]:
    """Return the sentences that address a model around a place of a source; all of a long one would take seconds."""
    start = source.text.rfind("\n", 0, max(0, place - _LOOKED_AT)) + 1
    return [(one.start, one.end) for one in planted(source.text, start, min(len(source.text), place + _LOOKED_AT))]
