"""How far an invoice is used is told to whom it concerns, not to whoever copies its number."""

from __future__ import annotations

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.commitments import EMPTY_ROOT
from tests.api.world import CORE, STRANGER, TIER1, TIER2, World, einvoice, problem_of
from tests.support.synthetic import MATURITY


def issued(world: World, document: dict) -> int:
    """A claim of TIER1 on CORE over 5,000 units of the invoice in the document."""
    fingerprint = bytes.fromhex(document["fingerprint"][2:])
    total = int(document["invoice"]["payable"])
    use = InvoiceUse(fingerprint, total, 5_000, 0)
    act = Issue(CORE, TIER1, "CNY", 5_000, MATURITY, (use,), EMPTY_ROOT, FOREVER)
    claim = world.ledger.post_issue(act)
    world.index()
    return claim


def test_invoice_use__document_that_looks_alike__shows_nothing(world: World) -> None:
    genuine = world.upload(TIER1, "/v1/documents", einvoice()).json()
    # Another document, with the same seller and number: anyone can write one.
    copied = einvoice(**{"<IssueTime>": "<!-- copied --><IssueTime>"})
    assert copied != einvoice()
    alike = world.upload(STRANGER, "/v1/documents", copied).json()
    assert alike["fingerprint"] == genuine["fingerprint"]
    path = f"/v1/invoices/{genuine['fingerprint']}"
    assert world.get(STRANGER, path).json()["used"] == "0"
    issued(world, genuine)
    assert problem_of(world.get(STRANGER, path)) == "NotFound"
    assert world.get(TIER1, path).json()["used"] == "5000"


def test_invoice_use__both_sides_of_the_claim__see_it_and_a_later_holder_does_not(
    world: World,
) -> None:
    genuine = world.upload(TIER1, "/v1/documents", einvoice()).json()
    for party in (CORE, TIER2):
        opening = {"party": party}
        world.post(TIER1, f"/v1/documents/{genuine['id']}/openings", opening)
    claim = issued(world, genuine)
    world.ledger.transfer(claim, 0, 0, 1_000, TIER2)  # type: ignore[arg-type]
    world.index()
    path = f"/v1/invoices/{genuine['fingerprint']}"
    for party in (CORE, TIER1):
        usage = world.get(party, path).json()
        assert (usage["used"], usage["version"]) == ("5000", 1)
    assert problem_of(world.get(TIER2, path)) == "NotFound"
