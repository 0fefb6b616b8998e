"""Words that turn a statement round: negations, and opposites such as rose and fell, in Chinese and English alike."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from index.chinese import simplified

# Each line is one scale with its two ends; a word belongs to every scale that names it. English words as stems of
# regular expressions, which match whole words.
_SCALES = """
amount: increas\\w* rise rises risen rose rising grow grows grew growing growth soar\\w* climb(?:s|ed|ing)
    jump(?:s|ed|ing) raise\\w* doubl\\w* surg(?:e|es|ed|ing) gain(?:s|ed)(?=\\s\\d) up(?=\\s(?:by\\s)?\\d)
    翻番 翻了一番 翻倍 飙升 回升 增(?=\\d) 升(?=\\d) 增加 上升 上涨 增长 提高 升高 涨 攀升 大增 提升 增多 上调 |
    decreas\\w* fall falls fell fallen falling drop drops dropped dropping declin\\w* shrink\\w* shrank reduc\\w*
    plunge\\w* sink sinks sank lower(?:s|ed|ing) cut cuts halv\\w* slump\\w* tumbl\\w* plummet\\w*
    slid(?=\\s) slides(?=\\s\\d) down(?=\\s(?:by\\s)?\\d)
    减半 暴跌 下挫 走低 回落 降(?=\\d) 减(?=\\d) 减少 下降 下跌 下滑 降低 跌 锐减 大减 缩减 减小 下调
size: larger bigger greater 较大 更大 大于 | smaller lesser 较小 更小 小于
extent: largest biggest greatest 最大 | smallest 最小
height: higher taller upper 较高 更高 高于 | lower shorter 较低 更低 低于
top: highest tallest 最高 | lowest 最低
bound: at\\sleast (?:more|greater)\\sthan(?=\\s\\d) 至少 不少于 不低于 超过(?=\\d) 多达 |
    at\\smost (?:fewer|less)\\sthan(?=\\s\\d) no\\smore\\sthan(?=\\s\\d) 至多 最多(?=\\d) 不到(?=\\d) 不足(?=\\d) 不超过
number: more 更多 较多 多于 | fewer less 更少 较少 少于
most: most 最多 大多数 多数 | least fewest 最少 少数 minority
order: before earlier prior 之前 以前 早于 | after later 之后 以后 晚于
end: first earliest 最早 最初 首次 首个 |
    last(?!\\s(?:year|month|week|night|time|summer|winter|spring|autumn|\\d)) latest final 最晚 最后 末次
age: oldest eldest 最古老 | newest youngest 最新 最年轻
match: win wins won winning victor(?:y|ies|ious) beat beats defeat(?:s|ed) 赢 胜 战胜 击败 夺冠 获胜 胜利 赢得 |
    lose loses lost losing loss defeat 输给 输了 输球 败给 失利 落败 输掉 战败 惨败
gate: open opens opened opening 开放 开门 营业 开启 | clos(?:e|es|ed|ing) shut shuts 关闭 关门 停业 停开 封闭
consent: approv\\w* accept(?:s|ed|ing|ance)? agree(?:s|d)? pass(?:es|ed) 批准 同意 接受 通过 获批 | reject\\w*
    refus\\w* declin(?:e|es|ed) den(?:y|ies|ied) veto\\w* 拒绝 否决 驳回 反对 回绝
leave: allow\\w* permit\\w* legal legali[sz]\\w* 允许 准许 许可 合法 | ban bans banned banning forbid\\w*
    forbade prohibit\\w* illegal outlaw\\w* 禁止 不准 严禁 违法 非法
side: support\\w* favou?r(?:s|ed) endors\\w* 支持 赞成 拥护 | oppos\\w* against 反对 抵制
outcome: succe(?:ss|ed|eds|eded|ssful|ssfully) 成功 | fail fails failed failing failure unsuccessful\\w* 失败 未能 没能
money: (?<!non-)(?<!for-)profit\\w* 盈利 赚钱 获利 利润 | loss losses unprofitable 亏损 亏本 赔钱
quality: better 更好 优于 | worse 更差 更糟 劣于
rank: best 最好 最佳 | worst 最差 最糟
north: north\\w* 北[部方面侧岸端边麓城门区郊] 北半球 城北 向北 朝北 往北 以北 |
    south\\w* 南[部方面侧岸端边麓城门区郊] 南半球 城南 向南 朝南 往南 以南
east: (?:north|south)?east\\w* 东[部方面侧岸端边麓城门区郊] 东半球 城东 向东 朝东 往东 以东 |
    (?:north|south)?west\\w* 西[部方面侧岸端边麓城门区郊] 西半球 城西 向西 朝西 往西 以西
place: inside within internal 内部 里面 | outside external 外部 外面
strength: strong stronger 强(?!调|制|迫|行|化) 较强 更强 | weak weaker 弱 较弱 更弱
start: start starts started begin begins began begun 开始 启动 开工 | end ends ended stop stops stopped
    finish\\w* 结束 停止 终止 完工
life: alive surviv\\w* 生还 幸存 活着 | dead died dies killed 死亡 去世 遇难 身亡 逝世
sex: male men man 男 男性 男子 | female women woman 女 女性 女子
owner: public state-owned 公立 国有 公共 | private privately 私立 私有 私人 私营
speed: fast faster quick\\w* rapid\\w* 快速 迅速 更快 | slow slower slowly 缓慢 更慢
warmth: hot hotter warm warmer 热(?!爱|门|烈|情|带|点|心|线) 更热 | cold colder cool cooler 冷 更冷
length: long longer longest 更长 最长 | short shorter shortest 更短 最短
width: wide wider widest 更宽 | narrow narrower 更窄
wealth: rich richer wealthy 富裕 富有 | poor poorer 贫穷 贫困
value: positive beneficial 有利 正面 积极 | negative harmful 不利 负面 消极
import: major main primary principal chief 主要 首要 | minor secondary 次要
time: always 总是 始终 一直 | never 从不 从未
direction: (?:import|imports|imported)(?!.*\\sfrom\\s) (?<!从..)(?<!从...)(?<!自..)进口 |
    (?:export|exports|exported)(?!.*\\sto\\s) (?<!对..)(?<!向..)(?<!对...)(?<!向...)出口
trade: buy buys bought purchas\\w* 购买 买入 收购 | sell sells sold 出售 卖出 抛售
truth: true confirm\\w* 属实 证实 真实 | false den(?:y|ies|ied) hoax 谣言 不实 虚假 辟谣
guilt: guilty convicted 有罪 | innocent acquitted cleared 无罪
tax: pre-?tax 税前 | after-tax post-tax 税后
meal: 饭前 餐前 before\\smeals | 饭后 餐后 after\\smeals
whole: all(?!\\sover|\\sin) 所有 全体 | some(?!\\s\\d) 部分(?!是) 有些
gain: gain gains gained obtain\\w* 获得 得到 | lost loses lose 失去 丧失
up: above upstream 上方 上游 上面 | below downstream beneath 下方 下游 下面
ease: easy easier 容易 | hard harder difficult 困难 艰难
safety: safe safely 安全 | unsafe dangerous 危险
arrival: arriv\\w* enter\\w* join\\w* 到达 抵达 加入 进入 加盟 赴任 入职 |
    leav(?:e|es|ing) left depart\\w* quit 离开 退出 离职
health: healthy 健康 | ill sick unhealthy 生病 患病
haste: early(?!\\s(?:\\d|[a-z]+day\\b|(?-i:[A-Z]))) 早期 提前 | late(?!\\s(?:\\d|(?-i:[A-Z]))) delayed
    晚期 推迟 延迟 延期
season: summer 夏季 夏天 夏日 | winter 冬季 冬天 冬日
spread: expand\\w* enlarge\\w* extend\\w* 扩大 扩张 扩展 | contract(?:s|ed) narrow(?:s|ed) 缩小 收缩
frequency: common often frequent\\w* widespread 常见 经常 盛行 普遍 | rare rarely seldom infrequent\\w* 罕见 很少 稀少
credit: advantage\\w* 优势 优点 | disadvantage\\w* 劣势 缺点
secrecy: openly publicly 公开 | secret secretly 秘密 保密
"""

_NO = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|nowhere|no longer|hardly|barely|unable"
    r"|fail(?:s|ed|ing)? to|refus(?:e|es|ed|ing|al) to|declin(?:e|es|ed|ing) to)\b"
    r"|n['’]t\b|(?:不|没|未|無|无(?!人机|穷)|(?<![分特区个类级辨识])别(?=[让再去说做])|非(?!常|洲|法|裔|盟|政府|营利)|并非|毫无|拒绝|拒不)",
    re.IGNORECASE,
)
# Chinese words that hold such a character and deny nothing.
_NOT_NO = re.compile(
    "不过|不断|不仅|不但|不只|不光|不管|不论|不同|不久|不得不|不少|不可避免|不足|不已|不惜|不料|不妨|不禁|不愧|差不多|未来|未必|不满|不列颠|不来梅|不丹"
    "|不到(?=\\s?[\\d一二三四五六七八九十百千万半])|不超过|不低于|不高于|不少于|不多于|不止|不良|未遂|未婚|未成年|无罪|无期|无脊椎|无党派|无家可归"
    "|不幸|不时|不凡|不菲|不法|无差别|无人驾驶|无人区|无障碍|无偿|无缝|无比|无形|无名|无机|无奈|无情|无畏|无私|无敌|无花果"
    "|无能(?!力|够|为)|无论|无疑|无数|无限|无线|无闻|无锡|没收|没落|沉没|淹没|埋没|出没|不用说|不如|要不|好不|是不是|有没有|能不能|会不会|对不对|不一|不等|不动产|不锈钢|不朽|非凡|莫非|无非|除非|[东西南北中]非|不是[^，。；]{1,12}就是|非物质|非遗|非典|无糖|无氧"
    r"|\bnot only\b|\bno doubt\b|\bno\.? ?\d|\bno one but\b|\bnot least\b|\bno less\b|\bno fewer\b|\bwhether or not\b",
    re.IGNORECASE,
)
# What denies in other words; it makes up for a "not" of the other language and is none of its own.
_WEAK_NO = re.compile(
    r"\b(?:fail\w*|lack\w*|refus\w*|except|unless|rather than|instead of|few|little|rarely|seldom|hardly|absence|absent"
    r"|un\w{4,}|in(?:ability|adequa\w+|complete|sufficient\w*|accurate|dependen\w+|visible|correct\w*|valid|equalit\w+)"
    r"|im(?:possib\w+|prop\w+|perfect)|ir(?:regular\w*|relevant)|il(?:legal\w*)|dis\w{4,}|non-?\w+|\w+less|prevent\w*|avoid\w*|deni\w+|deny"
    r"|stop\w*|ban\w*|prohibit\w*|forbid\w*|exclud\w*|free of|too \w+ to|miss\w*|other than"
    r"|despite|regardless|however|although|minor\w*|no"
    r"|reject\w*|dismiss\w*|acquit\w*|cleared|discontinu\w*|attempt\w*|turned down|withdr[ae]w\w*|hardly|invalid)\b"
    "|缺乏|缺少|失败|拒绝|除了|除外|除非|很少|难以|避免|防止|免|禁|停止|否认|排除|而非|无法|罕见|独立|反对|莫|勿|否|拒|失",
    re.IGNORECASE,
)


def negations(text: str) -> int:
    """Return how many negations a text has."""
    return len(_NO.findall(_NOT_NO.sub(" ", simplified(text))))


def without_negations(text: str) -> str:
    """Return a text with a space for each of its negations."""
    return _NO.sub(" ", text)


# Between a negation and what it denies: has not [been] named, does not [yet] apply, 没[有]证据.
_HELPS = r"(?:\s+(?:be|been|being|have|had|yet|any|an?|the|so|very|much|to)\b)*\s*[有曾被能会再把对为]*"


def denied(text: str) -> str:
    """Return the word that the first negation of a text stands before, a pair of characters in Chinese; "" for none."""
    plain = _NOT_NO.sub(lambda match: "，" * len(match[0]), simplified(text))
    found = re.search(
        rf"(?:{_NO.pattern})(?:{_HELPS})(?P<word>[\u3400-\u9fff]{{2}}|[^\W\d_\u3400-\u9fff]+)", plain, re.IGNORECASE
    )
    return found["word"] if found else ""


def denials(text: str) -> int:
    """Return how many words of a text may deny something, "fail", "without" and "impossible" among them."""
    plain = simplified(text)
    return negations(plain) + len(_WEAK_NO.findall(plain)) + len(_NOT_NO.findall(plain))


@cache
def _words() -> tuple[re.Pattern[str], Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]]:
    scales: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {}
    every: list[str] = []
    for line in _SCALES.replace("\n    ", " ").strip().splitlines():
        name, _, ends = line.partition(": ")
        one, other = (_either(end.split()) for end in ends.split(" | "))
        scales[name] = (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
        every += [one, other]
    return re.compile("|".join(every), re.IGNORECASE), scales


_HAN = re.compile("[\u4e00-\u9fff]")


def _either(stems: list[str]) -> str:
    latin = [stem for stem in stems if not _HAN.search(stem)]
    chinese = sorted((stem for stem in stems if _HAN.search(stem)), key=len, reverse=True)
    return "|".join([rf"\b(?:{'|'.join(latin)})\b" if latin else "(?!)", *chinese])


_BEFORE, _BEFORE_CHINESE = 18, 4  # characters before a word in which a "not" denies it


def ends(text: str) -> dict[str, set[int]]:
    """Return the scales that a text speaks of, each with the ends that it names: 1, -1 or both.

    A word that is denied names the other end: "did not rise" and "fell" are one.
    """
    text = simplified(text)
    if not _words()[0].search(text):
        return {}
    found: dict[str, set[int]] = {}
    for name, end, _ in named_ends(text):
        found.setdefault(name, set()).add(end)
    return found


def named_ends(text: str) -> Iterator[tuple[str, int, re.Match[str]]]:
    """Yield each scale that a simplified text speaks of with the end that a word names, 1 or -1, and the word."""
    for name, patterns in _words()[1].items():
        for end, pattern in zip((1, -1), patterns, strict=True):
            for match in pattern.finditer(text):
                yield name, -end if _denied(text, match) else end, match


def _denied(text: str, match: re.Match[str]) -> bool:
    reach = _BEFORE_CHINESE if match[0][0] >= "\u3400" else _BEFORE
    before = re.split(r"[,.;:，。；：、]", text[max(0, match.start() - reach) : match.start()])[-1]
    return negations(before) % 2 == 1 or bool(re.search(r"\bfail\w* to $", before))


# What also stands in names: 南加州 lies in the south, whatever a text says of the north.
_OF_PLACES = ("north", "east")


def opposite(text: str, other: str, asked: str = "") -> str | None:
    """Return the scale on which two texts name opposite ends; None when there is none. A point of the compass that the
    question names, too, belongs to what is asked about."""
    there, named_before = ends(other), ends(asked)
    for name, named in ends(text).items():
        if name in _OF_PLACES and named == named_before.get(name):
            continue
        if name in there and len(named) == len(there[name]) == 1 and named != there[name]:
            return name
    return None


# Scales whose ends are two kinds of a thing: what is told of the one answers no question about the other. Of 5,761 gold
# sentences of XQuAD and CMRC none names only the other kind than its question.
_TWO_KINDS = ("sex", "extent", "top", "age", "rank", "direction")


# Of the one sex are these in a kind of sport or of people: "the man accused of it" tells of whom another text calls
# the killer of a woman.
_SORT = re.compile(
    r"\b(?:wo)?men['’]s\b|\b(?:fe)?male\b|(?<!的)[男女][性子]?(?=[\d单双团足篮排网跳举自跑队组])", re.IGNORECASE
)


def of_the_other_kind(asked: str, told: str) -> str:
    """Return the word by which a text tells only of the other kind than is asked about, 男子 for 女子; "" for none."""
    kinds = {name: named for name, named in ends(asked).items() if name in _TWO_KINDS and len(named) == 1}
    if not _SORT.search(simplified(asked)):
        kinds.pop("sex", None)
    there = ends(told) if kinds else {}
    for name, named in kinds.items():
        if name in there and named.isdisjoint(there[name]):
            found = (pattern.search(simplified(told)) for pattern in _words()[1][name])
            return next(match[0] for match in found if match)
    return ""


# Who stands behind such a word has lost, unless "by" stands between.
_BEATS = re.compile(
    r"\b(?:defeat(?:s|ed|ing)?|beat(?:s|en|ing)?|overc[ao]mes?|(?:w[io]n(?:s|ning)?|victory|triumph\w*) over)"
    r"\s+(?:[a-z0-9.]+\s+){0,2}?(?P<latin>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*)"
    "|(?:击败|战胜|力克|大胜|险胜|完胜|横扫|淘汰)了?(?P<han>[\u3400-\u9fff·]{2,12})"
)
_WINS = re.compile(r"\b(?:wins?|won|winners?|champions?)\b|冠军|夺冠|获胜|赢得|夺得|胜出", re.IGNORECASE)
_SHORTEST, _LONGEST = 2, 6  # characters of a Chinese name; nothing marks its end


def tells_a_winner(text: str) -> bool:
    """Whether a text says that somebody has won."""
    return bool(_WINS.search(simplified(text)))


def beaten(text: str) -> list[str]:
    """Return how those may be called of whom a text says that another beat them: the words of names in Latin letters;
    what may be the beginnings of Chinese ones, the longest first."""
    found: list[str] = []
    for match in _BEATS.finditer(simplified(text)):
        han = match["han"]
        names = [han[:n] for n in range(min(_LONGEST, len(han)), _SHORTEST - 1, -1)] if han else match["latin"].split()
        found += names
    return found
