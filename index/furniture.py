"""Page furniture: lines that belong to a web page and not to what its author says."""

import re

_LONGEST = 120  # characters: furniture is short; a long line always has something to say

# What such a line says, as a whole line, in the two languages that we can judge. Each pattern is anchored at both
# ends: a sentence that only mentions "sign in" is the author's.
_PATTERNS = (
    r"(sign|log)[ -]?in(ed)?( to \w+( \w+){0,3})?( or (sign up|register))?",
    r"(sign up|register|subscribe|share|like|reply|report|follow|save|print|copy link|read more|show more|load more|"
    r"back to top|skip to (main )?content|related (articles|posts|reading)|recommended( for you)?|advertisement)",
    r"[\d.,]+\s?[kKmM]? (followers?|following|likes?|comments?|views?|reads?|shares?|claps?|replies|votes?)",
    r"(rate|like|share|print|save) this (article|page|post|story)",
    r"was this (\w+ ){0,3}(helpful|useful|worth .*)\??",
    r"(reader feedback|discussion|comments?|original source|republication notice)",
    r"written by",
    r"(accept|manage|reject) (all )?cookies.*",
    r"(all rights reserved|copyright ©?.*|©.*)",
    r"(登录|登陆|注册|登录/注册|立即登录|登录后(查看|评论|点赞).*|关注|已关注|点赞|赞同|收藏|分享|举报|评论|回复|转发|打赏|"
    r"展开(全文|阅读全文)?|收起|阅读全文|查看更多|加载更多|返回顶部|相关(文章|推荐|阅读)|推荐阅读|猜你喜欢|广告)",
    r"[\d.,]+\s?[万亿kK]?\s?(人|次|条|个)?\s?(关注者?|粉丝|点赞|赞同|评论|阅读|浏览|收藏|转发|分享).{0,8}",
    r"(添加评论|写下你的评论.*|发布于.{0,30}|编辑于.{0,30}|著作权归作者所有.*|本文(转载|转自|来源)于?.*|版权(声明|所有).*)",
)
_FURNITURE = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)


def is_furniture(line: str) -> bool:
    """Return whether a whole line is page furniture (a button, a counter, a notice) and nothing of the author's."""
    bare = line.strip(" \t\u3000·|•-–—.。:：!！")
    if not bare:
        return True
    return len(bare) <= _LONGEST and bool(_FURNITURE.fullmatch(bare))
