"""One person at work: a key, the API it is signed in to, and the contracts it signs for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from client import drafts
from client.api import Api
from client.attesting import (
    ExtractDoubtful,
    Reading,
    kept_back,
    read_registration,
    readings,
)
from client.deal_drafts import Owed
from client.keys import Key
from client.records import Act, Attested, Document, Proposal
from client.signing import approve, read_stated
from ledger import commitments
from ledger.agreements import Issue
from ledger.deals import BuyBack, Registration, Repayment, Surplus
from ledger.deployment import Deployment
from ledger.documents import Invoice
from ledger.errors import Refused
from ledger.hexadecimal import unhexed
from ledger.ids import Digest, PartyNo
from ledger.mandates import Mandate, mandate_domain
from ledger.remittance import require_opening
from ledger.typed import Struct, digest_of
from ledger.witnessing import Fact

WRONG_ACCOUNT = "wrong_account"
"""The API's reason for a line that moved money between other accounts than the parties stated."""

Consent = Callable[[Struct], None]
"""Shows an agreement to a person; raises to keep it from being signed."""


@dataclass
class NoParty(Refused):
    """The account signs for no party: it is a council's or an oracle member's, or nobody's."""

    address: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "{address} signs for no party."


@dataclass
class CommitmentDiffers(Refused):
    """The server committed to something other than the document it was given."""

    document: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "The commitment of document {document} doesn't open to its bytes."


@dataclass
class DebtUnopened(Refused):
    """Nobody signs for a debt without knowing how much it is."""

    kind: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "This {kind} commits to a debt that nothing opens."


@dataclass(frozen=True)
class Member:
    """Proposes, countersigns and attests with its own key, which never leaves this process."""

    key: Key
    api: Api
    deployment: Deployment

    @property
    def party(self) -> PartyNo:
        """The party this account signs for; raises ``NoParty``."""
        session = self.api.session
        if session is None or session.party is None:
            raise NoParty(self.key.address)
        return PartyNo(session.party)

    # ── documents and agreements ─────────────────────────────────────────────────────────────

    def upload(self, content: bytes, file_name: str | None = None) -> Document:
        """Give the API a document; raises ``CommitmentDiffers`` if it committed to another."""
        document = self.api.upload_document(content, file_name)
        salt, commitment = unhexed(document["salt"]), unhexed(document["commitment"])
        if not commitments.opens(commitment, salt, content):
            raise CommitmentDiffers(document["id"])
        return document

    def draft_issue(
        self, invoice: Invoice, document: Document, parties: drafts.Parties, terms: drafts.Terms
    ) -> Issue:
        """An issue over what the ledger says is still free of the invoice."""
        usage = self.api.invoice(invoice.fingerprint)
        state = drafts.InvoiceState(int(usage["used"]), usage["version"])
        root = commitments.root([unhexed(document["commitment"])])
        return drafts.issue(invoice, parties, state, terms.over(root))

    def propose(
        self, agreement: Struct, documents: Sequence[str] = (), owed: Owed | None = None
    ) -> Proposal:
        """Sign an agreement and lay it before the other side, with what opens the debt it makes."""
        approval = approve(self.key, agreement, self.deployment)
        opening = None if owed is None else owed.opening
        return self.api.propose(agreement, documents, [approval], opening)

    def countersign(self, proposal: str, consent: Consent) -> Proposal:
        """Sign what a proposal says, once its digest and what opens its debt are confirmed and
        ``consent`` is given."""
        found = self.api.proposal(proposal)
        agreement = read_stated(found["kind"], found["message"], found["digest"], self.deployment)
        require_opened(found, agreement)
        consent(agreement)
        return self.api.approve(proposal, approve(self.key, agreement, self.deployment))

    def conclude(self, proposal: str) -> Act:
        """Submit a proposal that both sides have signed, and wait until it took effect."""
        act = self.api.submit(proposal)
        return self.api.confirmed(Digest(unhexed(act["digest"])))

    def mandate(self, auditor: PartyNo, until: int, claim: int) -> Mandate:
        """Let an auditor read what this party may, of one claim or (0) of all."""
        mandate = Mandate(self.party, auditor, claim, until)
        digest = digest_of(mandate, mandate_domain(self.deployment).separator())
        self.api.grant_mandate(mandate, [self.key.sign(digest)])
        return mandate

    # ── what it witnesses ────────────────────────────────────────────────────────────────────

    def read_statement(self, content: bytes) -> list[Reading]:
        """What this member itself reads in a bank statement, without the lines that paid another
        account than whoever is to be paid stated to the API."""
        found = readings(content, self.api.oracle_config())
        told = self.api.submit_statement(content)["lines"]
        elsewhere = {unhexed(one["fingerprint"]) for one in told if one["reason"] == WRONG_ACCOUNT}
        return kept_back(found, elsewhere)

    def attest(self, reading: Reading) -> Attested | None:
        """Sign what one line proves; None for a line that proves nothing."""
        return None if reading.fact is None else self.attest_fact(reading.fact)

    def attest_fact(self, fact: Fact) -> Attested:
        """Sign a fact that this member has read itself."""
        return self.api.attest(fact, approve(self.key, fact, self.deployment))

    def read_extract(self, content: bytes) -> Registration:
        """What this member itself reads in an extract from the movables registry, if the ledger
        has no doubt about it. Raises what ``client.attesting.read_registration`` does, and
        ``ExtractDoubtful``."""
        fact = read_registration(self.api, content, int(time.time()))
        doubt = self.api.doubt_of_extract(content)
        if doubt is not None:
            raise ExtractDoubtful(doubt)
        return fact


def require_opened(proposal: Proposal, agreement: Struct) -> None:
    """Raises ``DebtUnopened`` or ``OpeningDiffers`` unless what it opens to is the debt."""
    if not isinstance(agreement, BuyBack | Repayment | Surplus):
        return
    opening = proposal["opening"]
    if opening is None:
        raise DebtUnopened(proposal["kind"])
    amount = int(opening["amount"])
    require_opening(agreement.commitment, opening["reference"], opening["currency"], amount)
