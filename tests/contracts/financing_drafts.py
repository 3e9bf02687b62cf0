"""Financing acts for the state machine, mostly sound: deals go as far as the model lets them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from ledger.agreements import FOREVER
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.keccak import keccak
from tests.contracts.council_drafts import maybe
from tests.support.consortium import MATURITY, PAPERS
from tests.support.model_financing import PLEDGE, RECOURSE, SALE, TODAY, FinancingModel
from tests.support.model_state import Deal, Place

PAST, FUTURE = 2020_01_01, 2099_12_31
NO_DATE = 2023_02_40
LATE = 1
UNSEEN = keccak(b"a commitment that nobody made")

Found = tuple[int, int, Place]
_MODE_OF = {"Demand": RECOURSE, "BuyBack": RECOURSE, "Repayment": PLEDGE, "Enforcement": PLEDGE}


class FinancingDrafts:
    def __init__(self, model: FinancingModel) -> None:
        self.model = model

    def any(self, rnd: random.Random) -> Any:
        """What the deals there are lead to."""
        rare = [self.enforcement, self.demand, self.buy_back, self.repayment]
        easy = [self.surplus, self.rescission]
        rnd.shuffle(rare)
        rnd.shuffle(easy)
        drafts = [*easy, *rare] if rnd.random() < 0.2 else [*rare, *easy]
        drafts.append(self.finance)
        return next((act for draft in drafts if (act := draft(rnd)) is not None), None)

    def towards(self, kind: str, rnd: random.Random) -> Any:
        """An act that brings one of this kind nearer: it needs a deal whose advance is paid."""
        mode = _MODE_OF.get(kind)
        if mode is None:
            return self.any(rnd)
        unpaid = [
            commitment
            for commitment, debt in self.model.debts.items()
            if (debt.duty, debt.outcome) == ("advance", "open")
            and self._leads_on(self.model.deals[debt.deal], mode)
        ]
        if unpaid:
            line = keccak(b"remittance %d" % rnd.randrange(1 << 30))
            return Remittance(self.model.config, line, rnd.choice(unpaid), MATURITY)
        return self.finance(rnd, mode)

    def _leads_on(self, deal: Deal, mode: int) -> bool:
        overdue = self.model.claims[deal.claim].maturity < TODAY
        return deal.mode == mode and deal.state == "concluded" and (overdue or mode == PLEDGE)

    def finance(self, rnd: random.Random, mode: int | None = None) -> Finance | Registration | None:
        """A deal, or the registration that it needs first."""
        banks = {n for n, p in self.model.parties.items() if p.roles & 4 and p.active}
        lone = banks if len(banks) == 1 else set()
        found = self._pick(
            rnd,
            lambda p: (
                rnd.random() < 0.1 or (p.state == "live" and not p.lien and p.holder not in lone)
            ),
        )
        if found is None:
            return None
        claim, lot, place = found
        bank = rnd.choice(sorted(banks - {place.holder}) or [1])
        number = keccak(b"registration %d %d" % (claim, bank))
        if number not in self.model.registered and rnd.random() < 0.95:
            return self._registration(number, claim, bank, rnd)
        cuts = sorted(rnd.randrange(lot, max(place.end, lot + 1) + 1) for _ in range(2))
        start, end = (lot, place.end) if rnd.random() < 0.5 or cuts[0] == cuts[1] else cuts
        act = Finance(
            claim=claim,
            lot=lot,
            version=place.version,
            start=start,
            end=end,
            seller=place.holder,
            bank=bank,
            mode=mode or rnd.choice([SALE, RECOURSE, RECOURSE, PLEDGE, PLEDGE]),
            terms=PAPERS,
            advance=_fresh(rnd),
            payBy=rnd.choice([LATE, FOREVER, FOREVER]),
            dueOn=rnd.choice([PAST, PAST, FUTURE]),
            rules=PAPERS,
            registration=number,
            documents=PAPERS,
            validUntil=FOREVER,
        )
        others = list(self.model.registered)
        return maybe(
            act,
            rnd,
            [
                {"version": act.version + 1},
                {"mode": 3},
                {"bank": act.seller},
                {"seller": act.bank, "bank": act.seller},
                {"end": act.start},
                {"end": act.end + 1},
                {"end": 2**63},
                {"dueOn": NO_DATE},
                {"advance": rnd.choice([*self.model.debts, act.advance])},
                {"registration": UNSEEN},
                {"registration": rnd.choice([*others, UNSEEN])},
                {"validUntil": 1},
            ],
        )

    def _registration(
        self, number: bytes, claim: int, bank: int, rnd: random.Random
    ) -> Registration:
        face = self.model.claims[claim].face
        return self._spoilt(
            Registration(self.model.config, claim, 0, face, bank, number, 1, FUTURE), rnd
        )

    def registration_again(self, rnd: random.Random) -> Registration | None:
        """One that is known already: it may be prolonged."""
        if not self.model.registered:
            return None
        number = rnd.choice(list(self.model.registered))
        claim, start, end, bank, expiry = self.model.registered[number]
        longer = expiry + rnd.choice([0, 10_000])
        return self._spoilt(
            Registration(self.model.config, claim, start, end, bank, number, 1, longer), rnd
        )

    @staticmethod
    def _spoilt(fact: Registration, rnd: random.Random) -> Registration:
        half = max(1, fact.end // 2)
        changes = [{"config": bytes(32)}, {"end": 0}, {"end": half}, {"claim": 999}]
        changes += [{"end": 2**63}, {"expiresOn": PAST}, {"expiresOn": NO_DATE}, {"bank": 1}]
        changed: Registration = maybe(fact, rnd, changes)
        return changed

    def remittance(self, rnd: random.Random) -> Any:
        model = self.model
        owed = [c for c, debt in model.debts.items() if debt.outcome == "open"]
        if not owed and rnd.random() < 0.9:
            return self.finance(rnd)
        commitment = rnd.choice(owed or [UNSEEN])
        line = keccak(b"remittance %d" % rnd.randrange(1 << 30))
        act = Remittance(model.config, line, commitment, MATURITY)
        return maybe(
            act,
            rnd,
            [
                {"config": bytes(32)},
                {"line": rnd.choice([*model.lines, line])},
                {"commitment": rnd.choice([UNSEEN, *model.debts])},
                {"bookedOn": NO_DATE},
            ],
        )

    def rescission(self, rnd: random.Random) -> Rescission | None:
        debts = self.model.debts
        late = [
            commitment
            for commitment, debt in debts.items()
            if debt.outcome == "open" and debt.pay_by == LATE
        ]
        if not late:
            return None
        act = Rescission(rnd.choice(late), FOREVER)
        other = rnd.choice([UNSEEN, *debts])
        return maybe(act, rnd, [{"commitment": other}, {"commitment": other}, {"validUntil": 1}])

    def buy_back(self, rnd: random.Random) -> BuyBack | None:
        found = self._bought(rnd)
        if found is None:
            return None
        number, deal, lot, place = found
        start, end = max(lot, deal.start), min(place.end, deal.end)
        if rnd.random() < 0.3 and end - start > 1:
            start = rnd.randrange(start, end)
        act = BuyBack(
            number,
            deal.claim,
            lot,
            place.version,
            start,
            end,
            _fresh(rnd),
            rnd.choice([LATE, FOREVER]),
            FOREVER,
        )
        return maybe(
            act,
            rnd,
            [
                {"deal": rnd.choice([UNSEEN, *self.model.deals])},
                {"version": act.version + 1},
                {"claim": act.claim + 1},
                {"end": deal.end + 1},
                {"end": act.start},
                {"commitment": rnd.choice(list(self.model.debts))},
                {"validUntil": 1},
            ],
        )

    def demand(self, rnd: random.Random) -> Demand | None:
        found = self._bought(rnd)
        if found is None:
            return None
        number, _, lot, place = found
        act = Demand(number, lot, place.version, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"deal": rnd.choice([UNSEEN, *self.model.deals])},
                {"version": act.version + 1},
                {"lot": rnd.choice(list(self.model.places[self.model.deals[number].claim]))},
                {"validUntil": 1},
            ],
        )

    def surplus(self, rnd: random.Random) -> Surplus | None:
        number = self._deal(rnd, lambda d: d.mode != SALE and d.state in ("advanced", "enforced"))
        if number is None:
            return None
        return maybe(Surplus(number, _fresh(rnd), FOREVER), rnd, self._other_deals(rnd))

    def repayment(self, rnd: random.Random) -> Repayment | None:
        number = self._deal(rnd, lambda d: d.mode == PLEDGE and d.state == "advanced")
        if number is None:
            return None
        pay_by = rnd.choice([LATE, FOREVER])
        act = Repayment(number, _fresh(rnd), pay_by, FOREVER)
        return maybe(act, rnd, self._other_deals(rnd))

    def enforcement(self, rnd: random.Random) -> Enforcement | None:
        number = self._deal(rnd, lambda d: d.mode == PLEDGE and d.state == "advanced")
        if number is None:
            return None
        changes = [{"deal": rnd.choice([UNSEEN, *self.model.deals])}, {"validUntil": 1}]
        return maybe(Enforcement(number, FOREVER), rnd, changes)

    def order(self, rnd: random.Random) -> Order | None:
        frozen = rnd.random() < 0.6
        found = self._pick(rnd, lambda p: p.state == "frozen") if frozen else None
        found = found or self._pick(rnd, lambda p: p.state == "live" or rnd.random() < 0.1)
        if found is None:
            return None
        claim, lot, place = found
        act = Order(claim, lot, place.version, place.state != "frozen", PAPERS, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"freeze": not act.freeze},
                {"evidence": bytes(32)},
                {"version": act.version + 1},
                {"claim": 999},
                {"validUntil": 1},
            ],
        )

    def recovery(self, rnd: random.Random) -> Recovery | None:
        found = self._pick(rnd, lambda p: p.state in ("live", "frozen") or rnd.random() < 0.1)
        if found is None:
            return None
        claim, lot, place = found
        heir = rnd.choice([n for n in self.model.parties if n != place.holder])
        act = Recovery(claim, lot, place.version, place.holder, heir, PAPERS, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"successor": act.holder},
                {"successor": 999},
                {"holder": act.successor, "successor": act.holder},
                {"evidence": bytes(32)},
                {"version": act.version + 1},
                {"validUntil": 1},
            ],
        )

    # ── what there is to act upon ─────────────────────────────────────────────────────────────

    def _pick(self, rnd: random.Random, fits: Callable[[Place], bool]) -> Found | None:
        places = [
            (claim, start, place)
            for claim, starts in self.model.places.items()
            for start, place in starts.items()
            if fits(place)
        ]
        known = {registered[0] for registered in self.model.registered.values()}
        # Most acts on few claims: one needs its registration before anything else.
        begun = [one for one in places if one[0] in known]
        return rnd.choice(begun if begun and rnd.random() < 0.7 else places) if places else None

    def _deal(self, rnd: random.Random, fits: Callable[[Deal], bool]) -> bytes | None:
        found = [number for number, deal in self.model.deals.items() if fits(deal)]
        return rnd.choice(found) if found else None

    def _other_deals(self, rnd: random.Random) -> list[dict[str, Any]]:
        deals, debts = list(self.model.deals), list(self.model.debts)
        others = [UNSEEN, *deals]
        return [
            {"deal": rnd.choice(others)},
            {"deal": rnd.choice(deals)},
            {"commitment": rnd.choice(debts)},
            {"validUntil": 1},
        ]

    def _bought(self, rnd: random.Random) -> tuple[bytes, Deal, int, Place] | None:
        found = list(self._all_bought(rnd.random() < 0.1))
        return rnd.choice(found) if found else None

    def _all_bought(self, early: bool) -> Iterator[tuple[bytes, Deal, int, Place]]:
        for number, deal in self.model.deals.items():
            due = early or self.model.claims[deal.claim].maturity < TODAY
            if deal.mode != RECOURSE or deal.state != "advanced" or not due:
                continue
            for start, place in self.model.places[deal.claim].items():
                held = place.state == "live" and place.holder == deal.bank and not place.lien
                if held and max(start, deal.start) < min(place.end, deal.end):
                    yield number, deal, start, place


def _fresh(rnd: random.Random) -> bytes:
    return keccak(b"commitment %d" % rnd.randrange(1 << 40))
