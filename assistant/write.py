"""Writing: the prompt from the evidence, and the model's text as it comes, a sentence at a time."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

import prompts
from assistant.evidence import Evidence
from assistant.models import go_on, stream
from assistant.originals import as_read, corrected
from index.chinese import is_traditional
from index.language import UNKNOWN, language_of
from index.passages import sentences

LANGUAGES = {
    "zh": "Chinese", "en": "English", "ja": "Japanese", "ko": "Korean", "fr": "French", "de": "German",
    "es": "Spanish", "ru": "Russian", "it": "Italian", "pt": "Portuguese",
}  # fmt: skip

_LONGEST = 40  # tokens of an answer that goes on otherwise

# "[1, 2]", "(来源2)": citations are found by code, so what a model puts there is noise; so are "- " and "**". A number
# alone in round brackets is one only at the end of a sentence: not in "Section (3)" or "a flood (1953)".
_NUMBERS = r"\^?(?:(?:来源|sources?)\s*)?\d{1,2}(?:\s*(?:[,，、;；–-]|and|和)\s*(?:(?:来源|sources?)\s*)?\d{1,2})*"
_CITED = rf"(?:[\[【]{_NUMBERS}(?:†[^\]】]*)?[\]】]|[(（](?=来源|source){_NUMBERS}[)）])"
_MARKS = re.compile(
    rf"^\s*[-*•]\s+|(?<!\s)\s*{_CITED}(?:\s*[,，、]?\s*{_CITED})*|(?<!\s)\s*[(（]\d[)）](?=\s*[.。!！?？]?\s*$)|\*\*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^[^\S\n]*(\d+)[.)、]\s+", re.MULTILINE)  # an item of a list, of several, or the first


def conversation(question: str, evidence: Sequence[Evidence], instruction: str) -> list[BaseMessage]:
    """Return the messages for one request over the evidence.

    Every request of one question begins with the same text, so that a model that keeps what it has read (a prefix
    cache) reads the evidence once.
    """
    read = prompts.load("sources_and_question", sources=as_read(_listed(evidence), question), question=question)
    return [SystemMessage(prompts.load("system")), HumanMessage(f"{read}\n{instruction}")]


def _listed(evidence: Sequence[Evidence]) -> str:
    """Return the evidence as a model reads it: each source's passages under the title that says what they are about."""
    parts = []
    for source, passages in groupby(evidence, key=lambda one: one.source):
        heading = [f"《{source.stated_title}》"] if source.stated_title else []
        parts.append("\n".join([*heading, *(one.readable for one in passages)]))
    return "\n\n".join(parts)


def write(
    model: BaseChatModel, question: str, evidence: Sequence[Evidence], config: RunnableConfig | None = None
) -> Iterator[AIMessageChunk]:
    """Yield the answer's text as the model writes it."""
    yield from stream(model, _to_write(question, evidence), config)


def write_on(
    model: BaseChatModel,
    question: str,
    evidence: Sequence[Evidence],
    begun: str,
    config: RunnableConfig | None = None,
) -> str:
    """Return an answer from its beginning on, which a model that `goes_on` ends."""
    return go_on(model, _to_write(question, evidence), begun, _LONGEST, config)


def _to_write(question: str, evidence: Sequence[Evidence]) -> list[BaseMessage]:
    return conversation(question, evidence, prompts.load("write", language=language_to_write(question, evidence)))


def language_to_write(question: str, evidence: Sequence[Evidence]) -> str:
    """Return the name of the question's language; of a bare name, that of the evidence."""
    asked = language_of(question)
    code = language_of(" ".join(one.text for one in evidence)) if asked == UNKNOWN else asked
    language = LANGUAGES.get(code, "the language of the question")
    return f"traditional {language}" if is_traditional(question) else language


def written(text: str, question: str, evidence: Sequence[Evidence]) -> list[str]:
    """Return the sentences of a written answer, names and large figures in them as the evidence has them."""
    told = _listed(evidence)
    return [corrected(one, question, told) for one in split(text)]


def split(text: str) -> list[str]:
    """Return the sentences of a written answer, without the brackets and list marks that a model may add to them."""
    items = _NUMBERED.findall(text)
    is_list = len(items) > 1 or items == ["1"]
    told = (text[span.start : span.end] for span in sentences(text))
    found = [_MARKS.sub("", _NUMBERED.sub("", one, count=1) if is_list else one).strip() for one in told]
    return [sentence for sentence in found if any(character.isalnum() for character in sentence)]
