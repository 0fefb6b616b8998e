"""Write files of every format with the programs that people use, read each, and print how much of it came through.

PYTHONPATH=. python bench/formats.py [--keep DIR] [--only WORD] [--show]

The text is compared token by token (a word, a figure, an ideograph, a mark), in order: a lost space between two words
costs both. "put in" are characters that nobody wrote: marks of list items, or a reader's mistakes. Offsets are counted
over passages, headings, pages and blocks. What a format cannot state must come back as unknown. Formats whose writer
is not on the machine are named and left out.
"""

import argparse
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from bench.corpus import converted, mail, office, printed, prose, sheets
from bench.corpus.made import Made
from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read

_TOKEN = re.compile(r"[^\W\d_\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|\d+|\S")


@dataclass(frozen=True)
class Found:
    """How one file was read: characters written, read and put in; what was right of the rest."""

    written: int
    kept: int
    added: int
    spans: int
    exact: int
    stated: bool
    placed: bool
    lost: tuple[str, ...]


def found(made: Made, source: Source) -> Found:
    """Compare what was read with what was written."""
    wanted, got = (_TOKEN.findall(text) for text in ("\n".join(made.text), source.text))
    matcher = SequenceMatcher(None, wanted, got, autojunk=False)
    kept = sum(len(token) for at, _, size in matcher.get_matching_blocks() for token in wanted[at : at + size])
    lost = tuple(
        f"{' '.join(wanted[a:b])!r} → {' '.join(got[c:d])!r}"
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind in ("delete", "replace")
    )
    stem = Path(source.uri).stem
    stated = (source.title, source.author, source.published) == (made.title or stem, made.author, made.published)
    spans = len(source.headings) + len(source.pages) + len(source.blocks)
    exact = sum(source.text[one.start : one.end] == one.text for one in source.headings)
    exact += sum(0 <= page.start < page.end <= len(source.text) for page in source.pages)
    exact += sum(0 <= block.start < block.end <= len(source.text) for block in source.blocks)
    cut = passages(source)
    exact += sum(source.text[one.start : one.end] == one.text for one in cut)
    return Found(
        sum(map(len, wanted)),
        kept,
        sum(map(len, got)) - kept,
        spans + len(cut),
        exact,
        stated,
        _placed(made, source),
        lost,
    )


def _placed(made: Made, source: Source) -> bool:
    """Whether the headings have their levels, and each page the words that stand on it."""
    headings = tuple((heading.level, " ".join(heading.text.split())) for heading in source.headings)
    numbers = tuple(page.number for page in source.pages)
    texts = {page.number: source.text[page.start : page.end] for page in source.pages}
    squeezed = {number: "".join(text.split()) for number, text in texts.items()}
    return (
        headings == made.headings
        and numbers == tuple(number for number, _ in made.pages)
        and all("".join(words.split()) in squeezed.get(number, "") for number, words in made.pages)
    )


def corpus() -> Iterable[Made]:
    """Yield every file that can be written on this machine."""
    yield from prose.texts()
    yield from prose.markdowns()
    yield from prose.pages()
    yield from mail.saved_pages()
    yield from printed.prints()
    yield from printed.pictures()
    yield from office.words()
    yield from office.decks()
    yield from office.opened()
    yield from sheets.opened()
    yield from prose.subtitles()
    yield from sheets.workbooks()
    yield from sheets.tables()
    yield from prose.books()
    yield from mail.messages()
    yield from mail.mailboxes()
    yield from prose.notebooks()
    yield from sheets.records()
    yield from converted.conversions()


def report(rows: dict[str, list[Found | None]]) -> bool:
    """Print the table; return whether every format reached what it has to."""
    head = f"{'format, writer':34} {'files':>5} {'read':>8} {'put in':>7}"
    print(f"{head} {'offsets exact':>15} {'stated':>7} {'placed':>7}")
    good = True
    for writer, results in rows.items():
        ok = [one for one in results if one is not None]
        total = sum(one.written for one in ok) or 1
        share = sum(one.kept for one in ok) / total if len(ok) == len(results) else 0.0
        added = sum(one.added for one in ok) / total
        exact, spans = sum(one.exact for one in ok), sum(one.spans for one in ok)
        stated, placed = sum(one.stated for one in ok), sum(one.placed for one in ok)
        count = len(results)
        good = good and share >= 0.99 and exact == spans and stated == placed == count
        print(
            f"{writer:34} {count:5} {share:8.2%} {added:7.2%} {f'{exact:,} of {spans:,}':>15} "
            f"{f'{stated}/{count}':>7} {f'{placed}/{count}':>7}"
        )
    return good


def measured(files: Iterable[Made], folder: Path, show: bool) -> dict[str, list[Found | None]]:
    """Write each file, read it, and say how; None for one that was refused."""
    rows: dict[str, list[Found | None]] = {}
    for made in files:
        path = folder / made.name
        path.write_bytes(made.data)
        try:
            source = read(path)
        except SourceError as error:
            print(f"{made.writer}: {error}")
            rows.setdefault(made.writer, []).append(None)
            continue
        result = found(made, source)
        rows.setdefault(made.writer, []).append(result)
        if show:
            _explain(made, source, result)
    return rows


def _explain(made: Made, source: Source, result: Found) -> None:
    if result.lost:
        print(f"{made.name}: lost {'; '.join(result.lost[:12])}")
    if not result.stated:
        print(f"{made.name}: {(source.title, source.author, source.published)}, not {_stated(made)}")
    if not result.placed:
        print(f"{made.name}: {[(one.level, one.text) for one in source.headings]}, not {made.headings}")
        print(f"{made.name}: pages {[one.number for one in source.pages]}, not {made.pages}")


def _stated(made: Made) -> Sequence[str | None]:
    return made.title, made.author, made.published


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the files here")
    parser.add_argument("--only", default="", metavar="WORD", help="formats and writers whose name holds this")
    parser.add_argument("--show", action="store_true", help="print what was lost")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        chosen = (made for made in corpus() if options.only in made.writer)
        rows = measured(chosen, folder, options.show)
    good = report(rows)
    for missing in converted.not_here():
        print(f"not here: {missing}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
