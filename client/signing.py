"""What a person is shown before signing, and the signature itself.

The digest is always computed here, from the message shown: nobody signs a hash they were given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from client.keys import Key
from ledger.acts import read_agreement
from ledger.agreements import FOREVER, Issue, Payment, Transfer
from ledger.business_day import date_text
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import Digest
from ledger.keccak import keccak
from ledger.money import Currency, format_units
from ledger.references import lot_reference
from ledger.roles import role_names
from ledger.typed import Struct
from ledger.words import LotRef

Line = tuple[str, str]

_OVER_DEAL: dict[type[Struct], str] = {
    Repayment: "the seller will make the payment that ends the pledge",
    Surplus: "the bank owes the seller what it got beyond its due",
    Demand: "the bank demands from the seller what the debtor left unpaid",
    Enforcement: "the bank takes what was pledged to it",
    Rescission: "withdraws, as the payment that was due is late",
}


@dataclass
class DigestDiffers(Refused):
    """The server's digest isn't that of the message it shows."""

    kind: str
    stated: str
    computed: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "This {kind} hashes to {computed}, not to {stated} as the server says."


def approve(key: Key, agreement: Struct, deployment: Deployment) -> bytes:
    """The key's 65-byte approval of an agreement, bound to the deployment's chain and contract."""
    return key.sign(deployment.digest(agreement))


def sign_text(key: Key, text: str) -> bytes:
    """An EIP-191 ``personal_sign`` signature of a text. It can never pass for an approval."""
    data = text.encode()
    prefix = f"\x19Ethereum Signed Message:\n{len(data)}".encode()
    return key.sign(Digest(keccak(prefix + data)))


def read_stated(kind: str, message: Any, digest: str, deployment: Deployment) -> Struct:
    """The agreement in a server's answer, if it is the one whose digest the server states.

    Raises ``DigestDiffers``, ``UnknownAct`` or ``MalformedAgreement``.
    """
    agreement = read_agreement(kind, message)
    computed = hexed(deployment.digest(agreement))
    if computed != digest.lower():
        raise DigestDiffers(kind, digest, computed)
    return agreement


def describe(agreement: Struct, deployment: Deployment, currency: str | None = None) -> list[Line]:
    """An agreement as labelled lines for the person who signs it.

    ``currency`` is the claim's, for agreements that don't name one themselves.
    """
    return [
        ("what", _headline(agreement, currency)),
        *((name, _shown(name, value)) for name, value in _leaves(agreement.to_json())),
        ("chain", f"{deployment.chain_id} ({deployment.engine})"),
        ("contract", deployment.domain(agreement).contract),
        ("digest", hexed(deployment.digest(agreement))),
    ]


def amount_text(units: int, currency: str | None) -> str:
    """``45,000.00 CNY``, or bare minor units where no currency is known."""
    if currency is None:
        return f"{units:,} minor units"
    whole, point, part = format_units(units, Currency(currency)).partition(".")
    return f"{int(whole):,}{point}{part} {currency}"


def _headline(agreement: Struct, currency: str | None) -> str:
    match agreement:
        case Issue() as act:
            face, day = amount_text(act.face, act.currency), date_text(act.maturity)
            return f"party {act.debtor} will owe party {act.creditor} {face}, due {day}"
        case Transfer() as act:
            amount = amount_text(act.end - act.start, currency)
            span = f"units {act.start:,} to {act.end:,} of claim {act.claim}"
            return f"party {act.holder} gives party {act.recipient} {amount}: {span}"
        case Payment() as act:
            lot = lot_reference(LotRef.from_subject(act.subject))
            amount = amount_text(act.amount, act.currency)
            return f"a bank booked {amount} on {date_text(act.bookedOn)} for lot {lot}"
        case Remittance() as act:
            debt = hexed(act.commitment)
            return f"a bank booked on {date_text(act.bookedOn)} the payment of the debt {debt}"
        case Registration() as act:
            span = f"units {act.start:,} to {act.end:,} of claim {act.claim}"
            day = date_text(act.expiresOn)
            return f"the movables registry shows {span} for party {act.bank} until {day}"
        case _:
            return _deal_headline(agreement, currency) or type(agreement).__name__


def _deal_headline(agreement: Struct, currency: str | None) -> str | None:
    """What an act over a deal or a lot does; amounts are told where they are opened."""
    match agreement:
        case BuyBack() as act:
            amount = amount_text(act.end - act.start, currency)
            return f"the seller buys {amount} of claim {act.claim} back from the bank"
        case Order() as act:
            what = "freezes" if act.freeze else "thaws"
            return f"the council {what} the lot at {act.lot:,} of claim {act.claim}"
        case Recovery() as act:
            lot = f"the lot at {act.lot:,} of claim {act.claim}"
            return f"the council gives {lot} from party {act.holder} to party {act.successor}"
    return _OVER_DEAL.get(type(agreement))


def _leaves(message: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in message.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, part in enumerate(value, 1):
                yield from _leaves(part, f"{path}{name} {number} ")
        else:
            yield path + name, value


def _shown(name: str, value: Any) -> str:
    if name in ("validUntil", "registeredAt", "payBy"):
        return _moment(int(value))
    if name == "roles":
        return ", ".join(role_names(value)) or "none"
    if name == "dualAbove":
        return "never" if int(value) == FOREVER else str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _moment(seconds: int) -> str:
    if seconds == FOREVER:
        return "for ever"
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError):
        return f"{seconds} (Unix seconds)"
