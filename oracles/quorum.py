"""Members' signatures over one payment, until enough of them agree.

Every reading of a line gathers its own signatures. A member that contradicts the others vetoes
nothing: it stays visible, and a quorum for one reading is a quorum. A member that signs two
readings of one line counts for neither, and the two signatures go to the chain as evidence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from ledger.acts import (
    EQUIVOCATION,
    Equivocation,
    SignedAct,
    equivocation_act,
    equivocation_call,
)
from ledger.agreements import Payment
from ledger.approvals import in_order, recover
from ledger.checks import check_payment
from ledger.deployment import Deployment
from ledger.ids import Address, Digest, PartyNo
from ledger.refusals import InvalidApproval, NotMember
from ledger.standing import Electorate, Standing
from ledger.store.connection import Connection
from ledger.store.keeping.attestations import Tally, Witnessed, keep_signature, readings_of
from ledger.store.outbox import NewAct, accept
from ledger.store.reading.members import oracles
from ledger.store.reading.receivables import current_lots
from ledger.words import LotRef


@dataclass(frozen=True)
class Brought:
    """A member's approval of a payment, when it came (Unix seconds), and by which request."""

    payment: Payment
    approval: bytes
    now: int
    request_id: str | None = None


def attest(connection: Connection, deployment: Deployment, brought: Brought) -> Tally:
    """Keeps a member's signature; once a quorum has signed, the payment goes to the outbox.

    A contract account's approval is none here, because only the chain can ask that account:
    anyone could make one up, and with it spoil the member's vote.

    Raises ``OraclesNotConfigured``, ``WrongConfig``, ``ZeroAmount``, ``AmountTooLarge``,
    ``InvalidDate``, ``InvalidApproval`` or ``NotMember``, and then has kept nothing.
    """
    payment, approval, request_id = brought.payment, brought.approval, brought.request_id
    members = check_payment(payment, Standing(oracles=oracles(connection)))
    digest = deployment.digest(payment)
    member = _member(members, approval, digest)
    concerned = _concerned(connection, payment)
    keep_signature(connection, digest, payment, concerned, member, approval, brought.now)
    readings = readings_of(connection, payment.config, payment.line)
    tally = tally_of(digest, readings, members)
    if len(tally.given) >= members.quorum:
        accept(connection, [_settling(deployment, tally, readings, request_id)])
    if member not in _two_faced(readings):
        return tally
    accept(connection, [_accusing(deployment, readings, member, request_id)])
    return replace(tally, contradicted=member)


def tally_of(digest: Digest, readings: list[Witnessed], members: Electorate) -> Tally:
    """How the payment with this digest stands among the readings of its line."""
    reading = next(one for one in readings if one.digest == digest)
    two_faced = _two_faced(readings)
    given = [one for one in reading.signatures if one in members.members and one not in two_faced]
    others = tuple(one.digest for one in readings if one.digest != digest)
    return Tally(digest, reading.payment, tuple(given), members.quorum, others)


def _member(members: Electorate, approval: bytes, digest: Digest) -> Address:
    member = recover(approval, digest)
    if member is None:
        raise InvalidApproval(0)
    if member not in members.members:
        raise NotMember(member, members.epoch)
    return member


def _concerned(connection: Connection, payment: Payment) -> tuple[PartyNo | None, PartyNo | None]:
    ref = LotRef.from_subject(payment.subject)
    found = current_lots(connection, [ref]).get((ref.claim, ref.start))
    return (None, None) if found is None else (found[1].debtor, found[0].holder)


def _two_faced(readings: list[Witnessed]) -> set[Address]:
    """Members that have signed more than one of these readings."""
    signed = Counter(member for reading in readings for member in reading.signatures)
    return {member for member, times in signed.items() if times > 1}


def _accusing(
    deployment: Deployment, readings: list[Witnessed], member: Address, request_id: str | None
) -> NewAct:
    """The two oldest readings are evidence enough: further ones leave the call as it is."""
    one, other = [reading for reading in readings if member in reading.signatures][:2]
    found = Equivocation(
        one.payment, one.signatures[member], other.payment, other.signatures[member]
    )
    return NewAct(
        digest=equivocation_act(one.payment.line, member),
        kind=EQUIVOCATION,
        target=deployment.attestations,
        call=equivocation_call(found),
        request_id=request_id,
    )


def _settling(
    deployment: Deployment, tally: Tally, readings: list[Witnessed], request_id: str | None
) -> NewAct:
    """The first quorum's signatures, so that later ones leave the call as it is."""
    reading = next(one for one in readings if one.digest == tally.digest)
    chosen = [reading.signatures[member] for member in tally.given[: tally.needed]]
    act = SignedAct(tally.payment, (in_order(chosen, tally.digest),))
    return NewAct(
        digest=tally.digest,
        kind=act.kind.name,
        target=deployment.address(act.kind.contract),
        call=act.call_data(),
        request_id=request_id,
    )
