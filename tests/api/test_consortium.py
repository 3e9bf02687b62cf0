"""What everyone may know of the consortium."""

from __future__ import annotations

from ledger.agreements import FOREVER, PolicyChange, ValidatorChange
from ledger.keccak import keccak
from ledger.typed import Struct
from tests.api.world import BANK, CORE, STRANGER, World
from tests.support.synthetic import COUNCIL, DEPLOYMENT, address_of

ONE, TWO = keccak(b"validator one"), keccak(b"validator two")


def test_validators__admitted_changed_and_removed__with_their_versions(world: World) -> None:
    assert world.get(STRANGER, "/v1/validators").json() == {"total_power": "0", "validators": []}
    world.ledger.change_validator(ONE, BANK, 10)
    world.ledger.change_validator(TWO, CORE, 10)
    world.ledger.change_validator(TWO, CORE, 2**59, version=1)
    world.ledger.change_validator(ONE, BANK, 0, version=1)
    world.index()
    found = world.get(STRANGER, "/v1/validators").json()
    assert found["total_power"] == str(2**59)
    assert {one["key"]: one for one in found["validators"]} == {
        "0x" + ONE.hex(): {"key": "0x" + ONE.hex(), "party": BANK, "power": "0", "version": 2},
        "0x" + TWO.hex(): {
            "key": "0x" + TWO.hex(),
            "party": CORE,
            "power": str(2**59),
            "version": 2,
        },
    }


def test_policies__one_ended__may_post_no_more(world: World) -> None:
    world.ledger.change_policy(DEPLOYMENT.receivables, False, 0)
    world.index()
    found = {
        p["policy"]: p["authorised"] for p in world.get(CORE, "/v1/policies").json()["policies"]
    }
    assert found == {
        DEPLOYMENT.registry: True,
        DEPLOYMENT.attestations: True,
        DEPLOYMENT.receivables: False,
        DEPLOYMENT.validators: True,
        DEPLOYMENT.financing: True,
    }


def test_council_acts__of_every_kind_of_membership__reach_the_outbox(world: World) -> None:
    acts: list[Struct] = [
        ValidatorChange(ONE, BANK, 10, 0, FOREVER),
        PolicyChange(address_of("new policy"), True, 0, FOREVER),
    ]
    answers = world.submit(COUNCIL[0], *(world.concluded(act) for act in acts))
    assert [one["status"] for one in answers] == ["accepted", "accepted"]
    (alone,) = world.submit(COUNCIL[0], world.concluded(acts[0], COUNCIL[:1]))
    assert alone["problem"]["type"].endswith("ApprovalsMissing")


def test_entries__of_the_validator_set__are_everyones(world: World) -> None:
    """Whoever relies on the chain has to see who makes it."""
    world.ledger.change_validator(ONE, BANK, 10)
    world.index()
    (act,) = world.submit(COUNCIL[0], world.concluded(ValidatorChange(TWO, BANK, 10, 0, FOREVER)))
    asked = world.get(COUNCIL[1], f"/v1/agreements/{act['digest']}")
    assert asked.json()["kind"] == "ValidatorChange"
