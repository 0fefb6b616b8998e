"""HTML as the lines that a reader sees, each with whether it stands in the page's furniture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.text import Block, Cell, flow

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LEVELS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form header hgroup hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead "
    "tr ul h1 h2 h3 h4 h5 h6".split()
)
_UNSEEN = frozenset(
    "applet audio base button canvas datalist embed head iframe input link meta noembed noframes noscript object "
    "option optgroup param progress rp rt script select source style svg template textarea title track video".split()
)
_OF_HEAD = frozenset("base link meta noscript script style template title".split())
_FURNITURE_TAGS = frozenset("aside dialog footer form menu nav".split())
_FURNITURE_ROLES = frozenset("alert alertdialog banner complementary contentinfo dialog navigation search".split())
_FURNITURE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|social|cookies?|consent|gdpr|newsletter|subscribe|related|recommend(?:ed|ations)?"
    r"|comments?|breadcrumbs?|sidebar|pagination|pager|navbar|menu|advert(?:isement)?|ads?|promo|sponsored|popup|modal"
    r"|login|footer)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{50000,}")  # one picture inside an attribute is as long
_MOST_ATTRIBUTES = 5_000
_CODE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:code|highlight|hljs|prettyprint|brush|lang(?:uage)?|src)(?:$|[\s_:-])", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """A block of text and whether it looks like furniture: all links, or in navigation, a share bar, a footer."""

    block: Block
    furniture: bool


def parse(markup: str) -> "HtmlElement":
    """Parse a page or a piece of one. Raises SourceError when it is nested too deep or no page of anybody's."""
    from lxml import etree, html

    for tag in _LONG_TAG.finditer(markup):
        if tag[0].count(" ") > _MOST_ATTRIBUTES:  # the parser compares each with each other
            raise SourceError("it holds a tag with thousands of attributes; save it as text")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(markup.encode(errors="replace"), parser=parser)
    except etree.ParserError:  # white space and comments alone
        return html.document_fromstring("<html><body></body></html>")
    # libxml2 stops at its limit, drops the rest of the page and reports success.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise SourceError("its tags are nested too deep (2,048 levels); save it as text")
    _close_head(tree)
    _show_headings(tree)
    return tree


def _show_headings(tree: "HtmlElement") -> None:
    """Make plain text of the buttons that hold a heading or all of its words: they fold what stands below it.

    A button beside the words, as one that copies the address of a heading, stays one.
    """
    for title in tree.iter("dt", "summary", *_LEVELS):
        buttons = [*title.iter("button"), *title.iterancestors("button")]
        inside = sum(len(_letters(button)) for button in title.iter("button"))
        if buttons and inside in (0, len(_letters(title))):
            for button in buttons:
                button.tag = "span"


def _letters(element: "HtmlElement") -> str:
    return re.sub(r"[\W\d_]+", "", str(element.text_content()))


def _close_head(tree: "HtmlElement") -> None:
    """Move into the body what libxml2 leaves in the head of a page that does not write down where its head ends.

    HTML5 allows that, and such a head ends before its first `<main>` or `<article>`, which HTML4 did not know.
    Navigation stays there, unseen.
    """
    from lxml import etree

    for head in tree.findall("head"):
        if shown := [element for element in head if element.tag not in _OF_HEAD | _FURNITURE_TAGS]:
            body = tree.find("body")
            if body is None:
                body = etree.SubElement(tree, "body")
            shown[-1].tail = (shown[-1].tail or "") + (body.text or "")
            body.text = None
            body[:0] = shown


def lines(tree: "HtmlElement") -> Iterator[Line]:
    """The visible text in order: paragraphs, headings, list items, and table rows with " | " between the cells."""
    from lxml import etree

    writer = _Writer()
    unseen: HtmlElement | None = None  # the element that hides what is inside it
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if unseen is not None:
            if element is unseen:  # its end
                unseen = None
                writer.write(element.tail)
        elif event == "end":
            yield from writer.leave(element)
        elif element.tag in _UNSEEN or _is_hidden(element):
            unseen = element
        else:
            yield from writer.enter(element)
    yield from writer.end_line()


def _is_hidden(element: "HtmlElement") -> bool:
    # Not "visibility: hidden": WeChat articles are saved with it on their whole content, for a script to lift.
    style = element.get("style", "").replace(" ", "").lower()
    return element.tag not in ("html", "body") and (element.get("hidden") is not None or "display:none" in style)


def _is_furniture(element: "HtmlElement") -> bool:
    if element.tag in _FURNITURE_TAGS or element.get("role") in _FURNITURE_ROLES:
        return True
    # Themes put such words ("has-sidebar", "cookies-set") on the containers of everything.
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag not in ("html", "body", "main", "article") and bool(_FURNITURE_NAMES.search(names))


def _is_data_table(table: "HtmlElement") -> bool:
    """Whether a table holds data; old pages lay out their whole content with tables."""
    inside = next(table.iterdescendants("table", *_LEVELS), None)
    rows = any(len(row) > 1 for row in table.iter("tr"))  # a path "tr/*[2]" would ask for two of the same tag
    return inside is None and rows and table.find(".//td/p[2]") is None


def _cell(element: "HtmlElement", text: str) -> Cell:
    across, down = (element.get(name, "1") for name in ("colspan", "rowspan"))
    head = element.tag == "th" or next(element.iterancestors("thead", "table")).tag == "thead"
    return Cell(text, _count(across), _count(down), head)


def _count(span: str) -> int:
    return int(span) if re.fullmatch("[0-9]{1,4}", span) else 1


def _is_code(element: "HtmlElement") -> bool:
    """Whether a preformatted element holds code and not verse or an old letter."""
    return element.find(".//code") is not None or bool(_CODE_NAMES.search(element.get("class", "")))


class _Writer:
    """Turns entering and leaving elements into lines; not recursive, since pages nest thousands of levels deep."""

    def __init__(self) -> None:
        self.written = [""]  # the open line; a <br> opens the next string
        self.cells: list[Cell] | None = None  # of the table row that is open
        self.prefix = ""  # of the list item whose first line is still to come
        self.level = 0
        self.preformatted = 0
        self.code = 0  # how many elements that hold code are open
        self.plain = False  # whether the open line has a word outside links
        self.links = 0
        self.furniture: list[bool] = []  # of each element that is open
        self.tables: list[bool] = []  # of each table that is open: whether it holds data
        self.table = 0  # the number of the last one
        self.numbers: list[int | None] = []  # of each list that is open: the next number, None for bullets

    def write(self, text: str | None) -> None:
        if text:
            self.written[-1] += text
            self.plain = self.plain or not (self.links or text.isspace())

    def enter(self, element: "HtmlElement") -> Iterator[Line]:
        tag = element.tag
        if tag in _BLOCKS:
            yield from self.end_line()
        self.furniture.append(_is_furniture(element) or (bool(self.furniture) and self.furniture[-1]))
        if tag in _LEVELS:
            self.level = _LEVELS[tag]
        elif tag == "a":
            self.links += 1
        elif tag == "pre":
            self.preformatted += 1
            self.code += _is_code(element)
        elif tag == "br":
            self.written.append("")
        elif tag in ("ol", "ul"):
            self.numbers.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.prefix = self.next_prefix()
        elif tag == "table":
            self.tables.append(_is_data_table(element))
            self.table += 1
        elif tag == "tr" and self.tables and self.tables[-1]:
            self.cells = []
        self.write(element.text)

    def leave(self, element: "HtmlElement") -> Iterator[Line]:
        tag = element.tag
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(_cell(element, flow(" ".join(self.written))))
            self.written = [""]
        elif tag == "tr" and self.cells is not None:
            row, self.cells, self.plain = self.cells, None, False
            texts = [cell.text for cell in row]
            shown = " | ".join(texts) if any(texts) else ""
            yield Line(Block(shown, kind=f"row {self.table}", whole=True, cells=tuple(row)), self.furniture[-1])
        elif tag in _BLOCKS:
            yield from self.end_line()
        if tag in _LEVELS:
            self.level = 0
        elif tag == "a":
            self.links -= 1
        elif tag == "pre":
            self.preformatted -= 1
            self.code -= _is_code(element)
        elif tag in ("ol", "ul"):
            self.numbers.pop()
        elif tag == "li":
            self.prefix = ""
        elif tag == "table":
            self.tables.pop()
        self.furniture.pop()
        self.write(element.tail)

    def next_prefix(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "- "
        self.numbers[-1] = number + 1
        return f"{number}. "

    def end_line(self) -> Iterator[Line]:
        if self.cells is not None:  # blocks inside a cell stay in it
            self.written.append("")
            return
        text = "\n".join(self.written if self.preformatted else map(flow, self.written))
        plain, self.plain, self.written = self.plain, False, [""]
        if text.strip():
            prefix = "" if self.level else self.prefix
            furniture = not (plain or self.level) or bool(self.furniture and self.furniture[-1])
            whole = self.code > 0 and not self.level
            yield Line(Block(prefix + text, self.level, "item" if prefix else "", whole), furniture)
            self.prefix = ""
