"""The Assistant: sources in, questions in, answers out. The one place that knows the order of the stages."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from langchain_core.language_models.chat_models import BaseChatModel

from assistant.answer import (
    Answer,
    Event,
    EvidenceFound,
    Finished,
    Retrieved,
    SentenceVerified,
    Status,
    TextWritten,
    Timings,
    Trace,
    cite,
    cite_once,
    conflict,
)
from assistant.conflicts import conflicts_in
from assistant.conversation import Turn, standalone
from assistant.embedded import EmbeddedChatModel
from assistant.evidence import Evidence, Found, find_evidence
from assistant.gate import LINES, Decision, decide
from assistant.models import chat_model
from assistant.origins import origins_of
from assistant.settings import EMBEDDED, Strictness
from assistant.verify import Parts, Verified, Verifier, quote
from assistant.write import split, write
from index import Index, Outcome
from index.progress import Progress

_log = logging.getLogger(__name__)

_TOKEN_BUDGET = 290  # of evidence: what the embedded model reads in about five seconds on two cores
_QUOTES = 3  # an answer without a model is at most this many quotes


@dataclass
class _Clock:
    """Seconds since the question, noted as its answer comes about."""

    started: float = field(default_factory=time.perf_counter)
    evidence: float = 0.0
    gate: float = 0.0
    first_word: float | None = None
    first_sentence: float | None = None

    def now(self) -> float:
        return round(time.perf_counter() - self.started, 3)

    def timings(self) -> Timings:
        return Timings(self.evidence, self.gate, self.first_word, self.first_sentence, self.now())


class Assistant:
    """Answers questions from one index, each sentence with its evidence; safe to share between threads."""

    def __init__(
        self, index: Index, model: BaseChatModel | None, model_name: str, strictness: Strictness = "normal"
    ) -> None:
        self.index = index
        self.model_name = model_name
        self.strictness: Strictness = strictness
        self._model = model

    @classmethod
    def open(
        cls,
        folder: str | Path,
        model: str | BaseChatModel = EMBEDDED,
        embedding: str | None = None,
        allow: Collection[str] = (),
        strictness: Strictness = "normal",
    ) -> Self:
        """Open the index in a folder, made when absent, with a chat model: a name, or a LangChain chat model.

        `allow` names hosts of a private network that web pages may be fetched from; see `Index.open`. `strictness`
        is how certain an answer must be; see `assistant.gate`.
        """
        if isinstance(model, str):
            return cls(Index.open(folder, embedding, allow), chat_model(model), model, strictness)
        return cls(Index.open(folder, embedding, allow), model, type(model).__name__, strictness)

    def at(self, strictness: Strictness) -> Self:
        """Return an assistant over the same index and model, as strict as this."""
        return (
            self if strictness == self.strictness else type(self)(self.index, self._model, self.model_name, strictness)
        )

    def close(self) -> None:
        """Release the index; the assistant cannot be used afterwards."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def load(self) -> None:
        """Load the models now and not at the first question; takes seconds."""
        self.index.embedder.queries(["?"])
        if isinstance(self._model, EmbeddedChatModel):
            self._model.load()

    def add(
        self, *paths: str | Path, prune: bool = False, progress: Callable[[Progress], None] | None = None
    ) -> list[Outcome]:
        """Add files, folders and web addresses to the index; see `Index.add`."""
        return self.index.add(*paths, prune=prune, progress=progress)

    def ask(
        self, question: str, where: Mapping[str, object] | None = None, history: Sequence[Answer | Turn | str] = ()
    ) -> Answer:
        """Answer a question from the sources, or refuse and show the nearest passages; see `stream`."""
        *_, last = self.stream(question, where, history)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self, question: str, where: Mapping[str, object] | None = None, history: Sequence[Answer | Turn | str] = ()
    ) -> Iterator[Event]:
        """Yield the answer as it comes about: the evidence, the text, each sentence verified, and the whole.

        `where` chooses the sources that may be used, as in `Index.search`: {"source": [id, …]}. `history` is the
        answers before, or only their questions (a Turn: and what was said to it); a follow-up is completed from them.
        Raises QueryError for a question that is empty or too long, and ModelError when the chat model fails.
        """
        clock = _Clock()
        asked, question = question, standalone(question, [_turn(one) for one in history], self._model).question
        found = find_evidence(self.index, question, _TOKEN_BUDGET, where)
        clock.evidence = clock.now()
        _log.debug("question: %s", question)
        _log.info(
            "evidence: %d of %d hits, best score %.2f, %.3f s",
            len(found.evidence), len(found.hits), found.best_score, clock.evidence,
        )  # fmt: skip
        yield EvidenceFound(found.evidence, question)
        decision = decide(self._model, question, found, self.strictness)
        clock.gate = clock.now()
        _log.info(
            "gate: %s, certainty %s, line %s, %.3f s",
            "answer" if decision.answer else "refuse", decision.certainty, decision.line, clock.gate - clock.evidence,
        )  # fmt: skip
        verified: list[Verified] = []
        read: Parts | None = None
        text = ""
        if decision.answer and self._model is None:
            best = sorted(found.evidence, key=lambda one: -one.score)[:_QUOTES]
            yield from self._verified((quote(one, question) for one in best), verified, clock)
            read = Parts.of(self.index, question, found.evidence)  # after the quotes: only conflicts need it
        elif decision.answer and self._model is not None:
            for piece in write(self._model, question, found.evidence):
                clock.first_word = clock.first_word or clock.now()
                text += piece
                yield TextWritten(piece)
            _log.info("write: %d characters until %.3f s, model %s", len(text), clock.now(), self.model_name)
            verifier = Verifier(self.index, self._model, question, found.evidence, decision)
            read = verifier.read
            yield from self._verified((verifier.verify(sentence) for sentence in split(text)), verified, clock)
        answer = self._answer(asked, found.evidence, verified, clock)
        said = " ".join(one.sentence.text for one in verified if one.sentence.verdict != "unsupported")
        conflicts = conflicts_in(self.index, question, read, said) if read and answer.status != "refused" else ()
        _log.info(
            "verify: %s, %d of %d sentences stand, %d disagreements, %.3f s in all",
            answer.status, sum(one.sentence.verdict != "unsupported" for one in verified), len(verified),
            len(conflicts), clock.now(),
        )  # fmt: skip
        trace = _trace(found, decision, text, verified)
        yield Finished(replace(answer, conflicts=tuple(map(conflict, conflicts)), standalone=question, trace=trace))

    def _verified(self, sentences: Iterator[Verified], into: list[Verified], clock: _Clock) -> Iterator[Event]:
        for one in sentences:
            clock.first_sentence = clock.first_sentence or clock.now()
            into.append(one)
            yield SentenceVerified(one.sentence, cite_once(one.parts))

    def _answer(
        self, question: str, evidence: Sequence[Evidence], verified: Sequence[Verified], clock: _Clock
    ) -> Answer:
        status = _status(verified)
        standing = [] if status == "refused" else verified
        cited = [part for one in standing for part in one.parts]
        nearest = sorted(evidence, key=lambda one: -one.score) if status == "refused" else []
        return Answer(
            question=question,
            status=status,
            sentences=tuple(one.sentence for one in verified),
            citations=cite_once(cited),
            nearest=tuple(cite(one) for one in nearest),
            origins=origins_of((part.evidence.source for part in cited), self.index),
            model=self.model_name,
            timings=clock.timings(),
        )


def _trace(found: Found, decision: Decision, written: str, verified: Sequence[Verified]) -> Trace:
    numbers = {(one.source.id, one.start): one.number for one in found.evidence}
    hits = []
    for hit in found.hits:
        # Of copies, the first to be published may stand as evidence in the place of the passage that was found.
        places = [(one.source_id, one.start) for one in (hit.passage, *hit.copies)]
        kept = next((numbers[place] for place in places if place in numbers), None)
        passage, ranks = hit.passage, (hit.rank, hit.score, hit.dense_rank, hit.words_rank)
        hits.append(Retrieved(passage.source_id, passage.start, passage.end, *ranks, len(hit.copies), kept))
    lines = None if decision.certainty is None else LINES[decision.strictness]
    return Trace(
        gate=decision.certainty,
        written=written,
        certainty=tuple(one.certainty for one in verified),
        hits=tuple(hits),
        best_score=found.best_score if found.hits else None,
        line=decision.line,
        across=decision.across,
        near=decision.near,
        strictness=decision.strictness,
        possible=lines.possible if lines else None,
        certain=lines.certain if lines else None,
    )


def _turn(before: Answer | Turn | str) -> Turn:
    if isinstance(before, Turn):
        return before
    if isinstance(before, str):
        return Turn(before)
    return Turn(before.standalone or before.question, " ".join(one.text for one in before.sentences))


def _status(verified: Sequence[Verified]) -> Status:
    """An answer stands when a sentence of it stands; when none does, it is a refusal."""
    verdicts = {one.sentence.verdict for one in verified}
    if verdicts <= {"unsupported"}:
        return "refused"
    return "answered" if verdicts == {"supported"} else "partly"
