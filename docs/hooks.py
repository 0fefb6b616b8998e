"""What the site says is taken from where it is true: the verbs from their `--help`, the curve from figures.md."""

import os
import re
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

_ROW = re.compile(r"^\| \**(-?[\d.]+)\D[^|]*\| (\d+) % \| (\d+) % \|$", re.MULTILINE)
_LEFT, _TOP, _SIZE = 60, 20, 300  # pixels


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Fill in what a page asks for; MkDocs calls this for each."""
    if "<!-- help -->" in markdown:
        markdown = markdown.replace("<!-- help -->", help_of_verbs())
    if "<!-- curve -->" in markdown:
        figures = Path(page.file.abs_src_path).with_name("figures.md").read_text(encoding="utf-8")
        markdown = markdown.replace("<!-- curve -->", curve(figures))
    return markdown


def help_of_verbs() -> str:
    """Return a section for each verb, in the order of `yiju --help`."""
    os.environ["TERMINAL_WIDTH"] = "92"
    from assistant.cli.app import app

    def said(*arguments: str) -> str:
        return CliRunner().invoke(app, [*arguments, "--help"], prog_name="yiju", color=False).stdout.strip()

    listed = re.findall(r"^  (\w+)  +\S", said().partition("-h, --help")[2], re.MULTILINE)
    return "\n\n".join(f"### yiju {verb}\n\n```text\n{said(verb)}\n```" for verb in listed)


def curve(figures: str) -> str:
    """Draw what each line of the gate answers and holds back, from the table in figures.md."""
    points = [(float(line), int(kept), int(held)) for line, kept, held in _ROW.findall(figures)]
    if len(points) < 3:
        raise ValueError("docs/figures.md has no table of the gate's lines any more; see docs/hooks.py")
    spots = [(line, _x(held), _y(kept), kept, held) for line, kept, held in points]
    path = " ".join(f"{x},{y}" for _, x, y, *_ in spots)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="4"><title>{line}: answers {kept} %, holds back {held} %</title></circle>'
        f'<text x="{x + 8}" y="{y - 6}">{line:g}</text>'
        for line, x, y, kept, held in spots
    )
    marks = "".join(
        f'<text x="{_x(of)}" y="{_TOP + _SIZE + 18}" text-anchor="middle">{of} %</text>'
        f'<text x="{_LEFT - 8}" y="{_y(of) + 4}" text-anchor="end">{of} %</text>'
        for of in (40, 60, 80, 100)
    )
    across, down = _LEFT + _SIZE + 30, _TOP + _SIZE + 48
    return (
        f'<figure><svg viewBox="0 0 {across} {down}" width="{across}" role="img" aria-label="The trade of the gate" '
        'fill="currentColor" font-size="12">'
        f'<path d="M{_LEFT},{_TOP}V{_TOP + _SIZE}H{_LEFT + _SIZE}" fill="none" stroke="currentColor" opacity="0.4"/>'
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>{dots}{marks}'
        f"{_label(f'{_LEFT + _SIZE // 2} {down - 8}', 'held back, of what the sources do not answer')}"
        f"{_label(f'14 {_TOP + _SIZE // 2}) rotate(-90', 'answered, of what they do')}</svg>"
        "<figcaption>The number at a dot is the line: the least certainty at which a sentence stands.</figcaption>"
        "</figure>"
    )


def _x(percent: int) -> int:
    return _LEFT + round((percent - 40) / 60 * _SIZE)


def _y(percent: int) -> int:
    return _TOP + _SIZE - round((percent - 40) / 60 * _SIZE)


def _label(place: str, text: str) -> str:
    return f'<text transform="translate({place})" text-anchor="middle">{text}</text>'
