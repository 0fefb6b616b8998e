"""Measure the page in Chromium: how soon it is there, how soon evidence is, whether scrolling is smooth, many at once.

    python bench/page.py FOLDER [--people 8] [--minutes 3]     # FOLDER: sources; its index is made anew

Quotes alone, the real embedding model, a warm start. One line a figure.
"""

import argparse
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from assistant import Assistant
from assistant.web.app import application
from assistant.web.examples import examples
from assistant.web.room import Room
from index import Index, Source
from index.passages import passages

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_READY = "html[data-ready]"

_ASK = """async (question) => {
  const box = document.querySelector("#yiju-question");
  const before = document.querySelectorAll(".turn").length;
  box.value = question;
  const began = performance.now();
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  const turn = () => document.querySelectorAll(".turn")[before];
  while (!turn()?.querySelector(".card, .closing")) await new Promise(requestAnimationFrame);
  const took = performance.now() - began;
  while (!turn().querySelector(".closing")) await new Promise(requestAnimationFrame);
  return { took, asked: turn().querySelector(".asked").textContent, phase: turn().dataset.phase };
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=_FLAGS)
        with Index.open(Path(folder) / "index") as index:
            index.add(given.folder)
            questions = [one.zh for one in examples(index, 10)] + [one.en for one in examples(index, 10)]
            address = _serve(Assistant(index, None, "none"))
            _measure_start(browser, address)
            page = _open(browser, address)
            _measure_evidence(page, questions[:20])
            _measure_long_conversation(page)
            _measure_many(browser, address, questions, given.people, given.minutes)
            index.put_all((one, passages(one)) for one in map(_source, range(5_000)))
            page.click("[data-goes=sources]")
            page.wait_for_selector(".rows li[data-id]")
            longest = page.evaluate(_SCROLL, ".rows")
            print(f"longest task while scrolling {len(index.sources()):,} sources: {longest:.0f} ms")


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
    took = sorted(float(page.evaluate(_ASK, question)["took"]) for question in questions)
    print(f"evidence after Enter, {len(took)} questions: p50 {_at(took, 0.5):.0f} ms, p95 {_at(took, 0.95):.0f} ms")


def _measure_long_conversation(page: Page) -> None:
    page.evaluate(
        """() => {
          const first = document.querySelector(".turn");
          while (document.querySelectorAll(".turn").length < 200) first.after(first.cloneNode(true));
        }"""
    )
    print(f"longest task while scrolling 200 turns: {page.evaluate(_SCROLL, 'html'):.0f} ms")


def _measure_many(browser: Browser, address: str, questions: Sequence[str], people: int, minutes: float) -> None:
    """Let each person ask in a profile of their own, all at the same time, again and again."""
    pages = [_open(browser, address) for _ in range(people)]
    for page in pages:
        page.evaluate(f"window.asks = {_ASK}; window.done = [];")
        page.evaluate(
            """([questions, until]) => {
              window.all = (async () => {
                for (let at = 0; performance.now() < until; at++) {
                  const question = `${questions[at % questions.length]} ${at}`;
                  const { took, asked, phase } = await window.asks(question);
                  window.done.push({ took, right: asked === question && phase === "done" });
                  if (at % 20 === 19) document.querySelector(".held .new").click();
                }
              })();
            }""",
            [list(questions), minutes * 60_000 + 5_000],
        )
    done = []
    for page in pages:
        page.evaluate("window.all")
        done += page.evaluate("window.done")
        page.context.close()
    took = sorted(one["took"] for one in done)
    wrong = sum(not one["right"] for one in done)
    print(
        f"{people} people for {minutes} minutes: {len(done)} answers, {wrong} wrong or failed, evidence after Enter "
        f"p50 {_at(took, 0.5):.0f} ms, p95 {_at(took, 0.95):.0f} ms"
    )


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector(_READY)
    return page


def _serve(assistant: Assistant) -> str:
    assistant.load()
    server = uvicorn.Server(uvicorn.Config(application(Room(assistant)), log_level="warning", ws="none"))
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def _source(number: int) -> Source:
    return Source(
        id=f"{number:032x}", uri=f"report-{number}", title=f"Report {number:04}", author=None, published="2020",
        url=None, retrieved="2026-01-01T00:00:00+00:00", language="en", media_type="text/plain",
        text=f"This is report {number}.",
    )  # fmt: skip


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    main()
