"""Planted bugs: the state machine has to notice each, or it would notice nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import chain.deploy
from chain.contracts import Contract, contract, from_artifact
from chain.rpc import Rpc
from scripts.compile import ROOT, build_one
from scripts.solidity import Settings
from tests.contracts.test_machine import run_machine
from tests.support.consortium import Consortium

ACTS = 3_000
"""Far more than any of these bugs should survive."""

MUTANTS = [
    pytest.param(
        "Ledger",
        "uint24 version = lot.versionOf() + 1;",
        "uint24 version = lot.versionOf();",
        id="version not raised",
    ),
    pytest.param(
        "Attestations",
        "Allocation(payment.amount, a.allocated + amount)",
        "Allocation(payment.amount, amount)",
        id="earlier allocations forgotten",
        marks=pytest.mark.soak,  # found late
    ),
    pytest.param(
        "Receivables",
        "Invoice(use.total, known.used + use.amount, currency",
        "Invoice(use.total, use.amount, currency",
        id="earlier uses of an invoice forgotten",
    ),
    pytest.param(
        "Registry",
        "amount > p.dualAbove ? p.quorum : 1",
        "amount > p.dualAbove ? 1 : p.quorum",
        id="four eyes the wrong way round",
    ),
    pytest.param(
        "Validators",
        "totalPower = totalPower - current.power + act.power;",
        "totalPower = totalPower + act.power;",
        id="power of a changed validator counted twice",
        marks=pytest.mark.soak,  # found late
    ),
    pytest.param(
        "Financing",
        "act.seller, act.bank, act.seller, digest, memo",
        "act.seller, act.bank, 0, digest, memo",
        id="bought without the seller's lien",
    ),
    pytest.param(
        "Financing",
        "_obligations[fact.commitment].outcome = Outcome.Paid;",
        "",
        id="one debt paid twice over",
    ),
    pytest.param(
        "Attestations",
        "if (paymentOf[fact.line].allocated != 0) revert LineUsed(fact.line);",
        "",
        id="one line for many debts",
    ),
]


def mutate(folder: Path, name: str, sound: str, planted: str) -> Contract:
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    source = folder / "contracts" / f"{name}.sol"
    text = source.read_text("utf-8")
    assert text.count(sound) == 1
    source.write_text(text.replace(sound, planted), "utf-8")
    return from_artifact(build_one(folder, f"contracts/{name}.sol", Settings()))


@pytest.mark.parametrize(("name", "sound", "planted"), MUTANTS)
def test_machine__planted_bug__is_caught(
    name: str, sound: str, planted: str, rpc: Rpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = mutate(tmp_path, name, sound, planted)
    monkeypatch.setattr(
        chain.deploy, "contract", lambda wanted: mutant if wanted == name else contract(wanted)
    )
    consortium = Consortium.found(rpc, policy_delay=0)
    with pytest.raises(AssertionError):
        run_machine(consortium, ACTS, first_seed=1, shrink=False)
