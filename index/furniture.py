"""Page furniture: lines that belong to a web page and not to what its author says.

First each line is judged by what it says as a whole. A button may be a word that an author uses too ("Discussion",
"Home"), so a doubtful line counts only beside sure ones; and what stands among sure lines (names in an author's card,
other articles' titles, a menu) is furniture though it says nothing of the kind. What is a sentence is kept, unless it
speaks of its page as no author does.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

_LONGEST = 400  # characters: a notice may be two sentences; a longer line always has something to say
_LABEL = 60  # the widest button, name or menu entry, with wide characters counted twice
_TITLE = 160  # the widest title of another article
_WIDE_FROM = "\u1100"
_CARD_WITHIN = 40  # lines from the end: there stand the boxes about an author
_GAP = 3  # lines that sure ones at the foot of a page may have between them
_MENU = 4  # words of menus that make one, a sure one among them

_SENTENCE_END = re.compile(r"[.。!！?？;；…][\"'”’」』)）]*$")
_STATEMENT_END = re.compile(r"[.。;；][\"'”’」』)）]*$")  # a title may be a question
_MARKER = re.compile(r"(?:[-*•·▪◦>»]+|\d{1,3}[.、)])\s+")
_SEPARATORS = re.compile(r"[\s|｜·⋅•/,，、>»›:：()（）\[\]【】+＋…\-–—<«‹#]+")
_BETWEEN_PARTS = re.compile(r"\s*[|｜·⋅•›»>]\s*|\s{2,}")


class _Kind(Enum):
    """What a line is by itself."""

    SAID = auto()  # the author's, or nothing that is known
    NOTICE = auto()  # of the page: a sign-in line, a cookie banner, a copyright, a question for feedback
    LINKS = auto()  # stands over titles of other pages
    CARD = auto()  # stands over the box about the author
    NOTHING_YET = auto()  # says that there are no comments
    ACTION = auto()  # of one post: a button, a counter, its age
    FOLLOW = auto()  # such a button after somebody's name
    SITE = auto()  # of a menu or a footer, if others stand beside it
    SECTION = auto()  # may be a word of a menu, and of anything else
    DOUBTFUL = auto()  # furniture if its neighbour is


_SURE = {_Kind.NOTICE, _Kind.LINKS, _Kind.CARD, _Kind.NOTHING_YET, _Kind.ACTION, _Kind.FOLLOW}
_OF_PAGE = {_Kind.NOTICE, _Kind.LINKS, _Kind.CARD, _Kind.NOTHING_YET, _Kind.SITE}
_OF_MENU = {_Kind.SITE, _Kind.SECTION}


def furniture(lines: Sequence[str | None]) -> list[bool]:
    """Return of each line of a text, in order, whether it is page furniture.

    None stands for what never is: a heading, a row of a table, a piece of code.
    """
    kinds = [_Kind.SAID if line is None else _kind(line) for line in lines]
    marked = [kind in _SURE for kind in kinds]
    if not any(marked) and not any(kind is _Kind.SITE for kind in kinds):
        return marked
    labels = [line is not None and _is_label(line) for line in lines]
    _mark_menus(kinds, labels, marked)
    _mark_doubtful(kinds, marked)
    _mark_links(lines, kinds, marked)
    _mark_cards(lines, kinds, labels, marked)
    _mark_below_nothing(lines, kinds, marked)
    _mark_gaps_of_foot(lines, kinds, marked)
    _mark_doubtful(kinds, marked)
    return marked


def _mark_menus(kinds: list[_Kind], labels: list[bool], marked: list[bool]) -> None:
    """Mark each run of short lines of which many are words of menus, from its first such word to its last."""
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and labels[end]:
            end += 1
        words = [at for at in range(start, end) if kinds[at] in _OF_MENU]
        sure = [at for at in words if kinds[at] is _Kind.SITE]
        if len(words) >= _MENU and sure and 4 * len(words) >= words[-1] - words[0] + 1:
            marked[words[0] : words[-1] + 1] = [True] * (words[-1] - words[0] + 1)
        start = max(end, start + 1)


def _mark_doubtful(kinds: list[_Kind], marked: list[bool]) -> None:
    """Mark doubtful lines that stand beside marked ones, and runs of them from either side."""
    for order in (range(len(kinds)), range(len(kinds) - 1, -1, -1)):
        beside = False
        for at in order:
            marked[at] = marked[at] or (beside and kinds[at] in (_Kind.DOUBTFUL, _Kind.SITE))
            beside = marked[at]


def _mark_links(lines: Sequence[str | None], kinds: list[_Kind], marked: list[bool]) -> None:
    """Mark the titles below a line like "Related articles", up to a sentence or the heading of what follows."""
    listing = False
    for at, line in enumerate(lines):
        if kinds[at] is _Kind.LINKS:
            listing = True
        elif line is None or not (marked[at] or _may_be_title(line)):
            listing = False
        elif listing and not marked[at]:
            below = lines[at + 1] if at + 1 < len(lines) else ""
            listing = below is not None and (kinds[at + 1 : at + 2] != [_Kind.SAID] or _may_be_title(below))
            marked[at] = listing


def _mark_cards(lines: Sequence[str | None], kinds: list[_Kind], labels: list[bool], marked: list[bool]) -> None:
    """Mark the name above a "Follow", and the name and the few words about an author in a box near the end."""
    for at, kind in enumerate(kinds):
        if kind is _Kind.FOLLOW and at > 1 and labels[at - 1]:  # the first line of a text is its title
            marked[at - 1] = True
            marked[at - 2] = marked[at - 2] or (at > 3 and labels[at - 2] and marked[at - 3])
        if kind is _Kind.CARD and len(kinds) - at <= _CARD_WITHIN and not all(marked[:at]):
            below = at + 1
            if below < len(kinds) and labels[below]:
                marked[below] = True
                below += 1
            if below < len(kinds) and len(lines[below] or "x" * _LONGEST) < _LONGEST and _closes(marked, below):
                marked[below] = True


def _closes(marked: list[bool], at: int) -> bool:
    """Return whether a line is the last of a text, or furniture follows it."""
    return at + 1 == len(marked) or marked[at + 1]


def _mark_below_nothing(lines: Sequence[str | None], kinds: list[_Kind], marked: list[bool]) -> None:
    """Mark the little that stands below "0 comments" at the end of a text: it cannot be a comment."""
    for at, kind in enumerate(kinds):
        if kind is not _Kind.NOTHING_YET:
            continue
        below = [number for number in range(at + 1, len(lines)) if not marked[number]]
        size = sum(len(lines[number] or "x" * _LONGEST) for number in below)
        above = sum(len(line or "") for line in lines[:at])
        if len(below) <= _GAP and size <= _LONGEST and 2 * size <= above:
            for number in below:
                marked[number] = True


def _mark_gaps_of_foot(lines: Sequence[str | None], kinds: list[_Kind], marked: list[bool]) -> None:
    """Mark the few lines (tags, names) that stand between lines of the page itself below the last sentence."""
    said = [
        at for at, line in enumerate(lines) if line is None or not (marked[at] or (_may_be_title(line) and not _SENTENCE_END.search(line)))
    ]
    foot = [at for at in range(said[-1] + 1 if said else len(kinds), len(kinds)) if marked[at]]
    for above, below in zip(foot, foot[1:], strict=False):
        if below - above <= _GAP + 1 and kinds[above] in _OF_PAGE and kinds[below] in _OF_PAGE:
            marked[above:below] = [True] * (below - above)


def _width(text: str) -> int:
    return len(text) + sum(character >= _WIDE_FROM for character in text)


def _is_label(line: str) -> bool:
    return _width(line) <= _LABEL and not _SENTENCE_END.search(line)


def _may_be_title(line: str) -> bool:
    return _width(line) <= _TITLE and not _STATEMENT_END.search(line)


# What a line says


def _kind(line: str) -> _Kind:
    if len(line) > _LONGEST:
        return _Kind.SAID
    bare = line.strip(" \t\u3000·|｜•-–—*_=~#:：")
    if not bare:
        return _Kind.NOTICE  # a rule
    listed = bool(_MARKER.match(line))
    bare = _MARKER.sub("", bare, count=1)
    for pattern, kind in _WHOLE:
        if pattern.fullmatch(bare):
            return _Kind.DOUBTFUL if listed else kind
    if _SENTENCE_END.search(bare) or len(bare) > 120:
        return _Kind.SAID
    kind = _of_items(_items(bare)) or _of_parts(bare)
    return _Kind.DOUBTFUL if listed and kind is _Kind.ACTION and not re.search(r"\d", bare) else kind


def _of_items(items: list[str]) -> _Kind | None:
    """Return what a line is that holds known words alone; None when it holds another one, or numbers only."""
    held = set(items)
    if held & {"counter", "age", "button"}:
        return _Kind.ACTION
    if "follow" in held:
        return _Kind.FOLLOW
    if held & {"site", "section"}:
        return _Kind.NOTICE if "site" in held and len(items) > 1 else _Kind.SITE if "site" in held else _Kind.SECTION
    return _Kind.DOUBTFUL if "word" in held else None


def _of_parts(bare: str) -> _Kind:
    """Return what a line of parts is ("Mei Lin · 3 h ago · Reply") by what most of them are."""
    parts = [part for part in _BETWEEN_PARTS.split(bare) if part.strip()]
    kinds = [_of_items(_items(part)) for part in parts]
    known = [kind for kind in kinds if kind is not None]
    if len(parts) >= 3 and 2 * len(known) >= len(parts):
        if _Kind.ACTION in known:
            return _Kind.ACTION
        if _Kind.SITE in known or _Kind.NOTICE in known:
            return _Kind.NOTICE
    return _Kind.SAID


def _items(text: str) -> list[str]:
    """Return the names of the known words that a text is made of, in order; nothing when there is another word."""
    names, at = [], 0
    while at < len(text):
        if separators := _SEPARATORS.match(text, at):
            at = separators.end()
            continue
        item = _ITEM.match(text, at)
        if item is None:
            return []
        names.append(str(item.lastgroup))
        at = item.end()
    return names


_COUNTED = "followers?|following|likes?|loves?|comments?|views?|reads?|shares?|claps?|replies|reply|(?:up)?votes?"
_COUNTED += "|retweets?|reposts?|reactions?|answers?|saves?|bookmarks?|subscribers?"
_COUNTED_ZH = (
    "关注者|粉丝|点赞|赞同|喜欢|评论|回复|回答|阅读|浏览|收藏|转发|分享|点击|跟[贴帖]|围观|被浏览|播放|赞|踩|关注"
)
_CARD_FIELDS = "积分|帖子|主题|精华|威望|金钱|注册时间|最后登录|在线时间|阅读权限|UID"
_NUMBER = r"\d[\d.,]*\s?[kKmMwW万亿千]?\+?"
_ITEM = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "counter": rf"{_NUMBER}\s?(?:{_COUNTED})(?![a-z])|{_NUMBER}\s?(?:minutes?|mins?)\sread(?![a-z])"
            rf"|(?:{_COUNTED}|posts|messages|joined|member since|reaction score|reputation)\s?[:(]\s?{_NUMBER}\)?"
            rf"|{_NUMBER}\s?[人次条个位]?\s?(?:{_COUNTED_ZH})(?:了该?(?:文章|回答|内容|问题))?(?:[量数次]|次数)?"
            rf"|(?:总?阅读|浏览|点击|评论|回复|点赞|收藏|转发|播放|跟[贴帖]|赞|踩|查看|{_CARD_FIELDS})(?:[量数]|次数)?"
            rf"\s?[:：(（]?\s?{_NUMBER}(?:-\d+-\d+)?[)）]?\s?[次条人]?",
            "age": r"\d+\s?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[smhdwy]|mo)\sago(?![a-z])"
            r"|\d+\s?(?:秒钟?|分钟|小时|天|周|个?月|年)前|just now|刚刚",
            "button": "(?:share|tweet|pin|send|email|post|print)(?:\\s(?:this|it|on|via|by|to|with))+(?:\\s(?:article|page|post|story"
            "|link|facebook|twitter|x|linkedin|e-?mail|whatsapp|reddit|pinterest|tumblr|telegram|friends?|a friend))*(?![a-z])"
            "|(?:like|share|tweet|retweet|upvote|downvote|multi-?quote|permalink|copy (?:link|url)|report abuse"
            "|(?:add to|view) (?:cart|wish ?list)|buy now|mark (?:as )?(?:read|solved|best answer)|unfollow|unsubscribe)(?![a-z])"
            "|点赞|举报|转发|分享(?:到|至|给|此)?|收藏(?:本文)?|打赏|赞赏|赞同|只看(?:该作者|楼主|TA)|倒序浏览|显示全部楼层"
            "|使用道具|复制链接|不感兴趣|写回答|邀请回答|好问题|加入购物车|立即购买|阅读模式",
            "follow": "follow(?:ing)?(?![a-z])|(?:加|已|取消|未)关注|关注(?:TA|作者|他|她|问题)?(?!度)",
            "site": "(?:privacy|cookies?) (?:policy|notice|settings|preferences)|terms(?: (?:of (?:use|service)|and|&) ?(?:conditions)?)?(?![a-z])"
            "|(?:contact|about) us|advertise(?: with us)?(?![a-z])|careers|ad ?choices|site ?map|rss(?: feeds?)?(?![a-z])|media kit"
            "|newsletters?|sign ?up|(?:sign|log)[ -]?(?:in|out)(?![a-z])|toggle navigation|my account|help cent(?:er|re)"
            "|关于(?:我们|本站|百度|腾讯)|联系我们|隐私(?:政策|条款|声明|协议)|(?:服务|用户)(?:条款|协议)|使用条款|网站地图|友情链接|广告(?:服务|合作)"
            "|诚聘英才|加入我们|人才招聘|帮助中心|意见反馈|免责声明|设为首页|加入收藏|客户端下载|下载APP|侵权投诉|联系客服"
            "|登[录陆]|注册|返回首页|网站首页",
            "section": "home(?:page)?(?![a-z])|news(?![a-z])|world|business|politics|opinion|sports?(?![a-z])|tech(?:nology)?(?![a-z])"
            "|science|entertainment|health|travel|lifestyle|videos?(?![a-z])|photos?(?![a-z])|podcasts?(?![a-z])|events|jobs"
            "|search|menu|more(?![a-z])|help(?![a-z])|faq|blog(?![a-z])|shop(?![a-z])|pricing|docs(?![a-z])|privacy|contact(?![a-z])"
            "|about(?![a-z])|facebook|twitter|instagram|youtube|pinterest|linkedin|whatsapp|reddit|e-?mail|tumblr|flipboard"
            "|首页|新闻|要闻|财经|体育|娱乐|科技|汽车|房产|教育|军事|国际|国内|社会|视频|图片|博客|论坛|专题|直播|时尚|健康|旅游"
            "|文化|历史|游戏|数码|生活|股票|基金|搜索|更多|导航|微博|新浪微博|微信|微信好友|朋友圈|QQ空间|QQ好友|QQ|正文",
            "word": "comments?(?![a-z])|discussion|repl(?:y|ies)(?![a-z])|report(?![a-z])|flag(?![a-z])|quote(?![a-z])|register(?![a-z])"
            "|save(?![a-z])|print(?![a-z])|edit(?![a-z])|delete(?![a-z])|hide(?![a-z])|past(?![a-z])|favou?rite(?![a-z])"
            "|bookmark(?![a-z])|subscribe(?![a-z])|original source|tags|views?(?![a-z])"
            "|next(?: page| post)?(?![a-z])|prev(?:ious)?(?: page| post)?(?![a-z])|close(?![a-z])|award|sort by|newest|oldest|top(?![a-z])"
            "|评论|回复|支持|反对|喜欢|顶|踩|赞|推荐|引用|编辑|删除|收起|楼主|沙发|板凳|私信|发消息|加好友|在看|查看|阅读|相关|广告|热门|最新|最早|最热"
            "|上一页|下一页|默认排序|按时间排序|全部|关闭|取消|确定|发表|反馈|表情|标签|投诉",
            "number": r"\d[\d.,]*[kKmM万]?",
        }.items()
    ),
    re.IGNORECASE,
)

_THIS = "(?:article|post|story|page|answer|question|video|product|guide|topic)"
_ACTIONS = (
    "view|like|reply|rate|comment|vote|follow|save|read|continue|post|join|see|unlock|leave|add|write|share|download"
)
_PATTERNS: dict[_Kind, tuple[str, ...]] = {
    _Kind.NOTICE: (
        # Walls
        r"(?:please |you (?:must|need to|have to) (?:be )?)?(?:sign|log)(?:ged|ned)?[ -]?in(?:,? or (?:sign ?up|register|create an? "
        rf"(?:free )?account|join))?(?: (?:to|and) (?:{_ACTIONS})\b(?: \S+){{0,5}}| with \w+)?",
        r"(?:already (?:a (?:member|subscriber)|have an account|registered)|not a member(?: yet)?|new here|forgot (?:your )?password)\?.{0,40}",
        r"(?:create (?:an?|your) (?:free )?account|join (?:now|for free)|sign up(?: for free)?|subscribe now|start (?:your )?free trial)",
        r"(?:请先?|您需要|需要|立即|马上|快速|一键|免费|请您?先)?(?:登[录陆]|注册)(?:[/ 或·|]*(?:登[录陆]|注册))*"
        r"(?:后|以后|才)?(?:可以?|才能|即可)?(?:进行)?(?:查看(?:更多|全文|全部)?|评论|点赞|发表评论|发帖|回复|回帖|下载|参与|互动|关注)?.{0,6}",
        # What one is asked for
        rf"(?:rate|review|print|email|bookmark|report|share|like) this {_THIS}",
        rf"was (?:this|that|it)(?: \w+){{0,3}}? (?:helpful|useful|informative|worth .{{1,30}})\??|did you (?:find|like|enjoy) this\b.{{0,40}}\?",
        rf"(?:how would you rate|what did you think of) (?:this|the|our)\b.{{0,30}}\??|(?:your|reader|user|readers['’]) (?:feedback|reactions?|ratings?)",
        r"(?:thank you|thanks) for (?:your (?:feedback|vote|rating)|rating|subscribing).{0,20}",
        r"(?:leave|add|post|write|submit) (?:a|your|an?) (?:public )?(?:comment|reply|review|response|answer)s?(?: cancel reply)?",
        r"(?:join|start) the (?:discussion|conversation)|cancel reply|share your thoughts|(?:view|show|load|read|see|hide) "
        r"(?:(?:all|more|the|\d+|older|newer|previous) ?)+(?:comments?|replies|answers|posts|articles|stories|reviews)?",
        r"comments (?:are|have been) (?:closed|disabled|turned off)(?: (?:for|on) .{1,40})?",
        r"your email address will not be published.*|required fields are marked.*|save my name, e-?mail,? .*|notify me (?:of|when|by) .*(?:comments?|posts?).*",
        r"this site (?:uses akismet|is protected by recaptcha).*|(?:name|email|website|comment)\s?\*|%d bloggers like this",
        r"(?:发表|写下|添加|撰写|我要|我来|我也)(?:你|您)?的?(?:评论|看法|想法|留言|跟[贴帖]|说(?:两句|几句))(?:吧|\.\.\.|…+)?",
        r"(?:请自觉遵守|文明上网|网友评论仅|(?:网友|用户)?(?:评论|跟[贴帖])仅).{0,60}|(?:查看|展开|加载|阅读|显示)(?:更多|全部|全文|剩余|其余|原文).{0,12}",
        r"(?:这篇|本篇|此)(?:文章|内容|回答|页面)?(?:对你|对您)?(?:有帮助|有用|是否有帮助).{0,6}|(?:以上内容|本页)对[你您]有(?:帮助|用)吗.{0,4}",
        # Following, letters, apps
        r"(?:sign up|subscribe|register) (?:for|to) (?:our|the|my|this|free|get|receive)\b.{0,60}\b(?:newsletters?|updates|mailing list|channel|podcast|inbox|e-?mails?)\b.{0,60}",
        r"get (?:the|our) (?:latest|best|top|newsletter)\b.{0,80}\b(?:inbox|newsletter|e-?mail)\b.{0,40}",
        r"(?:follow|like|find|join) (?:us|me|the author) on .{1,60}|enter your e-?mail(?: address)?|(?:your )?e-?mail address|no spam.{0,120}unsubscribe.*",
        r"you(?:['’]re| are) (?:receiving|getting) this .{0,160}|view (?:this (?:e-?mail|message) )?in (?:your|a) browser.{0,30}|"
        r"(?:manage|update) (?:your )?(?:e-?mail )?(?:preferences|subscriptions?)|forward(?:ed)? (?:this e-?mail )?to a friend.{0,40}",
        r"(?:长按|扫描|扫码|微信扫|扫一扫|识别)[^。]{0,20}(?:关注|公众号|分享|入群|加群|下载.{0,4}(?:APP|客户端)).{0,20}|微信扫一扫|扫一扫.{0,12}|关注该?公众号",
        r"(?:点击|戳)(?:上方|下方|右上角|左下角|文末)?[^。]{0,14}(?:关注|阅读原文|星标|在看).{0,20}|阅读原文|预览时标签不可点",
        r"(?:喜欢|觉得|如果|看完)[^。]{0,30}(?:点个?赞|点个?在看|一键三连|转发给|分享给)[^。]{0,24}[吧哦~！。]?",
        r"(?:打开|下载)[^。，]{0,12}(?:APP|客户端)(?:[，,]?(?:查看|阅读|体验|看|获取)[^。]{0,20})?",
        # Whose the page is
        r"(?:©|\(c\)|copyright\s*(?:©|\(c\)|\d{4})).*|.{0,120}\ball rights reserved\b.{0,80}|[^。]{0,60}版权所有(?![者人权]).{0,80}",
        r".{0,80}(?:ICP[备证]|公?网安备|网络文化经营许可证|互联网新闻信息服务许可证|信息网络传播视听|增值电信业务).{0,200}|.{0,20}不良信息举报.{0,60}",
        r"(?:republication|copyright|legal|privacy|cookie) notice|版权声明|转载声明|免责声明",
        rf"this (?:article|post|story|content|piece) (?:is|was|has been|may (?:not )?be|originally|first)\b.{{0,160}}(?:republished|reprinted|syndicated|reposted"
        r"|appeared (?:in|on|at)|originally published).{0,220}",
        r"(?:this|the|if (?:you believe )?(?:this|the|any)) (?:article|post|content|page|site|image)s? .{0,200}infring\w+ .{0,80}(?:contact|e-?mail|notify).{0,120}",
        r"(?:the )?(?:views|opinions)(?: and opinions)? expressed (?:here|in|by|are|on)\b.{0,220}",
        r"(?:本文|本站|本网|声明|特别声明|免责声明|版权声明|以上|文章|图片|部分|转载|内容|注|郑重声明|原标题)[^。]{0,80}(?:转载[^。]{0,30}(?:注明|联系|出处|授权)"
        r"|侵权[^。]{0,20}(?:联系|删|告知)|不代表.{0,30}(?:立场|观点)|不得转载|(?:版权|著作权)归).{0,160}",
        r"(?:本文)?(?:转载|转自|转载自|原文链接|原文出处|原文地址|本文链接|本文地址)\s?[:：].{0,160}|(?:本文)?转载自.{0,40}|(?:商业转载|转载|如需转载|欢迎转载)请.{0,80}",
        r"(?:如有|如果|若有|如|若)[^。]{0,16}侵(?:权|犯)[^。]{0,20}(?:联系|告知|通知)[^。]{0,20}(?:删|处理|我们).{0,20}|著作权归作者所有.{0,60}",
        r"未经[^。]{0,16}(?:许可|授权|允许|同意)[^。]{0,6}(?:不得|禁止|严禁|谢绝|请勿)[^。]{0,10}(?:转载|镜像|摘编).{0,30}",
        # The page as a thing
        r"skip to (?:main )?(?:content|navigation)|jump to (?:content|navigation)|(?:back|return|scroll) to top|advertisement|(?:story|article) continues below.{0,20}",
        r"continue reading.{0,40}|(?:read|show|load|view|see) (?:more|less)|opens in (?:a )?new (?:window|tab)|loading(?:\.\.\.|…)?|listen to this article.{0,20}",
        r"(?:accept|reject|allow|decline|manage) (?:all )?cookies|accept all|reject all|(?:this|our) (?:web)?site uses cookies.{0,200}",
        r"返回(?:顶部|首页|列表)|展开(?:阅读全文)?|收起全文|字号\s?[:：].{0,20}|字体\s?[:：]?\s?[大中小 \[\]]+|\[复制链接\]|分享(?:到|至)[:：]?.{0,20}",
        r"(?:发布|编辑|发表)于\s?[\d年月日:：.\-/ 上下午周一二三四五六]+(?:[·・,， ]*IP\s?属地.{0,10})?(?:[·・,， ]*著作权.*)?|IP\s?属地.{1,10}|来自 ?(?:iPhone|Android|安卓)客户端",
        r".{0,40}发表于.{0,30}(?:显示全部楼层|只看该作者|阅读模式).{0,20}|\d{1,5}\s?[#楼]|本帖最后由.{0,40}编辑|(?:上|下)一[篇页章]\s?[:：].{0,80}",
    ),
    _Kind.LINKS: (
        r"(?:related|recommended|similar|suggested)(?: (?:articles?|posts?|stories|content|reading|topics|questions|links|news|videos|products|items|threads))|recommended for you",
        r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in)(?: (?:also|these).{0,20})?|more (?:from|like this|stories|articles|posts|news)\b.{0,40}|(?:what to )?read next|up next",
        r"(?:most|recently) (?:popular|read|viewed|shared|commented)|(?:latest|recent|popular|trending|top|featured|hot|more) (?:posts?|articles|stories|news|topics|comments|network questions|headlines)",
        r"trending(?: now)?|don['’]t miss|(?:customers|people|readers) (?:who .{1,30} )?also .{1,30}|from around the web|(?:editors?['’]?s?|staff) picks?|sponsored(?: content| links)?",
        r"(?:相关|推荐|热门|最新|精彩|热点|延伸|往期|近期|精选|本周热门|编辑|更多|随机|作者最新|作者其他|大家都在|你可能)(?:文章|阅读|推荐|新闻|资讯|帖子|主题|视频|链接|搜索|话题|专题|排行榜?|图片|精选|回顾|看|感兴趣|内容)"
        r"|猜你喜欢|为[你您]推荐|相关(?:的)?(?:问题|产品|商品|词条)|看了又看|大家都在搜|热榜|友情链接",
    ),
    _Kind.CARD: (r"written by|about the authors?|作者简介|关于作者|author bio",),
    _Kind.NOTHING_YET: (
        r"(?:no|0) (?:comments?|replies|responses|reviews)(?: yet)?|be the first to (?:comment|reply|review)\b.{0,40}",
        r"(?:暂无|还没有|目前没有|没有)(?:人)?(?:评论|回复|留言|回答).{0,16}|(?:共 ?)?0 ?条?(?:评论|回复|跟[贴帖]).{0,4}|(?:快来|赶快|来)[^。]{0,8}(?:评论|沙发|第一个).{0,10}",
    ),
    _Kind.DOUBTFUL: (
        r"(?:signed|logged)[ -]in (?:readers|users|members|subscribers) .{0,140}|only (?:registered|logged[ -]in|signed[ -]in) (?:readers|users|members) .{0,140}",
        r"what do you think\??|we (?:and our partners )?use cookies .{0,200}",
        rf"(?:listen|watch|download|print) (?:this|the|our|to)\b.{{0,30}}|(?:this|our) {_THIS} .{{0,30}}(?:subscribers|members) only.{{0,20}}",
    ),
}  # fmt: skip
_WHOLE = [
    (re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE), kind)
    for kind, patterns in _PATTERNS.items()
]
