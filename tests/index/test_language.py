import pytest

from index.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("阿里达摩院怎么样？", "zh"),
        ("DeepMind有哪些工作？", "zh"),
        ("OpenAI的GPT-3", "zh"),
        ("周敏", "zh"),
        ("Who stars in 踏冰逐梦?", "en"),
        ("GPT-4 API 价格", "zh"),
        ("Where did she go?", "en"),
        ("DAMO Academy (达摩院) was founded in 2017", "en"),
        ("東京大学はどこですか", "ja"),
        ("서울은 어디에 있습니까", "ko"),
        ("¿Dónde está la biblioteca?", "es"),
        ("Wo liegt die Stadt Berlin?", "de"),
        ("Где находится библиотека?", "ru"),
    ],
)
def test_a_text_is_in_the_language_that_it_is_mainly_in(text: str, language: str) -> None:
    assert language_of(text) == language


def test_half_of_a_character_does_not_keep_a_text_from_having_a_language() -> None:
    assert language_of("Where did she go \ud83d?") == "en"


@pytest.mark.parametrize("text", ["", "2021", "？！", "DeepMind", "GPT-4", "UCSB", "\n\n"])
def test_what_tells_no_language_is_undetermined(text: str) -> None:
    assert language_of(text) == "und"
