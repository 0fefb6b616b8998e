"""How many independent origins stand behind an answer: a copy of a source is no second source."""

from collections.abc import Iterable
from dataclasses import dataclass

from index import Source

_SHINGLE = 8  # characters; runs this long are shared by copying, hardly by chance
_COPIED = 0.4  # of the shorter text


@dataclass(frozen=True)
class Origins:
    """The cited sources, grouped: each group of source ids is one origin and the copies of it."""

    groups: tuple[tuple[str, ...], ...]

    @property
    def sources(self) -> int:
        return sum(len(group) for group in self.groups)

    @property
    def independent(self) -> int:
        return len(self.groups)


def origins_of(sources: Iterable[Source]) -> Origins:
    """Group sources whose shorter text is copied into the other to 40 % or more."""
    groups: list[list[tuple[str, set[str]]]] = []
    for source in sorted({source.id: source for source in sources}.values(), key=lambda source: source.id):
        shingles = _shingles(source.text)
        for group in groups:
            if any(_copied(shingles, other) for _, other in group):
                group.append((source.id, shingles))
                break
        else:
            groups.append([(source.id, shingles)])
    return Origins(tuple(tuple(source_id for source_id, _ in group) for group in groups))


def _shingles(text: str) -> set[str]:
    plain = "".join(character for character in text.casefold() if character.isalnum())
    return {plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1))}


def _copied(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= _COPIED * min(len(one), len(other))
