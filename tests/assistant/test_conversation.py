"""Follow-ups become questions that stand alone; a new topic stays as it is; a model is asked last."""

from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from assistant import Assistant, EvidenceFound
from assistant.conversation import Turn, completed, standalone
from assistant.request import turns_of
from index import Index
from tests.fakes import ScriptedModel


@pytest.mark.parametrize(
    ("before", "answer", "question", "alone"),
    [
        ("阿里达摩院怎么样？", "有人说它名存实亡。", "那腾讯呢？", "腾讯怎么样？"),
        ("云雀科技在哪里？", "在杭州。", "它的创始人是谁？", "云雀科技的创始人是谁？"),
        ("谁创办了云雀科技？", "林若溪创办了它。", "什么时候？", "什么时候创办了云雀科技？"),
        ("2019年云岭的产量是多少？", "12吨。", "2023年呢？", "2023年云岭的产量是多少？"),
        ("云门桥是哪一年通车的？", "2019年。", "有多长？", "云门桥有多长？"),
        ("谁是馆长？", "林若溪是馆长。", "她毕业于哪里？", "林若溪毕业于哪里？"),
        ("Who founded Alder Robotics?", "Mina Okafor did.", "And when?", "When was Alder Robotics founded?"),
        ("Who founded Alder Robotics?", "Mina Okafor did.", "What about Birch Systems?", "Who founded Birch Systems?"),
        ("How long is the Orne tunnel?", "9 km.", "When was it opened?", "When was the Orne tunnel opened?"),
        ("Who leads the museum?", "Sofia Lind leads it.", "Where did she study?", "Where did Sofia Lind study?"),
        ("Who drew it?", "By Li Min (李敏).", "When was she born?", "When was Li Min (李敏) born?"),
        ("桥是谁修的？", "由威廉·布雷克登（William Brackenridge）修建。", "他在哪里？", "William Brackenridge在哪里？"),
        ("云雀科技在哪里？", "在杭州。", "谁领导？", "云雀科技谁领导？"),
        ("云雀科技在哪里？", "在杭州。", "如果下雨，它开门吗？", "如果下雨，云雀科技开门吗？"),
        ("云雀科技在哪里？", "在杭州。", "它的馆长是谁，她多大？", "云雀科技的馆长是谁，她多大？"),
        ("How many guests did Roan have in 2015?", "Few.", "And in 2022?", "How many guests did Roan have in 2022?"),
    ],
)  # fmt: skip
def test_what_a_follow_up_leaves_out_is_put_in(before: str, answer: str, question: str, alone: str) -> None:
    found = standalone(question, [Turn(before, answer)])
    assert (found.question, found.leaned) == (alone, True)


@pytest.mark.parametrize(
    "question",
    [
        "法国的首都是哪里？",
        "请比较绿茶和红茶。",
        "What is the capital of Peru?",
        "How do bees keep warm in winter?",
        "Who says that the bridge at Oslo is safe?",
        "Who founded Birch Systems, and where did she study?",
        "达摩院的负责人是谁，他毕业于哪里？",
        "谁领导云门计划？",
        "哪家公司收购云雀科技？",
    ],
)
def test_a_new_topic_is_not_dragged_into_the_old_one(question: str) -> None:
    model = ScriptedModel(text="Nobody asked me.")
    model.asked = []
    found = standalone(question, [Turn("阿里达摩院怎么样？", "名存实亡。")], model)
    assert (found.question, found.leaned, model.asked) == (question, False, [])


def test_a_topic_may_lie_several_turns_back() -> None:
    turns = [Turn("云雀科技在哪里？", "在杭州。"), Turn("云雀科技有多少员工？", "三百人。")]
    assert standalone("总部是什么时候建的？", turns).question == "云雀科技总部是什么时候建的？"


ACME = "What was Acme's revenue in 2020?"


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("What was the revenue in 2020?", "What about 2021?", "What was the revenue in 2021?"),
        ("Who won the race in 2020?", "And 2021?", "Who won the race in 2021?"),
        ("Who won the 2020 race?", "And 2021?", "Who won the 2021 race?"),
        ("How many visitors came to the museum?", "And 2021?", "How many visitors came to the museum in 2021?"),
        ("How did Acme do from 2019 to 2020?", "And 2021?", None),
        ("How did Acme do in the 1990s?", "And 2021?", None),
        (ACME, "And 2021?", "What was Acme's revenue in 2021?"),
        (ACME, "And its net profit?", "What was Acme's net profit in 2020?"),
        (ACME, "And the profit?", None),
        (ACME, "And Birch?", "What was Birch's revenue in 2020?"),
        ("What was the revenue in 2020?", "And the profit?", "What was the profit in 2020?"),
        ("What is the capital of Peru?", "And the population?", None),
        ("Who wrote The Lord of the Rings?", "And The Hobbit?", "Who wrote The Hobbit?"),
    ],
)  # fmt: skip
def test_only_what_is_exchanged_changes(before: str, question: str, alone: str | None) -> None:
    assert completed(question, [Turn(before)]) == (True, alone)


def test_who_has_something_is_named_without_the_mark_of_it() -> None:
    before = Turn("When did John Smith's firm open?")
    assert completed("Where was he born?", [before]) == (True, "Where was John Smith born?")


def test_what_a_firm_has_is_not_asked_of_its_founder() -> None:
    before = Turn("Who founded Acme?", "John Smith founded Acme.")
    assert completed("And its revenue?", [before]) == (True, "What is Acme's revenue?")


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("第一章讲了什么？", "第二章呢？", None),
        ("第一章主要讲了什么？", "第二章呢？", "第二章主要讲了什么？"),
        ("张伟住哪里？", "李娜呢？", None),
        ("张伟哪里毕业？", "李娜呢？", "李娜哪里毕业？"),
        ("苹果推出了哪些产品？", "华为呢？", None),
        ("腾讯2020年的营收是多少？", "那利润呢？", None),
        ("腾讯2020年的营收是多少？", "那阿里呢？", "阿里2020年的营收是多少？"),
        ("云岭2019年蜂蜜产量是多少？", "青岭呢？", None),
        ("法国的首都是哪里？", "德国的人口呢？", None),
        ("腾讯的创始人是谁？", "它呢？", None),
        ("腾讯的创始人是谁？", "还有呢？", None),
        ("腾讯的创始人是谁？", "后来呢？", None),
        ("腾讯的创始人是谁？", "其他公司呢？", None),
        ("这份合同什么时候到期？", "那份呢？", None),
    ],
)  # fmt: skip
def test_another_thing_is_put_in_only_where_one_is_named(before: str, question: str, alone: str | None) -> None:
    assert completed(question, [Turn(before)]) == (True, alone)


FOUNDERS = [
    Turn("腾讯的创始人是谁？", "腾讯的创始人是马化腾。"),
    Turn("Who founded Acme?", "John Smith founded Acme."),
]


@pytest.mark.parametrize(
    "question",
    [
        "What is the IT budget?",
        "How long does it take to boil an egg?",
        "Does Germany pay its debts?",
        "How do bees find their way home?",
        "What did Mary say about her mother?",
        "Can the museum sell its paintings?",
        "What did training Falcon 2 rely on for its data?",
        'Who wrote "It"?',
        "In Berlin, who rules?",
        "其他公司怎么样？",
        "吉他是谁发明的？",
        "“他是谁”是谁写的？",
    ],
)
def test_a_pronoun_that_speaks_of_its_own_question_or_is_none_drags_nothing_in(question: str) -> None:
    before = FOUNDERS[question.isascii()]
    assert completed(question, [before]) == (False, None)


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("When did he found it?", "When did John Smith found Acme?"),
        ("Does it pay its debts?", "Does Acme pay its debts?"),
        ("Is Mary its owner?", "Is Mary Acme's owner?"),
        ("What did its founder say about his mother?", "What did Acme's founder say about his mother?"),
        ("What did he say about her?", None),
        ("他和它的关系是什么？", "马化腾和腾讯的关系是什么？"),
        ("他什么时候认识了她？", None),
        ("张伟和他的妻子叫什么？", None),
        ("应该院方负责吗？", None),
        ("哪个国家人口最多？", None),
        ("有多少行星？", None),
        ("有多少员工？", "腾讯有多少员工？"),
    ],
)
def test_each_pronoun_is_replaced_or_a_model_is_asked(question: str, alone: str | None) -> None:
    before = FOUNDERS[question.isascii()]
    assert completed(question, [before]) == (True, alone)


@pytest.mark.parametrize("before", FOUNDERS)
@pytest.mark.parametrize("question", ["它在哪里？", "那阿里呢？", "When was it founded?", "And Birch?", "When?"])
def test_the_topic_of_a_question_in_another_language_is_left_to_a_model(before: Turn, question: str) -> None:
    leans, found = completed(question, [before])
    assert leans and (found is not None) == (before.question.isascii() == question.isascii())


def test_an_english_question_may_name_something_in_chinese() -> None:
    assert completed("When was it founded?", [Turn("Who founded 腾讯 (Tencent)?")])[1] == "When was Tencent founded?"
    assert completed("Who founded 阿里?", FOUNDERS) == (False, None)


LEANS = "And her sister?"
BEFORE = [Turn("Is it going to rain?", "No.")]


def test_a_model_is_asked_when_a_follow_up_cannot_be_completed_by_rule() -> None:
    model = ScriptedModel(text="Is her sister going to get wet?")
    model.asked = []
    assert standalone(LEANS, BEFORE, model).question == "Is her sister going to get wet?"
    assert len(model.asked) == 1 and LEANS in model.asked[0]


def test_what_a_model_adds_of_its_own_is_not_taken() -> None:
    model = ScriptedModel(text="How is her sister Ottilie Brandt?")
    assert standalone(LEANS, BEFORE, model).question == f"Is it going to rain – {LEANS}"


def test_another_question_that_a_model_writes_is_not_taken() -> None:
    asked = "Will her sister carry umbrellas everywhere?"
    model = ScriptedModel(text="Is it going to rain?")
    assert standalone(asked, BEFORE, model).question == f"Is it going to rain – {asked}"


def test_a_question_of_before_that_a_model_repeats_is_not_taken() -> None:
    model = ScriptedModel(text="谁领导云雀计划？")
    found = standalone("And when was it released?", [Turn("谁领导云雀计划？", "李敏。")], model)
    assert found.question == "谁领导云雀计划 – And when was it released?"


def test_the_answer_shows_the_question_as_it_was_understood(index: Index) -> None:
    yiju = Assistant(index, ScriptedModel(text="The old bridge was built of granite."), "scripted")
    first = yiju.ask("How many arches has the old bridge?")
    events = list(yiju.stream("What was it built of?", history=[first]))
    assert isinstance(events[0], EvidenceFound) and events[0].question == "What was the old bridge built of?"
    answer = yiju.ask("What was it built of?", history=["How many arches has the old bridge?"])
    assert (answer.question, answer.standalone) == ("What was it built of?", "What was the old bridge built of?")
    assert first.standalone == first.question


class Translator(ScriptedModel):
    """Completes the one follow-up in the language of the turns before, with their label, and translates."""

    def _reply(self, messages: list[BaseMessage]) -> str:
        prompt = str(messages[-1].content)
        if "Follow-up: " in prompt:
            return "Q: How long is the old bridge?"
        return "那座老桥有多长？" if prompt == "How long is the old bridge?" else super()._reply(messages)


def test_a_follow_up_in_another_language_than_the_turns_before_is_understood_in_its_own(index: Index) -> None:
    answer = Assistant(index, Translator(text="不知道。"), "scripted").ask(
        "它有多长？", history=["What is the old bridge?"]
    )
    assert answer.standalone == "那座老桥有多长？"
    untranslated = ScriptedModel(text="How long is the old bridge?")
    answer = Assistant(index, untranslated, "scripted").ask("它有多长？", history=["What is the old bridge?"])
    assert answer.standalone == "How long is the old bridge?"


def test_what_nothing_supported_is_not_said_before(index: Index) -> None:
    model = ScriptedModel(text="The old bridge was built of granite. Ottilie Brandt built it in 1701.")
    answer = Assistant(index, model, "scripted").ask("What was the old bridge built of?")
    assert [one.verdict for one in answer.sentences] == ["supported", "unsupported"]
    [turn] = turns_of([answer])
    assert turn == Turn("What was the old bridge built of?", "The old bridge was built of granite.")


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ("And who is its master?", "Who is the harbour of Osmund's master?"),
        ("But why was it built?", "Why was the harbour of Osmund built?"),
        ("And its depth?", "What is the harbour of Osmund's depth?"),
        ("Are there ships there?", "Are there ships at the harbour of Osmund?"),
        ("Is there a bridge in Varnby?", "Is there a bridge in Varnby?"),
        ("And the bridge?", "When was the bridge opened?"),
    ],
)
def test_a_whole_question_after_and_is_only_given_its_pronouns(asked: str, understood: str) -> None:
    before = Turn("When was the harbour of Osmund opened?", "It was opened in 1874.")
    assert standalone(asked, [before]).question == understood


@pytest.mark.parametrize(
    ("before", "asked", "understood"),
    [
        (Turn("Who is the head of Osmund?"), "What about Varnby?", "Who is the head of Varnby?"),
        (Turn("When was the pier at Osmund built?"), "And the mill of Varnby?", "When was the mill of Varnby built?"),
        (Turn("Who is the CEO of Osmund?"), "And the CFO?", "Who is the CFO of Osmund?"),
        (Turn("Who is the head of Osmund?"), "Who is the vice chair?", "Who is the vice chair of Osmund?"),
        (Turn("What is the tax rate in Osmund?"), "What about Varnby?", "What is the tax rate in Varnby?"),
        (Turn("What is the price of the Osmund?"), "And the Varnby?", "What is the price of the Varnby?"),
        (Turn("What are the side effects of quinine?"), "And codeine?", "What are the side effects of codeine?"),
        (Turn("What are the symptoms of scurvy?"), "How is it treated?", "How is scurvy treated?"),
        (Turn("What is dew?"), "Why is it cold?", "Why is dew cold?"),
        (Turn("What was Osmund's revenue in Q1?"), "And in Q2?", "What was Osmund's revenue in Q2?"),
        (Turn("What fell in the first quarter?"), "And in the second?", "What fell in the second quarter?"),
        (Turn("What does the lease say about noise?"), "And about pets?", "What does the lease say about pets?"),
        (Turn("Who won the 1950 cup?", "Osmund."), "Who did they beat?", "Who did Osmund beat?"),
        (Turn("Did Osmund buy Varnby?"), "How much did it pay?", "Did Osmund buy Varnby – How much did it pay?"),
        (Turn("Did Osmund buy Varnby?"), "For how much?", "Did Osmund buy Varnby – For how much?"),
        (Turn("松河公司一季度的营收是多少？"), "二季度呢？", "松河公司二季度的营收是多少？"),
        (Turn("松河公司2020年上半年的营收是多少？"), "下半年呢？", "松河公司2020年下半年的营收是多少？"),
        (Turn("桥有多长？"), "有多宽？", "桥有多宽？"),
        (Turn("松河冬奥会什么时候开幕？"), "在哪里举行？", "松河冬奥会在哪里举行？"),
        (Turn("松河和竹溪的销量分别是多少？"), "大坪呢？", "大坪的销量是多少？"),
        (Turn("租约对违约有什么规定？"), "保密呢？", "租约对违约有什么规定 – 保密呢？"),
        (Turn("松河的馆长是谁？"), "竹溪的呢？", "竹溪的馆长是谁？"),
    ],
)
def test_another_thing_takes_the_place_of_one_of_its_kind(before: Turn, asked: str, understood: str) -> None:
    assert standalone(asked, [before]).question == understood


def test_the_set_of_conversations_is_resolved(request: pytest.FixtureRequest) -> None:
    import json

    from bench.conversations import folded

    right = total = 0
    for line in (
        (Path(request.config.rootpath) / "bench" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        turns: list[Turn] = []
        for turn in json.loads(line)["turns"]:
            found = standalone(turn["question"], turns).question
            right += folded(found) in map(folded, turn["standalone"])
            total += 1
            turns.append(Turn(turn["standalone"][0], turn["answer"]))
    assert right >= 0.95 * total
