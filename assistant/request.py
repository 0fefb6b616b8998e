"""A question as it is asked from Python: by itself, or with what it may use and what was said before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Required

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import CONFIG_KEYS
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from assistant.answer import Answer
from assistant.conversation import Turn, standalone
from index.errors import QueryError

Said = Answer | Turn | str | BaseMessage


class Question(TypedDict, total=False):
    """A question with what belongs to it, as a dictionary: what a chain of LangChain's passes on.

    `where` and `history` are those of `Assistant.ask`.
    """

    question: Required[str]
    where: Mapping[str, object] | None
    history: Sequence[Said]


@dataclass(frozen=True)
class Request:
    """A question, the sources that it may use, and the turns before it."""

    question: str
    where: Mapping[str, object] | None
    turns: tuple[Turn, ...]


def request_of(
    asked: str | Question, where: Mapping[str, object] | None = None, history: Sequence[Said] = ()
) -> Request:
    """Return what is asked; what stands in the dictionary counts before `where` and `history`.

    Raises QueryError for what is neither a text nor such a dictionary.
    """
    if isinstance(asked, str):
        return Request(asked, where, turns_of(history))
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
        given = f"a dictionary of {sorted(map(str, asked))}" if isinstance(asked, dict) else f"a {type(asked).__name__}"
        raise QueryError(f'This is no question: {given}. Ask with a text, or with {{"question": "…"}}.')
    unknown = sorted(asked.keys() - Question.__annotations__.keys())
    if unknown:
        known = ", ".join(Question.__annotations__)
        raise QueryError(f"A question has no {', '.join(map(repr, unknown))}. It may have: {known}.")
    return Request(asked["question"], asked.get("where", where), turns_of(asked.get("history", history)))


def turns_of(history: Sequence[Said]) -> tuple[Turn, ...]:
    """Return what was said before, each question so that it stands alone, as far as rules can make it so.

    Of LangChain's messages, a human's is a question and a model's belongs to its answer; others are passed over.
    Raises QueryError for what was said by nobody.
    """
    turns: list[Turn] = []
    for one in [history] if isinstance(history, str) else history or ():
        if isinstance(one, Turn):
            turns.append(one)
        elif isinstance(one, Answer):
            turns.append(turn_of(one))
        elif isinstance(one, str):
            turns.append(Turn(standalone(one, turns).question))
        elif isinstance(one, HumanMessage):
            turns.append(Turn(standalone(one.text, turns).question))
        elif isinstance(one, AIMessage) and turns:
            turns[-1] = Turn(turns[-1].question, f"{turns[-1].answer} {one.text}".strip())
        elif not isinstance(one, BaseMessage):
            raise QueryError(
                f"{one!r:.100} cannot be history. Give the answers before, their questions as text, or LangChain's "
                "messages."
            )
    return tuple(turns)


def turn_of(answer: Answer) -> Turn:
    """Return an answer as what was said before: the question as it was understood, and what stands."""
    return Turn(answer.standalone or answer.question, answer.stands)


def require_config(config: RunnableConfig | None) -> None:
    """Raise QueryError for what cannot be a configuration of LangChain's, such as a `where` in its place."""
    if config and not config.keys() & set(CONFIG_KEYS):
        raise QueryError(
            f"{dict(config)!r} is no configuration of LangChain's. To choose the sources, say where={dict(config)!r}; "
            f"a configuration has some of: {', '.join(CONFIG_KEYS)}."
        )
