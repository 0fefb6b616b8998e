"""Results on standard output: laid out for a terminal by its width, or plain and stable where it goes elsewhere."""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from assistant.answer import Answer, Citation, Conflict
from assistant.cli.records import FoundPassage, ListedModel, ListedSource, SettingsInForce
from assistant.cli.wrapping import wrapped
from assistant.render import (
    as_text,
    attributed,
    disagreement,
    is_follow_up,
    last_line,
    printable,
    refusal,
    remark,
    understood_as,
    who_and_when,
    words_language,
)
from assistant.settings import QUOTES_ONLY, places_of_file
from assistant.verify import Sentence
from index.words import words

_WIDEST = 100  # cells: longer lines are hard to read
_MOST_NEAREST = 3  # passages of a refusal; all of them are in the record
_NUMBER, _NAME, _FAINT, _DOUBT, _WRONG = "bold cyan", "bold", "dim", "yellow", "red"


@dataclass(frozen=True)
class Screen:
    """Where results are shown; without a width, they are plain lines for a file or a pipe."""

    console: Console
    width: int | None

    @classmethod
    def of_output(cls) -> "Screen":
        """Return standard output as it is now: colours unless NO_COLOR is set or the terminal has none."""
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in ("dumb", "unknown")
        console = Console(
            file=sys.stdout, color_system=None if plain else "auto", highlight=False, markup=False, emoji=False
        )
        return cls(console, min(console.width, _WIDEST) if console.is_terminal else None)

    def _show(self, text: Text | str) -> None:
        """Print lines as they are: what is wider than the terminal (an address) is the terminal's to break."""
        self.console.print(text, soft_wrap=True, crop=False, overflow="ignore")

    def _wrapped(self, text: Text, first: str = "", rest: str = "") -> Text:
        return wrapped(text, self.width or sys.maxsize, first, rest)

    # Answers

    def answer(self, answer: Answer) -> None:
        """Show a whole answer."""
        if self.width is None:
            self._show(as_text(answer))
            return
        if is_follow_up(answer):
            self.understood(answer.standalone, words_language(answer.question))
        if answer.status != "refused":
            self.sentences(answer.sentences, words_language(answer.question), answer.model == QUOTES_ONLY)
        self.below(answer)

    def understood(self, question: str, language: str) -> None:
        """Show how a follow-up was understood."""
        self._show(self._wrapped(Text(understood_as(printable(question), language), _FAINT)))
        self._show("")

    def sentences(self, sentences: Sequence[Sentence], language: str, are_quotes: bool, first: bool = True) -> None:
        """Show sentences, each on a line of its own; quotes apart, since each is several sentences."""
        for at, sentence in enumerate(sentences):
            if are_quotes and not (first and at == 0):
                self._show("")
            self._sentence(sentence, language)

    def _sentence(self, sentence: Sentence, language: str) -> None:
        """Show a sentence with its numbers; what does not hold is struck through, with the reason under it."""
        text = Text.assemble((printable(attributed(sentence)), _FAINT))
        stands = sentence.verdict != "unsupported"
        text.append(" ".join(printable(sentence.text).split()), "" if stands else f"strike {_FAINT}")
        for number in sentence.citations:
            text.append(f" [{number}]", _NUMBER)
        self._show(self._wrapped(text))
        if sentence.verdict != "supported":
            why = Text(printable(remark(sentence, language)), _DOUBT if stands else _WRONG)
            self._show(self._wrapped(why, "  ~ " if stands else "  ✗ ", "    "))

    def below(self, answer: Answer) -> None:
        """Show what stands under the sentences: disagreements, footnotes, what it rests on; or the refusal."""
        if answer.status == "refused":
            self._show(Text(refusal(answer), _DOUBT))
            for one in answer.nearest[:_MOST_NEAREST]:
                self._note(one)
            if len(answer.nearest) > _MOST_NEAREST:
                self._show(Text(f"\n+ {len(answer.nearest) - _MOST_NEAREST} (--json)", _FAINT))
            return
        for found in answer.conflicts:
            self._conflict(found, words_language(answer.question))
        said = {sentence.text for sentence in answer.sentences}
        for citation in answer.citations:
            self._note(citation, is_said=citation.quote in said)
        self._show(Text(f"\n{last_line(answer)}", _FAINT))

    def _note(self, citation: Citation, is_said: bool = False) -> None:
        number = f"[{citation.number}] "
        head = Text.assemble((printable(citation.title), _NAME))
        page = f"p. {citation.page}" if citation.page else ""
        if said := ", ".join(part for part in (who_and_when(citation.author, citation.published), page) if part):
            head.append(f"  {printable(said)}", _FAINT)
        margin = " " * len(number)
        self._show("")
        self._show(Text.assemble((number, _NUMBER), self._wrapped(head, "", margin)))
        quote = " ".join(printable(citation.quote).split())
        if not is_said:  # an answer of quotes has them above
            self._show(self._wrapped(Text(f"“{quote}”"), margin, margin))
        self._show(Text(margin + printable(citation.uri), _FAINT))

    def _conflict(self, found: Conflict, language: str) -> None:
        self._show("")
        self._show(Text(disagreement(language), _DOUBT))
        for says, one in zip(found.says, found.citations, strict=True):
            line = Text.assemble((f"[{one.number}] ", _NUMBER), (printable(says), _NAME), f"  {printable(one.title)}")
            if said := who_and_when(one.author, one.published):
                line.append(f"  {printable(said)}", _FAINT)
            if found.newer == one.number:
                line.append(
                    "  较新，但不等于正确" if language == "zh" else "  newer, which is not always right", _FAINT
                )
            self._show(self._wrapped(line, "  ", "      "))

    # Lists

    def hits(self, hits: Sequence[FoundPassage], query: str) -> None:
        """Show passages, best first, the words of the query marked."""
        for hit in hits:
            if self.width is None:
                copies = f"  (and {len(hit.copies)} like it)" if hit.copies else ""
                line = f"{hit.rank}. {hit.score:.2f}  {hit.title}{copies}\n{hit.passage.text}\n"
                self._show(printable(line))
                continue
            head = Text.assemble((f"{hit.rank:2}  ", _NUMBER), (printable(hit.title), _NAME))
            said = who_and_when(hit.author, hit.published)
            page = f"p. {hit.passage.page}" if hit.passage.page else ""
            copies = f"+{len(hit.copies)} like it" if hit.copies else ""
            for part in (said, page, f"{hit.score:.2f}", copies):
                head.append(f"  {printable(part)}" if part else "", _FAINT)
            self._show(self._wrapped(head, "", "    "))
            text = Text(" ".join(printable(hit.passage.text).split()))
            for word in {one for one in words(query) if len(one) > 1}:
                text.highlight_regex(rf"(?i)(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", "bold green")
            self._show(self._wrapped(text, "    ", "    "))
            self._show("")

    def sources(self, rows: Sequence[ListedSource]) -> None:
        """Show the sources, two lines each."""
        for row in rows:
            said = who_and_when(row.author, row.published) or "author and date unknown"
            counted = f"{row.id[:8]}  {row.language:3}  {row.passages:5} passages  "
            line = Text.assemble((counted, _FAINT), (printable(row.title), _NAME), f" ({printable(said)})")
            self._cut(line)
            self._show(Text(f"          {printable(row.uri)}", _FAINT))
        self._show(f"{len(rows)} sources, {sum(row.passages for row in rows)} passages")

    def models(self, rows: Sequence[ListedModel]) -> None:
        """Show the models with whether their files are here."""
        for row in rows:
            state = "here" if row.here else f"not here; get it with: yiju models get {row.name}"
            self._show(f"{row.name:20} {row.purpose:10} {row.bytes / 1e6:7,.0f} MB  {row.licence}  {state}")

    def settings(self, now: SettingsInForce) -> None:
        """Show each setting, its value, and where it came from."""
        listed = [(one, _value(one.value)) for one in now.settings]
        names = max(len(one.name) for one, _ in listed)
        values = min(40, max(len(value) for _, value in listed))
        for one, value in listed:
            by = {"default": "default", "file": "file"}.get(one.origin, one.by)
            is_set = one.origin != "default"
            line = Text.assemble(f"{one.name:{names}}  ", (f"{printable(value):{values}}", _NAME if is_set else ""))
            line.append(f"  {by}", _NUMBER if is_set else _FAINT)
            self._show(line)
        here, of_user = places_of_file()
        self._show(Text(f"\nfile: {now.file or f'none; looked for {here} and {of_user}'}", _FAINT))

    def _cut(self, line: Text) -> None:
        if self.width is not None:
            line.truncate(self.console.width, overflow="ellipsis")
        self._show(line)


class Growing:
    """An answer on a terminal as it comes about; nothing of it before a sentence stands, since it may be refused."""

    def __init__(self, screen: Screen, asked: str, model: str) -> None:
        self._screen = screen
        self._are_quotes = model == QUOTES_ONLY
        self._asked = asked.strip()
        self._language = words_language(asked)
        self._understood = ""
        self._waiting: list[Sentence] = []
        self.begun = False

    def understood(self, question: str) -> None:
        """Note how the question was understood."""
        self._understood = "" if question.strip() == self._asked else question

    def takes(self, sentence: Sentence) -> bool:
        """Take a sentence; return whether there is something to show."""
        self._waiting.append(sentence)
        return self.begun or sentence.verdict != "unsupported"

    def show(self) -> None:
        """Show what was taken."""
        if not self.begun and self._understood:
            self._screen.understood(self._understood, self._language)
        self._screen.sentences(self._waiting, self._language, self._are_quotes, first=not self.begun)
        self.begun = True
        self._waiting.clear()


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value in (None, "") else str(value)
