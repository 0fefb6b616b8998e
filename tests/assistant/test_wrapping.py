"""Lines of a width in scripts with and without spaces."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from assistant.cli.wrapping import wrapped


def lines(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return wrapped(Text(text), width, first, rest).plain.split("\n")


def test_words_stay_whole_and_the_margin_hangs() -> None:
    assert lines("The harbour was opened in 1874.", 16, "- ", "  ") == ["- The harbour", "  was opened in", "  1874."]


def test_chinese_is_broken_between_characters_never_before_a_closing_mark() -> None:
    assert lines("茶园主人周敏每年四月开始采茶。", 28) == ["茶园主人周敏每年四月开始采", "茶。"]
    assert lines("他说“茶园很美”，大家都同意。", 12) == ["他说“茶园很", "美”，大家都", "同意。"]


def test_what_is_wider_than_a_line_is_cut_and_the_number_of_a_footnote_stays() -> None:
    assert lines("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert lines("It was opened in 1874. [1]", 23) == ["It was opened in", "1874. [1]"]


def test_styles_stay_on_their_words() -> None:
    text = Text.assemble("The harbour of ", ("Osmund", "bold"), " was opened.")
    out = wrapped(text, 16)
    (span,) = [one for one in out.spans if one.style == "bold"]
    assert out.plain[span.start : span.end] == "Osmund"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])), st.integers(12, 60))
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    out = lines(text, width, "  ", "  ")
    assert "".join("".join(out).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in out)
