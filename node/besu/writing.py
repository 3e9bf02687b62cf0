"""Writing a network's folder, once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ledger.errors import Refused
from ledger.evidence.qbft import QbftAnchor, ValidatorSet
from ledger.ids import Address
from node.besu import operations
from node.besu.config import DATA, config, permissions
from node.besu.genesis import genesis
from node.besu.keys import NodeKey
from node.besu.plan import Place, Plan

GENESIS, CONFIG, STATIC_NODES, PERMISSIONS, ANCHOR = (
    "genesis.json",
    "config.toml",
    "static-nodes.json",
    "permissions_config.toml",
    "anchor.json",
)


@dataclass
class FolderNotEmpty(Refused):
    """Keys may be in it, and no key is ever overwritten."""

    folder: str
    summary: ClassVar[str] = "{folder} isn't an empty folder."


@dataclass(frozen=True)
class Node:
    name: str
    key: NodeKey
    place: Place

    @property
    def enode(self) -> str:
        return f"enode://{self.key.node_id}@{self.place.endpoint}"


@dataclass(frozen=True)
class Network:
    plan: Plan
    nodes: tuple[Node, ...]
    """In the order of their addresses, which is QBFT's."""

    @property
    def validators(self) -> tuple[Address, ...]:
        return tuple(node.key.address for node in self.nodes)


def generate(plan: Plan, out: Path) -> Network:
    """Makes keys and writes everything that goes with them; FolderNotEmpty, OSError.

    A folder that was left half written is refused the next time: delete it and begin again.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderNotEmpty(str(out))
    out.mkdir(parents=True, exist_ok=True)
    network = _with_new_keys(plan)
    enodes = [node.enode for node in network.nodes]
    first_block = _json(genesis(plan, network.validators, int(time.time())))
    allowed = permissions(enodes, plan.accounts)
    for node in network.nodes:
        _write_node(out / node.name, node, network, first_block, allowed)
    _write_shared(out, network, first_block, allowed)
    return network


def _with_new_keys(plan: Plan) -> Network:
    keys = sorted(
        (NodeKey.new() for _ in range(plan.validators)), key=lambda key: key.address.lower()
    )
    placed = enumerate(zip(keys, plan.places(), strict=True), 1)
    return Network(plan, tuple(Node(f"node-{n}", key, place) for n, (key, place) in placed))


def _write_node(folder: Path, node: Node, network: Network, first_block: str, allowed: str) -> None:
    data = folder / DATA
    data.mkdir(parents=True, mode=0o700)
    node.key.write(data)
    others = [other.enode for other in network.nodes if other != node]
    (folder / CONFIG).write_text(config(network.plan, node.place))
    (folder / GENESIS).write_text(first_block)
    (data / STATIC_NODES).write_text(_json(others))
    (data / PERMISSIONS).write_text(allowed)


def _write_shared(out: Path, network: Network, first_block: str, allowed: str) -> None:
    nodes = network.nodes
    anchor = QbftAnchor((ValidatorSet(0, network.validators),))
    rows = [(n.name, n.key.address, n.place.endpoint, n.place.rpc_port) for n in nodes]
    files = {
        GENESIS: first_block,
        STATIC_NODES: _json([node.enode for node in nodes]),
        PERMISSIONS: allowed,
        ANCHOR: _json(anchor.to_json()),
        operations.UNIT_NAME: operations.UNIT,
        "compose.yaml": operations.compose([node.name for node in nodes]),
        "README.md": operations.readme(network.plan, rows),
    }
    for name, text in files.items():
        (out / name).write_text(text)


def _json(value: dict[str, Any] | Sequence[str]) -> str:
    return json.dumps(value, indent=2) + "\n"
