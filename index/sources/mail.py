"""E-mail: a message (.eml), a mailbox (.mbox) with each message under its subject, and saved pages (.mht, .mhtml)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from index.errors import SourceError
from index.sources.archive import refusing
from index.sources.assembly import Layout
from index.sources.encoding import decode, labelled
from index.sources.page import lines, parse
from index.sources.source import Draft
from index.sources.table import add_blocks
from index.sources.text import flow, plain
from index.sources.web import read_html

_WHAT = "e-mail"
_MOST_NAMED = 5  # attachments
_SHOWN = ("From", "To", "Cc", "Date")
_BETWEEN = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d:\d\d[^\n]*+(?:\n|\Z)")


def read_eml(data: bytes) -> Draft:
    """Read one message: its subject is the title, who sent it the author. Raises SourceError."""
    with refusing(_WHAT, MessageError):
        message = message_from_bytes(data)
        if not any(message.get(name) for name in ("From", "Subject", "Date", "Received", "Content-Type")):
            raise SourceError("it is no e-mail: it has none of its headers")
        layout = Layout()
        attached = _write(layout, message)
        draft = layout.draft(
            title=_header(message, "Subject") or None,
            author=", ".join(name or address for name, address in _people(message, "From")) or None,
            published=_day(message),
        )
    return replace(draft, notes=_left_out(attached))


def read_mbox(data: bytes) -> Draft:
    """Read a mailbox. Raises SourceError."""
    starts = [*_BETWEEN.finditer(data)]
    if not starts or starts[0].start() > 0:
        raise SourceError('it is no mailbox: it does not begin with a line "From …"')
    ends = [*(start.start() for start in starts[1:]), len(data)]
    layout = Layout()
    attached: list[str] = []
    with refusing(_WHAT, MessageError):
        for start, end in zip(starts, ends, strict=True):
            message = message_from_bytes(re.sub(rb"(?m)^>(>*From )", rb"\1", data[start.end() : end]))
            attached += _write(layout, message)
    return replace(layout.draft(), notes=_left_out(attached))


def _left_out(attached: list[str]) -> tuple[str, ...]:
    """What a person is told of attachments, of which the text holds the names alone."""
    if not attached:
        return ()
    shown = ", ".join(attached[:_MOST_NAMED]) + (", …" if len(attached) > _MOST_NAMED else "")
    count = f"{len(attached):,} attachments are" if len(attached) > 1 else "an attachment is"
    return (f"{count} not read ({shown}); save what you need as files and add those",)


def read_mhtml(data: bytes) -> Draft:
    """Read a page that a browser saved with all that belongs to it; its address is the one it was saved from."""
    with refusing("saved page (.mhtml)", MessageError):
        message = message_from_bytes(data.lstrip())
        pages = [part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
        if not pages:
            raise SourceError("it holds no web page")
        labelled = pages[0].get_content_charset() is not None
        draft = read_html(_text(pages[0]).encode() if labelled else _bytes(pages[0]))
        saved = [_header(message, "Snapshot-Content-Location"), _header(pages[0], "Content-Location")]
    layout = Layout()
    layout.add_draft(draft)
    return layout.draft(
        title=draft.title or _header(message, "Subject") or None,
        author=draft.author,
        published=draft.published,
        url=draft.url or next((url for url in saved if url.startswith(("https://", "http://"))), None),
        language=draft.language,
        site=draft.site,
    )


def _write(layout: Layout, message: Message) -> list[str]:
    """Write a message; return the names of what is attached to it."""
    subject = _header(message, "Subject")
    layout.add(subject, level=1)
    for name in _SHOWN:
        shown = _header(message, name)
        layout.add(f"{name}: {shown}" if shown else "", kind="item")
    attached: list[str] = []
    for part in _parts(message):
        name = _name(part)
        if name or part.get_content_disposition() == "attachment" or part.get_content_type() == "message/rfc822":
            attached.append(name or part.get_content_type())
        elif part.get_content_type() == "text/html":
            add_blocks(layout, (line.block for line in lines(parse(_text(part) or "<p>"))), under=1)
        elif part.get_content_maintype() in ("text", "multipart"):  # one that could not be taken apart is read as text
            layout.add(_text(part))
    for name in attached:
        layout.add(f"Attachment: {name}", kind="attachment")
    return attached


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that are shown and those that are attached; of several forms of the same the plain one."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    parts = [part for part in message.get_payload() if isinstance(part, Message)]
    if message.get_content_type() == "multipart/alternative":
        plain_ones = [part for part in parts if part.get_content_type() == "text/plain" and _text(part).strip()]
        parts = plain_ones[:1] or parts[-1:]
    for part in parts:
        yield from _parts(part)


def _name(part: Message) -> str:
    """The name of an attached file, or the subject of an attached message; "" for what is no attachment."""
    if part.get_content_type() == "message/rfc822":
        inside = part.get_payload()
        return _header(inside[0], "Subject") if isinstance(inside, list) and isinstance(inside[0], Message) else ""
    name = part.get_filename()
    return _decoded(name) if name else ""


def _text(part: Message) -> str:
    """The text of a part in its stated encoding, else in the one that it looks like."""
    return plain(_in_charset(_bytes(part), part.get_content_charset() or ""))


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _in_charset(data: bytes, charset: str) -> str:
    """By its label, then by what it looks like; one damaged message must not cost a whole mailbox."""
    text = labelled(data, charset or "utf-8")
    if text is not None:
        return text
    try:
        return decode(data) if data.strip() else ""
    except SourceError:
        return data.decode("utf-8", errors="replace")


def _header(message: Message, name: str) -> str:
    return next((_decoded(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _decoded(value: object) -> str:
    """A header in words: encoded words (RFC 2047) and bare bytes in whatever encoding they are."""
    raw = str(value).encode(errors="surrogateescape")
    try:
        pieces = decode_header(raw.decode("ascii")) if raw.isascii() else [(raw, None)]
    except HeaderParseError:
        pieces = [(raw, None)]
    words = (piece if isinstance(piece, str) else _in_charset(piece, charset or "") for piece, charset in pieces)
    return flow(plain("".join(words)))


def _people(message: Message, name: str) -> list[tuple[str, str]]:
    """The names and addresses in a header; addresses are told apart before names are decoded, which may hold commas."""
    raw = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    return [(_decoded(person), address) for person, address in getaddresses(raw) if person or address]


def _day(message: Message) -> str | None:
    """The day on which it was sent, where it was sent."""
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
