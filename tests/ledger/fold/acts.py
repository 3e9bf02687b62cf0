"""Agreements for tests of the fold: sound unless a test changes them."""

from __future__ import annotations

from collections.abc import Callable

from ledger.agreements import FOREVER, Amendment, InvoiceUse, Issue, Transfer
from ledger.fold import Folded, fold
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from tests.support.synthetic import (
    DEPLOYMENT,
    MATURITY,
    NO_DOCUMENTS,
    SUPPLIER,
    Key,
    SyntheticLedger,
    consortium,
)

ENTERPRISE, ONE, TWO, THREE, CAREFUL = (PartyNo(number) for number in range(1, 6))
Attack = Callable[[SyntheticLedger], None]


def folded(ledger: SyntheticLedger) -> Folded:
    return fold(ledger.entries, DEPLOYMENT, whole=True)


def names(found: Folded) -> set[str]:
    return {finding.refusal.name for finding in found.findings}


def claim_of(ledger: SyntheticLedger) -> ClaimNo:
    return ledger.issue(ENTERPRISE, ONE, 10_000, invoice="first", total=15_000)


def amendment(party: PartyNo, **changes: object) -> Amendment:
    fields = {"roles": SUPPLIER, "active": True, "added": (), "removed": (), "quorum": 1}
    return Amendment(
        party=party, version=1, dualAbove=FOREVER, validUntil=FOREVER, **fields | changes
    )  # type: ignore[arg-type]


def transfer(claim: int = 1, **changes: object) -> Transfer:
    fields = {"lot": 0, "version": 1, "start": 0, "end": 4_000, "holder": ONE, "recipient": TWO}
    return Transfer(claim=claim, documents=NO_DOCUMENTS, validUntil=FOREVER, **fields | changes)  # type: ignore[arg-type]


def issue(**changes: object) -> Issue:
    use = InvoiceUse(keccak(b"second"), 100, 100, 0)
    fields = {"debtor": ENTERPRISE, "creditor": ONE, "currency": "CNY", "face": 100}
    fields |= {"maturity": MATURITY, "invoices": (use,)}
    return Issue(documents=NO_DOCUMENTS, validUntil=FOREVER, **fields | changes)  # type: ignore[arg-type]


def post_transfer(ledger: SyntheticLedger, act: Transfer, *sides: list[Key]) -> None:
    given = sides or (ledger.parties[PartyNo(act.holder)], ledger.parties[PartyNo(act.recipient)])
    ledger.post_transfer(ledger.signed(act, *given))


def findings_after(attack: Attack) -> set[str]:
    """The refusals that a fold names once a sound ledger with one claim was attacked."""
    ledger = consortium()
    claim_of(ledger)
    assert folded(ledger).findings == ()
    attack(ledger)
    return names(folded(ledger))
