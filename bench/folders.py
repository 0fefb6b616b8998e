"""Add folders of many small files, and add them again unchanged; print seconds and memory.

PYTHONPATH=. python bench/folders.py [-n 1000 10000 50000]

The embedder costs nothing, so what is timed is all else: finding, reading in a worker, cutting, words, SQLite.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from index import Index
from tests.fakes import WordEmbedder

_TEXT = "The lighthouse number {0} was built by keeper {0}. 第{0}号灯塔由第{0}位守塔人建成。\n"


def written(folder: Path, count: int) -> Path:
    """Write so many small files, in folders of a hundred."""
    for number in range(count):
        file = folder / f"{number // 100:04}" / f"{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_TEXT.format(number), encoding="utf-8")
    return folder


def peak() -> float:
    """Return the most memory that this process had, in MB (its own, not what it was started from had)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def measured(folder: Path, count: int) -> None:
    """Print a row of the table; in a process of its own, so that its peak memory is its own."""
    with Index.open(folder / "index", WordEmbedder()) as index:
        before = peak()
        seconds = []
        for status in ("added", "unchanged"):
            begun = time.perf_counter()
            outcomes = index.add(folder / "files")
            seconds.append(time.perf_counter() - begun)
            assert len(outcomes) == count and {one.status for one in outcomes} == {status}
    print(f"| {count:,} | {seconds[0]:.1f} | {seconds[1]:.1f} | {peak() - before:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, nargs="+", default=[1000, 10_000, 50_000])
    parser.add_argument("--row", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        measured(Path(options.row[0]), int(options.row[1]))
        return
    print("| files | add, s | again, s | memory beside the open index, MB |\n|---|---|---|---|", flush=True)
    for count in options.n:
        with tempfile.TemporaryDirectory() as folder:
            written(Path(folder) / "files", count)
            subprocess.run([sys.executable, __file__, "--row", folder, str(count)], check=True)


if __name__ == "__main__":
    main()
