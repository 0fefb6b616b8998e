from pathlib import Path

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

import prompts
from assistant.embedded import EmbeddedChatModel
from assistant.models import chat_model, go_on, goes_on, is_cut_off, stream, tokens_of
from assistant.yes_no import ask_yes_no
from index import YijuError

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model() -> EmbeddedChatModel:
    chosen = chat_model("embedded")
    assert isinstance(chosen, EmbeddedChatModel)
    return chosen


MESSAGES = [SystemMessage("You reply with one word."), HumanMessage("What colour is a clear sky by day?")]


def test_a_reply_has_text_usage_and_a_reason_to_end(model: BaseChatModel) -> None:
    reply = model.invoke(MESSAGES)
    assert "blue" in reply.text.lower()
    assert reply.usage_metadata is not None and reply.usage_metadata["input_tokens"] > 10
    assert reply.response_metadata["finish_reason"] == "stop"


def test_a_stream_is_the_reply_in_pieces(model: BaseChatModel) -> None:
    pieces = [chunk.text for chunk in model.stream("Count from one to eight in English words.")]
    assert len(pieces) > 5 and "three" in "".join(pieces).lower()


def test_what_it_writes_tells_what_else_it_might_have_been(model: BaseChatModel) -> None:
    chunks = list(stream(model, [HumanMessage("Name a colour of the rainbow, one word.")]))
    tokens = [token for chunk in chunks for token in tokens_of(chunk)]
    assert "".join(token.text for token in tokens) == "".join(chunk.text for chunk in chunks)
    first, likely = tokens[0].text, dict(tokens[0].others)
    assert len(likely) >= 4 and first not in likely and 0 < sum(likely.values()) < 1


def test_it_goes_on_from_the_beginning_of_a_reply(model: BaseChatModel) -> None:
    assert goes_on(model)
    reply = go_on(model, [HumanMessage("Count from one to five in English words.")], "one, two,", 8)
    assert reply.startswith("one, two, three") and "four" in reply


@pytest.mark.parametrize(("most", "is_cut"), [(3, True), (200, False)])
def test_a_stream_says_whether_it_stopped_at_its_limit(model: BaseChatModel, most: int, is_cut: bool) -> None:
    chunks = list(model.bind(max_tokens=most).stream("Count from one to eight in English words."))
    assert [is_cut_off(chunk) for chunk in chunks].count(True) == is_cut


def test_a_stream_that_is_left_early_stops_the_model(model: BaseChatModel) -> None:
    stream = model.stream("Count from one to three hundred in English words.")
    next(stream)
    stream.close()
    assert "blue" in model.invoke(MESSAGES).text.lower()


def test_a_stop_word_ends_the_reply(model: BaseChatModel) -> None:
    assert "five" not in model.invoke("Count from one to eight in English words.", stop=["four", "Four"]).text.lower()


def test_it_gives_log_probabilities_for_yes_and_no(model: BaseChatModel) -> None:
    yes = ask_yes_no(model, [HumanMessage("Is water wet? Reply Yes or No.")])
    no = ask_yes_no(model, [HumanMessage("Is the moon made of cheese? Reply Yes or No.")])
    assert yes.log_odds is not None and no.log_odds is not None and yes.log_odds > no.log_odds


def test_more_than_it_can_read_is_a_clear_error(model: BaseChatModel) -> None:
    with pytest.raises(YijuError, match="refused the request.*context"):
        model.invoke("word " * 20_000)


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(YijuError, match="no model file at .*yiju models get"):
        EmbeddedChatModel(path=tmp_path / "gone.gguf").invoke("Hello")


def test_a_missing_adapter_is_a_clear_error(model: EmbeddedChatModel, tmp_path: Path) -> None:
    with pytest.raises(YijuError, match=r"no adapter at .*gone\.gguf\. Install"):
        EmbeddedChatModel(path=model.path, adapter=tmp_path / "gone.gguf").invoke("Hello")


SOURCE = "Sources:\nThe mill at Harrow sold 4100 tonnes of flour in 2019.\n\nQuestion: "
TOLD = f"{SOURCE}How much flour did the mill at Harrow sell in 2019?\n"
UNTOLD = f"{SOURCE}Who leads the mill at Harrow?\n"


def test_the_adapter_changes_how_it_judges_and_nothing_that_it_writes(model: EmbeddedChatModel) -> None:
    plain = EmbeddedChatModel(path=model.path)
    question = prompts.load("gate")

    def apart(one: BaseChatModel, asked: str) -> float:
        told, untold = (ask_yes_no(one, [HumanMessage(text + asked)]).log_odds for text in (TOLD, UNTOLD))
        assert told is not None and untold is not None
        return told - untold

    assert apart(model, question) > apart(plain, question) + 1
    assert apart(model, question.rstrip(".")) == pytest.approx(apart(plain, question.rstrip(".")), abs=0.05)
    briefly = TOLD + prompts.load("write", language="English")
    assert model.invoke(briefly).text == plain.invoke(briefly).text


def test_a_file_that_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"not a model" * 100)
    with pytest.raises(YijuError, match="could not be loaded"):
        EmbeddedChatModel(path=tmp_path / "bad.gguf").invoke("Hello")
