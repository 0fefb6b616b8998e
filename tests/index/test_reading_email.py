"""Messages, mailboxes and saved pages, as mail programs and browsers write them."""

import mailbox
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read
from tests.index.mutations import assert_located, assert_read_or_refused, damaged


def reading(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    source = read(path)
    assert_located(source)
    return source


def message(
    subject: str = "会议纪要：谁离开了", name: str = "李磊", text: str = "他七月离开了公司。\n\n然后呢？"
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"], mail["From"], mail["To"] = subject, f'"{name}" <li@example.org>', "all@example.org"
    mail["Date"] = "Fri, 20 Aug 2021 23:24:00 +0800"
    mail.set_content(text)
    return mail


def test_a_message_gives_its_subject_sender_day_and_text(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.eml", message().as_bytes())
    assert source.text.split("\n\n") == [
        "会议纪要：谁离开了",
        "From: 李磊 <li@example.org>\nTo: all@example.org\nDate: Fri, 20 Aug 2021 23:24:00 +0800",
        "他七月离开了公司。",
        "然后呢？",
    ]
    assert (source.title, source.author, source.published) == ("会议纪要：谁离开了", "李磊", "2021-08-20")
    assert [(one.level, one.text) for one in source.headings] == [(1, "会议纪要：谁离开了")]


def test_the_plain_form_is_read_and_attachments_are_named(tmp_path: Path) -> None:
    mail = message("Report", "Li, Lei", "The plain form.")
    mail.add_alternative("<p>The <b>other</b> form.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7 secret", maintype="application", subtype="pdf", filename="报告.pdf")
    mail.add_attachment("secret too", filename="notes.txt")
    mail.add_attachment(message("An older message", text="secret three"))
    source = reading(tmp_path / "a.eml", mail.as_bytes())
    assert source.text.split("\n\n")[2:] == [
        "The plain form.",
        "Attachment: 报告.pdf\nAttachment: notes.txt\nAttachment: An older message",
    ]
    assert source.author == "Li, Lei"


def test_a_message_in_html_alone_reads_as_its_reader_sees_it(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Newsletter"
    mail.set_content(
        "<h1>今日</h1><div style='display:none'>preheader</div><table><tr><td><p>One.</p><p>Two.</p></td></tr></table>",
        subtype="html",
    )
    source = reading(tmp_path / "a.eml", mail.as_bytes())
    assert source.text == "Newsletter\n\n今日\n\nOne.\n\nTwo."
    assert [(one.level, one.text) for one in source.headings] == [(1, "Newsletter"), (2, "今日")]
    assert (source.title, source.author, source.published) == ("Newsletter", None, None)


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "utf-8", "big5"])
@pytest.mark.parametrize("stated", [True, False])
def test_text_and_headers_are_read_in_their_encoding(tmp_path: Path, charset: str, stated: bool) -> None:
    text = (
        "我在山上住了一年，那里的人都很好，也很有意思。" if charset != "big5" else "我在山上住了一年，那裡的人都很好。"
    )
    label = f"; charset={charset}" if stated else ""
    head = f"Subject: {text}\nContent-Type: text/plain{label}\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    source = reading(tmp_path / "a.eml", head.encode(charset))
    assert (source.title, source.text) == (text, f"{text}\n\n{text}")


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Sat, 21 Aug 2021 00:10:00 +0800", "2021-08-21"),
        ("21 Aug 21 00:10 GMT", "2021-08-21"),
        ("yesterday", None),
        ("Mon, 99 Aug 2021 00:10:00 +0800", None),
        ("", None),
    ],
)
def test_the_day_is_the_senders_or_unknown(tmp_path: Path, date: str, published: str | None) -> None:
    source = reading(tmp_path / "a.eml", f"From: li@example.org\nDate: {date}\n\nHello there.".encode())
    assert (source.published, source.author, source.title) == (published, "li@example.org", "a")


def box(folder: Path) -> bytes:
    made = mailbox.mbox(str(folder / "made"))
    for mail in (
        message(),
        message("Re: plans", "韩梅梅", "From here on it is easy.\n\nFrom 10:30 on it rains.\n"),
        message("Third", "Wang", "The end."),
    ):
        made.add(mail)
    made.close()
    return (folder / "made").read_bytes()


def test_each_message_of_a_mailbox_stands_under_its_subject(tmp_path: Path) -> None:
    made = box(tmp_path)
    source = reading(tmp_path / "a.mbox", made)
    assert [one.text for one in source.headings] == ["会议纪要：谁离开了", "Re: plans", "Third"]
    assert "From here on it is easy.\n\nFrom 10:30 on it rains.\n\nThird" in source.text
    assert (source.title, source.author, source.published) == ("a", None, None)
    assert passages(source)[-1].heading == "Third"
    windows = made.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert len(reading(tmp_path / "b.mbox", windows).headings) == 3


def test_what_is_no_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it is no e-mail: it has none of its headers"):
        reading(tmp_path / "a.eml", b"Just a note.\n\nNothing else.")
    with pytest.raises(SourceError, match="it is no mailbox: it does not begin with a line"):
        reading(tmp_path / "a.mbox", message().as_bytes())
    with pytest.raises(SourceError, match="it holds no web page"):
        reading(tmp_path / "a.mhtml", message().as_bytes())


def test_a_mailbox_of_one_endless_line_takes_no_time(tmp_path: Path) -> None:
    assert not assert_read_or_refused(tmp_path / "a.mbox", b"From " + b"00:00" * 1_000_000)


def test_mail_nested_without_end_is_refused(tmp_path: Path) -> None:
    nested = b"From: a@b.c\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(3_000)
    )
    with pytest.raises(SourceError, match="it is nested too deep"):
        reading(tmp_path / "a.eml", nested + b"Content-Type: text/plain\n\ndeep")


PARAGRAPHS = (
    "实验室的负责人在七月离开了公司，加入了一所大学，在那里带领一个新的研究小组，继续做原来的题目。",
    "The director of the laboratory left the company in July and joined the university, where she leads a new group.",
)


def saved_page(
    head: str = "<title>谁离开了</title>", charset: str | None = "utf-8", subject: str = "Saved title"
) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    page = f"<html><head><meta charset=gb18030>{head}</head><body><article>{body}</article></body></html>"
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "<Saved by Blink>"
    mail["Snapshot-Content-Location"] = "https://example.org/labs?id=1"
    mail["Subject"] = subject
    mail["Date"] = "Fri, 20 Aug 2021 23:24:00 -0000"
    mail.make_related()
    part = EmailMessage(policy=SMTP)
    part.set_content(page.encode(charset or "gb18030"), "text", "html")
    if charset:
        part.set_param("charset", charset)
    part["Content-Location"] = "https://example.org/labs?id=1"
    mail.attach(part)
    style = EmailMessage(policy=SMTP)
    style.set_content(b"p { color: red }", "text", "css")
    mail.attach(style)
    return mail.as_bytes()


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", None])
@pytest.mark.parametrize("extension", [".mhtml", ".mht"])
def test_a_saved_page_reads_as_the_page_with_its_address(tmp_path: Path, charset: str | None, extension: str) -> None:
    source = reading(tmp_path / f"page{extension}", saved_page(charset=charset))
    assert source.text.split("\n\n") == [*PARAGRAPHS]
    assert (source.title, source.author, source.published) == ("谁离开了", None, None)
    assert source.url == "https://example.org/labs?id=1"


def test_a_saved_page_without_a_title_has_that_of_its_window(tmp_path: Path) -> None:
    assert reading(tmp_path / "a.mht", saved_page(head="")).title == "Saved title"


@pytest.mark.parametrize("name", ["a.eml", "b.eml", "a.mbox", "a.mhtml"])
def test_damaged_mail_is_read_or_refused(tmp_path: Path, name: str) -> None:
    mail = message("Report", "Li, Lei", "The plain form.")
    mail.add_alternative("<p>The <b>other</b> form.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7 secret", maintype="application", subtype="pdf", filename="报告.pdf")
    made = {"a.eml": message().as_bytes(), "b.eml": mail.as_bytes(), "a.mbox": box(tmp_path), "a.mhtml": saved_page()}
    read_well = [assert_read_or_refused(tmp_path / name, data) for data in damaged(made[name], 300)]
    assert any(read_well)
