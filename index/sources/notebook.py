"""Notebooks (.ipynb): Markdown cells as Markdown, code cells and what they print as blocks, in order."""

import re
from collections.abc import Iterator
from dataclasses import replace

from index.errors import SourceError
from index.sources.assembly import Layout
from index.sources.encoding import decode
from index.sources.markdown import read_markdown
from index.sources.records import Members, parse_json
from index.sources.source import Draft
from index.sources.text import flow, plain

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_notebook(data: bytes) -> Draft:
    """Read a notebook; its title and authors are those of its metadata or front matter. Raises SourceError."""
    notebook = parse_json(plain(decode(data)))
    layout = Layout()
    said = Draft("")  # what the cells state of the document: the first one to state it
    for cell in _cells(notebook):
        kind, source = cell.get("cell_type"), _joined(cell.get("source", "input"))
        if kind == "markdown":
            written = read_markdown(plain(source).encode(errors="replace")) if source.strip() else Draft("")
            layout.add_draft(written)
            said = replace(
                said,
                title=said.title or written.title,
                author=said.author or written.author,
                published=said.published or written.published,
                url=said.url or written.url,
            )
        else:
            layout.add(source, whole=kind == "code")
        for text in _printed(cell):
            layout.add(text, whole=True)
    metadata = _members(notebook.get("metadata") if isinstance(notebook, Members) else None)
    title = metadata.get("title")
    return layout.draft(
        title=flow(title) if isinstance(title, str) and title.strip() else said.title,
        author=", ".join(_authors(metadata)) or said.author,
        published=said.published,
        url=said.url,
    )


def _cells(notebook: object) -> Iterator[Members]:
    """Yield the cells; before version 4 they stood in worksheets."""
    found = notebook if isinstance(notebook, Members) else Members()
    if found.get("cells", "worksheets") is None:
        raise SourceError("it is no notebook: it holds no cells")
    for part in [found, *_list_of_members(found.get("worksheets"))]:
        yield from _list_of_members(part.get("cells"))


def _printed(cell: Members) -> Iterator[str]:
    """Yield what a cell printed; the name of a picture object is left out, as the notebook does."""
    for output in _list_of_members(cell.get("outputs")):
        shown = _members(output.get("data"))
        if output.get("output_type") == "error":
            yield f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
        elif not any(name.startswith("image/") for name, _ in shown):
            yield _COLOURS.sub("", _joined(output.get("text")) or _joined(shown.get("text/plain", "text/markdown")))


def _authors(metadata: Members) -> Iterator[str]:
    for author in _list_of_members(metadata.get("authors")):
        if name := flow(_joined(author.get("name"))):
            yield name


def _joined(lines: object) -> str:
    """A text, which notebooks keep as one string or as its lines."""
    parts = lines if isinstance(lines, list) else [lines]
    return "".join(part for part in parts if isinstance(part, str))


def _members(value: object) -> Members:
    return value if isinstance(value, Members) else Members()


def _list_of_members(value: object) -> list[Members]:
    entries = value if isinstance(value, list) and not isinstance(value, Members) else []
    return [entry for entry in entries if isinstance(entry, Members)]
