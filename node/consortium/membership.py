"""How a running network takes a validator in and lets one go: by transactions of its operator.

CometBFT's own set of validators follows the stake: the application hands a change over at the end
of the block that carries the transaction, and it counts two blocks later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.consortium import comet
from node.consortium.binary import Binary, EngineCommandFailed, json_in
from node.consortium.comet import CometSilent, Sync
from node.consortium.fault import ConsortiumFault
from node.consortium.fleet import Fleet
from node.consortium.genesis import (
    DENOMINATION,
    ENGINE_UNIT,
    KEYRING,
    OPERATOR,
    STAKE,
    comet_chain_id,
)
from node.consortium.waiting import wait_until

_GAS = 1_000_000
_POCKET = 10 * ENGINE_UNIT
"""What a new operator gets above its stake, for fees."""
_PATIENCE = 60.0


class NobodyWouldBeLeft(ConsortiumFault):
    """A network without validators could never take one in again."""


@dataclass(frozen=True)
class Change:
    """One change of the set of validators."""

    number: int
    address: str
    """The validator's, as CometBFT's commits name it."""
    height: int
    """Of the block that carries the transaction."""
    blocks: int
    """Until the first block that the new set signs."""


@dataclass(frozen=True)
class Operator:
    """Who holds a validator's stake, sending transactions through some node of the network."""

    binary: Binary
    home: Path
    chain_id: int
    comet_port: int

    @property
    def account(self) -> str:
        return self._key("acc")

    @property
    def validator(self) -> str:
        return self._key("val")

    def send(self, *message: str) -> int:
        """The height of the block in which the transaction took effect.

        Raises ``EngineCommandFailed`` if it is refused, ``NodeFailed`` if it isn't mined.
        """
        sent = json_in(
            self.binary.run(
                self.home,
                *("tx", *message, "--from", OPERATOR, *KEYRING),
                *("--chain-id", comet_chain_id(self.chain_id)),
                *("--node", f"tcp://127.0.0.1:{self.comet_port}"),
                *("--gas", str(_GAS), "--gas-prices", f"1{DENOMINATION}"),
                *("--yes", "--output", "json"),
            )
        )
        if sent["code"] != 0:
            raise EngineCommandFailed(f"{' '.join(message[:2])}: {sent['raw_log']}")
        return self._mined(sent["txhash"])

    def _key(self, kind: str) -> str:
        shown = self.binary.run(
            self.home, "keys", "show", OPERATOR, "--address", "--bech", kind, *KEYRING
        )
        return shown.strip()

    def _mined(self, transaction: str) -> int:
        found: dict[str, Any] = {}

        def is_mined() -> bool:
            try:
                found.update(comet.ask(self.comet_port, "tx", hash=f"0x{transaction}"))
            except CometSilent:
                return False
            return True

        wait_until(is_mined, f"block with transaction {transaction}", _PATIENCE)
        result = found["tx_result"]
        if result["code"] != 0:
            raise EngineCommandFailed(f"transaction {transaction}: {result['log']}")
        return int(found["height"])


def take_in(fleet: Fleet, number: int, sponsor: int, chain_id: int) -> Change:
    """Make a running node a validator, its stake a gift of another validator's operator."""
    wait_until(lambda: _has_caught_up(fleet, number), f"n{number} up to date", _PATIENCE)
    newcomer = Operator(fleet.binary, fleet.home(number), chain_id, fleet.ports(sponsor).comet)
    giver = Operator(fleet.binary, fleet.home(sponsor), chain_id, fleet.ports(sponsor).comet)
    gift = f"{STAKE + _POCKET}{DENOMINATION}"
    giver.send("bank", "send", giver.account, newcomer.account, gift)
    statement = _write_statement(fleet.home(number))
    try:
        height = newcomer.send("staking", "create-validator", str(statement))
    finally:
        statement.unlink()
    return _change(fleet, number, sponsor, height, present=True)


def let_go(fleet: Fleet, number: int, through: int, chain_id: int) -> Change:
    """Take back all that a validator's operator staked; its node goes on as an ordinary one.

    Raises ``EngineCommandFailed`` when it has nothing at stake, ``NobodyWouldBeLeft``.
    """
    address, port = _public_record(fleet.home(number))["address"], fleet.ports(through).comet
    if set(comet.powers(port, Sync.of(port).height)) == {address}:
        raise NobodyWouldBeLeft(f"n{number} is the only validator")
    operator = Operator(fleet.binary, fleet.home(number), chain_id, fleet.ports(through).comet)
    height = operator.send("staking", "unbond", operator.validator, f"{STAKE}{DENOMINATION}")
    return _change(fleet, number, through, height, present=False)


def _has_caught_up(fleet: Fleet, number: int) -> bool:
    try:
        sync = Sync.of(fleet.ports(number).comet)
    except CometSilent:
        return False
    return not sync.catching_up and sync.height >= fleet.height() - 1


def _change(fleet: Fleet, number: int, through: int, height: int, *, present: bool) -> Change:
    """Wait for the first block, from the transaction's on, whose signers differ as they should."""
    address = _public_record(fleet.home(number))["address"]
    port = fleet.ports(through).comet
    signed = height
    while (address in _signers(port, signed)) != present:
        signed += 1
    return Change(number, address, height, signed - height)


def _signers(port: int, height: int) -> set[str]:
    wait_until(lambda: Sync.of(port).height >= height, f"block {height}", _PATIENCE)
    return set(comet.powers(port, height))


def _write_statement(home: Path) -> Path:
    """What `create-validator` reads; the commission is that of the founding validators."""
    statement = home / "config" / "statement.json"
    record = {
        "pubkey": {
            "@type": "/cosmos.crypto.ed25519.PubKey",
            "key": _public_record(home)["pub_key"]["value"],
        },
        "amount": f"{STAKE}{DENOMINATION}",
        "moniker": home.name,
        "commission-rate": "0.1",
        "commission-max-rate": "0.2",
        "commission-max-change-rate": "0.01",
        "min-self-delegation": "1",
    }
    statement.write_text(json.dumps(record), encoding="utf-8")
    return statement


def _public_record(home: Path) -> dict[str, Any]:
    """The public half of the validator's consensus key, and its address."""
    record = json.loads((home / "config" / "priv_validator_key.json").read_text(encoding="utf-8"))
    return {"address": record["address"], "pub_key": record["pub_key"]}
