"""Whose nodes make the blocks: mirrors ``Validators.sol``."""

from __future__ import annotations

from ledger.agreements import ValidatorChange
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_council
from ledger.fold.state import State, Validator
from ledger.fold.step import Expected, Step
from ledger.hexadecimal import hexed
from ledger.ids import CONSORTIUM_BOOK, PartyNo
from ledger.refusals import (
    KeyOfAnotherKind,
    LastValidator,
    NothingChanged,
    PartyNotActive,
    PowerTooLarge,
    RoleMissing,
    UnknownParty,
    ValidatorChanged,
    ValidatorOfAnother,
    ZeroKey,
)
from ledger.roles import NODE_OPERATORS

MAX_TOTAL_POWER = ((1 << 63) - 1) // 8
_ADDRESS_PADDING = bytes(12)


def change(step: Step, act: ValidatorChange, council: Approvals) -> Expected:
    digest = step.digests.of(act)
    require_council(step, digest, council)
    current = step.state.validators.get(act.key, Validator(PartyNo(0), 0, 0))
    _judge_fit(step, act, current)
    if act.power:
        _judge_operator(step, act.party)
    if not current.power:
        _judge_kind(step, act.key)
    if not act.power and not _others(step.state, act.key):
        step.broken(LastValidator(hexed(act.key)))
    step.state.validators[act.key] = Validator(PartyNo(act.party), act.power, act.version + 1)
    return Expected(CONSORTIUM_BOOK, Op.NOTED, digest)


def _judge_fit(step: Step, act: ValidatorChange, current: Validator) -> None:
    key = hexed(act.key)
    if not any(act.key):
        step.broken(ZeroKey())
    if act.version != current.version:
        step.broken(ValidatorChanged(key, act.version, current.version))
    if act.power == current.power:
        step.broken(NothingChanged(key, act.power))
    if current.power and act.party != current.party:
        step.broken(ValidatorOfAnother(key, act.party, current.party))
    free = MAX_TOTAL_POWER - sum(one.power for one in _others(step.state, act.key).values())
    if act.power > free:
        step.broken(PowerTooLarge(act.power, free))


def _judge_operator(step: Step, number: int) -> None:
    party = step.state.parties.get(PartyNo(number))
    if party is None:
        step.broken(UnknownParty(number))
        return
    if not party.active:
        step.broken(PartyNotActive(number))
    if not party.roles & NODE_OPERATORS:
        step.broken(RoleMissing(number, NODE_OPERATORS))


def _judge_kind(step: Step, key: bytes) -> None:
    if any(_is_address(other) != _is_address(key) for other in _others(step.state, key)):
        step.broken(KeyOfAnotherKind(hexed(key)))


def _others(state: State, key: bytes) -> dict[bytes, Validator]:
    """The validators in force beside this one."""
    return {other: one for other, one in state.validators.items() if one.power and other != key}


def _is_address(key: bytes) -> bool:
    return key[:12] == _ADDRESS_PADDING
