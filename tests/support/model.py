"""What the contracts should do, said a second time and in another way.

Shares no logic with ``ledger`` or the contracts: plain dictionaries and the names of errors, in
the order in which the contracts check. Signatures come in as the addresses they recover to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.agreements import (
    Amendment,
    Constitution,
    Enrolment,
    Issue,
    Merge,
    OracleConfig,
    Payment,
    PolicyChange,
    Transfer,
    ValidatorChange,
)
from tests.support.model_state import (
    Invoice,
    Line,
    Members,
    Party,
    Place,
    Signers,
    Validator,
    all_among,
    refuse_if,
    subject_fields,
)

MOST = 2**63 - 1
MOST_POWER = (2**63 - 1) // 8
SPENT = 2**64 - 1
CORE_ENTERPRISE = 1
NODE_OPERATORS = {1, 4, 32}


@dataclass
class Model:
    registry: str
    council: Members
    now: int
    oracles: Members = field(default_factory=Members)
    config: bytes = bytes(32)
    parties: dict[int, Party] = field(default_factory=dict)
    identifiers: dict[str, int] = field(default_factory=dict)
    claims: dict[int, Issue] = field(default_factory=dict)
    places: dict[int, dict[int, Place]] = field(default_factory=dict)
    invoices: dict[bytes, Invoice] = field(default_factory=dict)
    lines: dict[bytes, Line] = field(default_factory=dict)
    accused: set[tuple[bytes, str]] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)
    policy_versions: Counter[str] = field(default_factory=Counter)
    scheduled: set[str] = field(default_factory=set)
    validators: dict[bytes, Validator] = field(default_factory=dict)

    # ── acts: each raises a Refusal or takes effect ───────────────────────────────────────────

    def enrol(self, act: Enrolment, council: Signers) -> None:
        self._decided(act.validUntil, council)
        text = act.identifier.encode()
        unprintable = any(byte < 32 or byte == 127 for byte in text)
        refuse_if(unprintable or not 0 < len(text) <= 256, "MalformedIdentifier")
        refuse_if(act.identifier in self.identifiers, "AlreadyEnrolled")
        self._fresh(act.signers, set(self._all_signers()))
        refuse_if(not 0 < act.quorum <= len(act.signers) <= 255, "InvalidQuorum")
        number = len(self.parties) + 1
        self.identifiers[act.identifier] = number
        self.parties[number] = Party(set(act.signers), act.roles, act.quorum, act.dualAbove)

    def amend(self, act: Amendment, council: Signers) -> None:
        self._decided(act.validUntil, council)
        party = self._party(act.party)
        refuse_if(party.version != act.version, "PartyChanged")
        left = set(party.signers)
        for signer in act.removed:
            refuse_if(signer not in left, "SignerUnknown")
            left.remove(signer)
        self._fresh(act.added, set(self._all_signers()) - set(act.removed))
        after = left | set(act.added)
        refuse_if(not 0 < act.quorum <= len(after) <= 255, "InvalidQuorum")
        self.parties[act.party] = Party(
            after, act.roles, act.quorum, act.dualAbove, act.active, act.version + 1
        )

    def constitute(self, act: Constitution, council: Signers) -> None:
        self._decided(act.validUntil, council)
        refuse_if(act.epoch != self.council.epoch + 1, "WrongEpoch")
        refuse_if(not 0 < act.quorum <= len(act.members) <= 255, "InvalidQuorum")
        self._fresh(act.members, set())
        self.council = Members(act.epoch, frozenset(act.members), act.quorum)

    def configure(self, act: OracleConfig, council: Signers, digest: bytes) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        refuse_if(act.epoch != self.oracles.epoch + 1, "WrongEpoch")
        refuse_if(not 0 < act.quorum <= len(act.members), "InvalidQuorum")
        self._council_agrees(council)
        self._fresh(act.members, set())
        self.oracles = Members(act.epoch, frozenset(act.members), act.quorum)
        self.config = digest

    def change_policy(self, act: PolicyChange, council: Signers) -> None:
        self._decided(act.validUntil, council)
        refuse_if(self.policy_versions[act.policy] != act.version, "PolicyVersionStale")
        if not act.authorised:
            refuse_if(act.policy == self.registry, "GovernorStays")
            self.policies.discard(act.policy)
            self.scheduled.discard(act.policy)
        else:
            self.scheduled.add(act.policy)
        self.policy_versions[act.policy] += 1

    def enact_policy(self, policy: str) -> None:
        """With a delay of zero: whatever is scheduled is ready."""
        refuse_if(policy not in self.scheduled, "PolicyNotReady")
        refuse_if(policy == self.registry, "GovernorStays")
        self.scheduled.remove(policy)
        self.policies.add(policy)

    def change_validator(self, act: ValidatorChange, council: Signers) -> None:
        self._decided(act.validUntil, council)
        refuse_if(act.key == bytes(32), "ZeroKey")
        known = self.validators.get(act.key, Validator())
        refuse_if(act.version != known.version, "ValidatorChanged")
        refuse_if(act.power == known.power, "NothingChanged")
        refuse_if(known.power > 0 and act.party != known.party, "ValidatorOfAnother")
        others = {key: one.power for key, one in self.in_force().items() if key != act.key}
        refuse_if(act.power + sum(others.values()) > MOST_POWER, "PowerTooLarge")
        if act.power:
            operator = self._party(act.party)
            refuse_if(not operator.active, "PartyNotActive")
            refuse_if(all(not operator.roles & role for role in NODE_OPERATORS), "RoleMissing")
        mixed = any((key < bytes(11) + b"\1") != (act.key < bytes(11) + b"\1") for key in others)
        refuse_if(known.power == 0 and mixed, "KeyOfAnotherKind")
        refuse_if(act.power == 0 and not others, "LastValidator")
        self.validators[act.key] = Validator(act.party, act.power, known.version + 1)

    def issue(self, act: Issue, debtor: Signers, creditor: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        refuse_if(act.debtor == act.creditor, "SelfDealing")
        owing = self._party(act.debtor)
        refuse_if(not owing.active, "PartyNotActive")
        refuse_if(not owing.roles & CORE_ENTERPRISE, "RoleMissing")
        self._consents(act.debtor, act.face, debtor)
        self._consents(act.creditor, act.face, creditor)
        invoices = self._with_uses(act)
        refuse_if(act.face == 0, "ZeroAmount")
        refuse_if(act.face > MOST, "AmountTooLarge")
        self.invoices = invoices
        number = len(self.claims) + 1
        self.claims[number] = act
        self.places[number] = {0: Place(act.face, act.creditor)}

    def transfer(self, act: Transfer, holder: Signers, recipient: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        refuse_if(act.holder == act.recipient, "SelfDealing")
        refuse_if(act.start >= act.end, "ZeroAmount")
        self._consents(act.holder, act.end - act.start, holder)
        self._consents(act.recipient, act.end - act.start, recipient)
        self._live(act.claim, act.lot, act.version, act.holder)
        self._cut(act.claim, act.lot, (act.start, act.end), (act.recipient, "live"))

    def merge(self, act: Merge, holder: Signers) -> None:
        refuse_if(self.now > act.validUntil, "Expired")
        end = self._known(act.claim, act.right).end
        refuse_if(end <= act.left, "NotAdjacent")
        self._consents(act.holder, end - act.left, holder)
        left = self._live(act.claim, act.left, act.leftVersion, act.holder)
        right = self._live(act.claim, act.right, act.rightVersion, act.holder)
        refuse_if(left.end != act.right, "NotAdjacent")
        left.end, right.end = right.end, act.right
        right.state = "merged"
        left.version += 1
        right.version += 1

    def settle(self, payment: Payment, oracles: Signers) -> None:
        claim, start, version, rest = subject_fields(payment.subject)
        refuse_if(rest != 0, "UnknownSubject")
        length = self._known(claim, start).end - start
        refuse_if(payment.currency != self.claims[claim].currency, "CurrencyMismatch")
        amount = min(payment.amount, length)
        line = self._allocated(payment, oracles, amount)
        place = self._live(claim, start, version)
        self._cut(claim, start, (start, start + amount), (place.holder, "discharged"))
        self.lines[payment.line] = line

    def equivocation(
        self, one: Payment, first: str | None, other: Payment, second: str | None
    ) -> None:
        for payment in (one, other):
            self._in_force(payment)
        refuse_if(one.line != other.line or one == other, "NoContradiction")
        refuse_if(first is None, "InvalidApproval")
        refuse_if(first not in self.oracles.members, "NotMember")
        refuse_if(second is None, "InvalidApproval")
        refuse_if(first != second, "NoContradiction")
        assert first is not None
        refuse_if((one.line, first) in self.accused, "AlreadyRecorded")
        self.accused.add((one.line, first))

    # ── what holds ────────────────────────────────────────────────────────────────────────────

    def held(self) -> Counter[tuple[int, str]]:
        """Minor units held live, by party and currency."""
        totals: Counter[tuple[int, str]] = Counter()
        for claim, places in self.places.items():
            for start, place in places.items():
                if place.state in ("live", "frozen"):
                    totals[place.holder, self.claims[claim].currency] += place.end - start
        return totals

    def in_force(self) -> dict[bytes, Validator]:
        return {key: one for key, one in self.validators.items() if one.power}

    # ── checks ────────────────────────────────────────────────────────────────────────────────

    def _all_signers(self) -> list[str]:
        return [signer for party in self.parties.values() for signer in party.signers]

    @staticmethod
    def _fresh(added: Sequence[str], taken: set[str]) -> None:
        for signer in added:
            refuse_if(signer in taken or int(signer, 16) == 0, "SignerTaken")
            taken.add(signer)

    def _party(self, number: int) -> Party:
        refuse_if(number not in self.parties, "UnknownParty")
        return self.parties[number]

    def _decided(self, valid_until: int, council: Signers) -> None:
        refuse_if(self.now > valid_until, "Expired")
        self._council_agrees(council)

    def _council_agrees(self, council: Signers) -> None:
        refuse_if(len(council) < self.council.quorum, "ApprovalsMissing")
        all_among(council, self.council.members, "NotCouncil")

    def _consents(self, number: int, amount: int, signers: Signers) -> None:
        party = self._party(number)
        refuse_if(not party.active, "PartyNotActive")
        needed = party.quorum if amount > party.dual_above else 1
        refuse_if(len(signers) < needed, "ApprovalsMissing")
        all_among(signers, party.signers, "NotSigner")

    def _with_uses(self, act: Issue) -> dict[bytes, Invoice]:
        invoices = dict(self.invoices)
        for use in act.invoices:
            refuse_if(use.amount == 0, "ZeroAmount")
            refuse_if(use.total > MOST, "AmountTooLarge")
            known = invoices.get(use.fingerprint, Invoice(use.total, act.currency))
            refuse_if(known.version != use.version, "InvoiceVersionStale")
            refuse_if((known.total, known.currency) != (use.total, act.currency), "InvoiceMismatch")
            refuse_if(use.amount > use.total - known.used, "InvoiceOverused")
            invoices[use.fingerprint] = Invoice(
                use.total, act.currency, known.used + use.amount, known.version + 1
            )
        refuse_if(sum(use.amount for use in act.invoices) != act.face, "InvoicesDoNotCover")
        return invoices

    def _in_force(self, payment: Payment) -> None:
        self._under(payment.config)

    def _under(self, config: bytes) -> None:
        refuse_if(self.oracles.epoch == 0 or config != self.config, "WrongConfig")

    def _witnessed(self, config: bytes, oracles: Signers) -> None:
        self._under(config)
        refuse_if(len(oracles) < self.oracles.quorum, "ApprovalsMissing")
        all_among(oracles, self.oracles.members, "NotMember")

    def _allocated(self, payment: Payment, oracles: Signers, amount: int) -> Line:
        refuse_if(payment.amount > MOST, "AmountTooLarge")
        self._witnessed(payment.config, oracles)
        known = self.lines.get(payment.line, Line(payment.amount))
        refuse_if(known.amount == SPENT, "LineUsed")
        refuse_if(known.amount != payment.amount, "PaymentContradicted")
        refuse_if(amount > known.amount - known.allocated, "PaymentOverallocated")
        return Line(known.amount, known.allocated + amount)

    def _known(self, claim: int, start: int) -> Place:
        refuse_if(start not in self.places.get(claim, {}), "UnknownLot")
        return self.places[claim][start]

    def _live(self, claim: int, start: int, version: int, holder: int | None = None) -> Place:
        place = self._known(claim, start)
        refuse_if(place.version != version, "LotChanged")
        refuse_if(place.state != "live", "LotNotLive")
        if holder is not None:
            refuse_if(place.holder != holder, "NotHolder")
            refuse_if(place.lien != 0, "LotLiened")
        return place

    def _cut(
        self,
        claim: int,
        lot: int,
        piece: tuple[int, int],
        becomes: tuple[int, str],
        lien: int | None = None,
    ) -> None:
        (start, end), places = piece, self.places[claim]
        whole = places[lot]
        refuse_if(start >= end, "ZeroAmount")
        refuse_if(start < lot or end > whole.end, "OutsideLot")
        old = whole.lien
        new = old if lien is None else lien
        pieces = [(lot, start, whole.holder, "live", old), (start, end, *becomes, new)]
        pieces.append((end, whole.end, whole.holder, "live", old))
        for begins, ends, holder, state, liened in pieces:
            if begins < ends:
                before = places[begins].version if begins in places else 0
                places[begins] = Place(ends, holder, state, before + 1, liened)
