import pytest

from assistant.lists import listed


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("景点包括石塔、古井和铜钟等。", ["石塔", "古井", "铜钟"]),
        ("港口有石塔、古井、銅鐘以及老戲臺。", ["石塔", "古井", "铜钟", "老戏台"]),
        ("The colours are red, dark green and blue.", ["red", "darkgreen", "blue"]),
        ("It sells tools such as saws, files, and planes.", ["saws", "files", "planes"]),
        ("In Harrow grow apples, plums and walnuts.", ["apples", "plums", "walnuts"]),
        ("青岭种苹果、李子、核桃。", ["苹果", "李子", "核桃"]),
        ("他去了北京、上海。", []),
        ("The mill sold flour, and bran.", []),
        ("Ada Quill was born on January 1, 1900, in Lyme, Orne.", []),  # commas, and no list
        ("The shop has saws, files, planes.", []),
        ("It offers colours including red, green, blue.", ["red", "green", "blue"]),
        (", red and green and blue", ["red", "green", "blue"]),
        ("、、", []),
        ("", []),
    ],
)
def test_what_a_sentence_lists(text: str, things: list[str]) -> None:
    assert listed(text) == things
