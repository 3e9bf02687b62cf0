"""The council's acts for the state machine, mostly sound."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from client.keys import Key
from ledger.agreements import (
    FOREVER,
    Amendment,
    Constitution,
    Enrolment,
    OracleConfig,
    PolicyChange,
    ValidatorChange,
)
from ledger.keccak import keccak
from tests.support.consortium import Consortium
from tests.support.model import MOST_POWER, Model
from tests.support.model_state import Validator

UNSOUND = 0.35


class CouncilDrafts:
    """``extras`` are keys that may become anyone's."""

    def __init__(self, consortium: Consortium, model: Model, extras: Sequence[Key]) -> None:
        self.consortium = consortium
        self.model = model
        self.extras = extras
        registry = consortium.stage.deployment.registry
        self.policies = [consortium.cast.key("policy").address, registry]

    def any(self, rnd: random.Random) -> Any:
        drafts = [self.enrolment, self.amendment, self.constitution, self.oracle_config]
        # A validator has to be admitted before it can be changed, moved or removed.
        return rnd.choice([*drafts, self.policy_change, *3 * [self.validator_change]])(rnd)

    def enrolment(self, rnd: random.Random) -> Enrolment:
        signers = tuple(key.address for key in rnd.sample(self.extras, rnd.choice([1, 1, 2])))
        identifier = f"test:{rnd.randrange(1, 30)}"
        act = Enrolment(identifier, rnd.choice([1, 2, 2, 4]), signers, 1, FOREVER, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"quorum": rnd.choice([0, 3])},
                {"signers": (signers[0], signers[0])},
                {"identifier": rnd.choice(["", "test:\0", "test:\x7f", "x" * 257])},
                {"validUntil": 1},
            ],
        )

    def amendment(self, rnd: random.Random) -> Amendment:
        number = rnd.choice(sorted(self.model.parties))
        party = self.model.parties[number]
        added = tuple(k.address for k in rnd.sample(self.extras, 1)) if rnd.random() < 0.4 else ()
        spare = len(party.signers) > 1 and rnd.random() < 0.5
        removed = (rnd.choice(sorted(party.signers)),) if spare else ()
        act = Amendment(
            party=number,
            version=party.version,
            roles=party.roles,
            active=rnd.random() < (0.75 if party.active else 0.95),
            added=added,
            removed=removed,
            quorum=min(party.quorum, len(party.signers) - len(removed) + len(added)),
            dualAbove=rnd.choice([party.dual_above, 500, FOREVER]),
            validUntil=FOREVER,
        )
        return maybe(
            act,
            rnd,
            [
                {"version": act.version + rnd.choice([-1, 1])},
                {"party": 0},
                {"quorum": rnd.choice([0, 9])},
                {"removed": (self.extras[0].address, *removed)},
                {"removed": removed * 2},
                {"added": (rnd.choice(self.extras).address,) * 2},
            ],
        )

    def constitution(self, rnd: random.Random) -> Constitution:
        pool = [key.address for key in (*self.consortium.council, *self.extras[:2])]
        members = tuple(rnd.sample(pool, rnd.choice([3, 4])))
        act = Constitution(self.model.council.epoch + 1, members, 2, FOREVER)
        return maybe(act, rnd, _spoiled_members(act, rnd))

    def oracle_config(self, rnd: random.Random) -> OracleConfig | None:
        if rnd.random() < 0.6:  # every change voids the payments witnessed before it
            return None
        pool = [key.address for key in (*self.consortium.oracles, *self.extras[2:4])]
        members = tuple(rnd.sample(pool, rnd.choice([3, 4])))
        act = OracleConfig(self.model.oracles.epoch + 1, members, 2, FOREVER)
        return maybe(act, rnd, _spoiled_members(act, rnd))

    def policy_change(self, rnd: random.Random) -> PolicyChange:
        policy = rnd.choice(self.policies)
        version = self.model.policy_versions[policy]
        act = PolicyChange(policy, rnd.random() < 0.6, version, FOREVER)
        return maybe(act, rnd, [{"version": version + 1}])

    def validator_change(self, rnd: random.Random) -> ValidatorChange:
        key = keccak(b"validator %d" % rnd.randrange(3))
        known = self.model.validators.get(key, Validator())
        operators = [n for n, party in self.model.parties.items() if party.roles & (1 | 4 | 32)]
        party = known.party if known.power else rnd.choice(operators)
        power = 0 if known.power and rnd.random() < 0.6 else rnd.randrange(1, 100)
        act = ValidatorChange(key, party, power, known.version, FOREVER)
        return maybe(
            act,
            rnd,
            [
                {"key": bytes(32)},
                {"key": bytes(12) + key[12:]},
                {"version": known.version + 1},
                {"power": known.power},
                {"power": rnd.choice([MOST_POWER, 2**64 - 1])},
                {"party": rnd.choice([0, *self.model.parties])},
                {"validUntil": 1},
            ],
        )


def _spoiled_members(act: Any, rnd: random.Random) -> list[dict[str, Any]]:
    return [
        {"epoch": act.epoch + rnd.choice([-1, 1])},
        {"quorum": rnd.choice([0, 9])},
        {"members": (act.members[0], *act.members)},
        {"members": (*act.members, "0x" + "00" * 20)},
        {"members": ()},
        {"validUntil": 1},
    ]


def maybe(act: Any, rnd: random.Random, changes: list[dict[str, Any]]) -> Any:
    """The act, now and then with one of these changes."""
    return replace(act, **rnd.choice(changes)) if rnd.random() < UNSOUND else act
