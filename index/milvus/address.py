"""Where an index on a server is: "milvus://host:19530/name", and what the environment adds to it.

YIJU_MILVUS_TOKEN is the token, or "user:password". YIJU_MILVUS_TLS=1 encrypts; YIJU_MILVUS_CA, YIJU_MILVUS_CERT and
YIJU_MILVUS_KEY name files in PEM for a server, or a client, that is known by a certificate, and encrypt too.
YIJU_MILVUS_VECTORS chooses the vector index of a new collection, YIJU_MILVUS_PATIENCE the seconds that a server may be
out of reach.
"""

import hashlib
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

from index.errors import EngineError

_PORT = 19530
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
VECTOR_INDEXES = ("HNSW", "FLAT", "IVF_FLAT", "IVF_SQ8", "HNSW_SQ", "DISKANN", "AUTOINDEX")


@dataclass(frozen=True)
class Address:
    """A server, a database of it, an index in that, and how to be let in."""

    host: str
    port: int
    database: str  # "" is the server's own default
    name: str
    token: str = field(default="", repr=False)
    tls: bool = False
    ca: str = ""
    certificate: str = ""
    key: str = ""
    vectors: str = "HNSW"
    patience: float = 30.0

    def __str__(self) -> str:
        inside = f"{self.database}/{self.name}" if self.database else self.name
        return f"milvus://{self._server}/{inside}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self._server}"

    @property
    def _server(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def folder(self) -> Path:
        """Where this machine keeps what belongs to the index and is no record of it: chats, dropped files."""
        digest = hashlib.sha256(str(self).encode()).hexdigest()[:8]
        return user_data_path("yiju") / "servers" / f"{self.name}-{digest}"


def address_of(written: str) -> Address:
    """Return the address that is written, with what the environment says; raise EngineError for one that is none."""
    at = re.sub(r"^milvus:/+", "milvus://", written)
    example = "write it as milvus://HOST:19530/NAME, or milvus://HOST:19530/DATABASE/NAME"
    try:
        parts = urlsplit(at)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise EngineError(f"{written!r} is no address of an index: {error}; {example}.") from error
    if parts.username is not None:
        raise EngineError(
            f"The address of {host} holds a name or password, which would stand in logs. Put it into "
            "YIJU_MILVUS_TOKEN, as name:password, and leave it out here."
        )
    inside = [part for part in parts.path.split("/") if part]
    if not host or parts.query or parts.fragment or len(inside) not in (1, 2) or not all(map(_NAME.fullmatch, inside)):
        raise EngineError(
            f"{written!r} is no address of an index: {example}; a name is of letters, digits and _, at most 100."
        )
    said = os.environ.get
    vectors = (said("YIJU_MILVUS_VECTORS") or "HNSW").upper()
    if vectors not in VECTOR_INDEXES:
        raise EngineError(f"YIJU_MILVUS_VECTORS is {vectors!r}; choose one of: {', '.join(VECTOR_INDEXES)}.")
    return Address(
        host=host,
        port=port,
        database="" if len(inside) == 1 else inside[0],
        name=inside[-1],
        token=said("YIJU_MILVUS_TOKEN", ""),
        tls=_encrypted(),
        ca=said("YIJU_MILVUS_CA", ""),
        certificate=said("YIJU_MILVUS_CERT", ""),
        key=said("YIJU_MILVUS_KEY", ""),
        vectors=vectors,
        patience=_patience(),
    )


def _encrypted() -> bool:
    """Return whether the environment wants TLS; raise EngineError when it names files for it and forbids it."""
    said = os.environ.get("YIJU_MILVUS_TLS", "")
    named = [name for name in ("CA", "CERT", "KEY") if os.environ.get(f"YIJU_MILVUS_{name}")]
    if said == "0" and named:
        raise EngineError(
            f"YIJU_MILVUS_{named[0]} is for an encrypted connection, and YIJU_MILVUS_TLS=0 forbids it. Unset one."
        )
    return bool(named) or said not in ("", "0")


def _patience() -> float:
    """Return the seconds that a server may be out of reach; raise EngineError for what is no number of them."""
    try:
        seconds = float(os.environ.get("YIJU_MILVUS_PATIENCE") or "30")
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise EngineError("YIJU_MILVUS_PATIENCE must be a number of seconds, such as 30.")
    return seconds
