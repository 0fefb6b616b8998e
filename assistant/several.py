"""Questions that ask for several things, taken apart: each part is answered from what was found for the whole.

Only by rules, and only where the words show it: two questions one after the other, two years, two attributes of one
thing, or 分别 and "respectively". "How are A and B related?" asks one thing, and is left as it is.
"""

import re

from assistant.conversation import CHINESE_ASKS, ENGLISH_ASKS, Turn, completed
from index.chinese import as_written_in, simplified

_MOST = 3  # parts: a longer list is asked as it stands
_AND = "(?:以及|和|与|及|跟)"
_EACH = "(?<!的)分别|各自|各(?=[是为有获得占达])"
_TOGETHER = re.compile(
    "之间|相比|比较|区别|不同|关系|哪个|哪一[个家座条]|相差|差多少|比[^赛例分]|between|compare|differ", re.IGNORECASE
)
_BOUND = "的》”、年月日"  # what stands before a Chinese name
_LONGEST = 8  # characters of one of two Chinese names that are exchanged
_PART = rf"(?:(?!{CHINESE_ASKS})[^的、和与及]){{2,{_LONGEST}}}"
_OWNED = re.compile(  # 《…》的导演和编剧是谁
    rf"(?P<of>.+的)(?P<a>{_PART}){_AND}(?P<b>{_PART}?)(?P<each>{_EACH})?(?P<asks>(?:是|有|为|在)(?:{CHINESE_ASKS}).*|)"
)


def parts_of(question: str) -> tuple[str, ...]:
    """Return the questions that a question consists of, each to be understood alone; itself when it is one."""
    asked = simplified(question.strip())
    chinese = bool(re.search("[\u3400-\u9fff]", asked))
    found = _one_after_another(asked, chinese)
    if not found and not _TOGETHER.search(asked):
        found = _chinese(asked) if chinese else _english(asked)
    return tuple(as_written_in(one, question) for one in found) if 1 < len(found) <= _MOST else (question,)


def _one_after_another(asked: str, chinese: bool) -> list[str]:
    """Return the questions of "Who leads it? When was it built?"; a later one may lean on those before it."""
    asks = CHINESE_ASKS if chinese else rf"\b{ENGLISH_ASKS}\b"
    clauses = re.split("[？?；;，,]" if chinese else rf"[?;]|,? and (?={ENGLISH_ASKS}\b)", asked, flags=re.IGNORECASE)
    clauses = [one.strip() for one in clauses if one.strip()]
    # A bare "and when?" belongs to the sentence that answers the rest.
    whole = [re.search(asks, one, re.IGNORECASE) and _says_what(one, asks, chinese) for one in clauses]
    if len(clauses) < 2 or not all(whole):
        return []
    mark = "？" if chinese else "?"
    found: list[str] = []
    for clause in clauses:
        leans, resolved = completed(clause + mark, [Turn(one) for one in found]) if found else (False, None)
        # What follows a comma, or says "of those", speaks of what was named before; where no rule says of what, nobody
        # takes it apart.
        bare = not re.search("[？?]", asked.rstrip("？?")) if chinese else False
        if (leans and resolved is None) or (found and not leans and (bare or clause.startswith("其中"))):
            return []
        found.append(resolved or clause + mark)
    return found


def _says_what(clause: str, asks: str, chinese: bool) -> bool:
    rest = re.sub(asks, "", clause, count=1, flags=re.IGNORECASE)
    return len(re.findall(r"\w", rest)) >= 2 if chinese else len(rest.split()) >= 2


def _chinese(asked: str) -> list[str]:
    years = re.search(rf"(?P<a>[12]\d{{3}}) ?年?{_AND}(?P<b>[12]\d{{3}} ?年)(?!代)", asked)
    if years:
        ways = (f"{years['a']}年", years["b"])
        return [_alone(asked[: years.start()] + one + asked[years.end() :]) for one in ways]
    owned = _OWNED.fullmatch(asked.rstrip("？? "))
    if owned and (owned["each"] or len(owned["a"]) == len(owned["b"])):
        if owned["asks"] or not re.search(CHINESE_ASKS, asked):
            return [_alone(f"{owned['of']}{one}{owned['asks']}") for one in (owned["a"], owned["b"])]
    each = re.search(_EACH, asked)
    joined = re.search(f"(?<!《){_AND}", asked[: each.start()]) if each else None
    if not each or not joined or "《" in asked[: each.start()]:
        return []
    before, after = asked[: joined.start()], asked[joined.end() : each.start()]
    found = _exchanged(before, after)
    if found is None:
        return []
    names = _listed(before, found[0])
    begin, tail = names[0][0], after[found[1] :] + asked[each.start() :]
    every = [*(before[start:end] for start, end in names), after[: found[1]]]
    return [_alone(before[:begin] + one + tail) for one in every]


def _alone(question: str) -> str:
    """Return a part without the words that say of each."""
    return re.sub(_EACH, "", question).rstrip("？? ") + "？"


def _exchanged(before: str, after: str) -> tuple[int, int] | None:
    """Return where the first of two names begins before "and", and where the second ends behind it; None when unknown.

    Nothing marks a Chinese name. Two of them end alike (男子 and 女子), or both stand between marks (年青岭, 白泽的),
    or one does and the other is as long.
    """
    start = max((before.rfind(mark) for mark in _BOUND), default=-1) + 1
    length = len(before) - start
    ended = re.search(r"的|\d|$", after)
    end = ended.start() if ended else len(after)
    for alike in range(2, min(_LONGEST, len(before), len(after)) + 1):
        if before[-1] == after[alike - 1]:
            return (start if abs(length - alike) == 1 else len(before) - alike), alike
    if 2 <= length <= min(end, _LONGEST):
        return start, length
    return (len(before) - end, end) if 2 <= end <= min(length, _LONGEST) else None


def _listed(before: str, start: int) -> list[tuple[int, int]]:
    """Return where the names of "甲、乙" begin and end, of which the last begins at `start`."""
    found = [(start, len(before))]
    while start and before[start - 1] == "、":
        end = start - 1
        start = max(before.rfind(mark, 0, end) for mark in _BOUND) + 1
        found.insert(0, (start, end))
    return found


_NAME = r"[A-Z][\w'’.-]*(?: (?:of |the |de )?[A-Z][\w'’.-]*)*"


def _english(asked: str) -> list[str]:
    years = re.search(r"\b(?P<a>[12]\d{3}) and (?:in )?(?P<b>[12]\d{3})\b", asked)
    each = re.search(r",? ?\b(?:respectively|each)\b", asked)
    names = re.search(rf"(?<![.?] )(?P<a>{_NAME}) and (?:of |in |at )?(?P<b>{_NAME})", asked) if each else None
    for pair in filter(None, (years, names)):
        plain = asked.replace(each[0], "") if each and each.start() >= pair.end() else asked
        return [plain[: pair.start()] + pair[name] + plain[pair.end() :] for name in "ab"]
    owned = re.fullmatch(
        r"(?P<asks>who|what) (?:are|were) (?P<the>the )(?P<a>[\w-]+) and (?:the )?(?P<b>[\w-]+) (?P<of>of .+)",
        asked,
        re.IGNORECASE,
    )
    if owned:
        are = "are" if owned["a"].endswith("s") and owned["b"].endswith("s") else "is"
        return [f"{owned['asks']} {are} the {owned[name]} {owned['of']}" for name in "ab"]
    return []
