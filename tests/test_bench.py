"""The measuring programs: what they write, and what they refuse to run on."""

import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Answer
from assistant.answer import Timings, Trace
from assistant.evaluation import Case, Judged
from assistant.gate import TRAINED
from assistant.origins import Origins
from bench import altered, answers, priors, sample, statements
from index import Index
from tests.fakes import WordEmbedder

ROOT = Path(__file__).parent.parent


def run_by_hand(monkeypatch: pytest.MonkeyPatch, main: Callable[[], None], *arguments: str) -> str:
    """Run a program as from a shell, and return with what it ended."""
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return str(ended.value)


def test_the_shipped_priors_stay_where_nothing_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "index").mkdir()
    shipped = ROOT / "index" / "priors-e5-small.npz"
    before = shipped.read_bytes()
    assert run_by_hand(monkeypatch, priors.main, "--help") == "0"
    assert run_by_hand(monkeypatch, priors.main, str(tmp_path)) == "2"
    assert shipped.read_bytes() == before and not list((tmp_path / "index").iterdir())


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A folder with two questions of one of the public sets."""
    rows = [{"question": f"Who won in {year}?", "answerable": False, "passages": ["…"]} for year in (1990, 1994)]
    rows.append({"question": "Who won in 1998?", "answerable": True, "passages": ["France won in 1998."]})
    file = tmp_path / "nomiracl_en.dev.jsonl"
    file.write_text("\n".join(map(json.dumps, rows[1:])), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nomiracl fr"], r"no set 'nomiracl fr'; the sets are: 'rgb 0\.4', .*'nomiracl en'"),
        (["nomiracl en", "--skip", "2"], r"'nomiracl en' has 2 questions, of which --skip 2 leaves none"),
        (["nomiracl en", "-n", "0"], "-n 1 or more"),
    ],
)
def test_answers_says_what_cannot_be_asked(
    arguments: list[str],
    said: str,
    questions: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_by_hand(monkeypatch, answers.main, str(questions), *arguments) == "2"
    assert re.search(said, capsys.readouterr().err)


def judged(certainty: tuple[float | None, ...], answerable: bool, gate: float | None = 1.0) -> Judged:
    trace = Trace(gate=gate, certainty=certainty)
    answer = Answer("?", "answered", (), (), (), Origins(()), "a model", Timings(0, 0, None, None, 0), trace=trace)
    return Judged(Case("?", answerable=answerable), answer, None, None)


def test_the_curve_has_the_lines_of_the_model_and_leaves_out_what_has_no_certainty() -> None:
    rows = [judged((0.7, None), True), judged((-1.5,), True), judged((-3.0,), False), judged((), False)]
    rows += [judged((None,), True), judged((), True, gate=None)]  # refused by code alone; without log-probabilities
    told = list(answers.curve(rows, TRAINED.lines))
    assert any(one.startswith("at -2.0 (normal: below, not supported): answers 2 of 2") for one in told)
    assert any(one.startswith("at 0.5 (normal: below, not certain): answers 1 of 2") for one in told)
    assert any(one.startswith("at -3.0: ") and "holds back 1 of 2" in one for one in told)
    assert not list(answers.curve([judged((0.7,), True)], TRAINED.lines))


def test_what_a_sample_answer_says_is_told_by_whole_words_and_figures() -> None:
    assert sample.holds("It has 38 of them; 149项。", [["38"], ["150", "149"]])
    assert not sample.holds("It has 384 of them.", [["38"]]) and not sample.holds("7.938%", [["7.93%"]])
    assert sample.holds("共9,998天，约１７万美元", [["9998"], ["17万"]])


def fact(text: str, answer: str = "", others: tuple[str, ...] = ()) -> altered.Fact:
    people = tuple(altered.Named(one, "person") for one in others)
    return altered.Fact("en/en", 1, "Who?", text, answer, people, (text,), "person" if answer else "")


def made(kind: str, one: altered.Fact, elsewhere: str = "Mei Lin") -> set[str | None]:
    """What a sentence becomes, by whatever chance."""
    names = [altered.Named(elsewhere, "person")]
    return {altered.altered(kind, one, names, random.Random(seed)) for seed in range(30)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("他参加了奥运会的比赛。", None),
        ("于是他与林梅一起开始了工作。", None),
        ("青山国际开发股份有限公司位于林城。", "青山国际开发股份有限公司不位于林城。"),
        ("茶园还是最大的，也是最老的。", "茶园还是最大的，也不是最老的。"),
        ("她没有获得奖，茶园是她的。", "她没有获得奖，茶园不是她的。"),
        ("它的重要性并没有丧失。", "它的重要性丧失。"),
        ("The bridge has seven arches and is old.", "The bridge has seven arches and is not old."),
        ("It is not only old, but was built in 1900.", "It is not only old, but was not built in 1900."),
    ],
)
def test_a_sentence_is_denied_where_it_can_be(before: str, after: str | None) -> None:
    assert made("negation", fact(before)) == {after}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The Mei Lin River flows north.", "Mei Lin"),
        ("Rosa Anders-born Tomas spoke.", "Anders"),
        ("The painter Tomas Reyes came; Reyes painted it.", "Tomas Reyes"),
        ("他从 周敏 墙边走过。", "周敏"),
        ("周敏·林梅是馆长。", "周敏"),
    ],
)
def test_a_name_within_another_or_told_of_twice_is_left(text: str, answer: str) -> None:
    assert made("name", fact(text, answer), "Ada Smith") == {None}


def test_two_names_are_exchanged_where_that_says_something_else() -> None:
    text = "Tomas Reyes built the bridge that Ada Smith had drawn."
    assert made("entity", fact(text, "Tomas Reyes", ("Ada Smith",))) == {
        "Ada Smith built the bridge that Tomas Reyes had drawn."
    }
    assert made("entity", fact("It was built by Tomas Reyes and Ada Smith.", "Tomas Reyes", ("Ada Smith",))) == {None}


def test_figures_and_dates_stay_such() -> None:
    assert all(re.fullmatch(r"They sold [1-9],\d00 of 12%\.|They sold 1,200 of [1-9]\d%\.", one or "")
               for one in made("figure", fact("They sold 1,200 of 12%.")))  # fmt: skip
    assert made("figure", fact("In the 20世纪 it ended on 31 August.")) == {None}
    assert all(
        "之间" in str(one) and str(one)[:4] < str(one)[6:10] for one in made("date", fact("2004年和2014年之间。"))
    )
    assert {str(one)[-5:] for one in made("date", fact("It began in the 1980s."))} <= {"950s.", "970s.", "990s."}


def test_what_is_true_stays_true_in_other_words() -> None:
    said = {altered.rewritten("共有12,000人，占32.9%。", random.Random(seed)) for seed in range(30)}
    assert (
        said <= {"共有12000人，占32.9%。", "共有一万两千人，占32.9%。", "共有12,000人，占百分之32.9。"}
        and len(said) == 3
    )


def test_the_statements_are_as_many_of_each_language_and_none_stands_there_twice() -> None:
    read = statements.texts()
    assert [one.language for one in read] == ["en"] * 45 + ["zh"] * 45
    every = [said for one in read for _, said in (*one.true, *one.false)]
    assert len(every) == len(set(every)) == 540
    assert {kind for one in read for kind, _ in one.true} == {"verbatim", "paraphrase", "recast"}


def test_statements_are_verified_without_a_model_too(tmp_path: Path) -> None:
    text = statements.Text(
        "en", "The mill was built in 1871.", "When was the mill built?",
        [("verbatim", "The mill was built in 1871.")], [("figure", "The mill was built in 1872.")],
    )  # fmt: skip
    with Index.open(tmp_path / "i", WordEmbedder()) as index:
        found = statements.verified(index, None, text)
    assert [(is_true, kind, one.verdict) for is_true, kind, one in found] == [
        (True, "verbatim", "supported"),
        (False, "figure", "unsupported"),
    ]
