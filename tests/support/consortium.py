"""A consortium of named actors on contracts straight on a node, for tests of the contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chain.contracts import DEPLOYED, LEDGER, RELAY, contract
from chain.deploy import Founding
from chain.rpc import Rpc
from client.keys import Key
from ledger.acts import SignedAct
from ledger.agreements import (
    FOREVER,
    Enrolment,
    InvoiceUse,
    Issue,
    Merge,
    OracleConfig,
    Payment,
    Transfer,
)
from ledger.deals import Finance, Registration, Remittance
from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.roles import Role
from ledger.words import LotRef
from scripts.stage import Cast, Stage, enrolment, entries_in, oracle_config, refusals_in

CORE, TIER1, TIER2, TIER3, BANK, DUAL = range(1, 7)
"""Parties' numbers in the order they are enrolled; DUAL needs four eyes above DUAL_ABOVE."""
DUAL_ABOVE = 1_000
POLICY_DELAY = 86_400
MATURITY = 20270521
PAPERS = keccak(b"papers")


@dataclass
class Consortium:
    """The stage with council, parties and oracle members seated."""

    stage: Stage
    cast: Cast = field(default_factory=lambda: Cast("tests"))
    config: bytes = bytes(32)

    @property
    def council(self) -> tuple[Key, ...]:
        return self.cast.keys("council", 3)

    @property
    def oracles(self) -> tuple[Key, ...]:
        return self.cast.keys("oracle", 3)

    @property
    def thief(self) -> Key:
        return self.cast.key("thief")

    def signers(self, party: int) -> tuple[Key, ...]:
        return self.cast.keys(f"party {party}", 2 if party == DUAL else 1)

    @classmethod
    def bare(cls, rpc: Rpc, policy_delay: int = POLICY_DELAY) -> Consortium:
        """A council and nobody else."""
        cast = Cast("tests")
        founders = tuple(key.address for key in cast.keys("council", 3))
        return cls(Stage.build(rpc, Founding(founders, 2, policy_delay), "tests"), cast)

    @classmethod
    def found(cls, rpc: Rpc, policy_delay: int = POLICY_DELAY) -> Consortium:
        found = cls.bare(rpc, policy_delay)
        found.enrol_parties()
        config = found.oracle_config()
        found.do(config)
        found.config = found.stage.deployment.digest(config)
        return found

    def enrol_parties(self) -> None:
        acts = self.enrolments()
        self.stage.must(*(self.stage.signed(act, self.council[:2]) for act in acts))

    def enrolments(self) -> list[Enrolment]:
        supplier = Role.SUPPLIER
        roles = [Role.CORE_ENTERPRISE, supplier, supplier, supplier, Role.BANK, supplier]
        acts = [
            enrolment(f"test:{number}", role, self.signers(number))
            for number, role in enumerate(roles, CORE)
        ]
        return [*acts[:-1], replace(acts[-1], quorum=2, dualAbove=DUAL_ABOVE)]

    def oracle_config(self) -> OracleConfig:
        return oracle_config(1, self.oracles, 2)

    def founding_acts(self) -> list[Enrolment | OracleConfig]:
        return [*self.enrolments(), self.oracle_config()]

    # ── agreements, sound unless a test spoils them ───────────────────────────────────────────

    def issue(self, face: int = 9_000, invoice: bytes = b"invoice", **changes: Any) -> Issue:
        use = InvoiceUse(keccak(invoice), face, face, 0)
        act = Issue(CORE, TIER1, "CNY", face, MATURITY, (use,), PAPERS, FOREVER)
        return replace(act, **changes)

    def transfer(self, claim: int, amount: int, **changes: Any) -> Transfer:
        act = Transfer(claim, 0, 1, 0, amount, TIER1, TIER2, PAPERS, FOREVER)
        return replace(act, **changes)

    def payment(self, lot: LotRef, amount: int, line: bytes = b"line", **changes: Any) -> Payment:
        act = Payment(self.config, keccak(line), lot.subject, "CNY", amount, MATURITY)
        return replace(act, **changes)

    def sides(self, act: Any) -> list[tuple[Key, ...]]:
        """Everyone whose approval such an act needs."""
        match act:
            case Issue():
                return [self.signers(act.debtor), self.signers(act.creditor)]
            case Transfer():
                return [self.signers(act.holder), self.signers(act.recipient)]
            case Merge():
                return [self.signers(act.holder)]
            case Finance():
                return [self.signers(act.seller), self.signers(act.bank)]
            case Payment() | Remittance() | Registration():
                return [self.oracles[:2]]
            case _:
                return [self.council[:2]]

    def signed(self, act: Any, *sides: Sequence[Key]) -> SignedAct:
        return self.stage.signed(act, *(sides or self.sides(act)))

    # ── doing and looking ─────────────────────────────────────────────────────────────────────

    def do(self, act: Any, *sides: Sequence[Key]) -> None:
        self.stage.must(act if isinstance(act, SignedAct) else self.signed(act, *sides))

    def open_claim(self, face: int = 9_000, invoice: bytes = b"invoice") -> LotRef:
        """A claim of CORE, held by TIER1."""
        self.do(self.issue(face, invoice))
        return LotRef(ClaimNo(self.stage.read(LEDGER, "claimCount")), 0, 1)

    def refusal(self, act: SignedAct) -> Refused | None:
        return self.refusal_of(self.stage.target(act), act.call_data())

    def refusal_of(self, target: str, data: bytes) -> Refused | None:
        """Submit one call; why it was refused, or None when it wasn't."""
        receipt = self.stage.relay([(target, data)])
        refused = refusals_in(receipt)
        assert bool(refused) != bool(entries_in(receipt, self.stage.deployment))
        return refused[0] if refused else None

    def refuse(self, act: SignedAct, name: type[Refused], **facts: Any) -> Refused:
        """Submit an act that must be refused by this very error, and change nothing."""
        with self.unchanged():
            refused = self.refusal(act)
        assert type(refused) is name, refused
        assert {key: refused.facts()[key] for key in facts} == facts
        return refused

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.storage()
        yield
        assert self.storage() == before

    def storage(self) -> list[str]:
        """The storage roots of the contracts that keep anything: nothing changes without them."""
        deployment = self.stage.deployment
        kept = [getattr(deployment, name.lower()) for name in DEPLOYED if name != RELAY]
        requests = [("eth_getProof", [address, [], "latest"]) for address in kept]
        return [proof["storageHash"] for proof in self.stage.rpc.batch(requests)]

    def lot(self, claim: int, start: int) -> dict[str, int]:
        names = ("claim", "start", "end", "holder", "lien", "state", "version")
        return dict(zip(names, self.stage.read(LEDGER, "lotAt", claim, start), strict=True))

    def travel(self, seconds: int) -> None:
        self.stage.rpc.batch([("evm_increaseTime", [seconds]), ("evm_mine", [])])


def call_data(name: str, function: str, *arguments: Any) -> bytes:
    """For what isn't an agreement."""
    return contract(name).call_data(function, *arguments)


def with_approvals(act: SignedAct, *sides: Iterable[bytes]) -> SignedAct:
    """The same agreement with other approvals, in the order given."""
    return replace(act, approvals=tuple(tuple(side) for side in sides))
