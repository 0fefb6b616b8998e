"""Opinions carry who holds them and since when; plain facts stand alone; what is second-hand says so."""

import pytest

from assistant.attribution import attribution
from index import Source


def source(text: str = "", author: str | None = "Lin Mo", url: str | None = None) -> Source:
    return Source("s", "/s", "s", author, "2021-08-20", url, "2024-01-01", "und", "text/plain", text)


@pytest.mark.parametrize(
    ("language", "sentence", "said_by"),
    [
        ("en", "We should never have closed the lab.", "In the view of Lin Mo (2021-08-20)"),
        ("zh", "We should never have closed the lab.", "Lin Mo（2021-08-20）认为"),
        ("zh", "我觉得实验室不该关。", "Lin Mo（2021-08-20）认为"),
        ("en", "The lab was closed in May.", ""),
        ("zh", "实验室五月关闭。", ""),
        ("en", "According to the Herald, the lab was closed.", "Lin Mo (2021-08-20), citing others"),
        ("zh", "据晚报报道，实验室已经关闭。", "据Lin Mo（2021-08-20）转述"),
        ("en", 'The director said: "I believe in it."', ""),
        ("en", "World War I began in 1914, long after Elizabeth I.", ""),
        ("en", "Then I left.", "In the view of Lin Mo (2021-08-20)"),
        ("zh", "她在希望小学读书。", ""),
    ],
)
def test_an_opinion_has_its_author_and_a_fact_has_none(language: str, sentence: str, said_by: str) -> None:
    assert attribution(language, source(), sentence) == said_by


def test_what_stands_in_a_personal_post_is_its_authors_view() -> None:
    post = source("我待过五家实验室。我觉得都一样。实验室只做业务。没有人愿意冒险。")
    assert attribution("zh", post, "实验室只做业务。") == "Lin Mo（2021-08-20）认为"


def test_without_an_author_the_site_speaks() -> None:
    said = attribution("en", source(author=None, url="https://www.example.org/post"), "They should go.")
    assert said == "In the view of example.org (2021-08-20)"
