"""The state machine: 2,500 acts in every run, 20,000 and more in a soak."""

from __future__ import annotations

import itertools
import os
import secrets
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chain.rpc import Rpc
from tests.contracts.machine import LedgerMachine
from tests.support.consortium import Consortium

ACTS = 2_500
SOAK_ACTS = int(os.environ.get("YUANLIU_SOAK_ACTS", "20000"))
SOAK_EACH = 100
STEPS = 100
RAREST = 8

KINDS = {
    "Enrolment",
    "Amendment",
    "Constitution",
    "OracleConfig",
    "PolicyChange",
    "PolicyEnacted",
    "ValidatorChange",
    "Issue",
    "Transfer",
    "Merge",
    "Payment",
    "Finance",
    "Remittance",
    "Rescission",
    "BuyBack",
    "Demand",
    "Surplus",
    "Repayment",
    "Enforcement",
    "Registration",
    "Order",
    "Recovery",
    "Equivocation",
}
NEVER_ACCEPTED = {"theft", "replay"}


def run_machine(
    consortium: Consortium, acts: int, first_seed: int, *, each: int = 0, shrink: bool = True
) -> Counter[tuple[str, str]]:
    """At least ``acts`` acts; how many of each kind were accepted, or refused by which error.

    Goes on, up to five times as long, until ``each`` of every kind were accepted.
    ``consortium`` has a policy delay of zero. The same seed gives the same acts.
    """
    counts: Counter[tuple[str, str]] = Counter()
    made = {"consortium": consortium, "counts": counts}
    machine: type[LedgerMachine] = type("Machine", (LedgerMachine,), made)
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    chosen = settings(
        max_examples=10,
        stateful_step_count=STEPS,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    for number in itertools.count(first_seed):
        machine.rarest = _rarest(counts, acts, max(each, 1))
        # Hypothesis ends an example when it likes, so the number of acts isn't ours to set.
        run_state_machine_as_test(seed(number)(machine), settings=chosen)
        enough = all(counts[kind, "accepted"] >= each for kind in KINDS)
        if counts.total() >= (acts if enough else 5 * acts):
            break
    return counts


def _rarest(counts: Counter[tuple[str, str]], acts: int, each: int) -> list[str]:
    """Kinds that lag behind what they would need for ``each`` in the end, the rarest first."""
    lead = counts.total() / acts * each
    behind = [kind for kind in KINDS if counts[kind, "accepted"] < lead + each / 10]
    return sorted(behind, key=lambda kind: (counts[kind, "accepted"], kind))[:RAREST]


def check_counts(counts: Counter[tuple[str, str]], acts: int, each: int = 1) -> None:
    """Every kind of act was both accepted and refused, often enough to mean something."""
    for (kind, outcome), count in sorted(counts.items()):
        print(f"{count:6}  {kind:14} {outcome}")  # noqa: T201
    accepted = {kind for kind in KINDS if counts[kind, "accepted"] >= each}
    refused = {kind for kind, outcome in counts if outcome != "accepted"}
    assert accepted == KINDS
    assert refused == KINDS | NEVER_ACCEPTED
    assert counts.total() >= acts


def test_contracts__random_acts__agree_with_model(rpc: Rpc) -> None:
    consortium = Consortium.found(rpc, policy_delay=0)
    check_counts(run_machine(consortium, ACTS, first_seed=1, each=1), ACTS)


@pytest.mark.soak
def test_contracts__many_random_acts__agree_with_model(rpc: Rpc) -> None:
    first_seed = secrets.randbits(32)
    print(f"first seed: {first_seed}")  # noqa: T201
    consortium = Consortium.found(rpc, policy_delay=0)
    counts = run_machine(consortium, SOAK_ACTS, first_seed, each=SOAK_EACH)
    check_counts(counts, SOAK_ACTS, SOAK_EACH)
