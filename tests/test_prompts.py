from pathlib import Path
from string import Template

import pytest

import prompts

FILES = sorted(Path(prompts.__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_prompt_loads_with_its_placeholders_filled(file: Path) -> None:
    names = Template(file.read_text(encoding="utf-8")).get_identifiers()
    filled = prompts.load(file.stem, **{name: f"<{name}>" for name in names})
    assert "$" not in filled and all(f"<{name}>" in filled for name in names)


def test_what_the_adapter_was_trained_to_answer_invokes_it_and_nothing_else() -> None:
    invoking = {file.stem for file in FILES if file.read_text(encoding="utf-8").strip().endswith(" Yes or No.")}
    assert invoking == {"gate", "judge"}  # see INVOCATION in bench/judge/training.py


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert "$question" in prompts.load("sources_and_question", sources="costs $question and $5", question="?")


@pytest.mark.parametrize("values", [{}, {"sentence": "a", "other": "b"}])
def test_wrong_placeholders_are_an_error(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"takes \['sentence'\]"):
        prompts.load("judge", **values)


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(ValueError, match="no prompt 'nothing'"):
        prompts.load("nothing")
