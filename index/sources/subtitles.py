"""Subtitles (.srt, .vtt): what is said, as paragraphs; times and marks stay out of the sentences."""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.errors import SourceError
from index.sources.assembly import Layout
from index.sources.encoding import decode
from index.sources.source import Draft
from index.sources.text import flow, plain

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t][^\n]*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^<>]*)>")
_MARKS = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<[\d:.]+>|\{\\an?\d+\}")
_PAUSE = 2.0  # seconds of silence, after which something else is said
_FULL = 600  # characters of a paragraph that may end with its next sentence
_ENDS = ".!?。！？…”\"'」』"


def read_subtitles(data: bytes) -> Draft:
    """Read the subtitles of a film or a talk. Raises SourceError when no line of it states a time."""
    layout = Layout()
    said, spoken_until = "", 0.0
    found = False
    for begins, ends, text in _cues(plain(decode(data))):
        found = True
        full = len(said) > _FULL and said[-1] in _ENDS
        if said and (begins - spoken_until > _PAUSE or full or text.startswith(("-", "–", "—"))):
            layout.add(said)
            said = ""
        said = flow(f"{said}\n{text}") if said else flow(text)
        spoken_until = ends
    if not found:
        raise SourceError("it holds no subtitles: no line states a time")
    layout.add(said)
    return layout.draft()


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield when each piece begins and ends, in seconds, and what is said; who says it stands before it."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    for at, after in pairwise([*starts, len(lines)]):
        times = _TIMES.fullmatch(lines[at])
        assert times is not None
        body: list[str] = []
        for line in lines[at + 1 : after]:
            if not line.strip():
                break
            body.append(line)
        words = _MARKS.sub("", _VOICE.sub(r"\1: ", "\n".join(body)))
        parts = [int(part or 0) for part in times.groups()]
        if words.strip():
            yield _seconds(*parts[:4]), _seconds(*parts[4:]), words


def _seconds(hours: int, minutes: int, seconds: int, thousandths: int) -> float:
    return 3600 * hours + 60 * minutes + seconds + thousandths / 1000
