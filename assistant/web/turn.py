"""One question and its answer as the page shows them, event by event."""

from dataclasses import dataclass, field

from assistant import Answer, Citation, EvidenceFound, SentenceVerified, TextWritten
from assistant.answer import Event, cite
from assistant.conversations import Exchange, Said
from assistant.web import evidence_panel, words
from index import YijuError


@dataclass
class Turn:
    """What has come of an answer so far; `shown` gives its parts as HTML."""

    id: str  # the page's own name for the turn
    question: str
    phase: str = "searching"  # loading, waiting, reading, writing, checking; at the end done, failed, lost or stopped
    understood: str = ""  # the question as it stands alone, when it leaned on the turns before
    is_found: bool = False  # whether the evidence has been looked for
    read: tuple[Citation, ...] = ()  # the evidence, each passage whole
    draft: str = ""
    said: list[Said] = field(default_factory=list)
    answer: Answer | None = None
    failure: str = ""
    remark: str = ""  # beside the answer: that a model is not here yet, that it could not be kept
    is_kept: bool = False  # in its conversation
    before: int = 0  # questions in the line before this one
    _found_to: int = 0  # how far into the draft its verified sentences reach

    @classmethod
    def of(cls, exchange: Exchange) -> "Turn":
        """Return the turn of an exchange that was kept."""
        turn = cls(exchange.id, exchange.answer.question, "done", read=exchange.read, draft=" ", answer=exchange.answer)
        turn.said, turn.is_kept = list(exchange.said), True
        turn._understand(exchange.answer.standalone)
        return turn

    def take(self, event: Event) -> None:
        """Add what an event brings."""
        if isinstance(event, EvidenceFound):
            self.phase, self.read, self.is_found = "reading", tuple(map(cite, event.evidence)), True
            self._understand(event.question)
        elif isinstance(event, TextWritten):
            self.phase = "writing"
            self.draft += event.text
        elif isinstance(event, SentenceVerified):
            self.phase = "checking"
            self.said = [one for one in self.said if one.sentence.text != event.sentence.text]
            self.said.append(Said(event.sentence, event.citations, self._begins(event.sentence.text)))
        elif isinstance(event, Answer):
            self.phase, self.answer = "done", event

    def wait(self, phase: str, before: int = 0) -> None:
        """Say what the answer waits for, and behind how many."""
        self.phase, self.before = phase, before

    def keep(self) -> None:
        """Say that the answer is kept in its conversation."""
        self.is_kept = True

    def say(self, remark: str) -> None:
        """Add a remark beside the answer, as HTML."""
        self.remark += remark

    def fail(self, error: YijuError) -> None:
        """End the turn with an error that a person can act on."""
        self.refuse(words.error(error, self.question))

    def refuse(self, why: str) -> None:
        """End the turn without an answer, for a reason given as HTML."""
        self.phase, self.failure = "failed", why

    def lose(self) -> None:
        """End the turn because the program broke."""
        self.phase = "lost"

    def stop(self) -> None:
        """End the turn because nobody wants the rest."""
        self.phase = "stopped"

    def shown(self) -> dict[str, str]:
        """Return the parts of the turn as HTML, with its id and phase, and whether it is kept."""
        return {
            "id": self.id,
            "phase": self.phase,
            "kept": "yes" if self.is_kept else "",
            "understood": evidence_panel.understood(self.understood),
            "note": self._note(),
            "remark": self.remark,
            "answer": self._answer(),
            "cards": self._cards(),
            "closing": evidence_panel.closing(self.answer, self.said) if self.answer else "",
        }

    def _understand(self, question: str) -> None:
        self.understood = "" if question.strip() == self.question.strip() else question

    def _note(self) -> str:
        if self.failure or self.phase == "done":
            return self.failure
        key = "waiting_unfound" if self.phase == "waiting" and not self.is_found else self.phase
        return words.both(key, before=self.before)

    def _answer(self) -> str:
        if self.answer and self.answer.status == "refused":
            return evidence_panel.refusal(self.answer, self.said)
        if not self.said:
            return evidence_panel.draft(self.draft)
        rest = "" if self.answer else evidence_panel.unchecked(self.draft, len(self.said))
        return evidence_panel.sentences(self.said, rest)

    def _cards(self) -> str:
        if self.answer:
            return evidence_panel.final_cards(self.answer, self.read)
        return evidence_panel.evidence_cards(self.read)

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
