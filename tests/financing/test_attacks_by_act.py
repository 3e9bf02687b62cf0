"""Signed acts that no deal allows: handed in at the API, and past it, straight to the contracts.

Both refuse by the same name, and leave everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.acts import SignedAct
from ledger.agreements import FOREVER, Transfer
from ledger.commitments import EMPTY_ROOT
from ledger.deals import Enforcement, Mode, Order, Recovery, Rescission, Surplus
from ledger.keccak import keccak
from tests.financing.deals import LONG_AGO, SUSPENDED, Deals, commitment
from tests.financing.market import (
    BANK,
    BANKS,
    CAREFUL,
    FACE,
    OTHER,
    RIVAL,
    SELLER,
    Market,
    registration_of,
)
from tests.support.accounts import COUNCIL, ORACLES, Key

Make = Callable[[Deals], SignedAct]
Attacks = dict[str, tuple[Make, str]]

UNSEEN = keccak(b"nobody has seen this")
THIEF = Key("thief")
BANKERS = [Key("BANK ONE 0"), Key("BANK TWO 0")]


@pytest.fixture(scope="module")
def deals(market: Market) -> Deals:
    return Deals(market)


def _signed(act: Callable[[Deals], Any], *sides: Any) -> Make:
    return lambda deals: deals.market.signed(act(deals), *sides)


def _finance(name: str = "free", *sides: Any, mode: Mode = Mode.SALE, **changes: Any) -> Make:
    """SELLER's whole claim of this name at BANK, but for the changes."""
    return _signed(lambda deals: deals.finance(name, mode, **changes), *sides)


def _foreign_registration(deals: Deals) -> Any:
    return deals.finance("free", registration=registration_of(deals.claims["sale"], BANK))


def _moved(name: str, holder: int) -> Make:
    def act(deals: Deals) -> Transfer:
        claim = deals.claims[name]
        version = deals.market.lot(claim).version
        return Transfer(claim, 0, version, 0, FACE, holder, OTHER, EMPTY_ROOT, FOREVER)

    return _signed(act)


def _surplus(name: str) -> Make:
    return _signed(lambda deals: Surplus(deals.digests[name], UNSEEN, FOREVER), BANK)


def _enforcement(name: str, by: int = BANK, until: int = FOREVER) -> Make:
    return _signed(lambda deals: Enforcement(deals.digests[name], until), by)


def _rescission(name: str, by: int = SELLER, until: int = FOREVER) -> Make:
    return _signed(lambda _: Rescission(commitment(name), until), by)


def _demand(name: str, *sides: Any, **changes: Any) -> Make:
    return _signed(lambda deals: deals.demand(name, **changes), *(sides or (BANK,)))


def _buy_back(name: str, *sides: Any, **changes: Any) -> Make:
    return _signed(lambda deals: deals.buy_back(name, **changes), *(sides or (SELLER, BANK)))


def _repayment(name: str, *sides: Any, **changes: Any) -> Make:
    return _signed(lambda deals: deals.repayment(name, **changes), *(sides or (SELLER, BANK)))


def _proof(name: str, *sides: Any, **changes: Any) -> Make:
    return _signed(lambda deals: deals.remittance(name, **changes), *sides)


def _order(name: str, *sides: Any, **changes: Any) -> Make:
    def act(deals: Deals) -> Order:
        claim = deals.claims[name]
        version = deals.market.lot(claim).version
        return replace(Order(claim, 0, version, True, UNSEEN, FOREVER), **changes)

    return _signed(act, *sides)


def _recovery(name: str, *sides: Any, **changes: Any) -> Make:
    def act(deals: Deals) -> Recovery:
        claim = deals.claims[name]
        version = deals.market.lot(claim).version
        return replace(Recovery(claim, 0, version, SELLER, OTHER, UNSEEN, FOREVER), **changes)

    return _signed(act, *sides)


CONCLUDING: Attacks = {
    "after its time": (_finance(validUntil=LONG_AGO), "Expired"),
    "of a lot that moved": (_finance("sale", advance=UNSEEN), "LotChanged"),
    "of a version to come": (_finance(version=2), "LotChanged"),
    "of a lot sold and not paid for, by its seller": (
        _finance("unpaid", bank=RIVAL, version=2, advance=UNSEEN),
        "NotHolder",
    ),
    "of a pledged lot at another bank": (
        _finance("pledge", bank=RIVAL, version=2, advance=UNSEEN),
        "LotLiened",
    ),
    "at a bank that registered nothing": (
        _finance(bank=BANKS[3], registration=UNSEEN),
        "RegistrationUnknown",
    ),
    "with another claim's registration": (_signed(_foreign_registration), "RegistrationTooSmall"),
    "of more than is registered": (_finance(end=FACE + 1), "RegistrationTooSmall"),
    "with itself": (_finance(bank=SELLER), "SelfDealing"),
    "of nothing": (_finance(end=0), "ZeroAmount"),
    "backwards": (_finance(start=9, end=3), "ZeroAmount"),
    "in no mode there is": (
        _signed(lambda deals: replace(deals.finance("free"), mode=3)),
        "UnknownMode",
    ),
    "due on the 29th of February of a common year": (_finance(dueOn=2027_02_29), "InvalidDate"),
    "due on the 30th of February of a leap year": (_finance(dueOn=2028_02_30), "InvalidDate"),
    "with an advance that paid another deal": (
        _finance(advance=commitment("sale")),
        "CommitmentTaken",
    ),
    "with an advance that another deal owes": (
        _finance(advance=commitment("unpaid")),
        "CommitmentTaken",
    ),
    "signed by an officer of another bank": (_finance("free", SELLER, RIVAL), "NotSigner"),
    "signed by the bank for both": (_finance("free", BANK, BANK), "NotSigner"),
    "signed by a thief for the bank": (_finance("free", SELLER, [THIEF]), "NotSigner"),
    "signed by nobody of the bank": (_finance("free", SELLER, []), "ApprovalsMissing"),
    "at a suspended bank": (_finance(bank=SUSPENDED), "PartyNotActive"),
}

PROVING: Attacks = {
    "with another deal's line": (
        _proof("unpaid", line=keccak(b"line of sale")),
        "LineUsed",
    ),
    "with a payment of another amount": (_proof("unpaid, of less"), "RemittanceMismatch"),
    "twice": (_proof("sale", line=UNSEEN), "AlreadyPaid"),
    "by one oracle": (_proof("unpaid", ORACLES[:1]), "ApprovalsMissing"),
    "by two banks": (_proof("unpaid", BANKERS), "NotMember"),
    "by the council": (_proof("unpaid", COUNCIL[:2]), "NotMember"),
    "under a configuration that isn't": (_proof("unpaid", config=bytes(32)), "WrongConfig"),
    "booked on no day": (_proof("unpaid", bookedOn=2026_02_29), "InvalidDate"),
}

RESCINDING: Attacks = {
    "before it is late": (_rescission("unpaid"), "NotYetLate"),
    "by the bank": (_rescission("unpaid and late", BANK), "NotSigner"),
    "by a rival": (_rescission("unpaid and late", RIVAL), "NotSigner"),
    "what was paid": (_rescission("sale"), "AlreadyPaid"),
    "what is no debt": (_rescission("no such deal"), "RemittanceMismatch"),
    "after its time": (_rescission("unpaid and late", until=LONG_AGO), "Expired"),
}

RECOURSE: Attacks = {
    "demanded under a sale without": (_demand("sale"), "NoRecourse"),
    "demanded under a pledge": (_demand("pledge"), "NoRecourse"),
    "demanded before maturity": (_demand("recourse, not due"), "NotDue"),
    "demanded though the bank hasn't paid": (_demand("recourse, unpaid"), "AdvanceUnpaid"),
    "demanded by a rival": (_demand("recourse", RIVAL), "NotSigner"),
    "demanded of another version": (_demand("recourse", version=1), "LotChanged"),
    "demanded of no deal": (_demand("recourse", deal=UNSEEN), "DealUnknown"),
    "bought back under a sale without": (_buy_back("sale"), "NoRecourse"),
    "bought back before maturity": (_buy_back("recourse, not due"), "NotDue"),
    "bought back beyond the deal": (_buy_back("recourse", end=FACE + 1), "OutsideDeal"),
    "bought back without the seller": (_buy_back("recourse", BANK, BANK), "NotSigner"),
    "bought back without the bank": (_buy_back("recourse", SELLER, SELLER), "NotSigner"),
    "bought back for what is paid already": (
        _buy_back("recourse", commitment=commitment("sale")),
        "CommitmentTaken",
    ),
    "surplus of a sale without": (_surplus("sale"), "NoRecourse"),
    "surplus of what isn't advanced": (_surplus("recourse, unpaid"), "AdvanceUnpaid"),
}

PLEDGE: Attacks = {
    "enforced before it is due": (_enforcement("pledge, not due"), "NotDue"),
    "enforced while time was given": (_enforcement("pledge, given time"), "NotYetLate"),
    "enforced though the bank hasn't paid": (_enforcement("pledge, unpaid"), "AdvanceUnpaid"),
    "enforced by a rival": (_enforcement("pledge", RIVAL), "NotSigner"),
    "enforced by the seller": (_enforcement("pledge", SELLER), "NotSigner"),
    "enforced, being a sale": (_enforcement("sale"), "NotPledge"),
    "released by moving the lot": (_moved("pledge", SELLER), "LotLiened"),
    "released by rescinding the paid advance": (_rescission("pledge"), "AlreadyPaid"),
    "released by rescinding the repayment": (
        _rescission("repayment of pledge, given time"),
        "NotRescindable",
    ),
    "released by a repayment never agreed": (
        _proof("pledge", commitment=commitment("repayment of pledge"), line=UNSEEN),
        "RemittanceMismatch",
    ),
    "released by the line that paid the advance": (
        _proof(
            "pledge, given time",
            commitment=commitment("repayment of pledge, given time"),
        ),
        "LineUsed",
    ),
    "released by one oracle": (
        _proof(
            "pledge, given time",
            ORACLES[:1],
            commitment=commitment("repayment of pledge, given time"),
            line=UNSEEN,
        ),
        "ApprovalsMissing",
    ),
    "repaid without the bank's word": (_repayment("pledge", SELLER, SELLER), "NotSigner"),
    "repaid with the advance itself": (
        _repayment("pledge", commitment=commitment("pledge")),
        "CommitmentTaken",
    ),
    "repaid, being a sale": (_repayment("sale"), "NotPledge"),
    "repaid before the bank has paid": (_repayment("pledge, unpaid"), "AdvanceUnpaid"),
    "sold on by the bank": (_moved("unpaid", BANK), "LotLiened"),
}

ORDERS: Attacks = {
    "frozen by two banks": (_order("free", BANKERS), "NotCouncil"),
    "frozen by one member": (_order("free", COUNCIL[:1]), "ApprovalsMissing"),
    "frozen without evidence": (_order("free", evidence=bytes(32)), "EvidenceMissing"),
    "thawed, though not frozen": (_order("free", freeze=False), "LotNotFrozen"),
    "frozen as it was": (_order("sale", version=1), "LotChanged"),
    "given to its holder": (_recovery("free", successor=SELLER), "SelfDealing"),
    "given away by two banks": (_recovery("free", BANKERS), "NotCouncil"),
    "given to a suspended bank": (_recovery("free", successor=SUSPENDED), "PartyNotActive"),
    "given from who hasn't got it": (_recovery("free", holder=OTHER, successor=BANK), "NotHolder"),
    "given without evidence": (_recovery("free", evidence=bytes(32)), "EvidenceMissing"),
}

ATTACKS: dict[str, tuple[Make, str]] = {
    f"{kind} {name}": attack
    for kind, attacks in {
        "concluded": CONCLUDING,
        "proven": PROVING,
        "rescinded": RESCINDING,
        "recourse": RECOURSE,
        "pledge": PLEDGE,
        "council": ORDERS,
    }.items()
    for name, attack in attacks.items()
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_act__that_no_deal_allows__is_refused_by_name(deals: Deals, attack: str) -> None:
    make, name = ATTACKS[attack]
    act, market = make(deals), deals.market
    market.headers(OTHER)
    with market.unchanged():
        assert market.fate(act, OTHER) == name
    with market.unchanged_on_chain():
        assert market.past_the_api(act) == [name]


def test_finance__one_officer_where_two_sign__is_refused(deals: Deals) -> None:
    """Alone, twice, or with an officer of another bank; two of them are heard."""
    market = deals.market
    one, two, _ = market.keys(CAREFUL)
    finance = deals.finance("free", bank=CAREFUL, advance=UNSEEN)
    digest = market.deployment.digest(finance)
    (sellers, alone) = market.signed(finance, SELLER, [one]).approvals
    with market.unchanged():
        assert market.fate(market.signed(finance, SELLER, [one])) == "ApprovalsMissing"
        twice = SignedAct(finance, (sellers, (*alone, one.sign(digest))))
        assert market.fate(twice) == "ApprovalsUnordered"
        mixed = market.signed(finance, SELLER, [one, market.key(RIVAL)])
        assert market.fate(mixed) == "NotSigner"
    assert market.past_the_api(market.signed(finance, SELLER, [one])) == ["ApprovalsMissing"]
    assert market.past_the_api(twice) == ["ApprovalsUnordered"]
    assert market.past_the_api(mixed) == ["NotSigner"]
    late = replace(finance, validUntil=LONG_AGO)
    assert market.fate(market.signed(late, SELLER, [one, two])) == "Expired"


def test_sound_acts__of_the_same_deals__are_taken(deals: Deals) -> None:
    """So what is refused above is refused for what is wrong with it. Last: it changes the deals."""
    market = deals.market
    for make in (
        _rescission("unpaid and late"),
        _proof("unpaid"),
        _demand("recourse"),
        _buy_back("recourse"),
        _surplus("recourse"),
        _enforcement("pledge"),
        _proof("repayment of pledge, given time"),
        _order("free"),
    ):
        assert market.fate(make(deals)) is None
    for attack, name in (
        (_demand("recourse"), "AlreadyDemanded"),
        (_enforcement("pledge", until=FOREVER - 1), "DealClosed"),
        (_rescission("unpaid and late", until=FOREVER - 1), "AlreadyRescinded"),
        (_proof("unpaid and late"), "AlreadyRescinded"),
        (_enforcement("pledge, given time", until=FOREVER - 1), "DealClosed"),
        (_order("free"), "LotNotLive"),
        (_finance("free", version=2, advance=commitment("new")), "LotNotLive"),
    ):
        act = attack(deals)
        with market.unchanged():
            assert market.fate(act) == name
