"""With the model files here and no network at all, everything still works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.models import EMBEDDED_MODELS
from index import weights

ROOT = Path(__file__).parent.parent


def without_network() -> list[str]:
    """Return the command that runs another one in a network namespace of its own, with no route anywhere."""
    for prefix in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        try:
            if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
                return prefix
        except FileNotFoundError:
            break
    pytest.skip("this system makes no network namespaces for this user")


@pytest.mark.model
def test_sources_are_added_and_asked_without_a_network(tmp_path: Path, documents: Path) -> None:
    for name in ("e5-small", EMBEDDED_MODELS["embedded"]):
        weights.fetch(weights.MODELS[name])

    def yiju(*arguments: str | Path) -> str:
        command = [*without_network(), sys.executable, "-m", "assistant.cli", *map(str, arguments)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("YIJU_INDEX")}
        run = subprocess.run(command, env=clean, cwd=ROOT, capture_output=True, text=True, timeout=280)
        assert run.returncode == 0, run.stderr
        return run.stdout

    folder = tmp_path / "i"
    assert "3 added" in yiju("add", documents, "--index", folder)
    answer = json.loads(yiju("ask", "茶园去年的产量是多少？", "--json", "--index", folder))
    assert answer["status"] in ("answered", "partly")
    assert any("12吨" in citation["quote"] for citation in answer["citations"])
