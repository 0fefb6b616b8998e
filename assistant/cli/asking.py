"""Questions to the index: `yiju ask|search|eval`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import opening
from assistant.cli.background import in_background
from assistant.cli.interruption import INTERRUPTED, leave, say_interrupted
from assistant.cli.options import (
    HeadingOption,
    IndexOption,
    JsonOption,
    LanguageOption,
    ModelOption,
    SinceOption,
    SourceOption,
    StrictnessOption,
    TypeOption,
    UntilOption,
)
from assistant.cli.sources import source_by
from assistant.errors import AnswerError, SettingsError

if TYPE_CHECKING:
    from assistant import Answer, Assistant
    from assistant.answer import Event
    from assistant.cli.views import Growing
    from assistant.conversation import Turn
    from index import Index

_ASK = """Examples:

\b
  yiju ask "Who leads it?"
  yiju ask "阿里达摩院怎么样？" --language zh --since 2021
  yiju ask "Who leads it?" --model none            # the best quotes, at once
  pbpaste | yiju ask -                             # from standard input
  yiju ask "Who leads it?" --json > before.json
  yiju ask "And since when?" --after before.json   # ask on
  yiju ask "Who leads it?" --verbose               # its whole way, on stderr"""
_SEARCH = """Examples:

\b
  yiju search "training cost of GPT-3"
  yiju search "chip exports" --language zh --since 2023-06 --heading trade
  yiju search "tea" -k 3 --json | jq -r '.[].passage.text'"""
_EVAL = """Examples:

\b
  yiju eval questions.jsonl
  yiju eval questions.jsonl --model none --json > figures.json"""


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command(epilog=_ASK, short_help="Answer a question, each sentence with its evidence.")(ask)
    app.command(epilog=_SEARCH, short_help="Find the passages that fit a query best.")(search)
    app.command(name="eval", epilog=_EVAL, short_help="Measure the index on your own questions.")(evaluation)


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help='The question; "-" reads it from stdin.')],
    after: Annotated[
        list[Path] | None,
        typer.Option("--after", metavar="FILE", help="An earlier answer as `--json` printed it, to ask on from."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show on stderr how the answer came about.")] = False,
    strictness: StrictnessOption = None,
    language: LanguageOption = None,
    source: SourceOption = None,
    media_type: TypeOption = None,
    heading: HeadingOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    model: ModelOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the sources, each sentence with its evidence, or refuse and show the nearest passages."""
    now = opening.settings(index=index, model=model, strictness=strictness)
    text = opening.text_of(question, "question")
    history = [_turn(file) for file in after or []]
    with opening.asking_assistant(now) as assistant, _left_behind():
        where = _where(assistant.index, language, source, media_type, heading, since, until)
        answer = _answered(assistant, text, where, history, as_json)
        if verbose:
            from assistant.cli.way import way

            ids = {hit.source_id for hit in answer.trace.hits}
            titles = {one.id: one.title for one in assistant.index.sources(*ids)} if ids else {}
            typer.echo("\n".join(way(answer, titles)), err=True)
    if as_json:
        opening.print_json(answer.to_dict())


def _answered(
    assistant: "Assistant", question: str, where: Mapping[str, object], history: Sequence["Turn"], as_json: bool
) -> "Answer":
    """Ask, and show the answer unless it is wanted as JSON: on a terminal each sentence as soon as it is verified."""
    from assistant.cli.views import Growing, Screen

    screen = Screen.of_output()
    growing = None if as_json or screen.width is None else Growing(screen, question, assistant.model_name)
    answer = _followed(in_background(assistant.stream(question, where=where, history=history)), growing)
    if growing and growing.begun:
        screen.below(answer)
    elif not as_json:
        screen.answer(answer)
    return answer


def _followed(events: Iterator["Event"], growing: "Growing | None") -> "Answer":
    """Follow the events to the answer, with a line on the terminal that says how far it is."""
    from assistant.answer import Answer, EvidenceFound, SentenceVerified, TextWritten
    from assistant.terminal import waiting

    written = ""
    with waiting("searching…") as line:
        for event in events:
            match event:
                case EvidenceFound():
                    line.say(f"reading {len(event.evidence)} passages…")
                    if growing:
                        growing.understood(event.question)
                case TextWritten():
                    written += event.text
                    line.say(f"writing, not verified yet: …{written[-40:]}")
                case SentenceVerified():
                    line.say("verifying…")
                    if growing and growing.takes(event.sentence):
                        with line.aside():
                            growing.show()
                case Answer():
                    return event
    raise AssertionError("what is asked ends with an Answer")


@contextmanager
def _left_behind() -> Iterator[None]:
    """At Ctrl-C, end the process although a model may still be computing in a thread of it."""
    try:
        yield
    except KeyboardInterrupt:
        say_interrupted()
        leave(INTERRUPTED)


def _turn(file: Path) -> "Turn":
    """Return what was asked and said before. Raises SettingsError for a file that holds no answer."""
    from assistant.answer import Answer
    from assistant.request import turn_of

    try:
        return turn_of(Answer.from_dict(json.loads(file.read_text(encoding="utf-8"))))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}. Name a file that ask --json wrote.") from error
    except (ValueError, AnswerError) as error:
        raise SettingsError(f"{file} holds no answer. Write one with: yiju ask … --json > {file}") from error


def _where(
    index: "Index",
    language: list[str] | None,
    source: list[str] | None,
    media_type: list[str] | None,
    heading: str | None,
    since: str | None,
    until: str | None,
) -> dict[str, object]:
    """Return what narrows a search, as `Index.search` takes it."""
    ids = [source_by(index, one).id for one in source or []]
    asked = {"language": language, "source": ids, "media_type": media_type, "heading": heading}
    where: dict[str, object] = {name: value for name, value in asked.items() if value}
    if since or until:
        where["published"] = (since, until)
    return where


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='What to look for; "-" reads it from stdin.')],
    k: Annotated[int, typer.Option("-k", metavar="N", help="How many passages.")] = 8,
    language: LanguageOption = None,
    source: SourceOption = None,
    media_type: TypeOption = None,
    heading: HeadingOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that fit a query best, in whatever language."""
    from assistant.terminal import waiting

    text = opening.text_of(query, "query")
    with opening.opened_index(opening.settings(index=index)) as opened:
        where = _where(opened, language, source, media_type, heading, since, until)
        if len(opened):
            opening.get_embedder(opened)
        with waiting("searching…"):
            hits = opened.search(text, k, where)
        about = {one.id: one for one in opened.sources(*{hit.passage.source_id for hit in hits})} if hits else {}
    from assistant.cli.records import FoundPassage, plain
    from assistant.cli.views import Screen

    found = [FoundPassage.of(hit, about.get(hit.passage.source_id)) for hit in hits]
    if as_json:
        opening.print_json(plain(found))
    else:
        Screen.of_output().hits(found, text)


def evaluation(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A line of JSON a question: question, answers, quotes, answerable."),
    ],
    strictness: StrictnessOption = None,
    model: ModelOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure this index on your own questions: answered, refused, right, cited right, and how long it takes.

    A line is like {"question": "Who leads it?", "answers": [["Mei Lin", "林梅"]], "quotes": ["林梅"]}: each of the
    answers must be said, in one of its ways, and a citation must hold one of the quotes (without any, an answer);
    {"question": "…", "answerable": false} must be refused.
    """
    from assistant.evaluation import cases, evaluate, report
    from assistant.terminal import as_table, questions_bar

    wanted = cases(file)
    now = opening.settings(index=index, model=model, strictness=strictness)
    judged = []
    with opening.asking_assistant(now) as assistant, _left_behind(), questions_bar(len(wanted)) as told:
        for one in in_background(evaluate(assistant, wanted)):
            judged.append(one)
            told(one)
    figures = report(judged)
    if as_json:
        from assistant.cli.records import Evaluation, plain

        opening.print_json(plain(Evaluation.of(figures, judged)))
    else:
        typer.echo(as_table(figures))
