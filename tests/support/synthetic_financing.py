"""Financing for the ledger without a chain: posts what the contract would, sound or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ledger.acts import SignedAct
from ledger.agreements import FOREVER
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Mode,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.entries import Op
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.typed import Struct
from ledger.words import Lot, LotState, pack_lot
from tests.support.accounts import COUNCIL, ORACLES, Key
from tests.support.synthetic import SyntheticLedger, consortium

EXPIRY = 2099_12_31
PAPERS = keccak(b"papers")
BANK_ROLE = 4
SELLER = PartyNo(2)


@dataclass
class SyntheticDesk:
    """A claim of party 1, held by party 2, and a bank to finance it."""

    ledger: SyntheticLedger = field(default_factory=consortium)
    claim: ClaimNo = field(init=False)
    seller: PartyNo = SELLER
    bank: PartyNo = field(init=False)
    deals: dict[str, Finance] = field(default_factory=dict)
    bank_name: str = "BANK"

    def __post_init__(self) -> None:
        self.bank = self.ledger.enrol(self.bank_name, BANK_ROLE)
        self.claim = self.ledger.issue(PartyNo(1), self.seller, 10_000)

    def lot(self, start: int = 0) -> Lot:
        return self.ledger.lots[self.claim, start]

    def deal(self, name: str) -> bytes:
        return bytes(self.ledger.deployment.digest(self.deals[name]))

    # ── facts ─────────────────────────────────────────────────────────────────────────────────

    def registration(self, **changes: Any) -> Registration:
        number = keccak(b"registration")
        fact = Registration(self.ledger.config, self.claim, 0, 10_000, self.bank, number, 1, EXPIRY)
        return replace(fact, **changes)

    def register(self, **changes: Any) -> None:
        fact = self.registration(**changes)
        signed = self.ledger.signed(fact, ORACLES[:2])
        self.ledger.post_act(signed, Op.RECORDED, [fact.bank], fact.claim)

    def remittance(self, name: str, **changes: Any) -> Remittance:
        line = keccak(b"line of " + name.encode())
        fact = Remittance(self.ledger.config, line, keccak(name.encode()), 2027_05_21)
        return replace(fact, **changes)

    # ── deals ─────────────────────────────────────────────────────────────────────────────────

    def conclude(self, name: str, mode: Mode, start: int, end: int, **changes: Any) -> None:
        at = self.ledger.lots[self.claim, start]
        act = Finance(
            claim=self.claim,
            lot=start,
            version=at.version,
            start=start,
            end=end,
            seller=self.seller,
            bank=self.bank,
            mode=mode.number,
            terms=keccak(b"terms"),
            advance=keccak(name.encode()),
            payBy=FOREVER,
            dueOn=2027_05_21,
            rules=keccak(b"rules"),
            registration=keccak(b"registration"),
            documents=PAPERS,
            validUntil=FOREVER,
        )
        act = replace(act, **changes)
        self.deals[name] = act
        pledge = mode is Mode.PLEDGE
        holder, lien = (self.seller, self.bank) if pledge else (self.bank, self.seller)
        pieces = self.ledger._cut(at, start, end, holder, LotState.LIVE, lien)
        op = Op.ENCUMBERED if pledge else Op.CONVEYED
        self._post(act, op, pieces, self.seller, self.bank)

    def prove_on_record(self, name: str, **changes: Any) -> None:
        self._attest(self.remittance(name, **changes), None)

    def prove_and_release(self, name: str, start: int, **changes: Any) -> None:
        self._attest(self.remittance(name, **changes), self._free(start), Op.RELEASED)

    def prove_and_return(self, name: str, start: int) -> None:
        self._attest(self.remittance(name), self._taken(start), Op.FORECLOSED)

    def rescind(self, name: str, creditor: PartyNo, start: int, *, returned: bool) -> None:
        act = Rescission(keccak(name.encode()), FOREVER)
        lot = self._taken(start) if returned else self._free(start)
        self._post(act, Op.FORECLOSED if returned else Op.RELEASED, [lot], creditor)

    def buy_back(self, name: str, deal: str, start: int, end: int, lot: int) -> None:
        at = self.lot(lot)
        act = BuyBack(
            deal=self.deal(deal),
            claim=self.claim,
            lot=lot,
            version=at.version,
            start=start,
            end=end,
            commitment=keccak(name.encode()),
            payBy=FOREVER,
            validUntil=FOREVER,
        )
        pieces = self.ledger._cut(at, start, end, self.bank, LotState.LIVE, self.seller)
        self._post(act, Op.ENCUMBERED, pieces, self.seller, self.bank)

    def demand(self, deal: str, lot: int) -> None:
        act = Demand(self.deal(deal), lot, self.lot(lot).version, FOREVER)
        self._record(act, self.bank)

    def surplus(self, name: str, deal: str) -> None:
        self._record(Surplus(self.deal(deal), keccak(name.encode()), FOREVER), self.bank)

    def repayment(self, name: str, deal: str) -> None:
        act = Repayment(self.deal(deal), keccak(name.encode()), 1, FOREVER)
        self._record(act, self.seller, self.bank)

    def enforce(self, deal: str, start: int) -> None:
        act = Enforcement(self.deal(deal), FOREVER)
        self._post(act, Op.FORECLOSED, [self._taken(start)], self.bank)

    # ── orders ────────────────────────────────────────────────────────────────────────────────

    def order(self, start: int, *, freeze: bool, evidence: bytes = PAPERS) -> None:
        lot = self.lot(start)
        act = Order(self.claim, start, lot.version, freeze, evidence, FOREVER)
        after = self._next(replace(lot, state=LotState.FROZEN if freeze else LotState.LIVE))
        self._council(act, Op.FROZEN if freeze else Op.THAWED, after)

    def recover(self, start: int, successor: PartyNo) -> None:
        lot = self.lot(start)
        act = Recovery(self.claim, start, lot.version, lot.holder, successor, PAPERS, FOREVER)
        self._council(act, Op.REASSIGNED, self._next(replace(lot, holder=successor)))

    # ── posting ───────────────────────────────────────────────────────────────────────────────

    def _free(self, start: int) -> Lot:
        return self._next(replace(self.lot(start), lien=PartyNo(0)))

    def _taken(self, start: int) -> Lot:
        lot = self.lot(start)
        return self._next(replace(lot, holder=lot.lien, lien=PartyNo(0)))

    def _next(self, lot: Lot) -> Lot:
        after = replace(lot, version=lot.version + 1)
        self.ledger._keep(after)
        return after

    def _keys(self, *parties: PartyNo) -> list[list[Key]]:
        return [self.ledger.parties[party] for party in parties]

    def _post(self, act: Struct, op: Op, lots: list[Lot], *parties: PartyNo) -> None:
        signed = self.ledger.signed(act, *self._keys(*parties))
        self.ledger.post_act(signed, op, map(pack_lot, lots), self.claim)

    def _record(self, act: Struct, *parties: PartyNo) -> None:
        self._on_record(self.ledger.signed(act, *self._keys(*parties)))

    def _on_record(self, signed: SignedAct) -> None:
        self.ledger.post_act(signed, Op.RECORDED, [self.seller, self.bank], self.claim)

    def _attest(self, fact: Remittance, lot: Lot | None, op: Op = Op.RECORDED) -> None:
        signed = self.ledger.signed(fact, ORACLES[:2])
        if lot is None:
            self._on_record(signed)
        else:
            self.ledger.post_act(signed, op, [pack_lot(lot)], self.claim)

    def _council(self, act: Struct, op: Op, lot: Lot) -> None:
        signed = self.ledger.signed(act, COUNCIL[:2])
        self.ledger.post_act(signed, op, [pack_lot(lot)], self.claim)


def lived_deals(ledger: SyntheticLedger | None = None) -> SyntheticDesk:
    """Every kind of deal from beginning to end, and an order and a recovery."""
    desk = SyntheticDesk(ledger) if ledger else SyntheticDesk()
    desk.register(expiresOn=EXPIRY - 10_000)
    desk.register()
    desk.conclude("sale", Mode.SALE, 0, 2_000)
    desk.prove_and_release("sale", 0)
    desk.conclude("recourse", Mode.RECOURSE, 2_000, 4_000)
    desk.prove_and_release("recourse", 2_000)
    desk.demand("recourse", 2_000)
    desk.buy_back("buy-back", "recourse", 3_000, 4_000, 2_000)
    desk.prove_and_return("buy-back", 3_000)
    desk.buy_back("late buy-back", "recourse", 2_000, 3_000, 2_000)
    desk.rescind("late buy-back", desk.bank, 2_000, returned=False)
    desk.surplus("surplus", "recourse")
    desk.prove_on_record("surplus")
    desk.conclude("unpaid", Mode.SALE, 4_000, 5_000)
    desk.rescind("unpaid", desk.seller, 4_000, returned=True)
    desk.conclude("unpaid pledge", Mode.PLEDGE, 4_000, 5_000)
    desk.rescind("unpaid pledge", desk.seller, 4_000, returned=False)
    desk.conclude("pledge", Mode.PLEDGE, 5_000, 6_000)
    desk.prove_on_record("pledge")
    desk.repayment("repayment", "pledge")
    desk.prove_and_release("repayment", 5_000)
    desk.conclude("enforced", Mode.PLEDGE, 6_000, 7_000)
    desk.prove_on_record("enforced")
    desk.enforce("enforced", 6_000)
    desk.order(7_000, freeze=True)
    desk.recover(7_000, PartyNo(3))
    desk.order(7_000, freeze=False)
    return desk
