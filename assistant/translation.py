"""A question put in the language of its sources.

Across languages the search finds less (the passage with the answer is among the evidence for 88 and 89 of 100 questions
of XQuAD, within a language for 97 and 98), and a small model reads one language and writes another badly in one step.
So the question is searched for in both, and where nothing stands that was written in its own language it is asked in
that of the sources; what they answer is then told in the question's, from the very sentence that carries it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

import prompts
from assistant import magnitudes
from assistant.alone import Reading
from assistant.figures import missing, quantities
from assistant.models import stream
from assistant.names import latin_names, pinyin_names, pinyin_syllables, spelling
from assistant.naming import NAMED, Naming, names_to_look_for
from assistant.several import SubQuestion
from assistant.verify import TWO_LANGUAGES, Verified, Verifier
from assistant.write import LANGUAGES
from index import Hit, Index
from index.language import UNKNOWN, in_two_languages, language_of, width

_LONGEST = 300  # characters of a question
_A_NAME = 4  # words
_SYLLABLES = 2  # of a name in pinyin; one stands in any text
_TWICE = re.compile("([\u3400-\u9fff]+)[(（]\\1[)）]")  # of "Chen Yuanhang (陈远航)"
_TIMES_AS_WIDE, _LEAST = 2.5, 20  # as the question, and some more: what a translation may be, before it is cut off


def other_language(question: str, hits: Iterable[Hit]) -> str | None:
    """Return the language, other than the question's, of most passages that were found; None where all are in it."""
    asked = language_of(question)
    others = Counter(one.passage.language for one in hits if one.passage.language not in (asked, UNKNOWN))
    known = [language for language, _ in others.most_common() if language in LANGUAGES]
    return known[0] if known and asked != UNKNOWN else None


def translated(
    index: Index,
    question: str,
    language: str,
    model: BaseChatModel,
    config: RunnableConfig | None = None,
    told: str = "",
) -> str | None:
    """Return a question in another language, by its ISO 639-1 code; None where the model gives nothing that may be it:
    in another language still, with other figures or names, or without end. A text of several hundred characters is no
    question. A Chinese name that only sounds like one that is `told`, by what was found, is written as that.
    """
    if len(question) > _LONGEST or language not in LANGUAGES:
        return None
    system = SystemMessage(prompts.load("translate", language=LANGUAGES[language]))
    written, most = "", _TIMES_AS_WIDE * width(question) + _LEAST
    for chunk in stream(model, [system, *_examples(language), HumanMessage(question)], config):
        written = (written + chunk.text).lstrip()
        if "\n" in written or width(written) > most:
            break
    first = _TWICE.sub(r"\1", written.partition("\n")[0].strip(' "“”'))
    first = magnitudes.corrected(first, question, language)  # 65亿 of 65 billion
    first = _named_as_told(first, question, told) if language == "zh" else first
    keeps_figures = not missing(first, quantities(question)) and not missing(question, quantities(first))
    if not keeps_figures or width(first) > most or language_of(first) != language:
        return None
    names = names_to_look_for(question, question, first)
    naming = Naming(index, model, config) if names else None
    # "ByteDance" as 百度 would find what is told of the other.
    return None if naming and any(naming.certainty(name, first) < NAMED for name in names) else first


def _named_as_told(translation: str, question: str, told: str) -> str:
    """Return a translation with the characters by which its sources know whom a question names: 悟道 for WuDao."""
    for name in dict.fromkeys([*pinyin_names(question), *latin_names(question)]):
        if len(pinyin_syllables("".join(name.split()))) < _SYLLABLES:
            continue
        here, there = set(spelling(translation, name)), Counter(spelling(told, name))
        if there and len(here) == 1 and not here & there.keys():
            translation = translation.replace(here.pop(), there.most_common(1)[0][0])
    return translation


def _examples(language: str) -> list[BaseMessage]:
    """Return turns in which questions were translated; a small model answers them otherwise."""
    pairs = [line.split(" = ") for line in prompts.load("translations").splitlines()]
    turns = {"zh": pairs, "en": [pair[::-1] for pair in pairs]}.get(language, [])
    return [message for given, gave in turns for message in (HumanMessage(given), AIMessage(gave))]


def answer_of(
    verifier: Verifier,
    question: str,
    model: BaseChatModel,
    config: RunnableConfig | None = None,
    told: Collection[str] = (),
) -> Verified | None:
    """Return what the evidence answers to a translated question; None where nothing of it stands.

    It is told in the question's own language, from what carries it alone, where that stands, too, and is none of the
    sentences that are `told` already.
    """
    read = Reading(verifier, model, tuple(verifier.evidence), config, SubQuestion(question))
    answer = _standing(read) or read.quoted() if read.decision.answer else None
    if answer is None:
        return None
    retold = _told_again(answer, verifier, model, config)
    return next((one for one in (retold, answer) if one and one.sentence.text not in told), None)


def is_half_translated(one: Verified, question: str) -> bool:
    """Return whether an answer that stands is in two languages, or in another than its question. A Latin name alone is
    read by all, and spelling it anew might garble it."""
    text = one.sentence.text
    if one.sentence.reason == TWO_LANGUAGES:
        return True
    is_a_name = text.isascii() and len(text.split()) <= _A_NAME
    return one.sentence.verdict != "unsupported" and not is_a_name and in_two_languages(question, text)


def in_its_language(
    one: Verified, verifier: Verifier, model: BaseChatModel, config: RunnableConfig | None = None
) -> Verified:
    """Return an answer as it is, or, where it is half translated, as it is told again and surely stands."""
    retold = _told_again(one, verifier, model, config) if is_half_translated(one, verifier.question) else None
    return retold if retold and retold.sentence.verdict == "supported" else one


def _told_again(
    answer: Verified, verifier: Verifier, model: BaseChatModel, config: RunnableConfig | None = None
) -> Verified | None:
    """Return what the model writes from the very sentences that carry an answer; None where it does not stand."""
    carrying = tuple(replace(one.evidence, start=one.start, end=one.end, text=one.text) for one in answer.parts)
    return _standing(Reading(verifier, model, carrying, config))


def _standing(read: Reading) -> Verified | None:
    """Return the first sentence of what is written from some evidence, if it stands."""
    told = read.told()
    return told if told and told.sentence.verdict != "unsupported" else None
