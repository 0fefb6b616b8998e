from decimal import Decimal

import pytest

from assistant.figures import dates, figures, implied, missing, quantities, values, years_beside


@pytest.mark.parametrize(
    ("written", "elsewhere"),
    [
        ("6.05 trillion parameters", "参数量达6.05万亿"),
        ("6.05万亿", "6.05 trillion"),
        ("1,750,000 yuan", "175万元"),
        ("3 people", "三人"),
        ("32 labs", "三十二个实验室"),
        ("2 prizes", "two prizes"),
        ("August 8, 2021", "2021年8月8日"),
        ("2021年8月", "August 2021"),
        ("12%", "12 percent"),
        ("4.6 million", "460万美元"),
        ("1千万人口", "有 一千万 人口居住"),
    ],
)
def test_one_figure_is_the_same_however_it_is_written(written: str, elsewhere: str) -> None:
    assert set(figures(written).values()) <= values(elsewhere)


@pytest.mark.parametrize(
    ("written", "elsewhere"), [("4.6 million", "4.6 billion"), ("2015年", "2017年"), ("13%", "12%")]
)
def test_another_figure_is_another(written: str, elsewhere: str) -> None:
    assert not set(figures(written).values()) <= values(elsewhere)


@pytest.mark.parametrize(
    ("said", "told", "is_told"),
    [
        ("Rembrandt lived in the 17th century.", "Rembrandt (1606-1669)", True),
        ("他生活在17世纪。", "生于1606年", True),
        ("It opened in the 1990s.", "It opened in 1994.", True),
        ("It opened in the 18th century.", "It opened in 1700.", True),  # as most people count
        ("It opened in the 18th century.", "It opened in 1801.", False),
        ("It opened in the 1990s.", "It opened in 2001.", False),
        ("It opened in 1994.", "It opened in the 1990s.", False),
        ("It opened in 1650.", "It opened in the 17th century.", False),
    ],
)
def test_a_century_or_decade_is_told_by_a_year_and_no_year_by_them(said: str, told: str, is_told: bool) -> None:
    assert (missing(said, quantities(told)) == []) == is_told


@pytest.mark.parametrize(
    ("said", "told", "agrees"),
    [
        ("131万辆", "131.39万辆", True),
        ("2.21 million", "2,213,795", True),
        ("221.38万", "2,213,795", True),
        ("40269亿元", "40269.6亿元", True),
        ("1.50 km", "1,503 m", True),
        ("131.39万辆", "131万辆", False),  # whoever says more than the source has made it up
        ("132万辆", "131.39万辆", False),
        ("1,340", "1,345", False),  # states units
        ("12%", "12.4%", False),  # of two digits one might be wrong
    ],
)
def test_a_figure_may_be_said_with_fewer_digits(said: str, told: str, agrees: bool) -> None:
    one, other = quantities(said)[0], quantities(told)[0]
    assert one.agrees(other) == agrees
    assert one.is_one_with(other) == other.is_one_with(one) == (agrees or other.agrees(one))


def test_a_figure_in_a_name_belongs_to_the_name() -> None:
    assert figures("GPT-3, CASP14 and AlphaFold2 in 2020") == {"2020": Decimal(2020)}


@pytest.mark.parametrize("text", ["投票时的取态可作依据[15][16]。", "It was built in stone.[3]", "见〔注7〕"])
def test_the_number_of_a_footnote_is_no_figure(text: str) -> None:
    assert quantities(text) == [] and values(text) == set()


def test_a_figure_beside_a_footnote_stands_where_it_stood() -> None:
    text = "桥长84米[2]，1931年[3]建成"
    assert [text[one.start : one.end] for one in quantities(text)] == ["84", "1931"]


def test_a_chinese_numeral_that_counts_is_a_figure() -> None:
    assert figures("他待过五家研究院，发表了三十二篇论文，是一个作者。") == {"五": Decimal(5), "三十二": Decimal(32)}
    assert values("five labs and 32 papers") >= {Decimal(5), Decimal(32)}


def test_a_name_ends_where_chinese_begins_and_a_kilogram_is_no_thousand() -> None:
    assert figures("Stable Diffusion v1-4的训练排放了11,250千克") == {"11,250": Decimal(11250).normalize()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("August 2021", "2021-08"),
        ("2021年8月", "二〇二一年八月"),
        ("the 1990s", "20世纪90年代"),
        ("the 19th century", "十九世纪"),
        ("5%", "百分之五"),
        ("20 percent", "两成"),
        ("half", "50%"),
        ("one third", "三分之一"),
        ("2/3 of them", "三分之二"),
        ("18.4 km", "18400米"),
        ("320,000 people", "三十二万人"),
        ("1,200 t", "1.2 million kg"),
        ("the third dam", "第三座水坝"),
        ("30 to 50 thousand", "30,000 to 50,000"),
        ("6½ goals", "6.5 goals"),
        ("a hundred", "100"),
        ("22,000 years ago", "22000年前"),
    ],
)
def test_a_quantity_agrees_with_itself_in_other_words(one: str, other: str) -> None:
    assert quantities(one) and not missing(one, quantities(other)) and not missing(other, quantities(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 percent", "3 percentage points"),
        ("100 metres", "100 km"),
        ("12 dollars", "12 yuan"),
        ("in May 2021", "in June 2021"),
        ("in 1700", "in 1699"),
        ("1,345,593 people", "1,345,596 people"),
    ],
)
def test_a_quantity_of_another_kind_or_size_is_another(one: str, other: str) -> None:
    assert missing(one, quantities(other))


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("第二次世界大战", "the harbour was bombed in World War II"),
        ("第33届超级碗", "who won Super Bowl XXXIII"),
        ("这十年", "the decade as a whole"),
    ],
)
def test_what_english_counts_without_a_figure_is_told(says: str, told: str) -> None:
    assert missing(says, quantities(told)) and not missing(says, implied(told))


def test_letters_that_are_no_roman_numeral_tell_nothing() -> None:
    assert implied("He saw the VIP, a CV and an XML file; I, too, in IVAN's") == []
    assert not missing("Both were built of granite.", [])


def test_a_figure_right_behind_a_latin_word_is_no_name() -> None:
    assert [one.written for one in quantities("GDP43214.85亿元，GPT-3有1750亿参数")] == ["43214.85亿", "1750亿"]


def test_ten_of_something_is_a_figure_in_chinese() -> None:
    assert figures("一天能吃十倍于体重的食物，十分惊人") == {"十": 10}


def test_a_date_is_read_whole_however_it_is_written() -> None:
    for text in ("on July 4, 2017", "the 4th of July 2017", "2017年7月4日", "2017-07-04"):
        assert dates(text) == [{"year": 2017, "month": 7, "day": 4}]
    assert dates("in 2017, and again in July") == []


def test_a_day_alone_is_one_of_the_month_before_it_where_that_is_asked_for() -> None:
    text = "10月31日说，29日沉了3艘船，共29人。"
    assert dates(text) == [{"month": 10, "day": 31}]
    assert dates(text, bare_days=True) == [{"month": 10, "day": 31}, {"month": 10, "day": 29}]
    assert dates("29日沉了3艘船。", bare_days=True) == []


@pytest.mark.parametrize(
    ("text", "figure", "years"),
    [
        ("In 2019 it sold 300 tonnes.", "300", {2019}),
        ("It sold 300 tonnes in 2019.", "300", set()),
        ("It sold 250 tonnes in 2018, and 300 in 2019.", "300", set()),
        ("In 2018 it sold 250 tonnes and 300 in 2019.", "300", {2018, 2019}),
        ("Since 2019 it has sold 300 tonnes.", "300", set()),
        ("In fiscal 2019 it sold 300 tonnes.", "300", set()),
        ("2019年全年产量300吨，2020年未公布。", "300", {2019}),
        ("产量比2019年增加300吨。", "300", set()),
        ("2019财年产量300吨。", "300", set()),
    ],
)
def test_a_figure_is_of_the_year_that_its_clause_names_before_it(text: str, figure: str, years: set[int]) -> None:
    assert years_beside(text, text.index(figure)) == years
