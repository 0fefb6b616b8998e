"""The bundled sample: what it is made of, and that its questions find their documents."""

import json
from collections import Counter
from pathlib import Path

import pytest

from assistant.evidence import find_evidence
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


@pytest.mark.model
def test_questions_find_the_facts_in_either_language(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    answerable = [row for row in rows if row["answerable"]]
    missed = []
    with Index.open(tmp_path / "sample.index") as index:
        assert all(outcome.status == "added" for outcome in index.add(SAMPLES))
        for row in answerable:
            read_by_model = " ".join(one.text for one in find_evidence(index, row["question"], 290).evidence)
            if not all(any(alias in read_by_model for alias in aliases) for aliases in row["answers"]):
                missed.append(row["question"])
    assert len(answerable) >= 20
    assert len(missed) <= len(answerable) // 8, missed
