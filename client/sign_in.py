"""Sign-in by wallet (EIP-4361): a key proven to be held, for a token of a quarter of an hour."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

import httpx

from client.http import Http
from client.keys import Key
from client.signing import sign_text
from ledger.errors import Refused
from ledger.hexadecimal import hexed

_MARGIN = timedelta(seconds=30)
_HEADER = re.compile(
    r"(?:[a-z]+://)?(?P<domain>[^ \n]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n.*",
    re.DOTALL,
)


@dataclass
class SuspiciousChallenge(Refused):
    """The text to sign would sign this key in somewhere else, or as someone else."""

    reason: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "The sign-in text isn't signed: {reason}."


@dataclass(frozen=True)
class Session:
    """A token for one API and whom it stands for; ``expires`` is ISO text with its zone."""

    url: str
    address: str
    party: int | None
    token: str
    expires: str

    @property
    def usable(self) -> bool:
        """Whether it will still hold for the next request."""
        return datetime.fromisoformat(self.expires) - _MARGIN > datetime.now(UTC)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})

    def __repr__(self) -> str:
        return f"Session({self.address} at {self.url} until {self.expires})"


def sign_in(http: Http, key: Key) -> Session:
    """A fresh session; raises ``SuspiciousChallenge`` or what the API refuses with."""
    body = {"address": key.address}
    message = str(http.post("/v1/sign-in/challenge", body, once=False).json()["message"])
    require_honest(message, http.base_url, key)
    signed = {"message": message, "signature": hexed(sign_text(key, message))}
    answer = http.post("/v1/sign-in", signed, once=False).json()
    return Session(
        url=http.base_url,
        address=key.address,
        party=answer["party"],
        token=str(answer["token"]),
        expires=str(answer["expires"]),
    )


def require_honest(message: str, url: str, key: Key) -> None:
    """Raises ``SuspiciousChallenge`` unless the text signs this key in to this API."""
    match = _HEADER.fullmatch(message)
    if match is None:
        raise SuspiciousChallenge("it is no EIP-4361 message")
    if match["address"].lower() != key.address.lower():
        raise SuspiciousChallenge(f"it is for {match['address']}")
    expected = httpx.URL(url).netloc.decode()
    if match["domain"] != expected:
        raise SuspiciousChallenge(f"it is for {match['domain']}, not for {expected}")
