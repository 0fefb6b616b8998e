"""An index goes over to another embedding model: new vectors beside the old ones, then all at once in their place."""

from collections.abc import Callable, Sequence

import numpy as np

from index import schema
from index.embedding import Embedder, embed
from index.snapshot import Vectors
from index.store import Store

_BATCH = 1024  # passages that are embedded and stored together
# Numbers only grow and are embedded in order, so all that waits stands behind the last that is done.
_WAITING = "number > (SELECT coalesce(max(number), 0) FROM next_vectors)"


def embed_again(store: Store, embedder: Embedder, progress: Callable[[int, int], None] | None = None) -> None:
    """Give every passage a vector of another model; what was done is kept when this is broken off, and gone on with.

    `progress` is told how many passages are done, of how many.
    """
    _begin(store, embedder.name)
    while not _finished(store, embedder.name):
        with store.transaction() as connection:
            (total,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
            (done,) = connection.execute("SELECT count(*) FROM next_vectors").fetchone()
            row = connection.execute("SELECT length(vector) / 2 FROM next_vectors LIMIT 1").fetchone()
            waiting = list(schema.embedded_texts(connection, f"{_WAITING} ORDER BY number LIMIT {_BATCH}"))
        if progress:
            progress(done, total)
        dimension = row[0] if row else None
        _keep(store, [number for number, _ in waiting], embed(embedder, [text for _, text in waiting], dimension))


def _begin(store: Store, embedder: str) -> None:
    with store.transaction() as connection:
        begun = connection.execute("SELECT value FROM settings WHERE name = 'next_embedder'").fetchone()
        if begun and begun[0] != embedder:
            connection.execute("DROP TABLE next_vectors")
        connection.execute("REPLACE INTO settings VALUES ('next_embedder', ?)", [embedder])
        connection.execute(f"CREATE TABLE IF NOT EXISTS next_vectors ({schema.VECTOR_COLUMNS})")


def _keep(store: Store, numbers: Sequence[int], vectors: Vectors) -> None:
    rows = [(n, vector.tobytes(), n) for n, vector in zip(numbers, vectors.astype(np.float16), strict=True)]
    with store.transaction() as connection:
        there = "EXISTS (SELECT 1 FROM vectors WHERE number = ?)"  # not removed meanwhile
        connection.executemany(f"INSERT OR REPLACE INTO next_vectors SELECT ?, ? WHERE {there}", rows)


def _finished(store: Store, embedder: str) -> bool:
    """Put the new vectors in place of the old ones, and return True, unless some are still to be made."""
    with store.transaction() as connection:
        if connection.execute(f"SELECT 1 FROM vectors WHERE {_WAITING} LIMIT 1").fetchone():
            return False
        row = connection.execute("SELECT length(vector) FROM next_vectors LIMIT 1").fetchone()
        connection.execute("DROP TABLE vectors")
        connection.execute("ALTER TABLE next_vectors RENAME TO vectors")
        connection.execute("DELETE FROM settings WHERE name IN ('next_embedder', 'dimension')")
        connection.execute("UPDATE settings SET value = ? WHERE name = 'embedder'", [embedder])
        if row:
            dimension = row[0] // np.dtype(np.float16).itemsize
            connection.execute("INSERT INTO settings VALUES ('dimension', ?)", [str(dimension)])
        schema.derive_again(connection)
        return True
