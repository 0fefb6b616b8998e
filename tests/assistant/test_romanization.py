import pytest

from assistant.romanization import corrected, glossed, with_characters

_TOLD = (
    "馆舍由建筑师陈远航设计。首任总裁张建锋卸任，由副总裁吕文静接任。登山家裴景行登上了第十四座高峰。"
    "市长欧阳峻岭宣布通车，导演韩寒到场。运营官杨利娟调任，高亭宇夺冠，农学家梁晓棠获奖，武契奇当选。"
)


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("It was designed by architect陈远航.", "It was designed by architect Chen Yuanhang."),
        ("It was designed by Chen Farang.", "It was designed by Chen Yuanhang."),
        ("After Teng Jianfeng came Vice President Lu Wenjing.", "After Zhang Jianfeng came Vice President Lü Wenjing."),
        ("Zhang Jian锋 led it.", "Zhang Jianfeng led it."),
        ("Pé景行 climbed the peak.", "Pei Jingxing climbed the peak."),
        ("High亭宇 won gold.", "Gao Tingyu won gold."),
        ("Mayor欧阳峻岭 opened it.", "Mayor Ouyang Junling opened it."),
        ("The chief executive is Ruijuan Yang.", "The chief executive is Yang Lijuan."),
        ("It was directed by韩寒.", "It was directed by Han Han."),
        ("A prize went to农学家梁晓棠.", "A prize went to农学家 Liang Xiaotang."),
        ("It is by 陈远航 (Chen Yuanhang).", "It is by Chen Yuanhang."),
    ],
)  # fmt: skip
def test_a_name_is_spelt_as_the_source_has_it(written: str, spelt: str) -> None:
    assert corrected(written, _TOLD) == spelt


@pytest.mark.parametrize(
    "written",
    [
        "It was won by Wang Mengyang.",  # whom the source does not know
        "The peaks are高峰.",  # a family name begins it, but nothing says who that is
        "The winner was Alexander武契奇.",  # Vučić
        "Chen Jie designed it.",  # another given name, of another length
        "He met President Thomas Young.",
        "陈远航",
        "馆舍由建筑师陈远航设计，请见 Chen Farang。",
    ],
)
def test_what_may_be_another_name_or_none_stays(written: str) -> None:
    assert corrected(written, _TOLD) == written


def test_a_name_that_another_source_spells_is_not_misread() -> None:
    assert corrected("It is by Li Xiaolin.", "It was Li Xiaolin who came.\n作者李晓明到场。") == "It is by Li Xiaolin."


@pytest.mark.parametrize("written", ["It is by Li Xiaomin.", "It is by Li Xiaoming."])
def test_a_name_that_may_be_of_two_people_stays_as_it_is(written: str) -> None:
    told = "作者李晓明和黎晓鸣到场。"
    assert corrected(written, told) == with_characters(written, told) == written


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Chen Yuanhang drew it. Chen Yuanhang built it.", "Chen Yuanhang (陈远航) drew it. Chen Yuanhang built it."),
        ("Yuanhang Chen designed it.", "Yuanhang Chen (陈远航) designed it."),
        ("陈远航", "Chen Yuanhang (陈远航)"),
        ("韩寒。", "Han Han (韩寒)"),
        ("It was Chen Yuanhang (陈远航).", "It was Chen Yuanhang (陈远航)."),
        ("高峰", "高峰"),
        ("馆舍由建筑师陈远航设计。", "馆舍由建筑师陈远航设计。"),
    ],
)  # fmt: skip
def test_the_characters_stand_behind_the_first(written: str, shown: str) -> None:
    assert with_characters(written, _TOLD) == shown


def test_names_are_spelt_out_for_a_model_where_a_word_says_who_they_are() -> None:
    told = "航天员翟志刚、王亚平同行，導演韓寒執導，航天员翟志刚的同学到场。"
    spelt = "航天员翟志刚（Zhai Zhigang）、王亚平（Wang Yaping）同行，導演韓寒（Han Han）執導，航天员翟志刚的同学到场。"
    assert glossed(told) == spelt


@pytest.mark.parametrize(
    "told",
    [
        "官方电影由任何人导演。",
        "总理莫里森在马德里。",  # spelt from a foreign name: nobody reads it aloud as Chinese
        "主席李家超（John Lee）当选。",  # spelt by the source itself
        "The architect opened it in 2019.",
    ],
)
def test_what_is_no_chinese_name_is_not_spelt_out(told: str) -> None:
    assert glossed(told) == told


def test_an_apostrophe_parts_syllables_that_would_read_as_one() -> None:
    assert glossed("校长高立安宣布。") == "校长高立安（Gao Li'an）宣布。"


@pytest.mark.parametrize(
    "written", ["A" * 5000, "Aa " * 2000, "陈 " * 2000, "Chen Chen " * 500], ids=lambda one: one[:5]
)
def test_what_a_model_that_loops_writes_takes_no_time(written: str) -> None:
    assert corrected(written, _TOLD)
