"""Names across scripts: a Chinese name spelt in pinyin is the same name, in either order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from assistant.figures import GLUED, WORD_OF_A_FIGURE
from index.chinese import simplified
from index.words import letters, unaccented

_UPPER, _LOWER = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ɏ"  # of Latin letters, with their accents: Pogačar
_LETTER = _UPPER + _LOWER
_CAPITALISED = re.compile(r"[A-Z][a-zü'’]+(?:[ \-][A-Z][a-zü'’]+){1,2}")
# The commonest family names, most of the people in China: one of the outer words must be among them ("China Mobile").
_FAMILY = frozenset(
    "bai cai cao chang chen cheng cui dai deng ding dong du duan fan fang feng fu gao geng gong gu guo han hao he hong "
    "hou hu huang jia jiang jin kang kong lai lei li liang liao lin liu long lu luo lv ma mao meng mo ouyang pan pang "
    "peng qian qiao qin qiu ren shao shen shi song su sun tan tang tao teng tian tong wan wang wei wen wu xia xiao xie "
    "xiong xu xue yan yang yao ye yi yin yu yuan zeng zhang zhao zheng zhong zhou zhu zou".split()
)
_NOT_PINYIN = {"Hong Kong"}  # spelt by another language's sounds


def pinyin_names(text: str) -> list[str]:
    """Return the names in a text that are two or three capitalised words of pinyin, such as "Zhang Jianfeng"."""
    return [name for name in _CAPITALISED.findall(text) if name not in _NOT_PINYIN and _may_be_chinese(name)]


def _may_be_chinese(name: str) -> bool:
    words = re.split(r"[ \-]", name.lower())
    return bool({words[0], words[-1]} & _FAMILY) and all(map(pinyin_syllables, words))


def pinyin_syllables(word: str) -> list[str]:
    """Return the syllables of a word of pinyin, in lower case and without tones; none where it is no such word."""
    plain = re.sub("['’]", "", word.lower()).replace("ü", "v")
    return re.findall(_syllable(), plain) if re.fullmatch(f"(?:{_syllable()})+", plain) else []


# A name in Latin letters: a word with a digit or an inner capital (GPT-3, WuDao), or a capitalised one that begins no
# sentence.
_LATIN = re.compile(
    rf"(?<![{_LETTER}])[{_LETTER}]+[\-‑–]?\d[{_LETTER}0-9\-]*|(?<![{_LETTER}])[{_LETTER}]+[{_UPPER}][{_LETTER}]*"
    r"|\b[A-Z][a-z]-[A-Z][a-z]\b"  # Wi-Fi
    rf"|(?<![.!?:\"“] )(?<!^)(?<![{_LETTER}0-9])[{_UPPER}][{_LETTER}]+"
)
_HAN = "\u3400-\u9fff"
# The characters in which Chinese spells foreign names; a preposition that is one too (于) would only lengthen a name.
SPELLING = (
    "埃翰茨娅鲍培黛缪姬妲喀涅捷撒赞汀昂"
    "阿艾爱安奥巴白班邦保贝本比彼宾波伯勃布查达戴丹当道德邓狄迪蒂丁东杜顿多厄恩尔法凡范菲费芬弗佛夫福盖冈戈格葛贡古瓜圭果哈海汉豪赫黑亨洪胡华怀惠霍基"
    "吉加贾简杰金卡凯坎康考柯科克肯孔库奎昆拉莱兰朗劳勒雷蕾黎里理利莉丽廉莲列林琳留卢鲁路露伦罗洛马玛迈麦曼芒梅门蒙米密妙明摩莫默姆穆纳娜乃奈南内尼妮宁"
    "纽努诺欧帕潘庞佩彭皮平珀普契奇齐乔切钦琼丘曲冉让热仁日荣茹儒瑞若萨塞赛桑瑟森沙莎山珊尚绍舍申圣施什史士舒斯丝思松苏孙索所塔泰坦汤唐陶特滕提廷托图"
    "玻哥聂委陀瓦万旺威韦维魏温文翁沃乌吴伍武西希锡霞夏香肖谢辛欣兴休修许雪逊雅亚延扬耶叶伊依易英永尤宇约泽曾扎詹张章哲珍芝治朱卓兹子宗祖佐"
)
# Some do so only where they begin no common word: 里根 and 根据.
_SPELLS = rf"(?:[{SPELLING}]|大卫|博(?![物士会客览弈])|根(?![据本源])|登(?![记录陆])|采(?![取用访购])|隆(?!重))+"
_DOT = " ?[·•・‧] ?"  # some texts set a space beside it
_SPELT = re.compile(rf"(?<![{SPELLING}]){_SPELLS}(?:{_DOT}{_SPELLS})+")  # 马里奥·爱迪生
_RUN = re.compile(rf"{_SPELLS}(?:{_DOT}{_SPELLS})*")


def latin_names(text: str) -> list[str]:
    """Return the names in Latin letters of a text."""
    glued = [word for word in GLUED.findall(text) if _LATIN.fullmatch(word)]
    return glued + _LATIN.findall(WORD_OF_A_FIGURE.sub(lambda month: month[0].lower(), GLUED.sub(" ", text)))


_JOINED = "(?: (?:of|and|the|for|on|in|to)){0,3}"
_GLOSSED = re.compile(rf"(?<![\w’'-])(?P<long>(?:[A-Z][\w’'-]*{_JOINED} ){{1,12}})\((?P<initials>[A-Z]{{2,8}})\)")


def without_own_initials(text: str) -> str:
    """Return a text without the initials of a name that it writes in full: "World Health Organization (WHO)"."""
    return _GLOSSED.sub(
        lambda match: match["long"] if _initials(match["long"]).endswith(match["initials"]) else match[0], text
    )


_LONG_NAME = re.compile(rf"(?<![\w’'-])(?!The )[A-Z][\w’'-]*(?:{_JOINED} [A-Z][\w’'-]*){{2,11}}")
_FEWEST_INITIALS = 3  # two letters are the initials of too many


def without_long_names(text: str, told: "Sequence[Told]") -> str:
    """Return a text without the names in full of which a source has the initials: "International Monetary Fund" of
    "IMF"."""
    return _LONG_NAME.sub(
        lambda match: " " if any(re.search(rf"\b{_initials(match[0])}\b", one.text) for one in told) else match[0], text
    )


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isupper())


_OTHER_WAYS: dict[str, tuple[str, ...]] = {
    "q1": ("firstquarter", "1stquarter", "一季度", "第一季"),
    "q2": ("secondquarter", "2ndquarter", "二季度", "第二季"),
    "q3": ("thirdquarter", "3rdquarter", "三季度", "第三季"),
    "q4": ("fourthquarter", "4thquarter", "四季度", "第四季"),
    "uk": ("unitedkingdom", "britain", "british"),
    "us": ("unitedstates", "america", "american", "americans"),
    "usa": ("unitedstates", "america", "american", "americans"),
    "un": ("unitednations",),
    "eu": ("europeanunion",),
    "fed": ("federalreserve",),
    "calif": ("california",),
}
# A land and its people or tongue: a Swedish chemist comes from Sweden.
_LANDS = (
    "america american americans|argentina argentine argentinian|australia australian|austria austrian|"
    "belgium belgian|brazil brazilian|britain british|bulgaria bulgarian|canada canadian|chile chilean|"
    "china chinese|colombia colombian|croatia croatian|cuba cuban|denmark danish danes|egypt egyptian|"
    "england english|estonia estonian|ethiopia ethiopian|europe european|finland finnish finns|france french|"
    "germany german|greece greek|hungary hungarian|iceland icelandic|india indian|indonesia indonesian|"
    "iran iranian|iraq iraqi|ireland irish|israel israeli|italy italian|japan japanese|kenya kenyan|korea korean|"
    "malaysia malaysian|mexico mexican|mongolia mongolian|morocco moroccan|netherlands dutch|nigeria nigerian|"
    "norway norwegian|pakistan pakistani|peru peruvian|philippines philippine filipino|poland polish|"
    "portugal portuguese|romania romanian|russia russian|scotland scottish scots|serbia serbian|"
    "singapore singaporean|spain spanish|sweden swedish|switzerland swiss|taiwan taiwanese|thailand thai|"
    "turkey turkish|ukraine ukrainian|vietnam vietnamese|wales welsh"
)
_OTHER_WAYS |= {one: tuple(land.split()) for land in _LANDS.split("|") for one in land.split()}
ALSO_CHINA = ("我国", "国内", "全国")
_OTHER_WAYS["china"] += ("中国", *ALSO_CHINA)


@dataclass(frozen=True)
class Told:
    """A text in which names are looked for, and its letters alone (`index.words.letters`)."""

    text: str
    plain: str

    @classmethod
    def of(cls, text: str) -> "Told":
        return cls(unaccented(simplified(text)), letters(text))

    @cached_property
    def initials(self) -> frozenset[str]:
        """The initials of its names of three words and more, and of what stands within them."""
        found: set[str] = set()
        for name in set(_LONG_NAME.findall(self.text)):
            whole = _initials(name)
            ends = range(_FEWEST_INITIALS, len(whole) + 1)
            found |= {whole[start:end] for end in ends for start in range(end - _FEWEST_INITIALS + 1)}
        return frozenset(found)


def is_short_for(short: str, name: str) -> bool:
    """Return whether a stretch of a text is the initials of another: WHO of "the World Health Organization"."""
    return short.isupper() and short in Told.of(name).initials


_ALSO_WORDS = ("us", "it", "who", "am", "or", "so", "he", "me", "is", "in", "as")  # "told us" does not name the US
_SHORT = 5  # letters of a name that may stand at the end of another word: Oman, Roman
_INITIALS = 3  # of one that may stand at its beginning, too: UK, Ukraine


def stands_in(told: Told, name: str) -> bool:
    """Return whether a name stands in a text, whatever its layout: "ChatGPT" in "Chat GPT".

    "Q3" also as "third quarter", "WHO" as "World Health Organization", and a land by its people: "Sweden" in "a Swedish
    chemist".
    """
    bare = letters(name)
    if name.isupper() and name in told.initials:
        return True
    ways = _OTHER_WAYS.get(bare, ())
    return _stands(told, bare, name.isupper() and bare in _ALSO_WORDS, bool(ways)) or any(
        _stands(told, way, False, True) for way in ways
    )


def _stands(told: Told, bare: str, in_capitals: bool, ends: bool) -> bool:
    """Whether these letters stand in a text: short ones as a word, or its beginning where none `ends` there."""
    if bare not in told.plain:
        return False
    if not bare.isascii() or (len(bare) > _SHORT and not ends):
        return True
    shown = bare.upper() if in_capitals else bare
    spaced = r"\W*".join(shown)
    end = r"(?:['’]?s|(?:wo)?m[ae]n)?(?![a-z])" if ends or len(bare) <= _INITIALS else ""
    return bool(re.search(rf"(?<![A-Za-z]){spaced}{end}", told.text, 0 if in_capitals else re.IGNORECASE))


def spelt_names(text: str) -> list[str]:
    """Return the foreign names of a Chinese text that are written with a dot."""
    return _SPELT.findall(simplified(text))


def spelt_runs(text: str) -> list[str]:
    """Return the runs of a Chinese text that are long enough to spell a foreign name, with or without a dot."""
    return [run for run in _RUN.findall(simplified(text)) if len(run) > 2]


def titles_in(text: str) -> list[str]:
    """Return the titles of works that a Chinese text sets in 《》."""
    return re.findall("《([^《》]+)》", text)


def holds_spelt(text: str, name: str) -> bool:
    """Return whether a text holds a foreign name that is written with a dot.

    Nothing marks where such a name begins and ends, so that one may be longer than the other on its outer sides.
    """
    first, *others, last = re.split(_DOT, simplified(name))
    for one in spelt_names(text):
        its_first, *its_others, its_last = re.split(_DOT, one)
        begins = first.endswith(its_first) or its_first.endswith(first)
        ends = last.startswith(its_last) or its_last.startswith(last)
        if begins and ends and others == its_others:
            return True
    return False


_PERSON = re.compile(
    rf"(?<![{_LETTER}])[{_UPPER}][{_LOWER}'’]+"
    rf"(?:[- ](?:[{_UPPER}][{_LOWER}'’]+|[{_UPPER}]\.|de|van|von|da|der))* [{_UPPER}][{_LOWER}'’]+"
)
# Words that begin a sentence with a capital and no name.
_BEGINS = re.compile(
    r"^(?:(?:In|On|At|By|As|The|A|An|While|When|After|Before|But|And|For|From|With|This|That|Its?|He|She) )+"
)
# The family names of most people; those of two characters first.
SURNAMES = (
    "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|长孙|林郑|叶刘|范徐|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤阮庞温康施文牛樊葛邢安齐易乔伍庄章鲁倪俞季祝左柯管裴宁"
    "翟隋佟岳苗凌霍詹骆耿祁虞褚甄栾冉习晏鲍戚焦牟柴佘邬闵池滕游阎华路蓝麦聂简颜洪焉关尤纪舒屈项卓蒙卞娄刁桑党宫赖涂谌]"
)
# A Chinese name of a person stands after who he is or at the beginning, and before what he does or a mark.
_CHINESE_PERSON = re.compile(
    rf"(?:(?<=[由是为长师者家员授士任导叫、，。：:“（(\s])|^)(?P<name>(?:{SURNAMES})[{_HAN}]{{1,2}}?)"
    "(?=是|毕业|出生|设计|担任|说|表示|认为|介绍|领导|负责|创办|创立|率领|修复|指出|告诉|提出|主持|发明|写|画|在|的|和|与|于|[，。、；！？,.;）)”\\s]|$)"
)


def people(text: str) -> list[str]:
    """Return what may be the names of people in a text."""
    latin = [_BEGINS.sub("", name) for name in _PERSON.findall(text)]
    latin = [name for name in latin if " " in name]
    return [*latin, *(match["name"] for match in _CHINESE_PERSON.finditer(text)), *spelt_names(text)]


def is_name(text: str) -> bool:
    """Return whether a stretch of a text may be a name: it has a capital, or two characters of Chinese."""
    return bool(re.search(f"[A-Z]|[{_HAN}]{{2}}", text))


def same_person(name: str, other: str) -> bool:
    """Return whether two names may be one person's: one holds the other, or spells it; or nothing can tell."""
    if name in other or other in name:
        return True
    is_chinese = [bool(re.search(f"[{_HAN}]", one)) for one in (name, other)]
    if is_chinese[0] == is_chinese[1]:
        return bool(set(name.split()) & set(other.split()))
    latin, chinese = (other, name) if is_chinese[0] else (name, other)
    return spells(chinese, latin) if pinyin_names(latin) else True


def spells(chinese: str, name: str) -> bool:
    """Return whether neighbouring characters of a Chinese text can be read as this name."""
    return next(_spelling(chinese, name), None) is not None


def spelling(chinese: str, name: str) -> list[str]:
    """Return each stretch of a Chinese text that can be read as this name: 悟道 for WuDao."""
    return list(_spelling(chinese, name))


def _spelling(chinese: str, name: str) -> Iterator[str]:
    from pypinyin import Style, pinyin  # late: loads a dictionary

    readings = [
        [*one, *(way.replace("v", "u") for way in one if "v" in way)]  # 吕: Lü, and Lu for short
        for one in pinyin(chinese, style=Style.NORMAL, heteronym=True, errors=_unread)
    ]
    first, *others = re.split(r"[ \-]", re.sub("['’]", "", name.lower()).replace("ü", "v"))
    orders = {first + "".join(others), "".join(others) + first, "".join(others[-1:] + [first] + others[:-1])}
    for at in range(len(readings)):
        for order in orders:
            if end := _read_until(readings, at, order):
                yield chinese[at:end]


def _unread(text: str) -> Any:
    """Return a reading, which is none, for each character of what is not Chinese; pypinyin allows a list."""
    return [""] * len(text)


def _read_until(readings: Sequence[Sequence[str]], at: int, rest: str) -> int:
    """Return where the characters end that are read so from here on; 0 where none are."""
    if not rest:
        return at
    if at == len(readings):
        return 0
    ends = (_read_until(readings, at + 1, rest[len(one) :]) for one in readings[at] if one and rest.startswith(one))
    return next(filter(None, ends), 0)


@cache
def _syllable() -> str:
    from pypinyin import Style, pinyin  # late: loads a dictionary

    # The 3,755 characters of GB 2312's first level are the common ones; their readings are the syllables in use.
    codes = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    common = b"".join(codes).decode("gb2312", errors="ignore")
    found = {one for readings in pinyin(list(common), style=Style.NORMAL) for one in readings if one.isascii()}
    return "|".join(sorted(found, key=len, reverse=True))
