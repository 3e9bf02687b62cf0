"""Members' signatures over one fact, until enough of them agree.

Every reading of a source gathers its own signatures. A member that contradicts the others vetoes
nothing: it stays visible, and a quorum for one reading is a quorum. A member that signs contrary
readings of one source counts for none of them, whichever kinds they are; two payments go to the
chain as evidence, which is all that its contract takes.
"""

from __future__ import annotations

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
from ledger.business_day import business_day, number_of
from ledger.checks import check_payment, check_registration, check_witnessed
from ledger.deals import Registration, Remittance
from ledger.deployment import Deployment
from ledger.hexadecimal import hexed
from ledger.ids import Address, Digest, PartyNo
from ledger.refusals import InvalidApproval, NotMember, RegistrationLapsed, UnknownClaim
from ledger.standing import Electorate, Standing
from ledger.store.connection import Connection
from ledger.store.keeping.attestations import (
    About,
    MemberSignature,
    Tally,
    Witnessed,
    keep_signature,
    readings_of,
    two_faced,
)
from ledger.store.outbox import NewAct, accept
from ledger.store.reading.members import oracles
from ledger.store.reading.owed import owed_under
from ledger.store.reading.receivables import asked_about, current_lots
from ledger.store.reading.registrations import RegistrationRecord, registration_numbered
from ledger.witnessing import Fact, source_of
from ledger.words import LotRef


@dataclass(frozen=True)
class Brought:
    """A member's approval of a fact, when it came (Unix seconds), and by which request."""

    fact: Fact
    approval: bytes
    now: int
    request_id: str | None = None


def attest(connection: Connection, deployment: Deployment, brought: Brought) -> Tally:
    """Keeps a member's signature; once a quorum has signed, the fact goes to the outbox. A
    remittance of a debt that isn't on the ledger yet stays here: whichever member brings its
    signature again afterwards sends it off. A registration read otherwise than the ledger has it
    stays here for good.

    A contract account's approval is none here, because only the chain can ask that account:
    anyone could make one up, and with it spoil the member's vote.

    Raises ``OraclesNotConfigured``, ``WrongConfig``, ``ZeroAmount``, ``AmountTooLarge``,
    ``InvalidDate``, ``RegistrationLapsed``, ``UnknownClaim``, ``InvalidApproval`` or
    ``NotMember``, and then has kept nothing.
    """
    fact, request_id = brought.fact, brought.request_id
    members = _check(fact, Standing(oracles=oracles(connection)), brought.now)
    about = _about(connection, fact)
    digest = deployment.digest(fact)
    member = _member(members, brought.approval, digest)
    signature = MemberSignature(member, brought.approval, brought.now)
    keep_signature(connection, digest, fact, about, signature)
    readings = readings_of(connection, fact.config, source_of(fact))
    tally = tally_of(digest, readings, members)
    if len(tally.given) >= members.quorum and _has_its_place(connection, fact, about):
        accept(connection, [_posting(deployment, tally, readings, request_id)])
    if member not in two_faced(readings):
        return tally
    accused = _accusing(deployment, readings, member, request_id)
    if accused is not None:
        accept(connection, [accused])
    evidence = None if accused is None else accused.digest
    return replace(tally, contradicted=member, evidence=evidence)


def tally_of(digest: Digest, readings: list[Witnessed], members: Electorate) -> Tally:
    """How the fact with this digest stands among the readings of its source."""
    reading = next(one for one in readings if one.digest == digest)
    doubtful = two_faced(readings)
    given = [one for one in reading.signatures if one in members.members and one not in doubtful]
    others = tuple(one.digest for one in readings if one.stem != reading.stem)
    return Tally(digest, reading.fact, tuple(given), members.quorum, others)


def _check(fact: Fact, standing: Standing, now: int) -> Electorate:
    match fact:
        case Payment():
            return check_payment(fact, standing)
        case Remittance():
            return check_witnessed(fact, standing)
        case Registration():
            if number_of(business_day(now)) > fact.expiresOn:
                raise RegistrationLapsed(hexed(fact.number), fact.expiresOn)
            return check_registration(fact, standing)


def _member(members: Electorate, approval: bytes, digest: Digest) -> Address:
    member = recover(approval, digest)
    if member is None:
        raise InvalidApproval(0)
    if member not in members.members:
        raise NotMember(member, members.epoch)
    return member


def _about(connection: Connection, fact: Fact) -> About:
    match fact:
        case Payment():
            ref = LotRef.from_subject(fact.subject)
            found = current_lots(connection, [ref]).get((ref.claim, ref.start))
            if found is None:
                return About(ref.claim)
            return About(ref.claim, found[1].debtor, found[0].holder)
        case Remittance():
            owed = owed_under(connection, [fact.commitment]).get(fact.commitment)
            return About() if owed is None else About(owed.claim, owed.payer, owed.payee)
        case Registration():
            claim = asked_about(connection, fact.claim)
            if claim is None:
                raise UnknownClaim(fact.claim)
            return About(claim.number, PartyNo(fact.bank))


def _has_its_place(connection: Connection, fact: Fact, about: About) -> bool:
    """Whether the chain has what the fact is about, as the fact has it.

    The chain would refuse what isn't owed, and a refused act comes back only with other
    signatures: too late for the debt that the bank paid as soon as it was agreed. It would take a
    registration prolonged with another time, which is what priority goes by.
    """
    match fact:
        case Payment():
            return True
        case Remittance():
            return about.claim is not None
        case Registration():
            known = registration_numbered(connection, fact.number)
            return known is None or _is_of(fact, known)


def _is_of(fact: Registration, known: RegistrationRecord) -> bool:
    return (fact.claim, fact.start, fact.end, fact.bank, fact.registeredAt) == (
        known.claim,
        known.start,
        known.end,
        known.bank,
        known.registered_at,
    )


def _accusing(
    deployment: Deployment, readings: list[Witnessed], member: Address, request_id: str | None
) -> NewAct | None:
    """The two oldest payments are evidence enough: further ones leave the call as it is."""
    signed = [
        (reading.fact, reading.signatures[member])
        for reading in readings
        if member in reading.signatures and isinstance(reading.fact, Payment)
    ]
    if len(signed) < 2:
        return None
    (one, one_approval), (other, other_approval) = signed[:2]
    found = Equivocation(one, one_approval, other, other_approval)
    return NewAct(
        digest=equivocation_act(one.line, member),
        kind=EQUIVOCATION,
        target=deployment.attestations,
        call=equivocation_call(found),
        request_id=request_id,
    )


def _posting(
    deployment: Deployment, tally: Tally, readings: list[Witnessed], request_id: str | None
) -> NewAct:
    """The first quorum's signatures, so that later ones leave the call as it is."""
    reading = next(one for one in readings if one.digest == tally.digest)
    chosen = [reading.signatures[member] for member in tally.given[: tally.needed]]
    act = SignedAct(tally.fact, (in_order(chosen, tally.digest),))
    return NewAct(
        digest=tally.digest,
        kind=act.kind.name,
        target=deployment.address(act.kind.contract),
        call=act.call_data(),
        request_id=request_id,
    )
