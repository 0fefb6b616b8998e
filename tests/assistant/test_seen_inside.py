"""How an answer came about: in its trace, in the log, and on a terminal as it grows."""

import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from rich.console import Console

from assistant import Answer, Assistant, SentenceVerified
from assistant.cli.views import Growing, Screen
from assistant.cli.way import way
from assistant.verify import Sentence
from index import Index
from tests.fakes import ScriptedModel

QUESTION = "When was the harbour of Osmund opened?"


def scripted(index: Index, text: str, *verdicts: str) -> Assistant:
    return Assistant(index, ScriptedModel(text=text, verdicts=list(verdicts)), "scripted")


def test_the_trace_holds_each_hit_with_its_ranks_and_what_became_of_it(index: Index) -> None:
    answer = Assistant(index, None, "none").ask(QUESTION)
    trace = answer.trace
    assert [hit.rank for hit in trace.hits] == list(range(1, len(trace.hits) + 1))
    cited = {(one.source_id, one.start): one.number for one in answer.citations}
    assert {(hit.source_id, hit.start): hit.evidence for hit in trace.hits}.items() >= cited.items()
    first = trace.hits[0]
    source = index.source(first.source_id)
    assert source and "1874" in source.text[first.start : first.end]
    assert trace.line == 0.1 and trace.best_score == max(hit.score for hit in trace.hits)
    assert TypeAdapter(Answer).validate_python(answer.to_dict()) == answer


def test_a_refusal_tells_its_way_too(index: Index) -> None:
    assistant = scripted(index, "", "No")
    lines = "\n".join(way(assistant.ask(QUESTION), {}))
    assert "the model's word alone" in lines and "answer      refused, 0 disagreements, model scripted" in lines


def test_the_way_shows_what_the_model_wrote_and_why_a_sentence_fell(index: Index) -> None:
    written = "The harbour of Osmund was opened in 1874. It was closed in 1931."
    lines = "\n".join(way(scripted(index, written).ask(QUESTION), {}))
    assert f"written     {written}" in lines
    assert "sentence 1  supported, by code [1] The harbour of Osmund" in lines
    assert "sentence 2  unsupported (not in the evidence: 1931), by code  It was closed" in lines


def test_each_stage_is_one_line_of_the_log_without_what_was_asked_or_read(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    # The two loggers by name: a command of another test may have set them.
    with caplog.at_level(logging.DEBUG, logger="index"), caplog.at_level(logging.DEBUG, logger="assistant"):
        scripted(index, "The harbour of Osmund was opened in 1874.").ask(QUESTION)
    ours = [one for one in caplog.records if one.name.split(".")[0] in ("assistant", "index")]
    told = [one.getMessage() for one in ours if one.levelno >= logging.INFO]
    assert [line.partition(":")[0] for line in told] == ["search", "evidence", "gate", "write", "verify"]
    assert not any("Osmund" in line or "1874" in line for line in told)
    assert [one.getMessage() for one in ours if one.levelno == logging.DEBUG] == [f"question: {QUESTION}"]


def test_each_file_is_one_line_of_the_log_and_an_address_without_what_may_be_secret(
    index: Index, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "new.txt").write_text("The lighthouse stands on the pier.")
    with caplog.at_level(logging.INFO, logger="index"):
        index.add(tmp_path / "new.txt", "http://ada:secret@127.0.0.1:1/post?key=secret#secret")
    told = [one.getMessage() for one in caplog.records if one.name == "index.ingest"]
    assert f"{tmp_path / 'new.txt'}: added, 1 new passages" in told
    assert "http://127.0.0.1:1/post: failed, 0 new passages" in told
    assert "secret" not in "".join(told)


def test_a_program_that_sets_up_no_log_is_told_nothing() -> None:
    program = "import logging, assistant; logging.getLogger('assistant.choices').warning('a model could not be had')"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and run.stderr == ""


# On a terminal, as it comes


def verified(text: str, verdict: str, *citations: int, reason: str = "") -> SentenceVerified:
    return SentenceVerified(Sentence(text, citations, verdict, 1.0, reason), ())  # type: ignore[arg-type]


def test_nothing_is_shown_before_a_sentence_stands() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, color_system=None, width=40), 40)
    growing = Growing(screen, "And since when?", "scripted")
    growing.understood("Since when is the harbour open?")
    assert not growing.takes(verified("It has nine piers.", "unsupported", reason="not in the evidence: nine").sentence)
    assert out.getvalue() == ""
    assert growing.takes(verified("The harbour was opened in 1874.", "supported", 1).sentence)
    growing.show()
    assert out.getvalue() == (
        "Understood as: Since when is the harbour\nopen?\n\nIt has nine piers.\n"
        "  ✗ not supported: not in the evidence:\n    nine\nThe harbour was opened in 1874. [1]\n"
    )
    assert growing.takes(verified("It is large.", "partly", 1, reason="the model is not certain").sentence)
    growing.show()
    assert out.getvalue().endswith("It is large. [1]\n  ~ only partly supported: the model is\n    not certain\n")


def test_a_refusal_on_a_terminal_shows_the_nearest_three_and_says_how_many_more(index: Index) -> None:
    out = io.StringIO()
    answer = scripted(index, "", "No").ask("青山茶园在哪里？")
    Screen(Console(file=out, color_system=None, width=60), 60).answer(answer)
    shown = out.getvalue()
    assert shown.startswith("这些资料没有回答这个问题。最接近的段落：\n\n[")
    assert shown.count("“") == min(3, len(answer.nearest))


def test_what_steers_a_terminal_does_not_reach_it() -> None:
    out = io.StringIO()
    growing = Growing(Screen(Console(file=out, color_system=None, width=60), 60), "When?", "scripted")
    growing.takes(verified("The ferry\x1b[2J sails\x07 at\u202e nine.", "supported", 1).sentence)
    growing.show()
    assert out.getvalue() == "The ferry [2J sails at nine. [1]\n"
