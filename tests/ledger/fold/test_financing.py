"""Deals folded from entries alone, and entries that no contract would have posted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.deals import DealState, Mode, Outcome
from ledger.errors import Refused
from ledger.fold import fold
from ledger.fold.state import Registered
from ledger.keccak import keccak
from ledger.refusals import (
    AdvanceUnpaid,
    AlreadyDemanded,
    AlreadyPaid,
    CommitmentTaken,
    DealClosed,
    EvidenceMissing,
    LineUsed,
    LotNotLive,
    NoRecourse,
    NotHolder,
    NotPledge,
    NotRescindable,
    NotSigner,
    OutsideDeal,
    RegistrationForeign,
    RegistrationKnown,
    RegistrationTooSmall,
    RegistrationUnknown,
    RemittanceMismatch,
    RoleMissing,
    WrongConfig,
)
from tests.support.synthetic_financing import EXPIRY, SyntheticDesk, lived_deals


def _found(desk: SyntheticDesk) -> set[type[Refused]]:
    entries, deployment = desk.ledger.entries, desk.ledger.deployment
    return {type(one.refusal) for one in fold(entries, deployment, whole=True).findings}


def test_fold__deals_of_every_kind__as_they_ended() -> None:
    desk = lived_deals()
    folded = fold(desk.ledger.entries, desk.ledger.deployment, whole=True)
    assert folded.findings == ()
    state = folded.state
    assert {name: state.deals[desk.deal(name)].state for name in desk.deals} == {
        "sale": DealState.ADVANCED,
        "recourse": DealState.ADVANCED,
        "unpaid": DealState.RESCINDED,
        "unpaid pledge": DealState.RESCINDED,
        "pledge": DealState.REPAID,
        "enforced": DealState.ENFORCED,
    }
    assert state.deals[desk.deal("recourse")].demanded
    assert state.obligations[keccak(b"late buy-back")].outcome is Outcome.RESCINDED
    assert state.registrations == {
        keccak(b"registration"): Registered(desk.claim, 0, 10_000, desk.bank, EXPIRY)
    }
    held = {number: units for (number, _), units in state.held().items()}
    assert held == {desk.bank: 2_000 + 1_000 + 1_000, desk.seller: 3_000, 3: 3_000}


def test_fold__one_claims_book_alone__nothing_found() -> None:
    desk = lived_deals()
    own = [entry for entry in desk.ledger.entries if entry.book in (0, desk.claim)]
    assert fold(own, desk.ledger.deployment, whole=False).findings == ()


def _advanced(mode: Mode) -> SyntheticDesk:
    desk = SyntheticDesk()
    desk.register()
    desk.conclude("deal", mode, 0, 4_000)
    if mode is Mode.PLEDGE:
        desk.prove_on_record("deal")
    else:
        desk.prove_and_release("deal", 0)
    return desk


def _unregistered(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.SALE, 4_000, 5_000, registration=keccak(b"none"))


def _foreign(desk: SyntheticDesk) -> None:
    desk.register(number=keccak(b"other"), bank=3)
    desk.conclude("more", Mode.SALE, 4_000, 5_000, registration=keccak(b"other"))


def _too_small(desk: SyntheticDesk) -> None:
    desk.register(number=keccak(b"small"), end=4_500)
    desk.conclude("more", Mode.SALE, 4_000, 5_000, registration=keccak(b"small"))


def _no_bank(desk: SyntheticDesk) -> None:
    desk.bank = type(desk.bank)(3)
    desk.register(number=keccak(b"no bank's"))
    desk.conclude("more", Mode.SALE, 4_000, 5_000, registration=keccak(b"no bank's"))


def _prolonged_backwards(desk: SyntheticDesk) -> None:
    desk.register(expiresOn=EXPIRY - 1)


def _taken(desk: SyntheticDesk) -> None:
    desk.conclude("deal", Mode.SALE, 4_000, 5_000)


def _proven_twice(desk: SyntheticDesk) -> None:
    desk.prove_on_record("deal", line=keccak(b"another line"))


def _same_line(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.SALE, 4_000, 5_000)
    desk.prove_and_release("more", 4_000, line=keccak(b"line of deal"))


def _nothing_owed(desk: SyntheticDesk) -> None:
    desk.prove_on_record("nothing")


def _old_config(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.SALE, 4_000, 5_000)
    desk.prove_and_release("more", 4_000, config=bytes(32))


def _rescinded_by_the_bank(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.SALE, 4_000, 5_000)
    desk.rescind("more", desk.bank, 4_000, returned=True)


def _demanded_twice(desk: SyntheticDesk) -> None:
    desk.demand("deal", 0)
    desk.demand("deal", 0)


def _demanded_for_another_lot(desk: SyntheticDesk) -> None:
    desk.demand("deal", 4_000)


def _bought_back_too_much(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.RECOURSE, 4_000, 6_000)
    desk.prove_and_release("more", 4_000)
    desk.buy_back("buy-back", "deal", 5_000, 6_000, 4_000)


def _before_the_advance(desk: SyntheticDesk) -> None:
    desk.conclude("more", Mode.RECOURSE, 4_000, 6_000)
    desk.surplus("surplus", "more")


def _surplus_rescinded(desk: SyntheticDesk) -> None:
    desk.surplus("surplus", "deal")
    desk.rescind("surplus", desk.seller, 0, returned=False)


def _enforced_twice(desk: SyntheticDesk) -> None:
    desk.enforce("deal", 0)
    desk.enforce("deal", 0)


def _repaid_after_enforcement(desk: SyntheticDesk) -> None:
    desk.repayment("repayment", "deal")
    desk.enforce("deal", 0)
    desk.prove_on_record("repayment")


def _surplus(desk: SyntheticDesk) -> None:
    desk.surplus("surplus", "deal")


def _enforced(desk: SyntheticDesk) -> None:
    desk.enforce("deal", 0)


def _buy_back_rescinded_while_frozen(desk: SyntheticDesk) -> None:
    desk.buy_back("back", "deal", 0, 4_000, 0)
    desk.order(0, freeze=True)
    desk.rescind("back", desk.bank, 0, returned=False)


def _frozen_without_evidence(desk: SyntheticDesk) -> None:
    desk.order(4_000, freeze=True, evidence=bytes(32))


@pytest.mark.parametrize(
    ("mode", "break_it", "refusal"),
    [
        (Mode.SALE, _unregistered, RegistrationUnknown),
        (Mode.SALE, _foreign, RegistrationForeign),
        (Mode.SALE, _too_small, RegistrationTooSmall),
        (Mode.SALE, _no_bank, RoleMissing),
        (Mode.SALE, _prolonged_backwards, RegistrationKnown),
        (Mode.SALE, _taken, CommitmentTaken),
        (Mode.SALE, _proven_twice, AlreadyPaid),
        (Mode.SALE, _same_line, LineUsed),
        (Mode.SALE, _nothing_owed, RemittanceMismatch),
        (Mode.SALE, _old_config, WrongConfig),
        (Mode.SALE, _rescinded_by_the_bank, NotSigner),
        (Mode.SALE, _surplus, NoRecourse),
        (Mode.SALE, _enforced, NotPledge),
        (Mode.RECOURSE, _demanded_twice, AlreadyDemanded),
        (Mode.RECOURSE, _demanded_for_another_lot, NotHolder),
        (Mode.RECOURSE, _bought_back_too_much, OutsideDeal),
        (Mode.RECOURSE, _before_the_advance, AdvanceUnpaid),
        (Mode.RECOURSE, _surplus_rescinded, NotRescindable),
        (Mode.RECOURSE, _buy_back_rescinded_while_frozen, LotNotLive),
        (Mode.PLEDGE, _enforced_twice, DealClosed),
        (Mode.PLEDGE, _repaid_after_enforcement, DealClosed),
        (Mode.PLEDGE, _frozen_without_evidence, EvidenceMissing),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_fold__rule_broken__found(
    mode: Mode, break_it: Callable[[SyntheticDesk], Any], refusal: type[Refused]
) -> None:
    desk = _advanced(mode)
    assert _found(desk) == set()
    break_it(desk)
    assert refusal in _found(desk)


def test_fold__lien_left_out_of_the_words__found() -> None:
    desk = SyntheticDesk()
    desk.register()
    desk.conclude("deal", Mode.SALE, 0, 4_000)
    entry = desk.ledger.entries[-1]
    words = tuple(word & ~(((1 << 32) - 1) << 192) for word in entry.words)
    desk.ledger.entries[-1] = type(entry)(
        entry.index, entry.book, entry.act, entry.op, entry.policy, words, entry.memo
    )
    assert {name.__name__ for name in _found(desk)} == {"EntryMismatch"}
