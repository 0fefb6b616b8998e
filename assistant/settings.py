"""What a user can set from outside: where the index lies and which model writes."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

EMBEDDED = "embedded"
QUOTES_ONLY = "none"


@dataclass(frozen=True)
class Settings:
    """The values in force when nothing is said on the command line."""

    index: Path
    model: str

    def index_of_folder(self, folder: Path) -> Path:
        """Return where the index of a folder of sources lies when it is given no place of its own."""
        folder = folder.expanduser().resolve()
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        return user_data_path("yiju") / "folders" / f"{folder.name}-{digest}.index"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read YIJU_INDEX and YIJU_MODEL; without them, the user's data folder and the embedded model."""
        index = os.environ.get("YIJU_INDEX")
        return cls(
            index=Path(index).expanduser() if index else user_data_path("yiju") / "default.index",
            model=os.environ.get("YIJU_MODEL") or EMBEDDED,
        )
