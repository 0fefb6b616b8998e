"""The page's HTML without a browser: what is escaped, which number opens what, what the server refuses."""

import re
import socket
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from assistant import Answer, EvidenceFound, Finished, Sentence, SentenceVerified, TextWritten
from assistant.answer import Timings, cite
from assistant.errors import ModelError
from assistant.evidence import Evidence
from assistant.origins import Origins
from assistant.web import evidence_panel, words
from assistant.web.guard import Guard
from assistant.web.turn import Turn
from index import Source
from index.sources.source import Heading

HOSTILE = """<script>alert(1)</script> "' onerror=x </button> &lt; ${1} {{x}} \u202e"""
TEXT = "标题\n\n🗼 The tower is 42 m high. It was built in 1871.\nEnd."


def source(text: str = TEXT, title: str = "The tower", **stated: str | None) -> Source:
    return Source(
        id="ab" * 16, uri="/notes/tower.md", title=title, author=stated.get("author"), published="1998-05",
        url=stated.get("url"), retrieved="2026-01-01T00:00:00+00:00", language="en", media_type="text/markdown",
        text=text, headings=(Heading(0, 2, 1, "标题"),) if text.startswith("标题") else (),
    )  # fmt: skip


def evidence(number: int, of: Source, text: str) -> Evidence:
    start = of.text.index(text)
    return Evidence(number, of, start, start + len(text), text, 0.5, None)


def answer(status: str, sentences: tuple[Sentence, ...], cited: tuple[Evidence, ...], **more: object) -> Answer:
    fields = {
        "question": "How high?", "status": status, "sentences": sentences, "citations": tuple(map(cite, cited)),
        "nearest": (), "origins": Origins(tuple((one.source.id,) for one in cited)), "model": "scripted",
        "timings": Timings(0.1, 0.2, 0.3, 0.4, 1.25),
    }  # fmt: skip
    return Answer(**(fields | more))  # type: ignore[arg-type]


def visible(html: str, language: str = "en") -> str:
    """What a reader of one language sees of a piece of HTML."""
    other = "zh" if language == "en" else "en"
    return unescape(re.sub(r"<[^>]*>", "", re.sub(rf'<span class="{other}".*?</span>', "", html)))


def tags(html: str) -> set[str]:
    """The elements of a piece of HTML; an attribute that could run a script fails."""
    found = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)
            assert {name.split("-")[0] for name, _ in attrs} <= {"class", "lang", "dir", "type", "data", "aria"}

    Reader().feed(html)
    return found


# Escaping


def test_nothing_of_a_source_becomes_markup() -> None:
    of = source(text=HOSTILE, title=HOSTILE, author=HOSTILE)
    shown = evidence_panel.evidence_cards([evidence(1, of, HOSTILE)])
    cited = evidence_panel.Cited(Sentence(HOSTILE, (1,), "partly", 0.5, HOSTILE), (cite(evidence(1, of, HOSTILE)),))
    shown += evidence_panel.sentences([cited], rest=HOSTILE) + evidence_panel.draft(HOSTILE)
    assert tags(shown) == {"h3", "span", "ol", "li", "button", "bdi", "p", "blockquote", "q"}
    assert visible(shown).count("<script>alert(1)</script>") == 7  # title, author, quote, sentence, reason, two drafts


def test_an_error_is_escaped() -> None:
    shown = words.error(ModelError(HOSTILE), "why?")
    assert "<script" not in shown and HOSTILE in visible(shown)


# Numbers, verdicts, cards


def test_a_number_carries_the_place_of_its_quote() -> None:
    part = evidence(3, source(), "It was built in 1871.")
    cited = evidence_panel.Cited(Sentence("Built in 1871.", (3,), "supported", 0.9, ""), (cite(part),))
    html = evidence_panel.sentences([cited])
    assert visible(html) == "Built in 1871.[3] "
    assert f'data-source="{"ab" * 16}" data-start="{part.start}" data-end="{part.end}"' in html


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("not in the evidence: 99, Mars", "没有依据 · 证据里没有：99, Mars"),
        ("the evidence says nothing of this kind", "没有依据 · 证据里没有这样的说法"),
        ("a reason of tomorrow", "没有依据 · a reason of tomorrow"),
    ],
)
def test_an_unsupported_sentence_is_struck_and_says_why(reason: str, chinese: str) -> None:
    html = evidence_panel.sentences([evidence_panel.Cited(Sentence("No.", (), "unsupported", 0.1, reason), ())])
    assert "<s>No.</s>" in html
    assert visible(html).strip() == f"No.not supported · {reason}"
    assert visible(html, "zh").strip() == f"No.{chinese}"


def test_a_card_marks_what_is_cited_and_the_rest_is_folded_away() -> None:
    high, built = evidence(1, source(), "🗼 The tower is 42 m high."), evidence(2, source(), "It was built in 1871.")
    part = Evidence(1, high.source, high.start + 2, high.end, high.text[2:], 0.5, None)
    html = evidence_panel.final_cards(answer("answered", (), (part,)), [high, built])
    cited, folded = html.split("<details")
    assert "🗼 <mark>The tower is 42 m high.</mark>" in cited
    assert "It was built in 1871." in folded and "1 more read, not cited" in visible(folded)


@pytest.mark.parametrize(
    ("counts", "english", "chinese"),
    [
        ((2, 1), "2 sources, 1 independent origin", "2 个来源，1 个独立出处"),
        ((1, 1), "1 source, 1 independent origin", "1 个来源，1 个独立出处"),
        ((3, 2), "3 sources, 2 independent origins", "3 个来源，2 个独立出处"),
    ],
)
def test_sources_and_origins_are_counted_in_words(counts: tuple[int, int], english: str, chinese: str) -> None:
    html = words.origins(*counts)
    assert (visible(html), visible(html, "zh")) == (english, chinese)


# A turn, event by event


def test_a_turn_follows_its_events() -> None:
    high = evidence(1, source(), "🗼 The tower is 42 m high.")
    turn = Turn("turn-1", "How high?")
    assert visible(turn.shown()["note"]) == "Looking for evidence…"
    turn.take(EvidenceFound((high,)))
    assert "The tower is 42 m high." in turn.shown()["cards"]
    assert visible(turn.shown()["note"]) == "Reading the evidence…"
    for piece in ("It is 42 m high.", "\n\nIt is red."):
        turn.take(TextWritten(piece))
    assert turn.shown()["answer"].startswith('<p class="draft"')
    good, bad = (
        Sentence("It is 42 m high.", (1,), "supported", 0.9, ""),
        Sentence("It is red.", (), "unsupported", 0, ""),
    )
    turn.take(SentenceVerified(good, (cite(high),)))
    assert visible(turn.shown()["answer"]) == "It is 42 m high.[1] It is red. "
    assert '<span class="draft">It is red. </span>' in turn.shown()["answer"]
    turn.take(SentenceVerified(bad, ()))
    assert turn.shown()["answer"].count("<p ") == 2, "the model's paragraphs are kept"
    turn.take(Finished(answer("partly", (good, bad), (high,))))
    assert visible(turn.shown()["closing"]) == "1 source, 1 independent origin · 1.2 s"
    assert (turn.shown()["phase"], turn.shown()["note"]) == ("done", "")


def test_a_refusal_without_any_passage_says_so() -> None:
    turn = Turn("turn-1", "How high?")
    turn.take(EvidenceFound(()))
    turn.take(Finished(answer("refused", (), ())))
    assert visible(turn.shown()["answer"]) == "The sources do not answer this.No passage comes near it either."
    assert turn.shown()["cards"] == ""


def test_quotes_alone_are_shown_as_quotes_and_named_so() -> None:
    high = evidence(1, source(), "🗼 The tower is 42 m high.")
    sentence = Sentence(high.text, (1,), "supported", 0.5, "")
    turn = Turn("turn-1", "How high?")
    turn.take(EvidenceFound((high,)))
    turn.take(SentenceVerified(sentence, (cite(high),)))
    turn.take(Finished(answer("answered", (sentence,), (high,), model="none")))
    assert "<q>🗼 The tower is 42 m high.</q>" in turn.shown()["answer"]
    assert "quotes alone, no model" in visible(turn.shown()["closing"])


# A source at a quote


def test_a_source_is_cut_into_lines_with_the_quote_marked() -> None:
    of = source()
    start = of.text.index("The tower")
    marked = evidence_panel.lines(of, start, start + len("The tower is 42 m high."))
    assert [line.level for line in marked] == [1, 0, 0]
    assert marked[1].pieces == (("🗼 ", False), ("The tower is 42 m high.", True), (" It was built in 1871.", False))


@given(st.text("ab 🗼\n界é", max_size=60), st.integers(-5, 70), st.integers(-5, 70))
def test_marked_pieces_are_the_quote_and_no_letter_is_lost(text: str, start: int, end: int) -> None:
    start, end = max(0, min(start, end)), max(start, end, 0)
    pieces = [piece for line in evidence_panel.lines(source(text=text), start, end) for piece in line.pieces]
    assert "".join("".join(part for part, marked in pieces if marked).split()) == "".join(text[start:end].split())
    assert "".join("".join(part for part, _ in pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("url", "link"), [("https://example.org/a", True), ("javascript:alert(1)", False), (None, False)]
)
def test_only_addresses_of_the_web_are_links(url: str | None, link: bool) -> None:
    shown = evidence_panel.opened(source(url=url), 0, 2)
    assert shown["link"] is link
    assert shown["address"] == (url or "/notes/tower.md")


# What the server answers


@pytest.fixture
def guarded() -> Iterator[TestClient]:
    def page(_: Request) -> Response:
        return HTMLResponse(
            '<head><meta property="og:image"\ncontent="https://elsewhere.example/a.jpg" /></head><script>1</script>'
        )

    routes = [Route("/", page), Route("/yiju/sources", lambda _: PlainTextResponse("all")), Route("/upload", page)]
    with TestClient(Guard(Starlette(routes=routes), "<title>Yiju</title>"), base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_page_names_no_other_host_and_its_scripts_carry_the_nonce(guarded: TestClient) -> None:
    answered = guarded.get("/")
    nonce = re.search(r"'nonce-([^']+)'", answered.headers["content-security-policy"])
    assert nonce and f'<script nonce="{nonce[1]}">' in answered.text
    assert "elsewhere" not in answered.text and "<title>Yiju</title></head>" in answered.text
    assert nonce[1] not in guarded.get("/").text


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}, {"host": "[x"}]
)
def test_other_hosts_and_other_sites_are_refused(guarded: TestClient, headers: dict[str, str]) -> None:
    assert guarded.get("/yiju/sources", headers=headers).status_code == 404
    assert guarded.get("/yiju/sources", headers={"origin": "http://127.0.0.1:7860"}).text == "all"


@pytest.mark.parametrize("path", ["/upload", "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/yijux", "/runs"])
def test_what_the_page_does_not_need_is_not_there(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).text == "Not here."


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    from assistant.web.app import WebError, listen  # late: loads Gradio

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebError, match=rf"Port {port} is in use.*--port {port + 1}"):
            listen(port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_only_this_machine_is_served(host: str) -> None:
    from assistant.web.app import WebError, listen  # late: loads Gradio

    with pytest.raises(WebError, match=re.escape(host) + ".*Use one of: 127.0.0.1"):
        listen(host=host)
