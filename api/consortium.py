"""What everyone may know: where the contracts stand, who decides and witnesses, whose nodes run."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import Address, Amount, Hash, Out
from ledger.hexadecimal import hexed
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
    validators: Address
    financing: Address
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


class Validator(Out):
    """``key`` is a public key (CometBFT), or an address in the low 20 bytes (QBFT); ``power`` is
    "0" once the validator is removed; ``version`` is what its next change has to state."""

    key: Hash
    party: int
    power: Amount
    version: int


class Validators(Out):
    """The council's record of the validator set, removed ones included."""

    total_power: Amount
    validators: list[Validator]


class Policy(Out):
    """A policy contract, and whether it may post to the ledger now."""

    policy: Address
    authorised: bool


class Policies(Out):
    policies: list[Policy]


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


@router.get("/validators")
def show_validators(services: Given, _caller: SignedIn) -> Validators:
    with services.database.read() as connection:
        found = members.list_validators(connection)
    return Validators(
        total_power=str(sum(one.power for one in found)),
        validators=[
            Validator(
                key=hexed(one.key), party=one.party, power=str(one.power), version=one.version
            )
            for one in found
        ],
    )


@router.get("/policies")
def show_policies(services: Given, _caller: SignedIn) -> Policies:
    with services.database.read() as connection:
        found = members.list_policies(connection)
    return Policies(
        policies=[Policy(policy=policy, authorised=may) for policy, may in found.items()]
    )
