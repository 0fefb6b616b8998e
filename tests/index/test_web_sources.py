"""Web addresses as sources: read beside files, fetched again only when they changed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Index
from index.errors import SourceError
from index.passages import passages
from index.sources import is_address, read, walk
from tests.fakes import WordEmbedder
from tests.site import Page, Site, Visit, giving, leading, serving
from tests.test_cli import yiju

HERE = ["127.0.0.1"]


def ferry(hour: str, head: str = "") -> str:
    return (
        f"<html><head><title>The ferry</title>{head}</head><body><article><h1>The ferry</h1>"
        f"<p>The ferry to Osmund leaves at {hour} from the eastern pier, every day of the week.</p>"
        "<p>Tickets are sold by Ines Duarte in the harbour office.</p></article></body></html>"
    )


def with_etag(body: str) -> Page:
    def page(visit: Visit) -> None:
        tag = f'"{hash(body)}"'
        same = visit.headers["If-None-Match"] == tag
        visit.give(b"" if same else body.encode(), 304 if same else 200, ETag=tag)

    return page


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"/ferry": giving(ferry("nine"))})) as site:
        yield site


@pytest.fixture
def index(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Index]:
    with Index.open(tmp_path / "web.index", embedder, allow=HERE) as index:
        yield index


def at(site: Site, path: str = "/ferry") -> str:
    return f"http://127.0.0.1:{site.port}{path}"


# Reading


def test_a_page_is_read_as_a_saved_one_and_knows_where_and_when(site: Site) -> None:
    site.pages["/old"] = leading("/ferry")
    source = read(at(site, "/old"), HERE)
    assert source.uri == at(site, "/old") and source.url == at(site)
    assert (source.title, source.language, source.media_type) == ("The ferry", "en", "text/html")
    assert "leaves at nine from the eastern pier" in source.text
    assert [heading.text for heading in source.headings] == ["The ferry"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", source.retrieved)


def test_the_address_that_a_page_names_is_kept(site: Site) -> None:
    site.pages["/ferry"] = giving(ferry("nine", '<link rel="canonical" href="https://example.org/ferry">'))
    assert read(at(site), HERE).url == "https://example.org/ferry"


def test_a_text_without_a_title_is_called_by_its_address(site: Site) -> None:
    site.pages["/notes.txt"] = giving("It was cold, and nobody had come.", Content_Type="text/plain")
    source = read(at(site, "/notes.txt"), HERE)
    assert source.title == at(site, "/notes.txt") and source.stated_title is None


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("gb2312", "gb18030"), ("GBK", "gb18030"), ("big5", "cp950"), ("utf-8", "utf-8"), ("gb2312", "utf-8")],
)
@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_the_charset_of_the_header_is_believed_where_it_fits(
    site: Site, charset: str, encoding: str, kind: str
) -> None:
    text = "茶。" if encoding != "cp950" else "茶園。"  # too short to tell the encoding from the bytes
    site.pages["/tea"] = giving(text.encode(encoding), Content_Type=f"{kind}; charset={charset}")
    assert read(at(site, "/tea"), HERE).text.strip() == text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html><body><script>render()</script></body></html>", "holds no text. Save the page in your browser"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "looks like a PNG image. Save the page in your browser"),
    ],
)
def test_a_page_that_holds_no_text_says_so(site: Site, body: str | bytes, message: str) -> None:
    site.pages["/ferry"] = giving(body)
    with pytest.raises(SourceError, match=rf"^{re.escape(at(site))}: it .*{message}"):
        read(at(site), HERE)


def test_addresses_are_told_from_paths(tmp_path: Path) -> None:
    assert is_address("https://example.org/a") and is_address("HTTP://example.org") and is_address("ftp://a")
    assert not any(map(is_address, ["notes.txt", "/srv/a", "C:\\notes", "C:/notes", "a/https://b", Path("https://a")]))
    (tmp_path / "a.txt").write_text("a")
    named = ["https://example.org/a", tmp_path, "https://example.org/a", "https://example.org/b"]
    assert [one.at for one in walk(named)] == ["https://example.org/a", tmp_path / "a.txt", "https://example.org/b"]


# In an index


def test_pages_and_files_are_added_side_by_side_and_found(site: Site, index: Index, documents: Path) -> None:
    outcomes = index.add(at(site), documents, at(site, "/missing"))
    assert [one.status for one in outcomes] == ["added"] * 4 + ["failed"]
    assert outcomes[0].path == at(site) and outcomes[4].path == at(site, "/missing")
    assert outcomes[4].reason == f"{at(site, '/missing')}: there is no such page (404). Check the address."
    hit = index.search("ferry eastern pier", k=1)[0]
    source = index.source(hit.passage.source_id)
    assert source is not None and source.uri == at(site)


def test_an_unchanged_page_costs_no_transfer_and_a_changed_one_is_updated(
    site: Site, index: Index, embedder: WordEmbedder
) -> None:
    site.pages["/ferry"] = with_etag(ferry("nine"))
    index.add(at(site))
    embedded = embedder.embedded
    for _ in range(2):
        assert [one.status for one in index.add(at(site))] == ["unchanged"]
        assert "If-None-Match" in site.headers[-1]
    assert embedder.embedded == embedded
    site.pages["/ferry"] = with_etag(ferry("noon"))
    assert [one.status for one in index.update()] == ["updated"]
    assert [source.uri for source in index.sources()] == [at(site)]
    assert "leaves at noon" in index.search("when does the ferry leave", k=1)[0].passage.text
    assert [one.status for one in index.update()] == ["unchanged"]


def test_a_page_without_etag_or_with_another_for_the_same_words_stays(
    site: Site, index: Index, embedder: WordEmbedder
) -> None:
    index.add(at(site))
    embedded = embedder.embedded
    for number, head in enumerate(["", "", "<meta name='visit' content='8'>"]):
        site.pages["/ferry"] = giving(ferry("nine", head), ETag=f'"{number}"')
        assert [one.status for one in index.add(at(site))] == ["unchanged"]
    assert embedder.embedded == embedded
    index.add(at(site))
    assert site.headers[-1]["If-None-Match"] == '"2"'


def test_a_page_that_cannot_be_fetched_any_more_is_kept(site: Site, index: Index) -> None:
    index.add(at(site))
    site.pages["/ferry"] = giving("gone", 410)
    assert [one.status for one in index.update()] == ["failed"]
    assert len(index.sources()) == 1


def test_one_page_at_two_addresses_is_one_source_until_they_differ(site: Site, index: Index) -> None:
    site.pages["/copy"] = giving(ferry("nine"))
    assert [one.status for one in index.add(at(site), at(site, "/copy"))] == ["added", "unchanged"]
    site.pages["/copy"] = giving(ferry("noon"))
    index.update()
    assert sorted(source.uri for source in index.sources()) == [at(site, "/copy"), at(site)]
    assert index.check() == []


def test_what_a_program_put_under_an_address_is_not_fetched(site: Site, index: Index) -> None:
    source = read(at(site), HERE)
    index.put(source, passages(source))
    site.asked.clear()
    assert index.update() == [] and site.asked == []


def test_a_private_host_has_to_be_allowed(tmp_path: Path, site: Site, embedder: WordEmbedder) -> None:
    with Index.open(tmp_path / "i", embedder) as index:
        (outcome,) = index.add(at(site))
    assert outcome.status == "failed" and "YIJU_ALLOW_HOSTS=127.0.0.1" in outcome.reason
    assert site.connections == 0


# On the command line


def test_the_command_line_asks_only_hosts_that_are_allowed_and_prints_addresses_as_given(
    tmp_path: Path, site: Site, embedder: WordEmbedder
) -> None:
    Index.open(tmp_path / "i", embedder).close()
    missing = at(site, "/missing")
    refused = yiju("add", missing, "--index", tmp_path / "i", home=tmp_path)
    assert refused.returncode == 1 and "allow it by name: YIJU_ALLOW_HOSTS=127.0.0.1" in refused.stderr
    assert site.connections == 0
    asked = yiju(
        "add", missing, "--index", tmp_path / "i", "--json", home=tmp_path, YIJU_ALLOW_HOSTS="a.example, 127.0.0.1"
    )
    assert asked.returncode == 1 and site.asked == ["/missing"]
    assert asked.stderr == f"left out: {missing}: there is no such page (404). Check the address.\n"
    (outcome,) = json.loads(asked.stdout)
    assert (outcome["path"], outcome["status"]) == (missing, "failed")
