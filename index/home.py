"""Paths as people write them: with ~ for a home folder."""

from pathlib import Path

from index.errors import YijuError


def expanded(path: str | Path, error: type[YijuError]) -> Path:
    """Return a path with a home folder in place of its ~; raise the error where there is none of that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError as cause:
        first = Path(path).parts[0]
        raise error(f"{path}: there is no home folder {first!r} here. Write the folder itself, or ./{path}") from cause
