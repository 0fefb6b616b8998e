"""What is answered instead: errors with their status, in the shape that OpenAI's clients read, and nothing leaked."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.errors import ConversationError, ModelError, SettingsError
from assistant.server.shapes import Failure, FailureBody
from assistant.settings import QUOTES_ONLY
from index import YijuError
from index.errors import QueryError, SourceError

_log = logging.getLogger(__name__)

_INVALID, _BROKEN = "invalid_request_error", "server_error"
# The caller's own mistakes: what their messages hold came from the caller. Those of the others may hold our paths.
_OF_THE_CALLER = (QueryError, SourceError, ConversationError, SettingsError)
_WORDS = {
    400: "The body cannot be read; send JSON, with its content type.",
    404: "There is nothing here. GET /openapi.json says what there is.",
    405: "This address does not take this method. GET /openapi.json says what it takes.",
}
_LONGEST_PLACE = 100  # characters of the name of a field
_CODES = {404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large"}


class Refused(YijuError):
    """A request that is not answered: the status of HTTP, and what its program and its person should know."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param
        self.headers = dict(headers or {})

    @property
    def body(self) -> Failure:
        """The error as OpenAI's clients read it."""
        kind = _BROKEN if self.status >= 500 else "rate_limit_error" if self.status == 429 else _INVALID
        return Failure(error=FailureBody(message=str(self), type=kind, code=self.code, param=self.param))

    @property
    def response(self) -> JSONResponse:
        return JSONResponse(self.body.model_dump(), self.status, self.headers)


def refused(error: Exception) -> Refused:
    """Return what a caller is told of an error; what it must not know goes to the log."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, _OF_THE_CALLER):
        return Refused(400, str(error), "bad_request")
    if isinstance(error, ModelError):
        _log.error("%s", error)
        return Refused(502, "The chat model failed; the server's log says why. Try again, or another model.", "model")
    if isinstance(error, YijuError):
        _log.error("%s", error)
        return Refused(503, "The index cannot be used now; the server's log says why.", "index", None, _later(10))
    if isinstance(error, TimeoutError):
        return Refused(504, "The answer took too long and was stopped. Ask for less, or later.", "timeout")
    _log.error("A request was broken off.", exc_info=error)
    return _broken()


def busy(message: str, seconds: int = 2) -> Refused:
    """Return the refusal of one who should come again soon."""
    return Refused(503, message, "busy", None, _later(seconds))


def not_here(name: str, percent: int | None) -> Refused:
    """Return the refusal of a question to a model whose files are not here yet; `percent` of them, if they come."""
    quotes = f"or name the model {QUOTES_ONLY!r} for quotes alone"
    if percent is None:
        message = f"The files of the model {name!r} could not be had; the server's log says why. Try again, {quotes}."
        return Refused(503, message, "model_missing", "model", _later(60))
    message = f"The model {name!r} is being downloaded, {percent} % of it is here. Ask again later, {quotes}."
    return Refused(503, message, "model_loading", "model", _later(20))


def ending() -> Refused:
    """Return the refusal of what was under way when the server was told to end."""
    return Refused(503, "The server ends, and broke this off. Ask again soon.", "ending", None, _later(10))


def too_many(message: str, seconds: int) -> Refused:
    """Return the refusal of one who asks too often."""
    return Refused(429, message, "rate_limit_exceeded", None, _later(seconds))


def add_refusals(app: FastAPI) -> None:
    """Give an application its answers to whatever goes wrong."""

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error.errors()).response

    @app.exception_handler(HTTPException)
    def of_http(_: Request, error: HTTPException) -> JSONResponse:
        message = _WORDS.get(error.status_code, str(error.detail))
        code = _CODES.get(error.status_code, "bad_request")
        return Refused(error.status_code, message, code, None, error.headers).response

    @app.exception_handler(YijuError)
    @app.exception_handler(TimeoutError)
    def ours(_: Request, error: Exception) -> JSONResponse:
        return refused(error).response

    @app.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> JSONResponse:  # the server logs it by itself
        return _broken().response


def _broken() -> Refused:
    return Refused(500, "The server failed over this request; its log says why.", "internal")


def invalid(errors: Sequence[Any]) -> Refused:
    """Name the first field that is wrong, never what it holds."""
    first = errors[0]
    place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    if first["type"] == "json_invalid":
        return Refused(400, f"The body is not JSON: {first['ctx']['error']}.", "invalid_json")
    param = ".".join(place)[:_LONGEST_PLACE] or None
    return Refused(400, f"{param or 'The body'}: {first['msg']}.", "invalid_value", param)


def _later(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}
