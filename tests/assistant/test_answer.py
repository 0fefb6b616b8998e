"""An answer as a record that is kept, and as it is shown in a notebook."""

import json
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from index import Index, YijuError
from tests.fakes import ScriptedModel, WordEmbedder

HOSTILE = "The <script>alert(1)</script> tower [here](javascript:x) of Osmund is 42 m high, says <b>Ada</b>."


@pytest.fixture
def answer(index: Index) -> Answer:
    text = "The bridge has seven arches. It was painted green by the mayor's cousin Ottilie Brandt in spring."
    yiju = Assistant(index, ScriptedModel(text=text, verdicts=["Yes", "Yes", "No"]), "scripted")
    return yiju.ask("How many arches has it?", history=["What was the old bridge built of?"])


def test_a_record_goes_through_json_and_comes_back_as_the_same_answer(answer: Answer) -> None:
    record = answer.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert Answer.from_dict(json.loads(json.dumps(record))) == answer


def test_the_names_in_a_record_stay_what_they_are(answer: Answer) -> None:
    record = answer.to_dict()
    assert list(record) == [
        "question", "status", "sentences", "citations", "nearest", "origins", "model", "timings",
        "conflicts", "standalone", "trace",
    ]  # fmt: skip
    assert list(record["sentences"][0]) == ["text", "citations", "verdict", "score", "reason", "attribution"]
    assert list(record["citations"][0]) == [
        "number", "source_id", "title", "author", "published", "uri", "page", "start", "end", "quote",
    ]  # fmt: skip
    assert list(record["timings"]) == ["evidence", "gate", "first_word", "first_sentence", "total"]
    assert list(record["origins"]) == ["groups", "links"]


def test_a_record_of_an_earlier_version_is_read_and_what_is_none_is_refused(answer: Answer) -> None:
    record = answer.to_dict()
    for added_since in ("conflicts", "standalone", "trace"):
        del record[added_since]
    assert Answer.from_dict(record).sentences == answer.sentences
    with pytest.raises(YijuError, match=r"not the record of an answer: status: .* Give what Answer.to_dict"):
        Answer.from_dict({**record, "status": "maybe"})


def test_markdown_has_a_footnote_for_each_number_and_says_what_does_not_hold(answer: Answer) -> None:
    text = answer.to_markdown()
    assert text.startswith("*Understood as: ")
    (number,) = answer.sentences[0].citations
    assert f"The bridge has seven arches.[^{number}]" in text
    assert "Ottilie Brandt in spring. *(not supported" in text
    assert f"\n[^{number}]: The old bridge: “It has seven arches" in text
    assert "没有依据" in answer.to_markdown("zh")


def test_a_refusal_lists_the_nearest_passages_as_far_as_there_are_any(index: Index, tmp_path: Path) -> None:
    refused = Assistant(index, ScriptedModel(verdicts=["No"]), "scripted").ask("Who painted the harbour of Osmund?")
    assert refused.to_markdown().startswith("The sources do not answer this. Nearest passages:\n\n- The harbour report")
    assert refused._repr_html_().count("<li>") == len(refused.nearest)
    with Index.open(tmp_path / "empty.index", WordEmbedder()) as empty:
        nothing = Assistant(empty, None, "none").ask("茶园在哪里？")
    assert nothing.to_markdown() == "没有可以用来回答的资料。\n"


def test_a_notebook_shows_numbers_that_lead_to_their_notes(answer: Answer) -> None:
    html = answer._repr_html_()
    (number,) = answer.sentences[0].citations
    note = html.split(f'">[{number}]</a>')[0].rsplit('href="#', 1)[1]
    assert f'<li id="{note}"' in html and "<s>It was painted green" in html
    assert answer._repr_markdown_() == answer.to_markdown()


def test_the_notes_of_two_answers_on_one_page_keep_apart(index: Index) -> None:
    yiju = Assistant(index, ScriptedModel(text="The bridge has seven arches."), "scripted")
    shown = [yiju.ask(f"How many arches has the old bridge{mark}")._repr_html_() for mark in ("?", " now?")]
    ids = [one.split('<li id="')[1].split('"')[0] for one in shown]
    assert ids[0] != ids[1]


def test_the_words_of_a_source_are_shown_and_never_run(index: Index, tmp_path: Path) -> None:
    (tmp_path / "tower.txt").write_text(f"{HOSTILE}\n")
    index.add(tmp_path / "tower.txt")
    answer = Assistant(index, None, "none").ask("How high is the tower, in m, says Ada?")
    assert "<script>" in answer.citations[0].quote
    html, markdown = answer._repr_html_(), answer.to_markdown()
    assert "<script" not in html and "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "<b>" not in html
    assert "\\<script\\>alert(1)\\</script\\>" in markdown and "\\[here\\](javascript:x)" in markdown


def test_quotes_without_a_model_stand_each_by_itself(index: Index, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("The new bridge of Osmund was built of steel. It has two arches.\n")
    index.add(tmp_path / "new.txt")
    answer = Assistant(index, None, "none").ask("How many arches has the bridge?")
    assert len(answer.sentences) > 1
    body = answer.to_markdown().split("\n\n[^")[0]
    assert body.count("\n\n") >= len(answer.sentences) - 1
