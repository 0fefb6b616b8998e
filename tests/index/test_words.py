import pytest

from index.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café GPT-4, 2021!", ["cafe", "gpt", "4", "2021"]),
        ("在阿里达摩院", ["在阿", "阿里", "里达", "达摩", "摩院"]),
        ("A股 2021年8月", ["a", "股", "2021", "年", "8", "月"]),
        ("１２３ ＡＢＣ", ["123", "abc"]),
        ("ガンダム", ["ガン", "ンダ", "ダム"]),  # the marks of kana are no accents
        ("한국어 문장", ["한국", "국어", "문장"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),  # vowel signs do not end a word
        ("Ёлка straße", ["елка", "strasse"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ('" OR * NEAR(', ["or", "near"]),
        ("…！？", []),
        ("infor\u00admation", ["information"]),
        ("阿里\u200b巴巴", ["阿里", "里巴", "巴巴"]),
        ("\ufeffGPT\u2060-4", ["gpt", "4"]),
    ],
)
def test_words_are_those_that_a_person_would_search_for(text: str, expected: list[str]) -> None:
    assert words(text) == expected
