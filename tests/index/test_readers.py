"""A file that hangs, eats memory or crashes its reader costs itself alone."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from index import Index
from index.progress import Progress
from index.readers import Limits, Readers
from index.worker import Read, Request
from tests.fakes import WordEmbedder

DEFAULT = Limits()


def reads(limits: Limits, *wanted: Request | Read) -> list[Read]:
    return list(Readers(limits).read(wanted))


def numbered(folder: Path, count: int) -> list[Path]:
    files = [folder / f"{number:03}.txt" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(f"Lighthouse {number} was built by keeper {number}.\n" * (1 + number % 7))
    return files


def test_readings_come_in_order_with_what_was_known_between_them(tmp_path: Path) -> None:
    files = numbered(tmp_path, 40)
    known = Read("known", None, error="it was refused before")
    read = reads(DEFAULT, *(Request(file, None) for file in files[:20]), known, *(Request(one, None) for one in files))
    assert [one.at for one in read] == [*files[:20], "known", *files]
    for one in read[:20]:
        assert one.reading and one.reading.source
        text = one.reading.source.text
        assert one.passages and all(text[passage.start : passage.end] == passage.text for passage in one.passages)


def test_a_relative_path_is_meant_from_the_folder_that_the_program_has_gone_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text(f"This is the note of {name}.")
        monkeypatch.chdir(tmp_path / name)
        [read] = reads(DEFAULT, Request(Path("note.txt"), None))
        assert read.reading and read.reading.source and read.reading.source.text == f"This is the note of {name}."


def test_a_file_that_takes_too_long_is_left_out_with_the_bound(tmp_path: Path) -> None:
    [file] = numbered(tmp_path, 1)
    [read] = reads(Limits(seconds=0.001), Request(file, None))
    assert read.reading is None
    assert read.error == f"{file}: reading it took longer than 0.001 seconds. Split it, or save it in another format."


def test_a_file_that_takes_too_much_memory_is_left_out_and_the_next_is_read(tmp_path: Path) -> None:
    [small] = numbered(tmp_path, 1)
    large = tmp_path / "large.txt"
    large.write_text("The harbour of Osmund was opened in 1874. " * 500_000)
    tight = Limits(memory=120_000_000)
    first, second = reads(tight, Request(large, None), Request(small, None))
    assert first.reading is None and "takes more than 0.1 GB of memory. Split it" in first.error
    assert second.reading and second.reading.source


def test_what_is_read_ahead_is_bounded(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(6)]
    for number, file in enumerate(files):
        file.write_text(f"Keeper {number} wrote of the sea and of the weather there. " * 25_000)
    reading = Readers(DEFAULT).read(Request(file, None) for file in files)
    next(reading)
    time.sleep(4)  # all six could be read by now
    for file in files:
        file.unlink()
    errors = [one.error for one in reading]
    assert len(errors) == 5 and "there is no such file" in errors[-1]


def readers() -> list[int]:
    """Return the processes that read for this one; it has others, such as the server of another test."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has ended
            found += map(int, (task / "children").read_text().split())
    return [one for one in found if _is_reader(one)]


def _is_reader(process: int) -> bool:
    with suppress(OSError):  # it has ended
        return b"index.worker" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def test_a_reader_that_crashes_costs_its_file_alone(tmp_path: Path, embedder: WordEmbedder) -> None:
    files = numbered(tmp_path, 3)
    long = tmp_path / "001.txt"
    long.write_text("Keeper one wrote of the sea and of the weather. " * 100_000)

    def crash(progress: Progress) -> None:
        if progress.path == long and progress.outcome is None and progress.passages == 0:
            deadline = time.monotonic() + 20
            while not readers() and time.monotonic() < deadline:
                time.sleep(0.01)
            for child in readers():
                os.kill(child, signal.SIGSEGV)

    with Index.open(tmp_path / "i", embedder) as index:
        first, second, third = index.add(*files, progress=crash)
        assert (first.status, third.status) == ("added", "added")
        assert second.status == "failed"
        assert second.reason == (
            f"{long}: its reader broke off (SIGSEGV). Open it with the program that made it and save it anew."
        )


def test_a_mistake_of_ours_is_said_to_be_one_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    [file] = numbered(tmp_path, 1)
    page = "https://example.org/page"
    first, second = reads(DEFAULT, Request(page, digest="not what we wrote"), Request(file, None))
    assert first.error.startswith(f"{page}: its reader failed (JSONDecodeError: ")
    assert "please report it" in first.error
    assert "Traceback" in caplog.text and page in caplog.text
    assert second.reading


def test_breaking_off_ends_what_is_being_read(tmp_path: Path) -> None:
    files = numbered(tmp_path, 2)
    files[1].write_text("Keeper one wrote of the sea and of the weather. " * 500_000)
    reading = Readers(DEFAULT).read(Request(file, None) for file in files)
    next(reading)
    begun = time.monotonic()
    reading.close()
    assert time.monotonic() - begun < 5  # to its end, it would take eleven
    assert not [one for one in threading.enumerate() if one.name.startswith("yiju-reader")]


def test_what_a_library_writes_to_the_output_does_not_disturb(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pdf"  # whose reader complains on stderr
    damaged.write_bytes(
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nxref\n0 1\ntrailer\n<<>>\n%%EOF"
    )
    [file] = numbered(tmp_path, 1)
    first, second = reads(DEFAULT, Request(damaged, None), Request(file, None))
    assert first.error.startswith(f"{damaged}: ")
    assert second.reading
