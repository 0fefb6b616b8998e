"""What carries a sentence, and what a sentence must not get away with."""

from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from assistant import Assistant
from assistant.verify import IN_OTHER_WORDS, NOTHING_OF_THIS_KIND, ONLY_A_DAY, ONLY_SAYS_NOTHING
from index import Index
from tests.fakes import ScriptedModel, WordEmbedder


class Unread(ScriptedModel):
    """Says No to a sentence when it reads its citation alone."""

    def _reply(self, messages: list[BaseMessage]) -> str:
        return "No" if "陈述：" in str(messages[-1].content) else super()._reply(messages)


def ask(index: Index, question: str, says: str, model: type[ScriptedModel] = ScriptedModel) -> tuple[str, str, str]:
    """Return the verdict on a one-sentence answer, the reason, and the quotes that it cites."""
    answer = Assistant(index, model(text=says), "scripted").ask(question)
    (sentence,) = answer.sentences
    return sentence.verdict, sentence.reason, " ".join(citation.quote for citation in answer.citations)


def written(path: Path, metadata: str, text: str) -> Path:
    path.write_text(f"---\n{metadata}---\n{text}\n", encoding="utf-8")
    return path


def tell(index: Index, folder: Path, text: str) -> None:
    (folder / "told.txt").write_text(text, encoding="utf-8")
    index.add(folder / "told.txt")


def test_the_quote_is_the_sentence_that_holds_what_the_answer_adds_to_the_question(
    index: Index, tmp_path: Path
) -> None:
    (tmp_path / "lab.txt").write_text(
        "2017年公司在西雅图设立了海外实验室，这是它第一次走出国门。实验室由语音专家俞岚负责。", encoding="utf-8"
    )
    index.add(tmp_path / "lab.txt")
    verdict, _, quoted = ask(index, "西雅图的海外实验室由谁负责？", "西雅图的海外实验室由俞岚负责。")
    assert verdict == "supported" and "俞岚" in quoted


def test_a_name_that_only_the_question_holds_is_not_carried_by_another_source(index: Index) -> None:
    verdict, reason, _ = ask(
        index, "Was the QuayMaster of the old bridge built of granite?", "The QuayMaster was built of granite."
    )
    assert (verdict, reason) == ("unsupported", "not in the evidence: QuayMaster")


@pytest.mark.parametrize(("quarter", "verdict"), [("Q3", "supported"), ("Q2", "unsupported")])
def test_a_quarter_is_one_however_it_is_written(index: Index, tmp_path: Path, quarter: str, verdict: str) -> None:
    (tmp_path / "mill.txt").write_text("In the third quarter of 2019 the Harrow mill sold 4,100 tonnes of flour.")
    index.add(tmp_path / "mill.txt")
    says = f"In {quarter} 2019 the Harrow mill sold 4,100 tonnes of flour."
    assert ask(index, f"What did the Harrow mill sell in {quarter} 2019?", says)[0] == verdict


@pytest.mark.parametrize(
    ("source", "question", "says", "reason"),
    [
        ("2020年全年青岭新增茶农1186人，2021年的数字还没有公布。", "2021年青岭新增茶农多少人？",
         "2021年青岭新增茶农1186人。", "the evidence says otherwise: 2020"),
        ("2021年青岭新增茶农1269人，比2020年多83人。", "2021年青岭的茶农比上年多多少人？",
         "2021年青岭的茶农比上年多83人。", ""),
        ("The mill sold 4,100 tonnes in 2020; in 2019 it sold 3,900 tonnes, and 2021 was bad.",
         "How much did the mill sell in 2021?", "In 2021 the mill sold 3,900 tonnes.",
         "the evidence says otherwise: 2019"),
        ("The mill sold 3,900 tonnes in 2019 and 4,100 tonnes in 2020.", "How much did the mill sell in 2020?",
         "In 2020 the mill sold 4,100 tonnes.", ""),
        ("青岭茶社二季度营收为3000万元。", "青岭茶社一季度营收多少？", "青岭茶社一季度营收为3000万元。",
         "the evidence says otherwise: 二季度"),
        ("青岭茶社一季度营收为2000万元，二季度营收为3000万元。", "青岭茶社一季度营收多少？",
         "青岭茶社一季度营收为3000万元。", "the evidence says otherwise: Q2"),
        ("The mill sold 90 tonnes in the second half of the year.", "How much did the mill sell in the first half?",
         "In the first half the mill sold 90 tonnes.", "the evidence says otherwise: second half"),
        ("火炬传到青岭时，第二棒由渔民郭丹接过。", "青岭的第一棒火炬由谁接过？",
         "第一棒火炬在青岭由渔民郭丹接过。", "the evidence says otherwise: 第二棒"),
        ("火炬传到青岭时，第一棒由渔民郭丹接过，第二棒由老师接过。", "青岭的第一棒由谁接过？",
         "第一棒火炬在青岭由渔民郭丹接过。", ""),
    ],
)  # fmt: skip
def test_a_figure_is_of_its_year_and_what_is_numbered_keeps_its_number(
    index: Index, tmp_path: Path, source: str, question: str, says: str, reason: str
) -> None:
    tell(index, tmp_path, source)
    assert ask(index, question, says)[1] == reason


@pytest.mark.parametrize(("land", "verdict"), [("Sweden", "supported"), ("Norway", "unsupported")])
def test_a_land_may_be_named_by_its_people(index: Index, tmp_path: Path, land: str, verdict: str) -> None:
    tell(index, tmp_path, "The ferry was built in 1903 by a Swedish engineer, Anders Holm.")
    says = f"The ferry was built in 1903 by Anders Holm, an engineer from {land}."
    assert ask(index, "Who built the ferry?", says)[0] == verdict


@pytest.mark.parametrize(("initials", "verdict"), [("OQRT", "supported"), ("WTO", "unsupported")])
def test_an_answer_may_add_the_initials_of_a_name(index: Index, tmp_path: Path, initials: str, verdict: str) -> None:
    tell(index, tmp_path, "The ferry belongs to the Osmund Quay and Rail Trust.")
    says = f"The ferry belongs to the Osmund Quay and Rail Trust ({initials})."
    assert ask(index, "Whom does the ferry belong to?", says)[0] == verdict


@pytest.mark.parametrize(
    ("told", "says", "verdict"),
    [
        ("The ferry belongs to the Osmund Quay Trust.", "The ferry belongs to the OQT.", "supported"),
        ("The ferry belongs to the Osmund Quay Trust.", "The ferry belongs to the OQM.", "unsupported"),
        ("The ferry belongs to the OQT.", "The ferry belongs to the Osmund Quay Trust.", "supported"),
        ("The ferry belongs to the OQT.", "The ferry belongs to the Osmund Mill Trust.", "unsupported"),
        ("The ferry was built in Zürich.", "The ferry was built in Zurich.", "supported"),
        ("The ferry offers WiFi on deck.", "The ferry offers Wi-Fi on deck.", "supported"),
        ("The ferry sails at 30°C and on Mondays.", "The ferry sails at 30 degrees Celsius, on Mondays.", "supported"),
    ],
)
def test_a_name_is_one_in_full_by_its_initials_and_without_its_accents(
    index: Index, tmp_path: Path, told: str, says: str, verdict: str
) -> None:
    tell(index, tmp_path, told)
    assert ask(index, "What of the ferry?", says)[0] == verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("Zhou Min", "supported"), ("Wang Xiaoyu", "unsupported")],
)
def test_a_name_in_pinyin_is_compared_with_the_chinese_name(index: Index, name: str, verdict: str) -> None:
    says = f"The owner who picks the tea himself in spring (茶园主人, 每年四月采茶) is {name}."
    assert ask(index, "茶园主人是谁？", says)[0] == verdict


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("the tea主人 herself", ("partly", "its words are of two languages")),
        ("the owner of TX-11微型 gardens", ("partly", "its words are of two languages")),
        ("the owner herself", ("supported", "")),
        ("called by茶园主人", ("supported", "")),
        ("called by茶园 owners", ("partly", "its words are of two languages")),
        ("the owner (茶园主人) herself", ("supported", "")),
    ],
)
def test_words_glued_from_two_languages_are_marked(index: Index, who: str, told: tuple[str, str]) -> None:
    says = f"The one who picks it by hand in spring (茶园主人, 每年四月采茶) is {who}."
    assert ask(index, "Who picks the tea in April?", says)[:2] == told


class GluingModel(ScriptedModel):
    """Glues two languages together where it reads more than the sentence with the answer."""

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = messages[-1].text
        if "Reply Yes or No" in prompt:
            return "Yes"
        who = "tea主人" if "去年的产量" in prompt else "tea owner"
        return f"The one who picks it by hand in spring (茶园主人, 每年四月采茶) is the {who} herself."


def test_words_glued_from_two_languages_are_told_again_from_what_carries_them(index: Index) -> None:
    answer = Assistant(index, GluingModel(), "gluing").ask("Who picks the tea in April?")
    assert answer.status == "answered" and "is the tea owner herself" in answer.stands
    assert [one.quote for one in answer.citations] == ["茶园主人周敏每年四月开始采茶。"]


def test_a_figure_may_be_told_in_the_other_language_than_what_is_nearest(index: Index, tmp_path: Path) -> None:
    (tmp_path / "english.txt").write_text("QuayMaster Baize ferry: Qingling, 1980s.")
    index.add(tmp_path / "english.txt")
    tell(index, tmp_path, "青岭渡轮停航了。")
    question = "青岭QuayMaster Baize ferry渡轮是什么时候停航的？"
    verdict, _, quoted = ask(index, question, "青岭QuayMaster Baize ferry渡轮在1980年代末停航。")
    assert (verdict, quoted) == ("supported", "QuayMaster Baize ferry: Qingling, 1980s.")
    assert ask(index, question, "青岭QuayMaster Baize ferry渡轮在1970年代末停航。")[0] == "unsupported"


def test_figures_may_come_from_two_sentences_and_both_are_cited(index: Index) -> None:
    says = "The harbour of Osmund was opened in 1874 and handles 3.2 million tonnes of grain a year."
    verdict, _, quoted = ask(index, "When was the harbour of Osmund opened and what does it handle?", says)
    assert verdict == "supported" and "1874" in quoted and "3.2 million" in quoted


def test_the_number_of_a_footnote_carries_no_figure(index: Index, tmp_path: Path) -> None:
    (tmp_path / "council.txt").write_text("港务局的理事会由渔民推选产生，席位按行业分配[15][16]。", encoding="utf-8")
    index.add(tmp_path / "council.txt")
    verdict, reason, _ = ask(index, "港务局的理事会有多少席位？", "港务局的理事会有15个席位。")
    assert (verdict, reason) == ("unsupported", "not in the evidence: 15")


@pytest.mark.parametrize(
    ("question", "says", "told"),
    [
        ("Which lake of the province is the largest?", "Lake Orrin is the largest.",
         ("unsupported", "the evidence says otherwise: second-largest")),
        ("Which lake of the province is the largest?", "Lake Orrin.",
         ("unsupported", "the evidence says otherwise: second-largest")),
        ("Which lake of the province is the second-largest?", "Lake Orrin is the second-largest.", ("supported", "")),
        ("Which bird of the marsh is the oldest?", "The heron is the oldest.",
         ("partly", "the evidence says so of several: one of the oldest")),
        ("该地最高的塔是哪一座？", "最高的塔是镇海塔。", ("partly", "the evidence says so of several: 最高的古塔之一")),
    ],
)  # fmt: skip
def test_what_the_evidence_ranks_lower_is_not_the_first(
    index: Index, tmp_path: Path, question: str, says: str, told: tuple[str, str]
) -> None:
    (tmp_path / "lakes.txt").write_text("Lake Orrin is the second-largest lake of the province.", encoding="utf-8")
    (tmp_path / "birds.txt").write_text("The heron is one of the oldest birds of the marsh.", encoding="utf-8")
    (tmp_path / "towers.txt").write_text("镇海塔是当地最高的古塔之一。", encoding="utf-8")
    index.add(tmp_path)
    assert ask(index, question, says)[:2] == told


@pytest.mark.parametrize(
    ("question", "says", "is_right"),
    [
        ("Who bought Varnby Ltd?", "Harrow bought Varnby Ltd in 2020.", True),
        ("Who bought Harrow?", "Varnby Ltd bought Harrow in 2020.", False),
        ("Who bought Harrow?", "Varnby Ltd.", False),
        ("谁起诉了云雀？", "云雀起诉了灯笼。", False),
        ("谁起诉了云雀？", "灯笼起诉了云雀。", True),
        ("谁起诉了灯笼？", "云雀", False),
        ("Who met Ada Quill?", "Tom Reed met Ada Quill.", True),
    ],
)
def test_who_did_it_is_not_whom_it_was_done_to(
    index: Index, tmp_path: Path, question: str, says: str, is_right: bool
) -> None:
    (tmp_path / "firms.txt").write_text("In 2020 Harrow bought Varnby Ltd for a crown.", encoding="utf-8")
    (tmp_path / "court.txt").write_text("去年灯笼起诉了云雀，索赔一元。", encoding="utf-8")
    (tmp_path / "people.txt").write_text("Ada Quill met Tom Reed on the ferry.", encoding="utf-8")
    index.add(tmp_path)
    verdict, reason, _ = ask(index, question, says)
    assert (verdict == "supported") is is_right
    assert is_right or reason.startswith("the evidence says otherwise: ")


@pytest.mark.parametrize(
    ("question", "says", "told"),
    [
        ("When does the ferry to Varnby open?", "The ferry opens in May 2026.",
         ("partly", "the evidence does not say it for certain: is expected to")),
        ("When does the ferry to Varnby open?", "It is expected to open in May 2026.", ("supported", "")),
        ("谁偷走了镇海塔的钟？", "钟是守塔人偷走的。", ("partly", "the evidence does not say it for certain: 据说")),
    ],
)  # fmt: skip
def test_what_the_evidence_only_supposes_is_not_shown_as_certain(
    index: Index, tmp_path: Path, question: str, says: str, told: tuple[str, str]
) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry to Varnby is expected to open in May 2026.", encoding="utf-8")
    (tmp_path / "bell.txt").write_text("据说，镇海塔的钟是守塔人偷走的。", encoding="utf-8")
    index.add(tmp_path)
    assert ask(index, question, says)[:2] == told


def test_a_figure_of_another_year_is_none_of_the_year_that_was_asked_for(index: Index, tmp_path: Path) -> None:
    (tmp_path / "mill.txt").write_text("In 2019 the Harrow mill sold 4,100 tonnes of flour.", encoding="utf-8")
    index.add(tmp_path / "mill.txt")
    says = "The Harrow mill sold 4,100 tonnes of flour in 2021."
    verdict, reason, _ = ask(index, "How much flour did the Harrow mill sell in 2021?", says)
    assert (verdict, reason) == ("unsupported", "the evidence says otherwise: 2019")
    index.add(
        written(tmp_path / "later.md", "published: 2022\n", "The Varnby mill, of 1870, sold 3,300 tonnes last year.")
    )
    says = "The Varnby mill sold 3,300 tonnes in 2021."
    assert ask(index, "How many tonnes did the Varnby mill sell in 2021?", says)[0] == "supported"
    says = "The Harrow mill sold 4,100 tonnes of flour in 2019."
    assert ask(index, "How much flour did the Harrow mill sell in 2019?", says)[0] == "supported"


def test_a_work_that_the_source_does_not_name_is_not_carried_by_it(tmp_path: Path, embedder: WordEmbedder) -> None:
    (tmp_path / "film.txt").write_text("这部影片由俞岚执导，讲一座桥的故事。", encoding="utf-8")
    with Index.open(tmp_path / "films", embedder) as index:
        index.add(tmp_path / "film.txt")
        verdict, reason, _ = ask(index, "《石桥》的导演是谁？", "《石桥》的导演是俞岚。")
    assert (verdict, reason) == ("unsupported", "not in the evidence: 石桥")


def test_the_questions_own_words_in_place_of_the_sources_are_no_departure(index: Index, tmp_path: Path) -> None:
    (tmp_path / "team.txt").write_text("The Orne defence gave up just 308 points last season.", encoding="utf-8")
    index.add(tmp_path / "team.txt")
    says = "The Orne defence surrendered just 308 points."
    assert ask(index, "How many points did the Orne defence surrender?", says)[0] == "supported"


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        ("The Orne Lantern was released on 4 May 2017.", "unsupported"),
        ("The Orne Lantern was released on 4 May 2007.", "supported"),
    ],
)
def test_a_date_is_compared_whole(index: Index, tmp_path: Path, says: str, verdict: str) -> None:
    (tmp_path / "lantern.txt").write_text(
        "The Orne Lantern, first shown in 2017 as a sketch, was released on 4 May 2007.", encoding="utf-8"
    )
    index.add(tmp_path / "lantern.txt")
    assert ask(index, "When was the Orne Lantern released?", says)[0] == verdict


@pytest.mark.parametrize(
    ("text", "question", "says", "verdict"),
    [
        (
            "Ada Quill beat Nora Pell in the final of the Lyme regatta of 2019.",
            "Who won the Lyme regatta of 2019?",
            "Nora Pell won the Lyme regatta of 2019.",
            "unsupported",
        ),
        (
            "Ada Quill beat Nora Pell in the final of the Lyme regatta of 2019.",
            "Who won the Lyme regatta of 2019?",
            "Ada Quill won the Lyme regatta of 2019.",
            "supported",
        ),
        (
            "柳泉杯决赛中，青石队以三比一战胜白沙队。",
            "柳泉杯的冠军是哪支队？",
            "柳泉杯的冠军是白沙队。",
            "unsupported",
        ),
    ],
)
def test_who_was_beaten_has_not_won(
    index: Index, tmp_path: Path, text: str, question: str, says: str, verdict: str
) -> None:
    tell(index, tmp_path, text)
    assert ask(index, question, says)[0] == verdict


def test_a_body_without_profit_makes_none_in_either_language(index: Index, tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("青石网是一个由大学和图书馆组成的非盈利联盟。", encoding="utf-8")
    index.add(tmp_path / "net.txt")
    says = "Qingshi Net (青石网) is a non-profit union of universities and libraries (大学和图书馆组成的非盈利联盟)."
    assert not ask(index, "青石网是什么？", says)[1].startswith("the evidence says otherwise")


GATE = "北门的景点有石塔、古井。南门的景点有铜钟，还有老戏台。茶馆在西门。"


@pytest.mark.parametrize(
    ("says", "verdict", "cited"),
    [
        ("青岭的景点包括石塔、古井、铜钟和老戏台。", "supported", ["石塔、古井。", "铜钟，还有老戏台。"]),
        ("青岭的景点不包括石塔、古井、铜钟和老戏台。", "unsupported", []),
        ("青岭的景点包括《石塔》、《古井》、《灯塔》和铜钟。", "unsupported", []),
    ],
)  # fmt: skip
def test_what_is_listed_may_stand_in_several_sentences_and_all_are_cited(
    index: Index, tmp_path: Path, says: str, verdict: str, cited: list[str]
) -> None:
    tell(index, tmp_path, GATE)
    found, _, quoted = ask(index, "青岭有哪些景点？", says)
    assert found == verdict and all(one in quoted for one in cited)


@pytest.mark.parametrize(("kind", "verdict"), [("特色", "supported"), ("进口", "unsupported")])
def test_what_introduces_a_list_is_no_other_thing(index: Index, tmp_path: Path, kind: str, verdict: str) -> None:
    tell(index, tmp_path, "青岭主要栽种香蕉、荔枝、芒果、木瓜和菠萝等水果。")
    says = f"青岭{kind}水果包括香蕉、荔枝、芒果、木瓜和菠萝等。"
    assert ask(index, "青岭有哪些特色水果？", says)[0] == verdict


def test_an_english_list_is_cited_from_all_that_it_is_taken_from(index: Index, tmp_path: Path) -> None:
    tell(index, tmp_path, "Harrow grows apples and plums. Its gardens also grow walnuts. The mill is old.")
    verdict, _, quoted = ask(index, "What grows in Harrow?", "In Harrow grow apples, plums, and walnuts.")
    assert verdict == "supported" and "plums" in quoted and "walnuts" in quoted


@pytest.mark.parametrize(
    ("question", "says", "reason"),
    [
        ("青岭的茶什么时候开售？", "青岭的茶今天开售。", ONLY_A_DAY + "今天"),
        ("青岭的茶什么时候开售？", "青岭的茶今天（5月3日）开售。", ""),
        ("青岭的茶在哪里开售？", "青岭的茶今天开售。", ""),
        ("When is it sold?", "The tea is sold from today.", ONLY_A_DAY + "today"),
    ],
)  # fmt: skip
def test_a_day_that_only_its_source_knows_is_no_date(
    index: Index, tmp_path: Path, question: str, says: str, reason: str
) -> None:
    tell(index, tmp_path, "青岭的茶今天（5月3日）开售。The tea is sold from today.")
    assert ask(index, question, says)[1] == reason


def test_what_is_told_of_the_other_kind_carries_no_answer(index: Index, tmp_path: Path) -> None:
    tell(index, tmp_path, "去年周成获得了男子跳远的冠军。")
    asked, says = "去年女子跳远的冠军是谁？", "去年女子跳远的冠军是周成。"
    assert ask(index, asked, says)[:2] == ("unsupported", "the evidence says otherwise: 男子")
    tell(index, tmp_path, "去年周成获得了男子跳远的冠军。周成也是女子跳远冠军林雨的教练。")
    assert ask(index, "去年女子跳远的冠军是谁？", "去年女子跳远的冠军是林雨。")[0] == "supported"


def test_what_an_answer_adds_to_its_question_stands_in_what_carries_it(index: Index, tmp_path: Path) -> None:
    tell(index, tmp_path, "林雨去年获得了女子跳远的铜牌。")
    asked = "去年女子跳远的冠军是谁？"
    assert ask(index, asked, "去年女子跳远的冠军是周成。", Unread)[:2] == ("unsupported", NOTHING_OF_THIS_KIND)
    tell(index, tmp_path, "The mill is heated with straw.")
    asked = "How is the mill kept warm?"
    assert ask(index, asked, "The mill is kept warm by heating.", Unread)[0] == "supported"
    assert ask(index, asked, "The mill is kept warm by electricity.", Unread)[0] == "unsupported"


@pytest.mark.parametrize(
    ("model", "found"),
    [(ScriptedModel, ("partly", IN_OTHER_WORDS)), (Unread, ("unsupported", NOTHING_OF_THIS_KIND))],
)
def test_what_is_said_in_other_words_is_the_models_to_tell_and_marked(
    index: Index, tmp_path: Path, model: type[ScriptedModel], found: tuple[str, str]
) -> None:
    tell(index, tmp_path, "Ada Quill has never been wed.")
    assert ask(index, "What is told of Ada Quill?", "She stayed single all her life.", model)[:2] == found


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("Dogs are allowed on the train.", "the evidence says otherwise: dogs are not allowed"),
        ("Bicycles are carried free on the train.", ""),
    ],
)
def test_what_one_clause_denies_is_not_said(index: Index, tmp_path: Path, says: str, reason: str) -> None:
    told = "Two cabins share a shower at the end of the car, bicycles are carried free, but dogs are not allowed."
    tell(index, tmp_path, told)
    assert ask(index, "What may come on the train?", says)[1] == reason


@pytest.mark.parametrize(
    ("question", "says", "verdict"),
    [
        ("When was the mill of Harrow sold to Ada Quill?", "The mill of Harrow was sold to Ada Quill.", "unsupported"),
        ("In which month did Ada Quill buy the mill?", "Ada Quill bought the mill.", "unsupported"),
        ("去年哈罗的磨坊是什么时候被谁买走的？", "哈罗的磨坊去年被买走了。", "unsupported"),
        ("Was the mill of Harrow sold to Ada Quill?", "The mill of Harrow was sold to Ada Quill.", "supported"),
        ("Who bought the mill, Ada Quill or Ben Holt?", "Ada Quill bought the mill.", "supported"),
        ("Who sold the mill of Ada Quill?", "Ada Quill sold the mill of Ada Quill.", "supported"),
    ],
)
def test_an_answer_says_more_than_the_question(
    index: Index, tmp_path: Path, question: str, says: str, verdict: str
) -> None:
    tell(
        index, tmp_path, "The mill of Harrow was sold to Ada Quill. Ada Quill bought the mill. 哈罗的磨坊去年被买走了。"
    )
    found, reason, _ = ask(index, question, says)
    assert found == verdict
    assert (reason == "it only says what was asked") is (verdict == "unsupported")


@pytest.mark.parametrize(
    ("told", "question", "says", "nothing"),
    [
        ("The isle of Osmund has no state school.", "What school has Osmund?", "Osmund has no state school.", False),
        ("青岭茶社没有提供账目，也未提及原因。", "青岭茶社提供账目了吗？", "青岭茶社没有提供账目。", False),
        ("The harbour did not say why it closed the pier.", "Why was the pier closed?",
         "The harbour did not say why it closed the pier.", False),
        ("The harbour closed the pier in 1953.", "Why was the pier closed?",
         "The harbour closed the pier, but it is not stated why.", True),
        ("The harbour did not say why it closed the pier.", "Why was the pier closed?",
         "The sources do not say why the harbour closed the pier.", True),
        ("The mill did not provide information on its wages.", "What of the wages?",
         "The mill did not provide information on its wages.", False),
        ("青岭茶社倒塌的原因尚无法确定。", "青岭茶社为什么倒塌？", "It could not be determined why it fell.", False),
        ("青岭茶社于1953年关闭。", "青岭茶社为什么关闭？", "资料没有说明青岭茶社为什么关闭。", True),
    ],
)  # fmt: skip
def test_that_the_sources_tell_nothing_is_no_answer_and_what_they_deny_is_one(
    index: Index, tmp_path: Path, told: str, question: str, says: str, nothing: bool
) -> None:
    tell(index, tmp_path, told)
    assert (ask(index, question, says)[1] == ONLY_SAYS_NOTHING) is nothing


@pytest.mark.parametrize(
    ("question", "says", "verdict"),
    [
        ("By how much did the flour sales of the Harrow mill fall?", "By 5%.", "supported"),
        ("By how much did the flour sales of the Harrow mill change?", "By 5%.", "unsupported"),
        ("By how much did the flour sales of the Harrow mill change?", "By -5%.", "supported"),
    ],
)
def test_what_is_told_below_zero_is_said_without_a_sign_of_a_fall_alone(
    index: Index, tmp_path: Path, question: str, says: str, verdict: str
) -> None:
    (tmp_path / "mill.txt").write_text("The flour sales of the Harrow mill changed by -5%.")
    index.add(tmp_path / "mill.txt")
    assert ask(index, question, says)[0] == verdict
