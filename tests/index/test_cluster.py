"""Reading and embedding spread over a Ray cluster: the index comes out as it does without, whatever ends on the way."""

import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import Index, SentenceEmbedder
from index.cluster import Cluster
from index.embedding import Embedder
from index.errors import ClusterError, EmbeddingError
from index.progress import Outcome, Progress
from index.readers import Limits
from index.snapshot import Vectors
from tests.fakes import WordEmbedder
from tests.site import Site, giving, serving

pytestmark = pytest.mark.timeout(900)  # processes that start anew, each with its libraries; beside other work, slowly

ROOT = Path(__file__).parent.parent.parent
# Loopback alone, and no token in the home folder of whoever runs this; read when ray is loaded.
SURROUNDINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "of-these-tests-alone",
    "RAY_worker_niceness": "0",  # else its workers stand behind all that runs beside
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two nodes with a processor each, on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SURROUNDINGS.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        from ray.cluster_utils import Cluster as Nodes

        node = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "include_dashboard": False}
        nodes = Nodes()
        try:
            nodes.add_node(**node)
            nodes.add_node(**node)
            yield nodes.address
        finally:
            nodes.shutdown()


@pytest.fixture
def ray(address: str) -> Iterator[None]:
    """This program's own connection to the cluster, which an `add` then uses."""
    import ray

    ray.init(address, log_to_driver=False, logging_level="ERROR")
    try:
        yield
    finally:
        ray.shutdown()


class Fatal(WordEmbedder):
    """Ends its worker at a text that names the siren, as long as the file beside it is there."""

    def __init__(self, danger: Path, for_good: bool = False) -> None:
        super().__init__()
        self.danger = danger
        self.for_good = for_good

    def passages(self, texts: Sequence[str]) -> Vectors:
        if self.danger.exists() and any("siren" in text for text in texts):
            if not self.for_good:
                self.danger.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().passages(texts)


class Refusing(WordEmbedder):
    def passages(self, texts: Sequence[str]) -> Vectors:
        raise EmbeddingError("The model is on strike. Ask it kindly.")


class Locked(WordEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def written(folder: Path, count: int = 320) -> Path:
    """A folder for several batches: texts, some of which stand there twice, and files that cannot be read."""
    (folder / "deep").mkdir(parents=True)
    for number in range(count):
        text = f"Lighthouse {number} was built by keeper {number}. Its lamp is seen for {number % 40} miles.\n\n"
        (folder / f"{number:04}.txt").write_text(text + "The sea is rough there. " * (number % 9), encoding="utf-8")
    (folder / "0100.txt").write_text("A siren sang to the keeper of the lighthouse, and he did not come back.")
    (folder / "deep" / "copy.txt").write_bytes((folder / "0003.txt").read_bytes())
    (folder / "tea.md").write_text(
        "---\ntitle: 茶园记事\n---\n# 茶园\n\n青山茶园的主人周敏每年四月采茶。\n", encoding="utf-8"
    )
    (folder / "empty.txt").touch()
    (folder / "old.doc").write_bytes(b"what a program wrote in 1997")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno more than this")
    (folder / "link.txt").symlink_to(folder / "0005.txt")
    return folder


def held(index: Index) -> list[object]:
    """All that an index holds, but for when it was read."""
    sources = sorted(index.sources(), key=lambda one: one.id)
    found: list[object] = []
    for source in sources:
        cut = index.passages(source.id)
        searched = [one.id for one in cut if not one.furniture]
        place = index.place(source.uri)
        found.append((replace(source, retrieved=""), source.text, cut, place, index.vectors(searched).tobytes()))
    return found


def added(
    folder: Path, sources: Path, embedder: Embedder, cluster: Cluster | None
) -> tuple[list[Outcome], list[object]]:
    with Index.open(folder, embedder) as index:
        outcomes = index.add(sources, cluster=cluster)
        assert index.check() == []
        return outcomes, held(index)


def test_what_a_cluster_adds_is_what_is_added_without_it(tmp_path: Path, address: str) -> None:
    sources = written(tmp_path / "sources")
    told: list[Progress] = []
    plain = added(tmp_path / "plain", sources, WordEmbedder(), None)
    embedder = WordEmbedder()
    with Index.open(tmp_path / "spread", embedder) as index:
        outcomes = index.add(sources, progress=told.append, cluster=Cluster(address))
        assert (outcomes, held(index)) == plain
        assert embedder.embedded == 0  # the workers did
        assert [one.outcome for one in told if one.outcome] == outcomes
        assert told[-1].done == len(outcomes) and told[-1].share == 1
    assert {one.status for one in outcomes} == {"added", "unchanged", "failed"}


def test_what_changed_or_moved_costs_what_it_does_without_a_cluster(tmp_path: Path, ray: None) -> None:
    sources = written(tmp_path / "sources")
    for name in ("plain", "spread"):
        with Index.open(tmp_path / name, WordEmbedder()) as index:
            index.add(sources)
    (sources / "0001.txt").rename(sources / "renamed.txt")
    (sources / "0002.txt").write_text("Lighthouse 2 has fallen into the sea. The sea is rough there.")
    shutil.copy(sources / "0007.txt", sources / "0008.txt")  # so that what was there is nowhere any more,
    (sources / "zz.txt").write_text(
        "Lighthouse 8 was built by keeper 8. Its lamp is seen for 8 miles."
    )  # and here again
    (sources / "0009.txt").unlink()
    plain = added(tmp_path / "plain", sources, WordEmbedder(), None)
    assert added(tmp_path / "spread", sources, WordEmbedder(), Cluster("auto")) == plain
    assert {one.status for one in plain[0]} >= {"moved", "updated", "unchanged", "gone"}


def test_a_worker_that_is_killed_changes_nothing(
    tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = written(tmp_path / "sources")
    danger = tmp_path / "danger"
    plain = added(tmp_path / "plain", sources, Fatal(danger), None)
    danger.touch()
    assert added(tmp_path / "spread", sources, Fatal(danger), Cluster(address)) == plain
    assert not danger.exists()
    assert capsys.readouterr().out == ""  # Ray would tell it there


def test_texts_that_end_each_worker_end_the_add_and_what_was_stored_stays(tmp_path: Path, ray: None) -> None:
    sources = written(tmp_path / "sources", 400)
    (sources / "0100.txt").unlink()
    (sources / "0399.txt").write_text("A siren sang to the keeper of the last lighthouse.")
    danger = tmp_path / "danger"
    danger.touch()
    with Index.open(tmp_path / "i", Fatal(danger, for_good=True)) as index:
        with pytest.raises(ClusterError, match=r"3 workers of the cluster ended .* Give the workers more memory"):
            index.add(sources, cluster=Cluster("auto"))
        assert len(index) > 0 and index.check() == []
        danger.unlink()
        index.add(sources)
        assert len(index.sources()) == len([*sources.rglob("0*.txt")]) + 1  # and the tea


def test_a_file_that_breaks_its_reader_is_tried_again_and_then_left_out(tmp_path: Path, ray: None) -> None:
    file = tmp_path / "slow.txt"
    file.write_text("Lighthouse 1 was built by keeper 1.")
    with Index.open(tmp_path / "i", WordEmbedder(), limits=Limits(seconds=0.001)) as index:
        [outcome] = index.add(file, cluster=Cluster("auto", workers=1))
    assert outcome.status == "failed"
    assert outcome.reason == (
        f"{file}: reading it took longer than 0.001 seconds. Split it, or save it in another format. "
        "It was tried 3 times."
    )


def test_web_pages_are_fetched_from_here_and_embedded_there(tmp_path: Path, ray: None) -> None:
    page = b"<html><title>Ferries</title><body><article><p>The ferry sails at nine.</p></article></body></html>"
    embedder = WordEmbedder()
    with serving(Site({"/ferry": giving(page)})) as site, Index.open(tmp_path / "i", embedder, ["127.0.0.1"]) as index:
        [outcome] = index.add(f"http://127.0.0.1:{site.port}/ferry", cluster=Cluster("auto", workers=1))
        assert (outcome.status, len(index), embedder.embedded) == ("added", 1, 0)


def test_breaking_off_keeps_what_was_stored_and_lets_the_workers_go(tmp_path: Path, address: str) -> None:
    sources = written(tmp_path / "sources", 400)

    def interrupt(progress: Progress) -> None:
        if progress.outcome and progress.done > 200:
            raise KeyboardInterrupt

    with Index.open(tmp_path / "i", WordEmbedder()) as index:
        with pytest.raises(KeyboardInterrupt):
            index.add(sources, progress=interrupt, cluster=Cluster(address))
        import ray

        assert not ray.is_initialized()
        kept = len(index.sources())
        assert 0 < kept < 400 and index.check() == []
        index.add(sources)
        assert len(index.sources()) > kept


def test_what_the_model_says_against_it_is_said_here(tmp_path: Path, documents: Path, ray: None) -> None:
    with Index.open(tmp_path / "i", Refusing()) as index:
        with pytest.raises(EmbeddingError, match="on strike. Ask it kindly. .A worker of the cluster says so"):
            index.add(documents, cluster=Cluster("auto", workers=1))


def test_a_model_that_cannot_be_sent_is_refused(tmp_path: Path, documents: Path, ray: None) -> None:
    with Index.open(tmp_path / "i", Locked()) as index:
        with pytest.raises(
            ClusterError, match="cannot be sent to workers .cannot pickle .* or add without the cluster"
        ):
            index.add(documents, cluster=Cluster("auto"))


def test_workers_with_another_yiju_are_refused(
    tmp_path: Path, documents: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "index", tmp_path / "elsewhere" / "index")
    (tmp_path / "elsewhere" / "index" / "newer.py").write_text('"""Which is only there."""\n')
    monkeypatch.chdir(tmp_path / "elsewhere")  # where Ray's workers look first
    import ray

    ray.init(address, log_to_driver=False, logging_level="ERROR")
    try:
        with Index.open(tmp_path / "i", SentenceEmbedder()) as index:
            with pytest.raises(ClusterError, match="another version of Yiju .* Install the same Yiju"):
                index.add(documents, cluster=Cluster(address))
            with pytest.raises(ClusterError, match="is connected to the Ray cluster at .*, not to '10.0.0.5:6379'"):
                index.add(documents, cluster=Cluster("10.0.0.5:6379"))
    finally:
        ray.shutdown()


def test_another_server_than_a_cluster_is_refused_at_once(tmp_path: Path, documents: Path) -> None:
    with serving(Site({})) as site, Index.open(tmp_path / "i", WordEmbedder()) as index:
        with pytest.raises(
            ClusterError, match=f"What answers at 127.0.0.1:{site.port} is no Ray cluster. `ray status`"
        ):
            index.add(documents, cluster=Cluster(f"127.0.0.1:{site.port}"))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "'nowhere' is no address of a Ray cluster. Name it like 10.0.0.5:6379"),
        ("ray://127.0.0.1:10001", "Run this on a machine of the cluster"),
        ("127.0.0.1:{free}", "No Ray cluster answers at 127.0.0.1:.* `ray start --head --port=6379` starts one"),
        ("127.0.0.1:99999", "No Ray cluster answers at 127.0.0.1:99999"),
    ],
)
def test_an_address_without_a_cluster_is_refused_at_once(
    tmp_path: Path, documents: Path, named: str, said: str, address: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Index.open(tmp_path / "i", WordEmbedder()) as index:
        with pytest.raises(ClusterError, match=said):
            index.add(documents, cluster=Cluster(named.format(free=port)))
        with pytest.raises(ClusterError, match="0 workers; name 1 or more"):
            index.add(documents, cluster=Cluster(address, workers=0))


@pytest.mark.model
def test_workers_without_the_model_get_it_from_here_and_give_its_vectors(
    tmp_path: Path, documents: Path, address: str
) -> None:
    import ray

    empty = tmp_path / "cache"
    with Index.open(tmp_path / "plain", SentenceEmbedder()) as index:
        index.add(documents)
        searched = [one.id for source in index.sources() for one in index.passages(source.id) if not one.furniture]
        expected = index.vectors(searched)
    ray.init(address, runtime_env={"env_vars": {"YIJU_CACHE": str(empty)}}, log_to_driver=False, logging_level="ERROR")
    try:
        with Index.open(tmp_path / "spread", SentenceEmbedder()) as index:
            outcomes = index.add(documents, cluster=Cluster("auto", workers=1))
            assert {one.status for one in outcomes} == {"added"}
            vectors = index.vectors(searched)
    finally:
        ray.shutdown()
    assert (empty / "models" / "e5-small" / "e5-small-q4.bin").is_file()
    cosines = np.sum(vectors * expected, axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(expected, axis=1)
    assert np.min(cosines) > 0.9999  # where a worker counts in the other data type; else they are equal
