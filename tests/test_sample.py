"""The bundled sample: what it is made of, and that its questions find their documents."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.evidence import find_evidence
from assistant.gate import Decision
from assistant.verify import Verifier
from index import Index
from index.sources import read

SAMPLES = Path(__file__).parent.parent / "samples"
QUESTIONS = Path(__file__).parent / "data" / "sample_questions.jsonl"
DOCUMENTS = sorted(SAMPLES.glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_every_document_names_the_source_of_its_facts(document: Path) -> None:
    source = read(document)
    assert source.author and source.published and source.url and source.url.startswith("http")
    assert source.title and source.headings and len(source.text) > 800


def test_there_are_documents_enough_in_both_languages() -> None:
    languages = Counter(read(document).language for document in DOCUMENTS)
    assert languages["zh"] >= 7 and languages["en"] >= 7


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("sample") / "sample.index") as index:
        assert all(outcome.status == "added" for outcome in index.add(SAMPLES))
        yield index


@pytest.mark.model
@pytest.mark.parametrize(("billions", "carried"), [(65, True), (70, False), (64, False)])
def test_a_figure_of_the_other_language_carries_though_another_thing_of_this_one_is_more_alike(
    sample: Index, billions: int, carried: bool
) -> None:
    question = "LLaMA最大的模型有多少参数？"
    evidence = find_evidence(sample, question, 300).evidence
    assert any("700亿参数" in one.text for one in evidence)  # of Llama 2, which was not asked about
    verifier = Verifier(sample, None, question, evidence, Decision(True, None))
    found = verifier.check(f"LLaMA最大的模型有{billions}0亿参数。")
    assert (not found.reason and "65 billion" in found.parts[0].text) is carried


@pytest.mark.model
def test_questions_find_the_facts_in_either_language(sample: Index) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    answerable = [row for row in rows if row["answerable"]]
    missed = []
    for row in answerable:
        read_by_model = " ".join(one.text for one in find_evidence(sample, row["question"], 290).evidence)
        if not all(any(alias in read_by_model for alias in aliases) for aliases in row["answers"]):
            missed.append(row["question"])
    assert len(answerable) >= 20
    assert len(missed) <= len(answerable) // 8, missed
