"""Markdown as the prose that a reader sees."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import SourceError
from index.sources import Source, read


def reading(folder: Path, text: str) -> Source:
    (folder / "note.md").write_bytes(text.encode("utf-8", "surrogatepass"))
    return read(folder / "note.md")


def test_front_matter_gives_the_metadata_and_stays_out_of_the_text(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        "---\ntitle: 'Labs: a survey'\nauthors: [Li Lei, 韩梅梅]\npublished: 2021-08-20\n"
        "url: https://example.org/labs\nlanguage: zh-CN\ntags: [a]\n---\n\n# Another title\n\nThe text.\n",
    )
    assert (source.title, source.author, source.published) == ("Labs: a survey", "Li Lei, 韩梅梅", "2021-08-20")
    assert (source.url, source.language) == ("https://example.org/labs", "zh")
    assert source.text == "Another title\n\nThe text."


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("2021-08-20", "2021-08-20"),
        ("2021-08-20T23:24:00+08:00", "2021-08-20"),
        ("2021-08", "2021-08"),
        ("2021", "2021"),
        ("2021/8/3", "2021-08-03"),
        ("2021年8月20日", "2021-08-20"),
        ("2021年8月", "2021-08"),
        ("20210820", "2021-08-20"),
        ("August 20, 2021", "2021-08-20"),
        ("20 Aug 2021", "2021-08-20"),
        ("08/09/2021", None),
        ("2021-13-45", None),
        ("soon", None),
        ("", None),
        ("null", None),
    ],
)
def test_a_date_is_as_precise_as_it_was_stated(tmp_path: Path, stated: str, published: str | None) -> None:
    assert reading(tmp_path, f"---\ndate: {stated}\n---\nText.").published == published


@pytest.mark.parametrize("head", ["title: [unclosed", "a: b: c", "\tx: 1", "[" * 3000, "? {a: b}\n: c", "!!x y"])
def test_broken_front_matter_leaves_a_plain_markdown_file(tmp_path: Path, head: str) -> None:
    source = reading(tmp_path, f"---\n{head}\n---\n\n# A heading\n\nThe text.\n")
    assert "The text." in source.text
    assert source.author is None


def test_text_between_two_rules_is_not_taken_for_front_matter(tmp_path: Path) -> None:
    assert reading(tmp_path, "---\nJust a sentence.\n\n---\nAnother.").text == "Just a sentence.\n\nAnother."


def test_marks_and_link_targets_are_gone_and_structure_stays(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        """\
# The *title*

A **bold** word, `code()`, a [link](https://example.org "t"), ~~old~~ new, 2 \\* 3 &amp; <b>html</b>.
This line was wrapped.

这一行
被折断了。

- one
- two
  - three

3. third
4. fourth

> Quoted.

| name | year |
|------|------|
| **a** | 2020 |
| b |  |

```python
if x:

    return  1
```

![a chart](chart.png)

<details><summary>More</summary><p>inside</p><script>alert(1)</script></details>

Setext
------
""",
    )
    assert (
        source.text
        == """\
The title

A bold word, code(), a link, old new, 2 * 3 & html. This line was wrapped.

这一行被折断了。

- one
- two
- three
3. third
4. fourth

Quoted.

name: a; year: 2020
name: b

if x:

    return  1

a chart

More

inside

Setext"""
    )
    assert [source.text[block.start : block.end] for block in source.blocks] == [
        "name: a; year: 2020",
        "name: b",
        "if x:\n\n    return  1",
    ]
    assert [(heading.level, heading.text) for heading in source.headings] == [(1, "The title"), (2, "Setext")]
    assert source.title == "The title"


def test_a_footnote_is_read_also_when_it_could_be_the_target_of_a_link(tmp_path: Path) -> None:
    text = "锣声很远。[^1] See [the log][2].\n\n[^1]: 据镇志第三卷。\n\n[2]: https://example.org/log"
    assert reading(tmp_path, text).text == "锣声很远。[^1] See the log.\n\n[^1]: 据镇志第三卷。"


def test_a_list_of_books_is_read_and_the_targets_of_links_are_not(tmp_path: Path) -> None:
    books = (
        "[1]: 周志华《机器学习》，清华大学出版社，2016年。",
        "[2]: 李航.统计学习方法[M].北京:清华大学出版社,2019.",
        "[第3条]: 见附录",
    )
    assert reading(tmp_path, "\n\n".join(["见[1]和[2]。", *books])).text == "\n\n".join(["见[1]和[2]。", *books])
    targets = (
        "https://例子.org/渡口",
        "#渡口",
        "/渡口",
        "../图/渡口",
        "图/渡口.png",
        "渡口.md#票",
        "<渡口 图>",
        "LICENSE",
    )
    for target in (*targets, "mailto:a@b.cn '渡口'", "\n  guide/ferry.html"):
        assert reading(tmp_path, f"见 [渡口][a\\]1]。\n\n[a\\]1]: {target}").text == "见 渡口。"


def test_a_table_without_names_and_a_heading_in_html_are_read(tmp_path: Path) -> None:
    source = reading(
        tmp_path, "<h1 align=center>Tea</h1>\n\n|  |  |\n|---|---|\n| a | b |\n\n| x |  |\n|---|---|\n| c | d |"
    )
    assert source.text == "Tea\n\na | b\n\nx\nc | d"
    assert (source.title, [heading.level for heading in source.headings]) == ("Tea", [1])


def test_hard_breaks_keep_their_lines(tmp_path: Path) -> None:
    assert reading(tmp_path, "one  \ntwo<br>three\\\nfour").text == "one\ntwo\nthree\nfour"


def test_a_file_without_any_title_is_named_after_the_file(tmp_path: Path) -> None:
    assert reading(tmp_path, "## Second level\n\nText.").title == "note"


@pytest.mark.parametrize("text", ["> " * 20_000 + "deep", "- " * 5_000 + "deep", "[" * 50_000, "*a **b " * 20_000])
def test_deep_nesting_is_read_or_refused(tmp_path: Path, text: str) -> None:
    try:
        assert reading(tmp_path, text).text
    except SourceError as error:
        assert "note.md" in str(error)


PIECES = st.lists(
    st.sampled_from(
        ["# ", "## 标题", "\n", "\n\n", "---\n", "title: x\n", "- ", "1. ", "> ", "| a | b |\n|---|---|\n"]
        + ["```\n", "    ", "<b>", "<div>", "&#0;", "&#7;", "![x](y)", "*", "`", "e\u0301", "👩‍🔬", "\r\n", "\r", "\f"]
        + ["\u2028", "正文。", " "]
    )
    | st.text(max_size=8),
    max_size=30,
).map("".join)


@settings(deadline=None)  # the first page loads the library for pages
@given(text=PIECES, extension=st.sampled_from([".txt", ".md", ".html"]))
def test_headings_are_verbatim_stretches_of_the_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, extension: str
) -> None:
    path = tmp_path_factory.mktemp("any") / f"note{extension}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        source = read(path)
    except SourceError:
        return
    assert source.text.strip() and "\r" not in source.text and "\0" not in source.text
    for heading in source.headings:
        assert source.text[heading.start : heading.end] == heading.text
        assert "\n" not in heading.text
    assert list(source.headings) == sorted(source.headings, key=lambda heading: heading.start)


def test_code_and_rows_are_kept_whole(tmp_path: Path) -> None:
    table, code = "| a. b | c |\n|---|---|\n| One. Two. | 3 |", "```\nrun. it.\n\nstop. now.\n```"
    text = f"# Notes\n\n{table}\n\n{code}\n\nA sentence. Another."
    (tmp_path / "notes.md").write_text(text)
    source = read(tmp_path / "notes.md")
    whole = [source.text[block.start : block.end] for block in source.blocks]
    assert whole == ["a. b: One. Two.; c: 3", "run. it.\n\nstop. now."]
