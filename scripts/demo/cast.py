"""The people of the demonstration: fictional, but for the two parties on the invoice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from client.council import ONE_SIGNER, FourEyes
from ledger.documents import Invoice, InvoiceParty
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.identifiers import PartyId, party_id
from ledger.proposing import InvoiceFactored
from ledger.roles import Role
from scripts.demo.plan import TIER_1, TIER_2A, TIER_2B, TIER_3A, TIER_3B

DEBTOR, BANK, AUDITOR = "core-enterprise", "bank", "auditor"
ORACLES = ("oracle-registry", "oracle-tax", "oracle-bank")
ORACLE_QUORUM = 2
_MAX_NAME = 140
_BANK_NAME = "虚构银行 Fictional Bank"


@dataclass
class InvoiceToOneself(Refused):
    """Buyer and creditor are one: nobody owes himself."""

    party: str
    summary: ClassVar[str] = "{party} is both the buyer and who is to be paid."


@dataclass(frozen=True)
class Part:
    """One party: its signers are also the names of its keys."""

    name: str
    title: str
    identifier: PartyId
    role: Role
    signers: tuple[str, ...]
    four_eyes: FourEyes = ONE_SIGNER
    account: str = ""

    @property
    def profile_account(self) -> dict[str, str] | None:
        """Where it is paid, as the API's profile has it."""
        if not self.account:
            return None
        return {"account": self.account, "agent_name": _BANK_NAME}


_TIER_2_AND_3 = (
    (TIER_2A, "虚构滚子（苏州）有限公司 Rollers", "uscc:91320500MAT2ER0017"),
    (TIER_2B, "虚构锻造（苏州）有限公司 Forgings", "uscc:91320500MAT2ER002A"),
    (TIER_3A, "虚构钢丝（合肥）有限公司 Wire", "uscc:91340100MAT3ER001D"),
    (TIER_3B, "虚构热处理（合肥）有限公司 Heat treatment", "uscc:91340100MAT3ER002G"),
)


def cast_for(invoice: Invoice) -> list[Part]:
    """Everyone to be enrolled.

    Raises ``InvoiceToOneself``, or ``InvoiceFactored`` for a claim of nobody knows whom.
    """
    if set(invoice.buyer.ids) & set(invoice.creditor.ids):
        raise InvoiceToOneself(invoice.buyer.id)
    if invoice.is_factored and invoice.creditor == invoice.seller:
        raise InvoiceFactored(hexed(invoice.fingerprint))
    return list(_parts(invoice))


def _parts(invoice: Invoice) -> Iterator[Part]:
    # Half the amount needs four eyes: the issue itself shows both signatures.
    four_eyes = FourEyes(quorum=2, above=invoice.payable // 2)
    signers = (f"{DEBTOR}-treasurer", f"{DEBTOR}-director")
    buyer = invoice.buyer
    yield Part(
        DEBTOR, _title(buyer), buyer.id, Role.CORE_ENTERPRISE, signers, four_eyes, _account(1)
    )
    creditor = invoice.creditor
    yield _supplier(TIER_1, _title(creditor), creditor.id, 2)
    for number, (name, title, identifier) in enumerate(_TIER_2_AND_3, 3):
        yield _supplier(name, title, party_id(identifier), number)
    yield Part(BANK, _BANK_NAME, party_id("uscc:91310000MABANK001K"), Role.BANK, (BANK,))
    yield Part(
        AUDITOR,
        "虚构会计师事务所 Audit",
        party_id("uscc:91110000MAAUD0001W"),
        Role.AUDITOR,
        (AUDITOR,),
    )


def _supplier(name: str, title: str, identifier: PartyId, number: int) -> Part:
    return Part(name, title, identifier, Role.SUPPLIER, (name,), account=_account(number))


def _account(number: int) -> str:
    return f"62000000000000001{number:02d}"


def _title(party: InvoiceParty) -> str:
    """A name as a bank's message has room for it."""
    visible = "".join(letter if letter.isprintable() else " " for letter in party.name)
    return " ".join(visible.split())[:_MAX_NAME] or party.id[:_MAX_NAME]
