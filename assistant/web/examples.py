"""Questions to try, made from the person's own sources: from their titles and headings, by code alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import Index, Source

_LOOKED_AT = 24  # sources: the text of each is read
_LONGEST = 60  # characters of a title or heading that fits into a question


@dataclass(frozen=True)
class Example:
    """One question, in Chinese and in English."""

    zh: str
    en: str


def examples(index: Index, count: int = 4) -> list[Example]:
    """Return up to `count` questions over different sources: what it says under a heading, or what it is about."""
    listed = [source for source in index.sources() if source.stated_title and _fits(source.stated_title)]
    step = max(1, len(listed) // _LOOKED_AT)
    made = [_example(source) for source in _languages_in_turn(listed[::step][:_LOOKED_AT])[:count]]
    return made


def _example(source: Source) -> Example:
    title = " ".join(source.title.split())
    for heading in source.headings:
        words = " ".join(heading.text.split())
        if heading.level > 1 and _fits(words) and words.casefold() not in title.casefold():
            return Example(f"《{title}》里关于“{words}”是怎么说的？", f"What does “{title}” say about “{words}”?")
    return Example(f"《{title}》讲了什么？", f"What is “{title}” about?")


def _fits(text: str) -> bool:
    text = text.strip()
    return 2 <= len(text) <= _LONGEST and text.isprintable() and any(character.isalpha() for character in text)


def _languages_in_turn(sources: Sequence[Source]) -> list[Source]:
    of: dict[str, list[Source]] = {}
    for source in sources:
        of.setdefault(source.language, []).append(source)
    return list(_in_turn([list(reversed(some)) for some in of.values()]))


def _in_turn(piles: list[list[Source]]) -> Iterator[Source]:
    while piles := [pile for pile in piles if pile]:
        for pile in piles:
            yield pile.pop()
