"""Errors of the answering side; each is a YijuError, and each message holds the value and the next step."""

from index import YijuError


class ModelError(YijuError):
    """The chat model is missing, is not known by that name, or failed while it was asked."""


class AnswerError(YijuError):
    """A record cannot be read as an answer."""


class SettingsError(YijuError):
    """A setting has a value that cannot be used."""


class EvaluationError(YijuError):
    """A file of questions to be evaluated cannot be read."""


class ConversationError(YijuError):
    """A conversation, or a verdict on an answer, cannot be read or kept."""


class ServingError(YijuError):
    """Nothing can be served: the port is in use, or whoever reaches the host could come in."""
