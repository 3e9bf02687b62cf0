"""The validator set: who may be in it, and changes that must not be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chain.contracts import VALIDATORS
from ledger.agreements import FOREVER, PolicyChange, ValidatorChange
from ledger.errors import Refused
from ledger.fold.validators import MAX_TOTAL_POWER
from ledger.keccak import keccak
from ledger.refusals import (
    Expired,
    KeyOfAnotherKind,
    LastValidator,
    NotCouncil,
    NothingChanged,
    NotPolicy,
    PartyNotActive,
    PowerTooLarge,
    RoleMissing,
    UnknownParty,
    ValidatorChanged,
    ValidatorOfAnother,
    ZeroKey,
)
from ledger.roles import NODE_OPERATORS, Role
from scripts.stage import enrolment
from tests.contracts.test_registry import amendment
from tests.support.consortium import BANK, CORE, DUAL, TIER1, Consortium

ONE, TWO, THREE = (keccak(name) for name in (b"one", b"two", b"three"))
ADDRESSES = tuple(bytes(12) + keccak(name)[12:] for name in (b"a", b"b", b"c"))


def change(key: bytes = ONE, **changes: Any) -> ValidatorChange:
    return replace(ValidatorChange(key, BANK, 10, 0, FOREVER), **changes)


def _keys(consortium: Consortium) -> set[bytes]:
    return set(consortium.stage.read(VALIDATORS, "getKeys"))


def _set(consortium: Consortium) -> tuple[int, int]:
    """How many validators there are, and their power together."""
    names = ("validatorCount", "totalPower")
    count, power = (consortium.stage.read(VALIDATORS, name) for name in names)
    return count, power


def test_validators__admitted_changed_and_removed__recorded(consortium: Consortium) -> None:
    consortium.do(change(ONE))
    consortium.do(change(TWO, party=CORE, power=5))
    consortium.do(change(ONE, power=20, version=1))
    assert _keys(consortium) == {ONE, TWO}
    assert _set(consortium) == (2, 25)
    consortium.do(change(ONE, power=0, version=2))
    assert _keys(consortium) == {TWO}
    assert _set(consortium) == (1, 5)
    assert consortium.stage.read(VALIDATORS, "validator", ONE) == (BANK, 0, 3)


@pytest.mark.parametrize("removed", [0, 1, 2])
def test_validators__one_of_three_removed__the_others_stay(
    removed: int, consortium: Consortium
) -> None:
    keys = [ONE, TWO, THREE]
    for key in keys:
        consortium.do(change(key))
    consortium.do(change(keys.pop(removed), power=0, version=1))
    assert _keys(consortium) == set(keys)
    for key in keys:
        consortium.do(change(key, power=11, version=1))
    assert _set(consortium) == (2, 22)
    consortium.do(change(keys.pop(), power=0, version=2))
    assert _keys(consortium) == set(keys)


def test_validators__removed_key__admitted_again_for_another_party(consortium: Consortium) -> None:
    consortium.do(change(ONE))
    consortium.do(change(TWO))
    consortium.do(change(ONE, power=0, version=1))
    consortium.do(change(ONE, party=CORE, version=2))
    assert consortium.stage.read(VALIDATORS, "validator", ONE) == (CORE, 10, 3)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"validUntil": 1}, Expired),
        ({"key": bytes(32)}, ZeroKey),
        ({"version": 1}, ValidatorChanged),
        ({"power": 0}, NothingChanged),
        ({"party": 0}, UnknownParty),
        ({"party": 99}, UnknownParty),
        ({"party": TIER1}, RoleMissing),
        ({"power": MAX_TOTAL_POWER + 1}, PowerTooLarge),
        ({"power": 2**64 - 1}, PowerTooLarge),
    ],
)
def test_admit__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    consortium.refuse(consortium.signed(change(**changes)), refusal)


def test_admit__first_known__is_refused_by_name(consortium: Consortium) -> None:
    consortium.do(change())
    again = change(power=10, version=1)
    consortium.refuse(consortium.signed(again), NothingChanged, power=10)
    other = change(power=11, version=1, party=CORE)
    consortium.refuse(consortium.signed(other), ValidatorOfAnother, party=CORE, current=BANK)
    consortium.refuse(consortium.signed(change(ADDRESSES[0])), KeyOfAnotherKind)
    free = MAX_TOTAL_POWER - 10
    too_much = change(TWO, power=free + 1)
    consortium.refuse(consortium.signed(too_much), PowerTooLarge, free=free)
    consortium.do(change(TWO, power=free))


def test_remove__last_validator__is_refused(consortium: Consortium) -> None:
    consortium.do(change())
    consortium.refuse(consortium.signed(change(power=0, version=1)), LastValidator)


def test_change__replayed__is_refused(consortium: Consortium) -> None:
    act = consortium.signed(change())
    consortium.do(act)
    consortium.refuse(act, ValidatorChanged, version=0, current=1)
    consortium.do(change(TWO))
    consortium.do(change(power=0, version=1))
    consortium.refuse(act, ValidatorChanged, version=0, current=2)


def test_change__not_the_councils__is_refused(consortium: Consortium) -> None:
    signed = consortium.signed(change(), [consortium.council[0], consortium.thief])
    consortium.refuse(signed, NotCouncil, signer=consortium.thief.address)


def test_change__suspended_party__only_leaves(consortium: Consortium) -> None:
    """A party that may not act any more must not keep its node, nor get a heavier one."""
    bank = consortium.stage.signed(
        replace(amendment(consortium).agreement, roles=int(Role.BANK)),
        consortium.council[:2],
    )
    consortium.do(bank)
    consortium.do(change(ONE, party=DUAL))
    consortium.do(change(TWO))
    consortium.do(amendment(consortium, version=2, roles=int(Role.BANK), active=False))
    heavier = change(ONE, party=DUAL, power=11, version=1)
    consortium.refuse(consortium.signed(heavier), PartyNotActive, party=DUAL)
    consortium.do(change(ONE, party=DUAL, power=0, version=1))


@pytest.mark.parametrize("role", list(Role))
def test_admit__each_role__only_operators(role: Role, consortium: Consortium) -> None:
    consortium.do(enrolment("test:new", role, [consortium.cast.key("new")]))
    act = consortium.signed(change(party=DUAL + 1))
    if role & NODE_OPERATORS:
        consortium.do(act)
    else:
        consortium.refuse(act, RoleMissing, role=int(NODE_OPERATORS))


def test_get_validators__addresses__as_besu_reads_them(consortium: Consortium) -> None:
    assert consortium.stage.read(VALIDATORS, "getValidators") == ()
    for key in ADDRESSES:
        consortium.do(change(key))
    expected = {"0x" + key[12:].hex() for key in ADDRESSES}
    assert set(consortium.stage.read(VALIDATORS, "getValidators")) == expected
    consortium.refuse(consortium.signed(change(ONE)), KeyOfAnotherKind)


def test_get_validators__public_keys__none(consortium: Consortium) -> None:
    consortium.do(change())
    assert consortium.stage.read(VALIDATORS, "getValidators") == ()


def test_change__policy_ended__is_refused(consortium: Consortium) -> None:
    validators = consortium.stage.deployment.validators
    consortium.do(PolicyChange(validators, False, 0, FOREVER))
    consortium.refuse(consortium.signed(change()), NotPolicy, caller=validators)
