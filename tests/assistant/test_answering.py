"""The whole flow with a scripted model: what is answered, cited, refused and marked."""

from pathlib import Path

import pytest

from assistant import Answer, Assistant, EvidenceFound, SentenceVerified, TextWritten
from assistant.verify import NOT_ANSWERED
from index import Index, YijuError
from tests.fakes import ScriptedModel, WordEmbedder


def assistant_that_says(text: str, index: Index, *verdicts: str) -> tuple[Assistant, ScriptedModel]:
    model = ScriptedModel(text=text, verdicts=list(verdicts))
    model.asked = []
    return Assistant(index, model, "scripted"), model


def test_an_answer_cites_the_very_words_that_carry_it(index: Index) -> None:
    yiju, _ = assistant_that_says("The harbour of Osmund was opened in 1874.", index)
    answer = yiju.ask("When was the harbour of Osmund opened?")
    assert answer.status == "answered"
    (sentence,), (citation,) = answer.sentences, answer.citations
    assert sentence.citations == (citation.number,) and sentence.verdict == "supported"
    assert citation.quote == "The harbour of Osmund was opened in 1874."
    source = index.source(citation.source_id)
    assert source is not None and source.text[citation.start : citation.end] == citation.quote
    assert (citation.title, citation.author, citation.published) == ("The harbour report", "Mei Lin", "2023-04-02")
    assert citation.uri == "https://example.org/harbour"


def test_a_chinese_answer_cites_its_chinese_source(index: Index) -> None:
    yiju, model = assistant_that_says("去年的产量是12吨。", index)
    answer = yiju.ask("茶园去年的产量是多少？")
    assert answer.status == "answered" and "12吨" in answer.citations[0].quote
    assert any("in Chinese" in prompt for prompt in model.asked)


def test_events_come_in_the_order_of_reading(index: Index) -> None:
    yiju, _ = assistant_that_says("The bridge was built of granite. It has seven arches.", index)
    events = list(yiju.stream("What is told of the old bridge?"))
    kinds = [type(event) for event in events]
    assert kinds[0] is EvidenceFound and kinds[-1] is Answer and kinds[1] is TextWritten
    assert kinds.count(SentenceVerified) == 2
    written = "".join(event.text for event in events if isinstance(event, TextWritten))
    assert written == "The bridge was built of granite. It has seven arches."


@pytest.mark.parametrize(
    ("text", "ended", "verdicts"),
    [
        ("The bridge was built of granite. It has seven", {"finish_reason": "length"}, ["supported", "partly"]),
        ("The bridge was built of granite. It has seven", {"stop_reason": "max_tokens"}, ["supported", "partly"]),
        ("The bridge was built of granite. It has seven", {"finish_reason": "MAX_TOKENS"}, ["supported", "partly"]),
        ("The bridge was built of granite. It has seven arches.", {"done_reason": "length"}, ["supported"] * 2),
        ("The bridge was built of granite. It has seven", {"finish_reason": "stop"}, ["supported"] * 2),
    ],
)
def test_a_sentence_that_the_model_did_not_finish_is_marked(
    index: Index, text: str, ended: dict[str, str], verdicts: list[str]
) -> None:
    model = ScriptedModel(text=text, ended=ended)
    answer = Assistant(index, model, "scripted").ask("What is told of the old bridge?")
    assert [one.verdict for one in answer.sentences] == verdicts
    assert [one.reason for one in answer.sentences if one.verdict == "partly"] == [
        "the model stopped in the middle of it" for verdict in verdicts if verdict == "partly"
    ]


def test_without_sources_no_model_is_asked(tmp_path: Path, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "i", embedder) as index:
        yiju, model = assistant_that_says("Paris.", index)
        answer = yiju.ask("What is the capital of France?")
    assert (answer.status, answer.sentences, answer.nearest, model.asked) == ("refused", (), (), [])


def test_when_the_gate_says_no_nothing_is_written_and_the_nearest_passages_are_shown(index: Index) -> None:
    yiju, model = assistant_that_says("Paris.", index, "No")
    answer = yiju.ask("Who painted the harbour of Osmund?")
    assert (answer.status, answer.sentences, answer.citations) == ("refused", (), ())
    _gate, translation = model.asked  # there are sources in Chinese, too; "Paris." is no question in it
    assert translation == "Who painted the harbour of Osmund?"
    assert answer.nearest and all(one.quote for one in answer.nearest)


@pytest.mark.parametrize(
    "invented",
    [
        "The harbour of Osmund was opened in 1902.",
        "The harbour handles 32 million tonnes of grain.",
        "It handles 3.2 billion tonnes of grain a year.",
    ],
)
def test_a_figure_that_no_evidence_holds_is_not_supported(index: Index, invented: str) -> None:
    yiju, _ = assistant_that_says(invented, index)
    answer = yiju.ask("What do you know of the harbour of Osmund and its grain?")
    assert answer.status == "refused"
    assert answer.sentences[0].verdict == "unsupported" and "not in the evidence" in answer.sentences[0].reason
    assert answer.citations == ()


def test_an_invented_sentence_beside_a_true_one_is_marked_and_the_true_one_stands(index: Index) -> None:
    text = "The bridge has seven arches. It was painted green by the mayor's cousin Ottilie Brandt in spring."
    yiju, _ = assistant_that_says(text, index, "Yes", "Yes", "No")
    answer = yiju.ask("How many arches has the old bridge?")
    assert answer.status == "partly"
    assert [sentence.verdict for sentence in answer.sentences] == ["supported", "unsupported"]
    assert answer.sentences[1].citations == () and answer.sentences[1].reason


def test_an_answer_that_only_says_that_nothing_was_found_is_a_refusal(index: Index) -> None:
    yiju, _ = assistant_that_says("The sources do not mention the colour of the bridge.", index)
    assert yiju.ask("What colour is the old bridge?").status == "refused"


def test_citations_that_the_model_makes_up_are_taken_out(index: Index) -> None:
    yiju, _ = assistant_that_says("The bridge has seven arches [7].", index)
    assert yiju.ask("How many arches has the old bridge?").sentences[0].text == "The bridge has seven arches."


def test_a_model_that_says_nothing_gives_a_refusal(index: Index) -> None:
    yiju, _ = assistant_that_says("", index)
    assert yiju.ask("How many arches has the old bridge?").status == "refused"


def test_a_model_that_fails_is_a_clear_error(index: Index) -> None:
    class Failing(ScriptedModel):
        def _reply(self, messages: object) -> str:
            raise TimeoutError("the server did not answer")

    with pytest.raises(YijuError, match="failed while it judged: the server did not answer"):
        Assistant(index, Failing(), "failing").ask("How many arches has the old bridge?")


def test_without_a_model_the_best_quotes_are_the_answer(index: Index) -> None:
    answer = Assistant(index, None, "none").ask("harbour master Ines Duarte Lisbon 2019")
    assert answer.status == "answered"
    assert "Ines Duarte" in answer.sentences[0].text
    by_number = {citation.number: citation.quote for citation in answer.citations}
    assert all(by_number[sentence.citations[0]] == sentence.text for sentence in answer.sentences)


def test_a_copy_of_a_source_is_no_second_origin(index: Index, tmp_path: Path) -> None:
    original = next(source for source in index.sources() if source.title == "The old bridge")
    (tmp_path / "digest.txt").write_text("Weekly digest\n\n" + original.text)
    index.add(tmp_path / "digest.txt")
    from assistant.origins import origins_of

    origins = origins_of(index.sources())
    assert (origins.sources, origins.independent) == (4, 3)


@pytest.mark.parametrize(("question", "message"), [("  ", "empty"), ("为什么" * 20_000, "60,000 characters")])
def test_a_question_that_cannot_be_asked_says_why(index: Index, question: str, message: str) -> None:
    yiju, _ = assistant_that_says("", index)
    with pytest.raises(YijuError, match=message):
        yiju.ask(question)


def test_an_answer_becomes_plain_values(index: Index) -> None:
    import json

    yiju, _ = assistant_that_says("The bridge has seven arches.", index)
    record = json.loads(json.dumps(yiju.ask("How many arches has the old bridge?").to_dict()))
    assert set(record) == {
        "question", "status", "sentences", "citations", "nearest", "origins", "model", "timings",
        "conflicts", "standalone", "trace",
    }  # fmt: skip
    assert record["citations"][0]["quote"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It has seven arches [1, 2].", ["It has seven arches."]),
        ("It has seven arches [1],[2].", ["It has seven arches."]),
        ("It has seven arches【1†source】.", ["It has seven arches."]),
        ("It has [Source 1, Source 2] seven arches (1).", ["It has seven arches."]),
        ("A flood (1953) destroyed two of its arches.", ["A flood (1953) destroyed two of its arches."]),
        ("1. It has seven arches.\n2. It carries no cars.", ["It has seven arches.", "It carries no cars."]),
        ("<think>Seven? Or nine.</think>\nIt has seven arches.", ["It has seven arches."]),
    ],
)
def test_citations_of_the_model_are_left_out_and_figures_in_brackets_stay(
    index: Index, written: str, shown: list[str]
) -> None:
    yiju, _ = assistant_that_says(written, index)
    answer = yiju.ask("What of the arches of the old bridge, and when was the flood?")
    assert [one.text for one in answer.sentences if one.reason != NOT_ANSWERED] == shown


def test_no_history_is_none(index: Index) -> None:
    yiju, _ = assistant_that_says("It has seven arches.", index)
    assert yiju.invoke({"question": "How many arches has the old bridge?", "history": None}).status == "answered"  # type: ignore[typeddict-item]
