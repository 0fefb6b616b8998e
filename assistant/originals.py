"""What an answer in another language than its sources keeps of them: names and large figures.

A small model that reads one language and writes another spells these wrong more often than not. So they stand in what
it reads in both ways; what it wrote is corrected from the sources before it is verified; and what is shown has the
source's own writing beside it.
"""

from assistant import magnitudes, romanization
from index.language import UNKNOWN, language_of


def as_read(text: str, question: str) -> str:
    """Return a text of the sources as a model reads it that is to answer in the question's language."""
    language = language_of(question)
    text = magnitudes.glossed(text, language)
    return romanization.glossed(text) if _spells_names(language) else text


def corrected(text: str, question: str, told: str) -> str:
    """Return a sentence that a model wrote with names and large figures as the text has them that it was told."""
    language, told = language_of(question), f"{question}\n{told}"
    text = magnitudes.corrected(text, told, language)
    return romanization.corrected(text, told) if _spells_names(language) else text


def with_originals(text: str, question: str, told: str) -> str:
    """Return a sentence with the source's own writing of its names and large figures in brackets."""
    language = language_of(question)
    text = magnitudes.with_originals(text, told, language)
    return romanization.with_characters(text, told) if _spells_names(language) else text


def _spells_names(language: str) -> bool:
    """Whether a language, as far as it is known, is not written with Chinese characters."""
    return language not in ("zh", "ja", UNKNOWN)
