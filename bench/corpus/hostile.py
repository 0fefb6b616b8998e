"""Files that nobody writes by accident: bombs, endless lines, endless nesting, tricks with names."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator

_ZIPPED = (".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub")
_TEXT = (".txt", ".md", ".html", ".csv", ".tsv", ".json", ".jsonl", ".eml", ".mbox", ".mhtml", ".ipynb", ".srt")
_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">'.encode() for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/hostname">]>'


def hostile(seeds: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of hostile files; `seeds` are good files by their ending."""
    for ending in _TEXT:
        for name, data in _texts():
            yield f"{name}{ending}", data
    for name, data in (*_pages(), *_markdown(), *_records(), *_mail(), *_tables()):
        yield name, data
    for ending in _ZIPPED:
        if ending in seeds:
            yield from _archives(ending, seeds[ending])
    for name, data in _prints():
        yield name, data
    kinds = sorted(seeds)
    for ending in kinds:  # each under the name of each other
        for other in kinds:
            if other != ending:
                yield f"really{ending[1:]}{other}", seeds[ending]


def _texts() -> Iterator[tuple[str, bytes]]:
    yield "endless-letters", b"x" * 1_000_000
    yield "endless-ideographs", "字".encode() * 1_000_000
    yield "endless-ideographs-gbk", "的字".encode("gb18030") * 200_000
    yield "endless-words", b"word " * 100_000
    yield "endless-marks", "。！？…".encode() * 60_000
    yield "endless-quotes", "“（『".encode() * 100_000
    yield "endless-closing", b")]}>" * 100_000
    yield "endless-lines", b"\n" * 1_000_000 + b"x"
    yield "short-lines", b"a\n" * 100_000
    yield "empty-cells", b"," * 1_000_000
    yield "tabs", b"\t" * 1_000_000 + b"x"
    yield "nul", b"text \0 text\n" * 1000
    yield "all-bytes", bytes(range(256)) * 4_000
    yield "combining", b"e" + "\u0301".encode() * 150_000
    yield "joined", "👩\u200d".encode() * 100_000
    yield "backwards", "\u202e\u2066\u2067".encode() * 100_000
    yield "abbreviations", b"Dr. Mr. e.g. i.e. U.S. " * 15_000
    yield "addresses", b"https://example.org/a?b=c&d=e" * 12_000
    yield "figures", b"3.14159," * 40_000
    yield "utf16-odd", "文字".encode("utf-16")[:-1] * 10_001
    yield "open-quote", b'"' + b"a,b\n" * 60_000
    yield "spaces", b" " * 2_000_000 + b"x" + "\u3000".encode() * 500_000
    yield "surrogates", b"\xed\xa0\x80" * 100_000
    yield "bars", b"| a | b |\n" * 30_000
    yield "sign-in", b"Sign in to like\n" * 20_000


def _pages() -> Iterator[tuple[str, bytes]]:
    for ending in (".html", ".xhtml", ".md"):
        yield f"deep{ending}", b"<div>" * 200_000 + b"deep"
        yield f"deep-list{ending}", b"<ul><li>" * 1_000 + b"deep"
        yield f"open-tags{ending}", b"<a href=" * 200_000
        yield f"open-comment{ending}", b"<!--" * 200_000
        yield f"many-tables{ending}", b"<table><tr><td>a<td>b</table>" * 20_000
        yield f"nested-tables{ending}", b"<table><tr><td>" * 600 + b"x"
        yield f"wide-table{ending}", b"<table><tr>" + b"<th>name" * 20_000 + b"<tr>" + b"<td>1" * 20_000
        spans = b"<table><tr>" + b"<td rowspan=9999 colspan=9999>x" * 500 + b"<tr><td>y" * 20_000
        yield f"spans{ending}", spans
        headed = b"<table><tr>" + b"<th rowspan=9999 colspan=999>xxxxxxxxxx" * 3 + b"<tr><td>y" * 20_000
        yield f"headed{ending}", headed
        yield f"entities{ending}", _LAUGHS + b"]><p>&i;</p>"
        yield f"long-attribute{ending}", b"<p title='" + b"x" * 2_000_000 + b"'>y</p>"
        yield f"many-attributes{ending}", b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">y</p>"
        yield f"inline{ending}", b"<b><i><a>" * 20_000 + b"x"
        yield f"linked-data{ending}", b"<script type='application/ld+json'>" + b"[" * 200_000 + b"</script><p>x</p>"
        yield f"styles{ending}", b"<p style='display:none'>" * 50_000 + b"x"


def _markdown() -> Iterator[tuple[str, bytes]]:
    for name, data in {
        "quotes": b"> " * 100_000 + b"x",
        "items": b"- " * 20_000 + b"x",
        "brackets": b"[" * 200_000,
        "links": b"[a](" * 100_000,
        "images": b"![" * 100_000,
        "stars": b"*a **b " * 60_000,
        "ticks": b"`" * 100_000 + b" " + b"``` `" * 50_000,
        "references": b"".join(b"[%d]: x\n" % n for n in range(100_000)),
        "footnotes": b"".join(b"[^%d]: x\n" % n for n in range(50_000)),
        "table": b"|a" * 20_000 + b"|\n" + b"|-" * 20_000 + b"|\n" + b"|b" * 20_000 + b"|\n",
        "rows": b"|a|b|\n|-|-|\n" + b"|1|2|\n" * 100_000,
        "front": b"---\n" + b"a: [" * 50_000 + b"\n---\nx",
        "aliases": b"---\na: &a [x,x]\n"
        + b"".join(
            b"b%d: &b%d [*%s,*%s]\n" % (n, n, o, o) for n in range(30) for o in [b"b%d" % (n - 1) if n else b"a"]
        )
        + b"---\nx",
        "setext": b"a\n" * 50_000 + b"===",
        "entity": b"&" * 300_000,
        "autolinks": b"<http://" * 100_000,
    }.items():
        yield f"md-{name}.md", data


def _records() -> Iterator[tuple[str, bytes]]:
    for name, data in {
        "deep-list": b"[" * 300_000,
        "deep-object": b'{"a":' * 300_000,
        "closed": b"[" * 90_000 + b"]" * 90_000,
        "many": b"[" + b"{}," * 300_000 + b"{}]",
        "numbers": b"[" + b"1," * 500_000 + b"1]",
        "long-number": b"[" + b"9" * 2_000_000 + b"]",
        "long-key": b'{"' + b"k" * 500_000 + b'": [{"a": 1}, {"b": 2}]}',
        "same-key": b"{" + b'"a": 1,' * 200_000 + b'"a": 2}',
        "key-in-key": json.dumps({"k" * 200: {"k" * 200: {"k" * 200: [{"v": n} for n in range(20_000)]}}}).encode(),
        "surrogate": b'["\\ud800\\udfff"]',
        "wide": json.dumps({str(n): n for n in range(100_000)}).encode(),
    }.items():
        yield f"json-{name}.json", data
        yield f"json-{name}.jsonl", data
        yield f"json-{name}.ipynb", data
        cells = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x", "outputs": ' + data + b"}]}"
        yield f"cells-{name}.ipynb", cells


def _mail() -> Iterator[tuple[str, bytes]]:
    head = b"From: a@b.c\nSubject: x\nMIME-Version: 1.0\n"
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000))
    messages = {
        "nested": head + nested + b"Content-Type: text/plain\n\ndeep",
        "rfc822": head + b"Content-Type: message/rfc822\n\n" * 3_000 + b"x",
        "parts": head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
        "printable": head + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 1_000_000,
        "printable-lines": head + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=3D=\n" * 300_000,
        "base64": head + b"Content-Transfer-Encoding: base64\n\n" + b"=" * 1_000_000,
        "uuencode": head + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + b"M" * 1_000_000,
        "headers": b"X: y\n" * 200_000 + head + b"\nx",
        "long-header": b"Subject: " + b"=?utf-8?B?5a2X?= " * 50_000 + b"\n\nx",
        "folded": b"Subject: a\n" + b" b\n" * 200_000 + b"\nx",
        "addresses": b"From: " + b"a <a@b.c>, " * 50_000 + b"\n\nx",
        "open-address": b"From: " + b'"' * 200_000 + b"<" * 200_000 + b"\n\nx",
        "comments": b"From: " + b"(" * 100_000 + b"\n\nx",
        "parameters": head + b"Content-Type: text/plain; " + b"a*0*=x; " * 50_000 + b"\n\nx",
        "filename": head
        + b"Content-Type: text/plain; name*=utf-8''%ff%fe" * 1
        + b'\nContent-Disposition: attachment; filename="../../etc/passwd"\n\nx',
        "charset": head + b"Content-Type: text/plain; charset=idna\n\n" + b"xn--a." * 50_000,
        "charset-odd": head + b"Content-Type: text/plain; charset=base64\n\nAAAA",
        "date": b"Date: " + b"1" * 200_000 + b"\nFrom: a@b.c\n\nx",
        "boundary": head + b'Content-Type: multipart/mixed; boundary="' + b"x" * 300_000 + b'"\n\nx',
    }
    for name, data in messages.items():
        yield f"mail-{name}.eml", data
        yield f"mail-{name}.mhtml", data.replace(b"text/plain", b"text/html")
        yield f"mail-{name}.mbox", b"From a@b.c Fri Aug 20 23:24:00 2021\n" + data
    yield "mail-starts.mbox", b"From a@b.c 00:00\n\n" * 60_000
    yield "mail-line.mbox", b"From " + b"00:00" * 400_000


def _tables() -> Iterator[tuple[str, bytes]]:
    for ending in (".csv", ".tsv"):
        mark = b"," if ending == ".csv" else b"\t"
        yield f"wide{ending}", mark.join(b"c%d" % n for n in range(100_000)) + b"\n" + mark.join([b"1"] * 100_000)
        yield (
            f"header{ending}",
            mark.join(b"%090d" % n for n in range(2_000)) + (b"\n" + mark.join([b"1"] * 2_000)) * 500,
        )
        yield f"quotes{ending}", b'"' * 1_000_001
        yield f"rows{ending}", b"a" + mark + b"b\n" + (b"1" + mark + b"2\n") * 200_000
        yield f"sep{ending}", b"sep=a\n" + b"a" * 500_000
        yield f"cr{ending}", b"a" + mark + b"b\r" * 300_000


def _archives(ending: str, good: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in [name for name in parts if name.endswith((".xml", ".rels", ".opf", ".xhtml"))][:12]:
        head, _, rest = parts[name].partition(b"?>")
        stem = name.replace("/", "_")
        for kind, doctype in (("laughs", _LAUGHS + b"]>"), ("outside", _OUTSIDE)):
            used = rest.replace(b">", b">&i;", 3) if kind == "laughs" else rest.replace(b">", b">&i;", 2)
            yield f"{kind}-{stem}{ending}", _zipped({**parts, name: head + b"?>" + doctype + used})
        yield f"deep-{stem}{ending}", _zipped({**parts, name: parts[name] + b"<a>" * 100_000})
        inside = parts[name].rpartition(b"</")
        yield (
            f"inside-{stem}{ending}",
            _zipped({**parts, name: inside[0] + b"<a>" * 5_000 + b"x" + b"</a>" * 5_000 + b"</" + inside[2]}),
        )
        yield f"empty-{stem}{ending}", _zipped({**parts, name: b""})
        yield f"nul-{stem}{ending}", _zipped({**parts, name: bytes(1000)})
        yield f"utf16-{stem}{ending}", _zipped({**parts, name: parts[name].decode("utf-8", "replace").encode("utf-16")})
        yield f"swapped-{stem}{ending}", _zipped({**parts, name: next(iter(parts.values()))})
        big = inside[0] + b" " * 30_000_000 + b"</" + inside[2]
        yield f"spaces-{stem}{ending}", _zipped({**parts, name: big})
    yield f"bomb{ending}", _zipped({**parts, "bomb.xml": bytes(250_000_000)})
    yield f"bombs{ending}", _zipped({**parts, **{f"b{n}.xml": bytes(20_000_000) for n in range(20)}})
    yield f"files{ending}", _zipped({**parts, **{f"{n}": b"" for n in range(30_000)}})
    yield f"nested{ending}", _zipped({"inside.zip": good, **parts})
    yield f"lying{ending}", _lying(good)
    for number, trick in enumerate(
        ("../../evil", "/etc/passwd", "C:\\evil", "a\\..\\..\\b", "a" * 60_000, "x\0y", "//x")
    ):
        yield f"path{number}{ending}", _zipped({**parts, trick: b"x"})
    yield f"twice{ending}", _twice(parts)
    yield f"behind{ending}", b"MZ" + bytes(5_000) + good
    yield f"before{ending}", good + bytes(70_000)
    yield f"empty{ending}", _zipped({})


def _zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def _twice(parts: dict[str, bytes]) -> bytes:
    import warnings

    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for name, data in [*parts.items(), *parts.items()]:
            archive.writestr(name, data)
    return file.getvalue()


def _lying(good: bytes) -> bytes:
    """An archive that says of each file that it is small."""
    data = bytearray(good)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = (10).to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _prints() -> Iterator[tuple[str, bytes]]:
    streams: dict[str, Callable[[], bytes]] = {
        "bomb": lambda: zlib.compress(b" " * 200_000_000, 9),
        "text": lambda: zlib.compress(b"BT /F1 12 Tf 10 10 Td " + b"(abc) Tj " * 300_000 + b"ET", 1),
        "states": lambda: zlib.compress(b"q " * 500_000, 9),
        "lines": lambda: zlib.compress(b"0 0 m 1 1 l S " * 200_000, 9),
    }
    for name, made in streams.items():
        body = made()
        yield (
            f"pdf-{name}.pdf",
            _pdf([b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(body), body)]),
        )
    yield "pdf-kids.pdf", _pdf([b"<< /Length 0 >>\nstream\n\nendstream"], kids=b"2 0 R")
    yield "pdf-count.pdf", _pdf([b"<< /Length 0 >>\nstream\n\nendstream"], count=b"999999999")
    yield "pdf-deep.pdf", b"%PDF-1.7\n1 0 obj\n" + b"[" * 500_000
    yield "pdf-dictionaries.pdf", b"%PDF-1.7\n1 0 obj\n" + b"<</A " * 300_000
    yield "pdf-objects.pdf", b"%PDF-1.7\n" + b"".join(b"%d 0 obj null endobj\n" % n for n in range(100_000))
    yield "pdf-head.pdf", b"%PDF-1.7\n" + bytes(1_000_000)


def _pdf(objects: list[bytes], kids: bytes = b"3 0 R", count: bytes = b"1") -> bytes:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>"
    )
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    tree = b"<< /Type /Pages /Kids [" + kids + b"] /Count " + count + b" >>"
    written, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate([catalog, tree, page, font, *objects], start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1) + b"".join(
        b"%010d 00000 n \n" % at for at in offsets
    )
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(offsets) + 1, len(written))
    return written + table + end
