"""Whether evidence in another language names what a sentence names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from langchain_core.messages import BaseMessage

from assistant import Assistant
from assistant.models import chat_model
from assistant.naming import _KNOWN, NAMED, PERHAPS, Naming, names_of, names_to_look_for, runs_of
from index import Index
from index.snapshot import Vectors
from tests.fakes import ScriptedModel, WordEmbedder

MEANT = [tuple(pair) for pair in _KNOWN] + [
    ("Osmund", "奥斯蒙"),
    ("Ines Duarte", "伊内斯·杜阿尔特"),
    ("Varnby", "瓦恩比"),
]


class NameEmbedder(WordEmbedder):
    """As `WordEmbedder`, and a name has the same vector in both languages."""

    def _vector(self, text: str) -> Vectors:
        for number, names in enumerate(MEANT):
            if text in names:
                vector = np.full(256, 1e-3, np.float32)
                vector[200 + number] = 1
                return vector / np.linalg.norm(vector)
        return super()._vector(text)


@pytest.fixture
def naming_index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "i", NameEmbedder()) as index:
        yield index


@pytest.mark.parametrize(
    ("text", "question", "names"),
    [
        ("Ines Duarte runs the port of Osmund.", "", ["Ines Duarte", "Osmund"]),
        ("Osmund has a port.", "Who runs the port of Osmund?", ["Osmund"]),
        ("Osmund has a port.", "Osmund?", []),  # what begins a sentence may be any word
        ("In March the Bank of Varnby and St. Olaf's College met.", "", ["Bank of Varnby", "St. Olaf's College"]),
        ("However, I met Mr. John F. Reed in the USA on Monday.", "", ["John F. Reed"]),
        ("The keeper left Osmund. Varnby has none.", "", ["Osmund"]),
        ("南河石桥由李安主持修建。", "", []),
        ("它由马里奥·罗西写进《石桥记》，也叫阿尔塔桥。", "", ["石桥记", "马里奥·罗西", "阿尔塔"]),
        ("", "", []),
    ],
)
def test_names_are_found_by_how_they_are_written(text: str, question: str, names: Sequence[str]) -> None:
    assert names_of(text, question) == names


@pytest.mark.parametrize(
    ("text", "told", "names"),
    [
        ("The bridge of Changshi was built by Feng Kejian.", "长石村的桥由冯克俭修建。", []),
        ("The bridge of Changshi stands.", "白石村的桥。", ["Changshi"]),
        ("Of all people in China many read.", "全国有许多人读书。", []),
        ("The bridge of Li stands.", "李村的桥。", ["Li"]),  # one syllable stands in any text
    ],
)
def test_what_a_text_spells_in_pinyin_needs_no_looking_for(text: str, told: str, names: Sequence[str]) -> None:
    assert names_to_look_for(text, "", told) == names


def test_a_name_may_be_any_run_of_words_that_does_not_end_in_grammar() -> None:
    assert runs_of("石桥的长", "zh") == ["石", "桥", "长", "石桥", "桥的长", "石桥的长"]
    assert runs_of("the port of Osmund", "en") == ["port", "Osmund", "port of Osmund"]
    assert runs_of("12 。", "zh") == []


def test_a_name_is_found_in_the_other_language_without_asking_the_model(naming_index: Index) -> None:
    model = ScriptedModel(verdicts=[])
    naming = Naming(naming_index, model)
    assert naming.certainty("Ines Duarte", "港口由伊内斯·杜阿尔特管理。") > PERHAPS
    assert naming.certainty("伊内斯·杜阿尔特", "The mill was built for Ines Duarte.") > PERHAPS
    assert model.asked == []


def test_what_a_text_calls_a_name_is_plainly_near_it_or_nothing(naming_index: Index) -> None:
    naming = Naming(naming_index, ScriptedModel())
    told = "Osmund has a port. The port is run by Ines Duarte for the Bank of Varnby."
    assert naming.called("伊内斯·杜阿尔特", told) == "Ines Duarte"
    assert naming.called("奥斯蒙", told) == "Osmund"  # what begins a sentence, too
    assert naming.called("马里奥·罗西", told) == naming.called("奥斯蒙", "the old port") == ""


def test_a_chinese_answer_has_the_names_of_its_english_source_beside_its_own(
    naming_index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.verify._NEAR", -1.0)  # these vectors know nothing across languages
    (tmp_path / "port.txt").write_text("The port of Osmund is run by Ines Duarte.", encoding="utf-8")
    naming_index.add(tmp_path / "port.txt")
    model = ScriptedModel(text="奥斯蒙的港口由伊内斯·杜阿尔特管理。")
    (sentence,) = Assistant(naming_index, model, "scripted").ask("奥斯蒙的港口由谁管理？").sentences
    assert sentence.verdict == "supported"
    assert sentence.text == "奥斯蒙的港口由伊内斯·杜阿尔特（Ines Duarte）管理。"  # whoever asks knows Osmund's name


def test_a_text_is_embedded_once_for_all_names_and_never_without_bound(naming_index: Index) -> None:
    embedder = naming_index.embedder
    assert isinstance(embedder, NameEmbedder)
    naming = Naming(naming_index, ScriptedModel())
    before = embedder.embedded
    for name in ("Osmund", "Ines Duarte"):
        naming.nearness(name, "奥斯蒙的港口" * 500)
    assert embedder.embedded - before < 700


@pytest.mark.parametrize(("says", "least", "most"), [("No", -9.0, NAMED), ("Yes", PERHAPS, 9.0)])
def test_of_a_name_that_is_near_nothing_the_model_is_asked(
    naming_index: Index, says: str, least: float, most: float
) -> None:
    model = ScriptedModel(verdicts=[says])
    assert least < Naming(naming_index, model).certainty("Varnby", "港口由伊内斯·杜阿尔特管理。") < most
    assert "Varnby" in model.asked[0] and "港口" in model.asked[0]


def test_with_an_embedding_model_of_one_language_the_model_alone_decides(index: Index) -> None:
    naming = Naming(index, ScriptedModel(verdicts=["Yes"]))
    assert naming.nearness("London", "伦敦") == 0.0
    assert naming.certainty("London", "伦敦") > PERHAPS


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "says", "unknown", "verdict"),
    [
        ("Who opened a lab in Seattle?", "Tencent opened an AI lab in Seattle.", "", ("supported", "")),
        (
            "Which lab did Alibaba open in Seattle?",
            "Alibaba opened an AI lab in Seattle.",
            "Alibaba",
            ("unsupported", "not in the evidence: Alibaba"),
        ),
        (
            "Which lab did Alibaba open in Seattle?",
            "Alibaba opened an AI lab in Seattle.",
            "",
            ("supported", ""),
        ),
    ],
)
def test_what_is_said_of_another_name_is_not_supported(
    tmp_path: Path, question: str, says: str, unknown: str, verdict: tuple[str, str]
) -> None:
    class Doubting(ScriptedModel):
        def _reply(self, messages: list[BaseMessage]) -> str:
            asked = unknown and f"Does this text name “{unknown}”" in str(messages[-1].content)
            return "No" if asked else super()._reply(messages)

    (tmp_path / "lab.txt").write_text("2017年，腾讯在西雅图开设了人工智能实验室。", encoding="utf-8")
    with Index.open(tmp_path / "i") as index:
        index.add(tmp_path / "lab.txt")
        (sentence,) = Assistant(index, Doubting(text=says), "scripted").ask(question).sentences
    assert (sentence.verdict, sentence.reason) == verdict


@pytest.mark.model
def test_of_two_passages_the_one_that_names_whom_the_sentence_names_carries_it(tmp_path: Path) -> None:
    class Reading(ScriptedModel):
        def _reply(self, messages: list[BaseMessage]) -> str:
            asked = str(messages[-1].content)
            if "Does this text name" not in asked:
                return super()._reply(messages)
            return "Yes" if "“Seattle”" not in asked or "西雅图" in asked else "No"

    (tmp_path / "lab.txt").write_text(
        "腾讯（Tencent）的AI Lab从2017年起由张潼领导。2017年，腾讯在西雅图开设了人工智能实验室。", encoding="utf-8"
    )
    with Index.open(tmp_path / "i") as index:
        index.add(tmp_path / "lab.txt")
        says = Reading(text="Tencent opened the AI Lab in Seattle in 2017.")
        answer = Assistant(index, says, "scripted").ask("Which company opened an AI laboratory in Seattle?")
    assert [sentence.verdict for sentence in answer.sentences] == ["supported"]
    assert ["西雅图" in citation.quote for citation in answer.citations] == [True]


@pytest.mark.model
def test_whom_a_pronoun_means_is_named_before_it(tmp_path: Path) -> None:
    class Reading(ScriptedModel):
        def _reply(self, messages: list[BaseMessage]) -> str:
            asked = str(messages[-1].content)
            named = "Does this text name" not in asked or "特斯拉" in asked
            return super()._reply(messages) if named else "No"

    text = "特斯拉问过茶叶的价格和船票的价格。他晚年住在山上的石屋里。"
    (tmp_path / "house.txt").write_text(text, encoding="utf-8")
    with Index.open(tmp_path / "i") as index:
        index.add(tmp_path / "house.txt")
        says = Reading(text="Tesla lived in a stone house in the mountains.")
        answer = Assistant(index, says, "scripted").ask("Where did Tesla live in his last years?")
    assert [sentence.verdict for sentence in answer.sentences] == ["supported"]
    assert [citation.quote for citation in answer.citations] == ["他晚年住在山上的石屋里。"]


@pytest.mark.model
def test_with_the_real_models_a_company_is_told_from_another(tmp_path: Path) -> None:
    with Index.open(tmp_path / "i") as index:
        naming = Naming(index, chat_model("embedded"))
        told = "2017年，腾讯在西雅图开设了人工智能实验室。"
        assert naming.certainty("Tencent", told) > PERHAPS
        assert naming.certainty("Alibaba", told) < NAMED
        assert naming.certainty("Tencent AI Lab", told) > PERHAPS
        assert naming.certainty("Alibaba AI Lab", told) < NAMED  # its last two words are there
        assert naming.certainty("阿里巴巴", "In 2017 Tencent opened a laboratory in Seattle.") < NAMED
