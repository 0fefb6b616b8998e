"""Who may come in when the page is served beyond this machine: names with scrypt-hashed passwords, and sessions."""

import hashlib
import hmac
import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from assistant.errors import SettingsError

_N, _R, _P = 2**15, 8, 1  # OWASP's second choice for scrypt: 32 MB and about 0.1 s a try
_SHORTEST = 10  # characters of a password
_SESSION = 12 * 3600  # seconds without a request after which one must log in again
_TRIES, _WITHIN = 5, 60.0  # wrong passwords from one address, in seconds


@dataclass(frozen=True)
class Account:
    """A name with the hash of its password or token."""

    name: str
    salt: bytes
    hash: bytes

    def fits(self, password: str) -> bool:
        return hmac.compare_digest(_hash(password, self.salt), self.hash)


_NOBODY = Account("", b"none", b"")


class Accounts:
    """The names that may come in, and who is in."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._sessions: dict[bytes, tuple[str, float]] = {}
        self._tokens: dict[bytes, str] = {}  # tokens that were right, so that each request need not hash anew
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._hashing = threading.Lock()  # a try takes 32 MB: one at a time

    @classmethod
    def parse(cls, text: str, where: str = "the accounts") -> Self:
        """Read lines of NAME:scrypt:SALT:HASH, as `yiju password` prints them. Raises SettingsError."""
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        accounts = {}
        for number, line in enumerate(lines, start=1):
            try:
                name, kind, salt, hashed = line.split(":")
                if kind != "scrypt" or not name:
                    raise ValueError
                accounts[name] = Account(name, b64decode(salt, validate=True), b64decode(hashed, validate=True))
            except ValueError:
                raise SettingsError(
                    f"Line {number} of {where} is not NAME:scrypt:SALT:HASH. Make one with: yiju password NAME"
                ) from None
        if not accounts:
            raise SettingsError(f"There is no account in {where}. Make one with: yiju password NAME")
        return cls(accounts)

    @property
    def only_name(self) -> str | None:
        """The one name there is, so that nobody need type it; None when there are several."""
        return next(iter(self._accounts)) if len(self._accounts) == 1 else None

    def may_try(self, address: str) -> bool:
        """Return whether another password may be tried from an address now."""
        with self._lock:
            tries = self._wrong[address]
            while tries and time.monotonic() - tries[0] > _WITHIN:
                tries.popleft()
            return len(tries) < _TRIES

    def log_in(self, name: str, password: str, address: str) -> str | None:
        """Return the key of a new session, or None when the name or the password is wrong."""
        # An unknown name takes as long as a known one.
        account = self._check([self._accounts.get(name, _NOBODY)], password, address)
        if account is None:
            return None
        key = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._sessions = {k: kept for k, kept in self._sessions.items() if now - kept[1] < _SESSION}
            self._sessions[_digest(key)] = (account.name, now)
        return key

    def log_out(self, key: str) -> None:
        with self._lock:
            self._sessions.pop(_digest(key), None)

    def who(self, key: str) -> str | None:
        """Return whose session a key opens."""
        digest = _digest(key)
        with self._lock:
            name, seen = self._sessions.get(digest, (None, 0.0))
            if name is None or time.monotonic() - seen > _SESSION:
                self._sessions.pop(digest, None)
                return None
            self._sessions[digest] = (name, time.monotonic())
            return name

    def bearer(self, token: str, address: str) -> str | None:
        """Return whose token this is."""
        digest = _digest(token)
        if digest not in self._tokens:
            found = self._check(list(self._accounts.values()), token, address)
            if found is None:
                return None
            self._tokens[digest] = found.name
        return self._tokens[digest]

    def _check(self, accounts: Sequence[Account], password: str, address: str) -> Account | None:
        """Return the account that a password fits; one that fits none is one wrong try, however many it is held to."""
        if len(password) > 1_000:
            return None
        with self._hashing:  # and asked here, since those that are tried at once would all be let through before it
            if not self.may_try(address):
                return None
            found = next((one for one in accounts if one.fits(password)), None)
            if found is None:
                self._note_wrong(address)
        return found

    def _note_wrong(self, address: str) -> None:
        with self._lock:
            self._wrong[address].append(time.monotonic())
            if len(self._wrong) > 10_000:
                self._wrong.clear()


def hashed(name: str, password: str) -> str:
    """Return the line of an account. Raises SettingsError for a name or password that cannot be one."""
    if not name or ":" in name or not name.isprintable() or len(name) > 64:
        raise SettingsError(f"{name!r} cannot be a name: take up to 64 letters or digits, no colon.")
    if len(password) < _SHORTEST:
        raise SettingsError(f"The password has {len(password)} characters; take at least {_SHORTEST}.")
    salt = secrets.token_bytes(16)
    return f"{name}:scrypt:{b64encode(salt).decode()}:{b64encode(_hash(password, salt)).decode()}"


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=2**26, dklen=32)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
