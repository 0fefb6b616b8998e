"""The sources in a browser: added, found, opened, chosen, removed, while questions run."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Visit, WordEmbedder, make_assistant, serving
from playwright.sync_api import Route, expect

from assistant import Assistant
from assistant.web.room import Room
from index import Index, Source
from index.passages import passages

pytestmark = pytest.mark.browser

Visits = Callable[..., Visit]


def source(number: int) -> Source:
    text = f"This is report {number}."
    return Source(
        id=f"{number:032x}", uri=f"report-{number}", title=f"Report {number:04}", author=None, published="2020",
        url=None, retrieved="2026-01-01T00:00:00+00:00", language="en", media_type="text/plain", text=text,
    )  # fmt: skip


def drop(reader: Visit, files: dict[str, str]) -> None:
    """Drop files onto the page."""
    reader.page.evaluate(
        """(files) => {
          const carried = new DataTransfer();
          for (const [name, text] of Object.entries(files)) carried.items.add(new File([text], name));
          dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        files,
    )


def titles(reader: Visit) -> list[str]:
    return reader.page.locator(".rows li[data-id] .open").all_inner_texts()


def test_dropped_files_are_read_and_what_is_not_says_why(visit: Visits, own: tuple[Assistant, str]) -> None:
    made, address = own
    reader = visit(at=address)
    drop(
        reader,
        {
            "mill.md": "# The mill\n\nThe mill was built in 1612.",
            "photo.xyz": "?",
            "old.doc": "?",
            "none.md": "",
            "b.pdf": "%PDF-broken",
        },
    )
    intake = reader.page.locator(".intake")
    expect(intake.locator(".intake-line")).to_contain_text("1 done, 4 could not be added")
    expect(intake.locator("li", has_text="photo.xyz")).to_contain_text("This kind of file cannot be read. These can:")
    expect(intake.locator("li", has_text="old.doc")).to_contain_text("save it as .docx.")
    expect(intake.locator("li", has_text="none.md")).to_contain_text("It is empty.")
    expect(intake.locator("li", has_text="b.pdf")).to_contain_text("damaged")
    expect(intake.locator("li", has_text="mill.md")).to_contain_text("added, passages: 1")
    expect(reader.page.locator(".rows .open", has_text="The mill")).to_be_visible()
    intake.locator(".dismiss").click()
    expect(reader.page.locator(".sources [name=words]")).to_be_focused()
    (mill,) = [one for one in made.index.sources() if one.title == "The mill"]
    assert Path(mill.uri).is_relative_to(made.index.folder / "files"), "the index keeps what was uploaded"
    reader.page.click("[data-goes=ask]")
    assert "1612" in reader.answered("When was the mill built?").inner_text()


def drop_paths(reader: Visit, *paths: Path) -> None:
    """Drop files and folders of the disk onto the page, as a person does with the pointer."""
    browser = reader.page.context.new_cdp_session(reader.page)
    carried = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 300, "data": carried})


def test_a_dropped_folder_is_walked_and_each_of_its_files_has_its_progress(
    visit: Visits, own: tuple[Assistant, str], tmp_path: Path
) -> None:
    made, address = own
    folder = tmp_path / "archive"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name, text in {
        "quay.md": "# The quay\n\nThe quay was built in 1788.",
        "deep/deeper/秤.txt": "码头的秤\n\n码头的秤造于1790年。",
        "deep/broken.pdf": "%PDF-broken",
        ".git/config.txt": "nobody means this",
        "old.ppt": "?",
        "deep/older.ppt": "?",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "film.pdf").open("wb") as file:
        file.truncate(300_000_000)
    reader = visit(at=address)
    drop_paths(reader, folder)
    intake = reader.page.locator(".intake")
    expect(intake.locator(".intake-line")).to_contain_text("2 done, 3 could not be added")
    expect(intake.locator("li", has_text="archive/quay.md")).to_contain_text("added, passages: 1")
    expect(intake.locator("li", has_text="archive/deep/deeper/秤.txt")).to_contain_text("added, passages: 1")
    expect(intake.locator("li", has_text="archive/deep/broken.pdf")).to_contain_text("damaged")
    expect(intake.locator("li", has_text="archive/film.pdf")).to_contain_text(
        "It has 300.0 MB, more than the 50.0 MB that are read."
    )
    assert not [url for url in reader.requests if "film.pdf" in url], "it is refused before it is sent"
    expect(intake.locator("li", has_text="2 × .ppt")).to_contain_text("save it as .pptx.")
    assert "nobody means this" not in "".join(one.text for one in made.index.sources())


def test_a_file_that_goes_or_changes_while_others_are_sent_is_named(
    visit: Visits, own: tuple[Assistant, str], tmp_path: Path
) -> None:
    reader = visit(at=own[1])
    names = ["one.md", "two.md", "three.md", "gone.md", "renamed.md", "grown.md"]
    for name in names:
        (tmp_path / name).write_text(f"# The {name}\n\nIt was written in 1801.", encoding="utf-8")
    changed: list[str] = []

    def meanwhile(route: Route) -> None:
        if not changed:
            changed.append(route.request.url)
            (tmp_path / "gone.md").unlink()
            (tmp_path / "renamed.md").rename(tmp_path / "other.md")
            (tmp_path / "grown.md").write_text("Another text, and longer than the one that was chosen at first.")
        route.continue_()

    reader.page.click("[data-goes=sources]")
    reader.page.route("**/yiju/files?*", meanwhile)
    reader.page.set_input_files("input.files", [tmp_path / name for name in names])
    intake = reader.page.locator(".intake")
    expect(intake.locator(".intake-line")).to_contain_text("3 done, 3 could not be added")
    for name in ("gone.md", "renamed.md", "grown.md"):
        expect(intake.locator("li.failed", has_text=name)).to_contain_text("was renamed, moved or changed while")
    reader.complaints.clear()  # the browser's own notes of files that it could not read


def test_a_text_that_is_pasted_becomes_a_source_with_its_title(visit: Visits, own: tuple[Assistant, str]) -> None:
    reader = visit("zh-CN", at=own[1])
    reader.page.click("[data-goes=sources]")
    box = reader.page.locator(".pasted textarea")
    box.fill("https://example.org/a")
    expect(reader.page.locator(".pasted .titled")).to_be_hidden()
    box.fill("会议决定在三月修建风车。")
    reader.page.fill(".pasted input", "风车会议")
    reader.page.click(".pasted button")
    expect(reader.page.locator(".intake-line")).to_have_text(re.compile("1 份都处理完了"))
    expect(reader.page.locator(".rows .open", has_text="风车会议")).to_be_visible()
    sent: list[str] = []
    reader.page.on("request", lambda one: sent.append(one.post_data or "") if "addresses" in one.url else None)
    box.fill("http://127.0.0.1/private\nwww.a.localhost/a http://localhost/b")
    expect(reader.page.locator(".pasted .titled")).to_be_hidden()
    reader.page.click(".pasted button")
    failed = reader.page.locator(".intake li.failed .state")
    expect(failed).to_have_count(3)
    assert [json.loads(one)["address"] for one in sent] == [
        "http://127.0.0.1/private",
        "https://www.a.localhost/a",
        "http://localhost/b",
    ]
    expect(failed.first).to_contain_text("127.0.0.1")
    assert failed.first.inner_text().startswith("程序说：")


def test_the_list_is_searched_filtered_and_sorted(visit: Visits) -> None:
    reader = visit()
    reader.page.click("[data-goes=sources]")
    expect(reader.page.locator(".rows li[data-id]")).to_have_count(4)
    expect(reader.page.locator(".fitting")).to_have_text(re.compile("4 in all"))
    row = reader.page.locator(".rows li", has_text="石桥记")
    assert row.locator(".published").inner_text() == "2003"
    assert (row.locator(".language").inner_text(), row.locator(".kind").inner_text()) == ("zh", "md")
    assert re.fullmatch(r"\d+ B", row.locator(".bytes").inner_text()) and row.locator(".passages").inner_text() == "2"
    reader.page.click(".heads .published")
    expect(reader.page.locator(".rows .open").first).to_have_text("石桥记")
    reader.page.click(".heads .published")
    expect(reader.page.locator(".rows .open").first).to_have_text("The lighthouse at Cape Vey")
    reader.page.select_option(".sources select[name=language]", "zh")
    expect(reader.page.locator(".fitting")).to_have_text(re.compile("1 of 4 fit"))
    reader.page.select_option(".sources select[name=language]", "")
    reader.page.fill(".sources [name=words]", "ada lind")
    expect(reader.page.locator(".rows .open")).to_have_text(["The lighthouse at Cape Vey"])
    reader.page.fill(".sources [name=words]", "nothing like this")
    expect(reader.page.locator(".sources .none-fit")).to_be_visible()


def test_a_source_opens_from_the_list_and_escape_leads_back(visit: Visits) -> None:
    reader = visit()
    reader.page.click("[data-goes=sources]")
    reader.page.locator(".rows .open", has_text="石桥记").click()
    expect(reader.page.locator(".reader .text")).to_contain_text("桥长六十米")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator(".reader")).to_be_hidden()
    expect(reader.page.locator(".rows .open", has_text="石桥记")).to_be_focused()


def test_a_question_uses_only_the_sources_that_were_chosen(visit: Visits) -> None:
    reader = visit()
    reader.page.click("[data-goes=sources]")
    bridge = reader.page.locator(".rows li", has_text="石桥记").locator(".pick")
    bridge.check()
    reader.page.click(".sources .pick-none")
    expect(reader.page.locator(".pick-fitting")).to_be_focused()
    bridge.check()
    reader.page.click("[data-goes=ask]")
    expect(reader.page.locator(".composer .only")).to_contain_text("Only this source is used: 石桥记")
    turn = reader.answered("When was the lighthouse built?")
    assert turn.locator(".card", has_text="Cape Vey").count() == 0
    reader.page.click(".composer .pick-none")
    expect(reader.page.locator(".composer .only")).to_be_hidden()
    assert reader.answered("When was the lighthouse built?").locator(".card", has_text="Cape Vey").count() > 0


def test_a_removed_source_is_gone_at_once_and_undo_has_it_back(visit: Visits, own: tuple[Assistant, str]) -> None:
    made, address = own
    reader = visit(at=address)
    turn = reader.answered("When was the lighthouse built?")
    reader.page.click("[data-goes=sources]")
    cape = reader.page.locator(".rows li", has_text="Cape Vey")
    cape.locator(".pick").check()
    cape.locator(".remove").click()
    expect(reader.page.locator(".count")).to_have_text("3")
    expect(reader.page.locator(".picked-count")).to_be_empty()
    expect(reader.page.locator(".rows li .remove:focus")).to_have_count(1)
    assert "The lighthouse at Cape Vey" not in titles(reader)
    source_id = turn.locator(".cite").get_attribute("data-source")
    assert reader.page.evaluate(f"fetch('yiju/sources/{source_id}').then((answer) => answer.status)") == 404
    reader.complaints.clear()  # the browser's own note of it
    reader.page.click(".toast .undo")
    expect(reader.page.locator(".count")).to_have_text("4")
    assert made.index.source(source_id or "") is not None
    expect(cape.locator(".pick")).to_be_checked()
    expect(cape.locator(".open")).to_be_focused()
    reader.page.click("[data-goes=ask]")
    assert reader.answered("When was the lighthouse built?").locator(".cite").count() == 1
    expect(reader.page.locator(".composer .only")).to_contain_text("The lighthouse at Cape Vey")
    made.index.remove(source_id or "")  # elsewhere
    reader.page.wait_for_timeout(2_100)  # for as long, the page's list is taken to be fresh
    reader.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(reader.page.locator(".composer .only")).to_be_hidden()
    expect(reader.page.locator(".toast")).to_contain_text("all sources are used now")


def test_a_source_is_read_again_when_it_changed(visit: Visits, own: tuple[Assistant, str]) -> None:
    made, address = own
    reader = visit(at=address)
    (bridge,) = [one for one in made.index.sources() if one.title == "石桥记"]
    Path(bridge.uri).write_text("---\ntitle: 新石桥记\n---\n石桥已经拆除。\n", encoding="utf-8")
    reader.page.click("[data-goes=sources]")
    reader.page.locator(".rows li", has_text="石桥记").locator(".again").click()
    expect(reader.page.locator(".rows .open", has_text="新石桥记")).to_be_visible()
    expect(reader.page.locator(".intake li")).to_contain_text("updated, passages: 1")


def test_sources_are_added_while_a_question_runs(visit: Visits, own: tuple[Assistant, str], tmp_path: Path) -> None:
    slow = make_assistant(tmp_path / "slow", pause=0.05)
    with slow, serving(Room(slow)) as address:
        reader = visit(at=address)
        turn = reader.ask("Tell me everything about the lighthouse")
        turn.locator(".draft").wait_for()
        drop(reader, {"mill.md": "# The mill\n\nThe mill was built in 1612."})
        expect(reader.page.locator(".rows .open", has_text="The mill")).to_be_visible()
        assert reader.page.locator(".composer .stop").get_attribute("hidden") is None, "the question still runs"
        reader.page.click("[data-goes=ask]")
        expect(turn.locator(".draft")).to_be_visible()
        reader.page.click(".composer .stop")
        reader.page.close()


def test_the_list_of_five_thousand_sources_holds_few_rows_and_finds_the_last(visit: Visits, tmp_path: Path) -> None:
    with Index.open(tmp_path / "index", WordEmbedder()) as index:
        index.put_all((one, passages(one)) for one in map(source, range(5_000)))
        with serving(Room(Assistant(index, None, "none"))) as address:
            reader = visit(at=address)
            reader.page.click("[data-goes=sources]")
            expect(reader.page.locator(".fitting")).to_have_text(re.compile("5000 in all"))
            assert reader.page.locator(".rows li").count() < 60
            reader.page.locator(".rows").evaluate("rows => rows.scrollTo(0, rows.scrollHeight)")
            expect(reader.page.locator(".rows .open", has_text="Report 4999")).to_be_visible()
            assert reader.page.locator(".rows li").count() < 60
            reader.page.fill(".sources [name=words]", "report 1234")
            expect(reader.page.locator(".rows .open")).to_have_text(["Report 1234"])


def test_without_sources_the_page_leads_to_adding_some(visit: Visits, tmp_path: Path) -> None:
    with make_assistant(tmp_path, stocked=False) as bare, serving(Room(bare)) as address:
        reader = visit(at=address)
        expect(reader.page.locator(".welcome .bare")).to_contain_text("There are no sources yet.")
        expect(reader.page.locator(".tried")).to_be_hidden()
        reader.page.click(".welcome .bare button")
        drop(reader, {"mill.md": "---\ntitle: The mill\n---\n# A\n\n## Its wheel\n\nThe wheel is 4 m wide."})
        expect(reader.page.locator(".count")).to_have_text("1")
        reader.page.click("[data-goes=ask]")
        expect(reader.page.locator(".example")).to_have_text(re.compile("What does “The mill” say about “Its wheel”?"))
