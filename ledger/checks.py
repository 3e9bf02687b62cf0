"""What can be known of a signed act before the chain sees it.

The contracts decide; these checks spare the caller a wait and the relayer a lost simulation.
They hold to what the projection knows of parties and members, and leave lots and invoices, which
an act still under way may be about to change, to the simulation. Where both refuse, both refuse
with the same name. ERC-1271 approvals are taken at their word here: only the chain can ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.acts import Approval, SignedAct
from ledger.agreements import Enrolment, Issue, Merge, OracleConfig, Payment, Transfer
from ledger.approvals import signer_of
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.identifiers import MalformedPartyId, party_id
from ledger.ids import Address, Digest, PartyNo
from ledger.money import currency_of
from ledger.refusals import (
    AmountTooLarge,
    ApprovalsMissing,
    ApprovalsUnordered,
    Expired,
    InvalidApproval,
    InvalidDate,
    InvalidQuorum,
    InvoicesDoNotCover,
    NotCouncil,
    NotMember,
    NotSigner,
    PartyNotActive,
    RoleMissing,
    SelfDealing,
    WrongConfig,
    ZeroAmount,
)
from ledger.roles import Role
from ledger.standing import Electorate, Standing
from ledger.typed import Domain, Struct, digest_of

MAX_AMOUNT = (1 << 63) - 1
_FIRST_YEAR = 1970


@dataclass
class OraclesNotConfigured(Refused):
    """The council has not named any oracle members yet."""

    status = 409
    summary = "No oracle members have been named yet."


@dataclass(frozen=True, slots=True)
class Signed:
    """An act, its digest, and who signed it, side by side."""

    act: SignedAct
    digest: Digest
    signers: tuple[tuple[Address, ...], ...]

    @property
    def parties(self) -> Iterator[PartyNo]:
        """The parties whose consent it carries; none for council and oracle acts."""
        if isinstance(self.act.agreement, Issue | Transfer | Merge):
            for side in self.act.kind.sides:
                yield PartyNo(getattr(self.act.agreement, side))


@cache
def _separator(domain: Domain) -> bytes:
    return domain.separator()


def read_signed(act: SignedAct, deployment: Deployment) -> Signed:
    """Recovers every side's signers; InvalidApproval or ApprovalsUnordered."""
    digest = digest_of(act.agreement, _separator(deployment.domain(act.agreement)))
    return Signed(act, digest, tuple(signers_of(side, digest) for side in act.approvals))


def signers_of(approvals: Iterable[Approval], digest: Digest) -> tuple[Address, ...]:
    """Signers in the order given, which has to be rising; InvalidApproval, ApprovalsUnordered."""
    signers: list[Address] = []
    for position, approval in enumerate(approvals):
        signer = signer_of(approval, digest)
        if signer is None:
            raise InvalidApproval(position)
        if signers and signer.lower() <= signers[-1].lower():
            raise ApprovalsUnordered(signer, signers[-1])
        signers.append(signer)
    return tuple(signers)


def check(signed: Signed, standing: Standing, now: int) -> None:
    """Raises the refusal that the chain would, as far as it can be known; ``now`` is Unix time."""
    agreement = signed.act.agreement
    valid_until = getattr(agreement, "validUntil", now)
    if now > valid_until:
        raise Expired(valid_until)
    match agreement:
        case Issue():
            _check_signed_issue(agreement, signed, standing)
        case Transfer():
            _check_signed_transfer(agreement, signed, standing)
        case Merge():
            require_consent(agreement.holder, signed.signers[0], None, standing)
        case Payment():
            _check_signed_payment(agreement, signed, standing)
        case _:
            _check_council_act(agreement, signed, standing)


def require_consent(
    number: int, signers: Iterable[Address], amount: int | None, standing: Standing
) -> None:
    """As ``Registry.requireConsent``; an ``amount`` of None (unknown here) asks for one signer."""
    party = standing.party(number)
    if not party.active:
        raise PartyNotActive(number)
    given = list(signers)
    needed = 1 if amount is None else party.needed(amount)
    if len(given) < needed:
        raise ApprovalsMissing(len(given), needed)
    for signer in given:
        if standing.party_of.get(signer) != number:
            raise NotSigner(number, signer)


def require_date(day: int) -> None:
    """As ``Dates.requireValid``: YYYYMMDD of a real day, or InvalidDate."""
    try:
        valid = date(day // 10_000, day // 100 % 100, day % 100).year >= _FIRST_YEAR
    except ValueError:
        valid = False
    if not valid:
        raise InvalidDate(day)


def check_issue(issue: Issue, standing: Standing) -> None:
    """An issue's terms, whoever has signed them."""
    if issue.debtor == issue.creditor:
        raise SelfDealing(issue.debtor)
    if issue.face == 0:
        raise ZeroAmount
    if issue.face > MAX_AMOUNT:
        raise AmountTooLarge(issue.face)
    require_date(issue.maturity)
    currency_of(issue.currency)
    if not standing.party(issue.debtor).roles & Role.CORE_ENTERPRISE:
        raise RoleMissing(issue.debtor, Role.CORE_ENTERPRISE)
    if any(use.amount == 0 for use in issue.invoices):
        raise ZeroAmount
    invoiced = sum(use.amount for use in issue.invoices)
    if invoiced != issue.face:
        raise InvoicesDoNotCover(issue.face, invoiced)


def check_transfer(transfer: Transfer) -> None:
    """A transfer's terms, whoever has signed them."""
    if transfer.holder == transfer.recipient:
        raise SelfDealing(transfer.holder)
    if transfer.start >= transfer.end:
        raise ZeroAmount
    if transfer.end > MAX_AMOUNT:
        raise AmountTooLarge(transfer.end)


def check_payment(payment: Payment, standing: Standing) -> Electorate:
    """A payment's terms, whoever has signed them; the members who may."""
    if standing.oracles is None:
        raise OraclesNotConfigured
    if payment.config != standing.oracles.config:
        raise WrongConfig("0x" + payment.config.hex(), "0x" + standing.oracles.config.hex())
    if payment.amount == 0:
        raise ZeroAmount
    if payment.amount > MAX_AMOUNT:
        raise AmountTooLarge(payment.amount)
    require_date(payment.bookedOn)
    return standing.oracles


def _check_signed_issue(issue: Issue, signed: Signed, standing: Standing) -> None:
    check_issue(issue, standing)
    debtor, creditor = signed.signers
    require_consent(issue.debtor, debtor, issue.face, standing)
    require_consent(issue.creditor, creditor, issue.face, standing)


def _check_signed_transfer(transfer: Transfer, signed: Signed, standing: Standing) -> None:
    check_transfer(transfer)
    amount = transfer.end - transfer.start
    holder, recipient = signed.signers
    require_consent(transfer.holder, holder, amount, standing)
    require_consent(transfer.recipient, recipient, amount, standing)


def _check_signed_payment(payment: Payment, signed: Signed, standing: Standing) -> None:
    oracles = check_payment(payment, standing)
    for member in signed.signers[0]:
        if member not in oracles.members:
            raise NotMember(member, oracles.epoch)
    _require_count(signed, oracles.quorum)


def _check_council_act(agreement: Struct, signed: Signed, standing: Standing) -> None:
    _check_council_terms(agreement)
    if standing.council is None:
        raise NotCouncil(next(iter(signed.signers[0]), ""))
    for member in signed.signers[0]:
        if member not in standing.council.members:
            raise NotCouncil(member)
    _require_count(signed, standing.council.quorum)


def _check_council_terms(agreement: Struct) -> None:
    if isinstance(agreement, OracleConfig) and not 0 < agreement.quorum <= len(agreement.members):
        raise InvalidQuorum(agreement.quorum, len(agreement.members))
    # One entity spelled in two ways would be two parties; the registry compares by the letter.
    if isinstance(agreement, Enrolment) and party_id(agreement.identifier) != agreement.identifier:
        raise MalformedPartyId(agreement.identifier)


def _require_count(signed: Signed, needed: int) -> None:
    if len(signed.signers[0]) < needed:
        raise ApprovalsMissing(len(signed.signers[0]), needed)
