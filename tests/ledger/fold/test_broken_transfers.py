"""Transfers, merges and the entries that tell of them: every rule broken is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.acts import SignedAct
from ledger.entries import Op
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from tests.ledger.fold.acts import (
    CAREFUL,
    ONE,
    THREE,
    TWO,
    Attack,
    amendment,
    findings_after,
    post_transfer,
    transfer,
)
from tests.support.synthetic import (
    DEPLOYMENT,
    Key,
    SyntheticLedger,
    address_of,
)


def one_signature_for_both_sides(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(), ledger.parties[ONE], ledger.parties[ONE])


def recipient_did_not_sign(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(), ledger.parties[ONE], [])


def signature_of_another_act(ledger: SyntheticLedger) -> None:
    other = ledger.signed(transfer(end=5), ledger.parties[ONE], ledger.parties[TWO])
    ledger.post_transfer(SignedAct(transfer(), other.approvals))


def broken_signature(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(transfer(), ledger.parties[ONE], ledger.parties[TWO])
    ledger.post_transfer(SignedAct(signed.agreement, ((bytes(65),), signed.approvals[1])))


def same_signer_twice(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(), 2 * ledger.parties[ONE], ledger.parties[TWO])


def one_of_two_signers(ledger: SyntheticLedger) -> None:
    post_transfer(
        ledger, transfer(recipient=CAREFUL), ledger.parties[ONE], ledger.parties[CAREFUL][:1]
    )


def removed_signer(ledger: SyntheticLedger) -> None:
    gone = ledger.parties[TWO][0].address
    ledger.amend(amendment(TWO, added=(Key("new").address,), removed=(gone,)))
    post_transfer(ledger, transfer())


def suspended_party(ledger: SyntheticLedger) -> None:
    ledger.amend(amendment(TWO, active=False))
    post_transfer(ledger, transfer())


def not_the_holder(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(holder=THREE))


def stale_version(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(version=9))


def to_itself(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer(recipient=ONE))


def nothing_moved(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(transfer(end=0), ledger.parties[ONE], ledger.parties[TWO])
    ledger.post_act(signed, Op.MOVED, [], 1)


def beyond_the_lot(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(transfer(end=10_001), ledger.parties[ONE], ledger.parties[TWO])
    ledger.post_act(signed, Op.MOVED, [], 1)


def unknown_lot(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(transfer(lot=5), ledger.parties[ONE], ledger.parties[TWO])
    ledger.post_act(signed, Op.MOVED, [], 1)


def words_of_another_transfer(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    last = ledger.entries[-1]
    ledger.entries[-1] = replace(last, words=(last.words[0] ^ (1 << 160), *last.words[1:]))


def act_of_another_digest(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], act=keccak(b"another"))


def in_another_book(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], book=ClaimNo(0))


def under_another_op(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], op=Op.MERGED)


def by_an_unknown_contract(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], policy=address_of("stranger"))


def by_a_policy_without_authority(ledger: SyntheticLedger) -> None:
    ledger.change_policy(DEPLOYMENT.receivables, False, 0)
    post_transfer(ledger, transfer())


def memo_with_a_stray_byte(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], memo=ledger.entries[-1].memo + bytes(32))


def memo_cut_short(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], memo=ledger.entries[-1].memo[:-64])


def memo_of_no_known_call(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries[-1] = replace(ledger.entries[-1], memo=b"\x00\x01\x02\x03")


def memo_empty_after_the_founding(ledger: SyntheticLedger) -> None:
    ledger.post(0, bytes(32), Op.POLICY_SET, "", [int(address_of("x"), 16), 1], b"")


def entry_left_out(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    del ledger.entries[-2]


def entry_twice(ledger: SyntheticLedger) -> None:
    post_transfer(ledger, transfer())
    ledger.entries.append(ledger.entries[-1])


def merge_of_lots_apart(ledger: SyntheticLedger) -> None:
    ledger.transfer(ClaimNo(1), 0, 4_000, 5_000, TWO)
    ledger.merge(ClaimNo(1), 0, 5_000)


ATTACKS: list[tuple[Attack, str]] = [
    (one_signature_for_both_sides, "NotSigner"),
    (recipient_did_not_sign, "ApprovalsMissing"),
    (signature_of_another_act, "NotSigner"),
    (broken_signature, "InvalidApproval"),
    (same_signer_twice, "ApprovalsUnordered"),
    (one_of_two_signers, "ApprovalsMissing"),
    (removed_signer, "NotSigner"),
    (suspended_party, "PartyNotActive"),
    (not_the_holder, "NotHolder"),
    (stale_version, "LotChanged"),
    (to_itself, "SelfDealing"),
    (nothing_moved, "ZeroAmount"),
    (beyond_the_lot, "OutsideLot"),
    (unknown_lot, "UnknownLot"),
    (words_of_another_transfer, "EntryMismatch"),
    (act_of_another_digest, "EntryMismatch"),
    (in_another_book, "EntryMismatch"),
    (under_another_op, "EntryMismatch"),
    (by_an_unknown_contract, "WrongPoster"),
    (by_a_policy_without_authority, "NotPolicy"),
    (memo_with_a_stray_byte, "MemoNotCanonical"),
    (memo_cut_short, "MemoUnreadable"),
    (memo_of_no_known_call, "MemoUnreadable"),
    (memo_empty_after_the_founding, "MemoUnreadable"),
    (entry_left_out, "EntryOutOfPlace"),
    (entry_twice, "EntryOutOfPlace"),
    (merge_of_lots_apart, "NotAdjacent"),
]


@pytest.mark.parametrize(
    ("attack", "name"), ATTACKS, ids=lambda value: getattr(value, "__name__", value)
)
def test_fold__entry_that_breaks_a_rule__named(attack: Attack, name: str) -> None:
    assert name in findings_after(attack)
