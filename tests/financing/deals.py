"""Deals in every state an attacker could wish for, concluded for good."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ledger.agreements import FOREVER, Amendment
from ledger.commitments import EMPTY_ROOT
from ledger.deals import BuyBack, Demand, Finance, Mode, Remittance, Repayment
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.remittance import commitment_to
from ledger.roles import Role
from tests.financing.market import (
    BANK,
    BANKS,
    CAREFUL,
    FACE,
    MATURITY,
    RIVAL,
    SELLER,
    Market,
    registration_of,
)

PAST, FUTURE = 2020_01_01, 2099_12_31
LONG_AGO = 1
SUSPENDED = BANKS[4]
BOOKED = 2026_11_18


def commitment(name: str) -> bytes:
    return commitment_to("YR-" + name, "CNY", 9_000)


@dataclass
class Deals:
    """``claims`` and ``digests`` by name; each deal has a claim of its own, whole."""

    market: Market
    claims: dict[str, ClaimNo] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open("free", MATURITY, CAREFUL, SUSPENDED)
        self.conclude("unpaid", Mode.SALE)
        self.conclude("unpaid and late", Mode.SALE, payBy=LONG_AGO)
        self.advance("sale", Mode.SALE)
        self.advance("recourse", Mode.RECOURSE)
        self.advance("recourse, not due", Mode.RECOURSE, maturity=MATURITY)
        self.conclude("recourse, unpaid", Mode.RECOURSE)
        self.advance("pledge", Mode.PLEDGE)
        self.advance("pledge, not due", Mode.PLEDGE, dueOn=MATURITY)
        self.advance("pledge, given time", Mode.PLEDGE)
        self.conclude("pledge, unpaid", Mode.PLEDGE)
        self.market.post_act(self.repayment("pledge, given time"), SELLER, BANK)

        self.suspend(SUSPENDED)

    def open(self, name: str, maturity: int = PAST, *banks: int) -> None:
        """A claim that is registered for BANK, RIVAL and these."""
        self.claims[name] = self.market.issued(maturity=maturity)
        self.market.registered(self.claims[name], BANK, RIVAL, *banks)

    def suspend(self, bank: int) -> None:
        version = self.market.read("Registry", "party", bank)[0]
        act = Amendment(bank, version, int(Role.BANK), False, (), (), 1, FOREVER, FOREVER)
        self.market.post_act(act)

    def conclude(self, name: str, mode: Mode, *, maturity: int = PAST, **changes: Any) -> None:
        self.open(name, maturity)
        act = self.finance(name, mode, **changes)
        self.digests[name] = bytes(self.market.post_act(act))

    def advance(self, name: str, mode: Mode, **changes: Any) -> None:
        self.conclude(name, mode, **changes)
        self.market.post_act(self.remittance(name))

    # ── what may be done with them ───────────────────────────────────────────────────────────

    def finance(self, name: str, mode: Mode = Mode.SALE, **changes: Any) -> Finance:
        bank = changes.get("bank", BANK)
        act = Finance(
            claim=self.claims[name],
            lot=0,
            version=1,
            start=0,
            end=FACE,
            seller=SELLER,
            bank=bank,
            mode=mode.number,
            terms=keccak(b"terms"),
            advance=commitment(name),
            payBy=FOREVER,
            dueOn=PAST,
            rules=keccak(b"rules"),
            registration=registration_of(self.claims[name], bank),
            documents=EMPTY_ROOT,
            validUntil=FOREVER,
        )
        return replace(act, **changes)

    def remittance(self, name: str, **changes: Any) -> Remittance:
        config, line = self.market.stage.script.config, keccak(b"line of " + name.encode())
        return replace(Remittance(config, line, commitment(name), BOOKED), **changes)

    def demand(self, name: str, **changes: Any) -> Demand:
        version = self.market.lot(self.claims[name]).version
        return replace(Demand(self.digests[name], 0, version, FOREVER), **changes)

    def buy_back(self, name: str, **changes: Any) -> BuyBack:
        act = BuyBack(
            deal=self.digests[name],
            claim=self.claims[name],
            lot=0,
            version=self.market.lot(self.claims[name]).version,
            start=0,
            end=FACE,
            commitment=commitment("buy-back of " + name),
            payBy=FOREVER,
            validUntil=FOREVER,
        )
        return replace(act, **changes)

    def repayment(self, name: str, **changes: Any) -> Repayment:
        owed = commitment("repayment of " + name)
        return replace(Repayment(self.digests[name], owed, FOREVER, FOREVER), **changes)
