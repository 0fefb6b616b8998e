"""What stands in a result list: both legs, every language, near-duplicates once, and what a filter leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Index, Source, YijuError
from index.errors import QueryError
from tests.fakes import WordEmbedder
from tests.index.conftest import At


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    return folder


@pytest.fixture
def made(at: At, folder: Path, embedder: WordEmbedder) -> Iterator[Index]:
    with Index.open(at("made.index"), embedder) as index:
        yield index


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def found(index: Index, query: str, **where: object) -> list[str]:
    return [hit.passage.text for hit in index.search(query, k=50, where=where)]


class Blind(WordEmbedder):
    """Gives every text the same vector: only words can tell one from another."""

    def _vector(self, text: str):  # type: ignore[no-untyped-def]
        return super()._vector("nothing")


@pytest.mark.parametrize("query", ["What did Quibble see?", "QUIBBLE", "quibbles"])
def test_words_find_what_meaning_does_not_see(at: At, folder: Path, query: str) -> None:
    write(folder, **{f"n{number}": f"The walker saw {number} gulls on the pier." for number in range(30)})
    write(folder, quibble="Old Quibble saw the pier burn.")
    with Index.open(at("i"), Blind()) as index:
        index.add(folder)
        hit = index.search(query, k=1)[0]
        assert "Quibble" in hit.passage.text and hit.words_rank == 1


def test_chinese_words_are_found_as_english_ones_are(at: At, folder: Path) -> None:
    write(folder, **{f"n{number}": f"散步的人在码头上看见{number}只海鸥。" for number in range(30)})
    write(folder, name="老魁巴看见码头起火。")
    with Index.open(at("i"), Blind()) as index:
        index.add(folder)
        assert "魁巴" in index.search("魁巴看见了什么？", k=1)[0].passage.text


def test_words_do_not_move_one_language_above_another(made: Index, folder: Path) -> None:
    write(folder, en="The pier burned in May.", zh="五月，码头 pier 起火。", other="A dog barked at the moon.")
    made.add(folder)
    by_meaning = sorted(made.search("pier 起火", k=3), key=lambda hit: hit.dense_rank or 99)
    assert [hit.passage.language for hit in made.search("pier 起火", k=3)] == [
        hit.passage.language for hit in by_meaning
    ]


def test_a_hit_tells_where_either_leg_put_it(index: Index) -> None:
    hits = index.search("When was the harbour of Osmund opened?", k=8)
    assert (hits[0].dense_rank, hits[0].words_rank) == (1, 1)
    assert {hit.words_rank for hit in hits} > {None}  # what shares no word was brought by meaning alone
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (" ", "The question is empty"),
        ("x" * 10_001, "has 10,001 characters"),
        ("Who built it \ud83d?", r"half of a character.*Who built it \\ud83d\?"),
    ],
)
def test_what_is_no_question_is_refused_and_named(index: Index, asked: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        index.search(asked)


def test_near_duplicates_are_folded_under_the_first_and_not_lost(made: Index, folder: Path) -> None:
    story = "The council of Osmund voted on Monday to rebuild the old pier before the winter storms arrive."
    write(folder, a=story, b=story.upper() + " (Reuters)", c=story.replace(",", " —"), other="The pier has a lamp.")
    made.add(folder)
    hits = made.search("Did the council vote to rebuild the pier?", k=5)
    assert len(hits) == 2
    assert {hits[0].passage.text, *(copy.text for copy in hits[0].copies)} == {
        (folder / f"{name}.md").read_text() for name in "abc"
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The harbour shipped 12 tonnes of tea last year and closed in May.", "12|30"),
        ("The council of Osmund has voted to rebuild the old pier.", "has voted|has not voted"),
        ("青山茶园去年的产量是12吨，今年四月开始采茶。", "12|30"),
        ("青山茶园去年已经开始向欧洲出口茶叶。", "已经|没有"),
        (
            "Bridge Song, which a crew of forty people from Lyme and Varnby shot among the old hills of Orne in one "
            "wet spring, is known as a documentary.",
            "documentary|comedy",
        ),
    ],
)
def test_texts_that_differ_in_a_figure_a_negation_or_another_word_are_no_duplicates(
    made: Index, folder: Path, one: str, other: str
) -> None:
    write(folder, one=one, other=one.replace(*other.split("|")))
    made.add(folder)
    assert len(found(made, one)) == 2


def test_texts_without_words_are_duplicates_only_where_they_are_the_same(at: At, embedder: WordEmbedder) -> None:
    signs = ["🙂 🙂", "🚀 !", "∑ ≤ ∞", "🚀  !"]
    with Index.open(at("i"), embedder) as index:
        index.as_vectorstore().add_texts(signs)
        hits = index.search("🚀", k=9)
    assert len(hits) == 3 and sum(len(hit.copies) for hit in hits) == 1


def test_copies_do_not_take_the_places_of_other_passages(made: Index, folder: Path) -> None:
    story = "The council of Osmund voted on Monday to rebuild the old pier before the winter storms arrive"
    write(folder, **{f"copy{number}": f"{story}{'.' * (number % 4 + 1)}\n\n\n{'#' * 0}" for number in range(4)})
    write(folder, **{f"copy{number}": f"{story} {'!' * number}" for number in range(4, 120)})
    write(folder, lamp="The pier has a lamp.", gulls="Gulls sit on the pier.")
    made.add(folder)
    hits = made.search(story, k=3)
    assert [len(hits), hits[0].passage.text[:20]] == [3, story[:20]]


@pytest.fixture
def dated(made: Index, folder: Path) -> Index:
    said = {"a": "2020", "b": "2021-08", "c": "2021-08-20", "d": "2023-01-02"}
    write(
        folder, **{name: f"---\npublished: {day}\n---\n# News {name}\n\nThe pier burned." for name, day in said.items()}
    )
    write(folder, e="# Undated\n\n码头起火了，没有人受伤。")
    (folder / "f.html").write_text("<html><body><article><p>A page about the pier.</p></article></body></html>")
    made.add(folder)
    return made


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2021-08-15", "2021-12-31", "bc"),
        ("2020-06", "2020-07", "a"),
        (None, "2021", "abc"),
        ("2021-08-21", None, "bd"),
        ("2024", None, ""),
    ],
)
def test_a_date_range_leaves_what_may_have_been_published_in_it(
    dated: Index, first: str | None, last: str | None, names: str
) -> None:
    hits = dated.search("pier", k=50, where={"published": (first, last)})
    headings = {hit.passage.heading for hit in hits} | {copy.heading for hit in hits for copy in hit.copies}
    assert headings == {f"News {name}" for name in names}


def test_filters_by_language_type_heading_and_source_leave_what_fits_all_of_them(dated: Index) -> None:
    assert found(dated, "pier", language="zh") == ["码头起火了，没有人受伤。"]
    assert found(dated, "pier", media_type="text/html") == ["A page about the pier."]
    assert found(dated, "pier", heading="undat") == ["码头起火了，没有人受伤。"]
    assert found(dated, "pier", language=["zh", "en"], media_type="text/html") == ["A page about the pier."]
    source = dated.search("pier", where={"heading": "News d"})[0].passage.source_id
    assert found(dated, "moon", source=source) == ["The pier burned."]
    assert found(dated, "pier", source="none of ours") == []


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"colour": "red"}, "no filter 'colour'. Filter by: source, language"),
        ({"language": 3}, "language is 3; give a text or a list"),
        ({"source": []}, r"source is \[\]"),
        ({"published": "2021"}, r"published is '2021'; give a first and a last date"),
        ({"published": ("20-2021", None)}, "'20-2021'; write a date as 2021-08-20"),
        ({"published": ("2022", "2021-05")}, "ends at 2021-05, before it begins at 2022. Swap"),
        ({"heading": " "}, "give words of a heading"),
        ({"metadata": "tea"}, r"give names and values: \{'topic': 'tea'\}"),
        ({"metadata": {"a": object()}}, "its values must be texts or numbers"),
        ({"metadata": {"a": float("nan")}}, "its values must be texts or numbers"),
    ],
)
def test_a_filter_that_cannot_be_asked_for_says_what_can(index: Index, where: dict[str, object], message: str) -> None:
    with pytest.raises(YijuError, match=message):
        index.search("harbour", where=where)


@pytest.mark.folder
def test_a_word_is_as_rare_as_it_is_in_what_a_search_is_narrowed_to(index: Index) -> None:
    log = "\n\n".join(f"On day {day} the ferry was late. " * 8 for day in range(1_200))
    for name, text in (("log", log), ("note", "The ferry is blue.")):
        index.put(Source(name, f"made:{name}", name, None, None, None, "2026", "en", "text/plain", text))
    assert all(hit.words_rank is None for hit in index.search("ferry", k=5))  # everywhere it tells nothing
    assert [hit.words_rank for hit in index.search("ferry", k=5, where={"source": "note"})] == [1]
    assert [hit.words_rank for hit in index.search("granite", k=5, where={"source": "note"})] == [None]


def test_hostile_words_in_a_question_are_only_words(index: Index) -> None:
    for query in ('" OR 1', "NEAR(a b)", "text:harbour*", "'; DROP TABLE words; --", "\x00 harbour", "^harbour"):
        assert index.search(query, k=1)
