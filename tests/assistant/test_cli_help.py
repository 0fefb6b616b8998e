"""Help, and what a shell completes: both come at once, since they load nothing heavy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli.options import LANGUAGES, MODEL_FILES, MODELS
from assistant.models import EMBEDDED_MODELS
from assistant.settings import QUOTES_ONLY
from index import weights
from index.language import language_of

ROOT = Path(__file__).parent.parent.parent
VERBS = [
    ["add"], ["sources"], ["remove"], ["ask"], ["search"], ["eval"], ["chat"], ["serve"], ["password"], ["check"],
    ["move"], ["models"], ["models", "get"], ["settings"], ["schema"], [],
]  # fmt: skip
HEAVY = {
    "torch", "numpy", "gradio", "faiss", "langchain", "langchain_core", "fastapi", "uvicorn", "asyncio",
    "sentence_transformers", "rich.markdown",
}  # fmt: skip


def python(code: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_help_of_every_verb_has_examples_and_loads_nothing_heavy() -> None:
    code = f"""
import contextlib, io, json, sys
from assistant.cli.app import app
said = []
for verb in {VERBS}:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        app([*verb, "--help"], prog_name="yiju")
    said.append(out.getvalue())
print(json.dumps([said, sorted({HEAVY} & set(sys.modules))]))
"""
    said, loaded = json.loads(python(code, COLUMNS="100"))
    assert loaded == []
    for verb, text in zip(VERBS, said, strict=True):
        _, _, examples = text.partition("Examples:")
        assert " ".join(["yiju", *verb]) in examples, verb


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("yiju se", ["search", "serve", "settings"]),
        ("yiju ask --strictness ", ["lenient", "normal", "strict"]),
        ("yiju ask --model emb", ["embedded", "embedded-small"]),
        ("yiju models get e", ["e5-small"]),
        ("yiju schema se", ["search", "settings"]),
        ("yiju --log w", ["warning"]),
    ],
)
def test_a_shell_is_told_what_may_follow(typed: str, completed: list[str]) -> None:
    code = "import sys\nfrom assistant.cli import main\ntry: main()\nfinally: assert 'torch' not in sys.modules"
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1), "_YIJU_COMPLETE": "complete_bash"}
    assert sorted(python(code, **words).split()) == completed


def test_a_shell_can_be_given_the_script() -> None:
    code = "import sys; sys.argv = ['yiju', '--show-completion', 'bash']\nfrom assistant.cli import main\nmain()"
    told = python(code, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_YIJU_COMPLETE=complete_bash" in told and "complete -o default -F _yiju_completion yiju" in told


def test_what_is_completed_is_what_there_is() -> None:
    assert set(MODELS) >= {*EMBEDDED_MODELS, QUOTES_ONLY}
    assert set(MODEL_FILES) == set(weights.MODELS)
    assert language_of("茶园主人周敏每年四月开始采茶。") in LANGUAGES
