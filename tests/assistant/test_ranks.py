"""Superlatives in both languages, and their rank."""

import pytest

from assistant.ranks import FIRST, LATER, SEVERAL, raised, ranks


@pytest.mark.parametrize(
    ("text", "scale", "rank"),
    [
        ("It is the largest port.", "size", FIRST),
        ("one of the world's largest ports", "size", SEVERAL),
        ("the third most populous city", "number", LATER),
        ("the 2nd-longest bridge", "length", LATER),
        ("the most elaborate garden", "elaborate", FIRST),
        ("省内第二大城市", "size", LATER),
        ("最重要的港口之一", "importance", SEVERAL),
        ("一些最大的港口", "size", SEVERAL),
        ("最早的桥", "age", FIRST),
    ],
)
def test_a_rank_is_read_in_both_languages(text: str, scale: str, rank: str) -> None:
    assert {name: list(found) for name, found in ranks(text).items()} == {scale: [rank]}


@pytest.mark.parametrize("text", ["第二大街", "第三高中", "most of the members", "the second test", "他最近来过"])
def test_what_only_looks_like_a_rank_is_none(text: str) -> None:
    assert ranks(text) == {}


@pytest.mark.parametrize(
    ("text", "told", "rank"),
    [
        ("湖是最大的。", "It is the second largest lake.", LATER),
        ("It is the tallest.", "它是最高的塔之一。", SEVERAL),
        ("It is the tallest.", "It is the second largest, and the tallest.", None),
        ("It is the second tallest.", "It is the third tallest.", None),  # which figures tell
        ("It is the tallest.", "It is the oldest.", None),
    ],
)
def test_only_what_is_made_the_first_is_raised(text: str, told: str, rank: str | None) -> None:
    found = raised(text, told)
    assert (found[0] if found else None) == rank
