"""Errors that a person can act on: each message holds the offending value and the next step."""


class YijuError(Exception):
    """Base of every error that Yiju raises on purpose; the edges catch this class and nothing wider."""


class SourceError(YijuError):
    """A file or folder could not be read as a source."""


class WeightsError(YijuError):
    """A model file is missing, could not be fetched, or has the wrong checksum."""


class EmbeddingError(YijuError):
    """The embedding model could not be loaded or gave unusable vectors."""


class IndexFolderError(YijuError):
    """The folder cannot be used as an index: of another model, of a newer version, damaged, full, or not an index."""


class ClusterError(YijuError):
    """A Ray cluster could not be used, or gave up."""


class QueryError(YijuError):
    """A search was asked for something that cannot be answered: empty, too long, or a bad k."""


class EngineError(YijuError):
    """The server that an index is on cannot be used: not there, refuses us, full, or it failed and why is said."""
