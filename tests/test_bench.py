"""The measuring programs: what they write, and what they refuse to run on."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import priors

ROOT = Path(__file__).parent.parent


def run_by_hand(monkeypatch: pytest.MonkeyPatch, main: Callable[[], None], *arguments: str) -> str:
    """Run a program as from a shell, and return with what it ended."""
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return str(ended.value)


def test_the_shipped_priors_stay_where_nothing_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "index").mkdir()
    shipped = ROOT / "index" / "priors-e5-small.npz"
    before = shipped.read_bytes()
    assert run_by_hand(monkeypatch, priors.main, "--help") == "0"
    assert run_by_hand(monkeypatch, priors.main, str(tmp_path)) == "2"
    assert shipped.read_bytes() == before and not list((tmp_path / "index").iterdir())
