"""One question and its answer as the page shows them, event by event."""

from dataclasses import dataclass, field

from assistant import Answer, EvidenceFound, Finished, SentenceVerified, TextWritten
from assistant.answer import Event
from assistant.evidence import Evidence
from assistant.web import evidence_panel, words
from assistant.web.evidence_panel import Cited
from index import YijuError


@dataclass
class Turn:
    """What has come of an answer so far; `shown` gives its parts as HTML."""

    id: str  # the page's own name for the turn
    question: str
    phase: str = "searching"  # loading, searching, reading, writing, checking; done or failed when it is over
    evidence: tuple[Evidence, ...] = ()
    draft: str = ""
    cited: list[Cited] = field(default_factory=list)
    answer: Answer | None = None
    failure: str = ""
    _found_to: int = 0  # how far into the draft its verified sentences reach

    def take(self, event: Event) -> None:
        """Add what an event brings."""
        if isinstance(event, EvidenceFound):
            self.phase, self.evidence = "reading", event.evidence
        elif isinstance(event, TextWritten):
            self.phase = "writing"
            self.draft += event.text
        elif isinstance(event, SentenceVerified):
            self.phase = "checking"
            self.cited.append(Cited(event.sentence, event.citations, self._begins(event.sentence.text)))
        elif isinstance(event, Finished):
            self.phase, self.answer = "done", event.answer

    def fail(self, error: YijuError) -> None:
        """End the turn with an error that a person can act on."""
        self.phase, self.failure = "failed", words.error(error, self.question)

    def shown(self) -> dict[str, str]:
        """Return the parts of the turn as HTML, with its id and phase."""
        return {
            "id": self.id,
            "phase": self.phase,
            "note": self.failure or ("" if self.phase == "done" else words.both(self.phase)),
            "answer": self._answer(),
            "cards": self._cards(),
            "closing": evidence_panel.closing_line(self.answer) if self.answer else "",
        }

    def _answer(self) -> str:
        if self.answer and self.answer.status == "refused":
            return evidence_panel.refusal(self.answer, self.cited)
        if not self.cited:
            return evidence_panel.draft(self.draft)
        rest = "" if self.answer else evidence_panel.unchecked(self.draft, len(self.cited))
        return evidence_panel.sentences(self.cited, rest)

    def _cards(self) -> str:
        if self.answer:
            return evidence_panel.final_cards(self.answer, self.evidence)
        return evidence_panel.evidence_cards(self.evidence)

    def _begins(self, sentence: str) -> bool:
        """Return whether a sentence begins a paragraph: each quote does, and what follows a line break of the draft."""
        if not self.draft:
            return True
        at = self.draft.find(sentence, self._found_to)
        if at < 0:
            return False
        begins = "\n" in self.draft[self._found_to : at]
        self._found_to = at + len(sentence)
        return begins
