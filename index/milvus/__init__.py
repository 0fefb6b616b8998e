"""An index on a Milvus server: the same records, found alike, for more passages and writers than a folder takes."""

from index.milvus.client import Client
from index.milvus.engine import Milvus, connect

__all__ = ["Client", "Milvus", "connect"]
