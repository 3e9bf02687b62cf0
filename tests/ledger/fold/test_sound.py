"""The fold accepts whatever the contracts would do."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.acts import SignedAct
from ledger.fold import ContractApproval, PriorUses, fold
from ledger.fold.state import Validator
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.words import LotState
from tests.ledger.fold.acts import (
    ENTERPRISE,
    ONE,
    THREE,
    TWO,
    amendment,
    claim_of,
    folded,
    transfer,
)
from tests.support.synthetic import (
    DEPLOYMENT,
    ORACLES,
    Key,
    SyntheticLedger,
    address_of,
    consortium,
    lived_claim,
)


def test_fold__a_claims_whole_life__nothing_found_and_every_unit_paid() -> None:
    ledger, claim = lived_claim()
    found = folded(ledger)
    assert found.findings == ()
    assert found.unproven == ()
    assert found.state.held() == {(TWO, "CNY"): 500}
    assert sum(found.state.discharged().values()) == 10_000
    assert found.state.is_partitioned(claim)


def test_fold__council_acts_of_every_kind__nothing_found() -> None:
    ledger = consortium()
    added, removed = Key("added"), ledger.parties[ONE][0]
    ledger.amend(amendment(ONE, added=(added.address,), removed=(removed.address,)))
    scheduled = ledger.change_policy(DEPLOYMENT.receivables, False, 0)
    scheduled = ledger.change_policy(DEPLOYMENT.receivables, True, 1)
    ledger.enact_policy(DEPLOYMENT.receivables, scheduled)
    ledger.seat_oracles(2, ORACLES[1:])
    ledger.parties[ONE] = [added]
    claim = claim_of(ledger)
    one = ledger.payment(claim, 0, 500, line="x")
    ledger.equivocation(one, replace(one, amount=501), ORACLES[1])
    found = folded(ledger)
    assert found.findings == ()
    assert found.state.equivocations == {(keccak(b"x"), ORACLES[1].address)}


def test_fold__validators_admitted_changed_and_removed__as_the_council_decided() -> None:
    ledger = consortium()
    one, two = keccak(b"one"), keccak(b"two")
    ledger.change_validator(one, ENTERPRISE, 10)
    ledger.change_validator(two, ENTERPRISE, 10)
    ledger.change_validator(two, ENTERPRISE, 15, version=1)
    ledger.change_validator(one, ENTERPRISE, 0, version=1)
    bank = ledger.enrol("BANK", 4)
    ledger.change_validator(one, bank, 5, version=2)
    found = folded(ledger)
    assert found.findings == ()
    assert found.state.validators == {
        one: Validator(bank, 5, 3),
        two: Validator(ENTERPRISE, 15, 2),
    }


def test_fold__one_payment_over_two_lots__allocated_up_to_its_amount() -> None:
    ledger = consortium()
    claim = claim_of(ledger)
    ledger.settle(ledger.payment(claim, 0, 4_000, line="x"))
    ledger.settle(ledger.payment(claim, 4_000, 6_000, line="y"))
    found = folded(ledger)
    assert found.findings == ()
    assert [lot.state for lot in found.state.current_lots(claim)] == 2 * [LotState.DISCHARGED]


def test_fold__a_claims_book_alone__earlier_uses_of_its_invoice_unproven() -> None:
    ledger = consortium()
    claim_of(ledger)
    ledger.issue(ENTERPRISE, TWO, 5_000, invoice="first", total=15_000)
    entries = [entry for entry in ledger.entries if entry.book != 1]
    found = fold(entries, DEPLOYMENT, whole=False)
    assert found.findings == ()
    assert found.unproven == (PriorUses(ledger.entries[-1].index, keccak(b"first"), 1),)


def test_fold__contract_account__unproven_and_named() -> None:
    ledger = consortium()
    claim = claim_of(ledger)
    wallet = address_of("wallet")
    ledger.amend(amendment(TWO, added=(wallet,)))
    act = transfer(claim)
    signed = ledger.signed(act, ledger.parties[ONE])
    approval = bytes.fromhex(wallet[2:]) + b"anything"
    ledger.post_transfer(SignedAct(act, (*signed.approvals[:1], (approval,))))
    found = folded(ledger)
    assert found.findings == ()
    assert found.unproven == (ContractApproval(ledger.entries[-1].index, wallet),)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_fold__random_splits_merges_and_payments__nothing_found(data: st.DataObject) -> None:
    ledger = consortium()
    claim = ledger.issue(ENTERPRISE, ONE, 1_000)
    for _ in range(data.draw(st.integers(1, 15))):
        random_act(ledger, claim, data)
    found = folded(ledger)
    assert found.findings == ()
    live = {start: lot for (_, start), lot in ledger.lots.items()}
    assert {lot.start: lot for lot in found.state.current_lots(claim)} == live


def random_act(ledger: SyntheticLedger, claim: ClaimNo, data: st.DataObject) -> None:
    live = sorted(s for (_, s), lot in ledger.lots.items() if lot.state is LotState.LIVE)
    if not live:
        return
    lot = ledger.lots[claim, data.draw(st.sampled_from(live))]
    neighbour = ledger.lots.get((claim, lot.end))
    kind = data.draw(st.sampled_from(["transfer", "merge", "settle"]))
    if kind == "settle":
        ledger.settle(ledger.payment(claim, lot.start, data.draw(st.integers(1, 2 * lot.amount))))
    elif kind == "merge" and neighbour and neighbour.state is LotState.LIVE:
        if neighbour.holder == lot.holder:
            ledger.merge(claim, lot.start, lot.end)
    else:
        start = data.draw(st.integers(lot.start, lot.end - 1))
        end = data.draw(st.integers(start + 1, lot.end))
        others = [party for party in (ONE, TWO, THREE) if party != lot.holder]
        ledger.transfer(claim, lot.start, start, end, data.draw(st.sampled_from(others)))


def test_fold__currency_of_no_letters_in_an_equivocation__read_all_the_same() -> None:
    """Any three bytes can be signed and posted: no reader may choke on them."""
    ledger = consortium()
    one = replace(ledger.payment(claim_of(ledger), 0, 1), currency="\xff\x80\x00")
    ledger.equivocation(one, replace(one, amount=2), ORACLES[0])
    assert folded(ledger).findings == ()
