"""The Assistant: sources in, questions in, answers out. The one place that knows the order of the stages."""

import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from langchain_core.callbacks import CallbackManagerForChainRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from assistant.alone import answer_of_one
from assistant.answer import (
    Answer,
    Conflict,
    Event,
    EvidenceFound,
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
from assistant.conflicts import Disagreement, conflicts_in
from assistant.conversation import standalone
from assistant.embedded import EmbeddedChatModel
from assistant.evidence import Evidence, Found, find_evidence, joined
from assistant.gate import Decision, decide, is_across, is_doubted
from assistant.models import Token, chat_model, goes_on, is_cut_off, tokens_of
from assistant.originals import with_originals
from assistant.origins import origins_of
from assistant.request import Question, Request, Said, request_of, require_config
from assistant.settings import EMBEDDED, Strictness
from assistant.several import SubQuestion, parts_of
from assistant.sides import is_of_another_part, other_side
from assistant.stages import searching, stage
from assistant.translation import answer_of, in_its_language, other_language, translated
from assistant.verify import NOT_ANSWERED, Parts, Sentence, Verified, Verifier, cut_off, quote
from assistant.wavering import nearly_written
from assistant.write import write, written
from index import Embedder, Index, Outcome
from index.language import in_two_languages, language_of
from index.progress import Progress

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

_log = logging.getLogger(__name__)

TOKEN_BUDGET = 290  # of evidence: what the embedded model reads in about five seconds on two cores
_TOKENS_FOR_SEVERAL = 350  # where a question asks for several things
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


@dataclass
class _Asked:
    """One of the things that a question asks for: whether it is answered, what was written of it and verified."""

    sub: SubQuestion
    found: Found = Found((), 0.0)  # of all that was found, without what is told of the others
    decision: Decision = Decision(False, None)
    text: str = ""
    is_cut_off: bool = False
    tokens: list[Token] = field(default_factory=list)  # as they were written, by a model that tells them
    verified: list[Verified] = field(default_factory=list)
    read: Parts | None = None
    verifier: Verifier | None = None  # where a model wrote

    @property
    def question(self) -> str:
        return self.sub.question

    @property
    def stands(self) -> str:
        return " ".join(one.sentence.text for one in self.verified if one.sentence.verdict != "unsupported")


@dataclass
class _Draft:
    """An answer as it comes about: what was understood, found, written and verified so far."""

    request: Request
    config: RunnableConfig | None
    clock: _Clock = field(default_factory=_Clock)
    question: str = ""  # as it stands alone
    asked: list[_Asked] = field(default_factory=list)  # what it asks for, most often one thing
    found: Found = Found((), 0.0)
    is_across: bool = False  # the evidence is in another language than the question
    translated: dict[str, str | None] = field(default_factory=dict)  # questions in the language of the sources

    @property
    def text(self) -> str:
        return "\n".join(one.text for one in self.asked if one.text)

    @property
    def verified(self) -> list[Verified]:
        return [sentence for one in self.asked for sentence in one.verified]

    @property
    def told(self) -> set[str]:
        return {one.sentence.text for one in self.verified if one.sentence.verdict != "unsupported"}

    @property
    def decision(self) -> Decision:
        """That on the part which the sources answer most certainly."""
        return max((one.decision for one in self.asked), key=lambda one: (one.answer, one.certainty or 0.0))


class Assistant(Runnable[str | Question, Answer]):
    """Answers questions from one index, each sentence with its evidence; safe to share between threads.

    It is a Runnable of LangChain's, from a question to an Answer: `invoke`, `batch`, `stream`, their asynchronous
    forms, `|`, `with_config` and the rest work as with any other. `ask` is `invoke` for who needs none of that.
    """

    name: str | None = "yiju"  # of its runs; see `assistant.stages`

    def __init__(
        self, index: Index, model: BaseChatModel | None, model_name: str, strictness: Strictness = "normal"
    ) -> None:
        self.index = index
        self.model_name = model_name
        self.strictness: Strictness = strictness
        self._model = model

    def __repr__(self) -> str:
        return f"Assistant({str(self.index.folder)!r}, model={self.model_name!r}, strictness={self.strictness!r})"

    @classmethod
    def open(
        cls,
        folder: str | Path,
        model: str | BaseChatModel = EMBEDDED,
        embedding: "str | Embedder | Embeddings | None" = None,
        allow: Collection[str] = (),
        strictness: Strictness = "normal",
    ) -> Self:
        """Open the index in a folder, made when absent, with a chat model: a name, or a LangChain chat model.

        `embedding` and `allow` are those of `Index.open`: the embedding model of a new index, and hosts of a private
        network that web pages may be fetched from. `strictness` is how certain an answer must be; see
        `assistant.gate`.
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
        self,
        question: str,
        where: Mapping[str, object] | None = None,
        history: Sequence[Said] = (),
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Answer a question from the sources, or refuse and show the nearest passages; see `stream`."""
        return self.invoke(question, config, where=where, history=history)

    def invoke(  # type: ignore[override]  # LangChain's takes any further names, which would hide a misspelt one
        self,
        input: str | Question,
        config: RunnableConfig | None = None,
        *,
        where: Mapping[str, object] | None = None,
        history: Sequence[Said] = (),
    ) -> Answer:
        """Answer a question, or a dictionary of it with its `where` and `history`; see `stream`."""
        request = request_of(input, where, history)
        require_config(config)

        def answered(_: object, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> Answer:
            *_events, last = self._events(request, config)
            assert isinstance(last, Answer)
            return last

        return self._call_with_config(answered, input, config)

    def stream(  # type: ignore[override]  # as above; and what comes before the answer is an event of its own
        self,
        input: str | Question,
        config: RunnableConfig | None = None,
        *,
        where: Mapping[str, object] | None = None,
        history: Sequence[Said] = (),
    ) -> Iterator[Event]:
        """Yield the answer as it comes about: the evidence, the text, each sentence verified, and last the Answer.

        `where` chooses the sources that may be used, as in `Index.search`: {"source": [id, …]}. `history` is the
        answers before, or only their questions, or LangChain's messages; a follow-up is completed from them. `config`
        is LangChain's: callbacks, tags and metadata, which hear of each stage (see `assistant.stages`) and of the chat
        model. In a chain, what follows takes the last of these, the Answer.
        Raises QueryError for a question that is empty or too long, and ModelError when the chat model fails.
        """
        request = request_of(input, where, history)
        require_config(config)

        def events(_: object, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> Iterator[Answer]:
            return cast(Iterator[Answer], self._events(request, config))

        return self._transform_stream_with_config(iter([input]), events, config)

    async def astream(  # type: ignore[override]  # as `stream`
        self,
        input: str | Question,
        config: RunnableConfig | None = None,
        *,
        where: Mapping[str, object] | None = None,
        history: Sequence[Said] = (),
    ) -> AsyncGenerator[Event]:
        """The same in an asynchronous program; the work is done in threads of its loop."""
        events = self.stream(input, config, where=where, history=history)
        try:
            while (event := await run_in_executor(None, next, events, None)) is not None:
                yield event
        finally:
            with suppress(ValueError):  # a thread is still at its next event; it is closed when that has come
                cast(Generator[Event], events).close()

    def _events(self, request: Request, config: RunnableConfig | None) -> Iterator[Event]:
        draft = _Draft(request, config)
        draft.question = self._understood(draft)
        several = parts_of(draft.question) if self._model is not None else (SubQuestion(draft.question),)
        draft.asked = [_Asked(one) for one in several]
        draft.found = self._found(draft)
        yield EvidenceFound(draft.found.evidence, draft.question)
        if self._model is not None and draft.found.evidence and is_across(draft.question, draft.found):
            draft.is_across = True
            yield from self._found_in_their_language(draft, self._model)
        for asked in draft.asked:
            asked.found = _told_of(asked.sub, draft.found)
        for asked in draft.asked:
            asked.decision = self._decided(draft, asked)
            if asked.decision.answer and self._model is None:
                yield from self._quoted(draft, asked)
            elif asked.decision.answer and self._model is not None:
                yield from self._written(draft, asked, self._model)
        for asked in draft.asked:
            if self._model is not None and asked.text:
                yield from self._verified(draft, asked, self._model)
            if self._model is not None and asked.found.evidence and not asked.stands:
                yield from self._repaired(draft, asked, self._model)
        if any(one.stands for one in draft.asked):
            yield from self._left_open(draft)
        yield self._answer(draft)

    def _understood(self, draft: _Draft) -> str:
        request = draft.request
        if not request.turns:
            return request.question
        with stage("yiju.understand", draft.config, question=request.question) as now:
            resolved = standalone(request.question, request.turns, self._model, now.config)
            question, asked = resolved.question, request.question
            if self._model is not None and resolved.completed and in_two_languages(question, asked):
                # A model completes it in the language of the turns before, and would be answered in that.
                own = translated(self.index, question, language_of(asked), self._model, now.config)
                resolved = replace(resolved, question=own or question)
            now.gave.update(asdict(resolved))
        return resolved.question

    def _found(self, draft: _Draft, also: Sequence[str] = ()) -> Found:
        budget = TOKEN_BUDGET if len(draft.asked) == 1 else _TOKENS_FOR_SEVERAL
        found = self._searched(draft, draft.question, budget, also)
        draft.clock.evidence = draft.clock.evidence or draft.clock.now()
        return found

    def _found_in_their_language(self, draft: _Draft, model: BaseChatModel) -> Iterator[Event]:
        """Search once more, by the question in the language of its sources: what is found both ways is the evidence."""
        if question := self._translated(draft, draft.question, draft.found, model):
            draft.found = self._found(draft, [question])
            yield EvidenceFound(draft.found.evidence, draft.question)

    def _searched(self, draft: _Draft, question: str, budget: int, also: Sequence[str] = ()) -> Found:
        with searching("yiju.evidence", draft.config, question) as search:
            found = find_evidence(self.index, question, budget, draft.request.where, also)
            search.found = found.evidence
        _log.debug("question: %s", question)
        _log.info(
            "evidence: %d of %d hits, best score %.2f, %.3f s",
            len(found.evidence), len(found.hits), found.best_score, draft.clock.now(),
        )  # fmt: skip
        return found

    def _translated(self, draft: _Draft, question: str, found: Found, model: BaseChatModel) -> str | None:
        """Return a question in the language of what was found, where that is another; the model is asked once."""
        language = other_language(question, found.hits)
        if language and question not in draft.translated:
            with stage("yiju.translate", draft.config, question=question, language=language) as now:
                told = "\n".join(hit.passage.text for hit in found.hits)
                draft.translated[question] = translated(self.index, question, language, model, now.config, told)
                now.gave["question"] = draft.translated[question]
        return draft.translated.get(question)

    def _decided(self, draft: _Draft, asked: _Asked) -> Decision:
        with stage("yiju.gate", draft.config, question=asked.question) as now:
            decision = decide(self._model, asked.question, asked.found, self.strictness, now.config)
            now.gave.update(asdict(decision))
        draft.clock.gate = draft.clock.gate or draft.clock.now()
        _log.info(
            "gate: %s, certainty %s, line %s, at %.3f s",
            "answer" if decision.answer else "refuse", decision.certainty, decision.line, draft.clock.now(),
        )  # fmt: skip
        return decision

    def _written(self, draft: _Draft, asked: _Asked, model: BaseChatModel) -> Iterator[Event]:
        with stage("yiju.write", draft.config, question=asked.question) as now:
            if draft.text:
                yield TextWritten("\n")
            for chunk in write(model, asked.question, asked.found.evidence, now.config):
                asked.is_cut_off |= is_cut_off(chunk)
                asked.tokens += tokens_of(chunk)
                if chunk.text:
                    draft.clock.first_word = draft.clock.first_word or draft.clock.now()
                    asked.text += chunk.text
                    now.gave["text"] = asked.text
                    yield TextWritten(chunk.text)
        _log.info("write: %d characters until %.3f s, model %s", len(asked.text), draft.clock.now(), self.model_name)

    def _verified(self, draft: _Draft, asked: _Asked, model: BaseChatModel) -> Iterator[Event]:
        with stage("yiju.verify", draft.config, text=asked.text) as now:
            verifier = self._verifier(asked, asked.found, model, now.config)
            # What stands for one part is told once; what does not may still stand for another.
            told, sentences = draft.told, written(asked.text, asked.question, asked.found.evidence)
            for sentence in (one for one in sentences if one not in told):
                verified = in_its_language(verifier.verify(sentence), verifier, model, now.config)
                if asked.is_cut_off and sentence == sentences[-1]:
                    verified = cut_off(verified)
                yield _stands(verified, draft, asked, verifier)
            now.gave["sentences"] = [asdict(one.sentence) for one in asked.verified]

    def _verifier(self, asked: _Asked, found: Found, model: BaseChatModel, config: RunnableConfig | None) -> Verifier:
        decided = (asked.decision, config, asked.sub)
        return Verifier(self.index, model, asked.question, found.evidence, *decided)

    def _repaired(self, draft: _Draft, asked: _Asked, model: BaseChatModel) -> Iterator[Event]:
        """Look for what may stand where nothing of an answer does, until something is found."""
        with stage("yiju.repair", draft.config, question=asked.question) as now:
            judged = [one.certainty for one in asked.verified]
            if judged and None not in judged and not draft.is_across and is_doubted(asked.decision):
                return  # twice the model did not find it
            verifier = self._verifier(asked, asked.found, model, now.config)
            if not draft.is_across and asked.verified and goes_on(model):
                failed = asked.verified[0].sentence.text
                if nearly := nearly_written(verifier, model, asked.tokens, failed, now.config):
                    yield _stands(nearly, draft, asked, verifier)
                    return
            # What is in the question's language, and was written from, is no better asked in another.
            in_theirs = draft.is_across or not asked.text
            question = self._translated(draft, asked.question, asked.found, model) if in_theirs else None
            if question:
                yield from self._asked_in_their_language(draft, asked, question, model, now.config)
            elif alone := answer_of_one(verifier, model, now.config):
                yield _stands(alone, draft, asked, verifier)
            if not asked.stands and (quoted := verifier.quoted()):
                yield _stands(quoted, draft, asked, verifier)

    def _asked_in_their_language(
        self, draft: _Draft, asked: _Asked, question: str, model: BaseChatModel, config: RunnableConfig | None
    ) -> Iterator[Event]:
        """Ask again in the language of the sources, or in another one of what was found."""
        found = asked.found
        if not draft.is_across:  # it has not been searched for in that language
            draft.found, found = joined(draft.found, self._searched(draft, question, TOKEN_BUDGET))
            yield EvidenceFound(draft.found.evidence, draft.question)
        verifier = self._verifier(asked, found, model, config)
        if answer := answer_of(verifier, question, model, config, draft.told):
            yield _stands(answer, draft, asked, verifier)

    def _left_open(self, draft: _Draft) -> Iterator[Event]:
        """Say which of several things asked for is not answered, where another is."""
        for asked in draft.asked:
            if not (asked.verified or asked.decision.answer):
                said = Sentence(asked.question, (), "unsupported", 0.0, NOT_ANSWERED)
                yield _stands(Verified(said, ()), draft, asked)

    def _quoted(self, draft: _Draft, asked: _Asked) -> Iterator[Event]:
        with stage("yiju.quote", draft.config, question=asked.question) as now:
            best = sorted(draft.found.evidence, key=lambda one: -one.score)[:_QUOTES]
            for one in best:
                yield _stands(quote(one, asked.question), draft, asked)
            now.gave["sentences"] = [asdict(one.sentence) for one in asked.verified]
        # After the quotes: only conflicts need it.
        asked.read = Parts.of(self.index, asked.question, draft.found.evidence)

    def _conflicts(self, draft: _Draft) -> tuple[Conflict, ...]:
        read = [(one, one.read) for one in draft.asked if one.read is not None and one.stands]
        if not read:
            return ()
        with stage("yiju.conflicts", draft.config, question=draft.question) as now:
            found = [
                one
                for asked, parts in read
                for one in self._disagreements(asked, parts, now.config)
                if not any(is_of_another_part(one, part.stands) for part in draft.asked if part is not asked)
            ]
            conflicts = dict.fromkeys(_with_originals(conflict(one), draft) for one in found)
            now.gave["says"] = [one.says for one in conflicts]
        return tuple(conflicts)

    def _disagreements(self, asked: _Asked, read: Parts, config: RunnableConfig | None) -> Iterable[Disagreement]:
        told = conflicts_in(self.index, asked.question, read, asked.stands)
        if asked.verifier is None or self._model is None:
            return told
        standing = next(one for one in asked.verified if one.sentence.verdict != "unsupported")
        found = other_side(asked.verifier, self._model, standing, told, config)
        return [found] if found else []

    def _answer(self, draft: _Draft) -> Answer:
        status = _status(draft.verified)
        standing = [] if status == "refused" else draft.verified
        cited = [part for one in standing for part in one.parts]
        evidence: Sequence[Evidence] = draft.found.evidence
        nearest = sorted(evidence, key=lambda one: -one.score) if status == "refused" else []
        origins = origins_of((part.evidence.source for part in cited), self.index)
        conflicts = self._conflicts(draft) if status != "refused" else ()
        _log.info(
            "verify: %s, %d of %d sentences stand, %d disagreements, %.3f s in all",
            status, sum(one.sentence.verdict != "unsupported" for one in draft.verified), len(draft.verified),
            len(conflicts), draft.clock.now(),
        )  # fmt: skip
        return Answer(
            question=draft.request.question,
            status=status,
            sentences=tuple(_shown(one, draft) for one in draft.verified),
            citations=cite_once(cited),
            nearest=tuple(cite(one) for one in nearest),
            origins=origins,
            model=self.model_name,
            timings=draft.clock.timings(),
            conflicts=conflicts,
            standalone=draft.question,
            trace=_trace(draft),
        )


def _told_of(asked: SubQuestion, found: Found) -> Found:
    """Return what was found without the passages that only tell of what other parts of the question ask."""
    own = tuple(one for one in found.evidence if not asked.of_another(f"{one.source.stated_title or ''} {one.text}"))
    return replace(found, evidence=own or found.evidence)


def _trace(draft: _Draft) -> Trace:
    found, decision = draft.found, draft.decision
    numbers = {(one.source.id, one.start): one.number for one in found.evidence}
    hits = []
    for hit in found.hits:
        # Of copies, the first to be published may stand as evidence in the place of the passage that was found.
        places = [(one.source_id, one.start) for one in (hit.passage, *hit.copies)]
        kept = next((numbers[place] for place in places if place in numbers), None)
        passage, ranks = hit.passage, (hit.rank, hit.score, hit.dense_rank, hit.words_rank)
        hits.append(Retrieved(passage.source_id, passage.start, passage.end, *ranks, len(hit.copies), kept))
    lines = None if decision.certainty is None else decision.lines
    return Trace(
        gate=decision.certainty,
        written=draft.text,
        certainty=tuple(one.certainty for one in draft.verified),
        hits=tuple(hits),
        best_score=found.best_score if found.hits else None,
        line=decision.line,
        across=decision.across,
        strictness=decision.strictness,
        possible=lines.possible if lines else None,
        certain=lines.certain if lines else None,
        parts=tuple(one.question for one in draft.asked) if len(draft.asked) > 1 else (),
        translated=tuple(filter(None, draft.translated.values())),
    )


def _stands(one: Verified, draft: _Draft, asked: _Asked, by: Verifier | None = None) -> SentenceVerified:
    draft.clock.first_sentence = draft.clock.first_sentence or draft.clock.now()
    # The same that was struck may stand by other evidence, and is told once.
    asked.verified = [before for before in asked.verified if before.sentence.text != one.sentence.text] + [one]
    if by is not None:
        asked.read, asked.verifier = by.read, by
    return SentenceVerified(_shown(one, draft), cite_once(one.parts))


def _with_originals(one: Conflict, draft: _Draft) -> Conflict:
    first, second = (
        with_originals(says, draft.question, of.quote) for says, of in zip(one.says, one.citations, strict=True)
    )
    return replace(one, says=(first, second))


def _shown(one: Verified, draft: _Draft) -> Sentence:
    """Return a sentence with the sources' own writing of what it tells in another language than they do."""
    text = with_originals(one.sentence.text, draft.question, "\n".join(part.text for part in one.parts))
    for name, called in one.called:
        text = text.replace(name, f"{name}（{called}）", 1)
    return replace(one.sentence, text=text)


def _status(verified: Sequence[Verified]) -> Status:
    """An answer stands when a sentence of it stands; when none does, it is a refusal."""
    verdicts = {one.sentence.verdict for one in verified}
    if verdicts <= {"unsupported"}:
        return "refused"
    return "answered" if verdicts == {"supported"} else "partly"
