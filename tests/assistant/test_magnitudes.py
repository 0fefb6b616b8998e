import pytest

from assistant.magnitudes import corrected, glossed, with_originals

_ZH = "全年新增就业1269万人，营收462.7亿元，外贸6.05万亿美元，另有4万人参加，比上年多3人。"
_EN = "Trade was worth 6.05 trillion dollars; the city has 2.5 million people and a budget of $1.2 billion."


def test_large_figures_stand_as_both_languages_write_them() -> None:
    assert glossed(_ZH, "en") == (
        "全年新增就业1269万（12.69 million）人，营收462.7亿（46.27 billion）元，外贸6.05万亿（6.05 trillion）美元，"
        "另有4万（40,000）人参加，比上年多3人。"
    )
    assert glossed(_EN, "zh") == (
        "Trade was worth 6.05 trillion (6.05万亿) dollars; the city has 2.5 million (250万) people "
        "and a budget of $1.2 billion (12亿)."
    )


@pytest.mark.parametrize(("text", "language"), [(_ZH, "zh"), (_EN, "en"), (_ZH, "fr"), (_EN, "und")])
def test_of_one_language_or_another_than_these_nothing_is_added(text: str, language: str) -> None:
    assert glossed(text, language) == text


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("1269 million jobs were created.", "12.69 million jobs were created."),
        ("Revenue was 462.7 billion yuan.", "Revenue was 46.27 billion yuan."),
        ("It was $6.05 billion.", "It was $6.05 trillion."),
        ("Some 12,690 jobs were created.", "Some 12.69 million jobs were created."),
        ("12.69 million jobs were created.", "12.69 million jobs were created."),
        ("It was 1269万 (12.69 million).", "It was 12.69 million."),
        ("It was 12.69 million people (12.69 million).", "It was 12.69 million people."),
        ("It was 46.27 billion (7 more).", "It was 46.27 billion (7 more)."),
        ("It was 12,690,000.", "It was 12,690,000."),
        ("They won 4 medals.", "They won 4 medals."),  # the digits of 4万, and no large figure
        ("That is 3 more.", "That is 3 more."),
        ("There were 127 million.", "There were 127 million."),  # other digits: it is for verification to say so
    ],
)
def test_digits_of_the_source_get_its_scale(written: str, right: str) -> None:
    assert corrected(written, _ZH, "en") == right


def test_what_is_told_in_its_own_language_stays() -> None:
    written = "In 2021 (2021) it had 2.5 million (2.5 million) people."
    assert corrected(written, _EN, "en") == written


def test_digits_that_may_be_two_figures_stay() -> None:
    assert corrected("It is 50 billion.", "一处5亿元，一处50万元。", "en") == "It is 50 billion."


@pytest.mark.parametrize(("written", "right"), [("人口25万。", "人口250万。"), ("预算12亿美元。", "预算12亿美元。")])
def test_it_is_the_same_from_english_to_chinese(written: str, right: str) -> None:
    assert corrected(written, _EN, "zh") == right


def test_the_source_s_own_writing_stands_beside() -> None:
    shown = "12.69 million (1269万) of 40,000 (4万) people, and 12.69 million once more, not 7 million."
    written = "12.69 million of 40,000 people, and 12.69 million once more, not 7 million."
    assert with_originals(written, _ZH, "en") == shown
    assert with_originals("预算12亿美元。", _EN, "zh") == "预算12亿（1.2 billion）美元。"
    assert with_originals("营收462.7亿元。", _ZH, "zh") == "营收462.7亿元。"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("It has about 1 million people.", "全城有一百万人，财政收入100亿元。"),
        ("It has 2,000 workers.", "工厂有两千名员工，产值2亿元。"),
        ("More than 200,000 came.", "来了20多万人，门票收入2亿元。"),
        ("Born in 1969 (69), he had 20 million yuan.", "他有2000万元。"),
    ],
)
def test_what_the_source_says_in_words_keeps_its_scale(written: str, told: str) -> None:
    assert corrected(written, told, "en") == written
