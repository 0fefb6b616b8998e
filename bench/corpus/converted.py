"""What programs of the machine make of the documents: LibreOffice in every format that it saves, and Chromium."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bench.corpus.documents import DOCUMENTS
from bench.corpus.made import Made
from bench.corpus.office import deck, exported, slides_of, word, word_of
from bench.corpus.printed import printed
from bench.corpus.prose import page, page_of
from bench.corpus.sheets import BOOKS, by_openpyxl, workbook

_OFFICE = shutil.which("soffice")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_STYLE = "section, h2 + * { break-before: avoid } h2 ~ h2 { break-before: page } td, th { border: 1px solid }"


def not_here() -> Iterator[str]:
    """Yield the programs that this machine lacks."""
    if _OFFICE is None:
        yield "LibreOffice (soffice)"
    if _CHROMIUM is None:
        yield "Chromium"
    elif find_spec("playwright") is None:
        yield "playwright, to save pages with Chromium"


def conversions() -> Iterator[Made]:
    """Yield what LibreOffice and Chromium write of the documents."""
    if _OFFICE is not None:
        yield from _by_office()
    if _CHROMIUM is not None:
        yield from _by_chromium()


def _by_office() -> Iterator[Made]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("words", "decks", "books"):
            (folder / name).mkdir()
        for document in DOCUMENTS:
            (folder / "words" / f"{document.name}.docx").write_bytes(word_of(document))
            (folder / "decks" / f"{document.name}.pptx").write_bytes(slides_of(document))
        for book in BOOKS:
            (folder / "books" / f"{book.name}.xlsx").write_bytes(by_openpyxl(book))
        yield from _words(folder)
        for kind, source, ending in (("odp", "decks", "pptx"), ("pptx", "decks-odp", "odp")):
            for document, data in zip(DOCUMENTS, saved(folder / source, kind, ending, folder), strict=True):
                yield deck(document, f"{kind}, LibreOffice", f"{document.name}.office.{kind}", data)
        for kind, source, ending in (("ods", "books", "xlsx"), ("xlsx", "books-ods", "ods")):
            for book, data in zip(BOOKS, saved(folder / source, kind, ending, folder), strict=True):
                yield workbook(book, f"{kind}, LibreOffice", f"{book.name}.office.{kind}", data)


def _words(folder: Path) -> Iterator[Made]:
    for kind in ("odt", "docx", "html", "epub", "pdf"):
        for document, data in zip(DOCUMENTS, saved(folder / "words", kind, "docx", folder), strict=True):
            name = f"{document.name}.office.{kind}"
            if kind == "pdf":
                yield printed(document, "pdf, LibreOffice", name, data, notes="end", title_in_outline=False)
            elif kind in ("html", "epub"):
                yield exported(document, kind, name, data)
            else:
                yield word(document, f"{kind}, LibreOffice", name, data)


def saved(source: Path, kind: str, ending: str, folder: Path) -> list[bytes]:
    """Return the files of a folder as LibreOffice saves them in another format, in the order of the corpus."""
    target = folder / f"{source.name}-{kind}"
    order = [item.name for item in (BOOKS if source.name.startswith("books") else DOCUMENTS)]
    files = [str(source / f"{name}.{ending}") for name in order]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(_OFFICE), profile, "--headless", "--convert-to", kind, "--outdir", str(target), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return [(target / f"{name}.{kind}").read_bytes() for name in order]


def _by_chromium() -> Iterator[Made]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = [folder / f"{document.name}.html" for document in DOCUMENTS]
        for document, path in zip(DOCUMENTS, paths, strict=True):
            path.write_text(page_of(document, framed=False, style=_STYLE), encoding="utf-8")
            options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
            target = path.with_suffix(".pdf")
            options += ["--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={target}"]
            subprocess.run([str(_CHROMIUM), *options, path.as_uri()], check=True, capture_output=True, timeout=120)
            # Chromium keeps no author in a PDF.
            name = f"{document.name}.chromium.pdf"
            # A table without any style has its columns no further apart than words are.
            made = printed(document, "pdf, Chromium", name, target.read_bytes(), tables="cells")
            yield replace(made, author=None)
        if find_spec("playwright") is not None:
            for document, data in zip(DOCUMENTS, _saved_pages(paths), strict=True):
                yield page(document, "mhtml, Chromium", f"{document.name}.chromium.mhtml", data)


def _saved_pages(paths: Sequence[Path]) -> list[bytes]:
    """Return pages as the browser saves them with all that belongs to them."""
    from playwright.sync_api import sync_playwright

    found: list[bytes] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        for path in paths:
            shown = browser.new_page()
            shown.goto(path.as_uri())
            session = shown.context.new_cdp_session(shown)
            found.append(session.send("Page.captureSnapshot", {"format": "mhtml"})["data"].encode())
        browser.close()
    return found
