"""Ctrl-C at any moment: one line, exit code 130, and an index that holds what was done."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index import Index

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def yiju(*arguments: str | Path, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "assistant.cli", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def silent_model() -> Iterator[tuple[str, threading.Event]]:
    """A server that takes a request for a chat completion, says that it came, and never answers."""
    asked, over = threading.Event(), threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            over.wait(280)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        serving.join(10)


@pytest.mark.model
def test_adding_is_broken_off_and_what_was_done_stays(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for number in range(1200):
        (notes / f"{number:04}.txt").write_text(f"Ferry {number} sails to island {number} at {number % 24} o'clock.")
    with yiju("--log", "info", "add", notes, "--index", tmp_path / "i") as process:
        assert process.stderr
        for line in process.stderr:
            if "stored: " in line:  # the first files of many
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "yiju: interrupted; " in rest and " of 1200 files are done and kept" in rest and "Traceback" not in rest
    with Index.open(tmp_path / "i") as index:
        assert index.check() == []
        assert 256 <= len(index.sources()) < 1200


@pytest.mark.model
def test_asking_is_broken_off_while_the_model_is_silent(tmp_path: Path, documents: Path) -> None:
    with Index.open(tmp_path / "i") as index:
        index.add(documents)
    ask = ["ask", "When was the harbour opened?", "--model", "openai:silent", "--index", tmp_path / "i"]
    with silent_model() as (address, asked):
        with yiju(*ask, OPENAI_BASE_URL=address, OPENAI_API_KEY="none") as process:
            assert asked.wait(200)
            process.send_signal(signal.SIGINT)
            said, told = process.communicate(timeout=240)
    assert (process.returncode, said, told) == (130, "", "yiju: interrupted\n")
    with Index.open(tmp_path / "i") as index:
        assert index.check() == []


@pytest.mark.parametrize("milliseconds", [20, 60, 120, 200, 300])
def test_it_is_met_from_the_first_moment_on(tmp_path: Path, milliseconds: int) -> None:
    """The program interrupts itself after so long, wherever it then is."""
    code = (
        "import os, signal, sys, threading, time\n"
        f"def interrupt(): time.sleep({milliseconds / 1000}); os.kill(os.getpid(), signal.SIGINT)\n"
        "from assistant.cli import main\n"
        f"sys.argv = ['yiju', 'search', 'ferry', '--index', {str(tmp_path / 'i')!r}]\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert "Traceback" not in run.stderr
    assert (run.returncode, run.stderr) in ((130, "yiju: interrupted\n"), (0, ""))


@pytest.mark.parametrize(
    "where",
    [
        "class Ends:\n    def __del__(self): interrupt()\none = Ends()\ndel one\n",
        "import makes_it_an_error_of_its_own\n",
    ],
)
def test_it_is_met_where_what_is_raised_would_be_lost(tmp_path: Path, where: str) -> None:
    interrupt = "import os, signal, time\ndef interrupt(): os.kill(os.getpid(), signal.SIGINT); time.sleep(0)\n"
    (tmp_path / "makes_it_an_error_of_its_own.py").write_text(
        f"{interrupt}try:\n    interrupt()\nexcept KeyboardInterrupt as error:\n    raise ValueError from error\n"
    )
    body = "".join(f"    {line}\n" for line in (interrupt + where).splitlines())
    code = (
        f"import sys\nsys.path.append({str(tmp_path)!r})\n"
        f"from assistant.cli.interruption import interruptible\nwith interruptible():\n{body}    print('went on')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "yiju: interrupted\n")
