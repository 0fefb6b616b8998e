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
_AT_ONCE = 0.1  # seconds between two pieces, the second of which may still show lines of the first
_FULL = 600  # characters of a paragraph that may end with its next sentence
_ENDS = ".!?。！？…”\"'」』"


def read_subtitles(data: bytes) -> Draft:
    """Read the subtitles of a film or a talk. Raises SourceError when no line of it states a time."""
    layout = Layout()
    said, spoken_until = "", 0.0
    shown: list[str] = []
    found = False
    for begins, ends, words in _cues(plain(decode(data))):
        found = True
        before, shown = shown if begins - spoken_until < _AT_ONCE else [], words.split("\n")
        if not (text := "\n".join(shown[_repeated(before, shown) :])):
            spoken_until = ends
            continue
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


def _repeated(before: list[str], shown: list[str]) -> int:
    """How many lines roll up from the piece before: its last ones, which stand first here."""
    fits = (count for count in range(min(len(before), len(shown)), 0, -1) if before[-count:] == shown[:count])
    return next(fits, 0)


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield when each piece begins and ends, in seconds, and what is said; who says it stands before it."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    for at, after in pairwise([*starts, len(lines)]):
        times = _TIMES.fullmatch(lines[at])
        assert times is not None
        body: list[str] = []
        for line in lines[at + 1 : after]:
            if not line or (body and line.isspace()):
                break
            body += [] if line.isspace() else [line]
        shown = map(flow, _MARKS.sub("", _VOICE.sub(r"\1: ", "\n".join(body))).split("\n"))
        words = "\n".join(filter(None, shown))
        parts = [int(part or 0) for part in times.groups()]
        if words:
            yield _seconds(*parts[:4]), _seconds(*parts[4:]), words


def _seconds(hours: int, minutes: int, seconds: int, thousandths: int) -> float:
    return 3600 * hours + 60 * minutes + seconds + thousandths / 1000
