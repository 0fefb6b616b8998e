"""Compute what an index of many passages takes: the computed figures of docs/scale.md, from what was measured or taken.

PYTHONPATH=. python bench/sizing.py [--passages 1e6,1e8,1e9] [--rate 21.25] [--core-price .0399] [--memory-price .00705]

Each formula stands beside its figure. Nothing is measured here. GB is 10^9 bytes, as disks have it; GiB is 2^30, as
memory is sold.
"""

import argparse
from dataclasses import dataclass

DIMENSION = 384
VECTOR = 4 * DIMENSION  # bytes of a centred vector, float32
LOADED = 0.9  # of the memory of all query nodes, at most: milvus.io/docs/limitations.md
MONTH = 730  # hours
GIB = 1 << 30

FOLDER_DISK = 2.0e3 + 0.4e3  # bytes a passage, measured at a million: yiju.sqlite and vectors.faiss
TEXT, WORDS_TEXT, REST = 274, 350, 150  # bytes a passage: measured; 54 words (measured) of 6.5 bytes; ids and filters
RAW = -(-2 * DIMENSION // 3) * 4  # bytes of a float16 vector in base64
POSTINGS = 54 * 8  # bytes of the BM25 index: a passage's number and a weight for each of its words


@dataclass(frozen=True)
class Kind:
    """An index type: bytes a passage in memory, and on the query nodes' disks."""

    name: str
    memory: float
    disk: float


# Formulas: milvus.io/docs/index-explained.md and diskann.md. M = 16 keeps 32 links at the lowest level.
KINDS = (
    Kind("HNSW", VECTOR + 32 * 4, 0),
    Kind("HNSW_SQ (SQ8)", DIMENSION + 32 * 4, 0),
    Kind("IVF_SQ8", DIMENSION + 2, 0),
    Kind("DISKANN", VECTOR * (0.125 + 0.1), VECTOR + 56 * 4),
)


def table(passages: float, rate: float, core_price: float, memory_price: float) -> None:
    hours = passages / rate / 3600
    fields = TEXT + RAW + WORDS_TEXT + REST + POSTINGS
    print(f"\n{passages:.0e} passages")
    print(f"  embedding: {hours:,.1f} core hours (passages / rate / 3600), ${hours * core_price:,.2f}")
    print("    days of it: " + ", ".join(f"{n} workers {hours / n / 24:.2f}" for n in (2, 16, 64, 118, 640)))
    print(f"  as a folder: {passages * FOLDER_DISK / 1e9:,.1f} GB of disk")
    print(f"  fields and words, by mmap: {fields:,} bytes a passage, {passages * fields / 1e9:,.1f} GB of NVMe")
    for kind in KINDS:
        needed = passages * kind.memory / LOADED
        stored = passages * (fields + VECTOR + max(kind.memory, kind.disk)) / 1e9
        month = needed / GIB * memory_price * MONTH
        print(
            f"  {kind.name:14} {kind.memory:7.1f} bytes a passage: {passages * kind.memory / 1e9:8,.1f} GB; "
            f"query nodes {needed / 1e9:8,.1f} GB = {needed / GIB:8,.1f} GiB, ${month:8,.0f} a month; "
            f"NVMe {passages * kind.disk / 1e9:8,.1f} GB; objects {stored:8,.1f} GB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", default="1e6,1e8,1e9", help="numbers of passages, with commas")
    parser.add_argument("--rate", type=float, default=21.25, help="passages a second that one core embeds")
    parser.add_argument("--core-price", type=float, default=0.0399, help="dollars a core and hour")
    parser.add_argument(
        "--memory-price", type=float, default=0.00705, help="dollars a GiB and hour, processors included"
    )
    asked = parser.parse_args()
    for passages in asked.passages.split(","):
        table(float(passages), asked.rate, asked.core_price, asked.memory_price)


if __name__ == "__main__":
    main()
