"""Presentations (.pptx): a page for each slide, its title as the heading, its text, tables, charts and notes."""

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from index.sources.archive import parse_xml, refusing
from index.sources.assembly import Layout
from index.sources.office import open_office, stated
from index.sources.source import Draft
from index.sources.table import add_cells, add_table
from index.sources.text import Cell, flow

if TYPE_CHECKING:
    from lxml.etree import _Element
    from pptx.slide import Slide

_WHAT = "presentation (.pptx)"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_CHOICES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_INK = "{http://schemas.openxmlformats.org/presentationml/2006/main}contentPart"
_EQUATION = "{http://schemas.microsoft.com/office/drawing/2010/main}m"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def read_pptx(data: bytes) -> Draft:
    """Read a presentation. Raises SourceError when it is damaged, protected, or of an old kind."""
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    archive = open_office(data, _WHAT)
    title, author = stated(archive)
    layout = Layout()
    with refusing(_WHAT, PythonPptxError):
        for number, slide in enumerate(Presentation(io.BytesIO(data)).slides, start=1):
            _write(layout, slide)
            layout.end_page(number)
    return layout.draft(title=title, author=author)


def _write(layout: Layout, slide: "Slide") -> None:
    _unwrap(slide.shapes.element)
    title = slide.shapes.title
    if title is not None:
        layout.add(_words(title.text_frame), level=1)
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            _write_text(layout, shape)
        elif shape.has_table:
            add_cells(layout, _cells(shape.table))
        elif shape.has_chart:
            _write_chart(layout, shape.chart)
        else:
            for line in _diagram(slide, shape):
                layout.add(line, kind="item")
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        layout.add(_words(slide.notes_slide.notes_text_frame))


def _unwrap(shapes: "_Element") -> None:
    """Put the shapes that PowerPoint wraps for newer programs, as text with an equation, where the library sees them.

    It lists none that is wrapped, reads no equation, and does not know ink, which is wrapped with a picture of it.
    """
    for choices in reversed(list(shapes.iter(_CHOICES))):  # those inside others first
        chosen = next((one for one in choices if one.find(f".//{_INK}") is None), ())
        for element in reversed(list(chosen)):
            choices.addnext(element)
        choices.getparent().remove(choices)
    for equation in list(shapes.iter(_EQUATION)):
        run, words = equation.makeelement(f"{_A}r"), equation.makeelement(f"{_A}t")
        words.text = "".join(part.text or "" for part in equation.iter(f"{_M}t"))
        run.append(words)
        equation.getparent().replace(equation, run)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    """Yield the shapes in order, those inside groups too."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _write_text(layout: Layout, shape: Any) -> None:
    """Write a text box; the lines of a placeholder are points of a list, page numbers and the like are left out."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    kind = shape.placeholder_format.type if shape.is_placeholder else None
    if kind in (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER):
        return
    listed = kind in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)
    layout.add_break()
    for paragraph in shape.text_frame.paragraphs:
        layout.add(_line(paragraph), kind="item" if listed else "")
    layout.add_break()


def _cells(table: Any) -> Iterator[list[Cell]]:
    """Yield the cells of each row, without those that are covered by one beside or above them."""
    for row in table.rows:
        shown = [cell for cell in row.cells if not cell.is_spanned]
        yield [Cell(flow(_words(cell.text_frame)), cell.span_width, cell.span_height) for cell in shown]


def _words(frame: Any) -> str:
    return "\n".join(_line(paragraph) for paragraph in frame.paragraphs)


def _line(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", "\n")  # how the library writes a line break


def _write_chart(layout: Layout, chart: Any) -> None:
    """Write the title of a chart, and its figures as a table where the library knows its kind."""
    if chart.has_title and chart.chart_title.has_text_frame:
        layout.add(_words(chart.chart_title.text_frame))
    try:
        plots = list(chart.plots)
    except ValueError:  # a kind of chart that the library does not know
        return
    for plot in plots:
        series = list(plot.series)
        categories = [str(category) for category in plot.categories]
        columns = [[_figure(value) for value in one.values] for one in series]
        rows = [[name, *figures] for name, *figures in zip(categories, *columns, strict=False)]
        add_table(layout, [["", *(str(one.name) for one in series)], *rows] if len(series) > 1 else rows)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def _diagram(slide: "Slide", shape: Any) -> Iterator[str]:
    """Yield the texts of a diagram (SmartArt), which stands in a part of its own."""
    for relation in shape.element.iter(f"{_DIAGRAM}relIds"):
        part = slide.part.related_part(relation.get(f"{_RELATIONS}dm", ""))
        for paragraph in parse_xml(part.blob, _WHAT).iter(f"{_A}p"):
            yield flow("".join(run.text or "" for run in paragraph.iter(f"{_A}t")))
