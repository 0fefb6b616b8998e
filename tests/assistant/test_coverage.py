"""What a question names, and how much of it a text holds."""

import pytest

from assistant.coverage import coverage


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("Who built the bridge of Orne?", "The bridge of Orne was built by Ada Quill.", 1.0),
        ("Who built the bridge of Orne?", "Bees keep warm in winter.", 0.0),
        ("林城的人口是多少？", "林城人口120万。", 1.0),
        ("What is it?", "Bees keep warm in winter.", None),
    ],
)
def test_the_share_of_what_a_question_names(question: str, text: str, share: float | None) -> None:
    assert coverage(question, text) == share
