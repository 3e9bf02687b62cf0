"""Whether those who sign the blocks are those whom the council admitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chain.engine import Engine
from chain.passbooks import read_books
from chain.proofs import comet_of
from chain.qbft_proofs import validators_at
from ledger.deployment import Deployment
from ledger.fold import fold
from ledger.ids import CONSORTIUM_BOOK

_ADDRESS_PADDING = bytes(12)


@dataclass(frozen=True, slots=True)
class Seat:
    """A validator's power by the council's record and by the engine; 0 where it is none."""

    key: bytes
    admitted: int
    signing: int

    @property
    def agrees(self) -> bool:
        return self.admitted == self.signing


def seats(engine: Engine, deployment: Deployment) -> list[Seat]:
    """Every validator that either knows of, at the newest final block, by the node's word.

    Raises NoSuchProof where the engine has no validators, and the engine's faults.
    """
    height = engine.client.height()
    entries = read_books(engine.client, deployment, height, [CONSORTIUM_BOOK])
    record = fold(entries, deployment, whole=False).state.validators
    admitted = {key: one.power for key, one in record.items()}
    if engine.profile.proof == "mpt":
        # QBFT counts heads.
        admitted = {key: min(1, power) for key, power in admitted.items()}
    return compare(admitted, _signing(engine, height))


def compare(admitted: Mapping[bytes, int], signing: Mapping[bytes, int]) -> list[Seat]:
    """Powers by key, side by side; those that have none on either side are left out."""
    both = [
        Seat(key, admitted.get(key, 0), signing.get(key, 0))
        for key in sorted(admitted.keys() | signing.keys())
    ]
    return [seat for seat in both if seat.admitted or seat.signing]


def _signing(engine: Engine, height: int) -> dict[bytes, int]:
    if engine.profile.proof == "mpt":
        addresses = validators_at(engine.rpc, height)
        return {_ADDRESS_PADDING + bytes.fromhex(address[2:]): 1 for address in addresses}
    return {one.key: one.power for one in comet_of(engine).validators(height).validators}
