"""One source, or some other part of the evidence, read by itself: whether it holds the answer, and what stands of it.

A model that reads all evidence at once may be drowned by what only stands near the question, and takes a side where
two sources tell otherwise. Each source by itself tells its own.
"""

from functools import cached_property

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from assistant.evidence import Evidence, Found, by_source
from assistant.gate import Decision, answers, answers_alone, decide, may_answer_alone
from assistant.several import SubQuestion
from assistant.verify import Verified, Verifier
from assistant.write import write, written

_MOST = 2  # sources that are written from, of those that hold the answer


class Reading:
    """Some evidence under a question, read by a model that reads nothing else: whether it answers it, and how."""

    def __init__(
        self,
        verifier: Verifier,
        model: BaseChatModel,
        evidence: tuple[Evidence, ...],
        config: RunnableConfig | None = None,
        sub: SubQuestion | None = None,
    ) -> None:
        """Ask whether the evidence holds the answer to what `verifier` verifies, or to another question."""
        self._of, self._model, self._evidence, self._config = verifier, model, evidence, config
        self._sub = sub or verifier.sub
        self._question = sub.question if sub else verifier.question
        found = Found(evidence, max(one.score for one in evidence))
        self.decision: Decision = decide(model, self._question, found, verifier.decision.strictness, config)

    @property
    def answers(self) -> bool:
        """Whether it surely holds the answer, as far as is known before writing."""
        return answers_alone(self.decision)

    def written(self) -> str:
        """Return the first sentence of what the model writes from it; "" where it writes none."""
        reply = "".join(chunk.text for chunk in write(self._model, self._question, self._evidence, self._config))
        return next(iter(written(reply, self._question, self._evidence)), "")

    def verify(self, text: str) -> Verified:
        """Judge a sentence by this evidence."""
        return self._verifier.verify(text)

    def told(self) -> Verified | None:
        """Return the first sentence of what the model writes from it, judged by it; None where it writes none."""
        text = self.written()
        return self.verify(text) if text else None

    def quoted(self) -> Verified | None:
        """Return the sentence of this evidence that surely is the answer."""
        return self._verifier.quoted()

    @cached_property
    def _verifier(self) -> Verifier:
        given = (self._question, self._evidence, self.decision, self._config, self._sub)
        return Verifier(self._of.index, self._model, *given)


def answer_of_one(verifier: Verifier, model: BaseChatModel, config: RunnableConfig | None = None) -> Verified | None:
    """Return what the source answers that holds the answer most surely; None where none does, or nothing of it stands.

    For a question that was not answered from all sources together, by a source that leaves no doubt.
    """
    if not may_answer_alone(verifier.decision):
        return None
    sources = by_source(verifier.evidence).values()
    if len(sources) < 2:
        return None
    read = [Reading(verifier, model, one, config) for one in sources]
    holding = sorted((one for one in read if one.answers), key=lambda one: -(one.decision.certainty or 0.0))
    for one in holding[:_MOST]:
        told = one.told()
        if told and told.sentence.verdict == "supported" and answers(one.decision, told.certainty, for_all=True):
            return told
    return None
