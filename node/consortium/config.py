"""A validator's `config.toml` and `app.toml`: the engine's own, with our values put in.

Everything it may listen on is moved to loopback. A key that we set has to be there already: the
engine ignores one it doesn't know, and a limit that a new version renamed would silently be the
engine's own again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.files import replace_file
from node.consortium.binary import ConsortiumExtraMissing
from node.consortium.fault import ConsortiumFault
from node.consortium.ports import Ports

Values = Mapping[str, Mapping[str, Any]]
"""Section → key → value; the section `""` is what stands above all sections."""

_LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"^(?:\w+://|\w+@)?(?P<host>[^/\s]*):\d{1,5}$")
_MESSAGE_BYTES = 8 * 1024 * 1024
"""Room for one transaction of 1 MB as JSON: two characters a byte, and some."""
_BYTES_PER_SECOND = 128 * 1024 * 1024
_POOL_TRANSACTIONS = 20_000


class ConfigKeyUnknown(ConsortiumFault):
    """The engine's configuration has no such key: another version of it?"""


class ListensBeyondLoopback(ConsortiumFault):
    """The configuration names an address that others than this machine could reach."""


@dataclass(frozen=True)
class Peer:
    """Another validator, and where on loopback it is dialled."""

    node_id: str
    port: int


@dataclass(frozen=True)
class NodeConfig:
    """What differs between validators and between networks."""

    ports: Ports
    peers: Sequence[Peer]
    block_time_ms: int
    block_gas_limit: int


def write_config(home: Path, config: NodeConfig) -> None:
    """Put our values into the files that `injectived init` made; safe to repeat."""
    _rewrite(home / "config" / "config.toml", _consensus_values(config))
    _rewrite(home / "config" / "app.toml", _application_values(config))


def _consensus_values(config: NodeConfig) -> Values:
    return {
        "": {
            "proxy_app": "",  # the application runs in the same process
            # What consensus decides, what went wrong, and not each message between peers. (The
            # engine writes every debug line and then throws it away, whatever stands here.)
            "log_level": "consensus:info,state:info,p2p:error,*:error",
        },
        "rpc": {
            "laddr": _tcp(config.ports.comet),
            "pprof_laddr": "",
            "max_body_bytes": _MESSAGE_BYTES,
            "timeout_broadcast_tx_commit": "30s",
        },
        "p2p": {
            "laddr": _tcp(config.ports.p2p),
            "persistent_peers": ",".join(
                f"{peer.node_id}@{_LOOPBACK}:{peer.port}" for peer in config.peers
            ),
            "addr_book_strict": False,  # or it wouldn't take loopback for an address
            "allow_duplicate_ip": True,
            "pex": False,  # peers that tell each other addresses would go around our wires
            # By default 5 MB/s in packets of 1 kB: a block of large batches took seconds.
            "send_rate": _BYTES_PER_SECOND,
            "recv_rate": _BYTES_PER_SECOND,
            "max_packet_msg_payload_size": 64 * 1024,
        },
        "mempool": {
            "size": _POOL_TRANSACTIONS,
            "max_tx_bytes": _MESSAGE_BYTES // 2,
            "max_txs_bytes": 256 * 1024 * 1024,
        },
        "consensus": {"timeout_commit": f"{config.block_time_ms}ms"},
        "instrumentation": {
            "prometheus": False,
            "prometheus_listen_addr": f"{_LOOPBACK}:26660",
        },
    }


def _application_values(config: NodeConfig) -> Values:
    ports = config.ports
    off = f"{_LOOPBACK}:1"  # where nothing listens, for what is switched off
    return {
        "": {
            "minimum-gas-prices": "0inj",
            "pruning": "nothing",  # an auditor may ask for the proof of any height
            "min-retain-blocks": 0,  # and a wiped validator for any block
        },
        "api": {"enable": False, "address": f"tcp://{off}"},
        "grpc": {"enable": True, "address": f"{_LOOPBACK}:{ports.grpc}"},  # else no JSON-RPC
        "grpc-web": {"enable": False},
        "json-rpc": {
            "enable": True,
            "address": f"{_LOOPBACK}:{ports.rpc}",
            "ws-address": f"{_LOOPBACK}:{ports.websocket}",
            "metrics-address": off,
            "api": "eth,net,web3,txpool",
            # The relayer's trial run of a batch is one call as large as a block.
            "gas-cap": 10 * config.block_gas_limit,
            "evm-timeout": "60s",
            "http-timeout": "120s",
            "return-data-limit": _MESSAGE_BYTES,
            "logs-cap": 100_000,
            "block-range-cap": 100_000,
            "txfee-cap": 0,  # none: the fee is nominal and nobody's money
            "enable-indexer": True,
        },
        "json-rpc-debug": {"enable": False, "address": off},
    }


def _tcp(port: int) -> str:
    return f"tcp://{_LOOPBACK}:{port}"


def _rewrite(path: Path, values: Values) -> None:
    try:
        import tomlkit
    except ModuleNotFoundError:
        raise ConsortiumExtraMissing("tomlkit") from None

    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for section, keys in values.items():
        table = document.get(section, {}) if section else document
        for key, value in keys.items():
            if key not in table:
                raise ConfigKeyUnknown(f"{path.name}: [{section}] {key}")
            table[key] = value
    require_loopback(path.name, document.unwrap())
    replace_file(path, tomlkit.dumps(document).encode())


def require_loopback(name: str, values: Mapping[str, Any]) -> None:
    """Raise ``ListensBeyondLoopback`` for any address of another host, or of all hosts."""
    for where, value in _leaves(name, values):
        for address in map(_ADDRESS.match, value.split(",")):
            if address is not None and address["host"] not in (_LOOPBACK, "localhost"):
                raise ListensBeyondLoopback(f"{where} = {value!r}")


def _leaves(where: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(f"{where}.{key}", value)
        elif isinstance(value, str):
            yield f"{where}.{key}", value
