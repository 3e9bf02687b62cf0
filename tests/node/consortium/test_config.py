from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.consortium.config import (
    ConfigKeyUnknown,
    ListensBeyondLoopback,
    NodeConfig,
    Peer,
    require_loopback,
    write_config,
)
from node.consortium.ports import Ports

PORTS = Ports(p2p=20_001, comet=20_002, rpc=20_003, websocket=20_004, grpc=20_005)
CONFIG = NodeConfig(PORTS, [Peer("ab" * 20, 20_011), Peer("cd" * 20, 20_012)], 250, 100_000_000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What `injectived init` writes, as far as a validator's configuration goes."""
    from node.consortium.binary import find_binary

    find_binary().run(tmp_path, "init", "n0", "--chain-id", "injective-7777")
    return tmp_path


def _read(home: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((home / "config" / name).read_text(encoding="utf-8"))


def test_write_config__engines_own_files__hold_our_values(home: Path) -> None:
    write_config(home, CONFIG)

    consensus, application = _read(home, "config.toml"), _read(home, "app.toml")
    assert consensus["p2p"]["laddr"] == "tcp://127.0.0.1:20001"
    assert consensus["p2p"]["persistent_peers"] == (
        f"{'ab' * 20}@127.0.0.1:20011,{'cd' * 20}@127.0.0.1:20012"
    )
    assert consensus["consensus"]["timeout_commit"] == "250ms"
    assert application["json-rpc"]["address"] == "127.0.0.1:20003"
    assert application["json-rpc"]["gas-cap"] >= CONFIG.block_gas_limit
    assert application["pruning"] == "nothing"


def test_write_config__engines_own_files__name_no_address_but_loopback(home: Path) -> None:
    assert "0.0.0.0" in (home / "config" / "config.toml").read_text()

    write_config(home, CONFIG)

    for name in ("config.toml", "app.toml"):
        require_loopback(name, _read(home, name))


def test_write_config__disk_full__leaves_the_old_file_whole(home: Path) -> None:
    write_config(home, CONFIG)
    before = (home / "config" / "config.toml").read_bytes()
    (home / "config" / f"config.toml.{os.getpid()}.new").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        write_config(home, replace(CONFIG, block_time_ms=500))

    assert (home / "config" / "config.toml").read_bytes() == before


def test_write_config__again__changes_nothing(home: Path) -> None:
    write_config(home, CONFIG)
    first = (home / "config" / "config.toml").read_bytes()

    write_config(home, CONFIG)

    assert (home / "config" / "config.toml").read_bytes() == first


def test_write_config__engine_without_a_key_we_set__is_told(home: Path) -> None:
    path = home / "config" / "app.toml"
    path.write_text(path.read_text().replace("gas-cap", "gas-limit"))

    with pytest.raises(ConfigKeyUnknown, match=r"json-rpc.*gas-cap"):
        write_config(home, CONFIG)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0:26657", "tcp://0.0.0.0:1", ":26660", "[::]:9090", "10.0.0.7:80", "ab@10.0.0.7:26656"],
)
def test_require_loopback__address_others_could_reach__is_refused(address: str) -> None:
    with pytest.raises(ListensBeyondLoopback, match=r"rpc\.laddr"):
        require_loopback("config.toml", {"rpc": {"laddr": address}})


@pytest.mark.parametrize("value", ["", "127.0.0.1:1", "tcp://127.0.0.1:2", "10s", "localhost:4317"])
def test_require_loopback__what_stays_on_this_machine__passes(value: str) -> None:
    require_loopback("config.toml", {"rpc": {"laddr": value}})
