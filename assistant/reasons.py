"""Why a sentence is not supported, in the reader's language."""

from assistant import verify

_CHINESE = {
    verify.ONLY_SAYS_NOTHING: "它只是说资料里没有提到",
    verify.NOTHING_OF_THIS_KIND: "证据里没有这样的说法",
    verify.IN_OTHER_WORDS: "证据若是这样说，用的也是别的词句",
    verify.SAYS_THE_QUESTION: "它只是重复了问题",
    verify.NOT_CERTAIN: "模型不确定证据是否这样说",
    verify.NOT_FOUND: "模型没有看到证据这样说",
    verify.NOT_THE_ANSWER: "证据是这样说的，但模型没有看出它回答了问题",
    verify.TWO_LANGUAGES: "它的用词混了两种语言",
    verify.DENIES: "它否认了证据所说的，或者正好相反",
    verify.CUT_OFF: "模型写到这里就停了，句子没有写完",
    verify.NOT_ANSWERED: "资料没有回答问题的这一部分",
    verify.OBEYS: "它照着资料里埋的指令在写",
}

_BEGINNINGS = {
    verify.NOT_IN_EVIDENCE: "证据里没有：",
    verify.SAYS_OTHERWISE: "证据里说的是：",
    verify.PERHAPS_ANOTHER: "证据说的可能不是：",
    verify.ONLY_A_DAY: "它没有写日期，只写了来源当时所说的：",
    verify.ONLY_SUPPOSED: "证据没有说得这么肯定：",
    verify.OF_SEVERAL: "证据说的是其中之一：",
}


def in_chinese(reason: str) -> str:
    """Return in Chinese what `Sentence.reason` says in English."""
    for beginning, chinese in _BEGINNINGS.items():
        if reason.startswith(beginning):
            return chinese + reason.removeprefix(beginning)
    return _CHINESE.get(reason, reason)
