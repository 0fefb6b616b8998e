"""Who wrote a text and when, where its metadata does not say: from the lines that say so in the text itself.

Only lines that say it in a known form are believed, near the beginning or the end, and only when they agree: what is
unknown or in doubt stays None. A page carries other names and days (comments, related articles, editors, updates).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

_HEAD = 12  # lines with text; bylines stand in the first, "Written by" boxes and Chinese signatures in the last
_TAIL = 40
_FOOT = 6  # lines at either end where a capture says its address
_LONGEST_NAME = 40
_LONGEST_ADDRESS = 2_000
_LONGEST_LINE = 120
_WEB_BEGAN = 1990  # a day of its own under a title is that of the post; an earlier one is what the post is about


@dataclass(frozen=True)
class Byline:
    """What a text says of its author, the day it was published in ISO form, and its address; None where it does not."""

    author: str | None
    published: str | None
    url: str | None = None


def byline(text: str, title: str | None) -> Byline:
    """Return who wrote this and when. A day without a year gets the year in the title when the weekday agrees."""
    lines = [line.strip() for line in text.split("\n") if line.strip() and line.strip() != title]
    head = _head(lines)
    return Byline(_author(lines, head), _published(lines, head, title or ""), _address(lines, head))


def _head(lines: list[str]) -> list[str]:
    """The first lines, up to the first paragraph."""
    head: list[str] = []
    for line in lines[:_HEAD]:
        if len(line) > _LONGEST_LINE or (len(line) > 20 and line[-1] in ".。；;"):
            break
        head.append(line)
    return head


# Who

_SEPARATOR = r"\s*[:：|｜/／]\s*"
_LABELLED = re.compile(
    rf"(?:作者|撰文|撰稿人?|文){_SEPARATOR}(?P<zh>.+)"
    rf"|(?:authors?|written by|words by|posted by|story by){_SEPARATOR}(?P<labelled>.+)"
    r"|(?:written|words|posted|story) by\s+(?P<written>\S.*)",
    re.IGNORECASE,
)
_BY = re.compile(r"[Bb][Yy]\s+(?P<by>\S.*)")
_LABEL_ALONE = re.compile(r"(?:written by|words by|posted by|authors?|作者|撰文)\s*[:：]?", re.IGNORECASE)
_ENDS_NAME = re.compile(  # a date, a place of publication, another label
    r"\s*(?:[|｜·•]|\s[-–—]\s|\bon\b|\bat\b(?=\s+\d)|\s(?:编辑|责编|来源|审校|校对|发布|发表|排版|图)|\d{4}\s*[-年/.]"
    r"|[,，][^,，]*\d)"
)
_NO_NAME = re.compile(
    r"[。！？!?<>@#=\[\]{}“”\"…；;]|://|(?:^|\s)(?:the|a|an|this|that|using|means|default|hand|email)(?:\s|$)|^\d+$|^[\W_]*$",
    re.IGNORECASE,
)


def _author(lines: list[str], head: list[str]) -> str | None:
    names = [*(_labelled(head) or filter(None, map(_by, head[:6]))), *_labelled(_tail(lines, head))]
    named = {name.casefold(): name for name in names or _between_address_and_time(head)}
    return next(iter(named.values())) if len(named) == 1 else None


def _tail(lines: list[str], head: list[str]) -> list[str]:
    return lines[max(len(head), len(lines) - _TAIL) :]


def _labelled(lines: list[str]) -> list[str]:
    names = []
    for line, after in pairwise([*lines, ""]):
        if len(line) > _LONGEST_LINE:
            continue
        if _LABEL_ALONE.fullmatch(line):
            names.append(_name(after))
        elif match := _LABELLED.fullmatch(line):
            names.append(_name(next(group for group in match.groups() if group)))
    return [name for name in names if name]


def _by(line: str) -> str | None:
    """A line "By Mei Lin, Harbour News": capitals tell a name from "by hand"."""
    match = _BY.fullmatch(line)
    name = _name(match["by"]) if match else None
    words = (name or "").split()
    people = all(word[0].isupper() or not word[0].isascii() or word in _PARTICLES for word in words)
    return name if name and people and len(words) <= 5 else None


_PARTICLES = ("and", "de", "del", "der", "di", "du", "la", "van", "von", "al", "bin", "&")


def _name(stated: str) -> str | None:
    """The name in front of a date or another label, as it stands there; None when it is no name."""
    cut = _ENDS_NAME.search(stated[:_LONGEST_LINE])
    name = (stated[: cut.start()] if cut else stated).strip(" \t.:：,，（(")
    return name if 1 < len(name) <= _LONGEST_NAME and not _NO_NAME.search(name) else None


def _between_address_and_time(head: list[str]) -> Iterator[str]:
    """Captures of posts begin with title, address, who posted, and when, each in a line of its own."""
    for address, name, when in zip(head[:4], head[1:5], head[2:6], strict=False):
        if re.fullmatch(r".{0,20}<?https?://\S+>?", address) and _when(when, "") != _NOTHING and _name(name) == name:
            yield name


# Where

_ADDRESS = r"<?(?P<address>https?://[^\s<>，。；、）]+)>?"
_ADDRESS_LABEL = re.compile(
    r"(?:(?:本文|原文|文章)?(?:链接|地址|网址|出处)|转载自|来源|(?:original )?(?:source|article|url|link)|permalink"
    rf"|retrieved from|saved from)\s*[:：]?\s*{_ADDRESS}",
    re.IGNORECASE,
)
_ADDRESS_ALONE = re.compile(rf"(?:.{{0,20}}\s(?=<))?{_ADDRESS}")  # after the site's name, when in angle brackets


def address_of(line: str) -> str | None:
    """Return the web address that a line states and says nothing beside: alone, after a label, or after its site."""
    match = _ADDRESS_LABEL.fullmatch(line) or _ADDRESS_ALONE.fullmatch(line) if len(line) < _LONGEST_ADDRESS else None
    return match["address"] if match else None


def _address(lines: list[str], head: list[str]) -> str | None:
    """The address at the top, else a labelled one at the foot, or the last line; None where there are several."""
    foot = [line for line in _tail(lines, head)[-_FOOT:] if _ADDRESS_LABEL.fullmatch(line) or line is lines[-1]]
    for where in (head[:_FOOT], foot):
        if found := {address for line in where if (address := address_of(line))}:
            return found.pop() if len(found) == 1 else None
    return None


# When


@dataclass(frozen=True)
class _When:
    """Whether a line is a day, and its ISO date if that is sure."""

    is_day: bool
    iso: str | None = None


_NOTHING = _When(False)

_ENGLISH_MONTHS = "january february march april may june july august september october november december".split()
_ENGLISH_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS = {name[:letters]: number for number, name in enumerate(_ENGLISH_MONTHS, 1) for letters in (3, 9)}
_MONTHS |= {"sept": 9}
_WEEKDAYS = {name[:letters]: number for number, name in enumerate(_ENGLISH_WEEKDAYS) for letters in (3, 9)}
_WEEKDAYS |= {"tues": 1, "thur": 3, "thurs": 3}
_WEEKDAYS |= {f"{week}{day}": n for week in ("星期", "周", "礼拜") for n, day in enumerate("一二三四五六日")}
_WEEKDAYS |= {"星期天": 6, "周天": 6, "礼拜天": 6}

_WEEKDAY = "(?P<weekday>" + "|".join(sorted(map(re.escape, _WEEKDAYS), key=len, reverse=True)) + r")\.?"
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_ZONE = r"(?:\s*(?:(?:UTC|GMT|(?-i:Z|[A-Z]{2,4}))\b|[+-]\d{2}:?\d{2})){0,2}"  # "GMT+0800"; words are no zone
_TIME = rf"(?:[上下]午\s*)?\d{{1,2}}(?::\d{{2}}){{1,2}}(?:\.\d+)?(?:\s*[ap]\.?m\.?)?{_ZONE}"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:{_WEEKDAY},?\s+)?{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?(?:,?\s+(?:at\s+)?{_TIME})?",
        rf"(?:{_WEEKDAY},?\s+)?{_MONTH}\s+{_DAY}\s+{_TIME}\s+{_YEAR}",
        rf"(?:{_WEEKDAY},?\s+)?{_DAY}\s+{_MONTH}(?:,?\s+{_YEAR})?(?:,?\s+(?:at\s+)?{_TIME})?",
        rf"(?:{_YEAR}\s*年\s*)?(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日?\s*"
        rf"(?:[(（]?{_WEEKDAY}[)）]?)?\s*(?:{_TIME})?",
        rf"{_YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})"
        rf"(?:[\sT]+{_TIME}|\s*[(（]?{_WEEKDAY}[)）]?(?:\s+{_TIME})?)?",
    )
]
_PUBLISHED = re.compile(  # not "date" or "时间" alone: those say when a meeting or another event was
    r"(?:first\s+)?(?:published|posted|date published|publication date|发布(?:时间|日期)?|发表(?:时间|日期)?)"
    r"(?:\s+(?:on|at)|于)?\s*[:：]?\s*(?P<day>.+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\s*(?:[|｜·•]|\s[-–—]\s)\s*")


def _published(lines: list[str], head: list[str], title: str) -> str | None:
    labelled = _days(head, title, labelled=True) or _days(_tail(lines, head), title, labelled=True)
    days = labelled or _days(head[:6], title, labelled=False)
    day = next(iter(days)) if len(days) == 1 else None
    if labelled or day is None:
        return day
    # A text with several days in lines of their own is a diary or a chronicle: no day is that of the text.
    others = {when.iso for line in lines if len(line) < 40 and (when := _when(line, title)).is_day}
    return day if int(day[:4]) >= _WEB_BEGAN and others <= {day} else None


def _days(lines: list[str], title: str, labelled: bool) -> set[str | None]:
    return {when.iso for line in lines for when in _said(line, title, labelled)}


def _said(line: str, title: str, labelled: bool) -> Iterator[_When]:
    """The days that a line states: after a label, or as a part of its own ("By Mei Lin | May 3, 2025 | 4 min")."""
    if len(line) > _LONGEST_LINE:
        return
    for part in _BESIDE.split(line):
        if labelled:
            match = _PUBLISHED.fullmatch(part)
            when = _when(match["day"], title) if match else _NOTHING
        else:
            by = re.fullmatch(r"(?:written |posted )?by .+?(?:,| on)\s+(?P<day>.*\d.*)", part, re.IGNORECASE)
            when = _when(by["day"] if by else part, title)
        if when.is_day:
            yield when


def _when(stated: str, title: str) -> _When:
    """A day by itself, with its time or not; its date where the year is stated or follows from the title."""
    for form in _FORMS:
        if match := form.fullmatch(stated.strip(" .。")):
            found = match.groupdict()
            month = found["month"].lower().rstrip(".")
            number = _MONTHS.get(month) or int(month)
            weekday = _WEEKDAYS.get((found["weekday"] or "").lower().rstrip("."))
            years = [found["year"]] if found.get("year") else _years(title) if weekday is not None else []
            days = [day for year in years if (day := _date(int(year), number, int(found["day"]), weekday))]
            return _When(True, days[0].isoformat() if len(days) == 1 else None)
    return _NOTHING


def day_of(line: str, title: str = "") -> str | None:
    """Return the day that a line states and says nothing beside: in ISO form, "" where its year is not known."""
    when = _when(line, title) if len(line) <= _LONGEST_LINE else _NOTHING
    return (when.iso or "") if when.is_day else None


def _years(title: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"(?<![\d.])(?:19|20)\d{2}(?![\d.])", title)))


def _date(year: int, month: int, day: int, weekday: int | None) -> date | None:
    """The date, unless there is none such or it is another day of the week."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if weekday is None or found.weekday() == weekday else None
