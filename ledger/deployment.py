"""Where the contracts stand: what a client signs against and a verifier pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ledger.acts import ATTESTATIONS, FINANCING, KIND_BY_NAME, RECEIVABLES, REGISTRY, VALIDATORS
from ledger.ids import Address, Digest
from ledger.typed import Domain, Struct, digest_of


@dataclass(frozen=True)
class Deployment:
    """One deployment's record. ``block`` is the one that holds the first entry; ``commit`` the
    hash of the source tree's commit; ``sources`` the sha256 over the deployed artifacts."""

    engine: str
    chain_id: int
    ledger: Address
    registry: Address
    attestations: Address
    receivables: Address
    validators: Address
    financing: Address
    relay: Address
    block: int
    block_hash: str
    commit: str
    sources: str

    def address(self, contract: str) -> Address:
        """A policy contract's address by its name."""
        return {
            REGISTRY: self.registry,
            ATTESTATIONS: self.attestations,
            RECEIVABLES: self.receivables,
            VALIDATORS: self.validators,
            FINANCING: self.financing,
        }[contract]

    def domain(self, agreement: type[Struct] | Struct) -> Domain:
        """What a signature over such an agreement is bound to."""
        return Domain(self.chain_id, self.address(KIND_BY_NAME[_name(agreement)].domain_contract))

    def digest(self, agreement: Struct) -> Digest:
        return digest_of(agreement, self.domain(agreement).separator())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Deployment:
        return cls(**{name: record[name] for name in cls.__dataclass_fields__})


def _name(agreement: type[Struct] | Struct) -> str:
    return agreement.__name__ if isinstance(agreement, type) else type(agreement).__name__
