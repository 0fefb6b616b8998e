"""Tables of text, JSON and notebooks: every record can be cited alone, and every value is as it was written."""

import csv
import io
import json
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources import Source, read
from tests.index.mutations import assert_located, assert_read_or_refused, damaged


def reading(path: Path, data: bytes | str) -> Source:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    source = read(path)
    assert_located(source)
    return source


ROWS = [
    ["实验室", "Papers", "Note"],
    ["达摩院", "17", "一，二；三"],
    ["Speech, and language", "", 'said "no"\nand left'],
]
LINES = ["实验室: 达摩院; Papers: 17; Note: 一，二；三", '实验室: Speech, and language; Note: said "no" and left']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_row_of_a_table_keeps_its_header(tmp_path: Path, delimiter: str, encoding: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(ROWS)
    source = reading(tmp_path / "a.csv", written.getvalue().encode(encoding))
    assert source.text.split("\n") == LINES
    assert [source.text[one.start : one.end] for one in source.blocks] == LINES
    assert (source.title, source.author, source.published, source.headings) == ("a", None, None, ())


def test_a_tsv_and_a_file_that_names_its_delimiter_are_read_by_it(tmp_path: Path) -> None:
    assert reading(tmp_path / "a.tsv", "Name\tNote\n李磊\ta, b, c, d\n").text == "Name: 李磊; Note: a, b, c, d"
    assert reading(tmp_path / "a.csv", "sep=^\r\nName^Note\r\nLi^a,b\r\n").text == "Name: Li; Note: a,b"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("1,2\n3,4\n", "1 | 2\n3 | 4"),
        ("Name,Year\n", "Name | Year"),
        ("Report of 2021\n\nName,Year\nLi,2021\n,,\nWang,2020,odd one\n", None),
        ("one line\nand another\n", "one line\n\nand another"),
        (",2020,2021\nPapers,17,18\n", "Papers; 2020: 17; 2021: 18"),
    ],
)
def test_tables_of_odd_shapes_lose_no_cell(tmp_path: Path, table: str, text: str | None) -> None:
    expected = text or "Report of 2021\n\nName: Li; Year: 2021\nName: Wang; Year: 2020; odd one"
    assert reading(tmp_path / "a.csv", table).text == expected


@pytest.mark.parametrize(
    ("table", "text"),
    [
        # No header: figures, dates, numbers of things or the same words stand in the first row as in the others.
        ("Li Lei,28,Beijing\nWang Fang,31,Shanghai\n", "Li Lei | 28 | Beijing\nWang Fang | 31 | Shanghai"),
        ("李雷,2019-03-01,入职\n王芳,2020-11-17,离职\n", "李雷 | 2019-03-01 | 入职\n王芳 | 2020-11-17 | 离职"),
        ("N-017,绳\nN-018,锚\n,灯\n", "N-017 | 绳\nN-018 | 锚\n灯"),
        ("Li,yes\nWang,yes\nHan,no\nMei,yes\n", "Li | yes\nWang | yes\nHan | no\nMei | yes"),
        ("Crew of 2021\n\nLi,28,Ely\nWang,31,Rye\n", "Crew of 2021\n\nLi | 28 | Ely\nWang | 31 | Rye"),
        # A header: a name before figures, figures that count on, a name that holds one; a header again.
        ("Dose,5,20\nTea,12,14\n", "Dose: Tea; 5: 12; 20: 14"),
        ("Test,Result\nTest,pass\nTest,fail\n", "Test: Test; Result: pass\nTest: Test; Result: fail"),
        ("City,2019,2020\nWuhan,1121,1244\n", "City: Wuhan; 2019: 1121; 2020: 1244"),
        ("Age,10,20,30\nFares,1,2,2\n", "Age: Fares; 10: 1; 20: 2; 30: 2"),
        ("Name,Q1\nLi,17\nName,Q1\nHan,9\n", "Name: Li; Q1: 17\nName: Name; Q1: Q1\nName: Han; Q1: 9"),
        ("年份,渡口1,渡口2\n2019,17,18\n", "年份: 2019; 渡口1: 17; 渡口2: 18"),
    ],
)
def test_a_first_row_that_is_like_the_others_is_no_header(tmp_path: Path, table: str, text: str) -> None:
    assert reading(tmp_path / "a.csv", table).text == text


def test_a_csv_with_nul_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="it holds NUL bytes"):
        reading(tmp_path / "a.csv", b"a,b\n1,\x002\n")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.ipynb", "a.eml"])
def test_a_line_of_a_million_characters_is_read(tmp_path: Path, name: str) -> None:
    long = "字" * 500_000 + "x" * 500_000
    wrapped = {
        "a.json": json.dumps([long]),
        "a.jsonl": json.dumps({"text": long}),
        "a.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": long}]}),
        "a.eml": f"Subject: long\nContent-Type: text/plain; charset=utf-8\n\n{long}",
    }
    assert long in reading(tmp_path / name, wrapped.get(name, f"a,b\n{long},2\n".replace(",", "\t"))).text


def test_a_table_whose_header_would_fill_the_disk_is_refused_or_small(tmp_path: Path) -> None:
    table = ",".join(f"{number:_>90}" for number in range(2_000)) + "\n" + ("1," * 2_000 + "\n") * 500
    with pytest.raises(SourceError, match="its text is longer than the 50 million characters that are read"):
        reading(tmp_path / "a.csv", table)


RECORDS = [
    {"name": "李磊", "papers": 17, "share": 0.10, "tags": ["语音", "speech"], "open": True, "left": None},
    {"name": "Wang", "at": {"city": "杭州", "years": [{"from": 2017}, {"from": 2020}]}},
]


def test_each_record_of_a_json_list_is_kept_whole(tmp_path: Path) -> None:
    written = '[{"name": "李磊", "papers": 17, "share": 0.10, "big": 12345678901234567890123, "at": NaN, "n": null},\n'
    written += '{"name": "Wang", "open": true, "tags": ["语音", "speech"], "at": {"city": "杭州", "in": [{"y": 1}]}}]'
    source = reading(tmp_path / "a.json", written)
    assert [source.text[one.start : one.end].split("\n") for one in source.blocks] == [
        ["name: 李磊", "papers: 17", "share: 0.10", "big: 12345678901234567890123", "at: NaN"],
        ["name: Wang", "open: true", "tags: 语音; speech", "at.city: 杭州", "at.in[0].y: 1"],
    ]
    assert (source.title, source.author, source.published) == ("a", None, None)


def test_records_are_found_inside_an_object_and_what_it_states_of_itself(tmp_path: Path) -> None:
    document = {
        "title": "论文目录",
        "authors": [{"name": "李磊"}, "Han Meimei"],
        "date": "2021-08-20T10:00:00Z",
        "url": "https://example.org/a",
        "data": {"count": 2, "items": RECORDS},
    }
    source = reading(tmp_path / "a.json", json.dumps(document, ensure_ascii=False))
    stated = (source.title, source.author, source.published, source.url)
    assert stated == ("论文目录", "李磊, Han Meimei", "2021-08-20", "https://example.org/a")
    assert "data.items.name: Wang\ndata.items.at.city: 杭州\ndata.items.at.years[0].from: 2017" in source.text
    assert "data.count: 2" in source.text


def test_a_long_value_is_prose_and_not_a_block(tmp_path: Path) -> None:
    article = "一句话讲完了。" * 60
    source = reading(tmp_path / "a.json", json.dumps([{"id": 1, "text": article, "by": "Li"}]))
    assert source.text == f"id: 1\n\ntext: {article}\n\nby: Li"
    assert [source.text[one.start : one.end] for one in source.blocks] == ["id: 1", "by: Li"]


def test_jsonl_has_a_record_on_each_line(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.jsonl", "\n".join(json.dumps(record) for record in RECORDS) + "\n\n")
    assert source.text.split("\n\n") == [
        "name: 李磊\npapers: 17\nshare: 0.1\ntags: 语音; speech\nopen: true",
        "name: Wang\nat.city: 杭州\nat.years[0].from: 2017\nat.years[1].from: 2020",
    ]
    assert reading(tmp_path / "a.ndjson", '"one"\n2\n').text == "one\n\n2"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.json", '{"a": [1, 2', "it is not JSON, or cut off: .* at line 1, column 12"),
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n{"a": ', "it is not JSON, or cut off: Expecting value at line 3"),
        ("a.json", "[" * 100_000, "its values are nested too deep"),
        ("a.json", "[" * 500 + "]" * 500, "its values are nested too deep"),
        ("a.json", '{"a":' * 100_000, "its values are nested too deep"),
        ("a.ipynb", '{"a": 1}', "it is no notebook: it holds no cells"),
        ("a.ipynb", "[1]", "it is no notebook"),
        ("a.json", "{}", "it holds no text"),
    ],
)
def test_broken_json_is_refused_with_its_place(tmp_path: Path, name: str, data: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        reading(tmp_path / name, data)


def test_half_a_character_in_json_is_replaced(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.json", '{"title": "a\\ud800", "b": "\\ud83d\\ude00 \\udfff"}')
    assert (source.title, source.text) == ("a\ufffd", "title: a\ufffd\nb: 😀 \ufffd")


def notebook(*cells: dict[str, object], **metadata: object) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)})


CELLS: tuple[dict[str, object], ...] = (
    {"cell_type": "markdown", "source": ["# 实验\n", "\n", "We **measure** it.\n", "\n", "## Data"]},
    {
        "cell_type": "code",
        "source": "x = 1\n\nprint(x)",
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["1\n", "\x1b[31mred\x1b[0m\n"]},
            {"output_type": "execute_result", "data": {"text/plain": ["    a\n", "0   1"], "text/html": "<b>"}},
            {"output_type": "display_data", "data": {"text/plain": "<Figure size 1>", "image/png": "iVBOR"}},
            {"output_type": "error", "ename": "ValueError", "evalue": "bad", "traceback": ["..."]},
        ],
    },
    {"cell_type": "raw", "source": "raw words"},
)


def test_a_notebook_reads_as_its_cells_and_what_they_printed(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.ipynb", notebook(*CELLS))
    assert source.text.split("\n\n") == [
        *(
            "实验",
            "We measure it.",
            "Data",
            "x = 1",
            "print(x)",
            "1\nred",
            "    a\n0   1",
            "ValueError: bad",
            "raw words",
        )
    ]
    assert [(one.level, one.text) for one in source.headings] == [(1, "实验"), (2, "Data")]
    assert [source.text[one.start : one.end] for one in source.blocks][0] == "x = 1\n\nprint(x)"
    assert (source.title, source.author, source.published) == ("实验", None, None)


def test_a_notebook_states_its_title_and_authors(tmp_path: Path) -> None:
    stated = notebook(*CELLS, title="Measuring", authors=[{"name": "李磊"}, {"name": "Han Meimei"}])
    source = reading(tmp_path / "a.ipynb", stated)
    assert (source.title, source.author) == ("Measuring", "李磊, Han Meimei")
    front = {"cell_type": "markdown", "source": "---\ntitle: 测量\nauthor: Li Lei\ndate: 2021-08\n---\nText."}
    source = reading(tmp_path / "b.ipynb", notebook(front, *CELLS))
    assert (source.title, source.author, source.published) == ("测量", "Li Lei", "2021-08")
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "print(1)"}]}]}
    assert reading(tmp_path / "c.ipynb", json.dumps(old)).text == "print(1)"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "\n".join(",".join(row) for row in [*ROWS[:2]] * 20)),
        ("a.tsv", "\n".join("\t".join(row) for row in [*ROWS[:2]] * 20)),
        ("a.json", json.dumps({"title": "a", "data": RECORDS})),
        ("a.jsonl", "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS)),
        ("a.ipynb", notebook(*CELLS, title="a", authors=[{"name": "b"}])),
    ],
)
def test_damaged_data_is_read_or_refused(tmp_path: Path, name: str, data: str) -> None:
    read_well = [assert_read_or_refused(tmp_path / name, copy) for copy in damaged(data.encode(), 300)]
    assert any(read_well)
