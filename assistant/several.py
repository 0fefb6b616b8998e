"""Questions that ask for several things, taken apart: each part is answered from what was found for the whole.

Only by rules, and only where the words show it: two questions one after the other, two years, two attributes of one
thing, or 分别 and "respectively". "How are A and B related?" asks one thing, and is left as it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.conversation import CHINESE_ASKS, ENGLISH_ASKS, LONGEST, Turn, completed, unquoted
from assistant.names import ALSO_CHINA
from index.chinese import as_written_in, simplified

_MOST = 3  # parts: a longer list is asked as it stands
_AND = "(?:以及|和|与|及|跟)"
_EACH = "(?<!的)分别|各自|各(?=[是为有获得占达])"
_TOGETHER = re.compile(
    "之间|相比|比较|区别|不同|关系|哪个|哪一[个家座条]|相差|差多少|比[^赛例分亚利尔]|between|compare|differ",
    re.IGNORECASE,
)
# What each of two things has by itself, where nothing says 分别: 2022年甲公司和乙公司的营收.
_OWN = re.compile(
    "(?:增长率|增速|产量|销量|交付量|发行量|吞吐量|营业额|营收|收入|利润|市值|票房|人口|人数|数量|面积|海拔|总产值|GDP)"
    rf"(?:(?:是|有|为|达|达到)?(?:{CHINESE_ASKS}).*)?\Z"
)
_AS_ONE = re.compile(
    "合并|合计|合作|合资|联合|总共|一共|共同|加起来|两国|两地|双方|平均|总和|总计|哪一?年"
    r"|\b(?:which of|both|total|sum|combined|together|altogether|average)\b",
    re.IGNORECASE,
)
_KIND = "时间|日期|地点|人数|金额|价格|数量"
_BEGINS = "开始|起始|出发|开幕|开工|动工|出生|入学|入职|注册|上市"  # alone no thing: 开始和结束时间
# What a text that tells of it need not name; years are compared as such.
_UNNAMED = re.compile(rf"{_KIND}|[12]\d{{3}} ?年?|开始.*|结束.*|原因|结果|times?|dates?|places?|reasons?")
# What else a text may call it.
_ALSO = {
    "导演": ("执导",), "编剧": ("剧本",), "主演": ("出演", "饰", "领衔"), "作者": ("著", "写"),
    "中国": ALSO_CHINA, "男单": ("男子",), "女单": ("女子",), "男子": ("男单",), "女子": ("女单",),
}  # fmt: skip
_CHINESE = re.compile("[\u3400-\u9fff]")
_BOUND = "的》”、年月日"  # what stands before a Chinese name
_ALIKE = 2  # characters in which both of two Chinese names end, before what is said of both
_LONGEST = 8  # characters of one of two Chinese names that are exchanged
_PART = rf"(?:(?!{CHINESE_ASKS})[^的、和与及]){{2,{_LONGEST}}}"
_OWNED = re.compile(  # 《…》的导演和编剧是谁
    rf"(?P<of>.+的)(?P<a>{_PART}){_AND}(?P<b>{_PART}?)(?P<each>{_EACH})?(?P<asks>(?:是|有|为|在)(?:{CHINESE_ASKS}).*|)"
)


@dataclass(frozen=True)
class SubQuestion:
    """A question that is part of another: of what it asks, and the other parts do not."""

    question: str
    own: str = ""  # 香港 of 香港和澳门, simplified; "" where a text that tells of it need not name it
    others: tuple[str, ...] = ()  # the same of the other parts

    def of_another(self, text: str) -> str:
        """Return what another part asks of, where a text names that and not what this one asks of; else ""."""
        if not self.own:
            return ""
        plain = simplified(text).casefold()
        if any(_names(plain, one) for one in (self.own, *_ALSO.get(self.own, ()))):
            return ""
        return next((one for one in self.others if _names(plain, one)), "")


def parts_of(question: str) -> tuple[SubQuestion, ...]:
    """Return the questions that a question consists of, each to be understood alone; itself when it is one."""
    asked = simplified(question.strip())
    if len(asked) > LONGEST:
        return (SubQuestion(question),)
    chinese = bool(_CHINESE.search(asked))
    found = _one_after_another(asked, chinese)
    if not found and not _TOGETHER.search(asked):
        found = _chinese(asked) if chinese else _english(asked)
    if not 1 < len(found) <= _MOST:
        return (SubQuestion(question),)
    return tuple(replace(one, question=as_written_in(one.question, question)) for one in found)


def _names(plain: str, word: str) -> bool:
    whole = re.escape(word.casefold())
    return bool(re.search(whole if _CHINESE.match(word) else rf"\b{whole}", plain))


def _of_each(names: Sequence[str], questions: Iterable[str]) -> list[SubQuestion]:
    """Return the parts of a question that asks the same of several names."""
    own = [simplified(name) for name in names]
    if any(map(_UNNAMED.fullmatch, own)):
        return [SubQuestion(one) for one in questions]
    others = [tuple(other for other in own if other != one) for one in own]
    return [SubQuestion(*one) for one in zip(questions, own, others, strict=True)]


def _one_after_another(asked: str, chinese: bool) -> list[SubQuestion]:
    """Return the questions of "Who leads it? When was it built?"; a later one may lean on those before it."""
    asks = CHINESE_ASKS if chinese else rf"\b{ENGLISH_ASKS}\b"
    ends = "[？?；;，,]" if chinese else rf"[?;]|,? and (?={ENGLISH_ASKS}\b)"
    marks = [mark.span() for mark in re.finditer(ends, unquoted(asked), re.IGNORECASE)]
    starts, stops = [0, *(end for _, end in marks)], [*(start for start, _ in marks), len(asked)]
    clauses = [one for start, stop in zip(starts, stops, strict=True) if (one := asked[start:stop].strip())]
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
        bare = not re.search("[？?]", unquoted(asked).rstrip("？?")) if chinese else False
        if (leans and resolved is None) or (found and not leans and (bare or clause.startswith("其中"))):
            return []
        found.append(resolved or clause + mark)
    return [SubQuestion(one) for one in found]


def _says_what(clause: str, asks: str, chinese: bool) -> bool:
    rest = re.sub(asks, "", clause, count=1, flags=re.IGNORECASE)
    return len(re.findall(r"\w", rest)) >= 2 if chinese else len(rest.split()) >= 2


def _chinese(asked: str) -> list[SubQuestion]:
    years = re.search(rf"(?P<a>[12]\d{{3}}) ?年?{_AND}(?P<b>[12]\d{{3}} ?年)(?!代)", asked)
    if years and not re.search(_EACH, asked) and _AS_ONE.search(asked):
        return []
    if years:
        ways = (f"{years['a']}年", years["b"])
        return _of_each(ways, (_alone(asked[: years.start()] + one + asked[years.end() :]) for one in ways))
    owned = _OWNED.fullmatch(asked.rstrip("？? "))
    if owned and (owned["asks"] or not re.search(CHINESE_ASKS, asked)):
        names = [owned["a"], owned["b"]]
        if kind := re.search(f"(?:{_KIND})$", names[1][len(names[0]) :]):
            if not re.fullmatch(_BEGINS, names[0]):  # of 作者和出版时间, the author has no time
                return []
            names[0] += kind[0]
        else:  # 第一棒和最后一棒火炬手
            names[0] += names[1].partition(names[0][-_ALIKE:])[2]
        if owned["each"] or len(names[0]) == len(names[1]):
            return _of_each(names, (_alone(f"{owned['of']}{one}{owned['asks']}") for one in names))
    each = re.search(_EACH, asked)
    told = each or _own(asked)
    joined = re.search(f"(?<!《){_AND}", asked[: told.start()]) if told else None
    if not told or not joined or "《" in asked[: told.start()]:
        return []
    before, after = asked[: joined.start()], asked[joined.end() : told.start()]
    found = _exchanged(before, after)
    if found is None or not (each or _is_marked(before, found)):
        return []
    spans = _listed(before, found[0])
    begin, tail = spans[0][0], after[found[1] :] + asked[told.start() :]
    every = [*(before[start:end] for start, end in spans), after[: found[1]]]
    return _of_each(every, (_alone(before[:begin] + one + tail) for one in every))


def _own(asked: str) -> re.Match[str] | None:
    """Return where a question ends with what each of two things has by itself."""
    plain = asked.rstrip("？? ")
    return None if _AS_ONE.search(plain) else _OWN.search(plain)


def _is_marked(before: str, found: tuple[int, int]) -> bool:
    """Whether the first of two names begins behind a mark and is as long as the second, so that nothing else may be."""
    start, length = found
    return start > 0 and before[start - 1] in _BOUND and len(before) - start == length


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


def _two_names(asked: str) -> re.Match[str] | None:
    """Return where two names are joined; None where there are more, as in Romeo and Juliet and Hamlet."""
    pair = re.compile(rf"(?<![.?] )(?P<a>{_NAME}) and (?:of |in |at )?(?P<b>{_NAME})").search(
        asked, asked.find(" ") + 1
    )
    if not pair or asked[: pair.start()].endswith(", ") or re.match(r",? and [A-Z]", asked[pair.end() :]):
        return None
    return pair


def _english(asked: str) -> list[SubQuestion]:
    years = re.search(r"\b(?P<a>[12]\d{3}) and (?:in )?(?P<b>[12]\d{3})\b", asked)
    names = _two_names(asked)
    each = re.search(r",? respectively\b| each(?=\W*$)", asked)  # not "in each store"
    if not each and names:
        each = re.compile(r" each\b").match(asked, names.end())
    if years and not each and _AS_ONE.search(asked):
        return []
    if pair := years or (names if each else None):
        plain = asked[: each.start()] + asked[each.end() :] if each and each.start() >= pair.end() else asked
        found = [pair["a"], pair["b"]]
        return _of_each(found, (plain[: pair.start()] + one + plain[pair.end() :] for one in found))
    owned = re.fullmatch(
        r"(?P<asks>who|what) (?:are|were) (?P<the>the )(?P<a>[\w-]+) and (?:the )?(?P<b>[\w-]+) (?P<of>of .+)",
        asked,
        re.IGNORECASE,
    )
    if owned:
        are = "are" if owned["a"].endswith("s") and owned["b"].endswith("s") else "is"
        found = [owned["a"], owned["b"]]
        return _of_each(found, (f"{owned['asks']} {are} the {one} {owned['of']}" for one in found))
    return []
