"""The documents that come along, to try Yiju with before one's own are added."""

from pathlib import Path


def sample_folder() -> Path:
    """Return the folder of the sample: `samples/` of a checkout, or its copy inside the installed package."""
    here = Path(__file__).parent
    inside = here / "samples"
    return inside if inside.is_dir() else here.parent / "samples"
