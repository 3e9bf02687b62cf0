"""The model's second half: deals, registrations and the council's orders."""

from __future__ import annotations

from dataclasses import dataclass, field

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
from tests.support.model import MOST, SPENT, Model
from tests.support.model_state import Deal, Debt, Line, Place, Signers, refuse_if

BANK_ROLE = 4
TODAY = 20231115
SALE, RECOURSE, PLEDGE = range(3)


@dataclass
class FinancingModel(Model):
    """``registered`` maps a number to claim, start, end, bank and date of expiry."""

    deals: dict[bytes, Deal] = field(default_factory=dict)
    debts: dict[bytes, Debt] = field(default_factory=dict)
    registered: dict[bytes, tuple[int, int, int, int, int]] = field(default_factory=dict)

    # ── acts ──────────────────────────────────────────────────────────────────────────────────

    def conclude(self, act: Finance, seller: Signers, bank: Signers, digest: bytes) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        refuse_if(act.seller == act.bank, "SelfDealing")
        refuse_if(act.mode > PLEDGE, "UnknownMode")
        refuse_if(act.start >= act.end, "ZeroAmount")
        refuse_if(act.dueOn % 100 > 31, "InvalidDate")
        self._registered(act)
        financier = self._party(act.bank)
        refuse_if(not financier.active, "PartyNotActive")
        refuse_if(not financier.roles & BANK_ROLE, "RoleMissing")
        self._consents(act.seller, act.end - act.start, seller)
        self._consents(act.bank, act.end - act.start, bank)
        self._unused(act.advance)
        self._live(act.claim, act.lot, act.version, act.seller)
        holder, lien = (act.seller, act.bank) if act.mode == PLEDGE else (act.bank, act.seller)
        self._cut(act.claim, act.lot, (act.start, act.end), (holder, "live"), lien)
        self.debts[act.advance] = Debt(digest, "advance", act.start, act.end, act.payBy)
        self.deals[digest] = Deal(
            act.claim, act.start, act.end, act.seller, act.bank, act.mode, act.payBy, act.dueOn
        )

    def prove(self, fact: Remittance, oracles: Signers) -> None:
        refuse_if(fact.bookedOn % 100 > 31, "InvalidDate")
        debt = self._open(fact.commitment)
        deal = self.deals[debt.deal]
        if debt.duty == "repayment":
            refuse_if(deal.state != "advanced", "DealClosed")
        self._witnessed(fact.config, oracles)
        refuse_if(self.lines.get(fact.line, Line(0)).allocated != 0, "LineUsed")
        if debt.duty == "advance":
            if deal.mode != PLEDGE:
                self._release(self._rest(deal, debt))
            deal.state = "advanced"
        elif debt.duty == "repayment":
            self._release(self._rest(deal, debt))
            deal.state = "repaid"
        elif debt.duty == "buy-back":
            self._foreclose(self._rest(deal, debt))
        debt.outcome = "paid"
        self.lines[fact.line] = Line(SPENT, SPENT)

    def rescind(self, act: Rescission, creditor: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        debt = self._open(act.commitment)
        deal = self.deals[debt.deal]
        refuse_if(debt.duty not in ("advance", "buy-back"), "NotRescindable")
        refuse_if(self.now <= debt.pay_by, "NotYetLate")
        owed_to = deal.seller if debt.duty == "advance" else deal.bank
        self._consents(owed_to, deal.end - deal.start, creditor)
        rest = self._rest(deal, debt)
        if debt.duty == "buy-back" and rest is not None:
            refuse_if(rest.state != "live", "LotNotLive")
        if debt.duty == "advance" and deal.mode != PLEDGE:
            self._foreclose(rest)
        else:
            self._release(rest)
        debt.outcome = "rescinded"
        if debt.duty == "advance":
            deal.state = "rescinded"

    def buy_back(self, act: BuyBack, seller: Signers, bank: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        deal = self._overdue(act.deal)
        refuse_if(act.start >= act.end, "ZeroAmount")
        within = act.claim == deal.claim and deal.start <= act.start and act.end <= deal.end
        refuse_if(not within, "OutsideDeal")
        self._consents(deal.seller, act.end - act.start, seller)
        self._consents(deal.bank, act.end - act.start, bank)
        self._unused(act.commitment)
        self._live(act.claim, act.lot, act.version, deal.bank)
        self._cut(act.claim, act.lot, (act.start, act.end), (deal.bank, "live"), deal.seller)
        self.debts[act.commitment] = Debt(act.deal, "buy-back", act.start, act.end, act.payBy)

    def demand(self, act: Demand, bank: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        deal = self._overdue(act.deal)
        refuse_if(deal.demanded, "AlreadyDemanded")
        lot = self._known(deal.claim, act.lot)
        refuse_if(lot.version != act.version, "LotChanged")
        refuse_if(lot.state != "live", "LotNotLive")
        refuse_if(lot.holder != deal.bank, "NotHolder")
        refuse_if(min(lot.end, deal.end) <= max(act.lot, deal.start), "OutsideDeal")
        self._consents(deal.bank, deal.end - deal.start, bank)
        deal.demanded = True

    def surplus(self, act: Surplus, bank: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        deal = self._deal(act.deal)
        refuse_if(deal.mode == SALE, "NoRecourse")
        if deal.state != "enforced":
            self._advanced(deal)
        self._consents(deal.bank, deal.end - deal.start, bank)
        self._unused(act.commitment)
        self.debts[act.commitment] = Debt(act.deal, "surplus", deal.start, deal.end, 0)

    def repayment(self, act: Repayment, seller: Signers, bank: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        deal = self._pledged(act.deal)
        self._consents(deal.seller, deal.end - deal.start, seller)
        self._consents(deal.bank, deal.end - deal.start, bank)
        self._unused(act.commitment)
        self.debts[act.commitment] = Debt(act.deal, "repayment", deal.start, deal.end, 0)
        deal.repay_by = act.payBy

    def enforce(self, act: Enforcement, bank: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        deal = self._pledged(act.deal)
        refuse_if(deal.due_on >= TODAY, "NotDue")
        refuse_if(deal.repay_by >= self.now, "NotYetLate")
        self._consents(deal.bank, deal.end - deal.start, bank)
        self._foreclose(self._rest(deal, Debt(act.deal, "all", deal.start, deal.end, 0)))
        deal.state = "enforced"

    def register(self, fact: Registration, oracles: Signers) -> None:
        refuse_if(fact.start >= fact.end, "ZeroAmount")
        refuse_if(fact.end > MOST, "AmountTooLarge")
        refuse_if(fact.expiresOn % 100 > 31, "InvalidDate")
        refuse_if(fact.expiresOn < TODAY, "RegistrationLapsed")
        what = (fact.claim, fact.start, fact.end, fact.bank)
        if fact.number in self.registered:
            *before, expiry = self.registered[fact.number]
            prolonged = tuple(before) == what and fact.expiresOn > expiry
            refuse_if(not prolonged, "RegistrationKnown")
        self._witnessed(fact.config, oracles)
        refuse_if(fact.claim not in self.claims, "UnknownClaim")
        self.registered[fact.number] = (*what, fact.expiresOn)

    def order(self, act: Order, council: Signers) -> None:
        self._evidenced(act, council)
        if act.freeze:
            place = self._live(act.claim, act.lot, act.version)
        else:
            place = self._known(act.claim, act.lot)
            refuse_if(place.version != act.version, "LotChanged")
            refuse_if(place.state != "frozen", "LotNotFrozen")
        place.state = "frozen" if act.freeze else "live"
        place.version += 1

    def recover(self, act: Recovery, council: Signers) -> None:
        self._evidenced(act, council)
        refuse_if(act.holder == act.successor, "SelfDealing")
        refuse_if(not self._party(act.successor).active, "PartyNotActive")
        place = self._known(act.claim, act.lot)
        refuse_if(place.version != act.version, "LotChanged")
        refuse_if(place.state not in ("live", "frozen"), "LotNotLive")
        refuse_if(place.holder != act.holder, "NotHolder")
        place.holder = act.successor
        place.version += 1

    # ── checks ────────────────────────────────────────────────────────────────────────────────

    def _evidenced(self, act: Order | Recovery, council: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        refuse_if(act.evidence == bytes(32), "EvidenceMissing")
        self._council_agrees(council)

    def _registered(self, act: Finance) -> None:
        refuse_if(act.registration not in self.registered, "RegistrationUnknown")
        claim, start, end, bank, _ = self.registered[act.registration]
        refuse_if(bank != act.bank, "RegistrationForeign")
        covered = claim == act.claim and start <= act.start and act.end <= end
        refuse_if(not covered, "RegistrationTooSmall")

    def _unused(self, commitment: bytes) -> None:
        refuse_if(commitment in self.debts, "CommitmentTaken")

    def _open(self, commitment: bytes) -> Debt:
        refuse_if(commitment not in self.debts, "RemittanceMismatch")
        debt = self.debts[commitment]
        refuse_if(debt.outcome == "paid", "AlreadyPaid")
        refuse_if(debt.outcome == "rescinded", "AlreadyRescinded")
        return debt

    def _deal(self, number: bytes) -> Deal:
        refuse_if(number not in self.deals, "DealUnknown")
        return self.deals[number]

    @staticmethod
    def _advanced(deal: Deal) -> None:
        refuse_if(deal.state == "concluded", "AdvanceUnpaid")
        refuse_if(deal.state != "advanced", "DealClosed")

    def _overdue(self, number: bytes) -> Deal:
        deal = self._deal(number)
        refuse_if(deal.mode != RECOURSE, "NoRecourse")
        self._advanced(deal)
        refuse_if(self.claims[deal.claim].maturity >= TODAY, "NotDue")
        return deal

    def _pledged(self, number: bytes) -> Deal:
        deal = self._deal(number)
        refuse_if(deal.mode != PLEDGE, "NotPledge")
        self._advanced(deal)
        return deal

    def _rest(self, deal: Deal, debt: Debt) -> Place | None:
        """The lot of these units that is still owed: there can be one at most."""
        places = self.places[deal.claim]
        within = [
            place
            for start, place in places.items()
            if debt.start <= start < debt.end and place.state in ("live", "frozen")
        ]
        assert len(within) <= 1
        return within[0] if within else None

    @staticmethod
    def _release(place: Place | None) -> None:
        if place is not None:
            assert place.lien
            place.lien = 0
            place.version += 1

    @staticmethod
    def _foreclose(place: Place | None) -> None:
        if place is not None:
            refuse_if(place.state != "live", "LotNotLive")
            assert place.lien
            place.holder, place.lien = place.lien, 0
            place.version += 1
