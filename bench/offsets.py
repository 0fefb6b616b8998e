"""Read and cut thousands of generated and damaged texts, and look at every bound.

PYTHONPATH=. python bench/offsets.py [-n 10000] [--seed 0]

Each text is read as a file: text, Markdown, a web page, a table or a record. Passages must be verbatim, in order,
apart, and together hold every character that is no space and no heading. No bound may stand inside an address, a
figure, a character of several code points, a row or a piece of code, or a quotation that is short enough to be kept.
"""

import argparse
import csv
import io
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import regex

from bench.corpus.texts import generated, mutated
from index.errors import SourceError
from index.language import width
from index.passages import passages
from index.sources import Source, read

_WHOLE = 600  # the width up to which a row, a quotation or a piece of code is kept whole
_ADDRESS = regex.compile(
    r"(?:https?://|www\.)[A-Za-z0-9/._?=&#%+~-]*[A-Za-z0-9/_=&#%+~-]"
    r"|(?<![A-Za-z0-9._+-])[A-Za-z0-9.]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9]+)+"
)
_FIGURE = regex.compile(r"(?<![\w.,])\d+(?:[.,]\d+)+(?![\w.,]*\d)")
_QUOTATIONS = tuple(regex.compile(f"{a}[^{a}{b}\n]*{b}") for a, b in ("“”", "「」", "『』", "《》", "（）"))


def faults(source: Source) -> Iterator[str]:
    """Yield what is wrong with the passages of a source."""
    text, position, held = source.text, 0, [False] * len(source.text)
    bounds: set[int] = set()
    for one in passages(source):
        if text[one.start : one.end] != one.text:
            yield "not verbatim"
        if one.start < position or one.end <= one.start:
            yield "out of order"
        position = one.end
        bounds |= {one.start, one.end}
        held[one.start : one.end] = [True] * (one.end - one.start)
    for heading in source.headings:
        if text[heading.start : heading.end] != heading.text:
            yield "heading not verbatim"
        held[heading.start : heading.end] = [True] * (heading.end - heading.start)
    if any(not here and not character.isspace() for here, character in zip(held, text, strict=True)):
        yield "characters left out"
    for kind, start, end in _wholes(source):
        if any(start < bound < end for bound in _between(bounds, start, end)):
            yield f"bound inside {kind}"


def _between(bounds: set[int], start: int, end: int) -> Iterator[int]:
    return (at for at in range(start + 1, end) if at in bounds)


def _wholes(source: Source) -> Iterator[tuple[str, int, int]]:
    """Yield every stretch that no bound may stand in."""
    text = source.text
    for kind, pattern in (("an address", _ADDRESS), ("a figure", _FIGURE)):
        yield from ((kind, *match.span()) for match in pattern.finditer(text) if width(match[0]) <= _WHOLE)
    yield from (("a character", *match.span()) for match in regex.finditer(r"\X", text) if match[0].strip() == match[0])
    for block in source.blocks:
        words = text[block.start : block.end]
        if width(words) <= _WHOLE:
            yield "a block", block.start + len(words) - len(words.lstrip()), block.start + len(words.rstrip())
    for line in regex.finditer(r"[^\n]+", text):
        if width(line[0]) <= _WHOLE:
            for pattern in _QUOTATIONS:
                yield from (
                    ("a quotation", line.start() + match.start(), line.start() + match.end())
                    for match in pattern.finditer(line[0])
                )


def _page(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n")) + f"<pre>{escape(text)}</pre>"


def _rows(text: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("name", "note"), *((part, part[::2]) for part in text.split("\n\n"))])
    return file.getvalue()


FORMS: dict[str, Callable[[str], str]] = {
    ".txt": str,
    ".md": str,
    ".html": _page,
    ".csv": _rows,
    ".json": lambda text: json.dumps([{"text": part, "n": 1} for part in text.split("\n\n")]),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    endings = [".txt", ".txt", ".txt", ".md", ".html", ".csv", ".json"]
    wrong: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    shown: set[str] = set()
    spans, begun = 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.n):
            text, ending = mutated(generated(chance), chance), endings[number % len(endings)]
            path = Path(folder) / f"text{ending}"
            path.write_bytes(FORMS[ending](text).encode("utf-8", "replace"))
            try:
                source = read(path)
            except SourceError:
                forms["refused (no text)"] += 1
                continue
            forms[ending] += 1
            spans += len(passages(source)) + len(source.headings) + len(source.blocks)
            for fault in set(faults(source)):
                wrong[fault] += 1
                if fault not in shown:
                    shown.add(fault)
                    print(f"text {number}{ending}: {fault}: {source.text[:1500]!r}")
    print(f"{options.n:,} texts in {time.perf_counter() - begun:.0f} s: {dict(forms)}; {spans:,} spans")
    print("wrong: " + (", ".join(f"{fault} {count}" for fault, count in wrong.most_common()) or "none"))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
