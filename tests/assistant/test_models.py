from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.models import chat_model
from assistant.yes_no import ask_yes_no
from index import YijuError
from tests.fakes import ScriptedModel

QUESTION = [HumanMessage("Is it so? Reply Yes or No.")]


class WithLogprobs(ScriptedModel):
    """Gives log-probabilities as OpenAI's models do."""

    top_logprobs: int | None = None
    tokens: dict[str, float] = {}

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        assert kwargs["logprobs"] and kwargs["max_tokens"] == 1
        top = [{"token": token, "logprob": logprob} for token, logprob in self.tokens.items()]
        message = AIMessage("?", response_metadata={"logprobs": {"content": [{"top_logprobs": top}]}})
        return ChatResult(generations=[ChatGeneration(message=message)])


def test_log_odds_are_the_best_spelling_of_each_word() -> None:
    model = WithLogprobs(tokens={"Yes": -0.5, " yes": -3.0, "No": -2.5, "Maybe": -0.1})
    reply = ask_yes_no(model, QUESTION)
    assert reply.yes and reply.log_odds == pytest.approx(2.0)


def test_a_model_without_log_probabilities_is_taken_at_its_word() -> None:
    assert ask_yes_no(ScriptedModel(verdicts=["yes, they do"]), QUESTION).yes
    assert not ask_yes_no(ScriptedModel(verdicts=["No."]), QUESTION).yes
    assert ask_yes_no(ScriptedModel(verdicts=["No."]), QUESTION).log_odds is None


def test_none_is_no_model() -> None:
    assert chat_model("none") is None


@pytest.mark.parametrize("name", ["nosuchmaker:model", "foo"])
def test_an_unknown_model_says_which_can_be_chosen(name: str) -> None:
    with pytest.raises(YijuError, match=f"'{name}' cannot be used.*embedded.*none"):
        chat_model(name)
