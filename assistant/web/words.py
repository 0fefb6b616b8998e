"""Every text of the page, in Chinese and English; both are in the page, and its style sheet shows one of them."""

from html import escape

from assistant import verify
from index import YijuError
from index.search import LONGEST_QUERY

_WORDS = {
    "tagline": ("问你自己的资料，每句话都有出处", "Ask your own sources. Every sentence shows its evidence."),
    "how": (
        "点击句末的编号，会在原文里打开它引用的那句话。",
        "Click a number after a sentence to open the very words it rests on, in their source.",
    ),
    "try": ("试着问", "Try asking"),
    "sources": ("资料", "Sources"),
    "no_sources": (
        "还没有资料。用命令 yiju add 添加文件或文件夹，然后刷新本页。",
        "There are no sources yet. Add files or folders with the command yiju add, then reload this page.",
    ),
    "question": ("问题", "Your question"),
    "placeholder": ("就你的资料提问……", "Ask your sources…"),
    "ask": ("提问", "Ask"),
    "stop": ("停止", "Stop"),
    "each_alone": (
        "每个问题单独回答，不接着上文。",
        "Each question is answered on its own, without the ones before it.",
    ),
    "loading": (
        "正在载入模型……载入完成后自动继续。",
        "The model is being loaded… It goes on by itself as soon as that is done.",
    ),
    "searching": ("正在查找证据……", "Looking for evidence…"),
    "reading": ("正在读证据……", "Reading the evidence…"),
    "writing": ("草稿，尚未核对", "A draft, not checked yet"),
    "checking": ("正在逐句核对……", "Checking each sentence…"),
    "stopped": ("已停止，以上内容不完整。", "Stopped; what stands above is not complete."),
    "lost": (
        "没有收到完整的回答：与程序的连接断了，或者程序出错，详情在终端里。可以再问一次。",
        "The answer did not arrive whole: the connection was lost, or the program failed and the terminal has the "
        "details. You can ask again.",
    ),
    "evidence": ("证据", "Evidence"),
    "cited": ("引用的证据", "Evidence cited"),
    "read_only": ("另外读过、没有引用的 {count} 段", "{count} more read, not cited"),
    "nearest": ("最接近的段落，并不是答案", "Nearest passages, not an answer"),
    "refused": ("这些资料没有回答这个问题。", "The sources do not answer this."),
    "refused_nearest": ("这里列出最接近的段落。", "The passages nearest to it are shown."),
    "nothing_near": ("也没有找到接近的段落。", "No passage comes near it either."),
    "unsupported_fold": (
        "模型写了、但没有来源支持的 {count} 句",
        "What the model wrote and no source supports ({count})",
    ),
    "partly": ("只有部分依据", "only partly supported"),
    "unsupported": ("没有依据", "not supported"),
    "quotes_only": ("只摘引原文，未用模型", "quotes alone, no model"),
    "seconds": ("用时 {seconds} 秒", "{seconds} s"),
    "error": ("这个问题没有得到回答。程序说：", "This question was not answered. The program says:"),
    "empty": ("问题是空的，请写下几个字再问。", "The question is empty. Ask in a few words, in Chinese or English."),
    "too_long": (
        "问题有 {length} 个字符，最多 {limit} 个。请用几句话只问一件事；长文请作为资料添加（yiju add）。",
        "The question has {length} characters; at most {limit} can be asked. Ask for one thing in a few words; "
        "a long text belongs into a source (yiju add).",
    ),
    "close": ("关闭", "Close"),
    "opening": ("正在打开……", "Opening…"),
    "gone": (
        "这份资料已经不在索引里，原文无法打开。",
        "This source is no longer in the index; its text cannot be opened.",
    ),
    "not_opened": (
        "原文没有打开：与程序的连接断了，或程序出错。",
        "The source could not be opened: the connection was lost, or the program failed.",
    ),
}

# What the checks say of a sentence (assistant/verify.py), in Chinese.
_REASONS = {
    verify.ONLY_SAYS_NOTHING: "它只是说资料里没有提到",
    verify.NOTHING_OF_THIS_KIND: "证据里没有这样的说法",
    verify.NOT_CERTAIN: "模型不确定证据是否这样说",
    verify.NOT_FOUND: "模型没有看到证据这样说",
}


def both(key: str, **values: object) -> str:
    """Return a text as HTML in both languages, its values escaped."""
    chinese, english = _WORDS[key]
    return _pair(chinese.format(**values), english.format(**values))


def plain(key: str) -> tuple[str, str]:
    """Return a text in Chinese and in English, for an attribute."""
    return _WORDS[key]


def reason(english: str) -> str:
    """Return, as HTML in both languages, why a sentence is not supported."""
    if english.startswith(verify.NOT_IN_EVIDENCE):
        return _pair(f"证据里没有：{english.removeprefix(verify.NOT_IN_EVIDENCE)}", english)
    return _pair(_REASONS.get(english, english), english)


def origins(sources: int, independent: int) -> str:
    """Return, as HTML in both languages, how many sources and independent origins an answer rests on."""
    english = f"{_counted(sources, 'source')}, {_counted(independent, 'independent origin')}"
    return _pair(f"{sources} 个来源，{independent} 个独立出处", english)


def error(raised: YijuError, question: str) -> str:
    """Return, as HTML in both languages, why a question was not answered and what to do."""
    question = question.strip()
    if not question:
        return both("empty")
    if len(question) > LONGEST_QUERY:
        return both("too_long", length=f"{len(question):,}", limit=f"{LONGEST_QUERY:,}")
    return f'{both("error")} <span lang="en" dir="auto">{escape(str(raised))}</span>'


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _pair(chinese: str, english: str) -> str:
    return f'<span class="zh" lang="zh">{escape(chinese)}</span><span class="en" lang="en">{escape(english)}</span>'
