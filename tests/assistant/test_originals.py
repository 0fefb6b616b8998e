from pathlib import Path

import pytest

from assistant import Assistant
from assistant.originals import as_read, corrected, with_originals
from index import Index
from tests.fakes import ScriptedModel, WordEmbedder

_ZH = "校长陈远航说，学校去年花了687万元。"
_EN = "The school of Chen Yuanhang spent 6.87 million yuan last year."


@pytest.mark.parametrize(
    ("text", "question", "read"),
    [
        (_ZH, "Who leads the school?", "校长陈远航（Chen Yuanhang）说，学校去年花了687万（6.87 million）元。"),
        (_ZH, "Qui dirige l'école de la ville ?", "校长陈远航（Chen Yuanhang）说，学校去年花了687万元。"),
        (_EN, "学校去年花了多少钱？", "The school of Chen Yuanhang spent 6.87 million (687万) yuan last year."),
        (_ZH, "学校去年花了多少钱？", _ZH),
        (_EN, "How much did the school spend?", _EN),
        (_ZH, "GDP?", _ZH),  # of no language that one can tell: it is answered in the source's
    ],
)
def test_a_model_reads_names_and_figures_as_its_answer_will_have_them(text: str, question: str, read: str) -> None:
    assert as_read(text, question) == read


def test_within_a_language_a_text_stays_as_it_is() -> None:
    for text, question in ((_ZH, "学校去年花了多少钱？"), (_EN, "How much did the school spend?")):
        assert corrected(text, question, text) == with_originals(text, question, text) == text


def test_what_a_question_says_is_right() -> None:
    question = "Did Chen Yanghua spend 687 million yuan?"
    said = "Chen Yanghua did not spend 687 million yuan."
    assert corrected(said, question, _ZH) == said


def test_an_answer_is_corrected_before_it_is_verified_and_shown_with_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.verify._NEAR", -1.0)  # these vectors know nothing across languages
    (tmp_path / "school.txt").write_text(_ZH, encoding="utf-8")
    with Index.open(tmp_path / "i", WordEmbedder()) as index:
        index.add(tmp_path / "school.txt")
        model = ScriptedModel(text="Chen Jianghang said that it had spent 687 million yuan.")
        answer = Assistant(index, model, "scripted").ask("How much did the school spend last year?")
    (sentence,) = answer.sentences
    assert sentence.text == "Chen Yuanhang (陈远航) said that it had spent 6.87 million (687万) yuan."
    assert sentence.verdict == "supported"
    assert answer.trace.written == "Chen Jianghang said that it had spent 687 million yuan."
    assert answer.citations[0].quote in _ZH  # as it stands there
