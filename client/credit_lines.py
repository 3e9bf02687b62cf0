"""A change of a credit line: drafted over the line as it is, signed by the bank's officers.

It never goes to the chain. Where a bank wants four eyes, the change goes from officer to officer
as a file: ``{"line": {…}, "approvals": ["0x…"]}``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

from client.api import Api
from client.drafts import valid_until
from client.keys import Key
from client.line_records import CreditLineRecord
from client.member import Member
from client.signing import Line, amount_text
from client.wire import hexed_all
from ledger.approvals import in_order
from ledger.business_day import date_text, number_of
from ledger.canonical import read_json
from ledger.credit import CreditLine, LineKind, credit_domain
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.files import replace_file
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import Digest, PartyNo
from ledger.money import Currency, Units
from ledger.typed import digest_of

_MAX_BYTES = 64 * 1024


@dataclass
class NotALineFile(Refused):
    """The file has another form than the one described here."""

    reason: str
    summary: ClassVar[str] = "This is no change of a credit line: {reason}."


@dataclass(frozen=True)
class LineTerms:
    """What a bank allows itself with a party, until the end of ``expires_on``."""

    party: PartyNo
    kind: LineKind
    currency: Currency
    limit: Units
    expires_on: date
    reason: str


@dataclass(frozen=True)
class SignedChange:
    """A change and the approvals it has so far."""

    line: CreditLine
    approvals: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ``NotALineFile`` or ``MalformedAgreement``."""
        try:
            with path.open("rb") as file:
                content = read_json(file.read(_MAX_BYTES))
            approvals = tuple(map(unhexed, content["approvals"]))
            return cls(CreditLine.from_json(content["line"]), approvals)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotALineFile(f"{type(error).__name__}: {error}"[:200]) from None

    def write(self, path: Path) -> None:
        """Whole or not at all."""
        replace_file(path, (json.dumps(self.to_json(), indent=2) + "\n").encode())

    def to_json(self) -> dict[str, Any]:
        return {"line": self.line.to_json(), "approvals": hexed_all(self.approvals)}

    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"message": self.line.to_json(), "approvals": hexed_all(self.approvals)}

    def signed_by(self, keys: Sequence[Key], deployment: Deployment) -> Self:
        """With these keys' approvals, each once."""
        digest = line_digest(self.line, deployment)
        given = {*self.approvals, *(key.sign(digest) for key in keys)}
        return replace(self, approvals=in_order(sorted(given), digest))


def line_digest(line: CreditLine, deployment: Deployment) -> Digest:
    return digest_of(line, credit_domain(deployment).separator())


def draft_line(api: Api, bank: PartyNo, terms: LineTerms, until: int | None = None) -> CreditLine:
    """The change over the bank's line as it is; ``until``: how long it can be handed in."""
    current = find_line(api, terms)
    return CreditLine(
        bank=bank,
        party=terms.party,
        kind=terms.kind.value,
        currency=terms.currency,
        limit=terms.limit,
        expiresOn=number_of(terms.expires_on),
        reason=terms.reason,
        version=0 if current is None else current["version"],
        validUntil=valid_until() if until is None else until,
    )


def find_line(api: Api, terms: LineTerms) -> CreditLineRecord | None:
    """The line that these terms are of, as it is."""
    for one in api.lines(terms.party):
        if (one["kind"], one["currency"]) == (terms.kind, terms.currency):
            return one
    return None


def set_line(member: Member, terms: LineTerms, others: Sequence[Key] = ()) -> CreditLineRecord:
    """Sign a change with the member's key, and its colleagues', and hand it in."""
    change = SignedChange(draft_line(member.api, member.party, terms))
    signed = change.signed_by([member.key, *others], member.deployment)
    return member.api.put_line(signed.body())


def describe_line(line: CreditLine, deployment: Deployment) -> list[Line]:
    """The change as labelled lines for the officer who signs it."""
    limit, day = amount_text(line.limit, line.currency), date_text(line.expiresOn)
    return [
        ("what", f"bank {line.bank} allows itself {limit} on party {line.party} until {day}"),
        ("kind", line.kind),
        ("reason", line.reason),
        ("version", f"{line.version + 1}, after {line.version}"),
        ("contract", credit_domain(deployment).contract),
        ("digest", hexed(line_digest(line, deployment))),
    ]
