"""Block zero: who validates, who may deploy, who is funded, and by which rules.

Values and their reasons come from runs of injective-core 1.20.1.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.ids import Address
from node.consortium.binary import Binary, EngineCommandFailed, json_in

DENOMINATION = "inj"
OPERATOR = "operator"
"""The name of a validator's operator in its own keyring: it holds the stake."""
KEYRING = ("--keyring-backend", "test")
ENGINE_UNIT = 10**18
STAKE = 1_000 * ENGINE_UNIT
OPERATOR_BALANCE = 1_000_000 * ENGINE_UNIT
ACCOUNT_BALANCE = 1_000_000 * ENGINE_UNIT
"""Gas at one wei for 10 quadrillion blocks: nobody has to fill it up."""
NO_CODE = "xdJGAYb3IzySfn2y3McDwOUAtlPKgic7e/rYBF2FpHA="
"""keccak256 of nothing, as the engine writes an account without code."""
_NEVER = str(10**12)
"""Blocks until a validator that doesn't sign is punished: a test that stops one mustn't jail it."""


@dataclass(frozen=True)
class Founding:
    """What a network is founded with."""

    chain_id: int
    validators: int
    block_gas_limit: int
    funded: Sequence[Address]
    deployers: Sequence[Address]


def comet_chain_id(chain_id: int) -> str:
    """The name CometBFT's votes carry."""
    return f"injective-{chain_id}"


def found(binary: Binary, founding: Founding, homes: Sequence[Path]) -> None:
    """Make every validator's folder, with keys of its own and the genesis of all."""
    with ThreadPoolExecutor(max_workers=4) as workers:
        operators = list(
            workers.map(lambda home: make_home(binary, founding.chain_id, home, home.name), homes)
        )
        genesis = _genesis(binary, founding, homes[0], operators)
        write_genesis(homes, genesis)
        gentxs = list(workers.map(lambda home: _gentx(binary, founding.chain_id, home), homes))
    genesis["app_state"]["genutil"]["gen_txs"] = gentxs
    write_genesis(homes, genesis)
    binary.run(homes[0], "genesis", "validate")


def make_home(binary: Binary, chain_id: int, home: Path, name: str) -> str:
    """A validator's folder with fresh keys; its operator's bech32 address."""
    home.mkdir(mode=0o700, parents=True)
    binary.run(
        home,
        *("init", name, "--chain-id", comet_chain_id(chain_id)),
        *("--default-denom", DENOMINATION),
    )
    made = binary.run(home, "keys", "add", OPERATOR, *KEYRING, "--output", "json")
    (home / "data" / "priv_validator_state.json").chmod(0o600)
    address: str = json_in(made)["address"]
    return address


def node_id(home: Path) -> str:
    """How peers know a node: the first 20 bytes of the SHA-256 of its public key, in hex."""
    record = json.loads((home / "config" / "node_key.json").read_text(encoding="utf-8"))
    public_key = base64.b64decode(record["priv_key"]["value"])[32:]
    return hashlib.sha256(public_key).hexdigest()[:40]


def bech32(binary: Binary, home: Path, address: Address) -> str:
    """An Ethereum address as the engine's accounts are written."""
    answer = binary.run(home, "debug", "addr", address.removeprefix("0x").lower())
    for line in answer.splitlines():
        label, _, value = line.partition(": ")
        if label == "Bech32 Acc":
            return value.strip()
    raise EngineCommandFailed(f"debug addr {address} answered {answer!r}")


def genesis_file(home: Path) -> Path:
    return home / "config" / "genesis.json"


def write_genesis(homes: Iterable[Path], genesis: Mapping[str, Any]) -> None:
    text = json.dumps(genesis, ensure_ascii=False, indent=1)
    for home in homes:
        genesis_file(home).write_text(text, encoding="utf-8")


def _genesis(
    binary: Binary, founding: Founding, home: Path, operators: Sequence[str]
) -> dict[str, Any]:
    genesis: dict[str, Any] = json.loads(genesis_file(home).read_text(encoding="utf-8"))
    balances = dict.fromkeys(operators, OPERATOR_BALANCE)
    for address in dict.fromkeys(founding.funded):
        balances[bech32(binary, home, address)] = ACCOUNT_BALANCE
    genesis["consensus"]["params"]["block"]["max_gas"] = str(founding.block_gas_limit)
    _set_rules(genesis["app_state"], founding)
    _set_balances(genesis["app_state"], balances)
    return genesis


def _set_rules(state: dict[str, Any], founding: Founding) -> None:
    state["evm"]["params"]["chain_config"]["eip155_chain_id"] = str(founding.chain_id)
    state["evm"]["params"].update(
        permissioned=True, authorized_deployers=list(dict.fromkeys(founding.deployers))
    )
    state["txfees"]["params"].update(
        # A gas price of zero isn't taken; this is the least: one wei.
        min_gas_price="0.000000000000000001",
        # Thirty million by default, whatever a block holds: a batch has to fit.
        max_gas_wanted_per_tx=str(founding.block_gas_limit),
        # Has to be less, and means nothing: the price above it is zero.
        high_gas_tx_threshold=str(founding.block_gas_limit - 1),
    )
    state["slashing"]["params"].update(
        slash_fraction_double_sign="0", slash_fraction_downtime="0", signed_blocks_window=_NEVER
    )
    state["mint"]["params"].update(inflation_min="0", inflation_max="0", inflation_rate_change="0")
    state["mint"]["minter"]["inflation"] = "0"
    _close_side_doors(state)


def _close_side_doors(state: dict[str, Any]) -> None:
    """What the engine has besides an EVM: nobody uploads code there, no bridge jails anyone."""
    state["wasm"]["params"].update(
        code_upload_access={"permission": "Nobody", "addresses": []},
        instantiate_default_permission="Nobody",
    )
    state["peggy"]["params"].update(
        signed_valsets_window=_NEVER,
        signed_batches_window=_NEVER,
        signed_claims_window=_NEVER,
        unbond_slashing_valsets_window=_NEVER,
    )


def _set_balances(state: dict[str, Any], balances: Mapping[str, int]) -> None:
    state["auth"]["accounts"] = [
        {
            "@type": "/injective.types.v1beta1.EthAccount",
            "base_account": {
                "address": address,
                "pub_key": None,
                "account_number": str(number),
                "sequence": "0",
            },
            "code_hash": NO_CODE,
        }
        for number, address in enumerate(balances)
    ]
    state["bank"]["balances"] = [
        {"address": address, "coins": [coins(amount)]} for address, amount in balances.items()
    ]
    state["bank"]["supply"] = [coins(sum(balances.values()))]


def coins(amount: int) -> dict[str, str]:
    return {"denom": DENOMINATION, "amount": str(amount)}


def _gentx(binary: Binary, chain_id: int, home: Path) -> Any:
    """The signed statement with which an operator becomes a founding validator."""
    file = home / "config" / "gentx.json"
    binary.run(
        home,
        *("genesis", "gentx", OPERATOR, f"{STAKE}{DENOMINATION}"),
        *("--chain-id", comet_chain_id(chain_id), *KEYRING),
        *("--ip", "127.0.0.1", "--output-document", str(file)),
        answer="y\n",
    )
    gentx = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return gentx
