"""Generated texts, Chinese, English and mixed, full of what is easily cut in the wrong place."""

import random

_NAMES = (
    "Dr. A. Whitcombe",
    "the U.S. envoy",
    "Mr. Lee Jr.",
    "李小满",
    "陈先生",
    "St. Ives",
    "Acme Inc.",
    "e.g. a bell",
)
_WORDS = (
    "the ferry", "a bell", "sailed", "at nine", "and returned", "before noon", "with 40 people", "of the harbour",
    "渡轮", "在清晨", "开航", "两岸的人", "都来看", "茶园", "产量下降", "记录", "naïve café", "e\u0301te\u0301",
    "ｶﾅ", "ＡＢＣ",
    "👩‍🌾", "🍵", "👍🏽", "🇨🇳", "한국어", "ありがとう", "ﬁnal", "x²", "𠮷", "Straße",
)  # fmt: skip
_FIGURES = ("3.14", "1,250,000.50", "12.5%", "£118.10", "2021-08-20", "23:24", "0.05", "１２．５", "1/2", "v2.0.1")
_ADDRESSES = (
    "https://example.org/a/b.html?id=7&page=2",
    "http://tea.example.org/data.csv#row=3",
    "www.example.org/x_(y)",
    "mara@parish.example.org",
)
_ENDS = (".", "!", "?", "。", "！", "？", "……", "…", "?!", ".”", "。”", "：", ";", "；", "")
_QUOTES = (("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ("《", "》"), ("（", "）"), ('"', '"'), ("(", ")"))
_BREAKS = ("\n", "\n\n", "\r\n", "\r\n\r\n", " ", " ", " ", "", "\n\n\n", "\t", "\u3000", "\u00a0", "\u2028", "\x0b")
_LINES = (
    "Sign in to like", "12 comments", "登录后查看更多", "发布于 2021-08-20", "# Heading", "一、概况",
    "1. First", "- point",
    "| a | b | 3.5 |", "Name: Li. Year: 2021", "def f(x):\n    return x  # a. b. c.", "> quoted. Twice.", "———", "***",
)  # fmt: skip


def generated(chance: random.Random) -> str:
    """Return a text of some sentences, lines and marks."""
    pieces: list[str] = []
    for _ in range(chance.choice((1, 3, 10, 40))):
        match chance.randrange(12):
            case 0:
                pieces.append(chance.choice(_LINES) + "\n")
            case 1:
                opened, closed = chance.choice(_QUOTES)
                inside = "".join(_sentence(chance) for _ in range(chance.choice((1, 2, 3))))
                pieces.append(opened + inside + closed)
            case 2:
                pieces.append("".join(chance.choice(_WORDS) for _ in range(chance.choice((30, 200)))))
            case _:
                pieces.append(_sentence(chance))
        pieces.append(chance.choice(_BREAKS))
    return "".join(pieces)


def _sentence(chance: random.Random) -> str:
    kinds = (_WORDS, _WORDS, _WORDS, _NAMES, _FIGURES, _ADDRESSES)
    words = [chance.choice(chance.choice(kinds)) for _ in range(chance.choice((1, 3, 8, 20)))]
    said = " ".join(words) if chance.random() < 0.6 else "，".join(words)
    return said + chance.choice(_ENDS)


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with pieces left out, doubled, moved, or with odd characters put in."""
    changed = text
    for _ in range(chance.choice((0, 1, 3, 20))):
        if not changed:
            break
        at, length = chance.randrange(len(changed)), chance.choice((1, 3, 30))
        piece = changed[at : at + length]
        match chance.randrange(5):
            case 0:
                changed = changed[:at] + changed[at + length :]
            case 1:
                changed = changed[:at] + piece * chance.choice((2, 3, 50)) + changed[at:]
            case 2:
                to = chance.randrange(len(changed))
                changed = changed[:to] + piece + changed[to:]
            case 3:
                odd = chance.choice(
                    ("\u0301", "\u200d", "\ufe0f", "\u202e", "\u200b", "\ufeff", "\x00", "\x85", "“", "”")
                )
                changed = changed[:at] + odd + changed[at:]
            case _:
                changed = changed[:at] + chance.choice(_BREAKS) + changed[at:]
    return changed
