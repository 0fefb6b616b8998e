import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language import width
from index.passages import Span, passages, sentences
from index.sources import Block, Heading, Page, Source, read


def source_of(text: str, headings: tuple[Heading, ...] = ()) -> Source:
    return Source("id", "/a.txt", "A", None, None, None, "2026-01-01", "en", "text/plain", text, headings)


def texts_of(text: str, spans: list[Span]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def test_sentences_end_where_they_end_in_chinese_and_english() -> None:
    text = "他说：“走吧。我们晚了！”然后他走了。The rate was 3.5 percent in the U.S. in 2021. Dr. Lee left."
    assert texts_of(text, sentences(text))[:2] == ["他说：“走吧。我们晚了！”", "然后他走了。"]
    assert "The rate was 3.5 percent in the U.S. in 2021." in texts_of(text, sentences(text))


def test_a_chinese_sentence_ends_before_a_figure_and_before_a_latin_name_too() -> None:
    text = "石桥建成于1402年，由李安主持修建。1956年石桥重修。AlphaGo赢了！“真的？2016年？”他问。"
    assert texts_of(text, sentences(text)) == [
        "石桥建成于1402年，由李安主持修建。",
        "1956年石桥重修。",
        "AlphaGo赢了！",
        "“真的？2016年？”",
        "他问。",
    ]


def test_a_line_break_ends_a_sentence_but_not_in_a_paragraph_wrapped_by_hand() -> None:
    wrapped = (
        "This paragraph was wrapped by hand at about sixty characters,\n"
        "as old mail and many standards are. It has two sentences.\n"
    )
    assert texts_of(wrapped, sentences(wrapped))[0].endswith("as old mail and many standards are.")
    listed = "first item\nsecond item\n"
    assert texts_of(listed, sentences(listed)) == ["first item", "second item"]


def test_a_quotation_a_number_an_abbreviation_and_an_address_are_not_cut() -> None:
    for whole in (
        "他说：「走吧。我们晚了！」",
        "『真的吗？是的。』",
        '他又说:"好。走。"',
        "“It works. I saw it. Truly,” he said.",
        '"Stop. Now," she said.',
        "See vol. 2, pp. 3-5, of the U.S. edition at 3.5 dollars.",
        "Read https://example.org/a.b?c=d!e.html first.",
        "2. Second item of the list.",
    ):
        text = f"Before it. {whole} After it."
        assert whole in texts_of(text, sentences(text)), text


def test_a_quotation_that_is_not_closed_ends_nothing_but_itself() -> None:
    text = '“没有结束的引号。然后走了。The 5" pipe broke. It rained.'
    assert texts_of(text, sentences(text)) == ["“没有结束的引号。", "然后走了。", 'The 5" pipe broke.', "It rained."]


def test_a_line_without_marks_is_not_cut_in_a_number_or_an_address() -> None:
    text = "费用1,234,567元和网址https://example.org/aaaa:8080/bbbb再加" * 40
    pieces = texts_of(text, sentences(text))
    assert "".join(pieces) == text and len(pieces) > 1
    assert not any(one.endswith(("1,", "234,", "https:", "aaaa:")) for one in pieces)


def test_a_line_like_a_heading_begins_a_passage_and_never_ends_one() -> None:
    paragraph = "The council met on Monday and spoke of the ferry, the pier and the price of salt until midnight came."
    cut = passages(source_of(f"{paragraph}\n\nThe second meeting\n\n{paragraph}\n\n还有谁会来？\n\n{paragraph}"))
    assert [one.text.split("\n")[0] for one in cut] == [paragraph, "The second meeting", "还有谁会来？"]
    listed = passages(source_of("You need three things:\nsalt\nrope\na boat\n\nThen go."))
    assert [one.text for one in listed] == ["You need three things:\nsalt\nrope\na boat\n\nThen go."]


def test_one_persons_post_and_the_next_ones_are_two_passages() -> None:
    first = "harbour_watch\n2025-05-03 21:40\nMy old line chafed through. What do you use?"
    second = "tide_table\n2025-05-03 22:05\nNylon, with a leather sleeve."
    for between in ("\n\n", "\n", "\nLike\nReply\n"):
        cut = passages(source_of(f"{first}{between}{second}"))
        assert [one.text for one in cut if not one.furniture] == [first, second]


def test_a_long_paragraph_is_cut_into_pieces_about_as_long_as_each_other() -> None:
    paragraph = "The boat left the pier at nine and came back at ten. " * 9
    cut = passages(source_of(f"{paragraph}\n\nA short one follows here."))
    assert [len(one.text) for one in cut] == [264, 211, 25]


def test_what_a_citation_says_anyway_is_kept_and_not_searched(tmp_path: Path) -> None:
    head = "The ferry in 2025\n\nBoard <https://board.example/7>\n\nharbour_watch\n\nSat May 3 21:40\n\n"
    (tmp_path / "post.txt").write_text(f"{head}The ferry was late again today.\n\nharbour_watch was late too.")
    source = read(tmp_path / "post.txt")
    assert (source.author, source.published, source.url, source.site) == (
        "harbour_watch",
        "2025-05-03",
        "https://board.example/7",
        "board.example",
    )
    cut = passages(source)
    assert [one.text for one in cut if not one.furniture] == [
        "The ferry in 2025",
        "The ferry was late again today.\n\nharbour_watch was late too.",
    ]


def test_what_happened_at_a_time_is_searched(tmp_path: Path) -> None:
    said = "2021-08-20 10:30 Ferry licence granted to Li Lei"
    (tmp_path / "log.txt").write_text(f"The harbour office\n\n{said}\n\nThe office was closed on the next day.")
    assert said in "\n".join(one.text for one in passages(read(tmp_path / "log.txt")) if not one.furniture)


def test_code_and_rows_in_a_plain_text_are_not_cut(tmp_path: Path) -> None:
    code = "```\nrun. it.\n\nReply\nShare\nstop. now.\n```"
    (tmp_path / "notes.txt").write_text(
        f"Do this. Then that.\n\n{code}\n\n| One. Two. | 3. |\n\n```\nnever closed. ok."
    )
    source = read(tmp_path / "notes.txt")
    assert [source.text[one.start : one.end] for one in source.blocks] == [code, "| One. Two. | 3. |"]
    assert not any(one.furniture for one in passages(source))


def test_passages_stay_under_their_heading_and_carry_its_path() -> None:
    text = "One\n\nAlpha is here.\n\nTwo\n\nBeta is here."
    headings = (Heading(0, 3, 1, "One"), Heading(21, 24, 2, "Two"))
    cut = passages(source_of(text, headings))
    assert [(one.heading, one.text) for one in cut] == [("One", "Alpha is here."), ("One › Two", "Beta is here.")]


def test_a_heading_that_nothing_stands_under_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Plan\n\n## Revenue in 2023 was 5 billion\n\n## Staff\n\nMei Lin.\n\n## Costs fell\n"
    )
    source = read(tmp_path / "a.md")
    cut = passages(source)
    assert [(one.heading, one.text) for one in cut] == [
        ("Plan", "Revenue in 2023 was 5 billion"),
        ("Plan › Staff", "Mei Lin."),
        ("Plan", "Costs fell"),
    ]
    assert all(source.text[one.start : one.end] == one.text and not one.furniture for one in cut)


def test_a_heading_above_furniture_alone_is_found_unless_it_says_nothing() -> None:
    text = "Revenue grew\n\n© 2024 Osmund\n\nLeave a comment\n\n4 likes\n\nSheet2"
    headings = (Heading(0, 12, 2, "Revenue grew"), Heading(29, 44, 2, "Leave a comment"), Heading(55, 61, 2, "Sheet2"))
    cut = passages(source_of(text, headings))
    assert [one.text for one in cut if not one.furniture] == ["Revenue grew"]
    assert [one.text for one in cut if one.furniture] == ["© 2024 Osmund", "Leave a comment", "4 likes", "Sheet2"]


def test_page_furniture_is_kept_and_marked() -> None:
    cut = passages(source_of("The council met on Monday.\n\nSign in to like\n\n12 comments\n\nIt met again on Friday."))
    assert [one.text for one in cut if one.furniture] == ["Sign in to like", "12 comments"]
    assert [one.text for one in cut if not one.furniture] == ["The council met on Monday.", "It met again on Friday."]


def test_a_text_without_any_mark_is_still_cut_into_passages_that_can_be_embedded() -> None:
    cut = passages(source_of("汉" * 10_000))
    assert sum(len(one.text) for one in cut) == 10_000
    assert max(width(one.text) for one in cut) <= 600


_ALPHABET = st.sampled_from(
    [
        "a",
        "Z",
        " ",
        "\n",
        "\n\n",
        ".",
        "。",
        "！",
        "“",
        "”",
        "汉",
        "字",
        "é",
        "e\u0301",
        "😀",
        "👨‍👩‍👧",
        "3.5",
        ", ",
        "\u3000",
        "ﬁ",
        "\u202e",
    ]
)


@given(st.lists(_ALPHABET, max_size=400).map("".join) | st.text(max_size=400))
def test_every_sentence_and_passage_is_verbatim_and_none_overlap(text: str) -> None:
    source = source_of(text)
    position = 0
    for passage in passages(source):
        assert source.text[passage.start : passage.end] == passage.text
        assert passage.start >= position
        position = passage.end
    position = 0
    for span in sentences(text):
        assert span.start >= position and text[span.start : span.end].strip()
        position = span.end


@given(st.lists(_ALPHABET, max_size=200).map("".join))
def test_nothing_but_white_space_is_left_out_of_the_passages(text: str) -> None:
    kept = "".join(passage.text for passage in passages(source_of(text)))
    assert "".join(kept.split()) == "".join(text.split())


def test_a_passage_of_a_real_file_lies_where_it_says(documents: Path) -> None:
    for file in documents.iterdir():
        source = read(file)
        for passage in passages(source):
            assert source.text[passage.start : passage.end] == passage.text


def structured(text: str, **structure: object) -> Source:
    said = dict(uri="/x/table.csv", title="table", author=None, published=None, url=None, retrieved="", language="en")
    return Source(id="0" * 32, media_type="text/csv", text=text, **said, **structure)  # type: ignore[arg-type]


def test_a_block_is_one_piece_whatever_marks_stand_in_it() -> None:
    rows = [f"Name: Dr. A. No {n}. Place: St. Ives? Yes! Price: {n}.5; {'x' * 80}" for n in range(9)]
    text = "Before. It all.\n" + "\n".join(rows) + "\nAfter. It all."
    starts = [text.index(row) for row in rows]
    blocks = tuple(Block(start, start + len(row)) for start, row in zip(starts, rows, strict=True))
    cut = passages(structured(text, blocks=blocks))
    assert all(text[one.start : one.end] == one.text for one in cut)
    for row in rows:
        assert sum(row in one.text for one in cut) == 1


def test_a_block_that_is_too_long_is_cut_between_its_lines() -> None:
    code = "\n".join(f"value_{n} = compute(input_{n}, {n}, {n + 1}, option_{n}='a b c')" for n in range(40))
    cut = passages(structured(code, blocks=(Block(0, len(code)),)))
    lines = set(code.split("\n"))
    assert len(cut) > 1 and all(set(one.text.split("\n")) <= lines for one in cut)


def test_a_passage_tells_the_page_that_it_begins_on() -> None:
    first, second = "The pier burned in May. " * 12, "A dog barked at the moon. " * 12
    text = first + "\n\n" + second
    pages = (Page(0, len(first), 7), Page(len(first) + 2, len(text), 8))
    cut = passages(structured(text, pages=pages))
    assert {one.page for one in cut} == {7, 8}
    assert all(one.page == (7 if one.start < len(first) else 8) for one in cut)


def test_a_lone_passage_of_foreign_names_keeps_the_language_of_its_source() -> None:
    english = "The court heard the case in May and gave its judgment in June of the same year, after long talks. " * 4
    names = "In Amministrazione delle Finanze dello Stato contro Simmenthal SpA, la Corte di Giustizia. " * 3
    languages = {one.language for one in passages(structured(f"{english}\n\n{names}\n\n{english}"))}
    assert languages == {"en"}
    chinese = "法院在五月审理了此案，并于同年六月作出判决。" * 8
    assert {one.language for one in passages(structured(f"{english}\n\n{chinese}"))} == {"en", "zh"}


def test_wide_spaces_among_marks_do_no_harm() -> None:
    for text in ("'”ﬁ\u3000Z\u3000.'", "“A\u2003B\u3000。” C\u00a0D."):
        assert [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "https://example.org/a/b.html?id=7&page=2,x:y",
        "1,250,000.50",
        "2021-08-20",
        "mara@parish.example.org",
        "“走吧。真的？好！我们去。”",
        "「第一句。第二句。」",
        "👩‍🌾",
        "🇨🇳",
        "e\u0301",
    ],
)
def test_no_bound_stands_inside_what_belongs_together(whole: str) -> None:
    for filler in ("words ", "字", "go, and, "):
        for before in range(280, 600, 7):
            text = (filler * 600)[:before] + whole + (filler * 600)[:700]
            start = text.index(whole)
            bounds = {at for span in sentences(text) for at in (span.start, span.end)}
            assert not bounds & set(range(start + 1, start + len(whole))), (filler, before)


def test_a_line_of_marks_without_end_is_cut_in_no_time() -> None:
    begun = time.thread_time()
    assert len(sentences("。！？…" * 50_000)) > 10_000
    assert time.thread_time() - begun < 5  # 54 s when the library was given the whole line


def test_sentences_do_not_depend_on_where_a_long_line_is_read_in_steps() -> None:
    sentence = "The ferry of Dr. Lee sailed at 9.30 from the U.S. pier. 他问：“真的？是的。” "
    text = sentence * 300
    assert [text[span.start : span.end] for span in sentences(text)] == texts_of(sentence, sentences(sentence)) * 300
