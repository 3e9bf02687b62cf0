"""Who acts in the bench, and the signed acts they have ready before any clock starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from client import council
from client.api import Api
from client.keys import Key
from client.signing import approve
from ledger.acts import SignedAct
from ledger.agreements import FOREVER, InvoiceUse, Issue, Transfer
from ledger.approvals import in_order
from ledger.deployment import Deployment
from ledger.identifiers import named
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.keccak import keccak
from ledger.roles import Role
from ledger.typed import Struct

FACE = 1_000_000_00
MATURITY = 20270521
BULK = 250
ROLES = {
    "debtor": Role.CORE_ENTERPRISE,
    "seller": Role.SUPPLIER,
    "buyer": Role.SUPPLIER,
    "bank": Role.BANK,
}
QUORUM = 2


def key_of(name: str) -> Key:
    """The same name is always the same key: it guards nothing beyond this run."""
    return Key(keccak(f"yuanliu bench {name}".encode()))


ORACLES = tuple(key_of(f"oracle {number}") for number in range(1, 4))


@dataclass
class Consortium:
    """A debtor, two suppliers and a bank, enrolled through the API, with claims to pass about.

    ``oracles`` is the digest of the oracle configuration in force.
    """

    api: Api
    deployment: Deployment
    oracles: bytes
    claims: int = 0
    numbers: dict[str, PartyNo] = field(default_factory=dict)

    @classmethod
    def enrol(cls, api: Api, founders: Sequence[Key]) -> Consortium:
        """Sign in as a council member, enrol the parties, and go on as the debtor."""
        deployment = api.deployment()
        api.sign_in(founders[0])
        acts: list[Struct] = [
            council.enrolment(named("CN", f"bench {name}"), role, (key_of(name).address,))
            for name, role in ROLES.items()
        ]
        acts.append(council.oracles(1, [key.address for key in ORACLES], QUORUM))
        for act in acts:
            (digest,) = api.submit_agreements([council.decide(act, founders, deployment)])
            api.confirmed(digest)
        numbers = {party["identifier"]: PartyNo(party["number"]) for party in api.parties()}
        api.sign_in(key_of("debtor"))
        made = cls(api, deployment, api.oracle_config())
        made.numbers = {name: numbers[named("CN", f"bench {name}")] for name in ROLES}
        return made

    def open_claims(self, count: int) -> range:
        """Issue this many claims, each one lot of the seller's; their numbers."""
        first = self.claims + 1
        issues = [self.issue(number) for number in range(first, first + count)]
        self.submit(issues)
        self.claims += count
        return range(first, first + count)

    def submit(self, acts: Sequence[SignedAct]) -> list[Digest]:
        """Hand all of them in, in bulk, and wait until the projection shows the last."""
        digests = [one for part in bulks(acts) for one in self.api.submit_agreements(part)]
        for digest in digests[-1:]:
            self.api.confirmed(digest)
        return digests

    def issue(self, number: int) -> SignedAct:
        use = InvoiceUse(keccak(b"bench invoice %d" % number), FACE, FACE, 0)
        debtor, seller = self.numbers["debtor"], self.numbers["seller"]
        act = Issue(debtor, seller, "CNY", FACE, MATURITY, (use,), bytes(32), FOREVER)
        return self.signed(act, "debtor", "seller")

    def transfer(self, claim: int, version: int = 1) -> SignedAct:
        """The whole of a claim's lot to the other supplier: odd versions are the seller's."""
        sides = ("seller", "buyer") if version % 2 else ("buyer", "seller")
        holder, recipient = (self.numbers[side] for side in sides)
        act = Transfer(ClaimNo(claim), 0, version, 0, FACE, holder, recipient, bytes(32), FOREVER)
        return self.signed(act, *sides)

    def signed(self, act: Struct, *names: str) -> SignedAct:
        """An agreement, approved by one signer of each of these parties."""
        sides = tuple((approve(key_of(name), act, self.deployment),) for name in names)
        return SignedAct(act, sides)

    def attested(self, fact: Struct) -> SignedAct:
        """A fact that as many oracle members as it takes have signed."""
        approvals = [approve(key, fact, self.deployment) for key in ORACLES[:QUORUM]]
        return SignedAct(fact, (in_order(approvals, self.deployment.digest(fact)),))


def bulks(acts: Sequence[SignedAct]) -> Iterator[Sequence[SignedAct]]:
    for start in range(0, len(acts), BULK):
        yield acts[start : start + BULK]
