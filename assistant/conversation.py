"""Follow-ups made into questions that stand alone: "那腾讯呢？" after "阿里达摩院怎么样？" is "腾讯怎么样？".

Rules decide whether a question leans on what was said before, and put in what it leaves out; a model is asked only for
one that leans and that no rule completes. A question that stands alone is left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

import prompts
from assistant.figures import quantities
from assistant.models import stream
from assistant.names import latin_names, people
from index.chinese import as_written_in, simplified
from index.words import letters

_SHORT = {"zh": 24, "en": 12}  # characters, words: a longer question says what it is about
LONGEST = 600  # characters of a question that is read for what it leaves out or joins: a longer one is a text
_REMEMBERED = 4  # turns that a pronoun may reach back
QUOTED = re.compile('“[^”]*”|"[^"]*"|「[^」]*」|《[^》]*》')


@dataclass(frozen=True)
class Turn:
    """An earlier question, as it stood alone, and the text of its answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True)
class Resolved:
    """A question that stands alone, whether it leaned on the turns before, and whether it was completed from them or
    only put beside the last one."""

    question: str
    leaned: bool
    completed: bool = False


def standalone(
    question: str, history: Sequence[Turn], model: BaseChatModel | None = None, config: RunnableConfig | None = None
) -> Resolved:
    """Return a question so that it can be understood without the turns before it.

    The model is asked only when the question leans on them and no rule says how. Raises ModelError when it fails.
    """
    asked = simplified(question.strip())
    if not history or not asked or len(asked) > LONGEST:
        return Resolved(question, False)
    last = history[-1].question
    history = [Turn(simplified(turn.question), simplified(turn.answer)) for turn in history]
    leans, found = completed(asked, history)
    if not leans:
        return Resolved(question, False)
    if found is None and model is not None:
        found = _by_model(asked, history, model, config)
    beside = f"{last.rstrip('?？ ')} – {question.strip()}"
    return Resolved(as_written_in(found, question) if found else beside, True, bool(found))


def unquoted(text: str) -> str:
    """Return a text, as long as before, in which nothing can be read of what stands in quotation marks."""
    return QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)


def _is_chinese(question: str) -> bool:
    begins = re.match(rf"(?:and |but |so )?(?:{ENGLISH_ASKS}|{_BE})\b", question, re.IGNORECASE)
    return not begins and bool(re.search("[\u3400-\u9fff]", question))


def completed(question: str, history: Sequence[Turn]) -> tuple[bool, str | None]:
    """Return whether a question leans on the turns before it, and what rules make of it; None when they cannot."""
    is_chinese = _is_chinese(question)
    resolve, pronoun, asks, clauses = (
        (_in_chinese, _ZH_PRONOUN, re.compile(CHINESE_ASKS), "[，,；;？?]")
        if is_chinese
        else (_in_english, _EN_PRONOUN, re.compile(rf"\b{ENGLISH_ASKS}\b", re.IGNORECASE), r"[;?]|,? and ")
    )
    recent = list(history)[-_REMEMBERED:]
    # The rules of one language cannot read what a question in the other is about.
    turns = [turn for turn in recent if _is_chinese(turn.question) == is_chinese] or recent
    # "Who leads the lab, and where did she work before?" says itself of whom.
    first, *rest = re.split(clauses, unquoted(question), maxsplit=1)
    if rest and asks.search(first) and pronoun.search(rest[0]) and not resolve(first, turns)[0]:
        return False, None
    leans, found = resolve(question, turns)
    return leans, found if _is_chinese(recent[-1].question) == is_chinese else None


def _by_model(
    question: str, history: Sequence[Turn], model: BaseChatModel, config: RunnableConfig | None
) -> str | None:
    """Return the model's rewriting, when it says nothing that neither the question nor the turns before hold."""
    turns = "\n".join(f"Q: {turn.question}\nA: {turn.answer}" for turn in list(history)[-2:])
    prompt = prompts.load("standalone", turns=turns, question=question)
    messages = [SystemMessage(prompts.load("system")), HumanMessage(prompt)]
    written = "".join(chunk.text for chunk in stream(model, messages, config)).strip()
    first = _LABEL.sub("", written.splitlines()[0]).strip(' "“”') if written else ""
    told = f"{turns} {question}".casefold()
    invented = [name for name in latin_names(first) if name.casefold() not in told]
    invented += [one.written for one in quantities(first) if one.written.casefold() not in told]
    is_another = not _asks_the_same(first, question) or letters(first) in [letters(turn.question) for turn in history]
    return first if first and len(first) <= 300 and not invented and not is_another else None


_WORD = re.compile(
    "(?!(?:what|which|when|where|about|that|this|they|their|there|does|have|from|with|tell|more)\\b)[a-z]{4,}"
)
_LABEL = re.compile(r"^\W*(?:Q|Question|Follow-up|问题?)\s*[:：]", re.IGNORECASE)  # as the turns have it
_KEPT = 1 / 3  # of the words of an English question, in what completes it; below, another question was written


def _asks_the_same(completed: str, question: str) -> bool:
    """Whether what is to complete an English question holds enough of its words."""
    words = set(_WORD.findall(question.casefold()))
    if not words or not completed.isascii():
        return True
    return sum(word[:5] in completed.casefold() for word in words) >= _KEPT * len(words)


# Chinese

CHINESE_ASKS_FOR = (
    "什么(?:时候|地方|人)?|怎么样|怎样|怎么|为什么|为何|哪一?[年月天日位个家所些里儿]|哪|谁|多少"
    "|多[长高大远深宽重久快]|几[个位年月次人名座家]|何时|何处|何地|如何"
)
CHINESE_ASKS = f"{CHINESE_ASKS_FOR}|是否|有没有|能否"
_ZH_PRONOUN = re.compile(
    "(?<!其)它们?|(?<![其吉维排利耳])他(?:们|(?![人乡]))|她们?|这家公司|这个公司|这个人|此人|那里|那儿|这里"
    "|(?<!应)该(?:公司|机构|[校馆院厂](?!院))"
)
_ZH_SUBSTITUTE = re.compile("^(?:那么?)?(?P<what>[^，。？?！]{1,16}?)(?:呢|又如何|又怎么样)[？?]?$")
_ZH_PART_OF_YEAR = "(?:第?[一二三四1-4]季度|[上下]半年|Q[1-4])"
_ZH_TIME = re.compile(
    f"[12]\\d{{3}} ?年(?:(?:的|第)?{_ZH_PART_OF_YEAR}| ?\\d{{1,2}} ?月(?: ?\\d{{1,2}} ?日)?)?|{_ZH_PART_OF_YEAR}"
    "|今年|去年|前年|明年|本月|上个月|昨天|今天|上世纪"
    "|\\d{2}年代|[一二三四五六七八九十]+月|春季|夏季|秋季|冬季"
)
# Words of manner and time before a predicate; what begins with one names nothing.
_ZH_ADVERB = (
    "现在|后来|最后|当时|目前|一共|总共|主要|其中|周末|平时|冬天|夏天|春天|秋天|最早|最初|首次|第一次|之前|之后"
    "|以前|以后|也|还|又|都|就|仍|才|再"
)
# What a question asks of something: alone it names nothing either.
_ZH_PART = (
    "租金|门票|票价|房价|价格|费用|成本|工资|薪水|副作用|作用|芯片|屏幕|电池|面积|人口|长度|高度|宽度|深度|重量|尺寸|颜色|材料|名字|名称|全名|别名|作者|译者|导演|主演|院长|馆长|校长|站长|厂长|"
    "市长|总统|总理|主席|主任|队长|创始人|负责人|老板|主人|成员|员工|学生|老师|总部|地址|位置|电话|网址|原因|结果|结论|意义|影响|优点|缺点|优势|劣势|特点|功能|用途|规模|产量|销量|收入|营收|利润|"
    "市值|股价|失业率|比例|售价|起售价|定价|造价|海拔|总长|票房|片长|年龄|身高|体重|国籍|籍贯|职业|首都|首府|语言|历史|起源|时间|日期|主意|想法|目的|目标|方法|步骤|条件|要求|证据|来源"
)
_ZH_ALONE = re.compile(f"^(?:这个|那个|这些|那些|现任|首任|前任|前|副|它的|其)?(?:{_ZH_PART})$")
_ZH_ROLE = re.compile(
    "(?:的)?(?:现任|首任|前任|第.任|前|副)?(?:院长|馆长|校长|站长|厂长|市长|总统|总理|主席|主任|负责人|创始人|总监|队长)$"
)
# What ends the thing that a question is about.
_ZH_PREDICATE = re.compile(
    f"(?:是|有(?!限)|在(?!线)|被|由(?!于)|(?<![奥大晚年展博峰宴聚协委学商工社])会(?!议)|能(?!源|力|够)|可以|应该|需要|曾|已经|{CHINESE_ASKS}|{_ZH_ADVERB}|发生|全长|获批|位于|出生|成立|创办|创立|提出|设了|开放|通车|属于|拥有|任职|毕业|去了|死了|叫|吗)"
)
# Only a model can tell whether these are asked of what was said before: 哪个国家人口最多, 有多少行星, 应该院方负责吗.
_ZH_OF_WHAT = re.compile(f"(?:有多少|哪[个些家座])(?!个?(?:人|{_ZH_PART})).{{2}}|应该(?!{CHINESE_ASKS})")
_ZH_STANDING = re.compile("^(?:请|如何|怎么|怎样|什么是|谁是|介绍|说说|总结|列出|比较|解释|告诉我)")
_ZH_CHANGES = re.compile("为什么|为何|怎么会|增加|减少|上升|下降|上涨|下跌|变化")
_ZH_CASES = "学生|老人|儿童|孩子|成人|周末|冬天|夏天|英文|中文|国内|国外|海外"


# What "…呢" asks of what was said, and not of another thing: 那份, 然后, 它的人口.
_ZH_NO_OTHER = re.compile(
    f"[那这](?:[份个家座条本种位些边次篇部年天]|里|儿)|还有|然后|接着|其[他它余]|别的|另[一外]|.*(?:{_ZH_PRONOUN.pattern})"
    f"|(?:那么?)?(?!(?:{_ZH_CASES})[呢又])(?:(?:{_ZH_ADVERB})|.*(?:{_ZH_PART}))(?:呢|又如何|又怎么样)"
)
# Asked of a verb right before it, of which nothing tells where it begins: 张伟写了什么, 他住哪里.
_ZH_OBJECT = re.compile("什么(?!(?:时候|地方)[^？?])|谁|哪(?!(?:里|一?[年月天日])[^？?])|多少|几")


def _in_chinese(question: str, history: Sequence[Turn]) -> tuple[bool, str | None]:
    last = history[-1]
    plain = question.rstrip("？?。！! ")
    instead = _ZH_SUBSTITUTE.match(question)
    if instead and not re.search(CHINESE_ASKS, instead["what"]):
        return True, None if _ZH_NO_OTHER.match(question) else _instead_zh(instead["what"], history)
    if _ZH_PRONOUN.search(unquoted(plain)):
        return True, _pronouns_zh(plain, history)
    if len(plain) > _SHORT["zh"] or _ZH_STANDING.match(plain) or not _leans_zh(plain):
        return False, None
    if re.fullmatch(f"(?:那|又|是|在)?(?:{CHINESE_ASKS})(?:的|呢)?", plain):
        return True, _asked_anew_zh(plain, last)
    if _ZH_OF_WHAT.match(plain):
        return True, None
    role = re.match("现任|前任|首任|副", plain)
    about = _topic_zh(history, whole=bool(_ZH_CHANGES.search(plain)))
    if about and role:
        about = next(
            (
                head
                for turn in history
                if (head := _ZH_ROLE.sub("", _subject_zh(turn.question))) != _subject_zh(turn.question)
            ),
            about,
        )
    if not about:
        return True, None
    plain = re.sub("^(?:那么?|这个|这些|又)(?=.{2})", lambda match: match[0] if match[0][0] == "这" else "", plain)
    did = re.match("谁(?P<verb>[^的]{1,4})的$", plain)
    return True, f"{about}是{plain}？" if did else f"{about}{plain}？"


# Who does something to what is named: 谁领导悟道项目, but 谁担任院长, 谁主持这个项目.
_ZH_DONE_TO = re.compile(
    "(?:是|由)?(?:谁|哪[家个位所](?:公司|人|机构|大学)?)(?:在|来)?(?:领导|主持|创办|创立|创建|发明|提出|设计|建造|撰写|翻译|执导|导演|主演|资助"
    "|投资|收购|开发|研发|研制|制造|生产|拥有|赢得|获得|打破|发现|编辑|出版|击败|牵头)(?=[^这那该本其它他她此]{3})"
)


def _leans_zh(plain: str) -> bool:
    """Whether a question names nothing that it is about: it begins with what it asks, or names a mere part."""
    start = re.sub(f"^(?:那么?|又|{_ZH_ADVERB})+", "", plain)
    if re.search('[A-Za-z《“"]|[12]\\d{3}年', start):
        return False
    asks = re.match(f"(?:是|在|有|叫|会|能|可以|要|该)?(?:{CHINESE_ASKS})", start)
    if _ZH_DONE_TO.match(start) and not _ZH_ALONE.match(_ZH_DONE_TO.sub("", start)):
        return False
    if asks:  # "谁创办了图书馆": what is asked about stands behind
        return len(start) - asks.end() <= 5 or "的" not in start and not re.search(".了.{3,}", start[asks.end() :])
    if re.match(f".{{1,2}}了(?:{CHINESE_ASKS}|吗)", start):
        return True
    if re.match(f"(?:{_ZH_ADVERB})", plain) and not re.search("的", plain):
        return True
    head = _head_zh(start)
    return head == "" or bool(_ZH_ALONE.match(head))


def _head_zh(plain: str) -> str:
    """Return what stands before the predicate of a question; "" when nothing does."""
    asked = re.match(f".[有是在](?:{CHINESE_ASKS})", plain)  # 桥有多长
    match = next((one for one in _ZH_PREDICATE.finditer(plain) if asked or one.start() != 1), None)
    return plain[: match.start()].rstrip("的 ") if match else plain


def _subject_zh(question: str) -> str:
    """Return the whole phrase that a Chinese question is about: "康泽药厂的新药" of "康泽药厂的新药获批了吗？"."""
    plain = _ZH_TIME.sub("", question).strip("？?。 ，,")
    did = re.match("(?:是)?谁(?P<did>[^的]{1,3}?了)(?P<what>.{2,})$", plain)
    if did:
        return did["what"]
    return _head_zh(plain)


def _entity_zh(question: str) -> str:
    """Return the name in that phrase: what stands before its 的."""
    return re.split("的(?!人)", _subject_zh(question))[0]


def _topic_zh(history: Sequence[Turn], whole: bool = False) -> str:
    """Return what the conversation is about: the thing or person of an earlier turn that the last one still names."""
    last = history[-1].question
    if whole:
        subject = _subject_zh(last)
        return subject
    for turn in history[:-1]:
        for known in (_person_of(turn), _part_taken(turn.question)):
            if known and len(known) >= 2 and known in last:
                return known
    return _part_taken(last) or _person_of(history[-1]) or ""


def _part_taken(question: str) -> str:
    """Return the subject, without a mere quality at its end: "大坪" of "大坪的失业率是多少？"."""
    subject = _subject_zh(question)
    head, _, tail = subject.rpartition("的")
    if head and re.fullmatch(_ZH_PART, tail):
        return head
    return re.sub(f"(?<=..)(?:{_ZH_PART})$", "", subject) if not _ZH_ROLE.search(subject) else subject


def _instead_zh(what: str, history: Sequence[Turn]) -> str | None:
    """Put another thing, or another time, in the place of what the last question was about."""
    last = history[-1].question
    time, before = _ZH_TIME.fullmatch(what), _ZH_TIME.search(last)
    part = re.search(_ZH_PART_OF_YEAR, before[0]) if before else None
    if part and re.fullmatch(_ZH_PART_OF_YEAR, what):  # "二季度呢" after 2020年一季度
        return last.replace(part[0], what, 1)
    if time and before:
        return last.replace(before[0], what, 1)
    # "保密呢" after 合同对违约有什么规定: another contract, or another matter?
    if re.search("对.+(?:有|是|怎么|如何)", last):
        return None
    about = _topic_zh(history)
    about = about if about in last else _entity_zh(last)
    about = re.split("的(?!人)", about)[0]
    if what.endswith("的"):  # 苹果的
        if about + "的" not in last:
            return None
        what = what[:-1]
    if not about or about not in last or _ZH_OBJECT.match(last, last.index(about) + len(about)):
        return None
    joined = about + what if time or re.fullmatch(_ZH_CASES, what) else what
    found = last.replace(about, joined, 1)
    return found.replace("分别", "") if re.search("[和与及、]", about) and not re.search("[和与及、]", what) else found


def _pronouns_zh(plain: str, history: Sequence[Turn]) -> str | None:
    """Put what they speak of in the place of pronouns; None when that is unknown, or one thing for two of them."""
    shown = unquoted(plain)
    said: dict[str, re.Match[str]] = {}
    for one in _ZH_PRONOUN.finditer(shown):
        # "它的馆长是谁，她多大": who she is, the first half says.
        if not said or not re.search("[，,；;？?]", shown[next(iter(said.values())).end() : one.start()]):
            said.setdefault(one[0], one)
    first = next(iter(said.values()))
    if re.search("[和与跟及]$", shown[: first.start()]) and shown.startswith("的", first.end()):  # 张三和他的妻子
        return None
    known = [about for one in said.values() if (about := _referent_zh(one[0], history))]
    if len(set(known)) < len(said):
        return None
    for one, about in reversed(list(zip(said.values(), known, strict=True))):
        plain = plain[: one.start()] + about + plain[one.end() :]
    return f"{plain}？"


def _referent_zh(word: str, history: Sequence[Turn]) -> str:
    about = ""
    if word in ("他", "她", "此人", "这个人"):
        about = next((person for turn in reversed(history) if (person := _person_of(turn))), "")
        asked = re.match("(?P<who>.{2,})是谁", history[-1].question)
        about = about or (asked["who"] if asked and not history[-1].answer else "")
    return about or _topic_zh(history)


def _person_of(turn: Turn) -> str | None:
    """Return the person that an answer names where its question asked who, or whom the question itself names."""
    if not re.search(r"谁|何人|哪位|\bwho\b|\bwhom\b", turn.question, re.IGNORECASE):
        found = [name for name in people(turn.answer) if name in turn.question]
    else:
        found = [name for name in people(turn.answer) if name not in turn.question]
        bare = turn.answer.strip("。. ")
        if not found and re.fullmatch("[\u3400-\u9fff·]{2,5}", bare):
            found = [bare]
    return _with_its_original(found[0], turn.answer) if found else None


def _with_its_original(name: str, answer: str) -> str:
    """Return a name in Latin letters with the characters that an answer has beside it, by which its sources know it."""
    beside = re.search(rf"{re.escape(name)} \([\u3400-\u9fff]+\)", answer)
    return beside[0] if beside else name


def _asked_anew_zh(plain: str, last: Turn) -> str | None:
    """Ask another thing of the last question's predicate: "谁创办了X？" and "什么时候？" give "什么时候创办了X？"."""
    asks = plain.lstrip("那又是在").rstrip("的呢")
    question = last.question.strip("？? ")
    if question.endswith("吗"):
        return f"{asks}{question[:-1]}？" if asks in ("为什么", "为何") else f"{question[:-1]}，{asks}？"
    did = re.match("(?:是)?谁(?P<rest>.+)$", question)
    if did:
        return f"{asks}{did['rest']}？"
    found = re.search(CHINESE_ASKS, question)
    return question.replace(found[0], asks, 1) + "？" if found else None


# English

ENGLISH_ASKS = (
    r"(?:who|whom|whose|what|when|where|why|how(?: (?:many|much|long|old|high|far|big|tall|often))?|which|since when)"
)
# "that" before a name, a number or "the" begins a clause: "Who says that the bridge is safe?"
_EN_PRONOUN = re.compile(
    r"\b(?:(?!(?-i:IT)\b)it(?! (?:takes?|took|costs?|means?) (?:\w+ ){0,3}to \w+ \w)"  # the IT budget
    r"|its|he|his|him|she|her|hers|they|their|them|this"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )there(?! (?:is|are|was|were|will)\b)"
    r"|that(?! (?:an?|the|one|two|(?-i:[A-Z0-9])))|the (?:company|firm|book|city"
    r"|town|author|place|organisation|organization|band|film))\b",
    re.IGNORECASE,
)
_EN_SUBSTITUTE = re.compile(
    r"^(?:(?:and|but|so)[ ,]+)?(?:what about|how about|and)[ ,]+(?P<what>[^?]{2,50})\?*$", re.IGNORECASE
)
_EN_JOINED = re.compile(r"^(?:and|but|so)[ ,]+", re.IGNORECASE)
_EN_MEASURE = re.compile(
    r"depth|height|length|width|area|size|age|weight|speed|population|capacity|price|cost|revenue|profit|budget|name|address|colou?r",
    re.IGNORECASE,
)
_EN_ONLY_ASKS = re.compile(rf"^(?:and |but |so )?(?P<asks>{ENGLISH_ASKS})\?*$", re.IGNORECASE)
_EN_PREPOSITIONS = "in|on|at|of|for|by|from|during|before|after|to|with|without|about|under|against"
_EN_PREPOSITION = re.compile(rf"^(?P<preposition>{_EN_PREPOSITIONS}) ", re.IGNORECASE)
_EN_ORDINAL = re.compile(r"^\w+ the (?:first|second|third|fourth|last|next)$", re.IGNORECASE)
_EN_PART_OF_YEAR = re.compile(r"\b(?:Q[1-4]|H[12])\b", re.IGNORECASE)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_EN_YEAR = re.compile(
    rf"(?:(?P<at>in|on|during|before|after|since|by|from|until) )?(?P<when>(?:{_MONTH} )?\b[12]\d{{3}})\b",
    re.IGNORECASE,
)
_EN_COMMON = re.compile(r"(?:(?:the|an?) )?(?!(?:the|an?) )[a-z]")  # what is no name begins so
_BE = r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should)"
_EN_VERB = (
    r"(?:\w+ed|\w+(?<!s)s|led|built|won|wrote|written|made|born|held|found|sold|cost|begin|began|lie|stand|have|open|close|run|support|"
    r"decide|flow|flows|keep|work|cost|mean|happen|die|live|fall|rise|grow|older|free|made|first)"
)  # fmt: skip
_PAST = {
    "wrote": "written",
    "built": "built",
    "made": "made",
    "won": "won",
    "led": "led",
    "found": "found",
    "sold": "sold",
    "drew": "drawn",
}


def _in_english(question: str, history: Sequence[Turn]) -> tuple[bool, str | None]:
    last = history[-1]
    plain = question.strip().rstrip("? .!")
    only = _EN_ONLY_ASKS.match(question.strip())
    if only:
        return True, _asked_anew_en(only["asks"].lower(), last)
    without = _EN_JOINED.sub("", plain)
    whole = re.match(rf"(?:{ENGLISH_ASKS}|{_BE})\b(?! about\b)", without, re.IGNORECASE)
    if whole:  # "And who built it?" asks a whole question
        plain = without
    instead = None if whole else _EN_SUBSTITUTE.match(question.strip())
    if instead:
        return True, _instead_en(instead["what"].strip(), history)
    asks = re.search(rf"\b{ENGLISH_ASKS}\b", plain, re.IGNORECASE)
    if not asks and len(plain.split()) <= 4 and _EN_PREPOSITION.match(plain):
        return True, _instead_en(plain, history)
    if re.fullmatch(rf"why not|(?:{_EN_PREPOSITIONS}) {ENGLISH_ASKS}(?: \w+)?", plain, re.IGNORECASE):  # "By whom?"
        return True, None
    if len(plain.split()) <= _SHORT["en"] and (pronouns := _free_pronouns(plain)):
        return True, _pronouns_en(plain, pronouns, history)
    return _bare_part_en(plain, history)


_OF_NAME = re.compile(
    r"\bthe (?:population|capital|height|length|boiling point|price|mayor|area|name|history) of (?P<name>.+)$"
)
_OWNER = re.compile(r"['’]s\b")


def _about_en(question: str) -> str | None:
    """Return what an English question is about: the name, or the phrase with "the", that its last part speaks of."""
    plain = question.strip().rstrip("?. ")
    rest = re.sub(rf"^(?:{ENGLISH_ASKS}|{_BE}|tell me about|compare|describe)\b ?", "", plain, flags=re.IGNORECASE)
    phrase = re.search(
        rf"\b(?:the|a|an) (?:(?!{_BE}\b)[\w'’-]+ )*?(?:(?!{_BE}\b)[\w'’-]+)(?: (?:of|in|at|for"
        rf"|on) (?:the )?(?!\d)[\w'’-]+(?: [A-Z][\w'’-]+)*)?"
        rf"(?=$| (?:{_BE}|in|on|at|by|since|with)\b| {_EN_VERB}\b(?! (?:of|in|for)\b))",
        rest,
    )
    names = list(re.finditer(r"[A-Z][\w'’-]*(?: (?:of )?(?:the )?[A-Z][\w'’-]*)*", rest))
    if phrase and (not names or any(name[0] in phrase[0] for name in names) or phrase.start() > names[-1].end()):
        found = _OWNER.split(phrase[0])[0]
        of_name = _OF_NAME.search(found)
        return of_name["name"] if of_name else found
    if not names:
        defined = re.match(r"what (?:is|are) (?P<what>[a-z][\w -]+)$", plain, re.IGNORECASE)
        return defined["what"] if defined else None
    ends = names[-1].end() == len(rest)  # McDonald's
    return names[-1][0] if ends else _OWNER.sub("", names[-1][0])


def _instead_en(what: str, history: Sequence[Turn]) -> str | None:
    last = history[-1]
    question = last.question.rstrip("?. ")
    owned = re.match(r"(?P<whose>his|her|its|their) (?P<what>.+)$", what, re.IGNORECASE)
    preposition = _EN_PREPOSITION.match(what)
    if owned:
        about = _referent_en(owned["whose"].lower(), [last])
        return _of_owner_en(about, owned["what"], question) if about else None
    if year := _EN_YEAR.fullmatch(what):
        return _in_another_year(year, question)
    parts = _EN_PART_OF_YEAR.findall(question)
    if len(parts) == 1 and _EN_PART_OF_YEAR.fullmatch(re.sub("^(?:in|for|during) ", "", what, flags=re.IGNORECASE)):
        return question.replace(parts[0], what.split()[-1], 1) + "?"
    if preposition and re.search(r"\d", what):  # another time
        return None if re.search(r"\d", question) else f"{question} {what}?"
    if preposition:
        before = re.search(
            rf"\b{preposition['preposition']} (?:the )?[\w'’-]+(?: (?!(?:{_EN_PREPOSITIONS}|{_BE})\b)[\w'’-]+)*",
            question,
            re.IGNORECASE,
        )
        what = what[0].lower() + what[1:]
        if before and _EN_ORDINAL.match(what):  # "And in the second?" after "in the first quarter"
            what = f"{what} {before[0].split()[-1]}"
        return question.replace(before[0], what, 1) + "?" if before else f"{question} {what}?"
    older = re.match(
        r"(?P<be>is|are|was|were) (?P<one>[\w ]+?) (?P<how>\w+er|more \w+|less \w+) than (?P<other>[\w ]+)$",
        question,
        re.I,
    )
    if older:
        return f"{older['be']} {what} {older['how']} than {older['other']}?".capitalize()
    about = _of_its_kind(what, question)
    if not about:
        return None
    # "And the profit?" after "What was Acme's revenue?": a thing of Acme's, not another firm.
    owns = re.search(rf"{re.escape(about)}['’]s", question) or (_OF_NAME.search(question) and what.startswith("the "))
    is_name = not _EN_COMMON.match(about)
    if _EN_COMMON.match(what) and (owns or (is_name and what.startswith("the "))):
        return None
    return question.replace(about, _OWNER.sub("", what) if owns else what, 1) + "?"


def _of_its_kind(what: str, question: str) -> str | None:
    """Return what another thing takes the place of: a name that of a name, a part that of a part.

    "What about Beta?" after "Who is the CEO of Acme?" asks of Beta, and "And the CFO?" of another officer.
    """
    about = _about_en(question) or _last_noun_en(question)
    whole = re.fullmatch(r"(?P<part>(?:the|a|an) .+?) (?:of|in|at|for|on) (?P<name>(?:the )?.+)", about or "")
    if not about or not whole or re.search(" (?:of|in|at|for|on) ", what):
        return about
    is_name = not re.fullmatch("(?:the )?[A-Z]{2,5}|[^A-Z]+", what)
    if is_name or not what.lower().startswith("the ") or whole["name"].startswith("the "):
        return whole["name"]
    return whole["part"] if re.match(r"(?:what|who) (?:is|are|was|were) the\b", question, re.IGNORECASE) else about


def _in_another_year(year: re.Match[str], question: str) -> str | None:
    """Put another year in the place of the one that a question names, or behind it when it names none."""
    before = list(_EN_YEAR.finditer(question))
    if len(before) > 1 or (not before and re.search(r"\d{4}", question)):  # the 1990s
        return None
    if not before:
        return f"{question} {(year['at'] or 'in').lower()} {year['when']}?"
    if year["at"] and not before[0]["at"]:  # "And in 2021?" after "Who won the 2020 race?"
        return None
    start, end = before[0].span() if year["at"] else before[0].span("when")
    return f"{question[:start]}{year[0]}{question[end:]}?"


def _of_owner_en(about: str, what: str, question: str) -> str | None:
    """Ask of another thing that somebody or something has: "And its profit?" after "What was Acme's revenue?"."""
    before = re.match(
        rf"(?P<asks>(?:what|who) {_BE} {re.escape(about)}['’]s )[a-z]+(?: [a-z]+)??(?P<rest> (?:in|on|at|by|for) .+|)$",
        question,
        re.IGNORECASE,
    )
    if before:
        return f"{before['asks']}{what}{before['rest']}?"
    if _EN_MEASURE.fullmatch(what):
        return f"What is {about}'s {what}?"
    alone = re.search(rf"{re.escape(about)}(?!['’]s)", question)
    return f"{question[: alone.end()]}'s {what}{question[alone.end() :]}?" if alone else None


def _name_in(question: str) -> str | None:
    found = people(question)
    return _OWNER.sub("", found[0]) if found else None


def _last_noun_en(question: str) -> str | None:
    found = re.search(r"\bof ([\w'-]+)$", question)
    return found[1] if found else None


_PERSONAL = ("he", "his", "him", "she", "her", "hers")
_SAME = {"its": "it", "his": "he", "him": "he", "her": "she", "hers": "she", "their": "they", "them": "they"}
_DOES = "do|does|did|can|could|will|would|should"
_SUBJECT = re.compile(  # do bees, does the museum
    rf"\b(?:{_DOES}) (?P<one>(?:the|an?|its|his|her|their) )?(?P<noun>[a-z]+)\b", re.IGNORECASE
)
_ONE, _MANY = ("it", "its"), ("they", "their", "them")
_MANY_OF = re.compile(r"the (?:[\w-]+ )*\w+(?<!s)s of (?P<name>(?:the )?.+)")  # of "the symptoms of flu", flu is "it"
_ACTS = re.compile(  # a name, and what it does to something
    rf"(?i:(?:{ENGLISH_ASKS} )?(?:{_DOES}|has|have|had)) [A-Z][\w'’-]*(?: [A-Z][\w'’-]*)* [a-z]+ "
)
_NAMED_SUBJECT = re.compile(
    rf"\b(?i:{_DOES}|has|have|had|that) (?:[a-z]+ing (?:the )?)?[A-Z]|\b(?i:is|are|was|were) [A-Z][\w ]*ing "
)


def _free_pronouns(plain: str) -> list[re.Match[str]]:
    """Return the pronouns that speak of the turns before: not in quotation marks, nor of what their question names."""
    shown = unquoted(plain)
    found = [one for one in _EN_PRONOUN.finditer(shown) if not _is_of_its_own(shown[: one.start()], one[0].lower())]
    # "Who is its founder, and where did she study?": who she is, the first half says.
    ends = re.compile(rf"[,;?]|\band (?={ENGLISH_ASKS}\b)", re.IGNORECASE)
    end = ends.search(shown, found[0].end()) if found else None
    return [one for one in found if not end or one.start() < end.start()]


def _is_of_its_own(before: str, word: str) -> bool:
    """Whether a possessive speaks of the subject of its own clause: "Does Germany pay its debts?"."""
    if word not in ("its", "his", "her", "their"):
        return False
    if _NAMED_SUBJECT.search(before):
        return True
    subject = _SUBJECT.search(before)
    if not subject or _EN_PRONOUN.fullmatch(subject["noun"]):
        return False
    are_many = bool(re.fullmatch(r"\w+(?<!s)s|people|men|women|children", subject["noun"]))
    return are_many if word == "their" else not are_many and bool(subject["one"])


def _pronouns_en(plain: str, pronouns: Sequence[re.Match[str]], history: Sequence[Turn]) -> str | None:
    """Put what they speak of in the place of pronouns; None when that is unknown, or one thing for two of them."""
    said: dict[str, re.Match[str]] = {}
    for one in pronouns:
        said.setdefault(_SAME.get(one[0].lower(), one[0].lower()), one)  # a later "its" speaks of the same as "it"
    known = [about for one in said.values() if (about := _referent_en(one[0].lower(), history))]
    if len(set(known)) < len(said):
        return None
    for one, about in reversed(list(zip(said.values(), known, strict=True))):
        word = one[0].lower()
        owns = word in ("its", "his", "their") or (word == "her" and not plain.lower().endswith(" her"))
        if word == "there":
            about = f"at {about}" if about.startswith(("the ", "The ")) else f"in {about}"
        plain = plain[: one.start()] + (f"{about}'s" if owns else about) + plain[one.end() :]
    return _sentence(plain)


def _referent_en(word: str, history: Sequence[Turn]) -> str | None:
    for turn in reversed(history):
        if word in _MANY and re.match(r"(?:who|which|what) (?:\w+ )??(?:won|beat|leads?|led)\b", turn.question, re.I):
            return _name_alone(turn.answer)  # the winners, and not what they won
        acts = _ACTS.match(turn.question) if word in _ONE else None
        if acts and re.search("[A-Z]", turn.question[acts.end() :]):  # "Did Acme buy Beta?": either
            return None
        if found := _spoken_of_en(word, turn):
            return found
    return None


def _spoken_of_en(word: str, turn: Turn) -> str | None:
    """Return what a pronoun speaks of, if it speaks of what an earlier question or its answer names."""
    about = _about_en(turn.question)
    if word in _PERSONAL:
        return _person_of(turn) or _name_in(turn.question)
    if word.startswith("the "):
        made = re.search(r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)+", turn.answer)
        return made[0] if made else about
    if word == "it" and re.match(r"what did .+ decide", turn.question, re.IGNORECASE):
        decided = re.search(r"\b(?:approved|rejected|chose|adopted) (the [\w ]+)", turn.answer)
        return decided[1] if decided else about
    many = _MANY_OF.fullmatch(about) if about and word in _ONE else None
    return many["name"] if many else about


def _name_alone(answer: str) -> str | None:
    """Return the name that is all of an answer: "France."."""
    bare = answer.strip(" .")
    return bare if re.fullmatch(r"(?:the )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,3}", bare) else None


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip("?. ") + "?"


def _asked_anew_en(asks: str, last: Turn) -> str | None:
    """Ask anew of what the last question asked: "Who founded X?" and "When?" give "When was X founded?"."""
    question = last.question.strip().rstrip("?. ")
    aux = re.match(rf"(?:{ENGLISH_ASKS} )?(?P<rest>{_BE} .+)$", question, re.IGNORECASE)
    if aux and not re.match(r"what (?:did|does|do)\b", question, re.IGNORECASE):
        return _sentence(f"{asks} {aux['rest'][0].lower()}{aux['rest'][1:]}")
    did = re.match(
        r"who (?P<verb>\w+ed|wrote|built|made|won|led|found|sold|drew) (?P<what>.+)$", question, re.IGNORECASE
    )
    if did:
        verb = did["verb"].lower()
        return _sentence(f"{asks} was {did['what']} {_PAST.get(verb, verb)}")
    return f"{question}, and {asks}?"


_OF_IT = re.compile(
    rf"^(?:{ENGLISH_ASKS}) (?:{_BE} )?the (?P<part>roof|price|cost|cause|reason|name|owner|author|director"
    rf"|founder|height|length|population|building|entrance|ticket)\b",
    re.IGNORECASE,
)


_PART_ASKED = r"(?i:what|who) (?:is|are|was|were) the [a-z-]+(?: [a-z-]+)?(?<! of)"


def _bare_part_en(plain: str, history: Sequence[Turn]) -> tuple[bool, str | None]:
    """Complete a question that names only a part of what was spoken of: "Why was the roof replaced?"."""
    another = re.fullmatch(_PART_ASKED, plain)
    of_what = re.fullmatch(rf"{_PART_ASKED} of (?P<name>(?:the )?[A-Z].*?)", history[-1].question.rstrip("? "))
    if another and of_what:  # "Who is the prime minister?" after "Who is the president of France?"
        return True, _sentence(f"{plain} of {of_what['name']}")
    match = _OF_IT.match(plain)
    if not match or re.match(r" of ", plain[match.end() :]) or re.search(r"(?<!^)\b[A-Z]", plain[1:]):
        return False, None
    about = _about_en(history[-1].question)
    if not about:
        return True, None
    return True, _sentence(f"{plain[: match.end()]} of {about}{plain[match.end() :]}")
