"""Measure the page in Chromium: how soon it is there, how soon evidence is, whether scrolling is smooth, many at once.

    python bench/page.py FOLDER [--people 8] [--minutes 3]     # FOLDER: sources; its index is made anew
    python bench/page.py FOLDER --model embedded [--minutes 3] # many at once alone, through the line before a model
    python bench/page.py FOLDER --model slow                   # the same with a model of no wit that takes its time

The real embedding model, a warm start; without --model, quotes alone. One line a figure. With a model, each of the
people asks again as soon as the answer is there, so that the line is never empty. The order is fair when nobody is let
in twice while another waits, and no two answers are mixed when each, as its page shows it, is the one that was kept
for that question and no page holds another's.
"""

import argparse
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import uvicorn
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from playwright.sync_api import Browser, Page, sync_playwright

from assistant import Assistant
from assistant.choices import Choices
from assistant.line import Line
from assistant.models import chat_model
from assistant.web.app import application
from assistant.web.examples import examples
from assistant.web.room import Room
from assistant.web.turn import Turn
from index import Index, Source
from index.passages import passages

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_READY = "html[data-ready]"
_SLOW = "slow"

# Asks, waits until the turn is over in any way, and tells what was seen of it, in milliseconds since 1970.
_ASK = """async (question) => {
  const box = document.querySelector("#yiju-question");
  while (box.disabled || document.querySelector(".ask").hidden) await new Promise(requestAnimationFrame);
  const before = document.querySelectorAll(".turn").length;
  box.value = question;
  const began = Date.now();
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  const told = { evidence: 0, let_in: 0, places: [] };
  const conversation = document.querySelector(".conversation");
  const change = () => new Promise((seen) => {
    const watching = new MutationObserver(() => (watching.disconnect(), requestAnimationFrame(seen)));
    watching.observe(conversation, { subtree: true, childList: true, attributes: true });
  });
  for (;;) {
    const turn = document.querySelectorAll(".turn")[before];
    const phase = turn?.dataset.phase;
    if (!phase) {
      await change();
      continue;
    }
    const now = Date.now();
    if (!told.evidence && turn.querySelector(".card, .closing")) told.evidence = now;
    if (phase === "waiting") {
      const place = Number(/(\\d+)\\D*$/.exec(turn.querySelector("[data-part=note] .en")?.textContent ?? "")?.[1]);
      if (place !== told.places.at(-1)) told.places.push(place);
      told.let_in = 0; // the evidence was read before the line
    } else if (!told.let_in && !["searching", "loading"].includes(phase)) told.let_in = now;
    if (!["done", "failed", "lost", "stopped"].includes(phase)) {
      await change();
      continue;
    }
    return {
      id: turn.dataset.id, question, asked: turn.querySelector(".asked").textContent, phase, began, over: now, ...told,
      said: turn.querySelector("[data-part=answer]").textContent,
    };
  }
}"""
# Goes on asking until the time is up, twice at least, and begins another chat now and then.
_GO_ON = """([who, questions, until]) => {
  window.done = [];
  window.all = (async () => {
    const start = performance.now();
    for (let at = 0; at < 2 || performance.now() - start < until; at++) {
      window.done.push(await window.asks(`${questions[at % questions.length]} ${who}-${at}`));
      if (at % 20 === 19) document.querySelector(".held .new").click();
    }
  })();
}"""
_SCROLL = """async (selector) => {
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
  const box = document.querySelector(selector);
  for (let at = 0; at < box.scrollHeight; at += box.clientHeight * 0.8) {
    box.scrollTop = at;
    await new Promise(requestAnimationFrame);
  }
  await new Promise((later) => setTimeout(later, 300));
  return Math.max(0, ...tasks);
}"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


class SlowModel(BaseChatModel):
    """Says Yes to what it is asked to judge, and for the rest repeats the question, a word at a time."""

    pause: float = 0.1  # seconds before each word

    @property
    def _llm_type(self) -> str:
        return _SLOW

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._reply(messages)))])

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for word in self._reply(messages).split(" "):
            time.sleep(self.pause)
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))

    def _reply(self, messages: list[BaseMessage]) -> str:
        asked = messages[-1].text
        question = asked.rpartition("Question: ")[2].partition("\n")[0]
        return "Yes" if "Reply Yes or No" in asked else f"It was asked: {question}"


@dataclass(frozen=True)
class Asked:
    """One question of one person as the page showed it; times in milliseconds."""

    person: int
    id: str
    question: str
    asked: str  # the question as its turn shows it
    phase: str  # at the end
    began: int
    evidence: int  # 0: there was none
    let_in: int  # to the model; 0: never
    over: int
    places: tuple[int, ...]  # in the line, as the page told them
    said: str

    @property
    def is_whole(self) -> bool:
        return self.phase == "done" and self.asked == self.question


@dataclass(frozen=True)
class Crowd:
    """What many people who asked at the same time saw."""

    asked: tuple[Asked, ...]
    mixed: int  # answers that were not the one that was kept for their question, or stood on another's page

    @property
    def broken(self) -> int:
        return sum(not one.is_whole for one in self.asked)

    @property
    def waited(self) -> tuple[Asked, ...]:
        return tuple(one for one in self.asked if one.places)

    @property
    def untold(self) -> int:
        """How many waited more than a second while others were at the model, and were not told their place."""
        return sum(self._behind(one) > 1_000 and not one.places for one in self.asked)

    @property
    def rising(self) -> int:
        """How many were told of a place behind the one that they had: who was served longer ago came after them."""
        return sum(list(one.places) != sorted(one.places, reverse=True) for one in self.asked)

    @property
    def overtaken(self) -> int:
        """The most times that another person was let in while one waited; in a fair line, once."""
        most = 0
        for one in self.asked:
            between = [
                other.person
                for other in self.asked
                if other.person != one.person and one.began < other.began and other.let_in and other.let_in < one.let_in
            ]
            most = max([most, *(between.count(person) for person in set(between))])
        return most

    def _behind(self, one: Asked) -> float:
        """Return for how many milliseconds others were at the model between a question's evidence and its turn."""
        since = one.evidence or one.began
        return sum(
            max(0, min(other.over, one.let_in) - max(other.let_in, since))
            for other in self.asked
            if other is not one and other.let_in
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument(
        "--model", default="", help=f"{_SLOW}, or any that `yiju --model` takes; left away, all figures"
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=_FLAGS)
        with Index.open(Path(folder) / "index") as index:
            index.add(given.folder)
            questions = [one.zh for one in examples(index, 10)] + [one.en for one in examples(index, 10)]
            if given.model:
                model = SlowModel() if given.model == _SLOW else chat_model(given.model)
                _measure_line(browser, Assistant(index, model, given.model), questions, given.people, given.minutes)
            else:
                _measure_page(browser, Assistant(index, None, "none"), questions, given.people, given.minutes)
        browser.close()


def _measure_page(
    browser: Browser, assistant: Assistant, questions: Sequence[str], people: int, minutes: float
) -> None:
    index = assistant.index
    with served(Room(assistant)) as address:
        _measure_start(browser, address)
        page = _open(browser, address)
        _measure_evidence(page, questions[:20])
        _measure_long_conversation(page)
        crowd = ask_at_once(browser, assistant, address, questions, people, minutes)
        took = sorted(one.evidence - one.began for one in crowd.asked if one.evidence)
        print(
            f"{people} people for {minutes:g} minutes: {len(crowd.asked)} answers, {crowd.broken} wrong or failed, "
            f"{crowd.mixed} mixed up, evidence after Enter p50 {_at(took, 0.5):.0f} ms, p95 {_at(took, 0.95):.0f} ms"
        )
        index.put_all((one, passages(one)) for one in map(_source, range(5_000)))
        page.click("[data-goes=sources]")
        page.wait_for_selector(".rows li[data-id]")
        longest = page.evaluate(_SCROLL, ".rows")
        print(f"longest task while scrolling {len(index.sources()):,} sources: {longest:.0f} ms")


def _measure_line(
    browser: Browser, assistant: Assistant, questions: Sequence[str], people: int, minutes: float
) -> None:
    with served(one_at_a_time(assistant)) as address:
        crowd = ask_at_once(browser, assistant, address, questions, people, minutes)
    waits = sorted((one.let_in - one.began) / 1000 for one in crowd.asked if one.let_in)
    evidence = sorted(one.evidence - one.began for one in crowd.asked if one.evidence)
    each = [sum(one.person == person for one in crowd.asked) for person in range(people)]
    print(
        f"{people} people for {minutes:g} minutes, {assistant.model_name}: {len(crowd.asked)} answers "
        f"({min(each)} to {max(each)} each), {crowd.broken} wrong or failed, {crowd.mixed} mixed up"
    )
    print(
        f"place in line: told to {len(crowd.waited)}, {crowd.untold} not told, {crowd.rising} told a worse one later, "
        f"the longest {max([0, *(place for one in crowd.asked for place in one.places)])} before one"
    )
    print(f"order: while one waited, nobody else was let in more often than {crowd.overtaken} times (fair: 1)")
    print(
        f"wait for the model p50 {_at(waits, 0.5):.1f} s, p95 {_at(waits, 0.95):.1f} s; evidence after Enter "
        f"p50 {_at(evidence, 0.5):.0f} ms, p95 {_at(evidence, 0.95):.0f} ms"
    )


def ask_at_once(
    browser: Browser, assistant: Assistant, address: str, questions: Sequence[str], people: int, minutes: float
) -> Crowd:
    """Let each person ask in a profile of their own, all at the same time, again and again."""
    pages = [_open(browser, address) for _ in range(people)]
    for person, page in enumerate(pages):
        page.evaluate(f"window.asks = {_ASK}; null")
        page.evaluate(_GO_ON, [f"p{person}", list(questions), minutes * 60_000])
    seen: list[Asked] = []
    strangers = 0
    for person, page in enumerate(pages):
        page.evaluate("window.all")
        for one in page.evaluate("window.done"):
            seen.append(Asked(person, **(one | {"places": tuple(one["places"])})))
        there = page.evaluate("[...document.querySelectorAll('.asked')].map((one) => one.textContent)")
        strangers += sum(f" p{person}-" not in question for question in there)
        page.context.close()
    kept = _kept(assistant)
    mixed = sum(one.is_whole and _words(kept.get(one.id, "")) != _words(one.said) for one in seen)
    return Crowd(tuple(seen), mixed + strangers)


def one_at_a_time(assistant: Assistant) -> Room:
    """Return a room in which a model takes one question at a time, as the one in this process does."""
    return Room(assistant, choices=Choices(assistant, line=lambda name: Line(1)))


def _kept(assistant: Assistant) -> Mapping[str, str]:
    """Return the answers that were kept with the index, as the page shows them, by the ids of their turns."""
    conversations = Room(assistant).conversations("")
    found = (conversations.get(one.id) for one in conversations.listed())
    return {turn.id: Turn.of(turn).shown()["answer"] for one in found if one for turn in one.exchanges}


def _words(html: str) -> str:
    return "".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def _measure_start(browser: Browser, address: str) -> None:
    paints, usable = [], []
    for _ in range(5):
        began = time.perf_counter()
        page = _open(browser, address)
        usable.append(1000 * (time.perf_counter() - began))
        paints.append(float(page.evaluate(_PAINT)))
        page.context.close()
    print(f"first paint {statistics.median(paints):.0f} ms, usable {statistics.median(usable):.0f} ms (median of 5)")


def _measure_evidence(page: Page, questions: Sequence[str]) -> None:
    page.evaluate(_ASK, questions[0])
    asked = [page.evaluate(_ASK, question) for question in questions]
    took = sorted(float(one["evidence"] - one["began"]) for one in asked)
    print(f"evidence after Enter, {len(took)} questions: p50 {_at(took, 0.5):.0f} ms, p95 {_at(took, 0.95):.0f} ms")


def _measure_long_conversation(page: Page) -> None:
    page.evaluate(
        """() => {
          const first = document.querySelector(".turn");
          while (document.querySelectorAll(".turn").length < 200) first.after(first.cloneNode(true));
        }"""
    )
    print(f"longest task while scrolling 200 turns: {page.evaluate(_SCROLL, 'html'):.0f} ms")


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector(_READY)
    return page


@contextmanager
def served(room: Room) -> Iterator[str]:
    """Serve a room's page from a thread on a free port; gives its address."""
    room.assistant.load()
    config = uvicorn.Config(application(room), log_level="warning", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(20)


def _source(number: int) -> Source:
    return Source(
        id=f"{number:032x}", uri=f"report-{number}", title=f"Report {number:04}", author=None, published="2020",
        url=None, retrieved="2026-01-01T00:00:00+00:00", language="en", media_type="text/plain",
        text=f"This is report {number}.",
    )  # fmt: skip


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


if __name__ == "__main__":
    main()
