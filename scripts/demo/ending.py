"""How it ends: a table for people, one JSON object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain.bundling import Written
from client.records import LotRecord, Receivable
from client.signing import amount_text
from ledger.bundle import read_bundle
from ledger.business_day import date_text
from ledger.entries import Entry
from ledger.trace import trace
from scripts.demo.scene import Scene
from scripts.output import print_table

_COLUMNS = ("units>", "amount>", "held by", "how it came to them", "paid")


@dataclass(frozen=True)
class Ending:
    """The claim as everyone can see it now: its header, its lots, its bundle."""

    header: Receivable
    lots: Sequence[LotRecord]
    written: Written

    @property
    def remaining(self) -> list[LotRecord]:
        """The lots that make up the face: whatever wasn't merged into another."""
        return [lot for lot in self.lots if lot["state"] != "merged"]

    @property
    def discharged(self) -> int:
        """Minor units."""
        return sum(_amount(lot) for lot in self.lots if lot["state"] == "discharged")


def show(scene: Scene, ending: Ending) -> None:
    """Who held what at the end, by which path, and whether it was paid."""
    currency = ending.header["currency"]
    face = amount_text(int(ending.header["face"]), currency)
    entries = read_bundle(ending.written.bundle.read_bytes()).entries
    title = f"Claim {scene.claim}: {scene.name_of(ending.header['debtor'])} owed {face}"
    print_table(_COLUMNS, [_row(scene, lot, entries) for lot in ending.remaining], title)
    paid = amount_text(ending.discharged, currency)
    print(f"Paid, with proof: {paid} of {face}.")


def summary(scene: Scene, ending: Ending) -> dict[str, Any]:
    """The last line of the demonstration; amounts are minor units as text. ``validators`` are those
    whose signatures the bundle carries: none, and no powers and height, without consensus."""
    final = ending.written.report.finalised
    return {
        "claim": scene.claim,
        "face": ending.header["face"],
        "currency": ending.header["currency"],
        "discharged": str(ending.discharged),
        "lots": len(ending.remaining),
        "acts": scene.acts,
        "bundle": str(ending.written.bundle),
        "trust": str(ending.written.trust),
        "engine": scene.deployment.engine,
        "validators": list(final.signers) if final else [],
        "signed_power": final.signed_power if final else None,
        "total_power": final.total_power if final else None,
        "height": final.height if final else None,
        "chain_id": scene.deployment.chain_id,
        "invoice": scene.script.invoice.number,
        "maturity": ending.header["maturity"],
        "entries_verified": ending.written.report.entries,
        "signatures_verified": ending.written.report.signatures,
    }


def _row(scene: Scene, lot: LotRecord, entries: Sequence[Entry]) -> tuple[object, ...]:
    path = trace(entries, scene.claim, int(lot["start"]))
    holders: list[str] = []
    for hop in path.hops:
        name = scene.role_of(hop.lot.holder)
        if not holders or holders[-1] != name:
            holders.append(name)
    payment = path.hops[-1].payment
    return (
        f"{int(lot['start']):,}–{int(lot['end']):,}",
        amount_text(_amount(lot), lot["currency"]),
        scene.name_of(lot["holder"]),
        " → ".join(holders),
        "no" if payment is None else f"{date_text(payment.bookedOn)}, by bank statement",
    )


def _amount(lot: LotRecord) -> int:
    return int(lot["end"]) - int(lot["start"])
