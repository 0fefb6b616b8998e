from dataclasses import replace
from pathlib import Path

from assistant.evidence import estimated_tokens, find_evidence, joined
from index import Index
from tests.fakes import WordEmbedder


def test_evidence_is_verbatim_numbered_and_in_the_order_of_its_source(index: Index) -> None:
    found = find_evidence(index, "harbour of Osmund opened 1874, harbour master Ines Duarte from Lisbon", 500)
    assert [one.number for one in found.evidence] == list(range(1, len(found.evidence) + 1))
    for one in found.evidence:
        assert one.source.text[one.start : one.end] == one.text
    harbour = [one.start for one in found.evidence if one.source.title == "The harbour report"]
    assert harbour == sorted(harbour) and len(harbour) == 2


def test_evidence_keeps_to_its_budget_but_always_holds_the_best_passage(index: Index) -> None:
    found = find_evidence(index, "harbour of Osmund grain granite bridge flood", 60)
    assert sum(estimated_tokens(one.text) for one in found.evidence) <= 60
    assert len(find_evidence(index, "granite bridge", 1).evidence) == 1


def test_a_copy_of_a_passage_is_no_second_evidence(index: Index, tmp_path: Path) -> None:
    (tmp_path / "digest.txt").write_text(
        "A digest of ports.\n\nThe harbour master is Ines Duarte. She came from Lisbon in 2019!"
    )
    index.add(tmp_path / "digest.txt")
    found = find_evidence(index, "Who is the harbour master?", 500)
    assert sum("Ines Duarte" in one.text for one in found.evidence) == 1


def test_an_empty_index_gives_no_evidence(tmp_path: Path, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "i", embedder) as index:
        assert find_evidence(index, "Who?", 500).evidence == ()


def test_of_two_copies_the_first_published_is_the_evidence(index: Index, tmp_path: Path) -> None:
    copied = "The harbour master is Ines Duarte. She came from Lisbon in 2019."
    for year in (2024, 2022):
        (tmp_path / f"{year}.md").write_text(f"---\ntitle: Copy of {year}\npublished: {year}\n---\n{copied}\n")
        index.add(tmp_path / f"{year}.md")
    found = find_evidence(index, "Who is the harbour master?", 500)
    assert [one.source.title for one in found.evidence if "Ines" in one.text] == ["Copy of 2022"]


def test_what_a_second_search_finds_is_numbered_behind_the_first(index: Index) -> None:
    first, more = find_evidence(index, "granite bridge", 1), find_evidence(index, "harbour of Osmund bridge flood", 500)
    whole, again = joined(first, more)
    assert whole.evidence[: len(first.evidence)] == first.evidence
    assert [one.number for one in whole.evidence] == list(range(1, len(whole.evidence) + 1))
    assert [one.text for one in again.evidence] == [one.text for one in more.evidence]
    by_number = {one.number: one for one in whole.evidence}
    assert all(by_number[one.number].text == one.text for one in again.evidence)
    ids = [hit.passage.id for hit in whole.hits]
    assert len(ids) == len(set(ids)) and ids[: len(first.hits)] == [hit.passage.id for hit in first.hits]


def test_a_second_search_that_finds_nothing_else_leaves_the_first(index: Index) -> None:
    first = find_evidence(index, "harbour of Osmund bridge flood", 500)
    assert joined(first, replace(first, evidence=first.evidence[-1:])) == (first, first)


def test_what_alone_holds_a_name_of_the_question_goes_before_what_only_looks_like_it(tmp_path: Path) -> None:
    about = "The line of Ferrovia was laid by builders of 38 lands."
    alike = "The line of the north was laid by builders of how many lands?"
    with Index.open(tmp_path / "i", WordEmbedder()) as index:
        for number, text in enumerate((alike, about, "The old bridge has seven arches.", "Bees keep warm in winter.")):
            (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
            index.add(tmp_path / f"{number}.txt")
        found = find_evidence(index, "The line of Ferrovia was laid by builders of how many lands?", 500)
    assert max(found.hits, key=lambda hit: hit.score).passage.text == alike
    assert found.evidence[0].text == about
