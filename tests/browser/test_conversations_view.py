"""Chats that are kept: found again, named, exported, judged, removed; and settings that are remembered."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import Visit, make_assistant, serving
from playwright.sync_api import expect

from assistant import Assistant
from assistant.choices import Choices
from assistant.feedback import kept
from assistant.gate import TRAINED
from assistant.web.room import Room
from index import weights

pytestmark = pytest.mark.browser

Visits = Callable[..., Visit]


def test_a_chat_is_kept_found_opened_named_and_removed(visit: Visits, own: tuple[Assistant, str]) -> None:
    reader = visit(at=own[1])
    first = reader.answered("When was the lighthouse built?")
    shown = first.locator(".said").inner_text()
    reader.page.click(".held .new")
    expect(reader.page.locator(".turn")).to_have_count(0)
    reader.answered("南河石桥由谁主持修建？")
    reader.page.click("[data-goes=conversations]")
    rows = reader.page.locator(".conversations li")
    expect(rows).to_have_count(2)
    reader.page.fill(".conversations [name=words]", "harbour guild")
    expect(rows).to_have_count(1)
    rows.locator(".rename").click()
    reader.page.keyboard.type("Lighthouses")
    reader.page.keyboard.press("Enter")
    expect(rows.locator(".open")).to_have_text("Lighthouses")
    rows.locator(".open").click()
    turn = reader.page.locator(".turn")
    expect(turn).to_have_count(1)
    expect(turn.locator(".closing")).to_be_visible()
    assert turn.locator(".said").inner_text() == shown, "it is shown as it was"
    turn.locator(".cite").click()
    expect(reader.page.locator(".reader mark.here")).to_contain_text("built in 1871")
    reader.page.keyboard.press("Escape")
    reader.page.click("[data-goes=conversations]")
    reader.page.fill(".conversations [name=words]", "")
    expect(rows).to_have_count(2)
    rows.locator(".rename").first.click()
    reader.page.keyboard.type("A bridge")
    rows.locator(".remove").first.click()
    expect(rows).to_have_count(1)
    expect(reader.page.locator(".toast", has_text="A bridge")).to_be_visible()
    expect(rows.locator(".remove")).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(".conversations .none-kept")).to_be_visible()
    expect(reader.page.locator(".conversations [name=words]")).to_be_focused()
    reader.page.locator(".toast", has_text="Lighthouses").locator(".undo").click()
    expect(rows.locator(".open")).to_have_text("Lighthouses")
    expect(rows.locator(".open")).to_be_focused()


def test_a_reload_shows_the_chat_again(visit: Visits, own: tuple[Assistant, str]) -> None:
    reader = visit(at=own[1])
    turn = reader.answered("When was the lighthouse built?")
    turn.locator(".verdict-good").click()
    close = reader.page.locator(".toast .close")
    assert close.evaluate("one => getComputedStyle(one).color") == close.evaluate(
        "one => getComputedStyle(one.closest('.toast')).color"
    )
    reader.page.type("#yiju-question", "When was the lamp")
    reader.page.reload()
    expect(turn.locator(".cite")).to_have_count(1)
    expect(turn.locator(".verdict-good")).to_have_attribute("aria-pressed", "true")
    expect(turn.locator(".verdict-bad")).to_have_attribute("aria-pressed", "false")
    expect(reader.page.locator("#yiju-question")).to_have_value("When was the lamp")
    assert reader.answered("When was the lamp changed?").locator(".cite").count() == 1
    reader.page.click("[data-goes=conversations]")
    expect(reader.page.locator(".conversations .who")).to_have_text(re.compile("questions: 2"))


def test_the_same_chat_open_in_two_tabs_loses_nothing(visit: Visits, own: tuple[Assistant, str]) -> None:
    one = visit(at=own[1])
    one.answered("When was the lighthouse built?")
    other = Visit(one.page.context.new_page(), own[1])  # the same person, another tab
    other.page.goto(own[1])
    other.page.wait_for_selector("html[data-ready]")
    other.page.click("[data-goes=conversations]")
    other.page.click(".conversations .open")
    expect(other.page.locator(".turn")).to_have_count(1)
    asked_here, asked_there = one.ask("When was the lamp changed?"), other.ask("南河石桥由谁主持修建？")
    asked_here.locator(".closing").wait_for()
    asked_there.locator(".closing").wait_for()
    assert "石桥" not in asked_here.inner_text() and "lamp" not in asked_there.inner_text()
    one.page.evaluate("dispatchEvent(new Event('focus'))")  # one comes back to this tab
    expect(one.page.locator(".turn .closing")).to_have_count(3)
    other.page.reload()
    expect(other.page.locator(".turn .closing")).to_have_count(3)


def test_a_reload_in_the_middle_of_an_answer_goes_on_with_it(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, pause=0.3) as slow, serving(Room(slow)) as address:
        reader = visit(at=address)
        reader.ask("When was the lighthouse built?").locator(".draft").wait_for()
        reader.page.reload()
        turn = reader.page.locator(".turn")
        expect(turn.locator(".asked")).to_have_text("When was the lighthouse built?")
        turn.locator(".closing").wait_for()
        expect(turn).to_have_count(1)
        assert turn.locator(".cite").count() == 1
        reader.complaints.clear()  # Gradio's own, of the stream that the reload cut off


def test_a_new_chat_in_the_middle_of_an_answer_lets_it_go_on_in_its_own(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, pause=0.3) as slow, serving(Room(slow)) as address:
        reader = visit(at=address)
        turns = reader.page.locator(".turn")
        reader.ask("When was the lighthouse built?").locator(".draft").wait_for()
        reader.page.click(".held .new")
        expect(turns).to_have_count(0)
        expect(reader.page.locator(".toast")).to_contain_text("you will find it under Chats")
        assert "1934" in reader.answered("When was the lamp changed?").inner_text(), "the next waits for no other"
        assert "1871" not in turns.inner_text()
        reader.ask("And when did the keeper leave?").locator(".draft").wait_for()
        reader.page.click("[data-goes=conversations]")
        reader.page.locator(".conversations .open", has_text="lighthouse").click()
        expect(turns.locator(".closing")).to_be_visible()
        assert turns.locator(".cite").count() == 1, "it was kept where it was asked"
        reader.page.click("[data-goes=conversations]")
        reader.page.locator(".conversations .open", has_text="lamp").click()
        expect(turns.locator(".closing")).to_have_count(2)
        assert "keeper" in turns.last.locator(".asked").inner_text()


def test_a_lost_connection_is_said_and_the_answer_goes_on_when_it_is_back(visit: Visits) -> None:
    reader = visit()
    cut = re.compile("queue/data|yiju/runs")
    reader.page.route(cut, lambda route: route.abort())
    turn = reader.ask("When was the lighthouse built?")
    expect(turn.locator(".note.off")).to_be_visible()
    reader.page.unroute(cut)
    turn.locator(".closing").wait_for()
    assert turn.locator(".cite").count() == 1
    assert reader.answered("When was the lamp changed?").locator(".cite").count() == 1, "the page stays usable"
    reader.complaints.clear()  # the browser's own notes of what did not load
    reader.page.fill("#yiju-question", "When did the keeper")
    with reader.page.expect_response(re.compile("gradio_api/app_id")):  # Gradio would reload the page when it is told
        pass
    reader.page.wait_for_timeout(500)
    assert reader.page.input_value("#yiju-question") == "When did the keeper", "what is being typed stays"


def test_a_chat_is_exported_with_footnotes(visit: Visits, own: tuple[Assistant, str]) -> None:
    reader = visit(at=own[1])
    reader.answered("When was the lighthouse built?")
    with reader.page.expect_download() as markdown:
        reader.page.click(".exports a >> nth=0")
    text = Path(markdown.value.path()).read_text(encoding="utf-8")
    assert "harbour guild.[^1-1]" in text and "[^1-1]: The lighthouse at Cape Vey, Ada Lind, 1998-05: “" in text
    with reader.page.expect_download() as html:
        reader.page.click(".exports a >> nth=1")
    assert markdown.value.suggested_filename == "When was the lighthouse built.md"
    alone = reader.page.context.new_page()
    alone.set_content(Path(html.value.path()).read_text(encoding="utf-8"))
    assert alone.locator("sup a").get_attribute("href") == "#n1-1"
    assert "built in 1871" in alone.locator("#n1-1 blockquote").inner_text()


def test_an_answer_is_copied_with_its_citations(visit: Visits) -> None:
    reader = visit()
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = reader.answered("When was the lighthouse built?")
    turn.locator(".copy").click()
    expect(reader.page.locator(".toast")).to_contain_text("Copied.")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(
        "The lighthouse at Cape Vey was built in 1871 by the harbour guild.[1]\n\n[1] The lighthouse"
    )
    assert "99 metres" not in copied, "what nothing supports is not carried on"
    reader.page.evaluate(
        """() => {
          navigator.clipboard.writeText = () => Promise.reject();
          document.execCommand = () => false;
        }"""
    )
    turn.locator(".copy").click()
    expect(reader.page.locator(".toast").last).to_contain_text("The browser did not let it be copied.")
    expect(turn.locator(".copy")).to_be_focused()


def test_a_verdict_is_kept_as_a_question_for_an_evaluation(visit: Visits, own: tuple[Assistant, str]) -> None:
    made, address = own
    reader = visit(at=address)
    turn = reader.answered("When was the lighthouse built?")
    turn.locator(".verdict-bad").click()
    turn.locator(".judging button").click()
    expect(turn.locator(".judging")).to_have_count(0)
    expect(turn.locator(".verdict-bad")).to_be_focused()
    turn.locator(".verdict-bad").click()
    turn.locator(".judging textarea").fill("It is 42 metres high, not 99.")
    turn.locator(".judging button").click()
    expect(reader.page.locator(".toast")).to_contain_text("feedback.jsonl")
    expect(turn.locator(".verdict-bad")).to_have_attribute("aria-pressed", "true")
    (verdict,) = kept(made.index.folder)
    assert (verdict.verdict, verdict.note) == ("bad", "It is 42 metres high, not 99.")
    assert verdict.question == "When was the lighthouse built?" and "built in 1871" in verdict.quotes[0]
    assert len((made.index.folder / "feedback.jsonl").read_text().splitlines()) == 3
    assert json.loads((made.index.folder / "feedback.jsonl").read_text().splitlines()[0])["note"] == ""


def test_a_question_is_asked_again_and_edited(visit: Visits) -> None:
    reader = visit()
    turn = reader.answered("When was the lighthouse built?")
    turn.locator(".edit").click()
    expect(reader.page.locator("#yiju-question")).to_be_focused()
    assert reader.page.input_value("#yiju-question") == "When was the lighthouse built?"
    reader.page.fill("#yiju-question", "")
    turn.locator(".retry").click()
    expect(reader.page.locator(".turn")).to_have_count(2)
    reader.page.locator(".turn .closing").nth(1).wait_for()


# Settings


def test_the_language_changes_the_whole_page_and_is_remembered(visit: Visits) -> None:
    reader = visit("en-GB")
    turn = reader.answered("When was the lighthouse built?")
    reader.page.click("[data-goes=settings]")
    reader.page.check("[name=language][value=zh]")
    reader.page.click("[data-goes=ask]")
    assert "1 个来源" in turn.locator(".closing").inner_text()
    assert "证据里没有：99" in turn.locator(".verdict").inner_text()
    reader.page.click("[data-goes=conversations]")
    expect(reader.page.locator(".conversations .who").first).to_have_text(re.compile(r" · \d{4}年\d{1,2}月\d{1,2}日"))
    reader.page.click("[data-goes=ask]")
    reader.page.reload()
    expect(reader.page.locator("html[data-ready]")).to_have_attribute("lang", "zh-CN")
    assert reader.page.locator(".composer .ask").inner_text() == "提问"
    assert reader.page.get_attribute(".sources [name=words]", "placeholder") == "按标题、作者或文件名找"


def test_dark_and_large_are_chosen_and_remembered(visit: Visits) -> None:
    reader = visit()
    paper = "getComputedStyle(document.body).backgroundColor"
    light = reader.page.evaluate(paper)
    reader.page.click("[data-goes=settings]")
    reader.page.check("[name=theme][value=dark]")
    reader.page.check("[name=size][value='130']")
    assert reader.page.evaluate(paper) != light
    reader.page.reload()
    reader.page.wait_for_selector("html[data-ready]")
    assert reader.page.evaluate(paper) != light
    assert reader.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"


def test_the_strictness_is_sent_and_explained(visit: Visits) -> None:
    reader = visit()
    reader.page.click("[data-goes=settings]")
    expect(reader.page.locator(".choice", has_text="Strict")).to_contain_text(
        f"Answers {TRAINED.lines['strict'].kept:.0%} of what the sources can answer"
    )
    reader.page.check("[name=strictness][value=strict]")
    reader.page.check(".models [value=none]")
    reader.page.click("[data-goes=ask]")
    turn = reader.answered("When was the lighthouse built?")
    assert "quotes alone, no model" in turn.locator(".closing").inner_text()


def test_the_strictness_is_the_configured_one_until_another_is_chosen(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path) as made, serving(Room(made.at("strict"))) as address:
        reader = visit(at=address)
        reader.page.click("[data-goes=settings]")
        expect(reader.page.locator("[name=strictness][value=strict]")).to_be_checked()
        reader.page.click("[data-goes=ask]")
        reader.answered("When was the lighthouse built?")
        reader.page.click("[data-goes=settings]")
        reader.page.check("[name=strictness][value=lenient]")
        reader.page.click("[data-goes=ask]")
        reader.answered("When was the lamp changed?")
        (kept,) = (made.index.folder / "conversations").glob("*.json")
        assert re.findall(r'"strictness": ?"(\w+)"', kept.read_text(encoding="utf-8")) == ["strict", "lenient"]


def test_a_model_that_is_not_here_is_fetched_from_the_page_and_quotes_stand_in(
    visit: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIJU_CACHE", str(tmp_path / "cache"))
    arrived = threading.Event()

    def fetch(model: weights.Model, progress: Callable[[weights.Progress], None]) -> Mapping[str, object]:
        progress(weights.Progress(model.files[0].name, model.size // 2, model.size, "hub"))
        arrived.wait(20)
        return {}

    with make_assistant(tmp_path) as made:
        room = Room(made, choices=Choices(Assistant(made.index, None, "none"), "embedded", fetch=fetch))
        with serving(room) as address:
            reader = visit(at=address)
            expect(reader.page.locator(".composer .arriving")).to_contain_text(
                "The files of the model embedded are not here"
            )
            turn = reader.answered("When was the lighthouse built?")
            assert "meanwhile, quotes alone" in turn.locator("[data-part=remark]").inner_text()
            assert turn.locator(".cite").count() > 0
            reader.page.click("[data-goes=settings]")
            reader.page.locator(".get").first.click()
            expect(reader.page.locator(".model .state")).to_contain_text("50 % of 1117.3 MB")
            arrived.set()
            expect(reader.page.locator(".model progress")).to_have_count(0)
