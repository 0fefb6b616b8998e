"""Messages, mailboxes and saved pages as the standard library writes them, and old headers as old programs did."""

import mailbox
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from bench.corpus.documents import DOCUMENTS, EN, MIXED, TW, ZH, Document, written
from bench.corpus.made import Made, levels
from bench.corpus.prose import body_of, page, page_of


def _headed(document: Document, rules: "policy.EmailPolicy[EmailMessage]") -> EmailMessage:
    mail = EmailMessage(policy=rules)
    mail["Subject"] = document.title
    mail["From"] = ", ".join(f'"{name}" <writer{n}@example.org>' for n, name in enumerate(document.author.split(", ")))
    mail["To"] = "readers@example.org"
    mail["Date"] = format_datetime(datetime.fromisoformat(f"{document.published}T23:24:00+08:00"))
    return mail


def _head_lines(document: Document) -> list[str]:
    senders = ", ".join(f"{name} <writer{n}@example.org>" for n, name in enumerate(document.author.split(", ")))
    day = format_datetime(datetime.fromisoformat(f"{document.published}T23:24:00+08:00"))
    return [f"From: {senders}", "To: readers@example.org", f"Date: {day}"]


def _plain(document: Document) -> str:
    return "\n\n".join(written(document.parts, tables="labelled"))


def _message(writer: str, name: str, data: bytes, document: Document, html: bool, attached: tuple[str, ...]) -> Made:
    text = (document.title, *_head_lines(document), *written(document.parts), *attached)
    headings = levels(document.headings(), document.title) if html else ((1, document.title),)
    return Made(writer, name, data, text, document.title, document.author, document.published, headings)


def messages() -> Iterator[Made]:
    """Yield messages: plain, with both forms and attachments inside one another, and in HTML alone."""
    for document in DOCUMENTS:
        for coding, rules in (("base64", policy.SMTP), ("quoted-printable", policy.default), ("8bit", policy.SMTPUTF8)):
            mail = _headed(document, rules)
            mail.set_content(_plain(document), cte=coding)
            yield _message("eml, standard library", f"{document.name}.{coding}.eml", bytes(mail), document, False, ())
        mail = _headed(document, policy.SMTP)
        mail.set_content(_plain(document))
        mail.add_alternative(f"<html><body>{body_of(document.parts)}</body></html>", subtype="html")
        mail.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<one>")  # type: ignore[index,union-attr]
        mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="附件 一.pdf")
        attached = ("Attachment: 附件 一.pdf",)
        yield _message("eml, standard library", f"{document.name}.nested.eml", bytes(mail), document, False, attached)
        mail = _headed(document, policy.SMTP)
        mail.set_content(f"<html><body>{body_of(document.parts)}</body></html>", subtype="html")
        yield _message("eml, standard library", f"{document.name}.html.eml", bytes(mail), document, True, ())
    for document, charset in ((ZH, "gb2312"), (TW, "big5"), (EN, "iso-8859-1"), (ZH, "gb18030")):
        yield _old(document, charset)


def _old(document: Document, charset: str) -> Made:
    """A message as programs of the nineties wrote it: everything in one encoding, headers in encoded words."""
    codec = {"gb2312": "gbk"}.get(charset, charset)

    def coded(text: str) -> str:
        return f"=?{charset}?B?{b64encode(text.encode(codec, 'ignore')).decode()}?="

    lines = [line.encode(codec, "ignore").decode(codec) for line in written(document.parts)]
    day = format_datetime(datetime.fromisoformat(f"{document.published}T23:24:00+08:00"))
    head = (
        f"From: {coded(document.author)} <writer0@example.org>\r\nTo: readers@example.org\r\nDate: {day}\r\n"
        f"Subject: {coded(document.title)}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    body = b64encode("\r\n\r\n".join(lines).encode(codec))
    data = head.encode() + b"\r\n".join(body[at : at + 76] for at in range(0, len(body), 76)) + b"\r\n"
    text = (document.title, *_head_lines(document), *lines)
    stated = (document.title, document.author, document.published)
    return Made("eml, old encodings", f"{document.name}.{charset}.eml", data, text, *stated, ((1, document.title),))


def mailboxes() -> Iterator[Made]:
    """Yield mailboxes of several messages."""
    for name, documents in (("all", DOCUMENTS), ("zh-en", (ZH, EN)), ("mixed-tw", (MIXED, TW, ZH))):
        with tempfile.TemporaryDirectory() as folder:
            box = mailbox.mbox(str(Path(folder, "box")))
            for number, document in enumerate(documents):
                mail = _headed(document, policy.SMTP)
                mail.set_content(_plain(document), cte="base64" if number % 2 else "quoted-printable")
                box.add(mail)
            box.close()
            data = Path(folder, "box").read_bytes()
        text = [line for one in documents for line in (one.title, *_head_lines(one), *written(one.parts))]
        headings = tuple((1, one.title) for one in documents)
        yield Made("mbox, standard library", f"{name}.mbox", data, tuple(text), headings=headings)


def saved_pages() -> Iterator[Made]:
    """Yield pages saved with all that belongs to them."""
    for document in DOCUMENTS:
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["Subject"] = "<Saved by hand>", document.title
        mail.set_content(page_of(document), subtype="html", cte="quoted-printable")
        mail.add_related(b"p { color: red }", "text", "css", cid="<style>")
        yield page(document, "mhtml, standard library", f"{document.name}.mhtml", bytes(mail))
