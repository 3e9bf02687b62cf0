"""Whether a network's folder hangs together: read back from its files, not from what wrote them."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eth_utils.address import to_checksum_address

from ledger.errors import Refused
from ledger.evidence.qbft import ExtraData, quorum
from ledger.ids import Address
from ledger.keccak import keccak
from node.besu.config import DATA
from node.besu.keys import PRIVATE_MODE, NodeKey
from node.besu.writing import CONFIG, GENESIS, PERMISSIONS, STATIC_NODES

_ENODE = "enode://"


@dataclass
class NetworkUnsound(Refused):
    problems: tuple[str, ...]
    summary: ClassVar[str] = "{text}"

    def facts(self) -> dict[str, Any]:
        return {"problems": list(self.problems), "text": "; ".join(self.problems)}


@dataclass(frozen=True, slots=True)
class Checked:
    """A sound network: what its genesis says, and which of its nodes' folders are here."""

    chain_id: int
    validators: tuple[Address, ...]
    nodes: tuple[tuple[str, Address], ...]

    @property
    def quorum(self) -> int:
        return quorum(len(self.validators))


def check(folder: Path) -> Checked:
    """Raises ``NetworkUnsound`` with everything that is wrong.

    Nodes' folders may be missing, as they are once each member has its own.
    """
    try:
        first_block = json.loads((folder / GENESIS).read_text())
        extra = ExtraData.decode(bytes.fromhex(first_block["extraData"].removeprefix("0x")))
        chain_id = int(first_block["config"]["chainId"])
        nodes = tuple(_nodes(folder))
        problems = (*_genesis(extra), *_folders(folder, nodes, extra.validators))
    except (Refused, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkUnsound((f"{type(error).__name__}: {error}",)) from error
    if problems:
        raise NetworkUnsound(problems)
    return Checked(chain_id, extra.validators, nodes)


def _nodes(folder: Path) -> Iterator[tuple[str, Address]]:
    for config in sorted(folder.glob(f"node-*/{CONFIG}"), key=_number):
        yield config.parent.name, NodeKey.read(config.parent / DATA / "key").address


def _number(config: Path) -> int:
    return int(config.parent.name.removeprefix("node-"))


def _genesis(extra: ExtraData) -> Iterator[str]:
    rising = sorted(set(extra.validators), key=str.lower)
    if not extra.validators or list(extra.validators) != rising:
        yield "extraData's validators don't rise"
    if extra.vote is not None or extra.round or extra.seals:
        yield "extraData isn't a genesis block's: it has a vote, a round or seals"


def _folders(
    folder: Path, nodes: tuple[tuple[str, Address], ...], validators: tuple[Address, ...]
) -> Iterator[str]:
    listed = json.loads((folder / STATIC_NODES).read_text())
    if tuple(map(_validator, listed)) != validators:
        yield f"{STATIC_NODES} doesn't name exactly the genesis block's validators"
    for name, address in nodes:
        place = folder / name
        if address not in validators:
            yield f"{name}: its key is {address}'s, who is no validator of the genesis block"
        elif len([other for _, other in nodes if other == address]) > 1:
            yield f"{name}: another node has its key"
        yield from _files(folder, place, listed)


def _files(folder: Path, place: Path, listed: list[str]) -> Iterator[str]:
    key = NodeKey.read(place / DATA / "key")
    if stat.S_IMODE((place / DATA / "key").stat().st_mode) & ~PRIVATE_MODE:
        yield f"{place.name}: others may read its key"
    if (place / GENESIS).read_bytes() != (folder / GENESIS).read_bytes():
        yield f"{place.name}: its {GENESIS} is another"
    config = tomllib.loads((place / CONFIG).read_text())
    (own,) = [enode for enode in listed if _id(enode) == key.node_id] or [""]
    if not own.endswith(f":{config['p2p-port']}"):
        yield f"{place.name}: its peers know it by another port"
    others = [enode for enode in listed if enode != own]
    if json.loads((place / DATA / STATIC_NODES).read_text()) != others:
        yield f"{place.name}: its {STATIC_NODES} doesn't name the other nodes"
    allowed = tomllib.loads((place / DATA / PERMISSIONS).read_text())
    if not set(listed) <= set(allowed["nodes-allowlist"]):
        yield f"{place.name}: its allowlist lacks nodes of the network"
    if config["rpc-http-host"] not in ("127.0.0.1", "::1", "localhost"):
        yield f"{place.name}: its JSON-RPC listens beyond its own machine"


def _validator(enode: str) -> Address:
    return Address(to_checksum_address(keccak(bytes.fromhex(_id(enode)))[12:]))


def _id(enode: str) -> str:
    return enode.removeprefix(_ENODE).partition("@")[0]
