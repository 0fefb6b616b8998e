"""The tokens that let a program in, from the environment or a file."""

import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from assistant.errors import SettingsError

VARIABLE = "YIJU_TOKEN"

_SHORTEST = 16  # characters: what cannot be found by trying


class Tokens:
    """The tokens that are valid; only their digests are kept, and compared in constant time."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._digests = [_digest(token) for token in tokens]

    @classmethod
    def given(cls, file: Path | None) -> Self | None:
        """Return the tokens of a file, a line each, else the one of YIJU_TOKEN; None when there is none.

        Raises SettingsError for a file that cannot be read or holds none, and for a token that is too short.
        """
        if file is None:
            token = os.environ.get(VARIABLE, "").strip()
            return cls(_checked([token], VARIABLE)) if token else None
        try:
            lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The tokens in {file} cannot be read: {error}.") from error
        tokens = [line for line in lines if line and not line.startswith("#")]
        if not tokens:
            raise SettingsError(f"There is no token in {file}. Write one a line, of at least {_SHORTEST} characters.")
        return cls(_checked(tokens, str(file)))

    def bearer(self, token: str, address: str) -> str | None:
        """Return a name for whoever has this token; None when it is none of ours."""
        digest = _digest(token)
        fits = [hmac.compare_digest(digest, one) for one in self._digests]
        return digest.hex()[:16] if any(fits) else None


def _checked(tokens: list[str], where: str) -> list[str]:
    for token in tokens:
        if len(token) < _SHORTEST or not token.isascii() or " " in token:
            raise SettingsError(
                f"A token in {where} has {len(token)} characters; take at least {_SHORTEST}, of ASCII and without "
                "spaces: python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
    return tokens


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
