"""Markdown, rendered to the prose that a reader sees: no marks, no link targets."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.sources.assembly import Layout
from index.sources.encoding import decode
from index.sources.source import Draft, iso_date
from index.sources.table import add_blocks, add_table
from index.sources.text import flow, plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_MOST_BRACKETS = 2_000  # in a line
_LONGEST, _MOST_LINES = 5_000_000, 100_000  # characters and lines; the parser reads about 1 MB a second
_TARGET = re.compile(  # an address, a path or an anchor; a book in Chinese without a space is none
    r"[!-~]+|[#<].*|\.{0,2}/.*|[a-z][a-z0-9+.-]*://.*|[^，。；：、《》]+\.[a-z][a-z0-9]{0,4}(?:[?#].*)?", re.IGNORECASE
)
_EMPTY = ("", "null", "~")  # YAML's ways to say nothing


def read_markdown(data: bytes) -> Draft:
    """Read a Markdown file (CommonMark with tables); front matter gives title, author, published, url and language."""
    stated, body = _front_matter(plain(decode(data)))  # spaces at line ends are hard breaks
    if len(body) > _LONGEST or body.count("\n") > _MOST_LINES:
        draft = Draft(body, notes=("it is so long that it is read as plain text, with its marks",))
    else:
        writer = _Writer()
        writer.write(body)
        draft = writer.layout.draft()
    title = stated.one("title") or next((heading.text for heading in draft.headings if heading.level == 1), None)
    published = stated.one("published", "date")
    url = stated.one("url", "source")
    return replace(
        draft,
        title=title,
        author=", ".join(stated.all("author", "authors")) or None,
        published=iso_date(published) if published else None,
        url=url if url and url.startswith(("https://", "http://")) else None,
        language=_language(stated.one("language", "lang") or ""),
    )


def _language(stated: str) -> str | None:
    """The ISO 639-1 code in a language tag such as "zh-Hans" or "en_GB"."""
    code = stated.lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


@dataclass(frozen=True)
class _FrontMatter:
    values: dict[str, object]

    def all(self, *names: str) -> list[str]:
        """The text values under the first of these names that has any."""
        for name in names:
            value = self.values.get(name)
            texts = [flow(text) for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
            if stated := [text for text in texts if text not in _EMPTY]:
                return stated
        return []

    def one(self, *names: str) -> str | None:
        return next(iter(self.all(*names)), None)


def _front_matter(text: str) -> tuple[_FrontMatter, str]:
    import frontmatter
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    class AsWritten(YAMLHandler):
        """Leaves every value the string that was written: "2021-08" stays a month, and no date can be out of range."""

        def load(self, fm: str, **kwargs: object) -> Any:
            return yaml.load(fm, Loader=yaml.BaseLoader)

    try:
        values, body = frontmatter.parse(text, handler=AsWritten())
    except (yaml.YAMLError, RecursionError):
        return _FrontMatter({}), text
    # Two thematic breaks look like front matter too; the library would drop what stands between them.
    return (_FrontMatter(values), body) if values else (_FrontMatter({}), text)


class _Writer:
    """Writes down what the parser finds."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._level = 0  # of the heading that is open
        self._marker = ""  # of the list item whose first line is still to come
        self._rows: list[list[str]] = []  # of the table that is open

    def write(self, body: str) -> None:
        parser = _parser()
        if max(line.count("[") for line in body.split("\n")) > _MOST_BRACKETS:  # each may open what holds the rest
            parser.disable(["link", "image"])
        for token in parser.parse(body):
            if token.type in ("heading_open", "heading_close"):
                self._level = int(token.tag[1]) if token.nesting == 1 else 0
            elif token.type in ("list_item_open", "list_item_close"):
                self._marker = _marker(token) if token.nesting == 1 else ""
            elif token.type == "tr_open":
                self._rows.append([])
            elif token.type == "table_close":
                named = sum(map(bool, self._rows[0])) > 1
                add_table(self.layout, self._rows, header_rows=1 if named else 0)
                self._rows = []
            else:
                self._words(token)

    def _words(self, token: "Token") -> None:
        from index.sources.page import lines, parse

        if token.type == "inline" and self._rows:
            self._rows[-1].append(flow(_prose(token.children or [])))
        elif token.type == "inline":
            marker = "" if self._level else self._marker
            self.layout.add(marker + _prose(token.children or []), self._level, kind="item" if marker else "")
            self._marker = ""
        elif token.type in ("fence", "code_block"):
            self.layout.add(token.content, whole=True)
        elif token.type == "html_block" and token.content.strip():
            add_blocks(self.layout, (line.block for line in lines(parse(token.content))))


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # A note "[^1]: 见第三卷。" or "[1]: 某书，某社，2016年。" would be the target of a link, of which nothing is shown.
    parser.block.ruler.at("reference", _reference, {"alt": []})
    return parser


def _reference(state: "StateBlock", line: int, end: int, silent: bool) -> bool:
    from markdown_it.rules_block import reference

    start = state.bMarks[line] + state.tShift[line]
    defined = re.compile(r"\[(?!\^)(?:[^\[\]\\]|\\.){1,999}\]:\s*(\S+)").match(state.src, start)
    return bool(defined and _TARGET.fullmatch(defined[1])) and reference(state, line, end, silent)


def _marker(item: "Token") -> str:
    return f"{item.info}{item.markup} " if item.info else "- "


def _prose(tokens: list["Token"]) -> str:
    """The words of a line without its marks; wrapped lines are joined, hard breaks kept."""
    lines = [""]
    for token in tokens:
        if token.type == "hardbreak" or (token.type == "html_inline" and token.content.lower().startswith("<br")):
            lines.append("")
        elif token.type == "softbreak":
            lines[-1] += "\n"
        elif token.type == "image":
            lines[-1] += _prose(token.children or [])
        elif token.type in ("text", "code_inline"):
            lines[-1] += token.content
    return "\n".join(flow(line) for line in lines)
