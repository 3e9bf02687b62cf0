"""A ledger without a chain: makes entries as the contracts would, in the plainest way.

Written apart from ``ledger.fold`` so that the two can disagree. It checks nothing: what a test
asks for is posted, sound or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from eth_abi.abi import encode

from ledger.acts import (
    ATTESTATIONS,
    FINANCING,
    RECEIVABLES,
    REGISTRY,
    VALIDATORS,
    Equivocation,
    SignedAct,
    enact_policy_call,
    equivocation_call,
)
from ledger.agreements import (
    FOREVER,
    Amendment,
    Constitution,
    Enrolment,
    InvoiceUse,
    Issue,
    Merge,
    OracleConfig,
    Payment,
    PolicyChange,
    Transfer,
    ValidatorChange,
)
from ledger.approvals import in_order, signer_of
from ledger.bundle import Bundle, DocumentSet, Heads
from ledger.deployment import Deployment
from ledger.entries import EMPTY_HEAD, Entry, Op, extend
from ledger.ids import CONSORTIUM_BOOK, Address, ClaimNo, Digest, EntryIndex, PartyNo
from ledger.keccak import keccak
from ledger.trust import Pinned, Trust
from ledger.typed import Struct
from ledger.words import Claim, Lot, LotRef, LotState, pack_claim, pack_lot
from tests.support.accounts import COUNCIL, DEPLOYMENT, ORACLES, Key, address_of

NO_DOCUMENTS = bytes(32)
MATURITY = 2027_05_21
CORE, SUPPLIER = 1, 2


@dataclass
class SyntheticLedger:
    """``lots`` are the live ones by claim and start; ``versions`` the last version at a place."""

    deployment: Deployment = DEPLOYMENT
    entries: list[Entry] = field(default_factory=list)
    parties: dict[PartyNo, list[Key]] = field(default_factory=dict)
    claims: dict[ClaimNo, Claim] = field(default_factory=dict)
    lots: dict[tuple[ClaimNo, int], Lot] = field(default_factory=dict)
    versions: dict[tuple[ClaimNo, int], int] = field(default_factory=dict)
    uses: dict[bytes, int] = field(default_factory=dict)
    config: bytes = bytes(32)

    # ── posting ──────────────────────────────────────────────────────────────────────────────

    def post(
        self, book: int, act: bytes, op: Op, contract: str, words: Iterable[int], memo: bytes
    ) -> None:
        index = EntryIndex(len(self.entries))
        poster = self.deployment.address(contract) if contract else address_of("deployer")
        self.entries.append(
            Entry(index, ClaimNo(book), Digest(act), op, poster, tuple(words), memo)
        )

    def signed(self, agreement: Struct, *sides: Sequence[Key]) -> SignedAct:
        digest = self.deployment.digest(agreement)
        given = (in_order([key.sign(digest) for key in side], digest) for side in sides)
        return SignedAct(agreement, tuple(given))

    def post_act(
        self, act: SignedAct, op: Op, words: Iterable[int] = (), book: int = CONSORTIUM_BOOK
    ) -> None:
        digest = self.deployment.digest(act.agreement)
        self.post(book, digest, op, act.kind.contract, words, act.call_data())

    # ── the consortium ───────────────────────────────────────────────────────────────────────

    def found(self) -> None:
        for contract in (REGISTRY, ATTESTATIONS, RECEIVABLES, VALIDATORS, FINANCING):
            policy = int(self.deployment.address(contract), 16)
            self.post(CONSORTIUM_BOOK, bytes(32), Op.POLICY_SET, "", [policy, 1], b"")
        members = tuple(key.address for key in COUNCIL)
        self.post_act(SignedAct(Constitution(1, members, 2, FOREVER), ((),)), Op.NOTED)

    def seat_oracles(self, epoch: int = 1, members: Sequence[Key] = ORACLES) -> None:
        config = OracleConfig(epoch, tuple(key.address for key in members), 2, FOREVER)
        self.config = self.deployment.digest(config)
        self.post_act(self.signed(config, COUNCIL[:2]), Op.NOTED)

    def enrol(
        self, name: str, roles: int, signers: int = 1, quorum: int = 1, dual_above: int = FOREVER
    ) -> PartyNo:
        number = PartyNo(len(self.parties) + 1)
        keys = [Key(f"{name} {n}") for n in range(signers)]
        addresses = tuple(key.address for key in keys)
        act = Enrolment(f"name:CN:{name}", roles, addresses, quorum, dual_above, FOREVER)
        self.post_act(self.signed(act, COUNCIL[:2]), Op.NOTED, [number])
        self.parties[number] = keys
        return number

    def enrol_with_bytes(self, name: str, identifier: bytes) -> PartyNo:
        """A party whose identifier is any bytes at all, which a contract may well accept."""
        number = self.enrol(name, SUPPLIER)
        entry = self.entries[-1]
        text = f"name:CN:{name}".encode()
        assert len(text) == len(identifier)
        memo = entry.memo.replace(text, identifier)
        self.entries[-1] = replace(entry, memo=memo)
        return number

    def amend(self, act: Amendment) -> None:
        self.post_act(self.signed(act, COUNCIL[1:]), Op.NOTED, [act.party])

    def change_policy(self, policy: Address, authorised: bool, version: int) -> Digest:
        act = PolicyChange(policy, authorised, version, FOREVER)
        words = [] if authorised else [int(policy, 16), 0]
        self.post_act(
            self.signed(act, COUNCIL[:2]), Op.NOTED if authorised else Op.POLICY_SET, words
        )
        return self.deployment.digest(act)

    def enact_policy(self, policy: Address, scheduled: Digest) -> None:
        words = [int(policy, 16), 1]
        memo = enact_policy_call(policy)
        self.post(CONSORTIUM_BOOK, scheduled, Op.POLICY_SET, REGISTRY, words, memo)

    def change_validator(
        self, key: bytes, party: int, power: int, version: int = 0, signers: Sequence[Key] = ()
    ) -> None:
        act = ValidatorChange(key, party, power, version, FOREVER)
        self.post_act(self.signed(act, signers or COUNCIL[:2]), Op.NOTED)

    # ── receivables ──────────────────────────────────────────────────────────────────────────

    def issue(
        self,
        debtor: PartyNo,
        creditor: PartyNo,
        face: int,
        *,
        invoice: str = "",
        total: int | None = None,
        documents: bytes = NO_DOCUMENTS,
    ) -> ClaimNo:
        fingerprint = keccak((invoice or f"invoice {len(self.claims)}").encode())
        use = InvoiceUse(fingerprint, total or face, face, self.uses.get(fingerprint, 0))
        return self.post_issue(
            Issue(debtor, creditor, "CNY", face, MATURITY, (use,), documents, FOREVER)
        )

    def post_issue(self, act: Issue) -> ClaimNo:
        number = ClaimNo(len(self.claims) + 1)
        for use in act.invoices:
            self.uses[use.fingerprint] = use.version + 1
        claim = Claim(PartyNo(act.debtor), act.face, act.maturity, act.currency)
        lot = Lot(number, 0, act.face, PartyNo(act.creditor), PartyNo(0), LotState.LIVE, 1)
        self.claims[number] = claim
        self._keep(lot)
        signed = self.signed(
            act, self.parties[PartyNo(act.debtor)], self.parties[PartyNo(act.creditor)]
        )
        self.post_act(signed, Op.OPENED, [pack_claim(claim), pack_lot(lot)], number)
        return number

    def transfer(
        self,
        claim: ClaimNo,
        lot: int,
        start: int,
        end: int,
        recipient: PartyNo,
        documents: bytes = NO_DOCUMENTS,
    ) -> None:
        at = self.lots[claim, lot]
        act = Transfer(claim, lot, at.version, start, end, at.holder, recipient, documents, FOREVER)
        self.post_transfer(self.signed(act, self.parties[at.holder], self.parties[recipient]))

    def post_transfer(self, signed: SignedAct) -> None:
        act = signed.agreement
        assert isinstance(act, Transfer)
        at = self.lots[ClaimNo(act.claim), act.lot]
        pieces = self._cut(at, act.start, act.end, PartyNo(act.recipient), LotState.LIVE)
        self.post_act(signed, Op.MOVED, map(pack_lot, pieces), act.claim)

    def merge(self, claim: ClaimNo, left: int, right: int) -> None:
        one, two = self.lots[claim, left], self.lots.pop((claim, right))
        act = Merge(claim, left, one.version, right, two.version, one.holder, FOREVER)
        joined = Lot(claim, left, two.end, one.holder, PartyNo(0), LotState.LIVE, one.version + 1)
        gone = Lot(claim, right, right, two.holder, PartyNo(0), LotState.MERGED, two.version + 1)
        self._keep(joined)
        self.versions[claim, right] = gone.version
        signed = self.signed(act, self.parties[one.holder])
        self.post_act(signed, Op.MERGED, [pack_lot(joined), pack_lot(gone)], claim)

    def payment(self, claim: ClaimNo, lot: int, amount: int, line: str = "") -> Payment:
        ref = LotRef(claim, lot, self.lots[claim, lot].version)
        fingerprint = keccak((line or f"line {len(self.entries)}").encode())
        return Payment(self.config, fingerprint, ref.subject, "CNY", amount, 2027_05_21)

    def settle(self, payment: Payment, members: Sequence[Key] = ORACLES[:2]) -> None:
        ref = LotRef.from_subject(payment.subject)
        at = self.lots[ref.claim, ref.start]
        end = at.start + min(payment.amount, at.amount)
        pieces = self._cut(at, at.start, end, at.holder, LotState.DISCHARGED)
        signed = self.signed(payment, members)
        self.post_act(signed, Op.DISCHARGED, map(pack_lot, pieces), ref.claim)

    def equivocation(self, one: Payment, other: Payment, member: Key) -> None:
        digests = self.deployment.digest(one), self.deployment.digest(other)
        self.post_equivocation(
            Equivocation(one, member.sign(digests[0]), other, member.sign(digests[1]))
        )

    def post_equivocation(self, found: Equivocation) -> None:
        member = signer_of(found.one_approval, self.deployment.digest(found.one))
        assert member is not None
        act = keccak(encode(["bytes32", "address"], [found.one.line, member]))
        memo = equivocation_call(found)
        self.post(CONSORTIUM_BOOK, act, Op.NOTED, ATTESTATIONS, [], memo)

    def _cut(
        self,
        lot: Lot,
        start: int,
        end: int,
        holder: PartyNo,
        state: LotState,
        lien: PartyNo | None = None,
    ) -> list[Lot]:
        del self.lots[lot.claim, lot.start]
        bounds = [(lot.start, start, False), (start, end, True), (end, lot.end, False)]
        pieces = []
        for first, last, taken in bounds:
            if first == last:
                continue
            version = self.versions.get((lot.claim, first), 0) + 1
            whose, how = (holder, state) if taken else (lot.holder, lot.state)
            liened = lien if taken and lien is not None else lot.lien
            piece = Lot(lot.claim, first, last, whose, liened, how, version)
            self._keep(piece)
            pieces.append(piece)
        return pieces

    def _keep(self, lot: Lot) -> None:
        self.lots[lot.claim, lot.start] = lot
        self.versions[lot.claim, lot.start] = lot.version

    # ── for the auditor ──────────────────────────────────────────────────────────────────────

    def head(self, *books: int) -> bytes:
        """The head over these books; over all of them if none is named."""
        head = EMPTY_HEAD
        for entry in self.entries:
            if not books or entry.book in books:
                head = extend(head, entry.hash())
        return head

    def bundle(self, claim: ClaimNo, documents: Sequence[DocumentSet] = ()) -> Bundle:
        books = (CONSORTIUM_BOOK, claim)
        return Bundle(
            self.deployment,
            claim,
            len(self.entries),
            Heads(self.head(claim), self.head(CONSORTIUM_BOOK), self.head()),
            tuple(entry for entry in self.entries if entry.book in books),
            tuple(documents),
        )

    def trust(self, claim: ClaimNo) -> Trust:
        bundle = self.bundle(claim)
        pinned = Pinned(claim, bundle.count, bundle.heads)
        return Trust(self.deployment, frozenset(key.address for key in COUNCIL), 2, pinned)


def consortium() -> SyntheticLedger:
    """A founded ledger: party 1 a core enterprise, 2 to 4 suppliers, 5 with two signers."""
    ledger = SyntheticLedger()
    ledger.found()
    ledger.seat_oracles()
    ledger.enrol("CORE", CORE)
    for name in ("TIER 1", "TIER 2", "TIER 3"):
        ledger.enrol(name, SUPPLIER)
    ledger.enrol("CAREFUL", SUPPLIER, signers=2, quorum=2, dual_above=1_000)
    return ledger


def lived_claim(documents: bytes = NO_DOCUMENTS) -> tuple[SyntheticLedger, ClaimNo]:
    """A claim that was split, merged, moved and paid in full, beside another claim."""
    ledger = consortium()
    core, one, two, three, careful = (PartyNo(n) for n in range(1, 6))
    claim = ledger.issue(core, one, 10_000, documents=documents)
    ledger.issue(core, two, 500)
    ledger.transfer(claim, 0, 0, 4_000, two)
    ledger.transfer(claim, 4_000, 5_000, 6_000, careful)
    ledger.transfer(claim, 0, 3_000, 4_000, three)
    ledger.transfer(claim, 3_000, 3_000, 4_000, two)
    ledger.merge(claim, 0, 3_000)
    ledger.transfer(claim, 0, 3_000, 4_000, careful)
    for start in sorted(start for number, start in ledger.lots if number == claim):
        ledger.settle(ledger.payment(claim, start, ledger.lots[claim, start].amount))
    return ledger, claim
