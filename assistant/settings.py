"""What a user can set from outside: where the index lies, which model writes, and what may be fetched."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path

EMBEDDED = "embedded"
QUOTES_ONLY = "none"

Strictness = Literal["strict", "normal", "lenient"]
STRICTNESS: tuple[Strictness, ...] = ("strict", "normal", "lenient")
"""How certain it must be that the evidence says it; assistant/gate.py has the figures."""


@dataclass(frozen=True)
class Settings:
    """The values in force when nothing is said on the command line."""

    index: Path
    model: str
    allow_hosts: tuple[str, ...]  # of a private network, that web pages may be fetched from
    models: tuple[str, ...] = ()  # further ones that the page offers

    def index_of_folder(self, folder: Path) -> Path:
        """Return where the index of a folder of sources lies when it is given no place of its own."""
        folder = folder.expanduser().resolve()
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        return user_data_path("yiju") / "folders" / f"{folder.name}-{digest}.index"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read YIJU_INDEX, YIJU_MODEL, YIJU_ALLOW_HOSTS and YIJU_MODELS (by commas).

        Without them: the user's data folder, the embedded model, and the public web alone.
        """
        index = os.environ.get("YIJU_INDEX")
        return cls(
            index=Path(index).expanduser() if index else user_data_path("yiju") / "default.index",
            model=os.environ.get("YIJU_MODEL") or EMBEDDED,
            allow_hosts=_listed("YIJU_ALLOW_HOSTS"),
            models=_listed("YIJU_MODELS"),
        )


def _listed(variable: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip())
