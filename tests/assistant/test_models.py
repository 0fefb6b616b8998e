from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.errors import ModelError
from assistant.models import chat_model, is_cut_off, stream
from assistant.yes_no import YesNo, ask_yes_no
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


class Refusing(ScriptedModel):
    """Refuses some options of a request, as Ollama's client does, and OpenAI for models that think."""

    top_logprobs: int | None = None
    model: str
    refused: tuple[str, ...]
    logprobs: Any = None
    calls: list[dict[str, Any]] = []

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        self.calls.append(kwargs)
        if refused := [name for name in self.refused if name in kwargs]:
            raise TypeError(f"unexpected keyword argument {refused[0]!r}")
        metadata = {"logprobs": self.logprobs} if "logprobs" in kwargs else {}
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text, response_metadata=metadata))])


def top(**logprobs: float) -> dict[str, Any]:
    first = next(iter(logprobs))
    others = [{"token": token, "logprob": logprob} for token, logprob in logprobs.items()]
    return {"token": first, "logprob": logprobs[first], "top_logprobs": others}


def test_what_a_service_refuses_is_left_away_once_and_for_all() -> None:
    model = Refusing(model="thinker", refused=("logprobs",), text="Yes")
    assert ask_yes_no(model, QUESTION) == ask_yes_no(model, QUESTION) == YesNo(True, None)
    assert [sorted(call) for call in model.calls[-2:]] == [[], []] and len(model.calls) == 4


def test_ollama_tells_log_probabilities_without_a_limit_and_in_a_list() -> None:
    model = Refusing(model="ollama", refused=("max_tokens",), logprobs=[top(Yes=-0.1, No=-3.1)], text="Yes")
    assert ask_yes_no(model, QUESTION).log_odds == pytest.approx(3.0)


def test_a_service_that_tells_no_log_probabilities_is_asked_once() -> None:
    model = Refusing(model="quiet", refused=(), text="No")
    assert ask_yes_no(model, QUESTION) == YesNo(False, None) and len(model.calls) == 1


def test_an_error_that_is_no_refusal_is_the_models() -> None:
    class Failing(Refusing):
        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
            self.calls.append(kwargs)
            raise ConnectionError("nobody answers")

    model = Failing(model="away", refused=())
    with pytest.raises(ModelError, match="nobody answers"):
        ask_yes_no(model, QUESTION)
    assert len(model.calls) == 1


def test_a_first_token_that_begins_a_thought_says_nothing_and_the_one_behind_it_does() -> None:
    thinking = [top(**{"<think>": -0.01, "Yes": -9.0}), top(No=-0.2), top(**{"</think>": 0.0}), top(No=-0.1, Yes=-4.1)]
    model = Refusing(model="aloud", refused=(), logprobs={"content": thinking}, text="<think>No</think>No")
    assert ask_yes_no(model, QUESTION).log_odds == pytest.approx(-4.0)
    untold = Refusing(model="silent", refused=(), logprobs={"content": thinking[:1]}, text="<think>No?</think>\nYes")
    assert ask_yes_no(untold, QUESTION) == YesNo(True, None)


@pytest.mark.parametrize(
    ("logprobs", "odds"),
    [
        ({"content": [top(**{"Yes.": -0.01, "No": -5.01})]}, 5.0),
        ({"content": [top(是=-0.01, 否=-6.01)]}, 6.0),
        ({"content": [{"token": "Yes", "logprob": -0.1}]}, None),
        ({"content": [{"token": "Yes", "top_logprobs": {"Yes": -0.1}}]}, None),
        (["Yes"], None),
    ],
)
def test_log_odds_are_read_in_any_form_that_is_known(logprobs: Any, odds: float | None) -> None:
    reply = ask_yes_no(Refusing(model=str(logprobs), refused=(), logprobs=logprobs, text="Yes"), QUESTION)
    assert reply == YesNo(True, pytest.approx(odds) if odds else None)


@pytest.mark.parametrize(
    ("said", "yes"),
    [
        ("**Yes**", True),
        ("Answer: Yes", True),
        ("\\boxed{Yes}", True),
        ("<think>No? They do.</think>\n\nYes", True),
        ("对", True),
        ("能否确定？No", False),
        ("有没有？No", False),
        ("<think>Yes", False),
        ("否", False),
        ("", False),
    ],
)
def test_a_yes_is_found_in_what_a_model_puts_around_it(said: str, yes: bool) -> None:
    assert ask_yes_no(ScriptedModel(verdicts=[said]), QUESTION).yes is yes


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("<think>Nine? No, seven.</think>\n\nIt has seven.", "It has seven."),
        ("  <think>Nine", ""),
        ("It has <think> seven.", "It has <think> seven."),
        ("<", "<"),
        ("<b>Seven</b>", "<b>Seven</b>"),
    ],
)
def test_what_a_model_thinks_aloud_before_it_replies_is_not_its_reply(reply: str, told: str) -> None:
    assert (
        "".join(chunk.text for chunk in stream(ScriptedModel(text=reply), [HumanMessage("How many?")])).strip() == told
    )


def test_a_reply_of_openais_responses_says_that_it_was_cut_off() -> None:
    metadata = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    assert is_cut_off(AIMessageChunk(content="", response_metadata=metadata))
    assert not is_cut_off(AIMessageChunk(content="", response_metadata={"incomplete_details": None}))


def test_none_is_no_model() -> None:
    assert chat_model("none") is None


@pytest.mark.parametrize("name", ["nosuchmaker:model", "foo"])
def test_an_unknown_model_says_which_can_be_chosen(name: str) -> None:
    with pytest.raises(YijuError, match=f"'{name}' cannot be used.*embedded.*none"):
        chat_model(name)
