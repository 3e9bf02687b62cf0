"""One node's options, as Besu's ``--config-file`` takes them, and who may speak to it."""

from __future__ import annotations

from collections.abc import Sequence

from node.besu.plan import Place, Plan
from node.besu.toml import Group, write_toml

LOOPBACK = "127.0.0.1"
DATA = "data"
_SELECTION_PERCENT = 75
_MOST_SELECTION_MS = 5_000


def config(plan: Plan, place: Place) -> str:
    """``config.toml`` of the node at this place; paths are from the node's own folder."""
    named = any(other.is_name for other in plan.places())
    return write_toml(
        [
            ("Paths are from this file's folder: start Besu in it.", _storage()),
            ("Peers are those in data/static-nodes.json and nobody else.", _peers(plan, place)),
            *([_DNS] if named else []),
            (
                "Only this machine may ask: QBFT votes on validators, PERM changes the allowlists.",
                _rpc(plan, place),
            ),
            (
                "Gas is free. One account, the relayer's, sends nearly everything, so it may fill "
                "half the pool.",
                _pool(),
            ),
            (
                "QBFT up to 26.8.0 ignores the percentage from Shanghai on and would take 5 s to\n"
                "choose transactions, however short the block period: so both are set.",
                _blocks(plan),
            ),
            (
                "Who may connect and who may send: data/permissions_config.toml.",
                {
                    "permissions-nodes-config-file-enabled": True,
                    "permissions-accounts-config-file-enabled": True,
                },
            ),
        ]
    )


def permissions(enodes: Sequence[str], accounts: Sequence[str]) -> str:
    """``permissions_config.toml``, which Besu rewrites when a ``perm_`` call changes it."""
    return write_toml(
        [
            ("Accounts whose transactions this node takes.", {"accounts-allowlist": accounts}),
            ("Nodes that may be its peers.", {"nodes-allowlist": enodes}),
        ]
    )


_DNS: Group = (
    "Hosts are named: Besu has to look them up, and again when they move.",
    {"Xdns-enabled": True, "Xdns-update-enabled": True},
)


def _storage() -> dict[str, str]:
    # FOREST keeps every state: a proof can still be made of any block, not of the last 512 only.
    return {
        "data-path": DATA,
        "genesis-file": "genesis.json",
        "data-storage-format": "FOREST",
        "sync-mode": "FULL",
        "logging": "INFO",
    }


def _peers(plan: Plan, place: Place) -> dict[str, str | bool | int]:
    return {
        "p2p-host": place.host,
        "p2p-interface": LOOPBACK if place.is_local else "0.0.0.0",  # noqa: S104  peers are outside
        "p2p-port": place.p2p_port,
        "discovery-enabled": False,
        "nat-method": "NONE",
        "max-peers": max(25, 2 * plan.validators),
        "remote-connections-limit-enabled": False,
    }


def _rpc(plan: Plan, place: Place) -> dict[str, str | bool | int | Sequence[str]]:
    return {
        "rpc-http-enabled": True,
        "rpc-http-host": LOOPBACK,
        "rpc-http-port": place.rpc_port,
        "rpc-http-api": ["ETH", "NET", "WEB3", "TXPOOL", "QBFT", "PERM"],
        "host-allowlist": ["localhost", LOOPBACK],
        "rpc-gas-cap": plan.gas_limit,
        "metrics-enabled": True,
        "metrics-host": LOOPBACK,
        "metrics-port": place.metrics_port,
    }


def _pool() -> dict[str, str | bool | int | float]:
    return {
        "min-gas-price": 0,
        "min-priority-fee": 0,
        "tx-pool": "sequenced",
        "tx-pool-limit-by-account-percentage": 0.55,
        "tx-pool-no-local-priority": True,
        "cache-last-blocks": 32,
    }


def _blocks(plan: Plan) -> dict[str, int]:
    selection = plan.block_period * 1_000 * _SELECTION_PERCENT // 100
    return {
        "target-gas-limit": plan.gas_limit,
        "block-txs-selection-max-time": min(selection, _MOST_SELECTION_MS),
        "poa-block-txs-selection-max-time": _SELECTION_PERCENT,
    }
