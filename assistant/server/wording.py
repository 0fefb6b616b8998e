"""An answer as the text that a program gets: verified sentences with numbers, or a refusal with what comes nearest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath

from assistant import Answer, Citation, SentenceVerified
from assistant.render import attributed, is_link, quoted, space_after, who_and_when
from assistant.settings import QUOTES_ONLY
from index.language import language_of

_NEAREST = 3  # passages of a refusal
_WORDS = {  # Chinese, English
    "refused": ("这些资料没有回答这个问题。", "The sources do not answer this."),
    "nearest": ("最接近的段落：", "The nearest passages:"),
    "partly": ("（只有部分依据）", " (only partly supported)"),
    "disagree": ("资料的说法不一：", "The sources disagree: "),
    "colon": ("：", ": "),
    "semicolon": ("；", "; "),
}


@dataclass(frozen=True)
class Mark:
    """A number in the text, `text[start:end] == "[3]"`, and the citation that it stands for."""

    start: int
    end: int
    citation: Citation


@dataclass(frozen=True)
class Piece:
    """Text that follows what was written before, and its marks, counted in characters of the whole text."""

    text: str
    marks: tuple[Mark, ...]


class Writer:
    """Writes the text of one answer as it is verified; what is not supported is left out."""

    def __init__(self, question: str, model: str) -> None:
        self._language = 0 if language_of(question) == "zh" else 1
        self._are_quotes = model == QUOTES_ONLY
        self._length = 0
        self._before = ""  # what a next sentence is parted from the last one by

    def sentence(self, verified: SentenceVerified) -> Piece | None:
        """Return the next sentence; None for one that no source supports."""
        sentence = verified.sentence
        if sentence.verdict == "unsupported":
            return None
        by_number = {one.number: one for one in verified.citations}
        parts: list[str | Citation] = [self._before, attributed(sentence), sentence.text]
        parts += [by_number[number] for number in sentence.citations if number in by_number]
        if sentence.verdict == "partly":
            parts.append(self._word("partly"))
        self._before = "\n\n" if self._are_quotes else space_after(sentence.text)
        return self._piece(parts)

    def end(self, answer: Answer) -> Piece | None:
        """Return what follows the sentences: where sources disagree; of a refusal, all that there is to say."""
        parts: list[str | Citation] = []
        if answer.status == "refused":
            parts.append(self._word("refused"))
            if answer.nearest:
                parts.append(("" if self._language == 0 else " ") + self._word("nearest"))
            for one in answer.nearest[:_NEAREST]:
                parts += ["\n\n", one, f" {about(one)}{self._word('colon')}{quoted(one)}"]
        for found in answer.conflicts:
            parts += ["\n\n", self._word("disagree")]
            for at, (says, one) in enumerate(zip(found.says, found.citations, strict=True)):
                parts += [self._word("semicolon") if at else "", f"{says} ", one]
        return self._piece(parts) if parts else None

    def _piece(self, parts: Iterable[str | Citation]) -> Piece:
        text, marks = "", []
        for part in parts:
            written = part if isinstance(part, str) else f"[{part.number}]"
            if not isinstance(part, str):
                start = self._length + len(text)
                marks.append(Mark(start, start + len(written), part))
            text += written
        self._length += len(text)
        return Piece(text, tuple(marks))

    def _word(self, key: str) -> str:
        return _WORDS[key][self._language]


def written(answer: Answer) -> Piece:
    """Return the whole text of an answer."""
    writer = Writer(answer.question, answer.model)
    by_number = {one.number: one for one in answer.citations}
    pieces = []
    if answer.status != "refused":
        for sentence in answer.sentences:
            cited = tuple(by_number[number] for number in sentence.citations if number in by_number)
            pieces.append(writer.sentence(SentenceVerified(sentence, cited)))
    pieces.append(writer.end(answer))
    there = [piece for piece in pieces if piece]
    return Piece("".join(one.text for one in there), tuple(mark for one in there for mark in one.marks))


def about(citation: Citation) -> str:
    """Return a source's title with who wrote it, when, and the page."""
    page = f"p. {citation.page}" if citation.page else ""
    said = ", ".join(part for part in (who_and_when(citation.author, citation.published), page) if part)
    return f"{citation.title} ({said})" if said else citation.title


def public(uri: str) -> str:
    """Return a web address as it is, and of anything else the last part: no path of this machine goes out."""
    return uri if is_link(uri) else PurePath(uri).name or uri


def recorded(answer: Answer) -> Answer:
    """Return the record of an answer without the paths of this machine."""
    conflicts = tuple(
        replace(one, citations=(_placed(one.citations[0]), _placed(one.citations[1]))) for one in answer.conflicts
    )
    return replace(
        answer,
        citations=tuple(map(_placed, answer.citations)),
        nearest=tuple(map(_placed, answer.nearest)),
        conflicts=conflicts,
    )


def _placed(citation: Citation) -> Citation:
    return replace(citation, uri=public(citation.uri))
