"""Each example over the bundled sample, as a person runs it; with quotes alone, or with a model that says its lines."""

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant import Assistant
from tests.fakes import ScriptedModel

ROOT = Path(__file__).parent.parent
EXAMPLES = {path.stem: path for path in (ROOT / "examples").glob("*.py")}
SAMPLES = str(ROOT / "samples")
QUESTION = "How many parameters has WuDao 2.0?"

pytestmark = pytest.mark.model  # the embedding model's


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of the sample, so that only the first example has to embed it."""
    folder = tmp_path_factory.mktemp("examples")
    with Assistant.open(folder / "notes.index", model="none") as yiju:
        assert all(outcome.status == "added" for outcome in yiju.add(SAMPLES))
    return folder


@pytest.fixture(autouse=True)
def standing_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(folder)
    yield


def run(name: str, *arguments: str) -> None:
    """Run an example as the command line does."""
    before = sys.argv
    sys.argv = [str(EXAMPLES[name]), *arguments]
    try:
        runpy.run_path(str(EXAMPLES[name]), run_name="__main__")
    finally:
        sys.argv = before


def main_of(name: str) -> Any:
    return runpy.run_path(str(EXAMPLES[name]))["main"]


def test_there_are_few_and_each_is_tested_here() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    assert len(EXAMPLES) <= 6 and all(f'"{name}"' in tested for name in EXAMPLES)


def test_a_folder_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    run("ask_a_folder", SAMPLES, QUESTION, "none")
    said = capsys.readouterr().out
    assert "[^1]" in said and "\n[^1]: " in said and "1.75" in said


def test_an_answer_is_shown_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    run("as_it_comes", SAMPLES, "悟道2.0有多少参数？", "none")
    said = capsys.readouterr()
    assert said.out.startswith("Evidence:\n  [1] ") and "\nsupported: " in said.out and "\nanswered in " in said.out
    assert "18 of 18: " in said.err


def test_a_model_of_one_s_own_writes(capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(text="悟道2.0有1.75万亿个参数。悟道2.0有9万亿个参数。")
    main_of("own_model")(SAMPLES, "悟道2.0有多少参数？", model)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("supported: 悟道2.0有1.75万亿个参数。 [")
    assert said[1].startswith("unsupported: 悟道2.0有9万亿个参数。 []") and said[2].startswith("[")


def test_a_chain_is_asked_several_questions_and_its_stages_are_heard(capsys: pytest.CaptureFixture[str]) -> None:
    run("in_a_chain", SAMPLES, "none", QUESTION, "悟道2.0有多少参数？")
    said = capsys.readouterr()
    assert len(said.out.splitlines()) >= 2 and "1.75万亿" in said.out
    assert said.err.count("yiju.gate") == 2 and "yiju.quote" in said.err


def test_the_retriever_serves_another_s_chain(capsys: pytest.CaptureFixture[str]) -> None:
    class Listener(FakeListChatModel):
        heard: list[str] = []

        def _call(self, messages: Any, *rest: Any, **options: Any) -> str:
            self.heard.append(messages[-1].text)
            return super()._call(messages, *rest, **options)

    model = Listener(responses=["It has 1.75 trillion."])
    main_of("retriever")(SAMPLES, QUESTION, model)
    assert capsys.readouterr().out == "It has 1.75 trillion.\n"
    assert QUESTION in model.heard[0] and "from character " in model.heard[0] and "1.75" in model.heard[0]


def test_own_questions_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"question": "悟道2.0有多少参数？", "answers": [["1.75万亿"]]},
        {"question": "悟道2.0有多少参数？", "answers": [["9万亿"]]},
    ]
    questions.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    run("own_questions", SAMPLES, str(questions), "none")
    said = capsys.readouterr()
    assert said.out.startswith("right 1 of 2") and "cited right 1 of 2" in said.out
    assert said.err == "answered, not right: 悟道2.0有多少参数？\n"
