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


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for package in (assistant, index, prompts):
        for name in package.__all__:
            assert getattr(package, name).__doc__
