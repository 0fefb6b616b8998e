"""What a model nearly wrote: where it wavered between two answers, it goes on with the other.

While a model writes, it tells how likely it found other tokens. In the place of the answer these may begin the right
name where it wrote a wrong one. So, where nothing of an answer stands, the beginnings that code finds worth it are
given back to the model, which ends them; each is then verified like what it wrote itself. In a place that matters, the
word written there is none of the question's, and the other begins a figure or a name that the evidence holds.
"""

import re
from collections.abc import Sequence

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from assistant.conflicts import what_is_asked
from assistant.differences import is_grammar
from assistant.models import Token
from assistant.sides import departure_of
from assistant.verify import Verified, Verifier
from assistant.write import split, write_on
from index.chinese import simplified

_LEAST = 0.03  # probability of what is looked into
_MOST = 3  # other answers
_WORD = re.compile(r"[^\W\u3400-\u9fff]+(?:[.,'’\-][^\W\u3400-\u9fff]+)*")
_BEGUN = re.compile(r"[^\W\u3400-\u9fff](?:[^\W\u3400-\u9fff]|[.,'’\-])*$")
_CHINESE = re.compile("[\u3400-\u9fff]")
_FIGURE = re.compile("[\\d零一二三四五六七八九十百千万亿两]")


def nearly_written(
    verifier: Verifier,
    model: BaseChatModel,
    written: Sequence[Token],
    failed: str,
    config: RunnableConfig | None = None,
) -> Verified | None:
    """Return what stands instead of a sentence that does not: of what was nearly written, the most certain.

    `written`: the tokens of the reply that the sentence is of.
    """
    question, evidence = verifier.question, verifier.evidence
    start = max(0, "".join(token.text for token in written).find(failed))
    others: dict[str, None] = {}
    for begun in beginnings(written, failed, question, "\n".join(one.readable for one in evidence)):
        reply = write_on(model, question, evidence, begun, config)
        others |= dict.fromkeys(split(reply[start:])[:1])
    told = (one for one in others if departure_of(verifier.index, question, one, failed))
    stand = [one for one in map(verifier.verify, told) if one.sentence.verdict == "supported"]
    return max(stand, key=lambda one: one.certainty or 0.0, default=None)


def beginnings(written: Sequence[Token], sentence: str, question: str, evidence: str) -> list[str]:
    """Return how else a sentence that was written may begin, up to where it departs; the likeliest first."""
    text = "".join(token.text for token in written)
    start = text.find(sentence)
    if start < 0:
        return []
    asked, told = simplified(question), simplified(evidence)
    said = set(_WORD.findall(simplified(f"{question} {sentence}")))
    words = {word for word in _WORD.findall(told) if word not in said and not is_grammar(word)}
    wants_figure = what_is_asked(question) in ("number", "time")
    found: list[tuple[float, str]] = []
    before = ""
    for token in written:
        if len(before) >= start + len(sentence):
            break
        if len(before) + len(token.text) > start and _may_matter(before, token.text, text, asked):
            found += [
                (probability, before + other)
                for other, probability in token.others
                if probability >= _LEAST and _is_told(before, other, told, words, wants_figure)
            ]
        before += token.text
    return [begun for _, begun in sorted(found, reverse=True)][:_MOST]


def _may_matter(before: str, token: str, text: str, asked: str) -> bool:
    """Whether the word that was written at a place is one of the answer's own."""
    plain = simplified(token.strip())
    if _CHINESE.search(plain):
        return plain not in asked and not all(is_grammar(one) for one in plain)
    begun = _BEGUN.search(before) if not token.startswith(" ") else None
    at = begun.start() if begun else len(before) + len(token) - len(token.lstrip())
    word = _WORD.match(text, at)
    if not word or is_grammar(word[0]):
        return False
    return word[0].casefold() not in {one.casefold() for one in _WORD.findall(asked)}


def _is_told(before: str, other: str, told: str, words: set[str], wants_figure: bool) -> bool:
    """Whether a token begins a figure or a name that the evidence holds; `words` are those of it that were not said."""
    plain = simplified(other.strip())
    if wants_figure and not _FIGURE.search(plain) and not plain[:1].isupper():
        return False
    if _CHINESE.search(plain):
        return plain in told and not all(is_grammar(one) for one in plain)
    begun = _BEGUN.search(before + other.rstrip())
    if not begun or not (begun[0][0].isupper() or begun[0][0].isdigit()):
        return False
    return any(word.startswith(begun[0]) for word in words)
