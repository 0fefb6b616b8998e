"""Which sources are one origin: copies, quotations and retellings, within a language and across."""

import pytest

from assistant.origins import origins_of
from index import Index, Source

REPORT = (
    "The mill at Arden burned down on Tuesday night after lightning struck its chimney. Nobody was hurt, said the fire "
    "chief, Ada Quill. The owner wants to build it anew by autumn."
)


def source(name: str, text: str, author: str | None = None, published: str | None = None) -> Source:
    return Source(name, f"/{name}", name, author, published, None, "2024-01-01", "und", "text/plain", text)


def relation(one: Source, other: Source, index: Index | None = None) -> tuple[str, str] | None:
    """Return who tells of whom and how; None for two origins."""
    origins = origins_of([one, other], index)
    assert origins.independent == (1 if origins.links else 2) and origins.sources == 2
    return (origins.links[0].source_id, origins.links[0].relation) if origins.links else None


def test_a_copy_with_a_greeting_around_it_is_a_copy() -> None:
    copied = source("digest", f"Good morning! {REPORT} Have a good day.", published="2022-05-02")
    assert relation(source("news", REPORT, published="2022-05-01"), copied) == ("digest", "copies")


def test_words_in_quotation_marks_are_quoted_from_the_other() -> None:
    original = source("post", "我在三家店里干过，都是挂羊头卖狗肉。大家整天擦桌子、端盘子。")
    quoting = source("digest", "网友形容这些店“挂羊头卖狗肉”，有人说员工“整天擦桌子、端盘子”。全市共有四百家。")
    assert relation(original, quoting) == ("digest", "quotes")


def test_a_text_that_credits_the_other_and_uses_its_words_retells_it() -> None:
    retelling = source(
        "blog", "As the Arden Herald reports, lightning struck its chimney. I shall miss the old mill and its pond."
    )
    assert relation(source("news", REPORT, author="Arden Herald"), retelling) == ("blog", "retells")


def test_two_texts_of_one_author_are_no_two_witnesses() -> None:
    one, other = source("a", REPORT, author="Ada Quill"), source("b", "Tea is best in May.", author="ada quill")
    assert relation(one, other) is not None


def test_two_reports_of_one_event_in_their_own_words_are_two_origins() -> None:
    other = source(
        "letter", "I saw the flames from my window. By the morning nothing of the old mill was left standing."
    )
    assert relation(source("news", REPORT), other) is None


def test_sources_of_one_pattern_with_figures_of_their_own_are_two_origins(index: Index) -> None:
    one = source(
        "a", "In 2019 the beekeepers of Lyme produced 12 tonnes of honey. A cold April had killed many swarms."
    )
    other = source("b", "The beekeepers of Lyme produced 15 tonnes of honey in 2023, helped by the late lime blossom.")
    assert relation(one, other, index) is None


def test_three_copies_are_one_group() -> None:
    copies = [source(name, REPORT) for name in "abc"]
    assert origins_of([*copies, source("d", "Tea is best in May.")]).groups == (("a", "b", "c"), ("d",))


@pytest.mark.model
def test_a_translation_is_the_same_origin(tmp_path: object) -> None:
    from pathlib import Path

    with Index.open(Path(str(tmp_path)) / "i") as index:
        chinese = source("zh", "白露茶园去年产茶32吨，比前年多5吨。园主周静把一半卖给了一家德国茶商。")
        english = source(
            "en",
            "Last year the Bailu tea garden produced 32 tonnes, 5 tonnes more than the year before. Its owner, Zhou "
            "Jing, sold half of it to a German tea merchant.",
        )
        assert relation(chinese, english, index) is not None
