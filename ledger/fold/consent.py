"""Who approved: mirrors ``Approvals.sol``, ``Registry.requireConsent`` and ``requireCouncil``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.approvals import contract_signer, recover
from ledger.fold.findings import ContractApproval
from ledger.fold.step import Step
from ledger.ids import Address, Digest, PartyNo
from ledger.refusals import (
    ApprovalsMissing,
    ApprovalsUnordered,
    InvalidApproval,
    NotCouncil,
    NotMember,
    NotSigner,
    PartyNotActive,
    RoleMissing,
    UnknownParty,
)

Approvals = Sequence[bytes]


def signer(step: Step, approval: bytes, digest: Digest, position: int) -> Address | None:
    """The account that approved. A contract account's word is noted as unproven."""
    step.signatures += 1
    account = recover(approval, digest)
    if account is not None:
        return account
    account = contract_signer(approval)
    if account is None:
        step.broken(InvalidApproval(position))
    else:
        step.unproven.append(ContractApproval(step.entry.index, account))
    return account


def require_party(step: Step, number: int, digest: Digest, amount: int, given: Approvals) -> None:
    """Enough signers of an active party, for an act over ``amount``."""
    party = step.state.parties.get(PartyNo(number))
    if party is None or not party.active:
        step.broken(PartyNotActive(number))
    needed = party.quorum if party is not None and amount > party.dual_above else 1
    _require_count(step, given, needed)
    for account in _in_order(step, digest, given):
        if step.state.party_of.get(account) != number:
            step.broken(NotSigner(number, account))


def require_council(step: Step, digest: Digest, given: Approvals) -> None:
    council = step.state.council
    _require_count(step, given, council.quorum)
    for account in _in_order(step, digest, given):
        if account not in council.members:
            step.broken(NotCouncil(account))


def require_oracles(step: Step, digest: Digest, given: Approvals) -> None:
    oracles = step.state.oracles
    _require_count(step, given, oracles.quorum)
    for account in _in_order(step, digest, given):
        require_oracle(step, account)


def require_oracle(step: Step, account: Address) -> None:
    if account not in step.state.oracles.members:
        step.broken(NotMember(account, step.state.oracles.epoch))


def require_role(step: Step, number: int, role: int) -> None:
    party = step.state.parties.get(PartyNo(number))
    if party is None:
        step.broken(UnknownParty(number))
    elif party.roles & role != role:
        step.broken(RoleMissing(number, role))


def _require_count(step: Step, given: Approvals, needed: int) -> None:
    if len(given) < needed:
        step.broken(ApprovalsMissing(len(given), needed))


def _in_order(step: Step, digest: Digest, given: Approvals) -> Iterator[Address]:
    previous = ""
    for position, approval in enumerate(given):
        account = signer(step, approval, digest, position)
        if account is None:
            continue
        if account.lower() <= previous:
            step.broken(ApprovalsUnordered(account, previous))
        previous = account.lower()
        yield account
