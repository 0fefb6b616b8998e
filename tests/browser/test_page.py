"""The page in a browser: ask, see the evidence, check it in its source."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Visit, make_assistant, serving
from playwright.sync_api import expect

from assistant import Assistant

pytestmark = pytest.mark.browser

Visits = Callable[..., Visit]

# Notes, the first time that each is true, in which order the parts of a turn come.
_WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const now = { cards: ".turn .card", word: ".turn .draft", sentence: ".turn .sentence" };
    for (const [name, selector] of Object.entries(now))
      if (!seen.includes(name) && document.querySelector(selector)) seen.push(name);
  }).observe(document.querySelector("#yiju .conversation"), { childList: true, subtree: true });
}"""


def test_an_answer_comes_as_cards_then_words_then_checked_sentences(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, pause=0.3) as slow, serving(slow) as address:
        watched = visit(at=address)
        watched.page.evaluate(_WATCH)
        watched.answered("When was the lighthouse built?")
        assert watched.page.evaluate("seen") == ["cards", "word", "sentence"]
    reader = visit()
    turn = reader.answered("When was the lighthouse built?")
    outcome = reader.page.get_by_role("status").filter(has_text="Answered.")
    expect(outcome).to_have_text("Answered.", use_inner_text=True)  # for who cannot see it
    assert turn.locator(".asked").inner_text() == "When was the lighthouse built?"
    card = turn.locator(".card").first
    expect(card).to_contain_text("The lighthouse at Cape Vey")
    expect(card).to_contain_text("Ada Lind · 1998-05")
    good, bad = turn.locator(".sentence").all()
    expect(good).to_have_text("The lighthouse at Cape Vey was built in 1871 by the harbour guild.[1]")
    expect(bad.locator("s")).to_have_text("It stands 99 metres high.")
    assert bad.locator(".verdict").inner_text() == "not supported · not in the evidence: 99"
    assert re.fullmatch(r"1 source, 1 independent origin · \d+\.\d s", turn.locator(".closing").inner_text())


def test_a_number_opens_its_quote_in_the_source(visit: Visits, assistant: Assistant) -> None:
    (citation,) = assistant.ask("When was the lighthouse built?").citations
    reader = visit()
    turn = reader.answered("When was the lighthouse built?")
    turn.locator(".cite").click()
    expect(reader.page.locator(".reader mark")).to_have_text(citation.quote)
    expect(reader.page.locator(".reader mark")).to_be_in_viewport()
    expect(reader.page.locator(".reader h2")).to_have_text("The lighthouse at Cape Vey")
    expect(reader.page.locator(".reader .address a")).to_have_attribute("href", "https://example.org/lighthouse")
    expect(reader.page.locator(".reader .text h4")).to_have_text("The lamp")


def test_an_older_answer_keeps_its_own_numbers(visit: Visits) -> None:
    reader = visit()
    first = reader.answered("When was the lighthouse built?")
    reader.answered("南河石桥由谁主持修建？")
    first.locator(".cite").click()
    expect(reader.page.locator(".reader mark")).to_contain_text("built in 1871")
    reader.page.keyboard.press("Escape")
    reader.page.locator(".turn").last.locator(".card").first.click()
    expect(reader.page.locator(".reader h2")).to_have_text("石桥记")


def test_number_and_card_light_up_together(visit: Visits) -> None:
    turn = visit().answered("When was the lighthouse built?")
    turn.locator(".cite").hover()
    expect(turn.locator(".card.lit .number")).to_have_text("1")


def test_a_refusal_says_so_and_shows_the_nearest_passages(visit: Visits) -> None:
    reader = visit()
    turn = reader.answered("Who was king of Atlantis?")
    expect(reader.page.locator(".outcome")).to_have_text("The sources do not answer this.", use_inner_text=True)
    assert "The sources do not answer this." in turn.locator(".refused").inner_text()
    assert turn.locator(".evidence h3").inner_text() == "Nearest passages, not an answer"
    assert turn.locator(".card").count() > 0
    assert turn.locator(".cite").count() == 0


def test_unsupported_sentences_of_a_refusal_are_folded_away(visit: Visits) -> None:
    turn = visit().answered("When did the keeper leave?")
    fold = turn.locator("details")
    expect(fold.locator("s")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("s")).to_have_text("The keeper of the lighthouse left in 2021.")


def test_a_bad_question_is_answered_by_a_clear_sentence(visit: Visits) -> None:
    reader = visit()
    empty = reader.ask("   ")
    expect(empty.locator(".note:visible")).to_contain_text("The question is empty.")
    expect(reader.page.locator(".held .new")).to_be_visible()
    expect(reader.page.locator(".exporting")).to_be_hidden()  # nothing is kept yet
    long = reader.ask("why " * 12_500)
    expect(long.locator(".note:visible")).to_contain_text("at most 10,000")
    assert reader.answered("When was the lighthouse built?").locator(".cite").count() == 1
    expect(reader.page.locator(".exports a")).to_have_count(2)
    expect(reader.page.locator(".exporting")).to_be_visible()


def test_a_stopped_answer_says_that_it_is_not_complete(visit: Visits) -> None:
    reader = visit()
    turn = reader.ask("Tell me everything about the lighthouse")
    turn.locator(".draft").wait_for()
    for _ in range(2):
        turn.locator(".retry").click()
    expect(reader.page.locator(".toast")).to_contain_text("The last question is still being answered.")
    expect(reader.page.locator(".turn")).to_have_count(1)
    reader.page.click(".stop")
    expect(reader.page.locator(".outcome")).to_contain_text("Stopped;")
    other = reader.answered("When was the lamp changed?")
    assert other.locator(".cite").count() == 1
    expect(turn.locator(".note:visible")).to_have_text(re.compile("Stopped; what stands above is not complete."))
    assert turn.locator(".closing").count() == 0


def test_a_double_click_on_ask_does_not_stop_the_question(visit: Visits) -> None:
    reader = visit()
    reader.answered("When was the lamp changed?")
    reader.page.fill("#yiju-question", "When was the lighthouse built?")
    box = reader.page.locator(".composer .ask").bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reader.page.evaluate("const now = Date.now(); Date.now = () => now")  # however long the second click takes here
    reader.page.mouse.click(*at)
    expect(reader.page.locator(".composer .stop")).to_be_visible()
    reader.page.mouse.click(*at)
    turn = reader.page.locator(".turn").last
    turn.locator(".closing").wait_for()
    assert turn.locator(".cite").count() == 1


def test_a_source_that_was_removed_meanwhile_is_a_clear_notice(visit: Visits) -> None:
    reader = visit()
    turn = reader.answered("When was the lighthouse built?")
    reader.page.evaluate("document.querySelector('.turn .cite').dataset.source = '0'.repeat(32)")
    reader.complaints.clear()
    turn.locator(".cite").click()
    expect(reader.page.locator(".notices p:visible")).to_contain_text("no longer in the index")
    reader.complaints[:] = [said for said in reader.complaints if "404" not in said]  # the browser's own note of it


def test_everything_comes_from_this_machine(visit: Visits) -> None:
    reader = visit()
    reader.answered("When was the lighthouse built?").locator(".cite").click()
    expect(reader.page.locator(".reader mark")).to_be_visible()
    hosts = {urlsplit(url).hostname for url in reader.requests if not url.startswith("data:")}
    assert hosts == {"127.0.0.1"}
    assert not re.findall(r"https?://(?!127\.0\.0\.1|www\.w3\.org/2000/svg)[^\"'\s]+", reader.page.evaluate(_SERVED))


_SERVED = "async () => (await (await fetch('/')).text())"


@pytest.mark.parametrize("question", ["zeppelin hangar airships?", "submarine dock boats?"])
def test_hostile_text_is_shown_and_never_run(visit: Visits, question: str) -> None:
    reader = visit()
    hostile = f"{question} <img src=x onerror=window.hacked=1> ${{window.hacked=1}} {{{{constructor}}}}"
    turn = reader.answered(hostile)
    assert turn.locator(".asked").inner_text() == hostile
    turn.locator(".cite").first.click()
    expect(reader.page.locator(".reader mark")).to_be_visible()
    turn.locator(".cite").first.hover()
    shown = reader.page.inner_text("#yiju")
    reader.page.click("[data-goes=sources]")
    expect(reader.page.locator(".rows li[data-id]")).to_have_count(4)
    shown += reader.page.inner_text("#yiju")
    assert "<img src=x onerror=window.hacked=1>" in shown
    assert "<script>window.hacked=1</script>" in shown
    assert reader.page.locator("#yiju :is(img, script, svg, iframe)").count() == 0
    assert reader.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("link", ["javascript:window.hacked=1", "data:text/html,x", "/etc/passwd"])
def test_an_address_that_is_not_of_the_web_is_no_link(visit: Visits, link: str) -> None:
    reader = visit()
    found = {"title": "x", "language": "en", "address": link, "link": False, "lines": []}
    reader.page.route("**/yiju/sources/*", lambda route: route.fulfill(json=found))
    reader.answered("When was the lighthouse built?").locator(".cite").click()
    expect(reader.page.locator(".reader .address")).to_have_text(link)
    assert reader.page.locator(".reader .address a").count() == 0


def test_on_a_phone_nothing_is_wider_than_the_screen(visit: Visits) -> None:
    reader = visit(width=390, height=844)
    turn = reader.answered("When was the lighthouse built?")
    width = "document.documentElement.scrollWidth"
    assert reader.page.evaluate(width) <= 390
    turn.locator(".cite").click()
    expect(reader.page.locator(".reader mark")).to_be_in_viewport()
    assert reader.page.evaluate(width) <= 390
    for _ in range(12):
        reader.page.keyboard.press("Tab")
        assert reader.page.evaluate("!document.activeElement.closest('.view, .bar')"), "what is covered has no focus"
    at = reader.page.url
    reader.page.click(".reader .close")
    expect(turn.locator(".cite")).to_be_focused()
    turn.locator(".cite").click()
    reader.page.go_back()
    expect(reader.page.locator(".reader")).to_be_hidden()
    expect(turn.locator(".cite")).to_be_focused()
    assert reader.page.url == at
    expect(reader.page.locator("#yiju-question")).to_be_in_viewport()
    box = reader.page.locator("#yiju-question").bounding_box()
    assert box is not None and box["width"] > 200
    for size, widths in (("100", [320]), ("115", [360]), ("130", [390, 320])):
        reader.page.click("[data-goes=settings]")
        reader.page.check(f"[name=size][value='{size}']")
        for wide in widths:
            reader.page.set_viewport_size({"width": wide, "height": 844})
            for view in ("ask", "sources", "conversations", "settings"):
                reader.page.click(f"[data-goes={view}]")
                assert reader.page.evaluate(width) <= wide, (size, wide, view)
                expect(reader.page.locator("[data-goes=settings]")).to_be_in_viewport(ratio=1)


def test_the_keyboard_alone_goes_from_question_to_source_and_back(visit: Visits) -> None:
    reader = visit()
    keys = reader.page.keyboard
    expect(reader.page.locator("#yiju-question")).to_be_focused()
    keys.type("When was the lighthouse built")
    keys.press("Shift+Enter")
    keys.type("and by whom?")
    keys.press("Enter")
    turn = reader.page.locator(".turn")
    turn.locator(".closing").wait_for()
    assert turn.locator(".asked").inner_text() == "When was the lighthouse built\nand by whom?"
    number = turn.locator(".cite")
    for _ in range(12):
        keys.press("Shift+Tab")
        if number.evaluate("one => one === document.activeElement"):
            break
    expect(number).to_be_focused()
    keys.press("Enter")
    expect(reader.page.locator(".reader mark")).to_contain_text("built in 1871")
    expect(reader.page.locator(".reader h2")).to_be_focused()
    keys.press("Escape")
    expect(reader.page.locator(".reader")).to_be_hidden()
    expect(number).to_be_focused()


def test_evidence_that_was_opened_while_an_answer_is_written_stays_marked_and_has_the_focus_back(
    visit: Visits, tmp_path: Path
) -> None:
    with make_assistant(tmp_path, pause=0.3) as slow, serving(slow) as address:
        reader = visit(at=address)
        turn = reader.ask("When was the lighthouse built?")
        turn.locator(".draft").wait_for()
        cards = turn.locator(".card")
        number = cards.first.get_attribute("data-number")
        cards.first.locator(".open").click()
        expect(reader.page.locator(".reader h2")).to_be_focused()
        turn.locator(".closing").wait_for()
        expect(turn.locator(f".card.shown[data-number='{number}']")).to_be_visible()
        reader.page.keyboard.press("Escape")
        expect(turn.locator(f".card[data-number='{number}'] .open")).to_be_focused()


@pytest.mark.parametrize("key", [{"isComposing": True}, {"keyCode": 229}], ids=["most browsers", "Safari"])
def test_enter_that_ends_a_word_of_an_input_method_does_not_send(visit: Visits, key: dict[str, object]) -> None:
    reader = visit("zh-CN")
    reader.page.fill("#yiju-question", "石桥")
    reader.page.dispatch_event("#yiju-question", "keydown", {"key": "Enter", **key})
    assert reader.page.locator(".turn").count() == 0


def test_the_page_speaks_chinese_to_a_chinese_browser(visit: Visits) -> None:
    reader = visit("zh-CN")
    turn = reader.answered("南河石桥由谁主持修建？")
    assert re.fullmatch(r"1 个来源，1 个独立出处 · 用时 \d+\.\d 秒", turn.locator(".closing").inner_text())
    assert reader.page.inner_text(".composer .ask") == "提问"
    assert reader.page.get_attribute("#yiju-question", "placeholder") == "就你的资料提问……"
    refused = reader.answered("Who was king of Atlantis?")
    assert "这些资料没有回答这个问题" in refused.inner_text()
    assert reader.page.get_attribute("html", "lang") == "zh-CN"


def test_two_tabs_do_not_mix(visit: Visits) -> None:
    one, other = visit(), visit("zh-CN")
    asked_here, asked_there = one.ask("When was the lighthouse built?"), other.ask("南河石桥由谁主持修建？")
    asked_here.locator(".closing").wait_for()
    asked_there.locator(".closing").wait_for()
    assert "Cape Vey" in asked_here.inner_text() and "石桥" not in asked_here.inner_text()
    assert "石桥" in asked_there.inner_text() and "Cape Vey" not in asked_there.inner_text()
    assert one.page.locator(".turn").count() == other.page.locator(".turn").count() == 1


def test_an_example_is_asked_by_a_click(visit: Visits) -> None:
    reader = visit()
    reader.page.locator(".example", has_text="lighthouse").click()
    reader.page.locator(".turn .closing").wait_for()
    expect(reader.page.locator(".welcome")).to_be_hidden()


def test_a_question_waits_for_the_models_and_says_so(visit: Visits, tmp_path: Path) -> None:
    loaded = threading.Event()
    slow = make_assistant(tmp_path)
    slow.load = loaded.wait  # type: ignore[method-assign, assignment]
    with slow, serving(slow) as address:
        turn = visit(at=address).ask("When was the lighthouse built?")
        expect(turn.locator(".note:visible")).to_contain_text("The model is being loaded…")
        expect(turn.locator(".card").first).to_contain_text("Cape Vey")
        assert turn.locator(".draft").count() == 0
        loaded.set()
        turn.locator(".closing").wait_for()


def test_a_page_without_sources_says_how_to_add_some(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, stocked=False) as bare, serving(bare) as address:
        reader = visit(at=f"{address}#constructor")  # no view of that name either
        expect(reader.page.locator(".welcome .bare")).to_contain_text("There are no sources yet.")
        expect(reader.page.locator(".example").first).to_be_hidden()
        turn = reader.answered("When was the lighthouse built?")
        assert "No passage comes near it either." in turn.locator(".refused").inner_text()


def test_an_answer_that_the_program_breaks_off_says_so(visit: Visits, tmp_path: Path) -> None:
    broken = make_assistant(tmp_path)
    with broken, serving(broken) as address:
        reader = visit(at=address)
        broken.stream = lambda question: iter([1 / 0])  # type: ignore[method-assign, assignment, misc]
        turn = reader.ask("When was the lighthouse built?")
        expect(turn.locator(".note:visible")).to_contain_text("The answer did not arrive whole")
        expect(reader.page.locator(".composer .ask")).to_be_visible()
