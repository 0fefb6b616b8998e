"""Verify true sentences and altered ones by code alone; print what is caught and what is a false alarm, by kind.

    python bench/altered.py --data FOLDER [-n 100] [--half 1|2] [--show KIND] [--traditional]
        [--judge [--model NAME] [--keep FILE.jsonl]]

FOLDER: XQuAD en and zh, CMRC 2018 and RGB. Four cells: Chinese and English sentences, each beside evidence of its own
language and of the other (XQuAD is parallel). True: a sentence of the evidence, the same with its figures written in
another way, a gold answer, or the sentence's counterpart in the other language. Altered: one figure, date or name
changed, another entity of the evidence put in a name's place or two of them exchanged, a negation put in or taken out,
a word turned into its opposite. What is altered is still a sentence, and false: a name is exchanged for one that
answers the same kind of question and stands by itself, a word only where its opposite fits. Texts are dealt into two
halves by their article; rules are made on the first.
`--traditional`: the evidence is in traditional characters, the sentences in simplified ones.
`--judge`: verify with the chat model, too, as the product does; it judges each sentence and is asked about names.
"""

import argparse
import json
import random
import re
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import opencc
from langchain_core.language_models.chat_models import BaseChatModel

from assistant.evidence import Evidence, Found
from assistant.gate import Decision, decide
from assistant.models import chat_model
from assistant.verify import Verified, Verifier
from bench.squad import CMRC, Paragraph, paragraphs, parallel
from index import Index, SentenceEmbedder, Source
from index.passages import sentences
from index.snapshot import Vectors

Caught = dict[tuple[str, str, int], list[bool]]  # of a kind, a cell and a half
KINDS = ("figure", "date", "name", "entity", "negation", "antonym")
_PER_TEXT = 3  # of one kind, so that no article fills a table

# Opposites for altering; written for this bench, and wider than what the product knows. Each word with where it may be
# exchanged, as a pattern of what stands before it and after it: only where its opposite makes a sentence, too.
_OPPOSITES = [
    tuple(pair.split("/"))
    for pair in (
        "increased/decreased increase/decrease rose/fell rising/falling highest/lowest largest/smallest larger/smaller "
        "northern/southern north/south eastern/western east/west win/lose oldest/youngest older/newer "
        "successful/unsuccessful accepted/rejected approved/rejected inside/outside narrow/wide "
        "positive/negative male/female always/never gained/lost strong/weak rich/poor minor/major "
        "success/failure winner/loser "
        "增加/减少 上升/下降 提高/降低 最大/最小 最高/最低 最早/最晚 最多/最少 之前/之后 北部/南部 东部/西部 "
        "胜利/失败 赢得/输掉 允许/禁止 同意/拒绝 公立/私立 内部/外部 男性/女性 高于/低于 大于/小于 多于/少于 "
        "优势/劣势 较大/较小 较高/较低 上游/下游 有利/不利 盛行/罕见 快速/缓慢 强大/弱小 富裕/贫穷 强烈/微弱 扩大/缩小 "
        "上方/下方"
    ).split()
]
_OPPOSITES_WHERE = [
    ("", "higher", "lower", r"(?= than\b)"),
    ("", "more", "fewer", r"(?= than \d)"),
    (r"(?<!named )(?<!look )(?<![Ss]oon )", "after", "before", r"(?! all\b)(?! which\b)"),
    (r"(?:(?<=\bthe )|(?<=\bits )|(?<=\bhis )|(?<=\bher ))", "first", "last", r"(?! name)(?= [a-z])"),
    ("", "won", "lost", r"(?= (?:the|a|their|his|its)\b)"),
    ("", "opened", "closed", r"(?! up\b)"),
    (r"(?:(?<=\bthe )|(?<=\bin )|(?<=\bof ))", "early", "late", r"(?= \d|(?: [\w-]+)? century)"),
    ("", "best", "worst", r"(?!-| known)"),
    ("", "public", "private", r"(?= [a-z])(?! (?:and|or|to|in|by|at)\b)"),
    ("", "supported", "opposed", r"(?! to\b)"),
    ("", "better", "worse", r"(?!-| known)"),
    ("", "allowed", "forbidden", r"(?= to\b)"),
    (r"(?<=\bthe )", "most", "least", r"(?= \w+(?:ive|ous|ant|ent|al|ful|ic|ed|ular|on|ly)\b)"),
    (r"(?<=\bthe )", "upper", "lower", r"(?= [A-Z])"),
    ("", "most", "least", r"(?= (?:commonly|likely|widely|frequently|often)\b)"),
    ("(?<=[年月日])", "以前", "以后", ""),
    ("", "主要", "次要", "(?=的)"),
    ("(?<!由)", "获得", "失去", "(?=了|[^，。、；]*(?:冠军|专利|奖|资格|自由|权))"),
    ("", "开始", "结束", "(?=了|运营|营业|播出|服役)"),
    ("(?<![不的了])", "成功", "失败", "(?=了?[，。]|的)"),
    ("", "支持", "反对", "(?![率者性])"),
    ("", "接受", "拒绝", "(?=了)"),
    ("", "开放", "关闭", "(?=[。，）])"),
    ("", "增长", "下降", "(?![率点])"),
]
_MONTHS = "January February March April May June July August September October November December".split()
_AUXILIARY = (
    r"\b(is|are|was|were|can|could|will|would|should|did|does|(?:has|had|have)(?= (?:been|\w+ed)\b))"
    r"(?= [a-z])(?! (?:not|no|never|neither|nor|none|nothing|only|that|to)\b)"
)
_BEFORE_NOT = "is|are|was|were|has|had|have|can|could|will|would|should|do|did|does|may|might|must"
# Where "not" may stand before a Chinese verb, and in what form; elsewhere these are a noun, or a part of another word
# (奥运会, 于是, 特别是, 有限公司).
_NEGATED_WHERE = [
    ("(?<![于但还只凡总可正却尤别就而要若倒算既或便仍的不没未乃特论])(是)(?![否的因])", "不"),
    ("(?<![不没未的所还拥只具含仅均享占国公私持共特稀原])(有)(?=[一两三四五六七八九十\\d许很大自])", "没"),
    ("(?<=[将就都也才])(会)(?=[\u4e00-\u9fff])", "不"),
    ("(?<![不没未的有])(可以|能够)(?=[\u4e00-\u9fff])", "不"),
    ("(?<![不没未的被有])(属于|位于|包括|需要|认为)(?![了的])", "不"),
    (
        "(?<![不没未的被自有式始])(成为|获得|赢得|采用|发现|参加|击败|加入|建立)(?![了的者])(?=[ \u4e00-\u9fff\\d“《])",
        "没有",
    ),
]


@dataclass(frozen=True)
class Item:
    """A sentence beside its evidence: true, or altered in one way."""

    kind: str  # "true …", or one of KINDS
    cell: str  # language of the sentence, and of the evidence
    half: int
    question: str
    text: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A true sentence with the gold answer that it holds, and the other names that its documents answer with."""

    cell: str
    half: int
    question: str
    text: str
    answer: str
    others: tuple["Named", ...]
    documents: tuple[str, ...]
    sort: str = ""  # what the answer names, as far as its question tells; see `_sort`


@dataclass(frozen=True, order=True)
class Named:
    """A gold answer that is a name, and what it names."""

    text: str
    sort: str


def _half(text: str) -> int:
    return 1 + zlib.crc32(text.encode()) % 2


def _spans(text: str) -> list[str]:
    return [text[one.start : one.end] for one in sentences(text)]


def xquad(folder: Path) -> Iterator[Fact]:
    """Yield facts of all four cells; across, only of paragraphs whose sentences stand one to one."""
    for title, pairs in parallel(folder):
        half = _half(title)
        # What an answer names is told by the English question and text, for both languages.
        sorts = [
            [_sort(qa["question"], qa["answers"][0]["text"].strip(), pair[0]["context"]) for qa in pair[0]["qas"]]
            for pair in pairs
        ]
        for number, pair in enumerate(pairs):
            beside = pairs[number - 1]
            texts = [_spans(one["context"]) for one in pair]
            for side, code in enumerate(("en", "zh")):
                names = _names(pair[side], sorts[number]) + _names(beside[side], sorts[number - 1])
                for asked, sort in zip(pair[side]["qas"], sorts[number], strict=True):
                    answer, start = asked["answers"][0]["text"].strip(), asked["answers"][0]["answer_start"]
                    at = _sentence_at(pair[side]["context"], start)
                    for other, its in enumerate(("en", "zh")):
                        if other != side and len(texts[0]) != len(texts[1]):
                            continue
                        if at >= len(texts[side]) or answer not in texts[side][at] or texts[side][at][0] in ":;":
                            continue
                        yield Fact(
                            f"{code}/{its}",
                            half,
                            asked["question"],
                            texts[side][at],
                            answer,
                            tuple(one for one in names if one.text != answer),
                            (pair[other]["context"], beside[other]["context"]),
                            sort,
                        )


def _sentence_at(context: str, start: int) -> int:
    return next((i for i, one in enumerate(sentences(context)) if one.start <= start < one.end), 10**6)


def cmrc(folder: Path) -> Iterator[Fact]:
    for paragraph in paragraphs(folder / CMRC):
        context, asked = paragraph["context"], paragraph["qas"]
        sorts = [_sort(qa["question"], qa["answers"][0]["text"].strip(), context) for qa in asked]
        names = _names(paragraph, sorts)
        for qa, sort in zip(asked, sorts, strict=True):
            answer: str = qa["answers"][0]["text"].strip()
            for sentence in [one for one in _spans(context) if answer in one][:1]:
                others = tuple(one for one in names if one.text != answer)
                yield Fact("zh/zh", _half(context), qa["question"], sentence, answer, others, (context,), sort)


def rgb(folder: Path) -> Iterator[Fact]:
    for line in (folder / "rgb_zh.dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        answer = row["answer"][0] if isinstance(row["answer"][0], str) else row["answer"][0][0]
        for document in row["positive"][:1]:
            for sentence in [one for one in _spans(document) if answer in one and "..." not in one][:1]:
                documents, sort = (document, row["negative"][0]), _sort(row["query"], answer, document)
                yield Fact("zh/zh", _half(row["query"]), row["query"], sentence, answer, (), documents, sort)


_PLACES = "city|country|state|county|river|continent|province|nation"
_PLACES_IN_CHINESE = {"国": "country", "城市": "city", "省": "province"}
_LONGEST_PLACE = 4  # characters
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏"
    "苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵"
    "万钱严阮"
)
# Who is asked for, and is nobody: teams, bodies, works, countries.
_NOBODY = (
    "The|An|Rev|Major|President|King|Lord|Patriots|Broncos|Panthers|Parliament|Heritage|Guards|Council|Court|Students|"
    "Iran|Warsaw|Qwest"
)


def _sort(question: str, answer: str, context: str) -> str:
    """Return what the answer of a question names: a person, a group, a place of one kind, or nothing that is told."""
    if re.search("[\u4e00-\u9fff]", question):
        if re.search("谁|哪[一]?[位名]|何人", question):
            return "person" if re.fullmatch(rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}", answer) else ""
        asked = re.search("哪[一个座]*(国家?|城市|省)", question)
        return _PLACES_IN_CHINESE[asked[1].removesuffix("家")] if asked and len(answer) <= _LONGEST_PLACE else ""
    if re.search(r"\b(?:who|whom)\b", question, re.IGNORECASE):
        if re.search(rf"\b[Tt]he {re.escape(answer)}\b", context):
            return "group" if re.fullmatch("[A-Z][a-z]+s", answer) else ""
        name = re.fullmatch(r"[A-Z][a-z’-]+(?: (?:[A-Z]\.|[A-Z][a-zA-Z’-]+)){0,2}(?<!\.)", answer)
        return "person" if name and not re.search(rf"\b(?:{_NOBODY})\b", answer) else ""
    asked = re.search(rf"\b(?:what|which) (?:\w+ )?({_PLACES})\b", question, re.IGNORECASE)
    return asked[1].lower() if asked and re.fullmatch("[A-Z][a-z]+(?: [A-Z][a-z]+)?", answer) else ""


def _names(paragraph: Paragraph, sorts: Sequence[str]) -> tuple[Named, ...]:
    """Return the gold answers of a paragraph that are names, each once."""
    named = (Named(qa["answers"][0]["text"].strip(), sort) for qa, sort in zip(paragraph["qas"], sorts, strict=True))
    return tuple(dict.fromkeys(one for one in named if _is_a(one.sort, one.text)))


def _is_a(sort: str, name: str) -> bool:
    """Whether an answer is a name of what it is asked for, as its own language writes one."""
    is_chinese = re.search("[\u4e00-\u9fff]", name)
    return bool(sort) and _is_name(name) and not (is_chinese and sort == "person" and re.search(_NO_PERSON, name))


_NO_PERSON = "[队族军党局会国部院厅所府校室人兵们派团社方产士主]$|公司|[《“]"


# What is true, in other words


def rewritten(text: str, random_: random.Random) -> str | None:
    """Return a sentence with a date or figure written in another way that means the same; None when it has none."""
    english: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})", lambda m: f"{m[2]} {m[1]} {m[3]}"),
        (r"\b(\d+(?:\.\d+)?) ?%", lambda m: f"{m[1]} percent"),
        (r"\b(\d+(?:\.\d+)?) percent", lambda m: f"{m[1]}%"),
        (r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,])", lambda m: m[1] + m[2]),
        (r"(?<= )(two|three|four|five|six|seven|eight|nine|ten)(?= [a-z]+s\b)", lambda m: str(_WORDS.index(m[1]))),
        (r"(\d+(?:\.\d+)?) million", lambda m: f"{float(m[1]) * 1e6:,.0f}"),
    ]
    chinese: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}"),
        (r"(\d{4}) ?年 ?(\d{1,2}) ?月(?! ?\d)", lambda m: f"{m[1]}年{_chinese(int(m[2]))}月"),
        (r"(?<![\d.至到~–-])(\d+(?:\.\d+)?) ?%(?![至到~–-])", lambda m: f"百分之{m[1]}"),
        (r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,])", lambda m: m[1] + m[2]),
        (r"(?<![\d,.])(\d{1,2}),?000(?=人|名|米|元|个|公里)", lambda m: _thousands(int(m[1]))),
        (r"(?<![\d.,年月第–-])([2-9]|[1-9]\d)(?= ?[个名人次年种家座])", lambda m: _counted(int(m[1]))),
    ]
    changes = chinese if re.search("[\u4e00-\u9fff]", text) else english
    random_.shuffle(changes)
    for pattern, change in changes:
        changed = re.sub(pattern, change, text, count=1)
        if changed != text:
            return changed
    return None


# The same in other words; as with the opposites, not what the product knows.
_SAME = [
    tuple(pair.split("/"))
    for pair in (
        "approximately/about large/big founded/established because/since also/additionally began/started "
        "many/numerous however/but located/situated created/made called/named often/frequently several/some "
        "important/significant main/principal received/got became/turned_into while/whereas such_as/like "
        "most_of/the_majority_of according_to/in_the_view_of during/in_the_course_of although/though "
        "due_to/because_of used/employed shows/demonstrates "
        "成立/创立 大约/约 因为/由于 但是/不过 位于/坐落于 许多/很多 重要/关键 称为/叫做 获得/得到 "
        "使用/采用 经常/常常 并且/而且 建立/设立 认为/觉得 包括/包含 成为/变成 例如/比如 因此/所以 "
        "以及/和 可以/能够 通过/经由 "
        "出版/发行 之后/以后 进行/开展 担任/出任 举行/举办 目前/现在 部分/一部分"
    ).split()
]


_SAME_BEFORE = {"while": r"(?! (?:also|additionally|\w+ing)\b)", "because": r"(?! of\b)"}  # what may not follow
_SAME_WHERE = {
    "部分": "(?<![大小一各])",
    "称为": "(?<!简)",
}  # what may not stand before a word that is a part of another


def reworded(text: str) -> str | None:
    """Return a sentence with up to three words put in other words of the same meaning; None when there are none."""
    changed = text
    for word, other in _SAME:
        pattern = re.escape(word) if word[0] >= "\u4e00" else rf"\b{word}\b".replace("_", " ")
        pattern = _SAME_WHERE.get(word, "") + pattern + _SAME_BEFORE.get(word, "")
        changed = re.sub(pattern, other.replace("_", " "), changed, count=1)
    return changed if changed != text else None


_WORDS = "zero one two three four five six seven eight nine ten".split()


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if tens == 0:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def _thousands(number: int) -> str:
    """Return so many thousands, 1 to 99, in Chinese characters."""
    wan, thousands = divmod(number, 10)
    return (f"{_counted(wan) if wan == 2 else _chinese(wan)}万" if wan else "") + (
        f"{_counted(thousands)}千" if thousands else ""
    )


def _counted(number: int) -> str:
    """Return a number as it stands before what is counted."""
    return "两" if number == 2 else _chinese(number)


# What is altered

_FIGURE = re.compile(r"(?<![\w.,\-–])\d+(?:,\d{3})*(?:\.\d+)?(?![\d\-–A-Za-z]| ?(?:世纪|[年月日])| [A-Z])")
_COUNTED_WORDS = (
    r"(?<![\w-])(?:two|three|four|five|six|seven|eight|nine|ten)(?= [a-z])(?! (?:and|of|or|hundred|thousand)\b)"
)
_COUNTED_CHARACTERS = (
    "(?<![第十百千万一二三四五六七八九两几数零])[两三四五六七八九](?=[个名次年种家座位])(?!年级|年代|个月)"
)
_LONG = (1, 3, 5, 7, 8, 10, 12)  # months that have whatever day stands beside them
_LATEST = 2024  # year
_YEAR = re.compile(r"(?<![\d.,])(?:1\d{3}|20[012]\d)(?![\d.,]*\d)(?! [a-z]{3,}s\b)(?! ?[名个人])")


def altered(kind: str, fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    """Return the sentence altered in one way, or None when it has nothing of that kind."""
    changed = {
        "figure": _other_figure,
        "date": _other_date,
        "name": _other_name,
        "entity": _other_entity,
        "negation": _negated,
        "antonym": _opposite,
    }[kind](fact, elsewhere, random_)
    return changed if changed and changed != fact.text else None


def _other_figure(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    years = {match.span() for match in _YEAR.finditer(fact.text)}
    found = [one for one in _FIGURE.finditer(fact.text) if one.span() not in years]
    words = [*re.finditer(_COUNTED_WORDS, fact.text), *re.finditer(_COUNTED_CHARACTERS, fact.text)]
    if not found and not words:
        return None
    one = random_.choice(found or words)
    return fact.text[: one.start()] + _changed(one[0], fact, random_) + fact.text[one.end() :]


def _changed(written: str, fact: Fact, random_: random.Random) -> str:
    if written in _WORDS:
        return random_.choice([word for word in _WORDS[2:] if word != written])
    if not written[0].isdigit():
        return random_.choice([one for one in "两三四五六七八九" if one != written])
    shape = re.sub("[1-9]", "0", written)
    there: list[str] = [
        one
        for one in _FIGURE.findall(" ".join(fact.documents))
        if one != written and re.sub("[1-9]", "0", one) == shape and (one[0] == "0") == (written[0] == "0")
    ]
    if there and random_.random() < 0.3:
        return random_.choice(there)  # a figure of the evidence, of something else
    at = random_.choice([i for i, character in enumerate(written) if character.isdigit()][:2])
    digit = random_.choice([one for one in "123456789" if one != written[at]])
    return written[:at] + digit + written[at + 1 :]


def _other_date(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    years = list(_YEAR.finditer(fact.text))
    found = [
        *years,
        *re.finditer(rf"(?:(?<=[IiOo]n )|(?<=[Oo]f )|(?<=\d ))(?:{'|'.join(_MONTHS)})\b(?! Day)", fact.text),
    ]
    found += list(re.finditer(r"(?<![\d.,])(?:[1-9]|[12]\d|3[01])(?= ?(?:月(?![亮球])|日(?![本元])))", fact.text))
    if not found:
        return None
    one = random_.choice(found)
    if one[0] in _MONTHS:
        new = random_.choice([month for month in _LONG if _MONTHS[month - 1] != one[0]])
        return fact.text[: one.start()] + _MONTHS[new - 1] + fact.text[one.end() :]
    if len(one[0]) < 3:
        new = random_.choice([number for number in _LONG if str(number) != one[0]])
        return fact.text[: one.start()] + str(new) + fact.text[one.end() :]
    steps = (-30, -10, 10) if re.match("s|年代", fact.text[one.end() :]) else (-30, -10, -3, -2, -1, 1, 2, 3, 10)
    others = [int(other[0]) for other in years if other[0] != one[0]]
    was = int(one[0])
    fitting = [
        was + step
        for step in steps
        if was + step <= _LATEST
        and all((was < other) == (was + step < other) and was + step != other for other in others)
    ]
    return fact.text[: one.start()] + str(random_.choice(fitting)) + fact.text[one.end() :] if fitting else None


def _is_name(text: str) -> bool:
    if re.search(r"\d", text):
        return False
    if re.search("[\u4e00-\u9fff]", text):
        return 2 <= len(text) <= 8 and not re.search("[的了是在和不有，。]", text)
    return len(text.split()) <= 4 and all(
        word[0].isupper() for word in text.split() if word not in ("of", "the", "and")
    )


def _at(name: str, text: str) -> list[re.Match[str]]:
    """Return where a name stands by itself: not within a longer name, a compound or a list of names.

    None where it, or a part of it, is left somewhere else in the text, which then would speak of two.
    """
    if re.search("[\u4e00-\u9fff]", name):
        pattern = rf"(?<![·•\-A-Za-z]){re.escape(name)}(?! ?[{_NAME_GOES_ON}·•\-A-Za-z(（])"
        parts = [one for one in re.split("[·•]", name) if len(one) > 1]
    else:
        pattern = rf"(?<![\w-])(?<![Tt]he ){re.escape(name)}(?![\w-])(?! [A-Z(])(?!['’]s? [A-Z])"
        if re.search(rf"\b[Tt]he {re.escape(name)}\b", text):
            pattern = pattern.replace("(?<![Tt]he )", "")
        parts = [one for one in re.findall(r"\w+", name) if len(one) > 2]
    found = list(re.finditer(pattern, text))
    left = re.sub(pattern, "", text)
    if any(one in left for one in [name, *parts]):
        return []
    return [] if any(re.search(r"(?<!^)(?<![.!?] )\b[A-Z][\w.]* $", text[: one.start()]) for one in found) else found


_NAME_GOES_ON = "墙长城宇最宪河山市省县州区大学队银行奖定理人族派教堂号室宫塔店军们氏家式型语化帝"


def _exchanged(name: str, other: str, text: str) -> str | None:
    """Return a text with another name in the place of one; None where that makes no sentence, or a true one."""
    found = _at(name, text)
    if not found or bool(re.search(rf"\b[Tt]he {re.escape(name)}\b", text)) != other.endswith("s"):
        found = found if re.search("[\u4e00-\u9fff]", name + other) else []
    changed = text
    for one in reversed(found):
        changed = changed[: one.start()] + other + changed[one.end() :]
    return changed if found else None


def _other_name(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    if not _is_a(fact.sort, fact.answer):
        return None
    there = " ".join(fact.documents) + fact.text
    like = [one.text for one in elsewhere if one.sort == fact.sort and one.text not in there]
    return _exchanged(fact.answer, random_.choice(like), fact.text) if like else None


def _other_entity(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    """Put another entity of the same paragraph in a name's place, or exchange two of one sentence."""
    if not _is_a(fact.sort, fact.answer):
        return None
    others = [one.text for one in fact.others if one.sort == fact.sort and _differ(one.text, fact.answer)]
    beside = [one for one in others if one in fact.text]
    if not beside:
        return _exchanged(fact.answer, random_.choice(others), fact.text) if others else None
    here, there = _at(fact.answer, fact.text), _at(random_.choice(beside), fact.text)
    if len(here) != 1 or len(there) != 1:
        return None
    first, second = sorted((here[0], there[0]), key=lambda one: one.start())
    between = fact.text[first.end() : second.start()]
    if not re.search(r"\b[a-z]{3,}\b.*\b[a-z]{3,}\b|[\u4e00-\u9fff]{4}", re.sub(_JOINS, "", between)):
        return None  # members of one list: exchanged, they say the same
    return fact.text[: first.start()] + second[0] + between + first[0] + fact.text[second.end() :]


_JOINS = r"\b(?:and|or|with|between|from|to|the)\b|[和与及或、,，]|以及"


def _differ(name: str, other: str) -> bool:
    """Whether two names share no word, so that neither is the other in short."""
    parts = [set(re.split(r"[ ·•]", one)) for one in (name, other)]
    return not parts[0] & parts[1] and name not in other and other not in name


def _negated(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    if re.search("[\u4e00-\u9fff]", fact.text):
        for pattern, plain in (("不再(?=是)", "仍"), ("并没有(?=[\u4e00-\u9fff])|并未(?!或)|并不(?=[是能会])", "")):
            taken = re.sub(pattern, plain, fact.text, count=1)
            if taken != fact.text:
                return taken
        found = [(one, word) for pattern, word in _NEGATED_WHERE for one in re.finditer(pattern, fact.text)]
        if not found:
            return None
        one, word = min(found, key=lambda pair: pair[0].start())
        return fact.text[: one.start()] + word + fact.text[one.start() :]
    taken = re.sub(rf"\b({_BEFORE_NOT}) (?:not|never)\b(?! (?:only|just|all|every)\b)", r"\1", fact.text, count=1)
    if taken != fact.text:
        return taken
    return re.sub(_AUXILIARY, r"\1 not", fact.text, count=1)


def _opposite(fact: Fact, elsewhere: Sequence[Named], random_: random.Random) -> str | None:
    found = []
    where = [("", *pair, "") for pair in _OPPOSITES] + _OPPOSITES_WHERE
    for before, *pair, after in where:
        for word, other in (pair, pair[::-1]):
            pattern = re.escape(word) if word[0] >= "\u4e00" else rf"\b{word}\b(?!-)"
            found += [(match, other) for match in re.finditer(before + pattern + after, fact.text)]
    if not found:
        return None
    match, other = random_.choice(found)
    return fact.text[: match.start()] + other + fact.text[match.end() :]


def items(folder: Path, count: int, random_: random.Random) -> list[Item]:
    """Return `count` true items and as many altered ones for each cell."""
    facts = [*xquad(folder), *cmrc(folder), *rgb(folder)]
    random_.shuffle(facts)
    made: list[Item] = []
    for cell in ("en/en", "zh/zh", "zh/en", "en/zh"):
        mine = [one for one in facts if one.cell == cell]
        elsewhere = sorted({Named(one.answer, one.sort) for one in mine if _is_a(one.sort, one.answer)})
        used: Counter[tuple[str, str]] = Counter()
        seen: set[str] = set()
        within = cell[:2] == cell[3:]
        quotas = dict.fromkeys(KINDS, -(-count // len(KINDS)))
        quotas |= {"true, reworded": count // 4 if within else 0, "true, answer": count // 5 if within else 0}
        quotas |= {"true, rewritten": count // 5, "true, sentence": count}
        true = 0
        for kind, quota in quotas.items():
            wanted = min(quota, count - true) if kind.startswith("true") else quota
            taken: list[Item] = []
            for fact in mine:
                key = (kind, fact.documents[0])
                if len(taken) == wanted:
                    break
                # Each by a chance of its own, so that another rule for one sentence leaves the others as they are.
                chance = random.Random(f"{kind} {cell} {fact.question} {fact.text}")
                is_true = kind.startswith("true")
                text = _true(kind, fact, chance) if is_true else altered(kind, fact, elsewhere, chance)
                if text is None or used[key] >= _PER_TEXT or text in seen:
                    continue
                used[key] += 1
                seen.add(text)
                taken.append(Item(kind, cell, fact.half, fact.question, text, fact.documents))
            true += len(taken) if kind.startswith("true") else 0
            made += taken
    return made


def _true(kind: str, fact: Fact, random_: random.Random) -> str | None:
    if kind == "true, rewritten":
        return rewritten(fact.text, random_)
    if kind == "true, reworded":
        return reworded(fact.text)
    return fact.answer if kind == "true, answer" else fact.text


def evidence_of(documents: Sequence[str]) -> tuple[Evidence, ...]:
    """Return whole documents as evidence."""
    found = []
    for number, text in enumerate(documents, start=1):
        name = f"{zlib.crc32(text.encode()):08x}"
        source = Source(name, name, name, None, None, None, "2024-01-01", "en", "text/plain", text)
        found.append(Evidence(number, source, 0, len(text), text, 1.0, None))
    return tuple(found)


class RememberingEmbedder(SentenceEmbedder):
    """Embeds each text once: a document stands beside many sentences here."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= zip(new, super().passages(new), strict=True)
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-n", type=int, default=100, help="true items of each cell, and as many altered ones")
    parser.add_argument("--half", type=int, choices=(1, 2))
    parser.add_argument("--show", default="", help="print the misses of kinds that hold this")
    parser.add_argument("--traditional", action="store_true")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--keep", type=Path, help="append each judged sentence as a line of JSON")
    options = parser.parse_args()
    todo = [one for one in items(options.data, options.n, random.Random(11)) if options.half in (None, one.half)]
    if options.traditional:
        convert = opencc.OpenCC("s2tw").convert
        todo = [replace(one, documents=tuple(map(convert, one.documents))) for one in todo]
    caught: Caught = defaultdict(list)
    marked: Caught = defaultdict(list)
    refused: Caught = defaultdict(list)
    model = chat_model(options.model) if options.judge else None
    with tempfile.TemporaryDirectory() as scratch, Index.open(scratch, RememberingEmbedder()) as index:
        for item in sorted(todo, key=lambda one: one.documents):
            evidence, key = evidence_of(item.documents), (item.kind, item.cell, item.half)
            verifier = Verifier(index, None, item.question, evidence, Decision(True, None))
            reason = verifier.check(item.text).reason
            caught[key].append(bool(reason))
            if model is not None:
                decision, verified = (None, None) if reason else judged(index, model, item, evidence)
                verdict = verified.sentence.verdict if verified else "unsupported"
                marked[key].append(verdict != "supported")
                refused[key].append(verdict == "unsupported")
                if options.keep:
                    line = asdict(item) | {
                        "code": reason,
                        "verdict": verdict,
                        "why": verified.sentence.reason if verified else reason,
                        "before": decision and decision.certainty,
                        "certainty": verified and verified.certainty,
                    }
                    with options.keep.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line, ensure_ascii=False) + "\n")
            if (
                options.show
                and options.show in f"{item.kind} {item.cell}"
                and bool(reason) == (item.kind[:4] == "true")
            ):
                print(f"\n{item.kind} {item.cell}  {item.question}\n  {item.text}\n  {reason}")
                print("  |", " ".join(item.documents)[:1200])
    for name, found in (("code alone", caught), ("refused", refused), ("refused, or shown as not certain", marked)):
        if found:
            print(f"\n{name}")
            table(found)


def judged(index: Index, model: BaseChatModel, item: Item, evidence: Sequence[Evidence]) -> tuple[Decision, Verified]:
    """Decide and verify as the product does, code having found nothing wrong in the sentence."""
    decision = decide(model, item.question, Found(tuple(evidence), 1.0))
    return decision, Verifier(index, model, item.question, evidence, decision).verify(item.text)


def table(caught: Caught) -> None:
    """Print the share that was caught: of the altered the more, of the true the fewer the better."""
    cells = ("en/en", "zh/zh", "zh/en", "en/zh")
    print(
        f"{'sentence/evidence':18}"
        + "".join(f"{cell:>14}" for cell in cells)
        + f"{'all':>14}{'half 1':>14}{'half 2':>14}"
    )
    kinds = [*KINDS, *sorted({kind for kind, _, _ in caught} - set(KINDS))]
    for name, of in [(kind, [kind]) for kind in kinds] + [
        ("ALTERED", list(KINDS)),
        ("TRUE", [kind for kind in kinds if kind not in KINDS]),
    ]:
        row = []
        for cell, half in [(cell, None) for cell in cells] + [(None, None), (None, 1), (None, 2)]:
            found = [
                one
                for (kind, its, part), values in caught.items()
                if kind in of and cell in (None, its) and half in (None, part)
                for one in values
            ]
            row.append(f"{sum(found) / len(found):.1%} of {len(found)}" if found else "-")
        print(f"{name:18}" + "".join(f"{one:>14}" for one in row))


if __name__ == "__main__":
    main()
