"""Several people at once: nobody sees another's answer, the line tells one's place, strangers do not come in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Visit, make_assistant, serving
from playwright.sync_api import Browser, expect

from assistant import Assistant
from assistant.accounts import Accounts, hashed
from assistant.web.guard import Doors
from assistant.web.room import Room
from bench.page import SlowModel, ask_at_once, one_at_a_time

pytestmark = pytest.mark.browser

Visits = Callable[..., Visit]


def test_the_line_tells_ones_place_and_then_answers(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, pause=0.03) as made, serving(one_at_a_time(made)) as address:
        one, other = visit(at=address), visit("zh-CN", at=address)
        long = one.ask("Tell me everything about the lighthouse")
        long.locator(".draft").wait_for()
        waiting = other.ask("南河石桥由谁主持修建？")
        expect(waiting.locator(".note:visible")).to_contain_text("前面还有 1 个问题")
        expect(waiting.locator(".card").first).to_contain_text("石桥记")
        one.page.click(".composer .stop")
        waiting.locator(".closing").wait_for()
        assert "Cape Vey" not in waiting.inner_text() and "石桥" not in long.inner_text()


def test_many_who_ask_at_once_each_get_their_own_answers(browser: Browser, tmp_path: Path) -> None:
    with make_assistant(tmp_path) as made:
        slow = Assistant(made.index, SlowModel(pause=0.05), "slow")
        questions = ["When was the lighthouse built?", "南河石桥由谁主持修建？"]
        with serving(one_at_a_time(slow)) as address:
            crowd = ask_at_once(browser, slow, address, questions, people=4, minutes=0.08)
    assert all(sum(one.person == person for one in crowd.asked) >= 2 for person in range(4))
    assert (crowd.broken, crowd.mixed) == (0, 0)
    assert crowd.waited, "they were at once, and were told so"
    assert all(one.question.split()[-1] in one.said for one in crowd.asked), "each answer is to its own question"


def test_with_accounts_each_has_chats_of_their_own(visit: Visits, tmp_path: Path) -> None:
    lines = f"{hashed('ada', 'password of ada')}\n{hashed('梅', 'password of mei')}"
    doors = Doors(Accounts.parse(lines), "/desk")
    with make_assistant(tmp_path) as made, serving(Room(made, questions_a_minute=2), doors) as address:

        def enter(name: str, locale: str) -> Visit:
            person = visit(locale, at=address, ready=".login form")
            person.page.fill("[name=name]", name)
            person.page.fill("[name=password]", "wrong password")
            person.page.press("[name=password]", "Enter")
            expect(person.page.locator(".notice")).to_be_visible()
            person.complaints.clear()  # the browser's own note of the 401
            person.page.fill("[name=name]", name)
            person.page.fill("[name=password]", "password of ada" if name == "ada" else "password of mei")
            person.page.press("[name=password]", "Enter")
            person.page.wait_for_selector("html[data-ready]")
            return person

        ada, mei = enter("ada", "en-GB"), enter("梅", "zh-CN")
        assert ada.page.url == address
        ada.answered("When was the lighthouse built?").locator(".cite").click()
        expect(ada.page.locator(".reader mark.here")).to_contain_text("1871")
        ada.page.keyboard.press("Escape")
        mei.answered("南河石桥由谁主持修建？")
        for person, own in ((ada, "lighthouse"), (mei, "石桥")):
            person.page.click("[data-goes=conversations]")
            expect(person.page.locator(".conversations .open")).to_have_count(1)
            expect(person.page.locator(".conversations .open")).to_contain_text(own)
            person.page.click("[data-goes=ask]")
        ada.answered("When was the lamp changed?")
        refused = ada.ask("When was the lamp changed again?")
        expect(refused.locator(".note:visible")).to_contain_text("At most 2 questions can be asked in a minute")
        ada.page.click("[data-goes=settings]")
        expect(ada.page.locator(".account-name")).to_have_text("ada")
        ada.page.click(".leave button")
        ada.page.wait_for_selector(".login form")
        assert all(url.startswith(address.split("/desk")[0]) for url in ada.requests if not url.startswith("data:"))


def test_when_the_index_is_taken_away_the_page_says_so_and_goes_on_when_it_is_back(
    visit: Visits, own: tuple[Assistant, str]
) -> None:
    made, address = own
    folder = made.index.folder
    reader = visit(at=address)
    assert reader.answered("When was the lighthouse built?").locator(".cite").count() == 1
    folder.rename(folder.with_name("elsewhere"))
    turn = reader.ask("When was the lamp changed?")
    expect(turn.locator(".note:visible")).to_contain_text("was removed, moved or replaced while Yiju was running")
    reader.page.click("[data-goes=sources]")
    expect(reader.page.locator(".toast").first).to_contain_text("Put it back, or start Yiju again.")
    assert not folder.exists(), "nothing is written where no index is"
    folder.with_name("elsewhere").rename(folder)
    reader.page.click("[data-goes=ask]")
    assert reader.answered("When was the lamp changed?").locator(".cite").count() == 1
    reader.complaints.clear()  # the browser's own notes of what was refused
