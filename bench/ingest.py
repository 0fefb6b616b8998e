"""Time what it takes to add files, beside embedding the same passages raw, and beside LangChain's FAISS store.

PYTHONPATH=. python bench/ingest.py --data FOLDER [-n 5000] [--parts 5] [--folder DIR] [--mixed]

FOLDER holds the data sets; files are written from their paragraphs until Yiju cuts n passages of them. They are split
into parts, and all contenders take each part in turn, in an order that changes. The model is loaded and warm before.
With `--mixed` the files are of ten formats in turn. Reading them alone, and adding them again unchanged, is timed too.
LangChain's side runs where `langchain_community` and `langchain_text_splitters` can be imported (PYTHONPATH).
"""

import argparse
import importlib
import importlib.util
import json
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from bench import squad
from bench.corpus.documents import Document, Heading, Paragraph, Run
from bench.corpus.documents import Part as DocumentPart
from bench.corpus.office import slides_of, word_of
from bench.corpus.printed import by_fpdf2
from bench.corpus.prose import book_of, markdown_of, notebook_of, page_of
from index import Index, SentenceEmbedder
from index.embedding import _BATCH, _folder, _load
from index.passages import embedded_text, passages
from index.snapshot import Vectors
from index.sources import read

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PARAGRAPHS = 4  # a file

Ingest = Callable[["Part"], float]  # seconds that a contender took for a part


@dataclass
class Part:
    """A folder of files, and the texts that Yiju embeds of them."""

    folder: Path
    characters: int = 0
    texts: list[str] = field(default_factory=list)
    again: float = 0.0  # seconds to add it once more, unchanged

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


class TimedEmbedder:
    """An embedder that counts its seconds and its texts."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.name = embedder.name
        self.seconds = 0.0
        self.count = 0
        self._embedder = embedder

    def passages(self, texts: Sequence[str]) -> Vectors:
        begun = time.perf_counter()
        vectors = self._embedder.passages(texts)
        self.seconds += time.perf_counter() - begun
        self.count += len(texts)
        return vectors

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.queries(texts)


def paragraphs(folder: Path) -> list[str]:
    """Return the paragraphs of the data sets, each once, English and Chinese mixed in a fixed order."""
    found: list[str] = []
    for name in (*squad.XQUAD.values(), squad.CMRC):
        found += [one["context"] for one in squad.paragraphs(folder / name)]
    for name in ("nomiracl_en.dev.jsonl", "nomiracl_zh.dev.jsonl"):
        found += [text for row in _rows(folder / name) for text in row["passages"]]
    for row in _rows(folder / "rgb_zh.dev.jsonl"):
        found += [*row["positive"], *row["negative"]]
    unique = list(dict.fromkeys(text.strip() for text in found if text.strip()))
    random.Random(0).shuffle(unique)
    return unique


def _rows(file: Path) -> Iterator[dict[str, list[str]]]:
    return (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())


_WRITERS: Mapping[str, Callable[[Document], str | bytes]] = {
    ".txt": lambda document: "\n\n".join((document.title, *_paragraphs_of(document))),
    ".md": lambda document: f"# {document.title}\n\n{markdown_of(document.parts)}",
    ".html": page_of,
    ".docx": word_of,
    ".pptx": slides_of,
    ".pdf": by_fpdf2,
    ".epub": book_of,
    ".ipynb": notebook_of,
    ".csv": lambda document: "number,text\n" + "\n".join(f'{n},"{text}"' for n, text in _numbered(document)),
    ".jsonl": lambda document: "\n".join(json.dumps({"number": n, "text": text}) for n, text in _numbered(document)),
}


def _paragraphs_of(document: Document) -> list[str]:
    return [part.text for part in document.parts if isinstance(part, Paragraph)]


def _numbered(document: Document) -> Iterator[tuple[int, str]]:
    return enumerate((text.replace('"', "'") for text in _paragraphs_of(document)), start=1)


def _document(texts: Sequence[str], number: int) -> Document:
    parts: tuple[DocumentPart, ...] = (
        Heading(1, f"Part {number}"),
        *(Paragraph((Run(" ".join(text.split())),)) for text in texts),
    )
    return Document(f"{number:06}", "en", f"Paper {number}", "Mei Lin", "2024-05-06", parts)


def written(texts: Sequence[str], n: int, count: int, folder: Path, mixed: bool = False) -> list[Part]:
    """Write the texts as files in `count` folders, until each holds n / count passages or the texts are used up."""
    parts = [Part(folder / f"part-{number}") for number in range(count)]
    remaining = iter(range(0, len(texts), _PARAGRAPHS))
    endings = cycle(_WRITERS if mixed else [".txt"])
    for part in parts:
        part.folder.mkdir(parents=True)
        while len(part.texts) < n / count and (at := next(remaining, None)) is not None:
            file = part.folder / f"{at:06}{next(endings)}"
            of = texts[at : at + _PARAGRAPHS]
            made = _WRITERS[file.suffix](_document(of, at)) if mixed else "\n\n".join(of)
            file.write_bytes(made if isinstance(made, bytes) else made.encode())
            source = read(file)
            part.characters += len(source.text)
            part.texts += [embedded_text(source.stated_title, one) for one in passages(source) if not one.furniture]
    return [part for part in parts if part.texts]


def read_alone(parts: Sequence[Part]) -> float:
    """Return the seconds of reading every file in this process, by the readers and nothing else."""
    begun = time.perf_counter()
    for part in parts:
        for file in part.files():
            read(file)
    return time.perf_counter() - begun


def yiju(embedder: TimedEmbedder) -> Ingest:
    """Return the time from files on disk to a committed index."""

    def run(part: Part) -> float:
        before = embedder.count
        with tempfile.TemporaryDirectory(dir=part.folder.parent) as folder:
            begun = time.perf_counter()
            with Index.open(Path(folder) / "index", embedder) as index:
                outcomes = index.add(part.folder)
                took = time.perf_counter() - begun
                assert {one.status for one in outcomes} == {"added"}
                assert len(index) == len(part.texts)
                begun = time.perf_counter()
                assert {one.status for one in index.add(part.folder)} == {"unchanged"}
                part.again = time.perf_counter() - begun
        repeated = len(part.texts) - (embedder.count - before)
        if repeated:
            print(f"    ({repeated} texts of this part stand there twice; Yiju embeds them once)")
        return took

    return run


def raw(model: "SentenceTransformer") -> Ingest:
    """Return the time of embedding the very texts that Yiju embeds, in one call."""

    def run(part: Part) -> float:
        begun = time.perf_counter()
        model.encode_document(part.texts, batch_size=_BATCH, show_progress_bar=False)
        return time.perf_counter() - begun

    return run


def langchain(model: "SentenceTransformer", chunks: list[int]) -> Ingest:
    """Return the time of LangChain's FAISS store, splitter and all in its defaults; note the chunks of each part."""
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # langchain-community says at import that it is no longer kept up
        store = importlib.import_module("langchain_community.vectorstores.faiss").FAISS
    splitter = importlib.import_module("langchain_text_splitters").RecursiveCharacterTextSplitter

    class HuggingFaceEmbeddings(Embeddings):
        """What langchain_huggingface's class of this name does, around a model that is loaded."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = model.encode([text.replace("\n", " ") for text in texts]).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    def run(part: Part) -> float:
        begun = time.perf_counter()
        documents = [
            Document(file.read_text(encoding="utf-8"), metadata={"source": str(file)}) for file in part.files()
        ]
        split = splitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
        store.from_documents(split, HuggingFaceEmbeddings())
        took = time.perf_counter() - begun
        chunks.append(len(split))
        return took

    return run


def has_langchain() -> bool:
    """Return whether LangChain's FAISS store is installed; it is none of our dependencies."""
    return all(importlib.util.find_spec(name) for name in ("langchain_community", "langchain_text_splitters"))


def float32_model() -> "SentenceTransformer":
    """Return the same model as sentence-transformers loads it when nothing is asked for."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(_folder(SentenceEmbedder().name)), device="cpu")


def report(parts: Sequence[Part], seconds: dict[str, list[float]], chunks: dict[str, list[int]]) -> None:
    """Print each contender's throughput, and the ratios of the pairs."""
    ours = seconds["Yiju"]
    characters = sum(part.characters for part in parts)
    print(f"\n{'':32} {'s':>8} {'pieces':>7} {'pieces/s':>9} {'characters/s':>13} {'Yiju is faster by':>18}")
    for name, of in seconds.items():
        pieces = sum(chunks.get(name) or [len(part.texts) for part in parts])
        rates = f"{sum(of):8.1f} {pieces:7,} {pieces / sum(of):9.1f} {characters / sum(of):13,.0f}"
        print(f"{name:32} {rates} {sum(of) / sum(ours):17.3f}x")
    print("characters/s counts those of the files, once; a piece is a passage of Yiju's or a chunk of LangChain's")
    for name, of in seconds.items():
        if name != "Yiju":
            ratios = [other / mine for other, mine in zip(of, ours, strict=True)]
            listed = " ".join(f"{ratio:.3f}" for ratio in ratios)
            print(f"speed of Yiju / of {name}, pair by pair: {listed}; median {statistics.median(ratios):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5000, help="passages")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the data sets")
    parser.add_argument("--parts", type=int, default=5)
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where temporary folders go")
    parser.add_argument("--mixed", action="store_true", help="files of ten formats in turn")
    options = parser.parse_args()
    embedder = TimedEmbedder(SentenceEmbedder())
    contenders: dict[str, Ingest] = {"Yiju": yiju(embedder)}
    chunks: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        parts = written(paragraphs(options.data), options.n, options.parts, Path(folder), options.mixed)
        total = sum(len(part.texts) for part in parts)
        print(f"{sum(len(part.files()) for part in parts):,} files, {total:,} passages in {len(parts)} parts")
        model = _load(embedder.name)
        kind = str(model.dtype).removeprefix("torch.")
        contenders[f"raw encode, {kind}"] = raw(model)
        models = [model]
        if has_langchain():
            models.append(float32_model())
            for name, of in (("LangChain, its float32", models[1]), (f"LangChain, given {kind}", model)):
                chunks[name] = []
                contenders[name] = langchain(of, chunks[name])
        else:
            print("langchain_community or langchain_text_splitters is not installed: LangChain's side is left out")
        for one in models:
            one.encode(parts[0].texts[:128])
        embedder.passages(parts[0].texts[:128])
        embedder.seconds = 0
        seconds = timed(parts, contenders)
        alone = read_alone(parts)
    report(parts, seconds, chunks)
    rest = sum(seconds["Yiju"]) - embedder.seconds
    share = embedder.seconds / sum(seconds["Yiju"])
    again = ", ".join(f"{part.again:.2f}" for part in parts)
    print(f"reading the files alone: {alone:.2f} s; adding each part again, unchanged: {again} s")
    print(f"Yiju embedded for {embedder.seconds:.1f} s ({share:.1%}); reading, cutting and storing took {rest:.2f} s")


def timed(parts: Sequence[Part], contenders: dict[str, Ingest]) -> dict[str, list[float]]:
    """Return the seconds of each contender for each part."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for number, part in enumerate(parts):
        turn = number % len(order)
        for name in order[turn:] + order[:turn]:
            seconds[name].append(contenders[name](part))
        print(f"part {number + 1}: " + ", ".join(f"{name} {of[-1]:.2f} s" for name, of in seconds.items()))
    return seconds


if __name__ == "__main__":
    main()
