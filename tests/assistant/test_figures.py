from decimal import Decimal

import pytest

from assistant.figures import dates, figures, implied, missing, numbers_in_names, quantities, times_beside, values


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
        ("1.5 hours", "一个半小时"),
        ("90 minutes", "1小时30分钟"),
        ("90 minutes", "one hour and 30 minutes"),
        ("six months", "半年"),
        ("18 months", "一年半"),
        ("half an hour", "30分钟"),
        ("two and a half years", "30个月"),
        ("Q3 2023", "2023年第三季度"),
        ("the third quarter", "三季度"),
        ("the second half", "下半年"),
        ("on Tuesday", "周二"),
        ("3:30 pm", "15:30"),
        ("下午三点半", "3:30 p.m."),
        ("9点30分", "9:30"),
        ("221 BC", "公元前221年"),
        ("in the 3rd century BC", "公元前三世纪"),
        ("AD 221", "公元221年"),
        ("one in four", "25%"),
        ("每四人中有一人", "四分之一"),
        ("doubled", "翻了一番"),
        ("3‰", "0.3%"),
        ("10 mg", "0.01克"),
        ("HK$5 million", "500万港元"),
        ("5 million yen", "¥5 million"),
        ("30 °C", "30摄氏度"),
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
        ("100 years", "99 years"),
        ("the first quarter", "二季度"),
        ("the first half", "下半年"),
        ("on Monday", "星期二"),
        ("9 am", "晚上9点"),
        ("9:00", "9:30"),
        ("AD 221", "公元前221年"),
        ("10 mg", "10克"),
        ("5 GB", "5 TB"),
        ("3 seconds", "3分钟"),
        ("HK$5 million", "US$5 million"),
        ("500万日元", "500万美元"),
        ("30 °C", "30 °F"),
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
        ("the Second World War", "二战结束"),
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
    assert dates(text, bare=True) == [{"month": 10, "day": 31}, {"month": 10, "day": 29}]
    assert dates("29日沉了3艘船。", bare=True) == []


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("The mill opened in May 1852 and had moved to the quay by September.", {"month": 9, "year": 1852}),
        ("磨坊2020年5月开门，9月迁到码头。", {"month": 9, "year": 2020}),
        ("The mill opened in May 1852 and had moved by September 1853.", {"month": 9, "year": 1853}),
        ("The mill opened in May 1852 and had moved by 3 September.", {"month": 9, "day": 3}),
    ],
)
def test_a_bare_month_is_one_of_the_year_before_it(text: str, last: dict[str, int]) -> None:
    assert dates(text, bare=True)[-1] == last
    assert all(len(one) > 1 for one in dates(text))


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
    assert times_beside(text, text.index(figure)) == years


def _lacks(said: str, told: str) -> list[str]:
    return [one.written for one in missing(said, quantities(told) + implied(told), numbers_in_names(told))]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Osmund won 3-1.", "Osmund won 3-2."),
        ("比赛以3-1结束。", "比赛以3-2结束。"),
        ("She led the port from 2011-2025.", "She led the port from 2011-2019."),
        ("票价在100-900元之间。", "票价在100-300元之间。"),
        ("Tickets are $100-900.", "Tickets are $100-300."),
        ("It fell to -30°C.", "It fell to -5°C."),
        ("It was 5°C.", "It was -5°C."),
        ("It is worth $1.9B.", "It is worth $1.5B."),
        ("It raised $90M.", "It raised $30M."),
        ("It cost $1.", "It cost $1.5B."),
        ("The plant has 90GW.", "The plant has 30GW."),
        ("有20人参加。", "有20多万人参加。"),
        ("It cost £1.2 billion.", "It cost £1.2tn."),
        ("It rose by 1562%.", "It rose in 1562."),
        ("It opens in May.", "It opens in June."),
        ("GDP grew by 0.5%.", "GDP grew by -0.5%."),
        ("It made $5 million.", "It made -$5 million."),
        ("增速为3%", "增速为-3%"),
        ("增速为3%", "增速为负3%"),
        ("It changed by 3 percent.", "It changed by minus 3 percent."),
        ("净利润为500万元", "净利润为-500万元"),
    ],
)
def test_another_figure_of_a_range_a_sign_or_a_scale_is_another(said: str, told: str) -> None:
    assert _lacks(said, told)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Up to 15 million people use it.", "Between 10-15 million people use it."),
        ("最高300万人", "100-300万人"),
        ("It was -5°C.", "当时零下5度。"),
        ("It was 5 degrees below zero.", "It was −5℃."),
        ("估值15亿美元。", "It is worth $1.5B."),
        ("收入为867亿元。", "Revenue rose to RMB86.7 billion."),
        ("£1.2 trillion", "£1.2tn"),
        ("More than 200,000 people came.", "来了20多万人。"),
        ("超过30亿元", "投资30余亿元"),
        ("来了二十万人。", "来了二十多万人。"),
        ("120 million yuan", "一亿两千万元"),
        ("2.3亿元", "2亿3000万元"),
        ("3.5万人", "三点五万人"),
        ("65%", "六成五"),
        ("成立30周年", "its 30th anniversary"),
        ("its 30th anniversary", "成立三十周年"),
        ("the twenty-first century", "the 21st century"),
        ("three models", "三款车型"),
        ("at 3 pm", "下午三点"),
        ("2,300人", "two thousand three hundred people"),
        ("one third of it", "三分之一"),
        ("half a million", "50万"),
        ("The area is 2,021.5 square kilometres.", "面积为2021.5平方公里。"),
        ("售价1999.9元", "售价1,999.9元"),
        ("增长3.5%", "增长３．５％"),
        ("2020-21赛季", "the 2020/21 season"),
        ("2020-21赛季", "2020-2021赛季"),
        ("between 1914-18", "从1914年到1918年"),
        ("the past 1000 years", "过去1000年"),
        ("in the 880s", "880年代"),
        ("in May 2019", "2019年5月"),
        ("It opens in May.", "5月开放。"),
        ("They sold 5 in April.", "April sales reached 5."),
        ("5月至6月", "from May–June"),
        ("-30℃", "零下30摄氏度"),
        ("It fell to -20°C.", "It ranges from -20 to -5°C."),
        ("-20℃", "气温在-20至-5℃之间"),
        ("零下5度", "零下五度"),
        ("minus 30 degrees", "零下三十度"),
        ("30 degrees", "30°F"),
        ("It fell by 25%.", "It fell by a quarter in 2020."),
        ("one third live there", "Nearly a third live there."),
        ("One quarter are women.", "四分之一是女性。"),
        ("It waits 300s.", "It waits 300 seconds."),
        ("18K gold", "18-karat gold"),
        ("at 300K", "300 kelvins"),
        ("2012届学生", "二零一二届学生"),
        ("21世纪", "during the [21st] century"),
        ("It fell 5%.", "-5% growth"),
        ("-5% growth", "It fell 5%."),
        ("亏损500万元", "净利润为-500万元"),
        ("It grew by -3%.", "GDP下降3%"),
        ("a loss of $5 million", "-$5 million"),
        ("涨幅3%-5%", "涨幅3%至5%"),
        ("100元-200元", "100至200元"),
        ("误差正负3%", "误差±3%"),
    ],
)
def test_a_figure_of_a_range_a_sign_or_a_scale_is_the_same_in_other_words(said: str, told: str) -> None:
    assert _lacks(said, told) == []


@pytest.mark.parametrize(
    "text",
    [
        "Jun Lei and Theresa May met.",
        "a metre per second",
        "net zero",
        "两三个",
        "歼-ABC",
        "三四百人",
        "9" * 400,
        "百" * 400,
    ],
)
def test_what_counts_nothing_is_no_figure(text: str) -> None:
    assert quantities(text) == []


@pytest.mark.parametrize("text", ["每周三次", "一周一次", "Audi Q8", "比分是3:1", "三点建议", "近两小时"])
def test_what_is_no_day_of_the_week_nor_time_of_day_is_none(text: str) -> None:
    assert not [one for one in quantities(text) if one.kind in ("weekday", "clock", "clock of 12 hours", "quarter")]


def test_a_third_term_is_no_third_and_a_fraction_may_have_many_digits() -> None:
    assert _lacks("He won a third term.", "他赢得第三个任期。") == []
    assert quantities("3分之1" + "0" * 20) and quantities("三分之" + "九" * 20)


def test_the_numbers_of_names_are_those_that_are_no_figures() -> None:
    assert numbers_in_names("GPT-3 and the 歼-20 had 175 billion in 2020.") == {"3", "20"}
