"""Council acts and equivocations: every rule broken is named."""

from __future__ import annotations

import pytest

from ledger.entries import Op
from ledger.fold.validators import MAX_TOTAL_POWER
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from tests.ledger.fold.acts import (
    ENTERPRISE,
    ONE,
    TWO,
    Attack,
    amendment,
    findings_after,
    folded,
    names,
)
from tests.support.synthetic import (
    CORE,
    COUNCIL,
    ORACLES,
    Key,
    SyntheticLedger,
    address_of,
    consortium,
)

VALIDATOR = keccak(b"validator")


def council_without_quorum(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(amendment(TWO), COUNCIL[:1])
    ledger.post_act(signed, Op.NOTED, [TWO])


def council_with_a_stranger(ledger: SyntheticLedger) -> None:
    signed = ledger.signed(amendment(TWO), [COUNCIL[0], Key("stranger")])
    ledger.post_act(signed, Op.NOTED, [TWO])


def amendment_of_an_old_version(ledger: SyntheticLedger) -> None:
    ledger.amend(amendment(TWO))
    ledger.amend(amendment(TWO))


def signer_of_two_parties(ledger: SyntheticLedger) -> None:
    ledger.amend(amendment(TWO, added=(ledger.parties[ONE][0].address,)))


def quorum_beyond_signers(ledger: SyntheticLedger) -> None:
    ledger.amend(amendment(TWO, quorum=2))


def party_enrolled_twice(ledger: SyntheticLedger) -> None:
    ledger.enrol("CORE", CORE, signers=2)


def identifier_with_control_characters(ledger: SyntheticLedger) -> None:
    ledger.enrol("NUL\0", CORE)


def identifier_of_a_whole_page(ledger: SyntheticLedger) -> None:
    ledger.enrol("x" * 300, CORE)


def policy_never_scheduled(ledger: SyntheticLedger) -> None:
    ledger.enact_policy(address_of("stranger"), keccak(b"never"))  # type: ignore[arg-type]


def policy_change_repeated(ledger: SyntheticLedger) -> None:
    ledger.change_policy(address_of("x"), True, 0)
    ledger.change_policy(address_of("x"), True, 0)


def oracle_epoch_skipped(ledger: SyntheticLedger) -> None:
    ledger.seat_oracles(3)


def equivocation_that_is_none(ledger: SyntheticLedger) -> None:
    payment = ledger.payment(ClaimNo(1), 0, 1)
    ledger.equivocation(payment, payment, ORACLES[0])


def validator_key_of_zeros(ledger: SyntheticLedger) -> None:
    ledger.change_validator(bytes(32), ENTERPRISE, 10)


def validator_change_repeated(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10)
    ledger.change_validator(VALIDATOR, ENTERPRISE, 11)


def validator_that_was_never_one_removed(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 0)


def validator_handed_over(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10)
    ledger.change_validator(VALIDATOR, ledger.enrol("BANK", 4), 11, version=1)


def validator_of_a_supplier(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, TWO, 10)


def validator_of_nobody(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, 99, 10)


def validator_of_a_suspended_party(ledger: SyntheticLedger) -> None:
    ledger.amend(amendment(ENTERPRISE, roles=CORE, active=False))
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10)


def validators_of_two_engines(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10)
    ledger.change_validator(bytes(12) + VALIDATOR[12:], ENTERPRISE, 10)


def more_power_than_a_set_can_have(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, MAX_TOTAL_POWER)
    ledger.change_validator(keccak(b"another"), ENTERPRISE, 1)


def last_validator_removed(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10)
    ledger.change_validator(VALIDATOR, ENTERPRISE, 0, version=1)


def validator_admitted_by_one(ledger: SyntheticLedger) -> None:
    ledger.change_validator(VALIDATOR, ENTERPRISE, 10, signers=COUNCIL[:1])


ATTACKS: list[tuple[Attack, str]] = [
    (council_without_quorum, "ApprovalsMissing"),
    (council_with_a_stranger, "NotCouncil"),
    (amendment_of_an_old_version, "PartyChanged"),
    (signer_of_two_parties, "SignerTaken"),
    (quorum_beyond_signers, "InvalidQuorum"),
    (party_enrolled_twice, "AlreadyEnrolled"),
    (identifier_with_control_characters, "MalformedIdentifier"),
    (identifier_of_a_whole_page, "MalformedIdentifier"),
    (policy_never_scheduled, "PolicyNotReady"),
    (policy_change_repeated, "PolicyVersionStale"),
    (oracle_epoch_skipped, "WrongEpoch"),
    (equivocation_that_is_none, "NoContradiction"),
    (validator_key_of_zeros, "ZeroKey"),
    (validator_change_repeated, "ValidatorChanged"),
    (validator_that_was_never_one_removed, "NothingChanged"),
    (validator_handed_over, "ValidatorOfAnother"),
    (validator_of_a_supplier, "RoleMissing"),
    (validator_of_nobody, "UnknownParty"),
    (validator_of_a_suspended_party, "PartyNotActive"),
    (validators_of_two_engines, "KeyOfAnotherKind"),
    (more_power_than_a_set_can_have, "PowerTooLarge"),
    (last_validator_removed, "LastValidator"),
    (validator_admitted_by_one, "ApprovalsMissing"),
]


@pytest.mark.parametrize(
    ("attack", "name"), ATTACKS, ids=lambda value: getattr(value, "__name__", value)
)
def test_fold__entry_that_breaks_a_rule__named(attack: Attack, name: str) -> None:
    assert name in findings_after(attack)


def test_fold__founded_with_an_unlisted_policy__named() -> None:
    ledger = SyntheticLedger()
    ledger.post(0, bytes(32), Op.POLICY_SET, "", [int(address_of("back door"), 16), 1], b"")
    ledger.found()
    assert names(folded(ledger)) == {"UnknownFoundingPolicy"}


def test_fold__identifier_that_is_no_utf8__read_named_and_not_in_the_way() -> None:
    ledger = consortium()
    number = ledger.enrol_with_bytes("LATIN", b"name:CN:L\xe4TIN")
    claim = ledger.issue(ENTERPRISE, number, 10_000)
    found = folded(ledger)
    # The digest comes out wrong, and so does who signed it.
    assert {"MemoNotCanonical", "EntryMismatch", "NotCouncil"} <= names(found)
    assert {finding.entry for finding in found.findings} == {ledger.entries[-2].index}
    assert found.state.parties[number].identifier == "name:CN:L\ufffdTIN"
    assert found.state.is_partitioned(claim)
