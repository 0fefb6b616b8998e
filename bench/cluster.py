"""Time an `add` on a Ray cluster beside one without, and compare what both made.

PYTHONPATH=. python bench/cluster.py [--files 2000] [--workers 1,2,4] [--rounds 1] [--words] [--folder DIR]

The cluster is of two nodes on this machine, which share its processors: workers beyond those gain nothing here. Each
contender is a process of its own: the plain path with one thread (what one worker has) and with all, then each number
of workers, then two workers of which one is killed after a third of the files. With `--words` the embedder costs
nothing, so that what remains is the way to the workers and back. Files are made up here, two passages each.
"start" is the time until the first files are stored: connecting, starting workers and their models, a first batch.
Rates are those after it; "ratio" is to the plain path with one thread. Reads /proc, so Linux only.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from index import Index, SentenceEmbedder
from index.cluster import Cluster
from index.embedding import Embedder
from index.progress import Progress
from tests.fakes import WordEmbedder

_SURROUNDINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback only
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "of-this-benchmark-alone",
}
_WORDS = (
    "anchor barge cable dune ebb fog gull hull island jetty kelp lamp mast north oar pier quay reef sail tide".split()
)


@dataclass(frozen=True)
class Contender:
    """One way to add the files."""

    name: str
    workers: int = 0  # 0 is the plain path
    threads: int | None = None  # of the plain path's embedding; None is as many as there are processors
    kills: bool = False


@dataclass(frozen=True)
class Run:
    """What one contender took."""

    seconds: float
    start: float  # seconds until the first files were stored
    rate: float  # passages a second, after that
    passages: int
    killed: int


# The files


def written(folder: Path, count: int) -> Path:
    """Write `count` files of two passages, the same in each run."""
    chance = random.Random(0)
    folder.mkdir(parents=True)
    for number in range(count):
        text = " ".join(_sentence(chance) for _ in range(4))
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
    return folder


def _sentence(chance: random.Random) -> str:
    first, second, third = chance.sample(_WORDS, 3)
    return (
        f"The keeper of {first} {chance.randrange(1000)} saw the {second} from the {third} at {chance.randrange(24)} "
        f"o'clock and wrote it down in book {chance.randrange(10_000)}."
    )


# One contender, in its own process


def contend(address: str, contender: Contender, files: Path, folder: Path, words: bool) -> Run:
    begun = time.perf_counter()
    stored: list[list[tuple[float, int]]] = [[]]  # of each batch: when a file was told to be stored, and its passages
    killed: list[int] = []

    def progress(told: Progress) -> None:
        if told.outcome is None:
            if stored[-1]:
                stored.append([])
            return
        stored[-1].append((time.perf_counter() - begun, told.outcome.passages))
        if contender.kills and not killed and told.done > told.files // 3:
            killed.append(_a_worker(os.getppid()))
            os.kill(killed[0], signal.SIGKILL)

    embedder: Embedder = WordEmbedder() if words else SentenceEmbedder()
    cluster = Cluster(address, contender.workers) if contender.workers else None
    with Index.open(folder, embedder) as index:
        outcomes = index.add(files, progress=progress, cluster=cluster)
        seconds = time.perf_counter() - begun
    assert {one.status for one in outcomes} == {"added"}, outcomes[:3]
    first, *later = [batch for batch in stored if batch]
    start = first[-1][0]
    passages = sum(count for batch in later for _, count in batch)
    rate = passages / (later[-1][-1][0] - start) if later else 0.0  # 0 where all is one batch: give more files
    return Run(seconds, start, rate, passages + sum(count for _, count in first), len(killed))


def _a_worker(nodes: int) -> int:
    """Return the process of a worker whose node was started by the process `nodes`."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and b"ray::Hand" in _read(process / "cmdline"):
            node = _parent(process)
            if node and _parent(Path("/proc") / str(node)) == nodes:
                return int(process.name)
    raise SystemExit("there is no worker to kill")


def _parent(process: Path) -> int | None:
    words = _read(process / "stat").rpartition(b")")[2].split()
    return int(words[1]) if words else None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has ended
        return b""


# All of them


@contextmanager
def two_nodes(processors: int) -> Iterator[str]:
    """Start a cluster of two nodes on loopback, with so many processors in all; give its address."""
    os.environ.update(_SURROUNDINGS)
    from ray.cluster_utils import Cluster as Nodes

    nodes = Nodes()
    try:
        for share in ((processors + 1) // 2, max(1, processors // 2)):
            nodes.add_node(num_cpus=share, node_ip_address="127.0.0.1", include_dashboard=False)
        yield nodes.address
    finally:
        nodes.shutdown()  # type: ignore[no-untyped-call]


def in_own_process(address: str, contender: Contender, files: Path, folder: Path, words: bool) -> Run:
    environment = dict(os.environ)
    environment.pop("OMP_NUM_THREADS", None)
    if contender.threads:
        environment["OMP_NUM_THREADS"] = str(contender.threads)
    given = json.dumps([address, asdict(contender), str(files), str(folder), words])
    command = [sys.executable, "-m", "bench.cluster", "--contender", given]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def differences(ours: Path, theirs: Path, embedder: Embedder) -> str:
    """Say in a few words how two indexes differ, of the same files."""
    with Index.open(ours, embedder) as one, Index.open(theirs, embedder) as other:
        if one.check() or other.check():
            return "NOT WHOLE"
        sources = [replace(source, retrieved="") for source in one.sources()]
        if sources != [replace(source, retrieved="") for source in other.sources()]:
            return "OTHER SOURCES"
        if any(one.passages(source.id) != other.passages(source.id) for source in sources):
            return "OTHER PASSAGES"
        ids = [cut.id for source in sources for cut in one.passages(source.id) if not cut.furniture]
        mine, its = one.vectors(ids), other.vectors(ids)
    if np.array_equal(mine, its):
        return "bit-equal"
    cosines = np.sum(mine * its, axis=1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(its, axis=1)
    return f"{np.mean(np.any(mine != its, axis=1)):.1%} of the vectors differ, cosine at least {np.min(cosines):.6f}"


def compare(count: int, workers: Sequence[int], rounds: int, words: bool, folder: Path) -> None:
    contenders = [
        Contender("plain, one thread", threads=1),
        Contender("plain, all threads"),
        *(Contender(f"{number} workers", workers=number) for number in workers),
        Contender("2 workers, one killed", workers=2, kills=True),
    ]
    files = written(folder / "files", count)
    runs: Mapping[str, list[Run]] = defaultdict(list)
    made: dict[str, str] = {}
    print(f"{count} files, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    with two_nodes(max(2, *workers)) as address:
        for number in range(rounds):
            plain = folder / f"index-{number}-0"
            for at, contender in enumerate(contenders):
                index = folder / f"index-{number}-{at}"
                run = in_own_process(address, contender, files, index, words)
                runs[contender.name].append(run)
                made[contender.name] = differences(plain, index, WordEmbedder() if words else SentenceEmbedder())
                print(f"  {contender.name}: {asdict(run)}", file=sys.stderr, flush=True)
    base = statistics.median(run.rate for run in runs[contenders[0].name])
    print(f"\n{'':24}{'seconds':>9}{'start':>8}{'passages/s':>12}{'ratio':>7}{'killed':>8}  beside the plain path")
    for contender in contenders:
        its = runs[contender.name]
        seconds, start, rate = (
            statistics.median(getattr(run, name) for run in its) for name in ("seconds", "start", "rate")
        )
        print(
            f"{contender.name:24}{seconds:9.1f}{start:8.1f}{rate:12.1f}{rate / base:7.2f}"
            f"{sum(run.killed for run in its):8}  {made[contender.name]}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--workers", default="1,2,4", help="numbers of workers, with commas")
    parser.add_argument("--rounds", type=int, default=1, help="times that all is done; medians are shown")
    parser.add_argument("--words", action="store_true", help="an embedder that costs nothing")
    parser.add_argument("--folder", type=Path, help="where files and indexes are made; they stay there")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.contender:
        address, contender, files, index, words = json.loads(asked.contender)
        run = contend(address, Contender(**contender), Path(files), Path(index), words)
        print(json.dumps(asdict(run)))
        return
    workers = [int(one) for one in asked.workers.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        compare(asked.files, workers, asked.rounds, asked.words, asked.folder or Path(scratch))


if __name__ == "__main__":
    main()
