"""Sign-in messages of EIP-4361, written and read by the letter.

The API writes the whole message and keeps its nonce; what comes back has to be that message
exactly, so there is nothing to interpret. Only keys sign in: an ERC-1271 contract's signature
can be judged by the chain alone, which the API doesn't ask. Its key holders sign in as
themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.approvals import recover
from ledger.errors import Refused
from ledger.ids import Address, Digest
from ledger.keccak import keccak

STATEMENT = "Sign in to Yuanliu. This sends nothing to the chain and binds you to nothing."

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_VARIABLE = re.compile(
    r"\A(?P<domain>[^\n]{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    r"(?P<statement>[^\n]{0,200})\n\n"
    r"URI: (?P<uri>[^\n]{1,255})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[0-9a-f]{32})\n"
    r"Issued At: (?P<issued>[0-9TZ:-]{20})\n"
    r"Expiration Time: (?P<expires>[0-9TZ:-]{20})\Z"
)


@dataclass
class MalformedSignIn(Refused):
    """The message is not one that this API wrote."""

    status = 400
    summary = "The message is not one of ours; ask for a new one and sign it unchanged."


@dataclass
class SignInElsewhere(Refused):
    """A message for another site, address of the API, or chain: somebody may be phishing."""

    field: str
    found: str
    expected: str
    status = 400
    summary = "The message's {field} is {found!r}, not {expected!r}."


@dataclass
class SignInExpired(Refused):
    """The message was not signed in time, or the clock had not come to it yet."""

    issued: str
    expires: str
    status = 401
    summary = "The message holds from {issued} to {expires}."


@dataclass
class SignInSpent(Refused):
    """The nonce was never given for this address, or has been used: a message signs in once."""

    status = 401
    summary = "The message has been used, or was never given to this address."


@dataclass
class WrongSigner(Refused):
    """The signature is not by the key of the address that the message names."""

    address: str
    status = 401
    summary = "The signature is not by {address}. Contract accounts can't sign in."


@dataclass(frozen=True, slots=True)
class Site:
    """What a sign-in is bound to."""

    domain: str
    uri: str
    chain_id: int


@dataclass(frozen=True, slots=True)
class Message:
    """Times are Unix seconds."""

    site: Site
    address: Address
    nonce: str
    issued: int
    expires: int

    def text(self) -> str:
        """As EIP-4361 has it, ready to be signed (EIP-191, ``personal_sign``)."""
        return (
            f"{self.site.domain} wants you to sign in with your Ethereum account:\n"
            f"{self.address}\n\n{STATEMENT}\n\n"
            f"URI: {self.site.uri}\n"
            "Version: 1\n"
            f"Chain ID: {self.site.chain_id}\n"
            f"Nonce: {self.nonce}\n"
            f"Issued At: {_iso(self.issued)}\n"
            f"Expiration Time: {_iso(self.expires)}"
        )


def read_message(text: str, site: Site, now: int) -> Message:
    """A message for this site that holds now.

    Raises ``MalformedSignIn``, ``SignInElsewhere`` or ``SignInExpired``.
    """
    found = _VARIABLE.match(text)
    if found is None:
        raise MalformedSignIn
    for name, expected in (
        ("domain", site.domain),
        ("uri", site.uri),
        ("chain", str(site.chain_id)),
        ("statement", STATEMENT),
    ):
        if found[name] != expected:
            raise SignInElsewhere(name, found[name], expected)
    message = Message(
        site,
        Address(found["address"]),
        found["nonce"],
        _unix(found["issued"]),
        _unix(found["expires"]),
    )
    if message.text() != text:
        raise MalformedSignIn
    if not message.issued <= now < message.expires:
        raise SignInExpired(found["issued"], found["expires"])
    return message


def require_signed(message: Message, signature: bytes) -> None:
    """Raises ``WrongSigner`` unless the signature is by the key of the message's address."""
    text = message.text().encode()
    digest = Digest(keccak(b"\x19Ethereum Signed Message:\n%d%b" % (len(text), text)))
    if recover(signature, digest) != message.address:
        raise WrongSigner(message.address)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(_TIME)


def _unix(text: str) -> int:
    try:
        return int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise MalformedSignIn from None
