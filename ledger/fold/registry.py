"""Council acts: mirrors ``Registry.sol`` and ``Attestations.configure``.

Every rule is judged and then the act takes effect all the same, as it did on the chain, so that
later entries are judged against what was posted.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.acts import PolicyEnacted
from ledger.agreements import Amendment, Constitution, Enrolment, OracleConfig, PolicyChange
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_council
from ledger.fold.state import ZERO_ADDRESS, Bench, Party
from ledger.fold.step import Expected, Step
from ledger.ids import CONSORTIUM_BOOK, Digest, PartyNo
from ledger.refusals import (
    AlreadyEnrolled,
    InvalidQuorum,
    MalformedIdentifier,
    PartyChanged,
    PolicyNotReady,
    PolicyVersionStale,
    SignerTaken,
    SignerUnknown,
    UnknownParty,
    WrongEpoch,
)
from ledger.typed import MAX_TEXT

_MOST_SIGNERS = 255
_SPACE, _DELETE = 0x20, 0x7F


def enrol(step: Step, act: Enrolment, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    state = step.state
    _judge_identifier(step, act.identifier)
    if act.identifier in state.numbers:
        step.broken(AlreadyEnrolled(act.identifier, state.numbers[act.identifier]))
    number = PartyNo(len(state.parties) + 1)
    state.numbers[act.identifier] = number
    _admit(step, number, act.signers)
    _require_quorum(step, act.quorum, len(act.signers))
    state.parties[number] = Party(
        act.identifier, 1, act.roles, True, act.quorum, len(act.signers), act.dualAbove
    )
    return Expected(CONSORTIUM_BOOK, Op.NOTED, digest, (number,))


def amend(step: Step, act: Amendment, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    number = PartyNo(act.party)
    current = step.state.parties.get(number)
    if current is None:
        raise UnknownParty(number)
    if current.version != act.version:
        step.broken(PartyChanged(number, act.version, current.version))
    _dismiss(step, number, act.removed)
    _admit(step, number, act.added)
    signers = current.signers + len(act.added) - len(act.removed)
    _require_quorum(step, act.quorum, signers)
    step.state.parties[number] = replace(
        current,
        version=act.version + 1,
        roles=act.roles,
        active=act.active,
        quorum=act.quorum,
        signers=signers,
        dual_above=act.dualAbove,
    )
    return Expected(CONSORTIUM_BOOK, Op.NOTED, digest, (number,))


def constitute(step: Step, act: Constitution, council: Approvals) -> Expected:
    """The founding council seats itself: before it there is none, and no approval is needed."""
    digest = _decided(step, act, council)
    state = step.state
    founding = state.council.epoch == 0
    state.council = _seated(step, state.council, act)
    if founding:
        state.founders = state.council
    return Expected(CONSORTIUM_BOOK, Op.NOTED, digest)


def configure(step: Step, act: OracleConfig, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    step.state.oracles = _seated(step, step.state.oracles, act)
    step.state.config = digest
    return Expected(CONSORTIUM_BOOK, Op.NOTED, digest)


def change_policy(step: Step, act: PolicyChange, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    state = step.state
    version = state.policy_versions.get(act.policy, 0)
    if version != act.version:
        step.broken(PolicyVersionStale(act.policy, act.version, version))
    state.policy_versions[act.policy] = version + 1
    if act.authorised:
        state.scheduled[act.policy] = digest
        return Expected(CONSORTIUM_BOOK, Op.NOTED, digest)
    state.scheduled.pop(act.policy, None)
    state.policies.discard(act.policy)
    return Expected(CONSORTIUM_BOOK, Op.POLICY_SET, digest, (int(act.policy, 16), 0))


def enact_policy(step: Step, call: PolicyEnacted) -> Expected:
    """Carries out a scheduled authorisation. Entries hold no times: the delay is not judged."""
    digest = step.state.scheduled.pop(call.policy, None)
    if digest is None:
        raise PolicyNotReady(call.policy, 0)
    step.state.policies.add(call.policy)
    return Expected(CONSORTIUM_BOOK, Op.POLICY_SET, digest, (int(call.policy, 16), 1))


def _decided(
    step: Step,
    act: Enrolment | Amendment | Constitution | PolicyChange | OracleConfig,
    council: Approvals,
) -> Digest:
    digest = step.digests.of(act)
    require_council(step, digest, council)
    return digest


def _seated(step: Step, before: Bench, act: Constitution | OracleConfig) -> Bench:
    if act.epoch != before.epoch + 1:
        step.broken(WrongEpoch(act.epoch, before.epoch + 1))
    _require_quorum(step, act.quorum, len(act.members))
    members: set[str] = set()
    for member in act.members:
        if member in members or member == ZERO_ADDRESS:
            step.broken(SignerTaken(member, 0))
        members.add(member)
    return Bench(act.epoch, frozenset(members), act.quorum)


def _judge_identifier(step: Step, identifier: str) -> None:
    text = identifier.encode()
    if not 0 < len(text) <= MAX_TEXT or any(byte < _SPACE or byte == _DELETE for byte in text):
        step.broken(MalformedIdentifier())


def _admit(step: Step, number: PartyNo, signers: tuple[str, ...]) -> None:
    for signer in signers:
        taken_by = step.state.party_of.get(signer)
        if taken_by is not None or signer == ZERO_ADDRESS:
            step.broken(SignerTaken(signer, taken_by or 0))
        step.state.party_of[signer] = number


def _dismiss(step: Step, number: PartyNo, signers: tuple[str, ...]) -> None:
    for signer in signers:
        if step.state.party_of.get(signer) != number:
            step.broken(SignerUnknown(signer, number))
        step.state.party_of.pop(signer, None)


def _require_quorum(step: Step, quorum: int, signers: int) -> None:
    if not 0 < quorum <= signers <= _MOST_SIGNERS:
        step.broken(InvalidQuorum(quorum, signers))
