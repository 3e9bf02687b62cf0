"""A party lets an auditor read its data. Signed like an agreement, but never sent to the chain:
it changes nothing that the chain knows of, so it is no kind of act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ledger.acts import REGISTRY
from ledger.deployment import Deployment
from ledger.typed import UINT32, UINT64, Domain, Kind, Struct

ALL_CLAIMS = 0


@dataclass(frozen=True)
class Mandate(Struct):
    """``auditor`` may read what ``grantor`` may, of one claim or (0) of all."""

    grantor: int
    auditor: int
    claim: int
    validUntil: int  # noqa: N815 - signed under this name, as in agreements
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "grantor": UINT32,
        "auditor": UINT32,
        "claim": UINT32,
        "validUntil": UINT64,
    }


def mandate_domain(deployment: Deployment) -> Domain:
    """Mandates are signed for the Registry, which says who signs for the grantor."""
    return Domain(deployment.chain_id, deployment.address(REGISTRY))
