"""Every prompt is a text file here; `load` fills its placeholders and refuses a wrong one."""

from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["load"]


def load(name: str, **values: str) -> str:
    """Return the prompt `name` with each `$placeholder` replaced by the value of that name.

    Raises ValueError when there is no such prompt, or when the values are not exactly its placeholders.
    """
    template = _template(name)
    wanted = set(template.get_identifiers())
    if wanted != set(values):
        raise ValueError(f"prompt {name!r} takes {sorted(wanted)}, not {sorted(values)}")
    return template.substitute(values)  # one pass: a "$" inside a value stays what it is


@cache
def _template(name: str) -> Template:
    file = files("prompts") / f"{name}.txt"
    if not file.is_file():
        raise ValueError(f"there is no prompt {name!r}")
    return Template(file.read_text(encoding="utf-8").strip())
