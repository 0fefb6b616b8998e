"""Invented documents with all that a reader must keep: headings, lists, a table, notes, code, links, odd characters.

They are records, so that a writer of any format can write them and the text that was written is known exactly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Run:
    """Words of a paragraph in one face; `link` is an address or ""."""

    text: str
    bold: bool = False
    link: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3; one of level 1 begins a page in formats that have pages."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, with a footnote at its end or none."""

    runs: tuple[Run, ...]
    note: str = ""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Quotation:
    """A paragraph that is set off as someone else's words."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, with bullets or with numbers."""

    texts: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first row is its header."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """Lines of a program, whose spaces count."""

    text: str


Part = Heading | Paragraph | Quotation | Items | Table | Code


@dataclass(frozen=True)
class Document:
    """A document and who wrote it when, as its author would state it."""

    name: str
    language: str
    title: str
    author: str
    published: str
    parts: tuple[Part, ...]

    def headings(self) -> list[Heading]:
        """Return the headings in order, without the title."""
        return [part for part in self.parts if isinstance(part, Heading)]

    def sections(self) -> list[tuple[Part, ...]]:
        """Return the parts from each heading of level 1 to the next."""
        found: list[list[Part]] = []
        for part in self.parts:
            if isinstance(part, Heading) and part.level == 1:
                found.append([])
            found[-1].append(part)
        return [tuple(section) for section in found]


def labelled(table: Table) -> Iterator[str]:
    """Yield the rows of a table as we write them: each with its header."""
    header, *rows = table.rows
    for row in rows:
        yield "; ".join(f"{label}: {cell}" for label, cell in zip(header, row, strict=True) if cell)


def written(parts: tuple[Part, ...], tables: str = "labelled", notes: str = "paragraph") -> Iterator[str]:
    """Yield the text of parts in the order in which it is read, without the marks of lists.

    `tables`: "labelled" with the header in each row, "cells" as printed. `notes`: after their "paragraph", at the
    "end" of the section as on paper, or "none".
    """
    kept: list[str] = []
    for part in parts:
        if isinstance(part, Table):
            yield from labelled(part) if tables == "labelled" else (cell for row in part.rows for cell in row)
        elif isinstance(part, Items):
            yield from part.texts
        else:
            yield part.text
        if isinstance(part, Paragraph) and part.note and notes != "none":
            if notes == "paragraph":
                yield part.note
            else:
                kept.append(part.note)
    yield from kept


def spelt(document: Document, keep: str) -> Document:
    """Return the document without the characters that an encoding does not have."""

    def of(text: str) -> str:
        return text.encode(keep, "ignore").decode(keep)

    return _mapped(document, of)


def without(document: Document, characters: str) -> Document:
    """Return the document without characters that a font does not have."""
    gone = {ord(character): None for character in characters}
    return _mapped(document, lambda text: text.translate(gone))


def _mapped(document: Document, of: Callable[[str], str]) -> Document:
    parts: list[Part] = []
    for part in document.parts:
        if isinstance(part, Paragraph):
            parts.append(Paragraph(tuple(replace(run, text=of(run.text)) for run in part.runs), of(part.note)))
        elif isinstance(part, Items):
            parts.append(replace(part, texts=tuple(map(of, part.texts))))
        elif isinstance(part, Table):
            parts.append(Table(tuple(tuple(map(of, row)) for row in part.rows)))
        else:
            parts.append(replace(part, text=of(part.text)))
    return replace(document, title=of(document.title), author=of(document.author), parts=tuple(parts))


def _words(text: str, note: str = "") -> Paragraph:
    """A paragraph out of a text where *bold* and [a link](https://…) are marked as in Markdown."""
    runs: list[Run] = []
    for number, piece in enumerate(text.split("*")):
        before, opened, rest = piece.partition("[")
        label, _, rest = rest.partition("](")
        address, _, after = rest.partition(")")
        runs.append(Run(before, bold=number % 2 == 1))
        if opened:
            runs += [Run(label, link=address), Run(after)]
    return Paragraph(tuple(run for run in runs if run.text), note)


ZH = Document(
    "zh",
    "zh",
    "石塘镇渡轮的一百年",
    "陈小满",
    "2021-08-20",
    (
        Heading(1, "码头的由来"),
        _words(
            "石塘镇的渡口开于1921年3月5日，最初只有一条木船，每天往返四次，船费是两个铜板。那时江面宽约1,200米，"
            "遇到大*雾天*，船夫只能靠敲锣辨认方向。",
            "据镇志第三卷，锣声在两里之外仍可听见。",
        ),
        _words("关于渡口的照片，可以看[镇档案馆的网页](https://archive.example.org/ferry?id=7&page=2)，共有三十六张。"),
        Heading(2, "名字"),
        _words(
            "“石塘”二字从何而来？老人说：“先有石，后有塘。”也有人认为是误写。"
            "ＡＢＣ号是第一条汽船（全角字母漆在船头），载客１２０人。"
        ),
        Quotation("过江的人多，记得船的人少。——渡口旧碑"),
        Heading(2, "船只"),
        Table(
            (
                ("船名", "下水年份", "载客", "造价（元）"),
                ("石塘一号", "1934", "120", "8,600.50"),
                ("春江", "1957", "260", "41,000"),
                ("新渡", "1988", "400", "1,250,000"),
            )
        ),
        Heading(1, "停航与重开"),
        _words(
            "2004年大桥通车，渡轮停航。三年后，*居民*联名要求恢复，理由是桥上没有人行道，老人去对岸看病要绕行七公里。"
            "2008年5月1日，渡轮重新开航，票价1.5元。"
        ),
        Items(("首班6:30，末班21:00", "自行车免费，电动车加收1元", "大雾、台风停航")),
        Heading(2, "怎样估算客流"),
        _words("管理处用一个简单的办法估算每天的客流：数早高峰的人数，再乘以一个系数。"),
        Code("def flow(morning, factor=4.2):\n    # 系数由三个月的记录得出\n    return round(morning * factor)"),
        Heading(3, "结果"),
        Items(("数早高峰三次，取平均数", "乘以4.2", "与售票记录核对，误差在6%以内"), numbered=True),
        _words("2019年平均每天1,870人次，比重开时多了一倍。😀 管理员李阿姨说：“只要还有人等船，我们就不停。”"),
    ),
)

EN = Document(
    "en",
    "en",
    "The Bell at Crane Point",
    "Mara Ellison",
    "2019-11-03",
    (
        Heading(1, "How the bell came"),
        _words(
            "The bell was cast in 1868 by a founder whose name nobody wrote down. It weighs 412.5 kg, is 0.94 m wide "
            "at the lip and was carried up the cliff on rollers in the winter of that year. Dr. A. Whitcombe, who paid "
            "for it, never saw it hung: he died on Jan. 9, 1869, two days before the first ring.",
            "His letters are kept in the parish chest, together with the founder's bill.",
        ),
        _words(
            "A fuller list of the letters stands in [the parish catalogue](https://parish.example.org/letters?y=1868), "
            "which was last revised in the spring."
        ),
        Heading(2, "Its voice"),
        _words(
            "Sailors said the note was an un*mistak*able B flat. “You could steer by it,” one of them told the county "
            "paper, “even with your eyes shut.” The naïve visitor, sipping coffee in a café near the façade, hears "
            "only a clang."
        ),
        Quotation("She rings for the lost and the late alike. (carved over the door)"),
        Heading(2, "What it cost"),
        Table(
            (
                ("Item", "Year", "Paid by", "Pounds"),
                ("Casting", "1868", "Whitcombe", "118.10"),
                ("New clapper", "1911", "Parish", "9.75"),
                ("Electric striker", "1974", "County, half; parish, half", "1,340.00"),
            )
        ),
        Heading(1, "Silence and return"),
        _words(
            "In 1998 a crack of eleven centimetres was found below the crown, and the bell was stopped. For nine years "
            "the hour was struck by a loudspeaker. Nobody liked it; the minutes of the parish council for those years "
            "hold forty-three complaints."
        ),
        Items(("bell rung on Sundays at ten", "striker off between 22:00 and 7:00", "tours: adults £4, children free")),
        Heading(2, "Counting the strokes"),
        _words("The keeper checks the striker with a few lines that anyone can run."),
        Code(
            "def strokes(hours):\n    total = 0\n    for hour in hours:\n"
            "        total += hour % 12 or 12\n    return total"
        ),
        Heading(3, "Result"),
        Items(("write down the hours", "run the function", "compare with the counter's 156 a day"), numbered=True),
        _words("The weld has held since 2007. Whoever climbs the 84 steps may ring once, and once only."),
    ),
)

MIXED = Document(
    "mixed",
    "zh",
    "用Python管理茶园：notes from one season",
    "Lin Qiao, 周雨",
    "2023-05-18",
    (
        Heading(1, "Why 我们开始记录"),
        _words(
            "去年春天，茶园的产量下降了12.5%，没有人知道原因。We had no data at all: "
            "只有一本手写的账簿和三个人的记忆。于是我们买了两个传感器（sensor），每小时记录一次温度和湿度。",
            "The sensors cost 35 euros each; 电池每两个月换一次。",
        ),
        _words("全部数据在[数据页](https://tea.example.org/data)上公开，license为CC BY 4.0。"),
        Heading(2, "Words 词汇"),
        _words(
            "“Flush”指一次采摘期，first flush就是春茶。Cafe\u0301 menus call it “spring tea”; "
            "我们的客户叫它“头*春*”。半角ｶﾅ、全角ＡＢＣ和①②③也会出现在旧账簿里，还有生僻字𠮷和龘。"
        ),
        Quotation("Good tea forgives; 好茶不言。"),
        Heading(2, "Fields 田块"),
        Table(
            (
                ("Field 田块", "Area (ha)", "产量 2022", "Yield 2023"),
                ("North 北坡", "1.2", "310 kg", "355 kg"),
                ("溪边", "0.8", "240 kg", "251 kg"),
                ("Old terrace 老梯田", "2.5", "700 kg", "≈690 kg"),
            )
        ),
        Heading(1, "What changed 改变"),
        _words(
            "五月的一个晚上，温度在两小时内从14℃降到3℃。The alarm woke us at 02:17, and by three o'clock "
            "所有人都在盖*防霜*布。那一晚救下的芽叶，大约值18,000元。👩‍🌾🍵"
        ),
        Items(("盖布 before sunset", "每晚检查alarm", "write down 每一次例外")),
        Heading(2, "Code 代码"),
        Code(
            "import csv\n\nwith open('茶园.csv') as file:\n    rows = [r for r in csv.reader(file) if float(r[1]) < 4]"
        ),
        Heading(3, "Results 结果"),
        Items(("三次霜冻 detected", "两次 false alarms", "no field lost 没有损失"), numbered=True),
        _words("下一季我们会加上风速。Anyone may copy the idea; 请告诉我们结果。"),
    ),
)

TW = Document(
    "tw",
    "zh",
    "山城書店的最後一盞燈",
    "許家寧",
    "2022-12-01",
    (
        Heading(1, "書店的來歷"),
        _words(
            "這家書店開在山城的斜坡上，門口有一百零八級臺階。店主說，會走上來的人，才是真的想讀書的人。"
            "一九八七年開店時，架上只有三百本舊書。",
            "其中七十本是鄰居送的。",
        ),
        _words("書店的[舊照片](https://books.example.org/photos)由一位學生拍攝。"),
        Heading(2, "燈"),
        _words("「這盞燈不能關，」店主對我說，「還有人在看書呢。」那是一盞*綠色*的檯燈，燈罩補過兩次。"),
        Quotation("書是走遠路的朋友。"),
        Heading(2, "帳目"),
        Table((("年度", "售書", "收入（元）"), ("1990", "2,310", "184,800"), ("2005", "5,020", "602,400"))),
        Heading(1, "關門以後"),
        _words("二零二二年十一月三十日，書店關門。最後一天來了兩百多人，每個人都帶走了一本書。"),
        Items(("地圖送給圖書館", "檯燈留給學校", "招牌掛在車站")),
        Heading(2, "程式"),
        Code("total = sum(price for title, price in sold)\nprint(total)"),
        Heading(3, "後記"),
        Items(("先清點", "再裝箱", "最後關燈"), numbered=True),
        _words("我後來再去，斜坡上只剩下燈的影子。"),
    ),
)

DOCUMENTS = (ZH, EN, MIXED, TW)
