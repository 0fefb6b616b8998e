"""What a sentence says in another's place, and whether that makes another statement of it."""

import pytest

from assistant.differences import compare, departures
from assistant.polarity import ends, negations, of_the_other_kind, opposite
from index import Index

TOLD = "The Orne tunnel was opened in 1998 by Ada Quill and is lit in blue."


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ("The Orne tunnel was opened in 1989 by Ada Quill and is lit in blue.", "date"),
        ("The Orne tunnel was not opened in 1998 by Ada Quill and is lit in blue.", "negation"),
        ("The Orne tunnel was closed in 1998 by Ada Quill and is lit in blue.", "opposite"),
        ("The Orne tunnel was opened in 1998 by Tom Reyes and is lit in blue.", "name"),
    ],
)
def test_one_changed_word_makes_another_statement(index: Index, says: str, kind: str) -> None:
    nearest = compare(says, TOLD)
    assert nearest.is_nearly_the_same
    assert [one.kind for one in departures(index, nearest)] == [kind]


@pytest.mark.parametrize(
    "says",
    [
        "The Orne tunnel was opened in 1998 by Ada Quill.",
        "It was opened in 1998 by Ada Quill and is lit in blue.",
        "The Orne tunnel, opened in 1998 by Ada Quill, is lit in blue.",
    ],
)
def test_less_or_a_pronoun_makes_none(index: Index, says: str) -> None:
    assert departures(index, compare(says, TOLD)) == []


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (
            "北溪公司第一季度营收为人民币462.7亿元。",
            "该公司第一季度营收462.7亿元；亏损57.0亿元人民币，调整后亏损35.9亿元人民币。",
        ),
        ("《河上的桥》是一部纪录片。", "一部名为《河上的桥》的外国纪录片上映。"),
        (
            "这台发动机每千瓦时使用大约8.8磅蒸汽。",
            "它是一台单缸发动机（没有冷凝器），每千瓦时使用大约8.8磅蒸汽。",
        ),
        (
            "The pump uses about 8.8 pounds of steam an hour.",
            "The pump (not condensing) uses about 8.8 pounds of steam an hour.",
        ),
    ],
)
def test_other_words_around_what_is_told_make_none(index: Index, says: str, told: str) -> None:
    assert departures(index, compare(says, told)) == []


@pytest.mark.parametrize(
    ("says", "told", "differs"),
    [
        (
            "The map collection of the museum contains over 9,000 sheets.",
            "The map collection is the largest on this coast, containing over 9,000 sheets.",
            "of the museum",
        ),
        ("The bridge was drawn by Ada Williams in 1998.", "The bridge was drawn by Ada William in 1998.", "Williams"),
        ("The council opened the bridge.", "The council did not open the bridge.", "opened"),
    ],
)
def test_two_forms_of_a_word_differ_in_nothing_but_two_names_do(says: str, told: str, differs: str) -> None:
    assert [one.says for one in compare(says, told).differences] == [differs]


def test_another_sentence_is_not_nearly_the_same() -> None:
    assert not compare("Bees keep warm in winter by forming a cluster.", TOLD).is_nearly_the_same


@pytest.mark.parametrize(
    ("one", "other", "scale"),
    [
        ("Prices rose sharply.", "价格大幅下降。", "amount"),
        ("The team won the cup.", "The team lost the cup.", "match"),
        ("Prices did not rise.", "Prices fell.", None),
        ("Prices did not rise.", "价格上涨。", "amount"),
        ("Prices rose.", "价格上升。", None),
        ("Tea is green.", "价格上升。", None),
        ("这条路连接北京和广州。", "The road links Beijing with a southern city.", None),
        ("他住在夏威夷。", "He spends the winter there.", None),
        ("公司获得运输合同。", "The firm won the contract.", None),
        ("茶园在河的北岸。", "The tea grows on the southern bank.", "north"),
        ("机场在城东。", "机场在城西。", "east"),
        ("他们向南迁移。", "他们向北迁移。", "north"),
        ("Sales were up 20% in May.", "五月销量暴跌20%。", "amount"),
        ("Profit jumped.", "Profit slumped.", "amount"),
        ("销量同比增20%。", "Sales fell by 20%.", "amount"),
        ("At least 500 came.", "至多500人参加。", "bound"),
        ("More than 500 came.", "不到500人参加。", "bound"),
        ("税后利润为3亿元。", "Pre-tax profit was 300 million yuan.", "tax"),
        ("药应在饭前服用。", "Take it after meals.", "meal"),
        ("All members agreed.", "部分成员同意。", "whole"),
        ("They made their debut last year.", "他们去年首次登台。", None),
        ("It opened early in late March.", "它于三月下旬提前开放。", None),
        ("他们从挪威进口鱼。", "Norway's fish exports to them rose.", None),
    ],
)
def test_opposites_are_known_in_both_languages_and_turned_by_a_not(one: str, other: str, scale: str | None) -> None:
    assert opposite(one, other) == scale == opposite(other, one)


def test_an_incapable_one_is_not_denied() -> None:
    assert negations("无能政府的承诺仅限于修辞。") == 0
    assert negations("政府无能力兑现承诺。") == 1


def test_a_point_of_the_compass_in_what_is_asked_about_says_nothing() -> None:
    told = "It is the third most populated area, after the North-East."
    assert opposite("加州南部排第三位。", told) == "north"
    assert opposite("加州南部排第三位。", told, "加州南部排第几？") is None
    assert opposite("She joined the mill.", "她将离开磨坊，赴任码头。") is None  # who leaves one joins another
    assert opposite("茶叶产量下降。", "The tea harvest rose.", "茶叶产量下降了吗？") == "amount"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("He did not go.", 1),
        ("不过，不仅如此，无论怎样。", 0),
        ("他没有去，也不想去。", 2),
        ("Not only bees.", 0),
        ("They live at No 10.", 0),
        ("昆曲是非物质文化遗产，非典之后他们分别去了两地。", 0),
        ("无人机起飞了。", 0),
        ("无差别射击不幸造成21人死亡。", 0),
        ("此举无偿，但不成功。", 1),
        ("南非有无限多的默默无闻的人，不是教师就是农民。", 0),
        ("他不是教师。", 1),
        ("他被控谋杀未遂，法院宣判他无罪。", 0),
        ("不到500人参加，人数不超过往年。", 0),
        ("He failed to win.", 1),
        ("银行拒绝付款。", 1),
        ("The bank declined to pay.", 1),
    ],
)
def test_words_that_only_look_like_a_negation_are_none(text: str, count: int) -> None:
    assert negations(text) == count


def test_what_frames_a_difference_at_a_texts_very_beginning_may_be_one_word() -> None:
    [one] = compare("Profit jumped 20% in 2023.", "Profit slumped 20% in 2023.").differences
    assert (one.says, one.instead_of) == ("jumped", "slumped")


def test_a_text_may_name_both_ends_of_a_scale() -> None:
    assert ends("Prices rose in May and fell in June.")["amount"] == {1, -1}


@pytest.mark.parametrize(
    ("asked", "told", "word"),
    [
        ("女子跳远冠军是谁？", "男子跳远冠军是周成。", "男子"),
        ("女子跳遠冠軍是誰？", "男子跳远冠军是周成。", "男子"),
        ("女子跳远冠军是谁？", "男子冠军是周成，女子冠军是林雨。", ""),
        ("女子跳远冠军是谁？", "跳远冠军是周成。", ""),
        ("男子和女子跳远冠军是谁？", "男子跳远冠军是周成。", ""),
        ("Which is the largest lake?", "The smallest lake is the Orne.", "smallest"),
        ("Who won the women's race?", "Men raced before; the women's race went to Lin.", ""),
        ("Did sales rise?", "Sales fell.", ""),  # the answer is no
        ("Who is the man accused of the murder?", "Jon Quill is accused of murdering a woman.", ""),
        ("被捕的男子叫什么？", "周成因涉嫌杀害一名女子被捕。", ""),
    ],
)
def test_what_is_told_of_the_other_kind_is_known_by_its_word(asked: str, told: str, word: str) -> None:
    assert of_the_other_kind(asked, told) == word
