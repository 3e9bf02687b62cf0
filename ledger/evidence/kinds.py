"""The kinds of evidence that there are, each with its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ledger.canonical import Field, MalformedFile
from ledger.evidence.cometbft import CometAnchor, CometFinality
from ledger.evidence.ics23 import Ics23Proof
from ledger.evidence.interface import Anchor, Evidence, Finality, StateProof
from ledger.evidence.mpt import MptProof
from ledger.evidence.qbft import QbftAnchor, QbftFinality

T = TypeVar("T")

NONE = "none"
NO_EVIDENCE = {"kind": NONE}

PROOFS: Mapping[str, Callable[[Field], StateProof]] = {
    Ics23Proof.kind: Ics23Proof.read,
    MptProof.kind: MptProof.read,
}
FINALITIES: Mapping[str, Callable[[Field], Finality]] = {
    CometFinality.kind: CometFinality.read,
    QbftFinality.kind: QbftFinality.read,
}
ANCHORS: Mapping[str, Callable[[Field], Anchor]] = {
    CometAnchor.kind: CometAnchor.read,
    QbftAnchor.kind: QbftAnchor.read,
}


def read_evidence(proof: Field, finality: Field) -> Evidence | None:
    """Evidence of any kind, or None where both say that there is none; MalformedFile."""
    kinds = proof.kind(), finality.kind()
    if kinds == (NONE, NONE):
        for nothing in (proof, finality):
            nothing.members("kind")
        return None
    return Evidence(_read(PROOFS, proof), _read(FINALITIES, finality))


def read_anchor(source: Field) -> Anchor:
    """The validators of a chain, of any kind; MalformedFile."""
    return _read(ANCHORS, source)


def _read(kinds: Mapping[str, Callable[[Field], T]], source: Field) -> T:
    kind = source.kind()
    if kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise MalformedFile(f"{source.path}.kind", f"must be one of: {known}")
    return kinds[kind](source)
