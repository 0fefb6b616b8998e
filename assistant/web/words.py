"""Every text of the page, in Chinese and English; both are in the page, and its style sheet shows one of them."""

from collections.abc import Mapping
from html import escape

from assistant.reasons import in_chinese
from index import YijuError
from index.search import LONGEST_QUERY
from index.sources.unread import ADVICE

_WORDS = {
    "tagline": ("问你自己的资料，每句话都有出处", "Ask your own sources. Every sentence shows its evidence."),
    "how": (
        "点击句末的编号，会在原文里打开它引用的那句话。",
        "Click a number after a sentence to open the very words it rests on, in their source.",
    ),
    "try": ("试着问", "Try asking"),
    "views": ("页面", "Views"),
    "view_ask": ("提问", "Ask"),
    "view_sources": ("资料", "Sources"),
    "view_conversations": ("对话", "Chats"),
    "view_settings": ("设置", "Settings"),
    "sources": ("资料", "Sources"),
    "no_sources": (
        "还没有资料。先添加文件、文件夹或网址，再来提问。",
        "There are no sources yet. Add files, folders or web addresses first, then ask.",
    ),
    "no_sources_here": (
        "还没有资料。把文件或文件夹拖到上面，或者粘贴网址、文字。",
        "There are no sources yet. Drop files or folders above, or paste an address or a text.",
    ),
    "add_sources": ("添加资料", "Add sources"),
    "new": ("新对话", "New chat"),
    "export": ("导出", "Export"),
    "retry": ("再问一次", "Ask again"),
    "edit": ("修改问题", "Edit the question"),
    "copy": ("复制答案和出处", "Copy with citations"),
    "good": ("答得好", "Good answer"),
    "bad": ("答得不好", "Bad answer"),
    "page": ("第 {page} 页", "p. {page}"),
    "question": ("问题", "Your question"),
    "placeholder": ("就你的资料提问……", "Ask your sources…"),
    "ask": ("提问", "Ask"),
    "stop": ("停止", "Stop"),
    "follow_ups": (
        "可以接着问：“那它的高度呢？”怎样理解的，会写在问题下面。",
        "You can ask on: “And how high is it?” How that was understood stands under the question.",
    ),
    "understood": ("理解为：", "Understood as: "),
    "editing": (
        "修改一个问过的问题：只接着它前面的对话，原来的回答会留着。",
        "Editing an earlier question: it follows only what came before it; its answer stays.",
    ),
    "cancel": ("取消", "Cancel"),
    "planted": (
        "这句话像是写给模型的指令，未作依据",
        "this sentence looks like an instruction to a model; nothing rests on it",
    ),
    "loading": (
        "正在载入模型……载入完成后自动继续。",
        "The model is being loaded… It goes on by itself as soon as that is done.",
    ),
    "searching": ("正在查找证据……", "Looking for evidence…"),
    "waiting": (
        "证据已找到；模型正忙，前面还有 {before} 个问题。",
        "The evidence is here; the model is busy, questions before yours: {before}.",
    ),
    "waiting_unfound": (
        "模型正忙，前面还有 {before} 个问题。",
        "The model is busy, questions before yours: {before}.",
    ),
    "away": (
        "与程序的连接断了，正在重连；连上后答案会接着显示。",
        "The connection is lost. Trying again; the answer goes on as soon as it is back.",
    ),
    "meanwhile": (
        "模型 {model} 的文件还不在，这里先只摘引原文。",
        "The files of the model {model} are not here yet; meanwhile, quotes alone.",
    ),
    "not_kept": (
        "这次回答没能存进对话：写不了磁盘，详情在终端里。",
        "This answer could not be kept with the chat: the disk cannot be written to; the terminal has the details.",
    ),
    "too_many": (
        "已有 {limit} 个问题同时在答，请等其中一个答完。",
        "{limit} of your questions are being answered; wait until one of them is done.",
    ),
    "too_often": (
        "一分钟最多问 {limit} 个问题，请稍等再问。",
        "At most {limit} questions can be asked in a minute; wait a little.",
    ),
    "too_busy": ("现在提问的人太多，请稍后再试。", "Too many people are asking now; try again in a while."),
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
    "conflicts": ("来源说法不一", "The sources disagree"),
    "disagreements": ("{count} 处说法不一", "disagreements: {count}"),
    "newer": ("发布较晚；较新不等于正确", "published later; newer is not always right"),
    "asked_again": ("也用资料的语言问过：{question}", "also asked in the sources’ language: {question}"),
    "quotes_only": ("只摘引原文，未用模型", "quotes alone, no model"),
    "seconds": ("用时 {seconds} 秒", "{seconds} s"),
    "error": ("这个问题没有得到回答。程序说：", "This question was not answered. The program says:"),
    "empty": ("问题是空的，请写下几个字再问。", "The question is empty. Ask in a few words, in Chinese or English."),
    "too_long": (
        "问题有 {length} 个字符，最多 {limit} 个。请用几句话只问一件事；长文请在“资料”里添加。",
        "The question has {length} characters; at most {limit} can be asked. Ask for one thing in a few words; "
        "a long text belongs among the sources.",
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
    "quotes": ("引文", "Quotes"),
    "quote_before": ("上一处引文", "Quote before"),
    "quote_after": ("下一处引文", "Next quote"),
    "way_page": ("页面", "Page"),
    "way_text": ("文字", "Text"),
    "earlier": ("上一页", "Page before"),
    "later": ("下一页", "Next page"),
    "drop": ("把文件或文件夹拖到这里，或者", "Drop files or folders here, or"),
    "choose_files": ("选择文件", "Choose files"),
    "choose_folder": ("选择文件夹", "Choose a folder"),
    "paste": ("粘贴网址或文字", "Paste an address or a text"),
    "paste_hint": ("网址（每行一个），或一段文字", "Addresses, one a line, or a text"),
    "paste_title": ("这段文字的标题（可以不填）", "A title for the text (may be left away)"),
    "add": ("添加", "Add"),
    "adding_now": ("添加的进度", "Progress of adding"),
    "dismiss": ("收起", "Dismiss"),
    "find_sources": ("按标题、作者或文件名找", "Find by title, author or file name"),
    "any_language": ("所有语言", "Any language"),
    "any_kind": ("所有类型", "Any type"),
    "column_language": ("语言", "Language"),
    "column_kind": ("类型", "Type"),
    "sort_title": ("标题", "Title"),
    "sort_published": ("日期", "Date"),
    "sort_size": ("大小", "Size"),
    "sort_passages": ("段落", "Passages"),
    "pick_fitting": ("全选这些", "Select all of these"),
    "pick_none": ("全不选", "Select none"),
    "none_fit": ("没有符合的。换几个字，或去掉筛选。", "Nothing fits. Try other words, or fewer filters."),
    "use_all": ("改用全部资料", "Use all sources"),
    "find_conversations": ("在名称、问题和答案里找", "Find in names, questions and answers"),
    "none_kept": (
        "还没有对话。问过的问题和答案会存在这里，和索引放在一起。",
        "There are no chats yet. What you ask and what is answered is kept here, beside the index.",
    ),
    "model": ("谁来写答案", "Who writes the answers"),
    "strictness": ("把关的松紧", "How strict the gate is"),
    "strictness_about": (
        "越严，编造的句子越少，本来答得出的也会多拒绝一些。数字是内置模型在 209 个问题上的（docs/figures.md）。",
        "The stricter, the fewer invented sentences, and the more questions are refused that could have been answered. "
        "The figures are the embedded model's, measured on 209 questions (docs/figures.md).",
    ),
    "strict": ("严格", "Strict"),
    "normal": ("适中", "Normal"),
    "lenient": ("宽松", "Lenient"),
    "means_strict": (
        "资料里有答案的问题答出 {kept}，没有答案的拦下 {held}。",
        "Answers {kept} of what the sources can answer, holds back {held} of what they cannot.",
    ),
    "means_normal": (
        "资料里有答案的问题答出 {kept}，没有答案的拦下 {held}；不太确定的句子会标出来。",
        "Answers {kept} of what the sources can answer, holds back {held} of what they cannot; marks what is not "
        "certain.",
    ),
    "means_lenient": (
        "资料里有答案的问题答出 {kept}，没有答案的只拦下 {held}：每句话都请核对引文。",
        "Answers {kept} of what the sources can answer, holds back only {held} of what they cannot: check each quote.",
    ),
    "language": ("语言", "Language"),
    "theme": ("明暗", "Light and dark"),
    "theme_system": ("跟随系统", "As the system"),
    "theme_light": ("浅色", "Light"),
    "theme_dark": ("深色", "Dark"),
    "size": ("字号", "Text size"),
    "size_100": ("标准", "Normal"),
    "size_115": ("大", "Large"),
    "size_130": ("特大", "Larger"),
    "logged_in": ("登录为", "Logged in as"),
    "log_out": ("退出登录", "Log out"),
}

# What the page's scripts say; {values} are filled in there.
_FOR_SCRIPTS = {
    **{key: _WORDS[key] for key in ("planted", "refused", "stopped", "lost")},
    "done": ("已回答。", "Answered."),
    "undo": ("撤销", "Undo"),
    "close": ("关闭", "Close"),
    "offline": (
        "与程序的连接断了。程序还在运行吗？",
        "The connection to the program is lost. Is it still running?",
    ),
    "logged_out": ("登录已过期，请刷新页面重新登录。", "You are logged out. Reload the page and log in again."),
    "not_there": ("已经不在了，可能刚被移除。", "It is no longer there; it may just have been removed."),
    "program_failed": ("程序出错，详情在终端里。", "The program failed; the terminal has the details."),
    "says": ("程序说：", ""),  # before what is English anyway
    "program_says": ("程序说：", "The program says:"),
    "copied": ("已复制。", "Copied."),
    "not_copied": (
        "浏览器不让复制。请选中文字，自己复制。",
        "The browser did not let it be copied. Select the text and copy it yourself.",
    ),
    "judged": (
        "记下了，只存在本机索引旁的 feedback.jsonl。",
        "Noted, in feedback.jsonl beside the index and nowhere else.",
    ),
    "one_at_a_time": (
        "还在回答上一个问题。请等它答完，或按“停止”。",
        "The last question is still being answered. Wait for it, or press Stop.",
    ),
    "goes_on": (
        "刚才的问题会继续回答，答完后在“对话”里可以找到。",
        "The last question is still being answered; you will find it under Chats.",
    ),
    "what_was_wrong": ("哪里不对？应该是什么？（可以不填）", "What was wrong, what would be right? (may be left away)"),
    "keep": ("记下", "Keep"),
    "page_of": ("第 {page} / {pages} 页", "Page {page} of {pages}"),
    "all_sources": ("共 {all} 份", "{all} in all"),
    "fitting": ("{total} 份符合，共 {all} 份", "{total} of {all} fit"),
    "picked": ("已选 {count} 份", "{count} selected"),
    "only": ("只用选中的 {count} 份资料", "Only the selected sources are used: {count}"),
    "only_one": ("只用这份资料：", "Only this source is used:"),
    "some_gone": (
        "选中的资料有的已经不在了，其余的仍然选中。",
        "Some of the selected sources are no longer there; the others stay selected.",
    ),
    "all_gone": (
        "选中的资料已经不在了，现在使用全部资料。",
        "The selected sources are no longer there; all sources are used now.",
    ),
    "read_again": ("重新读取", "Read again"),
    "remove": ("移除", "Remove"),
    "rename": ("改名", "Rename"),
    "removed": ("已移除", "Removed"),
    "not_restored": ("已经过了可以撤销的时间。", "It is too late to undo this."),
    "exchanges": ("{count} 问", "questions: {count}"),
    "adding": (
        "正在添加：{total} 份中已完成 {done} 份，{failed} 份没有成功",
        "Adding: {done} of {total} done, {failed} failed",
    ),
    "added_all": ("{done} 份都处理完了。", "All done: {done}."),
    "added_but": ("{done} 份处理完，{failed} 份没有成功：", "{done} done, {failed} could not be added:"),
    "state_waiting": ("等待中", "waiting"),
    "state_sending": ("正在传送……", "being sent…"),
    "state_reading": ("正在读取……", "being read…"),
    "state_storing": ("读完了，正在编入索引……", "read; being indexed…"),
    "state_added": ("已添加，{count} 段", "added, passages: {count}"),
    "state_updated": ("已更新，{count} 段", "updated, passages: {count}"),
    "state_unchanged": ("早已在内，没有变化", "was in, unchanged"),
    "too_large": (
        "有 {size}，超过了单个文件 {largest} 的上限。请拆开，或只添加需要的部分。",
        "It has {size}, more than the {largest} that are read. Split it, or add the part that matters.",
    ),
    "empty_file": ("是空文件。", "It is empty."),
    "other_kind": ("这种文件读不了。可以读：{kinds}", "This kind of file cannot be read. These can: {kinds}"),
    "other_kinds": (
        "另有 {count} 个文件的类型读不了，没有添加。",
        "{count} more files are of kinds that cannot be read.",
    ),
    "file_changed": (
        "上传时文件改名、移动或变化了，请重新添加。",
        "The file was renamed, moved or changed while it was sent; add it again.",
    ),
    "arriving": (
        "正在下载模型 {model}：{share} %，共 {size}；期间只摘引原文。",
        "The model {model} is being fetched: {share} % of {size}; meanwhile, quotes alone.",
    ),
    "not_here": (
        "模型 {model} 的文件不在本机（{size}），现在只摘引原文。可在“设置”里下载。",
        "The files of the model {model} are not here ({size}); quotes alone for now. Settings can fetch them.",
    ),
    "get_model": ("下载（{size}）", "Fetch it ({size})"),
    "model_embedded": ("自带的模型，在本机运行。", "The model that comes with Yiju, run on this machine."),
    "model_small": (
        "自带的小模型：快一倍，答得差很多。",
        "The small one that comes with it: twice as fast, much worse.",
    ),
    "model_none": ("不用模型，立刻给出最贴近的原文。", "No model: the best quotes, at once."),
    "model_other": ("启动时配置的模型。", "A model that was configured."),
}

_ADVICE = {
    "save it as ": "请另存为 ",
    "export it as ": "请导出为 ",
    "export its mail as ": "请把其中的邮件导出为 ",
    "convert it to ": "请转换为 ",
    "print it to ": "请打印为 ",
    "unpack it and add the folder": "请解压后添加整个文件夹",
    " or ": " 或 ",
}


def _instead(advice: str) -> tuple[str, str]:
    """Return what to do with a file that is of no kind that is read."""
    chinese = advice
    for english, same in _ADVICE.items():
        chinese = chinese.replace(english, same)
    return f"这种文件读不了，{chinese}。", f"This kind of file cannot be read; {advice}."


def for_scripts() -> Mapping[str, tuple[str, str]]:
    """Return the texts that the page's scripts show, in Chinese and English."""
    return {**_FOR_SCRIPTS, **{f"instead{suffix}": _instead(advice) for suffix, advice in ADVICE.items()}}


def both(key: str, **values: object) -> str:
    """Return a text as HTML in both languages, its values escaped."""
    chinese, english = _WORDS[key]
    return _pair(chinese.format(**values), english.format(**values))


def plain(key: str) -> tuple[str, str]:
    """Return a text in Chinese and in English, for an attribute."""
    return _WORDS[key]


def reason(english: str) -> str:
    """Return, as HTML in both languages, why a sentence is not supported."""
    return _pair(in_chinese(english), english)


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
