"""Web pages: the main text as a reader sees it, and what the page declares of itself."""

from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources import Source, read

PARAGRAPHS = (
    "The director of the laboratory left the company in July and joined the university, where she leads a new group.",
    "Researchers there are judged by the number and the quality of their papers, and by nothing else, she said.",
    "Whether that can last is another question; two of the three founders have gone back to teaching already.",
)
段落 = (
    "实验室的负责人在七月离开了公司，加入了一所大学，在那里带领一个新的研究小组，继续做原来的题目。",
    "她说，那里的研究员只按论文的数量和质量来考核，没有任何工程上的压力，团队的规模小而精。",
    "这样的做法能维持多久是另一个问题，三位创始人当中已经有两位回到学校去教书了。",
)


def reading(folder: Path, page: bytes | str) -> Source:
    (folder / "page.html").write_bytes(page.encode() if isinstance(page, str) else page)
    return read(folder / "page.html")


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>\n" for text in texts)


def article(head: str, body: str) -> str:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"


def test_an_article_keeps_its_headings_paragraphs_and_short_lines(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        article(
            "<title>Who leaves, and why - Some Site</title>",
            f"<article><h1>Who leaves, and why</h1><p>By nobody.</p>{paragraphs(PARAGRAPHS[:2])}<h2>What next?</h2>"
            f"<p>Nobody knows.</p><p>On <time datetime=2021-08-20>20 August</time> it rained.</p>"
            f"{paragraphs(PARAGRAPHS[2:])}</article>",
        ),
    )
    assert source.text.split("\n\n") == [
        "Who leaves, and why",
        "By nobody.",
        *PARAGRAPHS[:2],
        "What next?",
        "Nobody knows.",
        "On 20 August it rained.",
        PARAGRAPHS[2],
    ]
    assert [(heading.level, heading.text) for heading in source.headings] == [
        (1, "Who leaves, and why"),
        (2, "What next?"),
    ]
    assert all(source.text[heading.start : heading.end] == heading.text for heading in source.headings)
    assert (source.title, source.language, source.media_type) == ("Who leaves, and why", "en", "text/html")


def test_furniture_around_a_chinese_article_is_left_out(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        article(
            "<title>谁离开了</title>",
            "<header><nav><a href=/>首页</a><a href=/news>新闻</a><a href=/about>关于我们</a></nav></header>"
            "<div id=cookie-banner><p>本站使用 Cookie 以改善您的浏览体验，继续浏览即表示您同意。</p></div>"
            f"<main><h1>谁离开了</h1><p>2021年8月20日</p>{paragraphs(段落[:2])}"
            "<div class=share-bar><a href=#>分享到微信</a><a href=#>分享到微博</a></div>"
            f"<h2>然后呢</h2>{paragraphs(段落[2:])}</main>"
            "<aside><h3>热门文章</h3><ul><li><a href=1>另一篇文章的标题</a></li></ul></aside>"
            "<footer><p>© 2021 某网站 版权所有</p></footer>",
        ),
    )
    assert source.text.split("\n\n") == ["谁离开了", "2021年8月20日", *段落[:2], "然后呢", 段落[2]]
    assert (source.title, source.language, source.published) == ("谁离开了", "zh", "2021-08-20")


def test_a_page_that_does_not_say_where_its_head_ends_is_read_in_order(tmp_path: Path) -> None:
    for opening, closing in [("<article>", "</article>"), ("<main>", "</main>"), ("<header>Notes</header><main>", "")]:
        head = "<!DOCTYPE html><meta charset=utf-8><title>谁离开了</title><style>p {}</style>"
        source = reading(tmp_path, f"{head}{opening}{paragraphs(段落)}{closing} 完")
        assert source.text.removeprefix("Notes\n\n") == "\n\n".join([*段落, "完"])
        assert source.title == "谁离开了"


def test_a_tiny_page_gives_its_visible_text(tmp_path: Path) -> None:
    source = reading(tmp_path, "<title>Hours</title><nav>Home</nav><p>Open from <b>9</b> to 5.</p><p>Closed on Sunday.")
    assert source.text == "Open from 9 to 5.\n\nClosed on Sunday."
    assert source.title == "Hours"


def test_a_page_of_nothing_but_navigation_still_gives_its_words(tmp_path: Path) -> None:
    assert reading(tmp_path, "<nav><a href=a>Home</a> <a href=b>News</a></nav>").text == "Home News"


def test_tables_and_lists_keep_their_rows_and_items(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        article(
            "",
            f"<h1>Papers</h1>{paragraphs(PARAGRAPHS)}<table><thead><tr><th>Laboratory</th><th>Papers in 2020</th></tr>"
            "</thead><tbody><tr><td>Speech and language</td><td>17</td></tr><tr><td><p>Computer vision</p></td><td>"
            "</td></tr></tbody></table><p>The rules of the laboratory have not been changed since it was founded:</p>"
            "<ul><li>Publish everything that you find out.</li><li>Share the data<ul><li>and the code that made it."
            "</li></ul></li></ul><ol><li>Read the paper first.</li><li>Ask the question later.</li></ol>",
        ),
    )
    rows = ["Laboratory: Speech and language; Papers in 2020: 17", "Laboratory: Computer vision"]
    assert "\n\n" + "\n".join(rows) + "\n\n" in source.text
    assert [source.text[block.start : block.end] for block in source.blocks] == rows
    assert "- Publish everything that you find out.\n- Share the data\n- and the code that made it.\n" in source.text
    assert source.text.endswith("1. Read the paper first.\n2. Ask the question later.")


def test_a_page_laid_out_by_tables_reads_as_paragraphs(tmp_path: Path) -> None:
    cells = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    source = reading(tmp_path, article("", f"<table><tr><td>Menu</td><td><h1>Old page</h1>{cells}</td></tr></table>"))
    assert source.text.endswith("\n\n".join(["Old page", *PARAGRAPHS]))


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030"])
def test_a_labelled_chinese_page_is_read_in_its_encoding(tmp_path: Path, label: str) -> None:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}">' + (
        f"<title>谁离开了</title></head><body>{paragraphs(段落)}</body></html>"
    )
    source = reading(tmp_path, page.encode("gb18030"))
    assert (source.title, source.text) == ("谁离开了", "\n\n".join(段落))


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        ("<meta charset=big5><p>這是一個很短的頁面。", "big5"),
        ("<meta charset=gb2312><p>这一页早已另存为 UTF-8，标签却还是旧的。", "utf-8"),
        ("<meta charset=iso-8859-1><p>It’s déjà vu.", "cp1252"),
        ("<meta charset=no-such-encoding><p>这一页的标签写错了，但是文字没有错。", "gb18030"),
        ("<p>这一页没有写明编码，但是大家都看得懂。", "gb18030"),
        ("<p>这一页没有写明编码，但是大家都看得懂。", "utf-16"),
    ],
)
def test_a_missing_or_wrong_label_is_seen_through(tmp_path: Path, page: str, encoding: str) -> None:
    assert reading(tmp_path, page.encode(encoding)).text == page.rpartition("<p>")[2]


def test_scripts_styles_and_what_is_hidden_never_come_through(tmp_path: Path) -> None:
    source = reading(
        tmp_path,
        article(
            "<style>p{color:red}</style><script>var secret1='a sentence in a script that looks like one'</script>",
            f"<article><h1>Title</h1>{paragraphs(PARAGRAPHS)}<script>secret2()</script>tail of it"
            "<img src=x onerror=\"alert('secret3')\" alt=''><noscript>secret4</noscript><template>secret5</template>"
            "<p hidden>secret6</p><div style='display: none'>secret7</div><svg><title>secret8</title></svg>"
            "<textarea>secret9</textarea><!-- secret10 --><script>if (a < b) document.write('<p>secret11</p>')</script>"
            "</article>",
        ),
    )
    assert "secret" not in source.text and "color" not in source.text and "onerror" not in source.text
    assert PARAGRAPHS[2] in source.text


def test_a_heading_that_is_a_button_is_read_and_a_button_beside_a_heading_is_not(tmp_path: Path) -> None:
    ferry = "The ferry carries forty cars and two hundred passengers on every crossing between the two towns."
    page = (
        f"<main><h1>Questions</h1><h2 class=accordion-header><button>1. How many cars?</button></h2><div>{ferry}</div>"
        f"<button><h3>谁离开了？</h3></button><div>{段落[0]}</div><details><summary><button>More</button></summary>"
        f"<p>{段落[1]}</p></details><dl><dt><button>When?</button></dt><dd>{PARAGRAPHS[0]}</dd></dl>"
        f"<h2>Fares <button>Copy the link</button></h2><p>{PARAGRAPHS[1]}</p><button>Buy now</button></main>"
    )
    source = reading(tmp_path, article("", page))
    assert source.text.split("\n\n") == [
        *("Questions", "1. How many cars?", ferry, "谁离开了？", 段落[0], "More", 段落[1], "When?", PARAGRAPHS[0]),
        *("Fares", PARAGRAPHS[1]),
    ]
    assert [one.level for one in source.headings] == [1, 2, 3, 2]


def test_text_that_a_script_would_make_visible_is_read(tmp_path: Path) -> None:
    page = article("", f"<div id=js_content style='visibility: hidden; opacity: 0'>{paragraphs(段落)}</div>")
    assert reading(tmp_path, page).text == "\n\n".join(段落)


def test_meta_tags_give_title_author_date_and_address(tmp_path: Path) -> None:
    head = (
        "<meta property=og:title content='谁离开了'><meta name=author content='知易行难炼丹'>"
        "<meta property=article:published_time content='2021-08-20T23:24:00+08:00'>"
        "<link rel=canonical href='https://example.org/labs?id=1'><title>谁离开了 - 某网站</title>"
    )
    source = reading(tmp_path, article(head, paragraphs(段落)))
    assert (source.title, source.author, source.published) == ("谁离开了", "知易行难炼丹", "2021-08-20")
    assert source.url == "https://example.org/labs?id=1"
    assert source.uri.endswith("page.html")


def test_json_ld_gives_every_author_as_written(tmp_path: Path) -> None:
    data = (
        '{"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Site"}, {"@type": "NewsArticle",'
        '"headline": "Who leaves", "datePublished": "2021-08", "author": [{"@type": "Person", "name": "Li Lei"},'
        '{"@type": "Organization", "name": "21CTO"}]}]}'
    )
    head = f'<script type="application/ld+json">{data}</script><script type="application/ld+json">{{broken</script>'
    source = reading(tmp_path, article(head, paragraphs(PARAGRAPHS)))
    assert (source.title, source.author, source.published) == ("Who leaves", "Li Lei, 21CTO", "2021-08")


def test_what_a_page_does_not_state_stays_unknown(tmp_path: Path) -> None:
    body = f"{paragraphs(PARAGRAPHS)}<p>On 3 May 2019, John Smith wrote about it.</p><footer>© 2015 A. B.</footer>"
    head = "<meta property=article:author content='https://facebook.com/someone'>"
    source = reading(tmp_path, article(head, body))
    assert (source.title, source.author, source.published, source.url) == ("page", None, None, None)


def test_a_page_saved_by_a_browser_knows_where_it_came_from(tmp_path: Path) -> None:
    saved = "<!-- saved from url=(0030)https://example.org/labs?id=12 -->"
    assert reading(tmp_path, saved + paragraphs(PARAGRAPHS)).url == "https://example.org/labs?id=12"


def test_wrapped_lines_are_joined_as_browsers_show_them(tmp_path: Path) -> None:
    page = "<p>这一行\n  被折断了。</p><p>This one\n  too.<br>And this was <i>not</i>.</p><pre>if x:\n    y</pre>"
    assert reading(tmp_path, page).text == "这一行被折断了。\n\nThis one too.\nAnd this was not.\n\nif x:\n    y"


def test_the_same_page_read_again_gives_the_same_source(tmp_path: Path) -> None:
    page = article("", paragraphs(PARAGRAPHS) * 3)
    first, *others = [reading(tmp_path, page) for _ in range(4)]
    assert {other.id for other in others} == {first.id}
    assert first.text.count(PARAGRAPHS[0]) == 3


@pytest.mark.parametrize("depth", [300, 1_000])
def test_deeply_nested_pages_are_read_to_their_end(tmp_path: Path, depth: int) -> None:
    page = f"<p>{PARAGRAPHS[0]}</p>{'<div>' * depth}{PARAGRAPHS[1]}{'</div>' * depth}<p>{PARAGRAPHS[2]}</p>"
    assert reading(tmp_path, page).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li", "span"])
def test_pages_nested_beyond_the_parser_are_refused_and_not_cut_short(tmp_path: Path, tag: str) -> None:
    with pytest.raises(SourceError, match="nested too deep.*save it as text"):
        reading(tmp_path, f"<p>{PARAGRAPHS[0]}</p>" + f"<{tag}>" * 10_000 + "deep")


@pytest.mark.parametrize("page", ["<html></html>", "<!-- nothing -->", "<script>only()</script>", "&nbsp;"])
def test_a_page_without_text_is_refused(tmp_path: Path, page: str) -> None:
    with pytest.raises(SourceError, match="it holds no text"):
        reading(tmp_path, page)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        # A header over two columns, one over two rows, and a cell that reaches down.
        (
            "<tr><th rowspan=2>Pier</th><th colspan=2>2020</th></tr><tr><th>Ships</th><th>Boats</th></tr>"
            "<tr><td rowspan=2>North</td><td>7</td><td>9</td></tr><tr><td>8</td><td>10</td></tr>",
            "Pier: North; 2020 Ships: 7; 2020 Boats: 9\nPier: North; 2020 Ships: 8; 2020 Boats: 10",
        ),
        # Names at the side, and no header above.
        ("<tr><th>Built</th><td>1921</td></tr><tr><th>Closed</th><td>2004</td></tr>", "Built | 1921\nClosed | 2004"),
        ("<tr><td>Built</td><td>1921</td></tr><tr><td>Closed</td><td>2004</td></tr>", "Built | 1921\nClosed | 2004"),
        # No marks at all, but too many columns for pairs.
        (
            "<tr><td>Name</td><td>Year</td><td>Tons</td></tr><tr><td>Gull</td><td>1934</td><td>80</td></tr>",
            "Name: Gull; Year: 1934; Tons: 80",
        ),
        # A header so long that it is none, and a table of headers alone.
        (f"<tr><th>{'long ' * 30}</th><th>b</th></tr><tr><td>c</td><td>d</td></tr>", f"{'long ' * 29}long | b\nc | d"),
        ("<tr><th>a</th><th>b</th></tr><tr><th>c</th><th>d</th></tr>", "a: c; b: d"),
        ("<thead><tr><th colspan=2>Ships</th></tr><tr><th>a</th><th>b</th></tr></thead><tr><td>1</td><td>2</td></tr>",
         "Ships\n\na: 1; b: 2"),
        ("<tr><td rowspan=9999 colspan=9999>x</td><td>y</td><td>z</td></tr><tr><td>w</td></tr>", None),
    ],
)  # fmt: skip
def test_every_row_of_a_table_says_what_its_cells_are(tmp_path: Path, table: str, text: str | None) -> None:
    source = reading(tmp_path, f"<title>t</title><table>{table}</table>")
    assert text is None or source.text == text
    assert all(source.text[block.start : block.end].strip() for block in source.blocks)


def test_a_page_names_its_site_and_else_its_host_does(tmp_path: Path) -> None:
    named = {
        "<meta property=og:site_name content='Harbour Post'><meta name=application-name content='App'>": "Harbour Post",
        "<meta name=application-name content='Harbour App'>": "Harbour App",
        '<script type="application/ld+json">{"publisher": {"name": "The Post"}}</script>': "The Post",
        "<link rel=canonical href='https://www.harbour.example/a'>": "harbour.example",
        "": None,
    }
    for head, site in named.items():
        assert reading(tmp_path, article(head, paragraphs(PARAGRAPHS))).site == site


def test_code_and_rows_of_a_page_are_kept_whole_and_verse_is_not(tmp_path: Path) -> None:
    row = "<tr><td>Dr. Lee</td><td>He came. He left.</td></tr>"
    code = "<pre><code>run. stop.\n\nend. done.</code></pre>"
    page = f"<article>{paragraphs(PARAGRAPHS)}<table>{row}</table>{code}<pre>O sea.\nO wind.</pre></article>"
    source = reading(tmp_path, article("", page))
    whole = [source.text[block.start : block.end] for block in source.blocks]
    assert whole == ["Dr. Lee | He came. He left.", "run. stop.\n\nend. done."]
