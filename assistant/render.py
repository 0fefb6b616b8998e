"""Answers and passages as plain text for a terminal."""

from assistant.answer import Answer, Citation

_MARKS = {"supported": "", "partly": " (partly supported: {reason})", "unsupported": " (NOT SUPPORTED: {reason})"}


def as_text(answer: Answer) -> str:
    """Return an answer as text: its sentences with their numbers, then each quote with its source."""
    if answer.status == "refused":
        head = "The sources do not answer this."
        quotes = ["Nearest passages:", *map(_citation, answer.nearest)] if answer.nearest else ["There are no sources."]
        return "\n\n".join([head, *quotes])
    sentences = "\n".join(
        sentence.text
        + "".join(f" [{number}]" for number in sentence.citations)
        + _MARKS[sentence.verdict].format(reason=sentence.reason)
        for sentence in answer.sentences
    )
    return "\n\n".join([sentences, *map(_citation, answer.citations), _origins(answer)])


def who_and_when(author: str | None, published: str | None) -> str:
    """Return "author, date" as far as they are known."""
    return ", ".join(part for part in (author, published) if part)


def printable(text: str) -> str:
    """Return text from a source without the characters that steer a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _citation(citation: Citation) -> str:
    said = who_and_when(citation.author, citation.published)
    page = f", p. {citation.page}" if citation.page else ""
    title = f"[{citation.number}] {citation.title}" + (f" ({said}{page})" if said or page else "")
    quote = citation.quote.replace("\n", "\n    ")
    return printable(f"{title}\n    “{quote}”\n    {citation.uri}")


def _origins(answer: Answer) -> str:
    sources, independent = answer.origins.sources, answer.origins.independent
    return f"{_count(sources, 'source')}, {_count(independent, 'independent origin')}; {answer.timings.total:.1f} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
