"""Word, PowerPoint and Excel documents, made by the libraries that people make them with."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import docx
import openpyxl
import pytest
import xlsxwriter
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml as parse_slide_xml
from pptx.util import Inches

from index.errors import SourceError
from index.passages import passages
from index.sources import Source, read
from tests.index.mutations import assert_located, assert_read_or_refused, damaged


def reading(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    source = read(path)
    assert_located(source)
    return source


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def rewritten(data: bytes, **changed: bytes) -> bytes:
    """The same archive with some of its files changed; the keys are the ends of their names, without the dot."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            stem = Path(name).stem
            copy.writestr(name, changed.get(stem, archive.read(name)))
    return written.getvalue()


def member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def report() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "国内实验室的现状", "李磊"
    document.add_heading("实验室", level=0)
    document.add_heading("谁离开了", level=1)
    document.add_paragraph("实验室的负责人在七月离开了公司，加入了一所大学。")
    document.add_heading("Details", level=2)
    bold = document.add_paragraph("She leads ")
    bold.add_run("a new group").bold = True
    bold.add_run(" there.")
    document.add_paragraph("first point", style="List Bullet")
    document.add_paragraph("second point", style="List Bullet")
    document.add_paragraph("read", style="List Number")
    document.add_paragraph("write", style="List Number")
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("实验室", "Papers", "Year"), strict=True):
        cell.text = text
    for texts in (("达摩院", "17", "2020"), ("Speech\nand language", "", "2021")):
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("The end.")
    return saved(document)


def test_a_word_document_keeps_its_headings_lists_and_rows(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.docx", report())
    assert source.text.split("\n\n") == [
        "实验室",
        "谁离开了",
        "实验室的负责人在七月离开了公司，加入了一所大学。",
        "Details",
        "She leads a new group there.",
        "- first point\n- second point\n1. read\n2. write",
        "实验室: 达摩院; Papers: 17; Year: 2020\n实验室: Speech and language; Year: 2021",
        "The end.",
    ]
    assert [(one.level, one.text) for one in source.headings] == [(1, "实验室"), (2, "谁离开了"), (3, "Details")]
    assert [source.text[one.start : one.end] for one in source.blocks] == source.text.split("\n\n")[-2].split("\n")
    assert (source.title, source.author, source.published) == ("国内实验室的现状", "李磊", None)
    assert passages(source)[0].heading == "实验室 › 谁离开了"


def test_a_word_document_that_states_nothing_leaves_it_unknown(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Nothing is known of who wrote this.")
    source = reading(tmp_path / "a.docx", saved(document))
    assert (source.title, source.author, source.published, source.headings) == ("a", None, None, ())


def test_what_hangs_on_a_paragraph_is_read_and_what_was_deleted_is_not(tmp_path: Path) -> None:
    document = docx.Document()
    names = nsdecls("w")
    body = document.element.body
    for xml in (
        f"<w:p {names}><w:r><w:t>He stayed </w:t></w:r><w:ins w:id='1'><w:r><w:t>until </w:t></w:r></w:ins>"
        "<w:del w:id='2'><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:hyperlink><w:r><w:t>2021</w:t><w:tab/><w:t>and</w:t><w:br/><w:t>left.</w:t></w:r></w:hyperlink></w:p>",
        f"<w:sdt {names}><w:sdtContent><w:p><w:r><w:t>Inside a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        f"<w:p {names}><w:r><w:t>Beside a box.</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>框里的字。</w:t>"
        "</w:r></w:p></w:txbxContent></w:pict></w:r></w:p>",
        f"<w:p {names}><w:pPr><w:outlineLvl w:val='1'/></w:pPr><w:r><w:t>By its outline</w:t></w:r></w:p>",
    ):
        body.insert(len(body) - 1, parse_xml(xml))
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split("\n\n") == [
        "He stayed until 2021\tand\nleft.",
        "Inside a control.",
        "Beside a box.",
        "框里的字。",
        "By its outline",
    ]
    assert [(one.level, one.text) for one in source.headings] == [(2, "By its outline")]


def test_the_sounds_above_characters_are_left_out(tmp_path: Path) -> None:
    document = docx.Document()
    guides = "".join(
        f"<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>{sound}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>{character}</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r>"
        for character, sound in (("汉", "hàn"), ("字", "zì"))
    )
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{guides}<w:r><w:t>难写。</w:t></w:r></w:p>"))
    assert reading(tmp_path / "a.docx", saved(document)).text == "汉字难写。"


def test_footnotes_stand_after_the_paragraph_that_has_them(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("A claim.")
    document.element.body[0].append(parse_xml(f"<w:r {nsdecls('w')}><w:footnoteReference w:id='2'/></w:r>"))
    document.add_paragraph("Another.")
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        f"<w:footnotes {nsdecls('w')}><w:footnote w:id='0' w:type='separator'><w:p/></w:footnote><w:footnote w:id='2'>"
        "<w:p><w:r><w:t>脚注里的出处。</w:t></w:r></w:p></w:footnote></w:footnotes>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, docx.opc.constants.RELATIONSHIP_TYPE.FOOTNOTES)
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text == "A claim.\n\n脚注里的出处。\n\nAnother."


def listed(document: object, *levels: str, override: str = "") -> str:
    """Add a list with these levels to a document and return its name; `override` adds another one that has them too."""
    root = document.part.numbering_part.element  # type: ignore[attr-defined]
    name = str(len(root) + 1_000)
    definition = "".join(f"<w:lvl w:ilvl='{depth}'>{level}</w:lvl>" for depth, level in enumerate(levels))
    root.append(parse_xml(f"<w:abstractNum {nsdecls('w')} w:abstractNumId='{name}'>{definition}</w:abstractNum>"))
    for number, own in ((name, ""), (f"{name}1", override)):
        xml = f"<w:num {nsdecls('w')} w:numId='{number}'><w:abstractNumId w:val='{name}'/>{own}</w:num>"
        root.append(parse_xml(xml))
    return name


def level(form: str, text: str, start: int = 1, more: str = "") -> str:
    return f"<w:start w:val='{start}'/><w:numFmt w:val='{form}'/>{more}<w:lvlText w:val='{text}'/>"


def item(document: object, text: str, name: str, depth: int = 0, style: str | None = None) -> None:
    paragraph = document.add_paragraph(text, style=style)  # type: ignore[attr-defined]
    numbering = f"<w:numPr {nsdecls('w')}><w:ilvl w:val='{depth}'/><w:numId w:val='{name}'/></w:numPr>"
    paragraph._p.get_or_add_pPr().append(parse_xml(numbering))


def test_the_clauses_of_a_contract_have_the_numbers_that_word_shows(tmp_path: Path) -> None:
    document = docx.Document()
    clauses = listed(document, level("chineseCounting", "第%1条", 5), level("decimalEnclosedCircle", "%2"))
    document.add_heading("租金", level=1)
    for text, depth in (
        ("租金按月支付。", 0),
        ("以现金支付。", 1),
        ("或以转账支付。", 1),
        ("", 0),
        ("押金一次付清。", 0),
    ):
        item(document, text, clauses, depth)
    document.add_paragraph("Then again:")
    item(document, "以支票支付。", clauses, 1)
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split("\n\n") == [
        *("租金", "第五条 租金按月支付。\n① 以现金支付。\n② 或以转账支付。\n第七条 押金一次付清。"),
        *("Then again:", "① 以支票支付。"),
    ]


def test_numbered_headings_keep_their_numbers_and_a_list_begins_anew_where_it_says_so(tmp_path: Path) -> None:
    document = docx.Document()
    override = "<w:lvlOverride w:ilvl='2'><w:startOverride w:val='1'/></w:lvlOverride>"
    levels = (
        level("chineseCountingThousand", "第%1章", more="<w:suff w:val='nothing'/>"),
        level("decimal", "%1.%2", more="<w:isLgl/>"),
        level("lowerLetter", "(%3)", 27),
        level("upperRoman", "第%4条", 9, "<w:lvlRestart w:val='0'/>"),
        level("bullet", "\uf0b7"),
    )
    name = listed(document, *levels, override=override)
    item(document, "总则", name, 0, "Heading 1")
    item(document, "Scope", name, 1, "Heading 2")
    for text, own, depth in (("one", name, 2), ("two", name, 2), ("other", f"{name}1", 2), ("more", f"{name}1", 2)):
        item(document, text, own, depth)
    item(document, "Ferries", name, 3)
    item(document, "附则", name, 0, "Heading 1")
    item(document, "Fares", name, 1, "Heading 2")
    item(document, "Boats", name, 3)
    item(document, "rope", name, 4)
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split("\n\n") == [
        *("第一章总则", "1.1 Scope", "(aa) one\n(bb) two\n(a) other\n(b) more\n第IX条 Ferries"),
        *("第二章附则", "2.1 Fares", "第X条 Boats\n- rope"),
    ]
    assert [one.text for one in source.headings] == ["第一章总则", "1.1 Scope", "第二章附则", "2.1 Fares"]


def test_clauses_in_the_cells_of_a_table_are_counted_with_the_others(tmp_path: Path) -> None:
    document = docx.Document()
    name = listed(document, level("decimal", "%1."), level("bullet", "\uf0b7"))
    item(document, "Ropes.", name)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Pier", "Rule", "North", ""), strict=True):
        cell.text = text
    item(table.cell(1, 1), "No smoking.", name)
    item(table.cell(1, 1), "day", name, 1)
    item(table.cell(1, 1), "No dogs.", name)
    item(document, "Fares.", name)
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text == "1. Ropes.\n\nPier: North; Rule: 2. No smoking. day 3. No dogs.\n\n4. Fares."


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("chineseCounting", {10: "十", 12: "十二", 20: "二十", 99: "九十九", 101: "一〇一"}),
        ("chineseCountingThousand", {10: "十", 101: "一百零一", 110: "一百一十", 2003: "二千零三", 12345: "12345"}),
        ("chineseLegalSimplified", {10: "壹拾", 305: "叁佰零伍"}),
        ("japaneseCounting", {1: "一", 11: "十一", 101: "百一", 1120: "千百二十"}),
        ("ideographDigital", {10: "一〇", 203: "二〇三"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("upperRoman", {4: "IV", 1994: "MCMXCIV", 4000: "4000"}),
        ("upperLetter", {0: "0", 26: "Z", 53: "AAA", 999_999_999: "999999999"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalZero", {7: "07", 12: "12"}),
        ("hebrew1", {7: "7"}),
        ("none", {7: ""}),
    ],
)
def test_numbers_are_written_in_the_format_of_their_list(tmp_path: Path, form: str, numbers: dict[int, str]) -> None:
    document = docx.Document()
    for number in numbers:
        item(document, "end", listed(document, level(form, "%1", number)))
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split() == " ".join(f"{written} end" for written in numbers.values()).split()


def test_merged_cells_are_in_each_row_and_a_wide_header_over_each_column(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    for row, texts in zip(
        table.rows, (("Year", "Papers", ""), ("2020", "17", "a"), ("", "18", "b"), ("2021", "", "c")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split("\n") == [
        "Year: 2020; Papers: 17; Papers: a",
        "Year: 2020; Papers: 18; Papers: b",
        "Year: 2021; Papers: c",
    ]


def test_a_header_of_two_rows_and_one_that_is_marked_name_each_column(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=5)
    rows = (
        ("渡口", "上午", "", "下午", ""),
        ("", "船长", "人次", "船长", "人次"),
        ("南岸", "李", "310", "王", "420"),
        ("北岸", "陈", "", "王", "390"),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (0, 4))):
        table.cell(*first).merge(table.cell(*last))
    document.add_paragraph("Between.")
    marked = document.add_table(rows=3, cols=2)
    for row, texts in zip(marked.rows, (("Name", "1911"), ("", "pounds"), ("Rope", "2.05")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for row in list(marked.rows)[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    source = reading(tmp_path / "a.docx", saved(document))
    assert source.text.split("\n") == [
        "渡口: 南岸; 上午 船长: 李; 上午 人次: 310; 下午 船长: 王; 下午 人次: 420",
        "渡口: 北岸; 上午 船长: 陈; 下午 船长: 王; 下午 人次: 390",
        *("", "Between.", ""),
        "Name: Rope; 1911 pounds: 2.05",
    ]


def deck() -> bytes:
    made = Presentation()
    made.core_properties.title, made.core_properties.author = "Year in review", "韩梅梅"
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "今年的工作"
    body = first.placeholders[1].text_frame
    body.text = "两篇论文"
    body.add_paragraph().text = "one data set"
    first.notes_slide.notes_text_frame.text = "Say thanks here."
    made.slides.add_slide(made.slide_layouts[6])
    third = made.slides.add_slide(made.slide_layouts[5])
    third.shapes.title.text = "Figures"
    table = third.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(5), Inches(1)).table
    for row, texts in enumerate((("Lab", "Papers"), ("达摩院", "17"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "in a group"
    data = CategoryChartData()
    data.categories = ["2020", "2021"]
    data.add_series("Papers", (17, 18.5))
    data.add_series("People", (3, None))
    size = (Inches(1), Inches(2), Inches(5), Inches(3))
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *size, data)
    return saved(made)


def test_a_slide_is_a_page_with_its_title_notes_tables_and_figures(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.pptx", deck())
    pages = [(one.number, source.text[one.start : one.end].strip("\n")) for one in source.pages]
    assert pages == [
        (1, "今年的工作\n\n两篇论文\none data set\n\nSay thanks here."),
        (
            3,
            "Figures\n\nLab: 达摩院; Papers: 17\n\nin a group\n\n2020; Papers: 17; People: 3\n2021; Papers: 18.5",
        ),
    ]
    assert [(one.level, one.text) for one in source.headings] == [(1, "今年的工作"), (1, "Figures")]
    assert (source.title, source.author, source.published) == ("Year in review", "韩梅梅", None)
    assert {(one.page, one.heading) for one in passages(source)} == {(1, "今年的工作"), (3, "Figures")}


def test_a_slide_that_is_its_title_alone_is_found(tmp_path: Path) -> None:
    made = Presentation()
    for title in ("Revenue in 2023 was 5 billion", "营收增长三成"):
        made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = title
    cut = passages(reading(tmp_path / "a.pptx", saved(made)))
    assert [(one.page, one.text) for one in cut] == [(1, "Revenue in 2023 was 5 billion"), (2, "营收增长三成")]


def test_a_diagram_is_read_as_a_list_of_its_texts(tmp_path: Path) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "流程"
    schema, office = (
        "http://schemas.openxmlformats.org/drawingml/2006",
        "http://schemas.openxmlformats.org/officeDocument",
    )
    points = "".join(
        f"<dgm:pt modelId='{number}'><dgm:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for number, text in enumerate(("先清点", "then pack", "最后关灯"))
    )
    names = f"xmlns:dgm='{schema}/diagram' xmlns:a='{schema}/main'"
    part = Part(
        PackURI("/ppt/diagrams/data1.xml"),
        "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
        made.part.package,
        f"<dgm:dataModel {names}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>".encode(),
    )
    identity = slide.part.relate_to(part, f"{office}/2006/relationships/diagramData")
    frame = f"""<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" {names}
      xmlns:r="{office}/2006/relationships"><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/>
      <p:nvPr/>
      </p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData
      uri="{schema}/diagram"><dgm:relIds r:dm="{identity}"/></a:graphicData></a:graphic></p:graphicFrame>"""
    slide.shapes._spTree.append(parse_slide_xml(frame))
    source = reading(tmp_path / "a.pptx", saved(made))
    assert source.text == "流程\n\n先清点\nthen pack\n最后关灯"


def box(text: str, within: str = "") -> str:
    """A text box of a slide; `within` stands at the end of its paragraph."""
    return (
        "<p:sp><p:nvSpPr><p:cNvPr id='9' name='b'/><p:cNvSpPr txBox='1'/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody>"
        f"<a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r>{within}</a:p></p:txBody></p:sp>"
    )


def test_a_text_box_with_an_equation_is_read_once_and_ink_is_passed_over(tmp_path: Path) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "能量"
    schema = "http://schemas.openxmlformats.org"
    names = (
        f"xmlns:a='{schema}/drawingml/2006/main' xmlns:p='{schema}/presentationml/2006/main' "
        f"xmlns:mc='{schema}/markup-compatibility/2006' xmlns:m='{schema}/officeDocument/2006/math' "
        "xmlns:a14='http://schemas.microsoft.com/office/drawing/2010/main'"
    )
    equation = "<a14:m><m:oMath><m:r><m:t>E=m</m:t></m:r><m:r><m:t>c²</m:t></m:r></m:oMath></a14:m>"
    for choice, fallback in (
        (box("质能关系：", equation), box(" ")),
        ("<p:contentPart/>", box("A picture of ink.")),
        ("<p:contentPart/>", ""),
    ):
        slide.shapes.element.append(
            parse_slide_xml(
                f"<mc:AlternateContent {names}><mc:Choice Requires='a14'>{choice}</mc:Choice>"
                f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
            )
        )
    slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "After."
    source = reading(tmp_path / "a.pptx", saved(made))
    assert source.text == "能量\n\n质能关系：E=mc²\n\nA picture of ink.\n\nAfter."


def test_a_chart_of_an_unknown_kind_costs_only_its_figures(tmp_path: Path) -> None:
    data = deck()
    chart = next(name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if name.startswith("ppt/charts/chart"))
    surface = member(data, chart).replace(b"c:barChart", b"c:surfaceChart")
    source = reading(tmp_path / "a.pptx", rewritten(data, **{Path(chart).stem: surface}))
    assert source.text.endswith("Lab: 达摩院; Papers: 17\n\nin a group")


@pytest.mark.parametrize("text", ["一张幻灯片，没有标题，只有一段话。", "A slide without a title."])
def test_a_deck_that_states_nothing_leaves_it_unknown(tmp_path: Path, text: str) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = text
    source = reading(tmp_path / "talk.pptx", saved(made))
    assert (source.text, source.title, source.headings, len(source.pages)) == (text, "talk", (), 1)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.properties.title, book.properties.creator = "Papers by year", "李磊"
    sheet = book.active
    sheet.title = "论文"
    for row in (
        ("Papers of all laboratories",),
        (),
        ("实验室", "Papers", "Share", "Since", "Open", "At"),
        ("达摩院", 17, 0.25, date(2017, 10, 11), True, datetime(2021, 8, 20, 23, 24)),
        ("Speech", 0.1 + 0.2, None, None, False, None),
    ):
        sheet.append(row)
    sheet["C4"].number_format = "0.0%"
    sheet["B5"] = "a\nb"
    book.create_sheet("Empty")
    book.create_sheet("One column").append(("only a note",))
    return saved(book)


def test_a_sheet_is_a_heading_and_a_row_keeps_its_header(tmp_path: Path) -> None:
    source = reading(tmp_path / "a.xlsx", workbook())
    assert source.text.split("\n") == [
        "论文",
        "",
        "Papers of all laboratories",
        "",
        "实验室: 达摩院; Papers: 17; Share: 25.0%; Since: 2017-10-11; Open: TRUE; At: 2021-08-20 23:24:00",
        "实验室: Speech; Papers: a b; Open: FALSE",
        "",
        "Empty",
        "",
        "One column",
        "",
        "only a note",
    ]
    assert [one.text for one in source.headings] == ["论文", "Empty", "One column"]
    assert len(source.blocks) == 2
    assert (source.title, source.author, source.published) == ("Papers by year", "李磊", None)


def test_values_are_read_and_not_formulas(tmp_path: Path) -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    sheet = book.add_worksheet("Sum")
    sheet.write_row(0, 0, ["Name", "Total", "Third"])
    sheet.write(1, 0, "合计")
    sheet.write_formula(1, 1, "=SUM(1,2)", None, 3)
    sheet.write(1, 2, 0.1 + 0.2)
    book.close()
    source = reading(tmp_path / "a.xlsx", written.getvalue())
    assert source.text == "Sum\n\nName: 合计; Total: 3; Third: 0.3"
    assert (source.title, source.author) == ("a", None)


def test_a_table_without_a_header_keeps_its_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ((2020, 17), (2021, 18)):
        book.active.append(row)
    assert reading(tmp_path / "a.xlsx", saved(book)).text == "Sheet\n\n2020 | 17\n2021 | 18"


def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "near", "far"
    assert reading(tmp_path / "a.xlsx", saved(book)).text == "Sheet\n\nnear\n\nfar"


MAKERS = pytest.mark.parametrize(("name", "make"), [("a.docx", report), ("a.pptx", deck), ("a.xlsx", workbook)])


@MAKERS
def test_a_damaged_office_document_is_read_or_refused(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    read_well = [assert_read_or_refused(tmp_path / name, data) for data in damaged(make(), 200)]
    assert not all(read_well)


@MAKERS
def test_a_truncated_office_document_is_refused(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    data = make()
    for length in (1, 30, len(data) // 2, len(data) - 1):
        assert not assert_read_or_refused(tmp_path / name, data[:length])


@MAKERS
def test_entities_bombs_passwords_and_paths_are_refused(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    data = make()
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    for part in ("core", "document", "slide1", "sheet1", "sharedStrings"):
        found = [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if Path(name).stem == part]
        for inside in found:
            declared, _, rest = member(data, inside).partition(b"?>")
            with pytest.raises(SourceError, match="it declares XML entities"):
                reading(tmp_path / name, rewritten(data, **{part: declared + b"?>" + lol + rest}))
    with pytest.raises(SourceError, match=r"it unpacks to 10\d MB, as zip bombs do"):
        reading(tmp_path / name, rewritten(data, core=bytes(100_000_000)))
    for trick in ("../../evil.xml", "/etc/passwd", "C:\\evil.xml", "a\\..\\..\\evil"):
        written = io.BytesIO(data)
        with zipfile.ZipFile(written, "a") as archive:
            archive.writestr(trick, b"")
        with pytest.raises(SourceError, match="whose name leads outside of it"):
            reading(tmp_path / name, written.getvalue())
    locked = bytearray(data)
    directory = data.index(b"PK\x01\x02")
    locked[directory + 8] |= 1
    with pytest.raises(SourceError, match="protected by a password"):
        reading(tmp_path / name, bytes(locked))
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(SourceError, match="it is an old office document; save it as a "):
        reading(tmp_path / name, ole)
    with pytest.raises(SourceError, match="protected by a password; save it without one"):
        reading(tmp_path / name, ole + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(SourceError, match="it is damaged, or no "):
        reading(tmp_path / name, b"this is no archive")
