"""Records to escaped HTML: evidence cards, the answer's sentences with their numbers, and a source at a quote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from assistant import Answer, Citation, Sentence
from assistant.answer import cite
from assistant.evidence import Evidence
from assistant.settings import QUOTES_ONLY
from assistant.web import words
from assistant.write import split
from index import Source


@dataclass(frozen=True)
class Cited:
    """A verified sentence with what it cites, and whether a new paragraph begins with it."""

    sentence: Sentence
    citations: tuple[Citation, ...]
    begins: bool = False


# Evidence


def evidence_cards(evidence: Iterable[Evidence]) -> str:
    """Return the cards of what an answer is about to be written from."""
    cards = "".join(_card(cite(one), one.text) for one in evidence)
    return _panel(words.both("evidence"), cards) if cards else ""


def final_cards(answer: Answer, evidence: Iterable[Evidence]) -> str:
    """Return the cards of a whole answer: what it cites, the words marked, and folded away what it does not.

    A refusal shows the nearest passages instead, and says that they are no answer.
    """
    if answer.status == "refused":
        nearest = "".join(_card(one, one.quote, numbered=False) for one in answer.nearest)
        return _panel(words.both("nearest"), nearest) if nearest else ""
    cited = {one.number: one for one in answer.citations}
    used = [_card(cite(one), one.text, cited[one.number]) for one in evidence if one.number in cited]
    unused = [_card(cite(one), one.text) for one in evidence if one.number not in cited]
    fold = _fold(words.both("read_only", count=len(unused)), f'<ol class="cards">{"".join(unused)}</ol>')
    return _panel(words.both("cited"), "".join(used)) + (fold if unused else "")


def _panel(heading: str, cards: str) -> str:
    return f'<h3>{heading}</h3><ol class="cards">{cards}</ol>'


def _fold(summary: str, inside: str) -> str:
    return f'<details class="fold"><summary>{summary}</summary>{inside}</details>'


def _card(place: Citation, text: str, quoted: Citation | None = None, numbered: bool = True) -> str:
    """Return one card; a click on it opens the quoted words, or else the whole passage, in the source."""
    target = quoted or place
    shown = escape(text)
    if quoted:
        start, end = quoted.start - place.start, quoted.end - place.start
        shown = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    number = f'<span class="number">{place.number}</span>' if numbered else ""
    return (
        f'<li class="card" data-number="{place.number}"{_target(target)}>'
        f'<button type="button" class="open">{number}<bdi>{escape(place.title)}</bdi></button>'
        f'<p class="who">{_who(place.author, place.published)}</p>'
        f'<blockquote dir="auto">{shown}</blockquote></li>'
    )


def _who(author: str | None, published: str | None) -> str:
    return " · ".join(f"<bdi>{escape(stated)}</bdi>" for stated in (author, published) if stated)


def _target(place: Citation) -> str:
    """Return the attributes that say what a click opens."""
    return f' data-source="{escape(place.source_id)}" data-start="{place.start}" data-end="{place.end}"'


# The answer


def draft(text: str) -> str:
    """Return text that the model has written and nobody has checked."""
    return f'<p class="draft" dir="auto">{escape(text.strip())}</p>' if text.strip() else ""


def sentences(cited: Sequence[Cited], rest: str = "") -> str:
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
    return "".join(sentence + _space_after(sentence) for sentence in split(text)[checked:])


def _sentence(cited: Cited) -> str:
    sentence = cited.sentence
    text = escape(sentence.text)
    if sentence.verdict == "unsupported":
        text = f"<s>{text}</s>"
    elif any(sentence.text == one.quote for one in cited.citations):
        text = f"<q>{text}</q>"
    said = ""
    if sentence.verdict != "supported":
        said = f'<span class="verdict">{words.both(sentence.verdict)}'
        said += f"<span> · {words.reason(sentence.reason)}</span></span>" if sentence.reason else "</span>"
    numbers = "".join(_number(one) for one in cited.citations)
    return f'<span class="sentence {sentence.verdict}">{text}{numbers}{said}</span>{_space_after(sentence.text)}'


def _number(citation: Citation) -> str:
    label = escape(f"[{citation.number}] {citation.title}")
    return (
        f'<button type="button" class="cite" data-number="{citation.number}"{_target(citation)} '
        f'aria-label="{label}">[{citation.number}]</button>'
    )


def _space_after(sentence: str) -> str:
    """Return the space before a next sentence; scripts that write without spaces have none."""
    return " " if sentence[-1:] < "\u1100" else ""


def refusal(answer: Answer, cited: Sequence[Cited]) -> str:
    """Return a plain refusal, with what the model wrote folded away."""
    near = words.both("refused_nearest" if answer.nearest else "nothing_near")
    said = f'<div class="refused"><p><strong>{words.both("refused")}</strong></p><p>{near}</p></div>'
    if not cited:
        return said
    return said + _fold(words.both("unsupported_fold", count=len(cited)), sentences(cited))


def closing_line(answer: Answer) -> str:
    """Return the line under an answer: sources and independent origins, and the time that it took."""
    parts = [words.both("seconds", seconds=f"{answer.timings.total:.1f}")]
    if answer.origins.sources:
        parts.insert(0, words.origins(answer.origins.sources, answer.origins.independent))
        if answer.model == QUOTES_ONLY:
            parts.insert(1, words.both("quotes_only"))
    return f'<p class="closing">{"<span> · </span>".join(parts)}</p>'


# A source


def listed(source: Source) -> dict[str, str | None]:
    """Return what the list of sources shows of one, for JSON."""
    return {
        "id": source.id,
        "title": source.title,
        "author": source.author,
        "published": source.published,
        "language": source.language,
    }


def opened(source: Source, start: int, end: int) -> Mapping[str, object]:
    """Return a source for JSON, its text cut into lines; the characters from `start` to `end` are marked."""
    address = source.url or source.uri
    return {
        **listed(source),
        "address": address,
        "link": address.lower().startswith(("https://", "http://")),
        "lines": [{"level": line.level, "pieces": line.pieces} for line in lines(source, start, end)],
    }


@dataclass(frozen=True)
class Line:
    """A line of a source that is not blank: its heading's level or 0, and its text in pieces, marked or not."""

    level: int
    pieces: tuple[tuple[str, bool], ...]


def lines(source: Source, start: int, end: int) -> list[Line]:
    """Return the lines of a source with the characters from `start` to `end` marked.

    Offsets are cut here, where a character is a code point; the browser counts in UTF-16.
    """
    levels = {heading.start: heading.level for heading in source.headings}
    found = []
    at = 0
    for text in source.text.split("\n"):
        if text.strip():
            level = next((levels[place] for place in range(at, at + len(text)) if place in levels), 0) if levels else 0
            first, last = (min(max(bound - at, 0), len(text)) for bound in (start, end))
            pieces = ((text[:first], False), (text[first:last], True), (text[last:], False))
            found.append(Line(level, tuple(piece for piece in pieces if piece[0])))
        at += len(text) + 1
    return found
