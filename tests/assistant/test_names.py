import pytest

from assistant.names import pinyin_names, spells


def test_names_in_pinyin_are_found_and_others_are_not() -> None:
    text = "Zhang Jianfeng met Noam Shazeer, Fei-Fei Li and Wang Xiaoyun in Hong Kong. The Long March began."
    assert pinyin_names(text)[0] == "Zhang Jianfeng"
    assert "Wang Xiaoyun" in pinyin_names(text)
    assert not {"Noam Shazeer", "Hong Kong", "The Long"} & set(pinyin_names(text))


@pytest.mark.parametrize("name", ["Zhang Jianfeng", "Jianfeng Zhang", "Zhang Jian-Feng"])
def test_a_chinese_name_is_recognised_in_either_order(name: str) -> None:
    assert spells("首任院长由张建锋担任。", name)


@pytest.mark.parametrize("name", ["Teng Wenrong", "Zhang Jianguo", "Jian Feng"])
def test_another_name_is_not_it(name: str) -> None:
    assert spells("首任院长由张建锋担任。", name) == (name == "Jian Feng")


def test_a_character_with_several_readings_is_read_in_each() -> None:
    assert spells("曾国藩", "Zeng Guofan") and spells("单田芳", "Shan Tianfang")
