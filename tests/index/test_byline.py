"""Who wrote a text and when, from the lines of the text itself: found where it is said, and never guessed."""

from pathlib import Path

import pytest

from index.sources import read
from index.sources.byline import Byline, byline

PARAGRAPH = "The ferry to Osmund leaves at nine from the eastern pier, and on most days it is full by half past eight."
CHINESE = "去年四月，茶园主人开始在海拔九百米的山坡上采茶，到了秋天产量已经超过往年，邻村的人也来帮忙。"


def post(*head: str, title: str = "The ferry", tail: tuple[str, ...] = ()) -> Byline:
    return byline("\n\n".join([title, *head, PARAGRAPH, CHINESE, *[PARAGRAPH] * 45, *tail]), title)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Mei Lin", "Mei Lin"),
        ("by Mei Lin", "Mei Lin"),
        ("By Ines Duarte and Tomas Reyes", "Ines Duarte and Tomas Reyes"),
        ("By Ludwig van Aken | May 3, 2025", "Ludwig van Aken"),
        ("By Mei Lin, May 3, 2025", "Mei Lin"),
        ("By Mei Lin on May 3, 2025", "Mei Lin"),
        ("By Mei Lin · 4 min read", "Mei Lin"),
        ("By Mei Lin, Harbour News", "Mei Lin, Harbour News"),
        ("By 周敏", "周敏"),
        ("Written by Mei Lin", "Mei Lin"),
        ("Posted by harbour_watch on 2025-05-03", "harbour_watch"),
        ("Author: Mei Lin", "Mei Lin"),
        ("Authors: Mei Lin, Tomas Reyes", "Mei Lin, Tomas Reyes"),
        ("作者：周敏", "周敏"),
        ("作者: 周敏、韩青", "周敏、韩青"),
        ("作者 | 周敏  编辑 | 韩青", "周敏"),
        ("文｜周敏", "周敏"),
        ("文 / 山间茶话", "山间茶话"),
        ("撰文：周敏 2023年4月2日", "周敏"),
        ("Author\n\nMei Lin", "Mei Lin"),
        ("作者\n周敏", "周敏"),
    ],
)
def test_a_line_that_names_the_author_is_believed(line: str, author: str) -> None:
    assert post(line).author == author


@pytest.mark.parametrize(
    "line",
    [
        "Mei Lin",
        "By hand and by boat",
        "By the harbour",
        "By using this site you accept cookies!",
        "Written by the editors; see below",
        "Written by",
        "Author: https://example.org/mei",
        "Author: mei@example.org",
        "Edited by Mei Lin",
        "Reviewed by Mei Lin",
        "Translated by Mei Lin",
        "编辑：周敏",
        "来源：青山日报",
        "文：",
        "作者：？",
        "Author: 7",
        "Share",
        "Technology",
    ],
)
def test_any_other_line_names_nobody(line: str) -> None:
    assert post(line).author is None


@pytest.mark.parametrize("tail", [("Written by", "Tea Post", "Tea Post writes about tea."), ("Written by Tea Post",)])
def test_the_box_at_the_end_names_the_author(tail: tuple[str, ...]) -> None:
    assert post("Tea Post", tail=(*tail, "0 followers", "Sign in to like")).author == "Tea Post"


def test_the_same_name_twice_is_one_author_and_two_names_are_a_doubt() -> None:
    assert post("By Mei Lin", tail=("Written by", "Mei Lin")).author == "Mei Lin"
    assert post("By Mei Lin", tail=("Written by", "Tomas Reyes")).author is None


def test_what_stands_in_the_middle_of_a_text_names_nobody() -> None:
    middle = ("作者：周敏", "Published: May 3, 2025", "2025-05-03", *[PARAGRAPH] * 45)
    assert post(PARAGRAPH, *middle) == Byline(None, None)


def test_the_name_between_address_and_time_is_who_posted() -> None:
    head = ("Board <https://board.example/questions/7>", "harbour_watch", "Sat May 3 21:40")
    address = "https://board.example/questions/7"
    assert post(*head, title="The ferry in 2025") == Byline("harbour_watch", "2025-05-03", address)
    assert post(*head, title="The ferry") == Byline("harbour_watch", None, address)
    assert post("Transport", *head[2:], title="The ferry in 2025") == Byline(None, "2025-05-03")
    assert post(head[0], "How it all began, a short note!", head[2]).author is None


@pytest.mark.parametrize(
    "line",
    [
        "https://board.example/7",
        "<https://board.example/7>",
        "Board <https://board.example/7>",
        "Source: https://board.example/7",
        "URL: <https://board.example/7>",
        "原文链接：https://board.example/7",
        "来源：https://board.example/7",
    ],
)
def test_a_line_that_is_nothing_but_an_address_is_where_the_text_was_taken_from(line: str) -> None:
    assert post(line).url == "https://board.example/7"
    assert post(tail=(line,)).url == "https://board.example/7"


@pytest.mark.parametrize(
    "line",
    [
        "See https://board.example/7 for more",
        "board.example/7",
        "参见 https://board.example/7。",
        "ftp://board.example/7",
    ],
)
def test_an_address_among_words_is_what_the_text_speaks_of(line: str) -> None:
    assert post(line).url is None


def test_of_several_addresses_none_is_the_texts_own() -> None:
    assert post("https://board.example/7", "https://board.example/8").url is None
    assert post(PARAGRAPH, "https://board.example/7", PARAGRAPH).url is None
    references = ("Source: https://board.example/7", "Source: https://board.example/8")
    assert post(tail=references).url is None


@pytest.mark.parametrize(
    "line",
    [
        "May 3, 2025",
        "May 3 2025",
        "3 May 2025",
        "3rd May, 2025",
        "Saturday, May 3, 2025",
        "Sat May 3 21:40:07 2025",
        "Sat May 3 21:40:07 UTC 2025",
        "Sat, 03 May 2025 21:40:07 +0800",
        "May 3, 2025 at 9:40 PM",
        "2025-05-03",
        "2025-05-03 21:40",
        "2025-05-03T21:40:07Z",
        "2025-05-03 21:40 utc",
        "2025-05-03 21:40 GMT+0800",
        "2025-05-03 21:40 CEST",
        "2025/5/3 21:40:07",
        "2025年5月3日",
        "2025 年 5 月 3 日 星期六 21:40",
        "2025年5月3日（周六）",
        "Published: May 3, 2025",
        "Published on 3 May 2025",
        "Posted May 3, 2025",
        "First published 2025-05-03",
        "发布于 2025-05-03 21:40",
        "发布时间：2025年5月3日",
        "发表于：2025/05/03",
        "By Mei Lin | May 3, 2025 | 4 min read",
        "By Mei Lin, May 3, 2025",
        "周敏 · 2025-05-03",
        "May 3, 2025 · Updated May 9, 2025",
    ],
)
def test_a_day_under_the_title_is_when_it_was_published(line: str) -> None:
    assert post(line).published == "2025-05-03"


@pytest.mark.parametrize(
    "line",
    [
        "Updated May 3, 2025",
        "Last modified: 2025-05-03",
        "编辑于 2025-05-03",
        "时间：2025年5月3日",
        "Date: May 3, 2025",
        "05/03/2025",
        "May 2025",
        "May 3",
        "5月3日 21:40",
        "Sunday, May 3, 2025",
        "2025年5月3日 星期日",
        "February 30, 2025",
        "2025-13-03",
        "August 12, 1874",
        "On May 3, 2025 the ferry sank.",
        "2025-05-03 21:40 Ferry licence granted to Li Lei",
        "2025-05-03 21:40 Sold",
        "2025-05-03 21:40:00 INFO Starting synchronisation between primary database cluster and replica (2)",
    ],
)
def test_what_is_another_day_or_in_doubt_is_not_taken(line: str) -> None:
    assert post(line).published is None


@pytest.mark.parametrize(
    ("title", "line", "published"),
    [
        ("The ferries of 2025", "Sat May 3 21:40", "2025-05-03"),
        ("2025年的渡轮", "5月3日 星期六", "2025-05-03"),
        ("2025年的渡轮", "5月3日 周六 21:40", "2025-05-03"),
        ("The ferries of 2025", "Saturday, May 3", "2025-05-03"),
        ("From 2024 to 2025", "Sat May 3 21:40", "2025-05-03"),
        ("The ferries of 2025", "Sun May 3 21:40", None),
        ("The ferries of 2025", "May 3 21:40", None),
        ("From 2014 to 2025", "Sat May 3 21:40", None),
        ("The ferries", "Sat May 3 21:40", None),
        ("Ferry 120255 of 20251", "Sat May 3 21:40", None),
    ],
)
def test_the_year_follows_from_title_and_weekday_together_or_stays_unknown(
    title: str, line: str, published: str | None
) -> None:
    assert post(line, title=title).published == published


def test_a_diary_has_no_day_of_its_own_unless_it_says_when_it_was_published() -> None:
    assert post("2025-05-03", PARAGRAPH, "2025-05-04", PARAGRAPH).published is None
    assert post("Published: 2025-05-09", "2025-05-03", PARAGRAPH, "2025-05-04").published == "2025-05-09"
    assert post("Published: 2025-05-09", "Published: 2025-05-10").published is None


def test_a_day_at_the_end_needs_a_label() -> None:
    assert post(tail=("发布于 2025-05-03 21:40",)).published == "2025-05-03"
    assert post(tail=("May 3, 2025",)).published is None


def test_a_title_is_neither_an_author_nor_a_day() -> None:
    assert post(title="By Night") == Byline(None, None)
    assert post(title="2025-05-03") == Byline(None, None)


def test_a_file_says_who_and_when_where_its_metadata_does_not(tmp_path: Path) -> None:
    def of(name: str, text: str) -> tuple[str | None, str | None]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        source = read(tmp_path / name)
        assert source.text.count("Mei Lin") == 1  # it is told from the text, which keeps it
        return source.author, source.published

    head = "By Mei Lin\n\nMay 3, 2025\n\n"
    assert of("a.txt", f"The ferry\n\n{head}{PARAGRAPH}") == ("Mei Lin", "2025-05-03")
    assert of("a.md", f"# The ferry\n\n{head}{PARAGRAPH}") == ("Mei Lin", "2025-05-03")
    assert of("b.md", f"---\nauthor: Ines\ndate: 2024\n---\n# The ferry\n\n{head}{PARAGRAPH}") == ("Ines", "2024")
    page = f"<h1>The ferry</h1><p>By Mei Lin</p><p>May 3, 2025</p><p>{PARAGRAPH}</p><p>{CHINESE}</p>"
    assert of("a.html", f"<title>The ferry</title><article>{page}</article>") == ("Mei Lin", "2025-05-03")


@pytest.mark.parametrize("text", ["", "\n", "By", "作者：" * 50_000, " ,|" * 100_000, "By " + "A " * 50_000])
def test_odd_texts_name_nobody_and_take_no_time(text: str) -> None:
    assert byline(text, None) == Byline(None, None)
