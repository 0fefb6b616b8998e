"""A person measures an index on questions of their own."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import EvaluationError
from assistant.evaluation import Case, Share, cases, evaluate, judge, report
from assistant.terminal import times
from index import Index
from index.snapshot import Vectors
from tests.fakes import ScriptedModel, WordEmbedder


def written(folder: Path, *rows: object) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", encoding="utf-8")
    return file


def test_answers_refusals_and_citations_are_counted(index: Index, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {"question": "How many arches has the old bridge?", "answers": [["seven", "7"]], "quotes": ["seven arches"]},
        {"question": "How many arches does the bridge have?", "answers": ["nine"]},
        {"question": "Who built the arches of the bridge?", "answers": ["seven arches"], "quotes": ["Tomas Reyes"]},
        {"question": "Who painted the harbour of Osmund?", "answerable": False},
        {"question": "What of the old bridge and its arches?"},
    )
    model = ScriptedModel(text="It has seven arches.", verdicts=[*["Yes"] * 6, "No"])
    judged = list(evaluate(Assistant(index, model, "scripted"), cases(file)))
    assert [(one.right, one.cited) for one in judged] == [
        (True, True), (False, False), (True, False), (True, None), (None, None)
    ]  # fmt: skip
    figures = report(judged)
    assert (figures.questions, figures.answered, figures.refused) == (5, Share(3, 3), Share(1, 1))
    assert (figures.right, figures.cited, figures.wrong) == (Share(2, 3), Share(1, 3), Share(1, 4))
    assert figures.balanced == 1.0
    points = ("evidence_seconds", "gate_seconds", "word_seconds", "sentence_seconds", "seconds")
    medians = [getattr(figures, point)[0] for point in points]
    assert medians[:2] == sorted(medians[:2]) and medians[2:4] == sorted(medians[2:4])
    assert figures.seconds and figures.seconds[0] <= figures.seconds[1]
    assert report([]).sentence_seconds is None
    assert [line.split(",")[0] for line in times(figures)] == [
        "evidence", "gate", "first word", "first sentence", "whole answer"
    ]  # fmt: skip
    assert json.loads(json.dumps(figures.to_dict()))["right"] == {"count": 2, "of": 3}


class Watched(WordEmbedder):
    """Notes what it is asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().queries(texts)


def test_the_models_are_loaded_before_the_first_question_is_timed(tmp_path: Path) -> None:
    embedder = Watched()
    (tmp_path / "harbour.txt").write_text("Ines Duarte painted the harbour.", encoding="utf-8")
    with Index.open(tmp_path / "notes.index", embedder) as index:
        index.add(tmp_path / "harbour.txt")
        list(evaluate(Assistant(index, None, "none"), [Case("Who painted the harbour?")]))
    assert embedder.asked[0] == "?" and "Who painted the harbour?" in embedder.asked[1:]


@pytest.mark.parametrize(
    ("said", "wanted", "right"),
    [
        ("It has 17 arches.", "7", False),
        ("It handles 3.2 million tonnes.", "32", False),
        ("It cost 12,400 crowns.", "12400 crowns", True),
        ("去年的产量是１２吨。", "12吨", True),
        ("A party of artists.", "art", False),
        ("CBA总冠军是林城队。", "林城", True),
        ("INES  Duarte, of Lisbon", "Ines Duarte", True),
    ],
)
def test_what_was_said_is_compared_by_whole_words_and_figures(
    index: Index, said: str, wanted: str, right: bool
) -> None:
    answer = Assistant(index, ScriptedModel(text=said), "scripted").ask("What of the harbour?")
    sentences = tuple(type(one)(one.text, one.citations, "supported", one.score, "") for one in answer.sentences)
    stated = type(answer)(**{**vars(answer), "status": "answered", "sentences": sentences})
    assert judge(Case("What of the harbour?", answers=(wanted,)), stated).right is right


def test_verdicts_from_the_web_chat_are_cases(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {"id": "1", "question": "Who?", "verdict": "good", "status": "answered", "quotes": ["by Mei"], "note": ""},
        {"id": "2", "question": "When?", "verdict": "good", "status": "refused", "quotes": []},
        {"id": "3", "question": "Why?", "verdict": "bad", "status": "answered", "quotes": ["because"]},
    )
    assert [(one.question, one.is_answerable, one.quotes) for one in cases(file)] == [
        ("Who?", True, ("by Mei",)), ("When?", False, ()), ("Why?", None, ())
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{broken", "line 1: .*A line is like"),
        ('{"question": "Who?"}\n{"asked": "Why?"}', "line 2: .*question"),
        ('{"question": "Who?", "answers": "Mei"}', "line 1: .*answers"),
        ("\n\n", "holds no question. Write a line of JSON for each"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "q.jsonl").write_text(content)
    with pytest.raises(EvaluationError, match=message):
        cases(tmp_path / "q.jsonl")
    with pytest.raises(EvaluationError, match=r"missing.jsonl cannot be read"):
        cases(tmp_path / "missing.jsonl")


def test_intervals_are_wilsons() -> None:
    low, high = Share(8, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert Share(0, 0).interval == (0.0, 1.0) and str(Share(0, 0)) == "none"
    assert str(Share(50, 100)) == "50 of 100, 50% (40% to 60%)"


@pytest.mark.parametrize("row", [{"answers": ["%"]}, {"answers": [["seven", ""]]}, {"quotes": ["😀"]}])
def test_what_no_answer_could_be_seen_to_hold_is_refused(tmp_path: Path, row: dict[str, object]) -> None:
    with pytest.raises(EvaluationError, match="line 1.*no word and no figure"):
        cases(written(tmp_path, {"question": "How many?"} | row))


def test_of_an_answer_that_nobody_knows_only_whether_it_came_is_counted(index: Index) -> None:
    case = Case("How many arches has the old bridge?", answerable=True)
    yiju = Assistant(index, ScriptedModel(text="It has seven arches."), "scripted")
    judged = judge(case, yiju.ask(case.question))
    assert (judged.right, judged.cited) == (None, None)
    figures = report([judged])
    assert (figures.answered, figures.right, figures.cited, figures.wrong) == (
        Share(1, 1), Share(0, 0), Share(0, 0), Share(0, 1)
    )  # fmt: skip
