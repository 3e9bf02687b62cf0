"""Random acts by named actors, sound and unsound, against contracts and model at once.

After every act the contracts must have done what the model did, or refused by the error that
the model names; heads recomputed from the events must be the contracts' own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ledger.acts import (
    ATTESTATIONS,
    FINANCING,
    RECEIVABLES,
    REGISTRY,
    VALIDATORS,
    SignedAct,
    enact_policy_call,
    equivocation_call,
)
from ledger.approvals import recover
from ledger.deals import Finance
from scripts.stage import entries_in, refusals_in
from tests.contracts.audit import Audit
from tests.contracts.bankers import Bankers
from tests.contracts.drafts import Drafts
from tests.contracts.spoilers import spoil
from tests.support.consortium import Consortium, call_data
from tests.support.model import Model
from tests.support.model_financing import FinancingModel
from tests.support.model_state import Members, Refusal

POLICIES = (REGISTRY, ATTESTATIONS, RECEIVABLES, VALIDATORS, FINANCING)
NOW = 1_700_000_000
MOST_ACTS_KEPT = 40

_MODEL_ACT: dict[str, Callable[..., None]] = {
    "Enrolment": Model.enrol,
    "Amendment": Model.amend,
    "Constitution": Model.constitute,
    "PolicyChange": Model.change_policy,
    "ValidatorChange": Model.change_validator,
    "Issue": Model.issue,
    "Transfer": Model.transfer,
    "Merge": Model.merge,
    "Payment": Model.settle,
    "Remittance": FinancingModel.prove,
    "Rescission": FinancingModel.rescind,
    "BuyBack": FinancingModel.buy_back,
    "Demand": FinancingModel.demand,
    "Surplus": FinancingModel.surplus,
    "Repayment": FinancingModel.repayment,
    "Enforcement": FinancingModel.enforce,
    "Registration": FinancingModel.register,
    "Order": FinancingModel.order,
    "Recovery": FinancingModel.recover,
}
_THEFTS: list[tuple[str, tuple[Any, ...]]] = [
    ("note", (bytes(32), [], b"")),
    ("discharge", ((1, 0, 1), 1, bytes(32), b"")),
    ("move", ((1, 0, 1), 0, 1, 2, 3, bytes(32), b"")),
    ("open", ((1, b"CNY", 20270521, 5), 1, bytes(32), b"")),
    ("convey", ((1, 0, 1), 0, 1, 2, 3, 4, bytes(32), b"")),
    ("encumber", ((1, 0, 1), 0, 1, 2, 3, bytes(32), b"")),
    ("release", ((1, 0, 1), 2, bytes(32), b"")),
    ("foreclose", ((1, 0, 1), 2, bytes(32), b"")),
    ("freeze", ((1, 0, 1), bytes(32), b"")),
    ("thaw", ((1, 0, 1), bytes(32), b"")),
    ("reassign", ((1, 0, 1), 2, 3, bytes(32), b"")),
    ("record", (1, bytes(32), [], b"")),
]
_SEED = st.binary(min_size=8, max_size=8)


class LedgerMachine(RuleBasedStateMachine):
    """One consortium from its founding; the chain is put back when the example ends."""

    consortium: ClassVar[Consortium]
    counts: ClassVar[Counter[tuple[str, str]]]
    rarest: ClassVar[Sequence[str]] = ()
    """Kinds that went through least often so far. Fixed for all examples of one Hypothesis run:
    it plays an example again, and has to meet the same acts."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = self.consortium.stage
        self.snapshot = self.stage.rpc.call("evm_snapshot")
        self.model = self._founded_model()
        self.audit = Audit(self.stage)
        self.bankers = Bankers(list(self.audit.logged()))
        self.drafts = Drafts(self.consortium, self.model)
        self.accepted: list[SignedAct] = []
        self.digests: set[bytes] = set()
        self.steps = 0

    def _founded_model(self) -> FinancingModel:
        """The model after the acts that founded the consortium."""
        council = Members(1, frozenset(key.address for key in self.consortium.council), 2)
        deployment = self.stage.deployment
        policies = {deployment.address(name) for name in POLICIES}
        model = FinancingModel(deployment.registry, council, NOW, policies=policies)
        signers = sorted(council.members, key=str.lower)[:2]
        for agreement in self.consortium.founding_acts():
            self._tell(model, agreement, [signers])
        return model

    # ── rules ─────────────────────────────────────────────────────────────────────────────────

    @rule(seed=_SEED)
    def govern_or_act_alone(self, seed: bytes) -> None:
        rnd = self._random(seed)
        if self.model.scheduled and rnd.random() < 0.4:
            self._enact(rnd)
        elif rnd.random() < 0.6:
            self._attempt(rnd, self.drafts.council.any)
        else:
            rnd.choice([self._enact, self._equivocate, self._steal])(rnd)

    @rule(seed=_SEED)
    def issue(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.issue)

    @rule(seed=_SEED)
    def transfer(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.transfer)

    @rule(seed=_SEED)
    def transfer_onward(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.transfer)

    @rule(seed=_SEED)
    def transfer_or_merge(self, seed: bytes) -> None:
        rnd = self._random(seed)
        self._attempt(rnd, lambda rnd: self.drafts.merge(rnd) or self.drafts.transfer(rnd))

    @rule(seed=_SEED)
    def settle(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.payment)

    @rule(seed=_SEED)
    def finance(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.financing.finance)

    @rule(seed=_SEED)
    def prove_or_prolong(self, seed: bytes) -> None:
        rnd = self._random(seed)
        financing = self.drafts.financing
        self._attempt(rnd, rnd.choice([*5 * [financing.remittance], financing.registration_again]))

    @rule(seed=_SEED)
    def finance_more(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.financing.finance)

    @rule(seed=_SEED)
    def prove(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.financing.remittance)

    @rule(seed=_SEED)
    def follow_a_deal_further(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.financing.any)

    @rule(seed=_SEED)
    def follow_a_deal(self, seed: bytes) -> None:
        self._attempt(self._random(seed), self.drafts.financing.any)

    @rule(seed=_SEED)
    def order_or_recover(self, seed: bytes) -> None:
        rnd = self._random(seed)
        financing = self.drafts.financing
        self._attempt(rnd, rnd.choice([financing.order, financing.order, financing.recovery]))

    @rule(seed=_SEED)
    def do_what_is_rare(self, seed: bytes) -> None:
        self._do_rare(self._random(seed))

    @rule(seed=_SEED)
    def do_more_that_is_rare(self, seed: bytes) -> None:
        self._do_rare(self._random(seed))

    @rule(seed=_SEED)
    def do_even_more_that_is_rare(self, seed: bytes) -> None:
        self._do_rare(self._random(seed))

    @rule(seed=_SEED)
    def replay(self, seed: bytes) -> None:
        """An act that went through must not go through again."""
        if self.accepted:
            self._submit("replay", self._random(seed).choice(self.accepted))

    def _do_rare(self, rnd: random.Random) -> None:
        """One of the rarest acts that can be done now; else what leads to one of them."""
        kinds = rnd.sample(self.rarest, len(self.rarest))
        for kind in kinds:
            if kind == "Equivocation":
                return self._equivocate(rnd)
            if kind == "PolicyEnacted":
                return self._enact_soundly(rnd)
            agreement = self.drafts.of_kind(kind, rnd)
            if type(agreement).__name__ == kind:
                return self._attempt(rnd, lambda _, found=agreement: found)
        missed = rnd.choice(kinds or [""])
        return self._attempt(rnd, lambda rnd: self.drafts.financing.towards(missed, rnd))

    def _enact_soundly(self, rnd: random.Random) -> None:
        policy = self.drafts.council.policies[0]
        if policy not in self.model.scheduled:
            self._attempt(rnd, self.drafts.council.policy_change)
            return
        call = self.stage.deployment.registry, enact_policy_call(policy)
        self._perform("PolicyEnacted", call, lambda: self.model.enact_policy(policy))

    def _enact(self, rnd: random.Random) -> None:
        known = self.drafts.council.policies
        waiting = [policy for policy in known if policy in self.model.scheduled]
        policy = rnd.choice(waiting if waiting and rnd.random() < 0.8 else known)
        self._perform(
            "PolicyEnacted",
            (self.stage.deployment.registry, enact_policy_call(policy)),
            lambda: self.model.enact_policy(policy),
        )

    def _equivocate(self, rnd: random.Random) -> None:
        found = self.drafts.equivocation(rnd)
        digests = [self.stage.deployment.digest(payment) for payment in (found.one, found.other)]
        first = recover(found.one_approval, digests[0])
        second = recover(found.other_approval, digests[1])
        self._perform(
            "Equivocation",
            (self.stage.deployment.attestations, equivocation_call(found)),
            lambda: self.model.equivocation(found.one, first, found.other, second),
        )

    def _steal(self, rnd: random.Random) -> None:
        """Straight at the ledger, which only policies may write to."""
        function, arguments = rnd.choice(_THEFTS)
        data = call_data("Ledger", function, *arguments)
        self._perform("theft", (self.stage.deployment.ledger, data), _not_policy)

    def _random(self, seed: bytes) -> random.Random:
        """Hypothesis likes to draw the same bytes again; the step makes another act of them."""
        self.steps += 1
        return random.Random(seed + self.steps.to_bytes(4, "big"))

    # ── one act ───────────────────────────────────────────────────────────────────────────────

    def _attempt(self, rnd: random.Random, draft: Callable[[random.Random], Any]) -> None:
        agreement = draft(rnd)
        if agreement is None:
            return
        signed = self.stage.signed(agreement, *self.drafts.sides(agreement, rnd))
        spoiled = spoil(signed, self.consortium, rnd)
        if isinstance(agreement, Finance):
            self._finance(agreement, spoiled, rnd)
        else:
            self._submit(type(agreement).__name__, spoiled)

    def _finance(self, act: Finance, signed: SignedAct, rnd: random.Random) -> None:
        """No bank signs what its lines have no room for; a quote that came to nothing stays open
        now and then."""
        digest = self.stage.deployment.digest(act)
        if not self.bankers.fits(act, digest, self.model):
            self.counts["Finance", "LineExceeded"] += 1
            return
        if self._submit("Finance", signed) is not None and rnd.random() < 0.7:
            self.bankers.forget(act, digest)

    def _submit(self, kind: str, signed: SignedAct) -> str | None:
        """The error that it was refused by."""
        note(f"{kind}: {signed.agreement}")
        digest = self.stage.deployment.digest(signed.agreement)
        signers = [[recover(a, digest) for a in side] for side in signed.approvals]
        refused = self._perform(
            kind,
            (self.stage.target(signed), signed.call_data()),
            lambda: self._tell(self.model, signed.agreement, signers),
        )
        if refused is None:
            assert digest not in self.digests, "one agreement took effect twice"
            self.digests.add(digest)
            self.accepted = [*self.accepted[-MOST_ACTS_KEPT:], signed]
        return refused

    def _tell(self, model: FinancingModel, agreement: Any, signers: list[Any]) -> None:
        kind = type(agreement).__name__
        if kind == "OracleConfig":
            model.configure(agreement, *signers, self.stage.deployment.digest(agreement))
        elif kind == "Finance":
            digest = bytes(self.stage.deployment.digest(agreement))
            model.conclude(agreement, *signers, digest)
        else:
            _MODEL_ACT[kind](model, agreement, *signers)

    def _perform(
        self, kind: str, call: tuple[Any, bytes], model_act: Callable[[], None]
    ) -> str | None:
        try:
            model_act()
            expected = None
        except Refusal as refusal:
            expected = str(refusal)
        receipt = self.stage.relay([call])
        refusals = refusals_in(receipt)
        found = refusals[0].name if refusals else None
        assert found == expected, f"{kind}: the contracts say {found}, the model {expected}"
        entries = entries_in(receipt, self.stage.deployment)
        self.audit.absorb(entries, call[1], self.model)
        self.bankers.index(entries)
        self.counts[kind, expected or "accepted"] += 1
        return found

    def teardown(self) -> None:
        try:
            self.audit.compare_everything(self.model)
            self.bankers.compare(self.model)
        finally:
            self.bankers.close()
            assert self.stage.rpc.call("evm_revert", [self.snapshot])


def _not_policy() -> None:
    raise Refusal("NotPolicy")
