"""Agreements that mean to be sound, made from what the model says holds, and now and then not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from client.keys import Key
from ledger.acts import Equivocation
from ledger.agreements import FOREVER, InvoiceUse, Issue, Merge, Payment, Transfer
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.keccak import keccak
from ledger.words import LotRef
from tests.contracts.council_drafts import CouncilDrafts, maybe
from tests.contracts.financing_drafts import PAST, FinancingDrafts
from tests.support.consortium import MATURITY, PAPERS, Consortium
from tests.support.model_financing import FinancingModel
from tests.support.model_state import Place

HUGE = 2**64 - 1
BUSY_CLAIMS = 2
"""Most acts fall on the newest claims: scattered over all, few lots would ever meet again."""
CURRENCIES = ("CNY", "EUR")


class Drafts:
    """Everyone's keys, and a pen."""

    def __init__(self, consortium: Consortium, model: FinancingModel) -> None:
        self.consortium = consortium
        self.model = model
        extras = consortium.cast.keys("extra", 12)
        self.council = CouncilDrafts(consortium, model, extras)
        self.financing = FinancingDrafts(model)
        known = [*consortium.council, *consortium.oracles, *extras]
        for party in model.parties:
            known += consortium.signers(party)
        self.keys = {key.address: key for key in known}

    def of_kind(self, kind: str, rnd: random.Random) -> Any:
        """An agreement of this kind, or what it needs first; None if there is nothing to do it
        to."""
        council, financing = self.council, self.financing
        drafts: dict[str, Callable[[random.Random], Any]] = {
            "Enrolment": council.enrolment,
            "Amendment": council.amendment,
            "Constitution": council.constitution,
            "OracleConfig": council.oracle_config,
            "PolicyChange": council.policy_change,
            "ValidatorChange": council.validator_change,
            "Issue": self.issue,
            "Transfer": self.transfer,
            "Merge": self.merge,
            "Payment": self.payment,
            "Finance": financing.finance,
            "Remittance": financing.remittance,
            "Rescission": financing.rescission,
            "BuyBack": financing.buy_back,
            "Demand": financing.demand,
            "Surplus": financing.surplus,
            "Repayment": financing.repayment,
            "Enforcement": financing.enforcement,
            "Registration": financing.registration_again,
            "Order": financing.order,
            "Recovery": financing.recovery,
        }
        return drafts[kind](rnd)

    # ── who signs ─────────────────────────────────────────────────────────────────────────────

    def sides(self, act: Any, rnd: random.Random) -> list[list[Key]]:
        match act:
            case Issue():
                return [self._of_party(act.debtor), self._of_party(act.creditor)]
            case Transfer():
                return [self._of_party(act.holder), self._of_party(act.recipient)]
            case Merge():
                return [self._of_party(act.holder)]
            case Finance():
                return [self._of_party(act.seller), self._of_party(act.bank)]
            case Rescission() | BuyBack() | Repayment() | Demand() | Surplus() | Enforcement():
                return self._of_deal(act)
            case Payment() | Remittance() | Registration():
                return [self._some(self.model.oracles.members, self.model.oracles.quorum, rnd)]
            case _:
                return [self._some(self.model.council.members, self.model.council.quorum, rnd)]

    def _of_deal(self, act: Any) -> list[list[Key]]:
        debt = self.model.debts.get(act.commitment) if isinstance(act, Rescission) else None
        number = getattr(act, "deal", debt.deal if debt else None)
        deal = self.model.deals.get(number) if number else None
        seller, bank = (deal.seller, deal.bank) if deal else (0, 0)
        if isinstance(act, BuyBack | Repayment):
            return [self._of_party(seller), self._of_party(bank)]
        return [self._of_party(seller if debt and debt.duty == "advance" else bank)]

    def _of_party(self, number: int) -> list[Key]:
        party = self.model.parties.get(number)
        if party is None:
            return [self.consortium.thief]
        return [self.keys[signer] for signer in sorted(party.signers)]

    def _some(self, members: frozenset[str], quorum: int, rnd: random.Random) -> list[Key]:
        return [self.keys[member] for member in rnd.sample(sorted(members), quorum)]

    # ── what they sign ────────────────────────────────────────────────────────────────────────

    def issue(self, rnd: random.Random) -> Issue:
        debtors = [n for n, p in self.model.parties.items() if p.roles & 1 and p.active]
        debtor = rnd.choice(debtors or [1])
        creditor = self._other(debtor, rnd)
        fingerprint = keccak(b"invoice %d" % rnd.randrange(12))
        known = self.model.invoices.get(fingerprint)
        currency = known.currency if known else rnd.choice(CURRENCIES)
        total = known.total if known else rnd.randrange(100, 5_000)
        free = max(1, total - known.used if known else total)
        amount = rnd.randrange(1, free + 1)
        use = InvoiceUse(fingerprint, total, amount, known.version if known else 0)
        due = rnd.choice([MATURITY, PAST, PAST])
        act = Issue(debtor, creditor, currency, amount, due, (use,), PAPERS, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"face": 0, "invoices": ()},
                {"face": HUGE},
                {"face": amount + 1},
                {"creditor": debtor},
                {"debtor": creditor, "creditor": debtor},
                {"creditor": 999},
                {"currency": "USD"},
                {"invoices": (replace(use, amount=0),)},
                {"invoices": (use, use), "face": 2 * amount},
                {"invoices": (replace(use, version=use.version + 1),)},
                {"invoices": (replace(use, total=total + 1),)},
                {"invoices": (replace(use, total=HUGE),)},
                {"invoices": (replace(use, amount=total + 1),), "face": total + 1},
                {"validUntil": 1},
            ],
        )

    def transfer(self, rnd: random.Random) -> Transfer | None:
        found = self._place(rnd, live=rnd.random() < 0.9)
        if found is None:
            return None
        claim, lot, place = found
        cuts = sorted(rnd.randrange(lot, max(place.end, lot + 1) + 1) for _ in range(2))
        start, end = (lot, place.end) if rnd.random() < 0.4 or cuts[0] == cuts[1] else cuts
        holder = place.holder
        act = Transfer(
            claim=claim,
            lot=lot,
            version=place.version,
            start=start,
            end=end,
            holder=holder,
            recipient=self._recipient(claim, lot, place, rnd),
            documents=PAPERS,
            validUntil=FOREVER,
        )
        return maybe(
            act,
            rnd,
            [
                {"version": place.version + rnd.choice([-1, 1])},
                {"end": act.end + 1},
                {"start": max(0, lot - 1)},
                {"end": act.start},
                {"start": 0, "end": HUGE},
                {"recipient": holder},
                {"holder": act.recipient, "recipient": holder},
                {"claim": claim + 100},
                {"recipient": 999},
                {"validUntil": 1},
            ],
        )

    def merge(self, rnd: random.Random) -> Merge | None:
        pairs = [
            (claim, left, place.end)
            for claim, places in self.model.places.items()
            for left, place in places.items()
            if place.state == "live"
            and (right := places.get(place.end)) is not None
            and right.state == "live"
            and right.holder == place.holder
        ]
        if not pairs:
            return None
        claim, left, right = rnd.choice(pairs)
        places = self.model.places[claim]
        holder, versions = places[left].holder, (places[left].version, places[right].version)
        act = Merge(claim, left, versions[0], right, versions[1], holder, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"leftVersion": versions[0] + 1},
                {"rightVersion": versions[1] + 1},
                {"left": right, "right": left, "leftVersion": versions[1]},
                {"right": left, "rightVersion": versions[0]},
                {"holder": self._other(holder, rnd)},
                {"validUntil": 1},
            ],
        )

    def payment(self, rnd: random.Random) -> Payment | None:
        found = self._place(rnd, live=rnd.random() < 0.9)
        if found is None:
            return None
        claim, start, place = found
        length = max(1, place.end - start)
        line = self._line(rnd)
        known = self.model.lines.get(line)
        amounts = [length, rnd.randrange(1, length + 1), 4 * length]
        amount = known.amount if known else rnd.choice(amounts)
        subject = LotRef(claim, start, place.version).subject  # type: ignore[arg-type]
        currency = self.model.claims[claim].currency
        act = Payment(self.model.config, line, subject, currency, amount, MATURITY)
        return maybe(
            act,
            rnd,
            [
                {"config": bytes(32)},
                {"amount": 0},
                {"amount": HUGE},
                {"currency": "USD"},
                {"subject": b"\1" + subject[1:]},
                {"subject": subject[:-1] + bytes([(subject[-1] + 1) % 256])},
                {"line": rnd.choice([*self.model.lines, line])},
            ],
        )

    def _line(self, rnd: random.Random) -> bytes:
        """Often one that has paid for something already: what is left of it may pay for more."""
        if self.model.lines and rnd.random() < 0.5:
            return rnd.choice(list(self.model.lines))
        return keccak(b"line %d" % rnd.randrange(10_000))

    def equivocation(self, rnd: random.Random) -> Equivocation:
        line, stage = keccak(b"line %d" % rnd.randrange(4)), self.consortium.stage
        one = Payment(self.model.config, line, bytes(32), "CNY", 100, MATURITY)
        other = maybe(
            replace(one, amount=200),
            rnd,
            [
                {"amount": 100},
                {"line": keccak(b"another line")},
                {"config": bytes(32)},
            ],
        )
        member = self.keys[rnd.choice(sorted(self.model.oracles.members))]
        second = member if rnd.random() < 0.8 else self.consortium.thief
        member = member if rnd.random() < 0.9 else self.consortium.thief
        digests = [stage.deployment.digest(payment) for payment in (one, other)]
        return Equivocation(one, member.sign(digests[0]), other, second.sign(digests[1]))

    def _recipient(self, claim: int, start: int, place: Place, rnd: random.Random) -> int:
        """Often a neighbour in the same claim, so that there will be lots to merge."""
        beside = [
            other.holder
            for begins, other in self.model.places[claim].items()
            if (begins == place.end or other.end == start) and other.holder != place.holder
        ]
        return (
            rnd.choice(beside) if beside and rnd.random() < 0.6 else self._other(place.holder, rnd)
        )

    def _other(self, number: int, rnd: random.Random) -> int:
        return rnd.choice([n for n in self.model.parties if n != number])

    def _place(self, rnd: random.Random, *, live: bool) -> tuple[int, int, Place] | None:
        recent = rnd.sample(
            sorted(self.model.places)[-BUSY_CLAIMS:], min(1, len(self.model.places))
        )
        claims = recent if rnd.random() < 0.7 else list(self.model.places)
        found = [
            (claim, start, place)
            for claim in claims
            for start, place in self.model.places[claim].items()
            if (place.state == "live") is live
        ]
        return rnd.choice(found) if found else None
