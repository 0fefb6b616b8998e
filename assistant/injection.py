"""Sentences of a source that address a model instead of telling a reader something: instructions planted in a text.

They are data. What is found here is marked where it is shown, is kept out of what a model reads, and carries no answer.
"""

import re
import unicodedata

from index.chinese import simplified
from index.passages import Span, sentences

_REPLY = r"(?:answers?|repl(?:y|ies)|responses?|output|message|completion)"
# An order begins its sentence or clause: "Print it", and not "they print it".
_ORDER = r"(?:^\W*|[,.:;!?—–-]\W*|\b(?:please|and|then|must|should|always|just|simply) )"
_ZH_ORDER = "(?:(?<![\u3400-\u9fff])|(?<=[请并须务您你]))"
_WRITING = r"(?:letters?|vowels?|consonants?|words?|sentences?|answers?|repl(?:y|ies)|responses?|output)"
_ADDRESSES = re.compile(
    "|".join(
        [
            # what was said before is to be forgotten
            r"(?<!\bwho )(?<!\bthat )(?<!\bthey )"
            r"\b(?:ignore|disregard|forget|override|bypass|discard)\b.{0,40}\b(?:instructions?|prompts?|rules|directions|guidelines|above|context|sources|question|told)\b",
            rf"{_ORDER}(?:ignore|disregard|forget) (?:(?:all|any|the|every) )*(?:prior|previous|earlier|preceding"
            r"|other) (?:content|texts?|conversation|documents?|passages?|articles?|pages?)"
            r"(?= ?(?:[,.:;!?]|$)| (?:and|above|in)\b)",
            r"\b(?:new|updated|real|actual|additional|hidden|important) (?:instructions?|task|orders?)\s*[:：]",
            r"\bsystem (?:prompt|message|override|instruction)s?\b",
            r"<\|?(?:system|im_start|im_end|endoftext)\|?>|\[/?(?:INST|SYS)\]|###\s*(?:system|instruction|assistant|human|user)\b",
            # who is spoken to
            r"\byou(?:'re| are) (?:now|no longer|from now on)\b|\bfrom now on,? (?:you|act|respond|answer"
            r"|reply)\b|\bact as (?:a|an|if|the)\b.{0,40}\b(?:assistant|AI|model|bot|expert|without)\b",
            r"\b(?:dear|attention|hey|note to|hello),?:? (?:the )?(?:AI|LLM|assistant|language model"
            r"|chat ?bot|model|GPT|ChatGPT)\b(?! (?:Index|lab))",
            r"\b(?:AI|language|chat) ?(?:assistant|model|bot)s?,? "
            r"(?:(?:must|should|shall)\b(?! be \w+ed\b)|(?:please|reading this|that reads? this)\b)",
            r"\bif you are (?:an? )?(?:AI|LLM|assistant|language model|chat ?bot|bot)\b|\bpretend (?:to be"
            r"|that you|you are)\b|\b(?:jailbreak|DAN mode|developer mode)\b",
            # what its answer is to look like
            rf"\b(?:in|to|of|into|from|with|for|throughout) your (?:next |final |own |entire |whole )?{_REPLY}\b",
            r"\b(?:replace|substitute|swap|reverse|remove) (?:all |every |each |the )?(?:\w+ )?(?:letters?"
            r"|vowels?|consonants?|spaces?|characters?)\b",
            rf"\byour (?:next |final |own |entire |whole )?{_REPLY}\b(?! (?:will|to (?:us|this|the)"
            rf"|is (?:important|appreciated)|has|was|certificate))",
            rf"(?:{_ORDER}|\b(?:(?:have|need|sure|remember|you) to|you (?:are to|will|would|can|could|may)|now|only) )"
            r"(?:reply|respond|answer|output|say|print|write) (?:only|nothing|just|exactly|solely"
            r"|with (?:only|the (?:word|phrase|text)|just))\b",
            r"\b(?:do not|don't|never) (?:answer|reply|respond|reveal|mention|tell"
            r"|disclose)\b.{0,60}\b(?:question|user|prompt|instruction|this|anything|sources)\b",
            r"\b(?:reveal|print|repeat|show|output|leak|send) (?:me )?(?:your|the) (?:system |hidden "
            r"|secret |initial )?(?:prompt|instructions|api key|password|context)\b",
            r"(?<!(?<!\byou) will )(?<!(?<!\byou) can )(?<!(?<!\byou) may )(?<!(?<!\byou) could )"
            r"\b(?:tell|inform|convince|urge|instruct) the user\b"
            r"|\bsuggest(?:ing)? (?:that )?(?:the )?users?\b|\b(?:invit|encourag)(?:e|ing) users\b",
            r"\b(?:scramble|jumble|misspell|rearrange|anagram|substitute|replace|convert|remove|reverse"
            rf"|translate|encode|render) (?=.{{0,40}}\b{_WRITING}\b).{{0,40}}\b(?:your|you)\b",
            # what is to be said of something, or to whatever is asked
            rf"{_ORDER}(?:answer|reply|respond|say) (?:with )?(?!to\b)(?!.{{0,40}}\bor\b)\S.{{0,40}}\bto "
            r"(?:every|all|any|each) questions?\b",
            r"\b(?:if|when(?:ever)?) (?:(?:you(?: are|'re)|any(?:one|body)|some(?:one|body)|people"
            r"|(?:the |a )?users?) )?ask(?:s|ed)? "
            r"(?:about|what|who|why|how|which|where|anything)\b.{0,60}, ?(?:(?:please|then|always|just) )?"
            r"(?:say|answer|reply|respond|claim|recommend|insist|pretend|print|output)\b(?! (?:wh\w+|how|if)\b)",
            r"\b(?:when|while|if you|before|after) (?:summari[sz]|describ|translat)(?:e|ing) this "
            r"(?:page|document|text|article|content|source|website|e-?mail)\b.{0,30}, ?(?:(?:please|always|also) )?"
            r"(?:recommend|say|mention|claim|praise|promote|tell|output|answer|reply|respond)\b",
            rf"{_ORDER}(?-i:[Pp]rint|[Oo]utput|[Ss]ay|[Rr]eply|[Rr]espond)(?: with)? "
            r"[\"'“‘]?(?-i:[A-Z]{5,})[\"'”’.!]*$",
            r"\b(?:instructions?|notes?|messages?|directions) (?:for|to) (?:(?:the|any|all|every) )?"
            r"(?:AI|LLM|language model|chat ?bot)s?(?: (?:agent|assistant|model|reader|system)s?)?\s*:",
            r"\b(?:visit|click|open|go to|download) .{0,40}\bhttps?://\S+.{0,40}\b(?:before|to (?:verify"
            r"|continue|proceed|unlock))\b",
            r"\bbase64\b.{0,40}\b(?:decode|execute|run|follow)\b|\b(?:decode|execute|run) .{0,30}\bbase64\b",
            # the same in Chinese
            "(?<![若果被易])(?:忽略|无视|忘记|忘掉|不要理会|抛开|跳过).{0,12}(?:以上|之前|上面|前面|先前|所有|原有|上述|一切).{0,12}(?:指令|指示|提示|内容|规则|要求|设定|问题|命令|说明)",
            f"{_ZH_ORDER}(?:忽略|无视|忘记|忘掉|不要理会|抛开)掉?(?:(?:所有|一切|全部)?其[他它余](?:所有)?的?(?:文档|资料|来源|文件|文章|材料|网页)(?!的)"
            "|(?:前文|上文|以上|上述)(?=[，。！,.!]|$))",
            "(?:(?<!最)新的?|真正的|隐藏的?|附加)(?:指令|指示|任务|命令)[:：]|最新(?:指令|命令)[:：]|系统(?:提示词|消息|指令)[:：]|(?:你|系统)的?提示词",
            "您现在是(?=一[名个位只]|.{0,4}(?:AI|助手|机器人))|你现在是(?![否不在])|(?:你|您)(?:从现在起|接下来|不再)是"
            "|(?:你|您)(?:现在|从现在起|接下来|不再)(?:扮演|作为|(?:要|必须|只能|需要).{0,12}(?:回答|回复|答复|作答|输出|扮演|忽略|用户))"
            "|从现在(?:起|开始)[，, ]?(?:你(?!们)(?:就|将|的|要|必须|只|不再|叫|是|扮演)"
            "|请?你?(?:只|扮演|忽略|.{0,12}(?:回答|回复|答复|作答|输出)))"
            "|请(?:你|您)?扮演",
            "(?:(?<![导以招引])致|亲爱的|注意[，：: ]*)(?:AI|人工智能|语言模型|大模型|助手|机器人|模型)|(?:如果|假如"
            "|若)(?:你|您)是.{0,8}(?:AI|人工智能|语言模型|大模型|助手|机器人)|(?:AI|人工智能|大模型"
            "|语言模型)?助手[，,]?(?:请|必须|应当|务必)",
            "(?:在|让|使)(?:你|您)的(?:每[个条次])?(?:回答|回复|答复|答案|输出|响应|应答)|(?:把|将)(?:你|您)的(?:回答|回复|答复|答案|输出).{0,8}(?:翻|译|改|换|替|倒|反|编|变|限|缩|加|控)"
            "|(?:你|您)的(?:回答|回复|答复|答案|输出|响应|应答)(?:中|里|末尾|结尾|开头|最后|前|后|时)?(?:都|也|只|不|请|务)?(?:必须|应当?|要|需要?|得|能|可|用|以|包含|加)(?![在于])"
            "|在(?:回答|回复|答复|答案|输出)(?:中|里|的?(?:末尾|结尾|开头|最后))(?!表示|称|说|指出|写道|提到|承认|强调|透露)",
            "(?:只|仅|直接)(?:需|能|要|许)?(?:回答|回复|输出|答复|说)[“\"「：: ]|(?:请|务必|必须)(?:只|仅"
            "|直接|用).{0,14}(?:回答|回复|输出|答复|作答)|不要(?:回答|回复|透露|提及|告诉).{0,12}(?:问题"
            "|用户|提示|指令|任何)",
            "(?:(?<![\u3400-\u9fffA-Za-z])|(?<=[请必须你您该当应需要并且后再接得住]))(?:告诉(?:用户|提问者|使用者)(?!们?的)|(?:劝说|建议|引导|提醒|要求|邀请|鼓励)(?:用户|提问者|使用者).{0,12}(?:访问|点击|下载|输入|购买|转账|联系|提供|网址|链接|http))|(?:泄露|输出|打印|重复|显示|告诉我)(?:你的|系统)(?:提示|指令|密码|设定)",
            "(?:如果|若|假如|要是|当|凡是)(?:有人|用户|别人|任何人|对方|提问者|被)问(?:到|起|及)?[^。，,]{0,16}"
            "[，,](?:请|你|就|都|也|一律|只)+(?:要|能|可)?(?:说(?!明)|答|回答|回复|推荐|声称)",
            "(?:无论|不管|不论)(?:用户|别人|有人|对方|谁|任何人)?[问说提](?:了|到|的是)?(?:什么|任何|何|哪).{0,6}[，,](?:你|请)?(?:都|一律|只|就|必须|务必)(?:要|请|须|必须|只|能)*(?:回?答|回复|说|输出|推荐|告诉)",
            "(?:总结|概括|归纳|介绍|描述|翻译)(?:本|这篇|此|该)(?:文章|文档|文|网?页面?|内容|资料)(?:时|的时候)[，,]?(?:请|务必|必须|一定要?|要)+(?:推荐|说(?!明)|声称|称赞|赞扬|告诉|输出|回答)",
            "(?:给|致|对)(?:AI|人工智能|语言模型|大模型|聊天机器人|AI ?助手|智能助手)的"
            "(?:指示|指令|命令|要求|提示|留言|话)[:：]",
        ]
    ),
    re.IGNORECASE,
)  # fmt: skip
# A sentence that tells what somebody else did is no order: its verb has a subject before it.
_TOLD = re.compile(
    r"^(?!(?:You|If|When|Whenever)\b)(?:he|she|they|it|the \w+|[A-Z]\w+(?: [A-Z]\w+)*) "
    r"(?:\w+ed|said|was|were|is|are|had|has)\b"
)
# What is said to whoever writes to a firm or fills in a form; a model's answer is not waited for.
_COURTESY = re.compile(
    r"\b(?:(?:thank you|thanks|wait(?:ing)?) for|forward to|receive[ds]?|enter|type|leave|submit|send|read) your "
    rf"{_REPLY}\b"
    "|(?:感谢|谢谢|期待|等待|收到|查看|欢迎)(?:你|您)的(?:回答|回复|答复|答案)",
    re.IGNORECASE,
)
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")
_ENCODED = re.compile(
    r"(?<![\w/+.])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{60,}={0,2}(?![\w/+])"
)


def addresses_a_model(sentence: str) -> bool:
    """Return whether a sentence speaks to a model: orders it, renames it, or says what its answer is to look like."""
    plain = " ".join(simplified(unicodedata.normalize("NFKC", _HIDDEN.sub("", sentence))).split())
    plain = _COURTESY.sub("", plain)
    return bool((_ADDRESSES.search(plain) and not _TOLD.match(plain)) or _ENCODED.search(plain))


def planted(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Return the sentences of `text[start:end]` that address a model."""
    return tuple(one for one in sentences(text, start, end) if addresses_a_model(text[one.start : one.end]))
