"""Are the bundle's heads the chain's? By the validators' signatures, or by the trust file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.bundle import Bundle
from ledger.errors import Refused
from ledger.evidence import Evidence, Finalised
from ledger.evidence.kinds import NONE
from ledger.evidence.refusals import EvidenceRefused, WordMismatch
from ledger.hexadecimal import hexed
from ledger.storage import LedgerWords, ledger_slots
from ledger.trust import Pinned, Trust
from ledger.verify.refusals import TrustMismatch


@dataclass(frozen=True, slots=True)
class StateProven:
    """``finalised`` is the block that the heads are proven by; None where they are only pinned,
    or where anything is wrong."""

    refusals: tuple[Refused, ...] = ()
    finalised: Finalised | None = None


def prove_state(bundle: Bundle, trust: Trust) -> StateProven:
    anchor, evidence = trust.anchor, bundle.evidence
    if isinstance(anchor, Pinned):
        return StateProven(tuple(_pin_mismatches(bundle, anchor)))
    if evidence is None:
        return StateProven((TrustMismatch("finality", NONE, anchor.kind),))
    try:
        final = evidence.finality.check(anchor)
        refusals = tuple(_word_mismatches(bundle, evidence, final.state_root))
    except EvidenceRefused as refusal:
        return StateProven((refusal,))
    return StateProven(refusals, None if refusals else final)


def _pin_mismatches(bundle: Bundle, pinned: Pinned) -> Iterator[Refused]:
    evidence = bundle.evidence
    compared = (
        ("claim", bundle.claim, pinned.claim),
        ("count of entries", bundle.count, pinned.count),
        ("heads", bundle.heads.to_json(), pinned.heads.to_json()),
        ("finality", NONE if evidence is None else evidence.finality.kind, NONE),
    )
    for part, found, trusted in compared:
        if found != trusted:
            yield TrustMismatch(part, str(found), str(trusted))


def _word_mismatches(bundle: Bundle, evidence: Evidence, root: bytes) -> Iterator[Refused]:
    """Raises ``ProofRefused``; yields what is proven and stated otherwise."""
    slots = ledger_slots(bundle.claim)
    words = LedgerWords.read(evidence.proof.words(bundle.deployment.ledger, slots, root))
    heads = bundle.heads
    compared = (
        ("head of the claim's book", hexed(words.claim), hexed(heads.claim)),
        ("head of the consortium's book", hexed(words.consortium), hexed(heads.consortium)),
        ("head of all books", hexed(words.all), hexed(heads.all)),
        ("count of entries", str(words.count), str(bundle.count)),
    )
    for part, proven, stated in compared:
        if proven != stated:
            yield WordMismatch(part, proven, stated)
