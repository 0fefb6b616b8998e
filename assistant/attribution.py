"""Who says it, and when: an opinion is its author's, and a fact that a source has from others is second-hand."""

import re
from urllib.parse import urlsplit

from assistant.conversation import QUOTED
from index import Source
from index.chinese import simplified
from index.passages import sentences

_OPINION = re.compile(
    r"认为|觉得|依我看|在我看来|我想|应该|应当|不应|值得|可惜|遗憾|无非|恐怕|显然|其实|不得不说|难以想象|但愿|希望(?![小中]学|工程)|我们?(?!国)|本人|笔者|个人看法"
    r"|\b(?:I|we|my|our|me)\b(?! \w+ed by)|\b(?:should|ought to|must|believes?|thinks?|argu(?:e|es|ed)"
    r"|claim(?:s|ed)?|in my (?:view|opinion)|unfortunately"
    r"|fortunately|clearly|obviously|surely|probably|arguably|seems?|regrettably|hope)\b"
)
_FIRST_PERSON = re.compile(r"我(?!国|们国家|院|校|省|市)|本人|笔者|\b(?:I|my|I'm|I've)\b")
_SECOND_HAND = re.compile(
    r"据[^。，,]{1,24}(?:报道|消息|介绍|称|透露|统计)|转自|援引|网友|有人(?:称|说|指出|吐槽|认为)|据说|据悉|据传|有消息称|报道称"
    r"|\baccording to\b|\breported(?:ly)?\b|\bis said to\b|\brumou?red\b|\ballegedly\b|\busers? (?:say"
    r"|describe)|\bquoted\b|\bcited by\b",
    re.IGNORECASE,
)
_NUMERAL = re.compile(
    r"\b(War|Part|Type|Phase|Class|Stage|Chapter|Volume|Book|Act|Article|Division|Elizabeth|Charles|James|Henry|William"
    r"|George|Napoleon|Francis|Alexander|Nicholas|Peter|Leopold|Wilhelm|Frederick|Otto|Pedro|Louis|Philip|Edward|Richard"
    r"|Mary|Catherine|Ferdinand|Constantine|Darius|Paul) I\b"  # the first, and not who speaks
)
_PERSONAL = 0.15  # of a source's sentences in the first person: its author tells what he thinks, in all of it
_READ = 20_000  # characters of a source that are read for it


def attribution(language: str, source: Source, sentence: str) -> str:
    """Return who says a sentence of a source, to be put before it; "" for what the source states as a plain fact.

    In Chinese for "zh", else in English: "林默（2021-08-20）认为", "In the view of Lin Mo (2021-08-20)".
    """
    said_by = _who(source)
    plain = _told_by_itself(simplified(sentence))
    second_hand = _SECOND_HAND.search(plain) is not None
    if not said_by or not (second_hand or _OPINION.search(plain) or is_personal(source)):
        return ""
    if language == "zh":
        when = f"（{source.published}）" if source.published else ""
        return f"据{said_by}{when}转述" if second_hand else f"{said_by}{when}认为"
    when = f" ({source.published})" if source.published else ""
    return f"{said_by}{when}, citing others" if second_hand else f"In the view of {said_by}{when}"


def is_personal(source: Source) -> bool:
    """Return whether a source has an author who speaks of himself throughout, as a post or a letter does."""
    if not source.author:
        return False
    text = simplified(source.text[:_READ])
    told = [_told_by_itself(text[one.start : one.end]) for one in sentences(text)]
    return bool(told) and sum(bool(_FIRST_PERSON.search(one)) for one in told) >= max(2, _PERSONAL * len(told))


def _told_by_itself(text: str) -> str:
    return _NUMERAL.sub(r"\1", QUOTED.sub("", text))


def _who(source: Source) -> str:
    """Return the author, else the site, else the title that the source states."""
    site = urlsplit(source.url or "").hostname or ""
    return source.author or site.removeprefix("www.") or source.stated_title or ""
