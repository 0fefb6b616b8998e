"""How much the server takes on, beside the questions, which the turnstile counts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the server takes on; a text of 10,000 characters is the longest question, and LARGEST the largest file."""

    searches: int = 4  # at once: each holds memory, and more are no faster
    requests: int = 256  # of any kind, under way at once
    body: int = 1_000_000  # bytes of a request
    text: int = 9_000_000  # bytes of one that brings a text to be added
    upload: int = 50_200_000  # bytes of one that brings a file
    head_seconds: float = 20.0  # until a connection has sent the head of a request
    body_seconds: float = 30.0  # until a body is whole, and more for a long one:
    body_rate: float = 10_000.0  # bytes a second, below which it is not waited for
    send_seconds: float = 60.0  # that a client may leave what it is sent unread
    search_seconds: float = 60.0  # that a search waits for those before it
    answer_seconds: float = 300.0  # from the question to the whole answer, the line before the model included
    additions: int = 200  # that wait to be read
