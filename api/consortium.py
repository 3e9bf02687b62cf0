"""What everyone may know: where the contracts stand, who sits on the council and the oracles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import Address, Hash, Out, hexed
from ledger.store.reading import members

router = APIRouter(route_class=Route, prefix="/v1", tags=["consortium"])


class DeploymentRecord(Out):
    """What a client signs against and a verifier pins."""

    engine: str
    chain_id: int
    ledger: Address
    registry: Address
    attestations: Address
    receivables: Address
    relay: Address
    block: int
    block_hash: str
    commit: str
    sources: str


class Council(Out):
    epoch: int
    quorum: int
    members: list[Address]


class Oracles(Council):
    """``config`` is what a payment names as the configuration it was witnessed under."""

    config: Hash


@router.get("/deployment")
def show_deployment(services: Given) -> DeploymentRecord:
    record: dict[str, Any] = services.deployment.to_json()
    return DeploymentRecord(**record)


@router.get("/council")
def show_council(services: Given, _caller: SignedIn) -> Council:
    with services.database.read() as connection:
        found = members.council(connection)
    if found is None:
        raise NotFound
    return Council(epoch=found.epoch, quorum=found.quorum, members=sorted(found.members))


@router.get("/oracles")
def show_oracles(services: Given, _caller: SignedIn) -> Oracles:
    with services.database.read() as connection:
        found = members.oracles(connection)
    if found is None:
        raise NotFound
    return Oracles(
        epoch=found.epoch,
        quorum=found.quorum,
        members=sorted(found.members),
        config=hexed(found.config),
    )
