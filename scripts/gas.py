"""What each kind of act costs, alone and in a batch, and the snapshot that it is held to.

python -m scripts.gas            measure and compare with gas.json
python -m scripts.gas --write    measure and write gas.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.deploy import Founding
from chain.rpc import Rpc
from ledger.acts import SignedAct
from ledger.agreements import FOREVER, InvoiceUse, Issue, Payment, Transfer
from ledger.deals import Finance, Mode, Registration, Remittance
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.roles import Role
from ledger.words import LotRef
from node.dev import DevNode
from scripts.stage import Cast, Stage, enrolment, oracle_config, refusals_in

SNAPSHOT = Path(__file__).resolve().parent.parent / "gas.json"
BATCH = 50
FACE = 10_000_000_00
# Addresses and signatures have zero bytes here and there, which are cheaper: nothing else varies.
TOLERANCE = 200

Gas = dict[str, dict[str, int]]


@dataclass(frozen=True)
class _Scene:
    """A consortium with one claim for every act that is to be measured."""

    stage: Stage
    cast: Cast
    config: bytes

    @classmethod
    def set(cls, rpc: Rpc) -> _Scene:
        cast = Cast("gas")
        council, oracles = cast.keys("council", 1), cast.keys("oracle", 3)
        stage = Stage.build(rpc, Founding((council[0].address,), 1, 0), "gas")
        parties = [
            enrolment("gas:debtor", Role.CORE_ENTERPRISE, cast.keys("debtor", 1)),
            enrolment("gas:supplier", Role.SUPPLIER, cast.keys("supplier", 1)),
            enrolment("gas:recipient", Role.SUPPLIER, cast.keys("recipient", 1)),
            enrolment("gas:bank", Role.BANK, cast.keys("bank", 1)),
        ]
        config = oracle_config(1, oracles, 2)
        stage.must(*(stage.signed(act, council) for act in [*parties, config]))
        return cls(stage, cast, stage.deployment.digest(config))

    def issue(self, number: int) -> SignedAct:
        use = InvoiceUse(keccak(b"invoice %d" % number), FACE, FACE, 0)
        documents = keccak(b"documents %d" % number)
        act = Issue(1, 2, "CNY", FACE, 20270521, (use,), documents, FOREVER - number)
        return self.stage.signed(act, self.cast.keys("debtor", 1), self.cast.keys("supplier", 1))

    def transfer(self, claim: int, amount: int = FACE) -> SignedAct:
        documents = keccak(b"delivery %d" % claim)
        act = Transfer(claim, 0, 1, 0, amount, 2, 3, documents, FOREVER - claim)
        return self.stage.signed(act, self.cast.keys("supplier", 1), self.cast.keys("recipient", 1))

    def transfer_split(self, claim: int) -> SignedAct:
        return self.transfer(claim, FACE // 3)

    def settle(self, claim: int) -> SignedAct:
        subject = LotRef(ClaimNo(claim), 0, 1).subject
        act = Payment(self.config, keccak(b"line %d" % claim), subject, "CNY", FACE, 20270521)
        return self.stage.signed(act, self.cast.keys("oracle", 2))

    def register(self, claim: int) -> SignedAct:
        number = keccak(b"registration %d" % claim)
        fact = Registration(self.config, claim, 0, FACE, 4, number, 1_800_000_000, 20991231)
        return self.stage.signed(fact, self.cast.keys("oracle", 2))

    def finance(self, claim: int, end: int = FACE, mode: Mode = Mode.SALE) -> SignedAct:
        terms, rules, documents = (keccak(b"%s %d" % (w, claim)) for w in (b"t", b"r", b"d"))
        act = Finance(
            claim=claim,
            lot=0,
            version=1,
            start=0,
            end=end,
            seller=2,
            bank=4,
            mode=mode.number,
            terms=terms,
            advance=keccak(b"advance %d" % claim),
            payBy=FOREVER - claim,
            dueOn=20270521,
            rules=rules,
            registration=keccak(b"registration %d" % claim),
            documents=documents,
            validUntil=FOREVER - claim,
        )
        return self.stage.signed(act, self.cast.keys("supplier", 1), self.cast.keys("bank", 1))

    def finance_part(self, claim: int) -> SignedAct:
        return self.finance(claim, FACE // 2)

    def finance_pledge(self, claim: int) -> SignedAct:
        return self.finance(claim, mode=Mode.PLEDGE)

    def prove_advance(self, claim: int) -> SignedAct:
        line, commitment = keccak(b"remittance %d" % claim), keccak(b"advance %d" % claim)
        fact = Remittance(self.config, line, commitment, 20270521)
        return self.stage.signed(fact, self.cast.keys("oracle", 2))

    def settle_financed(self, claim: int) -> SignedAct:
        subject = LotRef(ClaimNo(claim), 0, 3).subject
        act = Payment(self.config, keccak(b"line %d" % claim), subject, "CNY", FACE, 20270521)
        return self.stage.signed(act, self.cast.keys("oracle", 2))


def measure_gas(rpc: Rpc) -> Gas:
    """Gas of each kind of act: ``alone`` in a transaction of its own, and per act of a
    ``batch`` of 50 through the relay, every one on a claim of its own.

    Deploys its own contracts; the node must be a fresh or a test one with zero fees.
    """
    scene = _Scene.set(rpc)
    found = {"issue": _measure(scene, scene.issue, range(1, BATCH + 2))}
    first = BATCH + 2
    for name, make in (
        ("transfer", scene.transfer),
        ("transfer_split", scene.transfer_split),
        ("settle", scene.settle),
    ):
        claims = range(first, first + BATCH + 1)
        scene.stage.must(*map(scene.issue, claims))
        found[name] = _measure(scene, make, claims)
        first = claims.stop
    whole, parts, pledged = (
        range(start, start + BATCH + 1)
        for start in range(first, first + 3 * (BATCH + 1), BATCH + 1)
    )
    for claims in (whole, parts, pledged):
        scene.stage.must(*map(scene.issue, claims))
    for name, make, claims in (
        ("register", scene.register, whole),
        ("finance", scene.finance, whole),
        ("prove_advance", scene.prove_advance, whole),
        ("settle_financed", scene.settle_financed, whole),
        ("register_part", scene.register, parts),
        ("finance_part", scene.finance_part, parts),
        ("register_pledged", scene.register, pledged),
        ("finance_pledge", scene.finance_pledge, pledged),
    ):
        found[name] = _measure(scene, make, claims)
    del found["register_part"], found["register_pledged"]
    return found


def _measure(
    scene: _Scene, make: Callable[[int], SignedAct], numbers: Sequence[int]
) -> dict[str, int]:
    # The first of its kind finds the books' and parties' slots as later ones do.
    alone, *batch = map(make, numbers)
    receipt = scene.stage.send(scene.stage.target(alone), alone.call_data())
    before = int(receipt["gasUsed"], 16)
    batched = scene.stage.submit(*batch)
    for refusal in refusals_in(batched):
        raise refusal
    together = int(batched["gasUsed"], 16)
    return {"alone": before, "batch": round(together / len(batch))}


def compare(found: Gas, committed: Gas) -> list[str]:
    """One line for each act that costs otherwise than the snapshot says."""
    lines = []
    for kind, costs in found.items():
        for how, gas in costs.items():
            known = committed.get(kind, {}).get(how, 0)
            if abs(gas - known) > TOLERANCE:
                word = "dearer" if gas > known else "cheaper"
                lines.append(f"{kind} {how}: {gas} gas, {gas - known:+d}: {word} than gas.json")
    return lines


def read_snapshot() -> Gas:
    snapshot: Gas = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return snapshot


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts.gas")
    parser.add_argument("--write", action="store_true", help="take what is measured as the norm")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        DevNode(Path(folder)) as node,
        Rpc(node.rpc_url) as rpc,
    ):
        found = measure_gas(rpc)
    print(json.dumps(found, indent=1))
    if arguments.write:
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return 0
    differences = compare(found, read_snapshot())
    if differences:
        print(*differences, "If that is meant: python -m scripts.gas --write", sep="\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
