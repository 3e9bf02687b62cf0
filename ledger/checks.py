"""What can be known of a signed act before the chain sees it.

The contracts decide; these checks spare the caller a wait and the relayer a lost simulation.
They hold to what the projection knows of parties and members, and leave lots and invoices, which
an act still under way may be about to change, to the simulation. Where both refuse, both refuse
with the same name. ERC-1271 approvals are taken at their word here: only the chain can ask.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.agreements import Enrolment, Issue, Merge, OracleConfig, Payment, Transfer
from ledger.business_day import require_date
from ledger.consent import Signed, require_consent, require_in_time
from ledger.deal_checks import check_rescission, check_signed_finance, check_signed_over_deal
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.identifiers import MalformedPartyId, party_id
from ledger.money import MAX_UNITS, currency_of
from ledger.refusals import (
    AmountTooLarge,
    ApprovalsMissing,
    InvalidQuorum,
    InvoicesDoNotCover,
    NotCouncil,
    NotMember,
    RoleMissing,
    SelfDealing,
    WrongConfig,
    ZeroAmount,
)
from ledger.roles import Role
from ledger.standing import Electorate, Standing
from ledger.typed import Struct


@dataclass
class OraclesNotConfigured(Refused):
    """The council has not named any oracle members yet."""

    status = 409
    summary = "No oracle members have been named yet."


def check(signed: Signed, standing: Standing, now: int) -> None:
    """Raises the refusal that the chain would, as far as it can be known; ``now`` is Unix time."""
    agreement = signed.act.agreement
    require_in_time(agreement, now)
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
            _check_other_act(agreement, signed, standing)


def _check_other_act(agreement: Struct, signed: Signed, standing: Standing) -> None:
    """Financing, and the council."""
    match agreement:
        case Finance():
            check_signed_finance(agreement, signed, standing)
        case BuyBack() | Demand() | Surplus() | Repayment() | Enforcement():
            check_signed_over_deal(agreement, signed, standing)
        case Rescission():
            check_rescission(agreement, signed, standing)
        case Remittance():
            _require_witnesses(signed, check_witnessed(agreement, standing))
        case Registration():
            _require_witnesses(signed, check_registration(agreement, standing))
        case _:
            _check_council_act(agreement, signed, standing)


def check_issue(issue: Issue, standing: Standing) -> None:
    """An issue's terms, whoever has signed them."""
    if issue.debtor == issue.creditor:
        raise SelfDealing(issue.debtor)
    if issue.face == 0:
        raise ZeroAmount
    if issue.face > MAX_UNITS:
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
    if transfer.end > MAX_UNITS:
        raise AmountTooLarge(transfer.end)


def check_witnessed(fact: Payment | Remittance | Registration, standing: Standing) -> Electorate:
    """A fact's configuration and dates, whoever has signed it; the members who may."""
    if standing.oracles is None:
        raise OraclesNotConfigured
    if fact.config != standing.oracles.config:
        raise WrongConfig(hexed(fact.config), hexed(standing.oracles.config))
    require_date(fact.expiresOn if isinstance(fact, Registration) else fact.bookedOn)
    return standing.oracles


def check_payment(payment: Payment, standing: Standing) -> Electorate:
    """A payment's terms, whoever has signed them; the members who may."""
    oracles = check_witnessed(payment, standing)
    if payment.amount == 0:
        raise ZeroAmount
    if payment.amount > MAX_UNITS:
        raise AmountTooLarge(payment.amount)
    return oracles


def check_registration(fact: Registration, standing: Standing) -> Electorate:
    """A registration's terms, whoever has signed them; the members who may."""
    oracles = check_witnessed(fact, standing)
    if fact.start >= fact.end:
        raise ZeroAmount
    if fact.end > MAX_UNITS:
        raise AmountTooLarge(fact.end)
    return oracles


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
    _require_witnesses(signed, check_payment(payment, standing))


def _require_witnesses(signed: Signed, oracles: Electorate) -> None:
    """First how many, then who, as the contract does."""
    _require_count(signed, oracles.quorum)
    for member in signed.signers[0]:
        if member not in oracles.members:
            raise NotMember(member, oracles.epoch)


def _check_council_act(agreement: Struct, signed: Signed, standing: Standing) -> None:
    _check_council_terms(agreement)
    if standing.council is None:
        raise NotCouncil(next(iter(signed.signers[0]), ""))
    _require_count(signed, standing.council.quorum)
    for member in signed.signers[0]:
        if member not in standing.council.members:
            raise NotCouncil(member)


def _check_council_terms(agreement: Struct) -> None:
    if isinstance(agreement, OracleConfig) and not 0 < agreement.quorum <= len(agreement.members):
        raise InvalidQuorum(agreement.quorum, len(agreement.members))
    # One entity spelled in two ways would be two parties; the registry compares by the letter.
    if isinstance(agreement, Enrolment) and party_id(agreement.identifier) != agreement.identifier:
        raise MalformedPartyId(agreement.identifier)


def _require_count(signed: Signed, needed: int) -> None:
    if len(signed.signers[0]) < needed:
        raise ApprovalsMissing(len(signed.signers[0]), needed)
