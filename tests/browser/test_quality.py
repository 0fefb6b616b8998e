"""What holds on every view: nothing hinders, nothing hostile runs, evidence is there at once and can be checked."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Visit, WordEmbedder, make_assistant, serving
from fpdf import FPDF
from playwright.sync_api import expect

from assistant import Assistant
from assistant.web.room import Room
from index import Index

pytestmark = pytest.mark.browser

Visits = Callable[..., Visit]

HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1>",
    "<svg><script>window.hacked=1</script></svg>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'>",
    "<body onload=window.hacked=1>",
    "<details open ontoggle=window.hacked=1>",
    "<input autofocus onfocus=window.hacked=1>",
    "<video><source onerror=window.hacked=1>",
    "<audio src=x onerror=window.hacked=1>",
    "<marquee onstart=window.hacked=1>",
    "<object data='javascript:window.hacked=1'>",
    "<embed src='javascript:window.hacked=1'>",
    "<base href='//evil.example/'>",
    "<a href='javascript:window.hacked=1'>click</a>",
    "<form action='javascript:window.hacked=1'><button>b</button></form>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=window.hacked=1>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href='//evil.example/a.css'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    '"><script>window.hacked=1</script>',
    "'><img src=x onerror=window.hacked=1>",
    '" onmouseover="window.hacked=1',
    "' autofocus onfocus='window.hacked=1",
    "`onmouseover=window.hacked=1",
    "javascript:window.hacked=1",
    "JaVaScRiPt:window.hacked=1//",
    "data:text/html,<script>window.hacked=1</script>",
    "vbscript:msgbox(1)",
    "</textarea><script>window.hacked=1</script>",
    "</title><script>window.hacked=1</script>",
    "</style><script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<!--<script>window.hacked=1-->",
    "]]><script>window.hacked=1</script>",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "&#60;img src=x onerror=window.hacked=1&#62;",
    "${window.hacked=1}",
    "{{constructor.constructor('window.hacked=1')()}}",
    "{%raw%}<%= window.hacked=1 %>",
    "#{window.hacked=1}",
    "\u202egnp.exe\u202c",
    "\u2066isolate\u2069 \u200frtl",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "<template><script>window.hacked=1</script></template>",
    "<x contenteditable onblur=window.hacked=1>",
]


def readable(text: str) -> str:
    """What of a text can be seen, whatever the space between."""
    return "".join(character for character in text if character.isprintable() and not character.isspace())


# What the list shows; then it goes on by its height, and draws what is there.
_NEXT_ROWS = """async (rows) => {
  const shown = rows.innerText;
  rows.scrollBy(0, rows.clientHeight);
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return shown;
}"""


def test_forty_hostile_strings_in_every_place_are_text_and_nothing_runs(visit: Visits, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 40
    folder = tmp_path / "sources"
    folder.mkdir()
    for number, text in enumerate(HOSTILE):
        quoted = json.dumps(text)  # which YAML reads too
        name = f"{number} {text}".replace("/", "∕")[:80]
        stated = f"title: {quoted}\nauthor: {quoted}\nurl: {quoted}"
        said = f"---\n{stated}\n---\n\n```\nThe number {number} submarine dock: {text}\n```\n"
        (folder / f"{name}.md").write_text(said, encoding="utf-8")
    with Index.open(tmp_path / "index", WordEmbedder()) as index:
        outcomes = index.add(folder)
        assert all(one.status == "added" for one in outcomes), outcomes
        with serving(Room(Assistant(index, None, "none"))) as address:
            reader = visit(at=address)
            reader.page.click("[data-goes=sources]")
            expect(reader.page.locator(".fitting")).to_contain_text(f"{len(HOSTILE)} in all")
            shown = ""
            for _ in range(6):  # the whole list comes by
                shown += reader.page.locator(".rows").evaluate(_NEXT_ROWS)
            for text in HOSTILE:
                assert readable(text) in readable(shown), text
            reader.page.click("[data-goes=ask]")
            cards = ""
            for at in range(0, len(HOSTILE), 5):
                some = HOSTILE[at : at + 5]
                turn = reader.answered(f"number {at} submarine dock {' '.join(some)}")
                for text in some:
                    assert readable(text) in readable(turn.locator(".asked").inner_text()), "in a question"
                cards += turn.locator(".evidence").text_content() or ""
                turn.locator(".cite").first.click()
                expect(reader.page.locator(".reader mark").first).to_be_visible()
                assert reader.page.locator(".reader .address a").count() == 0
                reader.page.keyboard.press("Escape")
            assert sum(readable(text) in readable(cards) for text in HOSTILE) >= 10, "in the cards"
            reader.page.click("[data-goes=conversations]")
            reader.page.locator(".conversations .open").first.wait_for()
            exported = reader.page.evaluate(
                """async () => {
                  const [one] = await (await fetch("yiju/conversations")).json();
                  return (await fetch(`yiju/conversations/${one.id}/html`)).text();
                }"""
            )
            alone = reader.page.context.new_page()
            alone.set_content(exported)
            assert alone.locator("script, img, svg, iframe, object, [onmouseover], a[href^='javascript']").count() == 0
            for one in (reader.page, alone):
                assert one.evaluate("window.hacked") is None
            assert (
                reader.page.locator("#yiju :is(img, script, svg, iframe, object, embed, marquee, video)").count() == 0
            )
            assert {urlsplit(url).hostname for url in reader.requests if not url.startswith("data:")} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("locale", "width", "scheme"),
    [("en-GB", 1440, "light"), ("zh-CN", 1440, "dark"), ("zh-CN", 390, "light"), ("en-GB", 390, "dark")],
)
def test_no_view_has_a_serious_barrier_or_is_wider_than_the_screen(
    visit: Visits, disputed: str, locale: str, width: int, scheme: str
) -> None:
    reader = visit(locale, width=width, scheme=scheme, at=disputed)

    def check(where: str) -> None:
        found = Axe().run(reader.page, context="#yiju").response["violations"]
        serious = [
            (one["id"], [node["html"][:120] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], where
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width, where

    check("the welcome")
    reader.answered("When was the lighthouse at Cape Vey built?")
    turn = reader.answered("And the windmill of Harrow?")
    turn.locator(".edit").click()
    check("a conversation")
    turn.locator(".cite").click()
    expect(reader.page.locator(".reader mark.here")).to_be_visible()
    check("a source")
    reader.page.keyboard.press("Escape")
    for view in ("sources", "conversations", "settings"):
        reader.page.click(f"[data-goes={view}]")
        reader.page.wait_for_timeout(250)
        check(view)


# Checking a PDF


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    document = FPDF()
    document.set_title("The windmill survey")
    filler = "This survey of the county counts farms and barns and bridges, one after another, and describes each. " * 8
    said = "The windmill of Harrow was built in 1790 by Jane Poole. Its four sails were made of larch from the north."
    for page in (filler, f"{filler} {said} {filler}", filler):
        document.add_page()
        document.set_font("helvetica", size=11)
        document.multi_cell(0, 8, page)
    path = tmp_path / "survey.pdf"
    document.output(str(path))
    return path


# The pictures of pages come late, that of the second page later still.
_SLOW_PAGES = """() => {
  const fetched = window.fetch;
  window.fetch = async (at, ...how) => {
    const answer = await fetched(at, ...how);
    if (at.includes("/pages/")) await new Promise((later) => setTimeout(later, at.includes("/pages/2") ? 500 : 200));
    return answer;
  };
}"""


def test_a_pdf_opens_as_the_picture_of_its_page_with_the_words_marked(visit: Visits, pdf: Path, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", WordEmbedder()) as index:
        (tmp_path / "quay.txt").write_text("The quay is new.")
        index.add(pdf, tmp_path / "quay.txt")
        with serving(Room(Assistant(index, None, "none"))) as address:
            reader = visit(at=address)
            turn = reader.answered("When was the windmill of Harrow built?")
            assert "p. 2" in turn.locator(".card").first.inner_text()
            turn.locator(".cite").first.click()
            sheet = reader.page.locator(".reader .sheet")
            expect(sheet.locator(".box").first).to_be_in_viewport()
            expect(reader.page.locator(".page-now")).to_contain_text("Page 2 of 3")
            turn.locator(".asked").hover()
            turn.locator(".cite").first.hover()
            expect(sheet.locator(".box.lit").first).to_be_visible()
            reader.page.click(".reader .later")
            expect(reader.page.locator(".page-now")).to_contain_text("Page 3 of 3")
            expect(sheet.locator(".box")).to_have_count(0)
            reader.page.evaluate(_SLOW_PAGES)
            for _ in range(2):
                reader.page.click(".reader .earlier")
            expect(reader.page.locator(".page-now")).to_contain_text("Page 1 of 3")
            reader.page.wait_for_timeout(700)  # until both pages came, the first one last
            expect(sheet.locator(".box")).to_have_count(0)
            reader.page.click(".reader .later")
            expect(sheet.locator(".box").first).to_be_in_viewport()
            reader.page.click(".reader [data-way=text]")
            expect(reader.page.locator(".reader .text mark")).to_contain_text("built in 1790")
            reader.page.click("[data-goes=sources]")
            with reader.page.expect_response("**/pages/*"):
                reader.page.locator(".rows .open", has_text="survey").click()
            reader.page.locator(".rows .open", has_text="quay").click()
            reader.page.wait_for_timeout(700)
            expect(reader.page.locator(".reader .text", has_text="The quay is new.")).to_be_visible()
            expect(reader.page.locator(".reader .ways")).to_be_hidden()
            reader.page.click("[data-goes=ask]")
            pdf.write_bytes(pdf.read_bytes() + b"%changed")
            turn.locator(".cite").first.click()
            expect(reader.page.locator(".reader .text mark")).to_contain_text("built in 1790")
            (listed,) = (one for one in index.sources() if one.title != "quay")
            index.remove(listed.id)
            page = f"fetch('yiju/sources/{listed.id}/pages/2').then((answer) => answer.status)"
            assert reader.page.evaluate(page) == 404, "what was removed is not served"
            reader.complaints.clear()


def test_arrows_go_from_quote_to_quote_and_a_place_leads_back_to_its_number(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path) as made, serving(Room(Assistant(made.index, None, "none"))) as address:
        reader = visit(at=address)
        turn = reader.answered("lighthouse lamp keeper harbour guild 南河石桥")
        numbers = turn.locator(".cite").all_inner_texts()
        assert len(numbers) >= 2
        turn.locator(".cite").first.focus()
        keys = reader.page.keyboard
        keys.press("Enter")
        here = reader.page.locator(".reader mark.here")
        expect(here).to_be_visible()
        first = here.get_attribute("data-number")
        keys.press("Shift+ArrowRight")
        expect(here).to_have_attribute("data-number", first or "")
        keys.press("ArrowRight")
        expect(here).not_to_have_attribute("data-number", first or "")
        number = here.get_attribute("data-number")
        here.focus()
        expect(turn.locator(f".cite.lit[data-number='{number}']")).to_be_visible()
        keys.press("Enter")
        expect(turn.locator(f".cite[data-number='{number}']")).to_be_focused()
