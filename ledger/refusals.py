"""The contracts' custom errors, one exception each, with the same names and fields.

Solidity names a field ``lotStart``; so does the exception, since the fields are read beside the
contract. A test holds this file to the compiled contracts.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import Refused


@dataclass
class NotPolicy(Refused):
    caller: str
    status = 403
    summary = "{caller} is not an authorised policy contract."


@dataclass
class NotGovernor(Refused):
    caller: str
    status = 403
    summary = "{caller} does not govern the ledger."


@dataclass
class GovernorStays(Refused):
    status = 403
    summary = "The registry governs the ledger; its own authority cannot be changed."


@dataclass
class UnknownClaim(Refused):
    claim: int
    status = 404
    summary = "There is no claim {claim}."


@dataclass
class UnknownLot(Refused):
    claim: int
    start: int
    status = 404
    summary = "Claim {claim} has no lot that begins at unit {start}."


@dataclass
class LotChanged(Refused):
    claim: int
    start: int
    version: int
    current: int
    status = 409
    summary = "The lot at unit {start} of claim {claim} is at version {current}, not {version}."


@dataclass
class LotNotLive(Refused):
    claim: int
    start: int
    state: int
    status = 409
    summary = "The lot at unit {start} of claim {claim} is no longer live (state {state})."


@dataclass
class NotHolder(Refused):
    claim: int
    start: int
    party: int
    holder: int
    status = 403
    summary = "Party {party} does not hold the lot at unit {start} of claim {claim}."


@dataclass
class OutsideLot(Refused):
    start: int
    end: int
    lotStart: int
    lotEnd: int
    summary = "Units {start} to {end} are not within the lot's {lotStart} to {lotEnd}."


@dataclass
class NotAdjacent(Refused):
    leftEnd: int
    rightStart: int
    summary = "The lots do not touch: one ends at {leftEnd}, the other begins at {rightStart}."


@dataclass
class ZeroAmount(Refused):
    summary = "The amount is zero."


@dataclass
class AmountTooLarge(Refused):
    amount: int
    summary = "{amount} minor units are more than the ledger can hold (2**63 − 1)."


@dataclass
class UnknownParty(Refused):
    party: int
    status = 404
    summary = "There is no party {party}."


@dataclass
class PartyNotActive(Refused):
    party: int
    status = 403
    summary = "Party {party} is not active."


@dataclass
class RoleMissing(Refused):
    party: int
    role: int
    status = 403
    summary = "Party {party} lacks role {role}."


@dataclass
class MalformedIdentifier(Refused):
    summary = "An identifier has 1 to 256 bytes and no control characters."


@dataclass
class AlreadyEnrolled(Refused):
    identifier: str
    party: int
    status = 409
    summary = "{identifier} is enrolled already, as party {party}."


@dataclass
class PartyChanged(Refused):
    party: int
    version: int
    current: int
    status = 409
    summary = "Party {party} is at version {current}, not {version}."


@dataclass
class SignerTaken(Refused):
    signer: str
    party: int
    status = 409
    summary = "{signer} is taken (by party {party}; 0 for this very list) or is the zero address."


@dataclass
class SignerUnknown(Refused):
    signer: str
    party: int
    summary = "{signer} does not sign for party {party}."


@dataclass
class InvalidQuorum(Refused):
    quorum: int
    signers: int
    summary = "{quorum} of {signers} is not a quorum."


@dataclass
class InvalidApproval(Refused):
    position: int
    summary = "Approval {position} is not a valid signature."


@dataclass
class NotSigner(Refused):
    party: int
    signer: str
    status = 403
    summary = "{signer} does not sign for party {party}, or signed something else."


@dataclass
class NotCouncil(Refused):
    signer: str
    status = 403
    summary = "{signer} is not a member of the council, or signed something else."


@dataclass
class ApprovalsUnordered(Refused):
    signer: str
    previous: str
    summary = "Approvals must rise by signer without repeats: {signer} follows {previous}."


@dataclass
class ApprovalsMissing(Refused):
    given: int
    needed: int
    summary = "{given} approvals were given, {needed} are needed."


@dataclass
class WrongEpoch(Refused):
    epoch: int
    expected: int
    status = 409
    summary = "Epoch {epoch} was given, {expected} comes next."


@dataclass
class PolicyVersionStale(Refused):
    policy: str
    version: int
    current: int
    status = 409
    summary = "Policy {policy} is at version {current}, not {version}."


@dataclass
class PolicyNotReady(Refused):
    policy: str
    readyAt: int
    status = 409
    summary = "Policy {policy} is not scheduled, or not ready before {readyAt}."


@dataclass
class ZeroKey(Refused):
    summary = "A validator's key can't be zero."


@dataclass
class ValidatorChanged(Refused):
    key: str
    version: int
    current: int
    status = 409
    summary = "Validator {key} is at version {current}, not {version}."


@dataclass
class ValidatorOfAnother(Refused):
    key: str
    party: int
    current: int
    status = 409
    summary = "Validator {key} is party {current}'s, not party {party}'s."


@dataclass
class NothingChanged(Refused):
    key: str
    power: int
    status = 409
    summary = "Validator {key} has voting power {power} already (0: it is no validator)."


@dataclass
class KeyOfAnotherKind(Refused):
    key: str
    summary = "{key} is not of the validators' kind: all are public keys, or all are addresses."


@dataclass
class PowerTooLarge(Refused):
    power: int
    free: int
    summary = "A voting power of {power} is more than the {free} that a validator set has left."


@dataclass
class LastValidator(Refused):
    key: str
    status = 409
    summary = "{key} is the last validator: without it there would be no blocks."


@dataclass
class Expired(Refused):
    validUntil: int
    status = 410
    summary = "The agreement was valid until {validUntil} (Unix seconds)."


@dataclass
class NotMember(Refused):
    signer: str
    epoch: int
    status = 403
    summary = "{signer} is not an oracle member in epoch {epoch}, or signed something else."


@dataclass
class WrongConfig(Refused):
    config: str
    current: str
    status = 409
    summary = "The payment was witnessed under configuration {config}; {current} is in force."


@dataclass
class PaymentOverallocated(Refused):
    line: str
    free: int
    wanted: int
    status = 409
    summary = "Statement line {line} has {free} minor units left, {wanted} were wanted."


@dataclass
class PaymentContradicted(Refused):
    line: str
    amount: int
    recorded: int
    status = 409
    summary = "Statement line {line} was recorded with {recorded} minor units, not {amount}."


@dataclass
class NoContradiction(Refused):
    summary = "These are not two different readings of one line by one member."


@dataclass
class AlreadyRecorded(Refused):
    line: str
    member: str
    status = 409
    summary = "The equivocation of {member} over {line} is recorded already."


@dataclass
class SelfDealing(Refused):
    party: int
    summary = "Party {party} cannot deal with itself."


@dataclass
class InvoiceVersionStale(Refused):
    fingerprint: str
    version: int
    current: int
    status = 409
    summary = "Invoice {fingerprint} has been used {current} times, not {version}."


@dataclass
class InvoiceMismatch(Refused):
    fingerprint: str
    total: int
    currency: str
    status = 409
    summary = "Invoice {fingerprint} is known with a total of {total} {currency} minor units."


@dataclass
class InvoiceOverused(Refused):
    fingerprint: str
    free: int
    wanted: int
    status = 409
    summary = "Invoice {fingerprint} has {free} minor units left, {wanted} were wanted."


@dataclass
class InvoicesDoNotCover(Refused):
    face: int
    invoiced: int
    summary = "The face is {face}, the invoices' parts come to {invoiced}."


@dataclass
class CurrencyMismatch(Refused):
    currency: str
    expected: str
    summary = "The currency is {currency}; the claim is in {expected}."


@dataclass
class UnknownSubject(Refused):
    subject: str
    summary = "{subject} is not a lot's claim, start and version."


@dataclass
class InvalidDate(Refused):
    date: int
    summary = "{date} is not a date written YYYYMMDD."


@dataclass
class InvalidCurrency(Refused):
    currency: str
    summary = "{currency} is not an ISO 4217 code."


@dataclass
class LotLiened(Refused):
    claim: int
    start: int
    lien: int
    status = 409
    summary = "The lot at unit {start} of claim {claim} is under a lien of party {lien}."


@dataclass
class NotLienholder(Refused):
    claim: int
    start: int
    party: int
    lien: int
    status = 403
    summary = (
        "Party {party} has no lien on the lot at unit {start} of claim {claim} (party "
        "{lien} has; 0: none)."
    )


@dataclass
class LotNotFrozen(Refused):
    claim: int
    start: int
    state: int
    status = 409
    summary = "The lot at unit {start} of claim {claim} is not frozen (state {state})."


@dataclass
class LineUsed(Refused):
    line: str
    status = 409
    summary = "Statement line {line} has served as proof already."


@dataclass
class UnknownMode(Refused):
    mode: int
    summary = "{mode} is not a way to finance: 0 sale, 1 with recourse, 2 pledge."


@dataclass
class CommitmentTaken(Refused):
    commitment: str
    status = 409
    summary = "{commitment} is owed under a deal already; draw a new reference."


@dataclass
class RemittanceMismatch(Refused):
    commitment: str
    status = 409
    summary = "Nothing is owed under {commitment}."


@dataclass
class AlreadyPaid(Refused):
    commitment: str
    status = 409
    summary = "{commitment} is proven paid already."


@dataclass
class AlreadyRescinded(Refused):
    commitment: str
    status = 409
    summary = "Its creditor has rescinded {commitment}."


@dataclass
class NotRescindable(Refused):
    commitment: str
    status = 409
    summary = "{commitment} is neither an advance nor a buy-back: nothing stands against it."


@dataclass
class NotYetLate(Refused):
    payBy: int
    status = 409
    summary = "Payment is in time until {payBy} (Unix seconds)."


@dataclass
class NotDue(Refused):
    date: int
    status = 409
    summary = "It is not past {date} in Shanghai yet."


@dataclass
class DealUnknown(Refused):
    deal: str
    status = 404
    summary = "There is no deal {deal}."


@dataclass
class DealClosed(Refused):
    deal: str
    state: int
    status = 409
    summary = "Deal {deal} is closed (state {state})."


@dataclass
class AdvanceUnpaid(Refused):
    deal: str
    status = 409
    summary = "The advance of deal {deal} is not proven paid."


@dataclass
class NoRecourse(Refused):
    deal: str
    mode: int
    status = 409
    summary = "Deal {deal} has no recourse to the seller (mode {mode})."


@dataclass
class NotPledge(Refused):
    deal: str
    mode: int
    status = 409
    summary = "Deal {deal} is no pledge (mode {mode})."


@dataclass
class OutsideDeal(Refused):
    deal: str
    start: int
    end: int
    summary = "Deal {deal} is about units {start} to {end}."


@dataclass
class AlreadyDemanded(Refused):
    deal: str
    on: int
    status = 409
    summary = "Payment under deal {deal} was demanded on {on}."


@dataclass
class RegistrationUnknown(Refused):
    number: str
    status = 404
    summary = "No registration {number} has been witnessed."


@dataclass
class RegistrationKnown(Refused):
    number: str
    expiresOn: int
    status = 409
    summary = (
        "Registration {number} is known until {expiresOn}; it can only be prolonged, as it is."
    )


@dataclass
class RegistrationForeign(Refused):
    number: str
    bank: int
    status = 403
    summary = "Registration {number} is party {bank}'s."


@dataclass
class RegistrationTooSmall(Refused):
    number: str
    claim: int
    start: int
    end: int
    status = 409
    summary = "Registration {number} covers units {start} to {end} of claim {claim} only."


@dataclass
class RegistrationLapsed(Refused):
    number: str
    expiresOn: int
    status = 409
    summary = "Registration {number} lapsed after {expiresOn}."


@dataclass
class EvidenceMissing(Refused):
    summary = "An order of the council has to commit to its evidence."


@dataclass
class InsufficientGas(Refused):
    position: int
    status = 500
    summary = "The batch ran short of gas at act {position}."


@dataclass
class CallFailed(Refused):
    """A revert without one of the contracts' own errors; ``reason`` is its raw data."""

    reason: str
    summary = "The call failed: {reason}"
