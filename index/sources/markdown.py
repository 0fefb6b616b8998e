"""Markdown, rendered to the prose that a reader sees: no marks, no link targets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.sources.encoding import decode
from index.sources.source import Draft, iso_date
from index.sources.text import Block, flow, lay_out, plain

if TYPE_CHECKING:
    from markdown_it.token import Token

_EMPTY = ("", "null", "~")  # YAML's ways to say nothing


def read_markdown(data: bytes) -> Draft:
    """Read a Markdown file (CommonMark with tables); front matter gives title, author, published, url and language."""
    stated, body = _front_matter(plain(decode(data)))  # spaces at line ends are hard breaks
    text, headings, blocks = lay_out(_blocks(body))
    title = stated.one("title") or next((heading.text for heading in headings if heading.level == 1), None)
    published = stated.one("published", "date")
    url = stated.one("url", "source")
    return Draft(
        text,
        headings=headings,
        blocks=blocks,
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


def _blocks(body: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    from index.sources.page import visible_text

    level, marker = 0, ""  # of the heading that is open; of the list item whose first line is still to come
    row: list[str] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting == 1 else 0
        elif token.type in ("list_item_open", "list_item_close"):
            marker = _marker(token) if token.nesting == 1 else ""
        elif token.type in ("th_open", "td_open"):
            row.append("")
        elif token.type == "inline" and row:
            row[-1] = flow(_prose(token.children or []))
        elif token.type == "tr_close":
            yield Block(" | ".join(row), kind="row", whole=True)
            row = []
        elif token.type == "inline":
            marker = "" if level else marker
            yield Block(marker + _prose(token.children or []), level, kind="item" if marker else "")
            marker = ""
        elif token.type in ("fence", "code_block"):
            yield Block(token.content, whole=True)
        elif token.type == "html_block":
            yield Block(visible_text(token.content))


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
