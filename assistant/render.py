"""Answers as text for a terminal, as Markdown and HTML; conversations as Markdown and as a page that stands alone."""

import hashlib
import re
from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from assistant.answer import Answer, Citation, Conflict
from assistant.conversations import Conversation, Exchange, Said
from assistant.reasons import in_chinese
from assistant.settings import QUOTES_ONLY
from assistant.verify import Sentence
from index.language import language_of


def as_text(answer: Answer) -> str:
    """Return an answer as text: its sentences with their numbers, then each quote with its source.

    The words around it are in the question's language: Chinese, else English.
    """
    language = words_language(answer.question)
    if answer.status == "refused":
        return "\n\n".join([refusal(answer), *map(_citation, answer.nearest)])
    sentences = "\n".join(
        attributed(sentence)
        + sentence.text
        + "".join(f" [{number}]" for number in sentence.citations)
        + _mark(sentence, language)
        for sentence in answer.sentences
    )
    understood = [understood_as(answer.standalone, language)] if is_follow_up(answer) else []
    conflicts = (_conflict(one, language) for one in answer.conflicts)
    parts = [*understood, sentences, *conflicts, *map(_citation, answer.citations), last_line(answer)]
    return printable("\n\n".join(parts))


def _mark(sentence: Sentence, language: str) -> str:
    """Return what stands behind a sentence that does not hold; nothing else in plain text would strike it."""
    if sentence.verdict == "supported":
        return ""
    said = remark(sentence, language)
    return f" ({said.replace('not supported', 'NOT SUPPORTED', 1) if sentence.verdict == 'unsupported' else said})"


def words_language(question: str) -> str:
    """Return the language of the words around an answer, "zh" or "en", by its question."""
    return "zh" if language_of(question) == "zh" else "en"


def refusal(answer: Answer) -> str:
    """Return what stands above the nearest passages of a refusal."""
    return _refusal(answer, words_language(answer.question))


def remark(sentence: Sentence, language: str) -> str:
    """Return a verdict with its reason: "not supported: …"."""
    word = _word(sentence.verdict, language)
    if not sentence.reason:
        return word
    return f"{word}：{in_chinese(sentence.reason)}" if language == "zh" else f"{word}: {sentence.reason}"


def last_line(answer: Answer) -> str:
    """Return how many sources and independent origins an answer rests on, and how long it took."""
    language, total = words_language(answer.question), answer.timings.total
    sources, independent = answer.origins.sources, answer.origins.independent
    if language == "zh":
        return f"{sources} 个来源，{independent} 个独立出处；{total:.1f} 秒"
    return f"{_count(sources, 'source')}, {_count(independent, 'independent origin')}; {total:.1f} s"


def understood_as(question: str, language: str) -> str:
    """Return what stands above an answer whose question was completed from those before it."""
    return _word("understood", language, question=question)


def disagreement(language: str) -> str:
    """Return what stands above the sides of a disagreement."""
    return _word("conflict", language) + ("：" if language == "zh" else ":")


def is_follow_up(answer: Answer) -> bool:
    """Return whether a question was understood with the help of those before it."""
    return bool(answer.standalone.strip()) and answer.standalone.strip() != answer.question.strip()


def attributed(said: Sentence) -> str:
    """Return who says a sentence, to be put before it: "In the view of Lin Mo: "; "" for a plain fact."""
    return said.attribution + (": " if space_after(said.attribution) else "：") if said.attribution else ""


def who_and_when(author: str | None, published: str | None) -> str:
    """Return "author, date" as far as they are known."""
    return ", ".join(part for part in (author, published) if part)


def quoted(citation: Citation) -> str:
    """Return the quote on one line."""
    return f"“{' '.join(citation.quote.split())}”"


def printable(text: str) -> str:
    """Return text from a source without the characters that steer a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _citation(citation: Citation) -> str:
    said = who_and_when(citation.author, citation.published)
    page = f", p. {citation.page}" if citation.page else ""
    title = f"[{citation.number}] {citation.title}" + (f" ({said}{page})" if said or page else "")
    words = citation.quote.replace("\n", "\n    ")
    return printable(f"{title}\n    “{words}”\n    {citation.uri}")


def _conflict(found: Conflict, language: str) -> str:
    lines = [disagreement(language)]
    for says, one in zip(found.says, found.citations, strict=True):
        newer = _word("newer", language) if found.newer == one.number else ""
        said = "; ".join(part for part in (who_and_when(one.author, one.published), newer) if part)
        lines.append(f"    [{one.number}] {says}: {one.title}" + (f" ({said})" if said else ""))
    return printable("\n".join(lines))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


# Markdown and HTML. What is not ours is escaped: in Markdown whatever could become a link, a tag or a heading.

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))", re.MULTILINE)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")  # would turn around the text after it

_OF_ADDRESSES = ":/?#[]@!$&'()*+,;=%~-._"

_WORDS = {  # Chinese, English
    "refused": ("这些资料没有回答这个问题。最接近的段落：", "The sources do not answer this. Nearest passages:"),
    "empty": ("没有可以用来回答的资料。", "There are no sources to answer from."),
    "partly": ("只有部分依据", "only partly supported"),
    "unsupported": ("没有依据", "not supported"),
    "page": ("第 {page} 页", "p. {page}"),
    "sources": ("来源", "Sources"),
    "asked": ("{when} 提问", "asked {when}"),
    "understood": ("理解为：{question}", "Understood as: {question}"),
    "conflict": ("来源说法不一", "The sources disagree"),
    "newer": ("发布较晚；较新不等于正确", "published later; newer is not always right"),
}


def as_markdown(conversation: Conversation, language: str = "en") -> str:
    """Return a conversation as Markdown with footnotes; `language` ("zh" or "en") is of the words around it."""
    parts = [f"# {_md(conversation.name)}"]
    for at, one in enumerate(conversation.exchanges, start=1):
        parts += [f"## {_md(one.answer.question)}", f"*{_word('asked', language, when=_when(one))}*"]
        parts += _md_answer(one.answer, one.said, f"{at}-", language)
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_as_markdown(answer: Answer, language: str | None = None) -> str:
    """Return an answer as Markdown with footnotes; `language` ("zh" or "en") is the question's when it is not said."""
    parts = _md_answer(answer, _said(answer), "", language or words_language(answer.question))
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_as_html(answer: Answer, language: str | None = None) -> str:
    """The same as a piece of HTML, whose notes keep apart from those of other answers on one page."""
    language = language or words_language(answer.question)
    understood = _html_understood(answer, language)
    kept_apart = hashlib.sha256(repr(answer).encode()).hexdigest()[:8] + "-"
    return (
        f'<div class="yiju-answer">{f"<p><em>{understood}</em></p>" if understood else ""}'
        f"{_html_answer(answer, _said(answer), kept_apart, language)}</div>"
    )


def _said(answer: Answer) -> list[Said]:
    """Return what an answer says; quotes do not make one text, so that each begins a line."""
    quotes = answer.model == QUOTES_ONLY
    return [Said(one, (), quotes and at > 0) for at, one in enumerate(answer.sentences)]


def _flowing(said: Sequence[Said], language: str, escaped: Callable[[str], str], number: str, verdict: str) -> str:
    """Return sentences as running text; `number` and `verdict` are the forms of what stands behind one."""
    sentences = (
        ("\n\n" if one.begins else "")
        + escaped(attributed(one.sentence) + one.sentence.text)
        + "".join(map(number.format, one.sentence.citations))
        + (verdict.format(_verdict(one, language)) if one.sentence.verdict != "supported" else "")
        + space_after(one.sentence.text)
        for one in said
    )
    return "".join(sentences).replace(" \n\n", "\n\n").strip()


def _md_answer(answer: Answer, said: Sequence[Said], prefix: str, language: str) -> list[str]:
    """Return the parts of an answer; its footnotes are numbered with a prefix, so that those of another are others."""
    parts = []
    if is_follow_up(answer):
        parts.append(f"*{understood_as(_md(answer.standalone), language)}*")
    if answer.status == "refused":
        parts.append(_refusal(answer, language))
        parts.append("\n".join(f"- {_md_note(note, language)}" for note in notes(answer)))
        return parts
    parts.append(_flowing(said, language, _md, f"[^{prefix}{{}}]", " *({})*"))
    parts += [_md_conflict(prefix, found, language) for found in answer.conflicts]
    parts.append("\n".join(f"[^{prefix}{note.number}]: {_md_note(note, language)}" for note in notes(answer)))
    return parts


def _refusal(answer: Answer, language: str) -> str:
    return _word("refused" if answer.nearest else "empty", language)


def as_html(conversation: Conversation, language: str = "en") -> str:
    """Return a conversation as one page of HTML with footnotes, which needs nothing beside it and runs nothing."""
    turns = "".join(_html_turn(at, one, language) for at, one in enumerate(conversation.exchanges, start=1))
    name = escape(conversation.name)
    code = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}</style></head>"
        f'<body><main><h1 dir="auto">{name}</h1>{turns}</main></body></html>\n'
    )


def as_copied(answer: Answer, said: Sequence[Said], language: str = "en") -> str:
    """Return an answer with its citations as plain text, to be pasted elsewhere; without what nothing supports."""
    kept = [one for one in said if one.sentence.verdict != "unsupported"]
    text = _flowing(kept, language, str, "[{}]", " ({})")
    understood = understood_as(answer.standalone, language) if is_follow_up(answer) else ""
    conflicts = [_plain_conflict(one, language) for one in answer.conflicts]
    listed = "\n".join(f"[{one.number}] {_plain_note(one, language)}" for one in notes(answer))
    return "\n\n".join(part for part in (understood, text, *conflicts, listed) if part)


def notes(answer: Answer) -> Sequence[Citation]:
    """Return what the numbers in an answer stand for, by number; where its sources disagree, both sides."""
    if answer.status == "refused":
        return answer.nearest
    of = {one.number: one for found in answer.conflicts for one in found.citations}
    of |= {one.number: one for one in answer.citations}
    return [of[number] for number in sorted(of)]


def _plain_conflict(found: Conflict, language: str) -> str:
    sides = [
        f"- {says}: {quoted(one)}[{one.number}]{_newer(found, one, language)}"
        for says, one in zip(found.says, found.citations, strict=True)
    ]
    return "\n".join([disagreement(language), *sides])


def _md_conflict(prefix: str, found: Conflict, language: str) -> str:
    sides = [
        f"- **{_md(says)}**: {_md(quoted(one))}[^{prefix}{one.number}]{_md(_newer(found, one, language))}"
        for says, one in zip(found.says, found.citations, strict=True)
    ]
    return f"**{_word('conflict', language)}**\n\n" + "\n".join(sides)


def _html_conflict(prefix: str, found: Conflict, language: str) -> str:
    sides = "".join(
        f'<li><b dir="auto">{escape(says)}</b>: <q dir="auto">{escape(one.quote)}</q>{_html_number(prefix, one.number)}'
        f"{escape(_newer(found, one, language))}</li>"
        for says, one in zip(found.says, found.citations, strict=True)
    )
    return f'<div class="conflict"><strong>{_word("conflict", language)}</strong><ul>{sides}</ul></div>'


def _newer(found: Conflict, one: Citation, language: str) -> str:
    return f" ({_word('newer', language)})" if found.newer == one.number else ""


def _html_turn(at: int, exchange: Exchange, language: str) -> str:
    answer = exchange.answer
    when = escape(_word("asked", language, when=_when(exchange)))
    understood = _html_understood(answer, language)
    if understood:
        when += f"<br>{understood}"
    return (
        f'<section><h2 dir="auto">{escape(answer.question)}</h2><p class="when">{when}</p>'
        f"{_html_answer(answer, exchange.said, f'{at}-', language)}</section>"
    )


def _html_understood(answer: Answer, language: str) -> str:
    if not is_follow_up(answer):
        return ""
    return f"<bdi>{escape(understood_as(answer.standalone, language))}</bdi>"


def _html_answer(answer: Answer, said: Sequence[Said], prefix: str, language: str) -> str:
    """Return an answer and its notes; their ids begin with a prefix, so that those of another are others."""
    if answer.status == "refused":
        listed = "".join(f"<li>{_html_note(note, language)}</li>" for note in notes(answer))
        return f"<p>{_refusal(answer, language)}</p>" + (f"<ul>{listed}</ul>" if listed else "")
    text = "".join(_html_sentence(prefix, one, language) for one in said)
    text = f'<p dir="auto">{text}</p>' + "".join(_html_conflict(prefix, one, language) for one in answer.conflicts)
    listed = "".join(
        f'<li id="n{prefix}{note.number}" value="{note.number}">{_html_note(note, language)} '
        f'<a href="#r{prefix}{note.number}" aria-label="{note.number}">↩</a></li>'
        for note in notes(answer)
    )
    for note in notes(answer):  # a note leads back to the first place that cites it
        text = text.replace(f'class="r{prefix}{note.number}"', f'id="r{prefix}{note.number}"', 1)
    return text + (f"<h3>{_word('sources', language)}</h3><ol>{listed}</ol>" if listed else "")


def _html_sentence(prefix: str, said: Said, language: str) -> str:
    sentence = said.sentence
    text = escape(sentence.text)
    marked = escape(attributed(sentence)) + (f"<s>{text}</s>" if sentence.verdict == "unsupported" else text)
    numbers = "".join(_html_number(prefix, number) for number in sentence.citations)
    verdict = f" <em>({escape(_verdict(said, language))})</em>" if sentence.verdict != "supported" else ""
    return ("<br>" if said.begins else "") + marked + numbers + verdict + space_after(sentence.text)


def _html_number(prefix: str, number: int) -> str:
    return f'<sup><a class="r{prefix}{number}" href="#n{prefix}{number}">[{number}]</a></sup>'


def _html_note(note: Citation, language: str) -> str:
    about = " · ".join(f"<bdi>{escape(one)}</bdi>" for one in _about(note, language))
    address = escape(note.uri)
    link = f'<a href="{address}" rel="noreferrer">{address}</a>' if is_link(note.uri) else f"<bdi>{address}</bdi>"
    return f'{about}<blockquote dir="auto">{escape(note.quote)}</blockquote>{link}'


def _md_note(note: Citation, language: str) -> str:
    return f"{_md(', '.join(_about(note, language)))}: {_md(quoted(note))} {_md_address(note.uri)}"


def _md_address(address: str) -> str:
    return f"<{quote(address, safe=_OF_ADDRESSES)}>" if is_link(address) else _md(address)


def _plain_note(note: Citation, language: str) -> str:
    return f"{', '.join(_about(note, language))}: {quoted(note)} {note.uri}"


def _about(note: Citation, language: str) -> list[str]:
    page = _word("page", language, page=note.page) if note.page else None
    return [part for part in (note.title, note.author, note.published, page) if part]


def _md(text: str) -> str:
    plain = _BIDI.sub("", printable(text)).replace("\n", " ")
    return _LINE_START.sub(r"\1\\\2\3\4", _MARKDOWN.sub(r"\\\1", plain)).replace("://", ":\\//")


def _verdict(said: Said, language: str) -> str:
    return remark(said.sentence, language)


def _word(key: str, language: str, **values: object) -> str:
    chinese, english = _WORDS[key]
    return (chinese if language == "zh" else english).format(**values)


def _when(exchange: Exchange) -> str:
    return exchange.asked[:16].replace("T", " ") + " UTC"


def is_link(address: str) -> bool:
    """Return whether this is an address of the web."""
    return address.lower().startswith(("https://", "http://"))


def space_after(sentence: str) -> str:
    """Return the space before a next sentence; scripts that write without spaces have none."""
    return " " if sentence[-1:] < "\u1100" else ""


_STYLE = (
    ":root{color-scheme:light dark}body{margin:0;font:1rem/1.7 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif}"
    "main{max-width:44rem;margin:0 auto;padding:2rem 1.25rem}h2{font-size:1.2rem;margin-top:2.5rem}"
    "h3{font-size:.9rem}.when,li{font-size:.9rem}.when{opacity:.7}blockquote{margin:.25rem 0;padding-left:.75rem;"
    "border-left:3px solid;font-family:serif}.conflict{border-left:3px solid #b4602a;padding-left:.75rem}"
    "a{overflow-wrap:anywhere}"
)
