"""Names across scripts: a Chinese name spelt in pinyin is the same name, in either order."""

import re
from collections.abc import Sequence
from functools import cache

_CAPITALISED = re.compile(r"[A-Z][a-z]+(?:[ \-][A-Z][a-z]+){1,2}")
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
    return bool({words[0], words[-1]} & _FAMILY) and all(_syllables().fullmatch(word) for word in words)


def spells(chinese: str, name: str) -> bool:
    """Return whether neighbouring characters of a Chinese text can be read as this name."""
    from pypinyin import Style, pinyin  # late: loads a dictionary

    readings = pinyin(chinese, style=Style.NORMAL, heteronym=True)
    first, *others = re.split(r"[ \-]", name.lower())
    orders = {first + "".join(others), "".join(others) + first, "".join(others[-1:] + [first] + others[:-1])}
    return any(_reads(readings, at, order) for at in range(len(readings)) for order in orders)


def _reads(readings: Sequence[Sequence[str]], at: int, rest: str) -> bool:
    if not rest:
        return True
    if at == len(readings):
        return False
    return any(one and rest.startswith(one) and _reads(readings, at + 1, rest[len(one) :]) for one in readings[at])


@cache
def _syllables() -> re.Pattern[str]:
    from pypinyin import Style, pinyin  # late: loads a dictionary

    # The 3,755 characters of GB 2312's first level are the common ones; their readings are the syllables in use.
    codes = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    common = b"".join(codes).decode("gb2312", errors="ignore")
    found = {one for readings in pinyin(list(common), style=Style.NORMAL) for one in readings if one.isascii()}
    return re.compile(f"(?:{'|'.join(sorted(found, key=len, reverse=True))})+")
