"""Indexes as earlier versions made them, kept whole in tests/data/indexes: what is on people's disks.

    python -m tests.old_indexes

writes one by the version that is checked out. It is run once for each release, and when the format of the database
changes; what was written is never written again. Two documents, and an embedder that needs no model file.
"""

import json
import shutil
import sqlite3
import tempfile
import tomllib
import zipfile
from contextlib import closing
from pathlib import Path

from index import Index
from tests.fakes import WordEmbedder

KEPT = Path(__file__).parent / "data" / "indexes"
ROOT = Path(__file__).parent.parent
DOCUMENTS = {
    "harbour.md": "---\ntitle: The harbour report\nauthor: Mei Lin\npublished: 2023-04-02\n---\n# The harbour\n\n"
    "The harbour of Osmund was opened in 1874. It handles 3.2 million tonnes of grain a year.\n\n## Staff\n\n"
    "The harbour master is Ines Duarte. She came from Lisbon in 2019.\n",
    "tea.txt": "茶园记事\n\n青山茶园位于海拔900米的山坡上。茶园主人周敏每年四月开始采茶。去年的产量是12吨。\n",
}
QUESTIONS = {"When was the harbour of Osmund opened?": "1874", "茶园去年的产量是多少？": "12吨"}


def make(into: Path) -> Path:
    """Write the index that the code which is imported makes, with what it says of itself, as a zip file."""
    with tempfile.TemporaryDirectory() as somewhere:
        documents = Path(somewhere, "documents")
        documents.mkdir()
        for name, text in DOCUMENTS.items():
            (documents / name).write_text(text, encoding="utf-8")
        folder = Path(somewhere, "old.index")
        with Index.open(folder, WordEmbedder()) as index:
            index.add(documents)
            for question in QUESTIONS:
                index.search(question)  # which also writes the file of vectors
            sources = sorted(source.title for source in index.sources())
        with closing(sqlite3.connect(folder / "yiju.sqlite")) as connection:
            (number,) = connection.execute("PRAGMA user_version").fetchone()
        version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        made = {"version": version, "format": number, "sources": sources}
        (folder / "made.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        file = into / f"{version}-format-{number}.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, path.name)
        shutil.rmtree(folder)
    return file


if __name__ == "__main__":
    KEPT.mkdir(parents=True, exist_ok=True)
    make(KEPT)
