import pytest

import assistant
import index
import prompts


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(assistant.__all__) == [
        "Answer",
        "Assistant",
        "Citation",
        "Event",
        "EvidenceFound",
        "Sentence",
        "SentenceVerified",
        "TextWritten",
    ]
    assert sorted(index.__all__) == [
        "Embedder",
        "Hit",
        "Index",
        "Outcome",
        "Passage",
        "SentenceEmbedder",
        "Source",
        "YijuError",
    ]
    assert prompts.__all__ == ["load"]


def test_there_are_at_most_eight_a_package_and_they_are_what_a_notebook_offers() -> None:
    for package in (assistant, index):
        assert dir(package) == sorted(package.__all__) and len(package.__all__) <= 8
    with pytest.raises(AttributeError, match="module 'assistant' has no attribute 'Finished'"):
        assistant.Finished  # noqa: B018


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for package in (assistant, index, prompts):
        for name in package.__all__:
            assert getattr(package, name).__doc__
