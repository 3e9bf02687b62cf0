"""Extracts from the movables registry (中登), as oracle members read them.

A bank that registers an assignment or a pledge gets its number and time from the registry, and
names in it the claim and units of this ledger. An extract holds this in canonical JSON, with a
salt, so that the chain can know the registration by a commitment to its number:
keccak256(tag("registry number") ‖ salt ‖ number). Whoever is to check it is given the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar

from ledger.business_day import number_of
from ledger.canonical import Field, MalformedFile, read_json, write_canonical
from ledger.commitments import HASH_BYTES, WeakSalt, domain_tag
from ledger.deals import Registration
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.identifiers import PartyId, party_id
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak

KIND = "yuanliu.registry.extract.v1"
MAX_BYTES = 16 * 1024
MAX_NUMBER = 64
_NUMBER = domain_tag("yuanliu.registry.number.v1")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class ExtractTooLarge(Refused):
    size: int
    limit: int
    status: ClassVar[int] = 413
    summary: ClassVar[str] = "The extract has {size} bytes; {limit} are allowed."


@dataclass
class ExtractUnfit(Refused):
    """The file is an extract, but of something that can't have been registered so."""

    field: str
    reason: str
    summary: ClassVar[str] = "The extract's {field} {reason}."


@dataclass(frozen=True)
class RegistryExtract:
    """``registered_at`` in Unix seconds. ``secured`` is the bank; ``seller`` who assigned or
    pledged units ``[start, end)`` of the claim to it; ``debtor`` who owes them."""

    number: str
    salt: bytes
    registered_at: int
    expires_on: date
    claim: ClaimNo
    start: int
    end: int
    secured: PartyId
    debtor: PartyId
    seller: PartyId

    @property
    def commitment(self) -> bytes:
        """What names it on the chain."""
        return keccak(_NUMBER + self.salt + self.number.encode("ascii"))

    def registration(self, config: bytes, bank: PartyNo) -> Registration:
        """The fact that a member signs under the oracle configuration in force; ``bank`` is the
        secured party's number in this ledger."""
        return Registration(
            config=config,
            claim=self.claim,
            start=self.start,
            end=self.end,
            bank=bank,
            number=self.commitment,
            registeredAt=self.registered_at,
            expiresOn=number_of(self.expires_on),
        )


class Doubt(StrEnum):
    """Why an extract doesn't fit this ledger."""

    UNKNOWN_BANK = "unknown_bank"
    NOT_A_BANK = "not_a_bank"
    UNKNOWN_CLAIM = "unknown_claim"
    BEYOND_FACE = "beyond_face"
    OTHER_DEBTOR = "other_debtor"
    OTHER_SELLER = "other_seller"
    AHEAD_OF_TIME = "ahead_of_time"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class ExtractReading:
    """What a member would sign under the configuration in force, or why it wouldn't."""

    registration: Registration | None
    doubt: Doubt | None


def write_extract(extract: RegistryExtract) -> bytes:
    """The one spelling of an extract."""
    moment = datetime.fromtimestamp(extract.registered_at, UTC).strftime(_MOMENT)
    return write_canonical(
        {
            "kind": KIND,
            "number": extract.number,
            "salt": hexed(extract.salt),
            "registered_at": moment,
            "expires_on": extract.expires_on.isoformat(),
            "claim": extract.claim,
            "start": str(extract.start),
            "end": str(extract.end),
            "secured": extract.secured,
            "debtor": extract.debtor,
            "seller": extract.seller,
        }
    )


def read_extract(data: bytes) -> RegistryExtract:
    """An extract from its bytes, which have to be its one spelling.

    Raises ``ExtractTooLarge``, ``MalformedFile``, ``ExtractUnfit``, ``WeakSalt`` or what a party's
    identifier is refused for.
    """
    if len(data) > MAX_BYTES:
        raise ExtractTooLarge(len(data), MAX_BYTES)
    (
        kind,
        number,
        salt,
        registered_at,
        expires_on,
        claim,
        start,
        end,
        secured,
        debtor,
        seller,
    ) = Field("extract", read_json(data)).members(
        "kind",
        "number",
        "salt",
        "registered_at",
        "expires_on",
        "claim",
        "start",
        "end",
        "secured",
        "debtor",
        "seller",
    )
    kind.constant(KIND)
    extract = RegistryExtract(
        number=number.text(),
        salt=salt.hash(),
        registered_at=_moment(registered_at),
        expires_on=expires_on.day(),
        claim=ClaimNo(claim.integer()),
        start=start.uint(63),
        end=end.uint(63),
        secured=_party(secured),
        debtor=_party(debtor),
        seller=_party(seller),
    )
    _require_fit(extract)
    if write_extract(extract) != data:
        raise MalformedFile("extract", "must be canonical JSON")
    return extract


def _require_fit(extract: RegistryExtract) -> None:
    if not 0 < len(extract.number) <= MAX_NUMBER or not extract.number.isprintable():
        raise ExtractUnfit("number", f"must have 1 to {MAX_NUMBER} printable characters")
    if extract.salt == bytes(HASH_BYTES):
        raise WeakSalt
    if extract.start >= extract.end:
        raise ExtractUnfit("end", "must be above its start")
    if not 0 < extract.claim < 1 << 32:
        raise ExtractUnfit("claim", "is no claim's number")
    if extract.secured in (extract.debtor, extract.seller):
        raise ExtractUnfit("secured", "can't be who owes or gives")


def _moment(field: Field) -> int:
    try:
        found = datetime.strptime(field.text(), _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise MalformedFile(field.path, "must be a moment like 2026-11-22T08:00:00Z") from None
    if found.timestamp() < 0:
        raise MalformedFile(field.path, "lies before 1970")
    return int(found.timestamp())


def _party(field: Field) -> PartyId:
    # A name may have any letters, so this isn't Field.text().
    if not isinstance(field.value, str):
        raise MalformedFile(field.path, "must be text")
    return party_id(field.value)
