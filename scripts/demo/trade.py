"""Act two: the promise over the invoice, and how it is passed on down the tiers."""

from __future__ import annotations

from client import drafts
from client.records import LotRecord
from client.signing import amount_text
from ledger.ids import ClaimNo
from scripts.demo.cast import DEBTOR
from scripts.demo.plan import TIER_1, TIER_2A, Delivery
from scripts.demo.scene import Scene
from scripts.lots import lot_of


def issue(scene: Scene, maturity: drafts.Maturity) -> str:
    """Tier 1 lays the invoice before the debtor, whose two signers accept it: the document's id."""
    script = scene.script
    supplier = scene.member(TIER_1)
    parties = drafts.Parties(scene.numbers[DEBTOR], scene.numbers[TIER_1])
    document = supplier.upload(script.content)
    act = supplier.draft_issue(script.invoice, document, parties, drafts.Terms(maturity))
    debtor = next(part for part in script.parts if part.name == DEBTOR)
    signers = [supplier, *(scene.member(name) for name in debtor.signers)]
    done = scene.agree(act, signers, [document["id"]])
    scene.claim = ClaimNo(done["claim"] or 0)
    return document["id"]


def pass_on(scene: Scene) -> None:
    """Tier 1 pays its suppliers with parts of the claim, and they pay theirs."""
    for delivery in scene.script.plan.to_tier_2:
        _deliver(scene, delivery)
    if scene.script.plan.joins:
        _join(scene)
    for delivery in scene.script.plan.to_tier_3:
        _deliver(scene, delivery)


def _deliver(scene: Scene, delivery: Delivery) -> None:
    giver, taker = scene.member(delivery.giver), scene.member(delivery.taker)
    (lot,) = _live_lots(scene, delivery.giver)
    act = drafts.transfer(lot_of(lot), scene.numbers[delivery.taker], delivery.amount)
    scene.agree(act, [giver, taker])
    amount = amount_text(delivery.amount, lot["currency"])
    scene.screen.say(f"{delivery.giver} → {delivery.taker}: {amount}")


def _join(scene: Scene) -> None:
    lots = [lot_of(one) for one in _live_lots(scene, TIER_2A)]
    scene.agree(drafts.merge(lots), [scene.member(TIER_2A)])
    scene.screen.say(f"{TIER_2A} joins its two lots, which touch, into one")


def _live_lots(scene: Scene, name: str) -> list[LotRecord]:
    """What a party holds of the claim, by its first unit."""
    held = [lot for lot in scene.member(name).api.my_lots() if lot["claim"] == scene.claim]
    return sorted(held, key=lambda lot: int(lot["start"]))
