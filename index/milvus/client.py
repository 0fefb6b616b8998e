"""Calls to a Milvus server, each with a time limit, retried while that is safe, with errors that say what to do.

The only module that imports pymilvus. All that it sends may be sent twice: rows are put by their key.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from index.errors import EngineError, IndexFolderError
from index.milvus.address import Address
from index.snapshot import Vectors

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient


class Absent(EngineError):
    """A collection is not there, or not any more."""


Row = Mapping[str, object]
T = TypeVar("T")

_LIMIT = 30.0  # seconds that one call may take; what is given up and asked again burdens a busy server twice
_LONG_LIMIT = 120.0  # that making, loading or filling a collection may
_MOST = 16_384  # rows that one answer may hold
_PAGE = 1_000  # rows of an iterator's step
_WAITS = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between tries; the last again and again
_DUMMY = [0.0, 0.0]  # Milvus wants a vector in every collection
_GONE = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED")


@dataclass(frozen=True)
class Field:
    """A field of a collection: "key" (the primary one, a text), "number" (so too), "int", "text", "texts" or "page"."""

    name: str
    kind: str
    indexed: bool = False


@dataclass(frozen=True)
class Shape:
    """A collection: its fields, and what is searched in it: words of a field, vectors of a length, or nothing."""

    fields: tuple[Field, ...]
    words: str = ""
    vectors: int = 0


class Client:
    """A connection to one server, made at the first call; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._lock = Lock()
        self._client: MilvusClient | None = None
        self._closed = False

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._client:
                self._client.close()
                self._client = None

    # Collections

    def has(self, collection: str) -> bool:
        return self._do(lambda at: bool(at.has_collection(collection, timeout=_LIMIT)))

    def collections(self) -> list[str]:
        return self._do(lambda at: list(at.list_collections(timeout=_LIMIT)))

    def make(self, collection: str, shape: Shape) -> None:
        """Make a collection unless it is there, and load it."""

        def make(at: "MilvusClient") -> None:
            if not at.has_collection(collection, timeout=_LIMIT):
                _create(at, collection, shape)
            _index(at, collection, shape, self.address.vectors)
            _load(at, collection)

        self._do(make)

    def drop(self, collection: str) -> None:
        self._do(lambda at: at.drop_collection(collection, timeout=_LONG_LIMIT))

    # Rows

    def put(self, collection: str, rows: Sequence[Row], patience: float | None = None) -> None:
        """Put rows, each in the place of the one that has its key."""
        limit = _LONG_LIMIT if patience is None else patience
        for first in range(0, len(rows), _PAGE):
            self._put(collection, [dict(row) for row in rows[first : first + _PAGE]], limit, patience)

    def _put(self, collection: str, rows: list[dict[str, object]], limit: float, patience: float | None) -> None:
        self._do(lambda at: at.upsert(collection, rows, timeout=limit), collection, patience)

    def erase(self, collection: str, expression: str) -> None:
        self._do(lambda at: at.delete(collection, filter=expression, timeout=_LONG_LIMIT), collection)

    def rows(self, collection: str, expression: str, fields: Sequence[str], strong: bool = False) -> list[Row]:
        """Return the rows that an expression asks for, in no order."""
        found = self._do(
            lambda at: at.query(
                collection, filter=expression, output_fields=list(fields), limit=_MOST, timeout=_LIMIT, **_level(strong)
            ),
            collection,
        )
        if len(found) < _MOST:
            return [dict(row) for row in found]
        return [row for page in self.pages(collection, expression, fields, strong) for row in page]

    def pages(
        self, collection: str, expression: str, fields: Sequence[str], strong: bool = False
    ) -> Iterator[list[Row]]:
        """Yield all rows that an expression asks for, some thousand at a time, by their numbers."""
        last = -1
        while True:
            after = f"number > {last}" + (f" and ({expression})" if expression else "")

            def ask(at: "MilvusClient", after: str = after) -> list[Row]:
                reading = at.query_iterator(
                    collection,
                    batch_size=_PAGE,
                    filter=after,
                    output_fields=list(fields),
                    timeout=_LONG_LIMIT,
                    **_level(strong),
                )
                try:
                    return [dict(row) for row in reading.next()]
                finally:
                    reading.close()

            page = self._do(ask, collection)
            if not page:
                return
            yield page
            last = max(int(str(row["number"])) for row in page)

    def near(
        self, collection: str, field: str, asked: Vectors | str, k: int, expression: str = "", strong: bool = False
    ) -> list[tuple[int, float]]:
        """Return the numbers and scores of the `k` rows nearest to a vector, or by BM25 to words, best first."""
        by_words = isinstance(asked, str)
        data: list[object] = [asked if by_words else np.asarray(asked, np.float32).tolist()]
        params = {"metric_type": "BM25" if by_words else "IP", "params": {} if by_words else _effort(k)}
        found = self._do(
            lambda at: at.search(
                collection,
                data=data,
                anns_field=field,
                limit=min(k, _MOST),
                filter=expression,
                search_params=params,
                output_fields=["number"],
                timeout=_LIMIT,
                **_level(strong),
            ),
            collection,
        )
        hits = [(int(hit["number"]), float(hit["distance"])) for hit in found[0]]
        # milvus-lite gives BM25 as a distance, where less is better; Milvus gives it as a score.
        return [(number, abs(score)) for number, score in hits] if by_words else hits

    # What may go wrong

    def _do(self, action: "Callable[[MilvusClient], T]", collection: str = "", patience: float | None = None) -> T:
        """Do something, and again while the server is out of reach and there is patience left."""
        until = time.monotonic() + (self.address.patience if patience is None else patience)
        waits = iter(_WAITS)
        wait = 0.0
        loaded = False
        while True:
            try:
                return action(self._connected())
            except _failures() as error:
                trouble = self._trouble(error)
                if trouble == "not loaded" and collection and not loaded:
                    loaded = True
                    self._load(collection)
                    continue
                wait = next(waits, wait)
                if trouble != "gone" or time.monotonic() + wait > until:
                    raise self._said(error, trouble) from error
                time.sleep(wait)

    def _connected(self) -> "MilvusClient":
        with self._lock:
            if self._closed:
                raise IndexFolderError(f"The index at {self.address} has been closed. Open it again.")
            if self._client is None:
                self._client = _connection(self.address)
            return self._client

    def _load(self, collection: str) -> None:
        """Load a collection that the server has let go, as milvus-lite does when it is started again."""
        with suppress(*_failures()):  # what we came from says it again
            _load(self._connected(), collection)

    def _trouble(self, error: Exception) -> str:
        # Whatever goes wrong while a connection is made, pymilvus calls it unavailable; what it came from says more.
        said = " ".join(f"{one} {getattr(one, 'details', str)()}" for one in _chain(error)).casefold()
        if any(one in said for one in ("auth check", "unauthenticated", "permission", "privilege")):
            return "refused"
        if any(one.casefold() in said for one in _GONE) or "server unavailable" in said or "retry timeout" in said:
            return "gone"
        if "not loaded" in said or "released" in said:
            return "not loaded"
        if "quota" in said or "no space left" in said or "disk full" in said:
            return "full"
        if "not exist" in said or "not found" in said or "can't find" in said:
            return "absent"
        return ""

    def _said(self, error: Exception, trouble: str) -> EngineError:
        server = self.address.url
        kind = Absent if trouble == "absent" else EngineError
        return kind(
            {
                "gone": f"The Milvus server at {server} does not answer. Is it running, and is its port reachable from "
                "here? Whatever was under way is stored whole or not at all: do it again, what is there costs nothing.",
                "refused": f"The Milvus server at {server} does not let us in. Set YIJU_MILVUS_TOKEN to a token, or to "
                "name:password, of an account that may use this database; and YIJU_MILVUS_TLS=1 if it wants TLS.",
                "full": f"The Milvus server at {server} takes no more: {_short(error)}. Nothing was changed. Give it "
                "more space or a larger quota and try again.",
                "absent": f"{self.address} is no longer there: {_short(error)}. Was it dropped? Open it again.",
            }.get(trouble, f"The Milvus server at {server} failed: {_short(error)}. Nothing was changed.")
        )


def _level(strong: bool) -> dict[str, str]:
    return {"consistency_level": "Strong"} if strong else {}


def _connection(address: Address) -> "MilvusClient":
    try:
        from pymilvus import MilvusClient  # late: a large library
    except ImportError as error:
        raise EngineError(
            f'{address} needs a package that is not here. Get it with: pip install "yiju[milvus]"'
        ) from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # what it would log, our errors say
    tls = {"ca_pem_path": address.ca, "client_pem_path": address.certificate, "client_key_path": address.key}
    return MilvusClient(
        address.url,
        token=address.token,
        db_name=address.database,
        timeout=_LIMIT,
        # Else a server that comes back is not asked again for up to two minutes.
        grpc_options={"grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 1_000},
        **{name: value for name, value in tls.items() if value},
    )


def _failures() -> tuple[type[Exception], ...]:
    try:
        import grpc
        from pymilvus.exceptions import MilvusException
    except ImportError:  # said where the connection is made
        return (OSError,)
    return (MilvusException, grpc.RpcError, grpc.FutureTimeoutError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what each came from; pymilvus raises errors from themselves."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _short(error: Exception) -> str:
    return str(getattr(error, "message", error)).strip().splitlines()[0][:300] if str(error) else type(error).__name__


def _create(at: "MilvusClient", collection: str, shape: Shape) -> None:
    from pymilvus.exceptions import MilvusException

    try:
        at.create_collection(collection, schema=_schema(shape), consistency_level="Bounded", timeout=_LONG_LIMIT)
    except MilvusException:
        if not at.has_collection(collection, timeout=_LIMIT):
            raise  # else another process was first


def _schema(shape: Shape) -> "CollectionSchema":
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    for field in shape.fields:
        if field.name == shape.words:
            # Our words are runs of ASCII letters and digits, which any tokenizer leaves whole.
            options = {"enable_analyzer": True, "analyzer_params": {"tokenizer": "standard"}}
            schema.add_field(field.name, DataType.VARCHAR, max_length=65_535, **options)
        elif field.kind == "key":
            schema.add_field(field.name, DataType.VARCHAR, is_primary=True, max_length=512)
        elif field.kind == "number":
            schema.add_field(field.name, DataType.INT64, is_primary=True)
        elif field.kind == "texts":
            schema.add_field(
                field.name, DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=1_024, max_length=64
            )
        elif field.kind == "text":
            schema.add_field(field.name, DataType.VARCHAR, max_length=65_535)
        else:
            schema.add_field(field.name, DataType.INT64, nullable=field.kind == "page")
    if shape.words:
        schema.add_field("bm25", DataType.SPARSE_FLOAT_VECTOR)
        bm25 = Function(
            name="bm25", function_type=FunctionType.BM25, input_field_names=[shape.words], output_field_names=["bm25"]
        )
        schema.add_function(bm25)
    else:
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=shape.vectors or len(_DUMMY))
    return schema


def _index(at: "MilvusClient", collection: str, shape: Shape, vectors: str) -> None:
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    wanted: dict[str, dict[str, object]] = {
        field.name: {"index_type": "INVERTED"} for field in shape.fields if field.indexed
    }
    if shape.words:
        # k1 and b as SQLite's FTS5 has them, so that both engines weigh words alike.
        weights = {"bm25_k1": 1.2, "bm25_b": 0.75}
        wanted["bm25"] = {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25", "params": weights}
    elif shape.vectors:
        wanted["vector"] = {"index_type": vectors, "metric_type": "IP", "params": _BUILD.get(vectors, {})}
    else:
        wanted["vector"] = {"index_type": "FLAT", "metric_type": "L2"}
    for name, options in wanted.items():
        params = MilvusClient.prepare_index_params()
        params.add_index(name, index_name=name, **options)
        try:
            if name not in at.list_indexes(collection):
                at.create_index(collection, params, timeout=_LONG_LIMIT, sync=False)  # loading waits for it
        except MilvusException:
            if name not in at.list_indexes(collection):
                raise  # else another process was first


_BUILD: Mapping[str, Mapping[str, object]] = {
    "HNSW": {"M": 16, "efConstruction": 200},
    "HNSW_SQ": {"M": 16, "efConstruction": 200, "sq_type": "SQ8"},
    "IVF_FLAT": {"nlist": 1024},
    "IVF_SQ8": {"nlist": 1024},
}


def _effort(k: int) -> dict[str, int]:
    """Return how far a search goes; an index takes of these what it knows."""
    return {"ef": max(2 * k, 128), "nprobe": 32, "search_list": max(2 * k, 128)}


def _load(at: "MilvusClient", collection: str) -> None:
    at.load_collection(collection, timeout=_LONG_LIMIT, _async=True)
    until = time.monotonic() + _LONG_LIMIT
    while time.monotonic() < until:
        if "Loaded" in str(at.get_load_state(collection, timeout=_LIMIT)["state"]).replace("NotLoad", ""):
            return
        time.sleep(0.02)


def quoted(text: str) -> str:
    """Return a text as a literal of Milvus' expressions; nothing in it ends the literal."""
    marks = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(marks.get(character, character) for character in text) + '"'


def nowhere(row: Row) -> Row:
    """Return a row of a collection that is not searched, with the vector that it must have."""
    return {**row, "vector": _DUMMY}
